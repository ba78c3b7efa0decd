//! What is remembered from one session to the next: the last screen, sort order, view of differences. Never anything of a run.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::model::Model;
use super::panes::Pane;
use super::widgets::diff::DiffMode;
use crate::config::keymap::Place;

/// What is remembered. Fields that are missing or unreadable keep their defaults.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Remembered {
    screen: String,
    sort: usize,
    diff: String,
    words: bool,
    folded: bool,
}

impl Default for Remembered {
    fn default() -> Self {
        Self {
            screen: Place::Run.word().to_owned(),
            sort: 0,
            diff: DiffMode::Auto.word().to_owned(),
            words: true,
            folded: true,
        }
    }
}

const PLACES: [Place; 5] = [
    Place::Run,
    Place::Code,
    Place::Time,
    Place::Lessons,
    Place::Breakdown,
];
const MODES: [DiffMode; 4] = [
    DiffMode::Auto,
    DiffMode::Unified,
    DiffMode::Split,
    DiffMode::NewOnly,
];

impl Remembered {
    /// Reads it; a file that is not there or not readable is the same as none.
    pub(crate) fn read(path: &Path) -> Self {
        let text = std::fs::read_to_string(path).ok();
        text.and_then(|text| serde_json::from_str(&text).ok())
            .unwrap_or_default()
    }

    /// Writes it. Losing it costs nothing worth a word.
    pub(crate) fn write(&self, path: &Path) {
        let Ok(text) = serde_json::to_string(self) else {
            return;
        };
        if let Some(folder) = path.parent() {
            let _ = std::fs::create_dir_all(folder);
        }
        let _ = std::fs::write(path, text);
    }

    /// What to remember of a model.
    pub(crate) fn of(model: &Model) -> Self {
        Self {
            screen: model.place.word().to_owned(),
            sort: model.sort,
            diff: model.diff_mode.word().to_owned(),
            words: model.words,
            folded: model.folded,
        }
    }

    /// Takes it over into a model.
    pub(crate) fn recall(&self, model: &mut Model) {
        model.sort = self.sort % 6;
        model.words = self.words;
        model.folded = self.folded;
        if let Some(mode) = MODES.iter().find(|mode| mode.word() == self.diff) {
            model.diff_mode = *mode;
        }
    }

    /// Goes to the screen that was left last, where it belongs to a run.
    pub(crate) fn reopen(&self, model: &mut Model) {
        if let Some(place) = PLACES.iter().find(|place| place.word() == self.screen) {
            model.place = *place;
            model.pane = Pane::first(*place);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::theme::Depth;
    use crate::fixture::home;

    #[test]
    fn what_was_chosen_is_found_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/screens.json");
        let mut model = home(Depth::None);
        (model.place, model.sort, model.diff_mode) = (Place::Time, 1, DiffMode::Split);
        Remembered::of(&model).write(&path);
        let mut fresh = home(Depth::None);
        let known = Remembered::read(&path);
        known.recall(&mut fresh);
        known.reopen(&mut fresh);
        assert_eq!(Remembered::of(&fresh), Remembered::of(&model));
        assert_eq!(fresh.pane, Pane::Forest);
    }

    #[test]
    fn a_file_of_nonsense_is_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("screens.json");
        std::fs::write(&path, "{\"sort\": \"x\"").unwrap();
        assert_eq!(Remembered::read(&path), Remembered::default());
        assert_eq!(Remembered::read(folder.path()), Remembered::default());
    }
}

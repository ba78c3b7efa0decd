//! Definitions that a candidate takes out of a project, and those it makes twice. Reads them with the parsers of [`crate::source`]; where there is none
//! for the language nothing is said.

use crate::domain::evaluation::{Caveat, removal};
use crate::domain::project::{FilePiece, Project, parts};
use crate::source::outline::removed;
use crate::source::syntax::{Tongue, definitions};

/// What is gone from the regions, for the person to see: tests rarely look at everything.
pub(crate) fn caveat(project: &Project, source: &str) -> Option<Caveat> {
    let regions = project.regions();
    let names: Vec<&str> = regions.iter().map(|(name, _)| *name).collect();
    let new = parts(source, &names).ok()?;
    let tongue = Tongue::of(&project.language);
    let gone: Vec<String> = regions
        .iter()
        .zip(&new)
        .flat_map(|((_, before), after)| removed(before, after, tongue))
        .collect();
    removal(&gone)
}

/// The first name that a candidate's regions define although the same file defines it outside of them: there it would
/// shadow what others call. Only where the language lets it pass silently.
pub(crate) fn redefined(project: &Project, source: &str) -> Option<String> {
    let regions = project.regions();
    let names: Vec<&str> = regions.iter().map(|(name, _)| *name).collect();
    let new = parts(source, &names).ok()?;
    let tongue = Tongue::of(&project.language);
    if !matches!(tongue, Tongue::Python) {
        return None;
    }
    let mut at = 0;
    for file in &project.files {
        let (mut outside, mut before, mut after) = (String::new(), String::new(), String::new());
        for piece in &file.pieces {
            match piece {
                FilePiece::Fixed(text) => {
                    outside.push_str(text);
                    before.push_str(text);
                    after.push_str(text);
                }
                FilePiece::Region { text, .. } => {
                    before.push_str(text);
                    after.push_str(new.get(at).map_or("", String::as_str));
                    at += 1;
                }
            }
        }
        let count = |text: &str| {
            let mut all: Vec<String> = definitions(text, tongue)
                .into_iter()
                .map(|definition| definition.path(tongue))
                .collect();
            all.sort();
            all
        };
        let times = |all: &[String], path: &String| all.iter().filter(|one| *one == path).count();
        let (outside, before, after) = (count(&outside), count(&before), count(&after));
        let twice = after
            .iter()
            .find(|path| outside.contains(path) && times(&after, path) > times(&before, path));
        if let Some(path) = twice {
            return Some(path.clone());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::project::{CommandLimits, Network, RegionFile};

    #[test]
    fn an_answer_may_not_define_again_what_stands_outside_its_region() {
        let fixed = |text: &str| FilePiece::Fixed(text.to_owned());
        let project = Project {
            root: "/p".into(),
            language: "python".to_owned(),
            files: vec![RegionFile {
                path: "a.py".to_owned(),
                pieces: vec![
                    fixed("def normalise(text):\n    return text.lower()\n\n\n"),
                    FilePiece::Region {
                        name: "words".to_owned(),
                        text: "def words(text):\n    return normalise(text).split()\n".to_owned(),
                    },
                    fixed("\n\ndef other(text):\n    return normalise(text)\n"),
                ],
            }],
            setup: None,
            build: None,
            test: "true".to_owned(),
            bench: "true".to_owned(),
            env: Default::default(),
            network: Network::Never,
            read: Vec::new(),
            exclude: Vec::new(),
            limits: CommandLimits::default(),
            figure: None,
            share: None,
            context: String::new(),
            entry: String::new(),
        };
        let own = "def quick(text):\n    return text\n\n\ndef words(text):\n    return quick(text).split()\n";
        assert_eq!(redefined(&project, own), None);
        let again = own.replace("quick", "normalise");
        assert_eq!(redefined(&project, &again).as_deref(), Some("normalise"));
    }
}

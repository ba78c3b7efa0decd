//! The person's own code on the home screen: from a file or a folder, step by step, to a problem folder that can be run.
//! State and what follows from it alone; the steps are taken by `update::own`, drawn by `screens::own`.

use ratatui::style::Style;
use ratatui_textarea::{CursorMove, TextArea};

use super::errand::{FolderEntry, Named, Region, WrittenProblem};
use crate::domain::failure::Failure;

/// Lines kept of what goes on.
const TOLD: usize = 400;

/// What the person wants to begin with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// A problem that is bundled or imported.
    Bundled,
    /// A function in a file of their own.
    Function,
    /// A project of their own.
    Project,
    /// A run there was.
    Past,
}

impl Way {
    /// All of them, in the order shown.
    pub(crate) const ALL: [Self; 4] = [Self::Bundled, Self::Function, Self::Project, Self::Past];

    /// In words.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Bundled => "a bundled problem",
            Self::Function => "a function of mine",
            Self::Project => "a project of mine",
            Self::Past => "a past run",
        }
    }

    /// Whether it is about the person's own code.
    pub(crate) fn is_own(self) -> bool {
        matches!(self, Self::Function | Self::Project)
    }
}

/// Where the person is on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// Chooses the project's folder.
    Folder,
    /// Chooses the file.
    File,
    /// Chooses the function or the part of the file.
    Part,
    /// Looks at what is to be done, and changes it.
    Form,
    /// It is being done.
    Working,
    /// It was done, or was not.
    Done,
}

/// A line of the form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Field {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub value: String,
    /// What it means.
    pub meaning: &'static str,
}

/// What there is to choose from.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Listed {
    /// Not known yet.
    Reading,
    /// Entries of a folder.
    Entries(Vec<FolderEntry>),
    /// Functions of a file.
    Functions(Vec<Named>),
    /// Why there is nothing.
    Trouble(Failure),
}

/// Something to choose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Pick<'a> {
    /// The folder itself.
    Here,
    /// The folder above.
    Up,
    /// A folder.
    Folder(&'a str),
    /// A file.
    File(&'a str),
    /// All of the file.
    Whole,
    /// Lines of it.
    Lines(String),
    /// A function.
    Function(&'a Named),
}

/// The state.
pub(crate) struct Own {
    /// Where the person is.
    pub step: Step,
    /// What is being typed: a path, what to look for, a field's value.
    pub line: TextArea<'static>,
    /// The row under the cursor.
    pub row: usize,
    /// The project's folder, as typed.
    pub root: String,
    /// The file, as typed; below the root for a project.
    pub file: String,
    /// The part of it.
    pub region: Region,
    /// Which of several functions of the name.
    pub signature: Option<String>,
    /// What there is to choose from.
    pub listed: Listed,
    /// The form.
    pub fields: Vec<Field>,
    /// What the guesses come from.
    pub found: String,
    /// What went on.
    pub told: Vec<String>,
    /// What came of it.
    pub outcome: Option<Result<WrittenProblem, Failure>>,
    /// Number of the errand that is waited for.
    pub number: u64,
}

/// Endings of files that a function is taken from.
const SOURCES: [&str; 12] = [
    "c", "cc", "cpp", "cxx", "c++", "h", "hh", "hpp", "hxx", "inl", "ipp", "tpp",
];

/// An empty line to type in, or one that holds a text.
pub(crate) fn line(text: &str) -> TextArea<'static> {
    let mut area = TextArea::new(vec![text.to_owned()]);
    area.set_cursor_line_style(Style::default());
    area.move_cursor(CursorMove::End);
    area
}

impl Own {
    /// At the beginning of a way.
    pub(crate) fn new(way: Way) -> Self {
        Self {
            step: if way == Way::Project {
                Step::Folder
            } else {
                Step::File
            },
            line: line(""),
            row: 0,
            root: String::new(),
            file: String::new(),
            region: Region::File,
            signature: None,
            listed: Listed::Reading,
            fields: Vec::new(),
            found: String::new(),
            told: Vec::new(),
            outcome: None,
            number: 0,
        }
    }

    /// What is typed.
    pub(crate) fn typed(&self) -> &str {
        self.line.lines().first().map_or("", String::as_str)
    }

    /// The folder that is typed, and the beginning of a name in it.
    pub(crate) fn split(&self) -> (&str, &str) {
        let typed = self.typed();
        typed.split_at(typed.rfind('/').map_or(0, |at| at + 1))
    }

    /// The folder to look into for what is typed.
    pub(crate) fn folder(&self) -> String {
        let (folder, _) = self.split();
        match self.step {
            Step::File if !self.root.is_empty() && !folder.starts_with(['/', '~']) => {
                format!("{}/{folder}", self.root.trim_end_matches('/'))
            }
            _ => folder.to_owned(),
        }
    }

    /// Whether keys are text here.
    pub(crate) fn types(&self) -> bool {
        !matches!(self.step, Step::Working | Step::Done)
    }

    /// What can be chosen for what is typed; what begins with it first.
    pub(crate) fn picks(&self, way: Way) -> Vec<Pick<'_>> {
        let (_, begun) = self.split();
        match (&self.listed, self.step) {
            (Listed::Entries(entries), Step::Folder | Step::File) => {
                let mut picks = Vec::new();
                if begun.is_empty() {
                    picks.extend((self.step == Step::Folder).then_some(Pick::Here));
                    picks.push(Pick::Up);
                }
                let shown = |entry: &&FolderEntry| {
                    let hidden = entry.name.starts_with('.') && !begun.starts_with('.');
                    let ending = entry.name.rsplit_once('.').map_or("", |(_, ending)| ending);
                    let source = SOURCES.contains(&ending.to_lowercase().as_str());
                    let fits = entry.folder
                        || (self.step == Step::File && (way == Way::Project || source));
                    fits && !hidden
                };
                let fitting = fitting(entries.iter().filter(shown), begun, |entry| &entry.name);
                picks.extend(fitting.into_iter().map(|entry| match entry.folder {
                    true => Pick::Folder(&entry.name),
                    false => Pick::File(&entry.name),
                }));
                picks
            }
            (Listed::Functions(functions), Step::Part) => {
                let typed = self.typed().trim();
                let mut picks = Vec::new();
                if way == Way::Project {
                    match is_range(typed) {
                        true => picks.push(Pick::Lines(typed.to_owned())),
                        false if typed.is_empty() => picks.push(Pick::Whole),
                        false => {}
                    }
                }
                let fitting = fitting(functions.iter(), typed, |function| &function.name);
                picks.extend(fitting.into_iter().map(Pick::Function));
                picks
            }
            _ => Vec::new(),
        }
    }

    /// What is typed with the name that is begun completed: as far as all that fit agree, or to the one under the cursor.
    pub(crate) fn completed(&self, way: Way) -> Option<String> {
        let (folder, begun) = self.split();
        let picks = self.picks(way);
        let names: Vec<String> = picks
            .iter()
            .filter_map(|pick| match pick {
                Pick::Folder(name) => Some(format!("{name}/")),
                Pick::File(name) => Some((*name).to_owned()),
                Pick::Function(named) => Some(named.name.clone()),
                Pick::Here | Pick::Up | Pick::Whole | Pick::Lines(_) => None,
            })
            .collect();
        let mut common = names.first().cloned().unwrap_or_default();
        for name in &names {
            while !name.starts_with(&common) {
                common.pop();
            }
        }
        let fuller =
            common.len() > begun.len() && common.to_lowercase().starts_with(&begun.to_lowercase());
        match picks.get(self.row) {
            _ if fuller => Some(format!("{folder}{common}")),
            Some(Pick::Folder(name)) => Some(format!("{folder}{name}/")),
            Some(Pick::File(name)) => Some(format!("{folder}{name}")),
            _ => None,
        }
    }

    /// Takes in a line of what goes on.
    pub(crate) fn tell(&mut self, line: String) {
        if self.told.len() >= TOLD {
            self.told.remove(0);
        }
        self.told.push(line);
    }

    /// Keeps what was typed into the field under the cursor.
    pub(crate) fn keep(&mut self) {
        let typed = self.typed().to_owned();
        if let Some(field) = self.fields.get_mut(self.row) {
            field.value = typed;
        }
    }

    /// A field's value.
    pub(crate) fn value(&self, name: &str) -> String {
        let field = self.fields.iter().find(|field| field.name == name);
        field.map_or_else(String::new, |field| field.value.trim().to_owned())
    }
}

/// The folder above one that is typed.
pub(crate) fn above(folder: &str) -> String {
    let inside = folder.trim_end_matches('/');
    if inside.is_empty()
        || inside == "."
        || inside == ".."
        || inside.ends_with("/..")
        || inside == "~"
    {
        return if folder.starts_with('/') {
            "/".to_owned()
        } else {
            format!("{folder}../")
        };
    }
    inside[..inside.rfind('/').map_or(0, |at| at + 1)].to_owned()
}

/// Those whose name holds what is typed, whatever the case; those that begin with it first.
fn fitting<'a, T>(
    all: impl Iterator<Item = &'a T>,
    typed: &str,
    name: impl Fn(&T) -> &str,
) -> Vec<&'a T> {
    let typed = typed.to_lowercase();
    let mut found: Vec<&T> = all
        .filter(|item| name(item).to_lowercase().contains(&typed))
        .collect();
    found.sort_by_key(|item| !name(item).to_lowercase().starts_with(&typed));
    found
}

/// Whether a text names lines, like `10-40`.
fn is_range(text: &str) -> bool {
    let number = |n: &str| !n.is_empty() && n.len() < 9 && n.bytes().all(|b| b.is_ascii_digit());
    text.split_once('-')
        .is_some_and(|(first, last)| number(first) && number(last))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(name: &str, folder: bool) -> FolderEntry {
        FolderEntry {
            name: name.to_owned(),
            folder,
        }
    }

    #[test]
    fn a_path_is_completed_within_its_folder_and_files_are_sources() {
        let mut own = Own::new(Way::Function);
        own.listed = Listed::Entries(vec![
            entry(".git", true),
            entry("src", true),
            entry("a.cpp", false),
            entry("a.txt", false),
        ]);
        assert_eq!(
            own.picks(Way::Function),
            [Pick::Up, Pick::Folder("src"), Pick::File("a.cpp")]
        );
        own.line = line("deep/A.");
        assert_eq!(own.split(), ("deep/", "A."));
        assert_eq!(own.picks(Way::Function), [Pick::File("a.cpp")]);
        own.line = line(".g");
        assert_eq!(own.picks(Way::Function), [Pick::Folder(".git")]);
    }

    #[test]
    fn a_projects_files_are_below_its_folder_and_lines_can_be_named() {
        let mut own = Own::new(Way::Project);
        (own.step, own.root) = (Step::File, "/w/app/".to_owned());
        own.line = line("src/");
        assert_eq!(own.folder(), "/w/app/src/");
        own.step = Step::Part;
        own.listed = Listed::Functions(Vec::new());
        own.line = line("3-9");
        assert_eq!(own.picks(Way::Project), [Pick::Lines("3-9".to_owned())]);
        own.line = line("");
        assert_eq!(own.picks(Way::Project), [Pick::Whole]);
    }
}

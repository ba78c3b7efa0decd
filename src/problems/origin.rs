//! Where a function problem came from: the file of the person's own that its original was taken out of. Pure but for
//! reading the folder; never writes.

use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::ProblemError;
use super::load::{REGION, load_source};
use super::regions::sha256;

/// Where a problem's function was taken from. Not part of the problem: no agent is told.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TakenFrom {
    /// The file's absolute path, or relative to the problem's folder.
    pub file: PathBuf,
    /// The function's qualified name there.
    pub function: String,
    /// What told it from others of its name, as it was given.
    #[serde(default)]
    pub signature: Option<String>,
    /// First line of its definition when it was taken, from 1.
    pub first_line: usize,
    /// Last line of it.
    pub last_line: usize,
    /// SHA-256, in hex, of exactly the definition's text, which `region.cpp` keeps.
    pub sha256: String,
    /// How `original.cpp` has it.
    #[serde(default)]
    pub form: TakenForm,
    /// What its template parameters were chosen to be, like `T=double`.
    #[serde(default)]
    pub instantiate: Vec<String>,
    /// Flags the compiler needs to understand the file.
    #[serde(default)]
    pub flags: Vec<String>,
    /// Exactly its text there.
    #[serde(skip)]
    pub region: String,
}

/// How a problem has a function that was taken from a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TakenForm {
    /// As a function like there.
    #[default]
    Free,
    /// A member function, with its object as a parameter `self`.
    Member,
}

/// The place that a problem folder names, if it names one.
///
/// # Errors
/// If its files cannot be read, or the text that was kept is not the one that was taken.
pub fn source(folder: &Path) -> Result<Option<TakenFrom>, ProblemError> {
    let Some(mut source) = load_source(folder)? else {
        return Ok(None);
    };
    if sha256(&source.region) != source.sha256 {
        return Err(ProblemError::new(
            folder.join(REGION).display(),
            "is not the text that was taken".to_owned(),
            "take the function again with `lessonl init`",
        ));
    }
    source.file = folder.join(source.file);
    Ok(Some(source))
}

impl TakenFrom {
    /// Where the function stands in the file's text, unchanged, though perhaps on other lines; of several copies the one
    /// nearest to where it was. `None` if it is not there as it was.
    pub fn find(&self, text: &str) -> Option<Range<usize>> {
        let line = |at: usize| text[..at].matches('\n').count() + 1;
        text.match_indices(&self.region)
            .min_by_key(|(at, _)| line(*at).abs_diff(self.first_line))
            .map(|(at, found)| at..at + found.len())
    }

    /// That it is not there as it was.
    pub fn changed(&self) -> ProblemError {
        ProblemError::new(
            self.file.display(),
            format!(
                "the function `{}` is not what it was when it was taken out",
                self.function
            ),
            "run `lessonl init` again on the file as it is now, put the function back as it was, or put both changes together with --merge",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_is_found_where_it_moved_to_but_not_once_it_changed() {
        let source = TakenFrom {
            file: PathBuf::from("a.cpp"),
            function: "f".to_owned(),
            signature: None,
            first_line: 1,
            last_line: 1,
            sha256: String::new(),
            form: TakenForm::Free,
            instantiate: Vec::new(),
            flags: Vec::new(),
            region: "int f() { return 1; }".to_owned(),
        };
        let moved = "// a line\nint f() { return 1; }\n";
        assert_eq!(&moved[source.find(moved).unwrap()], source.region);
        assert!(source.find("int f() { return 2; }\n").is_none());
    }
}

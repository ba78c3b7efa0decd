//! A person's own source file → a problem folder: finds the function, takes along what it needs, derives a driver from
//! its parameters. Pure but for reading the files it is pointed at; never compiles or runs anything (the caller has the
//! compiler preprocess first, and proves the folder afterwards), and never changes the file.
//!
//! The way: preprocessed text → [`preprocessed`] (local lines with their origin) → [`items`] (pieces) → [`find`]
//! (the function) → [`signature`] (return type, name, parameters) → [`dependencies`] (what it uses) → [`driver`] and [`folder`].

pub(crate) use lessonl_domain as domain;

mod access_extents;
mod dependencies;
mod driver;
mod entry;
mod extract;
mod find;
mod flags;
mod folder;
mod grammar;
mod guess;
mod items;
mod join;
mod marks;
mod member;
mod mutate;
#[cfg(test)]
mod nesting;
mod old_style;
mod param_usage;
mod plan;
mod polynomial;
mod preprocessed;
mod restore;
mod shaping;
mod signature;
mod strip_macros;
mod template;
mod types;
mod words;

pub use extract::{Calls, ExtractRequest, Extracted, InputGuess, extract, hex, recorded};
pub use find::{Off, defines as defines_for_others, function_names, has_function, switched_off};
pub use flags::{flags_in, kept, project_files, project_flags, shell_words};
pub use folder::{resized, slots, with_inputs};
pub use guess::guess;
pub use join::joined;
pub use marks::{Marked, marked};
pub use mutate::{Mistake, mistakes};
pub use preprocessed::Preprocessed;
pub use restore::{Restored, Rewrite, located, placed, restore};
pub use shaping::{disguised, expanded};

use crate::domain::failure::{Failure, FailureKind};

/// Why a function cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct IntakeError {
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub hint: String,
    /// What a template's parameters may be chosen to be, like `T=double`, where that is all that is missing.
    pub choose: Vec<String>,
    /// The heads of the functions that have this name, the longest body first, where it is not said which is meant.
    pub several: Vec<String>,
}

impl From<IntakeError> for Failure {
    fn from(error: IntakeError) -> Self {
        Self::hinted(FailureKind::Usage, error.what, error.hint)
    }
}

impl IntakeError {
    fn new(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            hint: hint.into(),
            choose: Vec::new(),
            several: Vec::new(),
        }
    }
}

//! Problem folders and suites → `domain::Problem`. Never compiles or runs anything, and trusts nothing it reads: whatever
//! is in a folder ends as a problem or as an error that says where and what to do.
//!
//! A problem is a folder of three files: `problem.toml` (see `format.rs`), `original.cpp` and `driver.cpp`; a fourth,
//! `best_known.cpp`, may hold the fastest code that is known, and `proof.toml` what the folder's proof saw. A command problem (see `project.rs`) is a `problem.toml` alone.

pub(crate) use lessonl_domain as domain;
pub(crate) use lessonl_source as source;

mod bundled;
mod catalogue;
mod codegen;
mod context;
pub mod dataset;
mod fingerprint;
mod format;
mod functions;
pub mod import;
mod load;
mod nearest;
mod origin;
mod project;
mod proof;
mod regions;
mod resolve;
mod sized;
mod suite;

pub use bundled::bundled_root;
pub use catalogue::Catalogue;
pub use functions::{NamedFunction, functions};
pub use load::{Headroom, load_after, load_folder, load_headroom};
pub use origin::{TakenForm, TakenFrom, source};
pub use proof::{LeftOut, Proof};
pub use regions::sha256;
pub use sized::sized;
pub use suite::write as write_suite;

use crate::domain::failure::{Failure, FailureKind};

/// What is wrong with a problem folder or a target.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}: {what}")]
pub struct ProblemError {
    /// File (and line where known) or target it is about.
    pub file: String,
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub hint: String,
}

impl From<ProblemError> for Failure {
    fn from(error: ProblemError) -> Self {
        Self::hinted(FailureKind::Usage, error.to_string(), error.hint)
    }
}

impl ProblemError {
    fn new(file: impl std::fmt::Display, what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            file: file.to_string(),
            what: what.into(),
            hint: hint.into(),
        }
    }
}

//! Problem folders and suites → `domain::Problem`. Never compiles or runs anything.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::domain::problem::Problem;

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

/// All problems that can be found, sorted by id, and what was wrong with the others.
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    /// The good ones.
    pub problems: Vec<Arc<Problem>>,
    /// The broken ones.
    pub errors: Vec<ProblemError>,
}

impl Catalogue {
    /// Loads every problem below `roots` (each holds suites). A later root's problem with the same id is an error.
    pub fn load(_roots: &[PathBuf]) -> Self {
        unimplemented!("stub")
    }
    /// The problems a target names: a problem id, a glob over ids, a suite, or the path of a problem folder.
    pub fn resolve(&self, _target: &str) -> Result<Vec<Arc<Problem>>, ProblemError> {
        unimplemented!("stub")
    }
}

/// Loads one problem folder.
pub fn load_folder(_folder: &Path) -> Result<Problem, ProblemError> {
    unimplemented!("stub")
}

/// The bundled benchmarks' folder: `$LESSONL_BENCHMARKS`, else the source tree's if it is still there, else the copy that is
/// unpacked from the binary below `data` once per version.
pub fn bundled_root(_data: &Path) -> Result<PathBuf, ProblemError> {
    unimplemented!("stub")
}

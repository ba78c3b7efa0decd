//! All problems below some roots, sorted by id, and what is wrong with the broken ones. Never stops at the first error.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::ProblemError;
use super::load::{MANIFEST, id_below, load_as};
use crate::domain::problem::Problem;

/// Folders deeper than this below a root are not searched.
const DEEPEST: usize = 8;
/// Folders looked into before the search gives up: somebody pointed it at a whole disk.
const MOST_FOLDERS: usize = 20_000;

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
    pub fn load(roots: &[PathBuf]) -> Self {
        let mut problems: BTreeMap<String, Arc<Problem>> = BTreeMap::new();
        let mut errors = Vec::new();
        for root in roots {
            for folder in problem_folders(root, &mut errors) {
                let loaded = match id_below(root, &folder) {
                    Some(id) => load_as(&folder, id.as_str()),
                    None => Err(ProblemError::new(
                        folder.display(),
                        "the folder's path is no problem id",
                        "name it and the folders above it with letters, digits and -_. only",
                    )),
                };
                match loaded {
                    Err(error) => errors.push(error),
                    Ok(problem) => match problems.get(problem.id.as_str()) {
                        Some(first) => errors.push(taken_twice(first, &folder)),
                        None => {
                            problems.insert(problem.id.as_str().to_owned(), Arc::new(problem));
                        }
                    },
                }
            }
        }
        Self {
            problems: problems.into_values().collect(),
            errors,
        }
    }
}

/// Two folders with one id.
pub(super) fn taken_twice(first: &Problem, second: &Path) -> ProblemError {
    ProblemError::new(
        second.join(MANIFEST).display(),
        format!(
            "the id {} is already that of {}",
            first.id,
            first.path.display()
        ),
        "give one of the two folders another id",
    )
}

/// Every folder below `root` that holds a `problem.toml`, in order of path. Links to folders are not followed.
fn problem_folders(root: &Path, errors: &mut Vec<ProblemError>) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut looked_into = 0;
    let mut waiting = vec![(root.to_owned(), 0)];
    while let Some((folder, depth)) = waiting.pop() {
        looked_into += 1;
        if looked_into > MOST_FOLDERS {
            errors.push(ProblemError::new(
                root.display(),
                format!("more than {MOST_FOLDERS} folders"),
                "name a folder that holds only problems",
            ));
            break;
        }
        if folder != root && folder.join(MANIFEST).symlink_metadata().is_ok() {
            found.push(folder);
            continue;
        }
        let entries = match std::fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) => {
                errors.push(ProblemError::new(
                    folder.display(),
                    format!("cannot be read: {error}"),
                    "check that the folder exists and may be read",
                ));
                continue;
            }
        };
        for entry in entries.flatten() {
            let hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
            let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
            if is_folder && !hidden && depth < DEEPEST {
                waiting.push((entry.path(), depth + 1));
            }
        }
    }
    found.sort();
    found
}

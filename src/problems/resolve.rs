//! What a person types as a target → the problems it names: an id, a suite or category, a glob over ids, or a folder.

use std::path::{Component, Path};
use std::sync::Arc;

use globset::GlobBuilder;

use super::catalogue::{Catalogue, taken_twice};
use super::load::MANIFEST;
use super::nearest::nearest;
use super::{ProblemError, load_folder};
use crate::domain::problem::Problem;

impl Catalogue {
    /// The problems a target names, in this order of precedence: a problem id; a suite or category (`pareval`,
    /// `pareval/fft`); a glob over ids, where `*` also matches `/`; the path of a problem folder.
    pub fn resolve(&self, target: &str) -> Result<Vec<Arc<Problem>>, ProblemError> {
        let found = self.below(target.trim_end_matches('/'));
        if !found.is_empty() {
            return Ok(found);
        }
        if let Some(broken) = self.broken(target.trim_end_matches('/')) {
            return Err(broken);
        }
        let path = Path::new(target);
        if path.join(MANIFEST).is_file() {
            return self.folder(path).map(|problem| vec![problem]);
        }
        if target.contains(['*', '?', '[', '{']) {
            return self.glob(target);
        }
        if path.is_dir() || is_path_only(path) {
            let what = if path.is_dir() {
                format!("this folder has no {MANIFEST}")
            } else {
                "there is no such folder".to_owned()
            };
            let hint = format!("name a problem's id, or a folder that holds {MANIFEST}");
            return Err(ProblemError::new(shown(target), what, hint));
        }
        Err(self.unknown(target))
    }

    /// The problem with this id, or all whose id begins with it up to a `/`.
    fn below(&self, prefix: &str) -> Vec<Arc<Problem>> {
        let matches = |id: &str| {
            id.strip_prefix(prefix)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        self.problems
            .iter()
            .filter(|problem| matches(problem.id.as_str()))
            .cloned()
            .collect()
    }

    /// What is wrong with the problem a target names, if it is there but did not load.
    fn broken(&self, target: &str) -> Option<ProblemError> {
        let wanted = Path::new(target);
        if target.is_empty()
            || !wanted
                .components()
                .all(|c| matches!(c, Component::Normal(_)))
        {
            return None;
        }
        let about = |error: &&ProblemError| {
            Path::new(&error.file)
                .parent()
                .is_some_and(|folder| folder.ends_with(wanted))
        };
        self.errors.iter().find(about).cloned()
    }

    fn glob(&self, pattern: &str) -> Result<Vec<Arc<Problem>>, ProblemError> {
        let glob = GlobBuilder::new(pattern)
            .literal_separator(false)
            .build()
            .map_err(|error| {
                ProblemError::new(
                    shown(pattern),
                    format!("is not a pattern: {}", error.kind()),
                    "use * for any text and ? for one character, like 'pareval/*'",
                )
            })?
            .compile_matcher();
        let found: Vec<_> = self
            .problems
            .iter()
            .filter(|problem| glob.is_match(problem.id.as_str()))
            .cloned()
            .collect();
        if found.is_empty() {
            return Err(self.unknown(pattern));
        }
        Ok(found)
    }

    /// Loads a folder, unless it is one that is already known.
    fn folder(&self, path: &Path) -> Result<Arc<Problem>, ProblemError> {
        let problem = load_folder(path)?;
        let Some(known) = self.problems.iter().find(|known| known.id == problem.id) else {
            return Ok(Arc::new(problem));
        };
        // The same text under the same id is the same problem, wherever it lies.
        if known.version == problem.version {
            return Ok(known.clone());
        }
        Err(taken_twice(known, path))
    }

    fn unknown(&self, target: &str) -> ProblemError {
        let ids = self.problems.iter().map(|problem| problem.id.as_str());
        let plain = target.trim_matches(|c: char| "*?[]{}/".contains(c));
        let hint = match nearest(plain, ids, 3).as_slice() {
            [] => "see all with: lessonl problems".to_owned(),
            close => format!(
                "did you mean {}? See all with: lessonl problems",
                close.join(" or ")
            ),
        };
        ProblemError::new(shown(target), "no problem of that name", hint)
    }
}

/// Whether a text can only be meant as a path: `.`, `..`, or beginning with `./`, `../` or `/`.
fn is_path_only(path: &Path) -> bool {
    !matches!(path.components().next(), Some(Component::Normal(_)) | None)
}

/// A target as it may be put on a screen.
fn shown(target: &str) -> String {
    let short: String = target.chars().take(200).collect();
    format!("`{}`", short.escape_debug())
}

#[cfg(test)]
mod tests;

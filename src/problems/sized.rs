//! A problem at other timed sizes: another version of it, so that figures and cached verdicts do not mix. Never reads files.

use std::sync::Arc;

use super::ProblemError;
use super::fingerprint::version;
use super::load::MANIFEST;
use crate::domain::problem::{Mode, Problem};
use crate::domain::sizing::Sizing;

/// The problem at the sizes that `sizing` asks for; the same one if it asks for nothing.
///
/// # Errors
/// If the benchmark's sizes are asked for and the problem knows none.
pub fn sized(problem: &Arc<Problem>, sizing: Sizing) -> Result<Arc<Problem>, ProblemError> {
    if sizing.is_default() {
        return Ok(Arc::clone(problem));
    }
    let timed = |mode| {
        sizing.timed(problem, mode).ok_or_else(|| {
            ProblemError::new(
                problem.path.join(MANIFEST).display(),
                format!("{} has no size that a benchmark times", problem.id),
                "leave out --sizes upstream, or write upstream = N into [sizes]",
            )
        })
    };
    let mut other = Problem::clone(problem);
    other.sizes.time = timed(Mode::Serial)?;
    other.sizes.time_omp = timed(Mode::Omp)?;
    other.version = version(&other);
    Ok(Arc::new(other))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::sizing::{SizeScale, SizeSource};
    use crate::load::tests::write;

    #[test]
    fn other_sizes_make_another_version_and_the_usual_ones_do_not() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), "mine");
        let problem = Arc::new(crate::load_folder(folder.path()).unwrap());
        assert_eq!(sized(&problem, Sizing::default()).unwrap(), problem);
        let twice = Sizing {
            scale: SizeScale::new(2.0).unwrap(),
            ..Sizing::default()
        };
        let larger = sized(&problem, twice).unwrap();
        assert_eq!(larger.sizes.time, 2 * problem.sizes.time);
        assert_ne!(larger.version, problem.version);
        let upstream = Sizing {
            source: SizeSource::Upstream,
            ..Sizing::default()
        };
        let error = sized(&problem, upstream).unwrap_err();
        assert!(
            error.what.ends_with("has no size that a benchmark times"),
            "{error}"
        );
    }
}

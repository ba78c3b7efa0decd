//! Problems of the harness's own: code that measures or tries this machine, in the form of a problem that is never shown.
//! Never judged, and in no suite.

use std::path::PathBuf;

use super::HarnessError;
use crate::domain::problem::{
    CheckRules, Kind, Mode, Problem, ProblemId, Sizes, Tolerance, Values,
};

/// The problem `machine/name` with this entry, its code and its driver.
pub(crate) fn problem(
    name: &str,
    entry: &str,
    original: String,
    driver: String,
    mode: Mode,
) -> Result<Problem, HarnessError> {
    let id = ProblemId::new(format!("machine/{name}")).map_err(|error| HarnessError::Problem {
        what: error.to_string(),
    })?;
    Ok(Problem {
        id,
        kind: Kind::Function,
        standard: Default::default(),
        upstream: Default::default(),
        work: crate::domain::work::LeastWork::default(),
        title: String::new(),
        category: String::new(),
        description: String::new(),
        entry: entry.to_owned(),
        modes: vec![mode],
        sizes: Sizes {
            check: Vec::new(),
            hidden: Vec::new(),
            time: 1,
            time_omp: 1,
        },
        check: CheckRules {
            tolerance: Tolerance::Exact,
            values: vec![Values::Any],
            exact_bits: 0,
        },
        path: PathBuf::new(),
        original,
        driver,
        limits: Vec::new(),
        version: String::new(),
    })
}

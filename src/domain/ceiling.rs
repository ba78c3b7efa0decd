//! How much faster than its original a problem is known to get on a machine: what the best known code was measured at.
//! Never a promise that nothing is faster.

use serde::{Deserialize, Serialize};

use super::measurement::{Speedup, Verdict};
use super::problem::{Mode, ProblemId};

/// A measured ceiling, or why there is none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ceiling {
    /// The problem.
    pub problem: ProblemId,
    /// Its version: a ceiling of another version says nothing.
    pub version: String,
    /// Its category.
    pub category: String,
    /// The mode.
    pub mode: Mode,
    /// The best known code's speedup, if it could be measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speedup: Option<Speedup>,
    /// What its interval allows to say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
    /// Time of one call of the original in milliseconds: the median over launches of their medians.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original_ms: Option<f64>,
    /// Launches behind the interval.
    #[serde(default)]
    pub launches: u32,
    /// Why there is no figure: no best known code, or what became of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<String>,
    /// Why little can be expected, in the words of the problem.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// The processor it was measured on.
    pub cpu: String,
    /// The compiler it was measured with.
    pub compiler: String,
    /// The machine's load over the minute before, if it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub load: Option<f64>,
    /// When, in milliseconds since 1970.
    pub at: i64,
}

impl Ceiling {
    /// Whether both are about the same problem, version and mode on the same processor with the same compiler.
    pub fn replaces(&self, other: &Self) -> bool {
        let key = |c: &Self| {
            (
                c.problem.clone(),
                c.version.clone(),
                c.mode,
                c.cpu.clone(),
                c.compiler.clone(),
            )
        };
        key(self) == key(other)
    }
}

/// Geometric mean of the ceilings' speedups, one that is below 1 or missing counting as 1, as the original stays then.
/// Nothing for no ceilings.
pub fn mean<'a>(ceilings: impl IntoIterator<Item = &'a Ceiling>) -> Option<f64> {
    let (mut sum, mut count) = (0.0, 0u32);
    for ceiling in ceilings {
        sum += ceiling.speedup.map_or(0.0, |s| s.estimate.max(1.0).ln());
        count += 1;
    }
    (count > 0).then(|| (sum / f64::from(count)).exp())
}

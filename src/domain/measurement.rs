//! What timing a candidate against the original gave: an interval, a verdict, and how it was got.
//! Never computes statistics (module `harness::stats` does); only carries and words them.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::units::Nanos;

/// A speedup t(original)/t(candidate) with its interval. Ratios, so 1.0 means equally fast; `lo ≤ estimate ≤ hi`.
///
/// ```
/// use lessonl_domain::measurement::{Measurement, Verdict};
///
/// // as it stands in the facts of a run
/// let measured: Measurement = serde_json::from_str(
///     r#"{
///         "speedup": {"estimate": 2.313, "lo": 2.24, "hi": 2.39},
///         "verdict": "faster",
///         "launches": [
///             {"log_ratio": 0.83, "original": 2300000, "candidate": 1000000, "cpu_log_ratio": null},
///             {"log_ratio": 0.85, "original": 2340000, "candidate": 1010000, "cpu_log_ratio": null}
///         ],
///         "rounds": 9, "calls": 4, "size": 512, "seed": 1, "spent": 60000000
///     }"#,
/// )?;
/// assert_eq!(measured.verdict, Verdict::Faster);
/// assert_eq!(measured.speedup.to_string(), "2.31× [2.24, 2.39]");
/// assert!(measured.speedup.lo > 1.01);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Speedup {
    /// The estimate: exp of the mean over launches of the launch's median log ratio.
    pub estimate: f64,
    /// Lower end of the 95 % interval (corrected for the planned looks).
    pub lo: f64,
    /// Upper end of the interval.
    pub hi: f64,
}

impl fmt::Display for Speedup {
    /// `2.31× [2.24, 2.39]`: never a bare multiplier.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}× [{}, {}]",
            ratio(self.estimate),
            ratio(self.lo),
            ratio(self.hi)
        )
    }
}

/// A ratio with three significant digits: `0.98`, `2.31`, `14.2`, `131`; beyond 9999, where no digit means anything, `>9999`.
pub fn ratio(value: f64) -> String {
    let digits = match value {
        v if v > 9999.0 => return ">9999".to_owned(),
        v if v >= 99.95 => 0,
        v if v >= 9.995 => 1,
        _ => 2,
    };
    format!("{value:.digits$}")
}

/// What the interval allows us to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The whole interval is above 1.01.
    Faster,
    /// The whole interval is below 0.99.
    Slower,
    /// The whole interval lies within 0.99 to 1.01.
    Same,
    /// None of these after all planned launches.
    Unresolved,
}

impl Verdict {
    /// The word used in JSON and on screen.
    pub fn word(self) -> &'static str {
        match self {
            Self::Faster => "faster",
            Self::Slower => "slower",
            Self::Same => "same",
            Self::Unresolved => "unresolved",
        }
    }
}

/// One process launch of both sides: the unit of replication.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Launch {
    /// Median over the launch's rounds of ln(t(original)/t(candidate)), wall clock.
    pub log_ratio: f64,
    /// Median time of one call of the original.
    pub original: Nanos,
    /// Median time of one call of the candidate.
    pub candidate: Nanos,
    /// The same log ratio by the processes' CPU clocks, where they could be read.
    pub cpu_log_ratio: Option<f64>,
    /// The same log ratio by the wall clock, where `log_ratio` was read from the processor clock because other programs
    /// had the core.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wall_log_ratio: Option<f64>,
}

/// A finished timing of a candidate that passed every correctness gate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measurement {
    /// The reported figure.
    pub speedup: Speedup,
    /// What may be said of it.
    pub verdict: Verdict,
    /// Every launch, in order. The interval is computed over these.
    pub launches: Vec<Launch>,
    /// Rounds of one pair each per launch.
    pub rounds: u32,
    /// Calls per timed sample (same for both sides, chosen from the original alone).
    pub calls: u32,
    /// Size that was timed.
    pub size: u64,
    /// Seed that all inputs came from; a fresh one per measurement.
    pub seed: u64,
    /// Time spent measuring.
    pub spent: Nanos,
}

impl Measurement {
    /// Time of one call of the original and of the candidate: the medians over the launches.
    pub fn times(&self) -> (Nanos, Nanos) {
        let median = |of: fn(&Launch) -> Nanos| {
            let mut all: Vec<Nanos> = self.launches.iter().map(of).collect();
            all.sort_unstable();
            all.get(all.len() / 2).copied().unwrap_or_default()
        };
        (
            median(|launch| launch.original),
            median(|launch| launch.candidate),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_speedup_is_written_with_its_interval() {
        let speedup = Speedup {
            estimate: 2.313,
            lo: 2.24,
            hi: 2.39,
        };
        assert_eq!(speedup.to_string(), "2.31× [2.24, 2.39]");
        assert_eq!(ratio(14.23), "14.2");
        assert_eq!(ratio(131.4), "131");
        assert_eq!(ratio(1_073_594_944.83), ">9999");
    }
}

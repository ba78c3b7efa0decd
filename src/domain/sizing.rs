//! Which sizes a problem is timed at: those it was calibrated with, the benchmark's own, or a multiple of either.
//! Never touches what correctness is checked with.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::id::BadId;
use super::problem::{Mode, Problem};

/// Where the timed sizes come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SizeSource {
    /// Those of `problem.toml`: a call takes 1 to 50 ms on the machine they were calibrated on.
    #[default]
    Calibrated,
    /// Those the benchmark itself times.
    Upstream,
}

impl SizeSource {
    /// The word used on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Self::Calibrated => "calibrated",
            Self::Upstream => "upstream",
        }
    }
}

impl FromStr for SizeSource {
    type Err = BadId;
    fn from_str(text: &str) -> Result<Self, BadId> {
        match text {
            "calibrated" => Ok(Self::Calibrated),
            "upstream" => Ok(Self::Upstream),
            _ => Err(BadId {
                text: text.to_owned(),
                what: "source of sizes (calibrated or upstream)",
            }),
        }
    }
}

/// By how much timed sizes are multiplied: positive and finite, at most a million.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct SizeScale(f64);

impl SizeScale {
    /// Checks it.
    pub fn new(factor: f64) -> Result<Self, BadId> {
        if factor.is_finite() && factor > 0.0 && factor <= 1e6 {
            Ok(Self(factor))
        } else {
            Err(BadId {
                text: factor.to_string(),
                what: "scale (a number above 0, like 2 or 0.5)",
            })
        }
    }

    /// The factor.
    pub(crate) fn factor(self) -> f64 {
        self.0
    }

    fn is_one(&self) -> bool {
        self.0 == 1.0
    }
}

impl Default for SizeScale {
    fn default() -> Self {
        Self(1.0)
    }
}

impl TryFrom<f64> for SizeScale {
    type Error = BadId;
    fn try_from(factor: f64) -> Result<Self, BadId> {
        Self::new(factor)
    }
}

impl From<SizeScale> for f64 {
    fn from(scale: SizeScale) -> Self {
        scale.0
    }
}

impl FromStr for SizeScale {
    type Err = BadId;
    fn from_str(text: &str) -> Result<Self, BadId> {
        Self::new(text.parse().unwrap_or(f64::NAN)).map_err(|bad| BadId {
            text: text.to_owned(),
            ..bad
        })
    }
}

/// The wish for other timed sizes.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Sizing {
    /// Where they come from.
    #[serde(default)]
    pub source: SizeSource,
    /// What they are multiplied by.
    #[serde(default, skip_serializing_if = "SizeScale::is_one")]
    pub scale: SizeScale,
}

impl Sizing {
    /// Whether it leaves every problem as it is.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// The size to time in `mode`; nothing if the benchmark's is wished for and not known.
    pub fn timed(self, problem: &Problem, mode: Mode) -> Option<u64> {
        let size = match (self.source, mode) {
            (SizeSource::Calibrated, mode) => problem.sizes.timed(mode),
            (SizeSource::Upstream, Mode::Serial) => problem.upstream.time?,
            (SizeSource::Upstream, Mode::Omp) => {
                problem.upstream.time_omp.or(problem.upstream.time)?
            }
        };
        // Exact up to 2^53, far above any size that fits into memory.
        Some(((size as f64 * self.scale.factor()).round() as u64).max(1))
    }
}

impl fmt::Display for Sizing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} sizes", self.source.word())?;
        if !self.scale.is_one() {
            write!(f, " × {}", self.scale.factor())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sizing_reads_back_and_the_usual_one_says_little() {
        let usual = serde_json::to_string(&Sizing::default()).unwrap();
        assert_eq!(usual, r#"{"source":"calibrated"}"#);
        let sizing = Sizing {
            source: SizeSource::Upstream,
            scale: SizeScale::new(1.5).unwrap(),
        };
        let text = serde_json::to_string(&sizing).unwrap();
        assert_eq!(text, r#"{"source":"upstream","scale":1.5}"#);
        assert_eq!(serde_json::from_str::<Sizing>(&text).unwrap(), sizing);
        assert_eq!(
            serde_json::from_str::<Sizing>("{}").unwrap(),
            Sizing::default()
        );
        assert_eq!(sizing.to_string(), "upstream sizes × 1.5");
    }

    #[test]
    fn scales_that_make_no_sense_are_refused() {
        for bad in ["0", "-1", "inf", "nan", "x", "", "1e9"] {
            assert!(bad.parse::<SizeScale>().is_err(), "{bad}");
        }
        assert_eq!("2".parse::<SizeScale>().unwrap().factor(), 2.0);
    }
}

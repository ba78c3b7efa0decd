//! A problem: the function to make faster, how to feed it, and what its answers must satisfy.
//! Never reads files (module `problems` does) and never judges a candidate (module `harness` does).

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::codegen::Codegen;
use super::evaluation::Caveat;
use super::id::BadId;
use super::project::Project;
use super::work::LeastWork;

/// A problem's id: its folder's path below the benchmark root with `/`, e.g. `pareval/dense_la/gemm`;
/// for a person's own folder the `id` of its `problem.toml`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ProblemId(String);

impl ProblemId {
    /// Accepts 1 to 128 ASCII letters, digits and `-_./`, without empty or dot-only parts.
    pub fn new(text: impl Into<String>) -> Result<Self, BadId> {
        let text = text.into();
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
        let part = |p: &str| !p.is_empty() && p != "." && p != "..";
        if text.len() <= 128 && text.chars().all(plain) && text.split('/').all(part) {
            Ok(Self(text))
        } else {
            Err(BadId {
                text,
                what: "problem id (like pareval/dense_la/gemm)",
            })
        }
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The last part, e.g. `gemm`.
    pub fn short(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or(&self.0)
    }

    /// The first part, e.g. `pareval`: the suite it belongs to.
    pub fn suite(&self) -> &str {
        self.0.split('/').next().unwrap_or(&self.0)
    }
}

impl fmt::Display for ProblemId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The programming model in which a problem is solved. Both sides are always compiled and run alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// One thread.
    Serial,
    /// OpenMP on the cores of this machine.
    Omp,
}

impl Mode {
    /// The word used on the command line, in facts and on screen.
    pub fn word(self) -> &'static str {
        match self {
            Self::Serial => "serial",
            Self::Omp => "omp",
        }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for Mode {
    type Err = BadId;
    fn from_str(text: &str) -> Result<Self, BadId> {
        match text {
            "serial" => Ok(Self::Serial),
            "omp" => Ok(Self::Omp),
            _ => Err(BadId {
                text: text.to_owned(),
                what: "mode (serial or omp)",
            }),
        }
    }
}

/// Sizes handed to the driver's `make`. What a size means (rows, elements, …) is the problem's own business.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sizes {
    /// Sizes for checking correctness; agents may be told about them.
    pub check: Vec<u64>,
    /// Further sizes for checking that agents are never told.
    pub hidden: Vec<u64>,
    /// The size that is timed in serial mode.
    pub time: u64,
    /// The size that is timed in OpenMP mode.
    pub time_omp: u64,
}

impl Sizes {
    /// The size that is timed in `mode`.
    pub fn timed(&self, mode: Mode) -> u64 {
        match mode {
            Mode::Serial => self.time,
            Mode::Omp => self.time_omp,
        }
    }
}

/// How an output may differ from the original's. Integers, booleans and text must always be equal.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tolerance {
    /// Bit for bit (−0 equals +0, NaN equals NaN).
    Exact,
    /// `|x − y| ≤ relative·max(|x|, |y|, scale)`, where `scale` is the largest magnitude in that output field.
    Relative(f64),
}

/// The classes of values that the driver's input maker can produce. Code in `src/harness/driver.hpp`, same order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Values {
    /// Uniform in the range the problem asks for. What is timed.
    Any,
    /// Whole numbers small enough that sums and products are exact in `double` but not in `float`: compared bit for bit.
    Exact,
    /// All zero.
    Zeros,
    /// Few distinct values, many ties.
    Equal,
    /// Ascending.
    Sorted,
    /// Descending.
    Reversed,
    /// Magnitudes spread over many powers of ten.
    Wide,
    /// Of the largest magnitudes that the driver allows.
    Large,
    /// Over the whole range of their type: its ends, powers of two and their neighbours, every byte of text.
    Full,
    /// Not a number, infinities, signed zeros and the smallest reals among ordinary ones.
    Special,
    /// Ordinary, in containers of unequal lengths, with counts beyond them.
    Uneven,
    /// Ordinary, with whole-number arguments of zero, below zero and at the ends of their type.
    Counts,
    /// Ordinary, in memory that is aligned to its elements only.
    Unaligned,
    /// Ordinary, where [`Values::Any`] is what real calls were handed.
    Drawn,
}

impl Values {
    /// All classes in the order of their codes.
    pub const ALL: [Self; 14] = [
        Self::Any,
        Self::Exact,
        Self::Zeros,
        Self::Equal,
        Self::Sorted,
        Self::Reversed,
        Self::Wide,
        Self::Large,
        Self::Full,
        Self::Special,
        Self::Uneven,
        Self::Counts,
        Self::Unaligned,
        Self::Drawn,
    ];

    /// The code the driver knows the class by.
    pub fn code(self) -> u32 {
        Self::ALL.iter().position(|v| *v == self).unwrap_or(0) as u32
    }

    /// The word used in `problem.toml`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::Exact => "exact",
            Self::Zeros => "zeros",
            Self::Equal => "equal",
            Self::Sorted => "sorted",
            Self::Reversed => "reversed",
            Self::Wide => "wide",
            Self::Large => "large",
            Self::Full => "full",
            Self::Special => "special",
            Self::Uneven => "uneven",
            Self::Counts => "counts",
            Self::Unaligned => "unaligned",
            Self::Drawn => "drawn",
        }
    }

    /// What inputs of the class hold, in words for people and agents.
    pub fn words(self) -> &'static str {
        match self {
            Self::Any => "ordinary values",
            Self::Exact => "whole numbers that add and multiply exactly",
            Self::Zeros => "all zero",
            Self::Equal => "few distinct values",
            Self::Sorted => "ascending values",
            Self::Reversed => "descending values",
            Self::Wide => "values of very different magnitude",
            Self::Large => "values of the largest magnitude",
            Self::Full => "values over the whole range of their type",
            Self::Special => "reals that are NaN, infinite, signed zeros or denormal",
            Self::Uneven => "containers of unequal lengths and counts beyond them",
            Self::Counts => {
                "whole-number arguments of zero, below zero and at the ends of their type"
            }
            Self::Unaligned => "memory aligned to its elements only",
            Self::Drawn => "drawn values where the ordinary ones are of real calls",
        }
    }
}

/// What the answers are compared by.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CheckRules {
    /// For floating-point outputs under every class but [`Values::Exact`].
    pub tolerance: Tolerance,
    /// The classes of values to check with; [`Values::Any`] is always among them.
    pub values: Vec<Values>,
    /// Magnitude of the whole numbers of [`Values::Exact`]: up to 2^bits. Ignored unless that class is listed.
    pub exact_bits: u32,
}

/// The language a problem's files are compiled as, the same for all sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum Standard {
    /// C++17.
    #[default]
    #[serde(rename = "c++17")]
    Cpp17,
    /// C++20.
    #[serde(rename = "c++20")]
    Cpp20,
    /// C, compiled as C++17 with GNU extensions and what C allows and C++ only warns of.
    #[serde(rename = "c")]
    C,
}

impl Standard {
    /// The word used in `problem.toml`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Cpp17 => "c++17",
            Self::Cpp20 => "c++20",
            Self::C => "c",
        }
    }

    /// Whether it is what a problem has that says nothing.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// What kind of work a problem is, and with it how a candidate is judged.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Kind {
    /// A C++ function, fed and compared by the problem's driver.
    #[default]
    Function,
    /// A Python function, written from its signature and description, put to hidden tests.
    Codegen(Box<Codegen>),
    /// Regions of a project, judged by its own commands.
    Command(Box<Project>),
}

/// What ties a problem to the benchmark it comes from. Empty for one that comes from none.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Upstream {
    /// The size the benchmark times in serial mode.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<u64>,
    /// The size the benchmark times in OpenMP mode.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_omp: Option<u64>,
    /// Whose files it was imported from; `None`: its files are ours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Whether it was imported without repairs.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub as_released: bool,
    /// What is wrong with it as released, a sentence each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub defects: Vec<String>,
}

impl Upstream {
    /// Whether it says nothing.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A problem with the text of its files. A plain value: nothing here was checked by a compiler yet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Problem {
    /// Its id.
    pub id: ProblemId,
    /// What kind of work it is.
    pub kind: Kind,
    /// What its files are compiled as.
    #[serde(default, skip_serializing_if = "Standard::is_default")]
    pub standard: Standard,
    /// What one call must at least do, where it is known.
    #[serde(default, skip_serializing_if = "LeastWork::is_empty")]
    pub work: LeastWork,
    /// A line for people.
    pub title: String,
    /// The category it counts under in the Breakdown.
    pub category: String,
    /// The contract in words: sizes, ties, empty input, aliasing, tolerance.
    pub description: String,
    /// The entry's C++ signature without a body, e.g. `void gemm(std::vector<double> const &A, …)`.
    pub entry: String,
    /// What ties it to the benchmark it comes from.
    #[serde(default, skip_serializing_if = "Upstream::is_empty")]
    pub upstream: Upstream,
    /// Modes it may be run in.
    pub modes: Vec<Mode>,
    /// Sizes for checking and timing.
    pub sizes: Sizes,
    /// What the answers are compared by.
    pub check: CheckRules,
    /// Its folder, for people and `--json`; nothing reads it again.
    pub path: PathBuf,
    /// Text of `original.cpp`: types, helpers and the entry. What agents see and what is timed as A.
    pub original: String,
    /// Text of `driver.cpp`: makes inputs, calls the entry, names the outputs. Agents never see it. Behind it, after
    /// [`RECORDED`], what real calls were handed, if the folder has that.
    pub driver: String,
    /// What the proof of its folder left open, a sentence each; that it was not proved, if it was not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub limits: Vec<String>,
    /// SHA-256 over every field above but `path` and `limits`, in hex: the version a verdict belongs to.
    pub version: String,
}

/// The line between a driver's own text and that of the folder's `recorded.cpp`.
pub const RECORDED: &str = "#line 1 \"recorded.cpp\"\n";

/// Name of the caveat of a problem whose inputs and validator are a checkout's.
pub const UPSTREAM_VALIDATOR: &str = "upstream_validator";
/// Name of the caveat of what a folder's proof left open.
pub(crate) const PROOF: &str = "proof";

impl Problem {
    /// What limits the trust in any measurement of it: what its folder's proof left open, and where it comes from.
    pub fn caveats(&self) -> Vec<Caveat> {
        let open = self.limits.iter().map(|limit| Caveat {
            name: PROOF.to_owned(),
            advice: limit.clone(),
        });
        open.chain(self.upstream_caveat()).collect()
    }

    fn upstream_caveat(&self) -> Option<Caveat> {
        let source = self.upstream.source.as_ref()?;
        let mut advice = format!(
            "Inputs and validator are those of {source}. The validator ran in the candidate's own process, where code written against it could fool it; the comparison with the original's outputs did not. Prefer the bundled suites for a figure you rely on."
        );
        if self.upstream.as_released && !self.upstream.defects.is_empty() {
            advice.push_str(" Imported as released, with its defects: ");
            advice.push_str(&self.upstream.defects.join("; "));
            advice.push('.');
        }
        Some(Caveat {
            name: UPSTREAM_VALIDATOR.to_owned(),
            advice,
        })
    }

    /// The driver's own text: what real calls were handed is nobody else's business.
    pub fn own_driver(&self) -> &str {
        self.driver
            .split_once(RECORDED)
            .map_or(self.driver.as_str(), |(own, _)| own)
    }

    /// Whether its ordinary inputs are what real calls were handed.
    pub fn is_recorded(&self) -> bool {
        self.driver.contains(RECORDED)
    }

    /// The entry's name, the identifier before the first `(` of [`Problem::entry`].
    pub fn entry_name(&self) -> &str {
        let head = self.entry.split('(').next().unwrap_or("").trim_end();
        let start = head
            .rfind(|c: char| !(c.is_alphanumeric() || c == '_'))
            .map_or(0, |at| at + 1);
        &head[start..]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_paths_without_tricks() {
        assert_eq!(
            ProblemId::new("pareval/fft/dft").unwrap().suite(),
            "pareval"
        );
        assert_eq!(
            ProblemId::new("pareval/histogram/bin_0-100")
                .unwrap()
                .short(),
            "bin_0-100"
        );
        for bad in ["", "/x", "a//b", "a/../b", "a b", "é"] {
            assert!(ProblemId::new(bad).is_err(), "{bad}");
        }
    }
}

//! The outcome of compiling, checking and timing a candidate. A failing candidate is a result, never an error.

use serde::{Deserialize, Serialize};

use super::codegen::Tested;
use super::measurement::{Measurement, Speedup, Verdict};
use super::units::Nanos;

/// A stage at which a candidate can fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// The compiler ran.
    Compile,
    /// The shared object was loaded.
    Load,
    /// Small and hidden inputs were checked.
    Check,
    /// The timed size ran.
    Time,
}

impl Stage {
    /// The word used in messages.
    pub fn word(self) -> &'static str {
        match self {
            Self::Compile => "compiling",
            Self::Load => "loading",
            Self::Check => "checking",
            Self::Time => "timing",
        }
    }
}

/// The first difference between the candidate's answer and the original's, in terms an agent can use.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Mismatch {
    /// Size of the input.
    pub size: u64,
    /// Class of values, in words.
    pub values: String,
    /// Seed of the input, in hex. Shown to people; an agent is never told a hidden one. Empty: there was no input of ours, a
    /// project's own commands found the difference and `got` is what they said.
    pub seed: String,
    /// True for sizes that agents must not learn.
    pub hidden: bool,
    /// Name of the output field, or of the input that was changed.
    pub field: String,
    /// Position of the first difference, where there is one.
    pub index: Option<u64>,
    /// What the original gives there.
    pub expected: String,
    /// What the candidate gave.
    pub got: String,
    /// A whole input that agents may see, where one as small as that shows the difference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub example: Option<Box<Example>>,
}

/// A small input with what both sides make of it, all of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Example {
    /// The inputs by name.
    pub input: String,
    /// The original's outputs by name.
    pub expected: String,
    /// The candidate's.
    pub got: String,
}

impl Mismatch {
    /// What a project's own commands said, where it was they that found the difference.
    pub fn said(&self) -> Option<&str> {
        self.seed.is_empty().then_some(self.got.as_str())
    }
}

/// What became of a candidate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Evaluation {
    /// The compiler or linker refused it, or it lacks the entry with the right signature.
    NotCompiled {
        /// One sentence on what is wrong.
        message: String,
        /// The compiler's first lines, at most 4 kB, with the candidate's own line numbers.
        diagnostics: String,
    },
    /// The answer held nothing whole that could be compiled. Older records, and runs by the paper's rules, tell it as
    /// [`Evaluation::NotCompiled`].
    Unread {
        /// What was the matter with it.
        how: Unread,
        /// One sentence that its author can act on.
        message: String,
    },
    /// A rule of the harness refused it.
    Rejected {
        /// The rule's name, e.g. `export_override`.
        rule: String,
        /// A sentence the author can learn from.
        message: String,
    },
    /// It ended by a signal or on its own.
    Crashed {
        /// How, in words: `SIGSEGV (invalid memory access)`.
        how: String,
        /// At which stage.
        stage: Stage,
    },
    /// It did not finish in time.
    TimedOut {
        /// At which stage.
        stage: Stage,
        /// The limit it ran into.
        limit: Nanos,
    },
    /// It gave another answer than the original.
    WrongAnswer {
        /// The first difference.
        mismatch: Mismatch,
    },
    /// It is correct on everything we tried and was timed.
    Measured {
        /// The figure, with its interval and how it was got.
        measurement: Measurement,
    },
    /// It was put to tests: the outcome of writing code from a description.
    Tested {
        /// Which, and how many it passed.
        tested: Tested,
    },
    /// We failed, not the candidate. Never becomes a lesson.
    HarnessFault {
        /// What failed and what to do.
        what: String,
    },
}

/// Why an answer held nothing whole that could be compiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unread {
    /// There was no code in it.
    NoCode,
    /// It was cut off before its end.
    CutOff,
    /// It held edits that do not fit the given code.
    Misfit,
}

impl Unread {
    /// The outcome without its details.
    pub fn outcome(self) -> Outcome {
        match self {
            Self::NoCode => Outcome::NoCode,
            Self::CutOff => Outcome::CutOff,
            Self::Misfit => Outcome::Misfit,
        }
    }
}

/// The outcome without its details: for tallies, glyphs and JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Correct and timed.
    Measured,
    /// Refused by the compiler.
    NotCompiled,
    /// The answer held no code.
    NoCode,
    /// The answer was cut off before its end.
    CutOff,
    /// The answer's edits do not fit the given code.
    Misfit,
    /// Refused by a rule.
    Rejected,
    /// Another answer than the original.
    WrongAnswer,
    /// Ended by a signal or on its own.
    Crashed,
    /// Ran into a time limit.
    TimedOut,
    /// Passed every test it was put to.
    Passed,
    /// Failed a test.
    FailedTests,
    /// Our own failure.
    HarnessFault,
}

impl Outcome {
    /// Whether the candidate failed: it is not correct, or not known to be.
    pub fn is_failure(self) -> bool {
        match self {
            Self::NotCompiled
            | Self::NoCode
            | Self::CutOff
            | Self::Misfit
            | Self::Rejected
            | Self::WrongAnswer
            | Self::Crashed
            | Self::TimedOut
            | Self::FailedTests => true,
            Self::Measured | Self::Passed | Self::HarnessFault => false,
        }
    }

    /// The word used in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Measured => "measured",
            Self::NotCompiled => "not_compiled",
            Self::NoCode => "no_code",
            Self::CutOff => "cut_off",
            Self::Misfit => "misfit",
            Self::Rejected => "rejected",
            Self::WrongAnswer => "wrong_answer",
            Self::Crashed => "crashed",
            Self::TimedOut => "timed_out",
            Self::Passed => "passed",
            Self::FailedTests => "failed_tests",
            Self::HarnessFault => "harness_fault",
        }
    }
}

impl Evaluation {
    /// The outcome without its details.
    pub fn outcome(&self) -> Outcome {
        match self {
            Self::NotCompiled { .. } => Outcome::NotCompiled,
            Self::Unread { how, .. } => how.outcome(),
            Self::Rejected { .. } => Outcome::Rejected,
            Self::Crashed { .. } => Outcome::Crashed,
            Self::TimedOut { .. } => Outcome::TimedOut,
            Self::WrongAnswer { .. } => Outcome::WrongAnswer,
            Self::Measured { .. } => Outcome::Measured,
            Self::Tested { tested } if tested.all() => Outcome::Passed,
            Self::Tested { .. } => Outcome::FailedTests,
            Self::HarnessFault { .. } => Outcome::HarnessFault,
        }
    }

    /// The measurement, if there is one.
    pub fn measurement(&self) -> Option<&Measurement> {
        match self {
            Self::Measured { measurement } => Some(measurement),
            _ => None,
        }
    }

    /// The speedup with its interval, if it was measured.
    pub fn speedup(&self) -> Option<Speedup> {
        self.measurement().map(|m| m.speedup)
    }

    /// The verdict, if it was measured.
    pub fn verdict(&self) -> Option<Verdict> {
        self.measurement().map(|m| m.verdict)
    }

    /// What testing gave, if it was put to tests.
    pub fn tested(&self) -> Option<&Tested> {
        match self {
            Self::Tested { tested } => Some(tested),
            _ => None,
        }
    }

    /// The paper's s: the speedup's estimate, 0 unless correct; of code from a description the share of tests passed.
    pub fn score(&self) -> f64 {
        match self.tested() {
            Some(tested) => tested.share(),
            None => self.speedup().map_or(0.0, |s| s.estimate),
        }
    }
}

/// A check that ran, or was left out, and with what result.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Gate {
    /// Its name, e.g. `differential`, `exact_arithmetic`, `inputs_unchanged`.
    pub name: String,
    /// Whether the candidate passed it; `None` if it did not run.
    pub passed: Option<bool>,
    /// How much was tried, or why it did not run.
    pub detail: String,
}

impl Gate {
    /// The gate that says how near a candidate comes to what the machine can do.
    pub const PLAUSIBLE: &str = "plausible";
    /// What a winner is worth at other sizes than the timed one.
    pub const SIZES: &str = "other_sizes";
}

/// Something that limits how far a measurement can be trusted, and what to do about it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Caveat {
    /// A short name, e.g. `busy_machine`.
    pub name: String,
    /// What was seen and what the person can do.
    pub advice: String,
}

/// What is said of an answer without code.
pub const NO_CODE: &str = "the answer held no code";

/// Name of the caveat that definitions are gone.
pub const REMOVES: &str = "removes_definitions";

/// The caveat that these definitions are gone; none if there are none.
pub fn removal(gone: &[String]) -> Option<Caveat> {
    const SHOWN: usize = 12;
    let names: Vec<String> = gone
        .iter()
        .take(SHOWN)
        .map(|name| format!("`{name}`"))
        .collect();
    let more = match gone.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    (!names.is_empty()).then(|| Caveat {
        name: REMOVES.to_owned(),
        advice: format!(
            "It removes {}{more}. See whether anything else needs them before you use it.",
            names.join(", ")
        ),
    })
}

/// A compiler's remark on one of the candidate's own lines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remark {
    /// Line in the candidate, from 1.
    pub line: u32,
    /// The remark in our words.
    pub text: String,
}

/// An evaluation with everything that travels along.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evaluated {
    /// What became of the candidate.
    pub evaluation: Evaluation,
    /// Checks in the order they ran.
    pub gates: Vec<Gate>,
    /// Limits of trust.
    pub caveats: Vec<Caveat>,
    /// Compiler remarks.
    pub remarks: Vec<Remark>,
    /// Wall time from start to verdict, waiting for the machine included.
    pub wall: Nanos,
    /// True when the verdict came from the cache and nothing ran.
    pub cached: bool,
    /// How near it comes to what the machine can do, as a share of the measured peak, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of_machine: Option<f64>,
}

impl Evaluated {
    /// How near it comes to what the machine can do, in words, where that is known.
    pub fn of_peak(&self) -> Option<&str> {
        let gate = self
            .gates
            .iter()
            .find(|gate| gate.name == Gate::PLAUSIBLE)?;
        Some(&gate.detail)
    }

    /// The figures at other sizes than the timed one, in words, where it was timed there.
    pub fn at_sizes(&self) -> Option<&str> {
        let gate = self.gates.iter().find(|gate| gate.name == Gate::SIZES)?;
        Some(&gate.detail)
    }

    /// An evaluation to which nothing else is known.
    pub fn bare(evaluation: Evaluation, wall: Nanos) -> Self {
        Self {
            evaluation,
            gates: Vec::new(),
            caveats: Vec::new(),
            remarks: Vec::new(),
            wall,
            cached: false,
            of_machine: None,
        }
    }
}

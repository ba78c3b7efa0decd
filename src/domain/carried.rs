//! Lessons that outlive their run: where one was learned, what is known of its worth, and whether it may be given to
//! later runs. Never stores or selects them. Their text may come from anybody: bounded here, quoted wherever it is shown.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::id::BadId;
use super::lesson::LessonOutcome;
use super::problem::{Mode, ProblemId};

/// What a run may draw on beside its own lessons.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BankScope {
    /// Nothing: every problem begins with an empty bank, as in the paper.
    #[default]
    Fresh,
    /// Accepted lessons of the problem's category.
    Category,
    /// All accepted lessons.
    All,
}

impl BankScope {
    /// The word used on the command line, in facts and on screen.
    pub fn word(self) -> &'static str {
        match self {
            Self::Fresh => "fresh",
            Self::Category => "category",
            Self::All => "all",
        }
    }

    /// Whether nothing is carried over.
    pub fn is_fresh(&self) -> bool {
        *self == Self::Fresh
    }
}

impl FromStr for BankScope {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        [Self::Fresh, Self::Category, Self::All]
            .into_iter()
            .find(|scope| scope.word() == text)
            .ok_or_else(|| BadId {
                text: text.to_owned(),
                what: "bank (fresh, category or all)",
            })
    }
}

impl fmt::Display for BankScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// Whether a lesson may be given to later runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Not decided: in no later run.
    #[default]
    Staged,
    /// It may.
    Accepted,
    /// It may not.
    Rejected,
}

impl Standing {
    /// Every standing.
    pub const ALL: [Self; 3] = [Self::Staged, Self::Accepted, Self::Rejected];

    /// The word used in facts, filters and on screen.
    pub fn word(self) -> &'static str {
        match self {
            Self::Staged => "staged",
            Self::Accepted => "accepted",
            Self::Rejected => "rejected",
        }
    }
}

impl FromStr for Standing {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        Self::ALL
            .into_iter()
            .find(|standing| standing.word() == text)
            .ok_or_else(|| BadId {
                text: text.to_owned(),
                what: "standing (staged, accepted or rejected)",
            })
    }
}

/// Who gave a lesson its standing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StandingBy {
    /// Nobody yet.
    #[default]
    Nobody,
    /// The person, in a run or in the bank.
    Person,
    /// Its measured worth.
    Worth,
}

impl StandingBy {
    /// The word used in facts and on screen.
    pub fn word(self) -> &'static str {
        match self {
            Self::Nobody => "nobody",
            Self::Person => "person",
            Self::Worth => "worth",
        }
    }
}

/// Outcomes of one side of a hold-out: log speedups, wrong counted as 0. Sums are all that Welch's interval needs.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Arm {
    /// Outcomes.
    pub count: u32,
    /// Their sum.
    pub sum: f64,
    /// The sum of their squares.
    pub squares: f64,
}

impl Arm {
    /// Takes in an outcome; one that is not finite is left out.
    pub fn add(&mut self, value: f64) {
        if value.is_finite() {
            self.count = self.count.saturating_add(1);
            self.sum += value;
            self.squares += value * value;
        }
    }

    /// Both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            count: self.count.saturating_add(other.count),
            sum: self.sum + other.sum,
            squares: self.squares + other.squares,
        }
    }
}

/// Where a lesson was learned once: its provenance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sighting {
    /// The run it was learned in, or the name of the file it was imported from.
    pub source: String,
    /// Its unit there, by position.
    pub unit: u16,
    /// Its id there.
    pub lesson: String,
    /// True if it came from a file: its figures are somebody's claim.
    #[serde(default)]
    pub imported: bool,
    /// True if it was not learned there but brought along: only what came of its prompts counts.
    #[serde(default)]
    pub carried: bool,
    /// The problem.
    pub problem: ProblemId,
    /// Its category.
    pub category: String,
    /// The mode.
    pub mode: Mode,
    /// First line of the compiler's `--version`.
    pub compiler: String,
    /// The CPU.
    pub cpu: String,
    /// Name and model of its author, or `a person`.
    pub author: String,
    /// What the attempt behind it came to.
    pub outcome: LessonOutcome,
    /// Speedup of the attempt behind it; 0 unless correct.
    pub speedup: f64,
    /// Its factor when its run was last seen.
    pub factor: f64,
    /// Outcomes of prompts it was in, where some were held out.
    #[serde(default)]
    pub with: Arm,
    /// Outcomes of prompts it was held out of.
    #[serde(default)]
    pub without: Arm,
}

/// A lesson of the bank that outlives runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BankedLesson {
    /// Its name: 12 hex digits of its normalised text's SHA-256.
    pub key: String,
    /// Its text, bounded. Hostile.
    pub text: String,
    /// Whether it may be given to later runs.
    pub standing: Standing,
    /// Who said so.
    pub by: StandingBy,
    /// Where it was learned, oldest first.
    pub sightings: Vec<Sighting>,
}

/// Where a lesson that was carried over into a run comes from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LessonOrigin {
    /// Its key in the bank.
    pub key: String,
    /// The run or file it comes from.
    pub source: String,
    /// The problem it was learned on.
    pub problem: ProblemId,
    /// That problem's category.
    pub category: String,
    /// The mode.
    pub mode: Mode,
    /// The compiler.
    pub compiler: String,
    /// The CPU.
    pub cpu: String,
    /// Its author.
    pub author: String,
    /// Speedup of the attempt behind it, there; 0 unless correct.
    pub speedup: f64,
    /// True if it came from a file.
    #[serde(default)]
    pub imported: bool,
}

/// A lesson that a unit brings along.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CarriedLesson {
    /// Its text, bounded. Hostile.
    pub text: String,
    /// What the attempt behind it came to.
    pub outcome: LessonOutcome,
    /// Where it comes from.
    pub origin: LessonOrigin,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_read_back() {
        for scope in [BankScope::Fresh, BankScope::Category, BankScope::All] {
            assert_eq!(scope.word().parse(), Ok(scope));
        }
        for standing in Standing::ALL {
            assert_eq!(standing.word().parse(), Ok(standing));
        }
        assert!("some".parse::<BankScope>().is_err());
    }

    #[test]
    fn an_arm_takes_only_finite_outcomes() {
        let mut arm = Arm::default();
        for value in [0.5, f64::NAN, -1.0, f64::INFINITY] {
            arm.add(value);
        }
        let expected = Arm {
            count: 2,
            sum: -0.5,
            squares: 1.25,
        };
        assert_eq!(arm, expected);
        assert_eq!(arm.and(arm).count, 4);
    }
}

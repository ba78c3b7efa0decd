//! Lessons: what an author learned from an attempt, what people decided about it, and why it was in a prompt or not.
//! Never selects or rescores (module `bank` does).

use serde::{Deserialize, Serialize};

use super::carried::LessonOrigin;
use super::evaluation::Evaluation;
use super::id::{AgentId, LessonId, Round};
use super::measurement::{Speedup, Verdict};

/// From this speedup on an attempt counts as a significant improvement; the paper's threshold.
pub const SIGNIFICANT: f64 = 1.1;

/// What the attempt behind a lesson came to, as it is told to other agents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LessonOutcome {
    /// s ≥ 1.1.
    Significant,
    /// 1.0 ≤ s < 1.1.
    Slight,
    /// s < 1.0.
    Slower,
    /// Correct, and no difference in speed was shown. The paper's rules know no such outcome.
    Same,
    /// Not equivalent to the original.
    Wrong,
    /// The compiler refused it.
    NotCompiled,
    /// It ended by a signal.
    Crashed,
    /// It did not finish in time.
    TimedOut,
    /// A rule refused it.
    Rejected,
    /// It failed some or all of the tests it was put to.
    FailedTests,
    /// A person's advice; no attempt behind it.
    Advice,
}

impl LessonOutcome {
    /// The outcome an evaluation is told as by the paper's rules; `None` for our own failures, which never become lessons,
    /// for answers that held nothing to judge, and for code that passed its tests, from which there are none.
    pub fn of(evaluation: &Evaluation) -> Option<Self> {
        Some(match evaluation {
            Evaluation::NotCompiled { .. } => Self::NotCompiled,
            Evaluation::Unread { .. } => return None,
            Evaluation::Rejected { .. } => Self::Rejected,
            Evaluation::Crashed { .. } => Self::Crashed,
            Evaluation::TimedOut { .. } => Self::TimedOut,
            Evaluation::WrongAnswer { .. } => Self::Wrong,
            Evaluation::Measured { measurement } => Self::of_speedup(measurement.speedup.estimate),
            Evaluation::Tested { tested } if tested.all() => return None,
            Evaluation::Tested { .. } => Self::FailedTests,
            Evaluation::HarnessFault { .. } => return None,
        })
    }

    /// The same with what the measurement allows to say: where its interval shows no difference, there is none.
    pub fn shown_by(evaluation: &Evaluation) -> Option<Self> {
        match evaluation.verdict() {
            Some(Verdict::Same | Verdict::Unresolved) => Some(Self::Same),
            Some(Verdict::Faster | Verdict::Slower) | None => Self::of(evaluation),
        }
    }

    /// The outcome of a correct attempt with speedup `s`.
    pub fn of_speedup(s: f64) -> Self {
        if s >= SIGNIFICANT {
            Self::Significant
        } else if s >= 1.0 {
            Self::Slight
        } else {
            Self::Slower
        }
    }

    /// The word used in facts, filters and on screen.
    pub fn word(self) -> &'static str {
        match self {
            Self::Significant => "significant",
            Self::Slight => "slight",
            Self::Slower => "slower",
            Self::Same => "no measurable difference",
            Self::Wrong => "wrong",
            Self::NotCompiled => "not compiled",
            Self::Crashed => "crashed",
            Self::TimedOut => "timed out",
            Self::Rejected => "rejected",
            Self::FailedTests => "failed tests",
            Self::Advice => "advice",
        }
    }
}

/// Where a lesson stands with the person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LessonState {
    /// Not decided. Eligible under the `auto` gate; under `review` the round waits for a decision.
    #[default]
    Proposed,
    /// Accepted by the person.
    Accepted,
    /// Rejected: in no later prompt.
    Rejected,
    /// Pinned: in every later prompt, beside the k selected ones' limit.
    Pinned,
}

/// A lesson as it is banked. `speedup` is the paper's s (0 unless correct), `factor` its f, `relevance` its q.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Lesson {
    /// Its id within the unit; holds round and author.
    pub id: LessonId,
    /// One or two sentences. May be hostile: escaped on screen, quoted in prompts, bounded.
    pub text: String,
    /// What the attempt behind it came to.
    pub outcome: LessonOutcome,
    /// Speedup of the attempt behind it, a ratio; 0 unless correct.
    pub speedup: f64,
    /// Effectiveness factor, 1 until it was first tried.
    pub factor: f64,
    /// Cosine between the embeddings of the lesson and of the original code, −1 to 1.
    pub relevance: f64,
    /// Round in which it was learned or added.
    pub round: Round,
    /// Its author; `None` for a person.
    pub agent: Option<AgentId>,
    /// Lessons its author had read.
    pub read: Vec<LessonId>,
    /// Where it stands with the person.
    pub state: LessonState,
    /// True once its text was edited by the person.
    pub edited: bool,
    /// Where it comes from, if it was carried over from another run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Box<LessonOrigin>>,
    /// The speedup of the attempt behind it with its interval, where it was measured in this run. Older records, and runs
    /// by the paper's rules, have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measured: Option<Speedup>,
    /// What is known of the cause it names. Older records, and runs by the paper's rules, do not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cause>,
    /// Lessons that say the same and that it stands for, where it was chosen for a prompt.
    #[serde(default, skip_serializing_if = "is_none")]
    pub supporters: u16,
}

fn is_none(count: &u16) -> bool {
    *count == 0
}

/// What is known of the cause that a lesson names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// Something that was seen of the two codes goes with it.
    Seen,
    /// Nothing that was seen supports it.
    Guess,
}

/// Why a lesson is in a round's prompts or not.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "why", rename_all = "snake_case")]
pub enum Reason {
    /// In: the bank holds at most k lessons.
    WholeBank,
    /// In: pinned by the person.
    Pinned,
    /// In: among the fastest; rank from 1 by s·f.
    Speed {
        /// Rank among the lessons with s·f at or above the threshold.
        rank: u16,
        /// Its s·f.
        score: f64,
    },
    /// In: among the most relevant of the rest; rank from 1 by q.
    Relevance {
        /// Rank among the rest.
        rank: u16,
        /// Its q.
        relevance: f64,
    },
    /// In: drawn at random.
    Drawn,
    /// Out: rejected by the person.
    Rejected,
    /// Out: another one says the same.
    SameAs {
        /// Which.
        lesson: LessonId,
    },
    /// Out: the k slots went to others.
    NoSlot {
        /// Its s·f.
        score: f64,
        /// Its q.
        relevance: f64,
    },
}

impl Reason {
    /// Whether the lesson is in the prompts.
    pub fn is_in(self) -> bool {
        !matches!(
            self,
            Self::Rejected | Self::SameAs { .. } | Self::NoSlot { .. }
        )
    }
}

/// The selection for one round: every banked lesson with its reason; those that are in come first, in prompt order.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Selection {
    /// The lessons and why.
    pub reasons: Vec<(LessonId, Reason)>,
}

impl Selection {
    /// How many other lessons say what this one says.
    pub fn supporters(&self, lesson: LessonId) -> u16 {
        let same = |why: &Reason| matches!(why, Reason::SameAs { lesson: head } if *head == lesson);
        let count = self.reasons.iter().filter(|(_, why)| same(why)).count();
        u16::try_from(count).unwrap_or(u16::MAX)
    }

    /// The lessons that are in, in prompt order.
    pub fn chosen(&self) -> impl Iterator<Item = LessonId> + '_ {
        self.reasons
            .iter()
            .filter(|(_, why)| why.is_in())
            .map(|(id, _)| *id)
    }
}

/// What a person does to a lesson.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "decision", rename_all = "snake_case")]
pub enum Decision {
    /// Accept it.
    Accept,
    /// Reject it.
    Reject,
    /// Pin it.
    Pin,
    /// Back to undecided; also undoes a pin or a rejection.
    Clear,
    /// Replace its text.
    Edit {
        /// The new text.
        text: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exactly_the_threshold_is_significant() {
        assert_eq!(LessonOutcome::of_speedup(1.1), LessonOutcome::Significant);
        assert_eq!(LessonOutcome::of_speedup(1.0999), LessonOutcome::Slight);
        assert_eq!(LessonOutcome::of_speedup(1.0), LessonOutcome::Slight);
        assert_eq!(LessonOutcome::of_speedup(0.9999), LessonOutcome::Slower);
    }
}

//! What a strategy asks an agent, and what comes back. Never holds a prompt's wording (`agents::wording` owns that).

use std::borrow::Cow;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::codegen::Work;
use super::evaluation::{Evaluated, Remark};
use super::id::{AskId, LessonId, UnitId};
use super::lesson::Lesson;
use super::lineage::AskManner;
use super::measurement::Speedup;
use super::problem::Mode;
use super::spec::Preset;
use super::units::{Nanos, Usage};

/// What every ask of a unit is about: the part of the problem an agent may see.
#[derive(Debug, Clone, PartialEq)]
pub struct Brief {
    /// A line for people.
    pub title: String,
    /// The contract in words.
    pub description: String,
    /// The entry's signature, without a body.
    pub entry: String,
    /// The entry's bare name.
    pub entry_name: String,
    /// Text of the original: types, helpers and the entry.
    pub original: String,
    /// The programming model asked for.
    pub mode: Mode,
    /// Compiler and flags, in words, e.g. `g++ 12.2 -std=c++17 -O3 -march=native`.
    pub toolchain: String,
    /// Which wording and rules are in force.
    pub preset: Preset,
    /// What they are to do.
    pub work: Work,
    /// What kind of text it is.
    pub form: AnswerForm,
    /// What is known of the original here; empty until the problem is made ready.
    pub facts: Facts,
}

/// What is known of the original on this machine.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Facts {
    /// A sentence each: what is timed, the machine, the least time.
    pub lines: Vec<String>,
    /// The compiler's remarks on the original's own lines.
    pub remarks: Vec<Remark>,
}

/// What kind of text an agent is given and gives back.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum AnswerForm {
    /// A C++ function with its types and helpers.
    #[default]
    Function,
    /// Regions of a project.
    Regions(Regions),
}

/// Regions of a project, as agents are told of them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Regions {
    /// The language's name.
    pub language: String,
    /// Each region's name and file.
    pub places: Vec<(String, String)>,
    /// What is around them, and what was left out.
    pub context: String,
}

/// One question to one agent.
#[derive(Debug, Clone, PartialEq)]
pub struct Ask {
    /// The unit it belongs to.
    pub unit: UnitId,
    /// Its name within the unit; holds the agent and the purpose.
    pub id: AskId,
    /// The problem.
    pub brief: Arc<Brief>,
    /// The question.
    pub task: Task,
}

/// The question itself.
#[derive(Debug, Clone, PartialEq)]
pub enum Task {
    /// Rewrite the original, knowing these lessons (none in round 0), in prompt order.
    Rewrite {
        /// The selected lessons.
        lessons: Vec<Lesson>,
    },
    /// Say why this attempt turned out as it did.
    Lesson {
        /// The attempt's source.
        candidate: Arc<str>,
        /// Its true outcome.
        evaluated: Arc<Evaluated>,
    },
    /// Reason step by step, then rewrite.
    Reason,
    /// Rewrite once more, knowing the own last attempt and what was learned from looking back.
    Retry {
        /// The last attempt.
        last: ShownAttempt,
        /// Reflections, the oldest first.
        reflections: Vec<Arc<str>>,
    },
    /// Look back at an own attempt and say what to do otherwise.
    Reflect {
        /// The attempt.
        attempt: ShownAttempt,
    },
    /// Recall problems like this one, each with the technique that made it fast.
    Recall {
        /// How many.
        count: u16,
    },
    /// Plan a rewrite along an exemplar, and say how confident one is.
    Plan {
        /// The exemplar; `None`: none was recalled.
        exemplar: Option<Arc<str>>,
    },
    /// Rewrite by a plan.
    Code {
        /// The plan.
        plan: Arc<str>,
    },
    /// Mend an attempt that was written by a plan.
    Repair {
        /// The plan.
        plan: Arc<str>,
        /// The attempt.
        attempt: ShownAttempt,
    },
    /// Write the best rewrite out of everybody's proposals.
    Combine {
        /// Their sources, in the team's order.
        proposals: Vec<Arc<str>>,
    },
    /// Rewrite the original without anybody's code in view, knowing these lessons and what was tried.
    Explore {
        /// The selected lessons, in prompt order.
        lessons: Vec<Lesson>,
        /// What was tried, the fastest first.
        tried: Vec<Idea>,
        /// How to go about it.
        manner: AskManner,
    },
    /// Make a candidate faster that is in view.
    Refine {
        /// The candidate.
        parent: ShownAttempt,
        /// Lessons to go with it, in prompt order.
        lessons: Vec<Lesson>,
        /// What else was tried, the fastest first.
        tried: Vec<Idea>,
        /// How to go about it.
        manner: AskManner,
    },
    /// Mend an own attempt that failed, or write another one than is there already.
    Mend {
        /// The attempt.
        last: ShownAttempt,
        /// What it is the same as, in words, if it is no code of its own.
        same_as: Option<String>,
        /// How to go about it.
        manner: AskManner,
    },
    /// Write tests for code that is yet to be written.
    Tests,
}

/// A way that was tried, and what it came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Idea {
    /// The idea in its author's words. Hostile.
    pub words: String,
    /// Its best speedup; `None`: nothing correct came of it.
    pub best: Option<Speedup>,
}

/// An attempt as it is shown to whoever goes on from it.
#[derive(Debug, Clone, PartialEq)]
pub struct ShownAttempt {
    /// Its source.
    pub source: Arc<str>,
    /// Its true outcome.
    pub evaluated: Arc<Evaluated>,
}

impl Task {
    /// Lessons that are in this ask's prompt.
    pub fn lessons(&self) -> Vec<LessonId> {
        match self {
            Self::Rewrite { lessons }
            | Self::Explore { lessons, .. }
            | Self::Refine { lessons, .. } => lessons.iter().map(|l| l.id).collect(),
            Self::Mend { .. }
            | Self::Lesson { .. }
            | Self::Reason
            | Self::Retry { .. }
            | Self::Reflect { .. }
            | Self::Recall { .. }
            | Self::Plan { .. }
            | Self::Code { .. }
            | Self::Repair { .. }
            | Self::Combine { .. }
            | Self::Tests => Vec::new(),
        }
    }

    /// How the agent is to go about it.
    pub fn manner(&self) -> AskManner {
        match self {
            Self::Explore { manner, .. }
            | Self::Refine { manner, .. }
            | Self::Mend { manner, .. } => *manner,
            _ => AskManner::default(),
        }
    }
}

/// What else was found in an answer, beside code and words.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnswerExtra {
    /// Nothing else.
    #[default]
    Nothing,
    /// The exemplars that were recalled, in order (for [`Task::Recall`]).
    Exemplars(Vec<String>),
    /// The tests that were written, one assertion each (for [`Task::Tests`]).
    Tests(Vec<String>),
    /// How confident the author of a plan is, in percent (for [`Task::Plan`]).
    Confidence(u8),
    /// Why edits do not apply to the given code.
    Unapplied(String),
}

impl AnswerExtra {
    /// Whether there is nothing else.
    pub(crate) fn is_nothing(&self) -> bool {
        *self == Self::Nothing
    }
}

/// Something odd about an answer. Shown to the person; some make the answer unusable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Defect {
    /// No code in it.
    NoCode,
    /// Nothing in it at all.
    Empty,
    /// Code without a fence around it.
    NoFence,
    /// More than one fenced block; the best one was taken. Older records have it; newer ones say which.
    SeveralFences,
    /// Of several fenced blocks this one was taken.
    Took {
        /// Its number, from 1.
        block: usize,
        /// How many there are.
        of: usize,
    },
    /// A part of the answer that was not used: what it is and why.
    Unused(String),
    /// So many further blocks were joined to the one that was taken, because it needs what they define.
    Joined(usize),
    /// Only these definitions were given; they were put in place and the rest stayed as it was.
    PartGiven(Vec<String>),
    /// The given code has these definitions, and what the answer makes of it has not.
    Removes(Vec<String>),
    /// Something was mended or adapted on the way: what.
    Mended(String),
    /// The code or the edits change nothing.
    NoChange,
    /// Only a part was given, or lines were left out, and it cannot be put in place.
    Incomplete,
    /// The last fence was never closed.
    UnclosedFence,
    /// The server stopped it at the token limit.
    Truncated,
    /// The stream ended without the server saying it was done.
    CutShort,
    /// Larger than we read; the rest was dropped.
    TooLong,
    /// Only reasoning, no answer.
    OnlyReasoning,
    /// Control characters were removed.
    ControlCharacters,
    /// Edits that do not fit the given code, or reach outside of what may be changed.
    DoesNotApply,
    /// The prompt was too long for the model: it answered without some of the lessons.
    Trimmed,
    /// A part of the response could not be read: something of the answer is missing.
    Damaged,
    /// Characters that could not be read were replaced.
    Replaced,
    /// The answer stood in the field for reasoning.
    InReasoning,
    /// The server counted far fewer tokens than the prompt has.
    PromptCut,
    /// It went round in circles and was ended by us.
    Circling,
    /// It went on far beyond the token limit and was ended by us.
    Endless,
    /// The server's filter withheld the rest.
    Filtered,
}

impl Defect {
    /// The defect in words.
    pub fn words(&self) -> Cow<'static, str> {
        let list = |names: &[String]| {
            let shown: Vec<String> = names
                .iter()
                .take(NAMES)
                .map(|name| format!("`{name}`"))
                .collect();
            match names.len().saturating_sub(NAMES) {
                0 => shown.join(", "),
                more => format!("{} and {more} more", shown.join(", ")),
            }
        };
        let plain = match self {
            Self::NoCode => "no code in the answer",
            Self::Empty => "empty answer",
            Self::NoFence => "code without a fence",
            Self::SeveralFences => "several code blocks, the best one taken",
            Self::UnclosedFence => "unclosed code fence",
            Self::Truncated => "stopped at the token limit",
            Self::CutShort => "stream ended early",
            Self::TooLong => "longer than we read, the rest dropped",
            Self::OnlyReasoning => {
                "only reasoning, no answer (raise max_tokens; for lessons lesson_max_tokens)"
            }
            Self::ControlCharacters => "control characters removed",
            Self::DoesNotApply => "edits that do not fit the given code",
            Self::Trimmed => "the prompt was too long, asked with fewer lessons",
            Self::NoChange => "it changes nothing",
            Self::Incomplete => "only a part of the code, which cannot be put in place",
            Self::Took { block, of } => return format!("block {block} of {of} taken").into(),
            Self::Unused(what) => return format!("not used: {what}").into(),
            Self::Joined(1) => "a further block with what it needs joined",
            Self::Joined(n) => {
                return format!("{n} further blocks with what it needs joined").into();
            }
            Self::PartGiven(names) => {
                return format!("only {} given, the rest left as it was", list(names)).into();
            }
            Self::Removes(names) => return format!("it removes {}", list(names)).into(),
            Self::Mended(what) => return what.clone().into(),
            Self::Damaged => "damaged on its way: a part of the response could not be read",
            Self::Replaced => "unreadable characters replaced",
            Self::InReasoning => {
                "the answer stood in the reasoning field (see the server's reasoning parser)"
            }
            Self::PromptCut => {
                "the server read only a part of the prompt (raise its context, as OLLAMA_CONTEXT_LENGTH=16384)"
            }
            Self::Circling => "went round in circles, ended by us",
            Self::Endless => "went on far beyond max_tokens, ended by us",
            Self::Filtered => "the server's filter withheld the rest",
        };
        plain.into()
    }
}

/// Most names that a defect lists.
const NAMES: usize = 6;

/// What an agent answered, read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// The answer as it came, reasoning removed, bounded.
    pub text: String,
    /// The answer as it came, bounded, if that is not [`Answer::text`]; empty: it is. Older records and scripts have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw: Option<String>,
    /// What the model thought before it answered, bounded.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub thoughts: String,
    /// The code found in it (for tasks that ask for code).
    pub code: Option<String>,
    /// The words around the code, the lesson's one or two sentences (for [`Task::Lesson`]), the reflection or the plan.
    pub prose: String,
    /// What else was found.
    #[serde(default, skip_serializing_if = "AnswerExtra::is_nothing")]
    pub found: AnswerExtra,
    /// What is odd about it.
    pub defects: Vec<Defect>,
    /// Tokens it took.
    pub usage: Usage,
    /// The model that answered, as the server named it.
    pub model: String,
    /// Time from sending to the last byte.
    pub latency: Nanos,
}

impl Answer {
    /// The answer as it came, where the record kept it.
    pub fn as_it_came(&self) -> Option<&str> {
        let raw = self.raw.as_deref()?;
        Some(if raw.is_empty() { &self.text } else { raw })
    }

    /// Why the end of its code is missing, where it is: it was ended at a limit before the code was.
    pub fn cut_off(&self) -> Option<String> {
        let has = |defect| self.defects.contains(&defect);
        let why = [Defect::Truncated, Defect::Circling, Defect::Endless]
            .into_iter()
            .find(|defect| has(defect.clone()))?;
        // what was ended in the words after the code is whole
        let open = self.code.as_deref().is_none_or(|code| {
            let count = |bracket| code.matches(bracket).count();
            let ended = !has(Defect::UnclosedFence) && !has(Defect::NoFence);
            !ended && count('{') > count('}')
        });
        let written = match self.usage.output.0 {
            0 => String::new(),
            tokens => format!(" after {tokens} tokens"),
        };
        open.then(|| {
            format!(
                "the answer was cut off{written} ({}): a shorter one fits",
                why.words()
            )
        })
    }

    /// Why this is no work of the agent's that could be judged, where it is none: nothing came, or not all of it.
    pub fn unusable(&self) -> Option<AskFailure> {
        let has = |defect| self.defects.contains(&defect);
        let cut = has(Defect::CutShort) && (self.code.is_none() || has(Defect::UnclosedFence));
        let (message, hint) = if has(Defect::Damaged) {
            (
                "damaged on its way: a part of the response could not be read",
                "look for a proxy between here and the server",
            )
        } else if self.text.trim().is_empty() && has(Defect::OnlyReasoning) {
            (
                "only reasoning, no answer",
                "raise max_tokens of the agent, or have its model think less",
            )
        } else if self.text.trim().is_empty() {
            (
                "the answer held nothing",
                "see what the server's log says of it",
            )
        } else if cut {
            (
                "the response ended before the answer did",
                "look into the server's log",
            )
        } else {
            return None;
        };
        Some(AskFailure::new(AskFailureKind::Protocol, message, hint))
    }

    /// The failure behind an answer that broke off before anything of it could be judged, as it does where the server goes
    /// away in the middle: that passes.
    pub fn broke_off(&self) -> Option<AskFailure> {
        let broke = self.defects.contains(&Defect::CutShort);
        let failure = self.unusable().filter(|_| broke)?;
        Some(AskFailure {
            kind: AskFailureKind::Server,
            ..failure
        })
    }
}

/// What happened on the way to an answer that the record must keep.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "note", rename_all = "snake_case")]
pub enum AskNote {
    /// Tokens were paid for and gave no answer.
    Spent {
        /// How many; estimated where the server gave no figures.
        usage: Usage,
        /// Why there is no answer.
        on: Wasted,
    },
    /// Another model answers in place of the agent's own, from this ask on.
    Fallback {
        /// The agent's own model.
        from: String,
        /// The model that answers instead.
        to: String,
        /// Why the own one does not.
        kind: AskFailureKind,
        /// Its server's or our words, bounded, without keys.
        message: String,
    },
    /// The prompt did not fit the model's context: lessons were left out of it, the lowest ranked first.
    Trimmed {
        /// Those left out.
        lessons: Vec<LessonId>,
        /// The prompt as it was sent.
        prompt: String,
    },
    /// The answer comes from a recording; nothing was asked, nothing paid.
    Reused {
        /// The recording: a run's id or a file.
        from: String,
        /// How it was found.
        by: FoundBy,
    },
}

/// On what tokens were spent in vain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wasted {
    /// A reply that broke off or that nobody can read.
    Failed,
    /// An ask that was under way when the run was stopped.
    Cancelled,
}

/// How a recorded answer was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FoundBy {
    /// The very same request: model, parameters and prompt.
    Request,
    /// Another request in the same place: problem, round, agent and purpose.
    Position,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskFailure {
    /// What went wrong.
    pub kind: AskFailureKind,
    /// The server's or our words, at most 2 kB, without keys.
    pub message: String,
    /// What the person can do.
    pub hint: String,
    /// How long the server asks to wait, where it says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait: Option<Nanos>,
}

impl AskFailure {
    /// A failure without a wait that the server asks for.
    pub fn new(kind: AskFailureKind, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            hint: hint.into(),
            wait: None,
        }
    }
}

/// Kinds of failed asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AskFailureKind {
    /// No connection to the server.
    Unreachable,
    /// The server refused the key, or there is none.
    Unauthorized,
    /// The server does not know the model.
    NoSuchModel,
    /// Out of money or quota.
    Quota,
    /// Too many requests, after all retries.
    RateLimited,
    /// The prompt does not fit the model's context.
    ContextOverflow,
    /// The server refused the request for another reason.
    BadRequest,
    /// The server failed, after all retries.
    Server,
    /// No byte within the time allowed.
    TimedOut,
    /// The answer was not what the protocol says.
    Protocol,
    /// There is no recorded answer for this ask.
    NotRecorded,
    /// The run was cancelled.
    Cancelled,
    /// The budget was spent.
    Budget,
}

impl AskFailureKind {
    /// Whether it passes by itself: the server is away, busy or slow, and nothing has to be mended.
    pub fn is_passing(self) -> bool {
        match self {
            Self::Unreachable | Self::RateLimited | Self::Server | Self::TimedOut => true,
            Self::Unauthorized
            | Self::NoSuchModel
            | Self::Quota
            | Self::ContextOverflow
            | Self::BadRequest
            | Self::Protocol
            | Self::NotRecorded
            | Self::Cancelled
            | Self::Budget => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_cut_off_where_its_code_is_not_whole() {
        let answer = |code: Option<&str>, defects: &[Defect]| Answer {
            text: String::new(),
            raw: None,
            thoughts: String::new(),
            code: code.map(str::to_owned),
            prose: String::new(),
            found: AnswerExtra::Nothing,
            defects: defects.to_vec(),
            usage: Usage::default(),
            model: String::new(),
            latency: Nanos(0),
        };
        use Defect::{Circling, Truncated, UnclosedFence};
        let cut = |code, defects: &[Defect]| answer(code, defects).cut_off().is_some();
        assert!(cut(None, &[Truncated]));
        assert!(cut(
            Some("int f() { for (;;) {"),
            &[Truncated, UnclosedFence]
        ));
        assert!(cut(Some("int f() {"), &[Circling, UnclosedFence]));
        assert!(!cut(Some("int f() { return 1; }"), &[Truncated]));
        assert!(!cut(
            Some("int f() { return 1; }"),
            &[Truncated, UnclosedFence]
        ));
        assert!(!cut(Some("int f() {"), &[UnclosedFence]));
        assert!(!cut(None, &[]));
    }
}

//! Facts (durable, enough to rebuild a run) and pulses (may be dropped). The only things that flow out of the engine.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::ask::{Answer, AskFailure, AskNote};
use super::candidate::Candidate;
use super::contest::Contest;
use super::enough::StoppedEarly;
use super::evaluation::{Evaluated, Stage};
use super::id::{AgentId, AskId, CandidateId, LessonId, Round, RunId, UnitId};
use super::lesson::{Decision, Lesson, Selection};
use super::lineage::Duel;
use super::measurement::Speedup;
use super::meter::Budget;
use super::spec::{LessonGate, RunSpec};
use super::units::Nanos;

/// Version of the facts' form. A reader refuses a newer one and reads every older one. 2: contests.
/// 3: children timed against their parents, and units that have enough.
pub const FACT_VERSION: u16 = 3;

/// A fact with where and when.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Envelope {
    /// [`FACT_VERSION`] of the writer.
    pub v: u16,
    /// The run.
    pub run: RunId,
    /// Position within the run, from 0, without gaps.
    pub seq: u64,
    /// Wall clock, milliseconds since 1970-01-01 UTC.
    pub at: i64,
    /// What happened.
    #[serde(flatten)]
    pub fact: Fact,
}

/// The machine a run was measured on. Words for people; `None` where it could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Machine {
    /// CPU model.
    pub cpu: String,
    /// Cores we may use.
    pub cores: u32,
    /// Operating system and kernel.
    pub system: String,
    /// What contains candidates: `landlock+seccomp`, …
    pub sandbox: String,
    /// Facts that matter for timing: governor, load, pinning, clock.
    pub notes: Vec<String>,
    /// All that tells this kind of machine from another one: figures of two classes are not compared. Empty in facts of
    /// before it was written down.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub class: String,
    /// Its name in the network. Empty in facts of before it was written down.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub host: String,
}

impl Machine {
    /// Whether figures of both may be put side by side: the same class; where one of them does not say its class, the same
    /// processor and as many cores.
    pub fn is_like(&self, other: &Self) -> bool {
        match self.class.is_empty() || other.class.is_empty() {
            true => self.cpu == other.cpu && self.cores == other.cores,
            false => self.class == other.class,
        }
    }
}

/// The compiler and its flags.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Toolchain {
    /// Command, e.g. `g++`.
    pub command: String,
    /// First line of its `--version`.
    pub version: String,
    /// Flags of the timed build in serial mode.
    pub flags: Vec<String>,
    /// Further flags in OpenMP mode.
    pub omp_flags: Vec<String>,
}

/// How a unit or a run ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "end", rename_all = "snake_case")]
pub enum Ending {
    /// All of it was done.
    Done,
    /// The person skipped or stopped it.
    Stopped,
    /// The budget was spent.
    Budget,
    /// It could not go on.
    Failed {
        /// Why, and what to do.
        message: String,
    },
    /// Nobody was answered any more: not every round was played. It can be taken up again.
    CutOff {
        /// Why, and what to do.
        message: String,
    },
}

/// Who decided about a lesson.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DecidedBy {
    /// The person at the screen.
    Person,
}

/// What happened. Past tense, append-only.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "fact", rename_all = "snake_case")]
pub enum Fact {
    /// First fact of every run.
    RunStarted {
        /// What it is.
        spec: Box<RunSpec>,
        /// Where.
        machine: Machine,
        /// With which compiler.
        toolchain: Toolchain,
        /// SHA-256 of each prompt template in use, in hex, by name.
        prompts: BTreeMap<String, String>,
    },
    /// The run goes on after it had ended early.
    RunResumed {
        /// Facts that were there already.
        known: u64,
        /// Where it goes on; `None` in facts of before it was written down.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        machine: Option<Machine>,
    },
    /// A unit began.
    UnitStarted {
        /// Which.
        unit: UnitId,
    },
    /// A round began.
    RoundStarted {
        /// In which unit.
        unit: UnitId,
        /// Which.
        round: Round,
    },
    /// The lessons for a round were chosen.
    LessonsSelected {
        /// In which unit.
        unit: UnitId,
        /// For which round.
        round: Round,
        /// Which and why.
        selection: Selection,
        /// Lessons drawn to be left out of single agents' prompts, under a hold-out.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        held_out: Vec<(AgentId, LessonId)>,
    },
    /// The agents' tests for code that is yet to be written were pooled.
    TestsAgreed {
        /// In which unit.
        unit: UnitId,
        /// The tests: one assertion each.
        tests: Vec<String>,
    },
    /// An agent was asked.
    AskSent {
        /// In which unit.
        unit: UnitId,
        /// Which question.
        ask: AskId,
        /// The whole prompt.
        prompt: String,
        /// Lessons in it.
        lessons: Vec<LessonId>,
    },
    /// It answered.
    AnswerReceived {
        /// In which unit.
        unit: UnitId,
        /// Which question.
        ask: AskId,
        /// The answer, read.
        answer: Answer,
    },
    /// It did not.
    AskFailed {
        /// In which unit.
        unit: UnitId,
        /// Which question.
        ask: AskId,
        /// Why.
        failure: AskFailure,
    },
    /// Nobody was answered: the unit waits before it asks again.
    NobodyAnswered {
        /// In which unit.
        unit: UnitId,
        /// Why.
        failure: AskFailure,
        /// How long it waits now.
        wait: Nanos,
        /// How long it is going to wait in all from here on, this wait included.
        left: Nanos,
    },
    /// Something happened on the way to an answer.
    AskNoted {
        /// In which unit.
        unit: UnitId,
        /// Which question.
        ask: AskId,
        /// What.
        note: AskNote,
    },
    /// An answer became a candidate.
    CandidateProposed {
        /// In which unit.
        unit: UnitId,
        /// The candidate.
        candidate: Candidate,
    },
    /// A candidate was compiled, checked and, if correct, timed.
    Evaluated {
        /// In which unit.
        unit: UnitId,
        /// Which.
        candidate: CandidateId,
        /// What came of it.
        evaluated: Evaluated,
    },
    /// An author learned something.
    LessonLearned {
        /// In which unit.
        unit: UnitId,
        /// What.
        lesson: Lesson,
    },
    /// A person added a lesson of their own.
    LessonAdded {
        /// In which unit.
        unit: UnitId,
        /// What.
        lesson: Lesson,
    },
    /// A person decided about a lesson. In force from the next selection on.
    LessonDecided {
        /// In which unit.
        unit: UnitId,
        /// About which.
        lesson: LessonId,
        /// What.
        #[serde(flatten)]
        decision: Decision,
        /// Who.
        by: DecidedBy,
        /// Of an edit, the relevance of the new text.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        relevance: Option<f64>,
    },
    /// A lesson's effectiveness factor was replaced after a round.
    LessonRescored {
        /// In which unit.
        unit: UnitId,
        /// Which.
        lesson: LessonId,
        /// After which round.
        round: Round,
        /// Old factor.
        from: f64,
        /// New factor.
        to: f64,
    },
    /// A candidate became the best one so far.
    BestImproved {
        /// In which unit.
        unit: UnitId,
        /// Which.
        candidate: CandidateId,
        /// Its speedup.
        speedup: Speedup,
    },
    /// Several candidates may be the best one: they were timed against each other. Since version 2.
    ContestHeld {
        /// In which unit.
        unit: UnitId,
        /// What came of it.
        contest: Box<Contest>,
    },
    /// A candidate was timed against the one it comes from. Since version 3.
    ParentMet {
        /// In which unit.
        unit: UnitId,
        /// The child.
        candidate: CandidateId,
        /// What came of it.
        #[serde(flatten)]
        duel: Duel,
    },
    /// Nothing more is expected of a unit, so that no further round of it is played. Since version 3.
    EnoughReached {
        /// Which.
        unit: UnitId,
        /// Why, and what it leaves.
        #[serde(flatten)]
        ended: StoppedEarly,
    },
    /// A round ended.
    RoundFinished {
        /// In which unit.
        unit: UnitId,
        /// Which.
        round: Round,
    },
    /// The best candidate was measured once more with fresh seeds: the figure to report.
    BestConfirmed {
        /// In which unit.
        unit: UnitId,
        /// Which.
        candidate: CandidateId,
        /// What came of it.
        evaluated: Evaluated,
    },
    /// A unit ended. Without a confirmed faster candidate the original is the result.
    UnitFinished {
        /// Which.
        unit: UnitId,
        /// How.
        #[serde(flatten)]
        ending: Ending,
        /// The candidate to use; `None`: the original.
        winner: Option<CandidateId>,
    },
    /// The person has something to say to one agent in its next prompt for code.
    HintGiven {
        /// In which unit.
        unit: UnitId,
        /// To whom.
        agent: AgentId,
        /// What; empty: nothing any more.
        text: String,
    },
    /// The person set who decides about lessons.
    GateSet {
        /// To what.
        gate: LessonGate,
    },
    /// The person paused or resumed the engine.
    PauseSet {
        /// True for paused.
        paused: bool,
    },
    /// The person gave a run that is taken up again another budget.
    BudgetSet {
        /// From now on, what was spent before included.
        budget: Budget,
    },
    /// Last fact of a run that was not cut off.
    RunFinished {
        /// How.
        #[serde(flatten)]
        ending: Ending,
    },
}

impl Fact {
    /// The unit it belongs to, if any.
    pub fn unit(&self) -> Option<UnitId> {
        match self {
            Self::RunStarted { .. }
            | Self::RunResumed { .. }
            | Self::GateSet { .. }
            | Self::PauseSet { .. }
            | Self::BudgetSet { .. }
            | Self::RunFinished { .. } => None,
            Self::UnitStarted { unit }
            | Self::RoundStarted { unit, .. }
            | Self::LessonsSelected { unit, .. }
            | Self::TestsAgreed { unit, .. }
            | Self::AskSent { unit, .. }
            | Self::AnswerReceived { unit, .. }
            | Self::AskFailed { unit, .. }
            | Self::AskNoted { unit, .. }
            | Self::NobodyAnswered { unit, .. }
            | Self::CandidateProposed { unit, .. }
            | Self::Evaluated { unit, .. }
            | Self::LessonLearned { unit, .. }
            | Self::LessonAdded { unit, .. }
            | Self::LessonDecided { unit, .. }
            | Self::LessonRescored { unit, .. }
            | Self::BestImproved { unit, .. }
            | Self::ContestHeld { unit, .. }
            | Self::ParentMet { unit, .. }
            | Self::EnoughReached { unit, .. }
            | Self::RoundFinished { unit, .. }
            | Self::BestConfirmed { unit, .. }
            | Self::HintGiven { unit, .. }
            | Self::UnitFinished { unit, .. } => Some(*unit),
        }
    }
}

/// How far an evaluation has come.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Progress {
    /// Waits for the machine.
    Queued,
    /// Entered a stage.
    Entered(Stage),
    /// One more launch was timed.
    Launch {
        /// Launches so far.
        done: u32,
        /// The interval so far, from the second launch on.
        so_far: Option<Speedup>,
    },
}

/// Something of the moment. May be dropped; never stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pulse {
    /// Text arrived from an agent.
    AnswerDelta {
        /// In which unit.
        unit: UnitId,
        /// Which question.
        ask: AskId,
        /// The new text. Hostile.
        text: String,
    },
    /// An agent's model thinks before it answers.
    ThoughtDelta {
        /// In which unit.
        unit: UnitId,
        /// Which question.
        ask: AskId,
        /// The new text; empty where no more of it is kept. Hostile.
        text: String,
    },
    /// An ask is being retried.
    Retrying {
        /// In which unit.
        unit: UnitId,
        /// Which question.
        ask: AskId,
        /// Next attempt, from 2.
        attempt: u32,
        /// Milliseconds until it starts.
        wait_ms: u64,
        /// Why.
        message: String,
    },
    /// An evaluation went on.
    Evaluating {
        /// In which unit.
        unit: UnitId,
        /// Which candidate; for the original's preparation `None`.
        candidate: Option<CandidateId>,
        /// How far.
        progress: Progress,
    },
    /// A timing window opened or closed: the screen keeps still while one is open.
    TimingWindow {
        /// True while something is timed.
        open: bool,
    },
    /// The round waits for the person to decide about these lessons.
    WaitingForPerson {
        /// In which unit.
        unit: UnitId,
        /// About which; empty once it goes on.
        lessons: Vec<LessonId>,
    },
    /// A command was refused, or something the person should know.
    Notice {
        /// What.
        text: String,
    },
}

/// What flows from the engine to its listeners.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// Durable.
    Fact(Box<Envelope>),
    /// Of the moment.
    Pulse(Pulse),
}

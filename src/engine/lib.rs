//! Owns a run: starts it, feeds its strategy, records facts, obeys commands. Facts are numbered and dated only here.
//! Never words a prompt, never compiles, never stores: it has these done and hears what came of it.
//!
//! `state` decides (pure), `dispatcher` acts (one task, one select), `unit` runs the strategy's blocking function.
//!
//! # How a run goes
//!
//! 1. [`start`] spawns the dispatcher. It makes each unit's problem ready, then runs the strategy on a thread of its own.
//! 2. The strategy calls its [`strategies::context::StrategyContext`]: "ask this agent", "evaluate this candidate". Each
//!    call sends a request to the dispatcher and blocks until the reply is there.
//! 3. The dispatcher hands whatever happens (a request, an answer, a verdict, a command of the person) to
//!    [`state::State`] as an input and gets effects back: record this fact, ask, evaluate, reply. It carries them out and
//!    decides nothing itself, so every decision can be tested without a model, a compiler or a clock.
//! 4. A fact gets its number and its time when it is recorded. It is folded into [`domain::run::Run`] and goes to the
//!    listeners, the store first. What is not a fact (text as it arrives, timing progress) goes to them as a pulse and is
//!    in no record.
//!
//! # How a run is resumed
//!
//! There is no checkpoint. [`Setup::record`] holds the facts of the run so far; they are folded, `RunResumed` is recorded,
//! and the strategy starts its current unit from the beginning. It asks for the same things in the same order, because
//! it depends on nothing but the specification, the replies and seeds that are drawn from the run's own. A request whose
//! facts are in the fold is answered from there at once; the first one that is not is where the work goes on. So:
//!
//! - an answer or a verdict that was recorded is never paid for again;
//! - an ask that was under way when the run was cut off is asked anew, and a candidate that was proposed but not judged is
//!   judged;
//! - a strategy must not read a clock, draw from anything but the run's seed, or depend on which of two replies came first;
//! - a decision of the person is a fact, and holds again after resuming from the place at which it was made.
//!
//! # What a change of the facts needs
//!
//! Stored facts are read for ever. A new field gets `#[serde(default)]` and a default that means what was so before; a
//! new kind of fact raises [`domain::event::FACT_VERSION`], so that older programs refuse the record instead of misreading it. `tests/fixtures/frozen-*.jsonl` are runs as they were once
//! recorded; they are never written anew.

pub(crate) use lessonl_agents as agents;
pub(crate) use lessonl_bank as bank;
pub(crate) use lessonl_domain as domain;
pub(crate) use lessonl_harness as harness;
pub(crate) use lessonl_strategies as strategies;

pub mod answers;
pub mod budget;
mod dispatcher;
pub mod evaluator;
mod fanout;
pub mod handle;
pub mod state;
mod unit;

use std::sync::Arc;

use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;

use crate::domain::command::Command;
use crate::domain::event::{Ending, Envelope, Event};
use crate::domain::id::RunId;
use crate::domain::meter::Budget;
use crate::domain::problem::Problem;
use crate::domain::spec::RunSpec;
use crate::domain::units::{Cost, Nanos};
use answers::Answers;
use evaluator::Evaluator;

/// What is known of a run's money when another question is about to be put.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Asking {
    /// What was spent so far.
    pub spent: Cost,
    /// What questions without an answer may take, at most.
    pub under_way: Cost,
    /// What this one may take, at most; nothing: there is none, an answer has come and made things clearer.
    pub at_most: Cost,
}

/// Whether a question may be put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum May {
    /// It may.
    Ask,
    /// Not now: it is looked again when an answer has come, and now and then, until somebody stops the run.
    Wait,
    /// Another process goes on, or somebody wanted a stop: the run ends now.
    Stop,
}

/// Looked at before every question: whether this process still is the one to put it, and who pays. May block for a moment.
pub type MayAsk = Arc<dyn Fn(Asking) -> May + Send + Sync>;

/// Everything a run needs.
pub struct Setup {
    /// Its id.
    pub run: RunId,
    /// What it is.
    pub spec: RunSpec,
    /// The problems of `spec.units`, in the same order.
    pub problems: Vec<Arc<Problem>>,
    /// Who answers for `spec.team`.
    pub answers: Answers,
    /// Who judges candidates.
    pub evaluator: Evaluator,
    /// Facts of the same run so far, for resuming; empty for a new run.
    pub record: Vec<Envelope>,
    /// For resuming: the budget from now on, what was spent before included; `None`: as it was.
    pub budget: Option<Budget>,
    /// How long nobody may be answered before the run is cut off.
    pub patience: Nanos,
    /// Whether another question may still be put; once it says no the run is stopped. `None`: always.
    pub may_ask: Option<MayAsk>,
    /// Who hears the events, in order: the store first. A listener that is gone is dropped.
    pub listeners: Vec<UnboundedSender<Event>>,
}

/// A run under way.
#[derive(Debug)]
pub struct Running {
    /// Takes commands. Dropping it leaves the run to itself.
    pub commands: UnboundedSender<Command>,
    /// Ends when the run has; all facts were sent by then and no candidate runs any more.
    pub done: JoinHandle<Ending>,
}

/// Starts a run on the current tokio runtime; resumes one if [`Setup::record`] holds its facts. Answers and verdicts in
/// the record are not paid for again, and no fact of it is handed out again: the first new one is `RunResumed`. A record
/// of a run that was done, or that is none, gives a notice and no fact.
pub fn start(setup: Setup) -> Running {
    let (commands, orders) = unbounded_channel();
    let done = tokio::spawn(dispatcher::run(setup, orders));
    Running { commands, done }
}

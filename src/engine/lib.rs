//! Owns a run: starts it, feeds its strategy, records facts, obeys commands. Facts are numbered and dated only here.
//! Never words a prompt, never compiles, never stores: it has these done and hears what came of it.
//!
//! `state` decides (pure), `dispatcher` acts (one task, one select), `unit` runs the strategy's blocking function.

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

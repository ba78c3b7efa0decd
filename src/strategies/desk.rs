//! What a strategy can do: each call blocks until the engine has done it and recorded it, or wants the unit to end.
//! Never does anything itself: a request goes out on a channel, its reply comes back on another.

use std::sync::mpsc::{SyncSender, sync_channel};

use tokio::sync::mpsc::UnboundedSender;

use crate::domain::ask::{Answer, AskFailure, Task};
use crate::domain::candidate::Candidate;
use crate::domain::evaluation::Evaluated;
use crate::domain::id::{AskId, CandidateId, Round};
use crate::domain::lesson::Lesson;

/// The engine wants the unit to end; wind up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stop;

/// What an answer held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held {
    /// Code: compile it.
    Code,
    /// Only words: nothing to compile, and so it does not.
    Words,
    /// Nothing: it is the original itself, built another way.
    Original,
}

/// What happens to the factors of a round's lessons when it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Adjustment {
    /// The paper's effectiveness adjustment.
    Effectiveness,
    /// They stay.
    None,
}

/// How a round's lessons are chosen when there are more than slots.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choosing {
    /// Half by speed, the rest by relevance: the paper's rule.
    SpeedAndRelevance,
    /// All by speed.
    Speed,
    /// All by relevance.
    Relevance,
    /// Drawn, by the run's seed, the unit and the round.
    Chance,
}

/// What is wanted of the engine. Plain data.
#[derive(Debug, Clone, PartialEq)]
pub enum Op {
    /// Begin a round.
    BeginRound(Round),
    /// Choose the lessons for a round's prompts.
    Recall {
        /// For which round.
        round: Round,
        /// By which rule.
        by: Choosing,
    },
    /// Ask an agent.
    Ask {
        /// Which question.
        id: AskId,
        /// The question.
        task: Task,
    },
    /// Propose a candidate, compile, check and time it.
    Evaluate {
        /// The candidate.
        candidate: Candidate,
        /// What its source is.
        held: Held,
    },
    /// Bank what an author learned.
    Learn {
        /// From which candidate.
        about: CandidateId,
        /// The lesson's text.
        text: String,
    },
    /// End a round.
    EndRound {
        /// Which.
        round: Round,
        /// What happens to the factors of its lessons.
        adjustment: Adjustment,
    },
    /// Measure a candidate of this unit afresh.
    Confirm(CandidateId),
    /// Tell the person something.
    Note(String),
}

/// The engine's reply to an [`Op`].
#[derive(Debug, Clone, PartialEq)]
pub enum Reply {
    /// Done.
    Done,
    /// To [`Op::Recall`]: the lessons in prompt order.
    Lessons(Vec<Lesson>),
    /// To [`Op::Ask`].
    Answer(Result<Answer, AskFailure>),
    /// To [`Op::Evaluate`] and [`Op::Confirm`].
    Evaluated(Evaluated),
}

/// An op on its way to the engine.
#[derive(Debug)]
pub struct Request {
    /// What is wanted.
    pub op: Op,
    /// Where the reply goes; dropping it means [`Stop`].
    pub reply: SyncSender<Result<Reply, Stop>>,
}

/// A strategy's handle on the engine. Clones may be used from several threads at once.
#[derive(Debug, Clone)]
pub struct Desk {
    requests: UnboundedSender<Request>,
}

impl Desk {
    /// A desk whose requests go to `requests`.
    pub fn new(requests: UnboundedSender<Request>) -> Self {
        Self { requests }
    }

    /// Begins a round. Waits while paused and, from round 1 on, for the person's decisions under the review gate.
    pub fn begin_round(&self, round: Round) -> Result<(), Stop> {
        self.call(Op::BeginRound(round)).map(drop)
    }

    /// The lessons for a round's prompts, the same for every agent.
    pub fn recall(&self, round: Round, by: Choosing) -> Result<Vec<Lesson>, Stop> {
        match self.call(Op::Recall { round, by })? {
            Reply::Lessons(lessons) => Ok(lessons),
            _ => Err(Stop),
        }
    }

    /// Asks the agent named by the id.
    pub fn ask(&self, id: AskId, task: Task) -> Result<Result<Answer, AskFailure>, Stop> {
        match self.call(Op::Ask { id, task })? {
            Reply::Answer(answer) => Ok(answer),
            _ => Err(Stop),
        }
    }

    /// Proposes a candidate; compiles, checks and times it.
    pub fn evaluate(&self, candidate: Candidate, held: Held) -> Result<Evaluated, Stop> {
        self.evaluation(Op::Evaluate { candidate, held })
    }

    /// Banks what the author of `about` learned from it.
    pub fn learn(&self, about: CandidateId, text: String) -> Result<(), Stop> {
        self.call(Op::Learn { about, text }).map(drop)
    }

    /// Ends a round.
    pub fn end_round(&self, round: Round, adjustment: Adjustment) -> Result<(), Stop> {
        self.call(Op::EndRound { round, adjustment }).map(drop)
    }

    /// Measures a candidate of this unit afresh, with inputs it has not seen. Still served when the unit was stopped
    /// early, unless the run was cancelled: what was found is worth its figure.
    pub fn confirm(&self, candidate: CandidateId) -> Result<Evaluated, Stop> {
        self.evaluation(Op::Confirm(candidate))
    }

    /// Tells the person something.
    pub fn note(&self, text: String) -> Result<(), Stop> {
        self.call(Op::Note(text)).map(drop)
    }

    fn evaluation(&self, op: Op) -> Result<Evaluated, Stop> {
        match self.call(op)? {
            Reply::Evaluated(evaluated) => Ok(evaluated),
            _ => Err(Stop),
        }
    }

    fn call(&self, op: Op) -> Result<Reply, Stop> {
        let (reply, answer) = sync_channel(1);
        self.requests
            .send(Request { op, reply })
            .map_err(|_| Stop)?;
        answer.recv().map_err(|_| Stop)?
    }
}

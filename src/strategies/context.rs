//! What a strategy can do: each call blocks until the engine has done it and recorded it, or wants the unit to end.
//! Never does anything itself: a request goes out on a channel, its reply comes back on another.

use std::sync::mpsc::{SyncSender, sync_channel};

use tokio::sync::mpsc::UnboundedSender;

use crate::domain::ask::{Answer, AskFailure, Task};
use crate::domain::candidate::Candidate;
use crate::domain::codegen::Work;
use crate::domain::evaluation::Evaluated;
use crate::domain::id::{AgentId, AskId, CandidateId, LessonId, Round, UnitId};
use crate::domain::lesson::Lesson;
use crate::domain::lineage::Duel;

/// The engine wants the unit to end; wind up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stop;

/// What an answer held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Held {
    /// Code: compile it.
    Code,
    /// Only words: nothing to compile, and so it does not.
    Words,
    /// Edits that do not apply, and why.
    Misfit(String),
    /// The beginning of code whose end is missing, and why.
    Cut(String),
    /// Nothing: it is the original itself, built another way.
    Original,
    /// The code of this candidate once more, but for comments and layout: the verdict is that one's.
    Copy(CandidateId),
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
pub enum StrategyOp {
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
    /// Agree on the tests that attempts are put to.
    Agree(Vec<String>),
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
    /// Give the person's own candidates that were judged.
    Own,
    /// End a round.
    EndRound {
        /// Which.
        round: Round,
        /// What happens to the factors of its lessons.
        adjustment: Adjustment,
    },
    /// Find the unit's best candidate; where several may be it, time them against each other.
    Best,
    /// Measure a candidate of this unit afresh.
    Confirm(CandidateId),
    /// Time a correct candidate against the one it comes from.
    Meet {
        /// The candidate.
        child: CandidateId,
        /// The one it comes from.
        parent: CandidateId,
    },
    /// Tell the person something.
    Note(String),
}

/// The lessons chosen for a round.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Recalled {
    /// In prompt order.
    pub lessons: Vec<Lesson>,
    /// Which agents' prompts leave out which of them, drawn under a hold-out.
    pub held_out: Vec<(AgentId, LessonId)>,
}

impl Recalled {
    /// Those that this agent is shown.
    pub(crate) fn shown_to(&self, agent: AgentId) -> Vec<Lesson> {
        let shown = |lesson: &&Lesson| !self.held_out.contains(&(agent, lesson.id));
        self.lessons.iter().filter(shown).cloned().collect()
    }
}

/// The engine's reply to an [`StrategyOp`].
#[derive(Debug, Clone, PartialEq)]
pub enum StrategyReply {
    /// Done.
    Done,
    /// To [`StrategyOp::Recall`].
    Lessons(Recalled),
    /// To [`StrategyOp::Ask`].
    Answer(Result<Answer, AskFailure>),
    /// To [`StrategyOp::Best`]; `None`: the original.
    Best(Option<CandidateId>),
    /// To [`StrategyOp::Evaluate`] and [`StrategyOp::Confirm`].
    Evaluated(Evaluated),
    /// To [`StrategyOp::Meet`].
    Met(Duel),
    /// To [`StrategyOp::Own`].
    Own(Vec<(Candidate, Evaluated)>),
}

/// An op on its way to the engine.
#[derive(Debug)]
pub struct StrategyRequest {
    /// What is wanted.
    pub op: StrategyOp,
    /// Where the reply goes; dropping it means [`Stop`].
    pub reply: SyncSender<Result<StrategyReply, Stop>>,
}

/// A strategy's handle on the engine. Clones may be used from several threads at once.
#[derive(Debug, Clone)]
pub struct StrategyContext {
    requests: UnboundedSender<StrategyRequest>,
    work: Work,
    unit: UnitId,
}

impl StrategyContext {
    /// A context whose requests go to `requests`.
    pub fn new(requests: UnboundedSender<StrategyRequest>) -> Self {
        Self {
            requests,
            work: Work::default(),
            unit: UnitId(0),
        }
    }

    /// The same context for this unit of a run.
    pub fn at(self, unit: UnitId) -> Self {
        Self { unit, ..self }
    }

    /// The unit, by its place in the run's specification.
    pub fn unit(&self) -> UnitId {
        self.unit
    }

    /// The same context for a unit with this work.
    pub fn working_on(self, work: Work) -> Self {
        Self { work, ..self }
    }

    /// What the unit's agents are to do.
    pub fn work(&self) -> &Work {
        &self.work
    }

    /// Agrees on the tests that attempts are put to from now on.
    pub fn agree(&self, tests: Vec<String>) -> Result<(), Stop> {
        self.call(StrategyOp::Agree(tests)).map(drop)
    }

    /// Begins a round. Waits while paused and, from round 1 on, for the person's decisions under the review gate.
    pub fn begin_round(&self, round: Round) -> Result<(), Stop> {
        self.call(StrategyOp::BeginRound(round)).map(drop)
    }

    /// The lessons for a round's prompts: the same for every agent, but for those held out.
    pub fn recall(&self, round: Round, by: Choosing) -> Result<Recalled, Stop> {
        match self.call(StrategyOp::Recall { round, by })? {
            StrategyReply::Lessons(recalled) => Ok(recalled),
            _ => Err(Stop),
        }
    }

    /// Asks the agent named by the id.
    pub fn ask(&self, id: AskId, task: Task) -> Result<Result<Answer, AskFailure>, Stop> {
        match self.call(StrategyOp::Ask { id, task })? {
            StrategyReply::Answer(answer) => Ok(answer),
            _ => Err(Stop),
        }
    }

    /// Proposes a candidate; compiles, checks and times it.
    pub fn evaluate(&self, candidate: Candidate, held: Held) -> Result<Evaluated, Stop> {
        self.evaluation(StrategyOp::Evaluate { candidate, held })
    }

    /// Banks what the author of `about` learned from it.
    pub fn learn(&self, about: CandidateId, text: String) -> Result<(), Stop> {
        self.call(StrategyOp::Learn { about, text }).map(drop)
    }

    /// The candidates that the person wrote, with what came of them; waits for those that are being judged.
    pub(crate) fn own(&self) -> Result<Vec<(Candidate, Evaluated)>, Stop> {
        match self.call(StrategyOp::Own)? {
            StrategyReply::Own(own) => Ok(own),
            _ => Err(Stop),
        }
    }

    /// Ends a round.
    pub fn end_round(&self, round: Round, adjustment: Adjustment) -> Result<(), Stop> {
        self.call(StrategyOp::EndRound { round, adjustment })
            .map(drop)
    }

    /// The best candidate of this unit by the run's preset; `None`: the original. Where several may be it, they are timed
    /// against each other first. Served as long as [`StrategyContext::confirm`] is.
    pub fn best(&self) -> Result<Option<CandidateId>, Stop> {
        match self.call(StrategyOp::Best)? {
            StrategyReply::Best(best) => Ok(best),
            _ => Err(Stop),
        }
    }

    /// Measures a candidate of this unit afresh, with inputs it has not seen; of code from a description, puts it to the
    /// hidden tests. Still served when the unit was stopped
    /// early, unless the run was cancelled: what was found is worth its figure.
    pub fn confirm(&self, candidate: CandidateId) -> Result<Evaluated, Stop> {
        self.evaluation(StrategyOp::Confirm(candidate))
    }

    /// Times a correct candidate against the one it comes from.
    pub fn meet(&self, child: CandidateId, parent: CandidateId) -> Result<Duel, Stop> {
        match self.call(StrategyOp::Meet { child, parent })? {
            StrategyReply::Met(duel) => Ok(duel),
            _ => Err(Stop),
        }
    }

    /// Tells the person something.
    pub fn note(&self, text: String) -> Result<(), Stop> {
        self.call(StrategyOp::Note(text)).map(drop)
    }

    fn evaluation(&self, op: StrategyOp) -> Result<Evaluated, Stop> {
        match self.call(op)? {
            StrategyReply::Evaluated(evaluated) => Ok(evaluated),
            _ => Err(Stop),
        }
    }

    fn call(&self, op: StrategyOp) -> Result<StrategyReply, Stop> {
        let (reply, answer) = sync_channel(1);
        self.requests
            .send(StrategyRequest { op, reply })
            .map_err(|_| Stop)?;
        answer.recv().map_err(|_| Stop)?
    }
}

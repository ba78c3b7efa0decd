//! What the engine decides: (state, input) → effects. The state is the fold of the run's facts and what is in flight.
//!
//! Resuming needs no mode of its own: a request whose facts are in the fold already is answered from the fold, and only
//! what is missing is done and recorded. Pure: never reads a clock (the caller says when), never waits, never does
//! anything itself.

mod best;
mod budgets;
mod commands;
mod judging;
mod lessons;
mod outage;
mod person;
mod requests;
mod units;

use std::collections::{BTreeMap, BTreeSet};

use crate::budget::Reserve;
use crate::domain::ask::{Answer, AskFailure, AskNote, Task};
use crate::domain::build::Build;
use crate::domain::candidate::Candidate;
use crate::domain::command::Command;
use crate::domain::contest::Contest;
use crate::domain::evaluation::{Evaluated, Stage};
use crate::domain::event::{
    Ending, Envelope, FACT_VERSION, Fact, Machine, Progress, Pulse, Toolchain,
};
use crate::domain::id::{AskId, CandidateId, LessonId, Round, RunId, UnitId};
use crate::domain::lesson::Lesson;
use crate::domain::meter::Budget;
use crate::domain::run::{Run, Unit};
use crate::domain::spec::RunSpec;
use crate::domain::units::Nanos;
use crate::strategies::Finish;
use crate::strategies::context::{Stop, StrategyOp, StrategyReply};

pub use outage::GRACE;
use outage::Outage;

/// Names a request of the strategy until it is replied to.
pub type Ticket = u64;

/// What a new run begins with.
#[derive(Debug, Clone, PartialEq)]
pub struct Opening {
    /// Its id.
    pub run: RunId,
    /// What it is.
    pub spec: RunSpec,
    /// Where.
    pub machine: Machine,
    /// With which compiler.
    pub toolchain: Toolchain,
    /// Hashes of the prompt templates by name.
    pub prompts: BTreeMap<String, String>,
}

/// Why a problem could not be made ready.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unready {
    /// The problem itself is broken: the next unit may fare better.
    Problem(String),
    /// The machine lacks something: so it will for every unit.
    Environment(String),
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// Go.
    Begin,
    /// The current unit's problem was made ready, or not.
    Prepared(Result<(), Unready>),
    /// The strategy wants something. `prompt` is the words of an [`StrategyOp::Ask`], or why there are none.
    Request {
        /// To reply by.
        ticket: Ticket,
        /// What.
        op: StrategyOp,
        /// Of an ask, its whole prompt; else empty.
        prompt: Result<String, AskFailure>,
    },
    /// An agent answered, or did not.
    Answered {
        /// What it was asked.
        ask: AskId,
        /// What came back.
        reply: Result<Answer, AskFailure>,
    },
    /// Something happened on the way to an answer.
    Noted {
        /// To what.
        ask: AskId,
        /// What.
        note: AskNote,
    },
    /// The harness is done with a candidate.
    Evaluated {
        /// Which.
        candidate: CandidateId,
        /// What came of it.
        evaluated: Evaluated,
    },
    /// The harness is done with timing contenders against each other, or why it could not.
    Contested(Result<Contest, String>),
    /// The harness is done with timing a candidate against the one it comes from, or why it could not.
    Met {
        /// Which.
        child: CandidateId,
        /// What the two of them showed.
        result: Result<Contest, String>,
    },
    /// The embedding server gave a relevance, or did not.
    Embedded {
        /// For this.
        draft: Draft,
        /// The cosine, or why there is none.
        relevance: Result<f64, String>,
    },
    /// The harness went on with a candidate, or with the original (`None`).
    Progressed {
        /// With which.
        candidate: Option<CandidateId>,
        /// How far.
        progress: Progress,
    },
    /// The strategy ended.
    StrategyEnded(Finish),
    /// The time allowed is over.
    BudgetSpent,
    /// The time that [`State::next_wake`] named has come.
    Wake,
    /// The person wants something.
    Command(Command),
}

/// Something to be done.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Hand out a fact.
    Emit(Box<Envelope>),
    /// Hand out a pulse.
    Pulse(Pulse),
    /// Make a unit's problem ready.
    Prepare(UnitId),
    /// Start the strategy on a unit.
    RunStrategy(UnitId),
    /// Ask an agent.
    Ask {
        /// Which question.
        id: AskId,
        /// The question.
        task: Task,
        /// Its words.
        prompt: String,
    },
    /// Have a candidate judged.
    Evaluate {
        /// Which.
        candidate: CandidateId,
        /// Its source.
        source: String,
        /// How it is built; `None`: the standard way.
        build: Option<Build>,
        /// How.
        job: Job,
        /// Seed of its inputs.
        seed: u64,
        /// The agents' tests it is put to; `None`: to what the problem itself has.
        tests: Option<Vec<String>>,
    },
    /// Have contenders timed against each other, the leader first.
    Contest {
        /// Who takes part.
        contenders: Vec<Candidate>,
        /// Seed of the inputs.
        seed: u64,
    },
    /// Have a candidate timed against the one it comes from.
    Duel {
        /// The candidate.
        child: Candidate,
        /// The one it comes from.
        parent: Candidate,
        /// Seed of the inputs.
        seed: u64,
    },
    /// Have a lesson's relevance computed by the embedding server.
    Embed(Draft),
    /// Reply to a request.
    Reply {
        /// Which.
        ticket: Ticket,
        /// What.
        reply: Result<StrategyReply, Stop>,
    },
    /// Drop what is in flight and kill what runs.
    Abort,
    /// Drop the asks that are under way.
    DropAsks,
    /// The run is over.
    Finish(Ending),
}

/// What the harness is wanted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Job {
    /// A first verdict; may come from the cache.
    Evaluate,
    /// A fresh one of the best candidate.
    Confirm,
    /// A comparison with others that may be the best.
    Contest,
    /// A comparison with the one it comes from.
    Duel,
}

/// A lesson that still lacks its relevance.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// In which unit.
    pub unit: UnitId,
    /// The lesson; its relevance means nothing yet.
    pub lesson: Lesson,
    /// What becomes of it then.
    pub then: Then,
}

/// What becomes of a lesson once its relevance is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    /// It is banked, and this request of the strategy is replied to.
    Learned(Ticket),
    /// It is banked beside what the strategy does: a person's own, or one that was carried over.
    Added,
    /// The person's edit of a lesson that is banked already takes effect.
    Edited,
}

/// Why nothing more, or not everything more, is begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Halt {
    /// The person skipped the unit.
    Skip,
    /// The person wants no further round.
    AfterRound,
    /// The time is over.
    Budget,
    /// The money is spent: nothing more is asked.
    Money,
    /// Nobody was answered for longer than the run has patience.
    CutOff,
    /// The person cancelled the run.
    Cancel,
}

/// A question under way.
#[derive(Debug)]
struct Asked {
    ticket: Ticket,
    /// The question, for asking it again.
    task: Task,
    /// Facts there were when it was first put.
    first: u64,
    /// Bytes of the answer so far, reasoning included.
    heard: usize,
    /// What it may take.
    reserve: Reserve,
}

/// A candidate at the harness.
#[derive(Debug)]
struct AtHarness {
    /// Whom the verdict is replied to; `None` for the person's own, which nobody waits for.
    ticket: Option<Ticket>,
    source: String,
    build: Option<Build>,
    job: Job,
    /// How often it was sent there, this time included.
    tries: u8,
}

/// The engine's state.
#[derive(Debug)]
pub struct State {
    run: Run,
    /// Where it goes on.
    machine: Machine,
    /// Lessons as they stood when they were chosen for a round. Later edits count from the next selection on.
    recalled: BTreeMap<(UnitId, Round), Vec<Lesson>>,
    /// The unit being worked on.
    unit: Option<UnitId>,
    /// Units that had ended early and are taken up again.
    reopened: BTreeSet<UnitId>,
    /// The budget that the run is taken up with, if it is another one.
    allowed: Option<Budget>,
    /// Why no unit can succeed, once that is known.
    fatal: Option<String>,
    halts: BTreeSet<Halt>,
    asked: BTreeMap<AskId, Asked>,
    outage: Outage,
    /// Facts there were when somebody was last answered.
    answered: u64,
    /// How long nobody may be answered before the run is cut off.
    patience: Nanos,
    judged: BTreeMap<CandidateId, AtHarness>,
    /// Contenders at the harness, the leader first, the request that wants the best of them, and how many more might be it.
    contested: Option<(Ticket, Vec<Candidate>, usize)>,
    /// Children at the harness with their parents, and the requests that want to know.
    meeting: BTreeMap<CandidateId, (Ticket, CandidateId)>,
    drafting: BTreeSet<(UnitId, LessonId)>,
    /// Requests that wait for the pause or the review to end.
    held: Vec<Input>,
    /// Lessons the person was last told to decide about.
    told: Vec<LessonId>,
    /// Whether the unit's best candidate is being found: what is added now comes too late.
    closing: bool,
    /// What is being timed; `Some(None)` is the original.
    timing: Option<Option<CandidateId>>,
    /// The embedding server failed: relevance is lexical from then on.
    lexical: bool,
    known: u64,
    now: i64,
    effects: Vec<Effect>,
}

impl State {
    /// The state of a new run (`record` is empty) or of one to be resumed. `Err`: the record is not one of a run.
    pub fn open(opening: Opening, record: &[Envelope], now: i64) -> Result<Self, String> {
        let changed = changes(&opening, record);
        let machine = opening.machine.clone();
        let fresh = [Envelope {
            v: FACT_VERSION,
            run: opening.run,
            seq: 0,
            at: now,
            fact: Fact::RunStarted {
                spec: Box::new(opening.spec),
                machine: opening.machine,
                toolchain: opening.toolchain,
                prompts: opening.prompts,
            },
        }];
        let facts = if record.is_empty() { &fresh } else { record };
        let first = facts.first().and_then(Run::begin);
        let run =
            first.ok_or("the stored run does not begin with its specification; start it anew")?;
        let mut state = Self {
            run,
            machine,
            recalled: BTreeMap::new(),
            unit: None,
            reopened: BTreeSet::new(),
            allowed: None,
            fatal: None,
            halts: BTreeSet::new(),
            asked: BTreeMap::new(),
            outage: Outage::default(),
            answered: 0,
            patience: Nanos(0),
            judged: BTreeMap::new(),
            contested: None,
            meeting: BTreeMap::new(),
            drafting: BTreeSet::new(),
            held: Vec::new(),
            told: Vec::new(),
            closing: false,
            timing: None,
            lexical: false,
            known: record.len() as u64,
            now,
            effects: Vec::new(),
        };
        for what in changed {
            state.notice(what);
        }
        for envelope in facts.iter().skip(1) {
            state.fold(envelope);
        }
        if let ([fresh], true) = (fresh, record.is_empty()) {
            state.effects.push(Effect::Emit(Box::new(fresh)));
        }
        Ok(state)
    }

    /// Waits so long for servers that are away.
    pub fn with_patience(mut self, patience: Nanos) -> Self {
        self.patience = patience;
        self
    }

    /// The run so far.
    pub fn run(&self) -> &Run {
        &self.run
    }

    /// Takes in what happened at `now` (milliseconds since 1970-01-01 UTC); gives what is to be done, in order.
    pub fn take(&mut self, input: Input, now: i64) -> Vec<Effect> {
        self.now = now;
        match input {
            Input::Begin => self.begin(),
            Input::Prepared(result) => self.prepared(result),
            Input::Request { ticket, op, prompt } => self.request(ticket, op, prompt),
            Input::Answered { ask, reply } => self.answered(ask, reply),
            Input::Noted { ask, note } => self.noted(ask, note),
            Input::Evaluated {
                candidate,
                evaluated,
            } => self.judged(candidate, evaluated),
            Input::Contested(result) => self.contest_ended(result),
            Input::Met { child, result } => self.met(child, result),
            Input::Embedded { draft, relevance } => self.embedded(draft, relevance),
            Input::Progressed {
                candidate,
                progress,
            } => self.progressed(candidate, progress),
            Input::StrategyEnded(finish) => self.strategy_ended(finish),
            Input::BudgetSpent => {
                self.outage.last_call = Some(self.now.saturating_add(GRACE));
                self.halt(Halt::Budget);
            }
            Input::Wake => self.wake(),
            Input::Command(command) => self.command(command),
        }
        self.tell_whom_we_wait_for();
        std::mem::take(&mut self.effects)
    }

    /// Numbers a fact, folds it and hands it out.
    fn emit(&mut self, fact: Fact) {
        let envelope = Envelope {
            v: FACT_VERSION,
            run: self.run.id.clone(),
            seq: self.run.facts,
            at: self.now,
            fact,
        };
        self.fold(&envelope);
        self.effects.push(Effect::Emit(Box::new(envelope)));
    }

    fn fold(&mut self, envelope: &Envelope) {
        self.run.apply(envelope);
        if let Fact::LessonsSelected {
            unit,
            round,
            selection,
            ..
        } = &envelope.fact
        {
            let lessons = self.run.unit(*unit).map_or_else(Vec::new, |unit| {
                let lesson = |id| {
                    let mut lesson = unit.lesson(id)?.lesson.clone();
                    lesson.supporters = selection.supporters(id);
                    Some(lesson)
                };
                selection.chosen().filter_map(lesson).collect()
            });
            self.recalled.insert((*unit, *round), lessons);
        }
    }

    fn notice(&mut self, text: impl Into<String>) {
        let text = text.into();
        self.effects.push(Effect::Pulse(Pulse::Notice { text }));
    }

    fn reply(&mut self, ticket: Ticket, reply: Result<StrategyReply, Stop>) {
        self.effects.push(Effect::Reply { ticket, reply });
    }

    /// The unit being worked on, with its fold.
    fn current(&self) -> Option<(UnitId, &Unit)> {
        let id = self.unit?;
        Some((id, self.run.unit(id)?))
    }

    fn progressed(&mut self, candidate: Option<CandidateId>, progress: Progress) {
        // what is being killed may still speak
        let Some(unit) = self.unit.filter(|_| !self.halts.contains(&Halt::Cancel)) else {
            return;
        };
        match progress {
            Progress::Entered(Stage::Time) => self.timing_window(Some(candidate)),
            Progress::Launch { .. } => {}
            Progress::Queued | Progress::Entered(_) => self.timed(candidate),
        }
        self.effects.push(Effect::Pulse(Pulse::Evaluating {
            unit,
            candidate,
            progress,
        }));
    }

    /// The harness is no longer timing this one.
    fn timed(&mut self, candidate: Option<CandidateId>) {
        if self.timing == Some(candidate) {
            self.timing_window(None);
        }
    }

    fn timing_window(&mut self, timing: Option<Option<CandidateId>>) {
        let open = timing.is_some();
        if open != self.timing.is_some() {
            self.effects
                .push(Effect::Pulse(Pulse::TimingWindow { open }));
        }
        self.timing = timing;
    }
}

/// What is no longer as it was when the run began, and what that means for it.
fn changes(now: &Opening, record: &[Envelope]) -> Vec<String> {
    let Some(Fact::RunStarted {
        machine,
        toolchain,
        prompts,
        ..
    }) = record.first().map(|first| &first.fact)
    else {
        return Vec::new();
    };
    let figures = "this run began with: new figures may not compare with the earlier ones";
    let prompted = "this run began with: later answers come from other prompts";
    let changes = [
        (
            *toolchain != now.toolchain,
            "not the compiler or flags",
            figures,
        ),
        (machine.cpu != now.machine.cpu, "not the CPU", figures),
        (
            machine.cpu == now.machine.cpu && !machine.is_like(&now.machine),
            "not the same kind of machine, or not as many cores, as",
            figures,
        ),
        (
            prompts
                .iter()
                .any(|(name, hash)| now.prompts.get(name) != Some(hash)),
            "not the prompt templates",
            prompted,
        ),
    ];
    let changed = changes.into_iter().filter(|(changed, ..)| *changed);
    changed
        .map(|(_, what, means)| format!("{what} {means}"))
        .collect()
}

#[cfg(test)]
mod tests;

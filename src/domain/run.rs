//! A run as the fold of its facts: the one state that live screens, replay, resume, plain output and reports share.
//! Never looks at a clock: every time comes from an envelope. Unknown references are ignored, never a panic, since
//! stored facts may have been cut off or edited.

use std::collections::{BTreeMap, HashMap};

use super::alike::Alike;
use super::ask::{Answer, AskFailure, AskNote};
use super::candidate::Candidate;
use super::contest::Contest;
use super::enough::StoppedEarly;
use super::evaluation::{Evaluated, Outcome};
use super::event::{Ending, Envelope, Fact, Machine, Toolchain};
use super::id::{AgentId, AskId, CandidateId, LessonId, Round, RunId, UnitId};
use super::lesson::{Decision, Lesson, LessonState, Selection};
use super::lineage::Duel;
use super::measurement::{Speedup, Verdict};
use super::meter::{Budget, Spent};
pub use super::open_work::OpenWork;
pub use super::outage::Outage;
use super::spec::{LessonGate, RunSpec, UnitSpec};
pub use super::tally::AgentTally;
use super::units::Usage;

/// A run so far.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// Its id.
    pub id: RunId,
    /// What it is.
    pub spec: RunSpec,
    /// Where it began.
    pub machine: Machine,
    /// Where it went on that is no machine like the first: figures from there do not compare with the earlier ones.
    pub elsewhere: Vec<Machine>,
    /// With which compiler.
    pub toolchain: Toolchain,
    /// Hashes of the prompt templates in use, by name.
    pub prompts: BTreeMap<String, String>,
    /// The units, in the order of the specification.
    pub units: Vec<Unit>,
    /// Who decides about lessons now.
    pub gate: LessonGate,
    /// Whether the engine is paused.
    pub paused: bool,
    /// How it ended, if it has.
    pub ending: Option<Ending>,
    /// Wall clock of the first fact, milliseconds since 1970-01-01 UTC.
    pub started_at: i64,
    /// Wall clock of the latest fact.
    pub updated_at: i64,
    /// Facts folded so far; also the sequence number expected next.
    pub facts: u64,
    /// Tokens of all replies, those in vain included.
    pub usage: Usage,
    /// What may be spent, as it stands now.
    pub budget: Budget,
    /// What was spent.
    pub spent: Spent,
}

/// One problem in one mode within a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Unit {
    /// Its specification.
    pub spec: UnitSpec,
    /// Whether it has begun.
    pub started: bool,
    /// Rounds begun so far, in order.
    pub rounds: Vec<RoundState>,
    /// Asks by id, in order of id.
    pub asks: BTreeMap<AskId, AskState>,
    /// Candidates by id: round first, then agent.
    pub candidates: BTreeMap<CandidateId, CandidateState>,
    /// The tests its agents agreed on, for code from a description.
    pub tests: Vec<String>,
    /// Lessons in the order of learning.
    pub lessons: Vec<LessonRecord>,
    /// Where in `lessons` each stands.
    places: HashMap<LessonId, usize>,
    /// Which of them say the same.
    sayings: Alike<usize>,
    /// Which candidates have the same code.
    pub(super) codes: Alike<CandidateId>,
    /// Best candidate so far.
    pub best: Option<(CandidateId, Speedup)>,
    /// The best one before it, if there was another.
    pub best_before: Option<CandidateId>,
    /// How it was found among several that may be it, if they were timed against each other since the latest verdict.
    pub contest: Option<Contest>,
    /// Candidates that were timed against the one they come from.
    pub duels: BTreeMap<CandidateId, Duel>,
    /// Why it ended before its rounds were played, if nothing more was expected of it.
    pub enough: Option<StoppedEarly>,
    /// The fresh measurement of the best candidate.
    pub confirmed: Option<(CandidateId, Evaluated)>,
    /// Candidates that failed when they were measured once more: correct at first, but not after all.
    pub refuted: BTreeMap<CandidateId, Evaluated>,
    /// How it ended, if it has.
    pub ending: Option<Ending>,
    /// The result, once it ended: a candidate, or the original.
    pub winner: Option<CandidateId>,
    /// What was spent on it.
    pub spent: Spent,
    /// What it waits for, while nobody is answered.
    pub outage: Option<Outage>,
    /// What the person says to single agents in their next prompt for code.
    pub hints: BTreeMap<AgentId, String>,
}

/// A round.
#[derive(Debug, Clone, PartialEq)]
pub struct RoundState {
    /// Which.
    pub round: Round,
    /// Lessons chosen for its prompts, with reasons.
    pub selection: Selection,
    /// Lessons left out of single agents' prompts, drawn under a hold-out.
    pub held_out: Vec<(AgentId, LessonId)>,
    /// Whether it is over.
    pub finished: bool,
    /// Best score (speedup estimate, 0 if none correct) of its own candidates.
    pub best_score: f64,
    /// The best candidate so far as it stood at the end of this round.
    pub best: Option<CandidateId>,
}

/// An ask and what came of it.
#[derive(Debug, Clone, PartialEq)]
pub struct AskState {
    /// The prompt.
    pub prompt: String,
    /// Lessons in it.
    pub lessons: Vec<LessonId>,
    /// When it was sent.
    pub sent_at: i64,
    /// What came back.
    pub reply: Option<Result<Answer, AskFailure>>,
    /// What happened on the way, in order.
    pub notes: Vec<AskNote>,
}

/// A candidate and what came of it.
#[derive(Debug, Clone, PartialEq)]
pub struct CandidateState {
    /// The candidate.
    pub candidate: Candidate,
    /// What came of it, once known.
    pub evaluated: Option<Evaluated>,
}

impl CandidateState {
    /// The paper's s: speedup estimate, 0 unless correct or not yet known.
    pub fn score(&self) -> f64 {
        self.evaluated
            .as_ref()
            .map_or(0.0, |e| e.evaluation.score())
    }

    /// The speedup with its interval, once measured.
    pub fn speedup(&self) -> Option<Speedup> {
        self.evaluated.as_ref().and_then(|e| e.evaluation.speedup())
    }

    /// The verdict, once measured.
    pub fn verdict(&self) -> Option<Verdict> {
        self.evaluated.as_ref().and_then(|e| e.evaluation.verdict())
    }

    /// The outcome, once known.
    pub fn outcome(&self) -> Option<Outcome> {
        self.evaluated.as_ref().map(|e| e.evaluation.outcome())
    }
}

/// A lesson with its history.
#[derive(Debug, Clone, PartialEq)]
pub struct LessonRecord {
    /// As it stands now.
    pub lesson: Lesson,
    /// Factor after each round that had it in its prompts: (round, factor).
    pub factors: Vec<(Round, f64)>,
    /// Decisions in order: (time, what).
    pub decisions: Vec<(i64, Decision)>,
    /// Text before the first edit.
    pub first_text: Option<String>,
}

impl Run {
    /// Begins with the first fact; `None` if it is not a `RunStarted`.
    pub fn begin(envelope: &Envelope) -> Option<Self> {
        let Fact::RunStarted {
            spec,
            machine,
            toolchain,
            prompts,
        } = &envelope.fact
        else {
            return None;
        };
        Some(Self {
            id: envelope.run.clone(),
            units: spec.units.iter().cloned().map(Unit::new).collect(),
            gate: spec.gate,
            spec: (**spec).clone(),
            machine: machine.clone(),
            elsewhere: Vec::new(),
            toolchain: toolchain.clone(),
            prompts: prompts.clone(),
            paused: false,
            ending: None,
            started_at: envelope.at,
            updated_at: envelope.at,
            facts: envelope.seq + 1,
            usage: Usage::default(),
            budget: spec.budget(),
            spent: Spent::default(),
        })
    }

    /// Folds a whole record; `None` if it does not begin with `RunStarted`.
    ///
    /// ```
    /// use lessonl_domain::event::Envelope;
    /// use lessonl_domain::run::Run;
    ///
    /// // as `lessonl export` prints it: one fact a line
    /// let record = include_str!(concat!(
    ///     env!("CARGO_MANIFEST_DIR"),
    ///     "/../../tests/fixtures/frozen-codegen.jsonl"
    /// ));
    /// let facts: Vec<Envelope> = record
    ///     .lines()
    ///     .map(serde_json::from_str)
    ///     .collect::<Result<_, _>>()?;
    /// let run = Run::fold(&facts).ok_or("no record of a run")?;
    /// let winner = run.units[0].winner.map(|id| id.to_string());
    /// assert_eq!(winner.as_deref(), Some("r1a0"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn fold<'a>(envelopes: impl IntoIterator<Item = &'a Envelope>) -> Option<Self> {
        let mut envelopes = envelopes.into_iter();
        let mut run = Self::begin(envelopes.next()?)?;
        for envelope in envelopes {
            run.apply(envelope);
        }
        Some(run)
    }

    /// The unit, if the run has it.
    pub fn unit(&self, unit: UnitId) -> Option<&Unit> {
        self.units.get(usize::from(unit.0))
    }

    /// The unit being worked on: the last one begun, else the first.
    pub fn current_unit(&self) -> UnitId {
        let at = self.units.iter().rposition(|u| u.started).unwrap_or(0);
        UnitId(u16::try_from(at).unwrap_or(u16::MAX))
    }

    /// Takes in the next fact.
    pub fn apply(&mut self, envelope: &Envelope) {
        self.meter(envelope);
        self.updated_at = self.updated_at.max(envelope.at);
        self.facts = self.facts.max(envelope.seq + 1);
        match &envelope.fact {
            Fact::RunStarted { .. } => {}
            Fact::RunResumed { machine, .. } => {
                self.ending = None;
                self.paused = false;
                let other = machine.iter().filter(|m| !m.is_like(&self.machine));
                self.elsewhere.extend(other.cloned());
            }
            Fact::GateSet { gate } => self.gate = *gate,
            Fact::PauseSet { paused } => self.paused = *paused,
            Fact::RunFinished { ending } => self.ending = Some(ending.clone()),
            Fact::AnswerReceived { unit, ask, answer } => {
                self.with_unit(*unit, |u| u.reply(*ask, Ok(answer.clone())));
            }
            Fact::AskFailed { unit, ask, failure } => {
                self.with_unit(*unit, |u| u.reply(*ask, Err(failure.clone())));
            }
            other => {
                if let Some(unit) = other.unit() {
                    let at = envelope.at;
                    self.with_unit(unit, |u| u.apply(other, at));
                }
            }
        }
    }

    fn with_unit(&mut self, unit: UnitId, act: impl FnOnce(&mut Unit)) {
        if let Some(unit) = self.units.get_mut(usize::from(unit.0)) {
            act(unit);
        }
    }
}

impl Unit {
    fn new(spec: UnitSpec) -> Self {
        Self {
            spec,
            started: false,
            rounds: Vec::new(),
            asks: BTreeMap::new(),
            candidates: BTreeMap::new(),
            tests: Vec::new(),
            lessons: Vec::new(),
            places: HashMap::new(),
            sayings: Alike::default(),
            codes: Alike::default(),
            best: None,
            best_before: None,
            contest: None,
            duels: BTreeMap::new(),
            enough: None,
            confirmed: None,
            refuted: BTreeMap::new(),
            ending: None,
            winner: None,
            spent: Spent::default(),
            outage: None,
            hints: BTreeMap::new(),
        }
    }

    /// The round being worked on, once one has begun.
    pub fn round(&self) -> Option<&RoundState> {
        self.rounds.last()
    }

    /// The lesson with this id.
    pub fn lesson(&self, id: LessonId) -> Option<&LessonRecord> {
        self.lessons.get(self.place(id)?)
    }

    /// Where in `lessons` the lesson with this id stands.
    pub fn place(&self, id: LessonId) -> Option<usize> {
        self.places.get(&id).copied()
    }

    /// The lessons that say the same as the one at this place, itself among them, in the order of learning.
    pub fn alike(&self, place: usize) -> impl DoubleEndedIterator<Item = &LessonRecord> {
        let places = self.sayings.all(place).iter();
        places.filter_map(|at| self.lessons.get(*at))
    }

    /// The number of what the lesson at this place says: the same for those that say the same.
    pub fn saying(&self, place: usize) -> Option<u32> {
        self.sayings.group(place)
    }

    /// The figure to report: the fresh measurement of the best candidate where there is one, else the best so far.
    pub fn reported(&self) -> Option<(CandidateId, Speedup)> {
        match &self.confirmed {
            Some((id, evaluated)) => evaluated.evaluation.speedup().map(|s| (*id, s)),
            None => self.best,
        }
    }

    /// Candidates whose author had read this lesson.
    pub fn readers(&self, lesson: LessonId) -> impl Iterator<Item = &CandidateState> {
        self.candidates
            .values()
            .filter(move |c| c.candidate.read.contains(&lesson))
    }

    fn reply(&mut self, ask: AskId, reply: Result<Answer, AskFailure>) {
        self.outage = None;
        if let Some(state) = self.asks.get_mut(&ask) {
            state.reply = Some(reply);
        }
    }

    fn note(&mut self, ask: AskId, note: &AskNote) {
        let Some(state) = self.asks.get_mut(&ask) else {
            return;
        };
        if let AskNote::Trimmed { lessons, prompt } = note {
            state.lessons.retain(|lesson| !lessons.contains(lesson));
            state.prompt.clone_from(prompt);
        }
        state.notes.push(note.clone());
    }

    fn apply(&mut self, fact: &Fact, at: i64) {
        match fact {
            Fact::UnitStarted { .. } => {
                self.started = true;
                self.ending = None;
                self.outage = None;
            }
            Fact::RoundStarted { round, .. } => self.begin_round(*round),
            Fact::LessonsSelected {
                round,
                selection,
                held_out,
                ..
            } => {
                if let Some(state) = self.round_mut(*round) {
                    state.selection = selection.clone();
                    state.held_out.clone_from(held_out);
                }
            }
            Fact::AskSent {
                ask,
                prompt,
                lessons,
                ..
            } => {
                let state = AskState {
                    prompt: prompt.clone(),
                    lessons: lessons.clone(),
                    sent_at: at,
                    reply: None,
                    notes: Vec::new(),
                };
                self.asks.insert(*ask, state);
                // a hint is for one prompt
                if ask.purpose.wants_code() {
                    self.hints.remove(&ask.agent());
                }
            }
            Fact::HintGiven { agent, text, .. } if text.is_empty() => {
                self.hints.remove(agent);
            }
            Fact::HintGiven { agent, text, .. } => {
                self.hints.insert(*agent, text.clone());
            }
            Fact::TestsAgreed { tests, .. } => self.tests.clone_from(tests),
            Fact::AskNoted { ask, note, .. } => self.note(*ask, note),
            Fact::CandidateProposed { candidate, .. } => {
                let state = CandidateState {
                    candidate: candidate.clone(),
                    evaluated: None,
                };
                self.codes
                    .put(candidate.id, (&candidate.source, &candidate.build));
                self.candidates.insert(candidate.id, state);
            }
            Fact::Evaluated {
                candidate,
                evaluated,
                ..
            } => self.evaluated(*candidate, evaluated),
            Fact::LessonLearned { lesson, .. } | Fact::LessonAdded { lesson, .. } => {
                self.bank(lesson);
            }
            Fact::LessonDecided {
                lesson,
                decision,
                relevance,
                ..
            } => {
                self.decide(*lesson, decision, at);
                if let (Some(relevance), Some(record)) = (relevance, self.lesson_mut(*lesson)) {
                    record.lesson.relevance = *relevance;
                }
            }
            Fact::LessonRescored {
                lesson, round, to, ..
            } => {
                if let Some(record) = self.lesson_mut(*lesson) {
                    record.lesson.factor = *to;
                    record.factors.push((*round, *to));
                }
            }
            Fact::BestImproved {
                candidate, speedup, ..
            } => self.lead(*candidate, *speedup),
            Fact::ContestHeld { contest, .. } => self.contest = Some((**contest).clone()),
            Fact::ParentMet {
                candidate, duel, ..
            } => {
                self.duels.insert(*candidate, *duel);
            }
            Fact::EnoughReached { ended, .. } => self.enough = Some(*ended),
            Fact::RoundFinished { round, .. } => {
                if let Some(state) = self.round_mut(*round) {
                    state.finished = true;
                }
            }
            Fact::BestConfirmed {
                candidate,
                evaluated,
                ..
            } => self.confirm(*candidate, evaluated),
            Fact::NobodyAnswered { failure, wait, .. } => {
                let since = self.outage.as_ref().map_or(at, |outage| outage.since);
                let wait = i64::try_from(wait.0 / 1_000_000).unwrap_or(i64::MAX);
                self.outage = Some(Outage {
                    since,
                    until: at.saturating_add(wait),
                    failure: failure.clone(),
                });
            }
            Fact::UnitFinished { ending, winner, .. } => {
                self.outage = None;
                self.ending = Some(ending.clone());
                self.winner = *winner;
            }
            Fact::RunStarted { .. }
            | Fact::RunResumed { .. }
            | Fact::AnswerReceived { .. }
            | Fact::AskFailed { .. }
            | Fact::GateSet { .. }
            | Fact::PauseSet { .. }
            | Fact::BudgetSet { .. }
            | Fact::RunFinished { .. } => {}
        }
    }

    fn begin_round(&mut self, round: Round) {
        if self.round_mut(round).is_none() {
            self.rounds.push(RoundState {
                round,
                selection: Selection::default(),
                held_out: Vec::new(),
                finished: false,
                best_score: 0.0,
                best: self.best.map(|(id, _)| id),
            });
        }
    }

    fn evaluated(&mut self, id: CandidateId, evaluated: &Evaluated) {
        let Some(state) = self.candidates.get_mut(&id) else {
            return;
        };
        state.evaluated = Some(evaluated.clone());
        let score = state.score();
        // who was compared before did not meet this one
        self.contest = None;
        if let Some(round) = self.round_mut(id.round) {
            round.best_score = round.best_score.max(score);
        }
    }

    fn bank(&mut self, lesson: &Lesson) {
        if self.lesson(lesson.id).is_none() {
            self.places.insert(lesson.id, self.lessons.len());
            self.sayings.put(self.lessons.len(), &lesson.text);
            self.lessons.push(LessonRecord {
                lesson: lesson.clone(),
                factors: Vec::new(),
                decisions: Vec::new(),
                first_text: None,
            });
        }
    }

    fn decide(&mut self, id: LessonId, decision: &Decision, at: i64) {
        if let (Decision::Edit { text }, Some(place)) = (decision, self.place(id)) {
            self.sayings.put(place, text);
        }
        let Some(record) = self.lesson_mut(id) else {
            return;
        };
        record.decisions.push((at, decision.clone()));
        match decision {
            Decision::Accept => record.lesson.state = LessonState::Accepted,
            Decision::Reject => record.lesson.state = LessonState::Rejected,
            Decision::Pin => record.lesson.state = LessonState::Pinned,
            Decision::Clear => record.lesson.state = LessonState::Proposed,
            Decision::Edit { text } => {
                let before = std::mem::replace(&mut record.lesson.text, text.clone());
                record.first_text.get_or_insert(before);
                record.lesson.edited = true;
            }
        }
    }

    fn round_mut(&mut self, round: Round) -> Option<&mut RoundState> {
        self.rounds.iter_mut().find(|state| state.round == round)
    }

    fn lesson_mut(&mut self, id: LessonId) -> Option<&mut LessonRecord> {
        self.lessons.get_mut(*self.places.get(&id)?)
    }
}

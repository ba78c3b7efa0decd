//! A session as the screens see it: the fold of its facts plus what pulses told, bounded. Never decides what is drawn.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use super::journal::{self, Journal};
use super::widgets::text::{one_line, sanitise};
use crate::config::theme::Role;
use crate::domain::evaluation::Stage;
use crate::domain::event::{Envelope, Event, Fact, Progress, Pulse};
use crate::domain::id::{AgentId, AskId, CandidateId, LessonId, Purpose, UnitId};
use crate::domain::run::{OpenWork, Run, Unit};
use crate::domain::spec::Preset;

/// Lines kept of an agent's stream.
const TAIL_LINES: usize = 400;
/// Lines kept of what a model thinks.
const THOUGHTS: usize = 60;
/// Bytes kept of a line that has not ended.
const TAIL_BYTES: usize = 4_000;

/// Where a session comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A run under way.
    Live,
    /// A stored run played back.
    Replay,
    /// A run that another process works on: it hears commands and goes on without us.
    Watch,
}

/// What the person has asked of a running engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stopping {
    /// Nothing.
    No,
    /// To end after this round.
    AfterRound,
    /// To end now.
    Now,
}

/// An agent's stream, shown line by line once a line is complete.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Stream {
    /// What it answers.
    pub ask: Option<AskId>,
    /// Complete lines, safe.
    pub lines: VecDeque<String>,
    /// The line that has not ended.
    pub partial: String,
    /// A retry under way, in words.
    pub retry: Option<String>,
    /// What its model thinks before it answers: complete lines, the latest, safe.
    pub thoughts: VecDeque<String>,
    /// The line of that which has not ended.
    pub thought: String,
    /// Bytes that have arrived, thoughts included.
    pub bytes: usize,
}

impl Stream {
    /// Begins anew with another question; true if it is another one.
    fn begin(&mut self, ask: AskId) -> bool {
        let other = self.ask != Some(ask);
        if other {
            *self = Self {
                ask: Some(ask),
                ..Self::default()
            };
        }
        other
    }

    /// Takes in what the model thinks; true when a line became complete.
    fn think(&mut self, ask: AskId, text: &str) -> bool {
        let mut visible = self.begin(ask) || self.retry.take().is_some();
        self.bytes += text.len();
        for piece in text.split_inclusive('\n') {
            if self.thought.len() + piece.len() <= TAIL_BYTES {
                self.thought.push_str(piece);
            }
            if piece.ends_with('\n') {
                let line = sanitise(&std::mem::take(&mut self.thought));
                self.thoughts.push_back(line);
                visible = true;
            }
        }
        while self.thoughts.len() > THOUGHTS {
            self.thoughts.pop_front();
        }
        visible
    }

    /// Takes in text; true when a line became complete.
    fn push(&mut self, ask: AskId, text: &str) -> bool {
        let mut visible = self.begin(ask);
        self.bytes += text.len();
        visible |= self.retry.take().is_some();
        for piece in text.split_inclusive('\n') {
            if self.partial.len() + piece.len() <= TAIL_BYTES {
                self.partial.push_str(piece);
            }
            if piece.ends_with('\n') {
                self.end_line();
                visible = true;
            }
        }
        visible
    }

    fn end_line(&mut self) {
        let line = sanitise(&std::mem::take(&mut self.partial));
        self.lines.push_back(line);
        while self.lines.len() > TAIL_LINES {
            self.lines.pop_front();
        }
    }
}

/// A session.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Live {
    /// Where it comes from.
    pub origin: Origin,
    /// The fold of its facts; `None` before the first.
    pub run: Option<Run>,
    /// The fold at the moment the view was frozen.
    pub frozen: Option<Box<Run>>,
    /// Whether no more events will come.
    pub closed: bool,
    /// Streams by agent.
    pub streams: BTreeMap<AgentId, Stream>,
    /// How far each evaluation of the current unit is; `None` is the original's preparation.
    pub progress: BTreeMap<Option<CandidateId>, Progress>,
    /// Whether something is being timed.
    pub timing: bool,
    /// Lessons the round waits for.
    pub waiting: Option<(UnitId, Vec<LessonId>)>,
    /// Decided, but not yet in a selection.
    pub staged: BTreeSet<(UnitId, LessonId)>,
    /// What the person asked.
    pub stopping: Stopping,
    /// Multiple of the recorded pace.
    pub speed: u32,
    /// Whether the person holds the replay.
    pub held: bool,
    /// What was told, in lines.
    pub journal: Journal,
    /// All facts of a replay; empty otherwise.
    pub record: Arc<[Envelope]>,
}

/// What an agent is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Nothing.
    Idle,
    /// Waits for its model.
    Asking(Purpose),
    /// Its candidate waits for the machine.
    Queued,
    /// Its candidate is compiled, loaded or checked.
    Checking,
    /// Its candidate is timed.
    Timing,
}

impl Live {
    /// A session before its first event.
    pub(crate) fn new(origin: Origin) -> Self {
        Self {
            origin,
            run: None,
            frozen: None,
            closed: false,
            streams: BTreeMap::new(),
            progress: BTreeMap::new(),
            timing: false,
            waiting: None,
            staged: BTreeSet::new(),
            stopping: Stopping::No,
            speed: 1,
            held: false,
            journal: Journal::new(),
            record: Arc::default(),
        }
    }

    /// The run as it is shown.
    pub(crate) fn shown(&self) -> Option<&Run> {
        self.frozen.as_deref().or(self.run.as_ref())
    }

    /// Whether an engine may still do something.
    pub(crate) fn is_running(&self) -> bool {
        !self.closed && self.run.as_ref().is_none_or(|run| run.ending.is_none())
    }

    /// Takes in an event; true when something visible may have changed, and a notice for the person.
    pub(crate) fn take(&mut self, event: Event) -> (bool, Option<String>) {
        match event {
            Event::Fact(envelope) => (self.apply(&envelope), None),
            Event::Pulse(pulse) => self.take_pulse(pulse),
        }
    }

    /// Takes in a fact; false for one of a replay that was told before the person went to another moment.
    fn apply(&mut self, envelope: &Envelope) -> bool {
        let expected = self.run.as_ref().map_or(0, |run| run.facts);
        if self.origin == Origin::Replay && envelope.seq != expected {
            return false;
        }
        match &mut self.run {
            Some(run) => run.apply(envelope),
            None => self.run = Run::begin(envelope),
        }
        let told = match &envelope.fact {
            // the same code under another name is no news
            Fact::BestImproved { unit, .. } => {
                let unit = self.run.as_ref().and_then(|run| run.unit(*unit));
                unit.is_none_or(|unit| !unit.leads_again())
            }
            _ => true,
        };
        if let Some((role, words)) = journal::words(envelope).filter(|_| told) {
            let began = self.run.as_ref().map_or(envelope.at, |run| run.started_at);
            journal::add(&mut self.journal, envelope.at - began, role, words);
        }
        self.take_fact(&envelope.fact);
        if !self.record.is_empty() {
            self.closed = self.position() >= self.record.len();
        }
        true
    }

    /// Adds a line of its own to the log.
    pub(crate) fn note(&mut self, role: Role, text: &str) {
        let run = self.run.as_ref();
        let passed = run.map_or(0, |run| run.updated_at - run.started_at);
        journal::add(&mut self.journal, passed, role, one_line(text));
    }

    /// How many facts of a replay were told.
    pub(crate) fn position(&self) -> usize {
        let told = self.run.as_ref().map_or(0, |run| run.facts);
        usize::try_from(told).unwrap_or(usize::MAX)
    }

    /// Goes to the moment of a replay after so many facts, at least one.
    pub(crate) fn seek(&mut self, to: usize) {
        let record = Arc::clone(&self.record);
        let to = to.clamp(1, record.len().max(1));
        if to < self.position() {
            *self = Self {
                speed: self.speed,
                held: self.held,
                record: Arc::clone(&record),
                ..Self::new(self.origin)
            };
        }
        self.frozen = None;
        for envelope in record.iter().take(to).skip(self.position()) {
            self.apply(envelope);
        }
        self.closed = to >= record.len();
    }

    fn take_fact(&mut self, fact: &Fact) {
        match fact {
            Fact::LessonDecided { unit, lesson, .. } => {
                self.staged.insert((*unit, *lesson));
                self.decided(*unit, *lesson);
            }
            Fact::LessonAdded { unit, lesson } => {
                self.staged.insert((*unit, lesson.id));
            }
            Fact::LessonsSelected { unit, .. } => {
                self.staged.retain(|(staged, _)| staged != unit);
                self.waiting = None;
            }
            Fact::UnitStarted { .. } => {
                self.streams.clear();
                self.progress.clear();
            }
            // The original is timed before the first round; its last pulse is not followed by a fact.
            Fact::RoundStarted { .. } => {
                self.progress.remove(&None);
            }
            Fact::Evaluated { candidate, .. } | Fact::BestConfirmed { candidate, .. } => {
                self.progress.remove(&Some(*candidate));
            }
            // Its pulses went by under the leader's name, and nothing else is under way then.
            Fact::ContestHeld { .. } => self.progress.clear(),
            // its pulses went by under the child's name
            Fact::ParentMet { candidate, .. } => {
                self.progress.remove(&Some(*candidate));
            }
            Fact::AnswerReceived { ask, .. } | Fact::AskFailed { ask, .. } => {
                if let Some(stream) = self.streams.get_mut(&ask.agent()) {
                    stream.end_line();
                    stream.retry = None;
                }
            }
            Fact::UnitFinished { .. } | Fact::RunFinished { .. } => {
                self.progress.clear();
                self.timing = false;
                self.waiting = None;
            }
            _ => {}
        }
    }

    fn decided(&mut self, unit: UnitId, lesson: LessonId) {
        if let Some((waiting, lessons)) = &mut self.waiting
            && *waiting == unit
        {
            lessons.retain(|id| *id != lesson);
        }
    }

    fn take_pulse(&mut self, pulse: Pulse) -> (bool, Option<String>) {
        match pulse {
            Pulse::AnswerDelta { ask, text, .. } => {
                let stream = self.streams.entry(ask.agent()).or_default();
                (stream.push(ask, &text), None)
            }
            Pulse::ThoughtDelta { ask, text, .. } => {
                let stream = self.streams.entry(ask.agent()).or_default();
                (stream.think(ask, &text), None)
            }
            Pulse::Retrying {
                ask,
                attempt,
                wait_ms,
                message,
                ..
            } => {
                let stream = self.streams.entry(ask.agent()).or_default();
                let seconds = wait_ms as f64 / 1e3;
                stream.retry = Some(format!(
                    "attempt {attempt} in {seconds:.1} s: {}",
                    super::widgets::text::one_line(&message)
                ));
                (true, None)
            }
            Pulse::Evaluating {
                candidate,
                progress,
                ..
            } => {
                self.progress.insert(candidate, progress);
                (true, None)
            }
            Pulse::TimingWindow { open } => {
                let changed = self.timing != open;
                self.timing = open;
                (changed, None)
            }
            Pulse::WaitingForPerson { unit, lessons } => {
                self.waiting = (!lessons.is_empty()).then_some((unit, lessons));
                (true, None)
            }
            Pulse::Notice { text } => {
                self.note(Role::Waiting, &text);
                (true, Some(text))
            }
        }
    }

    /// What an agent is doing in a unit, and the same in words.
    pub(crate) fn doing(&self, unit: &Unit, agent: AgentId) -> (Phase, String) {
        if self.closed || unit.ending.is_some() {
            return (Phase::Idle, "done".to_owned());
        }
        match unit.open_work(agent) {
            Some(OpenWork::Asked { purpose, .. }) => {
                let words = match purpose {
                    Purpose::Rewrite => "writing a rewrite",
                    Purpose::Lesson => "writing the lesson",
                    Purpose::Reflect => "looking back",
                    Purpose::Recall => "recalling techniques",
                    Purpose::Plan => "planning",
                    Purpose::Repair => "mending a rewrite",
                    Purpose::Refine => "refining a rewrite",
                    Purpose::Combine => "combining proposals",
                    Purpose::Tests => "writing tests",
                };
                let stream = self.streams.get(&agent);
                let thinks = stream.is_some_and(|stream| {
                    let ours = stream.ask.is_some_and(|ask| ask.purpose == purpose);
                    let silent = stream.lines.is_empty() && stream.partial.is_empty();
                    ours && silent && stream.bytes > 0
                });
                let words = if thinks { "thinking" } else { words };
                (Phase::Asking(purpose), words.to_owned())
            }
            Some(OpenWork::Evaluating { candidate }) => match self.progress.get(&Some(candidate)) {
                None | Some(Progress::Queued) => {
                    (Phase::Queued, format!("{candidate} waits for the machine"))
                }
                Some(Progress::Entered(stage)) => {
                    let phase = match stage {
                        Stage::Time => Phase::Timing,
                        _ => Phase::Checking,
                    };
                    (phase, format!("{} {candidate}", stage.word()))
                }
                Some(Progress::Launch { done, .. }) => {
                    (Phase::Timing, format!("timing {candidate}, launch {done}"))
                }
            },
            None => self.idle(unit, agent),
        }
    }

    /// What an agent without open work waits for.
    fn idle(&self, unit: &Unit, agent: AgentId) -> (Phase, String) {
        let words = |text: &str| (Phase::Idle, text.to_owned());
        let confirmed = self.confirming(unit).is_some_and(|id| id.agent == agent);
        if agent == AgentId::PERSON && !confirmed {
            return words("your own code");
        }
        if self.waiting.is_some() {
            return words("waits for you");
        }
        if let Some(id) = self.confirming(unit) {
            let (doing, of_others) = match self.comparing(unit) {
                true => (
                    "comparing the best".to_owned(),
                    "done; the best are compared",
                ),
                false => (
                    format!("confirming {id}"),
                    "done; the best is being confirmed",
                ),
            };
            if id.agent != agent {
                return words(of_others);
            }
            return match self.progress.get(&Some(id)) {
                Some(Progress::Launch { done, .. }) => {
                    (Phase::Timing, format!("{doing}, launch {done}"))
                }
                _ => (Phase::Checking, doing),
            };
        }
        if unit.rounds.is_empty() {
            return match self.progress.get(&None) {
                Some(Progress::Launch { done, .. }) => {
                    words(&format!("timing the original, launch {done}"))
                }
                Some(Progress::Entered(stage)) => words(&format!(
                    "{}/3 {} the original",
                    step_of(*stage),
                    stage.word()
                )),
                Some(Progress::Queued) => words("the original waits for the machine"),
                None => words("the original is being prepared"),
            };
        }
        if self.run.as_ref().is_some_and(|run| run.paused) {
            return words("paused");
        }
        let others = self.run.as_ref().map_or(0, |run| run.spec.team.len());
        let others = (0..others).filter_map(|n| u8::try_from(n).ok().map(AgentId));
        let busy = others
            .filter(|other| *other != agent && unit.open_work(*other).is_some())
            .count();
        let asked = unit.round().is_some_and(|round| {
            let mut asks = unit.asks.keys();
            asks.any(|ask| ask.agent() == agent && ask.about.round == round.round)
        });
        match (busy, asked) {
            (0, _) => words("between rounds"),
            (_, false) => words("its turn comes"),
            (1, true) => words("waits for the other agent"),
            (_, true) => words("waits for the other agents"),
        }
    }

    /// Whether what is measured a second time is compared with others that may be the best.
    fn comparing(&self, unit: &Unit) -> bool {
        let run = self.run.as_ref();
        run.is_some_and(|run| run.spec.preset == Preset::Corrected)
            && unit.contest.is_none()
            && unit.contenders().len() > 1
    }

    /// The candidate that is measured a second time, if one is: it was judged before, so the work is the confirmation.
    pub(crate) fn confirming(&self, unit: &Unit) -> Option<CandidateId> {
        let again = self.progress.keys().filter_map(|id| *id);
        let mut again = again.filter(|id| {
            let state = unit.candidates.get(id);
            state.is_some_and(|state| state.evaluated.is_some())
        });
        again.next()
    }
}

/// Where in the preparing of a problem a stage comes: it is compiled, checked against itself, timed.
fn step_of(stage: Stage) -> u8 {
    match stage {
        Stage::Compile | Stage::Load => 1,
        Stage::Check => 2,
        Stage::Time => 3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::Round;

    #[test]
    fn a_stream_becomes_visible_line_by_line_and_stays_bounded() {
        let ask = AskId {
            about: CandidateId::first(Round(0), AgentId(0)),
            purpose: Purpose::Rewrite,
        };
        let mut stream = Stream::default();
        assert!(stream.push(ask, "first"));
        assert!(!stream.push(ask, " half"));
        assert!(stream.push(ask, " line\nnext"));
        assert_eq!(stream.lines, ["first half line"]);
        for _ in 0..10_000 {
            stream.push(ask, "\x1b[2Jx\n");
        }
        assert_eq!(stream.lines.len(), TAIL_LINES);
        assert_eq!(stream.lines[10], "[2Jx");
        stream.push(ask, &"y".repeat(1_000_000));
        assert!(stream.partial.len() <= TAIL_BYTES);
    }
}

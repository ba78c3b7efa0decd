//! A world for engine tests: scripted agents and a scripted judge, both normal providers to the engine. No compiler, no
//! network. A rewrite's source is its candidate's id, so that verdicts can be looked up by it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use lessonl::agents::Team;
use lessonl::domain::ask::{Answer, AnswerExtra, Ask, AskFailure, AskFailureKind, Task};
use lessonl::domain::command::Command;
use lessonl::domain::evaluation::{Evaluated, Evaluation, Mismatch};
use lessonl::domain::event::{Ending, Envelope, Event, Fact, Pulse};
use lessonl::domain::id::{AgentId, LessonId, RunId, UnitId};
use lessonl::domain::measurement::{Measurement, Speedup, Verdict};
use lessonl::domain::meter::Budget;
use lessonl::domain::problem::{
    CheckRules, Kind, Mode, Problem, ProblemId, Sizes, Tolerance, Values,
};
use lessonl::domain::spec::{
    AgentKind, AgentSpec, LessonGate, Preset, RelevanceKind, RewriterStyle, RunSpec, StrategyKind,
    UnitSpec,
};
use lessonl::domain::units::{Nanos, Usage};
use lessonl::engine::answers::{Answers, Script};
use lessonl::engine::evaluator::{Evaluator, Judge};
use lessonl::engine::{MayAsk, Running, Setup, start};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

pub(crate) const UNIT: UnitId = UnitId(0);

/// Shut until opened; scripts wait at it.
#[derive(Default)]
pub(crate) struct Barrier(Mutex<bool>, Condvar);

impl Barrier {
    pub(crate) fn open(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.1.notify_all();
    }
    pub(crate) fn pass(&self) {
        let shut = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        drop(self.1.wait_while(shut, |open| !*open));
    }
}

pub(crate) fn problem(name: &str) -> Arc<Problem> {
    Arc::new(Problem {
        id: ProblemId::new(format!("test/sum/{name}")).unwrap(),
        kind: Kind::Function,
        standard: Default::default(),
        upstream: Default::default(),
        work: Default::default(),
        title: name.to_owned(),
        category: "reduce".to_owned(),
        description: "Adds up.".to_owned(),
        entry: "double sum(std::vector<double> const &x)".to_owned(),
        modes: vec![Mode::Serial],
        sizes: Sizes {
            check: vec![8],
            hidden: vec![9],
            time: 100,
            time_omp: 100,
        },
        check: CheckRules {
            tolerance: Tolerance::Exact,
            values: vec![Values::Any],
            exact_bits: 8,
        },
        path: PathBuf::from(name),
        original: "double sum(std::vector<double> const &x) { return 0; }".to_owned(),
        driver: String::new(),
        limits: Vec::new(),
        version: "1".to_owned(),
    })
}

pub(crate) fn spec(agents: u8, rounds: u16) -> RunSpec {
    let unit = |problem: Arc<Problem>| UnitSpec {
        problem: problem.id.clone(),
        path: problem.path.clone(),
        version: problem.version.clone(),
        category: problem.category.clone(),
        original: problem.original.clone(),
        mode: Mode::Serial,
        carried: Vec::new(),
        ceiling: None,
        work: Default::default(),
    };
    let agent = |n| AgentSpec {
        name: format!("agent{n}"),
        kind: AgentKind::Rewriter {
            style: RewriterStyle::Loops,
        },
    };
    RunSpec {
        units: vec![unit(problem("one"))],
        team: (0..agents).map(agent).collect(),
        team_reason: "for the test".to_owned(),
        strategy: StrategyKind::Lessonl,
        preset: Preset::Corrected,
        rounds,
        lessons: 4,
        threshold: 1.1,
        epsilon: 0.1,
        gate: LessonGate::Auto,
        seed: 7,
        budget_time: None,
        budget_asks: None,
        sizing: Default::default(),
        holdout: 0.0,
        bank: lessonl::domain::carried::BankScope::Fresh,
        cell: None,
        until: None,
        budget_tokens: None,
        budget_cost: None,
        prices: Default::default(),
        replay: None,
        relevance: RelevanceKind::Lexical,
    }
}

pub(crate) fn answer(text: &str, code: Option<String>) -> Answer {
    Answer {
        raw: None,
        thoughts: String::new(),
        text: text.to_owned(),
        code,
        prose: text.to_owned(),
        found: AnswerExtra::Nothing,
        defects: Vec::new(),
        usage: Usage::default(),
        model: "script".to_owned(),
        latency: Nanos(5),
    }
}

pub(crate) fn failure(kind: AskFailureKind) -> AskFailure {
    AskFailure {
        kind,
        message: "connection refused".to_owned(),
        hint: "start the server".to_owned(),
        wait: None,
    }
}

/// A rewrite's code is its id; a lesson names its candidate; so does a reflection. Exemplars are numbered; a plan names
/// its exemplar and is the surer the later it was made.
pub(crate) fn reply(ask: &Ask) -> Answer {
    let found = |text: &str, found| Answer {
        found,
        ..answer(text, None)
    };
    match &ask.task {
        Task::Rewrite { .. }
        | Task::Reason
        | Task::Retry { .. }
        | Task::Code { .. }
        | Task::Repair { .. }
        | Task::Explore { .. }
        | Task::Refine { .. }
        | Task::Mend { .. }
        | Task::Combine { .. } => answer("faster", Some(ask.id.about.to_string())),
        Task::Lesson { candidate, .. } => answer(&format!("what {candidate} taught"), None),
        Task::Reflect { attempt } => answer(&format!("mind {}", attempt.source), None),
        Task::Recall { count } => {
            let exemplars = (1..=*count).map(|n| format!("exemplar {n}")).collect();
            found("recalled", AnswerExtra::Exemplars(exemplars))
        }
        Task::Plan { exemplar } => {
            let along = exemplar.as_deref().unwrap_or("nothing");
            let sure = 50 + ask.id.about.attempt;
            found(
                &format!("plan along {along}"),
                AnswerExtra::Confidence(sure),
            )
        }
        Task::Tests => found("tested", AnswerExtra::Tests(vec!["assert f(1)".to_owned()])),
    }
}

pub(crate) fn measured(lo: f64, estimate: f64, hi: f64) -> Evaluated {
    let measurement = Measurement {
        speedup: Speedup { estimate, lo, hi },
        verdict: Verdict::Faster,
        launches: Vec::new(),
        rounds: 1,
        calls: 1,
        size: 100,
        seed: 1,
        spent: Nanos(1),
    };
    Evaluated::bare(Evaluation::Measured { measurement }, Nanos(2))
}

pub(crate) fn wrong() -> Evaluated {
    let mismatch = Mismatch {
        size: 8,
        values: "any".to_owned(),
        seed: "0x1".to_owned(),
        hidden: false,
        field: "return".to_owned(),
        index: None,
        expected: "1".to_owned(),
        got: "2".to_owned(),
        example: None,
    };
    Evaluated::bare(Evaluation::WrongAnswer { mismatch }, Nanos(2))
}

pub(crate) fn fault() -> Evaluated {
    let what = "no space left".to_owned();
    Evaluated::bare(Evaluation::HarnessFault { what }, Nanos(2))
}

/// Verdicts by source; everything else gives a wrong answer.
pub(crate) fn judge(table: &[(&str, f64)]) -> Judge {
    let table: BTreeMap<String, f64> = table.iter().map(|(k, s)| ((*k).to_owned(), *s)).collect();
    Arc::new(move |trial, _| match table.get(trial.source) {
        Some(s) => measured(s - 0.05, *s, s + 0.05),
        None => wrong(),
    })
}

pub(crate) struct World {
    pub spec: RunSpec,
    pub problems: Vec<Arc<Problem>>,
    pub script: Script,
    pub judge: Judge,
    pub record: Vec<Envelope>,
    /// Who answers instead of the script.
    pub team: Option<Team>,
    /// Another budget to resume with.
    pub budget: Option<Budget>,
    /// How long nobody may be answered.
    pub patience: Nanos,
    pub may_ask: Option<MayAsk>,
}

impl World {
    pub(crate) fn new(spec: RunSpec, table: &[(&str, f64)]) -> Self {
        Self {
            spec,
            problems: vec![problem("one")],
            script: Arc::new(|ask| Ok(reply(ask))),
            judge: judge(table),
            record: Vec::new(),
            team: None,
            budget: None,
            patience: Nanos(0),
            may_ask: None,
        }
    }

    /// The same with one more unit.
    pub(crate) fn and(mut self, name: &str) -> Self {
        let problem = problem(name);
        let mut unit = self.spec.units[0].clone();
        unit.problem = problem.id.clone();
        self.spec.units.push(unit);
        self.problems.push(problem);
        self
    }

    pub(crate) fn start(&self) -> Live {
        let (sender, events) = unbounded_channel();
        let running = start(Setup {
            run: RunId::new("test").unwrap(),
            spec: self.spec.clone(),
            problems: self.problems.clone(),
            answers: match &self.team {
                Some(team) => Answers::Team(team.clone()),
                None => Answers::Scripted(Arc::clone(&self.script)),
            },
            evaluator: Evaluator::Scripted(Arc::clone(&self.judge)),
            record: self.record.clone(),
            budget: self.budget,
            patience: self.patience,
            may_ask: self.may_ask.clone(),
            listeners: vec![sender],
        });
        Live {
            running,
            events,
            facts: Vec::new(),
            pulses: Vec::new(),
        }
    }

    /// Runs to the end without a word from the person.
    pub(crate) async fn run(&self) -> Told {
        self.start().end().await
    }
}

pub(crate) struct Live {
    pub running: Running,
    events: UnboundedReceiver<Event>,
    facts: Vec<Envelope>,
    pulses: Vec<Pulse>,
}

/// What a whole run told.
pub(crate) struct Told {
    pub ending: Ending,
    pub facts: Vec<Envelope>,
    pub pulses: Vec<Pulse>,
}

impl Live {
    pub(crate) fn send(&self, command: Command) {
        drop(self.running.commands.send(command));
    }

    fn keep(&mut self, event: Event) {
        match event {
            Event::Fact(envelope) => self.facts.push(*envelope),
            Event::Pulse(pulse) => self.pulses.push(pulse),
        }
    }

    /// Waits for the first event (from now on) that is wanted.
    pub(crate) async fn until(&mut self, wanted: impl Fn(&Event) -> bool) {
        while let Some(event) = self.events.recv().await {
            let found = wanted(&event);
            self.keep(event);
            if found {
                return;
            }
        }
        panic!("the run ended before that");
    }

    pub(crate) async fn until_fact(&mut self, wanted: impl Fn(&Fact) -> bool) {
        self.until(|event| matches!(event, Event::Fact(envelope) if wanted(&envelope.fact)))
            .await;
    }

    /// Waits until every command sent so far was obeyed.
    pub(crate) async fn obeyed(&mut self) {
        self.send(Command::SetReplaySpeed(2));
        self.until(|event| matches!(event, Event::Pulse(Pulse::Notice { text }) if text.contains("replay")))
            .await;
    }

    /// Waits until the run was cancelled.
    pub(crate) async fn obeyed_cancel(&mut self) {
        self.until_fact(|fact| matches!(fact, Fact::AskNoted { .. }))
            .await;
    }

    pub(crate) async fn end(mut self) -> Told {
        while let Some(event) = self.events.recv().await {
            self.keep(event);
        }
        Told {
            ending: self.running.done.await.unwrap(),
            facts: self.facts,
            pulses: self.pulses,
        }
    }
}

impl Told {
    pub(crate) fn lines(&self) -> Vec<String> {
        lines(&self.facts)
    }

    pub(crate) fn notices(&self) -> Vec<&str> {
        let text = |pulse: &'_ Pulse| matches!(pulse, Pulse::Notice { .. });
        let notices = self.pulses.iter().filter(|p| text(p));
        notices
            .filter_map(|p| match p {
                Pulse::Notice { text } => Some(text.as_str()),
                _ => None,
            })
            .collect()
    }

    /// Prompts of rewrites in a round.
    pub(crate) fn prompts(&self, round: u16) -> Vec<&str> {
        let facts = self.facts.iter().map(|envelope| &envelope.fact);
        facts
            .filter_map(|fact| match fact {
                Fact::AskSent { ask, prompt, .. }
                    if ask.about.round.0 == round && prompt.contains("rewrite") =>
                {
                    Some(prompt.as_str())
                }
                _ => None,
            })
            .collect()
    }
}

/// The agent whose pipeline a fact belongs to, if it belongs to one.
fn agent(fact: &Fact) -> Option<AgentId> {
    match fact {
        Fact::AskSent { ask, .. }
        | Fact::AnswerReceived { ask, .. }
        | Fact::AskFailed { ask, .. } => Some(ask.agent()),
        Fact::CandidateProposed { candidate, .. } => Some(candidate.id.agent),
        Fact::Evaluated { candidate, .. }
        | Fact::ParentMet { candidate, .. }
        | Fact::BestImproved { candidate, .. } => Some(candidate.agent),
        Fact::LessonLearned { lesson, .. } => lesson.agent,
        _ => None,
    }
}

/// The facts with each round's work sorted by agent: the pipelines run at once, so their interleaving means nothing.
pub(crate) fn normal(facts: &[Envelope]) -> Vec<Fact> {
    let mut normal: Vec<Fact> = Vec::new();
    let mut round: Vec<Fact> = Vec::new();
    for fact in facts.iter().map(|envelope| envelope.fact.clone()) {
        if agent(&fact).is_some() {
            round.push(fact);
        } else {
            round.sort_by_key(agent);
            normal.append(&mut round);
            normal.push(fact);
        }
    }
    round.sort_by_key(agent);
    normal.append(&mut round);
    normal
}

/// The normal facts, a line each.
pub(crate) fn lines(facts: &[Envelope]) -> Vec<String> {
    normal(facts).iter().map(line).collect()
}

fn ids(ids: impl IntoIterator<Item = LessonId>) -> String {
    let ids: Vec<String> = ids.into_iter().map(|id| id.to_string()).collect();
    ids.join(" ")
}

fn line(fact: &Fact) -> String {
    match fact {
        Fact::RunStarted { .. } => "run started".to_owned(),
        Fact::RunResumed { known, .. } => format!("run resumed after {known}"),
        Fact::UnitStarted { unit } => format!("{unit} started"),
        Fact::RoundStarted { round, .. } => format!("{round} started"),
        Fact::LessonsSelected {
            round, selection, ..
        } => format!("{round} selected {}", ids(selection.chosen())),
        Fact::TestsAgreed { tests, .. } => format!("{} tests", tests.len()),
        Fact::AskSent { ask, lessons, .. } => format!("{ask} sent {}", ids(lessons.clone())),
        Fact::AnswerReceived { ask, .. } => format!("{ask} answered"),
        Fact::AskFailed { ask, failure, .. } => format!("{ask} failed {:?}", failure.kind),
        Fact::AskNoted { ask, note, .. } => format!("{ask} noted {note:?}"),
        Fact::NobodyAnswered { failure, wait, .. } => {
            format!("nobody answered ({:?}), again in {wait}", failure.kind)
        }
        Fact::BudgetSet { .. } => "budget set".to_owned(),
        Fact::CandidateProposed { candidate, .. } => format!("{} proposed", candidate.id),
        Fact::Evaluated {
            candidate,
            evaluated,
            ..
        } => format!("{candidate} {}", evaluated.evaluation.outcome().word()),
        Fact::LessonLearned { lesson, .. } => format!("{} learned", lesson.id),
        Fact::LessonAdded { lesson, .. } => format!("{} added", lesson.id),
        Fact::LessonDecided {
            lesson, decision, ..
        } => format!("{lesson} decided {decision:?}"),
        Fact::LessonRescored { lesson, to, .. } => format!("{lesson} rescored {to:.2}"),
        Fact::BestImproved { candidate, .. } => format!("{candidate} best"),
        Fact::ContestHeld { contest, .. } => {
            let met: Vec<String> = contest.contenders().map(|id| id.to_string()).collect();
            format!("contest {}", met.join(" "))
        }
        Fact::ParentMet {
            candidate, duel, ..
        } => format!("{candidate} met {}", duel.parent),
        Fact::EnoughReached { unit, ended } => format!("{unit} enough: {ended}"),
        Fact::RoundFinished { round, .. } => format!("{round} finished"),
        Fact::BestConfirmed { candidate, .. } => format!("{candidate} confirmed"),
        Fact::UnitFinished {
            unit,
            ending,
            winner,
        } => match winner {
            Some(winner) => format!("{unit} finished {} {winner}", end(ending)),
            None => format!("{unit} finished {}", end(ending)),
        },
        Fact::HintGiven { agent, text, .. } => format!("{agent} hinted {text}"),
        Fact::GateSet { gate } => format!("gate {gate}"),
        Fact::PauseSet { paused } => format!("paused {paused}"),
        Fact::RunFinished { ending } => format!("run finished {}", end(ending)),
    }
}

fn end(ending: &Ending) -> String {
    match ending {
        Ending::Done => "done".to_owned(),
        Ending::Stopped => "stopped".to_owned(),
        Ending::Budget => "budget".to_owned(),
        Ending::Failed { message } => format!("failed: {message}"),
        Ending::CutOff { message } => format!("cut off: {message}"),
    }
}

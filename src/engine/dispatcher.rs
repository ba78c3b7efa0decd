//! The one task of a run: waits for commands, requests and finished work, lets `state` decide, does what it says.
//! Never decides anything itself.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::mpsc::SyncSender;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::{AbortHandle, JoinSet, spawn_blocking};

use super::answers::broke_off;
use super::evaluator::{Ready, Trial};
use super::fanout::Fanout;
use super::state::{Draft, Effect, Input, Job, Opening, State, Ticket, Unready};
use super::{May, Setup, budget, unit};
use crate::agents::AgentPulse;
use crate::domain::ask::{Ask, Brief, Facts, Task};
use crate::domain::build::Build;
use crate::domain::candidate::Candidate;
use crate::domain::command::Command;
use crate::domain::contest::Contest;
use crate::domain::evaluation::{Evaluated, Evaluation};
use crate::domain::event::{Ending, Event, Progress, Pulse};
use crate::domain::id::{AskId, CandidateId, UnitId};
use crate::domain::spec::RunSpec;
use crate::domain::units::Nanos;
use crate::harness::Cancel;
use crate::strategies::context::{Stop, StrategyOp, StrategyReply, StrategyRequest};

/// How long a finished run waits for the harness to be rid of its processes.
const PATIENCE: Duration = Duration::from_secs(10);
/// Time between two looks whether a question can be paid for now.
const AGAIN: Duration = Duration::from_secs(1);

/// What comes back from work under way.
enum Happened {
    Input(Box<Input>),
    Pulse(Pulse),
    /// Reasoning: so many bytes of it, and the part that is shown.
    Thought(AskId, usize, Pulse),
    Ready(Ready),
}

struct Dispatcher {
    setup: Setup,
    spec: Arc<RunSpec>,
    listeners: Fanout,
    happened: UnboundedSender<Happened>,
    requests: UnboundedSender<StrategyRequest>,
    replies: HashMap<Ticket, SyncSender<Result<StrategyReply, Stop>>>,
    /// Questions that nobody pays for yet: dropped with the run, which is when the strategy breaks off.
    unpaid: Vec<StrategyRequest>,
    tickets: Ticket,
    unit: UnitId,
    brief: Option<Arc<Brief>>,
    ready: Option<Arc<Ready>>,
    asks: Vec<AbortHandle>,
    /// Work on the harness, on blocking threads.
    judging: JoinSet<()>,
    cancel: Cancel,
    ending: Option<Ending>,
}

/// Runs a run to its end.
pub(super) async fn run(mut setup: Setup, mut commands: UnboundedReceiver<Command>) -> Ending {
    let mut listeners = Fanout(std::mem::take(&mut setup.listeners));
    let mut state = match open(&setup) {
        Ok(state) => state,
        Err(message) => {
            let text = message.clone();
            listeners.send(&Event::Pulse(Pulse::Notice { text }));
            return Ending::Failed { message };
        }
    };
    if let Some(budget) = setup.budget {
        state.allow(budget);
    }
    let left = budget::remaining(state.run());
    setup.record = Vec::new();
    let (happened, mut finished) = unbounded_channel();
    let (requests, mut wanted) = unbounded_channel();
    let mut this = Dispatcher {
        spec: Arc::new(state.run().spec.clone()),
        setup,
        listeners,
        happened,
        requests,
        replies: HashMap::new(),
        unpaid: Vec::new(),
        tickets: 0,
        unit: UnitId(0),
        brief: None,
        ready: None,
        asks: Vec::new(),
        judging: JoinSet::new(),
        cancel: Cancel::default(),
        ending: None,
    };
    if left == Some(Duration::ZERO) {
        this.act(state.take(Input::BudgetSpent, now()));
    }
    this.act(state.take(Input::Begin, now()));
    let deadline = tokio::time::sleep(left.unwrap_or_default());
    tokio::pin!(deadline);
    let wake = tokio::time::sleep(Duration::ZERO);
    tokio::pin!(wake);
    let mut wakes = None;
    let mut timed = left.is_some_and(|left| !left.is_zero());
    let mut heard = true;
    while this.ending.is_none() {
        let next = state.next_wake();
        if next != wakes {
            wakes = next;
            let wait = next.map_or(0, |at| at.saturating_sub(now()).max(0));
            let wait = Duration::from_millis(u64::try_from(wait).unwrap_or(0));
            wake.as_mut().reset(tokio::time::Instant::now() + wait);
        }
        let input = tokio::select! {
            biased;
            command = commands.recv(), if heard => match command {
                Some(command) => Input::Command(command),
                None => {
                    heard = false;
                    continue;
                }
            },
            () = &mut deadline, if timed => {
                timed = false;
                Input::BudgetSpent
            }
            () = &mut wake, if wakes.is_some() => {
                wakes = None;
                Input::Wake
            }
            () = tokio::time::sleep(AGAIN), if !this.unpaid.is_empty() => {
                this.settle(&mut state);
                continue;
            }
            Some(request) = wanted.recv() => match this.receive(request, &state) {
                Some(input) => input,
                None => continue,
            },
            Some(happened) = finished.recv() => match happened {
                Happened::Input(input) => *input,
                Happened::Pulse(pulse) => {
                    if let Pulse::AnswerDelta { ask, text, .. } = &pulse {
                        state.heard(*ask, text.len());
                    }
                    this.listeners.send(&Event::Pulse(pulse));
                    continue;
                }
                Happened::Thought(ask, bytes, pulse) => {
                    state.heard(ask, bytes);
                    this.listeners.send(&Event::Pulse(pulse));
                    continue;
                }
                Happened::Ready(ready) => {
                    this.know(ready.facts(&this.setup.evaluator));
                    this.ready = Some(Arc::new(ready));
                    Input::Prepared(Ok(()))
                }
            },
        };
        let answered = matches!(input, Input::Answered { .. });
        this.act(state.take(input, now()));
        if answered {
            this.settle(&mut state);
        }
    }
    this.rest().await
}

/// The state to begin with, or why the run cannot be begun.
fn open(setup: &Setup) -> Result<State, String> {
    let opening = Opening {
        run: setup.run.clone(),
        spec: setup.spec.clone(),
        machine: setup.evaluator.machine(),
        toolchain: setup.evaluator.toolchain(),
        prompts: setup.answers.prompt_hashes(),
    };
    let state = State::open(opening, &setup.record, now())?.with_patience(setup.patience);
    let units = &state.run().spec.units;
    if units.len() != setup.problems.len() {
        return Err("the run's problems are not all there; start a new run".to_owned());
    }
    for (unit, problem) in units.iter().zip(&setup.problems) {
        if unit.version != problem.version {
            let problem = &unit.problem;
            return Err(format!(
                "{problem} has changed since this run began: its verdicts no longer hold; start a new run"
            ));
        }
    }
    Ok(state)
}

fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    })
}

impl Dispatcher {
    /// What the strategy wants, as an input; `None`: it waits for a reply until the run is stopped.
    fn receive(&mut self, request: StrategyRequest, state: &State) -> Option<Input> {
        let prompt = match (&request.op, &self.brief) {
            (StrategyOp::Ask { id, task }, Some(brief)) => {
                let ask = self.words(*id, task.clone(), brief);
                self.setup.answers.prompt(&ask)
            }
            _ => Ok(String::new()),
        };
        if let (StrategyOp::Ask { id, task }, Some(may_ask)) = (&request.op, &self.setup.may_ask)
            // what is refused anyway must not wait for somebody to pay
            && !state.refuses_asks()
        {
            let words = prompt.as_deref().unwrap_or_default();
            match may_ask(state.asking(*id, task, words)) {
                May::Ask => {}
                May::Wait => {
                    self.unpaid.push(request);
                    return None;
                }
                // The strategy, whose reply is dropped, breaks off; nothing was sent and nothing is paid for.
                May::Stop => return Some(Input::Command(Command::Cancel)),
            }
        }
        let StrategyRequest { op, reply } = request;
        let ticket = self.tickets;
        self.tickets += 1;
        self.replies.insert(ticket, reply);
        Some(Input::Request { ticket, op, prompt })
    }

    /// An answer has come, or time has passed: what it left over may pay for what waits.
    fn settle(&mut self, state: &mut State) {
        let Some(may_ask) = &self.setup.may_ask else {
            return;
        };
        // What comes of it shows when the next question is about to be put.
        let _ = may_ask(state.money());
        for request in std::mem::take(&mut self.unpaid) {
            if let Some(input) = self.receive(request, state) {
                let effects = state.take(input, now());
                self.act(effects);
            }
        }
    }

    /// Agents are told from now on what is known of the original here.
    fn know(&mut self, facts: Facts) {
        if let Some(brief) = &mut self.brief {
            Arc::make_mut(brief).facts = facts;
        }
    }

    fn words(&self, id: AskId, task: Task, brief: &Arc<Brief>) -> Ask {
        Ask {
            unit: self.unit,
            id,
            brief: Arc::clone(brief),
            task,
        }
    }

    fn act(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Emit(envelope) => self.listeners.send(&Event::Fact(envelope)),
                Effect::Pulse(pulse) => self.listeners.send(&Event::Pulse(pulse)),
                Effect::Prepare(unit) => self.prepare(unit),
                Effect::RunStrategy(_) => self.run_strategy(),
                Effect::Ask { id, task, prompt } => self.ask(id, task, prompt),
                Effect::Evaluate {
                    candidate,
                    source,
                    build,
                    job,
                    seed,
                    tests,
                } => self.evaluate(candidate, (source, build), job, seed, tests),
                Effect::Contest { contenders, seed } => {
                    self.contest(contenders, seed, Input::Contested);
                }
                Effect::Duel {
                    child,
                    parent,
                    seed,
                } => {
                    let id = child.id;
                    self.contest(vec![child, parent], seed, move |result| Input::Met {
                        child: id,
                        result,
                    });
                }
                Effect::Embed(draft) => self.embed(draft),
                Effect::Reply { ticket, reply } => {
                    if let Some(waiting) = self.replies.remove(&ticket) {
                        // a strategy that broke off no longer listens
                        let _gone = waiting.send(reply);
                    }
                }
                Effect::Abort => {
                    self.cancel.cancel();
                    self.unpaid.clear();
                    self.asks.drain(..).for_each(|ask| ask.abort());
                }
                Effect::DropAsks => self.asks.drain(..).for_each(|ask| ask.abort()),
                Effect::Finish(ending) => self.ending = Some(ending),
            }
        }
    }

    fn prepare(&mut self, unit: UnitId) {
        let at = usize::from(unit.0);
        let (Some(problem), Some(spec)) = (self.setup.problems.get(at), self.spec.units.get(at))
        else {
            return;
        };
        self.unit = unit;
        let toolchain = self.setup.evaluator.toolchain();
        let brief = unit::brief(problem, spec, &self.spec, &toolchain);
        self.brief = Some(Arc::new(brief));
        let (evaluator, cancel) = (self.setup.evaluator.clone(), self.cancel.clone());
        let (problem, mode) = (Arc::clone(problem), spec.mode);
        let happened = self.happened.clone();
        self.judging.spawn(async move {
            let progress = progress(happened.clone(), None);
            let work = move || evaluator.prepare(problem, mode, &cancel, &progress);
            let ready = spawn_blocking(work).await.unwrap_or_else(|_| {
                let what = "making the problem ready broke off: a defect of ours, please report it";
                Err(Unready::Problem(what.to_owned()))
            });
            // nobody listens once the run is over
            let _over = happened.send(match ready {
                Ok(ready) => Happened::Ready(ready),
                Err(unready) => Happened::Input(Box::new(Input::Prepared(Err(unready)))),
            });
        });
    }

    fn run_strategy(&self) {
        let work = unit::work(self.requests.clone(), Arc::clone(&self.spec), self.unit);
        let happened = self.happened.clone();
        tokio::spawn(async move {
            let finish = work.await;
            let _over = happened.send(Happened::Input(Box::new(Input::StrategyEnded(finish))));
        });
    }

    fn ask(&mut self, id: AskId, task: Task, prompt: String) {
        let Some(brief) = &self.brief else { return };
        let ask = self.words(id, task, brief);
        let (answers, happened, unit) =
            (self.setup.answers.clone(), self.happened.clone(), self.unit);
        let deltas = happened.clone();
        let work = tokio::spawn(async move {
            let pulse = move |pulse| {
                let _over = deltas.send(happened_on(unit, id, pulse));
            };
            answers.answer(ask, &prompt, &pulse).await
        });
        self.asks.retain(|ask| !ask.is_finished());
        self.asks.push(work.abort_handle());
        tokio::spawn(async move {
            let reply = match work.await {
                Ok(reply) => reply,
                Err(broken) if broken.is_cancelled() => return,
                Err(_) => Err(broke_off()),
            };
            let _over = happened.send(Happened::Input(Box::new(Input::Answered {
                ask: id,
                reply,
            })));
        });
    }

    fn evaluate(
        &mut self,
        candidate: CandidateId,
        (source, build): (String, Option<Build>),
        job: Job,
        seed: u64,
        tests: Option<Vec<String>>,
    ) {
        let ready = self.ready.clone();
        while self.judging.try_join_next().is_some() {}
        let (evaluator, cancel) = (self.setup.evaluator.clone(), self.cancel.clone());
        let happened = self.happened.clone();
        self.judging.spawn(async move {
            let progress = progress(happened.clone(), Some(candidate));
            let work = move || {
                let trial = Trial {
                    source: &source,
                    build: build.as_ref(),
                    job,
                    seed,
                    tests: tests.as_deref(),
                };
                evaluator.judge(ready.as_deref()?, trial, &cancel, &progress)
            };
            let evaluated = spawn_blocking(work).await.ok().flatten();
            let evaluated = evaluated.unwrap_or_else(|| {
                let what = "the harness broke off: a defect of ours, please report it".to_owned();
                Evaluated::bare(Evaluation::HarnessFault { what }, Nanos(0))
            });
            let input = Input::Evaluated {
                candidate,
                evaluated,
            };
            let _over = happened.send(Happened::Input(Box::new(input)));
        });
    }

    fn contest(
        &mut self,
        contenders: Vec<Candidate>,
        seed: u64,
        input: impl FnOnce(Result<Contest, String>) -> Input + Send + 'static,
    ) {
        let ready = self.ready.clone();
        let (evaluator, cancel) = (self.setup.evaluator.clone(), self.cancel.clone());
        let happened = self.happened.clone();
        self.judging.spawn(async move {
            let leader = contenders.first().map(|leader| leader.id);
            let progress = progress(happened.clone(), leader);
            let work = move || {
                let contenders: Vec<&Candidate> = contenders.iter().collect();
                let ready = ready.as_deref();
                ready.map(|ready| evaluator.contest(ready, &contenders, seed, &cancel, &progress))
            };
            let result = spawn_blocking(work).await.ok().flatten();
            let result = result.unwrap_or_else(|| Err("the harness broke off".to_owned()));
            let _over = happened.send(Happened::Input(Box::new(input(result))));
        });
    }

    fn embed(&mut self, draft: Draft) {
        let at = usize::from(draft.unit.0);
        let code = self.spec.units.get(at).map(|unit| unit.original.clone());
        let texts = [draft.lesson.text.clone(), code.unwrap_or_default()];
        let (answers, happened, spec) = (
            self.setup.answers.clone(),
            self.happened.clone(),
            Arc::clone(&self.spec),
        );
        let work = tokio::spawn(async move { answers.relevance(&spec.relevance, texts).await });
        self.asks.push(work.abort_handle());
        tokio::spawn(async move {
            let relevance = match work.await {
                Ok(relevance) => relevance,
                Err(broken) => Err(broken.to_string()),
            };
            let _over = happened.send(Happened::Input(Box::new(Input::Embedded {
                draft,
                relevance,
            })));
        });
    }

    /// Ends what is left; gives the ending once no candidate runs any more.
    async fn rest(mut self) -> Ending {
        self.cancel.cancel();
        self.asks.drain(..).for_each(|ask| ask.abort());
        self.replies.clear();
        let drained = async { while self.judging.join_next().await.is_some() {} };
        if tokio::time::timeout(PATIENCE, drained).await.is_err() {
            let text = "the harness has not ended yet; what it started dies with this program";
            self.listeners.send(&Event::Pulse(Pulse::Notice {
                text: text.to_owned(),
            }));
        }
        self.ending.take().unwrap_or(Ending::Stopped)
    }
}

impl Drop for Dispatcher {
    /// A run that is dropped (the program ends) takes its processes with it.
    fn drop(&mut self) {
        self.cancel.cancel();
    }
}

/// What an agent's pulse is to the run.
fn happened_on(unit: UnitId, ask: AskId, pulse: AgentPulse) -> Happened {
    Happened::Pulse(match pulse {
        AgentPulse::Delta(text) => Pulse::AnswerDelta { unit, ask, text },
        AgentPulse::Retrying {
            attempt,
            wait_ms,
            message,
        } => Pulse::Retrying {
            unit,
            ask,
            attempt,
            wait_ms,
            message,
        },
        AgentPulse::Reasoned { bytes, text } => {
            let pulse = Pulse::ThoughtDelta { unit, ask, text };
            return Happened::Thought(ask, bytes, pulse);
        }
        AgentPulse::Noted(note) => return Happened::Input(Box::new(Input::Noted { ask, note })),
    })
}

/// Tells how far the harness is.
fn progress(
    happened: UnboundedSender<Happened>,
    candidate: Option<CandidateId>,
) -> impl Fn(Progress) + Send + Sync {
    move |progress| {
        let input = Input::Progressed {
            candidate,
            progress,
        };
        let _over = happened.send(Happened::Input(Box::new(input)));
    }
}

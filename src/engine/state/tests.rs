//! Claims about decisions alone: what is begun, held and refused, without anything running.

use std::path::PathBuf;

use super::judging::seed;
use super::*;
use crate::domain::ask::AskFailureKind;
use crate::domain::candidate::Candidate;
use crate::domain::evaluation::Evaluation;
use crate::domain::id::{AgentId, Purpose};
use crate::domain::measurement::{Measurement, Speedup, Verdict};
use crate::domain::problem::{Mode, ProblemId};
use crate::domain::spec::{LessonGate, Preset, RelevanceKind, StrategyKind, UnitSpec};
use crate::domain::units::{Nanos, Usage};
use crate::strategies::How;
use crate::strategies::context::Held;

pub(super) const UNIT: UnitId = UnitId(0);
const R0A0: CandidateId = CandidateId {
    round: Round(0),
    agent: AgentId(0),
    attempt: 0,
};

pub(super) fn spec(units: u16) -> RunSpec {
    let unit = |n| UnitSpec {
        problem: ProblemId::new(format!("p{n}")).unwrap(),
        path: PathBuf::new(),
        version: "1".to_owned(),
        category: "c".to_owned(),
        original: "int f();".to_owned(),
        mode: Mode::Serial,
        carried: Vec::new(),
        ceiling: None,
        work: Default::default(),
    };
    RunSpec {
        units: (0..units).map(unit).collect(),
        team: Vec::new(),
        team_reason: String::new(),
        strategy: StrategyKind::Lessonl,
        preset: Preset::Corrected,
        rounds: 2,
        lessons: 4,
        threshold: 1.1,
        epsilon: 0.1,
        gate: LessonGate::Auto,
        seed: 1,
        budget_time: None,
        budget_asks: None,
        sizing: Default::default(),
        holdout: 0.0,
        bank: crate::domain::carried::BankScope::Fresh,
        cell: None,
        until: None,
        budget_tokens: None,
        budget_cost: None,
        prices: Default::default(),
        replay: None,
        relevance: RelevanceKind::Lexical,
    }
}

/// A run whose strategy is at work on the first unit.
pub(super) fn at_work(spec: RunSpec) -> State {
    let opening = Opening {
        run: RunId::new("r").unwrap(),
        spec,
        machine: Machine::default(),
        toolchain: Toolchain::default(),
        prompts: BTreeMap::new(),
    };
    let mut state = State::open(opening, &[], 0).unwrap();
    state.take(Input::Begin, 0);
    state.take(Input::Prepared(Ok(())), 0);
    state
}

pub(super) fn want(state: &mut State, ticket: Ticket, op: StrategyOp) -> Vec<Effect> {
    let prompt = Ok("words".to_owned());
    state.take(Input::Request { ticket, op, prompt }, 0)
}

fn ask(purpose: Purpose) -> StrategyOp {
    StrategyOp::Ask {
        id: AskId {
            about: R0A0,
            purpose,
        },
        task: Task::Rewrite {
            lessons: Vec::new(),
        },
    }
}

fn evaluate() -> StrategyOp {
    StrategyOp::Evaluate {
        candidate: Candidate {
            id: R0A0,
            source: "int f() { return 1; }".to_owned(),
            rationale: String::new(),
            read: Vec::new(),
            build: None,
            lineage: None,
        },
        held: Held::Code,
    }
}

fn fast() -> Evaluated {
    let measurement = Measurement {
        speedup: Speedup {
            estimate: 2.0,
            lo: 1.9,
            hi: 2.1,
        },
        verdict: Verdict::Faster,
        launches: Vec::new(),
        rounds: 1,
        calls: 1,
        size: 1,
        seed: 1,
        spent: Nanos(1),
    };
    Evaluated::bare(Evaluation::Measured { measurement }, Nanos(1))
}

fn stop(ticket: Ticket) -> Effect {
    Effect::Reply {
        ticket,
        reply: Err(Stop),
    }
}

/// The effects, a word each.
pub(super) fn words(effects: &[Effect]) -> Vec<String> {
    let word = |effect: &Effect| match effect {
        Effect::Emit(envelope) => {
            let fact = serde_json::to_value(&envelope.fact).unwrap_or_default();
            fact["fact"].as_str().unwrap_or_default().to_owned()
        }
        Effect::Pulse(Pulse::Notice { text }) => text.clone(),
        Effect::Pulse(Pulse::TimingWindow { open }) => format!("window {open}"),
        Effect::Pulse(_) => "pulse".to_owned(),
        Effect::Prepare(unit) => format!("prepare {unit}"),
        Effect::RunStrategy(unit) => format!("work {unit}"),
        Effect::Ask { id, .. } => format!("ask {id}"),
        Effect::Evaluate { candidate, job, .. } => format!("{job:?} {candidate}"),
        Effect::Contest { contenders, .. } => format!("contest of {}", contenders.len()),
        Effect::Duel { child, parent, .. } => format!("{} meets {}", child.id, parent.id),
        Effect::Embed(_) => "embed".to_owned(),
        Effect::Reply { ticket, reply } => match reply {
            Ok(_) => format!("reply {ticket}"),
            Err(Stop) => format!("stop {ticket}"),
        },
        Effect::Abort => "abort".to_owned(),
        Effect::DropAsks => "drop asks".to_owned(),
        Effect::Finish(ending) => format!("{ending:?}"),
    };
    effects.iter().map(word).collect()
}

#[test]
fn while_paused_new_work_waits_and_running_work_is_finished() {
    let mut state = at_work(spec(1));
    want(&mut state, 0, StrategyOp::BeginRound(Round(0)));
    want(&mut state, 1, ask(Purpose::Rewrite));
    state.take(Input::Command(Command::Pause), 0);
    let reply = Err(AskFailure {
        kind: AskFailureKind::TimedOut,
        message: String::new(),
        hint: String::new(),
        wait: None,
    });
    let id = AskId {
        about: R0A0,
        purpose: Purpose::Rewrite,
    };
    let effects = state.take(Input::Answered { ask: id, reply }, 0);
    assert_eq!(words(&effects), ["ask_failed", "reply 1"]);
    assert_eq!(want(&mut state, 2, evaluate()), []);
    assert_eq!(want(&mut state, 3, ask(Purpose::Lesson)), []);
    let effects = state.take(Input::Command(Command::Resume), 0);
    assert_eq!(
        words(&effects),
        [
            "pause_set",
            "candidate_proposed",
            "Evaluate r0a0",
            "ask_sent",
            "ask r0a0:lesson"
        ]
    );
}

#[test]
fn a_spent_budget_refuses_new_work_but_keeps_and_confirms_what_was_found() {
    let mut state = at_work(spec(2));
    want(&mut state, 0, StrategyOp::BeginRound(Round(0)));
    want(&mut state, 1, evaluate());
    assert_eq!(state.take(Input::BudgetSpent, 0), []);
    let evaluated = fast();
    let candidate = R0A0;
    let effects = state.take(
        Input::Evaluated {
            candidate,
            evaluated,
        },
        0,
    );
    assert_eq!(words(&effects), ["evaluated", "best_improved", "reply 1"]);
    assert_eq!(want(&mut state, 2, ask(Purpose::Lesson)), [stop(2)]);
    let confirm = want(&mut state, 3, StrategyOp::Confirm(R0A0));
    assert_eq!(words(&confirm), ["Confirm r0a0"]);
    let evaluated = fast();
    state.take(
        Input::Evaluated {
            candidate,
            evaluated,
        },
        0,
    );
    let finish = Finish {
        winner: Some(R0A0),
        how: How::Stopped,
    };
    let effects = state.take(Input::StrategyEnded(finish), 0);
    assert_eq!(words(&effects), ["unit_finished", "run_finished", "Budget"]);
    assert_eq!(state.run().units[0].ending, Some(Ending::Budget));
    assert_eq!(state.run().units[1].ending, None);
}

#[test]
fn cancelling_replies_to_everything_and_ignores_what_comes_late() {
    let mut state = at_work(spec(1));
    want(&mut state, 0, StrategyOp::BeginRound(Round(0)));
    want(&mut state, 1, ask(Purpose::Rewrite));
    want(&mut state, 2, evaluate());
    let effects = state.take(Input::Command(Command::Cancel), 0);
    assert_eq!(effects, [stop(1), stop(2), Effect::Abort]);
    let late = Input::Evaluated {
        candidate: R0A0,
        evaluated: fast(),
    };
    assert_eq!(state.take(late, 0), []);
    let late = Input::Progressed {
        candidate: Some(R0A0),
        progress: Progress::Entered(Stage::Time),
    };
    assert_eq!(state.take(late, 0), []);
    assert_eq!(want(&mut state, 3, StrategyOp::Confirm(R0A0)), [stop(3)]);
    let finish = Finish {
        winner: None,
        how: How::Stopped,
    };
    let effects = state.take(Input::StrategyEnded(finish), 0);
    assert_eq!(words(&effects), ["run_finished", "Stopped"]);
}

#[test]
fn a_broken_problem_fails_its_unit_and_a_broken_machine_the_run() {
    let mut state = at_work(spec(2));
    let broken = Unready::Problem("driver.cpp does not compile".to_owned());
    let effects = state.take(Input::Prepared(Err(broken)), 0);
    assert_eq!(
        words(&effects),
        ["unit_finished", "unit_started", "prepare u1"]
    );
    let message = "no compiler".to_owned();
    let lacking = Unready::Environment(message.clone());
    let effects = state.take(Input::Prepared(Err(lacking)), 0);
    assert_eq!(
        effects.last(),
        Some(&Effect::Finish(Ending::Failed {
            message: "driver.cpp does not compile".to_owned()
        }))
    );
    let mut state = at_work(spec(2));
    let lacking = Unready::Environment(message.clone());
    let effects = state.take(Input::Prepared(Err(lacking)), 0);
    assert_eq!(
        effects.last(),
        Some(&Effect::Finish(Ending::Failed { message }))
    );
}

#[test]
fn pausing_between_units_holds_the_next_one() {
    let mut state = at_work(spec(2));
    state.take(Input::Command(Command::Pause), 0);
    let finish = Finish {
        winner: None,
        how: How::Complete,
    };
    let effects = state.take(Input::StrategyEnded(finish), 0);
    assert_eq!(words(&effects), ["unit_finished"]);
    let effects = state.take(Input::Command(Command::Resume), 0);
    assert_eq!(words(&effects), ["pause_set", "unit_started", "prepare u1"]);
}

#[test]
fn the_window_closes_when_the_next_stage_or_the_verdict_comes() {
    let mut state = at_work(spec(1));
    want(&mut state, 0, StrategyOp::BeginRound(Round(0)));
    want(&mut state, 1, evaluate());
    let candidate = Some(R0A0);
    let entered = |stage| Input::Progressed {
        candidate,
        progress: Progress::Entered(stage),
    };
    let effects = state.take(entered(Stage::Time), 0);
    assert_eq!(words(&effects), ["window true", "pulse"]);
    let effects = state.take(entered(Stage::Check), 0);
    assert_eq!(words(&effects), ["window false", "pulse"]);
    state.take(entered(Stage::Time), 0);
    let verdict = Input::Evaluated {
        candidate: R0A0,
        evaluated: fast(),
    };
    assert_eq!(words(&state.take(verdict, 0))[0], "window false");
}

#[test]
fn commands_that_mean_nothing_are_refused_with_a_notice() {
    let mut state = at_work(spec(1));
    let unknown = LessonId::Person(4);
    let decision = crate::domain::lesson::Decision::Pin;
    let cases = [
        (
            Command::DecideLesson {
                unit: UNIT,
                lesson: unknown,
                decision,
            },
            "u0 has no lesson L-me4",
        ),
        (
            Command::AddLesson {
                unit: UnitId(9),
                text: "x".to_owned(),
            },
            "u9 is not being worked on: no lesson added",
        ),
        (Command::SetReplaySpeed(4), "only a replay has a speed"),
    ];
    for (command, text) in cases {
        let effects = state.take(Input::Command(command), 0);
        assert_eq!(words(&effects), [text]);
    }
}

#[test]
fn every_job_on_every_candidate_has_its_own_seed() {
    let mut seeds = BTreeSet::new();
    for run in 0..3 {
        for unit in (0..3).map(UnitId) {
            for round in (0..4).map(Round) {
                for agent in (0..4).map(AgentId) {
                    let candidate = CandidateId::first(round, agent);
                    seeds.insert(seed(run, unit, candidate, Job::Evaluate));
                    seeds.insert(seed(run, unit, candidate, Job::Confirm));
                    seeds.insert(seed(run, unit, candidate, Job::Contest));
                }
            }
        }
    }
    assert_eq!(seeds.len(), 3 * 3 * 4 * 4 * 3);
}

#[test]
fn an_answer_that_is_in_the_record_is_not_asked_for_again() {
    let mut state = at_work(spec(1));
    want(&mut state, 0, StrategyOp::BeginRound(Round(0)));
    want(&mut state, 1, ask(Purpose::Rewrite));
    let answer = Answer {
        raw: None,
        thoughts: String::new(),
        text: String::new(),
        code: None,
        prose: String::new(),
        found: crate::domain::ask::AnswerExtra::Nothing,
        defects: Vec::new(),
        usage: Usage::default(),
        model: String::new(),
        latency: Nanos(1),
    };
    let id = AskId {
        about: R0A0,
        purpose: Purpose::Rewrite,
    };
    let reply = Ok(answer.clone());
    state.take(Input::Answered { ask: id, reply }, 0);
    let effects = want(&mut state, 2, ask(Purpose::Rewrite));
    let reply = Ok(StrategyReply::Answer(Ok(answer)));
    assert_eq!(effects, [Effect::Reply { ticket: 2, reply }]);
}

/// Two candidates whose intervals overlap, and the request for the best of them.
fn two_contenders() -> (State, Vec<Effect>) {
    let mut state = at_work(spec(1));
    want(&mut state, 0, StrategyOp::BeginRound(Round(0)));
    for (ticket, attempt) in [(1, 0), (2, 1)] {
        let StrategyOp::Evaluate {
            mut candidate,
            held,
        } = evaluate()
        else {
            panic!("no candidate")
        };
        candidate.id.attempt = attempt;
        candidate.source.push_str(&"\n".repeat(attempt.into()));
        let id = candidate.id;
        want(&mut state, ticket, StrategyOp::Evaluate { candidate, held });
        let evaluated = fast();
        let candidate = id;
        state.take(
            Input::Evaluated {
                candidate,
                evaluated,
            },
            0,
        );
    }
    let effects = want(&mut state, 3, StrategyOp::Best);
    (state, effects)
}

#[test]
fn the_best_of_overlapping_intervals_is_found_by_a_contest_and_known_from_then_on() {
    let (mut state, effects) = two_contenders();
    let told = "2 candidates may be the best one: they are timed against each other";
    assert_eq!(words(&effects), [told, "contest of 2"]);
    let Some(Effect::Contest { contenders, .. }) = effects.last() else {
        panic!("{effects:?}")
    };
    let swapped: Vec<&Candidate> = contenders.iter().rev().collect();
    let won = Contest {
        not_held: None,
        ..Contest::not_held(&swapped, "")
    };
    let effects = state.take(Input::Contested(Ok(won)), 0);
    assert_eq!(
        words(&effects),
        ["contest_held", "best_improved", "reply 3"]
    );
    let best = swapped.first().map(|winner| winner.id);
    let reply = Ok(StrategyReply::Best(best));
    let again = want(&mut state, 4, StrategyOp::Best);
    assert_eq!(again, [Effect::Reply { ticket: 4, reply }]);
}

#[test]
fn where_contenders_cannot_be_compared_the_leader_stays_and_the_reason_is_kept() {
    let (mut state, _) = two_contenders();
    let effects = state.take(Input::Contested(Err("no memory".to_owned())), 0);
    assert_eq!(words(&effects), ["contest_held", "reply 3"]);
    let contest = state.run().units[0].contest.as_ref().unwrap();
    assert_eq!(contest.winner, Some(R0A0));
    assert_eq!(contest.not_held.as_deref(), Some("no memory"));
}

#[test]
fn cancelling_ends_a_contest_and_what_comes_late_is_ignored() {
    let (mut state, _) = two_contenders();
    let effects = state.take(Input::Command(Command::Cancel), 0);
    assert_eq!(effects, [stop(3), Effect::Abort]);
    assert_eq!(state.take(Input::Contested(Err(String::new())), 0), []);
}

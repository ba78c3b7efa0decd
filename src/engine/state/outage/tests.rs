//! Claims about asks that nobody could answer: who waits, for how long, and how it ends.

use super::super::tests::{UNIT, at_work, spec, want, words};
use super::super::{Effect, Input, Opening, State};
use super::GRACE;
use crate::domain::ask::{Answer, AnswerExtra, AskFailure, AskFailureKind, Defect, Task};
use crate::domain::event::{Ending, Envelope, Machine, Toolchain};
use crate::domain::id::{AgentId, AskId, CandidateId, Purpose, Round, RunId};
use crate::domain::spec::{AgentKind, AgentSpec, RunSpec, Sampling};
use crate::domain::units::{Nanos, Usage};
use crate::strategies::context::StrategyOp;
use crate::strategies::{Finish, How};

const MINUTE: Nanos = Nanos(60_000_000_000);

fn team_of(agents: usize, units: u16) -> RunSpec {
    let mut spec = spec(units);
    let agent = |n| AgentSpec {
        name: format!("a{n}"),
        kind: AgentKind::Openai {
            base_url: "http://h".to_owned(),
            model: "m".to_owned(),
            key_env: None,
            reach: Default::default(),
            code: Sampling::CODE,
            lesson: Sampling::LESSON,
            extra_body: serde_json::Map::new(),
            limits: Default::default(),
            fallback: None,
        },
    };
    spec.team = (0..agents).map(agent).collect();
    spec
}

fn id(round: u16, agent: u8) -> AskId {
    AskId {
        about: CandidateId::first(Round(round), AgentId(agent)),
        purpose: Purpose::Rewrite,
    }
}

fn asked(round: u16, agent: u8) -> StrategyOp {
    let lessons = Vec::new();
    StrategyOp::Ask {
        id: id(round, agent),
        task: Task::Rewrite { lessons },
    }
}

fn fails(state: &mut State, ask: AskId, kind: AskFailureKind, at: i64) -> Vec<String> {
    let reply = Err(AskFailure::new(kind, "away", ""));
    words(&state.take(Input::Answered { ask, reply }, at))
}

fn answers(state: &mut State, ask: AskId, at: i64) -> Vec<String> {
    comes(state, ask, Vec::new(), at)
}

/// An answer of words alone, with these defects.
fn comes(state: &mut State, ask: AskId, defects: Vec<Defect>, at: i64) -> Vec<String> {
    let reply = Ok(Answer {
        text: "words".to_owned(),
        raw: None,
        thoughts: String::new(),
        code: None,
        prose: String::new(),
        found: AnswerExtra::Nothing,
        defects,
        usage: Usage::default(),
        model: String::new(),
        latency: Nanos(1),
    });
    words(&state.take(Input::Answered { ask, reply }, at))
}

/// A patient run whose two agents have been asked in round 0.
fn two_asked() -> State {
    let mut state = at_work(team_of(2, 1)).with_patience(MINUTE);
    want(&mut state, 0, StrategyOp::BeginRound(Round(0)));
    want(&mut state, 1, asked(0, 0));
    want(&mut state, 2, asked(0, 1));
    state
}

#[test]
fn while_nobody_is_answered_everybody_waits_longer_and_longer_and_is_asked_again() {
    let mut state = two_asked();
    let kind = AskFailureKind::Server;
    assert_eq!(
        fails(&mut state, id(0, 0), kind, 1_000),
        ["nobody_answered"]
    );
    assert_eq!(fails(&mut state, id(0, 1), kind, 2_000), [""; 0]);
    assert_eq!(state.next_wake(), Some(6_000));
    assert!(state.run().units[0].outage.is_some());
    assert_eq!(state.take(Input::Wake, 5_999), []);
    let again = words(&state.take(Input::Wake, 6_000));
    assert_eq!(again, ["ask r0a0:rewrite", "ask r0a1:rewrite"]);
    assert_eq!(
        fails(&mut state, id(0, 0), kind, 7_000),
        ["nobody_answered"]
    );
    assert_eq!(state.next_wake(), Some(17_000));
    // somebody is back: who waits is asked at once, and what fails then fails
    let back = answers(&mut state, id(0, 1), 9_000);
    assert_eq!(back, ["answer_received", "reply 2", "ask r0a0:rewrite"]);
    assert_eq!(state.run().units[0].outage, None);
    let failed = fails(&mut state, id(0, 0), kind, 10_000);
    assert_eq!(failed, ["ask_failed", "reply 1"]);
    assert_eq!(state.next_wake(), None);
}

#[test]
fn an_answer_that_breaks_off_before_its_code_is_asked_for_again() {
    let mut state = two_asked();
    let broken = vec![Defect::NoCode, Defect::CutShort];
    let held = comes(&mut state, id(0, 0), broken.clone(), 1_000);
    assert_eq!(held, ["ask_noted", "nobody_answered"]);
    let back = answers(&mut state, id(0, 1), 2_000);
    assert_eq!(back, ["answer_received", "reply 2", "ask r0a0:rewrite"]);
    // others are answered: it sits out
    let late = comes(&mut state, id(0, 0), broken, 3_000);
    assert_eq!(late[..2], ["answer_received", "reply 1"]);
}

#[test]
fn where_somebody_was_answered_who_failed_sits_out() {
    let mut state = two_asked();
    answers(&mut state, id(0, 1), 500);
    let failed = fails(&mut state, id(0, 0), AskFailureKind::Server, 1_000);
    assert_eq!(failed, ["ask_failed", "reply 1"]);
}

#[test]
fn what_does_not_pass_or_never_was_there_is_not_waited_for() {
    for kind in [AskFailureKind::Unauthorized, AskFailureKind::Unreachable] {
        let failed = fails(&mut two_asked(), id(0, 0), kind, 1_000);
        assert_eq!(failed, ["ask_failed", "reply 1"], "{kind:?}");
    }
    let mut impatient = at_work(team_of(1, 1));
    want(&mut impatient, 0, StrategyOp::BeginRound(Round(0)));
    want(&mut impatient, 1, asked(0, 0));
    let failed = fails(&mut impatient, id(0, 0), AskFailureKind::Server, 1_000);
    assert_eq!(failed, ["ask_failed", "reply 1"]);
}

#[test]
fn patience_ends_as_cut_off_and_resuming_asks_again_what_was_not_answered() {
    let mut state = at_work(team_of(1, 2)).with_patience(MINUTE);
    let mut told: Vec<Envelope> = vec![];
    let mut take = |state: &mut State, input, at| {
        let effects = state.take(input, at);
        told.extend(effects.iter().filter_map(|effect| match effect {
            Effect::Emit(envelope) => Some((**envelope).clone()),
            _ => None,
        }));
        words(&effects)
    };
    let prompt = || Ok("words".to_owned());
    for (ticket, op) in [(0, StrategyOp::BeginRound(Round(0))), (1, asked(0, 0))] {
        let prompt = prompt();
        take(&mut state, Input::Request { ticket, op, prompt }, 0);
    }
    let failure = AskFailure::new(AskFailureKind::RateLimited, "slow down", "");
    let reply = |failure: &AskFailure| Input::Answered {
        ask: id(0, 0),
        reply: Err(failure.clone()),
    };
    for at in [1_000, 6_000, 16_000, 36_000] {
        assert_eq!(take(&mut state, reply(&failure), at), ["nobody_answered"]);
        let wake = state.next_wake().unwrap();
        assert_eq!(take(&mut state, Input::Wake, wake), ["ask r0a0:rewrite"]);
    }
    assert_eq!(
        take(&mut state, reply(&failure), 61_000),
        ["ask_failed", "reply 1"]
    );
    let prompt = prompt();
    let op = StrategyOp::BeginRound(Round(1));
    let ticket = 2;
    assert_eq!(
        take(&mut state, Input::Request { ticket, op, prompt }, 61_000),
        ["stop 2"]
    );
    let how = How::Unanswered {
        message: "no agent gave an answer".to_owned(),
        lasting: true,
    };
    let finish = Finish { winner: None, how };
    let ended = take(&mut state, Input::StrategyEnded(finish), 62_000);
    assert_eq!(ended[..2], ["unit_finished", "run_finished"]);
    assert!(matches!(state.run().ending, Some(Ending::CutOff { .. })));
    assert_eq!(state.run().units[1].ending, None);
    let opening = Opening {
        run: RunId::new("r").unwrap(),
        spec: state.run().spec.clone(),
        machine: Machine::default(),
        toolchain: Toolchain::default(),
        prompts: Default::default(),
    };
    let mut record: Vec<Envelope> = vec![Envelope {
        v: 1,
        run: opening.run.clone(),
        seq: 0,
        at: 0,
        fact: crate::domain::event::Fact::RunStarted {
            spec: Box::new(opening.spec.clone()),
            machine: Machine::default(),
            toolchain: Toolchain::default(),
            prompts: Default::default(),
        },
    }];
    record.push(Envelope {
        seq: 1,
        fact: crate::domain::event::Fact::UnitStarted { unit: UNIT },
        ..record[0].clone()
    });
    record.extend(told);
    let mut resumed = State::open(opening, &record, 70_000).unwrap();
    let effects = words(&resumed.take(Input::Begin, 70_000));
    assert_eq!(effects, ["run_resumed", "unit_started", "prepare u0"]);
    resumed.take(Input::Prepared(Ok(())), 70_000);
    want(&mut resumed, 0, StrategyOp::BeginRound(Round(0)));
    assert_eq!(
        words(&want(&mut resumed, 1, asked(0, 0))),
        ["ask_sent", "ask r0a0:rewrite"]
    );
}

#[test]
fn a_wait_longer_than_the_patience_ends_it_at_once() {
    let mut state = at_work(team_of(1, 1)).with_patience(MINUTE);
    want(&mut state, 0, StrategyOp::BeginRound(Round(0)));
    want(&mut state, 1, asked(0, 0));
    let failure = AskFailure {
        wait: Some(Nanos(3_600_000_000_000)),
        ..AskFailure::new(AskFailureKind::RateLimited, "slow down", "")
    };
    let reply = Err(failure);
    let ask = id(0, 0);
    let effects = words(&state.take(Input::Answered { ask, reply }, 1_000));
    assert_eq!(effects, ["ask_failed", "reply 1"]);
    let finish = Finish {
        winner: None,
        how: How::Stopped,
    };
    state.take(Input::StrategyEnded(finish), 1_000);
    let Some(Ending::CutOff { message }) = &state.run().ending else {
        panic!("{:?}", state.run().ending);
    };
    assert!(message.contains("asks for 3600 s"), "{message}");
}

#[test]
fn whoever_is_still_being_asked_keeps_the_round_going() {
    let mut state = two_asked();
    fails(&mut state, id(0, 0), AskFailureKind::Server, 1_000);
    state.take(Input::Wake, 6_000);
    let failed = fails(&mut state, id(0, 0), AskFailureKind::Server, 90_000);
    assert_eq!(failed, ["ask_failed", "reply 1"]);
    let back = answers(&mut state, id(0, 1), 95_000);
    assert_eq!(back, ["answer_received", "reply 2"]);
    assert_eq!(
        words(&want(&mut state, 3, StrategyOp::BeginRound(Round(1)))),
        ["round_started", "reply 3"]
    );
}

#[test]
fn a_stop_ends_the_waiting() {
    for input in [
        Input::BudgetSpent,
        Input::Command(crate::domain::command::Command::SkipUnit),
    ] {
        let mut state = two_asked();
        fails(&mut state, id(0, 0), AskFailureKind::Server, 1_000);
        let effects = words(&state.take(input, 2_000));
        assert_eq!(effects, ["ask_failed", "reply 1"]);
    }
    let mut state = two_asked();
    fails(&mut state, id(0, 0), AskFailureKind::Server, 1_000);
    let cancel = Input::Command(crate::domain::command::Command::Cancel);
    let effects = words(&state.take(cancel, 2_000));
    assert!(effects.contains(&"stop 1".to_owned()), "{effects:?}");
}

#[test]
fn asks_under_way_end_a_minute_after_the_time_of_the_run() {
    let mut state = two_asked();
    state.take(Input::BudgetSpent, 1_000);
    assert_eq!(state.next_wake(), Some(1_000 + GRACE));
    assert_eq!(state.take(Input::Wake, GRACE), []);
    let effects = words(&state.take(Input::Wake, 1_000 + GRACE));
    assert_eq!(
        effects,
        [
            "drop asks",
            "ask_noted",
            "ask_failed",
            "reply 1",
            "ask_noted",
            "ask_failed",
            "reply 2"
        ]
    );
    assert_eq!(state.next_wake(), None);
}

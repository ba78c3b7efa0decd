//! A small recorded run that holds every kind of fact, for tests. Hand-made: nothing in it was measured.

use std::collections::BTreeMap;

use crate::domain::ask::{Answer, AskFailure, AskFailureKind, Defect};
use crate::domain::candidate::Candidate;
use crate::domain::evaluation::{Caveat, Evaluated, Evaluation, Gate as Check, Mismatch, Remark};
use crate::domain::event::{DecidedBy, Ending, Envelope, Fact, Machine, Toolchain};
use crate::domain::id::{AgentId, AskId, CandidateId, LessonId, Purpose, Round, RunId, UnitId};
use crate::domain::lesson::{Decision, Lesson, LessonOutcome, LessonState, Reason, Selection};
use crate::domain::measurement::{Launch, Measurement, Speedup, Verdict};
use crate::domain::problem::{Mode, ProblemId};
use crate::domain::spec::{
    AgentKind, AgentSpec, LessonGate, Preset, RelevanceKind, RewriterStyle, RunSpec, Sampling,
    StrategyKind, UnitSpec,
};
use crate::domain::units::{Nanos, Tokens, Usage};

const UNIT: UnitId = UnitId(0);
const ROUND: Round = Round(0);

fn candidate(agent: u8) -> CandidateId {
    CandidateId::first(ROUND, AgentId(agent))
}

fn ask(agent: u8, purpose: Purpose) -> AskId {
    AskId {
        about: candidate(agent),
        purpose,
    }
}

fn unit(problem: &str, mode: Mode) -> UnitSpec {
    UnitSpec {
        problem: ProblemId::new(problem).unwrap(),
        path: format!("/problems/{problem}").into(),
        version: "0f".repeat(32),
        category: problem.split('/').nth(1).unwrap().to_owned(),
        original: "void gemm(double *c, const double *a, const double *b, long n);\n".to_owned(),
        mode,
        carried: Vec::new(),
        ceiling: None,
        work: Default::default(),
    }
}

fn spec() -> RunSpec {
    let mut extra_body = serde_json::Map::new();
    extra_body.insert("top_k".to_owned(), 20.into());
    RunSpec {
        units: vec![
            unit("pareval/dense_la/gemm", Mode::Serial),
            unit("pareval/fft/dft", Mode::Omp),
        ],
        team: vec![
            AgentSpec {
                name: "loops".to_owned(),
                kind: AgentKind::Rewriter {
                    style: RewriterStyle::Loops,
                },
            },
            AgentSpec {
                name: "coder".to_owned(),
                kind: AgentKind::Openai {
                    base_url: "http://localhost:11434".to_owned(),
                    model: "coder:7b".to_owned(),
                    key_env: Some("CODER_KEY".to_owned()),
                    reach: Default::default(),
                    code: Sampling::CODE,
                    lesson: Sampling::LESSON,
                    extra_body,
                    limits: Default::default(),
                    fallback: None,
                },
            },
        ],
        team_reason: "named by --agents".to_owned(),
        strategy: StrategyKind::Lessonl,
        preset: Preset::Corrected,
        rounds: 1,
        lessons: 4,
        threshold: 1.1,
        epsilon: 0.1,
        gate: LessonGate::Auto,
        seed: u64::MAX,
        budget_time: Some(Nanos(600_000_000_000)),
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

fn measured(speedup: Speedup, verdict: Verdict) -> Evaluated {
    let launch = Launch {
        log_ratio: speedup.estimate.ln(),
        original: Nanos(12_000_000),
        candidate: Nanos(5_000_000),
        cpu_log_ratio: Some(0.1 + 0.2),
        wall_log_ratio: None,
    };
    Evaluated {
        evaluation: Evaluation::Measured {
            measurement: Measurement {
                speedup,
                verdict,
                launches: vec![launch; 4],
                rounds: 12,
                calls: 1,
                size: 256,
                seed: 7,
                spent: Nanos(900_000_000),
            },
        },
        gates: vec![Check {
            name: "differential".to_owned(),
            passed: Some(true),
            detail: "42 inputs".to_owned(),
        }],
        caveats: vec![Caveat {
            name: "busy_machine".to_owned(),
            advice: "Close other programs.".to_owned(),
        }],
        remarks: vec![Remark {
            line: 3,
            text: "loop vectorized".to_owned(),
        }],
        wall: Nanos(2_000_000_000),
        cached: false,
        of_machine: None,
    }
}

fn wrong() -> Evaluated {
    Evaluated::bare(
        Evaluation::WrongAnswer {
            mismatch: Mismatch {
                size: 8,
                values: "any".to_owned(),
                seed: "0x2a".to_owned(),
                hidden: false,
                field: "c".to_owned(),
                index: Some(3),
                expected: "1.5".to_owned(),
                got: "0".to_owned(),
                example: None,
            },
        },
        Nanos(1_000_000_000),
    )
}

fn lesson(id: LessonId, speedup: f64, outcome: LessonOutcome) -> Lesson {
    Lesson {
        id,
        text: "Walking rows in order keeps the cache warm.".to_owned(),
        outcome,
        speedup,
        factor: 1.0,
        relevance: 0.25,
        round: ROUND,
        agent: None,
        read: Vec::new(),
        state: LessonState::Proposed,
        edited: false,
        origin: None,
        measured: None,
        cause: None,
        supporters: 0,
    }
}

fn answer() -> Answer {
    Answer {
        raw: None,
        thoughts: String::new(),
        text: "Here:\n```cpp\nvoid gemm() {}\n```".to_owned(),
        code: Some("void gemm() {}\n".to_owned()),
        prose: "Here:".to_owned(),
        found: crate::domain::ask::AnswerExtra::Nothing,
        defects: vec![Defect::UnclosedFence],
        usage: Usage {
            input: Tokens(1200),
            output: Tokens(340),
            cached: Tokens(0),
            reasoning: Tokens(0),
            estimated: false,
            cost: None,
        },
        model: "coder:7b".to_owned(),
        latency: Nanos(3_000_000_000),
    }
}

fn sent(agent: u8, purpose: Purpose) -> Fact {
    Fact::AskSent {
        unit: UNIT,
        ask: ask(agent, purpose),
        prompt: "Make it faster.".to_owned(),
        lessons: Vec::new(),
    }
}

fn answered(agent: u8, purpose: Purpose) -> Fact {
    Fact::AnswerReceived {
        unit: UNIT,
        ask: ask(agent, purpose),
        answer: answer(),
    }
}

fn proposed(agent: u8) -> Fact {
    Fact::CandidateProposed {
        unit: UNIT,
        candidate: Candidate {
            id: candidate(agent),
            source: "void gemm() {}\n".to_owned(),
            rationale: "Here:".to_owned(),
            read: Vec::new(),
            build: None,
            lineage: None,
        },
    }
}

fn decided(lesson: LessonId, decision: Decision) -> Fact {
    Fact::LessonDecided {
        unit: UNIT,
        lesson,
        decision,
        by: DecidedBy::Person,
        relevance: None,
    }
}

/// The facts of the run, in order.
fn facts() -> Vec<Fact> {
    let first = Speedup {
        estimate: 2.4,
        lo: 2.3,
        hi: 2.5,
    };
    let again = Speedup {
        estimate: 2.313,
        lo: 2.24,
        hi: 2.39,
    };
    let learned = LessonId::Learned(candidate(0));
    let unit = UNIT;
    vec![
        Fact::RunStarted {
            spec: Box::new(spec()),
            machine: Machine {
                cpu: "Test CPU".to_owned(),
                cores: 2,
                system: "Linux 6.1".to_owned(),
                sandbox: "landlock+seccomp".to_owned(),
                notes: vec!["governor: performance".to_owned()],
                ..Machine::default()
            },
            toolchain: Toolchain {
                command: "g++".to_owned(),
                version: "g++ 12.2.0".to_owned(),
                flags: vec!["-std=c++17".to_owned(), "-O3".to_owned()],
                omp_flags: vec!["-fopenmp".to_owned()],
            },
            prompts: BTreeMap::from([("rewrite".to_owned(), "ab".repeat(32))]),
        },
        Fact::UnitStarted { unit },
        Fact::RoundStarted { unit, round: ROUND },
        Fact::LessonsSelected {
            unit,
            round: ROUND,
            held_out: Vec::new(),
            selection: Selection {
                reasons: vec![(
                    LessonId::Person(1),
                    Reason::NoSlot {
                        score: 0.0,
                        relevance: 0.5,
                    },
                )],
            },
        },
        sent(0, Purpose::Rewrite),
        sent(1, Purpose::Rewrite),
        answered(0, Purpose::Rewrite),
        proposed(0),
        Fact::Evaluated {
            unit,
            candidate: candidate(0),
            evaluated: measured(first, Verdict::Faster),
        },
        Fact::BestImproved {
            unit,
            candidate: candidate(0),
            speedup: first,
        },
        answered(1, Purpose::Rewrite),
        proposed(1),
        Fact::Evaluated {
            unit,
            candidate: candidate(1),
            evaluated: wrong(),
        },
        sent(1, Purpose::Lesson),
        Fact::AskFailed {
            unit,
            ask: ask(1, Purpose::Lesson),
            failure: AskFailure {
                kind: AskFailureKind::TimedOut,
                message: "no byte for 120 s".to_owned(),
                hint: "Is the server busy?".to_owned(),
                wait: None,
            },
        },
        Fact::LessonLearned {
            unit,
            lesson: lesson(learned, 2.4, LessonOutcome::Significant),
        },
        Fact::LessonAdded {
            unit,
            lesson: lesson(LessonId::Person(1), 0.0, LessonOutcome::Advice),
        },
        decided(learned, Decision::Pin),
        decided(
            LessonId::Person(1),
            Decision::Edit {
                text: "Tile for the first-level cache.".to_owned(),
            },
        ),
        Fact::LessonRescored {
            unit,
            lesson: learned,
            round: ROUND,
            from: 1.0,
            to: 0.9666666666666667,
        },
        Fact::GateSet {
            gate: LessonGate::Review,
        },
        Fact::PauseSet { paused: true },
        Fact::RunResumed {
            known: 22,
            machine: None,
        },
        Fact::RoundFinished { unit, round: ROUND },
        Fact::BestConfirmed {
            unit,
            candidate: candidate(0),
            evaluated: measured(again, Verdict::Faster),
        },
        Fact::UnitFinished {
            unit,
            ending: Ending::Done,
            winner: Some(candidate(0)),
        },
        Fact::UnitStarted { unit: UnitId(1) },
        Fact::UnitFinished {
            unit: UnitId(1),
            ending: Ending::Failed {
                message: "the problem's driver does not compile".to_owned(),
            },
            winner: None,
        },
        Fact::RunFinished {
            ending: Ending::Done,
        },
    ]
}

/// The version that wrote such runs first: what is stored under it stays readable.
const FIRST_VERSION: u16 = 1;

/// The run as it would be stored.
pub(crate) fn envelopes(run: &str) -> Vec<Envelope> {
    let run = RunId::new(run).unwrap();
    let numbered = facts().into_iter().zip(0..);
    numbered
        .map(|(fact, seq)| Envelope {
            v: FIRST_VERSION,
            run: run.clone(),
            seq,
            at: 1_700_000_000_000 + 250 * seq as i64,
            fact,
        })
        .collect()
}

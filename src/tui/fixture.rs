//! A run made by hand, fact by fact, for the tests of the screens: three agents, two rounds, every outcome.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use super::TeamChoice;
use super::live::{Live, Origin};
use super::model::Model;
use crate::config::theme::Depth;
use crate::domain::ask::Answer;
use crate::domain::candidate::Candidate;
use crate::domain::evaluation::{Caveat, Evaluated, Evaluation, Gate as Check, Mismatch, Stage};
use crate::domain::event::{
    DecidedBy, Ending, Envelope, Event, FACT_VERSION, Fact, Machine, Toolchain,
};
use crate::domain::id::{AgentId, AskId, CandidateId, LessonId, Purpose, Round, RunId, UnitId};
use crate::domain::lesson::{Decision, Lesson, LessonOutcome, LessonState, Reason, Selection};
use crate::domain::measurement::{Launch, Measurement, Speedup, Verdict};
use crate::domain::problem::{CheckRules, Mode, Problem, ProblemId, Sizes, Tolerance, Values};
use crate::domain::spec::{
    AgentKind, AgentSpec, Gate, Preset, RelevanceKind, RewriterStyle, RunSpec, StrategyKind,
    UnitSpec,
};
use crate::domain::units::{Nanos, Tokens, Usage};
use crate::store::archive::{RunSummary, UnitSummary};

/// The original of the made-up problem.
pub const ORIGINAL: &str = "#include <cmath>
#include <vector>

// Root mean square of every row.
std::vector<double> row_norms(std::vector<std::vector<double>> m, int rows, int cols) {
    std::vector<double> out;
    for (int i = 0; i < rows; i++) {
        double sum = 0.0;
        for (int j = 0; j < cols; j++) {
            sum += std::pow(m[i][j], 2.0);
        }
        out.push_back(std::sqrt(sum / cols));
    }
    return out;
}
";

/// A rewrite of it.
pub const REWRITE: &str = "#include <cmath>
#include <vector>

// Root mean square of every row.
std::vector<double> row_norms(std::vector<std::vector<double>> const &m, int rows, int cols) {
    std::vector<double> out;
    out.reserve(rows);
    for (int i = 0; i < rows; i++) {
        double const *row = m[i].data();
        double sum = 0.0;
        for (int j = 0; j < cols; j++) {
            sum += row[j] * row[j];
        }
        out.push_back(std::sqrt(sum / cols));
    }
    return out;
}
";

fn team() -> Vec<AgentSpec> {
    let member = |name: &str, style| AgentSpec {
        name: name.to_owned(),
        kind: AgentKind::Rewriter { style },
    };
    vec![
        member("loops", RewriterStyle::Loops),
        member("library", RewriterStyle::Library),
        member("parallel", RewriterStyle::Parallel),
    ]
}

fn spec() -> RunSpec {
    let unit = |problem: &str, category: &str| UnitSpec {
        problem: ProblemId::new(problem).unwrap(),
        path: PathBuf::from("benchmarks"),
        version: "v".to_owned(),
        category: category.to_owned(),
        original: ORIGINAL.to_owned(),
        mode: Mode::Serial,
    };
    RunSpec {
        units: vec![
            unit("made/dense/row_norms", "dense"),
            unit("made/scan/prefix", "scan"),
        ],
        team: team(),
        team_reason: "built-in rules: no model server answered and no key is set".to_owned(),
        strategy: StrategyKind::Lessonl,
        preset: Preset::Corrected,
        rounds: 4,
        lessons: 4,
        threshold: 1.1,
        epsilon: 0.1,
        gate: Gate::Review,
        seed: 7,
        budget_time: None,
        relevance: RelevanceKind::Lexical,
    }
}

/// A speedup.
pub fn speedup(lo: f64, estimate: f64, hi: f64) -> Speedup {
    Speedup { estimate, lo, hi }
}

fn measured(figure: Speedup, verdict: Verdict) -> Evaluated {
    let launch = |n: u32| Launch {
        log_ratio: figure.estimate.ln() + f64::from(n % 5) * 0.01,
        original: Nanos(4_210_000),
        candidate: Nanos(1_820_000),
        cpu_log_ratio: None,
    };
    let gate = |name: &str, passed, detail: &str| Check {
        name: name.to_owned(),
        passed,
        detail: detail.to_owned(),
    };
    Evaluated {
        gates: vec![
            gate("differential", Some(true), "42 inputs, 6 sizes"),
            gate("exact_arithmetic", Some(true), "12 inputs"),
            gate("inputs_unchanged", Some(true), "every call"),
            gate("address_sanitizer", None, "not installed"),
        ],
        caveats: vec![Caveat {
            name: "busy_machine".to_owned(),
            advice: "Load was 2.1 on 2 cores; close other programs for narrower intervals."
                .to_owned(),
        }],
        ..Evaluated::bare(
            Evaluation::Measured {
                measurement: Measurement {
                    speedup: figure,
                    verdict,
                    launches: (0..12).map(launch).collect(),
                    rounds: 20,
                    calls: 2,
                    size: 1024,
                    seed: 0xbeef,
                    spent: Nanos(3_400_000_000),
                },
            },
            Nanos(6_000_000_000),
        )
    }
}

/// A record under construction.
#[derive(Default)]
pub struct Record {
    /// The facts so far.
    pub facts: Vec<Envelope>,
}

const UNIT: UnitId = UnitId(0);

impl Record {
    /// Appends a fact.
    pub fn push(&mut self, fact: Fact) {
        let seq = self.facts.len() as u64;
        self.facts.push(Envelope {
            v: FACT_VERSION,
            run: RunId::new("20261121-001708-3f9a").unwrap(),
            seq,
            at: 1_795_219_028_000 + 1_500 * seq as i64,
            fact,
        });
    }

    fn start(&mut self) {
        self.push(Fact::RunStarted {
            spec: Box::new(spec()),
            machine: Machine {
                cpu: "Made-up CPU at 3 GHz".to_owned(),
                cores: 2,
                system: "Linux 6.1".to_owned(),
                sandbox: "landlock+seccomp".to_owned(),
                notes: vec!["pinned to core 1".to_owned()],
            },
            toolchain: Toolchain {
                command: "g++".to_owned(),
                version: "g++ 12.2.0".to_owned(),
                flags: vec!["-std=c++17".to_owned(), "-O3".to_owned()],
                omp_flags: vec!["-fopenmp".to_owned()],
            },
            prompts: BTreeMap::new(),
        });
        self.push(Fact::UnitStarted { unit: UNIT });
    }

    fn ask(&mut self, about: CandidateId, purpose: Purpose, lessons: Vec<LessonId>) {
        self.push(Fact::AskSent {
            unit: UNIT,
            ask: AskId { about, purpose },
            prompt: "Make it faster.".to_owned(),
            lessons,
        });
    }

    fn answer(&mut self, about: CandidateId, purpose: Purpose, prose: &str) {
        self.push(Fact::AnswerReceived {
            unit: UNIT,
            ask: AskId { about, purpose },
            answer: Answer {
                text: prose.to_owned(),
                code: None,
                prose: prose.to_owned(),
                defects: vec![],
                usage: Usage {
                    input: Tokens(1_240),
                    output: Tokens(610),
                    ..Usage::default()
                },
                model: "rules".to_owned(),
                latency: Nanos(40_000_000),
            },
        });
    }

    fn attempt(
        &mut self,
        id: CandidateId,
        read: &[LessonId],
        source: &str,
        evaluated: Evaluated,
        lesson: &str,
    ) {
        self.ask(id, Purpose::Rewrite, read.to_vec());
        self.answer(id, Purpose::Rewrite, "Row pointers and one multiplication.");
        self.push(Fact::CandidateProposed {
            unit: UNIT,
            candidate: Candidate {
                id,
                source: source.to_owned(),
                rationale: "A pointer to each row and one multiplication instead of pow; the \
                            output is reserved once."
                    .to_owned(),
                read: read.to_vec(),
            },
        });
        let score = evaluated.evaluation.score();
        let outcome = LessonOutcome::of(&evaluated.evaluation).unwrap();
        self.push(Fact::Evaluated {
            unit: UNIT,
            candidate: id,
            evaluated,
        });
        self.ask(id, Purpose::Lesson, vec![]);
        self.answer(id, Purpose::Lesson, lesson);
        self.push(Fact::LessonLearned {
            unit: UNIT,
            lesson: Lesson {
                id: LessonId::Learned(id),
                text: lesson.to_owned(),
                outcome,
                speedup: score,
                factor: 1.0,
                relevance: 0.42,
                round: id.round,
                agent: Some(id.agent),
                read: read.to_vec(),
                state: LessonState::Proposed,
                edited: false,
            },
        });
    }

    /// Two rounds done, the third under way: every agent in another phase.
    pub fn midway() -> Self {
        let mut record = Self::default();
        record.start();
        let id = |round, agent| CandidateId::first(Round(round), AgentId(agent));
        let lesson = |round, agent| LessonId::Learned(id(round, agent));
        let bare = |evaluation| Evaluated::bare(evaluation, Nanos(900_000_000));
        record.push(Fact::RoundStarted {
            unit: UNIT,
            round: Round(0),
        });
        let first = speedup(2.24, 2.31, 2.39);
        record.attempt(
            id(0, 0), &[], REWRITE, measured(first, Verdict::Faster),
            "Replacing std::pow(x, 2.0) by x * x and walking each row through a pointer removes a library call from the inner loop and lets the compiler vectorise it.",
        );
        record.push(Fact::BestImproved {
            unit: UNIT,
            candidate: id(0, 0),
            speedup: first,
        });
        record.attempt(
            id(0, 1), &[], "int row_norms() { return 1 }\n",
            bare(Evaluation::NotCompiled {
                message: "expected ';' before '}' token".to_owned(),
                diagnostics: "candidate.cpp:1:29: error: expected ';' before '}' token\n    1 | int row_norms() { return 1 }\n      |                             ^".to_owned(),
            }),
            "Changing the return type breaks the build: the signature has to stay as it is given.",
        );
        record.attempt(
            id(0, 2),
            &[],
            "#pragma omp parallel\n",
            bare(Evaluation::WrongAnswer {
                mismatch: Mismatch {
                    size: 17,
                    values: "any".to_owned(),
                    seed: "beef".to_owned(),
                    hidden: false,
                    field: "result".to_owned(),
                    index: Some(3),
                    expected: "0.5731".to_owned(),
                    got: "0.0".to_owned(),
                },
            }),
            "push_back from several threads loses rows: size the vector first and write by index.",
        );
        record.push(Fact::RoundFinished {
            unit: UNIT,
            round: Round(0),
        });
        record.push(Fact::LessonDecided {
            unit: UNIT,
            lesson: lesson(0, 0),
            decision: Decision::Accept,
            by: DecidedBy::Person,
        });
        record.push(Fact::RoundStarted {
            unit: UNIT,
            round: Round(1),
        });
        let read = [lesson(0, 0), lesson(0, 1), lesson(0, 2)];
        record.push(Fact::LessonsSelected {
            unit: UNIT,
            round: Round(1),
            selection: Selection {
                reasons: read.iter().map(|l| (*l, Reason::WholeBank)).collect(),
            },
        });
        let second = speedup(3.71, 3.94, 4.18);
        record.attempt(
            id(1, 0), &read, REWRITE, measured(second, Verdict::Faster),
            "Passing the matrix by const reference avoids copying it on every call, which costs more than the arithmetic.",
        );
        record.push(Fact::BestImproved {
            unit: UNIT,
            candidate: id(1, 0),
            speedup: second,
        });
        record.attempt(
            id(1, 1),
            &read,
            ORIGINAL,
            measured(speedup(0.97, 1.01, 1.05), Verdict::Unresolved),
            "reserve alone does not show: the vector is small beside the matrix.",
        );
        record.attempt(
            id(1, 2),
            &read,
            REWRITE,
            bare(Evaluation::Crashed {
                how: "SIGSEGV (invalid memory access)".to_owned(),
                stage: Stage::Check,
            }),
            "Indexing past the last row for an empty matrix crashes; test rows == 0 first.",
        );
        record.push(Fact::RoundFinished {
            unit: UNIT,
            round: Round(1),
        });
        record.push(Fact::LessonRescored {
            unit: UNIT,
            lesson: lesson(0, 0),
            round: Round(1),
            from: 1.0,
            to: 1.27,
        });
        record.push(Fact::LessonDecided {
            unit: UNIT,
            lesson: lesson(1, 0),
            decision: Decision::Pin,
            by: DecidedBy::Person,
        });
        record.push(Fact::RoundStarted {
            unit: UNIT,
            round: Round(2),
        });
        record.push(Fact::LessonsSelected {
            unit: UNIT,
            round: Round(2),
            selection: Selection {
                reasons: vec![
                    (lesson(1, 0), Reason::Pinned),
                    (
                        lesson(0, 0),
                        Reason::Speed {
                            rank: 1,
                            score: 2.93,
                        },
                    ),
                    (
                        lesson(0, 2),
                        Reason::Relevance {
                            rank: 1,
                            relevance: 0.42,
                        },
                    ),
                    (
                        lesson(0, 1),
                        Reason::NoSlot {
                            score: 0.0,
                            relevance: 0.31,
                        },
                    ),
                ],
            },
        });
        record.ask(id(2, 0), Purpose::Rewrite, read.to_vec());
        record.ask(id(2, 1), Purpose::Rewrite, read.to_vec());
        record.answer(id(2, 1), Purpose::Rewrite, "Reserve and references.");
        record.push(Fact::CandidateProposed {
            unit: UNIT,
            candidate: Candidate {
                id: id(2, 1),
                source: REWRITE.to_owned(),
                rationale: String::new(),
                read: read.to_vec(),
            },
        });
        record.ask(id(2, 2), Purpose::Rewrite, read.to_vec());
        record.push(Fact::LessonDecided {
            unit: UNIT,
            lesson: lesson(0, 1),
            decision: Decision::Reject,
            by: DecidedBy::Person,
        });
        record
    }

    /// The same run at its end.
    pub fn finished() -> Self {
        let mut record = Self::midway();
        let winner = CandidateId::first(Round(1), AgentId(0));
        record.push(Fact::RoundFinished {
            unit: UNIT,
            round: Round(2),
        });
        record.push(Fact::BestConfirmed {
            unit: UNIT,
            candidate: winner,
            evaluated: measured(speedup(3.68, 3.90, 4.12), Verdict::Faster),
        });
        record.push(Fact::UnitFinished {
            unit: UNIT,
            ending: Ending::Done,
            winner: Some(winner),
        });
        record.push(Fact::RunFinished {
            ending: Ending::Done,
        });
        record
    }
}

/// The made-up problems of the home screen.
pub fn problems() -> Vec<Arc<Problem>> {
    let make = |id: &str, category: &str, title: &str| {
        Arc::new(Problem {
            id: ProblemId::new(id).unwrap(),
            title: title.to_owned(),
            category: category.to_owned(),
            description: String::new(),
            entry: "void f()".to_owned(),
            modes: vec![Mode::Serial, Mode::Omp],
            sizes: Sizes {
                check: vec![1],
                hidden: vec![2],
                time: 3,
                time_omp: 3,
            },
            check: CheckRules {
                tolerance: Tolerance::Exact,
                values: vec![Values::Any],
                exact_bits: 8,
            },
            path: PathBuf::from("benchmarks"),
            original: ORIGINAL.to_owned(),
            driver: String::new(),
            version: "v".to_owned(),
        })
    };
    vec![
        make(
            "made/dense/row_norms",
            "dense",
            "root mean square of every row",
        ),
        make("made/dense/outer", "dense", "outer product of two vectors"),
        make("made/scan/prefix", "scan", "running sums of an array"),
        make(
            "made/graph/reach",
            "graph",
            "nodes reachable from the first",
        ),
    ]
}

/// Past runs of the home screen.
pub fn past() -> Vec<RunSummary> {
    let run = |id: &str, ending, reported, best: &[f64]| RunSummary {
        id: RunId::new(id).unwrap(),
        started_at: 1_795_132_628_000,
        updated_at: 1_795_132_900_000,
        ending,
        strategy: StrategyKind::Lessonl,
        units: vec![UnitSummary {
            problem: ProblemId::new("made/dense/row_norms").unwrap(),
            category: "dense".to_owned(),
            mode: Mode::Serial,
            ended: true,
            reported,
            best_by_round: best.to_vec(),
        }],
        team: vec!["loops".to_owned(), "library".to_owned()],
    };
    vec![
        run(
            "20261120-001708-aaaa",
            Some(Ending::Done),
            Some(speedup(3.1, 3.3, 3.5)),
            &[1.4, 2.2, 3.1, 3.3],
        ),
        run("20261119-101500-bbbb", None, None, &[0.0, 0.0]),
    ]
}

/// A model of the home screen.
pub fn home(depth: Depth) -> Model {
    let teams = vec![TeamChoice {
        title: "loops, library, parallel: built-in rules".to_owned(),
        reason: "No model server answered on this machine and no key is set; the built-in rewriters need neither.".to_owned(),
        team: team(),
    }];
    let mut model = super::app::model(
        problems(),
        teams,
        &super::Appearance::default(),
        "dark",
        depth,
    );
    model.runs = past();
    model
}

/// A model with a session that has seen the facts.
pub fn opened(record: &Record, origin: Origin, depth: Depth) -> Model {
    let mut model = home(depth);
    model.live = Some(Live::new(origin));
    model.place = crate::config::keymap::Place::Run;
    for fact in &record.facts {
        let event = Event::Fact(Box::new(fact.clone()));
        super::update::update(&mut model, super::msg::Msg::Engine(event));
    }
    model
}

//! Strategies compared on a team with known chances: `cargo bench --bench team [RUNS]`. Real engine, real strategies, no model,
//! no compiler and no clock: agents and judge are scripts. Prints figures and asserts nothing about them.
//!
//! The model of a problem: ideas, each with the speedup that it bears when it is carried out to the end. A fresh rewrite takes
//! an idea and carries it out in part; who is shown code goes on with its idea; a lesson passes an idea on without its code.
//! All chances are in [`Chances`], each with where it is from. What this cannot show: whether the chances are those of a
//! model at hand. It shows which strategy makes the most of them, and how sensitive that is to each.

// A benchmark that cannot go on stops.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[allow(dead_code)]
#[path = "../suite/engine_world.rs"]
mod engine_world;

use std::sync::Arc;

use engine_world::{Told, World, answer, measured, spec, wrong};
use lessonl::domain::ask::{Answer, Ask, ShownAttempt, Task};
use lessonl::domain::draw::{Draw, mixed};
use lessonl::domain::evaluation::{Evaluated, Evaluation, Outcome};
use lessonl::domain::event::Fact;
use lessonl::domain::lesson::Lesson;
use lessonl::domain::lineage::AgentRole;
use lessonl::domain::run::Run;
use lessonl::domain::spec::StrategyKind;
use lessonl::domain::units::Nanos;
use lessonl::engine::evaluator::Trial;
use lessonl::engine::state::Job;
use lessonl::reports::diversity::diversity;

/// Ideas of a problem.
const IDEAS: usize = 6;
/// Agents, and rounds of lessonl: the paper's.
const AGENTS: u8 = 3;
const ROUNDS: u16 = 4;

/// What the team can do. Shares from 0 to 1.
#[derive(Debug, Clone, Copy)]
struct Chances {
    /// An answer holds code. Smoke runs with small models: nearly all do.
    code: f64,
    /// A rewrite from the original compiles. Assumed for 1.5B to 7B until it is measured.
    compiles: f64,
    /// One that compiles is right. Assumed; HumanEval pass@1 of Qwen2.5-Coder-1.5B is 0.71.
    right: f64,
    /// The same two for code that starts from right code in view: every line rebuilt is a chance for a slip.
    compiles_shown: f64,
    right_shown: f64,
    /// An own compile error is mended when it is shown. arXiv 2604.10508: name errors 77 %.
    mends_compile: f64,
    /// An own wrong answer is mended when a counterexample is shown. arXiv 2604.10508: assertions 45 %.
    mends_wrong: f64,
    /// Code in view is made faster. Assumed.
    improves: f64,
    /// A lesson's idea is taken up by who reads it, for each of the lessons in the prompt. Assumed.
    follows: f64,
    /// A fresh rewrite takes the model's favourite idea instead of any: high where everybody is asked alike.
    favourite: f64,
    /// The same with a role of one's own; the favourite is then the role's.
    favourite_in_role: f64,
    /// Mean of the log speedup that an idea bears. Assumed: e^0.5 is 1.65.
    bears: f64,
    /// Half width of a first measurement's interval, and of a contest's, as shares.
    noise: f64,
    noise_head_to_head: f64,
}

impl Chances {
    const USUAL: Self = Self {
        code: 0.97,
        compiles: 0.75,
        right: 0.7,
        compiles_shown: 0.85,
        right_shown: 0.85,
        mends_compile: 0.7,
        mends_wrong: 0.45,
        improves: 0.35,
        follows: 0.25,
        favourite: 0.6,
        favourite_in_role: 0.4,
        bears: 0.5,
        noise: 0.04,
        noise_head_to_head: 0.01,
    };

    /// The usual ones and, each alone, those on which the outcome may hang.
    fn cases() -> Vec<(&'static str, Self)> {
        let usual = Self::USUAL;
        vec![
            ("usual", usual),
            (
                "hardly mends",
                Self {
                    mends_compile: 0.3,
                    mends_wrong: 0.1,
                    ..usual
                },
            ),
            (
                "hardly improves what it is shown",
                Self {
                    improves: 0.1,
                    ..usual
                },
            ),
            (
                "breaks what it is shown as often as what it writes",
                Self {
                    compiles_shown: usual.compiles,
                    right_shown: usual.right,
                    ..usual
                },
            ),
            (
                "follows lessons well",
                Self {
                    follows: 0.6,
                    ..usual
                },
            ),
            (
                "weak: half of it compiles, half of that is right",
                Self {
                    compiles: 0.5,
                    right: 0.5,
                    compiles_shown: 0.65,
                    right_shown: 0.65,
                    ..usual
                },
            ),
        ]
    }
}

/// Code as the scripts write and read it: the words of its idea, and in one word what it is.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Code {
    idea: usize,
    /// `ok`, `wrong` or `broken`.
    state: &'static str,
    /// Log of its speedup.
    log: f64,
}

impl Code {
    fn text(self, id: &str) -> String {
        // most of a code's words are its idea's, so that likeness finds the family
        let words: Vec<String> = (0..40)
            .map(|at| format!("idea{}w{at}", self.idea))
            .collect();
        let milli = (self.log * 1000.0).round() as i64;
        let sign = if milli < 0 { "m" } else { "p" };
        let id = id.replace('.', "x");
        format!(
            "double sum() {{ {} return {}_{sign}{}_{}_{id}; }}",
            words.join(" "),
            self.state,
            milli.abs(),
            self.idea
        )
    }

    fn read(text: &str) -> Option<Self> {
        let word = text.split_whitespace().rev().nth(1)?.trim_end_matches(';');
        let mut parts = word.split('_');
        let state = match parts.next()? {
            "ok" => "ok",
            "wrong" => "wrong",
            "broken" => "broken",
            _ => return None,
        };
        let log = parts.next()?;
        let milli: f64 = log.get(1..)?.parse().ok()?;
        let sign = if log.starts_with('m') { -1.0 } else { 1.0 };
        let idea = parts.next()?.parse().ok()?;
        Some(Self {
            idea,
            state,
            log: sign * milli / 1000.0,
        })
    }
}

/// A problem with its team, under a seed.
#[derive(Clone, Copy)]
struct Team {
    chances: Chances,
    seed: u64,
}

fn exponential(draw: &mut Draw, mean: f64) -> f64 {
    -mean * (1.0 - draw.share()).ln()
}

impl Team {
    /// The log speedup that an idea bears.
    fn bears(self, idea: usize) -> f64 {
        let mut draw = Draw::new(self.seed, [1, idea as u64]);
        exponential(&mut draw, self.chances.bears)
    }

    /// The idea that comes first to the model, or to it in a role.
    fn favourite(self, role: Option<AgentRole>) -> usize {
        let role = role.map_or(0, |role| 1 + role as u64);
        (mixed(self.seed, [2, role]) % IDEAS as u64) as usize
    }

    fn state(self, draw: &mut Draw, compiles: f64, right: f64) -> &'static str {
        match (draw.share() < compiles, draw.share() < right) {
            (false, _) => "broken",
            (true, false) => "wrong",
            (true, true) => "ok",
        }
    }

    /// A rewrite from the original.
    fn fresh(self, draw: &mut Draw, lessons: &[Lesson], role: Option<AgentRole>) -> Code {
        let favourite = match role {
            Some(_) => self.chances.favourite_in_role,
            None => self.chances.favourite,
        };
        let mut idea = match draw.share() < favourite {
            true => self.favourite(role),
            false => (draw.share() * IDEAS as f64) as usize % IDEAS,
        };
        let mut done = 0.3;
        for lesson in lessons {
            let told = lesson
                .text
                .rsplit(' ')
                .next()
                .and_then(|word| word.parse::<usize>().ok());
            if let Some(told) = told.filter(|_| draw.share() < self.chances.follows) {
                // who knows what worked carries it out further
                idea = told;
                done = 0.45;
                break;
            }
        }
        let share = done + (1.0 - done) * draw.share();
        let slip = (draw.share() - 0.5) * 0.1;
        Code {
            idea,
            state: self.state(draw, self.chances.compiles, self.chances.right),
            log: share * self.bears(idea) + slip,
        }
    }

    /// Code that goes on from right code in view.
    fn onward(self, draw: &mut Draw, from: Code) -> Code {
        let state = self.state(draw, self.chances.compiles_shown, self.chances.right_shown);
        let log = match draw.share() < self.chances.improves {
            true => {
                let left = (1.25 * self.bears(from.idea) - from.log).max(0.0);
                from.log + (0.2 + 0.4 * draw.share()) * left
            }
            false => from.log + (draw.share() - 0.7) * 0.06,
        };
        Code { state, log, ..from }
    }

    /// What follows an own attempt: mended, or gone on from.
    fn after(self, draw: &mut Draw, last: &ShownAttempt, role: Option<AgentRole>) -> Code {
        let Some(code) = Code::read(&last.source) else {
            return self.fresh(draw, &[], role);
        };
        let chance = match last.evaluated.evaluation.outcome() {
            Outcome::Measured => return self.onward(draw, code),
            Outcome::NotCompiled => self.chances.mends_compile,
            _ => self.chances.mends_wrong,
        };
        let state = match draw.share() < chance {
            true => "ok",
            false => code.state,
        };
        Code { state, ..code }
    }

    fn reply(self, ask: &Ask) -> Answer {
        let id = ask.id.to_string();
        let place = id.bytes().map(u64::from);
        let mut draw = Draw::new(self.seed, [3].into_iter().chain(place));
        let role = ask.task.manner().role;
        let code = match &ask.task {
            Task::Rewrite { lessons } | Task::Explore { lessons, .. } => {
                self.fresh(&mut draw, lessons, role)
            }
            Task::Refine { parent, .. } | Task::Retry { last: parent, .. } => {
                self.after(&mut draw, parent, role)
            }
            Task::Mend {
                last,
                same_as: None,
                ..
            } => self.after(&mut draw, last, role),
            Task::Lesson { candidate, .. } => {
                let idea = Code::read(candidate).map_or(0, |code| code.idea);
                return answer(&format!("{id}: the idea was {idea}"), None);
            }
            Task::Reflect { .. } => return answer("mind it", None),
            _ => self.fresh(&mut draw, &[], role),
        };
        if draw.share() >= self.chances.code {
            return answer("I would rather explain it.", None);
        }
        let text = code.text(&ask.id.about.to_string());
        answer(&format!("This is idea {}.", code.idea), Some(text))
    }

    fn judge(self, trial: Trial<'_>) -> Evaluated {
        let code = match Code::read(trial.source) {
            Some(code) if code.state == "ok" => code,
            Some(code) if code.state == "wrong" => return wrong(),
            _ => {
                let evaluation = Evaluation::NotCompiled {
                    message: "expected `;`".to_owned(),
                    diagnostics: String::new(),
                };
                return Evaluated::bare(evaluation, Nanos(1));
            }
        };
        let width = match trial.job {
            Job::Contest | Job::Duel => self.chances.noise_head_to_head,
            Job::Evaluate | Job::Confirm => self.chances.noise,
        };
        let source = trial.source.bytes().map(u64::from);
        let mut draw = Draw::new(trial.seed, [4].into_iter().chain(source));
        // the sum of four shares is near enough to a normal draw; half of the width is its deviation
        let sum: f64 = (0..4).map(|_| draw.share() - 0.5).sum();
        let estimate = (code.log + sum / 0.577 * width / 2.0).exp();
        let mut evaluated = measured(estimate * (1.0 - width), estimate, estimate * (1.0 + width));
        if let Evaluation::Measured { measurement } = &mut evaluated.evaluation
            && measurement.speedup.lo <= 1.01
        {
            measurement.verdict = lessonl::domain::measurement::Verdict::Unresolved;
        }
        evaluated
    }
}

/// What a run came to.
#[derive(Debug, Clone, Default)]
struct Came {
    asks: usize,
    /// Log of the true speedup of the result; 0 where the original stays.
    log: f64,
    /// The same of the best measured so far after each ask, as if it had ended there.
    by_ask: Vec<f64>,
    /// Ways that were tried, and how alike the candidates of a round are.
    families: usize,
    alike: f64,
}

fn came(told: &Told) -> Came {
    let run = Run::fold(&told.facts).unwrap();
    let unit = &run.units[0];
    let true_log = |source: &str| Code::read(source).map_or(0.0, |code| code.log);
    let mut by_ask = Vec::new();
    let (mut best, mut held) = (1.0_f64, 0.0);
    for envelope in &told.facts {
        match &envelope.fact {
            Fact::AskSent { .. } => by_ask.push(held),
            Fact::Evaluated {
                candidate,
                evaluated,
                ..
            } => {
                let lo = evaluated.evaluation.speedup().map_or(0.0, |s| s.lo);
                if lo > best {
                    best = lo;
                    held = true_log(&unit.candidates[candidate].candidate.source);
                }
                if let Some(last) = by_ask.last_mut() {
                    *last = held;
                }
            }
            _ => {}
        }
    }
    let diversity = diversity(unit);
    let alike: Vec<f64> = diversity.rounds.iter().filter_map(|r| r.likeness).collect();
    Came {
        asks: by_ask.len(),
        log: unit
            .winner
            .map_or(0.0, |id| true_log(&unit.candidates[&id].candidate.source)),
        by_ask,
        families: diversity.families.len(),
        alike: mean(&alike),
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

async fn play(strategy: StrategyKind, team: Team) -> Came {
    let asks = 2 * u16::from(AGENTS) * ROUNDS;
    let rounds = match strategy {
        // attempts and reflections in turn
        StrategyKind::Reflexion => asks.div_ceil(2),
        other => other.rounds_beside(ROUNDS),
    };
    let mut world = World::new(spec(AGENTS, rounds), &[]);
    world.spec.strategy = strategy;
    world.spec.seed = team.seed;
    world.spec.budget_asks = Some(asks.into());
    world.script = Arc::new(move |ask| Ok(team.reply(ask)));
    world.judge = Arc::new(move |trial, _| team.judge(trial));
    came(&world.run().await)
}

const COMPARED: [StrategyKind; 10] = [
    StrategyKind::Lessonl,
    StrategyKind::LessonlNone,
    StrategyKind::BestOf,
    StrategyKind::Reflexion,
    StrategyKind::LessonlPlus,
    StrategyKind::PlusNostop,
    StrategyKind::PlusNorepair,
    StrategyKind::PlusBlind,
    StrategyKind::PlusNoroles,
    StrategyKind::PlusGreedy,
];

fn main() {
    let runs = std::env::args().find_map(|text| text.parse().ok());
    let runs: u64 = runs.unwrap_or(1000);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    for (name, chances) in Chances::cases() {
        println!(
            "\n{name}: {runs} runs of {AGENTS} agents, {} asks each\n{chances:?}",
            2 * u16::from(AGENTS) * ROUNDS
        );
        println!(
            "| strategy | asks | speedup | as lessonl × | after 6 | 12 | 18 | 24 asks | families | alike |\n|---|---|---|---|---|---|---|---|---|---|"
        );
        let mut first: Vec<f64> = Vec::new();
        for strategy in COMPARED {
            let all: Vec<Came> = runtime.block_on(async {
                let mut all = Vec::new();
                for seed in 0..runs {
                    all.push(play(strategy, Team { chances, seed }).await);
                }
                all
            });
            let logs: Vec<f64> = all.iter().map(|came| came.log).collect();
            if first.is_empty() {
                first.clone_from(&logs);
            }
            println!("{}", row(strategy, &all, &logs, &first));
        }
    }
}

/// A row: the geometric mean of the true speedups, and as a multiple of the first strategy's with the paired interval.
fn row(strategy: StrategyKind, all: &[Came], logs: &[f64], first: &[f64]) -> String {
    let differences: Vec<f64> = logs.iter().zip(first).map(|(a, b)| a - b).collect();
    let (middle, n) = (mean(&differences), differences.len().max(2) as f64);
    let squares: f64 = differences.iter().map(|d| (d - middle).powi(2)).sum();
    let half = 1.96 * (squares / (n - 1.0) / n).sqrt();
    let after = |asks: usize| {
        let at = all
            .iter()
            .filter_map(|came| came.by_ask.get(asks - 1).or(came.by_ask.last()));
        mean(&at.copied().collect::<Vec<f64>>()).exp()
    };
    let of = |figure: fn(&Came) -> f64| mean(&all.iter().map(figure).collect::<Vec<f64>>());
    format!(
        "| {strategy} | {:.1} | {:.3}× | {:.3} [{:.3}, {:.3}] | {:.2} | {:.2} | {:.2} | {:.2} | {:.1} | {:.0} % |",
        of(|came| came.asks as f64),
        mean(logs).exp(),
        middle.exp(),
        (middle - half).exp(),
        (middle + half).exp(),
        after(6),
        after(12),
        after(18),
        after(24),
        of(|came| came.families as f64),
        of(|came| came.alike) * 100.0,
    )
}

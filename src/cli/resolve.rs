//! From arguments as typed to what will be done: every cross-check, before anything is started. Pure.

use std::sync::Arc;

use super::able;
pub(super) use super::again::{budget_again, has_more_to_do};
use super::args::RunArguments;
use super::languages;
use super::recording;
use crate::agents::llm::discover;
use crate::config::prices::find;
use crate::config::settings::Settings;
use crate::domain::price::Prices;
use crate::domain::problem::{Mode, Problem};
use crate::domain::spec::{LessonGate, RelevanceKind, RunSpec, StrategyKind, UnitSpec};
use crate::failure::{Failure, FailureKind};
use crate::tui::{NewRun, TeamChoice};

/// Where a run is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Surface {
    /// The terminal UI.
    Screens,
    /// A line per event.
    Lines,
    /// A fact per line, as JSON.
    Json,
}

/// What of the surroundings decides about the surface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Terminal {
    /// Both stdin and stdout are terminals.
    pub interactive: bool,
    /// `TERM=dumb`, or `ACCESSIBLE` asks for linear text.
    pub linear: bool,
}

/// The surface for these flags in these surroundings.
pub(super) fn surface(headless: bool, json: bool, terminal: Terminal) -> Surface {
    if json {
        Surface::Json
    } else if headless || terminal.linear || !terminal.interactive {
        Surface::Lines
    } else {
        Surface::Screens
    }
}

/// What a run is besides its team, problems taken in order.
#[derive(Debug, Clone)]
pub(super) struct Wish {
    /// The arguments that shape it.
    pub run: RunArguments,
    /// The seed: given, or drawn by the caller.
    pub seed: u64,
}

/// Checks arguments that exclude each other on this surface.
///
/// # Errors
/// If they do.
pub(super) fn check(run: &RunArguments, surface: Surface) -> Result<(), Failure> {
    if run.gate == Some(LessonGate::Review) && surface != Surface::Screens {
        return Err(Failure::new(
            FailureKind::Usage,
            "--gate review waits for a person, and there is no screen to decide on",
        )
        .hint("Leave out --headless and --json in a terminal, or use --gate auto."));
    }
    if (run.min_speedup.is_some() || run.summary.is_some()) && surface == Surface::Screens {
        return Err(Failure::new(
            FailureKind::Usage,
            "--min-speedup and --summary are for pipelines, and this run would be shown on screens",
        )
        .hint("Add --headless."));
    }
    Ok(())
}

/// The problems of all targets, each once, in order, those that have the mode. An explicitly named one must have it.
///
/// # Errors
/// If a target names one problem that lacks the mode, or none is left.
pub(super) fn having_mode(
    targets: &[(String, Vec<Arc<Problem>>)],
    mode: Mode,
) -> Result<Vec<Arc<Problem>>, Failure> {
    let mut chosen: Vec<Arc<Problem>> = Vec::new();
    for (target, problems) in targets {
        let fitting: Vec<&Arc<Problem>> = problems
            .iter()
            .filter(|p| p.modes.contains(&mode))
            .collect();
        if fitting.is_empty() {
            return Err(Failure::new(
                FailureKind::Usage,
                format!("`{target}` has no problem with mode {mode}"),
            )
            .hint("`lessonl problems` lists every problem with its modes."));
        }
        for problem in fitting {
            if chosen.iter().all(|known| known.id != problem.id) {
                chosen.push(Arc::clone(problem));
            }
        }
    }
    if chosen.len() > usize::from(u16::MAX) {
        return Err(Failure::new(
            FailureKind::Usage,
            "too many problems for one run",
        ));
    }
    Ok(chosen)
}

/// The specification of a run asked for on the command line.
pub(super) fn spec(
    wish: &Wish,
    problems: &[Arc<Problem>],
    team: &TeamChoice,
    settings: &Settings,
) -> RunSpec {
    let run = &wish.run;
    let strategy = run.strategy.unwrap_or_default();
    RunSpec {
        units: units(problems, run.mode.unwrap_or(Mode::Serial)),
        team: team.team.clone(),
        team_reason: languages::reason(problems, &team.team, reason(team, settings)),
        strategy,
        preset: run.preset.unwrap_or_default(),
        rounds: rounds(strategy, run.rounds, settings.rounds.value),
        lessons: run.lessons.unwrap_or(settings.lessons.value),
        threshold: crate::domain::lesson::SIGNIFICANT,
        epsilon: EPSILON,
        gate: run.gate.unwrap_or_default(),
        seed: wish.seed,
        budget_time: run.budget_time,
        budget_asks: run.budget_asks,
        budget_tokens: run.budget_tokens,
        budget_cost: run.budget_cost,
        prices: prices(team, settings),
        replay: recording::wanted(run),
        relevance: settings.relevance.value.clone(),
        sizing: run.sizes.sizing(),
        holdout: run.holdout.unwrap_or(0.0),
        bank: run.bank.unwrap_or_default(),
        cell: None,
        until: run.until,
    }
}

/// The prices of the team's models, as far as they are known.
fn prices(team: &TeamChoice, settings: &Settings) -> Prices {
    let models = team.team.iter().flat_map(|agent| agent.kind.models());
    let known = models.filter_map(|model| Some((model, find(&settings.prices, model)?)));
    known
        .map(|(model, price)| (model.to_owned(), price.value))
        .collect()
}

/// Checks that a budget of money can be kept: every model that may be asked has a price.
///
/// # Errors
/// Names the first one that has none.
pub(super) fn check_prices(spec: &RunSpec) -> Result<(), Failure> {
    let models = spec
        .team
        .iter()
        .filter(|agent| {
            !agent
                .kind
                .servers()
                .all(|(url, ..)| discover::tells_its_bill(url))
        })
        .flat_map(|agent| agent.kind.models());
    let unknown = models
        .filter(|model| !spec.prices.contains_key(*model))
        .min();
    let (Some(model), Some(_)) = (unknown, spec.budget_cost) else {
        return Ok(());
    };
    Err(Failure::new(
        FailureKind::Usage,
        format!("a budget of money cannot be kept: the price of `{model}` is unknown"),
    )
    .hint(format!(
        "Tell its price in the configuration, in US dollars per million tokens:\n[prices]\n\"{model}\" = {{ input = …, output = … }}   # or \"free\", as where it runs on your own machine"
    ))
    .hint("Or limit the tokens instead: --budget-tokens."))
}

/// Why this team; also where an untrusted file would have lessons sent to.
fn reason(team: &TeamChoice, settings: &Settings) -> String {
    match &settings.relevance.value {
        RelevanceKind::Endpoint { base_url, .. } if settings.relevance.origin.is_untrusted() => {
            format!(
                "{}; lessons are sent to {base_url} for comparing (a wish of {}, not your own file)",
                team.reason, settings.relevance.origin
            )
        }
        RelevanceKind::Endpoint { .. } | RelevanceKind::Lexical => team.reason.clone(),
    }
}

/// ε of the effectiveness adjustment, the paper's.
const EPSILON: f64 = 0.1;

/// Rounds of a strategy: those asked for, else its paper's own number, else those with which it asks as much as lessonl in the
/// configured number. A strategy of one answer
/// has one round, whatever was asked for.
pub(super) fn rounds(strategy: StrategyKind, asked: Option<u16>, configured: u16) -> u16 {
    match (strategy.own_rounds(), asked) {
        (Some(1), _) => 1,
        (_, Some(asked)) => asked,
        (_, None) => strategy.rounds_beside(configured),
    }
}

/// A wish to repeat `base`, with whatever was asked for otherwise. Its wall time is not part of what is repeated.
pub(super) fn repeating(run: &RunArguments, base: &RunSpec) -> RunArguments {
    let same_strategy = run.strategy.is_none_or(|asked| asked == base.strategy);
    let mut repeated = run.clone();
    if run.targets.is_empty() {
        repeated.targets = base.units.iter().map(|u| u.problem.to_string()).collect();
    }
    repeated.strategy = run.strategy.or(Some(base.strategy));
    repeated.preset = run.preset.or(Some(base.preset));
    repeated.mode = run.mode.or(base.units.first().map(|unit| unit.mode));
    repeated.rounds = run.rounds.or(same_strategy.then_some(base.rounds));
    repeated.lessons = run.lessons.or(Some(base.lessons));
    repeated.seed = run.seed.or(Some(base.seed));
    repeated.until = run.until.or(base.until);
    repeated.budget_asks = run.budget_asks.or(base.budget_asks);
    repeated.budget_tokens = run.budget_tokens.or(base.budget_tokens);
    repeated.budget_cost = run.budget_cost.or(base.budget_cost);
    repeated
}

/// What a choice on the home screen would have been on the command line.
pub(super) fn chosen(choice: &NewRun, seed: u64) -> Wish {
    Wish {
        run: RunArguments {
            targets: choice.targets.clone(),
            strategy: Some(choice.strategy),
            preset: Some(choice.preset),
            mode: Some(choice.mode),
            rounds: Some(choice.rounds),
            lessons: Some(choice.lessons),
            gate: Some(choice.gate),
            ..RunArguments::default()
        },
        seed,
    }
}

fn units(problems: &[Arc<Problem>], mode: Mode) -> Vec<UnitSpec> {
    problems
        .iter()
        .map(|problem| UnitSpec {
            problem: problem.id.clone(),
            path: problem.path.clone(),
            version: problem.version.clone(),
            category: problem.category.clone(),
            original: problem.original.clone(),
            mode,
            carried: Vec::new(),
            ceiling: None,
            work: able::work(problem),
        })
        .collect()
}

/// Checks that a stored unit's problem is still the one it was.
///
/// # Errors
/// If it has changed.
pub(super) fn same_problem(unit: &UnitSpec, problem: &Problem) -> Result<(), Failure> {
    if unit.version == problem.version {
        return Ok(());
    }
    Err(Failure::new(
        FailureKind::Usage,
        format!(
            "{} has changed since the run began, so its figures could not be compared",
            unit.problem
        ),
    )
    .hint(format!(
        "Put {} back as it was, or start a new run.",
        unit.path.display()
    )))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::problem::{CheckRules, ProblemId, Sizes, Tolerance, Values};

    fn problem(id: &str, modes: &[Mode]) -> Arc<Problem> {
        Arc::new(Problem {
            id: ProblemId::new(id).unwrap(),
            kind: crate::domain::problem::Kind::Function,
            standard: Default::default(),
            upstream: Default::default(),
            work: Default::default(),
            title: String::new(),
            category: "c".to_owned(),
            description: String::new(),
            entry: "void f()".to_owned(),
            modes: modes.to_vec(),
            sizes: Sizes {
                check: vec![1],
                hidden: vec![],
                time: 1,
                time_omp: 1,
            },
            check: CheckRules {
                tolerance: Tolerance::Exact,
                values: vec![Values::Any],
                exact_bits: 0,
            },
            path: "/p".into(),
            original: "void f() {}".to_owned(),
            driver: String::new(),
            limits: Vec::new(),
            version: "v1".to_owned(),
        })
    }

    #[test]
    fn the_screens_need_a_terminal_and_nothing_that_speaks_against_them() {
        let terminal = Terminal {
            interactive: true,
            linear: false,
        };
        assert_eq!(surface(false, false, terminal), Surface::Screens);
        assert_eq!(surface(true, false, terminal), Surface::Lines);
        assert_eq!(surface(false, true, terminal), Surface::Json);
        assert_eq!(surface(true, true, terminal), Surface::Json);
        assert_eq!(
            surface(
                false,
                false,
                Terminal {
                    linear: true,
                    ..terminal
                }
            ),
            Surface::Lines
        );
        assert_eq!(
            surface(
                false,
                false,
                Terminal {
                    interactive: false,
                    linear: false
                }
            ),
            Surface::Lines
        );
    }

    #[test]
    fn a_suite_gives_the_problems_with_the_mode_and_each_only_once() {
        let (a, b) = (
            problem("s/a", &[Mode::Serial, Mode::Omp]),
            problem("s/b", &[Mode::Serial]),
        );
        let suite = ("s".to_owned(), vec![Arc::clone(&a), Arc::clone(&b)]);
        let one = ("s/b".to_owned(), vec![Arc::clone(&b)]);
        let ids = |targets: &[(String, Vec<Arc<Problem>>)], mode| {
            having_mode(targets, mode)
                .map(|all| all.iter().map(|p| p.id.to_string()).collect::<Vec<_>>())
        };
        assert_eq!(
            ids(&[one.clone(), suite.clone()], Mode::Serial).unwrap(),
            ["s/b", "s/a"]
        );
        assert_eq!(ids(&[suite], Mode::Omp).unwrap(), ["s/a"]);
        assert_eq!(
            ids(&[one], Mode::Omp).unwrap_err().message,
            "`s/b` has no problem with mode omp"
        );
    }

    #[test]
    fn review_without_a_screen_is_refused() {
        let run = RunArguments {
            gate: Some(LessonGate::Review),
            ..RunArguments::default()
        };
        assert!(check(&run, Surface::Screens).is_ok());
        assert_eq!(
            check(&run, Surface::Json).unwrap_err().kind,
            FailureKind::Usage
        );
    }

    #[test]
    fn the_specification_takes_flags_before_settings_before_defaults() {
        let team = TeamChoice {
            title: String::new(),
            reason: "because".to_owned(),
            team: vec![],
        };
        let mut settings = Settings::default();
        settings.rounds.value = 7;
        settings.lessons.value = 2;
        let run = RunArguments {
            lessons: Some(3),
            ..RunArguments::default()
        };
        let spec = spec(
            &Wish { run, seed: 5 },
            &[problem("s/a", &[Mode::Serial])],
            &team,
            &settings,
        );
        assert_eq!(
            (
                spec.rounds,
                spec.lessons,
                spec.seed,
                spec.threshold,
                spec.epsilon
            ),
            (7, 3, 5, 1.1, 0.1)
        );
        assert_eq!(
            (spec.units[0].mode, spec.team_reason.as_str()),
            (Mode::Serial, "because")
        );
    }

    #[test]
    fn a_projects_wish_to_send_lessons_somewhere_is_announced() {
        let team = TeamChoice {
            title: String::new(),
            reason: "because".to_owned(),
            team: vec![],
        };
        let mut settings = Settings::default();
        let text = "[relevance]\nbase_url = \"http://x.example\"\nmodel = \"m\"\n";
        let project = crate::config::Origin::Project("/src/lessonl.toml".into());
        settings.lay(&project, text).unwrap();
        assert_eq!(
            reason(&team, &settings),
            "because; lessons are sent to http://x.example for comparing (a wish of /src/lessonl.toml, not your own file)"
        );
    }

    #[test]
    fn a_changed_problem_is_not_resumed() {
        let problem = problem("s/a", &[Mode::Serial]);
        let mut unit = units(std::slice::from_ref(&problem), Mode::Serial).remove(0);
        assert!(same_problem(&unit, &problem).is_ok());
        unit.version = "v0".to_owned();
        assert!(
            same_problem(&unit, &problem)
                .unwrap_err()
                .message
                .contains("has changed")
        );
    }

    #[test]
    fn a_strategy_takes_its_papers_rounds_unless_others_were_asked_for() {
        assert_eq!(rounds(StrategyKind::Cot, Some(7), 4), 1);
        assert_eq!(rounds(StrategyKind::Reflexion, None, 4), 10);
        assert_eq!(rounds(StrategyKind::Reflexion, Some(2), 4), 2);
        assert_eq!(rounds(StrategyKind::Mapcoder, None, 8), 3);
        assert_eq!(rounds(StrategyKind::Moa, None, 8), 4);
        assert_eq!(rounds(StrategyKind::LessonlFixed, None, 8), 8);
        assert_eq!(rounds(StrategyKind::Lessonl, Some(2), 8), 2);
        assert_eq!(rounds(StrategyKind::BestOf, None, 4), 8);
        assert_eq!(rounds(StrategyKind::LessonlPlus, None, 4), 8);
        assert_eq!(rounds(StrategyKind::PlusBlind, Some(4), 4), 4);
    }
}

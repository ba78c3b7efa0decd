//! `lessonl run`: a new run or a resumed one, on the screens, as lines or as JSON. Never composes rooms itself.

use tokio::sync::mpsc::unbounded_channel;

use super::args::RunArguments;
use super::compose::{Beginning, Containment, House, terminal, whole};
use super::follow::{Followed, Signals, Whose, follow};
use super::output::{self, Halt};
use super::resolve::{self, Surface, Wish};
use super::{consent, given, home, init_project, languages, named, recording, report, team};
use crate::domain::ask::{AskFailure, AskFailureKind};
use crate::domain::event::Ending;
use crate::domain::id::Purpose;
use crate::domain::problem::Kind;
use crate::domain::run::Run;
use crate::failure::{Failure, FailureKind};
use crate::reports::{document, pass, result, table};

/// Runs it. Returns the exit code.
pub(super) fn run(house: &House, run: &RunArguments) -> Result<u8, Halt> {
    if run.on.is_some() {
        return given::give(house, &given::as_comparison(run));
    }
    let surface = resolve::surface(run.headless, run.json, terminal());
    resolve::check(run, surface)?;
    let containment = Containment::from_flag(run.unsafe_no_sandbox);
    let known = match (&run.resume, &run.id) {
        (Some(text), _) => Some(house.find(text)?),
        (None, Some(name)) => named::known_run(house, name, run)?,
        (None, None) => None,
    };
    let (mut beginning, teams) = match known {
        Some(id) => {
            if surface != Surface::Screens
                && let Some(done) = finished(house, &id)?
                && !resolve::has_more_to_do(&done, resolve::budget_again(&done, run)?)
            {
                output::note(&format!(
                    "Run {id} is finished already; nothing is left to do."
                ));
                if let Some(file) = &run.record {
                    record(house, &id, file)?;
                }
                return conclude(&done, surface, run);
            }
            let teams = match surface {
                Surface::Screens => house.teams(run)?,
                Surface::Lines | Surface::Json => Vec::new(),
            };
            (house.stored_run_with(&id, run)?, teams)
        }
        None => {
            let base = match recording::wanted(run) {
                Some(replay) => Some(recording::read(house, &replay.from)?.spec),
                None => None,
            };
            let teams = match &base {
                Some(base) if run.agents.is_none() && run.agent.is_empty() => {
                    vec![team::recorded(base)]
                }
                _ => house.teams(run)?,
            };
            let mut run = match &base {
                Some(base) => resolve::repeating(run, base),
                None => run.clone(),
            };
            if surface == Surface::Screens {
                // Where nobody is there to decide, nobody is waited for.
                let usual = house.configuration.settings.gate.value;
                run.gate.get_or_insert(usual);
            }
            let run = &run;
            let team = teams.first().ok_or_else(|| {
                Failure::new(FailureKind::Agents, "there is no team")
                    .hint("Name agents with --agents or --agent.")
            })?;
            let wish = Wish {
                run: run.clone(),
                seed: run.seed.unwrap_or_else(|| fastrand::u64(..)),
            };
            let beginning = house.new_run(&wish, team)?;
            consent::check(house, &beginning.spec, run)?;
            (beginning, teams)
        }
    };
    beginning.fresh = run.fresh;
    let id = beginning.run.clone();
    if let Some(file) = &run.record {
        recording::check_writable(file)?;
    }
    let ended = match surface {
        Surface::Screens => home::with_run(house, beginning, containment, teams),
        Surface::Lines | Surface::Json => {
            for note in notes(&beginning) {
                output::note(&note);
            }
            headless(house, beginning, containment, surface, run)
        }
    };
    // also of a run that failed or was stopped: what was answered was paid for
    match &run.record {
        Some(file) => record(house, &id, file).and(ended),
        None => ended,
    }
}

fn record(
    house: &House,
    id: &crate::domain::id::RunId,
    file: &std::path::Path,
) -> Result<(), Halt> {
    recording::write(house, id, file)?;
    output::note(&format!(
        "Its answers are in {0}. Repeat it with: lessonl run --recorded {0}",
        file.display()
    ));
    Ok(())
}

/// The run, if it is done.
fn finished(house: &House, id: &crate::domain::id::RunId) -> Result<Option<Run>, Failure> {
    let facts = house.archive().facts(id)?;
    Ok(Run::fold(&facts).filter(|run| run.ending == Some(Ending::Done)))
}

fn headless(
    house: &House,
    beginning: Beginning,
    containment: Containment,
    surface: Surface,
    wanted: &RunArguments,
) -> Result<u8, Halt> {
    let id = beginning.run.clone();
    let known = Run::fold(&beginning.record);
    let (tell_trouble, trouble) = unbounded_channel();
    let mut signals = house.handle.block_on(async { Signals::listen() })?;
    let live = house.begin(beginning, containment, tell_trouble, false)?;
    let (followed, ended) = house.handle.block_on(async {
        let followed = follow(
            live.session,
            surface,
            known,
            trouble,
            &mut signals,
            Whose::Ours,
        )
        .await;
        (followed, live.ended.await)
    });
    let Followed { run, interrupt } = followed?;
    if let Some(interrupt) = interrupt {
        output::note(&format!("Stopped. Go on with: lessonl run --resume {id}"));
        return Ok(interrupt.exit_code());
    }
    let again = format!("lessonl run --resume {id}");
    let Ok(Some(recorded)) = ended else {
        return Err(Failure::new(
            FailureKind::Internal,
            format!("the engine died in run {id}"),
        )
        .hint(format!("Go on with: {again}"))
        .hint(format!(
            "The log may say why: {}",
            house.configuration.paths.log().display()
        ))
        .into());
    };
    let run = run.ok_or_else(|| Failure::new(FailureKind::Internal, "the run told nothing"))?;
    let code = conclude(&run, surface, wanted)?;
    whole(recorded, &format!("run {id}"), &again)?;
    Ok(code)
}

/// What to know of projects before they are worked on.
fn notes(beginning: &Beginning) -> Vec<String> {
    let spec = &beginning.spec;
    let rules_only = languages::rules_only(&spec.team);
    let mut notes = Vec::new();
    for problem in &beginning.problems {
        let Kind::Command(project) = &problem.kind else {
            continue;
        };
        notes.extend(init_project::notes(problem, &project.root));
        notes.extend(
            (rules_only && !languages::rules_know(problem))
                .then(|| languages::needs_a_model(problem)),
        );
    }
    notes
}

/// Whether a result is as fast as a pipeline asks for: the whole interval.
fn fast_enough(run: &Run, least: f64) -> bool {
    let fast = |unit: &crate::domain::run::Unit| {
        let reported = unit.reported().filter(|(id, _)| unit.winner == Some(*id));
        reported.is_some_and(|(_, speedup)| speedup.lo >= least)
    };
    run.units.iter().any(fast)
}

/// Adds the report to a pipeline's summary.
fn summarise(run: &Run, file: &std::path::Path) -> Result<(), Failure> {
    use std::io::Write as _;
    let text = document::markdown(run, &format!("{} UTC", report::moment(run.started_at)));
    let written = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(file)
        .and_then(|mut out| out.write_all(text.as_bytes()));
    written.map_err(|error| {
        Failure::new(
            FailureKind::Environment,
            format!("the summary {} cannot be written: {error}", file.display()),
        )
        .hint(format!("`lessonl report {}` prints it.", run.id))
    })
}

/// Prints the final table and gives the exit code.
fn conclude(run: &Run, surface: Surface, wanted: &RunArguments) -> Result<u8, Halt> {
    if surface == Surface::Lines {
        let results = result::results(run);
        let several = results.len() > 1;
        let tables = [
            Some(table::results(&results)),
            document::metrics_table(&results).filter(|_| several),
            pass::table(&results),
        ];
        for table in tables.iter().flatten() {
            output::print(&format!("\n{}", table.aligned()))?;
        }
        for sentence in result::origins(run) {
            output::line(&format!("\n{sentence}"))?;
        }
    }
    if let Some(file) = &wanted.summary {
        summarise(run, file)?;
    }
    if let Some(words) = without_lessons(run) {
        output::note(&words);
    }
    match (verdict(run), wanted.min_speedup) {
        (Some(failure), _) => Err(failure.into()),
        (None, least) => {
            output::note(&format!("Run {} {}.", run.id, report::standing(run)));
            match least.filter(|least| !fast_enough(run, *least)) {
                None => Ok(0),
                Some(least) => {
                    output::note(&format!(
                        "No improvement of {least}× or more: no result's whole interval lies there."
                    ));
                    Ok(output::NO_IMPROVEMENT)
                }
            }
        }
    }
}

/// Why a run that came to its end still failed as a whole.
pub(super) fn verdict(run: &Run) -> Option<Failure> {
    let replies = || {
        let asks = run.units.iter().flat_map(|unit| unit.asks.values());
        asks.filter_map(|ask| ask.reply.as_ref())
    };
    let answered = replies().any(Result::is_ok);
    let failures = || replies().filter_map(|reply| reply.as_ref().err());
    let theirs = |failure: &&AskFailure| {
        !matches!(
            failure.kind,
            AskFailureKind::Cancelled | AskFailureKind::Budget
        )
    };
    if let (false, Some(failure)) = (answered, failures().rfind(theirs)) {
        let what = match failure.kind {
            AskFailureKind::Unreachable => "no agent could be reached",
            _ => "no agent gave an answer",
        };
        let text = format!("{what}: {}", table::one_line(&failure.message));
        return Some(Failure::new(FailureKind::Agents, text).hint(table::one_line(&failure.hint)));
    }
    match &run.ending {
        Some(Ending::CutOff { message }) => {
            let text = format!("the run was cut off: {}", table::one_line(message));
            let again = format!("Go on where it stopped: lessonl run --resume {}", run.id);
            return Some(Failure::new(FailureKind::Agents, text).hint(again));
        }
        Some(Ending::Failed { message }) => {
            // agents that were all refused are not the machine's fault
            let last = run.unit(run.current_unit());
            let replies = last.map(|unit| unit.asks.values().filter_map(|ask| ask.reply.as_ref()));
            let refused = replies.is_some_and(|replies| {
                let mut replies = replies.peekable();
                replies.peek().is_some() && replies.all(Result::is_err)
            });
            let kind = match refused {
                true => FailureKind::Agents,
                false => FailureKind::Environment,
            };
            return Some(Failure::new(kind, table::one_line(message)));
        }
        Some(Ending::Done | Ending::Stopped | Ending::Budget) | None => {}
    }
    let mut failed = run.units.iter().filter_map(|unit| match &unit.ending {
        Some(Ending::Failed { message }) => Some(message),
        _ => None,
    });
    let first = failed.next()?;
    (failed.count() + 1 == run.units.len()).then(|| {
        Failure::new(
            FailureKind::Environment,
            format!("no problem could be worked on: {}", table::one_line(first)),
        )
        .hint("`lessonl doctor` checks compiler, sandbox and folders.")
    })
}

/// What to say where lessons were asked for and none could be written.
fn without_lessons(run: &Run) -> Option<String> {
    let asked = run.units.iter().flat_map(|unit| &unit.asks);
    let asked = asked.filter(|(id, ask)| id.purpose == Purpose::Lesson && ask.reply.is_some());
    let learned = run.units.iter().any(|unit| !unit.lessons.is_empty());
    let asked = asked.count();
    (asked > 0 && !learned).then(|| {
        format!(
            "No lesson could be written, although {asked} were asked for: no later round knew more than the first. \
             A model that reasons needs room for it: lesson_max_tokens of its agent."
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::event::Envelope;

    fn recorded() -> Run {
        let facts: Vec<Envelope> = include_str!("../../tests/fixtures/recorded-run.jsonl")
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        Run::fold(&facts).unwrap()
    }

    #[test]
    fn one_failed_problem_does_not_fail_the_run_but_all_do() {
        let mut run = recorded();
        assert_eq!(verdict(&run), None);
        run.units.remove(0);
        assert_eq!(
            verdict(&run).map(|f| f.kind),
            Some(FailureKind::Environment)
        );
    }

    #[test]
    fn a_run_that_was_cut_off_is_no_success_and_says_how_to_go_on() {
        let mut run = recorded();
        run.ending = Some(Ending::CutOff {
            message: "nobody was answered".to_owned(),
        });
        let failure = verdict(&run).unwrap();
        assert_eq!(failure.kind.exit_code(), 4);
        assert!(failure.hints[0].contains("--resume"), "{failure:?}");
    }

    #[test]
    fn a_run_without_a_single_answer_says_that_no_agent_was_reached() {
        let mut run = recorded();
        for ask in run.units[0].asks.values_mut() {
            ask.reply = Some(Err(AskFailure {
                kind: AskFailureKind::Unreachable,
                message: "connection refused".to_owned(),
                hint: "Start the server.".to_owned(),
                wait: None,
            }));
        }
        let failure = verdict(&run).unwrap();
        assert_eq!(
            (failure.kind.exit_code(), failure.hints),
            (4, vec!["Start the server.".to_owned()])
        );
    }
}

//! How a candidate goes into the person's files: which texts change, the difference, and the commit's words.
//! Reads the files as they are now and never writes one; `apply` does, and the screens show the same plan.

use std::fmt::Write as _;
use std::path::PathBuf;

use super::compose::House;
use super::merging::{self, three_way};
use super::own_place;
use super::report::moment;
use crate::domain::candidate::Candidate;
use crate::domain::evaluation::{Evaluated, REMOVES, removal};
use crate::domain::id::{CandidateId, RunId, UnitId};
use crate::domain::measurement::ratio;
use crate::domain::problem::{Kind, Problem};
use crate::domain::project::{self, Project};
use crate::domain::run::{Run, Unit};
use crate::failure::{Failure, FailureKind};
use crate::problems;
use crate::reports::table::one_line;
use crate::source::outline::removed;
use crate::source::syntax::{Tongue, language};

/// What to do where the original has changed since.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Changed {
    /// Refuse.
    Refuse,
    /// Merge both changes, if they are of different lines.
    Merge,
}

/// Which candidate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Choice {
    /// The run.
    pub run: RunId,
    /// The unit; `None`: the only one with a result.
    pub unit: Option<UnitId>,
    /// The candidate; `None`: the result.
    pub candidate: Option<CandidateId>,
}

/// A file that changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Change {
    /// Below the root, with `/`.
    pub path: String,
    /// As it is.
    pub before: String,
    /// As it would be.
    pub after: String,
}

/// Everything that applying would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Plan {
    /// The folder the paths are below.
    pub root: PathBuf,
    /// The files.
    pub changes: Vec<Change>,
    /// The difference, as a patch.
    pub diff: String,
    /// The commit's words.
    pub message: String,
    /// What the files define today and would not then.
    pub gone: Vec<String>,
    /// The folder of the problem, and the sources that were compared.
    pub problem: PathBuf,
    /// Text of the original that was measured.
    pub original: String,
    /// Text of the candidate.
    pub candidate: String,
    /// Its id.
    pub id: CandidateId,
}

pub(super) fn usage(what: impl Into<String>, hint: impl Into<String>) -> Failure {
    Failure::new(FailureKind::Usage, what.into()).hint(hint.into())
}

/// A candidate that was right, with what is known of it.
pub(super) struct Picked<'a> {
    pub run: &'a Run,
    pub unit: &'a Unit,
    pub candidate: &'a Candidate,
    evaluated: &'a Evaluated,
}

/// Makes the plan.
///
/// # Errors
/// If there is nothing to apply, the problem has no place of the person's own, or the original changed since.
pub(super) fn plan(house: &House, choice: &Choice, changed: Changed) -> Result<Plan, Failure> {
    let facts = house.archive().facts(&choice.run)?;
    let run = Run::fold(&facts).ok_or_else(|| {
        usage(
            format!("run {} does not begin with its start", choice.run),
            "Start a new run.",
        )
    })?;
    let picked = pick(&run, choice)?;
    let folder = &picked.unit.spec.path;
    let original = picked.unit.spec.original.clone();
    let source = picked.candidate.source.clone();
    let (root, changes) = match problems::source(folder)? {
        Some(source) => own_place::changes(&picked, &source, changed)?,
        None => of_project(&picked, changed)?,
    };
    if changes.is_empty() {
        return Err(usage(
            format!("{} is in place already", picked.candidate.id),
            format!("`lessonl verify {}` measures it there.", run.id),
        ));
    }
    let diff: String = changes
        .iter()
        .map(|change| merging::patch(&change.path, &change.before, &change.after))
        .collect();
    let gone: Vec<String> = changes
        .iter()
        .flat_map(|change| {
            let tongue = Tongue::of(language(&change.path));
            removed(&change.before, &change.after, tongue)
        })
        .collect();
    Ok(Plan {
        root,
        diff,
        message: message(&picked, &gone),
        gone,
        problem: folder.clone(),
        original,
        id: picked.candidate.id,
        candidate: source,
        changes,
    })
}

fn pick<'a>(run: &'a Run, choice: &Choice) -> Result<Picked<'a>, Failure> {
    let unit = match choice.unit {
        Some(unit) => run.unit(unit),
        None => {
            let wanted = |unit: &&Unit| match choice.candidate {
                Some(id) => unit.candidates.contains_key(&id),
                None => unit.winner.is_some(),
            };
            let found: Vec<&Unit> = run.units.iter().filter(wanted).collect();
            if found.len() > 1 {
                let names: Vec<String> = found
                    .iter()
                    .map(|unit| unit.spec.problem.to_string())
                    .collect();
                return Err(usage(
                    format!(
                        "run {} has results for {} problems: {}",
                        run.id,
                        names.len(),
                        names.join(", ")
                    ),
                    "Say which with --problem ID.",
                ));
            }
            found.first().copied()
        }
    };
    let id = choice
        .candidate
        .or_else(|| unit.and_then(|unit| unit.winner));
    let (Some(unit), Some(id)) = (unit, id) else {
        return Err(usage(
            format!(
                "run {} found no improvement, so there is nothing to apply",
                run.id
            ),
            "`lessonl report` tells what was tried; --candidate ID applies one of them all the same.",
        ));
    };
    let state = unit.candidates.get(&id).ok_or_else(|| {
        usage(
            format!("run {} has no candidate {id}", run.id),
            format!("`lessonl report {}` lists them.", run.id),
        )
    })?;
    let fresh = unit.confirmed.as_ref().filter(|(known, _)| *known == id);
    let evaluated = fresh
        .map(|(_, evaluated)| evaluated)
        .or(state.evaluated.as_ref());
    match evaluated {
        Some(evaluated) if evaluated.evaluation.measurement().is_some() => Ok(Picked {
            run,
            unit,
            candidate: &state.candidate,
            evaluated,
        }),
        Some(evaluated) => Err(usage(
            format!(
                "{id} is not right: {}",
                evaluated.evaluation.outcome().word().replace('_', " ")
            ),
            "Only a candidate that passed every check can be applied.",
        )),
        None => Err(usage(
            format!("{id} was not judged yet"),
            format!("Go on with: lessonl run --resume {}", run.id),
        )),
    }
}

/// The folder the paths are below, and the files.
pub(super) type Changes = (PathBuf, Vec<Change>);

fn of_project(picked: &Picked<'_>, changed: Changed) -> Result<Changes, Failure> {
    let folder = &picked.unit.spec.path;
    let now: Problem = problems::load_after(folder, &picked.candidate.source, None)
        .map_err(|error| not_there(picked, error))?;
    let Kind::Command(project) = &now.kind else {
        return Err(bundled(picked));
    };
    let document = wanted(picked, project, changed)?;
    let rendered = project
        .render(&document)
        .map_err(|error| usage(error.to_string(), "Choose another candidate."))?;
    let changes = project
        .files
        .iter()
        .zip(rendered)
        .map(|(file, (path, after))| Change {
            path,
            before: file.text(),
            after,
        })
        .filter(|change| change.before != change.after);
    Ok((project.root.clone(), changes.collect()))
}

fn not_there(picked: &Picked<'_>, error: problems::ProblemError) -> Failure {
    if picked.unit.spec.path.join("driver.cpp").is_file() {
        return bundled(picked);
    }
    error.into()
}

fn bundled(picked: &Picked<'_>) -> Failure {
    usage(
        format!(
            "{} was not taken out of a file of yours, so there is no place to put it",
            picked.unit.spec.problem
        ),
        format!(
            "`lessonl report {}` prints the code; `lessonl init` makes problems that can be applied.",
            picked.run.id
        ),
    )
}

/// The document that the regions shall hold, seen from what they hold now.
fn wanted(picked: &Picked<'_>, project: &Project, changed: Changed) -> Result<String, Failure> {
    let split = |document: &str| {
        let names: Vec<&str> = project.regions().iter().map(|(name, _)| *name).collect();
        project::parts(document, &names).map_err(|error| {
            usage(
                error.to_string(),
                "Put problem.toml back as it was when the run began.",
            )
        })
    };
    let (base, theirs) = (
        split(&picked.unit.spec.original)?,
        split(&picked.candidate.source)?,
    );
    let mut regions = Vec::new();
    for (((name, ours), base), theirs) in project.regions().into_iter().zip(base).zip(theirs) {
        let same = |a: &str, b: &str| a.trim_end_matches('\n') == b.trim_end_matches('\n');
        let text = if same(&ours, &base) || same(&ours, &theirs) {
            theirs
        } else if changed == Changed::Refuse {
            return Err(usage(
                format!("`{name}` has changed since the run began"),
                "--merge puts both changes together where they are of different lines; nothing was written.",
            ));
        } else {
            merged(name, &base, &ours, &theirs)?
        };
        regions.push((name.to_owned(), text));
    }
    Ok(project::document(&regions))
}

/// Both changes to a text, where they are of different lines.
pub(super) fn merged(name: &str, base: &str, ours: &str, theirs: &str) -> Result<String, Failure> {
    three_way(base, ours, theirs).map_err(|conflicts| {
        let first = conflicts.first().map_or_else(String::new, |conflict| {
            let line = |text: &str| one_line(text.lines().next().unwrap_or(""));
            format!(
                "; first at its line {}: now `{}`, in the candidate `{}`",
                conflict.line,
                line(&conflict.ours),
                line(&conflict.theirs)
            )
        });
        let places = match conflicts.len() {
            1 => "one place".to_owned(),
            n => format!("{n} places"),
        };
        usage(
            format!("`{name}` and the candidate changed the same lines at {places}{first}"),
            "Start a new run from the code as it is now; nothing was written.",
        )
    })
}

/// The commit's words.
fn message(picked: &Picked<'_>, gone: &[String]) -> String {
    let Picked {
        run,
        unit,
        candidate,
        evaluated,
    } = picked;
    let mut text = String::new();
    let Some(measured) = evaluated.evaluation.measurement() else {
        return text;
    };
    let agent = run.spec.team.get(candidate.id.agent.index());
    let author = agent.map_or_else(String::new, |agent| {
        format!(
            " by {} ({})",
            one_line(&agent.name),
            one_line(&agent.model())
        )
    });
    let subject = one_line(unit.spec.problem.short());
    // Writing to a text cannot fail.
    let _ = writeln!(
        text,
        "Make {subject} faster: {}×\n",
        ratio(measured.speedup.estimate)
    );
    let _ = writeln!(
        text,
        "Speedup {} ({}; 95 % interval over {} process launches).",
        measured.speedup,
        measured.verdict.word(),
        measured.launches.len()
    );
    let _ = writeln!(
        text,
        "Candidate {}{author} of lessonl run {}, {} UTC.",
        candidate.id,
        run.id,
        moment(run.started_at)
    );
    let machine = &run.machine;
    let _ = writeln!(
        text,
        "Machine: {}, {} cores, {}, {}.",
        one_line(&machine.cpu),
        machine.cores,
        one_line(&machine.system),
        one_line(&machine.sandbox)
    );
    let _ = writeln!(text, "\nChecked:");
    for gate in &evaluated.gates {
        let word = match gate.passed {
            Some(true) => "passed",
            Some(false) => "failed",
            None => "not run",
        };
        let _ = writeln!(
            text,
            "- {} {word}: {}",
            one_line(&gate.name),
            one_line(&gate.detail)
        );
    }
    let removal = removal(gone);
    let others = evaluated
        .caveats
        .iter()
        .filter(|caveat| caveat.name != REMOVES);
    for caveat in removal.iter().chain(others) {
        let _ = writeln!(text, "- limit of trust: {}", one_line(&caveat.advice));
    }
    let read: Vec<_> = candidate
        .read
        .iter()
        .filter_map(|id| unit.lesson(*id))
        .collect();
    if !read.is_empty() {
        let _ = writeln!(text, "\nLessons its author had read:");
        for record in read {
            let words = one_line(&record.lesson.text);
            let _ = writeln!(
                text,
                "- {}: {}",
                record.lesson.id,
                words.chars().take(300).collect::<String>()
            );
        }
    }
    let _ = writeln!(
        text,
        "\nReproduce: lessonl verify {} --candidate {}",
        run.id, candidate.id
    );
    text
}

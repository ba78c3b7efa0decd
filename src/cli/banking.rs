//! What the screens have done with the bank of lessons and with a candidate of a stored run: as `lessonl lessons` and
//! `lessonl eval --fresh` do it, without a word to the terminal.

use std::path::Path;
use std::sync::Arc;

use super::compose::{Containment, House};
use super::gather::gather;
use super::lessons::worth;
use crate::bank::{self, mint};
use crate::domain::carried::{Sighting, Standing, StandingBy};
use crate::domain::evaluation::Evaluated;
use crate::domain::id::{RunId, UnitId};
use crate::domain::lesson::LessonOutcome;
use crate::domain::run::Run;
use crate::failure::{Failure, FailureKind};
use crate::harness::{Cancel, CandidateCode};
use crate::reports::table::one_line;
use crate::store::bank::{self as stored, Told};
use crate::tui::errand::{Applied, Banked, Errand};

/// Does an errand about the bank, and reads it afterwards.
pub(super) fn serve(house: &House, errand: &Errand) -> Result<Vec<Banked>, Failure> {
    let database = house.database();
    match errand {
        Errand::DecideBank { keys, standing } => {
            let by = match standing {
                Standing::Staged => StandingBy::Nobody,
                Standing::Accepted | Standing::Rejected => StandingBy::Person,
            };
            stored::decide(&database, keys, *standing, by)?;
        }
        Errand::EditBank { key, text } => {
            let text = bounded(text)?;
            stored::reword(&database, key, &bank::key(&text), &text)?;
        }
        Errand::AddToBank { run, unit, text } => add(house, &database, run, *unit, text)?,
        _ => {}
    }
    if !database.exists() {
        return Ok(Vec::new());
    }
    gather(&database)?;
    let merged = stored::merged(&database)?;
    let lessons = stored::list(&database, None)?.into_iter();
    Ok(lessons
        .map(|lesson| Banked {
            worth: worth(&lesson),
            merged: merged.get(&lesson.key).copied().unwrap_or(0),
            lesson,
        })
        .collect())
}

fn bounded(text: &str) -> Result<String, Failure> {
    mint::bounded(&one_line(text)).ok_or_else(|| {
        Failure::new(FailureKind::Usage, "a lesson cannot be empty")
            .hint("Reject it instead, or write what it says.")
    })
}

/// A person's own lesson: seen on the unit that they looked at.
fn add(
    house: &House,
    database: &Path,
    run: &RunId,
    unit: UnitId,
    text: &str,
) -> Result<(), Failure> {
    let text = bounded(text)?;
    let facts = house.archive().facts(run)?;
    let known = Run::fold(&facts);
    let Some((run, unit)) = known.as_ref().and_then(|run| Some((run, run.unit(unit)?))) else {
        return Err(
            Failure::new(FailureKind::Usage, format!("run {run} has no such problem"))
                .hint("Choose another run."),
        );
    };
    let key = bank::key(&text);
    let sighting = Sighting {
        // Not the run's own name: what is gathered of that is replaced when it grows.
        source: format!("you, at {}", run.id),
        unit: 0,
        lesson: format!("L-{key}"),
        imported: false,
        carried: false,
        problem: unit.spec.problem.clone(),
        category: unit.spec.category.clone(),
        mode: unit.spec.mode,
        compiler: run.toolchain.version.clone(),
        cpu: run.machine.cpu.clone(),
        author: "a person".to_owned(),
        outcome: LessonOutcome::Advice,
        speedup: 0.0,
        factor: 1.0,
        with: Default::default(),
        without: Default::default(),
    };
    stored::import(
        database,
        &[Told {
            key,
            text,
            standing: Standing::Accepted,
            sighting,
        }],
    )?;
    Ok(())
}

/// Measures a candidate of a stored run once more, with fresh inputs.
pub(super) fn measure(
    house: &House,
    containment: Containment,
    wanted: &Applied,
    cancel: &Cancel,
) -> Result<Evaluated, Failure> {
    let facts = house.archive().facts(&wanted.run)?;
    let run = Run::fold(&facts);
    let found = run.as_ref().and_then(|run| {
        let unit = run.unit(wanted.unit)?;
        Some((run, unit, unit.candidates.get(&wanted.candidate)?))
    });
    let Some((run, unit, state)) = found else {
        let what = format!("run {} has no candidate {}", wanted.run, wanted.candidate);
        return Err(Failure::new(FailureKind::Usage, what).hint("Choose another one."));
    };
    let problem = Arc::new(house.same_problem(&unit.spec, run.spec.sizing)?);
    let harness = house.harness_for(containment, std::iter::once(&problem))?;
    let prepared = harness.prepare(problem, unit.spec.mode, cancel, &|_| {})?;
    let made = CandidateCode {
        source: &state.candidate.source,
        build: state.candidate.build.as_ref(),
    };
    Ok(harness.confirm(&prepared, made, fastrand::u64(..), cancel, &|_| {}))
}

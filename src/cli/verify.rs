//! `lessonl verify`: measures what was applied, in place: the project as it is now against the same with the stored
//! original in the regions' places; a function that was taken from a file is taken from it again, as it stands there now.
//! Never writes into the project.

use std::sync::Arc;

use super::compose::{Containment, House};
use super::output::{self, Halt};
use super::project_args::VerifyArguments;
use super::{apply, eval, own_place};
use crate::domain::problem::{Kind, Mode, Problem};
use crate::domain::run::Run;
use crate::failure::{Failure, FailureKind};
use crate::problems;

/// Runs it. Returns the exit code.
pub(super) fn verify(house: &House, wanted: &VerifyArguments) -> Result<u8, Halt> {
    let choice = apply::choice(
        house,
        &wanted.id,
        wanted.candidate,
        wanted.problem.as_deref(),
    )?;
    let facts = house.archive().facts(&choice.run).map_err(Failure::from)?;
    let run = Run::fold(&facts).ok_or_else(|| {
        Failure::new(
            FailureKind::Usage,
            format!("run {} does not begin with its start", choice.run),
        )
    })?;
    let chosen = run.units.iter().zip(0_u16..).find_map(|(unit, at)| {
        let here = choice.unit.is_none_or(|wanted| wanted.0 == at);
        let id = choice.candidate.or(unit.winner).filter(|_| here)?;
        Some((unit, unit.candidates.get(&id)?))
    });
    let Some((unit, state)) = chosen else {
        return Err(Failure::new(
            FailureKind::Usage,
            format!(
                "run {} found no improvement, so there is nothing to verify",
                run.id
            ),
        )
        .hint("--candidate ID verifies one that was tried.")
        .into());
    };
    let source = &state.candidate.source;
    let folder = &unit.spec.path;
    let (problem, now) = match problems::source(folder).map_err(Failure::from)? {
        Some(taken) => {
            let now = own_place::as_it_is(house, &taken)?;
            let problem = Problem {
                original: unit.spec.original.clone(),
                ..problems::load_folder(folder).map_err(Failure::from)?
            };
            (problem, now)
        }
        None => {
            let now = problems::load_after(folder, source, None).map_err(Failure::from)?;
            let before = problems::load_after(folder, source, Some(&unit.spec.original))
                .map_err(Failure::from)?;
            (before, now.original)
        }
    };
    if now.trim_end() == unit.spec.original.trim_end() {
        return Err(Failure::new(
            FailureKind::Usage,
            "the code in place is the original: nothing was applied",
        )
        .hint(format!("`lessonl apply {} --in-place` applies it.", run.id))
        .into());
    }
    // A function taken again comes with what it uses in its file, so its text is never the candidate's.
    if matches!(problem.kind, Kind::Command(_)) && now.trim_end() != source.trim_end() {
        output::note(
            "The code in place is not the candidate to the letter: what is there now is measured.",
        );
    }
    let problem = Arc::new(Problem {
        id: unit.spec.problem.clone(),
        ..problem
    });
    let harness = house.harness_for(
        Containment::from_flag(wanted.unsafe_no_sandbox),
        std::iter::once(&problem),
    )?;
    let mode: Mode = unit.spec.mode;
    let evaluated = eval::judge(house, &harness, &problem, mode, &now, None)?;
    eval::show(&problem.id, mode, &evaluated, wanted.json)?;
    let stands = evaluated
        .evaluation
        .speedup()
        .is_some_and(|speedup| speedup.lo > 1.0);
    Ok(if stands { 0 } else { output::NO_IMPROVEMENT })
}

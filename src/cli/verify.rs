//! `lessonl verify`: measures what was applied, in place: the project as it is now against the same with the stored
//! original in the regions' places. Never writes into the project.

use std::sync::Arc;

use super::applying::{Changed, plan};
use super::compose::{Containment, House};
use super::output::{self, Halt};
use super::project_args::VerifyArguments;
use super::{apply, eval};
use crate::domain::problem::{Mode, Problem};
use crate::domain::run::Run;
use crate::failure::{Failure, FailureKind};
use crate::problems;

/// Runs it. Returns the exit code.
pub fn verify(house: &House, wanted: &VerifyArguments) -> Result<u8, Halt> {
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
    let (problem, now) = match problems::origin(folder).map_err(Failure::from)? {
        Some(_) => {
            // Whether it is in place is what applying it again would say.
            if let Ok(still) = plan(house, &choice, Changed::Refuse) {
                return Err(Failure::new(
                    FailureKind::Usage,
                    format!("{} is not applied", still.id),
                )
                .hint(format!("`lessonl apply {} --in-place` does that.", run.id))
                .into());
            }
            let problem = problems::load_folder(folder).map_err(Failure::from)?;
            (problem, source.clone())
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
    let other = now.trim_end() != source.trim_end();
    if other {
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

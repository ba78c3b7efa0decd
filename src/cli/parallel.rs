//! A comparison's cells on this machine, several in flight. Never begins a cell that is over.

use std::time::Duration;

use super::cell;
use super::compared::run_of;
use super::compose::{Containment, House, Keep, whole};
use super::flight::{self, Captain, Flight, Landed, Manner, Stopped};
use super::follow::{Interrupt, Signals};
use super::output::{self, Halt};
use super::run;
use crate::domain::comparison::{CellId, Comparison};
use crate::domain::run::Run;
use crate::failure::{Failure, FailureKind};
use crate::reports::comparison::{could_not_begin, is_over};
use crate::store::Kept;

/// Works every cell that is not over. `Some`: it was stopped.
pub fn cells(
    house: &House,
    comparison: &Comparison,
    containment: Containment,
    limit: u16,
    signals: &mut Signals,
    json: bool,
) -> Result<Option<Interrupt>, Halt> {
    let mut problems = Vec::new();
    for unit in &comparison.spec.base.units {
        let problem = house.same_problem(unit, comparison.spec.base.sizing)?;
        problems.push(std::sync::Arc::new(problem));
    }
    let harness = house.harness_for(containment, problems.iter())?;
    let mut here = Here {
        house,
        comparison,
        next: 0,
        json,
        begun: false,
        failed: None,
    };
    let manner = Manner {
        limit: usize::from(limit),
        grace: Duration::ZERO,
    };
    let stopped = flight::fly(house, &harness, &manner, signals, &mut here)?;
    match (stopped, here.failed) {
        (Some(Stopped::Signal(signal)), _) => Ok(Some(signal)),
        // one broken problem is its own fault; all of them are not
        (_, Some(failure)) if !here.begun => Err(failure.into()),
        _ => Ok(None),
    }
}

struct Here<'a> {
    house: &'a House,
    comparison: &'a Comparison,
    next: u32,
    json: bool,
    /// Whether a problem could be worked on.
    begun: bool,
    /// Why one could not.
    failed: Option<Failure>,
}

impl Captain for Here<'_> {
    type Tag = CellId;

    fn next(&mut self) -> Result<Option<Flight<CellId>>, Halt> {
        loop {
            let id = CellId(self.next);
            self.next += 1;
            let Some(spec) = self.comparison.spec.run(&self.comparison.id, id) else {
                return Ok(None);
            };
            let run = run_of(self.comparison, id)?;
            let record = match self.house.has_run(&run)? {
                true => self.house.facts(&run)?,
                false => Vec::new(),
            };
            if Run::fold(&record).is_some_and(|run| is_over(&run)) {
                self.begun = true;
                continue;
            }
            let beginning = match record.is_empty() {
                true => self.house.planned_run(run, spec)?,
                false => self.house.stored_run(&run)?,
            };
            return Ok(Some(Flight {
                tag: id,
                beginning,
                keep: Keep::Store,
            }));
        }
    }

    fn landed(&mut self, landed: Landed<CellId>) -> Result<(), Halt> {
        let id = landed.tag;
        let of = format!("cell {id}");
        let again = format!("lessonl compare --resume {}", self.comparison.id);
        whole(landed.kept.unwrap_or(Kept::Partly), &of, &again)?;
        let told = landed.run.ok_or_else(|| {
            Failure::new(FailureKind::Internal, format!("cell {id} told nothing"))
        })?;
        let line = cell::line(self.comparison, id, &told);
        match self.json {
            true => output::note(&line),
            false => output::line(&line)?,
        }
        if could_not_begin(&told) {
            self.failed = run::verdict(&told);
        } else if is_over(&told) {
            self.begun = true;
        } else if let Some(failure) = run::verdict(&told) {
            return Err(failure.into());
        }
        Ok(())
    }

    fn is_stop_wanted(&mut self) -> bool {
        false
    }
}

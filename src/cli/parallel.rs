//! A comparison's cells on this machine, several in flight. Never begins a cell that is over.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::cell;
use super::compared::run_of;
use super::compose::{Containment, House, Keep, whole};
use super::flight::{self, Captain, Flight, Landed, Manner, Stopped, Want};
use super::follow::{Interrupt, Signals};
use super::output::{self, Halt};
use super::run;
use crate::agents::Among;
use crate::domain::comparison::{CellId, Comparison};
use crate::domain::id::RunId;
use crate::domain::run::Run;
use crate::domain::units::Cost;
use crate::failure::{Failure, FailureKind};
use crate::reports::comparison::{could_not_begin, is_over};
use crate::store::Kept;
use crate::store::spool::purse::Purse;

/// How long answers under way may take to come in once the money is used up: each of them is paid for already.
const PATIENCE: Duration = Duration::from_secs(600);

/// Works every cell that is not over. `Some`: it was stopped.
pub(super) fn cells(
    house: &House,
    comparison: &Comparison,
    containment: Containment,
    limit: u16,
    signals: &mut Signals,
    json: bool,
) -> Result<Option<Interrupt>, Halt> {
    let house = &House {
        among: Among::default(),
        ..house.clone()
    };
    house.among.set(u32::from(limit));
    let mut problems = Vec::new();
    for unit in &comparison.spec.base.units {
        let problem = house.same_problem(unit, comparison.spec.base.sizing)?;
        problems.push(Arc::new(problem));
    }
    let harness = house.harness_for(containment, problems.iter())?;
    let purse = match comparison.total {
        Some(total) => Some(Arc::new(Purse::of_process(left(house, comparison, total)?))),
        None => None,
    };
    let mut here = Here {
        purse,
        want: Want::default(),
        broke: false,
        house,
        comparison,
        next: 0,
        paid: BTreeMap::new(),
        json,
        begun: false,
        failed: None,
    };
    let manner = Manner {
        limit: usize::from(limit),
        grace: Duration::ZERO,
        patience: PATIENCE,
    };
    let stopped = flight::fly(house, &harness, &manner, signals, &mut here)?;
    match (stopped, here.failed) {
        (Some(Stopped::Signal(signal)), _) => Ok(Some(signal)),
        (Some(Stopped::Wanted), _) => Err(used_up(comparison).into()),
        // one broken problem is its own fault; all of them are not
        (_, Some(failure)) if !here.begun => Err(failure.into()),
        _ => Ok(None),
    }
}

/// What is left of the money for all cells.
fn left(house: &House, comparison: &Comparison, total: Cost) -> Result<Cost, Failure> {
    let mut left = total;
    for cell in (0..).map(CellId).take(comparison.spec.cells.len()) {
        let run = run_of(comparison, cell)?;
        if house.has_run(&run)? {
            let spent = Run::fold(&house.facts(&run)?).map(|run| run.spent.cost);
            left = left.less(spent.unwrap_or_default());
        }
    }
    Ok(left)
}

/// Says that the money for all cells is used up, and how it goes on.
pub(super) fn used_up(comparison: &Comparison) -> Failure {
    let total = comparison.total.unwrap_or_default();
    Failure::new(
        FailureKind::Environment,
        format!("the money for all cells together ({total}) does not cover another question"),
    )
    .hint(format!(
        "Allow more, and it goes on where it is: lessonl compare --resume {} --budget-total USD",
        comparison.id
    ))
}

struct Here<'a> {
    /// What all cells are paid from, where there is a limit for them together.
    purse: Option<Arc<Purse>>,
    want: Want,
    /// Whether it does not cover another question.
    broke: bool,
    house: &'a House,
    comparison: &'a Comparison,
    next: u32,
    /// What runs under way had spent before they were begun here.
    paid: BTreeMap<RunId, Cost>,
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
            self.paid.insert(
                run.clone(),
                Run::fold(&record).map_or(Cost(0), |run| run.spent.cost),
            );
            let beginning = match record.is_empty() {
                true => self.house.planned_run(run, spec)?,
                false => self.house.stored_run(&run)?,
            };
            return Ok(Some(Flight {
                tag: id,
                beginning,
                keep: match &self.purse {
                    Some(purse) => Keep::Purse(Arc::clone(purse)),
                    None => Keep::Store,
                },
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
        if let Some(purse) = &self.purse {
            let before = self.paid.remove(&told.id).unwrap_or_default();
            purse.settled(&told.id, told.spent.cost.less(before));
        }
        let line = cell::line(self.comparison, id, &told);
        match self.json {
            true => output::note(&line),
            false => output::line(&line)?,
        }
        if could_not_begin(&told) {
            self.failed = run::verdict(&told);
        } else if is_over(&told) {
            self.begun = true;
        } else if let Some(failure) = run::verdict(&told)
            && !self.broke
        {
            return Err(failure.into());
        }
        Ok(())
    }

    fn is_stop_wanted(&mut self, idle: bool) -> bool {
        let is_short = |purse: &Arc<Purse>| purse.is_short();
        let short = idle && self.purse.as_ref().is_some_and(is_short);
        self.broke |= self.want.lasts(short);
        self.broke
    }
}

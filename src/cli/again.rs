//! With which budget a run is taken up again, and whether that leaves it anything to do. Pure.

use super::args::RunArguments;
use crate::domain::event::Ending;
use crate::domain::id::UnitId;
use crate::domain::meter::Budget;
use crate::domain::run::Run;
use crate::domain::units::{Cost, Nanos, Tokens};
use crate::failure::{Failure, FailureKind};

/// The budget to go on with: what is asked for now over what was in force. `None`: as it was.
///
/// # Errors
/// If nothing is left of it, with how much was spent and what to type.
pub(super) fn budget_again(run: &Run, wanted: &RunArguments) -> Result<Option<Budget>, Failure> {
    let asked = Budget {
        time: wanted.budget_time,
        asks: wanted.budget_asks,
        tokens: wanted.budget_tokens,
        cost: wanted.budget_cost,
    };
    let mut taken_up = run.clone();
    taken_up.budget = run.budget.with(asked);
    // units that have spent theirs have ended: another one may still have asks and tokens
    let left = taken_up.left(run.current_unit());
    let spent = &run.spent;
    let gone = match (left.time, left.cost) {
        (Some(Nanos(0)), _) => Some(("time", spent.time.to_string(), "--budget-time 1h")),
        (_, Some(Cost(0))) => Some(("money", spent.cost.to_string(), "--budget-cost 5")),
        _ => None,
    };
    match gone {
        Some((what, spent, flag)) => Err(Failure::new(
            FailureKind::Usage,
            format!(
                "run {} has no {what} left: {spent} of its budget are spent",
                run.id
            ),
        )
        .hint(format!(
            "Give it a larger total, what was spent included: lessonl run --resume {} {flag}",
            run.id
        ))),
        None => Ok((!asked.is_unlimited()).then_some(taken_up.budget)),
    }
}

/// Whether a run that was done has something to do under this budget: a problem that had spent its asks or tokens.
pub(super) fn has_more_to_do(run: &Run, budget: Option<Budget>) -> bool {
    let mut taken_up = run.clone();
    taken_up.budget = budget.unwrap_or(run.budget);
    let mut units = (0..).map(UnitId).zip(&run.units);
    units.any(|(at, unit)| {
        let left = taken_up.left(at);
        unit.ending == Some(Ending::Budget)
            && left.asks != Some(0)
            && left.tokens != Some(Tokens(0))
    })
}

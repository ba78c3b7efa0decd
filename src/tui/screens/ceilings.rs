//! How much of what is known to be possible was reached: a result beside the best known code of its problem, as
//! `lessonl problems --headroom` measured it. The known ceiling is no bound: more than 100 % can be reached.

use crate::domain::id::UnitId;
use crate::domain::measurement::Speedup;
use crate::domain::run::Run;
use crate::model::Model;
use crate::reports::ceiling::of_unit;
use crate::reports::result::UnitResult;

/// Cells of a share alone, and of one with the ceiling's own figure.
const CELLS: (usize, usize) = (9, 30);

/// What a unit reached of its ceiling.
struct Reached {
    /// 1 is all of it. Where the original stays, that is what was reached.
    share: f64,
    /// The ceiling.
    best: Speedup,
    /// Whether it was measured on another processor than the run's.
    elsewhere: bool,
}

fn reached(model: &Model, run: &Run, id: UnitId, result: &UnitResult) -> Option<Reached> {
    if result.speedup.is_none() && result.ending.is_none() {
        return None;
    }
    let ceiling = of_unit(run, usize::from(id.0), &model.ceilings)?;
    let best = ceiling.speedup?;
    Some(Reached {
        share: result.in_hand().unwrap_or(1.0).max(1.0) / best.estimate.max(1.0),
        best,
        elsewhere: ceiling.cpu != run.machine.cpu,
    })
}

/// The geometric mean of the shares over those units whose ceiling is known.
pub(crate) fn mean(model: &Model, run: &Run, units: &[UnitId]) -> Option<f64> {
    let shares: Vec<f64> = units
        .iter()
        .filter_map(|id| {
            let result = UnitResult::of(run, run.unit(*id)?);
            Some(reached(model, run, *id, &result)?.share.ln())
        })
        .collect();
    (!shares.is_empty()).then(|| (shares.iter().sum::<f64>() / shares.len() as f64).exp())
}

/// Cells of the column in a panel of a width; 0 where no ceiling is known.
pub(crate) fn cells(
    model: &Model,
    run: &Run,
    listed: &[(UnitId, UnitResult)],
    width: u16,
) -> usize {
    let known =
        |(id, _): &(UnitId, UnitResult)| of_unit(run, usize::from(id.0), &model.ceilings).is_some();
    match (listed.iter().any(known), width) {
        (false, _) => 0,
        (true, 130..) => CELLS.1,
        (true, _) => CELLS.0,
    }
}

/// `62 % of 9.91× [9.02, 10.9]`, or `62 %` where there is less room; `≈` where the ceiling is another processor's.
pub(crate) fn words(
    model: &Model,
    run: &Run,
    id: UnitId,
    result: &UnitResult,
    cells: usize,
) -> String {
    let Some(reached) = reached(model, run, id, result) else {
        return String::new();
    };
    let about = if reached.elsewhere {
        model.look.pick("≈", "~")
    } else {
        ""
    };
    let share = format!("{about}{:.0} %", reached.share * 100.0);
    if cells < CELLS.1 {
        return share;
    }
    let times = model.look.pick("×", "x");
    format!(
        "{share} of {}",
        reached.best.to_string().replace('×', times)
    )
}

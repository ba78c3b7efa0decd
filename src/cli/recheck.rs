//! A comparison's winners measured once more: by whoever worked on it last, on a machine of the class they were found on.
//! Never decides who wins.

use std::sync::Arc;

use super::compose::House;
use super::follow::{Interrupt, Signals};
use super::output::{self, Halt};
use super::spooled;
use crate::domain::comparison::{CellId, Comparison, ComparisonFact, GridCell};
use crate::domain::evaluation::Evaluated;
use crate::domain::event::Envelope;
use crate::domain::id::CandidateId;
use crate::domain::run::Run;
use crate::failure::{Failure, FailureKind};
use crate::harness::{Cancel, Harness, HarnessError};
use crate::reports::comparison::{CellResult, winners};
use crate::store::spool::Spool;

/// What measuring a cell's final candidate once more came to; `None`: it has none.
pub(super) type Once = Option<(CandidateId, Evaluated)>;

/// Measures a cell's final candidate once more, with a seed that nobody has seen.
pub(super) fn once_more(
    house: &House,
    harness: &Harness,
    signals: &mut Signals,
    cell: Option<&GridCell>,
    facts: &[Envelope],
) -> Result<Result<Once, Interrupt>, Halt> {
    let Some((candidate, source, spec, sizing)) = Run::fold(facts).and_then(|run| {
        let unit = run.units.first()?;
        let candidate = unit.winner?;
        let source = unit.candidates.get(&candidate)?.candidate.source.clone();
        Some((candidate, source, unit.spec.clone(), run.spec.sizing))
    }) else {
        return Ok(Ok(None));
    };
    let problem = Arc::new(house.same_problem(&spec, sizing)?);
    // beyond every seed that the cell's own run can draw
    let own = cell.map_or(0, |cell| cell.seed);
    let seed = super::compare::seed_of(!own, u16::MAX, u16::MAX);
    let (cancel, harness) = (Cancel::default(), harness.clone());
    let stop = cancel.clone();
    let work = house.handle.spawn_blocking(move || {
        let prepared = harness.prepare(problem, spec.mode, &cancel, &|_| {})?;
        Ok(harness.confirm(&prepared, &source, seed, &cancel, &|_| {}))
    });
    let done: Result<_, Interrupt> = house.handle.block_on(async {
        tokio::select! {
            done = work => Ok(done),
            interrupt = signals.next() => {
                stop.cancel();
                Err(interrupt)
            }
        }
    });
    let evaluated: Result<Evaluated, HarnessError> = match done {
        Err(interrupt) => return Ok(Err(interrupt)),
        Ok(Ok(evaluated)) => evaluated,
        Ok(Err(_)) => {
            return Err(Failure::new(FailureKind::Internal, "the harness broke off").into());
        }
    };
    Ok(Ok(Some((candidate, evaluated.map_err(Failure::from)?))))
}

/// What it came to, in a line.
pub(super) fn line(cell: CellId, candidate: CandidateId, evaluated: &Evaluated) -> String {
    let words = match evaluated.evaluation.speedup() {
        Some(speedup) => speedup.to_string(),
        None => evaluated.evaluation.outcome().word().to_owned(),
    };
    format!("once more {cell} {candidate}: {words}")
}

/// The winners of a comparison whose blocks are all over, if nobody else has taken them on. `Some`: it was stopped.
pub(super) fn on_spool(
    house: &House,
    harness: &Harness,
    signals: &mut Signals,
    (spool, comparison): (&Spool, &Comparison),
    class: &str,
) -> Result<Option<Interrupt>, Halt> {
    if !spool.take_winners_on()? {
        return Ok(None);
    }
    let mut results = Vec::new();
    let mut facts = Vec::new();
    let mut classes = Vec::new();
    for block in spool.blocks() {
        let read = spool.read(block.id, Vec::new())?;
        let (standing, runs) = spooled::standing(spool, block, &read);
        for (cell, (_, told)) in block.cells.iter().zip(runs) {
            let known = comparison.spec.cells.get(cell.index());
            results.extend(known.and_then(|known| CellResult::of(*cell, *known, &told)));
            facts.push((*cell, told));
            classes.push((*cell, standing.class.clone()));
        }
    }
    let is_ours = |id: &CellId| classes.iter().any(|(cell, of)| cell == id && of == class);
    let (ours, others): (Vec<CellId>, Vec<CellId>) =
        winners(comparison, &results).into_iter().partition(is_ours);
    if !others.is_empty() {
        output::note(&format!(
            "{} final candidates of the best strategy were found on machines of another class, and are not measured again here.",
            others.len()
        ));
    }
    if !ours.is_empty() {
        output::line(&format!(
            "measuring the final candidates of the best strategy once more: {}",
            ours.len()
        ))?;
    }
    for id in ours {
        let Some((_, told)) = facts.iter_mut().find(|(cell, _)| *cell == id) else {
            continue;
        };
        // Problems lie where the plan has them.
        for envelope in told.iter_mut() {
            if let crate::domain::event::Fact::RunStarted { spec, .. } = &mut envelope.fact {
                for unit in &mut spec.units {
                    unit.path = spool.folder().join(&unit.path);
                }
            }
        }
        let cell = comparison.spec.cells.get(id.index());
        let (candidate, evaluated) = match once_more(house, harness, signals, cell, told)? {
            Err(interrupt) => return Ok(Some(interrupt)),
            Ok(None) => continue,
            Ok(Some(found)) => found,
        };
        output::line(&line(id, candidate, &evaluated))?;
        spool.tell_winner(&ComparisonFact::Rechecked {
            cell: id,
            candidate,
            evaluated: Box::new(evaluated),
        })?;
    }
    Ok(None)
}

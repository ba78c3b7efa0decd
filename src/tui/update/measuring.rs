//! Measuring a candidate once more with fresh inputs, when nothing else runs: asked for, and what came of it.

use crate::domain::id::{CandidateId, RunId, UnitId};
use crate::errand::{Answer, Applied, Desk, Errand, News};
use crate::model::{Again, Model};
use crate::msg::Effect;
use crate::widgets::text::one_line;

/// The selected candidate's name among all runs'.
pub(super) fn chosen(model: &Model) -> Option<(RunId, UnitId, CandidateId)> {
    let (unit, _) = model.unit()?;
    let (candidate, _) = model.selected()?;
    Some((model.run()?.id.clone(), unit, candidate))
}

/// Whether something is being measured again.
pub(super) fn is_under_way(model: &Model) -> bool {
    let mut all = model.again.values();
    all.any(|again| matches!(again, Again::Measuring(_)))
}

/// Has the selected candidate measured.
pub(super) fn begin(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some((run, unit, candidate)) = chosen(model) else {
        model.toast = Some("There is no candidate yet".to_owned());
        return;
    };
    model.errands += 1;
    let number = model.errands;
    let wanted = Applied {
        run: run.clone(),
        unit,
        candidate,
        merge: false,
    };
    model.toast = Some(format!("Measuring {candidate} again with fresh inputs …"));
    let key = (run, unit, candidate);
    model.again.insert(key, Again::Measuring(number));
    effects.push(Effect::Errand(
        Desk::Measure,
        number,
        Errand::Measure(wanted),
    ));
}

/// Takes in news of it.
pub(super) fn news(model: &mut Model, number: u64, news: News) {
    let News::Over(result) = news else { return };
    let found = model
        .again
        .iter_mut()
        .find(|(_, again)| **again == Again::Measuring(number));
    let Some(((_, _, candidate), again)) = found else {
        return;
    };
    model.dirty = true;
    match result {
        Ok(Answer::Measured(evaluated)) => {
            let words = match evaluated.evaluation.measurement() {
                Some(m) => format!("{} {}", m.speedup, m.verdict.word()),
                None => crate::screens::annotations::sentence(&evaluated.evaluation),
            };
            model.toast = Some(one_line(&format!("{candidate} measured again: {words}")));
            *again = Again::Measured(evaluated);
        }
        Ok(_) => {}
        Err(failure) => {
            model.toast = Some(one_line(&failure.to_string()));
            *again = Again::Failed(failure);
        }
    }
}

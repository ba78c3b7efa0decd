//! Agents that play back the answers of a stored run. Never makes an answer up: what is not recorded is a failure.

use crate::domain::ask::{Answer, Ask, AskFailure, AskFailureKind};
use crate::domain::id::{AskId, UnitId};

/// Recorded answers by the unit and the ask they belong to.
pub(super) type Answers = std::collections::BTreeMap<(UnitId, AskId), Answer>;

/// The recorded answer to an ask; `from` names the recording.
pub(super) fn answer(answers: &Answers, from: &str, ask: &Ask) -> Result<Answer, AskFailure> {
    answers
        .get(&(ask.unit, ask.id))
        .cloned()
        .ok_or_else(|| AskFailure {
            kind: AskFailureKind::NotRecorded,
            message: format!("{from} holds no answer to {} of unit {}", ask.id, ask.unit),
            hint: "play back a run of the same problems, team and rounds".to_owned(),
            wait: None,
        })
}

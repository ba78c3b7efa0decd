//! Going back and forth in a replay: by fact, by round, by a point on the line of time.

use crate::config::keymap::{Action, Place};
use crate::domain::command::Command;
use crate::domain::event::Fact;
use crate::live::Live;
use crate::model::Model;
use crate::msg::Effect;
use crate::panes::Pane;

/// The moments worth going to: how many facts are told when a problem or a round has just begun, and at the end.
pub(crate) fn moments(live: &Live) -> Vec<usize> {
    let facts = live.record.iter().enumerate();
    let begins = facts.filter_map(|(at, envelope)| match envelope.fact {
        Fact::RunStarted { .. } | Fact::RoundStarted { .. } => Some(at + 1),
        _ => None,
    });
    let mut moments: Vec<usize> = begins.collect();
    if moments.last() != Some(&live.record.len()) {
        moments.push(live.record.len());
    }
    moments
}

/// Takes in a key.
pub(super) fn act(model: &mut Model, action: Action, effects: &mut Vec<Effect>) {
    let Some(live) = &model.live else { return };
    let now = live.position();
    let to = match action {
        Action::StepBack => now.saturating_sub(1),
        Action::StepForward => now + 1,
        Action::ReplayStart => 1,
        Action::ReplayEnd => live.record.len(),
        Action::RoundBack => {
            let moments = moments(live);
            let before = moments.iter().rev().find(|at| **at < now);
            before.copied().unwrap_or(1)
        }
        _ => {
            let mut after = moments(live).into_iter().filter(|at| *at > now);
            after.next().unwrap_or(now)
        }
    };
    // Who steps wants to look: the replay is held until it is told to go on.
    let steps = matches!(action, Action::StepBack | Action::StepForward);
    if steps && let Some(live) = model.live.as_mut().filter(|live| !live.held) {
        live.held = true;
        effects.push(Effect::Send(Command::Pause));
    }
    seek(model, to, effects);
}

/// Plays a stored run from its beginning.
pub(super) fn play(model: &mut Model, effects: &mut Vec<Effect>) {
    seek(model, 1, effects);
    if let Some(live) = &mut model.live {
        live.held = false;
        live.closed = false;
    }
    effects.push(Effect::Send(Command::Resume));
    model.toast = Some("Playing from the beginning; ) goes to the end".to_owned());
    if model.place == Place::Result {
        model.place = Place::Run;
        model.pane = Pane::Agents;
    }
}

/// Goes to the moment after so many facts.
pub(super) fn seek(model: &mut Model, to: usize, effects: &mut Vec<Effect>) {
    let Some(live) = model.live.as_mut().filter(|live| !live.record.is_empty()) else {
        return;
    };
    live.seek(to);
    let at = live.position();
    effects.push(Effect::Send(Command::SeekReplay(at as u64)));
    model.view.tail_back = 0;
    let shown = model.unit().map(|(id, _)| id);
    if model.view.unit.is_some() && shown.is_none() {
        model.view.unit = None;
    }
    model.dirty = true;
}

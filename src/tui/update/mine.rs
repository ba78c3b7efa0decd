//! What the person adds to a run that is going on beside decisions: a candidate of their own, and a hint for one agent's next
//! prompt. Both are written here and taken in by the engine.

use super::{is_live, lessons};
use crate::config::keymap::{Action, Place};
use crate::domain::command::Command;
use crate::domain::id::UnitId;
use crate::domain::spec::AgentKind;
use crate::model::Model;
use crate::msg::{EditTarget, Effect};
use crate::widgets::text::one_line;

/// Longest hint, characters.
const LONGEST: usize = 1_000;

/// Why no candidate of one's own can be written now, if none can.
pub(super) fn refusal(model: &Model) -> Option<String> {
    let Some((_, unit)) = model.unit() else {
        return Some("No problem is being worked on yet".to_owned());
    };
    let goes_on = model.is_running() && is_live(model) && unit.ending.is_none();
    let key = model.keymap.first(Action::GoHome);
    if !goes_on {
        return Some(format!(
            "This problem is over: `lessonl eval {} FILE` judges your code, {key} starts a run",
            unit.spec.problem
        ));
    }
    if !unit.spec.work.is_optimise() {
        return Some("Code from a description is the agents' alone".to_owned());
    }
    unit.rounds
        .is_empty()
        .then(|| "One moment, the original is compiled and timed first".to_owned())
}

/// Opens the person's editor on the code to begin with.
pub(super) fn begin(model: &Model, effects: &mut Vec<Effect>) {
    let Some((id, unit)) = model.unit() else {
        return;
    };
    let chosen = model.selected().filter(|_| model.place == Place::Code);
    let text = match chosen {
        Some((_, state)) => state.candidate.source.clone(),
        None => unit.spec.original.clone(),
    };
    effects.push(Effect::Edit(EditTarget::Candidate(id, hash(&text)), text));
}

/// Takes in what the person wrote.
pub(super) fn written(
    model: &mut Model,
    unit: UnitId,
    before: u64,
    source: String,
    effects: &mut Vec<Effect>,
) {
    model.toast = Some(if source.trim().is_empty() {
        "The file is empty: nothing is judged".to_owned()
    } else if hash(&source) == before {
        "Left as it was: nothing is judged".to_owned()
    } else {
        effects.push(Effect::Send(Command::AddCandidate { unit, source }));
        "Your candidate is compiled, checked and timed now; the grid shows it as me".to_owned()
    });
}

fn hash(text: &str) -> u64 {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

/// Why the agent in focus can be told nothing, if it cannot.
pub(super) fn no_hint(model: &Model) -> Option<String> {
    let Some((run, (_, unit))) = model.run().zip(model.unit()) else {
        return Some("No problem is being worked on yet".to_owned());
    };
    if !model.is_running() || !is_live(model) || unit.ending.is_some() {
        return Some("This problem is over: nobody is asked any more".to_owned());
    }
    let author = model.author();
    match run.spec.team.get(author.index()).map(|agent| &agent.kind) {
        Some(AgentKind::Openai { .. }) => None,
        _ => Some(format!(
            "{} is no model and reads no hint",
            model.agent_name(author)
        )),
    }
}

/// Opens the inline editor on what is said to the agent in focus.
pub(super) fn hint(model: &mut Model) {
    let Some((id, unit)) = model.unit() else {
        return;
    };
    let agent = model.author();
    let known = unit.hints.get(&agent).cloned().unwrap_or_default();
    lessons::edit(model, EditTarget::Hint(id, agent), &known);
}

/// Takes in a hint; an empty one is taken back.
pub(super) fn hinted(
    model: &mut Model,
    target: &EditTarget,
    text: &str,
    effects: &mut Vec<Effect>,
) -> bool {
    let EditTarget::Hint(unit, agent) = *target else {
        return false;
    };
    let text: String = one_line(text).chars().take(LONGEST).collect();
    let name = model.agent_name(agent);
    model.toast = Some(match text.is_empty() {
        true => format!("{name} gets no hint"),
        false => format!("{name} reads it in its next prompt for code"),
    });
    effects.push(Effect::Send(Command::Hint { unit, agent, text }));
    true
}

//! The home screen's keys: marking problems, settings, starting a run.

use super::own;
use crate::config::keymap::Action;
use crate::domain::problem::Mode;
use crate::domain::spec::{LessonGate, Preset, StrategyKind};
use crate::lists;
use crate::model::{HomePane, Model};
use crate::msg::{Effect, Request};

/// Settings of a run, in the order they are shown.
pub(crate) const SETTINGS: [&str; 7] = [
    "mode", "team", "strategy", "preset", "rounds", "lessons", "gate",
];

/// Rounds of a strategy whose paper has no number of its own; round 0 counts.
pub(crate) const ROUNDS: u16 = 4;

/// Marks or unmarks the problem or the suite under the cursor.
pub(super) fn mark(model: &mut Model) {
    let rows = lists::home(model);
    let Some(row) = rows.get(model.home.row) else {
        model.toast = Some("No problem passes the filter".to_owned());
        return;
    };
    let marked = &mut model.home.marked;
    let (of_row, before) = (row.problems(), marked.len());
    if of_row.iter().all(|at| marked.contains(at)) {
        marked.retain(|at| !of_row.contains(at));
    } else {
        let new = of_row.iter().filter(|at| !marked.contains(at));
        let new: Vec<usize> = new.copied().collect();
        marked.extend(new);
    }
    if let lists::Row::Suite(name, _) = row {
        let words = match model.home.marked.len() > before {
            true => "marked",
            false => "unmarked",
        };
        model.toast = Some(format!("{} problems of {name} {words}", of_row.len()));
    }
    let last = rows.len().saturating_sub(1);
    model.home.row = (model.home.row + 1).min(last);
}

/// Marks all problems that pass the filter; where all of them are marked, none.
pub(super) fn mark_all(model: &mut Model) {
    let listed = lists::problems(model);
    if listed.is_empty() || model.home.way.is_own() {
        model.toast = Some("There is no list of problems here to mark".to_owned());
        return;
    }
    let marked = &mut model.home.marked;
    if listed.iter().all(|at| marked.contains(at)) {
        marked.retain(|at| !listed.contains(at));
    } else {
        let new = listed.into_iter().filter(|at| !marked.contains(at));
        let new: Vec<usize> = new.collect();
        marked.extend(new);
    }
    let count = model.home.marked.len();
    let key = model.keymap.first(Action::Start);
    model.toast = Some(match count {
        0 => "No problem is marked".to_owned(),
        n => format!("{n} problems marked; {key} runs them one after the other"),
    });
}

/// Runs again what the run that is open ran, with everything measured afresh.
pub(super) fn again(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(run) = model.run().map(|run| run.id.clone()) else {
        return;
    };
    model.launching = Some("Starting: the original is compiled and timed first …".to_owned());
    effects.push(Effect::Launch(Request::Again(run)));
}

/// Enter on a problem goes on to the settings, where the start is one key away.
pub(super) fn enter_problem(model: &mut Model, effects: &mut Vec<Effect>) {
    if lists::problems(model).is_empty() {
        model.toast = Some("No problem passes the filter".to_owned());
    } else if model.is_running() && super::is_own(model) {
        model.toast = Some("A run is going: stop it first (q)".to_owned());
    } else if model.home.pane == HomePane::Problems {
        start(model, effects);
    }
}

/// The problems that would be run: the marked ones, else the one under the cursor, or those of the suite under it.
pub(crate) fn chosen(model: &Model) -> Vec<usize> {
    if model.home.marked.is_empty() {
        let rows = lists::home(model);
        let row = rows.get(model.home.row);
        row.map_or_else(Vec::new, |row| row.problems().to_vec())
    } else {
        let mut marked = model.home.marked.clone();
        marked.sort_unstable();
        marked
    }
}

/// Starts the run as chosen.
pub(super) fn start(model: &mut Model, effects: &mut Vec<Effect>) {
    if model.launching.is_some() {
        model.toast = Some("One moment, a run is being opened".to_owned());
        return;
    }
    if model.is_running() && super::is_own(model) {
        model.toast = Some("A run is going: stop it first (q)".to_owned());
        return;
    }
    let folder = match model.home.way.is_own().then(|| own::ready(model)) {
        Some(Err(why)) => {
            model.toast = Some(why);
            return;
        }
        Some(Ok(folder)) => Some(folder),
        None => None,
    };
    let chosen = match folder {
        Some(_) => Vec::new(),
        None => chosen(model),
    };
    if chosen.is_empty() && folder.is_none() {
        model.toast = Some("Choose a problem first".to_owned());
        return;
    }
    let Some(team) = model.home.teams.get(model.home.choice.team).cloned() else {
        let key = model.keymap.first(Action::Team);
        model.toast = Some(format!("There is no team yet: {key} composes one"));
        return;
    };
    let mode = model.home.choice.mode;
    let lacks = chosen
        .iter()
        .map(|at| &model.home.problems[*at])
        .find(|problem| !problem.modes.contains(&mode));
    if let Some(problem) = lacks {
        model.toast = Some(format!("{} has no {mode} mode", problem.id));
        return;
    }
    let mut choice = model.home.choice.clone();
    let ids = chosen
        .iter()
        .map(|at| model.home.problems[*at].id.to_string());
    choice.targets = folder.into_iter().chain(ids).collect();
    model.launching = Some("Starting: the original is compiled and timed first …".to_owned());
    effects.push(Effect::Launch(Request::Start(choice, team)));
}

fn turn<T: Copy + PartialEq>(all: &[T], now: T, forward: bool) -> T {
    let at = all.iter().position(|v| *v == now).unwrap_or(0);
    let step = if forward { 1 } else { all.len() - 1 };
    all[(at + step) % all.len()]
}

/// Changes the setting under the cursor.
pub(super) fn change(model: &mut Model, forward: bool) {
    let teams = model.home.teams.len();
    let choice = &mut model.home.choice;
    let step = |value: u16, most: u16| {
        if forward {
            (value + 1).min(most)
        } else {
            value.saturating_sub(1).max(1)
        }
    };
    match model.home.setting {
        0 => choice.mode = turn(&[Mode::Serial, Mode::Omp], choice.mode, forward),
        1 if teams < 2 => {
            let key = model.keymap.first(Action::Team);
            model.toast = Some(format!(
                "There is no other team: {key} composes one, from a server of yours too"
            ));
        }
        1 => {
            let step = if forward { 1 } else { teams - 1 };
            choice.team = (choice.team + step) % teams;
        }
        2 => {
            choice.strategy = turn(&StrategyKind::ALL, choice.strategy, forward);
            // Each paper has its own number; what the person sets afterwards stands.
            choice.rounds = choice.strategy.rounds_beside(ROUNDS);
        }
        3 => choice.preset = turn(&[Preset::Corrected, Preset::Paper], choice.preset, forward),
        4 => choice.rounds = step(choice.rounds, 64),
        5 => choice.lessons = step(choice.lessons, 32),
        6 => {
            choice.gate = turn(
                &[LessonGate::Auto, LessonGate::Review],
                choice.gate,
                forward,
            )
        }
        _ => {}
    }
}

//! (Model, Msg) → Model and effects. Pure: never draws, waits, reads a clock or touches a file.

mod applying;
mod asked;
mod bank;
mod blocks;
mod compared;
mod copy;
mod go;
mod home;
mod keys;
mod layers;
mod lessons;
mod measuring;
mod mine;
mod mouse;
mod movement;
mod own;
mod scrub;
mod search;
mod settings;
mod team;
mod template;

pub(crate) use home::{ROUNDS, SETTINGS, chosen};
pub(crate) use keys::refusal;
pub(crate) use own::{ready as own_folder, types as own_types};
pub(crate) use scrub::moments;
pub(crate) use search::rows as found_keys;
pub(crate) use settings::{SETTINGS as LOOKS, value as look_value};

use std::sync::Arc;

use crossterm::event::KeyEventKind;

use super::errand::Desk;
use super::live::{Live, Origin, Stopping};
use super::model::{Background, Focus, Leaving, Model, Motion, Overlay, RunView, Zoom};
use super::msg::{Effect, Msg};
use super::panes::Pane;
use super::shelf;
use super::widgets::text::one_line;
use crate::config::keymap::{Action, Place};
use crate::domain::command::Command;

/// Past runs kept for comparison.
const READ_RUNS: usize = 8;

/// Takes in a message.
pub(crate) fn update(model: &mut Model, msg: Msg) -> Vec<Effect> {
    let mut effects = Vec::new();
    match msg {
        Msg::Key(key) if key.kind != KeyEventKind::Release => {
            model.dirty = true;
            model.urgent = true;
            model.toast = None;
            keys::key(model, key, &mut effects);
        }
        Msg::Key(_) => {}
        Msg::Mouse(event) => mouse::mouse(model, event, &mut effects),
        Msg::Paste(text) => paste(model, &text, &mut effects),
        Msg::Resize(width, height) => {
            model.size = (width, height);
            model.dirty = true;
            model.urgent = true;
        }
        Msg::Engine(event) => engine(model, event, &mut effects),
        Msg::EngineClosed => closed(model, &mut effects),
        Msg::Launched(result) => launched(
            model,
            result.map(|(origin, record)| {
                let live = Live::new(origin);
                Live { record, ..live }
            }),
            &mut effects,
        ),
        Msg::Runs(Ok(runs)) => {
            model.runs = runs;
            model.runs_trouble = None;
            model.dirty = true;
        }
        Msg::Runs(Err(trouble)) => {
            model.runs_trouble = Some(one_line(&trouble));
            model.dirty = true;
        }
        Msg::Diff(key, document) => {
            model.keep(key, document);
            model.dirty = true;
            model.urgent = true;
        }
        Msg::RunRead(id, Ok(run)) => {
            if model.read_runs.len() >= READ_RUNS {
                let marked = &model.marked_runs;
                model.read_runs.retain(|id, _| marked.contains(id));
            }
            model.read_runs.insert(id, run);
            model.dirty = true;
        }
        Msg::RunRead(id, Err(trouble)) => {
            model.marked_runs.retain(|marked| *marked != id);
            model.toast = Some(one_line(&trouble));
            model.dirty = true;
        }
        Msg::News(desk, number, news) => {
            // The person asked for it and looks at where it comes.
            model.urgent |= matches!(news, super::errand::News::Over(_));
            match desk {
                Desk::Own => own::news(model, number, news, &mut effects),
                Desk::Apply => applying::news(model, number, news),
                Desk::Comparison => compared::news(model, number, news),
                Desk::Bank => bank::news(model, number, news, &mut effects),
                Desk::Measure => measuring::news(model, number, news),
                Desk::Team | Desk::Trial => team::news(model, number, news),
                Desk::Template => template::news(model, number, news),
            }
        }
        Msg::Told(words) => {
            model.toast = Some(one_line(&words));
            model.dirty = true;
        }
        Msg::Drawn(cost) => model.meter.take(cost),
        Msg::Trouble(text) => {
            model.banner = Some(one_line(&text));
            if let Some(live) = &mut model.live {
                live.note(crate::config::theme::Role::Failed, &text);
            }
            model.dirty = true;
        }
        Msg::Edited(target, Ok(text)) => {
            model.dirty = true;
            lessons::finish_edit(model, target, &text, &mut effects);
        }
        Msg::Edited(_, Err(trouble)) => {
            model.dirty = true;
            model.toast = Some(one_line(&trouble));
        }
        Msg::Tick(now) => {
            model.now = now;
            model.dirty |= model.motion == Motion::Full;
        }
        Msg::Terminate => {
            if model.is_running() && is_own(model) {
                effects.push(Effect::Send(Command::Cancel));
            }
            effects.push(Effect::Quit);
        }
        Msg::Blur => model.focus = Focus::Away,
        Msg::Focus => {
            model.focus = Focus::Here;
            let auto = model.palette.chosen.is_none();
            if auto && matches!(model.palette.background, Background::Told(_)) {
                effects.push(Effect::AskBackground);
            }
        }
        Msg::Background(theme) => {
            if model.palette.background != Background::Told(theme) {
                model.palette.background = Background::Told(theme);
                settings::dress(model);
            }
        }
        Msg::HungUp => leave_going(model, &mut effects),
    }
    want_comparison(model, &mut effects);
    shelf::shelve(model);
    effects
}

/// Whether the session is a run under way, here or in another process, rather than a replay.
fn is_live(model: &Model) -> bool {
    let live = model.live.as_ref();
    live.is_some_and(|live| live.origin != Origin::Replay)
}

/// Whether the session is worked on by this process.
fn is_own(model: &Model) -> bool {
    let live = model.live.as_ref();
    live.is_some_and(|live| live.origin == Origin::Live)
}

/// Leaves the screens and lets the run go on.
fn leave_going(model: &mut Model, effects: &mut Vec<Effect>) {
    if model.is_running() && is_own(model) {
        model.leaving = Leaving::Detached;
    }
    effects.push(Effect::Quit);
}

fn engine(model: &mut Model, event: crate::domain::event::Event, effects: &mut Vec<Effect>) {
    let Some(live) = &mut model.live else { return };
    let waited = live.waiting.is_some();
    let was_over = live.run.as_ref().is_some_and(|run| run.ending.is_some());
    let (visible, notice) = live.take(event);
    model.dirty |= visible;
    if let Some(text) = notice {
        model.toast = Some(one_line(&text));
    }
    if !waited && live.waiting.is_some() && is_live(model) {
        let key = model.keymap.first(Action::GoLessons);
        let left = model.live.as_ref().and_then(|live| live.waiting.as_ref());
        let count = left.map_or(0, |(_, lessons)| lessons.len());
        let plural = if count == 1 { "" } else { "s" };
        let words = format!("The round waits for you to decide about {count} lesson{plural}");
        model.toast = Some(format!("{words}: press {key}"));
        effects.push(Effect::Alert(words));
    }
    let ended = model
        .live
        .as_ref()
        .and_then(|live| live.run.as_ref())
        .is_some_and(|run| run.ending.is_some());
    if ended && !was_over && is_live(model) {
        over(model, effects);
    }
    if ended && model.quit_when_ended {
        effects.push(Effect::Quit);
    }
}

/// The run has just ended: its result is shown, unless the person is in the middle of something.
fn over(model: &mut Model, effects: &mut Vec<Effect>) {
    if let Some(run) = model.run() {
        let words = crate::screens::result::headline(run);
        effects.push(Effect::Alert(words));
    }
    // What is on the way when it ends is looked at to its end; the rest leads to the result.
    let looks_on = model.place == Place::Run
        && model.pane == Pane::Agents
        && matches!(model.overlay, Overlay::None)
        && !model.filtering
        && model
            .live
            .as_ref()
            .is_some_and(|live| live.frozen.is_none());
    if looks_on && model.zoom == Zoom::Off {
        go::go(model, Place::Result, effects);
    } else {
        let key = model.keymap.first(Action::GoResult);
        model.toast = Some(format!("The run is over: {key} shows what it came to"));
    }
}

fn closed(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(live) = &mut model.live else { return };
    live.closed = true;
    live.timing = false;
    live.waiting = None;
    live.progress.clear();
    model.dirty = true;
    effects.push(Effect::LoadRuns);
    // What the run taught is in the bank from now on.
    bank::read(model, effects);
    if model.quit_when_ended {
        effects.push(Effect::Quit);
    }
}

fn launched(
    model: &mut Model,
    result: Result<Live, crate::domain::failure::Failure>,
    effects: &mut Vec<Effect>,
) {
    model.launching = None;
    model.dirty = true;
    match result {
        Ok(live) => {
            let past = !live.record.is_empty();
            model.live = Some(live);
            model.place = Place::Run;
            model.pane = Pane::Agents;
            model.home.marked.clear();
            model.zoom = Zoom::Off;
            model.view = RunView::of(None);
            model.filters.retain(|place, _| !place.is_in_run());
            if past {
                // A run of the past is opened for what it came to; from there it can be played.
                scrub::seek(model, usize::MAX, effects);
                go::go(model, Place::Result, effects);
            }
        }
        Err(failure) => model.banner = Some(one_line(&failure.to_string())),
    }
}

fn paste(model: &mut Model, text: &str, effects: &mut Vec<Effect>) {
    model.dirty = true;
    if let Overlay::Editor(_, area) = &mut model.overlay {
        area.insert_str(one_line(text));
    } else if let Overlay::Keys(search) = &mut model.overlay {
        search.query.extend(one_line(text).chars().take(60));
        search.query = search.query.chars().take(60).collect();
        search.row = 0;
    } else if let Overlay::Team(composing) = &mut model.overlay {
        team::paste(composing, &one_line(text));
    } else if let Overlay::Applying(applying) = &mut model.overlay {
        applying.line.insert_str(one_line(text));
    } else if own::types(model) && matches!(model.overlay, Overlay::None) {
        own::paste(model, &one_line(text), effects);
    } else if model.filtering {
        let text = one_line(text);
        let typed = if model.searches() {
            &mut model.view.search
        } else {
            model.filters.entry(model.place).or_default()
        };
        typed.extend(text.chars().take(100));
    }
}

/// Brings the screen's panes to their beginning.
fn reset_panes(model: &mut Model) {
    model.zoom = Zoom::Off;
    model.view.scrolls.clear();
    model.view.shift = 0;
    model.view.tail_back = 0;
}

/// Asks for the comparison that the code screen lacks.
fn want_comparison(model: &mut Model, effects: &mut Vec<Effect>) {
    if model.place != Place::Code {
        return;
    }
    let Some((key, old, new)) = model.comparison() else {
        return;
    };
    if model.documents.contains_key(&key) || model.comparing.contains(&key) {
        return;
    }
    effects.push(Effect::Compare(key, Arc::from(old), Arc::from(new)));
    model.comparing.insert(key);
}

/// Stops a live run step by step: after the round, then at once, then leaves.
fn stop(model: &mut Model, how: Stopping, effects: &mut Vec<Effect>) {
    let Some(live) = &mut model.live else { return };
    live.stopping = how;
    match how {
        Stopping::No => {}
        Stopping::AfterRound => {
            effects.push(Effect::Send(Command::StopAfterRound));
            model.toast = Some("Stopping after this round".to_owned());
        }
        Stopping::Now => {
            effects.push(Effect::Send(Command::Cancel));
            model.toast = Some("Aborting".to_owned());
        }
    }
}

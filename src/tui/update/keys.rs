//! Keys → changes of the model. An action that has no effect where it is pressed says why.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::go::{back, before, compare, enter, go, mark, open, pane};
use super::{
    applying, asked, bank, blocks, compared, copy, home, is_live, is_own, layers, leave_going,
    lessons, measuring, mine, movement, own, scrub, search, stop, team, template,
};
use crate::config::keymap::{Action, Place, row};
use crate::domain::command::Command;
use crate::domain::event::Ending;
use crate::domain::spec::LessonGate;
use crate::lists;
use crate::live::{Origin, Stopping};
use crate::meter::Shown;
use crate::model::{HomePane, Model, Overlay, Scope, Zoom};
use crate::msg::Effect;
use crate::own::Way;
use crate::panes::Pane;
use crate::screens::difference;
use crate::store::archive::Holder;

/// Takes in a key.
pub(super) fn key(model: &mut Model, key: KeyEvent, effects: &mut Vec<Effect>) {
    let action = model.keymap.action(key);
    if matches!(model.overlay, Overlay::Editor(..)) {
        return lessons::editor_key(model, key, effects);
    }
    if model.filtering {
        return filter_key(model, key);
    }
    match &model.overlay {
        Overlay::Quit => return quit_key(model, key, effects),
        Overlay::Skip => return skip_key(model, key, effects),
        Overlay::Asked(_) => return asked::key(model, key, effects),
        Overlay::Keys(_) => return search::key(model, key, effects),
        Overlay::Log(_) | Overlay::Settings(_) | Overlay::Jump => {
            return layers::key(model, key, effects);
        }
        Overlay::Applying(_) => return applying::key(model, key, effects),
        Overlay::Compared(_) => return compared::key(model, key, effects),
        Overlay::Team(_) => return team::key(model, key, effects),
        Overlay::Template(_) => return template::key(model, key, effects),
        Overlay::Blocks(_) => return blocks::key(model, key, effects),
        Overlay::Editor(..) | Overlay::None => {}
    }
    if own::key(model, key, effects) {
        return;
    }
    let Some(action) = action else {
        let help = model.keymap.first(Action::Help);
        model.toast = Some(format!("That key does nothing; {help} lists all keys"));
        return;
    };
    run(model, action, effects);
}

/// Does what an action means here, or says why it has no effect.
pub(super) fn run(model: &mut Model, action: Action, effects: &mut Vec<Effect>) {
    match refusal(model, action) {
        Some(why) => model.toast = Some(why),
        None => act(model, action, effects),
    }
}

/// Why an action has no effect here, if it has none.
pub(crate) fn refusal(model: &Model, action: Action) -> Option<String> {
    let row = row(action)?;
    if !row.places.contains(&model.place) {
        let places: Vec<&str> = row.places.iter().map(|place| place.word()).collect();
        return Some(format!(
            "{} is a key of {}",
            model.keymap.first(action),
            places.join(", ")
        ));
    }
    let running_live = model.is_running() && is_live(model);
    let own = running_live && is_own(model);
    match action {
        Action::GoRun
        | Action::GoCode
        | Action::GoTime
        | Action::GoLessons
        | Action::GoBreakdown
        | Action::GoResult
            if model.live.is_none() =>
        {
            Some("No run is open: start one, or open a past one".to_owned())
        }
        Action::PauseEngine if !model.is_running() && !is_past(model) => {
            Some("There is nothing to pause: the run is over".to_owned())
        }
        Action::Freeze
            if !model.is_running() && model.live.as_ref().is_none_or(|l| l.frozen.is_none()) =>
        {
            Some("Nothing moves here: the run is over".to_owned())
        }
        Action::GateToggle | Action::SkipUnit if !running_live => {
            Some("The run is over: no round waits for anybody".to_owned())
        }
        Action::Pane | Action::PaneBack | Action::Zoom
            if model.place.is_in_run() && model.run().is_none() =>
        {
            Some("Nothing has happened yet".to_owned())
        }
        Action::Mark | Action::MarkAll
            if model.place == Place::Home && model.home.way.is_own() =>
        {
            Some("There is no list of problems here to mark".to_owned())
        }
        Action::Pin if !running_live => Some(
            "The run is over: there is no next prompt to pin it to; a accepts it for later runs"
                .to_owned(),
        ),
        Action::Accept | Action::Reject | Action::Edit | Action::EditOutside
            if matches!(model.place, Place::Lessons) && lists::lesson(model).is_none() =>
        {
            Some("There is no lesson here yet".to_owned())
        }
        Action::Pin | Action::Mark | Action::MarkAll
            if matches!(model.place, Place::Lessons) && lists::lesson(model).is_none() =>
        {
            Some("There is no lesson here yet".to_owned())
        }
        Action::Accept
        | Action::Reject
        | Action::Edit
        | Action::EditOutside
        | Action::Mark
        | Action::MarkAll
            if model.place == Place::Bank && model.bank.all().is_empty() =>
        {
            Some("There is no lesson in the bank yet".to_owned())
        }
        Action::Undo if !can_undo(model) => Some("Nothing to undo".to_owned()),
        Action::Redo if !can_redo(model) => Some("Nothing to redo".to_owned()),
        Action::Accept | Action::Reject | Action::Pin
            if model.place == Place::Run && model.pane != Pane::Inbox =>
        {
            let key = model.keymap.first(Action::Pane);
            Some(format!(
                "Choose a lesson in the inbox first ({key} goes there)"
            ))
        }
        Action::Words | Action::Fold | Action::Compare | Action::PreviousHunk | Action::NextHunk
            if model.place == Place::Code && model.selected().is_none() =>
        {
            Some("There is no candidate yet to compare with the original".to_owned())
        }
        Action::Before | Action::DiffMode
            if model.place == Place::Code && model.selected().is_none() =>
        {
            Some("There is no candidate yet to compare with the original".to_owned())
        }
        Action::PreviousHunk | Action::NextHunk
            if model.place == Place::Run && model.unit().is_none_or(|(_, u)| u.rounds.len() < 2) =>
        {
            Some("There is no other round yet".to_owned())
        }
        Action::Copy | Action::CopyMarkdown if !copy::has(model) => {
            Some("Nothing is selected to copy".to_owned())
        }
        Action::Asked => asked::chosen(model).err().map(str::to_owned),
        Action::OwnCandidate => mine::refusal(model),
        Action::Hint => mine::no_hint(model),
        Action::Measure if model.selected().is_none() => {
            Some("There is no candidate yet".to_owned())
        }
        Action::Measure if running_live => Some(
            "A run is going on, and two things are not timed at once: measure again once it is over"
                .to_owned(),
        ),
        Action::Measure if measuring::is_under_way(model) => {
            Some("One moment, a candidate is being measured".to_owned())
        }
        Action::Measure
            if !model
                .unit()
                .is_some_and(|(_, unit)| unit.spec.work.is_optimise()) =>
        {
            Some("Code from a description is tested and not timed".to_owned())
        }
        Action::Follow if model.view.tail_back == 0 => {
            Some("The end of the output is followed already".to_owned())
        }
        Action::PreviousUnit | Action::NextUnit
            if model.run().is_none_or(|run| run.units.len() < 2) =>
        {
            Some("The run has one problem".to_owned())
        }
        Action::Resume => resumable(model).err(),
        Action::Mark if model.place == Place::History && model.runs.is_empty() => {
            Some("There is no past run yet".to_owned())
        }
        Action::Start if model.place == Place::Result && running_live => {
            Some("The run is still going on".to_owned())
        }
        Action::Start if own => {
            Some("A run is going: stop it first (q)".to_owned())
        }
        Action::Start if model.launching.is_some() => {
            Some("One moment, a run is being opened".to_owned())
        }
        Action::Faster | Action::Slower
            if model
                .live
                .as_ref()
                .is_none_or(|live| live.origin != Origin::Replay) =>
        {
            Some("The pace can be changed in a replay only".to_owned())
        }
        Action::StepBack
        | Action::StepForward
        | Action::RoundBack
        | Action::RoundForward
        | Action::ReplayStart
        | Action::ReplayEnd
            if model
                .live
                .as_ref()
                .is_none_or(|live| live.record.is_empty()) =>
        {
            Some("Only a replay can be gone back and forth in".to_owned())
        }
        Action::ReplayEnd if model.live.as_ref().is_some_and(|live| live.closed) => {
            Some("This is the end".to_owned())
        }
        Action::Apply if model.selected().is_none() => {
            Some("There is no candidate to apply yet".to_owned())
        }
        Action::Apply
            if !model
                .unit()
                .is_some_and(|(_, unit)| unit.spec.work.is_optimise()) =>
        {
            Some("Code from a description has no file of yours to go into: y copies it".to_owned())
        }
        Action::Filter if model.place == Place::Code && model.pane == Pane::Notes => {
            Some("Notes are not searched: Tab goes to the list or to the difference".to_owned())
        }
        Action::Detach if !running_live => {
            Some("There is no run to leave going: q quits".to_owned())
        }
        _ => None,
    }
}

/// Whether the session is a stored run: it can be played.
fn is_past(model: &Model) -> bool {
    let live = model.live.as_ref();
    live.is_some_and(|live| !live.record.is_empty())
}

fn can_undo(model: &Model) -> bool {
    match about_bank(model) {
        true => !model.bank.undo.is_empty(),
        false => lessons::is_kept(model, &model.view.undo),
    }
}

fn can_redo(model: &Model) -> bool {
    match about_bank(model) {
        true => !model.bank.redo.is_empty(),
        false => lessons::is_kept(model, &model.view.redo),
    }
}

fn about_bank(model: &Model) -> bool {
    model.place == Place::Bank || crate::bank::is_meant(model)
}

/// Whether the run under the cursor can be gone on with; why not.
fn resumable(model: &Model) -> Result<(), String> {
    if model.launching.is_some() {
        return Err("One moment, a run is being opened".to_owned());
    }
    if model.is_running() && is_own(model) {
        return Err("A run is going: stop it first (q)".to_owned());
    }
    let runs = lists::runs(model);
    let Some(run) = runs.get(model.run_row) else {
        return Err("There is no past run yet".to_owned());
    };
    match &run.ending {
        _ if lists::stands_for(model, run).is_some() => Ok(()),
        _ if run.holder == Holder::Process => {
            Err("Another process works on that run: Enter watches it".to_owned())
        }
        Some(Ending::Done) => Err("That run is done: Enter shows its result".to_owned()),
        Some(Ending::Failed { .. }) => {
            Err("That run failed: Enter shows how far it came".to_owned())
        }
        Some(Ending::Stopped | Ending::Budget | Ending::CutOff { .. }) | None => Ok(()),
    }
}

fn act(model: &mut Model, action: Action, effects: &mut Vec<Effect>) {
    match action {
        Action::GoHome => go(model, Place::Home, effects),
        Action::GoRun => go(model, Place::Run, effects),
        Action::GoCode => go(model, Place::Code, effects),
        Action::GoTime => go(model, Place::Time, effects),
        Action::GoLessons => go(model, Place::Lessons, effects),
        Action::GoBreakdown => go(model, Place::Breakdown, effects),
        Action::GoHistory => go(model, Place::History, effects),
        Action::GoBank => go(model, Place::Bank, effects),
        Action::GoResult => go(model, Place::Result, effects),
        Action::Bundled => own::go(model, Way::Bundled, effects),
        Action::OwnFunction => own::go(model, Way::Function, effects),
        Action::OwnProject => own::go(model, Way::Project, effects),
        Action::Left | Action::Right | Action::Down
            if model.place == Place::Home && model.home.pane == HomePane::Ways =>
        {
            own::turn(model, action, effects);
        }
        Action::Apply => applying::begin(model, effects),
        Action::Asked => asked::begin(model),
        Action::Measure => measuring::begin(model, effects),
        Action::MarkAll => mark_all(model),
        Action::Redraw => effects.push(Effect::Redraw),
        Action::Start if model.place == Place::Result => home::again(model, effects),
        Action::Start => home::start(model, effects),
        Action::Resume => open(model, true, effects),
        Action::Team => team::begin(model, effects),
        Action::OwnCandidate => mine::begin(model, effects),
        Action::Hint => mine::hint(model),
        Action::Before => before(model),
        Action::Mark => mark(model, effects),
        Action::Enter => enter(model, effects),
        Action::Zoom => {
            model.zoom = match model.zoom {
                Zoom::Off => Zoom::On,
                Zoom::On => Zoom::Off,
            };
        }
        Action::Compare => compare(model),
        Action::Back => back(model),
        Action::Pane => pane(model, true),
        Action::PaneBack => pane(model, false),
        Action::Filter => model.filtering = true,
        Action::Sort => {
            model.sort += 1;
            let order = movement::sort_word(model);
            model.toast = Some(format!("Sorted {order}"));
        }
        Action::Reverse => {
            if !model.reversed.remove(&model.place) {
                model.reversed.insert(model.place);
            }
        }
        Action::Export => copy::export(model, effects),
        Action::Accept
        | Action::Reject
        | Action::Pin
        | Action::Edit
        | Action::EditOutside
        | Action::Add
        | Action::Undo
        | Action::Redo => lessons::act(model, action, effects),
        Action::DiffMode if model.place == Place::Lessons => {
            model.lesson_view = model.lesson_view.other();
        }
        Action::DiffMode if model.place == Place::Breakdown => model.bars = model.bars.other(),
        Action::DiffMode => {
            model.diff_mode = model.diff_mode.next();
            model.view.scrolls.remove(&Pane::Difference);
        }
        Action::Words => {
            model.words = !model.words;
            let words = if model.words {
                "Changed words stand out"
            } else {
                "Changed words do not stand out"
            };
            model.toast = Some(words.to_owned());
        }
        Action::Fold => {
            let at = difference::line_shown(model);
            model.folded = !model.folded;
            difference::show_line(model, at);
        }
        Action::PreviousHunk
        | Action::NextHunk
        | Action::Down
        | Action::Up
        | Action::Left
        | Action::Right
        | Action::Top
        | Action::Bottom
        | Action::PageDown
        | Action::PageUp
        | Action::PreviousUnit
        | Action::NextUnit => movement::act(model, action),
        Action::Follow => model.view.tail_back = 0,
        Action::Freeze => freeze(model),
        Action::PauseEngine if is_past(model) && !model.is_running() => {
            scrub::play(model, effects);
        }
        Action::PauseEngine => {
            let Some(live) = &mut model.live else { return };
            let paused = match live.origin {
                Origin::Live | Origin::Watch => live.run.as_ref().is_some_and(|run| run.paused),
                Origin::Replay => {
                    live.held = !live.held;
                    !live.held
                }
            };
            effects.push(Effect::Send(if paused {
                Command::Resume
            } else {
                Command::Pause
            }));
            model.toast = Some(
                if paused {
                    "Going on"
                } else {
                    "Pausing: what runs is finished first"
                }
                .to_owned(),
            );
        }
        Action::GateToggle => {
            let gate = match model.run().map(|run| run.gate) {
                Some(LessonGate::Auto) => LessonGate::Review,
                _ => LessonGate::Auto,
            };
            // The next run begins with it, and saving the settings keeps it.
            model.home.choice.gate = gate;
            effects.push(Effect::Send(Command::SetGate(gate)));
        }
        Action::SkipUnit => {
            model.overlay = Overlay::Skip;
        }
        Action::Faster | Action::Slower => {
            let Some(live) = &mut model.live else { return };
            live.speed = match action {
                Action::Faster => (live.speed * 2).min(1024),
                _ => (live.speed / 2).max(1),
            };
            effects.push(Effect::Send(Command::SetReplaySpeed(live.speed)));
        }
        Action::StepBack
        | Action::StepForward
        | Action::RoundBack
        | Action::RoundForward
        | Action::ReplayStart
        | Action::ReplayEnd => {
            scrub::act(model, action, effects);
        }
        Action::Detach => leave_going(model, effects),
        Action::Log => model.overlay = Overlay::Log(0),
        Action::Settings => model.overlay = Overlay::Settings(0),
        Action::Jump => model.overlay = Overlay::Jump,
        Action::Picture => copy::picture(model, effects),
        Action::NextMatch | Action::PreviousMatch => movement::found(model, action),
        Action::Copy => copy::plain(model, effects),
        Action::CopyMarkdown => copy::markdown(model, effects),
        Action::Performance => {
            model.meter.shown = match model.meter.shown {
                Shown::No => Shown::Yes,
                Shown::Yes => Shown::No,
            };
        }
        Action::MouseCapture => {
            model.mouse = !model.mouse;
            effects.push(Effect::Mouse(model.mouse));
            let words = if model.mouse {
                "Mouse captured: the wheel scrolls here"
            } else {
                "Mouse released: select text with it as usual"
            };
            model.toast = Some(words.to_owned());
        }
        Action::Suspend => effects.push(Effect::Suspend),
        Action::Quit => quit(model, effects),
        Action::Stop => interrupt(model, effects),
        Action::Help => search::open(model, Scope::Screen),
        Action::Palette => search::open(model, Scope::Everything),
    }
}

/// Whether the rest of the problem is to be skipped.
fn skip_key(model: &mut Model, key: KeyEvent, effects: &mut Vec<Effect>) {
    model.overlay = Overlay::None;
    match key.code {
        KeyCode::Char('y') | KeyCode::Enter => {
            effects.push(Effect::Send(Command::SkipUnit));
            model.toast = Some("This problem ends after what runs is finished".to_owned());
        }
        _ => model.toast = Some("It goes on".to_owned()),
    }
}

fn mark_all(model: &mut Model) {
    match model.place {
        Place::Lessons => lessons::mark_kind(model),
        Place::Bank => bank::mark_kind(model),
        _ => home::mark_all(model),
    }
}

fn freeze(model: &mut Model) {
    let Some(live) = &mut model.live else { return };
    live.frozen = match live.frozen.take() {
        Some(_) => None,
        None => live.run.clone().map(Box::new),
    };
    let words = if live.frozen.is_some() {
        "View frozen; the engine keeps going. Space goes on"
    } else {
        "View follows again"
    };
    model.toast = Some(words.to_owned());
}

fn filter_key(model: &mut Model, key: KeyEvent) {
    let filter = if model.searches() {
        &mut model.view.search
    } else {
        model.filters.entry(model.place).or_default()
    };
    match key.code {
        KeyCode::Enter => {
            model.filtering = false;
            if model.searches() {
                movement::found(model, Action::NextMatch);
            }
            return;
        }
        KeyCode::Esc => {
            filter.clear();
            model.filtering = false;
        }
        KeyCode::Backspace => {
            filter.pop();
        }
        KeyCode::Char(c)
            if !key
                .modifiers
                .intersects(KeyModifiers::CONTROL | KeyModifiers::ALT)
                && filter.len() < 200 =>
        {
            filter.push(c);
        }
        _ => model.filtering = false,
    }
    if model.searches() {
        return;
    }
    model.home.row = lists::first_problem(model);
    model.run_row = 0;
}

fn quit(model: &mut Model, effects: &mut Vec<Effect>) {
    let stopping = model
        .live
        .as_ref()
        .is_some_and(|live| live.stopping == Stopping::Now);
    if model.is_running() && is_live(model) && !stopping {
        model.overlay = Overlay::Quit;
    } else {
        effects.push(Effect::Quit);
    }
}

fn quit_key(model: &mut Model, key: KeyEvent, effects: &mut Vec<Effect>) {
    match key.code {
        // It has ended while the question stood there: whoever wanted to leave leaves.
        KeyCode::Char('q' | 'd' | 's' | 'x') if !model.is_running() => effects.push(Effect::Quit),
        KeyCode::Char('s') => {
            model.quit_when_ended = true;
            stop(model, Stopping::AfterRound, effects);
        }
        KeyCode::Char('x') => {
            model.quit_when_ended = true;
            stop(model, Stopping::Now, effects);
        }
        KeyCode::Char('d') if key.modifiers.is_empty() => leave_going(model, effects),
        KeyCode::Char('c') if key.modifiers.contains(KeyModifiers::CONTROL) => {
            interrupt(model, effects);
        }
        _ => {}
    }
    model.overlay = Overlay::None;
}

fn interrupt(model: &mut Model, effects: &mut Vec<Effect>) {
    let running = model.is_running() && is_live(model);
    match model.live.as_ref().map(|live| live.stopping) {
        Some(Stopping::No) if running => stop(model, Stopping::AfterRound, effects),
        Some(Stopping::AfterRound) if running => {
            model.quit_when_ended = true;
            stop(model, Stopping::Now, effects);
        }
        _ => effects.push(Effect::Quit),
    }
}

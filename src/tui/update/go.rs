//! Going from screen to screen and pane to pane: Enter drills in, Esc comes back, marks and comparisons.

use super::home::SETTINGS;
use super::{compared, home, is_own, movement, own, reset_panes, team};
use crate::config::keymap::{Action, Place};
use crate::domain::id::{CandidateId, LessonId};
use crate::lists::{self, Item};
use crate::model::{Base, HomePane, Model, Zoom};
use crate::msg::{Effect, Request};
use crate::panes::Pane;
use crate::screens::breakdown;
use crate::store::archive::Holder;

/// Jumps remembered.
const TRAIL: usize = 32;

/// Goes to a screen.
pub(super) fn go(model: &mut Model, place: Place, effects: &mut Vec<Effect>) {
    model.view.trail.clear();
    arrive(model, place, Pane::first(place), effects);
}

/// Goes to a pane of a screen; Esc comes back.
fn follow(model: &mut Model, place: Place, pane: Pane, effects: &mut Vec<Effect>) {
    if model.view.trail.len() < TRAIL {
        model.view.trail.push((model.place, model.pane));
    }
    arrive(model, place, pane, effects);
}

fn arrive(model: &mut Model, place: Place, pane: Pane, effects: &mut Vec<Effect>) {
    if model.place != place {
        reset_panes(model);
    }
    model.place = place;
    model.pane = pane;
    if matches!(place, Place::Home | Place::History) {
        effects.push(Effect::LoadRuns);
    }
    let of_bank = matches!(place, Place::Lessons | Place::Result) && crate::bank::is_meant(model);
    if place == Place::Bank || (of_bank && model.bank.lessons.is_none()) {
        super::bank::read(model, effects);
    }
    let waits = model.live.as_ref().and_then(|live| live.waiting.as_ref());
    if let (Place::Lessons, Some((_, lessons))) = (place, waits)
        && let Some(first) = lessons.first()
        && model.view.lesson.is_none_or(|at| !lessons.contains(&at))
    {
        // What is waited for is what the person comes for.
        model.view.lesson = Some(*first);
    }
}

pub(super) fn enter(model: &mut Model, effects: &mut Vec<Effect>) {
    match model.pane {
        Pane::Home => match model.home.pane {
            HomePane::Ways => own::go(model, model.home.way, effects),
            HomePane::Problems if model.home.way.is_own() => own::enter(model, effects),
            HomePane::Problems => home::enter_problem(model, effects),
            HomePane::Settings if SETTINGS.get(model.home.setting) == Some(&"team") => {
                team::begin(model, effects);
            }
            HomePane::Settings => home::change(model, true),
            HomePane::Past => open(model, false, effects),
        },
        Pane::Runs => open(model, false, effects),
        Pane::Agents | Pane::Output | Pane::Rounds => {
            let round = model.view.round;
            let agent = model.author();
            let found = model.unit().and_then(|(_, unit)| {
                let mine = unit.candidates.keys().rev();
                mine.copied()
                    .find(|id| id.agent == agent && round.is_none_or(|r| id.round == r))
            });
            match found {
                Some(id) => to_code(model, id, effects),
                None => model.toast = Some("There is no candidate there yet".to_owned()),
            }
        }
        Pane::Inbox => match lists::inbox(model).get(model.view.inbox_row) {
            Some(Item::Lesson(id)) => {
                let id = *id;
                to_lesson(model, id, effects);
            }
            Some(Item::Failed(id)) => {
                let id = *id;
                to_code(model, id, effects);
            }
            Some(Item::Caveat(id, _)) => {
                model.view.candidate = Some(*id);
                follow(model, Place::Time, Pane::Facts, effects);
            }
            Some(Item::Silent(ask)) => {
                model.view.agent = ask.agent();
                model.pane = Pane::Output;
            }
            None => model.toast = Some("Nothing waits for you".to_owned()),
        },
        Pane::Candidates => model.pane = Pane::Difference,
        Pane::Difference => model.pane = Pane::Notes,
        Pane::Notes => {
            let read = model.selected().map(|(_, state)| &state.candidate.read);
            match read.and_then(|read| read.get(model.view.chip).copied()) {
                Some(id) => to_lesson(model, id, effects),
                None => model.toast = Some("Its author had read no lesson".to_owned()),
            }
        }
        Pane::Forest | Pane::Facts => match model.selected().map(|(id, _)| id) {
            Some(id) => to_code(model, id, effects),
            None => model.toast = Some("Nothing was timed yet".to_owned()),
        },
        Pane::Lessons => model.pane = Pane::Lesson,
        Pane::Lesson => {
            let source = lists::lesson(model).map(|r| r.lesson.id);
            match source {
                Some(LessonId::Learned(id)) => to_code(model, id, effects),
                Some(LessonId::Person(_)) => {
                    model.toast = Some("You wrote it: no candidate is behind it".to_owned());
                }
                Some(LessonId::Carried(_)) => {
                    let origin = lists::lesson(model).and_then(|r| r.lesson.origin.clone());
                    let from = origin.map_or_else(|| "another run".to_owned(), |o| o.source);
                    model.toast = Some(format!("It was carried over from {from}"));
                }
                None => model.toast = Some("There is no lesson here yet".to_owned()),
            }
        }
        Pane::Prompt => model.pane = Pane::Lessons,
        Pane::Categories => model.pane = Pane::Units,
        Pane::Units => match breakdown::units(model).get(model.view.unit_row).copied() {
            Some(unit) => {
                model.view.turn_to(unit);
                follow(model, Place::Code, Pane::Candidates, effects);
            }
            None => model.toast = Some("No problem is in this category".to_owned()),
        },
        Pane::Comparison => model.pane = Pane::Runs,
        Pane::Bank => model.pane = Pane::Banked,
        Pane::Banked => model.pane = Pane::Bank,
        Pane::Results | Pane::Summary => match model.selected().map(|(id, _)| id) {
            Some(id) => to_code(model, id, effects),
            None => model.toast = Some("This problem has no candidate".to_owned()),
        },
    }
}

fn to_code(model: &mut Model, id: CandidateId, effects: &mut Vec<Effect>) {
    model.view.candidate = Some(id);
    model.view.chip = 0;
    model.view.scrolls.clear();
    follow(model, Place::Code, Pane::Candidates, effects);
}

fn to_lesson(model: &mut Model, id: LessonId, effects: &mut Vec<Effect>) {
    model.view.lesson = Some(id);
    model.filters.remove(&Place::Lessons);
    follow(model, Place::Lessons, Pane::Lessons, effects);
}

pub(super) fn compare(model: &mut Model) {
    let Some((id, _)) = model.selected() else {
        model.toast = Some("There is no candidate yet".to_owned());
        return;
    };
    model.view.scrolls.remove(&Pane::Difference);
    let words = if model.view.base == Base::Candidate(id) {
        model.view.base = Base::Original;
        "Compared with the original again".to_owned()
    } else {
        model.view.base = Base::Candidate(id);
        format!("Others are compared with {id} now; = on it again: with the original")
    };
    model.toast = Some(words);
}

/// Compares each candidate with what its author wrote before it; again: with the original.
pub(super) fn before(model: &mut Model) {
    model.view.scrolls.remove(&Pane::Difference);
    model.view.base = match model.view.base {
        Base::Before => Base::Original,
        Base::Original | Base::Candidate(_) => Base::Before,
    };
    let author = model
        .selected()
        .map_or_else(String::new, |(id, _)| model.agent_name(id.agent));
    let words = match (model.view.base, model.base()) {
        (Base::Before, Some((id, _))) => format!("Compared with {id}, what {author} wrote before"),
        (Base::Before, None) => {
            format!("{author} wrote nothing before: compared with the original")
        }
        _ => "Compared with the original again".to_owned(),
    };
    model.toast = Some(words);
}

pub(super) fn mark(model: &mut Model, effects: &mut Vec<Effect>) {
    match model.place {
        Place::Lessons => {
            let Some(id) = lists::lesson(model).map(|r| r.lesson.id) else {
                model.toast = Some("There is no lesson here yet".to_owned());
                return;
            };
            if !model.view.marked.remove(&id) {
                model.view.marked.insert(id);
            }
            movement::act(model, Action::Down);
        }
        Place::Bank => super::bank::mark(model),
        Place::History => {
            let runs = lists::runs(model);
            let chosen = runs.get(model.run_row);
            if chosen.is_some_and(|run| lists::stands_for(model, run).is_some()) {
                model.toast =
                    Some("Runs of a comparison are marked one by one: filter (/)".to_owned());
                return;
            }
            let Some(id) = chosen.map(|run| run.id.clone()) else {
                model.toast = Some("There is no past run yet".to_owned());
                return;
            };
            if let Some(at) = model.marked_runs.iter().position(|run| *run == id) {
                model.marked_runs.remove(at);
                return;
            }
            if model.marked_runs.len() == 2 {
                model.marked_runs.remove(0);
            }
            model.marked_runs.push(id.clone());
            if !model.read_runs.contains_key(&id) {
                effects.push(Effect::ReadRun(id));
            }
            let words = if model.marked_runs.len() == 2 {
                "Two runs are compared; Tab goes there"
            } else {
                "Mark a second run to compare them"
            };
            model.toast = Some(words.to_owned());
        }
        _ => home::mark(model),
    }
}

pub(super) fn open(model: &mut Model, resume: bool, effects: &mut Vec<Effect>) {
    if model.launching.is_some() || (model.is_running() && is_own(model)) {
        model.toast = Some("A run is going: stop it first (q)".to_owned());
        return;
    }
    let runs = crate::lists::runs(model);
    let Some(run) = runs.get(model.run_row) else {
        model.toast = Some("There is no past run yet".to_owned());
        return;
    };
    if let Some(comparison) = lists::stands_for(model, run).cloned() {
        if resume {
            let words = format!("`lessonl compare --resume {comparison}` goes on with it");
            model.toast = Some(words);
        } else {
            compared::begin(model, comparison, effects);
        }
        return;
    }
    let id = run.id.clone();
    let elsewhere = run.holder == Holder::Process;
    let verb = if resume { "Resuming" } else { "Opening" };
    model.launching = Some(format!("{verb} {id} …"));
    effects.push(Effect::Launch(if resume {
        Request::Resume(id)
    } else if elsewhere {
        Request::Watch(id)
    } else {
        Request::Replay(id)
    }));
}

pub(super) fn back(model: &mut Model) {
    if !model.filter().is_empty() {
        model.filters.remove(&model.place);
    } else if model.zoom == Zoom::On {
        model.zoom = Zoom::Off;
    } else if let Some((place, pane)) = model.view.trail.pop() {
        if place != model.place {
            reset_panes(model);
        }
        (model.place, model.pane) = (place, pane);
    } else if model.pane != Pane::first(model.place) {
        model.pane = Pane::first(model.place);
    } else if !model.view.marked.is_empty() && model.place == Place::Lessons {
        model.view.marked.clear();
    } else if !model.bank.marked.is_empty() && model.place == Place::Bank {
        model.bank.marked.clear();
    } else if let Some(live) = model.live.as_mut().filter(|live| live.frozen.is_some()) {
        live.frozen = None;
    } else if model.banner.take().is_some() {
        // The banner was the thing in front.
    } else if matches!(model.place, Place::Home | Place::Run | Place::Result) {
        let key = model.keymap.first(Action::Quit);
        model.toast = Some(format!("Nothing to go back from; {key} quits"));
    } else {
        reset_panes(model);
        model.place = if model.live.is_some() {
            Place::Run
        } else {
            Place::Home
        };
        model.pane = Pane::first(model.place);
    }
}

pub(super) fn pane(model: &mut Model, forward: bool) {
    if model.place == Place::Home {
        use HomePane::{Past, Problems, Settings, Ways};
        model.home.pane = match (model.home.pane, forward) {
            (Ways, true) | (Settings, false) => Problems,
            (Problems, true) | (Past, false) => Settings,
            (Settings, true) | (Ways, false) => Past,
            (Past, true) | (Problems, false) => Ways,
        };
        return;
    }
    model.pane = model.pane.next(model.place, forward);
}

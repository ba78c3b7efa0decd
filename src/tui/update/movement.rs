//! Moving: rows, panes, rounds, hunks, problems. Every selection stays valid.

use super::home::{self, SETTINGS};
use super::own;
use crate::bank;
use crate::config::keymap::{Action, Place};
use crate::domain::id::{AgentId, Round, UnitId};
use crate::lists;
use crate::model::{HomePane, Model};
use crate::panes::{self, Pane};
use crate::screens::{self, difference};
use crate::shelf;

/// Rows that a long list moves by at once.
const PAGE: isize = 10;

/// Takes in a movement.
pub(super) fn act(model: &mut Model, action: Action) {
    let (most, page) = (isize::MAX / 4, PAGE);
    match action {
        Action::Down => vertical(model, 1),
        Action::Up => vertical(model, -1),
        Action::Top => vertical(model, -most),
        Action::Bottom => vertical(model, most),
        Action::PageDown => paged(model, page),
        Action::PageUp => paged(model, -page),
        Action::Left => horizontal(model, false),
        Action::Right => horizontal(model, true),
        Action::PreviousHunk => jump(model, false),
        Action::NextHunk => jump(model, true),
        Action::PreviousUnit => unit(model, false),
        Action::NextUnit => unit(model, true),
        _ => {}
    }
}

fn moved(at: usize, by: isize, len: usize) -> usize {
    at.saturating_add_signed(by).min(len.saturating_sub(1))
}

fn paged(model: &mut Model, by: isize) {
    if model.pane == Pane::Agents {
        return output(model, by);
    }
    vertical(model, by);
}

/// Scrolls what the agent in focus says.
fn output(model: &mut Model, by: isize) {
    let most = model
        .live
        .as_ref()
        .and_then(|live| live.streams.get(&model.author()))
        .map_or(200, |stream| stream.lines.len());
    model.view.tail_back = moved(model.view.tail_back, by.saturating_neg(), most + 1);
}

fn vertical(model: &mut Model, by: isize) {
    match model.pane {
        Pane::Home => match model.home.pane {
            HomePane::Problems => {
                let len = lists::home(model).len();
                model.home.row = moved(model.home.row, by, len);
            }
            HomePane::Settings => {
                model.home.setting = moved(model.home.setting, by, SETTINGS.len());
            }
            HomePane::Past => model.run_row = moved(model.run_row, by, lists::runs(model).len()),
            HomePane::Ways => {}
        },
        Pane::Output => output(model, by),
        pane => match panes::listing(model, pane, usize::MAX) {
            Some(list) => choose(model, pane, moved(list.at, by, list.len)),
            None => {
                let len = screens::length(model, pane);
                let at = moved(model.scroll(pane), by, len);
                model.view.scrolls.insert(pane, at);
            }
        },
    }
}

/// Puts the cursor of a pane's list on an entry.
pub(super) fn choose(model: &mut Model, pane: Pane, at: usize) {
    match pane {
        Pane::Home if model.home.way.is_own() => own::choose(model, at),
        Pane::Home => model.home.row = at,
        Pane::Agents | Pane::Rounds => {
            let authors = model.run().zip(model.unit());
            let authors = authors.map(|(run, (_, unit))| lists::authors(run, unit));
            let chosen = authors.and_then(|all| all.get(at).copied());
            model.view.agent = chosen.unwrap_or(AgentId(0));
            model.view.tail_back = 0;
        }
        Pane::Inbox => model.view.inbox_row = at,
        Pane::Candidates | Pane::Forest => {
            let all = match pane {
                Pane::Candidates => lists::by_verdict(model),
                _ => lists::timed(model),
            };
            let now = model.selected().map(|(id, _)| id);
            let chosen = all.get(at).map(|(id, _)| *id);
            if chosen.is_some() && chosen != now {
                model.view.candidate = chosen;
                model.view.chip = 0;
                model.view.shift = 0;
                model.view.scrolls.clear();
            }
        }
        Pane::Lessons => {
            let chosen = shelf::lessons(model).get(at).map(|r| r.lesson.id);
            if let Some(id) = chosen {
                model.view.lesson = Some(id);
                model.view.scrolls.remove(&Pane::Lesson);
            }
        }
        Pane::Categories => {
            model.view.category_row = at;
            model.view.unit_row = 0;
        }
        Pane::Units => model.view.unit_row = at,
        Pane::Runs => model.run_row = at,
        Pane::Bank => {
            let all = bank::listed(model);
            let chosen = all.get(at).map(|banked| banked.lesson.key.clone());
            if chosen.is_some() {
                model.bank.chosen = chosen;
                model.view.scrolls.remove(&Pane::Banked);
            }
        }
        Pane::Results => {
            let units = model.run().map_or(0, |run| run.units.len());
            let unit = u16::try_from(at.min(units.saturating_sub(1))).unwrap_or(0);
            model.view.turn_to(UnitId(unit));
        }
        _ => {}
    }
}

fn horizontal(model: &mut Model, forward: bool) {
    match model.pane {
        Pane::Home if model.home.pane == HomePane::Settings => home::change(model, forward),
        Pane::Home => {}
        Pane::Agents | Pane::Rounds => jump(model, forward),
        Pane::Difference => {
            let by = if forward { 8 } else { -8 };
            model.view.shift = moved(model.view.shift, by, 1_000);
        }
        Pane::Notes => {
            let len = model
                .selected()
                .map_or(0, |(_, state)| state.candidate.read.len());
            model.view.chip = moved(model.view.chip, if forward { 1 } else { -1 }, len);
        }
        pane => {
            let next = pane.next(model.place, forward);
            let first = Pane::first(model.place);
            let wraps = if forward {
                next == first
            } else {
                pane == first
            };
            if !wraps {
                model.pane = next;
            }
        }
    }
}

fn jump(model: &mut Model, forward: bool) {
    if model.place == Place::Run {
        let Some((_, unit)) = model.unit() else {
            return;
        };
        let last = unit.rounds.last().map_or(0, |r| r.round.0);
        let now = model.view.round.map_or(last, |r| r.0);
        let next = if forward {
            now + 1
        } else {
            now.saturating_sub(1)
        };
        model.view.round = (next < last).then_some(Round(next));
        if next.min(last) == now {
            let words = if forward {
                "This is the latest round"
            } else {
                "This is the first round"
            };
            model.toast = Some(words.to_owned());
        }
        return;
    }
    let Some((key, ..)) = model.comparison() else {
        return;
    };
    let Some(document) = model.documents.get(&key) else {
        return;
    };
    let cells = crate::screens::code::diff_cells(model.size.0);
    let view = document.view(model.diff_mode, model.folded, cells);
    let at = model.scroll(Pane::Difference);
    // A hunk is shown with two rows before it.
    let seen = |hunk: &&usize| hunk.saturating_sub(2);
    let next = if forward {
        view.hunks.iter().find(|hunk| seen(hunk) > at)
    } else {
        view.hunks.iter().rev().find(|hunk| seen(hunk) < at)
    };
    match next {
        Some(hunk) => {
            model
                .view
                .scrolls
                .insert(Pane::Difference, hunk.saturating_sub(2));
        }
        None => model.toast = Some("No further change in that direction".to_owned()),
    }
}

fn unit(model: &mut Model, forward: bool) {
    let Some(len) = model.run().map(|run| run.units.len()) else {
        return;
    };
    let Some((UnitId(now), _)) = model.unit() else {
        return;
    };
    let next = moved(usize::from(now), if forward { 1 } else { -1 }, len);
    let next = UnitId(u16::try_from(next).unwrap_or(0));
    if next == UnitId(now) {
        model.toast = Some("There is no further problem in that direction".to_owned());
        return;
    }
    model.view.turn_to(next);
}

/// Goes to the next or previous entry that passes the filter, around the ends; in the difference to a line found.
pub(super) fn found(model: &mut Model, action: Action) {
    let forward = action == Action::NextMatch;
    if model.searches() {
        return match difference::find(model, forward) {
            Some(row) => drop(
                model
                    .view
                    .scrolls
                    .insert(Pane::Difference, row.saturating_sub(2)),
            ),
            None if model.view.search.is_empty() => {
                let key = model.keymap.first(Action::Filter);
                model.toast = Some(format!("Type {key} and what to look for first"));
            }
            None => model.toast = Some(format!("No line holds `{}`", model.view.search)),
        };
    }
    let Some(list) = panes::listing(model, model.pane, usize::MAX).filter(|list| list.len > 0)
    else {
        model.toast = Some("There is no list here to go on in".to_owned());
        return;
    };
    let step = if forward { 1 } else { list.len - 1 };
    choose(model, model.pane, (list.at + step) % list.len);
}

/// The sort order of the screen in words.
pub(super) fn sort_word(model: &Model) -> &'static str {
    if model.place == Place::Breakdown {
        return match model.sort % 3 {
            0 => "in the order of the run",
            1 => "by category",
            _ => "by speedup",
        };
    }
    match (model.place, model.sort % 2) {
        (Place::Time, 0) => "by verdict and speedup",
        (Place::Time, _) => "by round",
        (Place::Lessons, 0) => "in the order of learning",
        (Place::Lessons, _) => "by speedup times factor",
        (_, 0) => "in the order of the run",
        (_, _) => "by category",
    }
}

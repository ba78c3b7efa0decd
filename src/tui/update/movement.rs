//! Moving: rows, panes, rounds, hunks, problems. Every selection stays valid.

use super::home::{self, SETTINGS};
use crate::config::keymap::{Action, Place};
use crate::domain::id::{AgentId, Round, UnitId};
use crate::tui::lists;
use crate::tui::model::{HomePane, Model};
use crate::tui::screens::breakdown;

/// Rows that a long list moves by at once.
const PAGE: isize = 10;

/// Takes in a movement.
pub fn act(model: &mut Model, action: Action) {
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
    if model.place == Place::Run {
        let most = model
            .live
            .as_ref()
            .and_then(|live| live.streams.get(&model.agent))
            .map_or(200, |stream| stream.lines.len());
        model.tail_back = moved(model.tail_back, -by, most + 1);
    } else {
        vertical(model, by);
    }
}

fn vertical(model: &mut Model, by: isize) {
    match model.place {
        Place::Home => match model.home.pane {
            HomePane::Problems => {
                let len = lists::problems(model).len();
                model.home.row = moved(model.home.row, by, len);
            }
            HomePane::Settings => {
                model.home.setting = moved(model.home.setting, by, SETTINGS.len());
            }
            HomePane::Past => model.run_row = moved(model.run_row, by, model.runs.len()),
        },
        Place::History => {
            let len = lists::runs(model).len();
            model.run_row = moved(model.run_row, by, len);
        }
        Place::Run => {
            let len = model.run().map_or(0, |run| run.spec.team.len());
            let at = moved(model.agent.index(), by, len);
            model.agent = AgentId(u8::try_from(at).unwrap_or(0));
            model.tail_back = 0;
        }
        Place::Code | Place::Lessons | Place::Time if model.second_pane => {
            let len = second_len(model);
            model.scroll = moved(model.scroll, by, len);
        }
        Place::Code | Place::Time => {
            let all = match model.place {
                Place::Code => lists::by_verdict(model),
                _ => lists::timed(model),
            };
            let now = model.selected().map(|(id, _)| id);
            let at = all.iter().position(|(id, _)| Some(*id) == now);
            let next = at.map_or(0, |at| moved(at, by, all.len()));
            let chosen = all.get(next).map(|(id, _)| *id);
            if chosen.is_some() && chosen != now {
                model.candidate = chosen;
                model.scroll = 0;
                model.shift = 0;
            }
        }
        Place::Lessons => {
            let all = lists::lessons(model);
            let now = lists::lesson(model).map(|r| r.lesson.id);
            let at = all.iter().position(|r| Some(r.lesson.id) == now);
            let next = at.map_or(0, |at| moved(at, by, all.len()));
            if let Some(id) = all.get(next).map(|r| r.lesson.id) {
                model.lesson = Some(id);
                model.scroll = 0;
            }
        }
        Place::Breakdown => {
            let len = breakdown::rows(model).len();
            model.category_row = moved(model.category_row, by, len);
        }
    }
}

/// Rows of the second pane that can be scrolled to.
fn second_len(model: &Model) -> usize {
    if model.place != Place::Code {
        return 60;
    }
    let document = model
        .comparison()
        .and_then(|(key, ..)| model.documents.get(&key));
    document.map_or(1, |d| {
        let cells = crate::tui::screens::code::diff_cells(model.size.0);
        d.view(model.diff_mode, model.folded, cells).rows.len()
    })
}

fn horizontal(model: &mut Model, forward: bool) {
    match model.place {
        Place::Home if model.home.pane == HomePane::Settings => home::change(model, forward),
        Place::Run => jump(model, forward),
        Place::Code if model.second_pane => {
            let by = if forward { 8 } else { -8 };
            model.shift = moved(model.shift, by, 1_000);
        }
        _ => model.second_pane = forward && model.place != Place::Home,
    }
}

fn jump(model: &mut Model, forward: bool) {
    if model.place == Place::Run {
        let Some((_, unit)) = model.unit() else {
            return;
        };
        let last = unit.rounds.last().map_or(0, |r| r.round.0);
        let now = model.round.map_or(last, |r| r.0);
        let next = if forward {
            now + 1
        } else {
            now.saturating_sub(1)
        };
        model.round = (next < last).then_some(Round(next));
        return;
    }
    let Some((key, ..)) = model.comparison() else {
        return;
    };
    let Some(document) = model.documents.get(&key) else {
        return;
    };
    let cells = crate::tui::screens::code::diff_cells(model.size.0);
    let view = document.view(model.diff_mode, model.folded, cells);
    let at = model.scroll;
    // A hunk is shown with two rows before it.
    let seen = |hunk: &&usize| hunk.saturating_sub(2);
    let next = if forward {
        view.hunks.iter().find(|hunk| seen(hunk) > at)
    } else {
        view.hunks.iter().rev().find(|hunk| seen(hunk) < at)
    };
    match next {
        Some(hunk) => model.scroll = hunk.saturating_sub(2),
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
    model.unit = Some(next);
    model.candidate = None;
    model.lesson = None;
    model.round = None;
    model.scroll = 0;
}

/// The agent after or before the one in focus.
pub fn next_agent(model: &mut Model, forward: bool) {
    let len = model.run().map_or(0, |run| run.spec.team.len());
    if len > 0 {
        let at = model.agent.index() + if forward { 1 } else { len - 1 };
        model.agent = AgentId(u8::try_from(at % len).unwrap_or(0));
        model.tail_back = 0;
    }
}

/// The sort order of the screen in words.
pub fn sort_word(model: &Model) -> &'static str {
    match (model.place, model.sort % 2) {
        (Place::Time, 0) => "by verdict and speedup",
        (Place::Time, _) => "by round",
        (Place::Lessons, 0) => "in the order of learning",
        (Place::Lessons, _) => "by speedup times factor",
        (_, 0) => "in the order of the run",
        (_, _) => "by category",
    }
}

/// The unit behind the breakdown's row.
pub fn breakdown_unit(model: &Model) -> Option<UnitId> {
    let rows = breakdown::rows(model);
    rows.get(model.category_row)
        .and_then(|row| row.units.first().copied())
}

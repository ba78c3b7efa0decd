//! The screens: model → cells. Each says what is in its panes; where they lie is `panes`' answer. Never changes anything.

pub(crate) mod annotations;
pub(crate) mod applying;
pub(crate) mod asked;
pub(crate) mod bank;
pub(crate) mod bars;
pub(crate) mod blocks;
pub(crate) mod breakdown;
pub(crate) mod ceilings;
pub(crate) mod code;
pub(crate) mod compared;
pub(crate) mod comparison;
pub(crate) mod difference;
pub(crate) mod growth;
pub(crate) mod history;
pub(crate) mod home;
pub(crate) mod lessons;
pub(crate) mod own;
pub(crate) mod passes;
pub(crate) mod prompt;
pub(crate) mod result;
pub(crate) mod rounds;
pub(crate) mod run;
pub(crate) mod said;
pub(crate) mod samples;
pub(crate) mod team;
pub(crate) mod template;
pub(crate) mod time;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::model::Model;
use super::panes::{self, Pane};

/// Draws the panes of the screen shown.
pub(crate) fn draw(model: &Model, area: Rect, buf: &mut Buffer) {
    for (pane, at) in panes::layout(model, area) {
        match pane {
            Pane::Home => home::draw(model, at, buf),
            Pane::Agents | Pane::Output | Pane::Rounds | Pane::Inbox => {
                run::draw(model, pane, at, buf);
            }
            Pane::Candidates | Pane::Difference | Pane::Notes => code::draw(model, pane, at, buf),
            Pane::Forest | Pane::Facts => time::draw(model, pane, at, buf),
            Pane::Lessons | Pane::Lesson => lessons::draw(model, pane, at, buf),
            Pane::Prompt => prompt::draw(model, at, buf),
            Pane::Categories | Pane::Units => breakdown::draw(model, pane, at, buf),
            Pane::Runs => history::draw(model, at, buf),
            Pane::Comparison => comparison::draw(model, at, buf),
            Pane::Bank | Pane::Banked => bank::draw(model, pane, at, buf),
            Pane::Results | Pane::Summary => result::draw(model, pane, at, buf),
        }
    }
}

/// Rows of a pane that is a text.
pub(crate) fn length(model: &Model, pane: Pane) -> usize {
    let shown = panes::layout(model, panes::body(model));
    let Some((_, at)) = shown.into_iter().find(|(shown, _)| *shown == pane) else {
        return 0;
    };
    let cells = usize::from(at.width.saturating_sub(4));
    match pane {
        Pane::Difference => difference::length(model),
        Pane::Notes => code::note_lines(model, cells).len(),
        Pane::Facts => time::lines(model, cells).len(),
        Pane::Lesson => lessons::lines(model, cells).len(),
        Pane::Prompt => prompt::lines(model, cells).len(),
        Pane::Comparison => comparison::lines(model, cells).len(),
        Pane::Banked => bank::lines(model, cells).len(),
        Pane::Summary => result::lines(model, cells).len(),
        _ => 0,
    }
}

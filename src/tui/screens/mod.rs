//! The screens: model → cells. Each says what is in its panes; where they lie is `panes`' answer. Never changes anything.

pub mod annotations;
pub mod applying;
pub mod asked;
pub mod bank;
pub mod bars;
pub mod blocks;
pub mod breakdown;
pub mod ceilings;
pub mod code;
pub mod compared;
pub mod comparison;
pub mod difference;
pub mod growth;
pub mod history;
pub mod home;
pub mod lessons;
pub mod own;
pub mod passes;
pub mod prompt;
pub mod result;
pub mod rounds;
pub mod run;
pub mod said;
pub mod samples;
pub mod team;
pub mod template;
pub mod time;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::model::Model;
use super::panes::{self, Pane};

/// Draws the panes of the screen shown.
pub fn draw(model: &Model, area: Rect, buf: &mut Buffer) {
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
pub fn length(model: &Model, pane: Pane) -> usize {
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

//! The blocks of a comparison that other machines work on: where each is, what it does or why it waits, how old that is,
//! what it has cost; and the cells of the one that is opened.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::{Clear, Widget};

use super::compared::{WIDEST, plain};
use crate::config::theme::Role;
use crate::model::{Blocks, Model};
use crate::reports::blocks::{Queued, Row};
use crate::reports::table::Table;
use crate::widgets::frame::{centred, more, panel, put, select, text_line, title, window};
use crate::widgets::mark::Symbols;
use crate::widgets::text::{elide_end, one_line, wrap};

/// Draws them.
pub(crate) fn draw(model: &Model, blocks: &Blocks, area: Rect, buf: &mut Buffer) {
    let look = &model.look;
    let at = centred(area, WIDEST, area.height.saturating_sub(2));
    Clear.render(at, buf);
    let name = format!("Comparison {}", blocks.overview.id);
    let detail = "Enter opens a block, Right shows its tables so far, Esc closes";
    let inner = panel(buf, at, title(look, &name, detail), true, look);
    let cells = usize::from(inner.width);
    let shown = |text: &str| match look.symbols {
        Symbols::Unicode => text.to_owned(),
        Symbols::Ascii => plain(text),
    };
    let line = |role: Role, text: &str| text_line(look, role, elide_end(&shown(text), cells));
    let mut head: Vec<Line> = wrap(&one_line(&blocks.overview.headline()), cells, 3)
        .iter()
        .map(|text| line(Role::Title, text))
        .collect();
    head.push(Line::default());
    let table = blocks.overview.table().aligned();
    let mut rows = table.lines();
    head.extend(rows.next().map(|names| line(Role::Dim, names)));
    for (row, text) in head.iter().enumerate() {
        put(buf, inner, row, text);
    }
    let opened = blocks.cell.and_then(|cell| {
        let row = blocks.overview.rows.get(blocks.row)?;
        Some((row, cell))
    });
    let below = opened.map_or(0, |(row, _)| row.standing.cells.len() + 2);
    let height = usize::from(inner.height);
    let room = height.saturating_sub(head.len() + below).max(1);
    let all = blocks.overview.rows.len();
    let from = window(all, room, blocks.row);
    let told = rows.zip(&blocks.overview.rows).enumerate();
    for (number, (text, row)) in told.skip(from).take(room) {
        let at = head.len() + number - from;
        put(buf, inner, at, &line(role(row), text));
        if number == blocks.row {
            select(buf, inner, at, look);
        }
    }
    more(buf, at, from, all.saturating_sub(from + room), look);
    if let Some((row, cell)) = opened {
        let first = head.len() + room.min(all - from) + 1;
        self::cells(model, row, cell, first, inner, buf);
    }
}

/// What a row's block is to a person.
fn role(row: &Row) -> Role {
    match &row.queued {
        _ if row.standing.damaged.is_some() => Role::Failed,
        _ if row.standing.is_over() => Role::Dim,
        Queued::Runs(_) => Role::Text,
        Queued::Waits(_) => Role::Waiting,
        Queued::Gone | Queued::Ended(_) => Role::Failed,
        Queued::Unknown => Role::Text,
    }
}

/// The cells of a block, the one under the cursor marked.
fn cells(model: &Model, row: &Row, at: usize, first: usize, inner: Rect, buf: &mut Buffer) {
    let look = &model.look;
    let mut table = Table::new(&["cell", "strategy", "now", "facts"]);
    for cell in &row.standing.cells {
        let doing = match (cell.over, cell.facts) {
            (true, _) => "done".to_owned(),
            (false, 0) => "has not begun".to_owned(),
            (false, _) => cell.doing.clone(),
        };
        table.push(vec![
            cell.run.to_string(),
            cell.strategy.to_string(),
            doing,
            cell.facts.to_string(),
        ]);
    }
    let width = usize::from(inner.width);
    for (number, text) in table.aligned().lines().enumerate() {
        let role = if number == 0 { Role::Dim } else { Role::Text };
        let text = elide_end(text, width);
        put(buf, inner, first + number, &text_line(look, role, text));
        if number == at + 1 {
            select(buf, inner, first + number, look);
        }
    }
}

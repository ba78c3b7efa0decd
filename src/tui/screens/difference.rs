//! The difference of the selected candidate to the original or to another candidate, notes at their lines, a map of all of it.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::annotations::{self, Notes};
use super::code::diff_cells;
use crate::config::theme::Role;
use crate::domain::evaluation::Evaluation;
use crate::domain::run::CandidateState;
use crate::model::Model;
use crate::panes::Pane;
use crate::widgets::diff::{Cell, Row, Sign, View};
use crate::widgets::frame::{panel, put, put_all, split_left, split_top, text_line, title};
use crate::widgets::mark::is_without_code;
use crate::widgets::text::{elide_end, one_line, sanitise, width, wrap};

/// The view of the difference that is shown, once it is computed.
fn view(model: &Model) -> Option<&View> {
    let (key, ..) = model.comparison()?;
    let document = model.documents.get(&key)?;
    let cells = diff_cells(model.size.0);
    // Of a text that is the same nothing would be left to read.
    let folded = model.folded && document.added + document.removed > 0;
    Some(document.view(model.diff_mode, folded, cells))
}

/// Its rows.
pub(crate) fn length(model: &Model) -> usize {
    match model.selected() {
        Some(_) => view(model).map_or(1, |view| view.rows.len()),
        None => model
            .unit()
            .map_or(1, |(_, unit)| unit.spec.original.lines().count()),
    }
}

/// The row after or before the one shown at the top, around the ends, whose text holds what is looked for.
pub(crate) fn find(model: &Model, forward: bool) -> Option<usize> {
    let view = view(model)?;
    let wanted = model.view.search.to_lowercase();
    if wanted.is_empty() {
        return None;
    }
    let holds = |at: &usize| {
        view.rows
            .get(*at)
            .is_some_and(|row| text(row).contains(&wanted))
    };
    // A row found is shown with two rows before it.
    let at = model.scroll(Pane::Difference) + 2;
    let len = view.rows.len();
    let last = len.checked_sub(1)?;
    if forward {
        (at + 1..len).chain(0..=at.min(last)).find(holds)
    } else {
        (0..at.min(len))
            .rev()
            .chain((at.min(last)..len).rev())
            .find(holds)
    }
}

/// Rows that hold what is looked for: how many up to the one found last, and how many in all.
fn found(model: &Model, view: &View) -> (usize, usize) {
    let wanted = model.view.search.to_lowercase();
    if wanted.is_empty() {
        return (0, 0);
    }
    // A row found is shown with two rows before it.
    let at = model.scroll(Pane::Difference) + 2;
    let rows = view.rows.iter().enumerate();
    let holds = rows.filter(|(_, row)| text(row).contains(&wanted));
    holds.fold((0, 0), |(before, all), (row, _)| {
        (before + usize::from(row <= at), all + 1)
    })
}

/// The line of the new text at a row, or the one before it.
fn line_at(view: &View, row: usize) -> usize {
    let shown = view.rows.iter().take(row + 1);
    shown.fold(0, |after, row| match row {
        Row::Fold(n) => after + n,
        Row::One(cell) => cell.new.unwrap_or(after),
        Row::Two(_, right) => right.as_ref().and_then(|cell| cell.new).unwrap_or(after),
    })
}

/// The line of the new text that is shown first.
pub(crate) fn line_shown(model: &Model) -> usize {
    view(model).map_or(0, |view| line_at(view, model.scroll(Pane::Difference)))
}

/// Shows a line of the new text first, however the rest is folded.
pub(crate) fn show_line(model: &mut Model, line: usize) {
    let row = view(model).and_then(|view| {
        let mut rows = 0..view.rows.len();
        rows.find(|row| line_at(view, *row) >= line)
    });
    model
        .view
        .scrolls
        .insert(Pane::Difference, row.unwrap_or(0));
}

/// The text of a row in small letters.
fn text(row: &Row) -> String {
    let of = |cell: &Cell| -> String { cell.pieces.iter().map(|p| p.text.as_str()).collect() };
    let whole = match row {
        Row::One(cell) => of(cell),
        Row::Two(left, right) => left.iter().chain(right).map(of).collect(),
        Row::Fold(_) => String::new(),
    };
    whole.to_lowercase()
}

/// Draws it.
pub(crate) fn draw(model: &Model, area: Rect, buf: &mut Buffer) {
    let look = &model.look;
    let focused = model.pane == Pane::Difference;
    let Some((id, state)) = model.selected() else {
        return original(model, area, buf);
    };
    if state.evaluated.as_ref().is_some_and(is_without_code) {
        let text = &state.candidate.source;
        let name = id.to_string();
        return whole(
            model,
            &name,
            "the answer, which holds no code to compare",
            text,
            area,
            buf,
        );
    }
    let document = model
        .comparison()
        .and_then(|(key, ..)| model.documents.get(&key));
    let against = model.base().map_or_else(
        || "the original".to_owned(),
        |(base, _)| format!("{base} by {}", model.agent_name(base.agent)),
    );
    let detail = document.map_or_else(
        || "comparing".to_owned(),
        |d| {
            let fold = if model.folded { "folded" } else { "whole" };
            let mode = model.diff_mode.word();
            let mut words = format!(
                "against {against}  +{} -{}  {mode}, {fold}",
                d.added, d.removed
            );
            if let (Some(view), false) = (view(model), model.view.search.is_empty()) {
                let (at, all) = found(model, view);
                words.push_str(&format!("  {at} of {all} lines found"));
            }
            if model.view.shift > 0 {
                words.push_str(&format!("  {} columns left out", model.view.shift));
            }
            words
        },
    );
    let name = title(look, &id.to_string(), &detail);
    let mut inner = panel(buf, area, name, focused, look);
    let most = usize::from(inner.height / 3);
    let trouble = trouble(model, state, usize::from(inner.width), most);
    if !trouble.is_empty() {
        let (top, rest) = split_top(inner, u16::try_from(trouble.len() + 1).unwrap_or(0));
        put_all(buf, top, &trouble);
        inner = rest;
    }
    let (Some(document), Some(view)) = (document, view(model)) else {
        return;
    };
    let from = model
        .scroll(Pane::Difference)
        .min(view.rows.len().saturating_sub(1));
    let height = usize::from(inner.height);
    let long = view.rows.len() > height;
    if long {
        // The right-hand gap of the panel holds the map.
        let map = Rect {
            x: inner.right(),
            width: u16::from(inner.right() < area.right().saturating_sub(1)),
            ..inner
        };
        minimap(model, view, from, map, buf);
    }
    let notes = state.evaluated.as_ref().map(annotations::by_line);
    let shown = rows(model, view, from, &notes.unwrap_or_default(), inner, buf);
    if document.added + document.removed == 0 {
        let words = format!("The same text as {against}.");
        put(buf, inner, shown, &text_line(look, Role::Dim, words));
    }
}

/// The original alone, before there is a candidate to compare it with.
fn original(model: &Model, area: Rect, buf: &mut Buffer) {
    let look = &model.look;
    let focused = model.pane == Pane::Difference;
    let Some((_, unit)) = model.unit() else {
        panel(buf, area, title(look, "Code", ""), focused, look);
        return;
    };
    let detail = match unit.rounds.is_empty() {
        true => "it is being prepared; no candidate yet",
        false => "no candidate yet",
    };
    whole(
        model,
        "The original",
        detail,
        &unit.spec.original,
        area,
        buf,
    );
}

/// A text as it is, with its lines numbered.
fn whole(model: &Model, name: &str, detail: &str, text: &str, area: Rect, buf: &mut Buffer) {
    let look = &model.look;
    let focused = model.pane == Pane::Difference;
    let inner = panel(buf, area, title(look, name, detail), focused, look);
    let from = model.scroll(Pane::Difference);
    let lines = text.lines().enumerate().skip(from);
    for (row, (at, line)) in lines.take(usize::from(inner.height)).enumerate() {
        let room = usize::from(inner.width).saturating_sub(5);
        let line = Line::from(vec![
            look.span(Role::Comment, format!("{:>4} ", at + 1)),
            look.span(Role::Text, elide_end(&sanitise(line), room)),
        ]);
        put(buf, inner, row, &line);
    }
}

/// What went wrong, in lines; empty for a measured candidate.
fn trouble(model: &Model, state: &CandidateState, cells: usize, most: usize) -> Vec<Line<'static>> {
    let look = &model.look;
    let Some(evaluated) = &state.evaluated else {
        return Vec::new();
    };
    let message = annotations::sentence(&evaluated.evaluation);
    let mut lines: Vec<Line> = wrap(&message, cells, 3)
        .into_iter()
        .filter(|line| !line.is_empty())
        .map(|line| text_line(look, Role::Failed, line))
        .collect();
    if let Evaluation::NotCompiled { diagnostics, .. } = &evaluated.evaluation
        && annotations::by_line(evaluated).is_empty()
    {
        // Without line numbers the compiler's words stand above the code.
        let rest = wrap(diagnostics, cells, most.saturating_sub(lines.len()));
        lines.extend(rest.into_iter().map(|l| text_line(look, Role::Dim, l)));
    }
    lines.truncate(most);
    lines
}

/// Draws rows from one on, each with the notes at its line; gives back how many screen rows it took.
fn rows(
    model: &Model,
    view: &View,
    from: usize,
    notes: &Notes,
    area: Rect,
    buf: &mut Buffer,
) -> usize {
    let look = &model.look;
    let height = usize::from(area.height);
    let mut at = 0;
    let mut after = 0;
    for row in view.rows.iter().skip(from) {
        if at >= height {
            break;
        }
        let line = match row {
            Row::Fold(n) => {
                let hidden = notes.range(after + 1..=after + n).count();
                let more = match hidden {
                    0 => String::new(),
                    n => format!(", {n} with remarks"),
                };
                let words = format!("{} {n} unchanged lines{more}", look.pick("  ⋯", "  ..."));
                put(buf, area, at, &text_line(look, Role::Comment, words));
                after += n;
                None
            }
            Row::One(cell) => {
                let line = code_line(model, Some(cell), area.width, Numbers::Both);
                put(buf, area, at, &line);
                let numbers = if area.width > 60 { 9 } else { 5 };
                highlight(model, cell, numbers, area, at, buf);
                cell.new
            }
            Row::Two(left, right) => {
                let half = area.width.saturating_sub(1) / 2;
                let (l, rest) = split_left(area, half);
                let (gap, r) = split_left(rest, 1);
                let old = code_line(model, left.as_ref(), l.width, Numbers::Old);
                let new = code_line(model, right.as_ref(), r.width, Numbers::New);
                put(buf, l, at, &old);
                put(
                    buf,
                    gap,
                    at,
                    &text_line(look, Role::Border, look.pick("│", "|")),
                );
                put(buf, r, at, &new);
                for (cell, side) in [(left, l), (right, r)] {
                    if let Some(cell) = cell {
                        highlight(model, cell, 5, side, at, buf);
                    }
                }
                right.as_ref().and_then(|cell| cell.new)
            }
        };
        at += 1;
        let Some(line) = line else { continue };
        after = line;
        for (role, text) in notes.get(&line).into_iter().flatten() {
            let words = format!("{}{}", look.pick("       ╰ ", "       ^ "), one_line(text));
            let words = elide_end(&words, usize::from(area.width));
            put(buf, area, at, &text_line(look, *role, words));
            at += 1;
        }
    }
    at
}

/// Lights up what is looked for in a row; the code begins after so many cells of numbers and the sign.
fn highlight(model: &Model, cell: &Cell, numbers: u16, area: Rect, row: usize, buf: &mut Buffer) {
    let wanted: Vec<char> = model.view.search.to_lowercase().chars().collect();
    let Ok(row) = u16::try_from(row) else { return };
    if wanted.is_empty() || row >= area.height {
        return;
    }
    let text: String = cell.pieces.iter().map(|p| p.text.as_str()).collect();
    let shown: Vec<char> = text.chars().skip(model.view.shift).collect();
    let small = |c: &char| c.to_lowercase().next().unwrap_or(*c);
    let begin = area.x + numbers + 2;
    for at in 0..shown.len().saturating_sub(wanted.len() - 1) {
        let part = &shown[at..at + wanted.len()];
        if !part.iter().map(small).eq(wanted.iter().copied()) {
            continue;
        }
        let cells = |part: &[char]| width(&part.iter().collect::<String>());
        let x = usize::from(begin) + cells(&shown[..at]);
        let Ok(x) = u16::try_from(x) else { return };
        let lit = Rect {
            x,
            y: area.y + row,
            width: u16::try_from(cells(part)).unwrap_or(1),
            height: 1,
        };
        buf.set_style(
            lit.intersection(area),
            model.look.theme.style(Role::Waiting),
        );
    }
}

/// One column for all rows: where something is added, removed, or both, and what part is seen.
fn minimap(model: &Model, view: &View, from: usize, area: Rect, buf: &mut Buffer) {
    let look = &model.look;
    let height = usize::from(area.height).max(1);
    let len = view.rows.len();
    let seen = from * height / len..=(from + height).min(len).saturating_sub(1) * height / len;
    for row in 0..height {
        let part = &view.rows[row * len / height..((row + 1) * len / height).min(len)];
        let has = |wanted: Sign| {
            part.iter().any(|row| match row {
                Row::One(cell) => cell.sign == wanted,
                Row::Two(left, right) => [left, right]
                    .into_iter()
                    .flatten()
                    .any(|cell| cell.sign == wanted),
                Row::Fold(_) => false,
            })
        };
        let (glyph, role) = match (has(Sign::Added), has(Sign::Removed)) {
            (true, true) => (look.pick("█", "*"), Role::Unclear),
            (true, false) => (look.pick("▐", "+"), Role::Better),
            (false, true) => (look.pick("▐", "-"), Role::Worse),
            (false, false) => (look.pick("│", "|"), Role::Border),
        };
        let mut style = look.theme.style(role);
        if seen.contains(&row) {
            style = style.patch(look.theme.style(Role::Selection));
        }
        put(buf, area, row, &Line::from(Span::styled(glyph, style)));
    }
}

/// Which line numbers are shown.
#[derive(Clone, Copy)]
enum Numbers {
    Both,
    Old,
    New,
}

/// A line of code over exactly `cells`: number, sign, pieces, background to the end.
fn code_line(model: &Model, cell: Option<&Cell>, cells: u16, numbers: Numbers) -> Line<'static> {
    let look = &model.look;
    let cells = usize::from(cells);
    let Some(cell) = cell else {
        return Line::from(Span::raw(" ".repeat(cells)));
    };
    let (sign, back, word) = match cell.sign {
        Sign::Same => (" ", Style::default(), None),
        Sign::Added => ("+", look.theme.style(Role::Added), Some(Role::AddedWord)),
        Sign::Removed => (
            "-",
            look.theme.style(Role::Removed),
            Some(Role::RemovedWord),
        ),
    };
    let number = |n: Option<usize>| n.map_or_else(|| "    ".to_owned(), |n| format!("{n:>4}"));
    let numbers = match numbers {
        Numbers::Both if cells > 60 => format!("{}{} ", number(cell.old), number(cell.new)),
        Numbers::Old => format!("{} ", number(cell.old)),
        Numbers::Both | Numbers::New => format!("{} ", number(cell.new.or(cell.old))),
    };
    let sign_role = match cell.sign {
        Sign::Same => Role::Dim,
        Sign::Added => Role::Better,
        Sign::Removed => Role::Worse,
    };
    let mut spans = vec![
        look.span(Role::Comment, numbers.clone()),
        Span::styled(format!("{sign} "), back.patch(look.theme.style(sign_role))),
    ];
    let mut used = width(&numbers) + 2;
    let mut skip = model.view.shift;
    for piece in cell.pieces.iter() {
        let shown: String = piece.text.chars().skip(skip).collect();
        skip = skip.saturating_sub(piece.text.chars().count());
        let mut style = back.patch(look.theme.style(piece.role));
        if let (true, true, Some(word)) = (piece.changed, model.words, word) {
            style = style.patch(look.theme.style(word));
        }
        used += width(&shown);
        spans.push(Span::styled(shown, style));
        if used >= cells {
            break;
        }
    }
    spans.push(Span::styled(" ".repeat(cells.saturating_sub(used)), back));
    Line::from(spans)
}

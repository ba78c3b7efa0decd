//! Code: the candidates by verdict, the difference to the original, what the author wrote and had read.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::config::theme::Role;
use crate::domain::evaluation::Evaluation;
use crate::domain::run::CandidateState;
use crate::tui::lists;
use crate::tui::model::Model;
use crate::tui::widgets::diff::{Cell, Row, Sign};
use crate::tui::widgets::frame::{
    panel, put, put_all, select, split_left, split_top, text_line, title, window,
};
use crate::tui::widgets::mark::{self, Mark};
use crate::tui::widgets::text::{fit, one_line, width, wrap};

/// Columns of the candidate list beside the difference.
const LIST: u16 = 42;
/// Columns of the notes at the right on wide screens.
const NOTES: u16 = 40;
/// Width from which the notes get a column of their own and both sides of a split still have room.
const THREE: u16 = LIST + NOTES + 2 * (60 + 8) + 4;

/// Cells the difference gets on a terminal of a width; what `auto` decides by.
pub fn diff_cells(cells: u16) -> u16 {
    match cells {
        THREE.. => cells - LIST - NOTES - 4,
        100..THREE => cells - LIST - 4,
        _ => cells.saturating_sub(4),
    }
}

/// Draws the screen.
pub fn draw(model: &Model, area: Rect, buf: &mut Buffer) {
    if area.width >= THREE {
        let (left, rest) = split_left(area, LIST);
        let (middle, right) = split_left(rest, rest.width - NOTES);
        list(model, left, buf);
        difference(model, middle, buf);
        notes(model, right, buf);
    } else if area.width >= 100 {
        let (left, right) = split_left(area, LIST);
        let (top, bottom) = split_top(left, left.height / 2);
        list(model, top, buf);
        notes(model, bottom, buf);
        difference(model, right, buf);
    } else if model.second_pane {
        difference(model, area, buf);
    } else {
        let count = lists::by_verdict(model).len();
        let rows = u16::try_from(count + 2).unwrap_or(u16::MAX);
        let (top, bottom) = split_top(area, rows.clamp(4, (area.height / 3).max(4)));
        list(model, top, buf);
        difference(model, bottom, buf);
    }
}

fn list(model: &Model, area: Rect, buf: &mut Buffer) {
    let look = &model.look;
    let all = lists::by_verdict(model);
    let detail = format!("{}, best first", all.len());
    let inner = panel(
        buf,
        area,
        title(look, "Candidates", &detail),
        !model.second_pane,
        look,
    );
    if all.is_empty() {
        put(buf, inner, 0, &text_line(look, Role::Dim, "None yet."));
        return;
    }
    let selected = model.selected().map(|(id, _)| id);
    let at = all
        .iter()
        .position(|(id, _)| Some(*id) == selected)
        .unwrap_or(0);
    let from = window(all.len(), usize::from(inner.height), at);
    let cells = usize::from(inner.width);
    for (row, (id, state)) in all
        .iter()
        .enumerate()
        .skip(from)
        .take(usize::from(inner.height))
    {
        let found = Mark::of(state);
        let style = look.theme.style(found.role());
        let figure = state.speedup().map_or_else(
            || found.word().to_owned(),
            |s| mark::speedup(s, 20, look.symbols),
        );
        let line = Line::from(vec![
            Span::styled(format!("{} ", found.glyph(look.symbols)), style),
            Span::styled(fit(&figure, 20), style),
            look.span(Role::Title, format!(" {}", fit(&id.to_string(), 5))),
            look.span(
                Role::Dim,
                fit(&model.agent_name(id.agent), cells.saturating_sub(28)),
            ),
        ]);
        put(buf, inner, row - from, &line);
        if row == at {
            select(buf, inner, row - from, look);
        }
    }
}

/// What went wrong, in lines; empty for a measured candidate.
fn trouble(model: &Model, state: &CandidateState, cells: usize, most: usize) -> Vec<Line<'static>> {
    let look = &model.look;
    let Some(evaluated) = &state.evaluated else {
        return Vec::new();
    };
    let (message, detail) = match &evaluated.evaluation {
        Evaluation::NotCompiled {
            message,
            diagnostics,
        } => (message.clone(), diagnostics.clone()),
        Evaluation::Rejected { rule, message } => (format!("{rule}: {message}"), String::new()),
        Evaluation::Crashed { how, stage } => {
            (format!("{how} while {}", stage.word()), String::new())
        }
        Evaluation::TimedOut { stage, limit } => (
            format!("no end within {limit} while {}", stage.word()),
            String::new(),
        ),
        Evaluation::WrongAnswer { mismatch: m } => {
            let at = m.index.map_or_else(String::new, |i| format!("[{i}]"));
            (
                format!(
                    "{}{at} at size {}: expected {}, got {}",
                    m.field, m.size, m.expected, m.got
                ),
                String::new(),
            )
        }
        Evaluation::HarnessFault { what } => (what.clone(), String::new()),
        Evaluation::Measured { .. } => return Vec::new(),
    };
    let mut lines: Vec<Line> = wrap(&message, cells, 3)
        .into_iter()
        .map(|line| text_line(look, Role::Failed, line))
        .collect();
    let rest = wrap(&detail, cells, most.saturating_sub(lines.len()));
    lines.extend(
        rest.into_iter()
            .map(|line| text_line(look, Role::Dim, line)),
    );
    lines.truncate(most);
    lines
}

fn difference(model: &Model, area: Rect, buf: &mut Buffer) {
    let look = &model.look;
    let Some((id, state)) = model.selected() else {
        let inner = panel(buf, area, title(look, "Code", ""), model.second_pane, look);
        put(
            buf,
            inner,
            0,
            &text_line(look, Role::Dim, "No candidate yet: agents are writing."),
        );
        return;
    };
    let document = model
        .comparison()
        .and_then(|(key, ..)| model.documents.get(&key));
    let detail = document.map_or_else(
        || "comparing".to_owned(),
        |d| {
            let fold = if model.folded { "folded" } else { "whole" };
            format!(
                "against the original  +{} -{}  {}, {fold}",
                d.added,
                d.removed,
                model.diff_mode.word()
            )
        },
    );
    let name = id.to_string();
    let mut inner = panel(
        buf,
        area,
        title(look, &name, &detail),
        model.second_pane,
        look,
    );
    let trouble = trouble(
        model,
        state,
        usize::from(inner.width),
        usize::from(inner.height / 3),
    );
    if !trouble.is_empty() {
        let (top, rest) = split_top(inner, u16::try_from(trouble.len() + 1).unwrap_or(0));
        put_all(buf, top, &trouble);
        inner = rest;
    }
    let Some(document) = document else { return };
    let cells = diff_cells(model.size.0);
    let view = document.view(model.diff_mode, model.folded, cells);
    let height = usize::from(inner.height);
    let from = model.scroll.min(view.rows.len().saturating_sub(1));
    for (at, row) in view.rows.iter().skip(from).take(height).enumerate() {
        match row {
            Row::Fold(n) => {
                let words = format!("{} {n} unchanged lines", look.pick("  ⋯", "  ..."));
                put(buf, inner, at, &text_line(look, Role::Comment, words));
            }
            Row::One(cell) => put(
                buf,
                inner,
                at,
                &code_line(model, Some(cell), inner.width, Numbers::Both),
            ),
            Row::Two(left, right) => {
                let half = inner.width.saturating_sub(1) / 2;
                let (l, rest) = split_left(inner, half);
                let (gap, r) = split_left(rest, 1);
                put(
                    buf,
                    l,
                    at,
                    &code_line(model, left.as_ref(), l.width, Numbers::Old),
                );
                put(
                    buf,
                    gap,
                    at,
                    &text_line(look, Role::Border, look.pick("│", "|")),
                );
                put(
                    buf,
                    r,
                    at,
                    &code_line(model, right.as_ref(), r.width, Numbers::New),
                );
            }
        }
    }
    if view.rows.is_empty() || document.added + document.removed == 0 {
        let row = view.rows.len().min(height.saturating_sub(1));
        put(
            buf,
            inner,
            row,
            &text_line(look, Role::Dim, "The same text as the original."),
        );
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
    let mut skip = model.shift;
    for piece in &cell.pieces {
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

fn notes(model: &Model, area: Rect, buf: &mut Buffer) {
    let look = &model.look;
    let Some((id, state)) = model.selected() else {
        panel(buf, area, title(look, "Notes", ""), false, look);
        return;
    };
    let inner = panel(
        buf,
        area,
        title(look, "Notes", &model.agent_name(id.agent)),
        false,
        look,
    );
    let cells = usize::from(inner.width);
    let found = Mark::of(state);
    let mut lines = vec![text_line(
        look,
        found.role(),
        format!(
            "{} {} {}",
            found.glyph(look.symbols),
            found.word(),
            state
                .speedup()
                .map_or_else(String::new, |s| mark::speedup(s, 24, look.symbols))
        ),
    )];
    lines.push(Line::default());
    lines.push(text_line(look, Role::Title, "Lessons read"));
    if state.candidate.read.is_empty() {
        lines.push(text_line(look, Role::Dim, "none"));
    }
    for chips in state.candidate.read.chunks(3) {
        let spans = chips.iter().flat_map(|id| {
            [
                look.span(Role::Selection, format!(" {id} ")),
                Span::raw(" "),
            ]
        });
        lines.push(Line::from(spans.collect::<Vec<_>>()));
    }
    lines.push(Line::default());
    lines.push(text_line(look, Role::Title, "In the author's words"));
    let said = one_line(&state.candidate.rationale);
    let said = if said.is_empty() {
        "nothing".to_owned()
    } else {
        said
    };
    lines.extend(
        wrap(&said, cells, 30)
            .into_iter()
            .map(|l| text_line(look, Role::Text, l)),
    );
    if let Some(evaluated) = &state.evaluated
        && !evaluated.remarks.is_empty()
    {
        lines.push(Line::default());
        lines.push(text_line(look, Role::Title, "The compiler's remarks"));
        for remark in &evaluated.remarks {
            let words = format!("{}: {}", remark.line, remark.text);
            lines.extend(
                wrap(&words, cells, 3)
                    .into_iter()
                    .map(|l| text_line(look, Role::Dim, l)),
            );
        }
    }
    put_all(buf, inner, &lines);
}

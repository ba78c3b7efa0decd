//! Code: the candidates by verdict, what the author of the selected one wrote and had read.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::config::theme::Role;
use crate::domain::evaluation::REMOVES;
use crate::lists;
use crate::model::{Base, Model};
use crate::panes::Pane;
use crate::widgets::frame::{more, panel, put, scrolled, select, text_line, title, window};
use crate::widgets::mark::{self, Mark};
use crate::widgets::text::{fit, one_line, width, wrap};

/// Columns of the candidate list beside the difference.
pub(crate) const LIST: u16 = 44;
/// Columns of the notes at the right on wide screens.
pub(crate) const NOTES: u16 = 40;
/// Width from which the notes get a column of their own and both sides of a split still have room.
pub(crate) const THREE: u16 = LIST + NOTES + 2 * (60 + 8) + 4;

/// Cells the difference gets on a terminal of a width; what `auto` decides by.
pub(crate) fn diff_cells(cells: u16) -> u16 {
    match cells {
        THREE.. => cells - LIST - NOTES - 4,
        100..THREE => cells - LIST - 4,
        _ => cells.saturating_sub(4),
    }
}

/// Draws a pane of the screen.
pub(crate) fn draw(model: &Model, pane: Pane, area: Rect, buf: &mut Buffer) {
    match pane {
        Pane::Candidates => list(model, area, buf),
        Pane::Notes => notes(model, area, buf),
        _ => super::difference::draw(model, area, buf),
    }
}

fn list(model: &Model, area: Rect, buf: &mut Buffer) {
    let look = &model.look;
    let all = lists::by_verdict(model);
    let detail = format!("{}, best first", lists::count(model, &all));
    let inner = panel(
        buf,
        area,
        title(look, "Candidates", &detail),
        model.pane == Pane::Candidates,
        look,
    );
    let Some((_, unit)) = model.unit().filter(|_| !all.is_empty()) else {
        put(buf, inner, 0, &text_line(look, Role::Dim, "None yet."));
        return;
    };
    let leader = lists::leader(unit);
    let base = match model.view.base {
        Base::Candidate(id) => Some(id),
        Base::Before | Base::Original => model.base().map(|(id, _)| id),
    };
    let at = lists::row(model, &all).unwrap_or(0);
    let height = usize::from(inner.height);
    let from = window(all.len(), height, at);
    let below = all.len().saturating_sub(from + height);
    more(buf, area, from, below, look);
    let cells = usize::from(inner.width);
    let widest = all.iter().map(|(id, _)| width(&id.to_string()) + 1).max();
    let name_cells = widest.unwrap_or(5).clamp(5, 9);
    for (row, (id, state)) in all.iter().enumerate().skip(from).take(height) {
        let found = Mark::standing(unit, state);
        let style = look.theme.style(found.role());
        let figure = mark::standing(unit, state, 20, look.symbols);
        let figure = figure.unwrap_or_else(|| found.word().to_owned());
        let leads = leader.is_some_and(|leader| unit.same_code(leader, *id));
        let sign = match (base == Some(*id), leads) {
            (true, _) => "=",
            (false, true) => mark::leads(look.symbols),
            (false, false) => " ",
        };
        let line = Line::from(vec![
            Span::styled(format!("{} ", found.glyph(look.symbols)), style),
            Span::styled(fit(&figure, 20), style),
            look.span(Role::Accent, sign),
            look.span(Role::Title, fit(&id.to_string(), name_cells)),
            look.span(
                Role::Dim,
                fit(
                    &lists::by_whom(model, unit, *id),
                    cells.saturating_sub(23 + name_cells),
                ),
            ),
        ]);
        put(buf, inner, row - from, &line);
        if row == at {
            select(buf, inner, row - from, look);
        }
    }
}

fn notes(model: &Model, area: Rect, buf: &mut Buffer) {
    let look = &model.look;
    let focused = model.pane == Pane::Notes;
    let author = model
        .selected()
        .map_or_else(String::new, |(id, _)| model.agent_name(id.agent));
    let inner = panel(buf, area, title(look, "Notes", &author), focused, look);
    let lines = note_lines(model, usize::from(inner.width));
    scrolled(buf, (area, inner), &lines, model.scroll(Pane::Notes), look);
}

/// What is noted about the selected candidate.
pub(crate) fn note_lines(model: &Model, cells: usize) -> Vec<Line<'static>> {
    let look = &model.look;
    let Some(((_, state), (_, unit))) = model.selected().zip(model.unit()) else {
        return Vec::new();
    };
    let found = Mark::standing(unit, state);
    let figure = mark::standing(unit, state, 24, look.symbols).unwrap_or_default();
    let shape = found.glyph(look.symbols);
    let mut lines = vec![
        text_line(
            look,
            found.role(),
            format!("{shape} {} {figure}", found.word()),
        ),
        Line::default(),
    ];
    descent(model, cells, &mut lines);
    let copies = unit.copies(state.candidate.id);
    if copies.len() > 1 {
        let ids: Vec<String> = copies.iter().take(12).map(ToString::to_string).collect();
        let more = if copies.len() > ids.len() { " …" } else { "" };
        let words = format!(
            "the same code {} times: {}{more}",
            copies.len(),
            ids.join(" ")
        );
        let words = wrap(&words, cells, 4).into_iter();
        lines.extend(words.map(|l| text_line(look, Role::Dim, l)));
        lines.push(Line::default());
    }
    chips(model, cells, &mut lines);
    lines.push(Line::default());
    lines.push(text_line(look, Role::Title, "In the author's words"));
    let said = one_line(&state.candidate.rationale);
    let said = if said.is_empty() {
        "nothing".to_owned()
    } else {
        said
    };
    let said = wrap(&said, cells, 30).into_iter();
    lines.extend(said.map(|l| text_line(look, Role::Text, l)));
    read_as(model, cells, &mut lines);
    if let Some(evaluated) = &state.evaluated
        && !evaluated.remarks.is_empty()
    {
        lines.push(Line::default());
        lines.push(text_line(look, Role::Title, "The compiler's remarks"));
        for remark in &evaluated.remarks {
            let words = format!("{}: {}", remark.line, remark.text);
            let words = wrap(&words, cells, 3).into_iter();
            lines.extend(words.map(|l| text_line(look, Role::Dim, l)));
        }
    }
    lines
}

/// The line of candidates that the selected one comes from, and how it stands against its parent.
fn descent(model: &Model, cells: usize, lines: &mut Vec<Line<'static>>) {
    let look = &model.look;
    let Some(((id, _), (_, unit))) = model.selected().zip(model.unit()) else {
        return;
    };
    let Some(words) = unit.descent(id) else {
        return;
    };
    lines.push(text_line(look, Role::Title, "Where it comes from"));
    let duel = unit.duels.get(&id).map(|duel| format!("{id}: {duel}"));
    for words in std::iter::once(words).chain(duel) {
        let words = match look.pick("×", "x") {
            "x" => words.replace('×', "x").replace('→', "->"),
            _ => words,
        };
        let words = wrap(&one_line(&words), cells, 6).into_iter();
        lines.extend(words.map(|l| text_line(look, Role::Dim, l)));
    }
    lines.push(Line::default());
}

/// What the selected candidate takes away, and what was odd about the answer that it was read from.
fn read_as(model: &Model, cells: usize, lines: &mut Vec<Line<'static>>) {
    let look = &model.look;
    let Some(((id, state), (_, unit))) = model.selected().zip(model.unit()) else {
        return;
    };
    let evaluated = state.evaluated.as_ref();
    let gone = evaluated
        .into_iter()
        .flat_map(|evaluated| &evaluated.caveats)
        .find(|caveat| caveat.name == REMOVES);
    if let Some(gone) = gone {
        lines.push(Line::default());
        let words = wrap(&one_line(&gone.advice), cells, 6).into_iter();
        lines.extend(words.map(|l| text_line(look, Role::Pending, l)));
    }
    let answer = unit
        .asks
        .iter()
        .filter(|(ask, _)| ask.about == id && ask.purpose.wants_code())
        .find_map(|(_, state)| state.reply.as_ref()?.as_ref().ok());
    let defects = answer.map_or(&[][..], |answer| answer.defects.as_slice());
    if defects.is_empty() {
        return;
    }
    lines.push(Line::default());
    lines.push(text_line(look, Role::Title, "How the answer was read"));
    for defect in defects {
        let words = wrap(&one_line(&defect.words()), cells, 3).into_iter();
        lines.extend(words.map(|l| text_line(look, Role::Dim, l)));
    }
}

/// The lessons the author had read as chips, and the text of the one under the cursor.
fn chips(model: &Model, cells: usize, lines: &mut Vec<Line<'static>>) {
    let look = &model.look;
    let Some(((_, state), (_, unit))) = model.selected().zip(model.unit()) else {
        return;
    };
    let read = &state.candidate.read;
    lines.push(Line::from(vec![
        look.span(Role::Title, "Lessons read"),
        look.span(
            Role::Dim,
            if model.pane == Pane::Notes && !read.is_empty() {
                look.pick("  ← → choose, Enter opens", "  left/right, Enter opens")
            } else {
                ""
            },
        ),
    ]));
    if read.is_empty() {
        lines.push(text_line(look, Role::Dim, "none"));
        return;
    }
    let mut spans: Vec<Span> = Vec::new();
    let mut used = 0;
    for (at, id) in read.iter().enumerate() {
        let chosen = model.pane == Pane::Notes && at == model.view.chip;
        let shape = unit.lesson(*id).and_then(|r| Mark::behind(unit, &r.lesson));
        let glyph = shape.map_or(look.pick("☞", "!"), |m| m.glyph(look.symbols));
        let text = format!(" {glyph} {id} ");
        if used + width(&text) > cells {
            lines.push(Line::from(std::mem::take(&mut spans)));
            used = 0;
        }
        used += width(&text) + 1;
        let style = look.theme.style(Role::Selection);
        let style = match (chosen, shape) {
            (true, _) => style.patch(look.theme.style(Role::Waiting)),
            (false, Some(m)) => style.patch(look.theme.style(m.role())),
            (false, None) => style,
        };
        spans.push(Span::styled(text, style));
        spans.push(Span::raw(" "));
    }
    lines.push(Line::from(spans));
    let chosen = read
        .get(model.view.chip)
        .filter(|_| model.pane == Pane::Notes);
    if let Some(record) = chosen.and_then(|id| unit.lesson(*id)) {
        let text = wrap(&record.lesson.text, cells, 6).into_iter();
        lines.extend(text.map(|l| text_line(look, Role::Comment, l)));
    }
}

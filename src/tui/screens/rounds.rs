//! The lessons by rounds: when each was learned, in which prompts it was, and where it was left out and why.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Row, Table, Widget};

use super::lessons::state_role;
use crate::config::theme::Role;
use crate::domain::id::{LessonId, Round};
use crate::domain::lesson::Reason;
use crate::domain::measurement::ratio;
use crate::domain::run::{LessonRecord, Unit};
use crate::model::Model;
use crate::widgets::frame::{Look, put, select, text_line, window};
use crate::widgets::mark::{Mark, state_glyph};
use crate::widgets::text::{elide_middle, one_line, wrap};
use crate::{bank, lists, shelf};

/// Cells of a round's column.
const ROUND: u16 = 3;
/// Most rounds that are shown at once.
const MOST: usize = 24;

/// The signs with what they mean.
fn legend(look: &Look) -> String {
    let sign = |unicode, ascii| look.pick(unicode, ascii);
    format!(
        "+ learned  {} in prompts  {} pinned  {} no place left  {} rejected  = twin",
        sign("●", "*"),
        sign("★", "P"),
        sign("·", "."),
        sign("✗", "x"),
    )
}

/// A lesson in a round.
fn cell(look: &Look, unit: &Unit, record: &LessonRecord, round: Round) -> Span<'static> {
    let lesson = &record.lesson;
    let state = unit.rounds.iter().find(|state| state.round == round);
    let reasons = state.map_or(&[][..], |state| &state.selection.reasons);
    let reason = reasons.iter().find(|(id, _)| *id == lesson.id);
    let (role, sign) = match reason.map(|(_, reason)| *reason) {
        Some(Reason::Pinned) => (Role::Accent, look.pick("★", "P")),
        Some(Reason::Rejected) => (Role::Failed, look.pick("✗", "x")),
        Some(Reason::NoSlot { .. }) => (Role::Dim, look.pick("·", ".")),
        Some(Reason::SameAs { .. }) => (Role::Dim, "="),
        Some(_) => (Role::Better, look.pick("●", "*")),
        None if lesson.round == round && !matches!(lesson.id, LessonId::Carried(_)) => {
            (Role::Text, "+")
        }
        None => (Role::Dim, ""),
    };
    look.span(role, format!("{sign} "))
}

/// Draws them into a panel's inside.
pub(crate) fn draw(model: &Model, inner: Rect, buf: &mut Buffer) {
    let look = &model.look;
    let (Some((_, unit)), Some(run)) = (model.unit(), model.run()) else {
        return;
    };
    let all = shelf::lessons(model);
    let at = lists::selected(model, &all);
    let legend = wrap(&legend(look), usize::from(inner.width), 3);
    let from_legend = usize::from(inner.height).saturating_sub(legend.len());
    let height = from_legend.saturating_sub(1);
    let from = window(all.len(), height, at);
    let begun = unit.rounds.len().max(1).min(usize::from(run.spec.rounds));
    let first = begun.saturating_sub(MOST);
    let rounds: Vec<Round> = (first..begun)
        .filter_map(|n| u16::try_from(n).ok().map(Round))
        .collect();
    let taken = 12 + 7 + usize::from(ROUND + 1) * rounds.len();
    let room = usize::from(inner.width).saturating_sub(taken);
    let rows = all.from(from).take(height).map(|record| {
        let lesson = &record.lesson;
        let state = bank::state(model, record);
        let mark = Mark::behind(unit, lesson);
        let (shape, role) = mark.map_or((look.pick("☞", "!"), Role::Accent), |m| {
            (m.glyph(look.symbols), m.role())
        });
        let marked = match model.view.marked.contains(&lesson.id) {
            true => look.span(Role::Accent, look.pick("▌", ">")),
            false => Span::raw(" "),
        };
        let mut cells = vec![
            Line::from(vec![
                marked,
                look.span(state_role(state), state_glyph(state, look.symbols)),
                look.span(role, shape),
            ]),
            text_line(look, Role::Title, lesson.id.to_string()),
        ];
        let shown = rounds.iter();
        cells.extend(shown.map(|round| Line::from(cell(look, unit, record, *round))));
        let score = match lesson.speedup * lesson.factor {
            s if s > 0.0 => ratio(s),
            _ => look.pick("–", "-").to_owned(),
        };
        cells.push(text_line(look, Role::Dim, format!("{score:>5}")));
        let text = elide_middle(&one_line(&lesson.text), room);
        cells.push(text_line(look, Role::Text, text));
        Row::new(cells)
    });
    let mut widths = vec![Constraint::Length(3), Constraint::Length(7)];
    let mut heads = vec![String::new(), "lesson".to_owned()];
    for round in &rounds {
        widths.push(Constraint::Length(ROUND));
        heads.push(round.to_string());
    }
    widths.extend([Constraint::Length(5), Constraint::Fill(1)]);
    heads.extend(["score".to_owned(), "text".to_owned()]);
    let heads = Row::new(heads).style(look.theme.style(Role::Dim));
    let table = Rect {
        height: u16::try_from(from_legend).unwrap_or(inner.height),
        ..inner
    };
    Table::new(rows, widths).header(heads).render(table, buf);
    if !all.is_empty() {
        select(buf, table, 1 + at - from, look);
    }
    for (row, words) in legend.into_iter().enumerate() {
        put(
            buf,
            inner,
            from_legend + row,
            &text_line(look, Role::Dim, words),
        );
    }
}

//! Code from a description in the breakdown: pass@1 with its interval where tasks are over, else the tests passed so far.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::breakdown::{Category, Figures};
use crate::config::theme::Role;
use crate::model::Model;
use crate::reports::pass::Pass;
use crate::widgets::frame::{Look, put, text_line};
use crate::widgets::text::{fit, fit_right, one_line, width};

/// pass@1 in at most `cells`: with its interval, else with `±`. Never a bare share.
fn pass_words(pass: Pass, cells: usize, look: &Look) -> String {
    let whole = pass.to_string();
    if width(&whole) <= cells {
        return whole;
    }
    let half = (pass.hi - pass.share).max(pass.share - pass.lo) * 100.0;
    let about = look.pick("±", "+-");
    format!("{:.0}{about}{half:.0} %", pass.share * 100.0)
}

/// What figures say in at most `cells`, and how good that is, 0 to 1.
fn told(figures: &Figures, cells: usize, look: &Look) -> Option<(String, f64)> {
    match (figures.pass, figures.tests) {
        (Some(pass), _) => Some((pass_words(pass, cells, look), pass.share)),
        (None, Some((passed, total))) => {
            let share = f64::from(passed) / f64::from(total.max(1));
            Some((format!("{passed}/{total} tests"), share))
        }
        (None, None) => None,
    }
}

/// A cell of the map: the shade grows with the share.
pub(crate) fn cell(look: &Look, figures: &Figures, per: usize) -> [Span<'static>; 2] {
    let Some((words, share)) = told(figures, per.saturating_sub(3), look) else {
        return [look.span(Role::Dim, fit("", per)), Span::raw("")];
    };
    let style = look.theme.shade(Role::Better, share);
    let text = fit(&format!(" {words}"), per.saturating_sub(1));
    [Span::styled(text, style), Span::raw(" ")]
}

/// The same as bars from 0 to 100 %.
pub(crate) fn bars(
    model: &Model,
    names: &[String],
    rows: &[Category],
    inner: Rect,
    buf: &mut Buffer,
) {
    let look = &model.look;
    let cells = usize::from(inner.width);
    let (name_cells, figure_cells) = (22.min(cells / 4), 24.min(cells / 3));
    let plot = cells.saturating_sub(name_cells + figure_cells + 2);
    let heads = format!(
        "{}0 %{}",
        fit("category, who", name_cells + figure_cells + 2),
        fit_right("100 %", plot.saturating_sub(3))
    );
    put(buf, inner, 0, &text_line(look, Role::Dim, heads));
    let mut lines = Vec::new();
    let mut at = 0;
    for (index, row) in rows.iter().enumerate() {
        let chosen = index == model.view.category_row;
        if chosen {
            at = lines.len();
        }
        let sign = if chosen {
            look.pick("▸ ", "> ")
        } else {
            "  "
        };
        lines.push(Line::from(vec![
            look.span(Role::Accent, sign),
            look.span(Role::Title, fit(&one_line(&row.name), name_cells)),
        ]));
        let own = std::iter::once(&row.team).chain(&row.agents);
        for (name, figures) in names.iter().zip(own.chain(&row.others)) {
            let name = format!("    {}", fit(name, name_cells.saturating_sub(2)));
            let mut spans = vec![look.span(Role::Text, name)];
            match told(figures, figure_cells, look) {
                None => spans.push(look.span(Role::Dim, "nothing tested yet")),
                Some((words, share)) => {
                    let full = (share * plot as f64).round() as usize;
                    spans.push(look.span(Role::Better, fit(&words, figure_cells)));
                    let bar = look.pick("▬", "=").repeat(full.min(plot));
                    spans.push(look.span(Role::Better, bar));
                }
            }
            lines.push(Line::from(spans));
        }
    }
    let height = usize::from(inner.height.saturating_sub(1));
    let from = at.min(lines.len().saturating_sub(height));
    for (n, line) in lines.iter().skip(from).take(height).enumerate() {
        put(buf, inner, 1 + n, line);
    }
}

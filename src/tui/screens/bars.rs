//! The breakdown as bars: every category's figures in a group on one log axis, each with its interval.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::breakdown::{Category, marked, other_name};
use super::passes;
use crate::config::theme::Role;
use crate::domain::measurement::Speedup;
use crate::domain::run::Run;
use crate::model::Model;
use crate::widgets::forest::Axis;
use crate::widgets::frame::{put, text_line};
use crate::widgets::mark::{self, Mark};
use crate::widgets::text::{fit, one_line};

/// Bars in groups: the team of each category, its agents and the marked runs below, with intervals on one axis.
pub(crate) fn draw(model: &Model, run: &Run, rows: &[Category], inner: Rect, buf: &mut Buffer) {
    let look = &model.look;
    let names: Vec<String> = std::iter::once("the team".to_owned())
        .chain(run.spec.team.iter().map(|agent| one_line(&agent.name)))
        .chain(
            marked(model)
                .into_iter()
                .map(|r| other_name(r).trim().to_owned()),
        )
        .collect();
    if rows.iter().any(|row| row.team.tests.is_some()) {
        return passes::bars(model, &names, rows, inner, buf);
    }
    let figures = |row: &Category| -> Vec<Option<Speedup>> {
        let own = std::iter::once(&row.team).chain(&row.agents);
        own.chain(&row.others).map(|f| f.mean).collect()
    };
    let cells = usize::from(inner.width);
    let (name_cells, figure_cells) = (22.min(cells / 4), 22.min(cells / 3));
    let plot = cells.saturating_sub(name_cells + figure_cells + 2);
    let axis = Axis::over(rows.iter().flat_map(figures).flatten(), plot);
    let heads = format!(
        "{}{}",
        fit("category, who", name_cells + figure_cells + 2),
        axis.labels(look.symbols)
    );
    put(buf, inner, 0, &text_line(look, Role::Dim, heads));
    let mut lines = Vec::new();
    let mut at = 0;
    for (index, row) in rows.iter().enumerate() {
        if index == model.view.category_row {
            at = lines.len();
        }
        let chosen = index == model.view.category_row;
        let title = fit(&one_line(&row.name), name_cells);
        lines.push(Line::from(vec![
            look.span(
                Role::Accent,
                if chosen {
                    look.pick("▸ ", "> ")
                } else {
                    "  "
                },
            ),
            look.span(Role::Title, title),
        ]));
        for (name, mean) in names.iter().zip(figures(row)) {
            lines.push(bar_line(
                model,
                &axis,
                name,
                mean,
                (name_cells, figure_cells, plot),
            ));
        }
    }
    let height = usize::from(inner.height.saturating_sub(1));
    let from = at.min(lines.len().saturating_sub(height));
    for (n, line) in lines.iter().skip(from).take(height).enumerate() {
        put(buf, inner, 1 + n, line);
    }
}

/// One bar: from 1× to the estimate, the interval drawn over its end.
fn bar_line(
    model: &Model,
    axis: &Axis,
    name: &str,
    mean: Option<Speedup>,
    (name_cells, figure_cells, plot): (usize, usize, usize),
) -> Line<'static> {
    let look = &model.look;
    let mut spans = vec![look.span(
        Role::Text,
        format!("    {}", fit(name, name_cells.saturating_sub(2))),
    )];
    let Some(mean) = mean else {
        spans.push(look.span(Role::Dim, "nothing correct yet"));
        return Line::from(spans);
    };
    let found = Mark::of_speedup(mean);
    let figure = mark::speedup(mean, figure_cells.saturating_sub(3), look.symbols);
    let style = look.theme.style(found.role());
    spans.push(Span::styled(
        fit(
            &format!("{} {figure}", found.glyph(look.symbols)),
            figure_cells,
        ),
        style,
    ));
    let (one, end) = (axis.at(1.0), axis.at(mean.estimate));
    let whiskers = axis.row(Some(mean), None, look.symbols);
    let cells = whiskers.into_iter().enumerate().take(plot);
    let bar = cells.map(|(at, part)| {
        let inside = at > one.min(end) && at < one.max(end);
        if inside && part == " " {
            look.pick("▬", "=")
        } else {
            part
        }
    });
    spans.push(Span::styled(bar.collect::<String>(), style));
    Line::from(spans)
}

//! Breakdown: what came of every category: share correct, share above 2×, geometric mean with its interval.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::config::theme::Role;
use crate::domain::id::UnitId;
use crate::domain::measurement::Speedup;
use crate::domain::run::{Run, Unit};
use crate::tui::model::Model;
use crate::tui::widgets::forest::Axis;
use crate::tui::widgets::frame::{panel, put, select, text_line, title, window};
use crate::tui::widgets::mark::{self, Mark};
use crate::tui::widgets::text::{fit, fit_right, one_line};

/// A category of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Category {
    /// Its name.
    pub name: String,
    /// Its units.
    pub units: Vec<UnitId>,
    /// Units that have begun.
    pub begun: usize,
    /// Units with a correct candidate.
    pub correct: usize,
    /// Units whose whole interval is above 2×.
    pub doubled: usize,
    /// Geometric mean of the reported speedups over units with one; the interval combines theirs in quadrature on the log
    /// scale: the uncertainty of measuring, not of choosing problems.
    pub mean: Option<Speedup>,
    /// Candidates proposed.
    pub candidates: usize,
}

/// The geometric mean of speedups and its measurement interval; `None` without any.
pub fn geometric_mean(speedups: &[Speedup]) -> Option<Speedup> {
    let usable: Vec<&Speedup> = speedups
        .iter()
        .filter(|s| s.lo > 0.0 && s.hi.is_finite() && s.estimate > 0.0)
        .collect();
    if usable.is_empty() {
        return None;
    }
    let n = usable.len() as f64;
    let mean = usable.iter().map(|s| s.estimate.ln()).sum::<f64>() / n;
    let below = usable
        .iter()
        .map(|s| (s.estimate / s.lo).ln().powi(2))
        .sum::<f64>();
    let above = usable
        .iter()
        .map(|s| (s.hi / s.estimate).ln().powi(2))
        .sum::<f64>();
    Some(Speedup {
        estimate: mean.exp(),
        lo: (mean - below.sqrt() / n).exp(),
        hi: (mean + above.sqrt() / n).exp(),
    })
}

/// The categories of a run, in the order of their first unit.
pub fn categories(run: &Run) -> Vec<Category> {
    let mut names: Vec<&str> = Vec::new();
    for unit in &run.units {
        if !names.contains(&unit.spec.category.as_str()) {
            names.push(&unit.spec.category);
        }
    }
    let numbered: Vec<(UnitId, &Unit)> = run
        .units
        .iter()
        .enumerate()
        .filter_map(|(at, unit)| u16::try_from(at).ok().map(|at| (UnitId(at), unit)))
        .collect();
    let category = |name: &&str| {
        let mine = || {
            numbered
                .iter()
                .filter(|(_, unit)| unit.spec.category == *name)
        };
        let reported: Vec<Speedup> = mine()
            .filter_map(|(_, unit)| unit.reported().map(|(_, s)| s))
            .collect();
        Category {
            name: (*name).to_owned(),
            units: mine().map(|(id, _)| *id).collect(),
            begun: mine().filter(|(_, unit)| unit.started).count(),
            correct: reported.len(),
            doubled: reported.iter().filter(|s| s.lo > 2.0).count(),
            mean: geometric_mean(&reported),
            candidates: mine().map(|(_, unit)| unit.candidates.len()).sum(),
        }
    };
    names.iter().map(category).collect()
}

/// The rows of the screen: categories that pass the filter, in its order.
pub fn rows(model: &Model) -> Vec<Category> {
    let Some(run) = model.run() else {
        return Vec::new();
    };
    let mut out = categories(run);
    out.retain(|category| model.passes(&category.name));
    if model.sort % 2 == 1 {
        out.sort_by(|a, b| a.name.cmp(&b.name));
    }
    out
}

/// Draws the screen.
pub fn draw(model: &Model, area: Rect, buf: &mut Buffer) {
    let look = &model.look;
    let rows = rows(model);
    let detail = "geometric mean of each category, with the measuring's interval";
    let inner = panel(buf, area, title(look, "Breakdown", detail), true, look);
    let cells = usize::from(inner.width);
    let name_cells = 14;
    let figure_cells = 22;
    let plot_cells = cells.saturating_sub(name_cells + figure_cells + 32);
    let heads = format!(
        "{}{}{}{}{}  ",
        fit("category", name_cells),
        fit_right("problems", 9),
        fit_right("correct", 9),
        fit_right(look.pick(">2×", ">2x"), 6),
        fit("  mean", figure_cells + 4)
    );
    put(buf, inner, 0, &text_line(look, Role::Dim, heads));
    let axis = Axis::over(rows.iter().filter_map(|row| row.mean), plot_cells);
    let height = usize::from(inner.height.saturating_sub(4));
    let from = window(rows.len(), height, model.category_row);
    for (at, category) in rows.iter().enumerate().skip(from).take(height) {
        put(
            buf,
            inner,
            at - from + 1,
            &line(model, category, axis, name_cells, figure_cells),
        );
        if at == model.category_row {
            select(buf, inner, at - from + 1, look);
        }
    }
    let below = rows.len().min(height) + 1;
    let indent = " ".repeat(name_cells + figure_cells + 30);
    let labels = format!("{indent}{}", axis.labels(look.symbols));
    put(buf, inner, below, &text_line(look, Role::Dim, labels));
    let all: Vec<Speedup> = model.run().map_or_else(Vec::new, |run| {
        let reported = run.units.iter().filter_map(|u| u.reported());
        reported.map(|(_, s)| s).collect()
    });
    if let Some(mean) = geometric_mean(&all) {
        let found = Mark::of_speedup(mean);
        let words = format!(
            "over {} problem{} with a correct candidate: {} {} {}",
            all.len(),
            if all.len() == 1 { "" } else { "s" },
            mark::speedup(mean, 30, look.symbols),
            found.glyph(look.symbols),
            found.word()
        );
        put(buf, inner, below + 2, &text_line(look, found.role(), words));
    }
}

fn line(
    model: &Model,
    category: &Category,
    axis: Axis,
    name_cells: usize,
    figure_cells: usize,
) -> Line<'static> {
    let look = &model.look;
    let n = category.units.len();
    let share = |k: usize| format!("{k}/{n}");
    let mut spans = vec![
        look.span(Role::Title, fit(&one_line(&category.name), name_cells)),
        look.span(Role::Text, fit_right(&share(category.begun), 9)),
        look.span(Role::Text, fit_right(&share(category.correct), 9)),
        look.span(Role::Text, fit_right(&share(category.doubled), 6)),
    ];
    let (figure, role) = match category.mean {
        Some(mean) => {
            let found = Mark::of_speedup(mean);
            let figure = mark::speedup(mean, figure_cells - 2, look.symbols);
            (
                format!("{} {figure}", found.glyph(look.symbols)),
                found.role(),
            )
        }
        None if category.begun == 0 => ("not begun".to_owned(), Role::Dim),
        None => ("nothing correct yet".to_owned(), Role::Dim),
    };
    spans.push(look.span(role, format!("  {}", fit(&figure, figure_cells + 2))));
    let style = look.theme.style(role);
    for part in axis.row(category.mean, None, look.symbols) {
        spans.push(Span::styled(part, style));
    }
    Line::from(spans)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_of_one_is_itself_and_of_two_is_narrower() {
        let s = |lo, estimate, hi| Speedup { estimate, lo, hi };
        let close = |a: Speedup, b: Speedup| {
            [(a.estimate, b.estimate), (a.lo, b.lo), (a.hi, b.hi)]
                .iter()
                .all(|(x, y)| (x - y).abs() < 1e-9)
        };
        let one = s(1.8, 2.0, 2.2);
        assert!(geometric_mean(&[one]).is_some_and(|m| close(m, one)));
        let two = geometric_mean(&[s(0.5, 1.0, 2.0), s(2.0, 4.0, 8.0)]);
        let width = 2_f64.ln() / 2_f64.sqrt();
        assert!(two.is_some_and(|m| close(m, s(2.0 * (-width).exp(), 2.0, 2.0 * width.exp()))));
        assert_eq!(geometric_mean(&[]), None);
    }
}

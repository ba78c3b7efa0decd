//! Breakdown: a heat map of category by agent that grows while a suite runs, and the problems behind a category.
//! The figures are those of the reports; nothing is aggregated in a way of its own.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::{bars, ceilings, passes};
use crate::config::theme::Role;
use crate::domain::id::{AgentId, UnitId};
use crate::domain::measurement::Speedup;
use crate::domain::run::{Run, Unit};
use crate::model::{Bars, Model};
use crate::panes::Pane;
use crate::reports::metrics::{Metrics, metrics};
use crate::reports::pass::{Pass, pass};
use crate::reports::result::UnitResult;
use crate::widgets::forest::Axis;
use crate::widgets::frame::{Look, more, panel, put, select, text_line, title, window};
use crate::widgets::mark::{self, Mark};
use crate::widgets::text::{fit, fit_right, one_line};

/// Figures over some units: the report's, and the interval that measuring gives their mean.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Figures {
    /// The report's figures; `None` before anything was evaluated.
    pub metrics: Option<Metrics>,
    /// The geometric mean; its interval combines those of the units in quadrature on the log scale: the uncertainty of
    /// measuring, not of choosing problems. `None` while nothing is correct.
    pub mean: Option<Speedup>,
    /// pass@1 where code is written from a description and some of it is over.
    pub pass: Option<Pass>,
    /// Tests passed and tests put to, where code is tested.
    pub tests: Option<(u32, u32)>,
    /// Units with a correct candidate, or one that passes every hidden test.
    pub correct: usize,
    /// Units whose figure is known or that have ended.
    pub known: usize,
}

impl Figures {
    /// The figures of some results.
    pub(crate) fn of(results: &[UnitResult]) -> Self {
        let known: Vec<&UnitResult> = results
            .iter()
            .filter(|r| (r.ending.is_some() && !r.is_skipped()) || r.speedup.is_some())
            .collect();
        let metrics = metrics(known.iter().copied());
        let measured: Vec<Speedup> = known.iter().filter_map(|r| r.speedup).collect();
        let mean = metrics
            .as_ref()
            .filter(|_| !measured.is_empty())
            .map(|m| around(m.geometric, &measured, known.len()));
        let tested = results.iter().filter_map(|r| r.tested.as_ref());
        let tests = tested
            .map(|tested| (tested.passed, tested.total))
            .reduce(|(a, b), (c, d)| (a + c, b + d));
        let solved = known.iter().filter(|r| r.solved == Some(true)).count();
        Self {
            pass: pass(known.iter().copied()),
            tests,
            metrics,
            mean,
            correct: measured.len() + solved,
            known: known.len(),
        }
    }
}

/// The measuring's interval around a geometric mean over `n` units. Units that count as 1 add no uncertainty.
fn around(mean: f64, measured: &[Speedup], n: usize) -> Speedup {
    let usable = measured
        .iter()
        .filter(|s| s.estimate > 1.0 && s.lo > 0.0 && s.hi.is_finite());
    let (mut below, mut above) = (0.0, 0.0);
    for s in usable {
        below += (s.estimate / s.lo).ln().powi(2);
        above += (s.hi / s.estimate).ln().powi(2);
    }
    let n = n.max(1) as f64;
    Speedup {
        estimate: mean,
        lo: mean * (-below.sqrt() / n).exp(),
        hi: mean * (above.sqrt() / n).exp(),
    }
}

/// A row of the map.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Category {
    /// Its name.
    pub name: String,
    /// Its units.
    pub units: Vec<UnitId>,
    /// Units that have begun.
    pub begun: usize,
    /// The whole team's figures.
    pub team: Figures,
    /// Each agent's own, in the order of the team.
    pub agents: Vec<Figures>,
    /// How much of the known ceilings the team reached, in the geometric mean over those that are known.
    pub ceiling: Option<f64>,
    /// The same problems' figures in the runs marked for comparison.
    pub others: Vec<Figures>,
}

/// A unit as if one agent had worked alone: its own best candidate.
fn alone(run: &Run, unit: &Unit, agent: AgentId) -> UnitResult {
    let tally = unit.tally(run.spec.preset, agent);
    let speedup = tally.best.map(|(_, s)| s);
    UnitResult {
        speedup,
        // As for the team: what is not shown to be faster counts as the original once the unit is over.
        ending: unit.ending.clone(),
        wins: speedup.is_some_and(|s| Mark::of_speedup(s) == Mark::Faster),
        evaluated: usize::try_from(tally.proposed).unwrap_or(0),
        tested: tally.tested.map(|(_, tested)| tested),
        usage: tally.usage,
        ..UnitResult::empty()
    }
}

fn category(run: &Run, name: &str, mine: &[(UnitId, &Unit)]) -> Category {
    let team: Vec<UnitResult> = mine.iter().map(|(_, u)| UnitResult::of(run, u)).collect();
    let agents = (0..run.spec.team.len()).filter_map(|n| u8::try_from(n).ok().map(AgentId));
    let agents = agents.map(|agent| {
        let own: Vec<UnitResult> = mine.iter().map(|(_, u)| alone(run, u, agent)).collect();
        Figures::of(&own)
    });
    Category {
        name: name.to_owned(),
        units: mine.iter().map(|(id, _)| *id).collect(),
        begun: mine.iter().filter(|(_, unit)| unit.started).count(),
        team: Figures::of(&team),
        agents: agents.collect(),
        ceiling: None,
        others: Vec::new(),
    }
}

/// The runs marked for comparison that were read, but for the one shown.
pub(crate) fn marked(model: &Model) -> Vec<&Run> {
    let shown = model.run().map(|run| &run.id);
    let marked = model.marked_runs.iter().filter(|id| Some(*id) != shown);
    let read = marked.filter_map(|id| model.read_runs.get(id));
    read.map(AsRef::as_ref).collect()
}

/// What a marked run reached on the problems of a row: strategies side by side.
fn others(model: &Model, run: &Run, units: &[UnitId]) -> Vec<Figures> {
    let mine: Vec<_> = units.iter().filter_map(|id| run.unit(*id)).collect();
    let figures = marked(model).into_iter().map(|other| {
        let same = other.units.iter().filter(|theirs| {
            let equal = |unit: &&Unit| {
                unit.spec.problem == theirs.spec.problem && unit.spec.mode == theirs.spec.mode
            };
            mine.iter().any(equal)
        });
        let results: Vec<UnitResult> = same.map(|unit| UnitResult::of(other, unit)).collect();
        Figures::of(&results)
    });
    figures.collect()
}

/// A marked run's name at the head of its column: its strategy and what it asked.
pub(crate) fn other_name(run: &Run) -> String {
    let asks: usize = run.units.iter().map(|unit| unit.asks.len()).sum();
    format!(" {} {asks} asks", run.spec.strategy)
}

fn numbered(run: &Run) -> Vec<(UnitId, &Unit)> {
    let units = run.units.iter().enumerate();
    units
        .filter_map(|(at, unit)| u16::try_from(at).ok().map(|at| (UnitId(at), unit)))
        .collect()
}

/// The categories that pass the filter, in the screen's order.
pub(crate) fn rows(model: &Model) -> Vec<Category> {
    let Some(run) = model.run() else {
        return Vec::new();
    };
    let numbered = numbered(run);
    let mut names: Vec<&str> = Vec::new();
    for (_, unit) in &numbered {
        if !names.contains(&unit.spec.category.as_str()) {
            names.push(&unit.spec.category);
        }
    }
    names.retain(|name| model.passes(name));
    let mut out: Vec<Category> = names
        .iter()
        .map(|name| {
            let mine = numbered.iter().filter(|(_, u)| u.spec.category == *name);
            let mut row = category(run, name, &mine.copied().collect::<Vec<_>>());
            row.others = others(model, run, &row.units);
            row.ceiling = ceilings::mean(model, run, &row.units);
            row
        })
        .collect();
    match model.sort % 3 {
        1 => out.sort_by(|a, b| a.name.cmp(&b.name)),
        2 => {
            let mean = |c: &Category| c.team.mean.map_or(0.0, |m| m.estimate);
            out.sort_by(|a, b| mean(b).total_cmp(&mean(a)));
        }
        _ => {}
    }
    out
}

/// The problems of the category under the cursor.
pub(crate) fn units(model: &Model) -> Vec<UnitId> {
    let rows = rows(model);
    rows.get(model.view.category_row)
        .map_or_else(Vec::new, |row| row.units.clone())
}

/// Draws a pane of the screen.
pub(crate) fn draw(model: &Model, pane: Pane, area: Rect, buf: &mut Buffer) {
    match pane {
        Pane::Units => problems(model, area, buf),
        _ => map(model, area, buf),
    }
}

/// Columns of the category's name.
const NAME: usize = 12;
/// Columns of the counts.
const COUNT: usize = 9;

fn map(model: &Model, area: Rect, buf: &mut Buffer) {
    let look = &model.look;
    let Some(run) = model.run() else { return };
    let rows = rows(model);
    let written = rows.iter().any(|row| row.team.tests.is_some());
    let detail = match written {
        true => "pass@1 on hidden tests with 95 % intervals; agents: own tests passed",
        false => "geometric means, wrong or slower as 1; agents as first measured",
    };
    let focused = model.pane == Pane::Categories;
    let inner = panel(buf, area, title(look, "Breakdown", detail), focused, look);
    let cells = usize::from(inner.width);
    if model.bars == Bars::Bars {
        return bars::draw(model, run, &rows, inner, buf);
    }
    let compared = marked(model);
    let columns = run.spec.team.len() + 1 + compared.len();
    let narrow = cells < 100;
    let known = rows.iter().any(|row| row.ceiling.is_some());
    let reached = if known { COUNT } else { 0 };
    let counts = reached + if narrow { COUNT } else { 2 * COUNT };
    let per = (cells.saturating_sub(NAME + counts) / columns).clamp(10, 24);
    let mut heads = fit("category", NAME);
    if !narrow {
        heads.push_str(&fit_right("begun", COUNT));
    }
    heads.push_str(&format!("{} ", fit_right("correct", COUNT - 1)));
    heads.push_str(&fit_right(&fit("ceiling", reached.min(8)), reached));
    heads.push_str(&fit(" the team", per));
    for agent in &run.spec.team {
        heads.push_str(&fit(&format!(" {}", one_line(&agent.name)), per));
    }
    for other in &compared {
        heads.push_str(&fit(&other_name(other), per));
    }
    put(buf, inner, 0, &text_line(look, Role::Dim, heads));
    let height = usize::from(inner.height.saturating_sub(3));
    let from = window(rows.len(), height, model.view.category_row);
    more(
        buf,
        area,
        from,
        rows.len().saturating_sub(from + height),
        look,
    );
    for (at, row) in rows.iter().enumerate().skip(from).take(height) {
        put(
            buf,
            inner,
            1 + at - from,
            &map_line(model, row, per, narrow, reached),
        );
        if at == model.view.category_row {
            let name = Rect {
                width: u16::try_from(NAME + counts).unwrap_or(0).min(inner.width),
                ..inner
            };
            select(buf, name, 1 + at - from, look);
        }
    }
    let shaded = rows.iter().any(|row| row.team.mean.is_some()) && look.theme.has_shades();
    let last = usize::from(inner.height).saturating_sub(1);
    if shaded && last > rows.len().min(height) + 2 * usize::from(rows.len() > 1) {
        put(buf, inner, last, &legend(look));
    }
    if rows.len() > 1 {
        let all = numbered(run);
        let all: Vec<(UnitId, &Unit)> = all
            .into_iter()
            .filter(|(_, unit)| model.passes(&unit.spec.category))
            .collect();
        let mut sum = category(run, "all", &all);
        sum.others = others(model, run, &sum.units);
        sum.ceiling = ceilings::mean(model, run, &sum.units);
        put(
            buf,
            inner,
            rows.len().min(height) + 2,
            &map_line(model, &sum, per, narrow, reached),
        );
    }
}

/// How much a figure is shaded for: by the lower end of its interval, so that doubt is paler.
fn strength(lo: f64) -> f64 {
    (lo.max(1.0).log2() / 6.0).clamp(0.0, 1.0)
}

/// The shades and what they stand for.
fn legend(look: &Look) -> Line<'static> {
    let steps = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0];
    let mut spans = vec![look.span(Role::Dim, "shade: lower end of the interval  ")];
    spans.extend(steps.map(|lo| {
        let sign = look.pick("×", "x");
        Span::styled(
            format!(" {lo}{sign} "),
            look.theme.shade(Role::Better, strength(lo)),
        )
    }));
    Line::from(spans)
}

fn map_line(
    model: &Model,
    row: &Category,
    per: usize,
    narrow: bool,
    reached: usize,
) -> Line<'static> {
    let look = &model.look;
    let n = row.units.len();
    let mut spans = vec![look.span(Role::Title, fit(&one_line(&row.name), NAME))];
    let correct = if narrow {
        format!("{}/{n}", row.team.correct)
    } else {
        spans.push(look.span(Role::Text, fit_right(&format!("{}/{n}", row.begun), COUNT)));
        format!("{}/{}", row.team.correct, row.team.known)
    };
    spans.push(look.span(Role::Text, fit_right(&correct, COUNT - 1)));
    spans.push(Span::raw(" "));
    if reached > 0 {
        let share = row
            .ceiling
            .map_or_else(String::new, |share| format!("{:.0} %", share * 100.0));
        spans.push(look.span(Role::Text, format!("{} ", fit_right(&share, reached - 1))));
    }
    let own = std::iter::once(&row.team).chain(&row.agents);
    for figures in own.chain(&row.others) {
        spans.extend(map_cell(model, figures, per));
    }
    Line::from(spans)
}

/// A cell: the shade grows with the mean's lower end on a log scale; the figure has its interval.
fn map_cell(model: &Model, figures: &Figures, per: usize) -> [Span<'static>; 2] {
    let look = &model.look;
    if figures.pass.is_some() || figures.tests.is_some() {
        return passes::cell(look, figures, per);
    }
    let Some(mean) = figures.mean else {
        let words = match figures.known {
            0 => look.pick("·", "."),
            _ => "none",
        };
        return [look.span(Role::Dim, fit(words, per)), Span::raw("")];
    };
    let found = Mark::of_speedup(mean);
    let figure = mark::speedup(
        mean,
        per.saturating_sub(if per > 16 { 5 } else { 3 }),
        look.symbols,
    );
    let gap = if per > 16 { " " } else { "" };
    let text = format!("{gap}{} {figure}", found.glyph(look.symbols));
    let style = look.theme.shade(found.role(), strength(mean.lo));
    [
        Span::styled(fit(&text, per.saturating_sub(1)), style),
        Span::raw(" "),
    ]
}

fn problems(model: &Model, area: Rect, buf: &mut Buffer) {
    let look = &model.look;
    let Some(run) = model.run() else { return };
    let rows = rows(model);
    let row = rows.get(model.view.category_row);
    let name = row.map_or("", |row| row.name.as_str());
    let focused = model.pane == Pane::Units;
    let listed: Vec<(UnitId, UnitResult)> = row
        .map_or(&[][..], |row| row.units.as_slice())
        .iter()
        .filter_map(|id| Some((*id, UnitResult::of(run, run.unit(*id)?))))
        .collect();
    let reached = ceilings::cells(model, run, &listed, area.width);
    let detail = match reached {
        0 => format!("{name}; Enter shows the candidates"),
        _ => {
            format!("{name}; ceiling: what the best known code reaches; Enter shows the candidates")
        }
    };
    let inner = panel(buf, area, title(look, "Problems", &detail), focused, look);
    let cells = usize::from(inner.width);
    let widest = listed.iter().map(|(_, r)| r.problem.len()).max();
    let name_cells = widest.unwrap_or(0).clamp(12, (cells / 3).max(12)) + 1;
    let plot_cells = cells.saturating_sub(name_cells + 24 + reached + 14);
    let written = listed.iter().any(|(_, r)| r.tested.is_some());
    let axis = Axis::over(listed.iter().filter_map(|(_, r)| r.speedup), plot_cells);
    let heads = format!(
        "{}{}{}{}{}",
        fit("problem", name_cells),
        fit(if written { "  tests" } else { "  speedup" }, 24),
        fit("ceiling", reached),
        fit("by", 14),
        if written {
            String::new()
        } else {
            axis.labels(look.symbols)
        }
    );
    put(buf, inner, 0, &text_line(look, Role::Dim, heads));
    let height = usize::from(inner.height.saturating_sub(1));
    let from = window(listed.len(), height, model.view.unit_row);
    more(
        buf,
        area,
        from,
        listed.len().saturating_sub(from + height),
        look,
    );
    for (at, (id, result)) in listed.iter().enumerate().skip(from).take(height) {
        let begun = run.unit(*id).is_some_and(|unit| unit.started);
        let tested = result.tested.as_ref().map(|tested| {
            let found = mark::of_tests(tested);
            let figure = mark::tests(tested, 20);
            (
                found.role(),
                format!("{} {figure}", found.glyph(look.symbols)),
            )
        });
        let (role, figure) = match (tested, result.speedup) {
            (Some(told), _) => told,
            (None, Some(s)) => {
                let found = Mark::of_speedup(s);
                let figure = mark::speedup(s, 20, look.symbols);
                (
                    found.role(),
                    format!("{} {figure}", found.glyph(look.symbols)),
                )
            }
            (None, None) if !begun => (Role::Dim, "not begun".to_owned()),
            (None, None) if result.ending.is_none() => (Role::Running, "under way".to_owned()),
            (None, None) if result.is_skipped() => (Role::Dim, "skipped".to_owned()),
            (None, None) => (Role::Failed, "nothing correct".to_owned()),
        };
        let by = match (&result.agent, result.candidate) {
            (Some(agent), Some(id)) => format!("{id} {}", one_line(agent)),
            _ => String::new(),
        };
        let mut spans = vec![
            look.span(Role::Text, fit(&result.problem, name_cells - 1)),
            look.span(role, fit(&format!(" {figure}"), 25)),
            look.span(
                Role::Text,
                fit(&ceilings::words(model, run, *id, result, reached), reached),
            ),
            look.span(Role::Dim, fit(&by, 14)),
        ];
        let style = look.theme.style(role);
        let plot = match written {
            true => Vec::new(),
            false => axis.row(result.speedup, None, look.symbols),
        };
        spans.extend(plot.into_iter().map(|part| Span::styled(part, style)));
        put(buf, inner, 1 + at - from, &Line::from(spans));
        if focused && at == model.view.unit_row {
            select(buf, inner, 1 + at - from, look);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn s(lo: f64, estimate: f64, hi: f64) -> Speedup {
        Speedup { estimate, lo, hi }
    }

    #[test]
    fn the_mean_is_the_reports_and_its_interval_narrows_with_the_number_of_problems() {
        let result = |speedup| UnitResult {
            speedup: Some(speedup),
            ..UnitResult::empty()
        };
        let one = Figures::of(&[result(s(1.8, 2.0, 2.2))]).mean.unwrap();
        assert!((one.lo - 1.8).abs() < 1e-9 && (one.hi - 2.2).abs() < 1e-9);
        let four = [(); 4].map(|()| result(s(1.8, 2.0, 2.2)));
        let mean = Figures::of(&four).mean.unwrap();
        assert!((mean.estimate - 2.0).abs() < 1e-9);
        assert!(mean.lo > 1.89 && mean.hi < 2.11);
        assert_eq!(Figures::of(&[UnitResult::empty()]).mean, None);
    }
}

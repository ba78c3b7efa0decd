//! Two past runs side by side: configuration, best so far round by round, what each reports, lessons of one and of both.

use std::collections::BTreeSet;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::history::sparkline;
use crate::config::theme::Role;
use crate::domain::run::Run;
use crate::model::Model;
use crate::panes::Pane;
use crate::reports::result::{UnitResult, results};
use crate::widgets::chart::{self, Scale, Series};
use crate::widgets::frame::{panel, scrolled, text_line, title};
use crate::widgets::mark::{self, Mark};
use crate::widgets::text::{elide_end, fit, one_line};

/// Cells of the labels.
const LABEL: usize = 14;
/// Most cells and the rows of the chart.
const CHART: (usize, usize) = (100, 10);
/// Lessons listed for each side.
const LESSONS: usize = 8;

/// Draws it.
pub(crate) fn draw(model: &Model, area: Rect, buf: &mut Buffer) {
    let look = &model.look;
    let focused = model.pane == Pane::Comparison;
    let inner = panel(buf, area, title(look, "Comparison", ""), focused, look);
    let lines = lines(model, usize::from(inner.width));
    scrolled(
        buf,
        (area, inner),
        &lines,
        model.scroll(Pane::Comparison),
        look,
    );
}

/// What is told.
pub(crate) fn lines(model: &Model, cells: usize) -> Vec<Line<'static>> {
    let look = &model.look;
    let [one, two] = model.marked_runs.as_slice() else {
        let words = match model.marked_runs.len() {
            0 => "Mark two runs with m to compare them.",
            _ => "Mark a second run with m.",
        };
        return vec![text_line(look, Role::Dim, words)];
    };
    let read = |id| model.read_runs.get(id).map(AsRef::as_ref);
    let (Some(a), Some(b)) = (read(one), read(two)) else {
        return vec![text_line(look, Role::Running, "Reading both runs …")];
    };
    let half = cells.saturating_sub(LABEL) / 2;
    let pair = |label: &str, x: String, y: String| {
        let role = if x == y { Role::Dim } else { Role::Accent };
        Line::from(vec![
            look.span(Role::Dim, fit(label, LABEL)),
            look.span(role, fit(&elide_end(&x, half.saturating_sub(1)), half)),
            look.span(role, elide_end(&y, half)),
        ])
    };
    let mut lines = vec![Line::from(vec![
        look.span(Role::Dim, fit("run", LABEL)),
        look.span(Role::Title, fit(a.id.as_str(), half)),
        look.span(Role::Title, elide_end(b.id.as_str(), half)),
    ])];
    for (label, of) in FACTS {
        lines.push(pair(label, of(a), of(b)));
    }
    problems(model, a, b, half, &mut lines);
    lessons(model, a, b, cells, &mut lines);
    lines
}

type Fact = fn(&Run) -> String;

/// The configuration, by line.
const FACTS: [(&str, Fact); 10] = [
    ("strategy", |run| run.spec.strategy.to_string()),
    ("preset", |run| run.spec.preset.to_string()),
    ("team", |run| {
        let team = run.spec.team.iter();
        let names: Vec<String> = team.map(|agent| one_line(&agent.name)).collect();
        names.join(", ")
    }),
    ("models", |run| {
        let models: BTreeSet<String> = run.spec.team.iter().map(|a| one_line(&a.model())).collect();
        models.into_iter().collect::<Vec<_>>().join(", ")
    }),
    ("rounds", |run| run.spec.rounds.to_string()),
    ("lessons", |run| format!("{} per prompt", run.spec.lessons)),
    ("seed", |run| format!("{:x}", run.spec.seed)),
    ("compiler", |run| {
        let flags = run.toolchain.flags.join(" ");
        format!("{} {flags}", run.toolchain.version)
    }),
    ("machine", |run| {
        format!(
            "{}, {} cores",
            one_line(&run.machine.cpu),
            run.machine.cores
        )
    }),
    ("tokens", |run| {
        let total = run.usage.input.0 + run.usage.output.0;
        crate::domain::units::Tokens(total).to_string()
    }),
];

fn problems(model: &Model, a: &Run, b: &Run, half: usize, lines: &mut Vec<Line<'static>>) {
    let look = &model.look;
    let (left, right) = (results(a), results(b));
    let mut names: Vec<(String, String)> = Vec::new();
    for r in left.iter().chain(&right) {
        let name = (r.problem.clone(), r.mode.to_string());
        if !names.contains(&name) {
            names.push(name);
        }
    }
    lines.push(Line::default());
    lines.push(text_line(look, Role::Title, "Best so far by round"));
    for (problem, mode) in names {
        lines.push(text_line(look, Role::Text, format!("{problem} {mode}")));
        let found = |all: &[UnitResult], run: &Run| {
            let at = all
                .iter()
                .position(|r| r.problem == problem && r.mode.to_string() == mode)?;
            Some((all[at].clone(), run.units.get(at)?.best_by_round()))
        };
        let work = a.units.iter().chain(&b.units);
        let mut work = work.filter(|unit| unit.spec.problem.as_str() == problem);
        let scale = work
            .next()
            .map_or(Scale::Times, |unit| Scale::of(&unit.spec.work));
        let mut spans = vec![look.span(Role::Dim, fit("", LABEL))];
        for (all, run) in [(&left, a), (&right, b)] {
            let (role, words) = match found(all, run) {
                None => (Role::Dim, "not in this run".to_owned()),
                Some((result, growth)) => {
                    let told = match (&result.tested, result.speedup) {
                        (Some(tested), _) => {
                            Some((mark::of_tests(tested), mark::tests(tested, 20)))
                        }
                        (None, Some(s)) => {
                            Some((Mark::of_speedup(s), mark::speedup(s, 20, look.symbols)))
                        }
                        (None, None) => None,
                    };
                    match told {
                        None => (Role::Failed, "nothing correct".to_owned()),
                        Some((found, figure)) => {
                            let bars = sparkline(look, scale, &growth);
                            let words = format!("{} {figure} {bars}", found.glyph(look.symbols));
                            (found.role(), words)
                        }
                    }
                }
            };
            spans.push(look.span(role, fit(&words, half)));
        }
        lines.push(Line::from(spans));
        let one = |run: &Run, role, best: Vec<f64>| Series {
            name: run.id.to_string(),
            role,
            best,
        };
        if let (Some((_, x)), Some((_, y))) = (found(&left, a), found(&right, b)) {
            let series = [one(a, Role::Running, x), one(b, Role::Better, y)];
            let cells = (LABEL + 2 * half).min(CHART.0);
            lines.extend(chart::lines(look, scale, &series, cells, CHART.1));
        }
        let speedup = |all: &[UnitResult], run: &Run| found(all, run).and_then(|(r, _)| r.speedup);
        if let (Some(x), Some(y)) = (speedup(&left, a), speedup(&right, b)) {
            let apart = x.hi < y.lo || y.hi < x.lo;
            let words = if apart {
                let better = if x.lo > y.hi { &a.id } else { &b.id };
                format!("the intervals are apart: {better} is faster here")
            } else {
                "the intervals overlap: no difference is shown".to_owned()
            };
            let role = if apart { Role::Better } else { Role::Unclear };
            lines.push(look_indented(model, role, &words));
        }
    }
}

fn look_indented(model: &Model, role: Role, words: &str) -> Line<'static> {
    text_line(&model.look, role, format!("{}{words}", " ".repeat(LABEL)))
}

fn lessons(model: &Model, a: &Run, b: &Run, cells: usize, lines: &mut Vec<Line<'static>>) {
    let look = &model.look;
    let texts = |run: &Run| -> BTreeSet<String> {
        let all = run.units.iter().flat_map(|unit| &unit.lessons);
        all.map(|record| one_line(&record.lesson.text)).collect()
    };
    let (left, right) = (texts(a), texts(b));
    let both = left.intersection(&right).count();
    lines.push(Line::default());
    let words = format!(
        "Lessons: {} in the first, {} in the second, {both} in both",
        left.len(),
        right.len()
    );
    lines.push(text_line(look, Role::Title, words));
    for (sign, role, only) in [
        ("- ", Role::Worse, left.difference(&right)),
        ("+ ", Role::Better, right.difference(&left)),
    ] {
        for text in only.take(LESSONS) {
            let text = elide_end(&format!("{sign}{text}"), cells);
            lines.push(text_line(look, role, text));
        }
    }
}

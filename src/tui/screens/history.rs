//! Past runs: what, how it ended, how the best grew from round to round.

use std::collections::BTreeSet;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::config::keymap::Place;
use crate::config::theme::Role;
use crate::domain::codegen::{Suite, Tested};
use crate::domain::comparison::ComparisonId;
use crate::domain::event::Ending;
use crate::lists;
use crate::model::Model;
use crate::panes::Pane;
use crate::store::archive::{Holder, RunSummary, UnitSummary};
use crate::widgets::chart::Scale;
use crate::widgets::frame::{Look, more, panel, put, select, text_line, title, window};
use crate::widgets::mark::{self, Mark};
use crate::widgets::text::{fit, fit_right, width, wrap};

/// Draws the screen.
pub(crate) fn draw(model: &Model, area: Rect, buf: &mut Buffer) {
    list(model, area, model.pane == Pane::Runs, buf);
}

/// Draws the list of past runs as a panel.
pub(crate) fn list(model: &Model, area: Rect, focused: bool, buf: &mut Buffer) {
    let look = &model.look;
    let runs = lists::runs(model);
    let detail = if model.place == Place::Home {
        "Enter opens, R resumes".to_owned()
    } else {
        format!(
            "{} of {}; Enter opens, R resumes, m compares two",
            runs.len(),
            model.runs.len()
        )
    };
    let inner = panel(buf, area, title(look, "Past runs", &detail), focused, look);
    if runs.is_empty() {
        let words = model.runs_trouble.as_deref().unwrap_or(
            "None yet. Every run is kept: it can be replayed, resumed and compared later.",
        );
        for (row, line) in wrap(words, usize::from(inner.width), 4)
            .into_iter()
            .enumerate()
        {
            put(buf, inner, row, &text_line(look, Role::Dim, line));
        }
        return;
    }
    let height = usize::from(inner.height);
    let from = window(runs.len(), height, model.run_row);
    let below = runs.len().saturating_sub(from + height);
    more(buf, area, from, below, look);
    for (row, run) in runs.iter().enumerate().skip(from).take(height) {
        put(
            buf,
            inner,
            row - from,
            &match lists::stands_for(model, run) {
                Some(id) => comparison_line(model, run, id, usize::from(inner.width)),
                None => line(
                    look,
                    run,
                    usize::from(inner.width),
                    model.marked_runs.contains(&run.id),
                ),
            },
        );
        if focused && row == model.run_row {
            select(buf, inner, row - from, look);
        }
    }
}

/// All runs of a comparison in a line.
fn comparison_line(
    model: &Model,
    newest: &RunSummary,
    id: &ComparisonId,
    cells: usize,
) -> Line<'static> {
    let look = &model.look;
    let runs = model.runs.iter();
    let runs: Vec<_> = runs
        .filter(|run| run.comparison.as_ref() == Some(id))
        .collect();
    let over = |run: &&&RunSummary| matches!(run.ending, Some(Ending::Done | Ending::Budget));
    let over = runs.iter().filter(over).count();
    let going = runs.iter().any(|run| run.holder == Holder::Process);
    let strategies: BTreeSet<&str> = runs.iter().map(|run| run.strategy.word()).collect();
    let problems = runs.iter().flat_map(|run| &run.units);
    let problems: BTreeSet<&str> = problems.map(|unit| unit.problem.as_str()).collect();
    let (glyph, role) = match going {
        true => (look.pick("▸ ", "> "), Role::Running),
        false => (look.pick("≡ ", "= "), Role::Same),
    };
    let when_cells = if cells > 60 { 11 } else { 5 };
    let when: String = when(newest.started_at).chars().take(when_cells).collect();
    let begun = !problems.is_empty();
    let words = format!(
        " comparison: {over} of {} runs over, {} problem{}, {}",
        runs.len(),
        problems.len(),
        if problems.len() == 1 { "" } else { "s" },
        strategies.into_iter().collect::<Vec<_>>().join(" ")
    );
    let words = match begun {
        true => words,
        false => " comparison on other machines: Enter shows how it stands".to_owned(),
    };
    Line::from(vec![
        look.span(role, glyph),
        look.span(Role::Dim, when),
        look.span(Role::Text, words),
    ])
}

/// What a run worked on: its problem, or how many of which suite.
fn name(run: &RunSummary) -> String {
    match (run.units.as_slice(), run.suite()) {
        ([], _) => "no problem".to_owned(),
        ([one], _) => format!("{} {}", one.problem.short(), one.mode),
        (many, Some(suite)) => format!("{} of {suite}", many.len()),
        ([first, more @ ..], None) => format!("{} and {} more", first.problem.short(), more.len()),
    }
}

fn line(look: &Look, run: &RunSummary, cells: usize, marked: bool) -> Line<'static> {
    let (glyph, role) = match &run.ending {
        None if run.holder == Holder::Process => (look.pick("▸ ", "> "), Role::Running),
        Some(Ending::Done) => (look.pick("● ", "* "), Role::Same),
        Some(Ending::Stopped | Ending::Budget | Ending::CutOff { .. }) => {
            (look.pick("◐ ", "- "), Role::Dim)
        }
        Some(Ending::Failed { .. }) => (look.pick("✗ ", "x "), Role::Failed),
        None => (look.pick("○ ", "o "), Role::Pending),
    };
    let name = name(run);
    let when_cells = if cells > 60 { 11 } else { 5 };
    let mut spans = vec![
        if marked {
            look.span(Role::Accent, look.pick("▌ ", "> "))
        } else {
            look.span(role, glyph)
        },
        look.span(
            Role::Dim,
            when(run.started_at)
                .chars()
                .take(when_cells)
                .collect::<String>(),
        ),
        look.span(Role::Dim, " "),
        look.span(Role::Text, fit(&name, (cells / 3).clamp(10, 36))),
    ];
    let left = cells.saturating_sub((cells / 3).clamp(10, 36) + when_cells + 4);
    if let [unit] = run.units.as_slice() {
        match unit.reported {
            _ if unit.tested.is_some() => {
                let tested = unit.tested.as_ref();
                spans.extend(tested.map(|tested| {
                    let found = mark::of_tests(tested);
                    let text = mark::tests(tested, 20.min(left));
                    let text = format!(
                        " {} {}",
                        found.glyph(look.symbols),
                        fit(&text, 20.min(left))
                    );
                    Span::styled(text, look.theme.style(found.role()))
                }));
            }
            Some(s) => {
                let found = Mark::of_speedup(s);
                let text = mark::speedup(s, left.saturating_sub(3).min(20), look.symbols);
                let text = format!(
                    " {} {}",
                    found.glyph(look.symbols),
                    fit(&text, 20.min(left))
                );
                spans.push(Span::styled(text, look.theme.style(found.role())));
            }
            None => {
                let words = match run.holder {
                    Holder::Process => "running, Enter watches",
                    Holder::Nobody => "nothing faster",
                };
                spans.push(look.span(Role::Dim, format!(" {}", fit(words, 22.min(left)))));
            }
        }
        let scale = match unit.tested {
            Some(_) => Scale::Share,
            None => Scale::Times,
        };
        spans.push(look.span(Role::Better, sparkline(look, scale, &unit.best_by_round)));
    } else if run.units.iter().any(|unit| unit.tested.is_some()) {
        let hidden = |tested: &Tested| tested.suite == Suite::Hidden && tested.all();
        let solved = |unit: &&UnitSummary| unit.tested.as_ref().is_some_and(hidden);
        let solved = run.units.iter().filter(solved).count();
        let words = format!(" {solved} of {} solved", run.units.len());
        spans.push(look.span(Role::Better, fit(&words, 23.min(left))));
    } else {
        let faster = run
            .units
            .iter()
            .filter(|u| u.reported.is_some_and(|s| s.lo > 1.01))
            .count();
        let words = format!(" {faster} of {} faster", run.units.len());
        spans.push(look.span(Role::Better, fit(&words, 23.min(left))));
    }
    // The id is what every command needs: it is shown whole, or not at all.
    let used: usize = spans.iter().map(|span| width(&span.content)).sum();
    let id = run.id.to_string();
    let agents = match run.team.len() {
        1 => "1 agent".to_owned(),
        n => format!("{n} agents"),
    };
    let long = format!("{} · {agents} · {id}", run.strategy);
    let long = long.replace('·', look.pick("·", "-"));
    let room = cells.saturating_sub(used + 2);
    let tail = [long, id].into_iter().find(|tail| width(tail) <= room);
    if let Some(tail) = tail {
        spans.push(look.span(Role::Dim, fit_right(&tail, room + 2)));
    }
    Line::from(spans)
}

/// Month, day and time in UTC, as in the run's id.
fn when(at: i64) -> String {
    let known = time::OffsetDateTime::from_unix_timestamp(at / 1000).ok();
    known.map_or_else(
        || "??-?? ??:??".to_owned(),
        |t| {
            let month = u8::from(t.month());
            format!(
                "{month:02}-{:02} {:02}:{:02}",
                t.day(),
                t.hour(),
                t.minute()
            )
        },
    )
}

/// Best score after each round as bars, speedups on a log axis; a round without anything correct is a dot.
pub(crate) fn sparkline(look: &Look, scale: Scale, best: &[f64]) -> String {
    const BARS: [&str; 8] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];
    let most = best.iter().copied().fold(2.0, f64::max).log2();
    let share = |score: f64| match scale {
        Scale::Times => score.max(1.0).log2() / most,
        Scale::Share => score.min(1.0),
    };
    best.iter()
        .take(16)
        .map(|score| {
            if *score <= 0.0 {
                return look.pick("·", ".");
            }
            let level = (share(*score) * 7.0).round() as usize;
            look.pick(BARS[level.min(7)], "|")
        })
        .collect()
}

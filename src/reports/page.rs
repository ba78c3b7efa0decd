//! Runs → one self-contained HTML page with its pictures inside: no script, nothing loaded from anywhere. Pure.
//! Every text in it may be hostile: the template escapes all of it, pictures are drawn by module `plot` alone.

use minijinja::{AutoEscape, Environment};
use serde_json::{Value, json};

use super::ability::{self, Measure};
use super::comparison::{ComparisonFigures, StrategyFigures};
use super::comparison_document;
use super::document::{command, setting_lines, standing};
use super::gather::{Axis, Group, groups, points};
use super::metrics::metrics;
use super::page_unit::{best_of_each, one_unit};
use super::pass::pass;
use super::plot::{self, Plot};
use super::result::{UnitResult, results};
use super::sections::{Beside, sections};
use super::summary::{Summary, summary};
use super::table::{self, Table, one_line};
use crate::domain::measurement::ratio;
use crate::domain::meter::{Money, Spent};
use crate::domain::run::{Run, Unit};
use crate::domain::units::Usage;

/// Most units that are shown one by one.
const MOST_UNITS: usize = 200;
/// Most lessons in the table.
const MOST_LESSONS: usize = 1000;

/// The page could not be made: our own template is at fault.
#[derive(Debug, thiserror::Error)]
#[error("the report's page could not be filled in: {0}")]
pub struct PageError(#[from] minijinja::Error);

/// The pictures over all runs: speedup over rounds, against tokens and against time, ability.
pub fn plots(runs: &[Run]) -> Vec<Plot> {
    overall(runs, &groups(runs))
        .into_iter()
        .map(|(_, plot)| plot)
        .collect()
}

fn overall(runs: &[Run], groups: &[Group<'_>]) -> Vec<(&'static str, Plot)> {
    let lines: Vec<(String, Vec<(u16, f64)>)> = groups
        .iter()
        .map(|group| (group.label.clone(), group.over_rounds()))
        .filter(|(_, points)| !points.is_empty())
        .collect();
    let against = |name, axis| plot::scatter(name, &points(groups, axis), axis);
    let ability = |name, measure| plot::heat(name, &ability::ability(runs, measure));
    [
        (
            "Speedup over rounds",
            plot::lines("speedup-over-rounds", &lines),
        ),
        (
            "Performance against tokens",
            against("speedup-against-tokens", Axis::Tokens),
        ),
        (
            "Performance against cost",
            against("speedup-against-cost", Axis::Dollars),
        ),
        (
            "Performance against time",
            against("speedup-against-time", Axis::Seconds),
        ),
        (
            "Ability by category and model",
            ability("ability", Measure::Speedup),
        ),
        (
            "Ability by category and model",
            ability("ability-tests", Measure::Tests),
        ),
    ]
    .into_iter()
    .filter_map(|(title, plot)| Some((title, plot?)))
    .collect()
}

/// The page. `moment` words a time in milliseconds since 1970.
///
/// # Errors
/// If our own template does not fit.
pub fn html(
    runs: &[Run],
    beside: Beside<'_>,
    moment: &dyn Fn(i64) -> String,
) -> Result<String, PageError> {
    let groups = groups(runs);
    let all: Vec<UnitResult> = runs.iter().flat_map(results).collect();
    let summary = match beside.comparison {
        Some(figures) => Summary {
            table: comparison_document::strategies(figures),
            published: 0,
            note: "Means over repeats with their standard deviation; what was asked, read, written and paid is the sum."
                .to_owned(),
        },
        None => summary(&groups),
    };
    let ours = summary.table.rows.len() - summary.published;
    let summary_rows: Vec<Value> = summary
        .table
        .rows
        .iter()
        .enumerate()
        .map(|(at, cells)| json!({ "cells": cells, "published": at >= ours }))
        .collect();
    let figures: Vec<Value> = overall(runs, &groups)
        .into_iter()
        .map(|(title, plot)| json!({ "title": title, "caption": plot.caption, "svg": plot.svg }))
        .collect();
    let begun = runs
        .iter()
        .flat_map(|run| run.units.iter().map(move |unit| (run, unit)))
        .filter(|(_, unit)| unit.started);
    let shown: Vec<(&Run, &Unit)> = match beside.comparison {
        Some(_) => best_of_each(begun),
        None => begun.collect(),
    };
    let several = runs.len() > 1;
    let units: Vec<Value> = shown
        .iter()
        .take(MOST_UNITS)
        .map(|(run, unit)| one_unit(run, unit, several))
        .collect();
    let (lessons, lessons_left) = lessons(runs);
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.add_template("report", include_str!("report.html"))?;
    let context = json!({
        "version": env!("CARGO_PKG_VERSION"),
        "title": title(runs, beside),
        "subtitle": match beside.comparison {
            Some(figures) => comparison_document::standing(figures),
            None => subtitle(runs, moment),
        },
        "cards": cards(runs, &all, beside.comparison),
        "summary": { "head": summary.table.head, "rows": summary_rows },
        "summary_note": summary.note,
        "figures": figures,
        "sections": sections(runs, &all, beside)
            .iter()
            .map(|section| json!({ "title": section.title, "table": shaped(&section.table), "note": section.note }))
            .collect::<Vec<Value>>(),
        "problems": shaped(&match beside.comparison {
            Some(figures) => comparison_document::problems(figures),
            None => problems(runs, several),
        }),
        "compared": beside.comparison.is_some(),
        "only_tasks": all.iter().all(UnitResult::is_task),
        "units": units,
        "left_out": (shown.len() > MOST_UNITS)
            .then(|| format!("{} more units are in the table above, not one by one.", shown.len() - MOST_UNITS)),
        "lessons": shaped(&lessons),
        "lessons_note": (lessons_left > 0).then(|| format!("{lessons_left} more are not shown.")),
        "runs": match beside.comparison {
            Some(figures) => vec![comparison_setting(runs, &figures.id, beside.command)],
            None => runs.iter().map(|run| setting(run, moment)).collect::<Vec<Value>>(),
        },
    });
    Ok(environment
        .get_template("report")?
        .render(minijinja::value::Serde(&context))?)
}

fn title(runs: &[Run], beside: Beside<'_>) -> String {
    if beside.comparison.is_some() {
        return "Comparison of strategies".to_owned();
    }
    match runs {
        [one] => format!("Run {}", one.id),
        several => format!("{} runs", several.len()),
    }
}

fn subtitle(runs: &[Run], moment: &dyn Fn(i64) -> String) -> String {
    match runs {
        [one] => format!(
            "Started {}; {}. Strategy {}, preset {}, {} rounds, {} lessons per prompt, seed {}.",
            moment(one.started_at),
            standing(one.ending.as_ref()),
            one.spec.strategy,
            one.spec.preset,
            one.spec.rounds,
            one.spec.lessons,
            one.spec.seed
        ),
        several => several
            .iter()
            .map(|run| format!("{} ({})", run.id, run.spec.strategy))
            .collect::<Vec<String>>()
            .join(", "),
    }
}

fn cards(runs: &[Run], all: &[UnitResult], comparison: Option<&ComparisonFigures>) -> Vec<Value> {
    let mut cards: Vec<(String, String)> = Vec::new();
    let mut card = |value: String, name: &str| cards.push((value, name.to_owned()));
    let best = comparison.and_then(|figures| {
        let of = |row: &&StrategyFigures| Some(row.strategy) == figures.winner;
        figures.strategies.iter().find(of)
    });
    if let Some(figures) = comparison {
        card(
            format!("{} of {}", figures.finished, figures.cells),
            "cells done",
        );
    }
    if let Some(best) = best {
        let name = format!("geometric mean speedup, {}", best.strategy);
        card(format!("{}×", ratio(best.geometric.mean)), &name);
    }
    let single = || metrics(all.iter().filter(|r| !r.is_task()));
    if let (None, Some(figures)) = (comparison, single()) {
        let wins = all.iter().filter(|r| r.wins && !r.is_task()).count();
        card(
            format!("{}×", ratio(figures.geometric)),
            "geometric mean speedup",
        );
        card(
            format!("{wins} of {}", figures.units),
            "problems made faster",
        );
        card(format!("{:.0} %", figures.correct * 100.0), "correct");
    }
    if let (None, Some(pass)) = (comparison, pass(all)) {
        card(format!("{:.0} %", pass.share * 100.0), "pass@1");
        card(format!("{} of {}", pass.passed, pass.of), "tasks solved");
    }
    let candidates: usize = all.iter().map(|r| r.evaluated).sum();
    card(candidates.to_string(), "candidates evaluated");
    let mut spent = Spent::default();
    for run in runs {
        spent += run.spent;
    }
    if spent.asks > 0 {
        let about = if spent.usage.estimated { "≈ " } else { "" };
        card(format!("{about}{}", spent.tokens()), "tokens");
        match spent.money() {
            Money::Known(cost) => card(cost.to_string(), "cost"),
            Money::AtLeast(cost) => card(format!("≥ {cost}"), "cost, some prices unknown"),
            Money::Unknown => card("–".to_owned(), "cost: price unknown"),
        }
    }
    card(spent.time.to_string(), "wall time");
    cards
        .into_iter()
        .map(|(value, name)| json!({ "value": value, "name": name }))
        .collect()
}

/// A table in the template's form.
pub(super) fn shaped(table: &Table) -> Value {
    let rows: Vec<Value> = table
        .rows
        .iter()
        .map(|row| json!({ "cells": row.iter().map(|cell| one_line(cell)).collect::<Vec<String>>() }))
        .collect();
    json!({ "head": table.head, "rows": rows })
}

fn problems(runs: &[Run], several: bool) -> Table {
    if !several {
        return runs
            .first()
            .map_or_else(|| table::results(&[]), |run| table::results(&results(run)));
    }
    let mut table = Table::new(&[]);
    for run in runs {
        let part = table::results(&results(run));
        if table.head.is_empty() {
            table.head = std::iter::once("run".to_owned()).chain(part.head).collect();
        }
        for row in part.rows {
            let name = format!("{} {}", run.spec.strategy, run.id);
            table.push(std::iter::once(name).chain(row).collect());
        }
    }
    table
}

fn lessons(runs: &[Run]) -> (Table, usize) {
    let mut table = Table::new(&[
        "problem", "lesson", "by", "outcome", "speedup", "factor", "read by", "text",
    ]);
    for (run, unit) in runs
        .iter()
        .flat_map(|run| run.units.iter().map(move |u| (run, u)))
    {
        for record in &unit.lessons {
            let lesson = &record.lesson;
            let author = lesson
                .agent
                .and_then(|agent| run.spec.team.get(agent.index()))
                .map_or("a person", |agent| agent.name.as_str());
            table.push(vec![
                unit.spec.problem.short().to_owned(),
                lesson.id.to_string(),
                author.to_owned(),
                lesson.outcome.word().to_owned(),
                format!("{}×", ratio(lesson.speedup)),
                format!("{:.2}", lesson.factor),
                unit.readers(lesson.id).count().to_string(),
                lesson.text.clone(),
            ]);
        }
    }
    let left = table.rows.len().saturating_sub(MOST_LESSONS);
    table.rows.truncate(MOST_LESSONS);
    (table, left)
}

fn setting(run: &Run, moment: &dyn Fn(i64) -> String) -> Value {
    let mut lines = setting_lines(run);
    lines.insert(
        0,
        format!(
            "started {}; {}; {} agents: {}",
            moment(run.started_at),
            standing(run.ending.as_ref()),
            run.spec.team.len(),
            run.spec
                .team
                .iter()
                .map(|agent| format!("{} ({})", agent.name, agent.model()))
                .collect::<Vec<String>>()
                .join(", ")
        ),
    );
    let Usage {
        cached, reasoning, ..
    } = run.usage;
    if cached.0 + reasoning.0 > 0 {
        lines.push(format!(
            "{cached} input tokens came from a cache, {reasoning} output tokens were reasoning"
        ));
    }
    json!({
        "title": format!("Run {}", run.id),
        "lines": lines.iter().map(|line| one_line(line)).collect::<Vec<String>>(),
        "command": one_line(&command(run)),
    })
}

/// The setting of a comparison: its runs share it.
fn comparison_setting(runs: &[Run], id: &str, command: &str) -> Value {
    let mut lines: Vec<String> = Vec::new();
    for run in runs {
        let agents: Vec<String> = (run.spec.team.iter())
            .map(|agent| format!("{} ({})", agent.name, agent.model()))
            .collect();
        let team = format!("{} agents: {}", agents.len(), agents.join(", "));
        for line in std::iter::once(team).chain(setting_lines(run)) {
            let line = one_line(&line);
            if !lines.contains(&line) {
                lines.push(line);
            }
        }
    }
    json!({
        "title": format!("Comparison {id}"),
        "lines": lines,
        "command": one_line(command),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::event::Envelope;
    use crate::domain::spec::StrategyKind;

    fn recorded() -> Run {
        let facts: Vec<Envelope> = include_str!("../../tests/fixtures/recorded-run.jsonl")
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        Run::fold(&facts).unwrap()
    }

    fn page(runs: &[Run]) -> String {
        html(runs, Beside::default(), &|_| {
            "2023-11-14 22:13 UTC".to_owned()
        })
        .unwrap()
    }

    #[test]
    fn the_page_holds_results_pictures_lessons_and_how_to_repeat_it() {
        let text = page(&[recorded()]);
        for expected in [
            "<title>Run 20231114-221320-aaaa</title>",
            "2.31× [2.24, 2.39]",
            "LessonL, as published",
            "Ability by category and model",
            "Tile for the first-level cache.",
            "lessonl run pareval&#x2f;dense_la&#x2f;gemm",
        ] {
            assert!(text.contains(expected), "{expected}");
        }
        assert_eq!(
            text.matches("<svg").count(),
            3,
            "rounds, ability, one forest"
        );
        let mut single = recorded();
        single.spec.strategy = StrategyKind::Single;
        let beside = page(&[recorded(), single]);
        assert!(beside.contains("Performance against tokens. "));
    }

    #[test]
    fn nothing_in_the_page_runs_or_loads_and_hostile_text_stays_text() {
        let mut run = recorded();
        run.units[0].lessons[0].lesson.text =
            "<script>alert(1)</script><img src=x onerror=y>".to_owned();
        run.spec.team[0].name = "</text><script>".to_owned();
        run.units[0].spec.original = "</span></pre><script>".to_owned();
        let text = page(&[run.clone(), run]);
        assert!(!text.contains("<script"), "a script tag");
        assert!(!text.contains("<img"), "an image tag");
        assert!(!text.contains("href=\"http"), "a link out");
        assert!(text.contains("&lt;script&gt;"));
    }
}

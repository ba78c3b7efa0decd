//! A comparison as a document: aligned text for a terminal, Markdown, JSON. Pure. Says what each figure means and what it
//! does not show.

use serde_json::{Value, json};

use super::bootstrap::Interval;
use super::comparison::{ComparisonFigures, Shown, Spread};
use super::document::agents;
use super::ledger::Pooled;
use super::machines;
use super::table::{Table, escaped};
use crate::domain::comparison::Comparison;
use crate::domain::measurement::{Speedup, ratio};
use crate::domain::problem::Mode;
use crate::domain::units::Nanos;

/// Version of the JSON's form.
const VERSION: u32 = 1;
/// Tokens within this share of the first strategy's count as alike.
const ALIKE: f64 = 0.1;

/// A span in words: `34.0 s`, `12 min`, `1 h 05 min`.
fn span(time: Nanos) -> String {
    let seconds = time.0 / 1_000_000_000;
    match seconds {
        0..600 => time.to_string(),
        600..3600 => format!("{} min", seconds / 60),
        _ => format!("{} h {:02} min", seconds / 3600, seconds % 3600 / 60),
    }
}

fn percent(share: Spread) -> String {
    match share.std {
        Some(std) => format!("{:.0} ± {:.0} %", share.mean * 100.0, std * 100.0),
        None => format!("{:.0} %", share.mean * 100.0),
    }
}

fn times(figure: Spread) -> String {
    match figure.std {
        Some(std) => format!("{} ± {}×", ratio(figure.mean), ratio(std)),
        None => format!("{}×", ratio(figure.mean)),
    }
}

/// The strategies' figures.
pub fn strategies(figures: &ComparisonFigures) -> Table {
    let mut table = Table::new(&[
        "strategy",
        "geometric",
        "compiled",
        "correct",
        "≥ 2×",
        "arithmetic",
        "asks",
        "tokens in",
        "tokens out",
        "cost",
        "time",
    ]);
    for row in &figures.strategies {
        let spent = &row.spent;
        let about = if spent.usage.estimated { "≈ " } else { "" };
        table.push(vec![
            row.strategy.to_string(),
            match &row.interval {
                Some(interval) => as_ratio(interval),
                None => times(row.geometric),
            },
            percent(row.compiled),
            percent(row.correct),
            percent(row.large),
            times(row.arithmetic),
            spent.asks.to_string(),
            format!("{about}{}", spent.usage.input),
            format!("{about}{}", spent.usage.output),
            spent.money().to_string(),
            span(spent.time),
        ]);
    }
    table
}

fn shown(what: &Shown, words: impl Fn(&Interval) -> String) -> String {
    match what {
        Shown::TooFewProblems => "too few problems".to_owned(),
        Shown::NoDifference(interval) => format!("{}: no difference shown", words(interval)),
        Shown::Better(interval) => format!("{}: better", words(interval)),
        Shown::Worse(interval) => format!("{}: worse", words(interval)),
    }
}

fn as_ratio(interval: &Interval) -> String {
    let [estimate, lo, hi] = [interval.estimate, interval.lo, interval.hi].map(ratio);
    format!("{estimate}× [{lo}, {hi}]")
}

fn as_points(interval: &Interval) -> String {
    let point = |value: f64| format!("{:+.0}", value * 100.0);
    let (lo, hi) = (point(interval.lo), point(interval.hi));
    format!("{} pt [{lo}, {hi}]", point(interval.estimate))
}

/// The differences from the first strategy.
pub fn differences(figures: &ComparisonFigures) -> Table {
    let against = figures
        .strategies
        .first()
        .map_or_else(String::new, |first| format!("against {}", first.strategy));
    let mut table = Table::new(&[&against, "geometric, ratio", "correct", "≥ 2×"]);
    for row in &figures.differences {
        table.push(vec![
            row.strategy.to_string(),
            shown(&row.geometric, as_ratio),
            shown(&row.correct, as_points),
            shown(&row.large, as_points),
        ]);
    }
    table
}

pub(super) fn problems(figures: &ComparisonFigures) -> Table {
    let mut head = vec!["problem".to_owned()];
    head.extend(figures.strategies.iter().map(|s| s.strategy.to_string()));
    let rows = figures.problems.iter().map(|(problem, speedups)| {
        let cells = speedups.iter().map(|s| format!("{}×", ratio(*s)));
        std::iter::once(problem.clone()).chain(cells).collect()
    });
    Table {
        head,
        rows: rows.collect(),
    }
}

pub(super) fn rechecked(figures: &ComparisonFigures) -> Table {
    let mut table = Table::new(&["problem", "repeat", "reported", "measured once more"]);
    let words = |speedup: Option<Speedup>, none: &str| {
        speedup.map_or_else(|| none.to_owned(), |s| s.to_string())
    };
    for row in &figures.rechecked {
        table.push(vec![
            row.problem.clone(),
            row.repeat.to_string(),
            words(row.reported, "–"),
            words(row.fresh, "not correct this time"),
        ]);
    }
    table
}

/// What lessons are worth, by kind.
pub fn worths(pooled: &[Pooled]) -> Table {
    let mut table = Table::new(&["lessons", "in prompts", "held out", "worth"]);
    for row in pooled {
        table.push(vec![
            row.kind.clone(),
            row.with.to_string(),
            row.without.to_string(),
            row.worth.words(),
        ]);
    }
    table
}

pub(super) fn standing(figures: &ComparisonFigures) -> String {
    let blocks = figures.blocks;
    let mut text = format!(
        "{} of {} cells are done; the figures count {} that every strategy has finished.",
        figures.finished,
        figures.cells,
        match blocks {
            1 => "the one problem and repeat".to_owned(),
            n => format!("the {n} problems and repeats"),
        }
    );
    if figures.finished < figures.cells {
        text.push_str(&format!(
            " Go on with: lessonl compare --resume {}",
            figures.id
        ));
    }
    text
}

pub(super) fn meaning(figures: &ComparisonFigures) -> String {
    format!(
        "The figure to compare by is the geometric mean of the confirmed speedups; wrong or slower counts as 1; in brackets its \
         bootstrap interval over problems, where there are enough. Else mean ± standard deviation over repeats. Arithmetic mean: wrong counts as 0. \
         Differences: paired bootstrap over problems, {:.1} % intervals, so that those of one column hold together at 95 %.",
        figures.confidence * 100.0
    )
}

/// What every cell could spend, and how unlike what the strategies spent is where nothing held it alike.
pub(super) fn equal(figures: &ComparisonFigures) -> String {
    let budget = &figures.budget;
    let limits = [
        budget.asks.map(|asks| format!("{asks} asks")),
        budget.tokens.map(|tokens| format!("{tokens} tokens")),
        budget.cost.map(|cost| cost.to_string()),
    ];
    let limits: Vec<String> = limits.into_iter().flatten().collect();
    let mut text = match limits.is_empty() {
        true => String::new(),
        false => format!("Every cell could spend {} at most.", limits.join(" and ")),
    };
    let first = figures.strategies.first();
    let first = first.map(|row| (row.strategy, row.spent.tokens().0 as f64));
    let Some((name, tokens)) = first.filter(|(_, tokens)| *tokens > 0.0 && budget.tokens.is_none())
    else {
        return text;
    };
    let others = figures.strategies.iter().skip(1).filter_map(|row| {
        let share = row.spent.tokens().0 as f64 / tokens;
        ((share - 1.0).abs() > ALIKE).then(|| format!("{} {share:.2}", row.strategy))
    });
    let others: Vec<String> = others.collect();
    if !others.is_empty() {
        let gap = if text.is_empty() { "" } else { " " };
        text.push_str(&format!(
            "{gap}Tokens spent, as a multiple of those of {name}: {}. With --budget-tokens none can spend more than another.",
            others.join(", ")
        ));
    }
    text
}

/// The comparison for a terminal.
pub fn text(figures: &ComparisonFigures) -> String {
    let mut text = format!("{}\n", strategies(figures).aligned());
    if !figures.differences.is_empty() {
        text.push_str(&format!("{}\n", differences(figures).aligned()));
    }
    if let (Some(winner), false) = (figures.winner, figures.rechecked.is_empty()) {
        text.push_str(&format!(
            "Final candidates of {winner}, measured once more with fresh inputs:\n{}\n",
            rechecked(figures).aligned()
        ));
    }
    if !figures.lessons.is_empty() {
        text.push_str(&format!("{}\n", worths(&figures.lessons).aligned()));
    }
    let said = [meaning(figures), equal(figures), standing(figures)];
    for sentences in said.iter().filter(|sentences| !sentences.is_empty()) {
        text.push_str(&format!("{sentences}\n"));
    }
    for sentence in machines::sentences(&figures.machines) {
        text.push_str(&format!("{}\n", super::table::one_line(&sentence)));
    }
    for (problem, why) in &figures.failed {
        let why = super::table::one_line(why);
        text.push_str(&format!(
            "{problem} failed and is not counted: {why}. Try it again with: lessonl compare --resume {}\n",
            figures.id
        ));
    }
    text
}

/// The comparison as Markdown. `started` is the start in words.
pub fn markdown(comparison: &Comparison, figures: &ComparisonFigures, started: &str) -> String {
    let base = &comparison.spec.base;
    let mut text = format!("# Comparison {}\n\n", comparison.id);
    text.push_str(&format!(
        "Started {started}. {} strategies, {} problems, {} repeats; preset {}, {} lessons per prompt, seed {}. {}\n\n",
        comparison.spec.contenders.len(),
        base.units.len(),
        comparison.spec.repeats,
        base.preset,
        base.lessons,
        base.seed,
        standing(figures)
    ));
    text.push_str(&format!(
        "## Strategies\n\n{}\n",
        strategies(figures).markdown()
    ));
    if !figures.differences.is_empty() {
        text.push_str(&format!(
            "## Differences\n\n{}\n",
            differences(figures).markdown()
        ));
    }
    text.push_str(&format!("{} {}\n\n", meaning(figures), equal(figures)));
    for sentence in machines::sentences(&figures.machines) {
        text.push_str(&format!("{}\n\n", escaped(&sentence)));
    }
    for (problem, why) in &figures.failed {
        let (problem, why) = (escaped(problem), escaped(why));
        text.push_str(&format!("{problem} failed and is not counted: {why}\n\n"));
    }
    text.push_str(&format!(
        "## Problems\n\nSpeedup in hand, geometric mean over repeats.\n\n{}\n",
        problems(figures).markdown()
    ));
    if let (Some(winner), false) = (figures.winner, figures.rechecked.is_empty()) {
        text.push_str(&format!(
            "## Once more\n\nThe final candidates of {winner}, measured once more with inputs nobody had seen.\n\n{}\n",
            rechecked(figures).markdown()
        ));
    }
    if !figures.lessons.is_empty() {
        text.push_str(&format!(
            "## What lessons are worth\n\nHow many times as fast candidates were with a lesson in the prompt as with it held out by chance.\n\n{}\n",
            worths(&figures.lessons).markdown()
        ));
    }
    text.push_str("## Team\n\n");
    for agent in &base.team {
        let (name, model) = (escaped(&agent.name), escaped(&agent.model()));
        text.push_str(&format!("- **{name}**: {model}\n"));
    }
    text.push_str(&format!(
        "\n## Do it again\n\n```\n{}\n```\n",
        command(comparison)
    ));
    text
}

/// How to run the same again.
pub fn command(comparison: &Comparison) -> String {
    let (spec, base) = (&comparison.spec, &comparison.spec.base);
    let mut words = vec!["lessonl compare".to_owned()];
    words.extend(base.units.iter().map(|unit| unit.problem.to_string()));
    let strategies: Vec<&str> = spec.contenders.iter().map(|c| c.strategy.word()).collect();
    let mode = base.units.first().map_or(Mode::Serial, |unit| unit.mode);
    words.push(format!(
        "--strategies {} --repeats {} --mode {mode} --preset {} --lessons {} --seed {}",
        strategies.join(","),
        spec.repeats,
        base.preset,
        base.lessons,
        base.seed
    ));
    if let Some(time) = base.budget_time {
        words.push(format!("--budget-time {}s", time.0.div_ceil(1_000_000_000)));
    }
    if let Some(asks) = base.budget_asks {
        words.push(format!("--budget-asks {asks}"));
    }
    if let Some(tokens) = base.budget_tokens {
        words.push(format!("--budget-tokens {}", tokens.0));
    }
    if let Some(cost) = base.budget_cost {
        words.push(format!("--budget-cost {}", cost.dollars()));
    }
    if base.holdout > 0.0 {
        words.push(format!("--holdout {}", base.holdout));
    }
    if !base.bank.is_fresh() {
        words.push(format!("--bank {}", base.bank));
    }
    words.extend(agents(&base.team));
    words.join(" ")
}

/// The comparison as one JSON object.
pub fn json(comparison: &Comparison, figures: &ComparisonFigures) -> Value {
    let spec = &comparison.spec;
    json!({
        "v": VERSION,
        "comparison": comparison.id,
        "started_at": comparison.started_at,
        "complete": comparison.finished,
        "repeats": spec.repeats,
        "seed": spec.base.seed,
        "preset": spec.base.preset,
        "team": spec.base.team,
        "order": spec.cells,
        "reproduce": command(comparison),
        "figures": figures,
    })
}

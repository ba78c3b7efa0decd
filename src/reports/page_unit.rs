//! One unit on an HTML page: what it came to, its forest plot, its ledger, and the winner's difference from the original. Pure.
//! Gives plain values; the page's template escapes them.

use serde_json::{Value, json};
use similar::{ChangeTag, TextDiff};

use super::gather::forest;
use super::page::shaped;
use super::plot;
use super::result::UnitResult;
use super::sections::ledger;
use super::table::one_line;
use crate::domain::run::{Run, Unit};

/// Most lines of a diff.
const MOST_LINES: usize = 400;

/// The unit; with the run's name where there are several.
pub(super) fn one_unit(run: &Run, unit: &Unit, several: bool) -> Value {
    let result = UnitResult::of(run, unit);
    let title = match several {
        true => format!(
            "{} ({}) in {} {}",
            unit.spec.problem, unit.spec.mode, run.spec.strategy, run.id
        ),
        false => format!("{} ({})", unit.spec.problem, unit.spec.mode),
    };
    let words = came_to(&result);
    let (branches, left_out) = forest(run, unit);
    let evaluated = match &unit.confirmed {
        Some((_, evaluated)) => Some(evaluated),
        None => result
            .candidate
            .and_then(|id| unit.candidates.get(&id)?.evaluated.as_ref()),
    };
    let caveats: Vec<String> = evaluated
        .iter()
        .flat_map(|evaluated| &evaluated.caveats)
        .map(|caveat| one_line(&caveat.advice))
        .collect();
    let winner = result.candidate.and_then(|id| unit.candidates.get(&id));
    let diff = winner.map_or_else(Vec::new, |state| {
        diff(&unit.spec.original, &state.candidate.source)
    });
    let diff_title = result
        .candidate
        .map_or_else(String::new, |id| match result.is_task() {
            true => format!("Difference of {id} from the description"),
            false => format!("Difference of {id} from the original"),
        });
    json!({
        "title": one_line(&title),
        "words": one_line(&words),
        "caveats": caveats,
        "forest": plot::forest("candidates", &branches, left_out)
            .map(|plot| json!({ "caption": plot.caption, "svg": plot.svg })),
        "ledger": ledger(run, unit).map(|table| shaped(&table)),
        "diff": diff,
        "diff_title": diff_title,
    })
}

/// What a unit came to, in a sentence or two.
fn came_to(result: &UnitResult) -> String {
    let by = result.agent.as_deref().unwrap_or("nobody");
    if result.is_task() {
        return match (&result.candidate, &result.tested) {
            (Some(id), Some(tested)) => format!(
                "{id} by {by} was submitted: {tested}. Its author had read {} lessons.",
                result.read
            ),
            _ => "Nothing was submitted.".to_owned(),
        };
    }
    match (&result.candidate, &result.speedup) {
        (Some(id), Some(speedup)) if result.wins => format!(
            "{id} by {by} in round {} is the result: {speedup}{}. Its author had read {} lessons.",
            id.round.0,
            result
                .contest
                .as_ref()
                .map_or_else(String::new, |contest| format!(" ({contest})")),
            result.read
        ),
        (Some(_), Some(speedup)) => {
            format!("The original stays: the best correct candidate came to {speedup}.")
        }
        _ => format!("No candidate was correct; {} were tried.", result.evaluated),
    }
}

/// The difference in lines with three lines around each change; at most [`MOST_LINES`].
fn diff(original: &str, candidate: &str) -> Vec<Value> {
    let diff = TextDiff::from_lines(original, candidate);
    let mut lines = Vec::new();
    for (at, group) in diff.grouped_ops(3).iter().enumerate() {
        if at > 0 {
            lines.push(json!({ "class": "gap", "text": "⋯" }));
        }
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let (class, sign) = match change.tag() {
                ChangeTag::Equal => ("", ' '),
                ChangeTag::Delete => ("del", '-'),
                ChangeTag::Insert => ("add", '+'),
            };
            let text = change
                .value()
                .trim_end_matches(['\n', '\r'])
                .replace('\t', "    ");
            let text: String = text.chars().filter(|c| !c.is_control()).collect();
            lines.push(json!({ "class": class, "text": format!("{sign} {text}") }));
        }
    }
    if lines.len() > MOST_LINES {
        let rest = lines.len() - MOST_LINES;
        lines.truncate(MOST_LINES);
        lines.push(json!({ "class": "gap", "text": format!("⋯ {rest} more lines") }));
    }
    lines
}

/// Of every problem the unit with the highest speedup in hand, the earlier run's where equal.
pub(super) fn best_of_each<'a>(
    units: impl Iterator<Item = (&'a Run, &'a Unit)>,
) -> Vec<(&'a Run, &'a Unit)> {
    let mut best: Vec<((&Run, &Unit), f64)> = Vec::new();
    for (run, unit) in units {
        let result = UnitResult::of(run, unit);
        let solved = result.solved.map(|solved| f64::from(u8::from(solved)));
        let figure = solved.or(result.in_hand()).unwrap_or(0.0);
        let same = |((_, known), _): &&mut ((&Run, &Unit), f64)| {
            (&known.spec.problem, known.spec.mode) == (&unit.spec.problem, unit.spec.mode)
        };
        match best.iter_mut().find(same) {
            Some((_, known)) if *known >= figure => {}
            Some(place) => *place = ((run, unit), figure),
            None => best.push(((run, unit), figure)),
        }
    }
    best.into_iter().map(|(found, _)| found).collect()
}

//! A run's results beside what the best known code reaches: how much of what was to be won was won. Pure.

use serde_json::{Value, json};

use super::metrics::by_category;
use super::result::{UnitResult, results};
use super::table::{Table, escaped};
use crate::domain::ceiling::{Ceiling, mean};
use crate::domain::measurement::ratio;
use crate::domain::run::Run;

/// The unit's ceiling: of its version and mode; the newest, one of the run's own processor before others.
pub fn of_unit<'a>(run: &Run, unit: usize, ceilings: &'a [Ceiling]) -> Option<&'a Ceiling> {
    let spec = &run.units.get(unit)?.spec;
    ceilings
        .iter()
        .filter(|c| c.problem == spec.problem && c.version == spec.version && c.mode == spec.mode)
        .max_by_key(|c| (c.cpu == run.machine.cpu, c.at))
}

fn paired<'a>(run: &Run, ceilings: &'a [Ceiling]) -> Vec<(UnitResult, Option<&'a Ceiling>)> {
    let known = |unit| of_unit(run, unit, ceilings);
    let results = results(run).into_iter().enumerate();
    results
        .map(|(unit, result)| (result, known(unit)))
        .collect()
}

/// The section of a report in Markdown; nothing if no unit has a ceiling.
pub fn markdown(run: &Run, ceilings: &[Ceiling]) -> String {
    let paired = paired(run, ceilings);
    let about: Vec<&Ceiling> = paired.iter().filter_map(|(_, ceiling)| *ceiling).collect();
    if about.is_empty() {
        return String::new();
    }
    let mut table = Table::new(&["problem", "mode", "reached", "best known", "note"]);
    for (result, ceiling) in &paired {
        let reached = match result.speedup.filter(|_| result.wins) {
            Some(speedup) => speedup.to_string(),
            None => "original stays".to_owned(),
        };
        let best = ceiling.and_then(|c| c.speedup);
        let note = ceiling.and_then(|c| c.missing.as_deref().or(c.note.as_deref()));
        table.push(vec![
            result.problem.clone(),
            result.mode.to_string(),
            reached,
            best.map_or("not measured".to_owned(), |s| s.to_string()),
            note.unwrap_or("").to_owned(),
        ]);
    }
    let mut text = format!("\n## Ceiling\n\n{}", table.markdown());
    for (category, ceiling) in categories(&paired) {
        text.push_str(&format!(
            "\n- {}: the best known code reaches {}× in the geometric mean.",
            escaped(&category),
            ratio(ceiling)
        ));
    }
    let elsewhere = about.iter().any(|c| c.cpu != run.machine.cpu);
    text.push_str(
        "\n\nBest known: the fastest code that ships with the problem, as `lessonl problems --headroom` measured it. It is no bound: faster code may exist.",
    );
    if elsewhere {
        text.push_str(" Some of it was measured on another processor than this run.");
    }
    text.push('\n');
    text
}

/// The geometric mean of the ceilings by category, of those categories where every unit has one.
fn categories(paired: &[(UnitResult, Option<&Ceiling>)]) -> Vec<(String, f64)> {
    let results: Vec<UnitResult> = paired.iter().map(|(result, _)| result.clone()).collect();
    by_category(&results)
        .into_iter()
        .filter_map(|(category, _)| {
            let mine: Option<Vec<&Ceiling>> = paired
                .iter()
                .filter(|(result, _)| result.category == category)
                .map(|(_, ceiling)| *ceiling)
                .collect();
            Some((category.to_string(), mean(mine?)?))
        })
        .collect()
}

/// The same for programs: one object per unit that has a ceiling.
pub fn json(run: &Run, ceilings: &[Ceiling]) -> Value {
    paired(run, ceilings)
        .into_iter()
        .filter_map(|(_, ceiling)| Some(json!(ceiling?)))
        .collect()
}

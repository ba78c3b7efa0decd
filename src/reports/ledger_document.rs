//! The ledger and the diversity of a run as parts of its report: Markdown and JSON. Pure.

use serde_json::{Value, json};

use super::comparison_document::worths;
use super::diversity::{Diversity, diversity};
use super::ledger::{Account, Place, accounts, observations, pool};
use super::table::{Table, escaped, one_line};
use crate::domain::measurement::ratio;
use crate::domain::run::{Run, Unit};

/// Lessons by name in a line of prompts, at most.
const PROMPTS: usize = 12;
/// Families in a table, at most.
const FAMILIES: usize = 8;

/// What came of the prompts that a lesson was selected for: `r1a0 2.31, r1a1 –, (r1a2 1.05)`; those in brackets were
/// without it, a dash is a candidate that was not correct.
fn prompts(account: &Account) -> String {
    let mut words: Vec<String> = account
        .entries
        .iter()
        .take(PROMPTS)
        .map(|entry| {
            let score = match entry.score {
                Some(score) if score > 0.0 => ratio(score),
                _ => "–".to_owned(),
            };
            let text = format!("{}{} {score}", entry.round, entry.agent);
            match entry.place {
                Place::In => text,
                Place::HeldOut => format!("({text})"),
            }
        })
        .collect();
    if account.entries.len() > PROMPTS {
        words.push("…".to_owned());
    }
    match words.is_empty() {
        true => "none".to_owned(),
        false => words.join(", "),
    }
}

pub(super) fn ledger_table(accounts: &[Account]) -> Table {
    let mut table = Table::new(&["lesson", "from", "factor", "prompts", "worth"]);
    for account in accounts {
        let factor = account.factors.last().map(|(_, factor)| *factor);
        table.push(vec![
            account.lesson.to_string(),
            account.outcome.word().to_owned(),
            factor.map_or_else(|| "not tried".to_owned(), |factor| format!("{factor:.2}")),
            prompts(account),
            account.worth.words(),
        ]);
    }
    table
}

fn diversity_table(diversity: &Diversity) -> Table {
    let mut table = Table::new(&["round", "candidates", "different", "mean likeness"]);
    for round in &diversity.rounds {
        table.push(vec![
            round.round.0.to_string(),
            round.candidates.to_string(),
            round.distinct.to_string(),
            match round.likeness {
                Some(likeness) => format!("{:.0} %", likeness * 100.0),
                None => "–".to_owned(),
            },
        ]);
    }
    table
}

fn copies(diversity: &Diversity) -> String {
    let groups = diversity.copies.iter().map(|group| {
        let ids: Vec<String> = group.candidates.iter().map(|id| id.to_string()).collect();
        match group.original {
            true => format!("{} = the original", ids.join(" = ")),
            false => ids.join(" = "),
        }
    });
    let groups: Vec<String> = groups.collect();
    match groups.is_empty() {
        true => String::new(),
        false => format!(
            "\nThe same but for comments and layout: {}.\n",
            groups.join("; ")
        ),
    }
}

/// Ways of going about it with the best that came of each, and a warning where the team has settled on one.
fn families(diversity: &Diversity) -> String {
    let mut text = String::new();
    if diversity.families.len() > 1 {
        let mut table = Table::new(&["idea", "candidates", "best", "by"]);
        for family in diversity.families.iter().take(FAMILIES) {
            table.push(vec![
                match family.idea.as_str() {
                    "" => "–".to_owned(),
                    idea => one_line(idea),
                },
                family.members.len().to_string(),
                family
                    .best
                    .map_or_else(|| "nothing correct".to_owned(), |(_, s)| s.to_string()),
                family
                    .best
                    .map_or_else(String::new, |(id, _)| id.to_string()),
            ]);
        }
        text.push_str(&format!(
            "\nFamilies: candidates that share more than 60 % of their words with the first one, in the words of the best one's author.\n\n{}",
            table.markdown()
        ));
    }
    if let Some(converged) = &diversity.converged {
        text.push_str(&format!("\nWarning: {converged}.\n"));
    }
    text
}

fn heading(unit: &Unit) -> String {
    let problem = escaped(unit.spec.problem.as_str());
    format!("\n### {problem} ({})\n\n", unit.spec.mode)
}

/// The sections `Ledger` and `Diversity`; empty where there is nothing to tell.
pub fn markdown(run: &Run) -> String {
    let mut text = String::new();
    if run.units.iter().any(|unit| !unit.lessons.is_empty()) {
        text.push_str("\n## Ledger\n\nPrompts each lesson was selected for and the speedup that came of them; in brackets those it was held out of, – where nothing correct came. ");
        text.push_str("The factor is the paper's; the worth is how many times as fast candidates were with it as without it.");
        text.push_str(match run.spec.holdout > 0.0 {
            true => "\n",
            false => " Nothing was held out, so no worth is measured: `--holdout 0.25` does.\n",
        });
        for unit in run.units.iter().filter(|unit| !unit.lessons.is_empty()) {
            text.push_str(&heading(unit));
            text.push_str(&ledger_table(&accounts(run, unit)).markdown());
        }
        let pooled = pool(&observations(run));
        if !pooled.is_empty() {
            text.push_str(&format!(
                "\nAll lessons of a kind together:\n\n{}",
                worths(&pooled).markdown()
            ));
        }
    }
    if run.units.iter().any(|unit| !unit.candidates.is_empty()) {
        text.push_str("\n## Diversity\n\nHow alike a round's candidates are: the share of common words, mean over its pairs.\n");
        for unit in run.units.iter().filter(|unit| !unit.candidates.is_empty()) {
            let diversity = diversity(unit);
            text.push_str(&heading(unit));
            text.push_str(&diversity_table(&diversity).markdown());
            text.push_str(&copies(&diversity));
            text.push_str(&families(&diversity));
        }
    }
    text
}

/// The same as JSON.
pub fn json(run: &Run) -> Value {
    let units: Vec<Value> = run
        .units
        .iter()
        .map(|unit| {
            let diversity = diversity(unit);
            json!({
                "problem": unit.spec.problem,
                "mode": unit.spec.mode,
                "lessons": accounts(run, unit),
                "distinct_share": diversity.distinct_share(),
                "diversity": diversity,
            })
        })
        .collect();
    json!({
        "holdout": run.spec.holdout,
        "units": units,
        "pooled": pool(&observations(run)),
    })
}

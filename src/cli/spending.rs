//! What was spent and what is left, in plain words. Pure; an unknown price is never written as nothing.

use super::plain::{bounded, count, prefixed};
use crate::domain::ask::{AskNote, FoundBy, Wasted};
use crate::domain::id::{AskId, UnitId};
use crate::domain::meter::{Budget, BudgetLeft, Spent};
use crate::domain::run::Run;
use crate::domain::units::Usage;

/// A budget in words: `24 asks and 200k tokens per problem, $5.00 and 10m in all`.
pub(super) fn budget(budget: &Budget) -> String {
    let asks = budget.asks.map(|asks| count(asks as usize, "ask"));
    let tokens = budget.tokens.map(|tokens| format!("{tokens} tokens"));
    let cost = budget.cost.map(|cost| cost.to_string());
    let time = budget.time.map(|time| time.to_string());
    let joined = |parts: [Option<String>; 2], of: &str| {
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        (!parts.is_empty()).then(|| format!("{} {of}", parts.join(" and ")))
    };
    let parts = [
        joined([asks, tokens], "per problem"),
        joined([cost, time], "in all"),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// What the run has spent, and what is left of its budget; of asks and tokens for this unit.
pub(super) fn meter(run: &Run, unit: UnitId) -> String {
    let mut text = spent(&run.spent);
    let left = left(&run.left(unit));
    if !left.is_empty() {
        text.push_str(&format!("; left: {left}"));
    }
    text
}

/// What was spent: `12 asks, 34.5k tokens (8200 cached, 900 reasoning), $0.0123, 41.0 s`.
pub(super) fn spent(spent: &Spent) -> String {
    let mut parts = vec![
        count(spent.asks as usize, "ask"),
        format!("{} tokens{}", spent.tokens(), of_which(&spent.usage)),
        spent.money().to_string(),
    ];
    if spent.reused > 0 {
        parts.push(format!(
            "{} from a recording",
            count(spent.reused as usize, "answer")
        ));
    }
    if spent.wasted > 0 {
        let replies = if spent.wasted == 1 {
            "reply"
        } else {
            "replies"
        };
        parts.push(format!("{} {replies} in vain", spent.wasted));
    }
    parts.push(spent.time.to_string());
    parts.join(", ")
}

fn of_which(usage: &Usage) -> String {
    let about = usage.estimated.then(|| "partly estimated".to_owned());
    let part = |n: u64, what: &str| (n > 0).then(|| format!("{n} {what}"));
    let parts: Vec<String> = [
        part(usage.cached.0, "cached"),
        part(usage.reasoning.0, "reasoning"),
        about,
    ]
    .into_iter()
    .flatten()
    .collect();
    match parts.is_empty() {
        true => String::new(),
        false => format!(" ({})", parts.join(", ")),
    }
}

/// What is left, where anything is limited.
fn left(left: &BudgetLeft) -> String {
    let parts = [
        left.asks.map(|asks| count(asks as usize, "ask")),
        left.tokens.map(|tokens| format!("{tokens} tokens")),
        left.cost.map(|cost| cost.to_string()),
        left.time.map(|time| time.to_string()),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// The line of a note; every kind of note is told.
pub(super) fn noted(agent: &str, ask: AskId, note: &AskNote) -> Option<String> {
    let (prefix, text) = match note {
        AskNote::Spent { usage, on } => {
            let about = if usage.estimated { "about " } else { "" };
            let what = match on {
                Wasted::Failed => "a reply that failed",
                Wasted::Cancelled => "an ask that was cancelled",
            };
            let tokens = usage.input + usage.output;
            ("spent", format!("{about}{tokens} tokens on {what}"))
        }
        AskNote::Fallback {
            from, to, message, ..
        } => (
            "fallback",
            format!(
                "{} answers instead of {}: {}",
                bounded(to),
                bounded(from),
                bounded(message)
            ),
        ),
        AskNote::Trimmed { lessons, .. } => {
            let ids: Vec<String> = lessons.iter().map(ToString::to_string).collect();
            (
                "trimmed",
                format!(
                    "the prompt was too long for the model: without {}",
                    ids.join(" ")
                ),
            )
        }
        AskNote::Reused { from, by } => {
            let how = match by {
                FoundBy::Request => "the same request",
                FoundBy::Position => "another request in the same place",
            };
            ("reused", format!("answer from {}: {how}", bounded(from)))
        }
    };
    Some(prefixed(prefix, &format!("{ask} {agent} {text}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::units::{Cost, Nanos, Tokens};

    #[test]
    fn budgets_and_spending_are_told_in_words() {
        let all = Budget {
            time: Some(Nanos(600_000_000_000)),
            asks: Some(24),
            tokens: Some(Tokens(200_000)),
            cost: Cost::from_dollars(5.0),
        };
        assert_eq!(
            budget(&all),
            "24 asks and 200.0k tokens per problem, $5.00 and 600 s in all"
        );
        let one = Budget {
            cost: Cost::from_dollars(0.5),
            ..Budget::default()
        };
        assert_eq!(budget(&one), "$0.5000 in all");
        let paid = Spent {
            asks: 2,
            usage: Usage {
                input: Tokens(100),
                output: Tokens(20),
                cached: Tokens(60),
                reasoning: Tokens(5),
                estimated: true,
                cost: None,
            },
            unpriced: 1,
            ..Spent::default()
        };
        assert_eq!(
            spent(&paid),
            "2 asks, 120 tokens (60 cached, 5 reasoning, partly estimated), price unknown, 0 ns"
        );
    }
}

//! Whether the budget lets something be begun. Pure; the clock is the caller's, what was spent is the fold's.
//!
//! Time and money end the run, asks and tokens end their unit. Time stops everything new; the others stop only asks:
//! what was answered and paid for is still compiled, timed and learned from. An ask is begun while something is left, so
//! that the last answer may cross the line; while asks that are under way could take what is left, the next one waits
//! for them, so that it is one answer that crosses it and never a whole team's.

use std::time::Duration;

use crate::domain::meter::BudgetLeft;
use crate::domain::run::Run;
use crate::domain::units::{Cost, Tokens};

/// How much time is left; `None`: no limit. Time between facts counts, time between a run's end (or its being cut off)
/// and its resuming does not.
pub fn remaining(run: &Run) -> Option<Duration> {
    let left = run.budget.time?.0.saturating_sub(run.spent.time.0);
    Some(Duration::from_nanos(left))
}

/// What an ask under way may take at most, by our own estimate of its prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reserve {
    /// Tokens, read and written.
    pub tokens: Tokens,
    /// Money, where the price is known.
    pub cost: Cost,
}

impl std::ops::AddAssign for Reserve {
    fn add_assign(&mut self, other: Self) {
        self.tokens += other.tokens;
        self.cost += other.cost;
    }
}

/// Whether another ask may be begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Room {
    /// It may.
    Enough,
    /// What is under way may use up the rest: it has to wait.
    PerhapsNone,
    /// The unit's tokens are spent.
    NoTokens,
    /// The run's money is spent.
    NoMoney,
}

/// Whether there is room for another ask while `under_way` is being answered.
pub fn room(left: BudgetLeft, under_way: Reserve) -> Room {
    if left.cost == Some(Cost(0)) {
        return Room::NoMoney;
    }
    if left.tokens == Some(Tokens(0)) {
        return Room::NoTokens;
    }
    let short = left.cost.is_some_and(|left| left <= under_way.cost)
        || left.tokens.is_some_and(|left| left <= under_way.tokens);
    if short {
        Room::PerhapsNone
    } else {
        Room::Enough
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_ask_waits_while_what_is_under_way_may_take_the_rest() {
        let left = |tokens, cost| BudgetLeft {
            tokens,
            cost,
            ..BudgetLeft::default()
        };
        let under_way = Reserve {
            tokens: Tokens(500),
            cost: Cost(50),
        };
        let nothing = Reserve::default();
        let cases = [
            (left(None, None), under_way, Room::Enough),
            (left(Some(Tokens(501)), None), under_way, Room::Enough),
            (left(Some(Tokens(500)), None), under_way, Room::PerhapsNone),
            (left(Some(Tokens(1)), None), nothing, Room::Enough),
            (left(Some(Tokens(0)), None), nothing, Room::NoTokens),
            (left(None, Some(Cost(51))), under_way, Room::Enough),
            (left(None, Some(Cost(50))), under_way, Room::PerhapsNone),
            (left(Some(Tokens(0)), Some(Cost(0))), nothing, Room::NoMoney),
        ];
        for (left, under_way, expected) in cases {
            assert_eq!(room(left, under_way), expected, "{left:?}");
        }
    }
}

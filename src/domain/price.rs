//! What a model's tokens cost. Never guesses: a model that no table names has no price, which is not a price of nothing.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::units::{Cost, Tokens, Usage};

/// Prices by model, as the model is named in an agent's specification.
pub type Prices = BTreeMap<String, Price>;

/// US dollars per million tokens.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Price {
    /// Of a prompt.
    pub input: f64,
    /// Of the part of a prompt that the server read from its cache; `None`: as any other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cached: Option<f64>,
    /// Of an answer.
    pub output: f64,
    /// Of the part of an answer that was reasoning; `None`: as any other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reasoning: Option<f64>,
}

impl Price {
    /// What these tokens cost.
    pub fn of(&self, usage: &Usage) -> Cost {
        let cached = usage.cached.min(usage.input);
        let reasoning = usage.reasoning.min(usage.output);
        let parts = [
            (usage.input.0 - cached.0, self.input),
            (cached.0, self.cached.unwrap_or(self.input)),
            (usage.output.0 - reasoning.0, self.output),
            (reasoning.0, self.reasoning.unwrap_or(self.output)),
        ];
        let mut cost = Cost(0);
        for (tokens, dollars) in parts {
            cost += Cost(tokens.saturating_mul(each(dollars)));
        }
        cost
    }

    /// The most that an ask with such a prompt and such a limit on its answer can cost.
    pub fn at_most(&self, input: Tokens, output: Tokens) -> Cost {
        let usage = Usage {
            input,
            output,
            ..Usage::default()
        };
        let reasoned = Usage {
            reasoning: output,
            ..usage
        };
        self.of(&usage).max(self.of(&reasoned))
    }
}

/// Trillionths of a dollar for one token at so many dollars per million.
fn each(dollars: f64) -> u64 {
    (dollars * 1e6).round() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_token_has_its_own_price() {
        let usage = Usage {
            input: Tokens(1_000_000),
            output: Tokens(500_000),
            cached: Tokens(400_000),
            reasoning: Tokens(100_000),
            estimated: false,
            cost: None,
        };
        let plain = Price {
            input: 0.15,
            cached: None,
            output: 0.6,
            reasoning: None,
        };
        assert_eq!(Some(plain.of(&usage)), Cost::from_dollars(0.15 + 0.3));
        let own = Price {
            cached: Some(0.075),
            reasoning: Some(1.0),
            ..plain
        };
        let expected = Cost::from_dollars(0.6 * 0.15 + 0.4 * 0.075 + 0.4 * 0.6 + 0.1);
        assert_eq!(Some(own.of(&usage)), expected);
        let most = own.at_most(Tokens(0), Tokens(1_000_000));
        assert_eq!(Some(most), Cost::from_dollars(1.0));
    }

    #[test]
    fn more_cached_tokens_than_there_are_cost_no_more_than_there_are() {
        let price = Price {
            input: 1.0,
            cached: Some(0.5),
            output: 0.0,
            reasoning: None,
        };
        let usage = Usage {
            input: Tokens(10),
            cached: Tokens(99),
            ..Usage::default()
        };
        assert_eq!(price.of(&usage), Cost(10 * 500_000));
    }
}

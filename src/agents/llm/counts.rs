//! What a server says that an answer took: tokens and money, under any of the names in use. Pure. A figure that cannot be
//! is no figure.

use serde_json::Value;

use crate::domain::units::{Cost, Tokens, Usage};

/// More tokens than any model reads or writes at a time.
const ABSURD: u64 = 100_000_000;

/// Usage under either set of names; an empty object, one of zeros and one of impossible figures say nothing.
pub(super) fn usage(value: &Value) -> Option<Usage> {
    let count = |names: &[&str]| {
        names
            .iter()
            .find_map(|name| value.pointer(name).and_then(Value::as_u64))
            .unwrap_or(0)
    };
    let input = count(&["/prompt_tokens", "/input_tokens"]);
    let written = count(&["/completion_tokens", "/output_tokens"]);
    let total = count(&["/total_tokens"]);
    let reasoning = count(&[
        "/completion_tokens_details/reasoning_tokens",
        "/output_tokens_details/reasoning_tokens",
        "/reasoning_tokens",
    ]);
    if [input, written, total, reasoning]
        .iter()
        .any(|n| *n > ABSURD)
    {
        return None;
    }
    // some providers count reasoning beside what was written; it is billed like it
    let output = match total.checked_sub(input) {
        Some(rest) if rest > written => rest,
        _ if reasoning > written => written + reasoning,
        _ => written,
    };
    let cost = [&value["cost"], &value["total_cost"]]
        .into_iter()
        .find_map(Value::as_f64)
        .and_then(Cost::from_dollars);
    let usage = Usage {
        input: Tokens(input),
        output: Tokens(output),
        cached: Tokens(count(&[
            "/prompt_tokens_details/cached_tokens",
            "/input_tokens_details/cached_tokens",
            "/prompt_cache_hit_tokens",
        ])),
        reasoning: Tokens(reasoning.min(output)),
        estimated: false,
        cost,
    };
    (usage.input.0 > 0 || usage.output.0 > 0).then_some(usage)
}

/// llama-server counts in its last chunk even where usage was not asked for.
pub(super) fn timings(value: &Value) -> Option<Usage> {
    let count = |name: &str| value[name].as_u64().filter(|n| *n <= ABSURD);
    let (evaluated, output) = (count("prompt_n")?, count("predicted_n")?);
    let cached = count("cache_n").unwrap_or(0);
    Some(Usage {
        input: Tokens(evaluated + cached),
        output: Tokens(output),
        cached: Tokens(cached),
        ..Usage::default()
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn reasoning_beside_what_was_written_is_part_of_the_output() {
        let details = |n: u64| json!({"reasoning_tokens": n});
        let cases = [
            (
                json!({"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 11100, "completion_tokens_details": details(10000)}),
                10_100,
                10_000,
            ),
            (
                json!({"prompt_tokens": 1000, "completion_tokens": 100, "completion_tokens_details": details(10000)}),
                10_100,
                10_000,
            ),
            (
                json!({"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1500}),
                500,
                0,
            ),
            (
                json!({"prompt_tokens": 1000, "completion_tokens": 800, "total_tokens": 1800, "completion_tokens_details": details(600)}),
                800,
                600,
            ),
            (
                json!({"prompt_tokens": 1000, "completion_tokens": 800, "total_tokens": 5}),
                800,
                0,
            ),
        ];
        for (value, output, reasoning) in cases {
            let usage = usage(&value).unwrap();
            assert_eq!(
                (usage.output, usage.reasoning),
                (Tokens(output), Tokens(reasoning)),
                "{value}"
            );
        }
    }

    #[test]
    fn impossible_figures_are_none() {
        for absurd in [u64::MAX, 1 << 40] {
            assert_eq!(
                usage(&json!({"prompt_tokens": 7, "completion_tokens": absurd})),
                None
            );
        }
        assert_eq!(
            usage(&json!({"prompt_tokens": 0, "completion_tokens": 0})),
            None
        );
    }

    #[test]
    fn the_servers_own_bill_is_taken() {
        let cost = |cost: Value| {
            let value = json!({"prompt_tokens": 7, "completion_tokens": 3, "cost": cost});
            usage(&value).unwrap().cost
        };
        assert_eq!(cost(json!(0.25)), Cost::from_dollars(0.25));
        assert_eq!(cost(json!(0)), Some(Cost(0)));
        for none in [json!(null), json!(-1), json!("much"), json!(1e12)] {
            assert_eq!(cost(none), None);
        }
    }
}

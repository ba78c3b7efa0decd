//! What an answer took, and whether its prompt was read whole, by the server's count and by our own. Pure. A count that
//! cannot be is not taken, and an estimate is always marked as one.

use super::llm::Reply;
use super::reading::Reading;
use crate::domain::units::{Tokens, Usage};

/// Tokens that a server may read beyond the bytes of a prompt: its template, its tools.
const BESIDE: u64 = 100_000;
/// More tokens than any model writes in one answer.
const MOST: u64 = 10_000_000;
/// Shorter prompts are not worth a word about being cut.
const SHORT: u64 = 128;

/// What a reply took.
pub(super) fn of_reply(prompt: &str, reply: &Reply, reading: &Reading) -> Usage {
    let reasoning = Tokens((reply.reasoning + reading.reasoning).div_ceil(4) as u64);
    let estimate = Usage {
        input: Tokens::estimate(prompt),
        output: Tokens::estimate(&reading.text) + reasoning,
        reasoning,
        estimated: true,
        ..Usage::default()
    };
    let absurd =
        |usage: &Usage| usage.input.0 > prompt.len() as u64 + BESIDE || usage.output.0 > MOST;
    match reply.usage.filter(|usage| !absurd(usage)) {
        Some(usage) if usage.estimated => usage.at_least(estimate),
        Some(usage) if usage.output == Tokens(0) && estimate.output > Tokens(0) => {
            usage.at_least(estimate)
        }
        // The server's count of reasoning is better than ours, but not every server has one.
        Some(usage) if usage.reasoning > Tokens(0) => usage,
        Some(usage) => Usage {
            reasoning: reasoning.min(usage.output),
            ..usage
        },
        None => estimate,
    }
}

/// Whether the server counted so few tokens that it cannot have read the whole prompt: fewer than the prompt has words, or
/// less than half of what is usual for so much text.
pub(super) fn is_cut(prompt: &str, usage: &Usage) -> bool {
    let read = usage.input + usage.cached;
    if usage.estimated || usage.input == Tokens(0) {
        return false;
    }
    let words = prompt
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .count() as u64;
    // indentation is a token or two, however deep
    let mut blank = false;
    let bytes = prompt.bytes().filter(|b| {
        let was = std::mem::replace(&mut blank, b.is_ascii_whitespace());
        !(was && blank)
    });
    let usual = bytes.count() as u64 / 4;
    usual >= SHORT && (read.0 * 10 < words * 9 || read.0 * 2 < usual)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(input: u64) -> Usage {
        Usage {
            input: Tokens(input),
            ..Usage::default()
        }
    }

    #[test]
    fn a_prompt_of_which_too_little_was_counted_was_cut() {
        let words = "Make this function faster, keep its meaning: ".repeat(40);
        let indented = format!("{words}{}", " ".repeat(20_000));
        for prompt in [&words, &indented] {
            for (input, cut) in [
                (64, true),
                (250, true),
                (300, false),
                (2_000, false),
                (0, false),
            ] {
                assert_eq!(is_cut(prompt, &read(input)), cut, "{input}");
            }
        }
        assert!(!is_cut("twice two words", &read(1)));
        let cached = Usage {
            cached: Tokens(300),
            ..read(9)
        };
        assert!(!is_cut(&words, &cached));
    }
}

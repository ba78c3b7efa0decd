//! The limits that a server names when it refuses a request: how long an answer may be, and what a prompt and its answer
//! may have together. Pure; never guesses a number that is not in the server's words.

use std::sync::LazyLock;

use regex::Regex;

/// A limit that was named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Limit {
    /// Most tokens of an answer.
    Answer(u32),
    /// Tokens that a prompt and its answer may have together, and those of the prompt where they were counted.
    Context {
        /// Together.
        context: u32,
        /// The prompt's.
        prompt: Option<u32>,
    },
}

/// A number as servers write it.
const NUMBER: &str = r"(\d[\d,_]*)";

fn patterns(parts: &[&str]) -> Vec<Regex> {
    let number = |part: &&str| Regex::new(&part.replace('#', NUMBER)).ok();
    parts.iter().filter_map(number).collect()
}

static CONTEXT: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    patterns(&[
        r"# \+ \d+ > (?P<c>\d+)",
        r"context[ _](?:length|window|size|limit)[^0-9.;]{0,60}#",
        r"n_ctx[^0-9]{1,8}#",
        r"inputs?`? tokens \+ .{0,40}must be <= #",
        r"(?:over|exceeds?|than) (?:the |its |our )?(?:limit of |maximum of )?# (?:tokens )?(?:of|in) (?:the |its )?context",
    ])
});

static PROMPT: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    patterns(&[
        r"# (?:tokens )?(?:in|from|of|for) (?:the |your )?(?:messages|prompt|input|text input)",
        r"# (?:`?inputs?`?|prompt|text input) tokens",
        r"# of text input",
        r"(?:input|prompt)(?: length)? (?:of|is|has|contains) # tokens",
        r"# \+ \d+ > \d+",
    ])
});

static REQUESTED: LazyLock<Vec<Regex>> =
    LazyLock::new(|| patterns(&[r"requested (?:about )?# tokens", r"total of # tokens"]));

static ANSWER: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    patterns(&[
        r"(?:at most|up to|no more than|less than or equal to|not exceed|cannot exceed|<=|at maximum) `?#",
        r"maximum (?:value |number |allowed )?(?:of |is |for [^0-9]{0,40} is |: ?)`?#",
        r"(?:limit|max) (?:of|is|:) `?#",
        r"\[\s*\d+\s*,\s*#\s*\]",
        r"between \d+ and #",
    ])
});

/// The limit that a refusal names, `sent` being the most tokens that were asked for.
pub(super) fn named(said: &str, sent: u32) -> Option<Limit> {
    let said = said.to_lowercase();
    let context = first(&CONTEXT, &said);
    if let Some(context) = context.filter(|context| *context >= 64) {
        let asked = || first(&REQUESTED, &said)?.checked_sub(sent);
        let prompt = first(&PROMPT, &said).or_else(asked);
        return Some(Limit::Context { context, prompt });
    }
    let of_answers = [
        "max_tokens",
        "max_completion_tokens",
        "max_new_tokens",
        "maxoutputtokens",
        "completion tokens",
        "output tokens",
    ];
    if !of_answers.iter().any(|words| said.contains(words)) {
        return None;
    }
    let most = ANSWER.iter().filter_map(|pattern| number(pattern, &said));
    most.filter(|n| (16..sent).contains(n))
        .max()
        .map(Limit::Answer)
}

fn first(patterns: &[Regex], text: &str) -> Option<u32> {
    patterns.iter().find_map(|pattern| number(pattern, text))
}

fn number(pattern: &Regex, text: &str) -> Option<u32> {
    let found = pattern.captures(text)?;
    let digits = found.name("c").or_else(|| found.get(1))?.as_str();
    digits.replace([',', '_'], "").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_read_in_the_words_of_many_servers() {
        let context = |context, prompt| Some(Limit::Context { context, prompt });
        let cases = [
            (
                "This model's maximum context length is 4096 tokens. However, you requested 4996 tokens (900 in the messages, 4096 in the completion). Please reduce the length.",
                context(4096, Some(900)),
            ),
            (
                "'max_tokens' or 'max_completion_tokens' is too large: 4096. This model's maximum context length is 4096 tokens and your request has 900 input tokens (4096 > 4096 - 900).",
                context(4096, Some(900)),
            ),
            (
                "This endpoint's maximum context length is 8,192 tokens. However, you requested about 9000 tokens (4904 of text input, 4096 in the output).",
                context(8192, Some(4904)),
            ),
            (
                "`inputs` tokens + `max_new_tokens` must be <= 4096. Given: 900 `inputs` tokens and 4096 `max_new_tokens`",
                context(4096, Some(900)),
            ),
            (
                "input length and `max_tokens` exceed context limit: 900 + 4096 > 4096, decrease input length or `max_tokens` and try again",
                context(4096, Some(900)),
            ),
            (
                "maximum context length is 4096 tokens, you requested 4996 tokens",
                context(4096, Some(900)),
            ),
            (
                "the request exceeds the available context size (16384 tokens), try increasing it",
                context(16384, None),
            ),
            (
                "max_tokens is too large: 4096. This model supports at most 2048 completion tokens, whereas you provided 4096.",
                Some(Limit::Answer(2048)),
            ),
            (
                "Range of max_tokens should be [1, 2000]",
                Some(Limit::Answer(2000)),
            ),
            (
                "`max_tokens` must be less than or equal to `1024`",
                Some(Limit::Answer(1024)),
            ),
            ("max_tokens: 4096 > 4096", None),
            ("Unsupported parameter: 'max_tokens'", None),
            ("the temperature must be at most 2", None),
        ];
        for (said, expected) in cases {
            assert_eq!(named(said, 4096), expected, "{said}");
        }
    }
}

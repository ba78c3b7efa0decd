//! A server's status and words → the kind of failure, and whether asking again can help. Pure; words are looked at in lower
//! case. Never words a hint.

use std::time::Duration;

use crate::domain::ask::AskFailureKind;
use crate::text::{head, one_line};

/// Whether asking again can help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Retry {
    /// It cannot.
    Never,
    /// It can, after this time if the server named one.
    After(Option<Duration>),
}

/// The title of a web page, or its beginning; `None` for what is no page.
pub(super) fn page_title(body: &str) -> Option<String> {
    let beginning = head(body.trim_start(), 2048).to_lowercase();
    if !beginning.starts_with("<!doctype") && !beginning.starts_with("<html") {
        return None;
    }
    let lower = body.to_ascii_lowercase();
    let title = lower.find("<title").and_then(|at| {
        let from = at + lower[at..].find('>')? + 1;
        let to = from + lower[from..].find("</title")?;
        body.get(from..to)
    });
    Some(
        match title.map(str::trim).filter(|title| !title.is_empty()) {
            Some(title) => one_line(title, 200),
            None => one_line(body, 200),
        },
    )
}

/// Whether a connection failed because of a certificate.
pub(super) fn is_about_certificates(cause: &str) -> bool {
    let cause = cause.to_lowercase();
    [
        "certificate",
        "unknownissuer",
        "caused as end entity",
        "causedasendentity",
    ]
    .iter()
    .any(|words| cause.contains(words))
}

/// Whether a server says that the prompt does not fit: the usual phrases, or tokens that are more than something.
fn overflows(said: &str) -> bool {
    let says = |words: &[&str]| words.iter().any(|word| said.contains(word));
    let phrase = says(&[
        "context_length_exceeded",
        "exceed_context_size",
        "maximum context length",
        "context length",
        "context window",
        "context size",
        "context limit",
        "prompt is too long",
        "prompt too long",
        "input is too long",
        "too many tokens",
        "too many input tokens",
        "request is too large",
        "reduce the length",
        "shorten the prompt",
    ]);
    phrase
        || says(&["token"])
            && says(&["prompt", "input", "message", "request"])
            && says(&[
                "exceed",
                "over the",
                "above the",
                "longer than",
                "larger than",
                "greater than",
                "more than",
                "too long",
                "too large",
                "at most",
                "maximum",
                "limit",
            ])
            && !says(&["rate limit", "rate_limit", "per minute", "per day", "quota"])
}

/// What kind of failure a status and a server's words make, and whether asking again can help.
pub(super) fn classify(status: Option<u16>, said: &str) -> (AskFailureKind, Retry) {
    use AskFailureKind as K;
    let says = |words: &[&str]| words.iter().any(|word| said.contains(word));
    let model = says(&["model"])
        && says(&[
            "not found",
            "does not exist",
            "not exist",
            "no such model",
            "not a valid model",
            "invalid model",
            "model_not_found",
            "unknown model",
            "no models loaded",
        ]);
    let again = Retry::After(None);
    let limited = says(&[
        "rate limit",
        "rate_limit",
        "too many requests",
        "resource_exhausted",
    ]);
    match status {
        Some(402) => (K::Quota, Retry::Never),
        Some(429) | None if says(&["insufficient_quota", "insufficient credits"]) => {
            (K::Quota, Retry::Never)
        }
        Some(401 | 403) => (K::Unauthorized, Retry::Never),
        // it would be as large the next time
        Some(429) if says(&["request too large", "request is too large"]) => {
            (K::ContextOverflow, Retry::Never)
        }
        Some(429) => (K::RateLimited, again),
        Some(408 | 409 | 425) => (K::Server, again),
        Some(413) => (K::ContextOverflow, Retry::Never),
        _ if overflows(said) => (K::ContextOverflow, Retry::Never),
        Some(300..500) | None if model => (K::NoSuchModel, Retry::Never),
        Some(500..) => (K::Server, again),
        Some(_) => (K::BadRequest, Retry::Never),
        None if limited => (K::RateLimited, again),
        // nothing of an answer came: perhaps the next time
        None => (K::Server, again),
    }
}

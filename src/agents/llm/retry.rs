//! When to ask again: the wait a server names in its headers or its words, else a growing one of our own. Pure but for the
//! jitter. Never asks again once anything of an answer has arrived: that is the caller's to see to.

use std::sync::LazyLock;
use std::time::Duration;

use regex::Regex;
use reqwest::header::HeaderMap;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;

/// How long we wait for a server, and how often we ask again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// For the connection.
    pub connect: Duration,
    /// For the first token, loading the model included.
    pub first_token: Duration,
    /// For the next byte once the answer has begun.
    pub idle: Duration,
    /// Attempts in all, where the server names no wait and is not just asked too often.
    pub attempts: u32,
    /// Wait before the second attempt; doubles with each further one.
    pub backoff: Duration,
    /// Longest wait before one question is given up, all its attempts together.
    pub longest_wait: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            first_token: Duration::from_secs(600),
            idle: Duration::from_secs(120),
            attempts: 5,
            backoff: Duration::from_millis(500),
            longest_wait: Duration::from_secs(120),
        }
    }
}

/// Longest wait of our own choosing between two attempts.
const LONGEST_STEP: Duration = Duration::from_secs(30);
/// Longest wait that a server can make us accept where nobody waits for servers.
const IMPATIENT: Duration = Duration::from_secs(10);

/// A question that is asked again and again.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Tries {
    /// Attempts so far.
    pub made: u32,
    /// Time waited between them.
    pub waited: Duration,
}

/// Why it is asked again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Why {
    /// The server asked for this wait.
    Asked(Duration),
    /// It is asked too often, and such limits count by the minute.
    TooOften,
    /// It failed.
    Failed,
}

impl RetryPolicy {
    /// For a run that waits so long for servers that are away.
    pub fn of_run(whole: Duration) -> Self {
        let usual = Self::default();
        Self {
            longest_wait: usual.longest_wait.min(whole.max(IMPATIENT)),
            ..usual
        }
    }

    /// For finding out whether a server is back.
    pub(crate) fn for_a_look(self) -> Self {
        Self {
            attempts: 1,
            longest_wait: Duration::ZERO,
            ..self
        }
    }

    /// The wait before the next attempt; `None` if it is not to be made.
    pub(super) fn wait(&self, tries: Tries, why: Why) -> Option<Duration> {
        let left = self.longest_wait.saturating_sub(tries.waited);
        let doubled = || {
            let doubled = self.backoff * 2_u32.saturating_pow(tries.made.saturating_sub(1)).min(64);
            // Agents of one team that failed together do not come back together.
            doubled
                .min(LONGEST_STEP)
                .mul_f64(0.75 + 0.5 * fastrand::f64())
        };
        match why {
            Why::Asked(wait) => (wait <= left).then_some(wait),
            Why::TooOften if tries.made >= self.attempts => {
                let wait = doubled();
                (self.attempts > 1 && wait <= left).then_some(wait)
            }
            Why::TooOften | Why::Failed => {
                (tries.made < self.attempts).then(|| doubled().min(self.longest_wait))
            }
        }
    }
}

/// The wait that a response's headers ask for.
pub(super) fn asked_wait(headers: &HeaderMap, now: OffsetDateTime) -> Option<Duration> {
    let text = |name: &str| headers.get(name)?.to_str().ok().map(str::trim);
    if let Some(millis) = text("retry-after-ms").and_then(|text| text.parse().ok()) {
        return seconds(millis, 1e-3);
    }
    if let Some(after) = text("retry-after") {
        if let Some(wait) = from_now(after, now).or_else(|| span(after)) {
            return Some(wait);
        }
        // HTTP dates are mail dates whose zone is written GMT.
        if let Ok(date) = OffsetDateTime::parse(&after.replace("GMT", "+0000"), &Rfc2822) {
            return Some(Duration::try_from(date - now).unwrap_or_default());
        }
    }
    let limits = ["x-ratelimit-reset-requests", "x-ratelimit-reset-tokens"];
    let longest = limits
        .iter()
        .filter_map(|name| text(name).and_then(span))
        .max();
    longest.or_else(|| {
        let reset = text("x-ratelimit-reset").or_else(|| text("ratelimit-reset"))?;
        from_now(reset, now).or_else(|| span(reset))
    })
}

/// A number of seconds, or a moment in seconds or milliseconds since 1970.
fn from_now(text: &str, now: OffsetDateTime) -> Option<Duration> {
    let value: f64 = text.parse().ok()?;
    let since = match value {
        long if long > 1e12 => value / 1e3,
        moment if moment > 1e9 => value,
        _ => return seconds(value, 1.0),
    };
    let now = now.unix_timestamp_nanos() as f64 / 1e9;
    seconds((since - now).max(0.0), 1.0)
}

static IN_WORDS: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    let span = r"((?:\d+(?:\.\d+)?\s*(?:milliseconds?|msecs?|ms|seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h)[ ,]*(?:and )?)+)";
    let end = r"(?:[^a-z]|$)";
    [
        format!(r"(?:try|retry|retrying|available|again|reset|resets|wait|waiting)[^0-9.;{{}}]{{0,40}}?{span}{end}"),
        format!(r"(?:after|in) {span}(?:before|,? (?:please )?(?:re)?try)"),
        r#""?retry_?(?:delay|after|in)(?:_seconds|_secs|seconds)?"?\s*[:=]\s*"?(\d+(?:\.\d+)?s?)\b"#.to_owned(),
    ]
    .iter()
    .filter_map(|pattern| Regex::new(pattern).ok())
    .collect()
});

/// The wait that a server's words ask for, as `Please try again in 20s` or `"retryDelay": "20s"`.
pub(super) fn wait_in(words: &str) -> Option<Duration> {
    let words = words.to_lowercase();
    let found = IN_WORDS.iter().filter_map(|pattern| {
        let text = pattern.captures(&words)?.get(1)?.as_str();
        span(text).or_else(|| seconds(text.parse().ok()?, 1.0))
    });
    found.max()
}

fn seconds(value: f64, unit: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(value * unit).ok()
}

/// A span as written by some servers: `6m0s`, `1.5s`, `20ms`, `1 minute and 30 seconds`.
fn span(text: &str) -> Option<Duration> {
    let mut total = Duration::ZERO;
    let plain = text.replace(" and ", " ").replace([' ', ','], "");
    let mut rest = plain.as_str();
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (value, tail) = rest.split_at(digits);
        let unit = tail
            .find(|c: char| c.is_ascii_digit())
            .unwrap_or(tail.len());
        let factor = match &tail[..unit] {
            "ms" | "msec" | "msecs" | "millisecond" | "milliseconds" => 1e-3,
            "s" | "sec" | "secs" | "second" | "seconds" => 1.0,
            "m" | "min" | "mins" | "minute" | "minutes" => 60.0,
            "h" | "hr" | "hrs" | "hour" | "hours" => 3600.0,
            _ => return None,
        };
        total = total.checked_add(seconds(value.parse().ok()?, factor)?)?;
        rest = &tail[unit..];
    }
    Some(total)
}

#[cfg(test)]
mod tests {
    use reqwest::header::{HeaderName, HeaderValue};
    use time::macros::datetime;

    use super::*;

    #[test]
    fn the_wait_is_read_in_every_form() {
        let now = datetime!(2026-11-21 00:00:00 UTC);
        let cases = [
            ("retry-after", "7", Some(7_000)),
            ("retry-after", "0.5", Some(500)),
            ("retry-after", "Sat, 21 Nov 2026 00:00:30 GMT", Some(30_000)),
            ("retry-after", "Fri, 20 Nov 2026 00:00:30 GMT", Some(0)),
            ("retry-after", "2s", Some(2_000)),
            ("retry-after", "1795219230", Some(30_000)),
            ("retry-after", "1795219230000", Some(30_000)),
            ("retry-after", "1795219000", Some(0)),
            ("x-ratelimit-reset", "1795219230", Some(30_000)),
            ("retry-after", "soon", None),
            ("retry-after", "-3", None),
            ("retry-after-ms", "20", Some(20)),
            ("x-ratelimit-reset-requests", "6m0s", Some(360_000)),
            ("x-ratelimit-reset-tokens", "20ms", Some(20)),
            ("x-ratelimit-reset-tokens", "é", None),
            ("x-other", "1", None),
        ];
        for (name, value, millis) in cases {
            let Ok(header) = HeaderValue::from_bytes(value.as_bytes()) else {
                panic!("{value}");
            };
            let headers = HeaderMap::from_iter([(HeaderName::from_static(name), header)]);
            assert_eq!(
                asked_wait(&headers, now),
                millis.map(Duration::from_millis),
                "{name}: {value}"
            );
        }
    }

    #[test]
    fn the_wait_is_read_out_of_a_servers_words() {
        let cases = [
            ("Rate limit reached. Please try again in 20s.", Some(20_000)),
            ("Please retry in 45.0s.", Some(45_000)),
            ("Please retry in 38.262536478s.", Some(38_262)),
            ("please try again in 1m30.5s", Some(90_500)),
            ("Please try again in 250ms. Visit https://h/90m", Some(250)),
            (
                "Please wait 30 seconds before the next request",
                Some(30_000),
            ),
            ("Try again after 2 minutes and 5 seconds", Some(125_000)),
            ("limit resets in 1 hour", Some(3_600_000)),
            (r#"{"@type":"RetryInfo","retryDelay":"31s"}"#, Some(31_000)),
            (r#"{"message":"slow","retry_after": 12}"#, Some(12_000)),
            ("You may ask 20 times in 60s", None),
            ("Loading model", None),
            ("retry with a smaller prompt", None),
        ];
        for (words, millis) in cases {
            let found = wait_in(words).map(|wait| wait.as_millis());
            assert_eq!(found, millis, "{words}");
        }
    }

    #[test]
    fn waits_grow_and_end_and_long_demands_are_not_met() {
        let patience = RetryPolicy::default();
        let tries = |made, waited| Tries {
            made,
            waited: Duration::from_secs(waited),
        };
        for (made, low, high) in [(1, 375, 625), (2, 750, 1250), (4, 3000, 5000)] {
            let wait = patience
                .wait(tries(made, 0), Why::Failed)
                .unwrap()
                .as_millis();
            assert!((low..=high).contains(&wait), "{made}: {wait}");
        }
        assert_eq!(patience.wait(tries(5, 7), Why::Failed), None);
        assert!(patience.wait(tries(5, 7), Why::TooOften).is_some());
        assert_eq!(patience.wait(tries(9, 119), Why::TooOften), None);
        let minute = Duration::from_secs(60);
        assert_eq!(patience.wait(tries(1, 0), Why::Asked(minute)), Some(minute));
        assert_eq!(
            patience.wait(tries(2, 60), Why::Asked(minute)),
            Some(minute)
        );
        assert_eq!(patience.wait(tries(3, 90), Why::Asked(minute)), None);
        let impatient = RetryPolicy::of_run(Duration::ZERO);
        assert_eq!(impatient.wait(tries(1, 0), Why::Asked(minute)), None);
        assert_eq!(patience.for_a_look().wait(tries(1, 0), Why::Failed), None);
        assert_eq!(patience.for_a_look().wait(tries(1, 0), Why::TooOften), None);
    }
}

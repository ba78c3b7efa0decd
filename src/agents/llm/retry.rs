//! When to ask again: the wait a server names in its headers, else a growing one of our own. Pure but for the jitter.
//! Never asks again once anything of an answer has arrived: that is the caller's to see to.

use std::time::Duration;

use reqwest::header::HeaderMap;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;

/// How long we wait for a server, and how often we ask again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// For the connection.
    pub connect: Duration,
    /// For the first token, loading the model included.
    pub first_token: Duration,
    /// For the next byte once the answer has begun.
    pub idle: Duration,
    /// Attempts in all.
    pub attempts: u32,
    /// Wait before the second attempt; doubles with each further one.
    pub backoff: Duration,
    /// Longest wait that a server can make us accept.
    pub longest_wait: Duration,
}

impl Default for Patience {
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

impl Patience {
    /// The wait before attempt number `attempt` (from 2); `None` if it is not to be made.
    pub(super) fn wait(&self, attempt: u32, asked: Option<Duration>) -> Option<Duration> {
        if attempt > self.attempts {
            return None;
        }
        match asked {
            Some(wait) => (wait <= self.longest_wait).then_some(wait),
            None => {
                let doubled =
                    self.backoff * 2_u32.saturating_pow(attempt.saturating_sub(2)).min(64);
                // Agents of one team that failed together do not come back together.
                Some(
                    doubled
                        .mul_f64(0.75 + 0.5 * fastrand::f64())
                        .min(self.longest_wait),
                )
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
        if let Ok(value) = after.parse() {
            return seconds(value, 1.0);
        }
        // HTTP dates are mail dates whose zone is written GMT.
        if let Ok(date) = OffsetDateTime::parse(&after.replace("GMT", "+0000"), &Rfc2822) {
            return Some(Duration::try_from(date - now).unwrap_or_default());
        }
    }
    ["x-ratelimit-reset-requests", "x-ratelimit-reset-tokens"]
        .iter()
        .filter_map(|name| text(name).and_then(span))
        .max()
}

fn seconds(value: f64, unit: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(value * unit).ok()
}

/// A span as written by some servers: `6m0s`, `1.5s`, `20ms`.
fn span(text: &str) -> Option<Duration> {
    let mut total = Duration::ZERO;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (value, tail) = rest.split_at(digits);
        let unit = tail
            .find(|c: char| c.is_ascii_digit())
            .unwrap_or(tail.len());
        let factor = match &tail[..unit] {
            "ms" => 1e-3,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
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
    fn waits_grow_and_end_and_long_demands_are_not_met() {
        let patience = Patience::default();
        for (attempt, low, high) in [(2, 375, 625), (3, 750, 1250), (5, 3000, 5000)] {
            let wait = patience.wait(attempt, None).unwrap().as_millis();
            assert!((low..=high).contains(&wait), "{attempt}: {wait}");
        }
        assert_eq!(patience.wait(6, None), None);
        let minute = Duration::from_secs(60);
        assert_eq!(patience.wait(2, Some(minute)), Some(minute));
        assert_eq!(patience.wait(2, Some(minute * 60)), None);
    }
}

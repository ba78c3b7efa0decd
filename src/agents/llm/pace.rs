//! How fast a server may be asked: requests and tokens per minute, over a sliding minute. Pure: the caller says when it
//! is, and waits. Never drops a request; one that is larger than a whole minute's tokens goes alone.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

use crate::Among;
use crate::domain::spec::ServerLimits;

/// What the limits are counted over.
const MINUTE: Duration = Duration::from_secs(60);

/// A server's limits and what was begun within the last minute.
#[derive(Debug, Default)]
pub(super) struct Pace {
    requests: Option<u32>,
    tokens: Option<u32>,
    /// Who keeps to them besides.
    among: Among,
    /// When, under which number, with how many tokens.
    begun: VecDeque<(Instant, u64, u64)>,
    next: u64,
}

impl Pace {
    /// Without limits yet; those to come hold for so many together.
    pub(crate) fn among(among: Among) -> Self {
        Self {
            among,
            ..Self::default()
        }
    }

    /// Where several agents name limits for one server, the stricter ones hold.
    pub(crate) fn tighten(&mut self, limits: &ServerLimits) {
        let stricter = |own: Option<u32>, other: Option<u32>| match (own, other) {
            (Some(own), Some(other)) => Some(own.min(other)),
            (own, other) => own.or(other),
        };
        self.requests = stricter(self.requests, limits.requests_per_minute);
        self.tokens = stricter(self.tokens, limits.tokens_per_minute);
    }

    /// Begins a request that may take so many tokens: its number, or how long to wait before asking again.
    pub(crate) fn begin(&mut self, now: Instant, tokens: u64) -> Result<u64, Duration> {
        while self
            .begun
            .front()
            .is_some_and(|(at, ..)| now >= *at + MINUTE)
        {
            self.begun.pop_front();
        }
        let over = |requests: usize, sum: u64| {
            self.requests
                .is_some_and(|limit| requests >= self.among.part(limit) as usize)
                || self.tokens.is_some_and(|limit| {
                    requests > 0 && sum + tokens > u64::from(self.among.part(limit))
                })
        };
        let mut requests = self.begun.len();
        let mut sum: u64 = self.begun.iter().map(|(_, _, tokens)| tokens).sum();
        let mut wait = Duration::ZERO;
        for (at, _, tokens) in &self.begun {
            if !over(requests, sum) {
                break;
            }
            wait = (*at + MINUTE).saturating_duration_since(now);
            requests -= 1;
            sum -= tokens;
        }
        if wait > Duration::ZERO {
            return Err(wait);
        }
        let number = self.next;
        self.next += 1;
        self.begun.push_back((now, number, tokens));
        Ok(number)
    }

    /// What a request really took.
    pub(crate) fn took(&mut self, number: u64, tokens: u64) {
        if let Some(entry) = self.begun.iter_mut().find(|(_, of, _)| *of == number) {
            entry.2 = tokens;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pace(requests: Option<u32>, tokens: Option<u32>) -> Pace {
        let mut pace = Pace::default();
        pace.tighten(&ServerLimits {
            requests_per_minute: requests,
            tokens_per_minute: tokens,
            ..ServerLimits::default()
        });
        pace
    }

    fn seconds(n: u64) -> Duration {
        Duration::from_secs(n)
    }

    #[test]
    fn no_minute_holds_more_requests_than_allowed() {
        let start = Instant::now();
        let mut pace = pace(Some(2), None);
        assert_eq!(pace.begin(start, 1), Ok(0));
        assert_eq!(pace.begin(start + seconds(10), 1), Ok(1));
        assert_eq!(pace.begin(start + seconds(20), 1), Err(seconds(40)));
        assert_eq!(pace.begin(start + seconds(60), 1), Ok(2));
        assert_eq!(pace.begin(start + seconds(61), 1), Err(seconds(9)));
    }

    #[test]
    fn tokens_are_reserved_and_then_counted_as_they_were() {
        let start = Instant::now();
        let mut pace = pace(None, Some(1_000));
        assert_eq!(pace.begin(start, 600), Ok(0));
        assert_eq!(pace.begin(start + seconds(1), 500), Err(seconds(59)));
        pace.took(0, 100);
        assert_eq!(pace.begin(start + seconds(1), 500), Ok(1));
        // two of them have to be over before there is room for this one
        assert_eq!(pace.begin(start + seconds(2), 1_000), Err(seconds(59)));
        assert_eq!(pace.begin(start + seconds(61), 5_000), Ok(2));
    }

    #[test]
    fn a_limit_is_divided_among_all_that_ask_as_many_as_they_are_now() {
        let among = Among::default();
        let mut pace = Pace::among(among.clone());
        pace.tighten(&ServerLimits {
            requests_per_minute: Some(6),
            tokens_per_minute: Some(1_000),
            ..ServerLimits::default()
        });
        let start = Instant::now();
        among.set(3);
        assert!(pace.begin(start, 100).is_ok() && pace.begin(start, 100).is_ok());
        assert_eq!(pace.begin(start, 100), Err(MINUTE));
        among.set(2);
        assert!(pace.begin(start, 100).is_ok());
        assert_eq!(pace.begin(start, 1), Err(MINUTE));
        // tokens, too: a third of a thousand
        among.set(3);
        let later = start + seconds(60);
        assert!(pace.begin(later, 300).is_ok());
        assert_eq!(pace.begin(later, 100), Err(MINUTE));
        // more teams than requests: one each
        among.set(100);
        assert!(pace.begin(start + seconds(120), 1).is_ok());
    }

    #[test]
    fn of_several_limits_the_stricter_one_holds() {
        let mut pace = pace(Some(5), None);
        pace.tighten(&ServerLimits {
            requests_per_minute: Some(1),
            tokens_per_minute: Some(10),
            ..ServerLimits::default()
        });
        let start = Instant::now();
        assert_eq!(pace.begin(start, 1), Ok(0));
        assert_eq!(pace.begin(start, 1), Err(MINUTE));
        assert!(Pace::default().begin(start, u64::MAX / 2).is_ok());
    }
}

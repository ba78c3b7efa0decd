//! Quantities with their unit in the type. Never holds a bare number whose unit lives in a comment.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign};

use serde::{Deserialize, Serialize};

/// A span of time in nanoseconds.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Nanos(pub u64);

impl Nanos {
    /// The longest span that [`Nanos::span`] reads, in seconds: a year.
    const LONGEST: u64 = 366 * 24 * 3600;

    /// Reads a span like `90s`, `10m` or `1h30m`; a bare number counts as seconds. `None`: it is none, or more than a year.
    pub fn span(text: &str) -> Option<Self> {
        let mut seconds = 0_u64;
        let mut number = String::new();
        let mut previous = u64::MAX;
        for c in text.chars() {
            if c.is_ascii_digit() {
                number.push(c);
                continue;
            }
            let unit = match c {
                'd' => 24 * 3600,
                'h' => 3600,
                'm' => 60,
                's' => 1,
                _ => return None,
            };
            if unit >= previous {
                return None;
            }
            previous = unit;
            let n: u64 = std::mem::take(&mut number).parse().ok()?;
            seconds = seconds.checked_add(n.checked_mul(unit)?)?;
        }
        if !number.is_empty() && previous != u64::MAX {
            return None;
        }
        if previous == u64::MAX {
            seconds = number.parse().ok()?;
        }
        (seconds <= Self::LONGEST).then_some(Self(seconds.saturating_mul(1_000_000_000)))
    }

    /// The span in milliseconds.
    pub fn millis(self) -> f64 {
        self.0 as f64 / 1e6
    }
}

impl From<std::time::Duration> for Nanos {
    fn from(duration: std::time::Duration) -> Self {
        Self(u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX))
    }
}

impl fmt::Display for Nanos {
    /// Three significant digits and a unit: `870 ns`, `12.4 µs`, `1.03 ms`, `2.50 s`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nanos = self.0 as f64;
        let (value, unit) = match self.0 {
            0..1_000 => return write!(f, "{} ns", self.0),
            1_000..1_000_000 => (nanos / 1e3, "µs"),
            1_000_000..1_000_000_000 => (nanos / 1e6, "ms"),
            _ => (nanos / 1e9, "s"),
        };
        let digits = if value >= 100.0 {
            0
        } else if value >= 10.0 {
            1
        } else {
            2
        };
        write!(f, "{value:.digits$} {unit}")
    }
}

/// A count of model tokens.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Tokens(pub u64);

impl Tokens {
    /// A rough count for a text whose tokenizer is unknown: a quarter of its bytes. Always labelled as an estimate.
    pub fn estimate(text: &str) -> Self {
        Self::of_bytes(text.len())
    }

    /// The same for a text of so many bytes.
    pub fn of_bytes(bytes: usize) -> Self {
        Self(bytes.div_ceil(4) as u64)
    }
}

impl Add for Tokens {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Tokens {
    fn add_assign(&mut self, other: Self) {
        self.0 = self.0.saturating_add(other.0);
    }
}

impl Sum for Tokens {
    fn sum<I: Iterator<Item = Self>>(items: I) -> Self {
        items.fold(Self(0), Add::add)
    }
}

impl fmt::Display for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            n @ 0..10_000 => write!(f, "{n}"),
            n @ 10_000..1_000_000 => write!(f, "{:.1}k", n as f64 / 1e3),
            n => write!(f, "{:.2}M", n as f64 / 1e6),
        }
    }
}

/// What the model server said an answer took. `estimated` marks our own guess where it said nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Usage {
    /// Tokens of the prompt.
    pub input: Tokens,
    /// Tokens of the answer, reasoning included.
    pub output: Tokens,
    /// Part of `input` that the server read from its cache.
    #[serde(default)]
    pub cached: Tokens,
    /// Part of `output` spent on reasoning.
    #[serde(default)]
    pub reasoning: Tokens,
    /// True where the server gave no figures and these are ours.
    #[serde(default)]
    pub estimated: bool,
    /// What the server says that it bills, where it does. It goes before any table of prices.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<Cost>,
}

impl Usage {
    /// The larger figure of each: for what is known to have taken no less than either says.
    pub fn at_least(self, other: Self) -> Self {
        Self {
            input: self.input.max(other.input),
            output: self.output.max(other.output),
            cached: self.cached.max(other.cached),
            reasoning: self.reasoning.max(other.reasoning),
            estimated: self.estimated || other.estimated,
            cost: self.cost.or(other.cost),
        }
    }
}

impl AddAssign for Usage {
    fn add_assign(&mut self, other: Self) {
        self.input += other.input;
        self.output += other.output;
        self.cached += other.cached;
        self.reasoning += other.reasoning;
        self.estimated |= other.estimated;
        if let Some(cost) = other.cost {
            *self.cost.get_or_insert_default() += cost;
        }
    }
}

/// Money in trillionths of a US dollar, so that prices per million tokens times counts of tokens add up exactly.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Cost(pub u64);

impl Cost {
    /// Trillionths in a dollar.
    const DOLLAR: f64 = 1e12;

    /// So many dollars; `None` if that is negative, no number, or more than a million.
    pub fn from_dollars(dollars: f64) -> Option<Self> {
        (0.0..=1e6)
            .contains(&dollars)
            .then(|| Self((dollars * Self::DOLLAR).round() as u64))
    }

    /// The amount in dollars.
    pub fn dollars(self) -> f64 {
        self.0 as f64 / Self::DOLLAR
    }

    /// What is left after taking `other` away, at least nothing.
    pub fn less(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl AddAssign for Cost {
    fn add_assign(&mut self, other: Self) {
        self.0 = self.0.saturating_add(other.0);
    }
}

impl fmt::Display for Cost {
    /// `$12.30` from a dollar on, `$0.0123` below, `<$0.0001` where that would look like nothing.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.dollars() {
            0.0 => f.write_str("$0"),
            small if small < 0.0001 => f.write_str("<$0.0001"),
            cents if cents < 1.0 => write!(f, "${cents:.4}"),
            dollars => write!(f, "${dollars:.2}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nanos_are_written_with_three_digits() {
        let cases = [
            (870, "870 ns"),
            (12_400, "12.4 µs"),
            (1_030_000, "1.03 ms"),
            (2_500_000_000, "2.50 s"),
        ];
        for (nanos, text) in cases {
            assert_eq!(Nanos(nanos).to_string(), text);
        }
    }

    #[test]
    fn sums_of_absurd_figures_never_wrap() {
        let most = Usage {
            input: Tokens(u64::MAX),
            output: Tokens(u64::MAX),
            cost: Some(Cost(u64::MAX)),
            ..Usage::default()
        };
        let mut sum = most;
        sum += most;
        assert_eq!(sum, most);
        assert_eq!(most.input + most.output, Tokens(u64::MAX));
    }

    #[test]
    fn money_is_exact_and_never_looks_like_nothing() {
        let shown = |dollars: f64| Cost::from_dollars(dollars).map(|cost| cost.to_string());
        let cases = [
            (0.0, "$0"),
            (0.000_01, "<$0.0001"),
            (0.0123, "$0.0123"),
            (12.3, "$12.30"),
        ];
        for (dollars, text) in cases {
            assert_eq!(shown(dollars).as_deref(), Some(text));
        }
        for none in [-1.0, f64::NAN, f64::INFINITY, 1e9] {
            assert_eq!(shown(none), None);
        }
    }
}

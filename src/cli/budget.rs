//! Budgets as typed: spans of time (`90s`, `10m`, `1h30m`), tokens (`200k`), dollars (`0.50`). Pure.

use crate::domain::units::{Cost, Nanos, Tokens};

/// Reads a span; a bare number counts as seconds.
///
/// # Errors
/// What is wrong with it.
pub(super) fn parse(text: &str) -> Result<Nanos, String> {
    Nanos::span(text)
        .filter(|span| *span > Nanos(0))
        .ok_or_else(|| format!("`{text}` is not a time like 90s, 10m or 1h30m"))
}

/// Reads a span that may be none at all.
///
/// # Errors
/// What is wrong with it.
pub(super) fn parse_or_none(text: &str) -> Result<Nanos, String> {
    Nanos::span(text).ok_or_else(|| format!("`{text}` is not a time like 0, 90s, 10m or 1h30m"))
}

/// Reads a count of tokens, with `k` for thousands and `M` for millions.
///
/// # Errors
/// What is wrong with it.
pub(super) fn tokens(text: &str) -> Result<Tokens, String> {
    let (number, unit) = match text.char_indices().next_back() {
        Some((at, 'k' | 'K')) => (&text[..at], 1e3),
        Some((at, 'm' | 'M')) => (&text[..at], 1e6),
        _ => (text, 1.0),
    };
    plain(number)
        .map(|number| (number * unit).round())
        .filter(|count| (1.0..1e15).contains(count))
        .map(|count| Tokens(count as u64))
        .ok_or_else(|| format!("`{text}` is not a count of tokens like 50000, 200k or 1.5M"))
}

/// Reads an amount of US dollars, with or without the sign.
///
/// # Errors
/// What is wrong with it.
pub(super) fn cost(text: &str) -> Result<Cost, String> {
    plain(text.strip_prefix('$').unwrap_or(text))
        .and_then(Cost::from_dollars)
        .filter(|cost| *cost > Cost(0))
        .ok_or_else(|| format!("`{text}` is not an amount of US dollars like 0.50 or 20"))
}

/// A number in digits with at most one point: neither `1e3` nor `inf`.
fn plain(text: &str) -> Option<f64> {
    let digits = |c: char| c.is_ascii_digit() || c == '.';
    let number = text.parse().ok();
    number.filter(|_| text.chars().all(digits))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_as_people_write_them() {
        let seconds = |text| parse(text).map(|n| n.0 / 1_000_000_000).ok();
        assert_eq!(seconds("90s"), Some(90));
        assert_eq!(seconds("10m"), Some(600));
        assert_eq!(seconds("1h30m"), Some(5400));
        assert_eq!(seconds("45"), Some(45));
        for bad in [
            "",
            "0s",
            "m",
            "10x",
            "1m1h",
            "1m30",
            "99999999999999999999s",
            "-5s",
            "1.5h",
        ] {
            assert_eq!(seconds(bad), None, "{bad}");
        }
    }

    #[test]
    fn tokens_and_dollars_are_read_as_people_write_them() {
        let read = |text| tokens(text).ok().map(|tokens| tokens.0);
        assert_eq!(read("50000"), Some(50_000));
        assert_eq!(read("200k"), Some(200_000));
        assert_eq!(read("1.5M"), Some(1_500_000));
        let paid = |text| cost(text).ok();
        assert_eq!(paid("0.50"), Cost::from_dollars(0.5));
        assert_eq!(paid("$20"), Cost::from_dollars(20.0));
        for bad in ["", "0", "k", "-1", "1e3", "inf", "nan", "1.2.3", "$", "5 k"] {
            assert_eq!((read(bad), paid(bad)), (None, None), "{bad}");
        }
    }
}

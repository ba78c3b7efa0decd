//! Spans of time as typed: `90s`, `10m`, `1h30m`. Pure.

use crate::domain::units::Nanos;

/// Longest budget, seconds: a year.
const LONGEST: u64 = 366 * 24 * 3600;

/// Reads a span; a bare number counts as seconds.
///
/// # Errors
/// What is wrong with it.
pub fn parse(text: &str) -> Result<Nanos, String> {
    let bad = || format!("`{text}` is not a time like 90s, 10m or 1h30m");
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
            _ => return Err(bad()),
        };
        if unit >= previous {
            return Err(bad());
        }
        previous = unit;
        let n: u64 = std::mem::take(&mut number).parse().map_err(|_| bad())?;
        seconds = n
            .checked_mul(unit)
            .and_then(|s| seconds.checked_add(s))
            .ok_or_else(bad)?;
    }
    if !number.is_empty() {
        if previous != u64::MAX {
            return Err(bad());
        }
        seconds = number.parse().map_err(|_| bad())?;
    }
    if (1..=LONGEST).contains(&seconds) {
        Ok(Nanos(seconds * 1_000_000_000))
    } else {
        Err(bad())
    }
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
}

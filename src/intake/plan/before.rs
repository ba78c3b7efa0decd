//! Elements before the one that a pointer leads to: a filter reads `x[i - 2]` from `i = 0` on. Pure.

use super::super::items::Function;
use super::super::types::Types;
use super::super::words::uncommented;
use super::{Fed, Role};

/// Most elements before a pointer that are believed in.
const MOST: u64 = 64;

/// How many elements before each buffer the function reads, by its subscripts.
pub(super) fn before(fed: &mut [Fed], types: &Types<'_>, function: &Function) {
    let body = uncommented(types.parsed.slice(&function.body));
    for f in fed.iter_mut() {
        let plain = matches!(&f.role, Role::Buffer { inner, .. } if inner.is_empty());
        if plain && f.fixed().is_none() {
            f.before = reach(&body, &f.name);
        }
    }
}

/// The largest number that is taken from a counter which begins below it.
fn reach(body: &str, name: &str) -> u64 {
    let mut most = 0;
    for (at, _) in body.match_indices(name) {
        let word = |c: char| c.is_alphanumeric() || c == '_';
        let joined = body.get(..at).unwrap_or("").ends_with(word);
        let rest = body.get(at + name.len()..).unwrap_or("").trim_start();
        let Some(inside) = rest.strip_prefix('[').filter(|_| !joined) else {
            continue;
        };
        let inside = inside.split(']').next().unwrap_or("");
        let Some((counter, number)) = inside.split_once('-') else {
            continue;
        };
        let (counter, number) = (counter.trim(), number.trim());
        let is_counter = !counter.is_empty() && counter.chars().all(word);
        if let Ok(number) = number.parse::<u64>()
            && is_counter
            && number <= MOST
            && begins(body, counter).is_some_and(|first| first < number)
        {
            most = most.max(number - begins(body, counter).unwrap_or(0));
        }
    }
    most
}

/// The least number at which a loop begins to count with this counter.
fn begins(body: &str, counter: &str) -> Option<u64> {
    body.match_indices("for")
        .filter_map(|(at, _)| {
            let head = body.get(at + 3..)?.trim_start().strip_prefix('(')?;
            let first = head.split(';').next()?;
            let (left, right) = first.split_once('=')?;
            let own = left.split_whitespace().last()? == counter;
            own.then(|| right.trim().parse().ok()).flatten()
        })
        .min()
}

#[cfg(test)]
mod tests {
    use super::reach;

    #[test]
    fn what_lies_before_a_pointer_is_read_from_loops_that_begin_too_early_for_it() {
        for (body, wanted) in [
            (
                "for (i = 0; i < n; i++) r[i] = x[i] - 2*x[i-1] + x[i - 2];",
                2,
            ),
            ("for (int i = 2; i < n; i++) r[i] = x[i - 2];", 0),
            ("for (int i = 1; i < n; i++) r[i] = x[i - 3];", 2),
            (
                "for (int i = 0; i < n; i++) r[i] = xx[i - 3] + x[n - 1];",
                0,
            ),
        ] {
            assert_eq!(reach(body, "x"), wanted, "{body}");
        }
    }
}

//! Upper bounds of names and expressions.

use super::super::polynomial::Polynomial;

/// What a name or expression is at most.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Bound {
    /// A whole number; whether it is exactly that.
    Number(Polynomial, bool),
    /// Into a buffer at this element; elements are that many of the buffer's.
    Pointer(String, Polynomial, i64),
}

/// A bound further on.
pub(super) fn moved(bound: &Bound, by: &Polynomial) -> Option<Bound> {
    Some(match bound {
        Bound::Number(n, _) => Bound::Number(n.plus(by), false),
        Bound::Pointer(buffer, at, scale) => Bound::Pointer(buffer.clone(), at.plus(by), *scale),
    })
}

/// `first` after `rounds` in each of which as much is added as from `first` to `last`.
pub(super) fn added(first: &Bound, last: &Bound, rounds: &Polynomial) -> Option<Bound> {
    match (first, last) {
        (Bound::Number(from, _), Bound::Number(to, _)) => {
            moved(first, &to.minus(from).positive().times(rounds))
        }
        (Bound::Pointer(one, from, _), Bound::Pointer(two, to, _)) if one == two => {
            moved(first, &to.minus(from).positive().times(rounds))
        }
        _ => None,
    }
}

pub(super) fn larger(one: Bound, two: Bound) -> Option<Bound> {
    match (one, two) {
        (Bound::Number(a, exact), Bound::Number(b, also)) => {
            let same = a == b && exact && also;
            Some(Bound::Number(a.greater(&b), same))
        }
        (Bound::Pointer(one, a, scale), Bound::Pointer(two, b, also))
            if one == two && scale == also =>
        {
            Some(Bound::Pointer(one, a.greater(&b), scale))
        }
        _ => None,
    }
}

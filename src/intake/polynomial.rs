//! Polynomials of named whole numbers, as far as bounds of subscripts need them. Pure.

use std::collections::BTreeMap;

/// Most terms; what has more is cut, which the proof of a folder finds out.
const MOST: usize = 24;

/// A sum of products of names: each product, its names in order, with how often it is taken. The empty product is one.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Polynomial(BTreeMap<Vec<String>, i64>);

/// The longest of what is reached, as the driver writes it. `None`: nothing is.
pub(super) fn longest(sums: &[Polynomial]) -> Option<String> {
    let all: Vec<String> = sums.iter().map(Polynomial::in_driver).collect();
    match all.as_slice() {
        [] => None,
        [one] => Some(one.clone()),
        _ => Some(format!("std::max<size_t>({{{}}})", all.join(", "))),
    }
}

impl Polynomial {
    /// A number.
    pub(crate) fn number(n: i64) -> Self {
        Self(BTreeMap::from([(Vec::new(), n)])).tidied()
    }

    /// A name.
    pub(crate) fn of(name: &str) -> Self {
        Self(BTreeMap::from([(vec![name.to_owned()], 1)]))
    }

    /// The name and what is added to it, where it is no more than that.
    pub(crate) fn name_and_more(&self) -> Option<(&str, i64)> {
        let mut named = None;
        for (names, times) in &self.0 {
            match (names.as_slice(), times) {
                ([], _) => {}
                ([name], 1) if named.is_none() => named = Some(name.as_str()),
                _ => return None,
            }
        }
        Some((named?, self.0.get(&Vec::new()).copied().unwrap_or(0)))
    }

    fn tidied(mut self) -> Self {
        self.0.retain(|_, times| *times != 0);
        while self.0.len() > MOST {
            self.0.pop_first();
        }
        self
    }

    pub(crate) fn plus(&self, other: &Self) -> Self {
        let mut all = self.0.clone();
        for (names, times) in &other.0 {
            let now = all.entry(names.clone()).or_insert(0);
            *now = now.saturating_add(*times);
        }
        Self(all).tidied()
    }

    pub(crate) fn minus(&self, other: &Self) -> Self {
        self.plus(&other.times(&Self::number(-1)))
    }

    pub(crate) fn times(&self, other: &Self) -> Self {
        let mut all = BTreeMap::new();
        for (one, a) in &self.0 {
            for (two, b) in &other.0 {
                let mut names = [one.as_slice(), two].concat();
                names.sort();
                names.truncate(8);
                let now: &mut i64 = all.entry(names).or_insert(0);
                *now = now.saturating_add(a.saturating_mul(*b));
            }
        }
        Self(all).tidied()
    }

    /// Its value where it is a number.
    pub(crate) fn constant(&self) -> Option<i64> {
        match self.0.len() {
            0 => Some(0),
            1 => self.0.get(&Vec::new()).copied(),
            _ => None,
        }
    }

    /// Without what is taken away.
    pub(crate) fn positive(&self) -> Self {
        let kept = self.0.iter().filter(|(_, times)| **times > 0);
        Self(kept.map(|(names, times)| (names.clone(), *times)).collect())
    }

    /// At least both, for numbers that are not negative: the larger count of every product.
    pub(crate) fn greater(&self, other: &Self) -> Self {
        if other.below(self) {
            return self.clone();
        }
        if self.below(other) {
            return other.clone();
        }
        let mut all = self.positive().0;
        for (names, times) in other.positive().0 {
            let now = all.entry(names).or_insert(0);
            *now = times.max(*now);
        }
        Self(all).tidied()
    }

    /// One that is not larger than the other, if that can be told; else the first.
    pub(crate) fn lesser(&self, other: &Self) -> Self {
        if other.below(self) {
            other.clone()
        } else {
            self.clone()
        }
    }

    /// Whether it is never larger, product by product, where no name is below one.
    fn below(&self, other: &Self) -> bool {
        let more = other.minus(self).0;
        let products = more.iter().filter(|(names, _)| !names.is_empty());
        products.clone().all(|(_, times)| *times >= 0)
            && more
                .values()
                .fold(0_i64, |all, times| all.saturating_add(*times))
                >= 0
    }

    /// Those that none of the others is always larger than, without what is taken away.
    pub(crate) fn largest(all: Vec<Self>) -> Vec<Self> {
        let mut kept: Vec<Self> = Vec::new();
        for sum in all {
            if kept.iter().any(|known| sum.below(known)) {
                continue;
            }
            kept.retain(|known| !known.below(&sum));
            kept.push(sum);
        }
        let mut kept: Vec<Self> = kept.iter().map(Self::positive).collect();
        kept.sort();
        kept.dedup();
        kept
    }

    /// In the driver's words, as a `size_t`.
    pub(crate) fn in_driver(&self) -> String {
        let spelled = |name: &String| match name.as_str() {
            "in.size" => name.clone(),
            _ => format!("size_t({name})"),
        };
        let mut terms = Vec::new();
        for (names, times) in self.0.iter().rev() {
            let mut factors: Vec<String> = Vec::new();
            if *times != 1 || names.is_empty() {
                factors.push(times.to_string());
            }
            factors.extend(names.iter().map(spelled));
            terms.push((names.len(), factors.join(" * ")));
        }
        // Products before names before numbers.
        terms.sort_by_key(|(names, _)| std::cmp::Reverse(*names));
        let terms: Vec<String> = terms.into_iter().map(|(_, term)| term).collect();
        if terms.is_empty() {
            "0".to_owned()
        } else {
            terms.join(" + ")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_added_multiplied_and_compared_term_by_term() {
        let (n, m) = (Polynomial::of("n"), Polynomial::of("m"));
        let one = Polynomial::number(1);
        let last = n.minus(&one).times(&m).plus(&m.minus(&one)).plus(&one);
        let said = |sum: &Polynomial| sum.in_driver().replace("size_t(", "").replace(')', "");
        assert_eq!(last.in_driver(), "size_t(m) * size_t(n)");
        assert_eq!(n.plus(&one).minus(&n).constant(), Some(1));
        assert_eq!(said(&n.greater(&n.plus(&one))), "n + 1");
        assert_eq!(said(&n.greater(&m)), "n + m");
        let all = Polynomial::largest(vec![
            n.clone(),
            n.times(&m),
            n.plus(&one),
            Polynomial::number(4),
        ]);
        let texts: Vec<String> = all.iter().map(said).collect();
        assert_eq!(texts, ["n + 1", "4", "m * n"]);
    }
}

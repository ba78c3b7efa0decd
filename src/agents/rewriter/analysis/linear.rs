//! Index expressions as polynomials over names: which loop variable moves an access by how much. Never guesses: what is
//! not a sum of products of names and whole numbers has no polynomial.

use std::collections::BTreeMap;

use super::code::Code;
use super::term::Term;

/// Sum of products: from sorted factors to coefficient.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Linear(BTreeMap<Vec<String>, i64>);

/// How far an access moves when a variable grows by one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stride {
    /// Not at all.
    None,
    /// By one element.
    One,
    /// By a constant or symbolic distance other than one.
    Far,
    /// The variable occurs in a product with itself.
    Curved,
}

impl Linear {
    /// Reads an index expression.
    pub(crate) fn of(term: &Term, code: &Code) -> Option<Self> {
        let two = |t: &Term| {
            Some((
                Self::of(t.kids.first()?, code)?,
                Self::of(t.kids.get(1)?, code)?,
            ))
        };
        match (term.kind, term.op) {
            ("number_literal", _) => {
                Some(Self(BTreeMap::from([(Vec::new(), term.leaf.parse().ok()?)])).tidy())
            }
            ("identifier" | "field_expression", _) => {
                Some(Self(BTreeMap::from([(vec![code.of(term).to_owned()], 1)])))
            }
            ("call_expression", _) if term.method().is_some_and(|(_, m, _)| m == "size") => {
                Some(Self(BTreeMap::from([(vec![code.of(term).to_owned()], 1)])))
            }
            ("binary_expression", "+") => two(term).and_then(|(a, b)| a.plus(b, 1)),
            ("binary_expression", "-") => two(term).and_then(|(a, b)| a.plus(b, -1)),
            ("binary_expression", "*") => two(term).and_then(|(a, b)| a.times(&b)),
            _ => None,
        }
    }

    fn plus(mut self, other: Self, sign: i64) -> Option<Self> {
        for (factors, n) in other.0 {
            let sum = self.0.entry(factors).or_insert(0);
            *sum = sum.checked_add(n.checked_mul(sign)?)?;
        }
        Some(self.tidy())
    }

    fn times(&self, other: &Self) -> Option<Self> {
        let mut out = Self::default();
        for (f, n) in &self.0 {
            for (g, m) in &other.0 {
                let mut factors = [f.as_slice(), g.as_slice()].concat();
                factors.sort();
                let sum = out.0.entry(factors).or_insert(0);
                *sum = sum.checked_add(n.checked_mul(*m)?)?;
            }
        }
        (out.0.len() <= 64).then(|| out.tidy())
    }

    fn tidy(mut self) -> Self {
        self.0.retain(|_, n| *n != 0);
        self
    }

    /// Just a name.
    pub(crate) fn name(name: &str) -> Self {
        Self(BTreeMap::from([(vec![name.to_owned()], 1)]))
    }

    /// This less another.
    pub(crate) fn minus(self, other: Self) -> Option<Self> {
        self.plus(other, -1)
    }

    /// The same with other names.
    pub(crate) fn renamed(self, to: &dyn Fn(&str) -> Option<String>) -> Self {
        let factors = |f: Vec<String>| {
            let mut f: Vec<String> = f.into_iter().map(|n| to(&n).unwrap_or(n)).collect();
            f.sort();
            f
        };
        Self(self.0.into_iter().map(|(f, n)| (factors(f), n)).collect())
    }

    /// As `x - y + c`, each of the two names perhaps missing (empty); `None` if it is not of that form.
    pub(crate) fn difference(&self) -> Option<(&str, &str, i64)> {
        let (mut plus, mut less, mut constant) = ("", "", 0);
        for (factors, n) in &self.0 {
            match (factors.as_slice(), n) {
                ([], n) => constant = *n,
                ([x], 1) if plus.is_empty() => plus = x,
                ([y], -1) if less.is_empty() => less = y,
                _ => return None,
            }
        }
        Some((plus, less, constant))
    }

    /// How far it moves per step of a variable.
    pub(crate) fn stride(&self, name: &str) -> Stride {
        let with: Vec<(&Vec<String>, &i64)> = self
            .0
            .iter()
            .filter(|(f, _)| f.iter().any(|x| x == name))
            .collect();
        match with.as_slice() {
            [] => Stride::None,
            [(f, 1)] if f.len() == 1 => Stride::One,
            many if many
                .iter()
                .any(|(f, _)| f.iter().filter(|x| *x == name).count() > 1) =>
            {
                Stride::Curved
            }
            _ => Stride::Far,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::pattern::expression;
    use super::*;

    #[test]
    fn strides_come_from_the_subscript_not_from_names() {
        let text = "void f() { $w = (p * width + q) + 3 * p - 2; }";
        let code = Code::read(&text.replace("$w", "w"), "f");
        let stride = |name: &str| {
            let code = code.as_ref()?;
            let term = &code
                .entry()?
                .body
                .kids
                .first()?
                .kids
                .first()?
                .kids
                .get(1)?
                .clone();
            Some(Linear::of(term, code)?.stride(name))
        };
        assert_eq!(stride("q"), Some(Stride::One));
        assert_eq!(stride("p"), Some(Stride::Far));
        assert_eq!(stride("other"), Some(Stride::None));
        assert!(
            expression("a / b")
                .is_some_and(|t| code.as_ref().is_some_and(|c| Linear::of(&t, c).is_none()))
        );
    }
}

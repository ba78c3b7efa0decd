//! What one call of a problem's entry must at least move and compute, as formulas of the size.
//! Never measures; only reads formulas and evaluates them.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Least work of one call. What is not known is left out.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeastWork {
    /// Bytes read and written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<Formula>,
    /// Floating-point operations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flops: Option<Formula>,
}

impl LeastWork {
    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A number, or a formula of the size `n`: `+ - * / ^`, parentheses, `log2(…)`, `sqrt(…)`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "String")]
pub struct Formula(String);

/// A formula as files have it.
#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Number(f64),
    Text(String),
}

/// A text that is no formula.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a formula of the size n, like 24*n or 2*n^3: {what}")]
pub struct BadFormula {
    text: String,
    what: &'static str,
}

impl TryFrom<Written> for Formula {
    type Error = BadFormula;
    fn try_from(written: Written) -> Result<Self, BadFormula> {
        Self::new(&match written {
            Written::Number(number) => format!("{number}"),
            Written::Text(text) => text,
        })
    }
}

impl From<Formula> for String {
    fn from(formula: Formula) -> Self {
        formula.0
    }
}

impl fmt::Display for Formula {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Longest formula, in bytes; bounds how deep one can nest.
const LONGEST: usize = 120;

impl Formula {
    /// Reads a formula.
    pub fn new(text: &str) -> Result<Self, BadFormula> {
        let text = text.trim();
        let bad = |what| BadFormula {
            text: text.chars().take(LONGEST).collect(),
            what,
        };
        if text.len() > LONGEST {
            return Err(bad("it is too long"));
        }
        evaluate(text, 2.0).map_err(bad)?;
        Ok(Self(text.to_owned()))
    }

    /// Its value at a size; `None` where it is no positive number.
    pub fn at(&self, size: u64) -> Option<f64> {
        let value = evaluate(&self.0, size as f64).ok()?;
        (value.is_finite() && value > 0.0).then_some(value)
    }
}

fn evaluate(text: &str, n: f64) -> Result<f64, &'static str> {
    let mut reader = Reader { rest: text, n };
    let value = reader.sum()?;
    match reader.next() {
        None => Ok(value),
        Some(_) => Err("something is left over"),
    }
}

/// Recursive descent over the text.
struct Reader<'a> {
    rest: &'a str,
    n: f64,
}

impl Reader<'_> {
    /// The next character that is not a space, unread.
    fn next(&mut self) -> Option<char> {
        self.rest = self.rest.trim_start();
        self.rest.chars().next()
    }

    fn take(&mut self, wanted: char) -> bool {
        let there = self.next() == Some(wanted);
        if there {
            self.rest = &self.rest[wanted.len_utf8()..];
        }
        there
    }

    fn sum(&mut self) -> Result<f64, &'static str> {
        let mut value = self.product()?;
        loop {
            if self.take('+') {
                value += self.product()?;
            } else if self.take('-') {
                value -= self.product()?;
            } else {
                return Ok(value);
            }
        }
    }

    fn product(&mut self) -> Result<f64, &'static str> {
        let mut value = self.power()?;
        loop {
            if self.take('*') {
                value *= self.power()?;
            } else if self.take('/') {
                value /= self.power()?;
            } else {
                return Ok(value);
            }
        }
    }

    fn power(&mut self) -> Result<f64, &'static str> {
        let base = self.atom()?;
        if self.take('^') {
            return Ok(base.powf(self.power()?));
        }
        Ok(base)
    }

    fn atom(&mut self) -> Result<f64, &'static str> {
        if self.take('(') {
            let value = self.sum()?;
            return if self.take(')') {
                Ok(value)
            } else {
                Err("a parenthesis is not closed")
            };
        }
        self.next();
        for (name, function) in [("log2", f64::log2 as fn(f64) -> f64), ("sqrt", f64::sqrt)] {
            if let Some(rest) = self.rest.strip_prefix(name) {
                self.rest = rest;
                if self.next() != Some('(') {
                    return Err("a function needs parentheses");
                }
                return self.atom().map(function);
            }
        }
        if self.take('n') {
            return Ok(self.n);
        }
        let exponent = |before: Option<char>| matches!(before, Some('e' | 'E'));
        let mut before = None;
        let end = self
            .rest
            .find(|c: char| {
                let part = c.is_ascii_digit()
                    || c == '.'
                    || (exponent(Some(c)) && before.is_some())
                    || ("+-".contains(c) && exponent(before));
                before = Some(c);
                !part
            })
            .unwrap_or(self.rest.len());
        let (number, rest) = self.rest.split_at(end);
        self.rest = rest;
        number
            .parse()
            .map_err(|_| "a number, n or a parenthesis is missing")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(text: &str, size: u64) -> Option<f64> {
        Formula::new(text).unwrap().at(size)
    }

    #[test]
    fn formulas_follow_the_usual_rules() {
        assert_eq!(at("24*n", 1000), Some(24_000.0));
        assert_eq!(at("2*n^3 - n*(n+1)/2", 10), Some(1945.0));
        assert_eq!(at("2^3^2", 1), Some(512.0));
        assert_eq!(at("5*n*log2(n)", 8), Some(120.0));
        assert_eq!(at(" 1.5e3 + sqrt( n ) ", 16), Some(1504.0));
        assert_eq!(at("n - 5", 3), None);
    }

    #[test]
    fn what_is_no_formula_says_so() {
        for text in ["", "n n", "2*", "(n", "log2 n", "m", "1e", &"(".repeat(200)] {
            assert!(Formula::new(text).is_err(), "{text}");
        }
    }

    #[test]
    fn it_comes_back_from_text_and_numbers_alike() {
        let work: LeastWork = serde_json::from_str(r#"{"bytes": "8*n", "flops": 2e6}"#).unwrap();
        assert_eq!(work.flops.as_ref().and_then(|f| f.at(1)), Some(2e6));
        let text = serde_json::to_string(&work).unwrap();
        assert_eq!(serde_json::from_str::<LeastWork>(&text).unwrap(), work);
        assert!(LeastWork::default().is_empty() && !work.is_empty());
    }

    proptest! {
        #[test]
        fn hostile_formulas_never_panic(text in "[n0-9e+*/^() .logsqrt-]{0,60}", size in any::<u64>()) {
            if let Ok(formula) = Formula::new(&text) {
                prop_assert!(formula.at(size).is_none_or(|value| value > 0.0));
            }
        }
    }
}

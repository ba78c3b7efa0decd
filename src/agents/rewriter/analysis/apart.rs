//! Whether two accesses to an array can meet in one element, by differences: subscripts and loop bounds that are at most two
//! names and a constant apart are inequalities between names, and a cycle of them that sums up to less than nothing cannot be.
//! What is not of that form is left out, so the answer "never" is certain and "perhaps" is not. Different names are taken
//! for different arrays.

use std::collections::{BTreeMap, BTreeSet};

use super::code::Code;
use super::linear::Linear;
use super::loops::{Loop, Touch};
use super::term::Term;

/// The name of a loop variable in the second of two iterations.
pub(crate) fn primed(name: &str) -> String {
    format!("{name}'")
}

/// What surrounds two accesses.
pub(crate) struct Around<'a, 't> {
    /// The code.
    pub code: &'a Code,
    /// Loops of which both are in the same iteration.
    pub shared: &'a [Loop<'t>],
    /// Names whose value is not the same for both.
    pub varying: &'a BTreeSet<String>,
}

/// That one loop variable's value in one iteration is below its value in another: which loop, and whether the first of the
/// two accesses is in the earlier one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Order<'n> {
    /// The loop's variable.
    pub var: &'n str,
    /// Whether the first access is in the earlier iteration.
    pub first_earlier: bool,
}

impl Around<'_, '_> {
    /// Whether the two may be the same element, one of them written, in iterations in that order.
    pub(crate) fn may_meet(
        &self,
        one: &Touch<'_>,
        other: &Touch<'_>,
        orders: &[Order<'_>],
    ) -> bool {
        if one.access.array != other.access.array || !(one.write || other.write) {
            return false;
        }
        if one.access.at.len() != other.access.at.len() {
            return true;
        }
        let mut known = Bounds::default();
        for around in self.shared.iter().chain(&one.loops) {
            self.bounded(around, &[], &mut known);
        }
        let second: Vec<&str> = other.loops.iter().map(|l| l.var).collect();
        for around in &other.loops {
            self.bounded(around, &second, &mut known);
        }
        for (x, y) in one.access.at.iter().zip(&other.access.at) {
            let apart = self.linear(x, &[]).zip(self.linear(y, &second));
            if let Some(d) = apart.and_then(|(x, y)| x.minus(y)) {
                known.at_most(&d, 0);
                known.at_least(&d, 0);
            }
        }
        for order in orders {
            let (here, there) = (order.var.to_owned(), primed(order.var));
            let (less, more) = if order.first_earlier {
                (here, there)
            } else {
                (there, here)
            };
            known.below(less, more, -1);
        }
        known.possible()
    }

    /// An expression, the loop variables of the second iteration primed.
    fn linear(&self, term: &Term, second: &[&str]) -> Option<Linear> {
        if self.varying.iter().any(|name| term.mentions(name)) {
            return None;
        }
        let linear = Linear::of(term, self.code)?;
        Some(linear.renamed(&|name| second.contains(&name).then(|| primed(name))))
    }

    fn bounded(&self, around: &Loop<'_>, second: &[&str], known: &mut Bounds) {
        let var = if second.contains(&around.var) {
            primed(around.var)
        } else {
            around.var.to_owned()
        };
        let above = |term: &Term| self.linear(term, second)?.minus(Linear::name(&var));
        if let Some(d) = above(around.lo) {
            known.at_most(&d, 0);
        }
        if let Some(d) = above(around.hi) {
            known.at_least(&d, i64::from(!around.closed));
        }
    }
}

/// Differences of names that are known: `x - y` is at most so much; the empty name is 0.
#[derive(Debug, Default)]
struct Bounds(BTreeMap<(String, String), i64>);

impl Bounds {
    fn below(&mut self, x: String, y: String, most: i64) {
        let old = self.0.entry((x, y)).or_insert(most);
        *old = most.min(*old);
    }

    fn at_most(&mut self, d: &Linear, most: i64) {
        if let Some((x, y, c)) = d.difference() {
            self.below(x.to_owned(), y.to_owned(), most.saturating_sub(c));
        }
    }

    fn at_least(&mut self, d: &Linear, least: i64) {
        if let Some((x, y, c)) = d.difference() {
            self.below(y.to_owned(), x.to_owned(), c.saturating_sub(least));
        }
    }

    /// Whether no cycle of differences sums up to less than nothing.
    fn possible(&self) -> bool {
        let names: BTreeSet<&String> = self.0.keys().flat_map(|(x, y)| [x, y]).collect();
        let mut value: BTreeMap<&String, i64> = names.iter().map(|n| (*n, 0)).collect();
        for _ in 0..=names.len() {
            let mut moved = false;
            for ((x, y), most) in &self.0 {
                let limit = value[y].saturating_add(*most);
                if value[x] > limit {
                    value.insert(x, limit);
                    moved = true;
                }
            }
            if !moved {
                return true;
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEST: &str = "void f(std::vector<std::vector<double>>& a, int n) { for (int i = 0; i < n; i++) { for (int j = i + 1; j < n; j++) { a[i][j] = a[j][i] + a[i][0] + a[i][j - 1]; } } }";

    /// Which of the reads may meet the write in an earlier iteration of the loop.
    fn met(var: &str, outer: usize) -> Vec<bool> {
        let code = Code::read(NEST, "f").expect("reads");
        let function = code.entry().expect("an entry");
        let nests = function.nests(&code);
        let (shared, nest) = &nests[outer];
        let touched = function.touched(nest, &code).expect("understood");
        let around = Around {
            code: &code,
            shared,
            varying: &touched.varying,
        };
        let (writes, reads): (Vec<_>, Vec<_>) = touched.elements.iter().partition(|t| t.write);
        let order = Order {
            var,
            first_earlier: true,
        };
        reads
            .iter()
            .map(|r| around.may_meet(writes[0], r, &[order]))
            .collect()
    }

    #[test]
    fn accesses_meet_unless_bounds_and_subscripts_exclude_it() {
        // within a row only the element before; between rows only nothing
        assert_eq!(met("j", 1), [false, false, true]);
        assert_eq!(met("i", 0), [false, false, false]);
    }
}

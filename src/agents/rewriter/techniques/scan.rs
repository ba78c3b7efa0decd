//! A running sum that is stored in an array only to be summed: each element counts once for every prefix that holds it, so the
//! array goes and one weighted sum remains. Legal when the array is local and read by nothing else.

use super::Options;
use crate::rewriter::analysis::code::{Code, FunctionNode};
use crate::rewriter::analysis::facts::{is_pure, is_whole};
use crate::rewriter::analysis::pattern::{Bound, find};
use crate::rewriter::analysis::term::Term;

const DECLARED: &str = "vector<$E> $p($size);";
const RUNNING: &str = "$R $run = 0; for ($T $i = 0; $i < $n; $i++) { $run += $e; $p[$i] = $run; }";
const CHAINED: &str =
    "$p[0] = $first; for ($T $i = 1; $i < $n; $i++) { $p[$i] = $p[$i - 1] + $e; }";
const ENDS: [&str; 4] = [
    "return accumulate($p.begin(), $p.end(), $z);",
    "$S $sum = accumulate($p.begin(), $p.end(), $z); return $sum;",
    "$S $sum = 0; for ($U $v : $p) { $sum += $v; } return $sum;",
    "$S $sum = 0; for ($U $j = 0; $j < $m; $j++) { $sum += $p[$j]; } return $sum;",
];

/// A weighted sum instead of a stored scan.
pub(crate) fn weighted(code: &Code, _options: &Options) -> Option<String> {
    for function in &code.functions {
        for middle in [RUNNING, CHAINED] {
            for end in ENDS {
                for found in find(&format!("{DECLARED} {middle} {end}"), &function.body) {
                    if let Some(new) = summed(code, function, &found.bound, middle == CHAINED) {
                        return Some(code.edited(vec![(found.range.clone(), new)]));
                    }
                }
            }
        }
        for end in ENDS {
            let shape = format!(
                "vector<$E> $p($size); partial_sum($x.begin(), $x.end(), $p.begin()); {end}"
            );
            for found in find(&shape, &function.body) {
                let b = &found.bound;
                let Some(x) = b.name("x") else { continue };
                let sized = b
                    .term("size")
                    .is_some_and(|s| function.size_of_what(s).as_deref() == Some(x));
                if sized && is_double(code, b) {
                    return Some(code.edited(vec![(
                        found.range.clone(),
                        result(code, "size_t", &format!("{x}.size()"), &|i| {
                            format!("{x}[{i}]")
                        }),
                    )]));
                }
            }
        }
    }
    None
}

fn is_double(code: &Code, b: &Bound) -> bool {
    let double = |hole: &str| {
        b.term(hole)
            .is_none_or(|t| super::squeezed(code.of(t)) == "double")
    };
    let start = b
        .term("z")
        .is_none_or(|z| z.leaf == "0" && code.of(z).contains('.'));
    double("E") && double("R") && double("S") && start
}

fn summed(code: &Code, function: &FunctionNode, b: &Bound, chained: bool) -> Option<String> {
    let (p, i, e, n, size) = (
        b.name("p")?,
        b.name("i")?,
        b.term("e")?,
        b.term("n")?,
        b.term("size")?,
    );
    let same = |t: &Term| *t == *n || function.resolved(t) == function.resolved(n);
    let whole = is_whole(&super::squeezed(b.text("T", &code.text)));
    let over_all = b
        .term("m")
        .is_none_or(|m| same(m) || function.size_of_what(m).as_deref() == Some(p));
    if !whole
        || !same(size)
        || !over_all
        || !is_double(code, b)
        || !is_pure(e, code)
        || !is_pure(n, code)
        || e.mentions(p)
    {
        return None;
    }
    if b.name("run").is_some_and(|run| e.mentions(run)) || n.mentions(i) {
        return None;
    }
    if chained {
        // the first element must be what the chain would have added
        let first = b.term("first")?;
        let at_zero = code.with(e, i, "0");
        if code.of(first).replace(' ', "") != at_zero.replace(' ', "") {
            return None;
        }
    }
    Some(result(code, "size_t", code.of(n), &|at| {
        code.with(e, i, at)
    }))
}

fn result(code: &Code, ty: &str, n: &str, value: &dyn Fn(&str) -> String) -> String {
    let at = code.fresh("position");
    let value = value(&at);
    code.freshen(&format!(
        "const {ty} %count = {n};\ndouble %total = 0.0;\nfor ({ty} {at} = 0; {at} < %count; {at}++) {{\n%total += static_cast<double>(%count - {at}) * ({value});\n}}\nreturn %total;"
    ))
}

#[cfg(test)]
mod tests {
    use super::super::Technique::WeightedSum;
    use super::super::tests::after;

    const BEFORE: &str = "double sums(std::vector<double> const& v) { std::vector<double> p(v.size()); double r = 0.0; for (size_t i = 0; i < v.size(); i++) { r += v[i]; p[i] = r; } return std::accumulate(p.begin(), p.end(), 0.0); }";

    #[test]
    fn a_stored_scan_that_is_only_summed_becomes_a_weighted_sum() {
        let new = after(WeightedSum, BEFORE, "sums").unwrap_or_default();
        assert!(
            new.contains("static_cast<double>(count - position) * (v[position])"),
            "{new}"
        );
    }

    #[test]
    fn other_starts_types_and_uses_stay() {
        for (what, by) in [
            ("r = 0.0", "r = 1.0"),
            (", 0.0)", ", 0)"),
            ("p[i] = r", "p[i] = r * r"),
            ("vector<double> p", "vector<float> p"),
        ] {
            assert!(BEFORE.contains(what), "{what}");
            assert_eq!(
                after(WeightedSum, &BEFORE.replace(what, by), "sums"),
                None,
                "{by}"
            );
        }
    }
}

//! Trigonometry over angles `±2π·k·n/N` in a nest over k and n: one table of N values, walked in steps of k modulo N.
//! Legal when the angle is exactly such a product, divided in floating point; values agree to rounding.

use super::Options;
use crate::rewriter::analysis::code::{Code, FunctionNode};
use crate::rewriter::analysis::facts::{changed, is_pure, is_whole};
use crate::rewriter::analysis::pattern::find;
use crate::rewriter::analysis::term::Term;

/// A table of angles.
pub(crate) fn table(code: &Code, _options: &Options) -> Option<String> {
    for function in &code.functions {
        for found in find(
            "for ($Tk $k = $k0; $k < $K; $k++) { $$$outer; }",
            &function.body,
        ) {
            let b = &found.bound;
            let Some(k) = b
                .name("k")
                .filter(|_| is_whole(&super::squeezed(b.text("Tk", &code.text))))
            else {
                continue;
            };
            // a negative k would leave the table
            if b.term("k0").is_none_or(|t| t.kind != "number_literal") {
                continue;
            }
            let touched: std::collections::BTreeSet<String> = b
                .terms("outer")
                .iter()
                .flat_map(|t| changed(t, code))
                .collect();
            for statement in b.terms("outer") {
                let wrapped = Term {
                    kind: "block",
                    op: "",
                    leaf: String::new(),
                    kids: vec![statement.clone()],
                    range: statement.range.clone(),
                };
                for inner in find("for ($Tn $n = 0; $n < $N; $n++) { $$$body; }", &wrapped)
                    .into_iter()
                    .take(1)
                {
                    let bi = &inner.bound;
                    let (Some(n), Some(size)) = (bi.name("n"), bi.term("N")) else {
                        continue;
                    };
                    let wide = is_whole(&super::squeezed(bi.text("Tn", &code.text)));
                    if wide
                        && is_pure(size, code)
                        && names_of(size).is_disjoint(&touched)
                        && let Some(done) =
                            rewritten(code, function, &found.range, k, n, size, bi.terms("body"))
                    {
                        return Some(done);
                    }
                }
            }
        }
    }
    None
}

#[derive(Default)]
struct Product {
    number: f64,
    floating: bool,
    names: Vec<String>,
    below: Vec<Term>,
}

/// Flattens a product; `None` where an integer division could have cut something off.
fn product(term: &Term) -> Option<Product> {
    match (term.kind, term.op) {
        ("number_literal", _) => Some(Product {
            number: term.leaf.parse().ok()?,
            floating: false,
            ..Product::default()
        }),
        ("identifier", _) if matches!(term.leaf.as_str(), "M_PI" | "pi" | "PI" | "kPi" | "Pi") => {
            Some(Product {
                number: std::f64::consts::PI,
                floating: true,
                ..Product::default()
            })
        }
        ("identifier", _) => Some(Product {
            number: 1.0,
            names: vec![term.leaf.clone()],
            ..Product::default()
        }),
        ("unary_expression", "-") => product(term.kids.first()?).map(|p| Product {
            number: -p.number,
            ..p
        }),
        ("cast_expression", _) => product(term.kids.last()?).map(|p| Product {
            floating: true,
            ..p
        }),
        ("call_expression", _)
            if term
                .call()
                .is_some_and(|(f, a)| f == "acos" && a.len() == 1 && a[0].leaf == "-1") =>
        {
            Some(Product {
                number: std::f64::consts::PI,
                floating: true,
                ..Product::default()
            })
        }
        ("call_expression", _)
            if term.kids.first()?.kind == "primitive_type"
                || term
                    .kids
                    .first()?
                    .kids
                    .first()
                    .is_some_and(|n| n.leaf == "static_cast") =>
        {
            product(term.kids.get(1)?.kids.first()?).map(|p| Product {
                floating: true,
                ..p
            })
        }
        ("binary_expression", "*") => {
            let (a, b) = (product(&term.kids[0])?, product(&term.kids[1])?);
            Some(Product {
                number: a.number * b.number,
                floating: a.floating || b.floating,
                names: [a.names, b.names].concat(),
                below: [a.below, b.below].concat(),
            })
        }
        ("binary_expression", "/") => {
            let a = product(&term.kids[0])?;
            let mut below = term.kids[1].clone();
            let mut cast = false;
            while below.kind == "cast_expression"
                || below.kids.first().is_some_and(|c| {
                    c.kind == "primitive_type"
                        || c.kids.first().is_some_and(|n| n.leaf == "static_cast")
                })
            {
                cast = true;
                below = if below.kind == "cast_expression" {
                    below.kids.last()?.clone()
                } else {
                    below.kids.get(1)?.kids.first()?.clone()
                };
            }
            if below.kind == "number_literal" {
                let by: f64 = below.leaf.parse().ok()?;
                return (a.floating && by != 0.0).then(|| Product {
                    number: a.number / by,
                    ..a
                });
            }
            (a.floating || cast).then(|| Product {
                floating: true,
                below: [a.below, vec![below]].concat(),
                ..a
            })
        }
        _ => None,
    }
}

/// +1 or −1 if the term is ±2π·k·n/size.
fn turn(function: &FunctionNode, term: &Term, k: &str, n: &str, size: &Term) -> Option<f64> {
    // names of the loops must stay names: only other locals are replaced
    let p = product(&function.resolved(term))?;
    let mut names = p.names.clone();
    names.sort();
    let mut wanted = vec![k.to_owned(), n.to_owned()];
    wanted.sort();
    let [below] = p.below.as_slice() else {
        return None;
    };
    let same = below == size || function.resolved(below) == function.resolved(size);
    let whole_turn = (p.number.abs() - std::f64::consts::TAU).abs() < 1e-12;
    (names == wanted && same && whole_turn && p.floating).then(|| p.number.signum())
}

fn rewritten(
    code: &Code,
    function: &FunctionNode,
    outer: &std::ops::Range<usize>,
    k: &str,
    n: &str,
    size: &Term,
    body: &[Term],
) -> Option<String> {
    if body.iter().any(|t| {
        t.has("continue_statement")
            || changed(t, code).contains(n)
            || changed(t, code).contains(k)
            || names_of(size).iter().any(|s| changed(t, code).contains(s))
    }) {
        return None;
    }
    let (table, at, step) = (
        code.fresh("turns"),
        code.fresh("turn"),
        code.fresh("stride"),
    );
    let mut sign = 0.0;
    let mut edits = Vec::new();
    let mut see = |value: &Term, range: std::ops::Range<usize>, new: String| {
        if let Some(found) = turn(function, value, k, n, size)
            && (sign == 0.0 || sign == found)
        {
            sign = found;
            edits.push((range, new));
        }
    };
    for statement in body {
        statement.walk(&mut |t| match t.call() {
            Some(("cos", [x])) => see(x, t.range.clone(), format!("{table}[{at}].real()")),
            Some(("sin", [x])) => see(x, t.range.clone(), format!("{table}[{at}].imag()")),
            Some(("polar", [r, x])) if r.leaf == "1" => {
                see(x, t.range.clone(), format!("{table}[{at}]"))
            }
            Some(("polar", [r, x])) => see(
                x,
                t.range.clone(),
                format!("(({}) * {table}[{at}])", code.of(r)),
            ),
            Some(("exp", [z])) => {
                let parts = z.kids.get(1).map_or(&[][..], |a| &a.kids);
                let complex = z.kind == "call_expression"
                    && z.kids[0].kids.first().is_some_and(|n| n.leaf == "complex");
                if let ([re, im], true) = (parts, complex && parts.len() == 2)
                    && re.leaf == "0"
                {
                    see(im, t.range.clone(), format!("{table}[{at}]"));
                }
            }
            _ => {}
        });
    }
    let (first, last) = (body.first()?, body.last()?);
    if edits.is_empty() {
        return None;
    }
    // the inner loop's own text, from its `for` to its body, is found by what stands before the body
    let inner = function
        .body
        .all(|t| {
            t.kind == "for_statement"
                && t.range.start < first.range.start
                && t.range.end >= last.range.end
        })
        .pop()?;
    let block = inner.kids.last()?;
    let limit = code.of(size);
    let sign = if sign < 0.0 { "-" } else { "" };
    let prelude = code.freshen(&format!(
        "std::vector<std::complex<double>> {table}({limit});\nfor (size_t %step = 0; %step < {table}.size(); ++%step) {{\nconst double %angle = {sign}6.283185307179586476925 * static_cast<double>(%step) / static_cast<double>({limit});\n{table}[%step] = std::complex<double>(std::cos(%angle), std::sin(%angle));\n}}\n"
    ));
    edits.push((outer.start..outer.start, prelude));
    edits.push((
        inner.range.start..inner.range.start,
        format!("{{\nsize_t {at} = 0;\nconst size_t {step} = {table}.empty() ? 0 : static_cast<size_t>({k}) % {table}.size();\n"),
    ));
    let walk =
        format!("\n{at} += {step};\nif ({at} >= {table}.size()) {{\n{at} -= {table}.size();\n}}\n");
    if code.of(block).starts_with('{') {
        edits.push((
            block.range.end - 1..block.range.end,
            format!("{walk}}}\n}}"),
        ));
    } else {
        edits.push((block.range.start..block.range.start, "{\n".to_owned()));
        edits.push((block.range.end..block.range.end, format!("{walk}}}\n}}")));
    }
    // an angle that nobody reads any more goes
    let replaced: Vec<_> = edits.iter().map(|(r, _)| r.clone()).collect();
    for statement in body {
        if statement.kind == "declaration"
            && let Some(name) = statement
                .kids
                .get(1)
                .and_then(|d| d.kids.first())
                .and_then(Term::name)
            && turn(function, statement.kids[1].kids.get(1)?, k, n, size).is_some()
        {
            let mut left = 0;
            for other in body.iter().filter(|o| o.range != statement.range) {
                other.walk(&mut |t| {
                    let covered = replaced
                        .iter()
                        .any(|r| r.start <= t.range.start && t.range.end <= r.end);
                    left += usize::from(t.name() == Some(name) && !covered);
                });
            }
            if left == 0 {
                edits.push((statement.range.clone(), String::new()));
            }
        }
    }
    Some(code.edited(edits))
}

fn names_of(term: &Term) -> std::collections::BTreeSet<String> {
    crate::rewriter::analysis::facts::names(term)
}

#[cfg(test)]
mod tests {
    use super::super::Technique::AngleTable;
    use super::super::tests::after;

    const BEFORE: &str = "void wave(std::vector<double> const& v, std::vector<double>& o) { int n = v.size(); for (int k = 0; k < n; k++) { double s = 0; for (int t = 0; t < n; t++) { s += v[t] * std::cos(2 * M_PI * k * t / n); } o[k] = s; } }";

    #[test]
    fn repeated_angles_come_from_a_table() {
        let new = after(AngleTable, BEFORE, "wave").unwrap_or_default();
        assert!(new.contains("v[t] * turns[turn].real()"), "{new}");
    }

    #[test]
    fn other_angles_and_whole_number_divisions_stay() {
        for (what, by) in [
            ("2 * M_PI * k * t / n", "3 * M_PI * k * t / n"),
            ("2 * M_PI * k * t / n", "2 * M_PI * (k * t / n)"),
            ("2 * M_PI * k * t / n", "2 * M_PI * k * t / m"),
            ("k = 0", "k = -n"),
        ] {
            assert!(BEFORE.contains(what), "{what}");
            assert_eq!(
                after(AngleTable, &BEFORE.replace(what, by), "wave"),
                None,
                "{by}"
            );
        }
    }
}

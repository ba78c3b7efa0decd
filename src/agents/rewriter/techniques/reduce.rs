//! Sums of floating-point numbers in several accumulators, so that additions need not wait for each other.
//! Legal when the summand is pure; only the order of additions changes.

use super::Options;
use super::scalar::innermost;
use crate::rewriter::analysis::code::{Code, FunctionNode};
use crate::rewriter::analysis::facts::{is_pure, is_whole};
use crate::rewriter::analysis::linear::Stride;
use crate::rewriter::analysis::loops::Loop;
use crate::rewriter::analysis::pattern::{Bound, expressions, find};
use crate::rewriter::analysis::term::Term;

/// Several accumulators.
pub(crate) fn accumulators(code: &Code, options: &Options) -> Option<String> {
    let lanes = options.lanes.max(2);
    let mut edits = Vec::new();
    for function in &code.functions {
        for found in find(
            "for ($T $i = $lo; $i < $n; $i++) { $$$pre; $s += $e; }",
            &function.body,
        ) {
            edits.extend(
                counted(code, function, &found.bound, lanes).map(|new| (found.range.clone(), new)),
            );
        }
        for (_, inner) in function.nests(code) {
            let new = several(code, function, &inner, lanes);
            edits.extend(new.map(|new| (inner.term.range.clone(), new)));
        }
        for found in find("for ($T $v : $x) { $s += $e; }", &function.body) {
            edits.extend(
                ranged(code, function, &found.bound, lanes).map(|new| (found.range.clone(), new)),
            );
        }
        for found in expressions("accumulate($x.begin(), $x.end(), $z)", &function.body) {
            edits.extend(
                library(code, function, &found.bound, lanes).map(|new| (found.range.clone(), new)),
            );
        }
    }
    (!edits.is_empty()).then(|| code.edited(edits))
}

fn floating(function: &FunctionNode, name: &str) -> Option<String> {
    let var = function.var(name)?;
    (!var.alias && matches!(var.ty.as_str(), "double" | "float")).then(|| var.ty.clone())
}

fn folded(part: &str, lanes: usize) -> String {
    let mut parts: Vec<String> = (0..lanes).map(|l| format!("{part}[{l}]")).collect();
    while parts.len() > 1 {
        parts = parts
            .chunks(2)
            .map(|pair| {
                if pair.len() == 2 {
                    format!("({} + {})", pair[0], pair[1])
                } else {
                    pair[0].clone()
                }
            })
            .collect();
    }
    parts.pop().unwrap_or_default()
}

/// Sums among other statements of an innermost loop over elements that are neighbours. The lanes take their turns in the
/// order of the loop, so nothing but the sums is reordered.
fn several(code: &Code, function: &FunctionNode, inner: &Loop<'_>, lanes: usize) -> Option<String> {
    let i = inner.var;
    if !innermost(inner.body) {
        return None;
    }
    let touched = function.touched(inner, code)?;
    let near = touched
        .elements
        .iter()
        .all(|t| matches!(t.access.stride(i, code), Some(Stride::None | Stride::One)));
    let mut sums: Vec<(&str, String, String)> = Vec::new();
    for name in &touched.outer {
        let uses: Vec<_> = inner
            .body
            .iter()
            .flat_map(|t| t.all(|t| t.name() == Some(name)))
            .collect();
        let add = inner
            .body
            .iter()
            .filter(|s| s.kind == "expr")
            .filter_map(|s| s.kids.first());
        let added = add
            .filter(|a| a.kind == "assign" && matches!(a.op, "+=" | "-="))
            .any(|a| a.kids[0].name() == Some(name) && a.kids[1].mentions(i));
        // nothing else may change from step to step
        let ty = floating(function, name).filter(|_| added && uses.len() == 1)?;
        sums.push((name, ty, code.fresh(&format!("{name}_part"))));
    }
    if sums.is_empty()
        || !near
        || touched
            .elements
            .iter()
            .all(|t| t.access.stride(i, code) != Some(Stride::One))
    {
        return None;
    }
    let (lane, last) = (code.fresh("lane"), lanes - 1);
    let step = format!("({i} + {lane})");
    let put = |t: &Term| match t.name() {
        Some(name) if name == i => Some(step.clone()),
        name => sums
            .iter()
            .find(|(sum, ..)| Some(*sum) == name)
            .map(|(_, _, part)| format!("{part}[{lane}]")),
    };
    let wide: String = inner
        .body
        .iter()
        .map(|s| code.patched(s, &put) + "\n")
        .collect();
    let body: String = inner
        .body
        .iter()
        .map(|s| format!("{}\n", code.of(s)))
        .collect();
    let (mut before, mut after) = (String::new(), String::new());
    for (name, ty, part) in &sums {
        before += &format!("{ty} {part}[{lanes}] = {{}};\n");
        after += &format!("{name} += {};\n", folded(part, lanes));
    }
    let (ty, lo) = (code.of(inner.ty), code.of(inner.lo));
    let full = inner.test(&format!("{i} + {last}"), code);
    Some(format!(
        "{{\n{before}{ty} {i} = {lo};\nfor (; {full}; {i} += {lanes}) {{\nfor ({ty} {lane} = 0; {lane} < {lanes}; ++{lane}) {{\n{wide}}}\n}}\nfor (; {}; ++{i}) {{\n{body}}}\n{after}}}",
        inner.test(i, code)
    ))
}

fn counted(code: &Code, function: &FunctionNode, b: &Bound, lanes: usize) -> Option<String> {
    let text = |hole: &str| b.text(hole, &code.text);
    let (i, s) = (b.name("i")?, b.name("s")?);
    let ty = floating(function, s)?;
    let (summand, limit) = (b.term("e")?, b.term("n")?);
    if !is_whole(&super::squeezed(text("T"))) || !is_pure(summand, code) || !is_pure(limit, code) {
        return None;
    }
    if summand.mentions(s)
        || limit.mentions(s)
        || limit.mentions(i)
        || !summand.mentions(i)
        || text("e").contains("part[")
    {
        return None;
    }
    let simple = |t: &Term| {
        t.kind == "declaration"
            && !t.mentions(s)
            && t.kids.iter().skip(1).all(|k| is_pure(k, code))
            && !code.of(t).contains("static")
    };
    if !b.terms("pre").iter().all(simple) {
        return None;
    }
    let (part, lane) = (code.fresh("part"), code.fresh("lane"));
    let step = format!("({i} + {lane})");
    let pre: String = b
        .terms("pre")
        .iter()
        .map(|t| code.with(t, i, &step) + "\n")
        .collect();
    let value = code.with(summand, i, &step);
    let (t, n) = (text("T"), text("n"));
    let last = lanes - 1;
    Some(format!(
        "{{\n{ty} {part}[{lanes}] = {{}};\n{t} {i} = {};\nfor (; {i} + {last} < {n}; {i} += {lanes}) {{\nfor ({t} {lane} = 0; {lane} < {lanes}; ++{lane}) {{\n{pre}{part}[{lane}] += {value};\n}}\n}}\nfor (; {i} < {n}; ++{i}) {{\n{}\n{s} += {};\n}}\n{s} += {};\n}}",
        text("lo"),
        text("pre"),
        text("e"),
        folded(&part, lanes)
    ))
}

fn ranged(code: &Code, function: &FunctionNode, b: &Bound, lanes: usize) -> Option<String> {
    let (v, x, s) = (
        b.name("v").or_else(|| inner(b.term("v")?))?,
        b.name("x")?,
        b.name("s")?,
    );
    let ty = floating(function, s)?;
    let summand = b.term("e")?;
    function.element_of(x).filter(|e| *e != "bool")?;
    if !is_pure(summand, code) || summand.mentions(s) || summand.mentions(x) {
        return None;
    }
    let (from, count, at, part, lane) = (
        code.fresh("from"),
        code.fresh("count"),
        code.fresh("at"),
        code.fresh("part"),
        code.fresh("lane"),
    );
    let wide = code.with(summand, v, &format!("{from}[{at} + {lane}]"));
    let one = code.with(summand, v, &format!("{from}[{at}]"));
    let last = lanes - 1;
    Some(format!(
        "{{\nconst auto* {from} = {x}.data();\nconst size_t {count} = {x}.size();\n{ty} {part}[{lanes}] = {{}};\nsize_t {at} = 0;\nfor (; {at} + {last} < {count}; {at} += {lanes}) {{\nfor (size_t {lane} = 0; {lane} < {lanes}; ++{lane}) {{\n{part}[{lane}] += {wide};\n}}\n}}\nfor (; {at} < {count}; ++{at}) {{\n{s} += {one};\n}}\n{s} += {};\n}}",
        folded(&part, lanes)
    ))
}

fn inner(term: &Term) -> Option<&str> {
    (term.kind == "reference_declarator")
        .then(|| term.kids.first()?.name())
        .flatten()
}

fn library(code: &Code, function: &FunctionNode, b: &Bound, lanes: usize) -> Option<String> {
    let x = b.name("x")?;
    let ty = function
        .element_of(x)
        .filter(|e| matches!(*e, "double"))?
        .to_owned();
    let start = b.term("z").filter(|z| z.kind == "number_literal")?;
    if !code.of(start).contains('.') {
        return None;
    }
    let (from, count, at, part, lane) = (
        code.fresh("from"),
        code.fresh("count"),
        code.fresh("at"),
        code.fresh("part"),
        code.fresh("lane"),
    );
    let last = lanes - 1;
    Some(format!(
        "[&]() -> {ty} {{\nconst {ty}* {from} = {x}.data();\nconst size_t {count} = {x}.size();\n{ty} {part}[{lanes}] = {{}};\nsize_t {at} = 0;\nfor (; {at} + {last} < {count}; {at} += {lanes}) {{\nfor (size_t {lane} = 0; {lane} < {lanes}; ++{lane}) {{\n{part}[{lane}] += {from}[{at} + {lane}];\n}}\n}}\n{ty} total = {};\nfor (; {at} < {count}; ++{at}) {{\ntotal += {from}[{at}];\n}}\nreturn total + {};\n}}()",
        code.of(start),
        folded(&part, lanes)
    ))
}

#[cfg(test)]
mod tests {
    use super::super::Technique::Accumulators;
    use super::super::tests::after;

    const BEFORE: &str = "double total(std::vector<double> const& v) { double s = 1.5; for (double x : v) { s += x * x; } return s; }";

    #[test]
    fn a_sum_gets_several_accumulators() {
        let new = after(Accumulators, BEFORE, "total").unwrap_or_default();
        assert!(
            new.contains("part[lane] += from[at + lane] * from[at + lane];"),
            "{new}"
        );
    }

    const ROWS: &str = "double rows(std::vector<std::vector<double>>& v, std::vector<double>& x, int r, int n) { double s = 0; double t = 1; for (int c = 0; c < n; c++) { s -= v[r][c] * x[c]; t += x[c]; x[c] = x[c] * 2; } return s * t; }";

    #[test]
    fn sums_along_rows_beside_other_statements_get_accumulators_too() {
        let new = after(Accumulators, ROWS, "rows").unwrap_or_default();
        for part in [
            "s_part[lane] -= v[r][(c + lane)] * x[(c + lane)];\nt_part[lane] += x[(c + lane)];\nx[(c + lane)] *= 2;\n",
            "for (; c < n; ++c) {\ns -= v[r][c] * x[c];\nt += x[c];\nx[c] = x[c] * 2;\n}\ns += ((",
        ] {
            assert!(new.contains(part), "{new}");
        }
        for (what, by) in [
            // a sum that is asked for, another thing that changes, columns, jumps, calls
            ("t += x[c]", "t += s"),
            ("t += x[c]", "t *= x[c]"),
            ("v[r][c]", "v[c][r]"),
            ("t += x[c]", "if (x[c] > 9) break"),
            ("t += x[c]", "x.push_back(c)"),
            ("x[c] * 2", "next(x, c)"),
            ("c < n", "c < s"),
        ] {
            assert!(ROWS.contains(what), "{what}");
            assert_eq!(
                after(Accumulators, &ROWS.replace(what, by), "rows"),
                None,
                "{by}"
            );
        }
    }

    #[test]
    fn whole_numbers_and_impure_summands_stay() {
        for (what, by) in [
            ("double s", "long s"),
            ("x * x", "x * s"),
            ("x * x", "next(x)"),
        ] {
            assert!(BEFORE.contains(what), "{what}");
            assert_eq!(
                after(Accumulators, &BEFORE.replace(what, by), "total"),
                None,
                "{by}"
            );
        }
    }
}

//! Sums of floating-point numbers in several accumulators, so that additions need not wait for each other.
//! Legal when the summand is pure; only the order of additions changes.

use super::Options;
use crate::agents::rewriter::analysis::code::{Code, Function};
use crate::agents::rewriter::analysis::facts::{is_pure, is_whole};
use crate::agents::rewriter::analysis::pattern::{Bound, expressions, find};
use crate::agents::rewriter::analysis::term::Term;

/// Several accumulators.
pub fn accumulators(code: &Code, options: &Options) -> Option<String> {
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

fn floating(function: &Function, name: &str) -> Option<String> {
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

fn counted(code: &Code, function: &Function, b: &Bound, lanes: usize) -> Option<String> {
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

fn ranged(code: &Code, function: &Function, b: &Bound, lanes: usize) -> Option<String> {
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

fn library(code: &Code, function: &Function, b: &Bound, lanes: usize) -> Option<String> {
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

//! Counting into a small table: several tables take turns, so that one increment need not wait for the one before.
//! Legal when the table is a fixed array, the position is pure and nothing else happens in the loop.

use super::Options;
use crate::rewriter::analysis::code::{Code, FunctionNode};
use crate::rewriter::analysis::facts::{is_pure, is_whole};
use crate::rewriter::analysis::pattern::{Bound, find};

/// Several tables.
pub(crate) fn split(code: &Code, options: &Options) -> Option<String> {
    let mut edits = Vec::new();
    let tables = options.tables.clamp(2, 8);
    for function in &code.functions {
        for found in find("for ($T $v : $x) { $h[$e] += $w; }", &function.body) {
            edits.extend(
                ranged(code, function, &found.bound, tables).map(|new| (found.range.clone(), new)),
            );
        }
        for found in find(
            "for ($T $i = 0; $i < $n; $i++) { $h[$e] += $w; }",
            &function.body,
        ) {
            edits.extend(
                counted(code, function, &found.bound, tables).map(|new| (found.range.clone(), new)),
            );
        }
    }
    (!edits.is_empty()).then(|| code.edited(edits))
}

/// Element type and length of a fixed array of whole numbers.
pub(crate) fn fixed(function: &FunctionNode, name: &str) -> Option<(String, usize)> {
    let ty = function
        .var(name)?
        .ty
        .strip_prefix("array<")?
        .strip_suffix('>')?;
    let (element, length) = ty.rsplit_once(',')?;
    let length = length.parse().ok()?;
    (is_whole(element) && length <= 4096).then(|| (element.to_owned(), length))
}

fn ranged(code: &Code, function: &FunctionNode, b: &Bound, tables: usize) -> Option<String> {
    let term = b.term("v")?;
    let v = term.name().or_else(|| {
        (term.kind == "reference_declarator")
            .then(|| term.kids.first()?.name())
            .flatten()
    })?;
    let x = b.name("x")?;
    function.element_of(x).filter(|e| *e != "bool")?;
    let from = code.fresh("from");
    let e = b.term("e")?;
    if e.mentions(x) {
        return None;
    }
    let new = body(code, function, b, tables, &format!("{x}.size()"), &|at| {
        code.with(e, v, &format!("{from}[{at}]"))
    })?;
    Some(format!("{{\nconst auto* {from} = {x}.data();\n{new}}}"))
}

fn counted(code: &Code, function: &FunctionNode, b: &Bound, tables: usize) -> Option<String> {
    let (i, e, n) = (b.name("i")?, b.term("e")?, b.term("n")?);
    if !is_whole(&super::squeezed(b.text("T", &code.text))) || !is_pure(n, code) || n.mentions(i) {
        return None;
    }
    let new = body(code, function, b, tables, code.of(n), &|at| {
        code.with(e, i, at)
    })?;
    Some(format!("{{\n{new}}}"))
}

fn body(
    code: &Code,
    function: &FunctionNode,
    b: &Bound,
    tables: usize,
    n: &str,
    position: &dyn Fn(&str) -> String,
) -> Option<String> {
    let h = b.name("h")?;
    let (element, length) = fixed(function, h)?;
    let e = b.term("e")?;
    if b.term("w")?.leaf != "1" || !is_pure(e, code) || e.mentions(h) {
        return None;
    }
    let (side, at, count) = (code.fresh("side"), code.fresh("at"), code.fresh("count"));
    let mut steps = String::new();
    for t in 0..tables {
        let place = position(&format!("({at} + {t})"));
        steps += &if t == 0 {
            format!("++{h}[{place}];\n")
        } else {
            format!("++{side}[{}][{place}];\n", t - 1)
        };
    }
    let more = tables - 1;
    Some(code.freshen(&format!(
        "{element} {side}[{more}][{length}] = {{}};\nconst size_t {count} = {n};\nsize_t {at} = 0;\nfor (; {at} + {more} < {count}; {at} += {tables}) {{\n{steps}}}\nfor (; {at} < {count}; ++{at}) {{\n++{h}[{}];\n}}\nfor (size_t %bin = 0; %bin < {length}; ++%bin) {{\nfor (size_t %table = 0; %table < {more}; ++%table) {{\n{h}[%bin] += {side}[%table][%bin];\n}}\n}}\n",
        position(&at)
    )))
}

#[cfg(test)]
mod tests {
    use super::super::Technique::SplitHistogram;
    use super::super::tests::after;

    const BEFORE: &str = "void count(std::vector<int> const& v, std::array<long, 32>& h) { for (int x : v) { h[x % 32]++; } }";

    #[test]
    fn tables_take_turns() {
        let new = after(SplitHistogram, BEFORE, "count").unwrap_or_default();
        assert!(new.contains("++side[0][from[(at + 1)] % 32];"), "{new}");
    }

    #[test]
    fn weights_and_growing_tables_stay() {
        for (what, by) in [
            ("h[x % 32]++", "h[x % 32] += x"),
            ("std::array<long, 32>", "std::vector<long>"),
            ("x % 32]", "h[x]]"),
        ] {
            assert!(BEFORE.contains(what), "{what}");
            assert_eq!(
                after(SplitHistogram, &BEFORE.replace(what, by), "count"),
                None,
                "{by}"
            );
        }
    }
}

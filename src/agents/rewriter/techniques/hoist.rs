//! What an inner loop need not recompute: array elements it accumulates into, and row offsets.
//! Legal when the hoisted expression is pure and nothing in the loop changes what it is made of.

use super::Options;
use crate::rewriter::analysis::code::{Code, FunctionNode};
use crate::rewriter::analysis::facts::{changed, is_number, is_pure, is_whole, jumps, names};
use crate::rewriter::analysis::linear::{Linear, Stride};
use crate::rewriter::analysis::pattern::{Bound, find};

/// A local variable accumulates instead of an array element.
pub(crate) fn scalars(code: &Code, _options: &Options) -> Option<String> {
    let mut edits = Vec::new();
    for function in &code.functions {
        for found in find(
            "for ($T $i = $lo; $i < $n; $i++) { $$$pre; $a[$x] += $e; }",
            &function.body,
        ) {
            edits
                .extend(scalar(code, function, &found.bound).map(|new| (found.range.clone(), new)));
        }
    }
    (!edits.is_empty()).then(|| code.edited(edits))
}

fn scalar(code: &Code, function: &FunctionNode, b: &Bound) -> Option<String> {
    let text = |hole: &str| b.text(hole, &code.text);
    let (i, a, x, e, n) = (
        b.name("i")?,
        b.name("a")?,
        b.term("x")?,
        b.term("e")?,
        b.term("n")?,
    );
    let ty = function.element_of(a).filter(|t| is_number(t))?.to_owned();
    let steady = !x.mentions(i)
        && is_pure(x, code)
        && is_pure(e, code)
        && is_pure(n, code)
        && !e.mentions(a)
        && !n.mentions(a)
        && !n.mentions(i);
    let plain = b.terms("pre").iter().all(|t| {
        t.kind == "declaration" && !t.mentions(a) && t.kids.iter().skip(1).all(|k| is_pure(k, code))
    });
    let declared_inside: Vec<String> = b.terms("pre").iter().flat_map(names).collect();
    if !steady || !plain || names(x).iter().any(|name| declared_inside.contains(name)) {
        return None;
    }
    if !is_whole(&super::squeezed(text("T"))) {
        return None;
    }
    // with no step at all the element may not even exist
    let template = format!(
        "if ({lo} < {n}) {{\n{ty} %sum = {a}[{x}];\nfor ({t} {i} = {lo}; {i} < {n}; {i}++) {{\n{pre}\n%sum += {e};\n}}\n{a}[{x}] = %sum;\n}}",
        lo = text("lo"),
        n = text("n"),
        x = text("x"),
        t = text("T"),
        pre = text("pre"),
        e = text("e")
    );
    Some(code.freshen(&template))
}

/// Row offsets become raw pointers in front of the innermost loop.
pub(crate) fn pointers(code: &Code, _options: &Options) -> Option<String> {
    let mut edits = Vec::new();
    for function in &code.functions {
        for found in find(
            "for ($T $i = $lo; $i < $n; $i++) { $$$body; }",
            &function.body,
        ) {
            let b = &found.bound;
            let loops = |t: &crate::rewriter::analysis::term::Term| {
                t.has("for_statement")
                    || t.has("while_statement")
                    || t.has("lambda_expression")
                    || t.has("for_range_loop")
            };
            if b.terms("body")
                .iter()
                .any(|t| loops(t) || t.has("goto_statement"))
            {
                continue;
            }
            edits.extend(pointed(code, function, b).map(|new| (found.range.clone(), new)));
        }
    }
    (!edits.is_empty()).then(|| code.edited(edits))
}

fn pointed(code: &Code, function: &FunctionNode, b: &Bound) -> Option<String> {
    let i = b.name("i")?;
    let touched: std::collections::BTreeSet<String> = b
        .terms("body")
        .iter()
        .flat_map(|t| changed(t, code))
        .collect();
    let declared: std::collections::BTreeSet<String> = b
        .terms("body")
        .iter()
        .filter(|t| t.kind == "declaration")
        .flat_map(names)
        .collect();
    if b.terms("body")
        .iter()
        .any(|t| jumps(t) && t.has("goto_statement"))
        || !is_whole(&super::squeezed(b.text("T", &code.text)))
    {
        return None;
    }
    let mut rows: Vec<(String, String, String)> = Vec::new();
    let mut offsets: std::collections::BTreeMap<String, String> = std::collections::BTreeMap::new();
    let mut text = String::new();
    for statement in b.terms("body") {
        let patched = |rows: &[(String, String, String)]| {
            code.patched(statement, &|t| {
                let (array, index) = t.subscript()?;
                let key = (code.of(array), code.of(index));
                rows.iter()
                    .find(|(a, x, _)| (a.as_str(), x.as_str()) == key)
                    .map(|(_, _, name)| format!("{name}[{i}]"))
            })
        };
        for access in statement.all(|t| t.subscript().is_some()) {
            let (array, index) = access.subscript()?;
            let Some(name) = array.name() else { continue };
            let Some(var) = function.var(name) else {
                continue;
            };
            let numbers = function.element_of(name).is_some_and(is_number);
            // only `offset + i`, so that what is left after taking `i` away is the row's start
            let offset =
                index.op == "+" && index.kids.len() == 2 && index.kids[1].name() == Some(i);
            let far = offset
                && Linear::of(&index.kids[0], code).is_some_and(|l| l.stride(i) == Stride::None);
            let steady = offset
                && names(&index.kids[0])
                    .iter()
                    .all(|n| !touched.contains(n) && !declared.contains(n));
            if numbers
                && far
                && steady
                && var.param
                && is_pure(index, code)
                && index.kids[0].kind == "binary_expression"
            {
                let known = rows
                    .iter()
                    .any(|(a, x, _)| a == name && x == code.of(index));
                if !known && rows.len() < 8 {
                    let base = format!("{name}_row");
                    let fresh = if rows.iter().any(|(a, _, _)| a == name) {
                        format!("{base}{}", rows.len())
                    } else {
                        base
                    };
                    offsets.insert(
                        code.of(index).to_owned(),
                        code.of(&index.kids[0]).to_owned(),
                    );
                    rows.push((
                        name.to_owned(),
                        code.of(index).to_owned(),
                        code.fresh(&fresh),
                    ));
                }
            }
        }
        text += &patched(&rows);
        text.push('\n');
    }
    if rows.is_empty() {
        return None;
    }
    let mut out = String::from("{\n");
    for (array, offset, name) in rows
        .iter()
        .map(|(a, x, n)| (a, offsets.get(x).map_or("0", String::as_str), n))
    {
        out += &format!("auto* {name} = {array}.data() + ({offset});\n");
    }
    let hole = |h: &str| b.text(h, &code.text);
    out += &format!(
        "for ({} {i} = {}; {i} < {}; {i}++) {{\n{text}}}\n}}",
        hole("T"),
        hole("lo"),
        hole("n")
    );
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::super::Technique::ScalarAccumulation;
    use super::super::tests::after;

    const BEFORE: &str = "void rows(std::vector<double> const& v, std::vector<double>& s, int h, int w) { for (int r = 0; r < h; r++) { for (int c = 0; c < w; c++) { s[r] += v[r * w + c]; } } }";

    #[test]
    fn an_element_is_accumulated_in_a_local() {
        let new = after(ScalarAccumulation, BEFORE, "rows").unwrap_or_default();
        assert!(
            new.contains("double sum = s[r];")
                && new.contains("sum += v[r * w + c];")
                && new.contains("s[r] = sum;"),
            "{new}"
        );
    }

    #[test]
    fn moving_elements_and_reads_of_the_array_stay() {
        for (what, by) in [("s[r] +=", "s[c] +="), ("v[r * w + c]", "s[c]")] {
            assert!(BEFORE.contains(what), "{what}");
            assert_eq!(
                after(ScalarAccumulation, &BEFORE.replace(what, by), "rows"),
                None,
                "{by}"
            );
        }
    }
}

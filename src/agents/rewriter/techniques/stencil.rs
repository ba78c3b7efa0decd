//! Neighbourhoods with bounds checks: away from the border the checks always hold, so a copy of the code without them runs there.
//! Legal when every removed check follows from the distance to the border; the border itself keeps the original code.

use std::ops::Range;

use super::Options;
use crate::rewriter::analysis::code::{Code, FunctionNode};
use crate::rewriter::analysis::facts::{assigned, changed, is_whole};
use crate::rewriter::analysis::pattern::{Bound, find};
use crate::rewriter::analysis::term::Term;

/// Interior and border apart.
pub(crate) fn interior(code: &Code, _options: &Options) -> Option<String> {
    let shape = "for ($Ti $i = 0; $i < $n; $i++) for ($Tj $j = 0; $j < $m; $j++) { $$$body; }";
    for function in &code.functions {
        for found in find(shape, &function.body) {
            for margin in 1..=3 {
                if let Some(done) = split(code, function, &found.bound, found.range.clone(), margin)
                {
                    return Some(done);
                }
            }
        }
    }
    None
}

/// A coordinate whose distance from the border is known, and the size it is below.
struct Inside<'a> {
    coordinates: [(&'a str, &'a str); 2],
    margin: i64,
}

/// Smallest value of an expression as `size·N + constant` for coordinates in the interior.
#[derive(Debug, Clone, Copy)]
struct Least {
    sizes: [i64; 2],
    rows: [i64; 2],
    constant: i64,
    /// Sum over offsets of |coefficient|·reach.
    slack: i64,
}

fn split(
    code: &Code,
    function: &FunctionNode,
    b: &Bound,
    range: Range<usize>,
    margin: i64,
) -> Option<String> {
    let text = |hole: &str| b.text(hole, &code.text);
    let (i, j, n, m) = (b.name("i")?, b.name("j")?, b.name("n")?, b.name("m")?);
    let touched: std::collections::BTreeSet<String> = b
        .terms("body")
        .iter()
        .flat_map(|t| changed(t, code))
        .collect();
    let steady = [i, j, n, m].iter().all(|name| !touched.contains(*name));
    let whole = |hole: &str| is_whole(&super::squeezed(text(hole)));
    let leaves = b.terms("body").iter().any(|t| {
        t.has("return_statement")
            || t.has("break_statement")
            || t.has("goto_statement")
            || t.has("lambda_expression")
    });
    if !steady || leaves || !whole("Ti") || !whole("Tj") {
        return None;
    }
    let inside = Inside {
        coordinates: [(i, n), (j, m)],
        margin,
    };
    let (mut removed, mut helpers) = (0, Vec::new());
    let mut body = String::new();
    for statement in b.terms("body") {
        removed += checks(function, statement, &inside).len();
        body += &code.patched(statement, &|t| {
            unchecked(function, t, &inside)
                .or_else(|| helper_call(code, t, &inside, &mut Vec::new()))
        });
        body.push('\n');
        statement.walk(&mut |t| {
            helper_call(code, t, &inside, &mut helpers);
        });
    }
    if removed + helpers.len() == 0 {
        return None;
    }
    helpers.sort_by_key(|(at, _): &(usize, String)| *at);
    helpers.dedup();
    let original = text("body");
    let (ti, tj) = (text("Ti"), text("Tj"));
    let limit = |ty: &str, n: &str| format!("static_cast<{}>({n})", ty.replace("const ", ""));
    let (rows, columns) = (limit(ti, n), limit(tj, m));
    let bare = |ty: &str| ty.replace("const ", "").trim().to_owned();
    let (ti, tj) = (bare(ti), bare(tj));
    let new = code.freshen(&format!(
        "for ({ti} {i} = 0; {i} < {n}; {i}++) {{\nif ({i} < {margin} || {i} + {margin} >= {rows} || {columns} <= {}) {{\nfor ({tj} {j} = 0; {j} < {m}; {j}++) {{\n{original}\n}}\ncontinue;\n}}\nfor ({tj} {j} = 0; {j} < {margin}; {j}++) {{\n{original}\n}}\nconst {tj} %inner_end = {columns} - {margin};\nfor ({tj} {j} = {margin}; {j} < %inner_end; {j}++) {{\n{body}}}\nfor ({tj} {j} = %inner_end; {j} < {m}; {j}++) {{\n{original}\n}}\n}}",
        2 * margin
    ));
    let mut edits = vec![(range, new)];
    for (at, definition) in helpers {
        edits.push((at..at, definition));
    }
    Some(code.edited(edits))
}

/// Terms below that always hold in the interior.
fn checks<'t>(function: &FunctionNode, term: &'t Term, inside: &Inside<'_>) -> Vec<&'t Term> {
    term.all(|t| unchecked(function, t, inside).is_some())
}

fn unchecked(function: &FunctionNode, term: &Term, inside: &Inside<'_>) -> Option<String> {
    if term.op == "&&" {
        return term
            .kids
            .iter()
            .all(|k| unchecked(function, k, inside).is_some())
            .then(|| "true".to_owned());
    }
    if term.kind != "binary_expression" || !matches!(term.op, "<" | "<=") {
        return None;
    }
    let left = least(function, &term.kids[0], inside, 6)?;
    let mut right = least(function, &term.kids[1], inside, 6)?;
    let one_size = inside.coordinates[0].1 == inside.coordinates[1].1;
    if one_size && left.rows == [0, 1] && right.rows == [0, 0] {
        right.sizes.swap(0, 1);
    }
    let mut low = right.constant - left.constant - right.slack - left.slack;
    let mut bounded = false;
    for axis in 0..2 {
        let size = right.sizes[axis] - left.sizes[axis];
        let row = right.rows[axis] - left.rows[axis];
        // a coordinate is at least margin and at most size − 1 − margin
        match (row, size) {
            (0, 0) => {}
            (1, 0) => {
                low += inside.margin;
                bounded = true;
            }
            (-1, 1) => {
                low += 1 + inside.margin;
                bounded = true;
            }
            _ => return None,
        }
    }
    (bounded && low >= i64::from(term.op == "<")).then(|| "true".to_owned())
}

fn least(function: &FunctionNode, term: &Term, inside: &Inside<'_>, fuel: u8) -> Option<Least> {
    let zero = Least {
        sizes: [0; 2],
        rows: [0; 2],
        constant: 0,
        slack: 0,
    };
    let fuel = fuel.checked_sub(1)?;
    if let Some(name) = term.name() {
        for (axis, (coordinate, size)) in inside.coordinates.iter().enumerate() {
            let mut out = zero;
            if name == *coordinate {
                out.rows[axis] = 1;
                return Some(out);
            }
            // with one size for both directions either counts; the axis is settled when they are compared
            if name == *size && inside.coordinates[0].1 != inside.coordinates[1].1 {
                out.sizes[axis] = 1;
                return Some(out);
            }
        }
        if name == inside.coordinates[0].1 {
            return Some(Least {
                sizes: [1, 0],
                ..zero
            });
        }
        if let Some(reach) = offset(function, name) {
            return Some(Least {
                slack: reach,
                ..zero
            });
        }
        let var = function.var(name)?;
        let fixed =
            !var.param && !var.alias && (var.constant || !assigned(&function.body).contains(name));
        return least(function, var.init.as_ref().filter(|_| fixed)?, inside, fuel);
    }
    match (term.kind, term.op) {
        ("number_literal", _) => Some(Least {
            constant: term.leaf.parse().ok()?,
            ..zero
        }),
        ("cast_expression", _) => least(function, term.kids.last()?, inside, fuel),
        ("call_expression", _) => {
            let callee = term.kids.first()?;
            let cast = callee.kind == "primitive_type"
                || callee.kids.first().is_some_and(|n| n.leaf == "static_cast");
            cast.then(|| least(function, term.kids.get(1)?.kids.first()?, inside, fuel))?
        }
        ("binary_expression", "+" | "-") => {
            let (a, b) = (
                least(function, &term.kids[0], inside, fuel)?,
                least(function, &term.kids[1], inside, fuel)?,
            );
            let sign = if term.op == "+" { 1 } else { -1 };
            let mut out = a;
            for axis in 0..2 {
                out.sizes[axis] += sign * b.sizes[axis];
                out.rows[axis] += sign * b.rows[axis];
            }
            out.constant += sign * b.constant;
            out.slack += b.slack;
            Some(out)
        }
        _ => None,
    }
}

/// How far a loop variable that only runs from −r to r (or from 0 to r) reaches.
fn offset(function: &FunctionNode, name: &str) -> Option<i64> {
    let number = |t: &Term| -> Option<i64> {
        match (t.kind, t.op) {
            ("number_literal", _) => t.leaf.parse().ok(),
            ("unary_expression", "-") => t.kids.first()?.leaf.parse::<i64>().ok().map(|v| -v),
            _ => None,
        }
    };
    let mut reach = None;
    for (shape, less) in [
        ("for ($T $d = $lo; $d <= $hi; $d++) { $$$b; }", 0),
        ("for ($T $d = $lo; $d < $hi; $d++) { $$$b; }", 1),
    ] {
        for found in find(shape, &function.body)
            .iter()
            .filter(|f| f.bound.name("d") == Some(name))
        {
            let (lo, hi) = (
                number(found.bound.term("lo")?)?,
                number(found.bound.term("hi")?)? - less,
            );
            if found
                .bound
                .terms("b")
                .iter()
                .any(|t| assigned(t).contains(name))
            {
                return None;
            }
            reach = Some(reach.unwrap_or(0).max(lo.abs()).max(hi.abs()));
        }
    }
    reach
}

/// A call to a checked helper at these coordinates, renamed to its unchecked copy; the copy goes to `copies`.
fn helper_call(
    code: &Code,
    term: &Term,
    inside: &Inside<'_>,
    copies: &mut Vec<(usize, String)>,
) -> Option<String> {
    let (name, args) = term.call()?;
    let helper = code
        .function(name)
        .filter(|h| h.params.len() == args.len() && h.name != code.entry)?;
    let as_param = |outer: &str| {
        let mut hits = args
            .iter()
            .zip(&helper.params)
            .filter(|(a, _)| a.name() == Some(outer));
        hits.next()
            .map(|(_, p)| p.as_str())
            .filter(|_| hits.next().is_none())
    };
    let [(i, n), (j, m)] = inside.coordinates;
    let within = Inside {
        coordinates: [(as_param(i)?, as_param(n)?), (as_param(j)?, as_param(m)?)],
        margin: inside.margin,
    };
    let changed = assigned(&helper.body);
    if helper.params.iter().any(|p| changed.contains(p))
        || checks(helper, &helper.body, &within).is_empty()
    {
        return None;
    }
    let new_name = code.fresh(&format!("{name}_inside"));
    let head = code.text.get(helper.range.start..helper.body.range.start)?;
    let place = head.find(&format!("{name}("))?;
    let body = code.patched(&helper.body, &|t| unchecked(helper, t, &within));
    let keyword = if head.contains("static ") || head.contains("inline ") {
        ""
    } else {
        "static inline "
    };
    copies.push((
        helper.range.end,
        format!(
            "\n\n{keyword}{}{new_name}{}{body}",
            &head[..place],
            &head[place + name.len()..]
        ),
    ));
    let call = code.of(term);
    Some(call.replacen(name, &new_name, 1))
}

#[cfg(test)]
mod tests {
    use super::super::Technique::Interior;
    use super::super::tests::after;

    const HELPED: &str = "int around(std::vector<int> const& grid, size_t n, size_t r, size_t c) {\n    int sum = 0;\n    for (int a = -1; a <= 1; a++) {\n        for (int b = -1; b <= 1; b++) {\n            const long y = static_cast<long>(r) + a;\n            const long x = static_cast<long>(c) + b;\n            if (y >= 0 && y < static_cast<long>(n) && x >= 0 && x < static_cast<long>(n)) sum += grid[y * n + x];\n        }\n    }\n    return sum;\n}\nvoid smooth(std::vector<int> const& in, std::vector<int>& out, size_t n) {\n    for (size_t i = 0; i < n; i++) for (size_t j = 0; j < n; j++) out[i * n + j] = around(in, n, i, j);\n}";

    #[test]
    fn a_checked_helper_gets_an_unchecked_copy_for_the_interior() {
        let new = after(Interior, HELPED, "smooth").unwrap_or_default();
        assert!(
            new.contains("around_inside(in, n, i, j)") && new.contains("if (true)"),
            "{new}"
        );
    }

    #[test]
    fn checks_that_do_not_follow_from_the_border_stay() {
        assert_eq!(
            after(
                Interior,
                &HELPED.replace(
                    "y >= 0 && y < static_cast<long>(n) && x >= 0 && x < static_cast<long>(n)",
                    "y < limit"
                ),
                "smooth"
            ),
            None
        );
        assert_eq!(
            after(
                Interior,
                &HELPED
                    .replace("int a = -1; a <= 1", "int a = -reach; a <= reach")
                    .replace("int b = -1; b <= 1", "int b = -reach; b <= reach"),
                "smooth"
            ),
            None
        );
    }
}

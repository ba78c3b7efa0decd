//! The order of two nested loops around an update: the inner one becomes the one along which elements are neighbours.
//! Statements beside the inner loop get loops of their own. Legal when no element is touched by two iterations whose
//! order changes, one of them writing; the order of every single sum is kept.

use super::{Options, squeezed};
use crate::rewriter::analysis::apart::{Around, Order};
use crate::rewriter::analysis::code::{Code, FunctionNode};
use crate::rewriter::analysis::facts::is_pure;
use crate::rewriter::analysis::linear::Stride;
use crate::rewriter::analysis::loops::{Access, Loop, Touch, Touched, access};
use crate::rewriter::analysis::term::Term;

/// Loops in the order in which elements lie in memory.
pub(crate) fn neighbours(code: &Code, _options: &Options) -> Option<String> {
    let mut edits = Vec::new();
    for function in &code.functions {
        for (shared, outer) in function.nests(code) {
            let new = exchanged(code, function, &shared, &outer)
                .or_else(|| in_element(code, function, &shared, &outer));
            edits.extend(new.map(|new| (outer.term.range.clone(), new)));
        }
    }
    (!edits.is_empty()).then(|| code.edited(edits))
}

/// A loop with nothing in it but one assignment to an element.
pub(crate) fn update<'t>(function: &FunctionNode, inner: &Loop<'t>) -> Option<&'t Term> {
    let [only] = inner.body else {
        return None;
    };
    let assign = only
        .kids
        .first()
        .filter(|k| only.kind == "expr" && k.kind == "assign")?;
    function.element_type(&assign.kids[0])?;
    Some(assign)
}

/// The elements of known arrays that a term reads or writes, each as a whole.
pub(crate) fn elements<'t>(function: &FunctionNode, term: &'t Term) -> Vec<Access<'t>> {
    let whole = term.all(|t| function.element_type(t).is_some());
    whole.into_iter().filter_map(access).collect()
}

/// Whether the loops may change places as far as the elements they touch go: none is met by two iterations whose order
/// changes.
pub(crate) fn may_exchange(
    around: &Around<'_, '_>,
    touched: &Touched<'_>,
    outer: &str,
    inner: &str,
) -> bool {
    let within: Vec<_> = touched
        .elements
        .iter()
        .filter(|t| t.loops.iter().any(|l| l.var == inner))
        .collect();
    within.iter().all(|one| {
        within.iter().all(|other| {
            let orders = [
                Order {
                    var: outer,
                    first_earlier: true,
                },
                Order {
                    var: inner,
                    first_earlier: false,
                },
            ];
            !around.may_meet(one, other, &orders)
        })
    })
}

/// `{ T s = z; for k s += e; x[j] = s; }` with the sum in the element, and then in order.
fn in_element(
    code: &Code,
    function: &FunctionNode,
    shared: &[Loop<'_>],
    outer: &Loop<'_>,
) -> Option<String> {
    let [declared, sum, put] = outer.body else {
        return None;
    };
    let inner = function.counted(sum, code)?;
    let [ty, first] = declared.kids.as_slice() else {
        return None;
    };
    let ([name, start], [add]) = (first.kids.as_slice(), inner.body) else {
        return None;
    };
    let (s, add, put) = (name.name()?, add.kids.first()?, put.kids.first()?);
    let ([total, value], [target, result]) = (add.kids.as_slice(), put.kids.as_slice()) else {
        return None;
    };
    let array = access(target)?.array;
    let fits = declared.kind == "declaration"
        && add.kind == "assign"
        && matches!(add.op, "+=" | "-=")
        && total.name() == Some(s)
        && put.kind == "assign"
        && put.op == "="
        && function.element_type(target) == Some(squeezed(code.of(ty)).as_str())
        && !target.mentions(inner.var)
        && ![value, target, start].iter().any(|t| t.mentions(s))
        && [value, start, result, target]
            .iter()
            .all(|t| is_pure(t, code))
        && result.all(|t| t.name() == Some(s)).len() == 1
        && !result.mentions(array);
    if !fits {
        return None;
    }
    // the element no longer keeps its old value while the sum is taken
    let touched = function.touched(&inner, code)?;
    let around = Around {
        code,
        shared: &[shared, &[*outer]].concat(),
        varying: &touched.varying,
    };
    let written = Touch {
        access: access(target)?,
        write: true,
        loops: Vec::new(),
    };
    if touched
        .elements
        .iter()
        .any(|read| around.may_meet(&written, read, &[]))
    {
        return None;
    }
    let element = code.of(target);
    let mut body = String::new();
    if start != target {
        body += &format!("{element} = {};\n", code.of(start));
    }
    body += &format!(
        "{} {{\n{element} {} {};\n}}\n",
        inner.head(code),
        add.op,
        code.of(value)
    );
    if result.name().is_none() {
        body += &format!("{element} = {};\n", code.with(result, s, element));
    }
    let text = format!("{} {{\n{body}}}", outer.head(code));
    let next = Code::read(
        &code.edited(vec![(outer.term.range.clone(), text)]),
        &code.entry,
    )?;
    next.functions.iter().find_map(|function| {
        let nests = function.nests(&next);
        let (shared, outer) = nests
            .iter()
            .find(|(_, l)| l.term.range.start == outer.term.range.start)?;
        exchanged(&next, function, shared, outer)
    })
}

fn exchanged(
    code: &Code,
    function: &FunctionNode,
    shared: &[Loop<'_>],
    outer: &Loop<'_>,
) -> Option<String> {
    let touched = function
        .touched(outer, code)
        .filter(|t| t.varying.is_empty())?;
    let around = Around {
        code,
        shared,
        varying: &touched.varying,
    };
    let turns: Vec<Option<Loop<'_>>> = outer
        .body
        .iter()
        .map(|s| turned(code, function, outer, s))
        .collect();
    if turns.iter().all(Option::is_none) {
        return None;
    }
    // a later statement of an iteration comes after the earlier statements of all iterations
    let at = |t: &Touch<'_>| {
        let start = t.access.at.first().map_or(0, |x| x.range.start);
        outer.body.iter().position(|s| s.range.contains(&start))
    };
    let order = [Order {
        var: outer.var,
        first_earlier: true,
    }];
    for later in &touched.elements {
        for earlier in &touched.elements {
            let apart = at(earlier) < at(later) && at(earlier).is_some();
            if apart && around.may_meet(later, earlier, &order) {
                return None;
            }
        }
    }
    let mut out = String::new();
    let mut guarded = false;
    let mut beside: Vec<&Term> = Vec::new();
    let head = outer.head(code);
    let flush = |beside: &mut Vec<&Term>, out: &mut String| {
        if !beside.is_empty() {
            let body: String = beside
                .drain(..)
                .map(|s| format!("{}\n", code.of(s)))
                .collect();
            *out += &format!("{head} {{\n{body}}}\n");
        }
    };
    for (statement, turn) in outer.body.iter().zip(&turns) {
        let Some(inner) = turn else {
            beside.push(statement);
            continue;
        };
        if !may_exchange(&around, &touched, outer.var, inner.var) {
            return None;
        }
        flush(&mut beside, &mut out);
        let body: String = inner.body.iter().map(|s| code.of(s)).collect();
        out += &format!("{} {{\n{head} {{\n{body}\n}}\n}}\n", inner.head(code));
        // with no step at all what the bounds read may not even exist
        guarded |= inner.lo.has("subscript_expression") || inner.hi.has("subscript_expression");
    }
    flush(&mut beside, &mut out);
    Some(match guarded {
        true => format!("if ({}) {{\n{out}}}", outer.some(code)),
        false => format!("{{\n{out}}}"),
    })
}

/// The inner loop of a statement if it would better be the outer one.
fn turned<'t>(
    code: &Code,
    function: &FunctionNode,
    outer: &Loop<'t>,
    statement: &'t Term,
) -> Option<Loop<'t>> {
    let inner = function.counted(statement, code)?;
    let assign = update(function, &inner)?;
    if !inner.free_of(outer.var) || !outer.free_of(inner.var) {
        return None;
    }
    let strides = |var: &str| -> Option<Vec<Stride>> {
        let all = elements(function, assign);
        all.iter().map(|a| a.stride(var, code)).collect()
    };
    let (along_outer, along_inner) = (strides(outer.var)?, strides(inner.var)?);
    let near = |strides: &[Stride]| {
        strides
            .iter()
            .all(|s| matches!(s, Stride::None | Stride::One))
    };
    (near(&along_outer) && along_outer.contains(&Stride::One) && along_inner.contains(&Stride::Far))
        .then_some(inner)
}

#[cfg(test)]
mod tests {
    use super::super::Technique::Interchange;
    use super::super::tests::after;

    const BEFORE: &str = "void mix(std::vector<std::vector<double>>& p, std::vector<std::vector<double>>& q, std::vector<std::vector<double>>& r, int h, int m, int w) { for (int a = 0; a < h; a++) { for (int b = 0; b < w; b++) { r[a][b] = 0; for (int c = 0; c < m; c++) { r[a][b] += p[a][c] * q[c][b]; } r[a][b] *= 2; } } }";
    const COLUMNS: &str = "void columns(std::vector<std::vector<double>> const& a, std::vector<double>& x, std::vector<double>& y, int n) { for (int i = 0; i < n; i++) { for (int j = 0; j < n; j++) { x[i] += a[j][i] * y[j]; } } }";

    #[test]
    fn sums_down_columns_become_updates_of_rows_beside_loops_of_their_own() {
        let new = after(Interchange, BEFORE, "mix").unwrap_or_default();
        let wanted = "{\nfor (int b = 0; b < w; ++b) {\nr[a][b] = 0;\n}\nfor (int c = 0; c < m; ++c) {\nfor (int b = 0; b < w; ++b) {\nr[a][b] += p[a][c] * q[c][b];\n}\n}\nfor (int b = 0; b < w; ++b) {\nr[a][b] *= 2;\n}\n}";
        assert!(new.contains(wanted), "{new}");
        let new = after(Interchange, COLUMNS, "columns").unwrap_or_default();
        let wanted = "{\nfor (int j = 0; j < n; ++j) {\nfor (int i = 0; i < n; ++i) {\nx[i] += a[j][i] * y[j];\n}\n}\n}";
        assert!(new.contains(wanted), "{new}");
    }

    #[test]
    fn iterations_that_need_each_other_keep_their_order() {
        for (what, by) in [
            // what is written is read: another column, a neighbour, the other way round
            ("q[c][b]", "r[c][b + 1]"),
            ("p[a][c]", "r[a][c]"),
            ("r[a][b] *= 2", "r[a][b] *= r[a][b + 1]"),
            ("r[a][b] = 0", "r[a][b] = r[a][b - 1]"),
            // the same element for all
            ("r[a][b] +=", "r[a][0] +="),
            // bounds that depend on the other loop, or on what is changed
            ("c < m", "c < b"),
            ("c < m", "c < r[a][0]"),
            // calls, jumps, rows that move, another name for a row
            ("q[c][b]", "next(q, c)"),
            ("r[a][b] *= 2;", "if (b > 3) break;"),
            ("r[a][b] *= 2;", "r[a].push_back(2);"),
            ("r[a][b] *= 2;", "auto& z = r[a]; z[b] = 1;"),
            // rows already
            ("q[c][b]", "q[b][c]"),
        ] {
            assert!(BEFORE.contains(what), "{what}");
            assert_eq!(
                after(Interchange, &BEFORE.replace(what, by), "mix"),
                None,
                "{by}"
            );
        }
    }

    #[test]
    fn one_array_on_both_sides_is_fine_where_subscripts_and_bounds_keep_its_elements_apart() {
        // column by column
        let column = BEFORE.replace("q[c][b]", "r[c][b]");
        assert!(after(Interchange, &column, "mix").is_some());
        let solve = "void solve(std::vector<std::vector<double>>& a, int n) { for (int i = 0; i < n; i++) { for (int j = i; j < n; j++) { for (int k = 0; k < i; k++) { a[i][j] -= a[i][k] * a[k][j]; } } } }";
        let new = after(Interchange, solve, "solve").unwrap_or_default();
        assert!(
            new.contains("for (int k = 0; k < i; ++k) {\nfor (int j = i; j < n; ++j) {"),
            "{new}"
        );
        for (what, by) in [("k < i", "k < n"), ("j = i", "j = 0")] {
            assert_eq!(
                after(Interchange, &solve.replace(what, by), "solve"),
                None,
                "{by}"
            );
        }
    }
}

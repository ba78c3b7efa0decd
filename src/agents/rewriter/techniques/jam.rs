//! Several updates of a row in one pass over it: `for k for j c[j] += a[k] * b[k][j]` loads and stores every `c[j]` once for
//! several values of `k`. Legal when the updates read nothing that they write; the order of every single sum is kept.

use super::Options;
use super::order::{elements, may_exchange, update};
use crate::rewriter::analysis::apart::Around;
use crate::rewriter::analysis::code::{Code, FunctionNode};
use crate::rewriter::analysis::facts::is_pure;
use crate::rewriter::analysis::linear::Stride;
use crate::rewriter::analysis::loops::{Loop, Touch, access};
use crate::rewriter::analysis::term::Term;

/// Several updates per pass.
pub(crate) fn jammed(code: &Code, options: &Options) -> Option<String> {
    let mut edits = Vec::new();
    for function in &code.functions {
        for (shared, outer) in function.nests(code) {
            let new = jam(code, function, &shared, &outer, options.updates.max(2));
            edits.extend(new.map(|new| (outer.term.range.clone(), new)));
        }
    }
    (!edits.is_empty()).then(|| code.edited(edits))
}

/// Target, operator and summand of two loops around an update of a row, `for p for q c[q] += e`, where everything lies along
/// `q` or does not move with it.
pub(crate) fn product<'t>(
    code: &Code,
    function: &FunctionNode,
    outer: &Loop<'t>,
    inner: &Loop<'t>,
) -> Option<(&'t Term, &'static str, &'t Term)> {
    let assign = update(function, inner)?;
    let [target, value] = assign.kids.as_slice() else {
        return None;
    };
    let (p, q) = (outer.var, inner.var);
    let fits = matches!(assign.op, "+=" | "-=")
        && inner.free_of(p)
        && outer.free_of(q)
        && is_pure(value, code)
        && value.mentions(p)
        && access(target)?.stride(p, code)? == Stride::None
        && access(target)?.stride(q, code)? == Stride::One
        && elements(function, value)
            .iter()
            .all(|a| matches!(a.stride(q, code), Some(Stride::None | Stride::One)));
    fits.then_some((target, assign.op, value))
}

/// A summand with what does not change along a row fetched before: the statements that fetch, and what is left.
pub(crate) fn factored(
    code: &Code,
    function: &FunctionNode,
    value: &Term,
    q: &str,
    name: &str,
    put: &dyn Fn(&Term) -> Option<String>,
) -> (String, String) {
    let mut factors = Vec::new();
    steady(value, function, q, &mut factors);
    let fetched = factors.iter().enumerate().map(|(at, term)| {
        let term = code.patched(term, put);
        format!("const auto {name}{at} = {term};\n")
    });
    let left = code.patched(value, &|t| {
        let known = factors.iter().position(|f| f.range == t.range && *f == t);
        known.map(|at| format!("{name}{at}")).or_else(|| put(t))
    });
    (fetched.collect(), left)
}

fn jam(
    code: &Code,
    function: &FunctionNode,
    shared: &[Loop<'_>],
    outer: &Loop<'_>,
    times: usize,
) -> Option<String> {
    let [only] = outer.body else {
        return None;
    };
    let inner = function.counted(only, code)?;
    let (target, op, value) = product(code, function, outer, &inner)?;
    let (p, q) = (outer.var, inner.var);
    let touched = function
        .touched(outer, code)
        .filter(|t| t.varying.is_empty())?;
    let around = Around {
        code,
        shared,
        varying: &touched.varying,
    };
    // factors are fetched before a pass and the row's element is kept in a local during a step
    let (written, read): (Vec<_>, Vec<_>) = touched.elements.iter().partition(|t| t.write);
    let apart = |w: &&Touch<'_>| read.iter().all(|r| !around.may_meet(w, r, &[]));
    if !written.iter().all(apart) || !may_exchange(&around, &touched, p, q) {
        return None;
    }
    let ty = function.element_type(target)?;
    let (factor, sum) = (code.fresh("factor"), code.fresh("sum"));
    let (mut fetched, mut added) = (String::new(), String::new());
    for turn in 0..times {
        let step = match turn {
            0 => p.to_owned(),
            _ => format!("({p} + {turn})"),
        };
        let put = |t: &Term| (t.name() == Some(p)).then(|| step.clone());
        let name = format!("{factor}{turn}_");
        let (fetch, term) = factored(code, function, value, q, &name, &put);
        fetched += &fetch;
        added += &format!("{sum} {op} {term};\n");
    }
    let (row, head) = (code.of(target), inner.head(code));
    let (t, lo) = (code.of(outer.ty), code.of(outer.lo));
    let full = outer.test(&format!("{p} + {}", times - 1), code);
    Some(format!(
        "if ({}) {{\n{t} {p} = {lo};\nfor (; {full}; {p} += {times}) {{\n{fetched}{head} {{\n{ty} {sum} = {row};\n{added}{row} = {sum};\n}}\n}}\nfor (; {}; ++{p}) {{\n{head} {{\n{row} {op} {};\n}}\n}}\n}}",
        inner.some(code),
        outer.test(p, code),
        code.of(value)
    ))
}

/// The largest parts that read elements and do not change along a row.
fn steady<'t>(term: &'t Term, function: &FunctionNode, q: &str, found: &mut Vec<&'t Term>) {
    let reads = !elements(function, term).is_empty();
    if reads && !term.mentions(q) {
        found.push(term);
    } else if function.element_type(term).is_none()
        && term.kind != "conditional_expression"
        && !matches!(term.op, "&&" | "||")
    {
        // what a condition guards is not fetched without it
        term.kids.iter().for_each(|k| steady(k, function, q, found));
    }
}

#[cfg(test)]
mod tests {
    use super::super::Technique::Jam;
    use super::super::tests::after;

    const BEFORE: &str = "void mix(std::vector<std::vector<float>>& p, double const q[][40], std::vector<std::vector<float>>& r, int h, int m, int w) { for (int a = 0; a < h; a++) { for (int c = 0; c < m; c++) { for (int b = 0; b < w; b++) { r[a][b] += 2 * p[a][c] * q[c][b]; } } } }";

    #[test]
    fn several_rows_are_added_in_one_pass() {
        let new = after(Jam, BEFORE, "mix").unwrap_or_default();
        for part in [
            "for (; c + 3 < m; c += 4) {\nconst auto factor0_0 = 2 * p[a][c];\nconst auto factor1_0 = 2 * p[a][(c + 1)];\n",
            "float sum = r[a][b];\nsum += factor0_0 * q[c][b];\nsum += factor1_0 * q[(c + 1)][b];\n",
            "for (; c < m; ++c) {\nfor (int b = 0; b < w; ++b) {\nr[a][b] += 2 * p[a][c] * q[c][b];\n",
        ] {
            assert!(new.contains(part), "{new}");
        }
    }

    #[test]
    fn a_flat_row_is_a_row() {
        let flat = "void add(std::vector<double> const& a, std::vector<double> const& b, std::vector<double>& c, size_t n, size_t r) { for (size_t k = 0; k < n; ++k) for (size_t j = 0; j < n; ++j) c[r * n + j] -= a[r * n + k] * b[k * n + j]; }";
        let new = after(Jam, flat, "add").unwrap_or_default();
        assert!(
            new.contains("sum -= factor3_0 * b[(k + 3) * n + j];\nc[r * n + j] = sum;"),
            "{new}"
        );
        for (what, by) in [
            ("b[k * n + j]", "c[k * n + j]"),
            ("c[r * n + j]", "c[j * n + r]"),
        ] {
            assert_eq!(after(Jam, &flat.replace(what, by), "add"), None, "{by}");
        }
    }

    #[test]
    fn updates_that_read_what_they_write_or_walk_columns_stay() {
        for (what, by) in [
            ("q[c][b]", "r[c][b]"),
            ("p[a][c]", "r[a][c]"),
            ("q[c][b]", "q[b][c]"),
            ("r[a][b]", "r[c][b]"),
            ("r[a][b] +=", "r[a][b] *="),
            ("b < w", "b < c"),
            ("q[c][b]", "next(q, c)"),
            ("r[a][b] +=", "r.resize(b); r[a][b] +="),
        ] {
            assert!(BEFORE.contains(what), "{what}");
            assert_eq!(after(Jam, &BEFORE.replace(what, by), "mix"), None, "{by}");
        }
    }
}

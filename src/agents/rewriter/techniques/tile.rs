//! Several rows at a time: `for i { …; for k for j c[i][j] += a[i][k] * b[k][j]; … }` keeps small tiles of several rows and
//! columns of `c` in registers while `k` runs. Legal when rows need nothing of each other that would then be late; the order
//! of every single sum is kept.

use super::jam::{factored, product};
use super::order::{elements, neighbours};
use super::{Options, Threads, nest};
use crate::rewriter::analysis::apart::{Around, Order};
use crate::rewriter::analysis::code::{Code, FunctionNode};
use crate::rewriter::analysis::linear::Stride;
use crate::rewriter::analysis::loops::{Loop, Touch, access};
use crate::rewriter::analysis::term::Term;

/// Vectors of a tile's row.
const VECTORS: usize = 2;
/// Bytes of a vector: what the machine has, as GCC says it, and no less than what Clang, which never says more than 16, can use.
const BYTES: &str = "__BIGGEST_ALIGNMENT__ > 32 ? __BIGGEST_ALIGNMENT__ : 32";

/// Sums in tiles of several rows and columns.
pub(crate) fn tiled(code: &Code, options: &Options) -> Option<String> {
    let ordered = neighbours(code, options).and_then(|text| Code::read(&text, &code.entry));
    let new = rows(ordered.as_ref().unwrap_or(code), options);
    let next = new.as_ref().and_then(|text| Code::read(text, &code.entry));
    nest::tiled(next.as_ref().unwrap_or(code), options).or(new)
}

fn rows(code: &Code, options: &Options) -> Option<String> {
    let mut edits = Vec::new();
    for function in &code.functions {
        for (shared, outer) in function.nests(code) {
            let new = tile(code, function, &shared, &outer, options);
            edits.extend(new.map(|new| (outer.term.range.clone(), new)));
        }
    }
    (!edits.is_empty()).then(|| code.edited(edits))
}

/// Statements without braces that hold no declaration.
fn flat(body: &[Term]) -> Vec<&Term> {
    let mut out = Vec::new();
    for statement in body {
        match statement.kind == "block" && statement.kids.iter().all(|k| k.kind != "declaration") {
            true => out.extend(flat(&statement.kids)),
            false => out.push(statement),
        }
    }
    out
}

/// Which of the statements touches it.
fn position(body: &[&Term], touch: &Touch<'_>) -> Option<usize> {
    let start = touch.access.at.first()?.range.start;
    body.iter().position(|s| s.range.contains(&start))
}

fn tile(
    code: &Code,
    function: &FunctionNode,
    shared: &[Loop<'_>],
    outer: &Loop<'_>,
    options: &Options,
) -> Option<String> {
    let i = outer.var;
    // the one statement that is a nest of two loops around an update
    let body = flat(outer.body);
    let mut found = body.iter().enumerate().filter_map(|(at, statement)| {
        let middle = function.counted(statement, code)?;
        let [only] = middle.body else {
            return None;
        };
        let inner = function.counted(only, code)?;
        Some((at, middle, inner, product(code, function, &middle, &inner)?))
    });
    let (at, middle, inner, (target, op, value)) =
        found.next().filter(|_| found.next().is_none())?;
    let j = inner.var;
    // another row of the sum, and factors that all rows share
    let rows_apart = access(target)?.at.iter().any(|x| x.mentions(i));
    let in_common = elements(function, value)
        .iter()
        .any(|a| a.stride(i, code) == Some(Stride::None) && a.stride(j, code) == Some(Stride::One));
    let ty = function.element_type(target)?;
    let fits = matches!(ty, "double" | "float" | "int")
        && of_vectors(function, value, ty)
        && rows_apart
        && in_common
        && !outer.closed
        && middle.free_of(i)
        && inner.free_of(i);
    if !fits {
        return None;
    }
    let touched = function
        .touched(outer, code)
        .filter(|t| t.varying.is_empty())?;
    let around = Around {
        code,
        shared,
        varying: &touched.varying,
    };
    let order = [Order {
        var: i,
        first_earlier: true,
    }];
    let mut independent = true;
    for earlier in &touched.elements {
        for later in &touched.elements {
            if !around.may_meet(earlier, later, &order) {
                continue;
            }
            independent = false;
            let (first, second) = (position(&body, earlier), position(&body, later));
            // what stands before the sums is done for all rows first, what stands after them for all rows last
            let kept = first.is_some() && second.is_some() && first < second
                || first == second && first != Some(at);
            if !kept {
                return None;
            }
        }
    }
    Some(written(
        code,
        function,
        outer,
        &middle,
        &inner,
        (target, op, value),
        Shape {
            before: &body[..at],
            after: &body[at + 1..],
            rows: options.rows.max(2),
            team: independent && options.threads == Threads::Team,
        },
    ))
}

/// Whether an expression means the same for a vector of elements as for each: arithmetic within one type.
fn of_vectors(function: &FunctionNode, term: &Term, ty: &str) -> bool {
    if let Some(element) = function.element_type(term) {
        return element == ty;
    }
    match term.kind {
        "binary_expression" => {
            matches!(term.op, "+" | "-" | "*" | "/")
                && term.kids.iter().all(|k| of_vectors(function, k, ty))
        }
        "identifier" => function
            .var(&term.leaf)
            .is_some_and(|v| v.ty == ty && v.arrays == 0 && !v.pointer),
        "number_literal" => ty == "double" || term.leaf.bytes().all(|b| b.is_ascii_digit()),
        _ => false,
    }
}

struct Shape<'t> {
    before: &'t [&'t Term],
    after: &'t [&'t Term],
    rows: usize,
    team: bool,
}

fn written(
    code: &Code,
    function: &FunctionNode,
    outer: &Loop<'_>,
    middle: &Loop<'_>,
    inner: &Loop<'_>,
    (target, op, value): (&Term, &str, &Term),
    Shape {
        before,
        after,
        rows,
        team,
    }: Shape<'_>,
) -> String {
    let (i, j) = (outer.var, inner.var);
    let (ti, tj) = (code.of(outer.ty), code.of(inner.ty));
    let (lo, hi) = (code.of(outer.lo), code.of(outer.hi));
    let ty = function.element_type(target).unwrap_or("double");
    let [row, full, tile, lanes, width, factor, sum] =
        ["row", "full", "tile", "lanes", "width", "factor", "sum"].map(|base| code.fresh(base));
    let each = format!("for ({ti} {row} = {i}; {row} < {i} + {rows}; ++{row})");
    let beside = |statements: &[&Term]| -> String {
        let text: String = statements
            .iter()
            .map(|s| code.with(s, i, &row) + "\n")
            .collect();
        match text.is_empty() {
            true => text,
            false => format!("{each} {{\n{text}}}\n"),
        }
    };
    let put = |term: &Term, row: &str, column: &str| {
        code.patched(term, &|t| match t.name() {
            Some(name) if name == i => Some(row.to_owned()),
            Some(name) if name == j => Some(column.to_owned()),
            _ => None,
        })
    };
    let (mut begin, mut fetched, mut added, mut end) =
        (String::new(), String::new(), String::new(), String::new());
    let (mut left, mut summed, mut stored) = (String::new(), String::new(), String::new());
    for turn in 0..rows {
        let row = match turn {
            0 => i.to_owned(),
            _ => format!("({i} + {turn})"),
        };
        for part in 0..VECTORS {
            let column = match part {
                0 => j.to_owned(),
                _ => format!("({j} + {part} * {width})"),
            };
            let vector = |term: &Term| format!("*({lanes}*)&{}", put(term, &row, &column));
            begin += &format!("{lanes} {tile}{turn}_{part} = {};\n", vector(target));
            end += &format!("{} = {tile}{turn}_{part};\n", vector(target));
            let name = format!("{factor}{turn}_");
            let (fetch, term) = factored(code, function, value, j, &name, &|t| match t.name() {
                Some(n) if n == i => Some(row.clone()),
                // parentheses, as an operator may stand before it
                _ => (function.element_type(t).is_some() && t.mentions(j))
                    .then(|| format!("({})", vector(t))),
            });
            if part == 0 {
                fetched += &fetch;
            }
            added += &format!("{tile}{turn}_{part} {op} {term};\n");
        }
        let element = put(target, &row, j);
        left += &format!("{ty} {sum}{turn} = {element};\n");
        summed += &format!("{sum}{turn} {op} {};\n", put(value, &row, j));
        stored += &format!("{element} = {sum}{turn};\n");
    }
    let p = middle.var;
    // the rows' sums do not wait for each other
    let rest = format!(
        "{left}{} {p} = {};\nfor (; {}; ++{p}) {{\n{summed}}}\n{stored}",
        code.of(middle.ty),
        code.of(middle.lo),
        middle.test(p, code),
    );
    let strips = format!(
        "if ({}) {{\ntypedef {ty} {lanes} __attribute__((vector_size({BYTES}), aligned(sizeof({ty})), may_alias));\nconstexpr {tj} {width} = sizeof({lanes}) / sizeof({ty});\n{tj} {j} = {};\nfor (; {}; {j} += {VECTORS} * {width}) {{\n{begin}{} {{\n{fetched}{added}}}\n{end}}}\nfor (; {}; ++{j}) {{\n{rest}}}\n}}\n",
        middle.some(code),
        code.of(inner.lo),
        inner.test(&format!("{j} + {VECTORS} * {width} - 1"), code),
        middle.head(code),
        inner.test(j, code),
    );
    let alone: String = outer
        .body
        .iter()
        .map(|s| format!("{}\n", code.of(s)))
        .collect();
    let pragma = if team {
        "#pragma omp parallel for schedule(static)\n"
    } else {
        ""
    };
    format!(
        "{{\nconst {ti} {full} = {} ? {hi} - ({hi} - {lo}) % {rows} : {lo};\n{pragma}for ({ti} {i} = {lo}; {i} < {full}; {i} += {rows}) {{\n{}{strips}{}}}\nfor ({ti} {i} = {full}; {i} < {hi}; ++{i}) {{\n{alone}}}\n}}",
        outer.some(code),
        beside(before),
        beside(after),
    )
}

#[cfg(test)]
mod tests {
    use super::super::tests::{PLAIN, after};
    use super::super::{Technique::Tiling, Threads};
    use crate::rewriter::analysis::code::Code;

    const BEFORE: &str = "void mix(std::vector<std::vector<double>>& p, std::vector<std::vector<double>>& q, std::vector<std::vector<double>>& r, int h, int m, int w) { for (int a = 0; a < h; a++) { for (int b = 0; b < w; b++) r[a][b] *= 3; for (int c = 0; c < m; c++) { for (int b = 0; b < w; b++) { r[a][b] += 2 * p[a][c] * q[c][b]; } } } }";

    #[test]
    fn rows_share_the_passes_over_what_they_have_in_common() {
        let new = after(Tiling, BEFORE, "mix").unwrap_or_default();
        for part in [
            "const int full = 0 < h ? h - (h - 0) % 4 : 0;\nfor (int a = 0; a < full; a += 4) {\nfor (int row = a; row < a + 4; ++row) {\nfor (int b = 0; b < w; b++) r[row][b] *= 3;\n}\n",
            "lanes tile1_0 = *(lanes*)&r[(a + 1)][b];\nlanes tile1_1 = *(lanes*)&r[(a + 1)][(b + 1 * width)];",
            "const auto factor1_0 = 2 * p[(a + 1)][c];",
            "tile1_1 += factor1_0 * (*(lanes*)&q[c][(b + 1 * width)]);",
            "*(lanes*)&r[(a + 1)][(b + 1 * width)] = tile1_1;",
            "for (; c < m; ++c) {\nsum0 += 2 * p[a][c] * q[c][b];\nsum1 += 2 * p[(a + 1)][c] * q[c][b];\n",
            "for (int a = full; a < h; ++a) {\nfor (int b = 0; b < w; b++) r[a][b] *= 3;\n",
        ] {
            assert!(new.contains(part), "{new}");
        }
    }

    #[test]
    fn independent_rows_are_shared_out_among_threads() {
        let team = |text: &str| {
            let code = Code::read(text, "mix")?;
            let threads = Threads::Team;
            super::tiled(&code, &super::Options { threads, ..PLAIN })
        };
        let parallel =
            "#pragma omp parallel for schedule(static)\nfor (int a = 0; a < full; a += 4) {";
        assert!(team(BEFORE).is_some_and(|new| new.contains(parallel)));
        // every row overwrites one and the same, as only one may at a time
        let last = BEFORE.replace("r[a][b] *= 3", "r[a][b] *= 3, z[b] = a");
        assert_eq!(
            team(&last.replace("int h", "std::vector<int>& z, int h")),
            None
        );
        let last = BEFORE.replace("r[a][b] *= 3;", "{ r[a][b] *= 3; z[b] = a; }");
        let new = team(&last.replace("int h", "std::vector<int>& z, int h")).unwrap_or_default();
        assert!(new.contains("tile1_0") && !new.contains("#pragma"), "{new}");
    }

    #[test]
    fn rows_that_need_each_other_stay() {
        for (what, by) in [
            ("q[c][b]", "r[c][b]"),
            ("q[c][b]", "q[c][a]"),
            ("p[a][c]", "r[c][a]"),
            ("c < m", "c < a"),
            ("b < w; b++) {", "b < a; b++) {"),
            ("b < w; b++) {", "b < q[a].size(); b++) {"),
            ("r[a][b] +=", "r[0][b] +="),
            ("r[a][b] *= 3", "r[a][b] *= a < 1 ? 1 : r[a - 1][b]"),
            ("r[a][b] *= 3", "r[a].push_back(b)"),
            ("q[c][b]", "next(q, c)"),
            // not the same for a vector
            ("q[c][b]", "(q[c][b] > 0)"),
            ("q[c][b]", "m * q[c][b]"),
        ] {
            assert!(BEFORE.contains(what), "{what}");
            assert_eq!(
                after(Tiling, &BEFORE.replace(what, by), "mix"),
                None,
                "{by}"
            );
        }
    }
}

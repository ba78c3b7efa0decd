//! Several rows at a time: `for i { …; for k for j c[i][j] += a[i][k] * b[k][j]; … }` keeps small tiles of several rows and
//! columns of `c` in registers while `k` runs. Legal when rows need nothing of each other that would then be late; the order
//! of every single sum is kept.

use super::jam::{factored, product};
use super::order::{elements, neighbours};
use super::{Options, Threads, nest};
use crate::agents::rewriter::analysis::apart::{Around, Order};
use crate::agents::rewriter::analysis::code::{Code, Function};
use crate::agents::rewriter::analysis::linear::Stride;
use crate::agents::rewriter::analysis::loops::{Loop, Touch, access};
use crate::agents::rewriter::analysis::term::Term;

/// Columns of a register tile.
pub const TILE: usize = 16;

/// Sums in tiles of several rows and columns.
pub fn tiled(code: &Code, options: &Options) -> Option<String> {
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
    function: &Function,
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
    let fits = rows_apart && in_common && !outer.closed && middle.free_of(i) && inner.free_of(i);
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

struct Shape<'t> {
    before: &'t [&'t Term],
    after: &'t [&'t Term],
    rows: usize,
    team: bool,
}

fn written(
    code: &Code,
    function: &Function,
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
    let [row, full, tile, lane, factor, sum] =
        ["row", "full", "tile", "lane", "factor", "sum"].map(|base| code.fresh(base));
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
    let wide = format!("({j} + {lane})");
    let lanes = format!("for ({tj} {lane} = 0; {lane} < {TILE}; ++{lane})");
    let (mut begin, mut fetched, mut added, mut end) =
        (String::new(), String::new(), String::new(), String::new());
    for turn in 0..rows {
        let row = match turn {
            0 => i.to_owned(),
            _ => format!("({i} + {turn})"),
        };
        let element = put(target, &row, &wide);
        begin += &format!("{tile}[{turn}][{lane}] = {element};\n");
        end += &format!("{element} = {tile}[{turn}][{lane}];\n");
        let name = format!("{factor}{turn}_");
        let (fetch, term) = factored(code, function, value, j, &name, &|t| match t.name() {
            Some(n) if n == i => Some(row.clone()),
            Some(n) if n == j => Some(wide.clone()),
            _ => None,
        });
        fetched += &fetch;
        added += &format!("{tile}[{turn}][{lane}] {op} {term};\n");
    }
    let element = put(target, &row, j);
    let p = middle.var;
    // not in the form that other techniques look for: what is left over is not worth more work
    let rest = format!(
        "{each} {{\n{ty} {sum} = {element};\n{} {p} = {};\nfor (; {}; ++{p}) {{\n{sum} {op} {};\n}}\n{element} = {sum};\n}}\n",
        code.of(middle.ty),
        code.of(middle.lo),
        middle.test(p, code),
        put(value, &row, j)
    );
    let strips = format!(
        "if ({}) {{\n{tj} {j} = {};\nfor (; {}; {j} += {TILE}) {{\n{ty} {tile}[{rows}][{TILE}];\n{lanes} {{\n{begin}}}\n{} {{\n{fetched}{lanes} {{\n{added}}}\n}}\n{lanes} {{\n{end}}}\n}}\nfor (; {}; ++{j}) {{\n{rest}}}\n}}\n",
        middle.some(code),
        code.of(inner.lo),
        inner.test(&format!("{j} + {}", TILE - 1), code),
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
    use crate::agents::rewriter::analysis::code::Code;

    const BEFORE: &str = "void mix(std::vector<std::vector<double>>& p, std::vector<std::vector<double>>& q, std::vector<std::vector<double>>& r, int h, int m, int w) { for (int a = 0; a < h; a++) { for (int b = 0; b < w; b++) r[a][b] *= 3; for (int c = 0; c < m; c++) { for (int b = 0; b < w; b++) { r[a][b] += 2 * p[a][c] * q[c][b]; } } } }";

    #[test]
    fn rows_share_the_passes_over_what_they_have_in_common() {
        let new = after(Tiling, BEFORE, "mix").unwrap_or_default();
        for part in [
            "const int full = 0 < h ? h - (h - 0) % 4 : 0;\nfor (int a = 0; a < full; a += 4) {\nfor (int row = a; row < a + 4; ++row) {\nfor (int b = 0; b < w; b++) r[row][b] *= 3;\n}\n",
            "tile[1][lane] = r[(a + 1)][(b + lane)];",
            "const auto factor1_0 = 2 * p[(a + 1)][c];",
            "tile[1][lane] += factor1_0 * q[c][(b + lane)];",
            "r[(a + 1)][(b + lane)] = tile[1][lane];",
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
        assert!(new.contains("tile[1]") && !new.contains("#pragma"), "{new}");
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

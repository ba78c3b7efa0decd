//! Loop nests of matrix-product shape: innermost strided sums become row updates, several rows at a time.
//! Legal when the summand is pure and reads nothing that the nest writes; the order of every single sum is kept.

use super::{Options, Threads, order};
use crate::rewriter::analysis::code::{Code, FunctionNode};
use crate::rewriter::analysis::facts::{changed, is_pure, is_whole, jumps, names};
use crate::rewriter::analysis::linear::{Linear, Stride};
use crate::rewriter::analysis::pattern::{PatternMatch, find};
use crate::rewriter::analysis::term::Term;

/// Columns of a register tile.
const TILE: usize = 16;

const HEAD: &str = "for ($Ti $i = $i0; $i < $M; $i++) for ($Tj $j = $j0; $j < $N; $j++)";
const SUM: &str = "for ($Tk $k = $k0; $k < $K; $k++) { $s += $a; }";
const INTO: &str = "for ($Tk $k = $k0; $k < $K; $k++) { $C[$c] += $a; }";

/// The innermost loop is the one along which elements are neighbours.
pub(crate) fn interchange(code: &Code, options: &Options) -> Option<String> {
    let ordered = order::neighbours(code, options);
    let next = ordered
        .as_ref()
        .and_then(|text| Code::read(text, &code.entry));
    rewritten(next.as_ref().unwrap_or(code), 1, Threads::One).or(ordered)
}

/// The same, and several rows share each pass over the other factor.
pub(crate) fn tiled(code: &Code, options: &Options) -> Option<String> {
    rewritten(code, options.rows.max(2), options.threads)
}

fn rewritten(code: &Code, rows: usize, threads: Threads) -> Option<String> {
    let shapes = [
        (format!("{HEAD} {{ $T $s = $z; {SUM} $$$fin; }}"), true),
        (format!("{HEAD} {{ $C[$c] = $z; {INTO} }}"), false),
        (format!("{HEAD} {INTO}"), false),
    ];
    let mut edits = Vec::new();
    for function in &code.functions {
        for (shape, local) in &shapes {
            for found in find(shape, &function.body) {
                if let Some(new) = nest(code, function, &found, *local, rows, threads) {
                    edits.push((found.range.clone(), new));
                }
            }
        }
    }
    (!edits.is_empty()).then(|| code.edited(edits))
}

fn nest(
    code: &Code,
    function: &FunctionNode,
    found: &PatternMatch,
    local: bool,
    rows: usize,
    threads: Threads,
) -> Option<String> {
    let b = &found.bound;
    let text = |hole: &str| b.text(hole, &code.text).to_owned();
    let (i, j, k) = (b.name("i")?, b.name("j")?, b.name("k")?);
    let summand = b.term("a")?;
    let whole = |hole: &str| {
        let ty = super::squeezed(&text(hole));
        is_whole(&ty)
    };
    if !(whole("Ti") && whole("Tj") && whole("Tk") && is_pure(summand, code)) {
        return None;
    }
    let fixed = ["i0", "M", "j0", "N", "k0", "K"];
    for hole in fixed {
        let term = b.term(hole)?;
        if !is_pure(term, code) || [i, j, k].iter().any(|v| term.mentions(v)) {
            return None;
        }
    }
    let ty = if local {
        text("T")
    } else {
        function.element_of(b.name("C")?)?.to_owned()
    };
    if !matches!(
        super::squeezed(&ty).as_str(),
        "double" | "float" | "int" | "long" | "size_t"
    ) {
        return None;
    }
    // nothing that the end of an element writes may be read by the sums
    let mut written = match b.name("C") {
        Some(array) => [array.to_owned()].into(),
        None => std::collections::BTreeSet::new(),
    };
    for term in b.terms("fin") {
        if jumps(term) || term.has("lambda_expression") {
            return None;
        }
        written.extend(changed(term, code));
    }
    let read = names(summand);
    let loop_names = fixed.iter().filter_map(|h| b.term(h)).flat_map(names);
    if read
        .iter()
        .cloned()
        .chain(loop_names)
        .any(|n| written.contains(&n))
        || [i, j, k].iter().any(|n| written.contains(*n))
    {
        return None;
    }
    if let (true, Some(init)) = (local, b.term("z"))
        && (!is_pure(init, code)
            || [i, j, k].iter().any(|v| init.mentions(v))
            || names(init).iter().any(|n| written.contains(n)))
    {
        return None;
    }
    if local && (b.name("s").is_none_or(|s| read.contains(s))) {
        return None;
    }
    let strides = |v: &str| -> Option<Vec<Stride>> {
        summand
            .all(|t| t.subscript().is_some())
            .iter()
            .map(|t| Some(Linear::of(t.subscript()?.1, code)?.stride(v)))
            .collect()
    };
    if !strides(k)?.contains(&Stride::Far)
        || strides(j)?
            .iter()
            .any(|s| !matches!(s, Stride::None | Stride::One))
    {
        return None;
    }
    let name = |base: &str| code.fresh(base);
    let (width, block, lane) = (name("width"), name("rows"), name("row"));
    let at = |r: usize| {
        if r == 0 {
            i.to_owned()
        } else {
            format!("({i} + {r})")
        }
    };
    let column = if text("j0") == "0" {
        j.to_owned()
    } else {
        format!("({j} - ({}))", text("j0"))
    };
    let (tj, n, j0) = (text("Tj"), text("N"), text("j0"));
    let over_j = format!("for ({tj} {j} = {j0}; {j} < {n}; ++{j})");
    let body = |rows: usize| {
        let mut out = String::new();
        for r in 0..rows {
            let begin = b.term("z");
            let value = match begin {
                Some(term) => code.with(term, i, &at(r)),
                None => {
                    let index = b
                        .term("c")
                        .map(|c| code.with(c, i, &at(r)))
                        .unwrap_or_default();
                    format!("{}[{index}]", b.name("C").unwrap_or(""))
                }
            };
            out += &format!("{over_j} {{ {block}[{r} * {width} + {column}] = {value}; }}\n");
        }
        out += &format!(
            "for ({} {k} = {}; {k} < {}; ++{k}) {{\n",
            text("Tk"),
            text("k0"),
            text("K")
        );
        let mut inner = String::new();
        for r in 0..rows {
            out += &format!("{ty}* __restrict {lane}{r} = {block}.data() + {r} * {width};\n");
            let mut hoisted = Vec::new();
            let moved = summand.all(|t| t.subscript().is_some() && !t.mentions(j));
            for term in moved {
                let source = code.with(term, i, &at(r));
                let short = format!("{}{r}_{}", name("factor"), hoisted.len());
                out += &format!("const auto {short} = {source};\n");
                hoisted.push((term.range.clone(), short));
            }
            let value = code.patched(summand, &|t| {
                let hit = hoisted
                    .iter()
                    .find(|(range, _)| *range == t.range && t.subscript().is_some());
                hit.map(|(_, short)| short.clone())
                    .or_else(|| (t.name() == Some(i)).then(|| at(r)))
            });
            inner += &format!("{lane}{r}[{column}] += {value};\n");
        }
        out += &format!("{over_j} {{\n{inner}}}\n}}\n");
        for r in 0..rows {
            let value = format!("{block}[{r} * {width} + {column}]");
            out += &format!("{over_j} {{\n");
            if local {
                out += &format!("{ty} {} = {value};\n", text("s"));
                for term in b.terms("fin") {
                    out += &code.with(term, i, &at(r));
                    out.push('\n');
                }
            } else if let Some(index) = b.term("c") {
                out += &format!(
                    "{}[{}] = {value};\n",
                    b.name("C").unwrap_or(""),
                    code.with(index, i, &at(r))
                );
            }
            out += "}\n";
        }
        out
    };
    let (ti, m) = (text("Ti"), text("M"));
    if rows > 1 && separate(b.terms("fin")) {
        let put = |term: &Term, row: &str, column: &str| {
            code.patched(term, &|t| match t.name() {
                Some(name) if name == i => Some(row.to_owned()),
                Some(name) if name == j => Some(column.to_owned()),
                _ => None,
            })
        };
        let target = |row: &str, column: &str| {
            let index = b.term("c").map(|c| put(c, row, column)).unwrap_or_default();
            format!("{}[{index}]", b.name("C").unwrap_or(""))
        };
        let start = |row: &str, column: &str| match b.term("z") {
            Some(term) => put(term, row, column),
            None => target(row, column),
        };
        let finish = |row: &str, column: &str, value: &str| {
            if local {
                let fin: String = b
                    .terms("fin")
                    .iter()
                    .map(|t| put(t, row, column) + "\n")
                    .collect();
                format!("{ty} {} = {value};\n{fin}", text("s"))
            } else {
                format!("{} = {value};\n", target(row, column))
            }
        };
        let (tile, lane, short) = (name("tile"), name("lane"), name("factor"));
        let wide = format!("({j} + {lane})");
        let lanes = format!("for ({tj} {lane} = 0; {lane} < {TILE}; ++{lane})");
        let over_k = format!(
            "for ({} {k} = {}; {k} < {}; ++{k})",
            text("Tk"),
            text("k0"),
            text("K")
        );
        // not in the form that other techniques look for: what is left over is not worth more work
        let steps = format!(
            "{} {k} = {};\nfor (; {k} < {}; ++{k})",
            text("Tk"),
            text("k0"),
            text("K")
        );
        let (mut begin, mut fetch, mut add, mut end, mut rest) = (
            String::new(),
            String::new(),
            String::new(),
            String::new(),
            String::new(),
        );
        for r in 0..rows {
            let row = at(r);
            begin += &format!("{tile}[{r}][{lane}] = {};\n", start(&row, &wide));
            let mut hoisted = Vec::new();
            for term in summand.all(|t| t.subscript().is_some() && !t.mentions(j)) {
                let fresh = format!("{short}{r}_{}", hoisted.len());
                fetch += &format!("const auto {fresh} = {};\n", put(term, &row, j));
                hoisted.push((term.range.clone(), fresh));
            }
            let value = code.patched(summand, &|t| {
                let hit = hoisted
                    .iter()
                    .find(|(range, _)| *range == t.range && t.subscript().is_some());
                match (hit, t.name()) {
                    (Some((_, fresh)), _) => Some(fresh.clone()),
                    (None, Some(n)) if n == i => Some(row.clone()),
                    (None, Some(n)) if n == j => Some(wide.clone()),
                    _ => None,
                }
            });
            add += &format!("{tile}[{r}][{lane}] += {value};\n");
            end += &format!(
                "{lanes} {{\n{}}}\n",
                finish(&row, &wide, &format!("{tile}[{r}][{lane}]"))
            );
            let single = name("single");
            rest += &format!(
                "{{\n{ty} {single} = {};\n{steps} {{\n{single} += {};\n}}\n{}}}\n",
                start(&row, j),
                put(summand, &row, j),
                finish(&row, j, &single)
            );
        }
        let alone = {
            let single = name("single");
            let (first, value) = (start(i, j), put(summand, i, j));
            format!(
                "{over_j} {{\n{ty} {single} = {first};\n{steps} {{\n{single} += {value};\n}}\n{}}}\n",
                finish(i, j, &single)
            )
        };
        let (first, full) = (name("first"), name("full"));
        let index = if local {
            b.terms("fin")
                .first()
                .and_then(|t| t.kids.first()?.kids.first()?.subscript())
                .map(|(_, x)| x)
        } else {
            b.term("c")
        };
        let apart = index.is_some_and(|x| row_by_row(x, i, j, &n));
        let pragma = match threads {
            Threads::Team if apart => "#pragma omp parallel for schedule(static)\n",
            _ => "",
        };
        return Some(format!(
            "{{\nconst {ti} {first} = {};\nconst {ti} {full} = {first} < {m} ? {m} - ({m} - {first}) % {rows} : {first};\n{pragma}for ({ti} {i} = {first}; {i} < {full}; {i} += {rows}) {{\n{tj} {j} = {j0};\nfor (; {j} + {} < {n}; {j} += {TILE}) {{\n{ty} {tile}[{rows}][{TILE}];\n{lanes} {{\n{begin}}}\n{over_k} {{\n{fetch}{lanes} {{\n{add}}}\n}}\n{end}}}\nfor (; {j} < {n}; ++{j}) {{\n{rest}}}\n}}\n{ti} {i} = {full};\nfor (; {i} < {m}; ++{i}) {{\n{alone}}}\n}}",
            text("i0"),
            TILE - 1
        ));
    }
    let mut out = format!(
        "{{\nconst size_t {width} = ({n}) > ({j0}) ? ({n}) - ({j0}) : 0;\nstd::vector<{ty}> {block}({rows} * {width});\n{ti} {i} = {};\n",
        text("i0")
    );
    if rows > 1 {
        out += &format!(
            "for (; {i} + {} < {m}; {i} += {rows}) {{\n{}}}\n",
            rows - 1,
            body(rows)
        );
    }
    out += &format!("for (; {i} < {m}; ++{i}) {{\n{}}}\n}}", body(1));
    Some(out)
}

/// Whether the index is `i * n + j`, so that different rows never meet.
fn row_by_row(index: &Term, i: &str, j: &str, n: &str) -> bool {
    let [row, column] = index.kids.as_slice() else {
        return false;
    };
    let [a, b] = row.kids.as_slice() else {
        return false;
    };
    let pair = (a.name(), b.name());
    let wide = pair == (Some(i), Some(n)) || pair == (Some(n), Some(i));
    index.op == "+" && row.op == "*" && wide && column.name() == Some(j)
}

/// Whether what ends an element reads no other element that it writes, so that elements may end in any order.
fn separate(fin: &[Term]) -> bool {
    fin.iter().all(|statement| {
        let Some(write) = statement
            .kids
            .first()
            .filter(|k| statement.kind == "expr" && k.kind == "assign")
        else {
            return false;
        };
        let target = &write.kids[0];
        let Some(array) = target.subscript().and_then(|(a, _)| a.name()) else {
            return false;
        };
        let (mut mentions, mut same) = (0, 0);
        statement.walk(&mut |t| {
            mentions += usize::from(t.name() == Some(array));
            same += usize::from(t == target);
        });
        mentions == same
    }) && fin.len() <= 1
}

#[cfg(test)]
mod tests {
    use super::super::Technique::Interchange;
    use super::super::tests::after;

    const BEFORE: &str = "void mix(std::vector<double> const& p, std::vector<double> const& q, std::vector<double>& r, int h, int m, int w) { for (int a = 0; a < h; a++) for (int b = 0; b < w; b++) { double t = 0; for (int c = 0; c < m; c++) { t += p[a * m + c] * q[c * w + b]; } r[a * w + b] += 2 * t; } }";

    #[test]
    fn strided_sums_become_row_updates() {
        let new = after(Interchange, BEFORE, "mix").unwrap_or_default();
        assert!(new.contains("row0[b] += "), "{new}");
    }

    #[test]
    fn sums_that_read_what_is_written_or_are_contiguous_already_stay() {
        for (what, by) in [
            ("q[c * w + b]", "r[c * w + b]"),
            ("q[c * w + b]", "q[b * m + c]"),
            ("c < m", "c < b"),
            ("q[c * w + b]", "next(q, c)"),
        ] {
            assert!(BEFORE.contains(what), "{what}");
            assert_eq!(
                after(Interchange, &BEFORE.replace(what, by), "mix"),
                None,
                "{by}"
            );
        }
    }
}

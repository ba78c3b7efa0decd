//! OpenMP: outermost loops with independent iterations, with reductions where a scalar or a small table is accumulated.
//! Legal when every write goes to a different element per iteration, to something declared inside, or to a recognised reduction.

use std::collections::BTreeSet;
use std::ops::Range;

use super::{Options, Threads, histogram};
use crate::rewriter::analysis::code::{Code, FunctionNode};
use crate::rewriter::analysis::facts::{changed, is_number, is_pure, is_whole, names, root};
use crate::rewriter::analysis::pattern::{Bound, find, fits, statements};
use crate::rewriter::analysis::term::Term;

/// Parallel loops, where OpenMP is on.
pub(crate) fn loops(code: &Code, options: &Options) -> Option<String> {
    if options.threads == Threads::One {
        return None;
    }
    let mut edits: Vec<(Range<usize>, String)> = Vec::new();
    let function = code.entry()?;
    for found in find(
        "for ($T $i = $lo; $i < $n; $i++) { $$$body; }",
        &function.body,
    ) {
        let b = &found.bound;
        let (Some(i), Some(n)) = (b.name("i"), b.term("n")) else {
            continue;
        };
        let whole = is_whole(&super::squeezed(b.text("T", &code.text)));
        if !outermost(function, &found.range) || !whole || !is_pure(n, code) {
            continue;
        }
        let Some(how) = independent(code, function, b.terms("body"), i) else {
            continue;
        };
        edits.push((found.range.start..found.range.start, how.pragma()));
        for statement in b.terms("body") {
            statement.walk(&mut |t| edits.extend(how.renamed(t).map(|new| (t.range.clone(), new))));
        }
    }
    for found in find("for ($T $v : $x) { $$$body; }", &function.body) {
        let b = &found.bound;
        let Some(x) = b
            .name("x")
            .filter(|x| function.element_of(x).is_some_and(|e| e != "bool"))
        else {
            continue;
        };
        if !outermost(function, &found.range) {
            continue;
        }
        let i = code.fresh("each");
        let Some(how) = independent(code, function, b.terms("body"), &i) else {
            continue;
        };
        let head = code
            .text
            .get(found.range.start..b.term("x").map_or(found.range.start, |t| t.range.start))
            .unwrap_or("");
        let declared = head
            .split_once('(')
            .map_or("", |(_, d)| d.trim().trim_end_matches(':').trim());
        let body: String = b
            .terms("body")
            .iter()
            .map(|t| code.patched(t, &|t| how.renamed(t)) + "\n")
            .collect();
        let new = format!(
            "{}for (size_t {i} = 0; {i} < {x}.size(); ++{i}) {{\n{declared} = {x}[{i}];\n{body}}}",
            how.pragma()
        );
        edits.push((found.range.clone(), new));
    }
    (!edits.is_empty()).then(|| code.edited(edits))
}

/// How a loop runs in parallel.
#[derive(Default)]
struct Independent {
    clauses: BTreeSet<String>,
    /// Small tables accumulated into, the pointer each is reduced through, and its length.
    tables: Vec<(String, String, usize)>,
}

impl Independent {
    fn pragma(&self) -> String {
        let mut out = String::from("\n");
        let mut clauses: String = self.clauses.iter().map(|c| format!(" {c}")).collect();
        for (array, pointer, length) in &self.tables {
            out += &format!("auto* {pointer} = {array}.data();\n");
            clauses += &format!(" reduction(+:{pointer}[:{length}])");
        }
        out + &format!("#pragma omp parallel for schedule(static){clauses}\n")
    }

    fn renamed(&self, term: &Term) -> Option<String> {
        let name = term.name()?;
        self.tables
            .iter()
            .find(|(array, _, _)| array == name)
            .map(|(_, pointer, _)| pointer.clone())
    }
}

fn outermost(function: &FunctionNode, range: &Range<usize>) -> bool {
    let around = function.body.all(|t| {
        matches!(
            t.kind,
            "for_statement"
                | "for_range_loop"
                | "while_statement"
                | "do_statement"
                | "lambda_expression"
        )
    });
    !around
        .iter()
        .any(|t| t.range.start <= range.start && range.end <= t.range.end && t.range != *range)
}

/// How a loop with independent iterations runs in parallel; `None` where they are not surely independent.
fn independent(
    code: &Code,
    function: &FunctionNode,
    body: &[Term],
    i: &str,
) -> Option<Independent> {
    let whole = Term {
        kind: "block",
        op: "",
        leaf: String::new(),
        kids: body.to_vec(),
        range: 0..0,
    };
    let leaves = [
        "break_statement",
        "return_statement",
        "goto_statement",
        "throw_statement",
        "lambda_expression",
        "preproc_call",
    ];
    if leaves.iter().any(|k| whole.has(k)) || changed(&whole, code).contains(i) {
        return None;
    }
    let mut inside: BTreeSet<String> = BTreeSet::new();
    whole.walk(&mut |t| {
        if t.kind == "declaration" || t.kind == "for_range_loop" {
            for part in t.kids.iter().skip(1) {
                let declarator = if part.kind == "init_declarator" {
                    part.kids.first()
                } else {
                    Some(part)
                };
                inside.extend(declarator.and_then(Term::name).map(str::to_owned));
            }
        }
    });
    if whole.has("static") {
        return None;
    }
    let mut how = Independent::default();
    let mut fine = true;
    whole.walk(&mut |t| match t.kind {
        "update_expression" => {
            fine &= t
                .kids
                .first()
                .and_then(root)
                .is_some_and(|r| inside.contains(r))
        }
        "call_expression" => {
            let local = t
                .method()
                .is_some_and(|(o, _, _)| root(o).is_some_and(|r| inside.contains(r)));
            fine &= local || is_pure(t, code);
        }
        "assign" => {
            let target = &t.kids[0];
            let Some(name) = root(target) else {
                fine = false;
                return;
            };
            if inside.contains(name) {
                return;
            }
            fine &= match target.subscript() {
                Some((array, index)) => array
                    .name()
                    .is_some_and(|a| element(code, function, &whole, a, index, t, i, &mut how)),
                None => match target.name().and_then(|s| scalar(function, &whole, s, t)) {
                    Some(clause) => {
                        how.clauses.insert(clause);
                        true
                    }
                    None => false,
                },
            };
        }
        _ => {}
    });
    fine.then_some(how)
}

#[allow(clippy::too_many_arguments)]
fn element(
    code: &Code,
    function: &FunctionNode,
    whole: &Term,
    array: &str,
    index: &Term,
    write: &Term,
    i: &str,
    how: &mut Independent,
) -> bool {
    let uses = whole.all(|t| t.subscript().is_some_and(|(a, _)| a.name() == Some(array)));
    let mut mentions = 0;
    whole.walk(&mut |t| mentions += usize::from(t.name() == Some(array)));
    if let (Some((_, length)), "+=", 1, 1) = (
        histogram::fixed(function, array),
        write.op,
        uses.len(),
        mentions,
    ) && index.name() != Some(i)
    {
        how.tables.push((
            array.to_owned(),
            code.fresh(&format!("{array}_table")),
            length,
        ));
        return true;
    }
    let Some(kind) = function.var(array) else {
        return false;
    };
    let vector = kind.ty.starts_with("vector<") || kind.ty.starts_with("array<");
    let own = uses
        .iter()
        .all(|t| t.subscript().is_some_and(|(_, x)| x == index))
        && mentions == uses.len();
    vector && kind.ty != "vector<bool>" && own && distinct(whole, index, i)
}

/// Whether the index is different for every iteration: `i`, or `i * N + j` with j below N.
fn distinct(whole: &Term, index: &Term, i: &str) -> bool {
    if index.name() == Some(i) {
        return true;
    }
    if index.op != "+" || index.kids.len() != 2 {
        return false;
    }
    let (row, j) = (&index.kids[0], &index.kids[1]);
    let (true, Some(j)) = (row.op == "*" && row.kids.len() == 2, j.name()) else {
        return false;
    };
    let width = match (row.kids[0].name(), row.kids[1].name()) {
        (Some(a), Some(width)) if a == i => width,
        (Some(width), Some(a)) if a == i => width,
        _ => return false,
    };
    let mut all_below = false;
    for found in find("for ($T $j = $lo; $j < $w; $j++) { $$$b; }", whole) {
        if found.bound.name("j") == Some(j) {
            all_below = found.bound.term("w").is_some_and(|w| {
                w.name() == Some(width) || (w.op == "-" && w.kids[0].name() == Some(width))
            });
            if !all_below {
                return false;
            }
        }
    }
    all_below
}

fn scalar(function: &FunctionNode, whole: &Term, name: &str, write: &Term) -> Option<String> {
    let var = function
        .var(name)
        .filter(|v| !v.alias && (is_number(&v.ty) || v.ty == "bool"))?;
    let mut mentions = 0;
    whole.walk(&mut |t| mentions += usize::from(t.name() == Some(name)));
    if matches!(write.op, "+=" | "*=") && mentions == 1 && var.ty != "bool" {
        return Some(format!("reduction({}:{name})", &write.op[..1]));
    }
    for (shape, op, uses) in [
        ("if ($d < $s) { $s = $d; }", "min", 2),
        ("if ($s < $d) { $s = $d; }", "max", 2),
        ("$s = min($s, $d);", "min", 2),
        ("$s = max($s, $d);", "max", 2),
        ("$s = $s && $d;", "&&", 2),
        ("$s = $s || $d;", "||", 2),
    ] {
        let pattern = statements(shape).pop()?;
        let mut hit = false;
        whole.walk(&mut |t| {
            let mut bound = Bound::default();
            hit |= fits(&pattern, t, &mut bound)
                && bound.name("s") == Some(name)
                && bound.term("d").is_some_and(|d| !names(d).contains(name));
        });
        if hit && mentions == uses {
            return Some(format!("reduction({op}:{name})"));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::tests::PLAIN;
    use super::*;

    const BEFORE: &str = "double scale(std::vector<double>& v, double f) { double m = 0; for (size_t i = 0; i < v.size(); i++) { v[i] *= f; m += v[i]; } return m; }";

    fn team(text: &str, threads: Threads) -> Option<String> {
        loops(&Code::read(text, "scale")?, &Options { threads, ..PLAIN })
    }

    #[test]
    fn independent_iterations_run_in_parallel_with_reductions() {
        let new = team(BEFORE, Threads::Team).unwrap_or_default();
        assert!(
            new.contains("#pragma omp parallel for schedule(static) reduction(+:m)\nfor (size_t i"),
            "{new}"
        );
        assert_eq!(team(BEFORE, Threads::One), None);
    }

    #[test]
    fn iterations_that_depend_on_each_other_stay() {
        for (what, by) in [
            ("v[i] *= f", "v[i] *= v[i - 1]"),
            ("v[i] *= f", "v[0] *= f"),
            ("m += v[i]", "m += m * v[i]"),
            ("m += v[i];", "if (m > 9) break;"),
            ("m += v[i]", "next(v)"),
        ] {
            assert_eq!(team(&BEFORE.replace(what, by), Threads::Team), None, "{by}");
        }
    }
}

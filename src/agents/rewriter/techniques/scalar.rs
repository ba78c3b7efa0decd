//! A local variable accumulates instead of an array element that stays the same while an innermost loop runs.
//! Legal when nothing else in the loop touches that element.

use super::Options;
use super::hoist;
use crate::rewriter::analysis::apart::Around;
use crate::rewriter::analysis::code::{Code, FunctionNode};
use crate::rewriter::analysis::loops::{Loop, Touch, access};
use crate::rewriter::analysis::term::Term;

/// Local variables for elements.
pub(crate) fn scalars(code: &Code, options: &Options) -> Option<String> {
    let mut edits = Vec::new();
    for function in &code.functions {
        for (shared, inner) in function.nests(code) {
            let new = held(code, function, &shared, &inner);
            edits.extend(new.map(|new| (inner.term.range.clone(), new)));
        }
    }
    let new = (!edits.is_empty()).then(|| code.edited(edits));
    let next = new.as_ref().and_then(|text| Code::read(text, &code.entry));
    hoist::scalars(next.as_ref().unwrap_or(code), options).or(new)
}

/// Whether statements hold no loop.
pub(crate) fn innermost(body: &[Term]) -> bool {
    let loops = [
        "for_statement",
        "for_range_loop",
        "while_statement",
        "do_statement",
    ];
    !body.iter().any(|t| loops.iter().any(|kind| t.has(kind)))
}

fn held(
    code: &Code,
    function: &FunctionNode,
    shared: &[Loop<'_>],
    inner: &Loop<'_>,
) -> Option<String> {
    if !innermost(inner.body) {
        return None;
    }
    let touched = function.touched(inner, code)?;
    let around = Around {
        code,
        shared,
        varying: &touched.varying,
    };
    let mut elements: Vec<(&Term, String)> = Vec::new();
    for statement in inner.body {
        let Some(assign) = statement.kids.first().filter(|a| {
            statement.kind == "expr" && a.kind == "assign" && matches!(a.op, "+=" | "-=")
        }) else {
            continue;
        };
        let target = &assign.kids[0];
        let Some(element) = access(target).filter(|_| function.element_type(target).is_some())
        else {
            continue;
        };
        let moves =
            target.mentions(inner.var) || touched.varying.iter().any(|n| target.mentions(n));
        let written = Touch {
            access: element,
            write: true,
            loops: vec![*inner],
        };
        // the same subscripts mean the element itself, wherever they stand
        let alone = touched
            .elements
            .iter()
            .filter(|t| t.access != written.access)
            .all(|t| !around.may_meet(&written, t, &[]));
        if !moves && alone && elements.iter().all(|(t, _)| *t != target) {
            let base = match elements.len() {
                0 => "sum".to_owned(),
                n => format!("sum_{n}"),
            };
            elements.push((target, code.fresh(&base)));
        }
    }
    if elements.is_empty() {
        return None;
    }
    let (mut before, mut after) = (String::new(), String::new());
    for (target, name) in &elements {
        let ty = function.element_type(target)?;
        before += &format!("{ty} {name} = {};\n", code.of(target));
        after += &format!("{} = {name};\n", code.of(target));
    }
    let put = |t: &Term| {
        let known = elements.iter().find(|(target, _)| *target == t);
        known.map(|(_, name)| name.clone())
    };
    let body: String = inner
        .body
        .iter()
        .map(|s| code.patched(s, &put) + "\n")
        .collect();
    // with no step at all the element may not even exist
    Some(format!(
        "if ({}) {{\n{before}{} {{\n{body}}}\n{after}}}",
        inner.some(code),
        inner.head(code)
    ))
}

#[cfg(test)]
mod tests {
    use super::super::Technique::ScalarAccumulation;
    use super::super::tests::after;

    const BEFORE: &str = "void rows(std::vector<std::vector<double>>& v, std::vector<double>& s, std::vector<float>& t, int h) { for (int r = 0; r < h; r++) { for (int c = 0; c < r; c++) { s[r] -= v[r][c] * s[c]; t[r] = t[r] + v[c][r]; } } }";

    #[test]
    fn elements_are_accumulated_in_locals() {
        let new = after(ScalarAccumulation, BEFORE, "rows").unwrap_or_default();
        let wanted = "if (0 < r) {\ndouble sum = s[r];\nfloat sum_1 = t[r];\nfor (int c = 0; c < r; ++c) {\nsum -= v[r][c] * s[c];\nsum_1 += v[c][r];\n}\ns[r] = sum;\nt[r] = sum_1;\n}";
        assert!(new.contains(wanted), "{new}");
    }

    #[test]
    fn elements_that_others_may_touch_stay() {
        let one = BEFORE.replace("t[r] = t[r] + v[c][r];", "");
        for (what, by) in [
            ("s[r] -=", "s[c] -="),
            ("c < r; c++", "c < h; c++"),
            ("* s[c];", "* s[c]; s[h - c] = 0;"),
            ("* s[c];", "* s[c]; s.resize(c);"),
            ("* s[c];", "* s[c]; r--;"),
            ("* s[c];", "* s[c]; double& z = s[r]; z = 1;"),
            ("* s[c]", "* next(s, c)"),
            ("* s[c];", "* s[c]; if (c > 3) return;"),
        ] {
            assert!(one.contains(what), "{what}");
            assert_eq!(
                after(ScalarAccumulation, &one.replace(what, by), "rows"),
                None,
                "{by}"
            );
        }
    }
}

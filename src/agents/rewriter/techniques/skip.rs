//! Loops that look for rare elements: a whole block is asked first whether it holds any, and passed over if not.
//! Legal when the first test is pure, compares one element of a vector that the loop never changes, and steps one by one.

use super::Options;
use crate::rewriter::analysis::code::Code;
use crate::rewriter::analysis::facts::{changed, is_number, is_pure, is_whole, names};
use crate::rewriter::analysis::linear::{Linear, Stride};
use crate::rewriter::analysis::pattern::{Bound, find};
use crate::rewriter::analysis::term::Term;

/// Blocks without hits are passed over.
pub(crate) fn blocks(code: &Code, _options: &Options) -> Option<String> {
    let mut edits = Vec::new();
    for function in &code.functions {
        for found in find(
            "for ($T $i = $lo; $i < $n; $i++) { if ($test) { $$$body; } }",
            &function.body,
        ) {
            let b = &found.bound;
            let Some(test) = b.term("test") else { continue };
            let mut first = test;
            while first.op == "&&" {
                first = &first.kids[0];
            }
            let rare = first.op == "==" && first.kids.len() == 2;
            let Some((array, index)) = first.kids.first().and_then(Term::subscript) else {
                continue;
            };
            let Some(array) = array.name() else { continue };
            let plain = function.element_of(array).is_some_and(is_number);
            if !rare || !plain {
                continue;
            }
            if let Some(new) = skipped(code, b, first, array, index) {
                edits.push((found.range.clone(), new));
            }
        }
    }
    (!edits.is_empty()).then(|| code.edited(edits))
}

fn skipped(code: &Code, b: &Bound, first: &Term, array: &str, index: &Term) -> Option<String> {
    let text = |hole: &str| b.text(hole, &code.text);
    let (i, n) = (b.name("i")?, b.term("n")?);
    let body = b.terms("body");
    let leaves = [
        "continue_statement",
        "goto_statement",
        "lambda_expression",
        "break_statement",
    ];
    if body.is_empty()
        || body
            .iter()
            .any(|t| leaves.iter().any(|k| t.has(k)) || t.has("for_statement"))
    {
        return None;
    }
    let touched: std::collections::BTreeSet<String> =
        body.iter().flat_map(|t| changed(t, code)).collect();
    let steady = names(first).iter().all(|name| !touched.contains(name))
        && names(n).iter().all(|name| !touched.contains(name));
    let one = Linear::of(index, code)?.stride(i) == Stride::One && !first.kids[1].mentions(i);
    if !steady
        || !one
        || !is_pure(first, code)
        || !is_pure(n, code)
        || n.mentions(i)
        || !is_whole(&super::squeezed(text("T")))
    {
        return None;
    }
    let offset = Linear::of(index, code).filter(|_| {
        index.op == "+" && index.kids[1].name() == Some(i) && !index.kids[0].mentions(i)
    });
    let start = match (index.name(), offset) {
        (Some(_), _) => "0".to_owned(),
        (None, Some(_)) => code.of(&index.kids[0]).to_owned(),
        (None, None) => return None,
    };
    let value = code.of(&first.kids[1]);
    let original = format!("if ({}) {{\n{}\n}}", text("test"), text("body"));
    Some(code.freshen(&format!(
        "{{\nconst auto* %row = {array}.data() + ({start});\n{t} {i} = {lo};\nwhile ({i} < {n}) {{\nif ({i} + 63 < {n}) {{\nint %hits = 0;\nfor (int %lane = 0; %lane < 64; ++%lane) {{\n%hits |= %row[{i} + %lane] == ({value});\n}}\nif (%hits == 0) {{\n{i} += 64;\ncontinue;\n}}\n}}\nconst {t} %block_end = {i} + 63 < {n} ? {i} + 64 : static_cast<{t}>({n});\nfor (; {i} < %block_end; {i}++) {{\n{original}\n}}\n}}\n}}",
        t = text("T"),
        lo = text("lo"),
        n = text("n"),
    )))
}

#[cfg(test)]
mod tests {
    use super::super::Technique::SkipBlocks;
    use super::super::tests::after;

    const RARE: &str = "void mark(std::vector<int> const& links, std::vector<int>& seen, size_t w, int r) {\n    for (size_t c = 0; c < w; ++c) {\n        if (links[r * w + c] == 1 && seen[c] == 0) {\n            seen[c] = 1;\n        }\n    }\n}";

    #[test]
    fn a_block_is_asked_for_hits_first() {
        let new = after(SkipBlocks, RARE, "mark").unwrap_or_default();
        assert!(new.contains("hits |= row[c + lane] == (1);"), "{new}");
    }

    #[test]
    fn a_test_that_the_body_changes_is_left_alone() {
        assert_eq!(
            after(
                SkipBlocks,
                &RARE.replace("seen[c] = 1", "links2[c] = 1; w -= 1"),
                "mark"
            ),
            None
        );
        assert_eq!(
            after(SkipBlocks, &RARE.replace("r * w + c", "c * w + r"), "mark"),
            None
        );
    }
}

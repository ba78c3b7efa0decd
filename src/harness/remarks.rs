//! What the compiler could not do on a candidate's own lines, in words that help its author.
//! Reads the notes of the timed build. Keeps only innermost loops and precise reasons: vague ones lead authors astray.

use std::collections::BTreeSet;

use tree_sitter::Node;

use super::syntax;
use crate::domain::evaluation::Remark;

/// Most remarks that are kept.
const MOST: usize = 8;

/// What the compiler writes, and what we say.
const REASONS: &[(&str, &str)] = &[
    (
        "number of iterations cannot be computed",
        "not vectorised: how often this loop runs is not known before it starts (it can end early, or its bound changes)",
    ),
    (
        "control flow in loop",
        "not vectorised: a branch inside this loop; compute both cases and select, or move the test out",
    ),
    (
        "loop contains function calls",
        "not vectorised: a call inside this loop that is not inlined",
    ),
    (
        "statement clobbers memory",
        "not vectorised: a call inside this loop that is not inlined and may change memory",
    ),
    (
        "statement can throw",
        "not vectorised: something inside this loop may throw; use access that is not checked, and reserve memory before",
    ),
    (
        "can't determine dependence",
        "not vectorised: what is written may overlap what is read; use __restrict on local pointers, or copy a value to a local variable first",
    ),
    (
        "possible alias",
        "not vectorised: what is written may overlap what is read; use __restrict on local pointers, or copy a value to a local variable first",
    ),
    (
        "bad data dependence",
        "not vectorised: a round of this loop needs what an earlier round wrote",
    ),
    (
        "possible dependence between data-refs",
        "not vectorised: a round of this loop may need what an earlier round wrote",
    ),
    (
        "unsupported use in stmt",
        "not vectorised: every round needs the result of the one before (a running value); several independent ones can be combined at the end where the order does not matter",
    ),
    (
        "not suitable for gather",
        "not vectorised: elements are not read one after the other; change the order of loops or of the data",
    ),
    (
        "strided",
        "not vectorised: elements are read with a stride; change the order of loops or of the data",
    ),
    (
        "volatile",
        "not vectorised: a volatile access inside this loop",
    ),
    (
        "vectorization not profitable",
        "not vectorised: the compiler expects too few rounds, or too much shuffling, for it to pay",
    ),
];

/// The remarks on `source` in the compiler's notes.
pub fn read(notes: &str, source: &str) -> Vec<Remark> {
    let loops = innermost_loops(source);
    let mut found: BTreeSet<(u32, &str)> = BTreeSet::new();
    let mut failed = None;
    for (line, note) in notes.lines().filter_map(own_line) {
        if note.contains("couldn't vectorize loop") {
            failed = Some(line);
            continue;
        }
        // A reason follows right after the loop that it is about.
        let Some(at) = failed.take().filter(|at| loops.contains(at)) else {
            continue;
        };
        let reason = REASONS.iter().find(|(words, _)| note.contains(words));
        if let Some((_, text)) = reason {
            found.insert((at, text));
        }
    }
    found
        .into_iter()
        .take(MOST)
        .map(|(line, text)| Remark {
            line,
            text: text.to_owned(),
        })
        .collect()
}

/// `candidate.cpp:4:23: missed: …` as line and words.
fn own_line(note: &str) -> Option<(u32, &str)> {
    let (line, rest) = note.strip_prefix("candidate.cpp:")?.split_once(':')?;
    let (_, words) = rest.split_once("missed:")?;
    Some((line.parse().ok()?, words.trim()))
}

/// Lines on which a loop without another loop inside begins.
fn innermost_loops(source: &str) -> BTreeSet<u32> {
    let mut lines = BTreeSet::new();
    if let Some(tree) = syntax::tree(source) {
        let mut open = vec![tree.root_node()];
        while let Some(node) = open.pop() {
            let mut cursor = node.walk();
            let children: Vec<Node<'_>> = node.children(&mut cursor).collect();
            if is_loop(node) && !has_loop(node) {
                lines.insert(node.start_position().row as u32 + 1);
            }
            open.extend(children);
        }
    }
    lines
}

fn is_loop(node: Node<'_>) -> bool {
    matches!(
        node.kind(),
        "for_statement" | "for_range_loop" | "while_statement" | "do_statement"
    )
}

fn has_loop(node: Node<'_>) -> bool {
    let mut open = vec![node];
    let mut first = true;
    while let Some(next) = open.pop() {
        if !first && is_loop(next) {
            return true;
        }
        first = false;
        let mut cursor = next.walk();
        open.extend(next.children(&mut cursor));
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "void f() {\n  for (int i = 0; i < 9; ++i)\n    for (int j = 0; j < 9; ++j)\n      if (g(j)) return;\n  while (h()) {}\n}\n";

    #[test]
    fn innermost_loops_get_precise_reasons_once() {
        let notes = "candidate.cpp:2:20: missed: couldn't vectorize loop\n\
            candidate.cpp:2:20: missed: not vectorized: control flow in loop.\n\
            candidate.cpp:3:20: missed: couldn't vectorize loop\n\
            candidate.cpp:4:12: missed: not vectorized: control flow in loop.\n\
            candidate.cpp:3:20: missed: couldn't vectorize loop\n\
            candidate.cpp:4:12: missed: not vectorized: control flow in loop.\n\
            candidate.cpp:5:3: missed: couldn't vectorize loop\n\
            candidate.cpp:5:3: missed: not vectorized: complicated access pattern.\n\
            /usr/include/c++/12/bits/x.h:5:3: missed: couldn't vectorize loop\n\
            candidate.cpp:4:9: missed: statement clobbers memory: g (j);\n";
        let remarks = read(notes, SOURCE);
        let lines: Vec<u32> = remarks.iter().map(|remark| remark.line).collect();
        assert_eq!(lines, [3]);
        assert!(remarks[0].text.contains("branch"));
    }

    #[test]
    fn hostile_notes_are_harmless() {
        for notes in [
            "candidate.cpp:",
            "candidate.cpp:x:1: missed: y",
            "candidate.cpp:99999999999:1: missed: couldn't vectorize loop",
        ] {
            assert_eq!(read(notes, "for(;;"), []);
        }
    }
}

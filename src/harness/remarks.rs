//! What the compiler did with loops and could not do, on a code's own lines, in words that help its author.
//! Reads the notes of the timed build. Keeps only innermost loops and precise reasons: vague ones lead authors astray.
//! Never judges whether a loop should have been vectorised.

mod accumulators;

use std::collections::{BTreeMap, BTreeSet};

use tree_sitter::Node;

use self::accumulators::Carried;
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
    (RUNNING, CHAIN),
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

/// How the compiler says that a value goes from round to round.
const RUNNING: &str = "unsupported use in stmt";
/// Our words for it where no more is known.
const CHAIN: &str =
    "not vectorised: every round needs the result of the one before (a running value)";
/// Where the running value is only gathered.
const GATHERED: &str = "not vectorised: every round needs the result of the one before (a running value); several independent ones can be combined at the end where the order does not matter";

/// The remarks on `source` in the compiler's notes.
pub(crate) fn read(notes: &str, source: &str) -> Vec<Remark> {
    let loops = innermost_loops(source);
    let mut found: BTreeSet<(u32, String)> = BTreeSet::new();
    let mut done: BTreeMap<u32, u32> = BTreeMap::new();
    let mut failed = None;
    for (line, note) in notes.lines().filter_map(own_line) {
        if let Some(bytes) = vectorised(note) {
            // the rest of a loop is vectorised in narrower steps: the widest says most
            let widest = done.entry(line).or_default();
            *widest = bytes.max(*widest);
            continue;
        }
        if note.contains("couldn't vectorize loop") {
            failed = Some(line);
            continue;
        }
        // A reason follows right after the loop that it is about.
        let Some(at) = failed.take().filter(|at| loops.contains(at)) else {
            continue;
        };
        let reason = REASONS.iter().find(|(words, _)| note.contains(words));
        if let Some((words, text)) = reason {
            let text = match *words {
                RUNNING => running(source, at),
                _ => (*text).to_owned(),
            };
            found.insert((at, text));
        }
    }
    // a loop that was vectorised in the end needs no reason why not
    found.retain(|(line, _)| !done.contains_key(line));
    let did = done
        .into_iter()
        .filter(|(line, _)| loops.contains(line))
        .map(|(line, bytes)| (line, format!("vectorised, {bytes} bytes at a time")));
    found.extend(did);
    found
        .into_iter()
        .take(MOST)
        .map(|(line, text)| Remark { line, text })
        .collect()
}

/// `candidate.cpp:4:23: missed: …` as line and words.
fn own_line(note: &str) -> Option<(u32, &str)> {
    let own = ["candidate.cpp:", "original.cpp:"];
    let rest = own.iter().find_map(|file| note.strip_prefix(file))?;
    let (line, rest) = rest.split_once(':')?;
    let (_, words) = rest
        .split_once("missed:")
        .or_else(|| rest.split_once("optimized:"))?;
    Some((line.parse().ok()?, words.trim()))
}

/// The bytes of a vector, where the note says that a loop was vectorised.
fn vectorised(note: &str) -> Option<u32> {
    let rest = note.strip_prefix("loop vectorized using ")?;
    rest.split(' ').next()?.parse().ok()
}

/// What is to be said of a value that goes from round to round of the loop on this line.
fn running(source: &str, line: u32) -> String {
    match syntax::tree(source).and_then(|tree| accumulators::of_loop(&tree, source, line)) {
        Some(Carried::Gathered) => GATHERED.to_owned(),
        Some(Carried::Used(name)) => format!(
            "not vectorised: a true chain: `{name}` of the round before is used inside the loop, so its rounds cannot be done side by side as they stand"
        ),
        None => CHAIN.to_owned(),
    }
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
    fn a_loop_that_was_vectorised_is_said_to_be_and_nothing_else() {
        let notes = "original.cpp:3:20: optimized: loop vectorized using 32 byte vectors\n\
            original.cpp:3:20: optimized: loop vectorized using 16 byte vectors\n\
            original.cpp:3:20: missed: couldn't vectorize loop\n\
            original.cpp:4:12: missed: not vectorized: control flow in loop.\n\
            original.cpp:2:20: optimized: basic block part vectorized using 16 byte vectors\n";
        let remarks = read(notes, SOURCE);
        assert_eq!(
            remarks,
            [Remark {
                line: 3,
                text: "vectorised, 32 bytes at a time".to_owned()
            }]
        );
    }

    #[test]
    fn only_a_value_that_is_merely_gathered_can_be_split() {
        let notes = "candidate.cpp:2:3: missed: couldn't vectorize loop\n\
            candidate.cpp:3:5: missed: not vectorized: unsupported use in stmt.\n";
        let said = |body: &str| {
            let source = format!(
                "void f(int n, double* x, double& o) {{\n  for (int i = 0; i < n; ++i) {{\n    {body}\n  }}\n}}\n"
            );
            read(notes, &source)[0].text.clone()
        };
        assert_eq!(said("s += x[i];"), GATHERED);
        assert_eq!(said("s = s + x[i]; t = std::max(t, x[i]);"), GATHERED);
        assert!(said("s += x[i]; x[i] = s;").contains("true chain: `s`"));
        assert!(said("v = (v << 1) ^ x[i]; w += v;").contains("true chain: `v`"));
        assert!(said("s = s * 0.5 + x[i];").contains("true chain: `s`"));
        assert!(said("a = b; b = a + x[i];").contains("true chain"));
        assert_eq!(said("double d = x[i]; g(d);"), CHAIN);
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

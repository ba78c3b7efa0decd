//! Patterns written as C++ with holes: `$x` stands for any expression, type or name (the same one everywhere),
//! `$$s;` for any statement, `$$$s;` for any run of statements. Never rewrites; it only says what matched where.

use std::collections::BTreeMap;
use std::ops::Range;

use super::term::{Term, parse};

/// What the holes of a pattern stood for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Bound {
    holes: BTreeMap<String, (Range<usize>, Vec<Term>)>,
}

impl Bound {
    /// The term in a hole that holds one.
    pub(crate) fn term(&self, hole: &str) -> Option<&Term> {
        self.holes.get(hole).and_then(|(_, terms)| terms.first())
    }
    /// The terms in a hole.
    pub(crate) fn terms(&self, hole: &str) -> &[Term] {
        self.holes.get(hole).map_or(&[], |(_, terms)| terms)
    }
    /// The source in a hole.
    pub(crate) fn text<'s>(&self, hole: &str, source: &'s str) -> &'s str {
        self.holes
            .get(hole)
            .and_then(|(range, _)| source.get(range.clone()))
            .unwrap_or("")
    }
    /// The plain name in a hole.
    pub(crate) fn name(&self, hole: &str) -> Option<&str> {
        self.term(hole)?.name()
    }
}

/// A run of statements that matched.
#[derive(Debug, Clone)]
pub(crate) struct PatternMatch {
    /// What the holes stood for.
    pub bound: Bound,
    /// The bytes of the whole run.
    pub range: Range<usize>,
}

fn hole(term: &Term) -> Option<&str> {
    let named = matches!(
        term.kind,
        "identifier" | "type_identifier" | "field_identifier"
    );
    named.then(|| term.leaf.strip_prefix('$')).flatten()
}

fn statement_hole(term: &Term) -> Option<&str> {
    (term.kind == "expr")
        .then(|| hole(term.kids.first()?)?.strip_prefix('$'))
        .flatten()
}

fn put(bound: &mut Bound, name: &str, range: Range<usize>, terms: Vec<Term>) -> bool {
    match bound.holes.get(name) {
        Some((_, old)) => *old == terms,
        None => {
            bound.holes.insert(name.to_owned(), (range, terms));
            true
        }
    }
}

/// Whether the pattern fits the term exactly.
pub(crate) fn fits(pattern: &Term, term: &Term, bound: &mut Bound) -> bool {
    if let Some(name) = statement_hole(pattern) {
        return put(bound, name, term.range.clone(), vec![term.clone()]);
    }
    if let Some(name) = hole(pattern) {
        return put(bound, name, term.range.clone(), vec![term.clone()]);
    }
    if pattern.kind != term.kind || pattern.op != term.op || pattern.leaf != term.leaf {
        return false;
    }
    if pattern.kind == "block" {
        return run(
            &pattern.kids,
            &term.kids,
            term.range.end.saturating_sub(1),
            bound,
        ) == Some(term.kids.len());
    }
    pattern.kids.len() == term.kids.len()
        && pattern
            .kids
            .iter()
            .zip(&term.kids)
            .all(|(p, t)| fits(p, t, bound))
}

/// Fits a run of statements at the start of `terms`; how many it took.
fn run(pattern: &[Term], terms: &[Term], end: usize, bound: &mut Bound) -> Option<usize> {
    let Some((first, rest)) = pattern.split_first() else {
        return Some(0);
    };
    if let Some(name) = statement_hole(first).and_then(|n| n.strip_prefix('$')) {
        let name = name.to_owned();
        for take in (0..=terms.len()).rev() {
            let mut tried = bound.clone();
            let range = match (terms.first(), take) {
                (Some(head), 1..) => head.range.start..terms[take - 1].range.end,
                _ => end..end,
            };
            if put(&mut tried, &name, range, terms[..take].to_vec())
                && let Some(more) = run(rest, &terms[take..], end, &mut tried)
                && (!rest.is_empty() || take == terms.len())
            {
                *bound = tried;
                return Some(take + more);
            }
        }
        return None;
    }
    let (head, tail) = terms.split_first()?;
    if !fits(first, head, bound) {
        return None;
    }
    run(rest, tail, end, bound).map(|n| n + 1)
}

/// Statements of a pattern.
pub(crate) fn statements(pattern: &str) -> Vec<Term> {
    parse(&format!("void f() {{ {pattern} }}"))
        .and_then(|mut root| root.kids.pop())
        .and_then(|mut function| function.kids.pop())
        .map(|block| block.kids)
        .unwrap_or_default()
}

/// Every run of neighbouring statements below `within` that the pattern fits, outermost first.
pub(crate) fn find(pattern: &str, within: &Term) -> Vec<PatternMatch> {
    let wanted = statements(pattern);
    let mut found = Vec::new();
    if wanted.is_empty() {
        return found;
    }
    within.walk(&mut |block| {
        if block.kind != "block" {
            return;
        }
        for at in 0..block.kids.len() {
            // a directive before a loop speaks about just this loop
            if at > 0 && block.kids[at - 1].kind == "preproc_call" {
                continue;
            }
            let mut bound = Bound::default();
            if let Some(took @ 1..) = run(&wanted, &block.kids[at..], block.range.end, &mut bound) {
                let range = block.kids[at].range.start..block.kids[at + took - 1].range.end;
                found.push(PatternMatch { bound, range });
            }
        }
    });
    found
}

/// Every expression below `within` that the pattern fits, outermost first.
pub(crate) fn expressions(pattern: &str, within: &Term) -> Vec<PatternMatch> {
    let mut found = Vec::new();
    let Some(wanted) = expression(pattern) else {
        return found;
    };
    within.walk(&mut |term| {
        let mut bound = Bound::default();
        if fits(&wanted, term, &mut bound) {
            found.push(PatternMatch {
                bound,
                range: term.range.clone(),
            });
        }
    });
    found
}

/// A pattern that is an expression.
pub(crate) fn expression(pattern: &str) -> Option<Term> {
    statements(&format!("$w = {pattern};"))
        .pop()?
        .kids
        .pop()?
        .kids
        .pop()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holes_stand_for_the_same_thing_everywhere() {
        let root = parse("void g() { a[i] = b[i]; a[i] = b[j]; }");
        let found = root
            .map(|r| find("$a[$i] = $b[$i];", &r))
            .unwrap_or_default();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].bound.name("b"), Some("b"));
    }

    #[test]
    fn a_run_of_statements_may_be_empty() {
        let text = "void g() { for (int i = 0; i < n; i++) { s += i; } for (int i = 0; i < n; i++) { int t = i; s += t; } }";
        let root = parse(text);
        let found = root
            .map(|r| find("for ($T $i = 0; $i < $n; $i++) { $$$pre; $s += $e; }", &r))
            .unwrap_or_default();
        let pre: Vec<&str> = found.iter().map(|f| f.bound.text("pre", text)).collect();
        assert_eq!(pre, ["", "int t = i;"]);
    }
}

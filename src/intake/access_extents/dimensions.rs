//! Arrays whose dimensions a text tells, and what that says of the numbers that index them. Pure.

use std::collections::BTreeMap;

use tree_sitter::Node;

use super::super::items::{Function, Kind, Parsed};
use super::super::polynomial::Polynomial;
use super::value::literal;

/// The dimensions of arrays by name, outermost first; `None`: unknown.
pub(super) type Dimensions = BTreeMap<String, Vec<Option<i64>>>;

/// Those of the file's variables, of a function's parameters and of its own variables, which hide the others.
pub(super) fn dimensions(parsed: &Parsed<'_>, function: &Function) -> Dimensions {
    let mut all = Dimensions::new();
    let root = parsed.tree.root_node();
    let ends = |span: &std::ops::Range<usize>| span.end.saturating_sub(1);
    for item in parsed
        .items
        .iter()
        .filter(|item| item.kind == Kind::Variable)
    {
        if let Some(node) = root.descendant_for_byte_range(item.span.start, ends(&item.span)) {
            collect(parsed, node, &mut all);
        }
    }
    if let Some(node) = root.descendant_for_byte_range(function.span.start, ends(&function.span)) {
        collect(parsed, node, &mut all);
    }
    all
}

/// The arrays declared in a node, on a stack of its own.
fn collect(parsed: &Parsed<'_>, root: Node<'_>, all: &mut Dimensions) {
    let mut open = vec![root];
    while let Some(node) = open.pop() {
        if node.kind() == "array_declarator"
            && node.parent().is_none_or(|p| p.kind() != "array_declarator")
        {
            let mut sizes = Vec::new();
            let mut inner = node;
            while inner.kind() == "array_declarator" {
                let size = inner.child_by_field_name("size");
                sizes.push(size.and_then(|size| number(parsed, parsed.slice(&size.byte_range()))));
                match inner.child_by_field_name("declarator") {
                    Some(next) => inner = next,
                    None => break,
                }
            }
            sizes.reverse();
            if inner.kind() == "identifier" {
                all.insert(parsed.slice(&inner.byte_range()).to_owned(), sizes);
            }
            continue;
        }
        let mut cursor = node.walk();
        open.extend(node.named_children(&mut cursor));
    }
}

/// A literal, or what a macro of the file stands for.
pub(super) fn number(parsed: &Parsed<'_>, text: &str) -> Option<i64> {
    let mut text = text.trim();
    for _ in 0..4 {
        let plain = text.trim_matches(['(', ')', ' ']);
        if let Some(n) = literal(plain) {
            return Some(n);
        }
        let named = |item: &&super::super::items::Item| {
            item.kind == Kind::Define && item.names.iter().any(|name| name == plain)
        };
        let define = parsed.items.iter().find(named)?;
        let (_, value) = parsed.slice(&define.span).split_once(plain)?;
        text = value.split("/*").next()?.split("//").next()?.trim();
    }
    None
}

/// The number that an index is at most, as a name and the most that it may be: `a[i]` under `i < n` with `int a[32]`.
pub(super) fn most(sizes: &[Option<i64>], level: usize, at: &Polynomial) -> Option<(String, i64)> {
    let size = (*sizes.get(level)?)?;
    let (name, more) = at.name_and_more()?;
    Some((name.to_owned(), size.checked_sub(1)?.checked_sub(more)?))
}

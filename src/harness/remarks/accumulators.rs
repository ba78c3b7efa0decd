//! Whether a value that goes from round to round of a loop is only gathered, or used on the way: only the first kind can be
//! split into several that are joined in the end. Reads the code; never runs it.

use std::collections::BTreeSet;

use tree_sitter::{Node, Tree};

use super::is_loop;

/// What becomes of the values a loop carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Carried {
    /// They are only gathered.
    Gathered,
    /// This one is used within the loop.
    Used(String),
}

/// What the loop that begins on `line` carries; `None` where nothing of that kind is seen.
pub(crate) fn of_loop(tree: &Tree, source: &str, line: u32) -> Option<Carried> {
    let mut all = Vec::new();
    under(tree.root_node(), &mut all);
    let begins = |node: &&Node<'_>| is_loop(**node) && node.start_position().row as u32 + 1 == line;
    // the innermost of those that begin there comes last
    let found = all.iter().rev().find(begins)?;
    let mut nodes = Vec::new();
    under(*found, &mut nodes);
    let text = |node: Node<'_>| source.get(node.byte_range()).unwrap_or("");
    let declared: BTreeSet<&str> = nodes
        .iter()
        .filter(|node| is_declared(**node))
        .map(|node| text(*node))
        .collect();
    let mut names: BTreeSet<&str> = BTreeSet::new();
    let mut gathering: Vec<(&str, usize)> = Vec::new();
    for node in nodes.iter().filter(|n| n.kind() == "assignment_expression") {
        let (Some(left), Some(right)) = (
            node.child_by_field_name("left"),
            node.child_by_field_name("right"),
        ) else {
            continue;
        };
        let name = text(left);
        if left.kind() != "identifier" || declared.contains(name) {
            continue;
        }
        let operator = node.child_by_field_name("operator").map_or("=", text);
        // a counter with a fixed step is no value that is computed
        if operator != "=" && right.kind() == "number_literal" {
            gathering.push((name, usize::MAX));
            continue;
        }
        names.insert(name);
        gathering.push((
            name,
            match operator {
                "+=" | "-=" | "*=" | "&=" | "|=" | "^=" => 1,
                "=" if joins(right, name, &text) => 2,
                _ => 0,
            },
        ));
    }
    let mut seen = false;
    for name in names {
        let uses = nodes
            .iter()
            .filter(|node| node.kind() == "identifier" && text(**node) == name)
            .count();
        let allowed = gathering
            .iter()
            .filter(|(of, _)| *of == name)
            .fold(0usize, |sum, (_, uses)| sum.saturating_add(*uses));
        if uses > allowed {
            return Some(Carried::Used(name.to_owned()));
        }
        seen = true;
    }
    seen.then_some(Carried::Gathered)
}

/// Whether `right` joins the value of `name` with another one by something whose order may be changed.
fn joins<'s>(right: Node<'_>, name: &str, text: &dyn Fn(Node<'_>) -> &'s str) -> bool {
    let is_it = |node: Option<Node<'_>>| {
        node.is_some_and(|node| node.kind() == "identifier" && text(node) == name)
    };
    match right.kind() {
        "binary_expression" => {
            let operator = right.child_by_field_name("operator").map_or("", text);
            matches!(operator, "+" | "*" | "&" | "|" | "^")
                && (is_it(right.child_by_field_name("left"))
                    || is_it(right.child_by_field_name("right")))
        }
        "call_expression" => {
            let function = right.child_by_field_name("function").map_or("", text);
            let arguments = right.child_by_field_name("arguments");
            matches!(
                function,
                "std::min"
                    | "std::max"
                    | "min"
                    | "max"
                    | "fmin"
                    | "fmax"
                    | "std::fmin"
                    | "std::fmax"
            ) && arguments.is_some_and(|list| {
                (0..list.named_child_count()).any(|at| is_it(list.named_child(at as u32)))
            })
        }
        _ => false,
    }
}

/// Whether this is the name that a declaration brings in.
fn is_declared(node: Node<'_>) -> bool {
    node.kind() == "identifier"
        && node
            .parent()
            .is_some_and(|parent| parent.child_by_field_name("declarator") == Some(node))
}

fn under<'t>(node: Node<'t>, all: &mut Vec<Node<'t>>) {
    let mut open = vec![node];
    while let Some(next) = open.pop() {
        all.push(next);
        let mut cursor = next.walk();
        let children: Vec<Node<'t>> = next.children(&mut cursor).collect();
        open.extend(children.into_iter().rev());
    }
}

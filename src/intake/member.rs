//! A member function as a free one that takes its object as `self`, and back again. Pure.

use std::collections::BTreeSet;

use tree_sitter::Node;

use super::IntakeError;
use super::items::{Function, Kind, Parsed, declared, is_function};
use super::signature::{Layer, Parameter, Signature};
use super::words::{Reached, words};

/// The parameter that holds the object.
pub(super) fn state(class: &str, constant: bool) -> String {
    if constant {
        format!("{class} const &self")
    } else {
        format!("{class} &self")
    }
}

/// What a class has, by how a member function speaks of it.
#[derive(Debug, Default)]
struct Members {
    /// Fields and methods of an object.
    own: BTreeSet<String>,
    /// Static ones, types and enumerators.
    shared: BTreeSet<String>,
}

/// Whether the class declares the function `static`.
pub(super) fn is_static(parsed: &Parsed<'_>, function: &Function) -> bool {
    let Some(class) = function.scope.last() else {
        return false;
    };
    let mut found = Members::default();
    members(parsed, class, &mut found, 0);
    found.shared.contains(&function.name)
}

/// The body with the members it means by their bare names spelled out.
pub(super) fn freed(
    parsed: &Parsed<'_>,
    function: &Function,
    body: &str,
    class: &str,
    with_state: bool,
) -> Result<String, IntakeError> {
    let Some(own) = function.scope.last() else {
        return Ok(body.to_owned());
    };
    let mut known = Members::default();
    members(parsed, own, &mut known, 0);
    if !with_state && words(body).iter().any(|word| word.text == "this") {
        return Err(IntakeError::new(
            format!("`{}` is static and says `this`", function.path()),
            "correct the function first",
        ));
    }
    let mut locals = BTreeSet::new();
    if let Some(node) = parsed.node(&function.span, "function_definition") {
        collect_locals(parsed, node, &mut locals);
    }
    let mut out = String::new();
    let mut at = 0;
    for word in words(body) {
        let before = body.get(..word.at).unwrap_or("").trim_end();
        let end = word.at + word.text.len();
        let after = body.get(end..).unwrap_or("").trim_start();
        if word.reached == Reached::AsMember || word.at < at || before.ends_with("::") {
            continue;
        }
        let (from, upto, with) = if word.text == "this" {
            if let Some(rest) = after.strip_prefix("->") {
                (word.at, body.len() - rest.len(), "self.".to_owned())
            } else if before.ends_with('*') {
                (before.len() - 1, end, "self".to_owned())
            } else {
                (word.at, end, "(&self)".to_owned())
            }
        } else if locals.contains(word.text) {
            continue;
        } else if with_state && known.own.contains(word.text) {
            (word.at, end, format!("self.{}", word.text))
        } else if known.shared.contains(word.text) || (!with_state && known.own.contains(word.text))
        {
            (word.at, end, format!("{class}::{}", word.text))
        } else {
            continue;
        };
        out.push_str(body.get(at..from).unwrap_or(""));
        out.push_str(&with);
        at = upto;
    }
    out.push_str(body.get(at..).unwrap_or(""));
    Ok(out)
}

/// The member as others of its class call it, where they do: it hands on to the free function.
pub(super) fn handed_on(
    head: &Signature,
    function: &Function,
    class: &str,
    signature: &str,
    needed: &str,
    entry: &str,
) -> String {
    let called = words(needed)
        .iter()
        .filter(|word| word.text == function.name)
        .count();
    let plain = |p: &Parameter| !p.name.is_empty() && !p.layers.contains(&Layer::Moved);
    // Once is the class' own declaration.
    if function.classes == 0 || called < 2 || !head.parameters.iter().all(plain) {
        return String::new();
    }
    let own = format!("{class}::{}", function.name);
    let state = signature.contains("&self");
    let names = head.parameters.iter().map(|p| p.name.as_str());
    let arguments: Vec<&str> = state.then_some("*this").into_iter().chain(names).collect();
    let constant = if head.constant { " const" } else { "" };
    format!(
        "{signature};\ninline {}{constant} {{ return {entry}({}); }}\n",
        head.signature(&own, None),
        arguments.join(", ")
    )
}

/// A freed body as a member's again: `self.x` is `this->x`.
pub(super) fn bound_again(body: &str) -> String {
    let mut out = String::new();
    let mut at = 0;
    for word in words(body) {
        if word.text != "self" || word.reached == Reached::AsMember {
            continue;
        }
        let end = word.at + word.text.len();
        out.push_str(body.get(at..word.at).unwrap_or(""));
        let rest = body.get(end..).unwrap_or("");
        if rest.starts_with('.') {
            out.push_str("this->");
            at = end + 1;
        } else {
            out.push_str("(*this)");
            at = end;
        }
    }
    out.push_str(body.get(at..).unwrap_or(""));
    out
}

fn members(parsed: &Parsed<'_>, class: &str, found: &mut Members, depth: usize) {
    let class = class.split('<').next().unwrap_or(class).trim();
    let root = parsed.tree.root_node();
    let item = parsed.items.iter().find(|item| {
        item.kind == Kind::Type
            && item.names.iter().any(|name| name == class)
            && parsed.slice(&item.span).contains('{')
    });
    let Some(item) = item.filter(|_| depth < 8) else {
        return;
    };
    let Some(node) = root
        .descendant_for_byte_range(item.span.start, item.span.end.saturating_sub(1))
        .and_then(|node| class_node(node, parsed, class, 0))
    else {
        return;
    };
    let mut cursor = node.walk();
    for base in node
        .children(&mut cursor)
        .filter(|child| child.kind() == "base_class_clause")
    {
        let mut cursor = base.walk();
        for name in base.named_children(&mut cursor) {
            let text = parsed.slice(&name.byte_range());
            members(
                parsed,
                text.rsplit("::").next().unwrap_or(text),
                found,
                depth + 1,
            );
        }
    }
    let Some(body) = node.child_by_field_name("body") else {
        return;
    };
    let mut cursor = body.walk();
    for child in body.named_children(&mut cursor) {
        let text = parsed.slice(&child.byte_range());
        let shared = text.starts_with("static")
            || text.contains(" static ") && child.kind() != "function_definition";
        let set = |found: &mut Members, name: String| {
            if shared {
                found.shared.insert(name)
            } else {
                found.own.insert(name)
            };
        };
        match child.kind() {
            "field_declaration" | "function_definition" | "declaration" => {
                let mut cursor = child.walk();
                for declarator in child.children_by_field_name("declarator", &mut cursor) {
                    for name in declared(declarator, parsed.text) {
                        if name != class {
                            set(found, name);
                        }
                    }
                }
                if let Some(inner) = child.child_by_field_name("type") {
                    types_in(parsed, inner, found);
                }
            }
            "template_declaration" => {
                let mut cursor = child.walk();
                for inner in child.named_children(&mut cursor) {
                    if let Some(declarator) = inner
                        .child_by_field_name("declarator")
                        .filter(|d| is_function(*d))
                    {
                        for name in declared(declarator, parsed.text) {
                            set(found, name);
                        }
                    }
                }
            }
            "type_definition" | "alias_declaration" => {
                let mut cursor = child.walk();
                let declarators: Vec<Node<'_>> = child
                    .children_by_field_name("declarator", &mut cursor)
                    .collect();
                let names = child
                    .child_by_field_name("name")
                    .into_iter()
                    .chain(declarators);
                for name in names {
                    found.shared.extend(declared(name, parsed.text));
                }
            }
            "struct_specifier" | "class_specifier" | "enum_specifier" | "union_specifier" => {
                types_in(parsed, child, found)
            }
            _ => {}
        }
    }
}

fn types_in(parsed: &Parsed<'_>, node: Node<'_>, found: &mut Members) {
    let Some(body) = node.child_by_field_name("body") else {
        return;
    };
    if let Some(name) = node.child_by_field_name("name") {
        found
            .shared
            .insert(parsed.slice(&name.byte_range()).to_owned());
    }
    if node.kind() == "enum_specifier" {
        let mut cursor = body.walk();
        for value in body.named_children(&mut cursor) {
            if let Some(name) = value.child_by_field_name("name") {
                found
                    .shared
                    .insert(parsed.slice(&name.byte_range()).to_owned());
            }
        }
    }
}

fn class_node<'t>(
    node: Node<'t>,
    parsed: &Parsed<'_>,
    class: &str,
    depth: usize,
) -> Option<Node<'t>> {
    let named = node
        .child_by_field_name("name")
        .is_some_and(|name| parsed.slice(&name.byte_range()) == class);
    if node.kind().ends_with("_specifier") && named && node.child_by_field_name("body").is_some() {
        return Some(node);
    }
    if depth > 4 {
        return None;
    }
    let mut cursor = node.walk();
    let children: Vec<Node<'t>> = node.named_children(&mut cursor).collect();
    children
        .into_iter()
        .find_map(|child| class_node(child, parsed, class, depth + 1))
}

fn collect_locals(parsed: &Parsed<'_>, node: Node<'_>, locals: &mut BTreeSet<String>) {
    let mut open = vec![node];
    while let Some(node) = open.pop() {
        if matches!(
            node.kind(),
            "parameter_declaration"
                | "optional_parameter_declaration"
                | "declaration"
                | "for_range_loop"
        ) {
            let mut cursor = node.walk();
            for declarator in node.children_by_field_name("declarator", &mut cursor) {
                locals.extend(declared(declarator, parsed.text));
            }
        }
        let mut cursor = node.walk();
        open.extend(node.named_children(&mut cursor));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "class Bag { std::vector<int> items; static int limit; using Item = int; int get(int i) const;\n\
        public: int sum(int k) const { Item s = 0; for (int x : items) s += x * k; return s + get(0) + limit + this->items.size() + (*this).get(1); } };\n";

    #[test]
    fn bare_members_are_spelled_out_and_can_be_taken_back() {
        let parsed = Parsed::new(TEXT).unwrap();
        let function = parsed.functions.last().unwrap();
        let body = parsed.slice(&function.body);
        let free = freed(&parsed, function, body, "Bag", true).unwrap();
        assert_eq!(
            free,
            "{ Bag::Item s = 0; for (int x : self.items) s += x * k; return s + self.get(0) + Bag::limit + self.items.size() + (self).get(1); }"
        );
        assert_eq!(
            bound_again(&free),
            "{ Bag::Item s = 0; for (int x : this->items) s += x * k; return s + this->get(0) + Bag::limit + this->items.size() + ((*this)).get(1); }"
        );
        assert!(!is_static(&parsed, function));
    }
}

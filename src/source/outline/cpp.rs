//! The pieces of C and C++.

use tree_sitter::Node;

use super::{Piece, field, tight, words};

/// What a node is, and the node that has its name and body.
pub(super) fn piece<'t>(node: Node<'t>, text: &str) -> Option<(Node<'t>, Piece)> {
    let named = |node: Node<'_>| field(node, "name", text);
    let piece = match node.kind() {
        "comment" | "preproc_call" | "access_specifier" | "ERROR" | ";" => return None,
        "preproc_include" | "using_declaration" | "namespace_alias_definition" => {
            Piece::Import(vec![tight(words(node, text).trim_end_matches(';'))])
        }
        "preproc_def" | "preproc_function_def" | "alias_declaration" => {
            Piece::Constant(vec![named(node)?])
        }
        "type_definition" => Piece::Constant(declared(node, text)),
        "preproc_if" | "preproc_ifdef" | "preproc_else" | "preproc_elif" | "declaration_list" => {
            Piece::Through
        }
        "linkage_specification" => {
            let body = node.child_by_field_name("body")?;
            return match body.kind() {
                "declaration_list" => Some((body, Piece::Through)),
                _ => cpp_plain(body, text),
            };
        }
        "template_declaration" => {
            let mut cursor = node.walk();
            let inner = node.named_children(&mut cursor).last()?;
            return match inner.kind() {
                "template_declaration" => None,
                _ => cpp_plain(inner, text),
            };
        }
        "namespace_definition" => Piece::Scope(named(node).unwrap_or_default()),
        _ => return cpp_plain(node, text),
    };
    Some((node, piece))
}

/// What has no other piece around it.
fn cpp_plain<'t>(node: Node<'t>, text: &str) -> Option<(Node<'t>, Piece)> {
    let named = |node: Node<'_>| field(node, "name", text);
    let piece = match node.kind() {
        "function_definition" => {
            let (name, parameters) = function(node, text)?;
            Piece::Function(name, parameters)
        }
        "struct_specifier" | "class_specifier" | "union_specifier" | "enum_specifier"
        | "concept_definition" => {
            node.child_by_field_name("body")
                .or(node.child_by_field_name("name"))?;
            Piece::Type(named(node)?)
        }
        "alias_declaration" => Piece::Constant(vec![named(node)?]),
        "declaration" | "field_declaration" => {
            let kind = node.child_by_field_name("type");
            let body = kind.filter(|kind| kind.child_by_field_name("body").is_some());
            match (body, declared(node, text)) {
                (Some(body), names) if names.is_empty() => return cpp_plain(body, text),
                // A declaration of a function promises nothing by itself.
                (None, names) if names.is_empty() => return None,
                (_, names) => Piece::Constant(names),
            }
        }
        "template_declaration" | "friend_declaration" | "static_assert_declaration" => return None,
        _ => Piece::Statement,
    };
    Some((node, piece))
}

/// Name and parameters of a function.
fn function(node: Node<'_>, text: &str) -> Option<(String, String)> {
    let mut declarator = node.child_by_field_name("declarator")?;
    while declarator.kind() != "function_declarator" {
        declarator = declarator
            .child_by_field_name("declarator")
            .or_else(|| declarator.named_child(0))?;
    }
    let name = field(declarator, "declarator", text)?;
    let parameters = declarator.child_by_field_name("parameters")?;
    let mut cursor = parameters.walk();
    // Names of parameters may change; how many there are and of which type tells functions apart.
    let types: Vec<String> = parameters
        .named_children(&mut cursor)
        .filter(|child| child.kind() != "comment")
        .map(|child| {
            let name = child.child_by_field_name("declarator").map(innermost);
            let whole = child.byte_range();
            let spelled = match name.filter(|name| name.kind() == "identifier") {
                Some(name) => format!(
                    "{}{}",
                    text.get(whole.start..name.start_byte()).unwrap_or(""),
                    text.get(name.end_byte()..whole.end).unwrap_or("")
                ),
                None => words(child, text),
            };
            tight(spelled.split('=').next().unwrap_or(""))
        })
        .collect();
    Some((tight(&name), types.join(",")))
}

fn innermost(mut node: Node<'_>) -> Node<'_> {
    while let Some(inner) = node.child_by_field_name("declarator").or_else(|| {
        (node.kind() == "reference_declarator")
            .then(|| node.named_child(0))
            .flatten()
    }) {
        node = inner;
    }
    node
}

/// The variables of a declaration; none for a function's.
fn declared(node: Node<'_>, text: &str) -> Vec<String> {
    let mut cursor = node.walk();
    let mut names = Vec::new();
    for child in node.children_by_field_name("declarator", &mut cursor) {
        let mut at = child;
        let mut function = false;
        while let Some(inner) = at.child_by_field_name("declarator").or_else(|| {
            (at.kind() == "reference_declarator")
                .then(|| at.named_child(0))
                .flatten()
        }) {
            function |= at.kind() == "function_declarator";
            at = inner;
        }
        function |= at.kind() == "function_declarator";
        if !function {
            names.push(words(at, text));
        }
    }
    names
}

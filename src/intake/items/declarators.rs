//! What declarators declare: names, functions, what lies inside. Pure.

use tree_sitter::Node;

/// `a::b<c::d>::e` in its parts, template arguments dropped.
pub(super) fn split_scope(name: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut depth = 0;
    let mut last = ' ';
    for c in name.chars() {
        match c {
            '<' if !name.contains("operator") => depth += 1,
            '>' if depth > 0 => depth -= 1,
            ':' if depth == 0 && last == ':' => {
                parts.push(String::new());
                last = ' ';
                continue;
            }
            ':' if depth == 0 => {}
            _ if depth == 0 && !c.is_whitespace() => {
                if let Some(part) = parts.last_mut() {
                    part.push(c);
                }
            }
            _ => {}
        }
        last = c;
    }
    parts
}

pub(crate) fn is_function(node: Node<'_>) -> bool {
    let mut at = Some(node);
    while let Some(node) = at {
        match node.kind() {
            // `int (*f)(int)` is a variable.
            "function_declarator" => {
                return node
                    .child_by_field_name("declarator")
                    .is_none_or(|inner| inner.kind() != "parenthesized_declarator");
            }
            "init_declarator" => return false,
            _ => at = inner_declarator(node),
        }
    }
    false
}

/// What a pointer, reference, array or parenthesis declares further.
pub(crate) fn inner_declarator(node: Node<'_>) -> Option<Node<'_>> {
    node.child_by_field_name("declarator").or_else(|| {
        let mut cursor = node.walk();
        node.named_children(&mut cursor).find(|child| {
            child.kind().ends_with("declarator") || child.kind().ends_with("identifier")
        })
    })
}

/// The names a declarator declares: one, or those of a structured binding.
pub(crate) fn declared(node: Node<'_>, text: &str) -> Vec<String> {
    let mut node = node;
    while !is_name(node.kind()) {
        match inner_declarator(node) {
            Some(inner) => node = inner,
            None => return Vec::new(),
        }
    }
    text.get(node.byte_range())
        .map(str::to_owned)
        .into_iter()
        .collect()
}

fn is_name(kind: &str) -> bool {
    matches!(
        kind,
        "identifier"
            | "type_identifier"
            | "field_identifier"
            | "operator_name"
            | "qualified_identifier"
            | "destructor_name"
            | "primitive_type"
            | "template_function"
    )
}

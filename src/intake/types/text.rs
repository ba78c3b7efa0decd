//! A type's text and nodes in parts: qualifiers off, templates and their arguments, what a declaration defines. Pure.

use tree_sitter::Node;

use super::super::items::Parsed;

/// Names of whole numbers.
pub(super) const INTEGERS: &[&str] = &[
    "size_t",
    "ssize_t",
    "ptrdiff_t",
    "intptr_t",
    "uintptr_t",
    "intmax_t",
    "uintmax_t",
    "uint",
    "ushort",
    "ulong",
    "u_char",
    "u_short",
    "u_int",
    "u_long",
    "off_t",
    "char16_t",
    "char32_t",
    "char8_t",
    "wchar_t",
    "byte",
    "wint_t",
    "__int64",
    "__int128",
];

/// Containers and their like in `std`, all of whose arguments must be known.
pub(super) const MADE: &[(&str, bool)] = &[
    ("vector", true),
    ("deque", true),
    ("list", true),
    ("set", true),
    ("multiset", true),
    ("map", true),
    ("multimap", true),
    ("unordered_set", true),
    ("unordered_map", true),
    ("array", false),
    ("optional", false),
    ("pair", false),
    ("tuple", false),
    ("complex", false),
];

pub(super) fn has_bits(node: Node<'_>) -> bool {
    let mut cursor = node.walk();
    node.children(&mut cursor)
        .any(|child| child.kind() == "bitfield_clause")
}

/// The definition in a piece, and the names of the parameters if it is a template.
pub(super) fn definition<'t>(
    node: Node<'t>,
    parameters: &mut Vec<String>,
    parsed: &Parsed<'_>,
) -> Node<'t> {
    let mut at = node;
    while at.kind() == "template_declaration" {
        if let Some(list) = at.child_by_field_name("parameters") {
            let mut cursor = list.walk();
            for parameter in list.named_children(&mut cursor) {
                let text = parsed.slice(&parameter.byte_range());
                let name = text
                    .split('=')
                    .next()
                    .unwrap_or("")
                    .split_whitespace()
                    .last();
                parameters.extend(name.map(str::to_owned));
            }
        }
        let mut cursor = at.walk();
        let inner = at
            .named_children(&mut cursor)
            .find(|child| child.kind() != "template_parameter_list" && child.kind() != "comment");
        match inner {
            Some(inner) => at = inner,
            None => return at,
        }
    }
    match at.kind() {
        "declaration" => at
            .child_by_field_name("type")
            .filter(|inner| inner.child_by_field_name("body").is_some())
            .unwrap_or(at),
        _ => at,
    }
}

/// The type without qualifiers and elaborating words, on one line.
pub(crate) fn stripped(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut outside = text.as_str();
    loop {
        let before = outside;
        for word in [
            "const",
            "volatile",
            "struct",
            "enum",
            "class",
            "union",
            "typename",
            "register",
            "restrict",
            "__restrict",
            "constexpr",
            "mutable",
        ] {
            if let Some(rest) = outside
                .strip_prefix(word)
                .filter(|rest| rest.starts_with(' '))
            {
                outside = rest.trim_start();
            }
            if let Some(rest) = outside
                .strip_suffix(word)
                .filter(|rest| rest.ends_with([' ', '>']))
            {
                outside = rest.trim_end();
            }
        }
        if outside == before {
            return outside.replace(" ::", "::").replace(":: ", "::");
        }
    }
}

/// A template's name and its arguments.
pub(super) fn split(text: &str) -> (String, Vec<String>) {
    let Some((name, rest)) = text.split_once('<') else {
        return (text.trim().to_owned(), Vec::new());
    };
    let rest = rest.trim_end().strip_suffix('>').unwrap_or(rest);
    let mut arguments = vec![String::new()];
    let mut depth = 0;
    for c in rest.chars() {
        match c {
            '<' | '(' | '[' => depth += 1,
            '>' | ')' | ']' => depth -= 1,
            ',' if depth == 0 => {
                arguments.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(last) = arguments.last_mut() {
            last.push(c);
        }
    }
    let arguments = arguments
        .into_iter()
        .map(|a| a.trim().to_owned())
        .filter(|a| !a.is_empty());
    (name.trim().to_owned(), arguments.collect())
}

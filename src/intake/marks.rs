//! A function with a mark before every statement, to see which of them an input reaches. Pure.

use tree_sitter::Node;

use super::IntakeError;
use super::find::row;
use super::items::{Kind, Parsed};
use super::words::mentions;

/// A text whose statements say once when they are reached, and where they stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marked {
    /// The whole text. Mark `n` calls `lessonl_reached(n)`, which is declared in it and defined by whoever builds it.
    pub source: String,
    /// The line, from 1, of every mark.
    pub lines: Vec<usize>,
}

/// Most statements that are marked.
const MOST: usize = 4000;

/// Marks the function `entry` of `source`, and those it calls that are in `source`. `None` if there is nothing to mark.
///
/// # Errors
/// If the parser does not start.
pub fn marked(source: &str, entry: &str) -> Result<Option<Marked>, IntakeError> {
    let parsed = Parsed::new(source)?;
    let mut places: Vec<(usize, Place)> = Vec::new();
    let mut done: Vec<std::ops::Range<usize>> = Vec::new();
    let mut wanted = vec![entry.to_owned()];
    while let Some(name) = wanted.pop() {
        let of_name = parsed.functions.iter().filter(|f| f.name == name);
        for function in of_name {
            if done.contains(&function.span) || done.len() > 64 {
                continue;
            }
            done.push(function.span.clone());
            let head = parsed.slice(&(function.span.start..function.body.start));
            // What is computed by the compiler reaches nothing.
            if mentions(head, "constexpr") || mentions(head, "consteval") {
                continue;
            }
            if let Some(body) = parsed.node(&function.body, "compound_statement") {
                statements(body, &mut places);
                let text = parsed.slice(&function.body);
                let called = parsed.items.iter().filter(|item| {
                    item.kind == Kind::Function && item.names.iter().any(|n| mentions(text, n))
                });
                wanted.extend(called.flat_map(|item| item.names.iter().cloned()));
            }
        }
    }
    places.sort_by_key(|(at, place)| (*at, *place));
    places.truncate(MOST);
    let mut out = "extern \"C\" void lessonl_reached(int);\n".to_owned();
    let mut lines = Vec::new();
    let mut at = 0;
    for (place, what) in places {
        out.push_str(source.get(at..place).unwrap_or(""));
        at = place;
        match what {
            Place::Close => out.push('}'),
            Place::Before | Place::Open => {
                if what == Place::Open {
                    out.push('{');
                }
                out.push_str(&format!("lessonl_reached({});", lines.len()));
                lines.push(row(source, place) + 1);
            }
        }
    }
    out.push_str(source.get(at..).unwrap_or(""));
    Ok((!lines.is_empty()).then_some(Marked { source: out, lines }))
}

/// What is put in at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    /// The brace that closes what was put around a lone statement.
    Close,
    /// A mark.
    Before,
    /// A brace and a mark.
    Open,
}

fn statements(body: Node<'_>, places: &mut Vec<(usize, Place)>) {
    let mut open = vec![body];
    while let Some(node) = open.pop() {
        let mut cursor = node.walk();
        let children: Vec<Node<'_>> = node.named_children(&mut cursor).collect();
        let in_block = matches!(node.kind(), "compound_statement" | "case_statement");
        let value = node.child_by_field_name("value").map(|n| n.id());
        for child in &children {
            // What is computed elsewhere is marked there, if at all.
            if matches!(
                child.kind(),
                "lambda_expression" | "class_specifier" | "struct_specifier"
            ) {
                continue;
            }
            if in_block && is_statement(*child) && Some(child.id()) != value {
                places.push((child.start_byte(), Place::Before));
            }
            open.push(*child);
        }
        // Lone statements get braces, so that their marks belong to them.
        let lone: &[&str] = match node.kind() {
            "if_statement" => &["consequence"],
            "for_statement" | "while_statement" | "do_statement" | "for_range_loop" => &["body"],
            "else_clause" => &[],
            _ => continue,
        };
        for field in lone {
            let Some(statement) = node.child_by_field_name(field) else {
                continue;
            };
            if statement.kind() != "compound_statement" && is_statement(statement) {
                places.push((statement.start_byte(), Place::Open));
                places.push((statement.end_byte(), Place::Close));
            }
        }
    }
}

/// Whether a mark can stand before a node. Declarations are passed over: a name declared alone may belong to what follows.
fn is_statement(node: Node<'_>) -> bool {
    node.kind().ends_with("_statement")
        && !matches!(
            node.kind(),
            "case_statement" | "labeled_statement" | "compound_statement"
        )
        || node.kind() == "for_range_loop"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_statement_is_marked_with_its_line() {
        let source = "int g(int a) { return a; }\nint f(int n) {\n    int s = 0;\n    for (int i = 0; i < n; ++i)\n        if (i % 2) s += g(i);\n        else s -= 1;\n    switch (s) {\n        case 1: s = 2; break;\n    }\n    return s;\n}\n";
        let marked = marked(source, "f").unwrap().unwrap();
        assert_eq!(marked.lines, [1, 4, 5, 5, 7, 8, 8, 10]);
        assert!(marked.source.contains(
            "lessonl_reached(1);for (int i = 0; i < n; ++i)\n        {lessonl_reached(2);if (i % 2) {lessonl_reached(3);s += g(i);}\n        else s -= 1;}"
        ), "{}", marked.source);
        assert!(
            super::marked("int g() { return 1; }", "f")
                .unwrap()
                .is_none()
        );
    }
}

//! What a file holds piece by piece: imports, constants, types with their members, functions, and statements outside of
//! all; and which of them another version of it lacks. For C, C++, Rust and Python; pure, and never deeper than a bound.

mod cpp;

use std::collections::BTreeSet;
use std::ops::Range;

use tree_sitter::{Node, Parser};

use super::dedent;
use super::lexis::{Lexis, Style, squeezed};
use super::syntax::Tongue;

/// Namespaces, classes and the like deeper than this within each other are not looked into.
const DEPTH: usize = 32;

/// What a piece is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutlineKind {
    /// An include, import or `using`.
    Import,
    /// A variable, constant, alias or macro.
    Constant,
    /// A function or method.
    Function,
    /// A type with members.
    Type,
    /// Something that only holds others: a namespace, an `impl`.
    Scope,
    /// A statement outside of all definitions.
    Statement,
}

/// A piece of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutlineItem {
    /// What it is.
    pub kind: OutlineKind,
    /// Its name with the names of what it stands in, as one writes it; of an import or a statement its text, shortened.
    pub name: String,
    /// Tells it from others of its name: the name and, of a function in C++, its parameters.
    pub key: String,
    /// All of it, decorations included.
    pub range: Range<usize>,
    /// The item that it stands in.
    pub parent: Option<usize>,
    /// Whether the parser found a fault in it.
    pub broken: bool,
}

/// The pieces of a file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outline {
    /// In order; what stands in another follows it.
    pub items: Vec<OutlineItem>,
    /// Whether the parser found a fault anywhere.
    pub broken: bool,
}

impl Outline {
    /// Reads a text; `None`: there is no parser for the language.
    pub fn of(text: &str, tongue: Tongue) -> Option<Self> {
        let grammar = tongue.grammar()?;
        // A comment or literal without end is looked for up to the end of the text, again and again.
        if style(tongue).is_some_and(|style| is_open_at_the_end(text, style)) {
            return Some(Self {
                items: Vec::new(),
                broken: true,
            });
        }
        let mut parser = Parser::new();
        parser.set_language(&grammar).ok()?;
        let tree = parser.parse(text, None)?;
        let mut outline = Self {
            items: Vec::new(),
            broken: tree.root_node().has_error(),
        };
        let root = Level {
            node: tree.root_node(),
            within: Vec::new(),
            parent: None,
        };
        // An explicit stack: hostile text may nest deeper than ours.
        let mut open = vec![root];
        while let Some(level) = open.pop() {
            outline.read(&level, text, tongue, &mut open);
        }
        Some(outline)
    }

    /// The names of definitions and imports that `other` has not.
    pub fn missing_in(&self, other: &Self) -> Vec<&OutlineItem> {
        let keys: BTreeSet<&str> = other.items.iter().map(|item| item.key.as_str()).collect();
        let names: BTreeSet<(bool, &str)> = other
            .items
            .iter()
            .map(|item| (item.kind == OutlineKind::Function, item.name.as_str()))
            .collect();
        let same_name = |item: &OutlineItem| {
            // A changed signature is a changed function; of several of one name each must be there.
            let alone = self
                .items
                .iter()
                .filter(|own| own.name == item.name)
                .count()
                == 1;
            alone && names.contains(&(item.kind == OutlineKind::Function, item.name.as_str()))
        };
        self.items
            .iter()
            .filter(|item| item.kind != OutlineKind::Scope)
            .filter(|item| !keys.contains(item.key.as_str()) && !same_name(item))
            .collect()
    }

    fn read<'t>(
        &mut self,
        level: &Level<'t>,
        text: &str,
        tongue: Tongue,
        open: &mut Vec<Level<'t>>,
    ) {
        let mut cursor = level.node.walk();
        let mut attributes: Option<usize> = None;
        for child in level.node.named_children(&mut cursor) {
            // Attributes of Rust stand before what they belong to.
            if child.kind() == "attribute_item" {
                attributes.get_or_insert(child.start_byte());
                continue;
            }
            let start = attributes.take();
            let Some((node, piece)) = piece(child, text, tongue) else {
                continue;
            };
            if matches!(piece, Piece::Through) {
                if level.within.len() < DEPTH && open.len() < MOST_OPEN {
                    open.push(Level {
                        node,
                        within: level.within.clone(),
                        parent: level.parent,
                    });
                }
                continue;
            }
            let from = start.unwrap_or(child.start_byte());
            self.keep(level, (child, node), from, piece, text, tongue, open);
        }
    }

    #[expect(clippy::too_many_arguments, reason = "one step of a walk over a tree")]
    fn keep<'t>(
        &mut self,
        level: &Level<'t>,
        (child, node): (Node<'t>, Node<'t>),
        from: usize,
        piece: Piece,
        text: &str,
        tongue: Tongue,
        open: &mut Vec<Level<'t>>,
    ) {
        let between = match tongue {
            Tongue::Cpp | Tongue::Rust => "::",
            Tongue::Python | Tongue::Other => ".",
        };
        let full = |name: &str| {
            let mut path = level.within.clone();
            path.push(name.to_owned());
            path.join(between)
        };
        let (kind, names, parameters) = match piece {
            Piece::Through => return,
            Piece::Import(names) => (OutlineKind::Import, names, String::new()),
            Piece::Constant(names) => (OutlineKind::Constant, names, String::new()),
            Piece::Function(name, parameters) => (OutlineKind::Function, vec![name], parameters),
            Piece::Type(name) => (OutlineKind::Type, vec![name], String::new()),
            Piece::Scope(name) => (OutlineKind::Scope, vec![name], String::new()),
            Piece::Statement => {
                let words = squeezed(&text[child.byte_range()], style(tongue));
                (OutlineKind::Statement, vec![words], String::new())
            }
        };
        let parent = self.items.len();
        let end = child.end_byte();
        for name in &names {
            let name = match kind {
                OutlineKind::Import | OutlineKind::Statement => name.clone(),
                _ => full(name),
            };
            self.items.push(OutlineItem {
                kind,
                key: format!("{kind:?} {name}({parameters})"),
                name: match kind {
                    OutlineKind::Statement => first_line(&text[child.byte_range()]),
                    _ => name,
                },
                range: from..end,
                parent: level.parent,
                broken: child.has_error(),
            });
        }
        let body = node.child_by_field_name("body");
        if let (OutlineKind::Type | OutlineKind::Scope, Some(body), [name]) =
            (kind, body, names.as_slice())
            && level.within.len() < DEPTH
        {
            let mut within = level.within.clone();
            within.extend(
                name.split(between)
                    .map(str::to_owned)
                    .filter(|n| !n.is_empty()),
            );
            open.push(Level {
                node: body,
                within,
                parent: Some(parent),
            });
        }
    }
}

/// Most levels that wait to be read.
const MOST_OPEN: usize = 100_000;

/// Something whose children are pieces.
struct Level<'t> {
    node: Node<'t>,
    within: Vec<String>,
    parent: Option<usize>,
}

enum Piece {
    /// Its children stand where it stands.
    Through,
    Import(Vec<String>),
    Constant(Vec<String>),
    /// Name, and what tells it from others of the name.
    Function(String, String),
    Type(String),
    Scope(String),
    Statement,
}

fn style(tongue: Tongue) -> Option<Style> {
    match tongue {
        Tongue::Cpp => Some(Style::Cpp),
        Tongue::Rust => Some(Style::Rust),
        Tongue::Python => Some(Style::Python),
        Tongue::Other => None,
    }
}

fn is_open_at_the_end(text: &str, style: Style) -> bool {
    let mut lexis = Lexis::new(style);
    for line in text.split_inclusive('\n') {
        lexis.line(line, |_, _, _| {});
    }
    lexis.is_inside()
}

fn first_line(text: &str) -> String {
    let line = text.lines().next().unwrap_or("").trim();
    line.chars().take(60).collect()
}

fn words(node: Node<'_>, text: &str) -> String {
    text.get(node.byte_range()).unwrap_or("").trim().to_owned()
}

fn field(node: Node<'_>, name: &str, text: &str) -> Option<String> {
    node.child_by_field_name(name)
        .map(|child| words(child, text))
        .filter(|words| !words.is_empty())
}

fn tight(text: &str) -> String {
    text.split_whitespace().collect()
}

/// What a node is, and the node that has its name and body.
fn piece<'t>(node: Node<'t>, text: &str, tongue: Tongue) -> Option<(Node<'t>, Piece)> {
    let piece = match tongue {
        Tongue::Cpp => return cpp::piece(node, text),
        Tongue::Rust => rust(node, text)?,
        Tongue::Python => return python(node, text),
        Tongue::Other => return None,
    };
    Some((node, piece))
}

fn rust(node: Node<'_>, text: &str) -> Option<Piece> {
    let named = || field(node, "name", text);
    Some(match node.kind() {
        "line_comment" | "block_comment" | "ERROR" | "empty_statement" => return None,
        "use_declaration" | "extern_crate_declaration" => {
            let spelled = words(node, text);
            let spelled = spelled.trim_end_matches(';');
            Piece::Import(vec![
                spelled.split_whitespace().collect::<Vec<_>>().join(" "),
            ])
        }
        "function_item" => Piece::Function(named()?, String::new()),
        "const_item" | "static_item" | "type_item" | "macro_definition" | "associated_type"
        | "field_declaration" | "enum_variant" => Piece::Constant(vec![named()?]),
        "struct_item" | "enum_item" | "union_item" | "trait_item" => Piece::Type(named()?),
        "mod_item" => Piece::Scope(named()?),
        "impl_item" => {
            let of = field(node, "type", text)?;
            let of = of.split('<').next().unwrap_or(&of).trim().to_owned();
            Piece::Scope(match field(node, "trait", text) {
                Some(what) => format!("<{of} as {}>", tight(&what)),
                None => of,
            })
        }
        "foreign_mod_item" => return None,
        "function_signature_item" => Piece::Constant(vec![named()?]),
        _ => Piece::Statement,
    })
}

fn python<'t>(node: Node<'t>, text: &str) -> Option<(Node<'t>, Piece)> {
    let piece = match node.kind() {
        "comment" | "ERROR" | "pass_statement" => return None,
        "decorated_definition" => {
            let inner = node.child_by_field_name("definition")?;
            return match inner.kind() {
                "decorated_definition" => None,
                _ => python(inner, text),
            };
        }
        "function_definition" => Piece::Function(field(node, "name", text)?, String::new()),
        "class_definition" => Piece::Type(field(node, "name", text)?),
        "import_statement" => Piece::Import(imported(node, text, "")),
        "future_import_statement" => Piece::Import(imported(node, text, "__future__")),
        "import_from_statement" => {
            let from = field(node, "module_name", text).unwrap_or_default();
            Piece::Import(imported(node, text, &from))
        }
        "expression_statement" => {
            let inner = node.named_child(0)?;
            match inner.kind() {
                "assignment" => {
                    let left = inner.child_by_field_name("left")?;
                    let mut cursor = left.walk();
                    let names: Vec<String> = match left.kind() {
                        "identifier" => vec![words(left, text)],
                        "pattern_list" | "tuple_pattern" => left
                            .named_children(&mut cursor)
                            .map(|child| words(child, text))
                            .collect(),
                        _ => return Some((node, Piece::Statement)),
                    };
                    Piece::Constant(names)
                }
                // Words about the file or class, or a line left out.
                "string" | "concatenated_string" | "ellipsis" => return None,
                _ => Piece::Statement,
            }
        }
        _ => Piece::Statement,
    };
    Some((node, piece))
}

/// What an import of Python brings, each with where it is from.
fn imported(node: Node<'_>, text: &str, from: &str) -> Vec<String> {
    let mut cursor = node.walk();
    let mut names: Vec<String> = node
        .children_by_field_name("name", &mut cursor)
        .map(|child| {
            let name = words(child, text)
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" ");
            match from {
                "" => format!("import {name}"),
                from => format!("from {from} import {name}"),
            }
        })
        .collect();
    if names.is_empty() {
        names.push(format!("from {from} import *"));
    }
    names
}

/// Names of definitions of `before` that `after` has not; empty where there is no parser for the language.
///
/// ```
/// use lessonl_source::outline::removed;
/// use lessonl_source::syntax::Tongue;
///
/// let before = "int twice(int x) { return 2 * x; }\nint main() { return twice(1); }\n";
/// let after = "int main() { return 2; }\n";
/// assert_eq!(removed(before, after, Tongue::Cpp), ["twice"]);
/// ```
pub fn removed(before: &str, after: &str, tongue: Tongue) -> Vec<String> {
    let of = |text| Outline::of(&dedent(text).0, tongue);
    let (Some(before), Some(after)) = (of(before), of(after)) else {
        return Vec::new();
    };
    let mut names: Vec<String> = Vec::new();
    for item in before.missing_in(&after) {
        let counts = !matches!(item.kind, OutlineKind::Import | OutlineKind::Statement);
        if counts && !names.contains(&item.name) {
            names.push(item.name.clone());
        }
    }
    names
}

#[cfg(test)]
mod tests;

//! Which parts of the original a candidate is given, and which of its own lines give way to ours.
//! Reads C++ with tree-sitter; never compiles. What it cannot parse it leaves alone: the compiler has the last word.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use tree_sitter::{Node, Parser};

/// What a piece of a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// Preprocessor lines, `using`, declarations without a body.
    Plain,
    /// A type.
    Type,
    /// A function with its body, or a variable.
    Definition,
}

/// A piece at the top level of a file.
#[derive(Debug, Clone)]
struct Item {
    part: Part,
    names: Vec<String>,
    span: Range<usize>,
    /// Where a function's body begins.
    body: Option<usize>,
}

/// The original, taken apart once per problem.
#[derive(Debug, Clone)]
pub struct Original {
    source: String,
    items: Vec<Item>,
    entry: String,
}

/// A candidate as it will be compiled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    /// The given items.
    pub given: String,
    /// The candidate's text, as many lines as it had.
    pub own: String,
    /// Its signature of the entry, if it has one.
    pub entry: Option<String>,
}

impl Original {
    /// Takes `source` apart; `entry` is the entry's name.
    pub fn new(source: &str, entry: &str) -> Self {
        Self {
            source: source.to_owned(),
            items: items(source),
            entry: entry.to_owned(),
        }
    }

    fn text(&self, item: &Item) -> &str {
        &self.source[item.span.clone()]
    }

    fn is_entry(&self, item: &Item) -> bool {
        item.part != Part::Type && item.names.contains(&self.entry)
    }

    /// What a driver is compiled after: types, plain lines and constants, but for names the driver has itself.
    pub fn for_driver(&self, driver: &str) -> String {
        let own: BTreeSet<String> = items(driver)
            .into_iter()
            .flat_map(|item| item.names)
            .collect();
        let mut kept: Vec<bool> = Vec::new();
        for item in &self.items {
            let taken = item.names.iter().any(|name| own.contains(name));
            kept.push(item.body.is_none() && !self.is_entry(item) && !taken);
        }
        // Functions that the members of types call come along.
        while let Some(at) = (0..self.items.len()).find(|at| {
            self.items.get(*at).is_some_and(|item| {
                let taken = item.names.iter().any(|name| own.contains(name));
                let needed = |name: &String| {
                    self.items.iter().zip(&kept).any(|(other, kept)| {
                        *kept
                            && (other.part == Part::Type || other.body.is_some())
                            && mentions(self.text(other), name)
                    })
                };
                let open = kept.get(*at) == Some(&false);
                open && item.body.is_some()
                    && !taken
                    && !self.is_entry(item)
                    && item.names.iter().any(needed)
            })
        }) {
            if let Some(kept) = kept.get_mut(at) {
                *kept = true;
            }
        }
        let mut given = String::new();
        for (item, _) in self.items.iter().zip(&kept).filter(|(_, kept)| **kept) {
            given.push_str(self.text(item));
            given.push('\n');
        }
        given
    }

    /// Puts a candidate together with what it is given.
    pub fn unit(&self, candidate: &str) -> Unit {
        let theirs = items(candidate);
        let types: BTreeSet<&str> = self
            .items
            .iter()
            .filter(|item| item.part == Part::Type)
            .flat_map(|item| item.names.iter().map(String::as_str))
            .collect();
        let mut own = candidate.as_bytes().to_vec();
        let mut defined: BTreeMap<&str, Option<&str>> = BTreeMap::new();
        let mut entry = None;
        for item in &theirs {
            let restated = item.part == Part::Type
                && !item.names.is_empty()
                && item.names.iter().all(|name| types.contains(name.as_str()));
            if restated {
                for byte in &mut own[item.span.clone()] {
                    if *byte != b'\n' {
                        *byte = b' ';
                    }
                }
                continue;
            }
            if item.part == Part::Definition || item.part == Part::Type {
                let head = item
                    .body
                    .map(|body| candidate[item.span.start..body].trim_end());
                defined.extend(item.names.iter().map(|name| (name.as_str(), head)));
            }
            if self.is_entry(item) && (entry.is_none() || item.body.is_some()) {
                let end = item.body.unwrap_or(item.span.end);
                let words: Vec<&str> = candidate[item.span.start..end].split_whitespace().collect();
                entry = Some(words.join(" "));
            }
        }
        Unit {
            given: self.given(&defined),
            own: String::from_utf8(own).unwrap_or_else(|_| candidate.to_owned()),
            entry,
        }
    }

    /// Everything but the entry and what the candidate defines itself; a function it defines is announced if others
    /// that it is given call it: in its own words where only the linkage differs, so that the two do not clash.
    fn given(&self, defined: &BTreeMap<&str, Option<&str>>) -> String {
        let taken = |item: &Item| {
            item.part != Part::Plain
                && item
                    .names
                    .iter()
                    .any(|name| defined.contains_key(name.as_str()))
        };
        let kept: Vec<&Item> = self
            .items
            .iter()
            .filter(|item| !self.is_entry(item) && !taken(item))
            .collect();
        let mut given = String::new();
        for item in &self.items {
            if self.is_entry(item) {
                continue;
            }
            if !taken(item) {
                given.push_str(self.text(item));
                given.push('\n');
                continue;
            }
            let needed = |name: &String| {
                kept.iter()
                    .any(|other| other.body.is_some() && mentions(self.text(other), name))
            };
            if let Some(body) = item.body
                && item.names.iter().any(needed)
            {
                let ours = self.source[item.span.start..body].trim_end();
                let theirs = item
                    .names
                    .iter()
                    .find_map(|name| *defined.get(name.as_str())?);
                let same = theirs.filter(|theirs| without_linkage(theirs) == without_linkage(ours));
                given.push_str(same.unwrap_or(ours));
                given.push_str(";\n");
            }
        }
        given
    }
}

/// The words of a function's head but those that only say who sees it and when it is computed.
fn without_linkage(head: &str) -> String {
    let said = |word: &&str| !["static", "inline", "constexpr", "extern"].contains(word);
    head.split_whitespace().filter(said).collect()
}

fn mentions(text: &str, name: &str) -> bool {
    text.split(|c: char| !(c.is_alphanumeric() || c == '_'))
        .any(|word| word == name)
}

/// The pieces at the top level of a file, in order.
fn items(source: &str) -> Vec<Item> {
    let mut parser = Parser::new();
    if parser
        .set_language(&tree_sitter_cpp::LANGUAGE.into())
        .is_err()
    {
        return Vec::new();
    }
    let Some(tree) = parser.parse(source, None) else {
        return Vec::new();
    };
    level(tree.root_node(), source)
}

/// The pieces directly in a file or a namespace.
fn level(node: Node<'_>, source: &str) -> Vec<Item> {
    let mut found = Vec::new();
    let mut cursor = node.walk();
    for node in node.children(&mut cursor) {
        if let Some(item) = item(node, source) {
            found.push(item);
        } else if node.kind() == ";"
            && let Some(last) = found
                .last_mut()
                .filter(|last: &&mut Item| last.part == Part::Type)
        {
            last.span.end = node.end_byte();
        }
    }
    found
}

fn item(node: Node<'_>, source: &str) -> Option<Item> {
    let text = |node: Node<'_>| source.get(node.byte_range()).unwrap_or("").to_owned();
    let make = |part, names, body| {
        Some(Item {
            part,
            names,
            span: node.byte_range(),
            body,
        })
    };
    match node.kind() {
        "comment" | ";" | "{" | "}" | "ERROR" => None,
        "struct_specifier" | "class_specifier" | "union_specifier" | "enum_specifier" => {
            let names = node
                .child_by_field_name("name")
                .map(text)
                .into_iter()
                .collect();
            make(Part::Type, names, None)
        }
        "alias_declaration" => {
            let names = node
                .child_by_field_name("name")
                .map(text)
                .into_iter()
                .collect();
            make(Part::Type, names, None)
        }
        "type_definition" => {
            let names = node
                .child_by_field_name("declarator")
                .and_then(|d| declared(d, source));
            make(Part::Type, names.into_iter().collect(), None)
        }
        "function_definition" => {
            let names = node
                .child_by_field_name("declarator")
                .and_then(|d| declared(d, source));
            let body = node
                .child_by_field_name("body")
                .map_or(node.end_byte(), |body| body.start_byte());
            make(Part::Definition, names.into_iter().collect(), Some(body))
        }
        "template_declaration" => {
            let mut cursor = node.walk();
            let inner = node
                .children(&mut cursor)
                .filter_map(|child| match child.kind() {
                    "function_definition"
                    | "struct_specifier"
                    | "class_specifier"
                    | "alias_declaration"
                    | "declaration" => item(child, source),
                    _ => None,
                });
            let inner = inner.last()?;
            Some(Item {
                span: node.byte_range(),
                ..inner
            })
        }
        "namespace_definition" => {
            let around = node.child_by_field_name("name").map(text);
            let around = around.unwrap_or_default();
            let inner = node
                .child_by_field_name("body")
                .map_or_else(Vec::new, |body| level(body, source));
            let part = |wanted: Part| inner.iter().all(|item| item.part == wanted);
            let part = if part(Part::Plain) {
                Part::Plain
            } else if part(Part::Type) {
                Part::Type
            } else {
                Part::Definition
            };
            let names = inner.iter().flat_map(|item| &item.names);
            let names = names.map(|name| format!("{around}::{name}")).collect();
            make(part, names, None)
        }
        "declaration" => {
            let mut cursor = node.walk();
            let declarators: Vec<Node<'_>> = node
                .children_by_field_name("declarator", &mut cursor)
                .collect();
            let names: Vec<String> = declarators
                .iter()
                .filter_map(|d| declared(*d, source))
                .collect();
            let function = declarators.iter().any(|d| is_function(*d));
            make(
                if function {
                    Part::Plain
                } else {
                    Part::Definition
                },
                names,
                None,
            )
        }
        _ => make(Part::Plain, Vec::new(), None),
    }
}

fn is_function(node: Node<'_>) -> bool {
    node.kind() == "function_declarator"
        || (node.kind() != "init_declarator"
            && node
                .child_by_field_name("declarator")
                .is_some_and(is_function))
}

/// The name a declarator declares.
fn declared(node: Node<'_>, source: &str) -> Option<String> {
    match node.kind() {
        "identifier" | "type_identifier" | "operator_name" | "qualified_identifier" => {
            source.get(node.byte_range()).map(str::to_owned)
        }
        _ => match node.child_by_field_name("declarator") {
            Some(inner) => declared(inner, source),
            None => node
                .named_children(&mut node.walk())
                .find_map(|child| declared(child, source)),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORIGINAL: &str = "#include <vector>\nstruct Point { double x; };\ntypedef unsigned long word;\n\
        constexpr int BINS = 4;\nstatic double half(double v) { return v / 2; }\n\
        static double quarter(double v) { return half(half(v)); }\n\
        template <class T> T twice(T v) { return v + v; }\n\
        /* the entry */\nvoid entry(std::vector<Point> &p) { p[0].x = quarter(BINS); }\n";

    #[test]
    fn everything_but_the_entry_is_given() {
        let unit = Original::new(ORIGINAL, "entry").unit("void entry(std::vector<Point> &p) {}\n");
        for kept in [
            "#include <vector>",
            "struct Point",
            "word;",
            "BINS = 4",
            "half(double v) {",
            "twice",
        ] {
            assert!(unit.given.contains(kept), "{kept} in {}", unit.given);
        }
        assert!(!unit.given.contains("entry"));
        assert_eq!(
            unit.entry.as_deref(),
            Some("void entry(std::vector<Point> &p)")
        );
    }

    #[test]
    fn a_restated_type_gives_way_and_keeps_the_lines() {
        let source = "struct Point {\n  double x;\n};\nstruct Mine { int a; };\nvoid entry() {}\n";
        let unit = Original::new(ORIGINAL, "entry").unit(source);
        assert_eq!(
            unit.own.trim_start(),
            "struct Mine { int a; };\nvoid entry() {}\n"
        );
        assert_eq!(unit.own.lines().count(), source.lines().count());
        assert!(unit.given.contains("struct Point"));
    }

    #[test]
    fn what_a_candidate_defines_is_not_given_but_announced_where_needed() {
        let source = "static double half(double v) { return v * 0.5; }\nconstexpr int BINS = 8;\nvoid entry() {}\n";
        let unit = Original::new(ORIGINAL, "entry").unit(source);
        assert!(
            unit.given.contains("static double half(double v);"),
            "{}",
            unit.given
        );
        assert!(!unit.given.contains("v / 2"));
        let seen_by_all = source.replace("static", "inline");
        let unit = Original::new(ORIGINAL, "entry").unit(&seen_by_all);
        assert!(unit.given.contains("inline double half(double v);"));
        assert!(!unit.given.contains("static double half"));
        assert!(!unit.given.contains("BINS"));
        assert!(unit.given.contains("quarter(double v) {"));
    }

    #[test]
    fn what_stands_in_a_namespace_is_given_piece_by_piece() {
        let original = "namespace g { struct P { int x; }; }\nnamespace g { static int half(int v) { return v / 2; } }\n\
            namespace g {}\nusing namespace g;\nint entry(P p) { return half(p.x); }\n";
        let original = Original::new(original, "entry");
        let unit = original.unit("int entry(P p) { return p.x / 2; }");
        assert!(unit.given.contains("struct P") && unit.given.contains("half"));
        let unit = original.unit(
            "namespace g { struct P { int x; }; }\nnamespace g { static int half(int v) { return v >> 1; } }\nusing namespace g;\nint entry(P p) { return half(p.x); }",
        );
        assert!(unit.given.contains("struct P") && !unit.given.contains("half"));
        assert!(unit.given.contains("namespace g {}"));
        assert!(!unit.own.contains("struct P") && unit.own.contains("v >> 1"));
    }

    #[test]
    fn functions_that_types_call_reach_the_driver() {
        let original = "static int half(int v) { return v / 2; }\nstatic int other() { return 1; }\nstruct P { int x; int y() { return half(x); } };\nint entry(P p) { return p.y(); }\n";
        let given = Original::new(original, "entry").for_driver("");
        assert!(given.contains("int half(int v) {") && !given.contains("other"));
    }

    #[test]
    fn drivers_are_given_types_and_constants_only() {
        let given = Original::new(ORIGINAL, "entry").for_driver("struct Case { int n; };\n");
        assert!(given.contains("struct Point") && given.contains("BINS"));
        assert!(!given.contains("half") && !given.contains("entry") && !given.contains("twice"));
    }
}

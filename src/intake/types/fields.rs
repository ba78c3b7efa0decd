//! The fields of a struct of the person's own, pointers among them, for a driver that makes them one by one. Pure.

use tree_sitter::Node;

use super::super::items::declared;
use super::super::signature::{Layer, Parameter, parameter, shape};
use super::{DEEPEST, Type, Types, definition, has_bits, stripped};

/// A field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Field {
    pub name: String,
    /// The type before the declarator, `const` included.
    pub base: String,
    /// What the declarator puts around it, nearest to the name first.
    pub layers: Vec<Layer>,
    /// What a value of the base is.
    pub kind: Type,
}

impl Types<'_> {
    /// The fields of a plain struct, in order, and whether it has constructors of its own; `None` where they cannot all be
    /// set from outside.
    pub(crate) fn fields(&mut self, text: &str) -> Option<(Vec<Field>, bool)> {
        let mut name = stripped(text);
        for _ in 0..DEEPEST {
            let last = name.rsplit("::").next().unwrap_or(&name).to_owned();
            let item = self.item(&last)?;
            let root = self.parsed.tree.root_node();
            let whole =
                root.descendant_for_byte_range(item.span.start, item.span.end.saturating_sub(1))?;
            let mut parameters = Vec::new();
            let node = definition(whole, &mut parameters, self.parsed);
            if !parameters.is_empty() {
                return None;
            }
            let inner = match node.kind() {
                "type_definition" | "alias_declaration" => node.child_by_field_name("type")?,
                _ => node,
            };
            if let Some(body) = inner.child_by_field_name("body") {
                let plain = matches!(inner.kind(), "struct_specifier" | "class_specifier");
                return plain.then(|| self.fields_in(inner, body)).flatten();
            }
            let target = stripped(self.parsed.slice(&inner.byte_range()));
            if target == name {
                return None;
            }
            name = target;
        }
        None
    }

    fn fields_in(&mut self, class: Node<'_>, body: Node<'_>) -> Option<(Vec<Field>, bool)> {
        let own = class
            .child_by_field_name("name")
            .map_or("", |name| self.parsed.slice(&name.byte_range()));
        let mut constructed = false;
        let mut all = self.of_bases(class, &mut constructed)?;
        let mut cursor = body.walk();
        let children: Vec<Node<'_>> = body.named_children(&mut cursor).collect();
        for child in children {
            if matches!(child.kind(), "declaration" | "function_definition") {
                let declarator = child.child_by_field_name("declarator");
                let names = declarator.map(|d| declared(d, self.parsed.text));
                constructed |= names
                    .into_iter()
                    .flatten()
                    .any(|name| name.trim_start_matches('~') == own);
            }
            if child.kind() != "field_declaration" {
                continue;
            }
            let whole = self.parsed.slice(&child.byte_range());
            if whole.starts_with("static") || whole.starts_with("friend") {
                continue;
            }
            let mut cursor = child.walk();
            let declarators: Vec<Node<'_>> = child
                .children_by_field_name("declarator", &mut cursor)
                .collect();
            if declarators.is_empty() {
                all.extend(self.nameless(child)?);
                continue;
            }
            for declarator in declarators {
                let Parameter { base, .. } = parameter(self.parsed, child);
                let (name, layers) = shape(self.parsed, declarator);
                if is_method(declarator) {
                    continue;
                }
                let kind = match has_bits(child) {
                    true => Type::opaque("it is a bit field"),
                    false => self.of(&base),
                };
                // An alias of a pointer is a pointer.
                let seen = self.seen_through(&Parameter {
                    text: String::new(),
                    base,
                    layers,
                    name: name.clone(),
                });
                let kind = match kind {
                    Type::Pointer => self.of(&seen.base),
                    kind => kind,
                };
                all.push(Field {
                    name,
                    base: seen.base,
                    layers: seen.layers,
                    kind,
                });
            }
        }
        Some((all, constructed))
    }

    /// The fields of the classes that a class is derived from; `None` where one of them cannot be looked into.
    fn of_bases(&mut self, class: Node<'_>, constructed: &mut bool) -> Option<Vec<Field>> {
        let mut all = Vec::new();
        let mut cursor = class.walk();
        let clauses: Vec<Node<'_>> = class.children(&mut cursor).collect();
        for clause in clauses {
            if clause.kind() != "base_class_clause" {
                continue;
            }
            let mut cursor = clause.walk();
            let bases: Vec<Node<'_>> = clause.named_children(&mut cursor).collect();
            for base in bases {
                match base.kind() {
                    "type_identifier" | "qualified_identifier" => {}
                    "template_type" => return None,
                    // How it is derived.
                    _ => continue,
                }
                if self.depth > DEEPEST {
                    return None;
                }
                self.depth += 1;
                let found = self.fields(self.parsed.slice(&base.byte_range()));
                self.depth -= 1;
                let (fields, theirs) = found?;
                *constructed |= theirs;
                all.extend(fields);
            }
        }
        Some(all)
    }

    /// The fields of a struct or union without a name, which are fields of what it stands in. Those of a union lie over one
    /// another: nothing in it can be made but by leaving it alone.
    fn nameless(&mut self, child: Node<'_>) -> Option<Vec<Field>> {
        let inner = child.child_by_field_name("type")?;
        let Some(body) = inner.child_by_field_name("body") else {
            return Some(Vec::new());
        };
        if self.depth > DEEPEST || inner.kind() == "enum_specifier" {
            return Some(Vec::new());
        }
        self.depth += 1;
        let fields = self.fields_in(inner, body);
        self.depth -= 1;
        let (mut fields, _) = fields?;
        if inner.kind() == "union_specifier" {
            for field in &mut fields {
                field.kind = Type::opaque("it lies in a union");
            }
        }
        Some(fields)
    }
}

/// Whether a member is a function, whatever it returns; a pointer to a function is none.
fn is_method(mut declarator: Node<'_>) -> bool {
    while matches!(
        declarator.kind(),
        "pointer_declarator" | "reference_declarator"
    ) {
        let inner = declarator.child_by_field_name("declarator");
        let Some(inner) = inner.or_else(|| declarator.named_child(0)) else {
            return false;
        };
        declarator = inner;
    }
    let of = declarator.child_by_field_name("declarator");
    declarator.kind() == "function_declarator"
        && of.is_none_or(|of| of.kind() != "parenthesized_declarator")
}

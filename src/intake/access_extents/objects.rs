//! Objects with known members, by the path that the driver has for them: `image->plane.width` is `image.plane.width`, also
//! where a local name or a helper's parameter stands for `&image->plane`.

use std::collections::BTreeMap;

use tree_sitter::Node;

use super::super::polynomial::Polynomial;
use super::{Bound, Reader, Seed};

/// How many members a path has at most.
const LONGEST: usize = 16;

impl Reader<'_> {
    /// The path of an object: dots between members, whatever reaches them; members of `this` under their bare names.
    pub(super) fn path(&self, mut node: Node<'_>) -> Option<String> {
        let mut members: Vec<String> = Vec::new();
        // Any element of an array is one.
        let mut element = "";
        let root = loop {
            match node.kind() {
                "parenthesized_expression" => node = node.named_child(0)?,
                "pointer_expression" => node = node.child_by_field_name("argument")?,
                "cast_expression" => node = node.child_by_field_name("value")?,
                "subscript_expression" => {
                    element = "[]";
                    node = node.child_by_field_name("argument")?;
                }
                "field_expression" if members.len() < LONGEST => {
                    let field = self.text(node.child_by_field_name("field")?);
                    members.push(format!("{field}{element}"));
                    element = "";
                    node = node.child_by_field_name("argument")?;
                }
                "identifier" | "this" => break self.text(node),
                _ => return None,
            }
        };
        members.reverse();
        let known = self.objects.get(root).map_or(root, String::as_str);
        if root != "this" {
            members.insert(0, format!("{known}{element}"));
        }
        Some(members.join("."))
    }

    /// A known member by the path it has here.
    pub(super) fn member(&self, node: Node<'_>) -> Option<String> {
        let path = self.path(node)?;
        self.names.contains_key(&path).then_some(path)
    }

    /// The path of an expression that is an object with known members.
    pub(super) fn object(&self, node: Node<'_>) -> Option<String> {
        self.path(node).filter(|path| self.has_members(path))
    }

    pub(super) fn has_members(&self, object: &str) -> bool {
        let prefix = format!("{object}.");
        let next = self.names.range(prefix.clone()..).next();
        !object.is_empty() && next.is_some_and(|(name, _)| name.starts_with(&prefix))
    }

    /// A name stands for an object from here on, or for none.
    pub(super) fn stands_for(&mut self, name: &str, value: Option<Node<'_>>) {
        match value.and_then(|value| self.object(value)) {
            Some(object) => self.objects.insert(name.to_owned(), object),
            None => self.objects.remove(name),
        };
    }

    /// What is known of members, for a helper that is handed some of the objects.
    pub(super) fn members(&self) -> BTreeMap<String, Bound> {
        let all = self.names.iter().filter(|(name, _)| name.contains('.'));
        all.map(|(name, bound)| (name.clone(), bound.clone()))
            .collect()
    }
}

/// What a seed is bounded by at first.
pub(super) fn first(name: &str, seed: &Seed) -> Bound {
    match seed {
        Seed::Number => Bound::Number(Polynomial::of(name), true),
        _ => Bound::Pointer(name.to_owned(), Polynomial::number(0), 1),
    }
}

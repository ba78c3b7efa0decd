//! What a type's text means for making and comparing values of it. Follows aliases and structs of the person's own files;
//! knows the standard library's values and containers. Pure. What it does not know is opaque, with the reason.

use std::collections::{BTreeMap, BTreeSet};

use tree_sitter::Node;

use super::items::{Item, Kind, Parsed, declared, is_function};
use super::signature::{Layer, Parameter, parameter};

mod fields;
mod macros;
mod text;

pub(super) use fields::Field;

pub(super) use text::stripped;
use text::{INTEGERS, MADE, definition, has_bits, split};

/// How deep types may lie in types.
const DEEPEST: usize = 16;

/// What a value of a type is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Type {
    Void,
    Bool,
    /// A whole number that is no text.
    Integer,
    /// `char`.
    Char,
    Real,
    Enum,
    /// `std::string`.
    Text,
    /// `std::string_view`.
    View,
    /// `std::span` of such elements.
    Span(String),
    /// Anything else that can be made member by member.
    Made {
        /// Whether it has a container in it, so that it grows with the size.
        grows: bool,
    },
    /// An alias of a pointer.
    Pointer,
    /// What we cannot make, and why.
    Opaque(String),
}

impl Type {
    /// Whether a value can be made and compared without a person's help.
    pub(crate) fn known(&self) -> bool {
        !matches!(
            self,
            Self::Opaque(_) | Self::Pointer | Self::Void | Self::Span(_) | Self::View
        )
    }

    /// Whether it grows with the size.
    pub(crate) fn grows(&self) -> bool {
        matches!(
            self,
            Self::Text | Self::View | Self::Span(_) | Self::Made { grows: true }
        )
    }

    fn opaque(why: impl Into<String>) -> Self {
        Self::Opaque(why.into())
    }
}

/// A type for which the driver needs words of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Own {
    /// A struct's members, in order; bases as `static_cast<Base &>(s)`.
    Struct(Vec<String>),
    /// An enumeration's values.
    Enum(Vec<String>),
}

/// Knows types.
pub(super) struct Types<'p> {
    pub parsed: &'p Parsed<'p>,
    aliases: BTreeMap<String, String>,
    /// What the driver needs words for, by name as it is spelled there.
    pub own: BTreeMap<String, Own>,
    /// Those of them that have a container in them.
    growing: BTreeSet<String>,
    /// Whether a floating-point number was met, and the narrowest: 4 or 8 bytes.
    pub real: Option<u8>,
    depth: usize,
}

impl<'p> Types<'p> {
    /// Knows the types of a text, and these further aliases.
    pub(crate) fn new(parsed: &'p Parsed<'p>, aliases: &[(String, String)]) -> Self {
        Self {
            parsed,
            aliases: aliases.iter().cloned().collect(),
            own: BTreeMap::new(),
            growing: BTreeSet::new(),
            real: None,
            depth: 0,
        }
    }

    /// What a type's text means.
    pub(crate) fn of(&mut self, text: &str) -> Type {
        if self.depth > DEEPEST {
            return Type::opaque("it is nested too deeply");
        }
        self.depth += 1;
        let found = self.look(text);
        self.depth -= 1;
        found
    }

    fn look(&mut self, text: &str) -> Type {
        let plain = stripped(text);
        if plain.ends_with(['*', '&']) || plain.contains("(*") {
            return Type::Pointer;
        }
        if let Some(number) = self.number(&plain) {
            return number;
        }
        if let Some(alias) = self.aliases.get(&plain).cloned() {
            return self.of(&alias);
        }
        if let Some(meaning) = self.defined(&plain) {
            return self.of(&meaning);
        }
        let (name, arguments) = split(&plain);
        let short = name.trim_start_matches("::");
        let short = short.strip_prefix("std::").unwrap_or(short);
        let last = short.rsplit("::").next().unwrap_or(short).to_owned();
        if let Some((class, _)) = name.rsplit_once("::")
            && let Some(target) = self.nested(class, &last)
            && target != plain
        {
            return self.of(&target);
        }
        if let Some(item) = self.item(&last).filter(|_| !name.starts_with("std::")) {
            return self.local(&plain, &last, &arguments, &item);
        }
        match short {
            "string" => return Type::Text,
            "basic_string" if arguments.first().is_some_and(|a| a == "char") => return Type::Text,
            "string_view" => return Type::View,
            "span" if !arguments.is_empty() => {
                return match self.of(&arguments[0]) {
                    of if of.known() => Type::Span(stripped(&arguments[0])),
                    _ => Type::opaque(format!("`{plain}` is a span of something unknown")),
                };
            }
            _ => {}
        }
        if let Some((_, grows)) = MADE.iter().find(|(known, _)| *known == short) {
            let mut all = *grows;
            for argument in &arguments {
                if argument.starts_with(|c: char| c.is_ascii_digit()) {
                    continue;
                }
                // Comparators, hashes and allocators do not matter here.
                if ["less<", "greater<", "hash<", "allocator<", "equal_to<"]
                    .iter()
                    .any(|known| argument.contains(known))
                {
                    continue;
                }
                match self.of(argument) {
                    Type::Opaque(_) if short == "array" => {}
                    inner if inner.known() => all |= inner.grows(),
                    Type::Opaque(why) => return Type::Opaque(why),
                    _ => return Type::opaque(format!("`{plain}` holds pointers or views")),
                }
            }
            return Type::Made { grows: all };
        }
        Type::opaque(format!(
            "`{plain}` is of another library or a type we cannot look into"
        ))
    }

    fn number(&mut self, plain: &str) -> Option<Type> {
        let words: Vec<&str> = plain.split_whitespace().collect();
        let all_known = words.iter().all(|word| {
            matches!(
                *word,
                "unsigned" | "signed" | "int" | "long" | "short" | "char" | "double" | "float"
            )
        });
        if all_known && !words.is_empty() {
            if words.contains(&"float") {
                self.real = Some(4);
                return Some(Type::Real);
            }
            if words.contains(&"double") {
                self.real = self.real.or(Some(8));
                return Some(Type::Real);
            }
            return Some(if words == ["char"] {
                Type::Char
            } else {
                Type::Integer
            });
        }
        let [word] = words.as_slice() else {
            return None;
        };
        let word = word.trim_start_matches("::");
        let word = word.strip_prefix("std::").unwrap_or(word);
        let sized = |prefix: &str| {
            word.strip_prefix(prefix).is_some_and(|rest| {
                rest.strip_suffix("_t").is_some_and(|bits| {
                    bits.trim_start_matches("_fast")
                        .trim_start_matches("_least")
                        .parse::<u8>()
                        .is_ok()
                })
            })
        };
        match word {
            "void" => Some(Type::Void),
            "bool" | "_Bool" => Some(Type::Bool),
            _ if INTEGERS.contains(&word) || sized("int") || sized("uint") => Some(Type::Integer),
            _ => None,
        }
    }

    /// What an alias that a class declares stands for.
    fn nested(&self, class: &str, name: &str) -> Option<String> {
        let class = class.rsplit("::").next().unwrap_or(class);
        let (_, target) = aliases_in(self.parsed, class)
            .into_iter()
            .find(|(known, _)| known == name)?;
        // Beside it in the class may stand another alias that it is made of.
        let plain = stripped(&target);
        match plain != name && self.nested(class, &plain).is_some() {
            true => Some(format!("{class}::{plain}")),
            false => Some(target),
        }
    }

    fn item(&self, name: &str) -> Option<Item> {
        let mut forward = None;
        for item in &self.parsed.items {
            if item.kind != Kind::Type || !item.names.iter().any(|known| known == name) {
                continue;
            }
            // A forward declaration says less than what follows.
            if self.parsed.slice(&item.span).contains(['{', '='])
                || self.parsed.slice(&item.span).starts_with("typedef")
            {
                return Some(item.clone());
            }
            forward = Some(item.clone());
        }
        forward
    }

    /// A type of the person's own files. `spelled` is how the driver may write it.
    fn local(&mut self, spelled: &str, name: &str, arguments: &[String], item: &Item) -> Type {
        let root = self.parsed.tree.root_node();
        let Some(whole) =
            root.descendant_for_byte_range(item.span.start, item.span.end.saturating_sub(1))
        else {
            return Type::opaque(format!("`{spelled}` cannot be read"));
        };
        let mut parameters = Vec::new();
        let node = definition(whole, &mut parameters, self.parsed);
        let spelled = if spelled.contains("::") || item.scope.is_empty() {
            spelled.to_owned()
        } else {
            let scope: Vec<&str> = item
                .scope
                .iter()
                .map(String::as_str)
                .filter(|s| !s.is_empty())
                .collect();
            format!("{}::{spelled}", scope.join("::"))
        };
        let text = |node: Node<'_>| self.parsed.slice(&node.byte_range()).to_owned();
        match node.kind() {
            "alias_declaration" => {
                let target = node.child_by_field_name("type").map(text);
                match target {
                    Some(target) => self.of(&target),
                    None => Type::opaque(format!("`{spelled}` cannot be read")),
                }
            }
            "type_definition" => {
                let Some(inner) = node.child_by_field_name("type") else {
                    return Type::opaque(format!("`{spelled}` cannot be read"));
                };
                let mut cursor = node.walk();
                let plain = node
                    .children_by_field_name("declarator", &mut cursor)
                    .any(|d| d.kind() == "type_identifier" && text(d) == name);
                if !plain && inner.child_by_field_name("name").map(text).as_deref() != Some(name) {
                    return Type::Pointer;
                }
                if inner.child_by_field_name("body").is_some() {
                    return self.compound(&spelled, inner, &[]);
                }
                self.of(&text(inner))
            }
            _ => {
                let bound: Vec<(String, String)> = parameters
                    .into_iter()
                    .zip(arguments.iter().cloned())
                    .collect();
                self.compound(&spelled, node, &bound)
            }
        }
    }

    fn compound(&mut self, spelled: &str, node: Node<'_>, bound: &[(String, String)]) -> Type {
        let Some(body) = node.child_by_field_name("body") else {
            return Type::opaque(format!("`{spelled}` is only declared in what was read"));
        };
        if node.kind() == "enum_specifier" {
            return self.enumeration(spelled, node, body);
        }
        if node.kind() == "union_specifier" {
            return Type::opaque(format!("`{spelled}` is a union"));
        }
        if self.own.contains_key(spelled) {
            // One that is still being read holds itself, in a container.
            let reading =
                matches!(self.own.get(spelled), Some(Own::Struct(members)) if members.is_empty());
            let grows = reading || self.growing.contains(spelled);
            return Type::Made { grows };
        }
        // Known from here on, so that a type that holds itself ends.
        self.own.insert(spelled.to_owned(), Own::Struct(Vec::new()));
        let before: Vec<_> = bound
            .iter()
            .map(|(name, to)| (name.clone(), self.aliases.insert(name.clone(), to.clone())))
            .collect();
        let found = self.members(spelled, node, body);
        for (name, old) in before {
            match old {
                Some(old) => self.aliases.insert(name, old),
                None => self.aliases.remove(&name),
            };
        }
        match found {
            Ok((members, grows)) => {
                self.own.insert(spelled.to_owned(), Own::Struct(members));
                if grows {
                    self.growing.insert(spelled.to_owned());
                }
                Type::Made { grows }
            }
            Err(why) => {
                self.own.remove(spelled);
                Type::Opaque(why)
            }
        }
    }

    fn enumeration(&mut self, spelled: &str, node: Node<'_>, body: Node<'_>) -> Type {
        let head = self.parsed.slice(&(node.start_byte()..body.start_byte()));
        let scoped = head
            .split_whitespace()
            .any(|word| matches!(word, "class" | "struct"));
        let around = spelled.rsplit_once("::").map(|(around, _)| around);
        let mut cursor = body.walk();
        let values: Vec<String> = body
            .named_children(&mut cursor)
            .filter_map(|value| value.child_by_field_name("name"))
            .map(|name| {
                let name = self.parsed.slice(&name.byte_range());
                match around {
                    _ if scoped => format!("{spelled}::{name}"),
                    Some(around) => format!("{around}::{name}"),
                    None => name.to_owned(),
                }
            })
            .collect();
        if values.is_empty() {
            return Type::opaque(format!("`{spelled}` has no values"));
        }
        self.own.insert(spelled.to_owned(), Own::Enum(values));
        Type::Enum
    }

    fn members(
        &mut self,
        spelled: &str,
        node: Node<'_>,
        body: Node<'_>,
    ) -> Result<(Vec<String>, bool), String> {
        let mut members = Vec::new();
        let mut grows = false;
        let mut cursor = node.walk();
        for base in node
            .children(&mut cursor)
            .filter(|child| child.kind() == "base_class_clause")
        {
            let mut cursor = base.walk();
            for child in base.named_children(&mut cursor) {
                if matches!(
                    child.kind(),
                    "type_identifier" | "qualified_identifier" | "template_type"
                ) {
                    let name = self.parsed.slice(&child.byte_range()).to_owned();
                    match self.of(&name) {
                        inner @ Type::Made { .. } => grows |= inner.grows(),
                        Type::Opaque(why) => return Err(why),
                        _ => return Err(format!("`{spelled}` has a base that is no struct")),
                    }
                    members.push(format!("static_cast<{name} &>(s)"));
                }
            }
        }
        let own = spelled.rsplit("::").next().unwrap_or(spelled);
        let own = own.split('<').next().unwrap_or(own);
        let mut constructors = Vec::new();
        let mut cursor = body.walk();
        let children: Vec<Node<'_>> = body.named_children(&mut cursor).collect();
        for child in children {
            match child.kind() {
                "field_declaration" => {
                    let (more, grow) = self.field(spelled, child)?;
                    members.extend(more);
                    grows |= grow;
                }
                "function_definition" | "declaration" | "template_declaration" => {
                    if let Some(declarator) = child.child_by_field_name("declarator")
                        && declared(declarator, self.parsed.text)
                            .first()
                            .is_some_and(|n| n == own)
                    {
                        constructors.push(self.can_default(declarator));
                    }
                }
                _ => {}
            }
        }
        if !constructors.is_empty() && !constructors.contains(&true) {
            return Err(format!("`{spelled}` cannot be made without arguments"));
        }
        Ok((members, grows))
    }

    /// Whether a constructor can be called without arguments.
    fn can_default(&self, declarator: Node<'_>) -> bool {
        let Some(list) = declarator.child_by_field_name("parameters") else {
            return false;
        };
        let mut cursor = list.walk();
        list.named_children(&mut cursor)
            .all(|child| matches!(child.kind(), "optional_parameter_declaration" | "comment"))
    }

    fn field(&mut self, spelled: &str, node: Node<'_>) -> Result<(Vec<String>, bool), String> {
        let whole = self.parsed.slice(&node.byte_range()).to_owned();
        if whole.starts_with("static") || whole.starts_with("friend") {
            return Ok(Default::default());
        }
        let mut names = Vec::new();
        let mut grows = false;
        let mut cursor = node.walk();
        let declarators: Vec<Node<'_>> = node
            .children_by_field_name("declarator", &mut cursor)
            .collect();
        if declarators.is_empty() {
            return match node.child_by_field_name("type") {
                Some(inner)
                    if inner.child_by_field_name("body").is_some()
                        && inner.child_by_field_name("name").is_none() =>
                {
                    Err(format!("`{spelled}` has a nameless part"))
                }
                _ => Ok(Default::default()),
            };
        }
        for declarator in declarators {
            if is_function(declarator) {
                continue;
            }
            let Parameter { base, .. } = parameter(self.parsed, node);
            let (name, layers) = super::signature::shape(self.parsed, declarator);
            // A struct that is written where its field is may have no name of its own.
            let written = node
                .child_by_field_name("type")
                .filter(|inner| inner.kind() == "struct_specifier")
                .filter(|inner| inner.child_by_field_name("body").is_some());
            let inner = match written {
                Some(inner) => {
                    let of = format!("std::remove_all_extents_t<decltype({spelled}::{name})>");
                    self.compound(&of, inner, &[])
                }
                None => self.of(&base),
            };
            let plain = layers.iter().all(|layer| matches!(layer, Layer::Array(_)));
            let why = match inner {
                _ if whole.contains("const ") && base.starts_with("const ") => "may not be changed",
                _ if !plain => "is a pointer or reference",
                Type::Opaque(why) => return Err(format!("`{spelled}::{name}`: {why}")),
                // There is no reference to one: it is read out and put back.
                Type::Integer | Type::Bool if has_bits(node) => {
                    names.push(format!(
                        "[&] {{ auto bits = s.{name}; c(bits); s.{name} = bits; }}()"
                    ));
                    continue;
                }
                _ if has_bits(node) => "is a bit field",
                ref known if known.known() => {
                    grows |= known.grows();
                    names.push(format!("s.{name}"));
                    continue;
                }
                _ => "is a pointer or view",
            };
            return Err(format!("`{spelled}::{name}` {why}"));
        }
        Ok((names, grows))
    }
}

/// The aliases that a class declares in its body, each with the type it stands for.
pub(super) fn aliases_in(parsed: &Parsed<'_>, class: &str) -> Vec<(String, String)> {
    let of_class = |item: &&Item| item.kind == Kind::Type && item.names.iter().any(|n| n == class);
    let mut found = Vec::new();
    for item in parsed.items.iter().filter(of_class) {
        let root = parsed.tree.root_node();
        let last = item.span.end.saturating_sub(1);
        let Some(whole) = root.descendant_for_byte_range(item.span.start, last) else {
            continue;
        };
        let node = definition(whole, &mut Vec::new(), parsed);
        let Some(body) = node.child_by_field_name("body") else {
            continue;
        };
        let mut cursor = body.walk();
        for child in body.named_children(&mut cursor) {
            let Some(target) = child.child_by_field_name("type") else {
                continue;
            };
            let target = parsed.slice(&target.byte_range()).to_owned();
            let names = match child.kind() {
                "type_definition" => child.child_by_field_name("declarator"),
                "alias_declaration" => child.child_by_field_name("name"),
                _ => None,
            };
            // A pointer by another name is left to the compiler.
            let plain = names.filter(|n| n.kind() == "type_identifier");
            found.extend(plain.map(|n| (parsed.slice(&n.byte_range()).to_owned(), target)));
        }
    }
    found
}

#[cfg(test)]
mod tests;

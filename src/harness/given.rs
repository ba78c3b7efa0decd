//! Which parts of the original a candidate is given, and which of its own lines give way to ours.
//! Reads C++ with tree-sitter; never compiles. What it cannot parse it leaves alone: the compiler has the last word.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use tree_sitter::Node;

use super::restated::{self, Members, TypeChoice};
use super::syntax;

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
    /// What a type is made of, where that can be told.
    members: Option<Members>,
}

/// The original, taken apart once per problem.
#[derive(Debug, Clone)]
pub(crate) struct Original {
    source: String,
    items: Vec<Item>,
    entry: String,
}

/// A candidate as it will be compiled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CandidateUnit {
    /// The given items.
    pub(crate) given: String,
    /// The candidate's text, as many lines as it had.
    pub(crate) own: String,
    /// Its signature of the entry, if it has one.
    pub(crate) entry: Option<String>,
    /// What it was told nothing of: its types that gave way although they differ, one sentence each.
    pub(crate) left_out: Vec<String>,
}

/// A candidate's own type that serves in the given one's place.
struct Instead<'a> {
    name: &'a str,
    text: &'a str,
    line: usize,
    /// Whether it goes where the given one stood: others that are given need it.
    moved: bool,
}

/// What becomes of a candidate's item that may be one of the given ones again.
enum Becomes {
    /// It is the candidate's own.
    Own,
    /// It stays where it is, and the given one goes.
    Instead,
    /// It goes: the given one serves, or it was moved to where that stood.
    Blank,
}

/// A candidate while it is put together with what it is given.
struct Joining<'a> {
    original: &'a Original,
    candidate: &'a str,
    /// The names of all its items.
    names: BTreeSet<&'a str>,
    instead: Vec<Instead<'a>>,
    left_out: Vec<String>,
}

impl<'a> Joining<'a> {
    /// A type that is also given. `before` are the candidate's items above it.
    fn type_again(
        &mut self,
        item: &'a Item,
        given: &Item,
        before: &[Item],
        line: usize,
    ) -> Becomes {
        let text = &self.candidate[item.span.clone()];
        let choice = match restated::plain(text) == restated::plain(self.original.text(given)) {
            true => TypeChoice::Given,
            false => restated::choose(item.members.as_ref(), given.members.as_ref()),
        };
        let name = item.names.first().map_or("", String::as_str);
        let needed = self.original.is_needed_by_others(given, name, &self.names);
        let mentioned = |other: &Item| other.names.iter().any(|name| mentions(text, name));
        let choice = match choice {
            TypeChoice::Own if needed && before.iter().any(mentioned) => TypeChoice::LeftOut(
                "what is given before your code needs it, and it needs your code",
            ),
            other => other,
        };
        match choice {
            // Once is enough; a second time is the compiler's business.
            TypeChoice::Own if self.instead.iter().any(|known| known.name == name) => {
                return Becomes::Instead;
            }
            TypeChoice::Own => {
                self.instead.push(Instead {
                    name,
                    text,
                    line,
                    moved: needed,
                });
                if !needed {
                    return Becomes::Instead;
                }
            }
            TypeChoice::LeftOut(_) if self.left_out.len() >= TOLD => {}
            TypeChoice::LeftOut(why) => self.left_out.push(format!(
                "`{name}` is given; your definition in lines {line}-{} was left out, because {why}.",
                line + text.matches('\n').count()
            )),
            TypeChoice::Given => {}
        }
        Becomes::Blank
    }

    /// A variable or constant that is also given.
    fn constant_again(&mut self, item: &'a Item, given: &Item, line: usize) -> Becomes {
        let text = &self.candidate[item.span.clone()];
        let name = item.names.first().map_or("", String::as_str);
        let same = restated::plain(text) == restated::plain(self.original.text(given));
        // What it is made of must be there where the given one stands.
        let simple = !text.contains('(');
        let needed = || self.original.is_needed_by_kept(given, name, &self.names);
        let moved = !same && simple && needed();
        if moved && self.instead.iter().all(|known| known.name != name) {
            self.instead.push(Instead {
                name,
                text,
                line,
                moved,
            });
        }
        match (same && simple) || moved {
            true => Becomes::Blank,
            false => Becomes::Own,
        }
    }
}

/// Lines stay, so that messages name those of the candidate.
fn blank(text: &mut [u8]) {
    for byte in text {
        if *byte != b'\n' {
            *byte = b' ';
        }
    }
}

impl Original {
    /// Takes `source` apart; `entry` is the entry's name.
    pub(crate) fn new(source: &str, entry: &str) -> Self {
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
    pub(crate) fn for_driver(&self, driver: &str) -> String {
        let own: BTreeSet<String> = items(driver)
            .into_iter()
            .flat_map(|item| item.names)
            .collect();
        let mut kept: Vec<bool> = Vec::new();
        for item in &self.items {
            let taken = item.names.iter().any(|name| own.contains(name));
            kept.push(item.body.is_none() && !self.is_entry(item) && !taken);
        }
        // Functions that the members of types call, and that variables lead to, come along.
        while let Some(at) = (0..self.items.len()).find(|at| {
            self.items.get(*at).is_some_and(|item| {
                let taken = item.names.iter().any(|name| own.contains(name));
                let needed = |name: &String| {
                    self.items.iter().zip(&kept).any(|(other, kept)| {
                        *kept && other.part != Part::Plain && mentions(self.text(other), name)
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
    pub(crate) fn unit(&self, candidate: &str) -> CandidateUnit {
        let theirs = items(candidate);
        let mut joining = Joining {
            original: self,
            candidate,
            names: theirs
                .iter()
                .flat_map(|item| item.names.iter().map(String::as_str))
                .collect(),
            instead: Vec::new(),
            left_out: Vec::new(),
        };
        let mut own = candidate.as_bytes().to_vec();
        let mut defined: BTreeMap<&str, Option<&str>> = BTreeMap::new();
        let mut entry = None;
        let (mut line, mut counted) = (1, 0);
        for (number, item) in theirs.iter().enumerate() {
            line += candidate[counted..item.span.start].matches('\n').count();
            counted = item.span.start;
            let becomes = match (self.restated_by(item), self.constant_again(item)) {
                (Some(given), _) => joining.type_again(item, given, &theirs[..number], line),
                (None, Some(given)) => joining.constant_again(item, given, line),
                (None, None) if self.has_the_same(item, candidate) => Becomes::Blank,
                (None, None) => Becomes::Own,
            };
            match becomes {
                Becomes::Blank => {
                    blank(&mut own[item.span.clone()]);
                    continue;
                }
                Becomes::Instead => continue,
                Becomes::Own => {}
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
        CandidateUnit {
            given: self.given(&defined, &joining.instead),
            own: String::from_utf8(own).unwrap_or_else(|_| candidate.to_owned()),
            entry,
            left_out: joining.left_out,
        }
    }

    /// The given type that a candidate's item writes down again.
    fn restated_by(&self, item: &Item) -> Option<&Item> {
        let is_type = |given: &&Item| given.part == Part::Type;
        let has = |name: &String| {
            let mut types = self.items.iter().filter(is_type);
            types.find(|given| given.names.contains(name))
        };
        let known = item.part == Part::Type && item.names.iter().all(|name| has(name).is_some());
        known.then(|| item.names.first().and_then(has)).flatten()
    }

    /// The given variable or constant that a candidate's item writes down again.
    fn constant_again(&self, item: &Item) -> Option<&Item> {
        let plain = |item: &Item| item.part == Part::Definition && item.body.is_none();
        let name = item.names.first().filter(|_| plain(item))?;
        let same = |given: &&Item| plain(given) && given.names == item.names;
        let given = self.items.iter().find(same)?;
        (name != &self.entry).then_some(given)
    }

    /// Whether a candidate's function or type, other than the entry, is one that it is given, word for word.
    fn has_the_same(&self, item: &Item, candidate: &str) -> bool {
        let text = restated::plain(&candidate[item.span.clone()]);
        let same =
            |given: &Item| given.names == item.names && restated::plain(self.text(given)) == text;
        item.part != Part::Plain && !self.is_entry(item) && self.items.iter().any(same)
    }

    /// Whether something that stays given mentions this constant: every type does, and what the candidate has not itself.
    fn is_needed_by_kept(&self, given: &Item, name: &str, theirs: &BTreeSet<&str>) -> bool {
        let own = |other: &Item| {
            other.part == Part::Definition
                && other.names.iter().any(|name| theirs.contains(&**name))
        };
        self.items.iter().any(|other| {
            other.span != given.span
                && !self.is_entry(other)
                && !own(other)
                && mentions(self.text(other), name)
        })
    }

    /// Whether something else that is given to the candidate mentions this type.
    fn is_needed_by_others(&self, given: &Item, name: &str, theirs: &BTreeSet<&str>) -> bool {
        let defined = |other: &Item| {
            other.part != Part::Plain && other.names.iter().any(|name| theirs.contains(&**name))
        };
        self.items.iter().any(|other| {
            other.span != given.span
                && !self.is_entry(other)
                && !defined(other)
                && mentions(self.text(other), name)
        })
    }

    /// Everything but the entry and what the candidate defines itself; a function it defines is announced if others
    /// that it is given call it: in its own words where only the linkage differs, so that the two do not clash.
    fn given(&self, defined: &BTreeMap<&str, Option<&str>>, instead: &[Instead<'_>]) -> String {
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
        // Where something that is given calls the entry, its announcement stays.
        let called = kept
            .iter()
            .any(|item| mentions(self.text(item), &self.entry));
        let mut given = String::new();
        for item in &self.items {
            if self.is_entry(item) && !(called && item.part == Part::Plain) {
                continue;
            }
            let own = instead.iter().find(|own| {
                item.part != Part::Plain
                    && item.body.is_none()
                    && item.names.iter().any(|name| name == own.name)
            });
            if let Some(own) = own {
                if own.moved {
                    let after = given.matches('\n').count() + own.text.matches('\n').count() + 5;
                    given.push_str(&format!(
                        "#line {} \"candidate.cpp\"\n{}\n#line {after} \"given.hpp\"\n",
                        own.line, own.text
                    ));
                }
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

/// Namespaces in namespaces further down than this are one piece: hostile text may nest without end, our stack does not.
const DEEPEST: usize = 32;
/// Most types of which is said that they gave way.
const TOLD: usize = 3;
/// Most nodes that are looked at for a declared name.
const MOST: usize = 4096;

/// The pieces at the top level of a file, in order.
fn items(source: &str) -> Vec<Item> {
    let Some(tree) = syntax::tree(source) else {
        return Vec::new();
    };
    level(tree.root_node(), source, 0)
}

/// The pieces directly in a file or a namespace.
fn level(node: Node<'_>, source: &str, depth: usize) -> Vec<Item> {
    let mut found = Vec::new();
    let mut cursor = node.walk();
    for node in node.children(&mut cursor) {
        if let Some(item) = item(node, source, depth) {
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

fn item(node: Node<'_>, source: &str, depth: usize) -> Option<Item> {
    let text = |node: Node<'_>| source.get(node.byte_range()).unwrap_or("").to_owned();
    let named = |field: &str| -> Vec<String> {
        let name = node.child_by_field_name(field);
        name.and_then(|name| declared(name, source))
            .into_iter()
            .collect()
    };
    let make = |part, names, body, members| {
        Some(Item {
            part,
            names,
            span: node.byte_range(),
            body,
            members,
        })
    };
    match node.kind() {
        "comment" | ";" | "{" | "}" | "ERROR" => None,
        "struct_specifier" | "class_specifier" | "union_specifier" | "enum_specifier"
        | "alias_declaration" => {
            let name = node.child_by_field_name("name").map(text);
            let names = name.into_iter().collect();
            make(Part::Type, names, None, restated::members(node, source))
        }
        "type_definition" => {
            let inner = node.child_by_field_name("type");
            let members = inner.and_then(|inner| restated::members(inner, source));
            make(Part::Type, named("declarator"), None, members)
        }
        "function_definition" => {
            let body = node
                .child_by_field_name("body")
                .map_or(node.end_byte(), |body| body.start_byte());
            make(Part::Definition, named("declarator"), Some(body), None)
        }
        "template_declaration" | "namespace_definition" if depth > DEEPEST => {
            make(Part::Plain, Vec::new(), None, None)
        }
        "template_declaration" => template(node, source, depth),
        "namespace_definition" => {
            let (part, names) = namespace(node, source, depth);
            make(part, names, None, None)
        }
        "declaration" => {
            let mut cursor = node.walk();
            let declarators: Vec<Node<'_>> = node
                .children_by_field_name("declarator", &mut cursor)
                .collect();
            let names = declarators.iter().filter_map(|d| declared(*d, source));
            let part = match declarators.iter().any(|d| is_function(*d)) {
                true => Part::Plain,
                false => Part::Definition,
            };
            make(part, names.collect(), None, None)
        }
        _ => make(Part::Plain, Vec::new(), None, None),
    }
}

/// A template is what it is a template of.
fn template(node: Node<'_>, source: &str, depth: usize) -> Option<Item> {
    let mut cursor = node.walk();
    let inner = node
        .children(&mut cursor)
        .filter_map(|child| match child.kind() {
            "function_definition"
            | "struct_specifier"
            | "class_specifier"
            | "alias_declaration"
            | "declaration" => item(child, source, depth + 1),
            _ => None,
        });
    Some(Item {
        span: node.byte_range(),
        // What it is made of depends on its arguments.
        members: None,
        ..inner.last()?
    })
}

/// What a namespace is as a whole, and the names in it.
fn namespace(node: Node<'_>, source: &str, depth: usize) -> (Part, Vec<String>) {
    let around = node
        .child_by_field_name("name")
        .and_then(|name| source.get(name.byte_range()))
        .unwrap_or_default();
    let inner = node
        .child_by_field_name("body")
        .map_or_else(Vec::new, |body| level(body, source, depth + 1));
    let all = |wanted: Part| inner.iter().all(|item| item.part == wanted);
    let part = if all(Part::Plain) {
        Part::Plain
    } else if all(Part::Type) {
        Part::Type
    } else {
        Part::Definition
    };
    let names = inner.iter().flat_map(|item| &item.names);
    (
        part,
        names.map(|name| format!("{around}::{name}")).collect(),
    )
}

fn is_function(declarator: Node<'_>) -> bool {
    let mut node = declarator;
    for _ in 0..MOST {
        match node.kind() {
            "function_declarator" => return true,
            "init_declarator" => return false,
            _ => match node.child_by_field_name("declarator") {
                Some(inner) => node = inner,
                None => return false,
            },
        }
    }
    false
}

/// The name a declarator declares.
fn declared(declarator: Node<'_>, source: &str) -> Option<String> {
    let mut open = vec![declarator];
    for _ in 0..MOST {
        let node = open.pop()?;
        if matches!(
            node.kind(),
            "identifier" | "type_identifier" | "operator_name" | "qualified_identifier"
        ) {
            return source.get(node.byte_range()).map(str::to_owned);
        }
        match node.child_by_field_name("declarator") {
            Some(inner) => open.push(inner),
            None => {
                let mut cursor = node.walk();
                let children: Vec<Node<'_>> = node.named_children(&mut cursor).take(MOST).collect();
                open.extend(children.into_iter().rev());
            }
        }
    }
    None
}

#[cfg(test)]
mod tests;

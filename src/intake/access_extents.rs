//! How far a function's subscripts reach into what its parameters point to, as polynomials of its whole-number parameters:
//! `a[i * n + j]` under `i < m, j < n` reaches `m * n` elements. Bounds are upper ones and take every number for
//! non-negative; what cannot be followed is unknown. A guess that the proof of the folder tests. Pure.

use std::collections::{BTreeMap, BTreeSet};

use tree_sitter::Node;

use super::items::{Function, Parsed, declared};
use super::polynomial::Polynomial;

mod bound;
mod dimensions;
mod objects;
mod value;

pub(super) use value::is_octet;

use bound::{Bound, added, larger, moved};

/// A number that a text writes, or that a macro of the file stands for.
pub(super) fn dimension(parsed: &Parsed<'_>, text: &str) -> Option<i64> {
    dimensions::number(parsed, text)
}

/// How deep loops and calls are followed.
const DEEPEST: usize = 6;
/// How deep in the tree is read: beyond that the reach of nothing is known.
const LEVELS: usize = 64;
/// How many nodes are looked at, since a loop's body is read twice for every loop around it.
const MOST: usize = 200_000;

/// What a parameter is, for this purpose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Seed {
    /// A whole number that the driver calls by this name.
    Number,
    /// Elements side by side.
    Buffer,
    /// Bytes, whatever they are read as.
    Bytes,
    /// Pointers to rows; `name[]` is a row.
    Rows,
    /// Elements that are positions below the size.
    Positions,
    /// Elements that are bytes without a sign.
    Octets,
    /// A whole number that a pointer leads to.
    Behind,
    /// An array of these dimensions, outermost first; `None`: unknown.
    Array(Vec<Option<i64>>),
}

/// How far subscripts reach.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Reach {
    /// Into each buffer, in elements: all of its polynomials, none of which is always the largest. A buffer whose reach
    /// cannot be told is left out.
    pub far: BTreeMap<String, Vec<Polynomial>>,
    /// What numbers are at most, since arrays of a fixed length are indexed up to them.
    pub most: BTreeMap<String, i64>,
}

/// The reach into each buffer.
/// `bare` are other names of seeds: members that a member function speaks of without their object.
pub(super) fn reach(
    parsed: &Parsed<'_>,
    function: &Function,
    seeds: &BTreeMap<String, Seed>,
    bare: &BTreeMap<String, String>,
) -> Reach {
    let mut reader = Reader {
        parsed,
        seeds,
        names: BTreeMap::new(),
        objects: BTreeMap::new(),
        held: BTreeSet::new(),
        changed: BTreeMap::new(),
        far: BTreeMap::new(),
        dimensions: dimensions::dimensions(parsed, function),
        most: BTreeMap::new(),
        unknown: BTreeSet::new(),
        recording: true,
        left: MOST,
        calls: 0,
        nested: 0,
    };
    for (name, seed) in seeds {
        reader
            .names
            .insert(name.clone(), objects::first(name, seed));
    }
    for (alias, name) in bare {
        if let Some(bound) = reader.names.get(name).cloned() {
            reader.names.insert(alias.clone(), bound);
        }
    }
    for (name, seed) in seeds {
        let Seed::Array(sizes) = seed else { continue };
        reader.dimensions.insert(name.clone(), sizes.clone());
        for (alias, _) in bare.iter().filter(|(_, to)| *to == name) {
            reader.dimensions.insert(alias.clone(), sizes.clone());
        }
    }
    if let Some(body) = parsed.node(&function.body, "compound_statement") {
        reader.statement(body, 0);
    }
    if reader.left == 0 {
        return Reach::default();
    }
    let unknown = reader.unknown;
    let known = reader
        .far
        .into_iter()
        .filter(|(name, _)| !unknown.contains(name));
    let far = known.map(|(name, all)| (name, Polynomial::largest(all)));
    Reach {
        far: far.collect(),
        most: reader.most,
    }
}

/// How a name changed in a loop's body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    Added,
    Set,
}

struct Reader<'p> {
    parsed: &'p Parsed<'p>,
    seeds: &'p BTreeMap<String, Seed>,
    names: BTreeMap<String, Bound>,
    /// The paths of objects that names stand for.
    objects: BTreeMap<String, String>,
    /// Names whose bound a loop's condition tells, so that stepping them says nothing.
    held: BTreeSet<String>,
    changed: BTreeMap<String, Change>,
    far: BTreeMap<String, Vec<Polynomial>>,
    dimensions: dimensions::Dimensions,
    most: BTreeMap<String, i64>,
    unknown: BTreeSet<String>,
    recording: bool,
    left: usize,
    calls: usize,
    /// How deep in the tree it reads.
    nested: usize,
}

impl<'p> Reader<'p> {
    fn text(&self, node: Node<'_>) -> &'p str {
        self.parsed.slice(&node.byte_range())
    }

    fn named<'t>(&self, node: Node<'t>) -> Vec<Node<'t>> {
        let mut cursor = node.walk();
        node.named_children(&mut cursor).collect()
    }

    /// Notes that an element is touched.
    fn touch(&mut self, buffer: &str, at: Option<&Polynomial>, scale: i64) {
        if !self.recording {
            return;
        }
        match at {
            Some(at) => {
                let end = at
                    .plus(&Polynomial::number(1))
                    .times(&Polynomial::number(scale));
                self.far.entry(buffer.to_owned()).or_default().push(end);
            }
            None => {
                self.unknown.insert(buffer.to_owned());
            }
        }
    }

    fn set(&mut self, name: &str, bound: Option<Bound>, change: Change) {
        if self.held.contains(name) {
            return;
        }
        let how = self.changed.entry(name.to_owned()).or_insert(change);
        if change == Change::Set {
            *how = Change::Set;
        }
        let before = match bound {
            Some(bound) => {
                self.names.insert(name.to_owned(), bound);
                return;
            }
            None => self.names.remove(name),
        };
        self.lose(before);
    }

    /// A pointer goes where it cannot be followed.
    fn lose(&mut self, bound: Option<Bound>) {
        if let Some(Bound::Pointer(buffer, ..)) = bound {
            self.unknown.insert(buffer);
        }
    }

    fn statement(&mut self, node: Node<'_>, depth: usize) {
        if !self.enters() {
            return;
        }
        self.statement_within(node, depth);
        self.nested -= 1;
    }

    /// One level further down; beyond the bound the reach of nothing is known.
    fn enters(&mut self) -> bool {
        self.left = self.left.saturating_sub(1);
        if self.nested >= LEVELS {
            self.left = 0;
        }
        if self.left == 0 {
            return false;
        }
        self.nested += 1;
        true
    }

    fn statement_within(&mut self, node: Node<'_>, depth: usize) {
        let field = |name: &str| node.child_by_field_name(name);
        match node.kind() {
            "for_statement" => {
                if let Some(start) = field("initializer") {
                    self.statement(start, depth);
                }
                let steps = [field("body"), field("update")];
                self.repeated(field("condition"), &steps, depth);
            }
            "while_statement" | "do_statement" => {
                self.repeated(field("condition"), &[field("body")], depth);
            }
            "if_statement" => {
                let before = (self.names.clone(), self.held.clone());
                if let Some(condition) = field("condition") {
                    self.refine(condition, false, depth);
                }
                if let Some(then) = field("consequence") {
                    self.statement(then, depth);
                }
                self.held = before.1;
                let after = std::mem::replace(&mut self.names, before.0);
                if let Some(other) = field("alternative") {
                    // A chain of `else if` is not deep to its author.
                    let only = (other.named_child_count() == 1).then(|| other.named_child(0));
                    self.statement(only.flatten().unwrap_or(other), depth);
                }
                self.join(after);
            }
            "declaration" => {
                let mut cursor = node.walk();
                for declarator in node.children_by_field_name("declarator", &mut cursor) {
                    let value = declarator.child_by_field_name("value");
                    let octet = node
                        .child_by_field_name("type")
                        .is_some_and(|of| is_octet(self.text(of)));
                    let octet = octet && declarator.kind() != "pointer_declarator";
                    let bound = value.and_then(|value| self.value(value, depth));
                    let byte = Bound::Number(Polynomial::number(255), false);
                    let bound = bound.or_else(|| (octet && value.is_some()).then_some(byte));
                    for name in declared(declarator, self.parsed.text) {
                        // A parameter's name declared again is another thing.
                        self.held.remove(&name);
                        self.set(&name, bound.clone(), Change::Set);
                        self.stands_for(&name, value);
                    }
                }
            }
            "lambda_expression" | "for_range_loop" => {
                // How often it runs is not known.
                let before = self.names.clone();
                for child in self.named(node) {
                    self.statement(child, depth);
                }
                self.names = before;
            }
            kind if kind.ends_with("_statement")
                || kind.ends_with("_clause")
                || kind.starts_with("preproc") =>
            {
                for child in self.named(node) {
                    self.statement(child, depth);
                }
            }
            "condition_clause" | "case_statement" | "init_statement" => {
                for child in self.named(node) {
                    self.statement(child, depth);
                }
            }
            _ => {
                self.value(node, depth);
            }
        }
    }

    /// The larger of what names are now and in `other`; what only one of them knows is unknown.
    fn join(&mut self, other: BTreeMap<String, Bound>) {
        let mut joined = BTreeMap::new();
        for (name, here) in std::mem::take(&mut self.names) {
            match other
                .get(&name)
                .and_then(|there| larger(here.clone(), there.clone()))
            {
                Some(both) => {
                    joined.insert(name, both);
                }
                None => self.lose(Some(here)),
            }
        }
        self.names = joined;
    }

    /// A loop: read once to see what every round adds to, then once as its last round.
    fn repeated(&mut self, condition: Option<Node<'_>>, steps: &[Option<Node<'_>>], depth: usize) {
        if depth >= DEEPEST {
            self.left = 0;
            return;
        }
        let before = (self.names.clone(), self.held.clone());
        let trips = condition.and_then(|condition| self.refine(condition, true, depth + 1));
        let outer = (std::mem::take(&mut self.changed), self.recording);
        let inside = self.names.clone();
        self.recording = false;
        for step in steps.iter().flatten() {
            self.statement(*step, depth + 1);
        }
        let changed = std::mem::take(&mut self.changed);
        let mut ends: BTreeMap<String, Option<Bound>> = BTreeMap::new();
        let after = std::mem::replace(&mut self.names, inside);
        for (name, how) in &changed {
            let (first, last) = (self.names.get(name).cloned(), after.get(name).cloned());
            let (during, end) = match how {
                Change::Set => {
                    let both = match (first, last.clone()) {
                        (Some(first), Some(last)) => larger(first, last),
                        // Set in every round before it is used, or lost.
                        (None, last) => last,
                        _ => None,
                    };
                    (both.clone(), both)
                }
                Change::Added => match (first, last, &trips) {
                    (Some(first), Some(last), Some(trips)) => (
                        added(&first, &last, &trips.minus(&Polynomial::number(1))),
                        added(&first, &last, trips),
                    ),
                    _ => (None, None),
                },
            };
            match during {
                Some(during) => {
                    self.names.insert(name.clone(), during);
                }
                None => {
                    let before = self.names.remove(name);
                    self.lose(before);
                }
            }
            ends.insert(name.clone(), end);
        }
        self.recording = outer.1;
        for step in steps.iter().flatten() {
            self.statement(*step, depth + 1);
        }
        self.changed = outer.0;
        (self.names, self.held) = before;
        for (name, how) in changed {
            let end = ends.remove(&name).flatten();
            self.set(&name, end, how);
        }
        if let Some(condition) = condition {
            self.stepped(condition, trips);
        }
    }

    /// After a loop, what its condition bounded is at that bound.
    fn stepped(&mut self, condition: Node<'_>, trips: Option<Polynomial>) {
        if let Some((name, ..)) = self.compared(condition)
            && let (Some(Bound::Number(start, _)), Some(trips)) =
                (self.names.get(&name).cloned(), trips)
        {
            let bound = Bound::Number(start.plus(&trips), false);
            self.set(&name, Some(bound), Change::Set);
        }
    }

    /// `name OPERATOR other` in a condition, with what stands beside the name: `i + w < n` has `w`.
    fn compared<'t>(&self, node: Node<'t>) -> Option<Compared<'p, 't>> {
        let node = unwrapped(node);
        if node.kind() != "binary_expression" {
            return None;
        }
        let operator = self.text(node.child_by_field_name("operator")?);
        let left = unwrapped(node.child_by_field_name("left")?);
        let right = node.child_by_field_name("right")?;
        let named =
            |node: Node<'_>| (node.kind() == "identifier").then(|| self.text(node).to_owned());
        if let Some(name) = named(left) {
            return Some((name, operator, right, None));
        }
        if left.kind() == "update_expression" {
            let inner = left.child_by_field_name("argument")?;
            return Some((named(inner)?, operator, right, None));
        }
        if left.kind() == "binary_expression"
            && self.text(left.child_by_field_name("operator")?) == "+"
        {
            return Some((
                named(unwrapped(left.child_by_field_name("left")?))?,
                operator,
                right,
                left.child_by_field_name("right"),
            ));
        }
        None
    }

    /// Takes over what a condition says while it holds. In a loop what it bounds is held there; gives how many rounds.
    fn refine(&mut self, condition: Node<'_>, in_loop: bool, depth: usize) -> Option<Polynomial> {
        if !self.enters() {
            return None;
        }
        let trips = self.refine_within(condition, in_loop, depth);
        self.nested -= 1;
        trips
    }

    fn refine_within(
        &mut self,
        condition: Node<'_>,
        in_loop: bool,
        depth: usize,
    ) -> Option<Polynomial> {
        let node = unwrapped(condition);
        let operator = node
            .child_by_field_name("operator")
            .map_or("", |o| self.text(o));
        if node.kind() == "binary_expression" && operator == "&&" {
            let left = node.child_by_field_name("left")?;
            let right = node.child_by_field_name("right")?;
            let one = self.refine(left, in_loop, depth);
            let two = self.refine(right, in_loop, depth);
            return match (one, two) {
                (Some(one), Some(two)) => Some(one.lesser(&two)),
                (one, two) => one.or(two),
            };
        }
        self.value(node, depth);
        // `while (n--)`, `while (n)`.
        let plain = match node.kind() {
            "update_expression" => node.child_by_field_name("argument"),
            "identifier" => Some(node),
            _ => None,
        };
        if let Some(name) = plain.filter(|n| in_loop && n.kind() == "identifier") {
            let name = self.text(name).to_owned();
            let Some(Bound::Number(most, _)) = self.names.get(&name).cloned() else {
                return None;
            };
            let below = most.minus(&Polynomial::number(1));
            self.names.insert(name.clone(), Bound::Number(below, false));
            self.held.insert(name);
            return Some(most);
        }
        let (name, operator, other, beside) = self.compared(node)?;
        let other = self.value(other, depth);
        let beside = match beside.map(|beside| self.value(beside, depth)) {
            None => Polynomial::number(0),
            Some(Some(Bound::Number(beside, true))) => beside,
            Some(_) => return None,
        };
        let now = self.names.get(&name).cloned();
        let closed = match operator {
            "<" | "!=" => 1,
            "<=" => 0,
            ">" | ">=" => {
                // Downwards: at most what it began with.
                let Some(Bound::Number(most, _)) = now else {
                    return None;
                };
                if in_loop {
                    self.names
                        .insert(name.clone(), Bound::Number(most.clone(), false));
                    self.held.insert(name);
                }
                return Some(most.plus(&Polynomial::number(i64::from(operator == ">="))));
            }
            _ => return None,
        };
        let less = Polynomial::number(closed).plus(&beside);
        match (other?, now) {
            (Bound::Number(limit, _), Some(Bound::Number(..)) | None) => {
                let below = limit.minus(&less);
                let trips = below.plus(&Polynomial::number(1));
                if in_loop || operator != "!=" {
                    self.names.insert(name.clone(), Bound::Number(below, false));
                }
                if in_loop {
                    self.held.insert(name);
                }
                Some(trips)
            }
            (Bound::Pointer(buffer, limit, scale), Some(Bound::Pointer(own, ..)))
                if own == buffer =>
            {
                let below = limit.minus(&less);
                let trips = below.plus(&Polynomial::number(1));
                self.names
                    .insert(name.clone(), Bound::Pointer(buffer, below, scale));
                if in_loop {
                    self.held.insert(name);
                }
                Some(trips)
            }
            _ => None,
        }
    }
}

/// A name, the operator, what it is compared with, and what is added to the name there.
type Compared<'p, 't> = (String, &'p str, Node<'t>, Option<Node<'t>>);

/// What stands in parentheses.
fn unwrapped(mut node: Node<'_>) -> Node<'_> {
    while let ("parenthesized_expression" | "condition_clause", Some(inner), 1) =
        (node.kind(), node.named_child(0), node.named_child_count())
    {
        node = inner;
    }
    node
}

#[cfg(test)]
mod tests;

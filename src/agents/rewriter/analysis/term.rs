//! A syntax tree boiled down to what matters for matching: spelling variants of the same thing become one term.
//! Never keeps comments, parentheses, `const` or the `std::` prefix, and never looks at meaning.

use std::ops::Range;
use std::sync::LazyLock;

use tree_sitter::{Language, Node, Parser};

/// The grammar, kept for good so that its words for kinds of nodes are too.
static CPP: LazyLock<Language> = LazyLock::new(|| tree_sitter_cpp::LANGUAGE.into());

/// Deeper trees than this are not worth a rewrite (and are likely hostile).
const DEPTH: usize = 160;
/// Longer texts are left alone.
const BYTES: usize = 256 * 1024;

/// A node of the normalised tree. Equality ignores where it stands.
#[derive(Debug, Clone)]
pub(crate) struct Term {
    /// The grammar's name of the node, or one of ours (`block`, `assign`, `expr`).
    pub kind: &'static str,
    /// The operator of an expression that has one.
    pub op: &'static str,
    /// The text of a leaf.
    pub leaf: String,
    /// Named children.
    pub kids: Vec<Term>,
    /// Bytes it covers in the source.
    pub range: Range<usize>,
}

impl PartialEq for Term {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind
            && self.op == other.op
            && self.leaf == other.leaf
            && self.kids == other.kids
    }
}

impl Term {
    /// Calls `see` for this term and every one below, parents first.
    pub(crate) fn walk<'t>(&'t self, see: &mut impl FnMut(&'t Term)) {
        see(self);
        for kid in &self.kids {
            kid.walk(see);
        }
    }

    /// This term and all below for which `wanted` holds, parents first.
    pub(crate) fn all(&self, wanted: impl Fn(&Term) -> bool) -> Vec<&Term> {
        let mut found = Vec::new();
        self.walk(&mut |t| {
            if wanted(t) {
                found.push(t);
            }
        });
        found
    }

    /// Whether the name occurs in it as a variable or function.
    pub(crate) fn mentions(&self, name: &str) -> bool {
        (self.kind == "identifier" && self.leaf == name)
            || self.kids.iter().any(|k| k.mentions(name))
    }

    /// Whether any term below (or this) is of the kind.
    pub(crate) fn has(&self, kind: &str) -> bool {
        self.kind == kind || self.kids.iter().any(|k| k.has(kind))
    }

    /// The name, if it is nothing but one.
    pub(crate) fn name(&self) -> Option<&str> {
        (self.kind == "identifier").then_some(self.leaf.as_str())
    }

    /// The called function's bare name and its arguments.
    pub(crate) fn call(&self) -> Option<(&str, &[Term])> {
        if self.kind != "call_expression" || self.kids.len() != 2 {
            return None;
        }
        Some((self.kids[0].name()?, &self.kids[1].kids))
    }

    /// Object, method and arguments of `object.method(…)`.
    pub(crate) fn method(&self) -> Option<(&Term, &str, &[Term])> {
        let callee = self.kids.first()?;
        if self.kind != "call_expression" || callee.kind != "field_expression" {
            return None;
        }
        Some((
            callee.kids.first()?,
            callee.kids.get(1)?.leaf.as_str(),
            &self.kids.get(1)?.kids,
        ))
    }

    /// Array and index of `array[index]`.
    pub(crate) fn subscript(&self) -> Option<(&Term, &Term)> {
        (self.kind == "subscript_expression" && self.kids.len() == 2)
            .then(|| (&self.kids[0], &self.kids[1]))
    }
}

/// Parses and normalises; `None` when the text is not well-formed C++ or beyond our bounds.
pub(crate) fn parse(text: &str) -> Option<Term> {
    if text.len() > BYTES {
        return None;
    }
    let mut parser = Parser::new();
    parser.set_language(&CPP).ok()?;
    let tree = parser.parse(text, None)?;
    let root = tree.root_node();
    if root.has_error() {
        return None;
    }
    normal(root, text, 0)
}

fn word(node: Node<'_>) -> &'static str {
    CPP.node_kind_for_id(node.kind_id()).unwrap_or("")
}

fn normal(node: Node<'_>, text: &str, depth: usize) -> Option<Term> {
    if depth > DEPTH {
        return None;
    }
    let range = node.byte_range();
    let mut kids = Vec::new();
    for index in 0..node.named_child_count() {
        let Some(child) = node.named_child(index as u32) else {
            continue;
        };
        if matches!(child.kind(), "comment" | "type_qualifier") {
            continue;
        }
        let field = node.field_name_for_named_child(index as u32);
        let mut kid = normal(child, text, depth + 1)?;
        if field == Some("update") || node.kind() == "expression_statement" {
            kid = stepped(kid);
        }
        let is_body = matches!(field, Some("body" | "consequence"))
            && (node.kind().ends_with("_statement") || node.kind() == "for_range_loop")
            || node.kind() == "else_clause";
        if is_body && kid.kind != "block" {
            let range = kid.range.clone();
            kid = Term {
                kind: "block",
                op: "",
                leaf: String::new(),
                kids: vec![kid],
                range,
            };
        }
        kids.push(kid);
    }
    if matches!(
        node.kind(),
        "parenthesized_expression" | "condition_clause" | "subscript_argument_list"
    ) && kids.len() == 1
    {
        let mut kid = kids.pop()?;
        if node.kind() == "parenthesized_expression" {
            kid.range = range;
        }
        return Some(kid);
    }
    if node.kind() == "qualified_identifier"
        && kids.len() == 2
        && kids[0].kind == "namespace_identifier"
        && kids[0].leaf == "std"
    {
        let mut kid = kids.pop()?;
        kid.range = range;
        return Some(kid);
    }
    let leaf = if kids.is_empty() && node.kind() != "compound_statement" {
        text.get(range.clone())?.trim().to_owned()
    } else {
        String::new()
    };
    let op = node.child_by_field_name("operator").map_or("", word);
    let kind = match word(node) {
        "compound_statement" => "block",
        "expression_statement" => "expr",
        "assignment_expression" => "assign",
        other => other,
    };
    Some(canonical(Term {
        kind,
        op,
        leaf,
        kids,
        range,
    }))
}

/// `i++` and `++i` whose value nobody uses.
fn stepped(mut term: Term) -> Term {
    if term.kind == "update_expression" && term.kids.len() == 1 {
        term.op = if term.op == "++" { "+=" } else { "-=" };
        term.kind = "assign";
        let range = term.range.clone();
        term.kids.push(Term {
            kind: "number_literal",
            op: "",
            leaf: "1".to_owned(),
            kids: Vec::new(),
            range,
        });
    }
    term
}

fn canonical(mut term: Term) -> Term {
    match term.kind {
        "binary_expression" if matches!(term.op, ">" | ">=") && term.kids.len() == 2 => {
            term.kids.swap(0, 1);
            term.op = if term.op == ">" { "<" } else { "<=" };
        }
        "assign" if term.op == "=" && term.kids.len() == 2 => {
            let (left, right) = (&term.kids[0], &term.kids[1]);
            if right.kind == "binary_expression" && right.kids.len() == 2 && right.kids[0] == *left
            {
                let op = match right.op {
                    "+" => "+=",
                    "-" => "-=",
                    "*" => "*=",
                    "/" => "/=",
                    _ => return term,
                };
                let rest = right.kids[1].clone();
                term.op = op;
                term.kids[1] = rest;
            }
        }
        "number_literal" => {
            let plain = term.leaf.trim_end_matches(|c: char| "uUlLfFzZ".contains(c));
            if let (false, Ok(value)) = (term.leaf.starts_with("0x"), plain.parse::<f64>()) {
                term.leaf = format!("{value}");
            }
        }
        // `std::vector<int> v(n);` reads as a function wherever `n` could be a type
        "function_declarator" => {
            let [_, list] = term.kids.as_slice() else {
                return term;
            };
            let bare = |p: &Term| {
                p.kind == "parameter_declaration"
                    && p.kids.len() == 1
                    && p.kids[0].kind == "type_identifier"
            };
            if list.kind == "parameter_list" && !list.kids.is_empty() && list.kids.iter().all(bare)
            {
                let list = &mut term.kids[1];
                list.kind = "argument_list";
                for kid in &mut list.kids {
                    if let Some(mut name) = kid.kids.pop() {
                        name.kind = "identifier";
                        *kid = name;
                    }
                }
                term.kind = "init_declarator";
            }
        }
        "type_identifier" if term.leaf == "size_t" => term.kind = "primitive_type",
        _ => {}
    }
    term
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spelling_variants_are_one_term() {
        let one = parse("void f() { for (std::size_t i = 0; i < n; i++) a[i] = (a[i] + 2.0); }");
        let two = parse("void f() { for (size_t i = 0; n > i; ++i) { a[i] += 2; } }");
        assert!(one.is_some());
        assert_eq!(one, two);
    }

    #[test]
    fn what_does_not_parse_or_is_too_deep_is_left_alone() {
        assert_eq!(parse("void f( {"), None);
        assert_eq!(
            parse(&format!("int x = {}1{};", "(".repeat(400), ")".repeat(400))),
            None
        );
    }
}

//! The pieces of a flat text: what is declared at namespace level, and every function with a body, wherever it stands.
//! Reads C and C++ with tree-sitter; what it cannot parse it passes over, the compiler has the last word.

use std::ops::Range;

use tree_sitter::{Node, Parser, Tree};

use super::IntakeError;

mod declarators;

use declarators::split_scope;
pub(super) use declarators::{declared, inner_declarator, is_function};

/// What a piece is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// An `#include` of a system header.
    Include,
    /// A macro.
    Define,
    /// `#undef`.
    Undef,
    /// A using directive or declaration, or a namespace alias.
    Using,
    /// A type or an alias of one.
    Type,
    /// A function with its body.
    Function,
    /// A function's announcement.
    Prototype,
    /// A variable or constant.
    Variable,
}

/// A piece at namespace level.
#[derive(Debug, Clone)]
pub(super) struct Item {
    pub kind: Kind,
    /// The names it declares, unqualified; enumerators among them.
    pub names: Vec<String>,
    /// The class it belongs to, for members that are defined outside.
    pub class: Option<String>,
    /// Namespaces around it, outermost first; an anonymous one is empty.
    pub scope: Vec<String>,
    pub span: Range<usize>,
}

/// A function with a body, wherever it stands.
#[derive(Debug, Clone)]
pub(super) struct Function {
    /// Namespaces and classes around it.
    pub scope: Vec<String>,
    /// How many of them, at the end, are classes.
    pub classes: usize,
    pub name: String,
    /// The definition, without `template <…>`.
    pub span: Range<usize>,
    /// The body, braces included.
    pub body: Range<usize>,
    /// The `<…>` of the template it is, if it is one.
    pub template: Option<Range<usize>>,
    /// Whether its class is a template.
    pub in_template: bool,
}

impl Function {
    /// `ns::Class::name`.
    pub(crate) fn path(&self) -> String {
        let mut parts: Vec<&str> = self
            .scope
            .iter()
            .filter(|part| !part.is_empty())
            .map(String::as_str)
            .collect();
        parts.push(&self.name);
        parts.join("::")
    }
}

/// A parsed text.
#[derive(Debug)]
pub(super) struct Parsed<'a> {
    pub text: &'a str,
    pub tree: Tree,
    pub items: Vec<Item>,
    pub functions: Vec<Function>,
}

/// Parses C++ (and C as such).
pub(super) fn tree(text: &str) -> Result<Tree, IntakeError> {
    let broken = || IntakeError::new("the parser for C++ does not start", "report this defect");
    let mut parser = Parser::new();
    parser
        .set_language(&tree_sitter_cpp::LANGUAGE.into())
        .map_err(|_| broken())?;
    parser.parse(text, None).ok_or_else(broken)
}

impl<'a> Parsed<'a> {
    /// Takes a text apart.
    pub(crate) fn new(text: &'a str) -> Result<Self, IntakeError> {
        let tree = tree(text)?;
        let mut found = Found {
            text,
            items: Vec::new(),
            functions: Vec::new(),
        };
        let around = Around::default();
        found.level(tree.root_node(), &around);
        let (items, functions) = (found.items, found.functions);
        Ok(Self {
            text,
            tree,
            items,
            functions,
        })
    }

    /// The text of a range.
    pub(crate) fn slice(&self, range: &Range<usize>) -> &'a str {
        self.text.get(range.clone()).unwrap_or("")
    }

    /// The node of this kind that spans exactly `range`.
    pub(crate) fn node(&self, range: &Range<usize>, kind: &str) -> Option<Node<'_>> {
        let root = self.tree.root_node();
        let mut node = root.descendant_for_byte_range(range.start, range.end)?;
        while node.byte_range() == *range {
            if node.kind() == kind {
                return Some(node);
            }
            node = node.parent()?;
        }
        None
    }
}

/// What stands around a piece.
#[derive(Debug, Clone, Default)]
struct Around {
    scope: Vec<String>,
    classes: usize,
    template: Option<Range<usize>>,
    in_template: bool,
    /// The whole template declaration, for items.
    whole: Option<Range<usize>>,
    /// How many of them there are.
    depth: usize,
}

/// Deeper than this in each other nothing is looked for: no such code is written by people, and the stack is finite.
const DEPTH: usize = 200;

impl Around {
    /// One level further in; `None`: deeper than we look.
    fn deeper(&self) -> Option<Self> {
        (self.depth < DEPTH).then(|| Self {
            depth: self.depth + 1,
            ..self.clone()
        })
    }

    fn within(&self, name: String, classes: usize) -> Self {
        let mut scope = self.scope.clone();
        // `namespace a::b {` opens both.
        scope.extend(name.split("::").map(|part| part.trim().to_owned()));
        Self {
            scope,
            classes: self.classes + classes,
            in_template: self.in_template || (classes > 0 && self.template.is_some()),
            depth: self.depth,
            ..Self::default()
        }
    }
}

struct Found<'a> {
    text: &'a str,
    items: Vec<Item>,
    functions: Vec<Function>,
}

impl Found<'_> {
    fn text(&self, node: Node<'_>) -> String {
        self.text.get(node.byte_range()).unwrap_or("").to_owned()
    }

    fn level(&mut self, node: Node<'_>, around: &Around) {
        let Some(around) = &around.deeper() else {
            return;
        };
        let mut cursor = node.walk();
        let children: Vec<Node<'_>> = node.children(&mut cursor).collect();
        for child in children {
            self.piece(child, around);
        }
    }

    fn piece(&mut self, node: Node<'_>, around: &Around) {
        match node.kind() {
            "namespace_definition" => {
                let name = node.child_by_field_name("name").map(|name| self.text(name));
                if let Some(body) = node.child_by_field_name("body") {
                    self.level(body, &around.within(name.unwrap_or_default(), 0));
                }
            }
            "linkage_specification" => {
                if let Some(body) = node.child_by_field_name("body") {
                    if body.kind() == "declaration_list" {
                        self.level(body, around);
                    } else {
                        self.piece(body, around);
                    }
                }
            }
            "template_declaration" => {
                let Some(around) = around.deeper() else {
                    return;
                };
                let inner = Around {
                    template: node
                        .child_by_field_name("parameters")
                        .map(|parameters| parameters.byte_range()),
                    whole: around.whole.clone().or(Some(node.byte_range())),
                    ..around.clone()
                };
                let mut cursor = node.walk();
                let children: Vec<Node<'_>> = node.named_children(&mut cursor).collect();
                for child in children {
                    if child.kind() != "template_parameter_list" {
                        self.piece(child, &inner);
                    }
                }
            }
            "ERROR" | "preproc_if" | "preproc_ifdef" | "preproc_else" => self.level(node, around),
            "function_definition" => self.function(node, around),
            "preproc_include" => self.push(Kind::Include, Vec::new(), None, node, around),
            "preproc_def" | "preproc_function_def" => {
                let names = node.child_by_field_name("name").map(|name| self.text(name));
                self.push(
                    Kind::Define,
                    names.into_iter().collect(),
                    None,
                    node,
                    around,
                );
            }
            "preproc_call" => {
                let words = self.text(node);
                if let Some(name) = words.trim_start().strip_prefix("#undef") {
                    self.push(
                        Kind::Undef,
                        vec![name.trim().to_owned()],
                        None,
                        node,
                        around,
                    );
                }
            }
            "using_declaration" | "namespace_alias_definition" => {
                self.push(Kind::Using, Vec::new(), None, node, around);
            }
            "alias_declaration" | "type_definition" => {
                let mut names: Vec<String> = Vec::new();
                if let Some(name) = node.child_by_field_name("name") {
                    names.push(self.text(name));
                }
                let mut cursor = node.walk();
                for declarator in node.children_by_field_name("declarator", &mut cursor) {
                    names.extend(declared(declarator, self.text));
                }
                if let Some(inner) = node.child_by_field_name("type") {
                    self.names_of_type(inner, &mut names);
                }
                self.push(Kind::Type, names, None, node, around);
            }
            "struct_specifier" | "class_specifier" | "union_specifier" | "enum_specifier" => {
                let mut names = Vec::new();
                self.names_of_type(node, &mut names);
                self.push(Kind::Type, names, None, node, around);
                self.class(node, around);
            }
            "declaration" => self.declaration(node, around),
            _ => {}
        }
    }

    /// The functions with a body in a class.
    fn class(&mut self, node: Node<'_>, around: &Around) {
        let (Some(name), Some(body)) = (
            node.child_by_field_name("name"),
            node.child_by_field_name("body"),
        ) else {
            return;
        };
        let inner = around.within(self.text(name), 1);
        self.members(body, &inner);
    }

    fn members(&mut self, body: Node<'_>, around: &Around) {
        let Some(around) = &around.deeper() else {
            return;
        };
        let mut cursor = body.walk();
        let children: Vec<Node<'_>> = body.named_children(&mut cursor).collect();
        for child in children {
            match child.kind() {
                "function_definition" => self.method(child, around),
                "template_declaration" => {
                    let inner = Around {
                        template: child
                            .child_by_field_name("parameters")
                            .map(|parameters| parameters.byte_range()),
                        ..around.clone()
                    };
                    self.members(child, &inner);
                }
                "struct_specifier" | "class_specifier" => self.class(child, around),
                "field_declaration" => {
                    if let Some(inner) = child.child_by_field_name("type") {
                        self.class(inner, around);
                    }
                }
                _ => {}
            }
        }
    }

    fn method(&mut self, node: Node<'_>, around: &Around) {
        if let Some((name, body)) = self.named_with_body(node) {
            self.functions.push(Function {
                scope: around.scope.clone(),
                classes: around.classes,
                name,
                span: node.byte_range(),
                body,
                template: around.template.clone(),
                in_template: around.in_template,
            });
        }
    }

    fn named_with_body(&self, node: Node<'_>) -> Option<(String, Range<usize>)> {
        let body = node
            .child_by_field_name("body")
            .filter(|body| body.kind() == "compound_statement")?;
        let declarator = node.child_by_field_name("declarator")?;
        let name = declared(declarator, self.text).pop()?;
        Some((name, body.byte_range()))
    }

    fn function(&mut self, node: Node<'_>, around: &Around) {
        // `struct X {…} f() {…}`: rare enough to leave to the compiler.
        let Some((name, body)) = self.named_with_body(node) else {
            return;
        };
        let mut parts: Vec<String> = split_scope(&name);
        let own = parts.pop().unwrap_or_default();
        let class = parts.last().cloned();
        let known = |class: &String| {
            self.items
                .iter()
                .any(|item| item.kind == Kind::Type && item.names.contains(class))
        };
        let classes = usize::from(class.as_ref().is_some_and(known));
        let mut scope = around.scope.clone();
        scope.extend(parts);
        let names = vec![own.clone()];
        let owner = class.filter(|_| classes > 0);
        self.push(Kind::Function, names, owner, node, around);
        self.functions.push(Function {
            scope,
            classes,
            name: own,
            span: node.byte_range(),
            body,
            template: around.template.clone(),
            in_template: around.in_template,
        });
    }

    fn declaration(&mut self, node: Node<'_>, around: &Around) {
        let mut names = Vec::new();
        let mut announces = false;
        let mut cursor = node.walk();
        for declarator in node.children_by_field_name("declarator", &mut cursor) {
            announces |= is_function(declarator);
            names.extend(declared(declarator, self.text));
        }
        if let Some(inner) = node.child_by_field_name("type") {
            self.names_of_type(inner, &mut names);
        }
        let kind = if announces {
            Kind::Prototype
        } else {
            Kind::Variable
        };
        let mut class = None;
        for name in &mut names {
            let mut parts = split_scope(name);
            if let Some(own) = parts.pop() {
                class = class.or_else(|| parts.pop());
                *name = own;
            }
        }
        self.push(kind, names, class, node, around);
    }

    /// The name of a type and its enumerators.
    fn names_of_type(&self, node: Node<'_>, names: &mut Vec<String>) {
        if !node.kind().ends_with("_specifier") {
            return;
        }
        // Only a body makes `struct X` a definition of X.
        let Some(body) = node.child_by_field_name("body") else {
            if node
                .parent()
                .is_none_or(|p| p.kind() == "translation_unit" || p.kind() == "declaration_list")
                && let Some(name) = node.child_by_field_name("name")
            {
                names.push(self.text(name));
            }
            return;
        };
        if let Some(name) = node.child_by_field_name("name") {
            let name = self.text(name);
            // A specialisation goes with its template.
            names.push(name.split('<').next().unwrap_or("").trim().to_owned());
        }
        if node.kind() == "enum_specifier" {
            let mut cursor = body.walk();
            for enumerator in body.named_children(&mut cursor) {
                names.extend(enumerator.child_by_field_name("name").map(|n| self.text(n)));
            }
        }
    }

    fn push(
        &mut self,
        kind: Kind,
        names: Vec<String>,
        class: Option<String>,
        node: Node<'_>,
        around: &Around,
    ) {
        let mut span = around.whole.clone().unwrap_or_else(|| node.byte_range());
        // The parser leaves the `;` after a type outside of it.
        let rest = self.text.get(span.end..).unwrap_or("");
        let blank = rest.len() - rest.trim_start().len();
        if kind == Kind::Type && rest.trim_start().starts_with(';') {
            span.end += blank + 1;
        }
        self.items.push(Item {
            kind,
            names,
            class,
            scope: around.scope.clone(),
            span,
        });
    }
}

#[cfg(test)]
mod tests;

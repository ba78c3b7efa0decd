//! Whether a type that a candidate writes down again is the given one: the same data members in the same order, so that
//! both sides lay it out alike, whatever functions came with it. Never decides by names alone.

use std::collections::{BTreeMap, BTreeSet};

use tree_sitter::Node;

use super::tokens;

/// A type's parts, as far as they matter for laying it out and for using it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Members {
    /// `union`, or the same word for `struct` and `class`, and what it derives from.
    head: String,
    /// Data members in order: type and declarator.
    data: Vec<(String, String)>,
    /// What decides how a value is handed over: destructors, copying and moving constructors, virtual functions.
    handing: BTreeSet<String>,
    /// Other functions by name and parameters, with their text.
    functions: BTreeMap<String, String>,
}

/// What becomes of a type that is written down again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TypeChoice {
    /// The given one serves: there is nothing in the other that it has not.
    Given,
    /// The candidate's own serves: laid out alike, and it has all that the given one has.
    Own,
    /// The given one stays although the other differs; in words how.
    LeftOut(&'static str),
}

/// Which of the two serves.
pub(crate) fn choose(own: Option<&Members>, given: Option<&Members>) -> TypeChoice {
    let (Some(own), Some(given)) = (own, given) else {
        return TypeChoice::LeftOut("it is not the same");
    };
    if own.head != given.head || own.data != given.data {
        return TypeChoice::LeftOut("its data members are not the same in the same order");
    }
    if own.handing != given.handing {
        return TypeChoice::LeftOut(
            "a destructor, copying or moving constructor or virtual function changes how it is handed over",
        );
    }
    let same = |(name, text): (&String, &String)| given.functions.get(name) == Some(text);
    if own.functions.iter().all(same) {
        TypeChoice::Given
    } else if given
        .functions
        .keys()
        .all(|name| own.functions.contains_key(name))
    {
        TypeChoice::Own
    } else {
        TypeChoice::LeftOut("it lacks functions that the given one has")
    }
}

/// Text without what does not matter for what it means: blanks, comments and `std::`.
pub(crate) fn plain(text: &str) -> String {
    let tokens = tokens::read(text);
    let mut words: Vec<&str> = Vec::with_capacity(tokens.len());
    for token in &tokens {
        if token.text == "::" && words.last() == Some(&"std") {
            words.pop();
        } else {
            words.push(&token.text);
        }
    }
    words.join(" ")
}

/// The members of a `struct`, `class` or `union` with a body; `None` where they cannot be told from the text alone.
pub(crate) fn members(node: Node<'_>, source: &str) -> Option<Members> {
    let text = |node: Node<'_>| source.get(node.byte_range()).unwrap_or("");
    let body = node.child_by_field_name("body")?;
    let name = node.child_by_field_name("name").map_or("", text);
    let before = plain(source.get(node.start_byte()..body.start_byte())?);
    let head = before
        .split(' ')
        .filter(|word| !["struct", "class", name].contains(word))
        .collect::<Vec<_>>()
        .join(" ");
    let mut found = Members {
        head,
        data: Vec::new(),
        handing: BTreeSet::new(),
        functions: BTreeMap::new(),
    };
    let mut cursor = body.walk();
    for member in body.children(&mut cursor) {
        match member.kind() {
            "{"
            | "}"
            | ";"
            | ":"
            | "comment"
            | "access_specifier"
            | "friend_declaration"
            | "using_declaration"
            | "alias_declaration"
            | "type_definition"
            | "static_assert_declaration" => {}
            "field_declaration" | "declaration" if is_function(member) => {
                found.function(member, text(member), name)?;
            }
            "function_definition" | "template_declaration" => {
                found.function(member, text(member), name)?;
            }
            "field_declaration" => found.field(member, source)?,
            _ => return None,
        }
    }
    Some(found)
}

fn is_function(member: Node<'_>) -> bool {
    let mut node = member;
    // Declarators nest: pointers to what a function returns.
    for _ in 0..16 {
        match node.child_by_field_name("declarator") {
            Some(inner) if inner.kind() == "function_declarator" => {
                // `double (*f)(int)` is a pointer.
                return inner
                    .child_by_field_name("declarator")
                    .is_none_or(|named| named.kind() != "parenthesized_declarator");
            }
            Some(inner) => node = inner,
            None => {
                let mut cursor = node.walk();
                let reference = node
                    .named_children(&mut cursor)
                    .find(|child| child.kind() == "function_declarator");
                return reference.is_some();
            }
        }
    }
    false
}

impl Members {
    fn function(&mut self, member: Node<'_>, text: &str, name: &str) -> Option<()> {
        let end = member
            .child_by_field_name("body")
            .map_or(text.len(), |body| body.start_byte() - member.start_byte());
        let whole = plain(text);
        let head = plain(text.get(..end)?);
        let head = head
            .split(" = ")
            .next()
            .unwrap_or("")
            .trim_end_matches(" ;")
            .to_owned();
        let words: Vec<&str> = head.split(' ').collect();
        let parameters = words
            .iter()
            .position(|word| *word == "(")
            .map_or(&words[..0], |open| &words[open..]);
        let constructs = words
            .iter()
            .position(|word| *word == "(")
            .is_some_and(|open| open > 0 && words[open - 1] == name);
        let copies = constructs
            && parameters.contains(&name)
            && (parameters.contains(&"&") || parameters.contains(&"&&"));
        if words.contains(&"virtual") || words.contains(&"~") || copies {
            self.handing.insert(head);
        } else {
            self.functions.insert(head, whole);
        }
        Some(())
    }

    fn field(&mut self, member: Node<'_>, source: &str) -> Option<()> {
        let mut cursor = member.walk();
        if !cursor.goto_first_child() {
            return None;
        }
        let (mut kind, mut declared) = (String::new(), Vec::new());
        loop {
            let child = cursor.node();
            let text = plain(source.get(child.byte_range())?);
            match (cursor.field_name(), child.kind()) {
                (Some("declarator"), _) => declared.push(text),
                (Some("default_value"), _) | (_, "=" | "," | ";" | "comment") => {}
                (_, "bitfield_clause") => declared.last_mut()?.push_str(&text),
                (Some("type"), "struct_specifier" | "class_specifier" | "union_specifier")
                    if child.child_by_field_name("body").is_some() =>
                {
                    return None;
                }
                (None, "ERROR") => return None,
                _ if declared.is_empty() => {
                    kind.push_str(&text);
                    kind.push(' ');
                }
                _ => return None,
            }
            if !cursor.goto_next_sibling() {
                break;
            }
        }
        // What belongs to all values of the type takes no place in one.
        if !kind.split(' ').any(|word| word == "static") {
            let kind = kind.trim_end().replace("mutable ", "");
            self.data
                .extend(declared.into_iter().map(|name| (kind.clone(), name)));
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(source: &str) -> Option<Members> {
        let mut parser = tree_sitter::Parser::new();
        parser
            .set_language(&tree_sitter_cpp::LANGUAGE.into())
            .unwrap();
        let tree = parser.parse(source, None).unwrap();
        members(tree.root_node().child(0).unwrap(), source)
    }

    fn chosen(own: &str) -> TypeChoice {
        let given =
            "struct P { double x, y; int n[3]; double norm() const { return x * x + y * y; } };";
        choose(of(own).as_ref(), of(given).as_ref())
    }

    #[test]
    fn the_same_members_serve_in_any_spelling() {
        for own in [
            "struct P { double x, y; int n[3]; };",
            "struct P {\n  double x; /* across */\n  double y = 0;\n  int n [3]; };",
            "class P { public: double x; double y; int n[3]; static int all; };",
        ] {
            assert_eq!(chosen(own), TypeChoice::Given, "{own}");
        }
    }

    #[test]
    fn functions_of_its_own_are_kept_where_none_is_lacking() {
        let norm = "double norm() const { return x * x + y * y; }";
        for more in [
            "bool operator<(P const &o) const { return x < o.x; }",
            "P() {} P(double a, double b) : x(a), y(b) {}",
            "friend bool operator==(P a, P b); double &at(int i) { return i ? y : x; }",
            "static P zero() { return {}; } template <class T> T as() const { return T(x); }",
        ] {
            let own = format!("struct P {{ double x, y; int n[3]; {norm} {more} }};");
            assert_eq!(chosen(&own), TypeChoice::Own, "{own}");
        }
        let lacking = "struct P { double x, y; int n[3]; double sum() { return x + y; } };";
        assert!(matches!(chosen(lacking), TypeChoice::LeftOut(why) if why.contains("lacks")));
    }

    #[test]
    fn another_layout_or_way_of_handing_over_is_left_out() {
        for own in [
            "struct P { double y, x; int n[3]; };",
            "struct P { float x, y; int n[3]; };",
            "struct P { double x, y; int n[4]; };",
            "struct P { double x, y; int n[3]; int more; };",
            "struct P : Base { double x, y; int n[3]; };",
            "union P { double x, y; int n[3]; };",
            "struct alignas(32) P { double x, y; int n[3]; };",
            "struct P { double x, y; int n[3]; ~P() {} };",
            "struct P { double x, y; int n[3]; P(P const &o) : x(o.x) {} };",
            "struct P { double x, y; int n[3]; virtual void f() {} };",
            "struct P {\n#ifdef X\n double x;\n#endif\n double y; int n[3]; };",
            "struct P { struct { double x, y; } at; int n[3]; };",
            "struct P { double x : 3, y; int n[3]; };",
        ] {
            assert!(
                matches!(chosen(own), TypeChoice::LeftOut(_)),
                "{own}: {:?}",
                chosen(own)
            );
        }
    }
}

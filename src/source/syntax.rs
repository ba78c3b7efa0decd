//! The definitions in a file: by a parser for C, C++, Rust and Python, by lines for everything else. Pure; never panics,
//! whatever the text, and never says more of a file than its parser saw.

use std::ops::Range;

use tree_sitter::{Language, Node, Parser};

/// Languages whose files are parsed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tongue {
    /// C and C++.
    Cpp,
    /// Rust.
    Rust,
    /// Python.
    Python,
    /// Anything else.
    Other,
}

/// What is defined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// A function or method.
    Function,
    /// A type, constant or macro.
    Type,
}

/// A definition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    /// Its own name.
    pub name: String,
    /// The names of what it stands in, outermost first.
    pub within: Vec<String>,
    /// What it is.
    pub sort: Sort,
    /// All of it, decorations and attributes included.
    pub all: Range<usize>,
    /// Without its body.
    pub head: Range<usize>,
}

impl Definition {
    /// Whether `wanted` names it: its name, or the end of its path with `::` or `.` between.
    pub fn is_called(&self, wanted: &str) -> bool {
        let wanted: Vec<&str> = wanted
            .split("::")
            .flat_map(|part| part.split('.'))
            .filter(|part| !part.is_empty())
            .collect();
        let own: Vec<&str> = self
            .within
            .iter()
            .map(String::as_str)
            .chain([self.name.as_str()])
            .collect();
        !wanted.is_empty() && own.ends_with(&wanted)
    }

    /// Its path as one writes it.
    pub fn path(&self, tongue: Tongue) -> String {
        let between = match tongue {
            Tongue::Cpp | Tongue::Rust => "::",
            Tongue::Python | Tongue::Other => ".",
        };
        let parts: Vec<&str> = self
            .within
            .iter()
            .chain([&self.name])
            .map(String::as_str)
            .collect();
        parts.join(between)
    }
}

impl Tongue {
    /// By the language's name.
    pub fn of(language: &str) -> Self {
        match language {
            "c" | "c++" | "cpp" => Self::Cpp,
            "rust" => Self::Rust,
            "python" => Self::Python,
            _ => Self::Other,
        }
    }

    pub(super) fn grammar(self) -> Option<Language> {
        match self {
            Self::Cpp => Some(tree_sitter_cpp::LANGUAGE.into()),
            Self::Rust => Some(tree_sitter_rust::LANGUAGE.into()),
            Self::Python => Some(tree_sitter_python::LANGUAGE.into()),
            Self::Other => None,
        }
    }
}

/// The language of a file by its ending, in lower case.
pub fn language(path: &str) -> &'static str {
    let ending = path.rsplit('/').next().unwrap_or(path).rsplit_once('.');
    match ending.map_or("", |(_, ending)| ending) {
        "rs" => "rust",
        "py" | "pyx" | "pyi" => "python",
        "c" => "c",
        "cc" | "cpp" | "cxx" | "h" | "hh" | "hpp" | "hxx" | "ipp" | "inl" | "tpp" => "c++",
        "go" => "go",
        "js" | "mjs" | "cjs" | "jsx" => "javascript",
        "ts" | "tsx" | "mts" => "typescript",
        "java" => "java",
        "kt" => "kotlin",
        "cs" => "c#",
        "rb" => "ruby",
        "jl" => "julia",
        "f" | "f90" | "f95" | "f03" => "fortran",
        "zig" => "zig",
        "swift" => "swift",
        "hs" => "haskell",
        "ml" => "ocaml",
        "r" | "R" => "r",
        "lua" => "lua",
        "php" => "php",
        _ => "text",
    }
}

/// The definitions in a file, in order.
pub fn definitions(text: &str, tongue: Tongue) -> Vec<Definition> {
    let Some(grammar) = tongue.grammar() else {
        return Vec::new();
    };
    let mut parser = Parser::new();
    if parser.set_language(&grammar).is_err() {
        return Vec::new();
    }
    let Some(tree) = parser.parse(text, None) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    // An explicit stack: hostile text may nest deeper than ours.
    let mut open: Vec<(Node<'_>, Vec<String>)> = vec![(tree.root_node(), Vec::new())];
    while let Some((node, within)) = open.pop() {
        let mut inside = within.clone();
        if let Some((name, path, sort)) = defined(node, text, tongue) {
            let mut own = within.clone();
            own.extend(path);
            found.push(Definition {
                all: whole(node, text, tongue),
                head: head(node),
                within: own,
                name: name.clone(),
                sort,
            });
            inside.push(name);
        } else if let Some(name) = scope(node, text) {
            inside.push(name);
        }
        if inside.len() > 32 {
            continue;
        }
        let mut at = node.walk();
        for child in node.named_children(&mut at) {
            open.push((child, inside.clone()));
        }
    }
    found.sort_by_key(|definition| (definition.all.start, definition.all.end));
    found
}

fn words<'a>(node: Node<'_>, text: &'a str) -> &'a str {
    text.get(node.byte_range()).unwrap_or("")
}

fn field<'a>(node: Node<'_>, name: &str, text: &'a str) -> Option<&'a str> {
    node.child_by_field_name(name)
        .map(|child| words(child, text))
        .filter(|words| !words.is_empty())
}

/// What a node defines: its name, the path written before the name, what it is.
fn defined(node: Node<'_>, text: &str, tongue: Tongue) -> Option<(String, Vec<String>, Sort)> {
    let named = |sort| Some((field(node, "name", text)?.to_owned(), Vec::new(), sort));
    match (tongue, node.kind()) {
        (Tongue::Rust, "function_item") | (Tongue::Python, "function_definition") => {
            named(Sort::Function)
        }
        (
            Tongue::Rust,
            "struct_item" | "enum_item" | "union_item" | "type_item" | "trait_item" | "const_item"
            | "static_item" | "macro_definition",
        )
        | (Tongue::Python, "class_definition") => named(Sort::Type),
        (Tongue::Cpp, "function_definition") => {
            let mut declarator = node.child_by_field_name("declarator")?;
            while declarator.kind() != "function_declarator" {
                declarator = declarator
                    .child_by_field_name("declarator")
                    .or_else(|| declarator.named_child(0))?;
            }
            let full = field(declarator, "declarator", text)?;
            let mut parts: Vec<String> = full.split("::").map(|p| p.trim().to_owned()).collect();
            let name = parts.pop()?;
            Some((name, parts, Sort::Function))
        }
        (
            Tongue::Cpp,
            "struct_specifier" | "class_specifier" | "enum_specifier" | "union_specifier",
        ) => {
            node.child_by_field_name("body")?;
            named(Sort::Type)
        }
        (Tongue::Cpp, "alias_declaration" | "preproc_def" | "preproc_function_def") => {
            named(Sort::Type)
        }
        _ => None,
    }
}

/// The name of something that definitions stand in without being one itself.
fn scope(node: Node<'_>, text: &str) -> Option<String> {
    match node.kind() {
        "impl_item" => field(node, "type", text)
            .map(|name| name.split('<').next().unwrap_or(name).trim().to_owned()),
        "mod_item" | "namespace_definition" => field(node, "name", text).map(str::to_owned),
        _ => None,
    }
}

/// With what belongs to it before it.
fn whole(node: Node<'_>, text: &str, tongue: Tongue) -> Range<usize> {
    let mut first = node;
    if let Some(parent) = node.parent()
        && matches!(
            parent.kind(),
            "decorated_definition" | "template_declaration"
        )
    {
        first = parent;
    }
    let end = first.end_byte();
    while tongue == Tongue::Rust
        && let Some(before) = first.prev_named_sibling()
        && before.kind() == "attribute_item"
        && text
            .get(before.end_byte()..first.start_byte())
            .is_some_and(|gap| gap.trim().is_empty())
    {
        first = before;
    }
    first.start_byte()..end
}

fn head(node: Node<'_>) -> Range<usize> {
    let end = node
        .child_by_field_name("body")
        .map_or(node.end_byte(), |body| body.start_byte());
    node.start_byte()..end
}

/// A function in a language without a parser here: from the line that names it with a `(` behind, through its braces or
/// its indentation. `None` if no such line, or more than one, begins one.
pub fn by_lines(text: &str, name: &str) -> Option<Range<usize>> {
    let starts: Vec<usize> = text
        .match_indices(name)
        .filter(|(at, _)| {
            let before = text[..*at].chars().next_back();
            let after = text[at + name.len()..].trim_start();
            let word = |c: char| c.is_alphanumeric() || c == '_';
            before.is_none_or(|c| !word(c) && c != '.') && after.starts_with(['(', '<', '=', ':'])
        })
        .map(|(at, _)| text[..at].rfind('\n').map_or(0, |end| end + 1))
        .collect();
    let mut bodies: Vec<Range<usize>> = starts
        .into_iter()
        .filter_map(|start| body_from(text, start).map(|end| start..end))
        .collect();
    bodies.dedup();
    match bodies.as_slice() {
        [one] => Some(one.clone()),
        _ => None,
    }
}

/// The end of what begins at a line: its closing brace, or the last line indented more than it.
fn body_from(text: &str, start: usize) -> Option<usize> {
    let rest = &text[start..];
    let first = rest.split_inclusive('\n').next()?;
    let mut depth = 0_i64;
    for (at, c) in rest.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => {
                depth -= 1;
                if depth <= 0 {
                    let end = start + at + 1;
                    return Some(text[end..].find('\n').map_or(text.len(), |n| end + n + 1));
                }
            }
            ';' if depth == 0 => break,
            '\n' if depth == 0 && at > first.len() + 400 => break,
            _ => {}
        }
    }
    let margin = first.len() - first.trim_start().len();
    let mut end = start + first.len();
    for line in rest.split_inclusive('\n').skip(1) {
        let deeper = line.len() - line.trim_start().len() > margin;
        if !line.trim().is_empty() && !deeper {
            break;
        }
        end += line.len();
    }
    let body = &text[start + first.len()..end];
    (!body.trim().is_empty())
        .then_some(start + first.len() + body.trim_end().len() + 1)
        .map(|end| end.min(text.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(text: &str, tongue: Tongue) -> Vec<String> {
        definitions(text, tongue)
            .iter()
            .map(|d| d.path(tongue))
            .collect()
    }

    #[test]
    fn functions_are_found_where_they_stand() {
        let rust = "mod m { struct S; impl<T> S<T> { #[inline]\n fn f(&self) {} } }\nfn f() {}";
        assert_eq!(paths(rust, Tongue::Rust), ["m::S", "m::S::f", "f"]);
        let found = definitions(rust, Tongue::Rust);
        assert!(rust[found[1].all.clone()].starts_with("#[inline]"));
        assert!(
            found[1].is_called("S::f") && found[1].is_called("f") && !found[2].is_called("S::f")
        );
        let python = "class C:\n    @property\n    def f(self):\n        return 1\n";
        assert_eq!(paths(python, Tongue::Python), ["C", "C.f"]);
        let cpp = "namespace n { struct S { int g() { return 1; } }; }\ntemplate <class T> T n::h(T x) { return x; }";
        assert_eq!(paths(cpp, Tongue::Cpp), ["n::S", "n::S::g", "n::h"]);
        let found = definitions(cpp, Tongue::Cpp);
        assert!(cpp[found[2].all.clone()].starts_with("template"));
    }

    #[test]
    fn files_that_nest_without_end_are_read_on_a_small_stack() {
        let small = std::thread::Builder::new().stack_size(1 << 20);
        let reading = small.spawn(|| {
            for (piece, tongue) in [
                ("namespace a {", Tongue::Cpp),
                ("struct S {", Tongue::Cpp),
                ("int (", Tongue::Cpp),
                ("mod a {", Tongue::Rust),
                ("fn f() {", Tongue::Rust),
                ("(", Tongue::Python),
                ("class C: ", Tongue::Python),
            ] {
                let text = piece.repeat(3000);
                definitions(&text, tongue);
                by_lines(&text, "a");
            }
        });
        assert!(reading.unwrap().join().is_ok());
    }

    #[test]
    fn without_a_parser_braces_or_indentation_end_a_function() {
        let go =
            "func a() {\n}\nfunc sum(x []int) int {\n  if x { }\n  return 1\n}\nvar y = sum(z)\n";
        let at = by_lines(go, "sum").unwrap();
        assert_eq!(
            &go[at],
            "func sum(x []int) int {\n  if x { }\n  return 1\n}\n"
        );
        let lua = "function f(x)\n  return x\nend\n";
        assert_eq!(
            &lua[by_lines(lua, "f").unwrap()],
            "function f(x)\n  return x\n"
        );
        assert_eq!(by_lines(go, "none"), None);
    }
}

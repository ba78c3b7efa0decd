//! A function's head: return type, name and parameters, as the parser sees them. Pure.

use tree_sitter::Node;

use super::IntakeError;
use super::items::{Function, Parsed, declared, inner_declarator};
use super::strip_macros::LINKAGE;

/// What a declarator puts around a type, nearest to the name first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Layer {
    /// `*`, and whether what it points to may not be changed is told by the type itself.
    Pointer,
    /// `&`.
    Reference,
    /// `&&`.
    Moved,
    /// `[N]`, or `[]`.
    Array(String),
    /// A function, or anything we do not read.
    Other,
}

/// A parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Parameter {
    /// Its declaration without a default, as written.
    pub text: String,
    /// The type before the declarator, `const` included.
    pub base: String,
    pub layers: Vec<Layer>,
    /// Its name; empty if it has none.
    pub name: String,
}

impl Parameter {
    /// Whether what it refers or points to may not be changed.
    pub(crate) fn constant(&self) -> bool {
        // `const vector<int>` or `vector<int> const`, whatever stands between `<` and `>`.
        let outside = self.base.split('<').next().unwrap_or("");
        let after = self.base.rsplit('>').next().unwrap_or("");
        [outside, after]
            .iter()
            .any(|part| part.split_whitespace().any(|word| word == "const"))
    }
}

/// A head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Signature {
    /// The type it returns.
    pub returns: String,
    pub name: String,
    pub parameters: Vec<Parameter>,
    /// A `const` method.
    pub constant: bool,
    /// A `static` method.
    pub no_state: bool,
    pub noexcept: bool,
}

impl Signature {
    /// The signature on one line, under `name`, with `first` before its parameters.
    pub(crate) fn signature(&self, name: &str, first: Option<&str>) -> String {
        let parameters: Vec<&str> = first
            .into_iter()
            .chain(self.parameters.iter().map(|p| p.text.as_str()))
            .collect();
        let text = format!("{} {name}({})", self.returns, parameters.join(", "));
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

/// Reads a function's head.
pub(super) fn read(parsed: &Parsed<'_>, function: &Function) -> Result<Signature, IntakeError> {
    let lost = || {
        IntakeError::new(
            format!("the head of `{}` cannot be read", function.path()),
            "write it as RETURN NAME(PARAMETERS) without macros in it",
        )
    };
    let node = parsed
        .node(&function.span, "function_definition")
        .ok_or_else(lost)?;
    let text = |node: Node<'_>| parsed.slice(&node.byte_range());
    let declarator = node.child_by_field_name("declarator").ok_or_else(lost)?;
    let call = function_declarator(declarator).ok_or_else(lost)?;

    let mut returns: Vec<&str> = Vec::new();
    let mut no_state = false;
    let mut cursor = node.walk();
    for child in node.children(&mut cursor) {
        if child.start_byte() >= declarator.start_byte() {
            break;
        }
        let word = text(child).trim();
        no_state |= word == "static";
        let silent = LINKAGE.contains(&word)
            || child.is_error()
            || child.kind().starts_with("attribute")
            || child.kind().starts_with("ms_");
        if !silent {
            returns.push(word);
        }
    }
    // Pointers and references of the returned type are part of the declarator.
    let before = parsed.slice(&(declarator.start_byte()..call.start_byte()));
    let mut returns = format!("{} {}", returns.join(" "), before.trim());
    let mut constant = false;
    let mut noexcept = false;
    let mut cursor = call.walk();
    for child in call.children(&mut cursor) {
        match child.kind() {
            "type_qualifier" => constant |= text(child).trim() == "const",
            "noexcept" => noexcept = true,
            "trailing_return_type" => {
                returns = text(child)
                    .trim()
                    .trim_start_matches("->")
                    .trim()
                    .to_owned();
            }
            _ => {}
        }
    }
    let returns = returns.trim().to_owned();
    if returns.is_empty() {
        return Err(IntakeError::new(
            format!(
                "`{}` is a constructor, destructor or conversion",
                function.path()
            ),
            "take the function that does the work out of it, and name that",
        ));
    }
    if returns
        .split(|c: char| !(c.is_alphanumeric() || c == '_'))
        .any(|word| matches!(word, "auto" | "decltype"))
    {
        return Err(IntakeError::new(
            format!(
                "`{}` returns {returns}, which only its body tells",
                function.path()
            ),
            "write the type it returns instead",
        ));
    }
    let list = call.child_by_field_name("parameters").ok_or_else(lost)?;
    let mut parameters = Vec::new();
    let mut cursor = list.walk();
    for child in list.children(&mut cursor) {
        match child.kind() {
            "parameter_declaration" | "optional_parameter_declaration" => {
                parameters.push(parameter(parsed, child));
            }
            "..." | "variadic_parameter" | "variadic_parameter_declaration" => {
                return Err(IntakeError::new(
                    format!("`{}` takes any number of arguments", function.path()),
                    "write a function with fixed parameters around it, and name that",
                ));
            }
            _ => {}
        }
    }
    let nothing = |p: &Parameter| p.base.trim() == "void" && p.layers.is_empty();
    if parameters.len() == 1 && parameters.iter().all(nothing) {
        parameters.clear();
    }
    Ok(Signature {
        returns,
        name: function.name.clone(),
        parameters,
        constant,
        no_state,
        noexcept,
    })
}

pub(super) fn function_declarator(mut node: Node<'_>) -> Option<Node<'_>> {
    while node.kind() != "function_declarator" {
        node = inner_declarator(node)?;
    }
    Some(node)
}

/// Reads one parameter, or one field of a struct.
pub(super) fn parameter(parsed: &Parsed<'_>, node: Node<'_>) -> Parameter {
    let declarator = node.child_by_field_name("declarator");
    let end = match node.child_by_field_name("default_value") {
        Some(default) => {
            let before = parsed.slice(&(node.start_byte()..default.start_byte()));
            node.start_byte() + before.trim_end().trim_end_matches('=').trim_end().len()
        }
        None => node.end_byte(),
    };
    let base_end = declarator.map_or(end, |d| d.start_byte());
    let (name, layers) = declarator.map_or_else(Default::default, |d| shape(parsed, d));
    let one_line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    Parameter {
        text: one_line(parsed.slice(&(node.start_byte()..end))),
        base: one_line(parsed.slice(&(node.start_byte()..base_end))),
        layers,
        name,
    }
}

/// The name a declarator declares and what it puts around the type.
pub(super) fn shape(parsed: &Parsed<'_>, node: Node<'_>) -> (String, Vec<Layer>) {
    let mut layers = Vec::new();
    let mut at = Some(node);
    let mut name = String::new();
    while let Some(node) = at {
        match node.kind() {
            "pointer_declarator" | "abstract_pointer_declarator" => layers.push(Layer::Pointer),
            "reference_declarator" | "abstract_reference_declarator" => {
                let moved = parsed
                    .slice(&node.byte_range())
                    .trim_start()
                    .starts_with("&&");
                layers.push(if moved {
                    Layer::Moved
                } else {
                    Layer::Reference
                });
            }
            "array_declarator" | "abstract_array_declarator" => {
                let size = node
                    .child_by_field_name("size")
                    .map_or("", |size| parsed.slice(&size.byte_range()));
                layers.push(Layer::Array(size.trim().to_owned()));
            }
            "parenthesized_declarator" | "init_declarator" => {}
            "identifier" | "field_identifier" => {
                name = declared(node, parsed.text).pop().unwrap_or_default();
                break;
            }
            _ => layers.push(Layer::Other),
        }
        at = inner_declarator(node);
    }
    layers.reverse();
    (name, layers)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(text: &str) -> Result<Signature, String> {
        let blank = crate::strip_macros::blanked(text);
        let parsed = Parsed::new(&blank).unwrap();
        read(&parsed, parsed.functions.last().unwrap()).map_err(|error| error.what)
    }

    #[test]
    fn linkage_goes_and_the_type_stays() {
        for (text, signature) in [
            ("static inline int f(int a) { return a; }", "int f(int a)"),
            (
                "extern \"C\" const char *f(void) { return 0; }",
                "const char * f()",
            ),
            (
                "std::vector<int> const &a::f(int n = 3) noexcept { }",
                "std::vector<int> const & f(int n)",
            ),
            (
                "auto f(const double *x, size_t) -> double { return 0; }",
                "double f(const double *x, size_t)",
            ),
            (
                "#define API extern\nAPI unsigned long f(int a[3], int (&m)[2]) { }",
                "unsigned long f(int a[3], int (&m)[2])",
            ),
            ("[[nodiscard]] bool f() { return 1; }", "bool f()"),
        ] {
            let head = head(text).unwrap();
            assert_eq!(head.signature("f", None), signature, "{text}");
        }
    }

    #[test]
    fn layers_are_read_from_the_name_outwards() {
        let head = head("void f(const char *argv[], double (*m)[3], int &&r, std::vector<const int*> const &v, int **pp) {}").unwrap();
        let layers: Vec<Vec<Layer>> = head.parameters.iter().map(|p| p.layers.clone()).collect();
        use Layer::{Array, Moved, Pointer, Reference};
        assert_eq!(
            layers,
            [
                vec![Array(String::new()), Pointer],
                vec![Pointer, Array("3".to_owned())],
                vec![Moved],
                vec![Reference],
                vec![Pointer, Pointer],
            ]
        );
        let constant: Vec<bool> = head.parameters.iter().map(Parameter::constant).collect();
        assert_eq!(constant, [true, false, false, true, false]);
    }

    #[test]
    fn what_has_no_fixed_head_is_refused() {
        assert!(
            head("auto f(int a) { return a; }")
                .unwrap_err()
                .contains("only its body tells")
        );
        assert!(
            head("int f(const char *s, ...) { return 0; }")
                .unwrap_err()
                .contains("any number")
        );
        assert!(
            head("struct A { A(int a) { } };")
                .unwrap_err()
                .contains("constructor")
        );
    }
}

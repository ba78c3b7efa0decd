//! The functions of a file, to choose one from: what the parsers find, nothing where there is no parser. Pure.

use crate::source::syntax::{Sort, Tongue, definitions, language};

/// A function with a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedFunction {
    /// Its name with what it stands in, as one writes it.
    pub path: String,
    /// Its head on one line.
    pub head: String,
    /// Its first line, from 1.
    pub line: usize,
    /// Lines it has.
    pub lines: usize,
}

/// The functions in a file of this name with this text, in order.
pub fn functions(name: &str, text: &str) -> Vec<NamedFunction> {
    let tongue = Tongue::of(language(name));
    let count = |text: Option<&str>| text.unwrap_or("").matches('\n').count() + 1;
    let found = definitions(text, tongue).into_iter();
    let found = found.filter(|definition| definition.sort == Sort::Function);
    found
        .map(|definition| {
            let head = text.get(definition.head.clone()).unwrap_or("");
            let words: Vec<&str> = head.split_whitespace().collect();
            NamedFunction {
                path: definition.path(tongue),
                head: words.join(" "),
                line: count(text.get(..definition.all.start)),
                lines: count(text.get(definition.all.clone())),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_are_listed_with_what_they_stand_in() {
        let text = "namespace geo {\ntemplate <class T>\nT area(T a,\n       T b) {\n  return a * b;\n}\n}\nint main() { return 0; }\n";
        let found = functions("x.cpp", text);
        assert_eq!(
            found,
            [
                NamedFunction {
                    path: "geo::area".to_owned(),
                    head: "T area(T a, T b)".to_owned(),
                    line: 2,
                    lines: 5,
                },
                NamedFunction {
                    path: "main".to_owned(),
                    head: "int main()".to_owned(),
                    line: 8,
                    lines: 1,
                },
            ]
        );
        assert_eq!(
            functions("a.rs", "impl P { fn parse(&self) {} }")[0].path,
            "P::parse"
        );
        assert_eq!(functions("a.go", "func main() {}"), []);
    }
}

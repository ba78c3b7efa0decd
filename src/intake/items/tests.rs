//! Claims about the pieces of a text.

use super::*;

const TEXT: &str = "#include <vector>\n#define SQ(x) ((x) * (x))\nusing namespace std;\n\
    enum Color { red, green };\ntypedef struct { int a; } pair_t;\nstruct P { double x; double norm() const { return x; } };\n\
    static const int table[] = {1, 2};\nint later(int);\n\
    namespace a { namespace { template <class T> T twice(T v) { return v + v; } } int f(int x) { return x; } }\n\
    extern \"C\" { int g(const char *s) { return s[0]; } }\nint P::sum() { return 1; }\n";

#[test]
fn pieces_are_found_with_their_names_and_scopes() {
    let parsed = Parsed::new(TEXT).unwrap();
    let shown: Vec<String> = parsed
        .items
        .iter()
        .map(|item| {
            format!(
                "{:?} {} {}",
                item.kind,
                item.scope.join("/"),
                item.names.join(",")
            )
        })
        .collect();
    assert_eq!(
        shown,
        [
            "Include  ",
            "Define  SQ",
            "Using  ",
            "Type  Color,red,green",
            "Type  pair_t",
            "Type  P",
            "Variable  table",
            "Prototype  later",
            "Function a/ twice",
            "Function a f",
            "Function  g",
            "Function  sum",
        ]
    );
    let paths: Vec<String> = parsed.functions.iter().map(Function::path).collect();
    assert_eq!(paths, ["P::norm", "a::twice", "a::f", "g", "P::sum"]);
    assert!(parsed.functions[1].template.is_some());
    assert_eq!(parsed.items.last().unwrap().class.as_deref(), Some("P"));
}

#[test]
fn any_text_is_taken_apart_without_a_panic() {
    for text in [
        "",
        "}{",
        "namespace {",
        "template <",
        "int f(",
        "#define",
        "\u{0}\u{feff}",
        "struct;",
    ] {
        Parsed::new(text).unwrap();
    }
}

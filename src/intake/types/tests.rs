//! Claims about what types mean.

use super::*;

const TEXT: &str = "typedef unsigned char u8;\nusing word = std::uint32_t;\nenum class Color { red, green };\n\
    struct Point { double x, y; static int n; double norm() const; };\n\
    namespace g { template <class T> struct Vec { T x; std::vector<Point> all; }; typedef struct { int a[3]; Color c; } Row; }\n\
    struct Node { Node *next; };\nclass Made { public: Made(int); int a; };\ntypedef struct opaque *handle;\nstruct D : Point { float w; };\n";

fn seen(text: &str) -> (Type, Vec<String>) {
    let parsed = Parsed::new(TEXT).unwrap();
    let mut types = Types::new(&parsed, &[("T".to_owned(), "float".to_owned())]);
    (types.of(text), types.own.keys().cloned().collect())
}

#[test]
fn values_of_the_language_and_the_library_are_known() {
    let made = |grows| Type::Made { grows };
    for (text, expected) in [
        ("const unsigned long long", Type::Integer),
        ("u8", Type::Integer),
        ("word const", Type::Integer),
        ("char", Type::Char),
        ("T", Type::Real),
        ("std::vector<std::vector<double>>", made(true)),
        ("std::map<std::string, std::optional<int>>", made(true)),
        ("std::array<double, 3>", made(false)),
        ("std::pair<int, std::complex<float>>", made(false)),
        ("struct Point", made(false)),
        ("g::Vec<double>", made(true)),
        ("g::Row", made(false)),
        ("D", made(false)),
        ("Color", Type::Enum),
        ("std::span<const double>", Type::Span("double".to_owned())),
        ("handle", Type::Pointer),
    ] {
        assert_eq!(seen(text).0, expected, "{text}");
    }
}

#[test]
fn what_cannot_be_made_says_why() {
    for (text, why) in [
        ("Node", "`Node::next` is a pointer or reference"),
        ("Made", "`Made` cannot be made without arguments"),
        ("FILE", "another library"),
        ("std::vector<Node>", "pointer"),
    ] {
        match seen(text).0 {
            Type::Opaque(said) => assert!(said.contains(why), "{text}: {said}"),
            other => panic!("{text}: {other:?}"),
        }
    }
}

#[test]
fn own_types_are_collected_as_the_driver_spells_them() {
    assert_eq!(seen("std::vector<g::Vec<int>>").1, ["Point", "g::Vec<int>"]);
    assert_eq!(seen("g::Row").1, ["Color", "g::Row"]);
}

#[test]
fn a_struct_without_a_name_in_another_is_spelled_by_its_field() {
    let text = "struct Url { int port; struct { short off, len; } part[7]; };";
    let parsed = Parsed::new(text).unwrap();
    let mut types = Types::new(&parsed, &[]);
    assert_eq!(types.of("struct Url"), Type::Made { grows: false });
    let part = "std::remove_all_extents_t<decltype(Url::part)>";
    let Some(Own::Struct(members)) = types.own.get(part) else {
        panic!("{:?}", types.own);
    };
    assert_eq!(members, &["s.off", "s.len"]);
}

#[test]
fn macros_and_aliases_of_pointers_and_functions_are_seen_through() {
    let text = "#define FAR\n#define bytep unsigned char FAR *\ntypedef double Measure(int at, void *with);\n\
        typedef void (*Sink)(const char *text);\nusing Less = bool (*)(int, int);\ntypedef Sink Other;\n";
    let parsed = Parsed::new(text).unwrap();
    let types = Types::new(&parsed, &[]);
    let seen = types.seen_through(&Parameter {
        text: "const bytep p".to_owned(),
        base: "const bytep".to_owned(),
        layers: Vec::new(),
        name: "p".to_owned(),
    });
    assert_eq!(seen.base, "const unsigned char");
    assert_eq!(seen.layers, [Layer::Pointer]);
    for (name, declared) in [
        ("Measure", "double (*Measure)(int at, void *with)"),
        ("const Sink", "void (*Sink)(const char *text)"),
        ("Less", "bool (*)(int, int)"),
        ("Other", "void (*Sink)(const char *text)"),
    ] {
        assert_eq!(types.function_alias(name).as_deref(), Some(declared));
    }
    assert_eq!(types.function_alias("bytep"), None);
}

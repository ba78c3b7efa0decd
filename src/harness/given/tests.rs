//! Claims about what a candidate is given, and what it keeps of its own.

use super::*;

const ORIGINAL: &str = "#include <vector>\nstruct Point { double x; };\ntypedef unsigned long word;\n\
    constexpr int BINS = 4;\nstatic double half(double v) { return v / 2; }\n\
    static double quarter(double v) { return half(half(v)); }\n\
    template <class T> T twice(T v) { return v + v; }\n\
    /* the entry */\nvoid entry(std::vector<Point> &p) { p[0].x = quarter(BINS); }\n";

#[test]
fn everything_but_the_entry_is_given() {
    let unit = Original::new(ORIGINAL, "entry").unit("void entry(std::vector<Point> &p) {}\n");
    for kept in [
        "#include <vector>",
        "struct Point",
        "word;",
        "BINS = 4",
        "half(double v) {",
        "twice",
    ] {
        assert!(unit.given.contains(kept), "{kept} in {}", unit.given);
    }
    assert!(!unit.given.contains("entry"));
    assert_eq!(
        unit.entry.as_deref(),
        Some("void entry(std::vector<Point> &p)")
    );
}

#[test]
fn a_restated_type_gives_way_and_keeps_the_lines() {
    let source = "struct Point {\n  double x;\n};\nstruct Mine { int a; };\nvoid entry() {}\n";
    let unit = Original::new(ORIGINAL, "entry").unit(source);
    assert_eq!(
        unit.own.trim_start(),
        "struct Mine { int a; };\nvoid entry() {}\n"
    );
    assert_eq!(unit.own.lines().count(), source.lines().count());
    assert!(unit.given.contains("struct Point"));
}

#[test]
fn what_a_candidate_defines_is_not_given_but_announced_where_needed() {
    let source = "static double half(double v) { return v * 0.5; }\nconstexpr int BINS = 8;\nvoid entry() {}\n";
    let unit = Original::new(ORIGINAL, "entry").unit(source);
    assert!(
        unit.given.contains("static double half(double v);"),
        "{}",
        unit.given
    );
    assert!(!unit.given.contains("v / 2"));
    let seen_by_all = source.replace("static", "inline");
    let unit = Original::new(ORIGINAL, "entry").unit(&seen_by_all);
    assert!(unit.given.contains("inline double half(double v);"));
    assert!(!unit.given.contains("static double half"));
    assert!(!unit.given.contains("BINS"));
    assert!(unit.given.contains("quarter(double v) {"));
}

#[test]
fn what_stands_in_a_namespace_is_given_piece_by_piece() {
    let original = "namespace g { struct P { int x; }; }\nnamespace g { static int half(int v) { return v / 2; } }\n\
        namespace g {}\nusing namespace g;\nint entry(P p) { return half(p.x); }\n";
    let original = Original::new(original, "entry");
    let unit = original.unit("int entry(P p) { return p.x / 2; }");
    assert!(unit.given.contains("struct P") && unit.given.contains("half"));
    let unit = original.unit(
        "namespace g { struct P { int x; }; }\nnamespace g { static int half(int v) { return v >> 1; } }\nusing namespace g;\nint entry(P p) { return half(p.x); }",
    );
    assert!(unit.given.contains("struct P") && !unit.given.contains("half"));
    assert!(unit.given.contains("namespace g {}"));
    assert!(!unit.own.contains("struct P") && unit.own.contains("v >> 1"));
}

#[test]
fn functions_that_types_call_reach_the_driver() {
    let original = "static int half(int v) { return v / 2; }\nstatic int other() { return 1; }\nstruct P { int x; int y() { return half(x); } };\nint entry(P p) { return p.y(); }\n";
    let given = Original::new(original, "entry").for_driver("");
    assert!(given.contains("int half(int v) {") && !given.contains("other"));
}

#[test]
fn drivers_are_given_types_and_constants_only() {
    let given = Original::new(ORIGINAL, "entry").for_driver("struct Case { int n; };\n");
    assert!(given.contains("struct Point") && given.contains("BINS"));
    assert!(!given.contains("half") && !given.contains("entry") && !given.contains("twice"));
}

const POINTS: &str = "struct Point { double x, y; };\nstatic double far(Point a) { return a.x + a.y; }\n\
    double entry(std::vector<Point> const &p) { return far(p[0]); }\n";

#[test]
fn a_restated_type_with_functions_of_its_own_stays_where_nothing_given_needs_it() {
    let original = "struct Point { double x, y; };\ndouble entry(std::vector<Point> const &p) { return p[0].x; }\n";
    let own = "static bool less(double a, double b) { return a < b; }\n\
        struct Point { double x, y; bool operator<(Point const &o) const { return less(x, o.x); } };\n\
        double entry(std::vector<Point> const &p) { return p[0].x; }\n";
    let unit = Original::new(original, "entry").unit(own);
    assert_eq!(unit.own, own);
    assert!(!unit.given.contains("Point"), "{}", unit.given);
    assert_eq!(unit.left_out, Vec::<String>::new());
}

#[test]
fn it_goes_where_the_given_one_stood_if_something_given_needs_it() {
    let own = "// mine\nstruct Point {\n  double x, y;\n  Point operator-(Point o) const { return {x - o.x, y - o.y}; }\n};\n\
        double entry(std::vector<Point> const &p) { return far(p[0] - p[1]); }\n";
    let unit = Original::new(POINTS, "entry").unit(own);
    assert!(
        unit.given
            .starts_with("#line 2 \"candidate.cpp\"\nstruct Point {\n"),
        "{}",
        unit.given
    );
    assert!(unit.given.contains("operator-") && unit.given.contains("double far"));
    assert!(!unit.own.contains("operator-"));
    assert_eq!(unit.own.lines().count(), own.lines().count());
}

#[test]
fn what_is_left_out_although_it_differs_is_said() {
    let own = "struct Point {\n  float x, y;\n};\ndouble entry(std::vector<Point> const &p) { return p[0].x; }\n";
    let unit = Original::new(POINTS, "entry").unit(own);
    assert!(unit.given.contains("double x, y"));
    assert_eq!(
        unit.left_out,
        [
            "`Point` is given; your definition in lines 1-3 was left out, because its data members are not the same in the same order."
        ]
    );
    let tied = "static double own(double v) { return v; }\n\
        struct Point { double x, y; double f() const { return own(x); } };\n\
        double entry(std::vector<Point> const &p) { return far(p[0]); }\n";
    let unit = Original::new(POINTS, "entry").unit(tied);
    assert!(
        unit.left_out[0].contains("needs your code"),
        "{:?}",
        unit.left_out
    );
}

/// Text that nests without end, as a model that repeats itself writes it, or somebody who has read this.
fn nested() -> Vec<String> {
    let times = |piece: &str, count| piece.repeat(count);
    vec![
        format!("extern int {}deep;", times("*", 8000)),
        format!(
            "extern int {}deep{};",
            times("(", 100_000),
            times(")", 100_000)
        ),
        times("(", 100_000),
        times("{", 100_000),
        times("namespace a {", 3000),
        format!("{}{}", times("namespace a {", 3000), times("}", 3000)),
        times("template <class T> ", 3000),
        times("template <", 3000),
        times("a<", 3000),
        times("struct S { ", 3000),
        times("extern \"C\" {", 3000),
        format!("int {}x;", times("&", 8000)),
        format!("int x{};", times("[1]", 8000)),
        format!("int x = {}1;", times("-", 20_000)),
        format!("int x = 1{};", times(" + 1", 20_000)),
        format!("int x = {}1;", times("x ? x : ", 8000)),
        format!("using X = {}int;", times("a::", 8000)),
        format!("void f() {{ {} }}", times("if (x) ", 8000)),
        format!("void f() {{ {} }}", times("for (;;) ", 8000)),
        format!("auto x = {}", times("[] { return ", 3000)),
        format!("int f{};", times("(int (*)", 5000)),
        times("#if 1\n", 3000),
        times("[[", 5000),
    ]
}

#[test]
fn nothing_nests_deeper_than_the_stack_of_any_thread() {
    let small = std::thread::Builder::new().stack_size(1 << 20);
    let reading = small.spawn(|| {
        for text in nested() {
            let unit = Original::new(POINTS, "entry").unit(&text);
            assert_eq!(unit.own.len(), text.len());
            let _ = Original::new(&text, "entry").for_driver(&text);
            let _ = super::super::lint::check(&text);
            let _ = super::super::remarks::read(
                "candidate.cpp:1:1: missed: couldn't vectorize loop\n",
                &text,
            );
        }
    });
    assert!(reading.unwrap().join().is_ok());
}

//! The harness's readers of hostile text and bytes on random inputs. They must return, whatever they are given.

use super::{diagnostics, given, lint, objects, options, output, remarks, restated, watch};
use crate::domain::problem::{Mode, Standard, Tolerance};

// Each room tries its own readers, and rooms do not import each other.
#[allow(clippy::duplicate_mod)]
#[path = "../../tests/fuzz/mutator.rs"]
mod mutator;

const CPP: &[&str] = &[
    "namespace a {",
    "struct S { ",
    "template <class T> ",
    "*",
    "(",
    ")",
    "{",
    "}",
    "[[",
    "]]",
    "<",
    ">",
    "a<",
    "::",
    "extern \"C\" {",
    "operator",
    "typedef ",
    "using X = ",
    "#if 1\n",
    "#define X ",
    "#pragma GCC ",
    "_Pragma(\"",
    "R\"x(",
    ")x\"",
    "/*",
    "*/",
    "//",
    "\\\n",
    "'",
    "\"",
    "1'0",
    "%:",
    "<:",
    "??=",
    "__attribute__((",
    "optimize",
    "asm(\"",
    ".section",
    "if (x) ",
    "for (;;) ",
    "[&] { ",
    "? x : ",
    "-",
    "double x, y;",
    "struct Point {",
    "virtual ",
    "~Point();",
    "sum(std::vector<double> const &x)",
    "static ",
    "constexpr ",
    "...",
    "requires ",
    "co_await ",
    "\u{e9}",
    "\u{202e}",
];

fn text(input: &[u8]) -> String {
    String::from_utf8_lossy(input).into_owned()
}

#[test]
fn fuzz_given_items() {
    const ORIGINAL: &str = "#include <vector>\nstruct Point { double x, y; };\nusing word = unsigned long;\nnamespace g { struct P { int x; }; }\n\
        constexpr int BINS = 4;\nstatic double far(Point p) { return p.x + p.y; }\ndouble sum(std::vector<Point> const &x) { return far(x[0]); }\n";
    let original = given::Original::new(ORIGINAL, "sum");
    mutator::run("given", CPP, move |input| {
        let text = text(input);
        let unit = original.unit(&text);
        assert_eq!(unit.own.len(), text.len());
        assert_eq!(unit.own.matches('\n').count(), text.matches('\n').count());
        assert!(unit.left_out.len() <= 3);
        let own = given::Original::new(&text, "sum");
        let _ = own.for_driver(ORIGINAL);
        let _ = own.unit(ORIGINAL);
        let _ = restated::plain(&text);
        let _ = remarks::read(
            "candidate.cpp:3:1: missed: couldn't vectorize loop\n",
            &text,
        );
    });
}

#[test]
fn fuzz_lint() {
    mutator::run("lint", CPP, |input| {
        let _ = lint::check(&text(input));
        let _ = options::check_expanded(input);
    });
}

#[test]
fn fuzz_objects() {
    mutator::run(
        "object",
        &["\x7fELF", ".init_array", ".init", "_GLOBAL__sub_I_"],
        |input| {
            for mode in [Mode::Serial, Mode::Omp] {
                let _ = objects::check_object(input, mode);
                let _ = objects::check_shared(input, mode);
            }
            let _ = objects::may_set_mode(input);
            let _ = objects::sets_mode(input);
            let _ = (objects::defined(input), objects::undefined(input));
            let _ = output::compare(input, input, Tolerance::Exact);
            let _ = output::compare(&input[..input.len() / 2], input, Tolerance::Relative(1e-6));
            let _ = output::changed_mode(input, &input[input.len() / 2..]);
        },
    );
}

#[test]
fn fuzz_words_of_the_compiler() {
    let words = &[
        "__attribute__((",
        "optimize (\"Ofast\")",
        "))\n",
        "[candidate.cpp:1:1] {\n",
        "}\n",
        "{\n",
        "error:",
        "candidate.cpp:1:",
        "runtime error: ",
    ];
    mutator::run("diagnostics", words, |input| {
        let found = options::functions(input);
        let _ = options::check(&found, &found[..found.len() / 2]);
        let text = text(input);
        let kept = diagnostics::kept(&text, std::path::Path::new("/tmp/x"));
        assert!(kept.len() <= 4096);
        let message = diagnostics::message(&kept, Standard::Cpp17, Mode::Serial);
        assert!(message.chars().count() < 1000);
        assert!(!diagnostics::escaped(&text).contains(['\n', '\u{1b}', '\u{202e}']));
        let _ = remarks::read(&text, "void f() { for (;;) {} }\n");
        let _ = watch::understand(&text);
    });
}

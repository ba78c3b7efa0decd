//! Claims about what authors are told of code that is refused: the error itself, the remedy, and what they cannot know.

use lessonl::domain::evaluation::Evaluation;
use lessonl::domain::problem::Mode;

use super::harness::{Ready, SUM, SUM_DRIVER, SUM_ORIGINAL, problem, ready, ready_sum};

/// The entry with something before it.
fn with(before: &str) -> String {
    format!(
        "{before}\n{SUM} {{ double total = 0; for (double v : x) total += v; return total; }}\n"
    )
}

fn said(found: &Evaluation) -> (&str, &str) {
    match found {
        Evaluation::NotCompiled { message, .. } => ("", message),
        Evaluation::Rejected { rule, message } => (rule, message),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_remedy_is_named_where_options_are_changed() {
    let ready = ready_sum();
    for before in [
        "#pragma GCC optimize(\"O3,unroll-loops\")",
        "#pragma GCC target(\"avx2,fma\")",
        "__attribute__((target(\"avx2\"))) static double all(double v) { return v; }",
        "#define FAST optim\\\nize\n__attribute__((FAST(\"Ofast\")))",
    ] {
        let found = ready.outcome(&with(before));
        let (rule, message) = said(&found);
        assert_eq!(rule, "compiler_options", "{before}");
        assert!(
            message.contains("Leave it out") && message.contains("-march=native"),
            "{message}"
        );
    }
}

#[test]
fn pragmas_that_unroll_may_come_from_macros() {
    let ready = ready_sum();
    let unrolled = format!(
        "#define DO(x) _Pragma(#x)\n{SUM} {{ double total = 0;\n    DO(GCC unroll 4)\n    for (size_t i = 0; i < x.size(); ++i) total += x[i];\n    return total; }}\n"
    );
    let found = ready.outcome(&unrolled);
    assert!(found.measurement().is_some(), "{found:?}");
}

#[test]
fn the_standard_is_named_where_something_newer_was_used() {
    let ready = ready_sum();
    for before in [
        "#include <span>\nstatic std::span<double const> all(std::vector<double> const &x) { return x; }",
        "#include <coroutine>\n",
        "template <class T> concept Any = true;",
        "#include <format>\nstatic std::string text() { return std::format(\"x\"); }",
    ] {
        let found = ready.outcome(&with(before));
        let (_, message) = said(&found);
        assert!(
            message.contains("error") && message.contains("compiled as C++17"),
            "{message}"
        );
    }
}

#[test]
fn serial_mode_says_that_it_has_no_openmp() {
    let code = with("#include <omp.h>\nint threads() { return omp_get_max_threads(); }");
    let found = ready_sum().outcome(&code);
    let (_, message) = said(&found);
    assert!(
        message.starts_with("undefined reference to `omp_get_max_threads'"),
        "{message}"
    );
    assert!(message.contains("Serial mode has no OpenMP"), "{message}");
}

#[test]
fn the_message_is_the_error_wherever_it_stands() {
    let ready = ready_sum();
    for (before, part) in [
        ("asm(\"no_such_instruction\");", "no such instruction"),
        ("#include \"unit.cpp\"", "nested"),
        (
            "template <int N, class T> struct Deep { using t = typename Deep<N - 1, std::pair<T, T>>::t; };\n\
             template <class T> struct Deep<0, T> { using t = typename T::nothing; };\nDeep<12, int>::t deep;",
            "nothing",
        ),
    ] {
        let found = ready.outcome(&with(before));
        let (_, message) = said(&found);
        let small = message.to_lowercase();
        assert!(small.contains("error") && small.contains(part), "{message}");
        assert!(
            !message.contains("/lessonl-") && !message.contains("unit.cpp:("),
            "{message}"
        );
        assert!(message.chars().count() <= 400, "{message}");
    }
}

const NEAREST: &str = "double nearest(std::vector<Spot> const &x)";

fn spots() -> Ready {
    let original = format!(
        "struct Spot {{ double x, y; }};\nstatic double far(Spot const &a) {{ return a.x * a.x + a.y * a.y; }}\n\
         {NEAREST} {{ double best = 1e300; for (auto &a : x) best = std::min(best, far(a)); return best; }}\n"
    );
    let driver = "template <class C> void lessonl_members(C &c, Spot &s) { c(s.x); c(s.y); }\nstruct Case {\n    std::vector<Spot> x; double best = 0;\n    \
        void make(lessonl::Input &in) { x.resize(in.size); for (auto &s : x) s = {in.real(-1, 1), in.real(-1, 1)}; }\n    \
        void call() { best = nearest(x); }\n    template <class F> void fields(F &f) { f.input(\"x\", x); f.output(\"best\", best); }\n};\nLESSONL_PROBLEM(Case)\n";
    ready(problem(NEAREST, &original, driver, 5000), Mode::Serial)
}

#[test]
fn a_given_type_may_be_written_again_with_functions_of_its_own() {
    let ready = spots();
    let own = format!(
        "#include <algorithm>\nstruct Spot {{\n    double x, y;\n    double norm() const {{ return x * x + y * y; }}\n    \
         bool operator<(Spot const &o) const {{ return norm() < o.norm(); }}\n}};\n\
         {NEAREST} {{ return x.empty() ? 1e300 : far(*std::min_element(x.begin(), x.end())); }}\n"
    );
    let found = ready.outcome(&own);
    assert!(found.measurement().is_some(), "{found:?}");
    // Another layout is no given type; its author is told which lines were left out, and why.
    let other = own.replace("double x, y;", "float x, y;");
    let found = ready.outcome(&other);
    let (_, message) = said(&found);
    assert!(
        message.starts_with("`Spot` is given; your definition in lines 2-6 was left out"),
        "{message}"
    );
    assert!(
        message.contains("data members") && message.contains("error:"),
        "{message}"
    );
}

#[test]
fn text_that_nests_without_end_is_judged_on_any_thread() {
    let ready = ready(problem(SUM, SUM_ORIGINAL, SUM_DRIVER, 5000), Mode::Omp);
    let outcomes = std::thread::scope(|scope| {
        let small = std::thread::Builder::new().stack_size(1 << 20);
        let judging = small.spawn_scoped(scope, || {
            [
                format!("extern int {}deep;", "*".repeat(8000)),
                "namespace a{".repeat(3000),
                format!(
                    "int deep = {}1{};",
                    "(".repeat(100_000),
                    ")".repeat(100_000)
                ),
                "{".repeat(100_000),
                "template <class T, ".repeat(3000),
                "a<".repeat(3000),
            ]
            .map(|before| ready.outcome(&with(&before)))
        });
        judging.unwrap().join().unwrap()
    });
    for found in outcomes {
        let (rule, message) = said(&found);
        assert!(rule == "nesting" || rule.is_empty(), "{message}");
    }
}

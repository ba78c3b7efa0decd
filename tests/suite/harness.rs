//! Claims about the harness: what becomes of good, wrong, broken and hostile candidates.
#![allow(clippy::unwrap_used, clippy::panic)] // a test's own helpers may fail loudly

use std::path::PathBuf;
use std::sync::Arc;

use lessonl::domain::evaluation::{Evaluated, Evaluation};
use lessonl::domain::problem::{
    CheckRules, Kind, Mode, Problem, ProblemId, Sizes, Tolerance, Values,
};
use lessonl::harness::{Cancel, Harness, HarnessSettings, PreparedProblem};

pub(crate) const SUM: &str = "double sum(std::vector<double> const &x)";
pub(crate) const SUM_ORIGINAL: &str = r"
#include <vector>
struct Pair { double a, b; };
constexpr int ROUNDS = 20;
static double square(double v) { return v * v; }
/* Adds up the same numbers many times over. */
double sum(std::vector<double> const &x) {
    double total = 0;
    for (int round = 0; round < ROUNDS; ++round) {
        total = 0;
        for (size_t i = 0; i < x.size(); ++i) { volatile double v = x[i]; total += v; }
    }
    return total + 0 * square(0);
}
";
pub(crate) const SUM_DRIVER: &str = r#"
struct Case {
    std::vector<double> x; double total = 0;
    void make(lessonl::Input &in) { x = in.reals(in.size, -1, 1); }
    void call() { total = sum(x); }
    template <class F> void fields(F &f) { f.input("x", x); f.output("total", total); }
};
LESSONL_PROBLEM(Case)
"#;
/// A correct candidate whose work is a twentieth of the original's.
pub(crate) const SUM_FAST: &str = "double sum(std::vector<double> const &x) {\n    double total = 0;\n    for (double v : x) total += v;\n    return total;\n}\n";

const SORT_ORIGINAL: &str = r"
void order(std::vector<int> &v) {
    for (size_t i = 1; i < v.size(); ++i)
        for (size_t j = i; j > 0 && v[j - 1] > v[j]; --j) std::swap(v[j - 1], v[j]);
}
";
const SORT_DRIVER: &str = r#"
struct Case {
    std::vector<int> v;
    void make(lessonl::Input &in) { v = in.integers(in.size, -1000, 1000); }
    void call() { order(v); }
    template <class F> void fields(F &f) { f.inout("v", v); }
};
LESSONL_PROBLEM(Case)
"#;

const FILL_ORIGINAL: &str = r"
void scale(std::vector<double> const &x, std::vector<double> &y) {
    for (size_t i = 0; i < x.size(); ++i) y[i] = 2 * x[i];
}
";
const FILL_DRIVER: &str = r#"
struct Case {
    std::vector<double> x, y;
    void make(lessonl::Input &in) { x = in.reals(in.size, -1, 1); y.resize(in.size); }
    void call() { scale(x, y); }
    template <class F> void fields(F &f) { f.input("x", x); f.output("y", y); }
};
LESSONL_PROBLEM(Case)
"#;

const OMP_ORIGINAL: &str = r"
double total(std::vector<double> const &x) {
    double all = 0;
    #pragma omp parallel for reduction(+ : all)
    for (size_t i = 0; i < x.size(); ++i) all += x[i] * x[i];
    return all;
}
";
const OMP_DRIVER: &str = r#"
struct Case {
    std::vector<double> x; double all = 0;
    void make(lessonl::Input &in) { x = in.reals(in.size, -1, 1); }
    void call() { all = total(x); }
    template <class F> void fields(F &f) { f.input("x", x); f.output("all", all); }
};
LESSONL_PROBLEM(Case)
"#;

pub(crate) fn problem(entry: &str, original: &str, driver: &str, time: u64) -> Arc<Problem> {
    let rules = CheckRules {
        tolerance: Tolerance::Relative(1e-9),
        values: vec![Values::Any, Values::Exact, Values::Sorted, Values::Zeros],
        // Sums of squares stay whole in `double` at every size that is checked.
        exact_bits: 20,
    };
    Arc::new(Problem {
        id: ProblemId::new("test/one").unwrap(),
        kind: Kind::Function,
        standard: Default::default(),
        upstream: Default::default(),
        work: Default::default(),
        title: "A test".to_owned(),
        category: "test".to_owned(),
        description: String::new(),
        entry: entry.to_owned(),
        modes: vec![Mode::Serial, Mode::Omp],
        sizes: Sizes {
            check: vec![0, 1, 2, 7, 64],
            hidden: vec![3, 33, 257],
            time,
            time_omp: time,
        },
        check: rules,
        path: PathBuf::new(),
        original: original.to_owned(),
        driver: driver.to_owned(),
        limits: Vec::new(),
        version: "1".to_owned(),
    })
}

/// A harness on the built binary. Precompiled headers are kept between test runs; verdicts are avoided by `confirm`.
pub(crate) fn harness() -> Harness {
    Harness::open(HarnessSettings {
        runner: Some(env!("CARGO_BIN_EXE_lessonl").into()),
        cache: Some(format!("{}/lessonl", super::cli::CACHE).into()),
        ..HarnessSettings::default()
    })
    .unwrap()
}

/// A problem made ready, with its harness.
pub(crate) struct Ready {
    pub harness: Harness,
    pub prepared: PreparedProblem,
}

pub(crate) fn ready(problem: Arc<Problem>, mode: Mode) -> Ready {
    let harness = harness();
    let prepared = harness
        .prepare(problem, mode, &Cancel::default(), &|_| ())
        .unwrap();
    Ready { harness, prepared }
}

pub(crate) fn ready_sum() -> Ready {
    ready(problem(SUM, SUM_ORIGINAL, SUM_DRIVER, 20_000), Mode::Serial)
}

impl Ready {
    pub(crate) fn of(&self, source: &str) -> Evaluated {
        self.harness
            .confirm(&self.prepared, source, 42, &Cancel::default(), &|_| ())
    }

    pub(crate) fn outcome(&self, source: &str) -> Evaluation {
        self.of(source).evaluation
    }
}

#[test]
fn a_correct_candidate_with_less_work_is_measured_and_passes_every_gate() {
    let ready = ready_sum();
    let evaluated = ready.of(SUM_FAST);
    let Evaluation::Measured { measurement } = &evaluated.evaluation else {
        panic!("{evaluated:?}");
    };
    assert_eq!(measurement.verdict.word(), "faster", "{measurement:?}");
    assert!(measurement.launches.len() >= 2);
    let names: Vec<(&str, Option<bool>)> = evaluated
        .gates
        .iter()
        .map(|g| (g.name.as_str(), g.passed))
        .collect();
    let passed = [
        "differential",
        "hidden_sizes",
        "value_classes",
        "many_inputs",
        "exact_arithmetic",
        "inputs_unchanged",
        "deterministic",
        "sanitizers",
        "timed_outputs",
        "returned",
    ]
    .map(|name| (name, Some(true)));
    // A figure that surprises is looked into deeper; what a busy machine shows may be one.
    assert_eq!(names[..passed.len()], passed);
    assert!(
        names[passed.len()..]
            .iter()
            .all(|(name, passed)| *name == "deeper" && *passed == Some(true))
    );
}

#[test]
fn another_order_of_a_sum_that_cancels_is_right_and_a_coarser_one_is_not() {
    // Terms up to 10⁸ whose sum is about 1: the last digits of any order are noise.
    let driver = r#"
struct Case {
    std::vector<double> x; double total = 0;
    void make(lessonl::Input &in) {
        x = in.reals(in.size, -1e8, 1e8);
        for (size_t i = 0; i + 1 < x.size(); i += 2) x[i + 1] = (in.size > 8 ? 0.5 : 0.0) - x[i];
        std::sort(x.begin(), x.end());
    }
    void call() { total = sum(x); }
    template <class F> void fields(F &f) { f.input("x", x); f.output("total", total); }
};
LESSONL_PROBLEM(Case)
"#;
    let cancelling = problem(SUM, SUM_ORIGINAL, driver, 20_000);
    let ready = ready(cancelling, Mode::Serial);
    let reordered = "double sum(std::vector<double> const &x) {\n    double a = 0, b = 0;\n    size_t i = 0;\n    for (; i + 1 < x.size(); i += 2) { a += x[i]; b += x[i + 1]; }\n    for (; i < x.size(); ++i) a += x[i];\n    return a + b;\n}\n";
    let evaluated = ready.of(reordered);
    assert!(
        evaluated.evaluation.measurement().is_some(),
        "{evaluated:?}"
    );
    let coarse = reordered.replace("a += x[i]", "a += float(x[i])");
    let evaluation = ready.outcome(&coarse);
    assert!(
        matches!(evaluation, Evaluation::WrongAnswer { .. }),
        "{evaluation:?}"
    );
}

#[test]
fn the_original_itself_is_measured() {
    let ready = ready_sum();
    let evaluated = ready.of(SUM_ORIGINAL);
    assert!(
        evaluated.evaluation.measurement().is_some(),
        "{evaluated:?}"
    );
}

#[test]
fn in_place_and_parallel_problems_are_measured() {
    let sort = ready(
        problem(
            "void order(std::vector<int> &v)",
            SORT_ORIGINAL,
            SORT_DRIVER,
            2000,
        ),
        Mode::Serial,
    );
    let sorted = sort.of("void order(std::vector<int> &v) { std::sort(v.begin(), v.end()); }");
    assert_eq!(
        sorted.evaluation.verdict().map(|v| v.word()),
        Some("faster"),
        "{sorted:?}"
    );
    let entry = "double total(std::vector<double> const &x)";
    let omp = ready(problem(entry, OMP_ORIGINAL, OMP_DRIVER, 200_000), Mode::Omp);
    let evaluated = omp.of(OMP_ORIGINAL);
    assert!(
        evaluated.evaluation.measurement().is_some(),
        "{evaluated:?}"
    );
    let threads = omp.of("double total(std::vector<double> const &x) {\n\
         double half[2] = {0, 0}; size_t middle = x.size() / 2;\n\
         std::thread other([&] { for (size_t i = 0; i < middle; ++i) half[0] += x[i] * x[i]; });\n\
         for (size_t i = middle; i < x.size(); ++i) half[1] += x[i] * x[i];\n\
         other.join(); return half[0] + half[1]; }");
    assert!(threads.evaluation.measurement().is_some(), "{threads:?}");
}

/// Both products round alike, so their difference is 0; but where one is fused with the subtraction, its rounding is left.
const FUSED: &str = r"
long turns(std::vector<double> const &x, std::vector<double> const &y) {
    long left = 0;
    for (size_t i = 0; i < x.size(); ++i) left += x[i] * (2 * y[i]) - y[i] * (2 * x[i]) != 0;
    return left;
}
";
const FUSED_DRIVER: &str = r#"
struct Case {
    std::vector<double> x, y; long left = 0;
    void make(lessonl::Input &in) { x = in.reals(in.size, -1, 1); y = in.reals(in.size, -1, 1); }
    void call() { left = turns(x, y); }
    template <class F> void fields(F &f) { f.input("x", x); f.input("y", y); f.output("left", left); }
};
LESSONL_PROBLEM(Case)
"#;

#[test]
fn code_that_rounds_differently_where_threads_are_made_to_meet_has_no_race() {
    let entry = "long turns(std::vector<double> const &x, std::vector<double> const &y)";
    let ready = ready(problem(entry, FUSED, FUSED_DRIVER, 20_000), Mode::Omp);
    let evaluated = ready.of(FUSED);
    assert!(
        evaluated.evaluation.measurement().is_some(),
        "{evaluated:?}"
    );
    let gate = evaluated.gates.iter().find(|gate| gate.name == "races");
    let gate = gate.unwrap();
    assert_ne!(gate.passed, Some(false), "{gate:?}");
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("fma") {
        assert!(gate.detail.contains("rounds differently"), "{gate:?}");
    }
}

#[test]
fn a_wrong_answer_names_the_first_mismatch() {
    let ready = ready_sum();
    let Evaluation::WrongAnswer { mismatch } = ready.outcome("double sum(std::vector<double> const &x) { return x.size() > 2 ? 1e9 : x.empty() ? 0 : x[0] + (x.size() > 1 ? x[1] : 0); }") else {
        panic!("not a wrong answer");
    };
    assert_eq!(
        (
            mismatch.size,
            mismatch.hidden,
            mismatch.field.as_str(),
            mismatch.index
        ),
        // a size that agents may know, and not the hidden one at which it was seen first
        (7, false, "total", Some(0))
    );
    assert_eq!(mismatch.got, "1000000000.0");
}

#[test]
fn a_float_downgrade_fails_exact_arithmetic() {
    let evaluated = ready_sum().of(
        "double sum(std::vector<double> const &x) { long double t = 0; for (double v : x) t += v; \
         return x.size() < 8 ? (double)t : x.size() == 20000 ? (double)t : t * (1 + 1e-12); }",
    );
    assert_eq!(
        evaluated.evaluation.outcome().word(),
        "wrong_answer",
        "{evaluated:?}"
    );
    let gate = evaluated.gates.last().unwrap();
    assert_eq!(
        (gate.name.as_str(), gate.passed),
        ("exact_arithmetic", Some(false))
    );
}

#[test]
fn compiler_errors_carry_the_candidates_own_lines() {
    let ready = ready_sum();
    let Evaluation::NotCompiled {
        message,
        diagnostics,
    } = ready.outcome("// one\n// two\ndouble sum(std::vector<double> const &x) { return y; }\n")
    else {
        panic!("it compiled");
    };
    assert!(message.starts_with("candidate.cpp:3:"), "{message}");
    assert!(message.contains('y') && diagnostics.len() <= 4096);
}

#[test]
fn a_changed_signature_is_named() {
    let ready = ready_sum();
    for (source, found) in [
        (
            "double sum(std::vector<double> &x) { return 0; }",
            "`double sum(std::vector<double> &x)`",
        ),
        (
            "static double sum(std::vector<double> const &x) { return 0; }",
            "`static double sum",
        ),
        (
            "double add(std::vector<double> const &x) { return 0; }",
            "no function `sum`",
        ),
    ] {
        let Evaluation::NotCompiled { message, .. } = ready.outcome(source) else {
            panic!("{source} compiled");
        };
        assert!(
            message.contains(SUM) && message.contains(found),
            "{message}"
        );
    }
}

#[test]
fn restated_types_own_helpers_and_missing_includes_are_fine() {
    let ready = ready_sum();
    let source = "#include <iostream>\n#include <bits/stdc++.h>\nstruct Pair { double a, b; };\n\
        constexpr int ROUNDS = 3;\nstatic double square(double v) { return v * v; }\n\
        static const std::array<double, 3> TABLE = {1, 2, 3};\nstatic const std::vector<double> DYNAMIC = {0, 1};\n\
        namespace detail { template <class T> T zero() { return T(); } }\n\
        double sum(std::vector<double> const &x) {\n    auto add = [](double a, double b) { return a + b; };\n\
        Pair p{0, square(DYNAMIC[0]) * TABLE[1]};\n    return std::accumulate(x.begin(), x.end(), detail::zero<double>() + p.b, add);\n}\n";
    let evaluated = ready.of(source);
    assert!(
        evaluated.evaluation.measurement().is_some(),
        "{evaluated:?}"
    );
}

#[test]
fn an_output_left_unwritten_is_caught_and_so_is_a_changed_input() {
    let entry = "void scale(std::vector<double> const &x, std::vector<double> &y)";
    let ready = ready(
        problem(entry, FILL_ORIGINAL, FILL_DRIVER, 10_000),
        Mode::Serial,
    );
    let unwritten = ready.outcome(
        "void scale(std::vector<double> const &x, std::vector<double> &y) { for (size_t i = 0; i + 1 < x.size(); ++i) y[i] = 2 * x[i]; }",
    );
    assert_eq!(unwritten.outcome().word(), "wrong_answer", "{unwritten:?}");
    let changed = ready.of(
        "void scale(std::vector<double> const &x, std::vector<double> &y) { for (size_t i = 0; i < x.size(); ++i) y[i] = 2 * x[i]; \
         if (!x.empty()) const_cast<double &>(x[0]) += 1; }",
    );
    let Evaluation::WrongAnswer { mismatch } = &changed.evaluation else {
        panic!("{changed:?}");
    };
    assert_eq!(mismatch.field, "(inputs)");
    assert_eq!(
        changed.gates.last().map(|gate| gate.name.as_str()),
        Some("inputs_unchanged")
    );
    let kept = ready.outcome(
        "static const double *seen; static std::vector<double> kept;\n\
         void scale(std::vector<double> const &x, std::vector<double> &y) {\n\
         if (seen == x.data() && kept.size() == x.size()) { y = kept; return; }\n\
         for (size_t i = 0; i < x.size(); ++i) y[i] = 2 * x[i];\n kept = y; seen = x.data(); }",
    );
    assert_eq!(kept.outcome().word(), "wrong_answer", "{kept:?}");
}

#[test]
fn a_problem_that_disagrees_with_itself_is_refused() {
    let broken = FILL_ORIGINAL.replace("i < x.size()", "i + 1 < x.size()");
    let entry = "void scale(std::vector<double> const &x, std::vector<double> &y)";
    let error = harness()
        .prepare(
            problem(entry, &broken, FILL_DRIVER, 1000),
            Mode::Serial,
            &Cancel::default(),
            &|_| (),
        )
        .unwrap_err();
    assert!(
        error.to_string().contains("does not agree with itself"),
        "{error}"
    );
    let missing = FILL_DRIVER.replace("scale(x, y);", "");
    let error = harness()
        .prepare(
            problem(entry, FILL_ORIGINAL, &missing, 1000),
            Mode::Serial,
            &Cancel::default(),
            &|_| (),
        )
        .unwrap_err();
    assert!(error.to_string().contains("does not call"), "{error}");
}

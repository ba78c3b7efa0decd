//! The bundled problems are sharp and fit for threads: a wrong rewrite of every kind is caught for each problem, and the best known code of every problem gives the original's answers with one, two and three threads.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use lessonl::domain::problem::{Problem, Tolerance};
use lessonl::problems::{Catalogue, load_headroom};

use crate::mutants::{self, HELPERS};

/// What is compiled around the problems.
const TRIAL: &str = include_str!("trial.cpp");
/// Largest size at which mutants are looked for; threads are compared up to 33.
const LARGEST: u64 = 1100;

fn source_tree() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

fn bundled(suite: &str) -> Vec<Arc<Problem>> {
    let mut problems = Catalogue::load(&[source_tree().join("benchmarks")]).problems;
    problems.retain(|problem| problem.id.suite() == suite);
    assert!(!problems.is_empty());
    problems
}

/// Runs `all` on two halves at once.
fn both_halves(
    problems: &[Arc<Problem>],
    all: impl Fn(&[Arc<Problem>]) -> String + Sync,
) -> String {
    let (left, right) = problems.split_at(problems.len() / 2);
    std::thread::scope(|scope| {
        let other = scope.spawn(|| all(left));
        let here = all(right);
        other.join().unwrap() + &here
    })
}

#[test]
fn a_wrong_rewrite_of_every_kind_is_caught_for_every_problem() {
    let mut problems = bundled("pareval");
    problems.extend(bundled("polybench"));
    let complaints = both_halves(&problems, |half| {
        half.chunks(9)
            .map(|some| {
                let mutants = |problem: &Problem| mutants::of(problem);
                run(
                    some,
                    &mutants,
                    "lessonl_mutants",
                    &["-D_GLIBCXX_ASSERTIONS"],
                )
            })
            .collect()
    });
    assert_eq!(complaints, "");
}

#[test]
fn the_best_known_code_agrees_with_the_original_on_one_two_and_three_threads() {
    let mut problems = bundled("pareval");
    problems.extend(bundled("polybench"));
    let complaints = both_halves(&problems, |half| {
        half.chunks(15)
            .map(|some| {
                let best = |problem: &Problem| {
                    let best = load_headroom(&problem.path).unwrap().best_known;
                    vec![("best known", best.unwrap())]
                };
                run(some, &best, "lessonl_threads", &["-fopenmp"])
            })
            .collect()
    });
    assert_eq!(complaints, "");
}

/// The checks that are called at the end.
const CHECKS: &str = r#"
#ifdef _OPENMP
#include <omp.h>
inline void lessonl_threads(Subject const &s, std::vector<const char *> const &names) {
    for (int threads = 1; threads <= 3; ++threads) {
        omp_set_num_threads(threads);
        for (size_t i = 0; i < s.mutants.size(); ++i)
            if (const char *where = disagrees(s, s.mutants[i], 33, 1))
                std::printf("%s: the %s code is wrong with %d threads at %s\n", s.id, names[i], threads, where);
    }
}
#endif
inline void lessonl_mutants(Subject const &s, std::vector<const char *> const &names) {
    for (size_t i = 0; i < s.mutants.size(); ++i)
        if (!mutant_is_caught(s, s.mutants[i])) std::printf("%s: not caught: %s\n", s.id, names[i]);
}
"#;

type Variants<'a> = &'a dyn Fn(&Problem) -> Vec<(&'static str, String)>;

/// Compiles some problems with variants of their code in one go and runs a check on each: what there is to complain about.
fn run(problems: &[Arc<Problem>], variants: Variants<'_>, check: &str, flags: &[&str]) -> String {
    let mut includes = String::new();
    let mut spaces = String::new();
    let mut calls = String::new();
    for (number, problem) in problems.iter().enumerate() {
        let mut plain = |code: &str| {
            let directive = |line: &&str| line.starts_with("#include");
            includes.extend(code.lines().filter(directive).map(|l| format!("{l}\n")));
            let rest: Vec<_> = code.lines().filter(|line| !directive(line)).collect();
            rest.join("\n")
        };
        // One driver for all variants: it calls what `chosen` points to, as most of the time goes into compiling drivers.
        let entry = problem.entry_name();
        let (original, driver) = (plain(&problem.original), plain(&problem.driver));
        writeln!(
            spaces,
            "namespace p{number} {{\n{original}\nusing Entry = decltype(&{entry});\nstatic Entry chosen = &{entry};\n\
             #define {entry} (*chosen)\n{driver}\n#undef {entry}\n}}"
        )
        .unwrap();
        let variants = variants(problem);
        assert!(!variants.is_empty(), "{} has no variants", problem.id);
        let (mut runs, mut names) = (Vec::new(), Vec::new());
        for (kind, (name, code)) in variants.iter().enumerate() {
            let (variant, code) = (format!("v{number}_{kind}"), plain(code));
            // Structures of its own have the layout of the original's.
            writeln!(
                spaces,
                "namespace {variant} {{\n{code}\n\
                 std::string run(Trial const &t, uint64_t poison, bool *changed) {{\n\
                 p{number}::chosen = reinterpret_cast<p{number}::Entry>(&{entry});\n\
                 const std::string left = p{number}::run(t, poison, changed);\n\
                 p{number}::chosen = &p{number}::{entry};\nreturn left;\n}}\n}}"
            )
            .unwrap();
            runs.push(format!("{variant}::run"));
            names.push(format!("{name:?}"));
        }
        let tolerance = match problem.check.tolerance {
            Tolerance::Exact => 0.0,
            Tolerance::Relative(relative) => relative,
        };
        let sizes = problem.sizes.check.iter().chain(&problem.sizes.hidden);
        let mut sizes: Vec<u64> = sizes.copied().filter(|size| *size <= LARGEST).collect();
        sizes.sort_unstable();
        let classes: Vec<_> = problem.check.values.iter().map(|v| v.code()).collect();
        let list = |debug: String| debug.replace('[', "{").replace(']', "}");
        writeln!(
            calls,
            "{check}({{\"{}\", p{number}::run, nullptr, {{{}}}, {}, {}, {}, {tolerance:e}}}, {{{}}});",
            problem.id,
            runs.join(", "),
            list(format!("{sizes:?}")),
            list(format!("{classes:?}")),
            problem.check.exact_bits,
            names.join(", ")
        )
        .unwrap();
    }
    let header = source_tree().join("src/harness/driver.hpp");
    let text = format!(
        "{includes}{HELPERS}#include \"{}\"\n{TRIAL}{CHECKS}{spaces}int main() {{\n{calls}std::printf(\"done\\n\");\n}}\n",
        header.display()
    );
    let folder = tempfile::tempdir().unwrap();
    let (source, program) = (folder.path().join("trial.cpp"), folder.path().join("trial"));
    std::fs::write(&source, text).unwrap();
    let compiled = Command::new("g++")
        .args(["-std=c++17", "-O0", "-w", "-Wno-psabi"])
        .args(flags)
        .arg(&source)
        .arg("-o")
        .arg(&program)
        .output()
        .expect("g++ is needed to check the bundled problems");
    let mut complaints = String::from_utf8_lossy(&compiled.stderr).into_owned();
    if compiled.status.success() {
        let ran = Command::new(&program).output().unwrap();
        let said = String::from_utf8_lossy(&ran.stdout);
        match said.strip_suffix("done\n") {
            Some(rest) => complaints += rest,
            None => complaints += &format!("{said}{} and after: did not finish\n", problems[0].id),
        }
        complaints += &String::from_utf8_lossy(&ran.stderr);
    }
    complaints
}

//! The bundled problems: all load, keep the interfaces of their benchmark, compile, and have drivers that are deterministic,
//! follow the seed, give no degenerate answers, leave inputs alone and let nothing through of what outputs held before.
//! The best known code of each agrees with the original.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use lessonl::domain::problem::{Mode, Problem, Tolerance, Values};
use lessonl::problems::{Catalogue, load_headroom};

/// Id, types and entry as the benchmark has them.
const INTERFACES: &str = include_str!("pareval.tsv");
/// What is compiled around the problems.
const TRIAL: &str = include_str!("trial.cpp");

fn interfaces() -> Vec<[&'static str; 3]> {
    let row = |line: &'static str| {
        let cells: Vec<_> = line.split('\t').collect();
        cells.try_into().expect("three cells to a row")
    };
    INTERFACES.lines().map(row).collect()
}

fn source_tree() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

fn bundled() -> Catalogue {
    Catalogue::load(&[source_tree().join("benchmarks")])
}

#[test]
fn every_bundled_problem_loads_and_keeps_its_interface() {
    let catalogue = bundled();
    assert_eq!(catalogue.errors, []);
    let found: Vec<_> = catalogue
        .problems
        .iter()
        .filter(|problem| problem.id.suite() == "pareval")
        .map(|problem| (problem.id.as_str(), problem.entry.as_str()))
        .collect();
    let expected: Vec<_> = interfaces()
        .into_iter()
        .map(|[id, _, entry]| (id, entry))
        .collect();
    assert_eq!(found, expected);
    assert_eq!(found.len(), 60);
    for [id, types, _] in interfaces() {
        let problem = &catalogue.resolve(id).unwrap()[0];
        assert!(problem.original.contains(types), "{id} lacks `{types}`");
        assert_eq!(problem.modes, [Mode::Serial, Mode::Omp], "{id}");
        assert_eq!(Some(problem.category.as_str()), id.split('/').nth(1));
        let hidden_from_check = |size| !problem.sizes.check.contains(size);
        assert!(problem.sizes.hidden.iter().all(hidden_from_check), "{id}");
    }
}

#[test]
fn every_problem_of_the_suite_compiles_and_its_driver_is_fair() {
    let mut problems = bundled().problems;
    problems.retain(|problem| problem.id.suite() == "pareval");
    assert!(!problems.is_empty());
    let (left, right) = problems.split_at(problems.len() / 2);
    let all = |half: &[std::sync::Arc<Problem>]| half.chunks(10).map(trial).collect::<String>();
    let complaints = std::thread::scope(|scope| {
        let other = scope.spawn(|| all(left));
        let here = all(right);
        other.join().unwrap() + &here
    });
    assert_eq!(complaints, "");
}

/// Compiles a batch of problems in one go and runs it: what there is to complain about.
fn trial(problems: &[std::sync::Arc<Problem>]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("trial.cpp");
    let program = folder.path().join("trial");
    std::fs::write(&source, batch(problems)).unwrap();
    let compiled = Command::new("g++")
        .args(["-std=c++17", "-O0", "-Wno-psabi", "-fsanitize=undefined"])
        .args(["-fno-sanitize-recover=undefined", "-D_GLIBCXX_ASSERTIONS"])
        .arg(&source)
        .arg("-o")
        .arg(&program)
        .output()
        .expect("g++ is needed to check the bundled problems");
    let mut complaints = String::from_utf8_lossy(&compiled.stderr).into_owned();
    if compiled.status.success() {
        let ran = Command::new(&program).output().unwrap();
        let said = String::from_utf8_lossy(&ran.stdout);
        let rest = said.strip_suffix("done\n");
        complaints += rest.unwrap_or(&said);
        if rest.is_none() {
            complaints += &format!("{} and after: did not finish\n", problems[0].id);
        }
        complaints += &String::from_utf8_lossy(&ran.stderr);
    }
    complaints
}

/// The unit for a batch: every variant of every problem in a namespace of its own, and a table of them.
fn batch(problems: &[std::sync::Arc<Problem>]) -> String {
    let mut includes = String::new();
    let mut spaces = String::new();
    let mut table = String::from("int main() {\n    lessonl_trial({\n");
    for (number, problem) in problems.iter().enumerate() {
        let mut add = |name: &str, code: &str| {
            let directive = |line: &&str| line.starts_with("#include");
            includes.extend(code.lines().filter(directive).map(|l| format!("{l}\n")));
            let rest: Vec<_> = code.lines().filter(|line| !directive(line)).collect();
            // Ambiguous, and so an error, if the signature is another than the one that is told.
            let entry = problem.entry_name();
            writeln!(
                spaces,
                "namespace {name} {{\n{}\n{};\nauto *const entry = &{entry};\n{}\n}}",
                rest.join("\n"),
                problem.entry,
                problem.driver
            )
            .unwrap();
        };
        add(&format!("p{number}"), &problem.original);
        let best = load_headroom(&problem.path).unwrap().best_known;
        if let Some(best) = &best {
            add(&format!("best{number}"), best);
        }
        let tolerance = match problem.check.tolerance {
            Tolerance::Exact => 0.0,
            Tolerance::Relative(relative) => relative,
        };
        writeln!(
            table,
            "{{\"{}\", p{number}::run, {}, {{}}, {{{}}}, {{{}}}, {}, {tolerance:e}}},",
            problem.id,
            best.map_or("nullptr".to_owned(), |_| format!("best{number}::run")),
            list(&sizes(problem)),
            list(
                &problem
                    .check
                    .values
                    .iter()
                    .map(|v: &Values| u64::from(v.code()))
                    .collect::<Vec<_>>()
            ),
            problem.check.exact_bits
        )
        .unwrap();
    }
    let header = source_tree().join("src/harness/driver.hpp");
    format!(
        "{includes}#include \"{}\"\n{TRIAL}{spaces}{table}    }});\n}}\n",
        header.display()
    )
}

fn sizes(problem: &Problem) -> Vec<u64> {
    let mut sizes = vec![0, 1];
    let all = problem.sizes.check.iter().chain(&problem.sizes.hidden);
    sizes.extend(all.copied().filter(|size| *size <= 1100));
    sizes.sort_unstable();
    sizes.dedup();
    sizes
}

fn list(numbers: &[u64]) -> String {
    let words: Vec<String> = numbers.iter().map(u64::to_string).collect();
    words.join(", ")
}

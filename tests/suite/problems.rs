//! The bundled problems: all load, keep the interfaces of their benchmark, compile, and have drivers that are deterministic,
//! follow the seed, leave inputs alone, let nothing through of what outputs held before, and tell mutants of the original
//! from it. The best known code of each agrees with the original.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use lessonl::domain::problem::{Mode, Problem, Tolerance, Values};
use lessonl::problems::{Catalogue, load_headroom};

/// Id, types and entry as the benchmark has them.
const INTERFACES: &str = include_str!("pareval.tsv");
/// What is compiled around the problems.
const TRIAL: &str = include_str!("trial.cpp");
/// Slips to make in an original, at the first or else the last place that has the left side, and how many of them are made.
const SLIPS: [(&str, &str); 10] = [
    ("i < ", "i + 1 < "),
    (" = 0; ", " = 1; "),
    ("++) {", " += 2) {"),
    (" += ", " -= "),
    (" - 1", ""),
    (" != ", " == "),
    (" == ", " != "),
    (" < ", " > "),
    (" + ", " - "),
    ("++;", " += 2;"),
];
const MUTANTS: usize = 3;

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
fn every_problem_of_the_suite_compiles_and_its_driver_is_fair_and_sharp() {
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
        let counts = |line: &&str| !line.starts_with("caught ");
        for line in rest.unwrap_or(&said).lines().filter(counts) {
            complaints += &format!("{line}\n");
        }
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
        let mutants = mutants(&problem.original);
        for (kind, mutant) in mutants.iter().enumerate() {
            add(&format!("mutant{number}_{kind}"), mutant);
        }
        let runs: Vec<_> = (0..mutants.len())
            .map(|kind| format!("mutant{number}_{kind}::run"))
            .collect();
        let tolerance = match problem.check.tolerance {
            Tolerance::Exact => 0.0,
            Tolerance::Relative(relative) => relative,
        };
        writeln!(
            table,
            "{{\"{}\", p{number}::run, {}, {{{}}}, {{{}}}, {{{}}}, {}, {tolerance:e}}},",
            problem.id,
            best.map_or("nullptr".to_owned(), |_| format!("best{number}::run")),
            runs.join(", "),
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

/// The original with one slip each, outside its comments.
fn mutants(original: &str) -> Vec<String> {
    let mut code = original.to_owned();
    while let Some((start, length)) = code
        .find("/*")
        .and_then(|start| Some((start, code[start..].find("*/")? + 2)))
    {
        code.replace_range(start..start + length, "");
    }
    let first = SLIPS
        .iter()
        .filter_map(|(from, to)| Some((code.find(from)?, from, to)));
    let last = SLIPS
        .iter()
        .filter_map(|(from, to)| Some((code.rfind(from)?, from, to)));
    let mut mutants: Vec<String> = Vec::new();
    for (at, from, to) in first.chain(last) {
        let mutant = format!("{}{to}{}", &code[..at], &code[at + from.len()..]);
        if mutants.len() < MUTANTS && !mutants.contains(&mutant) {
            mutants.push(mutant);
        }
    }
    mutants
}

//! The bundled problems: all load, keep the interfaces of their benchmark, compile, and have drivers that are deterministic,
//! follow the seed, leave inputs alone and let nothing through of what outputs held before.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use lessonl::domain::problem::{Mode, Problem, Values};
use lessonl::problems::Catalogue;

/// Id, types and entry as the benchmark has them.
const INTERFACES: [(&str, &str, &str); 12] = [
    (
        "pareval/dense_la/gemm",
        "",
        "void gemm(std::vector<double> const& A, std::vector<double> const& B, std::vector<double> &C, size_t M, size_t K, size_t N)",
    ),
    (
        "pareval/fft/dft",
        "",
        "void dft(std::vector<double> const& x, std::vector<std::complex<double>> &output)",
    ),
    (
        "pareval/geometry/closest_pair_2d",
        "struct Point { double x, y; };",
        "double closestPair(std::vector<Point> const& points)",
    ),
    (
        "pareval/graph/shortest_path",
        "",
        "int shortestPathLength(std::vector<int> const& A, size_t N, int source, int dest)",
    ),
    (
        "pareval/histogram/pixel_histogram",
        "",
        "void pixelCounts(std::vector<int> const& image, std::array<size_t, 256> &bins)",
    ),
    (
        "pareval/reduce/average",
        "",
        "double average(std::vector<double> const& x)",
    ),
    (
        "pareval/scan/sum_of_prefix_sum_array",
        "",
        "double sumOfPrefixSum(std::vector<double> const& x)",
    ),
    (
        "pareval/search/xor_contains",
        "",
        "bool xorContains(std::vector<int> const& x, std::vector<int> const& y, int val)",
    ),
    (
        "pareval/sort/sort_an_array_of_complex_numbers_by_magnitude",
        "",
        "void sortComplexByMagnitude(std::vector<std::complex<double>> &x)",
    ),
    (
        "pareval/sparse_la/spmv",
        "struct COOElement { size_t row, column; double value; };",
        "void spmv(double alpha, std::vector<COOElement> const& A, std::vector<double> const& x, double beta, std::vector<double> &y, size_t M, size_t N)",
    ),
    (
        "pareval/stencil/game_of_life",
        "",
        "void gameOfLife(std::vector<int> const& input, std::vector<int> &output, size_t N)",
    ),
    (
        "pareval/transform/map_function",
        "",
        "void mapPowersOfTwo(std::vector<int> const& x, std::vector<bool> &mask)",
    ),
];

/// Calls every size and class of the driver it is compiled with, and prints what is wrong.
const MAIN: &str = r#"
#include <cstdio>
#include <set>
#include <string>

static std::string answer(uint64_t seed, uint64_t size, uint32_t values, uint64_t poison) {
    void *made = lessonl_new(seed, size, values, exact_bits);
    lessonl_poison(made, poison);
    const uint64_t before = lessonl_digest(made);
    lessonl_call(made);
    if (lessonl_digest(made) != before) std::printf("size %d class %d: input changed\n", int(size), int(values));
    std::string bytes(lessonl_emit(made, nullptr, 0), '\xee');
    if (lessonl_emit(made, reinterpret_cast<unsigned char *>(&bytes[0]), bytes.size()) != bytes.size())
        std::printf("size %d class %d: two lengths\n", int(size), int(values));
    lessonl_delete(made);
    return bytes;
}

int main() {
    for (uint64_t size : sizes) {
        for (uint32_t values : classes) {
            for (uint64_t seed = 1; seed <= 2; ++seed)
                if (answer(seed, size, values, 1) != answer(seed, size, values, 99))
                    std::printf("size %d class %d: depends on what outputs held, or differs by itself\n", int(size), int(values));
        }
    }
    std::set<std::string> answers;
    for (uint64_t seed = 1; seed <= 16; ++seed) answers.insert(answer(seed, 101, 0, 1));
    if (answers.size() < 2) std::printf("the answer does not follow the seed\n");
    std::printf("done\n");
}
"#;

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
    let expected: Vec<_> = INTERFACES.map(|(id, _, entry)| (id, entry)).to_vec();
    assert_eq!(found, expected);
    for (id, types, _) in INTERFACES {
        let problem = &catalogue.resolve(id).unwrap()[0];
        assert!(problem.original.contains(types), "{id} lacks `{types}`");
        assert_eq!(problem.modes, [Mode::Serial, Mode::Omp], "{id}");
        assert_eq!(Some(problem.category.as_str()), id.split('/').nth(1));
        let hidden_from_check = |size| !problem.sizes.check.contains(size);
        assert!(problem.sizes.hidden.iter().all(hidden_from_check), "{id}");
    }
}

#[test]
fn every_bundled_problem_compiles_and_its_driver_is_fair() {
    let problems = bundled().problems;
    assert!(!problems.is_empty());
    let (left, right) = problems.split_at(problems.len() / 2);
    let complaints = std::thread::scope(|scope| {
        let other = scope.spawn(|| left.iter().map(|p| trial(p)).collect::<String>());
        let here: String = right.iter().map(|p| trial(p)).collect();
        other.join().unwrap() + &here
    });
    assert_eq!(complaints, "");
}

/// Compiles original, driver and a main around them in one go and runs it: what there is to complain about.
fn trial(problem: &Problem) -> String {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("trial.cpp");
    let program = folder.path().join("trial");
    std::fs::write(&source, unit(problem)).unwrap();
    let compiled = Command::new("g++")
        .args(["-std=c++17", "-O0", "-fsanitize=undefined"])
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
        complaints += said.strip_suffix("done\n").unwrap_or("did not finish\n");
        complaints += &String::from_utf8_lossy(&ran.stderr);
    }
    if complaints.is_empty() {
        complaints
    } else {
        format!("{}:\n{complaints}", problem.id)
    }
}

fn unit(problem: &Problem) -> String {
    let list = |numbers: &[u64]| {
        let words: Vec<String> = numbers.iter().map(u64::to_string).collect();
        words.join(", ")
    };
    let mut sizes = vec![0, 1];
    let small = |size: &&u64| **size <= 101;
    sizes.extend(problem.sizes.check.iter().filter(small));
    sizes.extend(problem.sizes.hidden.iter().filter(small));
    let codes = |values: &Values| u64::from(values.code());
    let classes: Vec<u64> = problem.check.values.iter().map(codes).collect();

    let driver_header = source_tree().join("src/harness/driver.hpp");
    let mut unit = problem.original.clone();
    // Ambiguous, and so an error, if the original's signature is another than the one that is told.
    let name = problem.entry_name();
    writeln!(unit, "{};\nauto *const entry = &{name};", problem.entry).unwrap();
    writeln!(unit, "#include \"{}\"", driver_header.display()).unwrap();
    unit += &problem.driver;
    writeln!(unit, "const uint64_t sizes[] = {{{}}};", list(&sizes)).unwrap();
    writeln!(unit, "const uint32_t classes[] = {{{}}};", list(&classes)).unwrap();
    writeln!(
        unit,
        "const uint32_t exact_bits = {};",
        problem.check.exact_bits
    )
    .unwrap();
    unit + MAIN
}

//! The bundled PolyBench kernels: all load, keep the interfaces of the suite, compile, have drivers that are deterministic,
//! follow the seed, leave inputs alone and let nothing through of what outputs held before; every best known rewrite agrees.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use lessonl::domain::problem::{Mode, Problem, Tolerance};
use lessonl::problems::Catalogue;

/// Name, category and entry as the suite has them.
const INTERFACES: [(&str, &str, &str); 30] = [
    (
        "2mm",
        "kernels",
        "void kernel_2mm(int ni, int nj, int nk, int nl, double alpha, double beta, std::vector<std::vector<double>>& tmp, std::vector<std::vector<double>>& A, std::vector<std::vector<double>>& B, std::vector<std::vector<double>>& C, std::vector<std::vector<double>>& D)",
    ),
    (
        "3mm",
        "kernels",
        "void kernel_3mm(int ni, int nj, int nk, int nl, int nm, std::vector<std::vector<double>>& E, std::vector<std::vector<double>>& A, std::vector<std::vector<double>>& B, std::vector<std::vector<double>>& F, std::vector<std::vector<double>>& C, std::vector<std::vector<double>>& D, std::vector<std::vector<double>>& G)",
    ),
    (
        "adi",
        "stencils",
        "void kernel_adi(int tsteps, int n, std::vector<std::vector<double>>& u, std::vector<std::vector<double>>& v, std::vector<std::vector<double>>& p, std::vector<std::vector<double>>& q)",
    ),
    (
        "atax",
        "kernels",
        "void kernel_atax(int m, int n, std::vector<std::vector<double>>& A, std::vector<double>& x, std::vector<double>& y, std::vector<double>& tmp)",
    ),
    (
        "bicg",
        "kernels",
        "void kernel_bicg(int m, int n, std::vector<std::vector<double>>& A, std::vector<double>& s, std::vector<double>& q, std::vector<double>& p, std::vector<double>& r)",
    ),
    (
        "cholesky",
        "solvers",
        "void kernel_cholesky(int n, std::vector<std::vector<double>>& A)",
    ),
    (
        "correlation",
        "datamining",
        "void kernel_correlation(int m, int n, std::vector<std::vector<double>>& data, std::vector<std::vector<double>>& corr, std::vector<double>& mean, std::vector<double>& stddev)",
    ),
    (
        "covariance",
        "datamining",
        "void kernel_covariance(int m, int n, std::vector<std::vector<double>>& data, std::vector<std::vector<double>>& cov, std::vector<double>& mean)",
    ),
    (
        "deriche",
        "medley",
        "void kernel_deriche(int w, int h, double alpha, std::vector<std::vector<float>>& imgIn, std::vector<std::vector<float>>& imgOut, std::vector<std::vector<float>>& y1, std::vector<std::vector<float>>& y2)",
    ),
    (
        "doitgen",
        "kernels",
        "void kernel_doitgen(int nr, int nq, int np, std::vector<std::vector<std::vector<double>>>& A, std::vector<std::vector<double>>& C4, std::vector<double>& sum)",
    ),
    (
        "durbin",
        "solvers",
        "void kernel_durbin(int n, std::vector<double>& r, std::vector<double>& y)",
    ),
    (
        "fdtd_2d",
        "stencils",
        "void kernel_fdtd_2d(int tmax, int nx, int ny, std::vector<std::vector<double>>& ex, std::vector<std::vector<double>>& ey, std::vector<std::vector<double>>& hz, std::vector<double>& _fict_)",
    ),
    (
        "floyd_warshall",
        "medley",
        "void kernel_floyd_warshall(int n, std::vector<std::vector<int>>& path)",
    ),
    (
        "gemm",
        "blas",
        "void kernel_gemm(int ni, int nj, int nk, double alpha, double beta, std::vector<std::vector<double>>& A, std::vector<std::vector<double>>& B, std::vector<std::vector<double>>& C)",
    ),
    (
        "gemver",
        "blas",
        "void kernel_gemver(int n, double alpha, double beta, std::vector<std::vector<double>>& A, std::vector<double>& u1, std::vector<double>& v1, std::vector<double>& u2, std::vector<double>& v2, std::vector<double>& w, std::vector<double>& x, std::vector<double>& y, std::vector<double>& z)",
    ),
    (
        "gesummv",
        "blas",
        "void kernel_gesummv(int n, double alpha, double beta, std::vector<std::vector<double>>& A, std::vector<std::vector<double>>& B, std::vector<double>& tmp, std::vector<double>& x, std::vector<double>& y)",
    ),
    (
        "gramschmidt",
        "solvers",
        "void kernel_gramschmidt(int m, int n, std::vector<std::vector<double>>& A, std::vector<std::vector<double>>& R, std::vector<std::vector<double>>& Q)",
    ),
    (
        "heat_3d",
        "stencils",
        "void kernel_heat_3d(int tsteps, int n, std::vector<std::vector<std::vector<double>>>& A, std::vector<std::vector<std::vector<double>>>& B)",
    ),
    (
        "jacobi_1d",
        "stencils",
        "void kernel_jacobi_1d(int tsteps, int n, std::vector<double>& A, std::vector<double>& B)",
    ),
    (
        "jacobi_2d",
        "stencils",
        "void kernel_jacobi_2d(int tsteps, int n, std::vector<std::vector<double>>& A, std::vector<std::vector<double>>& B)",
    ),
    (
        "lu",
        "solvers",
        "void kernel_lu(int n, std::vector<std::vector<double>>& A)",
    ),
    (
        "ludcmp",
        "solvers",
        "void kernel_ludcmp(int n, std::vector<std::vector<double>>& A, std::vector<double>& b, std::vector<double>& x, std::vector<double>& y)",
    ),
    (
        "mvt",
        "kernels",
        "void kernel_mvt(int n, std::vector<double>& x1, std::vector<double>& x2, std::vector<double>& y_1, std::vector<double>& y_2, std::vector<std::vector<double>>& A)",
    ),
    (
        "nussinov",
        "medley",
        "void kernel_nussinov(int n, std::vector<int>& seq, std::vector<std::vector<int>>& table)",
    ),
    (
        "seidel_2d",
        "stencils",
        "void kernel_seidel_2d(int tsteps, int n, std::vector<std::vector<double>>& A)",
    ),
    (
        "symm",
        "blas",
        "void kernel_symm(int m, int n, double alpha, double beta, std::vector<std::vector<double>>& C, std::vector<std::vector<double>>& A, std::vector<std::vector<double>>& B)",
    ),
    (
        "syr2k",
        "blas",
        "void kernel_syr2k(int n, int m, double alpha, double beta, std::vector<std::vector<double>>& C, std::vector<std::vector<double>>& A, std::vector<std::vector<double>>& B)",
    ),
    (
        "syrk",
        "blas",
        "void kernel_syrk(int n, int m, double alpha, double beta, std::vector<std::vector<double>>& C, std::vector<std::vector<double>>& A)",
    ),
    (
        "trisolv",
        "solvers",
        "void kernel_trisolv(int n, std::vector<std::vector<double>>& L, std::vector<double>& x, std::vector<double>& b)",
    ),
    (
        "trmm",
        "blas",
        "void kernel_trmm(int m, int n, double alpha, std::vector<std::vector<double>>& A, std::vector<std::vector<double>>& B)",
    ),
];

/// Tries `Plain` (the original) and `Best` (the best known rewrite) on every size and class, and prints what is wrong.
const TRIAL: &str = r#"
#include <cmath>
#include <cstdio>

// The outputs as one list of numbers per field.
struct Numbers : lessonl::Walk<Numbers> {
    std::vector<std::vector<double>> fields;
    template <class T> void leaf(T &value) { fields.back().push_back(static_cast<double>(value)); }
    template <class T> void block(T *first, size_t n) {
        for (size_t i = 0; i < n; ++i) leaf(first[i]);
    }
    void count(uint64_t n) { fields.back().push_back(static_cast<double>(n)); }
};
struct Outputs {
    Numbers walk;
    template <class T> void input(const char *, T &) {}
    template <class T> void inout(const char *name, T &value) { output(name, value); }
    template <class T> void output(const char *, T &value) {
        walk.fields.emplace_back();
        walk(value);
    }
};
using Answer = std::vector<std::vector<double>>;

template <class Case> Answer answer(const char *name, lessonl::Input in, uint64_t poison) {
    Case one;
    one.make(in);
    lessonl::PoisonOutputs dirt{lessonl::Poison(poison)};
    one.fields(dirt);
    lessonl::DigestInputs before{}, after{};
    one.fields(before);
    one.call();
    one.fields(after);
    if (before.walk.state != after.walk.state) std::printf("%s: size %d: input changed\n", name, int(in.size));
    Outputs outputs;
    one.fields(outputs);
    return outputs.walk.fields;
}
static bool near(const Answer &plain, const Answer &best, double tolerance) {
    for (size_t f = 0; f < plain.size(); ++f) {
        double scale = 0;
        for (double x : plain[f]) scale = std::max(scale, std::abs(x));
        if (plain[f].size() != best[f].size()) return false;
        for (size_t i = 0; i < plain[f].size(); ++i)
            if (!(std::abs(plain[f][i] - best[f][i]) <= tolerance * scale)) return false;
    }
    return true;
}
template <class Plain, class Best>
void trial(const char *name, std::vector<uint64_t> sizes, std::vector<uint32_t> classes, uint32_t exact_bits, double tolerance) {
    for (uint64_t size : sizes)
        for (uint32_t values : classes) {
            const lessonl::Input in(size + 1, size, values, exact_bits);
            const Answer plain = answer<Plain>(name, in, 1);
            if (plain != answer<Plain>(name, in, 99))
                std::printf("%s: size %d class %d: depends on what outputs held, or differs by itself\n", name, int(size), int(values));
            const double allowed = values == uint32_t(lessonl::Values::exact) ? 0 : tolerance;
            if (!near(plain, answer<Best>(name, in, 5), allowed))
                std::printf("%s: size %d class %d: the best known rewrite differs\n", name, int(size), int(values));
        }
    // The second seed changes every field; a field is not one number over and over, nor lost in rounding.
    const Answer one = answer<Plain>(name, {1, 32, 0, exact_bits}, 1), two = answer<Plain>(name, {2, 32, 0, exact_bits}, 1);
    for (size_t f = 0; f < one.size(); ++f) {
        if (one[f] == two[f]) std::printf("%s: output %d does not follow the seed\n", name, int(f));
        double least = 1e300, most = -1e300;
        for (double x : one[f]) least = std::min(least, x), most = std::max(most, x);
        if (!(most - least > 1e-3)) std::printf("%s: output %d is degenerate\n", name, int(f));
    }
}
"#;

fn source_tree() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

fn kernels() -> Vec<Arc<Problem>> {
    let catalogue = Catalogue::load(&[source_tree().join("benchmarks")]);
    assert_eq!(catalogue.errors, []);
    let ours = |problem: &&Arc<Problem>| problem.id.suite() == "polybench";
    catalogue.problems.iter().filter(ours).cloned().collect()
}

#[test]
fn every_polybench_kernel_loads_and_keeps_its_interface() {
    let kernels = kernels();
    let found: Vec<_> = kernels
        .iter()
        .map(|k| (k.id.as_str(), k.category.as_str(), k.entry.as_str()))
        .collect();
    let ids = INTERFACES.map(|(name, ..)| format!("polybench/{name}"));
    let expected: Vec<_> = ids
        .iter()
        .zip(INTERFACES)
        .map(|(id, (_, category, entry))| (id.as_str(), category, entry))
        .collect();
    assert_eq!(found, expected);
    for kernel in &kernels {
        assert_eq!(kernel.modes, [Mode::Serial, Mode::Omp], "{}", kernel.id);
        let hidden_from_check = |size| !kernel.sizes.check.contains(size);
        assert!(
            kernel.sizes.hidden.iter().all(hidden_from_check),
            "{}",
            kernel.id
        );
        assert!(kernel.sizes.check.contains(&0), "{}", kernel.id);
    }
}

#[test]
fn every_polybench_driver_is_fair_and_every_best_known_rewrite_agrees() {
    let kernels = kernels();
    let (left, right) = kernels.split_at(kernels.len() / 2);
    let complaints = std::thread::scope(|scope| {
        let other = scope.spawn(|| try_all(left));
        let here = try_all(right);
        other.join().unwrap() + &here
    });
    assert_eq!(complaints, "");
}

/// Compiles many kernels, each side in a namespace of its own, and runs them: what there is to complain about.
fn try_all(kernels: &[Arc<Problem>]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("trial.cpp");
    let program = folder.path().join("trial");
    std::fs::write(&source, unit(kernels)).unwrap();
    let compiled = Command::new("g++")
        .args(["-std=c++17", "-O1", "-w", "-D_GLIBCXX_ASSERTIONS"])
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
            None => complaints += &format!("{said}did not finish\n"),
        }
        complaints += &String::from_utf8_lossy(&ran.stderr);
    }
    complaints
}

fn unit(kernels: &[Arc<Problem>]) -> String {
    let driver_header = source_tree().join("src/harness/driver.hpp");
    let mut unit = format!(
        "#include \"{}\"\n#undef LESSONL_PROBLEM\n#define LESSONL_PROBLEM(CASE)\n{TRIAL}",
        driver_header.display()
    );
    let mut calls = String::new();
    for (number, kernel) in kernels.iter().enumerate() {
        let best = std::fs::read_to_string(kernel.path.join("best_known.cpp")).unwrap();
        for (side, code) in [("plain", &kernel.original), ("best", &best)] {
            let code = without_includes(code);
            // The second declaration is ambiguous when used, and so an error, if the signature is another one.
            writeln!(
                unit,
                "namespace {side}{number} {{\n{code}\n{};\nauto *const entry = &{};\n{}\n}}",
                kernel.entry,
                kernel.entry_name(),
                kernel.driver
            )
            .unwrap();
        }
        let tolerance = match kernel.check.tolerance {
            Tolerance::Exact => 0.0,
            Tolerance::Relative(relative) => relative,
        };
        let sizes = kernel.sizes.check.iter().chain(&kernel.sizes.hidden);
        let sizes: Vec<_> = sizes.filter(|s| **s <= 40 || **s == 65).collect();
        let classes: Vec<_> = kernel.check.values.iter().map(|v| v.code()).collect();
        let list = |debug: String| debug.replace('[', "{").replace(']', "}");
        writeln!(
            calls,
            "trial<plain{number}::Case, best{number}::Case>(\"{}\", {}, {}, {}, {tolerance:e});",
            kernel.id,
            list(format!("{sizes:?}")),
            list(format!("{classes:?}")),
            kernel.check.exact_bits
        )
        .unwrap();
    }
    writeln!(unit, "int main() {{\n{calls}std::printf(\"done\\n\");\n}}").unwrap();
    unit
}

/// What may stand inside a namespace.
fn without_includes(code: &str) -> String {
    let kept = |line: &&str| !line.starts_with("#include");
    code.lines().filter(kept).collect::<Vec<_>>().join("\n")
}

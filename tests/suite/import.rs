//! Importing a checkout: a small one of our own in the shape of the released ones becomes problems that run, show what
//! limits the trust in them and are found without a flag; what is missing or broken is named, and the rest still loads.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

/// What the drivers share.
const UTILITIES: &str = "#pragma once\n#include <vector>\n#if defined(USE_CUDA)\n#include <cuda_runtime.h>\n#endif\n\
    #if !defined(DRIVER_PROBLEM_SIZE)\n#error \"no size\"\n#endif\n#define NO_OPTIMIZE\n#define NO_INLINE\n\
    template <class T> bool fequal(T const &a, T const &b, double e) {\n    for (size_t i = 0; i < a.size(); ++i) if (std::abs(a[i] - b[i]) > e) return false;\n    return true;\n}\n";

/// A driver that doubles numbers.
const DRIVER: &str = r#"// A driver.
#include <random>
#include "utilities.hpp"
#include "baseline.hpp"
#include "generated-code.hpp"
struct Context {
    std::vector<double> in, out;
};
void reset(Context *ctx, std::mt19937 &engine) {
    std::uniform_real_distribution<> dist(-1, 1);
    for (auto &x : ctx->in) x = dist(engine);
}
Context *init() {
    Context *ctx = new Context();
    ctx->in.resize(DRIVER_PROBLEM_SIZE);
    ctx->out.resize(DRIVER_PROBLEM_SIZE);
    return ctx;
}
void NO_OPTIMIZE compute(Context *ctx) { submission::twice(ctx->in, ctx->out); }
void NO_OPTIMIZE best(Context *ctx) { correctTwice(ctx->in, ctx->out); }
bool validate(Context *ctx, std::mt19937 &engine) {
    std::vector<double> in(DRIVER_PROBLEM_SIZE), right(in.size()), test(in.size());
    std::uniform_real_distribution<> dist(-1, 1);
    for (auto &x : in) x = dist(engine);
    correctTwice(in, right);
    submission::twice(in, test);
    return fequal(right, test, 1e-6);
}
void destroy(Context *ctx) { delete ctx; }
"#;
const BASELINE: &str = "#pragma once\n#include <vector>\nvoid NO_INLINE correctTwice(std::vector<double> const &in, std::vector<double> &out) {\n    for (size_t i = 0; i < in.size(); i++) out[i] = 2 * in[i];\n}\n";
const CODE: &str = "#pragma once\n#include <vector>\n/* Doubles every element. */\nvoid twice(std::vector<double> const &in, std::vector<double> &out) {\n    for (size_t i = 0; i < in.size(); i++) out[i] = 2 * in[i];\n}\n";

fn put(root: &Path, name: &str, text: &str) {
    let path = root.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

/// A checkout with one good problem, one whose types disagree, and what `more` adds to the list.
fn checkout(more: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    put(root, "drivers/cpp/utilities.hpp", UTILITIES);
    let mut names = vec!["00_reduce_good", "01_reduce_mistyped"];
    names.extend(more);
    let rows: Vec<Value> = names
        .iter()
        .map(|name| {
            let code = match *name {
                "01_reduce_mistyped" => CODE.replace("double", "float"),
                _ => CODE.to_owned(),
            };
            serde_json::json!({
                "name": name, "problem_type": "reduce", "parallelism_model": "serial", "language": "cpp",
                "prompt": "/* Doubles every element. */\nvoid twice(std::vector<double> const &in, std::vector<double> &out) {",
                "src_code": code
            })
        })
        .collect();
    put(
        root,
        "prompts/code_opt.json",
        &serde_json::to_string_pretty(&rows).unwrap(),
    );
    put(root, "prompts/polybench_code_opt.json", "[]");
    let size = serde_json::json!({ "serial": "(1<<18)", "omp": "(1<<18)" });
    let sizes: serde_json::Map<_, _> = names
        .iter()
        .map(|n| ((*n).to_owned(), size.clone()))
        .collect();
    put(
        root,
        "drivers/problem-sizes.json",
        &serde_json::to_string(&sizes).unwrap(),
    );
    for name in ["00_reduce_good", "01_reduce_mistyped"] {
        let home = format!("drivers/cpp/benchmarks/reduce/{name}");
        put(root, &format!("{home}/cpu.cc"), DRIVER);
        put(root, &format!("{home}/baseline.hpp"), BASELINE);
    }
    folder
}

fn lessonl(data: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_lessonl"))
        .args(arguments)
        .env("LESSONL_DATA_DIR", data)
        .env("XDG_CACHE_HOME", data.join("cache"))
        .env("XDG_STATE_HOME", data.join("state"))
        .env("XDG_CONFIG_HOME", data.join("config"))
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn an_imported_original_runs_against_itself_and_says_whose_validator_it_has() {
    let (from, data) = (checkout(&[]), tempfile::tempdir().unwrap());
    let told = lessonl(
        data.path(),
        &["import", "pareval", from.path().to_str().unwrap(), "--json"],
    );
    let told: Value = serde_json::from_slice(&told.stdout).unwrap();
    assert_eq!(told["errors"], serde_json::json!([]));
    assert_eq!(told["imported"][0]["id"], "lessonl-pareval/reduce/good");
    assert_eq!(told["imported"][0]["defects"], serde_json::json!([]));
    assert_eq!(
        told["imported"][1]["defects"][0]["name"],
        "mistyped signature"
    );

    let listed = lessonl(data.path(), &["problems", "lessonl-pareval"]);
    assert!(
        text(&listed.stdout).contains("lessonl-pareval/reduce/mistyped"),
        "{}",
        text(&listed.stdout)
    );
    let home = data.path().join("imported/lessonl-pareval/reduce/good");
    let original = home.join("original.cpp");
    let wrong = data.path().join("wrong.cpp");
    let code = std::fs::read_to_string(&original).unwrap();
    std::fs::write(&wrong, code.replace("2 * in[i]", "2 * in[i] + (i == 7)")).unwrap();
    for (file, outcome) in [(&original, "measured"), (&wrong, "wrong_answer")] {
        let file = file.to_str().unwrap();
        let told = lessonl(
            data.path(),
            &["eval", "lessonl-pareval/reduce/good", file, "--json"],
        );
        let value: Value = serde_json::from_slice(&told.stdout)
            .unwrap_or_else(|_| panic!("{}", text(&told.stderr)));
        assert_eq!(value["outcome"], outcome, "{value}");
        let caveats = value["caveats"].to_string();
        assert_eq!(
            caveats.contains("upstream_validator"),
            outcome == "measured",
            "{caveats}"
        );
    }
}

#[test]
fn what_a_checkout_lacks_is_named_and_the_rest_is_imported() {
    let (from, data) = (
        checkout(&["02_reduce_absent", "03_reduce_odd"]),
        tempfile::tempdir().unwrap(),
    );
    let odd = "drivers/cpp/benchmarks/reduce/03_reduce_odd";
    put(
        from.path(),
        &format!("{odd}/cpu.cc"),
        "void compute(int) { other(1); }",
    );
    put(from.path(), &format!("{odd}/baseline.hpp"), BASELINE);
    let from = from.path().to_str().unwrap();
    let told = lessonl(data.path(), &["import", "pareval", from]);
    let errors = text(&told.stderr);
    assert_eq!(told.status.code(), Some(0), "{errors}");
    for part in [
        "02_reduce_absent/cpu.cc: is missing",
        "git checkout",
        "03_reduce_odd/cpu.cc: has no function `best`",
        "Imported 2 problems",
    ] {
        assert!(errors.contains(part), "{part} in {errors}");
    }
    let list = Path::new(from).join("prompts/code_opt.json");
    std::fs::write(&list, "[\n{ \"name\": ").unwrap();
    let told = lessonl(data.path(), &["import", "pareval", from]);
    let errors = text(&told.stderr);
    assert!(
        errors.contains("code_opt.json:2: cannot be understood"),
        "{errors}"
    );
    assert_eq!(told.status.code(), Some(2), "{errors}");
    let told = lessonl(data.path(), &["import", "pareval", "/nonexistent"]);
    assert!(text(&told.stderr).contains("there is no such folder"));
}

#[test]
fn a_broken_problem_is_named_with_file_line_and_remedy_and_the_rest_is_listed() {
    let (suites, data) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let good = |id: &str| {
        format!(
            "id = \"{id}\"\ntitle = \"Sum\"\ncategory = \"reduce\"\ndescription = \"Sum.\"\nentry = \"int sum(int x)\"\n[sizes]\ncheck = [1]\ntime = 9\n"
        )
    };
    let original = "int sum(int x) { return x; }\n";
    let driver = "struct Case { void call() { sum(1); } };\nLESSONL_PROBLEM(Case)\n";
    for (folder, manifest, original) in [
        ("s/good", good("s/good"), original),
        (
            "s/syntax",
            good("s/syntax").replace("check = [1]", "check = [1"),
            original,
        ),
        (
            "s/key",
            good("s/key").replace("time = 9", "tiem = 9"),
            original,
        ),
        (
            "s/entry",
            good("s/entry").replace("int sum(int x)", "int sum(int x) {}"),
            original,
        ),
        (
            "s/signature",
            good("s/signature").replace("int sum", "int total"),
            original,
        ),
        ("s/moved", good("s/good"), original),
        ("s/zero", good("s/zero") + "upstream = 0\n", original),
    ] {
        put(suites.path(), &format!("{folder}/problem.toml"), &manifest);
        put(suites.path(), &format!("{folder}/original.cpp"), original);
        put(suites.path(), &format!("{folder}/driver.cpp"), driver);
    }
    put(suites.path(), "s/bare/problem.toml", &good("s/bare"));
    let told = Command::new(env!("CARGO_BIN_EXE_lessonl"))
        .args(["problems"])
        .env("LESSONL_DATA_DIR", data.path())
        .env("LESSONL_BENCHMARKS", suites.path())
        .env("XDG_CONFIG_HOME", data.path())
        .env("XDG_STATE_HOME", data.path())
        .output()
        .unwrap();
    let (listed, errors) = (text(&told.stdout), text(&told.stderr));
    assert_eq!(told.status.code(), Some(0));
    assert!(
        listed.contains("s/good") && !listed.contains("s/key"),
        "{listed}"
    );
    for part in [
        "s/syntax/problem.toml:",
        "s/key/problem.toml:8: unknown field `tiem`",
        "s/entry/problem.toml:5: `entry` is more than a signature",
        "s/signature/original.cpp: does not define `total`",
        "s/moved/problem.toml:1: `id` is s/good, but the folder is s/moved",
        "s/bare/original.cpp: is missing",
        "s/zero/problem.toml:9: `sizes.upstream` is 0",
        "write id = \"s/moved\" or move the folder",
    ] {
        assert!(errors.contains(part), "{part} in {errors}");
    }
}

//! Claims about `lessonl init`, `lessonl problems check` and `lessonl hot`: what they take, what they prove, what they refuse.

use std::path::Path;
use std::process::Command;

use super::cli::said;
use super::command::answer;
use super::support::fake_server::FakeServer;

const SOURCE: &str = "#include <complex>\n#include <map>\n#include <optional>\n#include <string>\n#include <vector>\n\
    namespace geo {\nstruct Point { double x, y; int tag[2]; };\nenum class Side { left, right };\n\
    static double cross(Point const &a, Point const &b) { return a.x * b.y - a.y * b.x; }\n\
    /// Area of a polygon.\ndouble area(std::vector<Point> const &p, Side side) {\n    double sum = 0;\n    for (size_t i = 0; i < p.size(); ++i)\n\
        sum += cross(p[i], p[(i + 1) % p.size()]);\n    return side == Side::left ? sum / 2 : -sum / 2;\n}\n\
    double area(double w, double h) { return w * h; }\n\
    template <typename T> T total(const T *x, int n) { T s = 0; for (int i = 0; i < n; ++i) s += x[i]; return s; }\n\
    class Bag { std::vector<int> items; public: long heavy(int k) const { long s = 0; for (int v : items) if (v > k) s += v; return s; } };\n\
    }\nstruct Node { int v; Node *next; };\nint visit(Node *list) { int s = 0; for (; list; list = list->next) s += list->v; return s; }\n\
    int outside(int);\nint uses(int n) { return outside(n) + 1; }\n";

fn home() -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("a.cpp"), SOURCE).unwrap();
    home
}

fn refused(home: &Path, arguments: &[&str]) -> String {
    let (code, out, err) = said(home, arguments);
    assert_eq!((code, out.as_str()), (2, ""), "{arguments:?}: {err}");
    err
}

#[test]
fn what_cannot_be_taken_is_said_with_what_to_do_and_nothing_is_written() {
    let home = home();
    let at = home.path();
    std::fs::write(at.join("broken.cpp"), "int f(int a) { return b; }\n").unwrap();
    std::fs::write(at.join("pixels.cpp"), b"\x89PNG\0\0").unwrap();
    std::fs::write(at.join("huge.cpp"), vec![b' '; (4 << 20) + 1]).unwrap();
    let cases: [(&[&str], &str); 9] = [
        (
            &["init", "a.cpp", "--function", "aera"],
            "did you mean geo::area",
        ),
        (
            &["init", "a.cpp", "--function", "area", "--signature", "char"],
            "double area(double w, double h)   (line",
        ),
        (
            &["init", "a.cpp", "--function", "outside"],
            "only declares `outside`",
        ),
        (
            &[
                "init",
                "a.cpp",
                "--function",
                "total",
                "--instantiate",
                "U=int",
            ],
            "has no template parameter `U`",
        ),
        (
            &["init", "broken.cpp", "--function", "f"],
            "'b' was not declared",
        ),
        (&["init", "pixels.cpp", "--function", "f"], "is no text"),
        (
            &["init", "huge.cpp", "--function", "f"],
            "larger than 4 MiB",
        ),
        (&["init", "none.cpp", "--function", "f"], "cannot be read"),
        (&["init", ".", "--function", "f"], "is not a file"),
    ];
    for (arguments, expected) in cases {
        let err = refused(at, arguments);
        assert!(err.contains(expected), "{arguments:?}: {err}");
    }
    let folders = std::fs::read_dir(at)
        .unwrap()
        .flatten()
        .filter(|e| e.path().join("problem.toml").exists());
    assert_eq!(folders.count(), 0);
}

#[test]
fn a_folder_that_is_there_is_left_alone_unless_forced_and_its_other_files_stay() {
    let home = home();
    let at = home.path();
    std::fs::create_dir(at.join("total")).unwrap();
    std::fs::write(at.join("total/mine.txt"), "kept").unwrap();
    let take = [
        "init",
        "a.cpp",
        "--function",
        "total",
        "--instantiate",
        "T=float",
        "--unproved",
    ];
    assert!(refused(at, &take).contains("total is there already"));
    let forced: Vec<&str> = take.iter().copied().chain(["--force"]).collect();
    let (code, out, err) = said(at, &forced);
    assert_eq!(code, 0, "{err}");
    assert!(
        out.contains("T total(const T *x, int n)") && out.contains("problems check total"),
        "{out}"
    );
    assert_eq!(
        std::fs::read_to_string(at.join("total/mine.txt")).unwrap(),
        "kept"
    );
    let region = std::fs::read_to_string(at.join("total/region.cpp")).unwrap();
    assert!(SOURCE.contains(&region) && region.starts_with("T total"));
    let manifest = std::fs::read_to_string(at.join("total/problem.toml")).unwrap();
    assert!(
        manifest.contains(&lessonl::intake::hex(&region))
            && manifest.contains("instantiate = [\"T=float\"]")
    );
    let taken = lessonl::problems::source(&at.join("total"))
        .unwrap()
        .unwrap();
    assert_eq!(
        (taken.function.as_str(), taken.region),
        ("geo::total", region)
    );
}

#[test]
fn what_cannot_be_derived_is_a_slot_that_check_names() {
    let home = home();
    let at = home.path();
    let (code, out, err) = said(at, &["init", "a.cpp", "--function", "visit"]);
    assert_eq!(code, 2, "{err}");
    assert!(
        out.contains("driver.cpp:") && out.contains("list: Declare a value `list`"),
        "{out}"
    );
    let (code, again, _) = said(at, &["problems", "check", "./visit"]);
    assert_eq!(code, 2);
    assert!(again.contains("1 things are to be written"), "{again}");
    let (code, json, _) = said(at, &["problems", "check", "./visit", "--json"]);
    let value: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(
        (
            code,
            &value["proved"],
            value["slots"].as_array().unwrap().len()
        ),
        (2, &serde_json::Value::Bool(false), 1)
    );
}

#[test]
fn a_function_of_structs_and_enums_in_a_namespace_is_taken_and_proved() {
    let home = home();
    let (code, out, err) = said(
        home.path(),
        &[
            "init",
            "a.cpp",
            "--function",
            "geo::area",
            "--signature",
            "Side side",
            "--out",
            "area",
        ],
    );
    assert_eq!(code, 0, "{out}{err}");
    assert!(out.contains("Proved. Next: lessonl run area"), "{out}");
    for claim in [
        "compiles",
        "repeats itself",
        "outputs follow the seed",
        "takes a measurable time",
        "mistakes are caught",
        "identical code is the same",
    ] {
        let row = out.lines().find(|line| line.starts_with(claim)).unwrap();
        assert!(row.contains(" yes "), "{row}");
    }
    let original = std::fs::read_to_string(home.path().join("area/original.cpp")).unwrap();
    assert!(original.contains("cross") && !original.contains("Bag") && !original.contains("total"));
}

#[test]
fn members_c_sources_and_spans_become_folders_that_compile() {
    let home = home();
    let at = home.path();
    std::fs::write(at.join("c.c"), "#include <stdlib.h>\nint c_sum(const int *restrict x, size_t n) { int *copy = malloc(n * sizeof *copy + 1); int s = 0; for (size_t i = 0; i < n; ++i) { copy[i] = x[i]; s += copy[i]; } free(copy); return s; }\n").unwrap();
    std::fs::write(at.join("s.cpp"), "#include <span>\n#include <string_view>\nlong spans(std::span<const int> x, std::string_view t) { long s = 0; for (int v : x) s += v; return s + long(t.size()); }\n").unwrap();
    for arguments in [
        &["init", "a.cpp", "--function", "Bag::heavy", "--unproved"][..],
        &["init", "c.c", "--function", "c_sum", "--unproved"],
        &[
            "init",
            "s.cpp",
            "--function",
            "spans",
            "--unproved",
            "--",
            "-std=c++20",
        ],
    ] {
        let (code, out, err) = said(at, arguments);
        assert_eq!(code, 0, "{arguments:?}: {out}{err}");
    }
    for folder in ["Bag_heavy", "c_sum", "spans"] {
        let original = format!("{folder}/original.cpp");
        let (code, out, err) = said(at, &["eval", &format!("./{folder}"), &original, "--json"]);
        assert_eq!(code, 0, "{folder}: {err}");
        let value: serde_json::Value = serde_json::from_str(&out).unwrap();
        assert_eq!(value["outcome"], "measured", "{folder}: {out}");
    }
}

#[test]
fn hot_names_functions_and_the_line_that_takes_them() {
    let home = tempfile::tempdir().unwrap();
    let at = home.path();
    let (code, _, err) = said(at, &["hot", "--", "./nothing"]);
    assert_eq!(code, 2);
    assert!(err.contains("no command `./nothing`"), "{err}");
    if Command::new("valgrind").arg("--version").output().is_err() {
        println!("skipped: no valgrind");
        return;
    }
    std::fs::write(at.join("p.cpp"), "int work(int n) { int s = 1; for (int i = 0; i < n; ++i) s = s * 31 + i; return s; }\nint main() { volatile int n = 300000; return work(n) == 0; }\n").unwrap();
    for (flags, program) in [
        (&["-g", "-O1", "-fno-inline"][..], "with"),
        (&["-O1", "-fno-inline", "-s"], "without"),
    ] {
        let built = Command::new("g++")
            .args(flags)
            .args(["p.cpp", "-o", program])
            .current_dir(at)
            .status()
            .unwrap();
        assert!(built.success());
    }
    let (code, out, err) = said(at, &["hot", "--tool", "callgrind", "--", "./with"]);
    assert_eq!(code, 0, "{err}");
    let offer = format!(
        "lessonl init {} --function work",
        at.canonicalize().unwrap().join("p.cpp").display()
    );
    assert!(out.contains(&offer) && out.contains("p.cpp:1"), "{out}");
    assert!(err.contains("executed instructions"), "{err}");
    let (code, out, _) = said(
        at,
        &["hot", "--tool", "callgrind", "--json", "--", "./without"],
    );
    let value: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, value["tool"].as_str()), (0, Some("callgrind")));
}

#[test]
fn inputs_of_a_model_are_labelled_and_stay_only_if_the_folder_is_proved_with_them() {
    let home = home();
    let at = home.path();
    let server = FakeServer::start(vec![
        answer("Ties and nothing at all:\n```cpp\nfor (auto &v : items) v = 7;\n```\n"),
        answer("```cpp\nif (!items.empty()) throw 1;\n```"),
    ]);
    std::fs::write(
        at.join("b.cpp"),
        "#include <vector>\nlong heavy(const std::vector<int> &items, int k) { long s = 0; for (int v : items) if (v > k) s += v; return s; }\n",
    )
    .unwrap();
    let agent = format!("script=m@{}", server.url());
    let take = [
        "init",
        "b.cpp",
        "--function",
        "heavy",
        "--force",
        "--agent",
        &agent,
    ];
    let driver = || std::fs::read_to_string(at.join("heavy/driver.cpp")).unwrap();
    let (code, out, err) = said(at, &take);
    assert_eq!(code, 0, "{out}{err}");
    assert!(err.contains("Proved with the inputs of m"), "{err}");
    let labelled = driver();
    assert!(
        labelled.contains("// Proposed by the model m,")
            && labelled.contains("for (auto &v : items) v = 7;"),
        "{labelled}"
    );
    let (code, out, err) = said(at, &take);
    assert_eq!(code, 0, "{out}{err}");
    assert!(err.contains("they are left out again"), "{err}");
    assert!(!driver().contains("Proposed by"));
}

#[test]
fn a_functions_rewrite_is_applied_to_its_file_and_verified_as_it_stands_there() {
    let home = tempfile::tempdir().unwrap();
    let at = home.path();
    let file = "#include <cstddef>\r\nnamespace w {\r\n/// Sums of all beginnings.\r\nlong beginnings(const long *x, int n) {\r\n    long s = 0;\r\n\
        \x20   for (int i = 0; i < n; ++i)\r\n        for (int j = 0; j <= i; ++j) s += x[j];\r\n    return s;\r\n}\r\n}\r\n";
    std::fs::write(at.join("w.cpp"), file).unwrap();
    let take = ["init", "w.cpp", "--function", "beginnings", "--unproved"];
    let (code, out, err) = said(at, &take);
    assert_eq!(code, 0, "{out}{err}");
    let body = "{\n    long s = 0;\n    for (int i = 0; i < n; ++i) s += times(x[i], n - i);\n    return s;\n}\n";
    let source = format!(
        "#include <cstddef>\n#include <array>\nlong times(long a, int b) {{ return a * b; }}\nlong beginnings(const long *x, int n) {body}"
    );
    let server = FakeServer::start(vec![
        answer(&format!(
            "Each element counts as often as it is begun with.\n```cpp\n{source}```\n"
        )),
        answer("Counting instead of summing again made it faster."),
    ]);
    let agent = format!("script=m@{}", server.url());
    let run = [
        "run",
        "./beginnings",
        "--headless",
        "--rounds",
        "1",
        "--agent",
        &agent,
    ];
    let (code, out, err) = said(at, &run);
    assert_eq!(code, 0, "{out}{err}");

    let (code, _, err) = said(at, &["verify", "latest"]);
    assert_eq!(code, 2, "{err}");
    assert!(err.contains("nothing was applied"), "{err}");
    let (code, diff, err) = said(at, &["apply", "latest", "--in-place"]);
    assert_eq!(code, 0, "{diff}{err}");
    let crlf = |text: &str| text.replace('\n', "\r\n");
    let whole = |body: &str| {
        format!(
            "#include <cstddef>\r\n#include <array>\r\nnamespace w {{\r\nstatic long times(long a, int b) {{ return a * b; }}\r\n\r\n\
             /// Sums of all beginnings.\r\nlong beginnings(const long *x, int n) {}}}\r\n",
            crlf(body)
        )
    };
    assert_eq!(
        std::fs::read_to_string(at.join("w.cpp")).unwrap(),
        whole(body)
    );
    let (code, out, err) = said(at, &["verify", "latest", "--json"]);
    assert_eq!(code, 0, "{out}{err}");
    assert!(out.contains("\"faster\""), "{out}");

    // What is there now is measured, not what was applied.
    let wrong = whole(&body.replace("n - i", "n"));
    std::fs::write(at.join("w.cpp"), wrong).unwrap();
    let (code, out, err) = said(at, &["verify", "latest", "--json"]);
    assert_eq!(code, 5, "{out}{err}");
    assert!(out.contains("wrong_answer"), "{out}");
    std::fs::write(at.join("w.cpp"), whole("{ return none; }")).unwrap();
    let (code, _, err) = said(at, &["verify", "latest"]);
    assert_eq!(code, 2, "{err}");
    assert!(err.contains("'none' was not declared"), "{err}");
}

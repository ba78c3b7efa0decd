//! Claims about projects judged by their own commands: from nothing to a patch that applies, in three languages, and
//! pipelines' exit codes. Agents are scripted answers behind a server, or the built-in rules where the language is theirs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use lessonl::domain::event::Envelope;
use lessonl::domain::run::Run;

use super::cli::said;
use super::support::fake_server::{FakeServer, Script, whole};

/// A model's answer as a server gives it.
pub(super) fn answer(text: &str) -> Script {
    let body = serde_json::json!({
        "model": "script",
        "choices": [{ "message": { "role": "assistant", "content": text }, "finish_reason": "stop" }],
    });
    whole(
        "200 OK",
        "Content-Type: application/json\r\n",
        &body.to_string(),
    )
}

/// A home with a copy of one of the example projects, as a repository with one commit.
pub(super) fn home_with(example: &str) -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    let from = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/projects")
        .join(example);
    copy(&from, &home.path().join("app"));
    commit(&home.path().join("app"));
    home
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let at = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &at);
        } else {
            fs::copy(entry.path(), at).unwrap();
        }
    }
}

pub(super) fn git(root: &Path, arguments: &[&str]) -> (bool, String) {
    let output = Command::new("git")
        .arg("-C")
        .arg(root)
        .args(["-c", "user.name=t", "-c", "user.email=t@t"])
        .args(arguments)
        .output()
        .unwrap();
    let text = [output.stdout, output.stderr].concat();
    (
        output.status.success(),
        String::from_utf8_lossy(&text).into_owned(),
    )
}

pub(super) fn commit(root: &Path) {
    for arguments in [
        &["init", "-q"][..],
        &["config", "user.name", "t"],
        &["config", "user.email", "t@t"],
        &["add", "-A"],
        &["commit", "-q", "-m", "first"],
    ] {
        let (good, words) = git(root, arguments);
        assert!(good, "{words}");
    }
}

/// Toolchains are found in the person's own home, so that one is kept for them.
pub(super) fn there(program: &str) -> bool {
    let found = Command::new("sh")
        .args(["-c", &format!("command -v {program}")])
        .output();
    let found = found.is_ok_and(|output| output.status.success());
    if !found {
        eprintln!("skipped: no {program} here");
    }
    found
}

/// The program in the test's home, with the person's toolchains.
pub(super) fn run_in(home: &Path, arguments: &[&str]) -> (i32, String, String) {
    let mut command = super::cli::lessonl(home, arguments);
    let real = std::env::var_os("HOME")
        .map(PathBuf::from)
        .unwrap_or_default();
    command
        .env("HOME", &real)
        .env("XDG_CONFIG_HOME", home.join("config"));
    let output = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (
        output.status.code().unwrap(),
        text(output.stdout),
        text(output.stderr),
    )
}

pub(super) fn folded(home: &Path) -> Run {
    let (code, out, err) = said(home, &["export", "latest"]);
    assert_eq!(code, 0, "{err}");
    let facts: Vec<Envelope> = out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    Run::fold(&facts).unwrap()
}

/// Clear differences need no more time than this.
pub(super) fn quick(problem: &Path) {
    let manifest = problem.join("problem.toml");
    let text = fs::read_to_string(&manifest).unwrap();
    fs::write(manifest, text + "\n[project.limits]\ntiming = 5\n").unwrap();
}

/// Runs a team of one on the problem in `p`. What is faster beyond doubt is the result, and its patch applies.
fn from_nothing_to_a_patch(home: &Path, init: &[&str], team: &[&str], path: &str) {
    let wanted = [&["init", "--project", "app", "--out", "p"][..], init].concat();
    let (code, out, err) = run_in(home, &wanted);
    assert_eq!(code, 0, "{out}{err}");
    let run = [
        &[
            "run",
            "p",
            "--headless",
            "--rounds",
            "1",
            "--min-speedup",
            "1.05",
            "--summary",
            "s.md",
        ][..],
        team,
    ]
    .concat();
    let (code, out, err) = run_in(home, &run);
    assert_eq!(code, 0, "{out}{err}");
    let run = folded(home);
    let unit = &run.units[0];
    let winner = unit.winner.expect("a faster candidate");
    let evaluated = unit.candidates[&winner].evaluated.as_ref().unwrap();
    let caveats: Vec<&str> = evaluated.caveats.iter().map(|c| c.name.as_str()).collect();
    assert!(caveats.contains(&"trust"), "{caveats:?}");
    assert!(
        fs::read_to_string(home.join("s.md"))
            .unwrap()
            .contains("faster")
    );
    let (code, _, err) = run_in(home, &["apply", "latest", "--patch", "x.patch"]);
    assert_eq!(code, 0, "{err}");
    let app = home.join("app");
    assert_eq!(git(&app, &["status", "--porcelain"]).1, "");
    let patch = home.join("x.patch");
    let (good, words) = git(&app, &["apply", patch.to_str().unwrap()]);
    assert!(good, "{words}");
    assert_eq!(
        git(&app, &["status", "--porcelain"]).1,
        format!(" M {path}\n")
    );
    let text = fs::read_to_string(&patch).unwrap();
    assert!(
        text.starts_with("Make ") && text.contains("Reproduce: lessonl verify"),
        "{text}"
    );
    let (code, out, err) = run_in(home, &["verify", "latest"]);
    assert_eq!(code, 0, "{out}{err}");
    assert!(out.contains("faster"), "{out}");
}

#[test]
fn a_cargo_project_goes_from_nothing_to_a_patch_by_a_whole_function() {
    if !(there("cargo") && there("git")) {
        return;
    }
    let home = home_with("cargo");
    let server = FakeServer::start(vec![
        answer(
            "A map finds a word at once.\n```rust\npub fn counts(text: &str) -> Vec<(String, usize)> {\n    let mut at = std::collections::HashMap::new();\n    let mut found: Vec<(String, usize)> = Vec::new();\n    for word in text.split_whitespace() {\n        let next = found.len();\n        let i = *at.entry(word).or_insert(next);\n        if i == next {\n            found.push((word.to_string(), 0));\n        }\n        found[i].1 += 1;\n    }\n    found\n}\n```\n",
        ),
        answer("Looking a word up in a map instead of scanning all words made it faster."),
    ]);
    let agent = format!("script=m@{}", server.url());
    let init = [
        "--file",
        "src/lib.rs",
        "--function",
        "counts",
        "--build",
        "cargo build --release --quiet",
        "--test",
        "cargo test --release --quiet",
        "--bench",
        "./target/release/bench",
    ];
    from_nothing_to_a_patch(home.path(), &init, &["--agent", &agent], "src/lib.rs");
    let prompt = server.requests()[0].json()["messages"][0]["content"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(
        prompt.contains("a project in rust run faster: `counts` in `src/lib.rs`"),
        "{prompt}"
    );
    assert!(
        prompt.contains("<<<<<<< SEARCH") && prompt.contains("cargo test"),
        "{prompt}"
    );
}

#[test]
fn a_python_module_goes_from_nothing_to_a_patch_by_search_and_replace() {
    if !(there("python3") && there("git")) {
        return;
    }
    let home = home_with("python");
    let server = FakeServer::start(vec![
        answer(
            "Stop at the first divisor, and at the root.\n\n<<<<<<< SEARCH\nfor p in found:\n    if n % p == 0:\n        divisible = True\n=======\nfor p in found:\n    if p * p > n:\n        break\n    if n % p == 0:\n        divisible = True\n        break\n>>>>>>> REPLACE\n",
        ),
        answer("Leaving the loop at the root of n made it faster."),
    ]);
    let agent = format!("script=m@{}", server.url());
    let init = [
        "--file",
        "primes.py",
        "--function",
        "Primes.all",
        "--test",
        "python3 -m unittest -q",
        "--bench",
        "python3 bench.py",
    ];
    from_nothing_to_a_patch(home.path(), &init, &["--agent", &agent], "primes.py");
}

#[test]
fn a_make_project_goes_from_nothing_to_a_patch_by_the_built_in_rules() {
    if !(there("make") && there("g++") && there("git")) {
        return;
    }
    let home = home_with("make");
    let team = home.path().join("team.toml");
    fs::write(
        &team,
        "[[agent]]\nname = \"loops\"\nkind = \"rewriter\"\nstyle = \"loops\"\n",
    )
    .unwrap();
    let init = [
        "--file",
        "src/matrix.cpp",
        "--function",
        "multiply",
        "--build",
        "make -s",
        "--test",
        "make -s test",
        "--bench",
        "./bench",
    ];
    let agents = ["--agents", team.to_str().unwrap()];
    from_nothing_to_a_patch(home.path(), &init, &agents, "src/matrix.cpp");
}

#[test]
fn built_in_agents_alone_say_that_they_do_not_know_the_language() {
    let home = home_with("python");
    let team = home.path().join("team.toml");
    fs::write(
        &team,
        "[[agent]]\nname = \"loops\"\nkind = \"rewriter\"\nstyle = \"loops\"\n",
    )
    .unwrap();
    let wanted = [
        "init",
        "--project",
        "app",
        "--out",
        "p",
        "--file",
        "primes.py",
        "--test",
        "true",
        "--bench",
        "sleep 0.1",
    ];
    assert_eq!(run_in(home.path(), &wanted).0, 0);
    quick(&home.path().join("p"));
    let (code, _, err) = run_in(
        home.path(),
        &[
            "run",
            "p",
            "--headless",
            "--rounds",
            "1",
            "--min-speedup",
            "1.05",
            "--agents",
            team.to_str().unwrap(),
        ],
    );
    assert_eq!(code, 5, "{err}");
    assert!(
        err.contains("only know C++") && err.contains("python"),
        "{err}"
    );
    assert!(err.contains("No improvement of 1.05"), "{err}");
    let (code, _, err) = run_in(home.path(), &["apply", "latest"]);
    assert_eq!(code, 2);
    assert!(err.contains("found no improvement"), "{err}");
}

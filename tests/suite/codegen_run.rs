//! A whole run of code generation over the real binary and interpreter against a scripted server: tests first, a failing
//! attempt, its lesson, a passing one, early stop, hidden tests last; then the report, the samples, a replay, a resume;
//! the import of data sets; and who is refused at the start.

use std::fs;
use std::path::Path;

use lessonl::domain::codegen::{FailedTest, Suite, Tested};
use lessonl::domain::event::{Envelope, Fact};
use lessonl::domain::run::Run;

use crate::cli::{lessonl, said};
use crate::support::fake_server::{FakeServer, Request, stream};

const TESTS: &str = "```python\nassert to_roman(1) == 'I'\nassert to_roman(4) == 'IV'\nassert to_roman(10) == 'X'\n```";
const WRONG: &str = "Simple.\n```python\ndef to_roman(number):\n    return 'I' * number\n```";
const LESSON: &str =
    "Repeating I is only right up to three; use the pairs IV and IX and the larger letters.";

fn right() -> String {
    let file = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/benchmarks/codegen/numbers/to_roman/canonical.py"
    );
    format!("```python\n{}```", fs::read_to_string(file).unwrap())
}

fn answering(answers: &[&str]) -> FakeServer {
    let script = |answer: &&str| {
        let delta = serde_json::json!({ "choices": [{ "delta": { "content": answer }, "finish_reason": null }] });
        let end = serde_json::json!({ "choices": [{ "delta": {}, "finish_reason": "stop" }] });
        stream(&format!("data: {delta}\n\ndata: {end}\n\ndata: [DONE]\n\n"))
    };
    FakeServer::start(answers.iter().map(script).collect())
}

fn run(home: &Path, server: &FakeServer, more: &[&str]) -> (i32, String, String) {
    let agent = format!("coder=coder-7b@{}", server.url());
    let mut arguments = vec![
        "run",
        "codegen/numbers/to_roman",
        "--headless",
        "--seed",
        "7",
        "--agent",
        &agent,
    ];
    arguments.extend(more);
    said(home, &arguments)
}

fn prompt(request: &Request) -> String {
    let body = request.json();
    body["messages"][0]["content"].as_str().unwrap().to_owned()
}

fn stored(home: &Path) -> (Run, Vec<Envelope>) {
    let (code, out, err) = said(home, &["export", "latest"]);
    assert_eq!(code, 0, "{err}");
    let facts: Vec<Envelope> = out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    (Run::fold(&facts).unwrap(), facts)
}

#[test]
fn lessonl_writes_tests_learns_from_the_failing_attempt_and_stops_at_the_passing_one() {
    let home = tempfile::tempdir().unwrap();
    let right = right();
    let server = answering(&[TESTS, WRONG, LESSON, &right]);
    let (code, out, err) = run(home.path(), &server, &[]);
    assert_eq!(code, 0, "{out}{err}");
    for line in [
        "tests      3 tests written by the agents",
        "result     r0a0 coder failed_tests: 1 of 3 own tests; fails to_roman(4) == 'IV': it returns 'IIII'",
        "result     r1a0 coder passed: 3 of 3 own tests",
        "confirmed  r1a0 coder passed: 8 of 8 hidden tests",
        "unit-end   codegen/numbers/to_roman done: result r1a0 by coder",
        "numbers   1      1       100 % [21 %, 100 %]",
    ] {
        assert!(out.contains(line), "{line}\nis not in\n{out}");
    }
    let prompts: Vec<String> = server.requests().iter().map(prompt).collect();
    assert_eq!(
        prompts.len(),
        4,
        "it stops at the first attempt that passes"
    );
    assert!(prompts[0].contains("Write tests for it first"));
    assert!(
        prompts[2].contains("it passes 1 of 3 tests.") && prompts[2].contains("it returns 'IIII'")
    );
    assert!(
        prompts[3].contains("passed 33 % of the tests")
            && prompts[3].contains("use the pairs IV and IX")
    );
    for prompt in &prompts {
        assert!(
            !prompt.contains("4000") && !prompt.contains("CDXLVIII"),
            "a hidden test is told:\n{prompt}"
        );
    }
    let (stored, facts) = stored(home.path());
    let hidden = |envelope: &Envelope| matches!(&envelope.fact, Fact::Evaluated { evaluated, .. } if evaluated.evaluation.tested().is_some_and(|tested| tested.suite == Suite::Hidden));
    assert!(
        !facts.iter().any(hidden),
        "hidden tests decide nothing before the end"
    );
    let first = stored.units[0].candidates.values().next().unwrap();
    let expected = Tested {
        suite: Suite::Own,
        passed: 1,
        total: 3,
        failed: Some(FailedTest {
            test: "to_roman(4) == 'IV'".to_owned(),
            why: "it returns 'IIII'".to_owned(),
        }),
    };
    assert_eq!(first.tested(), Some(&expected));
    let lesson = &stored.units[0].lessons[0].lesson;
    assert_eq!(
        (lesson.outcome.word(), stored.units[0].lessons.len()),
        ("failed tests", 1)
    );
    assert_eq!(stored.units[0].solved(), Some(true));

    let (code, report, err) = said(home.path(), &["report", "latest"]);
    assert_eq!(code, 0, "{err}");
    assert!(
        report.contains("| numbers | 1 | 1 | 100 % \\[21 %, 100 %\\] |"),
        "{report}"
    );
    assert!(
        report.contains("| 8 of 8 hidden tests | solved | coder | 1 |"),
        "{report}"
    );
    assert!(
        !report.contains("## Metrics") && !report.contains("speedup is"),
        "{report}"
    );
    let (_, json, _) = said(home.path(), &["report", "latest", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(
        (&json["pass_at_1"]["passed"], &json["units"][0]["solved"]),
        (&1.into(), &true.into())
    );
    for form in ["html", "csv"] {
        let (code, _, err) = said(home.path(), &["report", "latest", "--format", form]);
        assert_eq!(code, 0, "{form}: {err}");
    }

    let file = home.path().join("samples.jsonl");
    let (code, _, err) = said(
        home.path(),
        &["export", "latest", "--samples", file.to_str().unwrap()],
    );
    assert_eq!(code, 0, "{err}");
    let sample: serde_json::Value =
        serde_json::from_str(fs::read_to_string(&file).unwrap().trim()).unwrap();
    assert_eq!(sample["task_id"], "codegen/numbers/to_roman");
    let solution = sample["solution"].as_str().unwrap();
    assert!(solution.contains("def to_roman"));
    assert_eq!(sample["completion"], format!("\n{solution}"));
    let (code, replayed, err) = said(home.path(), &["replay", "latest", "--headless"]);
    assert_eq!(code, 0, "{err}");
    assert!(replayed.contains("8 of 8 hidden tests"), "{replayed}");
}

#[test]
fn a_run_out_of_asks_submits_the_best_it_has() {
    let home = tempfile::tempdir().unwrap();
    let right = right();
    let server = answering(&[TESTS, WRONG, LESSON, &right]);
    let (code, out, err) = run(home.path(), &server, &["--budget-asks", "3"]);
    assert_eq!(code, 0, "{out}{err}");
    assert!(
        out.contains("1 of 8 hidden tests"),
        "what there is, is submitted:\n{out}"
    );
    assert!(out.contains("not solved"), "{out}");
    assert_eq!(server.requests().len(), 3);
    let (run, _) = stored(home.path());
    assert_eq!(run.units[0].solved(), Some(false));
}

#[test]
fn every_strategy_writes_code_from_a_description() {
    let right = right();
    let recalled = "### Exemplar 1: greedy\nTake the largest.";
    let planned = "Take the largest value first.\nConfidence: 90";
    let cases: [(&str, &[&str], &str); 6] = [
        ("single", &[&right], "not tested"),
        ("cot", &[&right], "not tested"),
        ("best-of", &[TESTS, WRONG, &right], "1 of 3 own tests"),
        (
            "reflexion",
            &[TESTS, WRONG, "I forgot the pairs.", &right],
            "1 of 3 own tests",
        ),
        (
            "mapcoder",
            &[TESTS, recalled, planned, WRONG, &right],
            "1 of 3 own tests",
        ),
        ("moa", &[WRONG, &right], "not tested"),
    ];
    for (strategy, answers, seen) in cases {
        let home = tempfile::tempdir().unwrap();
        let server = answering(answers);
        let rounds = ["--strategy", strategy, "--rounds", "2"];
        let (code, out, err) = run(home.path(), &server, &rounds);
        assert_eq!(code, 0, "{strategy}: {out}{err}");
        assert!(
            out.contains(seen) && out.contains("8 of 8 hidden tests"),
            "{strategy}:\n{out}"
        );
        assert_eq!(server.requests().len(), answers.len(), "{strategy}");
    }
}

#[test]
fn the_built_in_team_says_at_the_start_that_it_cannot_write_from_a_description() {
    let home = tempfile::tempdir().unwrap();
    let team = home.path().join("team.toml");
    fs::write(
        &team,
        "[[agent]]\nname = \"loops\"\nkind = \"rewriter\"\nstyle = \"loops\"\n",
    )
    .unwrap();
    let arguments = [
        "run",
        "codegen/numbers/to_roman",
        "--headless",
        "--agents",
        team.to_str().unwrap(),
    ];
    let (code, out, err) = said(home.path(), &arguments);
    assert_eq!((code, out.as_str()), (2, ""));
    assert!(
        err.contains("`loops` cannot write that") && err.contains("--agent NAME=MODEL@URL"),
        "{err}"
    );
}

#[test]
fn a_data_set_imports_with_its_torn_lines_named_and_a_hostile_solution_contained() {
    let home = tempfile::tempdir().unwrap();
    let line = |number: u8, body: &str| {
        let prompt = format!("def f{number}(x):\n    \"\"\" Twice x. \"\"\"\n");
        let test =
            "def check(candidate):\n    assert candidate(1) == 2\n    assert candidate(-3) == -6\n";
        serde_json::json!({ "task_id": format!("HumanEval/{number}"), "prompt": prompt, "entry_point": format!("f{number}"), "canonical_solution": body, "test": test }).to_string()
    };
    let hostile = "    import os\n    os.system('touch /tmp/lessonl-was-here')\n    os._exit(0)\n";
    let torn = line(8, "    return 2 * x\n");
    let text = format!(
        "{}\n{}\n{}\n",
        line(0, "    return 2 * x\n"),
        &torn[..torn.len() / 2],
        line(1, hostile)
    );
    let file = home.path().join("set.jsonl");
    fs::write(&file, text).unwrap();
    let (code, out, err) = said(
        home.path(),
        &["import", "humaneval", file.to_str().unwrap()],
    );
    assert_eq!(code, 0, "{err}");
    assert!(out.starts_with("2 tasks, 1 left out"), "{out}");
    assert!(
        err.contains("set.jsonl:2: is no whole JSON object") && err.contains("delete the line"),
        "{err}"
    );
    let (_, listed, _) = said(home.path(), &["problems"]);
    assert!(listed.contains("humaneval/000_f0") && listed.contains("humaneval/001_f1"));
    let (code, out, _) = said(home.path(), &["eval", "humaneval", "--canonical"]);
    assert_eq!(code, 1);
    assert!(
        out.contains("passes humaneval/000_f0: 2 of 2 hidden tests"),
        "{out}"
    );
    assert!(
        out.contains("FAILS  humaneval/001_f1") && out.contains("its process ends"),
        "{out}"
    );
    assert!(out.contains("1 of 2 canonical solutions pass"), "{out}");
    assert!(!Path::new("/tmp/lessonl-was-here").exists());
    let (code, _, err) = said(home.path(), &["import", "mbpp", file.to_str().unwrap()]);
    assert_eq!(code, 2);
    assert!(err.contains("set.jsonl:1: lacks `test_list`"), "{err}");
}

#[test]
fn without_a_compiler_python_is_tested_and_cpp_is_refused_by_name() {
    let home = tempfile::tempdir().unwrap();
    let told = |arguments: &[&str]| {
        let mut command = lessonl(home.path(), arguments);
        let output = command.env("CXX", "/nonexistent").output().unwrap();
        let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        (output.status.code(), text)
    };
    let (code, text) = told(&["eval", "codegen/numbers/to_roman", "--canonical"]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("1 of 1 canonical solutions pass"), "{text}");
    let (code, text) = told(&["run", "pareval/dense_la/gemm", "--headless"]);
    assert_eq!(code, Some(3), "{text}");
    let words = "error: no C++ compiler: /nonexistent does not run\n  → install g++ or clang++";
    assert!(text.contains(words), "{text}");
}

#[test]
fn humanevals_own_solutions_pass_where_the_file_is_there() {
    let Some(file) = std::env::var_os("LESSONL_HUMANEVAL") else {
        eprintln!("skipped: LESSONL_HUMANEVAL names no HumanEval.jsonl.gz");
        return;
    };
    let home = tempfile::tempdir().unwrap();
    let (code, _, err) = said(
        home.path(),
        &["import", "humaneval", file.to_str().unwrap()],
    );
    assert_eq!(code, 0, "{err}");
    let (code, out, _) = said(home.path(), &["eval", "humaneval", "--canonical"]);
    assert!(out.contains("164 of 164 canonical solutions pass"), "{out}");
    assert_eq!(code, 0);
}

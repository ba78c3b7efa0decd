//! Claims about `lessonl init --project`: it tries the commands it was given, says how much of the bench a part has, and
//! makes tests and bench of recorded calls.

use std::path::Path;

use super::cli::said;

const TEXT: &str = "def normal(word):\n    return word.strip('.,;').lower()\n\n\ndef top(words, n=3):\n    counts = {}\n    for word in words:\n        word = normal(word)\n        counts[word] = counts.get(word, 0) + 1\n    return sorted(((c, w) for w, c in counts.items()), reverse=True)[:n]\n";

fn home() -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    let at = home.path();
    std::fs::create_dir_all(at.join("app/pkg")).unwrap();
    std::fs::write(at.join("app/pkg/__init__.py"), "").unwrap();
    std::fs::write(at.join("app/pkg/text.py"), TEXT).unwrap();
    std::fs::write(
        at.join("app/test_it.py"),
        "from pkg.text import top\nassert top(['a', 'A.', 'b'], 1) == [(2, 'a')]\n",
    )
    .unwrap();
    std::fs::write(at.join("app/bench.py"), "from pkg.text import top\nwords = [str(i * i % 977) for i in range(4000)]\nfor _ in range(120):\n    top(words)\n").unwrap();
    std::fs::write(at.join("app/tool.py"), "from pkg.text import top\nfor i in range(40):\n    top([str(j * j % (i + 3)) for j in range(300)], n=i % 5)\n").unwrap();
    home
}

fn init(at: &Path, out: &str, more: &[&str]) -> (i32, String, String) {
    let first = [
        "init",
        "--project",
        "app",
        "--file",
        "pkg/text.py",
        "--function",
        "top",
        "--out",
        out,
    ];
    said(at, &[&first[..], more].concat())
}

fn verdict(at: &Path, folder: &str, source: &str) -> String {
    std::fs::write(at.join("answer.py"), source).unwrap();
    let (code, out, err) = said(at, &["eval", folder, "answer.py", "--json"]);
    assert_eq!(code, 0, "{err}");
    out
}

#[test]
fn commands_are_tried_at_once_and_what_fails_is_said() {
    let home = home();
    let at = home.path();
    let test = ["--test", "python3 test_it.py"];
    let (code, out, err) = init(
        at,
        "p",
        &[&test[..], &["--bench", "python3 bench.py"]].concat(),
    );
    assert_eq!(code, 0, "{out}{err}");
    assert!(
        err.contains("ok  test:") && err.contains("ok  bench again:"),
        "{err}"
    );
    assert!(err.contains("of the bench is spent in this part"), "{err}");
    let manifest = std::fs::read_to_string(at.join("p/problem.toml")).unwrap();
    assert!(manifest.contains("share = 0."), "{manifest}");
    let (code, _, err) = init(
        at,
        "q",
        &[&test[..], &["--bench", "python3 benhc.py"]].concat(),
    );
    assert_eq!(code, 2, "{err}");
    assert!(
        err.contains("bench fails before any change") && err.contains("benhc.py"),
        "{err}"
    );
    assert!(at.join("q/problem.toml").is_file());
    let (code, _, err) = init(
        at,
        "r",
        &[&test[..], &["--bench", "python3 benhc.py", "--unproved"]].concat(),
    );
    assert_eq!(code, 0, "{err}");
}

#[test]
fn calls_that_a_program_makes_become_tests_and_bench() {
    let home = home();
    let at = home.path();
    let from = |command: &[&'static str]| [&["--from", "--"][..], command].concat();
    let (code, out, err) = init(at, "p", &from(&["python3", "app/tool.py"]));
    assert_eq!(code, 0, "{out}{err}");
    assert!(
        err.contains("40 different calls of `top` are kept"),
        "{err}"
    );
    let wrong = "def top(words, n=3):\n    counts = {}\n    for word in words:\n        counts[normal(word)] = counts.get(normal(word), 0) + 1\n    return sorted(((c, w) for w, c in counts.items()), key=lambda x: -x[0])[:n]\n";
    let right = "def top(words, n=3):\n    from collections import Counter\n    return sorted(((c, w) for w, c in Counter(map(normal, words)).items()), reverse=True)[:n]\n";
    let said = verdict(at, "./p", wrong);
    assert!(said.contains("\"wrong_answer\""), "{said}");
    let said = verdict(at, "./p", right);
    assert!(said.contains("\"measured\""), "{said}");
    for (command, expected) in [
        (&["python3", "-c", "pass"][..], "never calls `top`"),
        (&["no-such-program"], "cannot be run"),
        (&[], "needs a command"),
    ] {
        let words: Vec<&str> = ["--from", "--"].iter().chain(command).copied().collect();
        let (code, _, err) = init(at, "none", &words);
        assert!(code == 2 && err.contains(expected), "{command:?}: {err}");
        assert!(!at.join("none").exists());
    }
}

#[test]
fn further_functions_in_other_files_are_regions_of_the_same_problem() {
    let home = home();
    let at = home.path();
    std::fs::write(
        at.join("app/pkg/other.py"),
        "def half(x):\n    return x / 2\n",
    )
    .unwrap();
    let more = [
        "--and",
        "pkg/other.py:half",
        "--test",
        "true",
        "--bench",
        "python3 bench.py",
        "--unproved",
    ];
    let (code, _, err) = init(at, "p", &more);
    assert_eq!(code, 0, "{err}");
    assert!(
        err.contains("6 lines of pkg/text.py, 2 lines of pkg/other.py"),
        "{err}"
    );
    let (code, _, err) = init(
        at,
        "q",
        &["--and", "half", "--test", "true", "--bench", "true"],
    );
    assert!(code == 2 && err.contains("--and FILE:FUNCTION"), "{err}");
}

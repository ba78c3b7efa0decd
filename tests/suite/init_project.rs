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

/// Lays a repository of two packages whose installed packages git ignores.
fn javascript(app: &Path) {
    let files = [
        (".gitignore", "node_modules/\n"),
        (
            "package.json",
            "{\"name\": \"app\", \"workspaces\": [\"packages/own\"]}\n",
        ),
        (
            "packages/own/index.js",
            "const inner = require('inner');\n\nfunction twice(x) {\n  return 2 * x + inner;\n}\nmodule.exports = { twice };\n",
        ),
        ("packages/own/package.json", "{\"name\": \"own\"}\n"),
        (
            "packages/own/node_modules/inner/index.js",
            "module.exports = 0;\n",
        ),
        (
            "node_modules/dep/index.js",
            "module.exports = require('deeper') + 1;\n",
        ),
        ("node_modules/dep/package.json", "{\"name\": \"dep\"}\n"),
        (
            "node_modules/dep/cli.js",
            "#!/usr/bin/env node\nconsole.log('tool ' + require('deeper'));\n",
        ),
        ("node_modules/deeper/index.js", "module.exports = 6;\n"),
        (
            "check.js",
            "const fs = require('fs');\nconst { twice } = require('own');\nif (require('dep') !== 7 || twice(4) !== 8) process.exit(1);\n\
             // The package of the project itself is the copy's.\nif (!require.resolve('own').startsWith(fs.realpathSync('.'))) process.exit(2);\n\
             for (const place of [require.resolve('dep'), 'node_modules/dep/new.js', 'packages/own/node_modules/inner/index.js']) {\n  \
             try { fs.writeFileSync(place, 'module.exports = 7;'); } catch { continue; }\n  process.exit(3);\n}\n",
        ),
    ];
    for (name, text) in files {
        let place = app.join(name);
        std::fs::create_dir_all(place.parent().unwrap()).unwrap();
        std::fs::write(place, text).unwrap();
    }
    std::fs::create_dir_all(app.join("node_modules/.bin")).unwrap();
    let link = |target: &str, name: &str| {
        std::os::unix::fs::symlink(target, app.join("node_modules").join(name)).unwrap();
    };
    link("../dep/cli.js", ".bin/dep");
    link("../packages/own", "own");
    let tool = app.join("node_modules/dep/cli.js");
    std::fs::set_permissions(tool, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    super::command::commit(app);
}

#[test]
fn installed_packages_that_git_ignores_are_read_in_the_copy_and_cannot_be_changed_there() {
    if !super::command::there("node") {
        return;
    }
    let home = tempfile::tempdir().unwrap();
    let at = home.path();
    javascript(&at.join("app"));
    let tool = match super::command::there("npx") {
        true => "npx dep",
        false => "node_modules/.bin/dep",
    };
    let init = |project: &str, file: &str, test: &str, out: &str| {
        let bench = ["--bench", "node -e 'require(\"dep\")'"];
        let named = ["init", "--project", project, "--file", file];
        let more = ["--function", "twice", "--out", out, "--test", test];
        said(at, &[&named[..], &more, &bench].concat())
    };
    let test = format!("node check.js && node_modules/.bin/dep && {tool}");
    let (code, _, err) = init("app", "packages/own/index.js", &test, "p");
    assert_eq!(code, 0, "{err}");
    assert!(
        err.contains("node_modules and 1 more are not copied"),
        "{err}"
    );
    // A part of it finds what is installed for all.
    let test = "node -e 'if (require(\"dep\") + require(\"own\").twice(1) !== 9) process.exit(1)'";
    let (code, _, err) = init("app/packages/own", "index.js", test, "q");
    assert_eq!(code, 0, "{err}");
    let kept = at.join("app/node_modules/deeper/index.js");
    assert_eq!(
        std::fs::read_to_string(kept).unwrap(),
        "module.exports = 6;\n"
    );
    assert!(!at.join("app/node_modules/dep/new.js").exists());
}

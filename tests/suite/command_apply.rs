//! Claims about putting a result into the person's files: what is shown is what is written, and whatever speaks against it
//! leaves everything as it was.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::command::{answer, commit, folded, git, quick, run_in, there};
use super::support::fake_server::FakeServer;

const HEAD: &str = "\u{feff}# A script.\r\necho first >/dev/null\r\n# begin\r\n";
const OLD: &str = "echo done\r\nsleep 0.2\r\n# last\r\n";
const NEW: &str = "echo done\r\nsleep 0.02\r\n# last\r\n";
const TAIL: &str = "# end\r\ntrue";

/// A run with a result, on a file with a mark of byte order, `\r\n`, a mode of its own and no last line end.
fn home_with_result() -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    let app = home.path().join("app");
    fs::create_dir(&app).unwrap();
    fs::write(app.join("work.sh"), format!("{HEAD}{OLD}{TAIL}")).unwrap();
    fs::set_permissions(app.join("work.sh"), fs::Permissions::from_mode(0o750)).unwrap();
    commit(&app);
    let server = FakeServer::start(vec![
        answer("Sleep less.\n```diff\n@@ -1,2 +1,2 @@\n echo done\n-sleep 0.2\n+sleep 0.02\n```\n"),
        answer("Sleeping less made it faster."),
        answer("<<<<<<< SEARCH\nrm -rf x\n=======\n:\n>>>>>>> REPLACE\n"),
        answer("The lines to replace were not there."),
    ]);
    let command = "tr -d '\\015' < work.sh > plain.sh && sh plain.sh";
    let agent = format!("script=m@{}", server.url());
    let init = [
        "init",
        "--project",
        "app",
        "--out",
        "p",
        "--file",
        "work.sh",
        "--markers",
        "# begin",
        "# end",
        "--test",
        command,
        "--bench",
        command,
    ];
    let (code, _, err) = run_in(home.path(), &init);
    assert_eq!(code, 0, "{err}");
    quick(&home.path().join("p"));
    let (code, out, err) = run_in(
        home.path(),
        &["run", "p", "--headless", "--rounds", "2", "--agent", &agent],
    );
    assert_eq!(code, 0, "{out}{err}");
    home
}

fn text(home: &Path) -> String {
    fs::read_to_string(home.join("app/work.sh")).unwrap()
}

#[test]
fn a_result_goes_into_the_file_and_keeps_everything_else_of_it() {
    if !there("git") {
        return;
    }
    let home = home_with_result();
    let (home, app) = (home.path(), home.path().join("app"));
    let unit = &folded(home).units[0];
    let first = &unit.candidates.values().next().unwrap().evaluated;
    assert!(unit.winner.is_some(), "{first:?} {:?}", unit.confirmed);
    let misfit = &unit
        .candidates
        .values()
        .nth(1)
        .unwrap()
        .evaluated
        .as_ref()
        .unwrap()
        .evaluation;
    assert!(
        format!("{misfit:?}").contains("does not apply"),
        "{misfit:?}"
    );

    let (code, diff, err) = run_in(home, &["apply", "latest"]);
    assert_eq!(code, 0, "{err}");
    assert!(diff.contains("-sleep 0.2\r\n+sleep 0.02\r\n"), "{diff:?}");
    assert!(
        err.contains("Nothing was written") && err.contains("Machine: "),
        "{err}"
    );
    assert_eq!(text(home), format!("{HEAD}{OLD}{TAIL}"));

    // A commit of its own, while files and branch stay.
    let (code, _, err) = run_in(home, &["apply", "latest", "--branch", "faster"]);
    assert_eq!(code, 0, "{err}");
    assert_eq!(git(&app, &["status", "--porcelain"]).1, "");
    let (good, message) = git(&app, &["log", "-1", "--format=%B", "faster"]);
    assert!(
        good && message.contains("Speedup ") && message.contains("project_tests passed"),
        "{message}"
    );
    let shown = git(&app, &["show", "faster:work.sh"]).1;
    assert_eq!(shown, format!("{HEAD}{NEW}{TAIL}"));
    assert!(git(&app, &["ls-tree", "faster"]).1.starts_with("100755"));
    let (code, _, err) = run_in(home, &["apply", "latest", "--branch", "faster"]);
    assert_eq!(code, 2);
    assert!(err.contains("already"), "{err}");

    // A file that cannot be written, a patch file that is there, a folder that takes nothing.
    let locked =
        |mode| fs::set_permissions(app.join("work.sh"), fs::Permissions::from_mode(mode)).unwrap();
    locked(0o550);
    let (code, _, err) = run_in(home, &["apply", "latest", "--in-place", "--allow-dirty"]);
    assert_eq!(code, 3);
    assert!(
        err.contains("cannot be changed") && err.contains("--patch"),
        "{err}"
    );
    locked(0o750);
    fs::write(home.join("taken"), "mine").unwrap();
    for place in ["taken", "/proc/x.patch"] {
        let (code, _, err) = run_in(home, &["apply", "latest", "--patch", place]);
        assert_eq!(code, 3, "{err}");
    }
    assert_eq!(fs::read_to_string(home.join("taken")).unwrap(), "mine");

    // Uncommitted changes elsewhere in the file.
    let noted = format!("{HEAD}{OLD}{TAIL}").replace("# A script", "# My script");
    fs::write(app.join("work.sh"), &noted).unwrap();
    for target in [&["--in-place"][..], &["--branch", "other"]] {
        let (code, _, err) = run_in(home, &[&["apply", "latest"], target].concat());
        assert_eq!(code, 2);
        assert!(
            err.contains("not committed") && err.contains("Nothing was written"),
            "{err}"
        );
    }
    assert_eq!(text(home), noted);

    // Changes of the region itself: refused, merged where the lines differ, refused where they do not.
    let both = noted.replace("# last", "# very last");
    fs::write(app.join("work.sh"), &both).unwrap();
    let (code, _, err) = run_in(home, &["apply", "latest"]);
    assert_eq!(code, 2);
    assert!(
        err.contains("has changed since") && err.contains("--merge"),
        "{err}"
    );
    let (code, _, err) = run_in(home, &["apply", "latest", "--merge"]);
    assert_eq!(code, 2, "neighbouring lines: {err}");
    let apart = noted
        .replace(
            "echo done\r\nsleep 0.2\r\n",
            "echo done\r\nsleep 0.2\r\n: more\r\n",
        )
        .replace("# last", "# last one");
    fs::write(app.join("work.sh"), &apart).unwrap();
    let (code, _, err) = run_in(home, &["apply", "latest", "--merge"]);
    assert_eq!(code, 2, "{err}");
    assert_eq!(text(home), apart);

    fs::write(app.join("work.sh"), &noted).unwrap();
    let (code, _, err) = run_in(home, &["apply", "latest", "--in-place", "--allow-dirty"]);
    assert_eq!(code, 0, "{err}");
    assert_eq!(text(home), noted.replace(OLD, NEW));
    let mode = fs::metadata(app.join("work.sh"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o750);
    let (code, _, err) = run_in(home, &["apply", "latest", "--in-place"]);
    assert_eq!(code, 2);
    assert!(err.contains("in place already"), "{err}");
    let (code, out, err) = run_in(home, &["verify", "latest", "--json"]);
    assert_eq!(code, 0, "{out}{err}");
    let value: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(value["verdict"], "faster");
}

#[test]
fn what_init_is_told_wrongly_is_said_and_nothing_is_left_behind() {
    let home = super::command::home_with("python");
    let base = [
        "init",
        "--project",
        "app",
        "--test",
        "true",
        "--bench",
        "true",
    ];
    let cases: [(&[&str], &str); 5] = [
        (&["--file", "none.py"], "no file none.py"),
        (
            &["--file", "primes.py", "--function", "Primes.al"],
            "did you mean Primes.all",
        ),
        (
            &["--file", "primes.py", "--markers", "# a", "# b"],
            "marker `# a`",
        ),
        (
            &["--file", "primes.py", "--lines", "5-900"],
            "has no lines 5 to 900",
        ),
        (
            &["--file", "primes.py", "--out", "/proc/p"],
            "cannot be written",
        ),
    ];
    for (more, words) in cases {
        let (code, out, err) = run_in(home.path(), &[&base[..], more].concat());
        assert!(code == 2 || code == 3, "{out}{err}");
        assert!(err.contains(words), "{words}: {err}");
    }
    let names: Vec<_> = fs::read_dir(home.path())
        .unwrap()
        .map(|e| e.unwrap().file_name())
        .collect();
    assert!(
        names
            .iter()
            .all(|name| !name.to_string_lossy().starts_with("lessonl-")),
        "{names:?}"
    );
}

#[test]
fn a_definition_that_goes_is_named_wherever_the_candidate_is_shown() {
    if !there("git") {
        return;
    }
    let home = tempfile::tempdir().unwrap();
    let app = home.path().join("app");
    fs::create_dir(&app).unwrap();
    let file =
        "import time\n\n\ndef work():\n    time.sleep(0.2)\n\n\ndef spare():\n    return 1\n";
    fs::write(app.join("work.py"), file).unwrap();
    commit(&app);
    let server = FakeServer::start(vec![
        answer(
            "<<<<<<< SEARCH\n    time.sleep(0.2)\n\n\ndef spare():\n    return 1\n=======\n    time.sleep(0.02)\n>>>>>>> REPLACE\n",
        ),
        answer("Sleeping less made it faster."),
    ]);
    let agent = format!("script=m@{}", server.url());
    // The interpreter's own start would be noise.
    let bench = "sleep \"$(sed -n 's/.*sleep(\\(.*\\))/\\1/p' work.py)\"";
    let init = [
        "init",
        "--project",
        "app",
        "--out",
        "p",
        "--file",
        "work.py",
        "--test",
        "true",
        "--bench",
        bench,
    ];
    let (code, _, err) = run_in(home.path(), &init);
    assert_eq!(code, 0, "{err}");
    quick(&home.path().join("p"));
    let run = ["run", "p", "--headless", "--rounds", "1", "--agent", &agent];
    let (code, out, err) = run_in(home.path(), &run);
    assert_eq!(code, 0, "{out}{err}");
    assert!(out.contains("it removes `spare`"), "{out}");
    assert!(out.contains("removes_definitions"), "{out}");

    let words = "It removes `spare`";
    let (code, _, err) = run_in(home.path(), &["apply", "latest"]);
    assert!(code == 0 && err.contains(words), "{err}");
    let (code, _, err) = run_in(home.path(), &["apply", "latest", "--branch", "faster"]);
    assert!(code == 0 && err.contains(words), "{err}");
    let (_, message) = git(&app, &["log", "-1", "--format=%B", "faster"]);
    assert!(message.contains(words), "{message}");
    let (code, out, _) = run_in(home.path(), &["apply", "latest", "--json", "--in-place"]);
    let applied: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(
        (code, &applied["removes"]),
        (0, &serde_json::json!(["spare"]))
    );
}

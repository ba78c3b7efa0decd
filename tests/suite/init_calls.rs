//! Claims about `lessonl init --from`: what real calls are handed becomes the inputs of a folder.

use std::path::Path;
use std::process::Command;

use super::cli::said;

const PROGRAM: &str = "#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n\
    struct node { int key; struct node *next; const char *name; FILE *log; };\n\
    struct table { int room; struct node **slots; long (*hash)(const char *); };\n\
    /* Sum of the keys of the list in one slot whose names begin with a letter. */\n\
    long weigh(const struct table *t, int slot, char first)\n{\n    long sum = 0;\n    for (const struct node *n = t->slots[slot]; n; n = n->next)\n\
    \x20       for (int i = 0; i < 40; i++)\n            if (n->name[0] == first)\n                sum += (n->key ^ i) % 7;\n    return sum;\n}\n\
    double mean(const double *x, int n)\n{\n    double s = 0;\n    for (int i = 0; i < n; i++)\n        s += x[i] > 1e6 ? 1e6 : x[i];\n    return n ? s / n : 0;\n}\n\
    int unused(int a) { return a + 1; }\n\
    int main(void)\n{\n    struct table t = { 8, calloc(8, sizeof(struct node *)), 0 };\n    for (int i = 0; i < 400; i++) {\n        struct node *n = malloc(sizeof *n);\n\
    \x20       n->key = i * 37; n->name = i % 3 ? \"ab\" : \"ba\"; n->log = stdout; n->next = t.slots[i % 8]; t.slots[i % 8] = n;\n    }\n\
    \x20   double x[50], all = 0;\n    for (int i = 0; i < 50; i++) x[i] = i * i;\n    for (int k = 0; k < 40; k++) all += weigh(&t, k % 8, k % 2 ? 'a' : 'b') + mean(x, k);\n    printf(\"%g\\n\", all);\n}\n";

/// A folder with the program and its source; `None` where there is no gdb.
fn home(flags: &[&str]) -> Option<tempfile::TempDir> {
    if Command::new("gdb").arg("--version").output().is_err() {
        println!("skipped: no gdb");
        return None;
    }
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("t.c"), PROGRAM).unwrap();
    let built = Command::new("gcc")
        .args(flags)
        .args(["t.c", "-o", "t"])
        .current_dir(home.path())
        .status()
        .unwrap();
    assert!(built.success());
    Some(home)
}

fn verdict(at: &Path, folder: &str, source: &str) -> String {
    std::fs::write(at.join("answer.cpp"), source).unwrap();
    let (code, out, err) = said(at, &["eval", folder, "answer.cpp", "--json"]);
    assert_eq!(code, 0, "{err}");
    out
}

#[test]
fn objects_that_point_to_one_another_are_recorded_and_tell_wrong_from_right() {
    let Some(home) = home(&["-g", "-O0"]) else {
        return;
    };
    let at = home.path();
    let (code, out, _) = said(at, &["init", "t.c", "--function", "weigh", "--unproved"]);
    assert!(code == 2 && out.contains("--from"), "{out}");
    let (code, out, err) = said(
        at,
        &[
            "init",
            "t.c",
            "--function",
            "weigh",
            "--force",
            "--from",
            "--",
            "./t",
        ],
    );
    assert!(code == 0 && out.contains("Proved"), "{out}{err}");
    assert!(err.contains("different calls are kept"), "{err}");
    let head = "long weigh(const struct table *t, int slot, char first) { long sum = 0; for (const struct node *n = t->slots[slot]; n; n = n->next) ";
    let wrong = format!("{head} if (n->name[0] == first) sum += 40 * (n->key % 7); return sum; }}");
    let right = format!(
        "{head} {{ if (n->name[0] != first) continue; for (int i = 0; i < 40; i++) sum += (n->key ^ i) % 7; }} return sum; }}"
    );
    let said = verdict(at, "./weigh", &wrong);
    assert!(said.contains("\"wrong_answer\""), "{said}");
    let said = verdict(at, "./weigh", &right);
    assert!(said.contains("\"measured\""), "{said}");
    let sent = std::fs::read_to_string(at.join("weigh/driver.cpp")).unwrap();
    assert!(!sent.contains("recorded_texts"), "{sent}");
}

#[test]
fn numbers_of_real_calls_stand_beside_drawn_ones() {
    let Some(home) = home(&["-g", "-O2", "-fno-inline"]) else {
        return;
    };
    let at = home.path();
    let (code, out, err) = said(
        at,
        &["init", "t.c", "--function", "mean", "--from", "--", "./t"],
    );
    assert!(code == 0 && out.contains("Proved"), "{out}{err}");
    let manifest = std::fs::read_to_string(at.join("mean/problem.toml")).unwrap();
    assert!(manifest.contains("\"drawn\""), "{manifest}");
    // Right for what the program hands it, wrong for what it may be handed.
    let wrong = "double mean(const double *x, int n) { double s = 0; for (int i = 0; i < n; i++) s += x[i]; return n ? s / n : 0; }";
    let said = verdict(at, "./mean", wrong);
    assert!(said.contains("\"wrong_answer\""), "{said}");
}

#[test]
fn what_cannot_be_recorded_is_said_with_the_reason_and_nothing_is_written() {
    let Some(home) = home(&["-O1"]) else {
        return;
    };
    let at = home.path();
    std::fs::write(at.join("script"), "#!/bin/sh\n./t\n").unwrap();
    let built = Command::new("gcc")
        .args(["-g", "t.c", "-o", "g"])
        .current_dir(at)
        .status();
    assert!(built.unwrap().success());
    for (function, command, expected) in [
        ("mean", &["./t"][..], "build it with -g"),
        ("mean", &["./none"], "no command `./none`"),
        ("mean", &["./script"], "is a script"),
        ("mean", &[], "--from needs a command"),
        ("unused", &["./g"], "never calls `unused`"),
    ] {
        let mut words = vec!["init", "t.c", "--function", function, "--from", "--"];
        words.extend(command);
        let (code, _, err) = said(at, &words);
        assert!(code == 2 && err.contains(expected), "{words:?}: {err}");
        assert!(!at.join(function).exists());
    }
}

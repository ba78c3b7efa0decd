//! Claims about what is left when something was contained: no process, and a report that names the line.
#![allow(clippy::unwrap_used, clippy::panic)] // a test's own helpers may fail loudly

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use lessonl::domain::evaluation::Evaluation;
use lessonl::domain::problem::Mode;
use lessonl::harness::{Cancel, Harness, HarnessSettings};

use super::harness::{SUM, SUM_DRIVER, SUM_ORIGINAL, harness, problem, ready, ready_sum};

/// Processes that have `token` in their arguments or environment. Tests share one binary, so its name tells nothing.
fn with_token(token: &str) -> Vec<u32> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir("/proc").unwrap().flatten() {
        let Ok(id) = entry.file_name().to_string_lossy().parse::<u32>() else {
            continue;
        };
        let mentions = |file: &str| {
            std::fs::read(entry.path().join(file))
                .is_ok_and(|bytes| String::from_utf8_lossy(&bytes).contains(token))
        };
        if mentions("cmdline") || mentions("environ") {
            found.push(id);
        }
    }
    found
}

/// Waits until as many processes have the token as wanted, and says whether that came.
fn comes(token: &str, wanted: impl Fn(usize) -> bool) -> bool {
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(60) {
        if wanted(with_token(token).len()) {
            return true;
        }
        std::thread::park_timeout(Duration::from_millis(5));
    }
    false
}

fn write_problem(folder: &Path) {
    let manifest = format!(
        "id = \"x/sum\"\ntitle = \"Sum\"\ncategory = \"x\"\ndescription = \"Sum.\"\nentry = \"{SUM}\"\n\
         [sizes]\ncheck = [0, 1, 7]\ntime = 20000\n"
    );
    for (name, text) in [
        ("problem.toml", manifest.as_str()),
        ("original.cpp", SUM_ORIGINAL),
        ("driver.cpp", SUM_DRIVER),
    ] {
        std::fs::write(folder.join(name), text).unwrap();
    }
}

/// The built program evaluating `source`, with a temporary folder of its own whose name all its processes carry.
fn evaluating(folder: &Path, source: &str) -> Command {
    write_problem(folder);
    std::fs::write(folder.join("candidate.cpp"), source).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_lessonl"));
    command
        .arg("eval")
        .arg(folder)
        .arg(folder.join("candidate.cpp"))
        .arg("--data-dir")
        .arg(folder)
        .env("TMPDIR", folder)
        .env(
            "XDG_CACHE_HOME",
            concat!(env!("CARGO_TARGET_TMPDIR"), "/contained"),
        )
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

#[test]
fn nothing_is_left_after_a_kill_that_cannot_be_caught() {
    let folder = tempfile::tempdir().unwrap();
    let token = folder.path().to_str().unwrap().to_owned();
    let endless = format!(
        "{SUM} {{ volatile int forever = x.size() > 2; while (forever) {{}} return 0; }}\n"
    );
    let mut program = evaluating(folder.path(), &endless).spawn().unwrap();
    assert!(comes(&token, |count| count >= 3), "nothing was started");
    program.kill().unwrap();
    program.wait().unwrap();
    assert!(
        comes(&token, |count| count == 0),
        "{:?}",
        with_token(&token)
    );
}

#[cfg(target_arch = "x86_64")]
#[test]
fn nothing_is_left_after_code_that_tries_to_stay() {
    let call = "static long call(long number, long a, long b) { long r; \
        asm volatile(\"syscall\" : \"=a\"(r) : \"a\"(number), \"D\"(a), \"S\"(b) : \"rcx\", \"r11\", \"memory\"); return r; }";
    // fork, vfork, clone without a thread, setsid, ignoring the end of a session
    for body in [
        "if (call(57, 0, 0) == 0) for (;;) {}",
        "call(58, 0, 0);",
        "if (call(56, 0, 0) == 0) for (;;) {}",
        "call(112, 0, 0); for (;;) {}",
        "for (;;) {}",
    ] {
        let folder = tempfile::tempdir().unwrap();
        let token = folder.path().to_str().unwrap().to_owned();
        let source = format!("{call}\n{SUM} {{ if (x.size() > 2) {{ {body} }} return 0; }}\n");
        assert!(
            evaluating(folder.path(), &source)
                .status()
                .unwrap()
                .success()
        );
        assert!(
            comes(&token, |count| count == 0),
            "{body}: {:?}",
            with_token(&token)
        );
    }
}

#[test]
fn nothing_is_left_of_what_a_compiler_started() {
    let folder = tempfile::tempdir().unwrap();
    let token = folder.path().to_str().unwrap().to_owned();
    let compiler = folder.path().join("g++");
    let script = format!(
        "#!/bin/sh\ncase \"$*\" in *unit.cpp*) : > {token}/begun; LEFT={token} sleep 600 > {token}/out 2>&1 & ;; esac\n\
         exec g++ \"$@\"\n"
    );
    std::fs::write(&compiler, script).unwrap();
    std::fs::set_permissions(&compiler, std::fs::Permissions::from_mode(0o755)).unwrap();
    // Contained it could not even be read.
    let harness = Harness::open(HarnessSettings {
        compiler: Some(compiler.display().to_string()),
        runner: Some(env!("CARGO_BIN_EXE_lessonl").into()),
        unsafe_no_sandbox: true,
        ..HarnessSettings::default()
    })
    .unwrap();
    let sum = problem(SUM, SUM_ORIGINAL, SUM_DRIVER, 5000);
    let prepared = harness.prepare(sum, Mode::Serial, &Cancel::default(), &|_| ());
    assert!(prepared.is_ok(), "{:?}", prepared.err());
    assert!(folder.path().join("begun").exists());
    assert!(
        comes(&token, |count| count == 0),
        "{:?}",
        with_token(&token)
    );
}

#[test]
fn an_access_out_of_bounds_names_its_line_and_thrown_exceptions_are_watched() {
    let ready = ready_sum();
    if !watched(&ready) {
        println!("skipped: this compiler has no address sanitizer");
        return;
    }
    let beyond = format!(
        "{SUM} {{\n    double total = 0;\n    volatile double *own = new double[x.size() + 1];\n    \
         for (size_t i = 0; i < x.size(); ++i) total += x[i];\n    own[x.size() + 1] = total;\n    \
         delete[] own;\n    return total;\n}}\n"
    );
    let found = said(ready.outcome(&beyond));
    assert!(found.contains("in line 5"), "{found}");
    let throwing = format!(
        "{SUM} {{\n    double total = 0;\n    for (double v : x) total += v;\n    \
         try {{ if (x.size() > 2) throw 1; }} catch (int) {{\n        volatile double *own = new double[4];\n        \
         volatile size_t at = 4;\n        own[at] = total;\n        delete[] own;\n    }}\n    return total;\n}}\n"
    );
    let found = said(ready.outcome(&throwing));
    assert!(found.contains("in line 7"), "{found}");
}

/// What its author is told: it is refused, or it had crashed before and the sanitizer says why.
fn said(found: Evaluation) -> String {
    match found {
        Evaluation::Rejected { message, .. } => message,
        Evaluation::Crashed { how, .. } => how,
        other => panic!("{other:?}"),
    }
}

fn watched(ready: &super::harness::Ready) -> bool {
    ready
        .of(super::harness::SUM_FAST)
        .gates
        .iter()
        .any(|gate| gate.name == "sanitizers" && gate.passed == Some(true))
}

#[test]
fn the_level_of_containment_is_told() {
    let told = harness().machine().sandbox;
    let known = ["landlock+seccomp", "landlock+seccomp+namespaces"];
    assert!(known.contains(&told.as_str()), "{told}");
    if told == known[0] {
        println!("namespaces are not to be had here");
    }
}

#[test]
fn a_verdict_is_kept_for_the_same_file_and_found_without_preparing() {
    let sum = problem(SUM, SUM_ORIGINAL, SUM_DRIVER, 5000);
    let ready = ready(sum.clone(), Mode::Serial);
    let source = format!("// {}\nint nothing;\n", fastrand::u64(..));
    let known = || ready.harness.known(&sum, Mode::Serial, &source);
    assert_eq!(known(), None);
    let cancel = lessonl::harness::Cancel::default();
    let first = ready
        .harness
        .evaluate(&ready.prepared, &source, 1, &cancel, &|_| ());
    assert_eq!(
        known().map(|kept| (kept.cached, kept.evaluation)),
        Some((true, first.evaluation))
    );
}

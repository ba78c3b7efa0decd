//! Claims about runs seen from another process: what is stored is told, commands reach the run, a dead runner is told of.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use lessonl::domain::event::{Envelope, Fact};

use super::cli::{lessonl, said};

/// A run of one built-in agent, held by a command through its socket.
struct Held {
    home: tempfile::TempDir,
    runner: Child,
    socket: UnixStream,
    path: PathBuf,
}

fn held() -> Held {
    let home = tempfile::tempdir().unwrap();
    let team = home.path().join("team.toml");
    let agent = "[[agent]]\nname = \"loops\"\nkind = \"rewriter\"\nstyle = \"loops\"\n";
    fs::write(&team, agent).unwrap();
    let mut runner = lessonl(home.path(), &["run", "pareval/dense_la/axpy", "--json"])
        .args(["--rounds", "2"])
        .arg("--agents")
        .arg(&team)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut told = BufReader::new(runner.stdout.take().unwrap()).lines();
    let first: Envelope = serde_json::from_str(&told.next().unwrap().unwrap()).unwrap();
    let path = found(home.path(), &format!("{}.sock", first.run));
    let mut socket = UnixStream::connect(&path).unwrap();
    socket.write_all(b"\"pause\"\n").unwrap();
    let paused = |line: std::io::Result<String>| {
        let envelope: Envelope = serde_json::from_str(&line.unwrap()).unwrap();
        matches!(envelope.fact, Fact::PauseSet { paused: true })
    };
    assert!(told.any(paused), "the run ended before it heard");
    // Whoever reads our output stays, so that the run is not stopped.
    std::thread::spawn(move || told.count());
    Held {
        home,
        runner,
        socket,
        path,
    }
}

fn found(below: &Path, name: &str) -> PathBuf {
    let mut open = vec![below.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.file_name().is_some_and(|file| file == name) {
                return path;
            }
            if path.is_dir() {
                open.push(path);
            }
        }
    }
    panic!("no {name}");
}

fn watch(home: &Path) -> (Child, impl Iterator<Item = Envelope> + use<>) {
    let mut watcher = lessonl(home, &["watch", "--json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let told = BufReader::new(watcher.stdout.take().unwrap()).lines();
    let facts = told.map(|line| serde_json::from_str(&line.unwrap()).unwrap());
    (watcher, facts)
}

#[test]
fn a_watcher_is_told_exactly_what_is_stored_and_commands_reach_the_run() {
    let mut held = held();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&held.path), 0o600);
    assert_eq!(mode(held.path.parent().unwrap()), 0o700);
    let (mut watcher, mut facts) = watch(held.home.path());
    let paused = Fact::PauseSet { paused: true };
    let mut told: Vec<Envelope> = facts
        .by_ref()
        .take_while(|envelope| envelope.fact != paused)
        .collect();
    let before = told.len();
    held.socket.write_all(b"\"resume\"\n").unwrap();
    told.extend(facts);
    assert!(watcher.wait().unwrap().success());
    assert!(held.runner.wait().unwrap().success());
    let (code, out, err) = said(held.home.path(), &["export", "latest"]);
    assert_eq!(code, 0, "{err}");
    let mut stored: Vec<Envelope> = out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(stored.remove(before).fact, paused);
    assert_eq!(told, stored);
    assert!(!held.path.exists());
}

#[test]
fn a_watcher_says_when_the_process_behind_the_run_is_gone() {
    let mut held = held();
    let (watcher, mut facts) = watch(held.home.path());
    assert!(facts.any(|envelope| envelope.fact == Fact::PauseSet { paused: true }));
    held.runner.kill().unwrap();
    held.runner.wait().unwrap();
    assert_eq!(facts.count(), 0);
    let out = watcher.wait_with_output().unwrap();
    let words = String::from_utf8(out.stderr).unwrap();
    assert!(out.status.success(), "{words}");
    assert!(words.contains("is gone. Go on with it: lessonl run --resume"));
}

//! One command of a project in one copy: started contained, waited for, and what it came to.
//! Never decides what an outcome means.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use super::super::compile::Bench;
use super::super::process::level::Level;
use super::super::process::project_sandbox;
use super::super::process::spawn::{Process, ProcessStart};
use super::super::supervise::{CommandEnd, CommandReport, CommandTask};
use super::super::worker::WorkerJob;
use super::super::{Cancel, HarnessError};
use crate::domain::project::{Network, Project};

/// How long the supervisor may take to end everything once it is asked to.
const FAREWELL: Duration = Duration::from_secs(12);
/// Of the network's settings, what commands with network are told.
const NETWORK: [&str; 9] = [
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "SSL_CERT_FILE",
    "PIP_CERT",
    "CARGO_HTTP_CAINFO",
];

/// What a command is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CommandStep {
    /// Once, before anything else.
    Setup,
    /// Builds.
    Build,
    /// Tests.
    Test,
    /// Is timed.
    Bench,
}

/// A copy with a home of its own.
#[derive(Debug, Clone)]
pub(crate) struct ProjectCopy {
    /// Holds both.
    pub(crate) folder: PathBuf,
}

impl ProjectCopy {
    /// Where the project is.
    pub(crate) fn project(&self) -> PathBuf {
        self.folder.join("project")
    }

    /// What commands think is the person's home.
    pub(crate) fn home(&self) -> PathBuf {
        self.folder.join("home")
    }

    /// Their temporary folder, empty before each command.
    pub(crate) fn temporary(&self) -> PathBuf {
        self.folder.join("home/tmp")
    }
}

/// Runs a step's command in a copy; at most `time`. The error is ours, never the command's.
pub(crate) fn run(
    bench: &Bench,
    project: &Project,
    side: &ProjectCopy,
    step: CommandStep,
    time: Duration,
    cancel: &Cancel,
) -> Result<CommandReport, HarnessError> {
    let command = match step {
        CommandStep::Setup => project.setup.as_deref(),
        CommandStep::Build => project.build.as_deref(),
        CommandStep::Test => Some(project.test.as_str()),
        CommandStep::Bench => Some(project.bench.as_str()),
    };
    let network = match project.network {
        Network::Never => false,
        Network::Setup => step == CommandStep::Setup,
        Network::Always => true,
    };
    let fault = |what: String| HarnessError::Environment {
        what: format!("a command of the project could not be run: {what}"),
        hint: "see whether the disk has room and /bin/sh is there".to_owned(),
    };
    let person = person();
    ready_home(side, person.as_deref(), network).map_err(|error| fault(error.to_string()))?;
    let limits = project.limits;
    let mut read = person
        .as_deref()
        .map(project_sandbox::toolchains)
        .unwrap_or_default();
    read.extend(project.read.iter().cloned());
    let task = CommandTask {
        command: command.unwrap_or("true").to_owned(),
        read: read.clone(),
        write: side.folder.clone(),
        network,
        time,
        memory: limits.memory << 20,
        processes: limits.processes,
        disk: limits.disk << 20,
        output: limits.output << 20,
        look: step != CommandStep::Bench,
        contained: bench.contained != Level::Nothing,
    };
    let words =
        tempfile::tempfile_in(&bench.temporary).map_err(|error| fault(error.to_string()))?;
    let copy = words
        .try_clone()
        .map_err(|error| fault(error.to_string()))?;
    let mut process = Process::start(ProcessStart {
        runner: bench.runner.as_ref(),
        job: &WorkerJob::Supervise(Box::new(task)),
        folder: &side.project(),
        environment: environment(project, side, person.as_deref(), network, &read),
        input: Stdio::null(),
        second: Stdio::from(copy),
        output: Stdio::null(),
    })
    .map_err(|error| fault(error.to_string()))?;
    let ended = process.wait(Instant::now() + time + FAREWELL, cancel);
    if ended.is_none() {
        process.ask_to_end();
        // The supervisor alone can end what left its group.
        process.wait(Instant::now() + FAREWELL, &Cancel::default());
        process.kill();
        if cancel.is_cancelled() {
            return Err(HarnessError::Cancelled);
        }
    }
    let report = reported(words).map_err(fault)?;
    match report.end {
        CommandEnd::Asked if cancel.is_cancelled() => Err(HarnessError::Cancelled),
        CommandEnd::Asked => Err(fault("it was ended from outside".to_owned())),
        CommandEnd::NotStarted(why) => Err(fault(why)),
        CommandEnd::Code(_) | CommandEnd::Signal(_) | CommandEnd::Time | CommandEnd::Limit(_) => {
            Ok(report)
        }
    }
}

/// What the supervisor wrote when it ended.
fn reported(mut words: File) -> Result<CommandReport, String> {
    let mut text = String::new();
    words
        .rewind()
        .and_then(|()| words.take(4 << 20).read_to_string(&mut text))
        .map_err(|error| error.to_string())?;
    serde_json::from_str(text.trim())
        .map_err(|_| "its supervisor ended without a report".to_owned())
}

/// The person's home.
fn person() -> Option<PathBuf> {
    std::env::var_os("HOME")
        .map(PathBuf::from)
        .filter(|home| home.is_absolute())
}

/// An empty temporary folder, and without network the person's own store of crates to read.
fn ready_home(side: &ProjectCopy, person: Option<&Path>, network: bool) -> std::io::Result<()> {
    super::copy::clear(&side.temporary())?;
    std::fs::create_dir_all(side.temporary())?;
    let cargo = side.home().join(".cargo");
    std::fs::create_dir_all(&cargo)?;
    if network {
        return Ok(());
    }
    let own = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let real = own.or_else(|| person.map(|home| home.join(".cargo")));
    for name in ["registry", "git"] {
        let (link, target) = (cargo.join(name), real.as_ref().map(|real| real.join(name)));
        if let Some(target) =
            target.filter(|target| target.is_dir() && link.symlink_metadata().is_err())
        {
            std::os::unix::fs::symlink(target, link)?;
        }
    }
    Ok(())
}

/// Everything that is in a command's environment.
fn environment(
    project: &Project,
    side: &ProjectCopy,
    person: Option<&Path>,
    network: bool,
    read: &[PathBuf],
) -> Vec<(String, String)> {
    let text = |path: PathBuf| path.display().to_string();
    let mut all: BTreeMap<String, String> = BTreeMap::from([
        ("HOME".to_owned(), text(side.home())),
        ("TMPDIR".to_owned(), text(side.temporary())),
        ("CARGO_HOME".to_owned(), text(side.home().join(".cargo"))),
        ("LANG".to_owned(), "C.UTF-8".to_owned()),
        ("USER".to_owned(), "lessonl".to_owned()),
        ("TERM".to_owned(), "dumb".to_owned()),
        ("PATH".to_owned(), search_path(read)),
    ]);
    if !network {
        all.insert("CARGO_NET_OFFLINE".to_owned(), "true".to_owned());
        all.insert("PIP_NO_INDEX".to_owned(), "1".to_owned());
        // What is not installed is said at once, not after a minute of asking.
        all.insert("npm_config_offline".to_owned(), "true".to_owned());
        all.insert("npm_config_update_notifier".to_owned(), "false".to_owned());
        all.insert("GOPROXY".to_owned(), "off".to_owned());
    }
    let place = |name: &str, below: &str| {
        let given = std::env::var(name).ok().filter(|value| !value.is_empty());
        given.or_else(|| Some(text(person?.join(below))).filter(|path| Path::new(path).is_dir()))
    };
    for (name, below) in [
        ("RUSTUP_HOME", ".rustup"),
        ("PYENV_ROOT", ".pyenv"),
        ("GOMODCACHE", "go/pkg/mod"),
    ] {
        all.extend(place(name, below).map(|value| (name.to_owned(), value)));
    }
    let known = ["RUSTUP_TOOLCHAIN", "JAVA_HOME", "GOROOT"];
    let more: &[&str] = if network { &NETWORK } else { &[] };
    for name in known.iter().chain(more) {
        all.extend(
            std::env::var(name)
                .ok()
                .map(|value| ((*name).to_owned(), value)),
        );
    }
    all.extend(
        project
            .env
            .iter()
            .map(|(name, value)| (name.clone(), value.clone())),
    );
    all.into_iter().collect()
}

/// The person's search path as far as the cage can read it, then the system's.
fn search_path(read: &[PathBuf]) -> String {
    let usual = ["/usr/local/bin", "/usr/bin", "/bin", "/usr/sbin", "/sbin"].map(PathBuf::from);
    let own = std::env::var_os("PATH").unwrap_or_default();
    let seen = |path: &PathBuf| {
        path.is_absolute()
            && (["/usr", "/bin", "/sbin", "/opt", "/nix/store"]
                .iter()
                .any(|root| path.starts_with(root))
                || read.iter().any(|root| path.starts_with(root)))
    };
    let mut all: Vec<PathBuf> = Vec::new();
    for path in std::env::split_paths(&own).filter(seen).chain(usual) {
        if !all.contains(&path) {
            all.push(path);
        }
    }
    std::env::join_paths(all).map_or_else(
        |_| "/usr/bin:/bin".to_owned(),
        |joined| joined.to_string_lossy().into_owned(),
    )
}

/// How a command ended, in words; `None` if it ended well.
pub(crate) fn how(report: &CommandReport, time: Duration) -> Option<String> {
    match &report.end {
        CommandEnd::Code(0) => None,
        CommandEnd::Code(code) => Some(format!("it ended with exit code {code}")),
        CommandEnd::Signal(signal) => Some(format!("it was ended by signal {signal}")),
        CommandEnd::Time => Some(format!("it did not end within {} s", time.as_secs())),
        CommandEnd::Limit(what) => Some(what.clone()),
        CommandEnd::Asked | CommandEnd::NotStarted(_) => Some("it was not run".to_owned()),
    }
}

/// The last lines of what a command said, complaints last, without what could steer a terminal; at most `most` lines.
pub(crate) fn last_words(report: &CommandReport, most: usize) -> String {
    let clean = |text: &str| -> Vec<String> {
        text.lines()
            .map(plain)
            .filter(|line| !line.trim().is_empty())
            .collect()
    };
    let (out, err) = (clean(&report.out), clean(&report.err));
    // What failed is worth more than how a test program ends.
    let failed = failing(&out, &err, most * 2 / 3);
    let most = most.saturating_sub(failed.len()).max(1);
    // Test programs print what failed to either.
    let mut lines: Vec<String> = failed;
    let from_err = err
        .len()
        .min(most / 2 + most.saturating_sub(out.len()).min(most / 2));
    let from_out = out.len().min(most - from_err);
    let ends = out[out.len() - from_out..]
        .iter()
        .chain(&err[err.len() - from_err..]);
    for line in ends {
        if !lines.contains(line) {
            lines.push(line.clone());
        }
    }
    lines.join("\n")
}

/// The lines in which the usual test programs say what they expected and what they got instead, at most so many.
fn failing(out: &[String], err: &[String], most: usize) -> Vec<String> {
    const BEGIN: [&str; 17] = [
        "E   ",
        "FAIL:",
        "ERROR:",
        "FAILED ",
        "not ok ",
        "expected:",
        "actual:",
        "Expected:",
        "Received:",
        "left:",
        "right:",
        "assertion ",
        "Actual:",
        "Which is:",
        "+ ",
        "- ",
        "AssertionError",
    ];
    const HOLD: [&str; 9] = [
        "panicked at",
        ": Failure",
        "AssertionError",
        "Assertion `",
        "Assertion failed",
        "assert ",
        "Error: ",
        "(Failed)",
        "--- FAIL",
    ];
    let tells = |line: &str| {
        let begun = line.trim_start();
        let marks = BEGIN.iter().any(|mark| match mark.ends_with("   ") {
            true => line.starts_with(mark),
            false => begun.starts_with(mark),
        });
        marks || HOLD.iter().any(|mark| line.contains(mark))
    };
    let mut found: Vec<String> = Vec::new();
    for side in [out, err] {
        // Plain lists begin with dashes, too: differences count only where something failed before them.
        let mut failed = false;
        for (at, line) in side.iter().enumerate() {
            let change = ["+ ", "- "]
                .iter()
                .any(|mark| line.trim_start().starts_with(mark));
            let said = tells(line) && (failed || !change);
            failed |= said;
            // What a line announces stands on the next.
            let after = at > 0
                && side.get(at - 1).is_some_and(|before| {
                    before.contains("panicked at") || before.contains(": Failure")
                });
            if (said || after) && found.len() < most && !found.contains(line) {
                found.push(line.clone());
            }
        }
    }
    found
}

/// A line without colours and other control sequences.
fn plain(line: &str) -> String {
    let mut text = String::new();
    let mut rest = line.chars().peekable();
    while let Some(c) = rest.next() {
        if c == '\u{1b}' && rest.peek() == Some(&'[') {
            rest.next();
            while rest.next().is_some_and(|c| !c.is_ascii_alphabetic()) {}
        } else if c == '\t' || !c.is_control() {
            text.push(c);
        }
    }
    text.chars().take(400).collect()
}

/// The line of what passing tests said that says most: the last with a figure, else the last.
pub(crate) fn telling(words: &str) -> Option<&str> {
    let mut lines = words.lines().rev().map(str::trim);
    let figure = |line: &&str| line.contains(|letter: char| letter.is_ascii_digit());
    let last = lines.clone().next();
    lines.find(figure).or(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_words_are_of_both_streams_and_without_colours() {
        let report = CommandReport {
            end: CommandEnd::Code(1),
            wall: Duration::ZERO,
            cpu: Duration::ZERO,
            left: 0,
            out: "one\n\ntwo\n\u{1b}[31mred\u{1b}[0m\n".to_owned(),
            err: "bad\n".to_owned(),
        };
        assert_eq!(last_words(&report, 3), "two\nred\nbad");
        // What failed is told although the end says other things.
        let noise = "warning: one\n"
            .repeat(40)
            .replace("one", "of another library");
        for (said, told) in [
            (
                "    def test_it():\n>       assert f(3) == 4\nE       assert 5 == 4\nE        +  where 5 = f(3)\n",
                "E       assert 5 == 4",
            ),
            (
                "FAIL: test_it (t.T)\nTraceback\nAssertionError: 5 != 4\n",
                "AssertionError: 5 != 4",
            ),
            (
                "thread 'it' panicked at src/lib.rs:3:5:\nassertion `left == right` failed\n  left: 5\n right: 4\n",
                "  left: 5",
            ),
            (
                "not ok 1 - it\n  ---\n  expected: 4\n  actual: 5\n",
                "  actual: 5",
            ),
            (
                "t.cpp:4: Failure\nExpected equality of these values:\n  f(3)\n    Which is: 5\n",
                "    Which is: 5",
            ),
        ] {
            let report = CommandReport {
                out: format!("{said}{noise}"),
                err: String::new(),
                ..report.clone()
            };
            let words = last_words(&report, 12);
            assert!(words.lines().any(|line| line == told), "{words}");
            assert!(words.lines().count() <= 12, "{words}");
        }
        assert_eq!(
            how(&report, Duration::ZERO).unwrap(),
            "it ended with exit code 1"
        );
    }

    #[test]
    fn passing_tests_are_quoted_by_their_figures() {
        let cargo = "running 3 tests\ntest result: ok. 3 passed; 0 failed\n   Doc-tests word";
        assert_eq!(telling(cargo), Some("test result: ok. 3 passed; 0 failed"));
        assert_eq!(telling("  all is well "), Some("all is well"));
        assert_eq!(telling(""), None);
    }
}

//! Records what real calls of a function are handed, while a person's own program runs as they would run it: gdb stops at
//! the function and `record.py` reads the arguments. The program is not contained, and nothing of it is judged.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};

use serde::Deserialize;
use serde_json::json;

use super::HarnessError;
use super::sampling::is_there;

/// Bytes of one call that are kept at most, of all calls together, and calls.
const EACH: usize = 64 << 10;
const ALL: usize = 512 << 10;
const CALLS: usize = 400;
/// Seconds after which calls are no longer looked at.
const SECONDS: u64 = 30;

/// Where a function is, and how each of its arguments is read.
#[derive(Debug, Clone, PartialEq)]
pub struct Recipe {
    /// Its name, as the debugger knows it.
    pub function: String,
    /// Its file.
    pub file: std::path::PathBuf,
    /// Its lines there, from 1.
    pub lines: (usize, usize),
    /// How each argument is read, as JSON.
    pub parameters: serde_json::Value,
    /// The names that the function and what it calls use: pointers under others are not followed.
    pub words: Vec<String>,
    /// Of a template, the types it is made of.
    pub template: Vec<String>,
}

/// What was recorded.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub struct Recording {
    /// The arguments of a call each, no two alike, as bytes in base 64.
    pub cases: Vec<String>,
    /// Calls that were looked at.
    pub hits: u64,
    /// Why some are not kept, and how many.
    pub left: BTreeMap<String, u64>,
    /// What else should be known.
    pub notes: Vec<String>,
    /// Whether the program has the function with debug information.
    found: bool,
    error: Option<String>,
}

/// Runs a command and records.
///
/// # Errors
/// If there is no gdb, the command does not run, or no call could be kept.
pub fn record(recipe: &Recipe, command: &[String]) -> Result<Recording, HarnessError> {
    let problem = |what: String| HarnessError::Problem { what };
    is_there(command).map_err(problem)?;
    if is_script(command) {
        return Err(problem(format!(
            "`{}` is a script, and calls are recorded of a program itself; give the command that the script runs",
            command.first().map_or("", String::as_str)
        )));
    }
    let environment = |error: std::io::Error| HarnessError::Environment {
        what: format!("cannot write temporary files: {error}"),
        hint: "see whether the disk has room, or set TMPDIR".to_owned(),
    };
    let folder = tempfile::tempdir().map_err(environment)?;
    let at = |name: &str| folder.path().join(name);
    let plan = json!({
        "file": recipe.file, "function": recipe.function, "first": recipe.lines.0, "last": recipe.lines.1,
        "parameters": recipe.parameters, "words": recipe.words, "template": recipe.template,
        "each": EACH, "all": ALL, "calls": CALLS, "seconds": SECONDS,
    });
    std::fs::write(at("plan.json"), plan.to_string()).map_err(environment)?;
    std::fs::write(at("record.py"), include_str!("record.py")).map_err(environment)?;
    let said = std::fs::File::create(at("words")).map_err(environment)?;
    let status = Command::new("gdb")
        .args(["-nx", "-nh", "-batch", "-q", "-x"])
        .arg(at("record.py"))
        .arg("--args")
        .args(command)
        .env("LESSONL_PLAN", at("plan.json"))
        .env("LESSONL_CALLS", at("calls.json"))
        .stdin(Stdio::null())
        .stdout(Stdio::from(said.try_clone().map_err(environment)?))
        .stderr(Stdio::from(said))
        .status();
    if let Err(error) = status {
        return Err(HarnessError::Environment {
            what: format!("calls are recorded with gdb, which cannot be started: {error}"),
            hint: "install gdb (Debian: apt install gdb)".to_owned(),
        });
    }
    let words = std::fs::read(at("words")).unwrap_or_default();
    let words = String::from_utf8_lossy(&words).into_owned();
    let Ok(text) = std::fs::read_to_string(at("calls.json")) else {
        return Err(HarnessError::Environment {
            what: format!("gdb recorded nothing: {}", last(&words)),
            hint: "calls are recorded with a gdb that has Python; see whether it may look at processes here".to_owned(),
        });
    };
    let recording: Recording = serde_json::from_str(&text)
        .map_err(|error| problem(format!("what gdb recorded cannot be read: {error}")))?;
    kept(recording, recipe, command, &words).map_err(problem)
}

/// The recording, or in words why it keeps no call.
fn kept(
    recording: Recording,
    recipe: &Recipe,
    command: &[String],
    words: &str,
) -> Result<Recording, String> {
    if !recording.cases.is_empty() {
        return Ok(recording);
    }
    let name = &recipe.function;
    let command = command.join(" ");
    if let Some(error) = &recording.error {
        return Err(format!("`{command}` does not run: {error}"));
    }
    if !recording.found {
        return Err(format!(
            "`{command}` has no `{name}` of its own with debug information; build it with -g (and -O0, where it is inlined) from {}; it said: {}",
            recipe.file.display(),
            last(words)
        ));
    }
    if recording.hits == 0 {
        return Err(format!(
            "`{command}` never calls `{name}` of {} in its own process: {}",
            recipe.file.display(),
            last(words)
        ));
    }
    let mut reasons: Vec<(&String, &u64)> = recording.left.iter().collect();
    reasons.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    let reasons: Vec<String> = reasons
        .into_iter()
        .take(3)
        .map(|(why, count)| format!("{count} times: {why}"))
        .collect();
    Err(format!(
        "none of {} calls of `{name}` could be recorded; {}",
        recording.hits,
        reasons.join("; ")
    ))
}

/// The last line that somebody said.
fn last(words: &str) -> String {
    let line = words
        .lines()
        .rev()
        .find(|line| !line.trim().is_empty() && !line.starts_with("[Inferior"));
    line.map_or("it said nothing", str::trim)
        .chars()
        .take(200)
        .collect()
}

/// Whether a command is a text for an interpreter.
fn is_script(command: &[String]) -> bool {
    let name = command.first().map_or("", String::as_str);
    let place = match name.contains('/') {
        true => Some(Path::new(name).to_owned()),
        false => {
            let path = std::env::var_os("PATH").unwrap_or_default();
            std::env::split_paths(&path)
                .map(|folder| folder.join(name))
                .find(|file| file.is_file())
        }
    };
    let begins = |place: &Path| {
        use std::io::Read as _;
        let mut two = [0; 2];
        std::fs::File::open(place).is_ok_and(|mut file| file.read_exact(&mut two).is_ok())
            && &two == b"#!"
    };
    place.is_some_and(|place| begins(&place))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_without_a_call_says_what_was_missing() {
        let recipe = Recipe {
            function: "sum".to_owned(),
            file: "/p/a.c".into(),
            lines: (1, 9),
            parameters: json!([]),
            words: Vec::new(),
            template: Vec::new(),
        };
        let command = ["./prog".to_owned()];
        let why = |recording| kept(recording, &recipe, &command, "hello\n\n").unwrap_err();
        let nothing = Recording::default();
        assert!(why(nothing.clone()).contains("build it with -g"));
        let found = Recording {
            found: true,
            ..nothing
        };
        assert!(why(found.clone()).ends_with("in its own process: hello"));
        let left = Recording {
            hits: 7,
            left: BTreeMap::from([("`x` is null".to_owned(), 7)]),
            ..found
        };
        assert_eq!(
            why(left),
            "none of 7 calls of `sum` could be recorded; 7 times: `x` is null"
        );
    }
}

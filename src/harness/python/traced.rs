//! Records what calls of a Python function are handed while a person's own program runs, and leaves what replays them as
//! tests and as a bench. The program runs as the person would run it, not contained; no candidate is judged.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde::Deserialize;
use serde_json::json;

use super::super::HarnessError;

/// Bytes of one call that are kept at most, of all calls together, and calls.
const EACH: usize = 64 << 10;
const ALL: usize = 1 << 20;
const CALLS: usize = 300;

/// A function of a project and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Traced {
    /// The project's folder, absolute.
    pub root: PathBuf,
    /// The file, absolute.
    pub file: PathBuf,
    /// The function, with its class before a dot if it has one.
    pub function: String,
    /// Its lines, from 1.
    pub lines: (usize, usize),
}

/// What was kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Replayed {
    /// Calls that are kept, and calls that were looked at.
    pub kept: u64,
    /// Calls that were looked at.
    pub hits: u64,
    /// Why some are not kept, and how many.
    pub left: BTreeMap<String, u64>,
    /// The interpreter that replays them.
    pub python: String,
}

#[derive(Deserialize)]
struct Said {
    hits: u64,
    left: BTreeMap<String, u64>,
    module: Option<String>,
}

#[derive(Deserialize)]
struct Repeated {
    kept: u64,
    left: BTreeMap<String, u64>,
}

/// Runs a command, which must be a Python program, and writes `replay.py` and the calls into `folder`.
///
/// # Errors
/// If the command does not run or no call could be kept.
pub fn trace(traced: &Traced, command: &[String], folder: &Path) -> Result<Replayed, HarnessError> {
    let own = traced.function.rsplit('.').next().unwrap_or("");
    let held = tempfile::tempdir().map_err(unwritten)?;
    let said = recorded(traced, own, command, held.path())?;
    let (module, root) = module(traced, said.module.as_deref());
    let calls = json!({ "module": module, "root": root, "function": traced.function, "times": 1 });
    std::fs::copy(
        held.path().join("calls.pickle"),
        folder.join("calls.pickle"),
    )
    .map_err(unwritten)?;
    std::fs::write(folder.join("calls.json"), calls.to_string()).map_err(unwritten)?;
    std::fs::write(folder.join("replay.py"), include_str!("replay.py")).map_err(unwritten)?;
    let python = interpreter(command.first().map_or("", String::as_str));
    let repeated = repeated(traced, own, &python, folder)?;
    let mut left = said.left;
    for (why, count) in repeated.left {
        *left.entry(why).or_default() += count;
    }
    if repeated.kept == 0 {
        let reasons: Vec<String> = left
            .iter()
            .take(3)
            .map(|(why, count)| format!("{count} times: {why}"))
            .collect();
        return Err(problem(format!(
            "none of {} calls of `{own}` could be recorded; {}",
            said.hits,
            reasons.join("; ")
        )));
    }
    Ok(Replayed {
        kept: repeated.kept,
        hits: said.hits,
        left,
        python,
    })
}

fn problem(what: String) -> HarnessError {
    HarnessError::Problem { what }
}

fn unwritten(error: std::io::Error) -> HarnessError {
    HarnessError::Environment {
        what: format!("cannot write what is recorded: {error}"),
        hint: "see whether the disk has room, or set TMPDIR".to_owned(),
    }
}

fn no_python(python: &str, error: &std::io::Error) -> HarnessError {
    problem(format!("`{python}` cannot be run: {error}"))
}

/// The last line of an error output that says something.
fn last_line(output: &Output) -> Option<String> {
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    let mut lines = words.lines().rev();
    lines
        .find(|line| !line.trim().is_empty())
        .map(str::to_owned)
}

/// Runs the command once with a tracer, which leaves the calls of the function `own` in `held`.
fn recorded(
    traced: &Traced,
    own: &str,
    command: &[String],
    held: &Path,
) -> Result<Said, HarnessError> {
    let (python, rest) = command
        .split_first()
        .ok_or_else(|| problem("there is no command".to_owned()))?;
    let at = |name: &str| held.join(name);
    let plan = json!({
        "file": traced.file, "function": own, "first": traced.lines.0, "last": traced.lines.1,
        "each": EACH, "all": ALL, "calls": CALLS,
        "calls_file": at("calls.pickle"), "said": at("said.json"),
    });
    std::fs::write(at("plan.json"), plan.to_string()).map_err(unwritten)?;
    std::fs::write(at("sitecustomize.py"), include_str!("trace.py")).map_err(unwritten)?;
    let mut path = held.display().to_string();
    if let Ok(given) = std::env::var("PYTHONPATH") {
        path = format!("{path}:{given}");
    }
    let output = Command::new(python)
        .args(rest)
        .env("PYTHONPATH", path)
        .env("LESSONL_TRACE", at("plan.json"))
        .stdin(Stdio::null())
        .output()
        .map_err(|error| no_python(python, &error))?;
    let Ok(text) = std::fs::read_to_string(at("said.json")) else {
        return Err(problem(format!(
            "`{}` never calls `{own}` of {} in a Python of its own{}",
            command.join(" "),
            traced.file.display(),
            match (output.status.success(), last_line(&output)) {
                (false, Some(line)) => format!("; it failed: {line}"),
                _ => String::new(),
            }
        )));
    };
    serde_json::from_str(&text)
        .map_err(|error| problem(format!("what was recorded cannot be read: {error}")))
}

/// Makes the recorded calls again, without the program.
fn repeated(
    traced: &Traced,
    own: &str,
    python: &str,
    folder: &Path,
) -> Result<Repeated, HarnessError> {
    let output = Command::new(python)
        .arg(folder.join("replay.py"))
        .arg("record")
        .current_dir(&traced.root)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .stdin(Stdio::null())
        .output()
        .map_err(|error| no_python(python, &error))?;
    let out = String::from_utf8_lossy(&output.stdout).into_owned();
    let repeated: Option<Repeated> = out
        .lines()
        .last()
        .and_then(|line| serde_json::from_str(line).ok());
    repeated.ok_or_else(|| {
        problem(format!(
            "the recorded calls of `{own}` cannot be made again: {}",
            last_line(&output)
                .as_deref()
                .unwrap_or("Python said nothing")
        ))
    })
}

/// The interpreter of a command: a script that begins with another is taken to be of the usual one.
fn interpreter(program: &str) -> String {
    let path = Path::new(program);
    let name = path.file_name().map(|name| name.to_string_lossy());
    let is_one = name.is_some_and(|name| name.starts_with("python") || name.starts_with("pypy"));
    match (is_one, program.contains('/')) {
        (true, true) => std::path::absolute(path)
            .unwrap_or_else(|_| path.to_owned())
            .display()
            .to_string(),
        (true, false) => program.to_owned(),
        (false, _) => "python3".to_owned(),
    }
}

/// The name under which a file is imported, and from which folder below the root.
fn module(traced: &Traced, told: Option<&str>) -> (String, String) {
    let below = |folder: &Path| {
        let folder = folder.strip_prefix(&traced.root).unwrap_or(Path::new(""));
        folder.display().to_string()
    };
    let stem = traced.file.with_extension("");
    let as_told = told.and_then(|told| {
        let parts: PathBuf = told.split('.').collect();
        let whole = match traced.file.ends_with("__init__.py") {
            true => traced.file.parent()?.to_owned(),
            false => stem.clone(),
        };
        let root = whole.ancestors().nth(parts.components().count())?;
        (root.join(&parts) == whole && root.starts_with(&traced.root))
            .then(|| (told.to_owned(), below(root)))
    });
    as_told.unwrap_or_else(|| {
        // A main file: in packages as far up as there are any.
        let mut folder = traced.file.parent().unwrap_or(Path::new("/")).to_owned();
        let mut name = stem
            .file_name()
            .map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        while folder.join("__init__.py").is_file() && folder != traced.root {
            let Some((above, own)) = folder.parent().zip(folder.file_name()) else {
                break;
            };
            name = format!("{}.{name}", own.to_string_lossy());
            folder = above.to_owned();
        }
        (name, below(&folder))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_is_named_as_the_program_imported_it_or_as_its_packages_say() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().to_owned();
        std::fs::create_dir_all(root.join("src/pkg")).unwrap();
        std::fs::write(root.join("src/pkg/__init__.py"), "").unwrap();
        let traced = Traced {
            file: root.join("src/pkg/text.py"),
            root,
            function: "f".to_owned(),
            lines: (1, 2),
        };
        let is = |name: &str, root: &str| (name.to_owned(), root.to_owned());
        assert_eq!(module(&traced, Some("pkg.text")), is("pkg.text", "src"));
        assert_eq!(module(&traced, Some("text")), is("text", "src/pkg"));
        assert_eq!(module(&traced, Some("__main__")), is("pkg.text", "src"));
    }
}

//! A folder of a code generation task → `domain::Problem`: `problem.toml` with `kind = "codegen"`, `prompt.py` (signature and
//! description), `tests.py` or `inputs*.json` (if need be with `accepts.py`), and `canonical.py`. Never runs any of it, and never shows an agent more
//! than `prompt.py`.

use std::path::Path;

use serde::Deserialize;
use toml::Spanned;

use super::ProblemError;
use super::fingerprint::Fingerprint;
use super::load::{MANIFEST, read, read_within};
use crate::domain::codegen::{Codegen, preamble};
use crate::domain::problem::{
    CheckRules, Kind, Mode, Problem, ProblemId, Sizes, Tolerance, Values,
};

/// The word that makes a folder such a task.
pub(super) const KIND: &str = "codegen";
/// The files of a task.
pub(super) const PROMPT: &str = "prompt.py";
pub(super) const TESTS: &str = "tests.py";
pub(super) const CANONICAL: &str = "canonical.py";
pub(super) const ACCEPTS: &str = "accepts.py";
pub(super) const INPUTS: [&str; 2] = ["inputs.json", "inputs_plus.json"];
/// Largest file of inputs that is read, in bytes.
pub(super) const LARGEST_INPUTS: u64 = 32 << 20;

#[derive(Deserialize)]
struct Peek {
    kind: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    id: Spanned<String>,
    #[serde(rename = "kind")]
    _kind: String,
    title: String,
    category: String,
    entry: Spanned<String>,
    task: Option<String>,
    tolerance: Option<Spanned<f64>>,
}

/// Whether the text of a `problem.toml` is meant as such a task.
pub(super) fn is_meant(manifest: &str) -> bool {
    toml::from_str::<Peek>(manifest).is_ok_and(|peek| peek.kind.as_deref() == Some(KIND))
}

/// Loads a task. `expected` is the id it must have because of where it is.
pub(super) fn load(
    folder: &Path,
    text: &str,
    expected: Option<&str>,
) -> Result<Problem, ProblemError> {
    let file = folder.join(MANIFEST);
    let at = |start: usize, what: String, hint: &str| {
        let line = text[..start.min(text.len())].matches('\n').count() + 1;
        ProblemError::new(format_args!("{}:{line}", file.display()), what, hint)
    };
    let written: Written = toml::from_str(text).map_err(|error| {
        at(
            error.span().map_or(0, |span| span.start),
            error.message().to_owned(),
            "a task has id, kind = \"codegen\", title, category, entry, and if need be task and tolerance",
        )
    })?;
    let id_at = written.id.span().start;
    let id = ProblemId::new(written.id.into_inner()).map_err(|error| {
        at(
            id_at,
            error.to_string(),
            "write an id like codegen/lists/runs",
        )
    })?;
    if let Some(expected) = expected.filter(|expected| *expected != id.as_str()) {
        return Err(at(
            id_at,
            format!("`id` is {id}, but the folder is {expected}"),
            &format!("write id = \"{expected}\" or move the folder"),
        ));
    }
    let entry_at = written.entry.span().start;
    let entry = written.entry.into_inner();
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if entry.is_empty()
        || !entry.chars().all(word)
        || entry.starts_with(|c: char| c.is_ascii_digit())
    {
        return Err(at(
            entry_at,
            format!("`{}` is no function's name", entry.escape_debug()),
            "write the bare name of the function, like entry = \"runs\"",
        ));
    }
    let tolerance = match written.tolerance {
        None => 0.0,
        Some(given) if (0.0..1.0).contains(given.as_ref()) => *given.as_ref(),
        Some(given) => {
            let what = format!("`tolerance` is {}", given.as_ref());
            return Err(at(
                given.span().start,
                what,
                "write a number from 0 to below 1",
            ));
        }
    };
    let prompt_file = folder.join(PROMPT);
    let prompt = read(
        &prompt_file,
        "put the function's signature and description there",
    )?;
    let before = preamble(&prompt, &entry).len();
    if before == prompt.len() {
        return Err(ProblemError::new(
            prompt_file.display(),
            format!("has no line that begins with `def {entry}(`"),
            "put the function's signature and description there, or correct `entry`",
        ));
    }
    let inputs = INPUTS.iter().map(|name| folder.join(name));
    let inputs = inputs.filter(|file| file.symlink_metadata().is_ok());
    let inputs = inputs
        .map(|file| read_within(&file, LARGEST_INPUTS, "remove it"))
        .collect::<Result<Vec<_>, _>>()?;
    let tests = optional(folder, TESTS)?.unwrap_or_default();
    let canonical = optional(folder, CANONICAL)?;
    let accepts = optional(folder, ACCEPTS)?;
    if accepts
        .as_deref()
        .is_some_and(|text| !text.contains("def accepts("))
    {
        return Err(ProblemError::new(
            folder.join(ACCEPTS).display(),
            "has no `def accepts(`",
            "write accepts(got, expected, *args) there, or remove the file",
        ));
    }
    if tests.trim().is_empty() && (inputs.is_empty() || canonical.is_none()) {
        return Err(ProblemError::new(
            folder.join(TESTS).display(),
            "is missing",
            format!(
                "write assertions that call {entry}, or give {} and {CANONICAL}",
                INPUTS[0]
            ),
        ));
    }
    let path = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    let codegen = Codegen {
        task: written.task.unwrap_or_else(|| id.to_string()),
        entry,
        tests,
        inputs,
        tolerance,
        accepts,
        canonical,
    };
    let mut problem = Problem {
        id,
        upstream: Default::default(),
        standard: Default::default(),
        work: Default::default(),
        title: written.title,
        category: written.category,
        description: String::new(),
        entry: signature(&prompt[before..]),
        modes: vec![Mode::Serial],
        sizes: Sizes {
            check: Vec::new(),
            hidden: Vec::new(),
            time: 0,
            time_omp: 0,
        },
        check: CheckRules {
            tolerance: Tolerance::Exact,
            values: vec![Values::Any],
            exact_bits: 0,
        },
        path,
        original: prompt,
        driver: String::new(),
        limits: Vec::new(),
        version: version(&codegen),
        kind: Kind::Codegen(Box::new(codegen)),
    };
    let mut hash = Fingerprint::new();
    let parts = [
        problem.id.as_str(),
        &problem.title,
        &problem.category,
        &problem.original,
        &problem.version,
    ];
    parts.iter().for_each(|part| hash.bytes(part.as_bytes()));
    problem.version = hash.hex();
    Ok(problem)
}

fn optional(folder: &Path, name: &str) -> Result<Option<String>, ProblemError> {
    let file = folder.join(name);
    match file.symlink_metadata() {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        _ => read(&file, "remove it, or write Python into it").map(Some),
    }
}

/// The text from `def` to the colon that ends the signature.
fn signature(text: &str) -> String {
    let mut depth = 0i32;
    for (at, c) in text.char_indices() {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            ':' if depth == 0 => {
                return text[..at].split_whitespace().collect::<Vec<_>>().join(" ");
            }
            _ => {}
        }
    }
    text.lines().next().unwrap_or_default().to_owned()
}

fn version(task: &Codegen) -> String {
    let mut hash = Fingerprint::new();
    hash.bytes(KIND.as_bytes());
    for part in [&task.task, &task.entry, &task.tests] {
        hash.bytes(part.as_bytes());
    }
    hash.number(task.inputs.len() as u64);
    task.inputs
        .iter()
        .for_each(|text| hash.bytes(text.as_bytes()));
    hash.number(task.tolerance.to_bits());
    for part in [&task.canonical, &task.accepts] {
        hash.bytes(part.as_deref().unwrap_or_default().as_bytes());
    }
    hash.hex()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let manifest = "id = \"own/twice\"\nkind = \"codegen\"\ntitle = \"Twice\"\ncategory = \"own\"\nentry = \"twice\"\n";
        std::fs::write(folder.path().join(MANIFEST), manifest).unwrap();
        for (name, text) in files {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        folder
    }

    const PROMPT_TEXT: &str = "import math\n\ndef twice(x: dict[str, int],\n          y=1) -> int:\n    \"\"\"Twice x.\"\"\"\n";

    #[test]
    fn a_folder_becomes_a_task_whose_original_is_all_that_agents_see() {
        let folder = task(&[(PROMPT, PROMPT_TEXT), (TESTS, "assert twice(1) == 2\n")]);
        let problem = super::super::load_folder(folder.path()).unwrap();
        assert_eq!(problem.original, PROMPT_TEXT);
        assert_eq!(problem.entry, "def twice(x: dict[str, int], y=1) -> int");
        assert_eq!(problem.entry_name(), "twice");
        let Kind::Codegen(task) = problem.kind else {
            panic!("not a task")
        };
        assert_eq!((task.task.as_str(), task.canonical), ("own/twice", None));
    }

    #[test]
    fn what_is_missing_is_named_with_its_remedy() {
        let error = super::super::load_folder(task(&[(PROMPT, PROMPT_TEXT)]).path()).unwrap_err();
        assert!(error.file.ends_with(TESTS) && error.hint.contains("assertions that call twice"));
        let error =
            super::super::load_folder(task(&[(PROMPT, "def other():\n")]).path()).unwrap_err();
        assert_eq!(error.what, "has no line that begins with `def twice(`");
    }

    #[test]
    fn another_hidden_test_is_another_version() {
        let version = |tests| {
            super::super::load_folder(task(&[(PROMPT, PROMPT_TEXT), (TESTS, tests)]).path())
                .map(|p| p.version)
        };
        assert_ne!(
            version("assert twice(1) == 2"),
            version("assert twice(2) == 4")
        );
    }
}

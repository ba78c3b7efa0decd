//! Tasks of a data set → a suite of problem folders, as if a person had written them. Replaces the suite of the same name
//! as a whole or not at all; never touches another folder.

use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};

use super::ProblemError;
use super::codegen::{ACCEPTS, CANONICAL, INPUTS, KIND, PROMPT, TESTS};
use super::dataset::DataSetTask;
use super::load::MANIFEST;
use crate::domain::problem::ProblemId;

/// Writes the suite `name` below `root`. Gives its folder.
///
/// # Errors
/// If the folder cannot be written or `name` cannot be an id's part.
pub fn write(root: &Path, name: &str, tasks: &[DataSetTask]) -> Result<PathBuf, ProblemError> {
    if ProblemId::new(name).is_err() || name.contains('/') {
        return Err(ProblemError::new(
            name.escape_debug(),
            "is no name for a suite",
            "use letters, digits and -_. only",
        ));
    }
    let home = root.join(name);
    whole(root, &home, name, tasks).map_err(|error| {
        ProblemError::new(
            home.display(),
            format!("cannot be written: {error}"),
            "make room or make the folder writable; LESSONL_DATA_DIR names another one",
        )
    })?;
    Ok(home)
}

fn whole(root: &Path, home: &Path, name: &str, tasks: &[DataSetTask]) -> io::Result<()> {
    std::fs::create_dir_all(root)?;
    let aside = tempfile::Builder::new()
        .prefix(".import-")
        .tempdir_in(root)?;
    let fresh = aside.path().join("fresh");
    let mut taken = HashSet::new();
    for task in tasks {
        let mut folder = folder_name(task);
        while !taken.insert(folder.clone()) {
            folder.push('_');
        }
        one(
            &fresh.join(&folder),
            &format!("{name}/{folder}"),
            name,
            task,
        )?;
    }
    if home.exists() {
        std::fs::rename(home, aside.path().join("former"))?;
    }
    std::fs::rename(&fresh, home)
}

fn one(folder: &Path, id: &str, suite: &str, task: &DataSetTask) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let mut manifest = toml::Table::new();
    let title = title(task);
    let texts = [
        ("id", id),
        ("kind", KIND),
        ("title", &title),
        ("category", suite),
    ];
    for (key, text) in texts
        .into_iter()
        .chain([("entry", &*task.entry), ("task", &*task.task)])
    {
        manifest.insert(key.to_owned(), text.into());
    }
    if task.tolerance > 0.0 {
        manifest.insert("tolerance".to_owned(), task.tolerance.into());
    }
    std::fs::write(folder.join(MANIFEST), manifest.to_string())?;
    std::fs::write(folder.join(PROMPT), &task.prompt)?;
    std::fs::write(folder.join(CANONICAL), &task.canonical)?;
    for (file, text) in [(TESTS, &task.tests), (ACCEPTS, &task.accepts)] {
        if !text.is_empty() {
            std::fs::write(folder.join(file), text)?;
        }
    }
    for (file, inputs) in INPUTS.iter().zip(&task.inputs) {
        std::fs::write(folder.join(file), inputs)?;
    }
    Ok(())
}

/// `HumanEval/7` and `filter_by_substring` → `007_filter_by_substring`: sorted as the data set is.
fn folder_name(task: &DataSetTask) -> String {
    let number = task.task.rsplit('/').next().unwrap_or_default();
    let number: String = number
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .take(20)
        .collect();
    let entry: String = task.entry.chars().take(60).collect();
    format!("{number:0>3}_{entry}")
}

/// The first sentence of the description.
fn title(task: &DataSetTask) -> String {
    let after = task
        .prompt
        .rsplit_once("def ")
        .map_or("", |(_, after)| after);
    let quoted = after
        .split("\"\"\"")
        .nth(1)
        .or_else(|| after.split("'''").nth(1));
    let words: Vec<&str> = quoted.unwrap_or_default().split_whitespace().collect();
    let words = words.join(" ");
    let sentence = words
        .split_inclusive(". ")
        .next()
        .unwrap_or_default()
        .trim();
    let short: String = sentence
        .chars()
        .filter(|c| !c.is_control())
        .take(100)
        .collect();
    if short.is_empty() {
        task.entry.clone()
    } else {
        short
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Catalogue;

    fn task(number: usize, entry: &str) -> DataSetTask {
        DataSetTask {
            task: format!("HumanEval/{number}"),
            entry: entry.to_owned(),
            prompt: format!("def {entry}(x):\n    \"\"\" Twice x. And more. \"\"\"\n"),
            tests: format!("assert {entry}(1) == 2\n"),
            inputs: Vec::new(),
            tolerance: 0.0,
            accepts: String::new(),
            canonical: format!("def {entry}(x):\n    return 2 * x\n"),
        }
    }

    #[test]
    fn a_written_suite_is_found_like_any_other_and_replaced_as_a_whole() {
        let root = tempfile::tempdir().unwrap();
        write(root.path(), "set", &[task(3, "f"), task(10, "g")]).unwrap();
        let found = Catalogue::load(&[root.path().to_owned()]);
        let ids: Vec<&str> = found.problems.iter().map(|p| p.id.as_str()).collect();
        assert_eq!(ids, ["set/003_f", "set/010_g"]);
        assert_eq!(
            (found.problems[0].title.as_str(), found.errors),
            ("Twice x.", vec![])
        );
        write(root.path(), "set", &[task(4, "h")]).unwrap();
        let found = Catalogue::load(&[root.path().to_owned()]);
        assert_eq!(found.problems[0].id.as_str(), "set/004_h");
        assert_eq!(std::fs::read_dir(root.path()).unwrap().count(), 1);
        assert!(write(root.path(), "../x", &[]).is_err());
    }
}

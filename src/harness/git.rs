//! What we ask of git about a person's project: which files belong to it, which differ from the last commit, and a commit
//! on a branch of its own. Never touches the working tree, the index or the current branch; runs no hook.

use std::path::Path;
use std::process::{Command, Stdio};

/// A git command in `root`, without what a repository's own settings could start.
fn git(root: &Path) -> Command {
    let mut command = Command::new("git");
    command
        .arg("-C")
        .arg(root)
        .args([
            "-c",
            "core.fsmonitor=false",
            "-c",
            "core.hooksPath=/dev/null",
        ])
        .args(["-c", "core.quotePath=false", "-c", "commit.gpgSign=false"])
        .env("GIT_OPTIONAL_LOCKS", "0")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("LC_ALL", "C")
        .stdin(Stdio::null());
    for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"] {
        command.env_remove(name);
    }
    command
}

fn said(mut command: Command) -> Result<String, String> {
    let output = command
        .output()
        .map_err(|error| format!("git cannot be started: {error}"))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        let words = String::from_utf8_lossy(&output.stderr);
        Err(words.trim().chars().take(400).collect())
    }
}

/// The project's files below `root`, relative to it: tracked ones, and untracked ones that are not ignored. `None`: it is
/// no repository, or git is not there.
pub(super) fn files(root: &Path) -> Option<Vec<String>> {
    let mut command = git(root);
    command.args([
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
    ]);
    let list = said(command).ok()?;
    Some(
        list.split('\0')
            .filter(|path| !path.is_empty())
            .map(str::to_owned)
            .collect(),
    )
}

/// Files below `root` that differ from the last commit, relative to the repository. `None`: it is no repository.
pub fn changed(root: &Path) -> Option<Vec<String>> {
    let mut command = git(root);
    command.args([
        "status",
        "--porcelain",
        "-z",
        "--untracked-files=normal",
        "--",
        ".",
    ]);
    let list = said(command).ok()?;
    let paths = list.split('\0').filter_map(|entry| entry.get(3..));
    Some(
        paths
            .filter(|path| !path.is_empty())
            .map(str::to_owned)
            .collect(),
    )
}

/// The text of a file as the last commit has it.
pub fn committed(root: &Path, path: &str) -> Result<Vec<u8>, String> {
    let mut command = git(root);
    command.arg("show").arg(format!("HEAD:./{path}"));
    let output = command
        .output()
        .map_err(|error| format!("git cannot be started: {error}"))?;
    match output.status.success() {
        true => Ok(output.stdout),
        false => Err(String::from_utf8_lossy(&output.stderr)
            .trim()
            .chars()
            .take(400)
            .collect()),
    }
}

/// Commits files on a new branch that begins at the last commit. Gives the commit's id.
///
/// # Errors
/// If the branch is there already, there is no commit yet, or git refuses.
pub fn commit_on_branch(
    root: &Path,
    branch: &str,
    files: &[(String, Vec<u8>)],
    message: &str,
) -> Result<String, String> {
    let run = |arguments: &[&str]| {
        let mut command = git(root);
        command.args(arguments);
        said(command).map(|text| text.trim().to_owned())
    };
    run(&["check-ref-format", "--branch", branch])
        .map_err(|_| format!("`{branch}` is no name for a branch"))?;
    let head = run(&["rev-parse", "--verify", "HEAD^{commit}"])
        .map_err(|_| "the repository has no commit yet".to_owned())?;
    let name = format!("refs/heads/{branch}");
    if run(&["rev-parse", "--verify", "--quiet", &name]).is_ok() {
        return Err(format!("there is a branch `{branch}` already"));
    }
    let prefix = run(&["rev-parse", "--show-prefix"])?;
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let index = folder.path().join("index");
    let with_index = |arguments: &[&str]| {
        let mut command = git(root);
        command.args(arguments).env("GIT_INDEX_FILE", &index);
        said(command).map(|text| text.trim().to_owned())
    };
    with_index(&["read-tree", &head])?;
    for (number, (path, bytes)) in files.iter().enumerate() {
        let full = format!("{prefix}{path}");
        let listed = with_index(&["ls-files", "-s", "--full-name", "--", path])?;
        let mode = match listed.split(' ').next() {
            Some(mode @ ("100644" | "100755")) => mode.to_owned(),
            _ => {
                return Err(format!(
                    "{full} is not a file of the last commit: commit it first"
                ));
            }
        };
        let blob = folder.path().join(number.to_string());
        std::fs::write(&blob, bytes).map_err(|error| error.to_string())?;
        let id = run(&[
            "hash-object",
            "-w",
            "--no-filters",
            "--",
            &blob.display().to_string(),
        ])?;
        with_index(&[
            "update-index",
            "--cacheinfo",
            &format!("{mode},{id},{full}"),
        ])?;
    }
    let tree = with_index(&["write-tree"])?;
    let words = folder.path().join("message");
    std::fs::write(&words, message).map_err(|error| error.to_string())?;
    let commit = run(&[
        "commit-tree",
        &tree,
        "-p",
        &head,
        "-F",
        &words.display().to_string(),
    ])?;
    run(&["update-ref", "-m", "lessonl apply", &name, &commit, ""])?;
    Ok(commit)
}

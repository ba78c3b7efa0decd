//! One problem folder → `domain::Problem`. Reads three files of bounded size; never compiles and never follows what they say.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::ProblemError;
use super::codegen;
use super::fingerprint::version;
use super::format::{self, Manifest};
use super::origin::TakenFrom;
use super::project::{self, As};
use super::proof;
use crate::domain::problem::{Kind, Problem, ProblemId, RECORDED};

/// The file that makes a folder a problem.
pub(super) const MANIFEST: &str = "problem.toml";
const ORIGINAL: &str = "original.cpp";
const DRIVER: &str = "driver.cpp";
/// What real calls were handed, behind the driver: see [`RECORDED`].
const CALLS: &str = "recorded.cpp";
/// Largest of those, in bytes.
const LARGEST_CALLS: u64 = 2 << 20;
const BEST_KNOWN: &str = "best_known.cpp";
/// The file that keeps the text of a function that was taken from somewhere, exactly as it stood there.
pub(crate) const REGION: &str = "region.cpp";
/// Largest file that is read, in bytes.
const LARGEST: u64 = 1 << 20;

/// Loads one problem folder.
pub fn load_folder(folder: &Path) -> Result<Problem, ProblemError> {
    load(folder, None)
}

/// Loads a command problem after its regions were given `now`, or what came of that since: as the files are, or as they
/// were while the regions held `original`.
pub fn load_after(
    folder: &Path,
    now: &str,
    original: Option<&str>,
) -> Result<Problem, ProblemError> {
    let manifest = folder.join(MANIFEST);
    let text = read(&manifest, "the problem's folder must be where it was")?;
    project::load(folder, &text, As::After { now, original })
}

/// Loads a folder that must have the id `expected` because of where it is.
pub(super) fn load_as(folder: &Path, expected: &str) -> Result<Problem, ProblemError> {
    load(folder, Some(expected))
}

/// How much faster than its original a problem is known to get. Not part of the problem: no agent is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Headroom {
    /// Text of `best_known.cpp`, if the folder has one.
    pub best_known: Option<String>,
    /// Why it can hardly be faster, if `problem.toml` says so.
    pub note: Option<String>,
}

/// Reads what a problem folder knows about its own ceiling.
pub fn load_headroom(folder: &Path) -> Result<Headroom, ProblemError> {
    let manifest = folder.join(MANIFEST);
    let text = read(&manifest, "every problem folder has a problem.toml")?;
    if codegen::is_meant(&text) {
        return Ok(Headroom {
            best_known: None,
            note: None,
        });
    }
    let file = folder.join(BEST_KNOWN);
    let best_known = match std::fs::symlink_metadata(&file) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        _ => Some(read(
            &file,
            "remove it, or write the fastest known code into it",
        )?),
    };
    Ok(Headroom {
        best_known,
        note: format::parse(&manifest.display(), &text)?.headroom_note,
    })
}

/// Reads where a problem folder's function was taken from, and its text there; `None` if it was not taken from anywhere.
pub(super) fn load_source(folder: &Path) -> Result<Option<TakenFrom>, ProblemError> {
    let manifest = folder.join(MANIFEST);
    let text = read(&manifest, "every problem folder has a problem.toml")?;
    if codegen::is_meant(&text) || project::is_command(&text) {
        return Ok(None);
    }
    let Some(mut source) = format::parse(&manifest.display(), &text)?.source else {
        return Ok(None);
    };
    source.region = read(
        &folder.join(REGION),
        "it keeps the function as it was: take the function again with lessonl init",
    )?;
    Ok(Some(source))
}

/// Stack of the thread that reads a folder: the parser of `problem.toml` recurses over hostile text.
const STACK: usize = 32 << 20;

/// Reads a folder on a stack of its own, which is large enough for whatever the manifest holds within its bound.
fn load(folder: &Path, expected: Option<&str>) -> Result<Problem, ProblemError> {
    std::thread::scope(|scope| {
        let reader = std::thread::Builder::new()
            .stack_size(STACK)
            .spawn_scoped(scope, || load_here(folder, expected));
        match reader.map(std::thread::ScopedJoinHandle::join) {
            Ok(Ok(loaded)) => loaded,
            Ok(Err(_)) | Err(_) => Err(ProblemError::new(
                folder.display(),
                "the folder could not be read",
                "see whether the machine is short of memory or threads",
            )),
        }
    })
}

fn load_here(folder: &Path, expected: Option<&str>) -> Result<Problem, ProblemError> {
    let manifest_path = folder.join(MANIFEST);
    let text = read(
        &manifest_path,
        "every problem folder has a problem.toml, an original.cpp and a driver.cpp",
    )?;
    if codegen::is_meant(&text) {
        return codegen::load(folder, &text, expected);
    }
    if project::is_command(&text) {
        let problem = project::load(folder, &text, As::Now)?;
        return match expected.filter(|id| *id != problem.id.as_str()) {
            None => Ok(problem),
            Some(expected) => Err(ProblemError::new(
                manifest_path.display(),
                format!("`id` is {}, but the folder is {expected}", problem.id),
                format!("write id = \"{expected}\" or move the folder"),
            )),
        };
    }
    let manifest = format::parse(&manifest_path.display(), &text)?;
    if let Some(expected) = expected.filter(|id| *id != manifest.id.as_str()) {
        return Err(ProblemError::new(
            format_args!("{}:{}", manifest_path.display(), manifest.id_line),
            format!("`id` is {}, but the folder is {expected}", manifest.id),
            format!("write id = \"{expected}\" or move the folder"),
        ));
    }
    let original = read(
        &folder.join(ORIGINAL),
        "put the function to make faster, with its includes and types, into original.cpp",
    )?;
    let mut driver = read(
        &folder.join(DRIVER),
        "write a driver.cpp that makes inputs, calls the entry and names the outputs",
    )?;
    let calls = folder.join(CALLS);
    if calls.symlink_metadata().is_ok() {
        let calls = read_within(
            &calls,
            LARGEST_CALLS,
            "record the calls again with lessonl init --from",
        )?;
        driver = format!("{}\n{RECORDED}{calls}", driver.trim_end());
    }
    let path = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    let taken = manifest.source.is_some();
    let mut problem = build(manifest, path, original, driver);
    problem.limits = proof::limits(folder, &problem, taken);
    mentions_its_entry(folder, &problem)?;
    Ok(problem)
}

fn build(
    manifest: Manifest,
    path: std::path::PathBuf,
    original: String,
    driver: String,
) -> Problem {
    let mut problem = Problem {
        id: manifest.id,
        kind: Kind::Function,
        standard: manifest.standard,
        work: manifest.work,
        title: manifest.title,
        category: manifest.category,
        description: manifest.description,
        entry: manifest.entry,
        upstream: manifest.upstream,
        modes: manifest.modes,
        sizes: manifest.sizes,
        check: manifest.check,
        path,
        original,
        driver,
        limits: Vec::new(),
        version: String::new(),
    };
    problem.version = version(&problem);
    problem
}

/// The slips that a compiler would report in a less helpful way.
fn mentions_its_entry(folder: &Path, problem: &Problem) -> Result<(), ProblemError> {
    let name = problem.entry_name();
    if !has_word(&problem.original, name) {
        return Err(ProblemError::new(
            folder.join(ORIGINAL).display(),
            format!("does not define `{name}`"),
            format!(
                "define {} here, or correct `entry` in {MANIFEST}",
                problem.entry
            ),
        ));
    }
    for word in [name, "LESSONL_PROBLEM"] {
        if !has_word(&problem.driver, word) {
            return Err(ProblemError::new(
                folder.join(DRIVER).display(),
                format!("does not use `{word}`"),
                format!(
                    "call {name} in a struct with make, call and fields, and end with LESSONL_PROBLEM(Case)"
                ),
            ));
        }
    }
    Ok(())
}

fn has_word(text: &str, word: &str) -> bool {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
        .any(|found| found == word)
}

/// The text of a plain file of bounded size. `absent` is what to do if there is none.
pub(super) fn read(path: &Path, absent: &str) -> Result<String, ProblemError> {
    read_within(path, LARGEST, absent)
}

/// The same with another bound, in bytes.
pub(super) fn read_within(path: &Path, largest: u64, absent: &str) -> Result<String, ProblemError> {
    let bad = |what: String, hint: &str| ProblemError::new(path.display(), what, hint);
    let unreadable = |error: std::io::Error| {
        if error.kind() == std::io::ErrorKind::NotFound {
            bad("is missing".to_owned(), absent)
        } else {
            bad(
                format!("cannot be read: {error}"),
                "check the file's permissions",
            )
        }
    };
    let too_large = || {
        bad(
            match largest >> 20 {
                0 => format!("is larger than {} KiB", largest >> 10),
                large => format!("is larger than {large} MiB"),
            },
            "keep only what the function needs; inputs are made by the driver, not stored",
        )
    };

    // Asked before opening: opening a pipe would wait for ever.
    let about = std::fs::metadata(path).map_err(unreadable)?;
    if !about.is_file() {
        return Err(bad("is not a file".to_owned(), absent));
    }
    if about.len() > largest {
        return Err(too_large());
    }
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(unreadable)?;
    file.take(largest + 1)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    if bytes.len() as u64 > largest {
        return Err(too_large());
    }
    String::from_utf8(bytes).map_err(|error| {
        let good = error.utf8_error().valid_up_to();
        bad(
            format!("is not UTF-8 (byte {good})"),
            "save the file as UTF-8 text",
        )
    })
}

/// The id a folder has by its place below a root, if it can be one.
pub(super) fn id_below(root: &Path, folder: &Path) -> Option<ProblemId> {
    let parts: Option<Vec<&str>> = folder
        .strip_prefix(root)
        .ok()?
        .components()
        .map(|part| part.as_os_str().to_str())
        .collect();
    ProblemId::new(parts?.join("/")).ok()
}

#[cfg(test)]
pub(super) mod tests;

//! The measured ceilings of problems, in one JSON file of the data folder. Read as a whole, replaced as a whole.
//! A file that cannot be read counts as empty for readers, and is an error for whoever would overwrite it.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::StoreError;
use crate::domain::ceiling::Ceiling;

/// Version of the file's form.
const VERSION: u32 = 1;
/// Largest file that is read, in bytes.
const LARGEST: u64 = 32 << 20;

#[derive(Serialize, Deserialize)]
struct File {
    v: u32,
    ceilings: Vec<Ceiling>,
}

fn place(data: &Path) -> PathBuf {
    data.join("headroom.json")
}

/// The ceilings measured so far, below the data folder `data`; none if there are none or they cannot be read.
pub fn known(data: &Path) -> Vec<Ceiling> {
    read(data).unwrap_or_default()
}

fn read(data: &Path) -> Result<Vec<Ceiling>, StoreError> {
    let path = place(data);
    let bad = |what: String| {
        StoreError::new(
            format!("{}: {what}", path.display()),
            "Move the file away; `lessonl problems --headroom` measures again.",
        )
    };
    match std::fs::metadata(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(bad(error.to_string())),
        Ok(about) if !about.is_file() || about.len() > LARGEST => {
            return Err(bad("is no file of measured ceilings".to_owned()));
        }
        Ok(_) => {}
    }
    let text = std::fs::read_to_string(&path).map_err(|error| bad(error.to_string()))?;
    let file: File = serde_json::from_str(&text)
        .map_err(|error| bad(format!("line {}: {error}", error.line())))?;
    if file.v == VERSION {
        Ok(file.ceilings)
    } else {
        Err(bad(format!("has version {}, not {VERSION}", file.v)))
    }
}

/// Adds ceilings, each in the place of an earlier one of the same problem, version, mode, processor and compiler.
///
/// # Errors
/// If the file cannot be read or written; it is then as it was.
pub fn keep(data: &Path, fresh: &[Ceiling]) -> Result<(), StoreError> {
    let mut ceilings = read(data)?;
    ceilings.retain(|old| !fresh.iter().any(|new| new.replaces(old)));
    ceilings.extend_from_slice(fresh);
    ceilings.sort_by(|a, b| (&a.problem, a.mode, a.at).cmp(&(&b.problem, b.mode, b.at)));
    let failed = |error: std::io::Error| {
        StoreError::new(
            format!("{}: {error}", place(data).display()),
            "Make the data folder writable, or name another with --data-dir.",
        )
    };
    std::fs::create_dir_all(data).map_err(failed)?;
    let aside = tempfile::Builder::new()
        .prefix(".headroom-")
        .tempfile_in(data)
        .map_err(failed)?;
    let file = File {
        v: VERSION,
        ceilings,
    };
    serde_json::to_writer_pretty(aside.as_file(), &file).map_err(|error| failed(error.into()))?;
    aside
        .persist(place(data))
        .map_err(|error| failed(error.error))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::measurement::{Speedup, Verdict};
    use crate::domain::problem::{Mode, ProblemId};

    fn ceiling(id: &str, estimate: f64, cpu: &str) -> Ceiling {
        Ceiling {
            problem: ProblemId::new(id).unwrap(),
            version: "v".to_owned(),
            category: "c".to_owned(),
            mode: Mode::Serial,
            speedup: Some(Speedup {
                estimate,
                lo: estimate,
                hi: estimate,
            }),
            verdict: Some(Verdict::Faster),
            original_ms: Some(2.0),
            launches: 5,
            missing: None,
            note: None,
            cpu: cpu.to_owned(),
            compiler: "g++".to_owned(),
            load: None,
            at: 1,
        }
    }

    #[test]
    fn ceilings_are_kept_and_replaced_by_newer_ones_of_the_same_machine() {
        let data = tempfile::tempdir().unwrap();
        assert_eq!(known(data.path()), []);
        keep(
            data.path(),
            &[ceiling("s/b", 2.0, "x"), ceiling("s/a", 3.0, "x")],
        )
        .unwrap();
        keep(
            data.path(),
            &[ceiling("s/a", 4.0, "x"), ceiling("s/a", 5.0, "y")],
        )
        .unwrap();
        assert_eq!(
            known(data.path()),
            [
                ceiling("s/a", 4.0, "x"),
                ceiling("s/a", 5.0, "y"),
                ceiling("s/b", 2.0, "x")
            ]
        );
    }

    #[test]
    fn a_file_that_cannot_be_understood_is_not_overwritten() {
        let data = tempfile::tempdir().unwrap();
        let file = data.path().join("headroom.json");
        std::fs::write(&file, "{\n oops").unwrap();
        assert_eq!(known(data.path()), []);
        let error = keep(data.path(), &[ceiling("s/a", 2.0, "x")]).unwrap_err();
        assert!(error.what.contains("headroom.json: line 2"), "{error}");
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "{\n oops");
    }
}

//! Where the bundled benchmarks are: given, in the source tree, or unpacked from the binary. Never changes a folder that a
//! person gave, and never leaves a half-written one.

use std::io;
use std::path::{Path, PathBuf};

use include_dir::{Dir, include_dir};

use super::ProblemError;
use super::fingerprint::Fingerprint;

const VARIABLE: &str = "LESSONL_BENCHMARKS";
/// Where the source tree's are, if the binary still runs on the machine it was built on.
const IN_SOURCE_TREE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../benchmarks");

static EMBEDDED: Dir = include_dir!("$CARGO_MANIFEST_DIR/../../benchmarks");

/// The bundled benchmarks' folder: `$LESSONL_BENCHMARKS`, else the source tree's if it is still there, else the copy that is
/// unpacked from the binary below `data` once per version.
pub fn bundled_root(data: &Path) -> Result<PathBuf, ProblemError> {
    let given = std::env::var_os(VARIABLE).filter(|path| !path.is_empty());
    choose(given.map(PathBuf::from), Path::new(IN_SOURCE_TREE), data)
}

fn choose(
    given: Option<PathBuf>,
    source_tree: &Path,
    data: &Path,
) -> Result<PathBuf, ProblemError> {
    match given {
        Some(path) if path.is_dir() => Ok(path),
        Some(path) => Err(ProblemError::new(
            path.display(),
            format!("{VARIABLE} names no folder"),
            format!("set {VARIABLE} to a folder of suites, or unset it for the bundled ones"),
        )),
        None if source_tree.is_dir() => Ok(source_tree.to_owned()),
        None => unpack(data).map_err(|error| {
            ProblemError::new(
                data.display(),
                format!("the bundled benchmarks cannot be unpacked there: {error}"),
                format!("make the folder writable, or set {VARIABLE} to a folder of suites"),
            )
        }),
    }
}

/// Unpacks into `data/benchmarks/<hash>`, unless it is there and whole.
fn unpack(data: &Path) -> io::Result<PathBuf> {
    let files = embedded();
    let all = data.join("benchmarks");
    let home = all.join(hash(&files));
    if whole(&home, &files) {
        return Ok(home);
    }
    std::fs::create_dir_all(&all)?;
    let aside = tempfile::Builder::new()
        .prefix(".unpack-")
        .tempdir_in(&all)?;
    let fresh = aside.path().join("fresh");
    for (name, content) in &files {
        let path = fresh.join(name);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(path, content)?;
    }
    if home.exists() {
        std::fs::rename(&home, aside.path().join("damaged"))?;
    }
    match std::fs::rename(&fresh, &home) {
        // Another process was quicker: its copy is as good.
        Err(_) if whole(&home, &files) => Ok(home),
        renamed => renamed.map(|()| home),
    }
}

type Files = Vec<(String, &'static [u8])>;

/// The embedded files by name with `/`, sorted.
fn embedded() -> Files {
    let mut files = Files::new();
    let mut folders = vec![&EMBEDDED];
    while let Some(folder) = folders.pop() {
        folders.extend(folder.dirs());
        files.extend(folder.files().filter_map(|file| {
            let name = file.path().to_str()?;
            Some((name.to_owned(), file.contents()))
        }));
    }
    files.sort_unstable();
    files
}

fn hash(files: &Files) -> String {
    let mut hash = Fingerprint::new();
    for (name, content) in files {
        hash.bytes(name.as_bytes());
        hash.bytes(content);
    }
    let mut hex = hash.hex();
    hex.truncate(16);
    hex
}

fn whole(home: &Path, files: &Files) -> bool {
    files
        .iter()
        .all(|(name, content)| std::fs::read(home.join(name)).is_ok_and(|found| found == *content))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_given_folder_comes_before_the_source_tree_and_that_before_the_embedded_copy() {
        let given = tempfile::tempdir().unwrap();
        let tree = tempfile::tempdir().unwrap();
        let data = tempfile::tempdir().unwrap();
        let absent = data.path().join("absent");
        let chosen = choose(Some(given.path().to_owned()), tree.path(), data.path());
        assert_eq!(chosen, Ok(given.path().to_owned()));
        assert_eq!(
            choose(None, tree.path(), data.path()),
            Ok(tree.path().to_owned())
        );
        let unpacked = choose(None, &absent, data.path()).unwrap();
        assert_eq!(
            unpacked.parent(),
            Some(data.path().join("benchmarks").as_path())
        );
        let error = choose(Some(absent), tree.path(), data.path()).unwrap_err();
        assert_eq!(error.what, "LESSONL_BENCHMARKS names no folder");
    }

    #[test]
    fn the_embedded_copy_is_unpacked_once_and_mended_when_damaged() {
        let data = tempfile::tempdir().unwrap();
        let home = unpack(data.path()).unwrap();
        let marker = home.join("marker");
        std::fs::write(&marker, "kept").unwrap();
        assert_eq!(unpack(data.path()).unwrap(), home);
        assert!(marker.exists(), "a whole copy is left alone");

        let files = embedded();
        std::fs::remove_file(home.join(&files[0].0)).unwrap();
        assert_eq!(unpack(data.path()).unwrap(), home);
        assert!(whole(&home, &files));
        assert!(!marker.exists(), "a damaged copy is replaced as a whole");
        let left: Vec<_> = std::fs::read_dir(data.path().join("benchmarks"))
            .unwrap()
            .collect();
        assert_eq!(left.len(), 1, "nothing is left beside it");
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_an_error_that_says_so() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let error = choose(None, Path::new("/nonexistent"), file.path()).unwrap_err();
        assert!(
            error
                .what
                .starts_with("the bundled benchmarks cannot be unpacked there")
        );
        assert!(error.hint.contains("LESSONL_BENCHMARKS"));
    }
}

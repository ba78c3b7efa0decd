//! Private copies of a project: which files, how large, and what of a copy has changed since.
//! Never writes into the project itself, and never follows a link out of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};

use sha2::{Digest, Sha256};

use super::super::cache::hex;
use super::super::git;

/// Most files of a project.
const MOST_FILES: usize = 20_000;
/// Folders that hold what can be made again, left out where no repository says what belongs to a project.
const MADE: [&str; 12] = [
    ".git",
    ".hg",
    ".svn",
    "target",
    "node_modules",
    "__pycache__",
    ".venv",
    "venv",
    ".tox",
    ".mypy_cache",
    ".pytest_cache",
    ".ruff_cache",
];

/// The files of a project.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct ProjectFiles {
    /// Paths below the root.
    pub(crate) files: Vec<PathBuf>,
    /// Bytes of all.
    pub(crate) bytes: u64,
}

/// Lists what belongs to the project, at most `most` bytes. An error says what is wrong and what to do.
pub(crate) fn list(root: &Path, exclude: &[String], most: u64) -> Result<ProjectFiles, String> {
    let kept = |path: &Path| {
        let plain = path
            .components()
            .all(|part| matches!(part, Component::Normal(_)));
        plain
            && !exclude
                .iter()
                .any(|out| path.starts_with(out.trim_end_matches('/')))
    };
    let mut files: Vec<PathBuf> = match git::files(root) {
        Some(files) => files
            .into_iter()
            .map(PathBuf::from)
            .filter(|path| kept(path))
            .collect(),
        None => walk(root, PathBuf::new(), &MADE, &kept)?,
    };
    files.extend(vendored(root, &files, &kept, most));
    files.sort();
    files.dedup();
    let mut listing = ProjectFiles::default();
    let mut folders: BTreeMap<String, u64> = BTreeMap::new();
    for path in files {
        // Deleted but still tracked, or a submodule: nothing to copy.
        let Ok(about) = fs::symlink_metadata(root.join(&path)) else {
            continue;
        };
        if !about.is_file() && !about.is_symlink() {
            continue;
        }
        let top = path.components().next().map_or_else(String::new, |part| {
            part.as_os_str().to_string_lossy().into_owned()
        });
        *folders.entry(top).or_default() += about.len();
        listing.bytes += about.len();
        listing.files.push(path);
    }
    if listing.bytes > most || listing.files.len() > MOST_FILES {
        let mut largest: Vec<(u64, String)> = folders
            .into_iter()
            .map(|(name, size)| (size, name))
            .collect();
        largest.sort_by(|a, b| b.cmp(a));
        let largest: Vec<String> = largest
            .iter()
            .take(3)
            .map(|(size, name)| format!("{name} ({} MiB)", size >> 20))
            .collect();
        return Err(format!(
            "the project is too large to copy: {} files, {} MiB (at most {MOST_FILES} files, {} MiB); largest: {}. \
             Leave parts out with exclude = [\"PATH\"] in [project], or raise copy in [project.limits]",
            listing.files.len(),
            listing.bytes >> 20,
            most >> 20,
            largest.join(", ")
        ));
    }
    if listing.files.is_empty() {
        return Err(format!("there is no file to copy in {}", root.display()));
    }
    Ok(listing)
}

/// Files of folders `vendor` that hold the packages of Go or PHP and that git ignores: nothing builds without them. Those
/// that would make a project too large stay out.
fn vendored(
    root: &Path,
    files: &[PathBuf],
    kept: &dyn Fn(&Path) -> bool,
    most: u64,
) -> Vec<PathBuf> {
    let folders: BTreeSet<&Path> = files
        .iter()
        .flat_map(|file| file.ancestors().skip(1))
        .collect();
    let mut found = Vec::new();
    for folder in &folders {
        let vendor = folder.join("vendor");
        let holds = |name| root.join(&vendor).join(name).is_file();
        let belongs = folders.contains(vendor.as_path()) || !kept(&vendor);
        if belongs || !(holds("modules.txt") || holds("autoload.php")) {
            continue;
        }
        let more = walk(root, vendor, &[".git"], kept).unwrap_or_default();
        let size = |file: &PathBuf| fs::symlink_metadata(root.join(file)).map_or(0, |a| a.len());
        let bytes: u64 = files.iter().chain(&found).chain(&more).map(size).sum();
        if bytes <= most && files.len() + found.len() + more.len() <= MOST_FILES {
            found.extend(more);
        }
    }
    found
}

/// Files in `from` and below it, but for folders of the names in `made`.
fn walk(
    root: &Path,
    from: PathBuf,
    made: &[&str],
    kept: &dyn Fn(&Path) -> bool,
) -> Result<Vec<PathBuf>, String> {
    let mut found = Vec::new();
    let mut open = vec![from];
    while let Some(folder) = open.pop() {
        let at = root.join(&folder);
        let entries = fs::read_dir(&at)
            .map_err(|error| format!("{} cannot be read: {error}", at.display()))?;
        for entry in entries.flatten() {
            let path = folder.join(entry.file_name());
            let made = entry
                .file_name()
                .to_str()
                .is_some_and(|name| made.contains(&name));
            match entry.file_type() {
                Ok(kind) if kind.is_dir() && !made && kept(&path) => open.push(path),
                Ok(kind) if !kind.is_dir() && kept(&path) => found.push(path),
                _ => {}
            }
        }
        if found.len() > 4 * MOST_FILES {
            return Err(format!(
                "the project is too large to copy: more than {} files below {}. Leave parts out with exclude = [\"PATH\"] in [project]",
                4 * MOST_FILES,
                root.display()
            ));
        }
    }
    Ok(found)
}

/// Copies the listed files with their modes and times. Gives a digest of all of them.
pub(crate) fn copy(root: &Path, listing: &ProjectFiles, to: &Path) -> Result<String, String> {
    let mut digest = Sha256::new();
    for path in &listing.files {
        let (from, at) = (root.join(path), to.join(path));
        let failed = |error: io::Error| format!("{} cannot be copied: {error}", path.display());
        if let Some(folder) = at.parent() {
            fs::create_dir_all(folder).map_err(failed)?;
        }
        one(&from, &at).map_err(failed)?;
        digest.update(path.as_os_str().as_encoded_bytes());
        if let Ok(bytes) = fs::read(&at) {
            digest.update((bytes.len() as u64).to_le_bytes());
            digest.update(&bytes);
        }
    }
    Ok(hex(&digest.finalize()))
}

/// A file or a link; what is neither is left out.
fn one(from: &Path, to: &Path) -> io::Result<()> {
    let about = fs::symlink_metadata(from)?;
    if about.is_symlink() {
        return std::os::unix::fs::symlink(fs::read_link(from)?, to);
    }
    if !about.is_file() {
        return Ok(());
    }
    fs::copy(from, to)?;
    let written = File::options().read(true).open(to)?;
    let mut mode = about.permissions();
    if mode.readonly() {
        use std::os::unix::fs::PermissionsExt;
        mode.set_mode(mode.mode() | 0o200);
        fs::set_permissions(to, mode)?;
    }
    written.set_times(fs::FileTimes::new().set_modified(about.modified()?))
}

/// Makes `to` the same as `from`, times included, whatever it held.
pub(crate) fn restore(from: &Path, to: &Path) -> Result<(), String> {
    let failed = |error: io::Error| format!("{} cannot be copied: {error}", from.display());
    clear(to).map_err(failed)?;
    let mut open = vec![(from.to_owned(), to.to_owned())];
    while let Some((from, to)) = open.pop() {
        fs::create_dir_all(&to).map_err(failed)?;
        for entry in fs::read_dir(&from).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let at = to.join(entry.file_name());
            if entry.file_type().map_err(failed)?.is_dir() {
                open.push((entry.path(), at));
            } else {
                one(&entry.path(), &at).map_err(failed)?;
            }
        }
    }
    Ok(())
}

/// Removes a folder with all that is in it, folders without permission included.
pub(crate) fn clear(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(_) => {
            open_up(folder);
            fs::remove_dir_all(folder)
        }
        done => done,
    }
}

fn open_up(folder: &Path) {
    use std::os::unix::fs::PermissionsExt;
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        // Whatever fails here fails again, and is reported, when it is removed.
        let _ = fs::set_permissions(&folder, fs::Permissions::from_mode(0o700));
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                open.push(entry.path());
            }
        }
    }
}

/// What tells whether a file is the one it was: the change time cannot be set by whoever changes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FileStamp {
    size: u64,
    inode: u64,
    changed: (i64, i64),
}

/// The state of all files of a copy but those in its temporary folder.
pub(crate) type CopyState = BTreeMap<PathBuf, FileStamp>;

/// Looks at a copy. `skip` is a folder below it that does not count.
pub(crate) fn state(copy: &Path, skip: &Path) -> CopyState {
    let mut state = CopyState::new();
    let mut open = vec![copy.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let Ok(about) = fs::symlink_metadata(&path) else {
                continue;
            };
            if about.is_dir() {
                if path != skip {
                    open.push(path);
                }
                continue;
            }
            if let Ok(relative) = path.strip_prefix(copy) {
                let stamp = FileStamp {
                    size: about.len(),
                    inode: about.ino(),
                    changed: (about.ctime(), about.ctime_nsec()),
                };
                state.insert(relative.to_owned(), stamp);
            }
        }
    }
    state
}

/// Paths that are there now and were not, or are others than before, or have gone.
pub(crate) fn touched(before: &CopyState, now: &CopyState) -> Vec<PathBuf> {
    let new = now
        .iter()
        .filter(|(path, stamp)| before.get(*path) != Some(stamp))
        .map(|(path, _)| path);
    let gone = before.keys().filter(|path| !now.contains_key(*path));
    new.chain(gone).cloned().collect()
}

/// Paths with what differs from run to run taken out: digits, and long words of hexadecimal digits.
pub(crate) fn kinds<'a>(paths: impl IntoIterator<Item = &'a PathBuf>) -> BTreeSet<String> {
    let word = |word: &str| {
        if word.len() >= 8 && word.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return "#".to_owned();
        }
        let plain: String = word
            .chars()
            .map(|c| if c.is_ascii_digit() { '#' } else { c })
            .collect();
        let mut short = plain.clone();
        while short.contains("##") {
            short = short.replace("##", "#");
        }
        short
    };
    paths
        .into_iter()
        .map(|path| {
            let text = path.to_string_lossy();
            let parts: Vec<String> = text
                .split_inclusive(|c: char| !c.is_ascii_alphanumeric())
                .map(|part| {
                    let end = part.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
                    format!("{}{}", word(end), &part[end.len()..])
                })
                .collect();
            parts.concat()
        })
        .collect()
}

/// The kinds of folders that paths are in.
pub(crate) fn folders(paths: &[PathBuf]) -> BTreeSet<String> {
    let folders: Vec<PathBuf> = paths
        .iter()
        .filter_map(|path| path.parent().map(Path::to_owned))
        .collect();
    kinds(&folders)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_without_a_repository_is_copied_without_what_can_be_made_again() {
        let home = tempfile::tempdir().unwrap();
        let root = home.path().join("p");
        for path in ["a.c", "src/b.c", "target/x", "data/big"] {
            let at = root.join(path);
            fs::create_dir_all(at.parent().unwrap()).unwrap();
            fs::write(at, path).unwrap();
        }
        let listing = list(&root, &["data/".to_owned()], 1 << 20).unwrap();
        assert_eq!(
            listing.files,
            [PathBuf::from("a.c"), PathBuf::from("src/b.c")]
        );
        let to = home.path().join("copy");
        copy(&root, &listing, &to).unwrap();
        assert_eq!(fs::read_to_string(to.join("src/b.c")).unwrap(), "src/b.c");
        let error = list(&root, &[], 10).unwrap_err();
        assert!(
            error.contains("too large") && error.contains("exclude"),
            "{error}"
        );
    }

    #[test]
    fn vendored_packages_that_git_ignores_belong_to_a_project_that_has_room_for_them() {
        let home = tempfile::tempdir().unwrap();
        let root = home.path();
        for path in ["a.go", "vendor/modules.txt", "vendor/x/target/x.go"] {
            let at = root.join(path);
            fs::create_dir_all(at.parent().unwrap()).unwrap();
            fs::write(at, path).unwrap();
        }
        let all = ["a.go", "vendor/modules.txt", "vendor/x/target/x.go"].map(PathBuf::from);
        let kept = |_: &Path| true;
        let found = vendored(root, &all[..1], &kept, 1 << 20);
        assert_eq!(
            BTreeSet::from_iter(found),
            BTreeSet::from_iter(all[1..].to_vec())
        );
        // What git has is copied as it is, and what is too large stays out.
        assert!(vendored(root, &all, &kept, 1 << 20).is_empty());
        assert!(vendored(root, &all[..1], &kept, 20).is_empty());
        assert!(
            vendored(
                root,
                &all[..1],
                &|path| !path.starts_with("vendor"),
                1 << 20
            )
            .is_empty()
        );
    }

    #[test]
    fn what_changed_in_a_copy_is_seen_and_a_restored_one_keeps_its_times() {
        let home = tempfile::tempdir().unwrap();
        let (a, b) = (home.path().join("a"), home.path().join("b"));
        fs::create_dir_all(a.join("sub")).unwrap();
        fs::write(a.join("sub/x"), "1").unwrap();
        restore(&a, &b).unwrap();
        let modified = |path: &Path| fs::metadata(path).unwrap().modified().unwrap();
        assert_eq!(modified(&a.join("sub/x")), modified(&b.join("sub/x")));
        let before = state(&b, &b.join("tmp"));
        fs::write(b.join("sub/x"), "2").unwrap();
        fs::write(b.join("y"), "").unwrap();
        let paths = touched(&before, &state(&b, &b.join("tmp")));
        assert_eq!(paths, [PathBuf::from("sub/x"), PathBuf::from("y")]);
    }

    #[test]
    fn names_that_differ_by_numbers_are_of_one_kind() {
        let paths = [
            PathBuf::from("out/run-12.json"),
            PathBuf::from("out/run-345.json"),
            "t/0123abcdef/x".into(),
        ];
        let found = kinds(&paths);
        assert_eq!(
            found.into_iter().collect::<Vec<_>>(),
            ["out/run-#.json", "t/#/x"]
        );
    }
}

//! Where a project begins, what lies in it, and which headers the system has beside it.

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

/// Most folders that are searched for a header.
pub(super) const FOLDERS: usize = 4000;

/// The project a file belongs to: the outermost folder around it, not far up, that looks like one.
pub(super) fn root_of(file: &Path) -> PathBuf {
    const MARKS: [&str; 9] = [
        ".git",
        "CMakeLists.txt",
        "configure",
        "configure.ac",
        "Makefile",
        "meson.build",
        "debian",
        "Cargo.toml",
        "BUILD.bazel",
    ];
    let parent = file.parent().unwrap_or(Path::new("/"));
    let is_root = |folder: &&Path| MARKS.iter().any(|mark| folder.join(mark).exists());
    let mut root = parent;
    for folder in parent.ancestors().take(6).filter(is_root) {
        root = folder;
        if folder.join(".git").exists() {
            break;
        }
    }
    root.to_owned()
}

/// What a folder of the cache that belongs to a project is called.
pub(super) fn cached_as(root: &Path) -> String {
    let digest = Sha256::digest(root.as_os_str().as_encoded_bytes());
    digest.iter().take(8).map(|b| format!("{b:02x}")).collect()
}

/// Folders below `root` in which `header` is a file.
pub(super) fn search(root: &Path, header: &str, depth: usize) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![(root.to_owned(), 0)];
    let mut looked = 0;
    while let Some((folder, level)) = open.pop() {
        looked += 1;
        if looked > FOLDERS {
            break;
        }
        if header.is_empty() || folder.join(header).is_file() {
            found.push(folder.clone());
        }
        let entries = std::fs::read_dir(&folder).into_iter().flatten().flatten();
        for entry in entries {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            let skipped = name.starts_with('.') || ["node_modules", "target"].contains(&&*name);
            // Links may lead in circles.
            let folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
            if folder && !skipped && level < depth {
                open.push((entry.path(), level + 1));
            }
        }
    }
    found
}

/// Whether the system has a header.
pub(super) fn exists(header: &str) -> bool {
    const COMPILERS: [&str; 8] = [
        "float.h",
        "limits.h",
        "stdalign.h",
        "stdarg.h",
        "stdatomic.h",
        "stdbool.h",
        "stddef.h",
        "iso646.h",
    ];
    let root = Path::new("/usr/include");
    COMPILERS.contains(&header)
        || root.join(header).is_file()
        || root.join("x86_64-linux-gnu").join(header).is_file()
        || root.join("aarch64-linux-gnu").join(header).is_file()
}

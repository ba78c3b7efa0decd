//! What the compiler's errors tell of macros and folders that configuring a project would have found out.

use std::path::{Path, PathBuf};

use super::project_tree::{root_of, search};
use super::stand_ins;
use crate::harness::{Language, accepts};

/// The flag that tells a file not to bring along what the system has: configuring would have found it out.
pub(super) fn had_by_the_system(words: &str, file: &Path) -> Option<String> {
    const SAID: [&str; 3] = [
        "static declaration of ",
        "conflicting types for ",
        "redefinition of ",
    ];
    let line = words.lines().find(|line| line.contains("error: "))?;
    let said = SAID.iter().find_map(|said| line.split_once(said))?.1;
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let name = said.split(|c| !word(c)).find(|part| !part.is_empty())?;
    let known = format!("HAVE_{}", name.to_uppercase());
    let text = std::fs::read(file).ok()?;
    let asked = String::from_utf8_lossy(&text)
        .split(|c| !word(c))
        .any(|part| part == known);
    asked.then(|| format!("-D{known}"))
}

/// Flags that errors ask for: the value of a macro in words, or the system's headers that the files around an error ask for
/// by `HAVE_…_H`.
pub(super) fn told_by_errors(words: &str, file: &Path) -> Vec<String> {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let upper = |name: &str| {
        name.len() > 3
            && name
                .chars()
                .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
    };
    let errors = words.lines().filter(|line| line.contains("error: #error"));
    for line in errors.clone() {
        let said = line.match_indices("=0").find_map(|(at, _)| {
            let before = line.get(..at)?;
            before
                .rsplit(|c| !word(c))
                .next()
                .filter(|name| upper(name))
        });
        if let Some(name) = said {
            return vec![format!("-D{name}=0")];
        }
    }
    if errors.count() == 0 {
        return Vec::new();
    }
    let root = root_of(file);
    let named = words.split([' ', '\n', ':', ',']).map(Path::new);
    let mut files: Vec<&Path> = named.filter(|path| path.starts_with(&root)).collect();
    files.push(file);
    files.sort();
    files.dedup();
    let mut flags = Vec::new();
    for path in files.into_iter().filter(|path| path.is_file()).take(16) {
        let text = std::fs::read(path).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        for name in text.split(|c| !word(c)) {
            let plain = name
                .strip_prefix("HAVE_")
                .and_then(|rest| rest.strip_suffix("_H"));
            let flag = format!("-D{name}");
            if plain.is_some_and(|plain| stand_ins::has_header(&plain.to_lowercase()))
                && !flags.contains(&flag)
            {
                flags.push(flag);
            }
        }
    }
    flags
}

/// The project's own include folders as flags, where the file compiles with them and did not without.
pub(super) fn own_folders(
    (compiler, file, language): (Option<&str>, &Path, Language),
    flags: &[String],
) -> Vec<String> {
    let mut folders: Vec<PathBuf> = search(&root_of(file), "", 5);
    folders.retain(|folder| {
        folder
            .file_name()
            .is_some_and(|name| name == "include" || name == "inc")
    });
    folders.sort();
    folders.truncate(8);
    let more: Vec<String> = folders
        .iter()
        .map(|folder| folder.display().to_string())
        .filter(|folder| !flags.contains(folder))
        .flat_map(|folder| ["-I".to_owned(), folder])
        .collect();
    let with: Vec<String> = flags.iter().chain(&more).cloned().collect();
    let helps = !more.is_empty() && accepts(compiler, file, &with, language).is_ok();
    if helps { more } else { Vec::new() }
}

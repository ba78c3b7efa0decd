//! The compiler flags a person's project uses for a file, from a `compile_commands.json` nearby: include folders, macros and
//! the standard. Reads that one file; runs nothing.

use std::io::Read;
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// Largest database that is read, in bytes.
const LARGEST: u64 = 64 << 20;

#[derive(Deserialize)]
struct Entry {
    directory: PathBuf,
    file: PathBuf,
    #[serde(default)]
    command: Option<String>,
    #[serde(default)]
    arguments: Option<Vec<String>>,
}

/// The flags for `file` (absolute) and the database they come from.
pub fn project_flags(file: &Path) -> Option<(Vec<String>, PathBuf)> {
    databases(file).find_map(|database| Some((flags_in(&database, file)?, database)))
}

/// The files that are built together with `file`, as the nearest database that knows it says.
pub fn project_files(file: &Path) -> Vec<PathBuf> {
    let Some((_, database)) = project_flags(file) else {
        return Vec::new();
    };
    let all = entries(&database).unwrap_or_default().into_iter();
    all.filter_map(|entry| entry.directory.join(&entry.file).canonicalize().ok())
        .collect()
}

/// Where databases that may know `file` would be.
fn databases(file: &Path) -> impl Iterator<Item = PathBuf> {
    const BELOW: [&str; 6] = [
        "",
        "build",
        "out",
        "builddir",
        "cmake-build-release",
        "cmake-build-debug",
    ];
    file.ancestors()
        .skip(1)
        .take(12)
        .flat_map(|folder| BELOW.map(|below| folder.join(below).join("compile_commands.json")))
}

fn entries(database: &Path) -> Option<Vec<Entry>> {
    let mut text = String::new();
    let opened = std::fs::File::open(database).ok()?;
    opened.take(LARGEST).read_to_string(&mut text).ok()?;
    serde_json::from_str(&text).ok()
}

/// The flags that a database has for `file` (absolute).
pub fn flags_in(database: &Path, file: &Path) -> Option<Vec<String>> {
    let entries = entries(database)?;
    let entry = entries.into_iter().find(|entry| {
        let named = entry.directory.join(&entry.file);
        named == file || named.canonicalize().is_ok_and(|real| real == file)
    })?;
    let words = match (entry.arguments, entry.command) {
        (Some(arguments), _) => arguments,
        (None, Some(command)) => shell_words(&command),
        (None, None) => return None,
    };
    Some(kept(&words, &entry.directory))
}

/// Flags that matter to what a file means, with their paths made absolute.
pub fn kept(words: &[String], directory: &Path) -> Vec<String> {
    let mut flags = Vec::new();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let with_path = ["-isystem", "-iquote", "-include", "-I"]
            .iter()
            .find_map(|flag| word.strip_prefix(flag).map(|rest| (*flag, rest)));
        if let Some((flag, rest)) = with_path {
            let path = if rest.is_empty() {
                words.next().map_or("", String::as_str)
            } else {
                rest
            };
            flags.push(flag.to_owned());
            let placed = directory.join(path.trim());
            // A standard header is named as it would be in an #include line.
            flags.push(match flag == "-include" && !placed.is_file() {
                true => path.trim().to_owned(),
                false => placed.display().to_string(),
            });
        } else if let Some(rest) = word.strip_prefix("-D").or_else(|| word.strip_prefix("-U")) {
            let flag = word.get(..2).unwrap_or("-D");
            let named = if rest.is_empty() {
                words.next().map_or("", String::as_str)
            } else {
                rest
            };
            flags.push(format!("{flag}{named}"));
        } else if word.starts_with("-std=") {
            flags.push(word.clone());
        }
    }
    flags
}

/// The macros among flags, without `-D`.
pub(crate) fn defines(flags: &[String]) -> Vec<String> {
    flags
        .iter()
        .filter_map(|flag| flag.strip_prefix("-D").map(str::to_owned))
        .collect()
}

/// A command line's words: quotes and backslashes as a shell has them, nothing expanded.
pub fn shell_words(command: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut rest = command.chars();
    while let Some(c) = rest.next() {
        match (quote, c) {
            (None, c) if c.is_whitespace() => words.extend(word.take()),
            (None, '"' | '\'') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (Some(open), c) if open == c => quote = None,
            (None | Some('"'), '\\') => word.get_or_insert_default().extend(rest.next()),
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn include_folders_macros_and_the_standard_are_kept() {
        let words = shell_words(
            "c++ -I../inc -I lib -DNAME=\\\"a b\\\" -D X -O2 -Wall -std=c++20 '-isystem/usr/x' -c a.cpp -o a.o",
        );
        assert_eq!(
            kept(&words, Path::new("/p/build")),
            [
                "-I",
                "/p/build/../inc",
                "-I",
                "/p/build/lib",
                "-DNAME=\"a",
                "-DX",
                "-std=c++20",
                "-isystem",
                "/usr/x"
            ]
        );
    }

    #[test]
    fn a_database_above_the_file_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        std::fs::create_dir_all(root.join("src")).unwrap();
        std::fs::create_dir_all(root.join("build")).unwrap();
        let file = root.join("src/a.cpp");
        std::fs::write(&file, "").unwrap();
        let entry = serde_json::json!([{ "directory": root.join("build"), "file": "../src/a.cpp", "command": "c++ -I/x -DY=2 a.cpp" }]);
        std::fs::write(root.join("build/compile_commands.json"), entry.to_string()).unwrap();
        let (flags, from) = project_flags(&file).unwrap();
        assert_eq!(flags, ["-I", "/x", "-DY=2"]);
        assert_eq!(from, root.join("build/compile_commands.json"));
        assert_eq!(defines(&flags), ["Y=2"]);
    }
}

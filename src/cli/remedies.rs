//! What a file needs to compile that nobody named: include folders found in its project, a later standard, the macro that
//! switches a body on. Tries the compiler's parser alone and never writes anything.

use std::path::{Path, PathBuf};

use super::elsewhere;
use crate::failure::{Failure, FailureKind};
use crate::harness::{HarnessError, Language, accepts};
use crate::intake::Off;

/// Most flags that are added one after another.
const MOST: usize = 12;
/// Most folders that are searched for a header.
const FOLDERS: usize = 4000;

/// A file that is to be compiled.
pub(super) struct Looking<'a> {
    /// The compiler that was asked for.
    pub compiler: Option<&'a str>,
    /// The file, absolute.
    pub file: &'a Path,
    /// Its language.
    pub language: Language,
    /// Where what configuring a project makes is kept.
    pub cache: &'a Path,
}

/// Makes the compiler accept the file, adding to `flags` what it needs.
///
/// # Errors
/// In the compiler's words, if nothing helps.
pub(super) fn accepted(
    looking: &mut Looking<'_>,
    flags: &mut Vec<String>,
    tell: &mut dyn FnMut(&str),
) -> Result<(), Failure> {
    let (compiler, file, language) = (looking.compiler, looking.file, looking.language);
    let mut configured: Option<PathBuf> = None;
    for _ in 0..MOST {
        let what = match accepts(compiler, file, flags, language) {
            Ok(()) => return Ok(()),
            Err(HarnessError::Problem { what }) => what,
            Err(other) => return Err(other.into()),
        };
        if let Some(header) = missing(&what) {
            let in_made = |made: &PathBuf| search(made, header, 6).into_iter().min();
            let mut found =
                folder_of(file, header).or_else(|| configured.as_ref().and_then(in_made));
            if found.is_none() && configured.is_none() {
                configured = elsewhere::configured(file, looking.cache, tell);
                let told = configured
                    .as_ref()
                    .and_then(|made| elsewhere::flags_of(made, file));
                if let Some(told) = told {
                    flags.extend(told);
                    continue;
                }
                found = configured.as_ref().and_then(in_made);
            }
            let Some(folder) = found.or_else(|| laid_out(file, header, looking.cache)) else {
                return Err(refused(file, what));
            };
            let folder = folder.display().to_string();
            if flags.contains(&folder) {
                return Err(refused(file, what));
            }
            tell(&format!("{header} found: -I {folder}"));
            flags.extend(["-I".to_owned(), folder]);
            continue;
        }
        // What a configured project would be told by its own header.
        let asks = "-DHAVE_CONFIG_H".to_owned();
        if !flags.contains(&asks) && (configured.is_some() || names_its_settings(file)) {
            flags.push(asks);
            continue;
        }
        return match later(compiler, file, flags, language) {
            Some(more) => {
                tell(&format!("It compiles with {}.", more.join(" ")));
                flags.extend(more);
                Ok(())
            }
            None => Err(refused(file, what)),
        };
    }
    accepts(compiler, file, flags, language).map_err(|error| match error {
        HarnessError::Problem { what } => refused(file, what),
        other => other.into(),
    })
}

/// Whether a file asks for the header that configuring makes.
fn names_its_settings(file: &Path) -> bool {
    let header = file.parent().map(|folder| folder.join("config.h"));
    let text = std::fs::read(file).unwrap_or_default();
    let made = header.is_some_and(|header| header.is_file())
        || root_of(file).join("configure").is_file()
        || root_of(file).join("config.h").is_file();
    made && String::from_utf8_lossy(&text).contains("HAVE_CONFIG_H")
}

/// A folder in which a header of the project lies as installing would lay it: `name/part.h` where the project has `part.h`
/// in a folder of another name.
fn laid_out(file: &Path, header: &str, cache: &Path) -> Option<PathBuf> {
    let (above, own) = header.rsplit_once('/')?;
    let plain = above
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || "_-./".contains(c));
    if !plain || above.contains("..") {
        return None;
    }
    let root = root_of(file);
    let mut found = search(&root, own, 8);
    found.sort();
    let folder = found.into_iter().next()?;
    let name: String = format!("{}", folder.display())
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
        .collect();
    let place = cache.join("headers").join(name);
    let link = place.join(above);
    std::fs::create_dir_all(link.parent()?).ok()?;
    if link.symlink_metadata().is_err() {
        std::os::unix::fs::symlink(&folder, &link).ok()?;
    }
    link.join(own).is_file().then_some(place)
}

/// The macro that switches a body on and with which the file compiles.
pub(super) fn switch(
    compiler: Option<&str>,
    file: &Path,
    flags: &[String],
    language: Language,
    off: &Off,
) -> Option<String> {
    off.macros.iter().take(6).find_map(|name| {
        let flag = format!("-D{name}");
        let with: Vec<String> = flags.iter().cloned().chain([flag.clone()]).collect();
        accepts(compiler, file, &with, language)
            .is_ok()
            .then_some(flag)
    })
}

/// A later standard with which the file compiles, where none was named; for a header what whoever includes it has
/// included before.
fn later(
    compiler: Option<&str>,
    file: &Path,
    flags: &[String],
    language: Language,
) -> Option<Vec<String>> {
    const BEFORE: [&str; 5] = ["stddef.h", "stdint.h", "stdlib.h", "string.h", "limits.h"];
    let extension = file.extension().and_then(|e| e.to_str()).unwrap_or("");
    let mut tries: Vec<Vec<String>> = Vec::new();
    if language == Language::Cpp && !flags.iter().any(|flag| flag.starts_with("-std=")) {
        tries.extend(["-std=c++20", "-std=c++23"].map(|standard| vec![standard.to_owned()]));
    }
    if extension.starts_with('h') || language == Language::C {
        let all = BEFORE
            .iter()
            .flat_map(|name| ["-include".to_owned(), (*name).to_owned()]);
        tries.push(all.collect());
    }
    tries.into_iter().find(|more| {
        let with: Vec<String> = flags.iter().chain(more).cloned().collect();
        accepts(compiler, file, &with, language).is_ok()
    })
}

/// What the compiler refused, with what may help.
pub(super) fn refused(file: &Path, what: String) -> Failure {
    let mut failure = Failure::new(FailureKind::Usage, what);
    let root = root_of(file);
    let there = |name: &str| root.join(name).is_file();
    if there("CMakeLists.txt") {
        failure = failure.hint(format!(
            "Let CMake say what the file needs: cmake -S {0} -B {0}/build -DCMAKE_EXPORT_COMPILE_COMMANDS=ON",
            root.display()
        ));
    } else if there("meson.build") {
        failure = failure.hint(format!(
            "Let Meson say what the file needs: meson setup {0}/builddir {0}",
            root.display()
        ));
    } else if there("configure") {
        failure = failure.hint(format!(
            "The project may have to be configured first: cd {} && ./configure",
            root.display()
        ));
    }
    failure.hint("If headers or macros are missing, give the compiler's flags at the end, like -- -Iinclude -DNAME.")
}

/// The header that was not found.
fn missing(words: &str) -> Option<&str> {
    let line = words.lines().find(|line| {
        line.contains("No such file or directory") || line.contains("file not found")
    })?;
    let (_, said) = line.split_once("fatal error: ")?;
    let name = said
        .trim_start_matches('\'')
        .split([':', '\''])
        .next()?
        .trim();
    (!name.is_empty() && !name.starts_with('/')).then_some(name)
}

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

/// The folder that has `header` as it is named: in the project, nearest to the file, else among the system's.
fn folder_of(file: &Path, header: &str) -> Option<PathBuf> {
    let own = search(&root_of(file), header, 8);
    let common = |folder: &PathBuf| {
        let both = folder.components().zip(file.components());
        both.take_while(|(a, b)| a == b).count()
    };
    let nearest = own.into_iter().min_by_key(|folder| {
        (
            std::cmp::Reverse(common(folder)),
            folder.components().count(),
        )
    });
    nearest.or_else(|| {
        // Every project has a header of these names; another one's is of no use.
        if [
            "config.h",
            "version.h",
            "common.h",
            "util.h",
            "utils.h",
            "types.h",
        ]
        .contains(&header)
        {
            return None;
        }
        let mut system = search(Path::new("/usr/include"), header, 2);
        system.sort_by_key(|folder| folder.components().count());
        system.into_iter().next()
    })
}

/// Folders below `root` in which `header` is a file.
fn search(root: &Path, header: &str, depth: usize) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![(root.to_owned(), 0)];
    let mut looked = 0;
    while let Some((folder, level)) = open.pop() {
        looked += 1;
        if looked > FOLDERS {
            break;
        }
        if folder.join(header).is_file() {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_that_is_missing_is_looked_for_in_the_project() {
        let words =
            "src/a.cpp:1:10: fatal error: deep/x.h: No such file or directory\n 1 | #include\n";
        assert_eq!(missing(words), Some("deep/x.h"));
        assert_eq!(missing("a.cpp:1: error: nothing"), None);
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path();
        for below in ["src", "include/deep", "other/include/deep"] {
            std::fs::create_dir_all(at.join(below)).unwrap();
        }
        std::fs::write(at.join("Makefile"), "").unwrap();
        std::fs::write(at.join("include/deep/x.h"), "").unwrap();
        std::fs::write(at.join("other/include/deep/x.h"), "").unwrap();
        assert_eq!(
            folder_of(&at.join("src/a.cpp"), "deep/x.h"),
            Some(at.join("include"))
        );
        assert_eq!(folder_of(&at.join("src/a.cpp"), "no-such-header.h"), None);
    }
}

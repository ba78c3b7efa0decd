//! What a file needs to compile that nobody named: include folders found in its project, a later standard, the macro that
//! switches a body on. Tries the compiler's parser alone and never writes anything.

use std::path::{Path, PathBuf};

use super::project_tree::{FOLDERS, root_of, search};
use super::told::{had_by_the_system, own_folders, told_by_errors};
use super::{elsewhere, stand_ins};
use crate::failure::{Failure, FailureKind};
use crate::harness::{HarnessError, Language, accepts};
use crate::intake::Off;

/// Most flags that are added one after another.
const MOST: usize = 12;

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
    let mut last: Option<(PathBuf, String)> = None;
    let mut harmful: Vec<PathBuf> = Vec::new();
    for _ in 0..MOST {
        let what = match accepts(compiler, file, flags, language) {
            Ok(()) => {
                if let Some((folder, header)) = &last {
                    tell(&format!(
                        "{header} found: {} {}",
                        flag_of(file, folder),
                        folder.display()
                    ));
                }
                return Ok(());
            }
            Err(HarnessError::Problem { what }) => what,
            Err(other) => return Err(other.into()),
        };
        if let Some((folder, header)) = last.take() {
            // A header of the same name may be another's: what breaks the system's own headers goes again.
            if breaks_the_system(&what) {
                flags.truncate(flags.len().saturating_sub(2));
                harmful.push(folder);
                continue;
            }
            tell(&format!(
                "{header} found: {} {}",
                flag_of(file, &folder),
                folder.display()
            ));
        }
        if let Some(header) = missing(&what) {
            let may = |folder: &PathBuf| !harmful.contains(folder);
            let in_made = |made: &PathBuf| search(made, header, 6).into_iter().filter(may).min();
            let in_project = || in_project(file, header).into_iter().find(may);
            // What configuring makes goes before a header of another platform.
            let made = is_made(file, header);
            let mut found = configured.as_ref().and_then(in_made);
            if found.is_none() && !made {
                found = in_project().or_else(|| in_system(header).into_iter().find(may));
            }
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
            let found = found
                .or_else(in_project)
                .or_else(|| in_system(header).into_iter().find(may));
            let found = found.or_else(|| laid_out(file, header, looking.cache));
            let mut stands_in = false;
            let found = found.or_else(|| {
                stands_in = true;
                let (folder, from) = stand_ins::made(file, header, looking.cache)?;
                tell(&format!(
                    "{header} is made when the project is built. A stand-in serves here, {from}; yours may say something else."
                ));
                Some(folder)
            });
            let Some(folder) = found else {
                return Err(refused(file, what));
            };
            let shown = folder.display().to_string();
            if flags.contains(&shown) {
                match folder.join(header).is_file() && stands_in {
                    true => continue,
                    false => return Err(refused(file, what)),
                }
            }
            flags.extend([flag_of(file, &folder).to_owned(), shown]);
            last = Some((folder, header.to_owned()));
            continue;
        }
        if let Some(flag) = had_by_the_system(&what, file).filter(|flag| !flags.contains(flag)) {
            tell(&format!("The system has what the file has, too: {flag}"));
            flags.push(flag);
            continue;
        }
        // What a configured project would be told by its own header.
        let asks = "-DHAVE_CONFIG_H".to_owned();
        if !flags.contains(&asks) && (configured.is_some() || names_its_settings(file)) {
            flags.push(asks);
            continue;
        }
        let told = told_by_errors(&what, file);
        if !told.is_empty() && told.iter().all(|flag| !flags.contains(flag)) {
            tell(&format!("Configuring would tell it {}.", told.join(" ")));
            flags.extend(told);
            continue;
        }
        if let Some((name, header)) = undeclared(&what, language)
            && !flags.iter().any(|flag| flag == &header)
        {
            tell(&format!(
                "{name} is declared in <{header}>, which the file does not include: -include {header}"
            ));
            flags.extend(["-include".to_owned(), header]);
            continue;
        }
        let own = own_folders((compiler, file, language), flags);
        if !own.is_empty() {
            tell("The system has other headers of the same names: the project's own go first.");
            flags.extend(own);
            return Ok(());
        }
        return match later(compiler, file, flags, language) {
            Some(more) => {
                tell(&format!("It compiles with {}.", more.join(" ")));
                flags.extend(more);
                Ok(())
            }
            None => match after_what_stands_before(looking, flags) {
                Some((includer, line, more)) => {
                    tell(&format!(
                        "{} line {line} includes this file; what stands before that line is included first.",
                        includer.display()
                    ));
                    flags.extend(more);
                    Ok(())
                }
                None => Err(refused(file, what)),
            },
        };
    }
    accepts(compiler, file, flags, language).map_err(|error| match error {
        HarnessError::Problem { what } => refused(file, what),
        other => other.into(),
    })
}

/// How the compiler is told of a folder of headers. What is not the project's own stays one `#include` line.
fn flag_of(file: &Path, folder: &Path) -> &'static str {
    let own = folder.starts_with(root_of(file)) || !folder.starts_with("/usr");
    if own { "-I" } else { "-isystem" }
}

/// Whether the first error is in a header of the system, and is none that another header would mend.
fn breaks_the_system(words: &str) -> bool {
    let first = words.lines().find(|line| line.contains("error: "));
    first.is_some_and(|line| line.starts_with("/usr/")) && missing(words).is_none()
}

/// Whether configuring the project makes a header: there is a template of it.
fn is_made(file: &Path, header: &str) -> bool {
    let root = root_of(file);
    let configurable = ["configure", "CMakeLists.txt"]
        .iter()
        .any(|name| root.join(name).is_file());
    let stem = header.strip_suffix(".h").unwrap_or(header);
    let templates = [
        format!("{header}.in"),
        format!("{header}.cmake"),
        format!("{header}.cmake.in"),
        format!("{stem}.cmake.in"),
        format!("{stem}.in.h"),
    ];
    configurable
        && templates
            .iter()
            .any(|name| !search(&root, name, 8).is_empty())
}

/// A name that nothing declares, and the standard header that does.
fn undeclared(words: &str, language: Language) -> Option<(String, String)> {
    let errors = words.lines().filter(|line| line.contains("error: "));
    let quoted = |line: &str| -> Vec<String> {
        let line = line.replace(['\u{2018}', '\u{2019}'], "'");
        let said = line.split_once("error: ").map_or("", |(_, said)| said);
        let parts = said.split('\'').skip(1).step_by(2);
        parts.map(str::to_owned).collect()
    };
    let mut names = errors.filter(|line| says_undeclared(line)).flat_map(quoted);
    names.find_map(|name| Some((name.clone(), declared_in(&name, language)?.to_owned())))
}

/// Whether a line of the compiler's says that it does not know a name.
fn says_undeclared(line: &str) -> bool {
    const SAID: [&str; 8] = [
        "undeclared",
        "unknown type name",
        "was not declared",
        "does not name a type",
        "has not been declared",
        "implicit declaration",
        "expected",
        "is not a member of",
    ];
    SAID.iter().any(|said| line.contains(said))
}

/// The standard header that declares a name, where every file may have it.
fn declared_in(name: &str, language: Language) -> Option<&'static str> {
    let is_c = language == Language::C;
    let fixed = |name: &str| {
        let (begun, rest) = match name.strip_prefix('u') {
            Some(rest) => (true, rest),
            None => (false, name),
        };
        let bits = rest.strip_prefix("int").and_then(|r| r.strip_suffix("_t"));
        let width = |text: &str| ["8", "16", "32", "64", "ptr", "max"].contains(&text);
        let upper = name.strip_prefix('U').unwrap_or(name);
        let limit = upper.strip_prefix("INT").and_then(|rest| {
            let end = ["_MAX", "_MIN", "_C"]
                .iter()
                .find_map(|end| rest.strip_suffix(end));
            end.map(str::to_lowercase)
        });
        bits.is_some_and(|bits| {
            let bits = bits
                .trim_start_matches("_least")
                .trim_start_matches("_fast");
            width(bits) && (begun || !bits.is_empty())
        }) || limit.is_some_and(|bits| width(&bits))
    };
    let named = match name {
        "bool" | "true" | "false" if is_c => "stdbool.h",
        "size_t" | "ptrdiff_t" | "NULL" | "offsetof" | "max_align_t" => "stddef.h",
        "ssize_t" | "off_t" => "sys/types.h",
        "memcpy" | "memset" | "memmove" | "memcmp" | "memchr" | "strlen" | "strcmp" | "strncmp"
        | "strcpy" | "strncpy" | "strcat" | "strchr" | "strrchr" | "strstr" | "strdup" => {
            "string.h"
        }
        "CHAR_BIT" | "CHAR_MAX" | "CHAR_MIN" | "SCHAR_MAX" | "SCHAR_MIN" | "UCHAR_MAX"
        | "SHRT_MAX" | "SHRT_MIN" | "USHRT_MAX" | "INT_MAX" | "INT_MIN" | "UINT_MAX"
        | "LONG_MAX" | "LONG_MIN" | "ULONG_MAX" | "LLONG_MAX" | "LLONG_MIN" | "ULLONG_MAX" => {
            "limits.h"
        }
        "SIZE_MAX" | "SSIZE_MAX" | "PTRDIFF_MAX" => "stdint.h",
        "FLT_MAX" | "FLT_MIN" | "FLT_EPSILON" | "DBL_MAX" | "DBL_MIN" | "DBL_EPSILON" => "float.h",
        "HUGE_VAL" | "INFINITY" | "NAN" | "M_PI" | "isnan" | "isinf" | "isfinite" => "math.h",
        "malloc" | "calloc" | "realloc" | "free" | "abort" | "exit" | "qsort" | "abs" => "stdlib.h",
        "FILE" | "stderr" | "stdout" | "printf" | "fprintf" | "snprintf" | "EOF" => "stdio.h",
        "isdigit" | "isspace" | "isalpha" | "isalnum" | "isupper" | "islower" | "tolower"
        | "toupper" | "isxdigit" => "ctype.h",
        "assert" => "assert.h",
        "errno" | "EINVAL" | "ENOMEM" | "ERANGE" => "errno.h",
        "va_list" | "va_start" => "stdarg.h",
        "PRIu8" | "PRIu16" | "PRIu32" | "PRIu64" | "PRId32" | "PRId64" | "PRIx32" | "PRIx64"
        | "PRIX32" | "PRIX64" | "PRIuPTR" | "PRIxPTR" | "PRIuMAX" | "PRIdMAX" => "inttypes.h",
        _ if fixed(name) => "stdint.h",
        _ => return None,
    };
    Some(match named {
        // Both the global name and the one in std.
        "stdint.h" if !is_c => "cstdint",
        "stddef.h" if !is_c => "cstddef",
        "string.h" if !is_c => "cstring",
        "limits.h" if !is_c => "climits",
        "stdlib.h" if !is_c => "cstdlib",
        "float.h" if !is_c => "cfloat",
        named => named,
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
    if let Some((includer, line)) = included_by(file) {
        failure = failure.hint(format!(
            "{} line {line} includes this file, so it may be no source file of its own: give what it needs from there with -- -DNAME=VALUE or -include FILE.",
            includer.display()
        ));
    }
    failure.hint("If headers or macros are missing, give the compiler's flags at the end, like -- -Iinclude -DNAME.")
}

/// The source file of the project that includes this one, and where. Headers are there to be included.
fn included_by(file: &Path) -> Option<(PathBuf, usize)> {
    const SOURCES: [&str; 6] = ["c", "cc", "cpp", "cxx", "C", "c++"];
    let extension = |path: &Path| {
        let extension = path.extension().and_then(|e| e.to_str()).unwrap_or("");
        SOURCES.contains(&extension)
    };
    let name = file.file_name()?.to_str()?;
    if !extension(file) {
        return None;
    }
    let mut found: Vec<PathBuf> = Vec::new();
    for folder in search(&root_of(file), "", 8) {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        found.extend(
            entries
                .map(|entry| entry.path())
                .filter(|path| extension(path)),
        );
    }
    let near = |path: &PathBuf| path.parent() != file.parent();
    found.sort_by_key(|path| (near(path), path.clone()));
    found.truncate(FOLDERS);
    found
        .into_iter()
        .filter(|path| path != file)
        .find_map(|path| {
            let text = String::from_utf8_lossy(&std::fs::read(&path).ok()?).into_owned();
            let line = text.lines().position(|line| {
                let named = line.trim_start().strip_prefix('#').map(str::trim_start);
                let named = named.and_then(|rest| rest.strip_prefix("include"));
                let named = named.and_then(|rest| rest.trim().get(1..)?.split(['"', '>']).next());
                named
                    .and_then(|named| path.parent()?.join(named).canonicalize().ok())
                    .is_some_and(|included| included == file)
                    || named.is_some_and(|named| named == name)
            })?;
            Some((path, line + 1))
        })
}

/// Flags with which a file that only another one includes compiles: what stands before it there comes first.
fn after_what_stands_before(
    looking: &Looking<'_>,
    flags: &[String],
) -> Option<(PathBuf, usize, Vec<String>)> {
    let (includer, line) = included_by(looking.file)?;
    let text = String::from_utf8_lossy(&std::fs::read(&includer).ok()?).into_owned();
    let mut before: String = text.split_inclusive('\n').take(line - 1).collect();
    let asks = |line: &&str, word: &str| {
        let named = line.trim_start().strip_prefix('#').map(str::trim_start);
        named.is_some_and(|rest| rest.starts_with(word))
    };
    let count = |word: &str| before.lines().filter(|line| asks(line, word)).count();
    // The file may be included under a condition.
    let open = count("if").saturating_sub(count("endif"));
    before.push_str(&"#endif\n".repeat(open));
    let name: String = format!("{}", looking.file.display())
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
        .collect();
    let place = looking.cache.join("before").join(format!("{name}.h"));
    std::fs::create_dir_all(place.parent()?).ok()?;
    std::fs::write(&place, before).ok()?;
    let more = [
        "-iquote".to_owned(),
        includer.parent()?.display().to_string(),
        "-include".to_owned(),
        place.display().to_string(),
    ];
    let with: Vec<String> = flags.iter().chain(&more).cloned().collect();
    accepts(looking.compiler, looking.file, &with, looking.language).ok()?;
    Some((includer, line, more.to_vec()))
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

/// Folders of the project that have `header` as it is named, the nearest to the file first.
fn in_project(file: &Path, header: &str) -> Vec<PathBuf> {
    let mut own = search(&root_of(file), header, 8);
    let common = |folder: &PathBuf| {
        let both = folder.components().zip(file.components());
        both.take_while(|(a, b)| a == b).count()
    };
    own.sort_by_cached_key(|folder| {
        (
            std::cmp::Reverse(common(folder)),
            folder.components().count(),
            folder.clone(),
        )
    });
    own
}

/// Folders of the system's packages that have `header` as it is named.
fn in_system(header: &str) -> Vec<PathBuf> {
    // Every project has a header of these names; another one's is of no use.
    const EVERYBODYS: [&str; 6] = [
        "config.h",
        "version.h",
        "common.h",
        "util.h",
        "utils.h",
        "types.h",
    ];
    if EVERYBODYS.contains(&header) {
        return Vec::new();
    }
    let mut found = search(Path::new("/usr/include"), header, 2);
    found.retain(|folder| !is_private(folder));
    found.sort_by_cached_key(|folder| (folder.components().count(), folder.clone()));
    found
}

/// Whether a folder of the system's headers belongs to the C library, the kernel or the compiler: named as an include folder it
/// would hide the standard's own headers.
fn is_private(folder: &Path) -> bool {
    const PRIVATE: [&str; 24] = [
        "arpa",
        "asm",
        "asm-generic",
        "bits",
        "c++",
        "drm",
        "finclude",
        "gnu",
        "linux",
        "misc",
        "mtd",
        "net",
        "netatalk",
        "netax25",
        "netinet",
        "netipx",
        "netpacket",
        "protocols",
        "rdma",
        "rpc",
        "scsi",
        "sound",
        "sys",
        "video",
    ];
    const STANDARD: [&str; 8] = [
        "errno.h", "limits.h", "math.h", "signal.h", "stdio.h", "stdlib.h", "string.h", "time.h",
    ];
    let below = folder.strip_prefix("/usr/include").unwrap_or(folder);
    below
        .components()
        .any(|part| PRIVATE.iter().any(|name| part.as_os_str() == *name))
        || STANDARD.iter().any(|name| folder.join(name).is_file())
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
            in_project(&at.join("src/a.cpp"), "deep/x.h").first(),
            Some(&at.join("include"))
        );
        assert!(in_project(&at.join("src/a.cpp"), "no-such-header.h").is_empty());
    }

    #[test]
    fn headers_that_are_the_c_librarys_own_are_never_taken_for_a_projects() {
        for own in [
            "bits",
            "x86_64-linux-gnu/bits",
            "x86_64-linux-gnu/sys",
            "linux",
            "asm-generic",
        ] {
            assert!(is_private(&Path::new("/usr/include").join(own)), "{own}");
        }
        assert!(!is_private(Path::new("/usr/include/freetype2")));
        for header in ["endianness.h", "time64.h", "stat.h", "socket.h"] {
            let found = in_system(header);
            let private = |folder: &PathBuf| folder.ends_with("bits") || folder.ends_with("sys");
            assert!(!found.iter().any(private), "{header}: {found:?}");
        }
        let file = Path::new("/home/somebody/app/a.c");
        assert_eq!(
            flag_of(file, Path::new("/usr/include/freetype2")),
            "-isystem"
        );
        assert_eq!(flag_of(file, Path::new("/home/somebody/app/include")), "-I");
        let broken =
            "a.c does not compile:\n/usr/include/stdlib.h:3:1: error: unknown type name '__x'\n";
        assert!(breaks_the_system(broken));
        assert!(!breaks_the_system(
            "a.c:3:1: error: unknown type name 'x'\n"
        ));
    }

    #[test]
    fn a_header_that_configuring_makes_is_told_by_its_template() {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path();
        std::fs::create_dir_all(at.join("ti")).unwrap();
        for name in ["configure", "config.h.in", "ti/config.h", "other.h"] {
            std::fs::write(at.join(name), "").unwrap();
        }
        assert!(is_made(&at.join("a.c"), "config.h"));
        assert!(!is_made(&at.join("a.c"), "other.h"));
    }

    #[test]
    fn plain_names_that_nothing_declares_bring_their_standard_header() {
        let says = |name: &str| format!("a.c:3:9: error: unknown type name '{name}'\n");
        for (name, header) in [
            ("bool", "stdbool.h"),
            ("size_t", "stddef.h"),
            ("uint32_t", "stdint.h"),
            ("int_fast16_t", "stdint.h"),
            ("UINT8_MAX", "stdint.h"),
            ("INT_MAX", "limits.h"),
            ("PRIu64", "inttypes.h"),
            ("memcpy", "string.h"),
        ] {
            let found = undeclared(&says(name), Language::C);
            assert_eq!(found, Some((name.to_owned(), header.to_owned())));
        }
        assert_eq!(undeclared(&says("uint_t"), Language::C), None);
        assert_eq!(undeclared(&says("print_t"), Language::C), None);
        assert_eq!(undeclared(&says("bool"), Language::Cpp), None);
        let std = "a.cpp:3: error: 'uint32_t' in namespace 'std' does not name a type\n";
        assert_eq!(undeclared(std, Language::Cpp).unwrap().1, "cstdint");
    }

    #[test]
    fn a_source_file_that_another_includes_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path().canonicalize().unwrap();
        std::fs::write(at.join("Makefile"), "").unwrap();
        std::fs::write(at.join("part.c"), "").unwrap();
        std::fs::write(at.join("alone.c"), "").unwrap();
        std::fs::write(at.join("whole.c"), "int x;\n # include \"part.c\"\n").unwrap();
        assert_eq!(
            included_by(&at.join("part.c")),
            Some((at.join("whole.c"), 2))
        );
        assert_eq!(included_by(&at.join("alone.c")), None);
        let text = "#define BASE 3\n#ifdef BASE\n#include \"part.c\"\n#endif\n";
        std::fs::write(at.join("whole.c"), text).unwrap();
        std::fs::write(at.join("part.c"), "int f(void) { return BASE; }\n").unwrap();
        let mut looking = Looking {
            compiler: None,
            file: &at.join("part.c"),
            language: Language::C,
            cache: &at.join("cache"),
        };
        let (mut flags, mut told) = (Vec::new(), Vec::new());
        accepted(&mut looking, &mut flags, &mut |line| {
            told.push(line.to_owned())
        })
        .unwrap();
        assert!(
            told[0].contains("whole.c line 3 includes this file"),
            "{told:?}"
        );
        std::fs::write(at.join("whole.c"), "int x;\n # include \"part.c\"\n").unwrap();
        let said = refused(&at.join("part.c"), String::new());
        assert!(format!("{said:?}").contains("whole.c line 2"), "{said:?}");
    }
}

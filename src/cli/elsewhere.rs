//! What a file needs that lies elsewhere in its project: the files that define what it calls, and the headers and flags that
//! only configuring the project makes. Reads the project, never writes into it; what configuring makes goes into our cache.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::project_tree::{cached_as, root_of};
use super::remedies;
use crate::failure::Failure;
use crate::harness::{Language, expand, preprocess};
use crate::intake::{self, Preprocessed};

/// Most files that are looked into, and most that are taken in.
const LOOKED: usize = 1500;
const MOST: usize = 8;
/// Largest of them, in bytes.
const LARGEST: u64 = 1 << 20;
/// What configuring may take.
const CONFIGURING: Duration = Duration::from_secs(240);

/// How a file is read: by which compiler, with which flags, as which language.
pub(super) struct Reading<'a> {
    /// The compiler that was asked for.
    pub compiler: Option<&'a str>,
    /// The file, absolute.
    pub file: &'a Path,
    /// Its flags; those that other files need are added.
    pub flags: &'a mut Vec<String>,
    /// Its language.
    pub language: Language,
    /// Where what configuring makes is kept.
    pub cache: &'a Path,
}

/// The text of the file with those files behind it that define what is missing, if any does. `joined` says which are
/// there already.
pub(super) fn with_definitions(
    reading: &mut Reading<'_>,
    flat: &Preprocessed,
    missing: &[String],
    joined: &mut Vec<PathBuf>,
    tell: &mut dyn FnMut(&str),
) -> Option<Preprocessed> {
    let mut whole: Option<Preprocessed> = None;
    for file in sources(reading.file, reading.language) {
        if joined.len() >= MOST {
            break;
        }
        if joined.contains(&file) || file == reading.file {
            continue;
        }
        let small = std::fs::metadata(&file).is_ok_and(|about| about.len() <= LARGEST);
        let text = small.then(|| std::fs::read(&file).ok()).flatten();
        let text = text.map(|bytes| crate::source::encoding::decoded(&bytes));
        let defined: Vec<&String> = missing
            .iter()
            .filter(|name| {
                text.as_ref().is_some_and(|text| {
                    intake::defines_for_others(text, name) || in_a_macro(text, name)
                })
            })
            .collect();
        if defined.is_empty() {
            continue;
        }
        let mut flags = match intake::project_flags(&file) {
            Some((flags, _)) => flags,
            None => reading.flags.clone(),
        };
        let mut looking = remedies::Looking {
            compiler: reading.compiler,
            file: &file,
            language: reading.language,
            cache: reading.cache,
        };
        if remedies::accepted(&mut looking, &mut flags, &mut |_| {}).is_err() {
            continue;
        }
        let Ok(pre) = preprocess(reading.compiler, &file, &flags, reading.language) else {
            continue;
        };
        let stem = file.file_stem().map_or_else(String::new, |stem| {
            let plain = stem.to_string_lossy();
            plain
                .chars()
                .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
                .collect()
        });
        let mut other = Preprocessed::read(&pre);
        // Macros may be around its name, or around those of what it calls in the same file.
        let count = |text: &str| intake::function_names(text).len();
        if let Some(seen) = shaped(reading.compiler, reading.language, &other)
            && count(&seen.text) > count(&other.text)
        {
            other = seen;
        }
        // Conditionals may leave it out.
        let mut names = defined.iter();
        if !names.any(|name| intake::defines_for_others(&other.text, name)) {
            continue;
        }
        let before = whole.as_ref().unwrap_or(flat);
        let Ok(both) = intake::joined(before, &other, &format!("_of_{stem}")) else {
            continue;
        };
        let names: Vec<&str> = defined.iter().map(|name| name.as_str()).collect();
        tell(&format!(
            "{} taken from {}",
            names.join(", "),
            file.display()
        ));
        for flag in flags.iter().filter(|flag| flag.starts_with("-D")) {
            if !reading.flags.contains(flag) {
                reading.flags.push(flag.clone());
            }
        }
        whole = Some(both);
        joined.push(file);
    }
    whole
}

/// The text with the macros expanded that shape what stands in it (heads, names, whole functions), where some do and the
/// preprocessor can tell.
pub(super) fn shaped(
    compiler: Option<&str>,
    language: Language,
    flat: &Preprocessed,
) -> Option<Preprocessed> {
    let text = intake::disguised(flat)?;
    let file = tempfile::NamedTempFile::with_prefix("lessonl-").ok()?;
    std::fs::write(file.path(), text).ok()?;
    let output = expand(compiler, file.path(), language).ok()?;
    let name = file.path().display().to_string();
    Some(intake::expanded(flat, &output, &name))
}

/// Whether a name may be that of a function whose head a macro makes: `int API(name)(void)` or `int name P1((a), int a)`.
fn in_a_macro(text: &str, name: &str) -> bool {
    let word = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(name).any(|(at, _)| {
        let before = text.get(..at).unwrap_or("");
        let after = text.get(at + name.len()..).unwrap_or("");
        let behind = after.trim_start();
        if before.trim_end().ends_with('(') {
            let next = behind.strip_prefix(')').map(str::trim_start);
            return next.is_some_and(|next| next.starts_with('('));
        }
        let whole = !before.ends_with(word) && !after.starts_with(word);
        let next = behind.trim_start_matches(word);
        whole && behind.len() > next.len() && next.trim_start().starts_with('(')
    })
}

/// Source files of the project, those that are built with the file or lie near it first.
fn sources(file: &Path, language: Language) -> Vec<PathBuf> {
    let built = intake::project_files(file);
    if !built.is_empty() {
        return built;
    }
    let own = |path: &Path| {
        let extension = path.extension().and_then(|e| e.to_str()).unwrap_or("");
        match language {
            Language::C => extension == "c",
            Language::Cpp => ["cc", "cpp", "cxx", "C"].contains(&extension),
        }
    };
    let mut found = Vec::new();
    let mut open = vec![root_of(file)];
    let mut looked = 0;
    while let Some(folder) = open.pop() {
        let entries = std::fs::read_dir(&folder).into_iter().flatten().flatten();
        for entry in entries {
            looked += 1;
            let name = entry.file_name();
            let hidden = name.to_string_lossy().starts_with('.');
            // What was taken out before is no part of the project.
            let taken = || entry.path().join("problem.toml").is_file();
            match entry.file_type() {
                Ok(kind) if kind.is_dir() && !hidden && looked < LOOKED && !taken() => {
                    open.push(entry.path());
                }
                Ok(kind) if kind.is_file() && own(&entry.path()) => found.push(entry.path()),
                _ => {}
            }
        }
    }
    let common = |path: &PathBuf| {
        let both = path.components().zip(file.components());
        both.take_while(|(a, b)| a == b).count()
    };
    found.sort_by_key(|path| (std::cmp::Reverse(common(path)), path.clone()));
    found.truncate(LOOKED);
    found
}

/// Configures the project of a file beside it, in our cache, by CMake or its own `configure`. Where that is, if it worked.
pub(super) fn configured(file: &Path, cache: &Path, tell: &mut dyn FnMut(&str)) -> Option<PathBuf> {
    let root = root_of(file);
    let folder = cache.join("configured").join(cached_as(&root));
    let done = folder.join("lessonl-done");
    if done.is_file() {
        return Some(folder);
    }
    std::fs::create_dir_all(&folder).ok()?;
    let cmake = root.join("CMakeLists.txt");
    let attempts = match (cmake.is_file(), root.join("configure")) {
        (true, _) => {
            let mut plain = Command::new("cmake");
            plain.arg("-S").arg(&root).arg("-B").arg(&folder);
            plain.arg("-DCMAKE_EXPORT_COMPILE_COMMANDS=ON");
            let mut less = Command::new("cmake");
            less.args(plain.get_args()).args(without_tests(&cmake));
            vec![plain, less]
        }
        (false, configure) if configure.is_file() => vec![Command::new(configure)],
        _ => return None,
    };
    let absent = |command: &Command| {
        let mut version = Command::new(command.get_program());
        let quiet = version.arg("--version").stdin(Stdio::null());
        let run = quiet.stdout(Stdio::null()).stderr(Stdio::null()).status();
        run.is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound)
    };
    if cmake.is_file() && attempts.first().is_some_and(absent) {
        tell("The project has to be configured by CMake, which is not installed here.");
        return None;
    }
    tell(&format!(
        "The project is configured beside it, in {}",
        folder.display()
    ));
    if attempts
        .into_iter()
        .any(|mut command| succeeds(command.current_dir(&folder)))
    {
        let _ = std::fs::write(&done, "");
        return Some(folder);
    }
    tell("It cannot be configured as it is.");
    // Headers that were made before it failed may be all that is needed.
    Some(folder)
}

/// Whether a command without input ends well, in the time that configuring may take.
fn succeeds(command: &mut Command) -> bool {
    let silent = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let Ok(mut child) = silent.spawn() else {
        return false;
    };
    let until = Instant::now() + CONFIGURING;
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return status.success(),
            Ok(None) if Instant::now() < until => std::thread::sleep(Duration::from_millis(50)),
            _ => {
                let _ = child.kill();
                let _ = child.wait();
                return false;
            }
        }
    }
}

/// What turns off a project's tests, benchmarks and examples, whose libraries a checkout often lacks.
fn without_tests(cmake: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(cmake).unwrap_or_default();
    let mut off = vec!["-DBUILD_TESTING=OFF".to_owned()];
    for (at, _) in text.match_indices("option(") {
        let name = text[at + "option(".len()..].split_whitespace().next();
        let name = name.unwrap_or("").trim_matches('"');
        let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        let extra = ["TEST", "BENCH", "EXAMPLE", "FUZZ", "DOC"];
        if plain && extra.iter().any(|word| name.to_uppercase().contains(word)) {
            off.push(format!("-D{name}=OFF"));
        }
    }
    off
}

/// The flags for a file from what configuring made.
pub(super) fn flags_of(folder: &Path, file: &Path) -> Option<Vec<String>> {
    intake::flags_in(&folder.join("compile_commands.json"), file)
}

/// Takes the function out of a text, compiled with these flags.
type Take<'a> = &'a mut dyn FnMut(&Preprocessed, &[String]) -> Result<intake::Extracted, Failure>;

/// A function with what it calls in other files.
///
/// # Errors
/// Those of taking it.
pub(super) fn taken(
    reading: &mut Reading<'_>,
    mut flat: Preprocessed,
    take: Take<'_>,
    tell: &mut dyn FnMut(&str),
) -> Result<intake::Extracted, Failure> {
    let mut joined = Vec::new();
    let mut taken = take(&flat, reading.flags)?;
    // What was found may call further files.
    for _ in 0..4 {
        if taken.missing.is_empty() {
            break;
        }
        let Some(more) = with_definitions(reading, &flat, &taken.missing, &mut joined, tell) else {
            break;
        };
        let Ok(again) = take(&more, reading.flags) else {
            break;
        };
        flat = more;
        taken = again;
    }
    Ok(taken)
}

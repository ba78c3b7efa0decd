//! Asks the compiler about a person's own source file: does it compile, and what does the preprocessor make of it.
//! The file is as trusted as building it would be, so nothing is contained; time and output are bounded. Never compiles
//! to code.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::{HarnessError, toolchain};
use crate::source::encoding::decoded;

const LIMIT: Duration = Duration::from_secs(60);
/// Most output that is read, in bytes.
const LARGEST: u64 = 64 << 20;
/// Most of the compiler's words that are shown, in bytes.
const WORDS: usize = 4 << 10;

/// The language a file is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// C, compiled as C++ here.
    C,
    /// C++.
    Cpp,
}

/// Refuses a file that the compiler refuses, in the compiler's words.
///
/// # Errors
/// [`HarnessError::Problem`] with its words, or [`HarnessError::Environment`] if there is no compiler.
pub fn accepts(
    compiler: Option<&str>,
    file: &Path,
    flags: &[String],
    language: Language,
) -> Result<(), HarnessError> {
    let found = toolchain::Compiler::find(compiler)?;
    let (command, name) = match language {
        // A C compiler has the last word on C; where there is none, compiling the extracted function shows it.
        Language::C => match toolchain::Compiler::find(Some("gcc")) {
            Ok(c) => (c.path, "c"),
            Err(_) => return Ok(()),
        },
        Language::Cpp => (found.path, "c++"),
    };
    let mut arguments = vec!["-fsyntax-only".to_owned()];
    arguments.extend(flags.iter().cloned());
    run(&command, name, &arguments, file).map(|_| ())
}

/// The file with its includes, conditionals decided and macros left alone. Needs GCC.
///
/// # Errors
/// [`HarnessError::Problem`] with the compiler's words, or [`HarnessError::Environment`] if there is no such compiler.
pub fn preprocess(
    compiler: Option<&str>,
    file: &Path,
    flags: &[String],
    language: Language,
) -> Result<String, HarnessError> {
    let command = with_macros_left_alone(compiler)?;
    let mut arguments = vec![
        "-E".to_owned(),
        "-fdirectives-only".to_owned(),
        "-dI".to_owned(),
    ];
    // Conditionals are decided as the file's own language has them.
    let (name, standard) = match language {
        Language::C => ("c", "-std=gnu17"),
        Language::Cpp => ("c++", "-std=gnu++17"),
    };
    if !flags.iter().any(|flag| flag.starts_with("-std=")) {
        arguments.push(standard.to_owned());
    }
    arguments.extend(flags.iter().cloned());
    let output = run(&command, name, &arguments, file)?;
    Ok(decoded(&output))
}

/// The text of a file with the macros that it defines itself expanded, comments and these definitions kept. Needs GCC.
///
/// # Errors
/// As [`preprocess`].
pub fn expand(
    compiler: Option<&str>,
    file: &Path,
    language: Language,
) -> Result<String, HarnessError> {
    let command = with_macros_left_alone(compiler)?;
    let name = match language {
        Language::C => "c",
        Language::Cpp => "c++",
    };
    let arguments = ["-E", "-C", "-dD", "-undef"].map(str::to_owned);
    let output = run(&command, name, &arguments, file)?;
    Ok(decoded(&output))
}

/// A compiler whose preprocessor can leave macros alone.
fn with_macros_left_alone(compiler: Option<&str>) -> Result<PathBuf, HarnessError> {
    let found = toolchain::Compiler::find(compiler)?;
    if !found.clang {
        return Ok(found.path);
    }
    let gcc = toolchain::Compiler::find(Some("g++")).map_err(|_| HarnessError::Environment {
        what:
            "taking a function out of its file needs g++, whose preprocessor can leave macros alone"
                .to_owned(),
        hint: "install g++; clang++ still compiles and times".to_owned(),
    })?;
    Ok(gcc.path)
}

fn run(
    command: &Path,
    language: &str,
    arguments: &[String],
    file: &Path,
) -> Result<Vec<u8>, HarnessError> {
    let environment = |what: String| HarnessError::Environment {
        what,
        hint: "see whether the compiler works: `lessonl doctor`".to_owned(),
    };
    let failed =
        |error: std::io::Error| environment(format!("cannot run {}: {error}", command.display()));
    let words = tempfile::tempfile().map_err(failed)?;
    let mut child = Command::new(command)
        .args(arguments)
        .args([
            "-w",
            "-fdiagnostics-color=never",
            "-fmax-errors=5",
            "-x",
            language,
        ])
        .arg(file)
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::from(words.try_clone().map_err(failed)?))
        .spawn()
        .map_err(failed)?;
    let pipe = child.stdout.take();
    let reading = std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let read = pipe.map(|pipe| pipe.take(LARGEST + 1).read_to_end(&mut bytes));
        read.unwrap_or(Ok(0)).map(|_| bytes)
    });
    let begun = Instant::now();
    let mut stop = None;
    while !reading.is_finished() {
        if begun.elapsed() > LIMIT {
            stop = Some("takes too long to preprocess");
            break;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    if stop.is_some() {
        // It may have ended by itself meanwhile.
        let _ = child.kill();
    }
    let bytes = reading
        .join()
        .unwrap_or_else(|_| Ok(Vec::new()))
        .map_err(failed)?;
    if bytes.len() as u64 > LARGEST {
        let _ = child.kill();
        stop = Some("is larger than 64 MiB with what it includes");
    }
    let status = child.wait().map_err(failed)?;
    if let Some(why) = stop {
        return Err(HarnessError::Problem {
            what: format!("{} {why}", file.display()),
        });
    }
    if status.success() {
        return Ok(bytes);
    }
    let mut said = super::compile::bounded(words);
    if let Some((end, _)) = said.char_indices().find(|(at, _)| *at >= WORDS) {
        said.truncate(end);
    }
    Err(HarnessError::Problem {
        what: format!("{} does not compile:\n{}", file.display(), said.trim_end()),
    })
}

//! Compiles units to shared objects inside the sandbox.
//! Never runs what it built, and never shows a compiler's words beyond a bound.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::headers::Headers;
use super::process::initialisers;
use super::process::limits::Limits;
use super::process::sandbox::Level;
use super::process::spawn::{Process, Start, how};
use super::toolchain::{ARENA, Compiler, HEADERS, Purpose};
use super::worker::{COMMAND_FAILED, COMMAND_KILLED, Job, NOT_STARTED};
use super::{Cancel, HarnessError};
use crate::domain::problem::{Mode, Standard};

/// Longest a compiler may take by the clock. Its processor time is bounded much closer (`Limits::compiler`): on a busy
/// machine waiting is not the code's fault, and a bomb ends the same way there as anywhere.
pub const LIMIT: Duration = Duration::from_secs(60);
/// Most of its words that are read.
const WORDS: u64 = 256 << 10;
/// Most of its words that are kept.
const KEPT: usize = 4 << 10;

/// Everything compiling needs.
#[derive(Debug, Clone)]
pub struct Bench {
    /// The compiler.
    pub compiler: Compiler,
    /// The binary that contains it; `None`: ourselves.
    pub runner: Option<PathBuf>,
    /// How far to contain it.
    pub contained: Level,
    /// Where temporary folders are made.
    pub temporary: PathBuf,
}

/// A unit that compiled.
#[derive(Debug)]
pub struct Built {
    /// Holds the files; they go when it is dropped.
    folder: TempDir,
    /// Bytes of the object before linking.
    pub object: Vec<u8>,
    /// Bytes of the shared object.
    pub shared: Vec<u8>,
    /// What the compiler said it could not do, if it was asked.
    pub remarks: String,
}

impl Built {
    /// The shared object's path.
    pub fn path(&self) -> PathBuf {
        self.folder.path().join("unit.so")
    }

    /// Whether building left this file.
    pub fn has(&self, name: &str) -> bool {
        self.folder.path().join(name).is_file()
    }
}

/// Why a unit did not compile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The compiler said no.
    Compiler(String),
    /// The linker said no; the object is there.
    Linker(String, Vec<u8>),
    /// It ended by a limit or a crash.
    Killed(String),
    /// It took too long.
    TimedOut,
    /// The caller cancelled.
    Cancelled,
    /// We could not run it.
    Fault(String),
}

/// What a unit is made of.
#[derive(Debug, Clone, Copy)]
pub struct Unit<'a> {
    /// Text of the unit.
    pub text: &'a str,
    /// Further files beside it, by name.
    pub files: &'a [(&'a str, &'a str)],
    /// Linker names that others may see.
    pub exports: &'a str,
    /// Whether all it needs must be there at linking.
    pub complete: bool,
    /// Whether to ask the compiler what it could not do.
    pub remarks: bool,
    /// What for.
    pub purpose: Purpose,
}

impl Bench {
    /// Compiles and links one unit.
    pub fn build(
        &self,
        mode: Mode,
        headers: &Headers,
        unit: Unit<'_>,
        cancel: &Cancel,
    ) -> Result<Built, Refusal> {
        let folder = self.written(unit)?;
        let mut compile = self
            .compiler
            .compile(mode, unit.purpose, headers, "unit.cpp", "unit.o");
        if unit.remarks && !self.compiler.clang {
            compile.push("-fopt-info-vec-missed=remarks".to_owned());
        }
        let commands = vec![
            compile,
            self.compiler.link(
                mode,
                unit.purpose,
                "unit.o",
                "unit.so",
                "exports",
                unit.complete,
            ),
        ];
        self.made(folder, commands, vec![headers.path().to_owned()], cancel)
    }

    /// The same by commands of the caller's, which leave `unit.o` and `unit.so` in the folder they are made for.
    pub fn build_by(
        &self,
        unit: Unit<'_>,
        commands: impl FnOnce(&Path) -> Vec<Vec<String>>,
        cancel: &Cancel,
    ) -> Result<Built, Refusal> {
        let folder = self.written(unit)?;
        let commands = commands(folder.path());
        self.made(folder, commands, Vec::new(), cancel)
    }

    /// A folder with the unit's files.
    fn written(&self, unit: Unit<'_>) -> Result<TempDir, Refusal> {
        let folder = self.folder().map_err(unwritten)?;
        let exports = format!("{{ global: {}; local: *; }};\n", unit.exports);
        let own = [("unit.cpp", unit.text), ("exports", exports.as_str())];
        for (name, text) in own.iter().chain(unit.files) {
            fs::write(folder.path().join(name), text).map_err(unwritten)?;
        }
        Ok(folder)
    }

    /// Runs the commands in the folder and takes what they made.
    fn made(
        &self,
        folder: TempDir,
        commands: Vec<Vec<String>>,
        read: Vec<PathBuf>,
        cancel: &Cancel,
    ) -> Result<Built, Refusal> {
        let at = |name: &str| folder.path().join(name);
        let limits = Limits {
            file: 64 << 20,
            ..Limits::compiler()
        };
        self.run(folder.path(), commands, read, limits, cancel)
            .map_err(|refusal| match refusal {
                Refusal::Linker(words, _) => {
                    Refusal::Linker(words, fs::read(at("unit.o")).unwrap_or_default())
                }
                other => other,
            })?;
        let object = fs::read(at("unit.o")).map_err(unwritten)?;
        let mut shared = fs::read(at("unit.so")).map_err(unwritten)?;
        initialisers::defer(&mut shared)
            .map_err(|why| Refusal::Killed(why.to_owned()))
            .and_then(|()| fs::write(at("unit.so"), &shared).map_err(unwritten))?;
        let remarks = fs::File::open(at("remarks")).map_or_else(|_| String::new(), all_words);
        Ok(Built {
            remarks,
            folder,
            object,
            shared,
        })
    }

    /// Precompiles the standard headers and builds the runners' allocator into `folder`, which must exist.
    pub fn precompile(
        &self,
        mode: Mode,
        purpose: Purpose,
        standard: Standard,
        folder: &Path,
        cancel: &Cancel,
    ) -> Result<(), HarnessError> {
        let environment = |what: String| HarnessError::Environment {
            what,
            hint: "see whether the compiler works and the disk has room".to_owned(),
        };
        for (name, text) in [("std.hpp", HEADERS), ("arena.cpp", ARENA)] {
            fs::write(folder.join(name), text).map_err(|error| {
                environment(format!("cannot write to {}: {error}", folder.display()))
            })?;
        }
        let commands = vec![
            self.compiler.allocator(),
            self.compiler.precompile(mode, purpose, standard),
        ];
        match self.run(folder, commands, Vec::new(), Limits::compiler(), cancel) {
            Ok(()) => Ok(()),
            Err(Refusal::Cancelled) => Err(HarnessError::Cancelled),
            Err(Refusal::Compiler(words) | Refusal::Linker(words, _)) => Err(environment(format!(
                "the compiler cannot compile the standard headers:\n{words}"
            ))),
            Err(Refusal::TimedOut) => Err(environment(
                "compiling the standard headers took too long".to_owned(),
            )),
            Err(Refusal::Killed(why) | Refusal::Fault(why)) => Err(environment(why)),
        }
    }

    /// Lines of the shared object's source at some addresses, by the linker's own tool, contained as a compiler is.
    pub fn lines_at(&self, built: &Built, addresses: &[String], cancel: &Cancel) -> Option<String> {
        let mut command = ["addr2line", "-i", "-e", "unit.so"]
            .map(str::to_owned)
            .to_vec();
        command.extend(addresses.iter().cloned());
        let folder = built.folder.path();
        let limits = Limits {
            file: 1 << 20,
            ..Limits::compiler()
        };
        let words = tempfile::tempfile_in(folder).ok()?;
        let copy = words.try_clone().ok()?;
        self.run_into(folder, vec![command], Vec::new(), limits, &copy, cancel)
            .ok()?;
        Some(bounded(words))
    }

    /// A fresh temporary folder.
    pub fn folder(&self) -> std::io::Result<TempDir> {
        tempfile::Builder::new()
            .prefix("lessonl-")
            .tempdir_in(&self.temporary)
    }

    fn run(
        &self,
        folder: &Path,
        commands: Vec<Vec<String>>,
        read: Vec<PathBuf>,
        limits: Limits,
        cancel: &Cancel,
    ) -> Result<(), Refusal> {
        let fault =
            |error: std::io::Error| Refusal::Fault(format!("cannot start the compiler: {error}"));
        let words = tempfile::tempfile_in(folder).map_err(fault)?;
        let copy = words.try_clone().map_err(fault)?;
        self.run_into(folder, commands, read, limits, &copy, cancel)
            .map_err(|refusal| match refusal {
                Refusal::Compiler(_) => Refusal::Compiler(bounded(words)),
                Refusal::Linker(_, object) => Refusal::Linker(bounded(words), object),
                Refusal::Fault(why) => Refusal::Fault(format!("{why}{}", bounded(words))),
                other => other,
            })
    }

    /// Runs commands whose words go to a file.
    fn run_into(
        &self,
        folder: &Path,
        commands: Vec<Vec<String>>,
        mut read: Vec<PathBuf>,
        limits: Limits,
        words: &fs::File,
        cancel: &Cancel,
    ) -> Result<(), Refusal> {
        let fault =
            |error: std::io::Error| Refusal::Fault(format!("cannot start the compiler: {error}"));
        read.extend(self.compiler.read.iter().cloned());
        let mut path = vec!["/usr/bin".to_owned(), "/bin".to_owned()];
        path.extend(
            self.compiler
                .path
                .parent()
                .map(|folder| folder.display().to_string()),
        );
        let job = Job::Compile {
            commands,
            read,
            write: folder.to_owned(),
            limits,
            contained: self.contained,
        };
        let mut process = Process::start(Start {
            runner: self.runner.as_ref(),
            job: &job,
            folder,
            environment: vec![
                ("PATH".to_owned(), path.join(":")),
                ("LC_ALL".to_owned(), "C".to_owned()),
                ("TMPDIR".to_owned(), folder.display().to_string()),
            ],
            input: Stdio::null(),
            second: Stdio::from(words.try_clone().map_err(fault)?),
            output: Stdio::from(words.try_clone().map_err(fault)?),
        })
        .map_err(fault)?;
        let Some(status) = process.wait(Instant::now() + LIMIT, cancel) else {
            process.kill();
            return Err(if cancel.is_cancelled() {
                Refusal::Cancelled
            } else {
                Refusal::TimedOut
            });
        };
        let code = status.code().and_then(|code| u8::try_from(code).ok());
        match code {
            Some(0) => Ok(()),
            Some(COMMAND_FAILED) => Err(Refusal::Compiler(String::new())),
            Some(code) if (COMMAND_FAILED + 1..COMMAND_KILLED).contains(&code) => {
                Err(Refusal::Linker(String::new(), Vec::new()))
            }
            Some(NOT_STARTED) => Err(Refusal::Fault(
                "the compiler could not be started: ".to_owned(),
            )),
            Some(code) if code >= COMMAND_KILLED => Err(Refusal::Killed(
                "the compiler ran into a limit of time, memory or file size".to_owned(),
            )),
            _ => Err(Refusal::Killed(format!(
                "the compiler ended: {}",
                how(status)
            ))),
        }
    }
}

fn unwritten(error: std::io::Error) -> Refusal {
    Refusal::Fault(format!("cannot write temporary files: {error}"))
}

/// What a file says within the bound, without control characters.
fn all_words(mut words: fs::File) -> String {
    use std::io::Seek;
    let mut bytes = Vec::new();
    if words.rewind().is_err() || words.take(WORDS).read_to_end(&mut bytes).is_err() {
        return String::new();
    }
    String::from_utf8_lossy(&bytes)
        .chars()
        .filter(|c| *c == '\n' || *c == '\t' || !c.is_control())
        .collect()
}

/// The compiler's first words, without control characters.
pub fn bounded(words: fs::File) -> String {
    let mut text = all_words(words);
    if text.len() > KEPT {
        let end = (0..=KEPT)
            .rev()
            .find(|at| text.is_char_boundary(*at))
            .unwrap_or(0);
        text.truncate(end);
    }
    text
}

/// The first error in a compiler's words, in one line.
pub fn first_error(words: &str) -> String {
    let line = words
        .lines()
        .find(|line| line.contains("error:") || line.contains("undefined reference"))
        .or_else(|| words.lines().next())
        .unwrap_or("the compiler gave no reason");
    line.chars().take(300).collect()
}

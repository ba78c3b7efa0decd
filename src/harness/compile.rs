//! Compiles units to shared objects inside the sandbox.
//! Never runs what it built, and never shows a compiler's words beyond a bound.

use std::fs;
use std::io::Seek;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::build_cache::Builds;
use super::cache::CacheKey;
use super::diagnostics;
use super::headers::Headers;
use super::options::{self, Special};
use super::process::initialisers;
use super::process::limits::ProcessLimits;
use super::process::sandbox::Level;
use super::process::spawn::{Process, ProcessStart, how};
use super::toolchain::{ARENA, BuildPurpose, Compiler, HEADERS};
use super::worker::{COMMAND_FAILED, COMMAND_KILLED, NOT_STARTED, WorkerJob};
use super::{Cancel, HarnessError};
use crate::domain::problem::{Mode, Standard};

/// Longest compiling may take by the clock where it is not a candidate's: what takes seconds alone has taken more than a
/// minute on a machine on which eight programs wanted each core.
pub(crate) const LIMIT: Duration = Duration::from_secs(180);
/// Longest it may take for a candidate, whose builds run side by side. Its processor time is bounded closer
/// (`Limits::compiler`), so that a bomb ends the same way on a busy machine as anywhere; this bounds the waiting.
pub(crate) const CANDIDATE_LIMIT: Duration = Duration::from_secs(30);
/// Longest for a further build of what has compiled within that time before.
pub(crate) const AGAIN_LIMIT: Duration = Duration::from_secs(10);

/// Everything compiling needs.
#[derive(Debug, Clone)]
pub(crate) struct Bench {
    /// The compiler.
    pub(crate) compiler: Compiler,
    /// The binary that contains it; `None`: ourselves.
    pub(crate) runner: Option<PathBuf>,
    /// How far to contain it.
    pub(crate) contained: Level,
    /// Where temporary folders are made.
    pub(crate) temporary: PathBuf,
    /// What was built before; `None`: everything is built anew.
    pub(crate) builds: Option<Arc<Builds>>,
}

/// A unit that compiled.
#[derive(Debug)]
pub(crate) struct Built {
    /// Holds the files; they go when it is dropped.
    folder: TempDir,
    /// Bytes of the object before linking.
    pub(crate) object: Vec<u8>,
    /// Bytes of the shared object.
    pub(crate) shared: Vec<u8>,
    /// What the compiler said it could not do, if it was asked.
    pub(crate) remarks: String,
    /// The functions that it compiled with attributes that matter, if it was asked.
    pub(crate) functions: Vec<Special>,
}

impl Built {
    /// The shared object's path.
    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("unit.so")
    }

    /// Whether building left this file.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.folder.path().join(name).is_file()
    }

    /// What a file says that building left; `None` if it left none.
    pub(crate) fn left(&self, name: &str) -> Option<Vec<u8>> {
        fs::read(self.folder.path().join(name)).ok()
    }
}

/// Why a unit did not compile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Refusal {
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
pub(crate) struct CompileUnit<'a> {
    /// Text of the unit.
    pub(crate) text: &'a str,
    /// Further files beside it, by name.
    pub(crate) files: &'a [(&'a str, &'a str)],
    /// Linker names that others may see.
    pub(crate) exports: &'a str,
    /// Whether all it needs must be there at linking.
    pub(crate) complete: bool,
    /// Whether to ask the compiler what it could not do, and how it understood each function.
    pub(crate) told: bool,
    /// Whether to also leave the text with its macros expanded.
    pub(crate) expanded: bool,
    /// What for.
    pub(crate) purpose: BuildPurpose,
    /// Longest it may take by the clock.
    pub(crate) limit: Duration,
}

impl Bench {
    /// Compiles and links one unit.
    pub(crate) fn build(
        &self,
        mode: Mode,
        headers: &Headers,
        unit: CompileUnit<'_>,
        cancel: &Cancel,
    ) -> Result<Built, Refusal> {
        let folder = self.written(unit)?;
        let mut compile = self
            .compiler
            .compile(mode, unit.purpose, headers, "unit.cpp", "unit.o");
        let expand = unit.expanded.then(|| {
            let mut command = compile.clone();
            // It compiles: instead of compiling it writes down what the macros stand for.
            let from = command.len().saturating_sub(4);
            command.splice(
                from..,
                ["-E", "unit.cpp", "-o", options::EXPANDED].map(str::to_owned),
            );
            command
        });
        if unit.told && !self.compiler.clang {
            let asked = ["-fopt-info-vec-optimized-missed=remarks", options::FLAG];
            compile.extend(asked.map(str::to_owned));
        }
        let link = self.compiler.link(
            mode,
            unit.purpose,
            "unit.o",
            "unit.so",
            "exports",
            unit.complete,
        );
        let commands: Vec<Vec<String>> = [compile, link].into_iter().chain(expand).collect();
        let known = self
            .builds
            .as_deref()
            .map(|builds| (builds, self.key(unit, &commands)));
        if let Some((builds, key)) = &known
            && builds.copy(key, folder.path())
        {
            return made(folder);
        }
        let read = vec![headers.path().to_owned()];
        self.run_in(&folder, commands, read, unit.limit, cancel)?;
        if let Some((builds, key)) = &known {
            builds.keep(key, folder.path());
        }
        made(folder)
    }

    /// Everything that decides what the commands leave. The headers' folder is named by what it holds.
    fn key(&self, unit: CompileUnit<'_>, commands: &[Vec<String>]) -> CacheKey {
        let compiler = self.compiler.fingerprint("");
        let mut parts = vec![compiler.as_str(), unit.text, unit.exports];
        for (name, text) in unit.files {
            parts.extend([name, text]);
        }
        for command in commands {
            parts.push("command");
            parts.extend(command.iter().map(String::as_str));
        }
        CacheKey::new(&parts)
    }

    /// The same by commands of the caller's, which leave `unit.o` and `unit.so` in the folder they are made for.
    pub(crate) fn build_by(
        &self,
        unit: CompileUnit<'_>,
        commands: impl FnOnce(&Path) -> Vec<Vec<String>>,
        cancel: &Cancel,
    ) -> Result<Built, Refusal> {
        let folder = self.written(unit)?;
        let commands = commands(folder.path());
        self.run_in(&folder, commands, Vec::new(), unit.limit, cancel)?;
        made(folder)
    }

    /// A folder with the unit's files.
    fn written(&self, unit: CompileUnit<'_>) -> Result<TempDir, Refusal> {
        let folder = self.folder().map_err(unwritten)?;
        let exports = format!("{{ global: {}; local: *; }};\n", unit.exports);
        let own = [("unit.cpp", unit.text), ("exports", exports.as_str())];
        for (name, text) in own.iter().chain(unit.files) {
            fs::write(folder.path().join(name), text).map_err(unwritten)?;
        }
        Ok(folder)
    }

    /// Runs the commands that build a unit in its folder.
    fn run_in(
        &self,
        folder: &TempDir,
        commands: Vec<Vec<String>>,
        read: Vec<PathBuf>,
        limit: Duration,
        cancel: &Cancel,
    ) -> Result<(), Refusal> {
        let limits = ProcessLimits {
            file: 64 << 20,
            ..ProcessLimits::compiler()
        };
        self.run(folder.path(), commands, read, (limits, limit), cancel)
            .map_err(|refusal| match refusal {
                Refusal::Linker(words, _) => {
                    let object = fs::read(folder.path().join("unit.o"));
                    Refusal::Linker(words, object.unwrap_or_default())
                }
                other => other,
            })
    }

    /// Precompiles the standard headers and builds the runners' allocator into `folder`, which must exist.
    pub(crate) fn precompile(
        &self,
        mode: Mode,
        purpose: BuildPurpose,
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
        let limits = (ProcessLimits::compiler(), LIMIT);
        match self.run(folder, commands, Vec::new(), limits, cancel) {
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
    pub(crate) fn lines_at(
        &self,
        built: &Built,
        addresses: &[String],
        cancel: &Cancel,
    ) -> Option<String> {
        let mut command = ["addr2line", "-i", "-e", "unit.so"]
            .map(str::to_owned)
            .to_vec();
        command.extend(addresses.iter().cloned());
        let folder = built.folder.path();
        let limits = ProcessLimits {
            file: 1 << 20,
            ..ProcessLimits::compiler()
        };
        let words = tempfile::tempfile_in(folder).ok()?;
        let copy = words.try_clone().ok()?;
        let limits = (limits, AGAIN_LIMIT);
        self.run_into(folder, vec![command], Vec::new(), limits, &copy, cancel)
            .ok()?;
        Some(bounded(words))
    }

    /// The instructions of an object, by the tool that knows them, contained as a compiler is; `None` where there is none.
    pub(crate) fn instructions(&self, built: &Built, cancel: &Cancel) -> Option<fs::File> {
        let command = ["objdump", "-d", "--no-show-raw-insn", "unit.o"].map(str::to_owned);
        let folder = built.folder.path();
        let limits = (ProcessLimits::compiler(), AGAIN_LIMIT);
        let mut words = tempfile::tempfile_in(folder).ok()?;
        let copy = words.try_clone().ok()?;
        let command = vec![command.to_vec()];
        self.run_into(folder, command, Vec::new(), limits, &copy, cancel)
            .ok()?;
        words.rewind().ok()?;
        Some(words)
    }

    /// A fresh temporary folder.
    pub(crate) fn folder(&self) -> std::io::Result<TempDir> {
        tempfile::Builder::new()
            .prefix("lessonl-")
            .tempdir_in(&self.temporary)
    }

    fn run(
        &self,
        folder: &Path,
        commands: Vec<Vec<String>>,
        read: Vec<PathBuf>,
        limits: (ProcessLimits, Duration),
        cancel: &Cancel,
    ) -> Result<(), Refusal> {
        let fault =
            |error: std::io::Error| Refusal::Fault(format!("cannot start the compiler: {error}"));
        let words = tempfile::tempfile_in(folder).map_err(fault)?;
        let copy = words.try_clone().map_err(fault)?;
        self.run_into(folder, commands, read, limits, &copy, cancel)
            .map_err(|refusal| {
                let said = || diagnostics::kept(&diagnostics::all(words), folder);
                match refusal {
                    Refusal::Compiler(_) => {
                        let said = said();
                        match diagnostics::ran_into_a_limit(&said) {
                            true => Refusal::Killed(OVER_A_LIMIT.to_owned()),
                            false => Refusal::Compiler(said),
                        }
                    }
                    Refusal::Linker(_, object) => Refusal::Linker(said(), object),
                    Refusal::Fault(why) => Refusal::Fault(format!("{why}{}", said())),
                    other => other,
                }
            })
    }

    /// Runs commands whose words go to a file.
    fn run_into(
        &self,
        folder: &Path,
        commands: Vec<Vec<String>>,
        mut read: Vec<PathBuf>,
        (limits, limit): (ProcessLimits, Duration),
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
        let job = WorkerJob::Compile {
            commands,
            read,
            write: folder.to_owned(),
            limits,
            contained: self.contained,
        };
        let mut process = Process::start(ProcessStart {
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
        let Some(status) = process.wait(Instant::now() + limit, cancel) else {
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
            Some(code) if code >= COMMAND_KILLED => Err(Refusal::Killed(OVER_A_LIMIT.to_owned())),
            _ => Err(Refusal::Killed(format!(
                "the compiler ended: {}",
                how(status)
            ))),
        }
    }
}

/// Takes what the commands left in the folder.
fn made(folder: TempDir) -> Result<Built, Refusal> {
    let at = |name: &str| folder.path().join(name);
    let object = fs::read(at("unit.o")).map_err(unwritten)?;
    let mut shared = fs::read(at("unit.so")).map_err(unwritten)?;
    initialisers::defer(&mut shared)
        .map_err(|why| Refusal::Killed(why.to_owned()))
        .and_then(|()| fs::write(at("unit.so"), &shared).map_err(unwritten))?;
    let remarks = fs::File::open(at("remarks")).map_or_else(|_| String::new(), diagnostics::all);
    let functions = fs::read(at(options::FILE)).unwrap_or_default();
    Ok(Built {
        remarks,
        functions: options::functions(&functions),
        folder,
        object,
        shared,
    })
}

fn unwritten(error: std::io::Error) -> Refusal {
    Refusal::Fault(format!("cannot write temporary files: {error}"))
}

const OVER_A_LIMIT: &str = "the compiler ran into a limit of time (20 s of processor time), memory or file size; make the code smaller or simpler to compile";

/// A tool's first words, without control characters.
pub(crate) fn bounded(words: fs::File) -> String {
    diagnostics::first(&diagnostics::all(words)).to_owned()
}

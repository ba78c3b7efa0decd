//! Candidate → evaluation: compiles, checks, times and contains. The only place that starts processes.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::domain::evaluation::Evaluated;
use crate::domain::event::{Machine, Progress, Toolchain};
use crate::domain::problem::{Mode, Problem};

/// How the harness is set up.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Compiler command; `None`: `$CXX`, else `g++`, else `clang++`, else `c++`.
    pub compiler: Option<String>,
    /// The binary that is re-executed as runner; `None`: ourselves. Tests give the built `lessonl`.
    pub runner: Option<PathBuf>,
    /// Run candidates without containment. Only ever by explicit wish.
    pub unsafe_no_sandbox: bool,
    /// Where verdicts are cached across runs; `None`: in memory only.
    pub cache: Option<PathBuf>,
}

/// Our own failure: the environment lacks something, or the problem itself is broken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HarnessError {
    /// The machine lacks something (compiler, sandbox, temporary space).
    #[error("{what}")]
    Environment {
        /// What is missing.
        what: String,
        /// What to do.
        hint: String,
    },
    /// The problem's own files do not compile, crash, or disagree with themselves.
    #[error("{what}")]
    Problem {
        /// What is wrong, with the compiler's words where it spoke.
        what: String,
    },
    /// The caller cancelled.
    #[error("cancelled")]
    Cancelled,
}

/// Set from anywhere to end what the harness is doing; every process is killed within a moment.
#[derive(Debug, Clone, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// Asks to stop.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
    /// Whether stopping was asked for.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// The harness. Cheap to clone; timing is one at a time across all clones.
#[derive(Debug, Clone)]
pub struct Harness {}

/// A problem made ready in one mode: original and driver compiled, calibrated. Shareable between threads.
#[derive(Debug)]
pub struct Prepared {}

impl Harness {
    /// Finds the compiler, probes the sandbox. Refuses below landlock+seccomp unless told otherwise.
    pub fn open(_settings: Settings) -> Result<Self, HarnessError> {
        unimplemented!("stub")
    }
    /// Compiler and flags.
    pub fn toolchain(&self) -> Toolchain {
        unimplemented!("stub")
    }
    /// The machine, sandbox level included.
    pub fn machine(&self) -> Machine {
        unimplemented!("stub")
    }
    /// Compiles original and driver, checks the original against itself, calibrates.
    pub fn prepare(
        &self,
        _problem: Arc<Problem>,
        _mode: Mode,
        _cancel: &Cancel,
        _progress: &(dyn Fn(Progress) + Sync),
    ) -> Result<Prepared, HarnessError> {
        unimplemented!("stub")
    }
    /// Compiles, checks and times a candidate. Blocks; never panics on hostile input. The same source again may come from
    /// the cache (`Evaluated::cached`).
    pub fn evaluate(
        &self,
        _prepared: &Prepared,
        _source: &str,
        _seed: u64,
        _cancel: &Cancel,
        _progress: &(dyn Fn(Progress) + Sync),
    ) -> Evaluated {
        unimplemented!("stub")
    }
    /// The same, afresh: never from the cache, with inputs from `seed` (winner's curse).
    pub fn confirm(
        &self,
        _prepared: &Prepared,
        _source: &str,
        _seed: u64,
        _cancel: &Cancel,
        _progress: &(dyn Fn(Progress) + Sync),
    ) -> Evaluated {
        unimplemented!("stub")
    }
}

/// The hidden first argument with which our own binary runs as a contained helper.
pub const RUNNER_ARGUMENT: &str = "__contained";

/// The helper's whole life, called by `main` when the first argument is [`RUNNER_ARGUMENT`]. Returns its exit code.
pub fn run_contained(_arguments: &[std::ffi::OsString]) -> u8 {
    unimplemented!("stub")
}

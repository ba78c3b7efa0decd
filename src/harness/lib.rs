//! Candidate → evaluation: compiles, checks, times and contains. The only place that starts processes.
//!
//! # Threat model
//! A candidate is hostile C++ written with full knowledge of this code; only the seeds are secret. Three kinds of
//! process, and trust flows one way: the parent (seeds, expected answers, comparison, clock, verdict) → the original's
//! runner and the candidate's runner; a contained compiler before them. Nothing that a candidate prints, returns, or
//! writes outside its declared outputs counts as evidence.
//!
//! Behind each promise stands what shows it: a test of this crate (`module::test`), of the suite (`harness_…::test`), or
//! files of the corpus in `tests/exploits` (`*.cpp`), all of which `harness_corpus` and `doctor --self-test` try.
//!
//! Promised on Linux, without privileges:
//! - compiler and runners read nothing but system folders and their own files (landlock), write nothing but the
//!   compiler's own temporary folder, reach no network, start no programs (seccomp; a forbidden call ends the process):
//!   `harness_hostile::compilers_read_nothing_of_the_machine`, `raw_system_calls_end_the_process_or_are_refused`,
//!   `*-raw.cpp`. Where the kernel lets anybody have namespaces they also run in namespaces of their own (users, network,
//!   message queues, names), so that being started by root is no privilege. The level is tried when the harness opens,
//!   told as the machine's sandbox, part of what a verdict is kept under, and never lowered afterwards:
//!   `harness_contained::the_level_of_containment_is_told`;
//! - none of a candidate's code runs before the strict filter: loading its object runs nothing of it, its initialisers
//!   are run afterwards (`initialisers::an_object_with_initialisers_lists_none_for_the_loader`, `*-while-loading.cpp`).
//!   The filter holds for every thread (`pool-thread-*.cpp`, `thread-end-forks.cpp`). It knows no process but this one,
//!   no signal handler, no other rights or places for memory than an allocator needs, nobody's priority and nobody's
//!   core; what is loaded is sealed (`process::seal`; `moves-*.cpp`, `patches-the-driver.cpp`). `forbidden` tries every
//!   system call from wherever code can run, and `harness_corpus` that;
//! - processor time, memory, file size, threads and wall time are bounded (`harness_hostile::memory_is_bounded`,
//!   `an_endless_loop_times_out_and_leaves_no_process`, `many-threads.cpp`, `sleeps-in-every-call.cpp`); every process is
//!   killed and reaped when its step ends, is cancelled, or the parent dies, by whatever signal
//!   (`harness_contained::nothing_is_left_after_a_kill_that_cannot_be_caught`,
//!   `harness_hostile::cancelling_ends_at_once`). Compilers run in a namespace of processes where the kernel lets us have
//!   one, which ends with its first process, and in one group otherwise
//!   (`harness_contained::nothing_is_left_of_what_a_compiler_started`);
//! - both sides are compiled with the same options, whatever the text says and however it is spelled: the compiler
//!   writes down every function of the timed build with its attributes, those of headers too (`options`,
//!   `options-*.cpp`). Inline assembler chooses no code and makes no sections, and is read in the expanded text where
//!   macros may hide it (`lint::assembler_and_constructors_are_refused`, `*-assembler*.cpp`);
//! - builds that watch or disturb cannot be told from the timed one by a macro being defined
//!   (`toolchain::no_macro_tells_one_build_from_another`), by what the compiler knows of constants and objects
//!   (`race-where-inlined.cpp`, `race-by-object-size.cpp`), by the environment, by symbols, whose names are refused
//!   (`objects::imports_that_tell_builds_apart_are_refused_with_and_without_a_version`), or by what the kernel answers,
//!   which is the same for watched code (`sandbox::watched_code_gets_the_answers_that_other_code_gets`);
//! - the processor's floating-point mode is as it was after every call, and no instruction that sets it for vectors is in
//!   the code (`mode-*.cpp`, `output::a_changed_mode_is_seen_and_no_output`). In OpenMP mode the pool's threads are looked
//!   at after the first two calls; threads besides the pool's are not;
//! - text that nests without end is read without recursion, or to a bounded depth; compiling ends after 20 s of
//!   processor time or 30 s of waiting (`harness_messages::text_that_nests_without_end_is_judged_on_any_thread`,
//!   `nested-*.cpp`, `*-bomb.cpp`);
//! - the clock and the comparison are the parent's; candidates cannot interpose them, nor the original, which lives in
//!   another process (`harness_hostile::interposing_reaches_nobody_else`); leaving early is a crash, not a pass
//!   (`leaves-*.cpp`); no process can be bound or slowed by another's number (`pins-the-original.cpp`);
//! - inputs are fresh for every call, outputs are poisoned before it and compared after it, in checking and in timing;
//!   inputs must be unchanged (`harness::an_output_left_unwritten_is_caught_and_so_is_a_changed_input`). Checked and timed
//!   calls look alike from inside: the same pages for inputs, as many cases in a row, one core, no arguments and no
//!   environment; among the timed calls are some of other sizes and other values that are only checked
//!   (`knows-the-shared-pages.cpp`, `remembers-*.cpp`, `stops-when-sorted.cpp`). Sizes between the largest named one and
//!   the timed one, and above it, are drawn for every evaluation (`gives-up-above-the-timed-size.cpp`,
//!   `no-remainder-between.cpp`);
//! - work moved out of the timed call is seen. The kernel shows where a process sleeps that says it has returned; its
//!   processor clocks show what turns up around the call. More work there than the original does, beyond doubt and not
//!   small against the call, counts with the call, and is refused where it is half of what the call saves
//!   (`hidden::work_around_the_call_counts_with_it_where_it_is_certain_and_not_small`, `answers-early*.cpp`,
//!   `harness_hostile::a_thread_that_outlives_its_call_is_seen`);
//! - while timing, the side that does not have the turn is stopped with all its threads (`works-ahead.cpp`,
//!   `works-before-the-reading.cpp`). That is what makes it safe for both sides to make their inputs in the same physical
//!   pages (`arena.cpp`): whose turn it is makes them anew, keeps its own books elsewhere, and has overwritten its outputs
//!   and destroyed its cases before the turn ends (`copies-the-original.cpp`, `punches-holes.cpp`);
//! - small inputs, and one above the timed size, run in a build that the address and undefined behaviour sanitizers
//!   watch, where the compiler has them (`harness_contained::an_access_out_of_bounds_names_its_line_…`,
//!   `sanitizer-*.cpp`). Its memory is bounded by the parent's looking, every 25 ms, instead of the kernel; its answers
//!   count for nothing. Lines are named from the object's debug information, by a tool that is contained as a compiler is;
//! - parallel code is right with one, three and all threads (`one-number-of-threads.cpp`), and in a build whose threads
//!   are made to meet: four of them, each held up now and then right before it writes memory that others may see (module
//!   `races`). Lost updates, shared temporaries and unguarded containers, which pass nearly always otherwise, then answer
//!   wrongly in most calls (`race-*.cpp`); correct code cannot be accused, since only answers count
//!   (`races::what_was_not_tried_accuses_nobody`).
//!
//! How a figure is got: a round is two samples, one of each side, in ABBA order; a launch is the median of its rounds'
//! log ratios; the interval is Student's over launches, corrected for the planned looks (module `stats`). Timing ends
//! at a look that allows a verdict, or at one after which none can be expected. Where other programs take the core away
//! again and again, serial rounds are read from the kernel's processor clock, which one thread that may not start
//! another cannot evade, unless the candidate waited alone or many times as long; a caveat says how many. A claim below
//! 3 % is measured again with builds whose code is shifted, and then the build is the unit (module `layout`). Where a
//! problem states its least work, the figure is put against the machine's peaks and what the original reaches (modules
//! `peaks`, `plausible`); what is beyond them, or beyond twenty times, is tried again with new seeds, one process and
//! one call each, and must show in a process's first call. What is beyond the peaks all the same, or whose first calls
//! nobody saw, is unresolved. One process of a user times at a time on a machine (`gate`). `lessonl doctor --self-test`
//! shows on this machine that exploits gain nothing and that intervals hold the truth; `cargo bench --bench harness`
//! prints the figures with the machine's load.
//!
//! Not promised: protection against bugs of the kernel or the compiler, or against side channels (for code from people
//! you do not trust, use a virtual machine); against a candidate that takes over its own runner's control flow to move
//! a little work out of the timed call, where making inputs costs so much more than the call that the clocks cannot
//! tell; against code tuned to the timed size, beyond what hidden sizes and other values at that size catch; that a
//! race which changes no answer is seen (no thread sanitizer is used, because it reports correct code of GCC's OpenMP
//! runtime); that a build cannot be told by what the machine does there: where the heap lies, how products are rounded,
//! how long things take, how large its code is; or by the text that an intrinsic which is a macro expands to. An error
//! rarer than the result says is not excluded. A thread of the pool that sleeps and works on when outputs are read is
//! seen by its processor time alone. If the supervisor of a project's command is itself killed, processes of that
//! command which began a session of their own survive. OpenMP code of clang is not run contained: its runtime wants to
//! write shared files. Without landlock and seccomp nothing is run unless that is asked for.
#![allow(unsafe_code)] // the house denies it everywhere else; every use here says why it is sound

pub(crate) use lessonl_domain as domain;
pub(crate) use lessonl_source as source;

#[cfg(not(target_os = "linux"))]
compile_error!(
    "candidates are contained with landlock and seccomp, which only Linux has: build on Linux or in a Linux virtual machine"
);

mod alone;
pub mod batch;
pub mod batch_signal;
mod build_cache;
mod builds;
mod cache;
mod calibration;
mod caveats;
mod check;
mod command;
mod command_answer;
mod compile;
mod contest;
mod counters;
mod coverage;
mod diagnostics;
mod explore;
mod facts;
mod folder;
pub mod forbidden;
mod function;
#[cfg(test)]
mod fuzz;
mod gate;
pub mod git;
mod given;
mod headers;
mod hidden;
mod judge;
mod layout;
mod library;
mod lint;
mod machine;
mod objects;
mod options;
mod output;
mod peaks;
mod plausible;
mod preprocess;
mod process;
mod prove;
mod python;
mod races;
mod recording;
mod remarks;
mod restated;
mod runner;
mod sampling;
mod side_pair;
mod sides;
mod sizes;
mod small;
mod stats;
mod supervise;
mod syntax;
mod timing;
mod tokens;
mod toolchain;
mod watch;
mod worker;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use crate::domain::build::Build;
use crate::domain::evaluation::{Caveat, Evaluated, Evaluation};
use crate::domain::event::{Machine, Progress, Toolchain};
use crate::domain::failure::{self, FailureKind};
use crate::domain::problem::{Kind as Work, Mode, Problem, Standard};

use cache::{CachedVerdict, Verdicts};
use check::CheckFailure;
use compile::Bench;
use folder::Folder;
use gate::TimingGate;
use judge::Judging;
use toolchain::{BuildPurpose, Compiler};

pub use alone::Neighbours;
pub use builds::installed as installed_compilers;
pub use command::{TriedCommands, package_folders};
pub use command_answer::said_by;
pub use coverage::Marks;
pub use explore::Explored;
pub use library::in_c_library;
pub use machine::cpu_model;
pub use preprocess::{Language, accepts, expand, preprocess};
pub use prove::{FolderClaim, Mutant};
pub use python::traced::{Replayed, Traced, trace};
pub use recording::{Recipe, Recording, record};
pub use sampling::{Hot, Profile, Tool, sample};

/// How the harness is set up.
#[derive(Debug, Clone, Default)]
pub struct HarnessSettings {
    /// Compiler command; `None`: `$CXX`, else `g++`, else `clang++`, else `c++`.
    pub compiler: Option<String>,
    /// The binary that is re-executed as runner; `None`: ourselves. Tests give the built `lessonl`.
    pub runner: Option<PathBuf>,
    /// Run candidates without containment. Only ever by explicit wish.
    pub unsafe_no_sandbox: bool,
    /// Where verdicts and builds are cached across runs; `None`: verdicts in memory only, builds not at all.
    pub cache: Option<PathBuf>,
    /// The file whose lock lets one process at a time do its timing; `None`: other processes are not asked.
    pub timing_lock: Option<PathBuf>,
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

impl From<HarnessError> for failure::Failure {
    fn from(error: HarnessError) -> Self {
        match error {
            HarnessError::Environment { what, hint } => {
                Self::hinted(FailureKind::Environment, what, hint)
            }
            HarnessError::Problem { what } => Self::new(FailureKind::Usage, what)
                .hint("Correct the problem's folder; `lessonl problems check DIR` proves it."),
            HarnessError::Cancelled => Self::new(FailureKind::Interrupted, "interrupted"),
        }
    }
}

/// Set from anywhere to end what the harness is doing; every process is killed within a moment.
#[derive(Debug, Clone, Default)]
pub struct Cancel {
    asked: Arc<AtomicBool>,
    /// Who asks for a part of the work only is asked by who asks for all of it.
    above: Option<Arc<AtomicBool>>,
}

impl Cancel {
    /// Asks to stop.
    pub fn cancel(&self) {
        self.asked.store(true, Ordering::Relaxed);
    }
    /// Whether stopping was asked for.
    pub fn is_cancelled(&self) -> bool {
        let asked = |by: &Arc<AtomicBool>| by.load(Ordering::Relaxed);
        asked(&self.asked) || self.above.as_ref().is_some_and(asked)
    }
    /// For a part of the work: it ends with the whole, and can be ended alone.
    fn part(&self) -> Self {
        Self {
            asked: Arc::default(),
            above: Some(Arc::clone(&self.asked)),
        }
    }
}

/// The harness. Cheap to clone; timing is one at a time across all clones.
#[derive(Debug, Clone)]
pub struct Harness(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    bench: Bench,
    /// Why there is no compiler: only code that is not compiled by us can be judged then.
    no_compiler: Option<HarnessError>,
    sandbox: &'static str,
    cpu: String,
    /// All that tells one kind of processor from another, which its name may hide.
    cpu_class: String,
    cores: u32,
    gate: TimingGate,
    /// Why the machine is not ours alone, while that is known: it limits the trust in every figure.
    shared: Mutex<Option<String>>,
    verdicts: Verdicts,
    /// Folders of precompiled headers by mode, made when first needed.
    headers: Mutex<HashMap<(Mode, BuildPurpose, Standard), PathBuf>>,
    /// Where they are made.
    headers_in: PathBuf,
    /// Holds the folder where they are made, if it is a temporary one, and the empty folder runners stand in.
    folder: Folder,
}

/// A candidate as it is judged: its source, and how it is built if that is not the standard way.
#[derive(Debug, Clone, Copy)]
pub struct CandidateCode<'a> {
    /// The source.
    pub source: &'a str,
    /// Another compiler and options; `None`: as the original is built.
    pub build: Option<&'a Build>,
}

impl<'a> From<&'a str> for CandidateCode<'a> {
    fn from(source: &'a str) -> Self {
        let build = None;
        Self { source, build }
    }
}

impl<'a> From<&'a String> for CandidateCode<'a> {
    fn from(source: &'a String) -> Self {
        source.as_str().into()
    }
}

/// A problem made ready in one mode. Shareable between threads.
#[derive(Debug)]
pub struct PreparedProblem(PreparedKind);

/// By the kind of problem.
#[derive(Debug)]
enum PreparedKind {
    /// A C++ function.
    Function(Box<function::PreparedFunction>),
    /// A Python function to be written.
    Codegen(Box<python::PreparedCodegen>),
    /// Regions of a project.
    Command(Box<command::PreparedProject>),
}

impl Harness {
    /// Probes the sandbox and looks for the compiler; without one, C++ functions are refused (see [`Harness::compiles`]).
    /// Refuses below landlock+seccomp unless told otherwise.
    pub fn open(settings: HarnessSettings) -> Result<Self, HarnessError> {
        let environment = |what: String, hint: &str| HarnessError::Environment {
            what,
            hint: hint.to_owned(),
        };
        let (compiler, no_compiler) = match Compiler::find(settings.compiler.as_deref()) {
            Ok(compiler) => (compiler, None),
            Err(error) => (Compiler::absent(), Some(error)),
        };
        let temporary = std::env::temp_dir();
        let room = "see whether the disk has room, or set TMPDIR";
        let folder = Folder::make(&temporary).map_err(|error| {
            let what = format!("cannot write to {}: {error}", temporary.display());
            match temporary.is_dir() {
                true => environment(what, room),
                false => environment(
                    what,
                    "there is no such folder on this machine: set TMPDIR to one that is, like /tmp",
                ),
            }
        })?;
        let mut bench = Bench {
            compiler,
            runner: settings.runner,
            contained: process::sandbox::Level::Nothing,
            temporary: folder.path().to_owned(),
            builds: None,
        };
        if !settings.unsafe_no_sandbox {
            bench.contained = machine::probe(&bench, folder.path()).map_err(|why| {
                environment(
                    format!("candidates cannot be contained here: {why}"),
                    "use a Linux kernel from 5.13 on with landlock and seccomp, or run without containment by explicit option",
                )
            })?;
        }
        let sandbox = bench.contained.words();
        let headers_in = match &settings.cache {
            Some(cache) => std::path::absolute(cache)
                .and_then(|cache| std::fs::create_dir_all(&cache).map(|()| cache))
                .map_err(|error| {
                    environment(format!("cannot write to the cache: {error}"), room)
                })?,
            None => folder.path().to_owned(),
        };
        if settings.cache.is_some() {
            bench.builds = Some(Arc::new(build_cache::Builds::new(&headers_in)));
        }
        Ok(Self(Arc::new(Inner {
            bench,
            no_compiler,
            sandbox,
            cpu: machine::cpu_model(),
            cpu_class: machine::cpu_class(),
            cores: calibration::cores().len().max(1) as u32,
            gate: TimingGate::new(settings.timing_lock),
            shared: Mutex::default(),
            verdicts: Verdicts::new(settings.cache.is_some().then_some(headers_in.as_path())),
            headers: Mutex::default(),
            headers_in,
            folder,
        })))
    }

    /// Whether C++ can be compiled here.
    ///
    /// # Errors
    /// What was looked for, and what to do.
    pub fn compiles(&self) -> Result<(), HarnessError> {
        self.0.no_compiler.clone().map_or(Ok(()), Err)
    }

    /// Compiler and flags.
    pub fn toolchain(&self) -> Toolchain {
        self.0.bench.compiler.toolchain.clone()
    }

    /// The machine, sandbox level included.
    pub fn machine(&self) -> Machine {
        let mut machine =
            machine::describe(&self.0.cpu, &self.0.cpu_class, self.0.cores, self.0.sandbox);
        let shared = self.shared();
        machine
            .notes
            .extend(shared.map(|why| format!("not ours alone: {why}")));
        machine
    }

    /// From now on the machine is not ours alone for this reason, or is (`None`).
    pub fn share(&self, why: Option<String>) {
        *self.0.shared.lock().unwrap_or_else(PoisonError::into_inner) = why;
    }

    /// Why the machine is not ours alone, if that is known.
    fn shared(&self) -> Option<String> {
        let shared = self.0.shared.lock();
        shared.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Makes a problem ready: what can be compiled, checked and calibrated without a candidate.
    pub fn prepare(
        &self,
        problem: Arc<Problem>,
        mode: Mode,
        cancel: &Cancel,
        progress: &(dyn Fn(Progress) + Sync),
    ) -> Result<PreparedProblem, HarnessError> {
        match &problem.kind {
            Work::Codegen(_) => self
                .prepare_codegen(problem, cancel, progress)
                .map(|prepared| PreparedProblem(PreparedKind::Codegen(Box::new(prepared)))),
            Work::Function => self
                .prepare_function(problem, mode, cancel, progress)
                .map(|prepared| PreparedProblem(PreparedKind::Function(Box::new(prepared)))),
            Work::Command(project) => self
                .prepare_command(Arc::clone(&problem), project, cancel, progress)
                .map(|prepared| PreparedProblem(PreparedKind::Command(Box::new(prepared)))),
        }
    }

    /// From now on every candidate is measured by this process, whatever verdicts were kept before.
    pub fn measure_afresh(&self) {
        self.0.verdicts.leave_unread();
    }

    /// The verdict on a candidate if it is kept, without making the problem ready.
    pub fn known(&self, problem: &Problem, mode: Mode, source: &str) -> Option<Evaluated> {
        let key = match problem.kind {
            Work::Function => self.function_key(problem, mode, source.into()),
            // Python is quick; whether a project is still the one it was only preparing it tells.
            Work::Codegen(_) | Work::Command(_) => return None,
        };
        self.0.verdicts.get(&key)
    }

    /// Compiles, checks and times a candidate. Blocks; never panics on hostile input. The same source again may come from
    /// the cache (`Evaluated::cached`).
    pub fn evaluate<'a>(
        &self,
        prepared: &PreparedProblem,
        made: impl Into<CandidateCode<'a>>,
        seed: u64,
        cancel: &Cancel,
        progress: &(dyn Fn(Progress) + Sync),
    ) -> Evaluated {
        let made = made.into();
        let Some(key) = self.key(prepared, made) else {
            return self.confirm(prepared, made, seed, cancel, progress);
        };
        let waiting = || progress(Progress::Queued);
        match self.0.verdicts.find(&key, cancel, waiting) {
            CachedVerdict::Verdict(known) => *known,
            CachedVerdict::Nothing(working) => {
                let evaluated = self.confirm(prepared, made, seed, cancel, progress);
                working.land(&evaluated);
                evaluated
            }
        }
    }

    /// The same without looking for a kept verdict; this one is kept in its place.
    pub fn renew(
        &self,
        prepared: &PreparedProblem,
        source: &str,
        seed: u64,
        cancel: &Cancel,
        progress: &(dyn Fn(Progress) + Sync),
    ) -> Evaluated {
        let evaluated = self.confirm(prepared, source, seed, cancel, progress);
        if let Some(key) = self.key(prepared, source.into()) {
            self.0.verdicts.put(key, &evaluated);
        }
        evaluated
    }

    /// What a verdict is kept under; `None`: it is not kept. Python is quick, and may run into limits that are not its own.
    fn key(&self, prepared: &PreparedProblem, made: CandidateCode<'_>) -> Option<cache::CacheKey> {
        match &prepared.0 {
            PreparedKind::Function(ready) => {
                Some(self.function_key(&ready.problem, ready.setup.mode, made))
            }
            PreparedKind::Codegen(_) => None,
            PreparedKind::Command(ready) => Some(self.command_key(ready, made.source)),
        }
    }

    /// The same, afresh: never from the cache, with inputs from `seed` (winner's curse).
    pub fn confirm<'a>(
        &self,
        prepared: &PreparedProblem,
        made: impl Into<CandidateCode<'a>>,
        seed: u64,
        cancel: &Cancel,
        progress: &(dyn Fn(Progress) + Sync),
    ) -> Evaluated {
        let made = made.into();
        let shared = self.shared();
        let mut evaluated = Self::timed(|evaluated| match &prepared.0 {
            PreparedKind::Function(prepared) => {
                let judging = Judging {
                    harness: self,
                    prepared,
                    made,
                    cancel,
                    progress,
                };
                judging.verdict(seed, evaluated)
            }
            PreparedKind::Codegen(prepared) => {
                let tests = python::Tests::Hidden { seed };
                self.judge_codegen(prepared, made.source, tests, cancel, progress, evaluated)
            }
            PreparedKind::Command(prepared) => {
                self.judge_command(prepared, made.source, seed, cancel, progress, evaluated)
            }
        });
        // Whoever came or went meanwhile counts, too.
        let shared = shared.or_else(|| self.shared());
        if let (Some(why), Evaluation::Measured { .. }) = (shared, &evaluated.evaluation) {
            evaluated.caveats.push(Caveat {
                name: "shared_node".to_owned(),
                advice: format!("The machine was not ours alone: {why}. Ask for a whole one."),
            });
        }
        evaluated
    }

    /// What `judge` says, with the time it took.
    fn timed(judge: impl FnOnce(&mut Evaluated) -> Result<Evaluation, CheckFailure>) -> Evaluated {
        let begun = Instant::now();
        let mut evaluated = Evaluated::bare(
            Evaluation::HarnessFault {
                what: String::new(),
            },
            begun.elapsed().into(),
        );
        let ended = judge(&mut evaluated);
        evaluated.evaluation = match ended {
            Ok(evaluation) => evaluation,
            Err(CheckFailure::Candidate(evaluation)) => *evaluation,
            Err(CheckFailure::Harness(HarnessError::Environment { what, hint })) => {
                Evaluation::HarnessFault {
                    what: format!("{what}; {hint}"),
                }
            }
            Err(CheckFailure::Harness(error)) => Evaluation::HarnessFault {
                what: error.to_string(),
            },
        };
        if batch_signal::broke(&evaluated.evaluation) {
            evaluated.evaluation = Evaluation::HarnessFault {
                what: "this program was told to end meanwhile, and what it had started may have been, too"
                    .to_owned(),
            };
        }
        evaluated.wall = begun.elapsed().into();
        evaluated
    }
}

/// The hidden first argument with which our own binary runs as a contained helper.
pub const RUNNER_ARGUMENT: &str = "__contained";

/// The helper's whole life, called by `main` when the first argument is [`RUNNER_ARGUMENT`]. Returns its exit code.
pub fn run_contained(arguments: &[std::ffi::OsString]) -> u8 {
    worker::run(arguments)
}

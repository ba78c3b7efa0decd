//! Whether this kernel holds to the table of system calls: code that makes one call, raw, from wherever hostile code can
//! run, must end by it, or get the answer that the table says. What `doctor --self-test` and the tests show.
//! Never makes a call that the table allows whatever its arguments.

use std::path::Path;

use super::gate::GateUse;
use super::process::sandbox::{self, CallAnswer, CallFilter};
use super::runner::{CaseInput, CaseOutputs, Runner, RunnerLayout, RunnerSetup, RunnerStopped};
use super::toolchain::BuildPurpose;
use super::{Cancel, Harness, HarnessError, given, sides, small};
use crate::domain::problem::{Mode, Values};

/// From where a call is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallPlace {
    /// The initialiser of a global variable, which runs while the object is made ready.
    Initialiser,
    /// The entry.
    Entry,
    /// The second thread of OpenMP's pool, which was there before the filter.
    PoolThread,
    /// A thread-local destructor of a thread that the entry starts.
    ThreadEnd,
}

/// A call that was not answered as the table says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Escape {
    /// Where it was made.
    pub place: CallPlace,
    /// With threads or without.
    pub mode: Mode,
    /// The call's number and arguments.
    pub call: [i64; 7],
    /// What should have become of it, and what did.
    pub what: String,
}

/// What was tried.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TriedCalls {
    /// Calls made.
    pub calls: usize,
    /// Those that were not answered as they must be.
    pub escapes: Vec<Escape>,
}

/// Where the call stands in the object: numbers that are overwritten there.
const MARK: i64 = 0x6c65_7373_6f6e_6c21;
/// Numbers of system calls end well below this on every architecture.
const NUMBERS: i64 = 512;

/// Calls of probes, which the kernel lets past every filter and refuses itself where no probe was placed.
#[cfg(target_arch = "x86_64")]
const PAST_FILTERS: [i64; 2] = [335, 336];
#[cfg(not(target_arch = "x86_64"))]
const PAST_FILTERS: [i64; 0] = [];

/// Calls that end the process although others of their name are allowed, or that must end it whatever the table says.
/// Number, six arguments; `OWN` stands for an address of the program itself.
fn dangerous(mode: Mode) -> Vec<[i64; 7]> {
    let anonymous = i64::from(libc::MAP_PRIVATE | libc::MAP_ANONYMOUS);
    let all = i64::from(libc::PROT_READ | libc::PROT_WRITE);
    let code = all | i64::from(libc::PROT_EXEC);
    let fixed = anonymous | i64::from(libc::MAP_FIXED);
    let mut calls = vec![
        [libc::SYS_mmap, 0, 4096, code, anonymous, -1, 0],
        [libc::SYS_mmap, 0x2000_0000, 4096, all, fixed, -1, 0],
        [libc::SYS_mmap, OWN, 4096, all, fixed, -1, 0],
        [libc::SYS_munmap, OWN, 4096, 0, 0, 0, 0],
        [libc::SYS_mremap, OWN, 4096, 8192, 1, 0, 0],
        [libc::SYS_mremap, 0x2000_0000, 4096, 4096, 3, OWN, 0],
        [libc::SYS_write, 5, OWN, 1, 0, 0, 0],
        [libc::SYS_execve, OWN, 0, 0, 0, 0, 0],
        [libc::SYS_kill, 1, 0, 0, 0, 0, 0],
        [libc::SYS_tgkill, 1, 1, 6, 0, 0, 0],
        [libc::SYS_ptrace, 0, 0, 0, 0, 0, 0],
        [
            libc::SYS_prctl,
            i64::from(libc::PR_SET_PDEATHSIG),
            0,
            0,
            0,
            0,
            0,
        ],
        [libc::SYS_seccomp, 1, 0, 0, 0, 0, 0],
        [libc::SYS_rt_sigaction, 11, 0, 0, 8, 0, 0],
        [libc::SYS_sigaltstack, 0, 0, 0, 0, 0, 0],
        [libc::SYS_setpriority, 0, 0, 19, 0, 0, 0],
        [libc::SYS_sched_setscheduler, 0, 0, 0, 0, 0, 0],
        [libc::SYS_sched_setattr, 0, 0, 0, 0, 0, 0],
        [libc::SYS_ioprio_set, 1, 0, 0, 0, 0, 0],
        [libc::SYS_socket, 1, 1, 0, 0, 0, 0],
        [libc::SYS_memfd_create, OWN, 0, 0, 0, 0, 0],
        [libc::SYS_userfaultfd, 0, 0, 0, 0, 0, 0],
        [libc::SYS_io_uring_setup, 1, 0, 0, 0, 0, 0],
        [libc::SYS_setrlimit, 3, 0, 0, 0, 0, 0],
        [libc::SYS_unshare, 0, 0, 0, 0, 0, 0],
        // A process of its own, with and without shared memory.
        [libc::SYS_clone, i64::from(libc::SIGCHLD), 0, 0, 0, 0, 0],
        [libc::SYS_clone, i64::from(libc::CLONE_VM), 0, 0, 0, 0, 0],
        // A number of the other programming model of 64-bit processors.
        [0x4000_0000 | libc::SYS_getpid, 0, 0, 0, 0, 0, 0],
    ];
    #[cfg(target_arch = "x86_64")]
    calls.extend([
        [libc::SYS_fork, 0, 0, 0, 0, 0, 0],
        [libc::SYS_vfork, 0, 0, 0, 0, 0, 0],
        [libc::SYS_arch_prctl, 0x1002, 0, 0, 0, 0, 0],
    ]);
    match mode {
        Mode::Serial => calls.push([libc::SYS_sched_setaffinity, 0, 0, 0, 0, 0, 0]),
        // With threads rights may change, but not those of the program.
        Mode::Omp => calls.extend([
            [libc::SYS_mprotect, OWN, 4096, all, 0, 0, 0],
            [libc::SYS_mprotect, 0x2000_0000, 4096, code, 0, 0, 0],
        ]),
    }
    calls
}

/// Stands for an address within the program or a library.
const OWN: i64 = -0x6c65_7373;

/// What the answer to a call must be.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Wanted {
    /// It ends the process.
    End,
    /// It returns this.
    Return(i64),
    /// Never wanted: the process ended otherwise, in words how.
    Crash(String),
}

impl Harness {
    /// Makes forbidden calls from everywhere and says which were not answered as they must be: every number from the entry
    /// and from a pool thread, the dangerous ones from everywhere.
    ///
    /// # Errors
    /// If the machine lacks something, or candidates are not contained.
    pub fn try_forbidden_calls(&self, cancel: &Cancel) -> Result<TriedCalls, HarnessError> {
        let _pass = self
            .0
            .gate
            .pass(GateUse::Work, cancel, || {})
            .ok_or(HarnessError::Cancelled)?;
        let mut tried = TriedCalls::default();
        for (mode, place) in [
            (Mode::Serial, CallPlace::Entry),
            (Mode::Serial, CallPlace::Initialiser),
            (Mode::Omp, CallPlace::PoolThread),
            (Mode::Omp, CallPlace::Entry),
            (Mode::Omp, CallPlace::Initialiser),
            (Mode::Omp, CallPlace::ThreadEnd),
        ] {
            if mode == Mode::Omp && self.0.bench.compiler.clang {
                continue;
            }
            self.try_from(place, mode, &mut tried, cancel)?;
        }
        Ok(tried)
    }

    fn try_from(
        &self,
        place: CallPlace,
        mode: Mode,
        tried: &mut TriedCalls,
        cancel: &Cancel,
    ) -> Result<(), HarnessError> {
        let inner = &*self.0;
        let problem = small::problem(
            "call",
            "long made()",
            source(place),
            DRIVER.to_owned(),
            mode,
        )?;
        let headers = self.headers(mode, BuildPurpose::Timing, problem.standard, cancel)?;
        let original = given::Original::new(&problem.original, problem.entry_name());
        let driver = sides::driver(&inner.bench, &problem, &original, mode, &headers, cancel)?;
        let (built, _) = sides::original(&inner.bench, &problem, &driver, mode, &headers, cancel)?;
        let setup = self.setup(mode, driver.path(), headers.path());
        let object = built.shared.clone();
        let mark = MARK.to_ne_bytes();
        let at = object
            .windows(8)
            .position(|bytes| bytes == mark)
            .ok_or_else(|| HarnessError::Problem {
                what: "the compiled object does not hold the call's place".to_owned(),
            })?;
        let filter = match mode {
            Mode::Serial => CallFilter::Serial,
            Mode::Omp => CallFilter::Threads,
        };
        let everything = matches!(place, CallPlace::PoolThread)
            || (mode, place) == (Mode::Serial, CallPlace::Entry);
        let mut calls: Vec<([i64; 7], Wanted)> = dangerous(mode)
            .into_iter()
            .map(|call| (call, Wanted::End))
            .collect();
        let numbers = 0..if everything { NUMBERS } else { 0 };
        for number in numbers.filter(|number| !PAST_FILTERS.contains(number)) {
            let answer =
                sandbox::answer(filter, number).map_err(|what| HarnessError::Problem { what })?;
            let wanted = match answer {
                CallAnswer::Allowed | CallAnswer::Depends => continue,
                CallAnswer::Ends => Wanted::End,
                CallAnswer::Refused => Wanted::Return(-i64::from(libc::ENOSYS)),
                CallAnswer::Pretended => Wanted::Return(0),
            };
            calls.push(([number, 0, 0, 0, 0, 0, 0], wanted));
        }
        let path = built.path();
        for (call, wanted) in calls {
            let mut patched = object.clone();
            for (number, value) in call.iter().enumerate() {
                let at = at + 8 * number;
                patched[at..at + 8].copy_from_slice(&value.to_ne_bytes());
            }
            std::fs::write(&path, patched).map_err(|error| HarnessError::Environment {
                what: format!("cannot write temporary files: {error}"),
                hint: "see whether the disk has room".to_owned(),
            })?;
            tried.calls += 1;
            let found = once(&setup, &path, cancel)?;
            if found != wanted {
                tried.escapes.push(Escape {
                    place,
                    mode,
                    call,
                    what: format!("wanted {wanted:?}, found {found:?}"),
                });
            }
        }
        Ok(())
    }
}

/// Loads the object and calls its entry once.
fn once(setup: &RunnerSetup, object: &Path, cancel: &Cancel) -> Result<Wanted, HarnessError> {
    let run = || -> Result<i64, RunnerStopped> {
        let mut runner = Runner::start(setup, object, RunnerLayout::default(), cancel)?;
        let input = CaseInput {
            seed: 1,
            size: 1,
            values: Values::Any,
            exact_bits: 0,
            cases: 1,
        };
        let limit = super::check::ORIGINAL_LIMIT;
        let mut left = CaseOutputs::default();
        runner.make(input, 1, limit, cancel)?;
        runner.call(limit, cancel)?;
        runner.emit(&mut left, limit, cancel)?;
        // The one output is a whole number, and the last thing that is written.
        let number = left.bytes.last_chunk();
        Ok(number.map_or(i64::MIN, |number| i64::from_ne_bytes(*number)))
    };
    match run() {
        Ok(value) => Ok(Wanted::Return(value)),
        Err(RunnerStopped::Crashed(how)) if how.starts_with("SIGSYS") => Ok(Wanted::End),
        Err(RunnerStopped::Crashed(how)) => Ok(Wanted::Crash(how)),
        Err(other) => Err(other.of_original("making a forbidden call")),
    }
}

/// Its own `begun` keeps that of the code under test out of the driver.
const DRIVER: &str = "static int begun = 0;\nstruct Case {\n    long result;\n    void make(lessonl::Input &) {}\n    void call() { result = made(); }\n    \
     template <class F> void fields(F &f) { f.output(\"result\", result); }\n};\nLESSONL_PROBLEM(Case)\n";

/// Code that makes the call from a place, and returns what the kernel answered.
fn source(place: CallPlace) -> String {
    let call = r#"
static volatile long call[7] = {MARK, 0, 0, 0, 0, 0, 0};
static volatile long answered = 0;
static void make_it() {
    long v[7];
    for (int i = 0; i < 7; ++i) v[i] = call[i] == OWN ? (long)(void *)&std::malloc & ~4095L : call[i];
#if defined(__x86_64__)
    register long r10 asm("r10") = v[4];
    register long r8 asm("r8") = v[5];
    register long r9 asm("r9") = v[6];
    long result;
    asm volatile("syscall" : "=a"(result) : "a"(v[0]), "D"(v[1]), "S"(v[2]), "d"(v[3]), "r"(r10), "r"(r8), "r"(r9) : "rcx", "r11", "memory");
#else
    register long x8 asm("x8") = v[0];
    register long x0 asm("x0") = v[1];
    register long x1 asm("x1") = v[2];
    register long x2 asm("x2") = v[3];
    register long x3 asm("x3") = v[4];
    register long x4 asm("x4") = v[5];
    register long x5 asm("x5") = v[6];
    asm volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
    const long result = x0;
#endif
    answered = result;
}
"#
    .replace("MARK", &MARK.to_string())
    .replace("OWN", &OWN.to_string());
    let from = match place {
        CallPlace::Initialiser => {
            "static int begun = (make_it(), 1);\nlong made() { return answered + 0 * begun; }\n"
        }
        CallPlace::Entry => "long made() { make_it(); return answered; }\n",
        CallPlace::PoolThread => {
            "long made() {\n#pragma omp parallel num_threads(2)\n    {\n#pragma omp barrier\n        if (omp_get_thread_num() == 1) make_it();\n    }\n    return answered;\n}\n"
        }
        CallPlace::ThreadEnd => {
            "long made() {\n    std::thread([] {\n        struct End { ~End() { make_it(); } };\n        thread_local End end;\n        (void)&end;\n    }).join();\n    return answered;\n}\n"
        }
    };
    format!("#include <cstdlib>\n#include <thread>\n#include <omp.h>\n{call}{from}")
}

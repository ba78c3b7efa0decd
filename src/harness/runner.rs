//! The parent's end of a runner: one contained process that holds the driver and one side.
//! Never trusts an answer: it only carries sequence numbers, copies bytes and looks at the clock.

use std::fs::File;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::counters::{Count, Counters};
use super::process::limits::ProcessLimits;
use super::process::sandbox::Level;
use super::process::shared::{self, Arena, RunnerOp, Shared};
use super::process::spawn::{Process, ProcessStart, how};
use super::worker::WorkerJob;
use super::{Cancel, HarnessError};
use crate::domain::problem::{Mode, Values};
use crate::domain::units::Nanos;

/// What a case is made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CaseInput {
    /// Seed of the first case; the following ones count up.
    pub(crate) seed: u64,
    /// Size.
    pub(crate) size: u64,
    /// Class of values.
    pub(crate) values: Values,
    /// Magnitude of exact whole numbers.
    pub(crate) exact_bits: u32,
    /// How many cases.
    pub(crate) cases: u32,
}

/// What a side left after its calls.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct CaseOutputs {
    /// The bytes of its outputs, cut at the room there is. Hostile.
    pub(crate) bytes: Vec<u8>,
    /// How many there would have been. Hostile.
    pub(crate) used: u64,
    /// Digest of the inputs afterwards. Hostile.
    pub(crate) digest: u64,
}

/// Why a runner gave no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RunnerStopped {
    /// It ended, in words how.
    Crashed(String),
    /// It did not answer in time.
    TimedOut(Nanos),
    /// It could not load its objects, in the loader's words.
    NotLoaded(String),
    /// The caller cancelled.
    Cancelled,
    /// We could not start it.
    Fault(String),
}

impl RunnerStopped {
    /// As a failure of the problem's own code.
    pub(crate) fn of_original(self, what: &str) -> HarnessError {
        match self {
            Self::Cancelled => HarnessError::Cancelled,
            Self::Fault(what) => HarnessError::Environment {
                what,
                hint: "see whether the machine is short of memory or processes".to_owned(),
            },
            Self::Crashed(how) => HarnessError::Problem {
                what: format!("the original ended while {what}: {how}"),
            },
            Self::TimedOut(limit) => HarnessError::Problem {
                what: format!(
                    "the original took longer than {limit} while {what}; give the problem smaller sizes"
                ),
            },
            Self::NotLoaded(why) => HarnessError::Problem {
                what: format!("the original or its driver does not load: {why}"),
            },
        }
    }
}

/// How runners are started; the same for both sides but for the object.
#[derive(Debug, Clone)]
pub(crate) struct RunnerSetup {
    /// The binary; `None`: ourselves.
    pub(crate) runner: Option<PathBuf>,
    /// The driver's shared object.
    pub(crate) driver: PathBuf,
    /// The allocator's shared object.
    pub(crate) allocator: PathBuf,
    /// With threads or without.
    pub(crate) mode: Mode,
    /// How far to contain it.
    pub(crate) contained: Level,
    /// An empty folder to stand in.
    pub(crate) folder: PathBuf,
    /// Cores that OpenMP may use.
    pub(crate) cores: u32,
}

/// Where a runner lies.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct RunnerLayout<'a> {
    /// Varies the environment's length, and with it where the stack lies (Mytkowicz et al. 2009).
    pub(crate) pad: usize,
    /// The core it is bound to; `None`: in serial mode any one, so that a candidate sees no difference.
    pub(crate) core: Option<usize>,
    /// Pages it shares with the other side, which must be paused while this one has its turn; `None`: pages of its own at
    /// such an address, unless a sanitizer watches it, which looks after the ordinary heap alone.
    pub(crate) arena: Option<&'a Arena>,
    /// Threads for OpenMP instead of the setup's.
    pub(crate) threads: Option<u32>,
    /// The libraries that watch it, as the loader wants them named, and where their report goes.
    pub(crate) watch: Option<(&'a str, &'a File)>,
}

/// Threads a parallel runner may have: teams within teams, and some more.
fn most_threads(mode: Mode, cores: u32) -> u64 {
    match mode {
        // The filter lets it start none; one that has just ended may be counted for a moment.
        Mode::Serial => 8,
        Mode::Omp => 64 + 16 * u64::from(cores),
    }
}

/// Most memory that a watched runner may have in use, in bytes.
const WATCHED_MEMORY: u64 = 3 << 30;

/// A running side.
#[derive(Debug)]
pub(crate) struct Runner {
    process: Process,
    shared: Shared,
    number: u32,
    clock: Option<libc::clockid_t>,
    counters: Option<Counters>,
    /// Most memory it may have in use, where the kernel does not see to it.
    memory: Option<u64>,
    /// Where it sleeps between commands; `None`: the kernel does not show that.
    home: Option<Sleep>,
    /// Most threads it may have.
    threads: u64,
}

/// Where a thread sleeps in the kernel: which system call, from which instruction, with which stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Sleep {
    call: i64,
    stack: u64,
    instruction: u64,
}

/// What a runner does when it has answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rest {
    /// It waits for the next command, or there is no sign of anything else.
    Waiting,
    /// It used the processor for longer than falling asleep takes.
    Working,
    /// It sleeps, but not where a runner waits for commands: the code under test has not returned.
    Elsewhere,
}

/// What a runner's environment holds until it has loaded its objects.
fn environment(setup: &RunnerSetup, layout: RunnerLayout<'_>) -> Vec<(String, String)> {
    let mut environment = vec![("PAD".to_owned(), "x".repeat(layout.pad.min(4096)))];
    if setup.mode == Mode::Omp {
        let plain = [
            ("OMP_WAIT_POLICY", "passive".to_owned()),
            ("OMP_PROC_BIND", "close".to_owned()),
            (
                "OMP_NUM_THREADS",
                layout.threads.unwrap_or(setup.cores).to_string(),
            ),
            ("OMP_DYNAMIC", "false".to_owned()),
            ("OMP_STACKSIZE", "16M".to_owned()),
        ];
        environment.extend(plain.map(|(name, value)| (name.to_owned(), value)));
        // Alone means alone, whatever the code asks for.
        if layout.threads == Some(1) {
            environment.push(("OMP_THREAD_LIMIT".to_owned(), "1".to_owned()));
        }
    }
    if let Some((sanitizer, _)) = layout.watch {
        let plain = [
            ("LD_PRELOAD", sanitizer.to_owned()),
            (
                "ASAN_OPTIONS",
                "detect_leaks=0:allocator_may_return_null=1:use_sigaltstack=0:symbolize=0"
                    .to_owned(),
            ),
            ("UBSAN_OPTIONS", "print_stacktrace=0".to_owned()),
        ];
        environment.extend(plain.map(|(name, value)| (name.to_owned(), value)));
    }
    environment
}

impl Runner {
    /// Starts a side and waits until it has loaded its objects.
    pub(crate) fn start(
        setup: &RunnerSetup,
        side: &Path,
        layout: RunnerLayout<'_>,
        cancel: &Cancel,
    ) -> Result<Self, RunnerStopped> {
        let fault =
            |error: std::io::Error| RunnerStopped::Fault(format!("cannot start a runner: {error}"));
        let (shared, fd) = Shared::create().map_err(fault)?;
        let own = match (layout.arena, layout.watch) {
            (None, None) => Some(Arena::create(fastrand::u64(..)).map_err(fault)?),
            _ => None,
        };
        let arena = layout.arena.or(own.as_ref());
        let job = WorkerJob::Run {
            side: side.to_owned(),
            driver: setup.driver.clone(),
            allocator: setup.allocator.clone(),
            arena: arena.map(|arena| arena.at),
            mode: setup.mode,
            limits: match layout.watch {
                Some(_) => ProcessLimits::watched(),
                None => ProcessLimits::runner(),
            },
            watched: layout.watch.is_some(),
            contained: setup.contained,
        };
        let process = Process::start(ProcessStart {
            runner: setup.runner.as_ref(),
            job: &job,
            folder: &setup.folder,
            environment: environment(setup, layout),
            input: Stdio::from(fd),
            second: match arena {
                Some(arena) => Stdio::from(arena.descriptor().map_err(fault)?),
                None => Stdio::null(),
            },
            output: match layout.watch {
                Some((_, report)) => Stdio::from(report.try_clone().map_err(fault)?),
                None => Stdio::null(),
            },
        })
        .map_err(fault)?;
        let any = || match setup.mode {
            Mode::Serial => fastrand::choice(super::calibration::cores()),
            Mode::Omp => None,
        };
        if let Some(core) = layout.core.or_else(any) {
            pin(process.id() as i32, core);
        }
        let mut runner = Self {
            memory: layout.watch.map(|_| WATCHED_MEMORY),
            clock: cpu_clock(process.id()),
            counters: Counters::of(process.id() as i32),
            process,
            shared,
            number: fastrand::u32(1..),
            home: None,
            threads: match layout.watch {
                // A sanitizer has a thread of its own.
                Some(_) => 8 + most_threads(Mode::Omp, setup.cores),
                None => most_threads(setup.mode, setup.cores),
            },
        };
        runner.has_loaded(cancel)?;
        runner.home = runner.falls_asleep();
        Ok(runner)
    }

    /// Waits until it has loaded its objects, or has said why it could not.
    fn has_loaded(&mut self, cancel: &Cancel) -> Result<(), RunnerStopped> {
        self.command(RunnerOp::Hello, Duration::from_secs(10), cancel)?;
        let control = self.shared.control();
        if control.status.load(Ordering::Relaxed) == 0 {
            return Ok(());
        }
        let mut bytes = Vec::new();
        self.shared
            .copy(control.used.load(Ordering::Relaxed).min(4096), &mut bytes);
        let why = String::from_utf8_lossy(&bytes).into_owned();
        Err(RunnerStopped::NotLoaded(why))
    }

    /// Where its first thread sleeps, once it does; `None` if it does not within a second, or nobody can tell. It needs
    /// microseconds for it, but on a busy machine it may wait for the processor first.
    fn falls_asleep(&self) -> Option<Sleep> {
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(1) {
            match self.sleeps()? {
                Some(sleep) if sleep.call == libc::SYS_futex => return Some(sleep),
                _ => std::thread::sleep(Duration::from_micros(20)),
            }
        }
        None
    }

    /// Where its first thread sleeps now; `Some(None)`: it does not sleep. `None`: the kernel does not show that.
    fn sleeps(&self) -> Option<Option<Sleep>> {
        let text = std::fs::read_to_string(format!("/proc/{}/syscall", self.id())).ok()?;
        // proc(5): the call's number, six arguments, stack pointer and program counter; or a word, or -1 and the last two.
        let words: Vec<&str> = text.split_whitespace().collect();
        let hex = |word: &str| u64::from_str_radix(word.trim_start_matches("0x"), 16).ok();
        let [call, .., stack, instruction] = words[..] else {
            return Some(None);
        };
        let sleep = call
            .parse()
            .ok()
            .filter(|call| *call >= 0)
            .and_then(|call| {
                Some(Sleep {
                    call,
                    stack: hex(stack)?,
                    instruction: hex(instruction)?,
                })
            });
        Some(sleep)
    }

    /// Makes fresh cases and poisons their outputs.
    pub(crate) fn make(
        &mut self,
        input: CaseInput,
        poison: u64,
        limit: Duration,
        cancel: &Cancel,
    ) -> Result<(), RunnerStopped> {
        let control = self.shared.control();
        control.seed.store(input.seed, Ordering::Relaxed);
        control.size.store(input.size, Ordering::Relaxed);
        control.values.store(input.values.code(), Ordering::Relaxed);
        control
            .exact_bits
            .store(input.exact_bits, Ordering::Relaxed);
        control.cases.store(input.cases, Ordering::Relaxed);
        control.poison.store(poison, Ordering::Relaxed);
        self.command(RunnerOp::Make, limit, cancel).map(|_| ())
    }

    /// Calls the entry once per case. Wall time by our clock.
    pub(crate) fn call(
        &mut self,
        limit: Duration,
        cancel: &Cancel,
    ) -> Result<Duration, RunnerStopped> {
        let took = self.command(RunnerOp::Call, limit, cancel)?;
        self.few_threads()?;
        Ok(took)
    }

    /// What the calls leave where every operation of their first thread rounds one way: upwards, then downwards.
    pub(crate) fn rounded(
        &mut self,
        input: CaseInput,
        limit: Duration,
        cancel: &Cancel,
    ) -> Result<[CaseOutputs; 2], RunnerStopped> {
        let mut both = [CaseOutputs::default(), CaseOutputs::default()];
        for (left, how) in both.iter_mut().zip(1..) {
            self.make(input, 0, limit, cancel)?;
            self.shared.control().rounding.store(how, Ordering::Relaxed);
            let called = self.call(limit, cancel);
            self.shared.control().rounding.store(0, Ordering::Relaxed);
            called?;
            self.emit(left, limit, cancel)?;
        }
        Ok(both)
    }

    /// An error if it has more threads than it may.
    fn few_threads(&self) -> Result<(), RunnerStopped> {
        let most = self.threads;
        match threads(self.process.id()) > most {
            true => Err(RunnerStopped::Crashed(format!(
                "it started more than {most} threads"
            ))),
            false => Ok(()),
        }
    }

    /// Whether the kernel shows where it sleeps, which is how [`Runner::rest`] knows that a call has returned.
    pub(crate) fn shows_its_sleep(&self) -> bool {
        self.home.is_some()
    }

    /// The inputs that `input` stands for, as a driver writes outputs. Nothing is called.
    pub(crate) fn inputs(
        &mut self,
        input: CaseInput,
        limit: Duration,
        cancel: &Cancel,
    ) -> Result<CaseOutputs, RunnerStopped> {
        self.make(input, 0, limit, cancel)?;
        self.command(RunnerOp::Show, limit, cancel)?;
        let used = self.shared.control().used.load(Ordering::Relaxed);
        let mut shown = CaseOutputs {
            used,
            ..CaseOutputs::default()
        };
        self.shared.copy(used, &mut shown.bytes);
        // what was made is let go of where outputs are written
        self.emit(&mut CaseOutputs::default(), limit, cancel)?;
        Ok(shown)
    }

    /// Copies out what the calls left.
    pub(crate) fn emit(
        &mut self,
        left: &mut CaseOutputs,
        limit: Duration,
        cancel: &Cancel,
    ) -> Result<(), RunnerStopped> {
        self.command(RunnerOp::Emit, limit, cancel)?;
        let control = self.shared.control();
        left.used = control.used.load(Ordering::Relaxed);
        left.digest = control.digest.load(Ordering::Relaxed);
        self.shared.copy(left.used, &mut left.bytes);
        Ok(())
    }

    /// Processor time it has used, by the kernel.
    pub(crate) fn cpu(&self) -> Option<Duration> {
        let mut now = libc::timespec {
            tv_sec: 0,
            tv_nsec: 0,
        };
        // SAFETY: the clock id came from the kernel for our child; `now` is ours to fill.
        (unsafe { libc::clock_gettime(self.clock?, &raw mut now) } == 0)
            .then(|| Duration::new(now.tv_sec.max(0) as u64, now.tv_nsec.max(0) as u32))
    }

    /// What it does after an answer before which it had used the processor for `until`. An honest side needs microseconds
    /// to wait for the next command; where other programs have the core, it is waited for.
    pub(crate) fn rest(&self, until: Option<Duration>) -> Rest {
        let begun = Instant::now();
        let mut elsewhere = 0;
        loop {
            std::thread::sleep(Duration::from_micros(30));
            let used = self
                .cpu()
                .zip(until)
                .map(|(now, then)| now.saturating_sub(then));
            let works = used.is_some_and(|used| used > FALLING_ASLEEP);
            match (self.home, self.sleeps().flatten()) {
                (Some(home), Some(now)) if now == home => return Rest::Waiting,
                // Seen three times over some hundred microseconds, so that no moment within a call of ours is meant.
                (Some(_), Some(_)) => elsewhere += 1,
                // Nobody can tell where it is: what it uses is all there is to see.
                (None, _) if works => return Rest::Working,
                (None, _) => return Rest::Waiting,
                (Some(_), None) if works => return Rest::Working,
                (Some(_), None) => {}
            }
            if elsewhere >= 3 && begun.elapsed() > Duration::from_micros(300) {
                return Rest::Elsewhere;
            }
            if begun.elapsed() > Duration::from_millis(50) {
                return Rest::Waiting;
            }
        }
    }

    /// What the processor has counted of it, where the machine shows that.
    pub(crate) fn counted(&self) -> Option<Count> {
        self.counters.as_ref()?.read()
    }

    /// Stops it, with all its threads, until `resume`: nothing it has left running can use the other side's turn.
    pub(crate) fn pause(&self) {
        self.process.pause();
    }

    /// Lets it go on.
    pub(crate) fn resume(&self) {
        self.process.resume();
    }

    /// Its process id.
    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }

    /// One command and its answer; the time between the two.
    fn command(
        &mut self,
        op: RunnerOp,
        limit: Duration,
        cancel: &Cancel,
    ) -> Result<Duration, RunnerStopped> {
        let control = self.shared.control();
        let before = control.reply.load(Ordering::Acquire);
        // Never what is there already, never 0, and not to be guessed.
        let mut number = fastrand::u32(1..);
        while number == before || number == self.number {
            number = fastrand::u32(1..);
        }
        self.number = number;
        control.op.store(op as u32, Ordering::Relaxed);
        let begun = Instant::now();
        shared::post(&control.command, number);
        loop {
            let reply = control.reply.load(Ordering::Acquire);
            let took = begun.elapsed();
            if reply == number {
                return Ok(took);
            }
            if let Some(status) = self.process.ended() {
                return Err(RunnerStopped::Crashed(how(status)));
            }
            if cancel.is_cancelled() {
                return Err(RunnerStopped::Cancelled);
            }
            if self
                .memory
                .is_some_and(|most| resident(self.process.id()) > most)
            {
                return Err(RunnerStopped::Crashed("it used too much memory".to_owned()));
            }
            // Not before it has run for a while: looking takes time that a short sample would show.
            if took > Duration::from_millis(10) {
                self.few_threads()?;
            }
            if took >= limit {
                return Err(RunnerStopped::TimedOut(limit.into()));
            }
            shared::wait(
                &control.reply,
                reply,
                Some(Duration::from_millis(25).min(limit - took)),
            );
        }
    }
}

/// Binds a process (0: the calling thread) to one core. Without effect where that is not allowed.
pub(crate) fn pin(id: i32, core: usize) -> bool {
    // SAFETY: an all-zero set is valid, the core number is checked by the macro's bounds, and the call reads the set.
    unsafe {
        let mut set: libc::cpu_set_t = std::mem::zeroed();
        if core >= libc::CPU_SETSIZE as usize {
            return false;
        }
        libc::CPU_SET(core, &mut set);
        libc::sched_setaffinity(id, size_of::<libc::cpu_set_t>(), &raw const set) == 0
    }
}

/// Processor time within which an honest side falls asleep after its answer.
const FALLING_ASLEEP: Duration = Duration::from_micros(45);

/// Threads of a process; 0 if it has ended.
fn threads(id: u32) -> u64 {
    std::fs::metadata(format!("/proc/{id}/task"))
        .map_or(0, |folder| folder.nlink().saturating_sub(2))
}

/// Memory a process has in use, in bytes.
pub(crate) fn resident(id: u32) -> u64 {
    std::fs::read_to_string(format!("/proc/{id}/statm"))
        .ok()
        .and_then(|text| {
            text.split_whitespace()
                .nth(1)
                .and_then(|pages| pages.parse::<u64>().ok())
        })
        .map_or(0, |pages| pages * rustix::param::page_size() as u64)
}

fn cpu_clock(id: u32) -> Option<libc::clockid_t> {
    let mut clock = 0;
    // SAFETY: `clock` is ours to fill.
    (unsafe { libc::clock_getcpuclockid(id as i32, &raw mut clock) } == 0).then_some(clock)
}

//! The contained side: what our binary does when it is started as a helper.
//! Never decides anything: it compiles or runs what it is told and writes bytes that the parent judges.
//!
//! Everything here shares its process with hostile code (or starts a compiler on it), so nothing of value is here:
//! no clock, no expected answer, no verdict.

use std::ffi::{CStr, OsString, c_void};
use std::fs::OpenOptions;
use std::mem::transmute;
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::Ordering;

use serde::{Deserialize, Serialize};

use super::process::initialisers;
use super::process::limits::{self, NamespaceRole, ProcessLimits};
use super::process::load::{open, symbol};
use super::process::sandbox::{self, CallFilter, Level, SandboxView};
use super::process::seal::{self, StartStrings};
use super::process::shared::{self, Arena, RunnerOp, Shared};
use crate::domain::problem::Mode;

/// What a helper is started for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum WorkerJob {
    /// Says whether containment can be applied here.
    Probe {
        /// In namespaces too.
        namespaces: bool,
    },
    /// Runs commands in the current folder, one after the other, until one fails.
    Compile {
        /// Program and arguments of each.
        commands: Vec<Vec<String>>,
        /// Folders it may read besides the system's.
        read: Vec<PathBuf>,
        /// The folder it may write in.
        write: PathBuf,
        /// Its limits.
        limits: ProcessLimits,
        /// How far to contain it.
        contained: Level,
    },
    /// Becomes a Python interpreter.
    Python {
        /// The interpreter.
        program: PathBuf,
        /// Its arguments.
        arguments: Vec<String>,
        /// Folders it may read.
        read: Vec<PathBuf>,
        /// Its limits.
        limits: ProcessLimits,
        /// How to contain it.
        contained: Level,
    },
    /// Supervises one command of a project.
    Supervise(Box<super::supervise::CommandTask>),
    /// Loads a side and the driver and obeys the parent.
    Run {
        /// The original's or the candidate's shared object.
        side: PathBuf,
        /// The driver's.
        driver: PathBuf,
        /// The allocator's.
        allocator: PathBuf,
        /// Where to map the shared pages behind its standard output, if there are any.
        arena: Option<u64>,
        /// With threads or without.
        mode: Mode,
        /// Its limits.
        limits: ProcessLimits,
        /// How far to contain it.
        contained: Level,
        /// Whether a sanitizer watches it.
        watched: bool,
    },
}

/// Exit code: a command failed. The command's number is added.
pub(crate) const COMMAND_FAILED: u8 = 10;
/// Exit code: a command ended by a signal. The command's number is added.
pub(crate) const COMMAND_KILLED: u8 = 20;
/// Exit code: the helper could not do its work; the text is on its standard error.
pub(crate) const NOT_STARTED: u8 = 3;

/// The helper's whole life.
pub(crate) fn run(arguments: &[OsString]) -> u8 {
    let parsed = match arguments {
        [parent, job] => parent
            .to_str()
            .and_then(|text| text.parse::<u32>().ok())
            .zip(
                job.to_str()
                    .and_then(|text| serde_json::from_str(text).ok()),
            ),
        _ => None,
    };
    let Some((parent, job)) = parsed else {
        eprintln!("this argument is for the program's own use");
        return NOT_STARTED;
    };
    let result = match job {
        WorkerJob::Probe { namespaces } => probe(parent, namespaces),
        WorkerJob::Supervise(task) => super::supervise::supervise(parent, &task),
        WorkerJob::Compile {
            commands,
            read,
            write,
            limits,
            contained,
        } => compile(
            parent,
            &commands,
            SandboxView {
                read,
                write: vec![write],
            },
            limits,
            contained,
        ),
        WorkerJob::Python {
            program,
            arguments,
            read,
            limits,
            contained,
        } => super::python::contained::become_python(
            parent, &program, &arguments, &read, limits, contained,
        ),
        WorkerJob::Run {
            side,
            driver,
            allocator,
            arena,
            mode,
            limits,
            contained,
            watched,
        } => {
            let objects = [&*allocator, &*side, &*driver];
            obey(
                parent,
                objects,
                arena,
                filter(mode, watched),
                limits,
                contained,
            )
        }
    };
    result.unwrap_or_else(|message| {
        eprintln!("{message}");
        NOT_STARTED
    })
}

fn text(error: std::io::Error) -> String {
    error.to_string()
}

fn probe(parent: u32, namespaces: bool) -> Result<u8, String> {
    limits::detach(parent, libc::SIGKILL).map_err(text)?;
    if namespaces {
        limits::leave_the_rest().map_err(text)?;
    }
    sandbox::confine_files(&SandboxView::default())?;
    if std::fs::File::open("/etc/passwd").is_ok() {
        return Err("landlock lets files through".to_owned());
    }
    sandbox::confine_calls(CallFilter::Loading, &[])?;
    sandbox::confine_calls(CallFilter::Serial, &seal::loaded())?;
    // The runtime's own tidying up would be forbidden by now.
    // SAFETY: ends the process; there is nothing to tidy.
    unsafe { libc::_exit(0) }
}

extern "C" fn end_group(_signal: i32) {
    // SAFETY: kill is async-signal-safe; it ends this process and all the compilers it started.
    unsafe {
        libc::kill(0, libc::SIGKILL);
    }
}

fn compile(
    parent: u32,
    commands: &[Vec<String>],
    view: SandboxView,
    limits: ProcessLimits,
    contained: Level,
) -> Result<u8, String> {
    // Compilers start processes of their own, which the parent's death would not reach: pass it on to the group.
    // SAFETY: installs a handler that only makes an async-signal-safe call.
    unsafe {
        libc::signal(libc::SIGTERM, end_group as *const () as libc::sighandler_t);
    }
    limits::detach(parent, libc::SIGTERM).map_err(text)?;
    if contained == Level::Namespaces {
        limits::leave_the_rest().map_err(text)?;
        // Whatever kills this process, the kernel then ends all that is below it.
        match limits::own_processes().map_err(text)? {
            NamespaceRole::Ended(code) => return Ok(code),
            NamespaceRole::First | NamespaceRole::Shared => {}
        }
    }
    limits.apply().map_err(text)?;
    if contained != Level::Nothing {
        sandbox::confine_files(&view)?;
        sandbox::confine_compiler()?;
    }
    for (number, command) in commands.iter().enumerate() {
        let Some((program, arguments)) = command.split_first() else {
            continue;
        };
        let status = Command::new(program)
            .args(arguments)
            .status()
            .map_err(|error| format!("cannot start {program}: {error}"))?;
        if !status.success() {
            let base = if status.code().is_some() {
                COMMAND_FAILED
            } else {
                COMMAND_KILLED
            };
            return Ok(base + number as u8);
        }
    }
    Ok(0)
}

/// The driver's functions, as `driver.hpp` declares them.
struct Driver {
    make: unsafe extern "C" fn(u64, u64, u32, u32) -> *mut c_void,
    poison: unsafe extern "C" fn(*mut c_void, u64),
    scrub: unsafe extern "C" fn(*mut c_void, u64),
    call: unsafe extern "C" fn(*mut c_void),
    digest: unsafe extern "C" fn(*mut c_void) -> u64,
    emit: unsafe extern "C" fn(*mut c_void, *mut u8, u64) -> u64,
    show: unsafe extern "C" fn(*mut c_void, *mut u8, u64) -> u64,
    delete: unsafe extern "C" fn(*mut c_void),
    begin: unsafe extern "C" fn(),
    end: unsafe extern "C" fn(),
    reset: unsafe extern "C" fn(),
    turn: unsafe extern "C" fn(),
}

impl Driver {
    /// Finds the functions in the driver's and the allocator's object, and warms the driver up.
    fn of(handle: *mut c_void, memory: *mut c_void) -> Result<Self, String> {
        type Case = *mut c_void;
        type Bytes = unsafe extern "C" fn(Case, *mut u8, u64) -> u64;
        let at = |name: &CStr| symbol(handle, name);
        // SAFETY: the driver is ours up to the problem author's case; it and the allocator define these symbols with these
        // C signatures (`LESSONL_PROBLEM`, `arena.cpp`), which the version number confirms.
        unsafe {
            let abi: extern "C" fn() -> u32 = transmute(at(c"lessonl_abi")?);
            if abi() != ABI {
                return Err("the driver was built for another version".to_owned());
            }
            let warm: extern "C" fn() = transmute(at(c"lessonl_warm")?);
            warm();
            Ok(Self {
                make: transmute::<Case, unsafe extern "C" fn(u64, u64, u32, u32) -> Case>(at(
                    c"lessonl_new",
                )?),
                poison: transmute::<Case, unsafe extern "C" fn(Case, u64)>(at(c"lessonl_poison")?),
                scrub: transmute::<Case, unsafe extern "C" fn(Case, u64)>(at(c"lessonl_scrub")?),
                call: transmute::<Case, unsafe extern "C" fn(Case)>(at(c"lessonl_call")?),
                digest: transmute::<Case, unsafe extern "C" fn(Case) -> u64>(at(
                    c"lessonl_digest",
                )?),
                emit: transmute::<Case, Bytes>(at(c"lessonl_emit")?),
                show: transmute::<Case, Bytes>(at(c"lessonl_show")?),
                delete: transmute::<Case, unsafe extern "C" fn(Case)>(at(c"lessonl_delete")?),
                begin: nullary(memory, c"lessonl_arena_begin")?,
                end: nullary(memory, c"lessonl_arena_end")?,
                reset: nullary(memory, c"lessonl_arena_reset")?,
                turn: nullary(memory, c"lessonl_schedule_turn")?,
            })
        }
    }
}

/// A function of the allocator's that takes and gives nothing.
///
/// # Safety
/// The symbol has that C signature.
unsafe fn nullary(memory: *mut c_void, name: &CStr) -> Result<unsafe extern "C" fn(), String> {
    let at = symbol(memory, name)?;
    // SAFETY: by this function's contract.
    Ok(unsafe { transmute::<*mut c_void, unsafe extern "C" fn()>(at) })
}

/// Standard input and output were the shared pages' descriptors: the pages stay mapped without them.
fn silence() -> Result<(), String> {
    let null = OpenOptions::new()
        .read(true)
        .write(true)
        .open("/dev/null")
        .map_err(text)?;
    // SAFETY: both descriptors are open; the shared memory stays mapped without its descriptor.
    unsafe {
        libc::dup2(null.as_raw_fd(), 0);
        libc::dup2(null.as_raw_fd(), 1);
    }
    Ok(())
}

/// Tells the allocator where the pages are that both sides share.
fn give_arena(memory: *mut c_void, at: *mut c_void) -> Result<(), String> {
    // SAFETY: `arena.cpp` defines this with this C signature; the pages stay mapped.
    unsafe {
        let open: unsafe extern "C" fn(*mut c_void, u64) =
            transmute(symbol(memory, c"lessonl_arena_open")?);
        open(at, shared::ARENA as u64);
    }
    Ok(())
}

/// The version of the C interface in `driver.hpp`.
const ABI: u32 = 4;

fn filter(mode: Mode, watched: bool) -> CallFilter {
    match (watched, mode) {
        (true, mode) => CallFilter::Watched {
            threads: mode == Mode::Omp,
        },
        (false, Mode::Serial) => CallFilter::Serial,
        (false, Mode::Omp) => CallFilter::Threads,
    }
}

fn obey(
    parent: u32,
    objects: [&Path; 3],
    arena: Option<u64>,
    filter: CallFilter,
    limits: ProcessLimits,
    contained: Level,
) -> Result<u8, String> {
    let shared = Shared::map(0).map_err(text)?;
    // Without the pages the ordinary heap serves as well, only less evenly.
    let arena = arena.and_then(|at| Arena::map(1, at).ok());
    let started = start(parent, objects, arena, filter, limits, contained);
    serve(&shared, started)
}

fn start(
    parent: u32,
    [allocator, side, driver]: [&Path; 3],
    arena: Option<*mut c_void>,
    filter: CallFilter,
    limits: ProcessLimits,
    contained: Level,
) -> Result<Driver, String> {
    silence()?;
    let given = StartStrings::find();
    limits::detach(parent, libc::SIGKILL).map_err(text)?;
    if contained == Level::Namespaces {
        limits::leave_the_rest().map_err(text)?;
    }
    if !matches!(filter, CallFilter::Watched { .. }) {
        limits::default_signals();
    }
    // The C library sets up signals at the first thread; later that is denied.
    std::thread::spawn(|| ())
        .join()
        .map_err(|_| "no threads".to_owned())?;
    limits.apply().map_err(text)?;
    if contained != Level::Nothing {
        sandbox::confine_files(&SandboxView {
            read: vec![allocator.to_owned(), side.to_owned(), driver.to_owned()],
            write: Vec::new(),
        })?;
        sandbox::confine_calls(CallFilter::Loading, &[])?;
    }
    // First of all, so that `new` and `delete` mean the same in everything that follows.
    let memory = open(allocator, libc::RTLD_NOW | libc::RTLD_GLOBAL)?;
    if let Some(at) = arena {
        give_arena(memory, at)?;
    }
    // The side exports the entry alone; the driver, bound at once, finds it there. None of the side's code runs yet: its
    // initialisers wait for the strict filter.
    let tested = open(side, libc::RTLD_NOW | libc::RTLD_GLOBAL)?;
    let handle = open(driver, libc::RTLD_NOW | libc::RTLD_LOCAL)?;
    // SAFETY: the handle is never closed; the driver is ours up to the problem author's case.
    unsafe { initialisers::run(handle) };
    let driver = Driver::of(handle, memory)?;
    // SAFETY: the job has been read, and the libraries took what they need from the environment when they were loaded.
    unsafe { given.wipe() };
    let loaded = seal::loaded();
    seal::seal(&loaded);
    if contained != Level::Nothing {
        sandbox::confine_calls(filter, &loaded)?;
    }
    // SAFETY: the handle is never closed; from here on hostile code runs.
    unsafe { initialisers::run(tested) };
    Ok(driver)
}

/// Answers commands until told to stop. Makes no system call but futexes and memory.
fn serve(shared: &Shared, started: Result<Driver, String>) -> Result<u8, String> {
    let control = shared.control();
    let mut cases = Cases::default();
    let mut seen = 0;
    loop {
        let number = control.command.load(Ordering::Acquire);
        if number == seen {
            shared::wait(&control.command, seen, None);
            continue;
        }
        seen = number;
        let op = RunnerOp::from_code(control.op.load(Ordering::Relaxed));
        match (&started, op) {
            (_, None | Some(RunnerOp::Stop)) => {
                shared::post(&control.reply, number);
                // SAFETY: ends the process without running what hostile code may have registered.
                unsafe { libc::_exit(0) }
            }
            (Err(message), _) => {
                let bytes = &message.as_bytes()[..message.len().min(4096)];
                // SAFETY: the region is far larger than 4 KiB and nothing else writes it now.
                unsafe {
                    std::ptr::copy_nonoverlapping(bytes.as_ptr(), shared.region(), bytes.len())
                };
                control.used.store(bytes.len() as u64, Ordering::Relaxed);
                control.status.store(1, Ordering::Relaxed);
            }
            (Ok(driver), Some(op)) => {
                control.status.store(0, Ordering::Relaxed);
                // SAFETY: the cases came from this driver's `make` and were not deleted; the functions are those
                // of `driver.hpp`; the room given to `emit` is what is left of the region.
                unsafe { step(shared, driver, op, &mut cases) };
            }
        }
        shared::post(&control.reply, number);
    }
}

/// Sets how this thread rounds: 0 to the nearest, 1 upwards, 2 downwards.
fn round(how: u32) {
    // C's names for them are macros, with these values.
    #[cfg(target_arch = "x86_64")]
    const MODES: [i32; 3] = [0, 0x800, 0x400];
    #[cfg(not(target_arch = "x86_64"))]
    const MODES: [i32; 3] = [0, 0x40_0000, 0x80_0000];
    unsafe extern "C" {
        fn fesetround(mode: i32) -> i32;
    }
    // SAFETY: C99's function; it changes this thread's floating-point mode alone, or nothing.
    unsafe { fesetround(MODES.get(how as usize).copied().unwrap_or_default()) };
}

/// The cases that were made last.
#[derive(Default)]
struct Cases {
    made: Vec<*mut c_void>,
    /// What a driver keeps beyond a case is made with its first one, and belongs on the ordinary heap.
    settled: bool,
}

/// One command. The caller vouches for the driver's functions and the cases.
unsafe fn step(shared: &Shared, driver: &Driver, op: RunnerOp, cases: &mut Cases) {
    let control = shared.control();
    match op {
        RunnerOp::Hello | RunnerOp::Stop => {}
        RunnerOp::Make => {
            let seed = control.seed.load(Ordering::Relaxed);
            let poison = control.poison.load(Ordering::Relaxed);
            for number in 0..u64::from(control.cases.load(Ordering::Relaxed)) {
                // SAFETY: by this function's contract.
                unsafe {
                    if cases.settled {
                        (driver.begin)();
                    }
                    let case = (driver.make)(
                        seed.wrapping_add(number),
                        control.size.load(Ordering::Relaxed),
                        control.values.load(Ordering::Relaxed),
                        control.exact_bits.load(Ordering::Relaxed),
                    );
                    (driver.end)();
                    (driver.poison)(case, poison.wrapping_add(number));
                    cases.made.push(case);
                }
            }
            cases.settled = true;
        }
        RunnerOp::Call => {
            // SAFETY: takes nothing; it is the allocator's.
            unsafe { (driver.turn)() };
            let rounding = control.rounding.load(Ordering::Relaxed);
            if rounding != 0 {
                round(rounding);
            }
            for case in &cases.made {
                // SAFETY: by this function's contract.
                unsafe { (driver.call)(*case) };
            }
            if rounding != 0 {
                round(0);
            }
        }
        RunnerOp::Show => {
            let room = shared::ROOM as u64;
            let used = match cases.made.first() {
                // SAFETY: by this function's contract.
                Some(case) => unsafe { (driver.show)(*case, shared.region(), room) },
                None => 0,
            };
            control.used.store(used, Ordering::Relaxed);
        }
        RunnerOp::Emit => {
            let room = shared::ROOM as u64;
            let mut used = 0_u64;
            let mut digest = 0_u64;
            for case in &cases.made {
                // SAFETY: by this function's contract; the offset stays within the region.
                unsafe {
                    let at = used.min(room);
                    let out = shared.region().add(at as usize);
                    used = used.saturating_add((driver.emit)(*case, out, room - at));
                    digest = digest.rotate_left(7) ^ (driver.digest)(*case);
                }
            }
            // The turn ends here: what lies in the shared pages is the other side's from now on.
            // SAFETY: by this function's contract; no case is left in the pages when they are reset.
            unsafe {
                for case in cases.made.drain(..) {
                    // Or the other side could read there what this one has worked out.
                    (driver.scrub)(case, digest);
                    (driver.delete)(case);
                }
                (driver.reset)();
            }
            control.used.store(used, Ordering::Relaxed);
            control.digest.store(digest, Ordering::Relaxed);
        }
    }
}

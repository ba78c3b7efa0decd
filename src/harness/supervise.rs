//! The supervisor: our binary as the parent of one command of a project. It confines the command, holds its clock and its
//! bounds, keeps what it prints, and ends with everything that was started below it.
//! Never runs anything else, and never decides what an outcome means.

use std::io::Read;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, pidfd_open};
use serde::{Deserialize, Serialize};

use super::process::sandbox::SandboxView;
use super::process::{limits, pids, project_sandbox, tree};

/// Kept of what a command prints, at its beginning and at its end, in bytes each.
const KEPT: usize = 64 << 10;
/// How long leftovers may take to go by themselves.
const GRACE: Duration = Duration::from_millis(60);
/// How long killing may take.
const PATIENCE: Duration = Duration::from_secs(8);

/// A command and its bounds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CommandTask {
    /// For `sh -c`.
    pub(crate) command: String,
    /// Folders it may read besides the usual ones.
    pub(crate) read: Vec<PathBuf>,
    /// The folder it may write in.
    pub(crate) write: PathBuf,
    /// Whether it may use the network.
    pub(crate) network: bool,
    /// Wall time.
    pub(crate) time: Duration,
    /// Bytes of memory of all its processes.
    pub(crate) memory: u64,
    /// Its processes and threads.
    pub(crate) processes: u64,
    /// Bytes it may add to its folder.
    pub(crate) disk: u64,
    /// Bytes it may print.
    pub(crate) output: u64,
    /// Whether to look at the disk while it runs; while something is timed that would disturb.
    pub(crate) look: bool,
    /// Whether to confine it.
    pub(crate) contained: bool,
}

/// How a command ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum CommandEnd {
    /// By itself.
    Code(i32),
    /// By a signal.
    Signal(i32),
    /// By the limit of wall time.
    Time,
    /// By another limit, in words.
    Limit(String),
    /// It was asked to end.
    Asked,
    /// It could not be started.
    NotStarted(String),
}

/// What became of a command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CommandReport {
    /// How it ended.
    pub(crate) end: CommandEnd,
    /// From start to the end of its first process.
    pub(crate) wall: Duration,
    /// Processor time of all its processes.
    pub(crate) cpu: Duration,
    /// Processes that outlived it, and were killed.
    pub(crate) left: u64,
    /// What it printed, the middle left out if there is much.
    pub(crate) out: String,
    /// What it complained about, likewise.
    pub(crate) err: String,
}

static ASKED: AtomicBool = AtomicBool::new(false);

extern "C" fn asked(_signal: i32) {
    ASKED.store(true, Ordering::Relaxed);
}

/// The supervisor's life; the report goes to its standard output.
pub(crate) fn supervise(parent: u32, task: &CommandTask) -> Result<u8, String> {
    let text = |error: std::io::Error| error.to_string();
    // SAFETY: installs a handler that only stores to an atomic.
    unsafe {
        libc::signal(libc::SIGTERM, asked as *const () as libc::sighandler_t);
    }
    limits::detach(parent, libc::SIGTERM).map_err(text)?;
    // SAFETY: changes the mask of this process alone.
    unsafe {
        libc::umask(0o022);
    }
    tree::adopt_orphans().map_err(text)?;
    let report = run(parent, task);
    tree::kill_all(PATIENCE);
    let json = serde_json::to_string(&report).map_err(|error| error.to_string())?;
    println!("{json}");
    Ok(0)
}

fn run(parent: u32, task: &CommandTask) -> CommandReport {
    let mut report = CommandReport {
        end: CommandEnd::Asked,
        wall: Duration::ZERO,
        cpu: Duration::ZERO,
        left: 0,
        out: String::new(),
        err: String::new(),
    };
    let group = pids::PidsGroup::enter(task.processes);
    let before = if task.look { size(&task.write) } else { 0 };
    let begun = Instant::now();
    let mut child = match start(parent, task) {
        Ok(child) => child,
        Err(error) => {
            report.end = CommandEnd::NotStarted(error.to_string());
            return report;
        }
    };
    let printed = Arc::new(AtomicU64::new(0));
    let out = child.stdout.take().map(|pipe| Kept::of(pipe, &printed));
    let err = child.stderr.take().map(|pipe| Kept::of(pipe, &printed));
    (report.end, report.wall) = wait(&mut child, task, begun, before, &printed);
    report.left = leftovers(&report.end);
    tree::kill_all(PATIENCE);
    if matches!(report.end, CommandEnd::Code(_) | CommandEnd::Signal(_))
        && group.is_some_and(|group| group.held())
    {
        report.end = CommandEnd::Limit(too_many(task));
    }
    report.cpu = tree::processor_time();
    report.out = out.map_or_else(String::new, Kept::finish);
    report.err = err.map_or_else(String::new, Kept::finish);
    report
}

/// Starts the command's shell, confined.
fn start(parent: u32, task: &CommandTask) -> std::io::Result<Child> {
    let own = std::process::id();
    let mut command = Command::new("/bin/sh");
    command
        .arg("-c")
        .arg(&task.command)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let confined = task.clone();
    // SAFETY: this process has one thread, so the child may allocate and call what it likes before it becomes the shell.
    unsafe {
        command.pre_exec(move || confine(&confined, own, parent).map_err(std::io::Error::other));
    }
    command.spawn()
}

/// Waits until the shell has ended or must end: how, and after how long. `before` is what its folder held, in bytes.
fn wait(
    child: &mut Child,
    task: &CommandTask,
    begun: Instant,
    before: u64,
    printed: &AtomicU64,
) -> (CommandEnd, Duration) {
    let watch =
        Pid::from_raw(child.id() as i32).and_then(|pid| pidfd_open(pid, PidfdFlags::empty()).ok());
    let mut looked = begun;
    let mut disk = begun;
    loop {
        let slice = Duration::from_millis(if task.look { 10 } else { 40 });
        let ended = match &watch {
            Some(watch) => ready(watch, slice),
            None => {
                std::thread::sleep(Duration::from_millis(2));
                false
            }
        };
        let wall = begun.elapsed();
        if ended || watch.is_none() {
            match child.try_wait() {
                Ok(Some(status)) => {
                    let end = match (status.code(), status.signal()) {
                        (Some(code), _) => CommandEnd::Code(code),
                        (None, signal) => CommandEnd::Signal(signal.unwrap_or(0)),
                    };
                    return (end, wall);
                }
                Ok(None) => {}
                Err(error) => return (CommandEnd::NotStarted(error.to_string()), wall),
            }
        }
        if let Some(end) = over(task, wall, printed, &mut looked) {
            return (end, wall);
        }
        if task.look && disk.elapsed() > Duration::from_secs(2) {
            disk = Instant::now();
            if size(&task.write).saturating_sub(before) > task.disk {
                let filled = format!("it filled more than {} MiB of the disk", task.disk >> 20);
                return (CommandEnd::Limit(filled), wall);
            }
        }
    }
}

/// In the child, before it becomes the shell.
fn confine(task: &CommandTask, supervisor: u32, parent: u32) -> Result<(), String> {
    // SAFETY: these calls take no pointers and only change the calling process.
    unsafe {
        libc::setsid();
        libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL);
        if libc::getppid() != supervisor as i32 {
            return Err("the supervisor has gone".to_owned());
        }
        libc::signal(libc::SIGTERM, libc::SIG_DFL);
    }
    limits::default_signals();
    limits::project(task.disk, task.processes).map_err(|error| error.to_string())?;
    if task.contained {
        let view = SandboxView {
            read: task.read.clone(),
            write: vec![task.write.clone()],
        };
        project_sandbox::drop_capabilities();
        project_sandbox::confine_files(&view, task.network)?;
        project_sandbox::confine_calls(task.network, &[supervisor, parent])?;
    }
    Ok(())
}

fn too_many(task: &CommandTask) -> String {
    format!("it had more than {} processes and threads", task.processes)
}

fn ready(watch: &impl std::os::fd::AsFd, slice: Duration) -> bool {
    let slice = Timespec {
        tv_sec: 0,
        tv_nsec: slice.subsec_nanos().into(),
    };
    let mut watched = [PollFd::new(watch, PollFlags::IN)];
    matches!(poll(&mut watched, Some(&slice)), Ok(n) if n > 0)
}

/// Whether it must end now.
fn over(
    task: &CommandTask,
    wall: Duration,
    printed: &AtomicU64,
    looked: &mut Instant,
) -> Option<CommandEnd> {
    if ASKED.load(Ordering::Relaxed) {
        return Some(CommandEnd::Asked);
    }
    if wall > task.time {
        return Some(CommandEnd::Time);
    }
    if printed.load(Ordering::Relaxed) > task.output {
        return Some(CommandEnd::Limit(format!(
            "it printed more than {} MiB",
            task.output >> 20
        )));
    }
    let pause = if task.look { 10 } else { 60 };
    if looked.elapsed() < Duration::from_millis(pause) {
        return None;
    }
    *looked = Instant::now();
    let used = tree::usage();
    if used.threads > task.processes {
        return Some(CommandEnd::Limit(too_many(task)));
    }
    (used.memory > task.memory).then(|| {
        CommandEnd::Limit(format!(
            "it used more than {} MiB of memory",
            task.memory >> 20
        ))
    })
}

/// Processes that stayed behind a command which ended by itself.
fn leftovers(end: &CommandEnd) -> u64 {
    if !matches!(end, CommandEnd::Code(_) | CommandEnd::Signal(_)) {
        return 0;
    }
    let begun = Instant::now();
    while begun.elapsed() < GRACE {
        if tree::reap() {
            return 0;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    tree::below().len() as u64
}

/// Bytes of all files below a folder. What cannot be read counts nothing.
pub(crate) fn size(folder: &Path) -> u64 {
    let mut total = 0;
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            match entry.metadata() {
                Ok(about) if about.is_dir() => open.push(entry.path()),
                Ok(about) => total += about.len(),
                Err(_) => {}
            }
        }
    }
    total
}

/// What a pipe said: its beginning and its end.
struct Kept {
    thread: std::thread::JoinHandle<()>,
    bytes: Arc<Mutex<Words>>,
}

/// A beginning, an end, and how many bytes there were in all.
type Words = (Vec<u8>, Vec<u8>, u64);

impl Kept {
    fn of(mut pipe: impl Read + Send + 'static, printed: &Arc<AtomicU64>) -> Self {
        let bytes = Arc::new(Mutex::new((Vec::new(), Vec::new(), 0)));
        let (own, printed) = (Arc::clone(&bytes), Arc::clone(printed));
        let thread = std::thread::spawn(move || {
            let mut buffer = vec![0; 64 << 10];
            while let Ok(count @ 1..) = pipe.read(&mut buffer) {
                printed.fetch_add(count as u64, Ordering::Relaxed);
                let mut kept = own.lock().unwrap_or_else(PoisonError::into_inner);
                let (head, tail, total) = &mut *kept;
                *total += count as u64;
                let room = (KEPT - head.len()).min(count);
                head.extend_from_slice(&buffer[..room]);
                tail.extend_from_slice(&buffer[room..count]);
                if tail.len() > 2 * KEPT {
                    tail.drain(..tail.len() - KEPT);
                }
            }
        });
        Self { thread, bytes }
    }

    fn finish(self) -> String {
        // A panic of the thread would only lose words.
        let _ = self.thread.join();
        let kept = self.bytes.lock().unwrap_or_else(PoisonError::into_inner);
        let (head, tail, total) = &*kept;
        let mut text = String::from_utf8_lossy(head).into_owned();
        let tail = &tail[tail.len().saturating_sub(KEPT)..];
        if (head.len() + tail.len()) as u64 != *total {
            text.push_str("\n… (left out) …\n");
        }
        text.push_str(&String::from_utf8_lossy(tail));
        text
    }
}

//! Starting our own binary as a contained process, and ending it for certain.
//! Never leaves a process behind: dropping the handle kills its whole session and reaps it.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, WaitId, WaitIdOptions, pidfd_open, waitid};

use super::super::worker::WorkerJob;
use super::super::{Cancel, RUNNER_ARGUMENT};

/// What a process is started with.
#[derive(Debug)]
pub(crate) struct ProcessStart<'a> {
    /// The binary; `None`: ourselves.
    pub(crate) runner: Option<&'a PathBuf>,
    /// What it shall do.
    pub(crate) job: &'a WorkerJob,
    /// Where it stands.
    pub(crate) folder: &'a Path,
    /// Its environment; nothing else is in it.
    pub(crate) environment: Vec<(String, String)>,
    /// Its standard input.
    pub(crate) input: Stdio,
    /// Its standard output: for runners a second way in, for tools where they print.
    pub(crate) second: Stdio,
    /// Where it prints to.
    pub(crate) output: Stdio,
}

/// A running process of ours.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    watch: OwnedFd,
    ended: Option<ExitStatus>,
}

impl Process {
    /// Starts it.
    pub(crate) fn start(start: ProcessStart<'_>) -> io::Result<Self> {
        // The link is resolved in the child, whose executable is still ours even if the file was replaced.
        let program = start
            .runner
            .map_or(Path::new("/proc/self/exe"), PathBuf::as_path);
        let job = serde_json::to_string(start.job).map_err(io::Error::other)?;
        let child = Command::new(program)
            .arg(RUNNER_ARGUMENT)
            .arg(std::process::id().to_string())
            .arg(job)
            .current_dir(start.folder)
            .env_clear()
            .envs(start.environment)
            .stdin(start.input)
            .stdout(start.second)
            .stderr(start.output)
            .spawn()?;
        let mut child = child;
        match Pid::from_raw(child.id() as i32).map(|pid| pidfd_open(pid, PidfdFlags::empty())) {
            Some(Ok(watch)) => Ok(Self {
                child,
                watch,
                ended: None,
            }),
            other => {
                child.kill()?;
                child.wait()?;
                Err(match other {
                    Some(Err(error)) => error.into(),
                    _ => io::Error::other("no process id"),
                })
            }
        }
    }

    /// Its process id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// How it ended, if it has. What it started ends with it.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        if self.ended.is_none() && self.over() {
            self.kill_group();
            self.ended = self.child.wait().ok();
        }
        self.ended
    }

    /// Whether it has ended; it is not reaped by this, so its number stays its own.
    fn over(&self) -> bool {
        let own = Pid::from_raw(self.child.id() as i32).map(WaitId::Pid);
        let look = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        own.is_some_and(|own| matches!(waitid(own, look), Ok(Some(_))))
    }

    /// Kills all in its session's first group, which none that it contains can leave.
    fn kill_group(&self) {
        // SAFETY: signals only. The child is not reaped yet, so the number is not reused.
        unsafe {
            libc::kill(-(self.child.id() as i32), libc::SIGKILL);
        }
    }

    /// Waits for its end, at most until `deadline`; `None` if it runs still or the caller cancelled.
    pub(crate) fn wait(&mut self, deadline: Instant, cancel: &Cancel) -> Option<ExitStatus> {
        loop {
            if let Some(status) = self.ended() {
                return Some(status);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() || cancel.is_cancelled() {
                return None;
            }
            let slice = left.min(Duration::from_millis(30));
            let slice = Timespec {
                tv_sec: 0,
                tv_nsec: slice.subsec_nanos().into(),
            };
            let mut watched = [PollFd::new(&self.watch, PollFlags::IN)];
            let _ = poll(&mut watched, Some(&slice));
        }
    }

    /// Stops all its threads where they are, until `resume`.
    pub(crate) fn pause(&self) {
        self.signal(rustix::process::Signal::STOP);
    }

    /// Asks it to end by itself.
    pub(crate) fn ask_to_end(&self) {
        self.signal(rustix::process::Signal::TERM);
    }

    /// Lets it go on.
    pub(crate) fn resume(&self) {
        self.signal(rustix::process::Signal::CONT);
    }

    /// Fails only for a process that has ended, which the next command notices.
    fn signal(&self, signal: rustix::process::Signal) {
        let _ = rustix::process::pidfd_send_signal(self.watch.as_fd(), signal);
    }

    /// Kills it with all it started, and reaps it.
    pub(crate) fn kill(&mut self) {
        if self.ended.is_none() {
            self.kill_group();
            let _ = rustix::process::pidfd_send_signal(
                self.watch.as_fd(),
                rustix::process::Signal::KILL,
            );
            self.ended = self.child.wait().ok();
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// How a process ended, in words.
pub(crate) fn how(status: ExitStatus) -> String {
    match (status.signal(), status.code()) {
        (Some(signal), _) => match signal {
            libc::SIGSEGV => "SIGSEGV (invalid memory access)".to_owned(),
            libc::SIGABRT => {
                "SIGABRT (uncaught exception, failed assertion, heap corruption or out of memory)".to_owned()
            }
            libc::SIGFPE => "SIGFPE (integer division by zero or overflow)".to_owned(),
            libc::SIGBUS => "SIGBUS (bad memory access)".to_owned(),
            libc::SIGILL => "SIGILL (illegal instruction, or fell off the end of a function)".to_owned(),
            libc::SIGSYS => {
                "SIGSYS (a forbidden system call: files, processes, threads in serial mode, network …)".to_owned()
            }
            libc::SIGXCPU => "SIGXCPU (processor time used up)".to_owned(),
            libc::SIGKILL => "SIGKILL (killed, perhaps for lack of memory)".to_owned(),
            other => format!("signal {other}"),
        },
        (None, Some(code)) => format!("it ended the process itself (exit code {code})"),
        (None, None) => "it ended the process itself".to_owned(),
    }
}

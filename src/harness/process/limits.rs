//! Resource limits and the other things a process does to itself before it touches hostile code.
//! Never a defence alone: limits complete what landlock and seccomp deny.

use std::io;

use serde::{Deserialize, Serialize};

/// Limits a contained process sets on itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ProcessLimits {
    /// Processor time in seconds.
    pub(crate) cpu_seconds: u64,
    /// Address space in bytes.
    pub(crate) memory: u64,
    /// Largest file it may write, in bytes; 0: none.
    pub(crate) file: u64,
    /// Open files.
    pub(crate) files: u64,
}

impl ProcessLimits {
    /// For compilers.
    pub(crate) fn compiler() -> Self {
        Self {
            cpu_seconds: 20,
            memory: 4 << 30,
            file: 256 << 20,
            files: 64,
        }
    }

    /// For the original and for candidates.
    pub(crate) fn runner() -> Self {
        Self {
            cpu_seconds: 120,
            memory: 4 << 30,
            file: 0,
            files: 16,
        }
    }

    /// For code that a sanitizer watches: its shadow takes terabytes of addresses, its report a little of a file. The
    /// parent bounds the memory in use.
    pub(crate) fn watched() -> Self {
        Self {
            memory: libc::RLIM_INFINITY,
            file: 1 << 20,
            ..Self::runner()
        }
    }

    /// For a Python interpreter.
    pub(crate) fn python() -> Self {
        Self {
            cpu_seconds: 90,
            memory: 1 << 30,
            file: 0,
            files: 32,
        }
    }

    /// Sets them on the calling process.
    pub(crate) fn apply(self) -> io::Result<()> {
        let stack = 64 << 20;
        set(libc::RLIMIT_CPU, self.cpu_seconds)?;
        set(libc::RLIMIT_AS, self.memory)?;
        set(libc::RLIMIT_FSIZE, self.file)?;
        set(libc::RLIMIT_NOFILE, self.files)?;
        set(libc::RLIMIT_CORE, 0)?;
        set(libc::RLIMIT_MEMLOCK, 64 << 10)?;
        set(libc::RLIMIT_STACK, stack)
    }
}

/// `resource` is one of the `RLIMIT_` constants, whose integer type differs between C libraries.
fn set(resource: libc::__rlimit_resource_t, value: u64) -> io::Result<()> {
    let mut now = libc::rlimit {
        rlim_cur: 0,
        rlim_max: 0,
    };
    // SAFETY: `now` is a valid rlimit for the call to fill.
    if unsafe { libc::getrlimit(resource, &raw mut now) } != 0 {
        return Err(io::Error::last_os_error());
    }
    let value = value.min(now.rlim_max);
    let wanted = libc::rlimit {
        rlim_cur: value,
        rlim_max: value,
    };
    // SAFETY: `wanted` is a valid rlimit that the call only reads.
    if unsafe { libc::setrlimit(resource, &raw const wanted) } != 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

/// Limits of a project's command: no core files, no file larger than `file` bytes, and `processes` more than its user has
/// now. The kernel holds that last one against every user but root; the supervisor's looking bounds the rest.
pub(crate) fn project(file: u64, processes: u64) -> io::Result<()> {
    set(
        libc::RLIMIT_NPROC,
        processes.saturating_add(threads_of_user()),
    )?;
    set(libc::RLIMIT_FSIZE, file)?;
    set(libc::RLIMIT_NOFILE, 4096)?;
    set(libc::RLIMIT_CORE, 0)?;
    set(libc::RLIMIT_MEMLOCK, 64 << 10)
}

/// Threads of all processes of this user.
fn threads_of_user() -> u64 {
    use std::os::unix::fs::MetadataExt;
    let own = rustix::process::getuid().as_raw();
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let ours = entries.filter(|entry| {
        let number = entry
            .file_name()
            .to_str()
            .is_some_and(|name| name.bytes().all(|b| b.is_ascii_digit()));
        number && entry.metadata().is_ok_and(|about| about.uid() == own)
    });
    ours.map(|entry| std::fs::read_dir(entry.path().join("task")).map_or(1, Iterator::count) as u64)
        .sum()
}

/// Becomes a session of its own that dies with `parent`, with no file open beyond the standard three.
/// `signal` is sent when the parent dies; if it is dead already, this process ends here.
pub(crate) fn detach(parent: u32, signal: i32) -> io::Result<()> {
    // SAFETY: these calls take no pointers and only change the calling process.
    unsafe {
        libc::setsid();
        libc::umask(0o077);
        if libc::prctl(libc::PR_SET_PDEATHSIG, signal) != 0 {
            return Err(io::Error::last_os_error());
        }
        // The parent may have died before the line above: then nobody is left to hear of it, or to end us.
        if libc::getppid() != parent as i32 {
            libc::_exit(1);
        }
        // By its number: the C library of an older system has no function for it.
        libc::syscall(libc::SYS_close_range, 3u32, u32::MAX, 0u32);
    }
    Ok(())
}

/// Leaves the machine's network, users, message queues and names behind: in namespaces of its own the process has no
/// interface but a dead one, and no privilege outside even where it was started with some. Needs a kernel that lets
/// anybody do so, and one thread.
pub(crate) fn leave_the_rest() -> io::Result<()> {
    let all = libc::CLONE_NEWUSER | libc::CLONE_NEWNET | libc::CLONE_NEWIPC | libc::CLONE_NEWUTS;
    // SAFETY: takes no pointers and only changes the calling process.
    match unsafe { libc::unshare(all) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// What a process is after [`own_processes`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NamespaceRole {
    /// The first process of a namespace of processes: when it ends, by whatever, the kernel ends all others in it.
    First,
    /// The one that made the namespace, after the first process ended with this code.
    Ended(u8),
    /// What it was before: this kernel lets nobody have such a namespace.
    Shared,
}

/// Goes on as the first process of a namespace of processes, while the calling one waits for its end. Needs one thread, and
/// a user namespace of its own or privilege.
pub(crate) fn own_processes() -> io::Result<NamespaceRole> {
    let mut ends = [0; 2];
    // SAFETY: the calls take no pointers but the array that `pipe2` fills; after `fork` both processes have one thread.
    unsafe {
        if libc::unshare(libc::CLONE_NEWPID) != 0 {
            return Ok(NamespaceRole::Shared);
        }
        if libc::pipe2(ends.as_mut_ptr(), libc::O_CLOEXEC) != 0 {
            return Err(io::Error::last_os_error());
        }
        match libc::fork() {
            -1 => Err(io::Error::last_os_error()),
            0 => {
                libc::close(ends[1]);
                libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL);
                // The parent holds the other end as long as it lives; it may have died before the line above.
                let mut watch = libc::pollfd {
                    fd: ends[0],
                    events: 0,
                    revents: 0,
                };
                if libc::poll(&raw mut watch, 1, 0) != 0 {
                    libc::_exit(1);
                }
                libc::close(ends[0]);
                Ok(NamespaceRole::First)
            }
            child => {
                let mut status = 0;
                while libc::waitpid(child, &raw mut status, 0) < 0 {
                    let error = io::Error::last_os_error();
                    if error.kind() != io::ErrorKind::Interrupted {
                        return Err(error);
                    }
                }
                match libc::WIFEXITED(status) {
                    true => Ok(NamespaceRole::Ended(libc::WEXITSTATUS(status) as u8)),
                    // Ends as the other one did.
                    false => {
                        libc::signal(libc::WTERMSIG(status), libc::SIG_DFL);
                        libc::raise(libc::WTERMSIG(status));
                        Ok(NamespaceRole::Ended(1))
                    }
                }
            }
        }
    }
}

/// Puts faults back to the kernel's default, so that a crash ends the process with its own signal.
pub(crate) fn default_signals() {
    for signal in [
        libc::SIGSEGV,
        libc::SIGBUS,
        libc::SIGPIPE,
        libc::SIGFPE,
        libc::SIGILL,
        libc::SIGABRT,
    ] {
        // SAFETY: sets a default disposition; no handler of ours is involved.
        unsafe {
            libc::signal(signal, libc::SIG_DFL);
        }
    }
}

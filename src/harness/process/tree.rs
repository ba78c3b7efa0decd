//! All that a process started, its children's children and what they left behind included.
//! Never follows a process number from elsewhere: only what the kernel says is below this process.

use std::collections::BTreeSet;
use std::fs;
use std::time::{Duration, Instant};

/// What a tree uses at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Use {
    /// Threads of all its processes.
    pub(crate) threads: u64,
    /// Bytes in memory of all its processes.
    pub(crate) memory: u64,
}

/// Makes this process the parent of all orphans below it.
pub(crate) fn adopt_orphans() -> std::io::Result<()> {
    // SAFETY: takes no pointers.
    match unsafe { libc::prctl(libc::PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) } {
        0 => Ok(()),
        _ => Err(std::io::Error::last_os_error()),
    }
}

/// The processes below this one, parents before children.
pub(crate) fn below() -> Vec<i32> {
    let mut found = children(i32::try_from(std::process::id()).unwrap_or(0));
    let mut at = 0;
    while at < found.len() && found.len() < 100_000 {
        let more = children(found[at]);
        found.extend(more);
        at += 1;
    }
    found
}

fn children(pid: i32) -> Vec<i32> {
    let Ok(tasks) = fs::read_dir(format!("/proc/{pid}/task")) else {
        return Vec::new();
    };
    tasks
        .flatten()
        .filter_map(|task| fs::read_to_string(task.path().join("children")).ok())
        .flat_map(|text| {
            let pids: Vec<i32> = text
                .split_whitespace()
                .filter_map(|n| n.parse().ok())
                .collect();
            pids
        })
        .collect()
}

/// What is below this process uses now.
pub(crate) fn usage() -> Use {
    let page = rustix::param::page_size() as u64;
    let mut total = Use::default();
    for pid in below() {
        let threads = fs::read_dir(format!("/proc/{pid}/task")).map_or(0, Iterator::count);
        total.threads += threads as u64;
        let pages = fs::read_to_string(format!("/proc/{pid}/statm"))
            .ok()
            .and_then(|text| text.split_whitespace().nth(1)?.parse::<u64>().ok());
        total.memory += pages.unwrap_or(0) * page;
    }
    total
}

/// Kills everything below this process and reaps it. Whoever forks meanwhile is stopped first, so that nothing outruns it.
pub(crate) fn kill_all(patience: Duration) -> bool {
    let begun = Instant::now();
    loop {
        let mut stopped = BTreeSet::new();
        loop {
            let new: Vec<i32> = below()
                .into_iter()
                .filter(|pid| !stopped.contains(pid))
                .collect();
            if new.is_empty() || begun.elapsed() > patience {
                break;
            }
            for pid in new {
                signal(pid, libc::SIGSTOP);
                stopped.insert(pid);
            }
        }
        for pid in stopped {
            signal(pid, libc::SIGKILL);
        }
        if reap() {
            return true;
        }
        if begun.elapsed() > patience {
            return false;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// To a process that the kernel listed below this one; an unreaped one keeps its number.
fn signal(pid: i32, signal: i32) {
    // SAFETY: takes no pointers.
    unsafe {
        libc::kill(pid, signal);
    }
}

/// Reaps what has ended. True if nothing is left.
pub(crate) fn reap() -> bool {
    loop {
        // SAFETY: a null status pointer is allowed.
        let pid = unsafe { libc::waitpid(-1, std::ptr::null_mut(), libc::WNOHANG) };
        match pid {
            0 => return false,
            n if n < 0 => return true,
            _ => {}
        }
    }
}

/// Processor time of all reaped children, and theirs.
pub(crate) fn processor_time() -> Duration {
    // SAFETY: an all-zero rusage is valid, and the call fills it.
    let used = unsafe {
        let mut used: libc::rusage = std::mem::zeroed();
        libc::getrusage(libc::RUSAGE_CHILDREN, &raw mut used);
        used
    };
    let of = |time: libc::timeval| {
        Duration::from_secs(time.tv_sec.max(0) as u64)
            + Duration::from_micros(time.tv_usec.max(0) as u64)
    };
    of(used.ru_utime) + of(used.ru_stime)
}

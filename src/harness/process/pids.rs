//! A control group that bounds how many processes a project's command may have, where the system lets us make one: the
//! kernel holds it against root, too, which it does not do with RLIMIT_NPROC. Never bounds anything else; where no group
//! can be made the supervisor's looking is all there is.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// A group of our own. Goes once nothing is in it.
#[derive(Debug)]
pub(crate) struct PidsGroup {
    folder: PathBuf,
    parent: PathBuf,
}

/// Our own thread and those that read what a command prints.
const OWN: u64 = 4;

impl PidsGroup {
    /// Puts this process, and with it what it starts, into a group of at most `most` processes and threads besides itself.
    /// `None` where none can be made or none is needed. Before anything is timed: entering takes the kernel milliseconds.
    pub(crate) fn enter(most: u64) -> Option<Self> {
        if !rustix::process::geteuid().is_root() {
            return None;
        }
        let own = fs::read_to_string("/proc/self/cgroup").ok()?;
        let parent = places(&own).into_iter().find(|place| bounds(place))?;
        forget(&parent);
        let group = Self {
            folder: parent.join(format!("lessonl-{}", std::process::id())),
            parent,
        };
        fs::create_dir(&group.folder).ok()?;
        // Whoever cannot set it has a group without a bound: dropping it removes that.
        fs::write(group.folder.join("pids.max"), (most + OWN).to_string()).ok()?;
        fs::write(group.folder.join("cgroup.procs"), "0").ok()?;
        Some(group)
    }

    /// Whether the bound stopped something.
    pub(crate) fn held(&self) -> bool {
        let events = fs::read_to_string(self.folder.join("pids.events")).unwrap_or_default();
        let times = events
            .split_whitespace()
            .skip_while(|word| *word != "max")
            .nth(1);
        times.is_some_and(|times| times != "0")
    }
}

impl Drop for PidsGroup {
    fn drop(&mut self) {
        // Where this fails the group is not empty, and stays.
        let _ = fs::write(self.parent.join("cgroup.procs"), "0");
        // Whatever is still ending in it is waited for a little; one that stays is removed by the next.
        for _ in 0..50 {
            match fs::remove_dir(&self.folder) {
                Err(error) if error.kind() == io::ErrorKind::ResourceBusy => {
                    std::thread::sleep(std::time::Duration::from_millis(2));
                }
                _ => return,
            }
        }
    }
}

/// The folders of this process's groups that may bound processes, from `/proc/self/cgroup`: of version 1, of version 2.
fn places(own: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for line in own.lines() {
        let mut parts = line.splitn(3, ':');
        let (Some(_), Some(kinds), Some(path)) = (parts.next(), parts.next(), parts.next()) else {
            continue;
        };
        let path = path.trim_start_matches('/');
        if kinds.split(',').any(|kind| kind == "pids") {
            found.push(Path::new("/sys/fs/cgroup/pids").join(path));
        } else if kinds.is_empty() {
            found.push(Path::new("/sys/fs/cgroup").join(path));
        }
    }
    found
}

/// Whether groups below it get a bound of processes: always in version 1, else where it is handed down.
fn bounds(place: &Path) -> bool {
    match fs::read_to_string(place.join("cgroup.subtree_control")) {
        Ok(kinds) => kinds.split_whitespace().any(|kind| kind == "pids"),
        Err(_) => place.starts_with("/sys/fs/cgroup/pids") && place.join("cgroup.procs").exists(),
    }
}

/// Removes groups of supervisors that are gone.
fn forget(parent: &Path) {
    for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let number = name.to_str().and_then(|name| name.strip_prefix("lessonl-"));
        if number.is_some_and(|number| !Path::new("/proc").join(number).exists()) {
            // Busy means that something is in it after all.
            let _ = fs::remove_dir(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_versions_of_groups_are_found_by_what_the_kernel_says() {
        let own = "9:name=systemd:/a\n8:pids,cpu:/b/c\n4:memory:/d\n0::/e\n";
        assert_eq!(
            places(own),
            [
                PathBuf::from("/sys/fs/cgroup/pids/b/c"),
                PathBuf::from("/sys/fs/cgroup/e")
            ]
        );
        assert!(!bounds(Path::new("/proc")));
    }
}

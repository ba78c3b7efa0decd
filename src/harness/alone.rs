//! Whether this process has its machine to itself: all of its cores, no quota, and nobody else at work. It is looked at,
//! since whoever asked for a whole machine may not have got it. Never changes anything.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use super::calibration::cores;

/// Others that use more of a core than this disturb the timing.
const DISTURBS: f64 = 0.02;
/// Most of them that are named.
const NAMED: usize = 3;
/// Shortest time over which shares of a core are told from the clock's ticks.
const SHORTEST: Duration = Duration::from_millis(500);

/// What a process has used so far.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Used {
    parent: u32,
    name: String,
    /// Of the kernel's clock.
    ticks: u64,
}

/// All processes that are seen, by number; the kernel's own threads left out.
type Processes = BTreeMap<u32, Used>;

/// Looks again and again at what others use.
#[derive(Debug)]
pub struct Neighbours {
    before: Processes,
    at: Instant,
}

impl Default for Neighbours {
    fn default() -> Self {
        Self {
            before: processes(),
            at: Instant::now(),
        }
    }
}

impl Neighbours {
    /// What keeps this process from having the machine to itself, in a sentence: as far as it was seen since the last
    /// look. `None`: nothing does, or the last look was too short ago to say.
    pub fn look(&mut self) -> Option<Option<String>> {
        let since = self.at.elapsed();
        if since < SHORTEST {
            return None;
        }
        let now = processes();
        let ticks = rustix::param::clock_ticks_per_second() as f64;
        let others = others(&self.before, &now, std::process::id());
        let shares = others.into_iter().map(|(name, used)| {
            let share = used as f64 / ticks / since.as_secs_f64();
            (name, share)
        });
        let told = sentence(cores().len(), online(), quota(), shares.collect());
        self.before = now;
        self.at = Instant::now();
        Some(told)
    }
}

/// What is not as it is on a machine of one's own, in a sentence.
fn sentence(
    usable: usize,
    online: Option<usize>,
    quota: Option<f64>,
    mut others: Vec<(String, f64)>,
) -> Option<String> {
    let mut found = Vec::new();
    // One thread of every core is all of them.
    if let Some(online) = online.filter(|online| usable * 2 < *online) {
        found.push(format!("only {usable} of {online} cores may be used"));
    }
    if let Some(quota) = quota.filter(|quota| *quota < usable as f64) {
        found.push(format!("processor time is limited to {quota:.1} cores"));
    }
    others.retain(|(_, share)| *share > DISTURBS);
    others.sort_by(|a, b| b.1.total_cmp(&a.1));
    if !others.is_empty() {
        let named = others.iter().take(NAMED);
        let named: Vec<String> = named
            .map(|(name, share)| format!("{name} {:.0} %", share * 100.0))
            .collect();
        let more = match others.len().saturating_sub(NAMED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        found.push(format!("others use of a core: {}{more}", named.join(", ")));
    }
    (!found.is_empty()).then(|| found.join("; "))
}

/// What processes used between two looks that are neither `own`, nor below it, nor above it.
fn others(before: &Processes, now: &Processes, own: u32) -> Vec<(String, u64)> {
    let chain = |from: u32| {
        let mut chain = vec![from];
        while let Some(used) = chain.last().and_then(|pid| now.get(pid)) {
            // A parent that is above itself was seen in two halves.
            if used.parent == 0 || chain.contains(&used.parent) {
                break;
            }
            chain.push(used.parent);
        }
        chain
    };
    let above = chain(own);
    let foreign = now
        .iter()
        .filter(|(pid, _)| !above.contains(pid) && !chain(**pid).contains(&own));
    foreign
        .filter_map(|(pid, used)| {
            let known = before.get(pid).filter(|known| known.name == used.name);
            let used_before = known.map_or(0, |known| known.ticks);
            let since = used.ticks.saturating_sub(used_before);
            (since > 0).then(|| (used.name.clone(), since))
        })
        .collect()
}

fn processes() -> Processes {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let numbers = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    numbers
        .filter_map(|pid| {
            let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
            Some((pid, read(&text)?))
        })
        .collect()
}

/// A line of `/proc/N/stat`; none for a thread of the kernel. The name may hold anything, also brackets and blanks.
fn read(text: &str) -> Option<Used> {
    const KERNEL: u64 = 0x0020_0000;
    let (begin, end) = (text.find('(')?, text.rfind(')')?);
    let name = text.get(begin + 1..end)?;
    let fields: Vec<&str> = text.get(end + 1..)?.split_whitespace().collect();
    let number = |at: usize| fields.get(at)?.parse::<u64>().ok();
    if number(6)? & KERNEL != 0 {
        return None;
    }
    Some(Used {
        parent: u32::try_from(number(1)?).ok()?,
        name: name.chars().filter(|c| !c.is_control()).take(32).collect(),
        ticks: number(11)?.saturating_add(number(12)?),
    })
}

/// Processors that are switched on.
fn online() -> Option<usize> {
    counted(&fs::read_to_string("/sys/devices/system/cpu/online").ok()?)
}

/// How many numbers `0-3,8` names.
fn counted(text: &str) -> Option<usize> {
    text.trim().split(',').try_fold(0, |sum, part| {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last): (usize, usize) = (first.parse().ok()?, last.parse().ok()?);
        Some(sum + last.checked_sub(first)? + 1)
    })
}

/// Cores' worth of time that this process's groups are limited to, if they are.
fn quota() -> Option<f64> {
    let text = fs::read_to_string("/proc/self/cgroup").ok()?;
    let own = text.lines().find_map(|line| line.strip_prefix("0::"))?;
    let root = Path::new("/sys/fs/cgroup");
    let folder = root.join(own.trim_start_matches('/'));
    let limits = folder.ancestors().take_while(|at| at.starts_with(root));
    limits
        .filter_map(|at| limit(&fs::read_to_string(at.join("cpu.max")).ok()?))
        .reduce(f64::min)
}

/// `cpu.max`: microseconds of every so many, or `max`.
fn limit(text: &str) -> Option<f64> {
    let (quota, period) = text.trim().split_once(' ')?;
    let (quota, period): (f64, f64) = (quota.parse().ok()?, period.parse().ok()?);
    (period > 0.0).then_some(quota / period)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at_work(list: &[(u32, u32, &str, u64)]) -> Processes {
        let used = |(pid, parent, name, ticks): &(u32, u32, &str, u64)| {
            let name = (*name).to_owned();
            let (parent, ticks) = (*parent, *ticks);
            (
                *pid,
                Used {
                    parent,
                    name,
                    ticks,
                },
            )
        };
        list.iter().map(used).collect()
    }

    #[test]
    fn whoever_is_not_of_our_family_is_another() {
        let before = at_work(&[
            (1, 0, "init", 10),
            (5, 1, "slurmd", 10),
            (6, 5, "stepd", 10),
            (7, 6, "lessonl", 10),
            (8, 7, "cc1plus", 10),
            (20, 5, "stepd", 10),
            (21, 20, "solver", 10),
        ]);
        let now = at_work(&[
            (1, 0, "init", 12),
            (5, 1, "slurmd", 50),
            (6, 5, "stepd", 60),
            (7, 6, "lessonl", 70),
            (9, 8, "runner", 90),
            (8, 7, "cc1plus", 80),
            (20, 5, "stepd", 10),
            (21, 20, "solver", 110),
            (22, 20, "late", 7),
        ]);
        let mut found = others(&before, &now, 7);
        found.sort();
        let expected = [("late".to_owned(), 7), ("solver".to_owned(), 100)];
        assert_eq!(found, expected);
        // a number that another program has now begins anew
        let before = at_work(&[(7, 1, "lessonl", 0), (9, 1, "old", 900)]);
        let now = at_work(&[(7, 1, "lessonl", 0), (9, 1, "new", 3)]);
        assert_eq!(others(&before, &now, 7), [("new".to_owned(), 3)]);
        // parents that go round in a circle are not followed for ever
        let circle = at_work(&[(7, 1, "lessonl", 0), (3, 4, "a", 1), (4, 3, "b", 1)]);
        assert_eq!(others(&Processes::new(), &circle, 7).len(), 2);
    }

    #[test]
    fn what_is_wrong_is_said_in_a_sentence_and_nothing_else() {
        let busy = |list: &[(&str, f64)]| {
            let one = |(name, share): &(&str, f64)| ((*name).to_owned(), *share);
            list.iter().map(one).collect::<Vec<_>>()
        };
        assert_eq!(
            sentence(64, Some(64), None, busy(&[("crond", 0.019)])),
            None
        );
        // one thread of each core
        assert_eq!(sentence(32, Some(64), Some(32.0), busy(&[])), None);
        assert_eq!(sentence(4, None, None, busy(&[])), None);
        let told = sentence(
            2,
            Some(64),
            Some(1.5),
            busy(&[("a", 0.03), ("solver", 0.99), ("b", 0.05), ("c", 0.04)]),
        );
        assert_eq!(
            told.unwrap(),
            "only 2 of 64 cores may be used; processor time is limited to 1.5 cores; others use of a core: solver 99 %, b 5 %, c 4 % and 1 more"
        );
    }

    #[test]
    fn the_kernels_words_are_read() {
        let line = "42 (a) b (c) S 7 42 42 0 -1 4194304 1 2 3 4 150 25 0 0 20 0 1 0 99 1 1";
        let expected = Used {
            parent: 7,
            name: "a) b (c".to_owned(),
            ticks: 175,
        };
        assert_eq!(read(line), Some(expected));
        let kernel = "9 (kworker/0:1) I 2 0 0 0 -1 69238880 0 0 0 0 0 44 0 0 20 0 1 0 9 0 0";
        assert_eq!(read(kernel), None);
        assert_eq!(read("torn (x"), None);
        assert_eq!(counted("0-3,8\n"), Some(5));
        assert_eq!(counted("x"), None);
        assert_eq!(limit("150000 100000\n"), Some(1.5));
        assert_eq!(limit("max 100000\n"), None);
        assert!(processes().contains_key(&std::process::id()));
    }
}

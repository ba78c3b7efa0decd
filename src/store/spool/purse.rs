//! Money for all machines that work on a comparison. It lies in shares: a share is an empty file whose name says what it
//! is worth, and whoever renames it has it. Every share has one owner at any time, so that all of them together never
//! spend more, whoever dies. What an attempt does not use goes back when it ends; what one that died had is given back
//! only when somebody has looked that nobody works on. Never asks what anything costs.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::domain::block::BlockId;
use crate::domain::id::RunId;
use crate::domain::units::Cost;

/// In how many shares a sum is laid out, at most.
const SHARES: u64 = 1000;

/// The money that one attempt, or one process, may spend.
#[derive(Debug)]
pub struct Purse {
    /// Where shares are taken from; `None`: there is nothing but what is in it.
    bank: Option<Bank>,
    inside: Mutex<Inside>,
    /// Whether there was no money for the question that was last looked at.
    short: AtomicBool,
}

#[derive(Debug)]
struct Bank {
    folder: PathBuf,
    owner: String,
}

#[derive(Debug, Default)]
struct Inside {
    /// File names of shares as they were free, and their worth.
    shares: Vec<(String, Cost)>,
    /// What each run may have spent by now, at most.
    wanted: BTreeMap<RunId, Cost>,
}

fn sum(costs: impl Iterator<Item = Cost>) -> Cost {
    costs.fold(Cost(0), |mut sum, cost| {
        sum += cost;
        sum
    })
}

impl Inside {
    fn worth(&self) -> Cost {
        sum(self.shares.iter().map(|(_, worth)| *worth))
    }

    fn wanted(&self) -> Cost {
        sum(self.wanted.values().copied())
    }
}

impl Purse {
    /// For a process that works alone: so much and no more.
    pub fn of_process(left: Cost) -> Self {
        Self {
            bank: None,
            inside: Mutex::new(Inside {
                shares: vec![(String::new(), left)],
                wanted: BTreeMap::new(),
            }),
            short: AtomicBool::new(false),
        }
    }

    /// For an attempt on a block; nothing is in it yet.
    pub fn of_attempt(spool: &Path, block: BlockId, attempt: u32) -> Self {
        Self {
            bank: Some(Bank {
                folder: folder(spool),
                owner: owner(block, attempt),
            }),
            inside: Mutex::default(),
            short: AtomicBool::new(false),
        }
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a run may have spent so much by now, which may be less than before; further shares are taken for it.
    pub fn covers(&self, run: &RunId, most: Cost) -> bool {
        let mut inside = self.inside();
        let before = inside.wanted.insert(run.clone(), most);
        let needed = inside.wanted();
        let covered = inside.worth() >= needed
            || self.bank.as_ref().is_some_and(|bank| {
                bank.take(&mut inside.shares, needed);
                inside.worth() >= needed
            });
        self.short.store(!covered, Ordering::Relaxed);
        if !covered {
            match before {
                Some(before) => inside.wanted.insert(run.clone(), before),
                None => inside.wanted.remove(run),
            };
        }
        covered
    }

    /// A run has ended after it spent so much.
    pub fn settled(&self, run: &RunId, spent: Cost) {
        self.inside().wanted.insert(run.clone(), spent);
    }

    /// Whether there was no money for the question that was last looked at.
    pub fn is_short(&self) -> bool {
        self.short.load(Ordering::Relaxed)
    }
}

impl Drop for Purse {
    fn drop(&mut self) {
        let inside = self
            .inside
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner);
        let surplus = inside.worth().less(inside.wanted());
        if let Some(bank) = &self.bank
            && let Err(error) = bank.give_back(&inside.shares, surplus)
        {
            tracing::warn!(%error, "shares could not be given back");
        }
    }
}

impl Bank {
    fn free(&self) -> PathBuf {
        self.folder.join("free")
    }

    fn taken(&self, name: &str) -> PathBuf {
        self.folder
            .join("taken")
            .join(format!("{name}-{}", self.owner))
    }

    /// Takes free shares until they are worth `needed`, or none is left.
    fn take(&self, shares: &mut Vec<(String, Cost)>, needed: Cost) {
        let mut worth = sum(shares.iter().map(|(_, worth)| *worth));
        let mut names: Vec<(String, Cost)> = listed(&self.free());
        // Many that begin at once should not all try the same one.
        fastrand::shuffle(&mut names);
        for (name, of) in names {
            if worth >= needed {
                return;
            }
            // Whoever comes too late finds nothing to rename.
            if fs::rename(self.free().join(&name), self.taken(&name)).is_ok() {
                worth += of;
                shares.push((name, of));
            }
        }
    }

    /// Gives back what is worth `surplus` of one's shares, the last of them in two parts. Nothing lies in two places at
    /// any moment: where this is cut off, a part is lost.
    fn give_back(&self, shares: &[(String, Cost)], mut surplus: Cost) -> io::Result<()> {
        for (name, worth) in shares {
            if surplus == Cost(0) {
                break;
            }
            if *worth <= surplus {
                fs::rename(self.taken(name), self.free().join(name))?;
                surplus = surplus.less(*worth);
                continue;
            }
            let stem = name.split('-').next().unwrap_or(name);
            let kept = format!("{stem}-{}", worth.less(surplus).0);
            fs::rename(self.taken(name), self.taken(&kept))?;
            let back = format!("r{:016x}-{}", fastrand::u64(..), surplus.0);
            File::create_new(self.free().join(back))?;
            surplus = Cost(0);
        }
        Ok(())
    }
}

fn folder(spool: &Path) -> PathBuf {
    spool.join("budget")
}

fn owner(block: BlockId, attempt: u32) -> String {
    format!("{block}-a{attempt}")
}

/// The shares of a folder by name, with what each is worth.
fn listed(folder: &Path) -> Vec<(String, Cost)> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    names
        .filter_map(|name| {
            let worth = name.split('-').nth(1)?.parse().ok()?;
            Some((name, Cost(worth)))
        })
        .collect()
}

/// Raises the money for all machines to `total`; a smaller sum changes nothing. Written down before it is laid out: where
/// that is cut off, less is laid out, never more.
///
/// # Errors
/// If it cannot be written.
pub fn allot(spool: &Path, total: Cost) -> io::Result<()> {
    let folder = folder(spool);
    for part in ["free", "taken"] {
        super::private(&folder.join(part))?;
    }
    let before = allotted(spool).unwrap_or_default();
    let more = total.less(before);
    if more == Cost(0) {
        return Ok(());
    }
    super::write_whole(&folder.join("total"), total.0.to_string().as_bytes())?;
    let shares = SHARES.min(more.0);
    for number in 0..shares {
        let rest = u64::from(number < more.0 % shares);
        let worth = more.0 / shares + rest;
        let name = format!("s{}x{number:04}-{worth}", total.0);
        File::create_new(folder.join("free").join(name))?;
    }
    Ok(())
}

/// The money for all machines together, if there is a limit.
pub fn allotted(spool: &Path) -> Option<Cost> {
    let text = fs::read_to_string(folder(spool).join("total")).ok()?;
    text.trim().parse().ok().map(Cost)
}

/// What nobody has taken.
pub fn free(spool: &Path) -> Cost {
    let shares = listed(&folder(spool).join("free"));
    sum(shares.into_iter().map(|(_, worth)| worth))
}

/// Gives back what an attempt that died had and did not spend. `spent` includes what was under way: that may have been paid
/// for.
///
/// # Errors
/// If a share cannot be renamed.
pub fn reclaim(spool: &Path, block: BlockId, attempt: u32, spent: Cost) -> io::Result<()> {
    let bank = Bank {
        folder: folder(spool),
        owner: owner(block, attempt),
    };
    let own = format!("-{}", bank.owner);
    let shares: Vec<(String, Cost)> = listed(&bank.folder.join("taken"))
        .into_iter()
        .filter_map(|(name, worth)| Some((name.strip_suffix(&own)?.to_owned(), worth)))
        .collect();
    let surplus = sum(shares.iter().map(|(_, worth)| *worth)).less(spent);
    bank.give_back(&shares, surplus)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(name: &str) -> RunId {
        RunId::new(name).unwrap()
    }

    /// What lies free and what is taken.
    fn all(spool: &Path) -> (u64, u64) {
        let taken = listed(&folder(spool).join("taken"));
        let taken = sum(taken.into_iter().map(|(_, worth)| worth));
        (free(spool).0, taken.0)
    }

    fn purse(spool: &Path, block: u32) -> Purse {
        Purse::of_attempt(spool, BlockId(block), 1)
    }

    #[test]
    fn what_is_not_spent_goes_back_to_the_last_trillionth() {
        let spool = tempfile::tempdir().unwrap();
        let spool = spool.path();
        assert_eq!(allotted(spool), None);
        allot(spool, Cost(100_037)).unwrap();
        assert_eq!(
            (allotted(spool), all(spool)),
            (Some(Cost(100_037)), (100_037, 0))
        );
        {
            let purse = purse(spool, 7);
            assert!(purse.covers(&run("a"), Cost(1_234)) && purse.covers(&run("b"), Cost(50_000)));
            assert!(!purse.is_short());
            purse.settled(&run("a"), Cost(1_111));
            purse.settled(&run("b"), Cost(40_001));
        }
        assert_eq!(all(spool), (100_037 - 41_112, 41_112));
        // the rest is spent to the end, and no more than the rest
        {
            let purse = purse(spool, 8);
            assert!(purse.covers(&run("c"), Cost(100_037 - 41_112)));
            assert!(!purse.covers(&run("d"), Cost(1)) && purse.is_short());
        }
        assert_eq!(all(spool), (0, 100_037));
        allot(spool, Cost(50)).unwrap();
        allot(spool, Cost(100_040)).unwrap();
        assert_eq!(all(spool), (3, 100_037));
    }

    #[test]
    fn what_a_dead_one_had_comes_back_when_somebody_says_so() {
        let spool = tempfile::tempdir().unwrap();
        let spool = spool.path();
        allot(spool, Cost(1_000_000)).unwrap();
        let dead = purse(spool, 3);
        assert!(dead.covers(&run("a"), Cost(300_500)));
        std::mem::forget(dead);
        assert_eq!(all(spool), (699_000, 301_000));
        reclaim(spool, BlockId(4), 1, Cost(0)).unwrap();
        assert_eq!(all(spool), (699_000, 301_000));
        reclaim(spool, BlockId(3), 1, Cost(100_250)).unwrap();
        assert_eq!(all(spool), (899_750, 100_250));
    }

    #[test]
    fn ten_dollars_over_fifty_blocks_are_never_eleven_whoever_dies() {
        let spool = tempfile::tempdir().unwrap();
        let spool = spool.path();
        const TEN: u64 = 10_000_000_000_000;
        allot(spool, Cost(TEN)).unwrap();
        let spent = std::sync::atomic::AtomicU64::new(0);
        let work = |block: u32| {
            let mut luck = fastrand::Rng::with_seed(u64::from(block));
            let purse = purse(spool, block);
            let (mut own, id) = (0, run("r"));
            for _ in 0..30 {
                let most = luck.u64(1..60_000_000_000);
                if !purse.covers(&id, Cost(own + most)) {
                    break;
                }
                let paid = luck.u64(0..=most);
                own += paid;
                spent.fetch_add(paid, Ordering::Relaxed);
                if luck.u32(0..40) == 0 {
                    // killed: nothing is given back
                    return std::mem::forget(purse);
                }
            }
            purse.settled(&id, Cost(own));
        };
        std::thread::scope(|scope| {
            for thread in 0..10 {
                scope.spawn(move || (0..5).for_each(|n| work(thread * 5 + n)));
            }
        });
        let spent = spent.into_inner();
        assert!(spent <= TEN && spent > TEN / 2, "{spent}");
        let (free, taken) = all(spool);
        assert_eq!(free + taken, TEN);
        assert!(taken >= spent, "{taken} {spent}");
    }
}

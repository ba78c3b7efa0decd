//! What is shipped to another machine: a block is one problem in one repeat with all strategies, so that whatever is
//! compared was measured on the same machine. Attempts on a block follow each other; of two that tell different stories
//! the later one is believed, from where it began on. Pure; never reads a file.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::comparison::{CellId, GridCell};
use super::event::Envelope;
use super::id::{BadId, RunId};

/// A block, by its position in the order in which blocks run (from 0): written `b0041`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BlockId(pub u32);

impl fmt::Display for BlockId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "b{:04}", self.0)
    }
}

/// One problem in one repeat, all strategies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// Which.
    pub id: BlockId,
    /// Its problem, by position in the units of the comparison.
    pub problem: u16,
    /// Its repeat, from 0.
    pub repeat: u16,
    /// Its cells, in the order they begin.
    pub cells: Vec<CellId>,
}

/// The blocks of a comparison, in the order of their first cells.
pub fn blocks(cells: &[GridCell]) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut places: BTreeMap<(u16, u16), usize> = BTreeMap::new();
    for (cell, id) in cells.iter().zip((0..).map(CellId)) {
        let place = *places
            .entry((cell.problem, cell.repeat))
            .or_insert_with(|| {
                blocks.push(Block {
                    id: BlockId(u32::try_from(blocks.len()).unwrap_or(u32::MAX)),
                    problem: cell.problem,
                    repeat: cell.repeat,
                    cells: Vec::new(),
                });
                blocks.len() - 1
            });
        blocks[place].cells.push(id);
    }
    blocks
}

/// A part of the blocks: every `of`-th, beginning with the `number`-th, from 1. Written `7/40`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Slice {
    /// Which, from 1.
    pub number: u32,
    /// Of how many.
    pub of: u32,
}

impl Slice {
    /// Whether the block is in it.
    pub fn has(self, block: BlockId) -> bool {
        block.0 % self.of == self.number - 1
    }
}

impl fmt::Display for Slice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}

impl FromStr for Slice {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        let parts = text.split_once('/').and_then(|(number, of)| {
            Some(Self {
                number: number.parse().ok()?,
                of: of.parse().ok()?,
            })
        });
        parts
            .filter(|slice| (1..=slice.of).contains(&slice.number))
            .ok_or_else(|| BadId {
                text: text.to_owned(),
                what: "slice like 7/40",
            })
    }
}

/// How many parts a scheduler is given: one per block, no more than it takes.
pub fn parts(blocks: usize, most: u32) -> u32 {
    u32::try_from(blocks)
        .unwrap_or(u32::MAX)
        .clamp(1, most.max(1))
}

/// What an attempt built on, of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Follows {
    /// The attempt whose facts it read; 0: none.
    pub attempt: u32,
    /// How many facts of the run it read; its own begin with this number.
    pub known: u64,
}

/// An attempt on a block, as far as it can be read.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct BlockAttempt {
    /// From 1, in the order in which they began.
    pub number: u32,
    /// What it built on; `None` while it has not said so.
    pub follows: Option<BTreeMap<RunId, Follows>>,
    /// Its own facts by run, in order.
    pub facts: BTreeMap<RunId, Vec<Envelope>>,
}

/// Which attempt's facts of a run are believed, and up to which number (not included); the latest attempt first.
/// Attempts must be sorted by number.
fn chain(attempts: &[BlockAttempt], run: &RunId) -> Vec<(usize, u64)> {
    let mut chain = Vec::new();
    let mut limit = u64::MAX;
    let mut below = u32::MAX;
    let mut wanted = None;
    for (at, attempt) in attempts.iter().enumerate().rev() {
        if attempt.number >= below || wanted.is_some_and(|wanted| attempt.number != wanted) {
            continue;
        }
        let Some(follows) = attempt.follows.as_ref().and_then(|all| all.get(run)) else {
            continue;
        };
        chain.push((at, limit));
        limit = limit.min(follows.known);
        below = attempt.number;
        wanted = Some(follows.attempt);
        if follows.attempt == 0 || limit == 0 {
            break;
        }
    }
    chain
}

/// The facts of a run that are believed, in order and without a gap: what the latest attempt tells, after what it built on.
/// What an earlier attempt tells beyond that was never seen by the later one: a node that was only thought dead.
pub fn believed(attempts: &[BlockAttempt], run: &RunId) -> Vec<Envelope> {
    let mut facts: Vec<Envelope> = Vec::new();
    for (at, limit) in chain(attempts, run).into_iter().rev() {
        let own = attempts[at].facts.get(run).map_or(&[][..], Vec::as_slice);
        for fact in own.iter().filter(|fact| fact.seq < limit) {
            if fact.seq == facts.len() as u64 {
                facts.push(fact.clone());
            }
        }
    }
    facts
}

/// The attempt that a later one has to build on for this run, with the number of facts that are believed so far.
pub fn follows(attempts: &[BlockAttempt], run: &RunId) -> Follows {
    Follows {
        attempt: chain(attempts, run)
            .first()
            .map_or(0, |(at, _)| attempts[*at].number),
        known: believed(attempts, run).len() as u64,
    }
}

/// How many facts of the attempts are not believed.
pub fn fenced(attempts: &[BlockAttempt], run: &RunId) -> usize {
    let all: usize = attempts
        .iter()
        .filter_map(|attempt| attempt.facts.get(run))
        .map(Vec::len)
        .sum();
    all.saturating_sub(believed(attempts, run).len())
}

/// Whether facts may be taken for good: not while an attempt has begun that has not said what it builds on, since what
/// the one before it tells may be beyond that.
pub fn is_settled(attempts: &[BlockAttempt]) -> bool {
    attempts.last().is_none_or(|last| last.follows.is_some())
}

/// How many of the latest attempts, one after the other, told nothing at all. Those up to number `forgiven` do not count:
/// a person has looked at them since.
pub fn in_vain(attempts: &[BlockAttempt], forgiven: u32) -> usize {
    attempts
        .iter()
        .rev()
        .take_while(|attempt| {
            attempt.number > forgiven && attempt.facts.values().all(Vec::is_empty)
        })
        .count()
}

/// On which machines the blocks of a comparison may run.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClassRule {
    /// All on machines like the one that begins first.
    #[default]
    First,
    /// Each on whatever machine, but all of it there or on machines like that.
    Any,
    /// On machines of this class.
    Named(String),
}

/// Whether a machine of class `ours` may work on a block: `first` is the class that is bound for the comparison, `block`
/// the one on which the block began.
pub fn may_work(rule: &ClassRule, first: Option<&str>, block: Option<&str>, ours: &str) -> bool {
    let whole = match rule {
        ClassRule::First => first.is_none_or(|first| first == ours),
        ClassRule::Any => true,
        ClassRule::Named(name) => name == ours,
    };
    whole && block.is_none_or(|block| block == ours)
}

/// What is known of a job when it is told to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JobState {
    /// Whether blocks are left.
    pub work_left: bool,
    /// Whether somebody wanted it stopped.
    pub stop_wanted: bool,
    /// Whether the scheduler ends it to make room, and queues it again by itself.
    pub preempted: bool,
    /// Whether the scheduler still counts it as running: not cancelled.
    pub running: bool,
    /// Time until its limit; `None`: not known.
    pub left: Option<Duration>,
}

/// Before its time limit a job is told this long ahead, and schedulers may be this much early.
const WARNED: Duration = Duration::from_secs(200);

/// Whether a job that is told to end has to put itself back into the queue: only at its time limit, which is the one end
/// after which no scheduler does so by itself and which nobody wanted.
pub fn requeue(standing: JobState) -> bool {
    let at_limit = standing.left.is_some_and(|left| left <= WARNED);
    standing.work_left
        && standing.running
        && !standing.stop_wanted
        && !standing.preempted
        && at_limit
}

#[cfg(test)]
mod tests;

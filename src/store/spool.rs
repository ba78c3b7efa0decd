//! A comparison's folder on a file system that several machines share: its plan, which never changes, and a file of facts
//! for every attempt on a block. Nothing here depends on locks: a folder is made by one alone, a file is appended to by one
//! alone, and readers believe the later of two attempts. Never writes a database.

use std::collections::BTreeMap;
use std::fs::{self, DirBuilder, File};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use super::StoreError;
use crate::domain::block::{self, Block, BlockId, ClassRule, Follows};
use crate::domain::comparison::{Comparison, ComparisonEnvelope, ComparisonFact, ComparisonSpec};
use crate::domain::event::{Envelope, FACT_VERSION};
use crate::domain::id::RunId;
use crate::domain::units::Nanos;

mod attempt;
pub mod crew;
pub mod orders;
pub mod purse;
mod recheck;

pub use attempt::{Attempt, spawn_writer};
use purse::Purse;

/// Version of the plan's form. A reader refuses a newer one.
pub const PLAN_VERSION: u16 = 1;
/// Largest plan that is read, bytes.
const LARGEST_PLAN: u64 = 256 << 20;
/// Longest line of a file of facts, bytes: an answer and its prompt are bounded far below.
const LONGEST: usize = 64 << 20;
/// After so long without a word an attempt is taken to have died before it read anything.
const STILLBORN: Duration = Duration::from_secs(600);

/// What all machines that work on a comparison have to know. Written once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// [`PLAN_VERSION`] of the writer.
    pub v: u16,
    /// The comparison's first fact: its name, when it began, and all that defines it.
    pub started: ComparisonEnvelope,
    /// In how many parts its blocks are given out.
    pub parts: u32,
    /// Cells in flight on a machine.
    pub cells: u16,
    /// On which machines it may run.
    #[serde(default)]
    pub class: ClassRule,
    /// The prompt templates that are not the built-in ones.
    #[serde(default)]
    pub prompts: BTreeMap<String, String>,
    /// The compiler, if it is named.
    #[serde(default)]
    pub compiler: Option<String>,
    /// How long a run waits while nobody is answered.
    pub patience: Nanos,
    /// Whether candidates run without containment, by explicit wish.
    #[serde(default)]
    pub unsafe_no_sandbox: bool,
    /// The cluster of the settings it was given to; `None`: slices.
    #[serde(default)]
    pub cluster: Option<String>,
}

impl Plan {
    /// What defines the comparison; `None` if its first fact is another one.
    pub fn spec(&self) -> Option<&ComparisonSpec> {
        match &self.started.fact {
            ComparisonFact::Started { spec } => Some(spec),
            _ => None,
        }
    }
}

/// Who makes an attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opening {
    /// The machine's name.
    pub host: String,
    /// Its class.
    pub class: String,
    /// The process.
    pub pid: u32,
    /// Hash of the plan it works by.
    pub plan: String,
    /// Why the machine was not its alone, if that was seen when it began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shared: Option<String>,
    /// What it builds on, for every run of the block.
    pub follows: BTreeMap<RunId, Follows>,
}

/// The machine that works.
#[derive(Debug, Clone, Default)]
pub struct Worker {
    /// Its name.
    pub host: String,
    /// Its class.
    pub class: String,
    /// Why it is not ours alone, if that was seen.
    pub shared: Option<String>,
}

/// A comparison's folder.
#[derive(Debug, Clone)]
pub struct Spool {
    folder: PathBuf,
    plan: Arc<Plan>,
    hash: String,
    blocks: Arc<[Block]>,
}

/// An attempt as it stands in its file.
#[derive(Debug, Clone, Default)]
pub struct Read {
    /// Its facts, and what it builds on.
    pub attempt: block::BlockAttempt,
    /// Who makes it, once that is there.
    pub opening: Option<Opening>,
    /// When its file was last written, milliseconds since 1970.
    pub changed: i64,
    /// Bytes that were read.
    offset: u64,
    /// The number of the next line.
    next: u64,
    /// Checksum of the last line.
    last: String,
    /// What is wrong with the file from here on.
    pub damaged: Option<String>,
}

fn broken(place: &Path, error: &dyn std::fmt::Display) -> StoreError {
    StoreError::new(
        format!("{}: {error}", place.display()),
        "See whether the folder is there and is yours. If its disk is full, make room: then the same command goes on.",
    )
}

fn hash(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().fold(String::new(), |mut text, byte| {
        use std::fmt::Write as _;
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn crc(bytes: &[u8]) -> String {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    format!("{:08x}", crc.sum())
}

/// Makes a folder for its owner alone.
fn private(folder: &Path) -> std::io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// Writes a file whole or not at all, for its owner alone.
pub fn write_whole(file: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let folder = file.parent().unwrap_or(Path::new("."));
    let mut whole = tempfile::NamedTempFile::new_in(folder)?;
    whole.write_all(bytes)?;
    whole.as_file().sync_all()?;
    whole.persist(file)?;
    Ok(())
}

impl Spool {
    /// Makes the folder of a comparison.
    ///
    /// # Errors
    /// If there is a plan already, or it cannot be written.
    pub fn create(folder: &Path, plan: &Plan) -> Result<Self, StoreError> {
        private(folder).map_err(|error| broken(folder, &error))?;
        let file = folder.join("plan.json");
        if file.exists() {
            return Err(StoreError::new(
                format!("{} holds a plan already", folder.display()),
                "Name a new folder, or go on with that plan: lessonl work DIR --slice 1/N.",
            ));
        }
        let text = serde_json::to_vec(plan).map_err(|error| broken(&file, &error))?;
        write_whole(&file, &text).map_err(|error| broken(&file, &error))?;
        Self::open(folder)
    }

    /// Opens it: only what nobody else may write is trusted, since a plan names commands.
    ///
    /// # Errors
    /// If there is no plan, others may write it, or a newer program wrote it.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        let folder = std::path::absolute(folder).map_err(|error| broken(folder, &error))?;
        let about = fs::metadata(&folder).map_err(|error| broken(&folder, &error))?;
        let ours = rustix::process::geteuid().as_raw();
        if about.uid() != ours || about.mode() & 0o022 != 0 {
            return Err(StoreError::new(
                format!("others may write {}", folder.display()),
                "A plan names commands that are run: the folder must be yours alone (chmod 700).",
            ));
        }
        let file = folder.join("plan.json");
        let mut bytes = Vec::new();
        File::open(&file)
            .and_then(|file| file.take(LARGEST_PLAN).read_to_end(&mut bytes))
            .map_err(|error| broken(&file, &error))?;
        let plan: Plan = serde_json::from_slice(&bytes).map_err(|error| broken(&file, &error))?;
        if plan.v > PLAN_VERSION {
            return Err(StoreError::new(
                format!("{} was written by a newer lessonl", file.display()),
                "Use that newer lessonl here as well.",
            ));
        }
        let Some(spec) = plan.spec() else {
            return Err(broken(&file, &"it does not begin a comparison"));
        };
        let blocks = block::blocks(&spec.cells).into();
        Ok(Self {
            hash: hash(&bytes),
            plan: Arc::new(plan),
            folder,
            blocks,
        })
    }

    /// Where it is.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The plan.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// SHA-256 of the plan, in hex.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// Refuses a plan that is not the one that was given out.
    ///
    /// # Errors
    /// If its hash is another one.
    pub fn expect(&self, hash: &str) -> Result<(), StoreError> {
        if self.hash.eq_ignore_ascii_case(hash.trim()) {
            return Ok(());
        }
        Err(StoreError::new(
            format!(
                "the plan in {} is not the one that was given out: its SHA-256 is {}, not {}",
                self.folder.display(),
                self.hash,
                hash.trim().escape_default()
            ),
            "A plan names commands that are run, and never changes: look who wrote it, and give the comparison out anew.",
        ))
    }

    /// The blocks, in their order.
    pub fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    /// The comparison as its plan defines it.
    pub fn comparison(&self) -> Option<Comparison> {
        Comparison::fold(std::slice::from_ref(&self.plan.started))
    }

    /// The runs of a block.
    pub fn runs(&self, block: &Block) -> Vec<RunId> {
        let id = &self.plan.started.comparison;
        let runs = block.cells.iter().map(|cell| id.run(*cell));
        runs.filter_map(Result::ok).collect()
    }

    fn of_block(&self, block: BlockId) -> PathBuf {
        // a folder of a thousand entries is quick everywhere
        let part = format!("{:02}", block.0 / 500);
        self.folder
            .join("blocks")
            .join(part)
            .join(block.to_string())
    }

    /// The attempts on a block, whatever of them was read before taken as `known`.
    ///
    /// # Errors
    /// If a file cannot be read.
    pub fn read(&self, block: BlockId, known: Vec<Read>) -> Result<Vec<Read>, StoreError> {
        let folder = self.of_block(block);
        let mut known: BTreeMap<u32, Read> = known
            .into_iter()
            .map(|read| (read.attempt.number, read))
            .collect();
        // First what earlier attempts told, then who else is there: one that begins in between has then read as much.
        for number in attempts_in(&folder).map_err(|error| broken(&folder, &error))? {
            let read = known.entry(number).or_insert_with(|| Read::begin(number));
            let file = facts_file(&folder, number);
            read.more(&file).map_err(|error| broken(&file, &error))?;
            read.keep_to(&self.hash);
        }
        for number in attempts_in(&folder).map_err(|error| broken(&folder, &error))? {
            known.entry(number).or_insert_with(|| Read::begin(number));
        }
        Ok(known.into_values().collect())
    }

    /// The class that is bound for all blocks, if one is.
    pub fn bound_class(&self) -> Option<String> {
        fs::read_to_string(self.folder.join("class")).ok()
    }

    /// Binds the class of all blocks; returns the one that is bound.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn bind_class(&self, class: &str) -> Result<String, StoreError> {
        let file = self.folder.join("class");
        if let Some(bound) = self.bound_class() {
            return Ok(bound);
        }
        let bind = || -> std::io::Result<()> {
            let mut whole = tempfile::NamedTempFile::new_in(&self.folder)?;
            whole.write_all(class.as_bytes())?;
            // A link is made by one alone, also where locks are not seen.
            match fs::hard_link(whole.path(), &file) {
                Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(error),
                _ => Ok(()),
            }
        };
        bind().map_err(|error| broken(&file, &error))?;
        fs::read_to_string(&file).map_err(|error| broken(&file, &error))
    }

    /// Begins an attempt: takes its number, reads what the others told, and says what it builds on. Returns it with the
    /// facts so far of every run.
    ///
    /// # Errors
    /// If the folder or the file cannot be written or read.
    pub fn attempt(
        &self,
        block: &Block,
        by: &Worker,
    ) -> Result<(Attempt, BTreeMap<RunId, Vec<Envelope>>), StoreError> {
        let folder = self.of_block(block.id);
        private(&folder).map_err(|error| broken(&folder, &error))?;
        let failed = |error: &std::io::Error| broken(&folder, error);
        let mut number = 1 + attempts_in(&folder)
            .map_err(|error| failed(&error))?
            .last()
            .copied()
            .unwrap_or(0);
        loop {
            let made = DirBuilder::new()
                .mode(0o700)
                .create(folder.join(format!("a{number}")));
            match made {
                Ok(()) => break,
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => number += 1,
                Err(error) => return Err(failed(&error)),
            }
        }
        let mut before = self.read(block.id, Vec::new())?;
        before.retain(|read| read.attempt.number < number);
        let attempts: Vec<block::BlockAttempt> =
            before.into_iter().map(|read| read.attempt).collect();
        let mut facts = BTreeMap::new();
        let mut follows = BTreeMap::new();
        for run in self.runs(block) {
            follows.insert(run.clone(), block::follows(&attempts, &run));
            facts.insert(run.clone(), block::believed(&attempts, &run));
        }
        let opening = Opening {
            host: by.host.clone(),
            class: by.class.clone(),
            pid: std::process::id(),
            plan: self.hash.clone(),
            shared: by.shared.clone(),
            follows,
        };
        let limited = self.plan.spec().is_some_and(|spec| spec.total.is_some());
        let purse = limited.then(|| Purse::of_attempt(&self.folder, block.id, number));
        let file = facts_file(&folder, number);
        let attempt = Attempt::open(folder.clone(), number, &file, &self.folder, &opening, purse)
            .map_err(|error| broken(&file, &error))?;
        Ok((attempt, facts))
    }

    /// Writes down that a machine is of another class than the one that is bound.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn mark_foreign(&self, host: &str) -> Result<(), StoreError> {
        let folder = self.folder.join("foreign");
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        if host.is_empty() || !host.chars().all(plain) {
            return Ok(());
        }
        private(&folder)
            .and_then(|()| write_whole(&folder.join(host), b""))
            .map_err(|error| broken(&folder, &error))
    }

    /// The machines that are known to be of another class.
    pub fn foreign(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.join("foreign"));
        let names = entries.into_iter().flatten().flatten();
        let mut names: Vec<String> = names
            .filter_map(|entry| entry.file_name().into_string().ok())
            // what is being written has a name of its own
            .filter(|name| !name.starts_with('.'))
            .collect();
        names.sort();
        names
    }

    /// The latest attempt on a block when somebody last had it gone on with: what came to nothing before is forgiven.
    pub fn forgiven(&self, block: BlockId) -> u32 {
        let file = self.of_block(block).join("forgiven");
        let text = fs::read_to_string(file).unwrap_or_default();
        text.trim().parse().unwrap_or(0)
    }

    /// Forgives the attempts on a block so far.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn forgive(&self, block: BlockId) -> Result<(), StoreError> {
        let folder = self.of_block(block);
        let failed = |error: std::io::Error| broken(&folder, &error);
        if let Some(last) = attempts_in(&folder).map_err(failed)?.last() {
            write_whole(&folder.join("forgiven"), last.to_string().as_bytes()).map_err(failed)?;
        }
        Ok(())
    }
}

fn facts_file(folder: &Path, number: u32) -> PathBuf {
    folder.join(format!("a{number}")).join("facts")
}

/// Numbers of the attempts on a block, ascending. The folder is opened anew each time: that is when network file systems
/// look whether it has changed.
fn attempts_in(folder: &Path) -> std::io::Result<Vec<u32>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut numbers = Vec::new();
    for entry in entries {
        let name = entry?.file_name();
        let number = name
            .to_str()
            .and_then(|name| name.strip_prefix('a')?.parse::<u32>().ok());
        numbers.extend(number);
    }
    numbers.sort_unstable();
    Ok(numbers)
}

/// A line of a file of facts.
#[derive(Serialize, Deserialize)]
struct Line<'a> {
    /// Attempt.
    a: u32,
    /// Number of the line, from 0.
    n: u64,
    /// CRC-32 of what follows.
    c: String,
    /// Of the first line, who makes the attempt.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    o: Option<&'a RawValue>,
    /// Of the others, the fact.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    e: Option<&'a RawValue>,
}

impl Read {
    /// How much of its file was read.
    pub fn bytes(&self) -> u64 {
        self.offset
    }

    fn begin(number: u32) -> Self {
        Self {
            attempt: block::BlockAttempt {
                number,
                ..block::BlockAttempt::default()
            },
            ..Self::default()
        }
    }

    /// Reads what has come since, up to the last whole line: a torn one is completed later or never.
    fn more(&mut self, file: &Path) -> std::io::Result<()> {
        let mut file = match File::open(file) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            file => file?,
        };
        let about = file.metadata()?;
        self.changed = about.mtime().saturating_mul(1000) + about.mtime_nsec() / 1_000_000;
        if self.damaged.is_some() || about.len() <= self.offset {
            return Ok(());
        }
        file.seek(SeekFrom::Start(self.offset))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            let Some(whole) = line.strip_suffix(b"\n") else {
                break;
            };
            if let Err(why) = self.take(whole) {
                self.damaged = Some(format!("line {}: {why}", self.next + 1));
                break;
            }
            self.offset += line.len() as u64;
        }
        Ok(())
    }

    /// Believes nothing that was made by another plan.
    fn keep_to(&mut self, plan: &str) {
        if self.opening.as_ref().is_some_and(|by| by.plan != plan) {
            self.damaged = Some("it was made by another plan".to_owned());
            self.attempt.facts.clear();
            self.attempt.follows = Some(BTreeMap::new());
        }
    }

    fn take(&mut self, line: &[u8]) -> Result<(), String> {
        if line.len() > LONGEST {
            return Err("it is too long".to_owned());
        }
        let line: Line<'_> = serde_json::from_slice(line).map_err(|error| error.to_string())?;
        // A write that a network file system has sent twice says nothing new.
        let again = line.n + 1 == self.next && line.c == self.last;
        if line.a != self.attempt.number || (line.n != self.next && !again) {
            return Err("it belongs elsewhere".to_owned());
        }
        let body = line.o.or(line.e).ok_or("there is nothing in it")?.get();
        if crc(body.as_bytes()) != line.c {
            return Err("its checksum is another one".to_owned());
        }
        if again {
            return Ok(());
        }
        let readable = |error: serde_json::Error| error.to_string();
        if line.o.is_some() {
            let opening: Opening = serde_json::from_str(body).map_err(readable)?;
            self.attempt.follows = Some(opening.follows.clone());
            self.opening = Some(opening);
            self.took(line.c);
            return Ok(());
        }
        let envelope: Envelope = serde_json::from_str(body).map_err(readable)?;
        if envelope.v > FACT_VERSION {
            return Err("a newer lessonl wrote it".to_owned());
        }
        let facts = self.attempt.facts.entry(envelope.run.clone()).or_default();
        facts.push(envelope);
        self.took(line.c);
        Ok(())
    }

    fn took(&mut self, checksum: String) {
        self.next += 1;
        self.last = checksum;
    }

    /// Whether it has begun so long ago, without a word since, that it can have read nothing.
    fn is_stillborn(&self, folder: &Path) -> bool {
        let folder = folder.join(format!("a{}", self.attempt.number));
        let made = fs::metadata(folder).and_then(|about| about.modified());
        self.attempt.follows.is_none()
            && made.is_ok_and(|at| at.elapsed().is_ok_and(|age| age > STILLBORN))
    }
}

impl Spool {
    /// The attempts whose facts may be taken for good now; `None`: one has begun that has not said yet what it builds on.
    pub fn settled(&self, block: BlockId, read: &[Read]) -> Option<Vec<block::BlockAttempt>> {
        let folder = self.of_block(block);
        let alive = read.iter().filter(|read| !read.is_stillborn(&folder));
        let attempts: Vec<block::BlockAttempt> = alive.map(|read| read.attempt.clone()).collect();
        block::is_settled(&attempts).then_some(attempts)
    }
}

#[cfg(test)]
mod tests;

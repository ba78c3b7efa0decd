//! Tries readers of hostile text and bytes on inputs made from seeds: the files of `tests/fuzz/<target>`, and what random
//! changes make of them. A reader passes if it returns, on a thread with a stack of 1 MiB. Never judges what it read.
//!
//! Every target runs for `FUZZ_SECONDS` (half a second where that is not set) from the seed `FUZZ_SEED` (a fixed one where
//! that is not set), which is printed: `FUZZ_SECONDS=1800 FUZZ_SEED=7 cargo test fuzz_ -- --nocapture`. What it finds is
//! written to a temporary file that the failure names, `fuzz-<target>-<process>`; while `FUZZ_SECONDS` is set every input is,
//! before it is tried.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Largest input, in bytes.
const LARGEST: usize = 48 << 10;
/// How often a piece is repeated at most: readers must not nest with it.
const REPEATS: usize = 4000;
const STACK: usize = 1 << 20;

/// Bytes that often matter.
const BYTES: &[u8] = b"\0\x01\x7f\x80\xff \n\r\t\"'`(){}[]<>#%\\/*,;:.=-+&|!?@$^~_0159afzAZ";
/// Numbers that often matter, as lengths and offsets in binary formats.
const NUMBERS: &[u64] = &[
    0,
    1,
    7,
    8,
    63,
    255,
    4096,
    65_535,
    0x7fff_ffff,
    0xffff_ffff,
    1 << 40,
    1 << 63,
    u64::MAX,
];

/// Where the seeds are, whichever room is built.
fn folder() -> PathBuf {
    let rooms = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    let mut folders = rooms.map(|room| room.join("tests/fuzz"));
    folders.find(|folder| folder.is_dir()).expect("tests/fuzz")
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// Tries `read` on the seeds of `target` and on what becomes of them; `words` are put in, too.
pub(crate) fn run(
    target: &'static str,
    words: &'static [&'static str],
    read: impl Fn(&[u8]) + Send + 'static,
) {
    let seeds = seeds(&folder().join(target));
    let seed = number("FUZZ_SEED").unwrap_or(1);
    let budget = number("FUZZ_SECONDS").map_or(Duration::from_millis(500), Duration::from_secs);
    let long = number("FUZZ_SECONDS").is_some();
    let work = move || {
        let mut random = fastrand::Rng::with_seed(seed);
        let begun = Instant::now();
        let (mut tried, mut slowest) = (0_u64, Duration::ZERO);
        let mut one = |input: &[u8], tried: u64| {
            if long {
                // A stack that overflows ends the process: what did it is found there afterwards.
                let _ = kept(target, input);
            }
            let started = Instant::now();
            if catch_unwind(AssertUnwindSafe(|| read(input))).is_err() {
                panic!(
                    "{target}: input {tried} of seed {seed} is in {}",
                    kept(target, input)
                );
            }
            if started.elapsed() > slowest {
                slowest = started.elapsed();
            }
        };
        for input in &seeds {
            one(input, tried);
            tried += 1;
        }
        while begun.elapsed() < budget {
            one(&made(&mut random, &seeds, words), tried);
            tried += 1;
        }
        println!(
            "{target}: {tried} inputs of seed {seed} in {:.0?}, the slowest took {slowest:.1?}",
            begun.elapsed()
        );
    };
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(work);
    if let Err(panic) = thread.expect("a thread").join() {
        std::panic::resume_unwind(panic);
    }
}

fn kept(target: &str, input: &[u8]) -> String {
    let path = std::env::temp_dir().join(format!("fuzz-{target}-{}", std::process::id()));
    match std::fs::write(&path, input) {
        Ok(()) => path.display().to_string(),
        Err(error) => error.to_string(),
    }
}

fn seeds(folder: &Path) -> Vec<Vec<u8>> {
    let entries =
        std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("a seed").path()).collect();
    paths.sort();
    assert!(!paths.is_empty(), "{} has no seeds", folder.display());
    paths
        .iter()
        .map(|path| std::fs::read(path).expect("a seed"))
        .collect()
}

/// An input: a seed after some changes.
fn made(random: &mut fastrand::Rng, seeds: &[Vec<u8>], words: &[&str]) -> Vec<u8> {
    let mut input = seeds[random.usize(..seeds.len())].clone();
    for _ in 0..1 + random.usize(..6) {
        change(&mut input, random, seeds, words);
        input.truncate(LARGEST);
    }
    input
}

/// A part of a text: often short, sometimes all there is from a place on.
fn part(random: &mut fastrand::Rng, length: usize) -> std::ops::Range<usize> {
    let start = random.usize(..=length);
    let most = match random.u8(..8) {
        0 => length - start,
        1..=3 => (length - start).min(64),
        _ => (length - start).min(8),
    };
    start..start + random.usize(..=most)
}

fn change(input: &mut Vec<u8>, random: &mut fastrand::Rng, seeds: &[Vec<u8>], words: &[&str]) {
    let at = random.usize(..=input.len());
    match random.u8(..12) {
        0 if at < input.len() => input[at] ^= 1 << random.u8(..8),
        1 if at < input.len() => input[at] = BYTES[random.usize(..BYTES.len())],
        2 => input.insert(at, BYTES[random.usize(..BYTES.len())]),
        3 => {
            let gone = part(random, input.len());
            input.drain(gone);
        }
        4 => {
            let again = input[part(random, input.len())].to_vec();
            input.splice(at..at, again);
        }
        5 => {
            let piece = match (random.bool(), words.is_empty()) {
                (true, false) => words[random.usize(..words.len())].as_bytes().to_vec(),
                _ => input[part(random, input.len())].to_vec(),
            };
            // Mostly a few times: what is large is slow, and fewer inputs are tried.
            let most = if random.u8(..16) == 0 { REPEATS } else { 24 };
            let times = 1 + random.usize(..most).min(LARGEST / (piece.len() + 1));
            input.splice(at..at, piece.repeat(times));
        }
        6 => {
            let other = &seeds[random.usize(..seeds.len())];
            let piece = other[part(random, other.len())].to_vec();
            input.splice(at..at, piece);
        }
        7 if !words.is_empty() => {
            let word = words[random.usize(..words.len())];
            input.splice(at..at, word.bytes());
        }
        8 => input.truncate(at),
        9 => {
            let number = NUMBERS[random.usize(..NUMBERS.len())].to_le_bytes();
            let width = [1, 2, 4, 8][random.usize(..4)];
            let end = (at + width).min(input.len());
            input.splice(at.min(end)..end, number[..width].iter().copied());
        }
        10 => {
            let digits = NUMBERS[random.usize(..NUMBERS.len())].to_string();
            let end = input[at..]
                .iter()
                .position(|byte| !byte.is_ascii_digit())
                .map_or(input.len(), |length| at + length);
            input.splice(at..end, digits.bytes());
        }
        _ => {
            let (from, to) = (part(random, input.len()), random.usize(..=input.len()));
            let moved: Vec<u8> = input.drain(from).collect();
            let to = to.min(input.len());
            input.splice(to..to, moved);
        }
    }
}

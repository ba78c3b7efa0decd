//! The processor's own counters of a runner: instructions and cycles in its calls, where the machine shows them (many
//! virtual ones do not). An extra that says why something is faster; never a measure of how fast it is.

use std::fs::File;
use std::io::Read;
use std::os::fd::{FromRawFd, OwnedFd};

use super::side_pair::Sides;

/// Instructions and cycles so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Count {
    /// Instructions.
    pub(crate) instructions: u64,
    /// Cycles.
    pub(crate) cycles: u64,
}

/// Counters of one process with all threads it starts later.
#[derive(Debug)]
pub(crate) struct Counters {
    instructions: File,
    cycles: File,
}

const CYCLES: u64 = 0;
const INSTRUCTIONS: u64 = 1;

/// The first version of the kernel's description of a counter; the rest of it stays zero.
#[repr(C)]
#[derive(Default)]
struct Wanted {
    kind: u32,
    size: u32,
    config: u64,
    period: u64,
    sample: u64,
    format: u64,
    flags: u64,
    wakeup: u32,
    breakpoint: u32,
    address: u64,
}

/// Counted in user mode, with threads that are started later: `inherit`, `exclude_kernel`, `exclude_hv`.
const FLAGS: u64 = 1 << 1 | 1 << 5 | 1 << 6;

impl Counters {
    /// Begins to count a process (0: the calling thread). `None` where the machine or the kernel does not allow it.
    pub(crate) fn of(process: i32) -> Option<Self> {
        Some(Self {
            instructions: open(process, INSTRUCTIONS)?,
            cycles: open(process, CYCLES)?,
        })
    }

    /// The counts so far.
    pub(crate) fn read(&self) -> Option<Count> {
        let number = |mut file: &File| {
            let mut bytes = [0; 8];
            file.read_exact(&mut bytes).ok()?;
            Some(u64::from_ne_bytes(bytes))
        };
        Some(Count {
            instructions: number(&self.instructions)?,
            cycles: number(&self.cycles)?,
        })
    }
}

impl Count {
    /// Counts these, too.
    pub(crate) fn add(&mut self, more: Self) {
        self.instructions += more.instructions;
        self.cycles += more.cycles;
    }

    /// What was counted since `before`.
    pub(crate) fn since(self, before: Self) -> Self {
        Self {
            instructions: self.instructions.saturating_sub(before.instructions),
            cycles: self.cycles.saturating_sub(before.cycles),
        }
    }
}

fn open(process: i32, config: u64) -> Option<File> {
    let wanted = Wanted {
        size: size_of::<Wanted>() as u32,
        config,
        flags: FLAGS,
        ..Wanted::default()
    };
    let (any_core, no_group, close_on_exec) = (-1, -1, 8u64);
    // SAFETY: the description is valid for the call and says its own size; a non-negative result is a descriptor of ours.
    unsafe {
        let fd = libc::syscall(
            libc::SYS_perf_event_open,
            &raw const wanted,
            process,
            any_core,
            no_group,
            close_on_exec,
        );
        (fd >= 0).then(|| File::from(OwnedFd::from_raw_fd(fd as i32)))
    }
}

/// Whether this machine shows its counters.
pub(crate) fn there() -> bool {
    Counters::of(0).is_some_and(|counters| counters.read().is_some_and(|count| count.cycles > 0))
}

/// Both sides' counts in words. `None` where nothing was counted.
pub(crate) fn words(counted: Sides<Count>) -> Option<String> {
    let (own, theirs) = (counted.original, counted.candidate);
    let each = |count: Count| count.instructions as f64 / count.cycles.max(1) as f64;
    (own.cycles > 0 && theirs.cycles > 0 && own.instructions > 0).then(|| {
        format!(
            "{:.2} of the original's instructions, {:.2} of its cycles; {:.1} instructions per cycle instead of {:.1}",
            theirs.instructions as f64 / own.instructions as f64,
            theirs.cycles as f64 / own.cycles as f64,
            each(theirs),
            each(own)
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_become_ratios_and_nothing_stays_nothing() {
        let count = |instructions, cycles| Count {
            instructions,
            cycles,
        };
        assert_eq!(
            words(Sides {
                original: count(1000, 500),
                candidate: count(250, 250)
            })
            .as_deref(),
            Some(
                "0.25 of the original's instructions, 0.50 of its cycles; 1.0 instructions per cycle instead of 2.0"
            )
        );
        assert_eq!(words(Sides::default()), None);
        assert_eq!(count(5, 5).since(count(2, 1)), count(3, 4));
    }
}

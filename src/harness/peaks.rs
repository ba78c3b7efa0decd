//! What this machine can do at most: bytes read per second by size of what is read, and floating-point operations per
//! second. Measured by code of our own, contained like any other, once per machine, compiler and mode. An estimate from
//! below: nobody reaches more than the machine has, and a busy machine shows less. Never times a candidate.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::cache::CacheKey;
use super::calibration::{CorePlace, Pinned};
use super::check::ORIGINAL_LIMIT;
use super::runner::{CaseInput, CaseOutputs, Runner, RunnerLayout, RunnerStopped};
use super::toolchain::BuildPurpose;
use super::{Cancel, Harness, HarnessError, caveats, given, sides, small};
use crate::domain::problem::{Mode, Problem, Values};

/// Doubles that are read again and again: from the first cache to main memory.
const READ: [u64; 5] = [2 << 10, 24 << 10, 192 << 10, 2 << 20, 16 << 20];
/// What a call does in all, at least.
const BYTES: u64 = 64 << 20;
/// Rounds of 64 multiplications and additions.
const ROUNDS: u64 = 400_000;
/// Calls of which the fastest counts.
const CALLS: usize = 6;

/// What the machine can do at most in a mode.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Peaks {
    /// Bytes per second when so many bytes are read again and again, by ascending size.
    pub(crate) bandwidth: Vec<(u64, f64)>,
    /// Double-precision operations per second.
    pub(crate) flops: f64,
}

impl Peaks {
    /// Bytes per second at which so many bytes can be read from the memory they fit into.
    pub(crate) fn at(&self, bytes: f64) -> Option<f64> {
        let fits = |size: &&(u64, f64)| size.0 as f64 >= bytes * 0.9;
        self.bandwidth
            .iter()
            .find(fits)
            .or(self.bandwidth.last())
            .map(|(_, speed)| *speed)
    }

    /// Bytes per second that nothing of that size exceeds: those of the next smaller memory.
    pub(crate) fn most(&self, bytes: f64) -> Option<f64> {
        let at = self
            .bandwidth
            .iter()
            .position(|size| size.0 as f64 >= bytes * 0.9)
            .unwrap_or(self.bandwidth.len());
        let nearer = &self.bandwidth[at.saturating_sub(1)..];
        nearer.iter().map(|(_, speed)| *speed).reduce(f64::max)
    }
}

impl Harness {
    /// The machine's peaks in a mode: kept ones, or measured now. The caller has the machine alone.
    pub(super) fn peaks(&self, mode: Mode, cancel: &Cancel) -> Result<Peaks, HarnessError> {
        let inner = &*self.0;
        let print = inner.bench.compiler.fingerprint(&inner.cpu_class);
        let cores = inner.cores.to_string();
        let key = CacheKey::new(&[&print, mode.word(), &cores, include_str!("peaks.cpp")]);
        let file = inner.headers_in.join(format!("peaks-{}.json", key.short()));
        let kept = std::fs::read_to_string(&file).ok();
        if let Some(kept) = kept.and_then(|text| serde_json::from_str(&text).ok()) {
            return Ok(kept);
        }
        let peaks = self.measure_peaks(mode, cancel)?;
        // What a busy machine shows is not kept, and what cannot be kept is measured again next time.
        let quiet = caveats::load().is_some_and(|load| load <= f64::from(inner.cores));
        if let (true, Ok(text)) = (quiet, serde_json::to_string(&peaks)) {
            let _ = std::fs::write(&file, text);
        }
        Ok(peaks)
    }

    fn measure_peaks(&self, mode: Mode, cancel: &Cancel) -> Result<Peaks, HarnessError> {
        let inner = &*self.0;
        let problem = problem(mode, inner.cores)?;
        let headers = self.headers(mode, BuildPurpose::Timing, Default::default(), cancel)?;
        let original = given::Original::new(&problem.original, problem.entry_name());
        let driver = sides::driver(&inner.bench, &problem, &original, mode, &headers, cancel)?;
        let (built, _) = sides::original(&inner.bench, &problem, &driver, mode, &headers, cancel)?;
        let setup = self.setup(mode, driver.path(), headers.path());
        let place = CorePlace::choose(mode);
        let pinned = Pinned::to(place);
        let layout = RunnerLayout {
            core: pinned.as_ref().and(place.core()),
            ..RunnerLayout::default()
        };
        let failed = |stopped: RunnerStopped| stopped.of_original("measuring this machine");
        let mut side = Runner::start(&setup, &built.path(), layout, cancel).map_err(failed)?;
        let mut fastest = |size: u64| -> Result<Duration, RunnerStopped> {
            let input = CaseInput {
                seed: 1,
                size,
                values: Values::Any,
                exact_bits: 0,
                cases: 1,
            };
            side.make(input, 1, ORIGINAL_LIMIT, cancel)?;
            let mut least = Duration::MAX;
            for _ in 0..CALLS {
                let before = side.cpu();
                let wall = side.call(ORIGINAL_LIMIT, cancel)?;
                let used = side.cpu().zip(before).map(|(now, then)| now - then);
                // One thread that had to wait for the core is as fast as its processor time says.
                least = least.min(match (mode, used) {
                    (Mode::Serial, Some(used)) if !used.is_zero() => wall.min(used),
                    _ => wall,
                });
            }
            side.emit(&mut CaseOutputs::default(), ORIGINAL_LIMIT, cancel)?;
            Ok(least)
        };
        let parts = f64::from(parts(mode, inner.cores));
        let calculated = ROUNDS as f64 * 128.0 * parts;
        let flops = calculated / fastest(0).map_err(failed)?.as_secs_f64();
        let mut bandwidth = Vec::new();
        for size in READ {
            let size = size * parts as u64;
            let bytes = size * 8;
            let all = bytes as f64 * rounds(size) as f64;
            bandwidth.push((bytes, all / fastest(size).map_err(failed)?.as_secs_f64()));
        }
        Ok(Peaks { bandwidth, flops })
    }
}

fn parts(mode: Mode, cores: u32) -> u32 {
    match mode {
        Mode::Serial => 1,
        Mode::Omp => cores.max(1),
    }
}

fn rounds(size: u64) -> u64 {
    (BYTES / (size * 8).max(1)).max(1)
}

/// The measuring code as a problem that is never shown.
fn problem(mode: Mode, cores: u32) -> Result<Problem, HarnessError> {
    let driver = format!(
        "struct Case {{\n    std::vector<double> x; size_t rounds; double factor, total;\n    \
         void make(lessonl::Input &in) {{\n        x = in.reals(in.size, -1, 1);\n        \
         rounds = in.size == 0 ? {ROUNDS} : std::max<size_t>(1, {BYTES} / (in.size * 8));\n        \
         factor = in.uniform(0.1, 0.2);\n    }}\n    \
         void call() {{ total = peak(x, rounds, factor); }}\n    \
         template <class F> void fields(F &f) {{ f.output(\"total\", total); }}\n}};\nLESSONL_PROBLEM(Case)\n"
    );
    let original = format!(
        "constexpr unsigned PARTS = {};\n{}",
        parts(mode, cores),
        include_str!("peaks.cpp")
    );
    let entry = "double peak(std::vector<double> const &x, size_t rounds, double factor)";
    small::problem("peak", entry, original, driver, mode)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_nowhere_comes_from_main_memory_and_bounds_are_those_of_the_nearer_memory() {
        let peaks = Peaks {
            bandwidth: vec![(100, 50.0), (1000, 20.0), (10_000, 10.0)],
            flops: 1.0,
        };
        assert_eq!(peaks.at(60.0), Some(50.0));
        assert_eq!(peaks.at(900.0), Some(20.0));
        assert_eq!(peaks.at(1e9), Some(10.0));
        assert_eq!(peaks.most(60.0), Some(50.0));
        assert_eq!(peaks.most(900.0), Some(50.0));
        assert_eq!(peaks.most(1e9), Some(10.0));
    }
}

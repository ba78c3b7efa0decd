//! What agents are told of the original here: what is timed and how long it takes, the machine, the least time there is,
//! and the compiler's remarks. Sentences of a few words: they are in every prompt. Never times or compiles anything.

use super::{Harness, PreparedKind, PreparedProblem, function, remarks};
use crate::domain::ask::Facts;
use crate::domain::measurement::ratio;
use crate::domain::problem::Mode;
use crate::domain::units::Nanos;

impl Harness {
    /// The facts on a problem made ready; nothing for work that is not timed by calls.
    pub fn facts(&self, prepared: &PreparedProblem) -> Facts {
        match &prepared.0 {
            PreparedKind::Function(ready) => self.of_function(ready),
            PreparedKind::Codegen(_) | PreparedKind::Command(_) => Facts::default(),
        }
    }

    fn of_function(&self, ready: &function::PreparedFunction) -> Facts {
        let inner = &*self.0;
        let mode = ready.setup.mode;
        let calls = f64::from(ready.calibration.calls.max(1));
        let call = ready.calibration.sample.as_secs_f64() / calls;
        let mut lines = vec![format!(
            "Timed: size {}; one call takes about {}.",
            ready.problem.sizes.timed(mode),
            told(rough(call))
        )];
        let native = |flag: &String| flag == "-march=native" || flag == "-mcpu=native";
        let flags = &inner.bench.compiler.toolchain.flags;
        let cores = match mode {
            Mode::Serial => "1 core used".to_owned(),
            Mode::Omp => format!("{} cores", inner.cores),
        };
        let machine = [
            Some(name(&inner.cpu)),
            flags.iter().any(native).then(vectors),
            caches(&inner.cpu_class),
            Some(cores),
        ];
        let machine: Vec<String> = machine.into_iter().flatten().collect();
        lines.push(format!("Machine: {}.", machine.join(", ")));
        lines.extend(floor(ready, mode, call));
        Facts {
            lines,
            remarks: remarks::read(&ready.built.remarks, &ready.problem.original),
        }
    }
}

/// One digit that counts: what is told must not differ from run to run.
fn rough(seconds: f64) -> f64 {
    if !(seconds.is_finite() && seconds > 0.0) {
        return 0.0;
    }
    let unit = 10f64.powf(seconds.log10().floor());
    (seconds / unit).round() * unit
}

/// A time without digits that say nothing.
fn told(seconds: f64) -> String {
    let text = Nanos((seconds * 1e9).round() as u64).to_string();
    text.replace(".00 ", " ").replace(".0 ", " ")
}

/// The processor's name without what says nothing.
fn name(cpu: &str) -> String {
    let plain = cpu.replace("(R)", "").replace("(TM)", "");
    let words = plain
        .split_whitespace()
        .filter(|word| !["CPU", "Processor", "@"].contains(word));
    words.take(6).collect::<Vec<_>>().join(" ")
}

/// How wide its vectors are, in words.
fn vectors() -> String {
    let (bits, name) = widest();
    format!("{bits}-bit vectors ({name})")
}

/// Bits of the widest vectors, and what they are called.
#[cfg(target_arch = "x86_64")]
fn widest() -> (u32, &'static str) {
    if std::arch::is_x86_feature_detected!("avx512f") {
        (512, "AVX-512")
    } else if std::arch::is_x86_feature_detected!("avx2") {
        (256, "AVX2")
    } else {
        (128, "SSE")
    }
}

/// Bits of the widest vectors, and what they are called.
#[cfg(not(target_arch = "x86_64"))]
fn widest() -> (u32, &'static str) {
    (128, std::env::consts::ARCH)
}

/// The sizes of data caches out of a machine's class, `caches 32K 32K 1024K 16384K` with that of instructions second.
fn caches(class: &str) -> Option<String> {
    let (_, sizes) = class.split_once("caches ")?;
    let sizes: Vec<&str> = sizes
        .split([' ', ','])
        .take_while(|size| size.ends_with(['K', 'M']))
        .collect();
    let level = |at: usize, size: &str| {
        let kilo: u64 = size.trim_end_matches('K').parse().ok()?;
        Some(match kilo {
            0..1024 => format!("L{at} {kilo} KB"),
            _ => format!("L{at} {} MB", kilo / 1024),
        })
    };
    let data = sizes.iter().enumerate().filter(|(at, _)| *at != 1);
    let words: Vec<String> = (1..)
        .zip(data)
        .filter_map(|(number, (_, size))| level(number, size))
        .collect();
    (!words.is_empty()).then(|| words.join(", "))
}

/// The least time a call can take by the problem's least work and the machine's peaks.
fn floor(ready: &function::PreparedFunction, mode: Mode, call: f64) -> Option<String> {
    let peaks = ready.peaks.as_ref()?;
    let size = ready.problem.sizes.timed(mode);
    let work = &ready.problem.work;
    let bytes = work.bytes.as_ref().and_then(|formula| formula.at(size));
    let flops = work.flops.as_ref().and_then(|formula| formula.at(size));
    let memory = bytes.and_then(|n| Some((n / peaks.at(n)?, "memory bandwidth")));
    let arithmetic = flops.map(|n| (n / peaks.flops, "arithmetic"));
    let (least, by) = [memory, arithmetic]
        .into_iter()
        .flatten()
        .filter(|(seconds, _)| seconds.is_finite() && *seconds > 0.0)
        .max_by(|a, b| a.0.total_cmp(&b.0))?;
    let room = call / least;
    (room > 1.0).then(|| {
        format!(
            "Floor: by {by} a call cannot take less than about {}, {}× faster.",
            told(rough(least)),
            ratio(rough(room))
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_is_round_and_short() {
        assert!((rough(0.001_35) - 0.001).abs() < 1e-9);
        assert!((rough(5.8e-5) - 6e-5).abs() < 1e-9);
        assert_eq!(rough(0.0), 0.0);
        assert_eq!(told(6e-5), "60 µs");
        assert_eq!(told(2e-3), "2 ms");
        assert_eq!(
            name("Intel(R) Xeon(R) Platinum 8481C CPU @ 2.70GHz"),
            "Intel Xeon Platinum 8481C 2.70GHz"
        );
        assert_eq!(name("AMD EPYC 9R14"), "AMD EPYC 9R14");
        let class = "model name X, stepping 1, caches 32K 32K 1024K 32768K, 2 cores";
        assert_eq!(
            caches(class).as_deref(),
            Some("L1 32 KB, L2 1 MB, L3 32 MB")
        );
        assert_eq!(caches("model name X"), None);
    }
}

//! SHA-256 over values with their boundaries. Never depends on how anything is printed or laid out in memory.

use sha2::{Digest, Sha256};

use crate::domain::problem::{Problem, Tolerance};

/// Hashes texts and numbers so that no two different sequences of them feed the same bytes.
pub(super) struct Fingerprint(Sha256);

impl Fingerprint {
    pub(crate) fn new() -> Self {
        Self(Sha256::new())
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u64);
        self.0.update(bytes);
    }

    pub(crate) fn number(&mut self, number: u64) {
        self.0.update(number.to_le_bytes());
    }

    fn numbers(&mut self, numbers: &[u64]) {
        self.number(numbers.len() as u64);
        for number in numbers {
            self.number(*number);
        }
    }

    /// The hash as 64 hexadecimal digits.
    pub(crate) fn hex(self) -> String {
        let hash = self.0.finalize();
        hash.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// The version of a problem: over every field but `path` and `version` itself.
pub(super) fn version(problem: &Problem) -> String {
    let mut hash = Fingerprint::new();
    for text in [
        problem.id.as_str(),
        &problem.title,
        &problem.category,
        &problem.description,
        &problem.entry,
    ] {
        hash.bytes(text.as_bytes());
    }
    // The usual one adds nothing, so that versions from before there were several still hold.
    if !problem.standard.is_default() {
        hash.bytes(problem.standard.word().as_bytes());
    }
    hash.number(problem.modes.len() as u64);
    for mode in &problem.modes {
        hash.bytes(mode.word().as_bytes());
    }
    hash.numbers(&problem.sizes.check);
    hash.numbers(&problem.sizes.hidden);
    hash.number(problem.sizes.time);
    hash.number(problem.sizes.time_omp);
    match problem.check.tolerance {
        Tolerance::Exact => hash.number(0),
        Tolerance::Relative(relative) => {
            hash.number(1);
            hash.number(relative.to_bits());
        }
    }
    hash.number(problem.check.values.len() as u64);
    for values in &problem.check.values {
        hash.number(u64::from(values.code()));
    }
    hash.number(u64::from(problem.check.exact_bits));
    // Bundled and own problems keep the versions they had before there were imported ones.
    if let Some(source) = &problem.upstream.source {
        hash.bytes(source.as_bytes());
        hash.number(u64::from(problem.upstream.as_released));
    }
    // Only where something is known: what earlier versions hashed stays the same.
    for (number, formula) in [(1, &problem.work.bytes), (2, &problem.work.flops)] {
        if let Some(formula) = formula {
            hash.number(number);
            hash.bytes(formula.to_string().as_bytes());
        }
    }
    hash.bytes(problem.original.as_bytes());
    hash.bytes(problem.driver.as_bytes());
    hash.hex()
}

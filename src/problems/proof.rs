//! What the proof of a problem folder saw, kept beside its files as `proof.toml` with the version it is about. Never
//! proves anything and never changes another file.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::ProblemError;
use super::load::{MANIFEST, read_within};
use crate::domain::problem::{Problem, Values};

/// The file's name.
pub(crate) const PROOF: &str = "proof.toml";
/// Largest file that is read, in bytes.
const LARGEST: u64 = 64 << 10;

/// What a proof saw.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proof {
    /// The version of the problem that was proved.
    pub version: String,
    /// Whether every claim that was tried holds.
    pub proved: bool,
    /// Claims that do not hold.
    #[serde(default)]
    pub failed: Vec<String>,
    /// What it left open, a sentence each.
    #[serde(default)]
    pub open: Vec<String>,
    /// Classes of values that the original does not bear.
    #[serde(default)]
    pub left_out: Vec<LeftOut>,
}

/// A class of values that is never tried, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeftOut {
    /// The class.
    pub values: Values,
    /// What the original does with it.
    pub why: String,
}

impl LeftOut {
    /// In a sentence.
    pub fn sentence(&self) -> String {
        format!(
            "Never tried: {}; the original does not bear it ({}).",
            self.values.words(),
            self.why.trim_end_matches('.')
        )
    }
}

impl Proof {
    /// All it leaves open, a sentence each.
    pub fn limits(&self) -> Vec<String> {
        let mut limits: Vec<String> = self.left_out.iter().map(LeftOut::sentence).collect();
        limits.extend(self.open.iter().cloned());
        limits
    }

    /// Reads a folder's proof; `None` if it has none that can be read.
    pub fn read(folder: &Path) -> Option<Self> {
        let text = read_within(&folder.join(PROOF), LARGEST, "").ok()?;
        toml::from_str(&text).ok()
    }

    /// Writes it beside the folder's files.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn write(&self, folder: &Path) -> Result<(), ProblemError> {
        let file = folder.join(PROOF);
        let text = toml::to_string(self).map_err(|error| error.to_string());
        let head = "# Written by `lessonl`: what the proof of these files saw. It holds for this version of them alone.\n";
        let written = text.and_then(|text| {
            std::fs::write(&file, format!("{head}{text}")).map_err(|error| error.to_string())
        });
        written.map_err(|error| {
            ProblemError::new(
                file.display(),
                format!("cannot be written: {error}"),
                "see whether the folder can be written to",
            )
        })
    }
}

/// What is not proved of a problem that was loaded from `folder`. One that was taken out of a file must have been proved;
/// of others only what a proof said is told.
pub(super) fn limits(folder: &Path, problem: &Problem, taken: bool) -> Vec<String> {
    let check = format!("`lessonl problems check {}`", folder.display());
    let plain = |text: String| text.chars().filter(|c| !c.is_control()).take(600).collect();
    let proof = Proof::read(folder);
    let limits = match proof {
        None if taken => vec![format!(
            "The folder was never proved: its checks may miss mistakes. {check} proves it."
        )],
        None => Vec::new(),
        Some(proof) if proof.version != problem.version => vec![format!(
            "The folder was changed after its proof ({MANIFEST}, original.cpp or driver.cpp). {check} proves it again."
        )],
        Some(proof) => {
            let mut limits = proof.limits();
            if !proof.proved {
                limits.insert(
                    0,
                    format!(
                        "The folder is not proved: {}. Its checks may miss mistakes.",
                        proof.failed.join("; ")
                    ),
                );
            }
            limits
        }
    };
    limits.into_iter().map(plain).take(12).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proof_is_read_as_it_was_written_and_says_what_it_left_open() {
        let folder = tempfile::tempdir().unwrap();
        let proof = Proof {
            version: "v".to_owned(),
            proved: true,
            failed: Vec::new(),
            open: vec!["No input runs line 3.".to_owned()],
            left_out: vec![LeftOut {
                values: Values::Full,
                why: "signed overflow in line 7.".to_owned(),
            }],
        };
        proof.write(folder.path()).unwrap();
        assert_eq!(Proof::read(folder.path()), Some(proof.clone()));
        assert_eq!(
            proof.limits(),
            [
                "Never tried: values over the whole range of their type; the original does not bear it (signed overflow in line 7).",
                "No input runs line 3."
            ]
        );
    }
}

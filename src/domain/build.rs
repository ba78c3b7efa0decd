//! How a candidate is built where that is not the standard way: one of the installed compilers and options out of a
//! closed list. Never a free text: a stored or imported fact cannot bring an option of its own.

use std::fmt;

use serde::{Deserialize, Serialize};

/// An option of a build, on top of the standard build's language, processor and position-independent code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BuildOption {
    /// `-O2`.
    O2,
    /// `-O3`.
    O3,
    /// `-Ofast`: also reorders and approximates floating-point arithmetic.
    Ofast,
    /// `-funroll-loops`.
    UnrollLoops,
    /// `-flto`.
    Lto,
    /// A profile of the original on the problem's own sizes, gathered first and then used.
    Profile,
    /// Clang's polyhedral optimizer, where it has it.
    Polly,
}

impl BuildOption {
    /// As it is typed, or what it stands for.
    pub fn word(self) -> &'static str {
        match self {
            Self::O2 => "-O2",
            Self::O3 => "-O3",
            Self::Ofast => "-Ofast",
            Self::UnrollLoops => "-funroll-loops",
            Self::Lto => "-flto",
            Self::Profile => "-fprofile-use",
            Self::Polly => "-mllvm -polly",
        }
    }

    /// Whether results may differ from what the source's arithmetic says.
    pub fn changes_floating_point(self) -> bool {
        match self {
            Self::Ofast => true,
            Self::O2 | Self::O3 | Self::UnrollLoops | Self::Lto | Self::Profile | Self::Polly => {
                false
            }
        }
    }
}

/// A compiler with its options.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Build {
    /// Its command, e.g. `clang++-17`; see [`is_compiler`].
    pub compiler: String,
    /// In the order they are given.
    pub options: Vec<BuildOption>,
}

impl Build {
    /// Whether results may differ from what the source's arithmetic says.
    pub fn changes_floating_point(&self) -> bool {
        self.options.iter().any(|o| o.changes_floating_point())
    }
}

impl fmt::Display for Build {
    /// `g++-12 -O3 -funroll-loops`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.compiler)?;
        self.options
            .iter()
            .try_for_each(|o| write!(f, " {}", o.word()))
    }
}

/// Whether this is the plain name of a C++ compiler, with or without a version: `g++`, `clang++-17`.
pub fn is_compiler(command: &str) -> bool {
    let version = ["g++", "clang++"]
        .iter()
        .find_map(|name| command.strip_prefix(name));
    match version {
        Some("") => true,
        Some(version) => version.strip_prefix('-').is_some_and(|number| {
            (1..=2).contains(&number.len()) && number.chars().all(|c| c.is_ascii_digit())
        }),
        None => false,
    }
}

/// Whether a compiler of this name is clang.
pub fn is_clang(command: &str) -> bool {
    command.starts_with("clang")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_names_are_compilers() {
        for good in ["g++", "g++-12", "clang++", "clang++-9"] {
            assert!(is_compiler(good), "{good}");
        }
        for bad in [
            "",
            "gcc",
            "g++-",
            "g++-12.2",
            "./g++",
            "/tmp/g++",
            "g++ -x",
            "clang++-abc",
            "g++-123",
        ] {
            assert!(!is_compiler(bad), "{bad}");
        }
    }

    #[test]
    fn a_build_reads_as_it_would_be_typed_and_survives_storing() {
        let build = Build {
            compiler: "g++-12".to_owned(),
            options: vec![BuildOption::Ofast, BuildOption::UnrollLoops],
        };
        assert_eq!(build.to_string(), "g++-12 -Ofast -funroll-loops");
        assert!(build.changes_floating_point());
        let text = serde_json::to_string(&build).unwrap();
        assert_eq!(
            text,
            r#"{"compiler":"g++-12","options":["ofast","unroll_loops"]}"#
        );
        assert_eq!(serde_json::from_str::<Build>(&text).ok(), Some(build));
        let hostile = r#"{"compiler":"g++","options":["-fplugin=x.so"]}"#;
        assert!(serde_json::from_str::<Build>(hostile).is_err());
    }
}

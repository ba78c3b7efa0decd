//! How far a process is contained, in a word. Never tries it (`machine::probe` does).

use serde::{Deserialize, Serialize};

/// How far a helper is contained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Level {
    /// Not at all.
    Nothing,
    /// Files by landlock, system calls by seccomp.
    Files,
    /// The same, in namespaces of its own.
    Namespaces,
}

impl Level {
    /// In words, for people and for what verdicts depend on.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Nothing => "none (switched off)",
            Self::Files => "landlock+seccomp",
            Self::Namespaces => "landlock+seccomp+namespaces",
        }
    }
}

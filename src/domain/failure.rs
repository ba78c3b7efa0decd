//! The one error that reaches a person: what failed, why, and what to do next; its kind is the exit code.
//! Never holds a key or a whole prompt. A room's own error says here how it becomes one; `cli` alone shows it.

use std::fmt;

/// Kind of failure; fixes the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureKind {
    /// Wrong arguments, configuration, problem folder or input file.
    Usage,
    /// The environment lacks something: compiler, sandbox, writable directories.
    Environment,
    /// No agent could be reached.
    Agents,
    /// Interrupted by the person.
    Interrupted,
    /// Our own defect or a disk that gave up.
    Internal,
}

impl FailureKind {
    /// Exit code as documented in the manual.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Internal => 1,
            Self::Usage => 2,
            Self::Environment => 3,
            Self::Agents => 4,
            Self::Interrupted => 130,
        }
    }
}

/// A failure as the person sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Its kind.
    pub kind: FailureKind,
    /// What failed and why, one or a few sentences.
    pub message: String,
    /// What to do next, each a sentence or a command.
    pub hints: Vec<String>,
}

impl Failure {
    /// A failure without hints.
    pub fn new(kind: FailureKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            hints: Vec::new(),
        }
    }

    /// A failure with a hint, unless that is empty.
    pub fn hinted(kind: FailureKind, message: impl Into<String>, hint: impl Into<String>) -> Self {
        let hint = hint.into();
        let hints = Some(hint).filter(|hint| !hint.is_empty());
        Self {
            hints: hints.into_iter().collect(),
            ..Self::new(kind, message)
        }
    }

    /// The same with one more hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        for hint in &self.hints {
            write!(f, "\n  → {hint}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Failure {}

//! Layered TOML with the origin of every value; paths. Never reads a key's value into itself.
//!
//! Later layers win: built-in < system < user < project (`lessonl.toml` upward from where we are) < environment < flags.
//! A project's file is untrusted: it may not name a key variable, a data directory or an arbitrary program.

pub(crate) use lessonl_domain as domain;

pub mod addresses;
pub mod agents;
pub mod clusters;
pub mod keymap;
pub mod layers;
mod paths;
pub mod prices;
mod providers;
mod reach;
mod reader;
pub mod saving;
pub mod settings;
pub mod theme;

use std::fmt;
use std::path::PathBuf;

use crate::domain::failure::{Failure, FailureKind};

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Compiled in.
    Default,
    /// The machine's file.
    System(PathBuf),
    /// The person's own file.
    User(PathBuf),
    /// A file found in the project. Untrusted.
    Project(PathBuf),
    /// An environment variable.
    Environment(&'static str),
    /// A command-line flag.
    Flag(&'static str),
    /// A file named by a flag.
    Named(PathBuf),
}

impl Origin {
    /// Whether whoever wrote it may be somebody else than the person at the keyboard.
    pub fn is_untrusted(&self) -> bool {
        matches!(self, Self::Project(_))
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("built in"),
            Self::System(path) | Self::User(path) | Self::Project(path) | Self::Named(path) => {
                write!(f, "{}", path.display())
            }
            Self::Environment(name) => write!(f, "${name}"),
            Self::Flag(name) => f.write_str(name),
        }
    }
}

/// A value and where it comes from.
#[derive(Debug, Clone, PartialEq)]
pub struct Sourced<T> {
    /// The value.
    pub value: T,
    /// Where it comes from.
    pub origin: Origin,
}

impl<T> Sourced<T> {
    /// A value that nobody set.
    pub fn built_in(value: T) -> Self {
        Self {
            value,
            origin: Origin::Default,
        }
    }
}

/// What is wrong with the configuration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {what}")]
pub struct ConfigError {
    /// File and line, variable or flag.
    pub place: String,
    /// What is wrong, naming the key.
    pub what: String,
    /// What to do.
    pub hint: String,
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::hinted(FailureKind::Usage, error.to_string(), error.hint)
    }
}

//! Standard output and error. Results go to stdout, everything else to stderr. A reader that has gone is no error: we stop quietly.

use std::io::{ErrorKind, Write};

use crate::failure::{Failure, FailureKind};
use crate::store::StoreError;

/// Exit code of a program that stopped because nobody reads its output any more.
pub(super) const PIPE_CLOSED: u8 = 141;

/// Exit code of a pipeline's run that found no improvement of the size asked for.
pub(super) const NO_IMPROVEMENT: u8 = 5;

/// Why a command ended early.
#[derive(Debug)]
pub(super) enum Halt {
    /// With an error for the person.
    Failure(Failure),
    /// Whoever read our output has gone.
    PipeClosed,
}

impl From<Failure> for Halt {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

impl From<StoreError> for Halt {
    fn from(error: StoreError) -> Self {
        Failure::from(error).into()
    }
}

/// Writes text to stdout as it is.
///
/// # Errors
/// If nobody reads it, or it cannot be written.
pub(super) fn print(text: &str) -> Result<(), Halt> {
    let mut stdout = std::io::stdout().lock();
    let written = stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush());
    match written {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Err(Halt::PipeClosed),
        Err(error) => Err(Failure::new(
            FailureKind::Internal,
            format!("cannot write to standard output: {error}"),
        )
        .into()),
    }
}

/// Writes a line to stdout.
///
/// # Errors
/// If nobody reads it, or it cannot be written.
pub(super) fn line(text: &str) -> Result<(), Halt> {
    print(&format!("{text}\n"))
}

/// Writes a JSON value on its own to stdout.
///
/// # Errors
/// If nobody reads it, or it cannot be written.
pub(super) fn json(value: &serde_json::Value) -> Result<(), Halt> {
    line(&format!("{value:#}"))
}

/// Tells something beside the result. A lost note is no reason to stop.
pub(super) fn note(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

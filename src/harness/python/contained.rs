//! The contained side of Python: our binary confines itself, then becomes the interpreter. Never comes back.

use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::super::process::limits::{self, ProcessLimits};
use super::super::process::sandbox;
use super::super::process::sandbox::Level;

/// Confines this process and becomes `program`.
///
/// # Errors
/// If it cannot be confined or started: the reason.
pub(crate) fn become_python(
    parent: u32,
    program: &Path,
    arguments: &[String],
    read: &[PathBuf],
    limits: ProcessLimits,
    contained: Level,
) -> Result<u8, String> {
    limits::detach(parent, libc::SIGKILL).map_err(|error| error.to_string())?;
    if contained == Level::Namespaces {
        limits::leave_the_rest().map_err(|error| error.to_string())?;
    }
    limits::default_signals();
    limits.apply().map_err(|error| error.to_string())?;
    if contained != Level::Nothing {
        sandbox::confine_interpreter(program, read)?;
        sandbox::confine_interpreter_calls()?;
    }
    let error = Command::new(program).args(arguments).exec();
    Err(format!("cannot start {}: {error}", program.display()))
}

//! A command of the batch system, run with a time limit. Never through a shell, and never with anything on its input.

use std::io::Read as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// A controller that does not answer within this time is away.
const PATIENCE: Duration = Duration::from_secs(60);

/// Why a command gave no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Silence {
    /// There is no such program here.
    Absent,
    /// It failed, in its words.
    Failed(String),
    /// It did not end in time.
    Slow,
}

/// What a command prints.
///
/// # Errors
/// Why there is nothing.
pub fn answer(program: &str, arguments: &[String]) -> Result<String, Silence> {
    let failed = |error: std::io::Error| Silence::Failed(error.to_string());
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => Silence::Absent,
            _ => failed(error),
        })?;
    let read = |pipe: Option<Box<dyn std::io::Read + Send>>| {
        std::thread::spawn(move || {
            let mut text = Vec::new();
            if let Some(mut pipe) = pipe {
                // What was read so far counts.
                let _ = pipe.read_to_end(&mut text);
            }
            String::from_utf8_lossy(&text).into_owned()
        })
    };
    let out = read(child.stdout.take().map(|p| Box::new(p) as _));
    let err = read(child.stderr.take().map(|p| Box::new(p) as _));
    let begun = Instant::now();
    let status = loop {
        match child.try_wait().map_err(failed)? {
            Some(status) => break status,
            None if begun.elapsed() > PATIENCE => {
                child.kill().map_err(failed)?;
                child.wait().map_err(failed)?;
                return Err(Silence::Slow);
            }
            None => std::thread::sleep(Duration::from_millis(10)),
        }
    };
    let (out, err) = (
        out.join().unwrap_or_default(),
        err.join().unwrap_or_default(),
    );
    match status.success() {
        true => Ok(out),
        false => {
            let words = if err.trim().is_empty() { out } else { err };
            Err(Silence::Failed(words.trim().to_owned()))
        }
    }
}

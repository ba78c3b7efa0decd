//! A contained interpreter and the two pipes to it: lines in, lines out, each bounded in size and time.
//! Never believes a line: what it means is for whoever asked.

use std::io::{self, PipeReader, PipeWriter, Read, Write};
use std::os::fd::AsFd;
use std::process::Stdio;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};

use super::super::Cancel;
use super::super::process::limits::ProcessLimits;
use super::super::process::spawn::{Process, ProcessStart, how};
use super::super::worker::WorkerJob;
use super::InterpreterSetup;

/// Longest line that is read, in bytes.
const LONGEST: usize = 8 << 20;
/// How often a waiting parent looks whether it was cancelled.
const SLICE: Duration = Duration::from_millis(50);
/// How long a process that closed its pipe may take to end.
const FAREWELL: Duration = Duration::from_millis(500);

/// Why there is no line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Silent {
    /// It did not answer in time.
    TimedOut,
    /// It ended, in words how.
    Ended(String),
    /// The line is longer than we read.
    TooLong,
    /// The caller cancelled.
    Cancelled,
    /// We failed, not it.
    Fault(String),
}

impl From<io::Error> for Silent {
    fn from(error: io::Error) -> Self {
        Self::Fault(error.to_string())
    }
}

/// An interpreter at work. Dropping it kills it.
#[derive(Debug)]
pub(crate) struct Talk {
    process: Process,
    to: PipeWriter,
    from: PipeReader,
    /// What came after the last line.
    rest: Vec<u8>,
}

impl Talk {
    /// Starts an interpreter on `script`.
    pub(crate) fn start(setup: &InterpreterSetup, script: &str) -> io::Result<Self> {
        let (its_input, to) = io::pipe()?;
        let (from, its_output) = io::pipe()?;
        for end in [to.as_fd(), from.as_fd()] {
            fcntl_setfl(end, fcntl_getfl(end)? | OFlags::NONBLOCK)?;
        }
        let arguments = ["-s", "-S", "-B", "-X", "utf8", "-c", script];
        let job = WorkerJob::Python {
            program: setup.interpreter.program.clone(),
            arguments: arguments.map(str::to_owned).to_vec(),
            read: setup.interpreter.read.clone(),
            limits: ProcessLimits::python(),
            contained: setup.contained,
        };
        let process = Process::start(ProcessStart {
            runner: setup.runner.as_ref(),
            job: &job,
            folder: &setup.folder,
            // sets come in the same order every time
            environment: vec![("PYTHONHASHSEED".to_owned(), "0".to_owned())],
            input: Stdio::from(its_input),
            second: Stdio::from(its_output),
            output: Stdio::null(),
        })?;
        Ok(Self {
            process,
            to,
            from,
            rest: Vec::new(),
        })
    }

    /// Sends a line.
    pub(crate) fn say(
        &mut self,
        line: &str,
        limit: Duration,
        cancel: &Cancel,
    ) -> Result<(), Silent> {
        let deadline = Instant::now() + limit;
        for part in [line.as_bytes(), b"\n"] {
            let mut left = part;
            while !left.is_empty() {
                match self.to.write(left) {
                    Ok(sent) => left = &left[sent..],
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                        wait(&self.to, PollFlags::OUT, deadline, cancel)?;
                    }
                    Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                        return Err(self.ended(cancel));
                    }
                    Err(error) => return Err(error.into()),
                }
            }
        }
        Ok(())
    }

    /// Waits for a line.
    pub(crate) fn hear(&mut self, limit: Duration, cancel: &Cancel) -> Result<String, Silent> {
        let deadline = Instant::now() + limit;
        let mut looked = 0;
        loop {
            if let Some(at) = self.rest[looked..].iter().position(|byte| *byte == b'\n') {
                let mut line: Vec<u8> = self.rest.drain(..=looked + at).collect();
                line.pop();
                return Ok(String::from_utf8_lossy(&line).into_owned());
            }
            looked = self.rest.len();
            if looked > LONGEST {
                return Err(Silent::TooLong);
            }
            let mut bytes = [0; 65536];
            match self.from.read(&mut bytes) {
                Ok(0) => return Err(self.ended(cancel)),
                Ok(read) => self.rest.extend_from_slice(&bytes[..read]),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    wait(&self.from, PollFlags::IN, deadline, cancel)?;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn ended(&mut self, cancel: &Cancel) -> Silent {
        let status = self.process.wait(Instant::now() + FAREWELL, cancel);
        Silent::Ended(match status {
            Some(status) => how(status),
            None => "it closed the pipe to its parent".to_owned(),
        })
    }
}

fn wait(
    end: &impl AsFd,
    flags: PollFlags,
    deadline: Instant,
    cancel: &Cancel,
) -> Result<(), Silent> {
    if cancel.is_cancelled() {
        return Err(Silent::Cancelled);
    }
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() {
        return Err(Silent::TimedOut);
    }
    let slice = left.min(SLICE);
    let slice = Timespec {
        tv_sec: 0,
        tv_nsec: slice.subsec_nanos().into(),
    };
    // an interrupted or early look is only a look
    let _ = poll(&mut [PollFd::new(end, flags)], Some(&slice));
    Ok(())
}

//! The worker thread: comparisons, highlighting and reading past runs, away from the drawing thread.

use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};

use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::msg::{DiffKey, Msg};
use super::widgets::diff::compare;
use crate::domain::id::RunId;
use crate::domain::run::Run;
use crate::store::archive::RunSummary;

/// Bytes of both texts up to which a comparison is told only once, with its colours: they are there as soon as the eye is,
/// and nothing flashes.
const SHORT: usize = 24 * 1024;

/// Something to do.
#[derive(Debug)]
pub(crate) enum Job {
    /// Read the past runs.
    LoadRuns,
    /// Read a past run.
    ReadRun(RunId),
    /// Compare two sources; of long ones answers twice: at once without colours, then with them.
    Compare {
        /// Names it.
        key: DiffKey,
        /// The old text.
        old: Arc<str>,
        /// The new text.
        new: Arc<str>,
    },
}

/// The worker.
pub(crate) struct Worker {
    jobs: Sender<Job>,
    /// What it has done.
    pub done: UnboundedReceiver<Msg>,
}

/// Reads the past runs.
pub(crate) type Loader = Box<dyn Fn() -> Result<Vec<RunSummary>, String> + Send>;
/// Reads one of them.
pub(crate) type Reader = Box<dyn Fn(&RunId) -> Result<Arc<Run>, String> + Send>;

impl Worker {
    /// Starts the thread; it ends when the worker is dropped.
    pub(crate) fn start(load: Loader, read: Reader) -> std::io::Result<Self> {
        let (jobs, todo) = channel::<Job>();
        let (out, done) = unbounded_channel();
        let work = move || {
            while let Ok(job) = todo.recv() {
                let gone = match job {
                    Job::LoadRuns => out.send(Msg::Runs(load())).is_err(),
                    Job::ReadRun(id) => {
                        let run = read(&id);
                        out.send(Msg::RunRead(id, run)).is_err()
                    }
                    Job::Compare { key, old, new } => {
                        let tell = |colours| {
                            let document = compare(&old, &new, colours);
                            out.send(Msg::Diff(key, Arc::new(document))).is_err()
                        };
                        let long = old.len() + new.len() > SHORT;
                        (long && tell(false)) || tell(true)
                    }
                };
                if gone {
                    return;
                }
            }
        };
        std::thread::Builder::new()
            .name("screens-worker".to_owned())
            .spawn(work)?;
        Ok(Self { jobs, done })
    }

    /// Hands over a job. A worker that is gone loses it: the screen then stays without colours.
    pub(crate) fn send(&self, job: Job) {
        let _ = self.jobs.send(job);
    }
}

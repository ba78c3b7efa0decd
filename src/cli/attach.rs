//! A run served to other terminals of the same user: a socket beside the database hands out every event and takes commands.
//! Never tells what is not stored already, never waits for a slow watcher, and never lets anybody else in.

use std::collections::BTreeMap;
use std::fs::{DirBuilder, File, Permissions};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::mpsc::{Receiver, Sender, UnboundedReceiver, UnboundedSender, channel};

use crate::domain::command::Command;
use crate::domain::event::{Event, Fact, Pulse};
use crate::domain::id::{AskId, CandidateId, RunId, UnitId};

/// First line that a watcher hears: a watcher that knows another form reads the store instead.
pub(super) const GREETING: &str = "lessonl watch 1";
/// Lines that wait for a watcher before it is let go; it comes back and reads the store.
const WAITING: usize = 16_384;
/// Longest command, bytes.
const LONGEST: u64 = 256 * 1024;
/// Wait after a watcher could not be let in.
const LULL: Duration = Duration::from_millis(200);
/// Bytes kept of an answer under way for those who come late.
const SAID: usize = 64 * 1024;

/// The folder of the sockets.
fn folder(database: &Path) -> PathBuf {
    let beside = database.parent().unwrap_or(Path::new("."));
    beside.join("watch")
}

/// A path of the socket that is short whatever the folder is called: socket addresses hold about a hundred bytes.
fn address(folder: &File, run: &RunId) -> PathBuf {
    PathBuf::from(format!("/proc/self/fd/{}/{run}.sock", folder.as_raw_fd()))
}

/// Connects to the process that works on a run.
///
/// # Errors
/// If nobody serves it.
pub(super) async fn connect(database: &Path, run: &RunId) -> io::Result<UnixStream> {
    let folder = File::open(folder(database))?;
    UnixStream::connect(address(&folder, run)).await
}

/// The socket of a run; gone when dropped.
pub(super) struct Door {
    listener: UnixListener,
    path: PathBuf,
}

impl Drop for Door {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

impl Door {
    /// Opens it. The run must be claimed, so that a socket that is there already is nobody's. Called on the runtime.
    ///
    /// # Errors
    /// If the file system has no sockets; the run can then be watched through the store alone.
    pub(super) fn open(database: &Path, run: &RunId) -> io::Result<Self> {
        let folder = folder(database);
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&folder)?;
        let path = folder.join(format!("{run}.sock"));
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let held = File::open(&folder)?;
        let listener = UnixListener::bind(address(&held, run))?;
        std::fs::set_permissions(&path, Permissions::from_mode(0o600))?;
        Ok(Self { listener, path })
    }

    /// The next watcher of our own user.
    async fn next(&self) -> Option<UnixStream> {
        let Ok((stream, _)) = self.listener.accept().await else {
            // Out of descriptors, most likely: trying again at once would only spin.
            tokio::time::sleep(LULL).await;
            return None;
        };
        let ours = rustix::process::geteuid().as_raw();
        let theirs = stream.peer_cred().ok()?.uid();
        (theirs == ours).then_some(stream)
    }
}

/// What somebody who comes late has to be told besides the stored facts.
#[derive(Debug, Default)]
struct Standing {
    timing: bool,
    waiting: Option<Pulse>,
    progress: BTreeMap<Option<CandidateId>, Pulse>,
    said: BTreeMap<AskId, (UnitId, String)>,
}

impl Standing {
    fn take(&mut self, event: &Event) {
        match event {
            Event::Pulse(pulse @ Pulse::WaitingForPerson { lessons, .. }) => {
                self.waiting = (!lessons.is_empty()).then(|| pulse.clone());
            }
            Event::Pulse(Pulse::TimingWindow { open }) => self.timing = *open,
            Event::Pulse(pulse @ Pulse::Evaluating { candidate, .. }) => {
                self.progress.insert(*candidate, pulse.clone());
            }
            Event::Pulse(Pulse::AnswerDelta { unit, ask, text }) => {
                let (_, said) = self
                    .said
                    .entry(*ask)
                    .or_insert_with(|| (*unit, String::new()));
                if said.len() + text.len() <= SAID {
                    said.push_str(text);
                }
            }
            Event::Pulse(
                Pulse::ThoughtDelta { .. } | Pulse::Retrying { .. } | Pulse::Notice { .. },
            ) => {}
            Event::Fact(envelope) => match &envelope.fact {
                Fact::AnswerReceived { ask, .. } | Fact::AskFailed { ask, .. } => {
                    self.said.remove(ask);
                }
                Fact::Evaluated { candidate, .. } | Fact::BestConfirmed { candidate, .. } => {
                    self.progress.remove(&Some(*candidate));
                }
                // its pulses went by under the leader's name
                Fact::ContestHeld { .. } => self.progress.clear(),
                Fact::ParentMet { candidate, .. } => drop(self.progress.remove(&Some(*candidate))),
                Fact::RoundStarted { .. } => drop(self.progress.remove(&None)),
                Fact::LessonsSelected { .. } => self.waiting = None,
                Fact::UnitStarted { .. } | Fact::UnitFinished { .. } | Fact::RunFinished { .. } => {
                    *self = Self::default();
                }
                _ => {}
            },
        }
    }

    fn told(&self) -> Vec<Event> {
        let said = self.said.iter().map(|(ask, (unit, text))| {
            let (unit, ask, text) = (*unit, *ask, text.clone());
            Pulse::AnswerDelta { unit, ask, text }
        });
        let progress = self.progress.values().cloned();
        let timing = self
            .timing
            .then_some(Pulse::TimingWindow { open: self.timing });
        let pulses = said.chain(progress).chain(timing);
        pulses
            .chain(self.waiting.clone())
            .map(Event::Pulse)
            .collect()
    }
}

/// A line of the socket. What has no form is left out: pulses may be lost, facts always have one.
fn line(event: &Event) -> Option<Arc<str>> {
    let text = serde_json::to_string(event).ok()?;
    Some(Arc::from(format!("{text}\n")))
}

/// Hands every event to the run's own listener and to whoever watches, until the events end.
pub(super) async fn serve(
    mut events: UnboundedReceiver<Event>,
    listener: UnboundedSender<Event>,
    door: Option<Door>,
    commands: UnboundedSender<Command>,
) {
    let mut standing = Standing::default();
    let mut watchers: Vec<Sender<Arc<str>>> = Vec::new();
    loop {
        let next = async {
            match &door {
                Some(door) => door.next().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            event = events.recv() => {
                let Some(event) = event else { return };
                standing.take(&event);
                if !watchers.is_empty() && let Some(text) = line(&event) {
                    let facts = matches!(event, Event::Fact(_));
                    watchers.retain(|to| keep(to, &text, facts));
                }
                // A listener that has gone is the run's least worry.
                let _ = listener.send(event);
            }
            stream = next => {
                let Some(stream) = stream else { continue };
                let (to, lines) = channel(WAITING);
                let first = std::iter::once(Arc::from(format!("{GREETING}\n")));
                for text in first.chain(standing.told().iter().filter_map(line)) {
                    let _ = to.try_send(text);
                }
                watchers.push(to);
                let (read, write) = stream.into_split();
                tokio::spawn(tell(lines, write));
                tokio::spawn(hear(read, commands.clone()));
            }
        }
    }
}

/// Whether a watcher stays: one that has gone does not, nor one that would miss a fact.
fn keep(to: &Sender<Arc<str>>, text: &Arc<str>, fact: bool) -> bool {
    use tokio::sync::mpsc::error::TrySendError;
    match to.try_send(Arc::clone(text)) {
        Ok(()) => true,
        Err(TrySendError::Full(_)) => !fact,
        Err(TrySendError::Closed(_)) => false,
    }
}

async fn tell(mut lines: Receiver<Arc<str>>, mut write: OwnedWriteHalf) {
    while let Some(text) = lines.recv().await {
        if write.write_all(text.as_bytes()).await.is_err() {
            return;
        }
    }
}

async fn hear(read: OwnedReadHalf, commands: UnboundedSender<Command>) {
    let mut read = BufReader::new(read).take(LONGEST);
    let mut text = Vec::new();
    loop {
        text.clear();
        read.set_limit(LONGEST);
        match read.read_until(b'\n', &mut text).await {
            Ok(1..) if text.ends_with(b"\n") => {}
            _ => return,
        }
        // What is no command was written by another version: not heard rather than guessed.
        if let Ok(command) = serde_json::from_slice(&text)
            && commands.send(command).is_err()
        {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::{AgentId, LessonId, Purpose, Round};

    #[test]
    fn events_and_commands_have_a_form_and_come_back() {
        let about = CandidateId::first(Round(1), AgentId(2));
        let ask = AskId {
            about,
            purpose: Purpose::Lesson,
        };
        let unit = UnitId(3);
        let pulses = [
            Pulse::AnswerDelta {
                unit,
                ask,
                text: "a\nb".to_owned(),
            },
            Pulse::TimingWindow { open: true },
            Pulse::Evaluating {
                unit,
                candidate: None,
                progress: crate::domain::event::Progress::Launch {
                    done: 2,
                    so_far: None,
                },
            },
            Pulse::WaitingForPerson {
                unit,
                lessons: vec![LessonId::Learned(about)],
            },
        ];
        for event in pulses.map(Event::Pulse) {
            let text = line(&event).unwrap();
            assert_eq!(text.matches('\n').count(), 1);
            assert_eq!(serde_json::from_str::<Event>(&text).unwrap(), event);
        }
        let facts = include_str!("../../tests/fixtures/recorded-run.jsonl").lines();
        for fact in facts.map(|text| serde_json::from_str(text).unwrap()) {
            let event = Event::Fact(Box::new(fact));
            let text = line(&event).unwrap();
            assert_eq!(serde_json::from_str::<Event>(&text).unwrap(), event);
        }
        let command = Command::DecideLesson {
            unit,
            lesson: LessonId::Person(1),
            decision: crate::domain::lesson::Decision::Edit {
                text: "x\ny".to_owned(),
            },
        };
        let text = serde_json::to_string(&command).unwrap();
        assert_eq!(serde_json::from_str::<Command>(&text).unwrap(), command);
    }

    #[test]
    fn who_comes_late_hears_what_stands() {
        let mut standing = Standing::default();
        let unit = UnitId(0);
        let ask = AskId {
            about: CandidateId::first(Round(0), AgentId(0)),
            purpose: Purpose::Rewrite,
        };
        let said = |text: &str| {
            Event::Pulse(Pulse::AnswerDelta {
                unit,
                ask,
                text: text.to_owned(),
            })
        };
        standing.take(&Event::Pulse(Pulse::TimingWindow { open: true }));
        standing.take(&said("one "));
        standing.take(&said("two"));
        assert_eq!(
            standing.told(),
            [
                said("one two"),
                Event::Pulse(Pulse::TimingWindow { open: true })
            ]
        );
        standing.take(&Event::Pulse(Pulse::TimingWindow { open: false }));
        for _ in 0..3_000 {
            standing.take(&said(&"x".repeat(100)));
        }
        let told = standing.told();
        let [Event::Pulse(Pulse::AnswerDelta { text, .. })] = told.as_slice() else {
            panic!("{told:?}");
        };
        assert!(text.len() <= SAID);
    }
}

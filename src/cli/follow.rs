//! Following a run without screens: every event becomes a line; the first interrupt stops the run gracefully, the second at once.
//! Never decides about lessons: where the run waits for a person, the gate is opened and that is said.

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc::UnboundedReceiver;

use super::output::{self, Halt};
use super::plain;
use super::resolve::Surface;
use crate::domain::command::Command;
use crate::domain::event::{Event, Pulse};
use crate::domain::run::Run;
use crate::domain::spec::LessonGate;
use crate::engine::handle::Session;
use crate::failure::{Failure, FailureKind};

/// What stopped a run from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Interrupt {
    /// Ctrl-C.
    Person,
    /// SIGTERM.
    Terminated,
    /// SIGHUP: the terminal has gone.
    HungUp,
}

impl Interrupt {
    /// The exit code it leads to.
    pub(super) fn exit_code(self) -> u8 {
        match self {
            Self::Person => 130,
            Self::Terminated | Self::HungUp => 143,
        }
    }
}

/// The signals we obey.
pub(super) struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hangup: Signal,
}

impl Signals {
    /// Takes them over; must be called on the runtime.
    ///
    /// # Errors
    /// If the system refuses.
    pub(super) fn listen() -> Result<Self, Failure> {
        let listen = |kind| {
            signal(kind).map_err(|error| {
                Failure::new(
                    FailureKind::Internal,
                    format!("cannot listen to signals: {error}"),
                )
            })
        };
        Ok(Self {
            interrupt: listen(SignalKind::interrupt())?,
            terminate: listen(SignalKind::terminate())?,
            hangup: listen(SignalKind::hangup())?,
        })
    }

    /// Waits for the next one.
    pub(super) async fn next(&mut self) -> Interrupt {
        tokio::select! {
            _ = self.interrupt.recv() => Interrupt::Person,
            _ = self.terminate.recv() => Interrupt::Terminated,
            _ = self.hangup.recv() => Interrupt::HungUp,
        }
    }
}

/// Who works on the run that is followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whose {
    /// This process, or nobody any more.
    Ours,
    /// Another one, which hears nothing from here.
    AnotherProcess,
}

/// What was seen.
#[derive(Debug)]
pub(super) struct Followed {
    /// The run as its facts told it; `None` if there was not even a first one.
    pub run: Option<Run>,
    /// What stopped it, if something did.
    pub interrupt: Option<Interrupt>,
}

/// Follows a session to its end. `known` is the fold of the facts that need not be told again.
///
/// # Errors
/// If the lines cannot be written; the run was stopped then.
pub(super) async fn follow(
    mut session: Session,
    surface: Surface,
    known: Option<Run>,
    mut trouble: UnboundedReceiver<String>,
    signals: &mut Signals,
    whose: Whose,
) -> Result<Followed, Halt> {
    let mut teller = Teller {
        whose,
        surface,
        run: known,
        halt: None,
    };
    let mut interrupt = None;
    loop {
        tokio::select! {
            // Troubles first: they are rare and explain what follows.
            biased;
            Some(text) = trouble.recv() => output::note(&text),
            signal = signals.next() => {
                if interrupt.is_some() {
                    std::process::exit(i32::from(signal.exit_code()));
                }
                interrupt = Some(signal);
                output::note("Stopping; once more to stop at once.");
                let _ = session.commands.send(Command::Cancel);
            }
            event = session.events.recv() => match event {
                None => break,
                Some(event) => {
                    if let Some(command) = teller.tell(&event) {
                        // An engine that is gone ends the events, too.
                        let _ = session.commands.send(command);
                    }
                }
            }
        }
    }
    while let Ok(text) = trouble.try_recv() {
        output::note(&text);
    }
    match teller.halt {
        Some(halt) => Err(halt),
        None => Ok(Followed {
            run: teller.run,
            interrupt,
        }),
    }
}

/// Writes events until nobody reads them.
struct Teller {
    whose: Whose,
    surface: Surface,
    run: Option<Run>,
    halt: Option<Halt>,
}

impl Teller {
    /// Tells an event; returns what the engine has to be told in turn.
    fn tell(&mut self, event: &Event) -> Option<Command> {
        let written = match event {
            Event::Fact(envelope) => {
                match &mut self.run {
                    Some(run) if envelope.seq < run.facts && envelope.seq > 0 => return None,
                    Some(run) => run.apply(envelope),
                    None => self.run = Run::begin(envelope),
                }
                match (self.surface, &self.run) {
                    (Surface::Json, _) => match serde_json::to_string(envelope) {
                        Ok(text) => output::line(&text),
                        Err(error) => Err(Failure::new(
                            FailureKind::Internal,
                            format!("fact {} has no JSON form: {error}", envelope.seq),
                        )
                        .into()),
                    },
                    (_, Some(run)) => {
                        plain::line(run, envelope).map_or(Ok(()), |text| output::line(&text))
                    }
                    (_, None) => Ok(()),
                }
            }
            Event::Pulse(Pulse::WaitingForPerson { lessons, .. }) if !lessons.is_empty() => {
                // A run that another process works on is waited for by whoever watches it there.
                if self.whose == Whose::AnotherProcess {
                    output::note(&format!(
                        "The run waits until somebody decides about {} lessons: `lessonl watch` in a terminal.",
                        lessons.len()
                    ));
                    return None;
                }
                output::note(
                    "The run waits for a person to decide about lessons. Nobody is here to do that, so it goes on without decisions.",
                );
                return Some(Command::SetGate(LessonGate::Auto));
            }
            Event::Pulse(pulse) => {
                if let Some(text) = plain::pulse(pulse) {
                    output::note(&text);
                }
                Ok(())
            }
        };
        let halt = written.err()?;
        let first = self.halt.is_none();
        self.halt.get_or_insert(halt);
        first.then_some(Command::Cancel)
    }
}

//! The loop: waits on the keyboard, the engine, the worker, signals and time; folds them into the model; draws when something
//! changed: at most 60 times a second for the person, 30 for the engine, and once while something is timed. The only place
//! with effects.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossterm::event::{Event as Input, EventStream};
use futures_util::StreamExt;
use tokio::select;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;

use super::errand::{Desk, News, Sent, Teller};
use super::live::Origin;
use super::meter::FrameCost;
use super::model::{Focus, Model, Quiet};
use super::msg::{EditTarget, Effect, Msg, Request};
use super::terminal::{PanicGuard, Terminal, restore, theme_by_background};
use super::worker::{Job, Worker};
use super::{ScreenRequest, outside, view};
use crate::config::saving;
use crate::domain::event::Envelope;
use crate::domain::failure::{Failure, FailureKind};
use crate::engine::handle::Session;

/// Shortest time between two frames after what the person did.
const FRAME: Duration = Duration::from_millis(16);
/// Shortest time between two frames that only the engine asks for.
const STREAM_FRAME: Duration = Duration::from_millis(34);
/// Shortest time between two frames while something is timed.
const QUIET_FRAME: Duration = Duration::from_secs(1);
/// The same for frames that nobody's key asks for: longer, so that the second's one frame is there when a key is pressed.
const QUIET_STREAM: Duration = Duration::from_secs(3);
/// How long a frame waits for a comparison just asked for: it is nearly always there by then, and nothing flickers.
const FIRST_LOOK: Duration = Duration::from_millis(10);
/// Time between two ticks of the clock on screen.
const TICK: Duration = Duration::from_secs(1);
/// Shortest time between two questions for the terminal's background.
const BACKGROUND: Duration = Duration::from_secs(2);
/// Events folded before the next look at the keyboard.
const BATCH: usize = 512;

/// What the loop is given.
pub(crate) struct Channels {
    /// Takes launches.
    pub launcher: UnboundedSender<ScreenRequest>,
    /// Words of trouble.
    pub trouble: UnboundedReceiver<String>,
    /// The worker thread.
    pub worker: Worker,
    /// The session the screens begin with.
    pub session: Option<Session>,
}

type Told = (Desk, u64, News);

struct Loop {
    terminal: Terminal,
    input: Option<EventStream>,
    channels: Channels,
    launching: Option<(Origin, oneshot::Receiver<Result<Session, Failure>>)>,
    /// Errands that are wanted: given up when their ends are dropped.
    errands: HashMap<Desk, oneshot::Sender<()>>,
    news: (UnboundedSender<Told>, UnboundedReceiver<Told>),
    panics: PanicGuard,
    leave: bool,
    suspended: bool,
    /// The first key that no frame has answered yet.
    pressed: Option<Instant>,
    /// When the terminal was last asked for its background.
    asked: Instant,
    /// When a comparison was last asked for.
    compared: Instant,
}

struct Signals {
    terminate: Signal,
    hangup: Signal,
    resume: Signal,
}

/// Runs until the person leaves.
pub(crate) fn run(model: &mut Model, channels: Channels) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| trouble("could not start the screens", &error))?;
    let panics = PanicGuard::install();
    let terminal =
        Terminal::enter(model.mouse).map_err(|e| trouble("could not take the terminal", &e))?;
    model.size = terminal.size();
    let mut state = Loop {
        terminal,
        input: None,
        channels,
        launching: None,
        errands: HashMap::new(),
        news: unbounded_channel(),
        panics,
        leave: false,
        suspended: false,
        pressed: None,
        asked: Instant::now(),
        compared: Instant::now(),
    };
    let result = runtime.block_on(state.turn(model));
    drop(state);
    match result {
        // A terminal that went away is an ordinary way to leave.
        Err(error)
            if error.raw_os_error() == Some(libc::EIO)
                || error.kind() == io::ErrorKind::BrokenPipe =>
        {
            // What the loop would do with it needs a terminal no more.
            super::update::update(model, Msg::HungUp);
            Ok(())
        }
        other => other.map_err(|error| trouble("the terminal failed", &error)),
    }
}

fn trouble(what: &str, error: &io::Error) -> Failure {
    Failure::new(FailureKind::Environment, format!("{what}: {error}"))
        .hint("run with --headless where there is no terminal")
}

/// When frames were drawn: the last one, and the last one that answered the person.
#[derive(Default)]
struct Pace {
    drawn: Option<Instant>,
    answered: Option<Instant>,
}

impl Pace {
    /// When the next frame may be drawn. What the person did does not wait for a frame that a stream asked for.
    fn due(&self, model: &Model) -> Instant {
        let timing = model.live.as_ref().is_some_and(|live| live.timing);
        let (since, gap) = match (timing, model.urgent, model.quiet) {
            (false, true, _) | (true, true, Quiet::Answering) => (self.answered, FRAME),
            (false, false, _) => (self.drawn, STREAM_FRAME),
            (true, true, Quiet::Still) => (self.drawn, QUIET_FRAME),
            (true, false, _) => (self.drawn, QUIET_STREAM),
        };
        since.map_or_else(Instant::now, |at| at + gap)
    }

    /// The next answer is drawn at once: it is what the frame before was waiting for.
    fn at_once(&mut self) {
        self.answered = None;
    }

    fn drew(&mut self, at: Instant, answer: bool) {
        self.drawn = Some(at);
        if answer {
            self.answered = self.drawn;
        }
    }
}

impl Loop {
    async fn turn(&mut self, model: &mut Model) -> io::Result<()> {
        self.input = Some(EventStream::new());
        let mut signals = Signals {
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
            resume: signal(SignalKind::from_raw(libc::SIGCONT))?,
        };
        let mut pace = Pace::default();
        let mut tick = Instant::now();
        self.channels.worker.send(Job::LoadRuns);
        model.now = now();
        while !self.leave {
            let due = pace.due(model);
            let due = match model.comparing.is_empty() {
                true => due,
                false => due.max(self.compared + FIRST_LOOK),
            };
            if model.dirty && !self.suspended && Instant::now() >= due {
                let urgent = std::mem::take(&mut model.urgent);
                model.dirty = false;
                let before = worked();
                let bytes = self.terminal.draw(|frame| view::draw(model, frame))?;
                if model.alerts.title {
                    self.terminal.title(&view::terminal_title(model))?;
                }
                pace.drew(Instant::now(), urgent);
                let cost = FrameCost {
                    took: micros(worked().saturating_sub(before)),
                    bytes,
                    since_key: self.pressed.take().map(|at| micros(at.elapsed())),
                };
                self.fold(model, Msg::Drawn(cost))?;
            }
            let ticking = model.is_running();
            let wake = match (model.dirty && !self.suspended, ticking) {
                (true, _) => Some(due),
                (false, true) => Some(tick + TICK),
                (false, false) => None,
            };
            let msg = self.next(&mut signals, wake).await;
            if let Some(msg) = msg {
                if matches!(msg, Msg::Key(_)) {
                    self.pressed.get_or_insert_with(Instant::now);
                }
                if matches!(msg, Msg::Diff(..)) {
                    pace.at_once();
                }
                self.fold(model, msg)?;
            }
            self.drain(model)?;
            if ticking && tick.elapsed() >= TICK {
                tick = Instant::now();
                self.fold(model, Msg::Tick(now()))?;
            }
            for text in self.panics.collected() {
                self.fold(
                    model,
                    Msg::Trouble(format!("a part of the program failed: {text}")),
                )?;
            }
        }
        Ok(())
    }

    /// The next message, or none when the time to draw has come.
    async fn next(&mut self, signals: &mut Signals, wake: Option<Instant>) -> Option<Msg> {
        let Self {
            input,
            channels,
            launching,
            terminal,
            suspended,
            news,
            ..
        } = self;
        let sleep = async {
            match wake {
                Some(at) => tokio::time::sleep_until(at.into()).await,
                None => std::future::pending().await,
            }
        };
        select! {
            event = async {
                match input {
                    Some(stream) => stream.next().await,
                    None => std::future::pending().await,
                }
            } => match event {
                Some(Ok(event)) => input_msg(event),
                Some(Err(_)) | None => Some(Msg::HungUp),
            },
            event = async {
                match &mut channels.session {
                    Some(session) => session.events.recv().await,
                    None => std::future::pending().await,
                }
            } => match event {
                Some(event) => Some(Msg::Engine(event)),
                None => {
                    channels.session = None;
                    Some(Msg::EngineClosed)
                }
            },
            answer = async {
                match launching {
                    Some((origin, reply)) => (*origin, reply.await),
                    None => std::future::pending().await,
                }
            } => {
                *launching = None;
                Some(Msg::Launched(launched(channels, answer)))
            }
            Some(msg) = channels.worker.done.recv() => Some(msg),
            Some((desk, number, news)) = news.1.recv() => Some(Msg::News(desk, number, news)),
            Some(text) = channels.trouble.recv() => Some(Msg::Trouble(text)),
            _ = signals.terminate.recv() => Some(Msg::Terminate),
            _ = signals.hangup.recv() => Some(Msg::HungUp),
            _ = signals.resume.recv() => {
                // The shell may have changed the terminal while we were stopped.
                *suspended = false;
                match terminal.reenter() {
                    Ok(()) => {
                        let (width, height) = terminal.size();
                        Some(Msg::Resize(width, height))
                    }
                    Err(_) => Some(Msg::HungUp),
                }
            }
            () = sleep => None,
        }
    }

    /// Folds what has piled up, so that a flood costs one frame.
    fn drain(&mut self, model: &mut Model) -> io::Result<()> {
        for _ in 0..BATCH {
            let Some(session) = &mut self.channels.session else {
                return Ok(());
            };
            let Ok(event) = session.events.try_recv() else {
                return Ok(());
            };
            self.fold(model, Msg::Engine(event))?;
        }
        Ok(())
    }

    fn fold(&mut self, model: &mut Model, msg: Msg) -> io::Result<()> {
        for effect in super::update::update(model, msg) {
            self.act(model, effect)?;
        }
        Ok(())
    }

    fn act(&mut self, model: &mut Model, effect: Effect) -> io::Result<()> {
        match effect {
            Effect::Send(command) => {
                if let Some(session) = &self.channels.session {
                    // The engine may be gone; then the channel's end is the next message.
                    let _ = session.commands.send(command);
                }
            }
            Effect::Launch(request) => self.launch(request),
            Effect::LoadRuns => self.channels.worker.send(Job::LoadRuns),
            Effect::ReadRun(id) => self.channels.worker.send(Job::ReadRun(id)),
            Effect::Compare(key, old, new) => {
                self.compared = Instant::now();
                self.channels.worker.send(Job::Compare { key, old, new });
            }
            Effect::Edit(target, text) => return self.edit(model, target, &text),
            Effect::Copy(text) => {
                let words = outside::copy(&mut self.terminal, &text)?;
                return self.fold(model, Msg::Told(words));
            }
            Effect::Export { name, text } => {
                let words = match std::fs::write(&name, text) {
                    Ok(()) => format!("Written: {name}"),
                    Err(error) => format!("Could not write {name} here: {error}"),
                };
                return self.fold(model, Msg::Told(words));
            }
            Effect::WriteNew { name, text } => {
                let words = match outside::write_new(&name, &text) {
                    Ok(()) => format!("Written: {name}"),
                    Err(error) => format!("Could not write {name}: {error}"),
                };
                return self.fold(model, Msg::Told(words));
            }
            Effect::Errand(desk, number, errand) => self.errand(desk, number, errand),
            Effect::GiveUp(desk) => drop(self.errands.remove(&desk)),
            Effect::Mouse(capture) => self.terminal.mouse(capture)?,
            Effect::Suspend => {
                restore();
                // The whole job stops, so that the shell notices even when it was started through cargo.
                // The terminal is taken again when SIGCONT comes: this thread may run on for a moment.
                self.suspended = true;
                rustix::process::kill_current_process_group(rustix::process::Signal::STOP)?;
            }
            Effect::Alert(words) => self.alert(model, &words)?,
            Effect::Save(settings) => {
                let Some(file) = model.settings_file.clone() else {
                    return Ok(());
                };
                let words = match saving::save(&file, &settings) {
                    Ok(()) => format!("Saved in {}", file.display()),
                    Err(why) => why,
                };
                return self.fold(model, Msg::Told(words));
            }
            Effect::Redraw => {
                self.terminal.reenter()?;
                model.dirty = true;
                model.urgent = true;
            }
            Effect::AskBackground => return self.ask_background(model),
            Effect::Quit => self.leave = true,
        }
        Ok(())
    }

    /// Tells the person, unless the terminal is looked at.
    fn alert(&mut self, model: &Model, words: &str) -> io::Result<()> {
        if model.focus == Focus::Here {
            return Ok(());
        }
        if model.alerts.bell {
            self.terminal.bell()?;
        }
        if model.alerts.notify {
            self.terminal.notify(words)?;
        }
        Ok(())
    }

    fn launch(&mut self, request: Request) {
        let (reply, answer) = oneshot::channel();
        let (origin, launch) = match request {
            Request::Start(choice, team) => {
                let start = ScreenRequest::Start {
                    choice,
                    team,
                    reply,
                };
                (Origin::Live, start)
            }
            Request::Resume(run) => (Origin::Live, ScreenRequest::Resume { run, reply }),
            Request::Replay(run) => (Origin::Replay, ScreenRequest::Replay { run, reply }),
            Request::Again(run) => (Origin::Live, ScreenRequest::Again { run, reply }),
            Request::Watch(run) => (Origin::Watch, ScreenRequest::Watch { run, reply }),
        };
        // A launcher that is gone drops the reply, which is told as a failure.
        let _ = self.channels.launcher.send(launch);
        self.launching = Some((origin, answer));
    }

    fn errand(&mut self, desk: Desk, number: u64, errand: super::errand::Errand) {
        let (keep, wanted) = oneshot::channel();
        let teller = Teller {
            desk,
            number,
            news: self.news.0.clone(),
        };
        self.errands.insert(desk, keep);
        let sent = Sent {
            errand,
            teller: teller.clone(),
            wanted,
        };
        if self
            .channels
            .launcher
            .send(ScreenRequest::Errand(sent))
            .is_err()
        {
            teller.over(Err(Failure::new(
                FailureKind::Internal,
                "it cannot be done: nobody answers",
            )));
        }
    }

    /// Asks the terminal whether its background is dark or light now: it may have changed while it was out of sight.
    fn ask_background(&mut self, model: &mut Model) -> io::Result<()> {
        if self.asked.elapsed() < BACKGROUND {
            return Ok(());
        }
        // The answer comes where keys come from: nobody else may read there.
        self.deafen();
        let answer = theme_by_background();
        self.input = Some(EventStream::new());
        self.asked = Instant::now();
        match answer {
            Some(theme) => self.fold(model, Msg::Background(theme)),
            None => Ok(()),
        }
    }

    /// Stops listening to the keyboard. The stream wakes its reader when it goes, though none may be waiting; a wake that is
    /// found later, together with a key, would hide the key until the next one. So it is taken in now.
    fn deafen(&mut self) {
        self.input = None;
        // A key that is there already stays in the queue.
        let _ = crossterm::event::poll(Duration::ZERO);
    }

    fn edit(&mut self, model: &mut Model, target: EditTarget, text: &str) -> io::Result<()> {
        // Nobody else may read the keyboard while the editor does.
        self.deafen();
        restore();
        let result = outside::edit(&target, text);
        self.input = Some(EventStream::new());
        self.terminal.reenter()?;
        let (width, height) = self.terminal.size();
        self.fold(model, Msg::Resize(width, height))?;
        self.fold(model, Msg::Edited(target, result))
    }
}

fn launched(
    channels: &mut Channels,
    (origin, answer): (
        Origin,
        Result<Result<Session, Failure>, oneshot::error::RecvError>,
    ),
) -> Result<(Origin, Arc<[Envelope]>), Failure> {
    let session = answer.unwrap_or_else(|_| {
        Err(Failure::new(
            FailureKind::Internal,
            "the run could not be opened: nothing answers",
        ))
    })?;
    let record = Arc::clone(&session.record);
    channels.session = Some(session);
    Ok((origin, record))
}

fn input_msg(event: Input) -> Option<Msg> {
    match event {
        Input::Key(key) => Some(Msg::Key(key)),
        Input::Mouse(mouse) => Some(Msg::Mouse(mouse)),
        Input::Paste(text) => Some(Msg::Paste(text)),
        Input::Resize(width, height) => Some(Msg::Resize(width, height)),
        Input::FocusGained => Some(Msg::Focus),
        Input::FocusLost => Some(Msg::Blur),
    }
}

/// Processor time of this thread: what drawing costs, however busy the machine is.
fn worked() -> Duration {
    let spent = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    spent.try_into().unwrap_or_default()
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |d| i64::try_from(d.as_millis()).unwrap_or(i64::MAX))
}

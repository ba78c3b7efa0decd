//! Several cells in flight on one machine: while some wait for models, others compile or one is timed; the harness's gate
//! sees to it that timing is alone. Never decides which cell comes next.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;

use super::compose::{Beginning, House, Keep};
use super::follow::{Interrupt, Signals};
use super::output::{self, Halt};
use crate::domain::command::Command;
use crate::domain::event::{Event, Fact};
use crate::domain::id::RunId;
use crate::domain::run::Run;
use crate::engine::handle::Session;
use crate::failure::{Failure, FailureKind};
use crate::harness::{Harness, batch_signal};
use crate::store::Kept;

/// How often it is looked whether a stop is wanted, or what is under way has come in.
const LOOK: Duration = Duration::from_millis(200);

/// A cell about to begin.
pub(super) struct Flight<T> {
    /// What it is to the caller.
    pub tag: T,
    /// Its run.
    pub beginning: Beginning,
    /// Where its facts are kept.
    pub keep: Keep,
}

/// A cell that has ended.
pub(super) struct Landed<T> {
    /// What it is to the caller.
    pub tag: T,
    /// The run as its facts told it.
    pub run: Option<Run>,
    /// What of them is kept; `None`: the engine died.
    pub kept: Option<Kept>,
}

/// Why it ended early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stopped {
    /// By a signal.
    Signal(Interrupt),
    /// Because somebody wanted it.
    Wanted,
}

/// How it is done.
pub(super) struct Manner {
    /// Cells at a time.
    pub limit: usize,
    /// How long answers under way may take to come in after a signal.
    pub grace: Duration,
    /// The same where somebody wants a stop, and nobody cuts off what is not over in time.
    pub patience: Duration,
}

/// Whether nothing goes on for want of money. Seen once it may mean that an answer has come this moment, and what it left
/// over was not given to others yet.
#[derive(Debug, Default)]
pub(super) struct Want(Option<Instant>);

impl Want {
    /// Time within which what an answer left over is given to a question that waits.
    const SETTLES: Duration = Duration::from_millis(2_500);

    /// It was looked at. Returns whether it has been so for a while.
    pub(super) fn lasts(&mut self, so: bool) -> bool {
        self.0 = self.0.or_else(|| Some(Instant::now())).filter(|_| so);
        self.0.is_some_and(|since| since.elapsed() >= Self::SETTLES)
    }
}

/// Who is told what, and says what comes next.
pub(super) trait Captain {
    /// What a flight is to it.
    type Tag: Send + 'static;

    /// The next one; `None`: there is no more.
    ///
    /// # Errors
    /// If it cannot be made ready.
    fn next(&mut self) -> Result<Option<Flight<Self::Tag>>, Halt>;

    /// One has ended.
    ///
    /// # Errors
    /// If nothing more should be begun.
    fn landed(&mut self, landed: Landed<Self::Tag>) -> Result<(), Halt>;

    /// Whether somebody wants all of it to stop. Asked several times a second; `idle`: no question is under way.
    fn is_stop_wanted(&mut self, idle: bool) -> bool;

    /// What a person wants of runs that are under way. Asked as often.
    fn orders(&mut self) -> Vec<(RunId, Command)> {
        Vec::new()
    }
}

/// What is in the air.
struct Air<T> {
    flying: JoinSet<Landed<T>>,
    commands: Vec<(RunId, UnboundedSender<Command>)>,
    /// Questions without an answer yet.
    open: Arc<AtomicI64>,
    stopped: Option<Stopped>,
    failed: Option<Halt>,
    /// When what is under way is cut off.
    until: Option<Instant>,
    cut: bool,
}

impl<T> Air<T> {
    fn tell(&mut self, command: &Command) {
        // Runs that have ended hear nothing.
        self.commands
            .retain(|(_, to)| to.send(command.clone()).is_ok());
    }

    /// Tells one run something.
    fn order(&self, run: &RunId, command: Command) {
        let to = self.commands.iter().rev().find(|(of, _)| of == run);
        // One that has ended hears nothing.
        let _ = to.map(|(_, to)| to.send(command));
    }

    /// Begins nothing new; what is asked already may be answered until `grace` is over, or sooner if that was said before.
    fn stop(&mut self, grace: Duration) {
        let until = Instant::now() + grace;
        if self.until.is_none() {
            self.tell(&Command::Pause);
        }
        self.until = Some(self.until.map_or(until, |before| before.min(until)));
    }

    /// Cuts off what is under way once nothing is awaited any more.
    fn cut_if_due(&mut self) {
        let due =
            |until: &Instant| self.open.load(Ordering::Relaxed) <= 0 || Instant::now() >= *until;
        if !self.cut && self.until.as_ref().is_some_and(due) {
            self.cut = true;
            self.tell(&Command::Cancel);
        }
    }
}

/// Works through all that the captain names. `Some`: it was stopped.
///
/// # Errors
/// The captain's, after what was in the air has landed.
pub(super) fn fly<C: Captain>(
    house: &House,
    harness: &Harness,
    manner: &Manner,
    signals: &mut Signals,
    captain: &mut C,
) -> Result<Option<Stopped>, Halt> {
    let mut air = Air {
        flying: JoinSet::new(),
        commands: Vec::new(),
        open: Arc::default(),
        stopped: None,
        failed: None,
        until: None,
        cut: false,
    };
    house.handle.block_on(async {
        let mut more = true;
        let mut look = tokio::time::interval(LOOK);
        loop {
            while more && air.until.is_none() && air.flying.len() < manner.limit.max(1) {
                match captain.next().and_then(|next| match next {
                    Some(flight) => begin(house, harness, &mut air, flight).map(|()| true),
                    None => Ok(false),
                }) {
                    Ok(begun) => more = begun,
                    Err(halt) => {
                        air.failed = Some(halt);
                        air.stop(Duration::ZERO);
                    }
                }
            }
            if air.flying.is_empty() {
                break;
            }
            tokio::select! {
                biased;
                signal = signals.next() => {
                    if matches!(air.stopped, Some(Stopped::Signal(_))) {
                        std::process::exit(i32::from(signal.exit_code()));
                    }
                    batch_signal::told();
                    output::note("Stopping; once more to stop at once.");
                    air.stopped = Some(Stopped::Signal(signal));
                    air.stop(manner.grace);
                }
                Some(landed) = air.flying.join_next() => {
                    let told = match landed {
                        Ok(landed) => captain.landed(landed),
                        Err(_) => Err(Failure::new(FailureKind::Internal, "a cell broke off").into()),
                    };
                    if let Err(halt) = told {
                        air.failed.get_or_insert(halt);
                        air.stop(Duration::ZERO);
                    }
                }
                _ = look.tick() => {
                    let idle = air.open.load(Ordering::Relaxed) <= 0;
                    if air.until.is_none() && captain.is_stop_wanted(idle) {
                        air.stopped = Some(Stopped::Wanted);
                        air.stop(manner.patience);
                    }
                    for (run, command) in captain.orders() {
                        air.order(&run, command);
                    }
                }
            }
            air.cut_if_due();
        }
    });
    match (air.failed, air.stopped) {
        (Some(halt), None) => Err(halt),
        (_, stopped) => Ok(stopped),
    }
}

fn begin<T: Send + 'static>(
    house: &House,
    harness: &Harness,
    air: &mut Air<T>,
    flight: Flight<T>,
) -> Result<(), Halt> {
    let known = Run::fold(&flight.beginning.record);
    let run = flight.beginning.run.clone();
    let (tell_trouble, trouble) = unbounded_channel();
    let live = house.begin_with(
        flight.beginning,
        harness.clone(),
        flight.keep,
        tell_trouble,
        false,
    )?;
    air.commands.push((run, live.session.commands.clone()));
    let open = Arc::clone(&air.open);
    air.flying.spawn(async move {
        let run = follow(live.session, known, trouble, &open).await;
        let kept = live.ended.await.ok().flatten();
        Landed {
            tag: flight.tag,
            run,
            kept,
        }
    });
    Ok(())
}

/// Follows a run to its end, counting its open questions.
async fn follow(
    mut session: Session,
    mut run: Option<Run>,
    mut trouble: UnboundedReceiver<String>,
    open: &AtomicI64,
) -> Option<Run> {
    let mut own = 0;
    loop {
        tokio::select! {
            biased;
            Some(text) = trouble.recv() => output::note(&text),
            event = session.events.recv() => match event {
                None => break,
                Some(Event::Pulse(_)) => {}
                Some(Event::Fact(envelope)) => {
                    let change = match &envelope.fact {
                        Fact::AskSent { .. } => 1,
                        Fact::AnswerReceived { .. } | Fact::AskFailed { .. } => -1,
                        _ => 0,
                    };
                    own += change;
                    open.fetch_add(change, Ordering::Relaxed);
                    match &mut run {
                        Some(run) => run.apply(&envelope),
                        None => run = Run::begin(&envelope),
                    }
                }
            }
        }
    }
    open.fetch_sub(own, Ordering::Relaxed);
    while let Ok(text) = trouble.try_recv() {
        output::note(&text);
    }
    run
}

//! `lessonl watch`: a run that another process works on, live in this terminal. Facts come from the store, what is newer
//! through the run's socket; where there is no socket the store is read four times a second. Never writes the store.

use std::path::PathBuf;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::args::WatchArguments;
use super::attach::{self, GREETING};
use super::blocks::{self, Feed};
use super::compose::{House, terminal};
use super::follow::{Signals, Whose, follow};
use super::home;
use super::output::{self, Halt};
use super::replay;
use super::resolve::{self, Surface};
use crate::domain::command::Command;
use crate::domain::comparison::Comparison;
use crate::domain::event::{Event, Fact, Pulse};
use crate::domain::id::RunId;
use crate::engine::handle::Session;
use crate::failure::Failure;
use crate::store::{self, archive::Archive, comparisons};

/// Time between two looks into the store where there is no socket.
const LOOK: Duration = Duration::from_millis(250);

/// The same where facts come from another machine's file.
const FED: Duration = Duration::from_secs(2);
/// What can be done about a run on another machine.
const ELSEWHERE: &str = "Another machine works on this run: it is seen a few seconds late and without words as they arrive, and from here only lessons can be decided.";
const PASSED_ON: &str =
    "Told to the machine that works on it: it follows within seconds, once it has begun.";

/// What a watcher may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// Look and tell: commands reach the run.
    Commands,
    /// Look only; stopping leaves.
    Looking,
}

/// Runs it. Returns the exit code.
pub(super) fn watch(house: &House, watch: &WatchArguments) -> Result<u8, Halt> {
    if let Some(whole) = placed(house, &watch.id)? {
        return blocks::watch(house, &whole);
    }
    let id = house.find(&watch.id)?;
    let elsewhere = Feed::of(house, &id)?.is_some();
    let over = !elsewhere && !store::is_claimed(&house.database(), &id);
    match resolve::surface(watch.headless, watch.json, terminal()) {
        Surface::Screens if over => {
            output::note(&format!(
                "No process works on run {id} any more: this is its result."
            ));
            home::with_replay(
                house,
                replay::open(house, &id, 1, replay::After::Stay)?,
                false,
            )
        }
        Surface::Screens => home::with_watched(house, open(house, &id, Reach::Commands)),
        surface => {
            let session = open(house, &id, Reach::Looking);
            let (_keep, trouble) = unbounded_channel();
            let followed = house.handle.block_on(async {
                let mut signals = Signals::listen()?;
                follow(
                    session,
                    surface,
                    None,
                    trouble,
                    &mut signals,
                    Whose::AnotherProcess,
                )
                .await
            })?;
            Ok(followed.interrupt.map_or(0, |i| i.exit_code()))
        }
    }
}

/// The comparison on other machines that `text` names, unless it names a run.
fn placed(house: &House, text: &str) -> Result<Option<Comparison>, Failure> {
    let is_run = RunId::new(text).map_or(Ok(false), |id| house.has_run(&id))?;
    if text == "latest" || is_run {
        return Ok(None);
    }
    let found = comparisons::find(&house.database(), text)?;
    Ok(found.filter(|whole| whole.placed.is_some()))
}

/// A session that tells what another process does.
pub(super) fn open(house: &House, id: &RunId, reach: Reach) -> Session {
    let (events, receiver) = unbounded_channel();
    let (commands, orders) = unbounded_channel();
    let watching = Watching {
        archive: house.archive(),
        database: house.database(),
        run: id.clone(),
        next: 0,
        ended: false,
        reach,
        // One that cannot be read is told of when it is watched.
        feed: Feed::of(house, id).unwrap_or_default(),
        events,
    };
    house.handle.spawn(watching.go(orders));
    Session {
        events: receiver,
        commands,
        record: std::sync::Arc::default(),
    }
}

/// Why there is nothing more to watch.
enum Over {
    /// The run has ended.
    Ended,
    /// Nobody listens to us any more.
    Left,
    /// The store cannot be read.
    Unreadable(Failure),
}

struct Watching {
    archive: Archive,
    database: PathBuf,
    run: RunId,
    /// The next fact to tell.
    next: u64,
    ended: bool,
    reach: Reach,
    /// Where its facts come from while another machine works on it.
    feed: Option<Feed>,
    events: UnboundedSender<Event>,
}

impl Watching {
    async fn go(mut self, mut orders: UnboundedReceiver<Command>) {
        match self.follow(&mut orders).await {
            Over::Ended | Over::Left => {}
            Over::Unreadable(failure) => self.notice(failure.to_string()),
        }
    }

    fn notice(&self, text: String) {
        // Whoever has gone needs no notice.
        let _ = self.events.send(Event::Pulse(Pulse::Notice { text }));
    }

    async fn follow(&mut self, orders: &mut UnboundedReceiver<Command>) -> Over {
        if self.feed.is_some() {
            self.notice(ELSEWHERE.to_owned());
        }
        while let Some(feed) = self.feed.take() {
            match self.fed(feed, orders).await {
                Ok(feed) => self.feed = Some(feed),
                Err(over) => return over,
            }
        }
        loop {
            // Asked before the store is read: whoever has the run may end it meanwhile, but not write after that.
            let claimed = store::is_claimed(&self.database, &self.run);
            let socket = attach::connect(&self.database, &self.run).await.ok();
            if let Err(over) = self.catch_up().await {
                return over;
            }
            if self.ended {
                return Over::Ended;
            }
            match socket {
                Some(socket) => {
                    let (read, write) = socket.into_split();
                    let lines = BufReader::new(read).lines();
                    if let Err(over) = self.listen(lines, write, orders).await {
                        return over;
                    }
                }
                None if claimed => {
                    if let Err(over) = self.rest(orders).await {
                        return over;
                    }
                }
                None => {
                    self.notice(format!(
                        "The process that worked on this run is gone. Go on with it: lessonl run --resume {}",
                        self.run
                    ));
                    return Over::Ended;
                }
            }
        }
    }

    /// Takes in what another machine told of it, tells that, and waits for a while.
    async fn fed(
        &mut self,
        mut feed: Feed,
        orders: &mut UnboundedReceiver<Command>,
    ) -> Result<Feed, Over> {
        let work = move || feed.take().map(|()| feed);
        let feed = match tokio::task::spawn_blocking(work).await {
            Ok(Ok(feed)) => feed,
            Ok(Err(failure)) => return Err(Over::Unreadable(failure)),
            Err(_) => return Err(Over::Left),
        };
        self.catch_up().await?;
        if self.ended {
            return Err(Over::Ended);
        }
        tokio::select! {
            () = tokio::time::sleep(FED) => {}
            order = orders.recv() => {
                let command = self.order(order)?;
                let text = match feed.order(&self.run, command) {
                    Ok(true) => PASSED_ON.to_owned(),
                    Ok(false) => format!("{ELSEWHERE} lessonl stop ends all of it."),
                    Err(failure) => failure.to_string(),
                };
                self.notice(text);
            }
        }
        Ok(feed)
    }

    /// Tells the stored facts that were not told yet.
    async fn catch_up(&mut self) -> Result<(), Over> {
        let (archive, run, from) = (self.archive.clone(), self.run.clone(), self.next);
        let read = tokio::task::spawn_blocking(move || archive.facts_from(&run, from)).await;
        let facts = match read {
            Ok(Ok(facts)) => facts,
            Ok(Err(error)) => return Err(Over::Unreadable(error.into())),
            Err(_) => return Err(Over::Left),
        };
        for envelope in facts {
            self.tell(Event::Fact(Box::new(envelope)))?;
        }
        Ok(())
    }

    fn tell(&mut self, event: Event) -> Result<(), Over> {
        if let Event::Fact(envelope) = &event {
            self.next = envelope.seq + 1;
            self.ended = matches!(envelope.fact, Fact::RunFinished { .. });
        }
        self.events.send(event).map_err(|_| Over::Left)
    }

    /// Hears the socket until it closes.
    async fn listen(
        &mut self,
        mut lines: Lines<BufReader<OwnedReadHalf>>,
        mut write: OwnedWriteHalf,
        orders: &mut UnboundedReceiver<Command>,
    ) -> Result<(), Over> {
        match lines.next_line().await {
            Ok(Some(greeting)) if greeting == GREETING => {}
            Ok(Some(_)) => return self.rest(orders).await,
            _ => return Ok(()),
        }
        loop {
            tokio::select! {
                line = lines.next_line() => {
                    let Ok(Some(line)) = line else { return Ok(()) };
                    let Ok(event) = serde_json::from_str::<Event>(&line) else { continue };
                    match &event {
                        Event::Fact(envelope) if envelope.seq < self.next => {}
                        Event::Fact(envelope) if envelope.seq > self.next => self.catch_up().await?,
                        _ => self.tell(event)?,
                    }
                }
                order = orders.recv() => {
                    let command = self.order(order)?;
                    let Ok(mut text) = serde_json::to_string(&command) else { continue };
                    text.push('\n');
                    if write.write_all(text.as_bytes()).await.is_err() {
                        return Ok(());
                    }
                }
            }
        }
    }

    /// Waits until the store is looked into again.
    async fn rest(&mut self, orders: &mut UnboundedReceiver<Command>) -> Result<(), Over> {
        tokio::select! {
            () = tokio::time::sleep(LOOK) => Ok(()),
            order = orders.recv() => {
                self.order(order)?;
                self.notice("The process that works on this run cannot be reached: you can look, not decide.".to_owned());
                Ok(())
            }
        }
    }

    fn order(&self, order: Option<Command>) -> Result<Command, Over> {
        match order {
            None => Err(Over::Left),
            Some(_) if self.reach == Reach::Looking => Err(Over::Left),
            Some(command) => Ok(command),
        }
    }
}

//! `lessonl replay`: a stored run told again with its recorded spacing, as a session like a live one. Never writes facts.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::args::ReplayArguments;
use super::compose::{House, terminal};
use super::follow::{Followed, Signals, Whose, follow};
use super::home;
use super::output::{self, Halt};
use super::resolve::{self, Surface};
use crate::domain::command::Command;
use crate::domain::event::{Envelope, Event, Pulse};
use crate::domain::id::RunId;
use crate::engine::handle::Session;
use crate::failure::{Failure, FailureKind};
use crate::reports::{result, table};
use crate::tui::film::{self, FilmFormat, FilmOptions};

/// Longest wait between two facts at the recorded pace, milliseconds: nobody watches a night pass.
const LONGEST: u64 = 3_000;

/// Facts told without a pause when nothing is waited for: whoever listens keeps up, and they do not pile up in memory.
const BREATH: usize = 32;

/// Runs it. Returns the exit code.
pub(super) fn replay(house: &House, replay: &ReplayArguments) -> Result<u8, Halt> {
    let id = house.find(&replay.id)?;
    if let Some((file, form)) = replay.film_form() {
        return film(house, &id, replay, file, form);
    }
    match resolve::surface(replay.headless, false, terminal()) {
        Surface::Screens => {
            let session = open(house, &id, replay.speed.unwrap_or(1), After::Stay)?;
            home::with_replay(house, session, replay.speed.is_some())
        }
        Surface::Lines | Surface::Json => {
            let session = open(house, &id, replay.speed.unwrap_or(0), After::Close)?;
            let (_keep, trouble) = unbounded_channel();
            let Followed { run, interrupt } = house.handle.block_on(async {
                let mut signals = Signals::listen()?;
                follow(
                    session,
                    Surface::Lines,
                    None,
                    trouble,
                    &mut signals,
                    Whose::Ours,
                )
                .await
            })?;
            if let Some(run) = run {
                output::print(&format!(
                    "\n{}",
                    table::results(&result::results(&run)).aligned()
                ))?;
            }
            Ok(interrupt.map_or(0, |interrupt| interrupt.exit_code()))
        }
    }
}

/// Writes a film of a stored run.
fn film(
    house: &House,
    id: &RunId,
    replay: &ReplayArguments,
    file: &Path,
    form: Option<FilmFormat>,
) -> Result<u8, Halt> {
    let usage = |what: String, hint: &str| Failure::new(FailureKind::Usage, what).hint(hint);
    let form = form.ok_or_else(|| {
        usage(
            format!("{}: a film is a .cast or an .svg file", file.display()),
            "Name it like run.cast (for asciinema) or run.svg (an animated picture).",
        )
    })?;
    let facts: Arc<[Envelope]> = house.archive().facts(id).map_err(Failure::from)?.into();
    let wish = FilmOptions {
        size: replay.film_size,
        speed: replay.speed.unwrap_or(1),
        appearance: home::appearance(house),
        form,
    };
    let failed = |error: std::io::Error| {
        usage(
            format!("{}: {error}", file.display()),
            "Name a place that can be written to.",
        )
    };
    let text = film::make(facts, &wish).map_err(failed)?;
    std::fs::write(file, text).map_err(failed)?;
    output::note(&format!("Written: {}", file.display()));
    Ok(0)
}

/// What a replay does after its last fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum After {
    /// It stays, so that an earlier moment can be gone back to.
    Stay,
    /// It closes the session.
    Close,
}

/// A session that tells a stored run's facts.
pub(super) fn open(
    house: &House,
    id: &RunId,
    speed: u32,
    after: After,
) -> Result<Session, Failure> {
    let facts: Arc<[Envelope]> = house.archive().facts(id)?.into();
    let (events, receiver) = unbounded_channel();
    let (commands, orders) = unbounded_channel();
    house
        .handle
        .spawn(tell(Arc::clone(&facts), speed, after, events, orders));
    Ok(Session {
        events: receiver,
        commands,
        record: facts,
    })
}

/// Whether the replay goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Pace {
    /// Multiple of the recorded pace; 0: no waiting.
    speed: u32,
    paused: bool,
}

impl Pace {
    /// How long the fact after `gap` recorded milliseconds is waited for; `None`: until told otherwise.
    fn wait(self, gap: i64) -> Option<Duration> {
        if self.paused {
            return None;
        }
        let gap = u64::try_from(gap).unwrap_or(0).min(LONGEST);
        Some(match self.speed {
            0 => Duration::ZERO,
            speed => Duration::from_millis(gap) / speed,
        })
    }
}

async fn tell(
    facts: Arc<[Envelope]>,
    speed: u32,
    after: After,
    events: UnboundedSender<Event>,
    mut orders: UnboundedReceiver<Command>,
) {
    let mut pace = Pace {
        speed,
        paused: false,
    };
    let mut next = 0;
    loop {
        let fact = facts.get(next);
        if fact.is_none() && after == After::Close {
            return;
        }
        let before = next.checked_sub(1).and_then(|at| facts.get(at));
        let gap = match (before, fact) {
            (Some(before), Some(fact)) => fact.at - before.at,
            _ => 0,
        };
        let due = async {
            match pace.wait(gap).filter(|_| fact.is_some()) {
                Some(Duration::ZERO) => {}
                Some(wait) => tokio::time::sleep(wait).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            order = orders.recv() => match order {
                Some(Command::Pause) => pace.paused = true,
                Some(Command::Resume) => pace.paused = false,
                Some(Command::SetReplaySpeed(speed)) => pace.speed = speed,
                Some(Command::SeekReplay(to)) => {
                    next = usize::try_from(to).unwrap_or(usize::MAX).min(facts.len());
                }
                Some(Command::Cancel | Command::StopAfterRound) => return,
                Some(_) => {
                    let text = "This is a replay: what happened cannot be changed.".to_owned();
                    // If nobody listens any more, the next fact ends the replay.
                    let _ = events.send(Event::Pulse(Pulse::Notice { text }));
                }
                // Whoever held the commands has gone: nobody can be waiting for us.
                None => return,
            },
            () = due => {
                let told = fact.map(|fact| Event::Fact(Box::new(fact.clone())));
                if told.is_some_and(|event| events.send(event).is_err()) {
                    return;
                }
                next += 1;
                if pace.speed == 0 && next % BREATH == 0 {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recorded() -> Vec<Envelope> {
        include_str!("../../tests/fixtures/recorded-run.jsonl")
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    #[test]
    fn gaps_are_capped_and_shortened_by_the_speed() {
        let at = |speed| Pace {
            speed,
            paused: false,
        };
        assert_eq!(at(1).wait(250), Some(Duration::from_millis(250)));
        assert_eq!(at(4).wait(86_400_000), Some(Duration::from_millis(750)));
        assert_eq!(at(1).wait(-5), Some(Duration::ZERO));
        assert_eq!(at(0).wait(1000), Some(Duration::ZERO));
        assert_eq!(
            Pace {
                speed: 1,
                paused: true
            }
            .wait(0),
            None
        );
    }

    #[tokio::test]
    async fn a_replay_tells_every_fact_and_obeys() {
        let (events, mut heard) = unbounded_channel();
        let (commands, orders) = unbounded_channel();
        commands.send(Command::Pause).unwrap();
        commands.send(Command::SkipUnit).unwrap();
        let telling = tokio::spawn(tell(recorded().into(), 1, After::Close, events, orders));
        assert!(matches!(
            heard.recv().await,
            Some(Event::Pulse(Pulse::Notice { .. }))
        ));
        assert!(heard.try_recv().is_err(), "paused before the first fact");
        commands.send(Command::SetReplaySpeed(0)).unwrap();
        commands.send(Command::Resume).unwrap();
        let mut told = Vec::new();
        while let Some(Event::Fact(envelope)) = heard.recv().await {
            told.push(*envelope);
        }
        assert_eq!(told, recorded());
        telling.await.unwrap();
    }

    #[tokio::test]
    async fn a_cancelled_replay_ends_at_once() {
        let (events, mut heard) = unbounded_channel();
        let (commands, orders) = unbounded_channel();
        commands.send(Command::Cancel).unwrap();
        tell(recorded().into(), 1, After::Stay, events, orders).await;
        assert!(heard.recv().await.is_none());
    }

    #[tokio::test]
    async fn any_moment_can_be_gone_to_and_the_end_is_not_the_end() {
        let (events, mut heard) = unbounded_channel();
        let (commands, orders) = unbounded_channel();
        let facts = recorded();
        let telling = tokio::spawn(tell(facts.clone().into(), 0, After::Stay, events, orders));
        for fact in &facts {
            assert_eq!(
                heard.recv().await,
                Some(Event::Fact(Box::new(fact.clone())))
            );
        }
        let last = facts.len() - 1;
        for to in [last, 3, facts.len(), 0] {
            commands.send(Command::SeekReplay(to as u64)).unwrap();
            for fact in &facts[to..] {
                assert_eq!(
                    heard.recv().await,
                    Some(Event::Fact(Box::new(fact.clone())))
                );
            }
        }
        drop(commands);
        telling.await.unwrap();
    }
}

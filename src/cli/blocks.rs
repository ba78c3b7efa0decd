//! The blocks of a comparison that other machines work on, looked at again and again: by `watch`, by the screens, and one
//! of its cells as a run of its own. What came in goes into the database on the way. Never submits or stops anything.

use std::collections::BTreeMap;
use std::future::pending;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::compose::{House, terminal};
use super::follow::Signals;
use super::output::{self, Halt};
use super::spooled::{self, Reading, Taken};
use super::{compare, compared, given};
use crate::domain::command::Command;
use crate::domain::comparison::Comparison;
use crate::domain::id::RunId;
use crate::failure::Failure;
use crate::launch::slurm::QueuedTask;
use crate::reports::blocks::{Answering, Overview, Queued, Row, Standing};
use crate::reports::table::one_line;
use crate::store::comparisons;
use crate::store::spool::{Read, Spool};

/// Time between two looks: with the look itself news is on the screen within five seconds.
const LOOK: Duration = Duration::from_secs(3);
/// Time between two questions to the batch system.
const ASK: Duration = Duration::from_secs(30);

type Tasks = BTreeMap<u32, QueuedTask>;

/// A comparison that is looked at.
pub(super) struct Looking {
    house: House,
    comparison: Comparison,
    spool: Spool,
    reading: Reading,
    /// When the batch system was last asked.
    asked_at: Option<Instant>,
    /// What the batch system last said, once it was heard.
    tasks: Option<Tasks>,
    /// Since when it does not answer, and why.
    silent: Option<(i64, Failure)>,
    /// A question to it that is under way.
    asked: Option<oneshot::Receiver<Result<Tasks, Failure>>>,
}

impl Looking {
    /// At this comparison.
    pub(super) fn at(house: &House, comparison: &Comparison) -> Result<Self, Failure> {
        Ok(Self {
            house: house.clone(),
            comparison: comparison.clone(),
            spool: given::spool_of(comparison)?,
            reading: Reading::default(),
            asked_at: None,
            tasks: None,
            silent: None,
            asked: None,
        })
    }

    /// Takes in what has come, and says how it stands. The batch system is asked beside it: whoever looks does not wait.
    pub(super) fn look(&mut self) -> Result<(Overview, Taken), Failure> {
        let taken = spooled::take(&self.house, &self.spool, &mut self.reading)?;
        let due = self.asked_at.is_none_or(|at| at.elapsed() >= ASK);
        if due && self.asked.is_none() && self.spool.plan().cluster.is_some() && !taken.is_over() {
            let (tell, asked) = oneshot::channel();
            let spool = self.spool.clone();
            std::thread::spawn(move || {
                // Whoever has left hears nothing.
                let _ = tell.send(given::queue(&spool));
            });
            self.asked = Some(asked);
            self.asked_at = Some(Instant::now());
        }
        Ok((self.overview(&taken.blocks), taken))
    }

    /// Waits for the next look: until the batch system has answered, or for a while.
    pub(super) async fn pause(&mut self) {
        let asked = &mut self.asked;
        let answer = async {
            match asked {
                Some(asked) => asked.await,
                None => pending().await,
            }
        };
        let answer = tokio::select! {
            answer = answer => answer,
            () = tokio::time::sleep(LOOK) => return,
        };
        self.asked = None;
        match answer {
            Ok(Ok(tasks)) => {
                self.tasks = Some(tasks);
                self.silent = None;
            }
            Ok(Err(failure)) => {
                let since = self.silent.as_ref().map(|(since, _)| *since);
                self.silent = Some((since.unwrap_or_else(compare::now), failure));
            }
            Err(_) => {}
        }
    }

    /// Whether the batch system says that nobody works on it or waits.
    fn is_forgotten(&self) -> bool {
        let all_ended = |tasks: &Tasks| tasks.values().all(QueuedTask::has_ended);
        self.silent.is_none() && self.tasks.as_ref().is_some_and(all_ended)
    }

    fn overview(&self, blocks: &[Standing]) -> Overview {
        let plan = self.spool.plan();
        let answering = match (&plan.cluster, &self.silent, &self.tasks) {
            (None, ..) => Answering::Nobody,
            (_, Some((since, why)), _) => {
                let since = super::report::moment(*since);
                Answering::Silent(format!("{} (since {since} UTC)", one_line(&why.message)))
            }
            (_, None, None) => Answering::NotYet,
            (_, None, Some(tasks)) => {
                let runs = |task: &&QueuedTask| task.state == "RUNNING";
                let running = tasks.values().filter(runs).count();
                let ended = tasks.values().filter(|task| task.has_ended()).count();
                let waiting = tasks.len() - running - ended;
                Answering::Jobs { running, waiting }
            }
        };
        let row = |standing: &Standing| {
            let part = standing.id.0 % plan.parts.max(1);
            let queued = match self.tasks.as_ref().map(|tasks| tasks.get(&part)) {
                None => Queued::Unknown,
                Some(None) => Queued::Gone,
                Some(Some(task)) if task.state == "RUNNING" => Queued::Runs(task.node.clone()),
                Some(Some(task)) if task.has_ended() => Queued::Ended(task.state.clone()),
                Some(Some(task)) => Queued::Waits(format!(
                    "Slurm: {} ({})",
                    task.reason,
                    task.state.to_lowercase()
                )),
            };
            Row {
                standing: standing.clone(),
                queued,
            }
        };
        Overview {
            id: self.comparison.id.clone(),
            place: plan.cluster.clone().unwrap_or_else(|| "slices".to_owned()),
            answering,
            total: self.comparison.total,
            began: self.comparison.started_at,
            now: compare::now(),
            rows: blocks.iter().map(row).collect(),
        }
    }
}

/// Shows how a comparison stands until it is done; leaving stops nothing. Returns the exit code.
pub(super) fn watch(house: &House, comparison: &Comparison) -> Result<u8, Halt> {
    let mut looking = Looking::at(house, comparison)?;
    let live = terminal().interactive;
    let mut signals = house.handle.block_on(async { Signals::listen() })?;
    let (mut told, mut table) = (String::new(), String::new());
    loop {
        let (overview, taken) = looking.look()?;
        let head = overview.headline();
        let body = overview.table().aligned();
        let forgotten = looking.is_forgotten();
        // A table that is printed once waits for what the batch system says.
        let waits = overview.answering == Answering::NotYet && !taken.is_over();
        match live {
            true => output::print(&format!("\x1b[H\x1b[2J{head}\n\n{body}"))?,
            false if waits => {}
            false if table.is_empty() || (forgotten && table != body) => {
                output::print(&format!("{head}\n\n{body}"))?;
                (told, table) = (head, body);
            }
            false if told != head => {
                output::line(&head)?;
                told = head;
            }
            false => {}
        }
        if taken.is_over() {
            spooled::tell_troubles(&taken);
            output::note(&format!(
                "Comparison {0} is done; lessonl report {0} shows it.",
                comparison.id
            ));
            return Ok(0);
        }
        if forgotten {
            spooled::tell_troubles(&taken);
            output::note(&format!(
                "Nobody works on it or waits: lessonl compare --resume {} goes on with what is left.",
                comparison.id
            ));
            return Ok(0);
        }
        let left = house.handle.block_on(async {
            tokio::select! {
                signal = signals.next() => Some(signal),
                () = looking.pause() => None,
            }
        });
        if let Some(signal) = left {
            output::note("Left; it goes on.");
            return Ok(signal.exit_code());
        }
    }
}

/// A cell that another machine works on, fed into the database block by block.
pub(super) struct Feed {
    house: House,
    spool: Spool,
    /// Its block, by position.
    block: usize,
    known: Vec<Read>,
}

impl Feed {
    /// For a run that is a cell of a comparison on other machines, if that is not done.
    pub(super) fn of(house: &House, run: &RunId) -> Result<Option<Self>, Failure> {
        let Some(comparison) = whole_of(house, run)? else {
            return Ok(None);
        };
        if comparison.finished || comparison.placed.is_none() {
            return Ok(None);
        }
        let spool = given::spool_of(&comparison)?;
        let Some(cell) = comparison.id.cell_of(run) else {
            return Ok(None);
        };
        let block = spool
            .blocks()
            .iter()
            .position(|block| block.cells.contains(&cell));
        Ok(block.map(|block| Self {
            house: house.clone(),
            spool,
            block,
            known: Vec::new(),
        }))
    }

    /// Takes in what has come.
    pub(super) fn take(&mut self) -> Result<(), Failure> {
        let spool = self.spool.clone();
        if let Some(block) = spool.blocks().get(self.block) {
            spooled::take_one(&self.house, &spool, block, &mut self.known)?;
        }
        Ok(())
    }

    /// Passes on what a person wants, if that can be done from here: decisions about lessons. False: it cannot.
    pub(super) fn order(&self, run: &RunId, command: Command) -> Result<bool, Failure> {
        let about_lessons = matches!(
            command,
            Command::DecideLesson { .. } | Command::AddLesson { .. } | Command::SetGate(_)
        );
        if about_lessons {
            self.spool.tell(run, command)?;
        }
        Ok(about_lessons)
    }
}

/// The comparison that a run is a cell of, whether or not any fact of that run is stored.
fn whole_of(house: &House, run: &RunId) -> Result<Option<Comparison>, Failure> {
    let Some((name, _)) = run.as_str().rsplit_once("-c") else {
        return Ok(None);
    };
    let found = comparisons::find(&house.database(), name);
    // what names several names none of them
    let found = found.ok().flatten();
    Ok(found.filter(|whole| whole.id.cell_of(run).is_some()))
}

/// A comparison that other machines work on, by what names it.
pub(super) fn is_elsewhere(house: &House, text: &str) -> Result<Option<Comparison>, Failure> {
    let comparison = compared::find(house, text)?;
    Ok((comparison.placed.is_some() && !comparison.finished).then_some(comparison))
}

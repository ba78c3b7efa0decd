//! `lessonl work DIR --slice I/N`: works on a part of a comparison's blocks, on whatever machine it is started. What was
//! told by earlier attempts is gone on from; a block goes on only on machines of its class. Never writes a database.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use clap::Args;

use super::cell;
use super::compose::{Beginning, Containment, House, Keep, variable};
use super::flight::{self, Captain, Flight, Landed, Manner, Stopped, Want};
use super::follow::Signals;
use super::output::{self, Halt};
use super::{parallel, recheck, spooled, team};
use crate::agents::Among;
use crate::domain::block::{self, Block, BlockId, ClassRule, Slice};
use crate::domain::command::Command;
use crate::domain::comparison::{CellId, Comparison, ComparisonSpec};
use crate::domain::event::Envelope;
use crate::domain::id::RunId;
use crate::domain::problem::Kind;
use crate::domain::run::Run;
use crate::domain::units::Cost;
use crate::failure::{Failure, FailureKind};
use crate::harness::batch::Silence;
use crate::harness::{self, Harness, Neighbours, batch};
use crate::launch::slurm;
use crate::store::Kept;
use crate::store::spool::crew::Member;
use crate::store::spool::{self, Attempt, Spool, purse};

/// Attempts that came to nothing, one after the other, before a block is set aside.
const VAIN: usize = 3;
/// How long answers under way may take to come in after a signal: batch systems give half a minute as a rule.
const GRACE: Duration = Duration::from_secs(20);

/// The same where somebody wants a stop, or the money is used up: what was asked is paid for.
const PATIENCE: Duration = Duration::from_secs(600);
/// How long is looked at first who else works on this machine, and time between two looks later.
const FIRST: Duration = Duration::from_secs(1);
const AROUND: Duration = Duration::from_secs(30);
/// Time between two signs to the others that work on the comparison.
const SIGN: Duration = Duration::from_secs(20);
/// How often a part may go from machine to machine in search of its class.
const OTHERS: u32 = 10;
/// Time between two looks for what the person wants.
const ORDERS: Duration = Duration::from_secs(2);

/// Arguments of `work`.
#[derive(Debug, Clone, Args)]
pub(super) struct WorkArguments {
    /// Folder of a comparison, as `compare --slices` or `--on` made it
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
    /// Which part of it: every N-th block, beginning with the I-th
    #[arg(long, value_name = "I/N", default_value = "1/1")]
    pub slice: Slice,
    /// Cells in flight at a time [default: what the plan says]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=64))]
    pub cells: Option<u16>,
    /// Work by the plan of this SHA-256 only, and refuse another one before anything of it is run
    #[arg(long, value_name = "SHA256")]
    pub plan: Option<String>,
}

/// Runs it. Returns the exit code.
pub(super) fn work(house: &House, wanted: &WorkArguments) -> Result<u8, Halt> {
    let mut signals = house.handle.block_on(async { Signals::listen() })?;
    harness::batch_signal::listen();
    let spool = Spool::open(&wanted.folder).map_err(Failure::from)?;
    if let Some(plan) = &wanted.plan {
        spool.expect(plan).map_err(Failure::from)?;
    }
    let (Some(comparison), Some(spec)) = (spool.comparison(), spool.plan().spec().cloned()) else {
        return Err(Failure::new(FailureKind::Usage, "the plan begins no comparison").into());
    };
    let mut house = house.clone();
    house.prompts = Some(Arc::new(spool.plan().prompts.clone()));
    house.among = Among::default();
    let harness = open(&house, &spool)?;
    let machine = harness.machine();
    // several nodes may share a machine's name
    let host = variable("SLURMD_NODENAME").unwrap_or(machine.host);
    let limit = wanted.cells.unwrap_or(spool.plan().cells);
    let mut neighbours = Neighbours::default();
    std::thread::sleep(FIRST);
    let shared = neighbours.look().flatten();
    output::note(&match &shared {
        Some(why) => format!("This machine is not ours alone: {why}. Every figure says so."),
        None => "This machine is ours alone, as far as can be seen.".to_owned(),
    });
    harness.share(shared.clone());
    let blocks = spool.blocks().iter().filter(|b| wanted.slice.has(b.id));
    let mut worker = Worker {
        house: &house,
        blocks: blocks.cloned().collect(),
        cells: VecDeque::new(),
        by: spool::Worker {
            class: machine.class,
            host: host.clone(),
            shared,
        },
        harness: harness.clone(),
        neighbours,
        crew: Member::join(spool.folder(), &host),
        signed: None,
        limit,
        want: Want::default(),
        broke: false,
        aloft: Vec::new(),
        comparison,
        spec,
        given_back: Vec::new(),
        set_aside: Vec::new(),
        lost: false,
        failed: 0,
        looked: Instant::now(),
        stopped: false,
        heard: None,
        around: Instant::now(),
        spool,
    };
    output::note(&format!(
        "comparison {}: slice {} of its blocks, on {} ({})",
        worker.comparison.id, wanted.slice, worker.by.host, worker.by.class
    ));
    worker.sign();
    let manner = Manner {
        limit: usize::from(limit),
        grace: GRACE,
        patience: PATIENCE,
    };
    let ended = flight::fly(&house, &harness, &manner, &mut signals, &mut worker);
    drop(harness);
    worker.tell();
    match ended? {
        Some(Stopped::Signal(signal)) => {
            worker.requeue_if_due();
            Ok(signal.exit_code())
        }
        Some(Stopped::Wanted) if worker.broke => worker.tell_broke(),
        Some(Stopped::Wanted) => Ok(worker.tell_stopped()),
        None if worker.stopped => Ok(worker.tell_stopped()),
        None if worker.broke => worker.tell_broke(),
        None if worker.is_incomplete() => {
            if !worker.given_back.is_empty() {
                worker.leave_to_others();
            }
            Ok(FailureKind::Environment.exit_code())
        }
        None => {
            let over = worker.spool.blocks().iter().map(|block| block.id);
            let over: Vec<BlockId> = over.filter(|id| wanted.slice.has(*id)).collect();
            let spool = worker.spool.clone();
            if !spool.mark_over(&over)? {
                return Ok(0);
            }
            let whole = (&spool, &worker.comparison);
            let class = &worker.by.class;
            let stopped = recheck::on_spool(&house, &worker.harness, &mut signals, whole, class)?;
            Ok(stopped.map_or(0, |signal| signal.exit_code()))
        }
    }
}

/// The harness for a plan: one for all cells, so that one gate keeps their timing apart.
fn open(house: &House, spool: &Spool) -> Result<Harness, Failure> {
    let plan = spool.plan();
    let harness = house.cage_with(
        Containment::from_flag(plan.unsafe_no_sandbox),
        plan.compiler.clone(),
    )?;
    let units = plan.spec().map_or(&[][..], |spec| &spec.base.units);
    let mut functions = units.iter().filter_map(|unit| {
        let folder = spool.folder().join(&unit.path);
        crate::problems::load_folder(&folder).ok()
    });
    if functions.any(|problem| problem.kind == Kind::Function) {
        harness.compiles()?;
    }
    Ok(harness)
}

/// A cell that is to be worked on.
struct Open {
    cell: CellId,
    run: RunId,
    attempt: Arc<Attempt>,
    record: Vec<Envelope>,
}

/// A cell under way, with the attempt its facts belong to, and what its run had cost before that.
type Aloft = (CellId, Arc<Attempt>, Cost);

struct Worker<'a> {
    house: &'a House,
    spool: Spool,
    comparison: Comparison,
    spec: ComparisonSpec,
    /// This machine.
    by: spool::Worker,
    harness: Harness,
    neighbours: Neighbours,
    /// This process among those that work on the comparison.
    crew: Member,
    /// When it last gave a sign.
    signed: Option<Instant>,
    /// Cells in flight.
    limit: u16,
    want: Want,
    /// Whether the money for all machines is used up.
    broke: bool,
    /// Runs under way, with their attempts.
    aloft: Vec<(RunId, Weak<Attempt>)>,
    /// Blocks that were not looked at yet.
    blocks: VecDeque<Block>,
    /// Cells of blocks that have begun.
    cells: VecDeque<Open>,
    /// Blocks that belong on other machines.
    given_back: Vec<Block>,
    /// Blocks on which attempt after attempt came to nothing.
    set_aside: Vec<Block>,
    /// Whether facts could not be written.
    lost: bool,
    /// Cells that ended early.
    failed: usize,
    /// When it was last looked whether a stop is wanted.
    looked: Instant,
    /// Whether something was left undone because a stop is wanted.
    stopped: bool,
    /// When it was last looked what is wanted of runs; `None`: one has begun since.
    heard: Option<Instant>,
    /// When it was last looked who else works on this machine.
    around: Instant,
}

impl Worker<'_> {
    /// Looks at the next block, and puts its cells into the queue if it is ours to work on.
    fn begin_block(&mut self, block: Block) -> Result<(), Failure> {
        let read = self.spool.read(block.id, Vec::new())?;
        let (standing, _) = spooled::standing(&self.spool, &block, &read);
        if standing.is_over() {
            return Ok(());
        }
        let own = read.iter().find_map(|read| read.opening.as_ref());
        let own = own.map(|opening| opening.class.as_str());
        let rule = &self.spool.plan().class;
        let first = match rule {
            ClassRule::First => Some(self.spool.bind_class(&self.by.class)?),
            ClassRule::Any | ClassRule::Named(_) => None,
        };
        if !block::may_work(rule, first.as_deref(), own, &self.by.class) {
            self.given_back.push(block);
            return Ok(());
        }
        let attempts: Vec<block::BlockAttempt> =
            read.into_iter().map(|read| read.attempt).collect();
        if block::in_vain(&attempts, self.spool.forgiven(block.id)) >= VAIN {
            self.set_aside.push(block);
            return Ok(());
        }
        let (attempt, mut facts) = self.spool.attempt(&block, &self.by)?;
        let attempt = Arc::new(attempt);
        for cell in &block.cells {
            let run = super::compared::run_of(&self.comparison, *cell)?;
            let record = facts.remove(&run).unwrap_or_default();
            if Run::fold(&record).is_none_or(|run| !spooled::is_done(&run)) {
                self.cells.push_back(Open {
                    cell: *cell,
                    run,
                    attempt: Arc::clone(&attempt),
                    record,
                });
            }
        }
        Ok(())
    }

    /// Whether nothing is left of this slice.
    fn is_over(&self) -> Result<bool, Failure> {
        for block in &self.blocks {
            let read = self.spool.read(block.id, Vec::new())?;
            let (standing, _) = spooled::standing(&self.spool, block, &read);
            if !standing.is_over() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// A cell made ready.
    fn ready(&mut self, open: Open) -> Result<Flight<Aloft>, Failure> {
        let mut spec = self
            .spec
            .run(&self.comparison.id, open.cell)
            .ok_or_else(|| {
                Failure::new(
                    FailureKind::Internal,
                    format!("there is no cell {}", open.cell),
                )
            })?;
        for unit in &mut spec.units {
            unit.path = self.spool.folder().join(&unit.path);
        }
        team::check_keys(&spec.team, &variable)?;
        let mut problems = Vec::new();
        for unit in &spec.units {
            problems.push(Arc::new(self.house.same_problem(unit, spec.sizing)?));
        }
        let beginning = Beginning {
            run: open.run,
            spec,
            problems,
            fresh: false,
            record: open.record,
            budget: None,
            patience: self.spool.plan().patience,
            claim: None,
        };
        let paid = Run::fold(&beginning.record).map_or(Cost(0), |run| run.spent.cost);
        self.aloft.retain(|(_, attempt)| attempt.strong_count() > 0);
        let attempt = Arc::downgrade(&open.attempt);
        self.aloft.push((beginning.run.clone(), attempt));
        self.heard = None;
        Ok(Flight {
            tag: (open.cell, Arc::clone(&open.attempt), paid),
            beginning,
            keep: Keep::Spool(open.attempt),
        })
    }

    /// Gives a sign, so that others know how many ask the same servers.
    fn sign(&mut self) {
        if self.signed.is_some_and(|at| at.elapsed() < SIGN) {
            return;
        }
        self.signed = Some(Instant::now());
        let at_work = match self.crew.sign() {
            Ok(at_work) => u32::try_from(at_work).unwrap_or(u32::MAX),
            Err(error) => {
                tracing::warn!(%error, "no sign could be given");
                return;
            }
        };
        let teams = at_work.saturating_mul(u32::from(self.limit));
        self.house.among.set(teams);
    }

    /// Looks whether the machine still is ours alone.
    fn look_around(&mut self) {
        let Some(shared) = self.neighbours.look() else {
            return;
        };
        if shared.is_some() != self.by.shared.is_some() {
            output::note(&match &shared {
                Some(why) => format!("This machine is not ours alone any more: {why}"),
                None => "This machine is ours alone again.".to_owned(),
            });
        }
        self.harness.share(shared.clone());
        self.by.shared = shared;
    }

    /// Says that there is no money for another question. Returns the exit code.
    fn tell_broke(&self) -> Result<u8, Halt> {
        let mut used_up = parallel::used_up(&self.comparison);
        used_up.hints.push(
            "Others may give back what they do not use: the same command then goes on.".to_owned(),
        );
        Err(used_up.into())
    }

    /// Says that it was stopped on purpose. Returns the exit code.
    fn tell_stopped(&self) -> u8 {
        output::note("Stopped, as it was wanted.");
        0
    }

    fn is_incomplete(&self) -> bool {
        self.lost || self.failed > 0 || !self.given_back.is_empty() || !self.set_aside.is_empty()
    }

    /// Says what is left, and why.
    fn tell(&self) {
        let names = |blocks: &[Block]| {
            let names: Vec<String> = blocks.iter().map(|block| block.id.to_string()).collect();
            names.join(", ")
        };
        if !self.given_back.is_empty() {
            output::note(&format!(
                "given back, since they belong on machines of another class than this one ({}): {}",
                self.by.class,
                names(&self.given_back)
            ));
        }
        if !self.set_aside.is_empty() {
            output::note(&format!(
                "set aside after {VAIN} attempts that came to nothing: {}",
                names(&self.set_aside)
            ));
        }
    }

    /// Puts the job back into the queue if it ends at its time limit with blocks left: nobody else would.
    fn requeue_if_due(&self) {
        let Some(task) = own_task() else { return };
        let asked = ["-h", "-j", &task, "-O", slurm::ABOUT_US].map(str::to_owned);
        let told = batch::answer("squeue", &asked).ok();
        let Some((running, left, preempted)) = told.as_deref().and_then(slurm::about_us) else {
            return;
        };
        let standing = block::JobState {
            work_left: true,
            stop_wanted: self.spool.is_stopped(),
            preempted,
            running,
            left,
        };
        if block::requeue(standing) {
            output::note("The time limit is near: this part goes back into the queue.");
            control(&["requeue", &task]);
        }
    }

    /// Blocks that belong on machines of another class go back into the queue, with this machine left out.
    fn leave_to_others(&self) {
        let Some(task) = own_task() else { return };
        let again = variable("SLURM_RESTART_COUNT").and_then(|count| count.parse().ok());
        if again.unwrap_or(0) >= OTHERS {
            output::note(
                "Machine after machine is of another class: see constraint and class in the settings.",
            );
            return;
        }
        output::note("This part goes back into the queue, for another machine.");
        if let Err(error) = self.spool.mark_foreign(&self.by.host) {
            output::note(&error.what);
        }
        control(&["requeue", &task]);
        // A job that waits may be told which machines to leave out.
        control(&[
            "update",
            &format!("JobId={task}"),
            &format!("ExcNodeList={}", self.spool.foreign().join(",")),
        ]);
    }
}

/// The array task that this process is.
fn own_task() -> Option<String> {
    let job = variable("SLURM_ARRAY_JOB_ID")?;
    let task = variable("SLURM_ARRAY_TASK_ID")?;
    Some(format!("{job}_{task}"))
}

/// Tells the controller something about ourselves. Whoever ends a job ends all its processes: a command may be among them,
/// and is given once more. If it was, nothing is said of what the controller then answers: it has obeyed.
fn control(words: &[&str]) {
    let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
    let mut ended = false;
    for _ in 0..3 {
        match batch::answer("scontrol", &words) {
            Ok(_) => return,
            Err(why) => {
                ended |= why == Silence::Failed(String::new());
                tracing::warn!(?why, ?words, "scontrol");
            }
        }
    }
    if !ended {
        output::note(&format!("scontrol {} was refused", words.join(" ")));
    }
}

impl Captain for Worker<'_> {
    type Tag = Aloft;

    fn next(&mut self) -> Result<Option<Flight<Aloft>>, Halt> {
        loop {
            if self.cells.is_empty() && self.blocks.is_empty() {
                return Ok(None);
            }
            // An attempt that begins after the stop would tell nothing, and count as one in vain.
            if self.spool.is_stopped() {
                self.stopped = true;
                return Ok(None);
            }
            if let Some(open) = self.cells.pop_front() {
                return Ok(Some(self.ready(open)?));
            }
            // Whoever begins without money only makes attempts that tell nothing.
            if self.spec.total.is_some() && purse::free(self.spool.folder()) == Cost(0) {
                self.broke = !self.is_over()?;
                return Ok(None);
            }
            if let Some(block) = self.blocks.pop_front() {
                self.begin_block(block)?;
            }
        }
    }

    fn landed(&mut self, landed: Landed<Aloft>) -> Result<(), Halt> {
        let (cell, attempt, paid) = landed.tag;
        let Some(run) = landed.run else {
            return Err(
                Failure::new(FailureKind::Internal, format!("cell {cell} told nothing")).into(),
            );
        };
        self.aloft.retain(|(aloft, _)| *aloft != run.id);
        attempt.settled(&run.id, run.spent.cost.less(paid));
        output::line(&cell::line(&self.comparison, cell, &run))?;
        if landed.kept != Some(Kept::Whole) {
            self.lost = true;
            return Err(Failure::new(
                FailureKind::Environment,
                format!("the facts of cell {cell} could not all be written"),
            )
            .hint("Make room in the folder, then have the rest made: the same command once more.")
            .into());
        }
        if !spooled::is_done(&run) {
            self.failed += 1;
            // A cell asks before every question: it may see the stop sooner than the next look at it.
            self.stopped |= self.spool.is_stopped();
            if attempt.is_full() {
                output::note(&format!(
                    "The folder {} is full: nothing more is asked. Make room, then the same command goes on.",
                    self.spool.folder().display()
                ));
            } else if !attempt.is_latest() {
                output::note(&format!(
                    "Another process has begun cell {cell} anew and goes on with it; this one stops."
                ));
            }
        }
        Ok(())
    }

    fn is_stop_wanted(&mut self, idle: bool) -> bool {
        if self.looked.elapsed() < ORDERS {
            return false;
        }
        self.looked = Instant::now();
        self.sign();
        if self.around.elapsed() >= AROUND {
            self.around = Instant::now();
            self.look_around();
        }
        let short = |(_, attempt): &(RunId, Weak<Attempt>)| {
            attempt.upgrade().is_some_and(|attempt| attempt.is_short())
        };
        let short = idle && self.aloft.iter().any(short);
        self.broke |= self.want.lasts(short);
        self.broke || self.spool.is_stopped()
    }

    fn orders(&mut self) -> Vec<(RunId, Command)> {
        if self.heard.is_some_and(|at| at.elapsed() < ORDERS) {
            return Vec::new();
        }
        self.heard = Some(Instant::now());
        let runs: Vec<RunId> = self.aloft.iter().map(|(run, _)| run.clone()).collect();
        let told = self.spool.told(&runs);
        for order in &told {
            if let Err(error) = self.spool.followed(order) {
                output::note(&error.what);
            }
        }
        told.into_iter()
            .map(|told| (told.run, told.command))
            .collect()
    }
}

//! Comparisons in a folder that several machines share: making the plan, and taking what they told into the database.
//! Never runs a cell.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::compose::{House, texts_in};
use super::output::{self, Halt};
use crate::domain::block::{self, Block, ClassRule};
use crate::domain::comparison::{
    COMPARISON_VERSION, Comparison, ComparisonEnvelope, ComparisonFact,
};
use crate::domain::event::Fact;
use crate::domain::id::RunId;
use crate::domain::meter::Spent;
use crate::domain::run::Run;
use crate::domain::spec::AgentKind;
use crate::domain::units::Cost;
use crate::failure::{Failure, FailureKind};
use crate::problems;
use crate::reports::blocks::{CellStanding, Standing};
use crate::reports::comparison::{could_not_begin, is_over};
use crate::store::merge::{self, Merged, Writing};
use crate::store::spool::{PLAN_VERSION, Plan, Read, Spool, purse, write_whole};

/// How a comparison is given out.
pub(super) struct Given {
    /// Into which folder.
    pub folder: PathBuf,
    /// In how many parts; `None`: one per block, up to so many.
    pub parts: Result<u32, u32>,
    /// Cells in flight on a machine.
    pub cells: u16,
    /// On which machines.
    pub class: ClassRule,
    /// The cluster of the settings.
    pub cluster: Option<String>,
    /// Whether candidates run without containment.
    pub unsafe_no_sandbox: bool,
}

fn unwritten(place: &Path, error: &dyn std::fmt::Display) -> Failure {
    Failure::new(
        FailureKind::Environment,
        format!("{} cannot be written: {error}", place.display()),
    )
    .hint("Name a folder that is yours and has room.")
}

/// The plan of a comparison, its problems not copied yet.
pub(super) fn plan(
    house: &House,
    started: &ComparisonEnvelope,
    given: &Given,
) -> Result<Plan, Failure> {
    let ComparisonFact::Started { spec } = &started.fact else {
        return Err(Failure::new(FailureKind::Internal, "no comparison begins"));
    };
    let teams = spec.contenders.iter().filter_map(|c| c.team.as_ref());
    for agent in teams.chain([&spec.base.team]).flatten() {
        if let AgentKind::Recorded { from } = &agent.kind
            && !Path::new(from).is_absolute()
        {
            return Err(Failure::new(
                FailureKind::Usage,
                format!(
                    "{} plays back {from}, which other machines do not have",
                    agent.name
                ),
            )
            .hint(
                "Export that run into a file that they see, and name the file with its whole path.",
            ));
        }
    }
    let blocks = block::blocks(&spec.cells).len();
    let settings = &house.configuration.settings;
    Ok(Plan {
        v: PLAN_VERSION,
        started: started.clone(),
        parts: match given.parts {
            Ok(parts) => parts,
            Err(most) => block::parts(blocks, most),
        },
        cells: given.cells,
        class: given.class.clone(),
        prompts: texts_in(&house.configuration.paths.config_dir.join("prompts"), "md"),
        compiler: settings.compiler.as_ref().map(|c| c.value.clone()),
        patience: settings.patience.value,
        unsafe_no_sandbox: given.unsafe_no_sandbox,
        cluster: given.cluster.clone(),
    })
}

/// Makes the folder: the problems first, so that whoever finds the plan finds them.
pub(super) fn create(house: &House, mut plan: Plan, folder: &Path) -> Result<Spool, Failure> {
    use std::os::unix::fs::DirBuilderExt as _;
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(|error| unwritten(folder, &error))?;
    let sizing = match plan.spec() {
        Some(spec) => spec.base.sizing,
        None => return Err(Failure::new(FailureKind::Internal, "no comparison begins")),
    };
    if let ComparisonFact::Started { spec } = &mut plan.started.fact {
        for (unit, at) in spec.base.units.iter_mut().zip(0..) {
            let own = PathBuf::from(format!("problems/{at:04}"));
            let copy = folder.join(&own);
            copied(&unit.path, &copy).map_err(|error| unwritten(&copy, &error))?;
            // What is whole only where it stands (a project, a task of a data set) stays there.
            let whole = problems::load_folder(&copy).is_ok_and(|copy| copy.version == unit.version);
            let mut moved = unit.clone();
            moved.path.clone_from(&copy);
            if whole && house.same_problem(&moved, sizing).is_ok() {
                unit.path = own;
            } else {
                let _ = std::fs::remove_dir_all(&copy);
                unit.path = std::path::absolute(&unit.path).unwrap_or(unit.path.clone());
            }
        }
    }
    let total = plan.spec().and_then(|spec| spec.total);
    let spool = Spool::create(folder, &plan)?;
    allot(&spool, total)?;
    Ok(spool)
}

fn copied(from: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            std::fs::copy(entry.path(), to.join(entry.file_name()))?;
        }
    }
    Ok(())
}

/// A comparison's beginning in the database, with the folder it is worked on in.
pub(super) fn store(house: &House, spool: &Spool) -> Result<(), Failure> {
    let placed = ComparisonEnvelope {
        v: COMPARISON_VERSION,
        comparison: spool.plan().started.comparison.clone(),
        seq: 1,
        at: spool.plan().started.at,
        fact: ComparisonFact::Placed {
            folder: spool.folder().to_owned(),
            cluster: spool.plan().cluster.clone(),
            plan: Some(spool.hash().to_owned()),
        },
    };
    let writing = Writing::open(&house.database())?;
    merge::comparison(&writing, &[spool.plan().started.clone(), placed])?;
    Ok(())
}

/// What was read of a comparison's folder so far.
#[derive(Default)]
pub(super) struct Reading {
    blocks: Vec<Seen>,
    /// Blocks that were over when this was last kept.
    kept: usize,
}

/// A block as it was last read.
#[derive(Default)]
struct Seen {
    known: Vec<Read>,
    /// How it stood when so much was read.
    last: Option<(u64, Standing)>,
    /// How it stands for good.
    over: Option<Standing>,
}

/// What is kept of a reading: blocks that are over and taken in are not read again.
#[derive(Serialize, Deserialize)]
struct KeptReading {
    /// Hash of the plan.
    plan: String,
    over: Vec<Standing>,
}

impl Reading {
    /// What was kept of the last reading, as far as the database has its facts.
    fn resumed(house: &House, spool: &Spool, writing: &Writing) -> Result<Self, Failure> {
        let mut reading = Self::default();
        reading
            .blocks
            .resize_with(spool.blocks().len(), Default::default);
        // What cannot be read is read from the folder once more.
        let kept = std::fs::read(place(house, spool)).unwrap_or_default();
        let Ok(kept) = serde_json::from_slice::<KeptReading>(&kept) else {
            return Ok(reading);
        };
        for standing in kept.over {
            let at = usize::try_from(standing.id.0).unwrap_or(usize::MAX);
            let (Some(block), true) = (reading.blocks.get_mut(at), kept.plan == spool.hash())
            else {
                continue;
            };
            let mut there = standing.is_over();
            for cell in &standing.cells {
                there &= writing.known(&cell.run)? >= cell.facts;
            }
            if there {
                block.over = Some(standing);
                reading.kept += 1;
            }
        }
        Ok(reading)
    }

    fn keep(&mut self, house: &House, spool: &Spool) {
        let over: Vec<Standing> = self
            .blocks
            .iter()
            .filter_map(|seen| seen.over.clone())
            .collect();
        if over.len() == self.kept {
            return;
        }
        let count = over.len();
        let file = place(house, spool);
        let plan = spool.hash().to_owned();
        let written = serde_json::to_vec(&KeptReading { plan, over })
            .map_err(std::io::Error::from)
            .and_then(|text| {
                file.parent().map_or(Ok(()), std::fs::create_dir_all)?;
                write_whole(&file, &text)
            });
        match written {
            Ok(()) => self.kept = count,
            Err(error) => tracing::warn!(%error, "it is read from the folder once more"),
        }
    }
}

/// Where it is kept: beside the database that has the facts.
fn place(house: &House, spool: &Spool) -> PathBuf {
    let name = format!("{}.json", spool.plan().started.comparison);
    let folder = house.database();
    let folder = folder.parent().unwrap_or(Path::new("."));
    folder.join("spools").join(name)
}

/// What came of taking in.
#[derive(Debug, Default)]
pub(super) struct Taken {
    /// Facts.
    pub merged: Merged,
    /// How the blocks stand, in order.
    pub blocks: Vec<Standing>,
    /// Blocks whose latest attempt has not said yet what it builds on.
    pub unsettled: usize,
}

impl Taken {
    /// Cells that are over, and cells.
    pub(super) fn cells(&self) -> (usize, usize) {
        let over = self.blocks.iter().map(Standing::over).sum();
        (
            over,
            self.blocks.iter().map(|block| block.cells.len()).sum(),
        )
    }

    /// Whether nothing is left to do.
    pub(super) fn is_over(&self) -> bool {
        let (over, cells) = self.cells();
        over == cells
    }
}

/// Whether nothing more is to be done about a cell.
pub(super) fn is_done(run: &Run) -> bool {
    is_over(run) || could_not_begin(run)
}

/// Takes into the database what has come since it was last read.
pub(super) fn take(house: &House, spool: &Spool, reading: &mut Reading) -> Result<Taken, Failure> {
    let mut writing = Writing::open(&house.database())?;
    let mut taken = Taken::default();
    if reading.blocks.is_empty() {
        *reading = Reading::resumed(house, spool, &writing)?;
    }
    for (block, seen) in spool.blocks().iter().zip(&mut reading.blocks) {
        if let Some(over) = &seen.over {
            taken.blocks.push(over.clone());
            continue;
        }
        seen.known = spool.read(block.id, std::mem::take(&mut seen.known))?;
        let read = seen.known.iter().map(Read::bytes).sum();
        let attempts = seen.known.len();
        if let Some((before, standing)) = &seen.last
            && *before == read
            && usize::try_from(standing.attempts) == Ok(attempts)
        {
            taken.blocks.push(standing.clone());
            continue;
        }
        let unsettled = taken.unsettled;
        let standing = take_block(spool, block, &seen.known, &mut writing, &mut taken)?;
        if taken.unsettled == unsettled {
            seen.last = Some((read, standing.clone()));
            if standing.is_over() && taken.merged.conflicts.is_empty() {
                seen.over = Some(standing.clone());
                seen.known.clear();
            }
        }
        taken.blocks.push(standing);
    }
    reading.keep(house, spool);
    if taken.is_over() && taken.merged.conflicts.is_empty() {
        finish(&writing, house, spool)?;
        winners(&writing, house, spool)?;
    }
    Ok(taken)
}

/// Takes in what has come of one block.
pub(super) fn take_one(
    house: &House,
    spool: &Spool,
    block: &Block,
    known: &mut Vec<Read>,
) -> Result<Standing, Failure> {
    let mut writing = Writing::open(&house.database())?;
    *known = spool.read(block.id, std::mem::take(known))?;
    take_block(spool, block, known, &mut writing, &mut Taken::default())
}

/// Lays out the money that is allowed now.
pub(super) fn allot(spool: &Spool, total: Option<Cost>) -> Result<(), Failure> {
    let Some(total) = total else { return Ok(()) };
    purse::allot(spool.folder(), total).map_err(|error| unwritten(spool.folder(), &error))
}

/// Gives back what attempts that died had left of the money for all: those of the parts that nobody works on or waits
/// for. What they had asked without an answer counts as paid for.
pub(super) fn reclaim(spool: &Spool, is_free: impl Fn(&u32) -> bool) -> Result<(), Failure> {
    if purse::allotted(spool.folder()).is_none() {
        return Ok(());
    }
    let failed = |error: std::io::Error| unwritten(spool.folder(), &error);
    for block in spool.blocks() {
        if !is_free(&(block.id.0 % spool.plan().parts.max(1))) {
            continue;
        }
        let read = spool.read(block.id, Vec::new())?;
        let attempts: Vec<block::BlockAttempt> =
            read.into_iter().map(|read| read.attempt).collect();
        for (at, attempt) in attempts.iter().enumerate() {
            let (before, _) = attempts.split_at(at);
            let runs = spool.runs(block).into_iter();
            let spent = runs.fold(Cost(0), |mut spent, run| {
                spent += spent_by(attempt, before, &run);
                spent
            });
            purse::reclaim(spool.folder(), block.id, attempt.number, spent).map_err(failed)?;
        }
    }
    Ok(())
}

/// What an attempt has spent on a run, with the most that it may have for what it asked without an answer.
fn spent_by(attempt: &block::BlockAttempt, before: &[block::BlockAttempt], run: &RunId) -> Cost {
    let Some(own) = attempt.facts.get(run) else {
        return Cost(0);
    };
    let known = attempt.follows.as_ref().and_then(|all| all.get(run));
    let known = usize::try_from(known.map_or(0, |follows| follows.known)).unwrap_or(usize::MAX);
    let mut facts = block::believed(before, run);
    facts.truncate(known);
    let paid = Run::fold(&facts).map_or(Cost(0), |run| run.spent.cost);
    facts.extend(own.iter().cloned());
    let Some(whole) = Run::fold(&facts) else {
        return Cost(0);
    };
    let mut spent = whole.spent.cost.less(paid);
    let asks = whole.units.iter().flat_map(|unit| &unit.asks);
    for (id, ask) in asks.filter(|(_, ask)| ask.reply.is_none()) {
        spent += whole.spec.at_most(id.agent(), &ask.prompt);
    }
    spent
}

fn take_block(
    spool: &Spool,
    block: &Block,
    known: &[Read],
    writing: &mut Writing,
    taken: &mut Taken,
) -> Result<Standing, Failure> {
    let settled = spool.settled(block.id, known).is_some();
    taken.unsettled += usize::from(!settled);
    let (standing, runs) = standing(spool, block, known);
    for (run, facts) in runs.iter().filter(|_| settled) {
        let there = writing.known(run)?;
        let from = usize::try_from(there).unwrap_or(0).saturating_sub(1);
        if let Some(new) = facts.get(from..).filter(|_| there < facts.len() as u64) {
            merge::run(writing, run, new, &mut taken.merged)?;
        }
    }
    Ok(standing)
}

/// Takes in what measuring the winners once more came to.
fn winners(writing: &Writing, house: &House, spool: &Spool) -> Result<(), Failure> {
    let told = spool.told_of_winners();
    if told.is_empty() {
        return Ok(());
    }
    let id = &spool.plan().started.comparison;
    let all = crate::store::comparisons::all(&house.database())?;
    let Some(mut comparison) = all.into_iter().find(|one| one.id == *id) else {
        return Ok(());
    };
    for fact in told {
        let ComparisonFact::Rechecked { cell, .. } = &fact else {
            continue;
        };
        if comparison.rechecked.iter().any(|(known, ..)| known == cell) {
            continue;
        }
        let envelope = ComparisonEnvelope {
            v: COMPARISON_VERSION,
            comparison: id.clone(),
            seq: comparison.facts,
            at: super::compare::now(),
            fact,
        };
        comparison.take(&envelope.fact);
        merge::comparison(writing, &[envelope])?;
    }
    Ok(())
}

/// Says in the database that all of it is done.
fn finish(writing: &Writing, house: &House, spool: &Spool) -> Result<(), Failure> {
    let id = &spool.plan().started.comparison;
    let all = crate::store::comparisons::all(&house.database())?;
    let Some(comparison) = all.into_iter().find(|one| one.id == *id) else {
        return Ok(());
    };
    if !comparison.finished {
        let finished = ComparisonEnvelope {
            v: COMPARISON_VERSION,
            comparison: id.clone(),
            seq: comparison.facts,
            at: super::compare::now(),
            fact: ComparisonFact::Finished,
        };
        merge::comparison(writing, &[finished])?;
    }
    Ok(())
}

/// How a block stands, and the facts of its runs that are believed.
pub(super) fn standing(
    spool: &Spool,
    block: &Block,
    read: &[Read],
) -> (Standing, Vec<(RunId, Vec<crate::domain::event::Envelope>)>) {
    let attempts: Vec<block::BlockAttempt> = read.iter().map(|read| read.attempt.clone()).collect();
    let unit = spool
        .plan()
        .spec()
        .and_then(|spec| spec.base.units.get(usize::from(block.problem)));
    let opening = read.iter().rev().find_map(|read| read.opening.as_ref());
    let mut standing = Standing {
        id: block.id,
        problem: unit.map_or_else(String::new, |unit| unit.problem.to_string()),
        repeat: block.repeat + 1,
        cells: Vec::new(),
        attempts: read.last().map_or(0, |read| read.attempt.number),
        host: opening.map_or_else(String::new, |opening| opening.host.clone()),
        class: opening.map_or_else(String::new, |opening| opening.class.clone()),
        shared: opening.and_then(|opening| opening.shared.clone()),
        changed: read.iter().map(|read| read.changed).max().unwrap_or(0),
        spent: Spent::default(),
        again: 0,
        fenced: 0,
        damaged: read.iter().find_map(|read| {
            let why = read.damaged.as_ref()?;
            Some(format!("attempt {}: {why}", read.attempt.number))
        }),
    };
    let mut runs = Vec::new();
    for (run, cell) in spool.runs(block).into_iter().zip(&block.cells) {
        let facts = block::believed(&attempts, &run);
        standing.fenced += block::fenced(&attempts, &run);
        let mut asked = std::collections::BTreeSet::new();
        for envelope in &facts {
            if let Fact::AskSent { ask, .. } = &envelope.fact
                && !asked.insert(*ask)
            {
                standing.again += 1;
            }
        }
        let fold = Run::fold(&facts);
        let over = fold.as_ref().is_some_and(is_done);
        standing.spent += fold.as_ref().map(|fold| fold.spent).unwrap_or_default();
        let spec = spool.plan().spec();
        let contender = spec.and_then(|spec| {
            spec.contenders
                .get(usize::from(spec.cells.get(cell.index())?.contender))
        });
        standing.cells.push(CellStanding {
            run: run.clone(),
            strategy: contender.map(|c| c.strategy).unwrap_or_default(),
            doing: match (over, facts.is_empty()) {
                (false, false) => last_deed(&facts),
                _ => String::new(),
            },
            facts: facts.len() as u64,
            over,
        });
        runs.push((run, facts));
    }
    (standing, runs)
}

/// What a run is doing, by its last fact that says so.
fn last_deed(facts: &[crate::domain::event::Envelope]) -> String {
    let deed = facts
        .iter()
        .rev()
        .find_map(|envelope| match &envelope.fact {
            Fact::AskSent { ask, .. } => Some(format!("asks {ask}")),
            Fact::CandidateProposed { candidate, .. } => Some(format!("tries {}", candidate.id)),
            Fact::Evaluated { candidate, .. } => Some(format!("has tried {candidate}")),
            Fact::NobodyAnswered { .. } => Some("nobody answers".to_owned()),
            _ => None,
        });
    deed.unwrap_or_else(|| "begins".to_owned())
}

/// `lessonl ingest DIR`. Returns the exit code.
pub(super) fn ingest(house: &House, folder: &Path) -> Result<u8, Halt> {
    let spool = Spool::open(folder).map_err(Failure::from)?;
    store(house, &spool)?;
    let known = super::compared::find(house, spool.plan().started.comparison.as_str())?;
    if let Some(plan) = &known.plan {
        spool.expect(plan)?;
    }
    let taken = take(house, &spool, &mut Reading::default())?;
    let (over, cells) = taken.cells();
    let id = &spool.plan().started.comparison;
    output::line(&format!(
        "comparison {id}: {} facts new, {} known; {over} of {cells} cells are over",
        taken.merged.new, taken.merged.known
    ))?;
    tell_troubles(&taken);
    output::note(&format!("lessonl report {id} shows it."));
    let sound = taken.merged.conflicts.is_empty() && taken.merged.gaps.is_empty();
    Ok(if sound {
        0
    } else {
        FailureKind::Environment.exit_code()
    })
}

/// Says what is not as it should be.
pub(super) fn tell_troubles(taken: &Taken) {
    let fenced: usize = taken.blocks.iter().map(|block| block.fenced).sum();
    let again: usize = taken.blocks.iter().map(|block| block.again).sum();
    if fenced > 0 {
        output::note(&format!(
            "{fenced} facts were told by attempts after a later one had begun, and are not believed."
        ));
    }
    if again > 0 {
        output::note(&format!(
            "{again} questions were under way when a machine was lost or told to end, and were put once more."
        ));
    }
    if taken.unsettled > 0 {
        output::note(&format!(
            "{} blocks wait for an attempt that has just begun: take them in once more in a moment.",
            taken.unsettled
        ));
    }
    for block in &taken.blocks {
        if let Some(why) = &block.damaged {
            output::note(&format!(
                "{} {why}; what stands before that counts, and a new attempt goes on from there.",
                block.id
            ));
        }
    }
    for (run, seq) in &taken.merged.conflicts {
        output::note(&format!(
            "Fact {seq} of run {run} is another one in this database: nothing of it was added from there on. Take the folder into an empty one: --data-dir."
        ));
    }
    for run in &taken.merged.gaps {
        output::note(&format!("Facts of run {run} are missing in between."));
    }
}

/// The folder that a stored comparison is worked on in.
pub(super) fn folder_of(comparison: &Comparison) -> Option<&Path> {
    comparison
        .placed
        .as_ref()
        .map(|(folder, _)| folder.as_path())
}

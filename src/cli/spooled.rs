//! Comparisons in a folder that several machines share: making the plan, and taking what they told into the database.
//! Never runs a cell.

use std::path::{Path, PathBuf};

use super::compose::{House, texts_in};
use super::output::{self, Halt};
use crate::domain::block::{self, Block, BlockId, ClassRule};
use crate::domain::comparison::{
    COMPARISON_VERSION, Comparison, ComparisonEnvelope, ComparisonFact,
};
use crate::domain::event::Fact;
use crate::domain::id::RunId;
use crate::domain::meter::Spent;
use crate::domain::run::Run;
use crate::domain::spec::AgentKind;
use crate::failure::{Failure, FailureKind};
use crate::problems;
use crate::reports::comparison::{could_not_begin, is_over};
use crate::store::merge::{self, Merged, Writing};
use crate::store::spool::{PLAN_VERSION, Plan, Read, Spool};

/// How a comparison is given out.
pub struct Given {
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
pub fn plan(house: &House, started: &ComparisonEnvelope, given: &Given) -> Result<Plan, Failure> {
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
pub fn create(house: &House, mut plan: Plan, folder: &Path) -> Result<Spool, Failure> {
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
    Ok(Spool::create(folder, &plan)?)
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
pub fn store(house: &House, spool: &Spool) -> Result<(), Failure> {
    let placed = ComparisonEnvelope {
        v: COMPARISON_VERSION,
        comparison: spool.plan().started.comparison.clone(),
        seq: 1,
        at: spool.plan().started.at,
        fact: ComparisonFact::Placed {
            folder: spool.folder().to_owned(),
            cluster: spool.plan().cluster.clone(),
        },
    };
    let writing = Writing::open(&house.database())?;
    merge::comparison(&writing, &[spool.plan().started.clone(), placed])?;
    Ok(())
}

/// How a block stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    /// Which.
    pub id: BlockId,
    /// Its problem.
    pub problem: String,
    /// Its repeat, from 1.
    pub repeat: u16,
    /// Cells that are over.
    pub over: usize,
    /// Cells.
    pub cells: usize,
    /// Attempts so far.
    pub attempts: u32,
    /// The machine of the latest.
    pub host: String,
    /// Its class.
    pub class: String,
    /// What goes on.
    pub doing: String,
    /// When it last wrote, milliseconds since 1970; 0: never.
    pub changed: i64,
    /// What was spent.
    pub spent: Spent,
    /// Questions that were under way when an attempt ended, and were put once more.
    pub again: usize,
    /// Facts that are not believed.
    pub fenced: usize,
    /// What is wrong with a file.
    pub damaged: Option<String>,
}

/// What was read of a comparison's folder so far.
#[derive(Default)]
pub struct Reading {
    blocks: Vec<(Vec<Read>, Option<Standing>)>,
}

/// What came of taking in.
#[derive(Debug, Default)]
pub struct Taken {
    /// Facts.
    pub merged: Merged,
    /// How the blocks stand, in order.
    pub blocks: Vec<Standing>,
    /// Blocks whose latest attempt has not said yet what it builds on.
    pub unsettled: usize,
}

impl Taken {
    /// Cells that are over, and cells.
    pub fn cells(&self) -> (usize, usize) {
        let over = self.blocks.iter().map(|block| block.over).sum();
        (over, self.blocks.iter().map(|block| block.cells).sum())
    }

    /// Whether nothing is left to do.
    pub fn is_over(&self) -> bool {
        let (over, cells) = self.cells();
        over == cells
    }
}

/// Whether nothing more is to be done about a cell.
pub fn is_done(run: &Run) -> bool {
    is_over(run) || could_not_begin(run)
}

/// Takes into the database what has come since it was last read.
pub fn take(house: &House, spool: &Spool, reading: &mut Reading) -> Result<Taken, Failure> {
    let mut writing = Writing::open(&house.database())?;
    let mut taken = Taken::default();
    reading
        .blocks
        .resize_with(spool.blocks().len(), Default::default);
    for (block, (known, over)) in spool.blocks().iter().zip(&mut reading.blocks) {
        if let Some(over) = over {
            taken.blocks.push(over.clone());
            continue;
        }
        *known = spool.read(block.id, std::mem::take(known))?;
        let settled = spool.settled(block.id, known);
        taken.unsettled += usize::from(settled.is_none());
        let (standing, runs) = standing(spool, block, known);
        if settled.is_some() {
            for (run, facts) in &runs {
                let there = writing.known(run)?;
                let from = usize::try_from(there).unwrap_or(0).saturating_sub(1);
                if let Some(new) = facts.get(from..).filter(|_| there < facts.len() as u64) {
                    merge::run(&mut writing, run, new, &mut taken.merged)?;
                }
            }
        }
        if standing.over == standing.cells && settled.is_some() {
            *over = Some(standing.clone());
            known.clear();
        }
        taken.blocks.push(standing);
    }
    if taken.is_over() && taken.merged.conflicts.is_empty() {
        finish(&writing, house, spool)?;
    }
    Ok(taken)
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
pub fn standing(
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
        over: 0,
        cells: block.cells.len(),
        attempts: read.last().map_or(0, |read| read.attempt.number),
        host: opening.map_or_else(String::new, |opening| opening.host.clone()),
        class: opening.map_or_else(String::new, |opening| opening.class.clone()),
        doing: String::new(),
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
    let mut doing = Vec::new();
    for run in spool.runs(block) {
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
        if let Some(fold) = Run::fold(&facts) {
            standing.over += usize::from(is_done(&fold));
            standing.spent += fold.spent;
            if !is_done(&fold) {
                doing.push(format!("{}: {}", fold.spec.strategy, last_deed(&facts)));
            }
        }
        runs.push((run, facts));
    }
    standing.doing = doing.join(" · ");
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
pub fn ingest(house: &House, folder: &Path) -> Result<u8, Halt> {
    let spool = Spool::open(folder).map_err(Failure::from)?;
    store(house, &spool)?;
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
pub fn tell_troubles(taken: &Taken) {
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
pub fn folder_of(comparison: &Comparison) -> Option<&Path> {
    comparison
        .placed
        .as_ref()
        .map(|(folder, _)| folder.as_path())
}

//! Comparisons that other machines work on: given to a batch system or cut into slices, watched, stopped, gone on with.
//! What is over its facts say; the batch system is only asked who runs and why somebody waits.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use clap::Args;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::args::{CompareArguments, RunArguments};
use super::compose::House;
use super::output::{self, Halt};
use super::spooled::{self, Given, Reading};
use super::{compare, compared};
use crate::config::clusters::{Cluster, Launcher};
use crate::domain::block::{self, ClassRule};
use crate::domain::comparison::{Comparison, ComparisonEnvelope, ComparisonFact, ComparisonSpec};
use crate::domain::event::Ending;
use crate::failure::{Failure, FailureKind};
use crate::harness::batch::{self, Silence};
use crate::launch::slurm::{self, QueuedTask};
use crate::reports::blocks::Standing;
use crate::reports::table::one_line;
use crate::store::spool::crew::Member;
use crate::store::spool::{Spool, write_whole};

/// Arguments of `stop`.
#[derive(Debug, Clone, Args)]
pub(super) struct StopArguments {
    /// The comparison's id, the beginning of it, or latest
    pub id: String,
    /// Cut off what is under way instead of waiting for answers that were asked for
    #[arg(long)]
    pub now: bool,
}

fn usage(what: impl Into<String>, hint: impl Into<String>) -> Failure {
    Failure::new(FailureKind::Usage, what).hint(hint)
}

/// Gives a new comparison to other machines. Returns the exit code.
pub(super) fn give(house: &House, wanted: &CompareArguments) -> Result<u8, Halt> {
    if let (Some(slices), Some(out)) = (wanted.slices, &wanted.out) {
        return slice(house, wanted, slices, out);
    }
    let name = wanted.on.as_deref().unwrap_or_default();
    if name == "local" {
        return here(house, wanted, wanted.cells.unwrap_or(1));
    }
    let cluster = cluster(house, name)?;
    if cluster.launcher == Launcher::Local {
        return here(house, wanted, wanted.cells.unwrap_or(cluster.cells));
    }
    if let Some(id) = &wanted.id
        && let Some(mut known) = super::named::known_comparison(house, id, &wanted.targets)?
    {
        compare::allow(house, &mut known, wanted.budget_total)?;
        return go_on(house, &known);
    }
    let started = compare::started(house, wanted)?;
    let root = cluster.spool.clone().unwrap_or_default();
    let given = Given {
        folder: root.join(started.comparison.as_str()),
        parts: Err(slurm::MOST_TASKS),
        cells: wanted.cells.unwrap_or(cluster.cells),
        class: cluster.class.clone(),
        cluster: Some(name.to_owned()),
        unsafe_no_sandbox: wanted.unsafe_no_sandbox,
    };
    let ComparisonFact::Started { spec } = &started.fact else {
        return Err(Failure::new(FailureKind::Internal, "no comparison begins").into());
    };
    keys_reach_jobs(spec, &cluster)?;
    let plan = spooled::plan(house, &started, &given)?;
    let parts: Vec<u32> = (0..plan.parts).collect();
    if wanted.dry_run {
        return dry_run(house, &started, spec, &cluster, &given.folder, &parts);
    }
    let spool = spooled::create(house, plan, &given.folder)?;
    install(&root, &spool, &cluster)?;
    spooled::store(house, &spool)?;
    let job = submit(&spool, &cluster, &parts, &[])?;
    let id = &started.comparison;
    output::line(&format!(
        "comparison {id}: {} blocks in {} parts, Slurm job {job}",
        spool.blocks().len(),
        parts.len()
    ))?;
    output::note(&format!(
        "lessonl watch {id} shows how it stands, lessonl stop {id} ends it, lessonl compare --resume {id} goes on with it."
    ));
    Ok(0)
}

/// Problems for one strategy as a comparison of one.
pub(super) fn as_comparison(run: &RunArguments) -> CompareArguments {
    CompareArguments {
        targets: run.targets.clone(),
        strategies: vec![run.strategy.unwrap_or_default()],
        repeats: 1,
        preset: run.preset,
        mode: run.mode,
        rounds: run.rounds,
        lessons: run.lessons,
        agents: run.agents.clone(),
        agent: run.agent.clone(),
        seed: run.seed,
        budget_time: run.budget_time,
        budget_asks: run.budget_asks,
        budget_tokens: run.budget_tokens,
        budget_cost: run.budget_cost,
        // the money of a run is that of all its problems
        budget_total: run.budget_cost,
        holdout: run.holdout,
        bank: run.bank,
        yes: run.yes,
        headless: run.headless,
        json: run.json,
        on: run.on.clone(),
        dry_run: run.dry_run,
        id: run.id.clone(),
        unsafe_no_sandbox: run.unsafe_no_sandbox,
        ..CompareArguments::default()
    }
}

/// Works on it in this process.
fn here(house: &House, wanted: &CompareArguments, cells: u16) -> Result<u8, Halt> {
    compare::compare(
        house,
        &CompareArguments {
            on: None,
            cells: Some(cells),
            ..wanted.clone()
        },
    )
}

/// Cuts it into slices for whatever starts programs.
fn slice(house: &House, wanted: &CompareArguments, slices: u32, out: &Path) -> Result<u8, Halt> {
    let started = compare::started(house, wanted)?;
    let given = Given {
        folder: std::path::absolute(out).unwrap_or_else(|_| out.to_owned()),
        parts: Ok(slices),
        cells: wanted.cells.unwrap_or(1),
        class: ClassRule::Any,
        cluster: None,
        unsafe_no_sandbox: wanted.unsafe_no_sandbox,
    };
    let plan = spooled::plan(house, &started, &given)?;
    let spool = spooled::create(house, plan, &given.folder)?;
    spooled::store(house, &spool)?;
    let folder = spool.folder().display();
    output::line(&format!(
        "comparison {}: {} blocks in {slices} slices in {folder}",
        started.comparison,
        spool.blocks().len()
    ))?;
    output::note(&format!(
        "On each machine: lessonl work {folder} --slice I/{slices} --plan {}, I from 1. The same once more goes on. Then: lessonl ingest {folder}",
        spool.hash()
    ));
    Ok(0)
}

/// A cluster of the settings.
pub(super) fn cluster(house: &House, name: &str) -> Result<Cluster, Failure> {
    let clusters = &house.configuration.settings.clusters;
    clusters.get(name).cloned().ok_or_else(|| {
        let known: Vec<&str> = clusters.keys().map(String::as_str).collect();
        usage(
            format!("the settings have no cluster `{name}`"),
            match known.is_empty() {
                true => format!(
                    "Write [clusters.{name}] into {}.",
                    house.configuration.paths.config.display()
                ),
                false => format!("They have: {}.", known.join(", ")),
            },
        )
    })
}

/// Jobs get nothing of this shell's variables: the batch system would keep a copy of every one of them.
fn keys_reach_jobs(spec: &ComparisonSpec, cluster: &Cluster) -> Result<(), Failure> {
    let teams = spec.contenders.iter().filter_map(|c| c.team.as_ref());
    for agent in teams.chain([&spec.base.team]).flatten() {
        for (_, key_env, reach) in agent.kind.servers() {
            let variables = key_env.into_iter();
            for name in variables.chain(reach.headers.values().map(String::as_str)) {
                let set = cluster.before.iter().any(|line| line.contains(name));
                if !set {
                    return Err(usage(
                        format!(
                            "the key of {} comes from ${name}, which jobs do not get",
                            agent.name
                        ),
                        "Put it into a file that only you can read, and name it: key_file = \"~/.config/lessonl/keys/NAME\"; or key_cmd.",
                    ));
                }
            }
        }
    }
    Ok(())
}

/// Prints what would be submitted.
fn dry_run(
    house: &House,
    started: &ComparisonEnvelope,
    spec: &ComparisonSpec,
    cluster: &Cluster,
    folder: &Path,
    parts: &[u32],
) -> Result<u8, Halt> {
    let of = u32::try_from(parts.len()).unwrap_or(u32::MAX);
    let place = (folder, "SHA-256-OF-THE-PLAN");
    let words = slurm::submission(cluster, started.comparison.as_str(), place, parts, of, &[]);
    let blocks = block::blocks(&spec.cells);
    output::line(&format!(
        "# {}/job.sh\n{}",
        folder.display(),
        slurm::script(cluster)
    ))?;
    output::line(&format!("sbatch {}\n", words.join(" ")))?;
    output::line(&format!(
        "{} blocks ({} problems × {} repeats, {} strategies each) in {} parts, at most {} at a time",
        blocks.len(),
        spec.base.units.len(),
        spec.repeats,
        spec.contenders.len(),
        parts.len(),
        cluster.nodes
    ))?;
    let limit = cluster.time.0 as f64 / 3.6e12;
    let expected = match expected_hours(house, spec)? {
        Some(hours) => {
            format!("about {hours:.1} node-hours, as long as such cells took here before")
        }
        None => {
            "no such cells were worked on here yet, so how long they take is not known".to_owned()
        }
    };
    output::line(&format!(
        "{expected}; a part may take {limit:.1} hours before it goes back into the queue"
    ))?;
    let each = spec.base.budget_cost.map(|cost| {
        let all = cost.dollars() * spec.cells.len() as f64;
        (all, cost)
    });
    output::line(&match (spec.total, each) {
        (Some(total), each) if each.is_none_or(|(all, _)| total.dollars() <= all) => {
            format!("at most {total} for all cells together")
        }
        (_, Some((all, cost))) => format!(
            "at most ${all:.2}: {cost} for each of {} cells",
            spec.cells.len()
        ),
        (_, None) => "what it may cost is not limited: --budget-total limits all of it, --budget-cost every cell".to_owned(),
    })?;
    Ok(0)
}

/// Node-hours of the whole comparison, by what cells of the same strategies took here before.
fn expected_hours(house: &House, spec: &ComparisonSpec) -> Result<Option<f64>, Failure> {
    let runs = house.archive().runs()?;
    let mut hours = 0.0;
    for cell in &spec.cells {
        let Some(contender) = spec.contenders.get(usize::from(cell.contender)) else {
            continue;
        };
        let of_it = runs.iter().filter(|run| {
            run.strategy == contender.strategy
                && run.units.len() == 1
                && matches!(run.ending, Some(Ending::Done | Ending::Budget))
        });
        let took: Vec<f64> = of_it
            .map(|run| (run.updated_at - run.started_at) as f64 / 3.6e6)
            .collect();
        if took.is_empty() {
            return Ok(None);
        }
        hours += took.iter().sum::<f64>() / took.len() as f64;
    }
    Ok(Some(hours))
}

/// Puts what a job needs into the folder: the program as it is now, the script, a place for its words.
fn install(root: &Path, spool: &Spool, cluster: &Cluster) -> Result<(), Failure> {
    let failed = |place: &Path, error: std::io::Error| {
        Failure::new(
            FailureKind::Environment,
            format!("{}: {error}", place.display()),
        )
        .hint("Check that the spool is yours and has room.")
    };
    let folder = spool.folder();
    let program = program(root, cluster)?;
    let link = folder.join("lessonl");
    std::os::unix::fs::symlink(&program, &link).map_err(|error| failed(&link, error))?;
    let script = folder.join("job.sh");
    write_whole(&script, slurm::script(cluster).as_bytes())
        .map_err(|error| failed(&script, error))?;
    let log = folder.join("log");
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&log)
        .map_err(|error| failed(&log, error))
}

/// The program that jobs run.
pub(super) fn program(root: &Path, cluster: &Cluster) -> Result<PathBuf, Failure> {
    if let Some(program) = &cluster.program {
        return Ok(program.clone());
    }
    let bin = root.join("bin");
    std::env::current_exe()
        .and_then(|own| copy_of(&own, &bin))
        .map_err(|error| {
            Failure::new(
                FailureKind::Environment,
                format!("{}: {error}", bin.display()),
            )
            .hint("Check that the spool is yours and has room.")
        })
}

/// A copy of the program by its hash: a newer one put in its place does not change what runs.
fn copy_of(program: &Path, folder: &Path) -> std::io::Result<PathBuf> {
    let mut hash = Sha256::new();
    std::io::copy(&mut std::fs::File::open(program)?, &mut hash)?;
    let digest = hash.finalize();
    let name = digest.iter().take(8).fold(String::new(), |mut text, byte| {
        use std::fmt::Write as _;
        let _ = write!(text, "{byte:02x}");
        text
    });
    let copy = folder.join(format!("lessonl-{name}"));
    if !copy.exists() {
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)?;
        let making = tempfile::NamedTempFile::new_in(folder)?;
        std::fs::copy(program, making.path())?;
        making.persist(&copy)?;
    }
    Ok(copy)
}

/// What was submitted: a line each.
#[derive(Debug, Serialize, Deserialize)]
struct Submitted {
    job: u64,
    parts: Vec<u32>,
}

fn submissions(spool: &Spool) -> Vec<Submitted> {
    let text = std::fs::read_to_string(spool.folder().join("submissions.jsonl"));
    let text = text.unwrap_or_default();
    let lines = text.lines();
    lines
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect()
}

/// What keeps the batch system from answering, in words.
pub(super) fn silent(command: &str, silence: Silence) -> Failure {
    let (what, hint) = match silence {
        Silence::Absent => {
            let host = rustix::system::uname()
                .nodename()
                .to_string_lossy()
                .into_owned();
            (
                format!("there is no `{command}` on this machine ({host})"),
                "Run this on the cluster's login node.".to_owned(),
            )
        }
        Silence::Slow => (
            format!("`{command}` does not answer"),
            "The controller may be away: nothing is lost; try again later.".to_owned(),
        ),
        Silence::Failed(words) => (
            format!("`{command}` refused: {}", one_line(&words)),
            "Correct the [clusters.…] of the settings, or try again later; nothing was submitted."
                .to_owned(),
        ),
    };
    Failure::new(FailureKind::Environment, what).hint(hint)
}

/// The number of the job in what `sbatch` told.
pub(super) fn job_in(told: &str) -> Result<u64, Failure> {
    slurm::job_number(told).ok_or_else(|| {
        Failure::new(
            FailureKind::Environment,
            format!("sbatch gave no job: {}", one_line(told)),
        )
        .hint("Look with squeue --me whether something was submitted.")
    })
}

fn submit(
    spool: &Spool,
    cluster: &Cluster,
    parts: &[u32],
    exclude: &[String],
) -> Result<u64, Failure> {
    let name = spool.plan().started.comparison.as_str().to_owned();
    let of = spool.plan().parts;
    let place = (spool.folder(), spool.hash());
    let words = slurm::submission(cluster, &name, place, parts, of, exclude);
    let told = batch::answer("sbatch", &words).map_err(|why| silent("sbatch", why))?;
    let job = job_in(&told)?;
    let file = spool.folder().join("submissions.jsonl");
    let line = serde_json::to_string(&Submitted {
        job,
        parts: parts.to_vec(),
    })
    .unwrap_or_default();
    std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .mode(0o600)
        .open(&file)
        .and_then(|mut file| writeln!(file, "{line}"))
        .map_err(|error| {
            Failure::new(
                FailureKind::Environment,
                format!("{}: {error}", file.display()),
            )
            .hint(format!("Job {job} was submitted: scancel {job} ends it."))
        })?;
    Ok(job)
}

/// Who runs, who waits and who has ended, by part.
pub(super) fn queue(spool: &Spool) -> Result<BTreeMap<u32, QueuedTask>, Failure> {
    let jobs: Vec<u64> = submissions(spool).iter().map(|s| s.job).collect();
    if jobs.is_empty() {
        return Ok(BTreeMap::new());
    }
    let words = slurm::QUEUE.map(str::to_owned);
    let told = batch::answer("squeue", &words).map_err(|why| silent("squeue", why))?;
    Ok(slurm::queue(&told, &jobs))
}

/// Parts that have blocks which are not over.
fn unfinished(spool: &Spool, blocks: &[Standing]) -> Vec<u32> {
    let open = blocks.iter().filter(|block| !block.is_over());
    let parts: BTreeSet<u32> = open
        .map(|block| block.id.0 % spool.plan().parts.max(1))
        .collect();
    parts.into_iter().collect()
}

/// Goes on with a comparison that other machines work on: takes in what they told, and has the rest begun again that
/// nobody works on or waits for. Returns the exit code.
pub(super) fn go_on(house: &House, comparison: &Comparison) -> Result<u8, Halt> {
    let spool = spool_of(comparison)?;
    let taken = spooled::take(house, &spool, &mut Reading::default())?;
    spooled::tell_troubles(&taken);
    let id = &comparison.id;
    if taken.is_over() {
        let whole = compared::find(house, id.as_str())?;
        compare::show(house, &whole)?;
        output::note(&format!(
            "Comparison {id} is done; lessonl report {id} shows it."
        ));
        return Ok(0);
    }
    spooled::allot(&spool, comparison.total)?;
    let parts = unfinished(&spool, &taken.blocks);
    let Some(name) = &spool.plan().cluster else {
        spool.go()?;
        // nobody else has given a sign for a while
        let alone = Member::join(spool.folder(), "login").sign();
        let alone = alone.is_ok_and(|at_work| at_work == 1);
        spooled::reclaim(&spool, |_| alone)?;
        let (over, cells) = taken.cells();
        let of = spool.plan().parts;
        let slices: Vec<String> = parts.iter().map(|p| format!("{}/{of}", p + 1)).collect();
        output::line(&format!(
            "comparison {id}: {over} of {cells} cells are over; left are the slices {}",
            slices.join(" ")
        ))?;
        output::note(&format!(
            "Go on: lessonl work {} --slice I/{of} --plan {}, then lessonl ingest {0}",
            spool.folder().display(),
            spool.hash()
        ));
        return Ok(0);
    };
    let cluster = cluster(house, name)?;
    // Whoever is queued already must not be queued twice: without an answer nothing is submitted.
    let mut queued = queue(&spool)?;
    queued.retain(|_, task| !task.has_ended());
    let free: Vec<u32> = parts
        .into_iter()
        .filter(|part| !queued.contains_key(part))
        .collect();
    if free.is_empty() {
        output::line(&format!(
            "comparison {id}: everything that is left runs or waits already"
        ))?;
        return Ok(0);
    }
    spool.go()?;
    let is_free = |part: &u32| free.contains(part);
    let left = taken.blocks.iter().filter(|block| !block.is_over());
    for block in left.filter(|block| is_free(&(block.id.0 % spool.plan().parts.max(1)))) {
        spool.forgive(block.id)?;
    }
    spooled::reclaim(&spool, |part| !queued.contains_key(part))?;
    let foreign = match spool.plan().class {
        ClassRule::Any => Vec::new(),
        ClassRule::First | ClassRule::Named(_) => spool.foreign(),
    };
    let job = submit(&spool, &cluster, &free, &foreign)?;
    output::line(&format!(
        "comparison {id}: {} parts begin again, Slurm job {job}",
        free.len()
    ))?;
    Ok(0)
}

/// The folder that a comparison is worked on in, with the plan that was given out.
pub(super) fn spool_of(comparison: &Comparison) -> Result<Spool, Failure> {
    let Some(folder) = spooled::folder_of(comparison) else {
        return Err(usage(
            format!(
                "comparison {} is worked on here, by no other machine",
                comparison.id
            ),
            "lessonl runs shows how it stands.",
        ));
    };
    let spool = Spool::open(folder)?;
    if let Some(plan) = &comparison.plan {
        spool.expect(plan)?;
    }
    Ok(spool)
}

/// `lessonl stop`. Returns the exit code.
pub(super) fn stop(house: &House, wanted: &StopArguments) -> Result<u8, Halt> {
    let comparison = compared::find(house, &wanted.id)?;
    let spool = spool_of(&comparison)?;
    spool.stop()?;
    let words = |words: &[&str]| words.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>();
    for Submitted { job, .. } in submissions(&spool) {
        let job = job.to_string();
        let cancels: &[Vec<String>] = &match wanted.now {
            true => vec![words(&["--quiet", &job])],
            false => vec![
                words(&["--quiet", "--state=PENDING", &job]),
                words(&["--quiet", "--batch", "--signal=TERM", &job]),
            ],
        };
        for cancel in cancels {
            match batch::answer("scancel", cancel) {
                // a job that has ended cannot be cancelled
                Ok(_) | Err(Silence::Failed(_)) => {}
                Err(why) => return Err(silent("scancel", why).into()),
            }
        }
    }
    output::note(&format!(
        "Stopping. Go on with: lessonl compare --resume {}",
        comparison.id
    ));
    Ok(0)
}

//! `lessonl doctor --on NAME`: one short job that says what a node has and lacks, before anything is paid for. The same
//! program looks on the node and writes down what it found. Changes nothing but a folder of its own in the spool.

use std::fs::{self, File};
use std::io::Write as _;
use std::net::{TcpStream, ToSocketAddrs as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::fs::{FlockOperation, flock};
use serde_json::Value;

use super::args::RunArguments;
use super::compose::{Containment, House, variable};
use super::doctor::{Check, Status, check, document, failed, harness_checks, lines, writable};
use super::given;
use super::keys;
use super::output::{self, Halt};
use crate::config::clusters::Launcher;
use crate::domain::spec::AgentSpec;
use crate::failure::{Failure, FailureKind};
use crate::harness::batch::Silence;
use crate::harness::{Neighbours, batch};
use crate::launch::slurm;

/// How long the job may wait and run.
const PATIENCE: Duration = Duration::from_secs(900);
/// Time between two looks for what it found.
const LOOK: Duration = Duration::from_millis(200);
/// Time between two questions whether it still waits or runs.
const ASK: Duration = Duration::from_secs(5);
/// How long what a job wrote may take to be seen here after its end.
const LINGER: Duration = Duration::from_secs(5);
/// How long a server may take to open a connection.
const KNOCK: Duration = Duration::from_secs(5);
/// How long is looked who else works on the node.
const SECOND: Duration = Duration::from_secs(1);

/// Sends the job and shows what it found. Returns the exit code.
pub(super) fn on(house: &House, name: &str, as_json: bool) -> Result<u8, Halt> {
    let cluster = given::cluster(house, name)?;
    let Some(root) = cluster
        .spool
        .as_deref()
        .filter(|_| cluster.launcher == Launcher::Slurm)
    else {
        return Err(
            Failure::new(FailureKind::Usage, format!("`{name}` is this machine"))
                .hint("lessonl doctor looks at it.")
                .into(),
        );
    };
    let made = |place: &Path, error: std::io::Error| {
        Failure::new(
            FailureKind::Environment,
            format!("{}: {error}", place.display()),
        )
        .hint("The spool must be a folder of yours with room, which all nodes see.")
    };
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(root)
        .map_err(|error| made(root, error))?;
    let folder = tempfile::Builder::new()
        .prefix("doctor-")
        .tempdir_in(root)
        .map_err(|error| made(root, error))?;
    let place = folder.path();
    let write = |name: &str, bytes: &[u8]| -> Result<(), Failure> {
        let file = place.join(name);
        fs::write(&file, bytes).map_err(|error| made(&file, error))
    };
    let teams = house.teams(&RunArguments::default())?;
    let team: &[AgentSpec] = teams.first().map_or(&[], |team| &team.team);
    write("team.json", &serde_json::to_vec(team).unwrap_or_default())?;
    let host = rustix::system::uname()
        .nodename()
        .to_string_lossy()
        .into_owned();
    write("hello", host.as_bytes())?;
    let program = given::program(root, &cluster)?;
    let link = place.join("lessonl");
    std::os::unix::fs::symlink(&program, &link).map_err(|error| made(&link, error))?;
    write("job.sh", slurm::look_script(&cluster).as_bytes())?;
    let lock = File::create(place.join("lock")).map_err(|error| made(place, error))?;
    let held = flock(&lock, FlockOperation::NonBlockingLockExclusive).is_ok();
    output::note("One short job is submitted, and waited for.");
    let told = batch::answer("sbatch", &slurm::look(&cluster, place));
    let job = given::job_in(&told.map_err(|why| given::silent("sbatch", why))?)?;
    let checks = match found(place, job)? {
        Some(found) => serde_json::from_slice(&found).unwrap_or(Value::Null),
        None => {
            let said = fs::read_to_string(place.join("out")).unwrap_or_default();
            let last: Vec<&str> = said.lines().rev().take(3).collect();
            let last: Vec<&str> = last.into_iter().rev().collect();
            return Err(Failure::new(
                FailureKind::Environment,
                format!("the job wrote nothing into {}: {}", place.display(), last.join(" / ")),
            )
            .hint("Is the spool seen by the nodes, and does this program start there? A static build needs no libc of theirs: program = \"…\".")
            .into());
        }
    };
    drop(lock);
    if !held {
        output::note("This file system knows no locks; the spool needs none.");
    }
    if as_json {
        output::json(&checks)?;
    } else {
        output::print(&shown(&checks))?;
    }
    Ok(match checks["ok"].as_bool() {
        Some(true) => 0,
        _ => FailureKind::Environment.exit_code(),
    })
}

/// What the job wrote down, waited for; `None`: it has ended without. It is looked for in the folder: `sbatch --wait` lets
/// ever more time pass between two questions to the controller, up to minutes.
fn found(place: &Path, job: u64) -> Result<Option<Vec<u8>>, Failure> {
    let job = job.to_string();
    let question = ["-h", "-j", &job, "-o", "%T"].map(str::to_owned);
    let begun = Instant::now();
    let mut asked = begun;
    let mut gone: Option<Instant> = None;
    loop {
        // A file that was not there before is seen at once only by whoever lists its folder anew.
        let _ = fs::read_dir(place);
        if let Ok(found) = fs::read(place.join("found.json")) {
            return Ok(Some(found));
        }
        if gone.is_some_and(|gone| gone.elapsed() >= LINGER) {
            return Ok(None);
        }
        if begun.elapsed() >= PATIENCE {
            // One that cannot be cancelled ends at its own time limit.
            let _ = batch::answer("scancel", std::slice::from_ref(&job));
            return Err(Failure::new(
                FailureKind::Environment,
                format!(
                    "job {job} has found nothing within {} minutes, and was cancelled",
                    PATIENCE.as_secs() / 60
                ),
            )
            .hint("Look with squeue --me why jobs wait there."));
        }
        std::thread::sleep(LOOK);
        if gone.is_none() && asked.elapsed() >= ASK {
            let ended = match batch::answer("squeue", &question) {
                Ok(listed) => listed.trim().is_empty(),
                Err(Silence::Failed(words)) => words.contains("Invalid job id"),
                Err(Silence::Absent | Silence::Slow) => false,
            };
            gone = ended.then(Instant::now);
            asked = Instant::now();
        }
    }
}

/// What the node found, as its own doctor would show it.
fn shown(found: &Value) -> String {
    let text = |check: &Value, key: &str| check[key].as_str().unwrap_or_default().to_owned();
    let mut out = String::new();
    for check in found["checks"].as_array().into_iter().flatten() {
        out.push_str(&format!(
            "{:<5} {:<14} {}\n",
            text(check, "status"),
            text(check, "name"),
            crate::reports::table::one_line(&text(check, "detail"))
        ));
        if !text(check, "advice").is_empty() {
            let advice = crate::reports::table::one_line(&text(check, "advice"));
            out.push_str(&format!("      {:<14} → {advice}\n", ""));
        }
    }
    out
}

/// Looks at this node, and writes down what it found. Returns the exit code.
pub(super) fn here(house: &House, folder: &Path) -> Result<u8, Halt> {
    let mut checks = Vec::new();
    match house.harness(Containment::Required) {
        Ok(harness) => {
            let machine = harness.machine();
            checks.push(check("node", Status::Ok, machine.host.clone(), ""));
            checks.push(check("class", Status::Ok, machine.class.clone(), ""));
            checks.push(whole_node());
            checks.extend(harness_checks(&harness));
        }
        Err(failure) => checks.push(failed("compiler and sandbox", &failure)),
    }
    checks.push(shared(folder));
    checks.push(locks(folder));
    checks.push(writable("temporary", &std::env::temp_dir()));
    checks.push(writable("cache", &house.configuration.paths.cache));
    checks.extend(models(folder));
    for check in &checks {
        output::note(lines(check).trim_end());
    }
    let text = document(&checks).to_string();
    let file = folder.join("found.json");
    let written = tempfile::NamedTempFile::new_in(folder).and_then(|mut whole| {
        whole.write_all(text.as_bytes())?;
        whole.persist(&file).map_err(|error| error.error)
    });
    written.map_err(|error| {
        Failure::new(
            FailureKind::Environment,
            format!("{}: {error}", file.display()),
        )
    })?;
    Ok(0)
}

/// Whether the node is the job's alone: looked at, not taken from what was asked for.
fn whole_node() -> Check {
    let mut neighbours = Neighbours::default();
    std::thread::sleep(SECOND);
    match neighbours.look().flatten() {
        None => check(
            "whole node",
            Status::Ok,
            "all cores, no quota, nobody else at work",
            "",
        ),
        Some(why) => check(
            "whole node",
            Status::Warn,
            why,
            "Others may disturb the timing, and every figure will say so: whole_node = true, or ask for the node with --exclusive.",
        ),
    }
}

fn shared(folder: &Path) -> Check {
    match fs::read_to_string(folder.join("hello")) {
        Ok(host) => check(
            "shared folder",
            Status::Ok,
            format!("what {host} wrote is seen here"),
            "",
        ),
        Err(error) => check(
            "shared folder",
            Status::Fail,
            format!("{}: {error}", folder.display()),
            "Name a spool that the login node and all nodes see.",
        ),
    }
}

/// Whoever submitted the job holds the lock.
fn locks(folder: &Path) -> Check {
    let lock = File::options().write(true).open(folder.join("lock"));
    let seen = lock.is_ok_and(|lock| {
        flock(&lock, FlockOperation::NonBlockingLockExclusive) == Err(rustix::io::Errno::WOULDBLOCK)
    });
    match seen {
        true => check("locks", Status::Ok, "are seen from machine to machine", ""),
        false => check(
            "locks",
            Status::Warn,
            "of this file system are not seen from machine to machine",
            "The spool needs none. Keep the data folder on a local disk of one machine.",
        ),
    }
}

/// The team's keys, and whether its servers open a connection.
fn models(folder: &Path) -> Vec<Check> {
    let text = fs::read(folder.join("team.json")).unwrap_or_default();
    let team: Vec<AgentSpec> = serde_json::from_slice(&text).unwrap_or_default();
    let mut checks = Vec::new();
    if let Err(failure) = keys::of_team(&team, &variable) {
        checks.push(failed("keys", &failure));
    }
    let mut seen = std::collections::BTreeSet::new();
    for agent in &team {
        for (url, key_env, _) in agent.kind.servers() {
            if let Some(name) = key_env.filter(|name| variable(name).is_none()) {
                let what = format!("{}: ${name} is not set in a job", agent.name);
                checks.push(check(
                    "keys",
                    Status::Fail,
                    what,
                    "Use key_file or key_cmd.",
                ));
            }
            if seen.insert(url.to_owned()) {
                checks.push(reachable(url));
            }
        }
    }
    checks
}

fn reachable(address: &str) -> Check {
    let away = |why: String| {
        check(
            "model server",
            Status::Fail,
            format!("{address}: {why}"),
            "Nodes without internet need a proxy (HTTPS_PROXY in before) or a server inside the cluster.",
        )
    };
    let url = match url::Url::parse(address) {
        Ok(url) => url,
        Err(error) => return away(error.to_string()),
    };
    let (Some(host), Some(port)) = (url.host_str(), url.port_or_known_default()) else {
        return away("it names no host".to_owned());
    };
    let name = host.trim_matches(['[', ']']);
    let mut found = match (name, port).to_socket_addrs() {
        Ok(found) => found,
        Err(error) => return away(error.to_string()),
    };
    match found.any(|address| TcpStream::connect_timeout(&address, KNOCK).is_ok()) {
        true => check(
            "model server",
            Status::Ok,
            format!("{address} can be reached"),
            "",
        ),
        false => away("no connection from here".to_owned()),
    }
}

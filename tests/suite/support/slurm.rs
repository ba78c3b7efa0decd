//! A Slurm of its own on loopback: munge, a controller and nodes that share this machine's processors, so that no time
//! means anything there. Started where Debian's packages are installed and this is root; ended with what it started.

use std::collections::BTreeMap;
use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};

/// A running cluster.
pub(crate) struct Slurm {
    folder: tempfile::TempDir,
    daemons: BTreeMap<String, Child>,
    nodes: Vec<String>,
}

/// Why there can be none; `None`: there can.
pub(crate) fn lacks() -> Option<String> {
    let missing: Vec<&str> = ["munged", "slurmctld", "slurmd", "sbatch"]
        .into_iter()
        .filter(|name| which(name).is_none())
        .collect();
    if !missing.is_empty() {
        return Some(format!("{} is not installed", missing.join(", ")));
    }
    (!rustix::process::geteuid().is_root()).then(|| "nodes want to be started as root".to_owned())
}

fn which(name: &str) -> Option<PathBuf> {
    let path = std::env::var("PATH").unwrap_or_default();
    let folders = path.split(':').chain(["/usr/sbin", "/usr/bin"]);
    folders
        .map(|folder| Path::new(folder).join(name))
        .find(|file| file.is_file())
}

impl Slurm {
    /// A cluster of so many nodes.
    pub(crate) fn start(nodes: usize) -> Self {
        // the sockets' names must be short
        let folder = tempfile::Builder::new()
            .prefix("sl")
            .tempdir_in("/tmp")
            .unwrap();
        let root = folder.path().display().to_string();
        for part in ["log", "state"] {
            fs::create_dir(folder.path().join(part)).unwrap();
        }
        let free: Vec<TcpListener> = (0..=nodes)
            .map(|_| TcpListener::bind(("127.0.0.1", 0)).unwrap())
            .collect();
        let ports: Vec<u16> = free
            .iter()
            .map(|at| at.local_addr().unwrap().port())
            .collect();
        drop(free);
        let host = rustix::system::uname()
            .nodename()
            .to_string_lossy()
            .into_owned();
        let host = host.split('.').next().unwrap().to_owned();
        let names: Vec<String> = (1..=nodes)
            .map(|n| format!("t{}n{n}", std::process::id()))
            .collect();
        let mut text = format!(
            "ClusterName=suite\nSlurmctldHost={host}(127.0.0.1)\nSlurmctldPort={}\nSlurmUser=root\n\
             AuthType=auth/munge\nAuthInfo=socket={root}/munge,cred_expire=5\nStateSaveLocation={root}/state\n\
             SlurmctldPidFile={root}/ctld.pid\nSlurmctldLogFile={root}/log/ctld\nSlurmdPidFile={root}/%n.pid\n\
             SlurmdLogFile={root}/log/%n\nSlurmdSpoolDir={root}/%n\nMpiDefault=none\n\
             ProctrackType=proctrack/linuxproc\nTaskPlugin=task/none\nSelectType=select/cons_tres\n\
             SelectTypeParameters=CR_Core_Memory\nSchedulerType=sched/backfill\n\
             SchedulerParameters=bf_interval=1,sched_interval=1,batch_sched_delay=0\n\
             PreemptType=preempt/partition_prio\nPreemptMode=REQUEUE\nJobRequeue=1\nReturnToService=2\n\
             SlurmdTimeout=30\nSlurmctldTimeout=30\nKillWait=3\nMinJobAge=300\nAccountingStorageType=accounting_storage/none\n\
             SlurmdParameters=config_overrides\n",
            ports[0]
        );
        for (name, port) in names.iter().zip(&ports[1..]) {
            text.push_str(&format!(
                "NodeName={name} NodeHostname={host} NodeAddr=127.0.0.1 Port={port} CPUs=2 RealMemory=4000 State=UNKNOWN\n"
            ));
        }
        text.push_str(
            "PartitionName=low Nodes=ALL Default=YES PriorityTier=1 GraceTime=0 State=UP\n",
        );
        text.push_str("PartitionName=high Nodes=ALL PriorityTier=9 PreemptMode=OFF State=UP\n");
        fs::write(folder.path().join("slurm.conf"), text).unwrap();
        let version = Command::new(which("slurmctld").unwrap()).arg("-V").output();
        let version = String::from_utf8(version.unwrap().stdout).unwrap();
        let year = version
            .split([' ', '.'])
            .nth(1)
            .and_then(|year| year.parse::<u32>().ok());
        if year.is_some_and(|year| year >= 23) {
            // it would look for control groups of its own
            fs::write(folder.path().join("cgroup.conf"), "CgroupPlugin=disabled\n").unwrap();
        }
        let key = folder.path().join("key");
        let bytes: Vec<u8> = (0..1024).map(|_| fastrand::u8(..)).collect();
        fs::write(&key, bytes).unwrap();
        fs::set_permissions(&key, fs::Permissions::from_mode(0o400)).unwrap();
        let mut slurm = Self {
            folder,
            daemons: BTreeMap::new(),
            nodes: names.clone(),
        };
        slurm.daemon(
            "munged",
            "munged",
            &[
                "--foreground",
                &format!("--key-file={root}/key"),
                &format!("--socket={root}/munge"),
                &format!("--pid-file={root}/munge.pid"),
                &format!("--log-file={root}/log/munge"),
                &format!("--seed-file={root}/munge.seed"),
            ],
        );
        until("munge's socket", || {
            Path::new(&format!("{root}/munge")).exists()
        });
        slurm.controller_up();
        for name in &names {
            slurm.node_up(name);
        }
        slurm.until_ready();
        slurm
    }

    /// Where its configuration is.
    pub(crate) fn conf(&self) -> PathBuf {
        self.folder.path().join("slurm.conf")
    }

    /// Where the controller keeps what it knows.
    pub(crate) fn state(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    /// Where all of it logs.
    pub(crate) fn log(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    fn daemon(&mut self, name: &str, program: &str, arguments: &[&str]) {
        let out = fs::File::create(self.log().join(format!("{name}.out"))).unwrap();
        let child = Command::new(which(program).unwrap())
            .args(arguments)
            .env_clear()
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            .env("SLURM_CONF", self.conf())
            .stdin(Stdio::null())
            .stdout(out.try_clone().unwrap())
            .stderr(out)
            .spawn()
            .unwrap();
        self.daemons.insert(name.to_owned(), child);
    }

    fn end(&mut self, name: &str) {
        if let Some(mut child) = self.daemons.remove(name) {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// What a command of Slurm's prints; nothing if it fails.
    pub(crate) fn said(&self, program: &str, arguments: &[&str]) -> String {
        let out = Command::new(which(program).unwrap())
            .args(arguments)
            .env("SLURM_CONF", self.conf())
            .output()
            .unwrap();
        match out.status.success() {
            true => String::from_utf8(out.stdout).unwrap(),
            false => String::new(),
        }
    }

    fn until_ready(&self) {
        until("all nodes", || {
            let states = self.said("sinfo", &["-h", "-N", "-p", "low", "-o", "%T"]);
            let mut states = states.lines();
            let ready = |state: &str| matches!(state, "idle" | "mixed" | "allocated");
            states.clone().count() == self.nodes.len() && states.all(ready)
        });
    }

    /// Nodes on which a job runs, with the job.
    pub(crate) fn busy(&self) -> Vec<(String, String)> {
        let listed = self.said("squeue", &["-h", "-t", "R", "-o", "%N %i"]);
        let pair = |line: &str| {
            let (node, job) = line.split_once(' ')?;
            Some((node.to_owned(), job.to_owned()))
        };
        listed.lines().filter_map(pair).collect()
    }

    /// Jobs and nodes as the controller sees them, for people.
    pub(crate) fn seen(&self) -> String {
        self.said("squeue", &["-a", "-o", "%i %P %j %T %S %N %r"])
            + &self.said("sinfo", &["-N", "-l"])
    }

    /// A node dies with all that ran on it.
    pub(crate) fn node_dies(&mut self, node: &str) {
        self.end(node);
        for pid in of_node(node) {
            kill(pid);
        }
        self.said(
            "scontrol",
            &[
                "update",
                &format!("NodeName={node}"),
                "State=DOWN",
                "Reason=dies",
            ],
        );
    }

    /// A node is lost to the controller, and its job works on.
    pub(crate) fn node_is_cut_off(&mut self, node: &str) {
        self.end(node);
        self.said(
            "scontrol",
            &[
                "update",
                &format!("NodeName={node}"),
                "State=DOWN",
                "Reason=cut",
            ],
        );
    }

    /// Whether anything of a job still runs on a node.
    pub(crate) fn works(node: &str) -> bool {
        !of_node(node).is_empty()
    }

    /// A running job gets a time limit that is near.
    pub(crate) fn ends_soon(&self, job: &str) {
        let words = ["-h", "-j", job, "-O", "TimeUsed:|"];
        let used = self.said("squeue", &words);
        // minutes and seconds, as nothing here takes hours
        let minutes = used
            .split(':')
            .next()
            .and_then(|m| m.trim().parse::<u32>().ok());
        let limit = format!("TimeLimit={}", minutes.unwrap_or(0) + 2);
        self.said("scontrol", &["update", &format!("JobId={job}"), &limit]);
    }

    /// A node comes (back).
    pub(crate) fn node_up(&mut self, node: &str) {
        self.daemon(node, "slurmd", &["-D", "-N", node]);
        self.said(
            "scontrol",
            &["update", &format!("NodeName={node}"), "State=RESUME"],
        );
    }

    /// The controller goes away.
    pub(crate) fn controller_down(&mut self) {
        self.end("slurmctld");
    }

    /// The controller comes (back).
    pub(crate) fn controller_up(&mut self) {
        self.daemon("slurmctld", "slurmctld", &["-D"]);
        until("the controller", || {
            !self.said("scontrol", &["ping"]).is_empty()
        });
    }
}

impl Drop for Slurm {
    fn drop(&mut self) {
        self.said("scancel", &["--user=root"]);
        for node in self.nodes.clone() {
            self.end(&node);
            of_node(&node).into_iter().for_each(kill);
        }
        self.end("slurmctld");
        self.end("munged");
    }
}

/// The processes of jobs on a node, and what started them.
fn of_node(node: &str) -> Vec<i32> {
    let mark = format!("SLURMD_NODENAME={node}");
    let entries = fs::read_dir("/proc").unwrap().flatten();
    let numbers = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    let mut found = Vec::new();
    for pid in numbers {
        let around = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        if !around.split(|b| *b == 0).any(|one| one == mark.as_bytes()) {
            continue;
        }
        found.push(pid);
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        let parent = stat
            .rsplit(") ")
            .next()
            .and_then(|rest| rest.split(' ').nth(1)?.parse().ok());
        let Some(parent) = parent else { continue };
        let name = fs::read_to_string(format!("/proc/{parent}/comm")).unwrap_or_default();
        if name.trim() == "slurmstepd" {
            found.push(parent);
        }
    }
    found
}

fn kill(pid: i32) {
    // One that has ended meanwhile cannot be killed.
    let _ = Pid::from_raw(pid).map(|pid| kill_process(pid, Signal::KILL));
}

/// Looks again and again until it is so; gives up after what is far too long.
pub(crate) fn until(what: &str, so: impl FnMut() -> bool) {
    until_or(what, so, String::new);
}

/// The same; giving up, it tells what there is.
pub(crate) fn until_or(what: &str, mut so: impl FnMut() -> bool, tell: impl Fn() -> String) {
    let begun = std::time::Instant::now();
    while !so() {
        let elapsed = begun.elapsed().as_secs();
        assert!(elapsed < 240, "waited in vain for {what}\n{}", tell());
        std::thread::park_timeout(std::time::Duration::from_millis(100));
    }
}

//! Claims about Slurm's commands, by stand-ins for them on the search path: what is submitted, what is said when nobody
//! answers, and that the queue's word never ends anything.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use super::cli::lessonl;
use super::compare::{Place, deeds, on_one_machine, untimed_place};

/// A place with a cluster in its settings and stand-ins for the commands.
struct Site {
    place: Place,
    bin: PathBuf,
    spool: PathBuf,
}

fn site() -> Site {
    let place = untimed_place(1);
    let home = place.home().to_owned();
    let (bin, spool) = (home.join("bin"), home.join("spool"));
    fs::create_dir(&bin).unwrap();
    fs::create_dir_all(home.join(".config/lessonl")).unwrap();
    let text = format!(
        "[clusters.here]\nspool = \"{}\"\npartition = \"cpu\"\nnodes = 3\nbefore = [\"HERE=1\"]\nprogram = \"{}\"\n",
        spool.display(),
        env!("CARGO_BIN_EXE_lessonl")
    );
    fs::write(home.join(".config/lessonl/config.toml"), text).unwrap();
    let site = Site { place, bin, spool };
    site.command(
        "sbatch",
        "printf '%s\\n' \"$@\" >>\"$HOME/submitted\"; echo 77",
    );
    site.command("squeue", "cat \"$HOME/queue\" 2>/dev/null || true");
    site.command("scancel", "echo \"$@\" >>\"$HOME/cancelled\"");
    site
}

impl Site {
    fn command(&self, name: &str, body: &str) {
        let file = self.bin.join(name);
        fs::write(&file, format!("#!/bin/sh\n{body}\n")).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn said(&self, arguments: &[&str]) -> (i32, String, String) {
        let Output {
            status,
            stdout,
            stderr,
        } = lessonl(self.home(), arguments)
            .env("PATH", self.path())
            .output()
            .unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (status.code().unwrap(), text(stdout), text(stderr))
    }

    fn home(&self) -> &Path {
        self.place.home()
    }

    fn compare(&self, more: &[&str]) -> (i32, String, String) {
        let mut arguments = self.place.compare();
        arguments.extend(more.iter().map(|word| (*word).to_owned()));
        let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
        self.said(&words)
    }

    fn submitted(&self) -> String {
        fs::read_to_string(self.home().join("submitted")).unwrap_or_default()
    }

    /// The plan's, as the jobs were given it.
    fn hash(&self) -> String {
        let submitted = self.submitted();
        submitted.lines().last().unwrap().to_owned()
    }

    /// Does what a node would.
    fn job(&self, task: u32) -> Output {
        self.task(task).output().unwrap()
    }

    /// The same, to be begun.
    fn task(&self, task: u32) -> Command {
        let folder = self.spool.join("week");
        let mut command = Command::new("sh");
        command
            .arg(folder.join("job.sh"))
            .arg(&folder)
            .arg("2")
            .arg(self.hash())
            .env_clear()
            .env("PATH", self.path())
            .env("HOME", self.home())
            .env("XDG_CACHE_HOME", super::cli::CACHE)
            .env("SLURM_ARRAY_JOB_ID", "77")
            .env("SLURM_ARRAY_TASK_ID", task.to_string());
        command
    }

    /// The search path with the stand-ins.
    fn path(&self) -> String {
        let path = std::env::var("PATH").unwrap();
        format!("{}:{path}", self.bin.display())
    }
}

#[test]
fn a_dry_run_says_what_would_be_submitted_and_submits_nothing() {
    let site = site();
    let (code, out, err) = site.compare(&["--on", "here", "--dry-run", "--budget-cost", "0.5"]);
    // a price that is not known cannot be limited
    assert!(code == 2 && err.contains("price"), "{err}");
    let (code, out2, err) = site.compare(&["--on", "here", "--dry-run"]);
    assert_eq!(code, 0, "{out}{err}");
    for part in [
        "#!/bin/sh",
        "HERE=1",
        "sbatch --parsable --export=NIL",
        "--array=0-1%3",
        "--partition=cpu",
        "2 blocks (1 problems × 2 repeats, 3 strategies each) in 2 parts",
        "what it may cost is not limited",
    ] {
        assert!(out2.contains(part), "{part} is not in {out2}");
    }
    assert!(!site.spool.exists() && site.submitted().is_empty());
    let (code, _, err) = site.compare(&["--on", "there"]);
    assert!(code == 2 && err.contains("They have: here"), "{err}");
}

#[test]
fn a_comparison_is_submitted_watched_gone_on_with_and_its_facts_say_when_it_is_over() {
    let site = site();
    let (code, out, err) = site.compare(&["--on", "here", "--id", "week"]);
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("2 blocks in 2 parts, Slurm job 77"), "{out}");
    let folder = site.spool.join("week");
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    // queued: nothing is submitted twice
    fs::write(
        site.home().join("queue"),
        "77_0|RUNNING|None|n1\n77_1|PENDING|Priority|\n",
    )
    .unwrap();
    let before = site.submitted();
    let (code, out, _) = site.said(&["compare", "--resume", "week"]);
    assert!(code == 0 && out.contains("runs or waits already"), "{out}");
    let (code, out, _) = site.compare(&["--on", "here", "--id", "week"]);
    assert!(code == 0 && out.contains("runs or waits already"), "{out}");
    // nobody answers: nothing is submitted either
    site.command(
        "squeue",
        "echo 'Unable to contact slurm controller' >&2; exit 1",
    );
    let (code, _, err) = site.said(&["compare", "--resume", "week"]);
    assert!(code == 3 && err.contains("Unable to contact"), "{err}");
    assert_eq!(site.submitted(), before);
    let done = site.job(0);
    assert!(
        done.status.success(),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
    // the queue is empty: what is left begins again, and nothing else
    site.command("squeue", "true");
    let (code, out, _) = site.said(&["watch", "week"]);
    assert!(code == 0 && out.contains("3/6 cells"), "{out}");
    let (code, out, err) = site.said(&["compare", "--resume", "week"]);
    assert!(
        code == 0 && out.contains("1 parts begin again"),
        "{out}{err}"
    );
    assert!(
        site.submitted().contains("--array=1%3"),
        "{}",
        site.submitted()
    );
    assert!(site.job(1).status.success());
    let (code, out, err) = site.said(&["watch", "week"]);
    assert!(
        code == 0 && out.contains("6/6 cells") && err.contains("is done"),
        "{out}{err}"
    );
    assert_eq!(deeds(&site.place), on_one_machine().0);
}

#[test]
fn a_stop_cancels_what_waits_and_tells_what_runs() {
    let site = site();
    assert_eq!(site.compare(&["--on", "here", "--id", "week"]).0, 0);
    let (code, _, err) = site.said(&["stop", "week"]);
    assert!(code == 0 && err.contains("compare --resume week"), "{err}");
    let cancelled = fs::read_to_string(site.home().join("cancelled")).unwrap();
    assert_eq!(
        cancelled,
        "--quiet --state=PENDING 77\n--quiet --batch --signal=TERM 77\n"
    );
    let asked = site.place.asks();
    let job = site.job(0);
    let said = String::from_utf8_lossy(&job.stderr).into_owned();
    assert!(
        job.status.success() && said.contains("as it was wanted"),
        "{said}"
    );
    assert_eq!(site.place.asks(), asked, "nothing was asked");
    let (code, _, err) = site.said(&["compare", "--resume", "week"]);
    assert_eq!(code, 0, "{err}");
    assert!(site.job(0).status.success());
    assert!(site.place.asks() > asked);
}

#[test]
fn at_its_time_limit_a_part_keeps_what_is_answered_and_goes_back_into_the_queue() {
    let site = site();
    assert_eq!(site.compare(&["--on", "here", "--id", "week"]).0, 0);
    site.command("scontrol", "echo \"$@\" >>\"$HOME/controlled\"");
    site.command("squeue", "echo 'RUNNING|1:30|N/A|'");
    site.place.answer(2);
    let mut job = site.task(0).stderr(Stdio::piped()).spawn().unwrap();
    site.place.until_asked(3);
    // the script becomes the worker: the batch shell's signal is the worker's
    let pid = Pid::from_child(&job);
    kill_process(pid, Signal::TERM).unwrap();
    let mut told = BufReader::new(job.stderr.take().unwrap()).lines();
    assert!(told.any(|line| line.unwrap().starts_with("Stopping")));
    site.place.answer(usize::MAX);
    let rest: Vec<String> = told.map(Result::unwrap).collect();
    assert_eq!(job.wait().unwrap().code(), Some(143));
    let rest = rest.join("\n");
    assert!(rest.contains("The time limit is near"), "{rest}");
    let controlled = fs::read_to_string(site.home().join("controlled")).unwrap();
    assert_eq!(controlled, "requeue 77_0\n");
    // begun again it goes on from there, and pays for nothing twice
    for task in [0, 1] {
        let done = site.job(task);
        let said = String::from_utf8_lossy(&done.stderr).into_owned();
        assert!(done.status.success(), "{said}");
    }
    let (code, out, err) = site.said(&["watch", "week"]);
    assert!(code == 0 && out.contains("6/6 cells"), "{out}{err}");
    let (whole, asks) = on_one_machine();
    assert_eq!((&deeds(&site.place), site.place.asks()), (whole, *asks));
}

#[test]
fn a_look_at_a_node_is_shown_as_soon_as_it_is_there_and_a_job_without_a_word_is_told() {
    let site = site();
    site.command(
        "sbatch",
        "for folder; do :; done; sh \"$folder/job.sh\" \"$folder\" >\"$folder/out\" 2>&1 & echo 77",
    );
    site.command("squeue", "echo RUNNING");
    let (_, out, err) = site.said(&["doctor", "--on", "here"]);
    for part in ["shared folder", "whole node", "sandbox"] {
        assert!(out.contains(part), "{part} is not in {out}{err}");
    }
    site.command(
        "sbatch",
        "for folder; do :; done; echo 'libc: not found' >\"$folder/out\"; echo 78",
    );
    site.command(
        "squeue",
        "echo 'slurm_load_jobs error: Invalid job id specified' >&2; exit 1",
    );
    let (code, _, err) = site.said(&["doctor", "--on", "here"]);
    assert!(code == 3 && err.contains("libc: not found"), "{err}");
}

#[test]
fn without_the_commands_it_is_said_where_to_run_it_and_a_refusal_is_told() {
    let site = site();
    site.command(
        "sbatch",
        "echo 'sbatch: error: invalid partition specified: cpu' >&2; exit 1",
    );
    let (code, _, err) = site.compare(&["--on", "here"]);
    assert!(code == 3 && err.contains("invalid partition"), "{err}");
    fs::remove_file(site.bin.join("sbatch")).unwrap();
    let arguments = site.place.compare();
    let mut words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    words.extend(["--on", "here"]);
    // a search path that has nothing of a cluster, whatever this machine has
    let plain = site.home().join("plain");
    fs::create_dir(&plain).unwrap();
    for name in ["sh", "g++", "cc", "as", "ld"] {
        let found = Command::new("sh")
            .args(["-c", &format!("command -v {name}")])
            .output()
            .unwrap();
        let found = String::from_utf8(found.stdout).unwrap();
        if !found.trim().is_empty() {
            std::os::unix::fs::symlink(found.trim(), plain.join(name)).unwrap();
        }
    }
    let out = lessonl(site.home(), &words)
        .env("PATH", &plain)
        .output()
        .unwrap();
    let err = String::from_utf8(out.stderr).unwrap();
    assert!(
        out.status.code() == Some(3) && err.contains("login node"),
        "{err}"
    );
}

#[test]
fn a_key_in_a_variable_is_refused_before_anything_is_submitted() {
    let site = site();
    let team = site.home().join("team.toml");
    let text = "[[agent]]\nname = \"a\"\nbase_url = \"http://127.0.0.1:1/v1\"\nmodel = \"m\"\nkey_env = \"SITE_KEY\"\n";
    fs::write(&team, text).unwrap();
    let problem = site.place.problem();
    let words = [
        "compare",
        problem.to_str().unwrap(),
        "--agents",
        team.to_str().unwrap(),
        "--on",
        "here",
    ];
    let out = lessonl(site.home(), &words)
        .env("PATH", site.path())
        .env("SITE_KEY", "sk-very-secret")
        .output()
        .unwrap();
    let err = String::from_utf8(out.stderr).unwrap();
    assert!(
        out.status.code() == Some(2) && err.contains("key_file"),
        "{err}"
    );
    assert!(!err.contains("sk-very-secret") && site.submitted().is_empty());
}

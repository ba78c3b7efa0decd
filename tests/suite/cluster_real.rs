//! Claims about a real Slurm: a comparison over three nodes of which one dies, one is cut off and works on, two are taken by
//! others for a while and one job comes to its time limit, gives what one machine gives. So does one whose folder is full for a
//! while, whose money runs out, of which a job is cancelled by hand and a file is torn. Tried where `LESSONL_SLURM=1` asks for
//! it and Debian's packages are installed; else it is said what is missing, and nothing is claimed.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use super::cli::{CACHE, lessonl, said};
use super::cluster_shared::{paid, prices};
use super::compare::{Place, deeds, untimed_place};
use super::support::slurm::{Slurm, lacks, until, until_or};

const KEY: &str = "sk-nowhere-to-be-found-0123456789";

/// A place whose settings have the cluster, and a team with a key in a file.
fn site(slurm: &Slurm, problems: u32) -> Place {
    let place = untimed_place(problems);
    let home = place.home().to_owned();
    let folder = home.join(".config/lessonl");
    fs::create_dir_all(&folder).unwrap();
    let text = format!(
        "[clusters.here]\nspool = \"{0}/spool\"\nnodes = 3\ncells = 2\nclass = \"any\"\npartition = \"low\"\n\
         whole_node = true\nprogram = \"{1}\"\nbefore = [\"export HOME={0}\", \"export XDG_CACHE_HOME={CACHE}\", \"export SLURM_CONF={2}\"]\n",
        home.display(),
        env!("CARGO_BIN_EXE_lessonl"),
        slurm.conf().display()
    );
    fs::write(folder.join("config.toml"), text + &prices()).unwrap();
    let key = home.join("key");
    fs::write(&key, KEY).unwrap();
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    let url = place.agents()[1].split_once('@').unwrap().1.to_owned();
    let agent = |name: &str| {
        format!(
            "[[agent]]\nname = \"{name}\"\nbase_url = \"{url}\"\nmodel = \"scripted-{name}\"\nmax_tokens = 300\nlesson_max_tokens = 300\nkey_file = \"{}\"\n",
            key.display()
        )
    };
    fs::write(home.join("team.toml"), agent("a") + &agent("b")).unwrap();
    place
}

fn compare(place: &Place, more: &[&str]) -> Vec<String> {
    let mut words = place.compare();
    words.truncate(words.len() - place.agents().len());
    let at = words
        .iter()
        .position(|word| word == "--strategies")
        .unwrap()
        + 1;
    words[at] = "lessonl,single".to_owned();
    words.extend(["--agents", "team.toml"].map(str::to_owned));
    words.extend(more.iter().map(|word| (*word).to_owned()));
    words
}

fn on(slurm: &Slurm, place: &Place, words: &[&str]) -> (i32, String, String) {
    let Output {
        status,
        stdout,
        stderr,
    } = lessonl(place.home(), words)
        .env("SLURM_CONF", slurm.conf())
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code().unwrap(), text(stdout), text(stderr))
}

/// Lets the models answer a few questions more, and waits until others were put that wait for an answer.
fn until_held(slurm: &Slurm, site: &Place) {
    let answered = site.asks() + 1;
    site.answer(answered);
    let held = || site.asks() > answered && !slurm.busy().is_empty();
    until_or("questions without an answer", held, || {
        let asks = site.asks();
        format!("{asks} of {answered} asks\n{}{}", slurm.seen(), logs(site))
    });
}

/// What the jobs said so far.
fn logs(site: &Place) -> String {
    let entries = fs::read_dir(site.home().join("spool/week/log")).into_iter();
    let files = entries.flatten().map(|entry| entry.unwrap().path());
    files
        .map(|file| fs::read_to_string(file).unwrap())
        .collect()
}

/// Whether a text stands in any file below a folder.
fn stands_in(folder: &Path, text: &str) -> bool {
    let found = Command::new("grep")
        .args(["-r", "-l", "-a", "-F", text])
        .arg(folder)
        .stderr(Stdio::null())
        .output()
        .unwrap();
    !found.stdout.is_empty()
}

/// Why no real Slurm is tried; `None`: it is.
fn not_tried() -> Option<String> {
    match std::env::var("LESSONL_SLURM").is_ok_and(|wish| wish == "1") {
        true => lacks(),
        false => Some("LESSONL_SLURM=1 asks for it".to_owned()),
    }
}

/// The same comparison by the same team on one machine.
fn on_one_machine(site: &Place, problems: u32) -> Place {
    let whole = untimed_place(problems);
    let url = whole.agents()[1].split_once('@').unwrap().1.to_owned();
    let other = site.agents()[1].split_once('@').unwrap().1.to_owned();
    let team = fs::read_to_string(site.home().join("team.toml")).unwrap();
    fs::write(whole.home().join("team.toml"), team.replace(&other, &url)).unwrap();
    let words = compare(&whole, &["--cells", "2"]);
    let (code, _, err) = whole.said(&words);
    assert_eq!(code, 0, "{err}");
    whole
}

/// Whether a database is whole.
fn is_sound(place: &Place) -> bool {
    let database = rusqlite::Connection::open(place.home().join("data/lessonl.db")).unwrap();
    let sound: String = database
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    sound == "ok"
}

/// Takes facts in until all cells are over; what nobody works on any more begins again.
fn until_over(slurm: &Slurm, site: &Place, cells: &str) {
    let over = format!("{cells} of {cells} cells are over");
    until_or(
        "the end",
        || {
            let (code, out, _) = on(slurm, site, &["ingest", "spool/week"]);
            let queued = slurm.said("squeue", &["-h", "-o", "%i"]);
            if code == 0 && queued.trim().is_empty() && !out.contains(&over) {
                on(slurm, site, &["compare", "--resume", "week"]);
            }
            out.contains(&over)
        },
        || slurm.seen() + &logs(site),
    );
}

#[test]
fn a_comparison_on_a_real_slurm_survives_its_nodes_and_gives_what_one_machine_gives() {
    if let Some(why) = not_tried() {
        eprintln!("skipped: no real Slurm is tried, {why}");
        return;
    }
    let mut slurm = Slurm::start(3);
    let begun = std::time::Instant::now();
    let at = |what: &str| eprintln!("{:>4} s {what}", begun.elapsed().as_secs());
    let site = site(&slurm, 3);
    let (code, out, err) = on(&slurm, &site, &["doctor", "--on", "here"]);
    assert!(
        out.contains("shared folder") && out.contains("whole node"),
        "{code} {out}{err}"
    );
    let words = compare(&site, &["--on", "here", "--id", "week"]);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let (code, out, err) = on(&slurm, &site, &words);
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("6 blocks in 6 parts"), "{out}");

    at("the first questions");
    // a node dies while it asks
    until_held(&slurm, &site);
    let (node, _) = slurm.busy().swap_remove(0);
    slurm.node_dies(&node);
    slurm.node_up(&node);

    at("a node has died");
    // another is cut off, works on, and nobody believes it once its part has begun elsewhere
    until_held(&slurm, &site);
    let (cut, _) = slurm.busy().swap_remove(0);
    slurm.node_is_cut_off(&cut);

    at("a node is cut off");
    // the controller is away: what is known is shown, and nothing is submitted twice
    slurm.controller_down();
    let jobs = fs::read_to_string(site.home().join("spool/week/submissions.jsonl")).unwrap();
    let (code, _, err) = on(&slurm, &site, &["compare", "--resume", "week"]);
    assert_eq!(code, 3, "{err}");
    let again = fs::read_to_string(site.home().join("spool/week/submissions.jsonl")).unwrap();
    assert_eq!(jobs, again);
    slurm.controller_up();

    at("the controller is back");
    // somebody more important takes nodes: their jobs are requeued
    until_held(&slurm, &site);
    let words = "-p high -N 2 --exclusive --output=/dev/null --wrap true".split(' ');
    let words: Vec<&str> = words.collect();
    let submitted = slurm.said("sbatch", &words);
    assert!(submitted.contains("Submitted"), "{submitted}");
    until("the end of what was more important", || {
        let listed = slurm.said("squeue", &["-h", "-p", "high", "-o", "%i"]);
        listed.trim().is_empty()
    });

    at("somebody else had nodes");
    // a job comes to its time limit, keeps what is answered in time, and goes back into the queue by itself
    until_held(&slurm, &site);
    let (_, job) = slurm.busy().swap_remove(0);
    let stops = || logs(&site).matches("Stopping").count();
    let before = stops();
    slurm.ends_soon(&job);
    until("the word before the time limit", || stops() > before);
    site.answer(usize::MAX);
    until("the requeue at the time limit", || {
        logs(&site).contains("The time limit is near")
    });
    slurm.said(
        "scontrol",
        &["update", &format!("JobId={job}"), "TimeLimit=60"],
    );

    at("a job came to its time limit");
    // the one that was cut off is over by itself or stops before its next question; then its node comes back
    until("the node that was cut off", || !Slurm::works(&cut));
    slurm.node_up(&cut);
    at("the node that was cut off is back");
    until_over(&slurm, &site, "12");

    at("all of it is done");
    let whole = on_one_machine(&site, 3);
    assert_eq!(deeds(&site), deeds(&whole));
    // two agents ask at a time in each of two cells: at most so much was under way when a node was lost
    let extra = site.asks() - whole.asks();
    assert!(extra <= 4 * 4, "{extra} questions were asked again");

    assert!(is_sound(&site));
    for folder in [
        slurm.state(),
        slurm.log(),
        site.home().join("spool"),
        site.home().join("data"),
    ] {
        assert!(!stands_in(&folder, KEY), "{}", folder.display());
    }
    let (code, out, err) = on(&slurm, &site, &["watch", "week"]);
    assert!(code == 0 && out.contains("12/12 cells"), "{out}{err}");
    assert!(extra == 0 || out.contains("asked again"), "{extra}: {out}");
    let (code, out, _) = said(site.home(), &["report", "week"]);
    assert!(code == 0 && out.contains("## Strategies"), "{out}");
}

/// A small file system of its own where the jobs' folder is, until dropped.
struct Small<'a>(&'a Path);

impl<'a> Small<'a> {
    fn mount(folder: &'a Path) -> Option<Self> {
        fs::create_dir(folder).unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=600m,mode=700", "tmpfs"])
            .arg(folder)
            .stderr(Stdio::null())
            .status();
        mounted
            .is_ok_and(|status| status.success())
            .then_some(Self(folder))
    }

    /// Leaves this many bytes.
    fn fill(&self, left: u64) {
        let free = rustix::fs::statvfs(self.0).unwrap();
        let bytes = (free.f_bavail * free.f_frsize).saturating_sub(left);
        let filler = fs::File::create(self.0.join("filler")).unwrap();
        let how = rustix::fs::FallocateFlags::empty();
        rustix::fs::fallocate(&filler, how, 0, bytes).unwrap();
    }

    fn empty(&self) {
        fs::remove_file(self.0.join("filler")).unwrap();
    }
}

impl Drop for Small<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0).status();
    }
}

// A question may take 40 cents at most: of the six that two nodes want to put at a time, four are paid for.
#[test]
fn on_a_real_slurm_what_is_cancelled_torn_full_or_too_dear_goes_on_where_it_was() {
    if let Some(why) = not_tried() {
        eprintln!("skipped: no real Slurm is tried, {why}");
        return;
    }
    let slurm = Slurm::start(2);
    let begun = std::time::Instant::now();
    let at = |what: &str| eprintln!("{:>4} s {what}", begun.elapsed().as_secs());
    let site = site(&slurm, 2);
    let folder = site.home().join("spool");
    let Some(small) = Small::mount(&folder) else {
        eprintln!("skipped: no file system of its own can be had here");
        return;
    };
    site.answer(0);
    let words = compare(
        &site,
        &["--on", "here", "--id", "week", "--budget-total", "1.7"],
    );
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let (code, out, err) = on(&slurm, &site, &words);
    assert_eq!(code, 0, "{out}{err}");

    // somebody cancels a job while it asks: what is answered in time is kept, and it is said
    until_held(&slurm, &site);
    let (_, job) = slurm.busy().swap_remove(0);
    slurm.said("scancel", &[&job]);
    let watched = || {
        let mut child = lessonl(site.home(), &["watch", "week"])
            .env("SLURM_CONF", slurm.conf())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        std::thread::sleep(std::time::Duration::from_secs(1));
        let left = rustix::process::Pid::from_child(&child);
        let _ = rustix::process::kill_process(left, rustix::process::Signal::INT);
        let mut text = String::new();
        let mut out = child.stdout.take().unwrap();
        std::io::Read::read_to_string(&mut out, &mut text).unwrap();
        child.wait().unwrap();
        text
    };
    until_or(
        "the word of what was cancelled",
        || watched().contains("Slurm: CANCELLED"),
        watched,
    );
    at("a job was cancelled by hand");

    // two take facts in at once, until nobody has money for another question
    site.answer(usize::MAX);
    until_or(
        "the end of the money",
        || {
            let takers = [0, 1].map(|_| {
                lessonl(site.home(), &["ingest", "spool/week"])
                    .stdout(Stdio::null())
                    .spawn()
                    .unwrap()
            });
            for mut taker in takers {
                assert!(taker.wait().unwrap().success());
            }
            slurm.said("squeue", &["-h", "-o", "%i"]).trim().is_empty()
        },
        || slurm.seen() + &logs(&site),
    );
    assert!(
        logs(&site).contains("does not cover another question"),
        "{}",
        logs(&site)
    );
    assert!(paid(&site) <= 1.7, "{}", paid(&site));
    at("the money is spent");

    // with more money, but no room: whoever asks stops before what it could not keep
    small.fill(96 << 10);
    let raised = ["compare", "--resume", "week", "--budget-total", "40"];
    let (code, out, err) = on(&slurm, &site, &raised);
    let before = site.asks();
    if code == 0 {
        until_or(
            "the end without room",
            || slurm.said("squeue", &["-h", "-o", "%i"]).trim().is_empty(),
            || slurm.seen() + &logs(&site),
        );
    }
    let said = format!("{out}{err}{}", logs(&site));
    assert!(said.contains("is full"), "{code} {said}");
    assert!(site.asks() - before <= 8, "{said}");
    small.empty();
    at("the folder was full");

    // what an attempt wrote last may be torn, by whatever it was that ended it
    let files = Command::new("find")
        .arg(folder.join("week/blocks"))
        .args(["-name", "facts"])
        .output()
        .unwrap();
    let files = String::from_utf8(files.stdout).unwrap();
    assert!(!files.is_empty());
    for file in files.lines() {
        let mut end = fs::OpenOptions::new().append(true).open(file).unwrap();
        std::io::Write::write_all(&mut end, b"{\"torn").unwrap();
    }
    let nobody = || slurm.said("squeue", &["-h", "-o", "%i"]).trim().is_empty();
    for how in [&["stop", "week"][..], &["stop", "week", "--now"]] {
        site.answer(0);
        let (code, out, err) = on(&slurm, &site, &raised);
        assert_eq!(code, 0, "{out}{err}");
        until("questions", || !slurm.busy().is_empty());
        let (code, out, err) = on(&slurm, &site, how);
        assert_eq!(code, 0, "{out}{err}");
        site.answer(usize::MAX);
        until_or("the end of what was stopped", nobody, || {
            slurm.seen() + &logs(&site)
        });
    }
    at("it was stopped, and stopped at once");
    let (code, out, err) = on(&slurm, &site, &raised);
    assert_eq!(code, 0, "{out}{err}");
    until_over(&slurm, &site, "8");
    at("all of it is done");

    let whole = on_one_machine(&site, 2);
    assert_eq!(deeds(&site), deeds(&whole));
    // those under way when a job was cancelled, the money ended, and the room, and when it was stopped
    let extra = site.asks() - whole.asks();
    assert!(extra <= 20, "{extra} questions were asked again");
    assert!(is_sound(&site));
}

//! Claims about what machines share that work on one comparison: its plan, which nobody may change; the database, which
//! several may fill at once; the money for all cells; what a person wants of a run.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use lessonl::domain::command::Command;
use lessonl::domain::comparison::CellId;
use lessonl::domain::event::{Envelope, Fact};
use lessonl::domain::id::UnitId;
use lessonl::store::spool::Spool;

use super::cli::{lessonl, said};
use super::compare::{Place, deeds, on_one_machine, place, untimed_place};

/// Dollars per million tokens, so that a question costs cents.
const READ: f64 = 100.0;
const WRITTEN: f64 = 1000.0;

/// The settings that say so.
pub(super) fn prices() -> String {
    let price = format!("{{ input = {READ:?}, output = {WRITTEN:?} }}");
    format!("[prices]\n\"scripted-a\" = {price}\n\"scripted-b\" = {price}\n")
}

fn slices(place: &Place, more: &[&str]) -> PathBuf {
    slices_of(place, place.compare(), more)
}

fn slices_of(place: &Place, mut arguments: Vec<String>, more: &[&str]) -> PathBuf {
    let plan = place.home().join("plan");
    let out = plan.to_str().unwrap();
    arguments.extend(["--slices", "1", "--out", out].map(str::to_owned));
    arguments.extend(more.iter().map(|word| (*word).to_owned()));
    let (code, _, err) = place.said(&arguments);
    assert_eq!(code, 0, "{err}");
    let hash = Spool::open(&plan).unwrap().hash().to_owned();
    assert!(err.contains(&format!("--plan {hash}")), "{err}");
    plan
}

fn work(place: &Place, plan: &Path, more: &[&str]) -> (i32, String, String) {
    let words = ["work", plan.to_str().unwrap()];
    said(place.home(), &[&words[..], more].concat())
}

fn begun(place: &Place, words: &[&str]) -> Child {
    lessonl(place.home(), words)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// What the server's answers cost.
pub(super) fn paid(place: &Place) -> f64 {
    let log = place.log.lock().unwrap();
    let cost = |input: u64, output: u64| (input as f64 * READ + output as f64 * WRITTEN) / 1e6;
    log.iter().map(|l| cost(l.input, l.output)).sum()
}

/// A place whose models have prices, and answer at no great length; with its comparison.
fn priced() -> (Place, Vec<String>) {
    let place = untimed_place(1);
    let folder = place.home().join(".config/lessonl");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("config.toml"), prices()).unwrap();
    let url = place.agents()[1].split_once('@').unwrap().1.to_owned();
    let agent = |name: &str| {
        format!(
            "[[agent]]\nname = \"{name}\"\nbase_url = \"{url}\"\nmodel = \"scripted-{name}\"\nmax_tokens = 300\nlesson_max_tokens = 300\n"
        )
    };
    fs::write(place.home().join("team.toml"), agent("a") + &agent("b")).unwrap();
    let mut arguments = place.compare();
    arguments.truncate(arguments.len() - place.agents().len());
    arguments.extend(["--agents", "team.toml"].map(str::to_owned));
    (place, arguments)
}

#[test]
fn a_plan_that_was_changed_is_refused_before_anything_of_it_is_run() {
    let place = untimed_place(1);
    let plan = slices(&place, &[]);
    let hash = Spool::open(&plan).unwrap().hash().to_owned();
    let (code, _, err) = work(&place, &plan, &["--plan", "0123"]);
    assert!(
        code != 0 && err.contains("not the one that was given out"),
        "{err}"
    );
    // a plan names commands that are run: here somebody else's compiler
    let file = plan.join("plan.json");
    let text = fs::read_to_string(&file).unwrap();
    let changed = text.replacen("\"compiler\":null", "\"compiler\":\"./evil\"", 1);
    assert_ne!(text, changed);
    fs::write(&file, &changed).unwrap();
    let (code, _, err) = work(&place, &plan, &["--plan", &hash]);
    assert!(code != 0 && err.contains(&hash), "{err}");
    let id = place.id();
    for words in [
        &["ingest", plan.to_str().unwrap()][..],
        &["watch", &id],
        &["stop", &id],
        &["compare", "--resume", &id],
    ] {
        let (code, _, err) = said(place.home(), words);
        assert!(code != 0 && err.contains("not the one"), "{words:?}: {err}");
    }
    assert_eq!(place.asks(), 0);
    assert!(!plan.join("blocks").exists());
    fs::write(&file, text).unwrap();
    let (code, _, err) = work(&place, &plan, &["--plan", &hash]);
    assert_eq!(code, 0, "{err}");
}

#[test]
fn several_that_take_facts_in_at_once_while_they_are_told_leave_a_whole_database() {
    let cut = untimed_place(1);
    let plan = slices(&cut, &[]);
    let plan = plan.to_str().unwrap();
    let mut worker = begun(&cut, &["work", plan, "--cells", "2"]);
    let mut ended = false;
    while !ended {
        ended = worker.try_wait().unwrap().is_some();
        let takers: Vec<Child> = (0..3).map(|_| begun(&cut, &["ingest", plan])).collect();
        for mut taker in takers {
            assert!(taker.wait().unwrap().success());
        }
    }
    assert!(worker.wait().unwrap().success());
    let (code, out, err) = said(cut.home(), &["ingest", plan]);
    assert!(
        code == 0 && out.contains("6 of 6 cells are over"),
        "{out}{err}"
    );
    assert!(out.contains(" 0 facts new"), "{out}");
    assert_eq!(deeds(&cut), on_one_machine().0);
    let database = rusqlite::Connection::open(cut.home().join("data/lessonl.db")).unwrap();
    let sound: String = database
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(sound, "ok");
    let gaps: i64 = database
        .query_row(
            "SELECT count(*) FROM (SELECT max(seq) + 1 - count(*) AS gap FROM facts GROUP BY run) WHERE gap <> 0",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(gaps, 0);
    // once over, a block is not read again: its files may be gone
    fs::remove_dir_all(Path::new(plan).join("blocks")).unwrap();
    let (code, out, err) = said(cut.home(), &["watch", &cut.id()]);
    assert!(code == 0 && out.contains("6/6 cells"), "{out}{err}");
}

// A question may take 40 cents at most and takes 15: two under way at a kill keep 80 of the 120.
#[test]
fn the_money_for_all_cells_is_never_crossed_and_more_of_it_lets_them_go_on() {
    let (cut, arguments) = priced();
    let total = 1.2;
    let plan = slices_of(&cut, arguments, &["--budget-total", "1.2"]);
    let folder = plan.to_str().unwrap();
    // killed with a question under way: what it had taken for that stays taken
    cut.answer(1);
    let mut worker = begun(&cut, &["work", folder]);
    cut.until_asked(2);
    worker.kill().unwrap();
    worker.wait().unwrap();
    cut.answer(usize::MAX);
    // several at once, until none of them has money for a question
    for mut worker in [3, 1].map(|cells: u8| {
        let cells = cells.to_string();
        begun(&cut, &["work", folder, "--cells", &cells])
    }) {
        worker.wait().unwrap();
    }
    let (code, _, err) = work(&cut, &plan, &[]);
    assert!(
        code == 3 && err.contains("does not cover another question"),
        "{err}"
    );
    assert!(cut.asks() > 2 && paid(&cut) <= total, "{}", paid(&cut));
    let id = cut.id();
    let raise = |total: &str| {
        said(
            cut.home(),
            &["compare", "--resume", &id, "--budget-total", total],
        )
    };
    let (code, _, err) = raise("1");
    assert!(code == 2 && err.contains("only be raised"), "{err}");
    let (code, out, err) = raise("40");
    assert!(
        code == 0 && out.contains("left are the slices 1/1"),
        "{out}{err}"
    );
    let (code, _, err) = work(&cut, &plan, &[]);
    assert_eq!(code, 0, "{err}");
    let (_, out, _) = said(cut.home(), &["ingest", folder]);
    assert!(out.contains("6 of 6 cells are over"), "{out}");
    assert_eq!(deeds(&cut), on_one_machine().0);
    // all that lies free and all that was taken is what was allowed
    let worth = |part: &str| -> u64 {
        let names = fs::read_dir(plan.join("budget").join(part)).unwrap();
        let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names
            .map(|name| name.split('-').nth(1).unwrap().parse::<u64>().unwrap())
            .sum()
    };
    assert_eq!(worth("free") + worth("taken"), 40_000_000_000_000);
    assert!(worth("taken") as f64 / 1e12 >= paid(&cut), "{}", paid(&cut));
}

#[test]
fn the_money_for_all_cells_holds_on_one_machine_too() {
    let (limited, plain) = priced();
    let mut arguments = plain.clone();
    arguments.extend(["--budget-total", "1.2", "--cells", "3"].map(str::to_owned));
    let (code, _, err) = limited.said(&arguments);
    assert!(code == 3 && err.contains("--budget-total USD"), "{err}");
    let before = limited.asks();
    assert!(before > 0 && paid(&limited) <= 1.2, "{}", paid(&limited));
    let id = limited.id();
    let again = |more: &[&str]| {
        let words = ["compare", "--resume", &id];
        said(limited.home(), &[&words[..], more].concat())
    };
    let (code, _, err) = again(&[]);
    assert!(
        code == 3 && err.contains("does not cover another question"),
        "{err}"
    );
    assert!(paid(&limited) <= 1.2);
    let (code, _, err) = again(&["--budget-total", "1"]);
    assert!(code == 2 && err.contains("only be raised"), "{err}");
    let (code, _, err) = again(&["--budget-total", "40"]);
    assert_eq!(code, 0, "{err}");
    assert_eq!(deeds(&limited), on_one_machine().0);
    // a comparison whose machines were not told of a limit does not get one later
    let (other, mut arguments) = priced();
    arguments.extend(["--slices", "1", "--out", "plan", "--id", "other"].map(str::to_owned));
    assert_eq!(other.said(&arguments).0, 0);
    let words = ["compare", "--resume", "other", "--budget-total", "5"];
    let (code, _, err) = said(other.home(), &words);
    assert!(code == 2 && err.contains("without --budget-total"), "{err}");
    // nor does one whose models have no price
    let free = untimed_place(1);
    let mut arguments = free.compare();
    arguments.extend(["--budget-total", "5"].map(str::to_owned));
    let (code, _, err) = free.said(&arguments);
    assert!(code == 2 && err.contains("price"), "{err}");
}

#[test]
fn what_a_person_decides_elsewhere_reaches_the_run_on_another_machine() {
    let place = untimed_place(1);
    let plan = slices(&place, &[]);
    let spool = Spool::open(&plan).unwrap();
    let run = spool.plan().started.comparison.run(CellId(0)).unwrap();
    let words = "Add up several sums at a time.";
    let lesson = Command::AddLesson {
        unit: UnitId(0),
        text: words.to_owned(),
    };
    spool.tell(&run, lesson).unwrap();
    let (code, _, err) = work(&place, &plan, &[]);
    assert_eq!(code, 0, "{err}");
    said(place.home(), &["ingest", plan.to_str().unwrap()]);
    let (_, facts, _) = said(place.home(), &["export", run.as_str()]);
    assert!(facts.contains(words), "{facts}");
    // whoever looks at a cell of it sees its end, though no process of this machine works on it
    let (code, out, err) = said(place.home(), &["watch", run.as_str(), "--headless"]);
    assert!(code == 0 && out.contains("done"), "{out}{err}");
}

/// Works in a small file system of its own, first with little room and then with more; `$1` is where, `$2` the plan.
const IN_LITTLE_ROOM: &str = r#"
mount -t tmpfs -o size=8m,mode=700 tmpfs "$1" || exit 99
cp -a "$2"/. "$1"
left=$(df -k "$1" | awk 'END { print $4 }')
head -c "$((left - 256 - 48))k" /dev/zero >"$1/filler"
"$3" work "$1" 2>"$4"
echo "full $?"
rm "$1/filler"
"$3" work "$1"
echo "with room $?"
cp -a "$1"/. "$2"
"#;

#[test]
fn a_full_folder_stops_the_asking_and_with_room_it_goes_on() {
    let cut = untimed_place(1);
    let plan = slices(&cut, &[]);
    let small = cut.home().join("small");
    fs::create_dir(&small).unwrap();
    let words = cut.home().join("words");
    let out = lessonl(cut.home(), &[]);
    let mut command = std::process::Command::new("unshare");
    let own = match rustix::process::geteuid().is_root() {
        true => "-m",
        false => "-rm",
    };
    command
        .args([own, "sh", "-c", IN_LITTLE_ROOM, "sh"])
        .args([&small, &plan])
        .arg(env!("CARGO_BIN_EXE_lessonl"))
        .arg(&words)
        .env_clear()
        .envs(
            out.get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        );
    let told = command.output().unwrap();
    if told.status.code() == Some(99) || !words.exists() {
        eprintln!("skipped: no file system of its own can be had here");
        return;
    }
    let text = String::from_utf8(told.stdout).unwrap();
    let words = fs::read_to_string(words).unwrap();
    assert!(text.contains("full 3"), "{text}{words}");
    assert!(words.contains("is full"), "{words}");
    assert!(
        text.contains("with room 0"),
        "{text}{}",
        String::from_utf8_lossy(&told.stderr)
    );
    let (code, out, err) = said(cut.home(), &["ingest", plan.to_str().unwrap()]);
    assert!(
        code == 0 && out.contains("6 of 6 cells are over"),
        "{out}{err}"
    );
    // nothing that was paid for was lost: what was asked is what one machine asks
    let (whole, asks) = on_one_machine();
    assert_eq!((&deeds(&cut), cut.asks()), (whole, *asks));
}

#[test]
fn a_machine_that_others_use_too_is_said_on_every_figure_that_is_measured_there() {
    let place = place();
    let mut arguments = place.compare();
    for (option, value) in [("--strategies", "single"), ("--repeats", "1")] {
        let at = arguments.iter().position(|word| word == option).unwrap() + 1;
        arguments[at] = value.to_owned();
    }
    let plan = slices_of(&place, arguments, &[]);
    let mut other = std::process::Command::new("sh")
        .args(["-c", "while :; do :; done"])
        .spawn()
        .unwrap();
    let (code, _, err) = work(&place, &plan, &[]);
    other.kill().unwrap();
    other.wait().unwrap();
    assert!(code == 0 && err.contains("not ours alone"), "{err}");
    said(place.home(), &["ingest", plan.to_str().unwrap()]);
    let run = Spool::open(&plan)
        .unwrap()
        .plan()
        .started
        .comparison
        .run(CellId(0))
        .unwrap();
    let (_, facts, _) = said(place.home(), &["export", run.as_str()]);
    let facts: Vec<Envelope> = facts
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let Fact::RunStarted { machine, .. } = &facts[0].fact else {
        panic!("{:?}", facts[0]);
    };
    let told = |notes: &[String]| notes.iter().any(|note| note.contains("not ours alone"));
    assert!(told(&machine.notes), "{:?}", machine.notes);
    let mut measured = 0;
    for fact in &facts {
        // what was kept from before was measured when the machine was as it was then
        let fresh = match &fact.fact {
            Fact::Evaluated { evaluated, .. } if !evaluated.cached => evaluated,
            Fact::BestConfirmed { evaluated, .. } => evaluated,
            _ => continue,
        };
        if fresh.evaluation.speedup().is_some() {
            measured += 1;
            let names: Vec<&str> = fresh.caveats.iter().map(|c| c.name.as_str()).collect();
            assert!(names.contains(&"shared_node"), "{names:?}");
        }
    }
    assert!(measured > 0);
}

//! Comparisons and the bank across runs on real processes, against models that are a script: the whole grid of a small
//! case, killed and taken up again; what it cost; lessons carried from run to run.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use lessonl::domain::event::{Envelope, Fact};
use lessonl::domain::run::Run;
use serde_json::{Value, json};

use super::cli::{lessonl, said};
use super::support::scripted_models::{Logged, Manner, Server};

const ORIGINAL: &str = "#include <vector>\n\ndouble total(std::vector<double> const &x) {\n    double sum = 0;\n    for (size_t i = 0; i < x.size(); ++i) {\n        double row = 0;\n        for (int k = 0; k < 50; ++k) row += x[i] * k;\n        sum += row;\n    }\n    return sum;\n}\n";
const BEST: &str = "#include <vector>\n\ndouble total(std::vector<double> const &x) {\n    double a = 0, b = 0;\n    size_t i = 0;\n    for (; i + 1 < x.size(); i += 2) { a += x[i] * 1225; b += x[i + 1] * 1225; }\n    if (i < x.size()) a += x[i] * 1225;\n    return a + b;\n}\n";
const DRIVER: &str = "struct Case {\n    std::vector<double> x;\n    double result;\n    void make(lessonl::Input &in) { x = in.reals(in.size, -1, 1); }\n    void call() { result = total(x); }\n    template <class F> void fields(F &f) { f.input(\"x\", x); f.output(\"result\", result); }\n};\nLESSONL_PROBLEM(Case)\n";

/// A home with a small problem that the scripted models know.
pub(super) struct Place {
    home: tempfile::TempDir,
    server: Server,
    pub(super) log: Arc<Mutex<Vec<Logged>>>,
    /// So many questions are answered; those after them wait.
    answered: Arc<AtomicUsize>,
    problems: Vec<PathBuf>,
    /// Questions that a cell may ask: as many as it has, or who comes first would decide which is left out.
    most: u8,
}

/// Time between two looks at what another thread or process does.
const LOOK: Duration = Duration::from_millis(5);

/// What the cells of a comparison did whose one problem is not timed, and how often it asked: made by one machine, once.
pub(super) fn on_one_machine() -> &'static (Vec<Vec<String>>, usize) {
    static MADE: OnceLock<(Vec<Vec<String>>, usize)> = OnceLock::new();
    MADE.get_or_init(|| {
        let place = untimed_place(1);
        let (code, _, err) = place.said(&place.compare());
        assert_eq!(code, 0, "{err}");
        (deeds(&place), place.asks())
    })
}

/// A place whose problem is timed.
pub(super) fn place() -> Place {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("total");
    timed(&folder);
    at_home(home, vec![folder], 6)
}

/// A place with so many problems that are not timed: what is claimed of machines and their files hangs on no figure.
pub(super) fn untimed_place(problems: u32) -> Place {
    let home = tempfile::tempdir().unwrap();
    let folders = (1..=problems).map(|factor| {
        let folder = home.path().join(format!("total{factor}"));
        untimed(&folder, factor);
        folder
    });
    let folders = folders.collect();
    at_home(home, folders, 8)
}

fn at_home(home: tempfile::TempDir, problems: Vec<PathBuf>, most: u8) -> Place {
    let log = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&log);
    let answered = Arc::new(AtomicUsize::new(usize::MAX));
    let limit = Arc::clone(&answered);
    let manner = Manner {
        seed: 3,
        vary: false,
    };
    let server = Server::start(0, &[home.path()], manner, move |logged| {
        let number = {
            let mut told = told.lock().unwrap();
            told.push(logged.clone());
            told.len()
        };
        while number > limit.load(Ordering::Relaxed) {
            std::thread::park_timeout(LOOK);
        }
    });
    Place {
        home,
        server: server.unwrap(),
        log,
        answered,
        problems,
        most,
    }
}

/// A function that is written from its description, and put to tests.
fn untimed(folder: &Path, factor: u32) {
    let name = folder.file_name().unwrap().to_str().unwrap();
    let about = format!(
        "id = \"mine/{name}\"\nkind = \"codegen\"\ntitle = \"Total\"\ncategory = \"mine\"\nentry = \"{name}\"\n"
    );
    let described = format!(
        "def {name}(values: list) -> int:\n    \"\"\"The sum of the values, each taken {factor} times.\n\n    >>> {name}([1, 2])\n    {}\n    \"\"\"\n",
        3 * factor
    );
    let tests = format!(
        "assert {name}([]) == 0\nassert {name}([1, 2]) == {}\nassert {name}([-5]) == {}\nassert {name}([2, 0, 2]) == {}\n",
        3 * factor,
        -5 * i64::from(factor),
        4 * factor
    );
    fs::create_dir(folder).unwrap();
    fs::write(folder.join("problem.toml"), about).unwrap();
    fs::write(folder.join("prompt.py"), &described).unwrap();
    let whole = format!("{described}    return sum(values) * {factor}\n");
    fs::write(folder.join("canonical.py"), whole).unwrap();
    fs::write(folder.join("tests.py"), tests).unwrap();
}

fn timed(folder: &Path) {
    fs::create_dir(folder).unwrap();
    let about = "id = \"mine/total\"\ntitle = \"Total\"\ncategory = \"mine\"\ndescription = \"Adds up, to 1e-9 relative.\"\n\
                 entry = \"double total(std::vector<double> const &x)\"\nmodes = [\"serial\"]\n\n\
                 [sizes]\ncheck = [0, 1, 7]\nhidden = [5]\ntime = 20000\n\n\
                 [check]\ntolerance = { relative = 1e-9 }\nvalues = [\"any\"]\n";
    fs::write(folder.join("problem.toml"), about).unwrap();
    fs::write(folder.join("original.cpp"), ORIGINAL).unwrap();
    fs::write(folder.join("best_known.cpp"), BEST).unwrap();
    fs::write(folder.join("driver.cpp"), DRIVER).unwrap();
}

impl Place {
    pub(super) fn agents(&self) -> Vec<String> {
        ["a", "b"]
            .iter()
            .flat_map(|name| {
                let agent = format!("{name}=scripted-{name}@{}", self.server.url());
                ["--agent".to_owned(), agent]
            })
            .collect()
    }

    /// How often the models were asked.
    pub(super) fn asks(&self) -> usize {
        self.log.lock().unwrap().len()
    }

    /// Only so many questions in all are answered from now on, until somebody says otherwise.
    pub(super) fn answer(&self, questions: usize) {
        self.answered.store(questions, Ordering::Relaxed);
    }

    /// Waits until the models were asked so often.
    pub(super) fn until_asked(&self, times: usize) {
        while self.asks() < times {
            std::thread::park_timeout(LOOK);
        }
    }

    pub(super) fn home(&self) -> &Path {
        self.home.path()
    }

    pub(super) fn compare(&self) -> Vec<String> {
        let problems = self.problems.iter();
        let problems = problems.map(|folder| folder.to_str().unwrap().to_owned());
        let rest = "--strategies lessonl,single,reflexion --rounds 2 --repeats 2 --seed 5 --holdout 0.3 --headless --budget-asks";
        let mut arguments = vec!["compare".to_owned()];
        arguments.extend(problems);
        arguments.extend(rest.split(' ').map(str::to_owned));
        arguments.push(self.most.to_string());
        arguments.extend(self.agents());
        arguments
    }

    pub(super) fn problem(&self) -> PathBuf {
        self.problems[0].clone()
    }

    pub(super) fn said(&self, arguments: &[String]) -> (i32, String, String) {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        said(self.home(), &arguments)
    }

    pub(super) fn report(&self, id: &str) -> Value {
        let (code, out, err) = said(self.home(), &["report", id, "--format", "json"]);
        assert_eq!(code, 0, "{err}");
        serde_json::from_str(&out).unwrap()
    }

    /// The comparison's id.
    pub(super) fn id(&self) -> String {
        let (_, out, _) = said(self.home(), &["runs"]);
        let row = out.lines().nth(1).unwrap();
        row.split_whitespace().next().unwrap().to_owned()
    }
}

/// What of a table does not hang on a clock: who asked how much, and what compiled and was right.
pub(super) fn timeless(report: &Value) -> Vec<Value> {
    let strategies = report["figures"]["strategies"].as_array().unwrap();
    let kept = ["/strategy", "/compiled", "/correct", "/spent/asks"];
    strategies
        .iter()
        .map(|row| {
            kept.iter()
                .map(|key| row.pointer(key).cloned().unwrap())
                .collect()
        })
        .collect()
}

/// What every cell's agents did, by cell: their asks, their code and what became of it, their lessons.
pub(super) fn deeds(place: &Place) -> Vec<Vec<String>> {
    let (_, listed, _) = said(place.home(), &["runs", "--json"]);
    let runs: Value = serde_json::from_str(&listed).unwrap();
    let ids = runs
        .as_array()
        .unwrap()
        .iter()
        .map(|run| run["id"].as_str().unwrap());
    let mut cells: Vec<(u32, Vec<String>)> = ids
        .map(|id| {
            let (_, out, _) = said(place.home(), &["export", id]);
            let facts: Vec<Envelope> = out
                .lines()
                .map(|line| serde_json::from_str(line).unwrap())
                .collect();
            let run = Run::fold(&facts).unwrap();
            let unit = &run.units[0];
            let asks = unit
                .asks
                .iter()
                .map(|(id, ask)| format!("{id} {:?}", ask.lessons));
            let candidates = unit.candidates.values().map(|c| {
                let outcome = c.outcome().map(|outcome| outcome.word());
                format!("{} {outcome:?}\n{}", c.candidate.id, c.candidate.source)
            });
            let mut lessons: Vec<String> = unit
                .lessons
                .iter()
                .map(|r| format!("{} {}", r.lesson.id, r.lesson.text))
                .collect();
            lessons.sort();
            let deeds = asks.chain(candidates).chain(lessons).collect();
            (run.spec.cell.unwrap().cell.0, deeds)
        })
        .collect();
    cells.sort();
    cells.into_iter().map(|(_, deeds)| deeds).collect()
}

#[test]
fn a_comparison_killed_half_way_and_resumed_gives_the_same_table() {
    let whole = place();
    let (code, out, err) = whole.said(&whole.compare());
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("cell 6/6"), "{out}");
    assert!(out.contains("against lessonl"), "{out}");
    let expected = whole.report(&whole.id());
    assert_eq!(expected["figures"]["blocks"], 2);
    assert_eq!(expected["complete"], true);

    // every token the server counted is in the table
    let log = whole.log.lock().unwrap().clone();
    let strategies = expected["figures"]["strategies"].as_array().unwrap();
    let tokens = |key: &str| -> u64 {
        let counts = strategies
            .iter()
            .map(|s| s["spent"]["usage"][key].as_u64().unwrap());
        counts.sum()
    };
    assert_eq!(tokens("input"), log.iter().map(|l| l.input).sum::<u64>());
    assert_eq!(tokens("output"), log.iter().map(|l| l.output).sum::<u64>());
    assert!(
        strategies
            .iter()
            .all(|s| s["spent"]["asks"].as_u64().unwrap() <= 12)
    );

    let lines = 3;
    let cut = place();
    let arguments = cut.compare();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let mut child = lessonl(cut.home(), &arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let told = BufReader::new(child.stdout.take().unwrap());
    assert_eq!(told.lines().take(lines).count(), lines);
    // SIGKILL, wherever the next cell is by now
    child.kill().unwrap();
    child.wait().unwrap();
    let (code, _, err) = said(cut.home(), &["compare", "--resume", "latest", "--headless"]);
    assert_eq!(code, 0, "{err}");
    let got = cut.report(&cut.id());
    assert_eq!(
        timeless(&got),
        timeless(&expected),
        "cut after {lines} lines"
    );
    assert_eq!(deeds(&cut), deeds(&whole), "cut after {lines} lines");
    assert_eq!(
        got["order"], expected["order"],
        "the same cells with the same seeds"
    );
}

#[test]
fn a_comparison_is_a_group_of_runs_that_start_from_the_same_seeds() {
    let place = place();
    let mut arguments = place.compare();
    arguments.push("--json".to_owned());
    let (code, out, err) = place.said(&arguments);
    assert_eq!(code, 0, "{err}");
    let printed: Value = serde_json::from_str(&out).unwrap();
    let id = place.id();
    assert_eq!(printed, place.report(&id));
    let (_, listed, _) = said(place.home(), &["runs"]);
    assert_eq!(listed.lines().count(), 2, "{listed}");
    assert!(
        listed.contains("6 of 6 cells done (1 problems × 2)"),
        "{listed}"
    );
    let (_, listed, _) = said(place.home(), &["runs", "--json"]);
    let runs: Value = serde_json::from_str(&listed).unwrap();
    let runs = runs.as_array().unwrap();
    assert!(runs.iter().all(|run| run["comparison"] == json!(id)));
    // paired: one seed per problem and repeat, whatever the strategy
    let mut seeds = Vec::new();
    for run in runs {
        let (_, out, _) = said(place.home(), &["export", run["id"].as_str().unwrap()]);
        let first: Envelope = serde_json::from_str(out.lines().next().unwrap()).unwrap();
        let Fact::RunStarted { spec, .. } = first.fact else {
            panic!("not a run");
        };
        seeds.push((spec.cell.unwrap().repeat, spec.seed));
    }
    seeds.sort_unstable();
    seeds.dedup();
    assert_eq!(
        seeds.iter().map(|(repeat, _)| *repeat).collect::<Vec<_>>(),
        [0, 1]
    );
    let (code, out, _) = said(place.home(), &["report", &id]);
    assert_eq!(code, 0);
    for part in [
        format!("# Comparison {id}\n"),
        "| against lessonl | geometric, ratio |".to_owned(),
        "too few problems".to_owned(),
        "## What lessons are worth".to_owned(),
    ] {
        assert!(out.contains(&part), "{part} is not in {out}");
    }
    // a cell is a run like any other
    let (code, out, _) = said(place.home(), &["report", runs[0]["id"].as_str().unwrap()]);
    assert!(code == 0 && out.contains("## Diversity"), "{out}");
}

#[test]
fn lessons_go_from_run_to_run_once_they_are_accepted() {
    let place = place();
    let problem = place.problem();
    let run = |bank: &str| -> Run {
        let mut arguments: Vec<String> = ["run", problem.to_str().unwrap(), "--rounds", "2"]
            .map(str::to_owned)
            .to_vec();
        arguments.extend(["--seed", "4", "--json", "--bank", bank].map(str::to_owned));
        arguments.extend(place.agents());
        let (code, out, err) = place.said(&arguments);
        assert_eq!(code, 0, "{err}");
        let facts: Vec<Envelope> = out
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        Run::fold(&facts).unwrap()
    };
    run("fresh");
    assert!(
        run("all").units[0].spec.carried.is_empty(),
        "staged is not accepted"
    );
    let lessons = |arguments: &[&str]| {
        let (code, out, err) = said(place.home(), &[&["lessons"], arguments].concat());
        assert_eq!(code, 0, "{err}");
        out
    };
    let list: Value = serde_json::from_str(&lessons(&["list", "--json"])).unwrap();
    let keys: Vec<&str> = list
        .as_array()
        .unwrap()
        .iter()
        .map(|l| l["key"].as_str().unwrap())
        .collect();
    assert!(keys.len() >= 2 && list[0]["standing"] == "staged", "{list}");
    assert!(lessons(&["accept", keys[0]]).contains("accepted"));
    let drawn = run("category");
    let carried = &drawn.units[0].spec.carried;
    assert_eq!(carried.len(), 1);
    assert_eq!(carried[0].origin.key, keys[0]);
    assert_eq!(carried[0].origin.problem.as_str(), "mine/total");
    let read = drawn.units[0]
        .asks
        .values()
        .find(|ask| ask.prompt.contains("Kept from earlier work on"));
    assert!(
        read.is_some(),
        "it is in a prompt, and said to come from elsewhere"
    );
    assert!(lessons(&["show", keys[0]]).contains("(carried there)"));
    lessons(&["merge", keys[1], keys[0]]);
    lessons(&["reject", keys[0]]);
    assert!(run("all").units[0].spec.carried.is_empty());

    // to another machine: staged there, and marked as somebody else's
    let file = place.home().join("bank.jsonl");
    fs::write(&file, lessons(&["export"])).unwrap();
    let ours: Value = serde_json::from_str(&lessons(&["list", "--json"])).unwrap();
    let merged = |l: &Value| l["key"] == keys[1];
    assert!(
        !ours.as_array().unwrap().iter().any(merged),
        "it counts as the other"
    );
    let there = tempfile::tempdir().unwrap();
    let (code, _, err) = said(there.path(), &["lessons", "import", file.to_str().unwrap()]);
    assert_eq!(code, 0, "{err}");
    let (_, out, _) = said(there.path(), &["lessons", "list", "--json"]);
    let theirs: Value = serde_json::from_str(&out).unwrap();
    let theirs = theirs.as_array().unwrap();
    assert_eq!(theirs.len(), ours.as_array().unwrap().len());
    assert!(theirs.iter().all(|l| l["standing"] == "staged"));
    assert!(theirs.iter().all(|l| l["sightings"][0]["imported"] == true));
    fs::write(&file, "{\"v\":1,\"text\":\"x\"}\n").unwrap();
    let (code, _, err) = said(there.path(), &["lessons", "import", file.to_str().unwrap()]);
    assert!(code == 2 && err.contains("line 1"), "{code} {err}");
}

//! Code from a description, over real interpreters: the bundled tasks are sound and sharp, hostile Python gains nothing,
//! data sets import and hold, and a whole run against a scripted server does what LessonL says, hidden tests last.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use lessonl::domain::evaluation::{Evaluated, Evaluation, Outcome};
use lessonl::domain::problem::{Kind, Mode, Problem};
use lessonl::harness::{Cancel, Harness};
use lessonl::problems::dataset::{self, Set};
use lessonl::problems::{Catalogue, load_folder, write_suite};

use crate::harness::harness;

/// Per task: a slip in its canonical solution that its tests must notice.
const SLIPS: &[(&str, &str, &str)] = &[
    ("dates/shared_minutes", " or 1440", ""),
    ("dates/shared_minutes", "% 1440 for at", "for at"),
    (
        "dates/shared_minutes",
        "len(minutes(one) & ",
        "len(minutes(one) | ",
    ),
    ("dates/working_day", "< 5", "< 6"),
    ("dates/working_day", "days > 0 else -1", "days > 0 else 1"),
    ("graphs/build_order", "min(ready)", "max(ready)"),
    (
        "graphs/build_order",
        "            left.setdefault(other, set())",
        "            pass",
    ),
    (
        "graphs/build_order",
        "            return None",
        "            return order",
    ),
    ("graphs/fewest_hops", "return -1", "return 0"),
    ("graphs/fewest_hops", "hops = 0", "hops = 1"),
    (
        "grids/largest_lake",
        "(y, x - 1), (y, x + 1)",
        "(y, x - 1), (y + 1, x + 1)",
    ),
    ("grids/largest_lake", "max(largest, size)", "size"),
    ("lists/merge_spans", "[1] + 1:", "[1]:"),
    ("lists/merge_spans", "max(merged[-1][1], last)", "last"),
    ("lists/merge_spans", " if span[0] <= span[1]", ""),
    ("lists/top_ties", "(-counts[word], word)", "-counts[word]"),
    ("lists/top_ties", "k <= 0 or ", ""),
    ("lists/top_ties", ">= least", "> least"),
    ("numbers/mean_without_ends", "sorted(values)", "values"),
    ("numbers/mean_without_ends", "/ len(kept)", "/ len(values)"),
    (
        "numbers/mean_without_ends",
        "kept = sorted(values)[cut",
        "values.sort(); kept = values[cut",
    ),
    ("numbers/perfect_split", "<= total", "< total"),
    ("numbers/perfect_split", "root = 1", "root = 2"),
    ("numbers/to_roman", "(900, \"CM\"), ", ""),
    ("numbers/to_roman", "<= 3999", "<= 4000"),
    ("parsing/calculate", "return -factor()", "return -total()"),
    ("parsing/calculate", "sign * product()", "sign * total()"),
    ("parsing/calculate", "    if skip():", "    if False:"),
    (
        "parsing/split_fields",
        "                        field += '\"'\n",
        "",
    ),
    ("parsing/split_fields", "field + line[at:end]", "field"),
    ("strings/run_lengths", " or text[at].isdigit()", ""),
    ("strings/run_lengths", "run > 1", "run > 2"),
    ("strings/word_shift", "c.isascii() and ", ""),
    (
        "strings/word_shift",
        "    flush()\n    return",
        "    return",
    ),
    ("strings/wrap_words", "<= width:", "< width:"),
    (
        "strings/wrap_words",
        "len(line) + 1 + len(word)",
        "len(line) + len(word)",
    ),
];

fn bundled() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("benchmarks/codegen")
}

fn canonical(problem: &Problem) -> String {
    match &problem.kind {
        Kind::Codegen(task) => task.canonical.clone().unwrap_or_default(),
        Kind::Function | Kind::Command(_) => panic!("{} is no task", problem.id),
    }
}

fn judged(harness: &Harness, problem: &Arc<Problem>, source: &str) -> Evaluated {
    let (cancel, quiet) = (Cancel::default(), |_| {});
    let prepared = harness.prepare(Arc::clone(problem), Mode::Serial, &cancel, &quiet);
    harness.evaluate(&prepared.unwrap(), source, 1, &cancel, &quiet)
}

#[test]
fn the_bundled_tasks_are_passed_by_their_solutions_and_failed_by_every_slip_in_them() {
    let harness = harness();
    let found = Catalogue::load(&[bundled().parent().unwrap().to_owned()]);
    assert_eq!(found.errors, []);
    let tasks = found.resolve("codegen").unwrap();
    assert!(tasks.len() >= 12, "{}", tasks.len());
    let mut wrong = Vec::new();
    for task in &tasks {
        let id = task.id.as_str().strip_prefix("codegen/").unwrap();
        let right = canonical(task);
        let outcome = judged(&harness, task, &right).evaluation.outcome();
        if outcome != Outcome::Passed {
            wrong.push(format!("{id}: its solution {}", outcome.word()));
        }
        let slips: Vec<_> = SLIPS.iter().filter(|(of, ..)| *of == id).collect();
        assert!(slips.len() >= 2, "{id} has too few slips");
        for (_, from, to) in slips {
            assert!(right.contains(from), "{id} has no `{from}`");
            let slipped = right.replace(from, to);
            let outcome = judged(&harness, task, &slipped).evaluation.outcome();
            if outcome != Outcome::FailedTests {
                wrong.push(format!("{id}: `{from}` → `{to}` {}", outcome.word()));
            }
        }
    }
    assert_eq!(wrong, [""; 0]);
}

#[test]
fn hostile_python_gains_nothing_and_honest_python_loses_nothing() {
    let harness = harness();
    let task = Arc::new(load_folder(&bundled().join("numbers/to_roman")).unwrap());
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python");
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    assert!(files.len() >= 20, "{}", files.len());
    let mut wrong = Vec::new();
    for file in files {
        let source = fs::read_to_string(&file).unwrap();
        let first = source.lines().next().unwrap();
        let expected = first.strip_prefix("# expect: ").unwrap().trim();
        let evaluation = judged(&harness, &task, &source).evaluation;
        if evaluation.outcome().word() != expected {
            let name = file.file_name().unwrap().to_string_lossy().into_owned();
            wrong.push(format!("{name}: {evaluation:?}"));
        }
    }
    assert_eq!(wrong, [""; 0]);
}

#[test]
fn a_test_that_never_ends_costs_only_itself() {
    let task = Arc::new(load_folder(&bundled().join("numbers/to_roman")).unwrap());
    let file = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/python/never_returns_for_one.py"
    );
    let evaluated = judged(&harness(), &task, &fs::read_to_string(file).unwrap());
    let Evaluation::Tested { tested } = evaluated.evaluation else {
        panic!("not tested");
    };
    let failed = tested.failed.unwrap();
    assert_eq!((tested.passed, tested.total), (7, 8));
    assert_eq!(failed.test, "to_roman(90) == 'XC'");
    assert_eq!(failed.why, "it does not return within 5 s");
}

#[test]
fn agents_own_tests_are_counted_one_by_one_and_cannot_break_the_verdict() {
    let harness = harness();
    let task = Arc::new(load_folder(&bundled().join("numbers/to_roman")).unwrap());
    let (cancel, quiet) = (Cancel::default(), |_| {});
    let prepared = harness.prepare(Arc::clone(&task), Mode::Serial, &cancel, &quiet);
    let prepared = prepared.unwrap();
    let tests = [
        "assert to_roman(1) == 'I'",
        "assert to_roman(2) == 'III'",
        "assert to_roman(",
        "assert to_roman(0) == ''",
        "assert to_roman(5) == exit()",
    ];
    let tests: Vec<String> = tests.iter().map(|test| (*test).to_owned()).collect();
    let source = canonical(&task);
    let own = |tests: &[String]| {
        let evaluated = harness.try_own(&prepared, &source, tests, &cancel, &quiet);
        evaluated.unwrap().evaluation.tested().unwrap().to_string()
    };
    assert_eq!(own(&tests), "1 of 5 own tests");
    assert_eq!(own(&[]), "not tested");
    let breaking = ["assert to_roman(1) == __import__('os')._exit(0)".to_owned()];
    assert_eq!(own(&breaking), "0 of 1 own test");
}

#[test]
fn a_task_of_evalplus_takes_its_types_and_is_judged_as_there() {
    const LINES: [(Set, &str); 3] = [
        (
            Set::Mbpp,
            r#"{"task_id":"Mbpp/2","prompt":"Share.","entry_point":"similar_elements","canonical_solution":"def similar_elements(a, b):\n    return tuple(set(a) & set(b))\n","base_input":[[[1,2,3],[2,3]]],"plus_input":[],"atol":0}"#,
        ),
        (
            Set::Mbpp,
            r#"{"task_id":"Mbpp/9000","prompt":"Halve.","entry_point":"halves","canonical_solution":"def halves(x):\n    return [v / 2 for v in x]\n","base_input":[[[1,2]]],"plus_input":{},"atol":0}"#,
        ),
        (
            Set::Humaneval,
            r#"{"task_id":"HumanEval/32","prompt":"def find_zero(xs):\n    \"\"\" A zero. \"\"\"\n","entry_point":"find_zero","canonical_solution":"    return 1.0\n","base_input":[[[-1,0,1]]],"plus_input":[],"atol":0.0001}"#,
        ),
    ];
    // what an attempt returns, and whether that is right
    let tries: [(usize, &str, bool); 9] = [
        (0, "[3, 2] if type(a) is tuple else None", true),
        (0, "[3]", false),
        (1, "[0.5, 1.0000009]", true),
        (1, "[0.5, 1.001]", false),
        (1, "(0.5, 1.0000009)", false),
        (1, "[0.5]", false),
        (2, "-1.00001", true),
        (2, "0.9", false),
        (2, "a.clear() or 7.0", false),
    ];
    let harness = harness();
    let home = tempfile::tempdir().unwrap();
    let tasks = LINES.map(|(set, line)| {
        let file = home.path().join("set.jsonl");
        fs::write(&file, line).unwrap();
        let contents = dataset::read(set, &file).unwrap();
        assert_eq!(contents.errors, []);
        let entry = contents.tasks[0].entry.clone();
        let suite = write_suite(home.path(), &entry, &contents.tasks).unwrap();
        let folder = fs::read_dir(suite).unwrap().next().unwrap().unwrap();
        Arc::new(load_folder(&folder.path()).unwrap())
    });
    for (at, answer, right) in tries {
        let task = &tasks[at];
        let source = format!("def {}(a, b=0):\n    return {answer}\n", task.entry_name());
        let outcome = judged(&harness, task, &source).evaluation.outcome();
        let expected = [Outcome::FailedTests, Outcome::Passed][usize::from(right)];
        assert_eq!(outcome, expected, "{answer}");
    }
}

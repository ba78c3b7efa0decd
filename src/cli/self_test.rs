//! `lessonl doctor --self-test`: whether the harness of this machine can be fooled, and whether its intervals mean what
//! they say. Runs exploits and honest controls, identical code, and slowdowns of known size; prints counts and intervals.
//! Never judges a figure without the number of runs it is from.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};

use super::compose::{Containment, House};
use super::corpus::{self, Entry};
use super::output::{self, Halt};
use super::plain;
use crate::domain::evaluation::Evaluated;
use crate::domain::measurement::{Speedup, Verdict};
use crate::domain::problem::{Kind, Mode, Problem};
use crate::failure::{Failure, FailureKind};
use crate::harness::{Cancel, Harness, PreparedProblem};
use crate::reports::table::{Table, one_line};

/// How much is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Depth {
    /// Corpus and controls whole, a little of the rest: a minute or two.
    Quick,
    /// Enough of everything to see rates: several minutes.
    Whole,
}

/// A line of the table.
#[derive(Debug, Clone, PartialEq)]
struct Row {
    name: String,
    runs: usize,
    figure: String,
    bar: &'static str,
    passed: bool,
    /// What failed, one sentence each.
    failures: Vec<String>,
}

/// Injected work: the candidate does so many hundredths of what the original does.
const INJECTED: [u64; 5] = [100, 101, 103, 110, 200];

/// Runs it. Returns the exit code.
pub(super) fn self_test(
    house: &House,
    depth: Depth,
    busy: bool,
    only: Option<&str>,
    as_json: bool,
) -> Result<u8, Halt> {
    let _others = busy.then(Others::start);
    let mut bench = Bench {
        harness: house.harness(Containment::Required)?,
        ready: HashMap::new(),
    };
    let mut entries = corpus::entries().map_err(internal)?;
    let wanted = |name: &str, parts: &str| parts.split(',').any(|part| name.contains(part));
    entries.retain(|entry| only.is_none_or(|parts| wanted(&entry.name, parts)));
    let mut rows = Vec::new();
    let mut add = |row: Row| {
        eprintln!(
            "{}: {} ({})",
            row.name,
            row.figure,
            if row.passed { "ok" } else { "FAILED" }
        );
        rows.push(row);
    };
    for honest in [true, false] {
        add(bench.corpus(
            entries.iter().filter(|entry| entry.honest == honest),
            honest,
        )?);
    }
    if only.is_none_or(|parts| wanted("forbidden-calls", parts)) {
        add(bench.forbidden()?);
    }
    if only.is_some() {
        return told(&rows, as_json);
    }
    let mut same: Vec<Arc<Problem>> = ["sum", "order"]
        .map(small)
        .into_iter()
        .collect::<Result<_, _>>()?;
    let (repeats, injections) = match depth {
        Depth::Quick => (2, 1),
        Depth::Whole => {
            let bundled = house.catalogue().problems;
            same.extend(bundled.iter().filter(|problem| is_timed(problem)).cloned());
            (3, 12)
        }
    };
    add(bench.identical(&same, repeats)?);
    let (coverage, power) = bench.injected(injections)?;
    add(coverage);
    add(power);
    add(bench.swapped(injections.div_ceil(4))?);
    told(&rows, as_json)
}

/// Whether there is something to time: code from a description is judged by tests alone.
fn is_timed(problem: &Problem) -> bool {
    problem.kind == Kind::Function && problem.modes.contains(&Mode::Serial)
}

/// Prints the table. Returns the exit code.
fn told(rows: &[Row], as_json: bool) -> Result<u8, Halt> {
    let passed = rows.iter().all(|row| row.passed);
    if as_json {
        output::json(&document(rows, passed))?;
    } else {
        output::print(&text(rows))?;
    }
    Ok(if passed {
        0
    } else {
        FailureKind::Environment.exit_code()
    })
}

/// Threads that use every core as other programs would, until dropped.
struct Others {
    over: Arc<AtomicBool>,
}

impl Others {
    fn start() -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        for _ in 0..cores {
            let over = Arc::clone(&over);
            std::thread::spawn(move || {
                while !over.load(Ordering::Relaxed) {
                    std::hint::spin_loop();
                }
            });
        }
        Self { over }
    }
}

impl Drop for Others {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
    }
}

struct Bench {
    harness: Harness,
    ready: HashMap<(String, Mode), Arc<PreparedProblem>>,
}

impl Bench {
    fn prepared(
        &mut self,
        problem: &Arc<Problem>,
        mode: Mode,
    ) -> Result<Arc<PreparedProblem>, Halt> {
        let key = (problem.id.to_string(), mode);
        if let Some(ready) = self.ready.get(&key) {
            return Ok(Arc::clone(ready));
        }
        let made = self
            .harness
            .prepare(Arc::clone(problem), mode, &Cancel::default(), &|_| {})
            .map_err(Failure::from)?;
        let made = Arc::new(made);
        self.ready.insert(key, Arc::clone(&made));
        Ok(made)
    }

    fn run(&self, prepared: &PreparedProblem, source: &str) -> Evaluated {
        let seed = fastrand::u64(..);
        self.harness
            .confirm(prepared, source, seed, &Cancel::default(), &|_| {})
    }

    /// Forbidden system calls from everywhere.
    fn forbidden(&self) -> Result<Row, Halt> {
        let tried = self
            .harness
            .try_forbidden_calls(&Cancel::default())
            .map_err(Failure::from)?;
        let failures: Vec<String> = tried
            .escapes
            .iter()
            .map(|escape| {
                format!(
                    "{:?} from {:?} in {} mode: {}",
                    escape.call,
                    escape.place,
                    escape.mode.word(),
                    escape.what
                )
            })
            .collect();
        Ok(Row {
            name: "forbidden system calls that did not happen".to_owned(),
            runs: tried.calls,
            figure: format!("{} of {}", tried.calls - failures.len(), tried.calls),
            bar: "all",
            passed: failures.is_empty(),
            failures,
        })
    }

    fn corpus<'a>(
        &mut self,
        entries: impl Iterator<Item = &'a Entry>,
        honest: bool,
    ) -> Result<Row, Halt> {
        let (mut runs, mut failures) = (0, Vec::new());
        let clang = self.harness.toolchain().version.contains("clang");
        for entry in entries {
            if clang && entry.mode == Mode::Omp {
                eprintln!("{}: skipped, OpenMP mode needs g++", entry.name);
                continue;
            }
            let prepared = self.prepared(&small(&entry.problem)?, entry.mode)?;
            let found = self.run(&prepared, &entry.source).evaluation;
            runs += 1;
            if !entry.expected.met(&found) {
                let words = plain::message(&found).map_or_else(
                    || found.speedup().map_or_else(String::new, |s| s.to_string()),
                    |words| one_line(&words),
                );
                failures.push(format!(
                    "{}: expected {:?}, found {} {words}",
                    entry.name,
                    entry.expected,
                    found.outcome().word()
                ));
            }
        }
        let (name, bar) = if honest {
            ("honest controls accepted", "all")
        } else {
            ("exploits that gained nothing", "all")
        };
        Ok(Row {
            name: name.to_owned(),
            runs,
            figure: format!("{} of {runs}", runs - failures.len()),
            bar,
            passed: failures.is_empty(),
            failures,
        })
    }

    fn identical(&mut self, problems: &[Arc<Problem>], repeats: usize) -> Result<Row, Halt> {
        let (mut runs, mut failures, mut off, mut largest) = (0, Vec::new(), 0, 0.0_f64);
        for problem in problems {
            let prepared = self.prepared(problem, Mode::Serial)?;
            for _ in 0..repeats {
                let evaluated = self.run(&prepared, &problem.original);
                runs += 1;
                match evaluated.evaluation.measurement() {
                    Some(found) => {
                        let error = found.speedup.estimate.ln().abs();
                        largest = largest.max(error);
                        off += usize::from(error > 0.05);
                        if matches!(found.verdict, Verdict::Faster | Verdict::Slower) {
                            failures.push(format!("{}: {}", problem.id, found.speedup));
                        }
                    }
                    None => failures.push(format!("{}: {:?}", problem.id, evaluated.evaluation)),
                }
            }
        }
        Ok(Row {
            name: "identical code: faster or slower".to_owned(),
            runs,
            figure: format!(
                "{} of {runs}; {off} off by more than 5 %, the largest by {:.1} %",
                failures.len(),
                largest * 100.0
            ),
            bar: "2 %",
            passed: failures.len() <= chance(runs, 0.02),
            failures,
        })
    }

    fn injected(&mut self, repeats: usize) -> Result<(Row, Row), Halt> {
        let original = small("work")?;
        let prepared = self.prepared(&original, Mode::Serial)?;
        let (mut runs, mut missed) = (0, Vec::new());
        let (mut three, mut resolved, mut times) = (0, 0, Vec::new());
        for hundredths in INJECTED {
            let candidate = slower(&original, hundredths);
            for _ in 0..repeats {
                let evaluated = self.run(&prepared, &candidate);
                runs += 1;
                let Some(found) = evaluated.evaluation.measurement() else {
                    missed.push(format!("{:?}", evaluated.evaluation));
                    continue;
                };
                let truth = 100.0 / hundredths as f64;
                if found.speedup.lo > truth || found.speedup.hi < truth {
                    missed.push(format!("work × {hundredths} %: {}", found.speedup));
                }
                if hundredths == 103 {
                    three += 1;
                    resolved += usize::from(found.verdict == Verdict::Slower);
                    times.push(found.spent.0 as f64 / 1e9);
                }
            }
        }
        times.sort_by(f64::total_cmp);
        let middle = times.get(times.len() / 2).copied().unwrap_or_default();
        Ok((
            Row {
                name: "intervals that hold the truth".to_owned(),
                runs,
                figure: format!(
                    "{} of {runs} (work × 1, 1.01, 1.03, 1.10, 2)",
                    runs - missed.len()
                ),
                bar: "93 %",
                passed: missed.len() <= chance(runs, 0.05),
                failures: missed,
            },
            Row {
                name: "3 % more work seen as slower".to_owned(),
                runs: three,
                figure: format!("{resolved} of {three}, in {middle:.1} s"),
                bar: "90 % in 3 s",
                passed: three - resolved <= chance(three, 0.1),
                failures: Vec::new(),
            },
        ))
    }

    /// The candidate measured against the original, and the original against the candidate.
    fn swapped(&mut self, repeats: usize) -> Result<Row, Halt> {
        let original = small("work")?;
        let slow = slower(&original, 110);
        let prepared = self.prepared(&original, Mode::Serial)?;
        let mut other = Problem::clone(&original);
        other.original.clone_from(&slow);
        let turned = self
            .harness
            .prepare(Arc::new(other), Mode::Serial, &Cancel::default(), &|_| {})
            .map_err(Failure::from)?;
        let mut failures = Vec::new();
        let mut products = Vec::new();
        for _ in 0..repeats {
            let there = self.run(&prepared, &slow).evaluation.speedup();
            let back = self.run(&turned, &original.original).evaluation.speedup();
            match there.zip(back) {
                Some((there, back)) => {
                    products.push(format!("{:.3}", there.estimate * back.estimate));
                    let half = |s: Speedup| (s.hi / s.lo).ln() / 2.0;
                    let sum = (there.estimate * back.estimate).ln().abs();
                    if sum > half(there) + half(back) {
                        failures.push(format!("{there} there, {back} back"));
                    }
                }
                None => failures.push("not measured".to_owned()),
            }
        }
        Ok(Row {
            name: "there and back multiply to one".to_owned(),
            runs: repeats,
            figure: format!(
                "{} of {repeats}: {}",
                repeats - failures.len(),
                products.join(", ")
            ),
            bar: "within both intervals",
            passed: failures.len() <= chance(repeats, 0.05),
            failures,
        })
    }
}

fn internal(what: String) -> Halt {
    Failure::new(FailureKind::Internal, what).into()
}

fn small(name: &str) -> Result<Arc<Problem>, Halt> {
    corpus::problem(name)
        .map(Arc::new)
        .ok_or_else(|| internal(format!("there is no small problem {name}")))
}

/// The original of `work`, doing so many hundredths of its work.
fn slower(original: &Problem, hundredths: u64) -> String {
    original
        .original
        .replace("burn(n)", &format!("burn(n * {hundredths} / 100)"))
}

/// How often something of probability `p` may happen in `runs` before chance is no excuse (one in a thousand).
fn chance(runs: usize, p: f64) -> usize {
    let mut term = (1.0 - p).powi(runs as i32);
    let (mut sum, mut k) = (term, 0);
    while sum < 0.999 && k < runs {
        term *= (runs - k) as f64 / (k + 1) as f64 * p / (1.0 - p);
        sum += term;
        k += 1;
    }
    k
}

fn text(rows: &[Row]) -> String {
    let mut table = Table::new(&["", "what", "runs", "found", "bar"]);
    for row in rows {
        table.push(vec![
            if row.passed { "ok" } else { "fail" }.to_owned(),
            row.name.clone(),
            row.runs.to_string(),
            row.figure.clone(),
            row.bar.to_owned(),
        ]);
    }
    let failures = rows.iter().flat_map(|row| &row.failures);
    let listed: String = failures
        .map(|line| format!("  {}\n", one_line(line)))
        .collect();
    format!("{}{listed}", table.aligned())
}

fn document(rows: &[Row], passed: bool) -> Value {
    let list: Vec<Value> = rows
        .iter()
        .map(|row| {
            json!({
                "name": row.name, "runs": row.runs, "found": row.figure, "bar": row.bar,
                "passed": row.passed, "failures": row.failures,
            })
        })
        .collect();
    json!({ "ok": passed, "tests": list })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chance_excuses_little() {
        assert_eq!(chance(0, 0.05), 0);
        assert_eq!(chance(1, 0.05), 1);
        assert_eq!(chance(60, 0.05), 9);
        assert_eq!(chance(100, 0.02), 7);
    }

    #[test]
    fn more_work_is_more_rounds_of_the_same_loop() {
        let work = corpus::problem("work").unwrap();
        assert!(slower(&work, 103).contains("burn(n * 103 / 100) > 1e300"));
    }

    #[test]
    fn identical_code_is_timed_where_there_is_something_to_time() {
        let bundled = concat!(env!("CARGO_MANIFEST_DIR"), "/benchmarks");
        let all = crate::problems::Catalogue::load(&[bundled.into()]).problems;
        let (timed, others): (Vec<_>, Vec<_>) = all.iter().partition(|problem| is_timed(problem));
        assert_eq!(timed.len(), 90);
        assert!(others.iter().all(|p| matches!(p.kind, Kind::Codegen(_))));
        assert!(!others.is_empty());
    }
}

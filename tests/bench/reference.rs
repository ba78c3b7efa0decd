//! The reference's own driver (LessonL's released code, which extends ParEval's) on the problems that both have, beside
//! ours in one run: the original as candidate, from source to figure. Needs a checkout of it, of which nothing is kept here.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use lessonl::domain::problem::{Mode, Problem};
use lessonl::harness::Cancel;

use super::figures::{quantile, spread};
use super::studies::clocked;
use super::{Ground, harness};

/// Its `run-all.py` waits for 120 s (`WAIT` sets it); what is cut off took at least this long, which only favours it.
const WAIT: usize = 30;
/// How many problems unless `EVERY` says otherwise; with the limit, in four minutes at most.
const PROBLEMS: usize = 8;

/// Its flags for serial code.
const FLAGS: [&str; 4] = ["-std=c++17", "-O3", "-g", "-march=native"];

/// The study.
pub(crate) fn reference(ground: &Ground) {
    let Some(checkout) = std::env::var_os("REFERENCE") else {
        println!("skipped: name a checkout of github.com/MITIBM-FastCoder/LessonL in REFERENCE");
        return;
    };
    let drivers = Path::new(&checkout).join("code-opt/ParEval-PolyBench-Code-Opt/drivers");
    let text = std::fs::read_to_string(drivers.join("problem-sizes.json"))
        .expect("REFERENCE has no drivers");
    let sizes: serde_json::Value = serde_json::from_str(&text).unwrap();
    let folder = tempfile::tempdir().unwrap();
    // Its Makefile compiles this once, so it is not counted.
    let object = folder.path().join("driver.o");
    let made = Command::new("g++")
        .args(["-std=c++17", "-O3", "-Icpp", "-w", "-c"])
        .arg("cpp/models/serial-driver.cc")
        .arg("-o")
        .arg(&object)
        .current_dir(&drivers)
        .status()
        .unwrap();
    assert!(made.success(), "the reference's driver does not compile");
    let harness = harness(false);
    let both: Vec<_> = ground
        .problems(Mode::Serial)
        .into_iter()
        .filter_map(|problem| theirs(&drivers, &problem).map(|found| (problem, found)))
        .collect();
    let (mut ratios, mut sums) = (Vec::new(), [0.0; 2]);
    let number = |name: &str, otherwise: usize| {
        std::env::var(name).map_or(otherwise, |text| text.parse().expect(name))
    };
    let wait = Duration::from_secs(number("WAIT", WAIT) as u64);
    // What `EVERY` asks for was left out already.
    let step = match ground.every {
        1 if std::env::var_os("EVERY").is_none() => both.len().div_ceil(PROBLEMS).max(1),
        _ => 1,
    };
    for (problem, (name, source)) in both.iter().step_by(step) {
        let Some(size) = sizes[name]["serial"].as_str() else {
            continue;
        };
        let Some((theirs, said)) = run(&drivers, &object, problem, source, size, wait) else {
            println!(
                "{}: the reference does not compile our original",
                problem.id
            );
            continue;
        };
        let prepared = harness
            .prepare(problem.clone(), Mode::Serial, &Cancel::default(), &|_| {})
            .unwrap();
        let ours = clocked(&harness, &prepared, &problem.original);
        let figure = ours
            .evaluated
            .evaluation
            .measurement()
            .map_or_else(String::new, |m| m.speedup.to_string());
        println!(
            "{}: reference {theirs:.2} s ({said}), ours {:.2} s ({figure}): {:.1} times",
            problem.id,
            ours.seconds,
            theirs / ours.seconds
        );
        ratios.push(theirs / ours.seconds);
        sums = [sums[0] + theirs, sums[1] + ours.seconds];
    }
    println!(
        "the reference's time by ours, problem by problem: {}, least {:.1}",
        spread(&ratios),
        quantile(&ratios, 0.0)
    );
    println!(
        "all {} together: reference {:.0} s, ours {:.0} s: {:.1} times (bar 10); it waits {} s at most",
        ratios.len(),
        sums[0],
        sums[1],
        sums[0] / sums[1],
        wait.as_secs()
    );
}

/// The reference's name of a problem and its driver's source, if it has it.
fn theirs(drivers: &Path, problem: &Problem) -> Option<(String, PathBuf)> {
    let mut parts = problem.id.as_str().rsplit('/');
    let (name, category) = (parts.next()?, parts.next()?);
    let folder = drivers.join("cpp/benchmarks").join(category);
    let ending = format!("_{category}_{name}");
    let found = std::fs::read_dir(folder)
        .ok()?
        .flatten()
        .find_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            name.ends_with(&ending).then_some(name)
        })?;
    let source = drivers.join("cpp/benchmarks").join(category).join(&found);
    Some((found, source))
}

/// Compiles and runs it with the original as generated code, as its wrapper does: includes first, the rest in a
/// namespace. Seconds, and the speedup that it prints; nothing if it does not compile.
fn run(
    drivers: &Path,
    object: &Path,
    problem: &Problem,
    source: &Path,
    size: &str,
    wait: Duration,
) -> Option<(f64, String)> {
    let folder = tempfile::tempdir().unwrap();
    let (hoisted, own): (Vec<&str>, Vec<&str>) = problem
        .original
        .lines()
        .partition(|line| line.starts_with('#'));
    let text = format!(
        "{}\nnamespace submission {{\n{}\n}}\n",
        hoisted.join("\n"),
        own.join("\n")
    );
    std::fs::write(folder.path().join("generated-code.hpp"), text).unwrap();
    let begun = Instant::now();
    let program = folder.path().join("a.out");
    let compiled = Command::new("g++")
        .args(FLAGS)
        .args(["-Icpp", "-Icpp/models", "-DUSE_SERIAL", "-w"])
        .arg(object)
        .arg(source.join("cpu.cc"))
        .arg(format!("-I{}", folder.path().display()))
        .arg(format!("-I{}", source.display()))
        .arg(format!("-DDRIVER_PROBLEM_SIZE={size}"))
        .arg("-o")
        .arg(&program)
        .current_dir(drivers)
        .stderr(Stdio::null())
        .status()
        .unwrap();
    if !compiled.success() {
        return None;
    }
    let printed = tempfile::NamedTempFile::new().unwrap();
    let mut running = Command::new(&program)
        .stdout(printed.reopen().unwrap())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let said = loop {
        if running.try_wait().unwrap().is_some() {
            break speedup(&std::fs::read_to_string(printed.path()).unwrap_or_default());
        }
        if begun.elapsed() > wait {
            running.kill().unwrap();
            running.wait().unwrap();
            break "cut off".to_owned();
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    Some((begun.elapsed().as_secs_f64(), said))
}

fn speedup(printed: &str) -> String {
    let after = |word: &str| {
        let line = printed.lines().find_map(|line| line.strip_prefix(word))?;
        line.trim().parse::<f64>().ok()
    };
    match after("Time:").zip(after("BestSequential:")) {
        Some((time, best)) => format!("{:.2}×", best / time),
        None => "no figure".to_owned(),
    }
}

//! Whether a live screen disturbs what is measured: the same code against itself, alternately with and without screens.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use lessonl::domain::evaluation::Evaluation;
use lessonl::domain::event::Fact;
use lessonl::domain::measurement::Launch;
use lessonl::store::archive::Archive;
use statrs::distribution::{ContinuousCDF, StudentsT};

use super::pty::Pty;
use super::server::Server;
use super::{Length, Row};

const PROBLEM: &str = "pareval/dense_la/gemm";
const ORIGINAL: &str = include_str!("../../benchmarks/pareval/dense_la/gemm/original.cpp");

/// What one run measured.
struct Measured {
    /// Mean log ratio of the original to itself: 0 but for noise.
    shift: f64,
    /// Variance of the launches' log ratios.
    variance: f64,
    /// Mean log time of the original, nanoseconds.
    time: f64,
}

/// What the screens drew while something was timed.
#[derive(Default)]
struct Quiet {
    windows: usize,
    gaps: Vec<f64>,
}

/// Runs it.
pub(crate) fn rows(home: &Path, length: Length) -> Vec<Row> {
    let pairs = if length == Length::Full { 10 } else { 2 };
    let server = Server::start(1_000, Duration::ZERO, ORIGINAL);
    let agent = format!("same=same@http://127.0.0.1:{}", server.port);
    let home = home.join("disturbance");
    std::fs::create_dir_all(&home).unwrap();
    let (mut on, mut off, mut quiet) = (Vec::new(), Vec::new(), Quiet::default());
    for pair in 0..pairs {
        // The order alternates, so that a drift of the machine falls on both alike.
        for screens in [pair % 2 == 0, pair % 2 != 0] {
            forget(&home);
            if screens {
                with_screens(&home, &agent, &mut quiet);
                on.extend(latest(&home));
            } else {
                without(&home, &agent);
                off.extend(latest(&home));
            }
        }
    }
    let percent = |log: f64| (log.exp() - 1.0) * 100.0;
    let compare = |of: fn(&Measured) -> f64| {
        let (a, b): (Vec<f64>, Vec<f64>) =
            (on.iter().map(of).collect(), off.iter().map(of).collect());
        difference(&a, &b)
    };
    let (shift, low, high) = compare(|m| m.shift);
    let (time, time_low, time_high) = compare(|m| m.time);
    let mean = |all: &[Measured]| all.iter().map(|m| m.variance).sum::<f64>() / all.len() as f64;
    let ratio = mean(&on) / mean(&off);
    let shortest = quiet.gaps.iter().copied().fold(f64::INFINITY, f64::min);
    vec![
        Row {
            metric: "screens on or off: A/A shift of the ratio",
            target: "0 within the noise, and below 1 %",
            figure: format!(
                "{:+.2} % [{:+.2}, {:+.2}] over {} runs each",
                percent(shift),
                percent(low),
                percent(high),
                on.len().min(off.len())
            ),
            met: Some(low <= 0.0 && high >= 0.0 && percent(shift).abs() < 1.0),
        },
        Row {
            metric: "screens on or off: time of the same code",
            target: "0 within the noise",
            figure: format!(
                "{:+.2} % [{:+.2}, {:+.2}]",
                percent(time),
                percent(time_low),
                percent(time_high)
            ),
            met: Some(time_low <= 0.0 && time_high >= 0.0),
        },
        Row {
            metric: "screens on or off: variance of launches",
            target: "ratio near 1",
            figure: format!("{ratio:.2}"),
            met: None,
        },
        Row {
            metric: "while timing: shortest time between draws",
            target: "≥ 1 s, keys pressed four times a second",
            figure: match quiet.gaps.len() {
                0 => format!("one draw in each of {} windows", quiet.windows),
                further => format!(
                    "{shortest:.2} s over {further} further draws in {} windows",
                    quiet.windows
                ),
            },
            met: (quiet.windows > 0).then_some(shortest >= 0.98),
        },
    ]
}

/// So that everything is measured anew.
fn forget(home: &Path) {
    // Absent is as good as removed.
    let _ = std::fs::remove_dir_all(home.join("cache/lessonl/verdicts"));
}

fn arguments(agent: &str) -> [&str; 7] {
    [
        "run",
        PROBLEM,
        "--strategy",
        "single",
        "--agent",
        agent,
        "--theme=dark",
    ]
}

fn with_screens(home: &Path, agent: &str, quiet: &mut Quiet) {
    let mut pty = Pty::start(home, &arguments(agent), 120, 40);
    let mut before: Option<Instant> = None;
    let (mut keyed, mut down) = (Instant::now(), false);
    loop {
        if keyed.elapsed() >= Duration::from_millis(250) {
            keyed = Instant::now();
            down = !down;
            pty.press(if down { "j" } else { "k" });
        }
        let Some(frame) = pty.frame(Duration::from_millis(50)) else {
            continue;
        };
        let screen = pty.terminal.screen().contents();
        let head = screen.lines().next().unwrap_or("");
        if ["DONE", "FAILED", "CUT OFF"]
            .iter()
            .any(|w| head.contains(w))
        {
            break;
        }
        let timing = head.contains("QUIET");
        match before {
            Some(before) if timing => quiet.gaps.push((frame.at - before).as_secs_f64()),
            None if timing => quiet.windows += 1,
            _ => {}
        }
        before = timing.then_some(frame.at);
    }
    pty.leave("q");
}

fn without(home: &Path, agent: &str) {
    let status = Command::new(env!("CARGO_BIN_EXE_lessonl"))
        .args(arguments(agent))
        .arg("--headless")
        .env("LESSONL_DATA_DIR", home.join("data"))
        .env("XDG_CACHE_HOME", home.join("cache"))
        .env("XDG_STATE_HOME", home.join("state"))
        .env("XDG_CONFIG_HOME", home.join("config"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap();
    assert!(status.success(), "{status}");
}

/// What the latest run measured, if its answer was measured.
fn latest(home: &Path) -> Option<Measured> {
    let archive = Archive::new(&home.join("data/lessonl.db"));
    let facts = archive.facts(&archive.find("latest").unwrap()).unwrap();
    let launches: Vec<Launch> = facts
        .into_iter()
        .filter_map(|envelope| match envelope.fact {
            Fact::Evaluated { evaluated, .. } => Some(evaluated.evaluation),
            _ => None,
        })
        .find_map(|evaluation| match evaluation {
            Evaluation::Measured { measurement, .. } => Some(measurement.launches),
            _ => None,
        })?;
    let logs: Vec<f64> = launches.iter().map(|l| l.log_ratio).collect();
    let times: Vec<f64> = launches
        .iter()
        .map(|l| (l.original.0 as f64).ln())
        .collect();
    let (shift, variance) = moments(&logs);
    Some(Measured {
        shift,
        variance,
        time: moments(&times).0,
    })
}

/// Mean and variance.
fn moments(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>();
    (mean, squares / (n - 1.0).max(1.0))
}

/// Difference of two means with its 95 % interval (Welch).
fn difference(a: &[f64], b: &[f64]) -> (f64, f64, f64) {
    let ((mean_a, var_a), (mean_b, var_b)) = (moments(a), moments(b));
    let (part_a, part_b) = (var_a / a.len() as f64, var_b / b.len() as f64);
    let error = (part_a + part_b).sqrt();
    let freedom = (part_a + part_b).powi(2)
        / (part_a.powi(2) / (a.len() as f64 - 1.0) + part_b.powi(2) / (b.len() as f64 - 1.0));
    let reach = StudentsT::new(0.0, 1.0, freedom.max(1.0))
        .map_or(f64::INFINITY, |t| t.inverse_cdf(0.975) * error);
    let mean = mean_a - mean_b;
    (mean, mean - reach, mean + reach)
}

//! What limits the trust in a measurement, and what the person can do about it.
//! Never changes a figure or a verdict.

use std::fs;

use super::calibration::{ENOUGH, cores};
use super::timing::{Tally, TimingTask};
use super::{plausible, stats};
use crate::domain::evaluation::Caveat;
use crate::domain::measurement::{Measurement, Verdict};
use crate::domain::problem::Mode;
use crate::domain::units::Nanos;

/// What limits the trust in `measurement`.
pub(crate) fn caveats(
    measurement: &Measurement,
    task: &TimingTask<'_>,
    tally: &Tally,
) -> Vec<Caveat> {
    let mut found: Vec<Caveat> = how_it_ended(measurement, tally).into_iter().collect();
    found.extend(what_happened(measurement, tally));
    found.extend(where_it_ran(task, tally));
    found.extend(clocks_differ(measurement, task));
    found.extend(plausible::first_calls(measurement, &tally.first));
    found
}

fn caveat(name: &str, advice: impl Into<String>) -> Caveat {
    Caveat {
        name: name.to_owned(),
        advice: advice.into(),
    }
}

/// Why the interval is no narrower.
fn how_it_ended(measurement: &Measurement, tally: &Tally) -> Option<Caveat> {
    let wide = stats::too_wide(measurement.speedup);
    let launches = measurement.launches.len();
    let unresolved = measurement.verdict == Verdict::Unresolved;
    if tally.cut && (wide || unresolved) {
        let advice = format!(
            "Timing stopped for time after {launches} launches, before the interval was narrow enough. Measure again on a quiet machine, or give the problem a smaller timed size."
        );
        Some(caveat("time_budget", advice))
    } else if tally.futile && unresolved {
        let advice = format!(
            "Timing stopped after {launches} launches: they differ too much for the rest to decide so small a difference. Measure again on a quiet machine."
        );
        Some(caveat("launches_differ", advice))
    } else if wide {
        let advice = format!(
            "The interval is still wide after all {launches} launches: they differ much. Measure again on a quiet machine."
        );
        Some(caveat("wide_interval", advice))
    } else {
        None
    }
}

/// What rounds and launches went through.
fn what_happened(measurement: &Measurement, tally: &Tally) -> Vec<Caveat> {
    let mut found = Vec::new();
    let rounds = measurement.rounds * measurement.launches.len() as u32;
    if tally.repeated > rounds / 4 {
        let advice = format!(
            "{} rounds besides {rounds} were repeated because another program had the core.",
            tally.repeated
        );
        found.push(caveat("preempted", advice));
    }
    if tally.by_cpu > 0 {
        let advice = format!(
            "{} of {rounds} rounds were read from the processor clock, because other programs had the core again and again. Close them and measure again.",
            tally.by_cpu
        );
        found.push(caveat("processor_time", advice));
    }
    if let Some(share) = tally.with_around {
        let advice = format!(
            "It does more work outside the timed call than the original (making and freeing memory, for example). That work counts: without it the figure would be {} % higher.",
            (100.0 * share / (1.0 - share)).round()
        );
        found.push(caveat("work_around_call", advice));
    }
    if tally.shortened > 0 {
        let advice = format!(
            "{} launches ended with fewer rounds, because their samples took too long.",
            tally.shortened
        );
        found.push(caveat("long_samples", advice));
    }
    found
}

/// What the machine and the problem's size do to the figure.
fn where_it_ran(task: &TimingTask<'_>, tally: &Tally) -> Vec<Caveat> {
    let mut found = Vec::new();
    let cores = cores().len().max(1) as f64;
    if let Some(load) = load().filter(|load| *load > cores) {
        let advice = format!(
            "The machine was busy (load {load:.1} on {cores} cores). Close other programs and measure again."
        );
        found.push(caveat("busy_machine", advice));
    }
    if task.setup.mode == Mode::Serial && !tally.pinned {
        found.push(caveat(
            "not_pinned",
            "The processes could not be bound to one core; intervals are wider than they could be.",
        ));
    }
    if task.calibration.sample < ENOUGH {
        let advice = format!(
            "A sample of the original takes only {}. Give the problem a larger timed size.",
            Nanos::from(task.calibration.sample)
        );
        found.push(caveat("short_sample", advice));
    }
    found
}

/// Whether the processor clock tells another ratio than the wall clock.
fn clocks_differ(measurement: &Measurement, task: &TimingTask<'_>) -> Option<Caveat> {
    let cpu: Vec<f64> = measurement
        .launches
        .iter()
        .filter_map(|l| Some(l.cpu_log_ratio? - l.wall_log_ratio.unwrap_or(l.log_ratio)))
        .collect();
    let differ = !cpu.is_empty() && stats::median(&cpu).abs() > 0.05;
    (task.setup.mode == Mode::Serial && differ).then(|| {
        caveat(
            "cpu_differs_from_wall",
            "Processor time and wall time tell different ratios: something else ran meanwhile, or a side waited. Measure again on a quiet machine.",
        )
    })
}

/// The machine's load over the last minute.
pub(crate) fn load() -> Option<f64> {
    fs::read_to_string("/proc/loadavg")
        .ok()?
        .split_whitespace()
        .next()?
        .parse()
        .ok()
}

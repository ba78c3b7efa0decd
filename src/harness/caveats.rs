//! What limits the trust in a measurement, and what the person can do about it.
//! Never changes a figure or a verdict.

use std::fs;

use super::calibration::{ENOUGH, cores};
use super::timing::{Tally, Task};
use super::{plausible, stats};
use crate::domain::evaluation::Caveat;
use crate::domain::measurement::{Measurement, Verdict};
use crate::domain::problem::Mode;
use crate::domain::units::Nanos;

/// What limits the trust in `measurement`.
pub fn caveats(measurement: &Measurement, task: &Task<'_>, tally: &Tally) -> Vec<Caveat> {
    let mut found = Vec::new();
    let mut add = |name: &str, advice: String| {
        found.push(Caveat {
            name: name.to_owned(),
            advice,
        });
    };
    let wide = stats::too_wide(measurement.speedup);
    let launches = measurement.launches.len();
    if tally.cut && (wide || measurement.verdict == Verdict::Unresolved) {
        add(
            "time_budget",
            format!(
                "Timing stopped for time after {launches} launches, before the interval was narrow enough. Measure again on a quiet machine, or give the problem a smaller timed size."
            ),
        );
    } else if tally.futile && measurement.verdict == Verdict::Unresolved {
        add(
            "launches_differ",
            format!(
                "Timing stopped after {launches} launches: they differ too much for the rest to decide so small a difference. Measure again on a quiet machine."
            ),
        );
    } else if wide {
        add(
            "wide_interval",
            format!(
                "The interval is still wide after all {launches} launches: they differ much. Measure again on a quiet machine."
            ),
        );
    }
    let cores = cores().len().max(1) as f64;
    let rounds = measurement.rounds * measurement.launches.len() as u32;
    if tally.repeated > rounds / 4 {
        add(
            "preempted",
            format!(
                "{} rounds besides {rounds} were repeated because another program had the core.",
                tally.repeated
            ),
        );
    }
    if tally.by_cpu > 0 {
        add(
            "processor_time",
            format!(
                "{} of {rounds} rounds were read from the processor clock, because other programs had the core again and again. Close them and measure again.",
                tally.by_cpu
            ),
        );
    }
    if let Some(share) = tally.with_around {
        add(
            "work_around_call",
            format!(
                "It does more work outside the timed call than the original (making and freeing memory, for example). That work counts: without it the figure would be {} % higher.",
                (100.0 * share / (1.0 - share)).round()
            ),
        );
    }
    if tally.shortened > 0 {
        add(
            "long_samples",
            format!(
                "{} launches ended with fewer rounds, because their samples took too long.",
                tally.shortened
            ),
        );
    }
    if let Some(load) = load().filter(|load| *load > cores) {
        add(
            "busy_machine",
            format!(
                "The machine was busy (load {load:.1} on {cores} cores). Close other programs and measure again."
            ),
        );
    }
    if task.setup.mode == Mode::Serial && !tally.pinned {
        add(
            "not_pinned",
            "The processes could not be bound to one core; intervals are wider than they could be."
                .to_owned(),
        );
    }
    if task.calibration.sample < ENOUGH {
        add(
            "short_sample",
            format!(
                "A sample of the original takes only {}. Give the problem a larger timed size.",
                Nanos::from(task.calibration.sample)
            ),
        );
    }
    let cpu: Vec<f64> = measurement
        .launches
        .iter()
        .filter_map(|l| Some(l.cpu_log_ratio? - l.wall_log_ratio.unwrap_or(l.log_ratio)))
        .collect();
    if task.setup.mode == Mode::Serial && !cpu.is_empty() && stats::median(&cpu).abs() > 0.05 {
        add(
            "cpu_differs_from_wall",
            "Processor time and wall time tell different ratios: something else ran meanwhile, or a side waited. Measure again on a quiet machine."
                .to_owned(),
        );
    }
    found.extend(plausible::first_calls(measurement, &tally.first));
    found
}

/// The machine's load over the last minute.
pub fn load() -> Option<f64> {
    fs::read_to_string("/proc/loadavg")
        .ok()?
        .split_whitespace()
        .next()?
        .parse()
        .ok()
}

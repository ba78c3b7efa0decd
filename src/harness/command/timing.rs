//! Paired timing of whole processes: the bench of the original's copy and of the candidate's, in ABBA order, over
//! launches; the interval is over launches (module `stats`), like that of functions.
//! Never runs while anything else of ours does, and never drops a sample.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use regex::Regex;

use super::super::check::CheckFailure;
use super::super::compile::Bench;
use super::super::stats::{self, LOOKS};
use super::super::supervise::CommandReport;
use super::super::{Cancel, HarnessError};
use super::copy::{self, CopyState};
use super::run::{self, CommandStep, ProjectCopy};
use crate::domain::evaluation::{Evaluation, Stage};
use crate::domain::event::Progress;
use crate::domain::measurement::{Launch, Measurement};
use crate::domain::project::{Better, Project};
use crate::domain::units::Nanos;

/// A launch takes pairs of runs until it has timed about this much of the original.
const LAUNCH: Duration = Duration::from_millis(250);
/// Most pairs of a launch.
const MOST_ROUNDS: u32 = 9;

/// What is timed.
pub(crate) struct Timing<'a> {
    pub(crate) bench: &'a Bench,
    pub(crate) project: &'a Project,
    /// The original's copy and the candidate's.
    pub(crate) sides: [&'a ProjectCopy; 2],
    /// Time of one run of the original.
    pub(crate) usual: Duration,
    /// Most launches.
    pub(crate) most: usize,
    /// Whether an interval is narrow enough.
    pub(crate) enough: fn(stats::LogInterval) -> bool,
    /// Kinds of files that the original's bench leaves, and what both copies were before.
    pub(crate) leaves: BTreeSet<String>,
    pub(crate) before: [CopyState; 2],
    pub(crate) seed: u64,
}

/// One run of each side: its time in seconds or its figure, and what became of it.
type Pair = [(f64, CommandReport); 2];

/// What timing gave.
pub(crate) struct Timed {
    pub(crate) measurement: Measurement,
    /// Whether it stopped for time.
    pub(crate) cut: bool,
    /// Kinds of files that the original's bench left.
    pub(crate) leaves: BTreeSet<String>,
}

/// The figure in what a bench printed.
pub(crate) fn figure(pattern: &str, report: &CommandReport) -> Option<f64> {
    let pattern = Regex::new(pattern).ok()?;
    let last = |text: &str| {
        let found = pattern.captures_iter(text).last()?;
        found
            .get(1)?
            .as_str()
            .replace(['_', ','], "")
            .parse::<f64>()
            .ok()
    };
    last(&report.out)
        .or_else(|| last(&report.err))
        .filter(|value| value.is_finite() && *value > 0.0)
}

/// Pairs of a launch for a bench of this length.
pub(crate) fn rounds(usual: Duration) -> u32 {
    let fit = LAUNCH.as_secs_f64() / usual.as_secs_f64().max(1e-3);
    (fit.ceil() as u32).clamp(1, MOST_ROUNDS)
}

/// How long a candidate's bench may take.
pub(crate) fn limit(project: &Project, usual: Duration) -> Duration {
    let most = Duration::from_secs(project.limits.bench);
    (usual * 10).max(Duration::from_secs(5)).min(most)
}

impl Timing<'_> {
    /// Times until a planned look finds the interval narrow enough.
    pub(crate) fn measure(
        mut self,
        cancel: &Cancel,
        progress: &(dyn Fn(Progress) + Sync),
    ) -> Result<Timed, CheckFailure> {
        let begun = Instant::now();
        let rounds = rounds(self.usual);
        let budget = Duration::from_secs(self.project.limits.timing);
        let mut rng = fastrand::Rng::with_seed(self.seed);
        let mut launches: Vec<Launch> = Vec::new();
        let mut logs: Vec<f64> = Vec::new();
        let mut cut = false;
        while logs.len() < self.most {
            if logs.len() >= LOOKS[0] && begun.elapsed() > budget {
                cut = true;
                break;
            }
            let launch = self.launch(rounds, &mut rng, cancel)?;
            logs.push(launch.log_ratio);
            launches.push(launch);
            let so_far = stats::interval(&logs);
            progress(Progress::Launch {
                done: logs.len() as u32,
                so_far: so_far.map(stats::speedup),
            });
            if LOOKS.contains(&logs.len()) && so_far.is_some_and(self.enough) {
                break;
            }
        }
        let interval =
            stats::interval(&logs).ok_or(CheckFailure::Harness(HarnessError::Cancelled))?;
        let speedup = stats::speedup(interval);
        Ok(Timed {
            measurement: Measurement {
                speedup,
                verdict: stats::verdict(speedup),
                launches,
                rounds,
                calls: 1,
                size: 0,
                seed: self.seed,
                spent: begun.elapsed().into(),
            },
            cut,
            leaves: self.leaves,
        })
    }

    fn launch(
        &mut self,
        rounds: u32,
        rng: &mut fastrand::Rng,
        cancel: &Cancel,
    ) -> Result<Launch, CheckFailure> {
        let mut first = rng.bool();
        let mut pairs: Vec<Pair> = Vec::new();
        for round in 0..rounds {
            first = if round % 2 == 0 { rng.bool() } else { !first };
            let mut got: [Option<(f64, CommandReport)>; 2] = [None, None];
            for side in if first { [0, 1] } else { [1, 0] } {
                got[side] = Some(self.sample(side, cancel)?);
            }
            if let [Some(a), Some(b)] = got {
                pairs.push([a, b]);
            }
        }
        // What is kept between runs would be counted as speed.
        for side in [0, 1] {
            self.look(side)?;
        }
        let better = self
            .project
            .figure
            .as_ref()
            .map_or(Better::Lower, |figure| figure.better);
        let log = |a: f64, b: f64| match better {
            Better::Lower => (a / b).ln(),
            Better::Higher => (b / a).ln(),
        };
        let over = |of: &dyn Fn(&Pair) -> f64| {
            let all: Vec<f64> = pairs.iter().map(of).collect();
            stats::median(&all)
        };
        let seconds = |time: Duration| time.as_secs_f64().max(1e-9);
        let nanos =
            |side: usize| Nanos((over(&|pair| seconds(pair[side].1.wall)) * 1e9).round() as u64);
        Ok(Launch {
            log_ratio: over(&|[a, b]| log(a.0, b.0)),
            original: nanos(0),
            candidate: nanos(1),
            cpu_log_ratio: self
                .project
                .figure
                .is_none()
                .then(|| over(&|[a, b]| (seconds(a.1.cpu) / seconds(b.1.cpu)).ln())),
            wall_log_ratio: None,
        })
    }

    /// One run of one side: its time in seconds, or the figure it printed.
    fn sample(&self, side: usize, cancel: &Cancel) -> Result<(f64, CommandReport), CheckFailure> {
        let time = match side {
            0 => Duration::from_secs(self.project.limits.bench),
            _ => limit(self.project, self.usual),
        };
        let report = run::run(
            self.bench,
            self.project,
            self.sides[side],
            CommandStep::Bench,
            time,
            cancel,
        )
        .map_err(CheckFailure::Harness)?;
        if let Some(how) = run::how(&report, time) {
            return Err(failed(side, &report, &how, time));
        }
        let value = match &self.project.figure {
            None => report.wall.as_secs_f64().max(1e-9),
            Some(wanted) => figure(&wanted.pattern, &report)
                .ok_or_else(|| failed(side, &report, "it did not print its figure", time))?,
        };
        if side == 1 && report.left > 0 {
            return Err(rejected(
                "background_work",
                "Its bench ended while processes of it went on; all work must be done when the bench ends.",
            ));
        }
        Ok((value, report))
    }

    fn look(&mut self, side: usize) -> Result<(), CheckFailure> {
        let now = copy::state(&self.sides[side].folder, &self.sides[side].temporary());
        let kinds = copy::kinds(&copy::touched(&self.before[side], &now));
        if side == 0 {
            self.leaves.extend(kinds);
            return Ok(());
        }
        match kinds.difference(&self.leaves).next() {
            None => Ok(()),
            Some(path) => Err(left_behind(path)),
        }
    }
}

/// A refusal of what a bench left where the original's leaves nothing.
pub(crate) fn left_behind(path: &str) -> CheckFailure {
    rejected(
        "leaves_files",
        &format!(
            "Its bench leaves or changes files at {path}, where the original's does not; what is kept between runs is no speed."
        ),
    )
}

/// A rule's refusal.
pub(crate) fn rejected(rule: &str, message: &str) -> CheckFailure {
    CheckFailure::Candidate(Box::new(Evaluation::Rejected {
        rule: rule.to_owned(),
        message: message.to_owned(),
    }))
}

/// A bench that failed.
pub(crate) fn failed(
    side: usize,
    report: &CommandReport,
    how: &str,
    time: Duration,
) -> CheckFailure {
    use super::super::supervise::CommandEnd;
    match (side, &report.end) {
        (0, _) => CheckFailure::Harness(HarnessError::Problem {
            what: format!(
                "the bench of the original failed: {how}; its last lines:\n{}",
                run::last_words(report, 12)
            ),
        }),
        (_, CommandEnd::Time) => CheckFailure::Candidate(Box::new(Evaluation::TimedOut {
            stage: Stage::Time,
            limit: time.into(),
        })),
        _ => CheckFailure::Candidate(Box::new(Evaluation::Crashed {
            how: format!("{how}: {}", run::last_words(report, 4)),
            stage: Stage::Time,
        })),
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::supervise::CommandEnd;
    use super::*;

    #[test]
    fn the_last_figure_printed_counts() {
        let report = CommandReport {
            end: CommandEnd::Code(0),
            wall: Duration::ZERO,
            cpu: Duration::ZERO,
            left: 0,
            out: "time: 12.5 ms\ntime: 1,250.5 ms\n".to_owned(),
            err: String::new(),
        };
        assert_eq!(figure("time: ([0-9.,]+) ms", &report), Some(1250.5));
        assert_eq!(figure("rate: ([0-9.]+)", &report), None);
    }

    #[test]
    fn short_benches_run_more_often_in_a_launch() {
        assert_eq!(rounds(Duration::from_secs(2)), 1);
        assert_eq!(rounds(Duration::from_millis(100)), 3);
        assert_eq!(rounds(Duration::from_millis(5)), MOST_ROUNDS);
    }
}

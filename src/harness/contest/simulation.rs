//! How often a run returns a candidate that is more than 2 % slower than its best one: true speeds and noise are known,
//! first measurements, contest and rules are those of the program. Beside it the rule that a later candidate takes over
//! only if its interval lies above (as this program once had it), and the paper's greatest estimate.

use super::rule::{LOOKS, Race};
use crate::domain::best::{RankedCandidate, contenders, leader};
use crate::domain::contest::Extent;
use crate::domain::id::{AgentId, CandidateId, Round};
use crate::domain::measurement::Speedup;
use crate::domain::spec::Preset;
use crate::stats;

/// Runs of each kind.
const RUNS: usize = 1_000;
/// What may be lost.
const LOSS: f64 = 0.02;

/// What a machine does to times, on the log scale.
#[derive(Clone, Copy)]
struct Machine {
    name: &'static str,
    /// Deviation of a launch.
    launch: f64,
    /// One launch in twenty deviates five times as much.
    tails: bool,
    /// Deviation that all launches of one measurement share: its interval knows nothing of it.
    session: f64,
    /// Launches that a contest of all has time for.
    most: usize,
}

const MACHINES: [Machine; 3] = [
    Machine {
        name: "quiet",
        launch: 0.008,
        tails: false,
        session: 0.005,
        most: 96,
    },
    Machine {
        name: "quiet, heavy tails",
        launch: 0.01,
        tails: true,
        session: 0.01,
        most: 68,
    },
    Machine {
        name: "busy",
        launch: 0.05,
        tails: true,
        session: 0.03,
        most: 48,
    },
];

struct Draw(fastrand::Rng);

impl Draw {
    /// Normal, by Box and Muller.
    fn normal(&mut self, deviation: f64) -> f64 {
        let (u, v) = (1.0 - self.0.f64(), self.0.f64());
        deviation * (-2.0 * u.ln()).sqrt() * (std::f64::consts::TAU * v).cos()
    }

    fn launch(&mut self, machine: Machine) -> f64 {
        let wild = machine.tails && self.0.f64() < 0.05;
        self.normal(machine.launch * if wild { 5.0 } else { 1.0 })
    }

    /// Log speedups of a run's candidates: four rounds of three; near the best they lie close together.
    fn truths(&mut self) -> Vec<f64> {
        let top = 0.3 + 2.0 * self.0.f64();
        let spread = [0.01, 0.04, 0.15][self.0.usize(..3)];
        let one = |_| (top - self.normal(spread).abs()).max(-0.2);
        (0..12).map(one).collect()
    }

    /// A candidate's first figure: launches until the harness would stop.
    fn measured(&mut self, truth: f64, machine: Machine) -> Speedup {
        let center = truth + self.normal(machine.session);
        let mut logs = Vec::new();
        loop {
            let pair = self.launch(machine) - self.launch(machine);
            logs.push(center + pair);
            let done = logs.len() == stats::LOOKS[stats::LOOKS.len() - 1];
            if let (true, Some(interval)) =
                (stats::LOOKS.contains(&logs.len()), stats::interval(&logs))
                && (done || stats::enough(interval) || stats::futile(&logs))
            {
                return stats::speedup(interval);
            }
        }
    }

    /// A contest among these.
    fn contest(&mut self, truths: &[f64], machine: Machine) -> (usize, usize) {
        let extent = |_| Extent {
            lines: self.0.u32(5..50),
            bytes: 0,
        };
        let mut race = Race::new(truths.iter().map(extent).collect());
        let most = machine.most.min(LOOKS[LOOKS.len() - 1]);
        while race.launches() < most {
            let running = race.running();
            let time = |at: usize| {
                let takes_part = running.contains(&at);
                takes_part.then(|| vec![self.launch(machine) - truths[at]])
            };
            if race.take((0..truths.len()).map(time).collect()) {
                break;
            }
        }
        (race.end().map_or(0, |ended| ended.winner), race.launches())
    }
}

/// The earlier rule: only an interval that lies wholly above takes over.
fn first_unless_above(entries: &[RankedCandidate]) -> Option<RankedCandidate> {
    entries
        .iter()
        .fold(None, |best: Option<RankedCandidate>, next| {
            match next.speedup.lo > best.map_or(1.0, |best| best.speedup.hi) {
                true => Some(*next),
                false => best,
            }
        })
}

/// Shares of runs whose result is more than 2 % slower than their best: by the contest, by the highest lower bound
/// alone, by the earlier rule, by the paper's. And the mean number of launches of a contest.
fn losses(machine: Machine) -> ([f64; 4], f64) {
    let mut draw = Draw(fastrand::Rng::with_seed(9));
    let mut lost = [0_usize; 4];
    let mut launches = 0;
    for _ in 0..RUNS {
        let truths = draw.truths();
        let entry = |(at, truth): (u16, &f64)| {
            let speedup = draw.measured(*truth, machine);
            RankedCandidate {
                id: CandidateId::first(Round(at), AgentId(0)),
                speedup,
                verdict: stats::verdict(speedup),
            }
        };
        let entries: Vec<RankedCandidate> = (0..).zip(&truths).map(entry).collect();
        let at = |entry: RankedCandidate| usize::from(entry.id.round.0);
        let met: Vec<usize> = contenders(&entries).into_iter().map(at).collect();
        let won = match met.as_slice() {
            [] => None,
            [one] => Some(*one),
            several => {
                let speeds: Vec<f64> = several.iter().map(|at| truths[*at]).collect();
                let (winner, took) = draw.contest(&speeds, machine);
                launches += took;
                Some(several[winner])
            }
        };
        let returned = [
            won,
            leader(Preset::Corrected, &entries).map(at),
            first_unless_above(&entries).map(at),
            leader(Preset::Paper, &entries).map(at),
        ];
        let best = truths.iter().copied().fold(0.0, f64::max);
        for (lost, returned) in lost.iter_mut().zip(returned) {
            let speed = returned.map_or(0.0, |at| truths[at]);
            *lost += usize::from(best - speed > (1.0 + LOSS).ln());
        }
    }
    let share = |n: usize| n as f64 / RUNS as f64;
    (lost.map(share), launches as f64 / RUNS as f64)
}

#[test]
fn a_contest_seldom_returns_more_than_two_per_cent_below_the_best() {
    for machine in MACHINES {
        let ([contest, bound, earlier, paper], launches) = losses(machine);
        println!(
            "{:20} more than 2 % below the best: contest {:.1} %, highest lower bound {:.1} %, first unless above {:.1} %, paper {:.1} %; {launches:.1} launches",
            machine.name,
            100.0 * contest,
            100.0 * bound,
            100.0 * earlier,
            100.0 * paper
        );
        assert!(contest <= 0.05, "{}: {contest}", machine.name);
        assert!(contest < paper && contest < bound, "{}", machine.name);
        assert!(paper < earlier, "{}", machine.name);
    }
}

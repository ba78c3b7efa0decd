//! Who of several contenders is the best, decided from their times in the same rounds. Pure; never times anything.
//!
//! A sequential elimination: at planned looks the contender with the best mean is compared with each other one by
//! Student's interval over launches of the paired log ratio, at a level corrected for the looks and the comparisons
//! (Bonferroni), so that everything said at the end is right together with 95 % confidence. Who is surely slower leaves;
//! it ends when the rest is within 1 % of the best (an indifference zone; Kim and Nelson, ACM TOMACS 11(3), 2001), and then
//! the simplest is taken.

use crate::domain::contest::{Extent, MARGIN};
use crate::stats::{self, LogInterval};

/// Numbers of launches after which we look.
pub(crate) const LOOKS: [usize; 10] = [4, 6, 9, 13, 18, 24, 34, 48, 68, 96];
/// From this look on it is enough that nobody can be more than [`MARGIN`] faster than the best.
const CLOSE: usize = 24;
/// Chance that anything said is wrong.
pub(crate) const ALPHA: f64 = 0.05;

/// The times of a launch: of each contender, the logarithms of its rounds; `None`: it did not take part. All that took
/// part have as many rounds.
pub(crate) type LaunchLogs = Vec<Option<Vec<f64>>>;

/// What is known of a contender.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    In,
    Slower,
    Out,
}

/// What became of a contender that did not win.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LookFound {
    /// Surely slower.
    Slower,
    /// Surely within the margin of the winner.
    Equal,
    /// Neither.
    Open,
    /// It failed.
    Out,
}

/// A contest so far.
#[derive(Debug)]
pub(crate) struct Race {
    extents: Vec<Extent>,
    states: Vec<State>,
    launches: Vec<LaunchLogs>,
}

/// How a contest ended.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct RaceEnd {
    /// The best one.
    pub(crate) winner: usize,
    /// The others with what was found and by how much the winner is faster, on the log scale.
    pub(crate) others: Vec<(usize, LookFound, Option<LogInterval>)>,
}

impl Race {
    /// Among contenders with codes of these lengths.
    pub(crate) fn new(extents: Vec<Extent>) -> Self {
        Self {
            states: vec![State::In; extents.len()],
            extents,
            launches: Vec::new(),
        }
    }

    /// Who still takes part.
    pub(crate) fn running(&self) -> Vec<usize> {
        let all = 0..self.states.len();
        all.filter(|at| self.states[*at] == State::In).collect()
    }

    /// How many launches there were.
    pub(crate) fn launches(&self) -> usize {
        self.launches.len()
    }

    /// One failed and takes no further part. Those that were slower than it may be the best of the rest.
    pub(crate) fn fails(&mut self, contender: usize) {
        self.states[contender] = State::Out;
        let slower = self.states.iter_mut().filter(|s| **s == State::Slower);
        slower.for_each(|state| *state = State::In);
    }

    /// Takes in a launch. Whether it is decided.
    pub(crate) fn take(&mut self, launch: LaunchLogs) -> bool {
        self.launches.push(launch);
        LOOKS.contains(&self.launches.len()) && self.look()
    }

    /// Lets those go that are surely slower. Whether the rest is decided.
    fn look(&mut self) -> bool {
        let Some(best) = self.leader() else {
            return true;
        };
        let mut decided = true;
        for other in self.running() {
            if other == best {
                continue;
            }
            let Some(lead) = self.lead(best, other) else {
                decided = false;
                continue;
            };
            if lead.mean - lead.half > 0.0 {
                self.states[other] = State::Slower;
                continue;
            }
            let close = self.launches() >= CLOSE && lead.half - lead.mean <= MARGIN.ln();
            decided &= close || within(lead);
        }
        decided
    }

    /// The one with the best mean of those that still take part.
    fn leader(&self) -> Option<usize> {
        let running = self.running();
        let first = *running.first()?;
        let mean = |other: usize| {
            let leads = self.leads(other, first);
            leads.iter().sum::<f64>() / leads.len().max(1) as f64
        };
        let means = running.into_iter().map(|at| (at, mean(at)));
        means
            .reduce(|best, next| if next.1 > best.1 { next } else { best })
            .map(|(at, _)| at)
    }

    /// By how much one is faster than another in each launch of both, on the log scale: the median of the rounds.
    fn leads(&self, one: usize, other: usize) -> Vec<f64> {
        let both = self.launches.iter().filter_map(|launch| {
            let pair = launch[one].as_ref().zip(launch[other].as_ref());
            pair.map(|(own, theirs)| {
                let rounds: Vec<f64> = own.iter().zip(theirs).map(|(a, b)| b - a).collect();
                stats::median(&rounds)
            })
        });
        both.collect()
    }

    /// The same over all launches, with its interval.
    fn lead(&self, one: usize, other: usize) -> Option<LogInterval> {
        let comparisons = LOOKS.len() * self.extents.len().saturating_sub(1).max(1);
        stats::interval_at(&self.leads(one, other), ALPHA / comparisons as f64)
    }

    /// The winner as things stand; `None`: everybody failed.
    pub(crate) fn end(&self) -> Option<RaceEnd> {
        let best = self.leader()?;
        let equal = |other: &usize| {
            let lead = self.lead(best, *other);
            *other == best || lead.is_some_and(within)
        };
        let running = self.running();
        let equal: Vec<usize> = running.into_iter().filter(equal).collect();
        let simplest = equal.iter().copied();
        let winner = simplest.min_by_key(|at| self.extents[*at]).unwrap_or(best);
        let others = (0..self.states.len()).filter(|other| *other != winner);
        let others = others.map(|other| {
            let found = match self.states[other] {
                State::Out => LookFound::Out,
                State::Slower => LookFound::Slower,
                State::In if equal.contains(&other) => LookFound::Equal,
                State::In => LookFound::Open,
            };
            (other, found, self.lead(winner, other))
        });
        let others = others.collect();
        Some(RaceEnd { winner, others })
    }
}

/// Whether a difference is within the margin, either way.
fn within(lead: LogInterval) -> bool {
    lead.mean.abs() + lead.half <= MARGIN.ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn extents(lines: &[u32]) -> Vec<Extent> {
        let extent = |lines: &u32| Extent {
            lines: *lines,
            bytes: 10 * lines,
        };
        lines.iter().map(extent).collect()
    }

    /// Launches in which the contenders take these times, give or take `noise` in turn, until it is decided.
    fn run(race: &mut Race, times: &[f64], noise: f64, most: usize) {
        for number in 0..most {
            let sign = |at: usize| match (number + at) % 4 {
                0 | 3 => 1.0,
                _ => -1.0,
            };
            let times = times.iter().enumerate();
            let launch = times.map(|(at, time)| Some(vec![time.ln() + noise * sign(at); 3]));
            if race.take(launch.collect()) {
                return;
            }
        }
    }

    #[test]
    fn the_fastest_wins_whatever_its_place_and_length() {
        let mut race = Race::new(extents(&[5, 90, 7]));
        run(&mut race, &[1.1, 1.0, 1.2], 0.002, 96);
        assert_eq!(race.launches(), 4);
        let ended = race.end().unwrap();
        assert_eq!(ended.winner, 1);
        let found: Vec<(usize, LookFound)> = ended.others.iter().map(|o| (o.0, o.1)).collect();
        assert_eq!(found, [(0, LookFound::Slower), (2, LookFound::Slower)]);
        let lead = ended.others[0].2.unwrap();
        assert!((lead.mean - 1.1_f64.ln()).abs() < 0.002 && lead.half > 0.0);
    }

    #[test]
    fn of_equally_fast_ones_the_shortest_wins() {
        let mut race = Race::new(extents(&[30, 20, 10]));
        run(&mut race, &[1.0, 1.002, 1.3], 0.001, 96);
        let ended = race.end().unwrap();
        let found: Vec<(usize, LookFound)> = ended.others.iter().map(|o| (o.0, o.1)).collect();
        assert_eq!(
            (ended.winner, found),
            (1, vec![(0, LookFound::Equal), (2, LookFound::Slower)])
        );
        let mut race = Race::new(extents(&[10, 10]));
        run(&mut race, &[1.0, 1.0], 0.0, 96);
        assert_eq!(race.end().unwrap().winner, 0, "the earlier of two alike");
    }

    #[test]
    fn what_noise_hides_is_left_open_and_costs_no_more_than_all_launches() {
        let mut race = Race::new(extents(&[10, 5]));
        run(&mut race, &[1.0, 1.01], 0.2, 96);
        assert_eq!(race.launches(), 96);
        let ended = race.end().unwrap();
        assert_eq!((ended.winner, ended.others[0].1), (0, LookFound::Open));
    }

    #[test]
    fn who_fails_is_out_and_the_rest_goes_on() {
        let mut race = Race::new(extents(&[1, 2, 3]));
        race.fails(0);
        assert_eq!(race.running(), [1, 2]);
        for _ in 0..4 {
            race.take(vec![None, Some(vec![0.0]), Some(vec![0.1])]);
        }
        let ended = race.end().unwrap();
        assert_eq!((ended.winner, ended.others[0].1), (1, LookFound::Out));
        assert_eq!(ended.others[1].1, LookFound::Slower);
        race.fails(1);
        assert_eq!(race.end().unwrap().winner, 2, "slower than who failed");
        race.fails(2);
        assert_eq!(race.end(), None);
    }
}

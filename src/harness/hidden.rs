//! Work that a candidate would rather not have timed: before its call, after it, or beside the original's. Seen by the
//! kernel's processor clocks, which no candidate can turn back. Never looks at a ratio to choose between results.

use std::time::{Duration, Instant};

use super::runner::Runner;
use super::side_pair::Sides;
use super::stats;
use super::timing::Sample;

/// How long a parallel candidate is watched after its first timed call.
const IDLE: Duration = Duration::from_millis(30);

/// Whether a side whose call has returned uses the processor all the same.
pub(crate) fn goes_on(runner: &Runner) -> bool {
    let Some(before) = runner.cpu() else {
        return false;
    };
    let begun = Instant::now();
    while begun.elapsed() < IDLE {
        std::thread::sleep(Duration::from_millis(1));
        let used = runner.cpu().map(|now| now.saturating_sub(before));
        if used.is_some_and(|used| used > Duration::from_millis(1)) {
            return true;
        }
    }
    false
}

/// Looks after the first calls of a launch. One sighting may be the machine's doing: where a host takes the core away
/// from a worker that is falling asleep, the kernel's clock books that on the worker. So a sighting is looked for again.
pub(crate) struct IdleWatch {
    looks: u32,
    seen: u32,
}

impl IdleWatch {
    /// Looks at all only where that is asked for.
    pub(crate) fn new(wanted: bool) -> Self {
        Self {
            looks: u32::from(wanted),
            seen: 0,
        }
    }

    /// Whether the next call is to be watched.
    pub(crate) fn wants_to_look(&self) -> bool {
        self.looks > 0
    }

    /// Takes in what one look showed. Whether that is proof: two sightings in at most three calls.
    pub(crate) fn take_in(&mut self, seen: bool) -> bool {
        self.looks -= 1;
        self.seen += u32::from(seen);
        if (self.seen, seen) == (1, true) {
            self.looks = 2;
        }
        self.seen > 1
    }
}

/// Whether the candidate's process works as much beside the call as it saves in it: making and emitting are the same
/// code on both sides.
pub(crate) fn works_untimed(rounds: &[Sides<Sample>]) -> bool {
    let median = |what: &dyn Fn(&Sample) -> Option<Duration>| {
        let of = |side: fn(&Sides<Sample>) -> &Sample| {
            let all: Vec<f64> = rounds
                .iter()
                .filter_map(|samples| what(side(samples)))
                .map(|d| d.as_secs_f64())
                .collect();
            stats::median(&all)
        };
        Sides {
            original: of(|samples| &samples.original),
            candidate: of(|samples| &samples.candidate),
        }
    };
    let around = median(&|sample| sample.around);
    let call = median(&|sample| sample.cpu);
    let saved = call.original - call.candidate;
    let more = around.candidate - around.original;
    saved > 0.0 && more > 0.5 * saved && more > around.original && more > 200e-6
}

/// A launch's work around the calls, in seconds a sample, medians over its rounds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct AroundCall {
    /// By how much the candidate's work around the call exceeds the original's.
    pub(crate) more: f64,
    /// The candidate's work in the call.
    pub(crate) call: f64,
    /// By how much `more` exceeds half of what the candidate saves in the call; negative where it saves too little to
    /// matter. Positive in launch after launch: the work was moved, not saved.
    pub(crate) moved: f64,
}

/// What a launch's rounds show of work around the calls; `None` without processor clocks.
pub(crate) fn around(rounds: &[Sides<Sample>]) -> Option<AroundCall> {
    let over = |of: &dyn Fn(&Sides<Sample>) -> Option<f64>| {
        let all: Option<Vec<f64>> = rounds.iter().map(of).collect();
        all.map(|all| stats::median(&all))
    };
    let seconds = |time: Option<Duration>| time.map(|time| time.as_secs_f64());
    let saved = over(&|both| Some(seconds(both.original.cpu)? - seconds(both.candidate.cpu)?))?;
    let more =
        over(&|both| Some(seconds(both.candidate.around)? - seconds(both.original.around)?))?;
    let call = over(&|both| Some(both.candidate.wall.as_secs_f64()))?;
    let moved = match saved > 50e-6 {
        true => more - 0.5 * saved,
        false => -saved.abs(),
    };
    Some(AroundCall { more, call, moved })
}

/// By how much each launch's log ratio is less when the candidate's work around the call counts with the call. `None`
/// where that work is not surely more than the original's, or small against the call: making inputs and reading outputs
/// are the same code on both sides, but what a call leaves in the caches differs a little.
pub(crate) fn counted_with_the_call(launches: &[AroundCall]) -> Option<Vec<f64>> {
    let more: Vec<f64> = launches.iter().map(|one| one.more).collect();
    let call: Vec<f64> = launches.iter().map(|one| one.call).collect();
    let matters = stats::mean(&more) > NOT_SMALL * stats::mean(&call);
    (matters && stats::surely_positive(&more)).then(|| {
        let one = |one: &AroundCall| (1.0 + (one.more / one.call.max(1e-9)).max(0.0)).ln();
        launches.iter().map(one).collect()
    })
}

/// The share of the call from which on work around it counts.
const NOT_SMALL: f64 = 0.1;

#[cfg(test)]
mod tests {
    use super::*;

    fn of(wall: u64, around: u64) -> Sample {
        let micros = Duration::from_micros;
        Sample {
            wall: micros(wall),
            cpu: Some(micros(wall)),
            around: Some(micros(around)),
            rest: crate::runner::Rest::Waiting,
            counted: crate::counters::Count::default(),
        }
    }

    fn both(original: Sample, candidate: Sample) -> Sides<Sample> {
        Sides {
            original,
            candidate,
        }
    }

    #[test]
    fn work_after_a_call_is_believed_when_it_is_seen_twice() {
        let proof = |sights: &[bool]| {
            let mut watch = IdleWatch::new(true);
            let mut all = sights.iter();
            let mut proof = false;
            while watch.wants_to_look() && !proof {
                proof = watch.take_in(*all.next().unwrap());
            }
            (proof, all.len())
        };
        assert_eq!(proof(&[false]), (false, 0));
        assert_eq!(proof(&[true, true]), (true, 0));
        assert_eq!(proof(&[true, false, true]), (true, 0));
        assert_eq!(proof(&[true, false, false]), (false, 0));
        assert!(!IdleWatch::new(false).wants_to_look());
    }

    #[test]
    fn work_moved_out_of_the_call_is_seen() {
        assert!(works_untimed(&[both(of(2000, 100), of(100, 1800))]));
        assert!(!works_untimed(&[both(of(2000, 100), of(100, 150))]));
        assert!(!works_untimed(&[both(of(2000, 100), of(2000, 400))]));
    }

    #[test]
    fn work_that_turns_up_around_the_call_was_moved() {
        let moved_of = |rounds: &[Sides<Sample>]| around(rounds).unwrap().moved;
        assert!(moved_of(&[both(of(1000, 9000), of(10, 9900)); 3]) > 0.0);
        assert!(moved_of(&[both(of(1000, 9000), of(10, 9100)); 3]) < 0.0);
        assert!(moved_of(&[both(of(1000, 9000), of(1000, 9900)); 3]) <= 0.0);
    }

    #[test]
    fn work_around_the_call_counts_with_it_where_it_is_certain_and_not_small() {
        let launch = |more: f64| AroundCall {
            more,
            call: 1e-3,
            moved: -1.0,
        };
        let all = |values: [f64; 4]| values.map(launch);
        let counted = counted_with_the_call(&all([1e-3, 1.01e-3, 0.99e-3, 1e-3])).unwrap();
        assert!((counted[0] - 2.0_f64.ln()).abs() < 1e-12);
        assert_eq!(
            counted_with_the_call(&all([5e-5, 5.1e-5, 4.9e-5, 5e-5])),
            None
        );
        assert_eq!(
            counted_with_the_call(&all([1e-3, -1e-3, 1e-3, -0.9e-3])),
            None
        );
    }
}

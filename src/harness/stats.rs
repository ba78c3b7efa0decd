//! The statistics of a paired timing, pure. Never times anything.
//!
//! The unit is the process launch, not the iteration (Kalibera and Jones, ISMM 2013): each launch gives the median over
//! its rounds of ln(t original / t candidate). At planned looks a Student interval over the launches is computed at a
//! level corrected for the number of looks (Bonferroni), and timing stops once it is narrow enough.

use statrs::distribution::{ChiSquared, ContinuousCDF, StudentsT};

use crate::domain::measurement::{Speedup, Verdict};

/// Numbers of launches after which we look.
pub(crate) const LOOKS: [usize; 6] = [4, 6, 9, 13, 18, 24];

/// Chance, over all looks together, that the interval misses the truth.
const ALPHA: f64 = 0.05;

/// Half-widths below this are always narrow enough: 1 %.
const FINE: f64 = 1.01;

/// An interval on the log scale.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct LogInterval {
    /// Mean of the launches' log ratios.
    pub(crate) mean: f64,
    /// Half of its width.
    pub(crate) half: f64,
}

/// The median; NaN of nothing.
pub(crate) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    match sorted.len() {
        0 => f64::NAN,
        n if n % 2 == 1 => sorted[n / 2],
        n => f64::midpoint(sorted[n / 2 - 1], sorted[n / 2]),
    }
}

/// The mean; NaN of nothing.
pub(crate) fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Student's interval over launches, at the level of one of the planned looks. `None` below two launches.
pub(crate) fn interval(launches: &[f64]) -> Option<LogInterval> {
    interval_at(launches, ALPHA / LOOKS.len() as f64)
}

/// Student's interval over launches that misses the truth with this chance. `None` below two launches.
pub(crate) fn interval_at(launches: &[f64], alpha: f64) -> Option<LogInterval> {
    let n = launches.len();
    if n < 2 {
        return None;
    }
    let (mean, variance) = moments(launches);
    let student = StudentsT::new(0.0, 1.0, n as f64 - 1.0).ok()?;
    Some(LogInterval {
        mean,
        half: student.inverse_cdf(1.0 - alpha / 2.0) * (variance / n as f64).sqrt(),
    })
}

/// Student's interval over builds, each one's estimate counting once: a single look, so not corrected.
pub(crate) fn over_builds(estimates: &[f64]) -> Option<LogInterval> {
    if estimates.len() < 3 {
        return None;
    }
    let (mean, variance) = moments(estimates);
    let count = estimates.len() as f64;
    let student = StudentsT::new(0.0, 1.0, count - 1.0).ok()?;
    Some(LogInterval {
        mean,
        half: student.inverse_cdf(1.0 - ALPHA / 2.0) * (variance / count).sqrt(),
    })
}

/// Whether the mean of what launches show is above zero, with an error of one in two hundred.
pub(crate) fn surely_positive(values: &[f64]) -> bool {
    let n = values.len();
    if n < 4 {
        return false;
    }
    let (mean, variance) = moments(values);
    let Ok(student) = StudentsT::new(0.0, 1.0, n as f64 - 1.0) else {
        return false;
    };
    mean > student.inverse_cdf(0.995) * (variance / n as f64).sqrt()
}

/// Mean and variance of two launches or more.
fn moments(launches: &[f64]) -> (f64, f64) {
    let count = launches.len() as f64;
    let mean = launches.iter().sum::<f64>() / count;
    let squares = launches.iter().map(|d| (d - mean).powi(2)).sum::<f64>();
    (mean, squares / (count - 1.0))
}

/// Student's quantile for `n` launches at the level of one look.
fn quantile(n: usize) -> Option<f64> {
    let level = 1.0 - ALPHA / (2.0 * LOOKS.len() as f64);
    let student = StudentsT::new(0.0, 1.0, n as f64 - 1.0).ok()?;
    Some(student.inverse_cdf(level))
}

/// Whether no later look can be expected to allow a verdict: not with launches that go on differing as much as these do and
/// a mean that moves by one standard error. Stopping then says nothing about the candidate, so it costs no error; only a
/// verdict that was unlikely is given up. By simulation (launches that differ by 1.5 %, one in ten three times as much)
/// identical code takes 8 launches instead of the 17 that two standard errors and the lower 90 % bound of the deviation
/// take; a gain of 3 % is found 89 times of 100 instead of 94, one of 5 % always.
pub(crate) fn futile(launches: &[f64]) -> bool {
    let n = launches.len();
    if n < LOOKS[0] {
        return false;
    }
    let (mean, variance) = moments(launches);
    let freedom = n as f64 - 1.0;
    let Ok(chi) = ChiSquared::new(freedom) else {
        return false;
    };
    let deviation = (variance * freedom / chi.inverse_cdf(0.5)).sqrt();
    let hopeless = |later: usize| {
        let half = quantile(later).map_or(0.0, |t| t * deviation / (later as f64).sqrt());
        let moves = deviation * (1.0 / n as f64 - 1.0 / later as f64).sqrt();
        let (far, near) = (mean.abs() + moves, (mean.abs() - moves).max(0.0));
        far - half <= FINE.ln() && near + half >= FINE.ln()
    };
    LOOKS
        .iter()
        .filter(|later| **later > n)
        .all(|n| hopeless(*n))
}

/// Whether an interval is narrow enough to stop: 1 %, or a fifth of the effect, and it allows a verdict. The further
/// launches that near ties take cost no error: every look is counted in the level.
pub(crate) fn enough(interval: LogInterval) -> bool {
    narrow(interval) && verdict(speedup(interval)) != Verdict::Unresolved
}

fn narrow(interval: LogInterval) -> bool {
    interval.half <= FINE.ln().max(0.2 * interval.mean.abs())
}

/// Whether a reported speedup's interval is wider than what timing aims at.
pub(crate) fn too_wide(speedup: Speedup) -> bool {
    !narrow(LogInterval {
        mean: speedup.estimate.ln(),
        half: (speedup.hi / speedup.lo).ln() / 2.0,
    })
}

/// The interval as a speedup.
pub(crate) fn speedup(interval: LogInterval) -> Speedup {
    Speedup {
        estimate: interval.mean.exp(),
        lo: (interval.mean - interval.half).exp(),
        hi: (interval.mean + interval.half).exp(),
    }
}

/// What an interval allows us to say.
pub(crate) fn verdict(speedup: Speedup) -> Verdict {
    if speedup.lo > 1.01 {
        Verdict::Faster
    } else if speedup.hi < 0.99 {
        Verdict::Slower
    } else if speedup.lo >= 0.99 && speedup.hi <= 1.01 {
        Verdict::Same
    } else {
        Verdict::Unresolved
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_are_the_middle() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), 2.5);
        assert!(median(&[]).is_nan());
    }

    #[test]
    fn two_launches_follow_the_cauchy_quantile() {
        // With one degree of freedom Student's t is Cauchy's distribution, whose quantile is tan(π(p − ½)).
        let level: f64 = 1.0 - 0.05 / 12.0;
        let expected = (std::f64::consts::PI * (level - 0.5)).tan() * 0.5;
        let found = interval(&[0.0, 1.0]).unwrap();
        assert!((found.mean - 0.5).abs() < 1e-12);
        assert!(
            (found.half / expected - 1.0).abs() < 1e-6,
            "{found:?} {expected}"
        );
    }

    #[test]
    fn three_launches_follow_the_closed_form_for_two_degrees_of_freedom() {
        // For two degrees of freedom the quantile is (2p − 1)·√(2 / (4p(1 − p))).
        let p: f64 = 1.0 - 0.05 / 12.0;
        let quantile = (2.0 * p - 1.0) * (2.0 / (4.0 * p * (1.0 - p))).sqrt();
        let found = interval(&[-1.0, 0.0, 1.0]).unwrap();
        assert!((found.half - quantile / 3.0_f64.sqrt()).abs() < 1e-6 * quantile);
    }

    #[test]
    fn equal_launches_have_no_width() {
        let found = interval(&[0.5; 4]).unwrap();
        assert_eq!((found.mean, found.half), (0.5, 0.0));
        assert!(enough(found));
        assert_eq!(interval(&[1.0]), None);
    }

    #[test]
    fn large_effects_may_be_wide_and_small_ones_not() {
        assert!(enough(LogInterval {
            mean: 1.0,
            half: 0.19
        }));
        assert!(too_wide(Speedup {
            estimate: 4.74,
            lo: 2.52,
            hi: 8.89
        }));
        assert!(!enough(LogInterval {
            mean: 0.02,
            half: 0.011
        }));
        assert!(enough(LogInterval {
            mean: 0.0,
            half: 0.0099
        }));
        assert!(!enough(LogInterval {
            mean: 0.003,
            half: 0.0099
        }));
    }

    #[test]
    fn hopeless_ties_are_given_up_and_hopeful_ones_are_not() {
        let around = |mean: f64, deviation: f64, n: usize| -> Vec<f64> {
            let sign = |i: usize| if i.is_multiple_of(2) { 1.0 } else { -1.0 };
            (0..n).map(|i| mean + sign(i) * deviation).collect()
        };
        assert!(futile(&around(0.0, 0.06, 6)));
        assert!(futile(&around(0.01, 0.04, 18)));
        // It may become `same`, or a difference may show.
        assert!(!futile(&around(0.0, 0.01, 6)));
        assert!(!futile(&around(0.08, 0.06, 6)));
        assert!(!futile(&around(0.0, 0.06, 3)));
    }

    #[test]
    fn sure_is_what_every_launch_shows() {
        assert!(surely_positive(&[1.0, 1.1, 0.9, 1.0]));
        assert!(!surely_positive(&[1.0, -1.0, 2.0, 0.5]));
        assert!(!surely_positive(&[1.0, 1.0, 1.0]));
    }

    #[test]
    fn verdicts_need_the_whole_interval() {
        let at = |lo, hi| {
            verdict(Speedup {
                estimate: f64::midpoint(lo, hi),
                lo,
                hi,
            })
        };
        assert_eq!(at(1.02, 1.5), Verdict::Faster);
        assert_eq!(at(1.005, 1.5), Verdict::Unresolved);
        assert_eq!(at(0.5, 0.98), Verdict::Slower);
        assert_eq!(at(0.995, 1.005), Verdict::Same);
        assert_eq!(at(0.98, 1.005), Verdict::Unresolved);
    }
}

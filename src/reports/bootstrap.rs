//! Intervals of differences: the paired bootstrap over clusters (Efron and Tibshirani 1993, chapters 8 and 13), expanded
//! for small samples (Hesterberg 2015, arXiv 1411.5279), and Welch's interval (Welch 1947). Pure; the sequence of draws
//! is fixed, so that the same facts give the same interval for ever. Never claims anything of too little data.

use serde::Serialize;
use statrs::distribution::{ContinuousCDF, Normal, StudentsT};

use crate::domain::carried::Arm;

/// Resamples of a bootstrap.
const RESAMPLES: usize = 10_000;
/// Clusters below which an interval over clusters is not given.
pub const FEWEST_CLUSTERS: usize = 5;
/// The share of intervals that are to hold the truth.
pub const CONFIDENCE: f64 = 0.95;

/// An estimate with its interval; `lo ≤ hi`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Interval {
    /// The estimate.
    pub estimate: f64,
    /// Lower end.
    pub lo: f64,
    /// Upper end.
    pub hi: f64,
}

impl Interval {
    /// Whether the interval leaves this value open.
    pub fn holds(&self, value: f64) -> bool {
        self.lo <= value && value <= self.hi
    }

    /// The same on another scale; `scale` must rise.
    #[must_use]
    pub fn map(self, scale: impl Fn(f64) -> f64) -> Self {
        Self {
            estimate: scale(self.estimate),
            lo: scale(self.lo),
            hi: scale(self.hi),
        }
    }
}

/// splitmix64 (Steele et al. 2014): small, and the same for ever.
struct Draws(u64);

impl Draws {
    /// An index below `count`, which is not 0. Multiply-shift (Lemire 2019); its bias is below 2⁻³².
    fn below(&mut self, count: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^= z >> 31;
        let wide = u128::from(z) * count as u128;
        usize::try_from(wide >> 64).unwrap_or(0)
    }
}

/// The interval of `statistic` over clusters drawn with replacement: expanded percentiles at `confidence`. The statistic
/// is given the clusters drawn and may be `None` for a draw that says nothing. `None`: fewer than [`FEWEST_CLUSTERS`]
/// clusters, or a statistic that says nothing too often.
pub fn clustered<T>(
    clusters: &[T],
    confidence: f64,
    statistic: impl Fn(&[&T]) -> Option<f64>,
) -> Option<Interval> {
    if clusters.len() < FEWEST_CLUSTERS {
        return None;
    }
    let whole: Vec<&T> = clusters.iter().collect();
    let estimate = statistic(&whole).filter(|value| value.is_finite())?;
    let mut draws = Draws(0x1e55_0a11);
    let mut drawn = whole.clone();
    let mut values = Vec::with_capacity(RESAMPLES);
    for _ in 0..RESAMPLES {
        for slot in &mut drawn {
            *slot = whole[draws.below(whole.len())];
        }
        values.extend(statistic(&drawn).filter(|value| value.is_finite()));
    }
    if values.len() < RESAMPLES * 9 / 10 {
        return None;
    }
    values.sort_unstable_by(f64::total_cmp);
    let tail = expanded_tail(clusters.len(), confidence)?;
    Some(Interval {
        estimate,
        lo: quantile(&values, tail).min(estimate),
        hi: quantile(&values, 1.0 - tail).max(estimate),
    })
}

/// The tail whose percentiles make up for a bootstrap's narrowness with `n` clusters: Φ(−√(n/(n−1))·t).
fn expanded_tail(n: usize, confidence: f64) -> Option<f64> {
    let n = n as f64;
    let t = StudentsT::new(0.0, 1.0, n - 1.0).ok()?;
    let reach = t.inverse_cdf(f64::midpoint(1.0, confidence)) * (n / (n - 1.0)).sqrt();
    Some(Normal::standard().cdf(-reach))
}

/// The quantile of sorted values, interpolated.
fn quantile(sorted: &[f64], p: f64) -> f64 {
    let at = p.clamp(0.0, 1.0) * (sorted.len() - 1) as f64;
    let (below, above) = (sorted[at.floor() as usize], sorted[at.ceil() as usize]);
    below + (above - below) * at.fract()
}

/// Welch's interval of the difference of two means. `None` where it would claim too much: where even an exact permutation
/// test could not reach `1 − confidence` with so few outcomes, or where nothing varies.
pub fn welch(with: Arm, without: Arm, confidence: f64) -> Option<Interval> {
    if !could_tell(with.count, without.count, confidence) {
        return None;
    }
    let (n, m) = (f64::from(with.count), f64::from(without.count));
    let (a, b) = (spread(with) / n, spread(without) / m);
    let variance = a + b;
    if !(variance > 0.0 && variance.is_finite()) {
        return None;
    }
    let freedom = variance.powi(2) / (a.powi(2) / (n - 1.0) + b.powi(2) / (m - 1.0));
    let t = StudentsT::new(0.0, 1.0, freedom).ok()?;
    let reach = t.inverse_cdf(f64::midpoint(1.0, confidence)) * variance.sqrt();
    let estimate = with.sum / n - without.sum / m;
    Some(Interval {
        estimate,
        lo: estimate - reach,
        hi: estimate + reach,
    })
}

/// Whether the smallest p a two-sided permutation test can give with these group sizes, 2 / C(n + m, n), is small enough.
pub fn could_tell(n: u32, m: u32, confidence: f64) -> bool {
    let (small, large) = (n.min(m), n.max(m));
    if small < 2 {
        return false;
    }
    let mut ways = 1.0_f64;
    for k in 1..=small {
        ways *= (f64::from(large) + f64::from(k)) / f64::from(k);
        if ways > 1e9 {
            return true;
        }
    }
    2.0 / ways <= 1.0 - confidence
}

/// Variance of an arm's outcomes.
fn spread(arm: Arm) -> f64 {
    let n = f64::from(arm.count);
    ((arm.squares - arm.sum * arm.sum / n) / (n - 1.0)).max(0.0)
}

/// Mean of values; `None` of none.
pub fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// Standard deviation (n − 1); `None` of fewer than two values.
pub fn deviation(values: &[f64]) -> Option<f64> {
    let centre = mean(values).filter(|_| values.len() > 1)?;
    let squares: f64 = values.iter().map(|v| (v - centre).powi(2)).sum();
    Some((squares / (values.len() - 1) as f64).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arm(values: &[f64]) -> Arm {
        let mut arm = Arm::default();
        values.iter().for_each(|v| arm.add(*v));
        arm
    }

    fn of_mean(values: &[f64], confidence: f64) -> Option<Interval> {
        clustered(values, confidence, |drawn| {
            mean(&drawn.iter().map(|v| **v).collect::<Vec<_>>())
        })
    }

    #[test]
    fn the_interval_of_a_mean_is_close_to_the_t_interval() {
        let values: Vec<f64> = (0..20).map(|n| f64::from((n * 7) % 20)).collect();
        let got = of_mean(&values, 0.95).unwrap();
        // mean 9.5, s 5.916, t(19) 2.093: 9.5 ± 2.769
        assert_eq!(got.estimate, 9.5);
        assert!((got.lo - 6.731).abs() < 0.15, "{got:?}");
        assert!((got.hi - 12.269).abs() < 0.15, "{got:?}");
        assert_eq!(of_mean(&values, 0.95), Some(got), "the same for ever");
        let wider = of_mean(&values, 0.99).unwrap();
        assert!(wider.lo < got.lo && got.hi < wider.hi);
    }

    #[test]
    fn too_few_clusters_give_no_interval() {
        assert_eq!(of_mean(&[1.0, 2.0, 3.0, 4.0], 0.95), None);
        assert_eq!(
            of_mean(&[2.0; 6], 0.95).map(|i| (i.lo, i.hi)),
            Some((2.0, 2.0))
        );
    }

    #[test]
    fn welchs_interval_is_the_textbooks() {
        // two samples of five: means 10 and 8, variances 2.5 and 10
        let with = arm(&[8.0, 9.0, 10.0, 11.0, 12.0]);
        let without = arm(&[4.0, 6.0, 8.0, 10.0, 12.0]);
        let got = welch(with, without, 0.95).unwrap();
        // standard error √(0.5 + 2) = 1.5811, freedom 2.5² / (0.25/4 + 4/4) = 5.882, t 2.4588
        assert_eq!(got.estimate, 2.0);
        assert!((got.hi - 2.0 - 3.8877).abs() < 5e-3, "{got:?}");
        assert!((2.0 - got.lo - 3.8877).abs() < 5e-3, "{got:?}");
    }

    #[test]
    fn nothing_is_claimed_where_no_test_could_tell() {
        assert!(!could_tell(3, 3, 0.95));
        assert!(could_tell(4, 4, 0.95));
        assert!(!could_tell(1, 1000, 0.95));
        assert!(!could_tell(2, 7, 0.95));
        assert!(could_tell(2, 8, 0.95));
        assert_eq!(welch(arm(&[1.0; 3]), arm(&[0.0, 0.1, 0.2]), 0.95), None);
        assert_eq!(welch(arm(&[1.0; 9]), arm(&[0.0; 9]), 0.95), None);
    }
}

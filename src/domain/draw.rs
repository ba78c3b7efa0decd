//! Numbers drawn by a seed and a place, the same on every machine and in every version. Pure; never a source of chance of
//! its own: whoever takes a run up again draws what was drawn before.

/// One number out of several, by splitmix64 (Steele et al. 2014).
pub fn mixed(seed: u64, place: impl IntoIterator<Item = u64>) -> u64 {
    // mixed before the first part too: neighbouring runs must not share seeds between their units
    place
        .into_iter()
        .fold(mix(seed), |state, part| mix(state ^ part))
}

fn mix(state: u64) -> u64 {
    let mut z = state.wrapping_add(GOLDEN);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// A stream of draws.
#[derive(Debug, Clone)]
pub struct Draw(u64);

impl Draw {
    /// The stream of a place under a seed.
    pub fn new(seed: u64, place: impl IntoIterator<Item = u64>) -> Self {
        Self(mixed(seed, place))
    }

    /// A share from 0 up to but without 1.
    pub fn share(&mut self) -> f64 {
        let drawn = mix(self.0);
        self.0 = self.0.wrapping_add(GOLDEN);
        // the upper 53 bits, as many as a fraction holds
        (drawn >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A draw from Beta(1 + `better`, 1 + `not`): the (1 + `better`)-th smallest of 1 + `better` + `not` shares.
    pub fn beta(&mut self, better: u32, not: u32) -> f64 {
        let count = 1 + better as usize + not as usize;
        let mut shares: Vec<f64> = (0..count).map(|_| self.share()).collect();
        shares.sort_by(f64::total_cmp);
        shares.get(better as usize).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_place_draws_the_same_and_another_one_otherwise() {
        let of = |place: u64| {
            let mut draw = Draw::new(7, [place]);
            [draw.share(), draw.share()]
        };
        assert_eq!(of(1), of(1));
        assert_ne!(of(1), of(2));
        assert_ne!(of(1)[0], of(1)[1]);
        assert!(of(3).iter().all(|share| (0.0..1.0).contains(share)));
    }

    #[test]
    fn beta_draws_have_the_mean_of_what_was_seen() {
        let mut draw = Draw::new(1, [2]);
        let mut mean = |better, not| {
            let sum: f64 = (0..4000).map(|_| draw.beta(better, not)).sum();
            sum / 4000.0
        };
        assert!((mean(0, 0) - 0.5).abs() < 0.02);
        assert!((mean(3, 0) - 0.8).abs() < 0.02);
        assert!((mean(1, 5) - 0.25).abs() < 0.02);
    }
}

//! The figures that a selection goes by, in columns: so that a million lessons are looked through in milliseconds.
//! Never holds a text. Ties go to whatever was put in first.

use super::select::{By, Rule};

/// Figures of lessons, by position.
#[derive(Debug, Clone, Default)]
pub struct ScoreColumns {
    /// s·f.
    scores: Vec<f64>,
    /// q.
    relevances: Vec<f64>,
}

/// Why a lesson was chosen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Because {
    /// There are at most as many lessons as slots.
    Whole,
    /// Among the fastest; rank from 1.
    Speed(u16),
    /// Among the most relevant of the rest; rank from 1.
    Relevance(u16),
    /// Drawn.
    Drawn,
}

impl ScoreColumns {
    /// An empty one with room for so many.
    pub fn with_capacity(lessons: usize) -> Self {
        Self {
            scores: Vec::with_capacity(lessons),
            relevances: Vec::with_capacity(lessons),
        }
    }

    /// Puts in a lesson with its s·f and q; its position is the number of those before it.
    pub fn push(&mut self, score: f64, relevance: f64) {
        self.scores.push(score);
        self.relevances.push(relevance);
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.scores.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.scores.is_empty()
    }

    /// The chosen positions in prompt order, at most [`Rule::slots`]. One pass per half of the rule, and nothing is
    /// copied (but for a draw).
    ///
    /// ```
    /// use lessonl_bank::{By, Rule, ScoreColumns};
    /// use lessonl_domain::spec::Preset;
    ///
    /// let mut lessons = ScoreColumns::with_capacity(3);
    /// lessons.push(1.0, 0.9); // no faster than the original, but about code like this
    /// lessons.push(2.3, 0.1);
    /// lessons.push(1.6, 0.2);
    /// let rule = Rule {
    ///     slots: 2,
    ///     threshold: 1.1,
    ///     by: By::SpeedAndRelevance,
    ///     preset: Preset::Corrected,
    /// };
    /// let chosen: Vec<usize> = lessons.choose(rule).into_iter().map(|(at, _)| at).collect();
    /// assert_eq!(chosen, [1, 0]); // the fastest, then the most relevant of the rest
    /// ```
    pub fn choose(&self, rule: Rule) -> Vec<(usize, Because)> {
        if self.len() <= rule.slots {
            return (0..self.len()).map(|at| (at, Because::Whole)).collect();
        }
        if let By::Chance(seed) = rule.by {
            let drawn = drawn(self.len(), rule.slots, seed);
            return drawn.into_iter().map(|at| (at, Because::Drawn)).collect();
        }
        let by_speed = match rule.by {
            By::Speed => rule.slots,
            By::Relevance => 0,
            By::SpeedAndRelevance | By::Chance(_) => rule.slots.div_ceil(2),
        };
        let fast = top(&self.scores, by_speed, |_, score| score >= rule.threshold);
        let by_relevance = match rule.by {
            By::Speed => 0,
            By::Relevance | By::SpeedAndRelevance | By::Chance(_) => rule.slots - fast.len(),
        };
        let rest = top(&self.relevances, by_relevance, |at, _| !fast.contains(&at));
        let fast = (1..).zip(fast).map(|(rank, at)| (at, Because::Speed(rank)));
        let rest = (1..)
            .zip(rest)
            .map(|(rank, at)| (at, Because::Relevance(rank)));
        fast.chain(rest).collect()
    }
}

/// Positions of the `count` highest of those that may take part, highest first, the earlier where equal.
fn top(values: &[f64], count: usize, takes_part: impl Fn(usize, f64) -> bool) -> Vec<usize> {
    let mut best: Vec<(f64, usize)> = Vec::with_capacity(count.min(values.len()) + 1);
    if count == 0 {
        return Vec::new();
    }
    // below it nothing can get in any more; a comparison by bits, so that NaN has a place
    let mut bar: Option<f64> = None;
    for (at, value) in values.iter().enumerate() {
        if bar.is_some_and(|bar| value.total_cmp(&bar).is_le()) || !takes_part(at, *value) {
            continue;
        }
        let place = best.partition_point(|(better, _)| better.total_cmp(value).is_ge());
        best.insert(place, (*value, at));
        if best.len() > count {
            best.truncate(count);
        }
        if best.len() == count {
            bar = best.last().map(|(value, _)| *value);
        }
    }
    best.into_iter().map(|(_, at)| at).collect()
}

/// `count` of `all` positions, drawn without replacement, in the order they were drawn. The sequence is splitmix64's
/// (Steele et al. 2014), fixed here so that a seed means the same for ever.
fn drawn(all: usize, count: usize, seed: u64) -> Vec<usize> {
    let mut open: Vec<usize> = (0..all).collect();
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    };
    let count = count.min(open.len());
    for at in 0..count {
        let left = (open.len() - at) as u64;
        let other = at + usize::try_from(next() % left).unwrap_or(0);
        open.swap(at, other);
    }
    open.truncate(count);
    open
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_come_first_and_the_earlier_where_equal() {
        let values = [1.0, 3.0, 2.0, 3.0, f64::NEG_INFINITY, 2.0];
        assert_eq!(top(&values, 3, |_, _| true), [1, 3, 2]);
        assert_eq!(top(&values, 3, |at, _| at != 1), [3, 2, 5]);
        assert_eq!(top(&values, 9, |_, _| true), [1, 3, 2, 5, 0, 4]);
        assert_eq!(top(&values, 0, |_, _| true), Vec::<usize>::new());
    }
}

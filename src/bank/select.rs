//! Which lessons go into a round's prompts, and why each is in or out.
//! Never changes a lesson; draws only by the seed it is given. Paper: Liu et al. 2025, arXiv 2505.23946 (selection by
//! speed and by relevance, and the ablations that leave one of them out or draw at random).

use std::cmp::Ordering;

use crate::domain::id::LessonId;
use crate::domain::lesson::{Lesson, LessonState, Reason, Selection};

/// The numbers of the selection.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rule {
    /// Slots per prompt, k.
    pub slots: usize,
    /// The least s·f with which a lesson competes for a speed slot.
    pub threshold: f64,
    /// How the slots are given away.
    pub by: By,
}

/// How the slots are given away when there are more lessons than slots.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// Half by speed, the rest by relevance: the paper's rule.
    SpeedAndRelevance,
    /// All by speed; slots stay empty where too few lessons reach the threshold.
    Speed,
    /// All by relevance.
    Relevance,
    /// Drawn with this seed; by the lessons' ids, whatever the order of the bank.
    Chance(u64),
}

/// The selection for a round t ≥ 1, the same for every agent. Every lesson of `bank` is in the result once.
///
/// Of the lessons that the person neither rejected nor pinned: all, if there are at most k; else up to ⌈k/2⌉ of those
/// with s·f at or above the threshold, highest s·f first, and the remaining slots to the highest relevance among the
/// rest (or as [`Rule::by`] says). Ties go to the smaller id. Rejected lessons are never in. Pinned ones always are, and *beside* the k slots:
/// pinning one takes no slot from the others.
///
/// Prompt order: pinned, then by speed, then by relevance (or, with the whole bank, by id). What is out follows in
/// the order of `bank`. Takes time linear in the bank (and k·ln k).
pub fn select(bank: &[Lesson], rule: Rule) -> Selection {
    let mut pinned = Vec::new();
    let mut open = Vec::new();
    for (at, lesson) in bank.iter().enumerate() {
        match lesson.state {
            LessonState::Pinned => pinned.push((lesson.id, Reason::Pinned)),
            LessonState::Proposed | LessonState::Accepted => open.push(at),
            LessonState::Rejected => {}
        }
    }
    pinned.sort_unstable_by_key(|(id, _)| *id);
    let mut reasons = pinned;
    let mut slotted = vec![false; bank.len()];
    if open.len() <= rule.slots {
        open.sort_unstable_by_key(|at| bank[*at].id);
        for at in open {
            slotted[at] = true;
            reasons.push((bank[at].id, Reason::WholeBank));
        }
    } else if let By::Chance(seed) = rule.by {
        for at in drawn(bank, open, rule.slots, seed) {
            slotted[at] = true;
            reasons.push((bank[at].id, Reason::Drawn));
        }
    } else {
        let by_speed = match rule.by {
            By::Speed => rule.slots,
            By::Relevance => 0,
            By::SpeedAndRelevance | By::Chance(_) => rule.slots.div_ceil(2),
        };
        let fast = open
            .iter()
            .copied()
            .filter(|at| score(&bank[*at]) >= rule.threshold)
            .collect();
        let fast = top(fast, by_speed, |at| (score(&bank[at]), bank[at].id));
        for (rank, at) in (1..).zip(&fast) {
            slotted[*at] = true;
            let score = score(&bank[*at]);
            reasons.push((bank[*at].id, Reason::Speed { rank, score }));
        }
        let rest = open.into_iter().filter(|at| !slotted[*at]).collect();
        let by_relevance = match rule.by {
            By::Speed => 0,
            By::Relevance | By::SpeedAndRelevance | By::Chance(_) => rule.slots - fast.len(),
        };
        let rest = top(rest, by_relevance, |at| (bank[at].relevance, bank[at].id));
        for (rank, at) in (1..).zip(&rest) {
            slotted[*at] = true;
            let relevance = bank[*at].relevance;
            reasons.push((bank[*at].id, Reason::Relevance { rank, relevance }));
        }
    }
    let out = bank.iter().zip(&slotted).filter(|(_, slotted)| !**slotted);
    reasons.extend(out.filter_map(|(lesson, _)| Some((lesson.id, why_out(lesson)?))));
    Selection { reasons }
}

/// `count` of `open`, drawn without replacement, in the order they were drawn. The sequence is splitmix64's (Steele et
/// al. 2014), fixed here so that a seed means the same for ever.
fn drawn(bank: &[Lesson], mut open: Vec<usize>, count: usize, seed: u64) -> Vec<usize> {
    open.sort_unstable_by_key(|at| bank[*at].id);
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

/// The paper's s·f.
fn score(lesson: &Lesson) -> f64 {
    lesson.speedup * lesson.factor
}

fn why_out(lesson: &Lesson) -> Option<Reason> {
    match lesson.state {
        LessonState::Pinned => None,
        LessonState::Rejected => Some(Reason::Rejected),
        LessonState::Proposed | LessonState::Accepted => Some(Reason::NoSlot {
            score: score(lesson),
            relevance: lesson.relevance,
        }),
    }
}

/// The first `count` of `all` by value, highest first, then by id. Linear in `all`: only the kept ones are sorted.
fn top(mut all: Vec<usize>, count: usize, key: impl Fn(usize) -> (f64, LessonId)) -> Vec<usize> {
    let order = |a: &usize, b: &usize| -> Ordering {
        let ((a, a_id), (b, b_id)) = (key(*a), key(*b));
        b.total_cmp(&a).then(a_id.cmp(&b_id))
    };
    if count == 0 {
        return Vec::new();
    }
    if count < all.len() {
        all.select_nth_unstable_by(count - 1, order);
        all.truncate(count);
    }
    all.sort_unstable_by(order);
    all
}

#[cfg(test)]
mod tests;

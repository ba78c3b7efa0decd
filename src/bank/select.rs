//! Which lessons go into a round's prompts, and why each is in or out.
//! Never changes a lesson, never draws. Paper: Liu et al. 2025, arXiv 2505.23946 (selection by speed and by relevance).

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
}

/// The selection for a round t ≥ 1, the same for every agent. Every lesson of `bank` is in the result once.
///
/// Of the lessons that the person neither rejected nor pinned: all, if there are at most k; else up to ⌈k/2⌉ of those
/// with s·f at or above the threshold, highest s·f first, and the remaining slots to the highest relevance among the
/// rest. Ties go to the smaller id. Rejected lessons are never in. Pinned ones always are, and *beside* the k slots:
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
    } else {
        let fast = open
            .iter()
            .copied()
            .filter(|at| score(&bank[*at]) >= rule.threshold)
            .collect();
        let fast = top(fast, rule.slots.div_ceil(2), |at| {
            (score(&bank[at]), bank[at].id)
        });
        for (rank, at) in (1..).zip(&fast) {
            slotted[*at] = true;
            let score = score(&bank[*at]);
            reasons.push((bank[*at].id, Reason::Speed { rank, score }));
        }
        let rest = open.into_iter().filter(|at| !slotted[*at]).collect();
        let rest = top(rest, rule.slots - fast.len(), |at| {
            (bank[at].relevance, bank[at].id)
        });
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

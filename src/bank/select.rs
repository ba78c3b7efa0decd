//! Which lessons go into a round's prompts, and why each is in or out.
//! Never changes a lesson; draws only by the seed it is given. Paper: Liu et al. 2025, arXiv 2505.23946 (selection by
//! speed and by relevance, and the ablations that leave one of them out or draw at random).

use super::columns::{Because, ScoreColumns};
use crate::domain::lesson::{Lesson, LessonOutcome, LessonState, Reason, Selection};
use crate::domain::spec::Preset;

/// The numbers of the selection.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rule {
    /// Slots per prompt, k.
    pub slots: usize,
    /// The least s·f with which a lesson competes for a speed slot.
    pub threshold: f64,
    /// How the slots are given away.
    pub by: By,
    /// Whether by the paper's rules, or corrected: see [`select`].
    pub preset: Preset,
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
/// Corrected, a lesson whose attempt showed no difference does not compete for a speed slot, and one whose attempt was
/// refused before it ran comes last by relevance: it names the given code's words more than any other, and teaches least.
///
/// Prompt order: pinned, then by speed, then by relevance (or, with the whole bank, by id). What is out follows by id.
/// The choosing itself is linear in the bank: see [`ScoreColumns`].
pub fn select<'a>(bank: impl IntoIterator<Item = &'a Lesson>, rule: Rule) -> Selection {
    let mut bank: Vec<&Lesson> = bank.into_iter().collect();
    bank.sort_unstable_by_key(|lesson| lesson.id);
    let mut reasons = Vec::with_capacity(bank.len());
    let mut columns = ScoreColumns::with_capacity(bank.len());
    let mut open = Vec::with_capacity(bank.len());
    for lesson in &bank {
        match lesson.state {
            LessonState::Pinned => reasons.push((lesson.id, Reason::Pinned)),
            LessonState::Proposed | LessonState::Accepted => {
                let (score, relevance) = weighed(lesson, rule.preset);
                columns.push(score, relevance);
                open.push(*lesson);
            }
            LessonState::Rejected => {}
        }
    }
    let mut slotted = Vec::with_capacity(rule.slots);
    for (place, because) in columns.choose(rule) {
        let lesson = open[place];
        slotted.push(lesson.id);
        let why = match because {
            Because::Whole => Reason::WholeBank,
            Because::Drawn => Reason::Drawn,
            Because::Speed(rank) => Reason::Speed {
                rank,
                score: score(lesson),
            },
            Because::Relevance(rank) => Reason::Relevance {
                rank,
                relevance: lesson.relevance,
            },
        };
        reasons.push((lesson.id, why));
    }
    let out = bank.iter().filter(|lesson| !slotted.contains(&lesson.id));
    reasons.extend(out.filter_map(|lesson| Some((lesson.id, why_out(lesson)?))));
    Selection { reasons }
}

/// Below the relevance of any lesson that is not put last: a cosine is at least −1.
const LAST: f64 = 3.0;

/// What a lesson competes with: s·f and q, corrected or not.
fn weighed(lesson: &Lesson, preset: Preset) -> (f64, f64) {
    match (preset, lesson.outcome) {
        (Preset::Corrected, LessonOutcome::Same) => (0.0, lesson.relevance),
        (Preset::Corrected, LessonOutcome::NotCompiled | LessonOutcome::Rejected) => {
            (score(lesson), lesson.relevance - LAST)
        }
        _ => (score(lesson), lesson.relevance),
    }
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

#[cfg(test)]
mod tests;

//! Lessons of one unit that say the same: one of them is enough in a prompt. The same is what has the same key, or what is
//! worded much alike about attempts that came to the same.
//! Never looks at rejected lessons: what a person rejected says nothing about who says it again.

use std::collections::HashMap;

use super::key::key;
use super::relevance::Codes;
use crate::domain::id::LessonId;
use crate::domain::lesson::{Lesson, LessonOutcome, LessonState};

/// From this cosine on two lessons are worded alike.
const ALIKE: f64 = 0.72;
/// Texts of fewer words are too short to tell likeness by.
const FEWEST: usize = 8;
/// More lessons than this are not compared word by word.
const MOST: usize = 600;

/// Each lesson that says what another one says, with that other one: the pinned, else the one with the highest s·f, else
/// the earliest.
pub fn twins<'a>(bank: impl IntoIterator<Item = &'a Lesson>) -> Vec<(LessonId, LessonId)> {
    let mut all: Vec<&Lesson> = bank
        .into_iter()
        .filter(|lesson| lesson.state != LessonState::Rejected)
        .collect();
    all.sort_by(|a, b| {
        let score = |lesson: &Lesson| lesson.speedup * lesson.factor;
        (is_pinned(b).cmp(&is_pinned(a)))
            .then(score(b).total_cmp(&score(a)))
            .then(a.id.cmp(&b.id))
    });
    let by_words = all.len() <= MOST;
    let mut first: HashMap<String, LessonId> = HashMap::new();
    let mut families: HashMap<Class, Family> = HashMap::new();
    let mut twins = Vec::new();
    for lesson in all {
        let words = key(&lesson.text);
        let mut known = *first.entry(words.clone()).or_insert(lesson.id);
        let long = lesson.text.split_whitespace().count() >= FEWEST;
        let told = lesson.outcome != LessonOutcome::Advice;
        if by_words && long && told && known == lesson.id {
            known = families
                .entry(Class::of(lesson.outcome))
                .or_default()
                .head_of(lesson);
            first.insert(words, known);
        }
        // a person who pins two wants two
        if known != lesson.id && !is_pinned(lesson) {
            twins.push((lesson.id, known));
        }
    }
    twins.sort_unstable();
    twins
}

fn is_pinned(lesson: &Lesson) -> bool {
    lesson.state == LessonState::Pinned
}

/// What attempts came to, as far as it tells apart what their lessons say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Class {
    Faster,
    NotFaster,
    Failed(LessonOutcome),
}

impl Class {
    fn of(outcome: LessonOutcome) -> Self {
        match outcome {
            LessonOutcome::Significant | LessonOutcome::Slight => Self::Faster,
            LessonOutcome::Slower | LessonOutcome::Same => Self::NotFaster,
            other => Self::Failed(other),
        }
    }
}

/// Lessons of a class that stand for themselves, the best first.
#[derive(Default)]
struct Family {
    heads: Vec<LessonId>,
    texts: Vec<Codes>,
}

impl Family {
    /// The lesson that stands for this one; itself if it is like none before it.
    fn head_of(&mut self, lesson: &Lesson) -> LessonId {
        for (head, text) in self.heads.iter().zip(&mut self.texts) {
            if text.relevances(&lesson.text).any(|alike| alike >= ALIKE) {
                return *head;
            }
        }
        self.heads.push(lesson.id);
        self.texts.push(Codes::new([lesson.text.as_str()]));
        lesson.id
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::Round;
    use crate::mint::advice;

    fn lesson(number: u16, text: &str, speedup: f64, state: LessonState) -> Lesson {
        Lesson {
            speedup,
            state,
            outcome: LessonOutcome::of_speedup(speedup),
            ..advice(number, text, Round(0), 0.0).unwrap()
        }
    }

    #[test]
    fn of_those_that_say_the_same_the_best_stands_for_all() {
        use LessonState::{Accepted, Pinned, Proposed, Rejected};
        let bank = [
            lesson(1, "Tile the loops.", 2.0, Proposed),
            lesson(2, "tile the  loops", 3.0, Accepted),
            lesson(3, "Hoist it.", 1.0, Proposed),
            lesson(4, "hoist it", 9.0, Rejected),
            lesson(5, "Unroll.", 4.0, Proposed),
            lesson(6, "Unroll.", 0.0, Pinned),
        ];
        let id = LessonId::Person;
        assert_eq!(twins(&bank), [(id(1), id(2)), (id(5), id(6))]);
    }

    #[test]
    fn the_same_in_nearly_the_same_words_is_the_same_if_it_ended_alike() {
        use LessonState::Proposed;
        let sums = "Running sums over each row replace the inner loop, so the work no longer depends on the radius.";
        let again = "Running sums over every row replaced the inner loop, so that the work does not depend on the radius.";
        let other = "The clamp of the index at the border was off by one.";
        let bank = [
            lesson(1, sums, 8.0, Proposed),
            lesson(2, again, 14.0, Proposed),
            lesson(3, other, 5.0, Proposed),
            lesson(4, again, 0.4, Proposed),
        ];
        let id = LessonId::Person;
        assert_eq!(twins(&bank), [(id(1), id(2)), (id(4), id(2))]);
        let mut apart = bank.clone();
        apart[3].text = format!("{again} It was slower.");
        assert_eq!(twins(&apart), [(id(1), id(2))]);
    }
}

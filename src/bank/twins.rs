//! Lessons of one unit that say the same: one of them is enough in a prompt. The same is what has the same key.
//! Never looks at rejected lessons: what a person rejected says nothing about who says it again.

use std::collections::HashMap;

use super::key::key;
use crate::domain::id::LessonId;
use crate::domain::lesson::{Lesson, LessonState};

/// Each lesson that says what another one says, with that other one: the pinned, else the one with the highest s·f, else
/// the earliest.
pub fn twins<'a>(bank: impl IntoIterator<Item = &'a Lesson>) -> Vec<(LessonId, LessonId)> {
    let mut all: Vec<&Lesson> = bank
        .into_iter()
        .filter(|lesson| lesson.state != LessonState::Rejected)
        .collect();
    let pinned = |lesson: &Lesson| lesson.state == LessonState::Pinned;
    all.sort_by(|a, b| {
        let score = |lesson: &Lesson| lesson.speedup * lesson.factor;
        (pinned(b).cmp(&pinned(a)))
            .then(score(b).total_cmp(&score(a)))
            .then(a.id.cmp(&b.id))
    });
    let mut first: HashMap<String, LessonId> = HashMap::new();
    let mut twins = Vec::new();
    for lesson in all {
        let known = *first.entry(key(&lesson.text)).or_insert(lesson.id);
        // a person who pins two wants two
        if known != lesson.id && !pinned(lesson) {
            twins.push((lesson.id, known));
        }
    }
    twins.sort_unstable();
    twins
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
}

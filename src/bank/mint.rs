//! New lessons, with their ids: a learned one is named after its candidate, a person's by its number.
//! Never decides whether a lesson is any good.

use crate::domain::candidate::Candidate;
use crate::domain::carried::CarriedLesson;
use crate::domain::evaluation::Evaluation;
use crate::domain::id::{LessonId, Round};
use crate::domain::lesson::{Lesson, LessonOutcome, LessonState};
use crate::domain::problem::{Mode, ProblemId};
use crate::domain::spec::Preset;

/// Longest lesson that is banked, in bytes. One or two sentences fit many times over.
pub(crate) const LONGEST: usize = 2_000;

/// The lesson an author drew from its candidate. `None` when there is nothing to bank: the text is blank, or the
/// evaluation says nothing about the candidate's code. By the paper's rules an estimate is believed whatever its interval.
pub fn learned(
    candidate: &Candidate,
    evaluation: &Evaluation,
    text: &str,
    preset: Preset,
) -> Option<Lesson> {
    let (outcome, measured) = match preset {
        Preset::Paper => (LessonOutcome::of(evaluation), None),
        Preset::Corrected => (LessonOutcome::shown_by(evaluation), evaluation.speedup()),
    };
    Some(Lesson {
        id: LessonId::Learned(candidate.id),
        text: bounded(text)?,
        outcome: outcome?,
        measured,
        cause: None,
        supporters: 0,
        speedup: evaluation.score(),
        factor: 1.0,
        relevance: 0.0,
        round: candidate.id.round,
        agent: Some(candidate.id.agent),
        read: candidate.read.clone(),
        state: LessonState::Proposed,
        edited: false,
        origin: None,
    })
}

/// A person's own lesson, the `number`-th of its unit (from 1). Accepted from the start, since its author is the one
/// who decides. `None` when the text is blank.
pub fn advice(number: u16, text: &str, round: Round, relevance: f64) -> Option<Lesson> {
    Some(Lesson {
        id: LessonId::Person(number),
        text: bounded(text)?,
        outcome: LessonOutcome::Advice,
        speedup: 0.0,
        factor: 1.0,
        relevance,
        round,
        agent: None,
        read: Vec::new(),
        // Who wrote it wants it read, and it has no speedup to compete with.
        state: LessonState::Pinned,
        edited: false,
        origin: None,
        measured: None,
        cause: None,
        supporters: 0,
    })
}

/// The `number`-th lesson (from 1) that a unit of `problem` in `mode` brings along. Accepted before it came. Its speedup
/// counts only where it was measured on the same problem in the same mode; elsewhere it competes by relevance alone.
/// `None` when the text is blank.
pub fn carried(
    number: u16,
    from: CarriedLesson,
    problem: &ProblemId,
    mode: Mode,
) -> Option<Lesson> {
    let at_home = from.origin.problem == *problem && from.origin.mode == mode;
    let known = at_home && !from.origin.imported && from.origin.speedup.is_finite();
    Some(Lesson {
        id: LessonId::Carried(number),
        text: bounded(&from.text)?,
        outcome: from.outcome,
        speedup: if known { from.origin.speedup } else { 0.0 },
        factor: 1.0,
        relevance: 0.0,
        round: Round(0),
        agent: None,
        read: Vec::new(),
        state: LessonState::Accepted,
        edited: false,
        origin: Some(Box::new(from.origin)),
        measured: None,
        cause: None,
        supporters: 0,
    })
}

/// The text without surrounding blanks, at most [`LONGEST`] bytes; `None` if nothing is left.
pub fn bounded(text: &str) -> Option<String> {
    let text = text.trim();
    let end = text.floor_char_boundary(LONGEST);
    (!text.is_empty()).then(|| text[..end].to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::evaluation::Stage;
    use crate::domain::id::{AgentId, CandidateId};

    fn candidate() -> Candidate {
        Candidate {
            id: CandidateId::first(Round(1), AgentId(2)),
            source: String::new(),
            rationale: String::new(),
            read: vec![LessonId::Person(1)],
            build: None,
            lineage: None,
        }
    }

    #[test]
    fn a_learned_lesson_is_named_after_its_candidate_and_remembers_what_its_author_read() {
        let crash = Evaluation::Crashed {
            how: "SIGSEGV".to_owned(),
            stage: Stage::Check,
        };
        let lesson = learned(
            &candidate(),
            &crash,
            "  Guard the empty input.\n",
            Preset::Paper,
        );
        let expected = Lesson {
            id: LessonId::Learned(candidate().id),
            text: "Guard the empty input.".to_owned(),
            outcome: LessonOutcome::Crashed,
            speedup: 0.0,
            factor: 1.0,
            relevance: 0.0,
            round: Round(1),
            agent: Some(AgentId(2)),
            read: vec![LessonId::Person(1)],
            state: LessonState::Proposed,
            edited: false,
            origin: None,
            measured: None,
            cause: None,
            supporters: 0,
        };
        assert_eq!(lesson, Some(expected));
    }

    #[test]
    fn our_own_failure_and_a_blank_text_are_no_lessons() {
        let fault = Evaluation::HarnessFault {
            what: "disk full".to_owned(),
        };
        assert_eq!(
            learned(&candidate(), &fault, "Anything.", Preset::Corrected),
            None
        );
        assert_eq!(advice(1, " \n\t", Round(0), 0.0), None);
    }

    #[test]
    fn a_huge_text_is_cut_at_a_character() {
        let text = bounded(&"é".repeat(LONGEST)).unwrap_or_default();
        assert_eq!(text.len(), LONGEST);
        assert_eq!(
            bounded(&format!("x{text}")).map(|t| t.len()),
            Some(LONGEST - 1)
        );
    }
}

//! The lists behind the screens in the order they are shown: the one answer for views and keys. Pure.

use super::model::Model;
use super::widgets::mark::Mark;
use crate::domain::evaluation::Outcome;
use crate::domain::id::{CandidateId, LessonId};
use crate::domain::run::{CandidateState, LessonRecord, Run};
use crate::domain::units::Tokens;
use crate::store::archive::RunSummary;

/// Problems that pass the filter, as positions in the catalogue, grouped by category.
pub fn problems(model: &Model) -> Vec<usize> {
    let all = &model.home.problems;
    let mut out: Vec<usize> = (0..all.len())
        .filter(|at| {
            let p = &all[*at];
            model.passes(&format!("{} {} {}", p.id, p.category, p.title))
        })
        .collect();
    out.sort_by(|a, b| (&all[*a].category, &all[*a].id).cmp(&(&all[*b].category, &all[*b].id)));
    out
}

/// Past runs that pass the filter.
pub fn runs(model: &Model) -> Vec<&RunSummary> {
    let home = model.place == crate::config::keymap::Place::Home;
    let passes = |run: &&RunSummary| {
        let problems: Vec<&str> = run.units.iter().map(|u| u.problem.as_str()).collect();
        let text = format!("{} {} {}", run.id, run.strategy, problems.join(" "));
        home || model.passes(&text)
    };
    model.runs.iter().filter(passes).collect()
}

fn rank(state: &CandidateState) -> u8 {
    match state.outcome() {
        Some(Outcome::Measured) => 0,
        None => 1,
        Some(Outcome::WrongAnswer) => 2,
        Some(Outcome::Crashed | Outcome::TimedOut) => 3,
        Some(Outcome::Rejected) => 4,
        Some(Outcome::NotCompiled) => 5,
        Some(Outcome::HarnessFault) => 6,
    }
}

fn passing(model: &Model) -> Vec<(CandidateId, &CandidateState)> {
    let Some((_, unit)) = model.unit() else {
        return Vec::new();
    };
    let candidates = unit.candidates.iter().map(|(id, state)| (*id, state));
    candidates
        .filter(|(id, state)| {
            let name = model.agent_name(id.agent);
            model.passes(&format!("{id} {name} {}", Mark::of(state).word()))
        })
        .collect()
}

/// Candidates by verdict, then speedup: best first.
pub fn by_verdict(model: &Model) -> Vec<(CandidateId, &CandidateState)> {
    let mut out = passing(model);
    out.sort_by(|(x, a), (y, b)| {
        (rank(a), -a.score(), x)
            .partial_cmp(&(rank(b), -b.score(), y))
            .unwrap_or(std::cmp::Ordering::Equal)
    });
    out
}

/// Candidates of the timing screen: by verdict, or by round.
pub fn timed(model: &Model) -> Vec<(CandidateId, &CandidateState)> {
    if model.sort.is_multiple_of(2) {
        by_verdict(model)
    } else {
        passing(model)
    }
}

/// Lessons: newest round first with the undecided on top, or by what came of them.
pub fn lessons(model: &Model) -> Vec<&LessonRecord> {
    let Some((_, unit)) = model.unit() else {
        return Vec::new();
    };
    let mut out: Vec<&LessonRecord> = unit
        .lessons
        .iter()
        .filter(|r| {
            let l = &r.lesson;
            model.passes(&format!("{} {} {}", l.id, l.text, l.outcome.word()))
        })
        .collect();
    if model.sort % 2 == 1 {
        out.sort_by(|a, b| {
            let score = |r: &LessonRecord| r.lesson.speedup * r.lesson.factor;
            score(b).total_cmp(&score(a))
        });
    }
    out
}

/// The lesson selected: the chosen one, else the first in the list.
pub fn lesson(model: &Model) -> Option<&LessonRecord> {
    let all = lessons(model);
    let chosen = model
        .lesson
        .and_then(|id| all.iter().find(|r| r.lesson.id == id).copied());
    chosen.or_else(|| all.first().copied())
}

/// What the readers of a lesson came to: (readers, correct, faster).
pub fn effect(model: &Model, lesson: LessonId) -> (usize, usize, usize) {
    let Some((_, unit)) = model.unit() else {
        return (0, 0, 0);
    };
    let mut out = (0, 0, 0);
    for reader in unit.readers(lesson) {
        out.0 += 1;
        out.1 += usize::from(reader.speedup().is_some());
        out.2 += usize::from(Mark::of(reader) == Mark::Faster);
    }
    out
}

/// Tokens of all answers, in words.
pub fn tokens(run: &Run) -> String {
    let total: Tokens = [run.usage.input, run.usage.output].into_iter().sum();
    let mark = if run.usage.estimated { "~" } else { "" };
    format!("{mark}{total} tok")
}

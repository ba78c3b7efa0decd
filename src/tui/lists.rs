//! The lists behind the screens in the order they are shown: the one answer for views and keys. Pure.

use std::collections::{BTreeSet, HashSet};

use super::bank;
use super::model::Model;
use super::query::{Query, Value};
use super::shelf::{self, Listed};
use super::widgets::mark::Mark;
use super::widgets::text::one_line;
use crate::config::keymap::Place;
use crate::domain::comparison::ComparisonId;
use crate::domain::evaluation::Outcome;
use crate::domain::event::Ending;
use crate::domain::id::{AgentId, AskId, CandidateId, LessonId};
use crate::domain::lesson::{Lesson, LessonState};
use crate::domain::run::{CandidateState, LessonRecord, Run, Unit};
use crate::domain::units::Tokens;
use crate::store::archive::{Holder, RunSummary};

/// Where a new user begins: the problem of the README's example.
const FIRST: &str = "pareval/dense_la/gemm";

/// A row of the home screen's list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Row {
    /// All problems of a suite that pass the filter, as positions in the catalogue.
    Suite(String, Vec<usize>),
    /// A problem.
    Problem(usize),
}

impl Row {
    /// The problems it stands for.
    pub(crate) fn problems(&self) -> &[usize] {
        match self {
            Self::Suite(_, all) => all,
            Self::Problem(one) => std::slice::from_ref(one),
        }
    }
}

/// The home screen's list: each suite of more than one problem in a row of its own, then its problems.
pub(crate) fn home(model: &Model) -> Vec<Row> {
    let listed = problems(model);
    let mut rows = Vec::new();
    for group in listed.chunk_by(|a, b| suite(model, *a) == suite(model, *b)) {
        if let [first, _, ..] = group {
            rows.push(Row::Suite(suite(model, *first).to_owned(), group.to_vec()));
        }
        rows.extend(group.iter().map(|at| Row::Problem(*at)));
    }
    rows
}

/// The suite of a problem: the first part of its name.
fn suite(model: &Model, at: usize) -> &str {
    let id = model.home.problems[at].id.as_str();
    id.split('/').next().unwrap_or(id)
}

/// The row of the problem to begin with; the first problem where there is no such one.
pub(crate) fn first_problem(model: &Model) -> usize {
    let rows = home(model);
    let is = |row: &Row, wanted: &dyn Fn(usize) -> bool| match row {
        Row::Suite(..) => false,
        Row::Problem(at) => wanted(*at),
    };
    let named = |at: usize| model.home.problems[at].id.as_str() == FIRST;
    let first = rows.iter().position(|row| is(row, &named));
    let any = || rows.iter().position(|row| is(row, &|_| true));
    first.or_else(any).unwrap_or(0)
}

/// Problems that pass the filter, as positions in the catalogue: the suite to begin with, then the others, each grouped by
/// category.
pub(crate) fn problems(model: &Model) -> Vec<usize> {
    let all = &model.home.problems;
    let mut out: Vec<usize> = (0..all.len())
        .filter(|at| {
            let p = &all[*at];
            model.passes(&format!("{} {} {}", p.id, p.category, p.title))
        })
        .collect();
    let key = |at: &usize| {
        let p = &all[*at];
        let first = FIRST.split_once('/').map_or("", |(suite, _)| suite);
        let suite = suite(model, *at);
        (suite != first, suite, &p.category, &p.id)
    };
    out.sort_by(|a, b| key(a).cmp(&key(b)));
    out
}

/// Who writes candidates of a problem, in the order shown: the team, and below it the person once they wrote one.
pub(crate) fn authors(run: &Run, unit: &Unit) -> Vec<AgentId> {
    let team = (0..run.spec.team.len()).filter_map(|at| u8::try_from(at).ok().map(AgentId));
    let own = unit.candidates.keys().any(|id| id.agent == AgentId::PERSON);
    team.chain(own.then_some(AgentId::PERSON)).collect()
}

/// Fields of past runs that a filter may name.
pub(crate) const RUN_FIELDS: [&str; 10] = [
    "fn", "category", "mode", "agent", "model", "strategy", "ended", "best", "rounds", "problems",
];

/// The comparison that a past run's row stands for: where no filter asks for single runs, one row is all of its cells.
pub(crate) fn stands_for<'a>(model: &Model, run: &'a RunSummary) -> Option<&'a ComparisonId> {
    let all = model.place == Place::Home || model.filter().is_empty();
    run.comparison.as_ref().filter(|_| all)
}

/// Past runs that pass the filter; of a comparison the newest one alone, where it stands for all of them.
pub(crate) fn runs(model: &Model) -> Vec<&RunSummary> {
    let mut seen = BTreeSet::new();
    let mut runs = single_runs(model);
    runs.retain(|run| stands_for(model, run).is_none_or(|id| seen.insert(id.as_str())));
    match model.place {
        Place::Home => runs,
        _ => turned(model, runs),
    }
}

fn single_runs(model: &Model) -> Vec<&RunSummary> {
    if model.place == Place::Home {
        return model.runs.iter().collect();
    }
    let query = Query::parse(model.filter());
    let passes = |run: &&RunSummary| {
        let units = || run.units.iter();
        let problems: Vec<&str> = units().map(|u| u.problem.as_str()).collect();
        let text = format!(
            "{} {} {} {}",
            run.id,
            run.strategy,
            problems.join(" "),
            run.team.join(" ")
        );
        query.passes(&text, |field| {
            let joined = |words: Vec<&str>| Some(Value::Text(words.join(" ")));
            match field {
                "fn" => joined(problems.clone()),
                "category" => joined(units().map(|u| u.category.as_str()).collect()),
                "mode" => joined(units().map(|u| u.mode.word()).collect()),
                "agent" => Some(Value::Text(run.team.join(" "))),
                "model" => Some(Value::Text(run.models.join(" "))),
                "strategy" => joined(vec![run.strategy.word()]),
                "ended" if run.holder == Holder::Process => joined(vec!["running"]),
                "ended" => joined(vec![ending_word(run.ending.as_ref())]),
                "best" => {
                    let best = units().filter_map(|u| u.reported).map(|s| s.estimate);
                    best.max_by(f64::total_cmp).map(Value::Number)
                }
                "rounds" => {
                    let most = units().map(|u| u.best_by_round.len()).max()?;
                    Some(Value::Number(most as f64))
                }
                "problems" => Some(Value::Number(run.units.len() as f64)),
                _ => None,
            }
        })
    };
    model.runs.iter().filter(passes).collect()
}

/// The list as the person wants it: the other way round where they said so.
pub(crate) fn turned<T>(model: &Model, mut list: Vec<T>) -> Vec<T> {
    if model.reversed.contains(&model.place) {
        list.reverse();
    }
    list
}

/// How a run ended, in a word.
pub(crate) fn ending_word(ending: Option<&Ending>) -> &'static str {
    match ending {
        Some(Ending::Done) => "done",
        Some(Ending::Stopped) => "stopped",
        Some(Ending::Budget) => "budget",
        Some(Ending::Failed { .. }) => "failed",
        Some(Ending::CutOff { .. }) => "cut off",
        None => "cut off",
    }
}

/// What is asked for by the filter of the screen but is no field of its list, in words.
pub(crate) fn filter_trouble(model: &Model) -> Option<String> {
    let known: &[&str] = match model.place {
        Place::Lessons => &LESSON_FIELDS,
        Place::History => &RUN_FIELDS,
        Place::Bank => &bank::FIELDS,
        Place::Code | Place::Time => &CANDIDATE_FIELDS,
        _ => return None,
    };
    let query = Query::parse(model.filter());
    let unknown = query.unknown(known);
    let first = unknown.first()?;
    Some(format!("no field `{first}`; there are {}", known.join(" ")))
}

fn rank(state: &CandidateState) -> u8 {
    match state.outcome() {
        Some(Outcome::Measured | Outcome::Passed) => 0,
        None => 1,
        Some(Outcome::WrongAnswer | Outcome::FailedTests) => 2,
        Some(Outcome::Crashed | Outcome::TimedOut) => 3,
        Some(Outcome::Rejected) => 4,
        Some(Outcome::NotCompiled) => 5,
        Some(Outcome::NoCode | Outcome::CutOff | Outcome::Misfit) => 6,
        Some(Outcome::HarnessFault) => 7,
    }
}

fn passing(model: &Model) -> Vec<(CandidateId, &CandidateState)> {
    let Some((_, unit)) = model.unit() else {
        return Vec::new();
    };
    let query = Query::parse(model.filter());
    let candidates = unit.candidates.iter().map(|(id, state)| (*id, state));
    candidates
        .filter(|(id, state)| {
            let name = model.agent_name(id.agent);
            let word = Mark::of(state).word();
            query.passes(&format!("{id} {name} {word}"), |field| match field {
                "agent" => Some(Value::Text(name.clone())),
                "outcome" => Some(Value::Text(word.to_owned())),
                "round" => Some(Value::Number(f64::from(id.round.0))),
                "speedup" => state.speedup().map(|s| Value::Number(s.estimate)),
                "read" => Some(Value::Number(state.candidate.read.len() as f64)),
                _ => None,
            })
        })
        .collect()
}

/// Fields of candidates that a filter may name.
pub(crate) const CANDIDATE_FIELDS: [&str; 5] = ["agent", "outcome", "round", "speedup", "read"];
/// Fields of lessons that a filter may name.
pub(crate) const LESSON_FIELDS: [&str; 8] = [
    "state",
    "agent",
    "outcome",
    "round",
    "speedup",
    "factor",
    "relevance",
    "tokens",
];

/// Candidates that pass the filter; of those with equal code the first.
fn distinct(model: &Model) -> Vec<(CandidateId, &CandidateState)> {
    let mut all = passing(model);
    if let Some((_, unit)) = model.unit() {
        let mut seen = HashSet::new();
        all.retain(|(id, _)| seen.insert(unit.first_of(*id)));
    }
    all
}

/// The row of the selected candidate in a list, or of the one that has its code.
pub(crate) fn row(model: &Model, all: &[(CandidateId, &CandidateState)]) -> Option<usize> {
    let (selected, _) = model.selected()?;
    let (_, unit) = model.unit()?;
    let here = all.iter().position(|(id, _)| *id == selected);
    here.or_else(|| all.iter().position(|(id, _)| unit.same_code(*id, selected)))
}

/// How many different codes a list shows, and of how many candidates where that is more.
pub(crate) fn count(model: &Model, all: &[(CandidateId, &CandidateState)]) -> String {
    let unit = model.unit().map(|(_, unit)| unit);
    let those = all
        .iter()
        .map(|(id, _)| unit.map_or(1, |unit| unit.copies(*id).len()));
    match those.sum::<usize>() {
        n if n == all.len() => n.to_string(),
        n => format!("{} codes of {n}", all.len()),
    }
}

/// Candidates by verdict, best first: the unit's best one, then by the figures shown. Equal code stands there once.
pub(crate) fn by_verdict(model: &Model) -> Vec<(CandidateId, &CandidateState)> {
    let mut out = distinct(model);
    let unit = model.unit().map(|(_, unit)| unit);
    let best = unit.and_then(leader);
    let copy = |id| {
        unit.zip(best)
            .is_some_and(|(unit, best)| unit.same_code(id, best))
    };
    let score = |id, state: &CandidateState| {
        let figure = unit.and_then(|unit| unit.figure(id));
        figure.map_or_else(|| state.score(), |speedup| speedup.estimate)
    };
    let key = |id: CandidateId, state: &CandidateState| {
        (
            rank(state),
            !copy(id),
            Some(id) != best,
            -score(id, state),
            id,
        )
    };
    let mut keyed: Vec<_> = out.drain(..).map(|(id, s)| (key(id, s), (id, s))).collect();
    keyed.sort_by(|(a, _), (b, _)| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
    turned(model, keyed.into_iter().map(|(_, found)| found).collect())
}

/// The candidate marked as the best one: the result once there is one, else the best so far.
pub(crate) fn leader(unit: &Unit) -> Option<CandidateId> {
    let tested = || unit.tested().map(|(id, _)| id);
    let best = unit.winner.or(unit.best.map(|(id, _)| id));
    best.or_else(tested)
}

/// A candidate's author for a list, after the candidate that it was made from, if there is one, and how many candidates had
/// its code.
pub(crate) fn by_whom(model: &Model, unit: &Unit, id: CandidateId) -> String {
    let name = model.agent_name(id.agent);
    let times = model.look.pick("×", "x");
    let lineage = unit.candidates.get(&id).and_then(|s| s.candidate.lineage);
    let name = match lineage.and_then(|lineage| lineage.parent) {
        Some(parent) => format!("{} {parent} {name}", model.look.pick("←", "<-")),
        None => name,
    };
    match unit.copies(id).len() {
        0 | 1 => name,
        n => format!("{times}{n} {name}"),
    }
}

/// Candidates of the timing screen: by verdict, or by round.
pub(crate) fn timed(model: &Model) -> Vec<(CandidateId, &CandidateState)> {
    if model.sort.is_multiple_of(2) {
        by_verdict(model)
    } else {
        turned(model, distinct(model))
    }
}

/// Who wrote a lesson.
pub(crate) fn author(model: &Model, lesson: &Lesson) -> String {
    let agent = lesson.agent.map(|agent| model.agent_name(agent));
    let elsewhere = || {
        lesson
            .origin
            .as_ref()
            .map(|origin| one_line(&origin.author))
    };
    agent.or_else(elsewhere).unwrap_or_else(|| "you".to_owned())
}

/// Something that waits for the person or that they should know.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Item {
    /// A lesson nobody decided about.
    Lesson(LessonId),
    /// A candidate of the latest round that failed.
    Failed(CandidateId),
    /// An agent that did not answer.
    Silent(AskId),
    /// A limit of trust in a figure, with its advice.
    Caveat(CandidateId, String),
}

/// How many lessons nobody has decided about.
pub(crate) fn undecided(model: &Model, unit: &Unit) -> usize {
    let open = |record: &&LessonRecord| bank::state(model, record) == LessonState::Proposed;
    unit.lessons.iter().filter(open).count()
}

/// What waits for the person: lessons first, newest on top, then trouble of the latest round.
pub(crate) fn inbox(model: &Model) -> Vec<Item> {
    let Some((_, unit)) = model.unit() else {
        return Vec::new();
    };
    let open = unit.lessons.iter().rev();
    let open = open.filter(|r| bank::state(model, r) == LessonState::Proposed);
    // Those that say the same are one item: the latest of them.
    let open = open.filter(|record| {
        let place = unit.place(record.lesson.id);
        let alike = place.into_iter().flat_map(|place| unit.alike(place).rev());
        let mut alike = alike.filter(|other| bank::state(model, other) == LessonState::Proposed);
        alike
            .next()
            .is_none_or(|last| last.lesson.id == record.lesson.id)
    });
    let mut items: Vec<Item> = open.map(|r| Item::Lesson(r.lesson.id)).collect();
    let Some(last) = unit.rounds.last().map(|r| r.round) else {
        return items;
    };
    for (ask, state) in unit.asks.iter().rev() {
        if ask.about.round == last && matches!(state.reply, Some(Err(_))) {
            items.push(Item::Silent(*ask));
        }
    }
    let mut told: Vec<&str> = Vec::new();
    for (id, state) in unit
        .candidates
        .iter()
        .rev()
        .filter(|(id, _)| id.round == last)
    {
        let Some(evaluated) = &state.evaluated else {
            continue;
        };
        if state.outcome() != Some(Outcome::Measured) {
            items.push(Item::Failed(*id));
        }
        for caveat in &evaluated.caveats {
            if !told.contains(&caveat.name.as_str()) {
                told.push(&caveat.name);
                items.push(Item::Caveat(*id, caveat.advice.clone()));
            }
        }
    }
    items
}

/// The lesson selected: the chosen one, else the first in the list.
pub(crate) fn lesson(model: &Model) -> Option<&LessonRecord> {
    let all = shelf::lessons(model);
    all.get(selected(model, &all))
}

/// The row of the lesson selected in a list: the chosen one's, else the first.
pub(crate) fn selected(model: &Model, all: &Listed<'_>) -> usize {
    model.view.lesson.and_then(|id| all.row(id)).unwrap_or(0)
}

/// What the readers of a lesson came to: (readers, correct, faster).
pub(crate) fn effect(model: &Model, lesson: LessonId) -> (usize, usize, usize) {
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
pub(crate) fn tokens(run: &Run) -> String {
    let total: Tokens = [run.usage.input, run.usage.output].into_iter().sum();
    let mark = if run.usage.estimated { "~" } else { "" };
    format!("{mark}{total} tok")
}

//! The bank of all runs as the screens know it: read, decided about and read again through errands, one after the other.
//! State and what follows from it; the keys are `update::bank`'s, the drawing is `screens::bank`'s.

use std::collections::{BTreeSet, HashMap, VecDeque};

use super::errand::{Banked, Errand};
use super::model::Model;
use super::query::{Query, Value};
use crate::domain::carried::{Sighting, Standing};
use crate::domain::failure::Failure;
use crate::domain::id::{LessonId, UnitId};
use crate::domain::lesson::LessonState;
use crate::domain::run::LessonRecord;
use crate::reports::ledger::Worth;

/// Fields of the bank's lessons that a filter may name.
pub(crate) const FIELDS: [&str; 6] = ["standing", "category", "problem", "agent", "seen", "worth"];

/// What was decided at once: each lesson's key with its standing before.
pub(crate) type Decided = Vec<(String, Standing)>;

/// The bank.
#[derive(Debug, Default)]
pub(crate) struct Bank {
    /// The lessons; `None`: not read yet.
    pub lessons: Option<Vec<Banked>>,
    /// Where in `lessons` what a run taught stands.
    places: HashMap<(String, u16, String), usize>,
    /// Why it could not be read or written.
    pub trouble: Option<Failure>,
    /// The lesson under the cursor.
    pub chosen: Option<String>,
    /// Lessons marked for one decision.
    pub marked: BTreeSet<String>,
    /// What is still to be done, once what is under way is done.
    pub waiting: VecDeque<Errand>,
    /// Number of the errand under way.
    pub under_way: Option<u64>,
    /// Decisions that can be undone.
    pub undo: Vec<Decided>,
    /// Decisions that can be done again.
    pub redo: Vec<Decided>,
}

impl Bank {
    /// Takes in what was read.
    pub(crate) fn take(&mut self, lessons: Vec<Banked>) {
        self.places.clear();
        for (at, banked) in lessons.iter().enumerate() {
            for seen in &banked.lesson.sightings {
                let place = (seen.source.clone(), seen.unit, seen.lesson.clone());
                self.places.insert(place, at);
            }
        }
        let known: BTreeSet<&str> = lessons.iter().map(|b| b.lesson.key.as_str()).collect();
        self.marked.retain(|key| known.contains(key.as_str()));
        self.lessons = Some(lessons);
        self.trouble = None;
    }

    /// The lessons, as far as they are known.
    pub(crate) fn all(&self) -> &[Banked] {
        self.lessons.as_deref().unwrap_or_default()
    }

    /// The lesson of this key.
    pub(crate) fn get(&self, key: &str) -> Option<&Banked> {
        self.all().iter().find(|banked| banked.lesson.key == key)
    }

    /// What a lesson of a run is in the bank.
    pub(crate) fn of(&self, run: &str, unit: UnitId, lesson: LessonId) -> Option<&Banked> {
        let place = (run.to_owned(), unit.0, lesson.to_string());
        self.all().get(*self.places.get(&place)?)
    }

    /// Gives lessons a standing here, before it is written.
    pub(crate) fn stand(&mut self, keys: &[String], standing: Standing) {
        let lessons = self.lessons.iter_mut().flatten();
        for banked in lessons.filter(|banked| keys.contains(&banked.lesson.key)) {
            banked.lesson.standing = standing;
            banked.lesson.by = crate::domain::carried::StandingBy::Person;
        }
    }
}

/// Whether decisions are about the bank: the run that is open goes on no more, or is one of the past.
pub(crate) fn is_meant(model: &Model) -> bool {
    use super::live::Origin;
    let over = |live: &super::live::Live| live.origin == Origin::Replay || !live.is_running();
    model.live.as_ref().is_some_and(over)
}

/// What a lesson of the unit shown is in the bank.
pub(crate) fn of_lesson(model: &Model, lesson: LessonId) -> Option<&Banked> {
    let (unit, _) = model.unit()?;
    model.bank.of(model.run()?.id.as_str(), unit, lesson)
}

/// How a lesson of the unit shown stands: with the bank once its run is over, else in the run.
pub(crate) fn state(model: &Model, record: &LessonRecord) -> LessonState {
    let own = record.lesson.state;
    if !is_meant(model) {
        return own;
    }
    match (of_lesson(model, record.lesson.id), own) {
        (Some(banked), _) => as_state(banked.lesson.standing),
        (None, own) => own,
    }
}

/// A standing by the shape and the word of a lesson's state.
pub(crate) fn as_state(standing: Standing) -> LessonState {
    match standing {
        Standing::Staged => LessonState::Proposed,
        Standing::Accepted => LessonState::Accepted,
        Standing::Rejected => LessonState::Rejected,
    }
}

/// Where a lesson was learned: here before elsewhere.
pub(crate) fn learned_on(banked: &Banked) -> Option<&Sighting> {
    let learned = || banked.lesson.sightings.iter().filter(|s| !s.carried);
    learned().find(|s| !s.imported).or_else(|| learned().next())
}

/// How often a lesson was learned.
pub(crate) fn seen(banked: &Banked) -> usize {
    banked
        .lesson
        .sightings
        .iter()
        .filter(|s| !s.carried)
        .count()
}

/// The lessons that pass the filter: staged ones first, then accepted, then rejected; those seen most often first.
pub(crate) fn listed(model: &Model) -> Vec<&Banked> {
    let query = Query::parse(model.filter());
    let passes = |banked: &&Banked| {
        let learned = learned_on(banked);
        let of = |text: fn(&Sighting) -> String| learned.map(text).unwrap_or_default();
        let text = format!(
            "{} {} {}",
            banked.lesson.key,
            banked.lesson.text,
            of(|s| s.problem.to_string())
        );
        query.passes(&text, |field| {
            Some(match field {
                "standing" => Value::Text(banked.lesson.standing.word().to_owned()),
                "category" => Value::Text(of(|s| s.category.clone())),
                "problem" => Value::Text(of(|s| s.problem.to_string())),
                "agent" => Value::Text(of(|s| s.author.clone())),
                "seen" => Value::Number(seen(banked) as f64),
                "worth" => match &banked.worth {
                    Worth::Measured(worth) => Value::Number(worth.estimate),
                    Worth::TooLittle | Worth::NotHeldOut => return None,
                },
                _ => return None,
            })
        })
    };
    let mut out: Vec<&Banked> = model.bank.all().iter().filter(passes).collect();
    let rank = |banked: &&Banked| match banked.lesson.standing {
        Standing::Staged => 0,
        Standing::Accepted => 1,
        Standing::Rejected => 2,
    };
    out.sort_by_key(|banked| (rank(banked), std::cmp::Reverse(seen(banked))));
    super::lists::turned(model, out)
}

/// The row of the lesson under the cursor.
pub(crate) fn row(model: &Model, all: &[&Banked]) -> usize {
    let chosen = model.bank.chosen.as_deref();
    let at = all
        .iter()
        .position(|b| Some(b.lesson.key.as_str()) == chosen);
    at.unwrap_or(0)
}

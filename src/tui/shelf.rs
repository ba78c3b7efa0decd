//! The bank of lessons as its screen shows it: the order of the list, and what the next prompts can hold of it. Kept from
//! one message to the next, since a bank may hold very many. Never changes what it shows.

use std::borrow::Cow;
use std::collections::HashSet;

use super::model::{LessonView, Model};
use super::query::{Query, Value};
use super::widgets::mark::state_word;
use super::{bank, lists};
use crate::config::keymap::Place;
use crate::domain::id::{LessonId, UnitId};
use crate::domain::lesson::{Lesson, LessonState};
use crate::domain::run::{LessonRecord, Unit};
use crate::domain::spec::Preset;
use crate::domain::units::Tokens;

/// Lessons of a kind that the outlook names.
const NAMED: usize = 100;

/// What is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shelf {
    bank: BankKey,
    list: ListKey,
    order: Vec<u32>,
    outlook: Outlook,
}

/// What the bank hangs on: unit, facts told.
type BankKey = (UnitId, u64);
/// What the order hangs on besides: filter, whether it is by score, whether it is turned, the view.
type ListKey = (String, bool, bool, LessonView);

/// The lessons of a list, in its order.
#[derive(Debug, Clone)]
pub(crate) struct Listed<'a> {
    unit: Option<&'a Unit>,
    order: Cow<'a, [u32]>,
}

impl<'a> Listed<'a> {
    /// How many.
    pub(crate) fn len(&self) -> usize {
        self.order.len()
    }

    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// The lesson in a row.
    pub(crate) fn get(&self, row: usize) -> Option<&'a LessonRecord> {
        at(self.unit?, *self.order.get(row)?)
    }

    /// The row of a lesson, or of the one that stands for it.
    pub(crate) fn row(&self, lesson: LessonId) -> Option<usize> {
        let unit = self.unit?;
        let place = unit.place(lesson)?;
        let mut order = self.order.iter();
        let here = order.position(|at| usize::try_from(*at) == Ok(place));
        let saying = unit.saying(place)?;
        let same = |at: &u32| usize::try_from(*at).is_ok_and(|at| unit.saying(at) == Some(saying));
        here.or_else(|| self.order.iter().position(same))
    }

    /// All of them from a row on.
    pub(crate) fn from(&self, row: usize) -> impl Iterator<Item = &'a LessonRecord> + '_ {
        (row..self.len()).filter_map(|row| self.get(row))
    }
}

/// What the next prompts can hold; lessons are named by where they stand in the bank.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Outlook {
    /// Pinned: in every prompt.
    pub pinned: Vec<u32>,
    /// How many compete for the other places.
    pub open: usize,
    /// The first of these by speedup × factor, best first.
    pub best: Vec<u32>,
    /// Those of them that are in if nothing changes: half by speedup × factor, the rest by relevance.
    pub likely: Vec<u32>,
    /// The first of those that are in no prompt.
    pub rejected: Vec<u32>,
    /// Tokens of the pinned with the cheapest of the open that fit.
    pub least: u64,
    /// The same with the dearest.
    pub most: u64,
}

/// The lesson at a place of the bank.
pub(crate) fn at(unit: &Unit, place: u32) -> Option<&LessonRecord> {
    unit.lessons.get(usize::try_from(place).ok()?)
}

/// The lessons of the unit that is shown, those that pass the filter: in the order of learning, or by what came of them.
pub(crate) fn lessons(model: &Model) -> Listed<'_> {
    let Some((id, unit)) = model.unit() else {
        return Listed {
            unit: None,
            order: Cow::Borrowed(&[]),
        };
    };
    let kept = kept(model, id).filter(|shelf| is_list(model, &shelf.list));
    let order = match kept {
        Some(shelf) => Cow::Borrowed(&*shelf.order),
        None => Cow::Owned(order(model, unit)),
    };
    Listed {
        unit: Some(unit),
        order,
    }
}

/// What the next prompts of the unit that is shown can hold.
pub(crate) fn outlook(model: &Model) -> Cow<'_, Outlook> {
    match model.unit() {
        None => Cow::Owned(Outlook::default()),
        Some((id, unit)) => match kept(model, id) {
            Some(shelf) => Cow::Borrowed(&shelf.outlook),
            None => Cow::Owned(foresee(model, unit)),
        },
    }
}

/// Keeps both while the screen of the lessons is shown.
pub(crate) fn shelve(model: &mut Model) {
    let old = model.view.shelf.take();
    let Some((id, unit)) = model.unit().filter(|_| model.place == Place::Lessons) else {
        return;
    };
    let bank = bank(model, id);
    let shelf = match old.filter(|shelf| shelf.bank == bank) {
        Some(shelf) if is_list(model, &shelf.list) => shelf,
        Some(shelf) => Shelf {
            list: list(model),
            order: order(model, unit),
            ..shelf
        },
        None => Shelf {
            bank,
            list: list(model),
            order: order(model, unit),
            outlook: foresee(model, unit),
        },
    };
    model.view.shelf = Some(shelf);
}

fn kept(model: &Model, unit: UnitId) -> Option<&Shelf> {
    let shelf = model.view.shelf.as_ref()?;
    (shelf.bank == bank(model, unit)).then_some(shelf)
}

fn bank(model: &Model, unit: UnitId) -> BankKey {
    (unit, model.run().map_or(0, |run| run.facts))
}

fn list(model: &Model) -> ListKey {
    let reversed = model.reversed.contains(&model.place);
    let scored = model.sort % 2 == 1;
    let filter = model.filter().to_owned();
    (filter, scored, reversed, model.lesson_view)
}

fn is_list(model: &Model, (filter, scored, turned, view): &ListKey) -> bool {
    let reversed = model.reversed.contains(&model.place);
    let same = filter == model.filter() && *view == model.lesson_view;
    same && *scored == (model.sort % 2 == 1) && *turned == reversed
}

fn score(l: &Lesson) -> f64 {
    l.speedup * l.factor
}

/// Places of the lessons that pass the filter, in the order they are shown.
fn order(model: &Model, unit: &Unit) -> Vec<u32> {
    let query = Query::parse(model.filter());
    let all = (0_u32..).zip(&unit.lessons);
    let mut out: Vec<(f64, u32)> = all
        .filter(|(_, r)| query.is_empty() || passes(model, &query, r))
        .map(|(at, r)| (score(&r.lesson), at))
        .collect();
    if model.lesson_view == LessonView::List {
        let mut told = HashSet::new();
        out.retain(|(_, place)| {
            let saying = usize::try_from(*place).ok().and_then(|at| unit.saying(at));
            let record = at(unit, *place);
            record.is_none_or(|r| told.insert((saying, bank::state(model, r))))
        });
    }
    if model.sort % 2 == 1 {
        out.sort_unstable_by(best_first);
    }
    lists::turned(model, out.into_iter().map(|(_, at)| at).collect())
}

/// The lessons that say the same as one and stand as it does, itself among them, in the order of learning.
pub(crate) fn alike(model: &Model, unit: &Unit, record: &LessonRecord) -> Vec<LessonId> {
    let Some(place) = unit.place(record.lesson.id) else {
        return Vec::new();
    };
    let state = bank::state(model, record);
    let same = unit
        .alike(place)
        .filter(|other| bank::state(model, other) == state);
    same.map(|other| other.lesson.id).collect()
}

/// By score, equal ones in the order of learning.
fn best_first((a, first): &(f64, u32), (b, second): &(f64, u32)) -> std::cmp::Ordering {
    b.total_cmp(a).then(first.cmp(second))
}

fn passes(model: &Model, query: &Query, record: &LessonRecord) -> bool {
    let (l, state) = (&record.lesson, bank::state(model, record));
    let author = lists::author(model, l);
    let text = format!("{} {} {} {author}", l.id, l.text, l.outcome.word());
    query.passes(&text, |field| {
        Some(match field {
            "state" => Value::Text(state_word(state).to_owned()),
            "agent" => Value::Text(author.clone()),
            "outcome" => Value::Text(l.outcome.word().to_owned()),
            "round" => Value::Number(f64::from(l.round.0)),
            "speedup" => Value::Number(l.speedup),
            "factor" => Value::Number(l.factor),
            "relevance" => Value::Number(l.relevance),
            "tokens" => Value::Number(Tokens::estimate(&l.text).0 as f64),
            _ => return None,
        })
    })
}

fn foresee(model: &Model, unit: &Unit) -> Outlook {
    let places = model.run().map_or(0, |run| usize::from(run.spec.lessons));
    let mut out = Outlook::default();
    let (mut open, mut costs, mut fixed) = (Vec::new(), Vec::new(), 0);
    for (at, record) in (0_u32..).zip(&unit.lessons) {
        let lesson = &record.lesson;
        let cost = Tokens::estimate(&lesson.text).0;
        match lesson.state {
            LessonState::Pinned => {
                out.pinned.push(at);
                fixed += cost;
            }
            LessonState::Rejected if out.rejected.len() < NAMED => out.rejected.push(at),
            LessonState::Rejected => {}
            LessonState::Proposed | LessonState::Accepted => {
                open.push((score(lesson), at));
                costs.push(cost);
            }
        }
    }
    out.open = open.len();
    let (least, most) = extremes(costs, places);
    (out.least, out.most) = (fixed + least, fixed + most);
    // Only those that are named are put in order.
    let named = open.len().min(NAMED);
    if named < open.len() {
        open.select_nth_unstable_by(named, best_first);
        open.truncate(named);
    }
    open.sort_unstable_by(best_first);
    out.best = open.into_iter().map(|(_, at)| at).collect();
    if model
        .run()
        .is_some_and(|run| run.spec.preset == Preset::Corrected)
    {
        // Of those that say the same the first one stands for all.
        let mut told = HashSet::new();
        let named = out.best.len();
        out.best
            .retain(|place| at(unit, *place).is_none_or(|r| told.insert(&r.lesson.text)));
        out.open -= named - out.best.len();
    }
    out.likely = likely(model, unit, places, &out.best);
    out
}

/// Who gets the places if nothing changes: half of them by speedup × factor from the run's threshold on, the rest by
/// relevance. As the engine chooses; it has the last word.
fn likely(model: &Model, unit: &Unit, places: usize, open: &[u32]) -> Vec<u32> {
    let threshold = model.run().map_or(0.0, |run| run.spec.threshold);
    let lesson = |place: &u32| at(unit, *place).map(|record| &record.lesson);
    let fast = open
        .iter()
        .filter(|place| lesson(place).is_some_and(|l| score(l) >= threshold));
    let mut chosen: Vec<u32> = fast.copied().take(places.div_ceil(2)).collect();
    let mut rest: Vec<u32> = open
        .iter()
        .copied()
        .filter(|place| !chosen.contains(place))
        .collect();
    let relevance = |place: &u32| lesson(place).map_or(f64::MIN, |l| l.relevance);
    rest.sort_by(|a, b| relevance(b).total_cmp(&relevance(a)).then(a.cmp(b)));
    rest.truncate(places.saturating_sub(chosen.len()));
    chosen.extend(rest);
    chosen
}

/// Sums of the `places` smallest and largest; of all, where that many fit.
fn extremes(mut costs: Vec<u64>, places: usize) -> (u64, u64) {
    if costs.len() <= places {
        let all = costs.iter().sum();
        return (all, all);
    }
    costs.select_nth_unstable(places);
    let least = costs[..places].iter().sum();
    let from = costs.len() - places;
    let last = costs.len() - 1;
    costs.select_nth_unstable(from.min(last));
    (least, costs[from..].iter().sum())
}

#[cfg(test)]
mod tests {
    use super::extremes;

    #[test]
    fn the_cheapest_and_the_dearest_that_fit_are_summed() {
        assert_eq!(extremes(vec![5, 1, 4, 2], 2), (3, 9));
        assert_eq!(extremes(vec![5, 1, 4, 2], 0), (0, 0));
        assert_eq!(extremes(vec![5, 1], 2), (6, 6));
        assert_eq!(extremes(Vec::new(), 2), (0, 0));
    }
}

//! Decisions about lessons that outlive their run: on the Bank screen, and on the lessons of a run that is over. Each has its
//! opposite; they are written one after the other, and shown at once.

use std::collections::BTreeMap;

use super::lessons;
use crate::bank::{self, Decided};
use crate::config::keymap::{Action, Place};
use crate::domain::carried::Standing;
use crate::domain::id::LessonId;
use crate::errand::{Answer, Banked, Desk, Errand, News};
use crate::model::Model;
use crate::msg::{EditTarget, Effect};
use crate::widgets::text::one_line;

/// Has the bank read, unless it is being read or written.
pub(super) fn read(model: &mut Model, effects: &mut Vec<Effect>) {
    if model.bank.under_way.is_none() {
        send(model, Errand::Bank, effects);
    }
}

fn send(model: &mut Model, errand: Errand, effects: &mut Vec<Effect>) {
    if model.bank.under_way.is_some() {
        return model.bank.waiting.push_back(errand);
    }
    model.errands += 1;
    model.bank.under_way = Some(model.errands);
    effects.push(Effect::Errand(Desk::Bank, model.errands, errand));
}

/// Takes in news of it.
pub(super) fn news(model: &mut Model, number: u64, news: News, effects: &mut Vec<Effect>) {
    let News::Over(result) = news else { return };
    if model.bank.under_way != Some(number) {
        return;
    }
    model.bank.under_way = None;
    model.dirty = true;
    match result {
        // What was decided meanwhile is shown already, and is not in there yet.
        Ok(Answer::Bank(lessons)) if model.bank.waiting.is_empty() => model.bank.take(lessons),
        Ok(_) => {}
        Err(failure) => {
            model.toast = Some(one_line(&failure.to_string()));
            model.bank.trouble = Some(failure);
            model.bank.waiting.clear();
        }
    }
    if let Some(next) = model.bank.waiting.pop_front() {
        send(model, next, effects);
    }
}

/// The bank's keys of the lessons that an action is about, in their order.
fn keys(model: &Model, lessons: &[LessonId]) -> Vec<String> {
    if model.place == Place::Bank {
        let all = bank::listed(model);
        let marked = all
            .iter()
            .filter(|b| model.bank.marked.contains(&b.lesson.key));
        let marked: Vec<String> = marked.map(|b| b.lesson.key.clone()).collect();
        return match marked.is_empty() {
            false => marked,
            true => all
                .get(bank::row(model, &all))
                .map(|b| b.lesson.key.clone())
                .into_iter()
                .collect(),
        };
    }
    let found = lessons.iter().filter_map(|id| bank::of_lesson(model, *id));
    let mut keys: Vec<String> = Vec::new();
    for key in found.map(|banked| &banked.lesson.key) {
        // lessons that say the same are one in the bank
        if !keys.contains(key) {
            keys.push(key.clone());
        }
    }
    keys
}

/// Takes in an action about lessons of the bank: those of the Bank screen, or of the run that is over.
pub(super) fn act(
    model: &mut Model,
    action: Action,
    lessons: &[LessonId],
    effects: &mut Vec<Effect>,
) {
    match action {
        Action::Undo => return step(model, true, effects),
        Action::Redo => return step(model, false, effects),
        Action::Add => {
            if let Some((unit, _)) = model.unit() {
                lessons::edit(model, EditTarget::NewLesson(unit), "");
            }
            return;
        }
        _ => {}
    }
    let keys = keys(model, lessons);
    let Some(first) = keys.first().and_then(|key| model.bank.get(key)) else {
        let words = match (&model.bank.trouble, model.bank.lessons.is_some()) {
            (Some(failure), _) => one_line(&failure.to_string()),
            (None, false) => "One moment, the bank is being read".to_owned(),
            (None, true) => "There is no lesson here".to_owned(),
        };
        model.toast = Some(words);
        return read(model, effects);
    };
    let (key, text) = (first.lesson.key.clone(), first.lesson.text.clone());
    let standing = match action {
        Action::Accept => Standing::Accepted,
        Action::Reject => Standing::Rejected,
        Action::Edit => return lessons::edit(model, EditTarget::Banked(key), &text),
        Action::EditOutside => {
            return effects.push(Effect::Edit(EditTarget::Banked(key), text));
        }
        _ => return,
    };
    let before: Decided = keys
        .iter()
        .filter_map(|key| model.bank.get(key))
        .filter(|banked| banked.lesson.standing != standing)
        .map(|banked| (banked.lesson.key.clone(), banked.lesson.standing))
        .collect();
    if before.is_empty() {
        let words = format!("{key} is {} already", standing.word());
        model.toast = Some(words);
        return;
    }
    let words = match before.as_slice() {
        [(key, _)] => format!("{key} {}", standing.word()),
        many => format!("{} lessons {}", many.len(), standing.word()),
    };
    model.toast = Some(match standing {
        Standing::Accepted => format!("{words} for later runs (--bank category or all)"),
        _ => format!("{words}: in no later run"),
    });
    let changed: Vec<String> = before.iter().map(|(key, _)| key.clone()).collect();
    let next = next_staged(model, &changed);
    model.bank.undo.push(before);
    model.bank.redo.clear();
    model.bank.marked.clear();
    model.view.marked.clear();
    decide(model, changed, standing, effects);
    if model.place == Place::Bank {
        model.bank.chosen = next;
    }
}

fn decide(model: &mut Model, keys: Vec<String>, standing: Standing, effects: &mut Vec<Effect>) {
    model.bank.stand(&keys, standing);
    send(model, Errand::DecideBank { keys, standing }, effects);
}

/// The lesson of the Bank screen after the one under the cursor that nobody has decided about; else the one under the cursor.
fn next_staged(model: &Model, decided: &[String]) -> Option<String> {
    let all = bank::listed(model);
    let at = bank::row(model, &all);
    let open = |banked: &&&Banked| {
        banked.lesson.standing == Standing::Staged && !decided.contains(&banked.lesson.key)
    };
    let after = all.iter().skip(at + 1).chain(all.iter().take(at + 1));
    let next = after.clone().find(open);
    let here = all.get(at);
    next.or(here).map(|banked| banked.lesson.key.clone())
}

fn step(model: &mut Model, undo: bool, effects: &mut Vec<Effect>) {
    let bank = &mut model.bank;
    let from = if undo { &mut bank.undo } else { &mut bank.redo };
    let Some(steps) = from.pop() else {
        let words = if undo {
            "Nothing to undo"
        } else {
            "Nothing to redo"
        };
        model.toast = Some(words.to_owned());
        return;
    };
    let mut now: Decided = Vec::new();
    let mut groups: BTreeMap<&str, (Standing, Vec<String>)> = BTreeMap::new();
    for (key, standing) in &steps {
        if let Some(banked) = bank.get(key) {
            now.push((key.clone(), banked.lesson.standing));
        }
        let group = groups
            .entry(standing.word())
            .or_insert((*standing, Vec::new()));
        group.1.push(key.clone());
    }
    let words = match steps.as_slice() {
        [(key, standing)] => format!("{key}: {} again", standing.word()),
        many => format!("Taken back for {} lessons", many.len()),
    };
    let groups: Vec<(Standing, Vec<String>)> = groups.into_values().collect();
    match undo {
        true => bank.redo.push(now),
        false => bank.undo.push(now),
    }
    model.toast = Some(words);
    for (standing, keys) in groups {
        decide(model, keys, standing, effects);
    }
}

/// Takes in an edited text.
pub(super) fn edited(model: &mut Model, key: String, text: String, effects: &mut Vec<Effect>) {
    let before = model
        .bank
        .get(&key)
        .map(|banked| banked.lesson.text.clone());
    if before.is_none_or(|before| before == text) {
        model.toast = Some("Left as it was".to_owned());
        return;
    }
    model.toast = Some("Edited and accepted for later runs".to_owned());
    send(model, Errand::EditBank { key, text }, effects);
}

/// A lesson of the person's own, for later runs.
pub(super) fn add(model: &mut Model, text: String, effects: &mut Vec<Effect>) {
    let Some(((unit, _), run)) = model.unit().zip(model.run()) else {
        return;
    };
    let run = run.id.clone();
    model.toast = Some("Added to the bank and accepted for later runs".to_owned());
    send(model, Errand::AddToBank { run, unit, text }, effects);
}

/// Marks the lesson under the cursor of the Bank screen, or takes the mark back.
pub(super) fn mark(model: &mut Model) {
    let all = bank::listed(model);
    let at = bank::row(model, &all);
    let Some(key) = all.get(at).map(|banked| banked.lesson.key.clone()) else {
        model.toast = Some("There is no lesson here yet".to_owned());
        return;
    };
    let next = all.get(at + 1).map(|banked| banked.lesson.key.clone());
    if !model.bank.marked.remove(&key) {
        model.bank.marked.insert(key.clone());
    }
    model.bank.chosen = next.or(Some(key));
}

/// Marks every staged lesson whose attempt came to the same as that of the one under the cursor; where some are marked, none.
pub(super) fn mark_kind(model: &mut Model) {
    if !model.bank.marked.is_empty() {
        return model.bank.marked.clear();
    }
    let all = bank::listed(model);
    let kind = |banked: &Banked| bank::learned_on(banked).map(|seen| seen.outcome);
    let Some(wanted) = all.get(bank::row(model, &all)).map(|banked| kind(banked)) else {
        model.toast = Some("There is no lesson here yet".to_owned());
        return;
    };
    let same = all
        .iter()
        .filter(|banked| banked.lesson.standing == Standing::Staged && kind(banked) == wanted);
    model.bank.marked = same.map(|banked| banked.lesson.key.clone()).collect();
    model.toast = Some(match model.bank.marked.len() {
        0 => "No staged lesson is of this kind".to_owned(),
        n => format!("{n} marked: a accepts, x rejects all of them"),
    });
}

//! The keys of applying a candidate: look at the difference, choose where it goes, name it, have it done.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use crate::applying::{Applying, Stage, Way};
use crate::errand::{Answer, Applied, Desk, Errand, News, Target};
use crate::model::{Model, Overlay};
use crate::msg::Effect;
use crate::own::line;

/// Rows that a page moves by.
const PAGE: usize = 10;
/// Longest name that can be typed, in bytes.
const LONGEST: usize = 500;

/// Begins with the candidate selected: has the difference against the files made.
pub(super) fn begin(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(((unit, about), (candidate, _))) = model.unit().zip(model.selected()) else {
        model.toast = Some("There is no candidate yet".to_owned());
        return;
    };
    let Some(run) = model.run().map(|run| run.id.clone()) else {
        return;
    };
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    let short: String = about.spec.problem.short().chars().map(plain).collect();
    let applying = Applying {
        wanted: Applied {
            run,
            unit,
            candidate,
            merge: false,
        },
        preview: None,
        refused: None,
        stage: Stage::Planning,
        row: 0,
        scroll: 0,
        line: line(""),
        name: format!("{short}-{candidate}"),
        ending: match about.spec.work.is_optimise() {
            true => ".cpp",
            false => ".py",
        },
        number: 0,
    };
    model.overlay = Overlay::Applying(Box::new(applying));
    plan(model, effects);
}

fn plan(model: &mut Model, effects: &mut Vec<Effect>) {
    let Overlay::Applying(applying) = &mut model.overlay else {
        return;
    };
    applying.stage = Stage::Planning;
    let errand = Errand::Plan(applying.wanted.clone());
    send(model, errand, effects);
}

fn send(model: &mut Model, errand: Errand, effects: &mut Vec<Effect>) {
    model.errands += 1;
    let number = model.errands;
    if let Overlay::Applying(applying) = &mut model.overlay {
        applying.number = number;
        effects.push(Effect::Errand(Desk::Apply, number, errand));
    }
}

/// Takes in a key.
pub(super) fn key(model: &mut Model, key: KeyEvent, effects: &mut Vec<Effect>) {
    let Overlay::Applying(applying) = &mut model.overlay else {
        return;
    };
    if let Stage::Naming(way) = applying.stage {
        match key.code {
            KeyCode::Esc => applying.stage = Stage::Choosing,
            KeyCode::Enter => {
                let typed = applying.line.lines().first().map_or("", |text| text.trim());
                if typed.is_empty() {
                    model.toast = Some("Give it a name".to_owned());
                    return;
                }
                if way == Way::Save {
                    let name = typed.to_owned();
                    return save(model, name, effects);
                }
                let target = match way {
                    Way::Patch => Target::Patch(typed.to_owned()),
                    _ => Target::Branch(typed.to_owned()),
                };
                put(model, target, effects);
            }
            KeyCode::Char('u') if key.modifiers.contains(KeyModifiers::CONTROL) => {
                applying.line = line("");
            }
            KeyCode::Char(_)
                if applying.line.lines().iter().map(String::len).sum::<usize>() >= LONGEST => {}
            _ => drop(applying.line.input(key)),
        }
        return;
    }
    let ways = applying.ways();
    let rows = applying
        .preview
        .as_ref()
        .map_or(0, |preview| preview.diff.lines().count());
    match (key.code, &applying.stage) {
        (KeyCode::Esc | KeyCode::Char('q'), Stage::Doing) => {
            model.toast = Some("One moment, it is being written".to_owned());
        }
        (KeyCode::Esc | KeyCode::Char('q'), _) => {
            model.overlay = Overlay::None;
            effects.push(Effect::GiveUp(Desk::Apply));
        }
        (KeyCode::Enter, Stage::Done(_)) => model.overlay = Overlay::None,
        (KeyCode::Down | KeyCode::Char('j'), _) => {
            applying.row = (applying.row + 1).min(ways.len().saturating_sub(1));
        }
        (KeyCode::Up | KeyCode::Char('k'), _) => applying.row = applying.row.saturating_sub(1),
        (KeyCode::PageDown | KeyCode::Char(' '), _) => {
            applying.scroll = (applying.scroll + PAGE).min(rows.saturating_sub(1));
        }
        (KeyCode::PageUp, _) => applying.scroll = applying.scroll.saturating_sub(PAGE),
        (KeyCode::Enter, Stage::Choosing) => match ways.get(applying.row) {
            Some(Way::InPlace) => put(model, Target::InPlace { dirty: false }, effects),
            Some(Way::Dirty) => put(model, Target::InPlace { dirty: true }, effects),
            Some(Way::Patch) => name(applying, Way::Patch, ".patch"),
            Some(Way::Branch) => name(applying, Way::Branch, ""),
            Some(Way::Save) => {
                applying.stage = Stage::Naming(Way::Save);
                applying.line = line(&format!("{}{}", applying.name, applying.ending));
            }
            Some(Way::Merge) => {
                applying.wanted.merge = true;
                applying.refused = None;
                plan(model, effects);
            }
            None => {}
        },
        _ => {}
    }
}

/// Has the code written into a file of its own.
fn save(model: &mut Model, name: String, effects: &mut Vec<Effect>) {
    let Overlay::Applying(applying) = &model.overlay else {
        return;
    };
    let wanted = applying.wanted.clone();
    let unit = model.run().and_then(|run| run.unit(wanted.unit));
    let state = unit.and_then(|unit| unit.candidates.get(&wanted.candidate));
    let Some(text) = state.map(|state| state.candidate.source.clone()) else {
        model.toast = Some("That candidate is not known at this moment of the run".to_owned());
        return;
    };
    model.overlay = Overlay::None;
    effects.push(Effect::GiveUp(Desk::Apply));
    effects.push(Effect::WriteNew { name, text });
}

fn name(applying: &mut Applying, way: Way, ending: &str) {
    applying.stage = Stage::Naming(way);
    applying.line = line(&format!("lessonl-{}{ending}", applying.name));
}

fn put(model: &mut Model, target: Target, effects: &mut Vec<Effect>) {
    let Overlay::Applying(applying) = &mut model.overlay else {
        return;
    };
    applying.stage = Stage::Doing;
    applying.refused = None;
    let errand = Errand::Apply(applying.wanted.clone(), target);
    send(model, errand, effects);
}

/// Takes in news of an errand.
pub(super) fn news(model: &mut Model, number: u64, news: News) {
    let Overlay::Applying(applying) = &mut model.overlay else {
        return;
    };
    let News::Over(result) = news else { return };
    if applying.number != number {
        return;
    }
    model.dirty = true;
    match result {
        Ok(Answer::Plan(preview)) => {
            applying.preview = Some(preview);
            applying.stage = Stage::Choosing;
            (applying.row, applying.scroll) = (0, 0);
        }
        Ok(Answer::Applied(words)) => applying.stage = Stage::Done(words),
        Ok(_) => {}
        Err(failure) => {
            applying.refused = Some(failure);
            applying.stage = Stage::Choosing;
            applying.row = applying.row.min(applying.ways().len().saturating_sub(1));
        }
    }
}

//! The template behind a question: shown with what it changes of the built-in one, opened in the person's editor, kept.

use crossterm::event::KeyEvent;

use crate::config::keymap::Action;
use crate::domain::id::{Purpose, Round};
use crate::domain::spec::StrategyKind;
use crate::errand::{Answer, Desk, Errand, News};
use crate::model::{Asked, Model, Overlay, Templated};
use crate::msg::{EditTarget, Effect};
use crate::screens::template;

/// Rows that a page moves by.
const PAGE: usize = 15;

/// The template that a question was made of.
fn name(model: &Model, asked: &Asked) -> Option<&'static str> {
    let run = model.run()?;
    let unit = run.unit(asked.unit)?;
    let optimise = unit.spec.work.is_optimise();
    let first = asked.ask.about.round == Round(0);
    let pick = |one: &'static str, other: &'static str| if optimise { one } else { other };
    Some(match (asked.ask.purpose, run.spec.strategy) {
        (Purpose::Rewrite, StrategyKind::Cot) => pick("reason", "implement-reason"),
        (Purpose::Rewrite, StrategyKind::Reflexion) if !first => pick("retry", "implement-retry"),
        (Purpose::Rewrite, StrategyKind::LessonlPlus) => pick("explore", "implement"),
        (Purpose::Repair, StrategyKind::LessonlPlus) => pick("mend", "implement-repair"),
        (Purpose::Refine, _) => pick("refine", "implement"),
        (Purpose::Rewrite, StrategyKind::Mapcoder) => pick("code", "implement-code"),
        (Purpose::Rewrite, _) => pick("rewrite", "implement"),
        (Purpose::Lesson, _) => pick("lesson", "implement-lesson"),
        (Purpose::Reflect, _) => pick("reflect", "implement-reflect"),
        (Purpose::Recall, _) => pick("recall", "implement-recall"),
        (Purpose::Plan, _) => pick("plan", "implement-plan"),
        (Purpose::Repair, _) => pick("repair", "implement-repair"),
        (Purpose::Combine, _) => pick("combine", "implement-combine"),
        (Purpose::Tests, _) => "implement-tests",
    })
}

/// Opens the template of the question that is looked at.
pub(super) fn begin(model: &mut Model, asked: Asked, effects: &mut Vec<Effect>) {
    let Some(name) = name(model, &asked) else {
        return;
    };
    ask(model, Errand::Template(name.to_owned()), name, effects);
}

fn ask(model: &mut Model, errand: Errand, name: &str, effects: &mut Vec<Effect>) {
    model.errands += 1;
    let shown = match std::mem::replace(&mut model.overlay, Overlay::None) {
        Overlay::Template(known) => known.template,
        _ => None,
    };
    model.overlay = Overlay::Template(Box::new(Templated {
        name: name.to_owned(),
        template: shown,
        trouble: None,
        scroll: 0,
        number: model.errands,
    }));
    effects.push(Effect::Errand(Desk::Template, model.errands, errand));
}

/// Takes in what the person made of a template.
pub(super) fn written(model: &mut Model, name: String, text: String, effects: &mut Vec<Effect>) {
    let known = match &model.overlay {
        Overlay::Template(shown) => shown.template.as_ref(),
        _ => None,
    };
    if known.is_some_and(|template| template.text == text) {
        model.toast = Some("Left as it was".to_owned());
        return;
    }
    let errand = Errand::SaveTemplate {
        name: name.clone(),
        text,
    };
    ask(model, errand, &name, effects);
}

/// Takes in a key.
pub(super) fn key(model: &mut Model, key: KeyEvent, effects: &mut Vec<Effect>) {
    let action = model.keymap.action(key);
    let last = template::rows(model).saturating_sub(1);
    let Overlay::Template(shown) = &mut model.overlay else {
        return;
    };
    let row = &mut shown.scroll;
    match action {
        Some(Action::Down) => *row = (*row + 1).min(last),
        Some(Action::Up) => *row = row.saturating_sub(1),
        Some(Action::PageDown | Action::Freeze) => *row = (*row + PAGE).min(last),
        Some(Action::PageUp) => *row = row.saturating_sub(PAGE),
        Some(Action::Top) => *row = 0,
        Some(Action::Bottom) => *row = last,
        Some(Action::Edit | Action::EditOutside) => match &shown.template {
            Some(template) => {
                let target = EditTarget::Template(template.name.clone());
                effects.push(Effect::Edit(target, template.text.clone()));
            }
            None => model.toast = Some("One moment, it is being read".to_owned()),
        },
        _ => {
            effects.push(Effect::GiveUp(Desk::Template));
            model.overlay = Overlay::None;
        }
    }
}

/// Takes in news of an errand.
pub(super) fn news(model: &mut Model, number: u64, news: News) {
    let (Overlay::Template(shown), News::Over(result)) = (&mut model.overlay, news) else {
        return;
    };
    if shown.number != number {
        return;
    }
    model.dirty = true;
    match result {
        Ok(Answer::Template(template)) => {
            if shown.template.is_some() {
                model.toast = Some(match template.changes.is_empty() {
                    true => {
                        "The built-in template is in force again, from the next run on".to_owned()
                    }
                    false => format!("Saved in {}, in force from the next run on", template.file),
                });
            }
            shown.template = Some(template);
        }
        Ok(_) => {}
        Err(failure) => shown.trouble = Some(failure),
    }
}

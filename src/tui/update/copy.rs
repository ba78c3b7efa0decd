//! Taking things out: the selection to the clipboard, as it is or as Markdown with its figures; a report into a file.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::config::keymap::Place;
use crate::lists;
use crate::model::Model;
use crate::msg::Effect;
use crate::panes::Pane;
use crate::reports::document::markdown as markdown_report;
use crate::screens::result;
use crate::shelf;
use crate::widgets::mark::{Mark, state_word};
use crate::{svg, view};

/// The selection as it is: a lesson's text (the marked ones' where some are), else the candidate's source.
pub(super) fn plain(model: &mut Model, effects: &mut Vec<Effect>) {
    let text = match model.place {
        Place::Lessons => {
            let chosen = chosen(model);
            let texts: Vec<&str> = chosen.iter().map(|r| r.lesson.text.as_str()).collect();
            (!texts.is_empty()).then(|| texts.join("\n"))
        }
        Place::Result => result::text(model),
        _ => model
            .selected()
            .map(|(_, state)| state.candidate.source.clone()),
    };
    send(model, text, effects);
}

/// Whether something is selected that can be copied.
pub(super) fn has(model: &Model) -> bool {
    match (model.place, model.pane) {
        (Place::Lessons, _) => lists::lesson(model).is_some(),
        (Place::Result, _) => model.run().is_some(),
        _ => model.selected().is_some(),
    }
}

/// The selection as Markdown: lessons as a list, a candidate as a fenced block under its figure.
pub(super) fn markdown(model: &mut Model, effects: &mut Vec<Effect>) {
    let text = match (model.place, model.pane) {
        (Place::Lessons, _) | (_, Pane::Inbox) => {
            let chosen = chosen(model);
            let lines: Vec<String> = chosen
                .iter()
                .map(|r| {
                    let l = &r.lesson;
                    let (state, outcome) = (state_word(l.state), l.outcome.word());
                    format!("- {} ({state}; {outcome}): {}", l.id, l.text)
                })
                .collect();
            (!lines.is_empty()).then(|| lines.join("\n"))
        }
        (Place::Result, _) => result::text(model),
        _ => model.selected().map(|(id, state)| {
            let figure = state
                .speedup()
                .map_or_else(String::new, |s| format!(" {s}"));
            let (word, author) = (Mark::of(state).word(), model.agent_name(id.agent));
            let source = state.candidate.source.trim_end();
            // A fence longer than any in the source, so that hostile text stays inside.
            let longest = source.split(|c| c != '`').map(str::len).max().unwrap_or(0);
            let fence = "`".repeat(longest.max(2) + 1);
            format!("{id} by {author}: {word}{figure}\n\n{fence}cpp\n{source}\n{fence}\n")
        }),
    };
    send(model, text, effects);
}

/// A report of the run so far.
pub(super) fn export(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(run) = model.run() else {
        model.toast = Some("No run is open".to_owned());
        return;
    };
    let started = time::OffsetDateTime::from_unix_timestamp(run.started_at / 1000)
        .ok()
        .and_then(|at| {
            at.format(&time::format_description::well_known::Rfc3339)
                .ok()
        });
    let text = markdown_report(run, &started.unwrap_or_default());
    let name = format!("lessonl-{}.md", run.id);
    effects.push(Effect::Export { name, text });
}

/// The screen as a picture, as it stands.
pub(super) fn picture(model: &mut Model, effects: &mut Vec<Effect>) {
    let (width, height) = model.size;
    let area = Rect::new(0, 0, width, height);
    let mut buf = Buffer::empty(area);
    model.toast = None;
    view::render(model, area, &mut buf);
    let text = svg::picture(&buf, model.look.theme.ground());
    let of = model.run().map_or("", |run| run.id.as_str());
    let place = model.place.word().to_lowercase();
    let name = format!("lessonl-{of}-{place}.svg").replace("--", "-");
    effects.push(Effect::Export { name, text });
}

/// The marked lessons, else the one under the cursor.
fn chosen(model: &Model) -> Vec<&crate::domain::run::LessonRecord> {
    if model.view.marked.is_empty() {
        return lists::lesson(model).into_iter().collect();
    }
    let all = shelf::lessons(model);
    all.from(0)
        .filter(|r| model.view.marked.contains(&r.lesson.id))
        .collect()
}

fn send(model: &mut Model, text: Option<String>, effects: &mut Vec<Effect>) {
    match text {
        Some(text) => {
            effects.push(Effect::Copy(text));
        }
        None => model.toast = Some("Nothing is selected to copy".to_owned()),
    }
}

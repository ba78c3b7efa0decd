//! What was asked and answered, over any screen: the exact prompt, the answer as it came, what it cost and took.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::{Clear, Widget};

use crate::config::theme::Role;
use crate::domain::ask::Answer;
use crate::domain::id::{AskId, UnitId};
use crate::domain::run::{AskState, Run};
use crate::domain::units::Tokens;
use crate::journal;
use crate::model::{Asked, Folding, Model};
use crate::widgets::frame::{Look, centred, panel, scrolled, text_line, title};
use crate::widgets::text::{one_line, span, wrap};

/// Widest that it is shown: longer lines of prose are hard to read.
pub(crate) const WIDEST: u16 = 130;
/// Most lines that are shown of a text.
const MOST: usize = 20_000;

/// Cells of a line at a terminal's width.
pub(crate) fn cells(width: u16) -> usize {
    usize::from(width.min(WIDEST).saturating_sub(4))
}

/// Draws it.
pub(crate) fn draw(model: &Model, asked: &Asked, area: Rect, buf: &mut Buffer) {
    let look = &model.look;
    let at = centred(area, WIDEST, area.height.saturating_sub(2));
    Clear.render(at, buf);
    let name = format!("Asked {}", asked.ask);
    let detail = "[ ] others, c reasoning, E template, y copies";
    let inner = panel(buf, at, title(look, &name, detail), true, look);
    let lines = lines(model, asked, usize::from(inner.width));
    scrolled(buf, (at, inner), &lines, asked.scroll, look);
}

fn state<'a>(model: &'a Model, asked: &Asked) -> Option<(&'a Run, &'a AskState)> {
    let run = model.run()?;
    let unit = run.unit(asked.unit)?;
    Some((run, unit.asks.get(&asked.ask)?))
}

/// What is told, in lines.
pub(crate) fn lines(model: &Model, asked: &Asked, cells: usize) -> Vec<Line<'static>> {
    let look = &model.look;
    let Some((run, state)) = state(model, asked) else {
        let words = "This question is not known at this moment of the run.";
        return vec![text_line(look, Role::Dim, words)];
    };
    let mut lines = Vec::new();
    let mut say = |role: Role, text: &str| {
        let text = wrap(text, cells, MOST).into_iter();
        lines.extend(text.map(|line| text_line(look, role, line)));
    };
    say(Role::Title, &head(run, asked.ask, state));
    match &state.reply {
        None => say(Role::Running, "No answer yet."),
        Some(Ok(answer)) => {
            say(Role::Text, &figures(run, asked.ask, answer));
            for defect in &answer.defects {
                say(Role::Unclear, &format!("! {}", one_line(&defect.words())));
            }
        }
        Some(Err(failure)) => {
            say(Role::Failed, &one_line(&failure.message));
            if !failure.hint.is_empty() {
                say(Role::Text, &format!("→ {}", one_line(&failure.hint)));
            }
        }
    }
    for note in &state.notes {
        say(Role::Dim, &journal::noted(note));
    }
    if !state.lessons.is_empty() {
        let ids: Vec<String> = state.lessons.iter().map(ToString::to_string).collect();
        say(Role::Dim, &format!("lessons in it: {}", ids.join(" ")));
    }
    let mut part = |name: String, role: Role, text: &str| {
        lines.push(Line::default());
        lines.push(rule(look, &name, cells));
        let text = wrap(text, cells, MOST).into_iter();
        lines.extend(text.map(|line| text_line(look, role, line)));
    };
    let tokens = Tokens::estimate(&state.prompt);
    let prompt = format!("Prompt, about {tokens} tokens");
    part(prompt, Role::Text, &state.prompt);
    if let Some(Ok(answer)) = &state.reply {
        if !answer.thoughts.is_empty() {
            let count = answer.thoughts.lines().count();
            match asked.thoughts {
                Folding::Open => part("Reasoning, c folds".to_owned(), Role::Dim, &answer.thoughts),
                Folding::Folded => part(
                    format!("Reasoning, {count} lines, c unfolds"),
                    Role::Dim,
                    "",
                ),
            }
        }
        let (name, text) = answered(answer);
        part(name.to_owned(), Role::Text, text);
    } else if let Some(text) = streaming(model, asked) {
        part("Answer so far".to_owned(), Role::Text, &text);
    }
    lines
}

/// The answer, and whether that is how it came.
fn answered(answer: &Answer) -> (&'static str, &str) {
    match answer.as_it_came() {
        Some(raw) => ("Answer as it came", raw),
        None => ("Answer", &answer.text),
    }
}

/// What has arrived of an answer under way.
fn streaming(model: &Model, asked: &Asked) -> Option<String> {
    let live = model.live.as_ref()?;
    let stream = live.streams.get(&asked.ask.agent())?;
    (stream.ask == Some(asked.ask)).then(|| {
        let lines: Vec<&str> = stream.lines.iter().map(String::as_str).collect();
        lines.join("\n")
    })
}

fn rule(look: &Look, name: &str, cells: usize) -> Line<'static> {
    let dash = look.pick("─", "-");
    let rest = cells.saturating_sub(name.chars().count() + 4);
    Line::from(vec![
        look.span(Role::Border, format!("{dash}{dash} ")),
        look.span(Role::Title, name.to_owned()),
        look.span(Role::Border, format!(" {}", dash.repeat(rest))),
    ])
}

fn head(run: &Run, ask: AskId, state: &AskState) -> String {
    let spec = run.spec.team.get(ask.agent().index());
    let who = spec.map_or_else(
        || ask.agent().to_string(),
        |spec| format!("{} ({})", one_line(&spec.name), one_line(&spec.model())),
    );
    let after = span(state.sent_at - run.started_at);
    let purpose = ask.purpose.word();
    format!(
        "{purpose} about {}, asked of {who}, {after} after the start",
        ask.about
    )
}

/// Tokens, money and time of an answer.
fn figures(run: &Run, ask: AskId, answer: &Answer) -> String {
    let usage = &answer.usage;
    let about = if usage.estimated { "about " } else { "" };
    let mut words = format!(
        "answered by {} after {}, {about}{} tokens read, {} written",
        one_line(&answer.model),
        answer.latency,
        usage.input,
        usage.output
    );
    if usage.reasoning.0 > 0 {
        words.push_str(&format!(" ({} of them reasoning)", usage.reasoning));
    }
    if usage.cached.0 > 0 {
        words.push_str(&format!(", {} read from its cache", usage.cached));
    }
    let seconds = answer.latency.millis() / 1e3;
    if seconds > 0.0 && usage.output.0 > 0 && !usage.estimated {
        words.push_str(&format!(
            ", {:.0} a second",
            usage.output.0 as f64 / seconds
        ));
    }
    let spec = run.spec.team.get(ask.agent().index());
    let price = spec.and_then(|spec| spec.kind.models().find_map(|m| run.spec.prices.get(m)));
    let cost = usage.cost.or_else(|| price.map(|price| price.of(usage)));
    match cost {
        Some(cost) => words.push_str(&format!(", {cost}")),
        None if run.spec.is_metered() => words.push_str(", price unknown"),
        None => {}
    }
    words
}

/// Whether the answer came with reasoning.
pub(crate) fn has_thoughts(model: &Model, asked: &Asked) -> bool {
    let state = state(model, asked).map(|(_, state)| state);
    let answer = state.and_then(|state| state.reply.as_ref()?.as_ref().ok());
    answer.is_some_and(|answer| !answer.thoughts.is_empty())
}

/// The question and its answer as text; as Markdown under heads.
pub(crate) fn text(model: &Model, asked: &Asked) -> Option<String> {
    let (run, state) = state(model, asked)?;
    let mut text = format!("{}\n", head(run, asked.ask, state));
    if let Some(Ok(answer)) = &state.reply {
        text.push_str(&format!("{}\n", figures(run, asked.ask, answer)));
    }
    text.push_str(&format!("\n--- Prompt ---\n{}\n", state.prompt));
    if let Some(Ok(answer)) = &state.reply {
        if !answer.thoughts.is_empty() {
            text.push_str(&format!("\n--- Reasoning ---\n{}\n", answer.thoughts));
        }
        let (name, words) = answered(answer);
        text.push_str(&format!("\n--- {name} ---\n{words}\n"));
    }
    Some(text)
}

/// The questions of a unit, in the order in which they were asked.
pub(crate) fn all(model: &Model, unit: UnitId) -> Vec<AskId> {
    let asks = model.run().and_then(|run| run.unit(unit)).map(|u| &u.asks);
    let mut all: Vec<(i64, AskId)> = asks
        .into_iter()
        .flatten()
        .map(|(id, state)| (state.sent_at, *id))
        .collect();
    all.sort_unstable();
    all.into_iter().map(|(_, id)| id).collect()
}

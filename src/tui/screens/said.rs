//! What the agent in focus says: what it did round by round, and below that its stream. Never waits for either.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::config::theme::Role;
use crate::domain::id::{AgentId, CandidateId, LessonId};
use crate::domain::run::{CandidateState, Run, Unit};
use crate::tui::live::Stream;
use crate::tui::model::Model;
use crate::tui::panes::Pane;
use crate::tui::widgets::frame::{panel, put, text_line, title};
use crate::tui::widgets::mark::{self, Mark};
use crate::tui::widgets::text::{one_line, wrap};

/// Rows from which the author's words stand beside the lesson.
const ROOMY: usize = 12;

fn stream(model: &Model, agent: AgentId) -> Option<&Stream> {
    let live = model.live.as_ref()?;
    live.streams.get(&agent)
}

/// The last line an agent said, or why it said nothing.
pub fn last_words(model: &Model, unit: &Unit, agent: AgentId) -> String {
    if let Some(outage) = &unit.outage {
        let wait = (outage.until - model.now).max(0) / 1000;
        return format!(
            "nobody answers, asking again in {wait} s: {}",
            one_line(&outage.failure.message)
        );
    }
    if let Some(stream) = stream(model, agent) {
        if let Some(retry) = &stream.retry {
            return retry.clone();
        }
        let said = stream
            .lines
            .iter()
            .rev()
            .find(|line| !line.trim().is_empty() && !line.starts_with("```"));
        if let Some(line) = said {
            return line.clone();
        }
    }
    let last = unit
        .asks
        .iter()
        .rev()
        .find(|(id, state)| id.agent() == agent && state.reply.is_some());
    match last.and_then(|(_, state)| state.reply.as_ref()) {
        Some(Ok(answer)) => answer.prose.clone(),
        Some(Err(failure)) if failure.hint.is_empty() => failure.message.clone(),
        Some(Err(failure)) => format!("{} → {}", failure.message, failure.hint),
        None => String::new(),
    }
}

/// Draws it.
pub fn draw(model: &Model, run: &Run, unit: &Unit, area: Rect, buf: &mut Buffer) {
    let look = &model.look;
    let agent = model.agent;
    let spec = run.spec.team.get(agent.index());
    let name = spec.map_or_else(|| agent.to_string(), |s| one_line(&s.name));
    let model_name = spec.map_or_else(String::new, |s| one_line(&s.model()));
    let detail = if model.tail_back > 0 {
        format!("{model_name}, {} lines back; f follows", model.tail_back)
    } else {
        model_name
    };
    let focused = model.pane == Pane::Output;
    let inner = panel(buf, area, title(look, &name, &detail), focused, look);
    let (cells, height) = (usize::from(inner.width), usize::from(inner.height));
    let mut lines: Vec<(Role, String)> = Vec::new();
    match stream(model, agent).filter(|stream| !stream.lines.is_empty()) {
        Some(stream) => {
            let about = stream.ask.map(|ask| ask.about);
            let end = stream.lines.len().saturating_sub(model.tail_back);
            let from = end.saturating_sub(height);
            // What it is about now stands under what it did before, as far as there is room.
            if end < height {
                lines = earlier(model, unit, cells, height, about);
                if !lines.is_empty() {
                    lines.push((Role::Text, String::new()));
                }
            }
            for line in stream.lines.range(from..end) {
                lines.extend(wrap(line, cells, 20).into_iter().map(|l| (Role::Text, l)));
            }
            let judged = judged(unit, agent).find(|(id, _)| Some(*id) == about);
            if let Some((id, state)) = judged
                && model.tail_back == 0
            {
                lines.push(verdict(model, id, state));
            }
        }
        None => {
            lines = deeds(model, unit, cells, height);
            lines.truncate(lines.len().saturating_sub(model.tail_back).max(1));
        }
    }
    let from = lines.len().saturating_sub(height);
    for (row, (role, line)) in lines.into_iter().skip(from).enumerate() {
        put(buf, inner, row, &text_line(look, role, line));
    }
}

fn judged(
    unit: &Unit,
    agent: AgentId,
) -> impl DoubleEndedIterator<Item = (CandidateId, &CandidateState)> {
    let mine = unit
        .candidates
        .iter()
        .filter(move |(id, _)| id.agent == agent);
    mine.filter(|(_, state)| state.evaluated.is_some())
        .map(|(id, state)| (*id, state))
}

/// A candidate with its verdict and figure.
fn verdict(model: &Model, id: CandidateId, state: &CandidateState) -> (Role, String) {
    let look = &model.look;
    let found = Mark::of(state);
    let figure = mark::figure(state, 30, look.symbols);
    let figure = figure.map_or_else(String::new, |figure| format!(" {figure}"));
    let words = format!(
        "{id} {} {}{figure}",
        found.glyph(look.symbols),
        found.word()
    );
    (found.role(), words)
}

/// What the agent in focus did besides one candidate: each with its verdict, its author's words and the lesson.
fn earlier(
    model: &Model,
    unit: &Unit,
    cells: usize,
    height: usize,
    besides: Option<CandidateId>,
) -> Vec<(Role, String)> {
    let mut lines = Vec::new();
    for (id, state) in judged(unit, model.agent).filter(|(id, _)| Some(*id) != besides) {
        if !lines.is_empty() {
            lines.push((Role::Text, String::new()));
        }
        lines.push(verdict(model, id, state));
        let lesson = unit.lesson(LessonId::Learned(id));
        if height >= ROOMY || lesson.is_none() {
            let said = wrap(&one_line(&state.candidate.rationale), cells, 4);
            lines.extend(said.into_iter().map(|l| (Role::Dim, l)));
        }
        let learned = lesson.map(|record| wrap(&record.lesson.text, cells, 6));
        lines.extend(learned.into_iter().flatten().map(|l| (Role::Text, l)));
    }
    lines
}

/// What the agent in focus did so far, or why there is nothing.
fn deeds(model: &Model, unit: &Unit, cells: usize, height: usize) -> Vec<(Role, String)> {
    let mut lines = earlier(model, unit, cells, height, None);
    if lines.is_empty() {
        let said = last_words(model, unit, model.agent);
        let words = if said.is_empty() {
            "Nothing said yet."
        } else {
            &said
        };
        let role = if said.is_empty() {
            Role::Dim
        } else {
            Role::Text
        };
        lines.extend(wrap(words, cells, 60).into_iter().map(|l| (role, l)));
    }
    lines
}

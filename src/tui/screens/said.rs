//! What the agent in focus says: what it did round by round, and below that its stream. Never waits for either.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::config::theme::Role;
use crate::domain::event::Progress;
use crate::domain::id::{AgentId, CandidateId, LessonId, Purpose};
use crate::domain::run::{CandidateState, Run, Unit};
use crate::domain::units::Tokens;
use crate::lists;
use crate::live::Stream;
use crate::model::Model;
use crate::panes::Pane;
use crate::widgets::frame::{panel, put, split_left, text_line, title, window};
use crate::widgets::mark::{self, Mark};
use crate::widgets::text::{one_line, width, wrap};

/// Rows from which the author's words stand beside the lesson.
const ROOMY: usize = 12;

/// What the agent says now: nothing while another problem than the one being worked on is looked at.
fn stream(model: &Model, agent: AgentId) -> Option<&Stream> {
    let live = model.live.as_ref()?;
    let (shown, _) = model.unit()?;
    let current = model.run().is_some_and(|run| run.current_unit() == shown);
    // A lesson about the person's code is written by an agent, and is no word about its own.
    let own = |stream: &&Stream| stream.ask.is_none_or(|ask| ask.about.agent == agent);
    live.streams.get(&agent).filter(|_| current).filter(own)
}

/// The last line an agent said, or why it said nothing.
pub(crate) fn last_words(model: &Model, unit: &Unit, agent: AgentId) -> String {
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
            .find(|line| line.chars().any(char::is_alphanumeric) && !line.starts_with("```"));
        if let Some(line) = said {
            return line.clone();
        }
    }
    let last = unit
        .asks
        .iter()
        .rev()
        .find(|(id, state)| id.about.agent == agent && state.reply.is_some());
    match last.and_then(|(_, state)| state.reply.as_ref()) {
        Some(Ok(answer)) => answer.prose.clone(),
        Some(Err(failure)) if failure.hint.is_empty() => failure.message.clone(),
        Some(Err(failure)) => format!("{} → {}", failure.message, failure.hint),
        None => String::new(),
    }
}

/// Cells that an agent's words need to stand beside another one's.
const COLUMN: u16 = 36;

/// Draws the agents' words: side by side as many as there is room for, the one in focus among them.
pub(crate) fn draw(model: &Model, run: &Run, unit: &Unit, area: Rect, buf: &mut Buffer) {
    let authors = lists::authors(run, unit);
    let chosen = model.author();
    let most = usize::from(area.width / COLUMN).clamp(1, authors.len().max(1));
    if most < 2 {
        return one(model, run, unit, chosen, area, buf);
    }
    let at = authors.iter().position(|agent| *agent == chosen);
    let first = window(authors.len(), most, at.unwrap_or(0));
    let mut rest = area;
    for (column, agent) in authors.into_iter().skip(first).take(most).enumerate() {
        let left = u16::try_from(most - column).unwrap_or(1);
        let (here, next) = split_left(rest, rest.width / left);
        one(model, run, unit, agent, here, buf);
        rest = next;
    }
}

/// How fast an answer under way arrives, reasoning included, since the question was sent.
fn rate(model: &Model, unit: &Unit, agent: AgentId) -> Option<String> {
    let stream = stream(model, agent).filter(|stream| stream.bytes > 0)?;
    let state = unit.asks.get(&stream.ask?)?;
    let open = state.reply.is_none() && model.is_running();
    let seconds = (model.now - state.sent_at) as f64 / 1e3;
    // A rate over less than a second would only flicker.
    (open && seconds >= 1.0).then(|| {
        let tokens = Tokens::of_bytes(stream.bytes).0;
        format!(
            "about {tokens} tokens, {:.0} a second",
            tokens as f64 / seconds
        )
    })
}

/// What timing the agent's candidate has shown so far.
fn timing(model: &Model, unit: &Unit, agent: AgentId) -> Option<String> {
    let live = model.live.as_ref().filter(|_| model.is_running())?;
    let mut under_way = live.progress.iter();
    under_way.find_map(|(id, progress)| {
        let id = id.filter(|id| id.agent == agent && unit.candidates.contains_key(id))?;
        let Progress::Launch {
            done,
            so_far: Some(so_far),
        } = progress
        else {
            return None;
        };
        let figure = mark::speedup(*so_far, 30, model.look.symbols);
        Some(format!("{id} after {done} launches: {figure} so far"))
    })
}

/// The words of one agent.
fn one(model: &Model, run: &Run, unit: &Unit, agent: AgentId, area: Rect, buf: &mut Buffer) {
    let look = &model.look;
    // Who scrolls back reads one agent.
    let in_focus = agent == model.author();
    let tail_back = match in_focus {
        true => model.view.tail_back,
        false => 0,
    };
    let spec = run.spec.team.get(agent.index());
    let name = model.agent_name(agent);
    let model_name = spec.map_or_else(String::new, |s| one_line(&s.model()));
    let detail = match (tail_back, rate(model, unit, agent)) {
        (0, None) => model_name,
        (0, Some(rate)) => format!("{model_name}, {rate}"),
        (back, _) => format!("{model_name}, {back} lines back; f follows"),
    };
    let focused = model.pane == Pane::Output && in_focus;
    let inner = panel(buf, area, title(look, &name, &detail), focused, look);
    let (cells, height) = (usize::from(inner.width), usize::from(inner.height));
    let mut lines: Vec<(Role, String)> = Vec::new();
    let speaks = |stream: &&Stream| !stream.lines.is_empty() || !stream.thoughts.is_empty();
    match stream(model, agent).filter(speaks) {
        Some(stream) => {
            let about = stream.ask.map(|ask| ask.about);
            let end = stream.lines.len().saturating_sub(tail_back);
            let from = end.saturating_sub(height);
            // What it is about now stands under what it did before, as far as there is room.
            if end < height {
                lines = earlier(model, unit, agent, cells, height, about);
                if !lines.is_empty() {
                    lines.push((Role::Text, String::new()));
                }
            }
            let judged = judged(unit, agent).find(|(id, _)| Some(*id) == about);
            // A lesson is written after the verdict, and from it.
            let purpose = stream.ask.map(|ask| ask.purpose);
            let after = matches!(purpose, Some(Purpose::Lesson | Purpose::Reflect));
            if let (Some((id, state)), true) = (judged, after && end < height) {
                lines.extend(verdict(model, id, state, cells));
                lines.extend(rationale(state, cells));
            }
            if end < height {
                lines.extend(thoughts(stream, cells, height / 3));
            }
            for line in stream.lines.range(from..end) {
                lines.extend(wrap(line, cells, 20).into_iter().map(|l| (Role::Text, l)));
            }
            if let (Some((id, state)), false) = (judged, after)
                && tail_back == 0
            {
                lines.extend(verdict(model, id, state, cells));
            }
        }
        None => {
            lines = deeds(model, unit, agent, cells, height);
            lines.truncate(lines.len().saturating_sub(tail_back).max(1));
        }
    }
    if let (Some(words), 0) = (timing(model, unit, agent), tail_back) {
        lines.extend(
            wrap(&words, cells, 3)
                .into_iter()
                .map(|l| (Role::Running, l)),
        );
    }
    if let (Some(hint), 0) = (unit.hints.get(&agent), tail_back) {
        let words = format!("your hint for its next prompt: {}", one_line(hint));
        lines.extend(
            wrap(&words, cells, 4)
                .into_iter()
                .map(|l| (Role::Pending, l)),
        );
    }
    let from = lines.len().saturating_sub(height);
    for (row, (role, line)) in lines.into_iter().skip(from).enumerate() {
        put(buf, inner, row, &text_line(look, role, line));
    }
}

/// The latest of what the model thinks, dimmed, and how much that was.
fn thoughts(stream: &Stream, cells: usize, most: usize) -> Vec<(Role, String)> {
    if stream.thoughts.is_empty() {
        return Vec::new();
    }
    let all = stream
        .thoughts
        .iter()
        .flat_map(|line| wrap(line, cells, 10));
    let all: Vec<String> = all.collect();
    let from = all.len().saturating_sub(most.max(2));
    let head = format!("thinking, {} lines so far:", stream.thoughts.len());
    let latest = all.into_iter().skip(from);
    std::iter::once(head)
        .chain(latest)
        .map(|line| (Role::Comment, line))
        .collect()
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
fn verdict(
    model: &Model,
    id: CandidateId,
    state: &CandidateState,
    cells: usize,
) -> Vec<(Role, String)> {
    let look = &model.look;
    let Some((_, unit)) = model.unit() else {
        return vec![(Role::Text, id.to_string())];
    };
    let found = Mark::standing(unit, state);
    let figure = mark::standing(unit, state, 30, look.symbols);
    let figure = figure.map_or_else(String::new, |figure| format!(" {figure}"));
    let shape = found.glyph(look.symbols);
    let mut said = vec![format!("{id} {shape} {}{figure}", found.word())];
    let first = state.speedup().filter(|s| unit.figure(id) != Some(*s));
    if let Some(first) = first {
        let first = mark::speedup(first, 30, look.symbols);
        let whole = format!("{}, first {first}", said[0]);
        match width(&whole) <= cells {
            true => said[0] = whole,
            false => said.push(format!("first it was {first}")),
        }
    }
    let lines = said.iter().flat_map(|line| wrap(line, cells, 3));
    lines.map(|line| (found.role(), line)).collect()
}

/// What the author wrote beside its code.
fn rationale(state: &CandidateState, cells: usize) -> Vec<(Role, String)> {
    let said = wrap(&one_line(&state.candidate.rationale), cells, 4);
    said.into_iter().map(|line| (Role::Dim, line)).collect()
}

/// What an agent did besides one candidate: each with its verdict, its author's words and the lesson.
fn earlier(
    model: &Model,
    unit: &Unit,
    agent: AgentId,
    cells: usize,
    height: usize,
    besides: Option<CandidateId>,
) -> Vec<(Role, String)> {
    let mut lines = Vec::new();
    for (id, state) in judged(unit, agent).filter(|(id, _)| Some(*id) != besides) {
        if !lines.is_empty() {
            lines.push((Role::Text, String::new()));
        }
        lines.extend(verdict(model, id, state, cells));
        let lesson = unit.lesson(LessonId::Learned(id));
        if height >= ROOMY || lesson.is_none() {
            lines.extend(rationale(state, cells));
        }
        let learned = lesson.map(|record| wrap(&record.lesson.text, cells, 6));
        lines.extend(learned.into_iter().flatten().map(|l| (Role::Text, l)));
    }
    lines
}

/// What an agent did so far, or why there is nothing.
fn deeds(
    model: &Model,
    unit: &Unit,
    agent: AgentId,
    cells: usize,
    height: usize,
) -> Vec<(Role, String)> {
    let mut lines = earlier(model, unit, agent, cells, height, None);
    if lines.is_empty() {
        let said = last_words(model, unit, agent);
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

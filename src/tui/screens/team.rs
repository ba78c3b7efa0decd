//! Composing a team, over the home screen: the members beside the models and rules that there are to choose from.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::{Clear, Widget};

use crate::config::keymap::Action;
use crate::config::theme::Role;
use crate::domain::spec::{AgentKind, AgentSpec, RewriterStyle};
use crate::model::Model;
use crate::team::{Composing, Pick, Side, Trial, style_word};
use crate::widgets::frame::{
    centred, more, panel, put, select, split_left, split_top, text_line, title, window,
};
use crate::widgets::text::{elide_end, elide_middle, fit, one_line, wrap};

/// Widest that it is shown.
const WIDEST: u16 = 150;
/// Width from which both lists stand side by side.
const BESIDE: u16 = 100;

/// Draws it.
pub(crate) fn draw(model: &Model, composing: &Composing, area: Rect, buf: &mut Buffer) {
    let look = &model.look;
    let height = area.height.saturating_sub(2).min(36);
    let at = centred(area, WIDEST, height);
    Clear.render(at, buf);
    let count = composing.members.len();
    let detail = match count {
        1 => "1 member".to_owned(),
        n => format!("{n} members"),
    };
    let inner = panel(buf, at, title(look, "Team", &detail), true, look);
    let (left, right) = match inner.width >= BESIDE {
        true => split_left(inner, inner.width / 2),
        false => split_top(inner, inner.height / 2),
    };
    members(model, composing, left, buf);
    offers(model, composing, right, buf);
}

fn members(model: &Model, composing: &Composing, area: Rect, buf: &mut Buffer) {
    let look = &model.look;
    let focused = composing.side == Side::Members;
    let inner = panel(buf, area, title(look, "Members", ""), focused, look);
    if composing.members.is_empty() {
        let words = "Nobody yet: choose from the other list.";
        return put(buf, inner, 0, &text_line(look, Role::Dim, words));
    }
    let cells = usize::from(inner.width);
    let height = usize::from(inner.height);
    // The member under the cursor is told in full below the list.
    let about = composing.members.get(composing.member);
    let below = about.map_or_else(Vec::new, |agent| told(model, composing, agent, cells));
    let room = height.saturating_sub(below.len() + 1).max(1);
    let from = window(composing.members.len(), room, composing.member);
    for (row, agent) in composing.members.iter().enumerate().skip(from).take(room) {
        let name = fit(&one_line(&agent.name), 18.min(cells / 3));
        let (what, role) = match composing.trials.get(&agent.name) {
            Some(Trial::Asking(_)) => ("being asked …".to_owned(), Role::Running),
            Some(Trial::Answered(words)) => (words.clone(), Role::Better),
            Some(Trial::Failed(_)) => ("does not answer".to_owned(), Role::Failed),
            None => (kind(agent), Role::Dim),
        };
        let used = name.chars().count() + 1;
        let line = Line::from(vec![
            look.span(Role::Title, format!("{name} ")),
            look.span(role, elide_end(&what, cells.saturating_sub(used))),
        ]);
        put(buf, inner, row - from, &line);
        if row == composing.member && focused {
            select(buf, inner, row - from, look);
        }
    }
    let first = height.saturating_sub(below.len());
    for (row, line) in below.iter().enumerate() {
        put(buf, inner, first + row, line);
    }
}

/// What a member is, in a few words.
fn kind(agent: &AgentSpec) -> String {
    match &agent.kind {
        AgentKind::Openai { model, code, .. } => {
            format!("temperature {}  {}", code.temperature, one_line(model))
        }
        AgentKind::Rewriter { style } => format!("built-in rules: {}", about(*style)),
        AgentKind::Compiler { .. } | AgentKind::Recorded { .. } => one_line(&agent.model()),
    }
}

/// What the rules of a style change.
fn about(style: RewriterStyle) -> &'static str {
    match style {
        RewriterStyle::Loops => "order, hoisting, tiling of loops",
        RewriterStyle::Library => "containers, look-ups, calls",
        RewriterStyle::Parallel => "OpenMP and simd",
    }
}

/// The member under the cursor in full.
fn told(
    model: &Model,
    composing: &Composing,
    agent: &AgentSpec,
    cells: usize,
) -> Vec<Line<'static>> {
    let look = &model.look;
    let mut lines = Vec::new();
    let mut say = |role: Role, text: &str| {
        let text = wrap(text, cells, 3).into_iter();
        lines.extend(text.map(|line| text_line(look, role, line)));
    };
    match &agent.kind {
        AgentKind::Openai {
            base_url,
            model,
            key_env,
            code,
            lesson,
            ..
        } => {
            say(Role::Text, &one_line(&format!("{model} at {base_url}")));
            let key = match key_env {
                Some(name) => format!("key in ${name}"),
                None => "no key".to_owned(),
            };
            say(
                Role::Dim,
                &format!(
                    "temperature {} for code, {} for lessons; {key}",
                    code.temperature, lesson.temperature
                ),
            );
        }
        AgentKind::Rewriter { style } => say(Role::Text, about(*style)),
        AgentKind::Compiler { .. } | AgentKind::Recorded { .. } => {}
    }
    if let Some(Trial::Failed(why)) = composing.trials.get(&agent.name) {
        say(Role::Failed, why);
    }
    lines
}

fn offers(model: &Model, composing: &Composing, area: Rect, buf: &mut Buffer) {
    let look = &model.look;
    let focused = composing.side == Side::Offers;
    let detail = match composing.asking.is_empty() {
        true => "",
        false => "asking the servers …",
    };
    let inner = panel(
        buf,
        area,
        title(look, "To choose from", detail),
        focused,
        look,
    );
    let cells = usize::from(inner.width);
    let height = usize::from(inner.height);
    let picks = composing.picks();
    let foot = usize::from(composing.address.is_some()) * 2;
    let room = height.saturating_sub(foot).max(1);
    let at = composing.pick.min(picks.len().saturating_sub(1));
    let from = window(picks.len(), room, at);
    for (row, pick) in picks.iter().enumerate().skip(from).take(room) {
        let line = match pick {
            Pick::Model(server, offered) => {
                let place = elide_middle(&one_line(&server.name), cells / 3);
                let room = cells.saturating_sub(place.chars().count() + 2);
                let name = one_line(&offered.agent.model());
                let note = match offered.note.as_str() {
                    "" => String::new(),
                    note => format!("  {}", one_line(note)),
                };
                let kept = room.saturating_sub(name.chars().count());
                Line::from(vec![
                    look.span(Role::Text, elide_middle(&name, room)),
                    look.span(Role::Dim, fit(&note, kept)),
                    look.span(Role::Dim, format!("  {place}")),
                ])
            }
            Pick::Silent(server, why) => {
                let words = one_line(&format!("{}: {why}", server.name));
                text_line(look, Role::Failed, elide_end(&words, cells))
            }
            Pick::Rules(style) => Line::from(vec![
                look.span(Role::Text, fit(style_word(*style), 10)),
                look.span(
                    Role::Dim,
                    elide_end(
                        &format!("built-in rules: {}", about(*style)),
                        cells.saturating_sub(10),
                    ),
                ),
            ]),
            Pick::Address => {
                let key = model.keymap.first(Action::Add);
                let words = format!("a server at another address ({key})");
                text_line(look, Role::Accent, elide_end(&words, cells))
            }
        };
        put(buf, inner, row - from, &line);
        if row == at && focused && composing.address.is_none() {
            select(buf, inner, row - from, look);
        }
    }
    if let Some(address) = &composing.address {
        let words = "Address, like localhost:8000; Enter asks it, Esc goes back";
        let row = height.saturating_sub(2);
        let words = elide_end(words, cells);
        put(buf, inner, row, &text_line(look, Role::Dim, words));
        let line = Rect {
            y: inner.bottom().saturating_sub(1),
            height: 1.min(inner.height),
            ..inner
        };
        address.render(line, buf);
        return;
    }
    let found = composing.servers.iter().any(|server| server.models.is_ok());
    if !found && composing.asking.is_empty() && picks.len() + 1 < height {
        let words = "No model server answers. Start Ollama, or type an address.";
        let words = elide_end(words, cells);
        put(buf, inner, height - 1, &text_line(look, Role::Dim, words));
    }
    let below = picks.len().saturating_sub(from + room);
    more(buf, area, from, below, look);
}

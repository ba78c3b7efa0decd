//! Draws a frame from the model alone: header, tabs, screen, toast, footer, overlay. Same model, same frame.

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Clear, Widget};

use super::live::{Origin, Stopping};
use super::model::{Model, Overlay};
use super::screens;
use super::widgets::frame::{
    centred, panel, put, put_all, split_left, split_top, text_line, title,
};
use super::widgets::mark::{self, Mark, Symbols};
use super::widgets::text::{elide_middle, fit, one_line, width};
use crate::config::keymap::{Action, Place, TABLE};
use crate::config::theme::Role;
use crate::domain::event::Ending;
use crate::domain::run::Unit;

/// Smallest size with screens; below it a card is shown.
const SMALLEST: (u16, u16) = (60, 18);

/// Draws a frame.
pub fn draw(model: &Model, frame: &mut Frame) {
    let area = frame.area();
    render(model, area, frame.buffer_mut());
}

/// Draws into a buffer; with ASCII symbols nothing else is left in it, foreign text included.
pub fn render(model: &Model, area: Rect, buf: &mut Buffer) {
    screens_and_overlay(model, area, buf);
    if model.look.symbols == Symbols::Ascii {
        for cell in buf
            .content
            .iter_mut()
            .filter(|cell| !cell.symbol().is_ascii())
        {
            let plain = match cell.symbol() {
                "…" => "~",
                "×" => "x",
                "↑" => "^",
                "↓" => "v",
                "←" => "<",
                "→" => ">",
                _ => "?",
            };
            cell.set_symbol(plain);
        }
    }
}

fn screens_and_overlay(model: &Model, area: Rect, buf: &mut Buffer) {
    if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
        card(model, area, buf);
        return;
    }
    let (header, rest) = split_top(area, 2);
    let (body, feet) = split_top(rest, rest.height - 2);
    put(buf, header, 0, &head(model, header.width));
    put(buf, header, 1, &tabs(model));
    match model.place {
        Place::Home => screens::home::draw(model, body, buf),
        Place::Run => screens::run::draw(model, body, buf),
        Place::Code => screens::code::draw(model, body, buf),
        Place::Time => screens::time::draw(model, body, buf),
        Place::Lessons => screens::lessons::draw(model, body, buf),
        Place::Breakdown => screens::breakdown::draw(model, body, buf),
        Place::History => screens::history::draw(model, body, buf),
    }
    put(buf, feet, 0, &message(model, feet.width));
    put(buf, feet, 1, &footer(model, feet.width));
    match &model.overlay {
        Overlay::None => {}
        Overlay::Help(scroll) => help(model, *scroll, area, buf),
        Overlay::Quit => quit(model, area, buf),
        Overlay::Editor(target, text) => {
            screens::lessons::editor(model, *target, text, area, buf);
        }
    }
}

/// State of the session as a badge.
fn badge(model: &Model) -> (Role, String) {
    let Some(live) = &model.live else {
        let role = if model.launching.is_some() {
            Role::Waiting
        } else {
            Role::Quiet
        };
        return (
            role,
            if model.launching.is_some() {
                "OPENING"
            } else {
                "HOME"
            }
            .to_owned(),
        );
    };
    if live.frozen.is_some() {
        return (Role::Waiting, "FROZEN VIEW".to_owned());
    }
    if live.origin == Origin::Replay {
        let over = if live.closed {
            " END".to_owned()
        } else if live.held {
            " HELD".to_owned()
        } else {
            format!(" {}x", live.speed)
        };
        return (Role::Replay, format!("REPLAY{over}"));
    }
    let run = live.run.as_ref();
    if let Some(ending) = run.and_then(|run| run.ending.as_ref()) {
        let word = match ending {
            Ending::Done => "DONE",
            Ending::Stopped => "STOPPED",
            Ending::Budget => "BUDGET SPENT",
            Ending::Failed { .. } => "FAILED",
        };
        return (Role::Quiet, word.to_owned());
    }
    if live.closed {
        return (Role::Waiting, "CUT OFF".to_owned());
    }
    if let Some((_, lessons)) = &live.waiting {
        return (Role::Waiting, format!("WAITING FOR YOU {}", lessons.len()));
    }
    match live.stopping {
        Stopping::Now => return (Role::Waiting, "ABORTING".to_owned()),
        Stopping::AfterRound => return (Role::Waiting, "STOPPING".to_owned()),
        Stopping::No => {}
    }
    if run.is_some_and(|run| run.paused) {
        (Role::Waiting, "PAUSED".to_owned())
    } else if live.timing {
        (Role::Quiet, "QUIET: timing".to_owned())
    } else {
        (Role::Live, "LIVE".to_owned())
    }
}

/// The round in words: `r2, 3 of 4`.
pub fn round_words(unit: &Unit, rounds: u16) -> String {
    if unit.ending.is_some() {
        return "ended".to_owned();
    }
    unit.round().map_or_else(
        || "preparing".to_owned(),
        |r| format!("round {}/{rounds}", r.round.0 + 1),
    )
}

fn head(model: &Model, cells: u16) -> Line<'static> {
    let look = &model.look;
    let (role, words) = badge(model);
    let badge = look.span(role, format!(" {words} "));
    let room = usize::from(cells).saturating_sub(width(&badge.content) + 1);
    let mut parts: Vec<Vec<Span>> = Vec::new();
    if cells >= 100 || model.live.is_none() {
        parts.push(vec![look.span(Role::Accent, " lessonl")]);
    } else {
        parts.push(Vec::new());
    }
    match (model.run(), model.unit()) {
        (Some(run), Some((id, unit))) => {
            let name = format!("{} {}", unit.spec.problem.short(), unit.spec.mode);
            let mut first = vec![look.span(Role::Title, name)];
            if run.units.len() > 1 {
                first.push(look.span(Role::Dim, format!(" {}/{}", id.0 + 1, run.units.len())));
            }
            parts.push(first);
            parts.push(vec![
                look.span(Role::Text, round_words(unit, run.spec.rounds)),
            ]);
            parts.push(best(model, unit, cells >= 100));
            parts.push(vec![look.span(Role::Dim, super::lists::tokens(run))]);
            parts.push(vec![look.span(Role::Dim, run.id.to_string())]);
        }
        _ => parts.push(vec![look.span(
            Role::Dim,
            "agents make code faster and learn from each other's measured attempts",
        )]),
    }
    let mut spans: Vec<Span> = Vec::new();
    let mut used = 0;
    for part in parts {
        let wide: usize = part.iter().map(|s| width(&s.content)).sum::<usize>() + 3;
        if used + wide > room + 3 {
            continue;
        }
        if part.is_empty() {
            spans.push(Span::raw(" "));
            used += 1;
            continue;
        }
        if used > 1 {
            spans.push(look.dot());
        }
        used += wide;
        spans.extend(part);
    }
    let filled: usize = spans.iter().map(|s| width(&s.content)).sum();
    spans.push(Span::raw(" ".repeat(room.saturating_sub(filled))));
    spans.push(badge);
    Line::from(spans)
}

/// The unit's best so far: shape and figure with interval; with words where there is room.
fn best(model: &Model, unit: &Unit, words: bool) -> Vec<Span<'static>> {
    let look = &model.look;
    match unit.reported() {
        Some((_, speedup)) => {
            let found = Mark::of_speedup(speedup);
            let style = look.theme.style(found.role());
            let figure = mark::speedup(speedup, 40, look.symbols);
            let shape = found.glyph(look.symbols);
            if words {
                let text = format!("{figure} {shape} {}", found.word());
                vec![look.span(Role::Dim, "best "), Span::styled(text, style)]
            } else {
                vec![Span::styled(format!("{shape} {figure}"), style)]
            }
        }
        None => vec![look.span(Role::Dim, "nothing faster yet")],
    }
}

fn tabs(model: &Model) -> Line<'static> {
    let look = &model.look;
    let all = [
        (Place::Home, Action::GoHome),
        (Place::Run, Action::GoRun),
        (Place::Code, Action::GoCode),
        (Place::Time, Action::GoTime),
        (Place::Lessons, Action::GoLessons),
        (Place::Breakdown, Action::GoBreakdown),
        (Place::History, Action::GoHistory),
    ];
    let mut spans = Vec::new();
    for (place, action) in all {
        let here = place == model.place;
        let key = model.keymap.first(action);
        let words = format!(" {key} {} ", place.word());
        let role = if here { Role::Selection } else { Role::Dim };
        let mut style = look.theme.style(role);
        if here && look.theme.has_colour() {
            style = style.patch(look.theme.style(Role::Accent));
        }
        spans.push(Span::styled(words, style));
    }
    Line::from(spans)
}

fn message(model: &Model, cells: u16) -> Line<'static> {
    let look = &model.look;
    if model.filtering {
        return Line::from(vec![
            look.span(Role::Accent, " /"),
            look.span(Role::Text, one_line(model.filter())),
            look.span(Role::Selection, " "),
            look.span(Role::Dim, "  Enter keeps, Esc clears"),
        ]);
    }
    let (role, words) = if let Some(toast) = &model.toast {
        (Role::Accent, toast.clone())
    } else if let Some(banner) = &model.banner {
        (Role::Failed, format!("! {banner}"))
    } else if let Some(launching) = &model.launching {
        (Role::Running, launching.clone())
    } else if !model.filter().is_empty() {
        (Role::Dim, format!("filter: {}", one_line(model.filter())))
    } else {
        return Line::default();
    };
    let words = elide_middle(&words, usize::from(cells).saturating_sub(2));
    Line::from(look.span(role, format!(" {words}")))
}

/// Hints of the screen, most useful first, as many as fit; then where all of them are.
fn footer(model: &Model, cells: u16) -> Line<'static> {
    let look = &model.look;
    let hints = TABLE
        .iter()
        .filter(|row| !row.hint.is_empty() && row.places.contains(&model.place))
        .filter(|row| !matches!(row.action, Action::Help | Action::Quit));
    let fixed = [Action::Quit, Action::Help];
    let pair = |action: Action, hint: &str| {
        let key = model.keymap.first(action);
        vec![
            look.span(Role::Accent, format!(" {key}")),
            look.span(Role::Dim, format!(" {hint} ")),
        ]
    };
    let size = |spans: &[Span]| spans.iter().map(|s| width(&s.content)).sum::<usize>();
    let last: Vec<Span> = fixed
        .iter()
        .filter_map(|action| crate::config::keymap::row(*action))
        .flat_map(|row| pair(row.action, row.hint))
        .collect();
    let room = usize::from(cells).saturating_sub(size(&last));
    let mut spans = Vec::new();
    for row in hints {
        let next = pair(row.action, row.hint);
        if size(&spans) + size(&next) > room {
            break;
        }
        spans.extend(next);
    }
    spans.extend(last);
    Line::from(spans)
}

fn card(model: &Model, area: Rect, buf: &mut Buffer) {
    let look = &model.look;
    let (role, words) = badge(model);
    let mut lines = vec![Line::from(vec![
        look.span(role, format!(" {words} ")),
        look.span(Role::Accent, " lessonl"),
    ])];
    if let (Some(run), Some((_, unit))) = (model.run(), model.unit()) {
        lines.push(text_line(look, Role::Title, unit.spec.problem.short()));
        lines.push(text_line(
            look,
            Role::Text,
            round_words(unit, run.spec.rounds),
        ));
        let cells = usize::from(area.width);
        lines.push(match unit.reported() {
            Some((_, s)) => text_line(
                look,
                Mark::of_speedup(s).role(),
                mark::speedup(s, cells, look.symbols),
            ),
            None => text_line(look, Role::Dim, "nothing faster yet"),
        });
    }
    if matches!(model.overlay, Overlay::Quit) {
        lines.push(text_line(look, Role::Accent, "s stop  x abort  Esc stay"));
    }
    lines.push(text_line(
        look,
        Role::Dim,
        "larger than 60×18 for more; q quits",
    ));
    put_all(buf, area, &lines);
}

fn help(model: &Model, scroll: usize, area: Rect, buf: &mut Buffer) {
    let look = &model.look;
    let at = centred(area, 84, area.height.saturating_sub(2));
    Clear.render(at, buf);
    let here = format!(
        "{} screen; arrows scroll, any other key closes",
        model.place.word()
    );
    let inner = panel(buf, at, title(look, "Keys", &here), true, look);
    let mut lines = Vec::new();
    for (heading, local) in [(model.place.word(), true), ("Everywhere", false)] {
        lines.push(text_line(look, Role::Title, heading));
        for row in TABLE.iter().filter(|row| row.places.contains(&model.place)) {
            if local == (row.places.len() < 7) {
                lines.push(Line::from(vec![
                    look.span(
                        Role::Accent,
                        format!("  {}", fit(&model.keymap.words(row.action), 14)),
                    ),
                    look.span(Role::Text, row.help),
                ]));
            }
        }
        lines.push(Line::default());
    }
    lines.push(text_line(look, Role::Title, "Shapes"));
    for marks in Mark::ALL.chunks(4) {
        let spans = marks.iter().flat_map(|m| {
            let shape = format!("  {} {}", m.glyph(look.symbols), fit(m.word(), 14));
            [Span::styled(shape, look.theme.style(m.role()))]
        });
        lines.push(Line::from(spans.collect::<Vec<_>>()));
    }
    let from = scroll.min(lines.len().saturating_sub(usize::from(inner.height)));
    put_all(buf, inner, &lines[from..]);
}

fn quit(model: &Model, area: Rect, buf: &mut Buffer) {
    let look = &model.look;
    let at = centred(area, 62, 9);
    Clear.render(at, buf);
    let inner = panel(buf, at, title(look, "The run is going", ""), true, look);
    let (inner, _) = split_left(inner, inner.width);
    let choice = |key: &'static str, words: &'static str| {
        Line::from(vec![
            look.span(Role::Accent, format!("  {key:<5}")),
            look.span(Role::Text, words),
        ])
    };
    let lines = [
        Line::default(),
        choice("s", "stop after this round, then leave"),
        choice("x", "abort now and leave; what is known is kept"),
        choice("Esc", "stay"),
        Line::default(),
        text_line(
            look,
            Role::Dim,
            "  A stopped run can be opened again from Home.",
        ),
    ];
    put_all(buf, inner, &lines);
}

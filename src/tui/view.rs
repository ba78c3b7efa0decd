//! Draws a frame from the model alone: header, tabs, screen, toast, footer, overlay. Same model, same frame.

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::hints::footer;
use super::live::{Live, Origin, Phase, Stopping};
use super::meter::Shown;
use super::model::{Model, Overlay};
use super::update::moments;
use super::widgets::frame::{put, split_top, text_line};
use super::widgets::mark::{self, Mark, Symbols};
use super::widgets::scrubber::Scrubber;
use super::widgets::text::{elide_middle, one_line, span, width};
use super::{eta, layers, lists, overlays, panes, screens};
use crate::config::keymap::{Action, Place};
use crate::config::theme::Role;
use crate::domain::event::Ending;
use crate::domain::id::{AgentId, Purpose};
use crate::domain::meter::Money;
use crate::domain::run::{Run, Unit};
use crate::domain::units::Cost;

/// Smallest size with screens; below it a card is shown.
const SMALLEST: (u16, u16) = (60, 18);

/// Draws a frame.
pub(crate) fn draw(model: &Model, frame: &mut Frame) {
    let area = frame.area();
    render(model, area, frame.buffer_mut());
}

/// Draws into a buffer; with ASCII symbols nothing else is left in it, foreign text included.
pub(crate) fn render(model: &Model, area: Rect, buf: &mut Buffer) {
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
        overlays::card(model, area, buf);
        return;
    }
    let (header, rest) = split_top(area, 2);
    let (_, feet) = split_top(rest, rest.height - 2);
    let body = panes::body(model).intersection(area);
    put(buf, header, 0, &head(model, header.width));
    put(buf, header, 1, &second_line(model, header.width));
    screens::draw(model, body, buf);
    if let (Some(at), Some(bar)) = (panes::scrubber(model), scrubber(model)) {
        put(buf, at, 0, &bar.line(&model.look, usize::from(at.width)));
    }
    put(buf, feet, 0, &message(model, feet.width));
    put(buf, feet, 1, &footer(model, feet.width));
    match &model.overlay {
        Overlay::None => {}
        Overlay::Keys(search) => overlays::keys(model, search, area, buf),
        Overlay::Quit => overlays::quit(model, area, buf),
        Overlay::Skip => overlays::skip(model, area, buf),
        Overlay::Asked(asked) => screens::asked::draw(model, asked, area, buf),
        Overlay::Log(back) => layers::log(model, *back, area, buf),
        Overlay::Settings(row) => layers::settings(model, *row, area, buf),
        Overlay::Jump => layers::jump(model, body, buf),
        Overlay::Template(shown) => screens::template::draw(model, shown, area, buf),
        Overlay::Team(composing) => screens::team::draw(model, composing, area, buf),
        Overlay::Compared(tables) => screens::compared::draw(model, tables, area, buf),
        Overlay::Blocks(blocks) => screens::blocks::draw(model, blocks, area, buf),
        Overlay::Applying(applying) => screens::applying::draw(model, applying, area, buf),
        Overlay::Editor(target, text) => {
            screens::lessons::editor(model, target, text, area, buf);
        }
    }
    if model.meter.shown == Shown::Yes {
        overlays::meter(model, area, buf);
    }
}

/// State of the session as a badge.
pub(crate) fn badge(model: &Model) -> (Role, String) {
    let behind = model
        .live
        .as_ref()
        .is_some_and(|live| live.origin == Origin::Replay);
    if model.place == Place::Home && behind {
        // What is replayed behind this screen has nothing to do with it.
        return (Role::Quiet, "HOME".to_owned());
    }
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
            Ending::CutOff { .. } => "CUT OFF",
        };
        return (Role::Quiet, word.to_owned());
    }
    if live.closed {
        let word = match live.origin {
            Origin::Watch => "RUNNER GONE",
            _ => "CUT OFF",
        };
        return (Role::Waiting, word.to_owned());
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
    } else if run.is_some_and(|run| run.units.iter().any(|unit| unit.outage.is_some())) {
        (Role::Waiting, "NOBODY ANSWERS".to_owned())
    } else if live.timing {
        (Role::Quiet, "QUIET: timing".to_owned())
    } else {
        let word = match live.origin {
            Origin::Watch => "WATCHING",
            _ => "LIVE",
        };
        (Role::Live, word.to_owned())
    }
}

/// How a run stands, for the title of the terminal.
pub(crate) fn terminal_title(model: &Model) -> String {
    let (_, word) = badge(model);
    match (model.run(), model.unit()) {
        (Some(run), Some((_, unit))) => {
            let name = one_line(unit.spec.problem.short());
            let round = round_words(unit, run.spec.rounds);
            let best = unit
                .reported()
                .map_or_else(String::new, |(_, s)| format!(" · {s}"));
            format!("lessonl: {name} · {round}{best} · {word}")
        }
        _ => "lessonl".to_owned(),
    }
}

/// The round in words: `r2, 3 of 4`.
pub(crate) fn round_words(unit: &Unit, rounds: u16) -> String {
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
            parts.push(vec![look.span(Role::Dim, spent(model, run))]);
            parts.push(vec![look.span(Role::Dim, tokens(model, run))]);
            let remaining = remaining(model, run).into_iter();
            parts.extend(remaining.map(|words| vec![look.span(Role::Dim, words)]));
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
        if used + wide > room + 2 {
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
pub(super) fn best(model: &Model, unit: &Unit, words: bool) -> Vec<Span<'static>> {
    let look = &model.look;
    if let Some((_, tested)) = unit.tested() {
        let found = mark::of_tests(tested);
        let words = format!("{} {}", found.glyph(look.symbols), mark::tests(tested, 40));
        return vec![look.span(found.role(), words)];
    }
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
        None if !unit.spec.work.is_optimise() => vec![look.span(Role::Dim, "nothing tested yet")],
        None if unit.ending.is_some() => vec![look.span(Role::Dim, "nothing faster")],
        None => vec![look.span(Role::Dim, "nothing faster yet")],
    }
}

/// Money spent and left; an unknown price is said, never guessed. Nothing where nothing is paid by the token.
pub(super) fn money(run: &Run, left: Option<Cost>) -> String {
    let left = left.map_or_else(String::new, |left| format!(", {left} left"));
    let spent = match run.spent.money() {
        _ if !run.spec.is_metered() => return String::new(),
        Money::Known(cost) if cost == Cost::default() && left.is_empty() => return String::new(),
        other => other.to_string(),
    };
    format!(", {spent}{left}")
}

/// A replay's line of time.
pub(crate) fn scrubber(model: &Model) -> Option<Scrubber> {
    let live = model.live.as_ref().filter(|live| !live.record.is_empty())?;
    let (first, last) = (live.record.first()?.at, live.record.last()?.at);
    let now = live.run.as_ref().map_or(first, |run| run.updated_at);
    Some(Scrubber {
        at: live.position(),
        len: live.record.len(),
        moments: moments(live),
        pace: match (live.closed, live.held) {
            (true, _) => "end".to_owned(),
            (_, true) => "held".to_owned(),
            _ => format!("{}x", live.speed),
        },
        time: format!("{} of {}", span(now - first), span(last - first)),
    })
}

/// Whether time passes for what is shown.
fn goes_on(live: &Live) -> bool {
    live.origin != Origin::Replay && live.frozen.is_none() && live.is_running()
}

/// How long the run will still take, where its rounds so far say something of that and no budget ends it before.
fn remaining(model: &Model, run: &Run) -> Option<String> {
    let live = model.live.as_ref()?;
    if live.origin == Origin::Replay || run.budget.time.is_some() {
        return None;
    }
    let now = match goes_on(live) {
        true => model.now.max(run.updated_at),
        false => run.updated_at,
    };
    // Of less than a second there is nothing to say.
    let left = eta::left(run, now).filter(|left| left.most >= 1_000)?;
    let (least, most) = (span(left.least), span(left.most));
    Some(match least == most {
        true => format!("about {most} left"),
        false => format!("{least} to {most} left"),
    })
}

/// Time since the start, and what the budget leaves.
fn spent(model: &Model, run: &Run) -> String {
    let live = model.live.as_ref();
    let now = match live {
        Some(live) if goes_on(live) => model.now.max(run.updated_at),
        _ => run.updated_at,
    };
    let passed = now - run.started_at;
    let mut words = match run.budget.time {
        Some(budget) if run.ending.is_none() => {
            let left = budget.millis() as i64 - passed;
            format!("{}, {} left", span(passed), span(left))
        }
        _ => span(passed),
    };
    let Some((id, _)) = model.unit() else {
        return words;
    };
    let left = run.left(id);
    if let (Some(budget), Some(left)) = (run.budget.asks, left.asks) {
        words.push_str(&format!(
            ", ask {} of {budget}",
            budget.saturating_sub(left)
        ));
    }
    if let Some(left) = left.tokens {
        words.push_str(&format!(", {left} tok left"));
    }
    words
}

/// Tokens of all answers, and the money they cost where they cost any.
fn tokens(model: &Model, run: &Run) -> String {
    let left = model.unit().and_then(|(id, _)| run.left(id).cost);
    format!("{}{}", lists::tokens(run), money(run, left))
}

const TABS: [(Place, Action); 9] = [
    (Place::Home, Action::GoHome),
    (Place::Run, Action::GoRun),
    (Place::Code, Action::GoCode),
    (Place::Time, Action::GoTime),
    (Place::Lessons, Action::GoLessons),
    (Place::Breakdown, Action::GoBreakdown),
    (Place::History, Action::GoHistory),
    (Place::Bank, Action::GoBank),
    (Place::Result, Action::GoResult),
];

fn tab(model: &Model, place: Place, action: Action) -> String {
    let key = model.keymap.first(action);
    match model.size.0 {
        // All of them have room without their left margin, and on the narrowest with short words.
        0..72 => format!(
            "{key} {} ",
            place.word().chars().take(4).collect::<String>()
        ),
        72..92 => format!("{key} {} ", place.word()),
        _ => format!(" {key} {} ", place.word()),
    }
}

/// What a click on the line of tabs means.
pub(crate) fn tab_at(model: &Model, column: u16) -> Option<Action> {
    let mut to = 0;
    TABS.iter()
        .find(|(place, action)| {
            to += width(&tab(model, *place, *action));
            usize::from(column) < to
        })
        .map(|(_, action)| *action)
}

/// The tabs, and where there is room how many agents are in each phase.
fn second_line(model: &Model, cells: u16) -> Line<'static> {
    let look = &model.look;
    let mut spans = Vec::new();
    for (place, action) in TABS {
        let here = place == model.place;
        let role = if here { Role::Selection } else { Role::Dim };
        let mut style = look.theme.style(role);
        if here && look.theme.has_colour() {
            style = style.patch(look.theme.style(Role::Accent));
        }
        spans.push(Span::styled(tab(model, place, action), style));
    }
    let size = |spans: &[Span]| spans.iter().map(|s| width(&s.content)).sum::<usize>();
    let phases = phases(model);
    let gap = usize::from(cells).checked_sub(size(&spans) + size(&phases) + 3);
    if let Some(gap) = gap {
        spans.push(Span::raw(" ".repeat(gap + 2)));
        spans.extend(phases);
    }
    Line::from(spans)
}

/// The phases of a round in order, lit while an agent is in one.
fn phases(model: &Model) -> Vec<Span<'static>> {
    let look = &model.look;
    let (Some(live), Some(run), Some((_, unit))) = (&model.live, model.run(), model.unit()) else {
        return Vec::new();
    };
    if live.frozen.is_none() && !live.is_running() {
        return Vec::new();
    }
    let agents = (0..run.spec.team.len()).filter_map(|n| u8::try_from(n).ok().map(AgentId));
    let now: Vec<Phase> = agents.map(|agent| live.doing(unit, agent).0).collect();
    let count = |is: fn(&Phase) -> bool| now.iter().filter(|phase| is(phase)).count();
    let steps = [
        ("propose", count(|p| *p == Phase::Asking(Purpose::Rewrite))),
        ("wait", count(|p| *p == Phase::Queued)),
        ("check", count(|p| *p == Phase::Checking)),
        ("time", count(|p| *p == Phase::Timing)),
        ("reflect", count(|p| *p == Phase::Asking(Purpose::Lesson))),
    ];
    let mut spans = Vec::new();
    for (at, (word, n)) in steps.into_iter().enumerate() {
        if at > 0 {
            spans.push(look.span(Role::Border, look.pick(" → ", " > ")));
        }
        if n == 0 {
            spans.push(look.span(Role::Dim, word));
        } else {
            spans.push(look.span(Role::Running, format!("{word} {n}")));
        }
    }
    spans
}

fn message(model: &Model, cells: u16) -> Line<'static> {
    let look = &model.look;
    if model.filtering {
        return Line::from(vec![
            look.span(Role::Accent, " /"),
            look.span(Role::Text, one_line(model.typed())),
            look.span(Role::Selection, " "),
            look.span(
                Role::Dim,
                if model.searches() {
                    "  text to find; Enter goes there, n and N go on"
                } else {
                    filter_hint(model.place)
                },
            ),
        ]);
    }
    if let Some(trouble) = lists::filter_trouble(model) {
        return text_line(look, Role::Failed, format!(" filter: {trouble}"));
    }
    let (role, words) = if let Some(toast) = &model.toast {
        (Role::Accent, toast.clone())
    } else if let Some(banner) = &model.banner {
        (Role::Failed, format!("! {banner}"))
    } else if let Some(launching) = &model.launching {
        (Role::Running, launching.clone())
    } else if !model.filter().is_empty() {
        (Role::Dim, format!("filter: {}", one_line(model.filter())))
    } else if let Some(words) = unseen(model) {
        (Role::Dim, words)
    } else {
        return Line::default();
    };
    let words = elide_middle(&words, usize::from(cells).saturating_sub(2));
    Line::from(look.span(role, format!(" {words}")))
}

/// What waits for the person where the pane that lists it has no room.
fn unseen(model: &Model) -> Option<String> {
    if model.place != Place::Run || model.size.0 >= 100 {
        return None;
    }
    let (_, unit) = model.unit()?;
    let key = model.keymap.first(Action::GoLessons);
    match lists::undecided(model, unit) {
        0 => None,
        1 => Some(format!("1 lesson undecided: {key} shows it")),
        n => Some(format!("{n} lessons undecided: {key} shows them")),
    }
}

/// What a filter of a screen may say.
fn filter_hint(place: Place) -> &'static str {
    match place {
        Place::Lessons => "  words, state:pinned agent:loops outcome:wrong factor>1; Esc clears",
        Place::Bank => "  words, standing:staged category:fft seen>1 worth>1; Esc clears",
        Place::History => "  words, fn:gemm best>2 model:qwen agent:loops ended:done; Esc clears",
        Place::Code | Place::Time => {
            "  words, outcome:faster agent:loops round:2 speedup>2; Esc clears"
        }
        _ => "  Enter keeps, Esc clears",
    }
}

//! Bank: the lessons of all runs, how each stands, and where it comes from.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Row, Table, Widget};

use super::lessons::state_role;
use crate::bank::{self, as_state};
use crate::config::theme::Role;
use crate::domain::carried::{Standing, StandingBy};
use crate::domain::measurement::ratio;
use crate::errand::Banked;
use crate::model::Model;
use crate::panes::Pane;
use crate::reports::ledger::Worth;
use crate::widgets::frame::{more, panel, put_all, scrolled, select, text_line, title, window};
use crate::widgets::mark::state_glyph;
use crate::widgets::text::{elide_end, elide_middle, fit, one_line, wrap};

/// Cells of the labels in the detail.
const LABEL: usize = 12;
/// Rows above the list.
pub(crate) const HEAD: usize = 1;

/// Draws a pane of the screen.
pub(crate) fn draw(model: &Model, pane: Pane, area: Rect, buf: &mut Buffer) {
    match pane {
        Pane::Banked => detail(model, area, buf),
        _ => list(model, area, buf),
    }
}

/// What a lesson is worth in few cells.
fn worth(banked: &Banked) -> String {
    match &banked.worth {
        Worth::Measured(worth) => {
            let [estimate, lo, hi] = [worth.estimate, worth.lo, worth.hi].map(ratio);
            format!("{estimate}× [{lo}, {hi}]")
        }
        Worth::TooLittle => "too little data".to_owned(),
        Worth::NotHeldOut => "not measured".to_owned(),
    }
}

fn list(model: &Model, area: Rect, buf: &mut Buffer) {
    let look = &model.look;
    let all = bank::listed(model);
    let of = |standing| {
        let those = model.bank.all().iter();
        those.filter(|b| b.lesson.standing == standing).count()
    };
    let words = match model.bank.marked.len() {
        0 => format!(
            "{} staged, {} accepted, {} rejected",
            of(Standing::Staged),
            of(Standing::Accepted),
            of(Standing::Rejected)
        ),
        n => format!("{n} marked: a accepts, x rejects all of them"),
    };
    let focused = model.pane == Pane::Bank;
    let inner = panel(buf, area, title(look, "Bank", &words), focused, look);
    if all.is_empty() {
        let words = match (&model.bank.trouble, &model.bank.lessons) {
            (Some(failure), _) => one_line(&failure.to_string()),
            (None, None) => "The bank is being read …".to_owned(),
            (None, Some(known)) if !known.is_empty() => {
                "No lesson passes the filter; Esc clears it.".to_owned()
            }
            (None, Some(_)) => {
                "No lessons yet. Every run teaches some; they are staged here until you accept them.".to_owned()
            }
        };
        let lines = wrap(&words, usize::from(inner.width), 4).into_iter();
        let lines: Vec<Line> = lines.map(|l| text_line(look, Role::Dim, l)).collect();
        return put_all(buf, inner, &lines);
    }
    let at = bank::row(model, &all);
    let height = usize::from(inner.height).saturating_sub(HEAD);
    let from = window(all.len(), height, at);
    more(
        buf,
        area,
        from,
        all.len().saturating_sub(from + height),
        look,
    );
    let wide = inner.width >= 90;
    let rows = all.iter().skip(from).take(height).map(|banked| {
        let lesson = &banked.lesson;
        let state = as_state(lesson.standing);
        let mark = match model.bank.marked.contains(&lesson.key) {
            true => look.span(Role::Accent, look.pick("▌", ">")),
            false => Span::raw(" "),
        };
        let sign = look.span(state_role(state), state_glyph(state, look.symbols));
        let mut cells = vec![
            Line::from(vec![mark, sign]),
            text_line(look, state_role(state), lesson.standing.word()),
            text_line(look, Role::Dim, format!("{:>4}", bank::seen(banked))),
        ];
        if wide {
            cells.push(text_line(look, Role::Text, worth(banked)));
            let learned = bank::learned_on(banked);
            let on = learned.map_or_else(String::new, |seen| seen.problem.short().to_owned());
            cells.push(text_line(look, Role::Dim, elide_end(&on, 18)));
        }
        let room = usize::from(inner.width).saturating_sub(if wide { 57 } else { 18 });
        let text = elide_middle(&one_line(&lesson.text), room);
        cells.push(text_line(look, Role::Text, text));
        Row::new(cells)
    });
    let mut widths = vec![
        Constraint::Length(2),
        Constraint::Length(8),
        Constraint::Length(4),
    ];
    let mut heads = vec!["", "standing", "seen"];
    if wide {
        widths.extend([Constraint::Length(19), Constraint::Length(18)]);
        heads.extend(["worth", "learned on"]);
    }
    widths.push(Constraint::Fill(1));
    heads.push("lesson");
    let heads = Row::new(heads).style(look.theme.style(Role::Dim));
    Table::new(rows, widths).header(heads).render(inner, buf);
    select(buf, inner, HEAD + at - from, look);
}

fn detail(model: &Model, area: Rect, buf: &mut Buffer) {
    let look = &model.look;
    let focused = model.pane == Pane::Banked;
    let all = bank::listed(model);
    let Some(banked) = all.get(bank::row(model, &all)) else {
        panel(buf, area, title(look, "Lesson", ""), focused, look);
        return;
    };
    let state = as_state(banked.lesson.standing);
    let words = format!(
        "{} {}",
        state_glyph(state, look.symbols),
        banked.lesson.standing.word()
    );
    let name = title(look, &banked.lesson.key, &words);
    let inner = panel(buf, area, name, focused, look);
    let lines = lines(model, usize::from(inner.width));
    scrolled(buf, (area, inner), &lines, model.scroll(Pane::Banked), look);
}

/// What is told about the lesson under the cursor.
pub(crate) fn lines(model: &Model, cells: usize) -> Vec<Line<'static>> {
    let look = &model.look;
    let all = bank::listed(model);
    let Some(banked) = all.get(bank::row(model, &all)) else {
        return Vec::new();
    };
    let lesson = &banked.lesson;
    let mut lines: Vec<Line> = wrap(&lesson.text, cells, 12)
        .into_iter()
        .map(|line| text_line(look, Role::Text, line))
        .collect();
    lines.push(Line::default());
    let mut row = |label: &str, words: String| {
        for (at, words) in wrap(&words, cells.saturating_sub(LABEL), 4)
            .into_iter()
            .enumerate()
        {
            let name = if at == 0 { label } else { "" };
            lines.push(Line::from(vec![
                look.span(Role::Dim, fit(name, LABEL)),
                look.span(Role::Text, words),
            ]));
        }
    };
    let meaning = match lesson.standing {
        Standing::Staged => "staged: no run uses it until you accept it",
        Standing::Accepted => "accepted: runs with --bank category or all may use it",
        Standing::Rejected => "rejected: no run uses it",
    };
    row("standing", meaning.to_owned());
    row(
        "decided by",
        match lesson.by {
            StandingBy::Nobody => "nobody yet",
            StandingBy::Person => "you",
            StandingBy::Worth => "its measured worth",
        }
        .to_owned(),
    );
    let prompts = lesson.sightings.iter().filter(|s| !s.imported);
    let (with, without) = prompts.fold((0, 0), |(with, without), s| {
        (with + s.with.count, without + s.without.count)
    });
    let held = match without {
        0 => "not measured: --holdout 0.25 measures it".to_owned(),
        _ => format!(
            "{}, from {with} candidates with it and {without} without it",
            worth(banked)
        ),
    };
    row("worth", held);
    if banked.merged > 0 {
        row(
            "counts for",
            format!("{} others that say the same", banked.merged),
        );
    }
    lines.push(Line::default());
    let count = lesson.sightings.len();
    lines.push(text_line(
        look,
        Role::Title,
        format!("Where it was learned, {count}"),
    ));
    for seen in lesson.sightings.iter().rev().take(60) {
        let speedup = match seen.speedup > 0.0 {
            true => format!(" {}×", ratio(seen.speedup)),
            false => String::new(),
        };
        let how = match (seen.imported, seen.carried) {
            (true, _) => ", imported",
            (false, true) => ", brought along",
            (false, false) => "",
        };
        let words = format!(
            "{} {}: {}{speedup} on {} ({}) by {}{how}",
            one_line(&seen.source),
            one_line(&seen.lesson),
            seen.outcome.word(),
            seen.problem,
            seen.mode,
            one_line(&seen.author)
        );
        let words = wrap(&words, cells, 3).into_iter();
        lines.extend(words.map(|l| text_line(look, Role::Dim, l)));
    }
    lines
}

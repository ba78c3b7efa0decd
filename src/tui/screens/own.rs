//! The person's own code, step by step: what is typed, what there is to choose, the form, what went on and what came of it.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::Widget;

use crate::config::theme::Role;
use crate::domain::failure::Failure;
use crate::errand::{Region, WrittenProblem};
use crate::model::{HomePane, Model};
use crate::own::{Listed, Own, Pick, Step, Way};
use crate::widgets::frame::{panel, put, select, text_line, title, window};
use crate::widgets::text::{elide_end, elide_middle, fit, one_line, wrap};

/// Rows above a list of what can be chosen.
pub(crate) const HEAD: usize = 3;
/// Cells of a field's name.
const NAME: usize = 8;

/// Draws the way.
pub(crate) fn draw(model: &Model, way: Way, own: &Own, area: Rect, buf: &mut Buffer) {
    let look = &model.look;
    let focused = model.home.pane == HomePane::Problems;
    let (name, detail) = (way.words(), steps(way, own.step));
    let name = format!("{}{}", name[..1].to_uppercase(), &name[1..]);
    let inner = panel(buf, area, title(look, &name, &detail), focused, look);
    match own.step {
        Step::Folder | Step::File | Step::Part => list(model, way, own, inner, buf),
        Step::Form => form(model, own, inner, buf),
        Step::Working => working(model, own, inner, buf),
        Step::Done => done(model, own, inner, buf),
    }
}

/// Where on the way the step is.
fn steps(way: Way, step: Step) -> String {
    let all: &[(&str, &[Step])] = match way {
        Way::Project => &[
            ("folder", &[Step::Folder]),
            ("file", &[Step::File]),
            ("part", &[Step::Part]),
            ("commands", &[Step::Form, Step::Working]),
            ("start", &[Step::Done]),
        ],
        _ => &[
            ("file", &[Step::File]),
            ("function", &[Step::Part]),
            ("proof", &[Step::Form, Step::Working]),
            ("start", &[Step::Done]),
        ],
    };
    let at = all.iter().position(|(_, steps)| steps.contains(&step));
    let at = at.unwrap_or(0);
    format!("step {} of {}: {}", at + 1, all.len(), all[at].0)
}

/// What is asked for at a step, and how to answer.
fn question(way: Way, step: Step) -> (&'static str, &'static str) {
    match (way, step) {
        (_, Step::Folder) => (
            "project",
            "Type a path or choose; Tab completes, Enter takes, Esc back",
        ),
        (Way::Project, Step::File) => ("file", "The file that agents may rewrite, or a part of it"),
        (_, Step::File) => (
            "file",
            "A C or C++ file; Tab completes, Enter takes, Esc back",
        ),
        (Way::Project, _) => ("part", "A function, all of it, or lines typed like 10-40"),
        _ => ("function", "Type to search, Enter takes, Esc back"),
    }
}

/// Puts what is typed in a row: with the cursor where the keys go, from the right end where it is too long.
fn typed(model: &Model, own: &Own, area: Rect, row: usize, buf: &mut Buffer) {
    let Ok(row) = u16::try_from(row) else { return };
    if row < area.height {
        let line = Rect {
            y: area.y + row,
            height: 1,
            ..area
        };
        if model.home.pane == HomePane::Problems {
            own.line.render(line, buf);
        } else {
            let text = elide_middle(&one_line(own.typed()), usize::from(line.width));
            put(buf, line, 0, &text_line(&model.look, Role::Text, text));
        }
    }
}

fn list(model: &Model, way: Way, own: &Own, inner: Rect, buf: &mut Buffer) {
    let look = &model.look;
    let cells = usize::from(inner.width);
    let (name, help) = question(way, own.step);
    let help = elide_end(help, cells);
    put(buf, inner, 0, &text_line(look, Role::Dim, help));
    let label = format!("{name} ");
    put(buf, inner, 1, &text_line(look, Role::Accent, label.clone()));
    let shift = u16::try_from(label.len()).unwrap_or(0).min(inner.width);
    let rest = Rect {
        x: inner.x + shift,
        width: inner.width - shift,
        ..inner
    };
    typed(model, own, rest, 1, buf);
    let height = usize::from(inner.height).saturating_sub(HEAD);
    let below = Rect {
        y: inner.y + HEAD as u16,
        height: inner.height.saturating_sub(HEAD as u16),
        ..inner
    };
    let picks = own.picks(way);
    let words = match &own.listed {
        Listed::Reading => Some(vec![(Role::Running, "Reading …".to_owned())]),
        Listed::Trouble(failure) => Some(told(failure)),
        _ if picks.is_empty() && own.step == Step::Part && own.typed().is_empty() => Some(vec![(
            Role::Dim,
            "No function with a body was found in it; Esc goes back.".to_owned(),
        )]),
        _ if picks.is_empty() => Some(vec![(Role::Dim, "Nothing fits what is typed.".to_owned())]),
        _ => None,
    };
    if let Some(words) = words {
        return put_words(model, &words, below, buf);
    }
    let from = window(picks.len(), height, own.row);
    for (row, pick) in picks.iter().enumerate().skip(from).take(height) {
        let line = Line::from(match pick {
            Pick::Here => vec![look.span(Role::Accent, "this folder")],
            Pick::Up => vec![look.span(Role::Dim, "../")],
            Pick::Folder(name) => vec![look.span(Role::Title, format!("{}/", one_line(name)))],
            Pick::File(name) => vec![look.span(Role::Text, one_line(name))],
            Pick::Whole => vec![look.span(Role::Accent, "the whole file")],
            Pick::Lines(lines) => vec![look.span(Role::Accent, format!("lines {lines}"))],
            Pick::Function(named) => {
                let name = one_line(&named.name);
                let wide = (cells * 2 / 5).clamp(12, 40);
                let about = format!(
                    " line {}, {} line{}",
                    named.line,
                    named.lines,
                    if named.lines == 1 { "" } else { "s" }
                );
                let head = cells.saturating_sub(wide + 24);
                vec![
                    look.span(Role::Text, fit(&name, wide)),
                    look.span(Role::Dim, fit(&about, 24)),
                    look.span(Role::Dim, elide_end(&one_line(&named.head), head)),
                ]
            }
        });
        put(buf, below, row - from, &line);
        if row == own.row {
            select(buf, below, row - from, look);
        }
    }
}

fn put_words(model: &Model, words: &[(Role, String)], area: Rect, buf: &mut Buffer) {
    let cells = usize::from(area.width);
    let lines = words.iter().flat_map(|(role, text)| {
        let mut lines = wrap(text, cells, 8);
        if lines.is_empty() {
            lines.push(String::new());
        }
        lines.into_iter().map(|line| (*role, line))
    });
    let height = usize::from(area.height);
    let lines: Vec<_> = lines.collect();
    for (row, (role, line)) in lines.into_iter().enumerate().take(height) {
        put(buf, area, row, &text_line(&model.look, role, line));
    }
}

/// A failure with what to do about it.
fn told(failure: &Failure) -> Vec<(Role, String)> {
    let mut words: Vec<(Role, String)> = failure
        .message
        .lines()
        .map(|line| (Role::Failed, line.to_owned()))
        .collect();
    let hints = failure.hints.iter();
    words.extend(hints.map(|hint| (Role::Text, format!("→ {hint}"))));
    words
}

/// What was chosen so far.
fn chosen(own: &Own) -> Vec<(&'static str, String)> {
    let mut lines = Vec::new();
    if !own.root.is_empty() {
        lines.push(("project", format!("{} ({})", own.root, own.found)));
    }
    lines.push(("file", own.file.clone()));
    match (&own.region, &own.signature) {
        (Region::Function(_), Some(signature)) => lines.push(("function", signature.clone())),
        (Region::Function(name), None) => lines.push(("function", name.clone())),
        (Region::Lines(range), _) => lines.push(("lines", range.clone())),
        (Region::File, _) => lines.push(("part", "all of it".to_owned())),
    }
    lines
}

fn form(model: &Model, own: &Own, inner: Rect, buf: &mut Buffer) {
    let look = &model.look;
    let cells = usize::from(inner.width);
    let mut row = 0;
    for (name, value) in chosen(own) {
        let line = Line::from(vec![
            look.span(Role::Dim, fit(name, NAME + 1)),
            look.span(
                Role::Text,
                elide_middle(&one_line(&value), cells.saturating_sub(NAME + 1)),
            ),
        ]);
        put(buf, inner, row, &line);
        row += 1;
    }
    row += 1;
    for (at, field) in own.fields.iter().enumerate() {
        let here = at == own.row;
        put(
            buf,
            inner,
            row,
            &text_line(
                look,
                if here { Role::Accent } else { Role::Dim },
                fit(field.name, NAME + 1),
            ),
        );
        let shift = NAME as u16 + 1;
        let rest = Rect {
            x: inner.x + shift.min(inner.width),
            width: inner.width.saturating_sub(shift),
            ..inner
        };
        if here {
            typed(model, own, rest, row, buf);
        } else {
            let value = elide_middle(&one_line(&field.value), usize::from(rest.width));
            let (role, value) = match value.is_empty() {
                true => (Role::Dim, look.pick("–", "-").to_owned()),
                false => (Role::Text, value),
            };
            put(buf, rest, row, &text_line(look, role, value));
        }
        row += 1;
    }
    row += 1;
    let meaning = own.fields.get(own.row).map_or("", |field| field.meaning);
    for line in wrap(meaning, cells, 3) {
        put(buf, inner, row, &text_line(look, Role::Comment, line));
        row += 1;
    }
    row += 1;
    let what = match own.root.is_empty() {
        true => "Enter takes the function out and proves the folder; your file is never changed.",
        false => "Enter writes the problem folder; nothing of the project is changed.",
    };
    for line in wrap(what, cells, 3) {
        put(buf, inner, row, &text_line(look, Role::Text, line));
        row += 1;
    }
    let keys = look.pick(
        "↑ ↓ choose a line, Esc goes back.",
        "Up and down choose a line, Esc goes back.",
    );
    put(buf, inner, row, &text_line(look, Role::Dim, keys));
}

fn working(model: &Model, own: &Own, inner: Rect, buf: &mut Buffer) {
    let look = &model.look;
    put(
        buf,
        inner,
        0,
        &text_line(look, Role::Running, "Working; Esc gives it up."),
    );
    let height = usize::from(inner.height).saturating_sub(2);
    let cells = usize::from(inner.width);
    let lines: Vec<(Role, String)> = own
        .told
        .iter()
        .flat_map(|text| {
            let role = if text.starts_with("no ") {
                Role::Failed
            } else {
                Role::Text
            };
            wrap(&one_line(text), cells, 3)
                .into_iter()
                .map(move |line| (role, line))
        })
        .collect();
    let from = lines.len().saturating_sub(height);
    for (row, (role, line)) in lines.into_iter().skip(from).enumerate() {
        put(buf, inner, 2 + row, &text_line(look, role, line));
    }
}

fn done(model: &Model, own: &Own, inner: Rect, buf: &mut Buffer) {
    let words = match &own.outcome {
        Some(Ok(taken)) => outcome(model, taken),
        Some(Err(failure)) => {
            let mut words = told(failure);
            words.push((Role::Dim, String::new()));
            words.push((Role::Dim, "Enter or Esc goes back to change it.".to_owned()));
            words
        }
        None => Vec::new(),
    };
    put_words(model, &words, inner, buf);
}

/// What was made, what was claimed of it, what is missing, what comes next.
fn outcome(model: &Model, taken: &WrittenProblem) -> Vec<(Role, String)> {
    let look = &model.look;
    let mut words = Vec::new();
    if taken.missing.is_empty() {
        let key = model.keymap.first(crate::config::keymap::Action::Pane);
        words.push((
            Role::Better,
            format!("Ready. Enter starts the run; {key} goes to its settings first."),
        ));
    } else {
        words.push((Role::Failed, "Not ready yet. This is missing:".to_owned()));
        let missing = taken.missing.iter();
        words.extend(missing.map(|text| (Role::Failed, format!("- {text}"))));
    }
    words.push((Role::Dim, String::new()));
    words.extend(taken.notes.iter().map(|note| (Role::Text, note.clone())));
    if !taken.claims.is_empty() {
        words.push((Role::Dim, String::new()));
    }
    for (name, holds, detail) in &taken.claims {
        let (sign, role) = match holds {
            Some(true) => (look.pick("✓", "+"), Role::Same),
            Some(false) => (look.pick("✗", "x"), Role::Failed),
            None => (look.pick("–", "-"), Role::Dim),
        };
        let first = one_line(detail.lines().next().unwrap_or(""));
        words.push((role, format!("{sign} {name}: {first}")));
    }
    words
}

//! Lessons: who wrote each, from which candidate, who read it, what came of it, and the person's decisions.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Clear, Widget};
use ratatui_textarea::TextArea;

use crate::bank;
use crate::config::theme::Role;
use crate::domain::id::{CandidateId, LessonId};
use crate::domain::lesson::{Cause, Decision, LessonState, Reason};
use crate::domain::measurement::ratio;
use crate::domain::run::{LessonRecord, Unit};
use crate::domain::units::Tokens;
use crate::lists;
use crate::model::{LessonView, Model};
use crate::msg::EditTarget;
use crate::panes::Pane;
use crate::shelf;
use crate::widgets::frame::{
    centred, more, panel, put, scrolled, select, text_line, title, window,
};
use crate::widgets::mark::{self, Mark, state_glyph, state_word};
use crate::widgets::text::{elide_end, elide_middle, fit, one_line, width, wrap};

/// Cells of the labels in the detail.
const LABEL: usize = 12;

/// Draws a pane of the screen.
pub(crate) fn draw(model: &Model, pane: Pane, area: Rect, buf: &mut Buffer) {
    match pane {
        Pane::Lesson => detail(model, area, buf),
        _ => list(model, area, buf),
    }
}

/// The colour of a lesson's state.
pub(crate) fn state_role(state: LessonState) -> Role {
    match state {
        LessonState::Proposed => Role::Dim,
        LessonState::Accepted => Role::Better,
        LessonState::Rejected => Role::Failed,
        LessonState::Pinned => Role::Accent,
    }
}

/// Whether a decision about it waits for the next round.
pub(crate) fn is_staged(model: &Model, lesson: LessonId) -> bool {
    match (&model.live, model.unit()) {
        (Some(live), Some((unit, _))) => live.staged.contains(&(unit, lesson)),
        _ => false,
    }
}

fn list(model: &Model, area: Rect, buf: &mut Buffer) {
    let look = &model.look;
    let all = shelf::lessons(model);
    let gate = model.run().map_or("", |run| run.gate.word());
    let waits = model.live.as_ref().and_then(|live| live.waiting.as_ref());
    let over = bank::is_meant(model);
    let words = waits.map_or_else(
        || match over {
            true => format!("{}, decided for later runs", all.len()),
            false => format!("{}, gate {gate}, t changes it", all.len()),
        },
        |(_, left)| format!("the round waits for you: {} to decide", left.len()),
    );
    let words = match model.view.marked.len() {
        0 => words,
        n if over => format!("{n} marked: a accepts, x rejects all of them"),
        n => format!("{n} marked: a accepts, x rejects, p pins all of them"),
    };
    let inner = panel(
        buf,
        area,
        title(look, "Lessons", &words),
        model.pane == Pane::Lessons,
        look,
    );
    if model.lesson_view == LessonView::Rounds && !all.is_empty() {
        return super::rounds::draw(model, inner, buf);
    }
    if all.is_empty() {
        put(
            buf,
            inner,
            0,
            &text_line(look, Role::Dim, "None yet. A writes one of your own."),
        );
        return;
    }
    let at = lists::selected(model, &all);
    let from = window(all.len(), usize::from(inner.height), at);
    let cells = usize::from(inner.width);
    let below = all.len().saturating_sub(from + usize::from(inner.height));
    more(buf, area, from, below, look);
    for (row, record) in all.from(from).take(usize::from(inner.height)).enumerate() {
        let l = &record.lesson;
        let stands = bank::state(model, record);
        let state = state_glyph(stands, look.symbols);
        let marked = model.view.marked.contains(&l.id);
        let edited = if l.edited { "~" } else { " " };
        let mark = model.unit().and_then(|(_, unit)| Mark::behind(unit, l));
        let (shape, role) = mark.map_or((look.pick("☞", "!"), Role::Accent), |m| {
            (m.glyph(look.symbols), m.role())
        });
        let staged = if is_staged(model, l.id) {
            look.pick("→ next round", "-> next round")
        } else {
            ""
        };
        let author = lists::author(model, l);
        let times = match model
            .unit()
            .map(|(_, unit)| shelf::alike(model, unit, record).len())
        {
            None | Some(0 | 1) => String::new(),
            Some(n) => format!("{}{n} ", look.pick("×", "x")),
        };
        let author_cells = if cells > 80 { 12 } else { 9 };
        let room = cells.saturating_sub(17 + author_cells + staged.chars().count());
        let line = Line::from(vec![
            look.span(Role::Accent, if marked { look.pick("▌", ">") } else { " " }),
            look.span(state_role(stands), state),
            look.span(Role::Pending, edited),
            look.span(role, format!("{shape} ")),
            look.span(Role::Title, fit(&l.id.to_string(), 8)),
            look.span(Role::Dim, format!(" {}", fit(&author, author_cells))),
            look.span(
                Role::Text,
                format!(
                    " {} ",
                    fit(
                        &elide_middle(&format!("{times}{}", one_line(&l.text)), room),
                        room
                    )
                ),
            ),
            look.span(Role::Pending, staged),
        ]);
        put(buf, inner, row, &line);
        if from + row == at {
            select(buf, inner, row, look);
        }
    }
}

fn detail(model: &Model, area: Rect, buf: &mut Buffer) {
    let look = &model.look;
    let focused = model.pane == Pane::Lesson;
    let Some(record) = lists::lesson(model) else {
        panel(buf, area, title(look, "Lesson", ""), focused, look);
        return;
    };
    let l = &record.lesson;
    let stands = bank::state(model, record);
    let state = format!(
        "{} {}",
        state_glyph(stands, look.symbols),
        state_word(stands)
    );
    let name = title(look, &l.id.to_string(), &state);
    let inner = panel(buf, area, name, focused, look);
    let lines = lines(model, usize::from(inner.width));
    scrolled(buf, (area, inner), &lines, model.scroll(Pane::Lesson), look);
}

/// What is told about the selected lesson.
pub(crate) fn lines(model: &Model, cells: usize) -> Vec<Line<'static>> {
    match lists::lesson(model).zip(model.unit()) {
        Some((record, (_, unit))) => detail_lines(model, unit, record, cells),
        None => Vec::new(),
    }
}

/// What became of a candidate in at most `cells`; the figure gives way before the word does.
fn candidate_words(model: &Model, unit: &Unit, id: CandidateId, cells: usize) -> Span<'static> {
    let look = &model.look;
    let state = unit.candidates.get(&id);
    let found = state.map_or(Mark::Running, Mark::of);
    let words = format!("{id} {} {}", found.glyph(look.symbols), found.word());
    let room = cells.saturating_sub(width(&words) + 1);
    let figure = state
        .and_then(|state| state.speedup())
        .filter(|_| room >= 11);
    let figure = figure.map_or_else(String::new, |s| {
        format!(" {}", mark::speedup(s, room, look.symbols))
    });
    Span::styled(format!("{words}{figure}"), look.theme.style(found.role()))
}

fn detail_lines(
    model: &Model,
    unit: &Unit,
    record: &LessonRecord,
    cells: usize,
) -> Vec<Line<'static>> {
    let look = &model.look;
    let l = &record.lesson;
    let mut lines: Vec<Line> = wrap(&l.text, cells, 12)
        .into_iter()
        .map(|line| text_line(look, Role::Text, line))
        .collect();
    let alike = shelf::alike(model, unit, record);
    if alike.len() > 1 {
        let ids: Vec<String> = alike.iter().take(12).map(ToString::to_string).collect();
        let words = format!(
            "learned {} times, decided together: {}{}",
            alike.len(),
            ids.join(" "),
            if alike.len() > ids.len() { " …" } else { "" }
        );
        let words = wrap(&words, cells, 4).into_iter();
        lines.extend(words.map(|l| text_line(look, Role::Dim, l)));
    }
    if let Some(first) = &record.first_text {
        let words = format!("before your edit: {}", one_line(first));
        lines.extend(
            wrap(&words, cells, 4)
                .into_iter()
                .map(|l| text_line(look, Role::Comment, l)),
        );
    }
    if let Some(banked) = bank::of_lesson(model, l.id).filter(|_| bank::is_meant(model)) {
        let words = format!(
            "in the bank: {} ({})",
            banked.lesson.standing.word(),
            banked.lesson.key
        );
        let words = elide_end(&words, cells);
        lines.push(text_line(look, Role::Pending, words));
    }
    if is_staged(model, l.id) {
        let words = look.pick("→ from the next round", "-> from the next round");
        lines.push(text_line(look, Role::Pending, words));
    }
    lines.push(Line::default());
    let label = |name: &str| look.span(Role::Dim, fit(name, LABEL));
    let mut written = vec![label("written by")];
    match (l.agent, l.id) {
        (Some(agent), LessonId::Learned(candidate)) => {
            let author = format!("{} from ", model.agent_name(agent));
            let room = cells.saturating_sub(LABEL + width(&author));
            written.push(look.span(Role::Title, author));
            written.push(candidate_words(model, unit, candidate, room));
        }
        _ => written.push(look.span(Role::Title, lists::author(model, l))),
    }
    lines.push(Line::from(written));
    if let Some(cause) = l.cause {
        let words = match cause {
            Cause::Seen => "goes with what was seen of the code",
            Cause::Guess => "a guess: nothing seen goes with it",
        };
        lines.push(Line::from(vec![
            label("cause"),
            look.span(Role::Text, elide_end(words, cells.saturating_sub(LABEL))),
        ]));
    }
    let (readers, correct, faster) = lists::effect(model, l.id);
    let effect = if readers == 0 {
        "nobody yet".to_owned()
    } else {
        format!("{readers} candidates: {correct} correct, {faster} faster")
    };
    lines.push(Line::from(vec![
        label("read by"),
        look.span(Role::Text, effect),
    ]));
    if let Some(words) = worth(unit, l.id) {
        let words = wrap(&words, cells.saturating_sub(LABEL), 3);
        for (row, words) in words.into_iter().enumerate() {
            let name = if row == 0 { "readers" } else { "" };
            lines.push(Line::from(vec![label(name), look.span(Role::Text, words)]));
        }
    }
    for reader in unit.readers(l.id).take(6) {
        let mut spans = vec![label("")];
        let author = model.agent_name(reader.candidate.id.agent);
        let room = cells.saturating_sub(LABEL + 2 + width(&author));
        spans.push(candidate_words(model, unit, reader.candidate.id, room));
        spans.push(look.span(Role::Dim, format!("  {author}")));
        lines.push(Line::from(spans));
    }
    let mut factor = format!("{:.2}, as its readers fare", l.factor);
    for (round, value) in &record.factors {
        factor.push_str(&format!("  after {round}: {value:.2}"));
    }
    let factor = wrap(&factor, cells.saturating_sub(LABEL), 4);
    for (row, words) in factor.into_iter().enumerate() {
        let name = if row == 0 { "factor" } else { "" };
        lines.push(Line::from(vec![label(name), look.span(Role::Text, words)]));
    }
    let relevance = format!("{:.2}, how alike it is to the code", l.relevance);
    lines.push(Line::from(vec![
        label("relevance"),
        look.span(Role::Text, relevance),
    ]));
    let cost = format!("about {} tokens in each prompt", Tokens::estimate(&l.text));
    lines.push(Line::from(vec![
        label("costs"),
        look.span(Role::Text, cost),
    ]));
    for round in &unit.rounds {
        let why = round.selection.reasons.iter().find(|(id, _)| *id == l.id);
        if let Some((_, reason)) = why {
            let (role, words) = reason_words(*reason);
            let name = format!("in {}", round.round);
            let words = elide_end(&words, cells.saturating_sub(LABEL));
            lines.push(Line::from(vec![label(&name), look.span(role, words)]));
        }
    }
    for (_, decision) in record.decisions.iter().rev().take(5) {
        let words = match decision {
            Decision::Accept => "accepted".to_owned(),
            Decision::Reject => "rejected".to_owned(),
            Decision::Pin => "pinned".to_owned(),
            Decision::Clear => "back to undecided".to_owned(),
            Decision::Edit { text } => {
                format!(
                    "edited: {}",
                    elide_end(&one_line(text), cells.saturating_sub(21))
                )
            }
        };
        lines.push(Line::from(vec![
            label("you"),
            look.span(Role::Pending, words),
        ]));
    }
    lines
}

/// What reading it was worth: the geometric mean of those who read it against those who did not, from round 1 on.
/// Not a cause: who reads what is no draw of lots.
fn worth(unit: &Unit, lesson: LessonId) -> Option<String> {
    let later = unit
        .candidates
        .values()
        .filter(|c| c.candidate.id.round.0 > 0);
    let (mut with, mut without) = (Vec::new(), Vec::new());
    for state in later {
        let Some(speedup) = state.speedup() else {
            continue;
        };
        if state.candidate.read.contains(&lesson) {
            with.push(speedup.estimate.ln());
        } else {
            without.push(speedup.estimate.ln());
        }
    }
    let mean = |of: &[f64]| (of.iter().sum::<f64>() / of.len() as f64).exp();
    if with.is_empty() || without.is_empty() {
        return None;
    }
    Some(format!(
        "{}× in the mean of {} readers, {}× of {} others",
        ratio(mean(&with)),
        with.len(),
        ratio(mean(&without)),
        without.len()
    ))
}

fn reason_words(reason: Reason) -> (Role, String) {
    match reason {
        Reason::WholeBank => (Role::Text, "in: the whole bank fits".to_owned()),
        Reason::Pinned => (Role::Accent, "in: pinned by you".to_owned()),
        Reason::Speed { rank, score } => (
            Role::Text,
            format!("in: number {rank} by speed × factor ({score:.2})"),
        ),
        Reason::Relevance { rank, relevance } => (
            Role::Text,
            format!("in: number {rank} by relevance ({relevance:.2})"),
        ),
        Reason::Drawn => (Role::Text, "in: drawn at random".to_owned()),
        Reason::Rejected => (Role::Failed, "out: rejected by you".to_owned()),
        Reason::SameAs { lesson } => (Role::Dim, format!("out: {lesson} says the same")),
        Reason::NoSlot { score, relevance } => (
            Role::Dim,
            format!("out: others rank higher ({score:.2}, relevance {relevance:.2})"),
        ),
    }
}

/// The inline editor over everything.
pub(crate) fn editor(
    model: &Model,
    target: &EditTarget,
    text: &TextArea<'static>,
    area: Rect,
    buf: &mut Buffer,
) {
    let look = &model.look;
    let at = centred(area, 76, 9);
    Clear.render(at, buf);
    let name = match target {
        EditTarget::Lesson(_, id) => format!("Edit {id}"),
        EditTarget::Banked(key) => format!("Edit {key}"),
        EditTarget::NewLesson(_) => "A lesson of your own".to_owned(),
        EditTarget::Candidate(..) => "A candidate of your own".to_owned(),
        EditTarget::Template(name) => format!("Template {name}"),
        EditTarget::Hint(_, agent) => format!("To {}, once", model.agent_name(*agent)),
    };
    let inner = panel(
        buf,
        at,
        title(look, &name, "one paragraph; Enter saves, Esc cancels"),
        true,
        look,
    );
    text.render(inner, buf);
}

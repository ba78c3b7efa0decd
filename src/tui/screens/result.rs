//! Result: how a run ended, or stands: what won on each problem and by how much, what was learned, what to do next.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Row, Table, Widget};

use super::breakdown::Figures;
use crate::config::keymap::Action;
use crate::config::theme::Role;
use crate::domain::event::Ending;
use crate::domain::id::UnitId;
use crate::domain::lesson::LessonState;
use crate::domain::likeness;
use crate::domain::run::{Run, Unit};
use crate::model::Model;
use crate::panes::Pane;
use crate::reports::result::{UnitResult, results};
use crate::widgets::frame::{Look, more, panel, put, scrolled, select, text_line, title, window};
use crate::widgets::mark::{self, Mark};
use crate::widgets::text::{elide_end, fit, one_line, span, wrap};
use crate::{bank, lists, view};

/// Rows above the list.
pub(crate) const HEAD: usize = 1;
/// Lessons whose text is told.
const LESSONS: usize = 3;
/// Ways of going about a problem that are told.
const WAYS: usize = 4;

/// Draws a pane of the screen.
pub(crate) fn draw(model: &Model, pane: Pane, area: Rect, buf: &mut Buffer) {
    match pane {
        Pane::Summary => summary(model, area, buf),
        _ => table(model, area, buf),
    }
}

/// How the run stands, in a sentence.
pub(crate) fn headline(run: &Run) -> String {
    let passed = span(run.updated_at - run.started_at);
    match &run.ending {
        None => format!("The run is going on, {passed} so far"),
        Some(Ending::Done) => format!("Done after {passed}"),
        Some(Ending::Stopped) => format!("Stopped after {passed}"),
        Some(Ending::Budget) => format!("The budget was spent after {passed}"),
        Some(Ending::Failed { message }) => {
            format!("Failed after {passed}: {}", one_line(message))
        }
        Some(Ending::CutOff { message }) => {
            format!("Cut off after {passed}: {}", one_line(message))
        }
    }
}

/// What all problems together came to.
fn whole(run: &Run, look: &Look) -> String {
    let all = results(run);
    let figures = Figures::of(&all);
    if let Some(pass) = &figures.pass {
        return format!("{} of {} tasks solved, {pass}", pass.passed, pass.of);
    }
    let faster = all
        .iter()
        .filter(|r| r.wins && r.speedup.is_some_and(|s| s.lo > 1.0));
    let faster = faster.count();
    if all.len() < 2 {
        return String::new();
    }
    let skipped = all.iter().zip(&run.units);
    let skipped = skipped
        .filter(|(result, unit)| result.is_skipped() || (run.ending.is_some() && !unit.started));
    let skipped = skipped.count();
    let told = match skipped {
        0 => String::new(),
        n => format!(", {n} skipped"),
    };
    let mean = figures.mean.map_or_else(String::new, |mean| {
        format!(
            ", {} in the geometric mean",
            mark::speedup(mean, 40, look.symbols)
        )
    });
    let of = all.len() - skipped;
    let plural = if of == 1 { "" } else { "s" };
    format!("{faster} of {of} problem{plural} faster{mean}{told}")
}

/// What became of a problem: its shape, and its figure or a word.
fn standing(
    look: &Look,
    run: &Run,
    unit: &Unit,
    result: &UnitResult,
    cells: usize,
) -> Span<'static> {
    if let Some((_, tested)) = unit.tested() {
        let found = mark::of_tests(tested);
        let words = format!(
            "{} {}",
            found.glyph(look.symbols),
            mark::tests(tested, cells.saturating_sub(2))
        );
        return look.span(found.role(), words);
    }
    let by_the_record = run.ending.is_some() && !unit.started;
    match result.speedup {
        Some(speedup) => {
            let found = result
                .verdict
                .map_or_else(|| Mark::of_speedup(speedup), Mark::of_verdict);
            let figure = mark::speedup(speedup, cells.saturating_sub(2), look.symbols);
            let words = format!("{} {figure}", found.glyph(look.symbols));
            look.span(found.role(), words)
        }
        None if result.is_skipped() || by_the_record => look.span(Role::Dim, "skipped"),
        None if !unit.started => look.span(Role::Dim, "not begun"),
        None if unit.ending.is_none() => look.span(Role::Running, "under way"),
        None => look.span(Role::Failed, "no correct candidate"),
    }
}

fn table(model: &Model, area: Rect, buf: &mut Buffer) {
    let look = &model.look;
    let focused = model.pane == Pane::Results;
    let Some(run) = model.run() else {
        let inner = panel(buf, area, title(look, "Result", ""), focused, look);
        let words = "Waiting for the first fact …";
        return put(buf, inner, 0, &text_line(look, Role::Dim, words));
    };
    let detail = match whole(run, look) {
        words if words.is_empty() => headline(run),
        words => format!("{}: {words}", headline(run)),
    };
    let room = usize::from(area.width).saturating_sub(14);
    let detail = elide_end(&detail, room);
    let inner = panel(buf, area, title(look, "Result", &detail), focused, look);
    let all = results(run);
    let at = model.unit().map_or(0, |(id, _)| usize::from(id.0));
    let height = usize::from(inner.height).saturating_sub(HEAD);
    let from = window(all.len(), height, at);
    more(
        buf,
        area,
        from,
        all.len().saturating_sub(from + height),
        look,
    );
    let wide = inner.width >= 110;
    let widest = all.iter().map(|r| r.problem.chars().count()).max();
    let name_cells = widest.unwrap_or(0).clamp(12, usize::from(inner.width) / 3);
    let rows = all.iter().zip(&run.units).skip(from).take(height);
    let rows = rows.map(|(result, unit)| {
        let by = match (&result.agent, result.candidate) {
            (Some(agent), Some(id)) => format!("{id} {}", one_line(agent)),
            _ => String::new(),
        };
        let mut cells = vec![
            text_line(look, Role::Text, elide_end(&result.problem, name_cells)),
            text_line(look, Role::Dim, result.mode.word()),
            Line::from(standing(look, run, unit, result, 22)),
        ];
        if wide {
            cells.push(text_line(look, Role::Text, times(look, unit, result)));
        }
        cells.push(text_line(look, Role::Dim, by));
        if wide {
            cells.push(text_line(look, Role::Dim, format!("{:>7}", result.banked)));
        }
        Row::new(cells)
    });
    let mut widths = vec![
        Constraint::Length(u16::try_from(name_cells).unwrap_or(12)),
        Constraint::Length(6),
        Constraint::Length(22),
    ];
    let mut heads = vec!["problem", "mode", "speedup"];
    if wide {
        widths.push(Constraint::Length(22));
        heads.push("before, after");
    }
    widths.push(Constraint::Fill(1));
    heads.push("by");
    if wide {
        widths.push(Constraint::Length(7));
        heads.push("lessons");
    }
    let heads = Row::new(heads).style(look.theme.style(Role::Dim));
    Table::new(rows, widths).header(heads).render(inner, buf);
    select(buf, inner, HEAD + at.saturating_sub(from), look);
}

/// How long a call of the original and of the candidate took.
fn times(look: &Look, unit: &Unit, result: &UnitResult) -> String {
    let Some(id) = result.candidate else {
        return String::new();
    };
    let fresh = unit
        .confirmed
        .as_ref()
        .filter(|(confirmed, _)| *confirmed == id);
    let fresh = fresh.map(|(_, evaluated)| evaluated);
    let first = unit.candidates.get(&id).and_then(|s| s.evaluated.as_ref());
    let measured = fresh.or(first).and_then(|e| e.evaluation.measurement());
    measured.map_or_else(String::new, |m| {
        let (before, after) = m.times();
        format!("{before} {} {after}", look.pick("→", "->"))
    })
}

fn summary(model: &Model, area: Rect, buf: &mut Buffer) {
    let look = &model.look;
    let focused = model.pane == Pane::Summary;
    let inner = panel(buf, area, title(look, "What it came to", ""), focused, look);
    let lines = lines(model, usize::from(inner.width));
    scrolled(
        buf,
        (area, inner),
        &lines,
        model.scroll(Pane::Summary),
        look,
    );
}

/// What is told below the table.
pub(crate) fn lines(model: &Model, cells: usize) -> Vec<Line<'static>> {
    let look = &model.look;
    let (Some(run), Some((id, unit))) = (model.run(), model.unit()) else {
        return Vec::new();
    };
    let mut lines = Vec::new();
    let mut say = |role: Role, text: &str| {
        let text = wrap(text, cells, 6).into_iter();
        lines.extend(text.map(|line| text_line(look, role, line)));
    };
    let result = UnitResult::of(run, unit);
    say(
        Role::Title,
        &format!("{} ({})", result.problem, result.mode),
    );
    say(Role::Text, &told(model, run, unit, &result));
    if let Some(contest) = unit
        .contest
        .as_ref()
        .filter(|contest| contest.winner.is_some())
    {
        say(
            Role::Dim,
            &format!("It is the {}.", one_line(&contest.to_string())),
        );
    }
    let plain = |words: &str| match look.pick("×", "x") {
        "x" => one_line(words).replace('×', "x").replace('→', "->"),
        _ => one_line(words),
    };
    if let Some(descent) = result.candidate.and_then(|id| unit.descent(id)) {
        say(Role::Dim, &format!("{}.", plain(&descent)));
    }
    if let Some(ended) = &unit.enough {
        say(
            Role::Dim,
            &format!("It ended early: {}.", plain(&ended.to_string())),
        );
    }
    if let Some(converged) = unit.converged() {
        say(Role::Pending, &format!("Note: {converged}."));
    }
    lines.push(Line::default());
    lines.push(text_line(look, Role::Title, "Next"));
    lines.extend(next(model, run, id));
    lines.push(Line::default());
    learned(model, unit, cells, &mut lines);
    ways(look, unit, cells, &mut lines);
    lines.push(Line::default());
    let tokens = run.usage.input.0 + run.usage.output.0;
    let passed = span(run.updated_at - run.started_at);
    let spent = match tokens {
        0 => passed,
        _ => format!("{passed}, {}{}", lists::tokens(run), view::money(run, None)),
    };
    lines.push(Line::from(vec![
        look.span(Role::Title, "Spent  "),
        look.span(Role::Text, spent),
    ]));
    lines
}

/// The ways of going about it of which something correct came, where there are several, with the best of each.
fn ways(look: &Look, unit: &Unit, cells: usize, lines: &mut Vec<Line<'static>>) {
    let mut families = likeness::families(&unit.members());
    families.retain(|family| family.best.is_some() && !family.idea.is_empty());
    if families.len() < 2 {
        return;
    }
    lines.push(Line::default());
    lines.push(text_line(look, Role::Title, "Ideas"));
    for family in families.iter().take(WAYS) {
        let Some((id, best)) = family.best else {
            continue;
        };
        let best = mark::speedup(best, 30, look.symbols);
        let words = format!("{id} {best}, of {}: {}", family.members.len(), family.idea);
        let words = wrap(&one_line(&words), cells, 2).into_iter();
        lines.extend(words.map(|line| text_line(look, Role::Dim, line)));
    }
}

/// What became of the problem, in a sentence.
fn told(model: &Model, run: &Run, unit: &Unit, result: &UnitResult) -> String {
    let look = &model.look;
    let by = result.agent.as_deref().map(one_line).unwrap_or_default();
    let id = result
        .candidate
        .map(|id| id.to_string())
        .unwrap_or_default();
    if let Some((_, tested)) = unit.tested() {
        return format!("{tested}, by {by} ({id}).");
    }
    match result.speedup {
        Some(speedup) => {
            let figure = mark::speedup(speedup, 40, look.symbols);
            let word = result.verdict.map_or_else(
                || Mark::of_speedup(speedup).word(),
                |verdict| Mark::of_verdict(verdict).word(),
            );
            let times = times(look, unit, result);
            let times = match times.is_empty() {
                true => String::new(),
                false => format!(", {times} per call"),
            };
            let stays = match (result.wins, &unit.ending) {
                (false, Some(_)) => " Nothing was shown to be faster: the original stays.",
                _ => "",
            };
            let read = match result.read {
                0 => String::new(),
                1 => ", having read 1 lesson".to_owned(),
                n => format!(", having read {n} lessons"),
            };
            format!("{figure} {word}, {id} by {by}{read}{times}.{stays}")
        }
        None if !unit.started => "It has not begun.".to_owned(),
        None if result.is_skipped() => "It was skipped.".to_owned(),
        None if unit.ending.is_none() => format!(
            "Nothing correct so far, {}.",
            view::round_words(unit, run.spec.rounds)
        ),
        None => "No candidate was correct: the original stays.".to_owned(),
    }
}

/// What was learned on the problem: how many lessons stand how, and the best of them.
fn learned(model: &Model, unit: &Unit, cells: usize, lines: &mut Vec<Line<'static>>) {
    let look = &model.look;
    let of = |state| {
        let all = unit.lessons.iter();
        all.filter(|record| bank::state(model, record) == state)
            .count()
    };
    let kept = of(LessonState::Accepted) + of(LessonState::Pinned);
    let words = format!(
        "{}: {} undecided, {kept} accepted, {} rejected",
        unit.lessons.len(),
        of(LessonState::Proposed),
        of(LessonState::Rejected)
    );
    lines.push(Line::from(vec![
        look.span(Role::Title, "Lessons  "),
        look.span(Role::Text, words),
    ]));
    let mut best: Vec<_> = unit.lessons.iter().map(|record| &record.lesson).collect();
    best.sort_by(|a, b| (b.speedup * b.factor).total_cmp(&(a.speedup * a.factor)));
    let mut told: Vec<String> = Vec::new();
    for lesson in best {
        let text = one_line(&lesson.text);
        if told.contains(&text) || told.len() == LESSONS {
            continue;
        }
        let shape =
            Mark::behind(unit, lesson).map_or(look.pick("☞", "!"), |m| m.glyph(look.symbols));
        let wrapped = wrap(&format!("{shape} {text}"), cells, 2).into_iter();
        lines.extend(wrapped.map(|line| text_line(look, Role::Dim, line)));
        told.push(text);
    }
}

/// What can be done now, each with its key.
fn next(model: &Model, run: &Run, unit: UnitId) -> Vec<Line<'static>> {
    let look = &model.look;
    let Some(about) = run.unit(unit) else {
        return Vec::new();
    };
    let undecided = about.lessons.iter();
    let undecided = undecided.filter(|r| bank::state(model, r) == LessonState::Proposed);
    let undecided = undecided.count();
    let decide = match undecided {
        0 => "look at the lessons".to_owned(),
        n => {
            let lessons = if n == 1 { "lesson" } else { "lessons" };
            let when = match run.ending {
                Some(_) => "for later runs",
                None => "for the next round",
            };
            format!("decide about {n} {lessons}, {when}")
        }
    };
    let stopped = matches!(
        run.ending,
        Some(Ending::Stopped | Ending::CutOff { .. } | Ending::Budget)
    );
    let mut steps: Vec<(Action, String)> = vec![
        (
            Action::Apply,
            "put the best code into your files, or save it as a file".to_owned(),
        ),
        (
            Action::GoCode,
            "see the code and how it differs from the original".to_owned(),
        ),
        (Action::GoLessons, decide),
        (Action::Export, "write a report as Markdown".to_owned()),
        (
            Action::Measure,
            "measure the best code once more, with fresh inputs".to_owned(),
        ),
        (
            Action::Start,
            "run the same again, everything measured afresh".to_owned(),
        ),
        (
            Action::GoHistory,
            "compare it with another run (m marks two)".to_owned(),
        ),
    ];
    if model
        .live
        .as_ref()
        .is_some_and(|live| !live.record.is_empty())
    {
        steps.push((Action::PauseEngine, "play it from its beginning".to_owned()));
    }
    if run.ending.is_none() {
        steps.retain(|(action, _)| !matches!(action, Action::Measure | Action::Start));
    }
    let keys = steps.into_iter().map(|(action, words)| {
        let key = model.keymap.first(action);
        Line::from(vec![
            look.span(Role::Accent, fit(&format!("  {key}"), 8)),
            look.span(Role::Text, words),
        ])
    });
    let mut lines: Vec<Line> = keys.collect();
    if stopped {
        let words = format!("  lessonl run --resume {} goes on with it", run.id);
        lines.push(text_line(look, Role::Dim, words));
    }
    lines
}

/// The whole of it as text.
pub(crate) fn text(model: &Model) -> Option<String> {
    let run = model.run()?;
    let mut text = format!("{}\n", headline(run));
    for (result, unit) in results(run).iter().zip(&run.units) {
        let words = told(model, run, unit, result);
        text.push_str(&format!("{} ({}): {words}\n", result.problem, result.mode));
    }
    Some(text)
}

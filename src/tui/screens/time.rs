//! Time: every candidate's interval on one log axis, and how the selected figure was got and how far it can be trusted.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::samples;
use crate::config::keymap::Action;
use crate::config::theme::Role;
use crate::domain::codegen::Tested;
use crate::domain::contest::{ContenderStanding, Rival};
use crate::domain::id::CandidateId;
use crate::domain::measurement::Speedup;
use crate::domain::run::{CandidateState, Unit};
use crate::lists;
use crate::model::{Again, Model};
use crate::panes::{self, Pane};
use crate::widgets::forest::Axis;
use crate::widgets::frame::{more, panel, put, scrolled, select, text_line, title, window};
use crate::widgets::mark::{self, Mark};
use crate::widgets::text::{fit, fit_right, one_line, wrap};

/// Cells of a check's name.
const GATE: usize = 18;

/// Draws a pane of the screen.
pub(crate) fn draw(model: &Model, pane: Pane, area: Rect, buf: &mut Buffer) {
    match pane {
        Pane::Facts => facts(model, area, buf),
        _ => forest(model, area, buf),
    }
}

fn forest(model: &Model, area: Rect, buf: &mut Buffer) {
    let look = &model.look;
    let all = lists::timed(model);
    let order = if model.sort.is_multiple_of(2) {
        "best first"
    } else {
        "by round"
    };
    let tested = is_tested(model);
    let detail = match tested {
        true => format!("nothing is timed: tests passed, {order}"),
        false => format!("speedup over the original, 95 % intervals, log axis, {order}"),
    };
    let inner = panel(
        buf,
        area,
        title(look, "Time", &detail),
        model.pane == Pane::Forest,
        look,
    );
    if all.is_empty() {
        put(
            buf,
            inner,
            0,
            &text_line(
                look,
                Role::Dim,
                if tested {
                    "Nothing was tested yet."
                } else {
                    "Nothing was timed yet."
                },
            ),
        );
        return;
    }
    let cells = usize::from(inner.width);
    let name_cells = if cells > 100 { 12 } else { 0 };
    let figure_cells = if cells > 64 { 20 } else { 12 };
    let widest = all.iter().map(|(id, _)| id.to_string().len() + 1).max();
    let id_cells = widest.unwrap_or(6).clamp(6, 9);
    let plot_cells = cells.saturating_sub(3 + id_cells + name_cells + figure_cells + 1);
    let measured = all.iter().filter_map(|(id, _)| figure_of(model, *id));
    let axis = Axis::over(measured, plot_cells);
    let Some((_, unit)) = model.unit() else {
        return;
    };
    let leader = lists::leader(unit);
    let best = leader.and_then(|id| unit.figure(id));
    let best = best.map(|speedup| speedup.estimate);
    let at = lists::row(model, &all).unwrap_or(0);
    let height = usize::from(inner.height.saturating_sub(1));
    let from = window(all.len(), height, at);
    let below = all.len().saturating_sub(from + height);
    more(buf, area, from, below, look);
    for (row, (id, state)) in all.iter().enumerate().skip(from).take(height) {
        let found = Mark::standing(unit, state);
        let style = look.theme.style(found.role());
        let figure = mark::standing(unit, state, figure_cells, look.symbols);
        let figure = figure.unwrap_or_else(|| found.word().to_owned());
        let name = lists::by_whom(model, unit, *id);
        let sign = match leader.is_some_and(|leader| unit.same_code(leader, *id)) {
            true => mark::leads(look.symbols),
            false => " ",
        };
        let mut spans = vec![
            Span::styled(found.glyph(look.symbols), style),
            look.span(Role::Accent, sign),
            look.span(Role::Title, fit(&id.to_string(), id_cells)),
            look.span(Role::Dim, fit(&name, name_cells)),
            Span::styled(fit(&figure, figure_cells + 1), style),
        ];
        if let Some(share) = state.tested().map(Tested::share) {
            let full = (share * plot_cells as f64).round() as usize;
            let bar = look.pick("▬", "=").repeat(full.min(plot_cells));
            spans.push(Span::styled(bar, style));
        }
        for part in axis.row(figure_of(model, *id), best, look.symbols) {
            if tested {
                break;
            }
            let dim = matches!(part, "│" | "┊" | "|" | ":");
            let style = if dim {
                look.theme.style(Role::Border)
            } else {
                style
            };
            spans.push(Span::styled(part, style));
        }
        put(buf, inner, row - from, &Line::from(spans));
        if row == at {
            select(buf, inner, row - from, look);
        }
    }
    let indent = " ".repeat(3 + id_cells + name_cells + figure_cells);
    let labels = match tested {
        true => format!(
            "{indent}0 %{}",
            fit_right("100 %", plot_cells.saturating_sub(3))
        ),
        false => format!("{indent}{}", axis.labels(look.symbols)),
    };
    let row = (all.len() - from).min(height);
    put(buf, inner, row, &text_line(look, Role::Dim, labels));
    let measured = model
        .selected()
        .and_then(|(_, state)| state.evaluated.as_ref());
    let measured = measured.and_then(|e| e.evaluation.measurement());
    if let (Some(from), Some(m)) = (launches_below(model), measured) {
        for (n, line) in samples::lines(look, m, cells).iter().enumerate() {
            put(buf, inner, from + n, line);
        }
    }
}

/// A candidate's figure as it stands.
fn figure_of(model: &Model, id: CandidateId) -> Option<Speedup> {
    model.unit().and_then(|(_, unit)| unit.figure(id))
}

/// Row inside the forest from which the selected candidate's launches are shown below it, where there is room for them.
fn launches_below(model: &Model) -> Option<usize> {
    let shown = panes::layout(model, panes::body(model));
    let (_, area) = shown.iter().find(|(pane, _)| *pane == Pane::Forest)?;
    let from = lists::timed(model).len() + 2;
    (from + samples::MOST <= usize::from(area.height.saturating_sub(2))).then_some(from)
}

/// Whether the unit's candidates are tested rather than timed.
fn is_tested(model: &Model) -> bool {
    let unit = model.unit();
    unit.is_some_and(|(_, unit)| !unit.spec.work.is_optimise())
}

fn facts(model: &Model, area: Rect, buf: &mut Buffer) {
    let look = &model.look;
    let focused = model.pane == Pane::Facts;
    let Some((id, _)) = model.selected() else {
        let inner = panel(buf, area, title(look, "Facts", ""), focused, look);
        let words = "How a figure was got, once there is one.";
        put(buf, inner, 0, &text_line(look, Role::Dim, words));
        return;
    };
    let author = format!("by {}", model.agent_name(id.agent));
    let inner = panel(
        buf,
        area,
        title(look, &id.to_string(), &author),
        focused,
        look,
    );
    let lines = lines(model, usize::from(inner.width));
    scrolled(buf, (area, inner), &lines, model.scroll(Pane::Facts), look);
}

/// How the selected figure was got.
pub(crate) fn lines(model: &Model, cells: usize) -> Vec<Line<'static>> {
    model
        .selected()
        .map_or_else(Vec::new, |(_, state)| fact_lines(model, state, cells))
}

/// What applies to code from a description: no time, but tests, the hidden ones at the end alone.
fn tests(model: &Model, state: &CandidateState, cells: usize, lines: &mut Vec<Line<'static>>) {
    let look = &model.look;
    let mut say = |role: Role, text: &str| {
        let text = wrap(text, cells, 6).into_iter();
        lines.extend(text.map(|line| text_line(look, role, line)));
    };
    say(
        Role::Text,
        "Code from a description is not timed. The agents' own tests decide what is submitted; the hidden tests decide whether it counts, and pass@1 is the share of tasks that pass them.",
    );
    let failed = state.tested().and_then(|tested| tested.failed.as_ref());
    if let Some(failed) = failed {
        say(
            Role::Failed,
            &format!("first failed: {}", one_line(&failed.test)),
        );
        say(Role::Dim, &one_line(&failed.why));
    }
    let submitted = model.unit().and_then(|(_, unit)| unit.confirmed.as_ref());
    let submitted = submitted.filter(|(id, _)| *id == state.candidate.id);
    if let Some(tested) = submitted.and_then(|(_, e)| e.evaluation.tested()) {
        let found = mark::of_tests(tested);
        let words = format!("submitted: {} {tested}", found.glyph(look.symbols));
        say(found.role(), &words);
    }
}

/// What timing the contenders against each other showed of this one.
fn contested(unit: &Unit, id: CandidateId) -> Option<String> {
    let contest = unit.contest.as_ref()?;
    let winner = contest.winner?;
    if unit.same_code(winner, id) {
        return Some(contest.to_string());
    }
    let met = |rival: &&Rival| unit.same_code(rival.id, id);
    let rival = contest.rivals.iter().find(met)?;
    let found = match &rival.standing {
        ContenderStanding::Slower => "slower than",
        ContenderStanding::Equal => "as fast as",
        ContenderStanding::Open => "not told apart from",
        ContenderStanding::Out { why } => {
            return Some(format!("left the contest: {}", one_line(why)));
        }
    };
    let lead = rival
        .lead
        .map_or_else(String::new, |lead| format!(": that is {lead} as fast"));
    Some(format!("timed against the others: {found} {winner}{lead}"))
}

/// What measuring it once more came to.
fn again(model: &Model, state: &CandidateState, cells: usize, lines: &mut Vec<Line<'static>>) {
    let look = &model.look;
    let Some((run, (unit, _))) = model.run().zip(model.unit()) else {
        return;
    };
    let (role, words) = match model.again.get(&(run.id.clone(), unit, state.candidate.id)) {
        None => return,
        Some(Again::Measuring(_)) => (
            Role::Running,
            "being measured again with fresh inputs …".to_owned(),
        ),
        Some(Again::Failed(failure)) => (Role::Failed, one_line(&failure.to_string())),
        Some(Again::Measured(evaluated)) => match evaluated.evaluation.measurement() {
            Some(m) => {
                let found = Mark::of_verdict(m.verdict);
                let figure = mark::speedup(m.speedup, 40, look.symbols);
                let times = samples::times(look, m);
                let word = found.word();
                (
                    found.role(),
                    format!("measured again by you: {figure} {word}, {times}"),
                )
            }
            None => {
                let why = super::annotations::sentence(&evaluated.evaluation);
                (
                    Role::Failed,
                    format!("measured again by you: {}", one_line(&why)),
                )
            }
        },
    };
    let words = wrap(&words, cells, 4).into_iter();
    lines.extend(words.map(|l| text_line(look, role, l)));
}

fn fact_lines(model: &Model, state: &CandidateState, cells: usize) -> Vec<Line<'static>> {
    let look = &model.look;
    let Some((_, unit)) = model.unit() else {
        return Vec::new();
    };
    let found = Mark::standing(unit, state);
    let mut lines = Vec::new();
    let style = look.theme.style(found.role());
    let figure = mark::standing(unit, state, 30, look.symbols).unwrap_or_default();
    let words = format!("{} {}  {figure}", found.glyph(look.symbols), found.word());
    lines.push(Line::from(Span::styled(words, style)));
    let Some(evaluated) = &state.evaluated else {
        lines.push(text_line(look, Role::Dim, "not judged yet"));
        return lines;
    };
    if is_tested(model) {
        tests(model, state, cells, &mut lines);
    }
    if let Some(m) = evaluated.evaluation.measurement() {
        let id = state.candidate.id;
        let fresh = unit.figure(id).filter(|figure| *figure != m.speedup);
        if fresh.is_some() {
            let first = mark::speedup(m.speedup, 30, look.symbols);
            let words = format!("measured again with fresh seeds; first it was {first}");
            let words = wrap(&words, cells, 2).into_iter();
            lines.extend(words.map(|l| text_line(look, Role::Dim, l)));
        }
        if let Some(words) = contested(unit, id) {
            let words = wrap(&words, cells, 4).into_iter();
            lines.extend(words.map(|l| text_line(look, Role::Text, l)));
        }
        let times = wrap(&samples::times(look, m), cells, 3).into_iter();
        lines.extend(times.map(|l| text_line(look, Role::Title, l)));
        for line in wrap(&samples::meaning(m), cells, 4) {
            lines.push(text_line(look, Role::Text, line));
        }
        let dot = look.pick(" · ", " - ");
        // A project is timed by its own command, as whole processes.
        let project = evaluated
            .gates
            .iter()
            .any(|gate| gate.name == "project_tests");
        let how = match project {
            true => [
                format!(
                    "the project's bench as whole processes{dot}{} launches of each side in pairs",
                    m.launches.len()
                ),
                format!("measured in {}", m.spent),
            ],
            false => [
                format!(
                    "{} launches of {} pairs{dot}{} call{} a sample{dot}size {}",
                    m.launches.len(),
                    m.rounds,
                    m.calls,
                    if m.calls == 1 { "" } else { "s" },
                    m.size
                ),
                match evaluated.cached {
                    true => format!(
                        "cached from an earlier measurement{dot}seed {:x}{dot}{} measures it again",
                        m.seed,
                        model.keymap.first(Action::Measure)
                    ),
                    false => format!("measured in {}{dot}fresh seed {:x}", m.spent, m.seed),
                },
            ],
        };
        for text in how {
            let text = wrap(&text, cells, 3).into_iter();
            lines.extend(text.map(|l| text_line(look, Role::Dim, l)));
        }
        if launches_below(model).is_none() {
            lines.extend(samples::lines(look, m, cells));
        }
    }
    again(model, state, cells, &mut lines);
    for caveat in &evaluated.caveats {
        let text = format!("! {}: {}", one_line(&caveat.name), caveat.advice);
        lines.extend(
            wrap(&text, cells, 4)
                .into_iter()
                .map(|l| text_line(look, Role::Unclear, l)),
        );
    }
    if !evaluated.gates.is_empty() {
        lines.push(text_line(look, Role::Title, "Checks in the order they ran"));
    }
    for gate in &evaluated.gates {
        let (sign, role) = match gate.passed {
            Some(true) => (look.pick("✓", "+"), Role::Same),
            Some(false) => (look.pick("✗", "x"), Role::Failed),
            None => (look.pick("–", "-"), Role::Dim),
        };
        let detail = wrap(&one_line(&gate.detail), cells.saturating_sub(GATE + 3), 4);
        let name = Line::from(vec![
            look.span(role, format!("{sign} ")),
            look.span(Role::Text, fit(&one_line(&gate.name), GATE)),
            look.span(
                Role::Dim,
                format!(" {}", detail.first().map_or("", String::as_str)),
            ),
        ]);
        lines.push(name);
        let more = detail.iter().skip(1);
        lines.extend(
            more.map(|l| text_line(look, Role::Dim, format!("{}{l}", " ".repeat(GATE + 3)))),
        );
    }
    if let Some(run) = model.run() {
        lines.push(text_line(look, Role::Title, "Machine"));
        let machine = &run.machine;
        let notes = match machine.notes.as_slice() {
            [] => String::new(),
            notes => format!("{}. ", notes.join("; ")),
        };
        let text = format!(
            "{}, {} cores. {}Sandbox: {}. {} {}",
            machine.cpu,
            machine.cores,
            notes,
            machine.sandbox,
            run.toolchain.version,
            run.toolchain.flags.join(" ")
        );
        lines.extend(
            wrap(&text, cells, 6)
                .into_iter()
                .map(|l| text_line(look, Role::Dim, l)),
        );
    }
    lines
}

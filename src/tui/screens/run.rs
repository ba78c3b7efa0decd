//! Run: all agents at once in fixed order, the grid of rounds, what waits for the person, the focused agent's words.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::config::theme::Role;
use crate::domain::id::{AgentId, Round};
use crate::domain::lesson::LessonState;
use crate::domain::run::{Run, Unit};
use crate::tui::live::Phase;
use crate::tui::model::Model;
use crate::tui::widgets::frame::{
    panel, put, put_all, select, split_left, split_top, text_line, title, window,
};
use crate::tui::widgets::mark::{self, Mark};
use crate::tui::widgets::text::{elide_end, fit, fit_right, one_line, width, wrap};

/// Draws the screen.
pub fn draw(model: &Model, area: Rect, buf: &mut Buffer) {
    let (Some(run), Some((_, unit))) = (model.run(), model.unit()) else {
        let inner = panel(buf, area, title(&model.look, "Run", ""), true, &model.look);
        put(
            buf,
            inner,
            0,
            &text_line(&model.look, Role::Dim, "Waiting for the first fact …"),
        );
        return;
    };
    let agents_rows = u16::try_from(run.spec.team.len() * 2 + 5).unwrap_or(u16::MAX);
    if area.width >= 100 {
        let share = if area.width >= 160 { 55 } else { 62 };
        let (left, right) = split_left(area, area.width * share / 100);
        let (top, tail_area) = split_top(left, agents_rows.min(left.height * 3 / 5));
        agents(model, run, unit, top, buf);
        tail(model, run, unit, tail_area, buf);
        let grid_rows = agents_rows.min(right.height / 2).max(8);
        let (top, below) = split_top(right, grid_rows);
        grid(model, run, unit, top, buf);
        inbox(model, unit, below, buf);
    } else {
        let (top, rest) = split_top(area, agents_rows.min(area.height.saturating_sub(7)));
        agents(model, run, unit, top, buf);
        if area.width >= 80 {
            let (left, right) = split_left(rest, rest.width * 3 / 5);
            tail(model, run, unit, left, buf);
            grid(model, run, unit, right, buf);
        } else {
            tail(model, run, unit, rest, buf);
        }
    }
}

fn phase_shape(model: &Model, phase: Phase) -> (&'static str, Role) {
    let pick = |unicode, ascii| model.look.pick(unicode, ascii);
    match phase {
        Phase::Idle => (pick("○", "o"), Role::Dim),
        Phase::Asking(_) => (pick("✎", "w"), Role::Running),
        Phase::Queued => (pick("◌", "."), Role::Dim),
        Phase::Checking => (pick("◐", "c"), Role::Running),
        Phase::Timing => (pick("◔", "t"), Role::Running),
    }
}

fn agents(model: &Model, run: &Run, unit: &Unit, area: Rect, buf: &mut Buffer) {
    let look = &model.look;
    let inner = panel(
        buf,
        area,
        title(look, "Agents", &format!("{}", run.spec.team.len())),
        true,
        look,
    );
    let cells = usize::from(inner.width);
    let name_cells = if cells > 90 { 14 } else { 10 };
    let best_cells = if cells > 66 { 22 } else { 14 };
    let token_cells = if cells > 56 { 7 } else { 0 };
    let task_cells = cells.saturating_sub(name_cells + best_cells + token_cells + 5);
    let heads = Line::from(look.span(
        Role::Dim,
        format!(
            "{}{}{}{}",
            fit("   agent", name_cells + 4),
            fit("doing", task_cells + 1),
            fit("best of its own", best_cells),
            fit_right("tokens", token_cells)
        ),
    ));
    put(buf, inner, 0, &heads);
    let height = usize::from(inner.height.saturating_sub(1));
    let reason = elide_end(&one_line(&run.spec.team_reason), cells);
    let with_reason = height > run.spec.team.len() * 2;
    let per = if height >= run.spec.team.len() * 2 {
        2
    } else {
        1
    };
    let fits = (height / per).max(1);
    let from = window(run.spec.team.len(), fits, model.agent.index());
    for (at, spec) in run.spec.team.iter().enumerate().skip(from).take(fits) {
        let agent = AgentId(u8::try_from(at).unwrap_or(u8::MAX));
        let Some(live) = &model.live else { return };
        let (phase, words) = live.doing(unit, agent);
        let (shape, role) = phase_shape(model, phase);
        let tally = unit.tally(agent);
        let focus = agent == model.agent;
        let mut spans = vec![
            look.span(Role::Accent, if focus { look.pick("▸", ">") } else { " " }),
            look.span(role, shape),
            look.span(
                Role::Title,
                format!(" {} ", fit(&one_line(&spec.name), name_cells)),
            ),
            look.span(Role::Text, format!("{} ", fit(&words, task_cells))),
        ];
        match tally.best {
            Some((id, s)) => {
                let found = unit.candidates.get(&id).map_or(Mark::Running, Mark::of);
                let figure = mark::speedup(s, best_cells - 2, look.symbols);
                let text = format!(
                    "{} {}",
                    found.glyph(look.symbols),
                    fit(&figure, best_cells - 2)
                );
                spans.push(Span::styled(text, look.theme.style(found.role())));
            }
            None => spans.push(look.span(Role::Dim, fit(look.pick("–", "-"), best_cells))),
        }
        let used = tally.usage.input.0 + tally.usage.output.0;
        let tokens = if used == 0 {
            look.pick("–", "-").to_owned()
        } else {
            crate::domain::units::Tokens(used).to_string()
        };
        spans.push(look.span(Role::Dim, fit_right(&tokens, token_cells)));
        let row = 1 + (at - from) * per;
        put(buf, inner, row, &Line::from(spans));
        if focus {
            select(buf, inner, row, look);
        }
        if per == 2 {
            let said = last_words(model, unit, agent);
            let said = if said.is_empty() { spec.model() } else { said };
            let line = format!(
                "    {}",
                elide_end(&one_line(&said), cells.saturating_sub(4))
            );
            put(buf, inner, row + 1, &text_line(look, Role::Dim, line));
        }
    }
    if with_reason {
        let row = usize::from(inner.height) - 1;
        put(buf, inner, row, &text_line(look, Role::Comment, reason));
    }
}

/// The last line an agent said, or why it said nothing.
fn last_words(model: &Model, unit: &Unit, agent: AgentId) -> String {
    let stream = model
        .live
        .as_ref()
        .and_then(|live| live.streams.get(&agent));
    if let Some(stream) = stream {
        if let Some(retry) = &stream.retry {
            return retry.clone();
        }
        let said = stream
            .lines
            .iter()
            .rev()
            .find(|line| !line.trim().is_empty());
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
        Some(Err(failure)) => format!("{} {}", failure.message, failure.hint),
        None => String::new(),
    }
}

fn tail(model: &Model, run: &Run, unit: &Unit, area: Rect, buf: &mut Buffer) {
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
    let inner = panel(buf, area, title(look, &name, &detail), false, look);
    let cells = usize::from(inner.width);
    let height = usize::from(inner.height);
    let stream = model
        .live
        .as_ref()
        .and_then(|live| live.streams.get(&agent));
    let mut lines: Vec<(Role, String)> = Vec::new();
    match stream.filter(|stream| !stream.lines.is_empty()) {
        Some(stream) => {
            let end = stream.lines.len().saturating_sub(model.tail_back);
            let from = end.saturating_sub(height);
            for line in stream.lines.range(from..end) {
                lines.extend(wrap(line, cells, 20).into_iter().map(|l| (Role::Text, l)));
            }
        }
        None => {
            for line in wrap(&last_words(model, unit, agent), cells, 60) {
                lines.push((Role::Text, line));
            }
        }
    }
    let latest = unit
        .candidates
        .iter()
        .rev()
        .find(|(id, state)| id.agent == agent && state.evaluated.is_some());
    if let Some((id, state)) = latest
        && model.tail_back == 0
    {
        let found = Mark::of(state);
        let figure = state.speedup().map_or_else(String::new, |s| {
            format!(" {}", mark::speedup(s, 30, look.symbols))
        });
        let words = format!(
            "{id} {} {}{figure}",
            found.glyph(look.symbols),
            found.word()
        );
        lines.push((found.role(), words));
    }
    let from = lines.len().saturating_sub(height);
    for (row, (role, line)) in lines.into_iter().skip(from).enumerate() {
        put(buf, inner, row, &text_line(look, role, line));
    }
}

/// Shape, and a bar as high as the lower end of the interval.
fn cell(model: &Model, unit: &Unit, agent: AgentId, round: Round) -> (String, Style) {
    const BARS: [&str; 8] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];
    let look = &model.look;
    let state = unit
        .candidates
        .iter()
        .filter(|(id, _)| id.agent == agent && id.round == round)
        .map(|(_, state)| state)
        .max_by(|a, b| a.score().total_cmp(&b.score()));
    let Some(state) = state else {
        let began = unit.rounds.iter().any(|r| r.round == round);
        let text = if began { look.pick("· ", ". ") } else { "  " };
        return (text.to_owned(), look.theme.style(Role::Dim));
    };
    let found = Mark::of(state);
    let bar = match state.speedup() {
        Some(s) if s.lo > 1.01 => {
            let level = (s.lo.log2() * 2.0).floor().clamp(0.0, 7.0) as usize;
            look.pick(BARS[level], " ")
        }
        _ => " ",
    };
    (
        format!("{}{bar}", found.glyph(look.symbols)),
        look.theme.style(found.role()),
    )
}

fn grid(model: &Model, run: &Run, unit: &Unit, area: Rect, buf: &mut Buffer) {
    let look = &model.look;
    let inner = panel(
        buf,
        area,
        title(look, "Rounds", "agent by round"),
        false,
        look,
    );
    let cells = usize::from(inner.width);
    let longest = run.spec.team.iter().map(|s| width(&s.name)).max();
    let name_cells = longest.unwrap_or(0).clamp(4, 12).min(cells / 3);
    let per = if cells > 60 { 5 } else { 4 };
    let rounds = usize::from(run.spec.rounds);
    let fits = (cells.saturating_sub(name_cells + 1) / per).max(1);
    let last = unit.rounds.last().map_or(0, |r| usize::from(r.round.0));
    let at = model.round.map_or(last, |r| usize::from(r.0));
    let from = window(rounds, fits, at);
    let mut heads = vec![look.span(Role::Dim, fit("", name_cells + 1))];
    for round in (from..rounds).take(fits) {
        let role = if round == at { Role::Accent } else { Role::Dim };
        heads.push(look.span(role, fit(&format!("r{round}"), per)));
    }
    put(buf, inner, 0, &Line::from(heads));
    let height = usize::from(inner.height);
    let shown = height.saturating_sub(1);
    let first = window(run.spec.team.len(), shown, model.agent.index());
    for (row, index) in (first..run.spec.team.len()).take(shown).enumerate() {
        let agent = AgentId(u8::try_from(index).unwrap_or(u8::MAX));
        let name = run.spec.team.get(index).map_or("", |s| s.name.as_str());
        let mut spans = vec![look.span(Role::Text, fit(&one_line(name), name_cells + 1))];
        for round in (from..rounds).take(fits) {
            let here = agent == model.agent && round == at;
            let (text, style) = cell(model, unit, agent, Round(u16::try_from(round).unwrap_or(0)));
            let style = if here {
                style.patch(look.theme.style(Role::Selection))
            } else {
                style
            };
            spans.push(Span::styled(fit(&text, per - 1), style));
            spans.push(Span::raw(" "));
        }
        put(buf, inner, 1 + row, &Line::from(spans));
    }
    let mut row = 2 + run.spec.team.len();
    if row + 1 < height {
        let mut spans = Vec::new();
        let mut used = 0;
        for m in Mark::ALL.iter().filter(|m| **m != Mark::Fault) {
            let text = format!("{} {}  ", m.glyph(look.symbols), m.word());
            if used + width(&text) > cells {
                put(buf, inner, row, &Line::from(std::mem::take(&mut spans)));
                (row, used) = (row + 1, 0);
            }
            used += width(&text);
            spans.push(Span::styled(text, look.theme.style(m.role())));
        }
        put(buf, inner, row, &Line::from(spans));
    }
}

fn inbox(model: &Model, unit: &Unit, area: Rect, buf: &mut Buffer) {
    let look = &model.look;
    let undecided: Vec<_> = unit
        .lessons
        .iter()
        .rev()
        .filter(|r| r.lesson.state == LessonState::Proposed)
        .collect();
    let waiting = model
        .live
        .as_ref()
        .is_some_and(|live| live.waiting.is_some());
    let detail = match (undecided.len(), waiting) {
        (0, _) => "nothing to decide".to_owned(),
        (n, true) => format!("{n} undecided: the round waits for you"),
        (n, false) => format!("{n} undecided"),
    };
    let inner = panel(buf, area, title(look, "Lessons", &detail), waiting, look);
    let cells = usize::from(inner.width);
    let mut lines: Vec<Line> = Vec::new();
    for record in &undecided {
        let l = &record.lesson;
        let shape = Mark::of_lesson(l.outcome);
        let (glyph, role) = shape.map_or((look.pick("☞", "!"), Role::Accent), |m| {
            (m.glyph(look.symbols), m.role())
        });
        let author = l
            .agent
            .map_or_else(|| "you".to_owned(), |a| model.agent_name(a));
        lines.push(Line::from(vec![
            look.span(role, format!("{glyph} ")),
            look.span(Role::Title, format!("{} ", l.id)),
            look.span(Role::Dim, author),
        ]));
        for line in wrap(&l.text, cells.saturating_sub(2), 2) {
            lines.push(text_line(look, Role::Text, format!("  {line}")));
        }
        if lines.len() > usize::from(inner.height) {
            break;
        }
    }
    put_all(buf, inner, &lines);
}

//! Run: all agents at once in fixed order, the grid of rounds, what waits for the person, the focused agent's words.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::{growth, said};
use crate::config::theme::Role;
use crate::domain::id::{AgentId, AskId, Round};
use crate::domain::run::{AskState, Run, Unit};
use crate::lists::{self, Item};
use crate::live::Phase;
use crate::model::Model;
use crate::panes::Pane;
use crate::shelf;
use crate::widgets::frame::{Look, more, panel, put, select, text_line, title, window};
use crate::widgets::mark::{self, Mark};
use crate::widgets::text::{elide_end, elide_middle, fit, fit_right, one_line, width, wrap};

/// Draws a pane of the screen.
pub(crate) fn draw(model: &Model, pane: Pane, area: Rect, buf: &mut Buffer) {
    let (Some(run), Some((_, unit))) = (model.run(), model.unit()) else {
        let inner = panel(buf, area, title(&model.look, "Run", ""), true, &model.look);
        let words = "Waiting for the first fact …";
        put(buf, inner, 0, &text_line(&model.look, Role::Dim, words));
        return;
    };
    match pane {
        Pane::Output => said::draw(model, run, unit, area, buf),
        Pane::Rounds => grid(model, run, unit, area, buf),
        Pane::Inbox => inbox(model, unit, area, buf),
        _ => agents(model, run, unit, area, buf),
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
    let authors = lists::authors(run, unit);
    let chosen = model.author();
    let inner = panel(
        buf,
        area,
        title(look, "Agents", &format!("{}", run.spec.team.len())),
        model.pane == Pane::Agents,
        look,
    );
    let cells = usize::from(inner.width);
    let name_cells = if cells > 90 { 14 } else { 10 };
    let best_cells = if cells > 66 { 22 } else { 14 };
    let token_cells = if cells > 56 { 7 } else { 0 };
    let change_cells = if cells > 70 { 8 } else { 0 };
    let task_cells = cells.saturating_sub(name_cells + best_cells + change_cells + token_cells + 5);
    let heads = Line::from(look.span(
        Role::Dim,
        format!(
            "{}{}{}{}{}",
            fit("   agent", name_cells + 4),
            fit("doing", task_cells + 1),
            fit("own best", best_cells),
            fit("change", change_cells),
            fit_right("tokens", token_cells)
        ),
    ));
    put(buf, inner, 0, &heads);
    let height = usize::from(inner.height.saturating_sub(1));
    let reason = elide_end(&one_line(&run.spec.team_reason), cells);
    let with_reason = height > authors.len() * 2;
    let per = if height >= authors.len() * 2 { 2 } else { 1 };
    let fits = (height / per).max(1);
    let at = authors.iter().position(|agent| *agent == chosen);
    let from = window(authors.len(), fits, at.unwrap_or(0));
    for (at, agent) in authors.iter().copied().enumerate().skip(from).take(fits) {
        let Some(live) = &model.live else { return };
        let (phase, words) = live.doing(unit, agent);
        let (shape, role) = phase_shape(model, phase);
        let tally = unit.tally(run.spec.preset, agent);
        let focus = agent == chosen;
        let mut spans = vec![
            look.span(Role::Accent, if focus { look.pick("▸", ">") } else { " " }),
            look.span(role, shape),
            look.span(
                Role::Title,
                format!(" {} ", fit(&model.agent_name(agent), name_cells)),
            ),
            look.span(Role::Text, format!("{} ", fit(&words, task_cells))),
        ];
        let tested = tally.tested.as_ref().map(|(id, _)| *id);
        match tested.or(tally.best.map(|(id, _)| id)) {
            Some(id) => {
                let state = unit.candidates.get(&id);
                let found = state.map_or(Mark::Running, |s| Mark::standing(unit, s));
                let figure =
                    state.and_then(|s| mark::standing(unit, s, best_cells - 2, look.symbols));
                let figure = figure.unwrap_or_default();
                let text = format!(
                    "{} {}",
                    found.glyph(look.symbols),
                    fit(&figure, best_cells - 2)
                );
                spans.push(Span::styled(text, look.theme.style(found.role())));
            }
            None => spans.push(look.span(Role::Dim, fit(look.pick("–", "-"), best_cells))),
        }
        let (role, change) = change(model, unit, agent);
        spans.push(look.span(role, fit(&change, change_cells)));
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
            let said = said::last_words(model, unit, agent);
            let said = match run.spec.team.get(agent.index()) {
                Some(spec) if said.is_empty() => spec.model(),
                _ => said,
            };
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

/// What an agent's latest round did to its best: the factor of the estimates, in per cent.
fn change(model: &Model, unit: &Unit, agent: AgentId) -> (Role, String) {
    let mine = unit.candidates.iter().filter(|(id, _)| id.agent == agent);
    let judged = mine.filter(|(_, state)| state.evaluated.is_some());
    let scores: Vec<(Round, f64)> = judged.map(|(id, s)| (id.round, s.score())).collect();
    let Some(last) = scores.iter().map(|(round, _)| *round).max() else {
        return (Role::Dim, String::new());
    };
    let best = |of: &dyn Fn(Round) -> bool| {
        let those = scores.iter().filter(|(round, _)| of(*round));
        those.map(|(_, score)| *score).fold(0.0, f64::max)
    };
    let (before, now) = (best(&|round| round < last), best(&|round| round == last));
    if before <= 0.0 || !unit.spec.work.is_optimise() {
        return (Role::Dim, String::new());
    }
    let percent = ((now.max(before) / before - 1.0) * 100.0).round();
    let up = model.look.pick("Δ+", "+");
    match percent {
        p if p >= 1000.0 => (Role::Better, format!("{up}>999%")),
        p if p >= 1.0 => (Role::Better, format!("{up}{p:.0}%")),
        _ => (Role::Dim, "no gain".to_owned()),
    }
}

/// Cells of a round from which its figures stand there instead of bars.
const FIGURES: usize = 13;

/// A bar that grows with the logarithm of a ratio: full from 11× on.
fn bar(look: &Look, ratio: f64) -> &'static str {
    const BARS: [&str; 8] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];
    if ratio <= 1.0 {
        return " ";
    }
    let level = (ratio.log2() * 2.0).floor().clamp(0.0, 7.0) as usize;
    look.pick(BARS[level], "|")
}

/// A bar that grows with a share of tests passed.
fn share_bar(look: &Look, share: f64) -> &'static str {
    const BARS: [&str; 8] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];
    if share <= 0.0 {
        return " ";
    }
    let level = (share * 7.0).round().clamp(0.0, 7.0) as usize;
    look.pick(BARS[level], "|")
}

/// Shape, and a bar as high as the lower end of the interval, or as the share of tests passed.
fn cell(model: &Model, unit: &Unit, agent: AgentId, round: Round, cells: usize) -> (String, Style) {
    let look = &model.look;
    let state = unit
        .candidates
        .iter()
        .filter(|(id, _)| id.agent == agent && id.round == round)
        .map(|(_, state)| state)
        .max_by(|a, b| a.score().total_cmp(&b.score()));
    let Some(state) = state else {
        let began = unit.rounds.iter().any(|r| r.round == round);
        if unanswered(unit).any(|ask| ask.about.agent == agent && ask.about.round == round) {
            let text = look.pick("⊘ ", "~ ");
            return (text.to_owned(), look.theme.style(Role::Failed));
        }
        let text = if began { look.pick("· ", ". ") } else { "  " };
        return (text.to_owned(), look.theme.style(Role::Dim));
    };
    let found = Mark::of(state);
    if cells >= FIGURES {
        let figure = mark::figure(state, cells - 3, look.symbols);
        let words = figure.unwrap_or_else(|| found.word().to_owned());
        let text = format!("{} {words}", found.glyph(look.symbols));
        return (text, look.theme.style(found.role()));
    }
    let bar = match (state.tested(), state.speedup()) {
        (Some(tested), _) => share_bar(look, tested.share()),
        (None, Some(s)) if s.lo > 1.01 => bar(look, s.lo),
        _ => " ",
    };
    (
        format!("{}{bar}", found.glyph(look.symbols)),
        look.theme.style(found.role()),
    )
}

/// Questions for code that were not answered.
fn unanswered(unit: &Unit) -> impl Iterator<Item = AskId> {
    let failed = |(ask, state): (&AskId, &AskState)| {
        let failed = matches!(state.reply, Some(Err(_))) && ask.purpose.wants_code();
        failed.then_some(*ask)
    };
    unit.asks.iter().filter_map(failed)
}

fn grid(model: &Model, run: &Run, unit: &Unit, area: Rect, buf: &mut Buffer) {
    let look = &model.look;
    let inner = panel(
        buf,
        area,
        title(look, "Rounds", "agent by round"),
        model.pane == Pane::Rounds,
        look,
    );
    let cells = usize::from(inner.width);
    let longest = run.spec.team.iter().map(|s| width(&s.name)).max();
    let name_cells = longest.unwrap_or(0).clamp(4, 12).min(cells / 3);
    let rounds = usize::from(run.spec.rounds);
    let per = match cells.saturating_sub(name_cells + 1) / rounds.max(1) {
        FIGURES.. => FIGURES,
        _ if cells > 60 => 5,
        _ => 4,
    };
    let fits = (cells.saturating_sub(name_cells + 1) / per).max(1);
    let last = unit.rounds.last().map_or(0, |r| usize::from(r.round.0));
    let at = model.view.round.map_or(last, |r| usize::from(r.0));
    let from = window(rounds, fits, at);
    let mut heads = vec![look.span(Role::Dim, fit("", name_cells + 1))];
    for round in (from..rounds).take(fits) {
        let role = if round == at { Role::Accent } else { Role::Dim };
        heads.push(look.span(role, fit(&format!("r{round}"), per)));
    }
    put(buf, inner, 0, &Line::from(heads));
    let height = usize::from(inner.height);
    let shown = height.saturating_sub(1);
    let authors = lists::authors(run, unit);
    let chosen = model.author();
    let focus = authors.iter().position(|agent| *agent == chosen);
    let first = window(authors.len(), shown, focus.unwrap_or(0));
    for (row, agent) in authors.iter().copied().skip(first).take(shown).enumerate() {
        let name = model.agent_name(agent);
        let mut spans = vec![look.span(Role::Text, fit(&name, name_cells + 1))];
        for round in (from..rounds).take(fits) {
            let here = agent == chosen && round == at;
            let (text, style) = cell(
                model,
                unit,
                agent,
                Round(u16::try_from(round).unwrap_or(0)),
                per,
            );
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
    let mut row = 1 + authors.len();
    if row < height {
        let mut spans = vec![look.span(Role::Dim, fit("best", name_cells + 1))];
        for (at, best) in unit.best_by_round().into_iter().enumerate() {
            if at >= from && at < from + fits {
                // Under the bars of the cells above, which follow their shapes.
                let level = match unit.spec.work.is_optimise() {
                    true => bar(look, best),
                    false => share_bar(look, best),
                };
                let bar = format!(" {}", fit(level, per - 1));
                spans.push(look.span(Role::Better, bar));
            }
        }
        put(buf, inner, row, &Line::from(spans));
    }
    row += 2;
    if row + 1 < height {
        let mut spans = Vec::new();
        let mut used = 0;
        let timed = unit.spec.work.is_optimise();
        let meant = |m: &&Mark| match m {
            Mark::Fault => false,
            Mark::Faster | Mark::Slower | Mark::Same | Mark::Unclear => timed,
            _ => true,
        };
        let passed = (!timed).then_some(&Mark::Passed);
        for m in passed.into_iter().chain(Mark::ALL.iter().filter(meant)) {
            let text = format!("{} {}  ", m.glyph(look.symbols), m.word());
            if used + width(&text) > cells {
                put(buf, inner, row, &Line::from(std::mem::take(&mut spans)));
                (row, used) = (row + 1, 0);
            }
            used += width(&text);
            spans.push(Span::styled(text, look.theme.style(m.role())));
        }
        if unanswered(unit).next().is_some() {
            spans.push(look.span(Role::Failed, look.pick("⊘ no answer", "~ no answer")));
        }
        put(buf, inner, row, &Line::from(spans));
        growth::draw(model, run, unit, row + 2, inner, buf);
    }
}

/// What waits for the person: an item a row, the one under the cursor in full below.
fn inbox(model: &Model, unit: &Unit, area: Rect, buf: &mut Buffer) {
    let look = &model.look;
    let items = lists::inbox(model);
    let alike = |item: &Item| match item {
        Item::Lesson(id) => unit
            .lesson(*id)
            .map_or(0, |record| shelf::alike(model, unit, record).len()),
        _ => 0,
    };
    let undecided = lists::undecided(model, unit);
    let waiting = model
        .live
        .as_ref()
        .is_some_and(|live| live.waiting.is_some());
    let detail = match (undecided, waiting) {
        (_, true) => "the round waits for you".to_owned(),
        (0, _) if items.is_empty() => "nothing waits for you".to_owned(),
        (1, _) => "1 lesson undecided".to_owned(),
        (n, _) => format!("{n} lessons undecided"),
    };
    let focused = model.pane == Pane::Inbox;
    let inner = panel(
        buf,
        area,
        title(look, "Inbox", &detail),
        focused || waiting,
        look,
    );
    let cells = usize::from(inner.width);
    let height = usize::from(inner.height);
    let shown = match items.get(model.view.inbox_row) {
        Some(item) if focused && height > 7 => wrap(&item_text(unit, item), cells, height / 2),
        _ => Vec::new(),
    };
    let room = match shown.len() {
        0 => height,
        n => height - n - 1,
    };
    let from = window(items.len(), height, model.view.inbox_row);
    let from = from.max((model.view.inbox_row + 1).saturating_sub(room));
    let below = items.len().saturating_sub(from + room);
    more(buf, area, from, below, look);
    for (row, item) in items.iter().enumerate().skip(from).take(room) {
        let (glyph, role, name) = match item {
            Item::Lesson(id) => {
                let shape = unit.lesson(*id).and_then(|r| Mark::behind(unit, &r.lesson));
                let (glyph, role) = shape.map_or((look.pick("☞", "!"), Role::Accent), |m| {
                    (m.glyph(look.symbols), m.role())
                });
                (glyph, role, id.to_string())
            }
            Item::Failed(id) => {
                let found = unit.candidates.get(id).map_or(Mark::Fault, Mark::of);
                let name = format!("{id} {}", found.word());
                (found.glyph(look.symbols), found.role(), name)
            }
            Item::Silent(ask) => {
                let name = model.agent_name(ask.agent());
                (look.pick("∅", "0"), Role::Failed, name)
            }
            Item::Caveat(..) => (look.pick("◆", "?"), Role::Unclear, "timing".to_owned()),
        };
        let name = match alike(item) {
            0 | 1 => name,
            n => format!("{name} {}{n}", look.pick("×", "x")),
        };
        let name_cells = width(&name).max(7);
        let room = cells.saturating_sub(name_cells + 3);
        let line = Line::from(vec![
            look.span(role, format!("{glyph} ")),
            look.span(Role::Title, format!("{} ", fit(&name, name_cells))),
            look.span(
                Role::Text,
                elide_middle(&one_line(&item_text(unit, item)), room),
            ),
        ]);
        put(buf, inner, row - from, &line);
        if focused && row == model.view.inbox_row {
            select(buf, inner, row - from, look);
        }
    }
    if !shown.is_empty() {
        let rule = look.pick("─", "-").repeat(cells);
        let row = height - shown.len() - 1;
        put(buf, inner, row, &text_line(look, Role::Border, rule));
    }
    for (n, line) in shown.iter().enumerate() {
        let row = height - shown.len() + n;
        put(buf, inner, row, &text_line(look, Role::Text, line.clone()));
    }
}

/// An item in words.
fn item_text(unit: &Unit, item: &Item) -> String {
    match item {
        Item::Lesson(id) => unit
            .lesson(*id)
            .map_or_else(String::new, |r| r.lesson.text.clone()),
        Item::Failed(id) => unit
            .candidates
            .get(id)
            .and_then(|state| state.evaluated.as_ref())
            .map_or_else(String::new, |e| super::annotations::sentence(&e.evaluation)),
        Item::Silent(ask) => match unit.asks.get(ask).and_then(|state| state.reply.as_ref()) {
            Some(Err(failure)) => format!("{} {}", failure.message, failure.hint),
            _ => String::new(),
        },
        Item::Caveat(_, advice) => advice.clone(),
    }
}

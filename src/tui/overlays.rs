//! What lies over a screen or stands for it: the card, the keys, the question before leaving, what drawing costs.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Clear, Widget};

use super::model::{Model, Overlay, Scope, Search};
use super::update::{found_keys, refusal};
use super::view::{badge, round_words};
use super::widgets::frame::{
    centred, more, panel, put, put_all, select, split_left, text_line, title, window,
};
use super::widgets::mark::{self, Mark};
use super::widgets::text::{fit, one_line, width};
use crate::config::theme::Role;

/// A card for terminals too small for screens: live, and still taking the keys to leave.
pub(crate) fn card(model: &Model, area: Rect, buf: &mut Buffer) {
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
            _ if unit.tested().is_some() => Line::from(super::view::best(model, unit, false)),
            Some((_, s)) => text_line(
                look,
                Mark::of_speedup(s).role(),
                mark::speedup(s, cells, look.symbols),
            ),
            None => text_line(look, Role::Dim, "nothing faster yet"),
        });
    }
    if matches!(model.overlay, Overlay::Quit) {
        lines.push(text_line(
            look,
            Role::Accent,
            "d leave  s stop  x abort  Esc stay",
        ));
    }
    lines.push(text_line(
        look,
        Role::Dim,
        "larger than 60×18 for more; q quits",
    ));
    put_all(buf, area, &lines);
}

/// How to leave a run that is going.
pub(crate) fn quit(model: &Model, area: Rect, buf: &mut Buffer) {
    let look = &model.look;
    let at = centred(area, 62, 10);
    Clear.render(at, buf);
    let over = !model.is_running();
    let name = match over {
        true => "The run is over",
        false => "The run is going",
    };
    let inner = panel(buf, at, title(look, name, ""), true, look);
    let (inner, _) = split_left(inner, inner.width);
    let choice = |key: &'static str, words: &'static str| {
        Line::from(vec![
            look.span(Role::Accent, format!("  {key:<5}")),
            look.span(Role::Text, words),
        ])
    };
    if over {
        let lines = [Line::default(), choice("q", "leave"), choice("Esc", "stay")];
        return put_all(buf, inner, &lines);
    }
    let lines = [
        Line::default(),
        choice("d", "leave; it goes on, lessonl watch comes back"),
        choice("s", "stop after this round, then leave"),
        choice("x", "abort now and leave; what is known is kept"),
        choice("Esc", "stay"),
        Line::default(),
        text_line(
            look,
            Role::Dim,
            "  A stopped run goes on with R on Home or History.",
        ),
    ];
    put_all(buf, inner, &lines);
}

/// Whether the rest of the problem is to be skipped.
pub(crate) fn skip(model: &Model, area: Rect, buf: &mut Buffer) {
    let look = &model.look;
    let at = centred(area, 62, 7);
    Clear.render(at, buf);
    let inner = panel(buf, at, title(look, "Skip this problem?", ""), true, look);
    let choice = |key: &'static str, words: &'static str| {
        Line::from(vec![
            look.span(Role::Accent, format!("  {key:<5}")),
            look.span(Role::Text, words),
        ])
    };
    let lines = [
        Line::default(),
        choice("y", "end it after what runs; it cannot be taken back"),
        choice("Esc", "go on with it"),
    ];
    put_all(buf, inner, &lines);
}

/// The keys: searched, and run with Enter.
pub(crate) fn keys(model: &Model, search: &Search, area: Rect, buf: &mut Buffer) {
    let look = &model.look;
    let at = centred(area, 92, area.height.saturating_sub(2));
    Clear.render(at, buf);
    let (name, here) = match search.scope {
        Scope::Screen => ("Keys", format!("{} screen", model.place.word())),
        Scope::Everything => ("Commands", "everything".to_owned()),
    };
    let detail = format!("{here}; type to search, Enter runs, Esc closes");
    let inner = panel(buf, at, title(look, name, &detail), true, look);
    let typed = Line::from(vec![
        look.span(Role::Accent, look.pick("› ", "> ")),
        look.span(Role::Text, one_line(&search.query)),
        look.span(Role::Selection, " "),
    ]);
    put(buf, inner, 0, &typed);
    let legend = legend(model, usize::from(inner.width));
    let height = usize::from(inner.height)
        .saturating_sub(2)
        .saturating_sub(if inner.height > 18 {
            legend.len() + 1
        } else {
            0
        });
    let rows = found_keys(model, search);
    if rows.is_empty() {
        let words = "Nothing is called that. Backspace takes letters back.";
        put(buf, inner, 2, &text_line(look, Role::Dim, words));
    }
    let from = window(rows.len(), height, search.row);
    more(
        buf,
        at,
        from,
        rows.len().saturating_sub(from + height),
        look,
    );
    for (n, row) in rows.iter().enumerate().skip(from).take(height) {
        let works = refusal(model, row.action).is_none();
        let role = if works { Role::Text } else { Role::Dim };
        let line = Line::from(vec![
            look.span(
                Role::Accent,
                format!(" {} ", fit(&model.keymap.words(row.action), 13)),
            ),
            look.span(
                role,
                crate::widgets::text::elide_end(
                    row.help,
                    usize::from(inner.width).saturating_sub(15),
                ),
            ),
        ]);
        put(buf, inner, 2 + n - from, &line);
        if n == search.row {
            select(buf, inner, 2 + n - from, look);
        }
    }
    if inner.height > 18 {
        let first = usize::from(inner.height) - legend.len();
        for (n, line) in legend.iter().enumerate() {
            put(buf, inner, first + n, line);
        }
    }
}

/// Every shape with its word.
fn legend(model: &Model, cells: usize) -> Vec<Line<'static>> {
    let look = &model.look;
    let per = (cells / 17).max(1);
    let shapes = Mark::ALL.chunks(per).map(|marks| {
        let spans = marks.iter().map(|m| {
            let shape = format!(" {} {}", m.glyph(look.symbols), fit(m.word(), 14));
            Span::styled(shape, look.theme.style(m.role()))
        });
        Line::from(spans.collect::<Vec<_>>())
    });
    shapes.collect()
}

/// What drawing costs.
pub(crate) fn meter(model: &Model, area: Rect, buf: &mut Buffer) {
    let lines = model.meter.lines();
    let widest = lines.iter().map(|line| width(line)).max().unwrap_or(0);
    let cells = u16::try_from(widest + 4)
        .unwrap_or(u16::MAX)
        .min(area.width);
    let at = Rect {
        x: area.right() - cells,
        y: area.y + 2.min(area.height),
        width: cells,
        height: 6.min(area.height.saturating_sub(2)),
    };
    Clear.render(at, buf);
    let inner = panel(
        buf,
        at,
        title(&model.look, "Drawing", ""),
        true,
        &model.look,
    );
    for (row, line) in lines.into_iter().enumerate() {
        put(buf, inner, row, &text_line(&model.look, Role::Text, line));
    }
}

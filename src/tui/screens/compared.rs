//! A comparison over the past runs: the tables of its report, as the command prints them.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::{Clear, Widget};

use crate::config::theme::Role;
use crate::model::{Model, Tables};
use crate::widgets::frame::{centred, panel, put, put_all, text_line, title};
use crate::widgets::mark::Symbols;
use crate::widgets::text::{one_line, sanitise, wrap};

/// Draws it.
pub(crate) fn draw(model: &Model, tables: &Tables, area: Rect, buf: &mut Buffer) {
    let look = &model.look;
    let at = centred(area, WIDEST, area.height.saturating_sub(2));
    Clear.render(at, buf);
    let name = format!("Comparison {}", tables.id);
    let detail = "arrows scroll, Esc closes";
    let inner = panel(buf, at, title(look, &name, detail), true, look);
    let text = match &tables.text {
        None => {
            return put(
                buf,
                inner,
                0,
                &text_line(look, Role::Dim, "Its runs are being read."),
            );
        }
        Some(Ok(text)) => text,
        Some(Err(failure)) => {
            let hints = failure.hints.iter().map(|hint| (Role::Text, hint));
            let all = std::iter::once((Role::Failed, &failure.message)).chain(hints);
            let lines = all.flat_map(|(role, words)| {
                let lines = wrap(&one_line(words), usize::from(inner.width), 6).into_iter();
                lines.map(move |line| text_line(look, role, line))
            });
            let lines: Vec<_> = lines.collect();
            return put_all(buf, inner, &lines);
        }
    };
    let shown = lines(text, usize::from(inner.width), tables.scroll.1).into_iter();
    let shown = shown.skip(tables.scroll.0).take(usize::from(inner.height));
    for (row, line) in shown.enumerate() {
        let line = match look.symbols {
            Symbols::Unicode => line,
            Symbols::Ascii => plain(&line),
        };
        put(buf, inner, row, &text_line(look, Role::Text, line));
    }
}

/// Widest that the panel is.
pub(crate) const WIDEST: u16 = 150;

/// The report in lines: tables as they are, from a cell on; sentences wrapped. Only columns stand two cells apart.
pub(crate) fn lines(text: &str, cells: usize, from: usize) -> Vec<String> {
    let lines = text.lines().flat_map(|line| match line.contains("  ") {
        true => vec![sanitise(line).chars().skip(from).collect()],
        false if line.is_empty() => vec![String::new()],
        false => wrap(&one_line(line), cells, 12),
    });
    lines.collect()
}

/// The signs of the tables in ASCII.
pub(crate) fn plain(line: &str) -> String {
    let signs = [("×", "x"), ("≥", ">="), ("≈", "~"), ("±", "+-"), ("–", "-")];
    let line = signs.iter().fold(line.to_owned(), |line, (sign, word)| {
        line.replace(sign, word)
    });
    line.chars()
        .map(|c| if c.is_ascii() { c } else { '?' })
        .collect()
}

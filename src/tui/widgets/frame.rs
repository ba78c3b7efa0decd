//! Where things are put: panels with a title, rows that never leave their area, windows over long lists.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::symbols::border;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Widget};

use super::mark::Symbols;
use super::text::{elide_end, width};
use crate::config::theme::{Role, Theme};

/// How everything looks: colours and symbols.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Look {
    /// Colours by meaning.
    pub theme: Theme,
    /// The symbols.
    pub symbols: Symbols,
}

impl Look {
    /// A span in a role.
    pub(crate) fn span<'a>(
        &self,
        role: Role,
        text: impl Into<std::borrow::Cow<'a, str>>,
    ) -> Span<'a> {
        Span::styled(text, self.theme.style(role))
    }

    /// The separator between facts on one line.
    pub(crate) fn dot(&self) -> Span<'static> {
        self.span(Role::Dim, self.symbols.pick(" · ", " - "))
    }

    /// One of two forms.
    pub(crate) fn pick(&self, unicode: &'static str, ascii: &'static str) -> &'static str {
        self.symbols.pick(unicode, ascii)
    }
}

const ASCII: border::Set = border::Set {
    top_left: "+",
    top_right: "+",
    bottom_left: "+",
    bottom_right: "+",
    vertical_left: "|",
    vertical_right: "|",
    horizontal_top: "-",
    horizontal_bottom: "-",
};

/// A framed panel; returns the area inside. The title never takes part in the layout.
pub(crate) fn panel(buf: &mut Buffer, area: Rect, title: Line, focused: bool, look: &Look) -> Rect {
    let role = if focused { Role::Focus } else { Role::Border };
    let title = within(title, usize::from(area.width.saturating_sub(2)));
    let set = look.symbols.pick(border::ROUNDED, ASCII);
    let block = Block::bordered()
        .border_set(set)
        .border_style(look.theme.style(role))
        .title(title);
    let inner = block.inner(area);
    block.render(area, buf);
    let gap = u16::from(inner.width > 20);
    Rect {
        x: inner.x + gap,
        width: inner.width.saturating_sub(2 * gap),
        ..inner
    }
}

/// A title in so many cells: its last part is cut with `…` where it does not fit.
fn within(mut title: Line, cells: usize) -> Line {
    let all = title.width();
    if let Some(last) = title.spans.last_mut().filter(|_| all > cells) {
        let before = all - width(&last.content);
        last.content = elide_end(last.content.trim_end(), cells.saturating_sub(before)).into();
    }
    title
}

/// A panel's title.
pub(crate) fn title<'a>(look: &Look, text: &str, detail: &str) -> Line<'a> {
    let mut spans = vec![look.span(Role::Title, format!(" {text} "))];
    if !detail.is_empty() {
        spans.push(look.span(Role::Dim, format!("{detail} ")));
    }
    Line::from(spans)
}

/// Puts a line at a row of an area, if the area has that row.
pub(crate) fn put(buf: &mut Buffer, area: Rect, row: usize, line: &Line) {
    let area = area.intersection(buf.area);
    let Ok(row) = u16::try_from(row) else { return };
    if row < area.height && area.width > 0 {
        buf.set_line(area.x, area.y + row, line, area.width);
    }
}

/// Puts lines from the top.
pub(crate) fn put_all(buf: &mut Buffer, area: Rect, lines: &[Line]) {
    for (row, line) in lines.iter().enumerate().take(usize::from(area.height)) {
        put(buf, area, row, line);
    }
}

/// Paints a whole row of an area as selected.
pub(crate) fn select(buf: &mut Buffer, area: Rect, row: usize, look: &Look) {
    let area = area.intersection(buf.area);
    if row < usize::from(area.height) {
        let y = area.y + row as u16;
        buf.set_style(
            Rect {
                y,
                height: 1,
                ..area
            },
            look.theme.style(Role::Selection),
        );
    }
}

/// The first row of a window of `height` rows over `len` rows that shows `at`, keeping it off the edges where it can.
pub(crate) fn window(len: usize, height: usize, at: usize) -> usize {
    let last = len.saturating_sub(height);
    at.saturating_sub(height / 2).min(last)
}

/// How many rows are above and below those that are shown, on the lower edge of a panel.
pub(crate) fn more(buf: &mut Buffer, panel: Rect, above: usize, below: usize, look: &Look) {
    let words = match (above, below) {
        (0, 0) => return,
        (0, below) => format!(" {below} more below "),
        (above, 0) => format!(" {above} more above "),
        (above, below) => format!(" {above} more above, {below} below "),
    };
    let edge = Rect {
        x: panel.x + 2.min(panel.width),
        y: panel.bottom().saturating_sub(1),
        width: panel.width.saturating_sub(4),
        height: 1,
    };
    put(buf, edge, 0, &text_line(look, Role::Dim, words));
}

/// The lines of a panel from the row that it is scrolled to, and how many are above and below.
pub(crate) fn scrolled(
    buf: &mut Buffer,
    (panel, inner): (Rect, Rect),
    lines: &[Line],
    scroll: usize,
    look: &Look,
) {
    let from = scroll.min(lines.len().saturating_sub(1));
    put_all(buf, inner, &lines[from..]);
    let below = lines.len() - from;
    more(
        buf,
        panel,
        from,
        below.saturating_sub(usize::from(inner.height)),
        look,
    );
}

/// A line of text.
pub(crate) fn text_line(look: &Look, role: Role, text: impl Into<String>) -> Line<'static> {
    Line::from(look.span(role, text.into()))
}

/// A rectangle of at most the given size in the middle of an area.
pub(crate) fn centred(area: Rect, width: u16, height: u16) -> Rect {
    let (width, height) = (width.min(area.width), height.min(area.height));
    Rect {
        x: area.x + (area.width - width) / 2,
        y: area.y + (area.height - height) / 2,
        width,
        height,
    }
}

/// Splits off the first `cells` columns.
pub(crate) fn split_left(area: Rect, cells: u16) -> (Rect, Rect) {
    let [left, right] = Layout::horizontal([
        Constraint::Length(cells.min(area.width)),
        Constraint::Fill(1),
    ])
    .areas(area);
    (left, right)
}

/// Splits off the first `rows` rows.
pub(crate) fn split_top(area: Rect, rows: u16) -> (Rect, Rect) {
    let [top, below] = Layout::vertical([
        Constraint::Length(rows.min(area.height)),
        Constraint::Fill(1),
    ])
    .areas(area);
    (top, below)
}

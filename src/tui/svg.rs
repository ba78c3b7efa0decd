//! A screen as an SVG picture: what the buffer holds, with the theme's colours. Pure; foreign text is escaped.

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};

use super::widgets::text::width;
use crate::config::theme::Ground;

/// Width and height of a cell, in the picture's units.
const CELL: (f64, f64) = (8.4, 18.0);
/// Space around the cells.
const MARGIN: f64 = 14.0;

/// Background and text of a picture where the screen leaves them to the terminal.
fn ground(tone: Ground) -> (&'static str, &'static str) {
    match tone {
        Ground::Dark => ("#16181d", "#d7dae0"),
        Ground::Light => ("#fafaf8", "#1c1f26"),
    }
}

/// The picture.
pub(crate) fn picture(buf: &Buffer, tone: Ground) -> String {
    let mut out = begun(buf, tone, "");
    for y in 0..buf.area.height {
        row(buf, buf.area.y + y, tone, ground(tone), &mut out);
    }
    out.push_str("</svg>\n");
    out
}

/// A film: each row of the pictures is shown from its time on until it changes; the last picture stays for so many
/// milliseconds, then all of it begins again.
pub(crate) fn film(pictures: &[(u64, &Buffer)], last: u64, tone: Ground) -> String {
    let Some((end, first)) = pictures.last() else {
        return String::new();
    };
    let whole = (end + last).max(1) as f64;
    let percent = |at: u64| at as f64 / whole * 100.0;
    let (mut style, mut rows) = (String::new(), String::new());
    for y in 0..first.area.height {
        // What stands in the row, and from when on.
        let mut shown: Vec<(u64, String)> = Vec::new();
        for (at, buf) in pictures.iter().filter(|(_, buf)| y < buf.area.height) {
            let mut text = String::new();
            row(buf, buf.area.y + y, tone, ground(tone), &mut text);
            if shown.last().is_none_or(|(_, before)| *before != text) {
                shown.push((*at, text));
            }
        }
        for (n, (from, text)) in shown.iter().enumerate() {
            let until = shown.get(n + 1).map(|(at, _)| *at);
            if shown.len() == 1 {
                rows.push_str(&format!("<g class=\"s\">{text}</g>\n"));
                continue;
            }
            let name = format!("k{y}_{n}");
            let mut steps = String::new();
            if *from > 0 {
                steps.push_str("0%{visibility:hidden}");
            }
            steps.push_str(&format!("{:.3}%{{visibility:visible}}", percent(*from)));
            if let Some(until) = until {
                steps.push_str(&format!("{:.3}%{{visibility:hidden}}", percent(until)));
            }
            style.push_str(&format!("@keyframes {name}{{{steps}}}"));
            rows.push_str(&format!(
                "<g style=\"visibility:hidden;animation:{name} {:.2}s step-end infinite\">{text}</g>\n",
                whole / 1e3
            ));
        }
    }
    let mut out = begun(first, tone, &format!("<style>{style}</style>\n"));
    out.push_str(&rows);
    out.push_str("</svg>\n");
    out
}

/// The beginning of a picture: its size, what belongs to its head, and its ground.
fn begun(buf: &Buffer, tone: Ground, head: &str) -> String {
    let (behind, _) = ground(tone);
    let area = buf.area;
    let (wide, high) = (
        f64::from(area.width) * CELL.0 + 2.0 * MARGIN,
        f64::from(area.height) * CELL.1 + 2.0 * MARGIN,
    );
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{wide:.0}\" height=\"{high:.0}\" viewBox=\"0 0 {wide:.0} {high:.0}\" \
         font-family=\"'DejaVu Sans Mono','Cascadia Mono',Menlo,Consolas,monospace\" font-size=\"14\">\n{head}\
         <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"{behind}\"/>\n"
    )
}

/// Runs of one style: first their backgrounds, then their text, each set to its exact width whatever the font.
fn row(buf: &Buffer, y: u16, tone: Ground, (behind, text): (&str, &str), out: &mut String) {
    let top = MARGIN + f64::from(y - buf.area.y) * CELL.1;
    let mut x = 0;
    let (mut under, mut over) = (String::new(), String::new());
    while x < buf.area.width {
        let cell = &buf[(buf.area.x + x, y)];
        let looks = colours(cell, tone, behind, text);
        let mut words = String::new();
        let mut cells = 0;
        while x + cells < buf.area.width {
            let next = &buf[(buf.area.x + x + cells, y)];
            let same = colours(next, tone, behind, text) == looks && next.modifier == cell.modifier;
            if !same && cells > 0 {
                break;
            }
            words.push_str(next.symbol());
            cells += u16::try_from(width(next.symbol())).unwrap_or(1).max(1);
        }
        let cells = cells.min(buf.area.width - x);
        let (left, wide) = (MARGIN + f64::from(x) * CELL.0, f64::from(cells) * CELL.0);
        let (fore, back) = &looks;
        if back != behind {
            let high = CELL.1;
            under.push_str(&format!(
                "<rect x=\"{left:.1}\" y=\"{top:.1}\" width=\"{wide:.1}\" height=\"{high}\" fill=\"{back}\"/>"
            ));
        }
        if !words.trim().is_empty() {
            let base = top + CELL.1 * 0.74;
            let attributes = attributes(cell.modifier);
            over.push_str(&format!(
                "<text x=\"{left:.1}\" y=\"{base:.1}\" fill=\"{fore}\"{attributes} textLength=\"{wide:.1}\" xml:space=\"preserve\">{}</text>",
                escaped(&words)
            ));
        }
        x += cells;
    }
    out.push_str(&under);
    out.push_str(&over);
    out.push('\n');
}

fn attributes(modifier: Modifier) -> String {
    let mut out = String::new();
    for (which, words) in [
        (Modifier::BOLD, " font-weight=\"bold\""),
        (Modifier::DIM, " opacity=\"0.65\""),
        (Modifier::ITALIC, " font-style=\"italic\""),
        (Modifier::UNDERLINED, " text-decoration=\"underline\""),
    ] {
        if modifier.contains(which) {
            out.push_str(words);
        }
    }
    out
}

/// Text and background of a cell.
fn colours(cell: &Cell, tone: Ground, behind: &str, text: &str) -> (String, String) {
    let fore = named(cell.fg, tone).unwrap_or_else(|| text.to_owned());
    let back = named(cell.bg, tone).unwrap_or_else(|| behind.to_owned());
    if cell.modifier.contains(Modifier::REVERSED) {
        (back, fore)
    } else {
        (fore, back)
    }
}

/// A colour as SVG writes it; `None` for the terminal's own.
fn named(colour: Color, tone: Ground) -> Option<String> {
    const NAMES: [&str; 16] = [
        "#1c1f26", "#e8837c", "#b8cc7a", "#e6c07b", "#8fb8ff", "#c99af0", "#7fd1c2", "#c8d3e6",
        "#7b8497", "#ff9d95", "#cfe38f", "#f5d48f", "#a9c9ff", "#dbb3ff", "#98e8d9", "#ffffff",
    ];
    let level = |n: u8| if n == 0 { 0 } else { 55 + 40 * n };
    Some(match colour {
        Color::Reset => return None,
        Color::Rgb(r, g, b) => format!("#{r:02x}{g:02x}{b:02x}"),
        Color::Indexed(n @ 16..=231) => {
            let n = n - 16;
            let (r, g, b) = (level(n / 36), level(n / 6 % 6), level(n % 6));
            format!("#{r:02x}{g:02x}{b:02x}")
        }
        Color::Indexed(n @ 232..) => {
            let grey = 8 + 10 * (n - 232);
            format!("#{grey:02x}{grey:02x}{grey:02x}")
        }
        Color::Indexed(n) => NAMES[usize::from(n)].to_owned(),
        other => {
            let plain = match tone {
                Ground::Dark => NAMES[7],
                Ground::Light => NAMES[0],
            };
            let basic = [
                (Color::Red, 1),
                (Color::Green, 2),
                (Color::Yellow, 3),
                (Color::Blue, 4),
                (Color::Magenta, 5),
                (Color::Cyan, 6),
                (Color::DarkGray, 8),
                (Color::LightRed, 9),
                (Color::LightGreen, 10),
                (Color::LightYellow, 11),
                (Color::LightBlue, 12),
                (Color::LightMagenta, 13),
                (Color::LightCyan, 14),
            ];
            let found = basic.iter().find(|(name, _)| *name == other);
            found.map_or(plain, |(_, at)| NAMES[*at]).to_owned()
        }
    })
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    #[test]
    fn a_picture_holds_the_text_escaped_and_every_colour() {
        let mut buf = Buffer::empty(Rect::new(0, 0, 12, 1));
        buf.set_string(0, 0, "a<b&c", Style::new().fg(Color::Rgb(1, 2, 3)));
        buf.set_string(6, 0, "字x", Style::new().bg(Color::Indexed(232)));
        let svg = picture(&buf, Ground::Dark);
        assert!(
            svg.contains(
                "fill=\"#010203\" textLength=\"42.0\" xml:space=\"preserve\">a&lt;b&amp;c<"
            )
        );
        assert!(svg.contains("fill=\"#080808\""), "{svg}");
        assert!(svg.contains("字x"));
        assert_eq!(svg.matches("<text").count(), svg.matches("</text>").count());
    }
}

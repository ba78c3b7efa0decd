//! A stored run as a film: its facts played, then its screens shown one after the other; as an asciicast (version 2) or as an
//! animated SVG. Draws what the screens draw; nothing is staged.

use std::cell::RefCell;
use std::io::{self, Write};
use std::rc::Rc;
use std::sync::Arc;

use ratatui::backend::CrosstermBackend;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::{Terminal, TerminalOptions, Viewport};

use super::live::{Live, Origin};
use super::model::Model;
use super::msg::{Effect, Msg};
use super::update::update;
use super::widgets::diff::compare;
use super::{Appearance, app, svg, view};
use crate::config::theme::Depth;
use crate::domain::event::Envelope;

/// Longest time between two facts, milliseconds.
const LONGEST: i64 = 1_200;
/// Shortest time between two frames, milliseconds.
const SHORTEST: u64 = 250;
/// How long each screen is shown at the end, milliseconds.
const SHOWN: u64 = 2_500;

/// Forms of a film.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FilmFormat {
    /// An asciicast, for asciinema and its players.
    Cast,
    /// An animated SVG.
    Svg,
}

/// What a film is made of.
#[derive(Debug, Clone)]
pub struct FilmOptions {
    /// Cells.
    pub size: (u16, u16),
    /// Multiple of the recorded pace.
    pub speed: u32,
    /// Theme, symbols and keys.
    pub appearance: Appearance,
    /// In which form.
    pub form: FilmFormat,
}

/// A frame: when it is shown, milliseconds from the beginning, and what it shows.
struct Frame {
    at: u64,
    buffer: Buffer,
}

/// The film of a run's facts.
///
/// # Errors
/// If a frame cannot be written as a terminal would get it.
pub fn make(record: Arc<[Envelope]>, wish: &FilmOptions) -> io::Result<String> {
    let theme = wish.appearance.theme.as_deref().unwrap_or("dark");
    let mut model = app::model(Vec::new(), Vec::new(), &wish.appearance, theme, Depth::True);
    let frames = frames(&mut model, record, wish);
    match wish.form {
        FilmFormat::Cast => cast(&frames, wish.size),
        FilmFormat::Svg => {
            let pictures: Vec<(u64, &Buffer)> = frames.iter().map(|f| (f.at, &f.buffer)).collect();
            Ok(svg::film(&pictures, SHOWN, model.look.theme.ground()))
        }
    }
}

/// Takes in a message, comparing sources on the spot.
fn step(model: &mut Model, msg: Msg) {
    for effect in update(model, msg) {
        if let Effect::Compare(key, old, new) = effect {
            let document = Arc::new(compare(&old, &new, true));
            update(model, Msg::Diff(key, document));
        }
    }
}

fn frames(model: &mut Model, record: Arc<[Envelope]>, wish: &FilmOptions) -> Vec<Frame> {
    let (width, height) = wish.size;
    step(model, Msg::Resize(width, height));
    model.live = Some(Live {
        record: Arc::clone(&record),
        ..Live::new(Origin::Replay)
    });
    press(model, '1');
    let area = Rect::new(0, 0, width, height);
    let mut out: Vec<Frame> = Vec::new();
    let mut at = 0;
    let mut shoot = |model: &mut Model, at: u64, least: u64| {
        let mut buffer = Buffer::empty(area);
        model.toast = None;
        view::render(model, area, &mut buffer);
        let last = out.last();
        let soon = last.is_some_and(|frame| at < frame.at + least);
        if !soon && last.is_none_or(|frame| frame.buffer != buffer) {
            out.push(Frame { at, buffer });
        }
    };
    let mut before = record.first().map_or(0, |envelope| envelope.at);
    for (told, envelope) in record.iter().enumerate() {
        let gap = (envelope.at - before).clamp(0, LONGEST);
        before = envelope.at;
        at += u64::try_from(gap).unwrap_or(0) / u64::from(wish.speed.max(1));
        if let Some(live) = &mut model.live {
            live.seek(told + 1);
        }
        shoot(model, at, SHORTEST);
    }
    at += SHOWN;
    for screen in ['1', '2', '3', '4', '5', '8'] {
        press(model, screen);
        shoot(model, at, 0);
        at += SHOWN;
    }
    out
}

fn press(model: &mut Model, key: char) {
    step(model, Msg::Key(crossterm::event::KeyCode::Char(key).into()));
}

/// What a terminal would be sent.
#[derive(Clone, Default)]
struct Sent(Rc<RefCell<Vec<u8>>>);

impl Write for Sent {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn cast(frames: &[Frame], (width, height): (u16, u16)) -> io::Result<String> {
    let head = serde_json::json!({
        "version": 2,
        "width": width,
        "height": height,
        "title": "lessonl",
        "env": { "TERM": "xterm-256color" },
    });
    let mut out = format!("{head}\n");
    let sent = Sent::default();
    let mut terminal = Terminal::with_options(
        CrosstermBackend::new(sent.clone()),
        TerminalOptions {
            viewport: Viewport::Fixed(Rect::new(0, 0, width, height)),
        },
    )?;
    for frame in frames {
        terminal.draw(|shown| {
            let buffer = shown.buffer_mut();
            buffer.content.clone_from(&frame.buffer.content);
        })?;
        let bytes = std::mem::take(&mut *sent.0.borrow_mut());
        let text = String::from_utf8_lossy(&bytes);
        let event = serde_json::json!([frame.at as f64 / 1e3, "o", text]);
        out.push_str(&format!("{event}\n"));
    }
    // The last screen stays for as long as the others.
    let end = frames.last().map_or(0, |frame| frame.at) + SHOWN;
    let event = serde_json::json!([end as f64 / 1e3, "o", ""]);
    out.push_str(&format!("{event}\n"));
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Record;

    fn made(form: FilmFormat) -> String {
        let wish = FilmOptions {
            size: (100, 30),
            speed: 1,
            appearance: Appearance::default(),
            form,
        };
        make(Record::finished().facts.into(), &wish).unwrap()
    }

    #[test]
    fn a_cast_shows_in_a_terminal_what_the_screens_show() {
        let cast = made(FilmFormat::Cast);
        let mut lines = cast.lines();
        let head: serde_json::Value = serde_json::from_str(lines.next().unwrap()).unwrap();
        assert_eq!(
            (head["version"].as_i64(), head["width"].as_i64()),
            (Some(2), Some(100))
        );
        let mut terminal = vt100::Parser::new(
            std::num::NonZero::new(30).unwrap(),
            std::num::NonZero::new(100).unwrap(),
            0,
        );
        let (mut before, mut seen) = (0.0, Vec::new());
        for line in lines {
            let event: (f64, String, String) = serde_json::from_str(line).unwrap();
            assert!(event.0 >= before);
            before = event.0;
            terminal.process(event.2.as_bytes());
            seen.push(terminal.screen().contents());
        }
        assert!(seen.len() > 8);
        assert!(seen.iter().any(|screen| screen.contains("r0a0")));
        assert!(
            seen.last().unwrap().contains("3.90×"),
            "{}",
            seen.last().unwrap()
        );
    }

    #[test]
    fn an_animated_picture_is_well_formed_and_shows_every_row_at_its_time() {
        let svg = made(FilmFormat::Svg);
        let opened = svg.matches("<g ").count() + svg.matches("<text").count();
        let closed = svg.matches("</g>").count() + svg.matches("</text>").count();
        assert_eq!(opened, closed);
        assert!(svg.contains("@keyframes") && svg.contains("infinite"));
        assert!(svg.len() < 1_500_000, "{} bytes", svg.len());
    }
}

//! Claims about the screens as a whole: by snapshot, by whatever a person may press, by what keys send.

mod anything;
mod blocks;
mod compared;
mod features;
mod keys;
mod lineage;
mod living;
mod matrix;
mod mine;
mod own;
mod replay;
mod screens;
mod team;

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::model::Model;
use super::msg::{Effect, Msg};
use super::update::update;
use super::widgets::diff::compare;

/// Takes in a message, doing the worker's comparisons on the spot; gives back the other effects.
fn step(model: &mut Model, msg: Msg) -> Vec<Effect> {
    let mut out = Vec::new();
    for effect in update(model, msg) {
        match effect {
            Effect::Compare(key, old, new) => {
                let document = Arc::new(compare(&old, &new, true));
                out.extend(update(model, Msg::Diff(key, document)));
            }
            other => out.push(other),
        }
    }
    out
}

/// Presses keys written as in a keymap; gives back the effects.
fn press(model: &mut Model, keys: &str) -> Vec<Effect> {
    let mut out = Vec::new();
    for key in keys.split(' ') {
        out.extend(step(model, Msg::Key(event(key))));
    }
    out
}

/// A key written as in a keymap; of several the first.
fn event(keys: &str) -> crossterm::event::KeyEvent {
    use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
    {
        let key = keys.split(' ').next().unwrap();
        match key {
            "enter" => KeyCode::Enter.into(),
            "esc" => KeyCode::Esc.into(),
            "tab" => KeyCode::Tab.into(),
            "ctrl-o" => KeyEvent::new(KeyCode::Char('o'), KeyModifiers::CONTROL),
            "ctrl-d" => KeyEvent::new(KeyCode::Char('d'), KeyModifiers::CONTROL),
            "f2" => KeyCode::F(2).into(),
            "f12" => KeyCode::F(12).into(),
            "left" => KeyCode::Left.into(),
            "right" => KeyCode::Right.into(),
            "up" => KeyCode::Up.into(),
            "down" => KeyCode::Down.into(),
            "backspace" => KeyCode::Backspace.into(),
            "space" => KeyCode::Char(' ').into(),
            "ctrl-r" => KeyEvent::new(KeyCode::Char('r'), KeyModifiers::CONTROL),
            "ctrl-c" => KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL),
            "pagedown" => KeyCode::PageDown.into(),
            "backtab" => KeyCode::BackTab.into(),
            "home" => KeyCode::Home.into(),
            "end" => KeyCode::End.into(),
            other => KeyCode::Char(other.chars().next().unwrap()).into(),
        }
    }
}

/// The frame of a size.
fn frame(model: &mut Model, width: u16, height: u16) -> Buffer {
    step(model, Msg::Resize(width, height));
    let area = Rect::new(0, 0, width, height);
    let mut buf = Buffer::empty(area);
    super::view::render(model, area, &mut buf);
    buf
}

/// Its text, without spaces at the ends of lines.
fn text(buf: &Buffer) -> String {
    let mut out = String::new();
    for y in 0..buf.area.height {
        let mut line = String::new();
        let mut skip = 0;
        for x in 0..buf.area.width {
            let symbol = buf[(x, y)].symbol();
            if skip > 0 {
                skip -= 1;
                continue;
            }
            skip = super::widgets::text::width(symbol).saturating_sub(1);
            line.push_str(symbol);
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

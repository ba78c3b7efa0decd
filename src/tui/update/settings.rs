//! Settings of the screens, changed while they are up: theme, symbols, motion, mouse, stillness, views.

use crate::config::saving::Value;
use crate::config::theme::{BUNDLED, Theme};
use crate::model::{Background, Model, Motion, Quiet};
use crate::msg::Effect;
use crate::widgets::mark::Symbols;

/// What can be set: name, and what it means.
pub(crate) const SETTINGS: [(&str, &str); 10] = [
    ("theme", "colours; auto follows the terminal's background"),
    ("symbols", "what shapes the terminal's font can show"),
    ("motion", "whether the clock moves by itself"),
    (
        "mouse",
        "for the program, or for the terminal's own selection",
    ),
    (
        "while timing",
        "answering answers keys at once; still draws once a second at most",
    ),
    (
        "bell",
        "the terminal's bell when a run ends or waits for you",
    ),
    (
        "notification",
        "of the desktop then, where the terminal can show one",
    ),
    ("title", "the terminal's title says how the run stands"),
    ("differences", "how the Code screen shows them"),
    ("changed words", "whether they stand out"),
];

/// The value of a setting in words.
pub(crate) fn value(model: &Model, at: usize) -> String {
    let words = match at {
        0 => {
            let theme = &model.look.theme.name;
            return match &model.palette.chosen {
                Some(name) => name.clone(),
                None => format!("auto ({theme})"),
            };
        }
        1 if model.look.symbols == Symbols::Unicode => "unicode",
        1 => "ascii",
        2 if model.motion == Motion::Full => "full",
        2 => "reduced",
        3 if model.mouse => "captured",
        3 => "released",
        4 if model.quiet == Quiet::Still => "still",
        4 => "answering",
        5 => on(model.alerts.bell),
        6 => on(model.alerts.notify),
        7 => on(model.alerts.title),
        8 => model.diff_mode.word(),
        _ if model.words => "on",
        _ => "off",
    };
    words.to_owned()
}

fn on(is: bool) -> &'static str {
    if is { "on" } else { "off" }
}

/// Has what is in force written into the person's settings file.
pub(super) fn save(model: &mut Model, effects: &mut Vec<Effect>) {
    if model.settings_file.is_none() {
        model.toast = Some("There is no settings file to save them in".to_owned());
        return;
    }
    let theme = match &model.palette.chosen {
        Some(name) => Value::Word(name.clone()),
        None => Value::Unset,
    };
    effects.push(Effect::Save(vec![
        ("theme", theme),
        ("ascii", Value::Switch(model.look.symbols == Symbols::Ascii)),
        (
            "reduced_motion",
            Value::Switch(model.motion == Motion::Reduced),
        ),
        ("mouse", Value::Switch(model.mouse)),
        ("still", Value::Switch(model.quiet == Quiet::Still)),
        ("bell", Value::Switch(model.alerts.bell)),
        ("notify", Value::Switch(model.alerts.notify)),
        ("title", Value::Switch(model.alerts.title)),
        (
            "gate",
            Value::Word(model.home.choice.gate.word().to_owned()),
        ),
    ]));
}

/// Changes a setting to its next value.
pub(super) fn change(model: &mut Model, at: usize, forward: bool, effects: &mut Vec<Effect>) {
    match at {
        0 => theme(model, forward),
        1 => {
            model.look.symbols = match model.look.symbols {
                Symbols::Unicode => Symbols::Ascii,
                Symbols::Ascii => Symbols::Unicode,
            };
        }
        2 => {
            model.motion = match model.motion {
                Motion::Full => Motion::Reduced,
                Motion::Reduced => Motion::Full,
            };
        }
        3 => {
            model.mouse = !model.mouse;
            effects.push(Effect::Mouse(model.mouse));
        }
        4 => {
            model.quiet = match model.quiet {
                Quiet::Still => Quiet::Answering,
                Quiet::Answering => Quiet::Still,
            };
        }
        5 => model.alerts.bell = !model.alerts.bell,
        6 => model.alerts.notify = !model.alerts.notify,
        7 => model.alerts.title = !model.alerts.title,
        8 => model.diff_mode = model.diff_mode.next(),
        _ => model.words = !model.words,
    }
}

/// The next theme: by the background, the bundled ones, the person's own.
fn theme(model: &mut Model, forward: bool) {
    let own = model.palette.own.iter().map(|(name, _)| name.clone());
    let bundled = BUNDLED.iter().map(|(name, _)| (*name).to_owned());
    let mut names: Vec<Option<String>> = vec![None];
    for name in bundled.chain(own).map(Some) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let now = names.iter().position(|name| *name == model.palette.chosen);
    let step = if forward { 1 } else { names.len() - 1 };
    model.palette.chosen = names.swap_remove((now.unwrap_or(0) + step) % names.len());
    dress(model);
}

/// Takes the colours of the theme in force.
pub(super) fn dress(model: &mut Model) {
    let palette = &model.palette;
    let name = match (&palette.chosen, palette.background) {
        (Some(name), _) => name.as_str(),
        (None, Background::Told(name)) => name,
        (None, Background::Silent) => "dark",
    };
    let (theme, warnings) = Theme::load(name, &palette.own, palette.depth);
    model.look.theme = theme;
    if let Some(first) = warnings.into_iter().next() {
        model.toast = Some(first);
    }
    model.dirty = true;
}

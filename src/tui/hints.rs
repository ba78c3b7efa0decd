//! The last line: keys of the screen from the key table, those that work here, as many as fit. Pure.

use ratatui::text::{Line, Span};

use super::model::{Model, Overlay};
use super::team::Side;
use super::update::{own_types, refusal};
use super::widgets::text::width;
use crate::config::keymap::{Action, Place, TABLE};
use crate::config::theme::Role;

/// Hints of the screen, most useful first, as many as fit; then where all of them are.
fn hints(model: &Model, cells: u16) -> Vec<(Action, [Span<'static>; 2])> {
    let look = &model.look;
    let pair = |action: Action, hint: &str| {
        let key = model.keymap.first(action);
        let spans = [
            look.span(Role::Accent, format!(" {key}")),
            look.span(Role::Dim, format!(" {hint} ")),
        ];
        (action, spans)
    };
    if let Some(keys) = over(model) {
        let mut used = 0;
        let keys = keys.iter().map(|(action, hint)| pair(*action, hint));
        let fits = keys.take_while(|(_, spans)| {
            used += cells_of(spans);
            used <= usize::from(cells)
        });
        return fits.collect();
    }
    if own_types(model) && matches!(model.overlay, Overlay::None) {
        // Letters are text there: only these keys mean something.
        let keys = [
            (Action::Enter, "take"),
            (Action::Pane, "complete"),
            (Action::Back, "back"),
        ];
        return keys.map(|(action, hint)| pair(action, hint)).into();
    }
    let fixed = [Action::Quit, Action::Help];
    let last: Vec<_> = fixed
        .iter()
        .filter_map(|action| crate::config::keymap::row(*action))
        .map(|row| pair(row.action, row.hint))
        .collect();
    let room = usize::from(cells).saturating_sub(last.iter().map(|(_, s)| cells_of(s)).sum());
    let offered = TABLE
        .iter()
        .filter(|row| !row.hint.is_empty() && row.places.contains(&model.place))
        .filter(|row| !fixed.contains(&row.action))
        // A key that would only say why it does nothing is no hint.
        .filter(|row| refusal(model, row.action).is_none())
        .filter(|row| row.action != Action::Undo || !model.view.undo.is_empty());
    let mut out: Vec<(Action, [Span; 2])> = Vec::new();
    let mut used = 0;
    for row in offered {
        let hint = match row.action {
            Action::Start if model.place == Place::Result => "run again",
            Action::PauseEngine if !model.is_running() => "play",
            _ => row.hint,
        };
        let next = pair(row.action, hint);
        used += cells_of(&next.1);
        if used > room {
            break;
        }
        out.push(next);
    }
    out.extend(last);
    out
}

/// The keys that mean something while something lies over the screen, or while a filter is typed.
fn over(model: &Model) -> Option<&'static [(Action, &'static str)]> {
    use Action::{
        Add, Back, Bottom, Copy, Down, EditOutside, Enter, Fold, Left, NextHunk, PageDown, Pane,
        PreviousHunk, Reject, Reverse, Right, Up,
    };
    Some(match &model.overlay {
        Overlay::None if model.filtering && model.searches() => &[(Enter, "find"), (Back, "clear")],
        Overlay::None if model.filtering => &[(Enter, "keep"), (Back, "clear")],
        Overlay::None => return None,
        Overlay::Editor(..) => &[(Enter, "save"), (Back, "cancel")],
        Overlay::Asked(_) => &[
            (Down, "down"),
            (PageDown, "page"),
            (PreviousHunk, "before"),
            (NextHunk, "next question"),
            (Fold, "reasoning"),
            (EditOutside, "template"),
            (Copy, "copy"),
            (Back, "close"),
        ],
        Overlay::Settings(_) => &[
            (Down, "down"),
            (Up, "up"),
            (Right, "change"),
            (Reverse, "save"),
            (Back, "close"),
        ],
        Overlay::Log(_) => &[
            (Up, "older"),
            (Down, "newer"),
            (Bottom, "newest"),
            (Back, "close"),
        ],
        Overlay::Keys(_) => &[(Enter, "run it"), (Back, "close")],
        Overlay::Quit | Overlay::Skip => &[(Back, "stay")],
        Overlay::Jump => &[(Back, "stay")],
        Overlay::Applying(_) => &[(Enter, "do it"), (Back, "close")],
        Overlay::Template(_) => &[
            (Down, "down"),
            (PageDown, "page"),
            (EditOutside, "$EDITOR"),
            (Back, "close"),
        ],
        Overlay::Team(composing) => match (composing.address.is_some(), composing.side) {
            (true, _) => &[(Enter, "ask it"), (Back, "back")],
            (false, Side::Offers) => &[
                (Enter, "add"),
                (Add, "address"),
                (Pane, "members"),
                (Back, "use the team"),
            ],
            (false, Side::Members) => &[
                (Enter, "try"),
                (Right, "warmer"),
                (Left, "cooler"),
                (Reject, "remove"),
                (Pane, "choose"),
                (Back, "use the team"),
            ],
        },
        Overlay::Compared(_) => &[(Down, "down"), (Right, "right"), (Back, "close")],
        Overlay::Blocks(_) => &[
            (Down, "down"),
            (Enter, "open it"),
            (Right, "tables"),
            (Back, "close"),
        ],
    })
}

fn cells_of(spans: &[Span]) -> usize {
    spans.iter().map(|s| width(&s.content)).sum()
}

/// What a click on the hints means.
pub(crate) fn hint_at(model: &Model, column: u16) -> Option<Action> {
    let mut to = 0;
    hints(model, model.size.0)
        .into_iter()
        .find(|(_, spans)| {
            to += cells_of(spans);
            usize::from(column) < to
        })
        .map(|(action, _)| action)
}

/// The actions that the hints offer at a width.
#[cfg(test)]
pub(crate) fn offered(model: &Model) -> Vec<Action> {
    let all = hints(model, model.size.0).into_iter();
    all.map(|(action, _)| action).collect()
}

/// The line of hints.
pub(crate) fn footer(model: &Model, cells: u16) -> Line<'static> {
    let spans = hints(model, cells).into_iter().flat_map(|(_, spans)| spans);
    Line::from(spans.collect::<Vec<_>>())
}

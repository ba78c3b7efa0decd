//! Keys by table: every action with its name, default keys, place and words. Footer, help and manual come from it.
//! A key has one meaning everywhere; a remapping that gives a key two meanings is refused.

use std::fmt;
use std::str::FromStr;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// Where an action has an effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Place {
    /// The home screen.
    Home,
    /// The run screen.
    Run,
    /// The code screen.
    Code,
    /// The timing screen.
    Time,
    /// The lessons screen.
    Lessons,
    /// The breakdown by category.
    Breakdown,
    /// Past runs.
    History,
    /// The lessons of all runs.
    Bank,
    /// How a run ended, and what to do next.
    Result,
}

impl Place {
    /// Whether it shows a run.
    pub fn is_in_run(self) -> bool {
        IN_RUN.contains(&self)
    }

    /// Its name on screen.
    pub fn word(self) -> &'static str {
        match self {
            Self::Home => "Home",
            Self::Run => "Run",
            Self::Code => "Code",
            Self::Time => "Time",
            Self::Lessons => "Lessons",
            Self::Breakdown => "Breakdown",
            Self::History => "History",
            Self::Bank => "Bank",
            Self::Result => "Result",
        }
    }
}

const ALL: &[Place] = &[
    Place::Home,
    Place::Run,
    Place::Code,
    Place::Time,
    Place::Lessons,
    Place::Breakdown,
    Place::History,
    Place::Bank,
    Place::Result,
];
const IN_RUN: &[Place] = &[
    Place::Run,
    Place::Code,
    Place::Time,
    Place::Lessons,
    Place::Breakdown,
    Place::Result,
];
/// Where one candidate or its questions are looked at.
const CANDIDATES: &[Place] = &[
    Place::Run,
    Place::Code,
    Place::Time,
    Place::Lessons,
    Place::Result,
];
/// Where there is a list to narrow.
const LISTS: &[Place] = &[
    Place::Home,
    Place::Code,
    Place::Time,
    Place::Lessons,
    Place::Breakdown,
    Place::History,
    Place::Bank,
];

/// Where lessons are decided.
const DECIDED: &[Place] = &[Place::Lessons, Place::Run, Place::Bank];

/// A row of the key table.
#[derive(Debug, Clone, Copy)]
pub struct Binding {
    /// What it does.
    pub action: Action,
    /// Its name in a keymap file.
    pub name: &'static str,
    /// Default keys, separated by spaces.
    pub keys: &'static str,
    /// Where it has an effect.
    pub places: &'static [Place],
    /// A word or two for the footer; empty: not in the footer.
    pub hint: &'static str,
    /// What it does, for help and manual.
    pub help: &'static str,
}

impl Binding {
    /// Whether it has an effect on every screen.
    pub fn is_everywhere(&self) -> bool {
        self.places.len() == ALL.len()
    }
}

/// Defines the actions and the table in one go.
macro_rules! table {
    ($($action:ident, $name:literal, $keys:literal, $places:expr, $hint:literal, $help:literal;)+) => {
        /// Everything a key can mean.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Action { $(#[doc = $help] $action),+ }
        /// The key table, most useful first within a place.
        pub const TABLE: &[Binding] = &[$(Binding {
            action: Action::$action, name: $name, keys: $keys, places: $places, hint: $hint, help: $help,
        }),+];
    };
}
table! {
    Start, "start", "r", &[Place::Home, Place::Result], "start", "Start the run (Home); the same run again, everything measured afresh (Result)";
    Bundled, "bundled", "b", &[Place::Home], "", "A bundled problem: choose it and start";
    OwnFunction, "own_function", "i", &[Place::Home], "", "A function of mine: choose its file, take it out, prove it, start";
    OwnProject, "own_project", "I", &[Place::Home], "", "A project of mine: choose folder, file and commands, start";
    Team, "team", "T", &[Place::Home], "team", "The team of the next run: members, models of any server, temperatures, a trial of one token";
    Resume, "resume", "R", &[Place::Home, Place::History], "resume", "Resume the selected run that was cut off";
    Accept, "accept", "a", DECIDED, "accept", "Accept the lesson or the marked ones: for the next round, or for later runs once the run is over";
    Reject, "reject", "x", DECIDED, "reject", "Reject the lesson or the marked ones: in no later prompt, in no later run";
    Pin, "pin", "p", &[Place::Lessons, Place::Run], "pin", "Pin or unpin the lesson: in every later prompt";
    Edit, "edit", "e", &[Place::Lessons, Place::Bank], "edit", "Edit the lesson here";
    EditOutside, "edit_outside", "E", &[Place::Lessons, Place::Bank], "", "Edit the lesson in $EDITOR";
    Add, "add", "A", &[Place::Lessons], "add", "Add a lesson of your own";
    Undo, "undo", "u", DECIDED, "undo", "Undo the last decision";
    Redo, "redo", "ctrl-r", DECIDED, "", "Redo the decision that was undone";
    DiffMode, "diff_mode", "v", &[Place::Code, Place::Breakdown, Place::Lessons], "view", "Next view: auto, unified, split, new only (Code); map, bars (Breakdown); list, by round (Lessons)";
    OwnCandidate, "own_candidate", "C", &[Place::Run, Place::Code], "mine", "Write a candidate of your own in $EDITOR: from the original (Run), from the selected one (Code); it is judged like all";
    Hint, "hint", "H", &[Place::Run], "hint", "Say something to the agent in focus, in its next prompt for code alone";
    Apply, "apply", "W", &[Place::Code, Place::Result], "apply", "Write the candidate into your files, a patch, a branch or a file of its own: shows the difference first";
    Asked, "asked", "Q", CANDIDATES, "asked", "What was asked and answered, in full: prompt, answer, cost, time";
    Measure, "measure", "F", &[Place::Code, Place::Time, Place::Result], "measure", "Measure the candidate again with fresh inputs, once the run is over";
    Words, "words", "w", &[Place::Code], "words", "Emphasis of changed words on or off";
    Fold, "fold", "c", &[Place::Code], "fold", "Fold or unfold unchanged lines";
    Compare, "compare", "=", &[Place::Code], "against", "Compare with this candidate; again: with the original";
    Before, "before", "d", &[Place::Code], "last", "Compare with what the same agent wrote before; again: with the original";
    PreviousHunk, "previous_hunk", "[", &[Place::Run, Place::Code], "", "Previous change (Code) or round (Run)";
    NextHunk, "next_hunk", "]", &[Place::Run, Place::Code], "next", "Next change (Code) or round (Run)";
    Enter, "enter", "enter", ALL, "open", "Open, start, choose, or change the value";
    Mark, "mark", "m", &[Place::Home, Place::Lessons, Place::History, Place::Bank], "mark", "Mark: problems to run, lessons to decide, two runs to compare";
    MarkAll, "mark_all", "*", &[Place::Home, Place::Lessons, Place::Bank], "all", "Mark all: problems that pass the filter, undecided lessons of the selected one's kind; again: none";
    Pane, "pane", "tab", ALL, "pane", "Next pane";
    Zoom, "zoom", "z", IN_RUN, "zoom", "The pane over the whole screen, and back";
    PaneBack, "pane_back", "backtab", ALL, "", "Previous pane";
    Filter, "filter", "/", LISTS, "filter", "Filter the list; in the difference find text";
    NextMatch, "next_match", "n", LISTS, "", "Next entry that passes the filter; in the difference the next line found";
    PreviousMatch, "previous_match", "N", LISTS, "", "The entry or line found before";
    Sort, "sort", "s", &[Place::Time, Place::Breakdown, Place::Lessons], "sort", "Next sort order";
    Reverse, "reverse", "S", &[Place::Code, Place::Time, Place::Lessons, Place::History], "", "The list the other way round";
    Export, "export", "o", IN_RUN, "", "Write a report of the run as Markdown into the current folder";
    Picture, "picture", "O", ALL, "", "Write this screen as an SVG picture into the current folder";
    Follow, "follow", "f", &[Place::Run], "follow", "Follow the end of the agent's output";
    Freeze, "freeze", "space", IN_RUN, "freeze", "Freeze the view; the engine keeps going";
    PauseEngine, "pause_engine", "P", IN_RUN, "pause", "Pause or resume the engine after what runs; play a replay, from its beginning at its end";
    GateToggle, "gate", "t", IN_RUN, "", "Switch the lesson gate between auto and review";
    SkipUnit, "skip_unit", "K", IN_RUN, "", "Skip the rest of this problem; asks first";
    PreviousUnit, "previous_unit", "<", IN_RUN, "", "Previous problem of the run";
    NextUnit, "next_unit", ">", IN_RUN, "", "Next problem of the run";
    StepBack, "step_back", ",", IN_RUN, "", "Replay: one fact back";
    StepForward, "step_forward", ".", IN_RUN, "", "Replay: one fact on";
    RoundBack, "round_back", "{", IN_RUN, "", "Replay: back to where the round, or the one before, began";
    RoundForward, "round_forward", "}", IN_RUN, "", "Replay: on to where the next round begins, at last to the end";
    ReplayStart, "replay_start", "(", IN_RUN, "", "Replay: to the beginning";
    ReplayEnd, "replay_end", ")", IN_RUN, "to end", "Replay: to the end";
    Slower, "slower", "-", IN_RUN, "", "Replay at half the pace";
    Faster, "faster", "+", IN_RUN, "", "Replay at twice the pace";
    Copy, "copy", "y", IN_RUN, "copy", "Copy the selection to the clipboard";
    CopyMarkdown, "copy_markdown", "Y", IN_RUN, "", "Copy the selection as Markdown, with its figures";
    GoHome, "home", "0", ALL, "", "Home screen";
    GoRun, "run", "1", ALL, "", "Run screen";
    GoCode, "code", "2", ALL, "", "Code screen";
    GoTime, "time", "3", ALL, "", "Time screen";
    GoLessons, "lessons", "4", ALL, "", "Lessons screen";
    GoBreakdown, "breakdown", "5", ALL, "", "Breakdown screen";
    GoHistory, "history", "6", ALL, "", "History screen";
    GoBank, "bank", "7", ALL, "", "Bank screen: the lessons of all runs";
    GoResult, "result", "8", ALL, "", "Result screen: how the run ended, and what to do next";
    Down, "down", "j down", ALL, "", "Down";
    Up, "up", "k up", ALL, "", "Up";
    Left, "left", "h left", ALL, "", "Left, or the value before";
    Right, "right", "l right", ALL, "", "Right, or the next value";
    Top, "top", "g home", ALL, "", "To the top";
    Bottom, "bottom", "G end", ALL, "", "To the end";
    PageDown, "page_down", "ctrl-d pagedown", ALL, "", "Half a page down";
    PageUp, "page_up", "ctrl-u pageup", ALL, "", "Half a page up";
    Back, "back", "esc", ALL, "", "Back, close, clear the filter";
    MouseCapture, "mouse", "M", ALL, "", "Mouse for the program or for the terminal's own selection";
    Suspend, "suspend", "ctrl-z", ALL, "", "Suspend to the shell; fg comes back";
    Detach, "detach", "D", IN_RUN, "", "Leave the screens and let the run go on; `lessonl watch` comes back";
    Quit, "quit", "q", ALL, "quit", "Quit; while running asks to leave it going, stop or abort";
    Stop, "stop", "ctrl-c", ALL, "", "Stop after this round; again: abort";
    Log, "log", "L", ALL, "", "What the engine told, newest last";
    Settings, "settings", "f2", ALL, "", "Settings: theme, symbols, motion, mouse, bell and more; S there saves them";
    Jump, "jump", "ctrl-o", ALL, "", "A letter on every pane: press it to go there";
    Redraw, "redraw", "ctrl-l", ALL, "", "Draw the screen anew";
    Performance, "performance", "f12", ALL, "", "What drawing costs, at the upper right";
    Palette, "palette", "ctrl-p :", ALL, "", "All commands: search, Enter runs one";
    Help, "help", "?", ALL, "help", "The keys of this screen: search, Enter runs one";
}

/// A key with modifiers, as written in a keymap: `q`, `ctrl-r`, `space`, `pagedown`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyPress {
    code: KeyCode,
    control: bool,
    alt: bool,
}

const NAMED: [(&str, KeyCode); 16] = [
    ("enter", KeyCode::Enter),
    ("esc", KeyCode::Esc),
    ("tab", KeyCode::Tab),
    ("backtab", KeyCode::BackTab),
    ("space", KeyCode::Char(' ')),
    ("up", KeyCode::Up),
    ("down", KeyCode::Down),
    ("left", KeyCode::Left),
    ("right", KeyCode::Right),
    ("home", KeyCode::Home),
    ("end", KeyCode::End),
    ("pageup", KeyCode::PageUp),
    ("pagedown", KeyCode::PageDown),
    ("delete", KeyCode::Delete),
    ("f2", KeyCode::F(2)),
    ("f12", KeyCode::F(12)),
];

impl FromStr for KeyPress {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let (mut rest, mut control, mut alt) = (text, false, false);
        loop {
            if let Some(after) = rest.strip_prefix("ctrl-").filter(|r| !r.is_empty()) {
                (rest, control) = (after, true);
            } else if let Some(after) = rest.strip_prefix("alt-").filter(|r| !r.is_empty()) {
                (rest, alt) = (after, true);
            } else {
                break;
            }
        }
        let named = NAMED.iter().find(|(name, _)| *name == rest);
        let mut chars = rest.chars();
        let code = match (named, chars.next(), chars.next()) {
            (Some((_, code)), _, _) => *code,
            (None, Some(c), None) => KeyCode::Char(c),
            _ => {
                return Err(format!(
                    "`{text}` is not a key (write a, ctrl-r, space, pagedown …)"
                ));
            }
        };
        Ok(Self { code, control, alt })
    }
}

impl fmt::Display for KeyPress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.control {
            f.write_str("Ctrl-")?;
        }
        if self.alt {
            f.write_str("Alt-")?;
        }
        match self.code {
            KeyCode::Char(' ') => f.write_str("Space"),
            KeyCode::Char(c) if self.control => write!(f, "{}", c.to_ascii_uppercase()),
            KeyCode::Char(c) => write!(f, "{c}"),
            KeyCode::Up => f.write_str("↑"),
            KeyCode::Down => f.write_str("↓"),
            KeyCode::Left => f.write_str("←"),
            KeyCode::Right => f.write_str("→"),
            KeyCode::BackTab => f.write_str("S-Tab"),
            KeyCode::PageUp => f.write_str("PgUp"),
            KeyCode::PageDown => f.write_str("PgDn"),
            other => write!(f, "{other}"),
        }
    }
}

impl From<KeyEvent> for KeyPress {
    fn from(event: KeyEvent) -> Self {
        Self {
            code: event.code,
            control: event.modifiers.contains(KeyModifiers::CONTROL),
            alt: event.modifiers.contains(KeyModifiers::ALT),
        }
    }
}

/// The keys in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keymap {
    keys: Vec<(KeyPress, Action)>,
}

impl Default for Keymap {
    fn default() -> Self {
        let keys = TABLE.iter().flat_map(|row| {
            let keys = row.keys.split(' ').filter_map(|key| key.parse().ok());
            keys.map(|key| (key, row.action))
        });
        Self {
            keys: keys.collect(),
        }
    }
}

impl Keymap {
    /// The defaults with the overrides of a keymap file: a table `[keys]` of action names to a key or a list of keys.
    /// Refuses unknown actions, unreadable keys and keys with two meanings; every complaint is told.
    pub fn with_overrides(text: &str) -> Result<Self, Vec<String>> {
        let table: toml::Table = text
            .parse()
            .map_err(|error: toml::de::Error| vec![format!("keymap: {}", error.message())])?;
        let mut complaints = Vec::new();
        let mut map = Self::default();
        let empty = toml::Table::new();
        let given = table
            .get("keys")
            .and_then(toml::Value::as_table)
            .unwrap_or(&empty);
        for (name, value) in given {
            let Some(row) = TABLE.iter().find(|row| row.name == name) else {
                complaints.push(format!("keymap: no action is called `{name}`"));
                continue;
            };
            let listed: Vec<&str> = match value {
                toml::Value::String(key) => vec![key],
                toml::Value::Array(keys) => keys.iter().filter_map(toml::Value::as_str).collect(),
                _ => Vec::new(),
            };
            if listed.is_empty() {
                complaints.push(format!("keymap: `{name}` needs a key or a list of keys"));
                continue;
            }
            map.keys.retain(|(_, action)| *action != row.action);
            for key in listed {
                match key.parse() {
                    Ok(key) => map.keys.push((key, row.action)),
                    Err(complaint) => complaints.push(format!("keymap: {complaint}")),
                }
            }
        }
        complaints.extend(map.conflicts());
        if complaints.is_empty() {
            Ok(map)
        } else {
            Err(complaints)
        }
    }

    /// What the key means.
    pub fn action(&self, event: KeyEvent) -> Option<Action> {
        let key = KeyPress::from(event);
        self.keys
            .iter()
            .find(|(bound, _)| *bound == key)
            .map(|(_, action)| *action)
    }

    /// The keys of an action in words: `j ↓`.
    pub fn words(&self, action: Action) -> String {
        let keys: Vec<String> = self
            .keys
            .iter()
            .filter(|(_, bound)| *bound == action)
            .map(|(key, _)| key.to_string())
            .collect();
        keys.join(" ")
    }

    /// The first key of an action in words.
    pub fn first(&self, action: Action) -> String {
        let key = self.keys.iter().find(|(_, bound)| *bound == action);
        key.map_or_else(String::new, |(key, _)| key.to_string())
    }

    fn conflicts(&self) -> Vec<String> {
        let mut found = Vec::new();
        for (at, (key, action)) in self.keys.iter().enumerate() {
            let twin = self.keys[..at]
                .iter()
                .find(|(other, meaning)| other == key && meaning != action);
            if let Some((_, other)) = twin {
                let (one, two) = (name(*other), name(*action));
                found.push(format!("keymap: `{key}` means both `{one}` and `{two}`"));
            }
        }
        found
    }
}

/// The name of an action in a keymap file.
pub(crate) fn name(action: Action) -> &'static str {
    row(action).map_or("", |row| row.name)
}

/// The row of an action.
pub fn row(action: Action) -> Option<&'static Binding> {
    TABLE.iter().find(|row| row.action == action)
}

/// The key table as Markdown, for the manual.
pub fn markdown_table() -> String {
    let map = Keymap::default();
    let mut out = String::from("| Key | Meaning | Where |\n|---|---|---|\n");
    for row in TABLE {
        let places = if row.is_everywhere() {
            "everywhere".to_owned()
        } else {
            let words: Vec<&str> = row.places.iter().map(|place| place.word()).collect();
            words.join(", ")
        };
        let keys: Vec<String> = map
            .words(row.action)
            .split(' ')
            .map(|key| format!("`{key}`"))
            .collect();
        out.push_str(&format!(
            "| {} | {} | {places} |\n",
            keys.join(" "),
            row.help
        ));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_has_a_key_and_no_key_two_meanings() {
        let map = Keymap::default();
        assert_eq!(map.conflicts(), Vec::<String>::new());
        for row in TABLE {
            assert!(!map.words(row.action).is_empty(), "{}", row.name);
            assert_eq!(
                map.words(row.action).split(' ').count(),
                row.keys.split(' ').count(),
                "{}",
                row.name
            );
        }
    }

    #[test]
    fn names_are_unique() {
        let mut names: Vec<_> = TABLE.iter().map(|row| row.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), TABLE.len());
    }

    #[test]
    fn an_override_replaces_the_keys_of_its_action() {
        let map = Keymap::with_overrides("[keys]\naccept = [\"ctrl-a\", \"B\"]").unwrap();
        assert_eq!(map.words(Action::Accept), "Ctrl-A B");
        assert_eq!(map.action(KeyCode::Char('a').into()), None);
    }

    #[test]
    fn conflicts_and_unknown_names_are_refused() {
        let complaints =
            Keymap::with_overrides("[keys]\naccept = \"q\"\nfly = \"f\"\npin = \"hyper-x\"")
                .unwrap_err();
        let all = complaints.join("\n");
        assert!(
            all.contains("`q` means both `quit` and `accept`")
                || all.contains("`q` means both `accept` and `quit`"),
            "{all}"
        );
        assert!(all.contains("no action is called `fly`"), "{all}");
        assert!(all.contains("`hyper-x` is not a key"), "{all}");
    }

    #[test]
    fn the_manuals_table_lists_every_action() {
        assert_eq!(markdown_table().lines().count(), TABLE.len() + 2);
    }
}

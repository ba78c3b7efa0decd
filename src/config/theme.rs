//! Colours by meaning: the bundled themes and the person's own. Every role also has a form without colour.
//! Never asks the terminal anything; who draws decides which theme to take.

use ratatui::style::{Color, Modifier, Style};

/// Defines the roles together with their names in theme files, so that neither can be forgotten.
macro_rules! roles {
    ($($(#[$doc:meta])* $role:ident = $key:literal),+ $(,)?) => {
        /// What a colour means.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Role { $($(#[$doc])* $role),+ }
        impl Role {
            /// Every role.
            pub const ALL: &'static [Self] = &[$(Self::$role),+];
            /// Its name in a theme file.
            pub fn key(self) -> &'static str {
                match self { $(Self::$role => $key),+ }
            }
        }
    };
}
roles! {
    /// Ordinary text.
    Text = "text",
    /// Secondary text.
    Dim = "dim",
    /// Something to notice: the current tab, keys in hints.
    Accent = "accent",
    /// Frames.
    Border = "border",
    /// The frame that has the keys.
    Focus = "focus",
    /// Titles and column heads.
    Title = "title",
    /// Faster than the original.
    Better = "better",
    /// Slower than the original.
    Worse = "worse",
    /// As fast as the original.
    Same = "same",
    /// Not resolved by the measurement.
    Unclear = "unclear",
    /// Did not compile, wrong, crashed, timed out, rejected.
    Failed = "failed",
    /// Under way.
    Running = "running",
    /// Decided, in force from the next round.
    Pending = "pending",
    /// Badge of a live run.
    Live = "live",
    /// Badge of something that waits for the person.
    Waiting = "waiting",
    /// Badge of a run that is being timed or is over.
    Quiet = "quiet",
    /// Badge of a replay.
    Replay = "replay",
    /// Background of the selected row.
    Selection = "selection",
    /// Background of added lines.
    Added = "added",
    /// Background of removed lines.
    Removed = "removed",
    /// Background of added words.
    AddedWord = "added_word",
    /// Background of removed words.
    RemovedWord = "removed_word",
    /// C++ keyword.
    Keyword = "keyword",
    /// C++ type.
    Type = "type",
    /// C++ function name.
    Function = "function",
    /// C++ text literal.
    String = "string",
    /// C++ number.
    Number = "number",
    /// C++ comment.
    Comment = "comment",
}

impl Role {
    fn is_background(self) -> bool {
        matches!(
            self,
            Self::Selection | Self::Added | Self::Removed | Self::AddedWord | Self::RemovedWord
        )
    }

    /// How the role reads without colour.
    fn plain(self) -> Style {
        let modifier = match self {
            Self::Dim | Self::Border | Self::Comment | Self::Quiet => Modifier::DIM,
            Self::Accent | Self::Focus | Self::Title | Self::Pending | Self::Better => {
                Modifier::BOLD
            }
            Self::Selection | Self::Waiting | Self::Live | Self::Replay => Modifier::REVERSED,
            Self::AddedWord | Self::RemovedWord => Modifier::UNDERLINED,
            _ => Modifier::empty(),
        };
        Style::new().add_modifier(modifier)
    }
}

/// How many colours the terminal can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// 24 bits.
    True,
    /// The 256 indexed colours.
    Indexed,
    /// None: attributes only.
    None,
}

/// The bundled themes: (name, TOML).
pub const BUNDLED: [(&str, &str); 5] = [
    ("dark", include_str!("../../themes/dark.toml")),
    ("light", include_str!("../../themes/light.toml")),
    ("classic", include_str!("../../themes/classic.toml")),
    ("contrast", include_str!("../../themes/contrast.toml")),
    ("sepia", include_str!("../../themes/sepia.toml")),
];

/// Style by role.
#[derive(Debug, Clone, PartialEq)]
pub struct Theme {
    /// Its name.
    pub name: String,
    colours: Vec<Color>,
    depth: Depth,
    ground: Ground,
}

/// The background a theme is made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ground {
    /// Light text on it.
    Dark,
    /// Dark text on it.
    Light,
}

impl Ground {
    fn of(text: &str) -> Self {
        let table: Option<toml::Table> = text.parse().ok();
        let said = table.as_ref().and_then(|table| table.get("background"));
        match said.and_then(toml::Value::as_str) {
            Some("light") => Self::Light,
            _ => Self::Dark,
        }
    }
}

impl Theme {
    /// The style of a role.
    pub fn style(&self, role: Role) -> Style {
        if self.depth == Depth::None {
            return role.plain();
        }
        let colour = self.colours[role as usize];
        if role.is_background() {
            let base = Style::new().bg(colour);
            return match role {
                Role::Selection => base.add_modifier(Modifier::BOLD),
                _ => base,
            };
        }
        let style = Style::new().fg(colour);
        match role {
            Role::Title | Role::Accent => style.add_modifier(Modifier::BOLD),
            Role::Live | Role::Waiting | Role::Quiet | Role::Replay => {
                style.add_modifier(Modifier::REVERSED | Modifier::BOLD)
            }
            _ => style,
        }
    }

    /// Whether [`Theme::shade`] tells strengths apart.
    pub fn has_shades(&self) -> bool {
        self.depth == Depth::True
    }

    /// A cell of a heat map: the role's colour behind the text, from faint (0) to full (1). Without true colour or with a
    /// colour the terminal names itself, the text takes the role's colour instead.
    pub fn shade(&self, role: Role, strength: f64) -> Style {
        let Color::Rgb(r, g, b) = self.colours[role as usize] else {
            return self.style(role);
        };
        if self.depth != Depth::True {
            return self.style(role);
        }
        let (ground, text) = match self.ground {
            Ground::Dark => ([22.0, 24.0, 29.0], Color::Rgb(240, 242, 246)),
            Ground::Light => ([250.0, 250.0, 248.0], Color::Rgb(20, 22, 28)),
        };
        let part = 0.12 + 0.48 * strength.clamp(0.0, 1.0);
        let mix = |from: f64, to: u8| (from + (f64::from(to) - from) * part).round() as u8;
        let behind = Color::Rgb(mix(ground[0], r), mix(ground[1], g), mix(ground[2], b));
        Style::new().fg(text).bg(behind)
    }

    /// The background it is made for.
    pub fn ground(&self) -> Ground {
        self.ground
    }

    /// Whether it shows colours at all.
    pub fn has_colour(&self) -> bool {
        self.depth != Depth::None
    }

    /// The theme called `name` among the person's own and the bundled ones, fitted to the terminal, and what was wrong.
    /// An unknown name falls back to `dark`.
    pub fn load(name: &str, own: &[(String, String)], depth: Depth) -> (Self, Vec<String>) {
        let bundled = BUNDLED
            .iter()
            .find(|(bundled, _)| *bundled == name)
            .map(|(_, text)| *text);
        let own = own.iter().find(|(own, _)| own == name);
        let mut warnings = Vec::new();
        let text = own.map(|(_, text)| text.as_str()).or(bundled);
        if text.is_none() {
            warnings.push(format!(
                "no theme called `{name}`: using `dark` (there are {})",
                BUNDLED.map(|(name, _)| name).join(", ")
            ));
        }
        let mut colours = vec![Color::Reset; Role::ALL.len()];
        let mut unused = Vec::new();
        read(BUNDLED[0].1, "dark", &mut colours, &mut unused);
        if let Some(text) = text {
            read(text, name, &mut colours, &mut warnings);
        }
        if depth == Depth::Indexed {
            colours = colours.into_iter().map(indexed).collect();
        }
        let theme = Self {
            name: if text.is_some() { name } else { "dark" }.to_owned(),
            colours,
            depth,
            ground: Ground::of(text.unwrap_or(BUNDLED[0].1)),
        };
        (theme, warnings)
    }
}

/// Takes the colours of a theme file over `colours`; what is missing keeps its colour and is told.
fn read(text: &str, name: &str, colours: &mut [Color], warnings: &mut Vec<String>) {
    let table: toml::Table = match text.parse() {
        Ok(table) => table,
        Err(error) => {
            warnings.push(format!("theme `{name}`: {}", error.message()));
            return;
        }
    };
    let empty = toml::Table::new();
    let given = table
        .get("colors")
        .and_then(toml::Value::as_table)
        .unwrap_or(&empty);
    for key in given.keys() {
        if !Role::ALL.iter().any(|role| role.key() == key) {
            warnings.push(format!("theme `{name}`: no colour is called `{key}`"));
        }
    }
    for role in Role::ALL {
        let Some(value) = given.get(role.key()) else {
            warnings.push(format!("theme `{name}`: `{}` is missing", role.key()));
            continue;
        };
        match value.as_str().and_then(colour) {
            Some(colour) => colours[*role as usize] = colour,
            None => warnings.push(format!(
                "theme `{name}`: `{}` must be \"default\", \"#rrggbb\", an ANSI name or 0 to 255 in quotes",
                role.key()
            )),
        }
    }
}

fn colour(text: &str) -> Option<Color> {
    match text {
        "default" => Some(Color::Reset),
        other => other.parse().ok(),
    }
}

/// The nearest of the 6×6×6 cube and the grey ramp of the 256 indexed colours.
fn indexed(colour: Color) -> Color {
    let Color::Rgb(r, g, b) = colour else {
        return colour;
    };
    const LEVELS: [u8; 6] = [0, 95, 135, 175, 215, 255];
    let near = |v: u8| (0..6).min_by_key(|i| LEVELS[*i].abs_diff(v)).unwrap_or(0);
    let distance = |x: [u8; 3]| -> u32 {
        [r, g, b]
            .iter()
            .zip(x)
            .map(|(a, b)| u32::from(a.abs_diff(b)).pow(2))
            .sum()
    };
    let (ri, gi, bi) = (near(r), near(g), near(b));
    let cube = distance([LEVELS[ri], LEVELS[gi], LEVELS[bi]]);
    let mean = (u16::from(r) + u16::from(g) + u16::from(b)) / 3;
    let step = (mean.saturating_sub(3) / 10).min(23) as u8;
    let grey = 8 + step * 10;
    if distance([grey; 3]) < cube {
        Color::Indexed(232 + step)
    } else {
        Color::Indexed((16 + 36 * ri + 6 * gi + bi) as u8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bundled_themes_are_complete() {
        for (name, _) in BUNDLED {
            let (theme, warnings) = Theme::load(name, &[], Depth::True);
            assert_eq!((theme.name.as_str(), warnings), (name, vec![]));
        }
    }

    /// Relative luminance and contrast as WCAG 2 defines them.
    fn contrast(one: Color, other: Color) -> f64 {
        let luminance = |colour| {
            let Color::Rgb(r, g, b) = colour else {
                panic!("{colour:?}")
            };
            let linear = |part: u8| match f64::from(part) / 255.0 {
                low if low <= 0.03928 => low / 12.92,
                high => ((high + 0.055) / 1.055).powf(2.4),
            };
            0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
        };
        let (one, other) = (luminance(one), luminance(other));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    #[test]
    fn the_text_of_bundled_themes_reads_on_each_of_its_backgrounds() {
        let syntax = [
            Role::Keyword,
            Role::Type,
            Role::Function,
            Role::String,
            Role::Number,
        ];
        for (name, _) in BUNDLED {
            let (theme, _) = Theme::load(name, &[], Depth::True);
            let terminal = match theme.ground {
                Ground::Dark => Color::Rgb(0, 0, 0),
                Ground::Light => Color::Rgb(255, 255, 255),
            };
            for role in Role::ALL.iter().filter(|role| !role.is_background()) {
                let Some(text) = theme.style(*role).fg.filter(|_| *role != Role::Border) else {
                    continue;
                };
                let below = |ground: Role| theme.style(ground).bg.unwrap();
                let rows = [Role::Selection, Role::Added, Role::Removed].map(below);
                let words = [Role::AddedWord, Role::RemovedWord].map(below);
                let words = words.into_iter().filter(|_| syntax.contains(role));
                let grounds = rows.into_iter().chain(words).chain([terminal]);
                for ground in grounds.filter(|_| text != Color::Reset) {
                    let found = contrast(text, ground);
                    assert!(found >= 4.5, "{name}: {role:?} on {ground:?}: {found:.1}");
                }
            }
        }
    }

    #[test]
    fn a_persons_theme_may_leave_out_colours_and_is_told_what_is_wrong() {
        let own = [(
            "mine".to_owned(),
            "[colors]\nbetter = \"#010203\"\nworse = \"puce\"\nnonsense = \"#000000\"".to_owned(),
        )];
        let (theme, warnings) = Theme::load("mine", &own, Depth::True);
        assert_eq!(theme.style(Role::Better).fg, Some(Color::Rgb(1, 2, 3)));
        assert!(warnings.iter().any(|w| w.contains("nonsense")));
        assert!(warnings.iter().any(|w| w.contains("`worse` must be")));
        assert!(warnings.iter().any(|w| w.contains("`text` is missing")));
    }

    #[test]
    fn without_colour_no_role_sets_one() {
        let (theme, _) = Theme::load("dark", &[], Depth::None);
        for role in Role::ALL {
            let style = theme.style(*role);
            assert_eq!((style.fg, style.bg), (None, None), "{role:?}");
        }
    }

    #[test]
    fn indexed_colours_are_near() {
        assert_eq!(indexed(Color::Rgb(255, 0, 0)), Color::Indexed(196));
        assert_eq!(indexed(Color::Rgb(128, 128, 128)), Color::Indexed(244));
    }
}

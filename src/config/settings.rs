//! The settings and their layers' merge: each value keeps where it came from. Pure: texts and variables come from outside.

use std::path::{Path, PathBuf};

use super::clusters::{self, Clusters};
use super::prices::{self, PriceTable};
use super::providers::{self, Providers};
use super::reader::{Reader, SettingItem};
use super::{ConfigError, Origin, Sourced, agents};
use crate::domain::spec::{AgentSpec, LessonGate, RelevanceKind};
use crate::domain::units::Nanos;

/// Rounds T unless said otherwise.
pub const ROUNDS: u16 = 4;
/// Lessons per prompt k unless said otherwise.
pub(crate) const LESSONS: u16 = 4;
/// Patience with servers that are away unless said otherwise: ten minutes.
pub(crate) const PATIENCE: Nanos = Nanos(600_000_000_000);

/// Every key of a settings file with what it means.
pub const KEYS: [(&str, &str); 20] = [
    (
        "agent",
        "the team: [[agent]] tables, see `lessonl help models`",
    ),
    ("compiler", "the C++ compiler's command"),
    ("data_dir", "the folder of the stored runs"),
    ("theme", "colours; left out: by the terminal's background"),
    ("ascii", "ASCII instead of box-drawing and other symbols"),
    ("mouse", "the mouse is for the program from the start"),
    ("reduced_motion", "nothing on the screen moves by itself"),
    (
        "still",
        "while something is timed keys are answered once a second at most",
    ),
    (
        "bell",
        "the terminal's bell when a run ends or waits for you",
    ),
    (
        "notify",
        "a desktop notification then, where the terminal can show one",
    ),
    ("title", "the terminal's title says how the run stands"),
    (
        "gate",
        "who decides about lessons: auto, or review: rounds wait for you",
    ),
    ("rounds", "rounds of a run, round 0 included"),
    ("lessons", "lessons per prompt"),
    ("patience", "how long a run waits for servers that are away"),
    (
        "relevance",
        "an embedding model that compares lessons with code, instead of words",
    ),
    ("benchmarks", "further folders of suites"),
    ("prices", "what models cost, see `lessonl help budgets`"),
    (
        "providers",
        "servers under a name, see `lessonl help models`",
    ),
    (
        "clusters",
        "machines under a name, see `lessonl help cluster`",
    ),
];

/// Everything configurable.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// The team, if one is configured.
    pub agents: Option<Sourced<Vec<AgentSpec>>>,
    /// Compiler command.
    pub compiler: Option<Sourced<String>>,
    /// Where runs are stored.
    pub data_dir: Option<Sourced<PathBuf>>,
    /// Theme name.
    pub theme: Option<Sourced<String>>,
    /// ASCII instead of box-drawing.
    pub ascii: Sourced<bool>,
    /// Mouse captured from the start.
    pub mouse: Sourced<bool>,
    /// Nothing moves by itself.
    pub reduced_motion: Sourced<bool>,
    /// While something is timed keys wait for the second's one frame.
    pub still: Sourced<bool>,
    /// The terminal's bell when a run ends or waits.
    pub bell: Sourced<bool>,
    /// A desktop notification then.
    pub notify: Sourced<bool>,
    /// The terminal's title says how the run stands.
    pub title: Sourced<bool>,
    /// Who decides about lessons.
    pub gate: Sourced<LessonGate>,
    /// Rounds, from 1.
    pub rounds: Sourced<u16>,
    /// Lessons per prompt.
    pub lessons: Sourced<u16>,
    /// How long a run waits for servers that are away before it is cut off.
    pub patience: Sourced<Nanos>,
    /// Where relevance comes from.
    pub relevance: Sourced<RelevanceKind>,
    /// Further folders that hold suites of problems.
    pub benchmarks: Vec<Sourced<PathBuf>>,
    /// What models cost.
    pub prices: PriceTable,
    /// Servers that agents refer to.
    pub providers: Providers,
    /// Batch systems that comparisons can be given to.
    pub clusters: Clusters,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            agents: None,
            compiler: None,
            data_dir: None,
            theme: None,
            ascii: Sourced::built_in(false),
            mouse: Sourced::built_in(false),
            reduced_motion: Sourced::built_in(false),
            still: Sourced::built_in(false),
            bell: Sourced::built_in(true),
            notify: Sourced::built_in(true),
            title: Sourced::built_in(true),
            gate: Sourced::built_in(LessonGate::Auto),
            rounds: Sourced::built_in(ROUNDS),
            lessons: Sourced::built_in(LESSONS),
            patience: Sourced::built_in(PATIENCE),
            relevance: Sourced::built_in(RelevanceKind::Lexical),
            benchmarks: Vec::new(),
            prices: prices::built_in().unwrap_or_default().0,
            providers: Providers::new(),
            clusters: Clusters::new(),
        }
    }
}

impl Settings {
    /// Lays a file's text over what is known so far.
    ///
    /// # Errors
    /// If a key is unknown, a value is not what it must be, or an untrusted file asks for too much.
    pub fn lay(&mut self, origin: &Origin, text: &str) -> Result<(), ConfigError> {
        let (reader, document) = Reader::parse(origin, text)?;
        // first, whatever the order in the file: agents refer to them
        for (key, item) in &document {
            if key.get_ref() == "providers" {
                providers::lay(
                    &mut self.providers,
                    &reader,
                    reader.table("providers", item)?,
                )?;
            }
        }
        for (key, item) in &document {
            let at = key.span().start;
            self.set(&reader, key.get_ref(), at, item)?;
        }
        Ok(())
    }

    fn set(
        &mut self,
        reader: &Reader<'_>,
        key: &str,
        at: usize,
        item: &SettingItem<'_>,
    ) -> Result<(), ConfigError> {
        let origin = reader.origin;
        match key {
            "agent" => {
                let team = agents::read(reader, &reader.tables(key, item)?, &self.providers)?;
                self.agents = Some(sourced(origin, team));
            }
            "compiler" => {
                let command = reader.string(key, item)?;
                if origin.is_untrusted() && !is_compiler_name(&command) {
                    return Err(reader.error(
                        at,
                        format!(
                            "`compiler`: a project's file may only name a usual compiler, not `{}`",
                            command.escape_default()
                        ),
                        "Name it like g++-13 or clang++, or set it in your own configuration.",
                    ));
                }
                self.compiler = Some(sourced(origin, command));
            }
            "data_dir" => {
                if origin.is_untrusted() {
                    return Err(reader.error(
                        at,
                        "`data_dir`: a project's file may not choose where your runs are stored",
                        "Set it in your own configuration or with --data-dir.",
                    ));
                }
                let path = beside(origin, &reader.string(key, item)?);
                self.data_dir = Some(sourced(origin, path));
            }
            "theme" => self.theme = Some(sourced(origin, reader.string(key, item)?)),
            "ascii" => self.ascii = sourced(origin, reader.boolean(key, item)?),
            "mouse" => self.mouse = sourced(origin, reader.boolean(key, item)?),
            "reduced_motion" => self.reduced_motion = sourced(origin, reader.boolean(key, item)?),
            "still" => self.still = sourced(origin, reader.boolean(key, item)?),
            "bell" => self.bell = sourced(origin, reader.boolean(key, item)?),
            "notify" => self.notify = sourced(origin, reader.boolean(key, item)?),
            "title" => self.title = sourced(origin, reader.boolean(key, item)?),
            "gate" => {
                let word = reader.string(key, item)?;
                let gate = word.parse().map_err(|_| {
                    let what = format!(
                        "`gate` must be auto or review, not `{}`",
                        word.escape_default()
                    );
                    reader.error(at, what, "Write it like gate = \"review\".")
                })?;
                self.gate = sourced(origin, gate);
            }
            "rounds" => self.rounds = sourced(origin, reader.whole(key, item, 1, 100)? as u16),
            "lessons" => self.lessons = sourced(origin, reader.whole(key, item, 0, 100)? as u16),
            "patience" => {
                let text = reader.string(key, item)?;
                let span = Nanos::span(&text).ok_or_else(|| {
                    let what =
                        format!("`patience` must be a time, not `{}`", text.escape_default());
                    reader.error(
                        at,
                        what,
                        "Write it like patience = \"10m\", or \"0\" for none.",
                    )
                })?;
                self.patience = sourced(origin, span);
            }
            "relevance" => {
                let kind = agents::relevance(reader, at, reader.table(key, item)?)?;
                self.relevance = sourced(origin, kind);
            }
            "benchmarks" => {
                for text in reader.strings(key, item)? {
                    self.benchmarks.push(sourced(origin, beside(origin, &text)));
                }
            }
            "providers" => {}
            "clusters" => {
                clusters::lay(&mut self.clusters, reader, at, reader.table(key, item)?)?;
            }
            "prices" => prices::lay(&mut self.prices, reader, at, reader.table(key, item)?)?,
            other => return Err(reader.unknown(other, at, &KEYS.map(|(key, _)| key))),
        }
        Ok(())
    }

    /// Every setting in force with where it comes from, in the order of [`KEYS`]. `None`: nobody set it.
    pub fn listed(&self) -> Vec<(&'static str, Option<(String, String)>)> {
        fn told<T>(of: &Sourced<T>, words: impl Fn(&T) -> String) -> Option<(String, String)> {
            Some((words(&of.value), of.origin.to_string()))
        }
        let switch = |of: &Sourced<bool>| told(of, bool::to_string);
        let count = |of: &Sourced<u16>| told(of, u16::to_string);
        let one = |key| match key {
            "agent" => self.agents.as_ref().and_then(|of| {
                told(of, |team| {
                    let names: Vec<&str> = team.iter().map(|agent| agent.name.as_str()).collect();
                    names.join(" ")
                })
            }),
            "compiler" => self
                .compiler
                .as_ref()
                .and_then(|of| told(of, String::clone)),
            "data_dir" => self
                .data_dir
                .as_ref()
                .and_then(|of| told(of, |path| path.display().to_string())),
            "theme" => self.theme.as_ref().and_then(|of| told(of, String::clone)),
            "ascii" => switch(&self.ascii),
            "mouse" => switch(&self.mouse),
            "reduced_motion" => switch(&self.reduced_motion),
            "still" => switch(&self.still),
            "bell" => switch(&self.bell),
            "notify" => switch(&self.notify),
            "title" => switch(&self.title),
            "gate" => told(&self.gate, LessonGate::to_string),
            "rounds" => count(&self.rounds),
            "lessons" => count(&self.lessons),
            "patience" => told(&self.patience, Nanos::to_string),
            "relevance" => told(&self.relevance, |kind| match kind {
                RelevanceKind::Lexical => "words".to_owned(),
                RelevanceKind::Endpoint { base_url, .. } => base_url.clone(),
            }),
            "benchmarks" => {
                let all = self
                    .benchmarks
                    .iter()
                    .map(|of| of.value.display().to_string());
                let all: Vec<String> = all.collect();
                let last = self.benchmarks.last()?;
                Some((all.join(" "), last.origin.to_string()))
            }
            "prices" => {
                let own = self
                    .prices
                    .values()
                    .filter(|of| of.origin != Origin::Default);
                let (own, all) = (own.count(), self.prices.len());
                let words = format!("{all} models, {own} set by you");
                let last = self.prices.values().find(|of| of.origin != Origin::Default);
                let origin = last.map_or(Origin::Default, |of| of.origin.clone());
                Some((words, origin.to_string()))
            }
            "providers" => {
                let names: Vec<&str> = self.providers.keys().map(String::as_str).collect();
                (!names.is_empty()).then(|| (names.join(" "), "settings".to_owned()))
            }
            _ => None,
        };
        KEYS.iter().map(|(key, _)| (*key, one(*key))).collect()
    }

    /// Lays the environment over what is known so far. Empty variables count as unset.
    ///
    /// # Errors
    /// If a variable's value is not what it must be.
    pub(crate) fn lay_environment(
        &mut self,
        variable: &dyn Fn(&str) -> Option<String>,
    ) -> Result<(), ConfigError> {
        let set = |name: &'static str| {
            let value = variable(name).filter(|text| !text.is_empty())?;
            Some((Origin::Environment(name), value))
        };
        if let Some((origin, value)) = set("LESSONL_COMPILER") {
            self.compiler = Some(Sourced { value, origin });
        }
        if let Some((origin, value)) = set("LESSONL_DATA_DIR") {
            let value = PathBuf::from(value);
            self.data_dir = Some(Sourced { value, origin });
        }
        if let Some((origin, value)) = set("LESSONL_THEME") {
            self.theme = Some(Sourced { value, origin });
        }
        if let Some((origin, text)) = set("LESSONL_PATIENCE") {
            let value = Nanos::span(&text).ok_or_else(|| ConfigError {
                place: "$LESSONL_PATIENCE".to_owned(),
                what: format!("`{}` is not a time", text.escape_default()),
                hint: "Set it like LESSONL_PATIENCE=10m, or 0 for none.".to_owned(),
            })?;
            self.patience = Sourced { value, origin };
        }
        let switches = [
            ("LESSONL_ASCII", &mut self.ascii),
            ("LESSONL_MOUSE", &mut self.mouse),
            ("LESSONL_REDUCED_MOTION", &mut self.reduced_motion),
        ];
        for (name, setting) in switches {
            if let Some((origin, value)) = set(name) {
                let value = switch(name, &value)?;
                *setting = Sourced { value, origin };
            }
        }
        let numbers = [
            ("LESSONL_ROUNDS", &mut self.rounds, 1),
            ("LESSONL_LESSONS", &mut self.lessons, 0),
        ];
        for (name, setting, lo) in numbers {
            if let Some((origin, value)) = set(name) {
                let value = number(name, &value, lo)?;
                *setting = Sourced { value, origin };
            }
        }
        Ok(())
    }
}

fn sourced<T>(origin: &Origin, value: T) -> Sourced<T> {
    Sourced {
        value,
        origin: origin.clone(),
    }
}

/// Relative paths in a file are meant from the file's folder.
pub(super) fn beside(origin: &Origin, text: &str) -> PathBuf {
    match origin {
        Origin::System(file) | Origin::User(file) | Origin::Project(file) | Origin::Named(file) => {
            file.parent().unwrap_or(Path::new("")).join(text)
        }
        _ => PathBuf::from(text),
    }
}

/// Whether this is a compiler's usual name, with or without a target and a version, found in the search path.
fn is_compiler_name(command: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "+-._".contains(c);
    let base = command
        .trim_end_matches(|c: char| c.is_ascii_digit() || c == '.' || c == '-')
        .rsplit('-')
        .next()
        .unwrap_or("");
    command.chars().all(plain) && ["g++", "clang++", "c++", "icpx"].contains(&base)
}

fn switch(name: &'static str, text: &str) -> Result<bool, ConfigError> {
    match text {
        "1" | "true" | "yes" | "on" => Ok(true),
        "0" | "false" | "no" | "off" => Ok(false),
        _ => Err(ConfigError {
            place: format!("${name}"),
            what: format!("`{}` is neither 1 nor 0", text.escape_default()),
            hint: format!("Set {name}=1 or unset it."),
        }),
    }
}

fn number(name: &'static str, text: &str, lo: u16) -> Result<u16, ConfigError> {
    text.parse()
        .ok()
        .filter(|n| (lo..=100).contains(n))
        .ok_or_else(|| ConfigError {
            place: format!("${name}"),
            what: format!(
                "`{}` is not a whole number from {lo} to 100",
                text.escape_default()
            ),
            hint: format!("Set {name} to a number or unset it."),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user() -> Origin {
        Origin::User("/home/me/.config/lessonl/config.toml".into())
    }

    fn project() -> Origin {
        Origin::Project("/src/tool/lessonl.toml".into())
    }

    fn laid(layers: &[(Origin, &str)]) -> Result<Settings, ConfigError> {
        let mut settings = Settings::default();
        for (origin, text) in layers {
            settings.lay(origin, text)?;
        }
        Ok(settings)
    }

    #[test]
    fn later_layers_win_and_every_value_knows_its_origin() {
        let mut settings = laid(&[
            (
                user(),
                "rounds = 6\ntheme = \"dark\"\nbenchmarks = [\"mine\"]\n",
            ),
            (project(), "rounds = 8\ncompiler = \"clang++-17\"\n"),
        ])
        .unwrap();
        let variable = |name: &str| (name == "LESSONL_LESSONS").then(|| "2".to_owned());
        settings.lay_environment(&variable).unwrap();
        let origin = |o: &Origin| o.to_string();
        assert_eq!(
            (settings.rounds.value, origin(&settings.rounds.origin)),
            (8, "/src/tool/lessonl.toml".to_owned())
        );
        assert_eq!(
            (settings.lessons.value, origin(&settings.lessons.origin)),
            (2, "$LESSONL_LESSONS".to_owned())
        );
        assert_eq!(settings.theme.unwrap().origin, user());
        assert_eq!(settings.mouse, Sourced::built_in(false));
        assert_eq!(
            settings.benchmarks[0].value,
            Path::new("/home/me/.config/lessonl/mine")
        );
        assert_eq!(settings.compiler.unwrap().value, "clang++-17");
    }

    #[test]
    fn every_key_is_listed_with_its_value_and_origin() {
        let settings = laid(&[(user(), "gate = \"review\"\nbell = false\n")]).unwrap();
        let listed = settings.listed();
        assert_eq!(listed.len(), KEYS.len());
        let of = |wanted: &str| listed.iter().find(|(key, _)| *key == wanted).unwrap();
        let file = "/home/me/.config/lessonl/config.toml".to_owned();
        assert_eq!(of("gate").1, Some(("review".to_owned(), file)));
        let built_in = ("true".to_owned(), "built in".to_owned());
        assert_eq!(of("title").1, Some(built_in));
        assert_eq!(of("theme").1, None);
        let error = laid(&[(user(), "gate = \"ask\"\n")]).unwrap_err();
        assert!(error.what.contains("auto or review"), "{error}");
    }

    #[test]
    fn unknown_keys_and_wrong_values_name_file_line_and_key() {
        let error = laid(&[(user(), "rounds = 3\nleson = 2\n")]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "/home/me/.config/lessonl/config.toml:2: unknown key `leson`"
        );
        let error = laid(&[(user(), "\nrounds = 0\n")]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "/home/me/.config/lessonl/config.toml:2: `rounds` must be a whole number from 1 to 100, not 0"
        );
        let error = laid(&[(user(), "rounds = \n")]).unwrap_err();
        assert!(error.place.ends_with("config.toml:1"), "{error}");
    }

    #[test]
    fn a_project_may_not_ask_for_keys_folders_or_programs() {
        for text in [
            "compiler = \"./evil.sh\"",
            "compiler = \"rm\"",
            "data_dir = \"/tmp/x\"",
            "[[agent]]\nname=\"a\"\nbase_url=\"http://evil.example\"\nmodel=\"m\"\nkey_env=\"OPENAI_API_KEY\"",
            "[relevance]\nbase_url=\"http://evil.example\"\nmodel=\"m\"\nkey_env=\"OPENAI_API_KEY\"",
        ] {
            assert!(laid(&[(project(), text)]).is_err(), "{text}");
            if !text.starts_with("compiler") {
                assert!(laid(&[(user(), text)]).is_ok(), "{text}");
            }
        }
    }
}

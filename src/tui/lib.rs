//! The live screens. Draws from a model that only `update` changes; effects leave as commands and launches.
//! Never starts a process but the person's own editor, never writes the store, never computes a diff or a highlight while drawing.

pub(crate) use lessonl_config as config;
pub(crate) use lessonl_domain as domain;
pub(crate) use lessonl_engine as engine;
pub(crate) use lessonl_reports as reports;
pub(crate) use lessonl_store as store;

mod app;
mod applying;
mod bank;
pub mod errand;
mod eta;
pub mod film;
#[cfg(test)]
mod fixture;
mod hints;
mod journal;
mod layers;
mod lists;
mod live;
mod meter;
mod model;
mod msg;
mod outside;
mod overlays;
mod own;
mod panes;
mod query;
mod remember;
mod run_view;
mod runtime;
mod screens;
mod shelf;
mod summary;
mod svg;
mod team;
mod terminal;
#[cfg(test)]
mod tests;
mod update;
mod view;
mod widgets;
mod worker;

use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::oneshot;

use crate::domain::ceiling::Ceiling;
use crate::domain::failure::Failure;
use crate::domain::id::RunId;
use crate::domain::problem::{Mode, Problem};
use crate::domain::spec::{AgentSpec, LessonGate, Preset, StrategyKind};
use crate::engine::handle::Session;
use crate::store::archive::Archive;

/// A team the person can choose on the home screen.
#[derive(Debug, Clone, PartialEq)]
pub struct TeamChoice {
    /// A line: names and models.
    pub title: String,
    /// Why it is offered, or why it is the default.
    pub reason: String,
    /// Its members.
    pub team: Vec<AgentSpec>,
}

/// What the person chose on the home screen.
#[derive(Debug, Clone, PartialEq)]
pub struct NewRun {
    /// Targets as on the command line, worked one after the other: ids of problems, or a problem folder.
    pub targets: Vec<String>,
    /// The mode.
    pub mode: Mode,
    /// Position among the teams there are.
    pub team: usize,
    /// The strategy.
    pub strategy: StrategyKind,
    /// The preset.
    pub preset: Preset,
    /// Rounds.
    pub rounds: u16,
    /// Lessons per prompt.
    pub lessons: u16,
    /// Who decides about lessons.
    pub gate: LessonGate,
}

/// What the screens ask the composition root for. The answer comes on `reply`.
#[derive(Debug)]
pub enum ScreenRequest {
    /// Start a run.
    Start {
        /// Which.
        choice: NewRun,
        /// By whom.
        team: TeamChoice,
        /// The session, or why not.
        reply: oneshot::Sender<Result<Session, Failure>>,
    },
    /// Go on with a run that was cut off.
    Resume {
        /// Which.
        run: RunId,
        /// The session, or why not.
        reply: oneshot::Sender<Result<Session, Failure>>,
    },
    /// Replay a stored run.
    Replay {
        /// Which.
        run: RunId,
        /// The session, or why not.
        reply: oneshot::Sender<Result<Session, Failure>>,
    },
    /// Run again what a stored run ran, with every candidate measured afresh.
    Again {
        /// Which.
        run: RunId,
        /// The session, or why not.
        reply: oneshot::Sender<Result<Session, Failure>>,
    },
    /// Watch a run that another process works on.
    Watch {
        /// Which.
        run: RunId,
        /// The session, or why not.
        reply: oneshot::Sender<Result<Session, Failure>>,
    },
    /// Do something that is no run.
    Errand(errand::Sent),
}

/// Where the screens begin.
#[derive(Debug)]
pub enum FirstScreen {
    /// On the home screen.
    Home,
    /// In a live run.
    Run(Session),
    /// In a replay, at its beginning.
    Replay(Session),
    /// In a stored run, at its end.
    Past(Session),
    /// In a run that another process works on.
    Watch(Session),
}

/// How the screens look, as resolved from flags, environment and configuration.
#[derive(Debug, Clone, Default)]
pub struct Appearance {
    /// Theme name; `None`: by the terminal's background.
    pub theme: Option<String>,
    /// The person's own themes: (name, TOML text).
    pub user_themes: Vec<(String, String)>,
    /// No colour at all (NO_COLOR).
    pub no_color: bool,
    /// ASCII instead of box-drawing and other symbols.
    pub ascii: bool,
    /// Nothing moves by itself.
    pub reduced_motion: bool,
    /// Mouse captured from the start.
    pub mouse: bool,
    /// The person's keymap (TOML text), if any.
    pub keymap: Option<String>,
    /// While something is timed keys wait for the second's one frame.
    pub still: bool,
    /// How the person is told that a run has ended or waits for them: by the bell, a notification, the title.
    pub alerts: (bool, bool, bool),
    /// Who decides about lessons, to begin with.
    pub gate: LessonGate,
    /// The person's own settings file, in which settings are saved; `None` saves nothing.
    pub settings_file: Option<PathBuf>,
    /// File in which the last screen, sort order and view of differences are kept; `None` forgets them.
    pub memory: Option<PathBuf>,
}

/// Everything the screens need.
pub struct ScreenSetup {
    /// Where to begin.
    pub start: FirstScreen,
    /// The problems to choose from.
    pub problems: Vec<Arc<Problem>>,
    /// The teams to choose from, the default first.
    pub teams: Vec<TeamChoice>,
    /// What the best known code of problems was measured at.
    pub ceilings: Vec<Ceiling>,
    /// Past runs.
    pub archive: Archive,
    /// Takes launches.
    pub launcher: UnboundedSender<ScreenRequest>,
    /// Words of trouble from the store, shown as a banner.
    pub trouble: tokio::sync::mpsc::UnboundedReceiver<String>,
    /// How it looks.
    pub appearance: Appearance,
}

/// How the screens were left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Exit {
    /// The person quit. `summary` is printed once to the normal screen.
    Quit {
        /// Lines for the normal screen: best candidate with interval, run id, how to reopen it.
        summary: Vec<String>,
    },
    /// The person left, or the terminal went away, while a run of this process was going: it is to go on without screens.
    Detached {
        /// As for quitting.
        summary: Vec<String>,
    },
}

/// Runs the screens until the person quits. Blocks; restores the terminal on every way out, panic included.
/// Called from a plain thread with a tokio runtime elsewhere in the process.
pub fn run(setup: ScreenSetup) -> Result<Exit, Failure> {
    app::run(setup)
}

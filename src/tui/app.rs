//! From what the screens are given to a model and a running loop.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::bank::Bank;
use super::live::{Live, Origin};
use super::meter::Meter;
use super::model::{
    Alerts, Background, Bars, Focus, Home, HomePane, Leaving, LessonView, Model, Motion, Overlay,
    Palette, Quiet, RunView, Zoom,
};
use super::own::Way;
use super::panes::Pane;
use super::remember::Remembered;
use super::runtime::{self, Channels};
use super::update::ROUNDS;
use super::widgets::diff::DiffMode;
use super::widgets::frame::Look;
use super::widgets::mark::Symbols;
use super::worker::Worker;
use super::{
    Appearance, Exit, FirstScreen, NewRun, ScreenSetup, TeamChoice, lists, summary, terminal,
};
use crate::config::keymap::{Keymap, Place};
use crate::config::theme::{Depth, Theme};
use crate::domain::command::Command;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::id::RunId;
use crate::domain::problem::{Mode, Problem};
use crate::domain::run::Run;
use crate::domain::spec::{Preset, StrategyKind};

/// Runs the screens.
pub(crate) fn run(setup: ScreenSetup) -> Result<Exit, Failure> {
    let ScreenSetup {
        start,
        problems,
        teams,
        ceilings,
        archive,
        launcher,
        trouble,
        appearance,
    } = setup;
    let background = match &appearance.theme {
        None if !appearance.no_color => terminal::theme_by_background(),
        _ => None,
    };
    let theme = appearance.theme.as_deref().or(background).unwrap_or("dark");
    let stored = archive.clone();
    let read = move |id: &RunId| {
        let facts = stored
            .facts(id)
            .map_err(|error| format!("{error}; {}", error.hint))?;
        let run = Run::fold(&facts).ok_or_else(|| format!("run {id} has no beginning"))?;
        Ok(Arc::new(run))
    };
    let load = move || {
        archive
            .history()
            .map_err(|error| format!("{error}; {}", error.hint))
    };
    let worker = Worker::start(Box::new(load), Box::new(read)).map_err(|error| {
        let words = format!("could not start a thread: {error}");
        Failure::new(FailureKind::Environment, words)
    })?;
    let mut model = model(problems, teams, &appearance, theme, depth(&appearance));
    if let Some(told) = background {
        model.palette.background = Background::Told(told);
    }
    model.ceilings = ceilings;
    let memory = appearance.memory.as_deref();
    let remembered = memory.map(Remembered::read).unwrap_or_default();
    remembered.recall(&mut model);
    let replay = matches!(start, FirstScreen::Replay(_));
    let past = matches!(start, FirstScreen::Past(_));
    let session = match start {
        FirstScreen::Home => None,
        FirstScreen::Run(session) => {
            model.live = Some(Live::new(Origin::Live));
            Some(session)
        }
        FirstScreen::Replay(session) => {
            model.live = Some(Live {
                record: Arc::clone(&session.record),
                ..Live::new(Origin::Replay)
            });
            Some(session)
        }
        FirstScreen::Past(session) => {
            let mut live = Live {
                record: Arc::clone(&session.record),
                ..Live::new(Origin::Replay)
            };
            live.seek(usize::MAX);
            // Whoever tells the facts goes there, too; if it has gone, the record is here all the same.
            let to = Command::SeekReplay(live.position() as u64);
            let _ = session.commands.send(to);
            model.live = Some(live);
            Some(session)
        }
        FirstScreen::Watch(session) => {
            model.live = Some(Live::new(Origin::Watch));
            Some(session)
        }
    };
    if session.is_some() {
        model.place = Place::Run;
        model.pane = Pane::Agents;
    }
    if replay {
        remembered.reopen(&mut model);
    }
    if past {
        model.place = Place::Result;
        model.pane = Pane::Results;
    }
    let channels = Channels {
        launcher,
        trouble,
        worker,
        session,
    };
    runtime::run(&mut model, channels)?;
    if let Some(path) = memory {
        Remembered::of(&model).write(path);
    }
    let summary = summary::lines(&model);
    Ok(match model.leaving {
        Leaving::Stopped => Exit::Quit { summary },
        Leaving::Detached => Exit::Detached { summary },
    })
}

fn depth(appearance: &Appearance) -> Depth {
    let says = |name: &str, words: &[&str]| {
        std::env::var(name).is_ok_and(|value| words.iter().any(|word| value.contains(word)))
    };
    if appearance.no_color {
        Depth::None
    } else if says("COLORTERM", &["truecolor", "24bit"])
        || says(
            "TERM",
            &["direct", "kitty", "ghostty", "alacritty", "foot", "wezterm"],
        )
    {
        Depth::True
    } else {
        Depth::Indexed
    }
}

/// The model before the first message.
pub(crate) fn model(
    problems: Vec<Arc<Problem>>,
    teams: Vec<TeamChoice>,
    appearance: &Appearance,
    theme: &str,
    depth: Depth,
) -> Model {
    let (theme, mut warnings) = Theme::load(theme, &appearance.user_themes, depth);
    let keymap = match appearance.keymap.as_deref().map(Keymap::with_overrides) {
        Some(Ok(keymap)) => keymap,
        Some(Err(complaints)) => {
            warnings.extend(complaints);
            warnings.push("the default keys are in force".to_owned());
            Keymap::default()
        }
        None => Keymap::default(),
    };
    let mut model = Model {
        place: Place::Home,
        overlay: Overlay::None,
        toast: None,
        banner: (!warnings.is_empty()).then(|| warnings.join("; ")),
        size: (80, 24),
        now: 0,
        look: Look {
            theme,
            symbols: if appearance.ascii {
                Symbols::Ascii
            } else {
                Symbols::Unicode
            },
        },
        keymap,
        motion: if appearance.reduced_motion {
            Motion::Reduced
        } else {
            Motion::Full
        },
        mouse: appearance.mouse,
        live: None,
        launching: None,
        home: Home {
            problems,
            teams,
            way: Way::Bundled,
            own: None,
            pane: HomePane::Problems,
            row: 0,
            setting: 0,
            marked: Vec::new(),
            choice: NewRun {
                targets: Vec::new(),
                mode: Mode::Serial,
                team: 0,
                strategy: StrategyKind::Lessonl,
                preset: Preset::Corrected,
                rounds: ROUNDS,
                lessons: 4,
                gate: appearance.gate,
            },
        },
        ceilings: Vec::new(),
        runs: Vec::new(),
        runs_trouble: None,
        run_row: 0,
        view: RunView::of(None),
        pane: Pane::Home,
        zoom: Zoom::Off,
        lesson_view: LessonView::List,
        bank: Bank::default(),
        again: HashMap::new(),
        marked_runs: Vec::new(),
        read_runs: HashMap::new(),
        meter: Meter::default(),
        bars: Bars::Map,
        diff_mode: DiffMode::Auto,
        words: true,
        folded: true,
        sort: 0,
        reversed: HashSet::new(),
        filters: HashMap::new(),
        filtering: false,
        documents: HashMap::new(),
        document_order: Vec::new(),
        comparing: HashSet::new(),
        errands: 0,
        quit_when_ended: false,
        quiet: if appearance.still {
            Quiet::Still
        } else {
            Quiet::Answering
        },
        alerts: Alerts {
            bell: appearance.alerts.0,
            notify: appearance.alerts.1,
            title: appearance.alerts.2,
        },
        focus: Focus::Unknown,
        settings_file: appearance.settings_file.clone(),
        palette: Palette {
            chosen: appearance.theme.clone(),
            own: appearance.user_themes.clone(),
            depth,
            background: Background::Silent,
        },
        leaving: Leaving::Stopped,
        dirty: true,
        urgent: false,
    };
    model.home.row = lists::first_problem(&model);
    model
}

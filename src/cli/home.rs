//! The terminal UI's surroundings: what it starts with, who serves its launches, and a clean farewell to what still runs.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;

use super::args::RunArguments;
use super::compose::{Beginning, Containment, House, texts_in, variable};
use super::consent::{self, Leaving};
use super::follow::{Interrupt, Signals};
use super::output::{self, Halt};
use super::watch::{self, Reach};
use super::{errands, replay, report, resolve};
use crate::config::{Origin, Sourced, layers};
use crate::domain::command::Command;
use crate::domain::id::RunId;
use crate::domain::run::Run;
use crate::domain::spec::RunSpec;
use crate::engine::handle::Session;
use crate::failure::{Failure, FailureKind};
use crate::store::{Kept, headroom};
use crate::tui::{self, Appearance, Exit, FirstScreen, ScreenRequest, TeamChoice};

/// How long a run may take to stop when the person leaves; its facts are stored meanwhile.
const FAREWELL: Duration = Duration::from_secs(10);

/// Begins on the home screen. Returns the exit code.
pub(super) fn home(house: &House) -> Result<u8, Halt> {
    let teams = house.teams(&RunArguments::default())?;
    let (tell_trouble, trouble) = unbounded_channel();
    let office = Office::new(house, Containment::Required, tell_trouble);
    screens(house, FirstScreen::Home, &office, trouble, teams)
}

/// Begins in a run. Returns the exit code.
pub(super) fn with_run(
    house: &House,
    beginning: Beginning,
    containment: Containment,
    teams: Vec<TeamChoice>,
) -> Result<u8, Halt> {
    let (tell_trouble, trouble) = unbounded_channel();
    let office = Office::new(house, containment, tell_trouble);
    let session = office.begin(beginning)?;
    screens(house, FirstScreen::Run(session), &office, trouble, teams)
}

/// Begins in a stored run: at its end, or playing it. Returns the exit code.
pub(super) fn with_replay(house: &House, session: Session, plays: bool) -> Result<u8, Halt> {
    let teams = house.teams(&RunArguments::default())?;
    let (tell_trouble, trouble) = unbounded_channel();
    let office = Office::new(house, Containment::Required, tell_trouble);
    let start = match plays {
        true => FirstScreen::Replay(session),
        false => FirstScreen::Past(session),
    };
    screens(house, start, &office, trouble, teams)
}

/// Begins in a run that another process works on. Returns the exit code.
pub(super) fn with_watched(house: &House, session: Session) -> Result<u8, Halt> {
    let teams = house.teams(&RunArguments::default())?;
    let (tell_trouble, trouble) = unbounded_channel();
    let office = Office::new(house, Containment::Required, tell_trouble);
    screens(house, FirstScreen::Watch(session), &office, trouble, teams)
}

/// A run that the screens started.
struct Started {
    run: RunId,
    commands: UnboundedSender<Command>,
    ended: JoinHandle<Option<Kept>>,
}

/// Serves launches; knows every run that was started. Cheap to clone.
#[derive(Clone)]
struct Office {
    house: House,
    containment: Containment,
    trouble: UnboundedSender<String>,
    started: Arc<Mutex<Vec<Started>>>,
    /// What the person was told would leave this machine.
    told: Arc<Mutex<Vec<Leaving>>>,
}

impl Office {
    fn new(house: &House, containment: Containment, trouble: UnboundedSender<String>) -> Self {
        Self {
            house: house.clone(),
            containment,
            trouble,
            started: Arc::default(),
            told: Arc::default(),
        }
    }

    fn begin(&self, beginning: Beginning) -> Result<Session, Failure> {
        let run = beginning.run.clone();
        let live = self
            .house
            .begin(beginning, self.containment, self.trouble.clone(), true)?;
        let started = Started {
            run,
            commands: live.session.commands.clone(),
            ended: live.ended,
        };
        self.started
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(started);
        Ok(live.session)
    }

    /// Own code that would leave this machine is told the first time, and goes the second time.
    fn agree(&self, spec: &RunSpec) -> Result<(), Failure> {
        let Some(leaving) = consent::missing(&self.house, spec) else {
            return Ok(());
        };
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.contains(&leaving) {
            return consent::remember(&self.house, &leaving);
        }
        let refused = leaving.refused();
        told.push(leaving);
        Err(refused.hint("Start it once more to agree; that is remembered for this problem."))
    }

    fn serve(&self, launch: ScreenRequest) {
        let (result, reply) = match launch {
            ScreenRequest::Errand(sent) => {
                return errands::serve(&self.house, self.containment, sent);
            }
            ScreenRequest::Start {
                choice,
                team,
                reply,
            } => {
                let wish = resolve::chosen(&choice, fastrand::u64(..));
                let begun = self.house.new_run(&wish, &team).and_then(|beginning| {
                    self.agree(&beginning.spec)?;
                    self.begin(beginning)
                });
                (begun, reply)
            }
            ScreenRequest::Resume { run, reply } => {
                let begun = self
                    .house
                    .stored_run(&run)
                    .and_then(|stored| self.begin(stored));
                (begun, reply)
            }
            ScreenRequest::Again { run, reply } => {
                let begun = self.house.again(&run).and_then(|beginning| {
                    self.agree(&beginning.spec)?;
                    self.begin(beginning)
                });
                (begun, reply)
            }
            ScreenRequest::Watch { run, reply } => {
                (Ok(watch::open(&self.house, &run, Reach::Commands)), reply)
            }
            ScreenRequest::Replay { run, reply } => (
                replay::open(&self.house, &run, 1, replay::After::Stay),
                reply,
            ),
        };
        if let Err(Ok(session)) = reply.send(result) {
            // The screens have gone meanwhile.
            let _ = session.commands.send(Command::Cancel);
        }
    }

    fn take(&self) -> Vec<Started> {
        let mut started = self.started.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *started)
    }

    /// Waits without screens until what runs has ended. A terminal that goes away stops nothing; Ctrl-C and SIGTERM do.
    fn stay(&self) -> Result<u8, Halt> {
        let started = self.take();
        let going: Vec<&Started> = started.iter().filter(|r| !r.ended.is_finished()).collect();
        for run in &going {
            output::note(&format!(
                "Run {} goes on here without screens, even if this terminal is closed; Ctrl-C stops it.",
                run.run
            ));
        }
        let commands: Vec<_> = started.iter().map(|run| run.commands.clone()).collect();
        let runs: Vec<RunId> = started.iter().map(|run| run.run.clone()).collect();
        let stopped = self.house.handle.block_on(async {
            let mut signals = Signals::listen()?;
            let all = async {
                for run in started {
                    let _ = run.ended.await;
                }
            };
            tokio::pin!(all);
            let mut stopped = None;
            loop {
                tokio::select! {
                    () = &mut all => return Ok::<_, Failure>(stopped),
                    signal = signals.next() => match signal {
                        Interrupt::HungUp => {}
                        signal if stopped.is_some() => std::process::exit(i32::from(signal.exit_code())),
                        signal => {
                            stopped = Some(signal);
                            output::note("Stopping; once more to stop at once.");
                            for run in &commands {
                                // A run that has ended hears nothing.
                                let _ = run.send(Command::Cancel);
                            }
                        }
                    }
                }
            }
        })?;
        for id in runs {
            let facts = self.house.archive().facts(&id).map_err(Failure::from)?;
            if let Some(run) = Run::fold(&facts) {
                output::note(&format!("Run {id} {}.", report::standing(&run)));
            }
        }
        Ok(stopped.map_or(0, Interrupt::exit_code))
    }

    /// Stops what still runs and waits until its facts are stored.
    fn close(&self) {
        let started = self.take();
        for run in &started {
            // A run that has ended hears nothing.
            let _ = run.commands.send(Command::Cancel);
        }
        self.house.handle.block_on(async {
            let all = async {
                for run in started {
                    let _ = run.ended.await;
                }
            };
            if tokio::time::timeout(FAREWELL, all).await.is_err() {
                output::note("A run did not stop in time; `lessonl runs` shows how it stands.");
            }
        });
    }
}

fn screens(
    house: &House,
    start: FirstScreen,
    office: &Office,
    trouble: UnboundedReceiver<String>,
    teams: Vec<TeamChoice>,
) -> Result<u8, Halt> {
    let (launcher, mut launches) = unbounded_channel();
    let serving = office.clone();
    house.handle.spawn(async move {
        while let Some(launch) = launches.recv().await {
            let office = serving.clone();
            let teller = match &launch {
                ScreenRequest::Errand(sent) => Some(sent.teller.clone()),
                _ => None,
            };
            let is_errand = teller.is_some();
            // Compilers are probed and files read: not on a thread that serves streams.
            let served = tokio::task::spawn_blocking(move || office.serve(launch));
            let watched = async move {
                if served.await.is_err() {
                    tracing::error!("a launch died");
                    if let Some(teller) = &teller {
                        let died = Failure::new(FailureKind::Internal, "a part of it died");
                        teller.over(Err(died.hint("Try again; the log says where.")));
                    }
                }
            };
            // Runs begin one after the other; what may take minutes makes nobody wait.
            match is_errand {
                true => drop(tokio::spawn(watched)),
                false => watched.await,
            }
        }
    });
    let result = tui::run(tui::ScreenSetup {
        start,
        problems: house.catalogue().problems,
        teams,
        ceilings: headroom::known(&house.configuration.paths.data),
        archive: house.archive(),
        launcher,
        trouble,
        appearance: appearance(house),
    });
    match result {
        Ok(Exit::Detached { summary }) => {
            // The terminal may have gone.
            let _ = summary.iter().try_for_each(|text| output::line(text));
            office.stay()
        }
        other => {
            office.close();
            let (Exit::Quit { summary } | Exit::Detached { summary }) = other?;
            summary.iter().try_for_each(|text| output::line(text))?;
            Ok(0)
        }
    }
}

/// Whether only ASCII is drawn: as configured, else where the locale is said to know nothing else.
fn ascii(setting: &Sourced<bool>, variable: &dyn Fn(&str) -> Option<String>) -> bool {
    if setting.origin != Origin::Default {
        return setting.value;
    }
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
        .into_iter()
        .find_map(variable);
    matches!(locale.as_deref(), Some("C" | "POSIX"))
}

/// How the screens look, as configured.
pub(super) fn appearance(house: &House) -> Appearance {
    let settings = &house.configuration.settings;
    let folder = &house.configuration.paths.config_dir;
    let theme = settings.theme.as_ref().map(|theme| theme.value.clone());
    Appearance {
        theme: house.common.theme.clone().or(theme),
        user_themes: texts_in(&folder.join("themes"), "toml")
            .into_iter()
            .collect(),
        no_color: variable("NO_COLOR").is_some(),
        ascii: house.common.ascii || ascii(&settings.ascii, &variable),
        reduced_motion: house.common.reduced_motion || settings.reduced_motion.value,
        mouse: settings.mouse.value,
        still: settings.still.value,
        alerts: (
            settings.bell.value,
            settings.notify.value,
            settings.title.value,
        ),
        gate: settings.gate.value,
        settings_file: Some(house.configuration.paths.config.clone()),
        keymap: layers::read(&folder.join("keymap.toml")).ok(),
        memory: Some(house.configuration.paths.state.join("screens.json")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_locale_without_other_characters_is_drawn_in_ascii_unless_configured_otherwise() {
        let with = |setting: &Sourced<bool>, name: &'static str, value: &'static str| {
            ascii(setting, &|asked| (asked == name).then(|| value.to_owned()))
        };
        let unset = Sourced::built_in(false);
        assert!(with(&unset, "LC_ALL", "C") && with(&unset, "LANG", "POSIX"));
        assert!(!with(&unset, "LANG", "C.UTF-8") && !with(&unset, "OTHER", "C"));
        let set = Sourced {
            value: false,
            origin: Origin::Environment("LESSONL_ASCII"),
        };
        assert!(!with(&set, "LC_ALL", "C"));
    }
}

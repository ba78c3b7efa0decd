//! The screens in a real pseudo-terminal: they come up, and the terminal is given back however they end.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::num::NonZero;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::task::{Context, Wake, Waker};
use std::time::Duration;

use lessonl::domain::event::{Envelope, Event, FACT_VERSION, Fact, Machine, Toolchain};
use lessonl::domain::id::{LessonId, Round, RunId, UnitId};
use lessonl::domain::lesson::{Lesson, LessonOutcome, LessonState};
use lessonl::domain::problem::{Mode, ProblemId};
use lessonl::domain::spec::{
    AgentKind, AgentSpec, LessonGate, Preset, RelevanceKind, RewriterStyle, RunSpec, StrategyKind,
    UnitSpec,
};
use lessonl::engine::handle::Session;
use lessonl::store::archive::Archive;
use lessonl::tui::{Appearance, Exit, FirstScreen, ScreenSetup, run};
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};
use tokio::sync::mpsc::unbounded_channel;

/// Set in the process that shows the screens: what it shows.
const ROLE: &str = "LESSONL_TEST_SCREENS";
const ROWS: NonZero<u16> = NonZero::new(24).unwrap();
const COLUMNS: NonZero<u16> = NonZero::new(80).unwrap();
/// Longest wait for something that must come; only reached when a claim is false.
const PATIENCE: Duration = Duration::from_secs(30);

/// Not a claim: the process that shows the screens is this test, run again with [`ROLE`] set.
#[test]
fn screens_process() {
    let Ok(role) = std::env::var(ROLE) else {
        return;
    };
    let (launcher, _launches) = unbounded_channel();
    let (_trouble, trouble) = unbounded_channel();
    let (events, received) = unbounded_channel();
    let (commands, mut sent) = unbounded_channel();
    for fact in facts() {
        events.send(fact).unwrap();
    }
    let start = if role == "home" {
        FirstScreen::Home
    } else {
        FirstScreen::Run(Session {
            events: received,
            commands,
            record: Arc::default(),
        })
    };
    if role == "panic" {
        std::thread::spawn(|| panic!("a worker gave up"));
    }
    if role == "panic_drawing" {
        // Sending a command wakes who waits for it, on the thread that sends: the drawing one.
        let waker = Waker::from(Arc::new(GivesUp));
        let _ = sent.poll_recv(&mut Context::from_waker(&waker));
    }
    let folder = tempfile::tempdir().unwrap();
    let exit = run(ScreenSetup {
        start,
        problems: Vec::new(),
        teams: Vec::new(),
        ceilings: Vec::new(),
        archive: Archive::new(&folder.path().join("none.db")),
        launcher,
        trouble,
        appearance: Appearance {
            theme: Some("dark".to_owned()),
            ..Appearance::default()
        },
    });
    drop(events);
    let summary = match exit {
        Ok(Exit::Quit { summary }) => summary,
        Ok(Exit::Detached { summary }) => {
            println!("goes on: {}", summary.join(" "));
            summary
        }
        Err(failure) => panic!("{failure:?}"),
    };
    while let Ok(command) = sent.try_recv() {
        println!("sent {command:?}");
    }
    println!("left with {} lines", summary.len());
}

/// Panics where it is woken.
struct GivesUp;

impl Wake for GivesUp {
    fn wake(self: Arc<Self>) {
        panic!("the drawing thread gave up");
    }
}

/// A run with one lesson.
fn facts() -> Vec<Event> {
    let spec = RunSpec {
        units: vec![UnitSpec {
            problem: ProblemId::new("made/up").unwrap(),
            path: "benchmarks".into(),
            version: String::new(),
            category: "made".to_owned(),
            original: "int f() { return 1; }\n".to_owned(),
            mode: Mode::Serial,
            carried: Vec::new(),
            ceiling: None,
            work: Default::default(),
        }],
        team: vec![AgentSpec {
            name: "loops".to_owned(),
            kind: AgentKind::Rewriter {
                style: RewriterStyle::Loops,
            },
        }],
        team_reason: "made up for a test".to_owned(),
        strategy: StrategyKind::Lessonl,
        preset: Preset::Corrected,
        rounds: 4,
        lessons: 4,
        threshold: 1.1,
        epsilon: 0.1,
        gate: LessonGate::Auto,
        seed: 1,
        budget_time: None,
        budget_asks: None,
        sizing: Default::default(),
        holdout: 0.0,
        bank: lessonl::domain::carried::BankScope::Fresh,
        cell: None,
        until: None,
        budget_tokens: None,
        budget_cost: None,
        prices: Default::default(),
        replay: None,
        relevance: RelevanceKind::Lexical,
    };
    let lesson = Lesson {
        id: LessonId::Person(1),
        text: "Hoist what does not change.".to_owned(),
        outcome: LessonOutcome::Advice,
        speedup: 0.0,
        factor: 1.0,
        relevance: 0.5,
        round: Round(0),
        agent: None,
        read: Vec::new(),
        state: LessonState::Proposed,
        edited: false,
        origin: None,
        measured: None,
        cause: None,
        supporters: 0,
    };
    let unit = UnitId(0);
    let facts = [
        Fact::RunStarted {
            spec: Box::new(spec),
            machine: Machine::default(),
            toolchain: Toolchain::default(),
            prompts: BTreeMap::new(),
        },
        Fact::UnitStarted { unit },
        Fact::LessonAdded { unit, lesson },
    ];
    let envelope = |(seq, fact)| Envelope {
        v: FACT_VERSION,
        run: RunId::new("made-up").unwrap(),
        seq,
        at: 0,
        fact,
    };
    let numbered = (0..).zip(facts);
    numbered
        .map(|each| Event::Fact(Box::new(envelope(each))))
        .collect()
}

struct Screens {
    child: Box<dyn Child + Send + Sync>,
    master: Box<dyn MasterPty + Send>,
    keys: Box<dyn Write + Send>,
    bytes: Receiver<Vec<u8>>,
    terminal: vt100::Parser,
}

impl Screens {
    fn start(role: &str) -> Self {
        let size = PtySize {
            rows: ROWS.get(),
            cols: COLUMNS.get(),
            ..PtySize::default()
        };
        let pair = native_pty_system().openpty(size).unwrap();
        let mut command = CommandBuilder::new(std::env::current_exe().unwrap());
        command.args(["tui::screens_process", "--exact", "--nocapture"]);
        command.env(ROLE, role);
        command.env("TERM", "xterm-256color");
        // A trace would push what is looked for out of the small screen.
        command.env("RUST_BACKTRACE", "0");
        command.env("VISUAL", "printf 'Measure twice.' >");
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().unwrap();
        let (sender, bytes) = channel();
        std::thread::spawn(move || {
            let mut buffer = [0; 8192];
            while let Ok(n @ 1..) = reader.read(&mut buffer) {
                if sender.send(buffer[..n].to_vec()).is_err() {
                    return;
                }
            }
        });
        Self {
            child,
            keys: pair.master.take_writer().unwrap(),
            master: pair.master,
            bytes,
            terminal: vt100::Parser::new(ROWS, COLUMNS, 0),
        }
    }

    /// Reads until the screen holds a text.
    fn until(&mut self, text: &str) {
        self.until_that(text, |screen| screen.contents().contains(text));
    }

    /// Reads until something holds of the screen.
    fn until_that(&mut self, what: &str, holds: impl Fn(&vt100::Screen) -> bool) {
        // A screen that goes on drawing must not keep a test waiting for ever.
        let end = std::time::Instant::now() + PATIENCE;
        while !holds(self.terminal.screen()) {
            let left = end.saturating_duration_since(std::time::Instant::now());
            match self.bytes.recv_timeout(left) {
                Ok(bytes) => self.terminal.process(&bytes),
                Err(why) => panic!("no `{what}`: {why}\n{}", self.terminal.screen().contents()),
            }
        }
    }

    fn pid(&self) -> Pid {
        let pid = i32::try_from(self.child.process_id().unwrap()).unwrap();
        Pid::from_raw(pid).unwrap()
    }

    fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
    }

    /// Reads to the end and checks that the terminal is as it was found.
    fn given_back(mut self) {
        self.until("left with");
        self.is_as_found();
        assert!(self.child.wait().unwrap().success());
        drop(self.master);
    }

    fn is_as_found(&self) {
        let screen = self.terminal.screen();
        assert!(!screen.alternate_screen());
        assert!(!screen.hide_cursor());
        assert!(!screen.bracketed_paste());
        assert_eq!(screen.mouse_protocol_mode(), vt100::MouseProtocolMode::None);
    }
}

#[test]
fn a_panic_of_the_drawing_thread_gives_the_terminal_back_and_is_read_there() {
    let mut screens = Screens::start("panic_drawing");
    screens.until("made up for a test");
    screens.press("MP");
    screens.until("the drawing thread gave up");
    screens.is_as_found();
    assert!(!screens.child.wait().unwrap().success());
}

#[test]
fn suspended_the_terminal_is_the_shells_and_continued_it_is_drawn_again() {
    let mut screens = Screens::start("run");
    screens.until("made up for a test");
    screens.press("\x1a");
    screens.until_that("the normal screen", |screen| !screen.alternate_screen());
    // Comes back once the process has stopped.
    let (_, status) = waitpid(Some(screens.pid()), WaitOptions::UNTRACED)
        .unwrap()
        .unwrap();
    assert!(status.stopped());
    screens.is_as_found();
    kill_process(screens.pid(), Signal::CONT).unwrap();
    screens.until_that("the screens", vt100::Screen::alternate_screen);
    screens.until("made up for a test");
    screens.press("qx");
    screens.until("ABORTING");
    screens.press("q");
    screens.given_back();
}

#[test]
fn a_closed_terminal_ends_the_screens() {
    let Screens {
        mut child,
        master,
        keys,
        bytes,
        ..
    } = {
        let mut screens = Screens::start("run");
        screens.until("made up for a test");
        screens
    };
    drop((keys, master));
    // The reading thread holds the last handle; it ends with the process at the latest.
    let pid = Pid::from_raw(i32::try_from(child.process_id().unwrap()).unwrap()).unwrap();
    kill_process(pid, Signal::HUP).unwrap();
    child.wait().unwrap();
    drop(bytes);
}

#[test]
fn a_run_is_left_going_and_the_terminal_given_back() {
    let mut screens = Screens::start("run");
    screens.until("made up for a test");
    screens.press("D");
    screens.until("goes on: ");
    let said = screens.terminal.screen().contents();
    assert!(!said.contains("sent Cancel"), "{said}");
    screens.given_back();
}

#[test]
fn settings_log_and_letters_lie_over_the_screen_and_go_again() {
    let mut screens = Screens::start("run");
    screens.until("made up for a test");
    screens.press("L");
    screens.until("Hoist what does not change.");
    screens.press("\x1b");
    screens.until_that("the log gone", |screen| {
        !screen.contents().contains("Hoist what does not change.")
    });
    screens.press("\x1bOQ");
    screens.until("theme             dark");
    screens.press("l");
    screens.until("theme             light");
    // The settings close first; a key for the screen behind them would be theirs.
    screens.press("\x1b");
    screens.until_that("the settings gone", |screen| {
        !screen.contents().contains("theme             light")
    });
    screens.press("D");
    screens.until("goes on: ");
    screens.given_back();
}

#[test]
fn the_mouse_chooses_screens_and_rows() {
    let mut screens = Screens::start("run");
    screens.until("made up for a test");
    screens.press("M");
    screens.until("Mouse captured");
    // The fifth tab, by the extended protocol: press and release.
    screens.press("\x1b[<0;30;2M\x1b[<0;30;2m");
    screens.until("Hoist what does not change.");
    screens.press("qx");
    screens.until("ABORTING");
    screens.press("q");
    screens.given_back();
}

#[test]
fn quitting_gives_the_terminal_back() {
    let mut screens = Screens::start("home");
    screens.until("Past runs");
    assert!(screens.terminal.screen().alternate_screen());
    screens.press("M?");
    screens.until("type to search");
    screens.press("\x1b");
    screens.until("starts the run");
    screens.press("q");
    screens.given_back();
}

#[test]
fn a_termination_signal_gives_the_terminal_back() {
    let mut screens = Screens::start("run");
    screens.until("made up for a test");
    kill_process(screens.pid(), Signal::TERM).unwrap();
    screens.given_back();
}

#[test]
fn the_persons_editor_has_the_terminal_to_itself_and_gives_it_back() {
    let mut screens = Screens::start("run");
    screens.until("made up for a test");
    screens.press("4");
    screens.until("Hoist");
    screens.press("E");
    screens.until("L-me1 edited and accepted, from the next round on");
    assert!(screens.terminal.screen().alternate_screen());
    screens.press("qx");
    screens.until("ABORTING");
    screens.press("q");
    screens.until("text: \"Measure twice.\"");
    screens.given_back();
}

#[test]
fn a_resize_is_drawn_in_the_new_size() {
    let mut screens = Screens::start("home");
    screens.until("Past runs");
    let size = PtySize {
        rows: 10,
        cols: 40,
        ..PtySize::default()
    };
    screens.master.resize(size).unwrap();
    screens.until("larger than");
    screens.press("q");
    screens.given_back();
}

#[test]
fn a_panic_elsewhere_is_told_on_the_screen_instead_of_over_it() {
    let mut screens = Screens::start("panic");
    screens.until("made up for a test");
    screens.press("q");
    screens.until("The run is going");
    screens.press("x");
    screens.press("q");
    screens.given_back();
}

#[test]
fn the_key_table_for_readers_is_the_table_in_force() {
    let table = lessonl::config::keymap::markdown_table();
    assert!(
        table
            .starts_with("| Key | Meaning | Where |\n|---|---|---|\n| `r` | Start the run (Home);")
    );
}

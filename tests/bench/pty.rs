//! The real program behind a pseudo-terminal: every frame is timed where its synchronised update ends.

use std::io::{Read, Write};
use std::num::NonZero;
use std::path::Path;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

const BEGIN: &[u8] = b"\x1b[?2026h";
const END: &[u8] = b"\x1b[?2026l";

/// A frame that reached the terminal.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Frame {
    /// When its last byte was read.
    pub at: Instant,
    /// Its bytes.
    pub bytes: usize,
}

/// A process with a terminal.
pub(crate) struct Pty {
    child: Box<dyn Child + Send + Sync>,
    master: Box<dyn MasterPty + Send>,
    keys: Arc<Mutex<Box<dyn Write + Send>>>,
    chunks: Receiver<(Instant, Vec<u8>)>,
    unread: Vec<u8>,
    stamp: Instant,
    /// What the terminal shows.
    pub terminal: vt100::Parser,
    /// When it was started.
    pub started: Instant,
}

/// The program with its folders below `home`, as in a terminal with true colour and a dark background.
fn command(home: &Path, arguments: &[&str]) -> CommandBuilder {
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_lessonl"));
    command.args(arguments);
    command.env_clear();
    let pass = ["PATH", "HOME"];
    for (name, value) in pass.iter().filter_map(|n| Some((n, std::env::var_os(n)?))) {
        command.env(name, value);
    }
    command.env("TERM", "xterm-256color");
    command.env("COLORTERM", "truecolor");
    command.env("OLLAMA_HOST", "127.0.0.1:1");
    command.env("LESSONL_DATA_DIR", home.join("data"));
    command.env("XDG_CACHE_HOME", home.join("cache"));
    command.env("XDG_STATE_HOME", home.join("state"));
    command.env("XDG_CONFIG_HOME", home.join("config"));
    command.cwd(home);
    command
}

impl Pty {
    /// Starts it.
    pub(crate) fn start(home: &Path, arguments: &[&str], columns: u16, rows: u16) -> Self {
        let size = PtySize {
            rows,
            cols: columns,
            ..PtySize::default()
        };
        let pair = native_pty_system().openpty(size).unwrap();
        let mut reader = pair.master.try_clone_reader().unwrap();
        let keys = Arc::new(Mutex::new(pair.master.take_writer().unwrap()));
        let answering = Arc::clone(&keys);
        let (sender, chunks) = channel();
        std::thread::spawn(move || {
            let mut buffer = [0; 1 << 16];
            while let Ok(n @ 1..) = reader.read(&mut buffer) {
                let bytes = buffer[..n].to_vec();
                let asked = bytes.windows(5).any(|w| w == b"]11;?");
                if sender.send((Instant::now(), bytes)).is_err() {
                    return;
                }
                if asked {
                    // What a dark terminal answers when it is asked for its colours and what it is.
                    let mut keys = answering.lock().unwrap();
                    let said = b"\x1b]10;rgb:dddd/dddd/dddd\x1b\\\x1b]11;rgb:1111/1111/1111\x1b\\\x1b[?62;22c";
                    keys.write_all(said).unwrap();
                    keys.flush().unwrap();
                }
            }
        });
        let started = Instant::now();
        let child = pair.slave.spawn_command(command(home, arguments)).unwrap();
        Self {
            child,
            master: pair.master,
            keys,
            chunks,
            unread: Vec::new(),
            stamp: started,
            terminal: parser(columns, rows),
            started,
        }
    }

    /// The next frame, unless none comes in time.
    pub(crate) fn frame(&mut self, patience: Duration) -> Option<Frame> {
        let until = Instant::now() + patience;
        loop {
            if let Some(end) = position(&self.unread, END) {
                let rest = self.unread.split_off(end + END.len());
                let whole = std::mem::replace(&mut self.unread, rest);
                let begin = position(&whole, BEGIN).unwrap_or(0);
                self.terminal.process(&whole);
                return Some(Frame {
                    at: self.stamp,
                    bytes: whole.len() - begin,
                });
            }
            let wait = until.saturating_duration_since(Instant::now());
            let (at, bytes) = self.chunks.recv_timeout(wait).ok()?;
            self.stamp = at;
            self.unread.extend(bytes);
        }
    }

    /// Frames until something is seen; panics with the screen when it is not.
    pub(crate) fn until(&mut self, text: &str) -> Frame {
        let end = Instant::now() + Duration::from_secs(120);
        loop {
            let Some(frame) = self.frame(end.saturating_duration_since(Instant::now())) else {
                let screen = self.terminal.screen().contents();
                panic!("never saw `{text}`:\n{screen}");
            };
            if self.terminal.screen().contents().contains(text) {
                return frame;
            }
        }
    }

    /// Frames that come within a time.
    pub(crate) fn during(&mut self, time: Duration) -> Vec<Frame> {
        let until = Instant::now() + time;
        let mut frames = Vec::new();
        while let Some(left) = until.checked_duration_since(Instant::now()) {
            frames.extend(self.frame(left));
        }
        frames
    }

    /// Presses keys; gives back when.
    pub(crate) fn press(&mut self, keys: &str) -> Instant {
        let mut writer = self.keys.lock().unwrap();
        let at = Instant::now();
        writer.write_all(keys.as_bytes()).unwrap();
        writer.flush().unwrap();
        at
    }

    /// Presses a key and waits for the frame that answers it.
    pub(crate) fn answered(&mut self, key: &str) -> Option<Duration> {
        while self.frame(Duration::ZERO).is_some() {}
        let pressed = self.press(key);
        let frame = self.frame(Duration::from_secs(5))?;
        Some(frame.at.saturating_duration_since(pressed))
    }

    /// Changes the terminal's size.
    pub(crate) fn resize(&mut self, columns: u16, rows: u16) {
        let size = PtySize {
            rows,
            cols: columns,
            ..PtySize::default()
        };
        self.master.resize(size).unwrap();
        let (rows, columns) = (rows.try_into().unwrap(), columns.try_into().unwrap());
        self.terminal.screen_mut().set_size(rows, columns);
    }

    /// Processor time of all its threads so far.
    pub(crate) fn cpu(&self) -> Duration {
        let folder = format!("/proc/{}/task", self.pid());
        let tasks = std::fs::read_dir(folder).unwrap();
        let spent = tasks.filter_map(|task| {
            let text = std::fs::read_to_string(task.ok()?.path().join("schedstat")).ok()?;
            text.split(' ').next()?.parse::<u64>().ok()
        });
        Duration::from_nanos(spent.sum())
    }

    /// Processor time of the thread that draws.
    pub(crate) fn drawing(&self) -> Duration {
        let pid = self.pid();
        let text = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/schedstat")).unwrap();
        Duration::from_nanos(text.split(' ').next().unwrap().parse().unwrap())
    }

    /// Memory it holds now, MB.
    pub(crate) fn memory(&self) -> f64 {
        let text = std::fs::read_to_string(format!("/proc/{}/status", self.pid())).unwrap();
        let line = text.lines().find(|line| line.starts_with("VmRSS")).unwrap();
        let kilobytes: f64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
        kilobytes / 1024.0
    }

    fn pid(&self) -> u32 {
        self.child.process_id().unwrap()
    }

    /// Leaves by the keys given and waits; panics when they are no way out.
    pub(crate) fn leave(mut self, keys: &str) {
        self.press(keys);
        let end = Instant::now() + Duration::from_secs(20);
        let left = || end.saturating_duration_since(Instant::now());
        while self.chunks.recv_timeout(left()).is_ok() {}
        if left().is_zero() {
            self.child.kill().unwrap();
            panic!("`{keys}` did not leave");
        }
        self.child.wait().unwrap();
    }
}

fn parser(columns: u16, rows: u16) -> vt100::Parser {
    let size = |cells| NonZero::new(cells).unwrap();
    vt100::Parser::new(size(rows), size(columns), 0)
}

fn position(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|window| window == part)
}

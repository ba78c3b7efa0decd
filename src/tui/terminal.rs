//! The terminal: taken over and always given back: on quit, panic, suspension, the person's editor and signals.
//! Never draws anything itself.

use std::cell::Cell;
use std::io::{self, BufWriter, Stdout, Write, stdout};
use std::panic;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::widgets::text::one_line;
use crossterm::clipboard::CopyToClipboard;
use crossterm::event::{
    DisableBracketedPaste, DisableFocusChange, DisableMouseCapture, EnableBracketedPaste,
    EnableFocusChange, EnableMouseCapture,
};
use crossterm::style::Print;
use crossterm::terminal::{
    BeginSynchronizedUpdate, Clear, ClearType, EndSynchronizedUpdate, EnterAlternateScreen,
    LeaveAlternateScreen, SetTitle, disable_raw_mode, enable_raw_mode,
};
use crossterm::{cursor, execute, queue};
use ratatui::Frame;
use ratatui::backend::CrosstermBackend;
use terminal_colorsaurus::{QueryOptions, ThemeMode, theme_mode};

type Backend = CrosstermBackend<Counted>;

/// The buffered output, and how many bytes went through it.
pub(crate) struct Counted {
    inner: BufWriter<Stdout>,
    bytes: Rc<Cell<u64>>,
}

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.bytes.set(self.bytes.get() + written as u64);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// Whether the terminal is taken over at the moment. One process has one terminal.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// Whether the terminal's title was changed, and its own is to be brought back.
static TITLED: AtomicBool = AtomicBool::new(false);

/// The terminal while it is ours. Dropping it gives it back.
pub(crate) struct Terminal {
    inner: ratatui::Terminal<Backend>,
    mouse: bool,
    bytes: Rc<Cell<u64>>,
    /// Its title as it was set last.
    titled: String,
}

/// Gives the terminal back; does nothing when it is not taken. Errors are of no use here: it may be gone.
pub(crate) fn restore() {
    if !TAKEN.swap(false, Ordering::SeqCst) {
        return;
    }
    let mut out = stdout();
    if TITLED.swap(false, Ordering::SeqCst) {
        let _ = execute!(out, Print(POP_TITLE));
    }
    let _ = execute!(
        out,
        EndSynchronizedUpdate,
        DisableMouseCapture,
        DisableFocusChange,
        DisableBracketedPaste,
        LeaveAlternateScreen,
        cursor::Show
    );
    let _ = disable_raw_mode();
}

impl Terminal {
    /// Takes the terminal over.
    pub(crate) fn enter(mouse: bool) -> io::Result<Self> {
        take(mouse)?;
        let bytes = Rc::default();
        match ratatui::Terminal::new(backend(&bytes)) {
            Ok(inner) => Ok(Self {
                inner,
                mouse,
                bytes,
                titled: String::new(),
            }),
            Err(error) => {
                restore();
                Err(error)
            }
        }
    }

    /// Takes it over again, whatever was done to it meanwhile, and forgets what was on screen.
    pub(crate) fn reenter(&mut self) -> io::Result<()> {
        restore();
        take(self.mouse)?;
        self.titled.clear();
        // Asking ratatui to clear would ask the terminal for its cursor, and the answer would be taken for keys.
        execute!(stdout(), Clear(ClearType::All))?;
        self.inner = ratatui::Terminal::new(backend(&self.bytes))?;
        // The one that is dropped shows the cursor.
        execute!(stdout(), cursor::Hide)
    }

    /// Size in cells.
    pub(crate) fn size(&self) -> (u16, u16) {
        self.inner
            .size()
            .map_or((80, 24), |size| (size.width, size.height))
    }

    /// Draws one frame as one synchronised update; gives back the bytes written.
    pub(crate) fn draw(&mut self, render: impl FnOnce(&mut Frame)) -> io::Result<u64> {
        let before = self.bytes.get();
        queue!(self.inner.backend_mut(), BeginSynchronizedUpdate)?;
        let drawn = self.inner.draw(render).map(|_| ());
        execute!(self.inner.backend_mut(), EndSynchronizedUpdate)?;
        drawn.map(|()| self.bytes.get() - before)
    }

    /// Captures the mouse or leaves it to the terminal.
    pub(crate) fn mouse(&mut self, capture: bool) -> io::Result<()> {
        self.mouse = capture;
        let out = self.inner.backend_mut();
        if capture {
            execute!(out, EnableMouseCapture)
        } else {
            execute!(out, DisableMouseCapture)
        }
    }

    /// Rings the bell.
    pub(crate) fn bell(&mut self) -> io::Result<()> {
        execute!(self.inner.backend_mut(), Print('\u{7}'))
    }

    /// Has the terminal show a notification of the desktop. One that knows nothing of them ignores it.
    pub(crate) fn notify(&mut self, words: &str) -> io::Result<()> {
        let terminal = std::env::var("TERM").unwrap_or_default();
        let words: String = one_line(words).chars().take(200).collect();
        let text = match terminal.as_str() {
            // The console would print it.
            "linux" | "dumb" => return Ok(()),
            name if name.starts_with("rxvt") || name.starts_with("foot") => {
                format!("\u{1b}]777;notify;lessonl;{words}\u{1b}\\")
            }
            _ => format!("\u{1b}]9;lessonl: {words}\u{7}"),
        };
        execute!(self.inner.backend_mut(), Print(text))
    }

    /// Sets the terminal's title; its own comes back at the end.
    pub(crate) fn title(&mut self, words: &str) -> io::Result<()> {
        if self.titled == words || std::env::var("TERM").is_ok_and(|name| name == "linux") {
            return Ok(());
        }
        self.titled = words.to_owned();
        let out = self.inner.backend_mut();
        if !TITLED.swap(true, Ordering::SeqCst) {
            execute!(out, Print(PUSH_TITLE))?;
        }
        execute!(out, SetTitle(words))
    }

    /// Puts text on the clipboard (OSC 52: works over remote shells as well).
    pub(crate) fn copy(&mut self, text: &str) -> io::Result<()> {
        let out = self.inner.backend_mut();
        execute!(out, CopyToClipboard::to_clipboard_from(text))?;
        out.flush()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        restore();
    }
}

fn backend(bytes: &Rc<Cell<u64>>) -> Backend {
    CrosstermBackend::new(Counted {
        inner: BufWriter::with_capacity(1 << 16, stdout()),
        bytes: Rc::clone(bytes),
    })
}

fn take(mouse: bool) -> io::Result<()> {
    enable_raw_mode()?;
    TAKEN.store(true, Ordering::SeqCst);
    let mut out = stdout();
    execute!(
        out,
        EnterAlternateScreen,
        EnableBracketedPaste,
        EnableFocusChange,
        cursor::Hide
    )?;
    if mouse {
        execute!(out, EnableMouseCapture)?;
    }
    Ok(())
}

/// The bundled theme that fits the terminal's background; `None` when it does not say within 150 ms.
pub(crate) fn theme_by_background() -> Option<&'static str> {
    let mut options = QueryOptions::default();
    options.timeout = Duration::from_millis(150);
    match theme_mode(options) {
        Ok(ThemeMode::Light) => Some("light"),
        Ok(ThemeMode::Dark) => Some("dark"),
        Err(_) => None,
    }
}

/// Has the terminal keep its title, and bring it back.
const PUSH_TITLE: &str = "\u{1b}[22;0t";
const POP_TITLE: &str = "\u{1b}[23;0t";

type Hook = dyn Fn(&panic::PanicHookInfo<'_>) + Send + Sync;

/// While it lives, a panic of the drawing thread gives the terminal back before anything is printed, and panics of other
/// threads are collected instead of being printed over the screen.
pub(crate) struct PanicGuard {
    before: Arc<Hook>,
    collected: Arc<Mutex<Vec<String>>>,
}

impl PanicGuard {
    /// Installs the hook for the calling thread.
    pub(crate) fn install() -> Self {
        let before: Arc<Hook> = Arc::from(panic::take_hook());
        let collected = Arc::new(Mutex::new(Vec::new()));
        let (inner, kept) = (Arc::clone(&before), Arc::clone(&collected));
        let mine = std::thread::current().id();
        panic::set_hook(Box::new(move |info| {
            if std::thread::current().id() == mine {
                restore();
                inner(info);
            } else if let Ok(mut kept) = kept.lock() {
                kept.push(info.to_string());
            }
        }));
        Self { before, collected }
    }

    /// Panics of other threads since the last call.
    pub(crate) fn collected(&self) -> Vec<String> {
        self.collected
            .lock()
            .map(|mut kept| std::mem::take(&mut *kept))
            .unwrap_or_default()
    }
}

impl Drop for PanicGuard {
    fn drop(&mut self) {
        // Hooks cannot be changed while unwinding; the process is on its way out then.
        if !std::thread::panicking() {
            let before = Arc::clone(&self.before);
            panic::set_hook(Box::new(move |info| before(info)));
        }
    }
}

//! Programs of the person's own that the screens hand a text to: the editor, and the clipboard of tmux. Never takes the
//! terminal over or gives it back.

use std::io::{self, Write as _};
use std::process::{Command, Stdio};

use super::msg::EditTarget;
use super::terminal::Terminal;

/// Opens the person's own editor on a text and reads it back.
pub(crate) fn edit(target: &EditTarget, text: &str) -> Result<String, String> {
    let editor = ["VISUAL", "EDITOR"]
        .iter()
        .find_map(|name| std::env::var(name).ok().filter(|v| !v.trim().is_empty()))
        .unwrap_or_else(|| "vi".to_owned());
    let failed = |error: io::Error| format!("could not open the editor `{editor}`: {error}");
    let (prefix, suffix) = match target {
        EditTarget::Lesson(..) | EditTarget::NewLesson(_) | EditTarget::Banked(_) => {
            ("lesson-", ".txt")
        }
        EditTarget::Candidate(..) => ("candidate-", ".cpp"),
        EditTarget::Hint(..) => ("hint-", ".txt"),
        EditTarget::Template(_) => ("prompt-", ".md"),
    };
    let file = tempfile::Builder::new()
        .prefix(prefix)
        .suffix(suffix)
        .tempfile()
        .map_err(failed)?;
    std::fs::write(file.path(), text).map_err(failed)?;
    let status = Command::new("sh")
        .arg("-c")
        .arg(format!("{editor} \"$1\""))
        .arg("sh")
        .arg(file.path())
        .status()
        .map_err(failed)?;
    if !status.success() {
        return Err(format!(
            "the editor `{editor}` failed; set EDITOR to another one"
        ));
    }
    std::fs::read_to_string(file.path()).map_err(failed)
}

/// Writes a text into a file that is not there yet.
pub(crate) fn write_new(name: &str, text: &str) -> io::Result<()> {
    let mut file = std::fs::File::create_new(name)?;
    file.write_all(text.as_bytes())
}

/// Puts a text on the clipboard; gives what to say of it. Inside tmux by tmux itself, which by default drops what a program
/// sends to the terminal for it; else by the terminal, which does not say whether it took it.
pub(crate) fn copy(terminal: &mut Terminal, text: &str) -> io::Result<String> {
    let lines = text.lines().count();
    let plural = if lines == 1 { "" } else { "s" };
    if std::env::var_os("TMUX").is_some_and(|socket| !socket.is_empty()) && buffer(text) {
        return Ok(format!("Copied {lines} line{plural}"));
    }
    terminal.copy(text)?;
    Ok(format!(
        "{lines} line{plural} sent to the terminal for its clipboard (OSC 52)"
    ))
}

/// Has tmux take a text into its buffer and pass it on to the clipboard; whether it did.
fn buffer(text: &str) -> bool {
    // versions before 3.2 do not pass it on
    [&["load-buffer", "-w", "-"][..], &["load-buffer", "-"]]
        .iter()
        .any(|arguments| said(arguments, text).unwrap_or(false))
}

fn said(arguments: &[&str], text: &str) -> io::Result<bool> {
    let mut tmux = Command::new("tmux")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    if let Some(mut input) = tmux.stdin.take() {
        input.write_all(text.as_bytes())?;
    }
    Ok(tmux.wait()?.success())
}

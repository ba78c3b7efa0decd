//! What a command of the person's own prints, as a password manager's does. Runs it as the person would; never shows what
//! it printed, not even where it failed.

use std::process::{Command, Stdio};

/// Longest output that is taken, in bytes.
const LONGEST: usize = 64 * 1024;

/// The output of a shell command, without white space around it.
///
/// # Errors
/// If it cannot be started, fails, or prints nothing or no text.
pub fn said_by(command: &str) -> Result<String, String> {
    let output = Command::new("sh")
        .args(["-c", command])
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("it cannot be started: {error}"))?;
    if !output.status.success() {
        return Err(format!("it failed: {}", output.status));
    }
    let text = String::from_utf8(output.stdout).unwrap_or_default();
    match text.trim() {
        "" => Err("it printed no text".to_owned()),
        long if long.len() > LONGEST => Err("it printed too much".to_owned()),
        text => Ok(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_says_a_word_or_why_not_and_never_what_it_printed() {
        assert_eq!(said_by("echo ' word '").as_deref(), Ok("word"));
        let failed = said_by("echo secret; exit 3").unwrap_err();
        assert!(
            failed.contains('3') && !failed.contains("secret"),
            "{failed}"
        );
        assert!(said_by("true").is_err());
    }
}

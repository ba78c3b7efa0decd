//! A response → what stands in it, read to its end or to the point where nothing else is going to come. Never asks again
//! and never decides whether what it read is an answer.

use std::pin::pin;

use futures_util::StreamExt;

use super::circle::Watch;
use super::failure::{Addressee, Trouble};
use super::kinds::{Retry, page_title};
use super::sse::{Part, Phase, ReadError, Source, parts};
use super::wire::{Collected, Finish, Taken, parsed};
use crate::AgentPulse;
use crate::reading::ANSWER_BYTES;
use crate::text::head;

/// Most of a response that is read where a whole JSON document came instead of a stream.
const DOCUMENT_BYTES: usize = 8 * 1024 * 1024;
/// How many times its limit a server may write before it is cut off. A token is about four bytes.
const BEYOND: usize = 4 * 4;
/// The same for reasoning, which some providers do not count against the limit: so many tokens at least.
const REASONING: usize = 16 * 1024;

/// Why nothing more was read.
pub(super) enum Ended {
    /// The stream, or the document, ended.
    Itself {
        /// How it began.
        beginning: String,
    },
    /// We had enough.
    ByUs,
    /// It goes round in circles.
    Circle,
    /// It goes on far beyond what it was allowed.
    Endless,
    /// It broke.
    Broken(ReadError),
}

type Pulse<'a> = &'a (dyn Fn(AgentPulse) + Send + Sync);

/// Reads a response to its end: a stream of events, or one JSON document, told apart by the first byte. `most` is how
/// many tokens it was allowed.
pub(super) async fn collect(
    whom: &Addressee,
    mut source: Source,
    phase: Phase,
    most: u32,
    collected: &mut Collected,
    pulse: Pulse<'_>,
) -> Result<Ended, Trouble> {
    let mut begun = Vec::new();
    let first = loop {
        match source.next().await {
            Ok(Some(chunk)) => begun.extend_from_slice(&chunk),
            Ok(None) => break None,
            Err(error) => return Ok(Ended::Broken(error)),
        }
        if let Some(first) = first_byte(&begun) {
            break Some(first);
        }
    };
    if matches!(first, Some(b'{' | b'[')) {
        while begun.len() < DOCUMENT_BYTES {
            match source.next().await {
                Ok(Some(chunk)) => begun.extend_from_slice(&chunk),
                Ok(None) => break,
                Err(error) => return Ok(Ended::Broken(error)),
            }
        }
        let text = String::from_utf8_lossy(&begun);
        return document(whom, text.trim_start_matches('\u{feff}'), collected, pulse);
    }
    let beginning = String::from_utf8_lossy(&begun[..begun.len().min(1024)]).into_owned();
    let mut watches = [Watch::with_patience(1), Watch::with_patience(3)];
    let mut stray = String::new();
    let mut parts = pin!(parts(source.into_stream(begun)));
    while let Some(part) = parts.next().await {
        let reasoned = collected.reasoning;
        let thought = collected.thoughts().len();
        let taken = match part {
            Ok(Part::Event { name, data }) => collected.take(&name, &data),
            Ok(Part::Stray(line)) => taken_astray(&mut stray, &line, collected),
            Err(error) => return Ok(Ended::Broken(error)),
        };
        match taken {
            Taken::Text(text) => {
                phase.answering();
                pulse(AgentPulse::Delta(head(&text, ANSWER_BYTES).to_owned()));
            }
            Taken::Reasoning => {
                phase.answering();
                let text = collected.thoughts().get(thought..).unwrap_or_default();
                pulse(AgentPulse::Reasoned {
                    bytes: collected.reasoning - reasoned,
                    text: text.to_owned(),
                });
            }
            Taken::Done => return Ok(Ended::ByUs),
            Taken::Failed(error) => {
                let mut trouble = whom.inside(&error);
                if !collected.is_empty() {
                    trouble.retry = Retry::Never;
                }
                return Err(trouble);
            }
            Taken::Nothing => {}
        }
        if collected.finish.is_some() {
            phase.finished();
            continue;
        }
        if collected.text().len() > ANSWER_BYTES {
            collected.finish = Some(Finish::Complete);
            return Ok(Ended::ByUs);
        }
        let most = (most as usize).max(1024);
        if collected.text().len() > most.saturating_mul(BEYOND)
            || collected.reasoning > most.max(REASONING).saturating_mul(BEYOND)
        {
            return Ok(Ended::Endless);
        }
        let [text, thoughts] = &mut watches;
        if text.sees(collected.text()) || thoughts.sees(collected.thoughts()) {
            return Ok(Ended::Circle);
        }
    }
    Ok(Ended::Itself { beginning })
}

/// One JSON document, or one to a line.
fn document(
    whom: &Addressee,
    text: &str,
    collected: &mut Collected,
    pulse: Pulse<'_>,
) -> Result<Ended, Trouble> {
    let whole = parsed(text).map(|value| vec![value]);
    let lines = || {
        let lines = text.lines().filter(|line| !line.trim().is_empty());
        lines.map(parsed).collect::<Option<Vec<_>>>()
    };
    let Some(values) = whole.or_else(lines) else {
        return Err(whom.protocol(&format!("no chat answer: {}", head(text, 1024))));
    };
    for value in &values {
        match collected.take_value(value) {
            Taken::Failed(error) => {
                let mut trouble = whom.inside(&error);
                if !collected.is_empty() {
                    trouble.retry = Retry::Never;
                }
                return Err(trouble);
            }
            Taken::Text(text) => pulse(AgentPulse::Delta(head(&text, ANSWER_BYTES).to_owned())),
            Taken::Reasoning | Taken::Nothing | Taken::Done => {}
        }
    }
    // A document that could be read is whole by itself.
    collected.done = true;
    Ok(Ended::Itself {
        beginning: head(text, 1024).to_owned(),
    })
}

/// A line outside of all events: JSON without its framing, perhaps over several lines.
fn taken_astray(stray: &mut String, line: &str, collected: &mut Collected) -> Taken {
    let begins = line.trim_start().starts_with(['{', '[']);
    if stray.is_empty() && !begins {
        return Taken::Nothing;
    }
    if stray.len() > DOCUMENT_BYTES {
        return Taken::Nothing;
    }
    stray.push_str(line);
    stray.push('\n');
    match parsed(stray) {
        Some(value) => {
            stray.clear();
            collected.take_value(&value)
        }
        None => Taken::Nothing,
    }
}

/// The first byte that is neither white space nor part of a byte order mark.
fn first_byte(bytes: &[u8]) -> Option<u8> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if b"\xef\xbb\xbf".starts_with(bytes) {
        return None;
    }
    bytes
        .iter()
        .copied()
        .find(|byte| !byte.is_ascii_whitespace())
}

/// Why a response that ended is no answer, in words; `None` where there is nothing to say but that it ended.
pub(super) fn instead(beginning: &str) -> Option<String> {
    match page_title(beginning) {
        Some(title) => Some(format!("a web page came instead of an answer: {title}")),
        None if beginning.trim().is_empty() => None,
        None => Some(format!("no answer in the response: {beginning}")),
    }
}

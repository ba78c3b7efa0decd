//! A model's text → the parts of an answer and what is odd about it. Pure; never panics, whatever the text; never judges
//! whether code is right (the compiler and the harness do).

mod code;
mod edits;
mod fences;
mod plans;
mod python;
mod sentences;

use super::text::{head, is_harmless};
use crate::domain::ask::{Defect, Found, Regions};
use fences::{Block, Closing};

/// The first block of an answer that may be C++, where there is one.
pub(super) fn only_block(text: &str) -> Option<String> {
    let mut blocks = fences::parts(text).blocks.into_iter();
    let found = blocks.find(Block::may_be_cpp)?;
    Some(found.text)
}
pub(super) use plans::{plan, recall, reflection};
pub(super) use python::{python, tests};

/// Most of an answer that is read, in bytes.
pub(super) const ANSWER_BYTES: usize = 256 * 1024;
/// Most of the words around the code that is kept, in bytes.
const PROSE_BYTES: usize = 4096;

/// What stands in a text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Reading {
    /// The text, bounded, without reasoning and control characters.
    pub text: String,
    /// The code in it, for a rewrite.
    pub code: Option<String>,
    /// What else is in it, for a recall or a plan.
    pub found: Found,
    /// The words around the code, or the lesson.
    pub prose: String,
    /// Bytes of reasoning that were left out.
    pub reasoning: usize,
    /// What is odd.
    pub defects: Vec<Defect>,
}

/// Reads the answer to a rewrite ask about regions of a project: the whole document after what it says.
pub(super) fn regions(raw: &str, document: &str, regions: &Regions, entry_name: &str) -> Reading {
    let mut reading = cleaned(raw);
    if reading.text.trim().is_empty() {
        return reading;
    }
    let parts = fences::parts(&reading.text);
    reading.prose = prose(&parts.around);
    let names: Vec<&str> = regions
        .places
        .iter()
        .map(|(name, _)| name.as_str())
        .collect();
    let files: Vec<&str> = regions
        .places
        .iter()
        .map(|(_, file)| file.as_str())
        .collect();
    let found = edits::edits(&reading.text);
    let changed = match found.as_slice() {
        [] => edits::whole(&parts, document, &names, entry_name)
            .ok_or_else(|| "it holds neither the whole region nor edits of it".to_owned()),
        found => edits::apply(document, found, &files),
    };
    match changed {
        Ok(text) => reading.code = Some(text),
        Err(_) if found.is_empty() && parts.blocks.is_empty() => {
            reading.defects.push(Defect::NoCode);
        }
        Err(why) => {
            reading.defects.push(Defect::DoesNotApply);
            reading.found = Found::Unapplied(why);
        }
    }
    reading
}

/// Reads the answer to a rewrite ask: the code that defines `entry_name`, or edits of `original`, and the words around it.
pub(super) fn function(raw: &str, original: &str, entry_name: &str) -> Reading {
    let mut reading = rewrite(raw, entry_name);
    let found = edits::edits(&reading.text);
    if found.is_empty() {
        return reading;
    }
    match edits::apply(original, &found, &["original.cpp"]) {
        Ok(text) => {
            reading.code = Some(text);
            reading.defects.retain(|defect| *defect != Defect::NoCode);
        }
        Err(why) => {
            reading.code = None;
            reading.defects.push(Defect::DoesNotApply);
            reading.found = Found::Unapplied(why);
        }
    }
    reading
}

/// Reads the answer to a rewrite ask: the code that defines `entry_name`, and the words around it.
pub(super) fn rewrite(raw: &str, entry_name: &str) -> Reading {
    let mut reading = cleaned(raw);
    if reading.text.trim().is_empty() {
        return reading;
    }
    let parts = fences::parts(&reading.text);
    if let Some(block) = best(&parts.blocks, entry_name) {
        reading.code = Some(finished(&block.text));
        if parts.blocks.len() > 1 {
            reading.defects.push(Defect::SeveralFences);
        }
        if block.closing == Closing::Missing {
            reading.defects.push(Defect::UnclosedFence);
        }
        reading.prose = prose(&parts.around);
    } else if let Some(bare) = code::bare(&parts.around, entry_name) {
        reading.code = Some(finished(&bare.code));
        reading.defects.push(Defect::NoFence);
        reading.prose = prose(&bare.around);
    } else {
        reading.defects.push(Defect::NoCode);
        reading.prose = prose(&parts.around);
    }
    reading
}

/// Reads the answer to a lesson ask: its first one or two sentences.
pub(super) fn lesson(raw: &str) -> Reading {
    let mut reading = cleaned(raw);
    if reading.text.trim().is_empty() {
        return reading;
    }
    reading.prose = sentences::first_two(&fences::parts(&reading.text).around);
    if reading.prose.is_empty() {
        reading.defects.push(Defect::Empty);
    }
    reading
}

/// Among the blocks that define the entry the last, closed ones first; else the largest that can be C++ at all.
fn best<'a>(blocks: &'a [Block], entry_name: &str) -> Option<&'a Block> {
    let defining: Vec<&Block> = blocks
        .iter()
        .filter(|block| code::defines(&block.text, entry_name))
        .collect();
    let closed = |block: &&&Block| block.closing == Closing::Present;
    defining
        .iter()
        .rfind(closed)
        .or(defining.last())
        .copied()
        .or_else(|| {
            blocks
                .iter()
                .filter(|block| block.may_be_cpp() && code::looks_like_code(&block.text))
                .max_by_key(|block| block.text.len())
        })
}

fn finished(code: &str) -> String {
    format!("{}\n", code.trim_matches('\n').trim_end())
}

fn prose(text: &str) -> String {
    head(text.trim(), PROSE_BYTES).trim_end().to_owned()
}

/// Bounds the text, mends line ends, removes control characters and reasoning.
fn cleaned(raw: &str) -> Reading {
    let mut defects = Vec::new();
    let bounded = head(raw, ANSWER_BYTES);
    if bounded.len() < raw.len() {
        defects.push(Defect::TooLong);
    }
    let bounded = bounded.trim_start_matches('\u{feff}');
    let lines = bounded.replace("\r\n", "\n").replace('\r', "\n");
    let visible: String = lines.chars().filter(|c| is_harmless(*c)).collect();
    if visible.len() < lines.len() {
        defects.push(Defect::ControlCharacters);
    }
    let text = without_reasoning(&visible);
    let reasoning = visible.len() - text.len();
    if text.trim().is_empty() {
        defects.push(if reasoning > 0 {
            Defect::OnlyReasoning
        } else {
            Defect::Empty
        });
    }
    Reading {
        text,
        reasoning,
        defects,
        ..Reading::default()
    }
}

const OPENING: [&str; 2] = ["<think>", "<thinking>"];
const CLOSING: [&str; 2] = ["</think>", "</thinking>"];

/// Removes `<think>…</think>`. Templates often emit the opening tag themselves: then everything before the closing one goes.
fn without_reasoning(text: &str) -> String {
    let tag = |rest: &str, tags: &[&str]| {
        let found = tags.iter().find(|tag| rest.starts_with(**tag));
        found.map(|tag| tag.len())
    };
    let mut kept = String::new();
    let mut from = 0;
    let mut inside = false;
    for (at, _) in text.match_indices('<') {
        if let Some(length) = tag(&text[at..], &CLOSING) {
            if !inside {
                kept.clear();
            }
            inside = false;
            from = at + length;
        } else if !inside && let Some(length) = tag(&text[at..], &OPENING) {
            kept.push_str(&text[from..at]);
            inside = true;
            from = at + length;
        }
    }
    if !inside {
        kept.push_str(&text[from..]);
    }
    kept
}

#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod tests;

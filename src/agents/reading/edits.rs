//! Edits in an answer, and what becomes of the given code by them: search/replace blocks and unified diffs in the forms
//! that models write. Pure; never panics, whatever the text, and never yields anything but the given document with its
//! regions changed. Tolerant where that cannot change what was meant: white space, margins, line numbers that drifted.

mod apply;
mod hunks;
mod margin;
mod search;

pub(super) use apply::{Misfit, Target, apply};

/// Most edits of one answer.
const MOST: usize = 200;

/// Lines to be replaced and what replaces them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Edit {
    /// In which ways it may be divided into old and new lines, the likeliest first.
    splits: Vec<Split>,
    /// Line of the old text from 0 as the diff says, a hint among equal places.
    hint: Option<usize>,
    /// The file it names.
    file: Option<String>,
    /// Whether its end was not there.
    unclosed: bool,
}

/// Old and new lines.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Split {
    old: Vec<String>,
    new: Vec<String>,
    /// Lines at the beginning and end that only say where.
    context: (usize, usize),
}

/// The edits in a text, in order.
pub(super) fn edits(text: &str) -> Vec<Edit> {
    let blocks = search::edits(text);
    let line = |wanted: &dyn Fn(&str) -> bool| text.lines().position(wanted);
    // A difference may itself be about lines that look like a block.
    let begun = line(&search::is_opener).unwrap_or(usize::MAX);
    let within = line(&|line| hunks::is_head(line)).is_some_and(|head| head < begun);
    if !within && blocks.iter().any(|edit| !edit.splits.is_empty()) {
        return blocks;
    }
    let hunks = hunks::edits(text);
    if hunks.is_empty() { blocks } else { hunks }
}

/// An edit out of the lines of one block and those of another.
pub(super) fn replacement(old: &str, new: &str) -> Edit {
    let lines = |text: &str| text.trim_matches('\n').lines().map(str::to_owned).collect();
    Edit {
        splits: vec![Split {
            old: lines(old),
            new: lines(new),
            context: (0, 0),
        }],
        hint: None,
        file: None,
        unclosed: false,
    }
}

/// Whether a block holds edits; one that says it is a difference needs no heads of hunks.
pub(super) fn are_in(block: &str, is_diff: bool) -> bool {
    if !search::edits(block).is_empty() {
        return true;
    }
    let changes = block.lines().any(|line| line.starts_with(['+', '-']));
    changes && (is_diff || block.lines().any(hunks::is_head))
}

#[cfg(test)]
mod tests;

//! A model's text → the parts of an answer and what is odd about it. Pure; never panics, whatever the text; never judges
//! whether code is right (the compiler and the harness do).

mod choose;
mod code;
mod cut;
mod demo;
mod edits;
mod elision;
mod fences;
mod mend;
mod merge;
mod plans;
mod python;
mod regions;
mod sentences;
mod tags;
mod thoughts;

use super::text::{head, is_harmless};
use crate::domain::ask::{AnswerExtra, Defect};
use crate::source::lexis::{Style, squeezed};
use crate::source::syntax::{Tongue, by_lines};
use choose::{Defines, Role, Seen, Wanted};
use edits::{Misfit, Target};
use fences::{Block, Closing};
use thoughts::Told;

/// The first block of an answer that may be C++, where there is one.
pub(super) fn only_block(text: &str) -> Option<String> {
    let mut blocks = fences::parts(text).blocks.into_iter();
    let found = blocks.find(Block::may_be_cpp)?;
    Some(found.text)
}
pub(super) use plans::{plan, recall, reflection};
pub(super) use python::{python, tests};
pub(super) use regions::regions;

/// Most of an answer that is read, in bytes.
pub(super) const ANSWER_BYTES: usize = 256 * 1024;
/// Most of a model's thoughts that is kept, in bytes.
pub(super) const THOUGHT_BYTES: usize = 64 * 1024;
/// Most of the words around the code that is kept, in bytes.
const PROSE_BYTES: usize = 4096;

/// What stands in a text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Reading {
    /// The text, bounded, without reasoning and control characters.
    pub text: String,
    /// The reasoning that was taken out of it, bounded.
    pub thoughts: String,
    /// The code in it, for a rewrite.
    pub code: Option<String>,
    /// What else is in it, for a recall or a plan.
    pub found: AnswerExtra,
    /// The words around the code, or the lesson.
    pub prose: String,
    /// Bytes of reasoning that were left out.
    pub reasoning: usize,
    /// What is odd.
    pub defects: Vec<Defect>,
}

/// Most blocks of one answer that are named as not used.
const MOST_NAMED: usize = 6;

/// Reads the answer to a rewrite ask: the code that defines `entry_name`, or edits of `original`, and the words around it.
pub(super) fn function(raw: &str, original: &str, entry_name: &str) -> Reading {
    let wanted = Wanted {
        tongue: Tongue::Cpp,
        style: Some(Style::Cpp),
        entry: entry_name,
        given: original,
    };
    defining(raw, &wanted, &["original.cpp"])
}

/// Reads an answer whose code defines a function.
fn defining(raw: &str, wanted: &Wanted<'_>, files: &[&str]) -> Reading {
    let mut reading = cleaned_as(raw, wanted.style);
    if reading.text.trim().is_empty() {
        return reading;
    }
    let (blocks, around) = blocks_of(&reading.text, wanted.style);
    reading.prose = prose(&around);
    let mut seen = choose::survey(blocks, wanted);
    let mut edits = match wanted.given.is_empty() {
        true => Vec::new(),
        false => edits::edits(&reading.text),
    };
    let mut chosen = choose::pick(&seen, wanted);
    if chosen.is_none()
        && edits.is_empty()
        && let Some((bare, words)) = last_resort(&around, wanted)
    {
        let bare = choose::survey(vec![bare], wanted).swap_remove(0);
        if matches!(bare.role, Role::Whole { .. }) || !seen.iter().any(Seen::may_be_code) {
            reading.defects.push(Defect::NoFence);
            reading.prose = prose(&words);
            seen.push(bare);
            chosen = Some(seen.len() - 1);
        }
    }
    let sure = chosen.is_some_and(|at| seen[at].is_sure());
    let mut pairs = Vec::new();
    if edits.is_empty() && chosen.is_none() {
        pairs = choose::replacements(&seen, wanted);
        edits = replacing(&seen, &pairs);
    }
    if !edits.is_empty() && !sure {
        let target = Target {
            document: wanted.given,
            files,
            tongue: wanted.tongue,
            style: wanted.style,
        };
        match edits::apply(&target, &edits) {
            Ok(applied) => {
                let used = edit_blocks(&seen, &pairs);
                reading.defects.extend(accounted(&seen, &used, wanted));
                reading
                    .defects
                    .extend(applied.notes.into_iter().map(Defect::Mended));
                reading.code = Some(applied.text);
                return reading;
            }
            Err(_) if chosen.is_some() => {}
            Err(misfit) => {
                reading.defects.extend(accounted(&seen, &[], wanted));
                reading.refuse(misfit);
                return reading;
            }
        }
    }
    let unchanged = seen.iter().any(|one| one.role == Role::Unchanged);
    match chosen.or_else(|| largest(&seen, wanted).filter(|_| !unchanged)) {
        Some(at) => reading.take(&seen, at, wanted),
        None => {
            reading.defects.extend(accounted(&seen, &[], wanted));
            match unchanged {
                true => reading.refuse(Misfit::NoChange),
                false => reading.defects.push(Defect::NoCode),
            }
        }
    }
    reading
}

/// Where nothing defines the function: the largest block that may be C++, for the compiler to say what is missing. Lines
/// of the given code are none.
fn largest(seen: &[Seen], wanted: &Wanted<'_>) -> Option<usize> {
    let given = squeezed(wanted.given, wanted.style);
    let may = |one: &Seen| {
        wanted.tongue == Tongue::Cpp
            && one.role == Role::Other
            && one.block.may_be_cpp()
            && code::looks_like_code(&one.block.text)
            && !given.contains(&squeezed(&one.block.text, wanted.style))
    };
    let fitting = seen.iter().enumerate().filter(|(_, one)| may(one));
    let largest = fitting.max_by_key(|(_, one)| one.block.text.len())?;
    Some(largest.0)
}

/// Edits of pairs of blocks.
fn replacing(seen: &[Seen], pairs: &[(usize, usize)]) -> Vec<edits::Edit> {
    let text = |at: usize| seen[at].block.text.as_str();
    pairs
        .iter()
        .map(|(old, new)| edits::replacement(text(*old), text(*new)))
        .collect()
}

/// The blocks that edits stand in.
fn edit_blocks(seen: &[Seen], pairs: &[(usize, usize)]) -> Vec<usize> {
    (0..seen.len())
        .filter(|at| {
            seen[*at].role == Role::Edits || pairs.iter().any(|(old, new)| at == old || at == new)
        })
        .collect()
}

impl Reading {
    /// The code is this block with the ones that it needs.
    fn take(&mut self, seen: &[Seen], at: usize, wanted: &Wanted<'_>) {
        if let Role::Whole {
            elided: Some(line), ..
        } = &seen[at].role
        {
            self.defects.extend(accounted(seen, &[at], wanted));
            self.defects.push(Defect::Incomplete);
            self.found = AnswerExtra::Unapplied(format!("the code leaves lines out: `{line}`"));
            return;
        }
        let joined = choose::helpers(seen, at, wanted);
        let mut code = String::new();
        for helper in &joined {
            code.push_str(&finished(&seen[*helper].block.text));
            code.push('\n');
        }
        code.push_str(&finished(&seen[at].block.text));
        if seen[at].block.closing == Closing::Missing
            && let Some(style @ (Style::Cpp | Style::Python)) = wanted.style
            && let Some((whole, cut)) = cut::without_cut_end(&code, style)
            && choose::defines(whole, wanted) != Defines::No
        {
            let first = head(cut.lines().next().unwrap_or(""), 80);
            let words = format!("what is cut off at the end left out (`{first}`)");
            self.defects.push(Defect::Mended(words));
            code = finished(whole);
        }
        if wanted.tongue == Tongue::Cpp
            && let Some((kept, names)) = demo::without(&code, wanted.entry, wanted.given)
        {
            let names = names.join("`, `");
            let words = format!("a program that shows its use left out (`{names}`)");
            self.defects.push(Defect::Mended(words));
            code = kept;
        }
        self.code = Some(code);
        let mut used = vec![at];
        used.extend(&joined);
        self.defects.extend(accounted(seen, &used, wanted));
        if !joined.is_empty() {
            self.defects.push(Defect::Joined(joined.len()));
        }
        for at in used {
            self.defects
                .extend(seen[at].notes.iter().cloned().map(Defect::Mended));
        }
        if seen[at].block.closing == Closing::Missing {
            self.defects.push(Defect::UnclosedFence);
        }
    }

    /// There are edits or code, and no candidate comes of them.
    fn refuse(&mut self, misfit: Misfit) {
        let (defect, why) = match misfit {
            Misfit::NoChange => (Defect::NoChange, NO_CHANGE.to_owned()),
            Misfit::DoesNotApply(why) => (Defect::DoesNotApply, why),
        };
        self.defects.push(defect);
        self.found = AnswerExtra::Unapplied(why);
    }
}

/// What is said of an answer that gives back what was given.
const NO_CHANGE: &str = "it changes nothing: the code is the given code";

/// Which of several blocks were used, the first of them the one that was taken, and what every other one is.
fn accounted(seen: &[Seen], used: &[usize], wanted: &Wanted<'_>) -> Vec<Defect> {
    let mut defects = Vec::new();
    if seen.len() < 2 {
        return defects;
    }
    let edits = |at: &usize| matches!(seen[*at].role, Role::Edits | Role::Other);
    if let Some(first) = used.first()
        && used.len() < seen.len()
        && !used.iter().all(edits)
    {
        defects.push(Defect::Took {
            block: first + 1,
            of: seen.len(),
        });
    }
    let others: Vec<usize> = (0..seen.len()).filter(|at| !used.contains(at)).collect();
    for at in others.iter().take(MOST_NAMED) {
        let words = choose::passed_over(at + 1, &seen[*at], wanted);
        defects.push(Defect::Unused(words));
    }
    if others.len() > MOST_NAMED {
        let more = others.len() - MOST_NAMED;
        defects.push(Defect::Unused(format!("{more} further blocks")));
    }
    defects
}

/// The blocks of a text and the words around them; where there is no fence, what stands in tags or is JSON as a whole.
fn blocks_of(text: &str, style: Option<Style>) -> (Vec<Block>, String) {
    let parts = fences::parts_of(text, style);
    if !parts.blocks.is_empty() {
        return (parts.blocks, parts.around);
    }
    let whole = parts.around.trim();
    if whole.starts_with(['{', '[']) && whole.ends_with(['}', ']']) {
        let block = Block {
            language: "json".to_owned(),
            text: whole.to_owned(),
            closing: Closing::Present,
            introduction: String::new(),
        };
        if !mend::from_json(&block).is_empty() {
            return (vec![block], String::new());
        }
    }
    mend::from_tags(&parts.around)
}

/// Code that stands in a text without a fence, and the words around it.
fn last_resort(around: &str, wanted: &Wanted<'_>) -> Option<(Block, String)> {
    let (text, words) = match wanted.tongue {
        Tongue::Cpp => {
            let bare = code::bare(around, wanted.entry)?;
            (bare.code, bare.around)
        }
        Tongue::Python => {
            let (before, code) = python::bare(around, wanted.entry)?;
            (code.to_owned(), before.to_owned())
        }
        Tongue::Rust => code::bare_rust(around, wanted.entry)?,
        Tongue::Other => {
            let at = by_lines(around, wanted.entry).filter(|_| !wanted.entry.is_empty())?;
            (around[at.clone()].to_owned(), around[..at.start].to_owned())
        }
    };
    let block = Block {
        language: String::new(),
        text,
        closing: Closing::Present,
        introduction: String::new(),
    };
    Some((block, words))
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

fn finished(code: &str) -> String {
    format!("{}\n", code.trim_matches('\n').trim_end())
}

fn prose(text: &str) -> String {
    head(text.trim(), PROSE_BYTES).trim_end().to_owned()
}

/// Bounds the text, mends line ends, removes control characters and reasoning.
fn cleaned(raw: &str) -> Reading {
    cleaned_as(raw, None)
}

/// The same for a text whose blocks without a language tag are in this language.
fn cleaned_as(raw: &str, style: Option<Style>) -> Reading {
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
    let Told { answer, thoughts } = thoughts::told(&visible, style);
    let reasoning = visible.len() - answer.len();
    if answer.trim().is_empty() {
        defects.push(match thoughts.is_empty() {
            true => Defect::Empty,
            false => Defect::OnlyReasoning,
        });
    }
    Reading {
        text: answer,
        thoughts: head(&thoughts, THOUGHT_BYTES).to_owned(),
        reasoning,
        defects,
        ..Reading::default()
    }
}

#[cfg(test)]
mod corpus;
#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod property;
#[cfg(test)]
mod tests;

//! Which block of an answer is its code: by what it defines, never by where it stands alone. Says of every block what it
//! is, so that none is passed over without a word. Pure.

use super::code;
use super::edits;
use super::elision::elided;
use super::fences::{Block, Closing};
use super::{mend, tags};
use crate::source::lexis::{Style, squeezed};
use crate::source::outline::{Outline, OutlineItem, OutlineKind};
use crate::source::syntax::{Tongue, by_lines};

/// So many blocks at the beginning and at the end of an answer are looked at; no answer that is meant has more.
const MOST_BLOCKS: usize = 100;

/// What is looked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted<'a> {
    /// The language, as far as there is a parser for it.
    pub tongue: Tongue,
    /// How its comments and literals are written, if that is known.
    pub style: Option<Style>,
    /// The function's bare name; empty: there is none.
    pub entry: &'a str,
    /// The given code; empty: there is none.
    pub given: &'a str,
}

/// What a block is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Role {
    /// It defines the function.
    Whole {
        /// Whether the parser found no fault in the definition.
        clean: bool,
        /// Whether it has a `main` besides.
        with_main: bool,
        /// The line that stands for others.
        elided: Option<String>,
    },
    /// The given code, unchanged.
    Unchanged,
    /// Edits.
    Edits,
    /// Commands for a shell, or what one shows.
    Shell,
    /// Words or data.
    Words,
    /// Code that does not define the function.
    Other,
}

/// A block with what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Seen {
    /// The block, mended.
    pub block: Block,
    /// What it is.
    pub role: Role,
    /// What was mended.
    pub notes: Vec<String>,
}

impl Seen {
    /// Whether it may hold code at all.
    pub(crate) fn may_be_code(&self) -> bool {
        !matches!(self.role, Role::Shell | Role::Words)
    }

    /// Whether nothing speaks against it as the whole of the function.
    pub(crate) fn is_sure(&self) -> bool {
        self.block.closing == Closing::Present
            && matches!(
                self.role,
                Role::Whole {
                    clean: true,
                    elided: None,
                    ..
                }
            )
    }
}

/// Looks at every block.
pub(super) fn survey(blocks: Vec<Block>, wanted: &Wanted<'_>) -> Vec<Seen> {
    let mut seen = Vec::with_capacity(blocks.len());
    let count = blocks.len();
    for (number, block) in blocks.into_iter().enumerate() {
        if number >= MOST_BLOCKS && number + MOST_BLOCKS < count {
            let (role, notes) = (Role::Words, Vec::new());
            seen.push(Seen { block, role, notes });
            continue;
        }
        let within = mend::from_json(&block);
        let within: Vec<Seen> = within
            .into_iter()
            .map(|inner| look(inner, wanted))
            .filter(|inner| {
                matches!(
                    inner.role,
                    Role::Whole { .. } | Role::Unchanged | Role::Edits
                )
            })
            .map(|mut inner| {
                inner.notes.push("code taken out of JSON".to_owned());
                inner
            })
            .collect();
        match within.is_empty() {
            true => seen.push(look(block, wanted)),
            false => seen.extend(within),
        }
    }
    seen
}

fn look(mut block: Block, wanted: &Wanted<'_>) -> Seen {
    let tag = block.language.as_str();
    if tags::is_shell(tag) {
        let role = Role::Shell;
        return Seen {
            block,
            role,
            notes: Vec::new(),
        };
    }
    if tags::is_diff(tag) {
        let role = match edits::are_in(&block.text, true) {
            true => Role::Edits,
            false => Role::Words,
        };
        return Seen {
            block,
            role,
            notes: Vec::new(),
        };
    }
    let (text, notes) = mend::mended(&block.text, wanted.style, wanted.tongue, wanted.given);
    block.text = text;
    let role = role(&block, wanted);
    Seen { block, role, notes }
}

fn role(block: &Block, wanted: &Wanted<'_>) -> Role {
    let defines = defines(&block.text, wanted);
    let words = tags::is_words(&block.language) || tags::is_json(&block.language);
    let edits = edits::are_in(&block.text, false);
    match defines {
        // Marks of edits outside of literals are no code.
        Defines::Wholly => {}
        _ if edits => return Role::Edits,
        Defines::Cleanly if !words => {}
        Defines::Roughly if !words => {}
        _ if words => return Role::Words,
        _ => return Role::Other,
    }
    if same_code(&block.text, wanted) {
        return Role::Unchanged;
    }
    let with_main = wanted.entry != "main"
        && code::mentions(&block.text, "main")
        && matches!(wanted.tongue, Tongue::Cpp | Tongue::Rust)
        && !code::mentions(wanted.given, "main");
    Role::Whole {
        clean: defines != Defines::Roughly,
        with_main,
        elided: elided(&block.text, wanted.style, wanted.given),
    }
}

/// Whether a text defines the function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Defines {
    No,
    /// Some lines look like it; the parser does not think so, or finds a fault in it.
    Roughly,
    /// The definition is without fault.
    Cleanly,
    /// Everything is without fault.
    Wholly,
}

pub(super) fn defines(text: &str, wanted: &Wanted<'_>) -> Defines {
    let entry = wanted.entry;
    if entry.is_empty() {
        return Defines::No;
    }
    let Some(outline) = Outline::of(text, wanted.tongue) else {
        return match by_lines(text, entry) {
            Some(_) => Defines::Wholly,
            None => Defines::No,
        };
    };
    let mut named = outline.items.iter().filter(|item| {
        matches!(item.kind, OutlineKind::Function | OutlineKind::Type)
            && last_name(&item.name) == entry
    });
    let roughly = || match wanted.tongue {
        Tongue::Cpp => code::defines(text, entry),
        Tongue::Python => super::python::defines(text, entry),
        Tongue::Rust => code::mentions(text, &format!("fn {entry}")),
        Tongue::Other => false,
    };
    match named.next() {
        Some(_) if !outline.broken => Defines::Wholly,
        Some(item) if !item.broken || named.any(|item| !item.broken) => Defines::Cleanly,
        Some(_) => Defines::Roughly,
        None if roughly() => Defines::Roughly,
        None => Defines::No,
    }
}

/// The name without what it stands in.
pub(super) fn last_name(name: &str) -> &str {
    let name = name.rsplit("::").next().unwrap_or(name);
    name.rsplit('.').next().unwrap_or(name)
}

/// Whether all that a text defines is defined so in the given code, the function with it.
fn same_code(text: &str, wanted: &Wanted<'_>) -> bool {
    if wanted.given.is_empty() {
        return false;
    }
    if squeezed(text, wanted.style) == squeezed(wanted.given, wanted.style) {
        return true;
    }
    let of = |text| Outline::of(text, wanted.tongue);
    let (Some(own), Some(given)) = (of(text), of(wanted.given)) else {
        return false;
    };
    let spelled = |text: &str, item: &OutlineItem| {
        squeezed(text.get(item.range.clone()).unwrap_or(""), wanted.style)
    };
    let counts =
        |item: &&OutlineItem| !matches!(item.kind, OutlineKind::Import | OutlineKind::Scope);
    let known: Vec<(&str, String)> = given
        .items
        .iter()
        .filter(counts)
        .map(|item| (item.key.as_str(), spelled(wanted.given, item)))
        .collect();
    let mut own = own.items.iter().filter(counts).peekable();
    own.peek().is_some()
        && own.all(|item| {
            let text = spelled(text, item);
            known
                .iter()
                .any(|(key, given)| *key == item.key && *given == text)
        })
}

/// The block that is the code: of those that define the function the one without gaps, closed, without fault, without a
/// `main`, in the right language, announced as the better one; the first of equals.
pub(super) fn pick(seen: &[Seen], wanted: &Wanted<'_>) -> Option<usize> {
    let worth = |one: &Seen| match &one.role {
        Role::Whole {
            clean,
            with_main,
            elided,
        } => {
            let tag = one.block.language.as_str();
            let fits = tag.is_empty() || Style::of(tag) == wanted.style || !tags::is_known(tag);
            Some((
                elided.is_none(),
                one.block.closing == Closing::Present,
                *clean,
                !*with_main,
                fits,
                announced(&one.block.introduction),
            ))
        }
        _ => None,
    };
    let mut best = None;
    for (at, one) in seen.iter().enumerate() {
        let Some(worth) = worth(one) else {
            continue;
        };
        if best.as_ref().is_none_or(|(_, known)| worth > *known) {
            best = Some((at, worth));
        }
    }
    best.map(|(at, _)| at)
}

/// How a block is announced: above 0 as better than one before, below 0 as something else.
pub(super) fn announced(words: &str) -> i32 {
    const BETTER: &[&str] = &[
        "final",
        "correct",
        "fixed",
        "fix",
        "improve",
        "better",
        "optimi",
        "faster",
        "fastest",
        "complete",
        "whole",
        "updated",
        "revised",
        "instead",
        "wait",
        "actually",
        "wrong",
        "mistake",
        "bug",
        "after",
        "putting",
        "together",
        "here is the code",
        "rewritten",
        "new version",
        "answer",
        "result",
        "sorry",
        "oops",
    ];
    const OTHER: &[&str] = &[
        "alternativ",
        "another",
        "option",
        "comparison",
        "compare",
        "original",
        "before",
        "previous",
        "naive",
        "simple",
        "slower",
        "slow",
        "baseline",
        "reference",
        "usage",
        "example",
        "test",
        "use it",
        "try it",
        "variant",
        "could also",
        "if you",
        "you could",
        "you can",
        "was:",
        "current",
        "given code",
        "old ",
        "for readability",
        "or with",
        "benchmark",
        "first attempt",
        "draft",
        "call it",
    ];
    // Only what stands right before it: a paragraph, and a heading above that.
    let mut near: Vec<&str> = Vec::new();
    for paragraph in words.rsplit("\n\n").filter(|p| !p.trim().is_empty()) {
        near.push(paragraph);
        if near.len() == 2 || !paragraph.trim().starts_with('#') && paragraph.len() > 40 {
            break;
        }
    }
    let lower = near.join("\n").to_lowercase();
    let begun = |at: usize| !lower[..at].ends_with(|c: char| c.is_alphanumeric());
    let has = |word: &&&str| lower.match_indices(**word).any(|(at, _)| begun(at));
    let count = |all: &[&str]| all.iter().filter(has).count();
    i32::try_from(count(BETTER)).unwrap_or(0) - i32::try_from(count(OTHER)).unwrap_or(0)
}

/// Blocks of which one gives lines of the given code and the next is said to replace them; each pair by its numbers.
pub(super) fn replacements(seen: &[Seen], wanted: &Wanted<'_>) -> Vec<(usize, usize)> {
    const WITH: &[&str] = &["with", "by", "to", "into", "becomes", "instead", "new"];
    let given = squeezed(wanted.given, None);
    let mut pairs = Vec::new();
    let mut at = 0;
    while let [old, new, ..] = &seen[at..] {
        let said = new.block.introduction.to_lowercase();
        let said = said.lines().next_back().unwrap_or("");
        let said = said.len() < 80 && WITH.iter().any(|word| code::mentions(said, word));
        let lines = squeezed(&old.block.text, None);
        let both = [old, new]
            .iter()
            .all(|one| one.role == Role::Other && one.block.closing == Closing::Present);
        if both && said && lines.len() > 8 && given.contains(&lines) {
            pairs.push((at, at + 1));
            at += 1;
        }
        at += 1;
    }
    pairs
}

/// The blocks that the chosen one needs: nothing but definitions or imports, of which it or another of them uses one that
/// is nowhere else.
pub(super) fn helpers(seen: &[Seen], chosen: usize, wanted: &Wanted<'_>) -> Vec<usize> {
    let Some(main) = Outline::of(&seen[chosen].block.text, wanted.tongue) else {
        return Vec::new();
    };
    let mut known: Vec<String> = main.items.iter().map(|item| item.key.clone()).collect();
    let mut text = seen[chosen].block.text.clone();
    let candidates: Vec<(usize, Outline)> = seen
        .iter()
        .enumerate()
        .filter(|(at, one)| *at != chosen && one.role == Role::Other)
        .filter(|(_, one)| one.block.closing == Closing::Present)
        .filter_map(|(at, one)| {
            let outline = Outline::of(&one.block.text, wanted.tongue)?;
            is_helper(&one.block.text, &outline, wanted).then_some((at, outline))
        })
        .collect();
    let mut joined: Vec<usize> = Vec::new();
    // A helper may need another one.
    for _ in 0..4 {
        let before = joined.len();
        for (at, outline) in &candidates {
            let new = |item: &OutlineItem| !known.contains(&item.key);
            let needed = outline.items.iter().any(|item| {
                new(item)
                    && (item.kind == OutlineKind::Import
                        || code::mentions(&text, last_name(&item.name)))
            });
            let clashes = outline.items.iter().any(|item| {
                !new(item) && !matches!(item.kind, OutlineKind::Import | OutlineKind::Scope)
            });
            if joined.contains(at) || !needed || clashes {
                continue;
            }
            joined.push(*at);
            known.extend(outline.items.iter().map(|item| item.key.clone()));
            text.push_str(&seen[*at].block.text);
        }
        if joined.len() == before {
            break;
        }
    }
    joined.sort_unstable();
    joined
}

fn is_helper(text: &str, outline: &Outline, wanted: &Wanted<'_>) -> bool {
    let fixed = [
        "const", "static", "inline", "#define", "using", "typedef", "enum",
    ];
    let allowed = |item: &OutlineItem| match item.kind {
        OutlineKind::Import | OutlineKind::Function | OutlineKind::Type | OutlineKind::Scope => {
            last_name(&item.name) != "main"
        }
        OutlineKind::Constant => {
            let spelled = text.get(item.range.clone()).unwrap_or("");
            item.parent.is_some()
                || wanted.tongue != Tongue::Cpp
                || fixed.iter().any(|start| spelled.starts_with(start))
        }
        OutlineKind::Statement => false,
    };
    !outline.broken
        && !outline.items.is_empty()
        && outline.items.iter().all(allowed)
        && !code::mentions(text, wanted.entry)
        && elided(text, wanted.style, "").is_none()
}

/// What a block is and why it was not used, in words.
pub(super) fn passed_over(number: usize, one: &Seen, wanted: &Wanted<'_>) -> String {
    let lines = one.block.text.lines().count();
    let lines = match lines {
        1 => "1 line".to_owned(),
        n => format!("{n} lines"),
    };
    let tag: String = one.block.language.chars().take(20).collect();
    let about = match tag.as_str() {
        "" => lines,
        tag => format!("{tag}, {lines}"),
    };
    let entry = wanted.entry;
    let why = match &one.role {
        Role::Whole {
            elided: Some(line), ..
        } => format!("it leaves lines out: `{line}`"),
        Role::Whole {
            with_main: true, ..
        } => format!("`{entry}` with a `main`, to try it out"),
        Role::Whole { .. } => format!("another version of `{entry}`"),
        Role::Unchanged => "the given code, unchanged".to_owned(),
        Role::Edits => "edits of what is given whole".to_owned(),
        Role::Shell => "commands for a shell".to_owned(),
        Role::Words => "no code".to_owned(),
        Role::Other if entry.is_empty() => "it defines nothing that was given".to_owned(),
        Role::Other => format!("it does not define `{entry}`"),
    };
    format!("block {number} ({about}): {why}")
}

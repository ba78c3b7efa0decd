//! Putting a block in the place of given code without losing any of it: what the block lacks stays, what it gives takes
//! the place of its namesake, what is new goes before. By the parser's outline; never guesses where there is none. Pure.

use super::choose::last_name;
use super::elision::elided;
use crate::source::dedent;
use crate::source::lexis::{Style, squeezed};
use crate::source::outline::{Outline, OutlineItem, OutlineKind};
use crate::source::syntax::Tongue;

/// Given code with a block in it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Merged {
    /// The text.
    pub text: String,
    /// What was given of it, if that was not all.
    pub part: Vec<String>,
    /// What of the block was not used.
    pub unused: Vec<String>,
}

/// Languages whose parts can be put in place.
#[derive(Debug, Clone, Copy)]
pub(super) struct Language {
    /// The parser.
    pub tongue: Tongue,
    /// Comments and literals.
    pub style: Option<Style>,
}

/// The names of top-level definitions of `given` that a text defines as well.
pub(super) fn shared(given: &str, text: &str, language: Language) -> Vec<String> {
    let (given, text) = (&dedent(given).0, &dedent(text).0);
    let of = |text: &str| Outline::of(text, language.tongue);
    let (Some(given), Some(own)) = (of(given), of(text)) else {
        return Vec::new();
    };
    let counts = |item: &&OutlineItem| {
        matches!(
            item.kind,
            OutlineKind::Function | OutlineKind::Type | OutlineKind::Constant
        )
    };
    let names = given
        .items
        .iter()
        .filter(counts)
        .map(|item| item.name.clone());
    names
        .filter(|name| {
            own.items.iter().filter(counts).any(|item| {
                item.name == *name || adopted(&given, text, item) == Some(name.as_str())
            })
        })
        .collect()
}

/// The one method of the given code that a function outside of any class is meant for: it has the name and speaks of the
/// object that it is of.
fn adopted<'g>(given: &'g Outline, text: &str, item: &OutlineItem) -> Option<&'g str> {
    let speaks = ["(self", "(cls", "(&self", "(&mut self", "(mut self"];
    let spelled = text.get(item.range.clone()).unwrap_or("");
    if item.kind != OutlineKind::Function
        || item.parent.is_some()
        || !speaks.iter().any(|s| spelled.contains(s))
    {
        return None;
    }
    let mut named = given
        .items
        .iter()
        .filter(|own| own.kind == OutlineKind::Function && last_name(&own.name) == item.name);
    let only = named.next().filter(|_| named.next().is_none())?;
    only.parent.is_some().then_some(only.name.as_str())
}

/// Whether given code is made of definitions, so that a part of it can be told; lines of a function are not.
pub(super) fn is_of_parts(given: &str, tongue: Tongue) -> bool {
    Outline::of(&dedent(given).0, tongue).is_some_and(|outline| has_parts(&outline))
}

fn has_parts(outline: &Outline) -> bool {
    let has = |kinds: &[OutlineKind]| outline.items.iter().any(|item| kinds.contains(&item.kind));
    has(&[OutlineKind::Function, OutlineKind::Type])
        || has(&[OutlineKind::Constant]) && !has(&[OutlineKind::Statement])
}

/// The given code with the block's definitions in it.
///
/// # Errors
/// If the block is only a part and cannot be put in its place, with the reason.
pub(super) fn merged(given: &str, block: &str, language: Language) -> Result<Merged, String> {
    let (plain, margin) = dedent(given);
    let (block, _) = dedent(block);
    let whole = |unused| Merged {
        text: placed(&block, &margin, given),
        part: Vec::new(),
        unused,
    };
    let outlines = (
        Outline::of(&plain, language.tongue),
        Outline::of(&block, language.tongue),
    );
    let (Some(own), Some(new)) = outlines else {
        // Without a parser a part cannot be put in its place.
        return match elided(&block, language.style, given) {
            Some(line) => Err(format!(
                "it leaves lines out (`{line}`), and only the whole can be put in place"
            )),
            None => Ok(whole(Vec::new())),
        };
    };
    let mut missing = own.missing_in(&new);
    // Statements that were rewritten are not missing.
    let rewritten = new
        .missing_in(&own)
        .iter()
        .any(|item| item.kind == OutlineKind::Statement);
    if rewritten {
        missing.retain(|item| item.kind != OutlineKind::Statement);
    }
    if missing.is_empty() || !has_parts(&own) {
        return match elided(&block, language.style, given) {
            Some(line) => Err(format!("it leaves lines out: `{line}`")),
            None => Ok(whole(Vec::new())),
        };
    }
    let lost: Vec<String> = missing.iter().map(|item| item.name.clone()).collect();
    let merge = Merge {
        given: (&plain, &own),
        block: (&block, &new),
        language,
        edits: Vec::new(),
        part: Vec::new(),
        unused: Vec::new(),
    };
    let Merge {
        edits,
        part,
        unused,
        ..
    } = merge.run(&lost)?;
    Ok(Merged {
        text: indented(&edited(&plain, edits), &margin),
        part,
        unused,
    })
}

struct Merge<'a> {
    given: (&'a str, &'a Outline),
    block: (&'a str, &'a Outline),
    language: Language,
    edits: Vec<(usize, usize, String)>,
    part: Vec<String>,
    unused: Vec<String>,
}

impl<'a> Merge<'a> {
    fn run(mut self, lost: &[String]) -> Result<Self, String> {
        let (block, new) = self.block;
        let mut skip: Vec<usize> = Vec::new();
        let mut fresh: Vec<(usize, &OutlineItem)> = Vec::new();
        for (at, item) in new.items.iter().enumerate() {
            if item.parent.is_some_and(|parent| skip.contains(&parent)) {
                skip.push(at);
                continue;
            }
            let twin = self.twin(item);
            match (item.kind, twin) {
                // Its members are looked at one by one.
                (OutlineKind::Scope, Some(_)) => {}
                (OutlineKind::Type, Some(twin)) if !self.holds_all(at, twin) => {}
                (OutlineKind::Statement | OutlineKind::Import, Some(_)) => {}
                (OutlineKind::Statement, None) => {
                    self.unused.push(format!("the statement `{}`", item.name));
                }
                (_, Some(twin)) => {
                    self.replace(item, twin)?;
                    skip.push(at);
                }
                (_, None) => {
                    fresh.push((at, item));
                    skip.push(at);
                }
            }
        }
        if self.part.is_empty() {
            let names = lost
                .iter()
                .take(6)
                .map(|name| format!("`{name}`"))
                .collect::<Vec<_>>()
                .join(", ");
            return Err(match self.edits.is_empty() && fresh.is_empty() {
                true => format!("it defines nothing of the given code and lacks {names}"),
                false => format!("it lacks {names} of the given code and changes nothing of it"),
            });
        }
        let mut inserted: Vec<(usize, usize)> = Vec::new();
        for (_, item) in fresh {
            // Several names of one declaration are one text.
            if inserted.contains(&(item.range.start, item.range.end)) {
                continue;
            }
            inserted.push((item.range.start, item.range.end));
            let text = spelled(block, item).to_owned();
            self.insert(item, &text);
        }
        Ok(self)
    }

    /// The item of the given code that has the same name and kind, if there is just one.
    fn twin(&self, item: &OutlineItem) -> Option<&'a OutlineItem> {
        let own = &self.given.1.items;
        if let Some(same) = own.iter().find(|own| own.key == item.key) {
            return Some(same);
        }
        let mut named = own
            .iter()
            .filter(|own| own.kind == item.kind && own.name == item.name);
        let Some(first) = named.next() else {
            let method = adopted(self.given.1, self.block.0, item)?;
            return own.iter().find(|own| own.name == method);
        };
        let only = Some(first).filter(|_| named.next().is_none())?;
        let here = self
            .block
            .1
            .items
            .iter()
            .filter(|new| new.kind == item.kind && new.name == item.name);
        (here.count() == 1 && !matches!(item.kind, OutlineKind::Statement | OutlineKind::Import))
            .then_some(only)
    }

    /// Whether a type of the block has all members of its twin.
    fn holds_all(&self, at: usize, twin: &OutlineItem) -> bool {
        let index = self
            .given
            .1
            .items
            .iter()
            .position(|own| std::ptr::eq(own, twin));
        let members = self
            .given
            .1
            .items
            .iter()
            .filter(|own| own.parent == index && index.is_some());
        let mut new = self
            .block
            .1
            .items
            .iter()
            .filter(|item| item.parent == Some(at));
        let keys: Vec<&OutlineItem> = new.by_ref().collect();
        members.into_iter().all(|member| {
            keys.iter().any(|item| {
                item.key == member.key || item.name == member.name && item.kind == member.kind
            })
        })
    }

    fn replace(&mut self, item: &OutlineItem, twin: &OutlineItem) -> Result<(), String> {
        let text = spelled(self.block.0, item);
        // A body of nothing but a comment is not part of what the parser sees.
        let reach = self.reach(item);
        if let Some(line) = elided(reach, self.language.style, self.given.0) {
            return Err(format!("`{}` leaves lines out: `{line}`", item.name));
        }
        if !self.part.contains(&item.name) {
            self.part.push(item.name.clone());
        }
        if squeezed(text, self.language.style)
            == squeezed(spelled(self.given.0, twin), self.language.style)
        {
            return Ok(());
        }
        let (from, to) = (
            margin_at(self.block.0, item.range.start),
            margin_at(self.given.0, twin.range.start),
        );
        let text = moved(text, from, to);
        let known = self
            .edits
            .iter()
            .any(|(start, end, _)| (*start, *end) == (twin.range.start, twin.range.end));
        if !known {
            self.edits.push((twin.range.start, twin.range.end, text));
        }
        Ok(())
    }

    /// An item with the lines behind it that are further in.
    fn reach(&self, item: &OutlineItem) -> &'a str {
        let text = self.block.0;
        let margin = margin_at(text, item.range.start).len();
        let mut end = item.range.end;
        for line in text[end..].split_inclusive('\n').skip(1) {
            let own = line.len() - line.trim_start().len();
            if !line.trim().is_empty() && own <= margin {
                break;
            }
            end += line.len();
        }
        let first = text[item.range.end..].find('\n').map_or(0, |n| n + 1);
        &text[item.range.start..(end + first).min(text.len())]
    }

    /// Something new: imports behind the last import, anything else before the first thing on its level that changes.
    fn insert(&mut self, item: &OutlineItem, text: &str) {
        let (given, own) = self.given;
        // The item that the new one's surroundings are called.
        let around = item
            .parent
            .and_then(|parent| self.twin(&self.block.1.items[parent]));
        let around =
            around.and_then(|twin| own.items.iter().position(|own| std::ptr::eq(own, twin)));
        let level: Vec<&OutlineItem> = own
            .items
            .iter()
            .filter(|own| own.parent == around)
            .collect();
        let ends_line = |at: usize| given[at..].find('\n').map_or(given.len(), |n| at + n + 1);
        let begins_line = |at: usize| given[..at].rfind('\n').map_or(0, |n| n + 1);
        let (at, margin) = if item.kind == OutlineKind::Import {
            let last = level
                .iter()
                .filter(|own| own.kind == OutlineKind::Import)
                .map(|own| own.range.end)
                .max();
            (
                last.map_or_else(
                    || after_head(given, self.language),
                    |end| ends_line(end.saturating_sub(1)),
                ),
                String::new(),
            )
        } else {
            let changed = level.iter().find(|own| {
                self.edits
                    .iter()
                    .any(|(start, end, _)| own.range.start <= *start && *end <= own.range.end)
            });
            match changed.or(level.iter().rfind(|own| own.kind != OutlineKind::Import)) {
                Some(before) => (
                    begins_line(before.range.start),
                    margin_at(given, before.range.start).to_owned(),
                ),
                None => (given.len(), String::new()),
            }
        };
        let text = moved(text, margin_at(self.block.0, item.range.start), &margin);
        let gap = match (item.kind, self.language.tongue, item.parent) {
            (OutlineKind::Import | OutlineKind::Constant, ..) => "\n",
            (_, Tongue::Python, None) => "\n\n\n",
            _ => "\n\n",
        };
        let end = match item.kind {
            // The parser leaves the mark at the end out.
            OutlineKind::Type | OutlineKind::Constant
                if self.language.tongue == Tongue::Cpp
                    && !text.trim_end().ends_with(';')
                    && !text.starts_with('#') =>
            {
                ";"
            }
            _ => "",
        };
        self.edits
            .push((at, at, format!("{margin}{}{end}{gap}", text.trim_end())));
        let name = format!("{} (new)", item.name);
        if !self.part.contains(&name) {
            self.part.push(name);
        }
    }
}

fn spelled<'t>(text: &'t str, item: &OutlineItem) -> &'t str {
    text.get(item.range.clone()).unwrap_or("")
}

/// Where imports go in a file without any: behind the words that it begins with.
fn after_head(text: &str, language: Language) -> usize {
    if language.tongue != Tongue::Python {
        return 0;
    }
    let mut lexis = language.style.map(crate::source::lexis::Lexis::new);
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let inside = lexis
            .as_ref()
            .is_some_and(crate::source::lexis::Lexis::is_inside);
        if let Some(lexis) = &mut lexis {
            lexis.line(line, |_, _, _| {});
        }
        let trimmed = line.trim_start();
        let words = trimmed.is_empty() || trimmed.starts_with(['#', '"', '\'']);
        if !inside && !words {
            break;
        }
        at += line.len();
    }
    at
}

/// The white space before a place on its line.
fn margin_at(text: &str, at: usize) -> &str {
    let start = text[..at].rfind('\n').map_or(0, |n| n + 1);
    let before = &text[start..at];
    &before[..before.len() - before.trim_start().len()]
}

/// A definition's text with another margin from its second line on.
fn moved(text: &str, from: &str, to: &str) -> String {
    if from == to {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    for (number, line) in text.split_inclusive('\n').enumerate() {
        if number == 0 || line.trim().is_empty() {
            out.push_str(line);
            continue;
        }
        out.push_str(to);
        out.push_str(
            line.strip_prefix(from)
                .unwrap_or(line.trim_start_matches([' ', '\t'])),
        );
    }
    out
}

/// The text with non-overlapping ranges replaced; what lies within a replaced one is dropped.
fn edited(text: &str, mut edits: Vec<(usize, usize, String)>) -> String {
    edits.sort_by_key(|(start, end, _)| (*start, *end));
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for (start, end, new) in edits {
        if start < at {
            continue;
        }
        out.push_str(&text[at..start]);
        out.push_str(&new);
        at = end;
    }
    out.push_str(&text[at..]);
    out
}

fn indented(text: &str, margin: &str) -> String {
    if margin.is_empty() {
        return text.to_owned();
    }
    text.split_inclusive('\n')
        .map(|line| match line.trim().is_empty() {
            true => line.to_owned(),
            false => format!("{margin}{line}"),
        })
        .collect()
}

/// A whole text in the place of the given one, with its margin and the end of its last line.
pub(super) fn placed(block: &str, margin: &str, given: &str) -> String {
    let text = block.trim_matches('\n').trim_end();
    // The first line goes where the given one is.
    let first = |text: &str| {
        let line = text
            .lines()
            .find(|line| !line.trim().is_empty())
            .unwrap_or("");
        line[..line.len() - line.trim_start().len()].to_owned()
    };
    let own = first(given);
    let margin = own.strip_suffix(first(text).as_str()).unwrap_or(margin);
    format!("{}\n", indented(text, margin))
}

#[cfg(test)]
mod tests;

//! Edits in an answer, and what becomes of the given code by them: search/replace blocks, unified diffs, and whole
//! regions. Pure; never panics, whatever the text, and never yields anything but the given document with its regions
//! changed. Tolerant where that cannot change what was meant: white space at line ends, a margin shifted as a whole, line
//! numbers that drifted.

use super::fences::{Block, Parts};
use crate::domain::project::HEADING;

/// Most edits of one answer.
const MOST: usize = 200;

/// Lines to be replaced and what replaces them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Edit {
    old: Vec<String>,
    new: Vec<String>,
    /// Line of the old text from 0 as the diff says, a hint among equal places.
    hint: Option<usize>,
    /// The file the diff names.
    file: Option<String>,
    /// Lines at the beginning and end that only say where.
    context: (usize, usize),
}

/// The edits in a text, in order.
pub(super) fn edits(text: &str) -> Vec<Edit> {
    let blocks = search_replace(text);
    if blocks.is_empty() {
        hunks(text)
    } else {
        blocks
    }
}

fn marks(line: &str, mark: char) -> bool {
    let run = line.chars().take_while(|c| *c == mark).count();
    let rest = line.get(run..).unwrap_or("");
    (5..=9).contains(&run) && (rest.trim().is_empty() || rest.starts_with(' '))
}

fn search_replace(text: &str) -> Vec<Edit> {
    enum At {
        Outside,
        Old,
        New,
    }
    let mut found = Vec::new();
    let (mut at, mut old, mut new) = (At::Outside, Vec::new(), Vec::new());
    for line in text.lines() {
        match at {
            At::Outside if marks(line.trim_start(), '<') => {
                (old, new) = (Vec::new(), Vec::new());
                at = At::Old;
            }
            At::Outside => {}
            At::Old if marks(line.trim_start(), '=') => at = At::New,
            At::Old => old.push(line.to_owned()),
            At::New if marks(line.trim_start(), '>') => {
                found.push(Edit {
                    old: std::mem::take(&mut old),
                    new: std::mem::take(&mut new),
                    hint: None,
                    file: None,
                    context: (0, 0),
                });
                at = At::Outside;
            }
            At::New => new.push(line.to_owned()),
        }
        if found.len() >= MOST {
            break;
        }
    }
    found
}

/// `@@ -12,7 +12,8 @@`: the line from 0 where the old text begins; `None` within if it says none.
fn hunk_head(line: &str) -> Option<Option<usize>> {
    let rest = line.trim_start().strip_prefix("@@")?;
    let number = rest.trim_start().strip_prefix('-').map(|rest| {
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        digits.parse::<usize>().ok().map(|n| n.saturating_sub(1))
    });
    Some(number.flatten())
}

fn hunks(text: &str) -> Vec<Edit> {
    let mut found: Vec<Edit> = Vec::new();
    let mut file: Option<String> = None;
    let mut open: Option<Edit> = None;
    for line in text.lines() {
        if let Some(hint) = hunk_head(line) {
            found.extend(open.take().and_then(closed));
            open = Some(Edit {
                old: Vec::new(),
                new: Vec::new(),
                hint,
                file: file.clone(),
                context: (0, 0),
            });
        } else if line.starts_with("+++ ") && open.as_ref().is_none_or(|edit| !edit.old.is_empty())
        {
            found.extend(open.take().and_then(closed));
            file = line
                .get(4..)
                .map(|name| name.split('\t').next().unwrap_or(name).trim())
                .map(|name| name.strip_prefix("b/").unwrap_or(name).to_owned());
        } else if line.starts_with("```")
            || line.starts_with("diff --git")
            || line.starts_with("--- a/")
        {
            found.extend(open.take().and_then(closed));
        } else if let Some(edit) = &mut open {
            match (line.chars().next(), line.get(1..)) {
                (Some('+'), Some(rest)) => edit.new.push(rest.to_owned()),
                (Some('-'), Some(rest)) => edit.old.push(rest.to_owned()),
                (Some(' '), Some(rest)) => both(edit, rest),
                (None, _) => both(edit, ""),
                (Some('\\'), _) => {}
                _ => both(edit, line),
            }
        }
        if found.len() >= MOST {
            break;
        }
    }
    found.extend(open.take().and_then(closed));
    found
}

fn both(edit: &mut Edit, line: &str) {
    edit.old.push(line.to_owned());
    edit.new.push(line.to_owned());
}

/// A hunk that changes something, without empty lines that only end the block.
fn closed(mut edit: Edit) -> Option<Edit> {
    while edit.old.last().is_some_and(|line| line.is_empty()) && edit.old.last() == edit.new.last()
    {
        edit.old.pop();
        edit.new.pop();
    }
    let same = |pair: &(&String, &String)| pair.0 == pair.1;
    let before = edit.old.iter().zip(&edit.new).take_while(same).count();
    let most = edit.old.len().min(edit.new.len()) - before;
    let after = edit
        .old
        .iter()
        .rev()
        .zip(edit.new.iter().rev())
        .take_while(same)
        .count();
    edit.context = (before, after.min(most));
    (edit.old != edit.new).then_some(edit)
}

/// The document after the edits. `files` are the files its regions lie in.
pub(super) fn apply(document: &str, edits: &[Edit], files: &[&str]) -> Result<String, String> {
    let mut lines: Vec<String> = document.lines().map(str::to_owned).collect();
    let headings: Vec<String> = headings(&lines);
    for (number, edit) in edits.iter().enumerate() {
        let which = format!("edit {} of {}", number + 1, edits.len());
        if let Some(file) = &edit.file
            && !files.iter().any(|known| {
                file == known
                    || known.ends_with(&format!("/{file}"))
                    || file.ends_with(&format!("/{known}"))
            })
            && file != "/dev/null"
        {
            return Err(format!(
                "{which} is for {file}, which is not among the files that may be changed ({})",
                files.join(", ")
            ));
        }
        one(&mut lines, edit).map_err(|why| format!("{which} does not apply: {why}"))?;
    }
    let first = headings.first().filter(|_| document.starts_with(HEADING));
    if self::headings(&lines) != headings || (first.is_some() && lines.first() != first) {
        return Err("the edits change a line that names a region".to_owned());
    }
    let mut text = lines.join("\n");
    if document.ends_with('\n') && !text.is_empty() {
        text.push('\n');
    }
    Ok(text)
}

fn headings(lines: &[String]) -> Vec<String> {
    lines
        .iter()
        .filter(|line| line.starts_with(HEADING))
        .cloned()
        .collect()
}

fn one(lines: &mut Vec<String>, edit: &Edit) -> Result<(), String> {
    if edit.old.iter().all(|line| line.trim().is_empty()) {
        if lines.iter().all(|line| line.trim().is_empty()) {
            lines.clone_from(&edit.new);
            return Ok(());
        }
        return Err("it does not say which lines it replaces".to_owned());
    }
    // As `patch` does: lines that only say where may be wrong, the changed ones may not.
    let (before, after) = edit.context;
    for fuzz in 0..=2 {
        let (skip, drop) = (before.min(fuzz), after.min(fuzz));
        if fuzz > 0 && before.min(fuzz - 1) == skip && after.min(fuzz - 1) == drop {
            break;
        }
        let old = &edit.old[skip..edit.old.len() - drop];
        let new = &edit.new[skip..edit.new.len() - drop];
        if old.iter().all(|line| line.trim().is_empty()) {
            break;
        }
        for loose in [Loose::No, Loose::Ends, Loose::Margin] {
            let places = places(lines, old, loose);
            let chosen = match (places.as_slice(), edit.hint) {
                ([], _) => continue,
                ([only], _) => *only,
                (several, Some(hint)) => {
                    let mut near = several.to_vec();
                    near.sort_by_key(|at| at.abs_diff(hint));
                    near[0]
                }
                (several, None) => {
                    return Err(format!(
                        "its first lines stand at {} places; more lines around it would say which",
                        several.len()
                    ));
                }
            };
            let new = moved(new, &lines[chosen..chosen + old.len()], old);
            lines.splice(chosen..chosen + old.len(), new);
            return Ok(());
        }
    }
    let first = edit
        .old
        .iter()
        .find(|line| !line.trim().is_empty())
        .map_or("", String::as_str);
    let short: String = first.trim().chars().take(80).collect();
    Err(format!(
        "the lines from `{short}` on are not in the code that may be changed"
    ))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Loose {
    No,
    Ends,
    Margin,
}

/// Where these lines stand.
fn places(lines: &[String], old: &[String], loose: Loose) -> Vec<usize> {
    if old.is_empty() || old.len() > lines.len() {
        return Vec::new();
    }
    let alike = |a: &str, b: &str| match loose {
        Loose::No => a == b,
        Loose::Ends => a.trim_end() == b.trim_end(),
        Loose::Margin => a.trim() == b.trim(),
    };
    let fits = |at: &usize| {
        let here = &lines[*at..*at + old.len()];
        here.iter().zip(old).all(|(a, b)| alike(a, b))
            && (loose != Loose::Margin || shift(here, old).is_some())
    };
    (0..=lines.len() - old.len()).filter(fits).collect()
}

/// What the margin of `here` has more than that of `there` (or the other way round), if that is the same on every line.
fn shift(here: &[String], there: &[String]) -> Option<(String, String)> {
    let mut found: Option<(String, String)> = None;
    for (a, b) in here.iter().zip(there) {
        if a.trim().is_empty() {
            continue;
        }
        let (left, right) = (margin(a), margin(b));
        let pair = match (left.strip_suffix(right), right.strip_suffix(left)) {
            (Some(more), _) => (more.to_owned(), String::new()),
            (None, Some(less)) => (String::new(), less.to_owned()),
            (None, None) => return None,
        };
        if found.as_ref().is_some_and(|known| *known != pair) {
            return None;
        }
        found = Some(pair);
    }
    found
}

fn margin(line: &str) -> &str {
    &line[..line.len() - line.trim_start().len()]
}

/// New lines with the margin of the place they go to.
fn moved(new: &[String], here: &[String], old: &[String]) -> Vec<String> {
    match shift(here, old) {
        Some((more, less)) => new.iter().map(|line| shifted(line, &more, &less)).collect(),
        None => new.to_vec(),
    }
}

fn shifted(line: &str, more: &str, less: &str) -> String {
    if line.trim().is_empty() {
        return line.to_owned();
    }
    let line = line.strip_prefix(less).unwrap_or(line);
    format!("{more}{line}")
}

/// A whole region, or several, among the blocks of an answer. `None`: no block can be one.
pub(super) fn whole(parts: &Parts, document: &str, names: &[&str], entry: &str) -> Option<String> {
    let code = |block: &&Block| {
        !matches!(
            block.language.as_str(),
            "diff" | "patch" | "text" | "console"
        )
    };
    let blocks: Vec<&Block> = parts.blocks.iter().filter(code).collect();
    if names.len() > 1 {
        let given = blocks
            .iter()
            .rev()
            .find(|block| block.text.lines().any(|line| line.starts_with(HEADING)))?;
        return merged(document, &given.text, names);
    }
    let word = |text: &str| {
        !entry.is_empty()
            && text
                .split(|c: char| !(c.is_alphanumeric() || c == '_'))
                .any(|word| word == entry)
    };
    let named = blocks.iter().rev().find(|block| word(&block.text));
    // A fragment is no region, and would replace all of it.
    let large = || {
        let fits = |block: &&&Block| block.text.trim().len() * 4 >= document.trim().len();
        blocks
            .iter()
            .filter(fits)
            .max_by_key(|block| block.text.len())
    };
    let block = if entry.is_empty() {
        large()
    } else {
        named.or_else(large)
    }?;
    Some(placed(&block.text, document))
}

/// With the margin that the region's first line has.
fn placed(text: &str, document: &str) -> String {
    let first = |text: &str| {
        text.lines()
            .find(|line| !line.trim().is_empty())
            .map(|line| margin(line).to_owned())
    };
    let text = text.trim_matches('\n').trim_end();
    let (Some(here), Some(there)) = (first(document), first(text)) else {
        return format!("{text}\n");
    };
    let (more, less) = match (here.strip_prefix(&there), there.strip_prefix(&here)) {
        (Some(more), _) => (more.to_owned(), String::new()),
        (None, Some(less)) => (String::new(), less.to_owned()),
        (None, None) => (String::new(), String::new()),
    };
    let lines: Vec<String> = text
        .lines()
        .map(|line| shifted(line, &more, &less))
        .collect();
    format!("{}\n", lines.join("\n"))
}

/// The document with the regions that `given` has in place of its own.
fn merged(document: &str, given: &str, names: &[&str]) -> Option<String> {
    let own = crate::domain::project::parts(document, names).ok()?;
    let head = |line: &str| {
        line.strip_prefix(HEADING)
            .map(|name| name.trim().to_owned())
    };
    let mut new: Vec<(String, String)> = Vec::new();
    for line in given.split_inclusive('\n') {
        if let Some(name) = head(line) {
            if !names.contains(&name.as_str()) || new.iter().any(|(known, _)| *known == name) {
                return None;
            }
            new.push((name, String::new()));
        } else if let Some((_, text)) = new.last_mut() {
            text.push_str(line);
        }
    }
    let regions: Vec<(String, String)> = names
        .iter()
        .zip(own)
        .map(|(name, own)| {
            let text = new
                .iter()
                .find(|(known, _)| known == name)
                .map(|(_, text)| text.clone());
            ((*name).to_owned(), text.unwrap_or(own))
        })
        .collect();
    Some(crate::domain::project::document(&regions))
}

#[cfg(test)]
mod tests;

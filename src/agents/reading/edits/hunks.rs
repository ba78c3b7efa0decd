//! Unified diffs as models write them: without numbers, with wrong ones, without heads, with `...` between the places, with
//! the headers of any tool.

use super::{Edit, MOST, Split};

/// `@@ -12,7 +12,8 @@`: the line from 0 where the old text begins; `None` within if it says none.
fn head(line: &str) -> Option<Option<usize>> {
    let rest = line.trim_start().strip_prefix("@@")?;
    let number = rest.trim_start().strip_prefix('-').map(|rest| {
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        digits.parse::<usize>().ok().map(|n| n.saturating_sub(1))
    });
    Some(number.flatten())
}

/// Whether a line is the head of a hunk.
pub(super) fn is_head(line: &str) -> bool {
    head(line).is_some()
        || line.starts_with("*** Begin Patch")
        || line.starts_with("*** Update File:")
}

/// The file that a header names.
fn file(line: &str) -> Option<String> {
    let name = line.split('\t').next().unwrap_or(line).trim();
    let name = name.trim_matches('"').replace('\\', "/");
    let name = ["a/", "b/", "./"]
        .iter()
        .find_map(|start| name.strip_prefix(start))
        .unwrap_or(&name);
    (!name.is_empty()).then(|| name.to_owned())
}

/// Lines of a hunk as they are read.
#[derive(Default)]
struct Open {
    split: Split,
    hint: Option<usize>,
    file: Option<String>,
    changes: bool,
}

impl Open {
    fn both(&mut self, line: &str) {
        self.split.old.push(line.to_owned());
        self.split.new.push(line.to_owned());
    }

    fn line(&mut self, line: &str) {
        match (line.chars().next(), line.get(1..)) {
            (Some('+'), Some(rest)) => {
                self.changes = true;
                self.split.new.push(rest.to_owned());
            }
            (Some('-'), Some(rest)) => {
                self.changes = true;
                self.split.old.push(rest.to_owned());
            }
            (Some(' '), Some(rest)) => self.both(rest),
            (None, _) => self.both(""),
            (Some('\\'), _) => {}
            _ => self.both(line),
        }
    }

    /// A hunk that says a change, without empty lines that only end the block.
    fn closed(self) -> Option<Edit> {
        let Split {
            mut old, mut new, ..
        } = self.split;
        while old.last().is_some_and(|line| line.is_empty()) && old.last() == new.last() {
            old.pop();
            new.pop();
        }
        let same = |pair: &(&String, &String)| pair.0 == pair.1;
        let before = old.iter().zip(&new).take_while(same).count();
        let most = old.len().min(new.len()) - before;
        let after = old
            .iter()
            .rev()
            .zip(new.iter().rev())
            .take_while(same)
            .count();
        let context = (before, after.min(most));
        self.changes.then(|| Edit {
            splits: vec![Split { old, new, context }],
            hint: self.hint,
            file: self.file,
            unclosed: false,
        })
    }
}

/// The hunks of a text, in order.
pub(super) fn edits(text: &str) -> Vec<Edit> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found: Vec<Edit> = Vec::new();
    let mut named: Option<String> = None;
    let mut open: Option<Open> = None;
    // Within a block that says it is a difference, changes need no head before them.
    let mut bare = false;
    let mut at = 0;
    while let Some(line) = lines.get(at).filter(|_| found.len() < MOST) {
        at += 1;
        let next = lines.get(at).copied().unwrap_or("");
        if let Some(hint) = head(line) {
            found.extend(open.take().and_then(Open::closed));
            open = Some(Open {
                hint,
                file: named.clone(),
                ..Open::default()
            });
        } else if line.starts_with("--- ") && next.starts_with("+++ ") && header(&lines, at) {
            found.extend(open.take().and_then(Open::closed));
            named = file(&next[4..])
                .filter(|name| name != "/dev/null")
                .or_else(|| file(&line[4..]));
            at += 1;
        } else if line.starts_with("+++ ")
            && open
                .as_ref()
                .is_none_or(|open| !open.changes && !open.split.old.is_empty())
        {
            found.extend(open.take().and_then(Open::closed));
            named = file(&line[4..]);
        } else if let Some(rest) = line.strip_prefix("*** ") {
            found.extend(open.take().and_then(Open::closed));
            if let Some(name) = rest.strip_prefix("Update File:") {
                named = file(name);
                bare = true;
            }
        } else if line.starts_with("```") || line.starts_with("~~~") {
            found.extend(open.take().and_then(Open::closed));
            let tag = super::super::tags::language(line.trim_start_matches(['`', '~']));
            bare = super::super::tags::is_diff(&tag);
        } else if line.starts_with("diff --git") || line.starts_with("--- a/") {
            found.extend(open.take().and_then(Open::closed));
        } else if matches!(line.trim(), "..." | "…") && (open.is_some() || bare) {
            found.extend(open.take().and_then(Open::closed));
            bare = true;
        } else if let Some(open) = &mut open {
            open.line(line);
        } else if bare
            && line.starts_with(['+', '-', ' '])
            && !line.starts_with("+++ ")
            && !line.starts_with("--- ")
        {
            let mut begun = Open {
                file: named.clone(),
                ..Open::default()
            };
            begun.line(line);
            open = Some(begun);
        }
    }
    found.extend(open.take().and_then(Open::closed));
    found
}

/// Whether the pair of lines before this one is a header and no change: a hunk's head or nothing but the end follows, or
/// both name a file.
fn header(lines: &[&str], at: usize) -> bool {
    let path = |line: &str| {
        let name = line
            .get(4..)
            .unwrap_or("")
            .split('\t')
            .next()
            .unwrap_or("")
            .trim();
        name == "/dev/null"
            || !name.is_empty() && !name.contains(' ') && name.contains(['.', '/', '\\'])
    };
    lines.get(at + 1).is_some_and(|line| head(line).is_some())
        || path(lines[at - 1]) && path(lines[at])
}

//! Search/replace blocks: `<<<<<<< SEARCH`, `=======`, `>>>>>>> REPLACE`, and the other words and signs that models use for
//! the same. Content that looks like one of these lines is told apart by its length and by what the given code holds.

use super::{Edit, MOST, Split};

/// Most ways to divide one block.
const WAYS: usize = 8;

/// A line that begins or ends a block: how many signs.
fn run(line: &str, mark: char) -> Option<(usize, &str)> {
    let line = line.trim();
    let count = line.chars().take_while(|c| *c == mark).count();
    let rest = &line[count..];
    ((5..=9).contains(&count) && (rest.is_empty() || rest.starts_with(' ')))
        .then(|| (count, rest.trim()))
}

/// Whether a line begins a block, how many signs it has, and the file it names.
fn opener(line: &str) -> Option<(usize, Option<&str>)> {
    if let Some((count, words)) = run(line, '<') {
        let file = words
            .split_whitespace()
            .find(|word| word.contains('.') && !word.ends_with('.'));
        return Some((count, file));
    }
    let (count, words) = run(line, '-')?;
    words
        .eq_ignore_ascii_case("search")
        .then_some((count, None))
}

/// Whether a line begins a block.
pub(super) fn is_opener(line: &str) -> bool {
    opener(line).is_some()
}

fn closer(line: &str, count: usize) -> bool {
    match run(line, '>') {
        Some((n, words)) => n == count || words.split_whitespace().count() == 1 || words.is_empty(),
        None => run(line, '+').is_some_and(|(_, words)| words.eq_ignore_ascii_case("replace")),
    }
}

fn margin(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// The blocks of a text, in order; those without a dividing line with no way to divide them.
pub(super) fn edits(text: &str) -> Vec<Edit> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    let mut at = 0;
    while at < lines.len() && found.len() < MOST {
        let Some((count, named)) = opener(lines[at]) else {
            at += 1;
            continue;
        };
        let first = at + 1;
        let after = lines.get(first..).unwrap_or(&[]);
        let next = after.iter().position(|line| opener(line).is_some());
        let reach = next.unwrap_or(after.len());
        let within = &after[..reach];
        let close = within
            .iter()
            .position(|line| closer(line, count) && margin(line) <= margin(lines[at]) + 3);
        let divider = within
            .iter()
            .position(|line| run(line, '=') == Some((count, "")));
        let (body, unclosed) = match close {
            Some(close) => (&within[..close], false),
            None => {
                // Up to the end of the fenced block behind the dividing line.
                let from = divider.unwrap_or(0);
                let end = within[from..]
                    .iter()
                    .position(|line| line.starts_with("```") || line.starts_with("~~~"))
                    .map_or(within.len(), |end| from + end);
                (&within[..end], true)
            }
        };
        let file = named
            .map(str::to_owned)
            .or_else(|| file_above(&lines[..at]));
        found.push(Edit {
            splits: splits(body, count),
            hint: None,
            file,
            unclosed,
        });
        at = first + body.len();
    }
    found
}

/// A file's name that stands on the line above a block.
fn file_above(before: &[&str]) -> Option<String> {
    let line = before
        .last()?
        .trim()
        .trim_matches(['`', '*', '#', ':', ' ']);
    let is_path = line.contains('.')
        && !line.contains(char::is_whitespace)
        && line
            .chars()
            .all(|c| c.is_alphanumeric() || "._-/\\".contains(c));
    is_path.then(|| line.to_owned())
}

/// The ways to divide a block: at a line of as many signs as it began with, as far left; then at others.
fn splits(body: &[&str], count: usize) -> Vec<Split> {
    // Lines that some editors put first say where, not what.
    let told = body
        .iter()
        .take_while(|line| line.starts_with(":start_line:") || line.starts_with(":end_line:"))
        .count();
    let body = &body[told..];
    let body = match body.first() {
        Some(line) if told > 0 && run(line, '-').is_some() => &body[1..],
        _ => body,
    };
    let mut at: Vec<(bool, usize, usize)> = body
        .iter()
        .enumerate()
        .filter_map(|(at, line)| {
            let (n, words) = run(line, '=')?;
            words.is_empty().then_some((n != count, margin(line), at))
        })
        .collect();
    at.sort_unstable();
    at.truncate(WAYS);
    let owned = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect();
    at.into_iter()
        .map(|(_, _, at)| Split {
            old: owned(&body[..at]),
            new: owned(&body[at + 1..]),
            context: (0, 0),
        })
        .collect()
}

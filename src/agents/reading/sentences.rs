//! The first one or two sentences of a lesson, without the trimmings models like to add. Never panics.

use crate::text::one_line;
use crate::wording::LESSON_CHARS;

/// The first two sentences of a text whose fenced blocks are gone, on one line, bounded.
pub(super) fn first_two(text: &str) -> String {
    let lines: Vec<(&str, &str)> = text
        .lines()
        .map(|line| (line.trim(), undecorated(line)))
        .filter(|(_, line)| !line.is_empty())
        .collect();
    let last = lines.len().saturating_sub(1);
    // Headings, and lines like "Here is the lesson:", announce; they do not tell.
    let announces = |whole: &str| whole.starts_with('#') || whole.ends_with(':');
    let told: Vec<&str> = lines
        .iter()
        .enumerate()
        .filter(|(at, (whole, _))| *at == last || !announces(whole))
        .map(|(_, (_, line))| *line)
        .collect();
    let line = told.join(" ").replace("**", "").replace("__", "");
    let mut sentences = split(line.trim());
    let filler = |first: &str| first.ends_with('!') && first.split_whitespace().count() <= 2;
    if sentences.len() > 1 && sentences.first().is_some_and(|first| filler(first)) {
        sentences.remove(0);
    }
    sentences.truncate(2);
    let joined = sentences.join(" ");
    one_line(unquoted(without_label(&joined)), LESSON_CHARS)
}

/// The line without bullet, number, heading or quotation mark.
fn undecorated(line: &str) -> &str {
    let line = line.trim().trim_start_matches(['#', '>', ' ']);
    let line = ["- ", "* ", "+ ", "• "]
        .iter()
        .find_map(|bullet| line.strip_prefix(bullet))
        .unwrap_or(line);
    let digits = line.trim_start_matches(|c: char| c.is_ascii_digit());
    let numbered = digits.len() < line.len() && digits.len() + 3 > line.len();
    let line = match digits.strip_prefix(['.', ')']) {
        Some(rest) if numbered && rest.starts_with(' ') => rest,
        _ => line,
    };
    let line = line.trim();
    if line.chars().all(|c| "-*_=".contains(c)) {
        return "";
    }
    line
}

fn without_label(line: &str) -> &str {
    for label in [
        "lesson learned",
        "lessons learned",
        "the lesson",
        "lesson",
        "answer",
    ] {
        let Some(start) = line.get(..label.len()) else {
            continue;
        };
        if start.eq_ignore_ascii_case(label)
            && let Some(rest) = line[label.len()..].trim_start().strip_prefix(':')
        {
            return rest.trim_start();
        }
    }
    line
}

fn unquoted(line: &str) -> &str {
    match line
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
    {
        Some(inside) if !inside.contains('"') => inside,
        _ => line,
    }
}

/// Sentences end at `.`, `!` or `?` before white space, but not after an abbreviation.
fn split(line: &str) -> Vec<&str> {
    let mut sentences = Vec::new();
    let mut start = 0;
    let mut chars = line.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let end = at + c.len_utf8();
        let blank_follows = chars.peek().is_none_or(|(_, next)| next.is_whitespace());
        if matches!(c, '.' | '!' | '?') && blank_follows && !abbreviated(&line[start..end]) {
            sentences.push(line[start..end].trim());
            start = end;
        }
    }
    let rest = line[start..].trim();
    if !rest.is_empty() {
        sentences.push(rest);
    }
    sentences
}

fn abbreviated(text: &str) -> bool {
    let word = text
        .rsplit(|c: char| c.is_whitespace() || c == '(')
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase();
    matches!(
        word.as_str(),
        "e.g." | "i.e." | "vs." | "cf." | "approx." | "resp." | "etc."
    )
}

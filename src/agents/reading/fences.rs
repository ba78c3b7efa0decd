//! Fenced blocks of a text: CommonMark's rules of length and indentation, and what models do beside them: unclosed,
//! glued to words, in lists and quotations, one document within another. A line that looks like a fence but stands in a
//! comment or a string of the code around it is part of that code. Never panics; linear in the text.

use std::ops::Range;

use super::tags;
use crate::source::lexis::{Lexis, Style};
use crate::source::outline::Outline;

/// Whether a block's closing fence was there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Closing {
    /// It was.
    Present,
    /// The text, or another block, began before it.
    Missing,
}

/// A fenced block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Block {
    /// Its language tag in lower case, often empty.
    pub language: String,
    /// What stands in it.
    pub text: String,
    /// Whether it was closed.
    pub closing: Closing,
    /// The end of the words between the block before and this one.
    pub introduction: String,
}

impl Block {
    /// Whether the language tag allows C++.
    pub(crate) fn may_be_cpp(&self) -> bool {
        self.language.is_empty() || Style::of(&self.language) == Some(Style::Cpp)
    }
}

/// A text taken apart.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Parts {
    /// The blocks that hold anything, in the order they ended.
    pub blocks: Vec<Block>,
    /// Everything outside of them.
    pub around: String,
}

/// Most of the words before a block that are kept with it, in bytes.
const INTRODUCTION_BYTES: usize = 400;
/// Deeper nesting than this is noise, and its inner fences count as text.
const DEPTH: usize = 8;
/// How often a block that swallowed its own end may be read anew.
const RETRIES: usize = 16;
/// Columns by which a closing fence may stand further in than its opening one.
const DRIFT: usize = 3;

/// The beginning of a fenced block.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Opening {
    mark: char,
    length: usize,
    /// Columns before it.
    indent: usize,
    /// Marks of quotation before it.
    quoted: usize,
    language: String,
}

struct Open {
    fence: Opening,
    introduction: String,
    text: String,
    lexis: Option<Lexis>,
    style: Option<Style>,
    /// The first line that would close it by its looks alone but stands in a comment or string, or too far in.
    doubtful: Option<Doubtful>,
    /// The number of its first line.
    from: usize,
}

#[derive(Debug, Clone, Copy)]
struct Doubtful {
    line: usize,
    /// How much of the text stood before it.
    bytes: usize,
    /// Whether it is only too far in.
    far: bool,
}

impl Open {
    fn is_code(&self) -> bool {
        Style::of(&self.fence.language).is_some()
            || tags::is_code(&self.fence.language)
            || tags::is_shell(&self.fence.language)
    }
}

/// Takes a text apart; blocks without a language tag may hold any.
pub(super) fn parts(text: &str) -> Parts {
    parts_of(text, None)
}

/// Takes a text apart whose blocks without a language tag are in this language.
pub(super) fn parts_of(text: &str, untagged: Option<Style>) -> Parts {
    read(text, untagged).parts
}

/// The lines that closed blocks cover, fences and all.
pub(super) fn covered(text: &str, untagged: Option<Style>) -> Vec<Range<usize>> {
    read(text, untagged).covered
}

fn read(text: &str, untagged: Option<Style>) -> Reader {
    let mut reader = Reader {
        parts: Parts::default(),
        stack: Vec::new(),
        untagged,
        words_from: 0,
        covered: Vec::new(),
    };
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let mut retries = 0;
    let mut at = 0;
    loop {
        while let Some(line) = lines.get(at) {
            let misread = reader.line(line, at, retries < RETRIES);
            retries += usize::from(misread.is_some());
            at = 1 + misread.map_or(at, |doubtful| reader.close_at(doubtful));
        }
        // A block that is open at the end and passed over a closing fence may have been misread.
        let again = reader.stack.last().and_then(|open| open.doubtful);
        match again {
            Some(doubtful) if retries < RETRIES => {
                retries += 1;
                at = 1 + reader.close_at(doubtful);
            }
            _ => break,
        }
    }
    while !reader.stack.is_empty() {
        reader.close(Closing::Missing, lines.len());
    }
    reader
}

struct Reader {
    parts: Parts,
    stack: Vec<Open>,
    untagged: Option<Style>,
    /// Where in `parts.around` the words since the last block begin.
    words_from: usize,
    covered: Vec<Range<usize>>,
}

enum Inside<'a> {
    Text,
    /// It would close the block by its looks alone; whether it is only too far in.
    Doubtful(bool),
    /// Closed; this much of the line still belongs to the block, and this much to the words after it.
    Close(&'a str, &'a str),
    Opens(Opening),
}

impl Reader {
    /// Reads a line. Gives the place where the open block should have ended, if this line shows that it did before.
    fn line(&mut self, line: &str, number: usize, may_go_back: bool) -> Option<Doubtful> {
        let depth = self.stack.len();
        let Some(open) = self.stack.last_mut() else {
            self.outside(line, number);
            return None;
        };
        let content = unquoted(line, open.fence.quoted);
        match inside(content, open) {
            Inside::Text => open.push(content),
            Inside::Doubtful(far) => {
                open.doubtful.get_or_insert(Doubtful {
                    line: number,
                    bytes: open.text.len(),
                    far,
                });
                open.push(content);
            }
            Inside::Close(before, after) => {
                open.text.push_str(before);
                let doubtful = open.doubtful.filter(|_| may_go_back);
                if let Some(doubtful) = doubtful.filter(|at| open.is_misread(at.bytes)) {
                    return Some(doubtful);
                }
                self.close(Closing::Present, number);
                self.parts.around.push_str(after);
            }
            Inside::Opens(fence) => {
                if open.is_code() {
                    self.close(Closing::Missing, number);
                    self.open(fence, number);
                } else if depth < DEPTH {
                    self.open(fence, number);
                } else {
                    open.push(content);
                }
            }
        }
        None
    }

    /// Ends the open block at an earlier line; gives its number.
    fn close_at(&mut self, at: Doubtful) -> usize {
        if let Some(open) = self.stack.last_mut() {
            open.text.truncate(at.bytes);
        }
        let closing = match at.far {
            true => Closing::Present,
            false => Closing::Missing,
        };
        self.close(closing, at.line);
        at.line
    }

    fn open(&mut self, fence: Opening, from: usize) {
        let style = match fence.language.as_str() {
            "" => self.untagged,
            tag => Style::of(tag),
        };
        let words = self.parts.around.get(self.words_from..).unwrap_or("");
        let introduction = match self.stack.last() {
            // Within another document the words are that one's.
            Some(around) => tail(&around.text),
            None => tail(words),
        };
        let introduction = introduction.to_owned();
        self.stack.push(Open {
            fence,
            introduction,
            text: String::new(),
            lexis: style.map(Lexis::new),
            style,
            doubtful: None,
            from,
        });
    }

    fn close(&mut self, closing: Closing, line: usize) {
        let Some(open) = self.stack.pop() else {
            return;
        };
        if closing == Closing::Present {
            self.covered.push(open.from..line + 1);
        }
        self.words_from = self.parts.around.len();
        if open.text.trim().is_empty() {
            return;
        }
        self.parts.blocks.push(Block {
            text: dedented(&open.text, open.fence.indent),
            language: open.fence.language,
            closing,
            introduction: open.introduction,
        });
    }

    fn outside(&mut self, line: &str, number: usize) {
        if let Some(fence) = opening(line) {
            return self.open(fence, number);
        }
        // A fence after words on the same line: "Here it is: ```cpp", or a whole block within one line.
        let Some((before, rest)) = line.split_once("```") else {
            self.parts.around.push_str(line);
            return;
        };
        let trimmed = rest.trim_end().trim_end_matches('`');
        let tag = rest.trim().trim_start_matches('`');
        let fence = |language: &str| Opening {
            mark: '`',
            length: 3,
            indent: 0,
            quoted: 0,
            language: language.to_ascii_lowercase(),
        };
        if rest.trim_end().ends_with("```") && trimmed.trim().contains(['{', ';', '=', '(']) {
            let (language, text) = match trimmed.split_once(char::is_whitespace) {
                Some((tag, text)) if tags::is_known(&tag.to_ascii_lowercase()) => (tag, text),
                _ => ("", trimmed),
            };
            self.parts.around.push_str(before);
            self.open(fence(language), number);
            if let Some(open) = self.stack.last_mut() {
                open.text.push_str(text);
            }
            self.close(Closing::Present, number);
        } else if tag.is_empty() || tags::is_known(&tag.to_ascii_lowercase()) {
            self.parts.around.push_str(before);
            self.parts.around.push('\n');
            self.open(fence(tag), number);
        } else {
            self.parts.around.push_str(line);
        }
    }
}

impl Open {
    /// Whether the text makes no sense to the parser while that before a fence within it does, or may be no code at all.
    fn is_misread(&self, bytes: usize) -> bool {
        let Some(style) = self.style else {
            return false;
        };
        let broken = |text: &str| Outline::of(text, style.tongue()).is_some_and(|o| o.broken);
        broken(&self.text)
            && (self.fence.language.is_empty() || !broken(self.text.get(..bytes).unwrap_or("")))
    }

    fn push(&mut self, line: &str) {
        self.text.push_str(line);
        if let Some(lexis) = &mut self.lexis {
            lexis.line(line, |_, _, _| {});
        }
    }
}

/// The end of a text, a bounded part of it.
fn tail(text: &str) -> &str {
    let mut from = text.len().saturating_sub(INTRODUCTION_BYTES);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    text[from..].trim()
}

/// Columns of white space at the beginning.
fn columns(line: &str) -> usize {
    let mut columns = 0;
    for c in line.chars() {
        match c {
            ' ' => columns += 1,
            '\t' => columns += 4 - columns % 4,
            _ => break,
        }
    }
    columns
}

/// The line without as many marks of quotation as the opening fence had, if it has them.
fn unquoted(line: &str, marks: usize) -> &str {
    let mut rest = line;
    for _ in 0..marks {
        let Some(inner) = rest.trim_start_matches(' ').strip_prefix('>') else {
            return line;
        };
        rest = inner.strip_prefix(' ').unwrap_or(inner);
    }
    rest
}

fn inside<'a>(line: &'a str, open: &Open) -> Inside<'a> {
    let content = line.trim();
    let fence = &open.fence;
    let is_inside = open.lexis.as_ref().is_some_and(Lexis::is_inside);
    let run = content.chars().take_while(|c| *c == fence.mark).count();
    let near = columns(line) <= fence.indent + DRIFT;
    if run >= fence.length && content.chars().all(|c| c == fence.mark) {
        return match near && !is_inside {
            true => Inside::Close("", ""),
            false => Inside::Doubtful(!is_inside),
        };
    }
    if is_inside {
        return Inside::Text;
    }
    if near
        && let Some(next) = opening(line).filter(|next| !next.language.is_empty())
        && (tags::is_known(&next.language) || !open.is_code())
        && (next.length >= fence.length || !open.is_code())
    {
        return Inside::Opens(next);
    }
    let rest = &content[run * fence.mark.len_utf8()..];
    // A line of code begins with no fence: what follows are words, or what a model's template left there.
    if near && run >= fence.length && open.is_code() && !rest.contains(fence.mark) {
        return Inside::Close("", &line[line.find(fence.mark).unwrap_or(0) + run..]);
    }
    // A closing fence glued to the last line of code: "}```".
    let before = content.trim_end_matches(fence.mark);
    if content.len() - before.len() >= fence.length
        && before.ends_with(['}', ';', ')'])
        && !before.contains(fence.mark)
    {
        return Inside::Close(before, "");
    }
    Inside::Text
}

fn opening(line: &str) -> Option<Opening> {
    let mut content = line.trim_end();
    let mut indent = 0;
    let mut quoted = 0;
    loop {
        let trimmed = content.trim_start();
        indent += columns(content);
        if let Some(rest) = trimmed.strip_prefix('>') {
            // What is quoted begins anew.
            (content, indent) = (rest.strip_prefix(' ').unwrap_or(rest), 0);
            quoted += 1;
            continue;
        }
        let digits = trimmed.len()
            - trimmed
                .trim_start_matches(|c: char| c.is_ascii_digit())
                .len();
        let marker = match trimmed.chars().nth(digits) {
            Some('.' | ')') if (1..=3).contains(&digits) => digits + 1,
            Some('-' | '*' | '+' | '•') if digits == 0 => {
                trimmed.chars().next().map_or(0, char::len_utf8)
            }
            _ => 0,
        };
        content = &trimmed[marker..];
        if marker == 0 {
            break;
        }
        indent += marker;
    }
    let mark = content.chars().next().filter(|c| matches!(c, '`' | '~'))?;
    let length = content.chars().take_while(|c| *c == mark).count();
    let info = content[length..].trim();
    if length < 3 || mark == '`' && info.contains(mark) {
        return None;
    }
    let language = tags::language(info);
    // A line of words is no language tag: "```and then" would swallow the rest.
    let attributes = info.contains(['=', '{']);
    if info.split_whitespace().count() > 3 && !(attributes && tags::is_known(&language)) {
        return None;
    }
    Some(Opening {
        mark,
        length,
        indent,
        quoted,
        language,
    })
}

/// The text without the margin of its fence, as far as every line has it.
fn dedented(text: &str, indent: usize) -> String {
    let margin = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(columns)
        .min()
        .unwrap_or(0)
        .min(indent);
    if margin == 0 {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let mut rest = line;
        let mut left = margin;
        while left > 0 {
            match rest.chars().next() {
                Some(' ') => left -= 1,
                Some('\t') => left = left.saturating_sub(4),
                _ => break,
            }
            rest = &rest[1..];
        }
        out.push_str(rest);
    }
    out
}

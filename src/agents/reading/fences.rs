//! Fenced blocks of a text, as models really write them: unclosed, nested, with words on the fence's own line.
//! Never panics; linear in the text.

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
}

impl Block {
    /// Whether the language tag allows C++.
    pub fn may_be_cpp(&self) -> bool {
        is_cpp(&self.language) || self.language.is_empty()
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

struct Open {
    mark: char,
    length: usize,
    language: String,
    text: String,
}

impl Open {
    fn into_block(self, closing: Closing) -> Block {
        Block {
            language: self.language,
            text: self.text,
            closing,
        }
    }
}

/// Deeper nesting than this is noise, and its inner fences count as text.
const DEPTH: usize = 8;

/// Takes a text apart.
pub(super) fn parts(text: &str) -> Parts {
    let mut parts = Parts::default();
    let mut stack: Vec<Open> = Vec::new();
    for line in text.split_inclusive('\n') {
        let depth = stack.len();
        match stack.last_mut() {
            None => outside(line, &mut parts, &mut stack),
            Some(open) => match inside(line, open) {
                Inside::Text => open.text.push_str(line),
                Inside::Close(before) => {
                    open.text.push_str(before);
                    if let Some(open) = stack.pop() {
                        keep(&mut parts, open.into_block(Closing::Present));
                    }
                }
                Inside::Opens(next) => {
                    if is_cpp(&open.language) {
                        if let Some(open) = stack.pop() {
                            keep(&mut parts, open.into_block(Closing::Missing));
                        }
                        stack.push(next);
                    } else if depth < DEPTH {
                        stack.push(next);
                    } else {
                        open.text.push_str(line);
                    }
                }
            },
        }
    }
    while let Some(open) = stack.pop() {
        keep(&mut parts, open.into_block(Closing::Missing));
    }
    parts
}

fn keep(parts: &mut Parts, block: Block) {
    if !block.text.trim().is_empty() {
        parts.blocks.push(block);
    }
}

fn outside(line: &str, parts: &mut Parts, stack: &mut Vec<Open>) {
    if let Some(open) = opening(line) {
        stack.push(open);
        return;
    }
    // A fence after words on the same line: "Here it is: ```cpp", or a whole block within one line.
    let Some((before, rest)) = line.split_once("```") else {
        parts.around.push_str(line);
        return;
    };
    let trimmed = rest.trim_end().trim_end_matches('`');
    if rest.trim_end().ends_with("```") && trimmed.trim().contains(['{', ';']) {
        let (language, text) = match trimmed.split_once(char::is_whitespace) {
            Some((tag, text)) if is_cpp(tag) => (tag.to_ascii_lowercase(), text),
            _ => (String::new(), trimmed),
        };
        parts.around.push_str(before);
        let block = Block {
            language,
            text: text.to_owned(),
            closing: Closing::Present,
        };
        keep(parts, block);
    } else if rest.trim().is_empty() || is_cpp(rest.trim()) {
        parts.around.push_str(before);
        parts.around.push('\n');
        stack.push(Open {
            mark: '`',
            length: 3,
            language: rest.trim().to_ascii_lowercase(),
            text: String::new(),
        });
    } else {
        parts.around.push_str(line);
    }
}

enum Inside<'a> {
    Text,
    /// Closed; this much of the line still belongs to the block.
    Close(&'a str),
    Opens(Open),
}

fn inside<'a>(line: &'a str, open: &Open) -> Inside<'a> {
    let content = line.trim();
    let run = content.chars().take_while(|c| *c == open.mark).count();
    if run >= open.length && content.chars().all(|c| c == open.mark) {
        return Inside::Close("");
    }
    if let Some(next) = opening(line).filter(|next| !next.language.is_empty()) {
        return Inside::Opens(next);
    }
    // A closing fence glued to the last line of code: "}```".
    let before = content.trim_end_matches(open.mark);
    if content.len() - before.len() >= open.length && before.ends_with(['}', ';']) {
        return Inside::Close(before);
    }
    Inside::Text
}

fn opening(line: &str) -> Option<Open> {
    let content = line.trim().trim_start_matches(['>', '-', '*']).trim_start();
    let mark = content.chars().next().filter(|c| matches!(c, '`' | '~'))?;
    let length = content.chars().take_while(|c| *c == mark).count();
    let info = content[length..].trim();
    if length < 3 || info.contains(mark) {
        return None;
    }
    let tag: String = info
        .trim_start_matches(['{', '.'])
        .chars()
        .take_while(|c| c.is_alphanumeric() || "+#-_".contains(*c))
        .collect();
    // A line of words is no language tag: "```and then" would swallow the rest.
    if info.split_whitespace().count() > 3 {
        return None;
    }
    Some(Open {
        mark,
        length,
        language: tag.to_ascii_lowercase(),
        text: String::new(),
    })
}

fn is_cpp(language: &str) -> bool {
    matches!(
        language.to_ascii_lowercase().as_str(),
        "cpp" | "c++" | "cc" | "cxx" | "c" | "h" | "hpp" | "hxx" | "cplusplus" | "c++17" | "cpp17"
    )
}

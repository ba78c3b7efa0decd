//! What in a text is C++: whether it defines a function of a name, and where code without a fence begins and ends.
//! A light scan, not a parser: the compiler stays the judge. Never panics; takes no longer for hostile text than for long text.

use crate::text::head;

/// How far behind a parameter list its body may begin, in bytes.
const TAIL_BYTES: usize = 512;

/// Whether `code` defines (not only calls or declares) a function named `name`.
pub(super) fn defines(code: &str, name: &str) -> bool {
    if name.is_empty() {
        return false;
    }
    let plain = masked(code);
    let closing = closing_parentheses(&plain);
    let word = |c: char| c.is_alphanumeric() || c == '_';
    plain.match_indices(name).any(|(at, _)| {
        let before = plain[..at].chars().next_back();
        let after = &plain[at + name.len()..];
        let list = plain.len() - after.trim_start().len();
        let body = |end: &usize| begins_body(&plain[end + 1..]);
        before.is_none_or(|c| !word(c) && c != '.')
            && closing
                .binary_search_by_key(&list, |(open, _)| *open)
                .is_ok_and(|found| body(&closing[found].1))
    })
}

/// Where each opened parenthesis is closed, by where it was opened.
fn closing_parentheses(plain: &str) -> Vec<(usize, usize)> {
    let mut open = Vec::new();
    let mut pairs = Vec::new();
    for (at, byte) in plain.bytes().enumerate() {
        match byte {
            b'(' => open.push(at),
            b')' => pairs.extend(open.pop().map(|opened| (opened, at))),
            _ => {}
        }
    }
    pairs.sort_unstable();
    pairs
}

/// Whether what follows a parameter list is a body.
fn begins_body(after: &str) -> bool {
    let tail = head(after, TAIL_BYTES).trim_start();
    let qualifiers = ["noexcept", "->", "const", "[[", "__attribute__", "requires"];
    let qualified = qualifiers.iter().any(|start| tail.starts_with(start));
    let stop = tail.find(['{', ';']);
    tail.starts_with('{') || qualified && stop.is_some_and(|at| tail[at..].starts_with('{'))
}

/// The text with comments and literals blanked out, so that braces and names in them do not count.
fn masked(code: &str) -> String {
    let mut plain = String::with_capacity(code.len());
    let mut chars = code.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, chars.peek().copied()) {
            ('/', Some('/')) => {
                for skipped in chars.by_ref() {
                    if skipped == '\n' {
                        plain.push('\n');
                        break;
                    }
                }
            }
            ('/', Some('*')) => {
                chars.next();
                let mut last = ' ';
                for skipped in chars.by_ref() {
                    if last == '*' && skipped == '/' {
                        break;
                    }
                    last = skipped;
                }
                plain.push(' ');
            }
            ('"', _) => {
                literal(&mut chars, '"');
                plain.push_str("\"\"");
            }
            // An apostrophe between digits separates them; anything else opens a character.
            ('\'', _) if !plain.ends_with(|p: char| p.is_ascii_hexdigit()) => {
                literal(&mut chars, '\'');
                plain.push_str("''");
            }
            _ => plain.push(c),
        }
    }
    plain
}

/// Skips to the end of a literal, at latest to the end of the line.
fn literal(chars: &mut std::iter::Peekable<std::str::Chars<'_>>, quote: char) {
    while let Some(c) = chars.next_if(|c| *c != '\n') {
        if c == '\\' {
            chars.next_if(|c| *c != '\n');
        } else if c == quote {
            return;
        }
    }
}

/// Whether a word stands in a text.
pub(super) fn mentions(text: &str, word: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    !word.is_empty()
        && text.match_indices(word).any(|(at, _)| {
            !text[..at].chars().next_back().is_some_and(part)
                && !text[at + word.len()..].chars().next().is_some_and(part)
        })
}

/// Whether a text can be code at all: it has a brace pair and a statement or body on lines of their own.
pub(super) fn looks_like_code(text: &str) -> bool {
    let ends = |end: char| text.lines().any(|line| line.trim_end().ends_with(end));
    text.contains('}') && (ends('{') || ends(';') || text.trim_end().ends_with('}'))
}

/// Code that stands in a text without a fence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Bare {
    /// The code.
    pub code: String,
    /// The words before and after it.
    pub around: String,
}

/// From the first line that reads like code to the last closing brace or directive.
pub(super) fn bare(text: &str, entry_name: &str) -> Option<Bare> {
    let lines: Vec<&str> = text.lines().collect();
    let first = lines
        .iter()
        .position(|line| is_code_line(line, entry_name))?;
    let last = lines
        .iter()
        .rposition(|line| {
            line.trim_start().starts_with(['}', '#']) || line.trim_end().ends_with('}')
        })
        .filter(|last| *last >= first)?;
    let code = lines[first..=last].join("\n");
    if !defines(&code, entry_name) && !looks_like_code(&code) {
        return None;
    }
    let before = lines[..first].join("\n");
    let after = lines[last + 1..].join("\n");
    Some(Bare {
        code,
        around: format!("{}\n{}", before.trim(), after.trim()),
    })
}

/// Rust without a fence that defines the function, and the words around it.
pub(super) fn bare_rust(text: &str, entry_name: &str) -> Option<(String, String)> {
    let starts = [
        "use ", "pub ", "fn ", "#[", "#![", "impl", "struct ", "enum ", "const ", "static ",
        "mod ", "//", "unsafe ", "async ", "trait ", "type ",
    ];
    let lines: Vec<&str> = text.lines().collect();
    let first = lines.iter().position(|line| {
        starts
            .iter()
            .any(|start| line.trim_start().starts_with(start))
    })?;
    let last = lines
        .iter()
        .rposition(|line| line.trim_end().ends_with(['}', ';']))
        .filter(|last| *last >= first)?;
    let code = lines[first..=last].join("\n");
    let around = format!(
        "{}\n{}",
        lines[..first].join("\n").trim(),
        lines[last + 1..].join("\n").trim()
    );
    mentions(&code, &format!("fn {entry_name}")).then_some((code, around))
}

fn is_code_line(line: &str, entry_name: &str) -> bool {
    let line = line.trim();
    let directive = [
        "#include", "#pragma", "#define", "#if", "#undef", "#ifdef", "#ifndef",
    ];
    let comment = ["//", "/*"];
    let starts = [
        "template",
        "namespace ",
        "using ",
        "struct ",
        "class ",
        "static ",
        "inline ",
        "constexpr ",
        "extern ",
        "typedef ",
        "enum ",
        "void",
        "int",
        "double",
        "float",
        "bool",
        "auto",
        "size_t",
        "std::",
        "unsigned ",
        "const ",
    ];
    let typed = starts.iter().any(|start| line.starts_with(start));
    directive
        .iter()
        .chain(&comment)
        .any(|start| line.starts_with(start))
        || line.ends_with(['{', ';', '}']) && !line.contains('`')
        || typed && !line.ends_with(['.', ':', '!', '?'])
        || typed && !entry_name.is_empty() && line.contains(&format!("{entry_name}("))
}

//! What copying and rendering do to code, undone where that cannot change what was meant: code within JSON or tags, line
//! numbers, HTML entities, blanks that are none. Every change is told. Pure; never panics.

use super::fences::{self, Block, Closing};
use super::tags;
use crate::source::lexis::{Area, Lexis, Style};
use crate::source::outline::Outline;
use crate::source::syntax::Tongue;

/// Most strings of one JSON text that are looked at.
const MOST_STRINGS: usize = 64;

/// The text of a block as it was meant, and what was done to it.
pub(super) fn mended(
    text: &str,
    style: Option<Style>,
    tongue: Tongue,
    given: &str,
) -> (String, Vec<String>) {
    let mut notes = Vec::new();
    let mut text = text.to_owned();
    if let Some(plain) = unnumbered(&text) {
        notes.push("line numbers taken off".to_owned());
        text = plain;
    }
    if let Some(plain) = unescaped(&text, style, tongue, given) {
        notes.push("HTML entities turned back into characters".to_owned());
        text = plain;
    }
    if let Some(plain) = blanks(&text, style) {
        notes.push("invisible characters between the words of the code replaced".to_owned());
        text = plain;
    }
    (text, notes)
}

/// Without a number at the beginning of every line, if they count up by one.
fn unnumbered(text: &str) -> Option<String> {
    let mut expected: Option<u64> = None;
    let mut out = String::with_capacity(text.len());
    let mut count = 0;
    let mut mark: Option<char> = None;
    for line in text.split_inclusive('\n') {
        let trimmed = line.trim_start();
        let digits = trimmed.len()
            - trimmed
                .trim_start_matches(|c: char| c.is_ascii_digit())
                .len();
        if digits == 0 {
            if line.trim().is_empty() {
                out.push('\n');
                continue;
            }
            return None;
        }
        let number: u64 = trimmed[..digits].parse().ok()?;
        if expected.is_some_and(|expected| expected != number) {
            return None;
        }
        expected = Some(number.checked_add(1)?);
        let rest = trimmed[digits..].trim_start_matches(' ');
        let separator = rest.chars().next().unwrap_or('\n');
        let spaced = trimmed[digits..].starts_with(' ');
        match separator {
            '|' | ':' | '\t' | '│' | '→' if mark.is_none_or(|known| known == separator) => {
                mark = Some(separator);
                let rest = &rest[separator.len_utf8()..];
                out.push_str(rest.strip_prefix(' ').unwrap_or(rest));
            }
            '.' | ')' if mark.is_none_or(|known| known == separator) && !spaced => {
                mark = Some(separator);
                let rest = &rest[1..];
                out.push_str(rest.strip_prefix(' ').unwrap_or(rest));
            }
            '\n' => out.push('\n'),
            _ if mark.is_none() || mark == Some(' ') => {
                if !spaced {
                    return None;
                }
                mark = Some(' ');
                let rest = &trimmed[digits..];
                out.push_str(rest.strip_prefix(' ').unwrap_or(rest));
            }
            _ => return None,
        }
        count += 1;
    }
    (count >= 2 && mark.is_some()).then_some(out)
}

/// With `&lt;` and the like as characters, if they stand in code, the parser finds no fault in what comes of it, and the
/// given code has none of them.
fn unescaped(text: &str, style: Option<Style>, tongue: Tongue, given: &str) -> Option<String> {
    const ENTITIES: [(&str, &str); 8] = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&#x27;", "'"),
        ("&apos;", "'"),
        ("&nbsp;", " "),
        ("&amp;", "&"),
    ];
    let has = |text: &str| ENTITIES.iter().any(|(entity, _)| text.contains(entity));
    if !has(text) || has(given) {
        return None;
    }
    // In a string they may be meant.
    let mut code = String::with_capacity(text.len());
    let mut lexis = Lexis::new(style?);
    for line in text.split_inclusive('\n') {
        lexis.line(line, |_, c, area| {
            code.extend((area == Area::Code).then_some(c))
        });
    }
    if !has(&code) {
        return None;
    }
    let plain = ENTITIES
        .iter()
        .fold(text.to_owned(), |text, (entity, plain)| {
            text.replace(entity, plain)
        });
    (!Outline::of(&plain, tongue)?.broken).then_some(plain)
}

/// With plain blanks for other kinds of them, and without characters of no width, outside of literals and comments.
fn blanks(text: &str, style: Option<Style>) -> Option<String> {
    let blank = |c: char| {
        matches!(
            c,
            '\u{a0}' | '\u{2002}'..='\u{200a}' | '\u{202f}' | '\u{3000}'
        )
    };
    let nothing = |c: char| matches!(c, '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{ad}');
    if !text.contains(|c| blank(c) || nothing(c)) {
        return None;
    }
    let mut lexis = Lexis::new(style?);
    let mut out = String::with_capacity(text.len());
    let mut changed = false;
    for line in text.split_inclusive('\n') {
        lexis.line(line, |_, c, area| match area {
            Area::Code if blank(c) => {
                changed = true;
                out.push(' ');
            }
            Area::Code if nothing(c) => changed = true,
            // Before a comment stands the line's margin.
            _ => out.push(c),
        });
    }
    changed.then_some(out)
}

/// The strings of a JSON text that may be code, as blocks.
pub(super) fn from_json(block: &Block) -> Vec<Block> {
    let text = block.text.trim();
    if !(tags::is_json(&block.language) || block.language.is_empty())
        || !text.starts_with(['{', '['])
    {
        return Vec::new();
    }
    // Depth is bounded by the parser.
    let Ok(value) = serde_json::from_str::<serde_json::Value>(text) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    let mut open = vec![&value];
    while let Some(value) = open.pop() {
        match value {
            serde_json::Value::String(text) if text.contains('\n') || text.contains(['{', ':']) => {
                found.push(text.replace("\r\n", "\n"));
            }
            serde_json::Value::Array(values) => open.extend(values.iter().rev()),
            serde_json::Value::Object(fields) => {
                let mut fields: Vec<&serde_json::Value> = fields.values().collect();
                fields.reverse();
                open.extend(fields);
            }
            _ => {}
        }
        if found.len() >= MOST_STRINGS {
            break;
        }
    }
    let block = |text: String| Block {
        language: String::new(),
        text,
        closing: Closing::Present,
        introduction: block.introduction.clone(),
    };
    // A string may hold a fenced block of its own.
    let fenced = |text: String| {
        let mut inner = match text.contains("```") {
            true => fences::parts(&text).blocks,
            false => Vec::new(),
        };
        if inner.is_empty() {
            inner.push(block(text));
        }
        inner
    };
    found.into_iter().flat_map(fenced).collect()
}

const TAGGED: &[&str] = &[
    "code",
    "answer",
    "solution",
    "file",
    "content",
    "python",
    "cpp",
    "c++",
    "rust",
    "function",
    "rewrite",
    "output",
    "final",
    "result",
    "implementation",
    "source",
    "new_code",
    "optimized_code",
    "optimized",
];

/// What stands between a pair of tags that are the first and the last of a line, innermost first; and the rest.
pub(super) fn from_tags(text: &str) -> (Vec<Block>, String) {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let opened = |line: &str| -> Option<String> {
        let inner = line.trim().strip_prefix('<')?.strip_suffix('>')?;
        let name = inner.split_whitespace().next()?.to_ascii_lowercase();
        (TAGGED.contains(&name.as_str()) && !inner.contains('<')).then_some(name)
    };
    let mut blocks = Vec::new();
    let mut around = String::new();
    let mut at = 0;
    'lines: while at < lines.len() {
        if let Some(name) = opened(lines[at]) {
            let close = format!("</{name}>");
            let mut inner = String::new();
            for (end, line) in lines.iter().enumerate().skip(at + 1) {
                if opened(line).is_some() {
                    // What is within it is nearer to the code.
                    break;
                }
                let Some(before) = line.trim_end().strip_suffix(close.as_str()) else {
                    inner.push_str(line);
                    continue;
                };
                inner.push_str(before);
                let inner = inner.trim_start_matches('\n');
                let inner = inner.strip_prefix("<![CDATA[").unwrap_or(inner);
                let inner = inner.trim_end().strip_suffix("]]>").unwrap_or(inner);
                blocks.push(Block {
                    language: String::new(),
                    text: inner.trim_start_matches('\n').to_owned(),
                    closing: Closing::Present,
                    introduction: String::new(),
                });
                at = end + 1;
                continue 'lines;
            }
            at += 1;
            continue;
        }
        let trimmed = lines[at].trim().to_ascii_lowercase();
        let closes = trimmed
            .strip_prefix("</")
            .and_then(|rest| rest.strip_suffix('>'))
            .is_some_and(|name| TAGGED.contains(&name));
        if !closes {
            around.push_str(lines[at]);
        }
        at += 1;
    }
    (blocks, around)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> (String, usize) {
        let (text, notes) = mended(text, Some(Style::Cpp), Tongue::Cpp, "");
        (text, notes.len())
    }

    #[test]
    fn line_numbers_at_the_end_of_all_numbers_are_left_alone() {
        let text = format!("{0} | int a;\n{0} | int b;\n", u64::MAX);
        assert_eq!(plain(&text), (text, 0));
    }

    #[test]
    fn what_rendering_did_is_undone_and_told() {
        let code = "int f(int a) {\n  return a < 1;\n}\n".to_owned();
        assert_eq!(
            plain("  1 | int f(int a) {\n  2 |   return a < 1;\n  3 | }\n"),
            (code.clone(), 1)
        );
        assert_eq!(
            plain("1: int f(int a) {\n2:   return a < 1;\n3: }\n"),
            (code.clone(), 1)
        );
        assert_eq!(
            plain("int f(int a) {\n  return a &lt; 1;\n}\n"),
            (code.clone(), 1)
        );
        assert_eq!(
            plain("int f(int\u{a0}a) {\n\u{a0} return\u{200b} a < 1;\n}\n"),
            (code.clone(), 1)
        );
        for same in [
            code.as_str(),
            "auto s = \"&lt;\u{a0}\";\n",
            "// a\u{a0}b\n",
            "1, 2,\n3, 4,\n",
            "int x = a &amp;\n",
        ] {
            assert_eq!(plain(same), (same.to_owned(), 0));
        }
    }

    #[test]
    fn code_within_json_and_tags_is_found() {
        let block = |text: &str| Block {
            language: "json".to_owned(),
            text: text.to_owned(),
            closing: Closing::Present,
            introduction: String::new(),
        };
        let found = from_json(&block("{\"a\": \"x\", \"code\": [\"int f() {\\n}\\n\"]}"));
        assert_eq!(found[0].text, "int f() {\n}\n");
        assert_eq!(from_json(&block("{\"a\"")), []);
        assert_eq!(from_json(&block(&"[".repeat(9000))), []);
        let (blocks, around) =
            from_tags("Hm.\n<answer>\n<code>\nint f() {\n}\n</code>\n</answer>\nEnd.\n");
        assert_eq!(blocks[0].text, "int f() {\n}\n");
        assert_eq!(around, "Hm.\nEnd.\n");
    }
}

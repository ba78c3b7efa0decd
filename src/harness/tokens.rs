//! C++ text as a compiler's first phases read it: lines joined, comments gone, digraphs and raw strings understood.
//! Linear in the text and without recursion. Never expands macros: what became of those only the compiler can tell.

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenKind {
    /// An identifier or keyword.
    Word,
    /// A number as the preprocessor reads it.
    Number,
    /// A string or character literal with its quotes and prefix.
    Text,
    /// A mark; digraphs as what they stand for.
    Mark,
}

/// A token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Token {
    /// What it is.
    pub(crate) kind: TokenKind,
    /// Its characters, lines joined.
    pub(crate) text: String,
    /// The line it begins on, from 1.
    pub(crate) line: u32,
    /// Whether it is the first on its line.
    pub(crate) first: bool,
}

impl Token {
    /// Whether it is this word.
    pub(crate) fn is_word(&self, word: &str) -> bool {
        self.kind == TokenKind::Word && self.text == word
    }

    /// Whether it is this mark.
    pub(crate) fn is_mark(&self, mark: &str) -> bool {
        self.kind == TokenKind::Mark && self.text == mark
    }

    /// What stands between the quotes of a literal, with what escapes stand for.
    pub(crate) fn quoted(&self) -> String {
        let raw = self.text.split('"').next().is_some_and(|p| p.contains('R'));
        let quote = if self.text.contains('"') { '"' } else { '\'' };
        let inner = self.text.split_once(quote).map_or("", |(_, rest)| rest);
        let inner = inner.rsplit_once(quote).map_or(inner, |(rest, _)| rest);
        if raw {
            let inner = inner.split_once('(').map_or("", |(_, rest)| rest);
            return inner
                .rsplit_once(')')
                .map_or(inner, |(rest, _)| rest)
                .to_owned();
        }
        let mut out = String::with_capacity(inner.len());
        let mut chars = inner.chars();
        while let Some(c) = chars.next() {
            if c != '\\' {
                out.push(c);
                continue;
            }
            let mut after = chars.clone();
            match after.next() {
                Some('n') => out.push('\n'),
                Some('t') => out.push('\t'),
                Some('x') => out.push(number(&mut after, 16, usize::MAX)),
                Some('u') => out.push(number(&mut after, 16, 4)),
                Some('U') => out.push(number(&mut after, 16, 8)),
                Some('0'..='7') => {
                    after = chars.clone();
                    out.push(number(&mut after, 8, 3));
                }
                Some(other) if !other.is_alphanumeric() => out.push(other),
                _ => {
                    out.push(c);
                    continue;
                }
            }
            chars = after;
        }
        out
    }
}

/// The character that at most so many digits of an escape stand for.
fn number(digits: &mut std::str::Chars<'_>, base: u32, most: usize) -> char {
    let mut value = 0_u32;
    for _ in 0..most {
        let Some(digit) = digits.clone().next().and_then(|c| c.to_digit(base)) else {
            break;
        };
        value = value.wrapping_mul(base).wrapping_add(digit);
        digits.next();
    }
    char::from_u32(value).unwrap_or(char::REPLACEMENT_CHARACTER)
}

/// The tokens of a text.
pub(crate) fn read(source: &str) -> Vec<Token> {
    let mut reader = Reader {
        bytes: source.as_bytes(),
        at: 0,
        line: 1,
    };
    let mut tokens = Vec::new();
    let mut first = true;
    let mut including = Including::Nothing;
    loop {
        let blank = reader.blank();
        if blank.line {
            including = Including::Nothing;
        }
        first |= blank.line;
        let line = reader.line;
        let Some(byte) = reader.peek() else {
            break;
        };
        let (kind, text) = if including == Including::Name && byte == b'<' {
            (TokenKind::Text, reader.header())
        } else {
            reader.token(byte)
        };
        let hash = kind == TokenKind::Mark && text == "#";
        // A comment over several lines may hide from us that a line begins; a mark that could begin a directive counts.
        let token = Token {
            first: first || (hash && blank.comment),
            kind,
            text,
            line,
        };
        including = match including {
            _ if hash && token.first => Including::Hash,
            Including::Hash if token.text.starts_with("include") || token.text == "import" => {
                Including::Name
            }
            _ => Including::Nothing,
        };
        first = false;
        tokens.push(token);
    }
    tokens
}

/// The directives among tokens: what follows `#` on each such line.
pub(crate) fn directives(tokens: &[Token]) -> Vec<&[Token]> {
    let mut found = Vec::new();
    let mut rest = tokens;
    while let Some(at) = rest
        .iter()
        .position(|token| token.first && token.is_mark("#"))
    {
        rest = &rest[at + 1..];
        let end = rest.iter().position(|token| token.first);
        let (line, after) = rest.split_at(end.unwrap_or(rest.len()));
        found.push(line);
        rest = after;
    }
    found
}

/// How far an `#include` has been read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Including {
    Nothing,
    Hash,
    Name,
}

/// What was passed over between two tokens.
struct Blank {
    /// A line ended.
    line: bool,
    /// A comment with an end of line in it.
    comment: bool,
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    line: u32,
}

const LONG_MARKS: [&str; 27] = [
    "%:%:", "<<=", ">>=", "<=>", "->*", "...", "::", "->", "++", "--", "<<", ">>", "<=", ">=",
    "==", "!=", "&&", "||", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "##",
];

impl Reader<'_> {
    /// Where the next character is: past backslashes at the ends of lines, which join them.
    fn joined(&self, mut at: usize) -> usize {
        while self.bytes.get(at) == Some(&b'\\') {
            let blank = self.bytes[at + 1..]
                .iter()
                .position(|byte| !matches!(byte, b' ' | b'\t' | b'\r' | 0x0b | 0x0c));
            match blank.map(|blank| at + 1 + blank) {
                Some(end) if self.bytes.get(end) == Some(&b'\n') => at = end + 1,
                _ => break,
            }
        }
        at
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.joined(self.at)).copied()
    }

    /// The characters from here, at most four.
    fn ahead(&self) -> ([u8; 4], usize) {
        let mut found = [0; 4];
        let mut at = self.at;
        for (count, place) in found.iter_mut().enumerate() {
            at = self.joined(at);
            match self.bytes.get(at) {
                Some(byte) => *place = *byte,
                None => return (found, count),
            }
            at += 1;
        }
        (found, 4)
    }

    fn next(&mut self) -> Option<u8> {
        let at = self.joined(self.at);
        let byte = *self.bytes.get(at)?;
        let passed = &self.bytes[self.at..=at];
        self.line += passed.iter().filter(|byte| **byte == b'\n').count() as u32;
        self.at = at + 1;
        Some(byte)
    }

    /// Passes over blanks and comments.
    fn blank(&mut self) -> Blank {
        let mut blank = Blank {
            line: false,
            comment: false,
        };
        loop {
            match self.ahead() {
                ([b'\n', ..], 1..) => {
                    blank.line = true;
                    self.next();
                }
                ([b' ' | b'\t' | b'\r' | 0x0b | 0x0c | 0, ..], 1..) => {
                    self.next();
                }
                ([b'/', b'/', ..], 2..) => {
                    while self.peek().is_some_and(|byte| byte != b'\n') {
                        self.next();
                    }
                }
                ([b'/', b'*', ..], 2..) => {
                    let begun = self.line;
                    self.next();
                    self.next();
                    let mut before = 0;
                    while let Some(byte) = self.next() {
                        if before == b'*' && byte == b'/' {
                            break;
                        }
                        before = byte;
                    }
                    blank.comment |= self.line > begun;
                }
                _ => return blank,
            }
        }
    }

    /// `<vector>` after `#include`.
    fn header(&mut self) -> String {
        let mut text = Vec::new();
        while let Some(byte) = self.peek().filter(|byte| *byte != b'\n') {
            text.push(byte);
            self.next();
            if byte == b'>' {
                break;
            }
        }
        lossy(&text)
    }

    fn token(&mut self, byte: u8) -> (TokenKind, String) {
        match byte {
            b'"' | b'\'' => (TokenKind::Text, self.literal(Vec::new())),
            b'0'..=b'9' => (TokenKind::Number, self.number()),
            b'.' if self.ahead().0[1].is_ascii_digit() => (TokenKind::Number, self.number()),
            byte if is_word(byte) => {
                let mut word = Vec::new();
                while let Some(byte) = self.peek().filter(|byte| is_word(*byte)) {
                    word.push(byte);
                    self.next();
                }
                let prefix = matches!(
                    word.as_slice(),
                    b"L" | b"u" | b"U" | b"u8" | b"R" | b"LR" | b"uR" | b"UR" | b"u8R"
                );
                match self.peek() {
                    Some(b'"') if prefix && word.ends_with(b"R") => {
                        (TokenKind::Text, self.raw(word))
                    }
                    Some(b'"' | b'\'') if prefix && !word.ends_with(b"R") => {
                        (TokenKind::Text, self.literal(word))
                    }
                    _ => (TokenKind::Word, lossy(&word)),
                }
            }
            _ => (TokenKind::Mark, self.mark()),
        }
    }

    /// A literal from its quote on; the end of the line ends one that is not closed.
    fn literal(&mut self, mut text: Vec<u8>) -> String {
        let quote = self.next();
        text.extend(quote);
        while let Some(byte) = self.peek().filter(|byte| *byte != b'\n') {
            text.push(byte);
            self.next();
            if byte == b'\\' {
                text.extend(self.peek().filter(|byte| *byte != b'\n'));
                if self.peek() != Some(b'\n') {
                    self.next();
                }
            } else if Some(byte) == quote {
                break;
            }
        }
        lossy(&text)
    }

    /// A raw string from its quote on: nothing in it means anything but its own end.
    fn raw(&mut self, mut text: Vec<u8>) -> String {
        self.at = self.joined(self.at);
        let rest = &self.bytes[self.at..];
        let named = rest.iter().take(18).position(|byte| *byte == b'(');
        let Some(open) = named.filter(|open| *open > 0) else {
            return self.literal(text);
        };
        let mut end = vec![b')'];
        end.extend(&rest[1..open]);
        end.push(b'"');
        let body = &rest[open..];
        let length = body
            .windows(end.len())
            .position(|part| part == end)
            .map_or(rest.len(), |at| open + at + end.len());
        let whole = &rest[..length];
        self.line += whole.iter().filter(|byte| **byte == b'\n').count() as u32;
        self.at += length;
        text.extend(whole);
        lossy(&text)
    }

    fn number(&mut self) -> String {
        let mut text: Vec<u8> = Vec::new();
        loop {
            let (ahead, count) = self.ahead();
            let exponent = matches!(text.last(), Some(b'e' | b'E' | b'p' | b'P'));
            let goes_on = count > 0
                && (is_word(ahead[0])
                    || ahead[0] == b'.'
                    || (exponent && matches!(ahead[0], b'+' | b'-'))
                    || (ahead[0] == b'\'' && !text.is_empty() && is_word(ahead[1])));
            if !goes_on {
                return lossy(&text);
            }
            text.extend(self.next());
        }
    }

    fn mark(&mut self) -> String {
        let (ahead, count) = self.ahead();
        let ahead = &ahead[..count];
        let (length, text) = match ahead {
            [b'%', b':', b'%', b':'] => (4, "##"),
            [b'<', b':', b':', after] if !matches!(after, b':' | b'>') => (1, "<"),
            [b'<', b':', ..] => (2, "["),
            [b':', b'>', ..] => (2, "]"),
            [b'<', b'%', ..] => (2, "{"),
            [b'%', b'>', ..] => (2, "}"),
            [b'%', b':', ..] => (2, "#"),
            _ => LONG_MARKS
                .iter()
                .find(|mark| ahead.starts_with(mark.as_bytes()))
                .map_or((0, ""), |mark| (mark.len(), *mark)),
        };
        if length == 0 {
            let byte = self.next();
            return lossy(&byte.map_or_else(Vec::new, |byte| vec![byte]));
        }
        for _ in 0..length {
            self.next();
        }
        text.to_owned()
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$' || byte >= 0x80
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(source: &str) -> Vec<String> {
        read(source).into_iter().map(|token| token.text).collect()
    }

    #[test]
    fn joined_lines_comments_and_digraphs_are_read_as_a_compiler_does() {
        assert_eq!(
            words("opti\\\nmize a/**/b // c\n%:define x <% y<::z> %>"),
            [
                "optimize", "a", "b", "#", "define", "x", "{", "y", "<", "::", "z", ">", "}"
            ]
        );
        assert_eq!(words("a\\  \nb"), ["ab"]);
        assert_eq!(words("a \\ b"), ["a", "\\", "b"]);
    }

    #[test]
    fn literals_hide_what_is_in_them_and_nothing_else() {
        assert_eq!(
            words("f(R\"x( \" // )\" )x\") /* \" */ g('\\'', 1'000'000, \"\\\"/*\", u8\"é\")"),
            [
                "f",
                "(",
                "R\"x( \" // )\" )x\"",
                ")",
                "g",
                "(",
                "'\\''",
                ",",
                "1'000'000",
                ",",
                "\"\\\"/*\"",
                ",",
                "u8\"é\"",
                ")"
            ]
        );
        assert_eq!(words("\"open\nx"), ["\"open", "x"]);
        assert_eq!(
            words("#include <it's/*a> y"),
            ["#", "include", "<it's/*a>", "y"]
        );
    }

    #[test]
    fn what_a_literal_says_is_what_its_escapes_stand_for() {
        let said = |source: &str| read(source)[0].quoted();
        assert_eq!(
            said("\"GCC optimize(\\\"O1\\\")\\n\""),
            "GCC optimize(\"O1\")\n"
        );
        assert_eq!(said("R\"q(a\\n)q\""), "a\\n");
        assert_eq!(said("L\"x\""), "x");
        assert_eq!(said(r#""\x2eif\144ef \u0041\8""#), ".ifdef A\\8");
    }

    #[test]
    fn directives_begin_lines_and_end_with_them() {
        let tokens = read("/* a */ # /*\n*/ pragma \\\n one\nx # y\n  %:pragma two\n#");
        let lines: Vec<Vec<&str>> = directives(&tokens)
            .into_iter()
            .map(|line| line.iter().map(|token| token.text.as_str()).collect())
            .collect();
        assert_eq!(
            lines,
            [vec!["pragma", "one"], vec!["pragma", "two"], vec![]]
        );
        assert_eq!(tokens.last().map(|token| token.line), Some(6));
    }

    #[test]
    fn every_text_has_tokens() {
        for source in [
            "", "\\", "\\\n", "R\"", "R\"(", "/*", "'", "\"\\", "1'", "%:%", "<:", "é\u{0}",
        ] {
            read(source);
        }
    }
}

//! What of a text is code, what is a comment and what a literal, line by line, for the common languages. A light scan, not
//! a parser; never panics; linear in the text.

use super::syntax::Tongue;

/// How comments and literals of a language are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// C and C++.
    Cpp,
    /// Rust.
    Rust,
    /// Python.
    Python,
    /// Braces, `//`, `/* */`, and strings between backticks that run over lines: Go, JavaScript, TypeScript.
    Backtick,
    /// Braces, `//`, `/* */`, and strings of three quotation marks: Java, Kotlin, C#, Swift, Scala.
    Braces,
}

impl Style {
    /// By a language's name or usual tag.
    pub fn of(language: &str) -> Option<Self> {
        Some(match language {
            "c" | "c++" | "cpp" | "cc" | "cxx" | "h" | "hpp" | "hxx" | "cplusplus" | "c++17"
            | "cpp17" | "c++20" | "cpp20" | "cuda" | "cu" => Self::Cpp,
            "rust" | "rs" => Self::Rust,
            "python" | "py" | "python3" | "py3" | "cython" | "pyx" => Self::Python,
            "go" | "golang" | "javascript" | "js" | "jsx" | "typescript" | "ts" | "tsx" | "mjs" => {
                Self::Backtick
            }
            "java" | "kotlin" | "kt" | "csharp" | "c#" | "cs" | "swift" | "scala" | "zig"
            | "php" => Self::Braces,
            _ => return None,
        })
    }
}

impl Style {
    /// The parser for it.
    pub fn tongue(self) -> Tongue {
        match self {
            Self::Cpp => Tongue::Cpp,
            Self::Rust => Tongue::Rust,
            Self::Python => Tongue::Python,
            Self::Backtick | Self::Braces => Tongue::Other,
        }
    }
}

/// What a character belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Area {
    /// Code.
    Code,
    /// A comment.
    Comment,
    /// A string or a character.
    Literal,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum State {
    Code,
    /// A comment that runs over lines, nested so deep.
    Block(usize),
    /// A literal up to this text; whether a backslash hides what follows it, and whether it runs over lines.
    Until {
        end: String,
        escapes: bool,
        over_lines: bool,
    },
}

/// Reads a text line by line.
#[derive(Debug, Clone)]
pub struct Lexis {
    style: Style,
    state: State,
    /// The last character of code, to tell digit separators and prefixes.
    last: char,
}

impl Lexis {
    /// At the beginning of a text.
    pub fn new(style: Style) -> Self {
        Self {
            style,
            state: State::Code,
            last: '\n',
        }
    }

    /// Whether the next line begins within a comment or a literal.
    pub fn is_inside(&self) -> bool {
        self.state != State::Code
    }

    /// Goes over one line, with or without its end; tells where each character is and what it belongs to.
    pub fn line(&mut self, line: &str, mut see: impl FnMut(usize, char, Area)) {
        let mut at = 0;
        while let Some(c) = line[at..].chars().next() {
            let rest = &line[at..];
            let (length, area) = match &self.state {
                State::Code => self.code(line, at, c),
                State::Block(depth) => {
                    let depth = *depth;
                    if rest.starts_with("*/") {
                        self.state = match depth {
                            0 | 1 => State::Code,
                            deeper => State::Block(deeper - 1),
                        };
                        (2, Area::Comment)
                    } else if self.style == Style::Rust && rest.starts_with("/*") {
                        self.state = State::Block(depth + 1);
                        (2, Area::Comment)
                    } else {
                        (c.len_utf8(), Area::Comment)
                    }
                }
                State::Until { end, escapes, .. } => {
                    if rest.starts_with(end.as_str()) {
                        let length = end.len();
                        self.state = State::Code;
                        self.last = '"';
                        (length, Area::Literal)
                    } else if *escapes && c == '\\' {
                        let next = rest[1..].chars().next().map_or(0, char::len_utf8);
                        (1 + next, Area::Literal)
                    } else {
                        (c.len_utf8(), Area::Literal)
                    }
                }
            };
            for (offset, c) in line[at..at + length].char_indices() {
                see(at + offset, c, area);
            }
            at += length;
        }
        if let State::Until {
            over_lines: false, ..
        } = self.state
        {
            // An escaped line end goes on; anything else was an apostrophe or is unfinished.
            if !line.trim_end_matches(['\n', '\r']).ends_with('\\') {
                self.state = State::Code;
            }
        }
        self.last = '\n';
    }

    /// One step in code: how many bytes, and what they belong to.
    fn code(&mut self, line: &str, at: usize, c: char) -> (usize, Area) {
        let rest = &line[at..];
        let hash = self.style == Style::Python;
        if hash && c == '#' || !hash && rest.starts_with("//") {
            return (rest.len(), Area::Comment);
        }
        if !hash && rest.starts_with("/*") {
            self.state = State::Block(1);
            return (2, Area::Comment);
        }
        if let Some((length, end, escapes, over_lines)) = self.opening(rest, c) {
            self.state = State::Until {
                end,
                escapes,
                over_lines,
            };
            return (length, Area::Literal);
        }
        self.last = c;
        (c.len_utf8(), Area::Code)
    }

    /// A literal that begins here: bytes of its beginning, its end, whether it has escapes, whether it runs over lines.
    fn opening(&self, rest: &str, c: char) -> Option<(usize, String, bool, bool)> {
        let raw_before = |marks: &[char]| marks.contains(&self.last);
        match (self.style, c) {
            (Style::Python, '"' | '\'') => {
                let triple: String = [c, c, c].iter().collect();
                Some(match rest.starts_with(&triple) {
                    true => (3, triple, true, true),
                    false => (1, c.to_string(), true, false),
                })
            }
            (Style::Cpp, '"') if raw_before(&['R']) => {
                let delimiter = rest[1..]
                    .split('(')
                    .next()
                    .filter(|d| d.len() <= 16 && !d.contains(['\n', '"', ' ', '\\', ')']))?;
                let begun = 2 + delimiter.len();
                (begun <= rest.len()).then(|| (begun, format!("){delimiter}\""), false, true))
            }
            (Style::Rust, '"') => Some((1, "\"".to_owned(), true, true)),
            (Style::Rust, '#') if raw_before(&['r']) => {
                let hashes = rest.chars().take_while(|c| *c == '#').count();
                let begun = rest[hashes..].starts_with('"');
                begun.then(|| (hashes + 1, format!("\"{}", "#".repeat(hashes)), false, true))
            }
            (Style::Rust, '\'') => {
                // A lifetime has no closing quotation mark.
                let mut chars = rest[1..].chars();
                let first = chars.next()?;
                (first == '\\' || chars.next() == Some('\''))
                    .then(|| (1, "'".to_owned(), true, false))
            }
            (Style::Backtick, '`') => Some((1, "`".to_owned(), true, true)),
            (Style::Braces, '"') if rest.starts_with("\"\"\"") => {
                Some((3, "\"\"\"".to_owned(), true, true))
            }
            (_, '"') => Some((1, "\"".to_owned(), true, false)),
            // An apostrophe between digits separates them.
            (_, '\'') if !self.last.is_ascii_hexdigit() => Some((1, "'".to_owned(), true, false)),
            _ => None,
        }
    }
}

/// The text without comments and white space outside of literals: two texts that a compiler takes for the same are equal.
pub fn squeezed(text: &str, style: Option<Style>) -> String {
    let mut out = String::with_capacity(text.len());
    let Some(style) = style else {
        out.extend(text.chars().filter(|c| !c.is_whitespace()));
        return out;
    };
    let mut lexis = Lexis::new(style);
    for line in text.split_inclusive('\n') {
        let before = out.len();
        lexis.line(line, |_, c, area| {
            let kept = match area {
                Area::Comment => false,
                Area::Literal => true,
                Area::Code => !c.is_whitespace(),
            };
            if kept {
                out.push(c);
            }
        });
        // In Python the margin means something.
        if style == Style::Python && out.len() > before {
            let margin = line.len() - line.trim_start().len();
            out.push('\n');
            out.extend(std::iter::repeat_n(' ', margin));
        }
    }
    out
}

/// The comments of a text that stand alone on their line, each with its words and the line from 0.
pub fn lone_comments(text: &str, style: Option<Style>) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut lexis = style.map(Lexis::new);
    for (number, line) in text.split_inclusive('\n').enumerate() {
        let (mut words, mut code) = (String::new(), false);
        match &mut lexis {
            Some(lexis) => lexis.line(line, |_, c, area| match area {
                Area::Comment => words.push(c),
                _ => code |= !c.is_whitespace(),
            }),
            None => {
                let marks = ["//", "#", "--", "/*", "*", ";;", "%"];
                match marks.iter().any(|mark| line.trim().starts_with(mark)) {
                    true => words.push_str(line),
                    false => code = true,
                }
            }
        }
        let bare = words
            .trim()
            .trim_matches(|c: char| "/*#-;%! \t".contains(c));
        if !code && !bare.is_empty() {
            found.push((number, bare.to_owned()));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The text with a mark for each character: `.` code, `c` comment, `s` literal.
    fn marked(text: &str, style: Style) -> String {
        let mut lexis = Lexis::new(style);
        let mut out = String::new();
        for line in text.split_inclusive('\n') {
            lexis.line(line, |_, c, area| {
                out.push(match (c, area) {
                    ('\n', _) => '\n',
                    (_, Area::Code) => '.',
                    (_, Area::Comment) => 'c',
                    (_, Area::Literal) => 's',
                });
            });
        }
        out
    }

    #[test]
    fn comments_and_literals_are_told_from_code() {
        assert_eq!(marked("a\"b\\\"\" // c\nd", Style::Cpp), ".sssss.cccc\n.");
        assert_eq!(marked("1'000 'x'\ny", Style::Cpp), "......sss\n.");
        assert_eq!(marked("R\"x(\")\n\")x\" y", Style::Cpp), ".sssss\nssss..");
        assert_eq!(
            marked("f(&'a str) 'x' r#\"\n\"#;", Style::Rust),
            "...........sss..ss\nss."
        );
        assert_eq!(
            marked("\"\"\"a'\n\"\"\"b#c", Style::Python),
            "sssss\nsss.cc"
        );
        assert_eq!(marked("it's\nb", Style::Python), "..ss\n.");
        assert_eq!(marked("`a\nb`c", Style::Backtick), "ss\nss.");
        assert_eq!(marked("/* a\nb */c", Style::Braces), "cccc\ncccc.");
    }

    #[test]
    fn hostile_text_is_read_to_its_end() {
        for text in ["R\"", "R\"(", "'\\", "\"\\", "/*", "r#", "'é", "\"\"\"\\"] {
            for style in [
                Style::Cpp,
                Style::Rust,
                Style::Python,
                Style::Backtick,
                Style::Braces,
            ] {
                assert_eq!(
                    marked(text, style).chars().count(),
                    text.chars().count(),
                    "{text}"
                );
            }
        }
    }

    #[test]
    fn squeezing_leaves_what_counts() {
        assert_eq!(
            squeezed("int f( ) { /* a */ return 1; }", Some(Style::Cpp)),
            "intf(){return1;}"
        );
        assert_ne!(
            squeezed("if a:\n  b\n  c\n", Some(Style::Python)),
            squeezed("if a:\n  b\nc\n", Some(Style::Python))
        );
    }
}

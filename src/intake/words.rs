//! The words of C and C++ text outside comments and literals. Pure; understands no grammar.

/// A word and how it is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Word<'a> {
    pub text: &'a str,
    /// Where it begins, in bytes.
    pub at: usize,
    pub reached: Reached,
}

/// How a word is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reached {
    /// By itself or after `::`.
    Plainly,
    /// After `.` or `->`.
    AsMember,
}

/// A word or a sign outside of comments, literals and numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    Word(Word<'a>),
    /// A byte that is no blank, and where it stands.
    Sign(u8, usize),
}

/// The words of `text`, in order.
pub(super) fn words(text: &str) -> Vec<Word<'_>> {
    let mut found = Vec::new();
    each(text, |piece| {
        if let Piece::Word(word) = piece {
            found.push(word);
        }
    });
    found
}

/// Visits the words and signs of `text`, in order.
pub(super) fn each<'a>(text: &'a str, mut visit: impl FnMut(Piece<'a>)) {
    let bytes = text.as_bytes();
    let mut at = 0;
    let mut before = [b' ', b' '];
    while let Some(&byte) = bytes.get(at) {
        let next = bytes.get(at + 1).copied().unwrap_or(b' ');
        if byte == b'/' && next == b'/' {
            at = skip_to(bytes, at, b"\n");
        } else if byte == b'/' && next == b'*' {
            at = skip_to(bytes, at + 2, b"*/");
        } else if byte == b'R' && next == b'"' {
            at = skip_raw(bytes, at + 2);
            before = [b' ', b'"'];
        } else if byte == b'"' || (byte == b'\'' && !before[1].is_ascii_digit()) {
            at = skip_literal(bytes, at);
            before = [b' ', byte];
        } else if byte.is_ascii_alphabetic() || byte == b'_' {
            let begun = at;
            while bytes
                .get(at)
                .is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_')
            {
                at += 1;
            }
            let member = before[1] == b'.' || before == [b'-', b'>'];
            visit(Piece::Word(Word {
                text: text.get(begun..at).unwrap_or(""),
                at: begun,
                reached: if member {
                    Reached::AsMember
                } else {
                    Reached::Plainly
                },
            }));
            before = [b' ', b'a'];
        } else if byte.is_ascii_digit() {
            while bytes
                .get(at)
                .is_some_and(|b| b.is_ascii_alphanumeric() || b"_.'".contains(b))
            {
                at += 1;
            }
            before = [b' ', b'0'];
        } else {
            if !byte.is_ascii_whitespace() {
                before = [before[1], byte];
                visit(Piece::Sign(byte, at));
            }
            at += 1;
        }
    }
}

/// Whether `word` stands in `text` outside comments and literals.
pub(super) fn mentions(text: &str, word: &str) -> bool {
    words(text).iter().any(|found| found.text == word)
}

/// The text without comments.
pub(super) fn uncommented(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = String::new();
    let (mut at, mut kept) = (0, 0);
    while let Some(&byte) = bytes.get(at) {
        let next = bytes.get(at + 1).copied().unwrap_or(b' ');
        let end = match (byte, next) {
            (b'/', b'/') => {
                skip_to(bytes, at, b"\n")
                    - usize::from(bytes.get(at..).is_some_and(|rest| rest.contains(&b'\n')))
            }
            (b'/', b'*') => skip_to(bytes, at + 2, b"*/"),
            (b'"' | b'\'', _) => {
                at = skip_literal(bytes, at);
                continue;
            }
            _ => {
                at += 1;
                continue;
            }
        };
        out.push_str(text.get(kept..at).unwrap_or(""));
        out.push(' ');
        (at, kept) = (end, end);
    }
    out.push_str(text.get(kept..).unwrap_or(""));
    out
}

fn skip_to(bytes: &[u8], from: usize, end: &[u8]) -> usize {
    let rest = bytes.get(from..).unwrap_or(&[]);
    rest.windows(end.len())
        .position(|window| window == end)
        .map_or(bytes.len(), |found| from + found + end.len())
}

fn skip_raw(bytes: &[u8], from: usize) -> usize {
    let open = skip_to(bytes, from, b"(");
    let mark = bytes
        .get(from..open.saturating_sub(1))
        .unwrap_or(&[])
        .to_vec();
    let end: Vec<u8> = [&b")"[..], &mark, b"\""].concat();
    skip_to(bytes, open, &end)
}

fn skip_literal(bytes: &[u8], open: usize) -> usize {
    let quote = bytes.get(open).copied();
    let mut at = open + 1;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 2,
            b'\n' => return at,
            _ if Some(byte) == quote => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

/// The text with a name replaced by another, in code alone.
pub(super) fn renamed(text: &str, name: &str, new: &str) -> String {
    let mut out = String::new();
    let mut at = 0;
    for word in words(text) {
        if word.text == name && word.reached == Reached::Plainly {
            out.push_str(text.get(at..word.at).unwrap_or(""));
            out.push_str(new);
            at = word.at + name.len();
        }
    }
    out.push_str(text.get(at..).unwrap_or(""));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> Vec<&str> {
        words(text)
            .into_iter()
            .filter(|word| word.reached == Reached::Plainly)
            .map(|word| word.text)
            .collect()
    }

    #[test]
    fn comments_literals_and_members_are_no_words_of_their_own() {
        let text =
            "a.b + p->c - d // e\n/* f */ \"g \\\" h\" 'i' R\"x(j\" )x\" ns::k 0x1fULL 1'000l";
        assert_eq!(plain(text), ["a", "p", "d", "ns", "k"]);
        assert!(mentions(text, "b") && !mentions(text, "e") && !mentions(text, "j"));
    }

    #[test]
    fn a_text_without_comments_keeps_its_literals_and_lines() {
        assert_eq!(
            uncommented("a // b\nc /* d */ \"// e\" '/' // f"),
            "a  \nc   \"// e\" '/'  "
        );
    }

    #[test]
    fn unfinished_text_ends_quietly() {
        for text in ["\"abc", "/* x", "'", "R\"(", "a\\", "\"\\"] {
            words(text);
        }
    }
}

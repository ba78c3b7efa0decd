//! What text a function looks for, from the letters and words in its body, so that its inputs hold them. Pure.

/// Most words that are kept, and the longest.
const MOST: usize = 24;
const LONGEST: usize = 16;

/// The letters and words in literals of `code`, in order of first mention. Where it compares bytes beyond ASCII, text in
/// UTF-8 is among them.
pub(super) fn grammar(code: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut keep = |word: String| {
        let plain = !word.is_empty() && word.len() <= LONGEST && !word.contains(['\0', '%']);
        if plain && found.len() < MOST && !found.contains(&word) {
            found.push(word);
        }
    };
    let bytes = code.as_bytes();
    let mut at = 0;
    let mut beyond = false;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'/' if bytes.get(at + 1) == Some(&b'/') => {
                at += code.get(at..).and_then(|t| t.find('\n')).unwrap_or(1);
            }
            b'/' if bytes.get(at + 1) == Some(&b'*') => {
                at += code
                    .get(at + 2..)
                    .and_then(|t| t.find("*/"))
                    .map_or(2, |n| n + 4);
            }
            b'\'' | b'"' => {
                let (word, end) = literal(code, at + 1, char::from(*byte));
                // A digit separator opens nothing.
                let separates = *byte == b'\''
                    && at > 0
                    && bytes.get(at - 1).is_some_and(u8::is_ascii_hexdigit)
                    && word.chars().count() > 1;
                if separates {
                    at += 1;
                } else {
                    keep(word);
                    at = end;
                }
            }
            b'0' if matches!(bytes.get(at + 1), Some(b'x' | b'X')) => {
                let digits: String = code
                    .get(at + 2..)
                    .unwrap_or("")
                    .chars()
                    .take_while(char::is_ascii_hexdigit)
                    .collect();
                let value = u32::from_str_radix(&digits, 16).unwrap_or(0);
                beyond |= digits.len() == 2 && (0x80..=0xff).contains(&value);
                at += 2 + digits.len();
            }
            _ => at += 1,
        }
    }
    if beyond {
        for sign in ["\u{e9}", "\u{20ac}", "\u{1f600}"] {
            keep(sign.to_owned());
        }
    }
    found
}

/// What a literal that begins at `at` holds, and where it has ended.
fn literal(code: &str, at: usize, quote: char) -> (String, usize) {
    let mut word = String::new();
    let rest = code.get(at..).unwrap_or("");
    let mut letters = rest.char_indices();
    while let Some((offset, letter)) = letters.next() {
        match letter {
            '\\' => match letters.next() {
                Some((_, 'n')) => word.push('\n'),
                Some((_, 't')) => word.push('\t'),
                Some((_, 'r')) => word.push('\r'),
                Some((_, 'v')) => word.push('\u{b}'),
                Some((_, 'f')) => word.push('\u{c}'),
                Some((_, '0'..='9' | 'x')) => word.push('\0'),
                Some((_, other)) => word.push(other),
                None => break,
            },
            '\n' => return (String::new(), at + offset),
            other if other == quote => return (word, at + offset + 1),
            other => word.push(other),
        }
    }
    (String::new(), code.len())
}

/// The whole numbers that others are compared with by `<` and `>`, as written, a dozen at most.
pub(super) fn thresholds(body: &str) -> Vec<String> {
    let code = super::words::uncommented(body);
    let mut found: Vec<String> = Vec::new();
    for (at, _) in code.match_indices(['<', '>']) {
        let before = code.get(..at).unwrap_or("");
        let after = code.get(at + 1..).unwrap_or("");
        // Neither a shift nor an arrow.
        if before.ends_with(['<', '>', '-']) || after.starts_with(['<', '>']) {
            continue;
        }
        let right = after.trim_start_matches('=').trim_start();
        let end = right
            .find(|c: char| !c.is_ascii_alphanumeric())
            .unwrap_or(right.len());
        let number = right
            .get(..end)
            .unwrap_or("")
            .trim_end_matches(['u', 'U', 'l', 'L']);
        let digits = match number.strip_prefix("0x") {
            Some(hex) => u64::from_str_radix(hex, 16),
            None => number.parse(),
        };
        if let Ok(value) = digits
            && value > 2
            && value < 1 << 62
            && !found.contains(&number.to_owned())
            && found.len() < 12
        {
            found.push(number.to_owned());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_words_and_bytes_beyond_ascii_are_found() {
        let code = "{ // 'no'\n if (c == ',' || c == '\\n' || c == '\"' || c == '\\0') n = 1'000; /* 'x' */ return strcmp(s, \"true\") || c < 0xE0; }";
        assert_eq!(
            grammar(code),
            [",", "\n", "\"", "true", "\u{e9}", "\u{20ac}", "\u{1f600}"]
        );
        assert!(grammar("{ return 0xffff; }").is_empty());
    }

    #[test]
    fn numbers_that_others_are_compared_with_are_found() {
        assert_eq!(
            super::thresholds(
                "{ if (x < 0x80) y = x << 3; else if (x <= 2048u && p->q > 9) z = a > b; }"
            ),
            ["0x80", "2048", "9"]
        );
    }
}

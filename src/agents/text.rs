//! Making foreign text harmless: bounded, without control characters, quoted so that it cannot end its own quotation.
//! Never changes what visible text says beyond that.

/// Whether a character may reach a prompt, the record or a screen: no control characters but newline and tab, and none of
/// the direction overrides that make text read differently from how it is stored.
pub(crate) fn is_harmless(c: char) -> bool {
    match c {
        '\n' | '\t' => true,
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' => false,
        c => !c.is_control(),
    }
}

/// The longest beginning of `text` of at most `bytes` bytes that ends at a character's end.
pub(crate) fn head(text: &str, bytes: usize) -> &str {
    if text.len() <= bytes {
        return text;
    }
    let mut end = bytes;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// One line of at most `chars` characters: control characters gone, runs of white space made one blank.
pub(crate) fn one_line(text: &str, chars: usize) -> String {
    let mut line = String::new();
    let mut left = chars;
    for word in text.split_whitespace() {
        let word: String = word.chars().filter(|c| is_harmless(*c)).collect();
        let length = word.chars().count();
        if length == 0 {
            continue;
        }
        let gap = usize::from(!line.is_empty());
        if length + gap > left {
            let room = left.saturating_sub(gap + 1);
            if gap == 1 {
                line.push(' ');
            }
            line.extend(word.chars().take(room));
            line.push('…');
            return line.chars().take(chars).collect();
        }
        if gap == 1 {
            line.push(' ');
        }
        line.push_str(&word);
        left -= length + gap;
    }
    line
}

/// Part of a sentence from a foreign source: one line, no backticks.
pub(crate) fn inline(text: &str, chars: usize) -> String {
    one_line(&text.replace('`', "'"), chars)
}

/// `text` in a fence that nothing inside it can close: longer than every run of backticks in it. Ends with a newline.
pub(crate) fn fenced(text: &str, language: &str) -> String {
    let text: String = text.chars().filter(|c| is_harmless(*c)).collect();
    let longest = text
        .split(|c| c != '`')
        .map(str::len)
        .max()
        .unwrap_or_default();
    let fence = "`".repeat(longest.max(2) + 1);
    let body = text.trim_end_matches('\n');
    format!("{fence}{language}\n{body}\n{fence}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fence_is_longer_than_any_run_of_backticks_inside() {
        assert_eq!(fenced("a", "cpp"), "```cpp\na\n```\n");
        assert_eq!(
            fenced("a\n````\nb\n", "text"),
            "`````text\na\n````\nb\n`````\n"
        );
    }

    #[test]
    fn one_line_is_bounded_and_without_control_characters() {
        assert_eq!(one_line(" a\u{1b}[31m\n\tb  ", 80), "a[31m b");
        assert_eq!(one_line("abc defgh", 6), "abc d…");
        assert_eq!(one_line(&"x".repeat(900), 600).chars().count(), 600);
        assert_eq!(one_line("x\u{202e}y", 600), "xy");
    }

    #[test]
    fn heads_end_between_characters() {
        assert_eq!(head("aé", 2), "a");
        assert_eq!(head("aé", 3), "aé");
    }
}

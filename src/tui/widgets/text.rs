//! Foreign text made safe and fitted: control characters, bidirectional and zero-width tricks, width, elision, wrapping.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// Cells a text takes.
pub(crate) fn width(text: &str) -> usize {
    UnicodeWidthStr::width(text)
}

fn is_trick(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{61c}' | '\u{fff9}'..='\u{fffb}')
}

/// One line of foreign text: tabs expanded to stops of four, control characters dropped, characters that turn or hide
/// text replaced by `¿`.
pub(crate) fn sanitise(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut column = 0;
    for c in text.chars() {
        match c {
            '\t' => {
                let stop = 4 - column % 4;
                out.extend(std::iter::repeat_n(' ', stop));
                column += stop;
            }
            '\u{2028}' | '\u{2029}' => {
                out.push(' ');
                column += 1;
            }
            c if c.is_control() => {}
            c if is_trick(c) => {
                out.push('¿');
                column += 1;
            }
            c => {
                out.push(c);
                column += 1;
            }
        }
    }
    out
}

/// Foreign text as one line: line breaks become spaces.
pub(crate) fn one_line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    sanitise(&words.join(" "))
}

/// Cut at the end to at most `cells`, with `…` where something is missing.
pub(crate) fn elide_end(text: &str, cells: usize) -> String {
    if width(text) <= cells {
        return text.to_owned();
    }
    let mut out = take(text, cells.saturating_sub(1));
    if cells > 0 {
        out.push('…');
    }
    out
}

/// Cut in the middle to at most `cells`.
pub(crate) fn elide_middle(text: &str, cells: usize) -> String {
    if width(text) <= cells {
        return text.to_owned();
    }
    if cells < 5 {
        return elide_end(text, cells);
    }
    let tail = (cells - 1) / 2;
    let mut out = take(text, cells - 1 - tail);
    out.push('…');
    let mut kept: Vec<&str> = Vec::new();
    let mut used = 0;
    for piece in text.graphemes(true).rev() {
        used += width(piece);
        if used > tail {
            break;
        }
        kept.push(piece);
    }
    out.extend(kept.into_iter().rev());
    out
}

fn take(text: &str, cells: usize) -> String {
    let mut out = String::new();
    let mut used = 0;
    for piece in text.graphemes(true) {
        used += width(piece);
        if used > cells {
            break;
        }
        out.push_str(piece);
    }
    out
}

/// Exactly `cells` wide: elided at the end or padded.
pub(crate) fn fit(text: &str, cells: usize) -> String {
    let mut out = elide_end(text, cells);
    let missing = cells.saturating_sub(width(&out));
    out.extend(std::iter::repeat_n(' ', missing));
    out
}

/// Exactly `cells` wide, text at the right.
pub(crate) fn fit_right(text: &str, cells: usize) -> String {
    let out = elide_end(text, cells);
    let missing = cells.saturating_sub(width(&out));
    format!("{}{out}", " ".repeat(missing))
}

/// The text in pieces that are all spaces or all something else: punctuation stays with its word.
fn words_and_gaps(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut from = 0;
    let mut before = None;
    for (at, c) in text.char_indices() {
        let gap = c.is_whitespace();
        if before.is_some_and(|before| before != gap) {
            pieces.push(&text[from..at]);
            from = at;
        }
        before = Some(gap);
    }
    pieces.push(&text[from..]);
    pieces
}

/// Foreign text wrapped at words to lines of at most `cells`, at most `most` lines; longer words are broken.
pub(crate) fn wrap(text: &str, cells: usize, most: usize) -> Vec<String> {
    let mut lines = Vec::new();
    if cells == 0 {
        return lines;
    }
    for paragraph in text.lines() {
        if lines.len() >= most {
            break;
        }
        let clean = sanitise(paragraph);
        let mut line = String::new();
        for word in words_and_gaps(&clean) {
            if width(&line) + width(word) <= cells {
                line.push_str(word);
                continue;
            }
            if word.trim().is_empty() {
                continue;
            }
            if !line.trim().is_empty() {
                lines.push(line.trim_end().to_owned());
            }
            line = String::new();
            let mut rest = word.to_owned();
            while width(&rest) > cells {
                let piece = take(&rest, cells);
                if piece.is_empty() {
                    break;
                }
                rest = rest[piece.len()..].to_owned();
                lines.push(piece);
            }
            line.push_str(&rest);
        }
        lines.push(line.trim_end().to_owned());
    }
    lines.truncate(most);
    lines
}

/// A time in words, from milliseconds.
pub(crate) fn span(millis: i64) -> String {
    let seconds = millis.max(0) / 1000;
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, s) => format!("{s} s"),
        (0, m, s) => format!("{m} min {s:02} s"),
        (h, m, _) => format!("{h} h {m:02} min"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn punctuation_never_begins_a_line() {
        assert_eq!(
            wrap("ran faster, because (so) it.", 10, 9),
            ["ran", "faster,", "because", "(so) it."]
        );
    }

    #[test]
    fn control_and_turning_characters_never_reach_the_screen() {
        assert_eq!(
            sanitise("a\x1b[31mb\u{9b}c\u{202e}d\u{200b}e\rf"),
            "a[31mbc¿d¿ef"
        );
        assert_eq!(sanitise("a\tb"), "a   b");
        assert_eq!(one_line("a\n  b\tc"), "a b c");
    }

    #[test]
    fn texts_are_cut_by_cells() {
        assert_eq!(elide_middle("pareval/dense_la/gemm", 11), "parev…/gemm");
        assert_eq!(elide_end("漢字漢字", 5), "漢字…");
        assert_eq!(fit("ab", 4), "ab  ");
        assert_eq!(fit_right("ab", 4), "  ab");
        for cells in 0..12 {
            assert!(width(&elide_middle("漢字漢字漢字漢字", cells)) <= cells);
        }
    }

    #[test]
    fn wrapping_breaks_long_words_and_keeps_all_text() {
        assert_eq!(wrap("one two three", 7, 9), ["one two", "three"]);
        assert_eq!(wrap("abcdefgh", 3, 9), ["abc", "def", "gh"]);
        assert_eq!(wrap("漢", 1, 3).len(), 1);
    }
}

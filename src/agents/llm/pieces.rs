//! Text that arrives in pieces, however a server cuts it: pieces to be joined, or each time all of it so far, or all of
//! it once more at the end. Pure; never looks at what the text says.

/// Shortest text that is taken for a repetition of all that came before.
const SURE: usize = 16;
/// Where half a character is kept that JSON writes as an escape of its own: 2,048 places at the end of the private use
/// area, which no model writes.
const HALVES: u32 = 0x0010_F800;
const FIRST_HALF: u32 = 0xD800;
const SECOND_HALF: u32 = 0xDC00;

/// A text while it arrives.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Pieces {
    text: String,
    /// The piece before, as long as every piece began with the one before it.
    previous: Option<String>,
    /// Pieces so far.
    count: usize,
    /// Those that were longer than the one before and began with it.
    grown: usize,
    /// Whether each piece holds all of the text so far.
    cumulative: bool,
    /// The first half of a character whose second half has to come.
    half: Option<u32>,
}

impl Pieces {
    /// The text so far.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Whether nothing came yet.
    pub(crate) fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Takes the next piece; gives what is new in it.
    pub(crate) fn push(&mut self, piece: &str) -> String {
        let piece = self.whole_characters(piece);
        self.count += 1;
        if self.cumulative {
            return match piece.strip_prefix(self.text.as_str()) {
                Some(new) => {
                    let new = new.to_owned();
                    self.text = piece;
                    new
                }
                None if self.text.starts_with(&piece) => String::new(),
                None => self.append(piece),
            };
        }
        let before = self.previous.take();
        match before {
            None if self.count > 1 => self.append(piece),
            Some(before) if !piece.starts_with(&before) => self.append(piece),
            before => {
                let before = before.unwrap_or_default();
                let grows = self.count > 1 && piece.len() > before.len();
                self.grown += usize::from(grows);
                self.previous = Some(piece.clone());
                if self.count > 2 && self.grown > 0 && before.len() >= SURE {
                    self.cumulative = true;
                    let new = piece[before.len()..].to_owned();
                    self.text = piece;
                    return new;
                }
                self.append(piece)
            }
        }
    }

    /// Takes what claims to be all of the text, after pieces of it came; gives what is new in it.
    pub(crate) fn whole(&mut self, all: &str) -> String {
        let all = self.whole_characters(all);
        match all.strip_prefix(self.text.as_str()) {
            Some(new) => {
                let new = new.to_owned();
                self.text = all;
                new
            }
            None => String::new(),
        }
    }

    /// Nothing more comes.
    pub(crate) fn end(&mut self) {
        if self.half.take().is_some() {
            self.text.push('\u{fffd}');
        }
        // two pieces only: the second one is everything if it holds the first one, and that is no single word
        if let (2, false, Some(all)) = (self.count, self.cumulative, &self.previous)
            && self.text.len() - all.len() >= SURE
        {
            self.text = all.clone();
        }
    }

    fn append(&mut self, piece: String) -> String {
        self.text.push_str(&piece);
        piece
    }

    /// The piece with characters in the place of their halves.
    fn whole_characters(&mut self, piece: &str) -> String {
        let is_half = |c: char| u32::from(c) >= HALVES;
        if self.half.is_none() && !piece.contains(is_half) {
            return piece.to_owned();
        }
        let mut text = String::with_capacity(piece.len());
        for c in piece.chars() {
            let half = is_half(c).then(|| u32::from(c) - HALVES + FIRST_HALF);
            match (self.half.take(), half) {
                (None, None) => text.push(c),
                (None, Some(first)) if first < SECOND_HALF => self.half = Some(first),
                (None, Some(_)) => text.push('\u{fffd}'),
                (Some(first), Some(second)) if second >= SECOND_HALF => {
                    let point = 0x10000 + ((first - FIRST_HALF) << 10) + (second - SECOND_HALF);
                    text.push(char::from_u32(point).unwrap_or('\u{fffd}'));
                }
                (Some(_), Some(first)) => {
                    text.push('\u{fffd}');
                    self.half = Some(first);
                }
                (Some(_), None) => {
                    text.push('\u{fffd}');
                    text.push(c);
                }
            }
        }
        text
    }
}

/// JSON whose escapes of half characters stand for places of their own: what some servers write where they cut a
/// character in two, and what no reader of JSON accepts.
pub(super) fn with_halves(json: &str) -> String {
    let hex = |at: usize| {
        let digits = json.get(at..at + 6)?.strip_prefix("\\u")?;
        let plain = digits.bytes().all(|b| b.is_ascii_hexdigit());
        u32::from_str_radix(digits, 16).ok().filter(|_| plain)
    };
    let mut text = String::with_capacity(json.len());
    let mut rest = 0;
    while let Some(found) = json[rest..].find('\\') {
        let at = rest + found;
        text.push_str(&json[rest..at]);
        let (first, second) = (hex(at), hex(at + 6));
        let is_first = |n: &u32| (FIRST_HALF..SECOND_HALF).contains(n);
        let is_second = |n: &u32| (SECOND_HALF..0xE000).contains(n);
        let length = match (first.filter(|n| is_first(n) || is_second(n)), first) {
            (Some(half), _) if is_first(&half) && second.is_some_and(|n| is_second(&n)) => 12,
            (Some(half), _) => {
                text.extend(char::from_u32(HALVES + half - FIRST_HALF));
                rest = at + 6;
                continue;
            }
            (None, Some(_)) => 6,
            (None, None) => 1 + json[at + 1..].chars().next().map_or(0, char::len_utf8),
        };
        text.push_str(&json[at..at + length]);
        rest = at + length;
    }
    text.push_str(&json[rest..]);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(pieces: &[&str]) -> (String, String) {
        let mut all = Pieces::default();
        let seen = pieces.iter().map(|piece| all.push(piece)).collect();
        all.end();
        (all.text, seen)
    }

    #[test]
    fn pieces_are_joined_and_repetitions_of_everything_are_not() {
        let long = "Eight partial sums break the chain.";
        let cases: &[(&[&str], &str)] = &[
            (&["a", "b", "c"], "abc"),
            (&["0", "00", "000"], "000000"),
            (&["\n", "\n", "\n"], "\n\n\n"),
            (&[&long[..4], &long[..20], &long[..30], long], long),
            (&[&long[..20], long, long], long),
            (&[&long[..20], long], long),
            (&[long, long], long),
            (&["The ", "The "], "The The "),
            (&["x", "xy", "z"], "xxyz"),
            (&["", "a", "b"], "ab"),
        ];
        for (pieces, expected) in cases {
            assert_eq!(joined(pieces).0, *expected, "{pieces:?}");
        }
    }

    #[test]
    fn all_of_it_once_more_adds_nothing_twice() {
        let mut text = Pieces::default();
        text.push("ab");
        assert_eq!(text.whole("abc"), "c");
        assert_eq!(text.whole("other"), "");
        assert_eq!(text.text(), "abc");
    }

    #[test]
    fn halves_of_a_character_meet_over_two_pieces() {
        let read = |json: &str| serde_json::from_str::<String>(&with_halves(json)).unwrap();
        let mut text = Pieces::default();
        for json in [
            r#""a\ud83d""#,
            r#""\ude80b""#,
            r#""\udc00\\ud83d""#,
            r#""\ud83d\ude80\n""#,
            r#""\ud83d""#,
        ] {
            text.push(&read(json));
        }
        text.end();
        assert_eq!(text.text(), "a🚀b\u{fffd}\\ud83d🚀\n\u{fffd}");
    }
}

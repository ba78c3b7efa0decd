//! The name of a lesson across runs: its text, but for case, blanks and what stands at its end. Never looks at its meaning:
//! what says the same in other words is folded by hand.

use sha2::{Digest, Sha256};

/// Hex digits of a key.
pub(crate) const DIGITS: usize = 12;

/// The key of a lesson's text.
pub fn key(text: &str) -> String {
    let words: Vec<String> = text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    let hash = Sha256::digest(words.join(" "));
    let mut hex: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    hex.truncate(DIGITS);
    hex
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layout_case_and_marks_do_not_make_another_lesson() {
        let plain = key("Hoist the row pointer.");
        assert_eq!(plain.len(), DIGITS);
        assert_eq!(key("  hoist the\n ROW pointer "), plain);
        assert_ne!(key("Hoist the column pointer."), plain);
    }
}

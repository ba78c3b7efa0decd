//! Counts words.

/// Words of a text and how often each occurs, in order of first occurrence.
pub fn counts(text: &str) -> Vec<(String, usize)> {
    let mut found: Vec<(String, usize)> = Vec::new();
    for word in text.split_whitespace() {
        match found.iter_mut().find(|(known, _)| known == word) {
            Some((_, count)) => *count += 1,
            None => found.push((word.to_string(), 1)),
        }
    }
    found
}

//! One name, one meaning: how many public types of the rooms share their name with another one.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::tidy::files;

/// Names that two rooms may both use, and why.
const MEANT: &[(&str, &str)] = &[(
    "Settings",
    "each room's own settings; always written with the room before it",
)];

/// No more than these beside [`MEANT`]. It only ever goes down.
const MOST: usize = 6;

/// Public types by name, with the files that define one.
fn types() -> BTreeMap<String, Vec<PathBuf>> {
    let mut found: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    for (path, text) in files("src", "rs") {
        for line in text.lines() {
            let mut words = line.split_whitespace();
            let is_type = words.next() == Some("pub")
                && matches!(words.next(), Some("struct" | "enum" | "trait" | "type"));
            let name = words.next().filter(|_| is_type).map(|rest| {
                let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_'));
                &rest[..end.unwrap_or(rest.len())]
            });
            if let Some(name) = name {
                found.entry(name.to_owned()).or_default().push(path.clone());
            }
        }
    }
    found
}

#[test]
fn few_public_types_share_their_name_with_another_one() {
    let mut twice = types();
    twice.retain(|name, paths| paths.len() > 1 && MEANT.iter().all(|(meant, _)| meant != name));
    let list: Vec<String> = twice
        .iter()
        .map(|(name, paths)| format!("{name}: {paths:?}"))
        .collect();
    assert!(
        list.len() <= MOST,
        "{} names, at most {MOST}:\n{}",
        list.len(),
        list.join("\n")
    );
}

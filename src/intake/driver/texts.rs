//! Which strings are read, and which are looked for in others. Pure.

use super::super::plan::{Fed, Role};
use super::super::types::Type;

/// Whether it is a string that is only read.
pub(super) fn is_read_text(fed: &Fed) -> bool {
    let string = fed.kind == Type::Text && fed.array.is_empty() && !fed.points;
    match fed.role {
        Role::ZeroEnded => fed.constant,
        Role::View => true,
        Role::Value => string && (fed.constant || fed.copied),
        _ => false,
    }
}

/// Whether a text's name says that it is looked for in another one.
pub(super) fn is_looked_for(name: &str) -> bool {
    const NAMES: &[&str] = &[
        "needle", "pattern", "pat", "sub", "find", "search", "sought", "delim", "sep", "prefix",
        "suffix", "accept", "reject", "from", "old", "match", "word", "token", "key",
    ];
    let plain = name.trim_matches('_').to_lowercase();
    NAMES.iter().any(|known| plain.contains(known))
}

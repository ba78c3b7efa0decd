//! What the function is called in its folder. Pure.

use super::items::Function;

/// A name for the entry that can stand at namespace level beside the C library.
pub(super) fn entry_name(function: &Function, in_library: fn(&str) -> bool) -> String {
    let plain = function
        .name
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || c == '_');
    let own = if plain {
        function.name.clone()
    } else {
        "apply_operator".to_owned()
    };
    let class = function.scope.last().filter(|_| function.classes > 0);
    let class = class.map(|class| class.split('<').next().unwrap_or("").to_owned());
    match class {
        Some(class) => format!("{class}_{own}"),
        None if TAKEN.contains(&own.as_str()) || in_library(&own) => format!("own_{own}"),
        None => own,
    }
}

/// Names that the driver's library uses, or that mean something else to the compiler.
const TAKEN: &[&str] = &["distance", "main", "max", "min", "swap"];

//! What the function is called in its folder. Pure.

use super::items::Function;

/// A name for the entry that can stand at namespace level beside the C library.
pub(super) fn entry_name(function: &Function) -> String {
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
        None if LIBRARY.contains(&own.as_str()) => format!("own_{own}"),
        None => own,
    }
}

/// Names of the C library that people write their own of.
const LIBRARY: &[&str] = &[
    "abs",
    "atof",
    "atoi",
    "atol",
    "bcmp",
    "bcopy",
    "bsearch",
    "bzero",
    "div",
    "ffs",
    "index",
    "labs",
    "lldiv",
    "memccpy",
    "memchr",
    "memcmp",
    "memcpy",
    "memmem",
    "memmove",
    "mempcpy",
    "memrchr",
    "memset",
    "qsort",
    "rindex",
    "stpcpy",
    "stpncpy",
    "strcasecmp",
    "strcasestr",
    "strcat",
    "strchr",
    "strchrnul",
    "strcmp",
    "strcpy",
    "strcspn",
    "strdup",
    "strlcat",
    "strlcpy",
    "strlen",
    "strncasecmp",
    "strncat",
    "strncmp",
    "strncpy",
    "strndup",
    "strnlen",
    "strpbrk",
    "strrchr",
    "strsep",
    "strspn",
    "strstr",
    "strtod",
    "strtof",
    "strtok",
    "strtok_r",
    "strtol",
    "strtoll",
    "strtoul",
    "strtoull",
    "strverscmp",
    "swab",
    "ceil",
    "exp",
    "fabs",
    "floor",
    "fmod",
    "hypot",
    "log",
    "pow",
    "round",
    "sin",
    "sqrt",
    "distance",
    "max",
    "min",
    "swap",
    "main",
];

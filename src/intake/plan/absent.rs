//! Pointers that a function asks whether they are null, before it uses them, or only hands on: then they may be. Pure.

use super::{Fed, Function, Role, Type, Types};
use crate::words::{Reached, mentions, words};

/// Marks the parameters that may be null.
pub(super) fn absent(fed: &mut [Fed], body: &str) {
    let ends: Vec<String> = fed
        .iter()
        .filter_map(|f| match &f.role {
            Role::End(of) => Some(of.clone()),
            _ => None,
        })
        .collect();
    for f in fed.iter_mut() {
        let pointer = match f.role {
            Role::Buffer { .. } | Role::Bytes(_) | Role::ZeroEnded | Role::One => f.points,
            Role::Cell { refers, .. } => !refers,
            _ => false,
        };
        f.absent = pointer && f.before == 0 && !ends.contains(&f.name) && asks(body, &f.name);
    }
}

/// Whether a body goes another way where `name` is null.
fn asks(body: &str, name: &str) -> bool {
    let named = words(body)
        .into_iter()
        .filter(|word| word.text == name && word.reached == Reached::Plainly);
    named.map(|word| word.at).any(|at| {
        let (before, after) = (&body[..at], &body[at + name.len()..]);
        // What it points to is another thing than itself.
        if before.trim_end().ends_with(['*', '&']) && !before.trim_end().ends_with("&&") {
            return false;
        }
        let begun = before.rfind([';', '{', '}']).map_or(0, |end| end + 1);
        if before[begun..].to_lowercase().contains("assert") {
            return false;
        }
        let (before, after) = (before.trim_end(), after.trim_start());
        let compared = ["==", "!="].iter().any(|sign| {
            let other = after.strip_prefix(sign).map(str::trim_start);
            other.is_some_and(|other| {
                ["NULL", "nullptr", "0"].iter().any(|null| {
                    let rest = other.strip_prefix(null);
                    rest.is_some_and(|rest| {
                        !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '.')
                    })
                })
            })
        });
        let alone =
            after.starts_with([')', '?']) || after.starts_with("&&") || after.starts_with("||");
        let asked = before.ends_with('!')
            || before
                .strip_suffix('(')
                .is_some_and(|b| b.trim_end().ends_with("if") || b.trim_end().ends_with("while"))
            || (after.starts_with('?') && before.ends_with(['=', '(', ',']));
        compared || (alone && asked)
    })
}

/// A pointer to nothing in particular that the function only hands on may be null: an allocator's pool, what a callback
/// gets along.
pub(super) fn handed_on(fed: &mut [Fed], function: &Function, types: &Types<'_>, used: &str) {
    const NAMES: &[&str] = &[
        "km",
        "ctx",
        "context",
        "user",
        "userdata",
        "user_data",
        "opaque",
        "closure",
        "cookie",
        "priv",
        "with",
        "arg",
        "pool",
        "mem",
    ];
    let calls_back = fed.iter().any(|f| matches!(f.role, Role::Callback { .. }));
    let body = types.parsed.slice(&function.body);
    for f in fed.iter_mut() {
        if !matches!(f.role, Role::Bytes(_)) || f.kind != Type::Void || f.told {
            continue;
        }
        // What is read or written through it needs a cast or an assignment to a typed pointer.
        let plain = f.name.trim_matches('_').to_lowercase();
        let casts = body.match_indices(&f.name).any(|(at, _)| {
            let before = body.get(..at).unwrap_or("").trim_end();
            before.ends_with(['=', '*']) || before.ends_with("*)")
        });
        let library = ["memcpy", "memset", "memmove", "memcmp"]
            .iter()
            .any(|name| mentions(used, name) && body.contains(name));
        let only_handed = calls_back || NAMES.contains(&plain.as_str()) && !library;
        if only_handed && !casts {
            f.role = Role::Null;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_may_be_null() {
        for body in [
            "if (p == NULL) return;",
            "if (p != nullptr && n)",
            "if (!p) x();",
            "if (p) *p = 1;",
            "x = p ? *p : 0;",
            "while (p && n--)",
        ] {
            assert!(asks(body, "p"), "{body}");
        }
        for body in [
            "assert(p != NULL);",
            "if (*p == 0)",
            "if (s.p) x();",
            "if (p == 0.5)",
            "f(p);",
            "if (!up) x();",
            "p[0] != 0",
        ] {
            assert!(!asks(body, "p"), "{body}");
        }
    }
}

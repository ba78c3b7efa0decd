//! Pointers to a pointer that the function moves or sets: where it read to, as `strtol` tells it. Pure.

use super::{Fed, Role};
use crate::words::{Reached, words};

/// Pointers to pointers that a body never walks along are places for one pointer, not rows.
pub(super) fn cells(fed: &mut [Fed], body: &str) {
    for f in fed.iter_mut() {
        if matches!(f.role, Role::Rows { .. })
            && let Some(read) = one_place(body, &f.name)
        {
            f.role = Role::Cell {
                read,
                refers: false,
            };
        }
    }
}

/// Whether a body uses `name` as a place for one pointer, and then whether it reads what stands there.
fn one_place(body: &str, name: &str) -> Option<bool> {
    let (mut read, mut used) = (false, false);
    for word in words(body) {
        if word.text != name || word.reached != Reached::Plainly {
            continue;
        }
        let before = body.get(..word.at)?.trim_end();
        let after = body.get(word.at + name.len()..)?.trim_start();
        let Some(outside) = before.strip_suffix('*') else {
            let tested = before.ends_with('!')
                || after.starts_with([')', '?']) && before.ends_with("if (")
                || ["&&", "||", "==", "!="]
                    .iter()
                    .any(|sign| after.starts_with(sign));
            if !tested {
                return None;
            }
            continue;
        };
        if after.starts_with('[') || after.starts_with("++") || after.starts_with("--") {
            return None;
        }
        used = true;
        let rest = after.strip_prefix(')').unwrap_or(after).trim_start();
        let set = rest.starts_with('=') && !rest.starts_with("==");
        read |= !set || outside.trim_end().ends_with('*');
    }
    used.then_some(read)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_for_a_pointer_are_told_from_rows() {
        let cases = [
            ("if (p) *p = s; return n;", Some(false)),
            ("(*p) = s;", Some(false)),
            ("while (**p == ' ') ++*p;", Some(true)),
            ("const char *s = *p; *p = s + 1;", Some(true)),
            ("return p[0][1];", None),
            ("for (; n--; p++) s += **p;", None),
            ("s += *p++;", None),
            ("other(p);", None),
            ("return 1;", None),
        ];
        for (body, expected) in cases {
            assert_eq!(one_place(body, "p"), expected, "{body}");
        }
    }
}

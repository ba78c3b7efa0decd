//! Memory that a function allocates and returns, and how many elements it has, read from the call that allocates it. Pure.

use super::{Fed, Role, Type};
use crate::words::{Reached, mentions, words};

/// What is returned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fresh {
    /// Its bytes, as an expression of parameters in which `*made` is an element; `None`: text says by itself where it ends.
    pub bytes: Option<String>,
    /// Whether `delete[]` gives it back; else `free` does.
    pub by_new: bool,
}

/// What a body returns, if it is one local pointer to memory that it has allocated.
pub(super) fn returned(body: &str, fed: &[Fed]) -> Option<Fresh> {
    let returns = words(body).into_iter().filter(|word| word.text == "return");
    let mut name = None;
    for word in returns {
        let rest = body.get(word.at + "return".len()..)?;
        let given = without_casts(rest.get(..rest.find(';')?)?);
        match given {
            "NULL" | "nullptr" | "0" => {}
            _ if !is_name(given) || name.is_some_and(|known| known != given) => return None,
            _ => name = Some(given),
        }
    }
    let name = name.filter(|name| fed.iter().all(|f| f.name != *name))?;
    let mut found = None;
    for word in words(body).into_iter().filter(|word| word.text == name) {
        let rest = body.get(word.at + name.len()..)?.trim_start();
        let Some(value) = rest
            .strip_prefix('=')
            .filter(|value| !value.starts_with('='))
        else {
            continue;
        };
        let value = without_casts(value.get(..value.find(';')?)?);
        match allocated(value, name, fed) {
            Some(_) if found.is_some() => return None,
            Some(fresh) => found = Some(fresh),
            // What grows on the way has another size in the end.
            None if mentions(value, "realloc") => return None,
            None => {}
        }
    }
    found
}

/// What a call allocates.
fn allocated(value: &str, name: &str, fed: &[Fed]) -> Option<Fresh> {
    if let Some(rest) = value.strip_prefix("new ") {
        let count = rest.strip_suffix(']')?.split_once('[')?.1;
        let known = of_parameters(count, name, fed);
        return Some(Fresh {
            bytes: known.map(|count| format!("({count}) * sizeof(*made)")),
            by_new: true,
        });
    }
    let value = value.strip_prefix("std::").unwrap_or(value);
    let (function, arguments) = value.strip_suffix(')')?.split_once('(')?;
    let bytes = match function.trim() {
        "malloc" => of_parameters(arguments, name, fed),
        "calloc" => arguments.split_once(',').and_then(|(count, each)| {
            let (count, each) = (
                of_parameters(count, name, fed)?,
                of_parameters(each, name, fed)?,
            );
            Some(format!("({count}) * ({each})"))
        }),
        _ => return None,
    };
    Some(Fresh {
        bytes,
        by_new: false,
    })
}

/// An expression as a driver can write it: of whole numbers that the function was handed, literals and sizes of types.
fn of_parameters(text: &str, name: &str, fed: &[Fed]) -> Option<String> {
    let mut text = text.trim().to_owned();
    let objects = |f: &&Fed| matches!(f.role, Role::Holder { .. } | Role::One) && f.points;
    let objects: Vec<&str> = fed
        .iter()
        .filter(objects)
        .map(|f| f.name.as_str())
        .collect();
    // A driver has the object, not a pointer to it.
    for name in &objects {
        text = text.replace(&format!("{name}->"), &format!("{name}."));
    }
    for element in [
        format!("sizeof(*{name})"),
        format!("sizeof *{name}"),
        format!("sizeof({name}[0])"),
    ] {
        text = text.replace(&element, "sizeof(*made)");
    }
    const TYPES: [&str; 14] = [
        "sizeof", "made", "size_t", "int", "unsigned", "signed", "long", "short", "char", "float",
        "double", "uint8_t", "int32_t", "uint32_t",
    ];
    let handed = |word: &str| {
        fed.iter().any(|f| {
            let number = matches!(
                f.role,
                Role::Length | Role::Stride(_) | Role::Position | Role::Number | Role::Count
            );
            f.name == word && f.copied && f.kind == Type::Integer && number
        })
    };
    let plain = |c: char| c.is_ascii_alphanumeric() || " _+-*().".contains(c);
    let known = words(&text).iter().all(|word| {
        TYPES.contains(&word.text)
            || handed(word.text)
            || objects.contains(&word.text)
            || (word.reached == Reached::AsMember && !objects.is_empty())
    });
    (known && text.chars().all(plain)).then_some(text)
}

/// Without `(int *)` before it, and without parentheses around it.
fn without_casts(text: &str) -> &str {
    let mut text = text.trim();
    loop {
        let inner = text.strip_prefix('(').and_then(|rest| rest.split_once(')'));
        match inner {
            Some((cast, rest)) if cast.trim_end().ends_with('*') && !rest.trim().is_empty() => {
                text = rest.trim_start();
            }
            Some((inside, rest)) if rest.trim().is_empty() && !inside.contains('(') => {
                return inside.trim();
            }
            _ => return text,
        }
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with(|c: char| c.is_ascii_digit())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_allocated_and_returned_is_told_by_its_call() {
        let of = |body: &str| returned(body, &[]);
        let bytes = |text: &str| {
            Some(Fresh {
                bytes: Some(text.to_owned()),
                by_new: false,
            })
        };
        assert_eq!(
            of("{ int *p; p = calloc(8, sizeof(int)); if (!p) return NULL; return p; }"),
            bytes("(8) * (sizeof(int))")
        );
        assert_eq!(
            of("{ int *p = (int *) malloc(4 * sizeof(*p)); return (p); }"),
            bytes("4 * sizeof(*made)")
        );
        let unknown = of("{ char *p = malloc(strlen(s) + 1); return p; }").unwrap();
        assert_eq!(unknown.bytes, None);
        assert!(of("{ int *p = new int[3]; return p; }").unwrap().by_new);
        for body in [
            "{ int *p = malloc(4); p = realloc(p, 8); return p; }",
            "{ int *p = malloc(4), *q = malloc(8); return a ? p : q; }",
            "{ return x + 1; }",
            "{ p = malloc(4); p = malloc(8); return p; }",
        ] {
            assert_eq!(of(body), None, "{body}");
        }
    }
}

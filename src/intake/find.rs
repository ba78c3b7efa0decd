//! Which function is meant: by name, qualified as far as needed, and by signature where there are several. Pure.

use std::path::Path;

use super::IntakeError;
use super::flat::Flat;
use super::items::{Function, Kind, Parsed};

/// Most names or signatures that an error lists.
const MOST: usize = 12;

/// The function that `wanted` names in `file`, or in the headers it includes if the file itself has none of that name.
pub(super) fn find<'p>(
    parsed: &'p Parsed<'_>,
    flat: &Flat,
    file: &Path,
    wanted: &str,
    signature: Option<&str>,
) -> Result<&'p Function, IntakeError> {
    let plain = wanted.trim().trim_start_matches("::");
    let named: Vec<&Function> = parsed
        .functions
        .iter()
        .filter(|function| is_called(function, plain))
        .collect();
    let own: Vec<&Function> = named
        .iter()
        .copied()
        .filter(|function| origin(parsed, flat, function).is_some_and(|(path, _)| path == file))
        .collect();
    let found = if own.is_empty() { named } else { own };
    if found.is_empty() {
        return Err(unknown(parsed, file, plain));
    }
    let fitting: Vec<&Function> = match signature {
        None => found.clone(),
        Some(wanted) => found
            .iter()
            .copied()
            .filter(|function| fits(&head(parsed, function), wanted))
            .collect(),
    };
    match fitting.as_slice() {
        [one] => Ok(one),
        several => {
            let mut what = match (signature, several.is_empty()) {
                (Some(_), true) => format!("no `{plain}` has this signature; there are:"),
                _ => format!("there are {} functions `{plain}`:", several.len()),
            };
            let listed = if several.is_empty() { &found } else { &fitting };
            for function in listed.iter().take(MOST) {
                what.push_str("\n    ");
                what.push_str(&shown(parsed, flat, function));
            }
            Err(IntakeError::new(
                what,
                "add --signature '…' with one of these lines, or with the part of it that tells it from the others",
            ))
        }
    }
}

/// Where a function stands.
pub(super) fn origin<'f>(
    parsed: &Parsed<'_>,
    flat: &'f Flat,
    function: &Function,
) -> Option<(&'f Path, usize)> {
    flat.origin(row(parsed.text, function.span.start))
}

/// The row, from 0, of a byte.
pub(super) fn row(text: &str, at: usize) -> usize {
    let before = text.as_bytes().get(..at).unwrap_or(&[]);
    before.iter().filter(|byte| **byte == b'\n').count()
}

fn is_called(function: &Function, wanted: &str) -> bool {
    let path = function.path();
    path == wanted
        || path
            .strip_suffix(wanted)
            .is_some_and(|before| before.ends_with("::"))
}

/// The text before a function's body, on one line.
fn head(parsed: &Parsed<'_>, function: &Function) -> String {
    let text = parsed.slice(&(function.span.start..function.body.start));
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ")
}

fn shown(parsed: &Parsed<'_>, flat: &Flat, function: &Function) -> String {
    let line = origin(parsed, flat, function).map_or(0, |(_, line)| line);
    let scope = function.scope.join("::");
    let scope = if scope.is_empty() {
        String::new()
    } else {
        format!(" in {scope}")
    };
    format!("{}   (line {line}{scope})", head(parsed, function))
}

/// Whether a head has the wanted text in it, blanks aside.
fn fits(head: &str, wanted: &str) -> bool {
    let tight = |text: &str| {
        let text = text.split("   (line").next().unwrap_or("");
        text.chars()
            .filter(|c| !c.is_whitespace())
            .collect::<String>()
    };
    let wanted = tight(wanted);
    !wanted.is_empty() && tight(head).contains(wanted.trim_end_matches(';'))
}

fn unknown(parsed: &Parsed<'_>, file: &Path, wanted: &str) -> IntakeError {
    let own = wanted.rsplit("::").next().unwrap_or(wanted);
    let announced = parsed
        .items
        .iter()
        .any(|item| item.kind == Kind::Prototype && item.names.iter().any(|name| name == own));
    if announced {
        return IntakeError::new(
            format!(
                "{} only declares `{wanted}`; its body is in another file",
                file.display()
            ),
            "name the file that has the body",
        );
    }
    let mut names: Vec<String> = parsed.functions.iter().map(|f| f.path()).collect();
    names.sort();
    names.dedup();
    let close = nearest(wanted, &names);
    let hint = if !close.is_empty() {
        format!("did you mean {}?", close.join(" or "))
    } else if names.is_empty() {
        "there is no function with a body in it".to_owned()
    } else {
        let some: Vec<&str> = names.iter().take(MOST).map(String::as_str).collect();
        let more = if names.len() > MOST { ", …" } else { "" };
        format!("it has: {}{more}", some.join(", "))
    };
    IntakeError::new(
        format!("{} has no function `{wanted}`", file.display()),
        hint,
    )
}

/// The names closest to `wanted` (Levenshtein 1966), best first.
fn nearest<'n>(wanted: &str, names: &'n [String]) -> Vec<&'n str> {
    let short = |name: &str| {
        let own = name.rsplit("::").next().unwrap_or(name);
        own.to_lowercase().chars().take(100).collect::<String>()
    };
    let goal = short(wanted);
    let length = goal.chars().count();
    let allowed = 1 + length / 3;
    let mut close: Vec<(usize, &str)> = names
        .iter()
        .filter_map(|name| {
            let own = short(name);
            let part = length > 2 && own.contains(&goal);
            let far = if part {
                1
            } else {
                strsim::levenshtein(&goal, &own)
            };
            (far <= allowed).then_some((far, name.as_str()))
        })
        .collect();
    close.sort();
    close.into_iter().take(3).map(|(_, name)| name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intake::flat::Origin;

    fn asked(
        text: &str,
        wanted: &str,
        signature: Option<&str>,
    ) -> Result<String, (String, String)> {
        let flat = Flat {
            text: text.to_owned(),
            lines: (1..=text.lines().count())
                .map(|line| Origin { file: 0, line })
                .collect(),
            files: vec!["a.cpp".into()],
        };
        let parsed = Parsed::new(text).unwrap();
        find(&parsed, &flat, Path::new("a.cpp"), wanted, signature)
            .map(|function| head(&parsed, function))
            .map_err(|error| (error.what, error.hint))
    }

    const TEXT: &str = "namespace a { int sum(int x) { return x; } }\nint sum(double y) { return 0; }\nint only(int);\nint product(int a) { return a; }\n";

    #[test]
    fn a_qualified_name_or_a_signature_picks_one_of_several() {
        assert_eq!(asked(TEXT, "a::sum", None).unwrap(), "int sum(int x)");
        assert_eq!(
            asked(TEXT, "sum", Some("sum( double y )")).unwrap(),
            "int sum(double y)"
        );
        let (what, hint) = asked(TEXT, "sum", None).unwrap_err();
        assert_eq!(
            what,
            "there are 2 functions `sum`:\n    int sum(int x)   (line 1 in a)\n    int sum(double y)   (line 2)"
        );
        assert!(hint.contains("--signature"));
        assert!(
            asked(TEXT, "sum", Some("float"))
                .unwrap_err()
                .0
                .starts_with("no `sum` has this signature")
        );
    }

    #[test]
    fn an_unknown_name_gets_the_nearest_ones() {
        let (what, hint) = asked(TEXT, "prodcut", None).unwrap_err();
        assert_eq!(
            (what.as_str(), hint.as_str()),
            ("a.cpp has no function `prodcut`", "did you mean product?")
        );
        assert!(
            asked(TEXT, "only", None)
                .unwrap_err()
                .0
                .contains("only declares")
        );
        assert!(
            asked("int x;", "f", None)
                .unwrap_err()
                .1
                .contains("no function with a body")
        );
    }
}

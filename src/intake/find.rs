//! Which function is meant: by name, qualified as far as needed, and by signature where there are several. Pure.

use std::path::Path;

use super::IntakeError;
use super::extract::ExtractRequest;
use super::items::{Function, Kind, Parsed};
use super::preprocessed::Preprocessed;

/// Most names or signatures that an error lists.
const MOST: usize = 12;

/// The function that `wanted` names in `file`, or in the headers it includes if the file itself has none of that name.
pub(super) fn find<'p>(
    parsed: &'p Parsed<'_>,
    asked: &ExtractRequest<'_>,
) -> Result<&'p Function, IntakeError> {
    let (flat, file, wanted) = (asked.flat, asked.file, asked.function);
    let signature = asked.signature;
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
        return Err(unknown(parsed, file, plain, asked.text));
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
            let mut error = IntakeError::new(
                what,
                "add --signature '…' with one of these lines, or with the part of it that tells it from the others",
            );
            let mut longest: Vec<&Function> = several.to_vec();
            longest.sort_by_key(|function| std::cmp::Reverse(function.body.len()));
            error.several = longest.into_iter().map(|f| head(parsed, f)).collect();
            Err(error)
        }
    }
}

/// Where a function stands.
pub(super) fn origin<'f>(
    parsed: &Parsed<'_>,
    flat: &'f Preprocessed,
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

fn shown(parsed: &Parsed<'_>, flat: &Preprocessed, function: &Function) -> String {
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

fn unknown(parsed: &Parsed<'_>, file: &Path, wanted: &str, text: &str) -> IntakeError {
    let own = wanted.rsplit("::").next().unwrap_or(wanted);
    if let Some(off) = switched_off(text, own) {
        let conditions = off.conditions.join(", ");
        return IntakeError::new(
            format!(
                "{} has the body of `{wanted}` in line {}, switched off by: {conditions}",
                file.display(),
                off.line
            ),
            "give what switches it on at the end, like -- -DNAME",
        );
    }
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

/// Whether a text has a function of this name with its body.
pub fn has_function(flat: &Preprocessed, name: &str) -> bool {
    let text = super::old_style::modern(&flat.text);
    let blank = super::strip_macros::blanked(&text);
    Parsed::new(&blank).is_ok_and(|parsed| parsed.functions.iter().any(|f| f.name == name))
}

/// Whether a file's text defines this function or variable for other files, too.
pub fn defines(text: &str, name: &str) -> bool {
    if !text.contains(name) {
        return false;
    }
    let text = super::old_style::modern(text);
    let blank = super::strip_macros::blanked(&text);
    Parsed::new(&blank).is_ok_and(|parsed| {
        parsed.items.iter().any(|item| {
            let own = text.get(item.span.clone()).unwrap_or("").trim_start();
            matches!(item.kind, Kind::Function | Kind::Variable)
                && item.names.iter().any(|known| known == name)
                && !["static ", "extern ", "inline "]
                    .iter()
                    .any(|word| own.starts_with(word))
        })
    })
}

/// The names of the functions with a body in a file's text, each once, in order.
pub fn function_names(text: &str) -> Vec<String> {
    let text = super::old_style::modern(text);
    let blank = super::strip_macros::blanked(&text);
    let mut names: Vec<String> = Vec::new();
    for function in Parsed::new(&blank).map_or_else(|_| Vec::new(), |parsed| parsed.functions) {
        let path = function.path();
        if !names.contains(&path) {
            names.push(path);
        }
    }
    names
}

/// A body that conditionals leave out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Off {
    /// The line its name stands on, from 1.
    pub line: usize,
    /// The conditionals around it, outermost first.
    pub conditions: Vec<String>,
    /// Macros they ask for, and those that define these in the same file, nearest first.
    pub macros: Vec<String>,
}

/// Where a file's text has a body of `name` between conditionals.
pub fn switched_off(text: &str, name: &str) -> Option<Off> {
    let mut open: Vec<String> = Vec::new();
    let mut begun = 0;
    // Where macros are defined, and under which conditions.
    let mut defined: Vec<(String, Vec<String>)> = Vec::new();
    let mut found = None;
    for (number, line) in text.split_inclusive('\n').enumerate() {
        let at = begun;
        begun += line.len();
        let directive = line.trim_start().strip_prefix('#').map(str::trim);
        match directive {
            Some(d) if d.starts_with("if") => open.push(d.to_owned()),
            Some(d) if d.starts_with("elif") => {
                open.pop();
                open.push(d.to_owned());
            }
            Some(d) if d.starts_with("else") => {
                let turned = open.pop().map(|d| format!("else of {d}"));
                open.extend(turned);
            }
            Some(d) if d.starts_with("endif") => {
                open.pop();
            }
            Some(d) => {
                if let Some(rest) = d.strip_prefix("define") {
                    let name = rest.split_whitespace().next().unwrap_or("");
                    let conditions = open.iter().rev().take(3).cloned().collect();
                    defined.push((name.to_owned(), conditions));
                }
            }
            None if found.is_none() && has_body(text, at, line, name) => {
                found = Some((number + 1, open.clone()));
            }
            None => {}
        }
    }
    let (line, conditions) = found.filter(|(_, conditions)| !conditions.is_empty())?;
    let mut macros: Vec<String> = Vec::new();
    for condition in conditions.iter().rev() {
        macros.extend(asks_for(condition));
    }
    for at in 0..macros.len() {
        let by = defined
            .iter()
            .filter(|(name, _)| macros.get(at) == Some(name));
        let more: Vec<String> = by
            .flat_map(|(_, conditions)| conditions.iter().flat_map(|c| asks_for(c)))
            .collect();
        macros.extend(more);
    }
    let mut once: Vec<String> = Vec::new();
    for name in macros {
        if !once.contains(&name) {
            once.push(name);
        }
    }
    Some(Off {
        line,
        conditions,
        macros: once,
    })
}

/// Whether a function `name` with a body begins on this line, which begins at `at`.
fn has_body(text: &str, at: usize, line: &str, name: &str) -> bool {
    let places = super::words::words(line)
        .into_iter()
        .filter(|word| word.text == name);
    for word in places {
        let after = at + word.at + name.len();
        let rest = text.get(after..).unwrap_or("").trim_start();
        let Some(inside) = rest.strip_prefix('(') else {
            continue;
        };
        // A call stands among other code; a head begins its line or follows a type.
        let before = line.get(..word.at).unwrap_or("");
        if before.contains(['(', '=', ';', '"', '.', ','])
            || before.trim_start().starts_with("return")
        {
            continue;
        }
        let mut depth = 1;
        let close = inside.char_indices().find(|(_, c)| {
            match c {
                '(' => depth += 1,
                ')' => depth -= 1,
                _ => {}
            }
            depth == 0
        });
        let tail = close
            .and_then(|(close, _)| inside.get(close + 1..))
            .unwrap_or("");
        let next = tail.find(['{', ';']).and_then(|at| tail.get(at..=at));
        if next == Some("{") {
            return true;
        }
    }
    false
}

/// The macros whose being defined a conditional asks for.
fn asks_for(condition: &str) -> Vec<String> {
    let names = |text: &str| {
        let words = super::words::words(text);
        words.first().map(|word| word.text.to_owned())
    };
    if condition.starts_with("else of") || condition.starts_with("ifndef") {
        return Vec::new();
    }
    if let Some(rest) = condition.strip_prefix("ifdef") {
        return names(rest).into_iter().collect();
    }
    let mut all = Vec::new();
    for (at, _) in condition.match_indices("defined") {
        let denied = condition.get(..at).unwrap_or("").trim_end().ends_with('!');
        let rest = condition.get(at + "defined".len()..).unwrap_or("");
        if !denied {
            all.extend(names(rest));
        }
    }
    if all.is_empty() {
        let rest = condition
            .trim_start_matches("elif")
            .trim_start_matches("if");
        all.extend(names(rest).filter(|_| !rest.contains('!')));
    }
    all
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
    use crate::preprocessed::Origin;

    fn asked(
        text: &str,
        wanted: &str,
        signature: Option<&str>,
    ) -> Result<String, (String, String)> {
        let flat = Preprocessed {
            text: text.to_owned(),
            lines: (1..=text.lines().count())
                .map(|line| Origin { file: 0, line })
                .collect(),
            files: vec!["a.cpp".into()],
        };
        let parsed = Parsed::new(text).unwrap();
        let asked = ExtractRequest {
            file: Path::new("a.cpp"),
            text,
            flat: &flat,
            function: wanted,
            signature,
            instantiate: &[],
            flags: &[],
            is_c: false,
            cpp20: false,
            in_library: |_| false,
            inputs: crate::InputGuess::First,
        };
        find(&parsed, &asked)
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

    #[test]
    fn a_body_between_conditionals_is_found_with_what_switches_it_on() {
        let text = "int fold(int);\n#if defined(ALL) && !defined(OTHER)\n# define BODIES 1\n#endif\n#ifdef BODIES\nint\nfold(int a)\n{\n    return only(a);\n}\n#else\nint other(int a) { return fold(a); }\n#endif\n";
        let off = switched_off(text, "fold").unwrap();
        assert_eq!(
            (off.line, off.conditions.as_slice()),
            (7, &["ifdef BODIES".to_owned()][..])
        );
        assert_eq!(off.macros, ["BODIES", "ALL"]);
        assert_eq!(switched_off(text, "only"), None);
        assert_eq!(
            switched_off(text, "other").unwrap().conditions,
            ["else of ifdef BODIES"]
        );
    }
}

//! A file's text with that of another file of the same program behind it: what both include stands there once, and names
//! that each has for itself stay apart. Pure.

use std::collections::BTreeMap;

use super::IntakeError;
use super::items::{Item, Kind, Parsed};
use super::old_style;
use super::preprocessed::{Origin, Preprocessed};
use super::strip_macros::blanked;
use super::words::{Reached, words};

/// `flat` with `other` behind it. Names of `other` that `flat` has, too, and means something else by, get `mark` behind
/// them.
///
/// # Errors
/// If the parser does not start.
pub fn joined(
    flat: &Preprocessed,
    other: &Preprocessed,
    mark: &str,
) -> Result<Preprocessed, IntakeError> {
    // Headers that both include stand in the first.
    let fresh: Vec<(&str, Origin)> = other
        .text
        .lines()
        .zip(&other.lines)
        .map(|(line, origin)| {
            let known = other
                .files
                .get(origin.file)
                .is_some_and(|file| flat.files.contains(file));
            let included = line.trim_start().starts_with('#')
                && line.contains("include")
                && flat.text.lines().any(|ours| ours == line);
            (if known || included { "" } else { line }, *origin)
        })
        .collect();
    let mut text = String::new();
    for (line, _) in &fresh {
        text.push_str(line);
        text.push('\n');
    }
    let text = old_style::modern(&text);
    let first = old_style::modern(&flat.text);
    let (ours, theirs) = (blanked(&first), blanked(&text));
    let text = apart(&Parsed::new(&ours)?, &Parsed::new(&theirs)?, &text, mark);
    let mut files = flat.files.clone();
    let mut lines = flat.lines.clone();
    for (_, origin) in fresh {
        let Some(file) = other.files.get(origin.file) else {
            continue;
        };
        let at = files
            .iter()
            .position(|known| known == file)
            .unwrap_or_else(|| {
                files.push(file.clone());
                files.len() - 1
            });
        lines.push(Origin {
            file: at,
            line: origin.line,
        });
    }
    Ok(Preprocessed {
        text: format!("{}{text}", flat.text),
        lines,
        files,
    })
}

/// The second text without what the first has word for word, and with other names where the first means something else.
fn apart(first: &Parsed<'_>, second: &Parsed<'_>, text: &str, mark: &str) -> String {
    let defines = |parsed: &Parsed<'_>, item: &Item| {
        let plain = matches!(
            item.kind,
            Kind::Function | Kind::Variable | Kind::Type | Kind::Define
        );
        let announced = item.kind == Kind::Variable
            && parsed.slice(&item.span).trim_start().starts_with("extern");
        plain && !announced && item.class.is_none() && item.scope.is_empty()
    };
    let tight = |text: &str| text.split_whitespace().collect::<String>();
    let mut known: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for item in first.items.iter().filter(|item| defines(first, item)) {
        for name in &item.names {
            let words = tight(first.slice(&item.span));
            known.entry(name).or_default().push(words);
        }
    }
    let mut again = Vec::new();
    let mut other: Vec<&str> = Vec::new();
    for item in second.items.iter().filter(|item| defines(second, item)) {
        let own = tight(second.slice(&item.span));
        let meant: Vec<&String> = item
            .names
            .iter()
            .filter_map(|name| known.get(name.as_str()))
            .flatten()
            .collect();
        if meant.contains(&&own) {
            again.push(item.span.clone());
        } else if !meant.is_empty() {
            let clash = |name: &&String| known.contains_key(name.as_str());
            other.extend(item.names.iter().filter(clash).map(String::as_str));
        }
    }
    let mut out = String::new();
    let mut at = 0;
    let copy = |from: usize, upto: usize, out: &mut String| {
        let part = text.get(from..upto).unwrap_or("");
        match again
            .iter()
            .any(|span: &std::ops::Range<usize>| span.start <= from && upto <= span.end)
        {
            // Lines stay where they are.
            true => out.extend(part.chars().map(|c| if c == '\n' { '\n' } else { ' ' })),
            false => out.push_str(part),
        }
    };
    let mut edges: Vec<usize> = again
        .iter()
        .flat_map(|span| [span.start, span.end])
        .collect();
    let found = words(text);
    let renamed: Vec<_> = found
        .iter()
        .filter(|word| other.contains(&word.text) && word.reached == Reached::Plainly)
        .map(|word| word.at + word.text.len())
        .collect();
    edges.extend(&renamed);
    edges.push(text.len());
    edges.sort_unstable();
    for edge in edges {
        if edge > at {
            copy(at, edge, &mut out);
            at = edge;
        }
        let dropped = again
            .iter()
            .any(|span| span.start < edge && edge <= span.end);
        if renamed.contains(&edge) && !dropped {
            out.push_str(mark);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flat(files: &[(&str, &str)]) -> Preprocessed {
        let mut flat = Preprocessed::default();
        for (number, (name, text)) in files.iter().enumerate() {
            flat.files.push(name.into());
            for (line, words) in text.lines().enumerate() {
                flat.text.push_str(words);
                flat.text.push('\n');
                flat.lines.push(Origin {
                    file: number,
                    line: line + 1,
                });
            }
        }
        flat
    }

    #[test]
    fn what_both_have_stands_once_and_what_each_has_for_itself_stays_apart() {
        let header = ("p.h", "int half(int);\n#define ONE 1");
        let first = flat(&[
            header,
            (
                "a.c",
                "#include <stdio.h>\nstatic int table[2] = {1, 2};\nstatic int key(int a) { return a; }\nint f(int a) { return half(a) + key(a) + table[0]; }",
            ),
        ]);
        let second = flat(&[
            header,
            (
                "b.c",
                "#include <stdio.h>\nstatic int table[2] = {1,  2};\nstatic int key(int a) { return -a; }\nint half(int a) { return key(a) / 2 + table[1]; }",
            ),
        ]);
        let both = joined(&first, &second, "_b").unwrap();
        let tail: Vec<&str> = both.text.lines().skip(6).map(str::trim).collect();
        assert_eq!(
            tail,
            [
                "",
                "",
                "",
                "",
                "static int key_b(int a) { return -a; }",
                "int half(int a) { return key_b(a) / 2 + table[1]; }"
            ]
        );
        assert_eq!(both.lines.len(), both.text.lines().count());
        assert_eq!(both.origin(11).unwrap(), (std::path::Path::new("b.c"), 4));
    }
}

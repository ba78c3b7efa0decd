//! Where in a file a region lies, by what `problem.toml` says of it: the whole file, between two markers, a named
//! function, or lines. Pure; never panics, whatever the text.

use std::ops::Range;

use sha2::{Digest, Sha256};

use super::nearest::nearest;
use crate::source::syntax::{self, Sort, Tongue};

/// How a region is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    /// The whole file.
    Whole,
    /// The lines between the line that holds the first text and the line that holds the second.
    Markers(String, String),
    /// A function's definition.
    Function(String),
    /// Lines from 1, both counted in, and the SHA-256 of their text in hex, if it is known.
    Lines(usize, usize, Option<String>),
}

/// Why a region is not there, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Absent {
    pub what: String,
    pub hint: String,
}

fn absent<T>(what: impl Into<String>, hint: impl Into<String>) -> Result<T, Absent> {
    Err(Absent {
        what: what.into(),
        hint: hint.into(),
    })
}

/// The bytes of a region: whole lines.
pub(super) fn locate(text: &str, part: &Part, tongue: Tongue) -> Result<Range<usize>, Absent> {
    match part {
        Part::Whole => Ok(0..text.len()),
        Part::Markers(begin, end) => between(text, begin, end),
        Part::Function(name) => function(text, name, tongue),
        Part::Lines(first, last, hash) => lines(text, *first, *last, hash.as_deref()),
    }
}

fn between(text: &str, begin: &str, end: &str) -> Result<Range<usize>, Absent> {
    let line_with = |marker: &str, from: usize| -> Result<Range<usize>, Absent> {
        let mut at = from;
        let mut found = Vec::new();
        for line in text.get(from..).unwrap_or("").split_inclusive('\n') {
            if line.contains(marker) {
                found.push(at..at + line.len());
            }
            at += line.len();
        }
        match found.as_slice() {
            [one] => Ok(one.clone()),
            [] => absent(
                format!("has no line with the marker `{marker}`"),
                "write the marker into the file as a comment, or correct `markers`",
            ),
            _ => absent(
                format!("has the marker `{marker}` on {} lines", found.len()),
                "each marker must be there once",
            ),
        }
    };
    let opening = line_with(begin, 0)?;
    let closing = line_with(end, opening.end)?;
    Ok(opening.end..closing.start)
}

fn function(text: &str, name: &str, tongue: Tongue) -> Result<Range<usize>, Absent> {
    let all: Vec<_> = syntax::definitions(text, tongue)
        .into_iter()
        .filter(|definition| definition.sort == Sort::Function)
        .collect();
    let own = name.trim_start_matches("crate::").trim_start_matches("::");
    let mut found: Vec<_> = all.iter().filter(|d| d.is_called(own)).collect();
    // With `::` before it, or the crate's name, it is a whole path: a free function stands beside methods of its name.
    if own != name && found.len() > 1 {
        found.retain(|d| d.path(tongue) == own);
    }
    match (found.as_slice(), tongue) {
        ([one], _) => Ok(whole_lines(text, one.all.clone())),
        ([], Tongue::Other) => match syntax::by_lines(text, name) {
            Some(range) => Ok(range),
            None => absent(
                format!("the function `{name}` could not be found by its lines"),
                "there is no parser for this language here: name the place with lines = [FIRST, LAST] or with markers",
            ),
        },
        ([], _) => {
            let names: Vec<String> = all.iter().map(|d| d.path(tongue)).collect();
            let near = nearest(name, names.iter().map(String::as_str), 3);
            let hint = if names.is_empty() {
                "there is no function definition in this file".to_owned()
            } else if near.is_empty() {
                let some: Vec<&str> = names.iter().take(8).map(String::as_str).collect();
                format!("functions in it: {}", some.join(", "))
            } else {
                format!("did you mean {}?", near.join(", "))
            };
            absent(format!("has no function `{name}`"), hint)
        }
        (several, _) => {
            let places: Vec<String> = several
                .iter()
                .map(|d| format!("{} (line {})", d.path(tongue), line_of(text, d.all.start)))
                .collect();
            absent(
                format!(
                    "has {} functions `{name}`: {}",
                    several.len(),
                    places.join(", ")
                ),
                "write its whole path (::NAME is the one that stands in nothing else), or name the place with lines = [FIRST, LAST]",
            )
        }
    }
}

fn lines(
    text: &str,
    first: usize,
    last: usize,
    hash: Option<&str>,
) -> Result<Range<usize>, Absent> {
    let mut starts = vec![0];
    starts.extend(text.match_indices('\n').map(|(at, _)| at + 1));
    if starts.last() != Some(&text.len()) {
        starts.push(text.len());
    }
    let count = starts.len() - 1;
    if first == 0 || first > last || last > count {
        return absent(
            format!("has no lines {first} to {last}: it has {count}"),
            "count from 1; the last line counts in",
        );
    }
    let span = last - first + 1;
    let range = |from: usize| starts[from - 1]..starts[from - 1 + span];
    let Some(hash) = hash else {
        return Ok(range(first));
    };
    // Lines above it may have come or gone since.
    let fits = |from: &usize| sha256(&text[range(*from)]) == hash.to_lowercase();
    if fits(&first) {
        return Ok(range(first));
    }
    match (1..=count + 1 - span).find(fits) {
        Some(from) => Ok(range(from)),
        None => absent(
            format!("lines {first} to {last} are not what they were when this problem was made"),
            "make the problem anew from the file as it is now",
        ),
    }
}

/// SHA-256 of a text in hex.
pub fn sha256(text: &str) -> String {
    let hash = Sha256::digest(text.as_bytes());
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Line from 1 of a place.
pub(super) fn line_of(text: &str, at: usize) -> usize {
    1 + text.bytes().take(at).filter(|byte| *byte == b'\n').count()
}

fn whole_lines(text: &str, range: Range<usize>) -> Range<usize> {
    let start = text[..range.start].rfind('\n').map_or(0, |at| at + 1);
    let head = &text[start..range.start];
    let start = if head.trim().is_empty() {
        start
    } else {
        range.start
    };
    let end = text[range.end..]
        .find('\n')
        .map_or(text.len(), |at| range.end + at + 1);
    let tail = &text[range.end..end];
    let end = if tail.trim().is_empty() {
        end
    } else {
        range.end
    };
    start..end
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(source: &str, part: Part, tongue: Tongue) -> Result<String, String> {
        locate(source, &part, tongue)
            .map(|range| source[range].to_owned())
            .map_err(|absent| absent.what)
    }

    #[test]
    fn each_way_of_naming_finds_its_lines() {
        let source = "use x;\n// begin\nfn f() {\n}\n// end\nfn g() {}\n";
        let markers = |a: &str, b: &str| Part::Markers(a.to_owned(), b.to_owned());
        let rust = Tongue::Rust;
        assert_eq!(text(source, Part::Whole, rust).unwrap(), source);
        assert_eq!(
            text(source, markers("// begin", "// end"), rust).unwrap(),
            "fn f() {\n}\n"
        );
        assert_eq!(
            text(source, Part::Function("f".into()), rust).unwrap(),
            "fn f() {\n}\n"
        );
        assert_eq!(
            text(source, Part::Lines(3, 4, None), rust).unwrap(),
            "fn f() {\n}\n"
        );
        let hash = Some(sha256("fn f() {\n}\n"));
        assert_eq!(
            text(source, Part::Lines(1, 2, hash), rust).unwrap(),
            "fn f() {\n}\n"
        );
    }

    #[test]
    fn what_is_not_there_is_named() {
        let source = "fn fold() {}\nfn x() {}\nmod m { fn x() {} }\n";
        let rust = Tongue::Rust;
        let of = |part| locate(source, &part, rust).unwrap_err();
        let near = of(Part::Function("fodl".into()));
        assert_eq!(near.what, "has no function `fodl`");
        assert!(near.hint.contains("fold"), "{}", near.hint);
        assert!(of(Part::Function("x".into())).what.contains("2 functions"));
        for before in ["", "crate"] {
            let whole = format!("{before}::x");
            let found = locate(source, &Part::Function(whole), rust).unwrap();
            assert_eq!(&source[found], "fn x() {}\n");
        }
        assert!(
            of(Part::Markers("// a".into(), "// b".into()))
                .what
                .contains("// a")
        );
        assert!(of(Part::Lines(3, 9, None)).what.contains("it has 3"));
        assert!(
            of(Part::Lines(1, 1, Some("00".into())))
                .what
                .contains("not what they were")
        );
    }
}

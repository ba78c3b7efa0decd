//! What agents are shown around a region: the imports, the functions it calls, the types it uses, within a bound: of
//! functions the heads, and the bodies while room lasts, short ones first; and a sentence on what was left out. Pure but for the texts it is given; never shows a whole file.

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::{Component, Path};

use super::load::read_within;
use super::regions::line_of;
use crate::source::syntax::{Sort, Tongue, definitions, language};

/// Most of it, in bytes.
const MOST: usize = 12 << 10;
/// Most of one type or constant, in bytes.
const MOST_OF_ONE: usize = 2 << 10;

/// A file of the project by its path.
#[derive(Debug, Clone)]
pub(super) struct Text {
    pub path: String,
    pub text: String,
}

/// What is around `regions` (bytes in `file`), with definitions from `others` where the file itself has none.
pub(super) fn around(
    file: &Text,
    regions: &[Range<usize>],
    others: &[Text],
    tongue: Tongue,
) -> String {
    let lines = file.text.lines().count();
    let shown: usize = regions
        .iter()
        .map(|range| file.text[range.clone()].lines().count())
        .sum();
    if shown >= lines {
        return String::new();
    }
    let used = used_words(file, regions);
    let mut out = String::new();
    let imports = imports(&file.text, regions);
    if !imports.is_empty() {
        out.push_str(&imports);
    }
    let mut known: BTreeSet<String> = BTreeSet::new();
    let mut dropped = 0;
    // Entries, and for functions what to show instead where there is room.
    let mut entries: Vec<(String, Option<String>)> = Vec::new();
    let mut length = out.len();
    for text in std::iter::once(file).chain(others) {
        let own = text.path == file.path;
        for definition in definitions(&text.text, tongue) {
            let inside = own && regions.iter().any(|r| r.contains(&definition.all.start));
            let around = own
                && regions
                    .iter()
                    .any(|r| definition.all.start < r.start && r.end <= definition.all.end);
            if inside || !(around || used.contains(definition.name.as_str())) {
                continue;
            }
            if !known.insert(format!("{}:{}", text.path, definition.path(tongue))) {
                continue;
            }
            let words = match definition.sort {
                Sort::Function => &text.text[definition.head.clone()],
                Sort::Type if around || definition.all.len() > MOST_OF_ONE => {
                    &text.text[definition.head.clone()]
                }
                Sort::Type => &text.text[definition.all.clone()],
            };
            let place = format!(
                "{}:{}",
                text.path,
                line_of(&text.text, definition.head.start)
            );
            let words = words.trim_end();
            let entry = format!("{place}\n{words}\n");
            let whole = &text.text[definition.all.clone()];
            let fuller =
                (definition.sort == Sort::Function && !around && whole.len() <= MOST_OF_ONE)
                    .then(|| format!("{place}\n{}\n", whole.trim_end()));
            if length + entry.len() > MOST || words.len() > MOST_OF_ONE {
                dropped += 1;
            } else {
                length += entry.len();
                entries.push((entry, fuller));
            }
        }
    }
    // What a callee costs is seen in its body alone.
    let mut order: Vec<usize> = (0..entries.len()).collect();
    order.sort_by_key(|at| entries[*at].1.as_ref().map_or(usize::MAX, String::len));
    for at in order {
        let (entry, fuller) = &mut entries[at];
        if let Some(fuller) = fuller.take()
            && length - entry.len() + fuller.len() <= MOST
        {
            length = length - entry.len() + fuller.len();
            *entry = fuller;
        }
    }
    out.extend(entries.into_iter().map(|(entry, _)| entry));
    out.push_str(&left_out(file, lines - shown, dropped, tongue));
    out
}

/// Most of one file that a command runs, in bytes.
const MOST_OF_COMMAND: u64 = 4 << 10;
/// Most of these and of what is around the regions together, in bytes.
const MOST_WITH_COMMANDS: usize = 16 << 10;

/// Short files of the project that are timed and tested with: who does not see them guesses at what is timed. `shown` are
/// files that agents see anyway, `length` what they are shown so far.
pub(super) fn of_commands(
    root: &Path,
    commands: [(&str, &str); 2],
    shown: &[&str],
    entry: &str,
    mut length: usize,
) -> String {
    let mut out = String::new();
    let mut known: Vec<String> = shown.iter().map(|path| (*path).to_owned()).collect();
    for (what, command) in commands {
        let mut paths = files_of(root, command);
        if paths.is_empty() && what.contains("tests") {
            paths = tests_of(root, entry);
        }
        for path in paths {
            if known.contains(&path) {
                continue;
            }
            let Ok(text) = read_within(&root.join(&path), MOST_OF_COMMAND, "") else {
                continue;
            };
            let said = format!("{path} ({what})\n{}\n", text.trim_end());
            if length + said.len() > MOST_WITH_COMMANDS || text.contains('\0') {
                continue;
            }
            length += said.len();
            out.push_str(&said);
            known.push(path);
        }
    }
    out
}

/// The source files of the project that a command names, or that the program it names is made of by custom.
fn files_of(root: &Path, command: &str) -> Vec<String> {
    let mut found = Vec::new();
    for word in command.split_whitespace() {
        let word = word.trim_matches(['\'', '"']).trim_start_matches("./");
        let plain = Path::new(word)
            .components()
            .all(|part| matches!(part, Component::Normal(_)));
        if word.is_empty() || !plain {
            continue;
        }
        let stem = Path::new(word)
            .file_stem()
            .map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
        let made = ["src/bin", "benches", "examples"]
            .iter()
            .map(|folder| format!("{folder}/{stem}.rs"));
        let is_source = |path: &String| language(path) != "text" && root.join(path).is_file();
        found.extend(std::iter::once(word.to_owned()).chain(made).find(is_source));
    }
    found
}

/// Files that look like tests and speak of the function, two at most.
fn tests_of(root: &Path, entry: &str) -> Vec<String> {
    if entry.is_empty() {
        return Vec::new();
    }
    let mut found = Vec::new();
    for folder in ["tests", "test", "__tests__", ""] {
        let entries = std::fs::read_dir(root.join(folder)).into_iter().flatten();
        let mut names: Vec<String> = entries
            .flatten()
            .filter_map(|entry| entry.file_name().into_string().ok())
            .collect();
        names.sort();
        for name in names {
            let path = match folder.is_empty() {
                true => name.clone(),
                false => format!("{folder}/{name}"),
            };
            let is_test = !folder.is_empty() || name.to_lowercase().contains("test");
            let speaks = || {
                let not_in_words = |c: char| !(c.is_alphanumeric() || c == '_');
                read_within(&root.join(&path), MOST_OF_COMMAND, "")
                    .is_ok_and(|text| text.split(not_in_words).any(|word| word == entry))
            };
            if found.len() < 2 && is_test && language(&path) != "text" && speaks() {
                found.push(path);
            }
        }
    }
    found
}

fn left_out(file: &Text, lines: usize, dropped: usize, tongue: Tongue) -> String {
    let mut words = format!("(Left out: the rest of {}, {lines} lines", file.path);
    if dropped > 0 {
        words.push_str(&format!(", and {dropped} definitions for lack of room"));
    }
    if tongue == Tongue::Other {
        words.push_str(", callees and types included: there is no parser for this language here");
    }
    words.push_str(".)\n");
    words
}

/// The identifiers in the regions.
fn used_words<'a>(file: &'a Text, regions: &[Range<usize>]) -> BTreeSet<&'a str> {
    regions
        .iter()
        .flat_map(|range| {
            file.text[range.clone()].split(|c: char| !(c.is_alphanumeric() || c == '_'))
        })
        .filter(|word| word.len() > 1)
        .collect()
}

/// Lines outside the regions that bring in names, at most forty.
fn imports(text: &str, regions: &[Range<usize>]) -> String {
    const HEADS: [&str; 8] = [
        "use ", "pub use ", "import ", "from ", "#include", "using ", "require", "package ",
    ];
    let mut at = 0;
    let mut found = String::new();
    let mut count = 0;
    for line in text.split_inclusive('\n') {
        let outside = !regions.iter().any(|r| r.contains(&at));
        at += line.len();
        if outside
            && count < 40
            && line.len() < 200
            && HEADS.iter().any(|head| line.starts_with(head))
        {
            found.push_str(line);
            count += 1;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn callees_types_and_imports_are_shown_and_the_rest_is_said_to_be_missing() {
        let text = "use std::fmt;\nstruct Used { a: u8 }\nstruct Unused;\nfn callee(x: &Used) -> u8 {\n    x.a\n}\nfn other() {}\nfn f(u: &Used) -> u8 {\n    callee(u)\n}\n";
        let start = text.find("fn f(").unwrap();
        let file = Text {
            path: "src/a.rs".to_owned(),
            text: text.to_owned(),
        };
        let said = around(
            &file,
            std::slice::from_ref(&(start..text.len())),
            &[],
            Tongue::Rust,
        );
        assert_eq!(
            said,
            "use std::fmt;\nsrc/a.rs:2\nstruct Used { a: u8 }\nsrc/a.rs:4\nfn callee(x: &Used) -> u8 {\n    x.a\n}\n(Left out: the rest of src/a.rs, 7 lines.)\n"
        );
    }

    #[test]
    fn short_files_that_are_timed_or_test_the_function_are_shown() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        for (path, text) in [
            ("bench.py", "from a import f\nf(3)\n"),
            ("tests/test_a.py", "from a import f\n"),
            ("tests/test_b.py", "from b import g\n"),
            ("a.py", "def f(x): pass\n"),
        ] {
            std::fs::create_dir_all(root.join(path).parent().unwrap()).unwrap();
            std::fs::write(root.join(path), text).unwrap();
        }
        std::fs::write(root.join("long.py"), "x".repeat(5000)).unwrap();
        let of = |bench, test| {
            let commands = [("timed by the bench", bench), ("run by the tests", test)];
            of_commands(root, commands, &["a.py"], "f", 0)
        };
        assert_eq!(
            of("python3 ./bench.py a.py", "python3 -m pytest -q"),
            "bench.py (timed by the bench)\nfrom a import f\nf(3)\ntests/test_a.py (run by the tests)\nfrom a import f\n"
        );
        assert_eq!(of("python3 long.py", "python3 a.py"), "");
    }

    #[test]
    fn nothing_is_around_a_whole_file() {
        let file = Text {
            path: "a.py".to_owned(),
            text: "x = 1\n".to_owned(),
        };
        assert_eq!(
            around(&file, std::slice::from_ref(&(0..6)), &[], Tongue::Python),
            ""
        );
    }
}

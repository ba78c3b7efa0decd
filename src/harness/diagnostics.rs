//! A compiler's, linker's or loader's words made fit for who reads them: bounded, without control characters and without
//! paths of ours, the first error found in all of them, and what an author cannot know added (which C++ it is, that
//! serial mode has no OpenMP). Never believes that they are the compiler's: hostile code can have it say anything.

use std::fs;
use std::io::{Read, Seek};
use std::path::Path;

use crate::domain::problem::{Mode, Standard};

/// Most words that are read.
const READ: u64 = 4 << 20;
/// Most that are kept.
const KEPT: usize = 4 << 10;
/// Longest line that is shown as the message.
const LINE: usize = 300;

/// Characters that reorder or hide text.
fn is_unseen(c: char) -> bool {
    matches!(
        c,
        '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
    )
}

/// Text on one line, with characters that a terminal would obey or hide written as their numbers.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\t' | '\r' => out.push(' '),
            c if c.is_control() || is_unseen(c) => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
    }
    out
}

/// What a file says within the bound, without characters that a terminal would obey or hide.
pub(crate) fn all(mut words: fs::File) -> String {
    let mut bytes = Vec::new();
    if words.rewind().is_err() || words.take(READ).read_to_end(&mut bytes).is_err() {
        return String::new();
    }
    String::from_utf8_lossy(&bytes)
        .chars()
        .filter(|c| *c == '\n' || *c == '\t' || !(c.is_control() || is_unseen(*c)))
        .collect()
}

/// As much of the beginning as is kept.
pub(crate) fn first(words: &str) -> &str {
    &words[..words.floor_char_boundary(KEPT)]
}

/// As much as is kept, from the first error on where that would not be among it; without the folder's name.
pub(crate) fn kept(words: &str, folder: &Path) -> String {
    let folder = format!("{}/", folder.display());
    let words = words.replace(&folder, "");
    let mut at = 0;
    for line in words.split_inclusive('\n') {
        if is_error(line) {
            break;
        }
        at += line.len();
    }
    // Room for the line itself.
    let from = if at + LINE > KEPT && at < words.len() {
        at
    } else {
        0
    };
    first(&words[from..]).to_owned()
}

fn is_error(line: &str) -> bool {
    let line = line.to_ascii_lowercase();
    [
        "error:",
        "undefined reference",
        "multiple definition",
        "undefined symbol",
    ]
    .iter()
    .any(|mark| line.contains(mark))
}

/// Whether the compiler's driver says that one of its programs was ended, and nothing else is wrong.
pub(crate) fn ran_into_a_limit(words: &str) -> bool {
    words
        .lines()
        .find(|line| is_error(line))
        .is_some_and(|line| line.contains("signal terminated program"))
}

/// The first error in a compiler's words, in one line.
pub(crate) fn first_error(words: &str) -> String {
    let line = words
        .lines()
        .find(|line| is_error(line))
        .or_else(|| words.lines().find(|line| !line.trim().is_empty()))
        .unwrap_or("the compiler gave no reason");
    // Where in a unit's object that was is nobody's business; nor is the name of a file between compiler and assembler.
    let line = match line.find("undefined reference") {
        Some(at) => &line[at..],
        None => line,
    };
    let between = line
        .split_once(".s:")
        .filter(|(name, _)| name.starts_with("cc") && name.len() == 8);
    match between {
        Some((_, rest)) => format!("assembler:{rest}").chars().take(LINE).collect(),
        None => line.chars().take(LINE).collect(),
    }
}

/// The message to a candidate's author: the first error, and what they cannot know.
pub(crate) fn message(words: &str, standard: Standard, mode: Mode) -> String {
    let mut message = first_error(words);
    let openmp = ["omp_", "GOMP_", "__kmpc_"]
        .iter()
        .any(|name| message.contains(&format!("`{name}")) || message.contains(&format!("'{name}")));
    if openmp && mode == Mode::Serial {
        message.push_str(". Serial mode has no OpenMP: make one thread faster");
    } else if newer(words) {
        let compiled = match standard {
            Standard::Cpp17 => "C++17",
            Standard::Cpp20 => "C++20",
            Standard::C => "C++17 (the original is C)",
        };
        message.push_str(&format!(
            ". The code is compiled as {compiled}: use nothing newer"
        ));
    }
    message
}

/// Whether the words are those about code for another standard, or about names that may come from one.
fn newer(words: &str) -> bool {
    let words = words.to_ascii_lowercase();
    let marks = [
        "is not a member of 'std",
        "not a member of 'std::",
        "in namespace 'std",
        "c++20",
        "c++2a",
        "c++23",
        "c++2b",
        "c++26",
        "c++2c",
        "c++14",
        "-fcoroutines",
        "-fconcepts",
        "-fmodules",
        "'concept'",
        "'requires'",
        "'consteval'",
        "'constinit'",
        "'co_",
        "'char8_t'",
        "'<=>'",
        "'import'",
        "'module'",
    ];
    let missing = [
        "concepts",
        "format",
        "ranges",
        "span",
        "expected",
        "mdspan",
        "generator",
        "print",
        "stacktrace",
        "flat_map",
        "simd",
    ];
    marks.iter().any(|mark| words.contains(mark))
        || missing.iter().any(|header| {
            words.contains(&format!("{header}: no such file"))
                || words.contains(&format!("'{header}' file not found"))
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn the_message_is_an_error_wherever_it_stands_and_whoever_wrote_it() {
        for (words, message) in [
            (
                "In file included from candidate.cpp:3,\n  from unit.cpp:1:\nx.h:1:2: error: nested\n",
                "x.h:1:2: error: nested",
            ),
            (
                "ccA1b2C3.s: Assembler messages:\nccA1b2C3.s:12: Error: no such instruction\n",
                "assembler:12: Error: no such instruction",
            ),
            (
                "/usr/bin/ld: unit.o: in function `f':\nunit.cpp:(.text+0xab): undefined reference to `g'\n",
                "undefined reference to `g'",
            ),
            ("\nodd words\n", "odd words"),
            ("", "the compiler gave no reason"),
        ] {
            assert_eq!(first_error(words), message);
        }
    }

    #[test]
    fn an_error_behind_much_else_is_kept_and_our_folder_is_not() {
        let words = format!(
            "{}/tmp/lessonl-x/cc.s:1: Error: late\n",
            "candidate.cpp: In instantiation of something\n".repeat(200)
        );
        let kept = kept(&words, Path::new("/tmp/lessonl-x"));
        assert!(kept.starts_with("cc.s:1: Error: late"), "{kept}");
        let early = format!("a.cpp:1:1: error: early\n{}", "more\n".repeat(2000));
        let kept = super::kept(&early, Path::new("/tmp"));
        assert!(kept.starts_with("a.cpp:1:1: error: early") && kept.len() <= KEPT);
    }

    #[test]
    fn what_an_author_cannot_know_is_added() {
        let told = |words: &str, mode| message(words, Standard::Cpp17, mode);
        assert!(
            told(
                "c.cpp:7:10: error: 'span' is not a member of 'std'\n",
                Mode::Serial
            )
            .ends_with("compiled as C++17: use nothing newer")
        );
        let omp = "unit.cpp:(.text+0x1): undefined reference to `omp_get_max_threads'\n";
        assert!(told(omp, Mode::Serial).contains("Serial mode has no OpenMP"));
        assert!(!told(omp, Mode::Omp).contains("OpenMP"));
        let plain = "c.cpp:1:1: error: expected ';' before '}' token\n";
        assert_eq!(told(plain, Mode::Serial), plain.trim_end());
    }

    #[test]
    fn a_compiler_that_was_ended_is_told_from_one_that_refused() {
        assert!(ran_into_a_limit(
            "g++: fatal error: Killed signal terminated program cc1plus\ncompilation terminated.\n"
        ));
        assert!(!ran_into_a_limit("c.cpp:1:1: error: x\n"));
    }

    #[test]
    fn nothing_a_terminal_obeys_is_left() {
        assert_eq!(
            escaped("a\u{1b}[2J\u{7}\nb\u{202e}c"),
            "a\\u{1b}[2J\\u{7} b\\u{202e}c"
        );
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"a\x1b[31m\nb\xe2\x80\xaec\xff").unwrap();
        assert_eq!(all(file), "a[31m\nbc\u{fffd}");
    }
}

//! The readers of models' answers on random inputs. They must return, whatever they are given.

use super::{function, lesson, plan, python, recall, reflection, regions, tests};
use crate::domain::ask::Regions;

// Each room tries its own readers, and rooms do not import each other.
#[allow(clippy::duplicate_mod)]
#[path = "../../../tests/fuzz/mutator.rs"]
mod mutator;

const WORDS: &[&str] = &[
    "```cpp\n",
    "```",
    "~~~~",
    "<think>",
    "</think>",
    "<<<<<<< SEARCH\n",
    "=======\n",
    ">>>>>>> REPLACE\n",
    "# Lesson\n",
    "# Strategy\n",
    "double sum(",
    "{",
    "}",
    "(",
    "*",
    "namespace a {",
    "\u{0}",
    "\u{202e}",
    "\r\n",
    "    ",
    "- ",
    "1. ",
    "a.cpp\n",
];

fn text(input: &[u8]) -> String {
    String::from_utf8_lossy(input).into_owned()
}

#[test]
fn fuzz_answers() {
    mutator::run("answer", WORDS, |input| {
        let text = text(input);
        let _ = function(&text, "double sum(int n) {\n    return n;\n}\n", "sum");
        let _ = (
            lesson(&text),
            plan(&text),
            reflection(&text),
            recall(&text, 3),
        );
        let _ = (python(&text, "f"), tests(&text, "f", 5));
    });
}

#[test]
fn fuzz_edits() {
    const DOCUMENT: &str = "double sum(int n) {\n    double s = 0;\n    for (int i = 0; i < n; ++i) s += i;\n    return s;\n}\n";
    let places = Regions {
        places: vec![("sum".to_owned(), "a.cpp".to_owned())],
        ..Regions::default()
    };
    mutator::run("edits", WORDS, move |input| {
        let _ = regions(&text(input), DOCUMENT, &places, "sum");
    });
}

//! Upstream's code to make faster → the text of our `original.cpp`. Never changes what it computes.

use super::checkout::Listed;
use super::cpp::{self, FunctionParts};

/// The text agents are given: the list's own code where it has one and it fits the driver, else the prompt's types and helpers
/// with the baseline's function under the entry's name.
pub(crate) fn write(
    listed: &Listed,
    baseline: &str,
    asked: &FunctionParts,
    correct: &FunctionParts,
    helpers: &[String],
    own: bool,
) -> String {
    let text = match (&listed.code, own) {
        (Some(code), true) => {
            let code = cpp::serial_only(code);
            helpers
                .iter()
                .map(|helper| format!("\n{helper}\n\n"))
                .collect::<String>()
                + &code
        }
        (Some(code), false) => around(code, asked) + &renamed(baseline, asked, correct),
        (None, _) => around(&listed.prompt, asked) + &renamed(baseline, asked, correct),
    };
    let includes = "#include <algorithm>\n#include <array>\n#include <cmath>\n#include <complex>\n#include <cstdint>\n#include <limits>\n#include <numeric>\n#include <string>\n#include <vector>\n";
    let kept: Vec<&str> = text
        .lines()
        .map(str::trim_end)
        .filter(|line| {
            let line = line.trim();
            line != "#pragma once"
                && !line.starts_with("#include \"")
                && !line.starts_with("#include <Kokkos")
        })
        .collect();
    let mut made = String::from(includes);
    let mut blank = true;
    for line in kept {
        let empty = line.is_empty();
        if !(empty && blank) {
            made.push_str(line);
            made.push('\n');
        }
        blank = empty;
    }
    made
}

/// What stands before the entry in a prompt or in code: types, helpers, constants; without comments.
fn around(text: &str, asked: &FunctionParts) -> String {
    let plain = cpp::serial_only(&cpp::without_comments(text));
    match FunctionParts::find(&plain, &asked.name) {
        Some(entry) => plain[..entry.span.start].to_owned() + "\n",
        None => plain,
    }
}

/// The baseline with its function under the entry's name, without what only speaks to the optimiser.
fn renamed(baseline: &str, asked: &FunctionParts, correct: &FunctionParts) -> String {
    let mut text = cpp::serial_only(baseline);
    for word in ["NO_INLINE ", "NO_OPTIMIZE "] {
        text = text.replace(word, "");
    }
    cpp::renamed(&text, &correct.name, &asked.name)
}

/// The words of the first comment that a prompt has, on lines of their own; nothing if it has none.
pub(crate) fn described(prompt: &str) -> String {
    let comment = prompt
        .match_indices("/*")
        .filter_map(|(at, _)| Some(&prompt[at + 2..at + 2 + prompt[at + 2..].find("*/")?]))
        .last()
        .unwrap_or("");
    let lines = comment.lines().map(|line| {
        let line = line.trim().trim_start_matches("* ").trim();
        line.chars().filter(|c| !c.is_control()).collect::<String>()
    });
    lines.collect::<Vec<_>>().join("\n").trim().to_owned()
}

/// The entry as the driver has it: the asked one's name with the baseline's types.
pub(crate) fn as_driven(asked: &FunctionParts, correct: &FunctionParts) -> FunctionParts {
    FunctionParts {
        returns: correct.returns.clone(),
        parameters: correct.parameters.clone(),
        ..asked.clone()
    }
}

//! Python in a model's answer: the block that defines a function, and assertions that call it.
//! A light scan, not a parser: the interpreter stays the judge. Never panics; linear in the text.

use super::choose::Wanted;
use super::{Reading, cleaned, defining, fences, prose};
use crate::domain::ask::{AnswerExtra, Defect};
use crate::source::lexis::Style;
use crate::source::syntax::Tongue;

/// Longest assertion that is kept, in bytes.
const LONGEST: usize = 1000;

/// Reads an answer that holds a Python function: the code that defines `entry`, and the words around it.
pub(crate) fn python(raw: &str, entry: &str) -> Reading {
    let wanted = Wanted {
        tongue: Tongue::Python,
        style: Some(Style::Python),
        entry,
        given: "",
    };
    defining(raw, &wanted, &[])
}

/// Reads an answer that holds tests: at most `most` assertions that call `entry`, each on one line.
pub(crate) fn tests(raw: &str, entry: &str, most: usize) -> Reading {
    let mut reading = cleaned(raw);
    if reading.text.trim().is_empty() {
        return reading;
    }
    let parts = fences::parts(&reading.text);
    let fenced: String = parts
        .blocks
        .iter()
        .map(|block| block.text.as_str())
        .collect();
    let text = if parts.blocks.is_empty() {
        &parts.around
    } else {
        &fenced
    };
    let found = assertions(text, entry, most);
    if found.is_empty() {
        reading.defects.push(Defect::NoCode);
    } else {
        reading.found = AnswerExtra::Tests(found);
    }
    reading.prose = prose(&parts.around);
    reading
}

/// Whether a line at the left edge defines the function.
pub(super) fn defines(code: &str, entry: &str) -> bool {
    code.lines().any(|line| {
        let line = line.strip_prefix("async ").unwrap_or(line);
        let name = line.strip_prefix("def ").map(str::trim_start);
        let after = name.and_then(|name| name.strip_prefix(entry));
        after.is_some_and(|rest| rest.trim_start().starts_with(['(', '[']))
    })
}

/// Code without a fence: from the first line that only code begins with, to the last indented one.
pub(super) fn bare<'a>(text: &'a str, entry: &str) -> Option<(&'a str, &'a str)> {
    if !defines(text, entry) {
        return None;
    }
    let starts = ["def ", "async def ", "import ", "from ", "class ", "@"];
    let (mut at, mut first, mut last) = (0, None, 0);
    for line in text.split_inclusive('\n') {
        let begins = starts.iter().any(|start| line.starts_with(start))
            // prose begins with "from" as well
            && (!line.starts_with("from ") || line.contains(" import "));
        if first.is_none() && begins {
            first = Some(at);
        }
        at += line.len();
        if line.starts_with([' ', '\t']) && !line.trim().is_empty() || begins {
            last = at;
        }
    }
    let first = first?;
    (last > first).then(|| (&text[..first], &text[first..last]))
}

/// Assertions that call the function, in order, those over several lines put on one.
fn assertions(text: &str, entry: &str, most: usize) -> Vec<String> {
    let call = format!("{entry}(");
    let mut found: Vec<String> = Vec::new();
    let mut open: Option<String> = None;
    for line in text.lines() {
        let line = line.trim();
        let statement = match open.take() {
            Some(begun) => format!("{begun} {line}"),
            None if line.starts_with("assert ") => line.to_owned(),
            None => continue,
        };
        if statement.len() > LONGEST {
            continue;
        }
        match depth(&statement) {
            Some(0) if found.len() < most => {
                let known = found.contains(&statement);
                found.extend(Some(statement).filter(|test| test.contains(&call) && !known));
            }
            Some(0) => break,
            Some(_) => open = Some(statement),
            None => {}
        }
    }
    found
}

/// Brackets that are still open at the end, strings and comments left out; `None`: more are closed than were opened.
fn depth(code: &str) -> Option<usize> {
    let mut depth = 0usize;
    let mut quote: Option<char> = None;
    let mut chars = code.chars();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some(_), '\\') => drop(chars.next()),
            (Some(mark), c) if c == mark => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(c),
            (None, '#') => break,
            (None, '(' | '[' | '{') => depth += 1,
            (None, ')' | ']' | '}') => depth = depth.checked_sub(1)?,
            (None, _) => {}
        }
    }
    Some(depth)
}

#[cfg(test)]
mod checks {
    use super::*;

    #[test]
    fn the_block_that_defines_the_function_is_taken() {
        let text = "Idea.\n```python\nprint(f(1))\n```\n```python\nimport re\n\ndef f(x):\n    return x\n```\nDone.";
        let reading = python(text, "f");
        assert_eq!(
            reading.code.as_deref(),
            Some("import re\n\ndef f(x):\n    return x\n")
        );
        assert_eq!(reading.defects[0], Defect::Took { block: 2, of: 2 });
        assert_eq!(
            python("```python\ndef g(x): ...\n```", "f").defects,
            [Defect::NoCode]
        );
    }

    #[test]
    fn code_without_a_fence_and_in_an_open_one_is_found() {
        let reading = python(
            "Here it is:\n\ndef f(x):\n    return x\n\nThat is all.",
            "f",
        );
        assert_eq!(reading.code.as_deref(), Some("def f(x):\n    return x\n"));
        assert_eq!(
            (reading.defects.as_slice(), reading.prose.as_str()),
            (&[Defect::NoFence][..], "Here it is:")
        );
        let reading = python("```python\ndef f(x):\n    return x\n", "f");
        assert_eq!(reading.defects, [Defect::UnclosedFence]);
    }

    #[test]
    fn assertions_that_call_the_function_are_kept_each_once() {
        let text = "```python\nassert f(1) == 2\nassert f(1) == 2\nassert f([1,\n  2]) == \"a)\"\nassert g(1)\nf(2)\nassert f(3)) == 1\nassert f(9)\n```";
        let reading = tests(text, "f", 3);
        let expected = [
            "assert f(1) == 2",
            "assert f([1, 2]) == \"a)\"",
            "assert f(9)",
        ];
        assert_eq!(
            reading.found,
            AnswerExtra::Tests(expected.map(str::to_owned).to_vec())
        );
        assert_eq!(
            tests("I would rather not.", "f", 3).defects,
            [Defect::NoCode]
        );
    }
}

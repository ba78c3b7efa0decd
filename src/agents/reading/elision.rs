//! Whether code leaves lines out and says so: "... rest unchanged ...". Pure.

use crate::source::lexis::{Style, lone_comments};

/// The first line of a text that stands for lines left out, shortened; lines that the given code has as well do not count.
pub(super) fn elided(text: &str, style: Option<Style>, given: &str) -> Option<String> {
    let given: Vec<&str> = given.lines().map(str::trim).collect();
    let known = |line: &str| given.contains(&line.trim());
    let comment = lone_comments(text, style)
        .into_iter()
        .find(|(number, words)| {
            stands_for_more(words) && !text.lines().nth(*number).is_some_and(known)
        })
        .map(|(_, words)| words);
    // Three dots alone on a line are nothing in these languages. In Python they are a statement.
    let dots = || {
        (style != Some(Style::Python))
            .then(|| {
                text.lines()
                    .find(|line| is_dots(line.trim()) && !known(line))
            })
            .flatten()
            .map(str::to_owned)
    };
    comment
        .or_else(dots)
        .map(|words| words.trim().chars().take(60).collect())
}

fn is_dots(line: &str) -> bool {
    matches!(line, "..." | "…" | "....")
}

const KEPT: &[&str] = &[
    "rest",
    "remain",
    "unchanged",
    "existing",
    "same",
    "as before",
    "as above",
    "above",
    "before",
    "other",
    "others",
    "original",
    "previous",
    "omitted",
    "keep",
    "kept",
    "code",
    "implementation",
    "body",
    "unmodified",
    "stays",
    "continues",
    "function",
    "functions",
    "here",
    "logic",
    "left",
];

/// Whether the words of a comment that stands alone say that something was left out.
fn stands_for_more(words: &str) -> bool {
    let lower = words.trim().to_lowercase();
    if is_dots(&lower) {
        return true;
    }
    let said: Vec<&str> = lower
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    let says = |all: &[&str]| {
        all.iter()
            .any(|word| said.contains(word) || word.contains(' ') && lower.contains(word))
    };
    let dotted = lower.starts_with("...")
        || lower.starts_with('…')
        || lower.ends_with("...")
        || lower.ends_with('…');
    if dotted && said.len() <= 14 {
        return says(KEPT) || lower.contains("remain");
    }
    // Without dots only what says it outright.
    let subject = says(&[
        "rest",
        "remaining",
        "remainder",
        "everything",
        "other",
        "others",
        "code",
        "all",
    ]);
    let stays = says(&[
        "unchanged",
        "unmodified",
        "as before",
        "as it is",
        "as is",
        "stays",
        "as above",
        "omitted",
        "same as before",
    ]);
    subject && stays && said.len() <= 14
        || matches!(
            lower.as_str(),
            "unchanged"
                | "same as before"
                | "same as above"
                | "as before"
                | "as above"
                | "existing code"
                | "existing code here"
                | "rest of the code"
                | "rest of code"
                | "rest of the function"
                | "rest of the file"
                | "remaining code"
                | "your code here"
                | "implementation here"
                | "code omitted"
                | "omitted"
                | "omitted for brevity"
                | "snip"
        )
        || lower.contains("omitted for brevity")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_stand_for_others_are_told_from_comments() {
        for (text, style) in [
            ("int f() {\n  // ... as above\n  return 0;\n}", Style::Cpp),
            (
                "# ... the rest of the file stays as it is ...",
                Style::Python,
            ),
            ("# ... existing code ...", Style::Python),
            ("// rest of the function unchanged", Style::Rust),
            ("/* ... */", Style::Cpp),
            ("    ...\n", Style::Cpp),
            ("    # (rest of code unchanged)", Style::Python),
            ("// … remaining methods …", Style::Rust),
        ] {
            assert!(elided(text, Some(style), "").is_some(), "{text}");
        }
        for (text, style) in [
            ("// the rest of the elements", Style::Cpp),
            ("// handle the remainder", Style::Cpp),
            ("// same as std::accumulate, but faster", Style::Cpp),
            ("def f(): ...\n", Style::Python),
            ("    ...\n", Style::Python),
            ("auto s = \"// ... rest unchanged\";", Style::Cpp),
            ("// sum 0, 1, 2, ...", Style::Cpp),
            ("x = 1  # ... rest unchanged", Style::Python),
        ] {
            assert_eq!(elided(text, Some(style), ""), None, "{text}");
        }
        assert_eq!(
            elided(
                "// ... as above\n",
                Some(Style::Cpp),
                "a;\n// ... as above\n"
            ),
            None
        );
    }
}

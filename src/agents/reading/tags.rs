//! The words after an opening fence: which language they name, and what kind of text that is. Pure.

use crate::source::lexis::Style;

/// The language that an info string names, in lower case; empty if none.
pub(super) fn language(info: &str) -> String {
    let first = info.split_whitespace().next().unwrap_or("");
    let first = first
        .trim_start_matches(['{', '.', '<'])
        .trim_end_matches(['}', '>', ',']);
    // `python:calc.py`, `12:20:src/calc.py`, `src/calc.py`
    let (tag, path) = match first.split_once(':') {
        Some((tag, path)) => (tag, path),
        None => (first, first),
    };
    let word = |text: &str| -> String {
        text.chars()
            .take_while(|c| c.is_alphanumeric() || "+#-_".contains(*c))
            .collect::<String>()
            .to_ascii_lowercase()
    };
    let named = word(tag);
    if is_known(&named) && !tag.contains(['/', '.']) {
        return named;
    }
    match path.rsplit_once('.') {
        Some((stem, ending)) if !stem.is_empty() && is_known(&word(ending)) => word(ending),
        _ => named,
    }
}

/// Languages beside those whose comments and literals we know.
const CODE: &[&str] = &[
    "fortran",
    "f90",
    "f",
    "julia",
    "jl",
    "ruby",
    "rb",
    "r",
    "lua",
    "haskell",
    "hs",
    "ocaml",
    "ml",
    "perl",
    "pl",
    "asm",
    "nasm",
    "armasm",
    "llvm",
    "sql",
    "matlab",
    "octave",
    "dart",
    "elixir",
    "ex",
    "erlang",
    "clojure",
    "lisp",
    "scheme",
    "nim",
    "d",
    "ada",
    "pascal",
    "objc",
    "opencl",
    "cmake",
    "makefile",
    "make",
    "dockerfile",
    "html",
    "css",
    "toml",
    "yaml",
    "yml",
    "ini",
];
const SHELL: &[&str] = &[
    "bash",
    "sh",
    "shell",
    "zsh",
    "fish",
    "console",
    "shellsession",
    "terminal",
    "powershell",
    "ps1",
    "cmd",
    "bat",
    "shell-session",
    "command",
    "commandline",
    "pycon",
];
const WORDS: &[&str] = &[
    "text",
    "txt",
    "plaintext",
    "plain",
    "output",
    "markdown",
    "md",
    "mdx",
    "none",
    "log",
    "csv",
    "table",
    "mermaid",
    "latex",
    "tex",
    "math",
    "ascii",
    "result",
    "results",
];

/// Whether it is a language of code.
pub(super) fn is_code(tag: &str) -> bool {
    CODE.contains(&tag)
}

/// Whether it is a shell, or what a terminal shows.
pub(super) fn is_shell(tag: &str) -> bool {
    SHELL.contains(&tag)
}

/// Whether it is plain words.
pub(super) fn is_words(tag: &str) -> bool {
    WORDS.contains(&tag)
}

/// Whether it is a difference.
pub(super) fn is_diff(tag: &str) -> bool {
    matches!(tag, "diff" | "patch" | "udiff" | "unified-diff")
}

/// Whether it is JSON.
pub(super) fn is_json(tag: &str) -> bool {
    matches!(tag, "json" | "jsonc" | "json5" | "jsonl")
}

/// Whether it is a tag that models write, and not a word of a sentence.
pub(super) fn is_known(tag: &str) -> bool {
    Style::of(tag).is_some()
        || is_code(tag)
        || is_shell(tag)
        || is_words(tag)
        || is_diff(tag)
        || is_json(tag)
        || matches!(tag, "xml" | "search-replace" | "edit" | "replace")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_read_in_all_their_forms() {
        for (info, wanted) in [
            ("cpp", "cpp"),
            ("C++", "c++"),
            ("cpp title=\"a\"", "cpp"),
            ("{.cpp}", "cpp"),
            ("", ""),
            ("python:calc.py", "python"),
            ("src/calc.py", "py"),
            ("12:20:src/x.rs", "rs"),
            ("calc.py", "py"),
            ("{.python .numberLines}", "python"),
            ("shell-session", "shell-session"),
            ("json", "json"),
        ] {
            assert_eq!(language(info), wanted, "{info}");
        }
    }
}

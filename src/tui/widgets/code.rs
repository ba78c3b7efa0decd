//! Source of any language into lines of spans by meaning. Runs on the worker thread, never while drawing; very long lines and sources stay plain.

use std::sync::OnceLock;

use syntect::parsing::{ParseState, Scope, ScopeStack, SyntaxSet};

use super::text::sanitise;
use crate::config::theme::Role;

/// Lines longer than this (bytes) are not parsed.
const LONGEST_LINE: usize = 1_000;
/// Sources longer than this (lines) are not parsed.
const LONGEST_SOURCE: usize = 6_000;

/// A piece of a line with one meaning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Piece {
    /// Safe text.
    pub text: String,
    /// Its meaning.
    pub role: Role,
    /// Whether the difference lies here.
    pub changed: bool,
}

/// The roles of every line, as (end byte, role) runs.
pub(crate) type Roles = Vec<Vec<(usize, Role)>>;

fn syntaxes() -> &'static SyntaxSet {
    static SET: OnceLock<SyntaxSet> = OnceLock::new();
    SET.get_or_init(SyntaxSet::load_defaults_newlines)
}

/// The usual file extension of the language a source is written in, by its first telling line; C++ where none tells.
pub(crate) fn language(source: &str) -> &'static str {
    let tells = |line: &str| {
        let starts = |words: &[&str]| words.iter().any(|word| line.starts_with(word));
        if line.starts_with("#!") {
            let shells = ["python", "ruby", "perl", "node", "sh"];
            let found = shells.iter().find(|name| line.contains(*name))?;
            return Some(match *found {
                "python" => "py",
                "ruby" => "rb",
                "perl" => "pl",
                "node" => "js",
                _ => "sh",
            });
        }
        if starts(&["def ", "import ", "from "]) && !line.ends_with(['{', ';']) {
            Some("py")
        } else if starts(&["fn ", "pub fn ", "use std::", "impl ", "mod "]) {
            Some("rs")
        } else if starts(&["package ", "func "]) {
            Some(if line.ends_with(';') { "java" } else { "go" })
        } else if starts(&["import java", "public class "]) {
            Some("java")
        } else if starts(&["function ", "const ", "export "]) && line.contains("=>") {
            Some("js")
        } else if starts(&[
            "#include",
            "void ",
            "int ",
            "double ",
            "template",
            "namespace ",
            "using ",
        ]) {
            Some("cpp")
        } else {
            None
        }
    };
    source
        .lines()
        .take(60)
        .find_map(|line| tells(line.trim_end()))
        .unwrap_or("cpp")
}

/// Parses a whole source once; empty when it is too large or the grammar is missing.
pub(crate) fn roles(source: &str) -> Roles {
    let set = syntaxes();
    let Some(syntax) = set.find_syntax_by_extension(language(source)) else {
        return Vec::new();
    };
    if source.lines().count() > LONGEST_SOURCE {
        return Vec::new();
    }
    let mut state = ParseState::new(syntax);
    let mut stack = ScopeStack::new();
    let mut out = Vec::new();
    for line in source.split_inclusive('\n') {
        if line.len() > LONGEST_LINE {
            out.push(Vec::new());
            continue;
        }
        let mut runs = Vec::new();
        let mut from = 0;
        if let Ok(parsed) = state.parse_line(line, set) {
            for (at, op) in parsed {
                if at > from {
                    runs.push((at, role_of(&stack)));
                    from = at;
                }
                if stack.apply(&op).is_err() {
                    stack = ScopeStack::new();
                }
            }
        }
        runs.push((line.len(), role_of(&stack)));
        out.push(runs);
    }
    out
}

/// Beginnings of scopes and what they mean, the more particular first.
fn meanings() -> &'static [(Scope, Role)] {
    const MEANINGS: [(&str, Role); 15] = [
        ("comment", Role::Comment),
        ("string", Role::String),
        ("constant.character", Role::String),
        ("constant.numeric", Role::Number),
        ("constant.language", Role::Number),
        ("storage.type", Role::Type),
        ("entity.name.type", Role::Type),
        ("support.type", Role::Type),
        ("entity.name.function", Role::Function),
        ("variable.function", Role::Function),
        ("support.function", Role::Function),
        ("keyword.operator", Role::Text),
        ("keyword", Role::Keyword),
        ("storage", Role::Keyword),
        ("meta.preprocessor", Role::Keyword),
    ];
    static SCOPES: OnceLock<Vec<(Scope, Role)>> = OnceLock::new();
    SCOPES.get_or_init(|| {
        let known = MEANINGS.iter();
        known
            .filter_map(|(name, role)| Some((Scope::new(name).ok()?, *role)))
            .collect()
    })
}

fn role_of(stack: &ScopeStack) -> Role {
    let mut innermost_first = stack.as_slice().iter().rev();
    let role = |scope: &Scope| {
        let known = meanings().iter();
        let mut known = known.filter(|(beginning, _)| beginning.is_prefix_of(*scope));
        known.next().map(|(_, role)| *role)
    };
    innermost_first.find_map(role).unwrap_or(Role::Text)
}

/// A line as pieces: `roles` from the parser, `changed` byte ranges from the diff, both over `line`'s own bytes.
pub(crate) fn pieces(
    line: &str,
    roles: &[(usize, Role)],
    changed: &[(usize, usize)],
) -> Vec<Piece> {
    let mut cuts: Vec<usize> = roles.iter().map(|(end, _)| *end).collect();
    cuts.extend(changed.iter().flat_map(|(from, to)| [*from, *to]));
    cuts.push(line.len());
    cuts.retain(|at| *at > 0 && *at <= line.len() && line.is_char_boundary(*at));
    cuts.sort_unstable();
    cuts.dedup();
    let mut out: Vec<Piece> = Vec::new();
    let mut from = 0;
    for to in cuts {
        let text = &line[from..to];
        let role = roles
            .iter()
            .find(|(end, _)| *end > from)
            .map_or(Role::Text, |(_, role)| *role);
        let changed = changed.iter().any(|(a, b)| *a <= from && to <= *b);
        from = to;
        let text = sanitise(text);
        match out.last_mut() {
            Some(last) if last.role == role && last.changed == changed => {
                last.text.push_str(&text);
            }
            _ if text.is_empty() => {}
            _ => out.push(Piece {
                text,
                role,
                changed,
            }),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_coloured_by_meaning() {
        let source = "int f() { return 42; } // why\n";
        let roles = roles(source);
        let pieces = pieces(source.trim_end(), &roles[0], &[]);
        let role = |text: &str| {
            pieces
                .iter()
                .find(|p| p.text.contains(text))
                .map(|p| p.role)
        };
        assert_eq!(role("int"), Some(Role::Type));
        assert_eq!(role("return"), Some(Role::Keyword));
        assert_eq!(role("42"), Some(Role::Number));
        assert_eq!(role("why"), Some(Role::Comment));
        let whole: String = pieces.iter().map(|p| p.text.as_str()).collect();
        assert_eq!(whole, source.trim_end());
    }

    #[test]
    fn cuts_inside_a_character_are_ignored() {
        let line = "é漢x";
        let out = pieces(line, &[(1, Role::Type), (99, Role::Text)], &[(1, 4)]);
        let whole: String = out.iter().map(|p| p.text.as_str()).collect();
        assert_eq!(whole, line);
    }

    #[test]
    fn the_language_is_told_by_the_first_telling_line() {
        for (source, extension) in [
            ("// a kernel\n#include <vector>\n", "cpp"),
            ("const double PI = 3;\nclass A\n{\n};\n", "cpp"),
            ("#!/usr/bin/env python3\nprint(1)\n", "py"),
            ("import math\n\ndef f(x):\n    return x\n", "py"),
            ("use std::io;\nfn main() {}\n", "rs"),
            ("package main\n\nfunc main() {}\n", "go"),
            ("package a.b;\nimport java.util.List;\n", "java"),
            ("", "cpp"),
        ] {
            assert_eq!(language(source), extension, "{source}");
        }
    }
}

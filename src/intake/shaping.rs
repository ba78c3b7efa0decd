//! Macros that shape definitions (a head in another style, a name, a namespace opened, a whole function as an argument)
//! seen through: which macros these are, the text a preprocessor is to expand only them in, and what its answer says. Pure.

use std::collections::{BTreeMap, BTreeSet};

use super::preprocessed::{Origin, Preprocessed};
use super::words::{Piece, each, words};

/// Stands where a directive stood that the preprocessor must not follow; the row of it, from 0, is behind.
const HELD: &str = "#pragma lessonl_held ";

/// The text with every directive hidden but the definitions of macros that shape what stands outside of bodies; `None` if
/// there are no such macros.
pub fn disguised(flat: &Preprocessed) -> Option<String> {
    let shaping = shaping(&flat.text);
    if shaping.is_empty() {
        return None;
    }
    let mut out = String::with_capacity(flat.text.len());
    let mut goes_on = false;
    for (row, line) in flat.text.lines().enumerate() {
        let directive = line.trim_start().strip_prefix('#');
        match directive {
            _ if goes_on => {}
            Some(rest) if !defined(rest).is_some_and(|(name, _)| shaping.contains(name)) => {
                out.push_str(&format!("{HELD}{row}"));
                goes_on = true;
            }
            _ => out.push_str(line),
        }
        goes_on &= line.ends_with('\\');
        out.push('\n');
    }
    Some(out)
}

/// What the preprocessor made of a disguised text, which it read from the file `name`; every line with the origin it had.
pub fn expanded(flat: &Preprocessed, output: &str, name: &str) -> Preprocessed {
    let rows: Vec<&str> = flat.text.lines().collect();
    let mut made = Preprocessed {
        files: flat.files.clone(),
        ..Preprocessed::default()
    };
    let (mut row, mut ours) = (0usize, false);
    let mut push = |text: &str, row: usize| {
        let unknown = Origin { file: 0, line: 0 };
        made.text.push_str(text);
        made.text.push('\n');
        made.lines
            .push(flat.lines.get(row).copied().unwrap_or(unknown));
    };
    for line in output.lines() {
        if let Some((number, file)) = super::preprocessed::place(line) {
            ours = file == name;
            row = number.saturating_sub(1);
            continue;
        }
        if !ours {
            continue;
        }
        let held = line
            .strip_prefix(HELD)
            .and_then(|row| row.trim().parse::<usize>().ok());
        match held {
            Some(mut at) => {
                while let Some(text) = rows.get(at) {
                    push(text, at);
                    at += 1;
                    if !text.ends_with('\\') {
                        break;
                    }
                }
            }
            None => push(line, row),
        }
        row += 1;
    }
    made
}

/// The macros that a text defines and uses outside of bodies and initialisers, with those that they stand for.
fn shaping(text: &str) -> BTreeSet<&str> {
    let mut bodies: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for line in text.lines() {
        let directive = line.trim_start().strip_prefix('#');
        if let Some((name, body)) = directive.and_then(defined) {
            bodies.entry(name).or_default().push(body);
        }
    }
    let mut found: BTreeSet<&str> = BTreeSet::new();
    let mut open: Vec<&str> = outside(text)
        .into_iter()
        .filter(|word| bodies.contains_key(word))
        .collect();
    while let Some(name) = open.pop() {
        if found.insert(name) {
            let stands_for = bodies.get(name).into_iter().flatten();
            let used = stands_for.flat_map(|body| words(body));
            open.extend(
                used.map(|word| word.text)
                    .filter(|word| bodies.contains_key(word)),
            );
        }
    }
    found
}

/// The name that a directive defines or undefines, and what it stands for.
fn defined(directive: &str) -> Option<(&str, &str)> {
    let rest = directive.trim_start();
    let rest = rest
        .strip_prefix("define")
        .or_else(|| rest.strip_prefix("undef"))?;
    let rest = rest.strip_prefix([' ', '\t'])?.trim_start();
    let end = rest
        .find(|c: char| !(c.is_alphanumeric() || c == '_'))
        .unwrap_or(rest.len());
    Some(rest.split_at(end))
}

/// The words of a text outside of directives and of everything between braces that are not those of a namespace, a class
/// or a linkage.
fn outside(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    // Whether what is between the open braces is seen.
    let mut open: Vec<bool> = Vec::new();
    let mut statement: Vec<&str> = Vec::new();
    let (mut calls, mut parentheses) = (false, 0usize);
    let mut directive_until = 0;
    each(text, |piece| {
        let at = match piece {
            Piece::Word(word) => word.at,
            Piece::Sign(_, at) => at,
        };
        if at < directive_until {
            return;
        }
        match piece {
            Piece::Word(word) => {
                statement.push(word.text);
                if open.iter().all(|seen| *seen) {
                    found.push(word.text);
                }
                return;
            }
            Piece::Sign(b'#', _) => directive_until = end_of(text, at),
            Piece::Sign(b'(', _) => (calls, parentheses) = (true, parentheses + 1),
            Piece::Sign(b')', _) => parentheses = parentheses.saturating_sub(1),
            Piece::Sign(b'{', _) => {
                let transparent = ["namespace", "class", "struct", "extern"];
                let seen = !calls && transparent.iter().any(|word| statement.contains(word));
                open.push(seen);
            }
            Piece::Sign(b'}', _) => {
                open.pop();
            }
            Piece::Sign(..) => {}
        }
        let ends = matches!(piece, Piece::Sign(b'{' | b'}', _))
            || (matches!(piece, Piece::Sign(b';', _)) && parentheses == 0);
        if ends {
            (calls, parentheses) = (false, 0);
            statement.clear();
        }
    });
    found
}

/// Where the directive that begins at `at` ends, with the lines it goes on in.
fn end_of(text: &str, at: usize) -> usize {
    let mut end = at;
    for line in text.get(at..).unwrap_or("").split_inclusive('\n') {
        end += line.len();
        if !line.trim_end().ends_with('\\') {
            break;
        }
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "#include <math.h>\n#define P2(types, names) types\n#define SET(i) (f[i] |= 1)\n#define N 9\n#define OPEN namespace a { namespace b {\n\
        void plain P2((int *f, int n), (f, n))\n{ for (int i = 0; i < n; ++i) SET(i); }\n\
        OPEN\nint g(int a) { return a + N; }\n}}\n";

    #[test]
    fn macros_used_outside_of_bodies_shape_and_others_do_not() {
        assert_eq!(shaping(TEXT), BTreeSet::from(["P2", "OPEN"]));
        let text =
            "#define A B\n#define B int\n#define C 3\nA f(void) { return C; }\nint t[] = { C };\n";
        assert_eq!(shaping(text), BTreeSet::from(["A", "B"]));
    }

    #[test]
    fn what_is_hidden_comes_back_in_its_place() {
        let flat = Preprocessed::read(&format!("# 1 \"a.c\"\n{TEXT}"));
        let text = disguised(&flat).unwrap();
        assert_eq!(text.lines().count(), flat.text.lines().count());
        assert!(text.starts_with(
            "#pragma lessonl_held 0\n#define P2(types, names) types\n#pragma lessonl_held 2\n"
        ));
        let output = "# 0 \"<built-in>\"\n#define unix 1\n# 1 \"in.c\"\n#pragma lessonl_held 0\n\n# 2 \"in.c\"\n#define P2(types,names) types\n\
            #pragma lessonl_held 2\n\n# 6 \"in.c\"\nvoid plain (int *f, int n)\n{ for (int i = 0; i < n; ++i) SET(i); }\n";
        let made = expanded(&flat, output, "in.c");
        let last: Vec<&str> = made.text.lines().filter(|line| !line.is_empty()).collect();
        assert_eq!(
            last,
            [
                "#include <math.h>",
                "#define P2(types,names) types",
                "#define SET(i) (f[i] |= 1)",
                "void plain (int *f, int n)",
                "{ for (int i = 0; i < n; ++i) SET(i); }"
            ]
        );
        let lines: Vec<usize> = made.lines.iter().map(|origin| origin.line).collect();
        assert_eq!(lines, [1, 2, 2, 3, 4, 6, 7]);
    }

    #[test]
    fn nothing_is_disguised_where_no_macro_shapes() {
        let text = "# 1 \"a.c\"\n#define N 9\nint f(int a) { return a * N; }\n";
        assert_eq!(disguised(&Preprocessed::read(text)), None);
    }
}

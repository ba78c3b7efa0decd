//! What a compiler's preprocessor says of a file (conditionals decided, includes followed, macros left alone) → the
//! lines that are not the system's, with where each came from. Pure.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Where a line stands in the sources.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Origin {
    /// Index of the file.
    pub file: usize,
    /// Line from 1.
    pub line: usize,
}

/// A file and the local headers it includes, as one text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Preprocessed {
    /// The text; a system header is one `#include` line in it.
    pub text: String,
    /// The origin of every line.
    pub(crate) lines: Vec<Origin>,
    /// The files lines come from.
    pub files: Vec<PathBuf>,
}

/// The line marker `# 12 "file" 1 3`, if the line is one.
fn marker(line: &str) -> Option<(usize, &str, bool, bool)> {
    // GCC leaves the blanks before an indented directive standing before the marker that it becomes.
    let rest = line.trim_start().strip_prefix("# ")?;
    let (number, rest) = rest.split_once(" \"")?;
    let (file, flags) = rest.rsplit_once('"')?;
    let flag = |wanted: &str| flags.split_whitespace().any(|flag| flag == wanted);
    Some((number.parse().ok()?, file, flag("1"), flag("3")))
}

/// The line and the file that a line marker names, if the line is one.
pub(super) fn place(line: &str) -> Option<(usize, &str)> {
    marker(line).map(|(number, file, _, _)| (number, file))
}

impl Preprocessed {
    /// Reads a preprocessor's output.
    pub fn read(output: &str) -> Self {
        let all: Vec<&str> = output.lines().collect();
        let mut flat = Self::default();
        let mut seen = BTreeSet::new();
        let (mut file, mut line, mut ours, mut asked) = (0, 0, false, false);
        for (at, text) in all.iter().enumerate() {
            if let Some((number, name, entered, system)) = marker(text) {
                // What a flag includes first has no line of its own.
                if asked && entered && system && !name.ends_with("stdc-predef.h") {
                    flat.text
                        .push_str(&format!("#include <{}>\n", as_named(name)));
                    flat.lines.push(Origin { file: 0, line: 0 });
                }
                asked = name == "<command-line>";
                ours = !system && !name.starts_with('<');
                line = number;
                if ours {
                    let path = Path::new(name);
                    file = flat
                        .files
                        .iter()
                        .position(|known| known == path)
                        .unwrap_or_else(|| {
                            flat.files.push(path.to_owned());
                            flat.files.len() - 1
                        });
                }
                continue;
            }
            if !ours {
                continue;
            }
            let kept = match included(text) {
                Some(name) => {
                    // A local header that was entered before shows itself by its name only.
                    let plain = name.trim_matches(['<', '>', '"']);
                    let known = flat.files.iter().any(|file| file.ends_with(plain));
                    let keep = of_system(name, all.get(at + 1..).unwrap_or(&[]))
                        && !known
                        && seen.insert(name.to_owned());
                    if keep { text } else { "" }
                }
                // The parser takes a blank after a macro's name for its value, and the next line with it.
                None if text.starts_with('#') => text.trim_end(),
                None => text,
            };
            flat.text.push_str(kept);
            flat.text.push('\n');
            flat.lines.push(Origin { file, line });
            line += 1;
        }
        flat
    }

    /// Where a row of the text, from 0, came from.
    pub(crate) fn origin(&self, row: usize) -> Option<(&Path, usize)> {
        let origin = self.lines.get(row)?;
        Some((self.files.get(origin.file)?, origin.line))
    }
}

/// A system header as an `#include` line names it.
fn as_named(path: &str) -> String {
    let below = path
        .rsplit_once("/include/")
        .map_or(path, |(_, below)| below);
    let mut parts: Vec<&str> = below.split('/').filter(|part| !part.is_empty()).collect();
    if parts.first() == Some(&"c++") {
        parts.drain(..parts.len().min(2));
    }
    if parts.len() > 1 && parts[0].contains("-linux-") {
        parts.remove(0);
    }
    parts.join("/")
}

/// What an `#include` line names, with its brackets or quotes.
fn included(line: &str) -> Option<&str> {
    let rest = line.trim_start().strip_prefix('#')?.trim_start();
    let name = rest.strip_prefix("include")?.trim();
    (name.starts_with('<') || name.starts_with('"')).then_some(name)
}

/// Whether what follows an `#include` line shows that a system header was entered. One that was entered before shows
/// nothing: then its brackets tell.
fn of_system(name: &str, after: &[&str]) -> bool {
    for line in after.iter().take(4) {
        match marker(line) {
            Some((_, _, true, system)) => return system,
            Some(_) => {}
            None if line.trim().is_empty() => {}
            None => break,
        }
    }
    name.starts_with('<')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn local_lines_are_kept_with_their_origin_and_system_headers_become_a_line() {
        let output = "# 0 \"a.cpp\"\n# 0 \"<built-in>\"\n#define __STDC__ 1\n# 1 \"a.cpp\"\n#include \"a.h\"\n# 1 \"a.cpp\"\n\
            # 1 \"a.h\" 1\n\n#include <vector>\n# 2 \"a.h\"\n# 1 \"/usr/include/vector\" 1 3\nnamespace std {}\n# 3 \"a.h\" 2\nint bar;\n\
\t# 2 \"a.cpp\" 2\nint f();\n#include <vector>\n\nint g();\n";
        let flat = Preprocessed::read(output);
        let lines: Vec<(String, String, usize)> = flat
            .text
            .lines()
            .enumerate()
            .filter(|(_, line)| !line.is_empty())
            .map(|(row, line)| {
                let (file, number) = flat.origin(row).unwrap();
                (line.to_owned(), file.display().to_string(), number)
            })
            .collect();
        let expect = |line: &str, file: &str, number| (line.to_owned(), file.to_owned(), number);
        assert_eq!(
            lines,
            [
                expect("#include <vector>", "a.h", 2),
                expect("int bar;", "a.h", 3),
                expect("int f();", "a.cpp", 2),
                expect("int g();", "a.cpp", 5),
            ]
        );
    }

    #[test]
    fn a_system_header_that_a_flag_includes_first_becomes_a_line() {
        let output = "# 0 \"a.c\"\n# 0 \"<command-line>\"\n# 1 \"/usr/include/stdc-predef.h\" 1 3 4\n\
            # 0 \"<command-line>\" 2\n# 1 \"/usr/include/inttypes.h\" 1 3 4\n# 1 \"/usr/include/features.h\" 1 3 4\n\
            # 0 \"<command-line>\" 2\n# 1 \"a.c\"\nint f();\n";
        let flat = Preprocessed::read(output);
        assert_eq!(flat.text, "#include <inttypes.h>\nint f();\n");
        assert_eq!(flat.origin(1), Some((Path::new("a.c"), 1)));
        assert_eq!(
            as_named("/usr/include/x86_64-linux-gnu/sys/types.h"),
            "sys/types.h"
        );
        assert_eq!(as_named("/usr/include/c++/12/cstdint"), "cstdint");
        assert_eq!(
            as_named("/usr/lib/gcc/x86_64-linux-gnu/12/include/stdbool.h"),
            "stdbool.h"
        );
    }
}

//! Indentation of rewritten code by the depth of its brackets, so that people can read it. Never changes anything but blanks at
//! the beginning of lines, and nothing at all where such blanks could be part of a literal.

/// The text indented by four blanks per open brace or parenthesis.
pub(crate) fn indented(text: &str) -> String {
    if text.contains("R\"") || text.contains("\\\n") {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len() * 2);
    let mut depth = 0usize;
    let mut in_comment = false;
    let mut blank = false;
    for line in text.lines() {
        if in_comment {
            in_comment = !line.contains("*/");
            out.push_str(line);
            out.push('\n');
            continue;
        }
        let line = line.trim();
        if line.is_empty() {
            // at most one empty line, none after an opening brace
            if !blank && !out.trim_end_matches(' ').ends_with("{\n") {
                out.push('\n');
            }
            blank = true;
            continue;
        }
        blank = false;
        let (opened, closed, closed_first) = brackets(line);
        if !line.starts_with('#') {
            out.push_str(&"    ".repeat(depth.saturating_sub(closed_first)));
        }
        out.push_str(line);
        out.push('\n');
        depth = (depth + opened).saturating_sub(closed);
        in_comment = line
            .rfind("/*")
            .is_some_and(|at| !line[at..].contains("*/"));
    }
    out
}

/// Opened, closed, and closed before anything else on the line.
fn brackets(line: &str) -> (usize, usize, usize) {
    let (mut opened, mut closed, mut first) = (0, 0, 0);
    let mut quote = None;
    let mut before = '\0';
    for (at, c) in line.char_indices() {
        match (quote, c) {
            (Some(q), _) if c == q && before != '\\' => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') if !before.is_ascii_alphanumeric() => quote = Some(c),
            (None, '/') if line[at..].starts_with("//") || line[at..].starts_with("/*") => break,
            (None, '{' | '(') => opened += 1,
            (None, '}' | ')') => {
                closed += 1;
                first += usize::from(
                    opened == 0
                        && first + 1 == closed
                        && line[..at].chars().all(|c| "}) ".contains(c)),
                );
            }
            _ => {}
        }
        before = if before == '\\' && c == '\\' { '\0' } else { c };
    }
    (opened, closed, first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depth_follows_brackets_outside_literals() {
        let text = "void f() {\nif (a) {\nput(\"{(\", '}');\n} else {\n  b();\n}\n#pragma x\n}\n";
        let wanted = "void f() {\n    if (a) {\n        put(\"{(\", '}');\n    } else {\n        b();\n    }\n#pragma x\n}\n";
        assert_eq!(indented(text), wanted);
    }
}

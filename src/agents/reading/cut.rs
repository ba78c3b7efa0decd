//! The end of an answer that broke off: what of its code is whole. Pure.

use crate::source::lexis::{Area, Lexis, Style};

/// The code before its last statement or definition at the top level, and that one, where the answer ended in the middle of
/// it; `None` where everything is whole.
pub(super) fn without_cut_end(code: &str, style: Style) -> Option<(&str, &str)> {
    let python = style == Style::Python;
    let mut lexis = Lexis::new(style);
    // `rest`: whether code stands behind what is whole.
    let (mut depth, mut whole, mut rest, mut at) = (0usize, 0, false, 0);
    for line in code.split_inclusive('\n') {
        let outside = depth == 0 && !lexis.is_inside();
        if python && outside && !line.starts_with(|c: char| c.is_whitespace() || ")]}#".contains(c))
        {
            whole = at;
        }
        let directive = !python && outside && line.trim_start().starts_with('#');
        lexis.line(line, |offset, c, area| {
            if area != Area::Code {
                return;
            }
            rest |= !c.is_whitespace();
            match c {
                '(' | '[' | '{' => depth += 1,
                ')' | ']' | '}' => depth = depth.saturating_sub(1),
                _ => {}
            }
            if !python && depth == 0 && matches!(c, '}' | ';') {
                whole = at + offset + 1;
                rest = false;
            }
        });
        at += line.len();
        if directive && line.ends_with('\n') {
            whole = at;
            rest = false;
        }
    }
    let (before, end) = code.split_at(whole);
    let unfinished = end.trim_end().ends_with([':', ',', '\\', '=']);
    let cut = match python {
        true => depth > 0 || lexis.is_inside() || unfinished,
        false => rest,
    };
    cut.then_some((before, end.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_of_python_that_is_cut_off_is_left_out() {
        let whole = "def f(x):\n    return \"\"\"a(\"\"\"\n\n";
        for cut in [
            "print(f([1, 2",
            "check(\n    f(1),",
            "TEXT = \"\"\"a\nb",
            "def test():",
            "print('a",
        ] {
            let code = format!("{whole}{cut}");
            assert_eq!(without_cut_end(&code, Style::Python), Some((whole, cut)));
        }
        for sound in ["", "print(f(1))", "def g(x):\n    return 'it'"] {
            let code = format!("{whole}{sound}");
            assert_eq!(without_cut_end(&code, Style::Python), None, "{sound}");
        }
    }

    #[test]
    fn a_definition_of_cpp_that_is_cut_off_is_left_out() {
        let whole = "#include <vector>\nstruct P { int x; };\nint f(P p) { return \"}\"[p.x]; }";
        for cut in [
            "int main() {\n    f({1});\n    // Check if",
            "#define A 1\nstatic int g(",
            "int",
        ] {
            let code = format!("{whole}\n\n{cut}");
            let found = without_cut_end(&code, Style::Cpp);
            let (before, end) = found.unwrap();
            assert!(before.starts_with(whole) && cut.ends_with(end), "{end}");
        }
        for sound in ["", "// and", "int g();", "/* } */"] {
            let code = format!("{whole}\n{sound}");
            assert_eq!(without_cut_end(&code, Style::Cpp), None, "{sound}");
        }
    }
}

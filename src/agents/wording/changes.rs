//! The difference between the given code and an attempt, in a few lines. Pure; never says what a change means.

use similar::{Algorithm, DiffOp, capture_diff_slices};

use crate::text::fenced;

/// Longest difference that is told, in lines; beyond it the whole attempt says more.
const LONGEST: usize = 40;
/// Texts of more lines are not compared.
const MOST: usize = 2_000;

/// The changed lines, fenced: `-` for what went, `+` for what came. Empty if nothing changed, or so much that it is another
/// code.
pub(super) fn between(original: &str, candidate: &str) -> String {
    let [old, new]: [Vec<&str>; 2] = [original, candidate].map(|text| text.lines().collect());
    let key = |lines: &[&str]| -> Vec<String> {
        let squeezed = |line: &&str| line.split_whitespace().collect::<Vec<_>>().join(" ");
        lines.iter().map(squeezed).collect()
    };
    if old.len().max(new.len()) > MOST {
        return String::new();
    }
    let ops = capture_diff_slices(Algorithm::Myers, &key(&old), &key(&new));
    let (mut out, mut kept) = (Vec::new(), 0);
    for op in &ops {
        if matches!(op, DiffOp::Equal { .. }) {
            kept += op.new_range().len();
            continue;
        }
        if !out.is_empty() {
            out.push("...".to_owned());
        }
        out.extend(op.old_range().map(|at| format!("- {}", old[at])));
        out.extend(op.new_range().map(|at| format!("+ {}", new[at])));
    }
    let another = out.len() > LONGEST || kept * 2 < new.len();
    match out.is_empty() || another {
        true => String::new(),
        false => fenced(&out.join("\n"), "diff"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_changed_lines_are_told_and_another_code_is_not() {
        let old = "int f(int n) {\n    int s = 0;\n    for (int i = 0; i < n; ++i)\n        s += i;\n    return s;\n}\n";
        let new = "int f(int n) {\n  int s = 0;\n  for (int i = 0; i < n; i += 2)\n    s += i;\n  return s;\n}\n";
        let told = between(old, new);
        assert!(
            told.contains("-     for (int i = 0; i < n; ++i)\n+   for (int i = 0; i < n; i += 2)")
        );
        assert!(!told.contains("return"));
        assert_eq!(between(old, old), "");
        assert_eq!(
            between(old, "int f(int n) { return n * (n - 1) / 2; }\n"),
            ""
        );
        assert_eq!(between("", ""), "");
    }
}

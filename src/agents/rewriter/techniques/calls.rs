//! Library calls that have a cheaper equal: `pow` with a small whole exponent, `endl`.
//! Legal where the repeated argument is pure.

use super::Options;
use crate::rewriter::analysis::code::Code;
use crate::rewriter::analysis::facts::is_pure;
use crate::rewriter::analysis::pattern::expressions;

/// Products and square roots instead of `pow`.
pub(crate) fn powers(code: &Code, _options: &Options) -> Option<String> {
    let mut edits = Vec::new();
    for function in &code.functions {
        for (call, times) in [("pow($x, 2)", 2), ("pow($x, 3)", 3), ("pow($x, 0.5)", 0)] {
            for found in expressions(call, &function.body) {
                let Some(base) = found.bound.term("x").filter(|x| is_pure(x, code)) else {
                    continue;
                };
                let text = code.of(base);
                // `pow` always answers in floating point, also for whole arguments
                let new = match times {
                    0 => format!("std::sqrt({text})"),
                    _ => {
                        let first = format!("1.0 * ({text})");
                        format!("({first}{})", format!(" * ({text})").repeat(times - 1))
                    }
                };
                edits.push((found.range.clone(), new));
            }
        }
    }
    (!edits.is_empty()).then(|| code.edited(edits))
}

/// Line ends without flushing.
pub(crate) fn newlines(code: &Code, _options: &Options) -> Option<String> {
    let mut edits = Vec::new();
    for function in &code.functions {
        for found in expressions("$out << endl", &function.body) {
            let mut start = found.range.end;
            if let Some(head) = found.bound.term("out") {
                start = head.range.end;
            }
            edits.push((start..found.range.end, " << '\\n'".to_owned()));
        }
    }
    (!edits.is_empty()).then(|| code.edited(edits))
}

#[cfg(test)]
mod tests {
    use super::super::Technique::Powers;
    use super::super::tests::after;

    const BEFORE: &str = "double cube(double x, int n) { return std::pow(x + 1, 3) + n; }";

    #[test]
    fn small_powers_become_products() {
        let new = after(Powers, BEFORE, "cube").unwrap_or_default();
        assert!(new.contains("(1.0 * (x + 1) * (x + 1) * (x + 1))"), "{new}");
    }

    #[test]
    fn other_exponents_and_arguments_with_effects_stay() {
        for (what, by) in [(", 3)", ", n)"), ("x + 1", "x++")] {
            assert!(BEFORE.contains(what), "{what}");
            assert_eq!(
                after(Powers, &BEFORE.replace(what, by), "cube"),
                None,
                "{by}"
            );
        }
    }
}

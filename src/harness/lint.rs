//! Rules that a candidate's text can break before anything is compiled.
//! Advisory by nature (macros can hide anything): what matters for safety is denied again by the object checks, the
//! sandbox and the separate processes. A rule is a sentence its author can learn from.

use super::objects::Broken;

/// The first rule that `source` breaks.
pub fn check(source: &str) -> Result<(), Broken> {
    let code = without_comments(source);
    let flat: String = code.split_whitespace().collect::<Vec<_>>().join(" ");
    let tight: String = code.chars().filter(|c| !c.is_whitespace()).collect();
    let broken = |rule, message: &str| Err(Broken::new(rule, message));
    for line in flat_directives(&code) {
        let pragma = line.strip_prefix("#pragma").unwrap_or("").trim_start();
        let words: Vec<&str> = pragma
            .split(|c: char| !(c.is_alphanumeric() || c == '_'))
            .filter(|word| !word.is_empty())
            .collect();
        if matches!(
            words.as_slice(),
            [
                "GCC",
                "optimize" | "target" | "push_options" | "pop_options" | "reset_options",
                ..
            ]
        ) || matches!(
            words.as_slice(),
            ["clang", "optimize" | "attribute" | "fp", ..]
        ) || matches!(words.as_slice(), ["STDC" | "float_control", ..])
        {
            return broken(
                "compiler_options",
                "A pragma that changes compiler options is not allowed: both sides are compiled with the same flags.",
            );
        }
    }
    if tight.contains("_Pragma(#") || hidden_words(&code) {
        return broken(
            "compiler_options",
            "Pragmas and attributes must stand as they are, not be put together by macros: both sides are compiled with the same flags.",
        );
    }
    for word in [
        "no_sanitize",
        "__SANITIZE_",
        "address_sanitizer",
        "no_address_safety",
    ] {
        if code.contains(word) {
            return broken(
                "sanitizers",
                "Code must be the same with and without the sanitizers that watch it on small inputs.",
            );
        }
    }
    for word in [
        "_mm_setcsr",
        "__builtin_ia32_ldmxcsr",
        "ldmxcsr",
        "fldcw",
        "_MM_SET_",
        "_controlfp",
    ] {
        if code.contains(word) {
            return broken(
                "floating_point_mode",
                "The processor's floating-point mode (rounding, denormals) must stay as it is.",
            );
        }
    }
    if flat.contains("_Pragma") && (flat.contains("GCC optimize") || flat.contains("GCC target")) {
        return broken(
            "compiler_options",
            "_Pragma must not change compiler options.",
        );
    }
    for word in [
        "optimize",
        "target",
        "target_clones",
        "__optimize__",
        "__target__",
    ] {
        let attributes = [
            format!("__attribute__(({word}("),
            format!("__attribute((({word}("),
            format!("[[gnu::{word}("),
            format!(",{word}(\""),
        ];
        if attributes.iter().any(|attribute| tight.contains(attribute)) {
            return broken(
                "compiler_options",
                "Attributes that change compiler options for a function are not allowed: both sides are compiled with the same flags.",
            );
        }
    }
    for word in ["constructor", "ifunc", "section", "init_priority"] {
        let attributes = [
            format!("__attribute__(({word}"),
            format!("[[gnu::{word}"),
            format!("__attribute__((__{word}__"),
        ];
        if attributes.iter().any(|attribute| tight.contains(attribute)) {
            return broken(
                "constructors",
                "Code that runs while the program is being loaded is not allowed; do the work in the entry.",
            );
        }
    }
    if code.contains("asm") {
        for word in [
            ".incbin",
            ".section",
            ".pushsection",
            ".init_array",
            ".symver",
            ".globl",
            ".global",
            ".include",
        ] {
            if code.contains(word) {
                return broken(
                    "assembler",
                    &format!("Inline assembler must not use {word}."),
                );
            }
        }
    }
    Ok(())
}

/// Whether a macro stands for a word that changes compiler options, or pastes one together.
fn hidden_words(code: &str) -> bool {
    flat_directives(code)
        .iter()
        .filter_map(|line| line.strip_prefix("#define"))
        .any(|define| {
            let words: Vec<&str> = define
                .split(|c: char| !(c.is_alphanumeric() || c == '_'))
                .filter(|word| !word.is_empty())
                .collect();
            let option = |word: &&str| {
                let plain = word.trim_matches('_');
                [
                    "optimize",
                    "target",
                    "target_clones",
                    "constructor",
                    "ifunc",
                    "section",
                ]
                .contains(&plain)
            };
            // The name and its body: a macro *called* target stands for something else.
            let stands_for = words.len() == 2 && option(&words[1]);
            stands_for || (define.contains("##") && define.contains("__attribute__"))
        })
}

/// Preprocessor lines with their continuation, `#` and word together.
fn flat_directives(code: &str) -> Vec<String> {
    code.replace("\\\n", " ")
        .lines()
        .map(str::trim)
        .filter(|line| line.starts_with('#'))
        .map(|line| format!("#{}", line[1..].trim_start()))
        .collect()
}

/// The text with comments blanked; strings stay.
fn without_comments(source: &str) -> String {
    let mut out = String::with_capacity(source.len());
    let mut rest = source.chars().peekable();
    let mut quote = None;
    while let Some(c) = rest.next() {
        match (quote, c, rest.peek()) {
            (None, '/', Some('/')) => {
                while rest.peek().is_some_and(|c| *c != '\n') {
                    rest.next();
                }
            }
            (None, '/', Some('*')) => {
                rest.next();
                let mut before = ' ';
                for c in rest.by_ref() {
                    if c == '\n' {
                        out.push('\n');
                    }
                    if before == '*' && c == '/' {
                        break;
                    }
                    before = c;
                }
                out.push(' ');
            }
            (Some(_), '\\', Some(_)) => {
                out.push(c);
                out.extend(rest.next());
            }
            (None, '"' | '\'', _) => {
                quote = Some(c);
                out.push(c);
            }
            (Some(open), _, _) if open == c || c == '\n' => {
                quote = None;
                out.push(c);
            }
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(source: &str) -> Option<String> {
        check(source).err().map(|broken| broken.rule.to_owned())
    }

    #[test]
    fn options_cannot_be_changed_from_within() {
        for source in [
            "#pragma GCC optimize(\"fast-math\")\nvoid f();",
            "# pragma GCC \\\n target(\"avx512f\")",
            "__attribute__((optimize(\"Ofast\"))) void f();",
            "[[gnu::target(\"avx2\")]] void f();",
            "#define P(x) _Pragma(#x)\nP(GCC unroll 4)",
            "#define O optimize\n__attribute__((O(\"fast-math\"))) void f();",
            "_Pragma(\"GCC optimize(\\\"fast-math\\\")\") void f();",
        ] {
            assert_eq!(
                rule(source).as_deref(),
                Some("compiler_options"),
                "{source}"
            );
        }
    }

    #[test]
    fn honest_code_passes() {
        for source in [
            "#pragma GCC ivdep\nfor(;;);",
            "#pragma omp parallel for\n",
            "#define target 5\n#define SECTION(x) x##_section\n",
            "// __attribute__((constructor))\nvoid f();",
            "/* .incbin asm */ int section = 1; int target(int);",
            "__attribute__((always_inline)) inline void f() { asm volatile(\"\" ::: \"memory\"); }",
        ] {
            assert_eq!(rule(source), None, "{source}");
        }
    }

    #[test]
    fn sanitizers_and_the_floating_point_mode_are_left_alone() {
        assert_eq!(
            rule("#ifdef __SANITIZE_ADDRESS__\n#endif").as_deref(),
            Some("sanitizers")
        );
        assert_eq!(
            rule("void f() { _MM_SET_FLUSH_ZERO_MODE(_MM_FLUSH_ZERO_ON); }").as_deref(),
            Some("floating_point_mode")
        );
    }

    #[test]
    fn assembler_and_constructors_are_refused() {
        assert_eq!(
            rule("asm(\".incbin \\\"/etc/passwd\\\"\");").as_deref(),
            Some("assembler")
        );
        assert_eq!(
            rule("__attribute__((constructor)) void f() {}").as_deref(),
            Some("constructors")
        );
    }
}

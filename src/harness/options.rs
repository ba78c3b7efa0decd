//! With which options a candidate's functions were compiled, in the compiler's own words: however the text was spelled,
//! hidden in macros or joined from pieces, this is what became of it. Reads what the compiler wrote about the timed build;
//! never the candidate's text.

use super::lint::REMEDY;
use super::objects::Broken;
use super::tokens::{self, TokenKind};

/// The flag with which GCC writes down each function as it understood it, to a file of this name. Costs a few
/// milliseconds: it is one of the forms a function goes through anyway.
pub(crate) const FLAG: &str = "-fdump-tree-gimple-lineno=functions";
/// The file.
pub(crate) const FILE: &str = "functions";
/// The text once macros are expanded: for clang, which has no such flag, and for text that may hide assembler in macros,
/// which no list of functions shows.
pub(crate) const EXPANDED: &str = "expanded";

/// Instructions that set the floating-point mode. Compilers make none of them by themselves.
pub(crate) const SETS_MODE: [&str; 8] = [
    "ldmxcsr",
    "vldmxcsr",
    "fxrstor",
    "fxrstor64",
    "xrstor",
    "xrstor64",
    "xrstors",
    "xrstors64",
];

/// A function that was compiled with attributes that matter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Special {
    /// Its head, as the compiler shows it.
    pub(crate) head: String,
    /// The attribute, without its arguments.
    pub(crate) attribute: String,
    /// The arguments.
    pub(crate) arguments: String,
}

/// The functions with attributes that matter, in what GCC wrote.
pub(crate) fn functions(written: &[u8]) -> Vec<Special> {
    let text = String::from_utf8_lossy(written);
    let mut found = Vec::new();
    let mut list = "";
    let mut now = Function::default();
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("__attribute__((") {
            list = rest;
        } else if line == "}" {
            now.end(&mut found);
        } else if line.starts_with(|c: char| !c.is_whitespace() && !"[{}".contains(c)) {
            now.end(&mut found);
            now = Function {
                head: line,
                attributes: attributes(std::mem::take(&mut list)),
                place: None,
            };
        } else if let Some((file, rest)) = place(line) {
            // Where it stands is said before its body or, where that has no place of its own, in the body.
            now.place.get_or_insert(file);
            let tells = TELLS.iter().find(|word| rest.contains(**word));
            if let Some(word) = tells.filter(|_| !is_the_systems(file)) {
                now.attributes.push(((*word).to_owned(), String::new()));
            }
        }
    }
    now.end(&mut found);
    found
}

/// What tells optimised code from other code. In functions that are evaluated at compile time it is decided already.
const TELLS: [&str; 3] = [
    "__builtin_constant_p",
    "__builtin_object_size",
    "__builtin_dynamic_object_size",
];

/// A function as its lines go by.
#[derive(Default)]
struct Function<'a> {
    head: &'a str,
    attributes: Vec<(String, String)>,
    place: Option<&'a str>,
}

impl Function<'_> {
    fn end(&mut self, found: &mut Vec<Special>) {
        let mut all = std::mem::take(&mut self.attributes);
        // The compiler's own headers have functions for processors of their own and for all. Any other attribute came
        // from the candidate wherever the function stands: from a pragma before an `#include`, or an instantiation.
        if self.place.is_some_and(is_the_systems) {
            all.retain(|(attribute, _)| !attribute.trim_matches('_').starts_with("target"));
        }
        found.extend(all.into_iter().map(|(attribute, arguments)| Special {
            head: self.head.chars().take(200).collect(),
            attribute,
            arguments,
        }));
    }
}

/// `[candidate.cpp:3:1] x = 1;` as file and what is said of it.
fn place(line: &str) -> Option<(&str, &str)> {
    line.trim_start().strip_prefix('[')?.split_once(':')
}

/// Candidates cannot say that they stand there: they may not name files (`lint`). What they can include by such a name is
/// their own unit, which says by itself what it is.
fn is_the_systems(file: &str) -> bool {
    file.starts_with('/') && !file.starts_with("/proc/") && !file.starts_with("/dev/")
}

/// The attributes that matter in `optimize ("Ofast"), nodiscard))`.
fn attributes(list: &str) -> Vec<(String, String)> {
    let tokens = tokens::read(list);
    let mut found: Vec<(String, String)> = Vec::new();
    let mut depth = 0_usize;
    for token in &tokens {
        match (token.kind, token.text.as_str()) {
            (TokenKind::Mark, "(") => depth += 1,
            (TokenKind::Mark, ")") if depth == 0 => break,
            (TokenKind::Mark, ")") => depth -= 1,
            (TokenKind::Word, word) if depth == 0 => found.push((word.to_owned(), String::new())),
            (_, text) if depth > 0 => {
                if let Some((_, arguments)) = found.last_mut() {
                    arguments.push_str(text);
                }
            }
            _ => {}
        }
    }
    found.retain(|(word, _)| {
        let plain = word.trim_matches('_');
        matches!(
            plain,
            "optimize" | "target" | "target_clones" | "target_version"
        ) || is_hidden_from_sanitizers(plain)
            || matches!(plain, "constructor" | "destructor" | "ifunc")
    });
    found
}

fn is_hidden_from_sanitizers(attribute: &str) -> bool {
    attribute.starts_with("no_sanitize")
        || attribute.starts_with("no_address_safety")
        || attribute == "disable_sanitizer_instrumentation"
}

/// Refuses functions that were compiled with other options than the rest, but for those that the original has as well.
pub(crate) fn check(candidate: &[Special], original: &[Special]) -> Result<(), Broken> {
    let Some(own) = candidate.iter().find(|own| !original.contains(own)) else {
        return Ok(());
    };
    let head = &own.head;
    Err(match own.attribute.trim_matches('_') {
        "constructor" | "destructor" | "ifunc" => Broken::new(
            "constructors",
            format!(
                "`{head}` would run while the program is being loaded or ends; do the work in the entry."
            ),
        ),
        plain if is_hidden_from_sanitizers(plain) => Broken::new(
            "sanitizers",
            format!(
                "`{head}` is hidden from the sanitizers by `{plain}`: code must be the same with and without them."
            ),
        ),
        _ if TELLS.contains(&own.attribute.as_str()) => Broken::new(
            "optimisation",
            format!(
                "`{head}` asks with `{}` how it is optimised. Leave that out: code must be the same however it is compiled.",
                own.attribute
            ),
        ),
        plain => Broken::new(
            "compiler_options",
            format!(
                "`{head}` is compiled with options of its own, {plain}({}). {REMEDY}",
                own.arguments
            ),
        ),
    })
}

/// The same for a text whose macros were expanded: pragmas and attributes by their words, in lines of the candidate.
pub(crate) fn check_expanded(text: &[u8]) -> Result<(), Broken> {
    let text = String::from_utf8_lossy(text);
    let mut own = String::new();
    let mut within = false;
    for line in text.lines() {
        match line.strip_prefix("# ") {
            Some(marker) if marker.starts_with(|c: char| c.is_ascii_digit()) => {
                within = marker.contains("\"candidate.cpp\"");
            }
            _ if within => {
                own.push_str(line);
                own.push('\n');
            }
            _ => {}
        }
    }
    super::lint::check(&own)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WRITTEN: &str = "__attribute__((optimize (\"Ofast\")))
double average (const struct vector & x)
[candidate.cpp:16:1] {
  double D.1;
}


__attribute__((nodiscard))
bool std::empty (const struct vector * const this)
{
  [/usr/include/c++/12/bits/v.h:9:2] D.2 = 1;
}


__attribute__((artificial, gnu_inline, target (\"general-regs-only\")))
long long unsigned int _pext_u64 (long long unsigned int __X)
{
  long long unsigned int D.3;

  [/usr/lib/gcc/x86_64-linux-gnu/12/include/bmi2intrin.h:78:33] D.3 = __X;
}


__attribute__((hot, no_sanitize (\"address\", 2)))
void quiet ()
{
  [candidate.cpp:3:1] x = 1;
}

double plain (double x)
[candidate.cpp:9:1] {
}
";

    #[test]
    fn functions_with_options_of_their_own_are_found_and_the_systems_are_not() {
        let found = functions(WRITTEN.as_bytes());
        let told: Vec<(&str, &str)> = found
            .iter()
            .map(|f| (f.attribute.as_str(), f.arguments.as_str()))
            .collect();
        assert_eq!(
            told,
            [("optimize", "\"Ofast\""), ("no_sanitize", "\"address\",2")]
        );
        let broken = check(&found, &[]).unwrap_err();
        assert_eq!(broken.rule, "compiler_options");
        assert!(broken.message.contains("Ofast") && broken.message.contains("Leave it out"));
        assert_eq!(check(&found[1..], &[]).unwrap_err().rule, "sanitizers");
    }

    #[test]
    fn asking_how_it_is_optimised_is_refused_but_for_the_systems_own() {
        let asks = |file: &str, word: &str| {
            format!("int f (int x)\n{{\n  [{file}:1:2] _1 = {word} (x);\n}}\n")
        };
        for word in TELLS {
            let own = functions(asks("candidate.cpp", word).as_bytes());
            assert_eq!(check(&own, &[]).unwrap_err().rule, "optimisation");
            let systems = asks("/usr/include/c++/12/x.h", word);
            assert_eq!(functions(systems.as_bytes()), []);
        }
    }

    #[test]
    fn a_function_of_the_systems_may_have_a_processor_of_its_own_and_nothing_else() {
        let function = |attribute: &str| {
            format!(
                "__attribute__(({attribute}))\ndouble f ()\n[/usr/include/c++/12/x.h:1:1] {{\n}}\n"
            )
        };
        assert_eq!(functions(function("target (\"avx2\")").as_bytes()), []);
        for (attribute, rule) in [
            ("optimize (\"Ofast\")", "compiler_options"),
            ("no_sanitize (\"address\")", "sanitizers"),
        ] {
            let found = functions(function(attribute).as_bytes());
            assert_eq!(check(&found, &[]).unwrap_err().rule, rule);
        }
    }

    #[test]
    fn what_inline_assembler_says_hides_nothing() {
        let text = "__attribute__((optimize (3)))\nint f ()\n{\n  [candidate.cpp:2:1] __asm__(\"nop\n}\nint g ()\n[/usr/x.h:1:1] {\n\");\n}\n";
        assert_eq!(functions(text.as_bytes())[0].attribute, "optimize");
    }

    #[test]
    fn what_the_original_has_too_is_allowed() {
        let found = functions(WRITTEN.as_bytes());
        assert_eq!(check(&found, &found), Ok(()));
        assert!(check(&found, &found[..1]).is_err());
    }

    #[test]
    fn an_expanded_text_is_judged_by_the_candidates_own_lines() {
        let system = "# 1 \"/usr/lib/x.h\" 1 3\n__attribute__((target(\"avx2\"))) void f();\n";
        let own = "# 1 \"candidate.cpp\"\n#pragma clang fp contract(fast)\n";
        assert_eq!(check_expanded(system.as_bytes()), Ok(()));
        let both = format!("{system}{own}");
        let broken = check_expanded(both.as_bytes()).unwrap_err();
        assert_eq!(broken.rule, "compiler_options");
    }

    #[test]
    fn strange_words_of_a_compiler_are_harmless() {
        for text in [
            "__attribute__((",
            "__attribute__((optimize",
            "__attribute__((optimize)))",
            "\u{0}[:",
        ] {
            functions(text.as_bytes());
        }
    }
}

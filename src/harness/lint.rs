//! Rules that a candidate's text can break before anything is compiled, told from its tokens.
//! Advisory by nature (macros can hide anything): what matters for safety is denied again by what the compiler says it
//! made (`options`), the object checks, the sandbox and the separate processes. A rule is a sentence its author can learn
//! from.

use super::objects::Broken;
use super::tokens::{self, Token, TokenKind};

/// Deepest nesting of brackets, and longest row of one mark, that is compiled. What people write stays far below; what is
/// beyond comes from a model that repeats itself, and would keep a compiler busy until its time is up.
const DEEPEST: usize = 500;

/// The first rule that `source` breaks.
pub(crate) fn check(source: &str) -> Result<(), Broken> {
    let tokens = tokens::read(source);
    nesting(&tokens)?;
    for line in tokens::directives(&tokens) {
        directive(line)?;
    }
    words(&tokens)?;
    attributes(&tokens)?;
    assembler(&tokens)
}

/// What to do about compiler options.
pub(crate) const REMEDY: &str = "Leave it out: everything is compiled with -O3 -march=native already, and both sides with the same options.";

fn options(what: &str) -> Broken {
    Broken::new(
        "compiler_options",
        format!("{what} changes compiler options. {REMEDY}"),
    )
}

fn floating_point() -> Broken {
    Broken::new(
        "floating_point_mode",
        "The processor's floating-point mode (rounding, denormals, exceptions) must stay as it is.",
    )
}

fn sanitizers() -> Broken {
    Broken::new(
        "sanitizers",
        "Code must be the same with and without the sanitizers that watch it on small inputs.",
    )
}

/// Marks that nest what they join even with words between them.
const CHAINS: [&str; 6] = ["<", "::", "=", "->", ".", "?"];

fn nesting(tokens: &[Token]) -> Result<(), Broken> {
    let (mut depth, mut row, mut adjacent) = (0_usize, 0, false);
    let mut before = "";
    for token in tokens {
        if token.kind != TokenKind::Mark {
            adjacent = false;
            continue;
        }
        let mark = token.text.as_str();
        match mark {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth = depth.saturating_sub(1),
            _ => {}
        }
        let goes_on = mark == before && mark != ";" && (adjacent || CHAINS.contains(&mark));
        row = if goes_on { row + 1 } else { 0 };
        (before, adjacent) = (mark, true);
        if depth > DEEPEST || row > DEEPEST {
            return Err(Broken::new(
                "nesting",
                format!(
                    "In line {} it is nested more than {DEEPEST} deep (`{mark}`). Write it flat.",
                    token.line
                ),
            ));
        }
    }
    Ok(())
}

/// What follows `#`.
fn directive(line: &[Token]) -> Result<(), Broken> {
    let Some((name, rest)) = line.split_first() else {
        return Ok(());
    };
    let renames = (name.is_word("line")
        && rest.iter().any(|token| token.kind != TokenKind::Number))
        || (name.kind == TokenKind::Number && !rest.is_empty());
    if renames {
        return Err(Broken::new(
            "line_directive",
            "`#line` must not name a file: messages name the lines of your code. Leave it out.",
        ));
    }
    match name.text.as_str() {
        "pragma" => pragma(rest),
        "if" | "ifdef" | "ifndef" | "elif" | "elifdef" | "elifndef" | "define" => asks(name, rest),
        _ => Ok(()),
    }
}

/// Compilers have many intrinsics as macros where they do not optimise, and as functions elsewhere.
fn asks(name: &Token, line: &[Token]) -> Result<(), Broken> {
    let whether = !name.is_word("define") || line.iter().any(|token| token.is_word("defined"));
    let intrinsic = |token: &&Token| {
        token.kind == TokenKind::Word
            && (token.text.starts_with("_mm") || token.text.starts_with("_m_"))
    };
    match line.iter().find(intrinsic).filter(|_| whether) {
        Some(word) => Err(Broken::new(
            "optimisation",
            format!(
                "Whether `{}` is a macro tells how code is optimised. Leave the question out: code must be the same however it is compiled.",
                word.text
            ),
        )),
        None => Ok(()),
    }
}

fn pragma(line: &[Token]) -> Result<(), Broken> {
    let words: Vec<&str> = line
        .iter()
        .filter(|token| token.kind == TokenKind::Word)
        .map(|token| token.text.as_str())
        .collect();
    match words.as_slice() {
        [
            "GCC",
            word @ ("optimize" | "target" | "push_options" | "pop_options" | "reset_options"),
            ..,
        ] => Err(options(&format!("`#pragma GCC {word}`"))),
        ["clang", word @ ("optimize" | "attribute" | "fp"), ..] => {
            Err(options(&format!("`#pragma clang {word}`")))
        }
        [
            word @ ("STDC" | "float_control" | "fenv_access" | "fp_contract"),
            ..,
        ] => Err(options(&format!("`#pragma {word}`"))),
        _ => Ok(()),
    }
}

/// Words that must not occur, and pragmas as operators.
fn words(tokens: &[Token]) -> Result<(), Broken> {
    for (at, token) in tokens.iter().enumerate() {
        if token.kind != TokenKind::Word {
            continue;
        }
        let word = token.text.as_str();
        if word == "_Pragma"
            && let [open, text, ..] = &tokens[at + 1..]
            && open.is_mark("(")
            && text.kind == TokenKind::Text
        {
            pragma(&tokens::read(&text.quoted()))?;
        }
        if word.starts_with("__SANITIZE_")
            || word.starts_with("no_sanitize")
            || word.starts_with("__no_sanitize")
            || word.starts_with("no_address_safety")
            || SANITIZERS.contains(&word)
        {
            return Err(sanitizers());
        }
        if word.starts_with("_MM_SET_") || MODES.contains(&word) {
            return Err(floating_point());
        }
        if word.starts_with("_GLOBAL__") {
            return Err(constructors());
        }
    }
    Ok(())
}

const SANITIZERS: [&str; 9] = [
    "address_sanitizer",
    "hwaddress_sanitizer",
    "thread_sanitizer",
    "memory_sanitizer",
    "leak_sanitizer",
    "undefined_behavior_sanitizer",
    "disable_sanitizer_instrumentation",
    "_GLIBCXX_TSAN",
    "_GLIBCXX_SANITIZE_VECTOR",
];

/// What sets the floating-point mode. Library functions that do are refused by name in the object, too.
const MODES: [&str; 11] = [
    "_mm_setcsr",
    "__builtin_ia32_ldmxcsr",
    "_controlfp",
    "__builtin_aarch64_set_fpcr",
    "__builtin_aarch64_set_fpcr64",
    "fesetround",
    "fesetenv",
    "feupdateenv",
    "feholdexcept",
    "feenableexcept",
    "fedisableexcept",
];

fn constructors() -> Broken {
    Broken::new(
        "constructors",
        "Code that runs while the program is being loaded is not allowed; do the work in the entry.",
    )
}

/// Attributes in any spelling.
fn attributes(tokens: &[Token]) -> Result<(), Broken> {
    for at in 0..tokens.len() {
        let begins = match tokens.get(at..at + 3) {
            Some([word, open, second]) if is_attribute(word) => {
                open.is_mark("(") && second.is_mark("(")
            }
            Some([open, second, _]) => open.is_mark("[") && second.is_mark("["),
            _ => false,
        };
        if !begins {
            continue;
        }
        let begin = at + 2 + usize::from(is_attribute(&tokens[at]));
        let mut depth = 0_usize;
        for token in &tokens[begin..] {
            match token.text.as_str() {
                "(" | "[" if token.kind == TokenKind::Mark => depth += 1,
                ")" | "]" if token.kind == TokenKind::Mark => match depth.checked_sub(1) {
                    Some(less) => depth = less,
                    None => break,
                },
                word if depth == 0 && token.kind == TokenKind::Word => attribute(word)?,
                _ => {}
            }
        }
    }
    Ok(())
}

fn is_attribute(token: &Token) -> bool {
    ["__attribute__", "__attribute"]
        .iter()
        .any(|word| token.is_word(word))
}

fn attribute(word: &str) -> Result<(), Broken> {
    match word.trim_matches('_') {
        plain @ ("optimize" | "target" | "target_clones" | "target_version") => {
            Err(options(&format!("The attribute `{plain}`")))
        }
        "constructor" | "destructor" | "ifunc" | "section" | "init_priority" => Err(constructors()),
        plain if plain.starts_with("no_sanitize") => Err(sanitizers()),
        _ => Ok(()),
    }
}

/// Whether macros may put assembler into the text that [`check`] cannot read.
pub(crate) fn may_hide_assembler(source: &str) -> bool {
    let tokens = tokens::read(source);
    let pastes = |token: &Token| {
        token.is_mark("##")
            || token.kind == TokenKind::Word
                && ["__REDIRECT", "__LDBL_REDIR", "__ASMNAME"]
                    .iter()
                    .any(|prefix| token.text.starts_with(prefix))
    };
    tokens.iter().any(pastes) || !assembler_texts(&tokens).1
}

/// Directives, and those that make others of pieces or choose by what else the compiler wrote. The assembler does not
/// mind their case.
const DIRECTIVES: [&str; 23] = [
    ".incbin",
    ".section",
    ".pushsection",
    ".popsection",
    ".previous",
    ".subsection",
    ".init_array",
    ".preinit_array",
    ".symver",
    ".globl",
    ".global",
    ".weak",
    ".include",
    ".reloc",
    ".gnu_attribute",
    ".set",
    ".equ",
    ".equiv",
    ".eqv",
    ".macro",
    ".altmacro",
    ".irp",
    ".irpc",
];

/// What inline assembler says, its pieces put together.
fn assembler(tokens: &[Token]) -> Result<(), Broken> {
    for said in assembler_texts(tokens).0 {
        instructions(&said)?;
    }
    Ok(())
}

/// The texts of inline assembler, and whether each was there to be read: no macro stands in its place.
fn assembler_texts(tokens: &[Token]) -> (Vec<String>, bool) {
    let (mut texts, mut plain) = (Vec::new(), true);
    let mut rest = tokens;
    while let Some(at) = rest.iter().position(is_assembler) {
        rest = &rest[at + 1..];
        let open = rest.iter().position(|token| {
            !["volatile", "__volatile__", "__volatile", "inline", "goto"]
                .iter()
                .any(|word| token.is_word(word))
        });
        let inside = open.map_or(&[][..], |open| &rest[open..]);
        if !inside.first().is_some_and(|token| token.is_mark("(")) {
            plain = false;
            continue;
        }
        let mut depth = 0_usize;
        let mut said = String::new();
        for token in inside {
            match (token.kind, token.text.as_str()) {
                (TokenKind::Mark, "(") => depth += 1,
                (TokenKind::Mark, ")") if depth == 1 => break,
                (TokenKind::Mark, ")") => depth -= 1,
                // Operands begin; what is quoted there are constraints.
                (TokenKind::Mark, ":" | "::") if depth == 1 => break,
                (TokenKind::Text, _) => said.push_str(&token.quoted()),
                _ => plain = false,
            }
        }
        texts.push(said);
    }
    (texts, plain)
}

fn is_assembler(token: &Token) -> bool {
    ["asm", "__asm__", "__asm"]
        .iter()
        .any(|word| token.is_word(word))
}

fn instructions(said: &str) -> Result<(), Broken> {
    let words = said.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.'));
    for spelled in words.filter(|word| !word.is_empty()) {
        let word = spelled.to_ascii_lowercase();
        let word = word.as_str();
        if DIRECTIVES.contains(&word) || word.starts_with(".if") {
            return Err(Broken::new(
                "assembler",
                format!("Inline assembler must not use {word}."),
            ));
        }
        if super::options::SETS_MODE.contains(&word) || word == "fpcr" || word.starts_with("fldcw")
        {
            return Err(floating_point());
        }
        if spelled.starts_with("_GLOBAL__") {
            return Err(constructors());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(source: &str) -> Option<String> {
        check(source).err().map(|broken| broken.rule.to_owned())
    }

    #[test]
    fn options_cannot_be_changed_from_within_however_that_is_spelled() {
        for source in [
            "#pragma GCC optimize(\"fast-math\")\nvoid f();",
            "# pragma GCC \\\n target(\"avx512f\")",
            "%:pragma GCC optimize(\"Ofast\")",
            "#pragma GCC optim\\\nize(\"Ofast\")",
            "#pragma GCC push_options",
            "/* a */ # /* b */ pragma GCC /* c */ optimize(\"Ofast\")",
            "_Pragma(\"GCC/**/optimize(\\\"Ofast\\\")\") void f();",
            "_Pragma(R\"x(GCC target(\"avx2\"))x\") void f();",
            "__attribute__((optimize(\"Ofast\"))) void f();",
            "__attribute((optimize(\"Ofast\"))) void f();",
            "__attribute__((cold, optimize /**/ (\"Ofast\"))) void f();",
            "__attribute__((opti\\\nmize(\"Ofast\"))) void f();",
            "[[gnu::target(\"avx2\")]] void f();",
            "[[using gnu: hot, optimize(\"Ofast\")]] void f();",
            "<:<:__gnu__::__optimize__(\"Ofast\"):>:> void f();",
            "static const char *q = R\"(\" // )\";\n/* \" */ __attribute__((optimize(3))) void f();",
            "int n = 1'000; __attribute__((target(\"avx2\"))) void f(); char c = '\\'';",
            "#pragma STDC FP_CONTRACT ON",
            "#pragma clang fp reassociate(on)",
        ] {
            let broken = check(source).unwrap_err();
            assert_eq!(broken.rule, "compiler_options", "{source}");
            assert!(broken.message.contains("Leave it out"), "{source}");
        }
    }

    #[test]
    fn honest_code_passes_whatever_words_are_in_it() {
        for source in [
            "#pragma GCC ivdep\nfor(;;);",
            "#pragma GCC unroll 4\n#pragma omp simd\n",
            "#pragma omp parallel for\n",
            "#pragma omp declare target\n",
            "#define PRAGMA(x) _Pragma(#x)\nPRAGMA(GCC unroll 4)",
            "#define target 5\n#define SECTION(x) x##_section\n",
            "// __attribute__((constructor))\nvoid f();",
            "/* .incbin asm */ int section = 1; int target(int);",
            "__attribute__((always_inline)) inline void f() { asm volatile(\"\" ::: \"memory\"); }",
            "struct Plasma { double global; int section; }; void f(Plasma plasma) { plasma.global = plasma.section; }",
            "const char *text = \"#pragma GCC optimize .section ldmxcsr no_sanitize\";",
            "struct optimize { int target; }; int f(optimize o) { return o.target; }",
            "int a[2][2]; int g(int i) { return a[a[0][i]][1]; }",
            "double fpcr, section, miasma; void f() { miasma = section; }",
            "#line 7\n",
            "std::vector<std::vector<std::vector<int>>> v;",
        ] {
            assert_eq!(rule(source), None, "{source}");
        }
    }

    #[test]
    fn places_cannot_be_made_up() {
        for source in [
            "#line 1 \"/usr/include/x.h\"",
            "# 1 \"x.h\" 1 3",
            "%: 1 \"x\"",
            "#line P",
        ] {
            assert_eq!(rule(source).as_deref(), Some("line_directive"), "{source}");
        }
    }

    #[test]
    fn sanitizers_and_the_floating_point_mode_are_left_alone() {
        for source in [
            "#ifdef __SANITIZE_ADDRESS__\n#endif",
            "__attribute__((no_sanitize(\"address\"))) void f();",
            "[[gnu::no_sanitize_address]] void f();",
            "__attribute__((__no_sanitize_thread__)) void f();",
        ] {
            assert_eq!(rule(source).as_deref(), Some("sanitizers"), "{source}");
        }
        for source in [
            "void f() { _MM_SET_FLUSH_ZERO_MODE(_MM_FLUSH_ZERO_ON); }",
            "void f() { std::fesetround(0); }",
            "void f(unsigned m) { asm volatile(\"ldm\" \"xcsr %0\" :: \"m\"(m)); }",
        ] {
            assert_eq!(
                rule(source).as_deref(),
                Some("floating_point_mode"),
                "{source}"
            );
        }
    }

    #[test]
    fn assembler_and_constructors_are_refused() {
        for source in [
            "asm(\".incbin \\\"/etc/passwd\\\"\");",
            "asm(\".inc\" \"lude \\\"/etc/passwd\\\"\");",
            "void f() { __asm__ __volatile__ (\"nop\\n\\t.pushsection .x\"); }",
            "asm(\".IncBin \\\"/etc/passwd\\\"\");",
            "void f() { asm(\".ifdef .Ltext0\\n nop\\n.endif\"); }",
            "void f() { asm(\"\\x2eif\\144ef .Ltext0\\n nop\\n.endif\"); }",
            "double quick() asm(\"quick\\n.IFNDEF x\");",
            "asm(\".macro m a, b\\n \\\\a\\\\b x\\n.endm\");",
        ] {
            assert_eq!(rule(source).as_deref(), Some("assembler"), "{source}");
        }
        for source in [
            "__attribute__((constructor)) void f() {}",
            "__attribute__((used, __section__(\".init_array\"))) void (*p)();",
            "extern \"C\" void _GLOBAL__sub_I_mine() {}",
        ] {
            assert_eq!(rule(source).as_deref(), Some("constructors"), "{source}");
        }
    }

    #[test]
    fn assembler_that_macros_may_hide_is_looked_for_in_the_expanded_text() {
        for source in [
            "#define SAY \".if\" \"def\"\nasm(SAY \" x\");",
            "#define SAY(x) asm(#x)\nSAY(nop);",
            "#define say asm\nsay(\"nop\");",
            "#define JOIN(a, b) a##b\nJOIN(as, m)(\"nop\");",
            "extern int __REDIRECT(quick, (void), other);",
        ] {
            assert!(may_hide_assembler(source), "{source}");
        }
        for source in [
            "void f(int x) { asm volatile(\"nop\" \"\\n\" : \"+r\"(x) : [y] \"i\"(3 * (x)) : \"memory\"); }",
            "#define target 5\nint plasma(int chasm);",
        ] {
            assert!(!may_hide_assembler(source), "{source}");
        }
    }

    #[test]
    fn whether_an_intrinsic_is_a_macro_is_no_question_for_honest_code() {
        for source in [
            "#ifdef _mm_prefetch\n#endif",
            "#if !defined(_mm_shuffle_ps)\n#endif",
            "#define PLAIN defined(_m_pextrw)\n",
        ] {
            assert_eq!(rule(source).as_deref(), Some("optimisation"), "{source}");
        }
        assert_eq!(rule("#define LOAD(p) _mm256_loadu_pd(p)\n"), None);
    }

    #[test]
    fn what_nests_without_end_is_refused_at_once() {
        for piece in [
            "(",
            "{",
            "[",
            "*",
            "namespace a{",
            "-",
            "!",
            "template<",
            "x[",
            "a<",
        ] {
            let found = rule(&piece.repeat(5000));
            assert_eq!(found.as_deref(), Some("nesting"), "{piece}");
        }
        let table = format!("int t[] = {{{}}};", "(1),".repeat(5000));
        assert_eq!(rule(&table), None);
        assert_eq!(rule(&"void f(){}\n".repeat(5000)), None);
    }
}

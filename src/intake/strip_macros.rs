//! Macros that say nothing a parser needs (linkage, attributes, visibility) blanked out, so that what stands beside them is
//! understood. Lengths and lines stay. Pure.

use std::collections::BTreeMap;
use std::ops::Range;

use super::words::words;

/// Words that say who sees a function or how it is compiled, not what it does.
pub(super) const LINKAGE: &[&str] = &[
    "static",
    "inline",
    "extern",
    "constexpr",
    "consteval",
    "virtual",
    "explicit",
    "friend",
    "__inline",
    "__inline__",
    "__forceinline",
    "_Noreturn",
    "__extension__",
    "register",
    "noexcept",
];

/// Words that say of a pointer that nothing else leads there.
const RESTRICT: &[&str] = &["restrict", "__restrict", "__restrict__"];

/// Macros of system headers that are no more than that.
const KNOWN: &[&str] = &[
    "__BEGIN_DECLS",
    "__END_DECLS",
    "__THROW",
    "__THROWNL",
    "__wur",
    "G_BEGIN_DECLS",
    "G_END_DECLS",
];

/// Whether a macro takes arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Word,
    Call,
}

/// The text with such macros (and attributes) blanked.
pub(super) fn blanked(text: &str) -> String {
    let silent = silent(text);
    let mut bytes = text.as_bytes().to_vec();
    let mut directive_until = 0;
    for word in words(text) {
        if word.at < directive_until {
            continue;
        }
        if in_directive(text, word.at) {
            directive_until = end_of_line(text, word.at);
            continue;
        }
        let after = word.at + word.text.len();
        let end = match silent.get(word.text) {
            Some(Form::Word) => after,
            Some(Form::Call) => after_parentheses(text, after).unwrap_or(after),
            None if matches!(word.text, "__attribute__" | "__declspec" | "__asm__") => {
                match after_parentheses(text, after) {
                    Some(end) if word.text != "__asm__" && !lays_out(text, after, end) => end,
                    _ => continue,
                }
            }
            None => {
                // `API(int) f(void)` is `int f(void)`.
                if let Some((open, close)) = around_a_type(text, word.at, word.text) {
                    for at in (word.at..open + 1).chain([close]) {
                        if let Some(byte) = bytes.get_mut(at) {
                            *byte = b' ';
                        }
                    }
                    continue;
                }
                for at in types_handed(text, word.text, after) {
                    let letters = text.as_bytes().get(at.clone()).unwrap_or(&[]);
                    let is_letter: Vec<bool> = letters.iter().map(|b| *b != b'*').collect();
                    for (byte, letter) in bytes
                        .get_mut(at)
                        .unwrap_or(&mut [])
                        .iter_mut()
                        .zip(is_letter)
                    {
                        *byte = if letter { b'_' } else { b' ' };
                    }
                }
                continue;
            }
        };
        for byte in bytes.get_mut(word.at..end).unwrap_or(&mut []) {
            if *byte != b'\n' {
                *byte = b' ';
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

/// Where types of the language stand that a macro (or `va_arg`) is handed: no parser knows them there.
fn types_handed(text: &str, name: &str, after: usize) -> Vec<Range<usize>> {
    const TYPES: [&str; 11] = [
        "int", "char", "short", "long", "unsigned", "signed", "float", "double", "void", "const",
        "struct",
    ];
    if !is_loud(name) && name != "va_arg" {
        return Vec::new();
    }
    let Some(end) = after_parentheses(text, after) else {
        return Vec::new();
    };
    let open = after + text.get(after..end).and_then(|t| t.find('(')).unwrap_or(0) + 1;
    let inside = text.get(open..end - 1).unwrap_or("");
    let mut found = Vec::new();
    let mut at = open;
    for argument in inside.split(',') {
        let own = argument.trim();
        let first = own.split([' ', '*']).next().unwrap_or("");
        let plain = own
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | ' ' | '*'));
        if TYPES.contains(&first) && plain {
            let from = at + argument.len() - argument.trim_start().len();
            found.push(from..from + own.len());
        }
        at += argument.len() + 1;
    }
    found
}

/// Whether a name is written as macros are.
fn is_loud(name: &str) -> bool {
    let loud = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    name.len() > 2 && name.chars().all(loud)
}

/// Where the parentheses of a macro stand that is put around the type a function returns: nothing but words of a type in
/// them, and a function's name behind.
fn around_a_type(text: &str, at: usize, name: &str) -> Option<(usize, usize)> {
    let before = text.get(..at)?.rsplit('\n').next().unwrap_or("");
    let begins = before.trim().is_empty() || matches!(before.trim(), "static" | "extern");
    if !is_loud(name) || !begins || !text.contains(&format!("define {name}(")) {
        return None;
    }
    let open = at + name.len();
    let inside = text.get(open..)?.strip_prefix('(')?;
    let length = inside.find(')')?;
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let typed = inside.get(..length)?;
    let plain = typed.contains(word) && typed.chars().all(|c| word(c) || matches!(c, ' ' | '*'));
    let rest = inside.get(length + 1..)?.trim_start();
    let named = rest.find(|c: char| !word(c))?;
    let called = named > 0 && rest.get(named..)?.trim_start().starts_with('(');
    (plain && called).then_some((open, open + 1 + length))
}

/// The macros a text defines as nothing, as linkage words or as attributes. Redefined otherwise, they are not among them.
fn silent(text: &str) -> BTreeMap<&str, Form> {
    let mut found: BTreeMap<&str, Option<Form>> =
        KNOWN.iter().map(|name| (*name, Some(Form::Word))).collect();
    for line in text.lines() {
        let Some(rest) = line
            .trim_start()
            .strip_prefix('#')
            .and_then(|rest| rest.trim_start().strip_prefix("define"))
        else {
            continue;
        };
        let rest = rest.trim_start();
        let end = rest
            .find(|c: char| !(c.is_alphanumeric() || c == '_'))
            .unwrap_or(rest.len());
        let (name, rest) = rest.split_at(end);
        let (form, body) = if rest.starts_with('(') {
            let close = rest.find(')').map_or(rest.len(), |at| at + 1);
            (Form::Call, rest.get(close..).unwrap_or(""))
        } else {
            (Form::Word, rest)
        };
        let known = found.clone();
        let says_nothing = says_nothing(body, &|word| matches!(known.get(word), Some(Some(_))))
            || form == Form::Word && only_namespaces(body);
        found
            .entry(name)
            .and_modify(|now| *now = now.filter(|_| says_nothing))
            .or_insert(says_nothing.then_some(form));
    }
    found
        .into_iter()
        .filter_map(|(name, form)| Some((name, form?)))
        .collect()
}

/// Whether a macro's body only opens namespaces, or only closes them.
fn only_namespaces(body: &str) -> bool {
    let spaced = body.replace('{', " { ").replace('}', " } ");
    let mut words = spaced.split_whitespace().peekable();
    let mut braces = 0;
    while let Some(word) = words.next() {
        match word {
            "}" => braces += 1,
            "inline" => {}
            "namespace" => {
                let name = words.next_if(|next| *next != "{");
                let plain = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
                if !name.is_none_or(|name| name.chars().all(plain)) || words.next() != Some("{") {
                    return false;
                }
                braces += 1;
            }
            _ => return false,
        }
    }
    braces > 0
}

/// Whether a macro's body is only linkage words and attributes.
fn says_nothing(body: &str, known: &dyn Fn(&str) -> bool) -> bool {
    let mut at = 0;
    let mut attributed = false;
    for word in words(body) {
        if word.at < at {
            continue;
        }
        let after = word.at + word.text.len();
        if matches!(word.text, "__attribute__" | "__declspec" | "_Pragma") {
            match after_parentheses(body, after) {
                Some(end) if !lays_out(body, after, end) => at = end,
                _ => return false,
            }
            attributed = true;
        } else if LINKAGE.contains(&word.text) || RESTRICT.contains(&word.text) || known(word.text)
        {
            at = after;
        } else {
            return false;
        }
    }
    let rest = body.trim();
    // A number is what the macro stands for.
    if rest
        .split_whitespace()
        .any(|word| word.starts_with(|c: char| c.is_ascii_digit()))
    {
        return false;
    }
    attributed
        || rest
            .chars()
            .all(|c| c.is_alphanumeric() || c == '_' || c.is_whitespace() || c == '"')
}

/// Whether attributes say how a type lies in memory.
fn lays_out(text: &str, from: usize, to: usize) -> bool {
    text.get(from..to)
        .is_some_and(|words| words.contains("packed") || words.contains("aligned"))
}

fn in_directive(text: &str, at: usize) -> bool {
    let start = text
        .get(..at)
        .and_then(|t| t.rfind('\n'))
        .map_or(0, |n| n + 1);
    text.get(start..at)
        .is_some_and(|line| line.trim_start().starts_with('#'))
}

fn end_of_line(text: &str, at: usize) -> usize {
    text.get(at..)
        .and_then(|t| t.find('\n'))
        .map_or(text.len(), |n| at + n)
}

/// Where the parentheses that follow `from` end.
fn after_parentheses(text: &str, from: usize) -> Option<usize> {
    let rest = text.get(from..)?;
    let open = rest.len() - rest.trim_start().len();
    if !rest.trim_start().starts_with('(') {
        return None;
    }
    let mut depth = 0;
    for (at, c) in rest.char_indices().skip_while(|(at, _)| *at < open) {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(from + at + 1);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_macro_around_a_returned_type_is_seen_through() {
        let text = "#define API(type) __attribute__((visibility(\"default\"))) type\nAPI(void) f(char *x)\n{ API_CALL(x); }\nAPI(int *) g(void);\n";
        let said = super::blanked(text);
        assert!(
            said.contains("\n    void  f(char *x)\n{ API_CALL(x); }\n    int *  g(void);\n"),
            "{said}"
        );
        assert_eq!(said.len(), text.len());
    }

    #[test]
    fn types_that_a_macro_is_handed_become_words() {
        let text = "int f(int a) { ALLOC(int, p, unsigned char *, n); return va_arg(ap, int) + sizeof(int) + g(a); }";
        assert_eq!(
            blanked(text),
            "int f(int a) { ALLOC(___, p, ______________ , n); return va_arg(ap, ___) + sizeof(int) + g(a); }"
        );
    }

    #[test]
    fn macros_for_linkage_and_attributes_are_blanked_and_others_stay() {
        let text = "#define API extern\n#define HOT __attribute__((hot))\n#define NN(a) __attribute__((nonnull(a)))\n#define T int\n#define NOTHING\n\
            API HOT NN((1)) T f(NOTHING T *p) __attribute__((pure));\nstatic int g();\n";
        let blank = blanked(text);
        assert_eq!(blank.len(), text.len());
        let last: Vec<&str> = blank.lines().skip(5).collect();
        let tight = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(tight(last[0]), "T f( T *p) ;");
        assert_eq!(last[1], "static int g();");
        assert!(blank.starts_with("#define API extern\n"));
    }

    #[test]
    fn macros_that_open_and_close_namespaces_are_blanked() {
        let text = "#define BEGIN namespace a { namespace b::c { namespace {\n#define END } } }\n#define ONE struct A {\nBEGIN\nint f();\nEND\nONE";
        let said = blanked(text);
        assert!(said.ends_with("\n     \nint f();\n   \nONE"), "{said}");
    }

    #[test]
    fn what_lays_out_a_type_stays() {
        let text = "#define PACK __attribute__((packed))\nstruct __attribute__((packed)) A { int a; };\nstruct PACK B { int b; };\n";
        assert_eq!(blanked(text), text);
    }

    #[test]
    fn a_macro_that_stands_for_a_number_stays() {
        let text =
            "#define BASE 65521U\n#define COL 102\nint f(int a) { return a == COL ? BASE : 0; }\n";
        assert_eq!(blanked(text), text);
    }

    #[test]
    fn a_macro_that_is_defined_otherwise_too_stays() {
        let text = "#define W\n#undef W\n#define W(x) (x)\nint a = W(1);\n";
        assert_eq!(blanked(text), text);
    }
}

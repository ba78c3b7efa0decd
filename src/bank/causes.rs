//! What is known of the cause that a lesson names: whether anything seen of the two codes goes with it.
//! A rule of words, counted over source text; it never finds a cause and never proves one. What nothing goes with is a
//! guess, which may well be right.

use crate::domain::evaluation::Remark;
use crate::domain::lesson::Cause;

/// Kinds of causes that authors name, by the beginnings of words that tell them.
const KINDS: &[(Kind, &[&str])] = &[
    (
        Kind::Vectors,
        &["vectori", "simd", "avx", "sse", "intrinsic"],
    ),
    (
        Kind::Memory,
        &[
            "alloc",
            "cop",
            "temporar",
            "reserv",
            "resiz",
            "buffer",
            "vector<",
            "container",
        ],
    ),
    (
        Kind::Loops,
        &["loop", "nested", "pass", "iterat", "unroll", "quadratic"],
    ),
    (Kind::Branches, &["branch", "condition", "predict"]),
    (
        Kind::Calls,
        &["call", "inlin", "overhead", "function", "library"],
    ),
    (Kind::Threads, &["thread", "parallel", "openmp", "core"]),
    (Kind::Division, &["divi", "modul", "sqrt", "square"]),
];

/// Words after which a cause stands.
const BECAUSE: &[&str] = &[
    "because",
    "due to",
    "since ",
    "as it ",
    "thanks to",
    "by avoiding",
    "by reducing",
    "by eliminating",
    "by using",
    "by removing",
    "reduces",
    "reducing",
    "avoids",
    "avoiding",
    "eliminat",
    "which makes",
    "caused by",
    "leads to",
    "leading to",
    "lets the",
    "allows",
    "allowing",
    "so that",
    "therefore",
    "overhead",
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Vectors,
    Memory,
    Loops,
    Branches,
    Calls,
    Threads,
    Division,
}

/// What a lesson's cause rests on; `None`: it names none.
pub fn cause(text: &str, original: &str, candidate: &str, remarks: &[Remark]) -> Option<Cause> {
    let text = text.to_lowercase();
    // its author says so
    if ["perhaps", "probably", "maybe", "likely", "might be"]
        .iter()
        .any(|word| text.contains(word))
    {
        return Some(Cause::Guess);
    }
    if !BECAUSE.iter().any(|word| text.contains(word)) {
        return None;
    }
    let words: Vec<&str> = text
        .split(|c: char| !(c.is_alphanumeric() || c == '<' || c == '_'))
        .collect();
    let named = KINDS.iter().filter(|(_, starts)| {
        let begins = |word: &&str| starts.iter().any(|start| word.starts_with(start));
        words.iter().any(begins)
    });
    let [before, after] = [original, candidate].map(stripped);
    let seen = |kind: Kind| match kind {
        Kind::Vectors => {
            let said = remarks
                .iter()
                .any(|remark| remark.text.starts_with("vectorised"));
            said || differs(&before, &after, &["_mm", "#pragma omp simd"])
        }
        Kind::Memory => differs(
            &before,
            &after,
            &[
                "vector<",
                "new ",
                "malloc",
                "reserve(",
                "resize(",
                "push_back(",
                "std::string ",
            ],
        ),
        Kind::Loops => differs(&before, &after, &["for (", "for(", "while (", "while("]),
        Kind::Branches => differs(&before, &after, &["if (", "if(", " ? ", "switch"]),
        Kind::Calls => differs(&before, &after, &["std::", "("]),
        Kind::Threads => differs(&before, &after, &["#pragma omp", "std::thread"]),
        Kind::Division => differs(&before, &after, &["/", "%", "sqrt("]),
    };
    // all of what it names must have been seen: one of two says little
    let mut kinds = named.map(|(kind, _)| *kind).peekable();
    let supported = kinds.peek().is_some() && kinds.all(seen);
    Some(if supported { Cause::Seen } else { Cause::Guess })
}

/// Whether one of the marks stands more or less often in one code than in the other.
fn differs(before: &str, after: &str, marks: &[&str]) -> bool {
    let count = |code: &str, mark: &str| code.matches(mark).count();
    marks
        .iter()
        .any(|mark| count(before, mark) != count(after, mark))
}

/// Source text without comments; what stands in literals does not matter for counts that are compared.
fn stripped(code: &str) -> String {
    let mut out = String::with_capacity(code.len());
    let mut rest = code;
    while let Some(at) = rest.find("/") {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let end = if from.starts_with("//") {
            from.find('\n').unwrap_or(from.len())
        } else if from.starts_with("/*") {
            from.find("*/").map_or(from.len(), |end| end + 2)
        } else {
            out.push('/');
            1
        };
        rest = &from[end..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "double f(V const& x) {\n  std::vector<double> p(x.size()); // a loop\n  for (auto v : x) p.push_back(v);\n  for (auto v : p) s += v;\n}";
    const B: &str = "double f(V const& x) {\n  for (auto v : x) s += v; /* one for ( loop */\n}";

    #[test]
    fn a_cause_that_goes_with_what_was_seen_is_told_from_a_guess() {
        let of = |text: &str, remarks: &[Remark]| cause(text, A, B, remarks);
        let seen = Some(Cause::Seen);
        let guess = Some(Cause::Guess);
        assert_eq!(
            of(
                "It is faster because it makes one pass instead of two.",
                &[]
            ),
            seen
        );
        assert_eq!(
            of("Avoiding the allocation of a temporary vector helps.", &[]),
            seen
        );
        assert_eq!(of("It is slower due to cache misses.", &[]), guess);
        assert_eq!(
            of("It is faster because the loop is vectorised.", &[]),
            guess
        );
        let vectorised = Remark {
            line: 2,
            text: "vectorised".to_owned(),
        };
        assert_eq!(
            of(
                "It is faster because the loop is vectorised.",
                &[vectorised]
            ),
            seen
        );
        assert_eq!(
            of(
                "It is slower because it uses different variable names.",
                &[]
            ),
            guess
        );
        assert_eq!(of("Perhaps it is faster because of one pass.", &[]), guess);
        assert_eq!(of("Use Myers' algorithm in blocks of 64.", &[]), None);
    }

    #[test]
    fn comments_are_no_code() {
        assert_eq!(stripped("a / b // c\n/* d */ e /"), "a / b \n e /");
        assert_eq!(stripped("é // é"), "é ");
        assert_eq!(stripped("/* open"), "");
    }
}

//! A lexical embedding for text and code alike: no model, no network. Words, identifiers split at `_` and at capitals,
//! and the letters inside them, hashed into one vector (feature hashing: Weinberger et al., ICML 2009).
//! Never tokenises C++ properly and need not: lesson and code only have to land in the same space.

/// Length of a vector. Large enough that the few hundred features of a function rarely collide.
const LENGTH: usize = 4096;

/// Weight of a part of an identifier, or of a plain word.
const WORD: f32 = 1.0;
/// Weight of an identifier as written, when it has several parts.
const IDENTIFIER: f32 = 1.5;
/// Weight of each run of letters inside a word: joins `sorted` with `sort`, `parallel` with `parallelise`.
const LETTERS: f32 = 0.25;
/// Letters per run.
const RUN: usize = 4;

/// Words that say nothing about what a text is about.
const COMMON: [&str; 44] = [
    "a", "an", "and", "are", "as", "at", "be", "because", "but", "by", "can", "did", "do", "each",
    "for", "from", "has", "have", "if", "in", "into", "is", "it", "its", "no", "not", "of", "on",
    "or", "so", "than", "that", "the", "then", "this", "to", "was", "were", "when", "which",
    "while", "with", "would", "you",
];

/// Relevance of a lesson to the code it is about: cosine of their lexical embeddings, 0 to 1.
pub fn lexical(lesson: &str, code: &str) -> f64 {
    cosine(&embed(lesson), &embed(code))
}

/// Cosine of two vectors, −1 to 1; 0 where it is undefined (a zero vector, different lengths, not finite).
pub fn cosine(a: &[f32], b: &[f32]) -> f64 {
    if a.len() != b.len() {
        return 0.0;
    }
    let dot = |x: &[f32], y: &[f32]| -> f64 {
        x.iter()
            .zip(y)
            .map(|(x, y)| f64::from(*x) * f64::from(*y))
            .sum()
    };
    let value = dot(a, b) / (dot(a, a).sqrt() * dot(b, b).sqrt());
    if value.is_finite() {
        value.clamp(-1.0, 1.0)
    } else {
        0.0
    }
}

/// The lexical embedding. All entries are at least 0, so that the cosine of two is at least 0.
pub fn embed(text: &str) -> Vec<f32> {
    let mut counts = vec![0.0_f32; LENGTH];
    for identifier in text.split(|c: char| !(c.is_alphanumeric() || c == '_')) {
        let parts = parts(identifier);
        if parts.len() > 1 {
            add(&mut counts, &parts.concat(), IDENTIFIER);
        }
        for part in &parts {
            // a loop is what people call these two
            if matches!(part.as_str(), "for" | "while") && parts.len() == 1 {
                add(&mut counts, "loop", WORD / 2.0);
            }
            if COMMON.contains(&part.as_str()) {
                continue;
            }
            add(&mut counts, part, WORD);
            let letters: Vec<char> = part.chars().collect();
            for run in letters.windows(RUN) {
                let run: String = run.iter().collect();
                add(&mut counts, &format!("~{run}"), LETTERS);
            }
        }
    }
    // the tenth `i` says less than the first
    for count in &mut counts {
        *count = count.ln_1p();
    }
    counts
}

/// Parts of an identifier, in lower case: `rowPtr_2D` gives `row`, `ptr`, `2`, `d`.
fn parts(identifier: &str) -> Vec<String> {
    #[derive(PartialEq, Clone, Copy)]
    enum Sort {
        Upper,
        Lower,
        Digit,
        Break,
    }
    let sort = |c: char| match c {
        '_' => Sort::Break,
        c if c.is_numeric() => Sort::Digit,
        c if c.is_uppercase() => Sort::Upper,
        _ => Sort::Lower,
    };
    let letters: Vec<char> = identifier.chars().collect();
    let mut parts: Vec<String> = Vec::new();
    let mut before = Sort::Break;
    for (at, letter) in letters.iter().enumerate() {
        let here = sort(*letter);
        let next = letters.get(at + 1).map_or(Sort::Break, |c| sort(*c));
        let begins = match (before, here) {
            (_, Sort::Break) => false,
            (Sort::Upper, Sort::Lower) => false,
            // the last capital of `HTTPServer` begins `server`
            (Sort::Upper, Sort::Upper) => next == Sort::Lower,
            (before, here) => before != here,
        };
        if begins {
            parts.push(String::new());
        }
        if let (true, Some(part)) = (here != Sort::Break, parts.last_mut()) {
            part.extend(letter.to_lowercase());
        }
        before = here;
    }
    parts
}

fn add(counts: &mut [f32], feature: &str, weight: f32) {
    // FNV-1a, 32 bits
    let hash = feature.bytes().fold(0x811c_9dc5_u32, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    });
    let at = (hash ^ (hash >> 16)) as usize % counts.len();
    counts[at] += weight;
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SORT: &str = "void sortByKey(std::vector<int> &keyValues) {\n\
        for (size_t i = 0; i < keyValues.size(); ++i)\n\
        for (size_t j = i + 1; j < keyValues.size(); ++j)\n\
        if (keyValues[j] < keyValues[i]) std::swap(keyValues[i], keyValues[j]);\n}";

    #[test]
    fn identifiers_split_at_underscores_capitals_and_digits() {
        assert_eq!(parts("rowPtr_2D"), ["row", "ptr", "2", "d"]);
        assert_eq!(parts("HTTPServer"), ["http", "server"]);
        assert_eq!(parts("__x__"), ["x"]);
        assert_eq!(parts(""), Vec::<String>::new());
    }

    #[test]
    fn a_lesson_about_the_code_is_more_relevant_than_one_about_another() {
        let near = lexical(
            "Swapping key values in nested loops is slow; use std::sort by key.",
            SORT,
        );
        let far = lexical(
            "Hoisting the matrix row pointer helped the compiler vectorise.",
            SORT,
        );
        assert!(near > far + 0.1, "{near} {far}");
    }

    #[test]
    fn nothing_is_relevant_to_nothing() {
        assert_eq!(lexical("", SORT), 0.0);
        assert_eq!(lexical("the of and", SORT), 0.0);
        assert_eq!(cosine(&[1.0], &[1.0, 0.0]), 0.0);
        assert_eq!(cosine(&[f32::NAN], &[1.0]), 0.0);
    }

    proptest! {
        #[test]
        fn relevance_lies_between_zero_and_one(lesson in ".{0,80}", code in ".{0,200}") {
            let q = lexical(&lesson, &code);
            prop_assert!((0.0..=1.0).contains(&q));
            prop_assert_eq!(q, lexical(&code, &lesson));
        }

        #[test]
        fn a_text_is_wholly_relevant_to_itself(text in "[a-z]{5,9}( [a-z]{5,9}){0,5}") {
            prop_assert!((lexical(&text, &text) - 1.0).abs() < 1e-6);
        }
    }
}

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
    Codes::new([code]).relevances(lesson).sum()
}

/// Codes that many lessons are compared with: every text is read once.
#[derive(Debug, Clone)]
pub struct Codes {
    /// Each code's vector and that vector's length.
    codes: Vec<(Vec<f32>, f64)>,
    /// Where a lesson is embedded; all 0 between two.
    scratch: Vec<f32>,
    /// Places of it that are not 0.
    touched: Vec<u16>,
}

impl Codes {
    /// These codes, in this order.
    pub fn new<'a>(codes: impl IntoIterator<Item = &'a str>) -> Self {
        let measured = |code| {
            let vector = embed(code);
            let length = squared(&vector).sqrt();
            (vector, length)
        };
        Self {
            codes: codes.into_iter().map(measured).collect(),
            scratch: vec![0.0; LENGTH],
            touched: Vec::new(),
        }
    }

    /// Relevance of a lesson to each of them, 0 to 1.
    pub fn relevances(&mut self, lesson: &str) -> impl Iterator<Item = f64> + '_ {
        let (scratch, touched) = (&mut self.scratch, &mut self.touched);
        touched.clear();
        each_feature(lesson, |at, weight| {
            if scratch[usize::from(at)] == 0.0 {
                touched.push(at);
            }
            scratch[usize::from(at)] += weight;
        });
        touched.sort_unstable();
        let features: Vec<(usize, f64)> = touched
            .iter()
            .map(|at| {
                let count = std::mem::take(&mut scratch[usize::from(*at)]);
                (usize::from(*at), f64::from(damped(count)))
            })
            .collect();
        let length = features.iter().map(|(_, x)| x * x).sum::<f64>().sqrt();
        self.codes.iter().map(move |(code, code_length)| {
            let dot: f64 = features
                .iter()
                .map(|(at, x)| x * f64::from(code[*at]))
                .sum();
            bounded(dot / (length * code_length)).max(0.0)
        })
    }
}

/// Cosine of two vectors, −1 to 1; 0 where it is undefined (a zero vector, different lengths, not finite).
pub fn cosine(a: &[f32], b: &[f32]) -> f64 {
    if a.len() != b.len() {
        return 0.0;
    }
    let dot: f64 = a
        .iter()
        .zip(b)
        .map(|(x, y)| f64::from(*x) * f64::from(*y))
        .sum();
    bounded(dot / (squared(a).sqrt() * squared(b).sqrt()))
}

fn squared(vector: &[f32]) -> f64 {
    vector.iter().map(|x| f64::from(*x) * f64::from(*x)).sum()
}

fn bounded(cosine: f64) -> f64 {
    match cosine.is_finite() {
        true => cosine.clamp(-1.0, 1.0),
        false => 0.0,
    }
}

/// The lexical embedding. All entries are at least 0, so that the cosine of two is at least 0.
pub(crate) fn embed(text: &str) -> Vec<f32> {
    let mut counts = vec![0.0_f32; LENGTH];
    each_feature(text, |at, weight| counts[usize::from(at)] += weight);
    for count in &mut counts {
        *count = damped(*count);
    }
    counts
}

/// The tenth `i` says less than the first.
fn damped(count: f32) -> f32 {
    count.ln_1p()
}

/// Hands over every feature of a text: its place in the vector, and its weight.
fn each_feature(text: &str, mut add: impl FnMut(u16, f32)) {
    let mut letters: Vec<char> = Vec::new();
    for identifier in text.split(|c: char| !(c.is_alphanumeric() || c == '_')) {
        if identifier.is_empty() {
            continue;
        }
        let parts = parts(identifier);
        if parts.len() > 1 {
            add(place(parts.iter().flat_map(|p| p.bytes())), IDENTIFIER);
        }
        for part in &parts {
            // a loop is what people call these two
            if matches!(part.as_str(), "for" | "while") && parts.len() == 1 {
                add(place("loop".bytes()), WORD / 2.0);
            }
            if COMMON.contains(&part.as_str()) {
                continue;
            }
            add(place(part.bytes()), WORD);
            letters.clear();
            letters.extend(part.chars());
            for run in letters.windows(RUN) {
                let mut bytes = [0; 4];
                let mut hash = hashed(START, b"~");
                for letter in run {
                    hash = hashed(hash, letter.encode_utf8(&mut bytes).as_bytes());
                }
                add(folded(hash), LETTERS);
            }
        }
    }
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

/// Where FNV-1a of 32 bits begins.
const START: u32 = 0x811c_9dc5;

fn hashed(hash: u32, bytes: &[u8]) -> u32 {
    bytes.iter().fold(hash, |hash, byte| {
        (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193)
    })
}

/// The place of a feature in the vector.
fn place(feature: impl Iterator<Item = u8>) -> u16 {
    folded(feature.fold(START, |hash, byte| hashed(hash, &[byte])))
}

fn folded(hash: u32) -> u16 {
    ((hash ^ (hash >> 16)) as usize % LENGTH) as u16
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

    #[test]
    fn many_lessons_are_compared_as_one_is() {
        let lessons = [
            "Use std::sort by key.",
            "",
            "Swap keyValues[i] once per row.",
        ];
        let mut codes = Codes::new([SORT, "int f() { return 1; }"]);
        for lesson in lessons {
            let alone = [SORT, "int f() { return 1; }"].map(|code| lexical(lesson, code));
            assert_eq!(codes.relevances(lesson).collect::<Vec<f64>>(), alone);
            assert!((alone[0] - cosine(&embed(lesson), &embed(SORT))).abs() < 1e-12);
        }
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

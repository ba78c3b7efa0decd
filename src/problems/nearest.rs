//! Which known words are closest to a mistyped one: Levenshtein (1966), by characters, case ignored. Pure.

use strsim::levenshtein;

/// Longest text that is compared; what is longer is no typing mistake.
const LONGEST: usize = 128;

/// Up to `most` of `known` closest to `word`, best first; none that has little in common with it. A part of a path counts
/// like the whole: `gem` is close to `pareval/dense_la/gemm`.
pub(super) fn nearest<'a>(
    word: &str,
    known: impl IntoIterator<Item = &'a str>,
    most: usize,
) -> Vec<&'a str> {
    let word = lower(word);
    let length = word.chars().count();
    if length == 0 || length > LONGEST {
        return Vec::new();
    }
    let allowed = 1 + length / 3;
    let mut close: Vec<(usize, &str)> = known
        .into_iter()
        .filter_map(|candidate| {
            let ends = candidate
                .match_indices('/')
                .filter_map(|(at, _)| candidate.get(at + 1..))
                .chain([candidate]);
            let best = ends
                .flat_map(|tail| {
                    let tail = lower(tail);
                    let first = tail.split('/').next().unwrap_or(&tail);
                    [levenshtein(&word, &tail), levenshtein(&word, first)]
                })
                .min()?;
            (best <= allowed).then_some((best, candidate))
        })
        .collect();
    close.sort();
    close.into_iter().map(|(_, id)| id).take(most).collect()
}

fn lower(text: &str) -> String {
    text.chars()
        .flat_map(char::to_lowercase)
        .take(LONGEST + 1)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistyped_ids_names_and_parts_find_their_problem() {
        let known = [
            "pareval/dense_la/gemm",
            "pareval/fft/dft",
            "pareval/scan/sum",
        ];
        for (word, id) in [
            ("pareval/dense_la/gem", known[0]),
            ("gemv", known[0]),
            ("dense_al", known[0]),
            ("DFT", known[1]),
        ] {
            assert_eq!(nearest(word, known, 3).first(), Some(&id), "{word}");
        }
        assert_eq!(nearest("something else entirely", known, 3), [""; 0]);
        assert_eq!(nearest("", known, 3), [""; 0]);
        assert_eq!(nearest(&"x".repeat(5000), known, 3), [""; 0]);
    }
}

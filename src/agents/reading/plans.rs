//! What the baselines' answers hold beside code: recalled exemplars, plans with a confidence, reflections. Pure, tolerant
//! of every form models give them, never panics.
//! Papers: Islam et al., "MapCoder", ACL 2024; Shinn et al., "Reflexion", NeurIPS 2023.

use super::{Reading, cleaned, fences};
use crate::domain::ask::{AnswerExtra, Defect};
use crate::text::head;

/// Most exemplars that are read.
const EXEMPLARS: usize = 16;
/// Most of an exemplar, a plan or a reflection that is kept, in bytes.
const NOTE_BYTES: usize = 6 * 1024;
/// How far behind the word its number may stand, in bytes.
const REACH: usize = 60;

/// Reads recalled exemplars, at most `count`. An answer without any heading is one exemplar.
pub(crate) fn recall(raw: &str, count: u16) -> Reading {
    let mut reading = cleaned(raw);
    let most = usize::from(count).clamp(1, EXEMPLARS);
    let mut exemplars: Vec<String> = sections(&reading.text).map(bounded).collect();
    exemplars.retain(|text| !text.is_empty());
    exemplars.truncate(most);
    reading.prose = bounded(&reading.text);
    reading.found = AnswerExtra::Exemplars(exemplars);
    reading
}

/// Reads a plan with its confidence.
pub(crate) fn plan(raw: &str) -> Reading {
    let mut reading = cleaned(raw);
    if let Some(percent) = confidence(&reading.text) {
        reading.found = AnswerExtra::Confidence(percent);
    }
    reading.prose = bounded(&reading.text);
    reading
}

/// Reads a reflection: the words, without any code.
pub(crate) fn reflection(raw: &str) -> Reading {
    let mut reading = cleaned(raw);
    if reading.text.trim().is_empty() {
        return reading;
    }
    reading.prose = bounded(&fences::parts(&reading.text).around);
    if reading.prose.is_empty() {
        reading.defects.push(Defect::Empty);
    }
    reading
}

fn bounded(text: &str) -> String {
    head(text.trim(), NOTE_BYTES).trim_end().to_owned()
}

/// How a line may begin an exemplar, the surest sign first.
const SIGNS: [fn(&str) -> bool; 3] = [named, heading, numbered];

/// The parts of a text by the surest sign that any line outside of code gives; without one the whole text. What stands
/// before the first such line is an introduction and no part.
fn sections(text: &str) -> impl Iterator<Item = &str> {
    let starts = SIGNS
        .iter()
        .map(|sign| starts(text, sign))
        .find(|starts| !starts.is_empty())
        .unwrap_or_else(|| vec![0]);
    let ends: Vec<usize> = starts.iter().skip(1).copied().chain([text.len()]).collect();
    starts
        .into_iter()
        .zip(ends)
        .map(|(from, to)| &text[from..to])
}

/// Where the lines with the sign begin.
fn starts(text: &str, sign: &dyn Fn(&str) -> bool) -> Vec<usize> {
    let mut starts = Vec::new();
    let (mut at, mut in_code) = (0, false);
    for line in text.split_inclusive('\n') {
        let trimmed = line.trim();
        if trimmed.starts_with("```") || trimmed.starts_with("~~~") {
            in_code = !in_code;
        } else if !in_code && sign(trimmed) {
            starts.push(at);
        }
        at += line.len();
    }
    starts
}

/// `### Exemplar 2: …`, `**Example 2**`, `Problem #2`, `<exemplar>`.
fn named(line: &str) -> bool {
    let line = line.trim_start_matches(|c: char| !c.is_alphanumeric());
    ["exemplar", "example", "problem", "technique"]
        .iter()
        .any(|word| {
            let Some(start) = line.get(..word.len()) else {
                return false;
            };
            let rest = line[word.len()..].trim_start_matches([' ', '#', '_', '-']);
            start.eq_ignore_ascii_case(word) && rest.starts_with(|c: char| c.is_ascii_digit())
        })
}

/// `## Loop interchange`.
fn heading(line: &str) -> bool {
    line.trim_start_matches('#').starts_with(' ') && line.starts_with('#')
}

/// `2. …` or `2) …`.
fn numbered(line: &str) -> bool {
    let rest = line
        .trim_start_matches('*')
        .trim_start_matches(|c: char| c.is_ascii_digit());
    let counted = line.trim_start_matches('*').len() - rest.len();
    (1..=2).contains(&counted) && rest.starts_with(['.', ')'])
}

/// The number behind the last "confidence" that has one, in percent: `85`, `85%`, `8.5/10`, `0.85`.
fn confidence(text: &str) -> Option<u8> {
    let lower = text.to_ascii_lowercase();
    let places: Vec<usize> = lower.match_indices("confiden").map(|(at, _)| at).collect();
    places.into_iter().rev().find_map(|at| {
        let rest = head(&lower[at..], REACH);
        let digits = rest.find(|c: char| c.is_ascii_digit())?;
        let number: String = rest[digits..]
            .chars()
            .take_while(|c| c.is_ascii_digit() || *c == '.')
            .collect();
        let behind = rest[digits + number.len()..].trim_start();
        let value: f64 = number.trim_end_matches('.').parse().ok()?;
        let out_of = behind.strip_prefix('/').or(behind.strip_prefix("out of"));
        let of: Option<f64> = out_of.and_then(|rest| {
            let digits = rest.trim_start();
            let end = digits
                .find(|c: char| !c.is_ascii_digit())
                .unwrap_or(digits.len());
            digits[..end].parse().ok()
        });
        let percent = match of {
            Some(of) if of > 0.0 => value / of * 100.0,
            _ if number.contains('.') && value <= 1.0 && !behind.starts_with('%') => value * 100.0,
            _ => value,
        };
        // saturates; never out of range
        Some(percent.round().clamp(0.0, 100.0) as u8)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn exemplars(raw: &str) -> Vec<String> {
        match recall(raw, 3).found {
            AnswerExtra::Exemplars(all) => all,
            _ => Vec::new(),
        }
    }

    #[test]
    fn exemplars_are_found_under_any_kind_of_heading() {
        let named = "Sure!\n### Exemplar 1: tiling\nBlocks.\n```cpp\n# Example 9\n```\n### Exemplar 2: hoisting\nOut.\n";
        assert_eq!(
            exemplars(named),
            [
                "### Exemplar 1: tiling\nBlocks.\n```cpp\n# Example 9\n```",
                "### Exemplar 2: hoisting\nOut."
            ]
        );
        assert_eq!(exemplars("**Problem #1**\na\n**Problem #2**\nb").len(), 2);
        assert_eq!(
            exemplars("## Tiling\na\n## Hoisting\nb"),
            ["## Tiling\na", "## Hoisting\nb"]
        );
        assert_eq!(exemplars("1. tile\n2. hoist\n3. sort\n4. more").len(), 3);
        assert_eq!(exemplars("Just tile it."), ["Just tile it."]);
        assert_eq!(exemplars(" \n"), Vec::<String>::new());
    }

    #[test]
    fn a_confidence_is_read_however_it_is_written() {
        let told = |text: &str| match plan(text).found {
            AnswerExtra::Confidence(percent) => Some(percent),
            _ => None,
        };
        for (text, percent) in [
            ("1. Swap.\nConfidence: 85", Some(85)),
            ("**Confidence:** 90%", Some(90)),
            ("Confidence: 0.85", Some(85)),
            ("confidence (0-100)... none\nCONFIDENCE = 8/10", Some(80)),
            ("I am 70 confident. Confidence: 7 out of 10.", Some(70)),
            ("Confidence: 1", Some(1)),
            ("Confidence: 100.", Some(100)),
            ("Confidence: 99999999999999999999", Some(100)),
            ("Confidence: 3/0", Some(3)),
            ("Confidence: high", None),
            ("Swap the loops.", None),
        ] {
            assert_eq!(told(text), percent, "{text}");
        }
    }

    #[test]
    fn a_reflection_is_its_words_alone() {
        let reading = reflection("I read past the end.\n```cpp\nint a;\n```\nNext time I stop.");
        assert_eq!(reading.prose, "I read past the end.\nNext time I stop.");
        assert_eq!(reflection("```cpp\nint a;\n```").defects, [Defect::Empty]);
        assert_eq!(reflection("").defects, [Defect::Empty]);
    }

    proptest! {
        #[test]
        fn nothing_makes_the_readers_panic_or_grow(raw in "\\PC{0,200}|(confidence|exemplar|example|[0-9./ %#\n`*é]){0,60}") {
            let found = exemplars(&raw);
            prop_assert!(found.len() <= 3);
            prop_assert!(plan(&raw).prose.len() <= NOTE_BYTES);
            prop_assert!(reflection(&raw).prose.len() <= raw.len());
        }
    }
}

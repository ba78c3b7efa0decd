//! Answers in the forms that models write, each with the reading that a careful person would give it: `tests/answers/`.
//!
//! A file is a list of pieces, each begun by a line with `@@@`: `text NAME` for use in others as `{{NAME}}` (or
//! `{{NAME>3}}`, three columns in), `given NAME form=… …` for what an ask is about, `answer NAME given=…` for an answer,
//! and after it what is to be read: `code`, `code = NAME`, `none` or `prose`; `says A | B` lists what the defects must tell,
//! `clean` that there are none.

use std::collections::BTreeMap;
use std::path::Path;

use super::*;
use crate::domain::ask::Regions;

/// Fewer answers than this are no corpus.
const FEWEST: usize = 120;

#[derive(Default)]
struct Piece {
    words: Vec<String>,
    text: String,
}

impl Piece {
    fn option(&self, name: &str) -> Option<&str> {
        let start = format!("{name}=");
        self.words
            .iter()
            .find_map(|word| word.strip_prefix(start.as_str()))
    }
}

fn pieces(file: &str) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    for line in file.split_inclusive('\n') {
        if let Some(head) = line.strip_prefix("@@@ ") {
            pieces.push(Piece {
                words: head.split_whitespace().map(str::to_owned).collect(),
                text: String::new(),
            });
        } else if let Some(piece) = pieces.last_mut() {
            piece.text.push_str(line);
        }
    }
    pieces
}

/// With texts in the place of their names.
fn filled(text: &str, texts: &BTreeMap<String, String>) -> String {
    let mut out = String::new();
    for line in text.split_inclusive('\n') {
        let Some((before, rest)) = line
            .split_once("{{")
            .filter(|(_, rest)| rest.contains("}}"))
        else {
            out.push_str(line);
            continue;
        };
        let (name, after) = rest.split_once("}}").unwrap();
        let (name, indent) = match name.split_once('>') {
            Some((name, indent)) => (name, indent.parse().unwrap()),
            None => (name, 0),
        };
        let text = texts.get(name).unwrap_or_else(|| panic!("no text {name}"));
        out.push_str(before);
        let shifted: Vec<String> = text
            .lines()
            .map(|line| match line.is_empty() {
                true => String::new(),
                false => format!("{}{line}", " ".repeat(indent)),
            })
            .collect();
        out.push_str(&shifted.join("\n"));
        out.push_str(after);
    }
    out
}

fn read(given: &Piece, raw: &str) -> Reading {
    let entry = given.option("entry").unwrap_or("");
    match given.option("form").unwrap() {
        "cpp" => function(raw, &given.text, entry),
        "python" => python(raw, entry),
        "lesson" => lesson(raw),
        "region" => {
            let names = given.option("regions").unwrap_or("part");
            let files = given.option("files").unwrap_or("calc.py");
            let place = |(name, file): (&str, &str)| (name.to_owned(), file.to_owned());
            let about = Regions {
                language: given.option("language").unwrap_or("python").to_owned(),
                places: names
                    .split(',')
                    .zip(files.split(',').cycle())
                    .map(place)
                    .collect(),
                context: given
                    .option("context")
                    .unwrap_or("")
                    .replace('~', "\n")
                    .replace('_', " "),
            };
            regions(raw, &given.text, &about, entry)
        }
        other => panic!("no form {other}"),
    }
}

/// What is wrong with the reading of an answer; nothing if it is right.
fn wrong(reading: &Reading, expected: &[Piece], texts: &BTreeMap<String, String>) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut told: String = reading
        .defects
        .iter()
        .map(|defect| format!("{}\n", defect.words()))
        .collect();
    if let AnswerExtra::Unapplied(why) = &reading.found {
        told.push_str(why);
    }
    for piece in expected {
        let words: Vec<&str> = piece.words.iter().map(String::as_str).collect();
        match words.as_slice() {
            ["code", rest @ ..] => {
                let code = match rest {
                    ["=", name] => texts[*name].clone(),
                    _ => filled(&piece.text, texts),
                };
                if reading.code.as_deref() != Some(code.as_str()) {
                    wrong.push(format!("code is {:#?}, not {code:#?}", reading.code));
                }
            }
            ["none"] if reading.code.is_some() => {
                wrong.push(format!("there is code: {:#?}", reading.code))
            }
            ["none"] => {}
            ["prose"] if reading.prose != piece.text.trim_end() => {
                wrong.push(format!("prose is {:?}", reading.prose));
            }
            ["prose"] => {}
            ["clean"] if !reading.defects.is_empty() => wrong.push("it is not clean".to_owned()),
            ["clean"] => {}
            ["says", rest @ ..] => {
                for part in rest.join(" ").split(" | ") {
                    if !told.contains(part) {
                        wrong.push(format!("`{part}` is not told"));
                    }
                }
            }
            other => panic!("{other:?}"),
        }
    }
    if !wrong.is_empty() {
        wrong.push(format!("told: {told}"));
    }
    wrong
}

#[test]
fn every_answer_of_the_corpus_is_read_as_a_careful_person_would() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/answers");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    let (mut count, mut bad) = (0, Vec::new());
    for file in files {
        let mut texts = BTreeMap::new();
        let mut givens: BTreeMap<String, Piece> = BTreeMap::new();
        let mut open: Option<(String, Piece, Vec<Piece>)> = None;
        let text = std::fs::read_to_string(&file).unwrap();
        let mut ended = Vec::new();
        for mut piece in pieces(&text) {
            let name = piece.words.get(1).cloned().unwrap_or_default();
            match piece.words[0].as_str() {
                "text" => {
                    let text = filled(&piece.text, &texts);
                    texts.insert(name, text);
                }
                "given" => {
                    piece.text = filled(&piece.text, &texts);
                    givens.insert(name, piece);
                }
                "answer" => {
                    ended.extend(open.take());
                    open = Some((name, piece, Vec::new()));
                }
                _ => open.as_mut().unwrap().2.push(piece),
            }
        }
        ended.extend(open.take());
        for (name, answer, expected) in ended {
            count += 1;
            let raw = filled(&answer.text, &texts);
            let raw = match answer.option("ends") {
                Some("crlf") => raw.replace('\n', "\r\n"),
                Some("cr") => raw.replace('\n', "\r"),
                Some("none") => raw.trim_end().to_owned(),
                _ => raw,
            };
            let given = answer.option("given").unwrap_or_else(|| panic!("{name}"));
            let reading = read(&givens[given], &raw);
            assert!(!expected.is_empty(), "{name} expects nothing");
            let wrong = wrong(&reading, &expected, &texts);
            if !wrong.is_empty() {
                bad.push(format!(
                    "{} {name}:\n  {}",
                    file.file_name().unwrap().display(),
                    wrong.join("\n  ")
                ));
            }
        }
    }
    assert!(count >= FEWEST, "only {count} answers");
    let share = 100.0 * (count - bad.len()) as f64 / count as f64;
    assert!(
        bad.is_empty(),
        "{share:.1} % of {count} are read right; not these:\n{}",
        bad.join("\n")
    );
}

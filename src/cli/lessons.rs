//! `lessonl lessons`: the bank of lessons that outlive their runs. What is imported is somebody's text: bounded, stripped
//! of what is not text, staged until the person accepts it, and its figures are never taken for ours.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::args::LessonsCommand;
use super::compose::House;
use super::gather::{accept_by_worth, arms, gather};
use super::output::{self, Halt};
use crate::bank::{self, mint};
use crate::domain::carried::{BankedLesson, Sighting, Standing, StandingBy};
use crate::domain::measurement::ratio;
use crate::domain::problem::ProblemId;
use crate::failure::{Failure, FailureKind};
use crate::reports::ledger::Worth;
use crate::reports::table::{Table, one_line};
use crate::store::bank::{self as stored, Told};

/// Version of the exported form. A reader refuses a newer one.
const VERSION: u16 = 1;
/// Largest file that is read, bytes.
const LARGEST: u64 = 64 << 20;
/// Longest line of it, bytes.
const LONGEST: usize = 256 << 10;
/// Most lessons in it.
const MOST: usize = 100_000;
/// Most sightings of one lesson that are kept of it.
const SIGHTINGS: usize = 32;
/// Longest name in a sighting, characters.
const NAME: usize = 120;

/// A line of an exported bank.
#[derive(Debug, Serialize, Deserialize)]
struct Line {
    v: u16,
    #[serde(flatten)]
    lesson: BankedLesson,
}

/// Runs it. Returns the exit code.
pub(super) fn lessons(house: &House, command: Option<&LessonsCommand>) -> Result<u8, Halt> {
    let database = house.database();
    if database.exists() {
        gather(&database)?;
    }
    let Some(command) = command else {
        return list(&database, None, None, false);
    };
    match command {
        LessonsCommand::List {
            standing,
            category,
            json,
        } => list(&database, *standing, category.as_deref(), *json),
        LessonsCommand::Show { key } => show(&one(&database, key)?),
        LessonsCommand::Export { standing } => export(&database, *standing),
        LessonsCommand::Import { file } => import(&database, file),
        LessonsCommand::Accept { keys } => decide(&database, keys, Standing::Accepted),
        LessonsCommand::Reject { keys } => decide(&database, keys, Standing::Rejected),
        LessonsCommand::Merge { key, into } => merge(&database, key, into),
    }
}

/// What a lesson is worth, as far as that was measured.
pub(super) fn worth(lesson: &BankedLesson) -> Worth {
    let (with, without) = arms(lesson);
    Worth::of(with, without)
}

/// The sighting that stands for a lesson in a line: where it was learned, ours before others'.
fn first(lesson: &BankedLesson) -> Option<&Sighting> {
    let learned = || lesson.sightings.iter().filter(|s| !s.carried);
    learned().find(|s| !s.imported).or_else(|| learned().next())
}

fn list(
    database: &Path,
    standing: Option<Standing>,
    category: Option<&str>,
    as_json: bool,
) -> Result<u8, Halt> {
    let mut lessons = stored::list(database, standing).map_err(Failure::from)?;
    if let Some(category) = category {
        lessons.retain(|l| l.sightings.iter().any(|s| s.category == category));
    }
    if as_json {
        output::json(&lessons.iter().map(object).collect())?;
        return Ok(0);
    }
    if lessons.is_empty() {
        output::note(
            "No lessons here. Runs teach them; `lessonl lessons import FILE` brings some.",
        );
        return Ok(0);
    }
    let mut table = Table::new(&["key", "standing", "seen", "worth", "learned on", "lesson"]);
    for lesson in &lessons {
        let first = first(lesson);
        table.push(vec![
            lesson.key.clone(),
            match lesson.by {
                StandingBy::Nobody => lesson.standing.word().to_owned(),
                by => format!("{} by {}", lesson.standing.word(), by.word()),
            },
            lesson
                .sightings
                .iter()
                .filter(|s| !s.carried)
                .count()
                .to_string(),
            worth(lesson).words(),
            first.map_or_else(String::new, |s| s.problem.to_string()),
            cut(&one_line(&lesson.text), 100),
        ]);
    }
    output::print(&table.aligned())?;
    let staged = lessons.iter().filter(|l| l.standing == Standing::Staged);
    let staged = staged.count();
    if staged > 0 {
        output::note(&format!(
            "{staged} staged: no run uses them until you accept them: `lessonl lessons accept KEY …`, or on the Bank screen."
        ));
    }
    Ok(0)
}

fn object(lesson: &BankedLesson) -> Value {
    let (with, without) = arms(lesson);
    json!({
        "key": lesson.key,
        "text": lesson.text,
        "standing": lesson.standing,
        "by": lesson.by,
        "with": with,
        "without": without,
        "worth": worth(lesson),
        "sightings": lesson.sightings,
    })
}

fn show(lesson: &BankedLesson) -> Result<u8, Halt> {
    let (with, without) = arms(lesson);
    output::line(&format!(
        "{} {} (decided by {})\n{}\n\nworth: {} ({} prompts with it, {} held out)\n",
        lesson.key,
        lesson.standing.word(),
        lesson.by.word(),
        one_line(&lesson.text),
        worth(lesson).words(),
        with.count,
        without.count
    ))?;
    let mut table = Table::new(&[
        "source", "lesson", "problem", "mode", "outcome", "speedup", "factor", "author",
        "compiler", "CPU",
    ]);
    for seen in &lesson.sightings {
        let source = match (seen.imported, seen.carried) {
            (true, _) => format!("{} (imported)", seen.source),
            (_, true) => format!("{} (carried there)", seen.source),
            _ => seen.source.clone(),
        };
        table.push(vec![
            source,
            seen.lesson.clone(),
            seen.problem.to_string(),
            seen.mode.to_string(),
            seen.outcome.word().to_owned(),
            match seen.speedup > 0.0 {
                true => format!("{}×", ratio(seen.speedup)),
                false => "–".to_owned(),
            },
            format!("{:.2}", seen.factor),
            seen.author.clone(),
            seen.compiler.clone(),
            seen.cpu.clone(),
        ]);
    }
    output::print(&table.aligned())?;
    Ok(0)
}

fn export(database: &Path, standing: Option<Standing>) -> Result<u8, Halt> {
    for lesson in stored::list(database, standing).map_err(Failure::from)? {
        let line = Line { v: VERSION, lesson };
        let text = serde_json::to_string(&line).map_err(|error| {
            Failure::new(
                FailureKind::Internal,
                format!("a lesson has no JSON form: {error}"),
            )
        })?;
        output::line(&text)?;
    }
    Ok(0)
}

fn import(database: &Path, file: &Path) -> Result<u8, Halt> {
    let failed = |why: String| {
        Failure::new(FailureKind::Usage, format!("{}: {why}", file.display()))
            .hint("Give a file that `lessonl lessons export` wrote.")
    };
    let opened = std::fs::File::open(file).map_err(|error| failed(error.to_string()))?;
    let mut text = String::new();
    opened
        .take(LARGEST + 1)
        .read_to_string(&mut text)
        .map_err(|error| failed(error.to_string()))?;
    if text.len() as u64 > LARGEST {
        return Err(failed(format!("larger than {} MB", LARGEST >> 20)).into());
    }
    let name = file
        .file_name()
        .map_or_else(String::new, |n| n.to_string_lossy().into_owned());
    let lessons = parse(&text, &name).map_err(failed)?;
    stored::import(database, &lessons).map_err(Failure::from)?;
    let mut keys: Vec<&str> = lessons.iter().map(|l| l.key.as_str()).collect();
    keys.sort_unstable();
    keys.dedup();
    output::note(&format!(
        "{} lessons are staged. `lessonl lessons list --standing staged` shows them; `lessonl lessons accept KEY …` lets runs draw on them.",
        keys.len()
    ));
    Ok(0)
}

/// The lessons of an exported bank. Nothing in it is believed: keys are made anew, standings are staged, names bounded.
fn parse(text: &str, name: &str) -> Result<Vec<Told>, String> {
    let mut told = Vec::new();
    let mut names: BTreeMap<(String, u16, String), u32> = BTreeMap::new();
    let lines = text
        .lines()
        .zip(1..)
        .filter(|(line, _)| !line.trim().is_empty());
    for (line, at) in lines {
        if at > MOST {
            return Err(format!("more than {MOST} lessons"));
        }
        if line.len() > LONGEST {
            return Err(format!("line {at}: longer than {} kB", LONGEST >> 10));
        }
        let Line { v, lesson } =
            serde_json::from_str(line).map_err(|error| format!("line {at}: {error}"))?;
        if v > VERSION {
            return Err(format!("line {at}: written by a newer lessonl"));
        }
        let text = mint::bounded(&one_line(&lesson.text))
            .ok_or_else(|| format!("line {at}: a lesson without text"))?;
        let seen = lesson.sightings.into_iter().filter(|s| !s.carried);
        let before = told.len();
        for sighting in seen.take(SIGHTINGS) {
            let mut sighting = checked(sighting, name)
                .ok_or_else(|| format!("line {at}: a sighting that cannot be"))?;
            // no line takes another one's place, whatever it calls itself
            let place = (
                sighting.source.clone(),
                sighting.unit,
                sighting.lesson.clone(),
            );
            let before = names.entry(place).or_default();
            if *before > 0 {
                sighting.lesson = format!("{} #{before}", sighting.lesson);
            }
            *before += 1;
            told.push(Told {
                key: bank::key(&text),
                text: text.clone(),
                standing: Standing::Staged,
                sighting,
            });
        }
        if told.len() == before {
            return Err(format!("line {at}: a lesson that was learned nowhere"));
        }
    }
    Ok(told)
}

/// A sighting as it is taken from a file; `None` where it cannot be.
fn checked(sighting: Sighting, name: &str) -> Option<Sighting> {
    let figure = |value: f64| value.is_finite() && (0.0..=1e9).contains(&value);
    if !figure(sighting.speedup) || !figure(sighting.factor) {
        return None;
    }
    let bounded = |text: &str| cut(&one_line(text), NAME);
    Some(Sighting {
        source: bounded(&format!("{name}: {}", sighting.source)),
        lesson: bounded(&sighting.lesson),
        unit: sighting.unit,
        imported: true,
        carried: false,
        problem: ProblemId::new(sighting.problem.as_str()).ok()?,
        category: bounded(&sighting.category),
        compiler: bounded(&sighting.compiler),
        cpu: bounded(&sighting.cpu),
        author: bounded(&sighting.author),
        with: Default::default(),
        without: Default::default(),
        ..sighting
    })
}

fn cut(text: &str, longest: usize) -> String {
    match text.char_indices().nth(longest) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

/// The one lesson whose key begins with `text`.
fn one(database: &Path, text: &str) -> Result<BankedLesson, Failure> {
    let all = stored::list(database, None)?;
    let mut matching = all
        .into_iter()
        .filter(|l| !text.is_empty() && l.key.starts_with(text));
    match (matching.next(), matching.next()) {
        (Some(one), None) => Ok(one),
        (None, _) => Err(Failure::new(
            FailureKind::Usage,
            format!("there is no lesson `{}`", one_line(text)),
        )
        .hint("`lessonl lessons list` shows their keys.")),
        (Some(_), Some(_)) => Err(Failure::new(
            FailureKind::Usage,
            format!("`{}` names several lessons", one_line(text)),
        )
        .hint("Give more of the key.")),
    }
}

fn decide(database: &Path, keys: &[String], standing: Standing) -> Result<u8, Halt> {
    let lessons: Result<Vec<BankedLesson>, Failure> =
        keys.iter().map(|key| one(database, key)).collect();
    let lessons = lessons?;
    let keys: Vec<String> = lessons.iter().map(|l| l.key.clone()).collect();
    stored::decide(database, &keys, standing, StandingBy::Person).map_err(Failure::from)?;
    for lesson in lessons {
        output::line(&format!(
            "{} {}: {}",
            lesson.key,
            standing.word(),
            cut(&one_line(&lesson.text), 100)
        ))?;
    }
    Ok(0)
}

fn merge(database: &Path, key: &str, into: &str) -> Result<u8, Halt> {
    let (lesson, target) = (one(database, key)?, one(database, into)?);
    if lesson.key == target.key {
        return Err(
            Failure::new(FailureKind::Usage, "a lesson cannot be merged into itself").into(),
        );
    }
    stored::merge(database, &lesson.key, &target.key).map_err(Failure::from)?;
    // what was seen of both may show a worth that neither did
    accept_by_worth(database)?;
    output::line(&format!(
        "{} counts as {} from now on.",
        lesson.key, target.key
    ))?;
    Ok(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"{"v":1,"key":"zz","text":"Tile \u001b[31mit.","standing":"accepted","by":"person","sightings":[{"source":"r1","unit":0,"lesson":"L-r0a0","problem":"p/c/one","category":"c","mode":"serial","compiler":"g++","cpu":"x","author":"a","outcome":"significant","speedup":2.5,"factor":1.1,"with":{"count":99,"sum":99.0,"squares":99.0},"without":{"count":99,"sum":0.0,"squares":1.0}}]}"#;

    #[test]
    fn nothing_of_an_imported_lesson_is_believed() {
        let told = parse(GOOD, "theirs.jsonl").unwrap().remove(0);
        assert_eq!(told.text, "Tile [31mit.");
        assert_eq!(told.key, bank::key("Tile [31mit."));
        assert_eq!(told.standing, Standing::Staged);
        assert_eq!(
            (told.sighting.with.count, told.sighting.imported),
            (0, true)
        );
        assert_eq!(told.sighting.source, "theirs.jsonl: r1");
    }

    #[test]
    fn lines_that_name_the_same_place_stay_apart() {
        let text = format!("{GOOD}\n{}", GOOD.replace("Tile", "Unroll"));
        let told = parse(&text, "f").unwrap();
        let places: Vec<&str> = told.iter().map(|t| t.sighting.lesson.as_str()).collect();
        assert_eq!(places, ["L-r0a0", "L-r0a0 #1"]);
    }

    #[test]
    fn what_cannot_be_is_refused_with_its_line() {
        let cases = [
            (
                GOOD.replace("\"v\":1", "\"v\":2"),
                "line 1: written by a newer lessonl",
            ),
            (
                GOOD.replace("p/c/one", "../etc"),
                "line 1: a sighting that cannot be",
            ),
            (
                GOOD.replace("2.5", "-1"),
                "line 1: a sighting that cannot be",
            ),
            (
                GOOD.replace("Tile \\u001b[31mit.", " "),
                "line 1: a lesson without text",
            ),
            (format!("{GOOD}\n{{\"v\":1}}"), "line 2: missing field"),
            (
                format!("\"{}\"", "x".repeat(LONGEST)),
                "line 1: longer than 256 kB",
            ),
        ];
        for (text, expected) in cases {
            let got = parse(&text, "f").unwrap_err();
            assert!(got.starts_with(expected), "{got}");
        }
        assert!(parse("", "f").unwrap().is_empty());
    }
}

//! Recordings: a run's answers out of the store or a file, to repeat it or another strategy without paying; and writing
//! such a file. The file holds no key: variables are named, never read, and a key that a server echoed is taken out.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;

use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};

use super::args::RunArguments;
use super::compose::{House, variable};
use super::{export, keys};
use crate::agents::replay::{Missing, Recorded, RecordedReplies, RecordedReply, request};
use crate::domain::event::{Envelope, Fact};
use crate::domain::run::Run;
use crate::domain::spec::{Replay, RunSpec};
use crate::failure::{Failure, FailureKind};

/// Version of the file's form. A reader refuses a newer one.
const VERSION: u32 = 1;
/// Largest file we read, bytes.
const LARGEST: u64 = 1 << 30;
/// A key shorter than this may be an ordinary word, and is no secret.
const KEY_BYTES: usize = 8;

/// First line of a recording's file; the answers follow, one per line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Header {
    /// [`VERSION`] of the writer.
    lessonl_recording: u32,
    /// The run it was made of.
    run: String,
    /// What that run was.
    spec: RunSpec,
}

/// A run's specification with its answers.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Answers {
    /// What the run was.
    pub spec: RunSpec,
    /// What it was answered, in the order of asking.
    pub replies: Vec<Recorded>,
}

/// What a run of these arguments is to be answered from, if they say so.
pub(super) fn wanted(run: &RunArguments) -> Option<Replay> {
    let file = run.recorded.as_ref().map(|file| {
        let path = std::path::absolute(file).unwrap_or_else(|_| file.clone());
        path.display().to_string()
    });
    let from = run.replay_from.clone().or(file)?;
    Some(Replay {
        from,
        ask_missing: run.ask_missing,
    })
}

/// What answers come from, by a name that stays: `latest` is another run tomorrow, and the beginning of an id may be too.
///
/// # Errors
/// If there is no such run.
pub(super) fn named(house: &House, from: &str) -> Result<String, Failure> {
    match Path::new(from).is_file() {
        true => Ok(from.to_owned()),
        false => Ok(house.find(from)?.to_string()),
    }
}

/// The answers of a stored run, or of a file that `--record` or `export` wrote.
///
/// # Errors
/// If there is no such run, or the file cannot be read.
pub(super) fn read(house: &House, from: &str) -> Result<Answers, Failure> {
    let file = Path::new(from);
    if !file.is_file() {
        return answers(&house.archive().facts(&house.find(from)?)?);
    }
    match read_file(file)? {
        Some(answers) => Ok(answers),
        None => answers(&export::read(file)?),
    }
}

/// The answers in a run's facts.
fn answers(facts: &[Envelope]) -> Result<Answers, Failure> {
    let Some(Run { spec, .. }) = facts.first().and_then(Run::begin) else {
        return Err(Failure::new(
            FailureKind::Usage,
            "this recording does not begin with a run's start",
        )
        .hint("Give a run's id, or a file written by --record or `lessonl export`."));
    };
    let mut prompts = std::collections::BTreeMap::new();
    let mut replies = Vec::new();
    for envelope in facts {
        let (unit, ask, reply) = match &envelope.fact {
            Fact::AskSent {
                unit, ask, prompt, ..
            } => {
                prompts.insert((*unit, *ask), prompt);
                continue;
            }
            Fact::AnswerReceived { unit, ask, answer } => {
                (unit, ask, RecordedReply::Answer(Box::new(answer.clone())))
            }
            Fact::AskFailed { unit, ask, failure } => {
                (unit, ask, RecordedReply::Failure(failure.clone()))
            }
            _ => continue,
        };
        let of = spec.units.get(usize::from(unit.0));
        let agent = spec.team.get(ask.agent().index());
        if let (Some(of), Some(agent), Some(prompt)) = (of, agent, prompts.get(&(*unit, *ask))) {
            replies.push(Recorded {
                request: request(&agent.kind, ask.purpose, prompt),
                problem: of.problem.to_string(),
                mode: of.mode,
                ask: *ask,
                reply,
            });
        }
    }
    Ok(Answers { spec, replies })
}

/// What the agents of a run with this specification are answered from.
pub(super) fn recording(
    house: &House,
    spec: &RunSpec,
    replay: &Replay,
) -> Result<RecordedReplies, Failure> {
    let answers = read(house, &replay.from)?;
    let places = spec
        .units
        .iter()
        .map(|unit| (unit.problem.to_string(), unit.mode));
    let missing = match replay.ask_missing {
        true => Missing::IsAsked,
        false => Missing::Fails,
    };
    let name = Path::new(&replay.from).file_name();
    let name = name.map_or(replay.from.clone(), |name| {
        name.to_string_lossy().into_owned()
    });
    Ok(RecordedReplies::new(
        name,
        missing,
        places.collect(),
        answers.replies,
    ))
}

/// Checks that a recording can be written here, before a run is paid for.
///
/// # Errors
/// If it cannot.
pub(super) fn check_writable(file: &Path) -> Result<(), Failure> {
    let opened = fs::OpenOptions::new().append(true).create(true).open(file);
    opened.map(drop).map_err(|error| unwritable(file, &error))
}

/// Writes a stored run's answers.
///
/// # Errors
/// If the file cannot be written.
pub(super) fn write(
    house: &House,
    run: &crate::domain::id::RunId,
    file: &Path,
) -> Result<(), Failure> {
    let Answers { spec, replies } = answers(&house.archive().facts(run)?)?;
    // a key whose place is gone cannot stand in an answer either
    let keys = keys::of_team(&spec.team, &variable).unwrap_or_default();
    let keys: Vec<String> = keys
        .values()
        .map(|key| key.expose_secret().trim().to_owned())
        .filter(|key| key.len() >= KEY_BYTES)
        .collect();
    let header = Header {
        lessonl_recording: VERSION,
        run: run.to_string(),
        spec,
    };
    let text = text(&header, &replies).map_err(|error| {
        Failure::new(
            FailureKind::Internal,
            format!("an answer has no JSON form: {error}"),
        )
    })?;
    let text = keys
        .iter()
        .fold(text, |text, key| text.replace(key, "[key]"));
    fs::File::create(file)
        .and_then(|mut opened| opened.write_all(text.as_bytes()))
        .map_err(|error| unwritable(file, &error))
}

fn unwritable(file: &Path, error: &std::io::Error) -> Failure {
    Failure::new(
        FailureKind::Environment,
        format!("{} cannot be written: {error}", file.display()),
    )
    .hint("Give another file for --record.")
}

fn text(header: &Header, replies: &[Recorded]) -> serde_json::Result<String> {
    let mut text = serde_json::to_string(header)?;
    text.push('\n');
    for recorded in replies {
        text.push_str(&serde_json::to_string(recorded)?);
        text.push('\n');
    }
    Ok(text)
}

/// The answers in a file that `--record` wrote; `None` if it is another kind of file.
fn read_file(file: &Path) -> Result<Option<Answers>, Failure> {
    let failed = |why: String| {
        Failure::new(FailureKind::Usage, format!("{}: {why}", file.display()))
            .hint("Give a file that --record wrote.")
    };
    let opened = fs::File::open(file).map_err(|error| failed(error.to_string()))?;
    let mut lines = BufReader::new(opened.take(LARGEST)).lines().zip(1..);
    let Some((first, _)) = lines.next() else {
        return Err(failed("it is empty".to_owned()));
    };
    let first = first.map_err(|error| failed(error.to_string()))?;
    let value: serde_json::Value =
        serde_json::from_str(&first).map_err(|error| failed(format!("line 1: {error}")))?;
    match value["lessonl_recording"].as_u64() {
        None => return Ok(None),
        Some(newer) if newer > u64::from(VERSION) => {
            return Err(failed("written by a newer lessonl".to_owned()));
        }
        Some(_) => {}
    }
    let header: Header =
        serde_json::from_value(value).map_err(|error| failed(format!("line 1: {error}")))?;
    let replies = lines.map(|(line, at)| {
        let line = line.map_err(|error| failed(format!("line {at}: {error}")))?;
        serde_json::from_str(&line).map_err(|error| failed(format!("line {at}: {error}")))
    });
    Ok(Some(Answers {
        spec: header.spec,
        replies: replies.collect::<Result<_, Failure>>()?,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recorded() -> Vec<Envelope> {
        include_str!("../../tests/fixtures/recorded-run.jsonl")
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    #[test]
    fn a_file_holds_what_was_recorded_and_a_newer_one_is_refused() {
        let Answers { spec, replies } = answers(&recorded()).unwrap();
        assert_eq!(replies.len(), 3);
        let header = Header {
            lessonl_recording: VERSION,
            run: "r".to_owned(),
            spec: spec.clone(),
        };
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("run.rec");
        let written = text(&header, &replies).unwrap();
        fs::write(&file, &written).unwrap();
        assert_eq!(read_file(&file).unwrap(), Some(Answers { spec, replies }));
        let newer = written.replacen("\"lessonl_recording\":1", "\"lessonl_recording\":2", 1);
        fs::write(&file, newer).unwrap();
        assert!(read_file(&file).unwrap_err().message.contains("newer"));
        fs::write(
            &file,
            include_str!("../../tests/fixtures/recorded-run.jsonl"),
        )
        .unwrap();
        assert_eq!(read_file(&file).unwrap(), None);
    }
}

//! `lessonl export`: a stored run's facts as JSON Lines; and reading such a file back.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use super::args::ExportArguments;
use super::compose::House;
use super::output::{self, Halt};
use super::samples;
use crate::domain::event::{Envelope, FACT_VERSION};
use crate::domain::run::Run;
use crate::failure::{Failure, FailureKind};

/// Largest exported run we read, bytes.
const LARGEST: u64 = 1 << 30;

/// Runs it. Returns the exit code.
pub(super) fn export(house: &House, wanted: &ExportArguments) -> Result<u8, Halt> {
    let id = house.find(&wanted.id)?;
    if let Some(file) = &wanted.samples {
        let facts = house.archive().facts(&id).map_err(Failure::from)?;
        let run = Run::fold(&facts).ok_or_else(|| {
            let text = format!("run {id} does not begin with its start");
            Failure::new(FailureKind::Usage, text)
        })?;
        return samples::write(&run, file);
    }
    for envelope in house.archive().facts(&id).map_err(Failure::from)? {
        let text = serde_json::to_string(&envelope).map_err(|error| {
            Failure::new(
                FailureKind::Internal,
                format!("fact {} has no JSON form: {error}", envelope.seq),
            )
        })?;
        output::line(&text)?;
    }
    Ok(0)
}

/// The facts of an exported run.
///
/// # Errors
/// If the file cannot be read or a line is no fact: the error names the line.
pub(super) fn read(file: &Path) -> Result<Vec<Envelope>, Failure> {
    let failed = |why: String| {
        Failure::new(FailureKind::Usage, format!("{}: {why}", file.display()))
            .hint("Give a file that `lessonl export` wrote.")
    };
    let opened = std::fs::File::open(file).map_err(|error| failed(error.to_string()))?;
    let mut facts = Vec::new();
    for (line, at) in BufReader::new(opened.take(LARGEST)).lines().zip(1..) {
        let line = line.map_err(|error| failed(format!("line {at}: {error}")))?;
        let envelope: Envelope =
            serde_json::from_str(&line).map_err(|error| failed(format!("line {at}: {error}")))?;
        if envelope.v > FACT_VERSION {
            return Err(failed(format!("line {at}: written by a newer lessonl")));
        }
        facts.push(envelope);
    }
    Ok(facts)
}

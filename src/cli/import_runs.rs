//! `lessonl import runs FILE…`: runs and comparisons that other machines stored or exported, into this database. Known
//! facts stay as they are; other ones under the same name are told and left out. The files are not changed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use super::compose::House;
use super::export;
use super::output::{self, Halt};
use crate::domain::event::Envelope;
use crate::domain::id::RunId;
use crate::failure::{Failure, FailureKind};
use crate::store::merge::{self, Merged, Writing};

/// Arguments of `import runs`.
#[derive(Debug, Clone, Args)]
pub(super) struct RunsFrom {
    /// Databases (lessonl.db, or the folder it is in), files that `lessonl export` or `run --json` printed
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// JSON on stdout, nothing else there
    #[arg(long)]
    pub json: bool,
}

/// Runs it. Returns the exit code.
pub(super) fn runs(house: &House, wanted: &RunsFrom) -> Result<u8, Halt> {
    let mut merged = Merged::default();
    let mut comparisons = 0;
    for file in &wanted.files {
        comparisons += one(house, file, &mut merged)?;
    }
    if wanted.json {
        let named = |runs: &[(RunId, u64)]| -> Vec<_> {
            let one = |(run, seq): &(RunId, u64)| json!({ "run": run, "seq": seq });
            runs.iter().map(one).collect()
        };
        output::json(&json!({
            "new": merged.new,
            "known": merged.known,
            "comparison_facts": comparisons,
            "conflicts": named(&merged.conflicts),
            "gaps": merged.gaps,
        }))?;
    } else {
        output::line(&format!(
            "{} facts of runs and {comparisons} of comparisons are new, {} were known",
            merged.new, merged.known
        ))?;
    }
    for (run, seq) in &merged.conflicts {
        output::note(&format!(
            "run {run}: another fact {seq} is stored here, so nothing of it was added from there on"
        ));
    }
    for run in &merged.gaps {
        output::note(&format!(
            "run {run}: facts are missing in between, so nothing was added behind the gap"
        ));
    }
    let sound = merged.conflicts.is_empty() && merged.gaps.is_empty();
    Ok(if sound {
        0
    } else {
        FailureKind::Usage.exit_code()
    })
}

/// Takes in one file; returns how many facts of comparisons are new.
fn one(house: &House, file: &Path, merged: &mut Merged) -> Result<u64, Failure> {
    let file = match file.is_dir() {
        true => file.join("lessonl.db"),
        false => file.to_owned(),
    };
    let ours = house.database();
    let whole = |path: &Path| path.canonicalize().ok();
    if whole(&file).is_some() && whole(&file) == whole(&ours) {
        return Err(
            Failure::new(FailureKind::Usage, "this is the database itself")
                .hint("Name one of another machine, or choose where to put it: --data-dir."),
        );
    }
    let mut writing = Writing::open(&ours)?;
    if !is_database(&file) {
        let mut runs: BTreeMap<RunId, Vec<Envelope>> = BTreeMap::new();
        for envelope in export::read(&file)? {
            runs.entry(envelope.run.clone()).or_default().push(envelope);
        }
        for (run, mut facts) in runs {
            facts.sort_by_key(|envelope| envelope.seq);
            merge::run(&mut writing, &run, &facts, merged)?;
        }
        return Ok(0);
    }
    let all = merge::other(&file, |run, facts| {
        merge::run(&mut writing, run, &facts, merged)
    })?;
    let mut new = 0;
    for facts in all {
        new += merge::comparison(&writing, &facts)?;
    }
    Ok(new)
}

/// Whether it is a database, by its first bytes.
fn is_database(file: &Path) -> bool {
    use std::io::Read as _;
    let mut head = [0; 15];
    std::fs::File::open(file)
        .and_then(|mut file| file.read_exact(&mut head))
        .is_ok_and(|()| &head == b"SQLite format 3")
}

//! `lessonl import`: makes problems of the person's own copy of a benchmark, or takes in runs of other machines. Broken ones are told on stderr, the rest is imported.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::json;

use super::compose::House;
use super::data_set::{DataSet, data_set};
use super::import_runs::{self, RunsFrom};
use super::output::{self, Halt};
use crate::failure::{Failure, FailureKind};
use crate::problems::dataset;
use crate::problems::import::{self, DriverDefects, ImportReport, Imported, Mending};
use crate::reports::table::{Table, one_line};

/// Arguments of `import`.
#[derive(Debug, Clone, Args)]
pub(super) struct ImportArguments {
    /// What to import
    #[command(subcommand)]
    pub what: What,
}

/// What can be imported.
#[derive(Debug, Clone, Subcommand)]
pub(super) enum What {
    /// The problems of a checkout of ParEval, or of the LessonL reference repository with its PolyBench
    Pareval(ParevalArguments),
    /// HumanEval, or EvalPlus' HumanEval+: writing Python from a description
    Humaneval(DataSet),
    /// MBPP, or EvalPlus' MBPP+: writing Python from a description
    Mbpp(DataSet),
    /// Runs and comparisons of other machines: their databases, or what `export` printed
    Runs(RunsFrom),
}

/// Arguments of `import pareval`.
#[derive(Debug, Clone, Args)]
pub(super) struct ParevalArguments {
    /// The checkout, as it was cloned
    #[arg(value_name = "DIR")]
    pub checkout: PathBuf,
    /// Folder to put the problems into [default: the data folder, where every command finds them]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Keep the known defects instead of repairing them, as a suite of its own
    #[arg(long)]
    pub as_released: bool,
    /// JSON on stdout, nothing else there
    #[arg(long)]
    pub json: bool,
}

/// Runs it. Returns the exit code.
pub(super) fn import(house: &House, wanted: &ImportArguments) -> Result<u8, Halt> {
    match &wanted.what {
        What::Pareval(wanted) => pareval(house, wanted),
        What::Humaneval(set) => data_set(house, dataset::Set::Humaneval, set),
        What::Runs(wanted) => import_runs::runs(house, wanted),
        What::Mbpp(set) => data_set(house, dataset::Set::Mbpp, set),
    }
}

fn pareval(house: &House, wanted: &ParevalArguments) -> Result<u8, Halt> {
    let own = house.configuration.paths.imported();
    let out = wanted.out.clone().unwrap_or_else(|| own.clone());
    let how = if wanted.as_released {
        DriverDefects::AsReleased
    } else {
        DriverDefects::Mended
    };
    let report = import::import(&wanted.checkout, &out, how).map_err(Failure::from)?;
    for error in &report.errors {
        output::note(&format!("left out: {}", Failure::from(error.clone())));
    }
    if report.imported.is_empty() {
        return Err(
            Failure::new(FailureKind::Usage, "nothing could be imported")
                .hint("Clone the repository again and import that.")
                .into(),
        );
    }
    if wanted.json {
        output::json(&object(&report, &out))?;
    } else {
        output::print(&table(&report, how).aligned())?;
        output::note(&format!(
            "Imported {} problems into {}.",
            report.imported.len(),
            out.display()
        ));
        let first = &report.imported[0].id;
        let hint = if out == own {
            format!("Try one: lessonl run {first}. All: lessonl problems.")
        } else {
            let named = std::path::absolute(&out).unwrap_or(out);
            format!(
                "Name it to find them: write benchmarks = [{:?}] into the configuration file, or run {}.",
                named.display().to_string(),
                named.join(first).display()
            )
        };
        output::note(&hint);
    }
    Ok(0)
}

/// What is done about a defect, in a word.
fn done(mending: Mending, how: DriverDefects) -> &'static str {
    match (mending, how) {
        (Mending::Harmless, _) => "without effect here",
        (Mending::Stays, _) | (_, DriverDefects::AsReleased) => "kept",
        (Mending::Mended, DriverDefects::Mended) => "repaired",
    }
}

fn table(report: &ImportReport, how: DriverDefects) -> Table {
    let mut table = Table::new(&["id", "defects as released"]);
    for Imported { id, defects, .. } in &report.imported {
        let words = defects
            .iter()
            .map(|defect| format!("{} ({})", defect.name(), done(defect.mending(), how)))
            .collect::<Vec<_>>();
        table.push(vec![id.clone(), one_line(&words.join(", "))]);
    }
    table
}

fn object(report: &ImportReport, out: &std::path::Path) -> serde_json::Value {
    let imported: Vec<_> = report
        .imported
        .iter()
        .map(|one| {
            let defects: Vec<_> = one
                .defects
                .iter()
                .map(|defect| json!({ "name": defect.name(), "what": defect.words() }))
                .collect();
            json!({ "id": one.id, "upstream": one.upstream, "defects": defects })
        })
        .collect();
    let errors: Vec<_> = report
        .errors
        .iter()
        .map(|error| json!({ "file": error.file, "what": error.what, "hint": error.hint }))
        .collect();
    json!({ "folder": out, "imported": imported, "errors": errors })
}

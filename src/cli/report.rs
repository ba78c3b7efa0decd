//! `lessonl report`: stored runs as Markdown, an HTML page, CSV or JSON, to standard output or a file; plots as files of their own.

use std::path::Path;

use serde_json::Value;
use time::OffsetDateTime;
use time::macros::format_description;

use super::args::{ReportArguments, ReportForm};
use super::compared;
use super::compose::House;
use super::output::{self, Halt};
use crate::domain::ceiling::Ceiling;
use crate::domain::comparison::Comparison;
use crate::domain::id::RunId;
use crate::domain::run::Run;
use crate::failure::{Failure, FailureKind};
use crate::reports::table::one_line;
use crate::reports::{
    ceiling, comparison_document, document, gather, page, sections, sheet, summary,
};
use crate::store::{comparisons, headroom};

/// Runs it. Returns the exit code.
pub(super) fn report(house: &House, report: &ReportArguments) -> Result<u8, Halt> {
    let whole = match report.ids.as_slice() {
        [only] => comparison(house, only)?,
        _ => None,
    };
    let mut runs: Vec<Run> = Vec::new();
    if let Some(whole) = &whole {
        runs = compared::runs(house, whole)?;
    }
    for text in report.ids.iter().filter(|_| whole.is_none()) {
        let run = stored(house, text)?;
        if !runs.iter().any(|known| known.id == run.id) {
            runs.push(run);
        }
    }
    let started = |at: i64| format!("{} UTC", moment(at));
    let internal = |error: &dyn std::fmt::Display| {
        Failure::new(FailureKind::Internal, format!("the report failed: {error}"))
    };
    let known = headroom::known(&house.configuration.paths.data);
    let text = match (report.format, &whole) {
        (ReportForm::Md, Some(whole)) => compared::markdown(house, whole)?,
        (ReportForm::Json, Some(whole)) => format!("{:#}\n", compared::json(house, whole)?),
        (ReportForm::Md, None) => markdown(&runs, &known, &started),
        (ReportForm::Html, whole) => {
            let figures = match whole {
                Some(whole) => Some(compared::figures_of(house, whole)?),
                None => None,
            };
            let command = whole.as_ref().map(comparison_document::command);
            let beside = sections::Beside {
                comparison: figures.as_ref(),
                command: command.as_deref().unwrap_or_default(),
                ceilings: &known,
            };
            page::html(&runs, beside, &started).map_err(|error| internal(&error))?
        }
        (ReportForm::Csv, _) => sheet::csv(&runs).map_err(|error| internal(&error))?,
        (ReportForm::Json, None) => {
            let with_ceilings = |run: &Run| {
                let mut object = document::json(run);
                object["ceilings"] = ceiling::json(run, &known);
                object
            };
            let mut all: Vec<Value> = runs.iter().map(with_ceilings).collect();
            let value = match all.len() {
                1 => all.remove(0),
                _ => Value::Array(all),
            };
            format!("{value:#}\n")
        }
    };
    match &report.out {
        None => output::print(&text)?,
        Some(file) => {
            write(file, text.as_bytes())?;
            output::note(&format!("wrote {}", file.display()));
        }
    }
    if let Some(folder) = &report.plots {
        plots(&runs, folder)?;
    }
    Ok(0)
}

/// Each run, after a table over all of them where there are several.
fn markdown(runs: &[Run], known: &[Ceiling], started: &dyn Fn(i64) -> String) -> String {
    let mut parts: Vec<String> = Vec::new();
    if runs.len() > 1 {
        let all = summary::summary(&gather::groups(runs));
        let table = all.table.markdown();
        parts.push(format!("# {} runs\n\n{table}\n{}\n", runs.len(), all.note));
    }
    parts.extend(runs.iter().map(|run| {
        document::markdown(run, &started(run.started_at)) + &ceiling::markdown(run, known)
    }));
    parts.join("\n")
}

fn stored(house: &House, text: &str) -> Result<Run, Failure> {
    let id = house.find(text)?;
    let facts = house.archive().facts(&id).map_err(Failure::from)?;
    Run::fold(&facts).ok_or_else(|| {
        Failure::new(
            FailureKind::Usage,
            format!("run {id} does not begin with its start"),
        )
        .hint("Nothing can be reported of it; `lessonl export` prints what there is.")
    })
}

/// Every plot as SVG.
fn plots(runs: &[Run], folder: &Path) -> Result<(), Failure> {
    std::fs::create_dir_all(folder).map_err(|error| unwritable(folder, &error))?;
    let all = page::plots(runs);
    for plot in &all {
        write(
            &folder.join(format!("{}.svg", plot.name)),
            plot.svg.as_bytes(),
        )?;
    }
    output::note(&format!(
        "wrote {} SVG files to {}",
        all.len(),
        folder.display()
    ));
    Ok(())
}

fn write(file: &Path, bytes: &[u8]) -> Result<(), Failure> {
    std::fs::write(file, bytes).map_err(|error| unwritable(file, &error))
}

fn unwritable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(
        FailureKind::Usage,
        format!("cannot write {}: {error}", path.display()),
    )
    .hint("Name a place that can be written to.")
}

/// The comparison that `text` names, unless it names a run: the cells' ids begin with their comparison's. `latest` is
/// whichever began last, a run that is no cell or a comparison.
fn comparison(house: &House, text: &str) -> Result<Option<Comparison>, Failure> {
    if text == "latest" {
        let newest = comparisons::find(&house.database(), text)?;
        let run = house.find(text).and_then(|id| {
            let facts = house.archive().facts(&id).map_err(Failure::from)?;
            Ok(facts.first().map_or(i64::MIN, |first| first.at))
        });
        return Ok(newest.filter(|whole| run.map_or(true, |at| whole.started_at > at)));
    }
    let is_run = RunId::new(text).map_or(Ok(false), |id| house.archive().has(&id))?;
    if is_run {
        return Ok(None);
    }
    Ok(comparisons::find(&house.database(), text)?)
}

/// How a run stands, in a word or few.
pub(super) fn standing(run: &Run) -> String {
    one_line(&document::standing(run.ending.as_ref()))
}

/// A time in milliseconds since 1970 as `2026-11-21 00:17`, UTC.
pub(super) fn moment(millis: i64) -> String {
    let form = format_description!("[year]-[month]-[day] [hour]:[minute]");
    OffsetDateTime::from_unix_timestamp(millis.div_euclid(1000))
        .ok()
        .and_then(|at| at.format(form).ok())
        .unwrap_or_else(|| "–".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_written_to_the_minute() {
        assert_eq!(moment(1_700_000_000_999), "2023-11-14 22:13");
        assert_eq!(moment(i64::MAX), "–");
    }
}

//! `lessonl report`: a stored run as Markdown or JSON.

use time::OffsetDateTime;
use time::macros::format_description;

use super::args::{ReportArguments, ReportForm};
use super::compare;
use super::compose::House;
use super::output::{self, Halt};
use crate::domain::comparison::Comparison;
use crate::domain::id::RunId;
use crate::domain::run::Run;
use crate::failure::{Failure, FailureKind};
use crate::reports::document;
use crate::reports::table::one_line;
use crate::store::comparisons;

/// Runs it. Returns the exit code.
pub fn report(house: &House, report: &ReportArguments) -> Result<u8, Halt> {
    if let Some(comparison) = comparison(house, &report.id)? {
        return compare::report(house, &comparison, report.format == ReportForm::Json);
    }
    let id = house.find(&report.id)?;
    let facts = house.archive().facts(&id).map_err(Failure::from)?;
    let run = Run::fold(&facts).ok_or_else(|| {
        Failure::new(
            FailureKind::Usage,
            format!("run {id} does not begin with its start"),
        )
        .hint("Nothing can be reported of it; `lessonl export` prints what there is.")
    })?;
    match report.format {
        ReportForm::Md => output::print(&document::markdown(
            &run,
            &format!("{} UTC", moment(run.started_at)),
        ))?,
        ReportForm::Json => output::json(&document::json(&run))?,
    }
    Ok(0)
}

/// The comparison that `text` names, unless it names a run: the cells' ids begin with their comparison's.
fn comparison(house: &House, text: &str) -> Result<Option<Comparison>, Failure> {
    let is_run = RunId::new(text).map_or(Ok(false), |id| house.archive().has(&id))?;
    if is_run || text == "latest" {
        return Ok(None);
    }
    Ok(comparisons::find(&house.database(), text)?)
}

/// How a run stands, in a word or few.
pub fn standing(run: &Run) -> String {
    one_line(&document::standing(run.ending.as_ref()))
}

/// A time in milliseconds since 1970 as `2026-11-21 00:17`, UTC.
pub fn moment(millis: i64) -> String {
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

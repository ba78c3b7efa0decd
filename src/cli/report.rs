//! `lessonl report`: a stored run as Markdown or JSON.

use time::OffsetDateTime;
use time::macros::format_description;

use super::args::{ReportArguments, ReportForm};
use super::compose::House;
use super::output::{self, Halt};
use crate::domain::run::Run;
use crate::failure::{Failure, FailureKind};
use crate::reports::table::one_line;
use crate::reports::{ceiling, document};
use crate::store::headroom;

/// Runs it. Returns the exit code.
pub fn report(house: &House, report: &ReportArguments) -> Result<u8, Halt> {
    let id = house.find(&report.id)?;
    let facts = house.archive().facts(&id).map_err(Failure::from)?;
    let run = Run::fold(&facts).ok_or_else(|| {
        Failure::new(
            FailureKind::Usage,
            format!("run {id} does not begin with its start"),
        )
        .hint("Nothing can be reported of it; `lessonl export` prints what there is.")
    })?;
    let known = headroom::known(&house.configuration.paths.data);
    match report.format {
        ReportForm::Md => {
            let started = format!("{} UTC", moment(run.started_at));
            let mut text = document::markdown(&run, &started);
            text.push_str(&ceiling::markdown(&run, &known));
            output::print(&text)?;
        }
        ReportForm::Json => {
            let mut object = document::json(&run);
            object["ceilings"] = ceiling::json(&run, &known);
            output::json(&object)?;
        }
    }
    Ok(0)
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

//! What is printed once to the normal screen after the screens were left. Plain text, no colour.

use super::live::Origin;
use super::model::{Leaving, Model};
use super::widgets::mark::Mark;
use super::widgets::text::one_line;
use crate::domain::event::Ending;
use crate::domain::lesson::LessonState;
use crate::domain::run::{Run, Unit};

/// The lines; empty when no run was open.
pub(crate) fn lines(model: &Model) -> Vec<String> {
    let Some(run) = model.live.as_ref().and_then(|live| live.run.as_ref()) else {
        return Vec::new();
    };
    let mut out: Vec<String> = run
        .units
        .iter()
        .filter(|unit| unit.started)
        .map(|unit| unit_line(run, unit))
        .collect();
    let lessons = run.units.iter().flat_map(|unit| &unit.lessons);
    let (mut all, mut kept) = (0, Vec::new());
    for record in lessons {
        all += 1;
        if matches!(
            record.lesson.state,
            LessonState::Accepted | LessonState::Pinned
        ) {
            kept.push(format!(
                "  {} {}",
                record.lesson.id,
                one_line(&record.lesson.text)
            ));
        }
    }
    out.push(format!(
        "{all} lessons learned, {} accepted by you",
        kept.len()
    ));
    out.extend(kept.into_iter().take(10));
    let goes_on = model.leaving == Leaving::Detached
        || model
            .live
            .as_ref()
            .is_some_and(|live| live.origin == Origin::Watch && live.is_running());
    if goes_on {
        let id = &run.id;
        out.push(format!(
            "Run {id} goes on.  See it again: lessonl watch {id}"
        ));
        return out;
    }
    let state = match &run.ending {
        None => "was left before its end",
        Some(Ending::Done) => "is done",
        Some(Ending::Stopped) => "was stopped",
        Some(Ending::Budget) => "ended with its budget",
        Some(Ending::Failed { .. }) => "failed",
        Some(Ending::CutOff { .. }) => "was cut off",
    };
    out.push(format!(
        "Run {} {state}.  See its result again: lessonl replay {}",
        run.id, run.id
    ));
    let goes_on = matches!(
        run.ending,
        None | Some(Ending::CutOff { .. } | Ending::Stopped)
    );
    if goes_on {
        out.push(format!("Go on with it: lessonl run --resume {}", run.id));
    }
    out
}

fn unit_line(run: &Run, unit: &Unit) -> String {
    let name = format!("{} ({})", unit.spec.problem, unit.spec.mode);
    if let Some((id, tested)) = unit.tested() {
        let author = run.spec.team.get(id.agent.index());
        let author = author.map_or_else(|| id.agent.to_string(), |a| one_line(&a.name));
        return format!("{name}: {tested}, {id} by {author}");
    }
    match unit.reported() {
        Some((id, speedup)) => {
            let author = run.spec.team.get(id.agent.index());
            let author = author.map_or_else(|| id.agent.to_string(), |a| one_line(&a.name));
            let word = Mark::of_speedup(speedup).word();
            format!("{name}: {speedup} {word}, {id} by {author}")
        }
        None if !unit.spec.work.is_optimise() => format!("{name}: nothing submitted"),
        None if unit.ending == Some(Ending::Stopped) && unit.candidates.is_empty() => {
            format!("{name}: skipped")
        }
        None if unit.ending.is_none() => format!("{name}: nothing faster yet"),
        None if unit.candidates.values().any(|c| c.speedup().is_some()) => {
            format!("{name}: nothing faster; the original stays")
        }
        None => format!("{name}: no correct candidate; the original stays"),
    }
}

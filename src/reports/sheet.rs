//! Runs as comma-separated values for other programs: a row per candidate, a row with empty candidate columns for a unit that
//! had none. Pure. Texts that a spreadsheet would take for a formula are quoted with an apostrophe.

use super::ability::author;
use super::pass::{Pass, pass};
use super::result::{self, results};
use crate::domain::build::Build;
use crate::domain::codegen::Suite;
use crate::domain::id::CandidateId;
use crate::domain::run::{CandidateState, Run, Unit};

const HEAD: [&str; 39] = [
    "run",
    "strategy",
    "preset",
    "seed",
    "problem",
    "category",
    "mode",
    "candidate",
    "agent",
    "model",
    "round",
    "outcome",
    "verdict",
    "speedup",
    "lo",
    "hi",
    "launches",
    "original_ns",
    "candidate_ns",
    "result",
    "confirmed_speedup",
    "confirmed_lo",
    "confirmed_hi",
    "lessons_read",
    "tokens_in",
    "tokens_out",
    "build",
    "floating_point",
    "tests",
    "tests_passed",
    "solved",
    "move",
    "parent",
    "against_parent",
    "against_parent_lo",
    "against_parent_hi",
    "run_pass_at_1",
    "run_pass_at_1_lo",
    "run_pass_at_1_hi",
];
/// Columns of the whole run, at the end of each of its rows.
const OF_RUN: usize = 3;
/// Columns of where a candidate comes from, before those.
const OF_LINEAGE: usize = 5;

/// The sheet, header first.
///
/// # Errors
/// If a row cannot be written, which memory alone could cause.
pub fn csv(runs: &[Run]) -> Result<String, csv::Error> {
    let mut sheet = csv::Writer::from_writer(Vec::new());
    sheet.write_record(HEAD)?;
    for run in runs {
        let pass = pass(&results(run));
        let figure = |of: fn(&Pass) -> f64| {
            pass.as_ref()
                .map_or_else(String::new, |p| of(p).to_string())
        };
        let of_run: [String; OF_RUN] = [figure(|p| p.share), figure(|p| p.lo), figure(|p| p.hi)];
        for unit in &run.units {
            let candidates = unit.candidates.iter().map(|(id, state)| Some((*id, state)));
            let none = unit.candidates.is_empty().then_some(None);
            for candidate in candidates.chain(none) {
                let mut row = row(run, unit, candidate);
                row.extend(lineage(unit, candidate));
                row.extend(of_run.clone());
                sheet.write_record(row)?;
            }
        }
    }
    let bytes = sheet.into_inner().map_err(|error| error.into_error())?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn row(run: &Run, unit: &Unit, candidate: Option<(CandidateId, &CandidateState)>) -> Vec<String> {
    let mut row = vec![
        run.id.to_string(),
        run.spec.strategy.to_string(),
        run.spec.preset.to_string(),
        run.spec.seed.to_string(),
        unit.spec.problem.to_string(),
        plain(&unit.spec.category),
        unit.spec.mode.to_string(),
    ];
    if let Some((id, state)) = candidate {
        let agent = result::author(run, id.agent);
        let measurement = state
            .evaluated
            .as_ref()
            .and_then(|e| e.evaluation.measurement());
        let figure = |of: &dyn Fn(&crate::domain::measurement::Measurement) -> String| {
            measurement.map_or_else(String::new, of)
        };
        let median = |of: &dyn Fn(&crate::domain::measurement::Launch) -> u64| {
            figure(&|m| {
                let mut times: Vec<u64> = m.launches.iter().map(of).collect();
                times.sort_unstable();
                times
                    .get(times.len() / 2)
                    .map_or_else(String::new, u64::to_string)
            })
        };
        let fresh = unit
            .confirmed
            .as_ref()
            .filter(|(confirmed, _)| *confirmed == id)
            .and_then(|(_, evaluated)| evaluated.evaluation.speedup());
        let fresh = |of: fn(crate::domain::measurement::Speedup) -> f64| {
            fresh.map_or_else(String::new, |s| of(s).to_string())
        };
        let usage = unit
            .asks
            .iter()
            .filter(|(ask, _)| ask.about == id)
            .filter_map(|(_, ask)| ask.reply.as_ref()?.as_ref().ok())
            .map(|answer| (answer.usage.input.0, answer.usage.output.0))
            .fold((0, 0), |sum, next| (sum.0 + next.0, sum.1 + next.1));
        row.extend([
            id.to_string(),
            plain(&agent.unwrap_or_default()),
            plain(&author(run, unit, id)),
            id.round.0.to_string(),
            state.outcome().map_or("", |o| o.word()).to_owned(),
            state.verdict().map_or("", |v| v.word()).to_owned(),
            figure(&|m| m.speedup.estimate.to_string()),
            figure(&|m| m.speedup.lo.to_string()),
            figure(&|m| m.speedup.hi.to_string()),
            figure(&|m| m.launches.len().to_string()),
            median(&|launch| launch.original.0),
            median(&|launch| launch.candidate.0),
            (unit.winner == Some(id)).to_string(),
            fresh(|s| s.estimate),
            fresh(|s| s.lo),
            fresh(|s| s.hi),
            state.candidate.read.len().to_string(),
            usage.0.to_string(),
            usage.1.to_string(),
        ]);
        let build = state.candidate.build.as_ref();
        row.extend([
            build.map_or_else(String::new, |build| plain(&build.to_string())),
            match build.map(Build::changes_floating_point) {
                Some(true) => "changed".to_owned(),
                Some(false) => "the same".to_owned(),
                None => String::new(),
            },
        ]);
        // of the submitted attempt the hidden tests, of the others the team's own
        let submitted = unit
            .confirmed
            .as_ref()
            .filter(|(confirmed, _)| *confirmed == id);
        let evaluated = submitted
            .map(|(_, fresh)| fresh)
            .or(state.evaluated.as_ref());
        if let Some(tested) = evaluated.and_then(|e| e.evaluation.tested()) {
            row.extend([
                match tested.suite {
                    Suite::Own => "own",
                    Suite::Hidden => "hidden",
                }
                .to_owned(),
                format!("{}/{}", tested.passed, tested.total),
                match (unit.winner == Some(id), unit.solved()) {
                    (true, Some(solved)) => solved.to_string(),
                    _ => String::new(),
                },
            ]);
        }
    }
    row.resize(HEAD.len() - OF_RUN - OF_LINEAGE, String::new());
    row
}

/// By which move a candidate came about, out of which other one, and how many times as fast as that one it is.
fn lineage(unit: &Unit, candidate: Option<(CandidateId, &CandidateState)>) -> [String; OF_LINEAGE] {
    let lineage = candidate.and_then(|(_, state)| state.candidate.lineage);
    let parent = lineage.and_then(|lineage| lineage.parent);
    let duel = candidate.and_then(|(id, _)| unit.duels.get(&id));
    let gain = duel.and_then(|duel| duel.gain);
    let figure = |of: fn(crate::domain::measurement::Speedup) -> f64| {
        gain.map_or_else(String::new, |gain| of(gain).to_string())
    };
    [
        lineage.map_or("", |lineage| lineage.by.word()).to_owned(),
        parent.map_or_else(String::new, |id| id.to_string()),
        figure(|s| s.estimate),
        figure(|s| s.lo),
        figure(|s| s.hi),
    ]
}

/// Text that a spreadsheet shows instead of computing it.
fn plain(text: &str) -> String {
    let text = super::table::one_line(text);
    match text.chars().next() {
        Some('=' | '+' | '-' | '@') => format!("'{text}"),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::event::Envelope;

    #[test]
    fn every_candidate_is_a_row_and_formulas_are_text() {
        let facts: Vec<Envelope> = include_str!("../../tests/fixtures/recorded-run.jsonl")
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        let mut run = Run::fold(&facts).unwrap();
        run.spec.team[0].name = "=HYPERLINK(\"x\")".to_owned();
        let text = csv(&[run]).unwrap();
        let mut read = csv::Reader::from_reader(text.as_bytes());
        let rows: Vec<csv::StringRecord> = read.records().map(Result::unwrap).collect();
        assert_eq!(rows.len(), 3);
        assert_eq!(&rows[0][7], "r0a0");
        assert_eq!(&rows[0][8], "'=HYPERLINK(\"x\")");
        assert_eq!(
            (&rows[0][13], &rows[0][19], &rows[0][20]),
            ("2.4", "true", "2.313")
        );
        assert_eq!((&rows[2][4], &rows[2][7]), ("pareval/fft/dft", ""));
    }
}

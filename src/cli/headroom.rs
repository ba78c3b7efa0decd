//! `lessonl problems --headroom`: measures the best known code of problems against their originals and keeps the figures.
//! A problem that cannot be measured is a row that says why, never the end.

use std::sync::Arc;

use serde_json::{Value, json};

use super::args::{Modes, ProblemsArguments};
use super::compose::{Containment, House};
use super::eval::{self, How};
use super::output::{self, Halt};
use crate::domain::ceiling::{Ceiling, mean};
use crate::domain::evaluation::Evaluated;
use crate::domain::measurement::ratio;
use crate::domain::problem::{Mode, Problem};
use crate::failure::{Failure, FailureKind};
use crate::harness::Harness;
use crate::problems::{self, load_headroom};
use crate::reports::table::{Table, one_line};
use crate::store::headroom;

/// Runs it. Returns the exit code.
pub(super) fn headroom(house: &House, wanted: &ProblemsArguments) -> Result<u8, Halt> {
    let catalogue = house.catalogue();
    let problems = super::problems::selected(&catalogue, &wanted.selectors)?;
    let harness = house.harness(Containment::Required)?;
    let data = &house.configuration.paths.data;
    let kept = if wanted.resume {
        headroom::known(data)
    } else {
        Vec::new()
    };
    let mut rows = Vec::new();
    for mode in modes(wanted.mode) {
        for problem in problems.iter().filter(|p| p.modes.contains(mode)) {
            let problem = problems::sized(problem, wanted.sizes.sizing()).map_err(Failure::from)?;
            let blank = blank(&harness, &problem, *mode);
            if let Some(known) = kept.iter().find(|known| known.replaces(&blank)) {
                rows.push(known.clone());
                continue;
            }
            let row = measure(house, &harness, &problem, blank)?;
            headroom::keep(data, std::slice::from_ref(&row)).map_err(Failure::from)?;
            output::note(&format!("{} {}: {}", row.problem, row.mode, outcome(&row)));
            rows.push(row);
        }
    }
    if rows.is_empty() {
        return Err(
            Failure::new(FailureKind::Usage, "none of these problems has that mode")
                .hint("`lessonl problems` lists the modes.")
                .into(),
        );
    }
    if wanted.json {
        output::json(&object(house, &harness, &rows))?;
    } else {
        output::print(&table(&rows).aligned())?;
        output::print(&format!("\n{}\n", means(&rows)))?;
    }
    Ok(0)
}

fn modes(wanted: Option<Modes>) -> &'static [Mode] {
    match wanted {
        None | Some(Modes::Serial) => &[Mode::Serial],
        Some(Modes::Omp) => &[Mode::Omp],
        Some(Modes::Both) => &[Mode::Serial, Mode::Omp],
    }
}

/// The row of a problem before anything is known about it.
fn blank(harness: &Harness, problem: &Problem, mode: Mode) -> Ceiling {
    let toolchain = harness.toolchain();
    let flags = match mode {
        Mode::Serial => toolchain.flags,
        Mode::Omp => [toolchain.flags, toolchain.omp_flags].concat(),
    };
    Ceiling {
        problem: problem.id.clone(),
        version: problem.version.clone(),
        category: problem.category.clone(),
        mode,
        speedup: None,
        verdict: None,
        original_ms: None,
        launches: 0,
        missing: None,
        note: None,
        cpu: harness.machine().cpu,
        compiler: format!("{} {}", toolchain.version, flags.join(" ")),
        load: load(),
        at: (time::OffsetDateTime::now_utc().unix_timestamp_nanos() / 1_000_000) as i64,
    }
}

fn measure(
    house: &House,
    harness: &Harness,
    problem: &Arc<Problem>,
    mut ceiling: Ceiling,
) -> Result<Ceiling, Halt> {
    let mode = ceiling.mode;
    let known = load_headroom(&problem.path);
    let broken = known
        .as_ref()
        .err()
        .map(|error| one_line(&error.to_string()));
    let (best_known, note) = known.map_or((None, None), |known| (known.best_known, known.note));
    ceiling.note = note;
    let Some(best) = best_known else {
        ceiling.missing = Some(broken.unwrap_or_else(|| "no best known code".to_owned()));
        return Ok(ceiling);
    };
    let seed = fastrand::u64(..);
    let evaluated = eval::evaluate(
        house,
        harness.clone(),
        Arc::clone(problem),
        How { mode, fresh: true },
        best,
        seed,
    );
    match evaluated {
        Ok(evaluated) => fill(&mut ceiling, &evaluated),
        Err(Halt::Failure(failure)) if failure.kind != FailureKind::Interrupted => {
            ceiling.missing = Some(one_line(&failure.message));
        }
        Err(halt) => return Err(halt),
    }
    Ok(ceiling)
}

/// The machine's load over the last minute.
fn load() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/loadavg").ok()?;
    text.split_whitespace().next()?.parse().ok()
}

fn fill(ceiling: &mut Ceiling, evaluated: &Evaluated) {
    match evaluated.evaluation.measurement() {
        Some(m) => {
            let mut times: Vec<f64> = m.launches.iter().map(|l| l.original.millis()).collect();
            times.sort_by(f64::total_cmp);
            ceiling.speedup = Some(m.speedup);
            ceiling.verdict = Some(m.verdict);
            ceiling.original_ms = times.get(times.len() / 2).copied();
            ceiling.launches = u32::try_from(m.launches.len()).unwrap_or(u32::MAX);
        }
        None => {
            let words = super::plain::message(&evaluated.evaluation).unwrap_or_default();
            let word = evaluated.evaluation.outcome().word();
            ceiling.missing = Some(one_line(&format!("{word}: {words}")));
        }
    }
}

fn outcome(row: &Ceiling) -> String {
    match (row.speedup, row.verdict, &row.missing) {
        (Some(speedup), Some(verdict), _) => format!("{speedup} {}", verdict.word()),
        (_, _, Some(missing)) => missing.clone(),
        _ => "not measured".to_owned(),
    }
}

fn table(rows: &[Ceiling]) -> Table {
    let mut table = Table::new(&["id", "mode", "original ms", "best known", "verdict", "note"]);
    for row in rows {
        let note = row.missing.as_deref().or(row.note.as_deref()).unwrap_or("");
        table.push(vec![
            row.problem.to_string(),
            row.mode.to_string(),
            row.original_ms
                .map_or("–".to_owned(), |ms| format!("{ms:.2}")),
            row.speedup.map_or("–".to_owned(), |s| s.to_string()),
            row.verdict.map_or("–", |v| v.word()).to_owned(),
            one_line(note),
        ]);
    }
    table
}

/// The geometric mean of each suite in each mode, and what it is over.
fn means(rows: &[Ceiling]) -> String {
    let mut groups: Vec<(&str, Mode)> = rows.iter().map(|r| (r.problem.suite(), r.mode)).collect();
    groups.sort_unstable();
    groups.dedup();
    let mut text = String::new();
    for (suite, mode) in groups {
        let mine = || {
            rows.iter()
                .filter(move |r| r.problem.suite() == suite && r.mode == mode)
        };
        if let Some(mean) = mean(mine()) {
            text.push_str(&format!(
                "{suite} {mode}: {}× geometric mean over {} problems (slower or missing counts as 1)\n",
                ratio(mean),
                mine().count()
            ));
        }
    }
    text
}

fn object(house: &House, harness: &Harness, rows: &[Ceiling]) -> Value {
    json!({
        "machine": harness.machine(),
        "toolchain": harness.toolchain(),
        "data_dir": house.configuration.paths.data,
        "ceilings": rows,
    })
}

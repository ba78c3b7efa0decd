//! The main table over several runs: a row per way of working and mode in the paper's columns, the published figures beside it
//! where the problems are ParEval's. Pure. Never compares across machines without saying so.

use super::comparison::Spread;
use super::gather::Group;
use super::published::{Figure, PAREVAL, PAREVAL_PROBLEMS};
use super::sections::Section;
use super::table::Table;
use crate::domain::measurement::ratio;
use crate::domain::meter::{Money, Spent};
use crate::domain::problem::Mode;
use crate::domain::run::{Run, Unit};
use crate::domain::units::{Cost, Nanos, Tokens};

/// A table whose last rows may be from elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// Our rows, then the published ones.
    pub table: Table,
    /// How many of the rows are published ones.
    pub published: usize,
    /// How to read it.
    pub note: String,
}

/// The published figures alone, for the modes in which these groups worked on ParEval's problems; `None`: in none.
pub fn published(groups: &[Group<'_>]) -> Option<Section> {
    let all = summary(groups);
    let from = all.table.rows.len() - all.published;
    let columns = [0, 1, 2, 3, 5, 6, 7];
    let picked = |row: &Vec<String>| columns.map(|at| row[at].clone()).to_vec();
    (all.published > 0).then(|| Section {
        title: "As published",
        table: Table {
            head: picked(&all.table.head),
            rows: all.table.rows[from..].iter().map(picked).collect(),
        },
        note: all.note,
    })
}

/// The table of these groups.
pub fn summary(groups: &[Group<'_>]) -> Summary {
    let mut table = Table::new(&[
        "strategy",
        "mode",
        "runs",
        "problems",
        "compiled",
        "correct",
        "≥ 2×",
        "speedup",
        "arithmetic",
        "tokens each",
        "cost each",
        "time each",
    ]);
    let (mut published, mut fewer) = (0, None);
    for mode in [Mode::Serial, Mode::Omp] {
        for group in groups {
            let all = group.metrics(mode);
            let spread = |of: &dyn Fn(&super::metrics::Metrics) -> f64| {
                Spread::of(&all.iter().map(of).collect::<Vec<f64>>())
            };
            let Some(tokens) =
                spread(&|m| (m.usage.input.0 + m.usage.output.0) as f64 / m.units as f64)
            else {
                continue;
            };
            let about = if all.iter().any(|m| m.usage.estimated) {
                "≈ "
            } else {
                ""
            };
            let problems = all.iter().map(|m| m.units).max().unwrap_or(0);
            table.push(vec![
                group.label.clone(),
                mode.to_string(),
                all.len().to_string(),
                problems.to_string(),
                percent(spread(&|m| m.compiled)),
                percent(spread(&|m| m.correct)),
                percent(spread(&|m| m.large)),
                times(spread(&|m| m.geometric)),
                times(spread(&|m| m.arithmetic)),
                format!("{about}{}", Tokens(tokens.mean.round() as u64)),
                money(group, mode),
                time(group, mode),
            ]);
        }
    }
    for mode in [Mode::Serial, Mode::Omp] {
        let problems = pareval_problems(groups, mode);
        if problems == 0 {
            continue;
        }
        if problems < PAREVAL_PROBLEMS {
            fewer = Some(problems);
        }
        for row in PAREVAL.iter().filter(|row| row.mode == mode) {
            published += 1;
            table.push(vec![
                format!("{}, as published", row.method),
                mode.to_string(),
                "3".to_owned(),
                PAREVAL_PROBLEMS.to_string(),
                "–".to_owned(),
                percent(Some(row.correct.into())),
                percent(Some(row.large.into())),
                times(Some(row.speedup.into())),
                "–".to_owned(),
                "–".to_owned(),
                "–".to_owned(),
                "–".to_owned(),
            ]);
        }
    }
    let mut note = "Speedup: geometric mean, wrong or slower counted as 1; arithmetic: wrong counted as 0. ± is the standard \
                    deviation over runs, where there are several. What it took is the mean per problem; time is on the wall."
        .to_owned();
    if published > 0 {
        note.push_str(
            " Published rows are from the LessonL paper (NeurIPS 2025, arXiv 2505.23946): other models, another machine, and the \
             original ParEval problems with their harness; they are there to orient, not to rank against.",
        );
    }
    if let Some(problems) = fewer {
        note.push_str(&format!(
            " Ours are over {problems} of the {PAREVAL_PROBLEMS} problems, so the two cannot be compared."
        ));
    }
    Summary {
        table,
        published,
        note,
    }
}

/// The money per problem, as far as it is known.
fn money(group: &Group<'_>, mode: Mode) -> String {
    let mut spent = Spent::default();
    let units = units(group, mode).map(|unit| spent += unit.spent).count() as u64;
    let each = |cost: Cost| Cost(cost.0 / units.max(1));
    match spent.money() {
        _ if spent.asks == 0 => "–".to_owned(),
        Money::Known(cost) => Money::Known(each(cost)).to_string(),
        Money::AtLeast(cost) => format!("≥ {}", each(cost)),
        Money::Unknown => "unknown".to_owned(),
    }
}

/// The wall time per problem; runs that also work in another mode do not tell it.
fn time(group: &Group<'_>, mode: Mode) -> String {
    let only = |run: &&Run| run.units.iter().all(|unit| unit.spec.mode == mode);
    let runs: Vec<&Run> = group
        .runs
        .iter()
        .map(|(run, _)| *run)
        .filter(only)
        .collect();
    let units: usize = runs.iter().map(|run| run.units.len()).sum();
    let time: u64 = runs.iter().map(|run| run.spent.time.0).sum();
    match units {
        0 => "–".to_owned(),
        n => Nanos(time / n as u64).to_string(),
    }
}

fn units<'a>(group: &'a Group<'_>, mode: Mode) -> impl Iterator<Item = &'a Unit> {
    let units = group.runs.iter().flat_map(|(run, _)| &run.units);
    units.filter(move |unit| unit.spec.mode == mode)
}

impl From<Figure> for Spread {
    fn from(figure: Figure) -> Self {
        Self {
            mean: figure.mean,
            std: Some(figure.deviation),
        }
    }
}

fn pareval_problems(groups: &[Group<'_>], mode: Mode) -> usize {
    let in_run = |results: &[super::result::UnitResult]| {
        let suite = |problem: &str| {
            problem
                .split('/')
                .next()
                .is_some_and(|s| s.contains("pareval"))
        };
        let found = results
            .iter()
            .filter(|r| r.mode == mode && suite(&r.problem));
        found.count()
    };
    let runs = groups.iter().flat_map(|group| &group.runs);
    runs.map(|(_, results)| in_run(results)).max().unwrap_or(0)
}

fn percent(spread: Option<Spread>) -> String {
    spread.map_or_else(String::new, |s| {
        with(s, &|v| format!("{:.0} %", v * 100.0), &|d| {
            format!("{:.0}", d * 100.0)
        })
    })
}

fn times(spread: Option<Spread>) -> String {
    spread.map_or_else(String::new, |s| {
        with(s, &|v| format!("{}×", ratio(v)), &|d| format!("{d:.2}"))
    })
}

fn with(spread: Spread, mean: &dyn Fn(f64) -> String, deviation: &dyn Fn(f64) -> String) -> String {
    match spread.std {
        Some(d) => format!("{} ± {}", mean(spread.mean), deviation(d)),
        None => mean(spread.mean),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::event::Envelope;
    use crate::gather::groups;

    #[test]
    fn published_figures_stand_beside_ours_and_say_when_they_cannot_be_compared() {
        let facts: Vec<Envelope> = include_str!("../../tests/fixtures/recorded-run.jsonl")
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        let runs = [Run::fold(&facts).unwrap()];
        let summary = summary(&groups(&runs));
        let rows: Vec<String> = summary.table.rows.iter().map(|r| r.join("|")).collect();
        assert_eq!((rows.len(), summary.published), (10, 8));
        assert_eq!(
            [&rows[0], &rows[1], &rows[5]],
            [
                "lessonl|serial|1|1|100 %|100 %|100 %|2.31×|2.31×|3080|unknown|–",
                "lessonl|omp|1|1|0 %|0 %|0 %|1.00×|0.00×|0|–|–",
                "LessonL, as published|serial|3|60|–|91 % ± 2|21 % ± 1|2.16× ± 0.11|–|–|–|–"
            ]
        );
        assert!(summary.note.contains("over 1 of the 60 problems"));
    }
}

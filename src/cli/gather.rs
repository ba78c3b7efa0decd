//! What stored runs taught, brought into the bank; and what of the bank a new run brings along. Wires store, bank and
//! reports; the rules are theirs.

use std::path::Path;

use crate::bank::{self, By, Codes, Rule, ScoreColumns};
use crate::domain::carried::{
    Arm, BankScope, BankedLesson, CarriedLesson, LessonOrigin, Sighting, Standing, StandingBy,
};
use crate::domain::id::{LessonId, UnitId};
use crate::domain::lesson::{Decision, SIGNIFICANT};
use crate::domain::run::{LessonRecord, Run, Unit};
use crate::domain::spec::{Preset, RunSpec, UnitSpec};
use crate::failure::Failure;
use crate::reports::bootstrap::welch;
use crate::reports::ledger;
use crate::reports::table::one_line;
use crate::store::archive::Archive;
use crate::store::bank::{self as stored, Told};

/// Lessons that a unit brings along for every slot of a prompt.
const PER_SLOT: usize = 8;
/// Most lessons that a unit brings along.
const LONGEST: usize = 64;
/// Units whose figures are held at once: at a million lessons, 16 MB each.
const TOGETHER: usize = 12;
/// How sure a worth must be before it accepts a lesson by itself: surer than what is shown, since many are looked at.
const CONFIDENCE: f64 = 0.99;

/// Looks through the runs that have grown since last time, then lets measured worth accept what is staged.
///
/// # Errors
/// If the store cannot be read or written.
pub fn gather(database: &Path) -> Result<(), Failure> {
    let archive = Archive::new(database);
    let grown = stored::ungathered(database)?;
    for (id, count) in &grown {
        // a damaged run teaches nothing, and keeps nobody else from teaching
        let facts = archive.facts(id).unwrap_or_default();
        let lessons = Run::fold(&facts).map_or_else(Vec::new, |run| told(&run));
        stored::gather(database, id, *count, &lessons)?;
    }
    // worth is measured in runs alone: where none has grown, it stands
    match grown.is_empty() {
        true => Ok(()),
        false => accept_by_worth(database),
    }
}

/// Accepts staged lessons whose worth is shown, and stages again those whose worth no longer is.
pub(super) fn accept_by_worth(database: &Path) -> Result<(), Failure> {
    let (mut better, mut unsure) = (Vec::new(), Vec::new());
    for lesson in stored::list(database, None)? {
        match (lesson.by, is_worth_it(&lesson)) {
            (StandingBy::Nobody, true) => better.push(lesson.key),
            (StandingBy::Worth, false) => unsure.push(lesson.key),
            (StandingBy::Person, _) | (StandingBy::Nobody, false) | (StandingBy::Worth, true) => {}
        }
    }
    if !better.is_empty() {
        stored::decide(database, &better, Standing::Accepted, StandingBy::Worth)?;
    }
    if !unsure.is_empty() {
        stored::decide(database, &unsure, Standing::Staged, StandingBy::Nobody)?;
    }
    Ok(())
}

/// What came of a lesson's prompts, with it and without it, over all runs of this machine's store.
pub fn arms(lesson: &BankedLesson) -> (Arm, Arm) {
    let own = lesson.sightings.iter().filter(|s| !s.imported);
    own.fold(Default::default(), |(with, without), s| {
        (s.with.and(with), s.without.and(without))
    })
}

fn is_worth_it(lesson: &BankedLesson) -> bool {
    let (with, without) = arms(lesson);
    welch(with, without, CONFIDENCE).is_some_and(|effect| effect.lo > 0.0)
}

/// The lessons of a run as the bank takes them.
fn told(run: &Run) -> Vec<Told> {
    let units = run.units.iter().zip((0..).map(UnitId));
    units
        .flat_map(|(unit, id)| {
            let lessons = unit.lessons.iter();
            lessons.map(move |record| told_of(run, unit, id, record))
        })
        .collect()
}

fn told_of(run: &Run, unit: &Unit, at: UnitId, record: &LessonRecord) -> Told {
    let lesson = &record.lesson;
    let account = ledger::account(run, at, lesson.id);
    let author = match (lesson.id, &lesson.origin) {
        (_, Some(origin)) => origin.author.clone(),
        (LessonId::Learned(from), None) => match run.spec.team.get(from.agent.index()) {
            Some(agent) => format!("{} ({})", agent.name, agent.model()),
            None => from.agent.to_string(),
        },
        (LessonId::Person(_) | LessonId::Carried(_), None) => "a person".to_owned(),
    };
    let carried = lesson.origin.as_ref();
    let decided = record.decisions.iter().rev().find_map(|(_, d)| match d {
        Decision::Accept | Decision::Pin => Some(Standing::Accepted),
        Decision::Reject => Some(Standing::Rejected),
        Decision::Clear => Some(Standing::Staged),
        Decision::Edit { .. } => None,
    });
    Told {
        key: match carried {
            // an edit makes another lesson of it
            Some(origin) if !lesson.edited => origin.key.clone(),
            _ => bank::key(&lesson.text),
        },
        text: lesson.text.clone(),
        standing: decided.unwrap_or_default(),
        sighting: Sighting {
            source: run.id.to_string(),
            unit: at.0,
            lesson: lesson.id.to_string(),
            imported: false,
            carried: carried.is_some() && !lesson.edited,
            problem: unit.spec.problem.clone(),
            category: unit.spec.category.clone(),
            mode: unit.spec.mode,
            compiler: one_line(&run.toolchain.version),
            cpu: one_line(&run.machine.cpu),
            author: one_line(&author),
            outcome: lesson.outcome,
            speedup: match lesson.id {
                LessonId::Carried(_) => 0.0,
                LessonId::Learned(_) | LessonId::Person(_) => lesson.speedup,
            },
            factor: lesson.factor,
            with: account.as_ref().map_or_else(Default::default, |a| a.with),
            without: account
                .as_ref()
                .map_or_else(Default::default, |a| a.without),
        },
    }
}

/// Gives every unit of a new run what it may draw on.
///
/// # Errors
/// If the store cannot be read or written.
pub fn carry(database: &Path, spec: &mut RunSpec) -> Result<(), Failure> {
    if spec.bank.is_fresh() {
        return Ok(());
    }
    gather(database)?;
    let accepted = accepted(database)?;
    let slots = (usize::from(spec.lessons) * PER_SLOT).min(LONGEST);
    for units in spec.units.chunks_mut(TOGETHER) {
        let shelves = shelves(&accepted, spec.bank, units);
        for (unit, shelf) in units.iter_mut().zip(shelves) {
            unit.carried = chosen(&accepted, &shelf, spec.bank, unit, slots);
        }
    }
    Ok(())
}

/// The lessons that runs may draw on.
///
/// # Errors
/// If the store cannot be read.
pub fn accepted(database: &Path) -> Result<Vec<BankedLesson>, Failure> {
    Ok(stored::list(database, Some(Standing::Accepted))?)
}

/// What each of these units goes by when it chooses: the figures of the lessons within the scope, with their positions.
/// A speedup counts only where it was measured on the same problem in the same mode. The texts are read once, by all
/// cores.
pub fn shelves(
    accepted: &[BankedLesson],
    scope: BankScope,
    units: &[UnitSpec],
) -> Vec<(ScoreColumns, Vec<u32>)> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let share = accepted.len().div_ceil(cores).max(1);
    let codes = Codes::new(units.iter().map(|unit| unit.original.as_str()));
    let columns = |part: &[BankedLesson]| -> Vec<Vec<(f64, f64)>> {
        let mut codes = codes.clone();
        let mut columns = vec![Vec::with_capacity(part.len()); units.len()];
        for lesson in part {
            let relevances = codes.relevances(&lesson.text);
            for ((unit, q), column) in units.iter().zip(relevances).zip(&mut columns) {
                let score = match best_sighting(lesson, scope, unit) {
                    Some(s) if is_home(s, unit) && !s.imported => s.speedup * s.factor,
                    Some(_) => 0.0,
                    None => f64::NAN,
                };
                column.push((score, q));
            }
        }
        columns
    };
    let parts: Vec<Vec<Vec<(f64, f64)>>> = std::thread::scope(|threads| {
        let parts: Vec<_> = accepted
            .chunks(share)
            .map(|part| threads.spawn(move || columns(part)))
            .collect();
        parts
            .into_iter()
            .filter_map(|part| part.join().ok())
            .collect()
    });
    let shelf = |unit: usize| {
        let (mut shelf, mut places) = (ScoreColumns::with_capacity(0), Vec::new());
        let rows = parts.iter().flat_map(|part| &part[unit]);
        // NAN marks what lies outside the scope
        for (at, (score, q)) in (0..).zip(rows).filter(|(_, (score, _))| !score.is_nan()) {
            shelf.push(*score, *q);
            places.push(at);
        }
        (shelf, places)
    };
    (0..units.len()).map(shelf).collect()
}

/// Which accepted lessons a unit brings along: by the rule that fills its prompts, with more slots.
pub fn chosen(
    accepted: &[BankedLesson],
    (shelf, places): &(ScoreColumns, Vec<u32>),
    scope: BankScope,
    unit: &UnitSpec,
    slots: usize,
) -> Vec<CarriedLesson> {
    let rule = Rule {
        slots,
        threshold: SIGNIFICANT,
        by: By::SpeedAndRelevance,
        preset: Preset::Corrected,
    };
    let chosen = shelf.choose(rule).into_iter();
    let lessons = chosen.filter_map(|(place, _)| accepted.get(*places.get(place)? as usize));
    lessons
        .filter_map(|lesson| Some(carried(lesson, best_sighting(lesson, scope, unit)?)))
        .collect()
}

fn is_home(sighting: &Sighting, unit: &UnitSpec) -> bool {
    sighting.problem == unit.problem && sighting.mode == unit.mode
}

/// Where a lesson was learned, as near to this unit as possible; `None` if nowhere within the scope.
fn best_sighting<'a>(
    lesson: &'a BankedLesson,
    scope: BankScope,
    unit: &UnitSpec,
) -> Option<&'a Sighting> {
    let near = |s: &&Sighting| {
        let near = s.category == unit.category;
        (is_home(s, unit), near, s.mode == unit.mode, !s.imported)
    };
    let within = |s: &&Sighting| match scope {
        BankScope::Fresh => false,
        BankScope::Category => s.category == unit.category,
        BankScope::All => true,
    };
    let learned = lesson.sightings.iter().filter(|s| !s.carried);
    learned.filter(within).max_by_key(near)
}

fn carried(lesson: &BankedLesson, sighting: &Sighting) -> CarriedLesson {
    CarriedLesson {
        text: lesson.text.clone(),
        outcome: sighting.outcome,
        origin: LessonOrigin {
            key: lesson.key.clone(),
            source: sighting.source.clone(),
            problem: sighting.problem.clone(),
            category: sighting.category.clone(),
            mode: sighting.mode,
            compiler: sighting.compiler.clone(),
            cpu: sighting.cpu.clone(),
            author: sighting.author.clone(),
            speedup: sighting.speedup,
            imported: sighting.imported,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::event::Envelope;
    use crate::domain::problem::{Mode, ProblemId};

    fn recorded() -> Run {
        let facts: Vec<Envelope> = include_str!("../../tests/fixtures/recorded-run.jsonl")
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        Run::fold(&facts).unwrap()
    }

    #[test]
    fn a_runs_lessons_keep_where_they_come_from_and_what_the_person_decided() {
        let lessons = told(&recorded());
        let pinned = &lessons[0];
        assert_eq!(
            pinned.standing,
            Standing::Accepted,
            "a pin is an acceptance"
        );
        assert_eq!(
            pinned.sighting.author,
            "loops (built-in rules, not a model)"
        );
        assert_eq!(pinned.sighting.compiler, "g++ 12.2.0");
        assert_eq!(pinned.sighting.problem.as_str(), "pareval/dense_la/gemm");
        // edited only: nobody said that it may go on
        assert_eq!(lessons[1].standing, Standing::Staged);
        assert_eq!(lessons[1].text, "Tile for the first-level cache.");
    }

    #[test]
    fn a_unit_brings_along_what_its_scope_allows_the_nearest_first() {
        let run = recorded();
        let mut unit = run.units[0].spec.clone();
        let lesson = |category: &str, problem: &str| {
            let mut told = told(&run).remove(0);
            told.sighting.category = category.to_owned();
            told.sighting.problem = ProblemId::new(problem).unwrap();
            BankedLesson {
                key: problem.to_owned(),
                text: told.text,
                standing: Standing::Accepted,
                by: StandingBy::Person,
                sightings: vec![told.sighting],
            }
        };
        let bank = [
            lesson("fft", "p/fft/x"),
            lesson("dense_la", "p/dense_la/y"),
            lesson("dense_la", unit.problem.as_str()),
        ];
        let keys = |scope, slots, unit: &UnitSpec| -> Vec<String> {
            let shelf = shelves(&bank, scope, std::slice::from_ref(unit)).remove(0);
            let chosen = chosen(&bank, &shelf, scope, unit, slots);
            chosen.into_iter().map(|c| c.origin.key).collect()
        };
        assert_eq!(keys(BankScope::Fresh, 9, &unit), Vec::<String>::new());
        assert_eq!(
            keys(BankScope::Category, 9, &unit),
            ["p/dense_la/y", unit.problem.as_str()]
        );
        assert_eq!(keys(BankScope::All, 9, &unit).len(), 3);
        // one slot: the one that was fast on this very problem
        assert_eq!(keys(BankScope::All, 1, &unit), [unit.problem.as_str()]);
        unit.mode = Mode::Omp;
        assert_eq!(
            keys(BankScope::All, 1, &unit),
            ["p/fft/x"],
            "elsewhere speed says nothing"
        );
    }
}

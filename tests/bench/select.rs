//! How long choosing lessons out of a million takes: `cargo bench --bench select [LESSONS]`. Prints the figures; asserts
//! nothing, since a clock on a busy machine proves nothing.
//!
//! Three parts: the choosing by columns, which is what a run with `--bank all` does for each of its problems; the engine's
//! selection with a reason for every lesson, in banks up to a size that no run's own bank has; and what such a run does
//! once, before it chooses: reading the lessons from the store, and comparing their texts with the problem's code.

use std::hint::black_box;
use std::time::Instant;

use lessonl::bank::{By, Rule, ScoreColumns, key, select};
use lessonl::cli::gather;
use lessonl::domain::carried::{BankScope, BankedLesson, Sighting, Standing};
use lessonl::domain::id::{AgentId, LessonId, Round, UnitId};
use lessonl::domain::lesson::{Lesson, LessonOutcome, LessonState};
use lessonl::domain::problem::{Mode, ProblemId};
use lessonl::domain::run::Run;
use lessonl::domain::spec::{Preset, UnitSpec};
use lessonl::store::bank::{Told, import};

const REPEATS: usize = 101;
const WORDS: [&str; 32] = [
    "hoisting",
    "the",
    "row",
    "pointer",
    "out",
    "of",
    "inner",
    "loop",
    "lets",
    "compiler",
    "vectorise",
    "blocking",
    "for",
    "cache",
    "keeps",
    "tile",
    "in",
    "registers",
    "because",
    "memory",
    "bandwidth",
    "sorting",
    "first",
    "avoids",
    "branches",
    "unrolling",
    "hurts",
    "reduction",
    "order",
    "std::nth_element",
    "is",
    "faster",
];

fn main() {
    let lessons = std::env::args().find_map(|text| text.parse().ok());
    let lessons: usize = lessons.unwrap_or(1_000_000);
    let mut draw = Draw(1);
    by_columns(lessons, &mut draw);
    with_reasons(lessons, &mut draw);
    if let Err(error) = from_the_store(lessons, &mut draw) {
        eprintln!("the store: {error}");
        std::process::exit(1);
    }
}

/// A linear congruential generator: the same figures in every run.
struct Draw(u64);

impl Draw {
    fn share(&mut self) -> f64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn sentence(&mut self) -> String {
        let mut words = vec!["Number".to_owned(), self.0.to_string()];
        words.extend((0..24).map(|_| {
            let at = (self.share() * WORDS.len() as f64) as usize;
            WORDS[at % WORDS.len()].to_owned()
        }));
        words.join(" ")
    }
}

/// Median and slowest of many repeats, in milliseconds.
fn timed<T>(repeats: usize, mut work: impl FnMut() -> T) -> String {
    let mut times: Vec<f64> = (0..repeats)
        .map(|_| {
            let begin = Instant::now();
            black_box(work());
            begin.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    times.sort_by(f64::total_cmp);
    format!(
        "median {:.2} ms, slowest {:.2} ms",
        times[repeats / 2],
        times[repeats - 1]
    )
}

fn rule(slots: usize, by: By) -> Rule {
    Rule {
        slots,
        threshold: 1.1,
        by,
        preset: Preset::Corrected,
    }
}

fn by_columns(lessons: usize, draw: &mut Draw) {
    let mut shelf = ScoreColumns::with_capacity(lessons);
    for _ in 0..lessons {
        shelf.push(draw.share() * 3.0, draw.share());
    }
    for (name, by) in [
        ("speed and relevance", By::SpeedAndRelevance),
        ("speed", By::Speed),
        ("relevance", By::Relevance),
        ("chance", By::Chance(7)),
    ] {
        for slots in [4, 32] {
            let took = timed(REPEATS, || black_box(&shelf).choose(rule(slots, by)));
            println!("by columns, {slots:>2} of {lessons} by {name}: {took}");
        }
    }
}

fn with_reasons(lessons: usize, draw: &mut Draw) {
    for size in [100, 10_000, lessons] {
        let bank: Vec<Lesson> = (0..size).map(|at| learned(at, draw)).collect();
        let took = timed(REPEATS, || {
            select(black_box(&bank), rule(4, By::SpeedAndRelevance))
        });
        println!("as the engine does, a reason for each of {size}: {took}");
    }
}

fn learned(at: usize, draw: &mut Draw) -> Lesson {
    let id = lessonl::domain::id::CandidateId {
        round: Round((at >> 16) as u16),
        agent: AgentId((at >> 8) as u8),
        attempt: at as u8,
    };
    Lesson {
        id: LessonId::Learned(id),
        text: "Tile it.".to_owned(),
        outcome: LessonOutcome::Significant,
        speedup: draw.share() * 3.0,
        factor: 1.0,
        relevance: draw.share(),
        round: id.round,
        agent: Some(id.agent),
        read: Vec::new(),
        state: LessonState::Proposed,
        edited: false,
        origin: None,
        measured: None,
        cause: None,
        supporters: 0,
    }
}

fn from_the_store(lessons: usize, draw: &mut Draw) -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let database = folder.path().join("lessonl.db");
    let mut left = lessons;
    let begin = Instant::now();
    while left > 0 {
        let part: Vec<Told> = (0..left.min(50_000))
            .map(|at| told(left - at, draw))
            .collect::<Result<_, _>>()?;
        left -= part.len();
        import(&database, &part)?;
    }
    println!(
        "store: {lessons} lessons written in {:.1} s",
        begin.elapsed().as_secs_f64()
    );
    let unit = unit()?;
    let begin = Instant::now();
    let accepted: Vec<BankedLesson> = gather::accepted(&database)?;
    println!(
        "store: {} read, once per run: {:.2} s",
        accepted.len(),
        begin.elapsed().as_secs_f64()
    );
    let begin = Instant::now();
    let units = std::slice::from_ref(&unit);
    let shelf = gather::shelves(&accepted, BankScope::All, units).remove(0);
    println!(
        "store: texts compared with the code of one problem: {:.2} s",
        begin.elapsed().as_secs_f64()
    );
    let took = timed(REPEATS, || {
        gather::chosen(&accepted, black_box(&shelf), BankScope::All, &unit, 32)
    });
    println!(
        "store: 32 of {} chosen for a problem: {took}",
        accepted.len()
    );
    Ok(())
}

fn told(number: usize, draw: &mut Draw) -> Result<Told, Box<dyn std::error::Error>> {
    let text = draw.sentence();
    Ok(Told {
        key: key(&text),
        text,
        standing: Standing::Accepted,
        sighting: Sighting {
            source: format!("run-{number}"),
            unit: 0,
            lesson: "L-r0a0".to_owned(),
            imported: false,
            carried: false,
            problem: ProblemId::new(match number % 16 {
                0 => "pareval/dense_la/gemm",
                _ => "pareval/sort/sort_non-zero",
            })?,
            category: "dense_la".to_owned(),
            mode: Mode::Serial,
            compiler: "g++ 12.2.0".to_owned(),
            cpu: "a CPU".to_owned(),
            author: "a (model)".to_owned(),
            outcome: LessonOutcome::Significant,
            speedup: draw.share() * 3.0,
            factor: 1.0,
            with: Default::default(),
            without: Default::default(),
        },
    })
}

/// The recorded run's first problem: a matrix product.
fn unit() -> Result<UnitSpec, Box<dyn std::error::Error>> {
    let facts = include_str!("../fixtures/recorded-run.jsonl").lines();
    let facts = facts
        .map(serde_json::from_str)
        .collect::<Result<Vec<_>, _>>()?;
    let run = Run::fold(&facts).ok_or("no run")?;
    Ok(run.unit(UnitId(0)).ok_or("no unit")?.spec.clone())
}

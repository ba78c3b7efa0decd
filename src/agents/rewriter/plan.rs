//! Which techniques an agent tries in a round, from its style, the round and the lessons it was given. Never touches code.

use std::collections::BTreeSet;

use super::techniques::{Options, Technique, Threads};
use crate::domain::ask::Ask;
use crate::domain::lesson::{Lesson, LessonOutcome};
use crate::domain::problem::Mode;
use crate::domain::spec::RewriterStyle;

/// What to try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Techniques in the order of application; those that do not apply are passed over.
    pub techniques: Vec<Technique>,
    /// Their parameters.
    pub options: Options,
    /// Techniques taken over from lessons.
    pub adopted: Vec<Technique>,
    /// Techniques left out because of lessons.
    pub avoided: Vec<Technique>,
}

/// Techniques that a text names, by our own names first and by anybody's words otherwise.
pub fn named(text: &str) -> BTreeSet<Technique> {
    let text = text.to_lowercase();
    let own = |t: &Technique| text.contains(t.words().name) || text.contains(t.words().act);
    let mut found: BTreeSet<Technique> = Technique::ALL.into_iter().filter(own).collect();
    if found.is_empty() {
        let said = |t: &Technique| t.words().keywords.iter().any(|k| text.contains(k));
        found = Technique::ALL.into_iter().filter(said).collect();
    }
    // tiling says all that interchange says
    if found.contains(&Technique::Tiling) {
        found.remove(&Technique::Interchange);
    }
    found
}

/// The first choice of a style.
fn first(style: RewriterStyle, mode: Mode) -> Vec<Technique> {
    use Technique::*;
    match (style, mode) {
        (RewriterStyle::Loops, _) => vec![
            Interchange,
            AngleTable,
            WeightedSum,
            Interior,
            SkipBlocks,
            ScalarAccumulation,
            Hoisting,
        ],
        (RewriterStyle::Library, _) => {
            vec![
                Sweep,
                SortKeys,
                BlockedSearch,
                BitWords,
                VectorQueue,
                HashMaps,
                HashedLookups,
                References,
                Reserve,
                Powers,
                Newlines,
            ]
        }
        (RewriterStyle::Parallel, Mode::Serial) => {
            vec![Accumulators, SplitHistogram, ScalarAccumulation]
        }
        (RewriterStyle::Parallel, Mode::Omp) => vec![ParallelLoops],
    }
}

/// What a style tries on top, one more per round.
fn further(style: RewriterStyle) -> Vec<Technique> {
    use Technique::*;
    match style {
        RewriterStyle::Loops => vec![Tiling, Accumulators, SplitHistogram],
        RewriterStyle::Library => vec![CheapTest, WeightedSum, Accumulators],
        RewriterStyle::Parallel => vec![Interior, BlockedSearch, AngleTable, Tiling],
    }
}

/// Makes the plan.
pub fn plan(style: RewriterStyle, ask: &Ask, lessons: &[Lesson]) -> Plan {
    let round = usize::from(ask.id.about.round.0);
    let (mut worked, mut failed) = (BTreeSet::new(), BTreeSet::new());
    for lesson in lessons {
        let about = named(&lesson.text);
        match lesson.outcome {
            LessonOutcome::Significant | LessonOutcome::Advice => worked.extend(about),
            LessonOutcome::Slight if lesson.speedup > 1.01 => worked.extend(about),
            LessonOutcome::Slight => {}
            _ => failed.extend(about),
        }
    }
    let mut wanted: BTreeSet<Technique> = first(style, ask.brief.mode).into_iter().collect();
    wanted.extend(further(style).into_iter().take(round));
    if style != RewriterStyle::Parallel
        && ask.brief.mode == Mode::Omp
        && round > 1
        && !failed.contains(&Technique::ParallelLoops)
    {
        wanted.insert(Technique::ParallelLoops);
    }
    let adopted = worked
        .iter()
        .filter(|t| !wanted.contains(t))
        .copied()
        .collect();
    wanted.extend(worked.iter().copied());
    let avoided: Vec<Technique> = failed
        .difference(&worked)
        .filter(|t| wanted.contains(t))
        .copied()
        .collect();
    wanted.retain(|t| !avoided.contains(t));
    let threads = match ask.brief.mode {
        Mode::Omp if wanted.contains(&Technique::ParallelLoops) => Threads::Team,
        _ => Threads::One,
    };
    let turn = round + style as usize;
    let pick = |choices: &[usize], offset: usize| choices[(turn + offset) % choices.len()];
    Plan {
        techniques: Technique::ALL
            .into_iter()
            .filter(|t| wanted.contains(t))
            .collect(),
        options: Options {
            // round 0 starts from the values that serve most machines
            lanes: pick(&[16, 32, 8, 64], 2),
            rows: pick(&[4, 2, 8], 2),
            block: pick(&[1024, 4096, 512], 2),
            tables: pick(&[4, 8, 2], 1),
            threads,
        },
        adopted,
        avoided,
    }
}

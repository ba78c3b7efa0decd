//! Which techniques an agent tries in a round, from its style, the round and the lessons it was given. Never touches code.

use std::collections::BTreeSet;

use super::techniques::{Options, Technique, Threads};
use crate::domain::ask::Ask;
use crate::domain::lesson::{Lesson, LessonOutcome};
use crate::domain::problem::Mode;
use crate::domain::spec::RewriterStyle;

/// What to try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Plan {
    /// Techniques in the order of application; those that do not apply are passed over.
    pub techniques: Vec<Technique>,
    /// Techniques tried when none of those applies.
    pub spare: Vec<Technique>,
    /// Their parameters.
    pub options: Options,
    /// Techniques taken over from lessons.
    pub adopted: Vec<Technique>,
    /// Techniques left out because of lessons.
    pub avoided: Vec<Technique>,
    /// What those lessons were, in words.
    pub source: &'static str,
}

/// Techniques that a text names, by our own names first and by anybody's words otherwise.
pub(crate) fn named(text: &str) -> BTreeSet<Technique> {
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
            Jam,
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
            vec![Tiling, Accumulators, SplitHistogram, ScalarAccumulation]
        }
        (RewriterStyle::Parallel, Mode::Omp) => vec![ParallelLoops],
    }
}

/// What a style tries on top, one more per round.
fn further(style: RewriterStyle) -> Vec<Technique> {
    use Technique::*;
    match style {
        RewriterStyle::Loops => vec![Tiling, Accumulators, SplitHistogram],
        RewriterStyle::Library => vec![CheapTest, WeightedSum, Accumulators, ScalarAccumulation],
        RewriterStyle::Parallel => vec![
            Interior,
            BlockedSearch,
            AngleTable,
            Tiling,
            Interchange,
            Jam,
            ScalarAccumulation,
            Accumulators,
        ],
    }
}

/// The parameter that the fastest lesson about a technique names, as in `several accumulators (8)`.
fn best_parameter(technique: Technique, lessons: &[Lesson]) -> Option<usize> {
    let mark = format!("{} (", technique.words().name);
    let parameter = |l: &Lesson| -> Option<usize> {
        let rest = &l.text[l.text.find(&mark)? + mark.len()..];
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        digits.parse().ok().filter(|n| (2..=4096).contains(n))
    };
    let best = lessons
        .iter()
        .filter(|l| l.speedup > 1.0 && parameter(l).is_some());
    best.max_by(|a, b| a.speedup.total_cmp(&b.speedup))
        .and_then(parameter)
}

/// Makes the plan.
pub(crate) fn plan(style: RewriterStyle, ask: &Ask, lessons: &[Lesson]) -> Plan {
    let about = ask.id.about;
    // a later attempt in a round goes as far as a later round
    let round = usize::from(about.round.0) + usize::from(about.attempt);
    let (mut worked, mut failed) = (BTreeSet::new(), BTreeSet::new());
    for lesson in lessons {
        let about = named(&lesson.text);
        match lesson.outcome {
            LessonOutcome::Significant | LessonOutcome::Advice => worked.extend(about),
            LessonOutcome::Slight if lesson.speedup > 1.01 => worked.extend(about),
            LessonOutcome::Slight | LessonOutcome::Same => {}
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
    // of two ways to turn the same nest, the faster one so far
    let speed = |t: Technique| {
        lessons
            .iter()
            .filter(|l| named(&l.text).contains(&t))
            .map(|l| l.speedup)
            .fold(0.0, f64::max)
    };
    if worked.contains(&Technique::Interchange)
        && speed(Technique::Interchange) > speed(Technique::Tiling)
        && speed(Technique::Tiling) > 0.0
    {
        wanted.remove(&Technique::Tiling);
    }
    let turn = round + style as usize;
    let pick = |choices: &[usize], offset: usize| choices[(turn + offset) % choices.len()];
    // every other turn keeps the parameters of the best attempt, the others vary them
    let kept = |t: Technique, varied: usize| match best_parameter(t, lessons) {
        Some(best) if turn.is_multiple_of(2) => best,
        _ => varied,
    };
    let ordered = |wanted: &dyn Fn(&Technique) -> bool| {
        Technique::ALL
            .into_iter()
            .filter(wanted)
            .collect::<Vec<_>>()
    };
    // what did not apply alone may do after another, so the spare ones are tried along with it
    let spare: BTreeSet<Technique> = further(style)
        .into_iter()
        .filter(|t| !failed.contains(t))
        .chain(wanted.iter().copied())
        .collect();
    Plan {
        techniques: ordered(&|t| wanted.contains(t)),
        spare: ordered(&|t| spare.contains(t)),
        options: Options {
            // round 0 starts from the values that serve most machines
            lanes: kept(Technique::Accumulators, pick(&[16, 32, 8, 64], 2)),
            rows: kept(Technique::Tiling, pick(&[4, 6, 8], 2)),
            updates: kept(Technique::Jam, pick(&[4, 8, 2], 0)),
            block: kept(Technique::BlockedSearch, pick(&[1024, 4096, 512], 2)),
            tables: kept(Technique::SplitHistogram, pick(&[4, 8, 2], 1)),
            threads,
        },
        adopted,
        avoided,
        source: "lessons",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn techniques_are_found_in_our_own_and_in_anybody_elses_words() {
        let own = "Summing in several accumulators ran 2.00× [1.90, 2.10] faster (several accumulators (16)).";
        assert_eq!(named(own), BTreeSet::from([Technique::Accumulators]));
        let model = "I reordered the loops (i-k-j) and used raw pointers, which removed the strided access.";
        assert_eq!(
            named(model),
            BTreeSet::from([Technique::Interchange, Technique::Hoisting])
        );
        assert_eq!(named("Nothing to see here."), BTreeSet::new());
    }
}

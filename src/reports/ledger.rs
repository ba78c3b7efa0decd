//! The ledger of lessons: which lesson was in which prompt, what came of it, and what the lesson is worth where a
//! hold-out drew who reads it. The effect is the difference of mean log speedups with and without it (wrong counts as
//! 1.0), so its exponential is a ratio: 1.2 means candidates were 1.2 times faster with it. Pure.
//! Never claims a worth from prompts that were not drawn, nor from too few.

use std::collections::BTreeMap;

use serde::Serialize;

use super::bootstrap::{CONFIDENCE, FEWEST_CLUSTERS, Interval, clustered, could_tell, welch};
use crate::domain::carried::Arm;
use crate::domain::evaluation::Outcome;
use crate::domain::id::{AgentId, AskId, CandidateId, LessonId, Purpose, Round, UnitId};
use crate::domain::lesson::{LessonOutcome, Reason};
use crate::domain::measurement::ratio;
use crate::domain::run::{Run, Unit};

/// What a lesson is worth.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Worth {
    /// Candidates with it were this many times as fast as those without it.
    Measured(Interval),
    /// Too few prompts with it or without it to say anything.
    TooLittle,
    /// Nothing was held out: there is nothing to compare with.
    NotHeldOut,
}

impl Worth {
    /// In a few words.
    pub fn words(&self) -> String {
        match self {
            Self::Measured(worth) => {
                let [estimate, lo, hi] = [worth.estimate, worth.lo, worth.hi].map(ratio);
                let shown = if worth.holds(1.0) {
                    ", no difference shown"
                } else {
                    ""
                };
                format!("{estimate}× [{lo}, {hi}]{shown}")
            }
            Self::TooLittle => "too little data".to_owned(),
            Self::NotHeldOut => "not measured".to_owned(),
        }
    }

    /// The worth that two arms of one lesson show.
    pub fn of(with: Arm, without: Arm) -> Self {
        if without.count == 0 {
            return Self::NotHeldOut;
        }
        welch(with, without, CONFIDENCE).map_or(Self::TooLittle, |effect| {
            Self::Measured(effect.map(f64::exp))
        })
    }

    /// Whether the whole interval lies above 1.
    pub fn is_shown(&self) -> bool {
        matches!(self, Self::Measured(worth) if worth.lo > 1.0)
    }
}

/// Whether a lesson was in a prompt for which it had been selected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// It was.
    In,
    /// It was drawn to be left out.
    HeldOut,
}

/// A prompt that a lesson was selected for, and what came of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Entry {
    /// Its round.
    pub round: Round,
    /// Whose prompt.
    pub agent: AgentId,
    /// Whether the lesson was in it.
    pub place: Place,
    /// What became of the candidate, once known.
    pub outcome: Option<Outcome>,
    /// Its score: speedup, 0 unless correct.
    pub score: Option<f64>,
    /// Whether chance decided about the place.
    pub drawn: bool,
}

/// A lesson's page in the ledger.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Account {
    /// Which.
    pub lesson: LessonId,
    /// What the attempt behind it came to.
    pub outcome: LessonOutcome,
    /// The paper's factor after each round that had it in its prompts.
    pub factors: Vec<(Round, f64)>,
    /// Prompts it was selected for, in order.
    pub entries: Vec<Entry>,
    /// Outcomes of drawn prompts it was in.
    pub with: Arm,
    /// Outcomes of drawn prompts it was held out of.
    pub without: Arm,
    /// What it is worth.
    pub worth: Worth,
}

/// The outcome of a prompt as a log speedup; `None` for our own failures and what is not known.
fn value(entry: &Entry) -> Option<f64> {
    match (entry.outcome?, entry.score?) {
        (Outcome::HarnessFault, _) => None,
        (_, score) if score > 0.0 => Some(score.ln()),
        _ => Some(0.0),
    }
}

/// The page of one lesson; `None` if the unit does not have it.
pub fn account(run: &Run, unit: UnitId, lesson: LessonId) -> Option<Account> {
    of_lesson(run, run.unit(unit)?, lesson)
}

/// The pages of a unit's lessons, in the order of learning.
pub fn accounts(run: &Run, unit: &Unit) -> Vec<Account> {
    let lessons = unit.lessons.iter();
    lessons
        .filter_map(|record| of_lesson(run, unit, record.lesson.id))
        .collect()
}

fn of_lesson(run: &Run, unit: &Unit, lesson: LessonId) -> Option<Account> {
    let record = unit.lesson(lesson)?;
    let entries = entries(run, unit, lesson);
    let (mut with, mut without) = (Arm::default(), Arm::default());
    for entry in entries.iter().filter(|entry| entry.drawn) {
        if let Some(value) = value(entry) {
            match entry.place {
                Place::In => with.add(value),
                Place::HeldOut => without.add(value),
            }
        }
    }
    let worth = match run.spec.holdout > 0.0 {
        true if without.count > 0 => Worth::of(with, without),
        true => Worth::TooLittle,
        false => Worth::NotHeldOut,
    };
    Some(Account {
        lesson,
        outcome: record.lesson.outcome,
        factors: record.factors.clone(),
        entries,
        with,
        without,
        worth,
    })
}

fn entries(run: &Run, unit: &Unit, lesson: LessonId) -> Vec<Entry> {
    let mut entries = Vec::new();
    for state in &unit.rounds {
        let chosen = state.selection.reasons.iter();
        let mut chosen = chosen.filter(|(id, why)| *id == lesson && why.is_in());
        let Some((_, why)) = chosen.next() else {
            continue;
        };
        for (agent, _) in (0..=u8::MAX).map(AgentId).zip(&run.spec.team) {
            let about = CandidateId::first(state.round, agent);
            let purpose = Purpose::Rewrite;
            if !unit.asks.contains_key(&AskId { about, purpose }) {
                continue;
            }
            let candidate = unit.candidates.get(&about);
            let evaluated = candidate.and_then(|c| c.evaluated.as_ref());
            entries.push(Entry {
                round: state.round,
                agent,
                place: match state.held_out.contains(&(agent, lesson)) {
                    true => Place::HeldOut,
                    false => Place::In,
                },
                outcome: evaluated.map(|e| e.evaluation.outcome()),
                score: evaluated.map(|e| e.evaluation.score()),
                drawn: run.spec.holdout > 0.0 && *why != Reason::Pinned,
            });
        }
    }
    entries
}

/// A prompt of which lessons were drawn to be in or out, and its outcome: what is pooled over lessons and runs.
#[derive(Debug, Clone, PartialEq)]
pub struct Observation {
    /// Log speedup of its candidate; wrong counts as 0.
    pub value: f64,
    /// By outcome of the attempt behind them: lessons that were in it, lessons that were held out.
    pub lessons: BTreeMap<&'static str, (u32, u32)>,
}

/// The drawn prompts of a run.
pub fn observations(run: &Run) -> Vec<Observation> {
    let mut all = Vec::new();
    for unit in &run.units {
        let mut prompts: BTreeMap<(Round, AgentId), Observation> = BTreeMap::new();
        for account in accounts(run, unit) {
            for entry in account.entries.iter().filter(|entry| entry.drawn) {
                let Some(value) = value(entry) else { continue };
                let prompt = prompts
                    .entry((entry.round, entry.agent))
                    .or_insert_with(|| Observation {
                        value,
                        lessons: BTreeMap::new(),
                    });
                let counts = prompt.lessons.entry(account.outcome.word()).or_default();
                match entry.place {
                    Place::In => counts.0 += 1,
                    Place::HeldOut => counts.1 += 1,
                }
            }
        }
        all.extend(prompts.into_values());
    }
    all
}

/// What lessons of one kind are worth, over many prompts.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Pooled {
    /// What the attempts behind the lessons came to; `all` for all of them.
    pub kind: String,
    /// Times a lesson was in a drawn prompt.
    pub with: u32,
    /// Times one was held out.
    pub without: u32,
    /// What it is worth.
    pub worth: Worth,
}

/// What lessons are worth by kind, the kinds in alphabetical order after `all`; empty where nothing was drawn. Lessons of
/// one prompt share its outcome, so prompts are what the bootstrap draws.
pub fn pool(observations: &[Observation]) -> Vec<Pooled> {
    let kinds: std::collections::BTreeSet<&str> = observations
        .iter()
        .flat_map(|o| o.lessons.keys().copied())
        .collect();
    if kinds.is_empty() {
        return Vec::new();
    }
    let mut pooled = vec![one_kind("all", observations, |o| {
        let sum = |(a, b): (u32, u32), (c, d): &(u32, u32)| (a + c, b + d);
        o.lessons.values().fold((0, 0), sum)
    })];
    pooled.extend(kinds.into_iter().map(|kind| {
        one_kind(kind, observations, |o| {
            o.lessons.get(kind).copied().unwrap_or_default()
        })
    }));
    pooled
}

fn one_kind(
    kind: &str,
    observations: &[Observation],
    counts: impl Fn(&Observation) -> (u32, u32),
) -> Pooled {
    let clusters: Vec<(f64, u32, u32)> = observations
        .iter()
        .map(|o| (o.value, counts(o).0, counts(o).1))
        .filter(|(_, with, without)| with + without > 0)
        .collect();
    let with = clusters.iter().map(|c| c.1).sum();
    let without = clusters.iter().map(|c| c.2).sum();
    let having = |side: fn(&(f64, u32, u32)) -> u32| {
        let having = clusters.iter().filter(|c| side(c) > 0).count();
        u32::try_from(having).unwrap_or(u32::MAX)
    };
    let (read, spared) = (having(|c| c.1), having(|c| c.2));
    let fewest = FEWEST_CLUSTERS as u32;
    let enough = read >= fewest && spared >= fewest && could_tell(read, spared, CONFIDENCE);
    let effect = enough
        .then(|| clustered(&clusters, CONFIDENCE, difference))
        .flatten();
    Pooled {
        kind: kind.to_owned(),
        with,
        without,
        worth: match effect {
            Some(effect) => Worth::Measured(effect.map(f64::exp)),
            None => Worth::TooLittle,
        },
    }
}

/// Mean outcome weighted by the lessons that were in, less that weighted by the lessons that were out.
fn difference(drawn: &[&(f64, u32, u32)]) -> Option<f64> {
    let (mut with, mut without) = ((0.0, 0.0), (0.0, 0.0));
    for (value, read, spared) in drawn {
        with.0 += value * f64::from(*read);
        with.1 += f64::from(*read);
        without.0 += value * f64::from(*spared);
        without.1 += f64::from(*spared);
    }
    (with.1 > 0.0 && without.1 > 0.0).then(|| with.0 / with.1 - without.0 / without.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn observation(value: f64, with: u32, without: u32) -> Observation {
        Observation {
            value,
            lessons: BTreeMap::from([("wrong", (with, without))]),
        }
    }

    #[test]
    fn a_worth_needs_enough_prompts_on_both_sides() {
        let (mut with, mut without) = (Arm::default(), Arm::default());
        assert_eq!(Worth::of(with, without), Worth::NotHeldOut);
        for n in 0..3 {
            with.add(1.0 + f64::from(n) / 10.0);
            without.add(f64::from(n) / 10.0);
        }
        assert_eq!(Worth::of(with, without), Worth::TooLittle);
        for n in 0..3 {
            with.add(1.0 + f64::from(n) / 10.0);
            without.add(f64::from(n) / 10.0);
        }
        let worth = Worth::of(with, without);
        let Worth::Measured(interval) = worth else {
            panic!("{worth:?}");
        };
        assert!((interval.estimate - 1_f64.exp()).abs() < 1e-12);
        assert!(worth.is_shown());
        assert_eq!(worth.words(), "2.72× [2.42, 3.05]");
    }

    #[test]
    fn pooled_worth_finds_a_planted_effect_and_no_other() {
        // reading doubles the speed; the rest is a known ripple
        let planted: Vec<Observation> = (0..40)
            .map(|n| {
                let ripple = f64::from((n * 13) % 7 - 3) / 20.0;
                let reads = n % 3 != 0;
                let effect = if reads { 2_f64.ln() } else { 0.0 };
                observation(ripple + effect, u32::from(reads), u32::from(!reads))
            })
            .collect();
        let pooled = pool(&planted);
        assert_eq!(pooled.len(), 2);
        assert_eq!((pooled[0].kind.as_str(), pooled[0].with), ("all", 26));
        let Worth::Measured(worth) = pooled[1].worth else {
            panic!("{pooled:?}");
        };
        assert!(worth.holds(2.0) && worth.lo > 1.5, "{worth:?}");
        let nothing: Vec<Observation> = (0..40)
            .map(|n| {
                let ripple = f64::from((n * 13) % 7 - 3) / 20.0;
                observation(ripple, u32::from(n % 3 != 0), u32::from(n % 3 == 0))
            })
            .collect();
        assert!(
            pool(&nothing)[0]
                .worth
                .words()
                .ends_with("no difference shown")
        );
    }

    #[test]
    fn few_prompts_are_too_little_and_none_are_nothing() {
        let few: Vec<Observation> = (0..6)
            .map(|n| observation(f64::from(n), n % 2, 1 - n % 2))
            .collect();
        assert_eq!(pool(&few)[0].worth, Worth::TooLittle);
        assert_eq!(pool(&[]), Vec::new());
    }
}

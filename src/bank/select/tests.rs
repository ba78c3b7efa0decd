//! Claims about selection: a worked example by hand, the person's word, ties, and properties over random banks.

use proptest::prelude::*;

use super::*;
use crate::domain::id::LessonId;
use crate::domain::id::{AgentId, CandidateId, Round};
use crate::domain::lesson::LessonOutcome;
use crate::effectiveness;

const PAPER: Rule = Rule {
    slots: 4,
    threshold: 1.1,
    by: By::SpeedAndRelevance,
    preset: Preset::Paper,
};

fn id(round: u16, agent: u8) -> LessonId {
    LessonId::Learned(CandidateId::first(Round(round), AgentId(agent)))
}

fn lesson(id: LessonId, speedup: f64, relevance: f64) -> Lesson {
    let (round, agent) = match id {
        LessonId::Learned(candidate) => (candidate.round, Some(candidate.agent)),
        LessonId::Person(_) | LessonId::Carried(_) => (Round(0), None),
    };
    Lesson {
        id,
        text: id.to_string(),
        outcome: LessonOutcome::of_speedup(speedup),
        speedup,
        factor: 1.0,
        relevance,
        round,
        agent,
        read: Vec::new(),
        state: LessonState::Proposed,
        edited: false,
        origin: None,
        measured: None,
        cause: None,
        supporters: 0,
    }
}

fn rescore(bank: &mut [Lesson], selection: &Selection, scores: &[f64]) {
    for chosen in selection.chosen() {
        for lesson in bank.iter_mut().filter(|lesson| lesson.id == chosen) {
            if let Some(factor) = effectiveness(lesson.speedup, scores, 0.1) {
                lesson.factor = factor;
            }
        }
    }
}

fn factors(bank: &[Lesson]) -> Vec<f64> {
    let thousandths = |f: f64| (f * 1e3).round() / 1e3;
    bank.iter()
        .map(|lesson| thousandths(lesson.factor))
        .collect()
}

/// Three agents, four rounds, k = 4, threshold 1.1, ε = 0.1; every number below was worked out by hand.
#[test]
fn the_worked_example_over_three_selections() {
    // Round 0: a0 twice as fast, a1 wrong, a2 slightly faster.
    let mut bank = vec![
        lesson(id(0, 0), 2.0, 0.30),
        lesson(id(0, 1), 0.0, 0.80),
        lesson(id(0, 2), 1.05, 0.50),
    ];
    // Round 1: three lessons, four slots: the whole bank.
    let first = select(&bank, PAPER);
    assert_eq!(
        first.reasons,
        [
            (id(0, 0), Reason::WholeBank),
            (id(0, 1), Reason::WholeBank),
            (id(0, 2), Reason::WholeBank),
        ]
    );
    // Its scores: 1.15, 2.5, 0. Above 2.0: one of three → (1.1 + 0.9 + 0.9) / 3 = 0.967.
    // Above 0.0: two of three → (1.1 + 1.1 + 0.9) / 3 = 1.033. Above 1.05: two of three → 1.033.
    rescore(&mut bank, &first, &[1.15, 2.5, 0.0]);
    assert_eq!(factors(&bank), [0.967, 1.033, 1.033]);
    bank.extend([
        lesson(id(1, 0), 1.15, 0.20),
        lesson(id(1, 1), 2.5, 0.10),
        lesson(id(1, 2), 0.0, 0.60),
    ]);
    // Round 2: s·f = 1.933, 0, 1.085, 1.15, 2.5, 0. At or above 1.1: 2.5, 1.933, 1.15; two speed slots.
    // The rest by q: 0.80 (r0a1), 0.60 (r1a2), 0.50 (r0a2), 0.20 (r1a0); two slots.
    let second = select(&bank, PAPER);
    let chosen: Vec<_> = second.chosen().collect();
    assert_eq!(chosen, [id(1, 1), id(0, 0), id(0, 1), id(1, 2)]);
    assert_eq!(
        second.reasons[0].1,
        Reason::Speed {
            rank: 1,
            score: 2.5
        }
    );
    assert_eq!(
        second.reasons[3].1,
        Reason::Relevance {
            rank: 2,
            relevance: 0.60
        }
    );
    let out: Vec<_> = second.reasons[4..].iter().map(|(id, _)| *id).collect();
    assert_eq!(out, [id(0, 2), id(1, 0)]);
    // Its scores: 0, 2.2, and a2 had no candidate: two agents count.
    // r0a0 (2.0): 2.2 is above → (0.9 + 1.1) / 2 = 1.0, replacing 0.967. r0a1 (0.0): one of two → 1.0.
    // r1a1 (2.5): none → 0.9. r1a2 (0.0): one of two → 1.0. The two that were out keep 1.033 and 1.
    rescore(&mut bank, &second, &[0.0, 2.2]);
    assert_eq!(factors(&bank), [1.0, 1.0, 1.033, 1.0, 0.9, 1.0]);
    bank.extend([lesson(id(2, 0), 0.0, 0.05), lesson(id(2, 1), 2.2, 0.15)]);
    // Round 3: s·f = 2.0, 0, 1.085, 1.15, 2.25, 0, 0, 2.2: speed to r1a1 (2.25) and r2a1 (2.2), not r0a0 (2.0).
    // The rest by q: r0a1 (0.80), r1a2 (0.60).
    let third = select(&bank, PAPER);
    let chosen: Vec<_> = third.chosen().collect();
    assert_eq!(chosen, [id(1, 1), id(2, 1), id(0, 1), id(1, 2)]);
}

#[test]
fn exactly_the_threshold_competes_for_speed_and_odd_k_favours_speed() {
    let bank: Vec<_> = (0..5).map(|a| lesson(id(0, a), 1.1, 0.1)).collect();
    let rule = Rule { slots: 3, ..PAPER };
    let chosen: Vec<_> = select(&bank, rule).reasons[..3]
        .iter()
        .map(|r| r.1)
        .collect();
    assert_eq!(
        chosen,
        [
            Reason::Speed {
                rank: 1,
                score: 1.1
            },
            Reason::Speed {
                rank: 2,
                score: 1.1
            },
            Reason::Relevance {
                rank: 1,
                relevance: 0.1
            },
        ]
    );
}

#[test]
fn unfilled_speed_slots_go_to_relevance() {
    let bank: Vec<_> = (0..6)
        .map(|a| lesson(id(0, a), 1.0, f64::from(a) / 10.0))
        .collect();
    let chosen: Vec<_> = select(&bank, PAPER).chosen().collect();
    assert_eq!(chosen, [id(0, 5), id(0, 4), id(0, 3), id(0, 2)]);
}

#[test]
fn rejected_is_never_in_and_pinned_is_beside_the_slots() {
    let mut bank: Vec<_> = (0..6).map(|a| lesson(id(0, a), 2.0, 0.5)).collect();
    bank.push(lesson(LessonId::Person(1), 0.0, 0.0));
    bank[0].state = LessonState::Rejected;
    bank[6].state = LessonState::Pinned;
    let selection = select(&bank, PAPER);
    let chosen: Vec<_> = selection.chosen().collect();
    assert_eq!(
        chosen,
        [LessonId::Person(1), id(0, 1), id(0, 2), id(0, 3), id(0, 4)]
    );
    assert!(selection.reasons.contains(&(id(0, 0), Reason::Rejected)));
}

#[test]
fn a_persons_lesson_competes_by_relevance_alone() {
    let mut bank: Vec<_> = (0..5).map(|a| lesson(id(0, a), 2.0, 0.2)).collect();
    bank.push(lesson(LessonId::Person(1), 0.0, 0.9));
    let selection = select(&bank, PAPER);
    assert!(selection.reasons.contains(&(
        LessonId::Person(1),
        Reason::Relevance {
            rank: 1,
            relevance: 0.9
        }
    )));
}

#[test]
fn with_no_slots_only_pinned_lessons_are_in() {
    let mut bank: Vec<_> = (0..3).map(|a| lesson(id(0, a), 2.0, 0.2)).collect();
    bank[1].state = LessonState::Pinned;
    let rule = Rule { slots: 0, ..PAPER };
    assert_eq!(select(&bank, rule).chosen().collect::<Vec<_>>(), [id(0, 1)]);
}

fn banks() -> impl Strategy<Value = Vec<Lesson>> {
    let state = prop::sample::select(vec![
        LessonState::Proposed,
        LessonState::Accepted,
        LessonState::Rejected,
        LessonState::Pinned,
    ]);
    // few distinct values, so that ties are common
    let one = (0_u8..5, 0_u8..4, state);
    prop::collection::vec(one, 0..40).prop_map(|all| {
        let number = |(at, (speed, relevance, state))| {
            let id = id(at as u16 / 3, at as u8 % 3);
            let mut lesson = lesson(id, f64::from(speed) * 0.55, f64::from(relevance) / 4.0);
            lesson.state = state;
            lesson
        };
        all.into_iter().enumerate().map(number).collect()
    })
}

proptest! {
    #[test]
    fn every_lesson_has_one_reason_and_at_most_k_slots_are_used(bank in banks(), slots in 0_usize..7) {
        let selection = select(&bank, Rule { slots, ..PAPER });
        let mut covered: Vec<_> = selection.reasons.iter().map(|(id, _)| *id).collect();
        covered.sort_unstable();
        prop_assert_eq!(covered, bank.iter().map(|l| l.id).collect::<Vec<_>>());
        let open = bank.iter().filter(|l| !matches!(l.state, LessonState::Pinned | LessonState::Rejected)).count();
        let slotted = selection.reasons.iter().filter(|(_, why)| why.is_in() && *why != Reason::Pinned).count();
        prop_assert_eq!(slotted, open.min(slots));
        for (id, why) in &selection.reasons {
            let state = bank.iter().find(|l| l.id == *id).map(|l| l.state);
            prop_assert_eq!(state == Some(LessonState::Pinned), *why == Reason::Pinned);
            prop_assert_eq!(state == Some(LessonState::Rejected), *why == Reason::Rejected);
        }
    }

    #[test]
    fn the_banks_order_does_not_matter(bank in banks(), slots in 0_usize..7) {
        let rule = Rule { slots, ..PAPER };
        let mut backwards = bank.clone();
        backwards.reverse();
        let (here, there) = (select(&bank, rule), select(&backwards, rule));
        prop_assert_eq!(here.chosen().collect::<Vec<_>>(), there.chosen().collect::<Vec<_>>());
    }
}

#[test]
fn ablations_give_all_slots_to_one_rule() {
    let bank = vec![
        lesson(id(0, 0), 2.0, 0.1),
        lesson(id(0, 1), 0.0, 0.9),
        lesson(id(0, 2), 1.2, 0.2),
        lesson(id(1, 0), 1.0, 0.8),
        lesson(id(1, 1), 0.9, 0.7),
    ];
    let chosen = |slots, by| {
        let selection = select(&bank, Rule { slots, by, ..PAPER });
        selection.chosen().collect::<Vec<_>>()
    };
    // only two reach the threshold: the third slot stays empty
    assert_eq!(chosen(3, By::Speed), [id(0, 0), id(0, 2)]);
    assert_eq!(chosen(3, By::Relevance), [id(0, 1), id(1, 0), id(1, 1)]);
    assert_eq!(
        chosen(3, By::SpeedAndRelevance),
        [id(0, 0), id(0, 2), id(0, 1)]
    );
}

proptest! {
    #[test]
    fn drawing_depends_on_seed_and_ids_alone(bank in banks(), slots in 0_usize..7, seed: u64) {
        let rule = Rule { slots, by: By::Chance(seed), ..PAPER };
        let mut backwards = bank.clone();
        backwards.reverse();
        let chosen = |bank: &[Lesson]| select(bank, rule).chosen().collect::<Vec<_>>();
        prop_assert_eq!(chosen(&bank), chosen(&backwards));
        let open = bank.iter().filter(|l| !matches!(l.state, LessonState::Pinned | LessonState::Rejected)).count();
        let pinned = bank.iter().filter(|l| l.state == LessonState::Pinned).count();
        prop_assert_eq!(chosen(&bank).len(), pinned + open.min(slots));
    }
}

#[test]
fn every_lesson_is_drawn_about_equally_often() {
    let bank: Vec<_> = (0..10).map(|a| lesson(id(0, a), 1.0, 0.1)).collect();
    let mut times = [0; 10];
    for seed in 0..2000 {
        let by = By::Chance(seed);
        for drawn in select(&bank, Rule { by, ..PAPER }).chosen() {
            let at = bank.iter().position(|l| l.id == drawn).unwrap_or(0);
            times[at] += 1;
        }
    }
    assert!(times.iter().all(|n| (700..900).contains(n)), "{times:?}");
}

#[test]
fn corrected_a_slip_comes_last_and_no_difference_takes_no_speed_slot() {
    let with = |id, speedup, relevance, outcome| Lesson {
        outcome,
        ..lesson(id, speedup, relevance)
    };
    let bank = [
        with(id(0, 0), 1.4, 0.1, LessonOutcome::Same),
        with(id(0, 1), 0.0, 0.9, LessonOutcome::NotCompiled),
        with(id(0, 2), 0.0, 0.2, LessonOutcome::Wrong),
        with(id(1, 0), 1.2, 0.3, LessonOutcome::Significant),
        with(id(1, 1), 0.0, 0.8, LessonOutcome::Rejected),
    ];
    let chosen = |slots, preset| {
        let rule = Rule {
            slots,
            preset,
            ..PAPER
        };
        select(&bank, rule).chosen().collect::<Vec<_>>()
    };
    assert_eq!(chosen(2, Preset::Paper), [id(0, 0), id(0, 1)]);
    assert_eq!(chosen(2, Preset::Corrected), [id(1, 0), id(0, 2)]);
    assert_eq!(
        chosen(4, Preset::Corrected),
        [id(1, 0), id(0, 2), id(0, 0), id(0, 1)]
    );
}

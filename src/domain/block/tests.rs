//! Claims about blocks, and about whom to believe.

use proptest::prelude::*;

use super::*;
use crate::comparison::ComparisonSpec;
use crate::event::{FACT_VERSION, Fact};

fn run() -> RunId {
    RunId::new("r").unwrap()
}

/// A fact that tells who wrote it.
fn fact(seq: u64, at: i64) -> Envelope {
    Envelope {
        v: FACT_VERSION,
        run: run(),
        seq,
        at,
        fact: Fact::PauseSet { paused: true },
    }
}

fn attempt(number: u32, follows: Option<Follows>, seqs: std::ops::Range<u64>) -> BlockAttempt {
    let facts = seqs.map(|seq| fact(seq, i64::from(number))).collect();
    BlockAttempt {
        number,
        follows: follows.map(|follows| BTreeMap::from([(run(), follows)])),
        facts: BTreeMap::from([(run(), facts)]),
    }
}

fn writers(attempts: &[BlockAttempt]) -> Vec<i64> {
    believed(attempts, &run()).iter().map(|f| f.at).collect()
}

#[test]
fn a_node_that_was_only_thought_dead_writes_on_and_nobody_believes_it() {
    let none = Follows {
        attempt: 0,
        known: 0,
    };
    let after = |attempt, known| Some(Follows { attempt, known });
    let mut attempts = vec![attempt(1, Some(none), 0..9), attempt(2, after(1, 4), 4..6)];
    assert_eq!(writers(&attempts), [1, 1, 1, 1, 2, 2]);
    assert_eq!(fenced(&attempts, &run()), 5);
    // one that read less than another one: what it builds on counts, whoever wrote it
    attempts.push(attempt(3, after(1, 3), 3..5));
    assert_eq!(writers(&attempts), [1, 1, 1, 3, 3]);
    assert_eq!(follows(&attempts, &run()), after(3, 5).unwrap());
    // begun, but it has not said what it builds on
    attempts.push(attempt(4, None, 0..0));
    assert_eq!(writers(&attempts), [1, 1, 1, 3, 3]);
    assert!(!is_settled(&attempts) && is_settled(&attempts[..3]));
}

#[test]
fn attempts_that_tell_nothing_are_counted_from_the_end() {
    let silent = |number| attempt(number, None, 0..0);
    let attempts = [silent(1), attempt(2, None, 0..1), silent(3), silent(4)];
    assert_eq!((in_vain(&attempts, 0), in_vain(&attempts, 3)), (2, 1));
    assert_eq!((in_vain(&attempts[..2], 0), in_vain(&[], 0)), (0, 0));
}

#[test]
fn slices_share_the_blocks_out_and_are_read_as_written() {
    for of in 1..9 {
        let slices = (1..=of).map(|number| Slice { number, of });
        for block in (0..30).map(BlockId) {
            assert_eq!(slices.clone().filter(|slice| slice.has(block)).count(), 1);
        }
        for slice in slices {
            assert_eq!(slice.to_string().parse(), Ok(slice));
        }
    }
    for bad in ["", "0/3", "4/3", "1", "1/0", "-1/3", "a/b"] {
        assert!(bad.parse::<Slice>().is_err(), "{bad}");
    }
    assert_eq!(
        (parts(180, 1000), parts(9000, 1000), parts(0, 10)),
        (180, 1000, 1)
    );
}

#[test]
fn a_block_goes_on_only_on_its_class() {
    let named = ClassRule::Named("a".to_owned());
    assert!(may_work(&ClassRule::First, None, None, "a"));
    assert!(!may_work(&ClassRule::First, Some("b"), None, "a"));
    assert!(may_work(&ClassRule::Any, Some("b"), None, "a"));
    assert!(!may_work(&ClassRule::Any, Some("a"), Some("b"), "a"));
    assert!(may_work(&named, None, Some("a"), "a") && !may_work(&named, None, None, "b"));
}

#[test]
fn a_job_puts_itself_back_only_at_its_time_limit() {
    let at_limit = JobState {
        work_left: true,
        stop_wanted: false,
        preempted: false,
        running: true,
        left: Some(Duration::from_secs(90)),
    };
    assert!(requeue(at_limit));
    let others = [
        JobState {
            work_left: false,
            ..at_limit
        },
        JobState {
            stop_wanted: true,
            ..at_limit
        },
        JobState {
            preempted: true,
            ..at_limit
        },
        JobState {
            running: false,
            ..at_limit
        },
        JobState {
            left: None,
            ..at_limit
        },
        JobState {
            left: Some(Duration::from_secs(3000)),
            ..at_limit
        },
    ];
    for other in others {
        assert!(!requeue(other), "{other:?}");
    }
}

/// One thing that happens to attempts: another one begins after reading so much of each, or one writes on.
#[derive(Debug, Clone, Copy)]
enum Step {
    Begin { lag: usize },
    Write { who: usize },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let begin = (0usize..3).prop_map(|lag| Step::Begin { lag });
    let write = (0usize..6).prop_map(|who| Step::Write { who });
    proptest::collection::vec(prop_oneof![1 => begin, 4 => write], 1..60)
}

proptest! {
    #[test]
    fn whatever_attempts_do_the_facts_have_no_gap_and_the_latest_finds_what_it_built_on(steps in steps()) {
        let mut attempts: Vec<BlockAttempt> = Vec::new();
        let mut saw: Vec<Vec<Envelope>> = Vec::new();
        for step in steps {
            match step {
                // reads the others' files, of which the last facts may not have arrived
                Step::Begin { lag } => {
                    let mut read = attempts.clone();
                    for attempt in &mut read {
                        let facts = attempt.facts.get_mut(&run()).unwrap();
                        facts.truncate(facts.len().saturating_sub(lag));
                    }
                    let number = attempts.len() as u32 + 1;
                    saw.push(believed(&read, &run()));
                    attempts.push(attempt(number, Some(follows(&read, &run())), 0..0));
                }
                // also one that a later attempt has followed writes on
                Step::Write { who } if who < attempts.len() => {
                    let writer = &mut attempts[who];
                    let first = writer.follows.as_ref().unwrap()[&run()].known;
                    let facts = writer.facts.get_mut(&run()).unwrap();
                    let next = fact(first + facts.len() as u64, i64::from(writer.number));
                    facts.push(next);
                }
                Step::Write { .. } => {}
            }
            let all = believed(&attempts, &run());
            prop_assert!(all.iter().zip(0..).all(|(fact, seq)| fact.seq == seq));
            if let (Some(last), Some(saw)) = (attempts.last(), saw.last()) {
                prop_assert_eq!(&all[..saw.len()], &saw[..]);
                let own = &last.facts[&run()];
                prop_assert_eq!(&all[saw.len()..], &own[..]);
            }
        }
    }

    #[test]
    fn every_cell_is_in_one_block_with_those_it_is_compared_with(
        contenders in 1u16..8, problems in 1u16..12, repeats in 1u16..5
    ) {
        let cells = ComparisonSpec::grid(contenders, problems, repeats, |_, _| 0);
        let all = blocks(&cells);
        prop_assert_eq!(all.len(), usize::from(problems) * usize::from(repeats));
        let mut seen: Vec<CellId> = all.iter().flat_map(|b| b.cells.clone()).collect();
        seen.sort();
        prop_assert_eq!(seen.len(), cells.len());
        seen.dedup();
        prop_assert_eq!(seen.len(), cells.len());
        for block in &all {
            for cell in &block.cells {
                let cell = cells[cell.index()];
                prop_assert_eq!((cell.problem, cell.repeat), (block.problem, block.repeat));
            }
            prop_assert_eq!(block.cells.len(), usize::from(contenders));
        }
    }
}

//! Claims about the folder of a comparison: torn files, damaged ones, two that work on one block, a full disk.

use super::*;
use crate::domain::command::Command;
use crate::domain::comparison::{COMPARISON_VERSION, CellId, ComparisonId, Contender};
use crate::domain::run::Run;
use crate::domain::spec::StrategyKind;
use crate::domain::units::Cost;
use crate::sample;

fn plan() -> Plan {
    let facts = sample::envelopes("run");
    let contender = |strategy| Contender {
        strategy,
        rounds: 1,
        team: None,
    };
    let spec = ComparisonSpec {
        base: Run::fold(&facts).unwrap().spec,
        contenders: vec![
            contender(StrategyKind::Single),
            contender(StrategyKind::Cot),
        ],
        repeats: 1,
        cells: ComparisonSpec::grid(2, 2, 1, |_, _| 7),
        total: None,
    };
    Plan {
        v: PLAN_VERSION,
        started: ComparisonEnvelope {
            v: COMPARISON_VERSION,
            comparison: ComparisonId::new("x").unwrap(),
            seq: 0,
            at: 1,
            fact: ComparisonFact::Started {
                spec: Box::new(spec),
            },
        },
        parts: 2,
        cells: 1,
        class: ClassRule::First,
        prompts: BTreeMap::new(),
        compiler: None,
        patience: Nanos(0),
        unsafe_no_sandbox: false,
        cluster: None,
    }
}

fn spool() -> (tempfile::TempDir, Spool) {
    let folder = tempfile::tempdir().unwrap();
    let spool = Spool::create(&folder.path().join("s"), &plan()).unwrap();
    (folder, spool)
}

fn by(host: &str) -> Worker {
    Worker {
        host: host.to_owned(),
        class: "class".to_owned(),
        shared: None,
    }
}

/// The facts of the first cell of a block.
fn facts(spool: &Spool) -> (RunId, Vec<Envelope>) {
    let run = spool.plan().started.comparison.run(CellId(0)).unwrap();
    (run.clone(), sample::envelopes(run.as_str()))
}

fn believed(spool: &Spool, run: &RunId) -> Vec<Envelope> {
    let read = spool.read(BlockId(0), Vec::new()).unwrap();
    let attempts: Vec<block::BlockAttempt> = read.into_iter().map(|read| read.attempt).collect();
    block::believed(&attempts, run)
}

#[test]
fn what_an_attempt_tells_is_read_back_and_the_next_one_goes_on_from_there() {
    let (_folder, spool) = spool();
    let (run, all) = facts(&spool);
    let block = &spool.blocks()[0];
    let (first, known) = spool.attempt(block, &by("n1")).unwrap();
    assert_eq!((first.number(), known[&run].len()), (1, 0));
    for fact in &all[..9] {
        first.append(fact).unwrap();
    }
    assert!(first.may_ask());
    let (second, known) = spool.attempt(block, &by("n2")).unwrap();
    assert_eq!(known[&run], all[..9]);
    assert!(!first.may_ask() && second.may_ask());
    // thought dead, it writes on; nobody believes it
    first.append(&all[9]).unwrap();
    let mut other = all[9].clone();
    other.at += 1;
    second.append(&other).unwrap();
    let expected: Vec<Envelope> = all[..9].iter().cloned().chain([other]).collect();
    assert_eq!(believed(&spool, &run), expected);
    spool.stop().unwrap();
    assert!(spool.is_stopped() && !second.may_ask());
    spool.go().unwrap();
    assert!(!spool.is_stopped() && second.may_ask());
}

#[test]
fn a_file_cut_at_any_byte_gives_the_facts_before_it_and_the_next_attempt_goes_on() {
    let (_folder, spool) = spool();
    let (run, all) = facts(&spool);
    let block = &spool.blocks()[0];
    let (attempt, _) = spool.attempt(block, &by("n1")).unwrap();
    let file = facts_file(&spool.of_block(block.id), 1);
    let mut ends = vec![fs::metadata(&file).unwrap().len()];
    for fact in &all[..6] {
        attempt.append(fact).unwrap();
        ends.push(fs::metadata(&file).unwrap().len());
    }
    drop(attempt);
    let whole = fs::read(&file).unwrap();
    for cut in 0..=whole.len() {
        fs::write(&file, &whole[..cut]).unwrap();
        let expected = ends.iter().filter(|end| **end <= cut as u64).count();
        let expected = expected.saturating_sub(1);
        assert_eq!(believed(&spool, &run), all[..expected], "cut at {cut}");
    }
    // what was torn is never completed by the next attempt, which has a file of its own
    fs::write(&file, &whole[..whole.len() - 3]).unwrap();
    let (second, known) = spool.attempt(block, &by("n1")).unwrap();
    assert_eq!(known[&run], all[..5]);
    second.append(&all[5]).unwrap();
    assert_eq!(believed(&spool, &run), all[..6]);
}

#[test]
fn a_file_is_read_on_from_where_it_was_left() {
    let (_folder, spool) = spool();
    let (run, all) = facts(&spool);
    let block = &spool.blocks()[0];
    let (attempt, _) = spool.attempt(block, &by("n1")).unwrap();
    let mut read = Vec::new();
    for (at, fact) in all.iter().enumerate() {
        attempt.append(fact).unwrap();
        read = spool.read(block.id, read).unwrap();
        assert_eq!(read[0].attempt.facts[&run].len(), at + 1);
    }
    assert_eq!(read[0].opening.as_ref().unwrap().plan, spool.hash());
}

#[test]
fn a_changed_byte_is_told_and_ends_what_is_believed_of_that_file() {
    let (_folder, spool) = spool();
    let (run, all) = facts(&spool);
    let block = &spool.blocks()[0];
    let (attempt, _) = spool.attempt(block, &by("n1")).unwrap();
    for fact in &all[..4] {
        attempt.append(fact).unwrap();
    }
    let file = facts_file(&spool.of_block(block.id), 1);
    let text = fs::read_to_string(&file).unwrap();
    let third = text.lines().nth(3).unwrap();
    let changed = third.replacen("\"at\":1", "\"at\":2", 1);
    assert_ne!(third, changed);
    fs::write(&file, text.replace(third, &changed)).unwrap();
    let read = spool.read(block.id, Vec::new()).unwrap();
    let why = read[0].damaged.clone().unwrap();
    assert!(why.starts_with("line 4: its checksum"), "{why}");
    assert_eq!(believed(&spool, &run), all[..2]);
}

#[test]
fn a_line_that_was_written_twice_counts_once_and_one_that_was_torn_by_the_next_ends_the_file() {
    let (_folder, spool) = spool();
    let (run, all) = facts(&spool);
    let block = &spool.blocks()[0];
    let (attempt, _) = spool.attempt(block, &by("n1")).unwrap();
    for fact in &all[..5] {
        attempt.append(fact).unwrap();
    }
    let file = facts_file(&spool.of_block(block.id), 1);
    let text = fs::read_to_string(&file).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    // the opening, a fact in the middle and the last one, each sent twice by the file system
    let twice: String = lines
        .iter()
        .enumerate()
        .flat_map(|(at, line)| vec![format!("{line}\n"); 1 + usize::from(at % 2 == 0)])
        .collect();
    fs::write(&file, &twice).unwrap();
    assert_eq!(believed(&spool, &run), all[..5]);
    // read in two halves, cut between the two copies
    let half = twice.len() / 2;
    fs::write(&file, &twice[..half]).unwrap();
    let read = spool.read(block.id, Vec::new()).unwrap();
    fs::write(&file, &twice).unwrap();
    let read = spool.read(block.id, read).unwrap();
    assert_eq!(read[0].attempt.facts[&run], all[..5]);
    assert_eq!(read[0].damaged, None);
    // a line once more, but not at once, is no copy
    fs::write(&file, format!("{text}{}\n", lines[2])).unwrap();
    let read = spool.read(block.id, Vec::new()).unwrap();
    assert_eq!(read[0].attempt.facts[&run], all[..5]);
    assert!(
        read[0]
            .damaged
            .as_ref()
            .unwrap()
            .contains("belongs elsewhere")
    );
    // half a line and the next one grown together
    let (before, last) = (lines[..4].join("\n"), lines[4]);
    let torn = format!("{before}\n{}{}\n", &last[..last.len() / 2], lines[5]);
    fs::write(&file, torn).unwrap();
    assert_eq!(believed(&spool, &run), all[..3]);
}

#[test]
fn nothing_is_believed_that_was_made_by_another_plan() {
    let (_folder, spool) = spool();
    let (run, all) = facts(&spool);
    let block = &spool.blocks()[0];
    let (attempt, _) = spool.attempt(block, &by("n1")).unwrap();
    attempt.append(&all[0]).unwrap();
    let hash = spool.hash().to_owned();
    assert!(spool.expect(&hash.to_uppercase()).is_ok());
    let other = Plan { cells: 9, ..plan() };
    let text = serde_json::to_vec(&other).unwrap();
    fs::write(spool.folder().join("plan.json"), text).unwrap();
    let changed = Spool::open(spool.folder()).unwrap();
    let refused = changed.expect(&hash).unwrap_err();
    assert!(
        refused.what.contains("not the one that was given out"),
        "{refused}"
    );
    let read = changed.read(block.id, Vec::new()).unwrap();
    let why = read[0].damaged.clone().unwrap();
    assert!(why.contains("another plan"), "{why}");
    assert!(believed(&changed, &run).is_empty());
    let (second, known) = changed.attempt(block, &by("n1")).unwrap();
    assert!(known[&run].is_empty());
    second.append(&all[0]).unwrap();
    assert_eq!(believed(&changed, &run), all[..1]);
}

#[test]
fn what_is_wanted_of_a_run_is_told_until_somebody_has_followed() {
    let (_folder, spool) = spool();
    let runs: Vec<RunId> = (0..2)
        .map(|cell| spool.plan().started.comparison.run(CellId(cell)).unwrap())
        .collect();
    spool.tell(&runs[0], Command::Pause).unwrap();
    spool.stop().unwrap();
    spool.tell(&runs[1], Command::Resume).unwrap();
    let orders = spool.folder().join("orders.jsonl");
    let mut text = fs::read_to_string(&orders).unwrap();
    text.push_str("{\"order\":\"dance\"}\nno order\n{\"order\":\"go\"");
    fs::write(&orders, text).unwrap();
    assert!(spool.is_stopped(), "what is torn was not ordered yet");
    let told = spool.told(&runs[..1]);
    assert_eq!((told.len(), &told[0].command), (1, &Command::Pause));
    assert_eq!(spool.told(&runs).len(), 2);
    spool.followed(&told[0]).unwrap();
    assert_eq!(spool.told(&runs).len(), 1);
}

#[test]
fn an_attempt_pays_from_the_money_for_all_machines_and_gives_back_the_rest() {
    let folder = tempfile::tempdir().unwrap();
    let mut plan = plan();
    if let ComparisonFact::Started { spec } = &mut plan.started.fact {
        spec.total = Some(Cost(5_000));
    }
    let spool = Spool::create(&folder.path().join("s"), &plan).unwrap();
    let (run, _) = facts(&spool);
    let block = &spool.blocks()[0];
    let (attempt, _) = spool.attempt(block, &by("n1")).unwrap();
    // none was laid out: a limit that cannot be kept is none that may be crossed
    assert!(!attempt.affords(&run, Cost(1)) && attempt.is_short());
    purse::allot(spool.folder(), Cost(5_000)).unwrap();
    let (attempt, _) = spool.attempt(block, &by("n1")).unwrap();
    assert!(attempt.affords(&run, Cost(3_000)) && !attempt.is_short());
    attempt.settled(&run, Cost(2_000));
    drop(attempt);
    assert_eq!(purse::free(spool.folder()), Cost(3_000));
}

#[test]
fn facts_wait_while_an_attempt_has_not_said_what_it_builds_on() {
    let (_folder, spool) = spool();
    let (_, all) = facts(&spool);
    let block = &spool.blocks()[0];
    let (attempt, _) = spool.attempt(block, &by("n1")).unwrap();
    attempt.append(&all[0]).unwrap();
    let read = spool.read(block.id, Vec::new()).unwrap();
    assert!(spool.settled(block.id, &read).is_some());
    fs::create_dir(spool.of_block(block.id).join("a2")).unwrap();
    let read = spool.read(block.id, read).unwrap();
    assert!(spool.settled(block.id, &read).is_none());
    assert!(!attempt.may_ask(), "somebody has begun after it");
    let (third, _) = spool.attempt(block, &by("n1")).unwrap();
    assert_eq!(third.number(), 3);
    let read = spool.read(block.id, read).unwrap();
    assert!(spool.settled(block.id, &read).is_some());
}

#[test]
fn the_class_is_bound_once_whoever_is_first() {
    let (_folder, spool) = spool();
    let bound: Vec<String> = std::thread::scope(|scope| {
        let all: Vec<_> = (0..8)
            .map(|n| {
                let spool = &spool;
                scope.spawn(move || spool.bind_class(&format!("class {n}")).unwrap())
            })
            .collect();
        all.into_iter().map(|one| one.join().unwrap()).collect()
    });
    assert!(bound.iter().all(|class| *class == bound[0]), "{bound:?}");
    assert_eq!(spool.bound_class(), Some(bound[0].clone()));
    for host in ["n3", "n1", "n3", "../n4", ""] {
        spool.mark_foreign(host).unwrap();
    }
    assert_eq!(spool.foreign(), ["n1", "n3"]);
}

#[test]
fn many_that_begin_at_once_get_a_number_each() {
    let (_folder, spool) = spool();
    let mut numbers: Vec<u32> = std::thread::scope(|scope| {
        let all: Vec<_> = (0..12)
            .map(|_| {
                let spool = &spool;
                scope.spawn(move || {
                    let block = &spool.blocks()[0];
                    spool.attempt(block, &by("n")).unwrap().0.number()
                })
            })
            .collect();
        all.into_iter().map(|one| one.join().unwrap()).collect()
    });
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=12).collect::<Vec<u32>>());
}

#[test]
fn a_folder_that_others_may_write_is_refused_and_so_is_a_second_plan() {
    use std::os::unix::fs::PermissionsExt as _;
    let (_folder, spool) = spool();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(spool.folder()), 0o700);
    assert_eq!(mode(&spool.folder().join("plan.json")), 0o600);
    let refused = Spool::create(spool.folder(), &plan()).unwrap_err();
    assert!(refused.what.contains("holds a plan already"), "{refused}");
    fs::set_permissions(spool.folder(), fs::Permissions::from_mode(0o770)).unwrap();
    let refused = Spool::open(spool.folder()).unwrap_err();
    assert!(refused.what.contains("others may write"), "{refused}");
}

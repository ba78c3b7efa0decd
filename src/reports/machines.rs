//! On which machines a comparison's cells were measured: figures of different kinds of machines never enter one mean, and
//! how far apart machines of one kind are is said. Pure.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::comparison::CellResult;
use crate::domain::run::{Run, Unit};

/// Where a cell was measured.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Place {
    /// The kind of machine; the processor and its cores in facts of before it was written down.
    pub class: String,
    /// Its name, where that was written down.
    pub host: String,
    /// Whether it went on on a machine of another kind: its own figures do not compare with each other.
    pub is_mixed: bool,
    /// Time of one call of the untouched code, nanoseconds: the median over all launches.
    pub original: Option<f64>,
}

impl Place {
    /// Where a run's unit was measured.
    pub fn of(run: &Run, unit: &Unit) -> Self {
        let machine = &run.machine;
        let class = match machine.class.as_str() {
            "" => format!("{}, {} cores", machine.cpu, machine.cores),
            class => class.to_owned(),
        };
        let measured = unit
            .candidates
            .values()
            .filter_map(|candidate| candidate.evaluated.as_ref()?.evaluation.measurement());
        let launches = measured.flat_map(|measurement| &measurement.launches);
        let times: Vec<f64> = launches.map(|launch| launch.original.0 as f64).collect();
        Self {
            class,
            host: machine.host.clone(),
            is_mixed: !run.elsewhere.is_empty(),
            original: median(times),
        }
    }
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

/// The machines of a comparison.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Machines {
    /// The kind of machine that the figures are of.
    pub class: String,
    /// How many machines of this kind worked on it.
    pub hosts: usize,
    /// How far the untouched code's times on single machines lie from the mean over them, as a share: the standard
    /// deviation, pooled over problems. `None` with one machine.
    pub spread: Option<f64>,
    /// Blocks that are not counted, by the kind of machine they were measured on, or because one block was measured on
    /// several kinds.
    pub left_out: Vec<(String, usize)>,
}

/// What a block that was measured on several kinds of machines is called.
pub const MIXED: &str = "several kinds of machines in one block";

/// The kind of machine of a block.
fn class_of<'a>(block: &[&'a CellResult]) -> &'a str {
    let mut places = block.iter().map(|cell| &cell.place);
    let Some(first) = places.next() else {
        return MIXED;
    };
    match !first.is_mixed && places.all(|place| !place.is_mixed && place.class == first.class) {
        true => &first.class,
        false => MIXED,
    }
}

/// The kind of machine on which most blocks were measured; the first in order of names where several have as many.
pub fn class_counted<'a>(blocks: impl Iterator<Item = &'a [&'a CellResult]>) -> Option<String> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for block in blocks {
        let class = class_of(block);
        if class != MIXED {
            *counts.entry(class).or_default() += 1;
        }
    }
    let most = counts.values().max().copied()?;
    let mut best = counts.into_iter().filter(|(_, count)| *count == most);
    best.next().map(|(class, _)| class.to_owned())
}

/// Whether a block counts.
pub fn is_of(block: &[&CellResult], class: &str) -> bool {
    class_of(block) == class
}

/// The machines behind all complete blocks, of which those of `class` are counted.
pub fn machines<'a>(blocks: impl Iterator<Item = &'a [&'a CellResult]>, class: &str) -> Machines {
    let mut left_out: BTreeMap<String, usize> = BTreeMap::new();
    let mut hosts = BTreeSet::new();
    let mut times: BTreeMap<u16, BTreeMap<&str, Vec<f64>>> = BTreeMap::new();
    for block in blocks {
        let own = class_of(block);
        if own != class {
            *left_out.entry(own.to_owned()).or_default() += 1;
            continue;
        }
        for cell in block {
            let place = &cell.place;
            hosts.insert(place.host.as_str());
            if let Some(time) = place.original {
                let of_problem = times.entry(cell.cell.problem).or_default();
                of_problem
                    .entry(place.host.as_str())
                    .or_default()
                    .push(time.ln());
            }
        }
    }
    Machines {
        class: class.to_owned(),
        hosts: hosts.len(),
        spread: spread(&times),
        left_out: left_out.into_iter().collect(),
    }
}

fn spread(times: &BTreeMap<u16, BTreeMap<&str, Vec<f64>>>) -> Option<f64> {
    let (mut squares, mut freedom) = (0.0, 0usize);
    for hosts in times.values().filter(|hosts| hosts.len() > 1) {
        let means: Vec<f64> = hosts
            .values()
            .map(|logs| logs.iter().sum::<f64>() / logs.len() as f64)
            .collect();
        let mean = means.iter().sum::<f64>() / means.len() as f64;
        squares += means.iter().map(|one| (one - mean).powi(2)).sum::<f64>();
        freedom += means.len() - 1;
    }
    (freedom > 0).then(|| (squares / freedom as f64).sqrt())
}

/// The machines in sentences; nothing where there is nothing to say beyond one machine.
pub fn sentences(machines: &Machines) -> Vec<String> {
    let mut sentences = Vec::new();
    if machines.hosts > 1 {
        let spread = match machines.spread {
            Some(spread) => format!(
                " The same code took ±{:.1} % from one to the other.",
                spread * 100.0
            ),
            None => String::new(),
        };
        sentences.push(format!(
            "Measured on {} machines of one kind ({}).{spread}",
            machines.hosts, machines.class
        ));
    }
    for (class, count) in &machines.left_out {
        let blocks = if *count == 1 {
            "block is"
        } else {
            "blocks are"
        };
        sentences.push(match class.as_str() {
            MIXED => format!("{count} {blocks} not counted: {MIXED}."),
            class => format!(
                "{count} {blocks} not counted, measured on another kind of machine ({class})."
            ),
        });
    }
    sentences
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::event::{Envelope, Fact, Machine};

    #[test]
    fn a_run_that_went_on_on_another_kind_of_machine_says_so_and_counts_for_none() {
        let mut facts: Vec<Envelope> = include_str!("../../tests/fixtures/recorded-run.jsonl")
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        let run = Run::fold(&facts).unwrap();
        assert!(!Place::of(&run, &run.units[0]).is_mixed);
        let known = facts.len() as u64;
        let mut resumed = facts[0].clone();
        resumed.seq = known;
        // as many facts of before had no machine in them
        let same = Some(run.machine.clone());
        let fewer = Some(Machine {
            cores: run.machine.cores + 6,
            ..run.machine.clone()
        });
        for (machine, elsewhere) in [(None, 0), (same, 0), (fewer, 1)] {
            resumed.fact = Fact::RunResumed { known, machine };
            facts.truncate(known as usize);
            facts.push(resumed.clone());
            let run = Run::fold(&facts).unwrap();
            assert_eq!(run.elsewhere.len(), elsewhere);
            assert_eq!(Place::of(&run, &run.units[0]).is_mixed, elsewhere > 0);
            let text = super::super::document::markdown(&run, "today");
            assert_eq!(
                text.contains("it went on elsewhere"),
                elsewhere > 0,
                "{text}"
            );
        }
    }
}

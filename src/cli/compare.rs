//! `lessonl compare`: strategies on the same problems, agents, seeds and budget, cell by cell. Each cell is a stored run;
//! whatever was done stays done, so that a comparison goes on at the single ask wherever it was cut off.
//! Never composes rooms itself.

use std::io::IsTerminal;
use std::time::{SystemTime, UNIX_EPOCH};

use tokio::sync::mpsc::unbounded_channel;

use super::args::{CompareArguments, RunArguments};
use super::cell::{line, watch};
use super::compared::{find, json, results, run_of};
use super::compose::{Beginning, Containment, House, whole};
use super::follow::{Interrupt, Signals};
use super::output::{self, Halt};
use super::resolve::{self, Wish};
use super::{given, named, parallel, recheck, run};
use crate::domain::comparison::{
    COMPARISON_VERSION, CellId, Comparison, ComparisonEnvelope, ComparisonFact, ComparisonSpec,
    Contender,
};
use crate::domain::evaluation::Evaluated;
use crate::domain::id::CandidateId;
use crate::domain::run::Run;
use crate::domain::spec::{RunSpec, StrategyKind};
use crate::domain::units::Cost;
use crate::failure::{Failure, FailureKind};
use crate::reports::comparison::{could_not_begin, figures, is_over, winners};
use crate::reports::comparison_document as document;
use crate::store::comparisons;

/// Strategies compared unless others are named: the paper's and its baselines.
const USUAL: [StrategyKind; 7] = [
    StrategyKind::Lessonl,
    StrategyKind::Single,
    StrategyKind::BestOf,
    StrategyKind::Cot,
    StrategyKind::Reflexion,
    StrategyKind::Mapcoder,
    StrategyKind::Moa,
];

/// Most cells of a comparison.
const MOST: usize = 100_000;

/// Runs it. Returns the exit code.
pub(super) fn compare(house: &House, wanted: &CompareArguments) -> Result<u8, Halt> {
    if wanted.on.is_some() || wanted.slices.is_some() {
        return given::give(house, wanted);
    }
    let known = match (&wanted.resume, &wanted.id) {
        (Some(text), _) => Some(find(house, text)?),
        (None, Some(name)) => named::known_comparison(house, name, &wanted.targets)?,
        (None, None) => None,
    };
    let mut comparison = match known {
        Some(known) => known,
        None => begin(house, wanted)?,
    };
    allow(house, &mut comparison, wanted.budget_total)?;
    if comparison.placed.is_some() {
        return given::go_on(house, &comparison);
    }
    let id = comparison.id.clone();
    let again = format!("lessonl compare --resume {id}");
    let _claim = house.claim_comparison(&id)?;
    let mut work = Work {
        house,
        containment: Containment::from_flag(wanted.unsafe_no_sandbox),
        signals: house.handle.block_on(async { Signals::listen() })?,
        live: !wanted.headless && !wanted.json && std::io::stderr().is_terminal(),
        json: wanted.json,
        comparison,
    };
    let cells = match wanted.cells.unwrap_or(1) {
        // who pays from one purse is followed with all others
        limit if limit > 1 || work.comparison.total.is_some() => work.several(limit),
        _ => work.cells(),
    };
    let ended = cells.and_then(|stopped| match stopped {
        None => work.recheck(),
        stopped => Ok(stopped),
    });
    match ended {
        Ok(None) => {}
        Ok(Some(interrupt)) => {
            output::note(&format!("Stopped. Go on with: {again}"));
            return Ok(interrupt.exit_code());
        }
        Err(Halt::Failure(failure)) => {
            return Err(failure.hint(format!("Go on with: {again}")).into());
        }
        Err(halt) => return Err(halt),
    }
    if !work.comparison.finished {
        work.append(ComparisonFact::Finished)?;
    }
    if wanted.json {
        output::json(&json(house, &work.comparison)?)?;
    } else {
        show(house, &work.comparison)?;
    }
    output::note(&format!(
        "Comparison {id} is done; lessonl report {id} shows it."
    ));
    Ok(0)
}

/// Raises the money for all cells together.
pub(super) fn allow(
    house: &House,
    comparison: &mut Comparison,
    total: Option<Cost>,
) -> Result<(), Failure> {
    let Some(total) = total.filter(|total| Some(*total) != comparison.total) else {
        return Ok(());
    };
    match comparison.total {
        Some(before) if before <= total => {}
        Some(before) => {
            return Err(Failure::new(
                FailureKind::Usage,
                format!("--budget-total was {before} before: it can only be raised"),
            )
            .hint("lessonl stop ends what other machines do."));
        }
        // machines that were not told of a limit would not keep to it
        None => {
            return Err(Failure::new(
                FailureKind::Usage,
                "this comparison began without --budget-total",
            )
            .hint("Begin another one with it."));
        }
    }
    let allowed = ComparisonEnvelope {
        v: COMPARISON_VERSION,
        comparison: comparison.id.clone(),
        seq: comparison.facts,
        at: now(),
        fact: ComparisonFact::Allowed { total },
    };
    comparisons::append(&house.database(), &allowed)?;
    comparison.take(&allowed.fact);
    Ok(())
}

/// Prints what a comparison came to so far, for a terminal.
pub(super) fn show(house: &House, comparison: &Comparison) -> Result<(), Halt> {
    let results = results(house, comparison)?;
    output::print(&format!(
        "\n{}",
        document::text(&figures(comparison, &results))
    ))
}

/// A new comparison, recorded.
fn begin(house: &House, wanted: &CompareArguments) -> Result<Comparison, Failure> {
    let started = started(house, wanted)?;
    comparisons::append(&house.database(), &started)?;
    Comparison::fold(&[started])
        .ok_or_else(|| Failure::new(FailureKind::Internal, "the comparison did not begin"))
}

/// The first fact of a new comparison.
pub(super) fn started(
    house: &House,
    wanted: &CompareArguments,
) -> Result<ComparisonEnvelope, Failure> {
    let run = RunArguments {
        targets: wanted.targets.clone(),
        preset: wanted.preset,
        mode: wanted.mode,
        lessons: wanted.lessons,
        agents: wanted.agents.clone(),
        agent: wanted.agent.clone(),
        seed: wanted.seed,
        budget_time: wanted.budget_time,
        budget_asks: wanted.budget_asks,
        budget_tokens: wanted.budget_tokens,
        budget_cost: wanted.budget_cost,
        holdout: wanted.holdout,
        bank: wanted.bank,
        yes: wanted.yes,
        ..RunArguments::default()
    };
    let teams = house.teams(&run)?;
    let team = teams.first().ok_or_else(|| {
        Failure::new(FailureKind::Agents, "there is no team")
            .hint("Name agents with --agents or --agent.")
    })?;
    let seed = wanted.seed.unwrap_or_else(|| fastrand::u64(..));
    let wish = Wish { run, seed };
    let mut base = house.plan(&wish, team)?;
    let configured = wanted
        .rounds
        .unwrap_or(house.configuration.settings.rounds.value);
    base.budget_asks = wanted
        .budget_asks
        .or(Some(asks_of_lessonl(&base, configured)));
    super::consent::check(house, &base, &wish.run)?;
    if wanted.budget_total.is_some() {
        let limited = RunSpec {
            budget_cost: wanted.budget_total,
            ..base.clone()
        };
        resolve::check_prices(&limited)?;
    }
    let mut contenders = Vec::new();
    for strategy in strategies(&wanted.strategies)? {
        let own = house.team_for(strategy, team)?.team;
        contenders.push(Contender {
            strategy,
            rounds: match strategy.own_rounds() {
                Some(_) => resolve::rounds(strategy, wanted.rounds, configured),
                None => strategy.rounds_beside(configured),
            },
            team: (own != base.team).then_some(own),
        });
    }
    let cells = contenders.len() * base.units.len() * usize::from(wanted.repeats);
    if cells > MOST {
        return Err(Failure::new(
            FailureKind::Usage,
            format!("{cells} cells are more than a comparison takes ({MOST})"),
        )
        .hint("Take fewer problems, strategies or repeats."));
    }
    let count = |n: usize| u16::try_from(n).unwrap_or(u16::MAX);
    let grid = ComparisonSpec::grid(
        count(contenders.len()),
        count(base.units.len()),
        wanted.repeats,
        |problem, repeat| seed_of(seed, problem, repeat),
    );
    let spec = ComparisonSpec {
        base,
        contenders,
        repeats: wanted.repeats,
        cells: grid,
        total: wanted.budget_total,
    };
    Ok(ComparisonEnvelope {
        v: COMPARISON_VERSION,
        comparison: match &wanted.id {
            Some(name) => named::comparison(house, name)?,
            None => house.mint_comparison()?,
        },
        seq: 0,
        at: now(),
        fact: ComparisonFact::Started {
            spec: Box::new(spec),
        },
    })
}

/// What lessonl asks at most of a unit in so many rounds: the budget that makes strategies comparable. Where code is written
/// from a description, each agent writes tests besides.
fn asks_of_lessonl(base: &RunSpec, rounds: u16) -> u32 {
    let lessonl = RunSpec {
        strategy: StrategyKind::Lessonl,
        rounds,
        ..base.clone()
    };
    let tests = match base.units.iter().all(|unit| unit.work.is_optimise()) {
        true => 0,
        false => u32::try_from(base.team.len()).unwrap_or(u32::MAX),
    };
    let most = lessonl.most_asks().unwrap_or(1);
    most.saturating_add(tests).max(1)
}

/// The strategies as named, each once; the first is what the others are compared with.
fn strategies(named: &[StrategyKind]) -> Result<Vec<StrategyKind>, Failure> {
    let named = if named.is_empty() { &USUAL[..] } else { named };
    let mut once: Vec<StrategyKind> = Vec::new();
    for strategy in named {
        if once.contains(strategy) {
            return Err(Failure::new(
                FailureKind::Usage,
                format!("--strategies names {strategy} twice"),
            )
            .hint("Name each strategy once; --repeats N runs all of them several times."));
        }
        once.push(*strategy);
    }
    Ok(once)
}

/// The seed of a problem in a repeat: the same for every strategy. splitmix64 (Steele et al. 2014).
pub(super) fn seed_of(seed: u64, problem: u16, repeat: u16) -> u64 {
    let mut z = seed;
    for part in [u64::from(problem), u64::from(repeat)] {
        z = (z ^ part).wrapping_add(0x9e37_79b9_7f4a_7c15);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^= z >> 31;
    }
    z
}

pub(super) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    })
}

/// A comparison being worked on.
struct Work<'a> {
    house: &'a House,
    containment: Containment,
    signals: Signals,
    /// Whether a line on the terminal shows what is going on.
    live: bool,
    json: bool,
    comparison: Comparison,
}

impl Work<'_> {
    fn append(&mut self, fact: ComparisonFact) -> Result<(), Failure> {
        let envelope = ComparisonEnvelope {
            v: COMPARISON_VERSION,
            comparison: self.comparison.id.clone(),
            seq: self.comparison.facts,
            at: now(),
            fact,
        };
        comparisons::append(&self.house.database(), &envelope)?;
        self.comparison.take(&envelope.fact);
        Ok(())
    }

    /// Tells a line: beside the result where that is JSON.
    fn tell(&self, text: &str) -> Result<(), Halt> {
        if self.json {
            output::note(text);
            Ok(())
        } else {
            output::line(text)
        }
    }

    /// Works every cell that is not over, several at a time. `Some`: it was stopped.
    fn several(&mut self, limit: u16) -> Result<Option<Interrupt>, Halt> {
        parallel::cells(
            self.house,
            &self.comparison,
            self.containment,
            limit,
            &mut self.signals,
            self.json,
        )
    }

    /// Works every cell that is not over. `Some`: it was stopped.
    fn cells(&mut self) -> Result<Option<Interrupt>, Halt> {
        let spec = &self.comparison.spec;
        self.tell(&format!(
            "comparison {}: {} strategies × {} problems × {} repeats = {} cells",
            self.comparison.id,
            spec.contenders.len(),
            spec.base.units.len(),
            spec.repeats,
            spec.cells.len()
        ))?;
        let mut begun = false;
        let mut last = None;
        for id in (0..).map(CellId).take(self.comparison.spec.cells.len()) {
            let run_id = run_of(&self.comparison, id)?;
            let record = match self.house.has_run(&run_id)? {
                true => self.house.facts(&run_id)?,
                false => Vec::new(),
            };
            if Run::fold(&record).is_some_and(|run| is_over(&run)) {
                begun = true;
                continue;
            }
            let beginning = if record.is_empty() {
                let spec = self.comparison.spec.run(&self.comparison.id, id);
                let spec = spec.ok_or_else(|| {
                    Failure::new(FailureKind::Internal, format!("there is no cell {id}"))
                })?;
                self.house.planned_run(run_id.clone(), spec)?
            } else {
                self.house.stored_run(&run_id)?
            };
            let (told, interrupt) = self.work(beginning, id)?;
            if let Some(interrupt) = interrupt {
                return Ok(Some(interrupt));
            }
            let told = told.ok_or_else(|| {
                Failure::new(FailureKind::Internal, format!("cell {id} told nothing"))
            })?;
            self.tell(&line(&self.comparison, id, &told))?;
            if could_not_begin(&told) {
                last = run::verdict(&told);
            } else if is_over(&told) {
                begun = true;
            } else if let Some(failure) = run::verdict(&told) {
                return Err(failure.into());
            }
        }
        // one broken problem is its own fault; all of them are not
        match last {
            Some(failure) if !begun => Err(failure.into()),
            _ => Ok(None),
        }
    }

    /// Works one cell to its end.
    fn work(
        &mut self,
        beginning: Beginning,
        id: CellId,
    ) -> Result<(Option<Run>, Option<Interrupt>), Halt> {
        let known = Run::fold(&beginning.record);
        let (tell_trouble, trouble) = unbounded_channel();
        let live = self
            .house
            .begin(beginning, self.containment, tell_trouble, false)?;
        let of = self.comparison.spec.cells.len();
        let progress = self.live.then(|| format!("cell {}/{of}", id.0 + 1));
        let signals = &mut self.signals;
        let (followed, ended) = self.house.handle.block_on(async {
            let followed = watch(live.session, known, trouble, signals, progress).await;
            (followed, live.ended.await)
        });
        let Ok(Some(recorded)) = ended else {
            return Err(Failure::new(
                FailureKind::Internal,
                format!("the engine died in cell {id}"),
            )
            .into());
        };
        let again = format!("lessonl compare --resume {}", self.comparison.id);
        whole(recorded, &format!("cell {id}"), &again)?;
        Ok(followed)
    }

    /// Measures the winning strategy's final candidates once more, those that have not been.
    fn recheck(&mut self) -> Result<Option<Interrupt>, Halt> {
        let results = results(self.house, &self.comparison)?;
        let mut open = winners(&self.comparison, &results);
        open.retain(|id| {
            self.comparison
                .rechecked
                .iter()
                .all(|(done, ..)| done != id)
        });
        if open.is_empty() {
            return Ok(None);
        }
        self.tell(&format!(
            "measuring the final candidates of the best strategy once more: {}",
            open.len()
        ))?;
        let harness = self.house.cage(self.containment)?;
        for id in open {
            let run_id = run_of(&self.comparison, id)?;
            let facts = self.house.facts(&run_id)?;
            let cell = self.comparison.spec.cells.get(id.index());
            match recheck::once_more(self.house, &harness, &mut self.signals, cell, &facts)? {
                Err(interrupt) => return Ok(Some(interrupt)),
                Ok(None) => {}
                Ok(Some((candidate, evaluated))) => self.rechecked(id, candidate, evaluated)?,
            }
        }
        Ok(None)
    }

    fn rechecked(
        &mut self,
        cell: CellId,
        candidate: CandidateId,
        evaluated: Evaluated,
    ) -> Result<(), Halt> {
        self.tell(&recheck::line(cell, candidate, &evaluated))?;
        self.append(ComparisonFact::Rechecked {
            cell,
            candidate,
            evaluated: Box::new(evaluated),
        })?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_pair_strategies_and_differ_between_problems_and_repeats() {
        let mut seeds: Vec<u64> = (0..20)
            .flat_map(|p| (0..5).map(move |r| seed_of(7, p, r)))
            .collect();
        seeds.sort_unstable();
        seeds.dedup();
        assert_eq!(seeds.len(), 100);
        assert_ne!(seed_of(7, 0, 1), seed_of(7, 1, 0));
    }

    #[test]
    fn strategies_are_named_once_and_have_a_usual_set() {
        assert_eq!(strategies(&[]).unwrap(), USUAL);
        let twice = [StrategyKind::Cot, StrategyKind::Cot];
        assert_eq!(strategies(&twice).unwrap_err().kind, FailureKind::Usage);
    }
}

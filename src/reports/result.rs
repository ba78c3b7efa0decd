//! What a unit of a run came to, in a row: the reported candidate with its interval, author, round and lessons. Pure.

use serde::Serialize;

use super::table::one_line;
use crate::domain::codegen::Tested;
use crate::domain::contest::Contest;
use crate::domain::evaluation::{Evaluation, Outcome};
use crate::domain::event::Ending;
use crate::domain::id::{AgentId, CandidateId, Round};
use crate::domain::measurement::{Speedup, Verdict};
use crate::domain::problem::{Mode, UPSTREAM_VALIDATOR};
use crate::domain::run::{Run, Unit};
use crate::domain::units::Usage;

/// A unit's result.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct UnitResult {
    /// The problem.
    pub problem: String,
    /// Its category.
    pub category: String,
    /// The mode.
    pub mode: Mode,
    /// How the unit ended, if it has.
    pub ending: Option<Ending>,
    /// The candidate whose figure is reported, be it faster or not; `None`: none was correct.
    pub candidate: Option<CandidateId>,
    /// Whether that candidate is the result; otherwise the original stays.
    pub wins: bool,
    /// Its speedup: the fresh measurement where there is one.
    pub speedup: Option<Speedup>,
    /// Its verdict.
    pub verdict: Option<Verdict>,
    /// How it was found among several that may be the best, if they were timed against each other.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contest: Option<Contest>,
    /// Its author's name.
    pub agent: Option<String>,
    /// Its round.
    pub round: Option<Round>,
    /// Lessons its author had read.
    pub read: usize,
    /// Lessons banked in the unit.
    pub banked: usize,
    /// Candidates with a known outcome, our own failures left out.
    pub evaluated: usize,
    /// Those of them that compiled.
    pub compiled: usize,
    /// Those of them that were correct.
    pub correct: usize,
    /// Of code from a description: the tests it was put to, the hidden ones once it was submitted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tested: Option<Tested>,
    /// Of code from a description that is over: whether it passes every hidden test.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub solved: Option<bool>,
    /// Tokens of its answers.
    pub usage: Usage,
    /// Time spent in its asks and evaluations, summed, milliseconds.
    pub work_ms: i64,
}

impl UnitResult {
    /// A unit of which nothing is known.
    pub fn empty() -> Self {
        Self {
            problem: String::new(),
            category: String::new(),
            mode: Mode::Serial,
            ending: None,
            candidate: None,
            wins: false,
            speedup: None,
            verdict: None,
            contest: None,
            agent: None,
            round: None,
            read: 0,
            banked: 0,
            evaluated: 0,
            compiled: 0,
            correct: 0,
            tested: None,
            solved: None,
            usage: Usage::default(),
            work_ms: 0,
        }
    }

    /// The result of a unit.
    pub fn of(run: &Run, unit: &Unit) -> Self {
        let mut result = Self {
            problem: unit.spec.problem.to_string(),
            category: unit.spec.category.clone(),
            mode: unit.spec.mode,
            ending: unit.ending.clone(),
            banked: unit.lessons.len(),
            ..Self::empty()
        };
        for state in unit.candidates.values() {
            let Some(evaluated) = &state.evaluated else {
                continue;
            };
            let outcome = evaluated.evaluation.outcome();
            result.evaluated += usize::from(outcome != Outcome::HarnessFault);
            result.compiled += usize::from(compiled(&evaluated.evaluation));
            result.correct += usize::from(matches!(outcome, Outcome::Measured | Outcome::Passed));
            result.work_ms += evaluated.wall.millis() as i64;
        }
        for ask in unit.asks.values() {
            if let Some(Ok(answer)) = &ask.reply {
                result.usage += answer.usage;
                result.work_ms += answer.latency.millis() as i64;
            }
        }
        if let Some((id, speedup)) = unit.reported().or_else(|| leading(run, unit)) {
            let fresh = unit
                .confirmed
                .as_ref()
                .filter(|(confirmed, _)| *confirmed == id)
                .and_then(|(_, evaluated)| evaluated.evaluation.verdict());
            let state = unit.candidates.get(&id);
            result.candidate = Some(id);
            result.wins = unit.winner == Some(id);
            result.speedup = Some(speedup);
            result.verdict = fresh.or_else(|| state.and_then(|s| s.verdict()));
            result.agent = author(run, id.agent);
            result.round = Some(id.round);
            result.read = state.map_or(0, |s| s.candidate.read.len());
        }
        result.contest = unit.contest.clone();
        result.solved = unit.solved();
        if let Some((id, tested)) = unit.tested() {
            let state = unit.candidates.get(&id);
            result.candidate = Some(id);
            result.wins = unit.winner == Some(id);
            result.tested = Some(tested.clone());
            result.agent = author(run, id.agent);
            result.round = Some(id.round);
            result.read = state.map_or(0, |s| s.candidate.read.len());
        }
        result
    }

    /// Whether the person ended it before anything was judged: it says nothing about anybody.
    pub fn is_skipped(&self) -> bool {
        self.ending == Some(Ending::Stopped) && self.evaluated == 0
    }

    /// Whether it is code from a description, which has no speedup.
    pub fn is_task(&self) -> bool {
        self.solved.is_some() || self.tested.is_some()
    }

    /// What the person has in hand: the reported estimate where that candidate won or the unit is not over, 1 where the
    /// original stays, nothing where no candidate was correct.
    pub fn in_hand(&self) -> Option<f64> {
        let speedup = self.speedup?;
        Some(if self.wins || self.ending.is_none() {
            speedup.estimate
        } else {
            1.0
        })
    }
}

/// The name of a candidate's author; the person's own have no member of the team behind them.
pub fn author(run: &Run, agent: AgentId) -> Option<String> {
    match agent {
        AgentId::PERSON => Some(agent.to_string()),
        member => run
            .spec
            .team
            .get(member.index())
            .map(|spec| spec.name.clone()),
    }
}

/// Where nothing was shown to be faster: the best correct candidate all the same.
fn leading(run: &Run, unit: &Unit) -> Option<(CandidateId, Speedup)> {
    let best = unit.best_of(run.spec.preset, |_| true)?;
    Some((best, unit.figure(best)?))
}

/// How each result was found where several candidates might be it, in sentences.
pub fn contests(results: &[UnitResult]) -> Vec<String> {
    let of = |result: &UnitResult| {
        let contest = result.contest.as_ref()?;
        let (problem, mode) = (&result.problem, result.mode);
        let winner = contest.winner.map(|id| format!("{id} is the "));
        let words = one_line(&contest.to_string());
        Some(format!(
            "{problem} ({mode}): {}{words}.",
            winner.unwrap_or_default()
        ))
    };
    results.iter().filter_map(of).collect()
}

/// Whether an evaluation got past the compiler.
fn compiled(evaluation: &Evaluation) -> bool {
    match evaluation {
        Evaluation::NotCompiled { .. }
        | Evaluation::Unread { .. }
        | Evaluation::Rejected { .. }
        | Evaluation::HarnessFault { .. } => false,
        Evaluation::TimedOut { stage, .. } | Evaluation::Crashed { stage, .. } => {
            *stage != crate::domain::evaluation::Stage::Compile
        }
        Evaluation::WrongAnswer { .. }
        | Evaluation::Measured { .. }
        | Evaluation::Tested { .. } => true,
    }
}

/// The results of all units, in the run's order.
pub fn results(run: &Run) -> Vec<UnitResult> {
    run.units
        .iter()
        .map(|unit| UnitResult::of(run, unit))
        .collect()
}

/// What limits the trust in a run's figures because of where its problems come from, in sentences, each once.
pub fn origins(run: &Run) -> Vec<String> {
    let candidates = run.units.iter().flat_map(|unit| unit.candidates.values());
    let caveats = candidates
        .filter_map(|state| state.evaluated.as_ref())
        .flat_map(|evaluated| &evaluated.caveats)
        .filter(|caveat| caveat.name == UPSTREAM_VALIDATOR);
    let mut sentences: Vec<String> = caveats.map(|caveat| one_line(&caveat.advice)).collect();
    sentences.sort_unstable();
    sentences.dedup();
    sentences
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::evaluation::Caveat;
    use crate::domain::event::Envelope;

    pub(crate) fn recorded() -> Run {
        let facts: Vec<Envelope> = include_str!("../../tests/fixtures/recorded-run.jsonl")
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        Run::fold(&facts).unwrap()
    }

    #[test]
    fn what_an_upstream_validator_is_worth_is_said_once_for_a_run() {
        let mut run = recorded();
        assert_eq!(origins(&run), [""; 0]);
        for state in run.units[0].candidates.values_mut() {
            if let Some(evaluated) = &mut state.evaluated {
                evaluated.caveats.push(Caveat {
                    name: UPSTREAM_VALIDATOR.to_owned(),
                    advice: "Theirs,\nweaker.".to_owned(),
                });
            }
        }
        assert_eq!(origins(&run), ["Theirs, weaker."]);
    }

    #[test]
    fn a_result_reports_the_fresh_measurement_of_the_best_candidate() {
        let all = results(&recorded());
        assert_eq!(
            all[0],
            UnitResult {
                problem: "pareval/dense_la/gemm".to_owned(),
                category: "dense_la".to_owned(),
                mode: Mode::Serial,
                ending: Some(Ending::Done),
                candidate: "r0a0".parse().ok(),
                wins: true,
                speedup: Some(Speedup {
                    estimate: 2.313,
                    lo: 2.24,
                    hi: 2.39
                }),
                verdict: Some(Verdict::Faster),
                contest: None,
                agent: Some("loops".to_owned()),
                round: Some(Round(0)),
                read: 0,
                banked: 2,
                evaluated: 2,
                compiled: 2,
                correct: 1,
                tested: None,
                solved: None,
                usage: all[0].usage,
                work_ms: 9000,
            }
        );
        assert_eq!(all[0].usage.input.0, 2400);
    }

    #[test]
    fn a_unit_that_could_not_go_on_has_no_candidate() {
        let failed = &results(&recorded())[1];
        assert_eq!((failed.candidate, failed.evaluated), (None, 0));
        assert!(matches!(failed.ending, Some(Ending::Failed { .. })));
    }
}

//! Which of several candidates is the best: they are timed against each other, all in the same rounds, until one is ahead
//! or the rest is as fast (module `rule`). Never says how much faster than the original the winner is: that is confirmed
//! afterwards, afresh.
//!
//! Timing against the original in sessions of their own leaves candidates that differ by a few per cent in the dark: each
//! session has its own luck. Here each launch starts all that still contend, and the original, in processes of their own;
//! in each round all of them run in turn, in an order drawn by chance and then turned round, on the same inputs. The
//! original is there as the referee: every answer is compared with its, as everywhere, so that code which knows a contest
//! from a check gains nothing. Who fails leaves and is named. All of it takes at most as long as the timing of three
//! confirmations may.

mod function;
mod rule;
#[cfg(test)]
mod simulation;

use std::time::{Duration, Instant};

use super::{Cancel, Harness, HarnessError, PreparedKind, PreparedProblem};
use crate::domain::candidate::Candidate;
use crate::domain::contest::{ContenderStanding, Contest, Extent, Rival};
use crate::domain::evaluation::Evaluation;
use crate::domain::event::Progress;
use crate::domain::units::Nanos;
pub(super) use rule::LaunchLogs;
use rule::{LookFound, Race, RaceEnd};

/// A contest takes as long as the timing of this many confirmations may, at most.
pub(super) const CONFIRMATIONS: u32 = 3;

/// Launches without which nothing can be said at all, however long they take.
const FEWEST: usize = 2;

/// Why a launch gave nothing.
pub(super) enum Trouble {
    /// This contender failed, in words how.
    Of(usize, String),
    /// We did.
    Ours(HarnessError),
}

/// Where contenders meet: a C++ function's runners, or a project's copies.
pub(super) trait Field {
    /// Times those that still contend, in the same rounds; the original, too, where it is the referee.
    fn launch(&mut self, running: &[usize], cancel: &Cancel) -> Result<LaunchLogs, Trouble>;
    /// Until when launches are begun.
    fn until(&self) -> Instant;
}

impl Harness {
    /// Times correct candidates against each other, the leader so far given first. Blocks.
    ///
    /// # Errors
    /// If the machine lacks something, the original fails, or the caller cancelled.
    pub fn contest(
        &self,
        prepared: &PreparedProblem,
        contenders: &[&Candidate],
        seed: u64,
        cancel: &Cancel,
        progress: &(dyn Fn(Progress) + Sync),
    ) -> Result<Contest, HarnessError> {
        match &prepared.0 {
            PreparedKind::Function(prepared) => {
                self.contest_functions(prepared, contenders, seed, cancel, progress)
            }
            PreparedKind::Command(prepared) => {
                self.contest_projects(prepared, contenders, seed, cancel, progress)
            }
            PreparedKind::Codegen(_) => Err(HarnessError::Problem {
                what: "code from a description is tested, not timed".to_owned(),
            }),
        }
    }
}

/// A race with what is known of those that left it.
pub(super) struct Course<'a> {
    contenders: &'a [&'a Candidate],
    race: Race,
    /// How they failed.
    failed: Vec<Option<String>>,
    seed: u64,
}

impl<'a> Course<'a> {
    pub(super) fn new(contenders: &'a [&'a Candidate], seed: u64) -> Self {
        let extents = contenders.iter().map(|c| Extent::of(&c.source));
        Self {
            race: Race::new(extents.collect()),
            failed: vec![None; contenders.len()],
            contenders,
            seed,
        }
    }

    pub(super) fn fails(&mut self, contender: usize, why: String) {
        self.race.fails(contender);
        self.failed[contender] = Some(why);
    }

    /// Launches until it is decided or the time is over.
    pub(super) fn run(
        &mut self,
        field: &mut dyn Field,
        cancel: &Cancel,
        progress: &(dyn Fn(Progress) + Sync),
    ) -> Result<(), HarnessError> {
        let most = rule::LOOKS.last().copied().unwrap_or(2);
        while self.race.launches() < most {
            let running = self.race.running();
            let early = self.race.launches() < FEWEST;
            if running.len() < 2 || (!early && Instant::now() > field.until()) {
                break;
            }
            match field.launch(&running, cancel) {
                Ok(launch) => {
                    let decided = self.race.take(launch);
                    progress(Progress::Launch {
                        done: u32::try_from(self.race.launches()).unwrap_or(u32::MAX),
                        so_far: None,
                    });
                    if decided {
                        break;
                    }
                }
                Err(Trouble::Of(contender, why)) => self.fails(contender, why),
                Err(Trouble::Ours(error)) => return Err(error),
            }
        }
        Ok(())
    }

    /// What came of it.
    pub(super) fn end(self, spent: Duration) -> Contest {
        let launches = u32::try_from(self.race.launches()).unwrap_or(u32::MAX);
        let (winner, others) = match self.race.end() {
            Some(RaceEnd { winner, others }) => (Some(winner), others),
            None => {
                let all = 0..self.contenders.len();
                (None, all.map(|at| (at, LookFound::Out, None)).collect())
            }
        };
        let mut rivals: Vec<Rival> = others
            .into_iter()
            .map(|(at, found, lead)| Rival {
                id: self.contenders[at].id,
                lead: lead.map(super::stats::speedup),
                standing: match found {
                    LookFound::Slower => ContenderStanding::Slower,
                    LookFound::Equal => ContenderStanding::Equal,
                    LookFound::Open => ContenderStanding::Open,
                    LookFound::Out => ContenderStanding::Out {
                        why: self.failed[at].clone().unwrap_or_default(),
                    },
                },
                extent: Extent::of(&self.contenders[at].source),
            })
            .collect();
        let distance = |rival: &Rival| match (&rival.standing, rival.lead) {
            (ContenderStanding::Out { .. }, _) | (_, None) => f64::INFINITY,
            (_, Some(lead)) => lead.estimate,
        };
        rivals.sort_by(|a, b| distance(a).total_cmp(&distance(b)));
        let extent = winner.map(|at| Extent::of(&self.contenders[at].source));
        Contest {
            winner: winner.map(|at| self.contenders[at].id),
            extent: extent.unwrap_or_default(),
            rivals,
            left_out: 0,
            launches,
            confidence: 1.0 - rule::ALPHA,
            seed: self.seed,
            spent: Nanos::from(spent),
            not_held: None,
        }
    }
}

/// How a contender failed, in a few words.
pub(super) fn words(evaluation: &Evaluation) -> String {
    match evaluation {
        Evaluation::NotCompiled { message, .. } | Evaluation::Rejected { message, .. } => {
            message.clone()
        }
        Evaluation::Crashed { how, stage } => format!("{how} while {}", stage.word()),
        Evaluation::TimedOut { stage, limit } => {
            format!("not done after {limit} of {}", stage.word())
        }
        Evaluation::WrongAnswer { mismatch } => {
            format!("another answer than the original in {}", mismatch.field)
        }
        other => other.outcome().word().to_owned(),
    }
}

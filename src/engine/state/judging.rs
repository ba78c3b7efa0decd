//! Candidates on their way to the harness and back: proposing, verdicts, the best one,
//! confirming it. Never judges.

use std::collections::BTreeMap;

use super::{AtHarness, Effect, Job, State, Ticket};
use crate::domain::candidate::Candidate;
use crate::domain::draw::mixed;
use crate::domain::evaluation::{Evaluated, Evaluation, NO_CODE, Outcome, Unread};
use crate::domain::event::Fact;
use crate::domain::id::{AgentId, AskId, CandidateId, Purpose, Round, UnitId};
use crate::domain::run::{AskState, Unit};
use crate::domain::spec::Preset;
use crate::domain::units::Nanos;
use crate::strategies::context::{Held, Stop, StrategyReply};

impl State {
    pub(super) fn propose(
        &mut self,
        ticket: Ticket,
        unit: UnitId,
        mut candidate: Candidate,
        held: Held,
    ) {
        let id = candidate.id;
        if let (Held::Original, Some(unit)) = (&held, self.run.unit(unit)) {
            candidate.source.clone_from(&unit.spec.original);
        }
        if let Some(asked) = self.asked_for(unit, id) {
            // what did not fit into the prompt was not read
            candidate
                .read
                .retain(|lesson| asked.lessons.contains(lesson));
        }
        let known = self
            .run
            .unit(unit)
            .and_then(|unit| unit.candidates.get(&id))
            .is_some_and(|known| known.candidate == candidate);
        let at = AtHarness {
            ticket: Some(ticket),
            source: candidate.source.clone(),
            build: candidate.build.clone(),
            job: Job::Evaluate,
            tries: 1,
        };
        if !known {
            self.emit(Fact::CandidateProposed { unit, candidate });
        }
        match held {
            Held::Code | Held::Original => self.send_to_harness(unit, id, at),
            Held::Copy(of) => {
                let known = self
                    .run
                    .unit(unit)
                    .and_then(|unit| unit.candidates.get(&of)?.evaluated.clone());
                match known {
                    Some(known) => {
                        let cached = true;
                        self.verdict(unit, id, &at, Evaluated { cached, ..known });
                    }
                    None => self.send_to_harness(unit, id, at),
                }
            }
            Held::Words => self.unread(unit, id, &at, Unread::NoCode, NO_CODE.to_owned()),
            Held::Misfit(why) => self.unread(unit, id, &at, Unread::Misfit, why),
            Held::Cut(why) => self.unread(unit, id, &at, Unread::CutOff, why),
        }
    }

    /// The verdict on an answer that held nothing to compile. By the paper's rules that does not compile.
    fn unread(
        &mut self,
        unit: UnitId,
        id: CandidateId,
        at: &AtHarness,
        how: Unread,
        message: String,
    ) {
        let evaluation = match self.run.spec.preset {
            Preset::Corrected => Evaluation::Unread { how, message },
            Preset::Paper => Evaluation::NotCompiled {
                message,
                diagnostics: String::new(),
            },
        };
        self.verdict(unit, id, at, Evaluated::bare(evaluation, Nanos(0)));
    }

    /// The question whose answer a candidate is.
    pub(super) fn asked_for(&self, unit: UnitId, id: CandidateId) -> Option<&AskState> {
        let asks = &self.run.unit(unit)?.asks;
        let purposes = Purpose::ALL.into_iter().filter(|p| p.wants_code());
        let mut ids = purposes.map(|purpose| AskId { about: id, purpose });
        ids.find_map(|ask| asks.get(&ask))
    }

    pub(super) fn confirm(&mut self, ticket: Ticket, unit: UnitId, id: CandidateId) {
        let known = self
            .run
            .unit(unit)
            .and_then(|unit| unit.candidates.get(&id));
        let Some(known) = known else {
            return self.reply(ticket, Err(Stop));
        };
        let at = AtHarness {
            ticket: Some(ticket),
            source: known.candidate.source.clone(),
            build: known.candidate.build.clone(),
            job: Job::Confirm,
            tries: 1,
        };
        self.send_to_harness(unit, id, at);
    }

    pub(super) fn send_to_harness(&mut self, unit: UnitId, candidate: CandidateId, at: AtHarness) {
        let state = self
            .run
            .unit(unit)
            .filter(|state| !state.spec.work.is_optimise());
        let tests = match at.job {
            Job::Evaluate => state.map(|state| state.tests.clone()),
            Job::Confirm | Job::Contest | Job::Duel => None,
        };
        self.effects.push(Effect::Evaluate {
            candidate,
            source: at.source.clone(),
            build: at.build.clone(),
            job: at.job,
            seed: seed(self.run.spec.seed, unit, candidate, at.job),
            tests,
        });
        self.judged.insert(candidate, at);
    }

    /// The harness is done with a candidate. Its own failure is tried once more before it is reported.
    pub(super) fn judged(&mut self, candidate: CandidateId, evaluated: Evaluated) {
        self.timed(Some(candidate));
        let (Some(unit), Some(mut at)) = (self.unit, self.judged.remove(&candidate)) else {
            return;
        };
        match &evaluated.evaluation {
            Evaluation::HarnessFault { what } if at.tries == 1 => {
                self.notice(format!("{candidate}: {what}; trying once more"));
                at.tries += 1;
                self.send_to_harness(unit, candidate, at);
            }
            _ => self.verdict(unit, candidate, &at, evaluated),
        }
    }

    fn verdict(
        &mut self,
        unit: UnitId,
        candidate: CandidateId,
        at: &AtHarness,
        evaluated: Evaluated,
    ) {
        let reply = StrategyReply::Evaluated(evaluated.clone());
        match at.job {
            Job::Evaluate => {
                self.emit(Fact::Evaluated {
                    unit,
                    candidate,
                    evaluated,
                });
                self.note_best(unit);
            }
            Job::Confirm | Job::Contest | Job::Duel => {
                self.emit(Fact::BestConfirmed {
                    unit,
                    candidate,
                    evaluated,
                });
                // where it failed, another one is the best now
                self.note_best(unit);
            }
        }
        match at.ticket {
            Some(ticket) => self.reply(ticket, Ok(reply)),
            // the strategy may have waited for it
            None => self.release(),
        }
    }

    /// Records the best candidate if it is another one than before. Depends on what was measured, not on the order.
    pub(super) fn note_best(&mut self, unit: UnitId) {
        let Some(state) = self.run.unit(unit) else {
            return;
        };
        let found = state.leader(self.run.spec.preset);
        if let (Some((candidate, speedup)), true) = (found, found != state.best) {
            self.emit(Fact::BestImproved {
                unit,
                candidate,
                speedup,
            });
        }
    }
}

/// Seed of a job's inputs: follows from where the candidate stands, so that a resumed run draws the same.
pub(super) fn seed(run: u64, unit: UnitId, candidate: CandidateId, job: Job) -> u64 {
    let job = match job {
        Job::Evaluate => 1,
        Job::Confirm => 2,
        Job::Contest => 3,
        Job::Duel => 4,
    };
    let place = [
        u64::from(unit.0),
        u64::from(candidate.round.0),
        u64::from(candidate.agent.0),
        u64::from(candidate.attempt),
        job,
    ];
    mixed(run, place)
}

/// The speedups of a round's candidates, one per agent that has one; our own failures do not count.
pub(super) fn scores(unit: &Unit, round: Round) -> BTreeMap<AgentId, f64> {
    let mut scores = BTreeMap::new();
    let of_the_team = |id: &CandidateId| id.round == round && id.agent != AgentId::PERSON;
    for (id, state) in unit.candidates.iter().filter(|(id, _)| of_the_team(id)) {
        if let Some(outcome) = state.outcome() {
            match outcome {
                Outcome::HarnessFault => {}
                _ => drop(scores.insert(id.agent, state.score())),
            }
        }
    }
    scores
}

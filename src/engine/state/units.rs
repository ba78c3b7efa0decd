//! The course of a run: which unit comes next, how one ends, how the run ends, and taking up a run that was cut off.

use std::collections::BTreeSet;

use super::{Effect, Halt, Input, State, Unready};
use crate::domain::ask::{Answer, AskFailure};
use crate::domain::event::{Ending, Fact};
use crate::domain::id::{CandidateId, UnitId};
use crate::strategies::{Finish, How};

impl State {
    pub(super) fn begin(&mut self) {
        if self.known > 0 {
            let again = self.with_budget_again();
            if self.run.ending == Some(Ending::Done) && again.is_empty() {
                self.notice("this run is finished: nothing is left to do");
                self.effects.push(Effect::Finish(Ending::Done));
                return;
            }
            self.reopen(again);
            let machine = Some(self.machine.clone());
            self.emit(Fact::RunResumed {
                known: self.known,
                machine,
            });
            if let Some(budget) = self.allowed {
                self.emit(Fact::BudgetSet { budget });
            }
            self.tell_used_up();
        }
        self.next_unit();
    }

    /// A run that ended early on the person's wish or by a failure goes on where it ended, in its last unit; units that
    /// ended on a budget go on where the budget in force has something left for them. After a failure asks that had failed are asked again, since what kept them from working may be mended.
    fn reopen(&mut self, again: BTreeSet<UnitId>) {
        self.reopened.clear();
        for (unit, at) in self.run.units.iter_mut().zip(0..) {
            if let Some(Ending::CutOff { .. }) = unit.ending {
                // an answer that is none is asked for again, too
                let is_none = |reply: &mut Result<Answer, AskFailure>| match reply {
                    Ok(answer) => answer.unusable().is_some(),
                    Err(_) => true,
                };
                for ask in unit.asks.values_mut() {
                    ask.reply.take_if(is_none);
                }
                self.reopened.insert(UnitId(at));
            }
        }
        if self.run.ending.is_none() {
            return;
        }
        self.reopened.extend(again);
        let last = self.run.current_unit();
        let Some(unit) = self.run.units.get_mut(usize::from(last.0)) else {
            return;
        };
        match unit.ending {
            Some(Ending::Stopped) => {}
            Some(Ending::CutOff { .. }) => return,
            Some(Ending::Failed { .. }) => {
                for ask in unit.asks.values_mut() {
                    ask.reply.take_if(|reply| reply.is_err());
                }
            }
            Some(Ending::Done | Ending::Budget) | None => return,
        }
        self.reopened.insert(last);
    }

    pub(super) fn next_unit(&mut self) {
        let next = self
            .run
            .units
            .iter()
            .zip(0..)
            .find(|(unit, at)| unit.ending.is_none() || self.reopened.contains(&UnitId(*at)))
            .map(|(unit, at)| (UnitId(at), unit.started && unit.ending.is_none()));
        self.unit = None;
        self.closing = false;
        self.halts.remove(&Halt::Skip);
        let early = self.early_ending();
        let Some((unit, begun)) = next else {
            let ending = self.ending_of_units();
            return self.finish(ending);
        };
        if let Some(ending) = early {
            return self.finish(ending);
        }
        if self.run.paused {
            self.held.push(Input::Begin);
            return;
        }
        self.unit = Some(unit);
        self.reopened.remove(&unit);
        if !begun {
            self.emit(Fact::UnitStarted { unit });
        }
        self.effects.push(Effect::Prepare(unit));
    }

    /// How the run ends although units are left, if it does.
    fn early_ending(&self) -> Option<Ending> {
        if let Some(message) = &self.fatal {
            let message = message.clone();
            return Some(Ending::Failed { message });
        }
        if let Some(message) = &self.outage.given_up {
            let message = message.clone();
            return Some(Ending::CutOff { message });
        }
        if self.halts.contains(&Halt::Cancel) || self.halts.contains(&Halt::AfterRound) {
            return Some(Ending::Stopped);
        }
        self.is_out_of_budget().then_some(Ending::Budget)
    }

    /// Whether the run's own budget is spent: its time or its money.
    fn is_out_of_budget(&self) -> bool {
        self.halts.contains(&Halt::Budget) || self.halts.contains(&Halt::Money)
    }

    /// How the run ends after its last unit.
    fn ending_of_units(&self) -> Ending {
        let endings = || {
            self.run
                .units
                .iter()
                .filter_map(|unit| unit.ending.as_ref())
        };
        let failed = |ending: &Ending| matches!(ending, Ending::Failed { .. });
        let cut_off = |ending: &&Ending| matches!(ending, Ending::CutOff { .. });
        // done means that every round of every unit was played
        if let Some(cut_off) = endings().find(cut_off) {
            return cut_off.clone();
        }
        match (endings().next(), endings().next_back()) {
            (Some(first), _) if endings().all(failed) => first.clone(),
            // a unit that spent its asks or tokens had all it was to have
            (_, Some(Ending::Budget)) if !self.is_out_of_budget() => Ending::Done,
            (_, Some(last @ (Ending::Stopped | Ending::Budget))) => last.clone(),
            _ => Ending::Done,
        }
    }

    fn finish(&mut self, ending: Ending) {
        self.emit(Fact::RunFinished {
            ending: ending.clone(),
        });
        self.effects.push(Effect::Finish(ending));
    }

    pub(super) fn prepared(&mut self, result: Result<(), Unready>) {
        self.timed(None);
        let Some(unit) = self.unit else { return };
        if self.halts.contains(&Halt::Cancel) {
            return self.next_unit();
        }
        let message = match result {
            Ok(()) => {
                self.bring_along(unit);
                self.judge_own(unit);
                return self.effects.push(Effect::RunStrategy(unit));
            }
            Err(Unready::Problem(message)) => message,
            Err(Unready::Environment(message)) => {
                self.fatal = Some(message.clone());
                message
            }
        };
        self.end_unit(unit, Ending::Failed { message }, None);
    }

    pub(super) fn strategy_ended(&mut self, finish: Finish) {
        let Some(unit) = self.unit else { return };
        // the unit of a cancelled run stays open, so that resuming goes on in it
        if self.halts.contains(&Halt::Cancel) {
            return self.next_unit();
        }
        // its verdict belongs to this unit
        if self.judges_own() {
            self.closing = true;
            return self.held.push(Input::StrategyEnded(finish));
        }
        let ending = match finish.how {
            How::Complete => Ending::Done,
            // nothing that it could still do was expected to bring anything
            How::Stopped if self.run.unit(unit).is_some_and(|u| u.enough.is_some()) => Ending::Done,
            _ if self.outage.given_up.is_some() => Ending::CutOff {
                message: self.outage.given_up.clone().unwrap_or_default(),
            },
            How::Stopped if self.is_out_of_budget() => Ending::Budget,
            How::Stopped if !self.halts.is_empty() => Ending::Stopped,
            How::Stopped if self.unit_is_spent(unit) => Ending::Budget,
            How::Stopped => Ending::Failed {
                message: "the strategy broke off: a defect of ours, please report it".to_owned(),
            },
            // nobody has asked for more than what was left of the budget
            How::Unanswered { .. } if self.is_out_of_budget() => Ending::Budget,
            How::Unanswered { .. } if !self.halts.is_empty() => Ending::Stopped,
            How::Unanswered { message, lasting } => {
                if lasting {
                    // the next unit would find the same servers
                    self.outage.given_up = Some(message.clone());
                }
                Ending::CutOff { message }
            }
            How::Failed { message } => {
                self.fatal = Some(message.clone());
                Ending::Failed { message }
            }
        };
        self.end_unit(unit, ending, finish.winner);
    }

    fn end_unit(&mut self, unit: UnitId, ending: Ending, winner: Option<CandidateId>) {
        self.emit(Fact::UnitFinished {
            unit,
            ending,
            winner,
        });
        self.next_unit();
    }
}

//! Asks that failed for a reason that passes: they wait and are put again, as long as nobody else was answered since they
//! were put first and the run has patience. Where somebody was, the team is there, and who failed sits the round out.
//! A round in which nobody is answered is therefore none: it is played once somebody can be asked again, or the run ends
//! as cut off, with that round open. Also ends asks that go on long after the run's time is over.

use super::{Asked, Effect, Halt, State};
use crate::domain::ask::{AskFailure, AskFailureKind, AskNote, Wasted};
use crate::domain::event::Fact;
use crate::domain::id::{AskId, UnitId};
use crate::domain::units::{Nanos, Tokens, Usage};
use crate::strategies::context::StrategyReply;

/// The first wait, in milliseconds; each further one is twice as long.
const FIRST: i64 = 5_000;
/// The longest wait of our own choosing.
const LONGEST: i64 = 60_000;
/// How long asks under way may go on after the run's time is over.
pub const GRACE: i64 = 60_000;

/// Asks that wait.
#[derive(Debug, Default)]
pub(super) struct Outage {
    waiting: Vec<(AskId, Asked, AskFailure)>,
    /// Since when nobody is answered.
    since: Option<i64>,
    /// Waits so far.
    waits: u32,
    /// When those that wait are asked again.
    until: Option<i64>,
    /// Why the run was given up, once it was.
    pub given_up: Option<String>,
    /// When asks under way are ended.
    pub last_call: Option<i64>,
}

impl State {
    /// When something is to be done although nothing happens, in milliseconds since 1970-01-01 UTC.
    pub fn next_wake(&self) -> Option<i64> {
        let again = self.outage.until.filter(|_| !self.run.paused);
        let last = self.outage.last_call.filter(|_| !self.asked.is_empty());
        again.into_iter().chain(last).min()
    }

    /// The time that [`State::next_wake`] named has come, or may have.
    pub(super) fn wake(&mut self) {
        if self.outage.last_call.is_some_and(|at| at <= self.now) {
            self.outage.last_call = None;
            self.end_what_is_under_way();
        }
        let due = self.outage.until.is_some_and(|until| until <= self.now);
        if due && !self.run.paused {
            self.ask_again();
        }
    }

    /// Whether an ask that failed waits and is put again.
    pub(super) fn may_wait(&self, asked: &Asked, failure: &AskFailure) -> bool {
        let given_up = [Halt::Skip, Halt::AfterRound, Halt::Budget, Halt::Money]
            .iter()
            .any(|halt| self.halts.contains(halt));
        let answered_since = self.answered > asked.first;
        // a server that was never there is more likely a wrong address than an outage
        let known = failure.kind != AskFailureKind::Unreachable || self.was_ever_answered();
        failure.kind.is_passing()
            && self.patience > Nanos(0)
            && self.outage.given_up.is_none()
            && known
            && !answered_since
            && !given_up
    }

    fn was_ever_answered(&self) -> bool {
        let asks = self.run.units.iter().flat_map(|unit| &unit.asks);
        asks.filter(|(id, _)| self.run.spec.is_paid(id.agent()))
            .any(|(_, ask)| matches!(ask.reply, Some(Ok(_))))
    }

    /// Has an ask wait.
    pub(super) fn hold_ask(&mut self, unit: UnitId, id: AskId, asked: Asked, failure: AskFailure) {
        self.outage.since.get_or_insert(self.now);
        self.outage.waiting.push((id, asked, failure.clone()));
        if self.outage.until.is_some() {
            return;
        }
        let since = self.outage.since.unwrap_or(self.now);
        let patience = millis(self.patience);
        let left = patience.saturating_sub(self.now - since);
        let own = FIRST
            .saturating_mul(1 << self.outage.waits.min(8))
            .min(LONGEST);
        let wait = match failure.wait {
            Some(asked) => own.max(millis(asked)),
            None => own.min(left),
        };
        if left <= 0 || wait > left {
            // somebody is still being asked or judged: who waits sits out, and the round goes on
            return match self.asked.is_empty() && self.judged.is_empty() {
                true => self.give_up(failure),
                false => self.fail_what_waits(),
            };
        }
        self.outage.waits += 1;
        self.outage.until = Some(self.now.saturating_add(wait));
        self.emit(Fact::NobodyAnswered {
            unit,
            failure,
            wait: nanos(wait),
            left: nanos(left),
        });
    }

    /// Somebody was answered: who waits is asked once more at once.
    pub(super) fn somebody_answered(&mut self) {
        self.answered = self.run.facts;
        self.outage.since = None;
        self.outage.waits = 0;
        self.ask_again();
    }

    fn ask_again(&mut self) {
        self.outage.until = None;
        for (id, asked, _) in std::mem::take(&mut self.outage.waiting) {
            let state = self
                .unit
                .and_then(|unit| self.run.unit(unit)?.asks.get(&id));
            let prompt = state.map(|state| state.prompt.clone()).unwrap_or_default();
            let task = asked.task.clone();
            self.asked.insert(id, asked);
            self.effects.push(Effect::Ask { id, task, prompt });
        }
    }

    fn give_up(&mut self, failure: AskFailure) {
        let patience = self.patience;
        let wanted = failure
            .wait
            .map(|wait| format!(", and the server asks for {wait} more"));
        self.outage.given_up = Some(format!(
            "nobody was answered within the patience of {patience}{}: {}",
            wanted.unwrap_or_default(),
            failure.message
        ));
        self.halts.insert(Halt::CutOff);
        self.fail_what_waits();
    }

    /// What waits fails for good: nobody waits for it any more.
    pub(super) fn fail_what_waits(&mut self) {
        self.outage.until = None;
        self.outage.since = None;
        self.outage.waits = 0;
        let Some(unit) = self.unit else { return };
        for (ask, asked, failure) in std::mem::take(&mut self.outage.waiting) {
            self.emit(Fact::AskFailed {
                unit,
                ask,
                failure: failure.clone(),
            });
            self.reply(asked.ticket, Ok(StrategyReply::Answer(Err(failure))));
        }
    }

    /// The tickets of what waits, which is forgotten.
    pub(super) fn forget_what_waits(&mut self) -> Vec<super::Ticket> {
        self.outage.until = None;
        let waiting = std::mem::take(&mut self.outage.waiting);
        waiting
            .into_iter()
            .map(|(_, asked, _)| asked.ticket)
            .collect()
    }

    /// The run's time is over for long enough: asks that are still under way end without an answer.
    fn end_what_is_under_way(&mut self) {
        let Some(unit) = self.unit else { return };
        self.effects.push(Effect::DropAsks);
        for (ask, asked) in std::mem::take(&mut self.asked) {
            let state = self.run.unit(unit).and_then(|unit| unit.asks.get(&ask));
            if let Some(state) = state.filter(|_| self.run.spec.is_paid(ask.agent())) {
                let usage = Usage {
                    input: Tokens::estimate(&state.prompt),
                    output: Tokens(asked.heard.div_ceil(4) as u64),
                    estimated: true,
                    ..Usage::default()
                };
                let on = Wasted::Cancelled;
                let note = AskNote::Spent { usage, on };
                self.emit(Fact::AskNoted { unit, ask, note });
            }
            let failure = AskFailure::new(
                AskFailureKind::Budget,
                format!(
                    "not answered within {} after the time of the run was over",
                    nanos(GRACE)
                ),
                "give the run more time",
            );
            self.emit(Fact::AskFailed {
                unit,
                ask,
                failure: failure.clone(),
            });
            self.reply(asked.ticket, Ok(StrategyReply::Answer(Err(failure))));
        }
    }
}

fn millis(span: Nanos) -> i64 {
    i64::try_from(span.0 / 1_000_000).unwrap_or(i64::MAX)
}

fn nanos(millis: i64) -> Nanos {
    Nanos(u64::try_from(millis).unwrap_or(0).saturating_mul(1_000_000))
}

#[cfg(test)]
mod tests;

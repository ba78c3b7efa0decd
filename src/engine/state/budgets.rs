//! The budget in force: what it lets be begun, what is charged for asks that never end, and with which budget a run is
//! taken up again. Never stops what is under way.

use std::collections::BTreeSet;

use super::requests::Leave;
use super::{Asked, Halt, Input, State, Ticket};
use crate::Asking;
use crate::budget::{Reserve, Room, room};
use crate::domain::ask::{AskNote, Task, Wasted};
use crate::domain::enough::{StoppedEarly, enough, unspent};
use crate::domain::event::{Ending, Fact};
use crate::domain::id::{AskId, Purpose, UnitId};
use crate::domain::meter::Budget;
use crate::domain::spec::AgentKind;
use crate::domain::units::{Cost, Tokens, Usage};
use crate::strategies::context::StrategyOp;

impl State {
    /// Lets a run that is taken up go on with another budget; what was spent before counts.
    pub fn allow(&mut self, budget: Budget) {
        self.run.budget = budget;
        self.allowed = Some(budget);
    }

    /// Bytes of an answer have arrived.
    pub fn heard(&mut self, ask: AskId, bytes: usize) {
        if let Some(asked) = self.asked.get_mut(&ask) {
            asked.heard = asked.heard.saturating_add(bytes);
        }
    }

    /// Whether this ask may be begun. One that was cut off before its answer came is not a new one.
    pub(super) fn room_for(&self, id: AskId) -> Leave {
        let Some((at, unit)) = self.current() else {
            return Leave::Never;
        };
        let left = self.run.left(at);
        if left.asks == Some(0) && !unit.asks.contains_key(&id) {
            return Leave::Never;
        }
        let mut under_way = Reserve::default();
        for asked in self.asked.values() {
            under_way += asked.reserve;
        }
        match room(left, under_way) {
            Room::Enough => Leave::Granted,
            Room::PerhapsNone => Leave::Later,
            Room::NoTokens | Room::NoMoney => Leave::Never,
        }
    }

    /// Whether a round in which nothing could be asked is worth beginning.
    pub(super) fn room_for_a_round(&self) -> Leave {
        match self.current() {
            Some((at, _)) if self.run.left(at).tokens == Some(Tokens(0)) => Leave::Never,
            _ => Leave::Granted,
        }
    }

    /// Whether nothing more is expected of the unit, so that no further round of it is worth playing. Said and recorded once.
    pub(super) fn has_enough(&mut self, unit: UnitId) -> bool {
        let Some(state) = self.run.unit(unit) else {
            return false;
        };
        let spec = &self.run.spec;
        let known = state.enough.is_some();
        let Some(enough) = enough(state, spec.preset, spec.until()) else {
            return known;
        };
        let unspent = unspent(&self.run, state, spec);
        if !known {
            let ended = StoppedEarly { enough, unspent };
            self.emit(Fact::EnoughReached { unit, ended });
        }
        true
    }

    /// Whether the unit ended because it had spent its asks or tokens.
    pub(super) fn unit_is_spent(&self, unit: UnitId) -> bool {
        let left = self.run.left(unit);
        left.asks == Some(0) || left.tokens == Some(Tokens(0))
    }

    /// What is known of the money when this question is about to be put. One whose answer is there costs nothing more.
    pub fn asking(&self, id: AskId, task: &Task, prompt: &str) -> Asking {
        let answered = self.current().and_then(|(_, unit)| unit.asks.get(&id));
        let answered = answered.is_some_and(|ask| ask.reply.is_some());
        Asking {
            at_most: match answered {
                true => Cost(0),
                false => self.reserve(task, id, prompt).cost,
            },
            ..self.money()
        }
    }

    /// What is known of the money when no question is about to be put.
    pub fn money(&self) -> Asking {
        let mut under_way = Cost(0);
        for asked in self.asked.values() {
            under_way += asked.reserve.cost;
        }
        for held in &self.held {
            if let Input::Request {
                op: StrategyOp::Ask { id, task },
                prompt: Ok(prompt),
                ..
            } = held
            {
                under_way += self.reserve(task, *id, prompt).cost;
            }
        }
        Asking {
            spent: self.run.spent.cost,
            under_way,
            at_most: Cost(0),
        }
    }

    /// A question on its way, with what it may take.
    pub(super) fn asked_now(&self, ticket: Ticket, task: &Task, id: AskId, prompt: &str) -> Asked {
        Asked {
            ticket,
            task: task.clone(),
            first: self.run.facts,
            heard: 0,
            reserve: self.reserve(task, id, prompt),
        }
    }

    /// What a question may take.
    fn reserve(&self, task: &Task, id: AskId, prompt: &str) -> Reserve {
        let kind = self.run.spec.team.get(id.agent().index());
        match kind.map(|agent| &agent.kind) {
            Some(AgentKind::Openai {
                model,
                code,
                lesson,
                ..
            }) => {
                let sampling = match (task, id.purpose) {
                    (Task::Lesson { .. }, _) | (_, Purpose::Reflect) => lesson,
                    _ => code,
                };
                let input = Tokens::estimate(prompt);
                let seen = self.largest(id);
                // reasoning is not always within the limit
                let reasoned = match seen.reasoning > Tokens(0) {
                    true => Tokens(u64::from(code.max_tokens) + u64::from(sampling.max_tokens)),
                    false => Tokens(u64::from(sampling.max_tokens)),
                };
                let output = seen.output.max(reasoned);
                let price = self.run.spec.prices.get(model);
                let priced = price.map_or(Cost(0), |price| price.at_most(input, output));
                Reserve {
                    tokens: input + output,
                    cost: priced.max(seen.cost.unwrap_or_default()),
                }
            }
            _ => Reserve::default(),
        }
    }

    /// The largest figures of the agent's answers so far.
    fn largest(&self, id: AskId) -> Usage {
        let asks = self.run.units.iter().flat_map(|unit| &unit.asks);
        let own = asks.filter(|(ask, _)| ask.agent() == id.agent());
        let answers = own.filter_map(|(_, ask)| ask.reply.as_ref()?.as_ref().ok());
        answers.fold(Usage::default(), |largest, answer| Usage {
            cost: largest.cost.max(answer.usage.cost),
            ..largest.at_least(answer.usage)
        })
    }

    /// Something happened on the way to an answer.
    pub(super) fn noted(&mut self, ask: AskId, note: AskNote) {
        let Some(unit) = self.unit.filter(|_| self.asked.contains_key(&ask)) else {
            return;
        };
        self.emit(Fact::AskNoted { unit, ask, note });
        self.after_spending();
    }

    /// Something was paid for: the money may be spent, and asks that waited may be begun.
    pub(super) fn after_spending(&mut self) {
        let money = self
            .run
            .budget
            .cost
            .map(|cost| cost.less(self.run.spent.cost));
        // a server that was to tell its bill and does not: what is left is not known any more
        let untold = money.is_some() && self.is_untold();
        if untold && !self.halts.contains(&Halt::Money) {
            self.notice("a reply came without a price: the budget of money cannot be kept, so nothing more is asked");
        }
        if untold || money == Some(Cost(0)) {
            self.halt(Halt::Money);
        }
        if !self.run.budget.is_unlimited() {
            self.release();
        }
    }

    /// Whether a model answered whose price nobody told.
    fn is_untold(&self) -> bool {
        let spec = &self.run.spec;
        let asks = self.run.units.iter().flat_map(|unit| &unit.asks);
        asks.filter(|(_, ask)| !ask.is_reused()).any(|(id, ask)| {
            let agent = spec.team.get(id.agent().index()).map(|agent| &agent.kind);
            match (&ask.reply, agent) {
                (Some(Ok(answer)), Some(AgentKind::Openai { model, .. })) => {
                    let model = ask.stand_in().unwrap_or(model);
                    answer.usage.cost.is_none() && !spec.prices.contains_key(model)
                }
                _ => false,
            }
        })
    }

    /// The run is cancelled: what models were asked is paid for as far as it has come.
    pub(super) fn settle_what_is_under_way(&mut self) {
        let Some(unit) = self.unit else { return };
        let asked: Vec<(AskId, usize)> = self
            .asked
            .iter()
            .filter(|(id, _)| self.run.spec.is_paid(id.agent()))
            .map(|(id, asked)| (*id, asked.heard))
            .collect();
        for (ask, heard) in asked {
            let state = self.run.unit(unit).and_then(|unit| unit.asks.get(&ask));
            let Some(state) = state.filter(|state| !state.is_reused()) else {
                continue;
            };
            let usage = Usage {
                input: Tokens::estimate(&state.prompt),
                output: Tokens(heard.div_ceil(4) as u64),
                estimated: true,
                ..Usage::default()
            };
            let on = Wasted::Cancelled;
            let note = AskNote::Spent { usage, on };
            self.emit(Fact::AskNoted { unit, ask, note });
        }
    }

    /// Units that had ended on their budget and have something left of the one in force.
    pub(super) fn with_budget_again(&self) -> BTreeSet<UnitId> {
        let units = (0..).map(UnitId).zip(&self.run.units);
        units
            .filter(|(at, unit)| unit.ending == Some(Ending::Budget) && !self.unit_is_spent(*at))
            .map(|(at, _)| at)
            .collect()
    }

    /// Says that nothing is left of a budget that a run is taken up with.
    pub(super) fn tell_used_up(&mut self) {
        let left = self.run.left(self.run.current_unit());
        let (time, money) = (left.time.map(|left| left.0), left.cost);
        if money == Some(Cost(0)) {
            self.halts.insert(Halt::Money);
        }
        if time == Some(0) || money == Some(Cost(0)) {
            let what = left.used_up().join(" and ");
            self.notice(format!(
                "nothing is left of the budget ({what}): resume the run with a larger one"
            ));
        }
    }
}

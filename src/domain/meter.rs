//! What a run has spent and what is left of its budget: part of the fold of its facts. Never looks at a clock, and never
//! takes what it does not know for nothing: replies of models without a price are counted as such.
//!
//! Asks and tokens are budgeted per unit, so that every problem of a suite gets the same; money and time per run.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::ask::{AskNote, Wasted};
use super::event::{Envelope, Fact};
use super::id::{AgentId, AskId, UnitId};
use super::run::{AskState, Run};
use super::spec::{AgentKind, RunSpec};
use super::units::{Cost, Nanos, Tokens, Usage};

/// What may be spent. `None`: no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Budget {
    /// Wall time of the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<Nanos>,
    /// Asks of each unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asks: Option<u32>,
    /// Tokens of each unit, read and written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tokens: Option<Tokens>,
    /// Money of the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<Cost>,
}

impl Budget {
    /// Whether nothing is limited.
    pub fn is_unlimited(&self) -> bool {
        *self == Self::default()
    }

    /// This one with what `other` says instead.
    pub fn with(self, other: Self) -> Self {
        Self {
            time: other.time.or(self.time),
            asks: other.asks.or(self.asks),
            tokens: other.tokens.or(self.tokens),
            cost: other.cost.or(self.cost),
        }
    }
}

/// What was spent, in a unit or in a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Spent {
    /// Questions asked; one that is asked anew after an interruption counts once.
    pub asks: u32,
    /// Tokens of all replies, those that failed or were cancelled included.
    pub usage: Usage,
    /// What the replies with a known price cost. Recorded answers count as if they were asked anew, so that a budget
    /// stops a repetition where it stopped the original.
    pub cost: Cost,
    /// Replies whose price is unknown.
    pub unpriced: u32,
    /// Answers that came from a recording.
    pub reused: u32,
    /// The part of `cost` that was not paid because the answer came from a recording.
    pub saved: Cost,
    /// Replies that gave no answer but were paid for.
    pub wasted: u32,
    /// Wall time at work (of a run; a unit has none of its own).
    pub time: Nanos,
}

/// Money spent, as far as it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Money {
    /// All of it.
    Known(Cost),
    /// This, and replies at an unknown price.
    AtLeast(Cost),
    /// Nothing but replies at an unknown price.
    Unknown,
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known(cost) => cost.fmt(f),
            Self::AtLeast(cost) => write!(f, "{cost} and more at unknown prices"),
            Self::Unknown => f.write_str("price unknown"),
        }
    }
}

impl std::ops::AddAssign for Spent {
    fn add_assign(&mut self, other: Self) {
        self.asks += other.asks;
        self.usage += other.usage;
        self.cost += other.cost;
        self.unpriced += other.unpriced;
        self.reused += other.reused;
        self.saved += other.saved;
        self.wasted += other.wasted;
        self.time = Nanos(self.time.0.saturating_add(other.time.0));
    }
}

impl Spent {
    /// Tokens read and written.
    pub fn tokens(&self) -> Tokens {
        self.usage.input + self.usage.output
    }

    /// Money really paid, as far as it is known.
    pub fn money(&self) -> Money {
        let paid = self.cost.less(self.saved);
        match (self.unpriced, paid) {
            (0, paid) => Money::Known(paid),
            (_, Cost(0)) => Money::Unknown,
            (_, paid) => Money::AtLeast(paid),
        }
    }

    fn add(&mut self, usage: &Usage, charge: Charge) {
        self.usage += *usage;
        match charge {
            Charge::Free => {}
            Charge::Cost(cost) => self.cost += cost,
            Charge::Unknown => self.unpriced += 1,
        }
    }
}

/// What is left of a budget. `None`: no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct BudgetLeft {
    /// Of the run's time, as of its latest fact.
    pub time: Option<Nanos>,
    /// Of the unit's asks.
    pub asks: Option<u32>,
    /// Of the unit's tokens.
    pub tokens: Option<Tokens>,
    /// Of the run's money.
    pub cost: Option<Cost>,
}

impl BudgetLeft {
    /// What of it is used up, in words; empty if nothing is.
    pub fn used_up(&self) -> Vec<&'static str> {
        let limits = [
            (self.time == Some(Nanos(0)), "time"),
            (self.asks == Some(0), "asks"),
            (self.tokens == Some(Tokens(0)), "tokens"),
            (self.cost == Some(Cost(0)), "money"),
        ];
        let gone = limits.into_iter().filter(|(gone, _)| *gone);
        gone.map(|(_, what)| what).collect()
    }
}

/// What a reply costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Charge {
    Free,
    Cost(Cost),
    Unknown,
}

impl RunSpec {
    /// Whether an agent's answers are paid for by the token.
    pub fn is_paid(&self, agent: AgentId) -> bool {
        let kind = self.team.get(agent.index()).map(|agent| &agent.kind);
        matches!(kind, Some(AgentKind::Openai { .. }))
    }

    /// Whether there is anything to meter: an agent that is paid by the token, or a limit.
    pub fn is_metered(&self) -> bool {
        let mut agents = (0..=u8::MAX).map(AgentId).take(self.team.len());
        agents.any(|agent| self.is_paid(agent)) || !self.budget().is_unlimited()
    }

    /// What a question may cost at most, by our own estimate of its prompt and the longest answer that is asked for; nothing
    /// where no price is known.
    pub fn at_most(&self, agent: AgentId, prompt: &str) -> Cost {
        let kind = self.team.get(agent.index()).map(|agent| &agent.kind);
        let Some(AgentKind::Openai {
            model,
            code,
            lesson,
            ..
        }) = kind
        else {
            return Cost(0);
        };
        let answer = Tokens(u64::from(code.max_tokens) + u64::from(lesson.max_tokens));
        let price = self.prices.get(model);
        price.map_or(Cost(0), |price| {
            price.at_most(Tokens::estimate(prompt), answer)
        })
    }

    fn charge(&self, agent: AgentId, stand_in: Option<&str>, usage: &Usage) -> Charge {
        let model = match self.team.get(agent.index()).map(|agent| &agent.kind) {
            Some(AgentKind::Openai { model, .. }) => stand_in.unwrap_or(model),
            _ => return Charge::Free,
        };
        // who writes the bill knows best
        if let Some(cost) = usage.cost {
            return Charge::Cost(cost);
        }
        match self.prices.get(model) {
            Some(price) => Charge::Cost(price.of(usage)),
            None => Charge::Unknown,
        }
    }
}

impl AskState {
    /// The model that answered in place of the agent's own.
    pub fn stand_in(&self) -> Option<&str> {
        self.notes.iter().rev().find_map(|note| match note {
            AskNote::Fallback { to, .. } => Some(to.as_str()),
            _ => None,
        })
    }

    /// Whether the answer came from a recording.
    pub fn is_reused(&self) -> bool {
        let reused = |note: &AskNote| matches!(note, AskNote::Reused { .. });
        self.notes.iter().any(reused)
    }

    /// What the asking took so far without an answer, if the run was cut off now: the prompt at least.
    fn begun(&self) -> Option<Usage> {
        let settled = |note: &AskNote| {
            matches!(
                note,
                AskNote::Reused { .. }
                    | AskNote::Spent {
                        on: Wasted::Cancelled,
                        ..
                    }
            )
        };
        let open = self.reply.is_none() && !self.notes.iter().any(settled);
        open.then(|| Usage {
            input: Tokens::estimate(&self.prompt),
            estimated: true,
            ..Usage::default()
        })
    }
}

impl Run {
    /// What is left of the budget in force, of asks and tokens for this unit.
    pub fn left(&self, unit: UnitId) -> BudgetLeft {
        let of_unit = self.unit(unit).map(|unit| unit.spent).unwrap_or_default();
        let budget = &self.budget;
        BudgetLeft {
            time: budget
                .time
                .map(|time| Nanos(time.0.saturating_sub(self.spent.time.0))),
            asks: budget.asks.map(|asks| asks.saturating_sub(of_unit.asks)),
            tokens: budget
                .tokens
                .map(|tokens| Tokens(tokens.0.saturating_sub(of_unit.tokens().0))),
            cost: budget.cost.map(|cost| cost.less(self.spent.cost)),
        }
    }

    /// Takes in what a fact says about spending; called before the fact is folded otherwise.
    pub(super) fn meter(&mut self, envelope: &Envelope) {
        let since = u64::try_from(envelope.at.saturating_sub(self.updated_at)).unwrap_or(0);
        match &envelope.fact {
            // nobody was at work in between, but what was under way had been paid for
            Fact::RunResumed { .. } => self.charge_what_was_under_way(),
            _ => {
                let since = since.saturating_mul(1_000_000);
                self.spent.time.0 = self.spent.time.0.saturating_add(since);
            }
        }
        match &envelope.fact {
            Fact::AskSent { unit, ask, .. } => self.count(*unit, *ask),
            Fact::AnswerReceived { unit, ask, answer } => {
                self.usage += answer.usage;
                self.charge(*unit, *ask, &answer.usage, None);
            }
            Fact::AskNoted {
                unit,
                ask,
                note: AskNote::Spent { usage, on },
            } => {
                self.usage += *usage;
                self.charge(*unit, *ask, usage, Some(*on));
            }
            Fact::BudgetSet { budget } => self.budget = *budget,
            _ => {}
        }
    }

    fn count(&mut self, unit: UnitId, ask: AskId) {
        let Some(state) = self.units.get_mut(usize::from(unit.0)) else {
            return;
        };
        if !state.asks.contains_key(&ask) {
            state.spent.asks += 1;
            self.spent.asks += 1;
        }
    }

    fn charge(&mut self, unit: UnitId, ask: AskId, usage: &Usage, wasted: Option<Wasted>) {
        let Some(state) = self.units.get_mut(usize::from(unit.0)) else {
            return;
        };
        let asked = state.asks.get(&ask);
        let stand_in = asked.and_then(AskState::stand_in);
        let charge = self.spec.charge(ask.agent(), stand_in, usage);
        let reused = wasted.is_none() && asked.is_some_and(AskState::is_reused);
        for spent in [&mut state.spent, &mut self.spent] {
            spent.wasted += u32::from(wasted.is_some());
            match (reused, charge) {
                // an unknown price that nobody asks for is no reason to worry
                (true, Charge::Unknown) => spent.add(usage, Charge::Free),
                (_, charge) => spent.add(usage, charge),
            }
            if reused {
                spent.reused += 1;
                if let Charge::Cost(cost) = charge {
                    spent.saved += cost;
                }
            }
        }
    }

    /// A run that was killed could not say what its open asks had taken: their prompts, by our own estimate.
    fn charge_what_was_under_way(&mut self) {
        let mut open = Vec::new();
        for (unit, at) in self.units.iter().zip(0..) {
            for (ask, state) in &unit.asks {
                if let (true, Some(usage)) = (self.spec.is_paid(ask.agent()), state.begun()) {
                    open.push((UnitId(at), *ask, usage));
                }
            }
        }
        for (unit, ask, usage) in open {
            let on = Wasted::Cancelled;
            let state = self.units.get_mut(usize::from(unit.0));
            if let Some(state) = state.and_then(|unit| unit.asks.get_mut(&ask)) {
                state.notes.push(AskNote::Spent { usage, on });
            }
            self.usage += usage;
            self.charge(unit, ask, &usage, Some(Wasted::Cancelled));
        }
    }
}

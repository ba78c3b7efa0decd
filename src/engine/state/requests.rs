//! What the strategy's requests lead to. A request whose facts are there already is answered from the fold.

use super::{Effect, Halt, Input, State, Ticket, person};
use crate::domain::ask::{Answer, AskFailure, AskNote, Task, Wasted};
use crate::domain::event::{Fact, Pulse};
use crate::domain::id::{AskId, LessonId, Round, UnitId};
use crate::strategies::context::{Held, Stop, StrategyOp, StrategyReply};

/// Whether something may be begun.
pub(super) enum Leave {
    Granted,
    Later,
    Never,
}

/// What ends the asking of a unit whose strategy still is at work.
const NO_ASKS: [Halt; 4] = [Halt::Skip, Halt::Budget, Halt::Money, Halt::CutOff];

impl State {
    /// Whether no question would be put any more, whoever pays.
    pub fn refuses_asks(&self) -> bool {
        self.halts.contains(&Halt::Cancel) || NO_ASKS.iter().any(|halt| self.halts.contains(halt))
    }

    pub(super) fn request(
        &mut self,
        ticket: Ticket,
        op: StrategyOp,
        prompt: Result<String, AskFailure>,
    ) {
        let Some(unit) = self.unit.filter(|_| !self.halts.contains(&Halt::Cancel)) else {
            return self.reply(ticket, Err(Stop));
        };
        self.closing |= matches!(op, StrategyOp::Best);
        if let Some(reply) = self.recorded(&op) {
            // the record may have been cut between a verdict and what follows from it
            self.note_best(unit);
            return self.reply(ticket, Ok(reply));
        }
        match self.leave(&op) {
            Leave::Granted => {}
            Leave::Later => return self.held.push(Input::Request { ticket, op, prompt }),
            Leave::Never => return self.reply(ticket, Err(Stop)),
        }
        match op {
            StrategyOp::BeginRound(round) if round > Round(0) && self.has_enough(unit) => {
                self.reply(ticket, Err(Stop));
            }
            StrategyOp::BeginRound(round) => {
                self.emit(Fact::RoundStarted { unit, round });
                self.reply(ticket, Ok(StrategyReply::Done));
            }
            StrategyOp::Recall { round, by } => self.recall(ticket, unit, round, by),
            StrategyOp::Ask { id, task } => self.ask(ticket, unit, id, task, prompt),
            StrategyOp::Agree(tests) => {
                self.emit(Fact::TestsAgreed { unit, tests });
                self.reply(ticket, Ok(StrategyReply::Done));
            }
            StrategyOp::Evaluate { candidate, held } => self.propose(ticket, unit, candidate, held),
            StrategyOp::Learn { about, text } => self.learn(ticket, unit, about, &text),
            StrategyOp::Own => {
                let own = self.run.unit(unit).map_or_else(Vec::new, person::judged);
                self.reply(ticket, Ok(StrategyReply::Own(own)));
            }
            StrategyOp::EndRound { round, adjustment } => {
                self.end_round(ticket, unit, round, adjustment)
            }
            StrategyOp::Best => self.find_best(ticket, unit),
            StrategyOp::Confirm(candidate) => self.confirm(ticket, unit, candidate),
            StrategyOp::Meet { child, parent } => self.meet(ticket, unit, child, parent),
            StrategyOp::Note(text) => {
                self.notice(text);
                self.reply(ticket, Ok(StrategyReply::Done));
            }
        }
    }

    /// The reply to a request whose facts are all there, if they are.
    fn recorded(&self, op: &StrategyOp) -> Option<StrategyReply> {
        let (id, unit) = self.current()?;
        match op {
            StrategyOp::BeginRound(round) => unit
                .rounds
                .iter()
                .any(|state| state.round == *round)
                .then_some(StrategyReply::Done),
            StrategyOp::Recall { round, .. } => {
                self.recalled(id, *round).map(StrategyReply::Lessons)
            }
            StrategyOp::Ask { id, .. } => {
                unit.asks.get(id)?.reply.clone().map(StrategyReply::Answer)
            }
            StrategyOp::Agree(tests) => (unit.tests == *tests).then_some(StrategyReply::Done),
            StrategyOp::Evaluate { candidate, held } => {
                let known = unit.candidates.get(&candidate.id)?;
                let same = match held {
                    Held::Original => known.candidate.build == candidate.build,
                    Held::Code | Held::Words | Held::Misfit(_) | Held::Cut(_) | Held::Copy(_) => {
                        known.candidate.source == candidate.source
                    }
                };
                known
                    .evaluated
                    .clone()
                    .filter(|_| same)
                    .map(StrategyReply::Evaluated)
            }
            StrategyOp::Learn { about, .. } => {
                let id = LessonId::Learned(*about);
                unit.lesson(id).map(|_| StrategyReply::Done)
            }
            StrategyOp::EndRound { round, .. } => unit
                .rounds
                .iter()
                .any(|state| state.round == *round && state.finished)
                .then_some(StrategyReply::Done),
            StrategyOp::Best => {
                let contest = unit.contest.as_ref()?;
                Some(StrategyReply::Best(contest.winner))
            }
            StrategyOp::Confirm(candidate) => {
                let confirmed = unit.confirmed.as_ref();
                let confirmed = confirmed.filter(|(known, _)| known == candidate);
                let known = confirmed.map(|(_, evaluated)| evaluated);
                let known = known.or_else(|| unit.refuted.get(candidate));
                known.cloned().map(StrategyReply::Evaluated)
            }
            StrategyOp::Meet { child, parent } => {
                let known = unit.duels.get(child).filter(|duel| duel.parent == *parent);
                known.copied().map(StrategyReply::Met)
            }
            StrategyOp::Own | StrategyOp::Note(_) => None,
        }
    }

    fn leave(&self, op: &StrategyOp) -> Leave {
        let refused: &[Halt] = match op {
            StrategyOp::BeginRound(_) => &[
                Halt::Skip,
                Halt::AfterRound,
                Halt::Budget,
                Halt::Money,
                Halt::CutOff,
            ],
            StrategyOp::Recall { .. } | StrategyOp::Ask { .. } => &NO_ASKS,
            // the round that was cut off is played when the run is taken up again
            StrategyOp::EndRound { .. } => &[Halt::CutOff],
            StrategyOp::Evaluate { .. } | StrategyOp::Meet { .. } => &[Halt::Skip, Halt::Budget],
            // what was paid for is kept, and the best that was found gets its figure
            StrategyOp::Learn { .. }
            | StrategyOp::Note(_)
            | StrategyOp::Agree(_)
            | StrategyOp::Own
            | StrategyOp::Best
            | StrategyOp::Confirm(_) => &[],
        };
        if refused.iter().any(|halt| self.halts.contains(halt)) {
            return Leave::Never;
        }
        let room = match op {
            StrategyOp::Ask { id, .. } => self.room_for(*id),
            StrategyOp::BeginRound(_) => self.room_for_a_round(),
            _ => Leave::Granted,
        };
        match room {
            Leave::Granted => {}
            Leave::Later | Leave::Never => return room,
        }
        let later = match op {
            // what the person wrote takes part
            StrategyOp::Best => self.run.paused || self.judges_own(),
            StrategyOp::Own => self.judges_own(),
            StrategyOp::BeginRound(Round(0))
            | StrategyOp::Ask { .. }
            | StrategyOp::Evaluate { .. }
            | StrategyOp::Meet { .. }
            | StrategyOp::Confirm(_) => self.run.paused,
            StrategyOp::BeginRound(_) => self.run.paused || !self.undecided().is_empty(),
            // what was written before it was asked for counts
            StrategyOp::Recall { .. } => {
                self.run.paused || !self.undecided().is_empty() || self.is_drafting()
            }
            StrategyOp::Learn { .. }
            | StrategyOp::EndRound { .. }
            | StrategyOp::Note(_)
            | StrategyOp::Agree(_) => false,
        };
        if later { Leave::Later } else { Leave::Granted }
    }

    /// Takes up again what was held; what still has to wait is held once more.
    pub(super) fn release(&mut self) {
        for input in std::mem::take(&mut self.held) {
            match input {
                Input::Request { ticket, op, prompt } => self.request(ticket, op, prompt),
                Input::StrategyEnded(finish) => self.strategy_ended(finish),
                _ => self.next_unit(),
            }
        }
        self.wake();
    }

    fn ask(
        &mut self,
        ticket: Ticket,
        unit: UnitId,
        id: AskId,
        task: Task,
        prompt: Result<String, AskFailure>,
    ) {
        let (prompt, failure) = match prompt {
            Ok(prompt) => (self.with_hint(unit, id, prompt), None),
            Err(failure) => (String::new(), Some(failure)),
        };
        self.emit(Fact::AskSent {
            unit,
            ask: id,
            prompt: prompt.clone(),
            lessons: task.lessons(),
        });
        let asked = self.asked_now(ticket, &task, id, &prompt);
        self.asked.insert(id, asked);
        match failure {
            Some(failure) => self.answered(id, Err(failure)),
            None => self.effects.push(Effect::Ask { id, task, prompt }),
        }
    }

    pub(super) fn answered(&mut self, ask: AskId, reply: Result<Answer, AskFailure>) {
        let (Some(unit), Some(asked)) = (self.unit, self.asked.remove(&ask)) else {
            return;
        };
        let reply = match reply {
            Err(failure) if self.may_wait(&asked, &failure) => {
                return self.hold_ask(unit, ask, asked, failure);
            }
            Ok(answer) => match answer.broke_off() {
                Some(failure) if self.may_wait(&asked, &failure) => {
                    let (usage, on) = (answer.usage, Wasted::Failed);
                    let note = AskNote::Spent { usage, on };
                    self.emit(Fact::AskNoted { unit, ask, note });
                    self.hold_ask(unit, ask, asked, failure);
                    return self.after_spending();
                }
                _ => Ok(answer),
            },
            reply => reply,
        };
        let is_answer = reply.is_ok();
        self.emit(match reply.clone() {
            Ok(answer) => Fact::AnswerReceived { unit, ask, answer },
            Err(failure) => Fact::AskFailed { unit, ask, failure },
        });
        self.reply(asked.ticket, Ok(StrategyReply::Answer(reply)));
        if is_answer {
            self.somebody_answered();
        }
        self.after_spending();
    }

    /// Cancels: replies to everything that waits, forgets what is in flight.
    pub(super) fn abort(&mut self) {
        self.settle_what_is_under_way();
        let asked = std::mem::take(&mut self.asked)
            .into_values()
            .map(|asked| asked.ticket);
        let judged = std::mem::take(&mut self.judged)
            .into_values()
            .filter_map(|at| at.ticket);
        let contested = self.contested.take().map(|(ticket, ..)| ticket);
        let meeting = std::mem::take(&mut self.meeting)
            .into_values()
            .map(|(ticket, _)| ticket);
        let mut tickets: Vec<Ticket> = asked
            .chain(judged)
            .chain(contested)
            .chain(meeting)
            .collect();
        tickets.extend(self.forget_what_waits());
        for ticket in tickets {
            self.reply(ticket, Err(Stop));
        }
        self.timing_window(None);
        self.effects.push(Effect::Abort);
    }

    /// Tells the person which lessons a round waits for, whenever that has changed.
    pub(super) fn tell_whom_we_wait_for(&mut self) {
        let waits = |input: &Input| matches!(input, Input::Request { op, .. } if matches!(op, StrategyOp::BeginRound(_) | StrategyOp::Recall { .. }));
        let lessons = match self.held.iter().any(waits) {
            true => self.undecided(),
            false => Vec::new(),
        };
        let Some(unit) = self.unit else { return };
        if lessons != self.told {
            self.told.clone_from(&lessons);
            self.effects
                .push(Effect::Pulse(Pulse::WaitingForPerson { unit, lessons }));
        }
    }
}

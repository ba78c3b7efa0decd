//! Lessons in the engine: selection, banking with relevance, the adjustment at a round's end, and whom a round waits for.

use super::judging::scores;
use super::{Draft, Effect, Halt, State, Then, Ticket};
use crate::bank;
use crate::domain::codegen::Work;
use crate::domain::draw::mixed;
use crate::domain::event::{DecidedBy, Fact};
use crate::domain::id::{AgentId, CandidateId, LessonId, Round, UnitId};
use crate::domain::lesson::{Decision, Lesson, LessonState, Reason, Selection};
use crate::domain::spec::{LessonGate, Preset, RelevanceKind};
use crate::strategies::context::{Adjustment, Choosing, Recalled, StrategyReply};

impl State {
    pub(super) fn recall(&mut self, ticket: Ticket, unit: UnitId, round: Round, by: Choosing) {
        let place = [u64::from(unit.0), u64::from(round.0)];
        let rule = bank::Rule {
            slots: usize::from(self.run.spec.lessons),
            threshold: match self.run.unit(unit).map(|state| &state.spec.work) {
                // of passed·f, not of s·f
                Some(Work::Implement { .. }) => 0.0,
                Some(Work::Optimise) | None => self.run.spec.threshold,
            },
            by: match by {
                Choosing::SpeedAndRelevance => bank::By::SpeedAndRelevance,
                Choosing::Speed => bank::By::Speed,
                Choosing::Relevance => bank::By::Relevance,
                Choosing::Chance => bank::By::Chance(mixed(self.run.spec.seed, place)),
            },
            preset: self.run.spec.preset,
        };
        // The paper counts lessons that say the same apart.
        let twins = match self.run.spec.preset {
            Preset::Corrected => bank::twins(self.bank(unit)),
            Preset::Paper => Vec::new(),
        };
        let is_twin = |id: LessonId| twins.binary_search_by_key(&id, |(id, _)| *id).is_ok();
        let distinct = self.bank(unit).filter(|lesson| !is_twin(lesson.id));
        let mut selection = bank::select(distinct, rule);
        let same = twins.iter();
        selection
            .reasons
            .extend(same.map(|(id, lesson)| (*id, Reason::SameAs { lesson: *lesson })));
        let held_out = self.drawn_out(unit, round, &selection);
        self.emit(Fact::LessonsSelected {
            unit,
            round,
            selection,
            held_out,
        });
        let recalled = self.recalled(unit, round).unwrap_or_default();
        self.reply(ticket, Ok(StrategyReply::Lessons(recalled)));
    }

    /// What was chosen for a round, once it was.
    pub(super) fn recalled(&self, unit: UnitId, round: Round) -> Option<Recalled> {
        let lessons = self.recalled.get(&(unit, round))?.clone();
        let rounds = self.run.unit(unit).map_or(&[][..], |unit| &unit.rounds);
        let state = rounds.iter().find(|state| state.round == round);
        Some(Recalled {
            lessons,
            held_out: state.map_or_else(Vec::new, |state| state.held_out.clone()),
        })
    }

    /// Which agents' prompts leave out which of the chosen lessons, by the run's seed. A pinned lesson stays in all.
    fn drawn_out(
        &self,
        unit: UnitId,
        round: Round,
        selection: &Selection,
    ) -> Vec<(AgentId, LessonId)> {
        let (seed, chance) = (self.run.spec.seed, self.run.spec.holdout);
        let agents = (0..=u8::MAX).map(AgentId).zip(&self.run.spec.team);
        let pinned = |id: &LessonId| selection.reasons.contains(&(*id, Reason::Pinned));
        let chosen: Vec<LessonId> = selection.chosen().filter(|id| !pinned(id)).collect();
        let mut out = Vec::new();
        for (agent, _) in agents.filter(|_| chance > 0.0) {
            for lesson in &chosen {
                let place = [
                    unit.0.into(),
                    round.0.into(),
                    agent.0.into(),
                    number(*lesson),
                ];
                // the upper 53 bits, as many as a fraction holds
                let drawn = (mixed(seed, place) >> 11) as f64 / (1_u64 << 53) as f64;
                if drawn < chance {
                    out.push((agent, *lesson));
                }
            }
        }
        out
    }

    /// Banks what the unit brings along from other runs, unless the record has it.
    pub(super) fn bring_along(&mut self, unit: UnitId) {
        let Some(state) = self.run.unit(unit) else {
            return;
        };
        let carried = state.spec.carried.clone();
        let known: Vec<LessonId> = state.lessons.iter().map(|r| r.lesson.id).collect();
        let home = (state.spec.problem.clone(), state.spec.mode);
        for (number, carried) in (1..=u16::MAX).zip(carried) {
            let lesson = bank::carried(number, carried, &home.0, home.1);
            if let Some(lesson) = lesson.filter(|lesson| !known.contains(&lesson.id)) {
                self.drafting.insert((unit, lesson.id));
                let then = Then::Added;
                self.draft(Draft { unit, lesson, then });
            }
        }
    }

    /// The person's edit: in force as soon as the relevance of the new text is known.
    pub(super) fn edit_lesson(&mut self, unit: UnitId, id: LessonId, text: String) {
        let known = self.run.unit(unit).and_then(|unit| unit.lesson(id));
        let Some(record) = known else { return };
        let lesson = Lesson {
            text,
            ..record.lesson.clone()
        };
        self.drafting.insert((unit, id));
        self.draft(Draft {
            unit,
            lesson,
            then: Then::Edited,
        });
    }

    /// The unit's lessons, in the order in which they were banked.
    fn bank(&self, unit: UnitId) -> impl Iterator<Item = &Lesson> {
        let records = self.run.unit(unit).map_or(&[][..], |unit| &unit.lessons);
        records.iter().map(|record| &record.lesson)
    }

    /// Lessons the next selection waits for: the undecided ones, under the review gate.
    pub(super) fn undecided(&self) -> Vec<LessonId> {
        match (self.run.gate, self.unit) {
            (LessonGate::Review, Some(unit)) => {
                let open = self.bank(unit);
                let open = open.filter(|lesson| lesson.state == LessonState::Proposed);
                let mut open: Vec<LessonId> = open.map(|lesson| lesson.id).collect();
                open.sort_unstable();
                open
            }
            _ => Vec::new(),
        }
    }

    /// Whether a lesson beside the strategy's own still lacks its relevance in the unit being worked on.
    pub(super) fn is_drafting(&self) -> bool {
        self.drafting
            .iter()
            .any(|(unit, _)| Some(*unit) == self.unit)
    }

    pub(super) fn learn(&mut self, ticket: Ticket, unit: UnitId, about: CandidateId, text: &str) {
        let preset = self.run.spec.preset;
        let lesson = self.run.unit(unit).and_then(|unit| {
            let state = unit.candidates.get(&about)?;
            let evaluated = state.evaluated.as_ref()?;
            let mut lesson = bank::learned(&state.candidate, &evaluated.evaluation, text, preset)?;
            if preset == Preset::Corrected && unit.spec.work.is_optimise() {
                let (original, source) = (&unit.spec.original, &state.candidate.source);
                lesson.cause = bank::cause(&lesson.text, original, source, &evaluated.remarks);
            }
            Some(lesson)
        });
        match lesson {
            Some(lesson) => self.draft(Draft {
                unit,
                lesson,
                then: Then::Learned(ticket),
            }),
            None => self.reply(ticket, Ok(StrategyReply::Done)),
        }
    }

    /// A person's own lesson.
    pub(super) fn add_lesson(&mut self, unit: UnitId, text: &str) {
        let Some(state) = self
            .run
            .unit(unit)
            .filter(|state| state.started && state.ending.is_none())
        else {
            return self.notice(format!("{unit} is not being worked on: no lesson added"));
        };
        let round = state.round().map_or(Round(0), |state| state.round);
        let banked = state.lessons.iter().map(|record| record.lesson.id);
        let drafts = self.drafting.iter().filter(|(at, _)| *at == unit);
        let numbers = banked.chain(drafts.map(|(_, id)| *id)).map(|id| match id {
            LessonId::Person(number) => number,
            LessonId::Learned(_) | LessonId::Carried(_) => 0,
        });
        let number = numbers.max().unwrap_or(0).saturating_add(1);
        match bank::advice(number, text, round, 0.0) {
            Some(lesson) => {
                self.drafting.insert((unit, lesson.id));
                let then = Then::Added;
                self.draft(Draft { unit, lesson, then });
            }
            None => self.notice("an empty lesson is not added"),
        }
    }

    fn draft(&mut self, draft: Draft) {
        match self.run.spec.relevance {
            RelevanceKind::Endpoint { .. } if !self.lexical => {
                self.effects.push(Effect::Embed(draft));
            }
            RelevanceKind::Lexical | RelevanceKind::Endpoint { .. } => self.bank_lexically(draft),
        }
    }

    fn bank_lexically(&mut self, draft: Draft) {
        let original = self.run.unit(draft.unit).map(|unit| &unit.spec.original);
        let relevance = original.map_or(0.0, |code| bank::lexical(&draft.lesson.text, code));
        self.bank_draft(draft, relevance);
    }

    pub(super) fn embedded(&mut self, draft: Draft, relevance: Result<f64, String>) {
        match relevance {
            Ok(relevance) => self.bank_draft(draft, relevance),
            Err(why) => {
                if !self.lexical && !self.halts.contains(&Halt::Cancel) {
                    self.lexical = true;
                    self.notice(format!(
                        "no embedding: {why}; relevance is lexical for the rest of this run"
                    ));
                }
                self.bank_lexically(draft);
            }
        }
    }

    fn bank_draft(&mut self, draft: Draft, relevance: f64) {
        let Draft {
            unit,
            mut lesson,
            then,
        } = draft;
        lesson.relevance = relevance;
        match then {
            Then::Learned(ticket) => {
                self.emit(Fact::LessonLearned { unit, lesson });
                return self.reply(ticket, Ok(StrategyReply::Done));
            }
            Then::Added => {
                self.drafting.remove(&(unit, lesson.id));
                self.emit(Fact::LessonAdded { unit, lesson });
            }
            Then::Edited => {
                self.drafting.remove(&(unit, lesson.id));
                self.emit(Fact::LessonDecided {
                    unit,
                    lesson: lesson.id,
                    decision: Decision::Edit { text: lesson.text },
                    by: DecidedBy::Person,
                    relevance: Some(relevance),
                });
            }
        }
        // a selection may have waited for it
        self.release();
    }

    pub(super) fn end_round(
        &mut self,
        ticket: Ticket,
        unit: UnitId,
        round: Round,
        adjustment: Adjustment,
    ) {
        let rescored = match adjustment {
            Adjustment::Effectiveness => self.rescored(unit, round),
            Adjustment::None => Vec::new(),
        };
        for (lesson, from, to) in rescored {
            self.emit(Fact::LessonRescored {
                unit,
                lesson,
                round,
                from,
                to,
            });
        }
        self.emit(Fact::RoundFinished { unit, round });
        self.reply(ticket, Ok(StrategyReply::Done));
    }

    /// New factors (lesson, from, to) of the lessons in the round's prompts, in prompt order, by the agents whose prompts
    /// they were in; those that the record has already are left out.
    fn rescored(&self, unit: UnitId, round: Round) -> Vec<(LessonId, f64, f64)> {
        let Some(state) = self.run.unit(unit) else {
            return Vec::new();
        };
        let scores = scores(state, round);
        let read = self.recalled.get(&(unit, round)).into_iter().flatten();
        read.filter_map(|lesson| {
            let record = state.lesson(lesson.id)?;
            let done = record.factors.iter().any(|(at, _)| *at == round);
            // neither held out nor left out of a prompt that was too long
            let was_shown = |agent: AgentId| {
                let about = CandidateId::first(round, agent);
                let ask = self.asked_for(unit, about);
                ask.is_none_or(|ask| ask.lessons.contains(&lesson.id))
            };
            let readers = scores.iter().filter(|(agent, _)| was_shown(**agent));
            let readers: Vec<f64> = readers.map(|(_, score)| *score).collect();
            let to = bank::effectiveness(lesson.speedup, &readers, self.run.spec.epsilon)?;
            (!done).then_some((lesson.id, record.lesson.factor, to))
        })
        .collect()
    }
}

/// A number of a lesson's id, for drawing. Ids of one unit never share it.
fn number(id: LessonId) -> u64 {
    match id {
        LessonId::Learned(candidate) => {
            let parts = [
                candidate.round.0.to_be_bytes(),
                [candidate.agent.0, candidate.attempt],
            ];
            let [[a, b], [c, d]] = parts;
            u64::from(u32::from_be_bytes([a, b, c, d]))
        }
        LessonId::Person(n) => (1 << 32) | u64::from(n),
        LessonId::Carried(n) => (2 << 32) | u64::from(n),
    }
}

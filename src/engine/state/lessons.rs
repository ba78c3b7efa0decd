//! Lessons in the engine: selection, banking with relevance, the adjustment at a round's end, and whom a round waits for.

use super::judging::{mixed, scores};
use super::{Draft, Effect, Halt, State, Ticket};
use crate::bank;
use crate::domain::codegen::Work;
use crate::domain::event::Fact;
use crate::domain::id::{CandidateId, LessonId, Round, UnitId};
use crate::domain::lesson::{Lesson, LessonState};
use crate::domain::spec::{Gate, RelevanceKind};
use crate::strategies::desk::{Adjustment, Choosing, Reply};

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
        };
        let selection = bank::select(&self.bank(unit), rule);
        self.emit(Fact::LessonsSelected {
            unit,
            round,
            selection,
        });
        let lessons = self
            .recalled
            .get(&(unit, round))
            .cloned()
            .unwrap_or_default();
        self.reply(ticket, Ok(Reply::Lessons(lessons)));
    }

    /// The unit's lessons by id: in whatever order they were learned, the same bank.
    fn bank(&self, unit: UnitId) -> Vec<Lesson> {
        let records = self.run.unit(unit).map_or(&[][..], |unit| &unit.lessons);
        let mut bank: Vec<Lesson> = records.iter().map(|record| record.lesson.clone()).collect();
        bank.sort_by_key(|lesson| lesson.id);
        bank
    }

    /// Lessons the next selection waits for: the undecided ones, under the review gate.
    pub(super) fn undecided(&self) -> Vec<LessonId> {
        match (self.run.gate, self.unit) {
            (Gate::Review, Some(unit)) => self
                .bank(unit)
                .iter()
                .filter(|lesson| lesson.state == LessonState::Proposed)
                .map(|lesson| lesson.id)
                .collect(),
            _ => Vec::new(),
        }
    }

    pub(super) fn learn(&mut self, ticket: Ticket, unit: UnitId, about: CandidateId, text: &str) {
        let lesson = self.run.unit(unit).and_then(|unit| {
            let state = unit.candidates.get(&about)?;
            let evaluation = &state.evaluated.as_ref()?.evaluation;
            bank::learned(&state.candidate, evaluation, text, 0.0)
        });
        match lesson {
            Some(lesson) => self.draft(Draft {
                unit,
                lesson,
                ticket: Some(ticket),
            }),
            None => self.reply(ticket, Ok(Reply::Done)),
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
            LessonId::Learned(_) => 0,
        });
        let number = numbers.max().unwrap_or(0).saturating_add(1);
        match bank::advice(number, text, round, 0.0) {
            Some(lesson) => {
                self.drafting.insert((unit, lesson.id));
                self.draft(Draft {
                    unit,
                    lesson,
                    ticket: None,
                });
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
            ticket,
        } = draft;
        lesson.relevance = relevance;
        self.drafting.remove(&(unit, lesson.id));
        match ticket {
            Some(ticket) => {
                self.emit(Fact::LessonLearned { unit, lesson });
                self.reply(ticket, Ok(Reply::Done));
            }
            None => self.emit(Fact::LessonAdded { unit, lesson }),
        }
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
        self.reply(ticket, Ok(Reply::Done));
    }

    /// New factors (lesson, from, to) of the lessons in the round's prompts, in prompt order; those that the record
    /// has already are left out.
    fn rescored(&self, unit: UnitId, round: Round) -> Vec<(LessonId, f64, f64)> {
        let Some(state) = self.run.unit(unit) else {
            return Vec::new();
        };
        let scores = scores(state, round);
        let read = self.recalled.get(&(unit, round)).into_iter().flatten();
        read.filter_map(|lesson| {
            let record = state.lesson(lesson.id)?;
            let done = record.factors.iter().any(|(at, _)| *at == round);
            let to = bank::effectiveness(lesson.speedup, &scores, self.run.spec.epsilon)?;
            (!done).then_some((lesson.id, record.lesson.factor, to))
        })
        .collect()
    }
}

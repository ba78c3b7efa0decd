//! What the person's commands lead to. A command that means nothing here is refused with a notice.

use super::{Halt, State};
use crate::bank::mint::bounded;
use crate::domain::command::Command;
use crate::domain::event::{DecidedBy, Fact};
use crate::domain::id::{LessonId, UnitId};
use crate::domain::lesson::Decision;

impl State {
    pub(super) fn command(&mut self, command: Command) {
        if self.run.ending.is_some() {
            return self.notice("the run is over");
        }
        match command {
            Command::Pause => self.pause(true),
            Command::Resume => self.pause(false),
            Command::SkipUnit if self.unit.is_none() => self.notice("no unit to skip"),
            Command::SkipUnit => self.halt(Halt::Skip),
            Command::StopAfterRound => self.halt(Halt::AfterRound),
            Command::Cancel => self.halt(Halt::Cancel),
            Command::DecideLesson {
                unit,
                lesson,
                decision,
            } => self.decide(unit, lesson, decision),
            Command::AddLesson { unit, text } => self.add_lesson(unit, &text),
            Command::AddCandidate { unit, source } => self.add_candidate(unit, source),
            Command::Hint { unit, agent, text } => self.hint(unit, agent, &text),
            Command::SetGate(gate) if self.run.gate == gate => {}
            Command::SetGate(gate) => {
                self.emit(Fact::GateSet { gate });
                self.release();
            }
            Command::SeekReplay(_) => self.notice("only a replay can be gone to another moment of"),
            Command::SetReplaySpeed(_) => self.notice("only a replay has a speed"),
        }
    }

    fn pause(&mut self, paused: bool) {
        if self.run.paused != paused {
            self.emit(Fact::PauseSet { paused });
            self.release();
        }
    }

    pub(super) fn halt(&mut self, halt: Halt) {
        if self.halts.insert(halt) {
            match halt {
                Halt::Cancel => self.abort(),
                // nobody is asked any more, so nobody waits
                _ => self.fail_what_waits(),
            }
            self.release();
        }
    }

    fn decide(&mut self, unit: UnitId, lesson: LessonId, decision: Decision) {
        let known = self.run.unit(unit).and_then(|unit| unit.lesson(lesson));
        if known.is_none() {
            return self.notice(format!("{unit} has no lesson {lesson}"));
        }
        let decision = match decision {
            Decision::Edit { text } => match bounded(&text) {
                Some(text) => Decision::Edit { text },
                None => return self.notice("a lesson cannot be empty; reject it instead"),
            },
            other => other,
        };
        if let Decision::Edit { text } = decision {
            return self.edit_lesson(unit, lesson, text);
        }
        self.emit(Fact::LessonDecided {
            unit,
            lesson,
            decision,
            by: DecidedBy::Person,
            relevance: None,
        });
        self.release();
    }
}

//! What a person can tell a running engine. Plain data; may be refused with a notice.

use serde::{Deserialize, Serialize};

use super::id::{AgentId, LessonId, UnitId};
use super::lesson::Decision;
use super::spec::LessonGate;

/// An instruction to the engine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Begin nothing new until resumed; what runs is finished.
    Pause,
    /// Go on.
    Resume,
    /// End the current unit after what runs is finished.
    SkipUnit,
    /// End the run after the current round.
    StopAfterRound,
    /// End the run now; processes are killed, facts so far are kept.
    Cancel,
    /// Decide about a lesson, from the next selection on.
    DecideLesson {
        /// In which unit.
        unit: UnitId,
        /// About which.
        lesson: LessonId,
        /// What.
        decision: Decision,
    },
    /// Add a lesson of one's own, eligible from the next selection on.
    AddLesson {
        /// In which unit.
        unit: UnitId,
        /// Its text.
        text: String,
    },
    /// Judge a candidate of the person's own, like those of the agents.
    AddCandidate {
        /// In which unit.
        unit: UnitId,
        /// Its source.
        source: String,
    },
    /// Say something to one agent in its next prompt for code; an empty text takes it back.
    Hint {
        /// In which unit.
        unit: UnitId,
        /// To whom.
        agent: AgentId,
        /// What.
        text: String,
    },
    /// Set who decides about lessons.
    SetGate(LessonGate),
    /// Replays only: multiple of the recorded pace.
    SetReplaySpeed(u32),
    /// Replays only: go on with the fact of this number, whatever was told before.
    SeekReplay(u64),
}

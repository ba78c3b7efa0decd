//! Where the person is in the run that is open. Another run begins with none of it; settings and what other screens remember
//! are not here.

use std::collections::{BTreeSet, HashMap};

use super::panes::Pane;
use super::shelf::Shelf;
use crate::config::keymap::Place;
use crate::domain::id::{AgentId, CandidateId, LessonId, Round, UnitId};
use crate::domain::lesson::Decision;

/// Where the person is in the run that is open: what is selected, scrolled and marked in it, and what can be undone. Another run
/// begins with none of it.
pub(crate) struct RunView {
    /// The unit shown; `None` follows the work.
    pub unit: Option<UnitId>,
    /// The author in focus, as chosen: [`Self::author`] is the one shown.
    pub agent: AgentId,
    /// The round in focus on the run screen; `None` is the latest.
    pub round: Option<Round>,
    /// Lines scrolled back from the end of the agent's output; 0 follows.
    pub tail_back: usize,
    /// The candidate selected; `None` is the best.
    pub candidate: Option<CandidateId>,
    /// The lesson selected.
    pub lesson: Option<LessonId>,
    /// The row of the breakdown.
    pub category_row: usize,
    /// First row shown of the panes that are texts.
    pub scrolls: HashMap<Pane, usize>,
    /// Where the person came from by Enter, oldest first.
    pub trail: Vec<(Place, Pane)>,
    /// The row of the inbox.
    pub inbox_row: usize,
    /// The problem under the cursor of the breakdown, within its category.
    pub unit_row: usize,
    /// What candidates are compared with.
    pub base: Base,
    /// The lesson chip selected in the notes.
    pub chip: usize,
    /// The order of the lessons, while their screen is shown.
    pub shelf: Option<Shelf>,
    /// Lessons marked for one decision.
    pub marked: BTreeSet<LessonId>,
    /// Cells the difference is shifted to the left.
    pub shift: usize,
    /// Decisions that can be undone, those made at once together.
    pub undo: Vec<Vec<Step>>,
    /// Decisions that can be done again.
    pub redo: Vec<Vec<Step>>,
    /// What is looked for in the difference.
    pub search: String,
}

impl RunView {
    /// The beginning of a problem; `None` follows the work.
    pub(crate) fn of(unit: Option<UnitId>) -> Self {
        Self {
            unit,
            agent: AgentId(0),
            round: None,
            tail_back: 0,
            candidate: None,
            lesson: None,
            category_row: 0,
            scrolls: HashMap::new(),
            trail: Vec::new(),
            inbox_row: 0,
            unit_row: 0,
            base: Base::Original,
            chip: 0,
            shelf: None,
            marked: BTreeSet::new(),
            shift: 0,
            undo: Vec::new(),
            redo: Vec::new(),
            search: String::new(),
        }
    }

    /// Turns to another problem of the run.
    pub(crate) fn turn_to(&mut self, unit: UnitId) {
        let old = std::mem::replace(self, Self::of(Some(unit)));
        self.agent = old.agent;
        (self.category_row, self.unit_row) = (old.category_row, old.unit_row);
        (self.trail, self.undo, self.redo) = (old.trail, old.undo, old.redo);
    }
}

/// What candidates are compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Base {
    /// The original.
    Original,
    /// This candidate.
    Candidate(CandidateId),
    /// What the same author wrote before; the original where that is nothing.
    Before,
}

/// A decision with its opposite.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Step {
    /// In which unit.
    pub unit: UnitId,
    /// About which lesson.
    pub lesson: LessonId,
    /// What takes it back.
    pub back: Decision,
    /// What does it.
    pub forth: Decision,
}

//! What comes in (messages) and what goes out (effects). Plain data; never closures.

use std::sync::Arc;

use crossterm::event::{KeyEvent, MouseEvent};

use super::errand::{Desk, Errand, News};
use super::meter::FrameCost;
use super::model::Origin;
use super::widgets::diff::Document;
use super::{NewRun, TeamChoice};
use crate::config::saving::Value;
use crate::domain::command::Command;
use crate::domain::event::{Envelope, Event};
use crate::domain::failure::Failure;
use crate::domain::id::{AgentId, LessonId, RunId, UnitId};
use crate::domain::run::Run;
use crate::store::archive::RunSummary;

/// Names a comparison by the content of both sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct DiffKey {
    /// Hash of the old text.
    pub old: u64,
    /// Hash of the new text.
    pub new: u64,
}

/// Something that happened.
#[derive(Debug)]
pub(crate) enum Msg {
    /// A key.
    Key(KeyEvent),
    /// The mouse.
    Mouse(MouseEvent),
    /// Text from the clipboard.
    Paste(String),
    /// The terminal's new size in cells.
    Resize(u16, u16),
    /// From the engine.
    Engine(Event),
    /// No more events will come from it.
    EngineClosed,
    /// A launch was answered.
    Launched(Result<(Origin, Arc<[Envelope]>), Failure>),
    /// Past runs were read.
    Runs(Result<Vec<RunSummary>, String>),
    /// A past run was read for comparison.
    RunRead(RunId, Result<Arc<Run>, String>),
    /// News of an errand: for whom, which of theirs.
    News(Desk, u64, News),
    /// Something was done outside, in words.
    Told(String),
    /// A frame was drawn at this cost.
    Drawn(FrameCost),
    /// A comparison is done, first without and then with colours.
    Diff(DiffKey, Arc<Document>),
    /// Words of trouble from the store or another thread.
    Trouble(String),
    /// The person's editor was closed.
    Edited(EditTarget, Result<String, String>),
    /// About once a second while something runs: wall clock, milliseconds since 1970-01-01 UTC.
    Tick(i64),
    /// The terminal is looked at again.
    Focus,
    /// It is looked at no more.
    Blur,
    /// The bundled theme that fits the terminal's background.
    Background(&'static str),
    /// The process is to end.
    Terminate,
    /// The terminal has gone.
    HungUp,
}

/// What a text is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum EditTarget {
    /// The text of a lesson.
    Lesson(UnitId, LessonId),
    /// A new lesson of the person's own.
    NewLesson(UnitId),
    /// The text of a lesson of the bank, by its key.
    Banked(String),
    /// A candidate of the person's own; the hash of what it began as.
    Candidate(UnitId, u64),
    /// What is said to an agent in its next prompt for code.
    Hint(UnitId, AgentId),
    /// A prompt template, by its name.
    Template(String),
}

/// What the screens ask for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Request {
    /// Start a run, by this team.
    Start(NewRun, TeamChoice),
    /// Go on with one.
    Resume(RunId),
    /// Replay one.
    Replay(RunId),
    /// Run again what one ran, measured afresh.
    Again(RunId),
    /// Watch one that another process works on.
    Watch(RunId),
}

/// Something to do outside the model.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Effect {
    /// To the engine.
    Send(Command),
    /// To the composition root.
    Launch(Request),
    /// Read the past runs.
    LoadRuns,
    /// Read a past run for comparison.
    ReadRun(RunId),
    /// Compare two sources on the worker thread.
    Compare(DiffKey, Arc<str>, Arc<str>),
    /// Open the person's editor.
    Edit(EditTarget, String),
    /// To the clipboard.
    Copy(String),
    /// Write a report into a file of this name in the current folder.
    Export {
        /// The file's name.
        name: String,
        /// What goes in.
        text: String,
    },
    /// Write a text into a new file; one that is there already stays as it is.
    WriteNew {
        /// The file's name.
        name: String,
        /// What goes in.
        text: String,
    },
    /// Have something done outside, in place of what was asked for the same desk before.
    Errand(Desk, u64, Errand),
    /// What was asked for the desk is not wanted any more.
    GiveUp(Desk),
    /// Capture the mouse or leave it to the terminal.
    Mouse(bool),
    /// Ask the terminal for its background.
    AskBackground,
    /// Tell the person, who may look elsewhere.
    Alert(String),
    /// Write settings into the person's own file.
    Save(Vec<(&'static str, Value)>),
    /// Draw every cell anew.
    Redraw,
    /// To the shell and back.
    Suspend,
    /// Leave.
    Quit,
}

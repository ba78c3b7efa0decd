//! All state of the screens. Only `update` changes it; views read it. Never holds a channel, a file or a clock.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::PathBuf;
use std::sync::Arc;

use ratatui_textarea::TextArea;

use super::applying::Applying;
use super::bank::Bank;
use super::errand::Template;
use super::lists;
pub(crate) use super::live::{Live, Origin};
use super::meter::Meter;
use super::msg::{DiffKey, EditTarget};
use super::own::{Own, Way};
use super::panes::Pane;
pub(crate) use super::run_view::{Base, RunView, Step};
use super::team::Composing;
use super::widgets::diff::{DiffMode, Document};
use super::widgets::frame::Look;
use super::{NewRun, TeamChoice};
use crate::config::keymap::{Keymap, Place};
use crate::config::theme::Depth;
use crate::domain::ceiling::Ceiling;
use crate::domain::comparison::ComparisonId;
use crate::domain::evaluation::Evaluated;
use crate::domain::failure::Failure;
use crate::domain::id::{AgentId, AskId, CandidateId, RunId, UnitId};
use crate::domain::problem::Problem;
use crate::domain::run::{CandidateState, Run, Unit};
use crate::reports::blocks::Overview;
use crate::store::archive::RunSummary;

/// Comparisons kept.
const DOCUMENTS: usize = 48;
/// Rows of all comparisons kept, at most, besides those of the latest.
const DOCUMENT_ROWS: usize = 40_000;

/// The model.
pub(crate) struct Model {
    /// The screen shown.
    pub place: Place,
    /// What lies over it.
    pub overlay: Overlay,
    /// One line for the person, until the next key.
    pub toast: Option<String>,
    /// Trouble that stays on screen.
    pub banner: Option<String>,
    /// Terminal size in cells.
    pub size: (u16, u16),
    /// Wall clock, milliseconds since 1970-01-01 UTC.
    pub now: i64,
    /// Colours and symbols.
    pub look: Look,
    /// Keys.
    pub keymap: Keymap,
    /// Whether the clock on screen may ask for frames.
    pub motion: Motion,
    /// Whether the mouse is captured.
    pub mouse: bool,
    /// The session, if any.
    pub live: Option<Live>,
    /// A launch under way, in words.
    pub launching: Option<String>,
    /// The home screen's.
    pub home: Home,
    /// What the best known code of problems was measured at.
    pub ceilings: Vec<Ceiling>,
    /// Past runs, newest first.
    pub runs: Vec<RunSummary>,
    /// Why they could not be read.
    pub runs_trouble: Option<String>,
    /// The row in the list of past runs.
    pub run_row: usize,
    /// Where the person is in the run that is open.
    pub view: RunView,
    /// The pane that has the keys.
    pub pane: Pane,
    /// Whether it takes the whole screen.
    pub zoom: Zoom,
    /// How the lessons are shown.
    pub lesson_view: LessonView,
    /// The bank of all runs.
    pub bank: Bank,
    /// Candidates measured again, by run.
    pub again: HashMap<(RunId, UnitId, CandidateId), Again>,
    /// Runs marked to be compared, at most two.
    pub marked_runs: Vec<RunId>,
    /// Marked runs that were read.
    pub read_runs: HashMap<RunId, Arc<Run>>,
    /// What drawing costs.
    pub meter: Meter,
    /// How the breakdown is shown.
    pub bars: Bars,
    /// The view of the difference.
    pub diff_mode: DiffMode,
    /// Whether changed words stand out.
    pub words: bool,
    /// Whether unchanged lines are folded.
    pub folded: bool,
    /// The sort order of the screen's list, counted up by the key.
    pub sort: usize,
    /// Screens whose list is shown the other way round.
    pub reversed: HashSet<Place>,
    /// Filters by screen.
    pub filters: HashMap<Place, String>,
    /// Whether keys go to the filter.
    pub filtering: bool,
    /// Comparisons done.
    pub documents: HashMap<DiffKey, Arc<Document>>,
    /// Order in which they came.
    pub document_order: Vec<DiffKey>,
    /// Comparisons asked for.
    pub comparing: HashSet<DiffKey>,
    /// How still the screens are while something is timed.
    pub quiet: Quiet,
    /// How the person is told when they look elsewhere.
    pub alerts: Alerts,
    /// Whether the terminal says that it is looked at.
    pub focus: Focus,
    /// The settings file that settings are saved in, if any.
    pub settings_file: Option<PathBuf>,
    /// The themes.
    pub palette: Palette,
    /// Errands sent so far.
    pub errands: u64,
    /// Leave as soon as the run has ended.
    pub quit_when_ended: bool,
    /// What becomes of the run when the screens are left.
    pub leaving: Leaving,
    /// Something visible may have changed since the last frame.
    pub dirty: bool,
    /// The person did something since the last frame: it is not made to wait for streams.
    pub urgent: bool,
}

/// Whether anything on screen moves by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Motion {
    /// The clock is drawn every second.
    Full,
    /// Only what the person or the run does is drawn.
    Reduced,
}

/// How the breakdown is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bars {
    /// A map of category by agent.
    Map,
    /// Bars with intervals.
    Bars,
}

impl Bars {
    /// The other one.
    pub(crate) fn other(self) -> Self {
        match self {
            Self::Map => Self::Bars,
            Self::Bars => Self::Map,
        }
    }
}

/// How the lessons are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LessonView {
    /// A list with their texts.
    List,
    /// Lessons by rounds: when each was learned, in the prompts, or left out.
    Rounds,
}

impl LessonView {
    /// The other one.
    pub(crate) fn other(self) -> Self {
        match self {
            Self::List => Self::Rounds,
            Self::Rounds => Self::List,
        }
    }
}

/// A candidate that is measured again.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Again {
    /// It is under way: number of the errand.
    Measuring(u64),
    /// What it came to.
    Measured(Box<Evaluated>),
    /// Why it could not be measured.
    Failed(Failure),
}

/// How the person is told that a run has ended or waits for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Alerts {
    /// By the terminal's bell.
    pub bell: bool,
    /// By a notification of the desktop.
    pub notify: bool,
    /// By the terminal's title, at any time.
    pub title: bool,
}

/// Whether the terminal is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Focus {
    /// It does not say.
    Unknown,
    /// It is.
    Here,
    /// It is not.
    Away,
}

/// How still the screens are while something is timed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Quiet {
    /// At most one frame a second.
    Still,
    /// Keys are answered at once; what the engine does still waits.
    Answering,
}

/// Which theme is shown, and what it can be chosen from.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Palette {
    /// The theme chosen by name; `None`: by the terminal's background.
    pub chosen: Option<String>,
    /// The person's own themes: (name, TOML text).
    pub own: Vec<(String, String)>,
    /// How many colours the terminal shows.
    pub depth: Depth,
    /// Whether the terminal says what its background is.
    pub background: Background,
}

/// Whether the terminal says what its background is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Background {
    /// It does, and this theme fits.
    Told(&'static str),
    /// It does not.
    Silent,
}

/// What becomes of a run that is going when the screens are left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Leaving {
    /// It is stopped.
    Stopped,
    /// It goes on without screens.
    Detached,
}

/// Whether the pane with the keys takes the whole screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Zoom {
    /// Every pane has its place.
    Off,
    /// One pane has all of it.
    On,
}

/// The home screen's state.
pub(crate) struct Home {
    /// The problems to choose from.
    pub problems: Vec<Arc<Problem>>,
    /// The teams to choose from.
    pub teams: Vec<TeamChoice>,
    /// What the person wants to begin with.
    pub way: Way,
    /// The way of the person's own code that was begun last, if one was.
    pub own: Option<(Way, Own)>,
    /// Which pane has the keys.
    pub pane: HomePane,
    /// The row among the problems that pass the filter.
    pub row: usize,
    /// The row among the settings.
    pub setting: usize,
    /// Problems marked, by position.
    pub marked: Vec<usize>,
    /// The choice so far; `targets` is filled in when it starts.
    pub choice: NewRun,
}

/// Panes of the home screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HomePane {
    /// What to begin with.
    Ways,
    /// Problems by category, or the person's own code.
    Problems,
    /// Settings of the run.
    Settings,
    /// Past runs.
    Past,
}

/// What lies over a screen.
pub(crate) enum Overlay {
    /// Nothing.
    None,
    /// The keys, searched: by help those of the screen first, by the palette all of them.
    Keys(Search),
    /// How to leave a run that is going.
    Quit,
    /// Whether the rest of the problem is to be skipped.
    Skip,
    /// What was asked and answered.
    Asked(Asked),
    /// What the engine told, newest last; so many lines back.
    Log(usize),
    /// Settings of the screens, one under the cursor.
    Settings(usize),
    /// A letter on every pane.
    Jump,
    /// A candidate that goes into the person's files.
    Applying(Box<Applying>),
    /// What a comparison came to.
    Compared(Box<Tables>),
    /// The team of the next run.
    Team(Box<Composing>),
    /// The template behind a question.
    Template(Box<Templated>),
    /// The blocks of one that other machines work on.
    Blocks(Box<Blocks>),
    /// A text being edited.
    Editor(EditTarget, Box<TextArea<'static>>),
}

/// A question that is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Asked {
    /// In which unit.
    pub unit: UnitId,
    /// Which.
    pub ask: AskId,
    /// Rows above what is seen.
    pub scroll: usize,
    /// Whether the reasoning is shown.
    pub thoughts: Folding,
}

/// A prompt template that is looked at.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Templated {
    /// Its name.
    pub name: String,
    /// It, once it was read.
    pub template: Option<Template>,
    /// Why it was not read or kept.
    pub trouble: Option<Failure>,
    /// Rows above what is seen.
    pub scroll: usize,
    /// Number of the errand that is waited for.
    pub number: u64,
}

/// Whether something long is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Folding {
    /// Its first line alone.
    Folded,
    /// All of it.
    Open,
}

/// A comparison that is looked at.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tables {
    /// Which.
    pub id: ComparisonId,
    /// Its tables as the command shows them, once they are known.
    pub text: Option<Result<String, Failure>>,
    /// Rows above what is seen, and cells left of it.
    pub scroll: (usize, usize),
    /// Number of the errand that is waited for.
    pub number: u64,
}

/// The blocks of a comparison that other machines work on.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Blocks {
    /// How they stand.
    pub overview: Overview,
    /// The row under the cursor.
    pub row: usize,
    /// The cell under the cursor of the block that is opened.
    pub cell: Option<usize>,
    /// Number of the errand that tells.
    pub number: u64,
}

/// A search over the key table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Search {
    /// What was typed.
    pub query: String,
    /// The row under the cursor.
    pub row: usize,
    /// What it searches.
    pub scope: Scope,
}

/// What a search over the key table shows before anything was typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// What works on the screen.
    Screen,
    /// Everything.
    Everything,
}

impl Model {
    /// The run shown.
    pub(crate) fn run(&self) -> Option<&Run> {
        self.live.as_ref().and_then(Live::shown)
    }

    /// The unit shown.
    pub(crate) fn unit(&self) -> Option<(UnitId, &Unit)> {
        let run = self.run()?;
        let id = self.view.unit.unwrap_or_else(|| run.current_unit());
        run.unit(id).map(|unit| (id, unit))
    }

    /// How far the log is gone back in, while it is shown.
    pub(crate) fn overlay_log(&self) -> Option<usize> {
        match self.overlay {
            Overlay::Log(back) => Some(back),
            _ => None,
        }
    }

    /// Whether no round comes after the one that the unit shown is in.
    pub(crate) fn is_last_round(&self) -> bool {
        let rounds = self.run().map_or(0, |run| usize::from(run.spec.rounds));
        self.unit()
            .is_some_and(|(_, unit)| unit.rounds.len() >= rounds)
    }

    /// Whether a run is going on.
    pub(crate) fn is_running(&self) -> bool {
        self.live.as_ref().is_some_and(Live::is_running)
    }

    /// Whether what is typed after `/` is looked for in the text of the pane rather than filtering a list.
    pub(crate) fn searches(&self) -> bool {
        self.place == Place::Code && self.pane == Pane::Difference
    }

    /// What is typed after `/` here.
    pub(crate) fn typed(&self) -> &str {
        if self.searches() {
            &self.view.search
        } else {
            self.filter()
        }
    }

    /// The filter of the screen shown.
    pub(crate) fn filter(&self) -> &str {
        self.filters.get(&self.place).map_or("", String::as_str)
    }

    /// Whether a text passes the screen's filter: every word of it must occur.
    pub(crate) fn passes(&self, text: &str) -> bool {
        let text = text.to_lowercase();
        self.filter()
            .split_whitespace()
            .all(|word| text.contains(&word.to_lowercase()))
    }

    /// The candidate selected: the chosen one, else the best, else the latest.
    pub(crate) fn selected(&self) -> Option<(CandidateId, &CandidateState)> {
        let (_, unit) = self.unit()?;
        let id = self
            .view
            .candidate
            .filter(|id| unit.candidates.contains_key(id))
            .or(unit.best.map(|(id, _)| id))
            .or_else(|| unit.candidates.keys().next_back().copied())?;
        unit.candidates.get(&id).map(|state| (id, state))
    }

    /// The author in focus: who was chosen, or the first where they wrote nothing for the problem shown.
    pub(crate) fn author(&self) -> AgentId {
        let authors = match (self.run(), self.unit()) {
            (Some(run), Some((_, unit))) => lists::authors(run, unit),
            _ => Vec::new(),
        };
        let chosen = Some(self.view.agent).filter(|agent| authors.contains(agent));
        chosen.unwrap_or(AgentId(0))
    }

    /// Name of an agent.
    pub(crate) fn agent_name(&self, agent: AgentId) -> String {
        let spec = self.run().and_then(|run| run.spec.team.get(agent.index()));
        spec.map_or_else(
            || agent.to_string(),
            |spec| super::widgets::text::one_line(&spec.name),
        )
    }

    /// The candidate that the selected one is compared with; `None`: the original.
    pub(crate) fn base(&self) -> Option<(CandidateId, &CandidateState)> {
        let (_, unit) = self.unit()?;
        let (selected, _) = self.selected()?;
        let id = match self.view.base {
            Base::Original => return None,
            Base::Candidate(id) => Some(id).filter(|id| *id != selected)?,
            Base::Before => {
                let before = unit.candidates.range(..selected).rev();
                let mut mine = before.filter(|(id, _)| id.agent == selected.agent);
                *mine.next()?.0
            }
        };
        unit.candidates.get(&id).map(|state| (id, state))
    }

    /// First row shown of a pane that is a text.
    pub(crate) fn scroll(&self, pane: Pane) -> usize {
        self.view.scrolls.get(&pane).copied().unwrap_or(0)
    }

    /// The comparison of the selected candidate with the base: its key and both texts.
    pub(crate) fn comparison(&self) -> Option<(DiffKey, &str, &str)> {
        let (_, unit) = self.unit()?;
        let (_, state) = self.selected()?;
        let old = self
            .base()
            .map_or(unit.spec.original.as_str(), |(_, base)| {
                base.candidate.source.as_str()
            });
        let new = state.candidate.source.as_str();
        let key = DiffKey {
            old: hash(old),
            new: hash(new),
        };
        Some((key, old, new))
    }

    /// Keeps a comparison, dropping the oldest beyond the limit.
    pub(crate) fn keep(&mut self, key: DiffKey, document: Arc<Document>) {
        self.comparing.remove(&key);
        if self.documents.insert(key, document).is_none() {
            self.document_order.push(key);
        }
        let rows = |model: &Self| -> usize { model.documents.values().map(|d| d.rows()).sum() };
        while self.document_order.len() > DOCUMENTS
            || (self.document_order.len() > 1 && rows(self) > DOCUMENT_ROWS)
        {
            let oldest = self.document_order.remove(0);
            self.documents.remove(&oldest);
        }
    }
}

fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

//! What the screens have done outside: folders looked into, functions found, folders proved, candidates applied.
//! Plain data, asked of the composition root and answered by it; nothing is done here.

use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::oneshot;

use crate::domain::carried::{BankedLesson, Standing};
use crate::domain::comparison::{Comparison, ComparisonId};
use crate::domain::evaluation::Evaluated;
use crate::domain::failure::Failure;
use crate::domain::id::{CandidateId, RunId, UnitId};
use crate::domain::project::Guess;
use crate::domain::run::Run;
use crate::domain::spec::AgentSpec;
use crate::reports::blocks::Overview;
use crate::reports::comparison::ComparisonFigures;
use crate::reports::ledger::Worth;

/// For whom something is done. A new errand for the same desk takes the place of the one before, which is given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Desk {
    /// The person's own code on the home screen.
    Own,
    /// Applying a candidate.
    Apply,
    /// A comparison that is looked at.
    Comparison,
    /// The bank of all runs.
    Bank,
    /// A candidate that is measured again.
    Measure,
    /// Servers that are asked for their models.
    Team,
    /// A member of a team that is asked for one token.
    Trial,
    /// A prompt template.
    Template,
}

/// Something to do.
#[derive(Debug, Clone, PartialEq)]
pub enum Errand {
    /// What every known server offers.
    Offers,
    /// What the server at an address offers, as typed.
    OffersAt(String),
    /// Ask an agent for one token.
    TryAgent(Box<AgentSpec>),
    /// The prompt template of this name, as it is in force.
    Template(String),
    /// Keep the person's own prompt template.
    SaveTemplate {
        /// Its name.
        name: String,
        /// Its text.
        text: String,
    },
    /// Look into a folder, as typed: relative to the current one, `~` is the person's own.
    Look(String),
    /// The functions of a source file.
    Functions(String),
    /// The commands a project's folder lets one guess.
    Guess(String),
    /// `lessonl init`: take a function out of its file and prove the folder.
    TakeFunction(FunctionWish),
    /// `lessonl init --project`.
    TakeProject(ProjectWish),
    /// What applying a candidate would change, as things are now.
    Plan(Applied),
    /// Apply it.
    Apply(Applied, Target),
    /// What a comparison came to so far; while other machines work on it, how its blocks stand, again and again.
    Comparison(ComparisonId),
    /// What it came to so far, whoever works on it.
    Figures(ComparisonId),
    /// The lessons of all runs.
    Bank,
    /// `lessonl lessons accept` and `reject`; staged is neither.
    DecideBank {
        /// Which lessons.
        keys: Vec<String>,
        /// How they stand from now on.
        standing: Standing,
    },
    /// A lesson of the bank in other words, accepted.
    EditBank {
        /// Which.
        key: String,
        /// The new words.
        text: String,
    },
    /// A lesson of the person's own, accepted.
    AddToBank {
        /// The run that is looked at.
        run: RunId,
        /// The unit it is about.
        unit: UnitId,
        /// Its text.
        text: String,
    },
    /// Measure a candidate once more with fresh inputs. What `merge` says is not looked at.
    Measure(Applied),
}

/// The arguments of `lessonl init`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionWish {
    /// The file, as typed.
    pub file: String,
    /// The function's name.
    pub function: String,
    /// Which of several of the name.
    pub signature: Option<String>,
    /// The folder to write.
    pub out: String,
    /// Further options as on the command line.
    pub options: String,
}

/// The arguments of `lessonl init --project`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectWish {
    /// The project's folder, as typed.
    pub root: String,
    /// The file below it.
    pub file: String,
    /// The part of the file that agents may rewrite.
    pub region: Region,
    /// Commands, empty for none.
    pub setup: String,
    /// Builds.
    pub build: String,
    /// Tests.
    pub test: String,
    /// What is timed.
    pub bench: String,
    /// The folder to write.
    pub out: String,
}

/// A part of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Region {
    /// A function.
    Function(String),
    /// Lines like 10-40.
    Lines(String),
    /// All of it.
    File,
}

/// A candidate to be applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// The run.
    pub run: RunId,
    /// The unit.
    pub unit: UnitId,
    /// The candidate.
    pub candidate: CandidateId,
    /// Whether to merge three ways where the code has changed since.
    pub merge: bool,
}

/// Where a candidate goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// Into the files; `dirty`: although they have changes that are not committed.
    InPlace {
        /// Although they have changes that are not committed.
        dirty: bool,
    },
    /// Into a patch file.
    Patch(String),
    /// Into a commit on a new branch.
    Branch(String),
}

/// What came of an errand.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// A folder's entries, folders first.
    Folder(Vec<FolderEntry>),
    /// The functions of a file, in order.
    Functions(Vec<Named>),
    /// Guesses.
    Guessed(Guess),
    /// A problem folder was written.
    Taken(WrittenProblem),
    /// What would change.
    Plan(Preview),
    /// It was applied, in words.
    Applied(String),
    /// A comparison.
    Comparison(Box<Compared>),
    /// How one stands that other machines work on.
    Blocks(Box<Overview>),
    /// The lessons of all runs.
    Bank(Vec<Banked>),
    /// What measuring once more came to.
    Measured(Box<Evaluated>),
    /// What servers offer.
    Servers(Vec<ModelServer>),
    /// An agent answered; how fast, in words.
    Tried(String),
    /// A prompt template.
    Template(Template),
}

/// A prompt template as it is in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// Its name.
    pub name: String,
    /// Where the person's own lies, or would.
    pub file: String,
    /// What it changes of the built-in one, as a patch; empty: nothing.
    pub changes: String,
    /// Its text.
    pub text: String,
}

/// A server that was asked for its models.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelServer {
    /// Its name, or its address.
    pub name: String,
    /// Its address.
    pub base_url: String,
    /// Its models; or why there are none to be had.
    pub models: Result<Vec<Offered>, String>,
}

/// A model at a server.
#[derive(Debug, Clone, PartialEq)]
pub struct Offered {
    /// An agent that is this model.
    pub agent: AgentSpec,
    /// Its context and price, as far as they are known, in words.
    pub note: String,
}

/// A lesson of the bank and what it is worth.
#[derive(Debug, Clone, PartialEq)]
pub struct Banked {
    /// The lesson.
    pub lesson: BankedLesson,
    /// What reading it was worth, as far as that was measured.
    pub worth: Worth,
    /// How many others count as this one.
    pub merged: usize,
}

/// An entry of a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FolderEntry {
    /// Its name.
    pub name: String,
    /// Whether it is a folder.
    pub folder: bool,
}

/// A function of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// Its name with what it stands in.
    pub name: String,
    /// Its head on one line.
    pub head: String,
    /// Its first line, from 1.
    pub line: usize,
    /// Lines it has.
    pub lines: usize,
}

/// A problem folder that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenProblem {
    /// The folder, absolute.
    pub folder: String,
    /// What was made, and what the person should know.
    pub notes: Vec<String>,
    /// What was claimed of the folder, whether it holds (`None`: not tried), what was seen.
    pub claims: Vec<(String, Option<bool>, String)>,
    /// What is missing before it can be run; empty: nothing.
    pub missing: Vec<String>,
}

/// What applying would change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    /// The folder that the files are below.
    pub root: String,
    /// The difference as a patch.
    pub diff: String,
    /// The commit's words.
    pub message: String,
}

/// A comparison and what it came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Compared {
    /// What is compared.
    pub comparison: Comparison,
    /// What it came to so far.
    pub figures: ComparisonFigures,
    /// Its cells that are over as runs, one for every strategy and repeat.
    pub runs: Vec<Run>,
}

/// News of an errand.
#[derive(Debug)]
pub enum News {
    /// Something that went on, in a line.
    Told(String),
    /// How it stands; more will come.
    SoFar(Answer),
    /// It is over.
    Over(Result<Answer, Failure>),
}

/// An errand on its way out.
#[derive(Debug)]
pub struct Sent {
    /// What.
    pub errand: Errand,
    /// Hears what comes of it.
    pub teller: Teller,
    /// Ends when nobody waits for it any more.
    pub wanted: oneshot::Receiver<()>,
}

/// Tells the screens of an errand. Screens that have gone hear nothing.
#[derive(Debug, Clone)]
pub struct Teller {
    /// For whom it is done.
    pub desk: Desk,
    /// Which of that desk's it is.
    pub number: u64,
    /// Where news go.
    pub news: UnboundedSender<(Desk, u64, News)>,
}

impl Teller {
    /// Tells what goes on.
    pub fn tell(&self, line: impl Into<String>) {
        let _ = self
            .news
            .send((self.desk, self.number, News::Told(line.into())));
    }

    /// Tells how it stands so far.
    pub fn so_far(&self, answer: Answer) {
        let _ = self
            .news
            .send((self.desk, self.number, News::SoFar(answer)));
    }

    /// Tells what came of it.
    pub fn over(&self, result: Result<Answer, Failure>) {
        let _ = self.news.send((self.desk, self.number, News::Over(result)));
    }
}

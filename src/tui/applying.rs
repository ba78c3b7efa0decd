//! Applying a candidate to the person's files: what was planned, what can be chosen, what came of it. State alone; the same
//! guards as `lessonl apply` answer through errands.

use ratatui_textarea::TextArea;

use super::errand::{Applied, Preview};
use crate::domain::failure::Failure;

/// Where a candidate can go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// Into the files.
    InPlace,
    /// Into the files although they have changes that are not committed.
    Dirty,
    /// Into a patch file.
    Patch,
    /// Into a commit on a new branch.
    Branch,
    /// Into a file of its own, whatever it was written for.
    Save,
    /// Nowhere yet: the plan is made again, merging with what has changed since.
    Merge,
}

impl Way {
    /// In words.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::InPlace => "change the files in place",
            Self::Dirty => "change them although they have changes that are not committed",
            Self::Patch => "write a patch file",
            Self::Branch => "commit to a new branch; your files stay as they are",
            Self::Save => "save the code as a file of its own",
            Self::Merge => "merge with what has changed since, then look again",
        }
    }
}

/// How far it is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Stage {
    /// The difference against the files as they are now is being made.
    Planning,
    /// The person looks at it and chooses.
    Choosing,
    /// The person names the patch file or the branch.
    Naming(Way),
    /// It is being done.
    Doing,
    /// It was done, in words.
    Done(String),
}

/// The state.
pub(crate) struct Applying {
    /// Which candidate.
    pub wanted: Applied,
    /// What would change; `None`: not known, or refused.
    pub preview: Option<Preview>,
    /// The last refusal.
    pub refused: Option<Failure>,
    /// How far it is.
    pub stage: Stage,
    /// The row under the cursor.
    pub row: usize,
    /// Rows of the difference above the first one shown.
    pub scroll: usize,
    /// The name that is typed.
    pub line: TextArea<'static>,
    /// A part of names that says what is applied.
    pub name: String,
    /// How a file of the code ends.
    pub ending: &'static str,
    /// Number of the errand that is waited for.
    pub number: u64,
}

impl Applying {
    /// What can be chosen. Refusals whose hints name a flag offer what the flag does.
    pub(crate) fn ways(&self) -> Vec<Way> {
        let named = |flag: &str| {
            let refused = self.refused.as_ref();
            refused.is_some_and(|failure| failure.hints.iter().any(|hint| hint.contains(flag)))
        };
        let mut ways = Vec::new();
        if self.preview.is_some() {
            ways.extend([Way::InPlace, Way::Patch, Way::Branch]);
        }
        if self.preview.is_some() && named("--allow-dirty") {
            ways.push(Way::Dirty);
        }
        if self.preview.is_none() && named("--merge") {
            ways.push(Way::Merge);
        }
        ways.push(Way::Save);
        ways
    }
}

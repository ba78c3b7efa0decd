//! Arguments of `lessons`, as typed.

use std::path::PathBuf;

use clap::Subcommand;

use crate::domain::carried::Standing;

/// What to do with the bank of lessons. A lesson is named by its key, or the beginning of it.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum LessonsCommand {
    /// List the lessons
    List {
        /// Only staged, accepted or rejected ones
        #[arg(long, value_name = "WHICH")]
        standing: Option<Standing>,
        /// Only those learned in this category
        #[arg(long, value_name = "NAME")]
        category: Option<String>,
        /// JSON on stdout, nothing else there
        #[arg(long)]
        json: bool,
    },
    /// Show a lesson, where it was learned and what it is worth
    Show {
        /// Its key
        key: String,
    },
    /// Print lessons as JSON Lines
    Export {
        /// Only staged, accepted or rejected ones
        #[arg(long, value_name = "WHICH")]
        standing: Option<Standing>,
    },
    /// Take in lessons that were exported; they are staged until you accept them
    Import {
        /// The file
        file: PathBuf,
    },
    /// Let runs with --bank draw on lessons
    Accept {
        /// Their keys
        #[arg(required = true)]
        keys: Vec<String>,
    },
    /// Keep lessons from all later runs
    Reject {
        /// Their keys
        #[arg(required = true)]
        keys: Vec<String>,
    },
    /// Count a lesson as another that says the same
    Merge {
        /// The one that goes
        key: String,
        /// The one that stays
        into: String,
    },
}

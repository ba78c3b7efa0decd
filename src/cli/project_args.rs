//! The arguments that are about a person's own project, as typed: `init --project`, `apply`, `verify`.
//! Never checks one against another beyond what the parser says by itself.

use std::path::PathBuf;

use clap::Args;

use crate::domain::id::CandidateId;

/// Arguments of `init --project`.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct InitProjectArguments {
    /// The project's folder
    #[arg(long, value_name = "DIR")]
    pub project: PathBuf,
    /// The file that agents may rewrite, or a part of it; relative to the project
    #[arg(long, value_name = "FILE")]
    pub file: PathBuf,
    /// Only this function of the file, like parse or Type::parse
    #[arg(long, value_name = "NAME", conflicts_with_all = ["lines", "markers"])]
    pub function: Option<String>,
    /// Only these lines of the file, like 10-40
    #[arg(long, value_name = "A-B", conflicts_with = "markers")]
    pub lines: Option<String>,
    /// Only the lines between the line that holds BEGIN and the one that holds END
    #[arg(long, num_args = 2, value_names = ["BEGIN", "END"])]
    pub markers: Option<Vec<String>>,
    /// A further function that is rewritten together with the first, like src/lex.rs:next; once for each
    #[arg(long, value_name = "FILE:FUNCTION")]
    pub and: Vec<String>,
    /// Tests: exit code 0 means that the project is right
    #[arg(long, value_name = "CMD", required_unless_present = "from")]
    pub test: Option<String>,
    /// What is timed, as a whole process; 0.1 to 2 s are good
    #[arg(long, value_name = "CMD", required_unless_present = "from")]
    pub bench: Option<String>,
    /// Builds, before tests and bench
    #[arg(long, value_name = "CMD")]
    pub build: Option<String>,
    /// Run once in each private copy before anything else
    #[arg(long, value_name = "CMD")]
    pub setup: Option<String>,
    /// When commands may use the network: never, setup or always [default: never]
    #[arg(long, value_name = "WHEN", value_parser = ["never", "setup", "always"])]
    pub network: Option<String>,
    /// Believe a figure that the bench prints, not the clock: a regular expression whose first group is the number
    #[arg(long, value_name = "REGEX")]
    pub bench_figure: Option<String>,
    /// The figure is a rate: higher is better
    #[arg(long, requires = "bench_figure")]
    pub higher: bool,
    /// Where the problem folder is made [default: lessonl-NAME here]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Only write the folder: no command is run, and nothing is measured
    #[arg(long)]
    pub unproved: bool,
    /// Run the commands without containment. They can then do whatever you can
    #[arg(long)]
    pub unsafe_no_sandbox: bool,
    /// Python: tests and bench are the function's calls while a command of yours runs, given after --. They stay in the
    /// folder; no model is sent them
    #[arg(long, requires = "function")]
    pub from: bool,
    /// The command whose calls are recorded
    #[arg(last = true, value_name = "COMMAND", requires = "from")]
    pub command: Vec<String>,
}

/// Arguments of `apply`.
#[derive(Debug, Clone, Args)]
pub(super) struct ApplyArguments {
    /// The run's id, the beginning of it, or latest
    pub id: String,
    /// A candidate like r1a0 [default: the run's result]
    #[arg(long, value_name = "ID")]
    pub candidate: Option<CandidateId>,
    /// Which problem of a run with several
    #[arg(long, value_name = "ID")]
    pub problem: Option<String>,
    /// Write a patch with the commit's words before it
    #[arg(long, value_name = "FILE", conflicts_with_all = ["in_place", "branch"])]
    pub patch: Option<PathBuf>,
    /// Change the files
    #[arg(long, conflicts_with = "branch")]
    pub in_place: bool,
    /// Commit to a new branch; your files and your branch stay as they are
    #[arg(long, value_name = "NAME")]
    pub branch: Option<String>,
    /// Merge three ways where the code has changed since the run began
    #[arg(long)]
    pub merge: bool,
    /// Change files in place although they have changes that are not committed
    #[arg(long, requires = "in_place")]
    pub allow_dirty: bool,
    /// One JSON object on stdout, nothing else there
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `verify`.
#[derive(Debug, Clone, Args)]
pub(super) struct VerifyArguments {
    /// The run's id, the beginning of it, or latest
    pub id: String,
    /// A candidate like r1a0 [default: the run's result]
    #[arg(long, value_name = "ID")]
    pub candidate: Option<CandidateId>,
    /// Which problem of a run with several
    #[arg(long, value_name = "ID")]
    pub problem: Option<String>,
    /// One JSON object on stdout, nothing else there
    #[arg(long)]
    pub json: bool,
    /// Run without containment
    #[arg(long)]
    pub unsafe_no_sandbox: bool,
}

/// A ratio above 0.
pub(super) fn ratio(text: &str) -> Result<f64, String> {
    match text.trim_end_matches(['x', '×']).parse::<f64>() {
        Ok(value) if value.is_finite() && value > 0.0 => Ok(value),
        _ => Err("give a ratio like 1.05".to_owned()),
    }
}

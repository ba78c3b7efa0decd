//! Arguments of the commands that take a person's own code: `init`, `hot`, `problems check`. As typed, nothing checked.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Arguments of `hot`.
#[derive(Debug, Clone, Args)]
#[command(after_help = "Example:\n  lessonl hot -- ./build/tool input.txt")]
pub(super) struct HotArguments {
    /// perf, callgrind or gprof [default: the first of them that works here]
    #[arg(long, value_enum)]
    pub tool: Option<HotTool>,
    /// Functions to show
    #[arg(long, value_name = "N", default_value_t = 15)]
    pub limit: usize,
    /// One JSON object on stdout, nothing else there
    #[arg(long)]
    pub json: bool,
    /// The command, as you would run it
    #[arg(last = true, required = true, value_name = "COMMAND")]
    pub command: Vec<String>,
}

/// With what a command is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum HotTool {
    /// Samples it
    Perf,
    /// Counts its instructions, some fifty times slower
    Callgrind,
    /// Reads what a program built with -pg leaves
    Gprof,
}

/// Arguments of `init`.
#[derive(Debug, Clone, Args)]
#[command(
    after_help = "Examples:\n  lessonl init src/geometry.cpp --function geo::area\n  lessonl init sum.hpp --function sum --instantiate 'T=double' --out problems/sum\n  lessonl init lib.c --function checksum -- -Iinclude -DNDEBUG\n  lessonl init src/mesh.c --function smooth --from -- ./build/tool input.txt\n\nPython, Rust, JavaScript and other languages: `lessonl init --project DIR …`; `lessonl init` alone shows an example of each.\n\nC is compiled as C++ here (-fpermissive): where that cannot work, the compiler's words say so."
)]
pub(super) struct InitArguments {
    /// The file the function is in; without it, what can be done and an example for each language
    #[arg(default_value = "", hide_default_value = true)]
    pub file: PathBuf,
    /// Its name, qualified as far as needed: area, geo::area, Polygon::area [default: the file's functions are listed]
    #[arg(
        long,
        value_name = "NAME",
        default_value = "",
        hide_default_value = true
    )]
    pub function: String,
    /// Which of several of the name: its signature, or the part of it that tells it from the others
    #[arg(long, value_name = "TEXT")]
    pub signature: Option<String>,
    /// What a template parameter is to be, like T=double; once for each
    #[arg(long, value_name = "PARAMETER=TYPE")]
    pub instantiate: Vec<String>,
    /// Folder to write [default: a folder of the function's name here]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Write into a folder that is there already; its other files stay
    #[arg(long)]
    pub force: bool,
    /// Only write the folder; `lessonl problems check DIR` proves it later
    #[arg(long)]
    pub unproved: bool,
    /// A model that may add inputs and edge cases; they are labelled in driver.cpp and must pass the same proof
    #[arg(long, value_name = "NAME=MODEL@URL", conflicts_with = "unproved")]
    pub agent: Option<String>,
    /// Run the function without containment. It can then do whatever you can
    #[arg(long)]
    pub unsafe_no_sandbox: bool,
    /// Inputs are what real calls are handed while a command of yours runs, given after --; it must be built with -g.
    /// They stay in the folder; no model is sent them. Compiler flags may stand before a second --
    #[arg(long)]
    pub from: bool,
    /// Compiler flags the file needs [default: from compile_commands.json, if there is one]; with --from the command
    #[arg(last = true, value_name = "FLAGS", allow_hyphen_values = true)]
    pub last: Vec<String>,
}

impl InitArguments {
    /// The compiler flags among what stands after `--`.
    pub(super) fn flags(&self) -> &[String] {
        self.after_dashes().0
    }

    /// The command whose calls are recorded; empty without `--from`.
    pub(super) fn command(&self) -> &[String] {
        self.after_dashes().1
    }

    /// Flags and command. No command begins with a dash.
    fn after_dashes(&self) -> (&[String], &[String]) {
        if !self.from {
            return (&self.last, &[]);
        }
        let second = self.last.iter().position(|word| word == "--");
        match second {
            Some(at) if self.last.iter().take(1).all(|word| word.starts_with('-')) => {
                let (flags, command) = self.last.split_at(at);
                (flags, command.get(1..).unwrap_or(&[]))
            }
            _ => (&[], &self.last),
        }
    }
}

/// What can be done with a problem folder.
#[derive(Debug, Clone, Subcommand)]
pub(super) enum ProblemsAction {
    /// Prove a problem folder: it compiles, repeats itself, catches mistakes, can be timed; else say what is missing
    Check(CheckArguments),
}

/// Arguments of `problems check`.
#[derive(Debug, Clone, Args)]
pub(super) struct CheckArguments {
    /// The problem's folder, or its id
    #[arg(value_name = "DIR")]
    pub problem: String,
    /// Write proposed sizes into problem.toml
    #[arg(long)]
    pub yes: bool,
    /// JSON on stdout, nothing else there
    #[arg(long)]
    pub json: bool,
    /// Run the original without containment. It can then do whatever you can
    #[arg(long)]
    pub unsafe_no_sandbox: bool,
}

#[cfg(test)]
mod tests {
    use clap::{Args, FromArgMatches};

    use super::InitArguments;

    fn read(words: &[&str]) -> (Vec<String>, Vec<String>) {
        let command = InitArguments::augment_args(clap::Command::new("init"));
        let matches = command.try_get_matches_from(words).unwrap();
        let read = InitArguments::from_arg_matches(&matches).unwrap();
        (read.flags().to_vec(), read.command().to_vec())
    }

    #[test]
    fn what_stands_after_the_dashes_is_flags_or_with_from_a_command() {
        let owned = |words: &[&str]| words.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>();
        for (words, flags, command) in [
            (
                &["init", "a.c", "--", "-Ix", "-DY"][..],
                &["-Ix", "-DY"][..],
                &[][..],
            ),
            (
                &["init", "a.c", "--from", "--", "./tool", "-v", "--", "x"],
                &[],
                &["./tool", "-v", "--", "x"],
            ),
            (
                &[
                    "init", "a.c", "--from", "--", "-Ix", "--", "./tool", "--", "x",
                ],
                &["-Ix"],
                &["./tool", "--", "x"],
            ),
        ] {
            assert_eq!(read(words), (owned(flags), owned(command)), "{words:?}");
        }
    }
}

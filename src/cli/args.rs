//! The command line as typed. Never checks one argument against another beyond what the parser says by itself.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use super::budget;
use crate::domain::id::CandidateId;
use crate::domain::problem::Mode;
use crate::domain::spec::{Gate, Preset, StrategyKind};
use crate::domain::units::{Cost, Nanos, Tokens};

/// A team of agents makes a slow C++ function faster and learns from each other's measured attempts.
#[derive(Debug, Clone, Parser)]
#[command(
    name = "lessonl",
    version,
    after_help = "Examples:\n  lessonl                                   the terminal UI\n  lessonl run pareval/dense_la/gemm         one bundled problem, live\n  lessonl run 'pareval/*' --headless        all of them, as plain lines\n  lessonl doctor                            is everything there that is needed?\n\nExit codes: 0 done, 1 internal, 2 usage or configuration, 3 environment, 4 agents unreachable, 5 no improvement of the size asked for, 130 interrupted, 143 terminated.",
    disable_help_subcommand = true
)]
pub struct Arguments {
    /// What all commands take.
    #[command(flatten)]
    pub common: Common,
    /// What to do; without it: the terminal UI.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What all commands take.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Everywhere")]
pub struct Common {
    /// Configuration file instead of the usual one [env: LESSONL_CONFIG]
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Folder of the stored runs [env: LESSONL_DATA_DIR]
    #[arg(long, global = true, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// Theme of the terminal UI [env: LESSONL_THEME]
    #[arg(long, global = true, value_name = "NAME")]
    pub theme: Option<String>,
    /// ASCII instead of box-drawing and other symbols [env: LESSONL_ASCII]
    #[arg(long, global = true)]
    pub ascii: bool,
    /// Nothing on the screen moves by itself [env: LESSONL_REDUCED_MOTION]
    #[arg(long, global = true)]
    pub reduced_motion: bool,
}

/// What to do.
#[derive(Debug, Clone, Subcommand)]
pub enum Command {
    /// Run a team on problems, live or headless
    Run(Box<RunArguments>),
    /// Compile, check and time one candidate file, no agents
    Eval(EvalArguments),
    /// List the problems
    Problems(Format),
    /// List the stored runs
    Runs(Format),
    /// Check compiler, sandbox, models and folders, and say what to do
    Doctor(DoctorArguments),
    /// Play a stored run again
    Replay(ReplayArguments),
    /// Watch a run that another lessonl process works on, live
    Watch(WatchArguments),
    /// Print a stored run's facts as JSON Lines
    Export(Stored),
    /// Report on stored runs: results, metrics, plots, lessons
    Report(ReportArguments),
    /// Make a problem of a project in any language: `lessonl init --project DIR …`
    #[command(name = "init-project", bin_name = "lessonl init", hide = true)]
    InitProject(Box<InitProjectArguments>),
    /// Put a run's result into your files: preview, patch, in place, or a commit on a new branch
    Apply(ApplyArguments),
    /// Measure an applied result in place, against the stored original
    Verify(VerifyArguments),
}

/// Arguments of `run`.
#[derive(Debug, Clone, Default, Args)]
pub struct RunArguments {
    /// A problem id, a glob over ids (pareval/*), a suite (pareval), or a path to a problem folder
    #[arg(value_name = "TARGET", required_unless_present = "resume")]
    pub targets: Vec<String>,
    /// How the team works together: lessonl [default]; its ablations lessonl-none, lessonl-random, lessonl-speed,
    /// lessonl-relevance, lessonl-fixed; or single, best-of, cot, reflexion, mapcoder, moa;
    /// or compiler: no agents, the installed compilers and their options on the untouched original
    #[arg(long, value_name = "NAME")]
    pub strategy: Option<StrategyKind>,
    /// corrected, or paper to the letter [default: corrected]
    #[arg(long, value_name = "NAME")]
    pub preset: Option<Preset>,
    /// serial or omp [default: serial]
    #[arg(long)]
    pub mode: Option<Mode>,
    /// Rounds, round 0 counted [default: 4]; attempts of reflexion [10], plans of mapcoder [3], layers of moa [4]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=100))]
    pub rounds: Option<u16>,
    /// Lessons per prompt [default: 4]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(0..=100))]
    pub lessons: Option<u16>,
    /// Team from a TOML file
    #[arg(long, value_name = "FILE", conflicts_with = "agent")]
    pub agents: Option<PathBuf>,
    /// One agent at an OpenAI-compatible server; may be repeated. Its key: $LESSONL_KEY_<NAME>, else the
    /// variable usual for the URL's host ($OPENAI_API_KEY only for api.openai.com)
    #[arg(long, value_name = "NAME=MODEL@URL")]
    pub agent: Vec<String>,
    /// auto, or review: every round waits until you decided about its lessons [default: auto]
    #[arg(long)]
    pub gate: Option<Gate>,
    /// Seed of everything that is drawn [default: drawn]
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Wall time of the run after which nothing new is begun, like 90s, 10m or 1h30m
    #[arg(long, value_name = "TIME", value_parser = budget::parse)]
    pub budget_time: Option<Nanos>,
    /// Asks per problem after which its agents are asked nothing new
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub budget_asks: Option<u32>,
    /// Tokens per problem, read and written, after which its agents are asked nothing new, like 50000, 200k or 1.5M
    #[arg(long, value_name = "N", value_parser = budget::tokens)]
    pub budget_tokens: Option<Tokens>,
    /// US dollars of the run after which no agent is asked anything new, like 0.50. Every model needs a price
    #[arg(long, value_name = "USD", value_parser = budget::cost)]
    pub budget_cost: Option<Cost>,
    /// Plain lines instead of the terminal UI
    #[arg(long)]
    pub headless: bool,
    /// One fact per line as JSON on stdout, nothing else there
    #[arg(long)]
    pub json: bool,
    /// Go on with a stored run that was cut off: its id, the beginning of it, or latest. With --budget-…: a new total,
    /// what was spent before included. With --json only the facts that are new are printed
    #[arg(long, value_name = "ID", conflicts_with_all = ["targets", "strategy", "preset", "mode", "rounds", "lessons", "agents", "agent", "gate", "seed"])]
    pub resume: Option<String>,
    /// For pipelines: exit code 5 unless a result's interval lies at or above N, like 1.05
    #[arg(long, value_name = "N", value_parser = ratio)]
    pub min_speedup: Option<f64>,
    /// For pipelines: add a report of the run as Markdown to FILE
    #[arg(long, value_name = "FILE")]
    pub summary: Option<PathBuf>,
    /// Run candidates without containment. They can then do whatever you can: read your files, use the network
    #[arg(long)]
    pub unsafe_no_sandbox: bool,
}

/// Arguments of `init --project`.
#[derive(Debug, Clone, Default, Args)]
pub struct InitProjectArguments {
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
    /// Tests: exit code 0 means that the project is right
    #[arg(long, value_name = "CMD")]
    pub test: String,
    /// What is timed, as a whole process; 0.1 to 2 s are good
    #[arg(long, value_name = "CMD")]
    pub bench: String,
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
}

/// Arguments of `apply`.
#[derive(Debug, Clone, Args)]
pub struct ApplyArguments {
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
pub struct VerifyArguments {
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
fn ratio(text: &str) -> Result<f64, String> {
    match text.trim_end_matches(['x', '×']).parse::<f64>() {
        Ok(value) if value.is_finite() && value > 0.0 => Ok(value),
        _ => Err("give a ratio like 1.05".to_owned()),
    }
}

/// Arguments of `eval`.
#[derive(Debug, Clone, Args)]
pub struct EvalArguments {
    /// A problem id or a path to a problem folder
    pub problem: String,
    /// The candidate
    #[arg(value_name = "FILE.cpp")]
    pub file: PathBuf,
    /// serial or omp
    #[arg(long, default_value = "serial")]
    pub mode: Mode,
    /// One JSON object on stdout, nothing else there
    #[arg(long)]
    pub json: bool,
    /// Seed of the inputs [default: drawn]
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Measure even if the verdict on the same file is kept
    #[arg(long)]
    pub fresh: bool,
    /// Run the candidate without containment. It can then do whatever you can
    #[arg(long)]
    pub unsafe_no_sandbox: bool,
}

/// Arguments of commands that only print a list.
#[derive(Debug, Clone, Default, Args)]
pub struct Format {
    /// JSON on stdout, nothing else there
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `doctor`.
#[derive(Debug, Clone, Default, Args)]
pub struct DoctorArguments {
    /// JSON on stdout, nothing else there
    #[arg(long)]
    pub json: bool,
    /// Try to fool the harness, and see whether its intervals hold: exploits, honest code, identical code, known slowdowns
    #[arg(long)]
    pub self_test: bool,
    /// The self-test with few repetitions
    #[arg(long, requires = "self_test")]
    pub quick: bool,
    /// Only the exploits and honest files whose name has this, or one of these, in it
    #[arg(long, requires = "self_test", value_name = "PART[,PART]")]
    pub only: Option<String>,
}

/// Names a stored run.
#[derive(Debug, Clone, Args)]
pub struct Stored {
    /// The run's id, the beginning of it, or latest
    pub id: String,
}

/// Arguments of `replay`.
#[derive(Debug, Clone, Args)]
pub struct ReplayArguments {
    /// The run's id, the beginning of it, or latest
    pub id: String,
    /// Multiple of the recorded pace, 0 for no waiting [default: 1; 0 when headless]
    #[arg(long, value_name = "N")]
    pub speed: Option<u32>,
    /// Plain lines instead of the terminal UI
    #[arg(long)]
    pub headless: bool,
}

/// Arguments of `watch`.
#[derive(Debug, Clone, Args)]
pub struct WatchArguments {
    /// The run's id, the beginning of it, or latest
    #[arg(default_value = "latest")]
    pub id: String,
    /// Plain lines instead of the terminal UI
    #[arg(long)]
    pub headless: bool,
    /// One fact per line as JSON on stdout, nothing else there
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `report`.
#[derive(Debug, Clone, Args)]
pub struct ReportArguments {
    /// The runs' ids, the beginning of them, or latest
    #[arg(value_name = "RUN", required = true)]
    pub ids: Vec<String>,
    /// Form of the report
    #[arg(long, value_enum, default_value_t = ReportForm::Md)]
    pub format: ReportForm,
    /// Write it to this file instead of standard output
    #[arg(long, value_name = "FILE")]
    pub out: Option<std::path::PathBuf>,
    /// Also write the plots as SVG and PNG files into this folder
    #[arg(long, value_name = "DIR")]
    pub plots: Option<std::path::PathBuf>,
}

/// Forms of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum ReportForm {
    /// Markdown
    Md,
    /// One self-contained page with plots, no script
    Html,
    /// A row per candidate, for spreadsheets and statistics
    Csv,
    /// One JSON object, or a list of them for several runs
    Json,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    fn typed(line: &str) -> Result<Arguments, clap::Error> {
        Arguments::try_parse_from(line.split_whitespace())
    }

    #[test]
    fn the_parser_is_sound() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn a_run_needs_targets_or_a_run_to_resume_but_not_both() {
        assert!(typed("lessonl run").is_err());
        assert!(typed("lessonl run pareval").is_ok());
        assert!(typed("lessonl run --resume latest").is_ok());
        assert!(typed("lessonl run --resume latest --headless --json").is_ok());
        assert!(typed("lessonl run pareval --resume latest").is_err());
        assert!(typed("lessonl run --resume latest --seed 3").is_err());
        assert!(typed("lessonl run x --agents f --agent a=m@http://h").is_err());
    }

    #[test]
    fn everything_the_readme_promises_can_be_typed() {
        let line = "lessonl run a b --strategy best-of --preset paper --mode omp --rounds 4 --lessons 0 --agent a=m@http://h \
                    --agent b=m@http://h --gate review --seed 7 --budget-time 10m --budget-asks 24 --headless --json";
        let Some(Command::Run(run)) = typed(line).unwrap().command else {
            panic!("not a run");
        };
        assert_eq!(run.budget_time, Some(Nanos(600_000_000_000)));
        assert_eq!(
            (run.agent.len(), run.mode, run.gate),
            (2, Some(Mode::Omp), Some(Gate::Review))
        );
        assert!(typed("lessonl doctor --quick").is_err());
        for line in [
            "lessonl eval p f.cpp --mode omp --json",
            "lessonl problems --json",
            "lessonl runs --json",
            "lessonl doctor --json",
            "lessonl doctor --self-test --quick --json",
            "lessonl replay ID --speed 4 --headless",
            "lessonl watch",
            "lessonl watch ID --json",
            "lessonl export ID --data-dir d",
            "lessonl report ID --format json",
            "lessonl --theme dark --ascii",
        ] {
            assert!(typed(line).is_ok(), "{line}");
        }
    }
}

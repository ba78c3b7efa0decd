//! The command line as typed. Never checks one argument against another beyond what the parser says by itself.

mod comparing;
mod lessons;

pub(super) use comparing::CompareArguments;
pub(super) use lessons::LessonsCommand;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use super::own_args::{HotArguments, InitArguments, ProblemsAction};
use super::project_args::{ApplyArguments, InitProjectArguments, VerifyArguments, ratio};
use super::{budget, measuring};
use crate::domain::carried::BankScope;
use crate::domain::enough::Until;
use crate::domain::problem::Mode;
use crate::domain::sizing::{SizeScale, SizeSource, Sizing};
use crate::domain::spec::{LessonGate, Preset, StrategyKind};
use crate::domain::units::{Cost, Nanos, Tokens};

/// The version, and what was built.
const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), " (", env!("LESSONL_BUILD"), ")");

/// A team of agents makes a slow C++ function faster and learns from each other's measured attempts.
#[derive(Debug, Clone, Parser)]
#[command(
    name = "lessonl",
    version = VERSION,
    after_help = "Examples:\n  lessonl                                   the terminal UI\n  lessonl run pareval/dense_la/gemm         one bundled problem, live\n  lessonl run 'pareval/*' --headless        all of them, as plain lines\n  lessonl doctor                            is everything there that is needed?\n\nThe manual: `lessonl help`, and `lessonl help TOPIC` for a page of it.\n\nExit codes: 0 done, 1 internal, 2 usage or configuration, 3 environment, 4 no agent answered or the run was cut off, 5 no improvement of the size asked for, 130 interrupted, 143 terminated.",
    disable_help_subcommand = true
)]
pub(super) struct Arguments {
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
pub(super) struct Common {
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
pub(super) enum Command {
    /// Run a team on problems, live or headless
    Run(Box<RunArguments>),
    /// Compare strategies on the same problems, agents, seeds and budget
    Compare(Box<CompareArguments>),
    /// Compile, check and time one candidate file, no agents
    Eval(EvalArguments),
    /// Where a command spends its time: its functions with file, line and share, and how to take each
    Hot(HotArguments),
    /// Make a problem of your own code: a C or C++ function out of its file, or part of a project in any language
    Init(Box<InitArguments>),
    /// List the problems, measure how much faster they are known to get, or prove a folder: `problems check DIR`
    Problems(ProblemsArguments),
    /// Import problems of an original benchmark, or runs of other machines
    Import(super::import::ImportArguments),
    /// List what the configured servers offer: models, context, price; and try them
    Models(ModelsArguments),
    /// List the stored runs and comparisons
    Runs(RunsArguments),
    /// The bank of lessons that outlive their runs
    Lessons {
        /// What to do with it; without it: list the lessons.
        #[command(subcommand)]
        command: Option<LessonsCommand>,
    },
    /// Check compiler, sandbox, models and folders, and say what to do
    Doctor(DoctorArguments),
    /// Play a stored run again
    Replay(ReplayArguments),
    /// Work on a part of a comparison's blocks, on any machine that sees its folder: for batch systems of every kind
    Work(super::work::WorkArguments),
    /// Take what other machines told of a comparison into the database
    Ingest(IngestArguments),
    /// Stop a comparison that other machines work on; what was told stays
    Stop(super::given::StopArguments),
    /// Watch a run that another lessonl process works on, live, or a comparison on other machines
    Watch(WatchArguments),
    /// Print a stored run's facts as JSON Lines
    Export(ExportArguments),
    /// Report on stored runs: results, metrics, plots, lessons
    Report(ReportArguments),
    /// Make a problem of a project in any language: `lessonl init --project DIR …`
    #[command(name = "init-project", bin_name = "lessonl init", hide = true)]
    InitProject(Box<InitProjectArguments>),
    /// Put a run's result into your files: preview, patch, in place, or a commit on a new branch
    Apply(ApplyArguments),
    /// Measure an applied result in place, against the stored original
    Verify(VerifyArguments),
    /// List every setting with its value, where that comes from and what it means
    Config(ConfigArguments),
    /// Show a page of the manual, or the help of a command
    Help {
        /// A page or a command; without it: what there is to read
        topic: Vec<String>,
    },
    /// Print the man page
    Man {
        /// Write a man page for every command into this folder instead
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,
    },
    /// Print completions for a shell
    Completions {
        /// The shell
        #[arg(value_enum)]
        shell: clap_complete::Shell,
    },
}

/// Arguments of `run`.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct RunArguments {
    /// A problem id, a glob over ids (pareval/*), a suite (pareval), or a path to a problem folder
    #[arg(value_name = "TARGET", required_unless_present_any = ["resume", "replay_from", "recorded"])]
    pub targets: Vec<String>,
    /// How the team works together: lessonl [default]; its ablations lessonl-none, lessonl-random, lessonl-speed,
    /// lessonl-relevance, lessonl-fixed; lessonl-plus, beyond the paper, and its ablations plus-norepair, plus-blind,
    /// plus-noroles, plus-greedy, plus-nostop; or single, best-of, cot, reflexion, mapcoder, moa;
    /// or compiler: no agents, the installed compilers and their options on the untouched original
    #[arg(long, value_name = "NAME")]
    pub strategy: Option<StrategyKind>,
    /// corrected, or paper to the letter [default: corrected]
    #[arg(long, value_name = "NAME")]
    pub preset: Option<Preset>,
    /// serial or omp [default: serial]
    #[arg(long)]
    pub mode: Option<Mode>,
    /// Rounds, round 0 counted [default: 4; 8 of best-of and lessonl-plus, which ask once per round and agent, not twice];
    /// attempts of reflexion [10], plans of mapcoder [3], layers of moa [4]
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
    pub gate: Option<LessonGate>,
    /// Seed of everything that is drawn [default: drawn]
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// How long a run waits for servers that are away or busy before it is cut off, like 90s or 1h; 0: not at all
    /// [default: 10m]
    #[arg(long, value_name = "TIME", value_parser = budget::parse_or_none)]
    pub patience: Option<Nanos>,
    /// Send the code of these problems to the team's servers without asking
    #[arg(long)]
    pub yes: bool,
    /// Wall time of the run after which nothing new is begun, like 90s, 10m or 1h30m. Answers under way get a minute more
    #[arg(long, value_name = "TIME", value_parser = budget::parse)]
    pub budget_time: Option<Nanos>,
    /// Asks per problem after which its agents are asked nothing new
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub budget_asks: Option<u32>,
    /// Which sizes are timed
    #[command(flatten)]
    pub sizes: SizeArguments,
    /// Tokens per problem, read and written, after which its agents are asked nothing new, like 50000, 200k or 1.5M
    #[arg(long, value_name = "N", value_parser = budget::tokens)]
    pub budget_tokens: Option<Tokens>,
    /// US dollars of the run after which no agent is asked anything new, like 0.50. Every model needs a price
    #[arg(long, value_name = "USD", value_parser = budget::cost)]
    pub budget_cost: Option<Cost>,
    /// Play no further round of a problem once its best is shown to be so many times as fast, like 5x; or once it is near the
    /// best code known or what the machine can do: `ceiling` [default: all rounds; lessonl-plus: near the ceiling, or two
    /// rounds without gain]
    #[arg(long, value_name = "5x|ceiling")]
    pub until: Option<Until>,
    /// Answers of a stored run (its id, the beginning of it, or latest) instead of asking, free of charge: first those to
    /// the very same request, then those in the same place. Problems, team and numbers are that run's unless given
    #[arg(long, value_name = "RUN", conflicts_with_all = ["resume", "recorded"])]
    pub replay_from: Option<String>,
    /// The same out of a file that --record wrote: needs no network, no key and no model
    #[arg(long, value_name = "FILE", conflicts_with = "resume")]
    pub recorded: Option<PathBuf>,
    /// With --replay-from or --recorded: ask, and pay for, what the recording does not hold. Otherwise that fails
    #[arg(long)]
    pub ask_missing: bool,
    /// Write the run's answers into a file that anybody can repeat it from
    #[arg(long, value_name = "FILE")]
    pub record: Option<PathBuf>,
    /// Chance with which a prompt leaves out each selected lesson: measures what lessons are worth [default: 0]
    #[arg(long, value_name = "P", value_parser = measuring::chance)]
    pub holdout: Option<f64>,
    /// Lessons of other runs that it may draw on: fresh (none), category or all accepted ones [default: fresh]
    #[arg(long, value_name = "WHICH")]
    pub bank: Option<BankScope>,
    /// Measure every candidate anew, also those whose verdict is kept
    #[arg(long)]
    pub fresh: bool,
    /// Plain lines instead of the terminal UI
    #[arg(long)]
    pub headless: bool,
    /// One fact per line as JSON on stdout, nothing else there
    #[arg(long)]
    pub json: bool,
    /// Go on with a stored run that was cut off: its id, the beginning of it, or latest. With --budget-…: a new total,
    /// what was spent before included. With --json only the facts that are new are printed
    #[arg(long, value_name = "ID", conflicts_with_all = ["targets", "strategy", "preset", "mode", "rounds", "lessons", "agents", "agent", "gate", "seed", "scale", "sizes", "holdout", "bank", "until"])]
    pub resume: Option<String>,
    /// A name for the run instead of a drawn one: begins it, or goes on with the stored run of that name, so that a script
    /// that may be started again can say both at once
    #[arg(long, value_name = "NAME", conflicts_with_all = ["resume"])]
    pub id: Option<String>,
    /// Give the problems to the machines of a [clusters.NAME] of the settings, and return: a comparison with one strategy
    #[arg(long, value_name = "NAME", conflicts_with_all = ["resume", "gate", "scale", "sizes", "record", "recorded", "replay_from", "fresh", "patience", "min_speedup", "summary", "until"])]
    pub on: Option<String>,
    /// With --on: print what would be submitted and what it may cost; submit nothing
    #[arg(long, requires = "on")]
    pub dry_run: bool,
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

/// Which sizes are timed.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct SizeArguments {
    /// Multiple of the timed sizes, for a faster or slower machine, like 2 or 0.5 [default: 1]
    #[arg(long, value_name = "F")]
    pub scale: Option<SizeScale>,
    /// calibrated: a call takes 1 to 50 ms; upstream: the benchmark's own sizes, often seconds [default: calibrated]
    #[arg(long, value_name = "NAME")]
    pub sizes: Option<SizeSource>,
}

impl SizeArguments {
    /// What they ask for.
    pub(super) fn sizing(&self) -> Sizing {
        Sizing {
            source: self.sizes.unwrap_or_default(),
            scale: self.scale.unwrap_or_default(),
        }
    }
}

/// Arguments of `problems`.
#[derive(Debug, Clone, Default, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct ProblemsArguments {
    /// What to do instead of listing.
    #[command(subcommand)]
    pub action: Option<ProblemsAction>,
    /// Only these: a problem id, a suite, a category, a glob over ids, or a path to a problem folder
    #[arg(value_name = "SELECTOR")]
    pub selectors: Vec<String>,
    /// Measure the best known code against the original, and keep the figures for reports. Takes some seconds per problem and mode
    #[arg(long)]
    pub headroom: bool,
    /// serial, omp or both [default: serial]
    #[arg(long, value_enum, requires = "headroom")]
    pub mode: Option<Modes>,
    /// Only what is not kept yet for this version of the problem, this processor and this compiler; the rest as it was
    #[arg(long, requires = "headroom")]
    pub resume: bool,
    /// Which sizes are timed
    #[command(flatten)]
    pub sizes: SizeArguments,
    /// JSON on stdout, nothing else there
    #[arg(long)]
    pub json: bool,
}

/// One mode or both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Modes {
    /// One thread.
    Serial,
    /// OpenMP.
    Omp,
    /// One after the other.
    Both,
}

/// Arguments of `runs`.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct RunsArguments {
    /// JSON on stdout, nothing else there
    #[arg(long)]
    pub json: bool,
    /// Every run of a comparison on a line of its own
    #[arg(long)]
    pub cells: bool,
}

/// Arguments of `eval`.
#[derive(Debug, Clone, Args)]
pub(super) struct EvalArguments {
    /// A problem id or a path to a problem folder
    pub problem: String,
    /// The candidate: C++, or Python for a task of code generation
    #[arg(value_name = "FILE", required_unless_present = "canonical")]
    pub file: Option<PathBuf>,
    /// Put the canonical solutions of code generation tasks (a task, a suite, a glob) to their own tests
    #[arg(long, conflicts_with = "file")]
    pub canonical: bool,
    /// serial or omp
    #[arg(long, default_value = "serial")]
    pub mode: Mode,
    /// Which sizes are timed
    #[command(flatten)]
    pub sizes: SizeArguments,
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
pub(super) struct Format {
    /// JSON on stdout, nothing else there
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `config`.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct ConfigArguments {
    /// The keys of the screens, by the names that keymap.toml calls them by
    #[arg(long)]
    pub keys: bool,
    /// JSON on stdout, nothing else there
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `models`.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct ModelsArguments {
    /// Ask the team's models a one-token question each, and say how long they take. Costs a few tokens
    #[arg(long)]
    pub probe: bool,
    /// Team from a TOML file, as for `run`
    #[arg(long, value_name = "FILE", conflicts_with = "agent")]
    pub agents: Option<PathBuf>,
    /// One agent, as for `run`; may be repeated
    #[arg(long, value_name = "NAME=MODEL@URL")]
    pub agent: Vec<String>,
    /// JSON on stdout, nothing else there
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `doctor`.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct DoctorArguments {
    /// JSON on stdout, nothing else there
    #[arg(long)]
    pub json: bool,
    /// Look at a node of a [clusters.NAME] of the settings, by one short job
    #[arg(long, value_name = "NAME", conflicts_with = "self_test")]
    pub on: Option<String>,
    /// What that job runs
    #[arg(long, value_name = "DIR", hide = true, conflicts_with_all = ["on", "self_test"])]
    pub node: Option<PathBuf>,
    /// Try to fool the harness, and see whether its intervals hold: exploits, honest code, identical code, known slowdowns
    #[arg(long)]
    pub self_test: bool,
    /// The self-test with few repetitions
    #[arg(long, requires = "self_test")]
    pub quick: bool,
    /// The self-test while other work uses every core: nothing may be credited then either
    #[arg(long, requires = "self_test")]
    pub busy: bool,
    /// Only the exploits and honest files whose name has this, or one of these, in it; forbidden-calls: the system calls
    #[arg(long, requires = "self_test", value_name = "PART[,PART]")]
    pub only: Option<String>,
}

/// Arguments of `export`.
#[derive(Debug, Clone, Args)]
pub(super) struct ExportArguments {
    /// The run's id, the beginning of it, or latest
    pub id: String,
    /// Instead of the facts, write what was submitted on code generation tasks, in the form that EvalPlus evaluates
    #[arg(long, value_name = "FILE")]
    pub samples: Option<PathBuf>,
}

/// Names a stored run.
#[derive(Debug, Clone, Args)]
pub(super) struct Stored {
    /// The run's id, the beginning of it, or latest
    pub id: String,
}

/// Arguments of `replay`.
#[derive(Debug, Clone, Args)]
pub(super) struct ReplayArguments {
    /// The run's id, the beginning of it, or latest
    pub id: String,
    /// Play it from its beginning at this multiple of the recorded pace, 0 for no waiting. Without it the screens open at its end
    #[arg(long, value_name = "N")]
    pub speed: Option<u32>,
    /// Write it as a film instead: FILE.cast for asciinema, or FILE.svg, an animated picture
    #[arg(long, value_name = "FILE", conflicts_with = "headless")]
    pub film: Option<PathBuf>,
    /// Cells of the film
    #[arg(long, value_name = "COLUMNSxROWS", default_value = "120x32", requires = "film", value_parser = film_size)]
    pub film_size: (u16, u16),
    /// Plain lines instead of the terminal UI
    #[arg(long)]
    pub headless: bool,
}

/// Reads `120x32`.
fn film_size(text: &str) -> Result<(u16, u16), String> {
    let sides = text.split_once('x');
    let sides = sides.and_then(|(w, h)| Some((w.parse().ok()?, h.parse().ok()?)));
    match sides {
        Some((width @ 60..=250, height @ 18..=80)) => Ok((width, height)),
        _ => Err("write it like 120x32: 60 to 250 columns, 18 to 80 rows".to_owned()),
    }
}

impl ReplayArguments {
    /// The form of the film that is wanted, by its file's name.
    pub(super) fn film_form(
        &self,
    ) -> Option<(&std::path::Path, Option<crate::tui::film::FilmFormat>)> {
        use crate::tui::film::FilmFormat;
        let file = self.film.as_deref()?;
        let form = match file.extension().and_then(std::ffi::OsStr::to_str) {
            Some("cast") => Some(FilmFormat::Cast),
            Some("svg") => Some(FilmFormat::Svg),
            _ => None,
        };
        Some((file, form))
    }
}

/// Arguments of `watch`.
#[derive(Debug, Clone, Args)]
pub(super) struct WatchArguments {
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

/// Arguments of `ingest`.
#[derive(Debug, Clone, Args)]
pub(super) struct IngestArguments {
    /// Folder of a comparison
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
}

/// Arguments of `report`.
#[derive(Debug, Clone, Args)]
pub(super) struct ReportArguments {
    /// The ids of runs or of a comparison, the beginning of them, or latest
    #[arg(value_name = "RUN", required = true)]
    pub ids: Vec<String>,
    /// Form of the report
    #[arg(long, value_enum, default_value_t = ReportForm::Md)]
    pub format: ReportForm,
    /// Write it to this file instead of standard output
    #[arg(long, value_name = "FILE")]
    pub out: Option<std::path::PathBuf>,
    /// Also write the plots as SVG files into this folder
    #[arg(long, value_name = "DIR")]
    pub plots: Option<std::path::PathBuf>,
}

/// Forms of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum ReportForm {
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
    fn the_bank_is_listed_without_a_word_more() {
        assert!(typed("lessonl lessons").is_ok());
        assert!(typed("lessonl help measuring").is_ok());
        assert!(typed("lessonl config --keys --json").is_ok());
        assert!(typed("lessonl completions zsh").is_ok());
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
            (2, Some(Mode::Omp), Some(LessonGate::Review))
        );
        assert!(typed("lessonl doctor --quick").is_err());
        assert!(typed("lessonl compare --resume x --repeats 2").is_err());
        assert!(typed("lessonl run a --holdout 1").is_err());
        assert!(typed("lessonl compare a --dry-run").is_err());
        assert!(typed("lessonl compare a --slices 3").is_err());
        assert!(typed("lessonl compare a --on x --slices 3 --out d").is_err());
        assert!(typed("lessonl run a --on x --gate review").is_err());
        assert!(typed("lessonl work d --slice 4/3").is_err());
        for line in [
            "lessonl eval p f.cpp --mode omp --json",
            "lessonl eval p f.cpp --scale 2 --sizes upstream",
            "lessonl run p --scale 0.5 --sizes upstream",
            "lessonl run p --strategy lessonl-plus --until 5x",
            "lessonl run p --until ceiling",
            "lessonl problems --json",
            "lessonl problems check DIR --yes --json",
            "lessonl hot --tool callgrind --limit 5 --json -- ./a.out -x",
            "lessonl init a.cpp --function ns::f --signature double --instantiate T=int --out d --force -- -Iinc -DX",
            "lessonl problems pareval/fft --headroom --mode both --json",
            "lessonl import pareval DIR --out d --as-released --json",
            "lessonl runs --json",
            "lessonl doctor --json",
            "lessonl doctor --self-test --quick --json",
            "lessonl replay ID --speed 4 --headless",
            "lessonl watch",
            "lessonl watch ID --json",
            "lessonl export ID --data-dir d",
            "lessonl report ID --format json",
            "lessonl --theme dark --ascii",
            "lessonl run a --holdout 0.25 --bank category",
            "lessonl compare a b --strategies lessonl,single --repeats 2 --budget-asks 24 --headless",
            "lessonl compare --resume latest --json",
            "lessonl runs --cells",
            "lessonl run a --id nightly",
            "lessonl run a --on ice --dry-run",
            "lessonl compare a --id weekly --cells 4",
            "lessonl compare a --on ice --dry-run",
            "lessonl compare a --slices 40 --out plan",
            "lessonl work plan --slice 7/40 --cells 2",
            "lessonl ingest plan",
            "lessonl stop ID --now",
            "lessonl doctor --on ice --json",
            "lessonl import runs a.db b.jsonl --json",
            "lessonl lessons list --standing staged --json",
            "lessonl lessons accept 0f 1f",
            "lessonl lessons merge 0f 1f",
        ] {
            assert!(typed(line).is_ok(), "{line}");
        }
    }
}

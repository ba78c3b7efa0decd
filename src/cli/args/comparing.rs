//! Arguments of `compare`, as typed. Cross-checks that clap cannot state are made by `resolve`.

use std::path::PathBuf;

use clap::Args;

use super::super::{budget, measuring};
use crate::domain::carried::BankScope;
use crate::domain::problem::Mode;
use crate::domain::spec::{Preset, StrategyKind};
use crate::domain::units::{Cost, Nanos, Tokens};

/// Arguments of `compare`.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct CompareArguments {
    /// A problem id, a glob over ids (pareval/*), a suite (pareval), or a path to a problem folder
    #[arg(value_name = "TARGET", required_unless_present = "resume")]
    pub targets: Vec<String>,
    /// Strategies, the first is what the others are compared with
    /// [default: lessonl,single,best-of,cot,reflexion,mapcoder,moa]
    #[arg(long, value_name = "A,B,C", value_delimiter = ',')]
    pub strategies: Vec<StrategyKind>,
    /// Repeats of every problem with every strategy
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..=100))]
    pub repeats: u16,
    /// corrected, or paper to the letter [default: corrected]
    #[arg(long, value_name = "NAME")]
    pub preset: Option<Preset>,
    /// serial or omp [default: serial]
    #[arg(long)]
    pub mode: Option<Mode>,
    /// Rounds of lessonl, attempts, plans or layers of every strategy [default: each one's own]. best-of and lessonl-plus have
    /// twice as many, of one ask per agent
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=100))]
    pub rounds: Option<u16>,
    /// Lessons per prompt [default: 4]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(0..=100))]
    pub lessons: Option<u16>,
    /// Team from a TOML file
    #[arg(long, value_name = "FILE", conflicts_with = "agent")]
    pub agents: Option<PathBuf>,
    /// One agent at an OpenAI-compatible server, as for run; may be repeated
    #[arg(long, value_name = "NAME=MODEL@URL")]
    pub agent: Vec<String>,
    /// Seed of everything that is drawn [default: drawn]
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Wall time of every cell (a strategy on a problem, once), like 90s or 10m
    #[arg(long, value_name = "TIME", value_parser = budget::parse)]
    pub budget_time: Option<Nanos>,
    /// Asks of every cell [default: as many as lessonl puts at most]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub budget_asks: Option<u32>,
    /// Tokens of every cell, read and written, like 50000, 200k or 1.5M
    #[arg(long, value_name = "N", value_parser = budget::tokens)]
    pub budget_tokens: Option<Tokens>,
    /// US dollars of every cell, like 0.50. Every model needs a price
    #[arg(long, value_name = "USD", value_parser = budget::cost)]
    pub budget_cost: Option<Cost>,
    /// US dollars of all cells together, on all machines, like 40. With --resume it can be raised
    #[arg(long, value_name = "USD", value_parser = budget::cost)]
    pub budget_total: Option<Cost>,
    /// Chance with which a prompt leaves out each selected lesson: measures what lessons are worth [default: 0]
    #[arg(long, value_name = "P", value_parser = measuring::chance)]
    pub holdout: Option<f64>,
    /// Lessons of other runs that every cell may draw on: fresh (none), category or all accepted ones [default: fresh]
    #[arg(long, value_name = "WHICH")]
    pub bank: Option<BankScope>,
    /// Send the code of these problems to the team's servers without asking
    #[arg(long)]
    pub yes: bool,
    /// A line per finished cell only, no line that moves
    #[arg(long)]
    pub headless: bool,
    /// The result as one JSON object on stdout, nothing else there
    #[arg(long)]
    pub json: bool,
    /// Go on with a comparison that was cut off: its id, the beginning of it, or latest
    #[arg(long, value_name = "ID", conflicts_with_all = ["targets", "strategies", "repeats", "preset", "mode", "rounds", "lessons", "agents", "agent", "seed", "budget_time", "budget_asks", "budget_tokens", "budget_cost", "holdout", "bank"])]
    pub resume: Option<String>,
    /// Cells in flight on this machine at a time; timing stays one at a time [default: 1]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=64))]
    pub cells: Option<u16>,
    /// Give the comparison to the machines of a [clusters.NAME] of the settings, and return
    #[arg(long, value_name = "NAME", conflicts_with_all = ["slices", "resume"])]
    pub on: Option<String>,
    /// With --on: print the script, the submission, the blocks and what it may cost; submit nothing
    #[arg(long, requires = "on")]
    pub dry_run: bool,
    /// Cut the comparison into N parts for any batch system: `lessonl work DIR --slice I/N`, then `lessonl ingest DIR`
    #[arg(long, value_name = "N", requires = "out", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub slices: Option<u32>,
    /// With --slices: a new folder, which all machines see
    #[arg(long, value_name = "DIR", requires = "slices")]
    pub out: Option<PathBuf>,
    /// A name for the comparison instead of a drawn one: begins it, or goes on with the stored one of that name
    #[arg(long, value_name = "NAME", conflicts_with = "resume")]
    pub id: Option<String>,
    /// Run candidates without containment. They can then do whatever you can: read your files, use the network
    #[arg(long)]
    pub unsafe_no_sandbox: bool,
}

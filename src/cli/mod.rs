//! The command line: arguments as typed → resolved → composed → done. Nothing imports this module but `main`.
//! Exit codes: 0 done, 1 internal, 2 usage or configuration, 3 environment, 4 no agent answered,
//! 5 no improvement of the size asked for, 130 interrupted,
//! 143 terminated, 141 nobody reads our output any more.

mod able;
mod again;
mod apply;
mod applying;
mod args;
mod attach;
mod banking;
mod blocks;
mod budget;
mod canonical;
mod cell;
mod check;
mod compare;
mod compared;
mod compose;
mod config;
mod consent;
mod corpus;
mod data_set;
mod doctor;
mod doctor_on;
mod elsewhere;
mod environments;
mod errands;
mod eval;
mod export;
mod flight;
mod follow;
mod further_inputs;
pub mod gather;
mod given;
mod headroom;
mod home;
mod hot;
mod import;
mod import_runs;
mod init;
mod init_project;
mod keys;
mod languages;
mod lessons;
mod logging;
mod manual;
mod measuring;
mod merging;
mod models;
mod named;
mod offers;
mod output;
mod own_args;
mod own_place;
mod parallel;
mod plain;
mod plan;
mod probe;
mod problems;
mod project_args;
mod project_tree;
mod recheck;
mod recording;
mod remedies;
mod replay;
mod report;
mod resolve;
mod run;
mod runs;
mod samples;
mod self_test;
mod spending;
mod spooled;
mod stand_ins;
mod surroundings;
mod team;
mod templates;
mod told;
mod verify;
mod watch;
mod work;

use std::ffi::OsString;
use std::time::Duration;

use clap::{CommandFactory, Parser};

use args::{Arguments, Command, ProblemsArguments};
use compose::House;
use output::Halt;
use own_args::ProblemsAction;
use resolve::Surface;

use crate::failure::{Failure, FailureKind};

/// How long tasks that are still running may take to end when we leave.
const FAREWELL: Duration = Duration::from_secs(2);

/// Does what the arguments say. Returns the exit code.
pub fn main(arguments: Vec<OsString>) -> u8 {
    // A second installation would only mean that somebody was here before.
    let _ = color_eyre::install();
    let arguments = match Arguments::try_parse_from(init_project::renamed(arguments)) {
        Ok(arguments) => arguments,
        Err(error) => {
            let code = u8::try_from(error.exit_code()).unwrap_or(2);
            // Help into a closed pipe is nobody's loss.
            let _ = error.print();
            return code;
        }
    };
    match with_runtime(&arguments) {
        Ok(code) => code,
        Err(Halt::PipeClosed) => output::PIPE_CLOSED,
        Err(Halt::Failure(failure)) => {
            tracing::error!(%failure, "ended");
            output::note(&format!("error: {failure}"));
            failure.kind.exit_code()
        }
    }
}

fn with_runtime(arguments: &Arguments) -> Result<u8, Halt> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .worker_threads(2)
        .thread_name("engine")
        .build()
        .map_err(|error| {
            Failure::new(
                FailureKind::Environment,
                format!("cannot start threads: {error}"),
            )
            .hint("Close other programs and try again.")
        })?;
    let house = House::open(&arguments.common, runtime.handle().clone())?;
    logging::start(&house.configuration.paths.log());
    let result = dispatch(&house, arguments.command.as_ref());
    runtime.shutdown_timeout(FAREWELL);
    result
}

fn dispatch(house: &House, command: Option<&Command>) -> Result<u8, Halt> {
    match command {
        None => match resolve::surface(false, false, compose::terminal()) {
            Surface::Screens => home::home(house),
            Surface::Lines | Surface::Json => {
                output::note(&Arguments::command().render_help().to_string());
                output::note(
                    "The terminal UI needs a terminal; `lessonl run TARGET --headless` does not.",
                );
                Ok(2)
            }
        },
        Some(Command::Run(run)) => run::run(house, run),
        Some(Command::Compare(wanted)) => compare::compare(house, wanted),
        Some(Command::Eval(eval)) => eval::eval(house, eval),
        Some(Command::Hot(wanted)) => hot::hot(wanted),
        Some(Command::Init(init)) => init::init(house, init),
        Some(Command::Problems(ProblemsArguments {
            action: Some(ProblemsAction::Check(check)),
            ..
        })) => check::check(house, check),
        Some(Command::Problems(wanted)) if wanted.headroom => headroom::headroom(house, wanted),
        Some(Command::Problems(wanted)) => problems::problems(house, wanted),
        Some(Command::Import(wanted)) => import::import(house, wanted),
        Some(Command::Lessons { command }) => lessons::lessons(house, command.as_ref()),
        Some(Command::Work(wanted)) => work::work(house, wanted),
        Some(Command::Stop(wanted)) => given::stop(house, wanted),
        Some(Command::Ingest(wanted)) => spooled::ingest(house, &wanted.folder),
        Some(Command::Runs(format)) => runs::runs(house, format),
        Some(Command::Models(wanted)) => models::models(house, wanted),
        Some(Command::Doctor(wanted)) => doctor::doctor(house, wanted),
        Some(Command::Replay(replay)) => replay::replay(house, replay),
        Some(Command::Watch(watch)) => watch::watch(house, watch),
        Some(Command::Export(stored)) => export::export(house, stored),
        Some(Command::Report(report)) => report::report(house, report),
        Some(Command::InitProject(wanted)) => init_project::init(house, wanted),
        Some(Command::Apply(wanted)) => apply::apply(house, wanted),
        Some(Command::Verify(wanted)) => verify::verify(house, wanted),
        Some(Command::Config(wanted)) => config::config(house, wanted),
        Some(Command::Help { topic }) => manual::help(topic),
        Some(Command::Man { out }) => manual::man(out.as_deref()),
        Some(Command::Completions { shell }) => manual::completions(*shell),
    }
}

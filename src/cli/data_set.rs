//! `lessonl import humaneval|mbpp`: brings a published data set into the data folder, where it is found like any bundled suite.
//! Copies nothing into the project and runs nothing.

use std::path::PathBuf;

use clap::Args;

use super::compose::House;
use super::output::{self, Halt};
use crate::failure::{Failure, FailureKind};
use crate::problems::{self, dataset};

/// A data set's file.
#[derive(Debug, Clone, Args)]
pub(super) struct DataSet {
    /// JSON Lines as published, gzipped or not
    pub file: PathBuf,
    /// Name of the suite [default: humaneval or mbpp, with -plus for EvalPlus' forms]
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
}

/// Imports it. Returns the exit code.
pub(super) fn data_set(house: &House, set: dataset::Set, given: &DataSet) -> Result<u8, Halt> {
    let contents = dataset::read(set, &given.file).map_err(Failure::from)?;
    let left_out = contents.errors.len();
    for error in contents.errors {
        output::note(&format!("left out: {}", Failure::from(error)));
    }
    let tasks = contents.tasks;
    if tasks.is_empty() {
        let text = format!("{}: no line of it can be used", given.file.display());
        return Err(Failure::new(FailureKind::Usage, text)
            .hint("Nothing was imported. See above what is wrong with its lines.")
            .into());
    }
    let plus = tasks.iter().all(|task| !task.inputs.is_empty());
    let usual = format!("{}{}", set.word(), if plus { "-plus" } else { "" });
    let name = given.name.clone().unwrap_or(usual);
    let root = house.configuration.paths.imported();
    let home = problems::write_suite(&root, &name, &tasks).map_err(Failure::from)?;
    let others = match left_out {
        0 => String::new(),
        n => format!(", {n} left out"),
    };
    output::line(&format!(
        "{} tasks{others} in {}\nSee them: lessonl problems. Check them: lessonl eval {name} --canonical",
        tasks.len(),
        home.display()
    ))?;
    Ok(0)
}

//! A person's own code leaves this machine only with a yes: which problems would go to which servers, whether that was
//! agreed to, and asking. Bundled and imported problems are public and need none. Never sends anything.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, Write as _};
use std::path::{Path, PathBuf};

use super::args::RunArguments;
use super::compose::{House, terminal};
use super::output;
use crate::agents::llm::discover;
use crate::config::layers;
use crate::domain::spec::{RelevanceKind, RunSpec};
use crate::failure::{Failure, FailureKind};

/// Folders of problems, each with the servers that its code may go to.
type Agreed = BTreeMap<PathBuf, BTreeSet<String>>;

/// What would leave this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Leaving {
    /// Folders of the problems, with their ids.
    problems: BTreeMap<PathBuf, String>,
    /// Addresses of the servers.
    servers: BTreeSet<String>,
    /// Why these.
    reason: String,
}

impl Leaving {
    /// What it is and where it goes, in words.
    pub(super) fn words(&self) -> String {
        let names: Vec<&str> = self.problems.values().map(String::as_str).collect();
        let servers: Vec<&str> = self.servers.iter().map(String::as_str).collect();
        format!(
            "the code of {} would be sent to {}, which is not this machine (the team: {})",
            names.join(", "),
            servers.join(" and "),
            self.reason
        )
    }

    /// The same as something that has to be agreed to first.
    pub(super) fn refused(&self) -> Failure {
        Failure::new(FailureKind::Usage, self.words())
    }
}

/// What of a run would leave this machine without having been agreed to; `None`: nothing.
pub(super) fn missing(house: &House, spec: &RunSpec) -> Option<Leaving> {
    if spec
        .replay
        .as_ref()
        .is_some_and(|replay| !replay.ask_missing)
    {
        return None;
    }
    let mut servers: BTreeSet<String> = spec
        .team
        .iter()
        .flat_map(|agent| agent.kind.servers())
        .filter_map(|(base_url, ..)| discover::elsewhere(base_url))
        .collect();
    if let RelevanceKind::Endpoint { base_url, .. } = &spec.relevance {
        servers.extend(discover::elsewhere(base_url));
    }
    let paths = &house.configuration.paths;
    let public = [
        crate::problems::bundled_root(&paths.data).ok(),
        Some(paths.imported()),
    ];
    let is_public = |folder: &Path| {
        let mut roots = public.iter().flatten();
        roots.any(|root| folder.starts_with(root))
    };
    let agreed = read(house);
    let problems: BTreeMap<PathBuf, String> = spec
        .units
        .iter()
        .map(|unit| (whole(&unit.path), unit.problem.to_string()))
        .filter(|(folder, _)| !is_public(folder))
        .filter(|(folder, _)| {
            let known = agreed.get(folder);
            known.is_none_or(|known| !servers.is_subset(known))
        })
        .collect();
    (!problems.is_empty() && !servers.is_empty()).then(|| Leaving {
        problems,
        servers,
        reason: spec.team_reason.clone(),
    })
}

/// Sees to it that whatever leaves this machine was agreed to: by the command line, by what is remembered, or by asking
/// where a person is at the keyboard.
///
/// # Errors
/// If it was not.
pub(super) fn check(house: &House, spec: &RunSpec, run: &RunArguments) -> Result<(), Failure> {
    let Some(leaving) = missing(house, spec) else {
        return Ok(());
    };
    if run.yes || !run.agent.is_empty() || run.agents.is_some() {
        output::note(&format!("By your wish {}.", leaving.words()));
        return remember(house, &leaving);
    }
    if !terminal().interactive {
        return Err(leaving.refused().hint(
            "Nobody is here to agree: name the team with --agent or --agents, or add --yes.",
        ));
    }
    let mut error = std::io::stderr().lock();
    let asked = write!(error, "Is it all right that {}? [y/N] ", leaving.words());
    let mut said = String::new();
    let heard = std::io::stdin().lock().read_line(&mut said);
    drop(error);
    match (asked.and(heard), said.trim()) {
        (Ok(_), "y" | "Y" | "yes" | "Yes") => remember(house, &leaving),
        _ => Err(leaving
            .refused()
            .hint("Nothing was sent. Name a server of your own with --agent, or say yes.")),
    }
}

fn file(house: &House) -> PathBuf {
    house.configuration.paths.state.join("agreed.json")
}

fn read(house: &House) -> Agreed {
    let text = layers::read(&file(house)).unwrap_or_default();
    serde_json::from_str(&text).unwrap_or_default()
}

/// Remembers what was agreed to, for these folders.
///
/// # Errors
/// If it cannot be written.
pub(super) fn remember(house: &House, leaving: &Leaving) -> Result<(), Failure> {
    let mut agreed = read(house);
    for folder in leaving.problems.keys() {
        let servers = agreed.entry(folder.clone()).or_default();
        servers.extend(leaving.servers.iter().cloned());
    }
    let file = file(house);
    let failed = |what: String| {
        Failure::new(
            FailureKind::Environment,
            format!("{} cannot be written: {what}", file.display()),
        )
        .hint("What was agreed to is remembered there; make room or correct its permissions.")
    };
    let text = serde_json::to_string_pretty(&agreed).map_err(|e| failed(e.to_string()))?;
    let folder = file.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)
        .and_then(|()| std::fs::write(&file, text))
        .map_err(|error| failed(error.to_string()))
}

/// A path without links, as far as it exists.
fn whole(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

//! The one place that wires: configuration, catalogue, team, harness, engine, store. Knows every room and decides nothing.

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;

use super::args::{Common, RunArguments};
use super::resolve::{self, Terminal, Wish};
use super::{attach, named, probe, team};
use crate::agents::llm::RetryPolicy;
use crate::agents::{Among, Team};
use crate::config::layers::{self, Configuration, Flags};
use crate::config::{Origin, agents};
use crate::domain::command::Command;
use crate::domain::event::{Ending, Envelope, Event};
use crate::domain::id::RunId;
use crate::domain::meter::Budget;
use crate::domain::problem::{Kind, Problem};
use crate::domain::run::Run;
use crate::domain::spec::{RunSpec, StrategyKind};
use crate::domain::units::{Cost, Nanos};
use crate::engine::handle::Session;
use crate::engine::{self, Asking, May, MayAsk, Running};
use crate::failure::{Failure, FailureKind};
use crate::harness::{self, Harness};
use crate::problems::{self, Catalogue, ProblemError};
use crate::store::archive::Archive;
use crate::store::spool::purse::Purse;
use crate::store::spool::{self, Attempt};
use crate::store::{self, Claim, Kept};
use crate::tui::TeamChoice;

/// Whether candidates are contained.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Containment {
    /// They are, or nothing is run.
    Required,
    /// They are not, by explicit wish.
    Waived,
}

impl Containment {
    /// From the flag.
    pub(super) fn from_flag(waived: bool) -> Self {
        if waived { Self::Waived } else { Self::Required }
    }
}

/// What every command starts from.
#[derive(Debug, Clone)]
pub(super) struct House {
    /// Settings and folders.
    pub configuration: Configuration,
    /// Flags that all commands take.
    pub common: Common,
    /// The runtime everything asynchronous lives on.
    pub handle: Handle,
    /// The prompt templates of a plan, in place of the person's own.
    pub prompts: Option<Arc<BTreeMap<String, String>>>,
    /// Among how many runs at a time the limits of servers are divided.
    pub among: Among,
}

/// An environment variable; empty or not UTF-8 counts as unset.
pub(super) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|text| !text.is_empty())
}

/// What the terminal can do.
pub(super) fn terminal() -> Terminal {
    let linear = variable("TERM").is_some_and(|term| term == "dumb")
        || variable("ACCESSIBLE").is_some_and(|wish| wish != "0");
    Terminal {
        interactive: std::io::stdin().is_terminal() && std::io::stdout().is_terminal(),
        linear,
    }
}

/// A run about to begin, or to go on.
pub(super) struct Beginning {
    /// Its id.
    pub run: RunId,
    /// What it is.
    pub spec: RunSpec,
    /// The problems of its units.
    pub problems: Vec<Arc<Problem>>,
    /// Whether candidates are measured anew whose verdict is kept.
    pub fresh: bool,
    /// Its facts so far.
    pub record: Vec<Envelope>,
    /// For going on: the budget from now on; `None`: as it was.
    pub budget: Option<Budget>,
    /// How long nobody may be answered before it is cut off.
    pub patience: Nanos,
    /// The right to append to it, where that is a matter of this machine.
    pub(super) claim: Option<Claim>,
}

/// Where a run's facts are kept.
#[derive(Clone)]
pub(super) enum Keep {
    /// In the database, and shown to other terminals of this machine.
    Store,
    /// The same, and its questions are paid from what all runs of a comparison share.
    Purse(Arc<Purse>),
    /// In the fact file of an attempt on a block.
    Spool(Arc<Attempt>),
}

/// A run under way.
pub(super) struct Live {
    /// Events and commands.
    pub session: Session,
    /// Ends when the run has and its facts are stored; `None` if the engine died.
    pub ended: JoinHandle<Option<Kept>>,
}

/// Fails where facts of a run are missing: what follows would read less than there was.
pub(super) fn whole(kept: Kept, of: &str, again: &str) -> Result<(), Failure> {
    match kept {
        Kept::Whole => Ok(()),
        Kept::Partly => Err(Failure::new(
            FailureKind::Internal,
            format!("not all of {of} could be stored"),
        )
        .hint(format!("Make room, then have the rest made again: {again}"))),
        Kept::Taken => Err(Failure::new(
            FailureKind::Environment,
            format!("another process has written facts of its own as {of}"),
        )
        .hint("Begin again: a new run gets a name of its own. Do not let two machines write one data folder whose locks only one of them sees; `lessonl import runs` brings several together.")),
    }
}

impl House {
    /// Reads the configuration.
    pub(super) fn open(common: &Common, handle: Handle) -> Result<Self, Failure> {
        let flags = Flags {
            config: common.config.clone(),
            data_dir: common.data_dir.clone(),
        };
        let cwd = std::env::current_dir().map_err(|error| {
            Failure::new(
                FailureKind::Environment,
                format!("there is no current folder: {error}"),
            )
            .hint("Change to a folder that exists.")
        })?;
        Ok(Self {
            configuration: layers::load(&flags, &cwd, &variable)?,
            common: common.clone(),
            handle,
            prompts: None,
            among: Among::default(),
        })
    }

    /// The stored runs.
    pub(super) fn archive(&self) -> Archive {
        Archive::new(&self.database())
    }

    /// The database of runs.
    pub(super) fn database(&self) -> PathBuf {
        self.configuration.paths.database()
    }

    /// The id of the stored run that `text` names.
    pub(super) fn find(&self, text: &str) -> Result<RunId, Failure> {
        self.archive().find(text).map_err(|error| {
            // a stored run that does not exist is a mistake in the arguments, not of the environment
            Failure::hinted(FailureKind::Usage, error.what, error.hint)
        })
    }

    /// All problems that can be found.
    pub(super) fn catalogue(&self) -> Catalogue {
        let mut roots = Vec::new();
        let mut unbundled: Option<ProblemError> = None;
        match problems::bundled_root(&self.configuration.paths.data) {
            Ok(root) => roots.push(root),
            Err(error) => unbundled = Some(error),
        }
        let imported = self.configuration.paths.imported();
        if imported.is_dir() {
            roots.push(imported);
        }
        let own = &self.configuration.settings.benchmarks;
        roots.extend(own.iter().map(|root| root.value.clone()));
        let mut catalogue = Catalogue::load(&roots);
        catalogue.errors.extend(unbundled);
        catalogue
    }

    /// The compiler and the cage.
    pub(super) fn harness(&self, containment: Containment) -> Result<Harness, Failure> {
        let harness = self.cage(containment)?;
        harness.compiles()?;
        Ok(harness)
    }

    /// The same for these problems: what is no C++ function needs no compiler.
    pub(super) fn harness_for<'a>(
        &self,
        containment: Containment,
        mut problems: impl Iterator<Item = &'a Arc<Problem>>,
    ) -> Result<Harness, Failure> {
        if problems.any(|problem| problem.kind == Kind::Function) {
            return self.harness(containment);
        }
        self.cage(containment)
    }

    /// The cage, with the compiler if there is one.
    pub(super) fn cage(&self, containment: Containment) -> Result<Harness, Failure> {
        let compiler = self.configuration.settings.compiler.as_ref();
        self.cage_with(containment, compiler.map(|c| c.value.clone()))
    }

    /// The same with the compiler that is named, if one is.
    pub(super) fn cage_with(
        &self,
        containment: Containment,
        compiler: Option<String>,
    ) -> Result<Harness, Failure> {
        Ok(Harness::open(harness::HarnessSettings {
            compiler,
            runner: None,
            unsafe_no_sandbox: containment == Containment::Waived,
            cache: Some(self.configuration.paths.cache.clone()),
            timing_lock: Some(self.configuration.paths.timing_lock()),
        })?)
    }

    /// The teams to choose from, the default first. Blocks for a second at most.
    pub(super) fn teams(&self, run: &RunArguments) -> Result<Vec<TeamChoice>, Failure> {
        if let Some(file) = &run.agents {
            let text = layers::read(file).map_err(|error| team::unreadable(file, &error))?;
            let named = agents::parse(
                Origin::Named(file.clone()),
                &text,
                &self.configuration.settings.providers,
            )?;
            return Ok(vec![team::from_configuration(&named)]);
        }
        if !run.agent.is_empty() {
            return Ok(vec![team::from_flags(&run.agent, &variable)?]);
        }
        let mut teams = Vec::new();
        if let Some(configured) = &self.configuration.settings.agents {
            teams.push(team::from_configuration(configured));
        }
        let host = variable("OLLAMA_HOST");
        let ollama = self.handle.block_on(probe::ollama(host.as_deref()));
        teams.extend(team::found(&ollama, &variable));
        Ok(teams)
    }

    /// The team that a strategy works with: the chosen one, or the installed compilers for the one that asks nobody.
    pub(super) fn team_for(
        &self,
        strategy: StrategyKind,
        chosen: &TeamChoice,
    ) -> Result<TeamChoice, Failure> {
        match strategy {
            StrategyKind::Compiler => team::compilers(&harness::installed_compilers()),
            _ => Ok(chosen.clone()),
        }
    }

    /// Makes a new run ready.
    pub(super) fn new_run(&self, wish: &Wish, team: &TeamChoice) -> Result<Beginning, Failure> {
        let (spec, problems) = self.planned(wish, team)?;
        let (run, claim) = self.new_name(wish.run.id.as_deref())?;
        Ok(Beginning {
            claim: Some(claim),
            run,
            spec,
            problems,
            record: Vec::new(),
            fresh: false,
            budget: None,
            patience: self.patience(&wish.run),
        })
    }

    /// The name of a new run: the one that is wished for, else one that nobody has.
    fn new_name(&self, wished: Option<&str>) -> Result<(RunId, Claim), Failure> {
        loop {
            let run = match wished {
                Some(name) => named::run(name)?,
                None => mint()?,
            };
            let claim = store::claim(&self.database(), &run)?;
            if wished.is_some() || !self.archive().has(&run)? {
                return Ok((run, claim));
            }
        }
    }

    /// Makes a stored run ready to go on with what is left of its budget.
    pub(super) fn stored_run(&self, id: &RunId) -> Result<Beginning, Failure> {
        self.stored_run_with(id, &RunArguments::default())
    }

    /// The same with the budgets that `wanted` names.
    pub(super) fn stored_run_with(
        &self,
        id: &RunId,
        wanted: &RunArguments,
    ) -> Result<Beginning, Failure> {
        // Claimed before its facts are read, so that nobody appends in between.
        let claim = store::claim(&self.database(), id)?;
        let record = self.archive().facts(id)?;
        let run = Run::fold(&record).ok_or_else(|| {
            Failure::new(
                FailureKind::Usage,
                format!("run {id} does not begin with its start"),
            )
            .hint("Start a new run.")
        })?;
        let budget = resolve::budget_again(&run, wanted)?;
        if run.ending == Some(Ending::Done) && !resolve::has_more_to_do(&run, budget) {
            return Err(
                Failure::new(FailureKind::Usage, format!("run {id} is finished already")).hint(
                    format!("`lessonl report {id}` or `lessonl replay {id}` shows it."),
                ),
            );
        }
        if run
            .spec
            .replay
            .as_ref()
            .is_none_or(|replay| replay.ask_missing)
        {
            team::check_keys(&run.spec.team, &variable)?;
        }
        let mut problems = Vec::new();
        for unit in &run.spec.units {
            problems.push(Arc::new(self.same_problem(unit, run.spec.sizing)?));
        }
        Ok(Beginning {
            run: id.clone(),
            fresh: false,
            spec: run.spec,
            problems,
            record,
            budget,
            patience: self.patience(wanted),
            claim: Some(claim),
        })
    }

    /// Makes a new run of what a stored run ran ready, with every candidate measured afresh and another seed.
    pub(super) fn again(&self, id: &RunId) -> Result<Beginning, Failure> {
        let record = self.archive().facts(id)?;
        let before = Run::fold(&record).ok_or_else(|| {
            Failure::new(
                FailureKind::Usage,
                format!("run {id} does not begin with its start"),
            )
            .hint("Start a new run.")
        })?;
        let mut spec = before.spec;
        spec.seed = fastrand::u64(..);
        // Its answers came from a recording; this time everybody is asked.
        spec.replay = None;
        spec.cell = None;
        team::check_keys(&spec.team, &variable)?;
        let mut problems = Vec::new();
        for unit in &spec.units {
            problems.push(Arc::new(self.same_problem(unit, spec.sizing)?));
        }
        let (run, claim) = self.new_name(None)?;
        Ok(Beginning {
            claim: Some(claim),
            run,
            spec,
            problems,
            fresh: true,
            record: Vec::new(),
            budget: None,
            patience: self.patience(&RunArguments::default()),
        })
    }

    /// Starts it: the store hears every event first and hands it on. With `tell_record` the listener hears the known facts, too.
    pub(super) fn begin(
        &self,
        beginning: Beginning,
        containment: Containment,
        trouble: UnboundedSender<String>,
        tell_record: bool,
    ) -> Result<Live, Failure> {
        let harness = self.harness_for(containment, beginning.problems.iter())?;
        self.begin_with(beginning, harness, Keep::Store, trouble, tell_record)
    }

    /// The same with a harness that is open already, and facts kept where `keep` says.
    pub(super) fn begin_with(
        &self,
        beginning: Beginning,
        harness: Harness,
        keep: Keep,
        trouble: UnboundedSender<String>,
        tell_record: bool,
    ) -> Result<Live, Failure> {
        if beginning.fresh {
            harness.measure_afresh();
        }
        if let Some(before) = Run::fold(&beginning.record).map(|run| run.toolchain)
            && before != harness.toolchain()
        {
            // The caller holds the receiver or does not care.
            let _ = trouble.send(format!(
                "The run began with {} and goes on with {}: figures from before and after are not comparable.",
                before.version,
                harness.toolchain().version
            ));
        }
        let patience = RetryPolicy::of_run(Duration::from_nanos(beginning.patience.0));
        let around = self.surroundings(&beginning.spec)?;
        let team = Team::assemble_with(&beginning.spec.team, around, patience)?;
        let (to_store, stored) = unbounded_channel();
        let (to_listener, events) = unbounded_channel();
        let (to_watchers, watched) = unbounded_channel();
        if tell_record {
            for envelope in &beginning.record {
                // The receiver is in our hands, so it hears.
                let _ = to_listener.send(Event::Fact(Box::new(envelope.clone())));
            }
        }
        let (tell_lost, lost) = tokio::sync::oneshot::channel();
        // A run that has ended by then needs no stopping.
        let give_up = move || {
            let _ = tell_lost.send(());
        };
        let onward = Some(to_watchers);
        let writer = match &keep {
            Keep::Store | Keep::Purse(_) => {
                store::spawn_writer(&self.database(), stored, onward, trouble, give_up)?
            }
            Keep::Spool(attempt) => {
                spool::spawn_writer(Arc::clone(attempt), stored, onward, trouble, give_up)?
            }
        };
        let _on_runtime = self.handle.enter();
        let door = match &keep {
            Keep::Store | Keep::Purse(_) => attach::Door::open(&self.database(), &beginning.run)
                .inspect_err(|error| tracing::warn!(%error, "watchers have to read the store"))
                .ok(),
            Keep::Spool(_) => None,
        };
        let may_ask = who_pays(keep, &beginning);
        let claim = beginning.claim;
        let running = start(
            Started {
                run: beginning.run,
                spec: beginning.spec,
                problems: beginning.problems,
                record: beginning.record,
                budget: beginning.budget,
                patience: beginning.patience,
                may_ask,
            },
            team,
            harness,
            vec![to_store],
        );
        let commands = running.commands.clone();
        let stop = commands.clone();
        self.handle.spawn(async move {
            // What cannot be recorded any more must not be paid for.
            if lost.await.is_ok() {
                let _ = stop.send(Command::Cancel);
            }
        });
        let serving = attach::serve(watched, to_listener, door, commands.clone());
        let served = self.handle.spawn(serving);
        let ended = self.handle.spawn(async move {
            let ending = running.done.await.ok();
            let written = tokio::task::spawn_blocking(move || writer.join()).await;
            let recorded = written.ok().and_then(Result::ok);
            if recorded.is_none() {
                tracing::error!("the store's thread died");
            }
            // Ends with the events; the socket goes before the claim does.
            let _ = served.await;
            drop(claim);
            ending.map(|_| recorded.unwrap_or(Kept::Partly))
        });
        Ok(Live {
            session: Session {
                events,
                commands,
                record: Arc::default(),
            },
            ended,
        })
    }
}

/// Whether a question may be put, by what its run is kept in. What the run spent before it was begun here is paid already.
fn who_pays(keep: Keep, beginning: &Beginning) -> Option<MayAsk> {
    let run = beginning.run.clone();
    let paid = Run::fold(&beginning.record).map_or(Cost(0), |run| run.spent.cost);
    let most = move |asking: Asking| {
        let mut most = asking.spent.less(paid);
        most += asking.under_way;
        most += asking.at_most;
        most
    };
    let covered = |covered: bool| if covered { May::Ask } else { May::Wait };
    match keep {
        Keep::Store => None,
        Keep::Purse(purse) => Some(Arc::new(move |asking| {
            covered(purse.covers(&run, most(asking)))
        })),
        Keep::Spool(attempt) => Some(Arc::new(move |asking| match attempt.may_ask() {
            true => covered(attempt.affords(&run, most(asking))),
            false => May::Stop,
        })),
    }
}

/// What the engine is started with besides its rooms.
struct Started {
    run: RunId,
    spec: RunSpec,
    problems: Vec<Arc<Problem>>,
    record: Vec<Envelope>,
    budget: Option<Budget>,
    patience: Nanos,
    may_ask: Option<MayAsk>,
}

/// The only place that knows what the engine wants to be given.
fn start(
    started: Started,
    team: Team,
    harness: Harness,
    listeners: Vec<UnboundedSender<Event>>,
) -> Running {
    engine::start(engine::Setup {
        run: started.run,
        spec: started.spec,
        problems: started.problems,
        answers: team.into(),
        evaluator: harness.into(),
        record: started.record,
        budget: started.budget,
        patience: started.patience,
        may_ask: started.may_ask,
        listeners,
    })
}

/// The texts of a folder's files with this extension, by name without it. An absent folder holds none.
pub(super) fn texts_in(folder: &Path, extension: &str) -> BTreeMap<String, String> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return BTreeMap::new();
    };
    entries
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|e| e == extension))
        .filter_map(|path| {
            let name = path.file_stem()?.to_str()?.to_owned();
            Some((name, layers::read(&path).ok()?))
        })
        .collect()
}

/// A new run's id: start time (UTC) and 64 random bits of the system, so that thousands may start within a second.
pub(super) fn mint() -> Result<RunId, Failure> {
    let now = time::OffsetDateTime::now_utc();
    let id = format!(
        "{:04}{:02}{:02}-{:02}{:02}{:02}-{:016x}",
        now.year(),
        u8::from(now.month()),
        now.day(),
        now.hour(),
        now.minute(),
        now.second(),
        drawn()
    );
    RunId::new(id).map_err(|error| {
        Failure::new(
            FailureKind::Environment,
            format!("the clock gives no usable time: {error}"),
        )
        .hint("Set the machine's clock.")
    })
}

/// 64 bits that no other process draws: the standard library keys its hashers with the system's randomness.
fn drawn() -> u64 {
    use std::hash::{BuildHasher as _, Hasher as _};
    std::hash::RandomState::new().build_hasher().finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thousand_runs_of_one_second_have_a_thousand_ids() {
        let ids: std::collections::BTreeSet<RunId> = (0..1000).map(|_| mint().unwrap()).collect();
        assert_eq!(ids.len(), 1000);
        let threads: Vec<_> = (0..8)
            .map(|_| std::thread::spawn(|| (0..100).map(|_| drawn()).collect::<Vec<_>>()))
            .collect();
        let drawn: Vec<u64> = threads
            .into_iter()
            .flat_map(|t| t.join().unwrap())
            .collect();
        let different: std::collections::BTreeSet<&u64> = drawn.iter().collect();
        assert_eq!(different.len(), 800);
    }
}

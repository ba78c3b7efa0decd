//! What a run or a comparison will be before it begins: its problems, its specification, the names it goes by.
//! A part of `compose` in a file of its own; never starts anything.

use std::sync::Arc;

use super::args::RunArguments;
use super::compose::{Beginning, House, mint, variable};
use super::resolve::{self, Wish};
use super::{gather, recording, team};
use crate::domain::comparison::ComparisonId;
use crate::domain::enough::Until;
use crate::domain::event::Envelope;
use crate::domain::id::RunId;
use crate::domain::problem::{Mode, Problem};
use crate::domain::sizing::Sizing;
use crate::domain::spec::{RunSpec, UnitSpec};
use crate::domain::units::Nanos;
use crate::failure::{Failure, FailureKind};
use crate::problems;
use crate::store::{self, Claim, headroom};
use crate::tui::TeamChoice;

impl House {
    /// Whether there is a stored run of exactly this id.
    pub(super) fn has_run(&self, id: &RunId) -> Result<bool, Failure> {
        Ok(self.archive().has(id)?)
    }

    /// The facts of a stored run.
    pub(super) fn facts(&self, id: &RunId) -> Result<Vec<Envelope>, Failure> {
        Ok(self.archive().facts(id)?)
    }

    /// The specification of what is wished for, and its problems.
    pub(super) fn planned(
        &self,
        wish: &Wish,
        team: &TeamChoice,
    ) -> Result<(RunSpec, Vec<Arc<Problem>>), Failure> {
        let team = &self.team_for(wish.run.strategy.unwrap_or_default(), team)?;
        if recording::wanted(&wish.run).is_none_or(|replay| replay.ask_missing) {
            team::check_keys(&team.team, &variable)?;
        }
        let catalogue = self.catalogue();
        let mut targets = Vec::new();
        for target in &wish.run.targets {
            targets.push((target.clone(), catalogue.resolve(target)?));
        }
        let problems = resolve::having_mode(&targets, wish.run.mode.unwrap_or(Mode::Serial))?;
        super::able::able(&problems, &team.team)?;
        let sizing = wish.run.sizes.sizing();
        let problems = problems
            .iter()
            .map(|problem| problems::sized(problem, sizing))
            .collect::<Result<Vec<_>, _>>()?;
        let mut spec = resolve::spec(wish, &problems, team, &self.configuration.settings);
        self.bound(&mut spec, &problems)?;
        if spec.replay.as_ref().is_none_or(|replay| replay.ask_missing) {
            resolve::check_prices(&spec)?;
        }
        if let Some(replay) = &mut spec.replay {
            replay.from = recording::named(self, &replay.from)?;
        }
        gather::carry(&self.database(), &mut spec)?;
        Ok((spec, problems))
    }

    /// Notes how much faster each problem is known to get on this machine.
    ///
    /// # Errors
    /// If the run is to end near what is possible and that is not known of a problem.
    fn bound(&self, spec: &mut RunSpec, problems: &[Arc<Problem>]) -> Result<(), Failure> {
        let known = headroom::known(&self.configuration.paths.data);
        let cpu = crate::harness::cpu_model();
        for (unit, problem) in spec.units.iter_mut().zip(problems) {
            let here = known.iter().filter(|ceiling| {
                ceiling.problem == unit.problem
                    && ceiling.version == unit.version
                    && ceiling.mode == unit.mode
                    && ceiling.cpu == cpu
            });
            let newest = here.max_by_key(|ceiling| ceiling.at);
            unit.ceiling = newest.and_then(|ceiling| Some(ceiling.speedup?.estimate.max(1.0)));
            let wanted = spec.until == Some(Until::Ceiling);
            if wanted && unit.ceiling.is_none() && problem.work.is_empty() {
                let id = &unit.problem;
                return Err(Failure::new(
                    FailureKind::Usage,
                    format!(
                        "--until ceiling: how much faster {id} can get is not known on this machine"
                    ),
                )
                .hint(format!(
                    "Measure its best known code: lessonl problems {id} --headroom --mode {}",
                    unit.mode
                ))
                .hint("Or name a speedup: --until 5x."));
            }
        }
        Ok(())
    }

    /// How long a run waits while nobody is answered.
    pub(super) fn patience(&self, run: &RunArguments) -> Nanos {
        let configured = &self.configuration.settings.patience;
        run.patience.unwrap_or(configured.value)
    }

    /// The specification of what is wished for, nothing begun.
    pub(super) fn plan(&self, wish: &Wish, team: &TeamChoice) -> Result<RunSpec, Failure> {
        Ok(self.planned(wish, team)?.0)
    }

    /// Makes a run ready whose id and specification are given.
    pub(super) fn planned_run(&self, run: RunId, spec: RunSpec) -> Result<Beginning, Failure> {
        let problems = spec
            .units
            .iter()
            .map(|unit| self.same_problem(unit, spec.sizing));
        let problems: Result<Vec<Problem>, Failure> = problems.collect();
        Ok(Beginning {
            fresh: false,
            claim: Some(store::claim(&self.database(), &run)?),
            run,
            problems: problems?.into_iter().map(Arc::new).collect(),
            spec,
            record: Vec::new(),
            budget: None,
            patience: self.patience(&RunArguments::default()),
        })
    }

    /// The problem of a stored unit, at the sizes that are timed.
    ///
    /// # Errors
    /// If it has changed since.
    pub(super) fn same_problem(&self, unit: &UnitSpec, sizing: Sizing) -> Result<Problem, Failure> {
        let problem = Arc::new(problems::load_folder(&unit.path)?);
        let problem = problems::sized(&problem, sizing)?;
        resolve::same_problem(unit, &problem)?;
        Ok(Problem {
            id: unit.problem.clone(),
            ..Arc::unwrap_or_clone(problem)
        })
    }

    /// The id of a new comparison.
    pub(super) fn mint_comparison(&self) -> Result<ComparisonId, Failure> {
        ComparisonId::new(mint()?.as_str())
            .map_err(|error| Failure::new(FailureKind::Internal, error.to_string()))
    }

    /// The right to work on a comparison.
    pub(super) fn claim_comparison(&self, id: &ComparisonId) -> Result<Claim, Failure> {
        let name = RunId::new(id.as_str())
            .map_err(|error| Failure::new(FailureKind::Internal, error.to_string()))?;
        Ok(store::claim(&self.database(), &name)?)
    }
}

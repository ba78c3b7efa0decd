//! The line to beat that needs no model: every installed compiler with the option sets of a closed list, on the untouched
//! original. Never changes the source and never asks anybody: what a team adds, it adds to this.
//! Agent = compiler, round = option set.

use super::attempt::{Attempts, everyone, settle, submit};
use super::context::{Adjustment, Held, StrategyContext};
use super::{Finish, How};
use crate::domain::build::{Build, BuildOption, is_clang};
use crate::domain::candidate::Candidate;
use crate::domain::id::{AgentId, CandidateId, Round};
use crate::domain::spec::{AgentKind, RunSpec};

/// The option sets, one per round. With the harness's own compiler the second one is the standard build itself: it must
/// come out as no different.
pub(crate) const SETS: [&[BuildOption]; 8] = [
    &[BuildOption::O2],
    &[BuildOption::O3],
    &[BuildOption::O3, BuildOption::UnrollLoops],
    &[BuildOption::O3, BuildOption::Lto],
    &[BuildOption::O3, BuildOption::Profile],
    &[BuildOption::Ofast],
    &[BuildOption::Ofast, BuildOption::UnrollLoops],
    &[BuildOption::O3, BuildOption::Polly],
];

/// Works one unit.
pub(crate) fn run(context: &StrategyContext, spec: &RunSpec) -> Finish {
    let attempts = Attempts::default();
    let ended = rounds(context, spec, &attempts);
    settle(context, spec.preset, &attempts, ended)
}

fn rounds(context: &StrategyContext, spec: &RunSpec, attempts: &Attempts) -> Result<(), How> {
    if compilers(spec).next().is_none() {
        let message = "no compiler is in this team: start the run with --strategy compiler";
        return Err(How::Failed {
            message: message.to_owned(),
        });
    }
    let sets = (0..spec.rounds).map(Round).zip(SETS);
    let known = |options| move |compiler| fitting(compiler, options).is_some();
    for (round, options) in sets.filter(|(_, options)| compilers(spec).any(known(options))) {
        context.begin_round(round)?;
        everyone(context, spec, |context, agent| {
            let Some(compiler) = command(spec, agent) else {
                return Ok(());
            };
            match fitting(compiler, options) {
                Some(build) => {
                    let id = CandidateId::first(round, agent);
                    submit(context, candidate(id, build), Held::Original, attempts).map(drop)
                }
                None => Ok(()),
            }
        })?;
        context.end_round(round, Adjustment::None)?;
    }
    Ok(())
}

/// The compilers of the team, in its order.
fn compilers(spec: &RunSpec) -> impl Iterator<Item = &str> {
    let agents = (0..=u8::MAX).map(AgentId).take(spec.team.len());
    agents.filter_map(|agent| command(spec, agent))
}

fn command(spec: &RunSpec, agent: AgentId) -> Option<&str> {
    match &spec.team.get(agent.index())?.kind {
        AgentKind::Compiler { command } => Some(command),
        _ => None,
    }
}

/// The build, if this compiler knows all of its options.
fn fitting(compiler: &str, options: &[BuildOption]) -> Option<Build> {
    let fits = |option: &BuildOption| match option {
        BuildOption::Polly => is_clang(compiler),
        // clang's profiles need a further tool to be of use
        BuildOption::Profile => !is_clang(compiler),
        BuildOption::O2
        | BuildOption::O3
        | BuildOption::Ofast
        | BuildOption::UnrollLoops
        | BuildOption::Lto => true,
    };
    options.iter().all(fits).then(|| Build {
        compiler: compiler.to_owned(),
        options: options.to_vec(),
    })
}

/// The original, built so. The engine puts in its source.
fn candidate(id: CandidateId, build: Build) -> Candidate {
    let rationale = match build.changes_floating_point() {
        true => {
            format!("The original, built with {build}, which changes floating-point arithmetic.")
        }
        false => format!("The original, built with {build}."),
    };
    Candidate {
        id,
        source: String::new(),
        rationale,
        read: Vec::new(),
        build: Some(build),
        lineage: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn polly_is_for_clang_and_changed_arithmetic_is_said() {
        let polly = &[BuildOption::O3, BuildOption::Polly];
        assert_eq!(fitting("g++-12", polly), None);
        let build = fitting("clang++", polly).unwrap();
        assert_eq!(build.to_string(), "clang++ -O3 -mllvm -polly");
        let fast = fitting("g++", &[BuildOption::Ofast]).unwrap();
        let made = candidate(CandidateId::first(Round(5), AgentId(0)), fast);
        assert!(
            made.rationale
                .ends_with("which changes floating-point arithmetic.")
        );
    }
}

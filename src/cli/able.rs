//! Who can do which work: code from a description needs a model. Pure.

use std::sync::Arc;

use crate::domain::codegen::Work;
use crate::domain::problem::{Kind, Problem};
use crate::domain::spec::{AgentKind, AgentSpec};
use crate::failure::{Failure, FailureKind};

/// Checks that every agent can do what the problems ask for.
///
/// # Errors
/// If code is to be written from a description and a built-in agent is in the team.
pub(super) fn able(problems: &[Arc<Problem>], team: &[AgentSpec]) -> Result<(), Failure> {
    let writing = problems.iter().find(|problem| !work(problem).is_optimise());
    let built_in = team.iter().find(|agent| match agent.kind {
        AgentKind::Rewriter { .. } | AgentKind::Compiler { .. } => true,
        AgentKind::Openai { .. } | AgentKind::Recorded { .. } => false,
    });
    let (Some(problem), Some(agent)) = (writing, built_in) else {
        return Ok(());
    };
    Err(Failure::new(
        FailureKind::Usage,
        format!(
            "{} asks for code from a description, and `{}` cannot write that: built-in agents and compilers only work on code that is there",
            problem.id, agent.name
        ),
    )
    .hint("Name a model: --agent NAME=MODEL@URL, or [[agents]] in the configuration.")
    .hint("Or play a stored run's answers back: kind = \"recorded\" in a team file for --agents."))
}

/// What is to be done about a problem.
pub(super) fn work(problem: &Problem) -> Work {
    match &problem.kind {
        Kind::Function | Kind::Command(_) => Work::Optimise,
        Kind::Codegen(task) => Work::Implement {
            task: task.task.clone(),
            entry: task.entry.clone(),
        },
    }
}

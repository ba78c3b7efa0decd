//! Which languages the built-in agents know, and what is said where they do not. Pure.

use std::sync::Arc;

use crate::domain::problem::{Kind, Problem};
use crate::domain::spec::{AgentKind, AgentSpec};

/// Whether the built-in agents' rules are for a problem's language.
pub(super) fn rules_know(problem: &Problem) -> bool {
    match &problem.kind {
        Kind::Function => true,
        Kind::Codegen(_) => false,
        Kind::Command(project) => matches!(project.language.as_str(), "c" | "c++"),
    }
}

/// What a team of built-in agents alone is told about another language.
pub(super) fn needs_a_model(problem: &Problem) -> String {
    let language = match &problem.kind {
        Kind::Function => "C++",
        Kind::Codegen(_) => "Python",
        Kind::Command(project) => project.language.as_str(),
    };
    format!(
        "The built-in agents only know C++, and {} is {language}: they will give it back as it is. Connect a model with --agent NAME=MODEL@URL.",
        problem.id
    )
}

/// Whether a team is of built-in agents alone.
pub(super) fn rules_only(team: &[AgentSpec]) -> bool {
    let rules = |agent: &AgentSpec| matches!(agent.kind, AgentKind::Rewriter { .. });
    !team.is_empty() && team.iter().all(rules)
}

/// Why a team, and that it cannot do a problem's language if it cannot.
pub(super) fn reason(problems: &[Arc<Problem>], team: &[AgentSpec], because: String) -> String {
    let strange = |problem: &&Arc<Problem>| rules_only(team) && !rules_know(problem);
    match problems.iter().find(strange) {
        Some(problem) => format!("{} ({because})", needs_a_model(problem)),
        None => because,
    }
}

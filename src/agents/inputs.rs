//! Asks a model which inputs a problem's driver does not make. What it answers is statements for `make`, as text; whether
//! they are any good is for the proof of the folder to say. Never writes a file.

use std::collections::BTreeMap;

use secrecy::SecretString;

use super::TeamError;
use super::llm::{RetryPolicy, discover};
use super::reading::only_block;
use super::wording::Wording;
use crate::domain::ask::{AskFailure, AskFailureKind};
use crate::domain::problem::Problem;
use crate::domain::spec::{AgentKind, AgentSpec};

/// Asks. `None`: it finds the inputs good as they are. `prompts` are the person's own.
///
/// # Errors
/// If the agent is no model, or the model cannot be asked.
pub async fn propose(
    agent: &AgentSpec,
    keys: &BTreeMap<String, SecretString>,
    prompts: &BTreeMap<String, String>,
    problem: &Problem,
) -> Result<Option<String>, AskFailure> {
    let bad =
        |error: TeamError| AskFailure::new(AskFailureKind::BadRequest, error.what, error.hint);
    let AgentKind::Openai {
        base_url,
        model,
        key_env,
        reach,
        code,
        extra_body,
        ..
    } = &agent.kind
    else {
        return Err(bad(TeamError {
            what: format!("`{}` is no model", agent.name),
            hint: "name one with --agent NAME=MODEL@URL".to_owned(),
        }));
    };
    let prompt = Wording::new(prompts)
        .and_then(|wording| wording.inputs(problem))
        .map_err(bad)?;
    let server = discover::ServerAddress {
        base_url,
        key_env: key_env.as_deref(),
        reach,
        keys,
    };
    let model = discover::open(server, model, RetryPolicy::default())?;
    let reply = discover::once(&model, &prompt, code, extra_body).await?;
    Ok(only_block(&reply.text))
}

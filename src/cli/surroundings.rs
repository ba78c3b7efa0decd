//! What a team is put together from besides its specification: keys, recorded answers, prompts. A part of `compose` in a
//! file of its own; never asks anybody.

use std::collections::BTreeMap;
use std::path::Path;

use super::compose::{House, texts_in, variable};
use super::{keys, recording};
use crate::agents::TeamInputs;
use crate::domain::ask::Answer;
use crate::domain::event::Fact;
use crate::domain::id::{AskId, UnitId};
use crate::domain::reach::Reach;
use crate::domain::spec::{AgentKind, RelevanceKind, RunSpec};
use crate::failure::Failure;

impl House {
    /// Keys, recorded answers and prompts that the team needs.
    pub(super) fn surroundings(&self, spec: &RunSpec) -> Result<TeamInputs, Failure> {
        let mut around = TeamInputs {
            prompts: match &self.prompts {
                Some(prompts) => (**prompts).clone(),
                None => texts_in(&self.configuration.paths.config_dir.join("prompts"), "md"),
            },
            among: self.among.clone(),
            ..TeamInputs::default()
        };
        if let Some(replay) = &spec.replay {
            around.replay = Some(recording::recording(self, spec, replay)?);
        }
        for agent in &spec.team {
            match &agent.kind {
                AgentKind::Recorded { from } => {
                    around.recorded.insert(from.clone(), self.recorded(from)?);
                }
                AgentKind::Openai { .. }
                | AgentKind::Rewriter { .. }
                | AgentKind::Compiler { .. } => {}
            }
        }
        // a recording that fails what it lacks asks nobody
        let asks = spec.replay.as_ref().is_none_or(|replay| replay.ask_missing);
        if asks {
            around.keys = keys::of_team(&spec.team, &variable)?;
        }
        if let RelevanceKind::Endpoint { key_env, .. } = &spec.relevance {
            let plain = Reach::default();
            keys::add(&mut around.keys, key_env.as_deref(), &plain, &variable)?;
        }
        Ok(around)
    }

    /// The answers of a stored run, or of an exported one.
    fn recorded(&self, from: &str) -> Result<BTreeMap<(UnitId, AskId), Answer>, Failure> {
        let file = Path::new(from);
        let facts = if file.is_file() {
            super::export::read(file)?
        } else {
            self.archive().facts(&self.find(from)?)?
        };
        let answers = facts
            .into_iter()
            .filter_map(|envelope| match envelope.fact {
                Fact::AnswerReceived { unit, ask, answer } => Some(((unit, ask), answer)),
                _ => None,
            });
        Ok(answers.collect())
    }
}

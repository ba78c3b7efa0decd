//! Ask → words → model → answer. Never compiles, never judges, never chooses lessons, never shows a key.
//!
//! `wording` makes the prompt, `llm`, `recorded` and `rewriter` are the three kinds of agents, `reading` takes what they
//! say apart. Everything that comes from outside is bounded and cleaned on its way (`text`).

pub(crate) use lessonl_domain as domain;
pub(crate) use lessonl_source as source;

mod asking;
pub mod inputs;
pub mod llm;
mod reading;
mod recorded;
pub mod replay;
pub mod rewriter;
mod text;
mod usage;
pub mod wording;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use secrecy::SecretString;

use self::llm::RetryPolicy;
use self::reading::Reading;
use self::replay::{Missing, RecordedReplies};
use self::wording::Wording;
use crate::domain::ask::{
    Answer, AnswerExtra, AnswerForm, Ask, AskFailure, AskFailureKind, AskNote, Defect, Task,
};
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::id::{AskId, UnitId};
use crate::domain::reach::Reach;
use crate::domain::spec::{AgentKind, AgentSpec, RelevanceKind, RewriterStyle};
use crate::domain::units::Usage;

/// Something of the moment while an agent answers.
#[derive(Debug, Clone, PartialEq)]
pub enum AgentPulse {
    /// Text arrived. Hostile.
    Delta(String),
    /// The request is tried again.
    Retrying {
        /// Next attempt, from 2.
        attempt: u32,
        /// Milliseconds until it starts.
        wait_ms: u64,
        /// Why.
        message: String,
    },
    /// Reasoning arrived.
    Reasoned {
        /// So many bytes of it.
        bytes: usize,
        /// The part that is kept. Hostile.
        text: String,
    },
    /// Something that the record must keep.
    Noted(AskNote),
}

/// Why a team cannot be put together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct TeamError {
    /// What is wrong, naming the agent.
    pub what: String,
    /// What to do.
    pub hint: String,
}

impl From<TeamError> for Failure {
    fn from(error: TeamError) -> Self {
        Self::hinted(FailureKind::Usage, error.what, error.hint)
    }
}

/// What a team is put together from besides its specification.
#[derive(Default)]
pub struct TeamInputs {
    /// Values of the key variables that the specification names. Never printed.
    pub keys: BTreeMap<String, SecretString>,
    /// Recorded answers by what `AgentKind::Recorded` names.
    pub recorded: BTreeMap<String, BTreeMap<(UnitId, AskId), Answer>>,
    /// What every question is answered from before anybody is asked.
    pub replay: Option<RecordedReplies>,
    /// The person's own prompt templates by name (see [`wording::VARIABLES`]), replacing the built-in ones.
    pub prompts: BTreeMap<String, String>,
    /// Among how many the limits of servers are divided.
    pub among: Among,
}

/// Among how many teams like this one the limits of servers are divided, on this machine and on others. It may change at
/// any time: who asks next keeps to it.
#[derive(Debug, Clone)]
pub struct Among(Arc<AtomicU32>);

impl Default for Among {
    fn default() -> Self {
        Self(Arc::new(AtomicU32::new(1)))
    }
}

impl Among {
    /// From now on so many.
    pub fn set(&self, teams: u32) {
        self.0.store(teams.max(1), Ordering::Relaxed);
    }

    /// This team's part of a limit: one at least, or nothing would ever be asked.
    pub fn part(&self, of: u32) -> u32 {
        (of / self.0.load(Ordering::Relaxed).max(1)).max(1)
    }
}

/// The agents of a run. Cheap to clone.
#[derive(Clone)]
pub struct Team {
    inner: Arc<Inner>,
}

struct Inner {
    wording: Wording,
    members: Vec<Member>,
    keys: BTreeMap<String, SecretString>,
    recorded: BTreeMap<String, recorded::Answers>,
    replay: Option<RecordedReplies>,
    servers: Mutex<llm::Servers>,
    patience: RetryPolicy,
}

struct Member {
    name: String,
    kind: AgentKind,
    means: Means,
}

/// How a member answers.
enum Means {
    Model(Box<asking::Asked>),
    Rewriter(RewriterStyle),
    Recorded(String),
    /// It does not: it is not there to be asked.
    Nothing,
}

type Pulse<'a> = &'a (dyn Fn(AgentPulse) + Send + Sync);

impl fmt::Debug for Team {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.inner.members.iter().map(|member| &member.name);
        f.debug_list().entries(names).finish()
    }
}

impl Team {
    /// Puts the team together; connects to nothing yet.
    pub fn assemble(specs: &[AgentSpec], around: TeamInputs) -> Result<Self, TeamError> {
        Self::assemble_with(specs, around, RetryPolicy::default())
    }

    /// The same with other time limits towards servers.
    pub fn assemble_with(
        specs: &[AgentSpec],
        around: TeamInputs,
        patience: RetryPolicy,
    ) -> Result<Self, TeamError> {
        let wording = Wording::new(&around.prompts)?;
        let mut servers = llm::Servers::among(around.among);
        let mut names = BTreeSet::new();
        let mut members = Vec::with_capacity(specs.len());
        for spec in specs {
            if !names.insert(spec.name.as_str()) {
                return Err(TeamError {
                    what: format!("two agents are named `{}`", spec.name),
                    hint: "give each agent a name of its own".to_owned(),
                });
            }
            members.push(Member {
                name: spec.name.clone(),
                kind: spec.kind.clone(),
                means: match &around.replay {
                    Some(recording) if recording.missing() == Missing::Fails && is_model(spec) => {
                        Means::Nothing
                    }
                    _ => means(spec, &around.keys, &mut servers, patience)?,
                },
            });
        }
        Ok(Self {
            inner: Arc::new(Inner {
                wording,
                members,
                keys: around.keys,
                recorded: around.recorded,
                replay: around.replay,
                servers: Mutex::new(servers),
                patience,
            }),
        })
    }

    /// SHA-256 of each prompt template in use, in hex, by name.
    pub fn prompt_hashes(&self) -> BTreeMap<String, String> {
        self.inner.wording.hashes().clone()
    }

    /// The whole prompt of an ask.
    pub fn prompt(&self, ask: &Ask) -> Result<String, TeamError> {
        self.inner.wording.prompt(ask)
    }

    /// Asks the agent named by the ask. Dropping the future cancels the request.
    pub async fn answer(
        &self,
        ask: &Ask,
        prompt: &str,
        pulse: &(dyn Fn(AgentPulse) + Send + Sync),
    ) -> Result<Answer, AskFailure> {
        let agent = ask.id.agent();
        let member = self.inner.members.get(agent.index()).ok_or_else(|| {
            AskFailure::new(
                AskFailureKind::BadRequest,
                format!("there is no agent {agent} in this team"),
                "resume the run with the team it was started with",
            )
        })?;
        if let Some(recording) = &self.inner.replay {
            let request = replay::request(&member.kind, ask.id.purpose, prompt);
            let found = recording.reply(usize::from(ask.unit.0), ask.id, &request);
            match found {
                Some((reply, by)) => {
                    let from = recording.from().to_owned();
                    pulse(AgentPulse::Noted(AskNote::Reused { from, by }));
                    return reply.map(|answer| read_again(ask, answer));
                }
                None if matches!(member.means, Means::Nothing) => {
                    return Err(recording.unknown(ask.id));
                }
                None => {}
            }
        }
        match &member.means {
            Means::Model(asked) => asked.answer(&self.inner.wording, ask, prompt, pulse).await,
            Means::Rewriter(style) => from_rules(ask, *style, pulse).await,
            Means::Nothing => Err(AskFailure::new(
                AskFailureKind::BadRequest,
                format!("{} answers nothing", member.name),
                "choose another strategy for this team, or another team",
            )),
            Means::Recorded(from) => {
                let answers = self.inner.recorded.get(from);
                recorded::answer(answers.unwrap_or(&recorded::Answers::new()), from, ask)
                    .map(|answer| read_again(ask, answer))
            }
        }
    }

    /// Embeds texts with a server's `/v1/embeddings`: one vector of equal length per text, in order, each of length 1.
    /// The lexical embedding is the bank's own and never comes here.
    pub async fn embed(
        &self,
        relevance: &RelevanceKind,
        texts: &[String],
    ) -> Result<Vec<Vec<f32>>, AskFailure> {
        let RelevanceKind::Endpoint {
            base_url,
            model,
            key_env,
        } = relevance
        else {
            return Err(AskFailure::new(
                AskFailureKind::BadRequest,
                "the built-in lexical relevance needs no server",
                "name an embedding server to use one",
            ));
        };
        let opened = {
            let mut servers = self
                .inner
                .servers
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            let door = llm::Door {
                base_url,
                key_env: key_env.as_deref(),
                reach: &Reach::default(),
                keys: &self.inner.keys,
            };
            llm::Model::open(&mut servers, door, model, self.inner.patience)
        };
        let model = opened.map_err(|what| {
            AskFailure::new(
                AskFailureKind::BadRequest,
                format!("the embedding server: {what}"),
                "mend base_url or the key of the relevance endpoint",
            )
        })?;
        llm::embed(&model, texts).await
    }
}

fn is_model(spec: &AgentSpec) -> bool {
    matches!(spec.kind, AgentKind::Openai { .. })
}

fn means(
    spec: &AgentSpec,
    keys: &BTreeMap<String, SecretString>,
    servers: &mut llm::Servers,
    patience: RetryPolicy,
) -> Result<Means, TeamError> {
    match &spec.kind {
        AgentKind::Rewriter { style } => Ok(Means::Rewriter(*style)),
        AgentKind::Recorded { from } => Ok(Means::Recorded(from.clone())),
        AgentKind::Compiler { .. } => Ok(Means::Nothing),
        AgentKind::Openai { .. } => asking::Asked::open(spec, keys, servers, patience)
            .map(|asked| Means::Model(Box::new(asked))),
    }
}

fn read(ask: &Ask, text: &str) -> Reading {
    let entry = ask.brief.entry_name.as_str();
    match ask.task {
        Task::Tests => reading::tests(text, entry, wording::MOST_TESTS),
        Task::Rewrite { .. }
        | Task::Reason
        | Task::Retry { .. }
        | Task::Code { .. }
        | Task::Repair { .. }
        | Task::Explore { .. }
        | Task::Refine { .. }
        | Task::Mend { .. }
        | Task::Combine { .. } => match ask.brief.work.is_optimise() {
            true => code(ask, text),
            false => reading::python(text, entry),
        },
        Task::Lesson { .. } => reading::lesson(text),
        Task::Reflect { .. } => reading::reflection(text),
        Task::Recall { count } => reading::recall(text, count),
        Task::Plan { .. } => reading::plan(text),
    }
}

/// Edits are meant for the given code; one who was shown an own attempt may mean that. Who was shown code to go on from means
/// that first: what the answer leaves out stays as it is there.
fn code(ask: &Ask, text: &str) -> Reading {
    let brief = &*ask.brief;
    let on = |base: &str| match &brief.form {
        AnswerForm::Function => reading::function(text, base, &brief.entry_name),
        AnswerForm::Regions(regions) => reading::regions(text, base, regions, &brief.entry_name),
    };
    if let Task::Refine { parent, .. } = &ask.task {
        let reading = on(&parent.source);
        let unfit = [Defect::DoesNotApply, Defect::Incomplete];
        if reading.code.is_some() || !unfit.iter().any(|defect| reading.defects.contains(defect)) {
            return reading;
        }
        let other = on(&brief.original);
        return if other.code.is_some() { other } else { reading };
    }
    let reading = on(&brief.original);
    let shown = match &ask.task {
        Task::Retry { last: shown, .. }
        | Task::Repair { attempt: shown, .. }
        | Task::Mend { last: shown, .. } => shown,
        _ => return reading,
    };
    if !reading.defects.contains(&Defect::DoesNotApply) {
        return reading;
    }
    let other = on(&shown.source);
    if other.code.is_some() { other } else { reading }
}

/// A recorded answer, read anew from what came, where the record kept that: what was odd about its way here stays.
fn read_again(ask: &Ask, mut answer: Answer) -> Answer {
    let Some(raw) = answer.as_it_came() else {
        return answer;
    };
    let reading = read(ask, raw);
    let of_the_way = |defect: &Defect| {
        matches!(
            defect,
            Defect::Truncated | Defect::CutShort | Defect::Trimmed
        )
    };
    let on_the_way: Vec<Defect> = answer
        .defects
        .iter()
        .filter(|d| of_the_way(d))
        .cloned()
        .collect();
    let only_reasoning = answer.defects.contains(&Defect::OnlyReasoning);
    answer.raw = Some(kept_raw(raw, &reading));
    answer.defects = reading.defects;
    if only_reasoning {
        only_reasoned(&mut answer.defects);
    }
    answer.defects.extend(on_the_way);
    answer.text = reading.text;
    answer.code = reading.code;
    answer.prose = reading.prose;
    answer.found = reading.found;
    answer
}

/// The text as it came, bounded; nothing where the reading's text is that.
fn kept_raw(raw: &str, reading: &Reading) -> String {
    match raw == reading.text {
        true => String::new(),
        false => text::head(raw, reading::ANSWER_BYTES).to_owned(),
    }
}

/// Nothing but reasoning came: that says more than that nothing did.
fn only_reasoned(defects: &mut [Defect]) {
    for defect in defects {
        if *defect == Defect::Empty {
            *defect = Defect::OnlyReasoning;
        }
    }
}

fn from_reply(ask: &Ask, prompt: &str, reply: llm::Reply, asked_model: &str) -> Answer {
    let mut reading = read(ask, &reply.text);
    if reply.reasoning > 0 {
        only_reasoned(&mut reading.defects);
    }
    match reply.end {
        llm::End::Complete => {}
        llm::End::Limit => reading.defects.push(Defect::Truncated),
        llm::End::CutShort => reading.defects.push(Defect::CutShort),
        llm::End::Filtered => reading.defects.push(Defect::Filtered),
        llm::End::Circle => reading.defects.push(Defect::Circling),
        llm::End::Endless => reading.defects.push(Defect::Endless),
    }
    for (holds, defect) in [
        (reply.in_reasoning, Defect::InReasoning),
        (reply.damaged, Defect::Damaged),
        (reply.text.contains('\u{fffd}'), Defect::Replaced),
    ] {
        if holds {
            reading.defects.push(defect);
        }
    }
    let usage = usage::of_reply(prompt, &reply, &reading);
    if usage::is_cut(prompt, &usage) {
        reading.defects.push(Defect::PromptCut);
    }
    let model = reply.model.as_deref().unwrap_or(asked_model);
    Answer {
        raw: Some(kept_raw(&reply.text, &reading)),
        thoughts: reading.thoughts,
        text: reading.text,
        code: reading.code,
        prose: reading.prose,
        found: reading.found,
        defects: reading.defects,
        usage,
        model: text::one_line(model, 200),
        latency: reply.latency,
    }
}

/// A built-in agent's answer, read like a model's; its rules cost no tokens.
async fn from_rules(
    ask: &Ask,
    style: RewriterStyle,
    pulse: Pulse<'_>,
) -> Result<Answer, AskFailure> {
    let started = Instant::now();
    let owned = ask.clone();
    // A panic in the rules ends as a failure of this ask alone.
    let text = tokio::task::spawn_blocking(move || rewriter::answer(style, &owned))
        .await
        .map_err(|_| {
            AskFailure::new(
                AskFailureKind::Protocol,
                format!("the built-in rules failed on {}", ask.id),
                "the run goes on without this answer; please report the function it was given",
            )
        })?;
    let mut reading = read(ask, &text);
    // Rules that find nothing say so; the original is their answer all the same.
    if reading.defects.contains(&Defect::NoChange) && reading.code.is_none() {
        reading.code = Some(ask.brief.original.clone());
        reading.found = AnswerExtra::Nothing;
        reading.defects.clear();
    }
    for line in reading.text.split_inclusive('\n') {
        pulse(AgentPulse::Delta(line.to_owned()));
    }
    Ok(Answer {
        raw: None,
        thoughts: String::new(),
        text: reading.text,
        code: reading.code,
        prose: reading.prose,
        found: reading.found,
        defects: reading.defects,
        usage: Usage::default(),
        model: "built-in rules, not a model".to_owned(),
        latency: started.elapsed().into(),
    })
}

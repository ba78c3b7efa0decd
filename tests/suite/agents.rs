//! What the claims about agents share: a small problem, asks about it, and a team of one behind a scripted server.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use lessonl::agents::llm::RetryPolicy;
use lessonl::agents::{AgentPulse, Team, TeamInputs};
use lessonl::domain::ask::{Answer, Ask, AskFailure, Brief, Task};
use lessonl::domain::evaluation::{Evaluated, Evaluation};
use lessonl::domain::id::{AgentId, AskId, CandidateId, Purpose, Round, UnitId};
use lessonl::domain::lineage::AskManner;
use lessonl::domain::problem::Mode;
use lessonl::domain::spec::{AgentKind, AgentSpec, Preset, Sampling, ServerLimits};
use lessonl::domain::units::Nanos;
use serde_json::{Map, Value};

/// The key of every team here.
pub(crate) const KEY: &str = "sk-very-secret-key-0123456789";

fn ask(task: Task, purpose: Purpose) -> Ask {
    Ask {
        unit: UnitId(0),
        id: AskId {
            about: CandidateId::first(Round(0), AgentId(0)),
            purpose,
        },
        brief: Arc::new(Brief {
            title: "Twice".to_owned(),
            description: "Doubles x.".to_owned(),
            entry: "int twice(int x)".to_owned(),
            entry_name: "twice".to_owned(),
            original: "int twice(int x) { return x + x; }\n".to_owned(),
            mode: Mode::Serial,
            toolchain: "g++ -O3".to_owned(),
            preset: Preset::Corrected,
            work: Default::default(),
            form: lessonl::domain::ask::AnswerForm::Function,
            facts: Default::default(),
        }),
        task,
    }
}

/// A question for a rewrite.
pub(crate) fn rewrite() -> Ask {
    let lessons = Vec::new();
    ask(Task::Rewrite { lessons }, Purpose::Rewrite)
}

/// A question for a rewrite in a manner of its own.
pub(crate) fn explore(manner: AskManner) -> Ask {
    let (lessons, tried) = (Vec::new(), Vec::new());
    let task = Task::Explore {
        lessons,
        tried,
        manner,
    };
    ask(task, Purpose::Rewrite)
}

/// A question for a lesson.
pub(crate) fn lesson() -> Ask {
    let evaluation = Evaluation::NotCompiled {
        message: String::new(),
        diagnostics: "error".to_owned(),
    };
    let task = Task::Lesson {
        candidate: "int twice".into(),
        evaluated: Arc::new(Evaluated::bare(evaluation, Nanos(0))),
    };
    ask(task, Purpose::Lesson)
}

/// Limits under which nothing in a test waits for long.
pub(crate) fn brisk() -> RetryPolicy {
    RetryPolicy {
        backoff: Duration::from_millis(1),
        ..RetryPolicy::default()
    }
}

/// A member behind a server.
pub(crate) fn behind(base_url: &str, extra_body: Map<String, Value>) -> AgentSpec {
    AgentSpec {
        name: "one".to_owned(),
        kind: AgentKind::Openai {
            base_url: base_url.to_owned(),
            model: "coder".to_owned(),
            key_env: Some("SOME_KEY".to_owned()),
            reach: Default::default(),
            code: Sampling::CODE,
            lesson: Sampling::LESSON,
            extra_body,
            limits: ServerLimits::default(),
            fallback: None,
        },
    }
}

/// A team of one behind a server.
pub(crate) fn team(base_url: &str, patience: RetryPolicy) -> Team {
    let around = TeamInputs {
        keys: BTreeMap::from([("SOME_KEY".to_owned(), KEY.into())]),
        ..TeamInputs::default()
    };
    Team::assemble_with(&[behind(base_url, Map::new())], around, patience).expect("a team")
}

/// Asks with the real prompt; gives the reply and what was seen meanwhile.
pub(crate) async fn asked(team: &Team, ask: &Ask) -> (Result<Answer, AskFailure>, Vec<AgentPulse>) {
    let seen = Mutex::new(Vec::new());
    let prompt = team.prompt(ask).expect("a prompt");
    let pulse = |pulse| seen.lock().expect("pulses").push(pulse);
    let reply = team.answer(ask, &prompt, &pulse).await;
    (reply, seen.into_inner().expect("pulses"))
}

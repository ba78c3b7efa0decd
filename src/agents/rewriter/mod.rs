//! The built-in agents: rule-based rewriting of C++, no model needed. They know nothing of the bundled problems.
//!
//! A technique turns a pattern of syntax into an equal, faster text and refuses when unsure; a plan chooses techniques from
//! style, round and lessons; every step is parsed again and dropped if it does not read as C++. Never compiles, never measures.

mod analysis;
mod layout;
mod plan;
mod tasks;
mod techniques;
mod words;

use crate::domain::ask::{Ask, Brief, Task};
use crate::domain::spec::RewriterStyle;

use analysis::code::Code;
use plan::Plan;
use techniques::Technique;

/// The answer to an ask as text, as a model would write it: prose and, for a rewrite, one fenced block of C++.
/// Pure: the same ask gives the same text.
pub fn answer(style: RewriterStyle, ask: &Ask) -> String {
    match &ask.task {
        // what is in view says to rules what a lesson says
        Task::Rewrite { lessons }
        | Task::Explore { lessons, .. }
        | Task::Refine { lessons, .. } => said(ask, plan::plan(style, ask, lessons)),
        Task::Lesson {
            candidate,
            evaluated,
        } => words::lesson(&ask.brief, candidate, evaluated),
        Task::Reason => said(ask, plan::plan(style, ask, &[])),
        Task::Retry { last: tried, .. }
        | Task::Repair { attempt: tried, .. }
        | Task::Mend { last: tried, .. } => said(ask, tasks::after(style, ask, tried)),
        Task::Reflect { attempt } => tasks::reflection(ask, attempt),
        Task::Recall { count } => tasks::recall(style, ask, *count),
        Task::Plan { exemplar } => tasks::planned(style, ask, exemplar.as_deref()),
        Task::Code { plan } => said(ask, tasks::by_words(style, ask, plan)),
        // the rules rewrite what is there; nothing can be tested before it is
        Task::Tests => String::new(),
        Task::Combine { proposals } => said(ask, tasks::combined(style, ask, proposals)),
    }
}

fn said(ask: &Ask, plan: Plan) -> String {
    let rewrite = rewritten(&ask.brief, &plan);
    words::rewrite(&plan, &rewrite)
}

/// What came of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Rewrite {
    /// The whole text, marked with what was applied.
    code: String,
    /// What was applied, in order.
    applied: Vec<Technique>,
}

fn rewritten(brief: &Brief, plan: &Plan) -> Rewrite {
    let mut applied = Vec::new();
    let Some(mut code) = Code::read(&brief.original, &brief.entry_name) else {
        return Rewrite {
            code: brief.original.clone(),
            applied,
        };
    };
    for group in [&plan.techniques, &plan.spare] {
        if !applied.is_empty() {
            break;
        }
        for &technique in group {
            let next = technique
                .apply(&code, &plan.options)
                .filter(|text| *text != code.text);
            if let Some(next) = next.and_then(|text| Code::read(&text, &brief.entry_name)) {
                code = next;
                applied.push(technique);
            }
        }
    }
    let text = words::marked(&code, &applied, &plan.options);
    let code = if applied.is_empty() {
        text
    } else {
        layout::indented(&text)
    };
    Rewrite { code, applied }
}

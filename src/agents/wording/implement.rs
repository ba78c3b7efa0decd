//! The prompts for writing Python from a description: which template an ask takes, and what it is filled with. Pure.
//! Never tells an agent a hidden test or how many of them an attempt passed.

use minijinja::{Value, context};

use super::{PROPOSAL_BYTES, SOURCE_BYTES, note};
use crate::TeamError;
use crate::domain::ask::{Ask, Brief, Task};
use crate::domain::codegen::{Suite, Tested};
use crate::domain::evaluation::{Evaluated, Evaluation};
use crate::domain::lesson::{Lesson, LessonOutcome};
use crate::text::{fenced, head, inline};

/// Tests one agent is asked for at most.
pub(crate) const MOST_TESTS: usize = 10;

/// The template of an ask and its variables.
pub(super) fn question(ask: &Ask) -> Result<(&'static str, Value), TeamError> {
    let brief = &*ask.brief;
    let tried = |source: &str, evaluated: &Evaluated| attempt(ask, source, evaluated);
    Ok(match &ask.task {
        Task::Rewrite { lessons } | Task::Explore { lessons, .. } => {
            let lessons: Vec<Value> = lessons.iter().map(lesson).collect();
            ("implement", context! { lessons, ..common(brief) })
        }
        Task::Tests => {
            let count = MOST_TESTS;
            ("implement-tests", context! { count, ..common(brief) })
        }
        Task::Lesson {
            candidate,
            evaluated,
        } => ("implement-lesson", tried(candidate, evaluated)?),
        Task::Reason => ("implement-reason", common(brief)),
        Task::Retry { last, reflections } => {
            let reflections: Vec<String> = reflections.iter().map(|text| note(text)).collect();
            let attempt = tried(&last.source, &last.evaluated)?;
            ("implement-retry", context! { reflections, ..attempt })
        }
        Task::Refine { parent: last, .. } | Task::Mend { last, .. } => {
            let attempt = tried(&last.source, &last.evaluated)?;
            let reflections: Vec<String> = Vec::new();
            ("implement-retry", context! { reflections, ..attempt })
        }
        Task::Reflect { attempt: of } => ("implement-reflect", tried(&of.source, &of.evaluated)?),
        Task::Recall { count } => ("implement-recall", context! { count, ..common(brief) }),
        Task::Plan { exemplar } => {
            let exemplar = exemplar.as_deref().map(note).unwrap_or_default();
            ("implement-plan", context! { exemplar, ..common(brief) })
        }
        Task::Code { plan } => {
            let plan = note(plan);
            ("implement-code", context! { plan, ..common(brief) })
        }
        Task::Repair { plan, attempt: of } => {
            let attempt = tried(&of.source, &of.evaluated)?;
            (
                "implement-repair",
                context! { plan => note(plan), ..attempt },
            )
        }
        Task::Combine { proposals } => {
            let proposals = proposals.iter();
            let proposals: Vec<String> = proposals
                .map(|text| fenced(head(text, PROPOSAL_BYTES), "python"))
                .collect();
            ("implement-combine", context! { proposals, ..common(brief) })
        }
    })
}

fn common(brief: &Brief) -> Value {
    context! {
        task => fenced(head(&brief.original, SOURCE_BYTES), "python"),
        entry_name => inline(&brief.entry_name, 120),
    }
}

fn lesson(lesson: &Lesson) -> Value {
    context! {
        intro => introduction(lesson),
        text => fenced(&crate::text::one_line(&lesson.text, super::LESSON_CHARS), "text"),
    }
}

/// The sentence that introduces a lesson in a later prompt.
fn introduction(lesson: &Lesson) -> String {
    match lesson.outcome {
        LessonOutcome::FailedTests => format!(
            "This try passed {:.0} % of the tests that the team wrote:",
            lesson.speedup * 100.0
        ),
        LessonOutcome::NotCompiled => "This try could not be loaded:".to_owned(),
        LessonOutcome::Crashed => "This try ended its own process:".to_owned(),
        LessonOutcome::TimedOut => "This try did not finish in the time allowed:".to_owned(),
        LessonOutcome::Advice => {
            "Advice from a person who follows this work, with no try behind it:".to_owned()
        }
        LessonOutcome::Significant
        | LessonOutcome::Slight
        | LessonOutcome::Slower
        | LessonOutcome::Same
        | LessonOutcome::Wrong
        | LessonOutcome::Rejected => "From another try:".to_owned(),
    }
}

/// What prompts about an attempt tell of it. Our own failures are told to nobody.
fn attempt(ask: &Ask, source: &str, evaluated: &Evaluated) -> Result<Value, TeamError> {
    let told = told(&evaluated.evaluation).ok_or_else(|| TeamError {
        what: format!("{}: a fault of ours is nothing to learn from", ask.id),
        hint: "evaluate the candidate again".to_owned(),
    })?;
    let (outcome, question, details) = told;
    Ok(context! {
        code => fenced(head(source, SOURCE_BYTES), "python"),
        outcome,
        question,
        details,
        ..common(&ask.brief)
    })
}

/// Outcome, question and details of an attempt; `None` for our own failures.
fn told(evaluation: &Evaluation) -> Option<(String, &'static str, String)> {
    const WHY: &str = "Explain why it fails.";
    Some(match evaluation {
        Evaluation::Tested { tested } => tests(tested),
        Evaluation::NotCompiled { message, .. } => (
            format!("it cannot be loaded: {}", inline(message, 400)),
            "Explain why it cannot be loaded.",
            String::new(),
        ),
        Evaluation::Unread { message, .. } => (
            format!("there was no code to test: {}", inline(message, 400)),
            "Say how the answer must be given.",
            String::new(),
        ),
        Evaluation::Crashed { how, stage } => (
            format!(
                "its process ended while {}: {}",
                stage.word(),
                inline(how, 200)
            ),
            "Explain why its process ends.",
            String::new(),
        ),
        Evaluation::TimedOut { stage, limit } => (
            format!("{} it did not finish within {limit}.", stage.word()),
            "Explain why it takes so long or never ends.",
            String::new(),
        ),
        Evaluation::Rejected { message, .. } => (
            format!("it was refused: {}", inline(message, 400)),
            WHY,
            String::new(),
        ),
        Evaluation::WrongAnswer { .. } | Evaluation::Measured { .. } => {
            ("it is done.".to_owned(), WHY, String::new())
        }
        Evaluation::HarnessFault { .. } => return None,
    })
}

fn tests(tested: &Tested) -> (String, &'static str, String) {
    let question = "Explain why it fails the others.";
    // what the hidden tests say is for nobody who writes code
    if tested.suite == Suite::Hidden || tested.total == 0 {
        return (
            "it was not tested.".to_owned(),
            "Say what may be wrong with it.",
            String::new(),
        );
    }
    let outcome = format!("it passes {} of {} tests.", tested.passed, tested.total);
    let details = tested.failed.as_ref().map(|failed| {
        let text = format!(
            "assert {}\n{}",
            head(&failed.test, 600),
            head(&failed.why, 600)
        );
        format!(
            "The first test it fails, and what happens instead:\n{}",
            fenced(&text, "text")
        )
    });
    (outcome, question, details.unwrap_or_default())
}

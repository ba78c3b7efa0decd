//! Ask → prompt: the templates in `prompts/*.md`, filled in. One user message, no system prompt.
//! Never talks to a model and never chooses lessons. What a template may use is [`VARIABLES`]; anything else is an error.
//! The questions are those of Liu et al., "Lessons Learned", NeurIPS 2025, and of the baselines' papers (see
//! `strategies`); the words are our own.

mod changes;
mod implement;
mod outcome;
mod templates;

use std::collections::BTreeMap;

use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, UndefinedBehavior, Value, context};
use sha2::{Digest, Sha256};

use super::TeamError;
use super::text::{fenced, head, inline, one_line};
use crate::domain::ask::{AnswerForm, Ask, Brief, Idea, Task};
use crate::domain::evaluation::Evaluated;
use crate::domain::id::AskId;
use crate::domain::lesson::Lesson;
use crate::domain::lineage::{AgentRole, AskManner};
use crate::domain::problem::Problem;
use crate::domain::spec::Preset;
pub(crate) use implement::MOST_TESTS;
pub use templates::VARIABLES;
use templates::{BUILT_IN, variables};

/// A lesson's text in a prompt, in characters.
pub(crate) const LESSON_CHARS: usize = 600;
/// A source in a prompt, in bytes.
const SOURCE_BYTES: usize = 64 * 1024;
/// One of several proposals in a prompt, in bytes.
const PROPOSAL_BYTES: usize = 16 * 1024;
/// A plan, an exemplar or a reflection in a prompt, in bytes.
const NOTE_BYTES: usize = 6 * 1024;
/// An idea that was tried, in characters.
const IDEA_CHARS: usize = 130;
/// What is around the regions of a project, in bytes.
const CONTEXT_BYTES: usize = 16 * 1024;
/// A problem's description in a prompt, in bytes.
const DESCRIPTION_BYTES: usize = 8 * 1024;

/// The built-in template of this name; `None`: there is no such prompt.
pub fn built_in(name: &str) -> Option<&'static str> {
    let found = BUILT_IN.iter().find(|(known, _)| *known == name);
    found.map(|(_, text)| *text)
}

/// Whether prompts can be made of a person's own templates, by name.
///
/// # Errors
/// What is wrong with one, and what to do.
pub fn check(overrides: &BTreeMap<String, String>) -> Result<(), TeamError> {
    Wording::new(overrides).map(drop)
}

/// The templates in use, checked.
pub(super) struct Wording {
    templates: Environment<'static>,
    hashes: BTreeMap<String, String>,
}

impl Wording {
    /// The built-in templates with the person's own in their place.
    pub(crate) fn new(overrides: &BTreeMap<String, String>) -> Result<Self, TeamError> {
        if let Some(name) = overrides.keys().find(|name| variables(name).is_none()) {
            return Err(TeamError {
                what: format!("there is no prompt named `{name}`"),
                hint: format!("prompts that can be replaced: {}", templates::names()),
            });
        }
        let mut templates = Environment::new();
        templates.set_undefined_behavior(UndefinedBehavior::Strict);
        let syntax = SyntaxConfig::builder()
            .trim_blocks(true)
            .lstrip_blocks(true)
            .build()
            .map_err(|error| broken("rewrite", &error))?;
        templates.set_syntax(syntax);
        let mut hashes = BTreeMap::new();
        for (name, built_in) in BUILT_IN {
            let source = overrides.get(name).map_or(built_in, String::as_str);
            let digest = Sha256::digest(source.as_bytes());
            hashes.insert(name.to_owned(), format!("{digest:x}"));
            templates
                .add_template_owned(name, source.to_owned())
                .map_err(|error| broken(name, &error))?;
        }
        let wording = Self { templates, hashes };
        wording.check()?;
        Ok(wording)
    }

    /// SHA-256 of each template, in hex, by name.
    pub(crate) fn hashes(&self) -> &BTreeMap<String, String> {
        &self.hashes
    }

    fn check(&self) -> Result<(), TeamError> {
        for (name, allowed) in VARIABLES {
            let template = self
                .templates
                .get_template(name)
                .map_err(|error| broken(name, &error))?;
            let mut unknown: Vec<String> = template
                .undeclared_variables(false)
                .into_iter()
                .filter(|used| !allowed.contains(&used.as_str()) && !is_global(used))
                .collect();
            unknown.sort();
            if let Some(variable) = unknown.first() {
                return Err(TeamError {
                    what: format!("prompt `{name}` uses the unknown variable `{variable}`"),
                    hint: format!("variables of this prompt: {}", allowed.join(", ")),
                });
            }
            let sample: BTreeMap<&str, Value> = allowed
                .iter()
                .map(|variable| (*variable, sample(variable)))
                .collect();
            template
                .render(sample)
                .map_err(|error| broken(name, &error))?;
        }
        Ok(())
    }

    /// The prompt for inputs that the driver of a problem does not make.
    pub(crate) fn inputs(&self, problem: &Problem) -> Result<String, TeamError> {
        let values = context! {
            code_a => source(&problem.original, "cpp"),
            code_b => source(problem.own_driver(), "cpp"),
            description => note(&problem.description),
        };
        let template = self.templates.get_template("inputs");
        let words = template.and_then(|template| template.render(values));
        words.map_err(|error| broken("inputs", &error))
    }

    /// The whole prompt of an ask.
    pub(crate) fn prompt(&self, ask: &Ask) -> Result<String, TeamError> {
        let brief = &*ask.brief;
        let (name, values) = match &ask.task {
            _ if !brief.work.is_optimise() => implement::question(ask)?,
            Task::Tests => return Err(no_tests(ask.id)),
            Task::Rewrite { lessons } => ("rewrite", rewrite(brief, lessons)),
            Task::Explore {
                lessons,
                tried,
                manner,
            } => {
                let (tried, role) = (ideas(tried), role(*manner));
                let values = rewrite(brief, lessons);
                ("explore", context! { tried, role, ..values })
            }
            Task::Refine {
                parent,
                lessons,
                tried,
                manner,
            } => {
                let (tried, role) = (ideas(tried), role(*manner));
                let lessons = introduced(brief, lessons);
                let attempt = attempt(ask.id, brief, &parent.source, &parent.evaluated)?;
                ("refine", context! { tried, role, lessons, ..attempt })
            }
            Task::Mend {
                last,
                same_as,
                manner,
            } => {
                let same_as = same_as.as_deref().map(|words| inline(words, 200));
                let same_as = same_as.unwrap_or_default();
                let role = role(*manner);
                let attempt = attempt(ask.id, brief, &last.source, &last.evaluated)?;
                ("mend", context! { same_as, role, ..attempt })
            }
            Task::Lesson {
                candidate,
                evaluated,
            } => ("lesson", attempt(ask.id, brief, candidate, evaluated)?),
            Task::Reason => ("reason", common(brief)),
            Task::Retry { last, reflections } => {
                let attempt = attempt(ask.id, brief, &last.source, &last.evaluated)?;
                let reflections: Vec<String> = reflections.iter().map(|text| note(text)).collect();
                ("retry", context! { reflections, ..attempt })
            }
            Task::Reflect { attempt: of } => (
                "reflect",
                attempt(ask.id, brief, &of.source, &of.evaluated)?,
            ),
            Task::Recall { count } => ("recall", context! { count, ..common(brief) }),
            Task::Plan { exemplar } => {
                let exemplar = exemplar.as_deref().map(note).unwrap_or_default();
                ("plan", context! { exemplar, ..common(brief) })
            }
            Task::Code { plan } => ("code", context! { plan => note(plan), ..common(brief) }),
            Task::Repair { plan, attempt: of } => {
                let attempt = attempt(ask.id, brief, &of.source, &of.evaluated)?;
                ("repair", context! { plan => note(plan), ..attempt })
            }
            Task::Combine { proposals } => {
                let proposal = |text: &std::sync::Arc<str>| {
                    fenced(head(text, PROPOSAL_BYTES), &language(brief))
                };
                let proposals: Vec<String> = proposals.iter().map(proposal).collect();
                ("combine", context! { proposals, ..common(brief) })
            }
        };
        let template = self
            .templates
            .get_template(name)
            .map_err(|error| broken(name, &error))?;
        let text = template
            .render(values)
            .map_err(|error| broken(name, &error))?;
        Ok(text.trim().to_owned())
    }
}

/// Only code from a description is tested by what agents write.
fn no_tests(ask: AskId) -> TeamError {
    TeamError {
        what: format!("{ask}: a function that is there already needs no tests from agents"),
        hint: "its answers are compared with those of the original".to_owned(),
    }
}

/// Functions of the template language, which its analysis lists among the variables.
fn is_global(name: &str) -> bool {
    matches!(
        name,
        "range" | "dict" | "namespace" | "debug" | "loop" | "self" | "super"
    )
}

/// A stand-in by which a template is tried before the run.
fn sample(variable: &str) -> Value {
    match variable {
        "lessons" => Value::from(vec![context! { intro => "intro", text => "text" }]),
        "reflections" | "proposals" | "facts" | "tried" => Value::from(vec!["one", "two"]),
        "count" => Value::from(3),
        "mode" => Value::from("omp"),
        other => Value::from(other),
    }
}

fn rewrite(brief: &Brief, lessons: &[Lesson]) -> Value {
    let lessons = introduced(brief, lessons);
    context! { lessons, ..common(brief) }
}

/// Lessons as a prompt has them.
fn introduced(brief: &Brief, lessons: &[Lesson]) -> Vec<Value> {
    lessons
        .iter()
        .map(|lesson| {
            context! {
                intro => outcome::introduced(lesson, brief.preset),
                text => fenced(&one_line(&lesson.text, LESSON_CHARS), "text"),
            }
        })
        .collect()
}

/// What was tried, a line each.
fn ideas(tried: &[Idea]) -> Vec<String> {
    let line = |idea: &Idea| {
        let words = inline(&idea.words, IDEA_CHARS);
        match idea.best {
            Some(best) => format!("{best}: `{words}`"),
            None => format!("nothing correct came of it: `{words}`"),
        }
    };
    tried.iter().map(line).collect()
}

/// What an agent looks for first, in a sentence.
fn role(manner: AskManner) -> &'static str {
    match manner.role {
        Some(AgentRole::Algorithm) => {
            "Look first for a better algorithm: one that does less work, or the same work once."
        }
        Some(AgentRole::Machine) => {
            "Look first at what the machine does with the code: memory layout, vectorisation, branches."
        }
        Some(AgentRole::Smallest) => {
            "Look first for the smallest change that saves time and cannot change the result."
        }
        None => "",
    }
}

/// What prompts about an attempt tell of it. Our own failures are told to nobody.
fn attempt(
    ask: AskId,
    brief: &Brief,
    candidate: &str,
    evaluated: &Evaluated,
) -> Result<Value, TeamError> {
    let told = outcome::told(evaluated, brief.preset).ok_or_else(|| TeamError {
        what: format!("{ask}: a fault of ours is nothing to learn from"),
        hint: "evaluate the candidate again".to_owned(),
    })?;
    let (changes, compared) = match brief.preset {
        Preset::Corrected => (
            changes::between(&brief.original, candidate),
            outcome::compared(&brief.facts.remarks, &evaluated.remarks),
        ),
        Preset::Paper => (String::new(), String::new()),
    };
    Ok(context! {
        code_b => source(candidate, &language(brief)),
        changes,
        compared,
        outcome => &told.outcome,
        question => told.question,
        details => &told.details,
        remarks => &told.remarks,
        ..common(brief)
    })
}

fn common(brief: &Brief) -> Value {
    context! {
        code_a => source(&brief.original, &language(brief)),
        description => fenced(head(&brief.description, DESCRIPTION_BYTES), "text"),
        entry => fenced(head(&brief.entry, DESCRIPTION_BYTES), "cpp"),
        entry_name => inline(&brief.entry_name, 120),
        mode => brief.mode.word(),
        toolchain => inline(&brief.toolchain, 300),
        regions => regions(&brief.form),
        language => language(brief),
        context => context_of(&brief.form),
        preset => brief.preset.word(),
        facts => facts(brief),
    }
}

/// What is known of the original here, a line each; the paper's prompts have no such thing.
fn facts(brief: &Brief) -> Vec<String> {
    match brief.preset {
        Preset::Corrected => brief
            .facts
            .lines
            .iter()
            .map(|line| inline(line, 300))
            .collect(),
        Preset::Paper => Vec::new(),
    }
}

/// The regions in words; nothing for a function.
fn regions(form: &AnswerForm) -> String {
    let AnswerForm::Regions(regions) = form else {
        return String::new();
    };
    let place = |(name, file): &(String, String)| {
        let (name, file) = (inline(name, 80), inline(file, 120));
        if name == file {
            format!("the file `{file}`")
        } else {
            format!("`{name}` in `{file}`")
        }
    };
    let places: Vec<String> = regions.places.iter().map(place).collect();
    places.join(", ")
}

fn language(brief: &Brief) -> String {
    match &brief.form {
        AnswerForm::Function => "cpp".to_owned(),
        AnswerForm::Regions(regions) => match regions.language.as_str() {
            "c++" => "cpp".to_owned(),
            other => inline(other, 20).replace(' ', ""),
        },
    }
}

fn context_of(form: &AnswerForm) -> String {
    match form {
        AnswerForm::Regions(regions) if !regions.context.trim().is_empty() => {
            fenced(head(&regions.context, CONTEXT_BYTES), "text")
        }
        _ => String::new(),
    }
}

fn source(text: &str, language: &str) -> String {
    fenced(head(text, SOURCE_BYTES), language)
}

/// What another agent wrote.
fn note(text: &str) -> String {
    fenced(head(text, NOTE_BYTES), "text")
}

fn broken(name: &str, error: &minijinja::Error) -> TeamError {
    let place = error
        .line()
        .map(|line| format!(", line {line}"))
        .unwrap_or_default();
    let allowed = variables(name).unwrap_or_default().join(", ");
    TeamError {
        what: format!("prompt `{name}`{place}: {error}"),
        hint: format!("mend the template; its variables: {allowed}"),
    }
}

#[cfg(test)]
mod baselines_tests;
#[cfg(test)]
mod tests;

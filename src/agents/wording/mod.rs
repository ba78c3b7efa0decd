//! Ask → prompt: the templates in `prompts/*.md`, filled in. One user message, no system prompt.
//! Never talks to a model and never chooses lessons. What a template may use is [`VARIABLES`]; anything else is an error.
//! The questions are those of Liu et al., "Lessons Learned", NeurIPS 2025; the words are our own.

mod outcome;

use std::collections::BTreeMap;

use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, UndefinedBehavior, Value, context};
use sha2::{Digest, Sha256};

use super::TeamError;
use super::text::{fenced, head, inline, one_line};
use crate::domain::ask::{Ask, Brief, Task};
use crate::domain::lesson::Lesson;

/// Every prompt with the variables its template may use. Those marked so are fenced already.
///
/// - `entry_name`: the function's bare name; `mode`: `serial` or `omp`; `toolchain`: compiler and flags in words.
/// - `description`, `entry`, `code_a` (the given code), `code_b` (the attempt): fenced.
/// - `lessons`: in prompt order, each with `intro` (a sentence by its outcome) and `text` (fenced); empty in round 0.
/// - `outcome`, `question`: sentences; `details`, `remarks`: fenced, or empty.
pub const VARIABLES: &[(&str, &[&str])] = &[
    (
        "rewrite",
        &[
            "code_a",
            "description",
            "entry",
            "entry_name",
            "lessons",
            "mode",
            "toolchain",
        ],
    ),
    (
        "lesson",
        &[
            "code_a",
            "code_b",
            "details",
            "entry_name",
            "mode",
            "outcome",
            "question",
            "remarks",
            "toolchain",
        ],
    ),
];

/// A lesson's text in a prompt, in characters.
pub const LESSON_CHARS: usize = 600;
/// A source in a prompt, in bytes.
const SOURCE_BYTES: usize = 64 * 1024;
/// A problem's description in a prompt, in bytes.
const DESCRIPTION_BYTES: usize = 8 * 1024;

const BUILT_IN: [(&str, &str); 2] = [
    ("rewrite", include_str!("../../../prompts/rewrite.md")),
    ("lesson", include_str!("../../../prompts/lesson.md")),
];

/// The templates in use, checked.
pub(super) struct Wording {
    templates: Environment<'static>,
    hashes: BTreeMap<String, String>,
}

impl Wording {
    /// The built-in templates with the person's own in their place.
    pub fn new(overrides: &BTreeMap<String, String>) -> Result<Self, TeamError> {
        if let Some(name) = overrides.keys().find(|name| variables(name).is_none()) {
            return Err(TeamError {
                what: format!("there is no prompt named `{name}`"),
                hint: "prompts that can be replaced are `rewrite` and `lesson`".to_owned(),
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
    pub fn hashes(&self) -> &BTreeMap<String, String> {
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

    /// The whole prompt of an ask.
    pub fn prompt(&self, ask: &Ask) -> Result<String, TeamError> {
        let brief = &*ask.brief;
        let (name, values) = match &ask.task {
            Task::Rewrite { lessons } => ("rewrite", rewrite(brief, lessons)),
            Task::Lesson {
                candidate,
                evaluated,
            } => {
                let told = outcome::told(evaluated, brief.preset).ok_or_else(|| TeamError {
                    what: format!("{}: a fault of ours is nothing to learn from", ask.id),
                    hint: "evaluate the candidate again".to_owned(),
                })?;
                ("lesson", lesson(brief, candidate, &told))
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

fn variables(name: &str) -> Option<&'static [&'static str]> {
    VARIABLES
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, variables)| *variables)
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
        "mode" => Value::from("omp"),
        other => Value::from(other),
    }
}

fn rewrite(brief: &Brief, lessons: &[Lesson]) -> Value {
    let lessons: Vec<Value> = lessons
        .iter()
        .map(|lesson| {
            context! {
                intro => outcome::introduction(lesson, brief.preset),
                text => fenced(&one_line(&lesson.text, LESSON_CHARS), "text"),
            }
        })
        .collect();
    context! {
        description => fenced(head(&brief.description, DESCRIPTION_BYTES), "text"),
        entry => fenced(head(&brief.entry, DESCRIPTION_BYTES), "cpp"),
        lessons,
        ..common(brief)
    }
}

fn lesson(brief: &Brief, candidate: &str, told: &outcome::Told) -> Value {
    context! {
        code_b => source(candidate),
        outcome => &told.outcome,
        question => told.question,
        details => &told.details,
        remarks => &told.remarks,
        ..common(brief)
    }
}

fn common(brief: &Brief) -> Value {
    context! {
        code_a => source(&brief.original),
        entry_name => inline(&brief.entry_name, 120),
        mode => brief.mode.word(),
        toolchain => inline(&brief.toolchain, 300),
    }
}

fn source(text: &str) -> String {
    fenced(head(text, SOURCE_BYTES), "cpp")
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
mod tests;

//! What the rule-based agents answer to the tasks of other strategies than LessonL: what such a task tells is put as
//! lessons, which is what their plans are made from; a reflection, an exemplar or a plan is a sentence about their rules.
//! Never claims more than a rule's text or a verdict says.

use std::sync::Arc;

use super::analysis::code::Code;
use super::plan::{self, Plan};
use super::techniques::Technique;
use super::words;
use crate::domain::ask::{Ask, ShownAttempt};
use crate::domain::id::LessonId;
use crate::domain::lesson::{Lesson, LessonOutcome, LessonState};
use crate::domain::spec::RewriterStyle;

/// How sure a rule is of a plan that it can carry out, and of one that it cannot, in percent. Rules, not estimates.
const APPLIES: u8 = 80;
const DOES_NOT: u8 = 10;

/// What an agent's own attempt taught it; nothing if the failure was ours.
fn own(ask: &Ask, tried: &ShownAttempt) -> Vec<Lesson> {
    let evaluation = &tried.evaluated.evaluation;
    let text = words::lesson(&ask.brief, &tried.source, &tried.evaluated);
    let outcome = LessonOutcome::of(evaluation);
    let lesson = outcome.map(|outcome| lesson(ask, text, outcome, evaluation.score()));
    lesson.into_iter().collect()
}

/// The plan of a rewrite after an own attempt.
pub(crate) fn after(style: RewriterStyle, ask: &Ask, tried: &ShownAttempt) -> Plan {
    Plan {
        source: "the last attempt",
        ..plan::plan(style, ask, &own(ask, tried))
    }
}

/// The plan of a rewrite out of everybody's proposals: the techniques their marks name.
pub(crate) fn combined(style: RewriterStyle, ask: &Ask, proposals: &[Arc<str>]) -> Plan {
    let marks = proposals.iter().filter_map(|source| words::mark(source));
    let lessons: Vec<Lesson> = marks.map(|mark| advice(ask, mark)).collect();
    Plan {
        source: "the proposals",
        ..plan::plan(style, ask, &lessons)
    }
}

/// Somebody else's words as advice.
fn advice(ask: &Ask, text: &str) -> Lesson {
    lesson(ask, text.to_owned(), LessonOutcome::Advice, 0.0)
}

fn lesson(ask: &Ask, text: String, outcome: LessonOutcome, speedup: f64) -> Lesson {
    Lesson {
        id: LessonId::Learned(ask.id.about),
        text,
        outcome,
        speedup,
        factor: 1.0,
        relevance: 0.0,
        round: ask.id.about.round,
        agent: Some(ask.id.agent()),
        read: Vec::new(),
        state: LessonState::Proposed,
        edited: false,
        origin: None,
        measured: None,
        cause: None,
        supporters: 0,
    }
}

/// The plan of a rewrite by somebody's words: the techniques they name, and the style's own if none of those applies.
pub(crate) fn by_words(style: RewriterStyle, ask: &Ask, text: &str) -> Plan {
    let mut plan = Plan {
        source: "the plan",
        ..plan::plan(style, ask, &[advice(ask, text)])
    };
    let named = plan::named(text);
    if !named.is_empty() {
        let (wanted, others) = plan.techniques.iter().partition(|t| named.contains(t));
        plan.techniques = wanted;
        plan.spare = others;
    }
    plan
}

/// Looking back.
pub(crate) fn reflection(ask: &Ask, tried: &ShownAttempt) -> String {
    let lesson = words::lesson(&ask.brief, &tried.source, &tried.evaluated);
    format!(
        "{lesson} By rule, what failed or ran slower is left out next time, and what helped is kept."
    )
}

/// The techniques a style would try, those that apply here first.
pub(crate) fn recall(style: RewriterStyle, ask: &Ask, count: u16) -> String {
    let plan = plan::plan(style, ask, &[]);
    let mut all = plan.techniques;
    all.extend(plan.spare);
    all.sort_by_key(|technique| !applies(ask, &[*technique]));
    let exemplars = all
        .iter()
        .take(usize::from(count))
        .zip(1..)
        .map(|(technique, at)| {
            let words_of = technique.words();
            format!(
                "### Exemplar {at}: {}\n{} helps because {}.\n",
                words_of.name,
                words::capital(words_of.act),
                words_of.because
            )
        });
    exemplars.collect::<Vec<_>>().join("\n")
}

/// A plan along an exemplar.
pub(crate) fn planned(style: RewriterStyle, ask: &Ask, exemplar: Option<&str>) -> String {
    let techniques = by_words(style, ask, exemplar.unwrap_or_default()).techniques;
    let (standing, confidence) = match applies(ask, &techniques) {
        true => ("One of these rules applies to the function.", APPLIES),
        false => ("None of these rules applies to the function.", DOES_NOT),
    };
    let steps = techniques.iter().zip(1..).map(|(technique, at)| {
        let words = technique.words();
        format!("{at}. {}: {}.\n", words.name, words.act)
    });
    let steps: String = steps.collect();
    format!("{steps}{standing}\nConfidence: {confidence}\n")
}

fn applies(ask: &Ask, techniques: &[Technique]) -> bool {
    let brief = &ask.brief;
    let Some(code) = Code::read(&brief.original, &brief.entry_name) else {
        return false;
    };
    let options = plan::plan(RewriterStyle::Loops, ask, &[]).options;
    let changed = |text: &String| *text != code.text;
    techniques.iter().any(|technique| {
        technique
            .apply(&code, &options)
            .is_some_and(|text| changed(&text))
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::answer;
    use super::*;
    use crate::domain::ask::{Brief, Task};
    use crate::domain::evaluation::{Evaluated, Evaluation};
    use crate::domain::id::{AgentId, AskId, CandidateId, Purpose, Round, UnitId};
    use crate::domain::problem::Mode;
    use crate::domain::spec::Preset;
    use crate::domain::units::Nanos;

    const CODE: &str = "void f(std::vector<double> const &a, std::vector<double> const &b, std::vector<double> &c, size_t n) {\n  for (size_t i = 0; i < n; i++) {\n    for (size_t j = 0; j < n; j++) {\n      for (size_t k = 0; k < n; k++) {\n        c[i * n + j] += a[i * n + k] * b[k * n + j];\n      }\n    }\n  }\n}\n";

    fn said(task: Task) -> String {
        let ask = Ask {
            unit: UnitId(0),
            id: AskId {
                about: CandidateId::first(Round(0), AgentId(0)),
                purpose: Purpose::Rewrite,
            },
            brief: Arc::new(Brief {
                title: String::new(),
                description: String::new(),
                entry: String::new(),
                entry_name: "f".to_owned(),
                original: CODE.to_owned(),
                mode: Mode::Serial,
                toolchain: String::new(),
                preset: Preset::Corrected,
                work: Default::default(),
                form: crate::domain::ask::AnswerForm::Function,
                facts: Default::default(),
            }),
            task,
        };
        answer(RewriterStyle::Loops, &ask)
    }

    #[test]
    fn exemplars_lead_to_plans_and_plans_to_code_that_follows_them() {
        let recalled = said(Task::Recall { count: 3 });
        assert!(
            recalled.contains("### Exemplar 1: loop interchange"),
            "{recalled}"
        );
        assert!(recalled.contains("### Exemplar 3: "), "{recalled}");
        let exemplar = "### Exemplar 1: loop interchange\n…".into();
        let planned = said(Task::Plan {
            exemplar: Some(exemplar),
        });
        assert!(planned.contains("1. loop interchange: "), "{planned}");
        assert!(planned.ends_with("Confidence: 80\n"), "{planned}");
        let hopeless = said(Task::Plan {
            exemplar: Some("loop tiling of newlines: replace std::endl".into()),
        });
        assert!(hopeless.contains("Confidence: "), "{hopeless}");
        let code = said(Task::Code {
            plan: planned.as_str().into(),
        });
        assert!(code.contains("// techniques: loop interchange\n"), "{code}");
    }

    #[test]
    fn an_own_failure_is_left_out_next_time() {
        let first = said(Task::Reason);
        assert!(first.contains("loop interchange"), "{first}");
        let crash = Evaluation::Crashed {
            how: "SIGSEGV".to_owned(),
            stage: crate::domain::evaluation::Stage::Check,
        };
        let attempt = ShownAttempt {
            source: "// techniques: loop interchange\nvoid f() {}".into(),
            evaluated: Arc::new(Evaluated::bare(crash, Nanos(0))),
        };
        let reflection = said(Task::Reflect {
            attempt: attempt.clone(),
        });
        assert!(
            reflection.contains("crashed while checking: SIGSEGV"),
            "{reflection}"
        );
        let retry = said(Task::Retry {
            last: attempt,
            reflections: Vec::new(),
        });
        assert!(
            !retry.contains("// techniques: loop interchange"),
            "{retry}"
        );
        assert!(
            retry.contains("Left out because of the last attempt: loop interchange"),
            "{retry}"
        );
    }

    #[test]
    fn proposals_are_combined_by_the_techniques_they_name() {
        let proposals = vec!["// techniques: loop interchange\nvoid f() {}".into()];
        let combined = said(Task::Combine { proposals });
        assert!(
            combined.contains("// techniques: loop interchange"),
            "{combined}"
        );
    }
}

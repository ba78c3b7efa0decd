//! What became of an attempt, in the words an agent is told it in. Pure; never shows a seed, nor the size of a hidden input.
//!
//! [`Preset::Paper`] follows Liu et al., "Lessons Learned", NeurIPS 2025 with its reference code's defects: crashes,
//! time-outs and refusals are told as "not equivalent", a compiler's words never arrive, and exactly 1.1 is worded
//! "degrades" where a lesson is reused. [`Preset::Corrected`] tells each outcome as what it was.

use crate::domain::evaluation::{Evaluated, Evaluation, Mismatch, Remark, Unread};
use crate::domain::lesson::{Cause, Lesson, LessonOutcome, SIGNIFICANT};
use crate::domain::measurement::{Measurement, Verdict, ratio};
use crate::domain::spec::Preset;
use crate::text::{fenced, head, inline};

/// Lines and bytes of diagnostics that reach the author.
const DIAGNOSTIC_LINES: usize = 20;
const DIAGNOSTIC_BYTES: usize = 2048;
/// Compiler remarks that reach the author.
const REMARKS: usize = 8;

/// How an attempt's outcome is put to its author.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Told {
    /// A sentence or a few.
    pub outcome: String,
    /// What is asked about it.
    pub question: &'static str,
    /// Fenced details; empty if there are none.
    pub details: String,
    /// Fenced compiler remarks; empty if there are none.
    pub remarks: String,
}

/// What introduces a lesson in a later prompt: where it comes from, if from elsewhere, and what became of the attempt.
pub(super) fn introduced(lesson: &Lesson, preset: Preset) -> String {
    let outcome = match preset {
        Preset::Paper => introduction(lesson, preset).to_owned(),
        Preset::Corrected => weighed(lesson, preset),
    };
    match &lesson.origin {
        None => outcome,
        Some(origin) if origin.imported => format!(
            "Brought in from elsewhere, about the function of {}, which it calls Code A; nobody has checked here what it claims. {outcome}",
            inline(origin.problem.as_str(), 130)
        ),
        Some(origin) => format!(
            "Kept from earlier work on the function of {}; what it calls Code A is that function, on that machine. {outcome}",
            inline(origin.problem.as_str(), 130)
        ),
    }
}

/// The same with the figure, with how many say so, and with what is known of the cause.
fn weighed(lesson: &Lesson, preset: Preset) -> String {
    let measured = |figure: String| {
        let words = match lesson.outcome {
            LessonOutcome::Significant | LessonOutcome::Slight => "faster than Code A",
            LessonOutcome::Slower => "slower than Code A",
            _ => return introduction(lesson, preset).to_owned(),
        };
        format!("In this try, Code B was {words}, measured {figure} its speed:")
    };
    let sentence = match (lesson.measured, lesson.outcome) {
        (Some(speedup), LessonOutcome::Same) => format!(
            "In this try, Code B made no measurable difference ({speedup} the speed of Code A):"
        ),
        (Some(speedup), _) => measured(speedup.to_string()),
        // carried from another run, or of an older record: what it was measured at is known, and not its interval
        (None, LessonOutcome::Significant | LessonOutcome::Slight | LessonOutcome::Slower)
            if lesson.speedup > 0.0 =>
        {
            measured(format!("{}×", ratio(lesson.speedup)))
        }
        (None, _) => introduction(lesson, preset).to_owned(),
    };
    let sentence = sentence.trim_end_matches(':');
    let more = match lesson.supporters {
        0 => String::new(),
        1 => "; one other try says the same".to_owned(),
        n => format!("; {n} other tries say the same"),
    };
    let guess = match lesson.cause {
        Some(Cause::Guess) => "; the reason it gives is a guess",
        Some(Cause::Seen) | None => "",
    };
    format!("{sentence}{more}{guess}:")
}

/// The sentence for what became of the attempt behind a lesson.
fn introduction(lesson: &Lesson, preset: Preset) -> &'static str {
    match (outcome_as_told(lesson, preset), preset) {
        (LessonOutcome::Significant, _) => {
            "In this try, Code B significantly improves the speed of Code A:"
        }
        (LessonOutcome::Slight, _) => "In this try, Code B slightly improves the speed of Code A:",
        (LessonOutcome::Slower, _) => "In this try, Code B degrades the speed of Code A:",
        (LessonOutcome::Same, _) => {
            "In this try, Code B made no measurable difference to the speed of Code A:"
        }
        (LessonOutcome::NotCompiled, _) => "In this try, Code B does not compile:",
        (LessonOutcome::Advice, _) => {
            "Advice from a person who follows this work, with no Code B behind it:"
        }
        (LessonOutcome::Crashed, Preset::Corrected) => "In this try, Code B crashes when it runs:",
        (LessonOutcome::TimedOut, Preset::Corrected) => {
            "In this try, Code B times out: it does not finish in the time allowed:"
        }
        (LessonOutcome::Rejected, Preset::Corrected) => {
            "In this try, Code B was refused by a rule that keeps the comparison fair:"
        }
        (
            LessonOutcome::Wrong
            | LessonOutcome::Crashed
            | LessonOutcome::TimedOut
            | LessonOutcome::Rejected
            | LessonOutcome::FailedTests,
            _,
        ) => "In this try, Code B breaks equivalence with Code A:",
    }
}

/// The reference compares with `> 1.1` and `< 1.1`, so that exactly 1.1 falls through to the last case.
fn outcome_as_told(lesson: &Lesson, preset: Preset) -> LessonOutcome {
    match (preset, lesson.outcome) {
        (Preset::Paper, LessonOutcome::Significant) if lesson.speedup <= SIGNIFICANT => {
            LessonOutcome::Slower
        }
        (_, outcome) => outcome,
    }
}

/// How an evaluation is put to its author; `None` for our own failures, which no author is asked about.
pub(super) fn told(evaluated: &Evaluated, preset: Preset) -> Option<Told> {
    let (outcome, question, details) = match (&evaluated.evaluation, preset) {
        // told in words of their own: see `implement`
        (Evaluation::HarnessFault { .. } | Evaluation::Tested { .. }, _) => return None,
        (Evaluation::Measured { measurement }, _) => measured(measurement, preset),
        (Evaluation::NotCompiled { .. }, Preset::Paper) => (
            "it does not compile.".to_owned(),
            NOT_COMPILED,
            String::new(),
        ),
        (
            Evaluation::NotCompiled {
                message,
                diagnostics,
            },
            Preset::Corrected,
        ) => not_compiled(message, diagnostics),
        (Evaluation::Unread { how, message }, _) => (
            format!("there was nothing to compile: {}.", inline(message, 400)),
            match how {
                Unread::NoCode => "Say how the answer must be given.",
                Unread::CutOff => "Say how a shorter answer could be given.",
                Unread::Misfit => "Say what the edits must quote.",
            },
            String::new(),
        ),
        (Evaluation::WrongAnswer { mismatch }, Preset::Corrected)
            if let Some(said) = mismatch.said() =>
        {
            (
                format!(
                    "it is not equivalent to Code A: in place of {} there came something else.",
                    inline(&mismatch.expected, 120)
                ),
                WRONG,
                format!("What was said:\n{}", fenced(&last_lines(said), "text")),
            )
        }
        (Evaluation::WrongAnswer { mismatch }, Preset::Corrected) => (
            format!(
                "it is not equivalent to Code A: it gives another answer.{}",
                difference(mismatch)
            ),
            WRONG,
            String::new(),
        ),
        (Evaluation::Crashed { how, stage }, Preset::Corrected) => (
            format!("it crashed while {}: {}.", stage.word(), inline(how, 200)),
            "Explain why Code B crashes.",
            String::new(),
        ),
        (Evaluation::TimedOut { stage, limit }, Preset::Corrected) => (
            format!(
                "it timed out: {} did not finish within {limit}.",
                stage.word()
            ),
            "Explain why Code B takes so long or never ends.",
            String::new(),
        ),
        (Evaluation::Rejected { rule, message }, Preset::Corrected) => (
            format!(
                "it was refused by the rule '{}': {}",
                inline(rule, 60),
                inline(message, 400)
            ),
            "Explain which part of Code B breaks that rule and what to do instead.",
            String::new(),
        ),
        (
            Evaluation::WrongAnswer { .. }
            | Evaluation::Crashed { .. }
            | Evaluation::TimedOut { .. }
            | Evaluation::Rejected { .. },
            Preset::Paper,
        ) => (
            "it is not equivalent to Code A.".to_owned(),
            WRONG,
            String::new(),
        ),
    };
    let remarks = match preset {
        Preset::Corrected => remarks(&evaluated.remarks),
        Preset::Paper => String::new(),
    };
    Some(Told {
        outcome,
        question,
        details,
        remarks,
    })
}

const WRONG: &str = "Explain why Code B is not equivalent to Code A.";
const NOT_COMPILED: &str = "Explain why Code B does not compile.";

fn measured(measurement: &Measurement, preset: Preset) -> (String, &'static str, String) {
    let speedup = measurement.speedup;
    if let (Preset::Corrected, Verdict::Same | Verdict::Unresolved) = (preset, measurement.verdict)
    {
        let why = match measurement.verdict {
            Verdict::Same => "the two are equally fast for practical purposes",
            _ => "the interval is too wide to tell them apart",
        };
        return (
            format!(
                "it is correct, and no difference in speed was shown: {speedup} the speed of Code A, with the 95 % interval in brackets; {why}."
            ),
            "Say what Code B changed and that it made no measurable difference. Do not give a reason for a difference that was not shown.",
            String::new(),
        );
    }
    let (words, question) = match LessonOutcome::of_speedup(speedup.estimate) {
        LessonOutcome::Significant => (
            "significantly faster",
            "Explain what made Code B significantly faster than Code A.",
        ),
        LessonOutcome::Slight => (
            "slightly faster",
            "Explain what made Code B slightly faster than Code A, and what kept it from more.",
        ),
        _ => ("slower", "Explain what made Code B slower than Code A."),
    };
    let outcome = match preset {
        Preset::Paper => format!(
            "it is correct and {words}: {} times the speed of Code A.",
            ratio(speedup.estimate)
        ),
        Preset::Corrected => format!(
            "it is correct and {words}: {speedup} the speed of Code A, with the 95 % interval in brackets."
        ),
    };
    (outcome, question, String::new())
}

fn not_compiled(message: &str, diagnostics: &str) -> (String, &'static str, String) {
    let message = inline(message, 400);
    let outcome = if message.is_empty() {
        "it does not compile.".to_owned()
    } else {
        format!("it does not compile: {message}")
    };
    let lines: Vec<&str> = head(diagnostics, DIAGNOSTIC_BYTES)
        .lines()
        .take(DIAGNOSTIC_LINES)
        .collect();
    let details = if lines.iter().all(|line| line.trim().is_empty()) {
        String::new()
    } else {
        format!(
            "The compiler's first lines:\n{}",
            fenced(&lines.join("\n"), "text")
        )
    };
    (outcome, NOT_COMPILED, details)
}

/// The last lines of what a project's commands said.
fn last_lines(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let from = lines.len().saturating_sub(DIAGNOSTIC_LINES);
    head(&lines[from..].join("\n"), DIAGNOSTIC_BYTES).to_owned()
}

/// The first difference. A hidden input is described by its kind of values alone.
fn difference(mismatch: &Mismatch) -> String {
    if let Some(example) = &mismatch.example {
        return format!(
            " For the input {} Code A gives {}, Code B gives {}.",
            inline(&example.input, 600),
            inline(&example.expected, 600),
            inline(&example.got, 600)
        );
    }
    let values = inline(&mismatch.values, 60);
    let input = if mismatch.hidden {
        format!("an input you are not shown (values: {values})")
    } else {
        format!("an input of size {} (values: {values})", mismatch.size)
    };
    let place = match mismatch.index {
        Some(index) => format!("{} at position {index}", inline(&mismatch.field, 60)),
        None => inline(&mismatch.field, 60),
    };
    format!(
        " The first difference is on {input}, in {place}: Code A gives {}, Code B gives {}.",
        inline(&mismatch.expected, 120),
        inline(&mismatch.got, 120)
    )
}

/// What the compiler made of the two codes where their loops came out otherwise; empty where nothing was remarked.
pub(super) fn compared(original: &[Remark], candidate: &[Remark]) -> String {
    let lines = |remarks: &[Remark]| {
        let lines: Vec<String> = remarks
            .iter()
            .take(REMARKS / 2)
            .map(|remark| format!("line {}: {}", remark.line, inline(&remark.text, 200)))
            .collect();
        match lines.is_empty() {
            true => "nothing remarked".to_owned(),
            false => lines.join("\n"),
        }
    };
    let same = |a: &[Remark], b: &[Remark]| {
        let texts = |remarks: &[Remark]| {
            let mut texts: Vec<String> = remarks.iter().map(|r| r.text.clone()).collect();
            texts.sort();
            texts
        };
        texts(a) == texts(b)
    };
    if original.is_empty() && candidate.is_empty() {
        return String::new();
    }
    if same(original, candidate) {
        return fenced("It remarked the same on both.", "text");
    }
    let text = format!(
        "Code A:\n{}\nCode B:\n{}",
        lines(original),
        lines(candidate)
    );
    fenced(&text, "text")
}

fn remarks(remarks: &[Remark]) -> String {
    if remarks.is_empty() {
        return String::new();
    }
    let lines: Vec<String> = remarks
        .iter()
        .take(REMARKS)
        .map(|remark| format!("line {}: {}", remark.line, inline(&remark.text, 200)))
        .collect();
    fenced(&lines.join("\n"), "text")
}

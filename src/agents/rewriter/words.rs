//! What the rewriting agents say: the rationale of a rewrite, the mark that names its techniques, and lessons from true outcomes.
//! Never claims more than was measured.

use std::collections::BTreeSet;

use super::analysis::code::Code;
use super::plan::Plan;
use super::techniques::{Options, Technique};
use super::{Rewrite, analysis};
use crate::domain::ask::Brief;
use crate::domain::evaluation::{Evaluated, Evaluation};
use crate::domain::measurement::{Speedup, Verdict};

const MARK: &str = "// techniques: ";

/// A rewrite's answer.
pub(crate) fn rewrite(plan: &Plan, rewrite: &Rewrite) -> String {
    let list = |of: &[Technique]| {
        of.iter()
            .map(|t| t.words().name)
            .collect::<Vec<_>>()
            .join(", ")
    };
    let mut prose = if rewrite.applied.is_empty() {
        "None of my rules applies here beyond what was tried, so the function is unchanged."
            .to_owned()
    } else {
        let acts: Vec<String> = rewrite
            .applied
            .iter()
            .map(|t| format!("{}, so that {}", t.words().act, t.words().because))
            .collect();
        format!("By rule: {}.", acts.join("; "))
    };
    let adopted: Vec<Technique> = plan
        .adopted
        .iter()
        .filter(|t| rewrite.applied.contains(t))
        .copied()
        .collect();
    if !adopted.is_empty() {
        prose += &format!(" Taken over from {}: {}.", plan.source, list(&adopted));
    }
    if !plan.avoided.is_empty() {
        prose += &format!(
            " Left out because of {}: {}.",
            plan.source,
            list(&plan.avoided)
        );
    }
    format!("{prose}\n\n```cpp\n{}\n```\n", rewrite.code.trim_end())
}

/// The code with a comment in front of the entry that names what was applied.
pub(crate) fn marked(code: &Code, applied: &[Technique], options: &Options) -> String {
    let (Some(entry), false) = (code.entry(), applied.is_empty()) else {
        return code.text.clone();
    };
    let parameter = |t: &Technique| match t {
        Technique::Accumulators => format!(" ({})", options.lanes),
        Technique::Tiling => format!(" ({} rows)", options.rows),
        Technique::Jam => format!(" ({})", options.updates),
        Technique::BlockedSearch => format!(" ({})", options.block),
        Technique::SplitHistogram => format!(" ({})", options.tables),
        _ => String::new(),
    };
    let names: Vec<String> = applied
        .iter()
        .map(|t| format!("{}{}", t.words().name, parameter(t)))
        .collect();
    let at = entry.range.start;
    format!(
        "{}{MARK}{}\n{}",
        &code.text[..at],
        names.join(", "),
        &code.text[at..]
    )
}

/// What a candidate's mark names, as it stands there.
pub(crate) fn mark(candidate: &str) -> Option<&str> {
    candidate.lines().find_map(|l| l.trim().strip_prefix(MARK))
}

/// The techniques a candidate says it uses, with their parameters as written.
fn techniques(candidate: &str) -> Vec<(Technique, String)> {
    let Some(line) = mark(candidate) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for part in line.split(", ") {
        if let Some(t) = Technique::ALL
            .into_iter()
            .find(|t| part.starts_with(t.words().name))
        {
            found.push((t, part.trim().to_owned()));
        }
    }
    found
}

/// The lesson of an attempt, from its true outcome.
pub(crate) fn lesson(brief: &Brief, candidate: &str, evaluated: &Evaluated) -> String {
    let used = techniques(candidate);
    if used.is_empty() {
        let unchanged = analysis::term::parse(candidate) == analysis::term::parse(&brief.original);
        return match (&evaluated.evaluation, unchanged) {
            (Evaluation::Measured { measurement }, true) => {
                format!(
                    "The function was left as it is ({}); none of the built-in rules applied.",
                    measurement.speedup
                )
            }
            (Evaluation::Measured { measurement }, false) => format!(
                "The rewrite ran at {} of the original's speed.",
                measurement.speedup
            ),
            (other, _) => format!("This attempt {}.", failure(other)),
        };
    }
    let names = used
        .iter()
        .map(|(_, spelled)| spelled.as_str())
        .collect::<Vec<_>>()
        .join(" and ");
    let acts = joined(&used.iter().map(|(t, _)| t.words().act).collect::<Vec<_>>());
    let because: BTreeSet<&str> = used.iter().map(|(t, _)| t.words().because).collect();
    let because = joined(&because.into_iter().collect::<Vec<_>>());
    match &evaluated.evaluation {
        Evaluation::Measured { measurement } => {
            let speed = measured(measurement.speedup, measurement.verdict);
            match measurement.verdict {
                Verdict::Faster => {
                    format!("{} {speed}, because {because} ({names}).", capital(&acts))
                }
                Verdict::Slower => {
                    format!(
                        "{} {speed} ({names}): what it saves is less than what it adds here, so leave it out.",
                        capital(&acts)
                    )
                }
                Verdict::Same | Verdict::Unresolved => {
                    format!("{} {speed} ({names}).", capital(&acts))
                }
            }
        }
        other => format!(
            "{} {} ({names}): avoid it here or restrict it to where it is certain.",
            capital(&acts),
            failure(other)
        ),
    }
}

fn measured(speedup: Speedup, verdict: Verdict) -> String {
    match verdict {
        Verdict::Faster => format!("ran {speedup} faster"),
        Verdict::Slower => format!("ran at {speedup} of the original's speed, slower"),
        Verdict::Same => format!("made no difference, {speedup}"),
        Verdict::Unresolved => format!("gave no certain difference, {speedup}"),
    }
}

fn failure(evaluation: &Evaluation) -> String {
    match evaluation {
        Evaluation::NotCompiled {
            message,
            diagnostics,
        } => {
            let line = diagnostics
                .lines()
                .find(|l| l.contains("error"))
                .unwrap_or(message.as_str());
            format!("did not compile: {}", short(line))
        }
        Evaluation::Unread { message, .. } => format!("held nothing to judge: {}", short(message)),
        Evaluation::Rejected { rule, message } => format!(
            "was refused by the rule {}: {}",
            short(rule),
            short(message)
        ),
        Evaluation::Crashed { how, stage } => {
            format!("crashed while {}: {}", stage.word(), short(how))
        }
        Evaluation::TimedOut { stage, .. } => {
            format!("did not finish in time while {}", stage.word())
        }
        Evaluation::WrongAnswer { mismatch } if mismatch.hidden => {
            format!(
                "gave a wrong result in {} on an input not shown to us",
                short(&mismatch.field)
            )
        }
        Evaluation::WrongAnswer { mismatch } if mismatch.said().is_some() => {
            format!("did not give {}", short(&mismatch.expected))
        }
        Evaluation::WrongAnswer { mismatch } => {
            let place = mismatch
                .index
                .map_or(String::new(), |i| format!(" at position {i}"));
            format!(
                "gave a wrong result at size {} ({}): {}{place} should be {} and was {}",
                mismatch.size,
                short(&mismatch.values),
                short(&mismatch.field),
                short(&mismatch.expected),
                short(&mismatch.got)
            )
        }
        Evaluation::Measured { .. } => "was measured".to_owned(),
        Evaluation::Tested { tested } => format!("passed {tested}"),
        Evaluation::HarnessFault { .. } => {
            "could not be judged, through no fault of its own".to_owned()
        }
    }
}

/// One line of at most 160 characters.
fn short(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(160) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line,
    }
}

fn joined(parts: &[&str]) -> String {
    match parts {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [head @ .., last] => format!("{} and {last}", head.join(", ")),
    }
}

/// The text with its first letter in upper case.
pub(crate) fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or(String::new(), |c| {
        c.to_uppercase().collect::<String>() + chars.as_str()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::evaluation::{Mismatch, Stage};
    use crate::domain::measurement::Measurement;
    use crate::domain::problem::Mode;
    use crate::domain::spec::Preset;
    use crate::domain::units::Nanos;

    const TRIED: &str = "// techniques: loop interchange\nint f() { return 2; }";

    fn said(candidate: &str, evaluation: Evaluation) -> String {
        let brief = Brief {
            title: String::new(),
            description: String::new(),
            entry: "int f()".to_owned(),
            entry_name: "f".to_owned(),
            original: "int f() { return 1; }".to_owned(),
            mode: Mode::Serial,
            toolchain: String::new(),
            preset: Preset::Corrected,
            work: Default::default(),
            form: crate::domain::ask::AnswerForm::Function,
            facts: Default::default(),
        };
        lesson(&brief, candidate, &Evaluated::bare(evaluation, Nanos(1)))
    }

    fn timed(estimate: f64, verdict: Verdict) -> Evaluation {
        let speedup = Speedup {
            estimate,
            lo: estimate - 0.08,
            hi: estimate + 0.08,
        };
        let measurement = Measurement {
            speedup,
            verdict,
            launches: Vec::new(),
            rounds: 1,
            calls: 1,
            size: 1,
            seed: 1,
            spent: Nanos(1),
        };
        Evaluation::Measured { measurement }
    }

    fn wrong(hidden: bool) -> Evaluation {
        let mismatch = Mismatch {
            size: 0,
            values: "any".to_owned(),
            seed: "1f".to_owned(),
            hidden,
            field: "out".to_owned(),
            index: Some(3),
            expected: "1".to_owned(),
            got: "2".to_owned(),
            example: None,
        };
        Evaluation::WrongAnswer { mismatch }
    }

    #[test]
    fn a_lesson_says_what_was_done_what_came_of_it_and_why() {
        assert_eq!(
            said(TRIED, timed(3.1, Verdict::Faster)),
            "Interchanging the two inner loops ran 3.10× [3.02, 3.18] faster, because the innermost access becomes contiguous and vectorises (loop interchange)."
        );
        assert_eq!(
            said(TRIED, timed(1.0, Verdict::Same)),
            "Interchanging the two inner loops made no difference, 1.00× [0.92, 1.08] (loop interchange)."
        );
        assert_eq!(
            said(TRIED, wrong(false)),
            "Interchanging the two inner loops gave a wrong result at size 0 (any): out at position 3 should be 1 and was 2 (loop interchange): avoid it here or restrict it to where it is certain."
        );
        assert_eq!(
            said("int f() { return 1; } // same", timed(1.0, Verdict::Same)),
            "The function was left as it is (1.00× [0.92, 1.08]); none of the built-in rules applied."
        );
    }

    #[test]
    fn a_hidden_input_stays_hidden() {
        let text = said(TRIED, wrong(true));
        assert!(
            text.contains("on an input not shown to us")
                && !text.contains("size 0")
                && !text.contains("1f"),
            "{text}"
        );
    }

    #[test]
    fn failures_are_told_in_one_line() {
        let crash = Evaluation::Crashed {
            how: "SIGSEGV".to_owned(),
            stage: Stage::Check,
        };
        assert!(said(TRIED, crash).contains("crashed while checking: SIGSEGV"));
        let refused = Evaluation::NotCompiled {
            message: "no".to_owned(),
            diagnostics: "x.cpp:1: note\nx.cpp:2: error: bad".to_owned(),
        };
        assert!(said(TRIED, refused).contains("did not compile: x.cpp:2: error: bad"));
    }
}

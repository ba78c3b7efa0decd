//! What is said about lines of a candidate: compiler errors and remarks, read from an evaluation. Pure.

use std::collections::BTreeMap;

use crate::config::theme::Role;
use crate::domain::evaluation::{Evaluated, Evaluation};

/// Notes kept per line.
const PER_LINE: usize = 3;

/// Notes by line of the candidate, from 1.
pub(crate) type Notes = BTreeMap<usize, Vec<(Role, String)>>;

/// Compiler errors and warnings at their lines, then remarks.
pub(crate) fn by_line(evaluated: &Evaluated) -> Notes {
    let mut notes = Notes::new();
    let mut add = |line: usize, role: Role, text: &str| {
        let there = notes.entry(line).or_default();
        if there.len() < PER_LINE && !there.iter().any(|(_, known)| known == text) {
            there.push((role, text.to_owned()));
        }
    };
    if let Evaluation::NotCompiled { diagnostics, .. } = &evaluated.evaluation {
        for line in diagnostics.lines() {
            if let Some((at, role, text)) = diagnostic(line) {
                add(at, role, text);
            }
        }
    }
    for remark in &evaluated.remarks {
        if let Ok(line) = usize::try_from(remark.line) {
            add(line, Role::Comment, &remark.text);
        }
    }
    notes
}

/// A compiler's line `file:LINE:COLUMN: error: text`.
fn diagnostic(line: &str) -> Option<(usize, Role, &str)> {
    for (word, role) in [
        (": fatal error: ", Role::Failed),
        (": error: ", Role::Failed),
        (": warning: ", Role::Unclear),
        (": note: ", Role::Comment),
    ] {
        let Some((place, text)) = line.split_once(word) else {
            continue;
        };
        let mut numbers = place.rsplit(':').map_while(|part| part.trim().parse().ok());
        let (last, before) = (numbers.next()?, numbers.next());
        // With a column the line is the number before it.
        return Some((before.unwrap_or(last), role, text));
    }
    None
}

/// What went wrong, in a sentence; empty for a measured candidate.
pub(crate) fn sentence(evaluation: &Evaluation) -> String {
    match evaluation {
        Evaluation::NotCompiled { message, .. } | Evaluation::Unread { message, .. } => {
            message.clone()
        }
        Evaluation::Rejected { rule, message } => format!("{rule}: {message}"),
        Evaluation::Crashed { how, stage } => format!("{how} while {}", stage.word()),
        Evaluation::TimedOut { stage, limit } => {
            format!("no end within {limit} while {}", stage.word())
        }
        Evaluation::WrongAnswer { mismatch: m } if m.said().is_some() => {
            format!("{}: expected {}, got {}", m.field, m.expected, m.got)
        }
        Evaluation::WrongAnswer { mismatch: m } => {
            let at = m.index.map_or_else(String::new, |i| format!("[{i}]"));
            let input = m
                .example
                .as_ref()
                .map_or_else(String::new, |e| format!(", for {}", e.input));
            format!(
                "{}{at} at size {} ({}): expected {}, got {}{input}",
                m.field, m.size, m.values, m.expected, m.got
            )
        }
        Evaluation::HarnessFault { what } => what.clone(),
        Evaluation::Tested { tested } => match &tested.failed {
            Some(failed) => format!("{tested}; fails {}: {}", failed.test, failed.why),
            None => tested.to_string(),
        },
        Evaluation::Measured { .. } => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::units::Nanos;

    #[test]
    fn errors_stand_at_their_lines() {
        let evaluation = Evaluation::NotCompiled {
            message: "no".to_owned(),
            diagnostics: "candidate.cpp:7:12: error: expected ';'\n    7 | x\n\
                candidate.cpp:9: warning: unused\nsomething else: error: no place"
                .to_owned(),
        };
        let notes = by_line(&Evaluated::bare(evaluation, Nanos(0)));
        let expected = Notes::from([
            (7, vec![(Role::Failed, "expected ';'".to_owned())]),
            (9, vec![(Role::Unclear, "unused".to_owned())]),
        ]);
        assert_eq!(notes, expected);
    }
}

//! Facts and notices as lines of a log: when, and what in a few words. Bounded; never decides anything.

use std::collections::VecDeque;

use super::widgets::mark::Mark;
use super::widgets::text::one_line;
use crate::config::theme::Role;
use crate::domain::ask::AskNote;
use crate::domain::evaluation::Evaluated;
use crate::domain::event::{Ending, Envelope, Fact};
use crate::domain::lesson::Decision;
use crate::domain::meter::Budget;

/// Entries kept.
const KEPT: usize = 1_000;

/// A line of the log.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    /// Time since the run began.
    pub when: String,
    /// What.
    pub words: String,
    /// How it is shown.
    pub role: Role,
}

/// The log.
pub(crate) type Journal = VecDeque<Entry>;

/// Adds a line, dropping the oldest beyond the limit.
pub(crate) fn add(journal: &mut Journal, millis: i64, role: Role, words: String) {
    let seconds = millis.max(0) / 1000;
    let when = match seconds / 3600 {
        0 => format!("{:02}:{:02}", seconds / 60, seconds % 60),
        hours => format!("{hours}:{:02}:{:02}", seconds / 60 % 60, seconds % 60),
    };
    journal.push_back(Entry { when, words, role });
    while journal.len() > KEPT {
        journal.pop_front();
    }
}

fn ending(ending: &Ending) -> String {
    match ending {
        Ending::Done => "done".to_owned(),
        Ending::Stopped => "stopped".to_owned(),
        Ending::Budget => "budget spent".to_owned(),
        Ending::Failed { message } => format!("failed: {}", one_line(message)),
        Ending::CutOff { message } => format!("cut off: {}", one_line(message)),
    }
}

/// A fact in a few words; `None` for those that say nothing of their own.
pub(crate) fn words(envelope: &Envelope) -> Option<(Role, String)> {
    let text = match &envelope.fact {
        Fact::RunStarted {
            spec, toolchain, ..
        } => format!(
            "run {} begins: {} on {} problem(s), {}",
            envelope.run,
            spec.strategy,
            spec.units.len(),
            one_line(&toolchain.version)
        ),
        Fact::RunResumed { known, .. } => format!("resumed after {known} facts"),
        Fact::UnitStarted { unit } => format!("problem {} begins", unit.0 + 1),
        Fact::RoundStarted { round, .. } => format!("{round} begins"),
        Fact::RoundFinished { round, .. } => format!("{round} is over"),
        Fact::LessonsSelected {
            round, selection, ..
        } => format!(
            "{round}: {} lessons weighed for the prompts",
            selection.reasons.len()
        ),
        Fact::TestsAgreed { tests, .. } => format!("{} tests agreed on", tests.len()),
        Fact::AskSent { ask, prompt, .. } => format!("asked {ask}, {} bytes", prompt.len()),
        Fact::AnswerReceived { ask, answer, .. } => format!(
            "{ask} answered by {} after {:.1} s, {} tokens",
            one_line(&answer.model),
            answer.latency.millis() / 1e3,
            answer.usage.output
        ),
        Fact::AskFailed { ask, failure, .. } => {
            let hint = match failure.hint.as_str() {
                "" => String::new(),
                hint => format!(" → {}", one_line(hint)),
            };
            let words = format!("{ask} failed: {}{hint}", one_line(&failure.message));
            return Some((Role::Failed, words));
        }
        Fact::NobodyAnswered { failure, wait, .. } => {
            let words = format!(
                "nobody is answered, asking again in {wait}: {}",
                one_line(&failure.message)
            );
            return Some((Role::Failed, words));
        }
        Fact::AskNoted { ask, note, .. } => format!("{ask}: {}", noted(note)),
        Fact::CandidateProposed { candidate, .. } => {
            let lineage = candidate.lineage;
            format!(
                "{} proposed, {} lines{}",
                candidate.id,
                candidate.source.lines().count(),
                lineage.map_or_else(String::new, |lineage| format!(", {lineage}"))
            )
        }
        Fact::ParentMet {
            candidate, duel, ..
        } => format!("{candidate}: {duel}"),
        Fact::EnoughReached { unit, ended } => {
            let words = format!("problem {} has enough: {ended}", unit.0 + 1);
            return Some((Role::Better, words));
        }
        Fact::Evaluated {
            candidate,
            evaluated,
            ..
        } => format!("{candidate}: {}", outcome(evaluated)),
        Fact::BestConfirmed {
            candidate,
            evaluated,
            ..
        } => format!("{candidate} measured again: {}", outcome(evaluated)),
        Fact::BestImproved {
            candidate, speedup, ..
        } => {
            return Some((
                Role::Better,
                format!("{candidate} is the best so far: {speedup}"),
            ));
        }
        Fact::ContestHeld { contest, .. } => {
            let words = match contest.winner {
                Some(winner) => format!("{winner} is the {contest}"),
                None => contest.to_string(),
            };
            return Some((Role::Better, one_line(&words)));
        }
        Fact::LessonLearned { lesson, .. } => {
            format!("{}: {}", lesson.id, one_line(&lesson.text))
        }
        Fact::LessonAdded { lesson, .. } => {
            let how = match &lesson.origin {
                Some(origin) => format!("carried over from {}", origin.source),
                None => "added by you".to_owned(),
            };
            format!("{} {how}: {}", lesson.id, one_line(&lesson.text))
        }
        Fact::LessonDecided {
            lesson, decision, ..
        } => format!("{lesson}: you {}", decided(decision)),
        Fact::LessonRescored {
            lesson, from, to, ..
        } if from != to => format!("{lesson}: factor {from:.2} → {to:.2}"),
        Fact::LessonRescored { .. } => return None,
        Fact::UnitFinished {
            unit, ending: how, ..
        } => {
            format!("problem {} is over: {}", unit.0 + 1, ending(how))
        }
        Fact::HintGiven { agent, text, .. } if text.is_empty() => {
            format!("the hint for {agent} is taken back")
        }
        Fact::HintGiven { agent, text, .. } => {
            format!("your hint for {agent}'s next prompt: {}", one_line(text))
        }
        Fact::BudgetSet { budget } => format!("the budget is now {}", limits(budget)),
        Fact::GateSet { gate } => format!("gate {gate:?}").to_lowercase(),
        Fact::PauseSet { paused: true } => "paused".to_owned(),
        Fact::PauseSet { paused: false } => "goes on".to_owned(),
        Fact::RunFinished { ending: how } => format!("the run is over: {}", ending(how)),
    };
    Some((Role::Text, one_line(&text)))
}

/// What happened on the way to an answer, in words.
pub(crate) fn noted(note: &AskNote) -> String {
    match note {
        AskNote::Spent { usage, .. } => {
            let tokens = usage.input + usage.output;
            format!("{tokens} tokens paid for no answer")
        }
        AskNote::Fallback {
            from, to, message, ..
        } => format!("{to} answers instead of {from}: {message}"),
        AskNote::Trimmed { lessons, .. } => {
            format!("{} lessons left out to fit the context", lessons.len())
        }
        AskNote::Reused { from, .. } => format!("answered from {from}, nothing asked"),
    }
}

fn limits(budget: &Budget) -> String {
    let parts = [
        budget.time.map(|time| time.to_string()),
        budget.asks.map(|asks| format!("{asks} asks per problem")),
        budget
            .tokens
            .map(|tokens| format!("{tokens} tokens per problem")),
        budget.cost.map(|cost| cost.to_string()),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    match parts.is_empty() {
        true => "without a limit".to_owned(),
        false => parts.join(", "),
    }
}

fn decided(decision: &Decision) -> &'static str {
    match decision {
        Decision::Accept => "accepted it",
        Decision::Reject => "rejected it",
        Decision::Pin => "pinned it",
        Decision::Clear => "left it open again",
        Decision::Edit { .. } => "edited it",
    }
}

fn outcome(evaluated: &Evaluated) -> String {
    match evaluated.evaluation.measurement() {
        Some(m) => format!("{} {}", Mark::of_verdict(m.verdict).word(), m.speedup),
        None => super::screens::annotations::sentence(&evaluated.evaluation),
    }
}

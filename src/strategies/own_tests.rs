//! Tests for code that is yet to be written: its agents write them from the description, before anybody has seen any
//! code, and they are pooled into one suite for all. Never sees a benchmark's own tests.

use std::collections::{BTreeMap, BTreeSet};

use super::How;
use super::attempt::{Tried, answered, everyone};
use super::context::{Stop, StrategyContext};
use crate::domain::ask::{AnswerExtra, Task};
use crate::domain::codegen::Work;
use crate::domain::id::{AgentId, AskId, CandidateId, Purpose, Round};
use crate::domain::spec::RunSpec;

/// Tests in a pooled suite.
const MOST: usize = 60;

/// Who writes tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Authors {
    /// Every agent of the team.
    Everyone,
    /// This one alone.
    One(AgentId),
}

/// Has the tests written and agreed on, where the unit's work is to write code; else does nothing. To be called once
/// round 0 has begun.
pub(crate) fn agree(
    context: &StrategyContext,
    spec: &RunSpec,
    authors: Authors,
) -> Result<(), How> {
    let Work::Implement { entry, .. } = context.work() else {
        return Ok(());
    };
    let written = match authors {
        Authors::Everyone => everyone(context, spec, write)?,
        Authors::One(agent) => vec![write(context, agent)?],
    };
    let failed: Vec<Tried> = written
        .iter()
        .filter_map(|written| Some(Tried::SatOut(written.as_ref().err()?.clone())))
        .collect();
    if failed.len() == written.len() {
        answered(Round(0), &failed)?;
    }
    let by_author: Vec<Vec<String>> = written.into_iter().map(Result::unwrap_or_default).collect();
    let pool = pooled(&by_author, entry);
    if pool.is_empty() {
        let text = "no agent wrote a test that can be used: attempts are submitted untried";
        return Ok(context.note(text.to_owned())?);
    }
    Ok(context.agree(pool)?)
}

type Written = Result<Vec<String>, crate::domain::ask::AskFailure>;

fn write(context: &StrategyContext, agent: AgentId) -> Result<Written, Stop> {
    let ask = AskId {
        about: CandidateId::first(Round(0), agent),
        purpose: Purpose::Tests,
    };
    Ok(context
        .ask(ask, Task::Tests)?
        .map(|answer| match answer.found {
            AnswerExtra::Tests(tests) => tests,
            AnswerExtra::Nothing
            | AnswerExtra::Unapplied(_)
            | AnswerExtra::Exemplars(_)
            | AnswerExtra::Confidence(_) => Vec::new(),
        }))
}

/// One suite out of everybody's tests, in the team's order, each test once. Where authors expect different answers of the
/// same call, the answer that most of them expect stands; if none has more backers than every other, nobody's does.
fn pooled(by_author: &[Vec<String>], entry: &str) -> Vec<String> {
    let mut backers: BTreeMap<String, BTreeMap<String, BTreeSet<usize>>> = BTreeMap::new();
    for (author, tests) in by_author.iter().enumerate() {
        for test in tests {
            let (call, answer) = parts(test, entry);
            let answers = backers.entry(call).or_default();
            answers.entry(answer).or_default().insert(author);
        }
    }
    let mut pool: Vec<String> = Vec::new();
    let mut taken = BTreeSet::new();
    for test in by_author.iter().flatten() {
        let (call, answer) = parts(test, entry);
        let Some(answers) = backers.get(&call) else {
            continue;
        };
        let mine = answers.get(&answer).map_or(0, BTreeSet::len);
        let most = answers
            .iter()
            .all(|(other, backers)| *other == answer || backers.len() < mine);
        if most && taken.insert(call) && pool.len() < MOST {
            pool.push(test.clone());
        }
    }
    pool
}

/// A test as the call and what is expected of it; a test of another form is its own call.
fn parts(test: &str, entry: &str) -> (String, String) {
    let plain = |text: &str| text.split_whitespace().collect::<String>();
    let whole = (plain(test), String::new());
    let Some(rest) = test.strip_prefix("assert ").map(str::trim_start) else {
        return whole;
    };
    let Some(end) = rest.strip_prefix(entry).and_then(closing) else {
        return whole;
    };
    let (call, expected) = rest.split_at(entry.len() + end + 1);
    match expected.trim_start().strip_prefix("==") {
        Some(expected) => (plain(call), plain(expected)),
        None => whole,
    }
}

/// Where the bracket that the text begins with is closed, texts in quotes left out.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0usize;
    let mut quote = None;
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (Some(_), _) if escaped => escaped = false,
            (Some(_), '\\') => escaped = true,
            (Some(mark), c) if mark == c => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(c),
            (None, '(' | '[' | '{') => depth += 1,
            (None, ')' | ']' | '}') => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(at);
                }
            }
            (None, _) if depth == 0 => return None,
            (None, _) => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pool(by_author: &[&[&str]]) -> Vec<String> {
        let owned = |tests: &&[&str]| tests.iter().map(|test| (*test).to_owned()).collect();
        let by_author: Vec<Vec<String>> = by_author.iter().map(owned).collect();
        pooled(&by_author, "f")
    }

    #[test]
    fn each_test_is_in_the_pool_once_in_the_teams_order() {
        let got = pool(&[
            &["assert f(1) == 2", "assert f([1, 2]) == \")\""],
            &["assert f( 1 )==2", "assert abs(f(3) - 1) < 1e-6"],
        ]);
        let expected = [
            "assert f(1) == 2",
            "assert f([1, 2]) == \")\"",
            "assert abs(f(3) - 1) < 1e-6",
        ];
        assert_eq!(got, expected);
    }

    #[test]
    fn contradicting_tests_go_by_the_majority_and_out_on_a_tie() {
        let three: [&[&str]; 3] = [
            &["assert f(1) == 2"],
            &["assert f(1) == 3"],
            &["assert f(1) == 3"],
        ];
        assert_eq!(pool(&three), ["assert f(1) == 3"]);
        assert_eq!(pool(&three[..2]), [""; 0]);
        assert_eq!(pool(&[&["assert f(1) == 2", "assert f(1) == 3"]]), [""; 0]);
    }
}

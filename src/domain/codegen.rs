//! Code from a description: what such a task is, and what testing an attempt gave. The benchmark's own tests are hidden:
//! they are never in a prompt, a lesson or on screen before a unit's end.
//! Never runs anything (module `harness` does) and never reads a data set (module `problems` does).

use serde::{Deserialize, Serialize};

use super::id::CandidateId;
use super::run::{AgentTally, CandidateState, Unit};

/// What the agents of a unit are to do.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Work {
    /// Make the original faster.
    #[default]
    Optimise,
    /// Write a Python function from its signature and description.
    Implement {
        /// The task's name in the data set, e.g. `HumanEval/0`: what samples are exported under.
        task: String,
        /// The function's name.
        entry: String,
    },
}

impl Work {
    /// Whether this is the usual work, which facts need not mention.
    pub fn is_optimise(&self) -> bool {
        *self == Self::Optimise
    }
}

/// A task of writing a Python function. Its signature and description are the problem's `original`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Codegen {
    /// The task's name in the data set.
    pub task: String,
    /// The function's name.
    pub entry: String,
    /// Hidden: Python source of asserts that call the function by its name or inside `check(candidate)`; empty: none.
    pub tests: String,
    /// Hidden: JSON lists of argument lists, answered by the canonical solution.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inputs: Vec<String>,
    /// How far a floating-point answer to one of `inputs` may be off, absolutely; 0: as far as rounding goes.
    #[serde(default)]
    pub tolerance: f64,
    /// Hidden: Python source of `accepts(got, expected, *args)`, which says whether an answer to one of `inputs` is right where
    /// equality does not. It may call `close(got, expected)`, the usual comparison, and read `tolerance`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepts: Option<String>,
    /// Hidden: Python source that solves the task, by itself or after the [`preamble`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub canonical: Option<String>,
}

/// What stands before the function's own definition in a task's text: imports and helpers that an attempt may rely on.
pub fn preamble<'a>(prompt: &'a str, entry: &str) -> &'a str {
    let mut at = 0;
    let mut found = prompt.len();
    for line in prompt.split_inclusive('\n') {
        let head = line.strip_prefix("async ").unwrap_or(line);
        let name = head.strip_prefix("def ").map(str::trim_start);
        let after = name.and_then(|name| name.strip_prefix(entry));
        if after.is_some_and(|rest| rest.trim_start().starts_with(['(', '['])) {
            found = at;
        }
        at += line.len();
    }
    &prompt[..found]
}

/// An attempt as a program of its own: what stands before the function in the task's text, then the attempt.
pub fn whole(prompt: &str, entry: &str, source: &str) -> String {
    let before = preamble(prompt, entry).trim_end();
    if before.is_empty() {
        return source.to_owned();
    }
    format!("{before}\n\n\n{source}")
}

/// Whose tests an attempt was put to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Suite {
    /// Those that the agents wrote.
    Own,
    /// The benchmark's own. Told to no agent.
    Hidden,
}

/// The first test that an attempt failed, for whoever may know the test.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedTest {
    /// Its text, bounded.
    pub test: String,
    /// What happened instead, in words, bounded.
    pub why: String,
}

/// What testing an attempt gave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tested {
    /// Whose tests.
    pub suite: Suite,
    /// Tests it passed.
    pub passed: u32,
    /// Tests it was put to.
    pub total: u32,
    /// The first one it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed: Option<FailedTest>,
}

impl Tested {
    /// Whether it failed none. Where there are no tests this says nothing.
    pub fn all(&self) -> bool {
        self.passed >= self.total
    }

    /// The share of tests it passed, 0 to 1; 0 where there are none.
    pub fn share(&self) -> f64 {
        if self.total == 0 {
            return 0.0;
        }
        f64::from(self.passed) / f64::from(self.total)
    }
}

impl std::fmt::Display for Tested {
    /// `5 of 7 own tests`, `7 of 7 hidden tests`, `not tested`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let suite = match self.suite {
            Suite::Own if self.total == 0 => return f.write_str("not tested"),
            Suite::Own => "own",
            Suite::Hidden => "hidden",
        };
        let tests = if self.total == 1 { "test" } else { "tests" };
        write!(f, "{} of {} {suite} {tests}", self.passed, self.total)
    }
}

impl CandidateState {
    /// What testing gave, once tested.
    pub fn tested(&self) -> Option<&Tested> {
        self.evaluated.as_ref().and_then(|e| e.evaluation.tested())
    }
}

impl Unit {
    /// What the unit came to where code is tested: the hidden tests' verdict on what was submitted once there is one, else
    /// the candidate that passed the most of the agents' own tests, the earlier one on a tie.
    pub fn tested(&self) -> Option<(CandidateId, &Tested)> {
        if let Some((id, evaluated)) = &self.confirmed {
            return evaluated.evaluation.tested().map(|tested| (*id, tested));
        }
        let all = self.candidates.iter();
        let tested = all.filter_map(|(id, state)| Some((*id, state.tested()?)));
        tested.reduce(|best, next| match next.1.share() > best.1.share() {
            true => next,
            false => best,
        })
    }

    /// Whether what was submitted passes every hidden test; `None`: not known, or not that kind of work.
    pub fn solved(&self) -> Option<bool> {
        if self.spec.work.is_optimise() {
            return None;
        }
        match &self.confirmed {
            Some((_, evaluated)) => {
                let tested = evaluated.evaluation.tested();
                Some(tested.is_some_and(|tested| tested.all() && tested.total > 0))
            }
            None => self.ending.as_ref().map(|_| false),
        }
    }
}

impl AgentTally {
    /// Counts a candidate that was put to tests.
    pub(super) fn count_tested(&mut self, id: CandidateId, state: &CandidateState) {
        let Some(tested) = state.tested() else {
            return;
        };
        self.correct += u32::from(tested.all() && tested.total > 0);
        let best = self.tested.as_ref().map_or(-1.0, |(_, best)| best.share());
        if tested.share() > best {
            self.tested = Some((id, tested.clone()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_before_the_function_is_its_preamble() {
        let prompt = "import math\n\ndef poly(xs):\n    return 1\n\n\ndef find(xs):\n    \"\"\"def find(\"\"\"\n";
        assert_eq!(
            preamble(prompt, "find"),
            "import math\n\ndef poly(xs):\n    return 1\n\n\n"
        );
        assert_eq!(preamble("def find_all(x):\n", "find"), "def find_all(x):\n");
        assert_eq!(preamble("def f (x):\n", "f"), "");
        assert_eq!(
            whole("import re\n\ndef f(x):\n", "f", "def f(x): ..."),
            "import re\n\n\ndef f(x): ..."
        );
    }

    #[test]
    fn a_share_of_no_tests_is_nothing() {
        let tested = |passed, total| Tested {
            suite: Suite::Own,
            passed,
            total,
            failed: None,
        };
        assert_eq!((tested(0, 0).share(), tested(3, 4).share()), (0.0, 0.75));
        assert_eq!(tested(3, 4).to_string(), "3 of 4 own tests");
        assert_eq!(tested(0, 0).to_string(), "not tested");
    }
}

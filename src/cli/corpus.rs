//! The files that `doctor --self-test` tries on the harness: exploits that must gain nothing, honest code that must not be
//! refused. Each says in its first lines what it does, what must become of it, and why. Never runs them.

use std::path::PathBuf;

use include_dir::{Dir, include_dir};

use crate::domain::evaluation::{Evaluation, Outcome};
use crate::domain::problem::{
    CheckRules, Kind, Mode, Problem, ProblemId, Sizes, Tolerance, Values,
};

static FILES: Dir = include_dir!("$CARGO_MANIFEST_DIR/tests/exploits");

/// Speedups up to this are not credit: timing has an error, and layouts differ.
const CREDIT: f64 = 1.05;

/// What must become of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Expected {
    /// Measured: it is honest.
    Measured,
    /// Anything but a speedup.
    NotCredited,
    /// Any refusal, crash or wrong answer.
    Refused,
    /// This outcome.
    Outcome(Outcome),
    /// Refused under this rule.
    Rule(String),
}

impl Expected {
    fn parse(words: &str) -> Option<Self> {
        Some(match words.split_once(' ').unwrap_or((words, "")) {
            ("measured", "") => Self::Measured,
            ("not_credited", "") => Self::NotCredited,
            ("refused", "") => Self::Refused,
            ("crashed", "") => Self::Outcome(Outcome::Crashed),
            ("wrong_answer", "") => Self::Outcome(Outcome::WrongAnswer),
            ("not_compiled", "") => Self::Outcome(Outcome::NotCompiled),
            ("timed_out", "") => Self::Outcome(Outcome::TimedOut),
            ("rejected", rule) if !rule.is_empty() => Self::Rule(rule.to_owned()),
            _ => return None,
        })
    }

    /// Whether that is what became of it. Our own faults never are.
    pub(super) fn met(&self, found: &Evaluation) -> bool {
        let outcome = found.outcome();
        match self {
            Self::Measured => outcome == Outcome::Measured,
            Self::NotCredited => {
                outcome != Outcome::HarnessFault
                    && found.speedup().is_none_or(|speedup| speedup.lo <= CREDIT)
            }
            Self::Refused => !matches!(outcome, Outcome::HarnessFault | Outcome::Measured),
            Self::Outcome(wanted) => outcome == *wanted,
            Self::Rule(wanted) => {
                matches!(found, Evaluation::Rejected { rule, .. } if rule == wanted)
            }
        }
    }
}

/// A file of the corpus.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// `hostile/own-clock`.
    pub name: String,
    /// Whether it is honest.
    pub honest: bool,
    /// The small problem it is a candidate for.
    pub problem: String,
    /// The mode.
    pub mode: Mode,
    /// What must become of it.
    pub expected: Expected,
    /// All of it.
    pub source: String,
}

fn read(path: &str) -> Option<String> {
    Some(FILES.get_file(path)?.contents_utf8()?.to_owned())
}

/// All files, in order; an error names the first that does not say what it must.
pub(super) fn entries() -> Result<Vec<Entry>, String> {
    let mut paths: Vec<&str> = ["hostile", "honest"]
        .into_iter()
        .filter_map(|folder| FILES.get_dir(folder))
        .flat_map(Dir::files)
        .filter_map(|file| file.path().to_str())
        .collect();
    paths.sort_unstable();
    paths
        .into_iter()
        .map(|path| entry(path).ok_or(format!("{path} does not say what is expected of it")))
        .collect()
}

fn entry(path: &str) -> Option<Entry> {
    let source = read(path)?;
    let said = |word: &str| {
        source.lines().take(6).find_map(|line| {
            line.strip_prefix("// ")?
                .strip_prefix(word)?
                .strip_prefix(": ")
        })
    };
    said("why")?;
    Some(Entry {
        name: path.strip_suffix(".cpp")?.to_owned(),
        honest: path.starts_with("honest/"),
        problem: said("problem")?.to_owned(),
        mode: said("mode").map_or(Some(Mode::Serial), |mode| mode.parse().ok())?,
        expected: Expected::parse(said("expect")?)?,
        source,
    })
}

/// One of the small problems that the files are candidates for.
pub(super) fn problem(name: &str) -> Option<Problem> {
    let (entry, time) = match name {
        "sum" => ("double sum(std::vector<double> const &x)", 200_000),
        "scale" => (
            "void scale(std::vector<double> const &x, std::vector<double> &y)",
            100_000,
        ),
        "order" => ("void order(std::vector<int> &v)", 20_000),
        "flip" => ("void flip(std::vector<bool> &v)", 100_000),
        "work" => ("double work(size_t n, double x)", 500_000),
        _ => return None,
    };
    Some(Problem {
        id: ProblemId::new(format!("self-test/{name}")).ok()?,
        kind: Kind::Function,
        standard: Default::default(),
        upstream: Default::default(),
        work: Default::default(),
        title: name.to_owned(),
        category: "self-test".to_owned(),
        description: String::new(),
        entry: entry.to_owned(),
        modes: vec![Mode::Serial, Mode::Omp],
        sizes: Sizes {
            check: vec![0, 1, 2, 3, 7, 8, 16, 31, 64, 101, 1000],
            hidden: vec![5, 13, 33, 127, 257, 1009],
            time,
            time_omp: time,
        },
        check: CheckRules {
            tolerance: Tolerance::Relative(1e-9),
            values: vec![
                Values::Any,
                Values::Exact,
                Values::Zeros,
                Values::Sorted,
                Values::Large,
            ],
            exact_bits: 26,
        },
        path: PathBuf::new(),
        original: read(&format!("problems/{name}/original.cpp"))?,
        driver: read(&format!("problems/{name}/driver.cpp"))?,
        limits: Vec::new(),
        version: "self-test-1".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_says_what_it_is_and_is_for_a_problem_there_is() {
        let entries = entries().unwrap();
        assert!(entries.iter().filter(|entry| !entry.honest).count() >= 80);
        for entry in &entries {
            assert!(problem(&entry.problem).is_some(), "{}", entry.name);
            assert_eq!(entry.honest, entry.expected == Expected::Measured);
        }
    }

    #[test]
    fn a_fault_of_ours_meets_nothing_and_a_rule_must_be_the_one() {
        let fault = Evaluation::HarnessFault {
            what: "disk".to_owned(),
        };
        let refused = Evaluation::Rejected {
            rule: "files".to_owned(),
            message: String::new(),
        };
        for words in ["measured", "not_credited", "refused", "crashed"] {
            assert!(!Expected::parse(words).unwrap().met(&fault), "{words}");
        }
        assert!(Expected::parse("rejected files").unwrap().met(&refused));
        assert!(!Expected::parse("rejected network").unwrap().met(&refused));
        assert_eq!(Expected::parse("praised"), None);
    }
}

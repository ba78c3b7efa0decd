//! Which statements of the original the timed and the checked inputs reach: a build in which every statement says once
//! when it is reached, run where the sanitizers run. Never times and never judges a candidate.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant};

use super::calibration::input;
use super::check::{beyond_timed, small_inputs};
use super::function::PreparedFunction;
use super::runner::{CaseInput, CaseOutputs, Runner, RunnerLayout, RunnerStopped};
use super::toolchain::BuildPurpose;
use super::{Cancel, Harness, diagnostics, sides};
use crate::domain::problem::{Mode, Values};

/// The original with a call of `lessonl_reached(n)` before its statements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marks {
    /// The whole text.
    pub source: String,
    /// The line of every mark, from 1.
    pub lines: Vec<usize>,
}

/// Lines with statements, by who reaches them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Covered {
    /// All there are.
    pub(crate) lines: BTreeSet<usize>,
    /// Those that timed inputs reach.
    pub(crate) timed: BTreeSet<usize>,
    /// Those that any input reaches.
    pub(crate) checked: BTreeSet<usize>,
}

impl Covered {
    /// Whether any input reaches what stands on a line: the statement that begins there or last before it.
    pub(crate) fn reaches(&self, line: usize) -> bool {
        let begun = self.lines.range(..=line).next_back();
        begun.is_none_or(|begun| self.checked.contains(begun))
    }
}

/// What defines `lessonl_reached`: each mark is written to the report once.
const TELL: &str = r#"extern "C" long write(int, const void *, unsigned long);
extern "C" __attribute__((noinline)) void lessonl_reached(int mark) {
    static unsigned char seen[4096];
    if (mark < 0 || mark >= 4096 || seen[mark]) return;
    seen[mark] = 1;
    char text[8] = {'@', 0, 0, 0, 0, 0, '\n', 0};
    for (int at = 5; at > 0; --at, mark /= 10) text[at] = static_cast<char>('0' + mark % 10);
    (void)!write(2, text, 7);
}
"#;
/// How long checked inputs are tried.
const BUDGET: Duration = Duration::from_secs(2);
/// What a call may take.
const LIMIT: Duration = Duration::from_secs(10);

impl Harness {
    /// Finds out what the inputs reach; in words why that cannot be told.
    pub(super) fn covered(
        &self,
        prepared: &PreparedFunction,
        marks: &Marks,
        cancel: &Cancel,
    ) -> Result<Covered, String> {
        let bench = &self.0.bench;
        let watch = prepared.watch.as_ref().map_err(Clone::clone)?;
        let source = format!("{TELL}{}", marks.source);
        let built = sides::built_for(
            BuildPurpose::Watching,
            bench,
            &prepared.original,
            &prepared.entry,
            Mode::Serial,
            watch.headers(),
            &source,
            cancel,
        )
        .map_err(|_| "with its statements marked the original does not compile".to_owned())?;
        let object = built.path();
        let timed: Vec<CaseInput> = (0..3)
            .map(|_| input(&prepared.problem, Mode::Serial, fastrand::u64(..), 1))
            .collect();
        let mut checked = small_inputs(&prepared.problem);
        checked.push(beyond_timed(&prepared.problem));
        // Some classes may end the call where others do not: one by one.
        let mut reached = BTreeSet::new();
        let timed = self.reached(prepared, &object, &timed, cancel)?;
        reached.extend(timed.iter().copied());
        for values in Values::ALL {
            let of = |input: &&CaseInput| input.values == values;
            let inputs: Vec<CaseInput> = checked.iter().filter(of).copied().collect();
            if !inputs.is_empty() {
                reached.extend(self.reached(prepared, &object, &inputs, cancel)?);
            }
        }
        let lines = |marked: &BTreeSet<usize>| {
            let of = |mark: &usize| marks.lines.get(*mark).copied();
            marked.iter().filter_map(of).collect()
        };
        Ok(Covered {
            lines: marks.lines.iter().copied().collect(),
            timed: lines(&timed),
            checked: lines(&reached),
        })
    }

    /// The marks that inputs reach.
    fn reached(
        &self,
        prepared: &PreparedFunction,
        object: &Path,
        inputs: &[CaseInput],
        cancel: &Cancel,
    ) -> Result<BTreeSet<usize>, String> {
        let watch = prepared.watch.as_ref().map_err(Clone::clone)?;
        let setup = &prepared.setup;
        let report = tempfile::tempfile_in(&setup.folder).map_err(|error| error.to_string())?;
        let layout = RunnerLayout {
            watch: Some((watch.sanitizer(), &report)),
            ..RunnerLayout::default()
        };
        let failed = |stopped: RunnerStopped| match stopped {
            RunnerStopped::Crashed(how)
            | RunnerStopped::NotLoaded(how)
            | RunnerStopped::Fault(how) => how,
            RunnerStopped::TimedOut(limit) => format!("it takes longer than {limit} when watched"),
            RunnerStopped::Cancelled => "cancelled".to_owned(),
        };
        let mut runner = Runner::start(setup, object, layout, cancel).map_err(failed)?;
        let mut left = CaseOutputs::default();
        let begun = Instant::now();
        for (number, input) in inputs.iter().enumerate() {
            if number > 2 && begun.elapsed() > BUDGET {
                break;
            }
            let went = runner
                .make(*input, fastrand::u64(..), LIMIT, cancel)
                .and_then(|()| runner.call(LIMIT, cancel))
                .and_then(|_| runner.emit(&mut left, LIMIT, cancel));
            match went {
                Ok(()) => {}
                // What was reached before that counts.
                Err(RunnerStopped::Crashed(_) | RunnerStopped::TimedOut(_)) => break,
                Err(stopped) => return Err(failed(stopped)),
            }
        }
        drop(runner);
        let words = diagnostics::all(report);
        let mark = |line: &str| line.strip_prefix('@')?.parse().ok();
        Ok(words.lines().filter_map(mark).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_belongs_to_the_statement_that_begins_on_it_or_before() {
        let covered = Covered {
            lines: [3, 5, 9].into(),
            timed: BTreeSet::new(),
            checked: [3, 9].into(),
        };
        let reached: Vec<bool> = [1, 3, 4, 5, 8, 9, 12]
            .map(|line| covered.reaches(line))
            .to_vec();
        assert_eq!(reached, [true, true, true, false, false, true, true]);
    }
}

//! Undefined behaviour and accesses out of bounds, which may give the right answer by luck: small inputs, and one a little
//! above the timed size, in a build that the compiler's sanitizers watch. Never times it and never judges answers; silent where there is no sanitizer.

use std::fs::File;
use std::time::{Duration, Instant};

use super::check::{CheckFailure, beyond_timed, small_inputs};
use super::compile::{self, Bench, Built};
use super::function::PreparedFunction;
use super::headers::Headers;
use super::runner::{CaseInput, CaseOutputs, Runner, RunnerLayout, RunnerSetup, RunnerStopped};
use super::toolchain::BuildPurpose;
use super::{Cancel, Harness, diagnostics, given, runner, sides};
use crate::domain::evaluation::{Evaluation, Gate};
use crate::domain::problem::{Problem, Values};

/// After this long no further small input is tried.
const BUDGET: Duration = Duration::from_millis(200);
/// What a watched call may take.
const LIMIT: Duration = Duration::from_secs(5);
/// What the one large call may take; code that needs longer is watched on small inputs alone.
const LARGE_LIMIT: Duration = Duration::from_secs(1);

/// So many inputs that the original itself does not bear are passed over, then nothing is said of a candidate.
const PASSED_OVER: usize = 4;

/// What was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Seen {
    /// So many inputs without a report.
    Nothing(u32),
    /// A report: the rule and a sentence, and the class of values of the input that it came on.
    Report(&'static str, String, Values),
    /// It could not be watched, and why.
    Unwatched(String),
}

/// How candidates are watched.
#[derive(Debug)]
pub(crate) struct SanitizerWatch {
    /// The runtime.
    sanitizer: String,
    /// Headers precompiled for it.
    headers: Headers,
    /// What it sees of the original.
    pub(super) original: Seen,
}

impl SanitizerWatch {
    /// The runtime.
    pub(super) fn sanitizer(&self) -> &str {
        &self.sanitizer
    }

    /// Headers precompiled for it.
    pub(super) fn headers(&self) -> &Headers {
        &self.headers
    }
}

impl Harness {
    /// Finds out how candidates can be watched, by watching the original.
    pub(super) fn watch(
        &self,
        problem: &Problem,
        original: &given::Original,
        entry: &str,
        setup: &runner::RunnerSetup,
        cancel: &Cancel,
    ) -> Result<SanitizerWatch, String> {
        let bench = &self.0.bench;
        let sanitizer = bench
            .compiler
            .sanitizer
            .clone()
            .ok_or("there is no address sanitizer for this compiler")?;
        let headers = self
            .headers(setup.mode, BuildPurpose::Watching, problem.standard, cancel)
            .map_err(|error| error.to_string())?;
        let source = &problem.original;
        let built = sides::built_for(
            BuildPurpose::Watching,
            bench,
            original,
            entry,
            setup.mode,
            &headers,
            source,
            cancel,
        )
        .map_err(|_| "the original does not compile with the sanitizers")?;
        let watcher = Watcher {
            bench,
            setup,
            sanitizer: &sanitizer,
            cancel,
        };
        let (seen, _) = watcher.look(&built, &inputs(problem));
        if let Seen::Unwatched(why) = seen {
            return Err(why);
        }
        Ok(SanitizerWatch {
            sanitizer,
            headers,
            original: seen,
        })
    }

    /// Builds a candidate to be watched.
    pub(super) fn build_watched(
        &self,
        prepared: &PreparedFunction,
        source: &str,
        cancel: &Cancel,
    ) -> Result<Built, Seen> {
        let unwatched = |why: &str| Seen::Unwatched(why.to_owned());
        let watch = prepared.watch.as_ref().map_err(|why| unwatched(why))?;
        sides::built_for(
            BuildPurpose::Watching,
            &self.0.bench,
            &prepared.original,
            &prepared.entry,
            prepared.setup.mode,
            &watch.headers,
            source,
            cancel,
        )
        .map_err(|_| unwatched("it does not compile with the sanitizers"))
    }

    /// Watches a candidate that was built for it. What is reported of it is reported of the original, too, or it is passed
    /// over: inputs are drawn anew for every candidate, and among them may be one that the original does not bear.
    pub(super) fn watched(
        &self,
        prepared: &PreparedFunction,
        built: Result<Built, Seen>,
        cancel: &Cancel,
    ) -> Seen {
        let (watch, built) = match (&prepared.watch, built) {
            (Ok(watch), Ok(built)) => (watch, built),
            (Err(why), _) => return Seen::Unwatched(why.clone()),
            (_, Err(seen)) => return seen,
        };
        let watcher = Watcher {
            bench: &self.0.bench,
            setup: &prepared.setup,
            sanitizer: &watch.sanitizer,
            cancel,
        };
        let mut inputs = inputs(&prepared.problem);
        let mut original = None;
        for _ in 0..PASSED_OVER {
            let (seen, at) = watcher.look(&built, &inputs);
            let (Seen::Report(..), Seen::Nothing(_)) = (&seen, &watch.original) else {
                return seen;
            };
            let source = &prepared.problem.original;
            let original =
                original.get_or_insert_with(|| self.build_watched(prepared, source, cancel));
            let (Ok(original), Some(input)) = (original, inputs.get(at)) else {
                return seen;
            };
            let (of_original, _) = watcher.look(original, std::slice::from_ref(input));
            if !matches!(of_original, Seen::Report(..)) {
                return seen;
            }
            inputs.remove(at);
        }
        Seen::Unwatched("the original itself is reported on inputs like these".to_owned())
    }
}

impl PreparedFunction {
    /// The gate, and the verdict if there is a report, from what was seen of a candidate; nothing if watching it died.
    pub(super) fn judge_watched(&self, seen: Option<Seen>) -> (Gate, Option<CheckFailure>) {
        let unwatched = |why: &str| Seen::Unwatched(why.to_owned());
        match &self.watch {
            Ok(watch) => judge(
                &watch.original,
                &seen.unwrap_or_else(|| unwatched("watching failed")),
            ),
            Err(why) => judge(&unwatched(why), &unwatched(why)),
        }
    }
}

/// An input to watch a side with.
#[derive(Debug, Clone, Copy)]
struct WatchedInput {
    input: CaseInput,
    /// Where things lie in memory.
    arrangement: u64,
    /// The one above the timed size, which may take too long.
    large: bool,
}

/// Small inputs, and one a little above the timed size.
fn inputs(problem: &Problem) -> Vec<WatchedInput> {
    let watched = |input, large| WatchedInput {
        input,
        arrangement: fastrand::u64(..),
        large,
    };
    small_inputs(problem)
        .into_iter()
        .map(|input| watched(input, false))
        .chain([watched(beyond_timed(problem), true)])
        .collect()
}

/// Runs built sides under the sanitizers.
#[derive(Clone, Copy)]
struct Watcher<'a> {
    bench: &'a Bench,
    setup: &'a RunnerSetup,
    sanitizer: &'a str,
    cancel: &'a Cancel,
}

impl Watcher<'_> {
    /// What is seen, and the position of the input at which it ended.
    fn look(self, built: &Built, inputs: &[WatchedInput]) -> (Seen, usize) {
        let report = match tempfile::tempfile_in(&self.setup.folder) {
            Ok(report) => report,
            Err(error) => return (Seen::Unwatched(error.to_string()), 0),
        };
        let (mut at, mut count) = (0, 0);
        let stopped = match self.run(built, &report, inputs, &mut at, &mut count) {
            Ok(()) => return (Seen::Nothing(count), at),
            Err(stopped) => stopped,
        };
        let mut words = compile::bounded(report);
        let addresses = own_addresses(&words, &built.path().display().to_string());
        if !addresses.is_empty()
            && let Some(lines) = self.bench.lines_at(built, &addresses, self.cancel)
        {
            words.push('\n');
            words.push_str(&lines);
        }
        let class = inputs.get(at).map_or(Values::Any, |w| w.input.values);
        let seen = match (understand(&words), stopped) {
            (Some((rule, message)), _) => Seen::Report(rule, message, class),
            (None, RunnerStopped::TimedOut(_)) => {
                Seen::Unwatched("it is too slow when watched".to_owned())
            }
            (None, RunnerStopped::Crashed(how)) => {
                Seen::Unwatched(format!("it ended without a report: {how}"))
            }
            (None, RunnerStopped::NotLoaded(why) | RunnerStopped::Fault(why)) => {
                Seen::Unwatched(why)
            }
            (None, RunnerStopped::Cancelled) => Seen::Unwatched("cancelled".to_owned()),
        };
        (seen, at)
    }

    /// Runs the inputs in their order; small ones only as long as there is time.
    fn run(
        self,
        built: &Built,
        report: &File,
        inputs: &[WatchedInput],
        at: &mut usize,
        count: &mut u32,
    ) -> Result<(), RunnerStopped> {
        let layout = RunnerLayout {
            watch: Some((self.sanitizer, report)),
            ..RunnerLayout::default()
        };
        let mut runner = Runner::start(self.setup, &built.path(), layout, self.cancel)?;
        let mut left = CaseOutputs::default();
        let begun = Instant::now();
        for (index, watched) in inputs.iter().enumerate() {
            if !watched.large && begun.elapsed() > BUDGET {
                continue;
            }
            *at = index;
            runner.make(watched.input, watched.arrangement, LIMIT, self.cancel)?;
            match (watched.large, runner.call(limit(watched), self.cancel)) {
                (true, Err(RunnerStopped::TimedOut(_))) => continue,
                (true, called) => drop(called?),
                (false, called) => {
                    called?;
                    runner.emit(&mut left, LIMIT, self.cancel)?;
                }
            }
            *count += 1;
        }
        Ok(())
    }
}

/// What a watched call may take.
fn limit(watched: &WatchedInput) -> Duration {
    match watched.large {
        true => LARGE_LIMIT,
        false => LIMIT,
    }
}

/// The gate, and the verdict if there is a report. `original` is what was seen of the original: what it does itself a
/// candidate may do.
fn judge(original: &Seen, candidate: &Seen) -> (Gate, Option<CheckFailure>) {
    let gate = |passed, detail: String| Gate {
        name: "sanitizers".to_owned(),
        passed,
        detail,
    };
    match (original, candidate) {
        (Seen::Report(..), _) => (
            gate(None, "the original itself is reported".to_owned()),
            None,
        ),
        (Seen::Unwatched(why), _) | (_, Seen::Unwatched(why)) => (
            gate(None, diagnostics::escaped(why).chars().take(200).collect()),
            None,
        ),
        (_, Seen::Nothing(count)) => (gate(Some(true), format!("{count} inputs watched")), None),
        (_, Seen::Report(rule, message, _)) => (
            gate(Some(false), message.clone()),
            Some(CheckFailure::Candidate(Box::new(Evaluation::Rejected {
                rule: (*rule).to_owned(),
                message: message.clone(),
            }))),
        ),
    }
}

/// The rule and a sentence from a sanitizer's report. Hostile code may write one itself, to its own disadvantage.
pub(super) fn understand(words: &str) -> Option<(&'static str, String)> {
    if let Some(line) = words.lines().find(|line| line.contains("runtime error: ")) {
        let (place, what) = line.split_once("runtime error: ")?;
        return Some((
            "undefined_behaviour",
            sentence("Undefined behaviour", own_line(place), what),
        ));
    }
    let (_, report) = words.split_once("AddressSanitizer: ")?;
    let what = report.split_whitespace().next()?;
    // A watched function needs more stack than the same one when it is timed; a failed CHECK is the sanitizer's own, as
    // when something is thrown and it was loaded before the C++ library.
    if matches!(what, "stack-overflow" | "CHECK") {
        return None;
    }
    Some((
        "out_of_bounds",
        sentence("Memory that is not its own", own_line(report), what),
    ))
}

fn sentence(what: &str, line: Option<u32>, detail: &str) -> String {
    let detail: String = detail.trim().chars().take(200).collect();
    match line {
        Some(line) => format!("{what} in line {line}: {detail}."),
        None => format!("{what}: {detail}."),
    }
}

/// Where in the candidate's object the first frames of a report lie, as the tool that knows lines wants it.
fn own_addresses(report: &str, object: &str) -> Vec<String> {
    report
        .lines()
        .take_while(|line| !line.contains("allocated by"))
        .filter_map(|line| {
            let (_, offset) = line.split_once(object)?;
            let offset = offset.strip_prefix("+0x")?;
            let digits: String = offset.chars().take_while(char::is_ascii_hexdigit).collect();
            (!digits.is_empty() && digits.len() <= 16).then(|| format!("0x{digits}"))
        })
        .take(4)
        .collect()
}

/// The first of the candidate's own lines that is named.
fn own_line(text: &str) -> Option<u32> {
    let (_, rest) = text.split_once("candidate.cpp:")?;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_become_sentences_with_the_line() {
        assert_eq!(
            understand("candidate.cpp:7:12: runtime error: signed integer overflow: 2147483647 + 1 cannot be represented\n"),
            Some((
                "undefined_behaviour",
                "Undefined behaviour in line 7: signed integer overflow: 2147483647 + 1 cannot be represented.".to_owned()
            ))
        );
        let report = "==1==ERROR: AddressSanitizer: heap-buffer-overflow on address 0x1 at pc 0x2\n    #0 0x1 in sum candidate.cpp:9\n";
        assert_eq!(
            understand(report),
            Some((
                "out_of_bounds",
                "Memory that is not its own in line 9: heap-buffer-overflow.".to_owned()
            ))
        );
        assert_eq!(understand("killed"), None);
        assert_eq!(
            own_addresses(
                "    #1 0x7f (/tmp/x/unit.so+0x1a2b)\n #2 0x3 (/a/unit.so+0x9)\nallocated by\n #0 0x1 (/tmp/x/unit.so+0x9)",
                "/tmp/x/unit.so"
            ),
            ["0x1a2b"]
        );
    }

    #[test]
    fn what_the_original_does_itself_is_nobodys_fault() {
        let report = Seen::Report("out_of_bounds", "x".to_owned(), Values::Any);
        assert!(judge(&report, &report).1.is_none());
        let (gate, failure) = judge(&Seen::Nothing(3), &report);
        assert!(gate.passed == Some(false) && failure.is_some());
        assert_eq!(
            judge(&Seen::Nothing(3), &Seen::Nothing(4)).0.passed,
            Some(true)
        );
    }
}

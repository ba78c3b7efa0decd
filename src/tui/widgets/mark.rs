//! Verdicts by shape and word, colour last; one cell wide everywhere, with an ASCII form each.

use crate::config::theme::Role;
use crate::domain::codegen::Tested;
use crate::domain::evaluation::{Evaluated, Evaluation, NO_CODE, Outcome, Unread};
use crate::domain::id::LessonId;
use crate::domain::lesson::{Lesson, LessonOutcome, LessonState};
use crate::domain::measurement::{Speedup, Verdict, ratio};
use crate::domain::run::{CandidateState, Unit};

/// Which symbols the terminal can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Symbols {
    /// Box drawing and geometric shapes.
    Unicode,
    /// ASCII only.
    Ascii,
}

impl Symbols {
    /// One of two forms.
    pub(crate) fn pick<T>(self, unicode: T, ascii: T) -> T {
        match self {
            Self::Unicode => unicode,
            Self::Ascii => ascii,
        }
    }
}

/// What became of a candidate, for the eye.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Mark {
    /// Faster than the original.
    Faster,
    /// As fast.
    Same,
    /// The measurement does not resolve it.
    Unclear,
    /// Slower.
    Slower,
    /// Another answer.
    Wrong,
    /// The compiler refused it.
    Build,
    /// The answer held no code.
    NoCode,
    /// The answer was cut off.
    CutOff,
    /// The answer's edits do not fit.
    Misfit,
    /// Ended by a signal.
    Crashed,
    /// Ran into a limit.
    TimedOut,
    /// A rule refused it.
    Rejected,
    /// Our own failure.
    Fault,
    /// Passed every test.
    Passed,
    /// Not known yet.
    Running,
}

impl Mark {
    /// Every mark of a rewrite, in the order of the legend.
    pub(crate) const ALL: [Self; 14] = [
        Self::Faster,
        Self::Slower,
        Self::Same,
        Self::Unclear,
        Self::Build,
        Self::NoCode,
        Self::CutOff,
        Self::Misfit,
        Self::Wrong,
        Self::Crashed,
        Self::TimedOut,
        Self::Rejected,
        Self::Fault,
        Self::Running,
    ];

    /// The mark of a measured verdict.
    pub(crate) fn of_verdict(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Faster => Self::Faster,
            Verdict::Slower => Self::Slower,
            Verdict::Same => Self::Same,
            Verdict::Unresolved => Self::Unclear,
        }
    }

    /// The mark of a candidate.
    pub(crate) fn of(state: &CandidateState) -> Self {
        if let Some(verdict) = state.verdict() {
            return Self::of_verdict(verdict);
        }
        if state.evaluated.as_ref().is_some_and(is_without_code) {
            return Self::NoCode;
        }
        match state.outcome() {
            None | Some(Outcome::Measured) => Self::Running,
            Some(Outcome::NotCompiled) => Self::Build,
            Some(Outcome::NoCode) => Self::NoCode,
            Some(Outcome::CutOff) => Self::CutOff,
            Some(Outcome::Misfit) => Self::Misfit,
            Some(Outcome::Rejected) => Self::Rejected,
            Some(Outcome::WrongAnswer | Outcome::FailedTests) => Self::Wrong,
            Some(Outcome::Passed) => Self::Passed,
            Some(Outcome::Crashed) => Self::Crashed,
            Some(Outcome::TimedOut) => Self::TimedOut,
            Some(Outcome::HarnessFault) => Self::Fault,
        }
    }

    /// The mark of a candidate as it stands: of the fresh measurement of its code where there is one, else of its first.
    pub(crate) fn standing(unit: &Unit, state: &CandidateState) -> Self {
        let fresh = unit.confirmed.as_ref().filter(|(id, evaluated)| {
            state.verdict().is_some()
                && evaluated.evaluation.verdict().is_some()
                && unit.same_code(*id, state.candidate.id)
        });
        match fresh.and_then(|(_, evaluated)| evaluated.evaluation.verdict()) {
            Some(verdict) => Self::of_verdict(verdict),
            None => Self::of(state),
        }
    }

    /// The mark of the attempt behind a lesson: what was measured, where that is known, since a prompt's words know no
    /// doubt; `None` for advice.
    pub(crate) fn behind(unit: &Unit, lesson: &Lesson) -> Option<Self> {
        let attempt = match lesson.id {
            LessonId::Learned(candidate) => unit.candidates.get(&candidate),
            _ => None,
        };
        match attempt.filter(|state| state.evaluated.is_some()) {
            Some(state) => Some(Self::of(state)),
            None => Self::of_lesson(lesson.outcome),
        }
    }

    /// The mark of a lesson's outcome as prompts tell it.
    fn of_lesson(outcome: LessonOutcome) -> Option<Self> {
        Some(match outcome {
            LessonOutcome::Significant => Self::Faster,
            LessonOutcome::Slight => Self::Same,
            LessonOutcome::Same => Self::Unclear,
            LessonOutcome::Slower => Self::Slower,
            LessonOutcome::Wrong | LessonOutcome::FailedTests => Self::Wrong,
            LessonOutcome::NotCompiled => Self::Build,
            LessonOutcome::Crashed => Self::Crashed,
            LessonOutcome::TimedOut => Self::TimedOut,
            LessonOutcome::Rejected => Self::Rejected,
            LessonOutcome::Advice => return None,
        })
    }

    /// The mark of an interval without a stored verdict, by the same limits.
    pub(crate) fn of_speedup(speedup: Speedup) -> Self {
        if speedup.lo > 1.01 {
            Self::Faster
        } else if speedup.hi < 0.99 {
            Self::Slower
        } else if speedup.lo >= 0.99 && speedup.hi <= 1.01 {
            Self::Same
        } else {
            Self::Unclear
        }
    }

    /// Its shape.
    pub(crate) fn glyph(self, symbols: Symbols) -> &'static str {
        let (unicode, ascii) = match self {
            Self::Faster => ("▲", "^"),
            Self::Slower => ("▼", "v"),
            Self::Same => ("=", "="),
            Self::Unclear => ("◆", "?"),
            Self::Build => ("✗", "x"),
            Self::NoCode => ("∄", "n"),
            Self::CutOff => ("⊣", "/"),
            Self::Misfit => ("⊠", "m"),
            Self::Wrong => ("≠", "#"),
            Self::Crashed => ("!", "!"),
            Self::TimedOut => ("◷", "@"),
            Self::Rejected => ("∅", "0"),
            Self::Fault => ("⚠", "*"),
            Self::Passed => ("✓", "+"),
            Self::Running => ("…", "."),
        };
        symbols.pick(unicode, ascii)
    }

    /// Its word.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Faster => "faster",
            Self::Slower => "slower",
            Self::Same => "same",
            Self::Unclear => "unresolved",
            Self::Build => "build",
            Self::NoCode => "no code",
            Self::CutOff => "cut off",
            Self::Misfit => "misfit",
            Self::Wrong => "wrong",
            Self::Crashed => "crashed",
            Self::TimedOut => "timed out",
            Self::Rejected => "rejected",
            Self::Fault => "harness fault",
            Self::Passed => "passed",
            Self::Running => "running",
        }
    }

    /// Its colour.
    pub(crate) fn role(self) -> Role {
        match self {
            Self::Faster | Self::Passed => Role::Better,
            Self::Slower => Role::Worse,
            Self::Same => Role::Same,
            Self::Unclear => Role::Unclear,
            Self::Running => Role::Running,
            _ => Role::Failed,
        }
    }
}

/// Whether what stands for the candidate is an answer without code to be compared with anything.
pub(crate) fn is_without_code(evaluated: &Evaluated) -> bool {
    match &evaluated.evaluation {
        Evaluation::NotCompiled { message, .. } => message == NO_CODE,
        Evaluation::Unread { how, .. } => *how != Unread::CutOff,
        _ => false,
    }
}

/// The shape of a lesson's state.
pub(crate) fn state_glyph(state: LessonState, symbols: Symbols) -> &'static str {
    let (unicode, ascii) = match state {
        LessonState::Proposed => ("○", "o"),
        LessonState::Accepted => ("●", "*"),
        LessonState::Rejected => ("✗", "x"),
        LessonState::Pinned => ("★", "P"),
    };
    symbols.pick(unicode, ascii)
}

/// The word of a lesson's state.
pub(crate) fn state_word(state: LessonState) -> &'static str {
    match state {
        LessonState::Proposed => "proposed",
        LessonState::Accepted => "accepted",
        LessonState::Rejected => "rejected",
        LessonState::Pinned => "pinned",
    }
}

/// A candidate's figure in at most `cells`: its speedup, or the tests it passed; nothing where there is neither.
pub(crate) fn figure(state: &CandidateState, cells: usize, symbols: Symbols) -> Option<String> {
    match (state.tested(), state.speedup()) {
        (Some(tested), _) => Some(tests(tested, cells)),
        (None, speedup) => speedup.map(|s| self::speedup(s, cells, symbols)),
    }
}

/// The same as it stands: the fresh measurement of its code where there is one.
pub(crate) fn standing(
    unit: &Unit,
    state: &CandidateState,
    cells: usize,
    symbols: Symbols,
) -> Option<String> {
    match state.tested() {
        Some(_) => figure(state, cells, symbols),
        None => unit
            .figure(state.candidate.id)
            .map(|s| speedup(s, cells, symbols)),
    }
}

/// Beside the candidate that is the best one, and the winner once the unit is over.
pub(crate) fn leads(symbols: Symbols) -> &'static str {
    symbols.pick("★", "*")
}

/// Tests passed in at most `cells`: in words, else as `5/7`.
pub(crate) fn tests(tested: &Tested, cells: usize) -> String {
    let whole = tested.to_string();
    if super::text::width(&whole) <= cells {
        return whole;
    }
    let short = format!("{}/{}", tested.passed, tested.total);
    super::text::elide_end(&short, cells)
}

/// The mark of tests passed.
pub(crate) fn of_tests(tested: &Tested) -> Mark {
    match tested.all() {
        true => Mark::Passed,
        false => Mark::Wrong,
    }
}

/// A speedup in at most `cells`: with its interval, else with `±`, in the end with one digit of it, else nothing but the
/// mark's word. Never a bare multiplier.
pub(crate) fn speedup(speedup: Speedup, cells: usize, symbols: Symbols) -> String {
    let times = symbols.pick("×", "x");
    let whole = speedup.to_string().replace('×', times);
    if super::text::width(&whole) <= cells {
        return whole;
    }
    let half = (speedup.hi - speedup.estimate).max(speedup.estimate - speedup.lo);
    let short = format!(
        "{}{}{}{times}",
        ratio(speedup.estimate),
        symbols.pick("±", "+-"),
        ratio(half)
    );
    if super::text::width(&short) <= cells {
        return short;
    }
    // No more digits than the uncertainty has.
    if half > 0.0 {
        let places = usize::try_from(-half.log10().floor() as i64).map_or(0, |n| n.min(9));
        let sign = symbols.pick("±", "+-");
        let rough = format!("{:.places$}{sign}{half:.places$}{times}", speedup.estimate);
        if super::text::width(&rough) <= cells {
            return rough;
        }
    }
    super::text::elide_end(Mark::of_speedup(speedup).word(), cells)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shape_is_one_cell_wide_and_none_is_used_twice() {
        for symbols in [Symbols::Unicode, Symbols::Ascii] {
            let mut seen = Vec::new();
            for mark in Mark::ALL.into_iter().chain([Mark::Passed]) {
                let glyph = mark.glyph(symbols);
                assert_eq!(super::super::text::width(glyph), 1, "{mark:?}");
                assert!(!seen.contains(&glyph), "{mark:?}");
                seen.push(glyph);
            }
        }
    }

    #[test]
    fn a_narrow_speedup_never_loses_its_uncertainty() {
        let s = Speedup {
            estimate: 2.31,
            lo: 2.24,
            hi: 2.39,
        };
        assert_eq!(speedup(s, 20, Symbols::Unicode), "2.31× [2.24, 2.39]");
        assert_eq!(speedup(s, 12, Symbols::Unicode), "2.31±0.08×");
        assert_eq!(speedup(s, 6, Symbols::Unicode), "faster");
        assert_eq!(speedup(s, 3, Symbols::Ascii), "fa…");
        let wide = Speedup {
            estimate: 6.32,
            lo: 5.99,
            hi: 6.62,
        };
        assert_eq!(speedup(wide, 10, Symbols::Unicode), "6.32±0.33×");
        assert_eq!(speedup(wide, 8, Symbols::Unicode), "6.3±0.3×");
        let large = Speedup {
            estimate: 805.0,
            lo: 351.0,
            hi: 1845.0,
        };
        assert_eq!(speedup(large, 9, Symbols::Unicode), "805±1040×");
        let exact = Speedup {
            estimate: 1.0,
            lo: 1.0,
            hi: 1.0,
        };
        assert_eq!(speedup(exact, 6, Symbols::Unicode), "same");
    }
}

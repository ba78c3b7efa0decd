//! Facts as lines of plain text: the same prefix for the same kind of event, always. Pure. Text from agents is bounded and
//! cannot move a cursor.

use super::spending;
use crate::domain::enough::Until;
use crate::domain::evaluation::{Evaluated, Evaluation};
use crate::domain::event::{Ending, Envelope, Fact, Pulse};
use crate::domain::id::{AgentId, LessonId, UnitId};
use crate::domain::lesson::{Decision, Lesson};
use crate::domain::measurement::{Measurement, ratio};
use crate::domain::run::Run;
use crate::domain::spec::RunSpec;
use crate::reports::table::one_line;

/// Longest text of an agent, a compiler or a server in a line, characters.
const LONGEST: usize = 200;

/// Width of the prefix.
const PREFIX: usize = 10;

/// What the attempt behind a lesson came to: as it was measured, where prompts know no doubt.
fn learned_from(run: &Run, unit: Option<UnitId>, lesson: &Lesson) -> &'static str {
    let attempt = match lesson.id {
        LessonId::Learned(candidate) => unit
            .and_then(|unit| run.unit(unit))
            .and_then(|unit| unit.candidates.get(&candidate)),
        _ => None,
    };
    match attempt.and_then(|state| state.verdict()) {
        Some(verdict) => verdict.word(),
        None => lesson.outcome.word(),
    }
}

/// The line of a fact, or nothing if it says nothing new to a person. `run` has taken the fact in already.
pub(super) fn line(run: &Run, envelope: &Envelope) -> Option<String> {
    let name = |agent: AgentId| match run.spec.team.get(agent.index()) {
        Some(member) => bounded(&member.name),
        None => agent.to_string(),
    };
    let (prefix, text) = match &envelope.fact {
        Fact::RunStarted { spec, .. } => return Some(started(run, spec)),
        Fact::RunResumed { known, .. } => {
            ("resumed", format!("{} with {known} known facts", run.id))
        }
        Fact::UnitStarted { unit } => {
            let spec = &run.unit(*unit)?.spec;
            let of = run.units.len();
            let at = usize::from(unit.0) + 1;
            (
                "unit",
                format!("{at}/{of} {} ({})", spec.problem, spec.mode),
            )
        }
        Fact::RoundStarted { round, .. } => {
            ("round", format!("{} of {}", round.0, run.spec.rounds))
        }
        Fact::LessonsSelected { selection, .. } => {
            let chosen: Vec<String> = selection.chosen().map(|id| id.to_string()).collect();
            if selection.reasons.is_empty() {
                return None;
            }
            let of = selection.reasons.len();
            (
                "select",
                format!("{} of {of} lessons: {}", chosen.len(), chosen.join(" ")),
            )
        }
        Fact::TestsAgreed { tests, .. } => {
            let tests = count(tests.len(), "test");
            ("tests", format!("{tests} written by the agents"))
        }
        Fact::AskSent { ask, lessons, .. } => (
            "ask",
            format!("{ask} {} with {} lessons", name(ask.agent()), lessons.len()),
        ),
        Fact::AnswerReceived { ask, answer, .. } => {
            let about = if answer.usage.estimated { "about " } else { "" };
            let defects: String = answer
                .defects
                .iter()
                .map(|d| format!("; {}", bounded(&d.words())))
                .collect();
            let (output, latency) = (answer.usage.output, answer.latency);
            let text = format!(
                "{ask} {} {about}{output} tokens in {latency}{defects}",
                name(ask.agent())
            );
            ("answer", text)
        }
        Fact::AskFailed { ask, failure, .. } => {
            let words = bounded(&failure.message);
            (
                "failed",
                format!(
                    "{ask} {} {words} → {}",
                    name(ask.agent()),
                    bounded(&failure.hint)
                ),
            )
        }
        Fact::NobodyAnswered {
            failure,
            wait,
            left,
            ..
        } => (
            "waiting",
            format!(
                "nobody is answered; asking again in {wait}, for {left} more at most: {}",
                bounded(&failure.message)
            ),
        ),
        Fact::AskNoted { ask, note, .. } => return spending::noted(&name(ask.agent()), *ask, note),
        Fact::CandidateProposed { candidate, .. } => {
            let what = match &candidate.build {
                Some(build) => format!("the original, built with {build}"),
                None => count(candidate.source.lines().count(), "line"),
            };
            let author = name(candidate.id.agent);
            let lineage = candidate.lineage;
            let lineage = lineage.map_or_else(String::new, |lineage| format!(", {lineage}"));
            (
                "candidate",
                format!("{} {author} {what}{lineage}", candidate.id),
            )
        }
        Fact::Evaluated {
            candidate,
            evaluated,
            ..
        } => (
            "result",
            format!(
                "{candidate} {} {}",
                name(candidate.agent),
                outcome(evaluated)
            ),
        ),
        Fact::LessonLearned { lesson, .. } | Fact::LessonAdded { lesson, .. } => (
            "lesson",
            format!(
                "{} {}: {}",
                lesson.id,
                learned_from(run, envelope.fact.unit(), lesson),
                bounded(&lesson.text)
            ),
        ),
        Fact::LessonDecided {
            lesson, decision, ..
        } => ("decided", format!("{lesson} {}", decided(decision))),
        Fact::LessonRescored {
            lesson, from, to, ..
        } => ("rescored", format!("{lesson} factor {from:.2} → {to:.2}")),
        Fact::BestImproved {
            unit,
            candidate,
            speedup,
        } => {
            if run.unit(*unit)?.leads_again() {
                return None;
            }
            let author = name(candidate.agent);
            ("best", format!("{candidate} {author} {speedup}"))
        }
        Fact::ContestHeld { contest, .. } => {
            let winner = contest
                .winner
                .map(|id| format!("{id} {}, ", name(id.agent)));
            let words = bounded(&contest.to_string());
            ("contest", format!("{}{words}", winner.unwrap_or_default()))
        }
        Fact::ParentMet {
            candidate, duel, ..
        } => (
            "parent",
            format!("{candidate} {} {duel}", name(candidate.agent)),
        ),
        Fact::EnoughReached { ended, .. } => ("enough", ended.to_string()),
        Fact::RoundFinished { unit, .. } => {
            let converged = run.unit(*unit).and_then(|unit| unit.converged());
            let converged = converged.map(|words| prefixed("alike", &words.to_string()));
            let metered = run.spec.is_metered();
            let spent = metered.then(|| prefixed("spent", &spending::meter(run, *unit)));
            let lines: Vec<String> = converged.into_iter().chain(spent).collect();
            return (!lines.is_empty()).then(|| lines.join("\n"));
        }
        Fact::BestConfirmed {
            candidate,
            evaluated,
            ..
        } => (
            "confirmed",
            format!(
                "{candidate} {} {}",
                name(candidate.agent),
                outcome(evaluated)
            ),
        ),
        Fact::UnitFinished {
            unit,
            ending,
            winner,
        } => {
            let problem = &run.unit(*unit)?.spec.problem;
            let result = match winner {
                Some(candidate) => format!("result {candidate} by {}", name(candidate.agent)),
                None if run.unit(*unit)?.spec.work.is_optimise() => "the original stays".to_owned(),
                None => "nothing submitted".to_owned(),
            };
            ("unit-end", format!("{problem} {}: {result}", ended(ending)))
        }
        Fact::GateSet { gate } => ("gate", gate.to_string()),
        Fact::PauseSet { paused: true } => ("pause", "paused".to_owned()),
        Fact::PauseSet { paused: false } => ("pause", "goes on".to_owned()),
        Fact::HintGiven { text, .. } if text.is_empty() => return None,
        Fact::HintGiven { agent, text, .. } => {
            ("hint", format!("for {}: {}", name(*agent), bounded(text)))
        }
        Fact::BudgetSet { budget } => ("budget", spending::budget(budget)),
        Fact::RunFinished { ending } => {
            let end = prefixed("end", &format!("{} {}", run.id, ended(ending)));
            if !run.spec.is_metered() {
                return Some(end);
            }
            let spent = spending::meter(run, run.current_unit());
            return Some(format!("{}\n{end}", prefixed("spent", &spent)));
        }
    };
    Some(prefixed(prefix, &text))
}

pub(super) fn prefixed(prefix: &str, text: &str) -> String {
    format!("{prefix:<PREFIX$} {text}").trim_end().to_owned()
}

pub(super) fn count(n: usize, what: &str) -> String {
    if n == 1 {
        format!("1 {what}")
    } else {
        format!("{n} {what}s")
    }
}

fn started(run: &Run, spec: &RunSpec) -> String {
    let first = format!(
        "{} {}, strategy {} ({}), {}, {} per prompt, seed {}",
        run.id,
        count(spec.units.len(), "problem"),
        spec.strategy,
        spec.preset,
        count(spec.rounds.into(), "round"),
        count(spec.lessons.into(), "lesson"),
        spec.seed
    );
    let mut lines = vec![prefixed("run", &first)];
    let budget = spec.budget();
    if !budget.is_unlimited() {
        lines.push(prefixed("budget", &spending::budget(&budget)));
    }
    match spec.until() {
        Until::Spent => {}
        Until::Gain => lines.push(prefixed(
            "until",
            "nothing more is expected: near the best known, or rounds without gain",
        )),
        Until::Speedup(times) => lines.push(prefixed("until", &format!("{}×", ratio(times)))),
        Until::Ceiling => lines.push(prefixed("until", "near what is known to be possible")),
    }
    for agent in &spec.team {
        let text = format!("{} {}", bounded(&agent.name), bounded(&agent.model()));
        lines.push(prefixed("agent", &text));
    }
    lines.push(prefixed("team", &one_line(&spec.team_reason)));
    lines.push(prefixed("compiler", &bounded(&run.toolchain.version)));
    lines.push(prefixed("sandbox", &bounded(&run.machine.sandbox)));
    lines.join("\n")
}

/// The line of a pulse that a person must not miss.
pub(super) fn pulse(pulse: &Pulse) -> Option<String> {
    match pulse {
        Pulse::Retrying {
            ask,
            attempt,
            wait_ms,
            message,
            ..
        } => Some(prefixed(
            "retry",
            &format!(
                "{ask} attempt {attempt} in {wait_ms} ms: {}",
                bounded(message)
            ),
        )),
        Pulse::Notice { text } => Some(prefixed("notice", &bounded(text))),
        Pulse::AnswerDelta { .. }
        | Pulse::ThoughtDelta { .. }
        | Pulse::Evaluating { .. }
        | Pulse::TimingWindow { .. }
        | Pulse::WaitingForPerson { .. } => None,
    }
}

fn outcome(evaluated: &Evaluated) -> String {
    let caveats: String = evaluated
        .caveats
        .iter()
        .map(|c| format!("; {}", one_line(&c.name)))
        .collect();
    let cached = if evaluated.cached { " (cached)" } else { "" };
    match &evaluated.evaluation {
        Evaluation::Measured {
            measurement: Measurement {
                speedup, verdict, ..
            },
        } => {
            let near = evaluated
                .of_peak()
                .map(|share| format!(", {}", one_line(share)));
            let sizes = evaluated.at_sizes();
            let sizes = sizes.map(|sizes| format!(", {}", one_line(sizes)));
            format!(
                "{speedup} {}{cached}{}{}{caveats}",
                verdict.word(),
                near.unwrap_or_default(),
                sizes.unwrap_or_default()
            )
        }
        other => match message(other) {
            Some(words) => format!("{}{cached}: {}", other.outcome().word(), bounded(&words)),
            None => format!("{}{cached}", other.outcome().word()),
        },
    }
}

/// What an evaluation says in a sentence; `None` if it was measured.
pub(super) fn message(evaluation: &Evaluation) -> Option<String> {
    match evaluation {
        Evaluation::NotCompiled { message, .. }
        | Evaluation::Unread { message, .. }
        | Evaluation::Rejected { message, .. } => Some(message.clone()),
        Evaluation::Crashed { how, stage } => Some(format!("{how} while {}", stage.word())),
        Evaluation::TimedOut { stage, limit } => {
            Some(format!("not done after {limit} of {}", stage.word()))
        }
        Evaluation::WrongAnswer { mismatch } if mismatch.said().is_some() => Some(format!(
            "expected {}, got: {}",
            mismatch.expected, mismatch.got
        )),
        Evaluation::WrongAnswer { mismatch } => {
            let place = mismatch
                .index
                .map_or_else(String::new, |at| format!("[{at}]"));
            let example = mismatch.example.as_ref();
            let input = example.map_or_else(String::new, |e| format!(", {}", e.input));
            Some(format!(
                "{}{place} is {}, should be {} (size {}, values {}{input})",
                mismatch.field, mismatch.got, mismatch.expected, mismatch.size, mismatch.values
            ))
        }
        Evaluation::Tested { tested } => Some(match &tested.failed {
            Some(failed) => format!("{tested}; fails {}: {}", failed.test, failed.why),
            None => tested.to_string(),
        }),
        Evaluation::Measured { .. } => None,
        Evaluation::HarnessFault { what } => Some(what.clone()),
    }
}

fn decided(decision: &Decision) -> String {
    match decision {
        Decision::Accept => "accepted".to_owned(),
        Decision::Reject => "rejected".to_owned(),
        Decision::Pin => "pinned".to_owned(),
        Decision::Clear => "undecided again".to_owned(),
        Decision::Edit { text } => format!("edited: {}", bounded(text)),
    }
}

fn ended(ending: &Ending) -> String {
    match ending {
        Ending::Done => "done".to_owned(),
        Ending::Stopped => "stopped".to_owned(),
        Ending::Budget => "budget spent".to_owned(),
        Ending::Failed { message } => format!("failed: {}", bounded(message)),
        Ending::CutOff { message } => format!("cut off: {}", bounded(message)),
    }
}

pub(super) fn bounded(text: &str) -> String {
    let mut line = one_line(text);
    if let Some((at, _)) = line.char_indices().nth(LONGEST) {
        line.truncate(at);
        line.push('…');
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::contest::Contest;
    use crate::domain::id::{Round, UnitId};
    use crate::domain::measurement::Speedup;

    #[test]
    fn a_recorded_run_reads_as_lines_with_stable_prefixes() {
        let facts: Vec<Envelope> = include_str!("../../tests/fixtures/recorded-run.jsonl")
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        let mut run = Run::begin(&facts[0]).unwrap();
        let mut lines = Vec::new();
        for envelope in &facts {
            run.apply(envelope);
            lines.extend(line(&run, envelope));
        }
        let expected = "\
run        20231114-221320-aaaa 2 problems, strategy lessonl (corrected), 1 round, 4 lessons per prompt, seed 18446744073709551615
budget     600 s in all
agent      loops built-in rules, not a model
agent      coder coder:7b
team       named by --agents
compiler   g++ 12.2.0
sandbox    landlock+seccomp
unit       1/2 pareval/dense_la/gemm (serial)
round      0 of 1
select     0 of 1 lessons:
ask        r0a0:rewrite loops with 0 lessons
ask        r0a1:rewrite coder with 0 lessons
answer     r0a0:rewrite loops 340 tokens in 3.00 s; unclosed code fence
candidate  r0a0 loops 1 line
result     r0a0 loops 2.40× [2.30, 2.50] faster; busy_machine
best       r0a0 loops 2.40× [2.30, 2.50]
answer     r0a1:rewrite coder 340 tokens in 3.00 s; unclosed code fence
candidate  r0a1 coder 1 line
result     r0a1 coder wrong_answer: c[3] is 0, should be 1.5 (size 8, values any)
ask        r0a1:lesson coder with 0 lessons
failed     r0a1:lesson coder no byte for 120 s → Is the server busy?
lesson     L-r0a0 faster: Walking rows in order keeps the cache warm.
lesson     L-me1 advice: Walking rows in order keeps the cache warm.
decided    L-r0a0 pinned
decided    L-me1 edited: Tile for the first-level cache.
rescored   L-r0a0 factor 1.00 → 0.97
gate       review
pause      paused
resumed    20231114-221320-aaaa with 22 known facts
spent      3 asks, 3080 tokens, price unknown, 5.50 s; left: 594 s
confirmed  r0a0 loops 2.31× [2.24, 2.39] faster; busy_machine
unit-end   pareval/dense_la/gemm done: result r0a0 by loops
unit       2/2 pareval/fft/dft (omp)
unit-end   pareval/fft/dft failed: the problem's driver does not compile: the original stays
spent      3 asks, 3080 tokens, price unknown, 6.75 s; left: 593 s
end        20231114-221320-aaaa done";
        assert_eq!(lines.join("\n"), expected);
    }

    /// The recorded run with a second candidate that has the code of the first, and a line for one more fact.
    fn told(source: Option<&str>, fact: Fact) -> Option<String> {
        let mut facts: Vec<Envelope> = include_str!("../../tests/fixtures/recorded-run.jsonl")
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        let proposed = facts
            .iter_mut()
            .filter_map(|envelope| match &mut envelope.fact {
                Fact::CandidateProposed { candidate, .. } => Some(candidate),
                _ => None,
            });
        let mut proposed: Vec<_> = proposed.take(2).collect();
        let (first, second) = (proposed[0].id, proposed[1].id);
        proposed[1].source = source.map_or_else(|| proposed[0].source.clone(), str::to_owned);
        let mut run = Run::fold(&facts).unwrap();
        let unit = &mut run.units[0];
        let evaluated = unit.candidates[&first].evaluated.clone();
        unit.candidates.get_mut(&second).unwrap().evaluated = evaluated;
        let envelope = Envelope {
            fact,
            ..facts.last().unwrap().clone()
        };
        run.apply(&envelope);
        line(&run, &envelope)
    }

    #[test]
    fn the_same_code_is_told_as_the_best_once() {
        let second = crate::domain::id::CandidateId::first(Round(0), AgentId(1));
        let best = Fact::BestImproved {
            unit: UnitId(0),
            candidate: second,
            speedup: Speedup {
                estimate: 2.4,
                lo: 2.3,
                hi: 2.5,
            },
        };
        assert_eq!(told(None, best.clone()), None);
        let other = told(Some("int other();"), best);
        assert_eq!(
            other.as_deref(),
            Some("best       r0a1 coder 2.40× [2.30, 2.50]")
        );
    }

    #[test]
    fn a_contest_is_a_line_with_its_winner_and_by_how_much() {
        let id = |agent| crate::domain::id::CandidateId::first(Round(0), AgentId(agent));
        let candidate = |id| crate::domain::candidate::Candidate {
            id,
            source: "int f();".to_owned(),
            rationale: String::new(),
            read: Vec::new(),
            build: None,
            lineage: None,
        };
        let (one, two) = (candidate(id(1)), candidate(id(0)));
        let contest = Contest::not_held(&[&one, &two], "no memory");
        let unit = UnitId(0);
        let contest = Box::new(contest);
        let line = told(None, Fact::ContestHeld { unit, contest });
        let words = "contest    r0a1 coder, best of 2 contenders by its lower bound: not timed against each other: no memory";
        assert_eq!(line.as_deref(), Some(words));
    }

    #[test]
    fn hostile_text_is_bounded_and_harmless() {
        let shown = bounded(&format!("\u{1b}]0;title\u{7}{}", "x".repeat(10_000)));
        assert!(shown.chars().count() <= LONGEST + 1 && !shown.contains('\u{1b}'));
    }
}

//! A run as a document: Markdown for people, JSON for programs. Pure; times come as text from the caller's clock zone.

use serde_json::{Value, json};

use super::ledger_document;
use super::lineage_document;
use super::metrics::{Metrics, by_category, metrics};
use super::pass;
use super::result::{UnitResult, contests, origins, results};
use super::table::{self, Table, escaped};
use crate::domain::event::Ending;
use crate::domain::measurement::ratio;
use crate::domain::problem::Mode;
use crate::domain::run::Run;
use crate::domain::spec::{AgentKind, AgentSpec};

/// Version of the JSON report's form.
const REPORT_VERSION: u32 = 1;

/// The words for how a run stands.
pub fn standing(ending: Option<&Ending>) -> String {
    match ending {
        None => "cut off".to_owned(),
        Some(Ending::Done) => "done".to_owned(),
        Some(Ending::Stopped) => "stopped".to_owned(),
        Some(Ending::Budget) => "budget spent".to_owned(),
        Some(Ending::Failed { message }) => format!("failed: {message}"),
        Some(Ending::CutOff { message }) => format!("cut off: {message}"),
    }
}

/// The run as one JSON object.
pub fn json(run: &Run) -> Value {
    let results = results(run);
    let categories: Vec<Value> = by_category(&results)
        .into_iter()
        .map(|(category, metrics)| json!({ "category": category, "metrics": metrics }))
        .collect();
    let lessons: Vec<Value> = run
        .units
        .iter()
        .flat_map(|unit| {
            unit.lessons.iter().map(|record| {
                json!({
                    "problem": unit.spec.problem,
                    "mode": unit.spec.mode,
                    "readers": unit.readers(record.lesson.id).count(),
                    "lesson": record.lesson,
                })
            })
        })
        .collect();
    json!({
        "v": REPORT_VERSION,
        "run": run.id,
        "standing": standing(run.ending.as_ref()),
        "started_at": run.started_at,
        "updated_at": run.updated_at,
        "strategy": run.spec.strategy,
        "preset": run.spec.preset,
        "rounds": run.spec.rounds,
        "lessons_per_prompt": run.spec.lessons,
        "seed": run.spec.seed,
        "team": run.spec.team,
        "team_reason": run.spec.team_reason,
        "budget": run.budget,
        "spent": run.spent,
        "left": run.left(run.current_unit()),
        "units": results,
        "categories": categories,
        "overall": metrics(&results),
        "origins": origins(run),
        "pass_at_1": pass::pass(&results),
        "lessons": lessons,
        "ledger": ledger_document::json(run),
        "lineage": lineage_document::json(run),
        "machine": run.machine,
        "toolchain": run.toolchain,
        "prompts": run.prompts,
        "reproduce": command(run),
    })
}

/// The run as Markdown. `started` is the start in words.
pub fn markdown(run: &Run, started: &str) -> String {
    let results = results(run);
    let mut text = format!("# Run {}\n\n", run.id);
    text.push_str(&format!(
        "Started {started}; {}. Strategy {}, preset {}, {} rounds, {} lessons per prompt, seed {}.\n\n",
        escaped(&standing(run.ending.as_ref())),
        run.spec.strategy,
        run.spec.preset,
        run.spec.rounds,
        run.spec.lessons,
        run.spec.seed
    ));
    text.push_str("## Results\n\n");
    text.push_str(&table::results(&results).markdown());
    let tasks = pass::table(&results);
    let figures = metrics_table(&results);
    if figures.is_some() {
        text.push_str(
        "\nA speedup is t(original)/t(candidate) with its 95 % interval; the best candidate was measured once more, afresh.\n",
    );
    }
    let descents = lineage_document::sentences(run);
    for sentence in contests(&results)
        .into_iter()
        .chain(descents)
        .chain(origins(run))
    {
        text.push_str(&format!("\n{}\n", escaped(&sentence)));
    }
    for result in &results {
        if let Some(Ending::Failed { message } | Ending::CutOff { message }) = &result.ending {
            let (problem, why) = (escaped(&result.problem), escaped(message));
            text.push_str(&format!("\n{problem} failed: {why}\n"));
        }
    }
    if let Some(tasks) = tasks {
        text.push_str(&format!("\n## pass@1\n\n{}", tasks.markdown()));
        text.push_str("\nA task is solved if the one attempt that was submitted passes every hidden test. Interval: Wilson's.\n");
    }
    if let Some(figures) = figures {
        text.push_str("\n## Metrics\n\n");
        text.push_str(&figures.markdown());
        text.push_str(
            "\nGeometric mean: wrong or slower counts as 1. Arithmetic mean: wrong counts as 0.\n",
        );
    }
    text.push_str("\n## Team\n\n");
    for agent in &run.spec.team {
        text.push_str(&format!(
            "- **{}**: {}\n",
            escaped(&agent.name),
            escaped(&agent.model())
        ));
    }
    text.push_str(&format!(
        "\n{}.\n",
        escaped(run.spec.team_reason.trim_end_matches('.'))
    ));
    text.push_str(&lessons(run));
    text.push_str(&lineage_document::markdown(run));
    text.push_str(&ledger_document::markdown(run));
    text.push_str(&setting(run));
    text
}

/// The figures of each category and of all; tasks of writing code have no speedup and are left out, nothing if all are such.
pub fn metrics_table(results: &[UnitResult]) -> Option<Table> {
    let results: Vec<UnitResult> = results.iter().filter(|r| !r.is_task()).cloned().collect();
    let all = metrics(&results)?;
    let mut table = Table::new(&[
        "category",
        "problems",
        "compiled",
        "correct",
        "≥ 2×",
        "geometric",
        "arithmetic",
        "candidates",
        "tokens in",
        "tokens out",
    ]);
    let percent = |share: f64| format!("{:.0} %", share * 100.0);
    let mut push = |name: String, m: &Metrics| {
        let about = if m.usage.estimated { "≈ " } else { "" };
        table.push(vec![
            name,
            m.units.to_string(),
            percent(m.compiled),
            percent(m.correct),
            percent(m.large),
            format!("{}×", ratio(m.geometric)),
            format!("{}×", ratio(m.arithmetic)),
            m.candidates.to_string(),
            format!("{about}{}", m.usage.input),
            format!("{about}{}", m.usage.output),
        ]);
    };
    for (category, figures) in by_category(&results) {
        push(category, &figures);
    }
    push("all".to_owned(), &all);
    Some(table)
}

fn lessons(run: &Run) -> String {
    let mut text = "\n## Lessons\n".to_owned();
    for unit in run.units.iter().filter(|u| !u.lessons.is_empty()) {
        text.push_str(&format!(
            "\n### {} ({})\n\n",
            unit.spec.problem, unit.spec.mode
        ));
        for record in &unit.lessons {
            let lesson = &record.lesson;
            let agent = lesson
                .agent
                .and_then(|agent| run.spec.team.get(agent.index()));
            let author = match (agent, &lesson.origin) {
                (Some(agent), _) => agent.name.clone(),
                (None, Some(origin)) => format!(
                    "carried over from {}: {} on {}, {}, {}",
                    origin.source, origin.author, origin.problem, origin.compiler, origin.cpu
                ),
                (None, None) => "a person".to_owned(),
            };
            text.push_str(&format!(
                "- {} ({}, {}, factor {:.2}, read by {}): {}\n",
                lesson.id,
                escaped(&author),
                lesson.outcome.word(),
                lesson.factor,
                unit.readers(lesson.id).count(),
                escaped(&lesson.text)
            ));
        }
    }
    if run.units.iter().all(|u| u.lessons.is_empty()) {
        text.push_str("\nNone were learned.\n");
    }
    text
}

/// Machine, containment, compiler and flags, a line each.
pub(super) fn setting_lines(run: &Run) -> Vec<String> {
    let (machine, toolchain) = (&run.machine, &run.toolchain);
    let mut lines = vec![
        format!(
            "{}, {} cores, {}; candidates contained by {}",
            machine.cpu, machine.cores, machine.system, machine.sandbox
        ),
        format!(
            "{}: {} {} (OpenMP: {})",
            toolchain.version,
            toolchain.command,
            toolchain.flags.join(" "),
            toolchain.omp_flags.join(" ")
        ),
    ];
    lines.extend(machine.notes.iter().cloned());
    lines.extend(run.elsewhere.iter().map(|machine| {
        format!(
            "it went on elsewhere: {}, {} cores, {}; figures from there do not compare with the earlier ones",
            machine.cpu, machine.cores, machine.system
        )
    }));
    lines
}

fn setting(run: &Run) -> String {
    let mut text = "\n## Machine and compiler\n\n".to_owned();
    for line in setting_lines(run) {
        text.push_str(&format!("- {}\n", escaped(&line)));
    }
    text.push_str(&format!(
        "\n## Do it again\n\n```\n{}\n```\n",
        code(&command(run))
    ));
    text
}

/// Text inside a code span or block.
fn code(text: &str) -> String {
    table::one_line(text).replace('`', "'")
}

/// The agents as they are given on a command line. What else their file says (sampling, a key's variable, fallbacks) is in
/// the JSON report.
pub(super) fn agents(team: &[AgentSpec]) -> Vec<String> {
    let words = team.iter().filter_map(|agent| match &agent.kind {
        AgentKind::Openai {
            base_url, model, ..
        } => {
            let word = format!("{}={model}@{base_url}", agent.name);
            Some(format!("--agent {}", quoted(&word)))
        }
        AgentKind::Rewriter { .. } | AgentKind::Compiler { .. } | AgentKind::Recorded { .. } => {
            None
        }
    });
    words.collect()
}

/// A word that a shell takes as it is.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@+,".contains(c);
    match word.chars().all(plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', "'\\''")),
    }
}

/// The command line that runs the same again.
pub(super) fn command(run: &Run) -> String {
    let spec = &run.spec;
    let mut words = vec!["lessonl run".to_owned()];
    let mut targets: Vec<&str> = Vec::new();
    for unit in &spec.units {
        if !targets.contains(&unit.problem.as_str()) {
            targets.push(unit.problem.as_str());
        }
    }
    words.extend(targets.into_iter().map(str::to_owned));
    let mode = spec.units.first().map_or(Mode::Serial, |unit| unit.mode);
    words.push(format!(
        "--mode {mode} --strategy {} --preset {} --rounds {} --lessons {} --seed {}",
        spec.strategy, spec.preset, spec.rounds, spec.lessons, spec.seed
    ));
    if let Some(time) = spec.budget_time {
        words.push(format!("--budget-time {}s", time.0.div_ceil(1_000_000_000)));
    }
    if let Some(asks) = spec.budget_asks {
        words.push(format!("--budget-asks {asks}"));
    }
    if let Some(tokens) = spec.budget_tokens {
        words.push(format!("--budget-tokens {}", tokens.0));
    }
    if let Some(cost) = spec.budget_cost {
        words.push(format!("--budget-cost {}", cost.dollars()));
    }
    if spec.holdout > 0.0 {
        words.push(format!("--holdout {}", spec.holdout));
    }
    if !spec.bank.is_fresh() {
        words.push(format!("--bank {}", spec.bank));
    }
    if let Some(until) = spec.until {
        words.push(format!("--until {until}"));
    }
    words.extend(agents(&spec.team));
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::event::Envelope;

    fn recorded() -> Run {
        let facts: Vec<Envelope> = include_str!("../../tests/fixtures/recorded-run.jsonl")
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        Run::fold(&facts).unwrap()
    }

    #[test]
    fn the_markdown_report_says_what_came_out_and_how_to_do_it_again() {
        let text = markdown(&recorded(), "2023-11-14 22:13");
        for expected in [
            "# Run 20231114-221320-aaaa",
            "| pareval/dense\\_la/gemm | serial | 2.31× \\[2.24, 2.39\\] | faster | loops | 0 | 0 read, 2 banked |",
            "pareval/fft/dft failed: the problem's driver does not compile",
            "| dense\\_la | 1 | 100 % | 100 % | 100 % | 2.31× | 2.31× | 2 | 2400 | 680 |",
            "| all | 2 | 50 % | 50 % | 50 % | 1.52× | 1.16× | 2 | 2400 | 680 |",
            "- L-me1 (a person, advice, factor 1.00, read by 0): Tile for the first-level cache.",
            "- g++ 12.2.0: g++ -std=c++17 -O3 (OpenMP: -fopenmp)",
            "lessonl run pareval/dense_la/gemm pareval/fft/dft --mode serial",
        ] {
            assert!(text.contains(expected), "{expected}\nis not in\n{text}");
        }
    }

    #[test]
    fn the_json_report_is_one_object_with_a_version() {
        let value = json(&recorded());
        assert_eq!(value["v"], 1);
        assert_eq!(value["standing"], "done");
        assert_eq!(value["units"][0]["speedup"]["lo"], 2.24);
        assert_eq!(value["overall"]["units"], 2);
        assert_eq!(value["categories"][0]["category"], "dense_la");
        assert_eq!(value["lessons"].as_array().map(Vec::len), Some(2));
    }
}

//! `lessonl doctor`: what a run needs, whether it is there, and what to do where it is not. Changes nothing but one probe file.

use std::path::Path;
use std::sync::Arc;

use serde_json::{Value, json};

use super::args::DoctorArguments;
use super::compose::{Containment, House, terminal, variable};
use super::output::{self, Halt};
use super::probe;
use super::self_test::{Depth, self_test};
use super::team::Ollama;
use crate::config::Origin;
use crate::config::prices::built_in;
use crate::domain::problem::{
    CheckRules, Kind, Mode, Problem, ProblemId, Sizes, Tolerance, Values,
};
use crate::failure::{Failure, FailureKind};
use crate::harness::{Cancel, Harness};
use crate::reports::table::one_line;
use crate::store::{Journal, journal_for};

/// How a check came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    /// As it should be.
    Ok,
    /// Usable.
    Warn,
    /// Not usable.
    Fail,
}

impl Status {
    fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "fail",
        }
    }
}

/// A check with its outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Check {
    name: &'static str,
    status: Status,
    detail: String,
    /// What to do; empty if nothing is.
    advice: String,
}

/// A check with what it found, and what to do about it.
pub(super) fn check(
    name: &'static str,
    status: Status,
    detail: impl Into<String>,
    advice: impl Into<String>,
) -> Check {
    Check {
        name,
        status,
        detail: detail.into(),
        advice: advice.into(),
    }
}

/// A check that failed.
pub(super) fn failed(name: &'static str, failure: &Failure) -> Check {
    check(
        name,
        Status::Fail,
        failure.message.clone(),
        failure.hints.join(" "),
    )
}

/// Runs it. Returns the exit code.
pub(super) fn doctor(house: &House, wanted: &DoctorArguments) -> Result<u8, Halt> {
    if let Some(folder) = &wanted.node {
        return super::doctor_on::here(house, folder);
    }
    if let Some(name) = &wanted.on {
        return super::doctor_on::on(house, name, wanted.json);
    }
    if wanted.self_test {
        let depth = if wanted.quick {
            Depth::Quick
        } else {
            Depth::Whole
        };
        return self_test(
            house,
            depth,
            wanted.busy,
            wanted.only.as_deref(),
            wanted.json,
        );
    }
    let mut checks = Vec::new();
    match house.harness(Containment::Required) {
        Ok(harness) => checks.extend(harness_checks(&harness)),
        Err(failure) => checks.push(failed("compiler and sandbox", &failure)),
    }
    checks.push(problems(house));
    checks.extend(models(house));
    checks.extend(folders(house));
    checks.push(screen());
    if wanted.json {
        output::json(&document(&checks))?;
    } else {
        output::print(&checks.iter().map(lines).collect::<String>())?;
    }
    let sick = checks.iter().any(|check| check.status == Status::Fail);
    Ok(if sick {
        FailureKind::Environment.exit_code()
    } else {
        0
    })
}

/// A check as it is shown.
pub(super) fn lines(check: &Check) -> String {
    let mut text = format!(
        "{:<5} {:<14} {}\n",
        check.status.word(),
        check.name,
        one_line(&check.detail)
    );
    if !check.advice.is_empty() {
        text.push_str(&format!("      {:<14} → {}\n", "", one_line(&check.advice)));
    }
    text
}

/// Checks as JSON.
pub(super) fn document(checks: &[Check]) -> Value {
    let list: Vec<Value> = checks
        .iter()
        .map(|check| {
            json!({
                "name": check.name,
                "status": check.status.word(),
                "detail": check.detail,
                "advice": check.advice,
            })
        })
        .collect();
    let fit = checks.iter().all(|check| check.status != Status::Fail);
    json!({ "ok": fit, "checks": list })
}

/// What the harness needs.
pub(super) fn harness_checks(harness: &Harness) -> Vec<Check> {
    let (toolchain, machine) = (harness.toolchain(), harness.machine());
    let flags = toolchain.flags.join(" ");
    let mut checks = vec![
        check(
            "compiler",
            Status::Ok,
            format!("{}: {} {flags}", toolchain.version, toolchain.command),
            "",
        ),
        check("sandbox", Status::Ok, machine.sandbox.clone(), ""),
    ];
    checks.push(trial(
        harness,
        Mode::Serial,
        "harness",
        "compiles, contains and times a small function",
    ));
    let openmp = format!("works with {}", toolchain.omp_flags.join(" "));
    checks.push(trial(harness, Mode::Omp, "OpenMP", &openmp));
    let cores = format!(
        "{} cores of {}, {}",
        machine.cores, machine.cpu, machine.system
    );
    checks.push(if machine.cores < 2 {
        let advice = match variable("SLURM_JOB_ID") {
            Some(_) => "This job was given one core: ask for a whole node (--exclusive) or more cores (--cpus-per-task).",
            None => "With one core everything else disturbs the timing: close other programs.",
        };
        check("machine", Status::Warn, cores, advice)
    } else {
        check("machine", Status::Ok, cores, "")
    });
    if !machine.notes.is_empty() {
        checks.push(check("timing", Status::Ok, machine.notes.join("; "), ""));
    }
    checks
}

/// Lets the harness make a tiny problem ready: compiler, linker, cage, runner and clock all have to work for it.
fn trial(harness: &Harness, mode: Mode, name: &'static str, good: &str) -> Check {
    let problem = match trial_problem() {
        Ok(problem) => problem,
        Err(failure) => return failed(name, &failure),
    };
    match harness.prepare(Arc::new(problem), mode, &Cancel::default(), &|_| {}) {
        Ok(_) => check(name, Status::Ok, good, ""),
        Err(error) => {
            let failure = Failure::from(error);
            let advice = match mode {
                Mode::Omp => "Install your compiler's OpenMP runtime (libgomp or libomp); serial mode works without.".to_owned(),
                Mode::Serial => "Is the compiler whole, with its standard library, and is there room in $TMPDIR?".to_owned(),
            };
            let status = match mode {
                Mode::Omp => Status::Warn,
                Mode::Serial => Status::Fail,
            };
            check(name, status, failure.message, advice)
        }
    }
}

fn trial_problem() -> Result<Problem, Failure> {
    let id = ProblemId::new("doctor/sum")
        .map_err(|error| Failure::new(FailureKind::Internal, error.to_string()))?;
    Ok(Problem {
        id,
        kind: Kind::Function,
        standard: Default::default(),
        upstream: Default::default(),
        work: Default::default(),
        title: "Sum of squares".to_owned(),
        category: "doctor".to_owned(),
        description: "Returns the sum of the squares.".to_owned(),
        entry: "double doctor_sum(std::vector<double> const &x)".to_owned(),
        modes: vec![Mode::Serial, Mode::Omp],
        sizes: Sizes {
            check: vec![1, 64],
            hidden: vec![],
            time: 1 << 20,
            time_omp: 1 << 20,
        },
        check: CheckRules {
            tolerance: Tolerance::Relative(1e-6),
            values: vec![Values::Any],
            exact_bits: 0,
        },
        path: "doctor/sum".into(),
        original: "double doctor_sum(std::vector<double> const &x) {\n    double s = 0;\n    \
                   #pragma omp parallel for reduction(+ : s)\n    \
                   for (long i = 0; i < static_cast<long>(x.size()); ++i)\n        s += x[i] * x[i];\n    return s;\n}\n"
            .to_owned(),
        driver: "struct Case {\n    std::vector<double> x;\n    double s;\n    \
                 void make(lessonl::Input &in) { x = in.reals(in.size, -1, 1); s = 0; }\n    \
                 void call() { s = doctor_sum(x); }\n    \
                 template <class F> void fields(F &f) { f.input(\"x\", x); f.output(\"s\", s); }\n};\n\
                 LESSONL_PROBLEM(Case)\n"
            .to_owned(),
        limits: Vec::new(),
        version: "doctor-1".to_owned(),
    })
}

fn problems(house: &House) -> Check {
    let catalogue = house.catalogue();
    let detail = format!("{} found", catalogue.problems.len());
    match catalogue.errors.first() {
        _ if catalogue.problems.is_empty() => check(
            "problems",
            Status::Fail,
            detail,
            "Is the benchmarks folder there? LESSONL_BENCHMARKS names it.",
        ),
        Some(error) => check(
            "problems",
            Status::Warn,
            format!("{detail}; {error}"),
            error.hint.clone(),
        ),
        None => check("problems", Status::Ok, detail, ""),
    }
}

fn models(house: &House) -> Vec<Check> {
    let host = variable("OLLAMA_HOST");
    let ollama = match house.handle.block_on(probe::ollama(host.as_deref())) {
        Ollama::Models { base_url, models } if models.is_empty() => check(
            "Ollama",
            Status::Warn,
            format!("{base_url} has no model"),
            "ollama pull qwen2.5-coder:7b",
        ),
        Ollama::Models { base_url, models } => check(
            "Ollama",
            Status::Ok,
            format!("{base_url} has {}", models.join(", ")),
            "",
        ),
        Ollama::Unreachable { base_url } => check(
            "Ollama",
            Status::Warn,
            format!("none at {base_url}"),
            "Start it or set OLLAMA_HOST. Without any model the built-in rewriters work.",
        ),
    };
    let key = match variable("OPENAI_API_KEY") {
        Some(_) => check("OPENAI_API_KEY", Status::Ok, "is set", ""),
        None => check(
            "OPENAI_API_KEY",
            Status::Warn,
            "is not set",
            "Needed for OpenAI only; --agent and --agents name any other server.",
        ),
    };
    let settings = &house.configuration.settings;
    let own = settings
        .prices
        .values()
        .filter(|price| price.origin != Origin::Default);
    let list = built_in().map_or_else(
        |_| "none".to_owned(),
        |(list, as_of)| format!("{} of {as_of}", list.len()),
    );
    let prices = check(
        "prices",
        Status::Ok,
        format!("compiled in: {list}; your own: {}", own.count()),
        "`lessonl models` shows what the servers offer, and which model lacks a price.",
    );
    let names: Vec<&str> = settings.providers.keys().map(String::as_str).collect();
    let mut checks = vec![ollama, key, prices];
    if !names.is_empty() {
        checks.push(check("providers", Status::Ok, names.join(", "), ""));
    }
    checks
}

fn folders(house: &House) -> Vec<Check> {
    let paths = &house.configuration.paths;
    let mut checks = vec![
        writable("data", &paths.data),
        writable("state", &paths.state),
        writable("cache", &paths.cache),
        writable("temporary", &std::env::temp_dir()),
    ];
    checks.push(match house.archive().runs() {
        Ok(runs) => {
            let journal = match journal_for(&paths.data) {
                Journal::Wal => "local disk",
                Journal::Truncate => "network file system, so without a write-ahead log",
            };
            check(
                "database",
                Status::Ok,
                format!("{} runs, {journal}", runs.len()),
                "",
            )
        }
        Err(error) => check("database", Status::Fail, error.what, error.hint),
    });
    checks
}

/// Whether a file can be made in the folder, which is made if need be.
pub(super) fn writable(name: &'static str, folder: &Path) -> Check {
    let made = std::fs::create_dir_all(folder).and_then(|()| tempfile::tempfile_in(folder));
    match made {
        Ok(_) => check(name, Status::Ok, folder.display().to_string(), ""),
        Err(error) => check(
            name,
            Status::Fail,
            format!("{} cannot be written: {error}", folder.display()),
            "Correct its permissions, make room, or choose another folder.",
        ),
    }
}

fn screen() -> Check {
    let (terminal, term) = (
        terminal(),
        variable("TERM").unwrap_or_else(|| "not set".to_owned()),
    );
    if terminal.interactive && !terminal.linear {
        check("terminal", Status::Ok, format!("TERM is {term}"), "")
    } else {
        let advice = "Runs print plain lines here; the screens need a terminal.";
        check(
            "terminal",
            Status::Warn,
            format!("none for the screens, TERM is {term}"),
            advice,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_check_shows_what_to_do() {
        let checks = [
            check("compiler", Status::Ok, "g++ 12", ""),
            check("data", Status::Fail, "/x cannot be written", "Make room."),
        ];
        assert_eq!(
            checks.iter().map(lines).collect::<String>(),
            "ok    compiler       g++ 12\nfail  data           /x cannot be written\n                     → Make room.\n"
        );
        assert_eq!(
            document(&checks),
            json!({ "ok": false, "checks": [
                { "name": "compiler", "status": "ok", "detail": "g++ 12", "advice": "" },
                { "name": "data", "status": "fail", "detail": "/x cannot be written", "advice": "Make room." },
            ]})
        );
    }

    #[test]
    fn the_trial_problem_is_one() {
        assert_eq!(trial_problem().unwrap().entry_name(), "doctor_sum");
    }
}

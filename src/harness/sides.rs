//! Puts original, driver and candidate together as units and has them compiled.
//! Each is a unit and a shared object of its own; a candidate never sees the driver or the original's entry.

use super::check::CheckFailure;
use super::compile::{self, Bench, Built, CompileUnit, Refusal};
use super::function::PreparedFunction;
use super::headers::Headers;
use super::toolchain::BuildPurpose;
use super::{
    Cancel, CandidateCode, HarnessError, builds, diagnostics, given, lint, objects, options,
};
use crate::domain::evaluation::{Evaluation, Stage};
use crate::domain::problem::{Mode, Problem};

/// Compiles the driver after the original's types.
pub(crate) fn driver(
    bench: &Bench,
    problem: &Problem,
    original: &given::Original,
    mode: Mode,
    headers: &Headers,
    cancel: &Cancel,
) -> Result<Built, HarnessError> {
    let text = driver_text(problem, original);
    let unit = CompileUnit {
        text: &text,
        files: &[("driver.hpp", include_str!("driver.hpp"))],
        exports: "lessonl_*",
        complete: false,
        told: false,
        expanded: false,
        purpose: BuildPurpose::Timing,
        limit: compile::LIMIT,
    };
    bench
        .build(mode, headers, unit, cancel)
        .map_err(|refusal| broken(problem, "driver.cpp", refusal))
}

/// The driver's unit.
pub(crate) fn driver_text(problem: &Problem, original: &given::Original) -> String {
    let given = original.for_driver(&problem.driver);
    format!(
        "#line 1 \"original.cpp\"\n{given}\n{};\n{}#include \"driver.hpp\"\n#line 1 \"driver.cpp\"\n{}\n",
        problem.entry.trim_end().trim_end_matches(';'),
        without_macros(&given, &problem.driver),
        problem.driver
    )
}

/// Lines that end the original's macros which look like functions: the driver's library has functions of such names.
fn without_macros(given: &str, driver: &str) -> String {
    let mut out = String::new();
    for line in given.lines() {
        let define = line.trim_start().strip_prefix('#').map(str::trim_start);
        let Some(rest) = define.and_then(|d| d.strip_prefix("define")) else {
            continue;
        };
        let Some((name, _)) = rest.trim_start().split_once('(') else {
            continue;
        };
        let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if plain && !driver.contains(name) {
            out.push_str(&format!("#undef {name}\n"));
        }
    }
    out
}

/// Compiles the original and finds the entry's linker name: the one function that the driver needs and it defines.
pub(crate) fn original(
    bench: &Bench,
    problem: &Problem,
    driver: &Built,
    mode: Mode,
    headers: &Headers,
    cancel: &Cancel,
) -> Result<(Built, String), HarnessError> {
    let text = format!("#line 1 \"original.cpp\"\n{}\n", problem.original);
    let build = |exports: &str, told: bool| {
        let unit = CompileUnit {
            text: &text,
            files: &[],
            exports,
            complete: true,
            told,
            expanded: false,
            purpose: BuildPurpose::Timing,
            limit: compile::LIMIT,
        };
        bench
            .build(mode, headers, unit, cancel)
            .map_err(|refusal| broken(problem, "original.cpp", refusal))
    };
    let needed = objects::undefined(&driver.object);
    let first = build("lessonl_nothing", false)?;
    let mut shared: Vec<String> = objects::defined(&first.object)
        .into_iter()
        .filter(|name| needed.contains(name))
        .collect();
    match (shared.pop(), shared.is_empty()) {
        (Some(entry), true) => Ok((build(&entry, true)?, entry)),
        (None, _) => Err(HarnessError::Problem {
            what: format!(
                "driver.cpp does not call what original.cpp defines: both must have `{}`",
                problem.entry
            ),
        }),
        (Some(_), false) => Err(HarnessError::Problem {
            what:
                "driver.cpp calls more than one function of original.cpp; make the helpers static"
                    .to_owned(),
        }),
    }
}

/// Compiles a candidate and checks its text and its objects.
pub(crate) fn candidate(
    bench: &Bench,
    prepared: &PreparedFunction,
    made: CandidateCode<'_>,
    cancel: &Cancel,
) -> Result<Built, CheckFailure> {
    let source = made.source;
    lint::check(source).map_err(rejected)?;
    let parts = prepared.original.unit(source);
    let text = whole(&parts, source, BuildPurpose::Timing);
    let unit = CompileUnit {
        text: &text,
        files: &[],
        exports: &prepared.entry,
        complete: true,
        told: true,
        expanded: bench.compiler.clang || lint::may_hide_assembler(source),
        purpose: BuildPurpose::Timing,
        limit: compile::CANDIDATE_LIMIT,
    };
    let built = match made.build {
        None => bench.build(prepared.setup.mode, &prepared.headers, unit, cancel),
        Some(build) => builds::build(bench, prepared, unit, (source, build), cancel)?,
    };
    let built = built.map_err(|refusal| refused(refusal, prepared, &parts))?;
    if lacks_entry(&built.object, prepared) {
        return Err(signature_changed(prepared, &parts));
    }
    check_built(bench, prepared, &built, cancel)?;
    Ok(built)
}

fn verdict(evaluation: Evaluation) -> CheckFailure {
    CheckFailure::Candidate(Box::new(evaluation))
}

fn rejected(broken: objects::Broken) -> CheckFailure {
    verdict(Evaluation::Rejected {
        rule: broken.rule.to_owned(),
        message: broken.message,
    })
}

fn lacks_entry(object: &[u8], prepared: &PreparedFunction) -> bool {
    !objects::defined(object).contains(&prepared.entry)
}

fn signature_changed(prepared: &PreparedFunction, parts: &given::CandidateUnit) -> CheckFailure {
    let found = match &parts.entry {
        Some(found) => format!("`{}`", found.chars().take(300).collect::<String>()),
        None => format!("no function `{}`", prepared.problem.entry_name()),
    };
    verdict(Evaluation::NotCompiled {
        message: format!(
            "The entry's signature changed: expected `{}` at the top level, not static or inline; found {found}.",
            prepared.problem.entry
        ),
        diagnostics: String::new(),
    })
}

/// What a compiler's or linker's refusal comes to.
fn refused(
    refusal: Refusal,
    prepared: &PreparedFunction,
    parts: &given::CandidateUnit,
) -> CheckFailure {
    let mode = prepared.setup.mode;
    let not_compiled = |words: String| {
        let said = diagnostics::message(&words, prepared.headers.standard, mode);
        let left_out: String = parts
            .left_out
            .iter()
            .map(|left| format!("{left} "))
            .collect();
        verdict(Evaluation::NotCompiled {
            message: format!("{left_out}{said}"),
            diagnostics: words,
        })
    };
    match refusal {
        Refusal::Linker(_, object) if lacks_entry(&object, prepared) => {
            signature_changed(prepared, parts)
        }
        Refusal::Linker(words, object) => match objects::check_object(&object, mode) {
            Err(broken) => rejected(broken),
            Ok(()) => not_compiled(words),
        },
        Refusal::Compiler(words) => not_compiled(words),
        Refusal::Killed(why) => verdict(Evaluation::NotCompiled {
            message: why,
            diagnostics: String::new(),
        }),
        Refusal::TimedOut => verdict(Evaluation::TimedOut {
            stage: Stage::Compile,
            limit: compile::CANDIDATE_LIMIT.into(),
        }),
        Refusal::Cancelled => CheckFailure::Harness(HarnessError::Cancelled),
        Refusal::Fault(what) => CheckFailure::Harness(HarnessError::Environment {
            what,
            hint: "see whether the disk has room and the compiler works".to_owned(),
        }),
    }
}

/// The rules that what was compiled can break, whatever the text looked like.
fn check_built(
    bench: &Bench,
    prepared: &PreparedFunction,
    built: &Built,
    cancel: &Cancel,
) -> Result<(), CheckFailure> {
    let mode = prepared.setup.mode;
    objects::check_object(&built.object, mode).map_err(rejected)?;
    objects::check_shared(&built.shared, mode).map_err(rejected)?;
    options::check(&built.functions, &prepared.built.functions).map_err(rejected)?;
    if let Some(expanded) = built.left(options::EXPANDED) {
        options::check_expanded(&expanded).map_err(rejected)?;
    }
    if objects::may_set_mode(&built.object)
        && let Some(listing) = bench.instructions(built, cancel)
        && let Some(instruction) = objects::sets_mode(std::io::BufReader::new(listing))
    {
        return Err(rejected(objects::Broken::new(
            "floating_point_mode",
            format!(
                "`{instruction}` sets the processor's floating-point mode, which must stay as it is."
            ),
        )));
    }
    Ok(())
}

/// A candidate's unit: what it is given, then its own lines.
fn whole(parts: &given::CandidateUnit, source: &str, purpose: BuildPurpose) -> String {
    let intrinsics = source.contains("_mm") && cfg!(target_arch = "x86_64");
    format!(
        "{}{}#line 1 \"given.hpp\"\n{}\n#line 1 \"candidate.cpp\"\n{}\n",
        // All there are, in every build: with what `alike` defines, those that need a number known at compile time would
        // not compile, and what is included must not tell one build from another.
        match intrinsics {
            false => "",
            true => "#include <x86intrin.h>\n",
        },
        purpose.alike(),
        parts.given,
        parts.own
    )
}

/// Compiles a candidate, or the original as one, for another purpose than timing, for which it has compiled before.
#[allow(clippy::too_many_arguments)] // all of them are parts of one command
pub(crate) fn built_for(
    purpose: BuildPurpose,
    bench: &Bench,
    original: &given::Original,
    entry: &str,
    mode: Mode,
    headers: &Headers,
    source: &str,
    cancel: &Cancel,
) -> Result<Built, Refusal> {
    let text = whole(&original.unit(source), source, purpose);
    let unit = CompileUnit {
        text: &text,
        files: &[],
        exports: entry,
        complete: purpose != BuildPurpose::Disturbing,
        told: false,
        expanded: false,
        purpose,
        limit: compile::CANDIDATE_LIMIT,
    };
    bench.build(mode, headers, unit, cancel)
}

/// Compiles a candidate, or the original where there is none, for timing with its code shifted by some bytes. It has
/// compiled unshifted before.
pub(crate) fn shifted(
    bench: &Bench,
    prepared: &PreparedFunction,
    candidate: Option<&str>,
    bytes: u32,
    cancel: &Cancel,
) -> Result<Built, Refusal> {
    let own = match candidate {
        Some(source) => whole(
            &prepared.original.unit(source),
            source,
            BuildPurpose::Timing,
        ),
        None => format!("#line 1 \"original.cpp\"\n{}\n", prepared.problem.original),
    };
    let text = format!("asm(\".text\\n\\t.skip {bytes}\\n\");\n{own}");
    let unit = CompileUnit {
        text: &text,
        files: &[],
        exports: &prepared.entry,
        complete: true,
        told: false,
        expanded: false,
        purpose: BuildPurpose::Timing,
        limit: compile::AGAIN_LIMIT,
    };
    bench.build(prepared.setup.mode, &prepared.headers, unit, cancel)
}

/// A refusal of the problem's own files. Lines are named by the compiler.
fn broken(problem: &Problem, file: &str, refusal: Refusal) -> HarnessError {
    let path = problem.path.join(file);
    let path = path.display();
    match refusal {
        Refusal::Cancelled => HarnessError::Cancelled,
        Refusal::Fault(what) => HarnessError::Environment {
            what,
            hint: "see whether the disk has room and the compiler works".to_owned(),
        },
        Refusal::TimedOut => HarnessError::Problem {
            what: format!("compiling {path} took too long"),
        },
        Refusal::Killed(why) => HarnessError::Problem {
            what: format!("{path}: {why}"),
        },
        Refusal::Compiler(words) | Refusal::Linker(words, _) => HarnessError::Problem {
            what: format!(
                "{path} does not compile with the signature `{}` of problem.toml:\n{words}",
                problem.entry
            ),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::without_macros;

    #[test]
    fn macros_that_look_like_functions_do_not_reach_the_drivers_library() {
        assert_eq!(
            without_macros(
                "#define mix(a, b) ((a) ^ (b))\n# define N 4\n#define used(x) x\n",
                "used(3);"
            ),
            "#undef mix\n"
        );
    }
}

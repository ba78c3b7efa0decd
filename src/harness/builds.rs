//! The original built another way: which compilers are installed, and what a build's options mean to each.
//! Never takes an option that is not on the closed list, and never trains on code that is not the original's.

use std::path::Path;

use super::check::CheckFailure;
use super::compile::{Bench, Built, CompileUnit, Refusal};
use super::function::PreparedFunction;
use super::toolchain::{Compiler, HEADERS};
use super::{Cancel, HarnessError, given, options, sides};
use crate::domain::build::{Build, BuildOption, is_compiler};
use crate::domain::evaluation::{Caveat, Evaluation};
use crate::domain::event::Toolchain;
use crate::domain::problem::{Mode, Problem};

/// Versions that are looked for.
const VERSIONS: std::ops::RangeInclusive<u32> = 7..=30;

/// The installed C++ compilers, each once, under its plainest name.
pub fn installed() -> Vec<Toolchain> {
    let mut found: Vec<(std::path::PathBuf, Toolchain)> = Vec::new();
    for name in ["g++", "clang++"] {
        let versions = VERSIONS.map(|version| format!("{name}-{version}"));
        for command in std::iter::once(name.to_owned()).chain(versions) {
            let Some(compiler) = Compiler::try_command(&command) else {
                continue;
            };
            let Ok(real) = compiler.path.canonicalize() else {
                continue;
            };
            if found.iter().all(|(known, _)| *known != real) {
                found.push((real, compiler.toolchain));
            }
        }
    }
    found.into_iter().map(|(_, toolchain)| toolchain).collect()
}

fn compiler(build: &Build) -> Option<Compiler> {
    let named = is_compiler(&build.compiler).then_some(build.compiler.as_str());
    named.and_then(Compiler::try_command)
}

/// What a verdict on such a build depends on.
pub(super) fn fingerprint(build: &Build, cpu: &str) -> String {
    let compiler = compiler(build).map_or_else(String::new, |found| found.fingerprint(cpu));
    format!("{compiler} {build}")
}

/// What has to be known about a figure that was got with such a build.
pub(super) fn caveat(build: Option<&Build>) -> Option<Caveat> {
    build.filter(|build| build.changes_floating_point()).map(|build| Caveat {
        name: "changed_arithmetic".to_owned(),
        advice: format!(
            "{build} reorders and approximates floating-point arithmetic: right on everything we tried, within the tolerance, but not what the source says."
        ),
    })
}

/// Builds a candidate's unit so. The outer error is not the compiler's: it is ours, or the candidate may not be built so.
pub(super) fn build(
    bench: &Bench,
    prepared: &PreparedFunction,
    unit: CompileUnit<'_>,
    (source, build): (&str, &Build),
    cancel: &Cancel,
) -> Result<Result<Built, Refusal>, CheckFailure> {
    let Some(compiler) = compiler(build) else {
        return Err(CheckFailure::Harness(HarnessError::Environment {
            what: format!("{} is not installed", build.compiler),
            hint: "install it, or start a new run".to_owned(),
        }));
    };
    let trains = build.options.contains(&BuildOption::Profile);
    if trains && source != prepared.problem.original {
        return Err(CheckFailure::Candidate(Box::new(Evaluation::Rejected {
            rule: "profile_of_other_code".to_owned(),
            message: "Only the original is run to gather a profile.".to_owned(),
        })));
    }
    let bench = Bench {
        compiler,
        ..bench.clone()
    };
    let mode = prepared.setup.mode;
    let training = training(&prepared.problem, &prepared.original, mode);
    let mut files = vec![("std.hpp", HEADERS)];
    if trains {
        files.push(("driver.hpp", include_str!("driver.hpp")));
        files.push(("train.cpp", &training));
    }
    let unit = CompileUnit {
        files: &files,
        ..unit
    };
    let commands = |folder: &Path| commands(&bench.compiler, build, mode, folder);
    let built = bench.build_by(unit, commands, cancel);
    Ok(match built {
        Ok(made) if trains && !made.has("unit.gcda") => {
            drop(made);
            Err(Refusal::Fault(
                "running the original left no profile".to_owned(),
            ))
        }
        // whichever command it was: these are options of ours on code that is known to compile
        Err(Refusal::Linker(words, _)) => Err(Refusal::Compiler(words)),
        other => other,
    })
}

/// The commands, in order; the last ones leave `unit.o` and `unit.so`.
fn commands(compiler: &Compiler, build: &Build, mode: Mode, folder: &Path) -> Vec<Vec<String>> {
    let has = |option| build.options.contains(&option);
    let mut plain = vec![compiler.path.display().to_string()];
    plain.extend(compiler.flags(mode));
    plain.extend(["-include", "std.hpp"].map(str::to_owned));
    let mut flags = plain.clone();
    for option in &build.options {
        flags.extend(own_flags(*option).iter().map(ToString::to_string));
    }
    let with = |base: &[String], more: &[&str]| {
        let more = more.iter().map(ToString::to_string);
        base.iter().cloned().chain(more).collect::<Vec<String>>()
    };
    let link = |object: &str, shared: &str| {
        compiler.link(
            mode,
            super::toolchain::BuildPurpose::Timing,
            object,
            shared,
            "exports",
            true,
        )
    };
    if has(BuildOption::Profile) {
        let train = folder.join("train").display().to_string();
        let here = format!("-Wl,-rpath,{}", folder.display());
        let counted = ["-fprofile-generate", "-fprofile-update=atomic"];
        let used = ["-fprofile-use", "-fprofile-correction"];
        let unit = ["-c", "unit.cpp", "-o", "unit.o"];
        return vec![
            with(&flags, &[&counted[..], &unit[..]].concat()),
            with(&link("unit.o", "trained.so"), &counted[..1]),
            with(&plain, &["train.cpp", "./trained.so", &here, "-o", &train]),
            vec![train],
            with(&flags, &[&used[..], &unit[..]].concat()),
            link("unit.o", "unit.so"),
        ];
    }
    let mut commands = vec![match compiler.clang {
        true => with(&flags, &["-c", "unit.cpp", "-o", "unit.o"]),
        false => with(&flags, &["-c", "unit.cpp", "-o", "unit.o", options::FLAG]),
    }];
    commands.push(match has(BuildOption::Lto) {
        // the object stays one that can be read and checked; the linker gets its own
        true => {
            let linking = link("unit.cpp", "unit.so");
            let linking = linking.into_iter().skip(1);
            flags
                .iter()
                .cloned()
                .chain(["-flto".to_owned()])
                .chain(linking)
                .collect()
        }
        false => link("unit.o", "unit.so"),
    });
    if compiler.clang {
        commands.push(with(&flags, &["-E", "unit.cpp", "-o", options::EXPANDED]));
    }
    commands
}

/// Flags of an option that go to the compiler as they are.
fn own_flags(option: BuildOption) -> &'static [&'static str] {
    match option {
        BuildOption::O2 => &["-O2"],
        BuildOption::O3 => &["-O3"],
        BuildOption::Ofast => &["-Ofast"],
        BuildOption::UnrollLoops => &["-funroll-loops"],
        BuildOption::Polly => &["-mllvm", "-polly"],
        BuildOption::Lto | BuildOption::Profile => &[],
    }
}

/// The program that runs the original on the problem's own sizes, so that it can be profiled.
fn training(problem: &Problem, original: &given::Original, mode: Mode) -> String {
    let mut sizes = problem.sizes.check.clone();
    sizes.push(problem.sizes.timed(mode));
    let sizes: Vec<String> = sizes.iter().map(|size| format!("{size}ull")).collect();
    format!(
        "{}\nint main() {{\n    uint64_t seed = 1;\n    for (uint64_t size : {{{}}})\n        for (int again = 0; again < 3; ++again) {{\n            \
         void *made = lessonl_new(seed++, size, 0, {});\n            lessonl_call(made);\n            lessonl_delete(made);\n        }}\n}}\n",
        sides::driver_text(problem, original),
        sizes.join(", "),
        problem.check.exact_bits
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_compiler_that_is_here_is_listed_once() {
        let all = installed();
        let mut paths: Vec<_> = all.iter().map(|found| found.command.clone()).collect();
        let before = paths.len();
        paths.dedup();
        assert_eq!(paths.len(), before);
        assert!(all.iter().all(|found| is_compiler(&found.command)));
    }

    #[test]
    fn only_changed_arithmetic_is_a_caveat() {
        let build = |options: &[BuildOption]| Build {
            compiler: "g++".to_owned(),
            options: options.to_vec(),
        };
        assert_eq!(caveat(None), None);
        assert_eq!(caveat(Some(&build(&[BuildOption::O2]))), None);
        let fast = caveat(Some(&build(&[BuildOption::Ofast])));
        assert_eq!(fast.map(|c| c.name).as_deref(), Some("changed_arithmetic"));
    }

    #[test]
    fn a_compiler_by_another_name_is_none() {
        let build = Build {
            compiler: "/bin/sh".to_owned(),
            options: Vec::new(),
        };
        assert!(compiler(&build).is_none());
    }
}

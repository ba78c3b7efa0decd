//! `lessonl init`: a function in a person's own file → a problem folder, proved. Never changes the file, and writes nothing
//! before everything that can be wrong with the arguments is known.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::check::{self, Wanted};
use super::compose::{Containment, House};
use super::further_inputs;
use super::output::{self, Halt};
use super::own_args::InitArguments;
use crate::failure::{Failure, FailureKind};
use crate::harness::{HarnessError, Language, accepts, preprocess};
use crate::intake::{self, Asked, Flat, Taken};
use crate::problems;

/// Largest file a function is taken from, in bytes.
const LARGEST: u64 = 4 << 20;

/// Runs it. Returns the exit code.
pub fn init(house: &House, wanted: &InitArguments) -> Result<u8, Halt> {
    let (file, text) = read(&wanted.file)?;
    let mut taken = take(house, wanted, &file, &text, Calls::One)?;
    let out = wanted
        .out
        .clone()
        .unwrap_or_else(|| PathBuf::from(&taken.entry));
    write(&out, &taken, wanted.force)?;
    let problem = Arc::new(problems::load_folder(&out).map_err(Failure::from)?);
    let shown = out.display();
    output::line(&format!(
        "{shown}: `{}` from {} lines {} to {}",
        problem.entry,
        file.display(),
        taken.lines.0,
        taken.lines.1
    ))?;
    if !taken.missing.is_empty() {
        output::note(&format!(
            "{} defined in another file: {}. Paste {} into {shown}/original.cpp.",
            if taken.missing.len() == 1 {
                "This is"
            } else {
                "These are"
            },
            taken.missing.join(", "),
            if taken.missing.len() == 1 {
                "it"
            } else {
                "them"
            },
        ));
    }
    let open = intake::slots(&problem.driver);
    if !open.is_empty() {
        output::print(&check::slots_left(&problem, &open))?;
        return Ok(FailureKind::Usage.exit_code());
    }
    if wanted.unproved {
        output::line(&format!("Not proved yet: lessonl problems check {shown}"))?;
        return Ok(0);
    }
    let harness = house.harness(Containment::from_flag(wanted.unsafe_no_sandbox))?;
    output::note("Proving the folder: sizes first, then every claim.");
    let (mut claims, _) = check::prove(house, harness.clone(), problem, Wanted::Sizes)?;
    // What a first guess gets wrong, a second one may not.
    for (again, why) in [
        (
            Calls::Even,
            "It may want all lengths alike; now with each of them the size.",
        ),
        (
            Calls::Many,
            "One call is too little; now with many calls, each with arguments of its own.",
        ),
    ] {
        let fits = match again {
            Calls::Even => taken.lengths > 1,
            Calls::Many => taken.numbers_only,
            Calls::One => false,
        };
        if !fits || check::proved(&claims) {
            continue;
        }
        output::note(why);
        taken = take(house, wanted, &file, &text, again)?;
        write(&out, &taken, true)?;
        let problem = Arc::new(problems::load_folder(&out).map_err(Failure::from)?);
        (claims, _) = check::prove(house, harness.clone(), problem, Wanted::Sizes)?;
    }
    output::print(&check::table(&claims))?;
    if check::proved(&claims) {
        if let Some(agent) = &wanted.agent {
            further_inputs::add(house, &harness, &out, agent)?;
        }
        output::line(&format!("Proved. Next: lessonl run {shown}"))?;
        return Ok(0);
    }
    let c = language(&file) == Language::C;
    if c && claims
        .iter()
        .any(|claim| claim.name == "compiles" && claim.holds == Some(false))
    {
        output::note(
            "C is compiled as C++ here: what only C allows must be written so that both take it.",
        );
    }
    output::line(&format!(
        "Not proved. Correct the files in {shown}, then: lessonl problems check {shown}"
    ))?;
    Ok(FailureKind::Usage.exit_code())
}

/// How a case is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Calls {
    /// One call, its lengths near the size.
    One,
    /// One call, all its lengths the size.
    Even,
    /// Many calls, where a function takes plain numbers.
    Many,
}

/// The function with all it needs, out of a file that compiles.
///
/// # Errors
/// If the file does not compile, in the compiler's words, or the function cannot be taken.
pub(super) fn take(
    house: &House,
    wanted: &InitArguments,
    file: &Path,
    text: &str,
    calls: Calls,
) -> Result<Taken, Failure> {
    let here = std::env::current_dir().unwrap_or_default();
    let mut flags = if wanted.flags.is_empty() {
        intake::project_flags(file).map_or_else(Vec::new, |(flags, from)| {
            output::note(&format!("Compiler flags from {}", from.display()));
            flags
        })
    } else {
        intake::kept(&wanted.flags, &here)
    };
    let compiler = house
        .configuration
        .settings
        .compiler
        .as_ref()
        .map(|c| c.value.as_str());
    let language = language(file);
    accepts(compiler, file, &flags, language).map_err(refused)?;
    let cpp20 = flags.iter().any(|flag| {
        ["20", "2a", "23", "2b", "26"]
            .iter()
            .any(|year| flag == &format!("-std=c++{year}") || flag == &format!("-std=gnu++{year}"))
    });
    if language == Language::C {
        flags.retain(|flag| !flag.starts_with("-std="));
    }
    let pre = preprocess(compiler, file, &flags).map_err(refused)?;
    let flat = Flat::read(&pre);
    Ok(intake::take(&Asked {
        file,
        text,
        flat: &flat,
        function: &wanted.function,
        signature: wanted.signature.as_deref(),
        instantiate: &wanted.instantiate,
        flags: &flags,
        is_c: language == Language::C,
        cpp20,
        many_calls: calls == Calls::Many,
        even_lengths: calls == Calls::Even,
    })?)
}

/// What the compiler refused, with what may help.
pub(super) fn refused(error: HarnessError) -> Failure {
    match error {
        HarnessError::Problem { what } => Failure::new(FailureKind::Usage, what).hint(
            "If headers or macros are missing, give the compiler's flags at the end, like -- -Iinclude -DNAME.",
        ),
        other => Failure::from(other),
    }
}

/// The language a file is written in, by its name.
pub(super) fn language(file: &Path) -> Language {
    if file.extension().is_some_and(|extension| extension == "c") {
        Language::C
    } else {
        Language::Cpp
    }
}

/// The file's absolute path and its text.
///
/// # Errors
/// If it is no UTF-8 text of bounded size.
pub(super) fn read(file: &Path) -> Result<(PathBuf, String), Failure> {
    let bad = |why: String, hint: &str| {
        Failure::new(FailureKind::Usage, format!("{}: {why}", file.display())).hint(hint)
    };
    let unreadable = |error: std::io::Error| {
        bad(
            format!("cannot be read: {error}"),
            "Name a C or C++ source file.",
        )
    };
    let path = file.canonicalize().map_err(unreadable)?;
    // Asked before opening: opening a pipe would wait for ever.
    let about = std::fs::metadata(&path).map_err(unreadable)?;
    if !about.is_file() {
        return Err(bad(
            "is not a file".to_owned(),
            "Name a C or C++ source file.",
        ));
    }
    let large = || {
        bad(
            "is larger than 4 MiB".to_owned(),
            "Copy the function and what it needs into a file of its own.",
        )
    };
    if about.len() > LARGEST {
        return Err(large());
    }
    let mut bytes = Vec::new();
    let opened = std::fs::File::open(&path).map_err(unreadable)?;
    opened
        .take(LARGEST + 1)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    if bytes.len() as u64 > LARGEST {
        return Err(large());
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        bad(
            format!("is not UTF-8 (byte {})", error.utf8_error().valid_up_to()),
            "Save a copy of it as UTF-8 text, and name that.",
        )
    })?;
    Ok((path, text))
}

/// Writes the folder. One that is there is left alone unless it may be written into; then its other files stay.
fn write(out: &Path, taken: &Taken, force: bool) -> Result<(), Failure> {
    let failed = |error: std::io::Error| {
        Failure::new(
            FailureKind::Environment,
            format!("cannot write to {}: {error}", out.display()),
        )
        .hint("Choose another folder with --out.")
    };
    if out.symlink_metadata().is_ok() && !force {
        return Err(Failure::new(
            FailureKind::Usage,
            format!("{} is there already", out.display()),
        )
        .hint("Choose another folder with --out, or write into this one with --force."));
    }
    std::fs::create_dir_all(out).map_err(failed)?;
    for (name, text) in &taken.files {
        std::fs::write(out.join(name), text).map_err(failed)?;
    }
    Ok(())
}

//! A function that `lessonl init` took: how a candidate goes back into its file, whether the file then compiles, and what
//! the function is there now. Reads the file as it is and never writes it.

use std::path::PathBuf;

use super::applying::{Change, Changed, Changes, Picked, Plan, merged, usage};
use super::compose::House;
use super::init;
use super::own_args::InitArguments;
use crate::failure::{Failure, FailureKind};
use crate::harness::{HarnessError, Language, accepts};
use crate::intake::{self, InputGuess, Rewrite};
use crate::problems::{self, TakenForm, TakenFrom};
use crate::source::encoding::{decoded, encoded};

/// The file with the candidate in the function's place.
///
/// # Errors
/// If the function changed since, or the candidate cannot stand there.
pub(super) fn changes(
    picked: &Picked<'_>,
    source: &TakenFrom,
    changed: Changed,
) -> Result<Changes, Failure> {
    let file = source.file.canonicalize().map_err(|error| {
        usage(
            format!("{}: {error}", source.file.display()),
            "Put the file back where the function was taken from.",
        )
    })?;
    let before = std::fs::read(&file).map_err(|error| {
        usage(
            format!("{} cannot be read: {error}", file.display()),
            "See whether you may read it.",
        )
    })?;
    let before = decoded(&before);
    let unit = picked.unit;
    let problem = problems::load_folder(&unit.spec.path)?;
    let rewrite = Rewrite {
        region: &source.region,
        original: &unit.spec.original,
        rewrite: &picked.candidate.source,
        entry: problem.entry_name(),
        function: &source.function,
        is_member: source.form == TakenForm::Member,
        instantiate: &source.instantiate,
    };
    let by_hand = |error: intake::IntakeError| {
        usage(
            format!(
                "{} cannot be put into {} by rule: {}",
                picked.candidate.id,
                file.display(),
                error.what
            ),
            format!(
                "`lessonl report {}` prints the code, to be put there by hand.",
                picked.run.id
            ),
        )
    };
    let mut restored = intake::restore(&rewrite).map_err(by_hand)?;
    if init::language(&file) == Language::C {
        restored.includes = restored.includes.iter().map(|line| of_c(line)).collect();
    }
    let plain = |text: &str| text.replace("\r\n", "\n");
    let range = match source.find(&before) {
        Some(range) => range,
        None => {
            let moved = intake::located(&before, &source.function);
            let now = moved.clone().and_then(|range| before.get(range)).map(plain);
            match (now, moved) {
                (Some(now), _) if now == restored.definition => {
                    return Ok((PathBuf::new(), Vec::new()));
                }
                (Some(now), Some(range)) if changed == Changed::Merge => {
                    let base = plain(&source.region);
                    restored.definition =
                        merged(&source.function, &base, &now, &restored.definition)?;
                    range
                }
                _ => return Err(source.changed().into()),
            }
        }
    };
    let after = intake::placed(&before, &range, &restored).map_err(by_hand)?;
    let root = file.parent().map(PathBuf::from).unwrap_or_default();
    let path = file
        .file_name()
        .map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    Ok((
        root,
        vec![Change {
            path,
            before,
            after,
        }],
    ))
}

/// A line that includes a header of the C library, by its name in C.
fn of_c(line: &str) -> String {
    const OF_C: [&str; 16] = [
        "assert", "ctype", "errno", "float", "inttypes", "limits", "locale", "math", "setjmp",
        "signal", "stdarg", "stddef", "stdint", "stdio", "stdlib", "string",
    ];
    let name = line
        .split_once("<c")
        .and_then(|(_, rest)| rest.split('>').next());
    match name.filter(|name| OF_C.contains(name)) {
        Some(name) => format!("#include <{name}.h>"),
        None => line.to_owned(),
    }
}

/// Refuses a plan after which the file of a function would not compile, in the compiler's words. A project's own build
/// has judged its candidates already. Takes as long as compiling the file.
///
/// # Errors
/// If the compiler refuses the file or there is none.
pub(super) fn compiles(house: &House, plan: &Plan) -> Result<(), Failure> {
    let Some(source) = problems::source(&plan.problem)? else {
        return Ok(());
    };
    let compiler = house.configuration.settings.compiler.as_ref();
    let failed = |error: std::io::Error| {
        Failure::new(
            FailureKind::Environment,
            format!("cannot write temporary files: {error}"),
        )
    };
    for change in &plan.changes {
        let folder = tempfile::tempdir().map_err(failed)?;
        let file = folder.path().join(&change.path);
        std::fs::write(&file, encoded(&change.after)).map_err(failed)?;
        // Its local headers stay where they are.
        let mut flags = source.flags.clone();
        flags.extend(["-iquote".to_owned(), plan.root.display().to_string()]);
        accepts(
            compiler.map(|c| c.value.as_str()),
            &file,
            &flags,
            init::language(&file),
        )
        .map_err(|error| match error {
            HarnessError::Problem { what } => usage(
                format!("with {} in it the file does not compile: {what}", plan.id),
                "Nothing was written. Another candidate may fit: --candidate ID.",
            ),
            other => other.into(),
        })?;
    }
    Ok(())
}

/// What `original.cpp` would be, were the function taken from its file as it is now.
///
/// # Errors
/// If the file does not compile or the function is no longer in it.
pub(super) fn as_it_is(house: &House, source: &TakenFrom) -> Result<String, Failure> {
    let wanted = InitArguments {
        file: source.file.clone(),
        function: source.function.clone(),
        signature: source.signature.clone(),
        instantiate: source.instantiate.clone(),
        out: None,
        force: false,
        unproved: true,
        agent: None,
        unsafe_no_sandbox: false,
        from: false,
        last: source.flags.clone(),
    };
    let (file, text) = init::read(&wanted.file)?;
    // Which flags were found was told when it was taken.
    let taken = init::take(house, &wanted, &file, &text, InputGuess::First, &mut |_| {})?;
    let original = taken
        .files
        .into_iter()
        .find(|(name, _)| *name == "original.cpp");
    Ok(original.map_or_else(String::new, |(_, text)| text))
}

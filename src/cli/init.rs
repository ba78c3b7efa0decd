//! `lessonl init`: a function in a person's own file → a problem folder, proved. Never changes the file, and writes nothing
//! before everything that can be wrong with the arguments is known.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::check::{self, Wanted};
use super::compose::{Containment, House};
use super::elsewhere;
use super::further_inputs;
use super::output::{self, Halt};
use super::own_args::InitArguments;
use super::remedies;
use crate::domain::problem::Problem;
use crate::failure::{Failure, FailureKind};
use crate::harness::{
    FolderClaim, HarnessError, Language, Recipe, in_c_library, preprocess, record,
};
use crate::intake::{self, ExtractRequest, Extracted, InputGuess, Preprocessed};
use crate::problems;
use crate::reports::table::one_line;
use crate::source::encoding::decoded;

/// Largest file a function is taken from, in bytes.
const LARGEST: u64 = 4 << 20;

/// The file with what real calls were handed.
const RECORDED: &str = "recorded.cpp";

/// What can be done, where nothing is asked for.
const DOOR: &str = "What shall be faster?

  A C or C++ function, taken out of its file and proved:
    lessonl init src/geometry.cpp --function geo::area

  Part of a project in any language, judged by its own tests and timed by a command:
    Python      lessonl init --project . --file pkg/text.py --function top_words \\
                  --test 'python3 -m pytest -q' --bench 'python3 bench.py'
                or with the function's calls in a program of yours as both:
                lessonl init --project . --file pkg/text.py --function top_words --from -- python3 tool.py
    Rust        lessonl init --project . --file src/lib.rs --function encode \\
                  --build 'cargo build --release --offline --bin bench' \\
                  --test 'cargo test --release --offline' --bench target/release/bench
    JavaScript  lessonl init --project . --file lib/sort.js --function sorted \\
                  --test 'node --test' --bench 'node bench.js'
    others      lessonl init --project . --file src/loop.f90 --lines 10-40 \\
                  --build 'make bench' --test 'make test' --bench ./bench

  Not sure which function? Where a program spends its time:
    lessonl hot -- ./build/tool input.txt
  Its inputs are hard to make up? Record those of real calls:
    lessonl init src/mesh.c --function smooth --from -- ./build/tool input.txt

The bench is a command of yours that spends 0.1 to 2 s, most of it in that part.
";

/// Runs it. Returns the exit code.
pub(super) fn init(house: &House, wanted: &InitArguments) -> Result<u8, Halt> {
    if wanted.file.as_os_str().is_empty() {
        output::print(DOOR)?;
        return Ok(FailureKind::Usage.exit_code());
    }
    let tell = &mut |words: &str| output::note(words);
    let mut made = make(house, wanted, tell)?;
    let shown = made.out.display().to_string();
    output::line(&made.headline())?;
    if let Some(words) = made.elsewhere() {
        output::note(&words);
    }
    let open = intake::slots(&made.problem.driver);
    if !open.is_empty() {
        output::print(&check::slots_left(&made.problem, &open))?;
        return Ok(FailureKind::Usage.exit_code());
    }
    if wanted.unproved {
        output::line(&format!("Not proved yet: lessonl problems check {shown}"))?;
        return Ok(0);
    }
    let harness = house.harness(Containment::from_flag(wanted.unsafe_no_sandbox))?;
    let claims = prove(house, wanted, &mut made, tell, |problem| {
        let (claims, _) = check::prove(house, harness.clone(), problem, Wanted::Sizes)?;
        Ok::<_, Halt>(claims)
    })?;
    output::print(&check::table(&claims))?;
    let open = check::left_open(&made.out);
    output::print(&open)?;
    if check::proved(&claims) {
        if let Some(agent) = &wanted.agent {
            further_inputs::add(house, &harness, &made.out, agent)?;
        }
        let words = match open.is_empty() {
            true => "Proved.",
            false => "Proved but for what is left open.",
        };
        output::line(&format!("{words} Next: lessonl run {shown}"))?;
        return Ok(0);
    }
    if let Some(words) = made.about_c(&claims) {
        output::note(words);
    }
    output::line(&format!(
        "Not proved. Correct the files in {shown}, then: lessonl problems check {shown}"
    ))?;
    Ok(FailureKind::Usage.exit_code())
}

/// A folder that was written, nothing proved.
#[derive(Debug)]
pub(super) struct Made {
    /// Where it is.
    pub out: PathBuf,
    /// What it holds.
    pub problem: Arc<Problem>,
    file: PathBuf,
    text: String,
    taken: Extracted,
}

impl Made {
    /// What was taken from where, in a line.
    pub(super) fn headline(&self) -> String {
        format!(
            "{}: `{}` from {} lines {} to {}",
            self.out.display(),
            self.problem.entry,
            self.file.display(),
            self.taken.lines.0,
            self.taken.lines.1
        )
    }

    /// What is defined in another file, if anything is, and what to do about it.
    pub(super) fn elsewhere(&self) -> Option<String> {
        let missing = &self.taken.missing;
        let (these, them) = match missing.len() {
            0 => return None,
            1 => ("This is", "it"),
            _ => ("These are", "them"),
        };
        Some(format!(
            "{these} defined in no source file of the project that was found: {}. Paste {them} into {}/original.cpp. What a library other than the standard ones has cannot be called there: such a part is taken by lessonl init --project.",
            missing.join(", "),
            self.out.display()
        ))
    }

    /// What to know about C, where it may be the reason that a claim does not hold.
    pub(super) fn about_c(&self, claims: &[FolderClaim]) -> Option<&'static str> {
        let refused = claims
            .iter()
            .any(|claim| claim.name == "compiles" && claim.holds == Some(false));
        (refused && language(&self.file) == Language::C).then_some(
            "C is compiled as C++ here: what only C allows must be written so that both take it.",
        )
    }
}

/// Takes the function out of its file and writes the folder. Blocks while the compiler reads the file.
///
/// # Errors
/// If the file, the function or the folder is not as it must be; nothing was written then.
pub(super) fn make(
    house: &House,
    wanted: &InitArguments,
    tell: &mut dyn FnMut(&str),
) -> Result<Made, Failure> {
    let (file, text) = read(&wanted.file)?;
    let other = file
        .extension()
        .and_then(|e| e.to_str())
        .and_then(of_project);
    if let Some(example) = other {
        return Err(Failure::new(
            FailureKind::Usage,
            format!("{} is no C or C++", wanted.file.display()),
        )
        .hint(format!(
            "Part of a project is made faster with its own tests, like: lessonl init --project . --file {} --function {} {example}",
            wanted.file.display(),
            if wanted.function.is_empty() { "NAME" } else { &wanted.function }
        )));
    }
    if wanted.function.is_empty() {
        return Err(unnamed(&wanted.file, &text));
    }
    let mut taken = take(house, wanted, &file, &text, InputGuess::First, tell)?;
    let out = wanted
        .out
        .clone()
        .unwrap_or_else(|| PathBuf::from(&taken.entry));
    is_free(&out, wanted.force)?;
    if wanted.from {
        let cases = real_calls(wanted, &file, &taken, tell)?;
        taken = take(house, wanted, &file, &text, InputGuess::RealCalls, tell)?;
        taken.files.push((RECORDED, intake::recorded(&cases)));
    }
    write(&out, &taken, wanted.force)?;
    Ok(Made {
        problem: Arc::new(problems::load_folder(&out)?),
        out,
        file,
        text,
        taken,
    })
}

/// Has the person's command run, and what its calls of the function are handed recorded.
fn real_calls(
    wanted: &InitArguments,
    file: &Path,
    taken: &Extracted,
    tell: &mut dyn FnMut(&str),
) -> Result<Vec<String>, Failure> {
    let command = wanted.command();
    if command.is_empty() {
        return Err(Failure::new(
            FailureKind::Usage,
            "--from needs a command to record calls of",
        )
        .hint("Give it at the end, as you would run it: --from -- ./build/tool input.txt"));
    }
    let calls = taken.calls.as_ref().map_err(|why| {
        Failure::new(
            FailureKind::Usage,
            format!("calls of `{}` cannot be recorded: {why}", wanted.function),
        )
        .hint("Without --from a driver is written whose open places you can fill in.")
    })?;
    tell(&format!("Recording calls: {}", command.join(" ")));
    let recipe = Recipe {
        function: calls.function.clone(),
        file: file.to_owned(),
        lines: taken.lines,
        parameters: calls.parameters.clone(),
        words: calls.words.clone(),
        template: calls.template.clone(),
    };
    let recording = record(&recipe, command).map_err(|error| match error {
        HarnessError::Problem { what } => Failure::new(FailureKind::Usage, what)
            .hint("Give a command that calls the function, built with -g, after --from --."),
        other => Failure::from(other),
    })?;
    tell(&format!(
        "{} different calls are kept, of {} that were looked at.",
        recording.cases.len(),
        recording.hits
    ));
    for (why, count) in &recording.left {
        tell(&format!("{count} are left out: {}", one_line(why)));
    }
    for note in &recording.notes {
        tell(note);
    }
    Ok(recording.cases)
}

/// The commands of a project in the language of this ending, as an example.
fn of_project(extension: &str) -> Option<&'static str> {
    Some(match extension {
        "py" => "--test 'python3 -m pytest -q' --bench 'python3 bench.py'",
        "rs" => {
            "--build 'cargo build --release --offline' --test 'cargo test --offline' --bench target/release/bench"
        }
        "js" | "mjs" | "cjs" => "--test 'node --test' --bench 'node bench.js'",
        "ts" => "--build 'npm run build' --test 'npm test' --bench 'node bench.js'",
        "go" => "--build 'go build -o bench ./cmd/bench' --test 'go test ./...' --bench ./bench",
        "f" | "f90" | "f95" | "for" | "java" | "rb" | "jl" | "zig" | "cs" => {
            "--build 'make bench' --test 'make test' --bench ./bench"
        }
        _ => return None,
    })
}

/// A file without a function's name: which it has.
fn unnamed(file: &Path, text: &str) -> Failure {
    let names = intake::function_names(text);
    let shown: Vec<&str> = names.iter().take(20).map(String::as_str).collect();
    let failure = Failure::new(
        FailureKind::Usage,
        format!("which function of {}?", file.display()),
    );
    match shown.is_empty() {
        true => {
            failure.hint("It has none with a body. `lessonl init` alone shows what can be done.")
        }
        false => failure.hint(format!(
            "It has: {}{}. Name one with --function.",
            shown.join(", "),
            if names.len() > shown.len() {
                ", …"
            } else {
                ""
            }
        )),
    }
}

/// Proves a written folder by `prover`; where it is not proved, again with other lengths or numbers of calls. Writes sizes
/// into it.
///
/// # Errors
/// Those of `prover`, and if the folder cannot be written again.
pub(super) fn prove<E: From<Failure>>(
    house: &House,
    wanted: &InitArguments,
    made: &mut Made,
    tell: &mut dyn FnMut(&str),
    mut prover: impl FnMut(Arc<Problem>) -> Result<Vec<FolderClaim>, E>,
) -> Result<Vec<FolderClaim>, E> {
    tell("Proving the folder: sizes first, then every claim.");
    let mut claims = prover(made.problem.clone())?;
    if wanted.from || check::proved(&claims) {
        // Real calls are as they are.
        return Ok(claims);
    }
    let before = files(&made.out)?;
    let first = (made.taken.clone(), claims.clone());
    // What a first guess gets wrong, a second one may not.
    for guess in made.taken.guesses.clone() {
        let Some(why) = helps(guess, &claims) else {
            continue;
        };
        tell(why);
        match again(house, wanted, made, guess, tell) {
            Ok(()) => {}
            Err(failure) => {
                tell(&format!(
                    "That cannot be tried: {}",
                    one_line(&failure.message)
                ));
                continue;
            }
        }
        claims = prover(made.problem.clone())?;
        if check::proved(&claims) {
            return Ok(claims);
        }
    }
    // None was better than the first, which is the plainest to correct by hand.
    for (path, bytes) in before {
        std::fs::write(&path, bytes).map_err(|error| unwritten(&path, &error))?;
    }
    let (taken, claims) = first;
    made.taken = taken;
    made.problem = Arc::new(problems::load_folder(&made.out).map_err(Failure::from)?);
    Ok(claims)
}

/// Writes the folder with inputs of another kind.
fn again(
    house: &House,
    wanted: &InitArguments,
    made: &mut Made,
    guess: InputGuess,
    tell: &mut dyn FnMut(&str),
) -> Result<(), Failure> {
    made.taken = take(house, wanted, &made.file, &made.text, guess, tell)?;
    write(&made.out, &made.taken, true)?;
    made.problem = Arc::new(problems::load_folder(&made.out)?);
    Ok(())
}

/// Why inputs of this kind may be what is needed, after claims that do not all hold.
fn helps(guess: InputGuess, claims: &[FolderClaim]) -> Option<&'static str> {
    let failed = |names: &[&str]| {
        claims
            .iter()
            .any(|claim| claim.holds == Some(false) && names.contains(&claim.name))
    };
    let ran_out = claims
        .iter()
        .any(|claim| claim.holds == Some(false) && claim.detail.contains("Memory that is not"));
    let other_than_time = claims
        .iter()
        .any(|claim| claim.holds == Some(false) && claim.name != "takes a measurable time");
    let (time, varied) = ("takes a measurable time", "outputs follow the seed");
    let (lines, caught) = ("runs the function", "mistakes are caught");
    // The original ends with some inputs, or with some that were drawn later.
    let (runs, bears) = ("runs", "bears every input");
    let (fits, why) = match guess {
        InputGuess::First | InputGuess::RealCalls => return None,
        // Other lengths take no other time.
        InputGuess::EvenLengths => (
            other_than_time,
            "It may want all lengths alike; now with each of them the size.",
        ),
        InputGuess::MoreRoom => (
            ran_out,
            "It may write more than it reads; now with more room where it writes.",
        ),
        InputGuess::PlainText => (
            failed(&[time, varied, lines, runs, bears]),
            "It may end at the first byte that it does not know; now with plain text.",
        ),
        InputGuess::WholeText => (
            failed(&[time, varied, lines, runs, bears]),
            "It may need text without a mistake in it; now with such.",
        ),
        InputGuess::LettersAndDigits => (
            failed(&[time, varied, lines]),
            "It may decode text; now with letters and digits only.",
        ),
        InputGuess::HexDigits => (
            failed(&[time, varied, lines]),
            "It may read hexadecimal numbers; now with their digits only.",
        ),
        InputGuess::Digits => (
            failed(&[time, varied, lines]),
            "It may read numbers; now with digits only.",
        ),
        InputGuess::SortedValues => (
            failed(&[varied, lines, caught, runs, bears]),
            "It may look something up among ascending values; now with such.",
        ),
        InputGuess::WideNumbers => (
            failed(&[varied, lines, caught]),
            "It may tell large numbers apart; now with numbers of their whole range.",
        ),
        InputGuess::ManyCalls => (
            true,
            "One call is too little; now with many calls, each with arguments of its own.",
        ),
        // However large its memory is, a call may look at a little of it.
        InputGuess::SmallCalls => (
            failed(&[time]),
            "One call takes no longer with more elements; now with many calls, each with a few.",
        ),
    };
    fits.then_some(why)
}

/// The files of a folder, with what is in them.
fn files(folder: &Path) -> Result<Vec<(PathBuf, Vec<u8>)>, Failure> {
    let read = || -> std::io::Result<Vec<(PathBuf, Vec<u8>)>> {
        let mut all = Vec::new();
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_file() {
                let bytes = std::fs::read(&path)?;
                all.push((path, bytes));
            }
        }
        Ok(all)
    };
    read().map_err(|error| unwritten(folder, &error))
}

fn unwritten(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(
        FailureKind::Environment,
        format!("{}: {error}", path.display()),
    )
    .hint("See whether the folder can be read and written to.")
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
    inputs: InputGuess,
    tell: &mut dyn FnMut(&str),
) -> Result<Extracted, Failure> {
    let here = std::env::current_dir().unwrap_or_default();
    let mut flags = if wanted.flags().is_empty() {
        intake::project_flags(file).map_or_else(Vec::new, |(flags, from)| {
            tell(&format!("Compiler flags from {}", from.display()));
            flags
        })
    } else {
        intake::kept(wanted.flags(), &here)
    };
    let compiler = house
        .configuration
        .settings
        .compiler
        .as_ref()
        .map(|c| c.value.as_str());
    let language = language(file);
    let cache = house.configuration.paths.cache.clone();
    let mut looking = remedies::Looking {
        compiler,
        file,
        language,
        cache: &cache,
    };
    remedies::accepted(&mut looking, &mut flags, tell)?;
    // A body that conditionals leave out is switched on, where that works.
    let own = wanted.function.rsplit("::").next().unwrap_or("").to_owned();
    if let Some(off) = intake::switched_off(text, &own)
        && !is_there(compiler, file, &flags, language, &own)
        && let Some(flag) = remedies::switch(compiler, file, &flags, language, &off)
    {
        tell(&format!(
            "The body in line {} is switched on by {flag}.",
            off.line
        ));
        flags.push(flag);
    }
    let cpp20 = flags.iter().any(|flag| {
        ["20", "2a", "23", "2b", "26"]
            .iter()
            .any(|year| flag == &format!("-std=c++{year}") || flag == &format!("-std=gnu++{year}"))
    });
    if language == Language::C {
        flags.retain(|flag| !flag.starts_with("-std="));
    }
    let pre = preprocess(compiler, file, &flags, language).map_err(|error| refused(file, error))?;
    let mut flat = Preprocessed::read(&pre);
    if !intake::has_function(&flat, &own)
        && let Some(seen) = elsewhere::shaped(compiler, language, &flat)
        && intake::has_function(&seen, &own)
    {
        tell("Macros make the head of this function: what they stand for is taken.");
        flat = seen;
    }
    let mut reading = elsewhere::Reading {
        compiler,
        file,
        flags: &mut flags,
        language,
        cache: &cache,
    };
    let mut instantiate = wanted.instantiate.clone();
    let mut chosen: Option<String> = None;
    let mut signature = wanted.signature.clone();
    let mut picked: Option<String> = None;
    let mut take_from = |flat: &Preprocessed, flags: &[String]| -> Result<Extracted, Failure> {
        let extracted = |instantiate: &[String], signature: Option<&str>| {
            intake::extract(&ExtractRequest {
                file,
                text,
                flat,
                function: &wanted.function,
                signature,
                instantiate,
                flags,
                is_c: language == Language::C,
                cpp20,
                in_library: in_c_library,
                inputs,
            })
        };
        // It is asked which of several, and for the parameters of a template, twice where its class is one, too.
        for _ in 0..3 {
            match extracted(&instantiate, signature.as_deref()) {
                // Of several with a body the longest is most likely the one that does the work.
                Err(error) if wanted.signature.is_none() && !error.several.is_empty() => {
                    signature = error.several.into_iter().next();
                    picked = signature.clone();
                }
                Err(error) if !error.choose.is_empty() => {
                    let wishes = error.choose.iter();
                    let said: Vec<String> = wishes
                        .map(|wish| format!("--instantiate '{wish}'"))
                        .collect();
                    chosen = Some(said.join(" "));
                    instantiate = error.choose;
                }
                taken => return Ok(taken?),
            }
        }
        Ok(extracted(&instantiate, signature.as_deref())?)
    };
    let taken = elsewhere::taken(&mut reading, flat, &mut take_from, tell);
    if let Some(picked) = picked {
        tell(&format!(
            "There are several of this name; taken is {}. Say which you mean with --signature.",
            one_line(&picked)
        ));
    }
    if let Some(chosen) = chosen {
        tell(&format!(
            "A template, taken with {chosen}; give others if these are not what you use."
        ));
    }
    taken
}

/// Whether a body of this name is in the file as its conditionals stand.
fn is_there(
    compiler: Option<&str>,
    file: &Path,
    flags: &[String],
    language: Language,
    name: &str,
) -> bool {
    preprocess(compiler, file, flags, language)
        .map(|text| intake::has_function(&Preprocessed::read(&text), name))
        .unwrap_or(true)
}

/// What the compiler refused, with what may help.
fn refused(file: &Path, error: HarnessError) -> Failure {
    match error {
        HarnessError::Problem { what } => remedies::refused(file, what),
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
/// If it is no text of bounded size.
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
    if bytes.contains(&0) {
        return Err(bad("is no text".to_owned(), "Name a C or C++ source file."));
    }
    let text = decoded(&bytes);
    Ok((path, text))
}

/// Writes the folder. One that is there is left alone unless it may be written into; then its other files stay.
fn write(out: &Path, taken: &Extracted, force: bool) -> Result<(), Failure> {
    let failed = |error: std::io::Error| {
        Failure::new(
            FailureKind::Environment,
            format!("cannot write to {}: {error}", out.display()),
        )
        .hint("Choose another folder with --out.")
    };
    is_free(out, force)?;
    std::fs::create_dir_all(out).map_err(failed)?;
    for (name, text) in &taken.files {
        std::fs::write(out.join(name), text).map_err(failed)?;
    }
    // Calls that were recorded for another driver are of no use to this one.
    let calls = out.join(RECORDED);
    let recorded = taken.files.iter().any(|(name, _)| *name == RECORDED);
    if !recorded && calls.is_file() {
        std::fs::remove_file(&calls).map_err(failed)?;
    }
    Ok(())
}

/// Refuses a folder that is there, unless it may be written into.
fn is_free(out: &Path, force: bool) -> Result<(), Failure> {
    if out.symlink_metadata().is_ok() && !force {
        return Err(Failure::new(
            FailureKind::Usage,
            format!("{} is there already", out.display()),
        )
        .hint("Choose another folder with --out, or write into this one with --force."));
    }
    Ok(())
}

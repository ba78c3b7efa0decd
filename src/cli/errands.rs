//! What the screens have done outside: by the same functions as the commands of the same names, on a thread of its own.
//! Never writes to the terminal: what is to be told goes back to the screens.

use std::io::Read;
use std::path::{Path, PathBuf};

use clap::{Args, FromArgMatches};

use super::applying::{self, Changed, Choice};
use super::blocks::{self, Looking};
use super::check::{self, Wanted};
use super::compose::{Containment, House, variable};
use super::own_args::InitArguments;
use super::project_args::InitProjectArguments;
use super::{apply, banking, compared, init, init_project, offers, templates};
use crate::domain::comparison::Comparison;
use crate::failure::{Failure, FailureKind};
use crate::harness::Cancel;
use crate::intake;
use crate::problems;
use crate::reports::table::one_line;
use crate::store::comparisons;
use crate::tui::errand::{
    Answer, Applied, Compared, Errand, FolderEntry, FunctionWish, Named, Preview, ProjectWish,
    Region, Sent, Target, Teller, WrittenProblem,
};

/// How soon it is seen that nobody wants to know any more.
const LEFT: std::time::Duration = std::time::Duration::from_millis(200);
/// Most entries of a folder that are shown.
const ENTRIES: usize = 5_000;
/// Largest file that is looked into for functions, in bytes.
const LARGEST: u64 = 4 << 20;

/// Does an errand and tells the screens. Blocks; given up when nobody waits for it any more.
pub(super) fn serve(house: &House, containment: Containment, sent: Sent) {
    let cancel = Cancel::default();
    let ours = cancel.clone();
    house.handle.spawn(async move {
        let _ = sent.wanted.await;
        ours.cancel();
    });
    if let Errand::Comparison(id) = &sent.errand {
        match blocks::is_elsewhere(house, id.as_str()) {
            Ok(None) => {}
            Ok(Some(comparison)) => return watch(house, &comparison, &sent.teller, &cancel),
            Err(failure) => return sent.teller.over(Err(failure)),
        }
    }
    let result = run(house, containment, &sent.errand, &sent.teller, &cancel);
    sent.teller.over(result);
}

/// Tells how a comparison stands that other machines work on, again and again until nobody wants to know.
fn watch(house: &House, comparison: &Comparison, teller: &Teller, cancel: &Cancel) {
    let mut looking = match Looking::at(house, comparison) {
        Ok(looking) => looking,
        Err(failure) => return teller.over(Err(failure)),
    };
    while !cancel.is_cancelled() {
        match looking.look() {
            Ok((overview, _)) => teller.so_far(Answer::Blocks(Box::new(overview))),
            Err(failure) => return teller.over(Err(failure)),
        }
        house.handle.block_on(async {
            let left = async {
                while !cancel.is_cancelled() {
                    tokio::time::sleep(LEFT).await;
                }
            };
            tokio::select! {
                () = looking.pause() => {}
                () = left => {}
            }
        });
    }
}

fn run(
    house: &House,
    containment: Containment,
    errand: &Errand,
    teller: &Teller,
    cancel: &Cancel,
) -> Result<Answer, Failure> {
    Ok(match errand {
        Errand::Offers => Answer::Servers(offers::all(house)?),
        Errand::OffersAt(typed) => Answer::Servers(offers::at(house, typed)?),
        Errand::TryAgent(agent) => Answer::Tried(offers::attempt(house, agent)?),
        Errand::Template(name) => Answer::Template(templates::read(house, name)?),
        Errand::SaveTemplate { name, text } => {
            Answer::Template(templates::save(house, name, text)?)
        }
        Errand::Look(folder) => Answer::Folder(look(folder)?),
        Errand::Functions(file) => Answer::Functions(functions(file)?),
        Errand::Guess(folder) => Answer::Guessed(intake::guess(&place(folder))),
        Errand::TakeFunction(wish) => {
            Answer::Taken(take_function(house, containment, wish, teller, cancel)?)
        }
        Errand::TakeProject(wish) => {
            Answer::Taken(take_project(house, containment, wish, teller, cancel)?)
        }
        Errand::Plan(wanted) => {
            let plan = plan(house, wanted)?;
            Answer::Plan(Preview {
                root: plan.root.display().to_string(),
                diff: plan.diff,
                message: plan.message,
            })
        }
        Errand::Apply(wanted, target) => {
            let target = match target {
                Target::InPlace { dirty } => apply::Target::InPlace { dirty: *dirty },
                Target::Patch(file) => apply::Target::Patch(place(file)),
                Target::Branch(name) => apply::Target::Branch(name.clone()),
            };
            Answer::Applied(apply::put(&plan(house, wanted)?, &target)?)
        }
        Errand::Comparison(id) | Errand::Figures(id) => {
            let comparison =
                comparisons::find(&house.database(), id.as_str())?.ok_or_else(|| {
                    usage(
                        format!("there is no comparison {id} any more"),
                        "`lessonl runs` lists what is stored.",
                    )
                })?;
            Answer::Comparison(Box::new(Compared {
                figures: compared::figures_of(house, &comparison)?,
                runs: compared::runs(house, &comparison)?,
                comparison,
            }))
        }
        Errand::Bank
        | Errand::DecideBank { .. }
        | Errand::EditBank { .. }
        | Errand::AddToBank { .. } => Answer::Bank(banking::serve(house, errand)?),
        Errand::Measure(wanted) => {
            let evaluated = banking::measure(house, containment, wanted, cancel)?;
            Answer::Measured(Box::new(evaluated))
        }
    })
}

fn usage(what: impl Into<String>, hint: impl Into<String>) -> Failure {
    Failure::new(FailureKind::Usage, what.into()).hint(hint.into())
}

/// A path as typed; `~` is the person's own folder.
fn place(typed: &str) -> PathBuf {
    let own = (typed == "~" || typed.starts_with("~/"))
        .then(|| variable("HOME"))
        .flatten();
    match own {
        Some(own) => Path::new(&own).join(typed[1..].trim_start_matches('/')),
        None if typed.is_empty() => PathBuf::from("."),
        None => PathBuf::from(typed),
    }
}

/// The entries of a folder, folders first, each part by name.
fn look(folder: &str) -> Result<Vec<FolderEntry>, Failure> {
    let path = place(folder);
    let failed = |error: std::io::Error| {
        usage(
            format!("{}: {error}", path.display()),
            "Type the path of a folder that can be read.",
        )
    };
    let mut entries: Vec<FolderEntry> = std::fs::read_dir(&path)
        .map_err(failed)?
        .filter_map(Result::ok)
        .take(ENTRIES)
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            // Through links, as a person who opens it would go.
            let folder = std::fs::metadata(entry.path()).is_ok_and(|about| about.is_dir());
            Some(FolderEntry { name, folder })
        })
        .collect();
    entries.sort_by(|a, b| (!a.folder, &a.name).cmp(&(!b.folder, &b.name)));
    Ok(entries)
}

/// The functions of a file.
fn functions(file: &str) -> Result<Vec<Named>, Failure> {
    let path = place(file);
    let failed = |error: std::io::Error| {
        usage(
            format!("{}: {error}", path.display()),
            "Choose a source file that can be read.",
        )
    };
    // Asked before opening: opening a pipe would wait for ever.
    let about = std::fs::metadata(&path).map_err(failed)?;
    if !about.is_file() || about.len() > LARGEST {
        return Err(usage(
            format!("{} is no source file of at most 4 MiB", path.display()),
            "Choose another file.",
        ));
    }
    let mut bytes = Vec::new();
    let opened = std::fs::File::open(&path).map_err(failed)?;
    opened
        .take(LARGEST)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    let text = String::from_utf8(bytes).map_err(|_| {
        usage(
            format!("{} is not UTF-8", path.display()),
            "Save a copy of it as UTF-8 text, and choose that.",
        )
    })?;
    let found = problems::functions(&file.to_lowercase(), &text).into_iter();
    Ok(found
        .map(|function| Named {
            name: function.path,
            head: function.head,
            line: function.line,
            lines: function.lines,
        })
        .collect())
}

/// The wish as the command line would have had it.
fn arguments(wish: &FunctionWish) -> Result<InitArguments, Failure> {
    let file = place(&wish.file).display().to_string();
    let out = place(&wish.out).display().to_string();
    let mut words = ["init", &file, "--function", &wish.function, "--out", &out]
        .map(str::to_owned)
        .to_vec();
    if let Some(signature) = &wish.signature {
        words.extend(["--signature".to_owned(), signature.clone()]);
    }
    words.extend(intake::shell_words(&wish.options));
    let command = InitArguments::augment_args(clap::Command::new("init"));
    command
        .try_get_matches_from(words)
        .and_then(|matches| InitArguments::from_arg_matches(&matches))
        .map_err(|error| {
            let text = error.to_string();
            let first = text.lines().next().unwrap_or("").trim_start_matches("error: ");
            usage(
                format!("options: {first}"),
                "Options are those of `lessonl init`: --instantiate T=double, --force, -- -Iinclude -DNAME.",
            )
        })
}

fn take_function(
    house: &House,
    containment: Containment,
    wish: &FunctionWish,
    teller: &Teller,
    cancel: &Cancel,
) -> Result<WrittenProblem, Failure> {
    let wanted = arguments(wish)?;
    if wanted.agent.is_some() {
        return Err(usage(
            "options: a model is asked for further inputs on the command line alone",
            "Leave --agent out here; `lessonl init` takes it.",
        ));
    }
    let tell = &mut |line: &str| teller.tell(line.trim());
    tell("The compiler reads the file …");
    let mut made = init::make(house, &wanted, tell)?;
    let mut notes = vec![made.headline()];
    tell(&notes[0]);
    let mut missing: Vec<String> = made.elsewhere().into_iter().collect();
    let driver = made.out.join("driver.cpp");
    let open = intake::slots(&made.problem.driver);
    missing.extend(
        open.iter()
            .map(|(line, what)| format!("{}:{line}: {}", driver.display(), one_line(what))),
    );
    let mut claims = Vec::new();
    if !open.is_empty() {
        let check = format!("lessonl problems check {}", made.out.display());
        notes.push(format!(
            "Replace each LESSONL_SLOT line as its comment says, then: {check}"
        ));
    } else if !wanted.unproved {
        let containment = match containment {
            Containment::Required => Containment::from_flag(wanted.unsafe_no_sandbox),
            Containment::Waived => Containment::Waived,
        };
        let harness = house.harness(containment)?;
        let mut told = |line: &str| teller.tell(line.trim());
        claims = init::prove(house, &wanted, &mut made, tell, |problem| {
            let (claims, _) = check::proof(&harness, problem, Wanted::Sizes, cancel, &mut told)?;
            Ok::<_, Failure>(claims)
        })?;
        notes.extend(made.about_c(&claims).map(str::to_owned));
        let broken = claims.iter().filter(|claim| claim.holds == Some(false));
        missing.extend(broken.map(|claim| format!("{}: {}", claim.name, claim.detail)));
        let open = check::left_open(&made.out);
        notes.extend(open.lines().map(|line| line.trim().to_owned()));
    }
    Ok(WrittenProblem {
        folder: absolute(&made.out),
        notes,
        claims: claims
            .into_iter()
            .map(|claim| (claim.name.to_owned(), claim.holds, claim.detail))
            .collect(),
        missing,
    })
}

fn absolute(path: &Path) -> String {
    path.canonicalize()
        .unwrap_or_else(|_| path.to_owned())
        .display()
        .to_string()
}

fn take_project(
    house: &House,
    containment: Containment,
    wish: &ProjectWish,
    teller: &Teller,
    cancel: &Cancel,
) -> Result<WrittenProblem, Failure> {
    let given = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let needed = |text: &str, what: &str, hint: &str| {
        given(text).ok_or_else(|| usage(format!("no command {what} is given"), hint))
    };
    let (function, lines) = match &wish.region {
        Region::Function(name) => (Some(name.clone()), None),
        Region::Lines(lines) => (None, Some(lines.clone())),
        Region::File => (None, None),
    };
    let written = init_project::write(&InitProjectArguments {
        project: place(&wish.root),
        file: PathBuf::from(&wish.file),
        function,
        lines,
        test: Some(needed(
            &wish.test,
            "that tests",
            "Its exit code 0 means that the project is right: there must be one.",
        )?),
        bench: Some(needed(
            &wish.bench,
            "to be timed",
            "Name a program that spends 0.1 to 2 s in the region.",
        )?),
        build: given(&wish.build),
        setup: given(&wish.setup),
        out: given(&wish.out).map(|out| place(&out)),
        ..InitProjectArguments::default()
    })?;
    let mut notes = vec![format!(
        "{}: {}",
        written.folder.join("problem.toml").display(),
        written.problem.id
    )];
    notes.extend(written.notes.iter().cloned());
    let folder = absolute(&written.folder);
    let harness = house.harness(containment)?;
    teller.tell("Its commands, once, in a private copy …");
    let mut tell = |line: &str| teller.tell(line.trim());
    let mut missing = Vec::new();
    match init_project::try_out(&harness, written, cancel, &mut tell) {
        Ok(words) => notes.extend(words),
        Err(failure) if failure.kind == FailureKind::Interrupted => return Err(failure),
        Err(failure) => missing.push(failure.to_string()),
    }
    Ok(WrittenProblem {
        folder,
        notes,
        claims: Vec::new(),
        missing,
    })
}

fn plan(house: &House, wanted: &Applied) -> Result<applying::Plan, Failure> {
    let choice = Choice {
        run: wanted.run.clone(),
        unit: Some(wanted.unit),
        candidate: Some(wanted.candidate),
    };
    let changed = if wanted.merge {
        Changed::Merge
    } else {
        Changed::Refuse
    };
    applying::plan(house, &choice, changed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_those_of_the_command_line() {
        let wish = |options: &str| FunctionWish {
            file: "a b.cpp".to_owned(),
            function: "f".to_owned(),
            signature: Some("int f(int)".to_owned()),
            out: "out".to_owned(),
            options: options.to_owned(),
        };
        let read = arguments(&wish("--instantiate 'T=double' --force -- -I'my include'")).unwrap();
        assert_eq!(
            (
                read.file.as_path(),
                read.function.as_str(),
                read.signature.as_deref()
            ),
            (Path::new("a b.cpp"), "f", Some("int f(int)"))
        );
        assert_eq!(read.instantiate, ["T=double"]);
        assert!(read.force);
        assert_eq!(read.flags(), ["-Imy include"]);
        let failure = arguments(&wish("--wat")).unwrap_err();
        assert!(failure.message.contains("--wat"), "{failure}");
    }

    #[test]
    fn a_folder_is_looked_into_folders_first() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.cpp"), "int f() { return 1; }\n").unwrap();
        std::fs::create_dir(folder.path().join("z")).unwrap();
        let at = folder.path().display().to_string();
        let names: Vec<(String, bool)> = look(&at)
            .unwrap()
            .into_iter()
            .map(|entry| (entry.name, entry.folder))
            .collect();
        assert_eq!(names, [("z".to_owned(), true), ("a.cpp".to_owned(), false)]);
        let found = functions(&format!("{at}/a.cpp")).unwrap();
        assert_eq!((found.len(), found[0].name.as_str()), (1, "f"));
        assert!(look(&format!("{at}/none")).is_err());
    }
}

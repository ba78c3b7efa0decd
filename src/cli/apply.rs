//! `lessonl apply`: a candidate into the person's files, as a patch, in place, or as a commit on a branch of its own.
//! Shows the difference first, writes all or nothing, and never over a change that it did not see.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde_json::json;

use super::applying::{Changed, Choice, Plan, plan};
use super::compose::House;
use super::output::{self, Halt};
use super::own_place;
use super::project_args::ApplyArguments;
use crate::domain::evaluation::removal;
use crate::domain::id::UnitId;
use crate::domain::run::Run;
use crate::failure::{Failure, FailureKind};
use crate::harness::git;
use crate::source::encoding::encoded;

/// Where it goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Target {
    /// Into the files.
    InPlace {
        /// Although they have changes that are not committed.
        dirty: bool,
    },
    /// Into a patch file.
    Patch(PathBuf),
    /// Into a commit on a new branch.
    Branch(String),
}

/// Runs it. Returns the exit code.
pub(super) fn apply(house: &House, wanted: &ApplyArguments) -> Result<u8, Halt> {
    let choice = choice(
        house,
        &wanted.id,
        wanted.candidate,
        wanted.problem.as_deref(),
    )?;
    let changed = if wanted.merge {
        Changed::Merge
    } else {
        Changed::Refuse
    };
    let plan = plan(house, &choice, changed)?;
    own_place::compiles(house, &plan)?;
    let target = match (&wanted.patch, &wanted.branch, wanted.in_place) {
        (Some(file), _, _) => Some(Target::Patch(file.clone())),
        (_, Some(branch), _) => Some(Target::Branch(branch.clone())),
        (_, _, true) => Some(Target::InPlace {
            dirty: wanted.allow_dirty,
        }),
        _ => None,
    };
    let done = target
        .as_ref()
        .map(|target| put(&plan, target))
        .transpose()?;
    if wanted.json {
        let files: Vec<&str> = plan
            .changes
            .iter()
            .map(|change| change.path.as_str())
            .collect();
        output::json(&json!({
            "run": choice.run, "candidate": plan.id.to_string(), "root": plan.root, "files": files,
            "diff": plan.diff, "message": plan.message, "removes": plan.gone, "done": done,
        }))?;
        return Ok(0);
    }
    output::print(&plan.diff)?;
    match done {
        Some(words) => {
            output::note(&words);
            if let Some(removal) = removal(&plan.gone) {
                output::note(&removal.advice);
            }
        }
        None => {
            output::note(&format!("\n{}", plan.message.trim_end()));
            output::note(
                "\nNothing was written. --in-place changes the file, --patch FILE writes a patch, --branch NAME commits to a new branch.",
            );
        }
    }
    Ok(0)
}

/// The candidate that the arguments name.
///
/// # Errors
/// If there is no such run or problem.
pub(super) fn choice(
    house: &House,
    run: &str,
    candidate: Option<crate::domain::id::CandidateId>,
    problem: Option<&str>,
) -> Result<Choice, Failure> {
    let run = house.find(run)?;
    let unit = match problem {
        None => None,
        Some(name) => {
            let folded = Run::fold(&house.archive().facts(&run)?);
            let at = folded.and_then(|folded| {
                folded
                    .units
                    .iter()
                    .position(|unit| unit.spec.problem.as_str() == name)
            });
            Some(
                at.and_then(|at| u16::try_from(at).ok())
                    .map(UnitId)
                    .ok_or_else(|| {
                        Failure::new(
                            FailureKind::Usage,
                            format!("run {run} has no problem `{name}`"),
                        )
                        .hint(format!("`lessonl report {run}` lists them."))
                    })?,
            )
        }
    };
    Ok(Choice {
        run,
        unit,
        candidate,
    })
}

/// Puts the plan where it shall go. Gives what was done, in words.
///
/// # Errors
/// If anything speaks against it; nothing was written then.
pub(super) fn put(plan: &Plan, target: &Target) -> Result<String, Failure> {
    match target {
        Target::Patch(file) => patch(plan, file),
        Target::Branch(branch) => commit(plan, branch),
        Target::InPlace { dirty } => in_place(plan, *dirty),
    }
}

fn usage(what: impl Into<String>, hint: impl Into<String>) -> Failure {
    Failure::new(FailureKind::Usage, what.into()).hint(hint.into())
}

fn environment(what: impl Into<String>, hint: impl Into<String>) -> Failure {
    Failure::new(FailureKind::Environment, what.into()).hint(hint.into())
}

fn patch(plan: &Plan, file: &Path) -> Result<String, Failure> {
    let written = File::create_new(file).and_then(|mut out| {
        // Tools that read patches skip what stands before the first file.
        out.write_all(plan.message.as_bytes())?;
        out.write_all(b"---\n")?;
        out.write_all(&encoded(&plan.diff))
    });
    written.map_err(|error| {
        environment(
            format!("{} cannot be written: {error}", file.display()),
            "Name a new file in a folder that you may write in.",
        )
    })?;
    Ok(format!(
        "Wrote {}. Apply it with: git -C {} apply {}",
        file.display(),
        plan.root.display(),
        file.canonicalize()
            .unwrap_or_else(|_| file.to_owned())
            .display()
    ))
}

fn commit(plan: &Plan, branch: &str) -> Result<String, Failure> {
    if git::changed(&plan.root).is_none() {
        return Err(usage(
            format!("{} is no git repository", plan.root.display()),
            "Use --patch FILE or --in-place.",
        ));
    }
    let mut files = Vec::new();
    for change in &plan.changes {
        let committed = git::committed(&plan.root, &change.path)
            .map_err(|why| usage(why, "Commit the file first, or use --patch FILE."))?;
        if committed != encoded(&change.before) {
            return Err(usage(
                format!("{} has changes that are not committed", change.path),
                "Commit or stash them first, or use --patch FILE. Nothing was written.",
            ));
        }
        files.push((change.path.clone(), encoded(&change.after)));
    }
    let commit =
        git::commit_on_branch(&plan.root, branch, &files, &plan.message).map_err(|why| {
            let hint = match why.contains("tell me who you are") || why.contains("user.email") {
                true => "Tell git who commits: git config user.name NAME, git config user.email ADDRESS. Or use --patch FILE.",
                false => "Give another name with --branch.",
            };
            usage(why, hint)
        })?;
    Ok(format!(
        "Committed {} to the new branch {branch}. Your files and your branch are as they were; see it with: git -C {} show {branch}",
        commit.get(..12).unwrap_or(&commit),
        plan.root.display()
    ))
}

fn in_place(plan: &Plan, dirty: bool) -> Result<String, Failure> {
    if !dirty && let Some(changed) = git::changed(&plan.root) {
        let own = |path: &&String| {
            plan.changes
                .iter()
                .any(|change| path.ends_with(change.path.as_str()))
        };
        if let Some(path) = changed.iter().find(own) {
            return Err(usage(
                format!("{path} has changes that are not committed"),
                "Commit or stash them first, so that this one can be seen and undone by itself, or add --allow-dirty. Nothing was written.",
            ));
        }
    }
    // All are written beside their places before the first one takes its place.
    let mut ready = Vec::new();
    for change in &plan.changes {
        let at = plan.root.join(&change.path);
        ready.push((
            beside(&at, &encoded(&change.before), &encoded(&change.after))?,
            at,
        ));
    }
    let names: Vec<String> = plan
        .changes
        .iter()
        .map(|change| change.path.clone())
        .collect();
    for ((written, real), at) in ready {
        written.persist(&real).map_err(|error| {
            environment(
                format!("{} cannot be replaced: {}", at.display(), error.error),
                "Files named before it in the difference are changed; `git diff` shows them.",
            )
        })?;
    }
    Ok(format!(
        "Changed {}. `lessonl verify` measures it there.",
        names.join(", ")
    ))
}

/// The new text in a file beside the old one, with its mode; and where links lead.
fn beside(
    at: &Path,
    before: &[u8],
    after: &[u8],
) -> Result<(tempfile::NamedTempFile, PathBuf), Failure> {
    let failed = |error: std::io::Error| {
        environment(
            format!("{} cannot be changed: {error}", at.display()),
            "See whether you may write in its folder, or use --patch FILE. Nothing was written.",
        )
    };
    let real = at.canonicalize().map_err(failed)?;
    let folder = real.parent().unwrap_or(Path::new("."));
    let about = fs::metadata(&real).map_err(failed)?;
    if about.permissions().readonly() {
        return Err(failed(std::io::Error::from(
            std::io::ErrorKind::PermissionDenied,
        )));
    }
    let mut written = tempfile::Builder::new()
        .prefix(".lessonl-")
        .tempfile_in(folder)
        .map_err(failed)?;
    written.write_all(after).map_err(failed)?;
    written
        .as_file()
        .set_permissions(about.permissions())
        .map_err(failed)?;
    written.as_file().sync_all().map_err(failed)?;
    // Somebody may have saved the file while the difference was read.
    if fs::read(&real).map_err(failed)? != before {
        return Err(usage(
            format!("{} has changed just now", at.display()),
            "Run it again. Nothing was written.",
        ));
    }
    Ok((written, real))
}

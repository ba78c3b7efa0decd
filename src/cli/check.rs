//! `lessonl problems check`: proves a problem folder and says what is missing. Writes nothing unless asked to, and then only
//! sizes.

use std::path::Path;
use std::sync::Arc;

use serde_json::json;

use super::compose::{Containment, House};
use super::follow::Signals;
use super::output::{self, Halt};
use super::own_args::CheckArguments;
use crate::domain::problem::{Mode, Problem, Values};
use crate::failure::{Failure, FailureKind};
use crate::harness::{Cancel, Explored, FolderClaim, Harness, Marks, Mutant};
use crate::problems::{LeftOut, Proof};
use crate::reports::table::{Table, one_line};
use crate::{intake, problems};

/// Runs it. Returns the exit code.
pub(super) fn check(house: &House, check: &CheckArguments) -> Result<u8, Halt> {
    let mut found = house
        .catalogue()
        .resolve(&check.problem)
        .map_err(Failure::from)?;
    let (Some(problem), true) = (found.pop(), found.is_empty()) else {
        let text = format!(
            "`{}` names several problems, and one is wanted",
            check.problem
        );
        return Err(Failure::new(FailureKind::Usage, text)
            .hint("`lessonl problems` lists the ids.")
            .into());
    };
    if !problem.modes.contains(&Mode::Serial) {
        let text = format!(
            "{} has no serial mode, in which folders are proved",
            problem.id
        );
        return Err(Failure::new(FailureKind::Usage, text)
            .hint("Add \"serial\" to `modes` in problem.toml.")
            .into());
    }
    let open = intake::slots(&problem.driver);
    if !open.is_empty() {
        if check.json {
            let slots: Vec<_> = open
                .iter()
                .map(|(line, what)| json!({"line": line, "what": what}))
                .collect();
            output::json(
                &json!({"problem": problem.id, "proved": false, "slots": slots, "claims": []}),
            )?;
        } else {
            output::print(&slots_left(&problem, &open))?;
        }
        return Ok(FailureKind::Usage.exit_code());
    }
    let harness = house.harness(Containment::from_flag(check.unsafe_no_sandbox))?;
    let (claims, proposal) = prove(house, harness, problem.clone(), Wanted::Proof)?;
    let proved = proved(&claims);
    if check.json {
        output::json(&json!({
            "problem": problem.id,
            "proved": proved,
            "slots": [],
            "claims": claims.iter().map(|c| json!({"name": c.name, "holds": c.holds, "detail": c.detail})).collect::<Vec<_>>(),
            "limits": limits(&problem.path),
        }))?;
    } else {
        output::print(&table(&claims))?;
        output::print(&left_open(&problem.path))?;
    }
    if let Some(explored) = proposal {
        let manifest = problem.path.join("problem.toml");
        if check.yes {
            resize(&manifest, &problem, &explored)?;
            output::note(&format!(
                "{}: {}; written. Check again.",
                manifest.display(),
                proposed(&problem, &explored)
            ));
        } else {
            output::note(&format!(
                "Proposed: {}. --yes writes that into problem.toml.",
                proposed(&problem, &explored)
            ));
        }
    }
    Ok(if proved {
        0
    } else {
        FailureKind::Usage.exit_code()
    })
}

/// What a driver's author has left to write.
pub(super) fn slots_left(problem: &Problem, open: &[(usize, String)]) -> String {
    let file = problem.path.join("driver.cpp");
    let mut text = format!("{} things are to be written:\n", open.len());
    for (line, what) in open {
        text.push_str(&format!(
            "  {}:{line}: {}\n",
            file.display(),
            one_line(what)
        ));
    }
    text.push_str("Replace each LESSONL_SLOT line as its comment says, then: ");
    text.push_str(&format!(
        "lessonl problems check {}\n",
        problem.path.display()
    ));
    if !problem.is_recorded() {
        text.push_str(FROM_CALLS);
        text.push('\n');
    }
    text
}

/// What else can be done where inputs cannot be derived.
const FROM_CALLS: &str = "Or let a program of yours show them: lessonl init … --from -- COMMAND records what its calls are handed, if it was built with -g.";

/// How a proof begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// With the sizes as they are.
    Proof,
    /// With sizes and values that the original bears, found first, and written into the folder.
    Sizes,
}

/// Whether all that must hold does.
pub(super) fn proved(claims: &[FolderClaim]) -> bool {
    let caught =
        |claim: &FolderClaim| claim.name == "mistakes are caught" && claim.holds == Some(true);
    claims.iter().any(caught) && claims.iter().all(|claim| claim.holds != Some(false))
}

/// What the proof of a folder left open.
fn limits(folder: &Path) -> Vec<String> {
    Proof::read(folder).map_or_else(Vec::new, |proof| proof.limits())
}

/// The same for people; nothing if it left nothing open.
pub(super) fn left_open(folder: &Path) -> String {
    let limits = limits(folder);
    let lines: String = limits
        .iter()
        .map(|limit| format!("  {}\n", one_line(limit)))
        .collect();
    match limits.is_empty() {
        true => String::new(),
        false => format!("Left open:\n{lines}"),
    }
}

/// The claims as a table.
pub(super) fn table(claims: &[FolderClaim]) -> String {
    let mut table = Table::new(&["claim", "holds", "what was seen"]);
    let mut words = String::new();
    for claim in claims {
        let holds = match claim.holds {
            Some(true) => "yes",
            Some(false) => "no",
            None => "not tried",
        };
        let mut lines = claim.detail.lines();
        let first = lines.next().unwrap_or("").to_owned();
        table.push(vec![claim.name.to_owned(), holds.to_owned(), first]);
        for line in lines {
            words.push_str(&format!(
                "    {}\n",
                line.chars()
                    .filter(|c| !c.is_control() || *c == '\t')
                    .collect::<String>()
            ));
        }
    }
    format!("{}{words}", table.aligned())
}

/// Proves a folder on a thread of its own, so that an interrupt is heard meanwhile. Where sizes are wanted they are written
/// first; where only a proof is and it cannot be timed, a proposal comes along.
pub(super) fn prove(
    house: &House,
    harness: Harness,
    problem: Arc<Problem>,
    wanted: Wanted,
) -> Result<(Vec<FolderClaim>, Option<Explored>), Halt> {
    let cancel = Cancel::default();
    let ours = cancel.clone();
    let work = move || {
        proof(&harness, problem, wanted, &ours, &mut |line| {
            output::note(line)
        })
    };
    house.handle.block_on(async {
        let mut signals = Signals::listen()?;
        let mut work = tokio::task::spawn_blocking(work);
        tokio::select! {
            done = &mut work => done
                .map_err(|_| Halt::from(Failure::new(FailureKind::Internal, "the harness died")))?
                .map_err(Halt::from),
            _ = signals.next() => {
                cancel.cancel();
                let _ = work.await;
                Err(Failure::new(FailureKind::Interrupted, "interrupted; what was written stays").into())
            }
        }
    })
}

/// The proof itself; blocks. Tells each claim as it is settled.
///
/// # Errors
/// Ours alone; what speaks against the folder is a claim that does not hold.
pub(super) fn proof(
    harness: &Harness,
    mut problem: Arc<Problem>,
    wanted: Wanted,
    cancel: &Cancel,
    tell: &mut dyn FnMut(&str),
) -> Result<(Vec<FolderClaim>, Option<Explored>), Failure> {
    let before = Proof::read(&problem.path).unwrap_or_default();
    let mut out: Vec<LeftOut> = before.left_out;
    let mut open: Vec<String> = Vec::new();
    let manifest = problem.path.join("problem.toml");
    let mut borne = None;
    // Why it cannot be explored is what the claims say next.
    if wanted == Wanted::Sizes
        && let Ok(explored) = harness.explore(&problem, cancel)
    {
        out = explored
            .values
            .iter()
            .map(|(values, why)| LeftOut {
                values: *values,
                why: one_line(why),
            })
            .collect();
        open.extend(explored.sizes.iter().map(|(size, why)| {
            format!(
                "Size {size} is never tried; the original does not bear it ({}).",
                one_line(why)
            )
        }));
        open.extend(explored.too_large.iter().map(|(size, why)| {
            format!(
                "Sizes from {size} on are never tried; the original does not bear them ({}).",
                one_line(why).trim_end_matches('.')
            )
        }));
        for line in left_out(&explored) {
            tell(&line);
        }
        if explored.bearable {
            resize(&manifest, &problem, &explored)?;
            problem = Arc::new(problems::load_folder(&problem.path)?);
            borne = Some(explored);
        } else {
            let detail = explored
                .sizes
                .iter()
                .map(|(size, how)| format!("size {size}: {how}"));
            let claim = FolderClaim {
                name: "runs",
                holds: Some(false),
                detail: format!(
                    "{}; correct in driver.cpp what make() draws{}",
                    detail.collect::<Vec<_>>().join("; "),
                    match problem.is_recorded() {
                        true => String::new(),
                        false => format!("\n{FROM_CALLS}"),
                    }
                ),
                open: None,
                only_for: None,
            };
            let claims = vec![claim];
            record(&problem, &claims, open, out)?;
            return Ok((claims, None));
        }
    }
    let mut claims = claims_of(harness, &problem, cancel, tell)?;
    // A class of values that the original bore at every seed that was tried, and not at one that was drawn later.
    while let Some(explored) = &mut borne
        && let Some((values, why)) = refused(&claims)
        && explored.values.iter().all(|(known, _)| *known != values)
    {
        out.push(LeftOut {
            values,
            why: one_line(&why),
        });
        explored.values.push((values, why));
        resize(&manifest, &problem, explored)?;
        problem = Arc::new(problems::load_folder(&problem.path)?);
        let word = values.word();
        tell(&format!(
            "Values {word} are left out, too; all claims once more."
        ));
        claims = claims_of(harness, &problem, cancel, tell)?;
    }
    if wanted == Wanted::Proof {
        let sizes = |sentence: &&String| sentence.starts_with("Size");
        open.extend(before.open.iter().filter(sizes).cloned());
    }
    record(&problem, &claims, open, out)?;
    let untimed = claims
        .iter()
        .any(|c| c.name == "takes a measurable time" && c.holds == Some(false));
    let proposal = if wanted == Wanted::Proof && untimed {
        harness
            .explore(&problem, cancel)
            .ok()
            .filter(|found| found.time != problem.sizes.time)
    } else {
        None
    };
    Ok((claims, proposal))
}

/// The claims about a folder as it is, each told as it is settled.
fn claims_of(
    harness: &Harness,
    problem: &Arc<Problem>,
    cancel: &Cancel,
    tell: &mut dyn FnMut(&str),
) -> Result<Vec<FolderClaim>, Failure> {
    let mutants: Vec<Mutant> = intake::mistakes(&problem.original, problem.entry_name())?
        .into_iter()
        .map(|mistake| {
            let tried = |class: &str| {
                let values = &problem.check.values;
                values.iter().any(|values| values.word() == class)
            };
            Mutant {
                what: mistake.what,
                source: mistake.source,
                line: mistake.line,
                // What no class of values can show is told as that class not being tried.
                weak: mistake.weak || mistake.needs.is_some_and(|class| !tried(class)),
            }
        })
        .collect();
    let marks = intake::marked(&problem.original, problem.entry_name())?.map(|marked| Marks {
        source: marked.source,
        lines: marked.lines,
    });
    let mut told = |claim: &FolderClaim| {
        let mark = match claim.holds {
            Some(true) => "ok",
            Some(false) => "no",
            None => "not tried",
        };
        let first = claim.detail.lines().next().unwrap_or("");
        tell(&format!("  {mark}  {}: {}", claim.name, one_line(first)));
    };
    Ok(harness.prove(problem, &mutants, marks.as_ref(), cancel, &mut told)?)
}

/// The class of values alone that a claim does not hold for, and why.
fn refused(claims: &[FolderClaim]) -> Option<(Values, String)> {
    claims
        .iter()
        .filter(|claim| claim.holds == Some(false))
        .find_map(|claim| Some((claim.only_for?, claim.detail.clone())))
}

/// Keeps what a proof saw beside the files it is about.
fn record(
    problem: &Problem,
    claims: &[FolderClaim],
    mut open: Vec<String>,
    mut left_out: Vec<LeftOut>,
) -> Result<(), Failure> {
    left_out.retain(|out| !problem.check.values.contains(&out.values));
    open.extend(claims.iter().filter_map(|claim| claim.open.clone()));
    let untried = claims.iter().filter(|claim| claim.holds.is_none());
    open.extend(
        untried.map(|claim| format!("Not tried: {} ({}).", claim.name, one_line(&claim.detail))),
    );
    let failed = claims.iter().filter(|claim| claim.holds == Some(false));
    let proof = Proof {
        version: problem.version.clone(),
        proved: proved(claims),
        failed: failed.map(|claim| claim.name.to_owned()).collect(),
        open,
        left_out,
    };
    Ok(proof.write(&problem.path)?)
}

fn left_out(explored: &Explored) -> Vec<String> {
    let sizes = explored
        .sizes
        .iter()
        .map(|(size, how)| format!("Size {size} is left out: {how}"));
    let values = explored
        .values
        .iter()
        .map(|(values, how)| format!("Values {} are left out: {how}", values.word()));
    let large = explored.too_large.iter();
    let large = large.map(|(size, how)| format!("Sizes from {size} on are left out: {how}"));
    sizes
        .chain(large)
        .chain(values)
        .map(|line| one_line(&line))
        .collect()
}

fn proposed(problem: &Problem, explored: &Explored) -> String {
    format!(
        "time = {} instead of {} (one call takes {})",
        explored.time, problem.sizes.time, explored.call
    )
}

/// Writes what the original bears, and the size to time, into `problem.toml`.
fn resize(manifest: &Path, problem: &Problem, explored: &Explored) -> Result<(), Failure> {
    let failed = |error: std::io::Error| {
        Failure::new(
            FailureKind::Environment,
            format!("{}: {error}", manifest.display()),
        )
        .hint("See whether the folder can be written to.")
    };
    let kept = |sizes: &[u64]| -> Vec<u64> {
        let bad = |size: &u64| explored.sizes.iter().any(|(bad, _)| bad == size);
        sizes.iter().copied().filter(|size| !bad(size)).collect()
    };
    let values: Vec<&str> = problem
        .check
        .values
        .iter()
        .filter(|values| explored.values.iter().all(|(bad, _)| bad != *values))
        .map(|values| values.word())
        .collect();
    let text = std::fs::read_to_string(manifest).map_err(failed)?;
    let (check, hidden) = (kept(&problem.sizes.check), kept(&problem.sizes.hidden));
    let never: Vec<&str> = explored
        .values
        .iter()
        .map(|(values, _)| values.words())
        .collect();
    let text = intake::resized(&text, &check, &hidden, explored.time, &values, &never);
    std::fs::write(manifest, text).map_err(failed)
}

//! A first look at a project's commands: whether they do what they must before any change, and how much of the bench is
//! spent in the regions. Judges no candidate, and never touches the project itself.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use serde_json::json;

use super::super::compile::Bench;
use super::super::gate::GateUse;
use super::super::sampling::inclusive;
use super::super::{Cancel, Harness, HarnessError};
use super::packages::Packages;
use super::run::{CommandStep, ProjectCopy, run};
use super::{broken, copy, must, write};
use crate::domain::problem::Problem;
use crate::domain::project::{FilePiece, Project};

/// A bench under callgrind is given up after this.
const COUNTING: Duration = Duration::from_secs(100);

/// What a first look at a project's commands saw.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TriedCommands {
    /// Time of one bench.
    pub bench: Duration,
    /// The part of the bench that is spent in the regions and what they call, 0 to 1, where it could be told.
    pub share: Option<f64>,
}

impl Harness {
    /// Builds, tests and benches a project once, in a private copy; tells each step as it is done.
    ///
    /// # Errors
    /// [`HarnessError::Problem`] with what failed and its last words.
    pub fn try_commands(
        &self,
        problem: &Problem,
        project: &Project,
        cancel: &Cancel,
        tell: &mut dyn FnMut(&str),
    ) -> Result<TriedCommands, HarnessError> {
        let bench = &self.0.bench;
        let _pass = self
            .0
            .gate
            .pass(GateUse::Work, cancel, || {})
            .ok_or(HarnessError::Cancelled)?;
        let folder = bench.folder().map_err(|error| HarnessError::Environment {
            what: format!("cannot make a temporary folder: {error}"),
            hint: "see whether the disk has room, or set TMPDIR".to_owned(),
        })?;
        let side = ProjectCopy {
            folder: folder.path().join("a"),
        };
        let listing = copy::list(&project.root, &project.exclude, project.limits.copy << 20)
            .map_err(broken)?;
        copy::copy(&project.root, &listing, &side.project()).map_err(broken)?;
        let packages = Packages::of(project, &listing);
        packages.lay(&side).map_err(broken)?;
        let project = &packages.project;
        let files = project
            .render(&problem.original)
            .map_err(|error| broken(error.to_string()))?;
        write(&side, &files)?;
        let limits = project.limits;
        let first = limits.bench + limits.build;
        let steps = [
            (
                CommandStep::Setup,
                project.setup.is_some(),
                "setup",
                limits.setup,
            ),
            (
                CommandStep::Build,
                project.build.is_some(),
                "build",
                limits.build,
            ),
            (CommandStep::Test, true, "test", limits.test),
            // The first run may still build something.
            (CommandStep::Bench, true, "bench", first),
            (CommandStep::Bench, true, "bench again", limits.bench),
        ];
        let mut last = Duration::ZERO;
        for (step, is_there, name, limit) in steps {
            if !is_there {
                continue;
            }
            let time = Duration::from_secs(limit);
            let report = run(bench, project, &side, step, time, cancel)?;
            must(
                &report,
                time,
                &format!("{name} fails before any change"),
                "It runs in a private copy of the files that belong to the project, without network unless that is allowed.",
            )?;
            tell(&format!("  ok  {name}: {:.2} s", report.wall.as_secs_f64()));
            last = report.wall;
        }
        Ok(TriedCommands {
            bench: last,
            share: share(bench, project, &side, last, cancel)?,
        })
    }
}

/// The part of the bench that is spent in the regions; `None` where nothing here can tell.
fn share(
    bench: &Bench,
    project: &Project,
    side: &ProjectCopy,
    usual: Duration,
    cancel: &Cancel,
) -> Result<Option<f64>, HarnessError> {
    match project.language.as_str() {
        "python" => of_python(bench, project, side, cancel),
        "javascript" => of_node(bench, project, side, cancel),
        // What is counted takes some fifty times as long.
        _ if usual * 50 < COUNTING => of_native(bench, project, side, cancel),
        _ => Ok(None),
    }
}

/// Files below the root with the first and last line of each of their regions.
fn regions(project: &Project) -> Vec<(&str, usize, usize)> {
    let mut all = Vec::new();
    for file in &project.files {
        let mut line = 1;
        for piece in &file.pieces {
            let lines = piece.text().matches('\n').count();
            if matches!(piece, FilePiece::Region { .. }) {
                all.push((file.path.as_str(), line, line + lines.max(1) - 1));
            }
            line += lines;
        }
    }
    all
}

/// The folder in a copy's home where what watches a bench leaves its findings.
struct Findings(PathBuf);

impl Findings {
    fn in_home(side: &ProjectCopy) -> Option<Self> {
        let folder = side.home().join("share");
        std::fs::create_dir_all(&folder).ok()?;
        Some(Self(folder))
    }

    /// The texts of its files whose names begin like this.
    fn texts(&self, prefix: &'static str) -> impl Iterator<Item = String> {
        let entries = std::fs::read_dir(&self.0).into_iter().flatten().flatten();
        entries
            .filter(move |entry| entry.file_name().to_string_lossy().starts_with(prefix))
            .filter_map(|entry| std::fs::read(entry.path()).ok())
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
    }
}

#[derive(Deserialize)]
struct Samples {
    samples: f64,
    hits: f64,
    seconds: f64,
}

fn of_python(
    bench: &Bench,
    project: &Project,
    side: &ProjectCopy,
    cancel: &Cancel,
) -> Result<Option<f64>, HarnessError> {
    let Some(folder) = Findings::in_home(side) else {
        return Ok(None);
    };
    let said = folder.0.join("said");
    let plan = json!({ "regions": regions(project), "said": said });
    let written = std::fs::write(folder.0.join("sitecustomize.py"), SAMPLER)
        .and_then(|()| std::fs::write(folder.0.join("plan.json"), plan.to_string()));
    if written.is_err() {
        return Ok(None);
    }
    let mut watched = project.clone();
    let path = match project.env.get("PYTHONPATH") {
        Some(given) => format!("{}:{given}", folder.0.display()),
        None => folder.0.display().to_string(),
    };
    watched.env.insert("PYTHONPATH".to_owned(), path);
    let plan = folder.0.join("plan.json").display().to_string();
    watched.env.insert("LESSONL_SHARE".to_owned(), plan);
    let time = Duration::from_secs(project.limits.bench * 2);
    let report = run(bench, &watched, side, CommandStep::Bench, time, cancel)?;
    let longest = folder
        .texts("said.")
        .filter_map(|text| serde_json::from_str::<Samples>(&text).ok())
        .max_by(|a, b| a.seconds.total_cmp(&b.seconds));
    Ok(longest.filter(|seen| seen.samples >= 20.0).map(|seen| {
        let whole = report.wall.as_secs_f64().max(seen.seconds);
        seen.hits / seen.samples * seen.seconds / whole
    }))
}

/// What samples the stack of a Python program.
const SAMPLER: &str = include_str!("../python/share.py");

fn of_node(
    bench: &Bench,
    project: &Project,
    side: &ProjectCopy,
    cancel: &Cancel,
) -> Result<Option<f64>, HarnessError> {
    let Some(rest) = project.bench.trim_start().strip_prefix("node ") else {
        return Ok(None);
    };
    let Some(folder) = Findings::in_home(side) else {
        return Ok(None);
    };
    let watched = Project {
        bench: format!(
            "node --cpu-prof --cpu-prof-dir='{}' {rest}",
            folder.0.display()
        ),
        ..project.clone()
    };
    let time = Duration::from_secs(project.limits.bench * 2);
    run(bench, &watched, side, CommandStep::Bench, time, cancel)?;
    let regions = regions(project);
    Ok(folder
        .texts("")
        .filter_map(|text| of_profile(&text, &regions))
        .reduce(f64::max))
}

/// The share of a profile of Node's in which a region is on the stack.
fn of_profile(text: &str, regions: &[(&str, usize, usize)]) -> Option<f64> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Frame {
        url: String,
        line_number: i64,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Node {
        id: u64,
        call_frame: Frame,
        #[serde(default)]
        children: Vec<u64>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Profile {
        nodes: Vec<Node>,
        start_time: f64,
        end_time: f64,
        samples: Vec<u64>,
        time_deltas: Vec<f64>,
    }
    let profile: Profile = serde_json::from_str(text).ok()?;
    let own = |frame: &Frame| {
        regions.iter().any(|(path, first, last)| {
            let line = usize::try_from(frame.line_number + 1).unwrap_or(0);
            frame.url.ends_with(&format!("/{path}")) && (*first..=*last).contains(&line)
        })
    };
    let mut inside = std::collections::BTreeSet::new();
    // Parents stand before their children.
    for node in &profile.nodes {
        if own(&node.call_frame) {
            inside.insert(node.id);
        }
        if inside.contains(&node.id) {
            inside.extend(&node.children);
        }
    }
    let spent: f64 = profile
        .samples
        .iter()
        .zip(&profile.time_deltas)
        .filter(|(id, _)| inside.contains(id))
        .map(|(_, took)| took)
        .sum();
    let whole = profile.end_time - profile.start_time;
    (whole > 0.0).then_some((spent / whole).clamp(0.0, 1.0))
}

fn of_native(
    bench: &Bench,
    project: &Project,
    side: &ProjectCopy,
    cancel: &Cancel,
) -> Result<Option<f64>, HarnessError> {
    if project.entry.is_empty() || !Path::new("/usr/bin/valgrind").is_file() {
        return Ok(None);
    }
    let Some(folder) = Findings::in_home(side) else {
        return Ok(None);
    };
    let watched = Project {
        bench: format!(
            "valgrind --tool=callgrind --trace-children=yes --callgrind-out-file='{}/out.%p' {}",
            folder.0.display(),
            project.bench
        ),
        ..project.clone()
    };
    let report = run(bench, &watched, side, CommandStep::Bench, COUNTING, cancel)?;
    if super::run::how(&report, COUNTING).is_some() {
        return Ok(None);
    }
    let (mut inside, mut all, mut met) = (0_u64, 0_u64, false);
    for text in folder.texts("out.") {
        let (own, whole) = inclusive(&text, &project.entry);
        met |= own.is_some();
        inside += own.unwrap_or(0);
        all += whole;
    }
    // What was inlined is not there under its name.
    Ok((met && all > 0).then(|| (inside as f64 / all as f64).clamp(0.0, 1.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_of_a_profile_holds_what_a_region_calls() {
        let text = r#"{"nodes":[{"id":1,"callFrame":{"functionName":"(root)","scriptId":"0","url":"","lineNumber":-1,"columnNumber":-1},"children":[2,4]},
            {"id":2,"callFrame":{"functionName":"sorted","scriptId":"1","url":"file:///w/lib/sort.js","lineNumber":3,"columnNumber":0},"children":[3]},
            {"id":3,"callFrame":{"functionName":"less","scriptId":"1","url":"file:///w/lib/sort.js","lineNumber":40,"columnNumber":0}},
            {"id":4,"callFrame":{"functionName":"make","scriptId":"1","url":"file:///w/bench.js","lineNumber":3,"columnNumber":0}}],
            "startTime":0,"endTime":1000,"samples":[2,3,4,1],"timeDeltas":[300,300,200,200]}"#;
        assert_eq!(of_profile(text, &[("lib/sort.js", 4, 9)]), Some(0.6));
        assert_eq!(of_profile(text, &[("lib/other.js", 4, 9)]), Some(0.0));
    }
}

//! A command problem's `problem.toml` → `domain::Project`: which folder, which regions, which commands. Reads the files
//! that have regions and never runs a command.

mod written;

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Component, Path, PathBuf};

use super::ProblemError;
use super::context::{self, Text};
use super::fingerprint::Fingerprint;
use super::load::{MANIFEST, read};
use super::regions::{Part, locate};
use crate::domain::problem::{
    CheckRules, Kind, Mode, Problem, ProblemId, Sizes, Tolerance, Values,
};
use crate::domain::project::{FilePiece, Network, Project, RegionFile};
use crate::source::syntax::{self, Sort, Tongue};
use written::{Written, WrittenNetwork, WrittenProject, WrittenRegion, limits};

/// Most regions of a problem.
const MOST_REGIONS: usize = 16;
/// Most files looked into for what a region uses.
const MOST_OTHERS: usize = 200;

/// Whether the text is that of a command problem.
pub(super) fn is_command(text: &str) -> bool {
    text.parse::<toml::Table>()
        .is_ok_and(|table| table.get("kind").and_then(|kind| kind.as_str()) == Some("command"))
}

/// How the regions' present texts are taken.
#[derive(Debug, Clone, Copy)]
pub(super) enum As<'a> {
    /// The files as they are.
    Now,
    /// The regions hold `now`, or what came after it; the files as they are, or as they would be with `original` there.
    After {
        now: &'a str,
        original: Option<&'a str>,
    },
}

/// Loads the problem whose manifest holds `text`.
pub(super) fn load(folder: &Path, text: &str, as_what: As<'_>) -> Result<Problem, ProblemError> {
    let manifest = folder.join(MANIFEST);
    let at = |what: String, hint: &str| ProblemError::new(manifest.display(), what, hint);
    let written: Written = toml::from_str(text).map_err(|error| {
        let line = error.span().map_or(0, |span| super::regions::line_of(text, span.start));
        let message: String = error.message().chars().take(300).collect();
        at(
            format!("line {line}: {message}"),
            "a command problem has kind = \"command\", id, title, category, [project] with dir, test and bench, and [[region]] with file",
        )
    })?;
    let id = ProblemId::new(written.id.as_str()).map_err(|_| {
        at(
            "`id` is not a problem id".to_owned(),
            "use letters, digits and -_./ like mine/parse",
        )
    })?;
    for (key, value) in [("title", &written.title), ("category", &written.category)] {
        if value.trim().is_empty()
            || value.chars().count() > 120
            || value.chars().any(char::is_control)
        {
            let what = format!("`{key}` is not one line of 1 to 120 characters");
            return Err(at(what, "write a short line of plain text"));
        }
    }
    if written.region.is_empty() || written.region.len() > MOST_REGIONS {
        let what = format!("there must be 1 to {MOST_REGIONS} [[region]] sections");
        return Err(at(
            what,
            "each names a file and what of it may be rewritten",
        ));
    }
    let project = project(folder, &manifest, written.project, &written.region, as_what)?;
    let path = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    let mut problem = Problem {
        work: crate::domain::work::LeastWork::default(),
        upstream: crate::domain::problem::Upstream::default(),
        standard: crate::domain::problem::Standard::default(),
        id,
        title: written.title,
        category: written.category,
        description: description(&written.description, &project),
        entry: project.entry.clone(),
        modes: vec![Mode::Serial],
        sizes: Sizes {
            check: Vec::new(),
            hidden: Vec::new(),
            time: 0,
            time_omp: 0,
        },
        check: CheckRules {
            tolerance: Tolerance::Exact,
            values: vec![Values::Any],
            exact_bits: 0,
        },
        path,
        original: project.document(),
        driver: String::new(),
        limits: Vec::new(),
        version: String::new(),
        kind: Kind::Command(Box::new(project)),
    };
    problem.version = version(&problem);
    Ok(problem)
}

fn description(written: &str, project: &Project) -> String {
    let given: String = written
        .replace("\r\n", "\n")
        .chars()
        .filter(|c| !c.is_control() || matches!(c, '\n' | '\t'))
        .take(16 << 10)
        .collect();
    let mut text = match given.trim() {
        "" => format!(
            "The project's own tests must pass as before: {}",
            project.test
        ),
        given => given.to_owned(),
    };
    if let Some(words) = project.ceiling() {
        text.push('\n');
        text.push_str(&words);
    }
    text
}

/// Over everything but where the project lies.
fn version(problem: &Problem) -> String {
    let mut hash = Fingerprint::new();
    for text in [
        problem.id.as_str(),
        &problem.title,
        &problem.category,
        &problem.description,
    ] {
        hash.bytes(text.as_bytes());
    }
    if let Kind::Command(project) = &problem.kind {
        let placeless = Project {
            root: PathBuf::new(),
            context: String::new(),
            ..(**project).clone()
        };
        // A project is plain data: it always has a JSON form.
        hash.bytes(&serde_json::to_vec(&placeless).unwrap_or_default());
    }
    hash.hex()
}

fn project(
    folder: &Path,
    manifest: &Path,
    written: WrittenProject,
    regions: &[WrittenRegion],
    as_what: As<'_>,
) -> Result<Project, ProblemError> {
    let at = |what: String, hint: &str| ProblemError::new(manifest.display(), what, hint);
    let root = folder.join(&written.dir);
    let root = root.canonicalize().map_err(|error| {
        at(
            format!(
                "`dir` names {}, which cannot be opened: {error}",
                root.display()
            ),
            "give the project's folder, relative to this one or absolute",
        )
    })?;
    if !root.is_dir() {
        return Err(at(
            format!("{} is not a folder", root.display()),
            "give the project's folder",
        ));
    }
    for (key, command) in [("test", &written.test), ("bench", &written.bench)] {
        if command.trim().is_empty() {
            return Err(at(
                format!("`{key}` is empty"),
                "give a shell command; it runs in the project's folder",
            ));
        }
    }
    if let Some(figure) = &written.bench_figure {
        let good = regex::Regex::new(&figure.pattern).is_ok_and(|regex| regex.captures_len() >= 2);
        if !good {
            return Err(at(
                "`bench_figure.pattern` is no regular expression with a group".to_owned(),
                "write one like time: ([0-9.]+) ms",
            ));
        }
    }
    let language = written.language.map_or_else(
        || syntax::language(regions.first().map_or("", |region| region.file.as_str())).to_owned(),
        |language| language.to_lowercase(),
    );
    let tongue = Tongue::of(&language);
    let found = files(&root, manifest, regions, tongue, as_what)?;
    let entry = entry(regions, &found, tongue);
    let mut context = surroundings(&root, &found, tongue);
    let commands = [
        ("timed by the bench", written.bench.as_str()),
        ("run by the tests", written.test.as_str()),
    ];
    let shown: Vec<&str> = found.iter().map(|file| file.source.path.as_str()).collect();
    context.push_str(&context::of_commands(
        &root,
        commands,
        &shown,
        &entry,
        context.len(),
    ));
    let limits = limits(&written.limits);
    Ok(Project {
        root,
        language,
        files: found.into_iter().map(|file| file.source).collect(),
        setup: written.setup.filter(|command| !command.trim().is_empty()),
        build: written.build.filter(|command| !command.trim().is_empty()),
        test: written.test,
        bench: written.bench,
        env: written.env,
        network: match written.network {
            WrittenNetwork::Word(word) => word,
            WrittenNetwork::Flag(true) => Network::Always,
            WrittenNetwork::Flag(false) => Network::Never,
        },
        read: written.read,
        exclude: written.exclude,
        limits,
        figure: written.bench_figure,
        share: written.share.filter(|share| (0.0..=1.0).contains(share)),
        context,
        entry,
    })
}

/// A file with its regions, and its text.
struct Found {
    source: RegionFile,
    text: Text,
    ranges: Vec<Range<usize>>,
}

fn files(
    root: &Path,
    manifest: &Path,
    regions: &[WrittenRegion],
    tongue: Tongue,
    as_what: As<'_>,
) -> Result<Vec<Found>, ProblemError> {
    let names = names(regions);
    let wanted: Vec<&str> = names.iter().map(String::as_str).collect();
    let (befores, nows) = match as_what {
        As::Now => (None, None),
        As::After { original, now } => {
            let split = |document: &str| {
                crate::domain::project::parts(document, &wanted).map_err(|error| {
                    ProblemError::new(
                        manifest.display(),
                        format!("the stored code does not fit the regions: {error}"),
                        "put problem.toml back as it was when the run began",
                    )
                })
            };
            (original.map(split).transpose()?, Some(split(now)?))
        }
    };
    let mut by_file: BTreeMap<&str, Vec<(usize, &WrittenRegion)>> = BTreeMap::new();
    let mut order: Vec<&str> = Vec::new();
    for (number, region) in regions.iter().enumerate() {
        if !order.contains(&region.file.as_str()) {
            order.push(&region.file);
        }
        by_file
            .entry(&region.file)
            .or_default()
            .push((number, region));
    }
    let mut found = Vec::new();
    for path in order {
        let text = read(
            &inside(root, manifest, path)?,
            "correct the region's `file`",
        )?;
        let mut places = Vec::new();
        for (number, region) in by_file.get(path).into_iter().flatten() {
            let part = part(manifest, region)?;
            // After applying, lines have moved: the text that was applied says best where it is.
            let applied = nows
                .as_ref()
                .and_then(|nows| once(&text, nows.get(*number)?));
            let range = match applied {
                Some(range) => range,
                None => locate(&text, &part, tongue).map_err(|absent| {
                    ProblemError::new(root.join(path).display(), absent.what, absent.hint)
                })?,
            };
            places.push((range, *number));
        }
        places.sort_by_key(|(range, _)| range.start);
        let mut pieces = Vec::new();
        let mut from = 0;
        let mut ranges = Vec::new();
        for (range, number) in places {
            if range.start < from {
                return Err(ProblemError::new(
                    root.join(path).display(),
                    "has regions that overlap",
                    "correct the [[region]] sections",
                ));
            }
            pieces.push(FilePiece::Fixed(text[from..range.start].to_owned()));
            let now = &text[range.clone()];
            let before = befores.as_ref().and_then(|befores| befores.get(number));
            pieces.push(FilePiece::Region {
                name: names[number].clone(),
                text: match before {
                    Some(before) if text.contains("\r\n") => before.replace('\n', "\r\n"),
                    Some(before) => before.clone(),
                    None => now.to_owned(),
                },
            });
            from = range.end;
            ranges.push(range);
        }
        pieces.push(FilePiece::Fixed(text[from..].to_owned()));
        pieces.retain(|piece| !matches!(piece, FilePiece::Fixed(text) if text.is_empty()));
        found.push(Found {
            source: RegionFile {
                path: path.to_owned(),
                pieces,
            },
            text: Text {
                path: path.to_owned(),
                text,
            },
            ranges,
        });
    }
    Ok(found)
}

/// The one place where `part` (line ends as `\n`) stands in `text`.
fn once(text: &str, part: &str) -> Option<Range<usize>> {
    let part = if text.contains("\r\n") {
        part.replace('\n', "\r\n")
    } else {
        part.to_owned()
    };
    if part.trim().is_empty() {
        return None;
    }
    let mut all = text.match_indices(&part);
    let (at, _) = all.next()?;
    all.next().is_none().then_some(at..at + part.len())
}

fn names(regions: &[WrittenRegion]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for region in regions {
        let own = region
            .name
            .as_ref()
            .or(region.function.as_ref())
            .unwrap_or(&region.file);
        let own: String = own.chars().filter(|c| !c.is_control()).take(80).collect();
        let mut name = own.trim().to_owned();
        let mut count = 1;
        while names.contains(&name) {
            count += 1;
            name = format!("{} {count}", own.trim());
        }
        names.push(name);
    }
    names
}

fn part(manifest: &Path, region: &WrittenRegion) -> Result<Part, ProblemError> {
    match (&region.function, &region.markers, &region.lines) {
        (None, None, None) => Ok(Part::Whole),
        (Some(name), None, None) => Ok(Part::Function(name.clone())),
        (None, Some((begin, end)), None) => Ok(Part::Markers(begin.clone(), end.clone())),
        (None, None, Some((first, last))) => Ok(Part::Lines(*first, *last, region.sha256.clone())),
        _ => Err(ProblemError::new(
            manifest.display(),
            format!(
                "the region in {} is named in more than one way",
                region.file
            ),
            "use one of function, markers and lines, or none for the whole file",
        )),
    }
}

/// A region's file, which must lie in the project.
fn inside(root: &Path, manifest: &Path, path: &str) -> Result<PathBuf, ProblemError> {
    let plain = Path::new(path)
        .components()
        .all(|part| matches!(part, Component::Normal(_)));
    let file = root.join(path);
    let real = file.canonicalize().unwrap_or_else(|_| file.clone());
    if path.is_empty() || !plain || !real.starts_with(root) {
        return Err(ProblemError::new(
            manifest.display(),
            format!("the region's file `{path}` is not in the project"),
            "name it relative to `dir`, without ..",
        ));
    }
    Ok(file)
}

/// The function that is rewritten: the one named, or the longest in the first region.
fn entry(regions: &[WrittenRegion], files: &[Found], tongue: Tongue) -> String {
    if let Some(name) = regions.first().and_then(|region| region.function.as_ref()) {
        let last = name.rsplit("::").next().unwrap_or(name);
        return last.rsplit('.').next().unwrap_or(last).to_owned();
    }
    let Some(file) = files.first() else {
        return String::new();
    };
    syntax::definitions(&file.text.text, tongue)
        .into_iter()
        .filter(|d| {
            d.sort == Sort::Function && file.ranges.iter().any(|r| r.contains(&d.all.start))
        })
        .max_by_key(|d| d.all.len())
        .map_or_else(String::new, |d| d.name)
}

fn surroundings(root: &Path, files: &[Found], tongue: Tongue) -> String {
    let others = match tongue {
        Tongue::Other => Vec::new(),
        _ => siblings(root, files, tongue),
    };
    files
        .iter()
        .map(|file| context::around(&file.text, &file.ranges, &others, tongue))
        .collect()
}

/// Other files of the language beside the regions' files.
fn siblings(root: &Path, files: &[Found], tongue: Tongue) -> Vec<Text> {
    let mut found = Vec::new();
    let mut folders: Vec<PathBuf> = files
        .iter()
        .filter_map(|file| root.join(&file.text.path).parent().map(Path::to_owned))
        .collect();
    folders.sort();
    folders.dedup();
    for folder in folders {
        let Ok(entries) = std::fs::read_dir(&folder) else {
            continue;
        };
        let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        paths.sort();
        for path in paths {
            let Some(name) = path.strip_prefix(root).ok().and_then(|p| p.to_str()) else {
                continue;
            };
            let wanted = Tongue::of(syntax::language(name)) == tongue
                && files.iter().all(|file| file.text.path != name);
            if wanted && found.len() < MOST_OTHERS && path.is_file() {
                // What cannot be read is left out, like everything else that is not shown.
                if let Ok(text) = read(&path, "") {
                    found.push(Text {
                        path: name.to_owned(),
                        text,
                    });
                }
            }
        }
    }
    found
}

#[cfg(test)]
mod tests;

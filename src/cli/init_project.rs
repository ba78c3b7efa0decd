//! `lessonl init --project`: writes the problem folder of a project of any language, and says what it took for granted.
//! Never runs a command of the project (`lessonl problems` lists it, `lessonl run` proves it), and never overwrites.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::environments::needs;
use super::output::{self, Halt};
use super::project_args::InitProjectArguments;
use crate::domain::problem::{Kind, Problem};
use crate::failure::{Failure, FailureKind};
use crate::harness::git;
use crate::problems;

/// `init --project …` under the name its arguments are known by: a project is named in other ways than a function.
pub fn renamed(mut arguments: Vec<OsString>) -> Vec<OsString> {
    let project =
        |word: &OsString| word == "--project" || word.to_string_lossy().starts_with("--project=");
    let end = arguments
        .iter()
        .position(|word| word == "--")
        .unwrap_or(arguments.len());
    let at = arguments[..end]
        .iter()
        .skip(1)
        .position(|word| word == "init")
        .map(|at| at + 1);
    if let Some(at) = at.filter(|at| arguments[*at..end].iter().any(project)) {
        arguments[at] = "init-project".into();
    }
    arguments
}

/// Writes the folder and says what comes next. Returns the exit code.
pub fn init(wanted: &InitProjectArguments) -> Result<u8, Halt> {
    let written = write(wanted)?;
    output::line(&format!(
        "Wrote {} ({}).",
        written.folder.join("problem.toml").display(),
        written.problem.id
    ))?;
    for note in &written.notes {
        output::note(note);
    }
    output::note(&format!(
        "Next: lessonl run {}\nIt builds, tests and benches the project first, and says what is wrong if that fails.",
        written.folder.display()
    ));
    Ok(0)
}

/// What was written.
#[derive(Debug)]
pub struct Written {
    /// The folder.
    pub folder: PathBuf,
    /// The problem it holds.
    pub problem: Problem,
    /// What the person should know.
    pub notes: Vec<String>,
}

fn usage(what: impl Into<String>, hint: impl Into<String>) -> Failure {
    Failure::new(FailureKind::Usage, what.into()).hint(hint.into())
}

/// Writes the folder. Nothing is left behind if it cannot be loaded.
///
/// # Errors
/// If the folder is there already, or what it says of the project is not so.
pub fn write(wanted: &InitProjectArguments) -> Result<Written, Failure> {
    let root = wanted.project.canonicalize().map_err(|error| {
        usage(
            format!("{}: {error}", wanted.project.display()),
            "Name the project's folder with --project.",
        )
    })?;
    let file = relative(&root, &wanted.file)?;
    let stem = match &wanted.function {
        Some(name) => name.rsplit([':', '.']).next().unwrap_or(name).to_owned(),
        None => Path::new(&file).file_stem().map_or_else(
            || "region".to_owned(),
            |stem| stem.to_string_lossy().into_owned(),
        ),
    };
    let name = plain(&stem);
    let folder = match &wanted.out {
        Some(out) => out.clone(),
        None => PathBuf::from(format!("lessonl-{name}")),
    };
    if folder.join("problem.toml").exists() {
        return Err(usage(
            format!("{} holds a problem already", folder.display()),
            "Give another folder with --out, or edit that one.",
        ));
    }
    let fresh = !folder.exists();
    let failed = |error: std::io::Error| {
        Failure::new(
            FailureKind::Environment,
            format!("{} cannot be written: {error}", folder.display()),
        )
        .hint("Give a folder that you may write in with --out.")
    };
    std::fs::create_dir_all(&folder).map_err(failed)?;
    let place = folder.canonicalize().map_err(failed)?;
    let text = manifest(wanted, &root, &place, &file, &name)?;
    std::fs::write(place.join("problem.toml"), text).map_err(failed)?;
    match problems::load_folder(&place) {
        Ok(problem) => Ok(Written {
            notes: [places(&root, wanted), notes(&problem, &root)].concat(),
            folder,
            problem,
        }),
        Err(error) => {
            // What was made for nothing goes again; a folder that was there stays.
            let _ = std::fs::remove_file(place.join("problem.toml"));
            if fresh {
                let _ = std::fs::remove_dir(&place);
            }
            Err(error.into())
        }
    }
}

/// What was done so that commands find their programs.
fn places(root: &Path, wanted: &InitProjectArguments) -> Vec<String> {
    let optional = [&wanted.setup, &wanted.build].into_iter().flatten();
    let mut notes = Vec::new();
    for command in optional.chain([&wanted.test, &wanted.bench]) {
        let note = needs(root, command).note;
        notes.extend(note.filter(|note| !notes.contains(note)));
    }
    notes
}

/// The file's path below the project.
fn relative(root: &Path, file: &Path) -> Result<String, Failure> {
    let found = [root.join(file), file.to_owned()]
        .into_iter()
        .find(|path| path.is_file())
        .and_then(|path| path.canonicalize().ok());
    let below = found
        .as_deref()
        .and_then(|path| path.strip_prefix(root).ok());
    match below.and_then(Path::to_str) {
        Some(path) => Ok(path.to_owned()),
        None => Err(usage(
            format!("there is no file {} in {}", file.display(), root.display()),
            "Name a file of the project with --file, relative to it.",
        )),
    }
}

/// Letters, digits and dashes alone.
fn plain(text: &str) -> String {
    let kept: String = text
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || c == '_' {
                c
            } else {
                '-'
            }
        })
        .take(60)
        .collect();
    let kept = kept.trim_matches('-').to_owned();
    if kept.is_empty() {
        "region".to_owned()
    } else {
        kept
    }
}

fn manifest(
    wanted: &InitProjectArguments,
    root: &Path,
    folder: &Path,
    file: &str,
    name: &str,
) -> Result<String, Failure> {
    use toml::Value;
    let text = |text: &str| Value::String(text.to_owned());
    let mut region = toml::Table::new();
    region.insert("file".to_owned(), text(file));
    if let Some(function) = &wanted.function {
        region.insert("function".to_owned(), text(function));
    }
    if let Some(lines) = &wanted.lines {
        let (first, last) = range(lines)?;
        let source = std::fs::read_to_string(root.join(file)).unwrap_or_default();
        let all: Vec<&str> = source.split_inclusive('\n').collect();
        let number = |n: usize| Value::Integer(i64::try_from(n).unwrap_or(i64::MAX));
        region.insert(
            "lines".to_owned(),
            Value::Array(vec![number(first), number(last)]),
        );
        if let Some(taken) = all.get(first.saturating_sub(1)..last) {
            region.insert(
                "sha256".to_owned(),
                text(&problems::sha256(&taken.concat())),
            );
        }
    }
    if let Some(markers) = &wanted.markers
        && let [begin, end] = markers.as_slice()
    {
        region.insert(
            "markers".to_owned(),
            Value::Array(vec![text(begin), text(end)]),
        );
    }
    let mut project = toml::Table::new();
    project.insert("dir".to_owned(), text(&between(folder, root)));
    let commands = [
        ("setup", wanted.setup.as_deref()),
        ("build", wanted.build.as_deref()),
        ("test", Some(wanted.test.as_str())),
        ("bench", Some(wanted.bench.as_str())),
    ];
    let mut read: Vec<Value> = Vec::new();
    for (key, command) in commands {
        let Some(command) = command else { continue };
        let needs = needs(root, command);
        project.insert(key.to_owned(), text(&needs.command));
        for folder in needs.read {
            let folder = text(&folder.display().to_string());
            if !read.contains(&folder) {
                read.push(folder);
            }
        }
    }
    if !read.is_empty() {
        project.insert("read".to_owned(), Value::Array(read));
    }
    if let Some(pattern) = &wanted.bench_figure {
        let mut figure = toml::Table::new();
        figure.insert("pattern".to_owned(), text(pattern));
        figure.insert(
            "better".to_owned(),
            text(if wanted.higher { "higher" } else { "lower" }),
        );
        project.insert("bench_figure".to_owned(), Value::Table(figure));
    }
    if let Some(network) = &wanted.network {
        project.insert("network".to_owned(), text(network));
    }
    let mut table = toml::Table::new();
    let title = match &wanted.function {
        Some(function) => format!("{function} in {file}"),
        None => file.to_owned(),
    };
    table.insert("kind".to_owned(), text("command"));
    table.insert("id".to_owned(), text(&format!("mine/{name}")));
    table.insert(
        "title".to_owned(),
        text(&title.chars().take(120).collect::<String>()),
    );
    table.insert("category".to_owned(), text("mine"));
    table.insert("project".to_owned(), Value::Table(project));
    table.insert(
        "region".to_owned(),
        Value::Array(vec![Value::Table(region)]),
    );
    toml::to_string_pretty(&table).map_err(|error| {
        Failure::new(
            FailureKind::Internal,
            format!("the problem cannot be written down: {error}"),
        )
    })
}

/// `10-40` or `10:40`.
fn range(text: &str) -> Result<(usize, usize), Failure> {
    let bad = || {
        usage(
            format!("`{text}` names no lines"),
            "Write --lines FIRST-LAST, like --lines 10-40.",
        )
    };
    let (first, last) = text.split_once(['-', ':']).ok_or_else(bad)?;
    let number = |n: &str| n.trim().parse::<usize>().map_err(|_| bad());
    Ok((number(first)?, number(last)?))
}

/// From one folder to another: relative if they are near, so that both can be moved together.
fn between(from: &Path, to: &Path) -> String {
    let near = (0..4).find_map(|up| {
        let above = from.ancestors().nth(up)?;
        let below = to.strip_prefix(above).ok()?;
        let mut path = PathBuf::new();
        path.extend(std::iter::repeat_n("..", up));
        path.extend(below);
        Some(if path.as_os_str().is_empty() {
            PathBuf::from(".")
        } else {
            path
        })
    });
    near.unwrap_or_else(|| to.to_owned()).display().to_string()
}

/// What the person should know before the first run.
pub fn notes(problem: &Problem, root: &Path) -> Vec<String> {
    let Kind::Command(project) = &problem.kind else {
        return Vec::new();
    };
    let mut notes = vec![format!(
        "Agents may rewrite {} and nothing else; right means that `{}` passes.",
        regions(project),
        project.test
    )];
    notes.push(format!(
        "Commands run in a private copy: {}.",
        project.network.words()
    ));
    match git::changed(root) {
        Some(changed) if !changed.is_empty() => notes.push(format!(
            "{} differ from the last commit ({}); they are taken as they are now.",
            count(changed.len(), "file"),
            changed.iter().take(3).cloned().collect::<Vec<_>>().join(", ")
        )),
        Some(_) => {}
        None if root.join(".git").exists() => notes.push(format!(
            "git does not read the repository, perhaps because it belongs to somebody else (git config --global --add safe.directory {}): the project is copied without folders like target and node_modules.",
            root.display()
        )),
        None => notes.push("The project is no git repository: it is copied without folders like target and node_modules.".to_owned()),
    }
    if project.build.is_none()
        && matches!(
            project.language.as_str(),
            "rust" | "c" | "c++" | "go" | "java"
        )
    {
        notes.push("There is no build command: the bench must build by itself. --build CMD keeps building out of the timing.".to_owned());
    }
    notes
}

fn count(n: usize, what: &str) -> String {
    if n == 1 {
        format!("1 {what}")
    } else {
        format!("{n} {what}s")
    }
}

fn regions(project: &crate::domain::project::Project) -> String {
    let parts: Vec<String> = project
        .files
        .iter()
        .map(|file| {
            let lines: usize = file
                .pieces
                .iter()
                .filter_map(|piece| match piece {
                    crate::domain::project::Piece::Region { text, .. } => {
                        Some(text.lines().count())
                    }
                    crate::domain::project::Piece::Fixed(_) => None,
                })
                .sum();
            format!("{} of {}", count(lines, "line"), file.path)
        })
        .collect();
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_near_the_project_names_it_relatively() {
        let path = |text: &str| between(Path::new("/w/app/lessonl-f"), Path::new(text));
        assert_eq!(path("/w/app"), "..");
        assert_eq!(path("/w/other"), "../../other");
        assert_eq!(between(Path::new("/w"), Path::new("/w")), ".");
        assert_eq!(range("3-9").unwrap(), (3, 9));
        assert!(range("x").is_err());
        assert_eq!(plain("Foo<T>::bar"), "Foo-T---bar");
    }
}

//! `lessonl init --project`: writes the problem folder of a project of any language, says what it took for granted, and has
//! the project's commands run once in a private copy. Never overwrites, and never runs a command in the project itself but
//! the one whose calls are to be recorded.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::compose::{Containment, House};
use super::environments::needs;
use super::follow::Signals;
use super::output::{self, Halt};
use super::project_args::InitProjectArguments;
use crate::domain::problem::{Kind, Problem};
use crate::failure::{Failure, FailureKind};
use crate::harness::{Cancel, Harness, HarnessError, Traced, git, package_folders, trace};
use crate::problems;
use crate::reports::table::one_line;

/// `init --project …` under the name its arguments are known by: a project is named in other ways than a function.
pub(super) fn renamed(mut arguments: Vec<OsString>) -> Vec<OsString> {
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

/// Writes the folder, tries the commands and says what comes next. Returns the exit code.
pub(super) fn init(house: &House, wanted: &InitProjectArguments) -> Result<u8, Halt> {
    let written = write(wanted)?;
    output::line(&format!(
        "Wrote {} ({}).",
        written.folder.join("problem.toml").display(),
        written.problem.id
    ))?;
    for note in &written.notes {
        output::note(note);
    }
    let shown = written.folder.display().to_string();
    if wanted.unproved {
        output::note(&format!(
            "Next: lessonl run {shown}\nIt builds, tests and benches the project first, and says what is wrong if that fails."
        ));
        return Ok(0);
    }
    let harness = house.harness(Containment::from_flag(wanted.unsafe_no_sandbox))?;
    output::note("Its commands, once, in a private copy:");
    let cancel = Cancel::default();
    let ours = cancel.clone();
    let tried = house.handle.block_on(async {
        let mut signals = Signals::listen()?;
        let mut work = tokio::task::spawn_blocking(move || {
            try_out(&harness, written, &ours, &mut |line| output::note(line))
        });
        tokio::select! {
            done = &mut work => done
                .map_err(|_| Halt::from(Failure::new(FailureKind::Internal, "the harness died"))),
            _ = signals.next() => {
                cancel.cancel();
                let _ = work.await;
                Err(Failure::new(FailureKind::Interrupted, "interrupted; what was written stays").into())
            }
        }
    })?;
    match tried {
        Ok(words) => {
            if let Some(words) = words {
                output::note(&words);
            }
            output::note(&format!("Next: lessonl run {shown}"));
            Ok(0)
        }
        Err(error) => {
            output::note(&format!("error: {error}"));
            output::note(&format!(
                "Correct the commands in {shown}/problem.toml, then: lessonl run {shown}"
            ));
            Ok(error.kind.exit_code())
        }
    }
}

/// Has the commands run, and writes into the folder how much of the bench is spent in the regions. What that means, in words.
///
/// # Errors
/// What failed, and its last words.
pub(super) fn try_out(
    harness: &Harness,
    written: Written,
    cancel: &Cancel,
    tell: &mut dyn FnMut(&str),
) -> Result<Option<String>, Failure> {
    let Kind::Command(project) = &written.problem.kind else {
        return Ok(None);
    };
    let tried = harness
        .try_commands(&written.problem, project, cancel, tell)
        .map_err(|error| match error {
            HarnessError::Problem { what } => Failure::new(FailureKind::Usage, what),
            other => Failure::from(other),
        })?;
    let Some(share) = tried.share else {
        return Ok(None);
    };
    let share = (share * 100.0).round() / 100.0;
    let file = written.folder.join("problem.toml");
    let failed = |what: String| {
        Failure::new(
            FailureKind::Environment,
            format!("{} cannot be written: {what}", file.display()),
        )
    };
    let text = std::fs::read_to_string(&file).map_err(|error| failed(error.to_string()))?;
    let mut table: toml::Table = text
        .parse()
        .map_err(|error: toml::de::Error| failed(error.to_string()))?;
    if let Some(toml::Value::Table(project)) = table.get_mut("project") {
        project.insert("share".to_owned(), toml::Value::Float(share));
    }
    let text = toml::to_string_pretty(&table).map_err(|error| failed(error.to_string()))?;
    std::fs::write(&file, text).map_err(|error| failed(error.to_string()))?;
    let known = crate::domain::project::Project {
        share: Some(share),
        ..(**project).clone()
    };
    Ok(known.ceiling().map(|words| match share < 0.5 {
        true => format!("{words} A bench that spends more of its time there shows more."),
        false => words,
    }))
}

/// What was written.
#[derive(Debug)]
pub(super) struct Written {
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
pub(super) fn write(wanted: &InitProjectArguments) -> Result<Written, Failure> {
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
    let made = commands(wanted, &root, &place, &file).and_then(|(commands, mut notes)| {
        let text = manifest(wanted, &commands, &root, &place, &file, &name)?;
        std::fs::write(place.join("problem.toml"), text).map_err(failed)?;
        let problem = problems::load_folder(&place)?;
        notes.extend(places(&root, &commands));
        notes.extend(self::notes(&problem, &root));
        Ok((problem, notes))
    });
    match made {
        Ok((problem, notes)) => Ok(Written {
            notes,
            folder,
            problem,
        }),
        Err(error) => {
            // What was made for nothing goes again; a folder that was there stays.
            for name in [
                "problem.toml",
                "replay.py",
                "calls.json",
                "calls.pickle",
                "expected.pickle",
            ] {
                let _ = std::fs::remove_file(place.join(name));
            }
            if fresh {
                let _ = std::fs::remove_dir(&place);
            }
            Err(error)
        }
    }
}

/// The commands of a project, and a folder of ours that they read.
struct Commands {
    setup: Option<String>,
    build: Option<String>,
    test: String,
    bench: String,
    read: Option<PathBuf>,
}

/// The commands as they were given; where calls are to be recorded, those that replay them.
fn commands(
    wanted: &InitProjectArguments,
    root: &Path,
    folder: &Path,
    file: &str,
) -> Result<(Commands, Vec<String>), Failure> {
    let mut commands = Commands {
        setup: wanted.setup.clone(),
        build: wanted.build.clone(),
        test: wanted.test.clone().unwrap_or_default(),
        bench: wanted.bench.clone().unwrap_or_default(),
        read: None,
    };
    if !wanted.from {
        return Ok((commands, Vec::new()));
    }
    let name = wanted.function.as_deref().unwrap_or_default();
    if !file.ends_with(".py") {
        return Err(usage(
            format!(
                "{file} is no Python, and calls of a project's function are recorded in Python alone"
            ),
            "Give --test and --bench instead; a C or C++ function is taken by: lessonl init FILE --function NAME --from -- COMMAND.",
        ));
    }
    if wanted.command.is_empty() {
        return Err(usage(
            "--from needs a command to record calls of",
            "Give it at the end, as you would run it: --from -- python3 tool.py input.txt",
        ));
    }
    let at = root.join(file);
    let text = std::fs::read_to_string(&at).unwrap_or_default();
    let plain = name.replace("::", ".");
    let functions = problems::functions(file, &text);
    let mut found = functions
        .iter()
        .filter(|f| f.path == plain || f.path.rsplit('.').next() == Some(&plain));
    let Some(function) = found.next() else {
        return Err(usage(
            format!("{file} has no function `{name}`"),
            "Name one with --function, a method as Class.method.",
        ));
    };
    let traced = Traced {
        root: root.to_owned(),
        file: at,
        function: function.path.clone(),
        // Decorators stand before it.
        lines: (
            function.line.saturating_sub(8).max(1),
            function.line + function.lines,
        ),
    };
    let replayed = trace(&traced, &wanted.command, folder).map_err(|error| match error {
        HarnessError::Problem { what } => usage(
            what,
            "Give a command that calls the function in a Python of its own, after --from --.",
        ),
        other => Failure::from(other),
    })?;
    let mut notes = vec![format!(
        "{} different calls of `{name}` are kept, of {} that were looked at.",
        replayed.kept, replayed.hits
    )];
    notes.extend(
        replayed
            .left
            .iter()
            .map(|(why, count)| format!("{count} are left out: {}", one_line(why))),
    );
    let script = folder.join("replay.py").display().to_string();
    let replay = |what: &str| {
        format!(
            "{} '{}' {what}",
            replayed.python,
            script.replace('\'', "'\\''")
        )
    };
    commands.test = match commands.test.is_empty() {
        true => replay("check"),
        false => format!("{} && {}", commands.test, replay("check")),
    };
    if commands.bench.is_empty() {
        commands.bench = replay("bench");
    }
    commands.read = Some(folder.to_owned());
    Ok((commands, notes))
}

/// What was done so that commands find their programs.
fn places(root: &Path, commands: &Commands) -> Vec<String> {
    let optional = [&commands.setup, &commands.build].into_iter().flatten();
    let mut notes = Vec::new();
    for command in optional.chain([&commands.test, &commands.bench]) {
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
    commands: &Commands,
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
    let all = [
        ("setup", commands.setup.as_deref()),
        ("build", commands.build.as_deref()),
        ("test", Some(commands.test.as_str())),
        ("bench", Some(commands.bench.as_str())),
    ];
    let mut read: Vec<Value> = Vec::new();
    read.extend(
        commands
            .read
            .iter()
            .map(|folder| text(&folder.display().to_string())),
    );
    for (key, command) in all {
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
    let mut regions = vec![Value::Table(region)];
    for further in &wanted.and {
        let (file, function) = further.split_once(':').ok_or_else(|| {
            usage(
                format!("`{further}` names no function of a file"),
                "Write --and FILE:FUNCTION, like --and src/lex.rs:next.",
            )
        })?;
        let mut region = toml::Table::new();
        region.insert("file".to_owned(), text(&relative(root, Path::new(file))?));
        region.insert("function".to_owned(), text(function));
        regions.push(Value::Table(region));
    }
    table.insert("region".to_owned(), Value::Array(regions));
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
pub(super) fn notes(problem: &Problem, root: &Path) -> Vec<String> {
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
    notes.extend(project.ceiling());
    match git::changed(root) {
        Some(changed) if !changed.is_empty() => notes.push(format!(
            "{} differ from the last commit ({}); they are taken as they are now.",
            count(changed.len(), "file"),
            changed.iter().take(3).cloned().collect::<Vec<_>>().join(", ")
        )),
        Some(_) => {}
        None if root.join(".git").exists() => notes.push(format!(
            "git does not read the repository, perhaps because it belongs to somebody else (git config --global --add safe.directory {}): the project is copied without folders like target and .venv.",
            root.display()
        )),
        None => notes.push("The project is no git repository: it is copied without folders like target and .venv.".to_owned()),
    }
    notes.extend(packages(&package_folders(root)));
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

/// What is said of folders of packages that are not copied.
fn packages(folders: &[String]) -> Option<String> {
    let (first, more) = folders.split_first()?;
    let shown = match more.len() {
        0 => format!("{first} is"),
        n => format!("{first} and {n} more are"),
    };
    Some(format!(
        "{shown} not copied: the packages are linked into the private copy, where they can be read and not changed."
    ))
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
                    crate::domain::project::FilePiece::Region { text, .. } => {
                        Some(text.lines().count())
                    }
                    crate::domain::project::FilePiece::Fixed(_) => None,
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

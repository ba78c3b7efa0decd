//! Where a person's own command spends its time: samples it with perf, else counts its instructions with callgrind, else
//! reads what gprof was left. The command is the person's own and runs as they would run it; nothing of it is judged.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use object::{Object, ObjectSymbol};

use super::HarnessError;

/// How a command is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tool {
    /// Samples of the processor's clock.
    Perf,
    /// Counted instructions, some fifty times slower.
    Callgrind,
    /// What a program built with `-pg` leaves behind.
    Gprof,
    /// Python's own profile of a Python program.
    Python,
}

impl Tool {
    /// Its name.
    pub fn word(self) -> &'static str {
        match self {
            Self::Perf => "perf",
            Self::Callgrind => "callgrind",
            Self::Gprof => "gprof",
            Self::Python => "cProfile",
        }
    }

    /// What its shares are shares of.
    pub fn measures(self) -> &'static str {
        match self {
            Self::Perf => "samples of processor time",
            Self::Callgrind => "executed instructions",
            Self::Gprof => "samples of processor time",
            Self::Python => "time in Python functions",
        }
    }
}

/// A function and its part of the whole.
#[derive(Debug, Clone, PartialEq)]
pub struct Hot {
    /// Its name, demangled.
    pub function: String,
    /// Its share, 0 to 1, without what it calls.
    pub share: f64,
    /// The source file, if debug information names one.
    pub file: Option<PathBuf>,
    /// The line there, from 1.
    pub line: Option<u32>,
    /// The program or library it is in.
    pub object: PathBuf,
}

/// What was seen of a command.
#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    /// With what.
    pub tool: Tool,
    /// Why the tools before it were not used.
    pub passed_over: Vec<String>,
    /// The functions, hottest first.
    pub functions: Vec<Hot>,
}

/// Functions that are looked up in debug information.
const MOST: usize = 40;

/// Runs a command and looks at it with the first tool that works, or with `wanted`. The command's output goes to standard
/// error.
///
/// # Errors
/// If no tool works here, or the command does not run.
pub fn sample(command: &[String], wanted: Option<Tool>) -> Result<Profile, HarnessError> {
    let folder = tempfile::tempdir().map_err(|error| HarnessError::Environment {
        what: format!("cannot write temporary files: {error}"),
        hint: "see whether the disk has room, or set TMPDIR".to_owned(),
    })?;
    let mut passed_over = Vec::new();
    // Of an interpreter, its own functions say nothing.
    let python = wanted.is_none() && is_python(command);
    let tools = [Tool::Python, Tool::Perf, Tool::Callgrind, Tool::Gprof];
    for tool in tools.into_iter().skip(usize::from(!python)) {
        if wanted.is_some_and(|wanted| wanted != tool) {
            continue;
        }
        let tried = match tool {
            Tool::Perf => perf(command, folder.path()),
            Tool::Callgrind => callgrind(command, folder.path()),
            Tool::Gprof => gprof(command, folder.path()),
            Tool::Python => of_python(command, folder.path()),
        };
        match tried {
            Ok(functions) => {
                return Ok(Profile {
                    tool,
                    passed_over,
                    functions,
                });
            }
            Err(Passed::Command(what)) => {
                return Err(HarnessError::Problem { what });
            }
            Err(Passed::Tool(why)) => passed_over.push(format!("{}: {why}", tool.word())),
        }
    }
    Err(HarnessError::Environment {
        what: format!(
            "nothing here can look at the command; {}",
            passed_over.join("; ")
        ),
        hint: "install perf (linux-perf) or valgrind".to_owned(),
    })
}

/// Why a tool gave nothing.
enum Passed {
    /// It is not there or may not look.
    Tool(String),
    /// The command itself does not run.
    Command(String),
}

fn run(
    program: &str,
    arguments: &[&str],
    command: &[String],
    folder: &Path,
) -> Result<(bool, String), Passed> {
    let words = folder.join("words");
    let said = std::fs::File::create(&words).map_err(|error| Passed::Tool(error.to_string()))?;
    let status = Command::new(program)
        .args(arguments)
        .args(command)
        .stdin(Stdio::null())
        .stdout(Stdio::from(
            said.try_clone()
                .map_err(|error| Passed::Tool(error.to_string()))?,
        ))
        .stderr(Stdio::from(said))
        .status()
        .map_err(|_| Passed::Tool("it is not installed".to_owned()))?;
    let bytes = std::fs::read(&words).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    Ok((status.success(), text))
}

fn output(program: &str, arguments: &[&str]) -> Result<String, Passed> {
    let output = Command::new(program)
        .args(arguments)
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .map_err(|_| Passed::Tool(format!("{program} is not installed")))?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Refuses a command that is not there, before a tool says so in its own words.
pub(super) fn is_there(command: &[String]) -> Result<(), String> {
    let name = command.first().map_or("", String::as_str);
    let found = if name.contains('/') {
        Path::new(name).is_file()
    } else {
        let path = std::env::var_os("PATH").unwrap_or_default();
        std::env::split_paths(&path).any(|folder| folder.join(name).is_file())
    };
    if found {
        Ok(())
    } else {
        Err(format!("there is no command `{name}`"))
    }
}

/// Whether a command is a Python program that is named by a file or a module.
fn is_python(command: &[String]) -> bool {
    let name = command
        .first()
        .and_then(|program| Path::new(program).file_name());
    let python = name.is_some_and(|name| name.to_string_lossy().starts_with("python"));
    let second = command.get(1).map_or("", String::as_str);
    python && (second == "-m" || !second.starts_with('-') && !second.is_empty())
}

fn of_python(command: &[String], folder: &Path) -> Result<Vec<Hot>, Passed> {
    // One row a function: seconds of its own, line, name, file.
    const ROWS: &str = "import pstats, sys\nfor (file, line, name), row in pstats.Stats(sys.argv[1]).stats.items():\n    print(row[2], line, name, file, sep='\\t')\n";
    is_there(command).map_err(Passed::Command)?;
    let (program, rest) = command
        .split_first()
        .ok_or_else(|| Passed::Command("there is no command".to_owned()))?;
    let data = folder.join("profile");
    let data = data.to_string_lossy();
    let (_, words) = run(program, &["-m", "cProfile", "-o", &data], rest, folder)?;
    if !Path::new(&*data).is_file() {
        let line = words.lines().rev().find(|line| !line.trim().is_empty());
        let line = line.unwrap_or("it left nothing");
        return Err(Passed::Tool(line.trim().chars().take(160).collect()));
    }
    let rows = output(program, &["-c", ROWS, &data])?;
    let functions = of_rows(&rows);
    if functions.is_empty() {
        return Err(Passed::Tool("it saw no function".to_owned()));
    }
    Ok(functions)
}

/// `0.25 12 top /p/text.py`, with tabs between: a function's own seconds, its line, name and file.
fn of_rows(rows: &str) -> Vec<Hot> {
    let mut hot: Vec<Hot> = rows
        .lines()
        .filter_map(|row| {
            let mut parts = row.splitn(4, '\t');
            let seconds: f64 = parts.next()?.parse().ok()?;
            let line: u32 = parts.next()?.parse().ok()?;
            let (function, file) = (parts.next()?.to_owned(), parts.next()?);
            let place = std::path::absolute(file).ok();
            let file = place.filter(|file| file.is_file());
            Some(Hot {
                function,
                share: seconds,
                line: file.as_ref().map(|_| line),
                object: file.clone().unwrap_or_else(|| PathBuf::from("python")),
                file,
            })
        })
        .collect();
    let total: f64 = hot.iter().map(|hot| hot.share).sum();
    for one in &mut hot {
        one.share /= total.max(1e-9);
    }
    hot.sort_by(|a, b| b.share.total_cmp(&a.share));
    hot.truncate(MOST);
    hot
}

fn perf(command: &[String], folder: &Path) -> Result<Vec<Hot>, Passed> {
    is_there(command).map_err(Passed::Command)?;
    let data = folder.join("perf.data");
    let data = data.to_string_lossy();
    let (_, words) = run(
        "perf",
        &["record", "-q", "-F", "1999", "-o", &data, "--"],
        command,
        folder,
    )?;
    if !Path::new(&*data).is_file() {
        let line = words
            .lines()
            .find(|line| !line.trim().is_empty())
            .unwrap_or("it may not look here");
        return Err(Passed::Tool(line.trim().chars().take(160).collect()));
    }
    let report = output(
        "perf",
        &[
            "report",
            "-i",
            &data,
            "--stdio",
            "--no-children",
            "--no-demangle",
            "-F",
            "overhead,dso,sym",
            "-g",
            "none",
            "-t",
            "|",
            "-v",
            "--percent-limit",
            "0.1",
        ],
    )?;
    let functions = placed(&of_perf(&report));
    if functions.is_empty() {
        return Err(Passed::Tool(
            "it took no sample: the command is too short".to_owned(),
        ));
    }
    Ok(functions)
}

/// `12.34%|/path/program|0x… B [.] _Z3fooi` → share, object, mangled name.
fn of_perf(report: &str) -> Vec<(f64, PathBuf, String)> {
    report
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| {
            let mut parts = line.split('|').map(str::trim);
            let share: f64 = parts.next()?.trim_end_matches('%').parse().ok()?;
            let object = parts.next()?.split_whitespace().next()?;
            let symbol = parts
                .next()?
                .split("[.]")
                .nth(1)?
                .split_whitespace()
                .next()?;
            Some((share / 100.0, PathBuf::from(object), symbol.to_owned()))
        })
        .collect()
}

/// Looks the hottest up in symbol tables and debug information.
fn placed(rows: &[(f64, PathBuf, String)]) -> Vec<Hot> {
    let mut hot: Vec<Hot> = Vec::new();
    let mut symbols: BTreeMap<PathBuf, BTreeMap<String, u64>> = BTreeMap::new();
    for (share, object, name) in rows.iter().take(MOST) {
        let table = symbols
            .entry(object.clone())
            .or_insert_with(|| table(object));
        let at = table.get(name).copied();
        let (function, file, line) = match at.map(|at| line_of(object, at)) {
            Some((function, file, line)) => (function.unwrap_or_else(|| name.clone()), file, line),
            None => (name.clone(), None, None),
        };
        hot.push(Hot {
            function,
            share: *share,
            file,
            line,
            object: object.clone(),
        });
    }
    hot
}

/// The functions of a program or library with where they begin.
fn table(path: &Path) -> BTreeMap<String, u64> {
    let Ok(bytes) = std::fs::read(path) else {
        return BTreeMap::new();
    };
    let Ok(file) = object::File::parse(&*bytes) else {
        return BTreeMap::new();
    };
    file.symbols()
        .chain(file.dynamic_symbols())
        .filter(|symbol| symbol.is_definition())
        .filter_map(|symbol| Some((symbol.name().ok()?.to_owned(), symbol.address())))
        .collect()
}

/// Name, file and line of an address.
fn line_of(object: &Path, at: u64) -> (Option<String>, Option<PathBuf>, Option<u32>) {
    let address = format!("{at:#x}");
    let Ok(said) = output(
        "addr2line",
        &["-f", "-C", "-e", &object.to_string_lossy(), &address],
    ) else {
        return (None, None, None);
    };
    let mut lines = said.lines();
    let name = lines.next().filter(|name| *name != "??").map(str::to_owned);
    let place = lines.next().and_then(|place| place.rsplit_once(':'));
    let Some((file, line)) = place.filter(|(file, _)| *file != "??") else {
        return (name, None, None);
    };
    let digits: String = line.chars().take_while(char::is_ascii_digit).collect();
    (name, Some(PathBuf::from(file)), digits.parse().ok())
}

fn callgrind(command: &[String], folder: &Path) -> Result<Vec<Hot>, Passed> {
    is_there(command).map_err(Passed::Command)?;
    let out = folder.join("callgrind.out");
    let file = format!("--callgrind-out-file={}", out.display());
    let (_, words) = run(
        "valgrind",
        &["--tool=callgrind", &file, "--"],
        command,
        folder,
    )?;
    let text = std::fs::read_to_string(&out).map_err(|_| {
        let line = words.lines().last().unwrap_or("it left nothing");
        Passed::Tool(line.trim().chars().take(160).collect())
    })?;
    let functions = of_callgrind(&text);
    if functions.is_empty() {
        return Err(Passed::Tool("it counted nothing".to_owned()));
    }
    Ok(functions)
}

/// The functions of a callgrind output with their own cost.
fn of_callgrind(text: &str) -> Vec<Hot> {
    let mut names = Names::default();
    let mut at = Function::default();
    let mut inlined = false;
    let mut after_call = false;
    let mut line: i64 = 0;
    let mut costs: BTreeMap<Function, (u64, Option<i64>)> = BTreeMap::new();
    for text in text.lines() {
        if let Some((key, value)) = text
            .split_once('=')
            .filter(|(key, _)| key.chars().all(|c| c.is_ascii_alphabetic()))
        {
            match key {
                "ob" => at.object = names.full('o', value),
                "fl" => {
                    at.file = names.full('f', value);
                    inlined = false;
                }
                "fi" | "fe" => inlined = names.full('f', value) != at.file,
                "fn" => at.name = names.full('n', value),
                // Of what is called only the names count, which may be defined there.
                "cob" => drop(names.full('o', value)),
                "cfi" | "cfl" => drop(names.full('f', value)),
                "cfn" => drop(names.full('n', value)),
                "calls" => after_call = true,
                _ => {}
            }
            continue;
        }
        let mut words = text.split_whitespace();
        let Some(here) = words.next().and_then(|place| position(place, line)) else {
            continue;
        };
        line = here;
        let cost: u64 = words.next().and_then(|n| n.parse().ok()).unwrap_or(0);
        if std::mem::take(&mut after_call) {
            continue;
        }
        let entry = costs.entry(at.clone()).or_default();
        entry.0 += cost;
        if !inlined && line > 0 {
            entry.1 = Some(entry.1.map_or(line, |known| known.min(line)));
        }
    }
    let total: u64 = costs.values().map(|(cost, _)| cost).sum();
    let mut hot: Vec<Hot> = costs
        .into_iter()
        .map(|(at, (cost, line))| Hot {
            function: at.name,
            share: cost as f64 / total.max(1) as f64,
            file: (at.file != "???" && !at.file.is_empty()).then(|| PathBuf::from(at.file)),
            line: line.and_then(|line| u32::try_from(line).ok()),
            object: PathBuf::from(at.object),
        })
        .collect();
    hot.sort_by(|a, b| b.share.total_cmp(&a.share));
    hot.truncate(MOST);
    hot
}

/// A function in a callgrind output.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Function {
    object: String,
    file: String,
    name: String,
}

/// The names that numbers stand for, by kind: `(12) name` defines one, `(12)` uses it.
#[derive(Default)]
struct Names(BTreeMap<(char, String), String>);

impl Names {
    fn full(&mut self, kind: char, value: &str) -> String {
        let Some((id, name)) = value
            .strip_prefix('(')
            .and_then(|rest| rest.split_once(')'))
        else {
            return value.to_owned();
        };
        let (key, name) = ((kind, id.to_owned()), name.trim());
        if name.is_empty() {
            return self.0.get(&key).cloned().unwrap_or_default();
        }
        self.0.insert(key, name.to_owned());
        name.to_owned()
    }
}

/// The line that `+3`, `-3`, `*` or `17` names after `line`.
fn position(place: &str, line: i64) -> Option<i64> {
    let by = || place.get(1..).and_then(|n| n.parse::<i64>().ok());
    match place.chars().next()? {
        '+' => Some(line + by()?),
        '-' => Some(line - by()?),
        '*' => Some(line),
        c if c.is_ascii_digit() => place.parse().ok(),
        _ => None,
    }
}

/// What a callgrind output counted in functions whose own name is `name` and in what they call, `None` if there is none,
/// and in all. A function that calls itself is counted once.
pub(super) fn inclusive(text: &str, name: &str) -> (Option<u64>, u64) {
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    let mut full = |value: &str| -> String {
        let id = value.split(')').next().unwrap_or("").to_owned();
        let own = value.split_once(')').map_or("", |(_, own)| own).trim();
        match own.is_empty() {
            true => names.get(&id).cloned().unwrap_or_default(),
            false => {
                names.insert(id, own.to_owned());
                own.to_owned()
            }
        }
    };
    let is_it = |function: &str| {
        // Arguments and those of templates aside, and the hash that Rust adds.
        let plain = function.split(['(', '<']).next().unwrap_or("");
        let mut parts = plain.rsplit("::").filter(|part| {
            let hash = part.len() == 17 && part.starts_with('h');
            !hash && !part.is_empty()
        });
        parts.next() == Some(name)
    };
    let (mut inside, mut met, mut all) = (0, false, 0);
    let (mut here, mut called, mut after_call) = (false, false, false);
    for line in text.lines() {
        if let Some((key, value)) = line
            .split_once('=')
            .filter(|(key, _)| key.chars().all(|c| c.is_ascii_alphabetic()))
        {
            match key {
                "fn" => {
                    here = is_it(&full(value));
                    met |= here;
                }
                "cfn" => called = is_it(&full(value)),
                "calls" => after_call = true,
                _ => {}
            }
            continue;
        }
        let mut words = line.split_whitespace();
        let place = words.next().unwrap_or("");
        if !place.starts_with(|c: char| c.is_ascii_digit() || "+-*".contains(c)) {
            continue;
        }
        let cost: u64 = words.next().and_then(|n| n.parse().ok()).unwrap_or(0);
        match std::mem::take(&mut after_call) {
            // What it spends in itself again is in what it spends.
            true if here && !called => inside += cost,
            true => {}
            false => {
                all += cost;
                if here {
                    inside += cost;
                }
            }
        }
    }
    (met.then_some(inside), all)
}

fn gprof(command: &[String], folder: &Path) -> Result<Vec<Hot>, Passed> {
    is_there(command).map_err(Passed::Command)?;
    let left = Path::new("gmon.out");
    if left.exists() {
        return Err(Passed::Tool(
            "there is a gmon.out here already, which the command would overwrite".to_owned(),
        ));
    }
    let (program, rest) = command
        .split_first()
        .ok_or_else(|| Passed::Command("there is no command".to_owned()))?;
    let arguments: Vec<&str> = rest.iter().map(String::as_str).collect();
    run(program, &arguments, &[], folder)?;
    if !left.exists() {
        return Err(Passed::Tool(
            "the program left no gmon.out: it was not built with -pg".to_owned(),
        ));
    }
    let flat = output("gprof", &["-b", "-p", "--no-demangle", program, "gmon.out"]);
    // It is the command's own doing, but nobody asked for it.
    let _ = std::fs::remove_file(left);
    let rows: Vec<(f64, PathBuf, String)> = flat?
        .lines()
        .filter_map(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            let share: f64 = words.first()?.parse().ok()?;
            Some((
                share / 100.0,
                PathBuf::from(program),
                (*words.last()?).to_owned(),
            ))
        })
        .collect();
    if rows.is_empty() {
        return Err(Passed::Tool(
            "it took no sample: the command is too short".to_owned(),
        ));
    }
    Ok(placed(&rows))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn perf_rows_are_share_object_and_symbol() {
        let report = "# Overhead\n    61.50%|/p/prog                 |0x12 B [.] _Z3fooi\n     1.00%|[kernel.kallsyms]|0xff k [k] read\n\n";
        assert_eq!(
            of_perf(report),
            [(0.615, PathBuf::from("/p/prog"), "_Z3fooi".to_owned())]
        );
    }

    #[test]
    fn rows_of_a_python_profile_are_shares_of_the_whole() {
        let rows = of_rows("0.25\t12\tslow\t/no/such.py\n0.75\t0\t<built-in method x>\t~\n");
        assert_eq!(rows[0].function, "<built-in method x>");
        assert_eq!((rows[1].share, rows[1].line), (0.25, None));
        let python =
            |words: &[&str]| is_python(&words.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>());
        assert!(python(&["/usr/bin/python3", "a.py"]) && python(&["python3.11", "-m", "x"]));
        assert!(!python(&["python3", "-c", "1"]) && !python(&["./a.out"]));
    }

    #[test]
    fn callgrind_costs_are_a_functions_own() {
        let text = "events: Ir\nob=(1) /p/prog\nfl=(1) /p/a.cpp\nfn=(1) foo(int)\n10 30\n+2 30\ncfn=(2) bar\ncalls=1 20\n* 500\nfn=(2)\n20 40\nfi=(2) /p/x.h\n3 10\n";
        let shown: Vec<(String, f64, Option<u32>)> = of_callgrind(text)
            .into_iter()
            .map(|h| (h.function, h.share, h.line))
            .collect();
        assert_eq!(
            shown,
            [
                ("foo(int)".to_owned(), 60.0 / 110.0, Some(10)),
                ("bar".to_owned(), 50.0 / 110.0, Some(20))
            ]
        );
    }

    #[test]
    fn a_function_is_counted_with_what_it_calls() {
        let text = "events: Ir\nfl=(1) /p/a.rs\nfn=(1) a::main\n10 30\ncfn=(2) a::parse::h0123456789abcdef\ncalls=1 20\n* 500\nfn=(2)\n20 40\ncfn=(3) a::skip\ncalls=1 5\n+1 460\ncfn=(2)\ncalls=2 20\n* 100\nfn=(3)\n5 460\n";
        assert_eq!(inclusive(text, "parse"), (Some(500), 530));
        assert_eq!(inclusive(text, "pars"), (None, 530));
    }
}

//! `lessonl hot -- COMMAND…`: where a command spends its time, and for each function in a source file of the person's the
//! line that takes it. Never takes it by itself.

use std::path::Path;

use serde_json::{Value, json};

use super::output::{self, Halt};
use super::own_args::{HotArguments, HotTool};
use crate::failure::{Failure, FailureKind};
use crate::harness::{Hot, Profile, Tool, sample};
use crate::reports::table::{Table, one_line};

/// Least share that is shown.
const LEAST: f64 = 0.005;

/// Runs it. Returns the exit code.
pub(super) fn hot(wanted: &HotArguments) -> Result<u8, Halt> {
    let tool = wanted.tool.map(|tool| match tool {
        HotTool::Perf => Tool::Perf,
        HotTool::Callgrind => Tool::Callgrind,
        HotTool::Gprof => Tool::Gprof,
    });
    let profile = sample(&wanted.command, tool).map_err(|error| match error {
        crate::harness::HarnessError::Problem { what } => Failure::new(FailureKind::Usage, what)
            .hint("Give the command as you would run it, after --."),
        other => Failure::from(other),
    })?;
    for why in &profile.passed_over {
        output::note(&format!("not used: {}", one_line(why)));
    }
    output::note(&format!(
        "{}: shares are of {}, without what a function calls",
        profile.tool.word(),
        profile.tool.measures()
    ));
    let shown: Vec<&Hot> = profile
        .functions
        .iter()
        .filter(|hot| hot.share >= LEAST)
        .take(wanted.limit)
        .collect();
    if wanted.json {
        output::json(&object(&profile, &shown))?;
        return Ok(0);
    }
    let mut table = Table::new(&["share", "function", "where"]);
    for hot in &shown {
        table.push(vec![
            format!("{:.1}%", hot.share * 100.0),
            shortened(&hot.function),
            place(hot),
        ]);
    }
    output::print(&table.aligned())?;
    let offers: Vec<String> = shown
        .iter()
        .filter_map(|hot| {
            let python = || of_python(hot, &wanted.command);
            offer(hot)
                .or_else(|| of_project(hot, &wanted.command))
                .or_else(python)
        })
        .collect();
    if offers.is_empty() {
        if let Some(words) = of_interpreter(&wanted.command) {
            output::note(&words);
        } else if profile.functions.iter().all(|hot| hot.file.is_none()) {
            output::note(
                "The program has no debug information, so no source file is known: build it with -g (CMake: -DCMAKE_BUILD_TYPE=RelWithDebInfo) and try again.",
            );
        } else {
            output::note(
                "No function of these is in a source file that can be read here. `lessonl init` alone shows what else can be done.",
            );
        }
    } else {
        output::line("\nTo make one of them faster:")?;
        for offer in offers {
            output::line(&format!("  {offer}"))?;
        }
        if shown.iter().any(|hot| offer(hot).is_some()) {
            output::line(&format!(
                "With what this command hands it as inputs: the same with --from -- {}",
                wanted
                    .command
                    .iter()
                    .map(|word| said(word))
                    .collect::<Vec<_>>()
                    .join(" ")
            ))?;
        }
    }
    Ok(0)
}

fn object(profile: &Profile, shown: &[&Hot]) -> Value {
    let functions: Vec<Value> = shown
        .iter()
        .map(|hot| {
            json!({
                "function": hot.function,
                "share": hot.share,
                "file": hot.file,
                "line": hot.line,
                "object": hot.object,
                "init": offer(hot),
            })
        })
        .collect();
    json!({ "tool": profile.tool.word(), "measures": profile.tool.measures(), "passed_over": profile.passed_over, "functions": functions })
}

fn shortened(name: &str) -> String {
    if name.chars().count() > 60 {
        let cut: String = name.chars().take(59).collect();
        format!("{cut}…")
    } else {
        name.to_owned()
    }
}

fn place(hot: &Hot) -> String {
    match (&hot.file, hot.line) {
        (Some(file), Some(line)) => format!("{}:{line}", file.display()),
        (Some(file), None) => file.display().to_string(),
        (None, _) => format!("in {}", hot.object.display()),
    }
}

/// The line that takes the function, if it is in a file of the person's.
fn offer(hot: &Hot) -> Option<String> {
    let file = hot.file.as_deref()?;
    let source = [
        "c", "cc", "cpp", "cxx", "C", "h", "hh", "hpp", "hxx", "ipp", "inl",
    ];
    let known = file
        .extension()
        .and_then(|e| e.to_str())
        .is_some_and(|e| source.contains(&e));
    let own = !file.starts_with("/usr/include") && !file.starts_with("/usr/lib");
    let name = qualified(&hot.function)?;
    (known && own && file.is_file())
        .then(|| format!("lessonl init {} --function {}", quoted(file), name))
}

/// The line that takes a function of a Rust project, with the command as its bench.
fn of_project(hot: &Hot, command: &[String]) -> Option<String> {
    let file = hot.file.as_deref().filter(|file| file.is_file())?;
    let rust = file.extension().is_some_and(|e| e == "rs");
    let root = file
        .ancestors()
        .find(|folder| folder.join("Cargo.toml").is_file())
        .filter(|_| rust)?;
    let name = hot.function.split("::<").next()?.split("::{").next()?;
    let own = name.rsplit("::").next()?.split('<').next()?;
    let plain = !own.is_empty() && own.chars().all(|c| c.is_alphanumeric() || c == '_');
    let below = file.strip_prefix(root).ok()?;
    (plain && own != "main").then(|| {
        format!(
            "lessonl init --project {} --file {} --function {own} --build 'cargo build --release --offline' --test 'cargo test --release --offline' --bench {}",
            quoted(root),
            quoted(below),
            said(&command.join(" "))
        )
    })
}

/// The line that takes a Python function of the person's, with its calls while the command runs as tests and bench.
fn of_python(hot: &Hot, command: &[String]) -> Option<String> {
    let file = hot.file.as_deref().filter(|file| file.is_file())?;
    let own = !["/usr/", "site-packages", "dist-packages", "/lib/python"]
        .iter()
        .any(|part| file.to_string_lossy().contains(part));
    let plain = hot
        .function
        .chars()
        .all(|c| c.is_alphanumeric() || c == '_');
    if !own || !plain || file.extension().is_none_or(|e| e != "py") {
        return None;
    }
    let marks = [".git", "pyproject.toml", "setup.py"];
    let marked = |folder: &&Path| marks.iter().any(|mark| folder.join(mark).exists());
    let here = std::env::current_dir().ok();
    let root = file.ancestors().skip(1).find(marked).map(Path::to_owned);
    let root = root
        .or_else(|| here.filter(|here| file.starts_with(here)))
        .or_else(|| file.parent().map(Path::to_owned))?;
    let words: Vec<String> = command.iter().map(|word| said(word)).collect();
    Some(format!(
        "lessonl init --project {} --file {} --function {} --from -- {}",
        quoted(&root),
        quoted(file.strip_prefix(&root).ok()?),
        hot.function,
        words.join(" ")
    ))
}

/// What to do where the program is an interpreter: its own functions are not the person's.
fn of_interpreter(command: &[String]) -> Option<String> {
    let name = Path::new(command.first()?).file_name()?.to_str()?;
    let whole = command.join(" ");
    let rest = command.get(1..)?.join(" ");
    let (look, test) = match name {
        _ if name.starts_with("python") => (
            format!("{} -m cProfile -s tottime {rest}", command.first()?),
            "python3 -m pytest -q",
        ),
        "node" => (
            format!("{} --cpu-prof {rest}", command.first()?),
            "node --test",
        ),
        _ => return None,
    };
    Some(format!(
        "These are the interpreter's own functions. Where the program spends its time: {look}\nThen: lessonl init --project . --file FILE --function NAME --test '{test}' --bench {}",
        said(&whole)
    ))
}

fn said(text: &str) -> String {
    quoted(Path::new(text))
}

fn quoted(file: &Path) -> String {
    let text = file.display().to_string();
    if text
        .chars()
        .all(|c| c.is_alphanumeric() || "/._-+".contains(c))
    {
        text
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}

/// `std::vector<int> ns::f<int>(int, char) const [clone .x]` → `ns::f`.
fn qualified(name: &str) -> Option<String> {
    let mut plain = String::new();
    let mut depth = 0_i32;
    for c in name.replace("(anonymous namespace)::", "").chars() {
        match c {
            '<' => depth += 1,
            '>' => depth -= 1,
            '(' | '[' if depth == 0 => break,
            _ if depth == 0 => plain.push(c),
            _ => {}
        }
    }
    let last = plain.split_whitespace().last()?.to_owned();
    let fine = last
        .chars()
        .all(|c| c.is_alphanumeric() || c == '_' || c == ':')
        && !last.is_empty();
    let last = last.split('\'').next()?.to_owned();
    let fine = fine && !name.contains("operator");
    (fine && last != "main").then_some(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_demangled_name_becomes_what_init_takes() {
        for (name, expected) in [
            ("foo(int)", Some("foo")),
            (
                "double geo::area<std::vector<P> >(std::vector<P> const&)",
                Some("geo::area"),
            ),
            (
                "(anonymous namespace)::f(int) [clone .constprop.0]",
                Some("f"),
            ),
            ("Bag::heavy(int) const", Some("Bag::heavy")),
            ("main", None),
            ("operator new(unsigned long)", None),
        ] {
            assert_eq!(qualified(name).as_deref(), expected, "{name}");
        }
    }
}

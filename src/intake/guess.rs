//! What builds, tests and times a project, guessed from the files in its folder. Reads a few small files there, never runs
//! anything, and leaves empty what it has no sign of: a person looks at every guess before it is used.

use std::fs;
use std::path::Path;

use crate::domain::project::Guess;

/// Largest file that is read for a guess, in bytes.
const LARGEST: u64 = 1 << 20;

/// Guesses from a folder.
pub fn guess(root: &Path) -> Guess {
    let all = [cargo, cmake, make, python];
    let found = all.iter().find_map(|of| of(root));
    found.unwrap_or_else(|| Guess {
        found: "no Cargo.toml, CMakeLists.txt, Makefile or Python file: say what tests it and what is timed"
            .to_owned(),
        ..Guess::default()
    })
}

/// A file's text; nothing if it is not there, too large, or no text.
fn text(path: &Path) -> Option<String> {
    let about = fs::metadata(path).ok().filter(fs::Metadata::is_file)?;
    (about.len() <= LARGEST).then(|| fs::read_to_string(path).ok())?
}

/// Names of the files in a folder with this ending, sorted, without it.
fn stems(folder: &Path, ending: &str) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let mut stems: Vec<String> = names
        .filter_map(|name| Some(name.strip_suffix(ending)?.to_owned()))
        .filter(|stem| is_plain(stem))
        .collect();
    stems.sort();
    stems
}

/// Whether a name can stand in a command as it is.
fn is_plain(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    !name.is_empty() && !name.starts_with('-') && name.chars().all(plain)
}

/// The name that speaks most of timing: one with `bench` in it, else one with `perf` or `time`.
fn timing(names: &[String]) -> Option<&String> {
    ["bench", "perf", "time"]
        .iter()
        .find_map(|sign| names.iter().find(|name| name.contains(sign)))
}

fn cargo(root: &Path) -> Option<Guess> {
    let manifest: toml::Table = text(&root.join("Cargo.toml"))?.parse().ok()?;
    let named = |table: &str| -> Vec<String> {
        let listed = manifest.get(table).and_then(toml::Value::as_array);
        let names = listed.into_iter().flatten();
        let names = names.filter_map(|entry| Some(entry.get("name")?.as_str()?.to_owned()));
        names.filter(|name| is_plain(name)).collect()
    };
    let mut binaries = named("bin");
    binaries.extend(stems(&root.join("src/bin"), ".rs"));
    let examples = stems(&root.join("examples"), ".rs");
    let mut benches = named("bench");
    benches.extend(stems(&root.join("benches"), ".rs"));
    let package = manifest.get("package").and_then(|p| p.get("name"));
    let package = package
        .and_then(toml::Value::as_str)
        .filter(|p| is_plain(p));
    let main = package.filter(|_| root.join("src/main.rs").is_file());
    let (build, bench) = if let Some(name) = timing(&binaries) {
        ("", format!("./target/release/{name}"))
    } else if let Some(name) = timing(&examples) {
        (" --examples", format!("./target/release/examples/{name}"))
    } else if let Some(name) = benches.first() {
        ("", format!("cargo bench --bench {name}"))
    } else if let Some(name) = binaries.first().map(String::as_str).or(main) {
        ("", format!("./target/release/{name}"))
    } else {
        ("", String::new())
    };
    Some(Guess {
        found: "Cargo.toml".to_owned(),
        build: format!("cargo build --release{build}"),
        test: "cargo test --release".to_owned(),
        bench,
        ..Guess::default()
    })
}

fn cmake(root: &Path) -> Option<Guess> {
    let lists = text(&root.join("CMakeLists.txt"))?;
    let programs: Vec<String> = lists
        .split("add_executable(")
        .skip(1)
        .filter_map(|rest| rest.split([' ', '\n', '\t', ')']).find(|w| !w.is_empty()))
        .filter(|name| is_plain(name))
        .map(str::to_owned)
        .collect();
    let tests = lists.contains("enable_testing") || lists.contains("include(CTest)");
    let bench = timing(&programs).map_or_else(String::new, |name| format!("./build/{name}"));
    Some(Guess {
        found: "CMakeLists.txt".to_owned(),
        setup: "cmake -S . -B build -DCMAKE_BUILD_TYPE=Release".to_owned(),
        build: "cmake --build build".to_owned(),
        test: if tests {
            "ctest --test-dir build --output-on-failure".to_owned()
        } else {
            String::new()
        },
        bench,
    })
}

fn make(root: &Path) -> Option<Guess> {
    let files = ["GNUmakefile", "Makefile", "makefile"];
    let (name, lines) = files
        .iter()
        .find_map(|name| Some((*name, text(&root.join(name))?)))?;
    let targets: Vec<String> = lines
        .lines()
        .filter(|line| !line.starts_with(['\t', ' ', '#', '.']))
        .filter_map(|line| {
            let (target, after) = line.split_once(':')?;
            (!after.starts_with('=')).then(|| target.trim().to_owned())
        })
        .filter(|target| is_plain(target))
        .collect();
    let has = |target: &str| targets.iter().any(|known| known == target);
    let phony: Vec<&str> = lines
        .lines()
        .filter_map(|line| line.strip_prefix(".PHONY:"))
        .flat_map(str::split_whitespace)
        .collect();
    let test = ["test", "check", "tests"].iter().find(|target| has(target));
    let bench = match timing(&targets) {
        Some(target) if phony.contains(&target.as_str()) => format!("make -s {target}"),
        Some(target) => format!("./{target}"),
        None => String::new(),
    };
    Some(Guess {
        found: name.to_owned(),
        build: "make".to_owned(),
        test: test.map_or_else(String::new, |target| format!("make -s {target}")),
        bench,
        ..Guess::default()
    })
}

fn python(root: &Path) -> Option<Guess> {
    let scripts = stems(root, ".py");
    let declared = ["pyproject.toml", "setup.py", "setup.cfg"]
        .iter()
        .find(|name| root.join(name).is_file());
    let found = match (declared, scripts.is_empty()) {
        (Some(name), _) => (*name).to_owned(),
        (None, false) => "Python files".to_owned(),
        (None, true) => return None,
    };
    let inside = |folder: &str| stems(&root.join(folder), ".py");
    let tests: Vec<String> = [inside("tests"), inside("test"), scripts.clone()].concat();
    let is_test = |name: &&String| name.starts_with("test_") || name.ends_with("_test");
    let with_pytest = root.join("pytest.ini").is_file()
        || root.join("conftest.py").is_file()
        || root.join("tests/conftest.py").is_file()
        || text(&root.join("pyproject.toml")).is_some_and(|text| text.contains("pytest"));
    let test = match tests.iter().find(is_test) {
        _ if with_pytest => "python3 -m pytest -q",
        Some(_) if root.join("tests/__init__.py").is_file() || !inside("tests").is_empty() => {
            "python3 -m unittest discover -s tests"
        }
        Some(_) => "python3 -m unittest",
        None => "",
    };
    let bench = match (timing(&scripts), timing(&inside("benchmarks"))) {
        (Some(script), _) => format!("python3 {script}.py"),
        (None, Some(script)) => format!("python3 benchmarks/{script}.py"),
        (None, None) => String::new(),
    };
    Some(Guess {
        found,
        test: test.to_owned(),
        bench,
        ..Guess::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example(name: &str) -> Guess {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/projects");
        guess(&root.join(name))
    }

    fn words(guess: &Guess) -> [&str; 5] {
        let Guess {
            found,
            setup,
            build,
            test,
            bench,
        } = guess;
        [found, setup, build, test, bench].map(String::as_str)
    }

    #[test]
    fn the_example_projects_are_guessed_whole() {
        assert_eq!(
            words(&example("cargo")),
            [
                "Cargo.toml",
                "",
                "cargo build --release",
                "cargo test --release",
                "./target/release/bench"
            ]
        );
        assert_eq!(
            words(&example("make")),
            ["Makefile", "", "make", "make -s test", "./bench"]
        );
        assert_eq!(
            words(&example("python")),
            [
                "Python files",
                "",
                "",
                "python3 -m unittest",
                "python3 bench.py"
            ]
        );
    }

    #[test]
    fn a_cmake_project_is_set_up_once_and_what_is_not_known_is_left_empty() {
        let folder = tempfile::tempdir().unwrap();
        let lists = "enable_testing()\nadd_executable(app main.cpp)\nadd_executable(\n  bench_sum bench.cpp)\n";
        fs::write(folder.path().join("CMakeLists.txt"), lists).unwrap();
        assert_eq!(
            words(&guess(folder.path())),
            [
                "CMakeLists.txt",
                "cmake -S . -B build -DCMAKE_BUILD_TYPE=Release",
                "cmake --build build",
                "ctest --test-dir build --output-on-failure",
                "./build/bench_sum"
            ]
        );
        let empty = tempfile::tempdir().unwrap();
        let nothing = guess(empty.path());
        assert_eq!(words(&nothing)[1..], ["", "", "", ""]);
        fs::write(
            empty.path().join("Makefile"),
            "x := 1\nall:\n\t$(CC) $(y):z\n",
        )
        .unwrap();
        assert_eq!(words(&guess(empty.path()))[3..], ["", ""]);
    }

    #[test]
    fn hostile_names_never_reach_a_command() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("bench;rm -rf x.py"), "").unwrap();
        fs::write(folder.path().join("-bench.py"), "").unwrap();
        fs::write(folder.path().join("a.py"), "").unwrap();
        assert_eq!(guess(folder.path()).bench, "");
    }
}

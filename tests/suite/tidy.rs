//! The rules of the house, checked over the source text: arrows between rooms, file sizes, headers, and that what the
//! tables promise (prompts, themes, keys, README) is so.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

pub(super) fn files(below: &str, extension: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut open = vec![Path::new(ROOT).join(below)];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|e| e == extension) {
                let text = fs::read_to_string(&path).unwrap();
                found.push((path.strip_prefix(ROOT).unwrap().to_owned(), text));
            }
        }
    }
    found.sort();
    assert!(!found.is_empty(), "no .{extension} below {below}");
    found
}

/// Room → what it may import, as path prefixes after `crate::`. Itself is always allowed; `cli` and `main` may all.
const ARROWS: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("source", &[]),
    ("bank", &["domain"]),
    ("strategies", &["domain"]),
    ("agents", &["domain", "source"]),
    ("harness", &["domain", "source"]),
    ("problems", &["domain", "source"]),
    ("intake", &["domain"]),
    (
        "engine",
        &["domain", "bank", "strategies", "agents", "harness"],
    ),
    ("store", &["domain"]),
    ("reports", &["domain"]),
    ("config", &["domain"]),
    ("launch", &["domain", "config"]),
    (
        "tui",
        &[
            "domain",
            "engine::handle",
            "store::archive",
            "reports",
            "config",
        ],
    ),
];

/// Every `crate::…` path in a text, nested braces resolved one level.
fn crate_paths(text: &str) -> Vec<String> {
    let mut paths = Vec::new();
    for (at, _) in text.match_indices("crate::") {
        let before = text[..at].chars().next_back();
        if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '$') {
            continue;
        }
        let rest = &text[at + "crate::".len()..];
        if let Some(group) = rest.strip_prefix('{') {
            let mut depth = 0;
            let mut item = String::new();
            for c in group.chars() {
                match c {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    ',' if depth == 0 => paths.push(std::mem::take(&mut item).trim().to_owned()),
                    _ => {}
                }
                if c != ',' || depth > 0 {
                    item.push(c);
                }
            }
            paths.push(item.trim().to_owned());
        } else {
            let path: String = rest
                .chars()
                .take_while(|c| c.is_alphanumeric() || *c == '_' || *c == ':')
                .collect();
            paths.push(path.trim_end_matches(':').to_owned());
        }
    }
    paths.retain(|p| !p.is_empty());
    paths
}

#[test]
fn rooms_import_only_what_the_arrows_allow() {
    let mut wrong = Vec::new();
    for (path, text) in files("src", "rs") {
        let inside = path.strip_prefix("src").unwrap();
        let first = inside
            .components()
            .next()
            .unwrap()
            .as_os_str()
            .to_string_lossy();
        let room = first.trim_end_matches(".rs").to_owned();
        if matches!(room.as_str(), "cli" | "main" | "lib") {
            continue;
        }
        let (_, allowed) = ARROWS
            .iter()
            .find(|(name, _)| *name == room)
            .unwrap_or_else(|| panic!("{} is in no room of the arrows table", path.display()));
        for import in crate_paths(&text) {
            let fits = |prefix: &str| {
                import == prefix
                    || import
                        .strip_prefix(prefix)
                        .is_some_and(|r| r.starts_with("::"))
            };
            // within a room's crate a path begins with a module of its own, or with another room
            let first = import.split("::").next().unwrap();
            let own = Path::new(ROOT).join("src").join(&room).join(first);
            let is_own = own.is_dir() || own.with_extension("rs").is_file();
            let is_room = ARROWS.iter().any(|(name, _)| *name == first);
            if is_room && !is_own && !fits(&room) && !allowed.iter().any(|a| fits(a)) {
                wrong.push(format!("{}: crate::{import}", path.display()));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn manifests_name_only_the_rooms_that_the_arrows_allow() {
    let mut wrong = Vec::new();
    for (path, text) in files("src", "toml") {
        let room = path.parent().unwrap().file_name().unwrap();
        let room = room.to_string_lossy();
        let (_, allowed) = ARROWS.iter().find(|(name, _)| *name == room).unwrap();
        for line in text.lines() {
            let other = line
                .strip_prefix("lessonl-")
                .and_then(|rest| rest.split('.').next());
            let fits = |other| allowed.iter().any(|a| a.split("::").next() == Some(other));
            if other.is_some_and(|other| !fits(other)) {
                wrong.push(format!("{}: {line}", path.display()));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn crate_paths_are_found_in_groups_and_bodies() {
    let text =
        "use crate::{domain::id, bank::{a, b}};\nfn f() { crate::store::x() }\nmacro $crate::y";
    assert_eq!(
        crate_paths(text),
        ["domain::id", "bank::{a, b}", "store::x"]
    );
}

#[test]
fn every_module_opens_with_its_purpose_and_stays_short() {
    let mut wrong = Vec::new();
    for (path, text) in files("src", "rs").into_iter().chain(files("tests", "rs")) {
        if !text.starts_with("//! ") {
            wrong.push(format!("{}: no //! header", path.display()));
        }
        let lines = text.lines().count();
        // More is a sign of two ideas in one file.
        if lines > 800 {
            wrong.push(format!("{}: {lines} lines", path.display()));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn unsafe_code_is_the_harness_alone() {
    let outside: Vec<_> = files("src", "rs")
        .into_iter()
        .filter(|(path, _)| !path.starts_with("src/harness"))
        .filter(|(_, text)| {
            text.lines().any(|line| {
                let code = line.split("//").next().unwrap_or("");
                code.contains("unsafe {")
                    || code.contains("unsafe fn")
                    || code.contains("unsafe impl")
                    || code.contains("allow(unsafe_code)")
            })
        })
        .map(|(path, _)| path)
        .collect();
    assert_eq!(outside, Vec::<PathBuf>::new());
}

#[test]
fn nothing_unfinished_is_left() {
    let marks = [
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
        concat!("XX", "X:"),
        concat!("#[ig", "nore"),
        concat!("unimpl", "emented!("),
        concat!("to", "do!("),
        concat!("db", "g!("),
    ];
    let mut wrong = Vec::new();
    for (path, text) in files("src", "rs").into_iter().chain(files("tests", "rs")) {
        for (at, line) in text.lines().enumerate() {
            if marks.iter().any(|mark| line.contains(mark)) {
                wrong.push(format!("{}:{}", path.display(), at + 1));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn the_visible_top_level_is_as_fixed() {
    let fixed: BTreeSet<&str> = [
        "Cargo.toml",
        "Cargo.lock",
        "src",
        "themes",
        "prompts",
        "benchmarks",
        "tests",
        "README.md",
    ]
    .into();
    let there: BTreeSet<String> = fs::read_dir(ROOT)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .filter(|name| !name.starts_with('.') && !name.starts_with("LICENSE") && name != "target")
        .collect();
    assert_eq!(there, fixed.iter().map(|s| (*s).to_owned()).collect());
}

#[test]
fn built_in_agents_know_nothing_of_the_bundled_problems() {
    let mut secrets = BTreeSet::new();
    for (path, text) in files("benchmarks", "toml") {
        let table: toml::Table = text.parse().unwrap();
        let entry = table["entry"].as_str().unwrap();
        let head = entry.split('(').next().unwrap();
        let name = head.rsplit([' ', '*', '&']).next().unwrap();
        secrets.insert(name.to_owned());
        let folder = path.parent().unwrap().file_name().unwrap();
        secrets.insert(folder.to_string_lossy().into_owned());
    }
    // Plain words of the field that are also names of problems say nothing about them.
    let plain_words = ["average", "spmv", "gemm", "dft", "xor", "solve", "contains"];
    let mut wrong = Vec::new();
    for (path, text) in files("src/agents/rewriter", "rs") {
        let words: BTreeSet<&str> = text
            .split(|c: char| !(c.is_alphanumeric() || c == '_'))
            .collect();
        for secret in &secrets {
            let named = words.contains(secret.as_str()) && !plain_words.contains(&secret.as_str());
            if named || text.contains(&format!("pareval/{secret}")) {
                wrong.push(format!("{}: {secret}", path.display()));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn the_manuals_key_table_is_the_programs() {
    let path = Path::new(ROOT).join("src/cli/manual/screens.md");
    let page = fs::read_to_string(&path).unwrap();
    let (before, rest) = page.split_once("<!-- keys -->\n").unwrap();
    let (shown, after) = rest.split_once("<!-- /keys -->").unwrap();
    let table = lessonl::config::keymap::markdown_table();
    if std::env::var_os("LESSONL_UPDATE_KEYS").is_some() {
        let text = format!("{before}<!-- keys -->\n{table}<!-- /keys -->{after}");
        fs::write(&path, text).unwrap();
        return;
    }
    assert!(
        shown == table,
        "run `LESSONL_UPDATE_KEYS=1 cargo test tidy` to write the table of keys:\n{table}"
    );
}

#[test]
fn the_readme_is_short_begins_with_its_two_commands_and_names_files_that_there_are() {
    let readme = fs::read_to_string(Path::new(ROOT).join("README.md")).unwrap();
    assert!(readme.lines().count() <= 160, "README.md is no manual");
    let (_, block) = readme.split_once("```sh\n").unwrap();
    let commands: Vec<&str> = block.lines().take(2).collect();
    assert!(commands[0].starts_with("cargo run --release -- run pareval/dense_la/gemm "));
    assert!(commands[1].starts_with("cargo test "));
    let links = readme.split("](").skip(1);
    let links = links.filter_map(|rest| rest.split(')').next());
    let missing: Vec<&str> = links
        .filter(|link| !link.starts_with("https://") && !Path::new(ROOT).join(link).exists())
        .collect();
    assert_eq!(missing, [""; 0]);
}

#[test]
fn every_prompt_is_known_and_uses_only_its_variables() {
    let known: BTreeSet<String> = lessonl::agents::wording::VARIABLES
        .iter()
        .map(|(name, _)| (*name).to_owned())
        .collect();
    let there: BTreeSet<String> = files("prompts", "md")
        .iter()
        .map(|(path, _)| path.file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    assert_eq!(there, known);
    // Putting a team together checks every template against its variables.
    let team = lessonl::agents::Team::assemble(&[], lessonl::agents::TeamInputs::default());
    assert_eq!(team.map(|_| ()), Ok(()));
}

#[test]
fn every_bundled_theme_is_complete_and_the_keys_do_not_conflict() {
    use lessonl::config::theme::Role;
    let roles: BTreeSet<String> = Role::ALL.iter().map(|r| r.key().to_owned()).collect();
    for (path, text) in files("themes", "toml") {
        let table: toml::Table = text.parse().unwrap();
        let colors: BTreeSet<String> = table["colors"]
            .as_table()
            .unwrap()
            .keys()
            .cloned()
            .collect();
        assert_eq!(colors, roles, "{}", path.display());
    }
    assert_eq!(
        lessonl::config::keymap::Keymap::with_overrides("").map(|_| ()),
        Ok(())
    );
}

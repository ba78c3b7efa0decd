//! Claims about loading a command problem.

use super::*;
use crate::{load_after, load_folder};
use std::fs;

const RUST: &str =
    "use std::fmt;\n\nfn helper() -> u8 { 1 }\n\nfn slow(x: u8) -> u8 {\n    helper() + x\n}\n";

fn folder(region: &str, file: &str) -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    fs::create_dir_all(home.path().join("app/src")).unwrap();
    fs::create_dir(home.path().join("p")).unwrap();
    fs::write(home.path().join("app/src/lib.rs"), file).unwrap();
    let text = format!(
        "kind = \"command\"\nid = \"mine/slow\"\ntitle = \"T\"\ncategory = \"mine\"\n[project]\ndir = \"../app\"\n\
         test = \"cargo test\"\nbench = \"cargo bench\"\n[[region]]\nfile = \"src/lib.rs\"\n{region}\n"
    );
    fs::write(home.path().join("p/problem.toml"), text).unwrap();
    home
}

fn error(region: &str) -> ProblemError {
    load_folder(&folder(region, RUST).path().join("p")).unwrap_err()
}

#[test]
fn a_function_of_a_project_becomes_a_problem_with_its_surroundings() {
    let home = folder("function = \"slow\"", RUST);
    let problem = load_folder(&home.path().join("p")).unwrap();
    assert_eq!(
        problem.original,
        "fn slow(x: u8) -> u8 {\n    helper() + x\n}\n"
    );
    assert_eq!(problem.entry_name(), "slow");
    let Kind::Command(project) = &problem.kind else {
        panic!("not a command problem");
    };
    assert_eq!(
        (project.language.as_str(), project.network),
        ("rust", Network::Never)
    );
    assert!(
        project.context.contains("fn helper() -> u8"),
        "{}",
        project.context
    );
    assert_eq!(project.files[0].text(), RUST);
    let json = serde_json::to_string(&problem).unwrap();
    assert_eq!(serde_json::from_str::<Problem>(&json).unwrap(), problem);
}

#[test]
fn what_is_wrong_with_a_command_problem_is_said_with_its_place() {
    assert_eq!(error("function = \"slwo\"").what, "has no function `slwo`");
    assert!(
        error("markers = [\"a-\", \"b-\"]")
            .what
            .contains("marker `a-`")
    );
    assert!(
        error("function = \"slow\"\nlines = [1, 2]")
            .what
            .contains("more than one way")
    );
    let outside = folder("", RUST);
    let manifest = outside.path().join("p/problem.toml");
    let text = fs::read_to_string(&manifest)
        .unwrap()
        .replace("src/lib.rs", "../p/problem.toml");
    fs::write(&manifest, text).unwrap();
    let error = load_folder(&outside.path().join("p")).unwrap_err();
    assert!(error.what.contains("is not in the project"), "{error}");
}

#[test]
fn after_applying_the_problem_can_be_loaded_as_it_was() {
    let home = folder("function = \"slow\"", RUST);
    let at = home.path().join("p");
    let original = load_folder(&at).unwrap();
    let now = "fn slow(x: u8) -> u8 {\n    1 + x\n}\n";
    fs::write(
        home.path().join("app/src/lib.rs"),
        RUST.replace(&original.original, now),
    )
    .unwrap();
    assert_ne!(load_folder(&at).unwrap().version, original.version);
    assert_eq!(
        load_after(&at, now, Some(&original.original))
            .unwrap()
            .version,
        original.version
    );
}

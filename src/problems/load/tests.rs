//! Claims about loading a problem folder and a catalogue.

use super::*;
use crate::Catalogue;
use std::path::PathBuf;

pub(crate) fn write(folder: &Path, id: &str) {
    std::fs::create_dir_all(folder).unwrap();
    let manifest = format!(
        "id = \"{id}\"\ntitle = \"Sum\"\ncategory = \"reduce\"\ndescription = \"Sum.\"\n\
         entry = \"int sum(int x)\"\n[sizes]\ncheck = [1]\ntime = 9\n"
    );
    std::fs::write(folder.join(MANIFEST), manifest).unwrap();
    std::fs::write(folder.join(ORIGINAL), "int sum(int x) { return x; }\n").unwrap();
    std::fs::write(
        folder.join(DRIVER),
        "struct Case { void call() { sum(1); } };\nLESSONL_PROBLEM(Case)\n",
    )
    .unwrap();
}

fn folder_with(change: impl Fn(&Path)) -> (tempfile::TempDir, Result<Problem, ProblemError>) {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "mine");
    change(folder.path());
    let loaded = load_folder(folder.path());
    (folder, loaded)
}

#[test]
fn a_folder_becomes_a_problem_with_its_texts_and_place() {
    let (folder, loaded) = folder_with(|_| ());
    let problem = loaded.unwrap();
    assert_eq!(problem.id.as_str(), "mine");
    assert_eq!(problem.path, folder.path());
    assert_eq!(problem.original, "int sum(int x) { return x; }\n");
    assert_eq!(problem.version.len(), 64);
}

#[test]
fn the_version_follows_every_text_but_not_the_place() {
    let version = |change: fn(&Path)| folder_with(change).1.unwrap().version;
    let plain = version(|_| ());
    assert_eq!(plain, version(|_| ()));
    assert_ne!(
        plain,
        version(|f| std::fs::write(f.join(ORIGINAL), "int sum(int);").unwrap())
    );
    assert_ne!(
        plain,
        version(|f| std::fs::write(f.join(DRIVER), "sum LESSONL_PROBLEM").unwrap())
    );
    assert_ne!(
        plain,
        version(|f| {
            let text = std::fs::read_to_string(f.join(MANIFEST)).unwrap();
            std::fs::write(f.join(MANIFEST), text + "time_omp = 10\n").unwrap();
        })
    );
}

#[test]
fn broken_files_are_named_with_what_to_do() {
    let what = |change: fn(&Path)| {
        let (folder, loaded) = folder_with(change);
        let error = loaded.unwrap_err();
        assert!(!error.hint.is_empty());
        let file = Path::new(&error.file).strip_prefix(folder.path()).unwrap();
        format!("{}: {}", file.display(), error.what)
    };
    assert_eq!(
        what(|f| std::fs::remove_file(f.join(DRIVER)).unwrap()),
        "driver.cpp: is missing"
    );
    assert_eq!(
        what(|f| std::fs::remove_file(f.join(MANIFEST)).unwrap()),
        "problem.toml: is missing"
    );
    assert_eq!(
        what(|f| std::fs::write(f.join(ORIGINAL), b"sum \xff").unwrap()),
        "original.cpp: is not UTF-8 (byte 4)"
    );
    assert_eq!(
        what(|f| std::fs::write(f.join(ORIGINAL), " ".repeat((1 << 20) + 1)).unwrap()),
        "original.cpp: is larger than 1 MiB"
    );
    assert_eq!(
        what(|f| {
            std::fs::remove_file(f.join(DRIVER)).unwrap();
            std::fs::create_dir(f.join(DRIVER)).unwrap();
        }),
        "driver.cpp: is not a file"
    );
    assert_eq!(
        what(|f| std::fs::write(f.join(ORIGINAL), "int summe(int);").unwrap()),
        "original.cpp: does not define `sum`"
    );
    assert_eq!(
        what(|f| std::fs::write(f.join(DRIVER), "sum").unwrap()),
        "driver.cpp: does not use `LESSONL_PROBLEM`"
    );
}

#[test]
fn a_broken_problem_does_not_hide_the_others() {
    let root = tempfile::tempdir().unwrap();
    write(&root.path().join("s/a"), "s/a");
    write(&root.path().join("s/b"), "s/other");
    write(&root.path().join("s/c d"), "s/cd");
    write(&root.path().join("s/.hidden"), "s/hidden");
    write(&root.path().join("s/x/y"), "s/x/y");
    let catalogue = Catalogue::load(&[root.path().to_owned()]);
    let ids: Vec<_> = catalogue.problems.iter().map(|p| p.id.as_str()).collect();
    assert_eq!(ids, ["s/a", "s/x/y"]);
    let errors: Vec<_> = catalogue.errors.iter().map(|e| e.what.as_str()).collect();
    assert_eq!(
        errors,
        [
            "`id` is s/other, but the folder is s/b",
            "the folder's path is no problem id"
        ]
    );
    assert!(catalogue.errors[0].file.ends_with("problem.toml:1"));
    assert_eq!(
        catalogue.errors[0].hint,
        "write id = \"s/b\" or move the folder"
    );
}

#[test]
fn an_id_that_two_roots_have_is_the_firsts_and_both_folders_are_named() {
    let roots = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let paths: Vec<PathBuf> = roots.iter().map(|r| r.path().to_owned()).collect();
    for path in &paths {
        write(&path.join("s/a"), "s/a");
    }
    let catalogue = Catalogue::load(&paths);
    assert_eq!(catalogue.problems.len(), 1);
    assert_eq!(catalogue.problems[0].path, paths[0].join("s/a"));
    let text = catalogue.errors[0].to_string();
    for path in &paths {
        assert!(
            text.contains(&path.join("s/a").display().to_string()),
            "{text}"
        );
    }
}

#[test]
fn a_root_that_is_not_there_is_an_error_and_no_more() {
    let catalogue = Catalogue::load(&[PathBuf::from("/nonexistent/benchmarks")]);
    assert!(catalogue.problems.is_empty());
    assert_eq!(catalogue.errors[0].file, "/nonexistent/benchmarks");
}

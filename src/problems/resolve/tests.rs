//! Claims about what a target names.

use super::*;
use crate::load::tests::write;

/// A catalogue of five problems, one of them broken, and the folder they are in.
fn catalogue() -> (tempfile::TempDir, Catalogue) {
    let root = tempfile::tempdir().unwrap();
    for id in ["s/fft/dft", "s/fft/fft", "s/fftx/one", "t/gemm"] {
        write(&root.path().join(id), id);
    }
    write(&root.path().join("t/broken"), "t/wrong");
    let catalogue = Catalogue::load(&[root.path().to_owned()]);
    (root, catalogue)
}

fn ids(found: Result<Vec<Arc<Problem>>, ProblemError>) -> Vec<String> {
    found.unwrap().iter().map(|p| p.id.to_string()).collect()
}

#[test]
fn ids_suites_categories_and_globs_name_problems() {
    let (_root, catalogue) = catalogue();
    for (target, expected) in [
        ("s/fft/dft", &["s/fft/dft"][..]),
        ("s", &["s/fft/dft", "s/fft/fft", "s/fftx/one"]),
        ("s/", &["s/fft/dft", "s/fft/fft", "s/fftx/one"]),
        ("s/fft", &["s/fft/dft", "s/fft/fft"]),
        ("s/*", &["s/fft/dft", "s/fft/fft", "s/fftx/one"]),
        ("*/gemm", &["t/gemm"]),
        ("*fft", &["s/fft/fft"]),
        ("{t,s/fft}/*", &["s/fft/dft", "s/fft/fft", "t/gemm"]),
    ] {
        assert_eq!(ids(catalogue.resolve(target)), expected, "{target}");
    }
}

#[test]
fn a_folder_names_its_problem() {
    let (root, catalogue) = catalogue();
    let known = root.path().join("t/gemm");
    assert_eq!(ids(catalogue.resolve(known.to_str().unwrap())), ["t/gemm"]);
    let own = tempfile::tempdir().unwrap();
    write(own.path(), "mine");
    let slashed = format!("{}/", own.path().display());
    assert_eq!(ids(catalogue.resolve(&slashed)), ["mine"]);
}

#[test]
fn a_folder_with_a_known_id_is_that_problem_only_if_nothing_differs() {
    let (_root, catalogue) = catalogue();
    let copy = tempfile::tempdir().unwrap();
    write(copy.path(), "t/gemm");
    let target = copy.path().to_str().unwrap();
    assert_eq!(
        catalogue.resolve(target).unwrap()[0].path,
        catalogue.resolve("t/gemm").unwrap()[0].path
    );
    std::fs::write(copy.path().join("original.cpp"), "int sum(int);").unwrap();
    let error = catalogue.resolve(target).unwrap_err();
    assert!(
        error.what.starts_with("the id t/gemm is already that of"),
        "{error}"
    );
}

#[test]
fn an_unknown_target_is_answered_with_the_nearest() {
    let (_root, catalogue) = catalogue();
    let error = catalogue.resolve("gem").unwrap_err();
    assert_eq!(error.to_string(), "`gem`: no problem of that name");
    assert_eq!(
        error.hint,
        "did you mean t/gemm? See all with: lessonl problems"
    );
    let error = catalogue.resolve("nothing/like/any\u{1b}c").unwrap_err();
    assert!(!error.file.contains('\u{1b}'));
    assert_eq!(error.hint, "see all with: lessonl problems");
    assert!(catalogue.resolve("").is_err());
    assert!(catalogue.resolve("/").is_err());
}

#[test]
fn a_broken_problem_says_what_is_wrong_with_it() {
    let (_root, catalogue) = catalogue();
    let error = catalogue.resolve("t/broken").unwrap_err();
    assert_eq!(error.what, "`id` is t/wrong, but the folder is t/broken");
}

#[test]
fn folders_without_a_problem_and_bad_patterns_say_so() {
    let (root, catalogue) = catalogue();
    let error = catalogue
        .resolve(root.path().to_str().unwrap())
        .unwrap_err();
    assert_eq!(error.what, "this folder has no problem.toml");
    let error = catalogue.resolve("./not/there").unwrap_err();
    assert_eq!(error.what, "there is no such folder");
    let error = catalogue.resolve("s/[a").unwrap_err();
    assert!(error.what.starts_with("is not a pattern"), "{error}");
}

//! Readers of files and lines that other people wrote, on random inputs. They must return, whatever they are given. The
//! readers of candidates, objects and answers are tried the same way beside their code.

use lessonl::domain::event::Envelope;
use lessonl::problems::{load_folder, load_headroom};

#[path = "../fuzz/mutator.rs"]
mod mutator;

#[test]
fn fuzz_problem_toml() {
    let words = &[
        "[sizes]\n",
        "[check]\n",
        "id = \"x/y\"\n",
        "entry = \"double f(int n)\"\n",
        "check = [",
        "time = ",
        "\"\"\"",
        "'''",
        "[[",
        "]]",
        "modes = [\"serial\"]\n",
        "kind = \"codegen\"\n",
        "kind = \"command\"\n",
        "{",
        "}",
        "a.",
        "1e999",
        "-1",
        "0x",
        "1979-05-27",
    ];
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("original.cpp"),
        "double sum(std::vector<double> const &x) { return x[0]; }\n",
    )
    .unwrap();
    std::fs::write(
        folder.path().join("driver.cpp"),
        "struct Case {};\nLESSONL_PROBLEM(Case)\n",
    )
    .unwrap();
    mutator::run("problem", words, move |input| {
        std::fs::write(folder.path().join("problem.toml"), input).unwrap();
        let _ = load_folder(folder.path());
        let _ = load_headroom(folder.path());
    });
}

#[test]
fn fuzz_lines_of_facts() {
    let words = &[
        "{\"",
        "\":",
        "[",
        "]",
        "}",
        "null",
        "1e999",
        "-0",
        "\"\\ud800\"",
        "\"kind\":",
        "\"fact\":",
        "true",
        "18446744073709551616",
    ];
    mutator::run("fact", words, |input| {
        let text = String::from_utf8_lossy(input);
        for line in text.lines() {
            if let Ok(envelope) = serde_json::from_str::<Envelope>(line) {
                // What was read can be written, and reads the same.
                let again = serde_json::to_string(&envelope).unwrap();
                assert_eq!(serde_json::from_str::<Envelope>(&again).unwrap(), envelope);
            }
        }
    });
}

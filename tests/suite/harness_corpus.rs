//! Claims about the corpus that ships: every exploit gains nothing, no honest control is refused, the rest is counted.
#![allow(clippy::unwrap_used, clippy::panic)] // a test's own helpers may fail loudly

use std::process::Command;

use serde_json::Value;

#[test]
fn the_self_test_finds_no_exploit_that_pays_and_refuses_no_honest_code() {
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_lessonl"))
        .args(["doctor", "--self-test", "--quick", "--json", "--data-dir"])
        .arg(folder.path())
        .env("XDG_CACHE_HOME", super::cli::CACHE)
        .output()
        .unwrap();
    let document: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)));
    let tests = document["tests"].as_array().unwrap();
    assert_eq!(tests.len(), 7);
    for test in &tests[..3] {
        assert_eq!(test["failures"], Value::Array(Vec::new()), "{test}");
    }
    assert_eq!(
        (&tests[0]["runs"], &tests[1]["runs"]),
        (&Value::from(HONEST), &Value::from(HOSTILE))
    );
    // Counts, not times: every identical pair was measured.
    assert!(
        !tests[3]["failures"].to_string().contains("outcome"),
        "{}",
        tests[3]
    );
    // Every number of a system call from two places, the dangerous ones from all six.
    assert!(tests[2]["runs"].as_u64() > Some(900), "{}", tests[2]);
}

/// Files of the corpus: one that is lost is not noticed otherwise.
const HONEST: usize = 29;
const HOSTILE: usize = 181;

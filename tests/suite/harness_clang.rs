//! Claims about clang as the compiler. Skipped where there is none.
#![allow(clippy::unwrap_used, clippy::panic)] // a test's own helpers may fail loudly

use lessonl::domain::problem::Mode;
use lessonl::harness::{Cancel, Harness, HarnessSettings};

use super::harness::{SUM, SUM_DRIVER, SUM_FAST, SUM_ORIGINAL, problem};

/// A harness on clang; `None` where it is not installed.
fn clang() -> Option<Harness> {
    let opened = Harness::open(HarnessSettings {
        compiler: Some("clang++".to_owned()),
        runner: Some(env!("CARGO_BIN_EXE_lessonl").into()),
        cache: Some(concat!(env!("CARGO_TARGET_TMPDIR"), "/clang").into()),
        ..HarnessSettings::default()
    });
    let able = opened.ok().filter(|harness| harness.compiles().is_ok());
    if able.is_none() {
        println!("skipped: there is no clang++");
    }
    able
}

#[test]
fn clang_measures_refuses_and_explains_as_gcc_does() {
    let Some(harness) = clang() else {
        return;
    };
    let sum = problem(SUM, SUM_ORIGINAL, SUM_DRIVER, 20_000);
    let prepared = harness
        .prepare(sum.clone(), Mode::Serial, &Cancel::default(), &|_| ())
        .unwrap();
    let of = |source: &str| {
        harness
            .confirm(&prepared, source, 1, &Cancel::default(), &|_| ())
            .evaluation
    };
    assert_eq!(of(SUM_FAST).verdict().map(|v| v.word()), Some("faster"));
    let wrong = SUM_FAST.replace("total += v", "total += v + 1");
    assert_eq!(of(&wrong).outcome().word(), "wrong_answer");
    let broken = SUM_FAST.replace("total += v;", "total += w;");
    assert_eq!(of(&broken).outcome().word(), "not_compiled");
    let hostile = format!("#include <unistd.h>\n{SUM} {{ fork(); return 0; }}\n");
    assert_eq!(of(&hostile).outcome().word(), "rejected");
    let parallel = harness.prepare(sum, Mode::Omp, &Cancel::default(), &|_| ());
    assert!(parallel.unwrap_err().to_string().contains("clang"));
}

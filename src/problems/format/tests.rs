//! Claims about reading `problem.toml`.

use super::*;

const WHOLE: &str = r#"id = "mine/sum"
title = "Sum"
category = "reduce"
description = """
Return the sum.
"""
entry = "double sum(std::vector<double> const& x)"
modes = ["serial"]

[sizes]
check = [0, 1, 7]
hidden = [5]
time = 1000
time_omp = 2000

[check]
tolerance = "exact"
values = ["exact", "wide", "exact"]
exact_bits = 12

[work]
bytes = "8*n"
flops = 1000

[headroom]
note = "limited by memory"
"#;

fn read(text: &str) -> Result<Manifest, ProblemError> {
    parse(&"p/problem.toml", text)
}

/// The error of the whole text with one piece replaced.
fn error(from: &str, to: &str) -> ProblemError {
    assert!(WHOLE.contains(from), "{from}");
    read(&WHOLE.replace(from, to)).unwrap_err()
}

#[test]
fn everything_written_is_read() {
    assert_eq!(
        read(WHOLE).unwrap(),
        Manifest {
            upstream: Default::default(),
            id: ProblemId::new("mine/sum").unwrap(),
            id_line: 1,
            title: "Sum".into(),
            category: "reduce".into(),
            description: "Return the sum.".into(),
            entry: "double sum(std::vector<double> const& x)".into(),
            modes: vec![Mode::Serial],
            standard: Standard::Cpp17,
            source: None,
            sizes: Sizes {
                check: vec![0, 1, 7],
                hidden: vec![5],
                time: 1000,
                time_omp: 2000,
            },
            check: CheckRules {
                tolerance: Tolerance::Exact,
                values: vec![Values::Any, Values::Exact, Values::Wide],
                exact_bits: 12,
            },
            work: serde_json::from_str(r#"{"bytes": "8*n", "flops": 1000}"#).unwrap(),
            headroom_note: Some("limited by memory".into()),
        }
    );
}

#[test]
fn where_a_function_was_taken_from_is_read_and_checked() {
    let source = "[source]\nfile = \"/p/a.cpp\"\nfunction = \"g::f\"\nfirst_line = 3\nlast_line = 9\nsha256 = \"ab\"\nform = \"member\"\ninstantiate = [\"T=int\"]\nflags = [\"-DX\"]\n";
    let text = WHOLE.replace("id = ", "standard = \"c++20\"\nid = ");
    let manifest = read(&format!("{text}\n{source}")).unwrap();
    assert_eq!(manifest.standard, Standard::Cpp20);
    assert_eq!(
        manifest.source,
        Some(TakenFrom {
            file: "/p/a.cpp".into(),
            function: "g::f".to_owned(),
            first_line: 3,
            last_line: 9,
            sha256: "ab".to_owned(),
            form: crate::TakenForm::Member,
            instantiate: vec!["T=int".to_owned()],
            signature: None,
            flags: vec!["-DX".to_owned()],
            region: String::new(),
        })
    );
    let error = read(&format!("{WHOLE}\n[source]\nfile = \"a\"\n")).unwrap_err();
    assert!(error.what.contains("missing field"), "{error}");
}

#[test]
fn what_is_left_out_has_sensible_defaults() {
    let start = WHOLE.find("[check]").unwrap();
    let short = WHOLE[..start]
        .replace("modes = [\"serial\"]\n", "")
        .replace("hidden = [5]\n", "")
        .replace("time_omp = 2000\n", "");
    let manifest = read(&short).unwrap();
    assert_eq!(manifest.modes, [Mode::Serial, Mode::Omp]);
    assert_eq!(
        (manifest.sizes.time_omp, manifest.sizes.hidden),
        (1000, vec![])
    );
    assert_eq!(
        manifest.check,
        CheckRules {
            tolerance: Tolerance::Relative(1e-9),
            values: vec![
                Values::Any,
                Values::Zeros,
                Values::Equal,
                Values::Sorted,
                Values::Reversed
            ],
            exact_bits: 20,
        }
    );
}

#[test]
fn a_relative_tolerance_is_a_small_table() {
    let relative = WHOLE.replace("\"exact\"\nvalues", "{ relative = 1e-6 }\nvalues");
    assert_eq!(
        read(&relative).unwrap().check.tolerance,
        Tolerance::Relative(1e-6)
    );
}

#[test]
fn errors_name_the_file_the_line_the_key_and_the_remedy() {
    let cases = [
        (
            "id = \"mine/sum\"",
            "id = \"../sum\"",
            1,
            "`id` is not a problem id",
        ),
        (
            "\"Sum\"",
            "\"\"",
            2,
            "`title` is not one line of 1 to 120 characters",
        ),
        (
            "\"reduce\"",
            "\"a\\nb\"",
            3,
            "`category` is not one line of 1 to 120 characters",
        ),
        ("Return the sum.", "", 4, "`description` is empty"),
        ("[\"serial\"]", "[]", 8, "`modes` is empty"),
        ("[0, 1, 7]", "[]", 11, "`sizes.check` is empty"),
        ("time = 1000", "time = 0", 13, "`sizes.time` is 0"),
        (
            "time_omp = 2000",
            "time_omp = 0",
            14,
            "`sizes.time_omp` is 0",
        ),
        (
            "\"exact\"\nvalues",
            "{ relative = 0.0 }\nvalues",
            17,
            "`check.tolerance` is not between 0 and 1",
        ),
        (
            "\"exact\"\nvalues",
            "{ relative = nan }\nvalues",
            17,
            "`check.tolerance` is not between 0 and 1",
        ),
        (
            "exact_bits = 12",
            "exact_bits = 53",
            19,
            "`check.exact_bits` is not from 1 to 52",
        ),
    ];
    for (from, to, line, what) in cases {
        let error = error(from, to);
        assert_eq!(
            (error.file, error.what.as_str()),
            (format!("p/problem.toml:{line}"), what)
        );
        assert!(!error.hint.is_empty());
    }
}

#[test]
fn unknown_missing_and_mistyped_keys_are_told_apart() {
    let unknown = error("exact_bits", "exact_bit");
    assert_eq!(unknown.file, "p/problem.toml:19");
    assert!(
        unknown.what.starts_with("unknown field `exact_bit`"),
        "{}",
        unknown.what
    );
    let missing = error("time = 1000\n", "");
    assert_eq!(missing.what, "missing field `time`");
    assert!(missing.hint.contains("[sizes]"), "{}", missing.hint);
    let mistyped = error("[5]", "[-5]");
    assert_eq!(mistyped.file, "p/problem.toml:12");
    let mode = error("\"serial\"", "\"cuda\"");
    assert!(
        mode.what.contains("`cuda`") && mode.what.contains("`omp`"),
        "{}",
        mode.what
    );
    assert_eq!(error("id = ", "id = = ").file, "p/problem.toml:1");
}

#[test]
fn an_entry_is_one_signature() {
    let good = "double sum(std::vector<double> const& x)";
    for (bad, what) in [
        ("sum", "has no parameter list"),
        ("(int x)", "has no function name before its first ("),
        ("sum(int x)", "has no return type before the function name"),
        ("int 2sum(int x)", "has no function name before its first ("),
        ("int sum(int x", "does not close its parameter list"),
        ("int sum(int x) {}", "is more than a signature"),
        ("int sum(int x);", "is more than a signature"),
        ("int sum(int x) const", "goes on after its parameter list"),
        ("int sum)(", "has no function name before its first ("),
    ] {
        assert_eq!(error(good, bad).what, format!("`entry` {what}"), "{bad}");
    }
    for fine in [
        "int f()",
        "std::pair<int, int> g(int (*h)(int))",
        "int *f(int x)",
    ] {
        assert_eq!(read(&WHOLE.replace(good, fine)).unwrap().entry, fine);
    }
}

#[test]
fn a_flood_of_sizes_is_refused() {
    let many = format!("{:?}", vec![1; 65]);
    assert_eq!(
        error("[5]", &many).what,
        "`sizes.hidden` has more than 64 sizes"
    );
}

#[test]
fn a_description_cannot_steer_a_terminal_or_flood_a_prompt() {
    let escape = error("Return the sum.", "\\u001b[2J");
    assert_eq!(escape.what, "`description` has control characters");
    let flood = error("Return the sum.", &"x".repeat(20_000));
    assert_eq!(flood.what, "`description` is longer than 16 KiB");
}

#[test]
fn deep_nesting_is_an_error_and_no_more() {
    for open in ["[", "{a="] {
        assert!(read(&format!("id = {}", open.repeat(100_000))).is_err());
    }
}

proptest::proptest! {
    #[test]
    fn no_text_makes_it_panic(text in ".{0,400}", at in 0usize..WHOLE.len(), cut in 0usize..40) {
        let _ = read(&text);
        let end = (at + cut).min(WHOLE.len());
        let _ = read(&format!("{}{}{}", &WHOLE[..at], text, &WHOLE[end..]));
    }
}

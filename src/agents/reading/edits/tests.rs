//! Claims about edits: what is tolerated, what is refused, and that no text at all makes them panic or reach outside.

use proptest::prelude::*;

use super::*;
use crate::agents::reading::fences;
use crate::domain::project::{document, parts};

const CODE: &str = "fn f(x: u8) -> u8 {\n    let a = x;\n    let b = a;\n    b\n}\n";

fn applied(text: &str) -> Result<String, String> {
    apply(CODE, &edits(text), &["src/a.rs"])
}

#[test]
fn search_and_replace_finds_its_lines_despite_white_space_and_margin() {
    let block = |old: &str, new: &str| {
        format!("Idea.\n```rust\n<<<<<<< SEARCH\n{old}=======\n{new}>>>>>>> REPLACE\n```\n")
    };
    let wanted = CODE.replace("    let b = a;\n    b\n", "    a + 1\n");
    for old in ["    let b = a;\n    b\n", "    let b = a;  \n    b\n"] {
        assert_eq!(applied(&block(old, "    a + 1\n")).unwrap(), wanted);
    }
    assert_eq!(
        applied(&block("let b = a;\nb\n", "a + 1\n")).unwrap(),
        wanted
    );
    let error = applied(&block("let c = a;\n", "x\n")).unwrap_err();
    assert!(
        error.contains("edit 1 of 1") && error.contains("let c = a;"),
        "{error}"
    );
    let error = apply("a\nb\na\n", &edits(&block("a\n", "c\n")), &[]).unwrap_err();
    assert!(error.contains("2 places"), "{error}");
}

#[test]
fn a_diff_applies_with_wrong_numbers_and_wrong_surroundings() {
    let diff = "```diff\n--- a/src/a.rs\n+++ b/src/a.rs\n@@ -40,4 +40,3 @@\n fn g(x: u8) -> u8 {\n     let a = x;\n-    let b = a;\n-    b\n+    a + 1\n }\n```\n";
    let wanted = CODE.replace("    let b = a;\n    b\n", "    a + 1\n");
    assert_eq!(applied(diff).unwrap(), wanted);
    let other = diff.replace("src/a.rs", "src/secret.rs");
    assert!(applied(&other).unwrap_err().contains("src/secret.rs"));
    let twice = "x\ny\nx\ny\n";
    let second = edits("@@ -3,2 +3,2 @@\n x\n-y\n+z\n");
    assert_eq!(apply(twice, &second, &[]).unwrap(), "x\ny\nx\nz\n");
}

#[test]
fn a_whole_region_takes_the_margin_of_its_place() {
    let given = fences::parts("Here:\n```python\ndef f(self):\n    return 2\n```\n");
    let region = "    def f(self):\n        return 1\n";
    assert_eq!(
        whole(&given, region, &["f"], "f").unwrap(),
        "    def f(self):\n        return 2\n"
    );
    let fragment = fences::parts("Use\n```\nreturn 2\n```\n");
    assert_eq!(whole(&fragment, &"x = 1\n".repeat(9), &["f"], "f"), None);
}

#[test]
fn of_several_regions_only_those_given_change() {
    let both = document(&[
        ("f".to_owned(), "A\n".to_owned()),
        ("g".to_owned(), "B\n".to_owned()),
    ]);
    let given = fences::parts("```rust\n//// region: g\nC\n```\n");
    let text = whole(&given, &both, &["f", "g"], "f").unwrap();
    assert_eq!(parts(&text, &["f", "g"]).unwrap(), ["A\n", "C\n"]);
    let heading = edits("<<<<<<< SEARCH\n//// region: g\nB\n=======\nB\n>>>>>>> REPLACE\n");
    assert!(
        apply(&both, &heading, &[])
            .unwrap_err()
            .contains("names a region")
    );
}

fn noise() -> impl Strategy<Value = String> {
    let line = prop_oneof![
        Just("<<<<<<< SEARCH".to_owned()),
        Just("=======".to_owned()),
        Just(">>>>>>> REPLACE".to_owned()),
        Just("@@ -1,3 +1,3 @@".to_owned()),
        Just("+++ b/src/a.rs".to_owned()),
        Just("```".to_owned()),
        Just("//// region: f".to_owned()),
        Just("//// region: g".to_owned()),
        Just("-    let a = x;".to_owned()),
        Just("+    let a = y;".to_owned()),
        Just(" fn f(x: u8) -> u8 {".to_owned()),
        Just("    b".to_owned()),
        "[ -~é\t]{0,12}",
    ];
    prop::collection::vec(line, 0..24).prop_map(|lines| lines.join("\n"))
}

proptest! {
    #[test]
    fn no_answer_panics_or_touches_anything_but_the_regions(text in noise()) {
        let names = ["f", "g"];
        let both = document(&[("f".to_owned(), CODE.to_owned()), ("g".to_owned(), "b\n".to_owned())]);
        if let Ok(after) = apply(&both, &edits(&text), &["src/a.rs"]) {
            prop_assert!(parts(&after, &names).is_ok(), "{after}");
        }
        if let Some(after) = whole(&fences::parts(&text), &both, &names, "f") {
            prop_assert!(parts(&after, &names).is_ok(), "{after}");
        }
        let _ = whole(&fences::parts(&text), CODE, &["f"], "f");
    }

    #[test]
    fn the_difference_of_two_texts_as_a_diff_gives_the_second(old in noise(), new in noise()) {
        let plain = |text: &str| text.replace(HEADING, "");
        let (old, new) = (plain(&old) + "\nlast", plain(&new) + "\nlast");
        let diff = similar::TextDiff::from_lines(old.as_str(), new.as_str());
        let text: String = diff
            .iter_all_changes()
            .map(|change| format!("{}{}\n", change.tag(), change.value().trim_end_matches('\n')))
            .collect();
        let edits = hunks(&format!("@@ -1 +1 @@\n{text}"));
        // Lines that look like the marks of a diff or a block end are the diff's own.
        let marked = |text: &str| text.lines().any(|l| hunk_head(l).is_some() || l.starts_with("++ ") || l.starts_with("+++ ") || l.starts_with("-- a/"));
        if !marked(&old) && !marked(&new) && edits.len() == 1 && old != new {
            prop_assert_eq!(apply(&old, &edits, &[]), Ok(new));
        }
    }
}

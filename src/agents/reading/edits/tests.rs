//! Claims about edits: what is tolerated, what is refused, and that no text at all makes them panic or reach outside.

use proptest::prelude::*;

use super::*;
use crate::domain::project::{HEADING, document, parts};
use crate::source::lexis::Style;
use crate::source::syntax::Tongue;

const CODE: &str = "fn f(x: u8) -> u8 {\n    let a = x;\n    let b = a;\n    b\n}\n";

fn after(document: &str, text: &str, files: &[&str]) -> Result<String, String> {
    let target = Target {
        document,
        files,
        tongue: Tongue::Rust,
        style: Some(Style::Rust),
    };
    match apply(&target, &edits(text)) {
        Ok(applied) => Ok(applied.text),
        Err(Misfit::NoChange) => Err("no change".to_owned()),
        Err(Misfit::DoesNotApply(why)) => Err(why),
    }
}

fn applied(text: &str) -> Result<String, String> {
    after(CODE, text, &["src/a.rs"])
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
    let error = after("a\nb\na\n", &block("a\n", "c\n"), &[]).unwrap_err();
    assert!(error.contains("2 places"), "{error}");
}

#[test]
fn a_diff_applies_with_wrong_numbers_and_wrong_surroundings() {
    let diff = "```diff\n--- a/src/a.rs\n+++ b/src/a.rs\n@@ -40,4 +40,3 @@\n fn g(x: u8) -> u8 {\n     let a = x;\n-    let b = a;\n-    b\n+    a + 1\n }\n```\n";
    let wanted = CODE.replace("    let b = a;\n    b\n", "    a + 1\n");
    assert_eq!(applied(diff).unwrap(), wanted);
    let other = diff.replace("src/a.rs", "src/secret.rs");
    assert_eq!(applied(&other).unwrap(), wanted, "there is one file only");
    let error = after(CODE, &other, &["src/a.rs", "src/b.rs"]).unwrap_err();
    assert!(error.contains("src/secret.rs"), "{error}");
    let twice = "x\ny\nx\ny\n";
    let second = "@@ -3,2 +3,2 @@\n x\n-y\n+z\n";
    assert_eq!(after(twice, second, &[]).unwrap(), "x\ny\nx\nz\n");
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
        if let Ok(text) = after(&both, &text, &["src/a.rs"]) {
            prop_assert!(parts(&text, &names).is_ok(), "{text}");
        }
        let _ = after(CODE, &text, &["src/a.rs"]);
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
        let text = format!("@@ -1 +1 @@\n{text}");
        let edits = edits(&text);
        // Lines that look like the marks of a diff or a block end are the diff's own.
        let marked = |text: &str| text.lines().any(|l| hunks::is_head(l) || l.starts_with("++ ") || l.starts_with("+++ ") || l.starts_with("-- ") || l.starts_with("*** ") || l.trim() == "...");
        if !marked(&old) && !marked(&new) && edits.len() == 1 && old != new {
            prop_assert_eq!(after(&old, &text, &[]), Ok(new));
        }
    }
}

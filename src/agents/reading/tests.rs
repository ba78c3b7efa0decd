//! Claims about reading answers as models really write them.

use proptest::prelude::*;

use super::*;

const F: &str = "void f(int *x) {\n  x[0] = 1;\n}\n";

fn rewrite(raw: &str, entry: &str) -> Reading {
    function(raw, "", entry)
}

/// The code and what is odd, without which block was taken and why the others were not.
fn code(raw: &str) -> (Option<String>, Vec<Defect>) {
    let mut reading = rewrite(raw, "f");
    let accounts = |defect: &Defect| matches!(defect, Defect::Took { .. } | Defect::Unused(_));
    reading.defects.retain(|defect| !accounts(defect));
    (reading.code, reading.defects)
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

#[test]
fn one_fence_gives_its_code_and_the_words_around_it() {
    for tag in ["cpp", "c++", "C++", "c", "", "cpp title=\"a\"", "{.cpp}"] {
        let reading = rewrite(&format!("I unrolled it.\n```{tag}\n{F}```\nDone.\n"), "f");
        assert_eq!(reading.code, some(F), "{tag}");
        assert_eq!(reading.prose, "I unrolled it.\nDone.");
        assert_eq!(reading.defects, []);
    }
}

#[test]
fn of_several_fences_the_last_that_defines_the_entry_is_taken() {
    let raw = format!(
        "Before:\n```cpp\nvoid f(int *x) {{}}\n```\nAfter:\n```cpp\n{F}```\nUse it:\n```cpp\nint main() {{\n  int a[9]; f(a);\n  // f(int) {{\n}}\n```\n```bash\ng++ -O3 a.cpp; ./a.out {{}}\n```\n"
    );
    assert_eq!(code(&raw), (some(F), vec![]));
}

#[test]
fn every_block_is_taken_or_named() {
    let raw = format!(
        "```cpp\n{F}```\nTry it:\n```bash\n./a.out\n```\nThe time:\n```text\n9 ms\n```\n```cpp\nf(a);\n```\n"
    );
    let words: Vec<String> = rewrite(&raw, "f")
        .defects
        .iter()
        .map(|defect| defect.words().into_owned())
        .collect();
    assert_eq!(
        words,
        [
            "block 1 of 4 taken",
            "not used: block 2 (bash, 1 line): commands for a shell",
            "not used: block 3 (text, 1 line): no code",
            "not used: block 4 (cpp, 1 line): it does not define `f`",
        ]
    );
}

#[test]
fn where_no_fence_defines_the_entry_the_largest_of_code_is_taken() {
    let raw = "```cpp\nint a;\n```\n```cpp\nvoid g() {\n  h();\n}\n```\n```text\nlong; words {\n} and more of them, more than code has\n```";
    assert_eq!(code(raw), (some("void g() {\n  h();\n}\n"), vec![]));
}

#[test]
fn a_closed_definition_is_preferred_to_an_unfinished_one() {
    let raw = format!("```cpp\n{F}```\nBetter:\n```cpp\nvoid f(int *x) {{\n  x[0");
    assert_eq!(code(&raw), (some(F), vec![]));
}

#[test]
fn an_unclosed_fence_gives_what_is_there() {
    let raw = format!("```cpp\n{F}");
    assert_eq!(code(&raw), (some(F), vec![Defect::UnclosedFence]));
}

#[test]
fn a_block_whose_closing_was_forgotten_ends_where_the_next_begins() {
    let raw = format!("```cpp\nint a;\n```cpp\n{F}```\nDone.");
    assert_eq!(code(&raw), (some(F), vec![]));
}

#[test]
fn a_fence_within_a_fence_is_found() {
    let raw = format!("```markdown\nHere:\n```cpp\n{F}```\n```\n");
    assert_eq!(code(&raw).0, some(F));
    let longer = format!("````cpp\n// ```\n{F}````\n");
    assert_eq!(code(&longer), (some(&format!("// ```\n{F}")), vec![]));
}

#[test]
fn fences_glued_to_words_or_code_are_understood() {
    assert_eq!(
        code("Here it is: ```cpp\nvoid f() {}\n```").0,
        some("void f() {}\n")
    );
    assert_eq!(code("```cpp\nvoid f() {\n}```").0, some("void f() {\n}\n"));
    assert_eq!(code("```cpp void f() {} ```").0, some("void f() {}\n"));
    assert_eq!(code("~~~\nvoid f() {}\n~~~").0, some("void f() {}\n"));
}

#[test]
fn bare_code_is_taken_without_the_words_around_it() {
    let raw = format!("Sure, this is faster.\n\n#include <vector>\n{F}\nIt writes once.");
    let reading = rewrite(&raw, "f");
    assert_eq!(reading.code, some(&format!("#include <vector>\n{F}")));
    assert_eq!(reading.defects, [Defect::NoFence]);
    assert_eq!(
        reading.prose,
        "Sure, this is faster.\n\nIt writes once.".replace("\n\n", "\n")
    );
    assert_eq!(code(F), (some(F), vec![Defect::NoFence]));
    let split = "static inline double\nf(\n  double x)\n{\n  return x;\n}\n";
    assert_eq!(code(split), (some(split), vec![Defect::NoFence]));
}

#[test]
fn prose_only_has_no_code() {
    let reading = rewrite(
        "I would use `f(x)` and a {smaller} loop; it is faster.",
        "f",
    );
    assert_eq!(reading.code, None);
    assert_eq!(reading.defects, [Defect::NoCode]);
    assert!(reading.prose.starts_with("I would use"));
}

#[test]
fn an_extra_main_stays_with_the_code() {
    let whole = format!("{F}\nint main() {{ return 0; }}\n");
    assert_eq!(code(&format!("```cpp\n{whole}```")), (some(&whole), vec![]));
}

#[test]
fn reasoning_is_left_out_with_or_without_its_opening_tag() {
    let answer = format!("```cpp\n{F}```\n");
    for raw in [
        format!("<think>```cpp\nvoid f() {{ bad; }}\n```</think>\n{answer}"),
        format!("```cpp\nvoid f() {{ bad; }}\n```\n</think>\n{answer}"),
        format!("<think>a</think><thinking>b</thinking>{answer}"),
    ] {
        let reading = rewrite(&raw, "f");
        assert_eq!((reading.code, reading.defects), (some(F), vec![]), "{raw}");
        assert!(reading.reasoning > 0);
    }
    assert_eq!(code("<think>on and on").1, [Defect::OnlyReasoning]);
}

#[test]
fn line_ends_and_control_characters_are_mended() {
    assert_eq!(
        code("```cpp\r\nvoid f() {\r\n}\r\n```\r\n"),
        (some("void f() {\n}\n"), vec![])
    );
    let (found, defects) = code("```cpp\nvoid f() {\u{1b}[2J\u{0}\u{202e}}\n```\n");
    assert_eq!(found, some("void f() {[2J}\n"));
    assert_eq!(defects, [Defect::ControlCharacters]);
}

#[test]
fn a_huge_answer_is_bounded() {
    let reading = rewrite(&format!("```cpp\n{F}{}", "// é\n".repeat(100_000)), "f");
    assert!(reading.text.len() <= ANSWER_BYTES);
    assert_eq!(reading.defects, [Defect::TooLong, Defect::UnclosedFence]);
}

#[test]
fn nothing_is_empty_and_only_that() {
    for raw in ["", " \n\t"] {
        assert_eq!(code(raw), (None, vec![Defect::Empty]));
        assert_eq!(lesson(raw).defects, [Defect::Empty]);
    }
}

#[test]
fn definitions_are_told_from_calls_and_declarations() {
    for yes in [
        "void f(int a = g(1)) {}",
        "auto f(int a) noexcept -> int { return a; }",
        "void f(int x /* { */,\n int y)\n{ }",
        "template<class T> void f (T x) { }",
    ] {
        assert!(code::defines(yes, "f"), "{yes}");
    }
    for no in [
        "void f(int);",
        "int g() { return f(1); }",
        "if (f(1)) { }",
        "void off(int) {}",
        "// void f() {}",
        "auto s = \"void f() {}\";",
        "void f(",
    ] {
        assert!(!code::defines(no, "f"), "{no}");
    }
}

#[test]
fn a_lesson_is_its_first_two_sentences_without_trimmings() {
    let cases = [
        (
            "It was slow. It ran twice. More.",
            "It was slow. It ran twice.",
        ),
        (
            "Sure!\n\n**Lesson:** Hoist it out, e.g. with 1.5 as bound. Good.",
            "Hoist it out, e.g. with 1.5 as bound. Good.",
        ),
        (
            "Here is the lesson:\n- Use `reserve`.\n- Avoid maps.\n- C.",
            "Use `reserve`. Avoid maps.",
        ),
        ("1. First one\n", "First one"),
        ("\"Quoted whole.\"", "Quoted whole."),
        (
            "Lesson learned: keep rows.\n```cpp\nint a;\n```",
            "keep rows.",
        ),
        ("<think>hm</think>Done well.", "Done well."),
        ("# Lesson\nKeep rows.", "Keep rows."),
    ];
    for (raw, told) in cases {
        assert_eq!(lesson(raw).prose, told, "{raw}");
    }
    assert_eq!(lesson("```cpp\nint a;\n```").defects, [Defect::Empty]);
    assert!(lesson(&"long ".repeat(500)).prose.chars().count() <= 600);
}

#[test]
fn hostile_texts_take_no_longer_than_long_ones() {
    let long = ANSWER_BYTES;
    for raw in [
        "f(".repeat(long / 2),
        "f()".repeat(long / 3),
        "</think>".repeat(long / 8),
        "<think></think>".repeat(long / 15),
        "`".repeat(long / 2) + &"\n`".repeat(long / 4),
        "```a\n".repeat(long / 5),
        "e.g. ".repeat(long / 5),
        "'\\".repeat(long / 2),
    ] {
        assert!(rewrite(&raw, "f").text.len() <= long);
        assert!(lesson(&raw).prose.chars().count() <= 600);
    }
}

proptest! {
    #[test]
    fn any_text_is_read_without_panic_and_within_bounds(raw in "\\PC*|[`~<>a-z/{}();\\n\"'\\\\ .:#*-]{0,200}", name in "[a-zé]{0,3}") {
        let reading = rewrite(&raw, &name);
        prop_assert!(reading.text.len() <= raw.len());
        prop_assert!(reading.code.is_none_or(|code| code.len() <= raw.len() + 1));
        prop_assert!(reading.prose.len() <= raw.len() + 1);
        prop_assert!(lesson(&raw).prose.chars().count() <= 600);
    }

    #[test]
    fn a_fenced_definition_among_any_words_is_found(before in "[a-zA-Z .,\\n]{0,80}", after in "[a-zA-Z .,\\n]{0,80}") {
        let reading = rewrite(&format!("{before}\n```cpp\n{F}```\n{after}"), "f");
        prop_assert_eq!(reading.code.as_deref(), Some(F));
    }
}

//! The claim behind all others: whatever stands around a function in an answer, and whatever stands in it, it comes out
//! byte for byte.

use proptest::prelude::*;

use super::*;
use crate::domain::ask::Regions;

/// Lines that a reader could take for something else; within a comment or a string they are nothing.
fn decoys() -> impl Strategy<Value = Vec<&'static str>> {
    let line = prop::sample::select(vec![
        "```",
        "```python",
        "```cpp",
        "````",
        "~~~",
        "~~~text",
        "plain words",
        "<think>",
        "</think>",
        "[/THINK]",
        "<|channel|>final<|message|>",
        "@@ -1,2 +1,2 @@",
        "-minus",
        "+plus",
        "def f(x):",
        "void f(int* x) {",
        "//// other",
        "<answer>",
        "{\"code\": \"x\"}",
        "1. one",
        "> quoted",
        "",
    ]);
    prop::collection::vec(line, 0..6)
}

fn python_function() -> impl Strategy<Value = String> {
    let body = prop::collection::vec(
        prop::sample::select(vec![
            "    y = x",
            "    # ```cpp",
            "    # </think>",
            "    s = \"</think>```\"",
            "    if x:\n        y = 2",
            "    for a in x:\n        y += a",
            "",
            "    t = '<think>'",
            "    z = x @ y",
        ]),
        0..5,
    );
    (decoys(), body, 0..3usize, any::<bool>()).prop_map(|(doc, body, quoted, text)| {
        let margin = ["", "  ", "    "][quoted];
        let mut out = String::from("def f(x):\n    \"\"\"Words.\n");
        for line in doc.iter().filter(|line| !line.contains("\"\"\"")) {
            out += match line.is_empty() {
                true => "\n".to_owned(),
                false => format!("{margin}{line}\n"),
            }
            .as_str();
        }
        out += "    \"\"\"\n";
        for line in body {
            out += line;
            out += "\n";
        }
        if text {
            out += "    p = '''\n```\ncode\n```\n'''\n";
        }
        out + "    return x\n"
    })
}

fn cpp_function() -> impl Strategy<Value = String> {
    let body = prop::collection::vec(
        prop::sample::select(vec![
            "  x[0] = 1;",
            "  // ```cpp",
            "  // </think>",
            "  auto s = \"</think>```\";",
            "  if (x) {\n    x[1] = 2;\n  }",
            "",
            "  int n = 1'000;",
            "  char c = '\\'';",
            "  auto r = R\"(\n```\nraw\n```\n)\";",
            "  /*\n```python\n*/",
        ]),
        0..5,
    );
    (decoys(), body, any::<bool>()).prop_map(|(doc, body, stars)| {
        let mut out = String::from("#include <vector>\n/*\n");
        for line in doc {
            out += &match stars {
                true => format!(" * {line}\n"),
                false => format!("{line}\n"),
            };
        }
        out += "*/\nvoid f(int* x) {\n";
        for line in body {
            out += line;
            out += "\n";
        }
        out + "}\n"
    })
}

/// Words and blocks that are not the code.
fn noise() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "Some words about it.\n\n",
        "## A heading\n\n- one\n- two\n\n",
        "It calls `f(x)` and is `O(n)`.\n\n",
        "```bash\npython3 -c 'f(1)'\n```\n\n",
        "```text\nf: 1 ms\n```\n\n",
        "```\nf: O(n)\n```\n\n",
        "```json\n{\"speedup\": 2}\n```\n\n",
        "~~~console\n$ ./run\n~~~\n\n",
        "1. First, look at `</think>`.\n\n",
        "| a | b |\n|---|---|\n| 1 | 2 |\n\n",
    ]);
    prop::collection::vec(piece, 0..4).prop_map(|pieces| pieces.concat())
}

/// How the block is written down.
#[derive(Debug, Clone)]
struct Form {
    mark: char,
    length: usize,
    tagged: bool,
    indent: usize,
    ends: &'static str,
    thought: bool,
}

fn form() -> impl Strategy<Value = Form> {
    let ends = prop::sample::select(vec!["\n", "\r\n", "\r"]);
    let mark = prop::sample::select(vec!['`', '~']);
    (
        mark,
        3..6usize,
        any::<bool>(),
        0..4usize,
        ends,
        any::<bool>(),
    )
        .prop_map(|(mark, length, tagged, indent, ends, thought)| Form {
            mark,
            length,
            tagged,
            indent,
            ends,
            thought,
        })
}

fn answer(function: &str, tag: &str, form: &Form, before: &str, after: &str) -> String {
    let fence: String = std::iter::repeat_n(form.mark, form.length).collect();
    let tag = if form.tagged { tag } else { "" };
    let margin = " ".repeat(form.indent);
    let body: String = function
        .lines()
        .map(|line| match line.is_empty() {
            true => "\n".to_owned(),
            false => format!("{margin}{line}\n"),
        })
        .collect();
    let thought = if form.thought {
        "<think>\nThe `f` of x.\n</think>\n\n"
    } else {
        ""
    };
    format!("{thought}{before}{margin}{fence}{tag}\n{body}{margin}{fence}\n\n{after}")
        .replace('\n', form.ends)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn a_python_function_comes_out_byte_for_byte(
        f in python_function(), form in form(), before in noise(), after in noise(),
    ) {
        let raw = answer(&f, "python", &form, &before, &after);
        let about = Regions {
            language: "python".to_owned(),
            places: vec![("f".to_owned(), "a.py".to_owned())],
            context: String::new(),
        };
        let reading = regions(&raw, "def f(x):\n    return 0\n", &about, "f");
        prop_assert_eq!(reading.code.as_deref(), Some(f.as_str()), "{:?}", reading.defects);
        let reading = python(&raw, "f");
        prop_assert_eq!(reading.code.as_deref(), Some(f.as_str()), "{:?}", reading.defects);
    }

    #[test]
    fn a_cpp_function_comes_out_byte_for_byte(
        f in cpp_function(), form in form(), before in noise(), after in noise(),
    ) {
        let raw = answer(&f, "cpp", &form, &before, &after);
        let reading = function(&raw, "void f(int* x) { x[0] = 0; }\n", "f");
        prop_assert_eq!(reading.code.as_deref(), Some(f.as_str()), "{:?}", reading.defects);
    }

    #[test]
    fn what_does_not_come_out_is_said(
        f in python_function(), form in form(), before in noise(), cut in 0.0..1.0f64,
    ) {
        // A text that broke off anywhere.
        let raw = answer(&f, "python", &form, &before, "");
        let mut end = (raw.len() as f64 * cut) as usize;
        while !raw.is_char_boundary(end) {
            end -= 1;
        }
        let reading = python(&raw[..end], "f");
        prop_assert!(reading.code.as_deref() == Some(f.as_str()) || !reading.defects.is_empty());
    }
}

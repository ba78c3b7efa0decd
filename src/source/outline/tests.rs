//! Claims about outlines: what is found, what is missed in another version, and that depth costs no stack.

use super::*;

fn names(text: &str, tongue: Tongue) -> Vec<String> {
    let outline = Outline::of(text, tongue).unwrap();
    let kind = |item: &OutlineItem| format!("{:?} {}", item.kind, item.name);
    outline.items.iter().map(kind).collect()
}

#[test]
fn pieces_of_cpp_are_found() {
    let text = "#include <vector>\nusing namespace std;\n#define N 4\nstatic const int K = 3, L[2] = {};\n\
        int g(int);\nnamespace n { struct S { int a; int f() const { return a; } }; }\n\
        template <class T> T twice(T v) { return v + v; }\nextern \"C\" { void h() {} }\n\
        int* p() { return 0; }\nusing V = vector<int>;\ntypedef int W;\n";
    assert_eq!(
        names(text, Tongue::Cpp),
        [
            "Import #include<vector>",
            "Import usingnamespacestd",
            "Constant N",
            "Constant K",
            "Constant L",
            "Scope n",
            "Function twice",
            "Function p",
            "Constant V",
            "Constant W",
            "Function h",
            "Type n::S",
            "Constant n::S::a",
            "Function n::S::f",
        ]
    );
}

#[test]
fn pieces_of_rust_and_python_are_found() {
    let rust = "use std::fmt;\n#[derive(Debug)]\nstruct S { a: u8 }\nimpl S { fn f() {} }\nimpl fmt::Display for S { fn f() {} }\nconst K: u8 = 1;\n";
    assert_eq!(
        names(rust, Tongue::Rust),
        [
            "Import use std::fmt",
            "Type S",
            "Scope S",
            "Scope <S as fmt::Display>",
            "Constant K",
            "Function <S as fmt::Display>::f",
            "Function S::f",
            "Constant S::a",
        ]
    );
    let outline = Outline::of(rust, Tongue::Rust).unwrap();
    assert!(rust[outline.items[1].range.clone()].starts_with("#[derive"));
    let python = "\"\"\"Words.\"\"\"\nimport os, sys\nfrom a import b as c\nK = 1\nx, y = 1, 2\n@d\ndef f():\n    def inner(): pass\nclass C:\n    k = 1\n    def m(self): pass\nif x:\n    f()\n";
    assert_eq!(
        names(python, Tongue::Python),
        [
            "Import import os",
            "Import import sys",
            "Import from a import b as c",
            "Constant K",
            "Constant x",
            "Constant y",
            "Function f",
            "Type C",
            "Statement if x:",
            "Constant C.k",
            "Function C.m",
        ]
    );
}

#[test]
fn what_another_version_lacks_is_named() {
    let before =
        "int f(int a) { return a; }\nint f(double a) { return 1; }\nint g() { return 2; }\n";
    let lacks = |after: &str| removed(before, after, Tongue::Cpp);
    assert_eq!(
        lacks("int f(int b) { return b; }\nint f(double) { return 1; }\nint g(int) { return 2; }"),
        [""; 0]
    );
    assert_eq!(lacks("int f(int b) { return b; }"), ["f", "g"]);
    assert_eq!(removed("x", "y", Tongue::Other), [""; 0]);
}

#[test]
fn text_that_nests_without_end_is_read_on_a_small_stack() {
    let read = || {
        for text in [
            format!("int {}p = 0;", "*".repeat(2000)),
            format!("int {}f() {{ return 0; }}", "*".repeat(2000)),
            format!("{}int x;{}", "namespace a {".repeat(1000), "}".repeat(1000)),
            format!(
                "{}int x;{}",
                "extern \"C\" {".repeat(1000),
                "}".repeat(1000)
            ),
            format!(
                "{}int x;\n{}",
                "#if 1\n".repeat(1000),
                "#endif\n".repeat(1000)
            ),
            format!("int x = {}1{};", "(".repeat(2000), ")".repeat(2000)),
            format!("int f(int {}a) {{}}", "&".repeat(2000)),
            "template <class T>".repeat(1000),
        ] {
            for tongue in [Tongue::Cpp, Tongue::Rust, Tongue::Python] {
                let _ = Outline::of(&text, tongue);
                let _ = super::super::syntax::definitions(&text, tongue);
            }
        }
    };
    let small = std::thread::Builder::new().stack_size(1 << 20);
    small.spawn(read).unwrap().join().unwrap();
}

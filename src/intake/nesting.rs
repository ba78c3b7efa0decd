//! The claim that text which nests without end costs no stack: everything that walks a tree of what was given is run on it.

use std::collections::BTreeMap;

use super::items::Parsed;
use super::{access_extents, dependencies, member, mutate, param_usage, signature};

fn texts() -> Vec<String> {
    let around = |open: &str, inner: &str, close: &str, times: usize| {
        format!("{}{inner}{}", open.repeat(times), close.repeat(times))
    };
    let body = |inner: &str| format!("int f(int n, double *a) {{ {inner} return 0; }}\n");
    let mut texts = vec![
        format!("int {}f() {{ return 0; }}", "*".repeat(8000)),
        format!("int f(int {}a) {{ return 0; }}", "*".repeat(8000)),
        format!("int {}p = 0; int f() {{ return 0; }}", "*".repeat(8000)),
        around("namespace a {", "int f() { return 0; }", "}", 3000),
        around("struct S {", "int f() { return 0; }", "};", 3000),
        around("extern \"C\" {", "int f() { return 0; }", "}", 3000),
        format!(
            "{}int f() {{ return 0; }}",
            "template <class T> ".repeat(3000)
        ),
        format!(
            "{}int f() {{ return 0; }}\n{}",
            "#if 1\n".repeat(3000),
            "#endif\n".repeat(3000)
        ),
        format!(
            "struct S {{ int x = {}; }}; int f(S &s) {{ return s.x; }}",
            around("(", "1", ")", 8000)
        ),
        around("(", "int f() { return 0; }", ")", 3000),
    ];
    for inner in [
        format!("a[{}] = 1;", around("(", "n", ")", 8000)),
        format!("n = {}n;", "-".repeat(8000)),
        format!("n = 1{};", " + n".repeat(8000)),
        format!("n = a{};", "[0]".repeat(3000)),
        around("{", "n = 1;", "}", 3000),
        around("if (n) {", "a[n] = 1;", "}", 3000),
        around("for (int i = 0; i < n; ++i) {", "a[n] = 1;", "}", 1000),
        format!("{}a[n] = 1;", "if (n) n = 1; else ".repeat(3000)),
        format!("if (n{}) a[n] = 1;", " && n < 4".repeat(3000)),
        around("n = [&]{ return ", "n", "; }();", 1000),
        around("f(", "n", ")", 3000) + ";",
    ] {
        texts.push(body(&inner));
    }
    texts
}

#[test]
fn whatever_nests_is_read_on_a_small_stack() {
    let read = || {
        for text in texts() {
            let parsed = Parsed::new(&text).unwrap();
            let name = |name: &str| name.to_owned();
            let names = [name("n"), name("a")];
            let seeds = BTreeMap::from([
                (name("n"), access_extents::Seed::Number),
                (name("a"), access_extents::Seed::Buffer),
            ]);
            let _ = mutate::mistakes(&text, "f");
            for function in &parsed.functions {
                let _ = signature::read(&parsed, function);
                let _ = param_usage::uses(&parsed, function, &names);
                let _ = access_extents::reach(&parsed, function, &seeds, &Default::default());
                let _ = member::is_static(&parsed, function);
                let body = parsed.slice(&function.body);
                let _ = member::freed(&parsed, function, body, "S", true);
                let _ = dependencies::gather(
                    &parsed,
                    &text,
                    function,
                    &[parsed.slice(&function.span)],
                    &[],
                );
                let mut types = super::types::Types::new(&parsed, &[]);
                let _ = types.of("S");
            }
        }
    };
    let small = std::thread::Builder::new().stack_size(1 << 20);
    small.spawn(read).unwrap().join().unwrap();
}

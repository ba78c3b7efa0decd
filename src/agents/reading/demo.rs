//! A program around a function: small models like to add a `main` that shows how their function is called, with what only
//! that needs. None of it belongs to the function, and some of it is refused where it runs (threads, output). Pure.

use std::collections::BTreeSet;

use crate::source::syntax::{Definition, Sort, Tongue, definitions};

/// The code without `main` and the functions that only `main` needs, and their names; `None` where there are none such, or
/// the given code has a `main` itself.
pub(super) fn without(code: &str, entry: &str, given: &str) -> Option<(String, Vec<String>)> {
    let all = functions(code);
    let main = all.iter().position(|one| one.name == "main")?;
    let own = all.iter().position(|one| one.is_called(entry))?;
    if own == main || functions(given).iter().any(|one| one.name == "main") {
        return None;
    }
    let needed = reached(&all, own, code);
    let shown = reached(&all, main, code);
    let dropped: Vec<&Definition> = (0..all.len())
        .filter(|at| shown.contains(at) && !needed.contains(at))
        .map(|at| &all[at])
        .collect();
    // by itself it does no harm
    if dropped.len() < 2 {
        return None;
    }
    let mut out = String::with_capacity(code.len());
    let mut from = 0;
    for one in &dropped {
        let begin = with_comment(code, one.all.start).max(from);
        out.push_str(&code[from..begin]);
        from = one.all.end.max(begin);
    }
    out.push_str(&code[from..]);
    let names = dropped.iter().map(|one| one.name.clone()).collect();
    Some((out.trim_end().to_owned() + "\n", names))
}

/// Functions at the top level, in order.
fn functions(code: &str) -> Vec<Definition> {
    let mut all = definitions(code, Tongue::Cpp);
    all.retain(|one| one.sort == Sort::Function && one.within.is_empty());
    all.sort_by_key(|one| one.all.start);
    all
}

/// Positions of what a function names, directly or through others, itself included.
fn reached(all: &[Definition], from: usize, code: &str) -> BTreeSet<usize> {
    let mut found = BTreeSet::from([from]);
    let mut open = vec![from];
    while let Some(at) = open.pop() {
        let text = &code[all[at].all.clone()];
        let words: BTreeSet<&str> = text
            .split(|c: char| !(c.is_alphanumeric() || c == '_'))
            .collect();
        for (other, one) in all.iter().enumerate() {
            if words.contains(one.name.as_str()) && found.insert(other) {
                open.push(other);
            }
        }
    }
    found
}

/// Where the `//` lines directly above a definition begin.
fn with_comment(code: &str, start: usize) -> usize {
    let mut at = code[..start].rfind('\n').map_or(0, |end| end + 1);
    while at > 0 {
        let before = code[..at - 1].rfind('\n').map_or(0, |end| end + 1);
        if !code[before..at].trim_start().starts_with("//") {
            break;
        }
        at = before;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_main_goes_with_all_that_only_it_needs() {
        let code = "#include <vector>\nstatic int half(int x) { return x / 2; }\n\nint f(int x) { return half(x); }\n\n// Shows it.\nvoid show(int x) { print(f(x)); }\n\nint main() { show(half(4)); }\n";
        let (kept, names) = without(code, "f", "int f(int x) { return x >> 1; }\n").unwrap();
        assert_eq!(
            kept,
            "#include <vector>\nstatic int half(int x) { return x / 2; }\n\nint f(int x) { return half(x); }\n"
        );
        assert_eq!(names, ["show", "main"]);
        assert_eq!(without(code, "f", "int f(int x);\nint main() {}\n"), None);
        assert_eq!(without(code, "main", ""), None);
        assert_eq!(
            without(
                "int f() { return 1; }\nint main() { return f(); }\n",
                "f",
                ""
            ),
            None
        );
        assert_eq!(without("int f() { return 1; }\n", "f", ""), None);
    }
}

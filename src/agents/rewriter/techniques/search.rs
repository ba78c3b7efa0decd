//! Linear look-ups in a vector of numbers, in blocks without an early exit inside so that they vectorise.
//! Legal where only the presence of the value is asked for.

use super::Options;
use crate::rewriter::analysis::code::Code;
use crate::rewriter::analysis::facts::{is_pure, is_whole};
use crate::rewriter::analysis::pattern::{Bound, expressions, find};

/// Blocks compared at once.
pub(crate) fn blocked(code: &Code, options: &Options) -> Option<String> {
    let helper = code.fresh("holds_value");
    let mut edits = Vec::new();
    for function in &code.functions {
        let mut note = |range: std::ops::Range<usize>, b: &Bound, absent: bool| {
            let (Some(x), Some(v)) = (b.name("x"), b.term("v")) else {
                return;
            };
            let Some(ty) = function
                .element_of(x)
                .filter(|e| is_whole(e) || matches!(*e, "double" | "float"))
            else {
                return;
            };
            if !is_pure(v, code) {
                return;
            }
            let not = if absent { "!" } else { "" };
            edits.push((
                range,
                format!(
                    "{not}{helper}<{ty}>({x}.data(), {x}.size(), {})",
                    code.of(v)
                ),
            ));
        };
        for (shape, absent) in [
            ("find($x.begin(), $x.end(), $v) != $x.end()", false),
            ("find($x.begin(), $x.end(), $v) == $x.end()", true),
            ("$x.end() != find($x.begin(), $x.end(), $v)", false),
            ("0 < count($x.begin(), $x.end(), $v)", false),
            ("count($x.begin(), $x.end(), $v) != 0", false),
            ("count($x.begin(), $x.end(), $v) == 0", true),
        ] {
            for found in expressions(shape, &function.body) {
                note(found.range.clone(), &found.bound, absent);
            }
        }
        let heads = ["for ($T $e : $x)", "for ($T $i = 0; $i < $x.size(); $i++)"];
        for (head, element) in heads.iter().zip(["$e", "$x[$i]"]) {
            for (left, right) in [(element, "$v"), ("$v", element)] {
                for tail in ["", "break;"] {
                    let shape =
                        format!("{head} {{ if ({left} == {right}) {{ $f = true; {tail} }} }}");
                    for found in find(&shape, &function.body) {
                        let b = &found.bound;
                        let (Some(x), Some(v), Some(f)) = (b.name("x"), b.term("v"), b.name("f"))
                        else {
                            continue;
                        };
                        let element_name = b.name("e").or(b.name("i")).unwrap_or("");
                        let fits = function
                            .element_of(x)
                            .is_some_and(|e| is_whole(e) || e == "double");
                        if !fits
                            || !is_pure(v, code)
                            || v.mentions(f)
                            || v.mentions(element_name)
                            || function.var(f).is_none_or(|f| f.ty != "bool" || f.alias)
                        {
                            continue;
                        }
                        let ty = function.element_of(x).unwrap_or("int");
                        let new = format!(
                            "if ({helper}<{ty}>({x}.data(), {x}.size(), {})) {{\n{f} = true;\n}}",
                            code.of(v)
                        );
                        edits.push((found.range.clone(), new));
                    }
                }
                let shape = format!("{head} {{ if ({left} == {right}) {{ return true; }} }}");
                for found in find(&shape, &function.body) {
                    let b = &found.bound;
                    let (Some(x), Some(v)) = (b.name("x"), b.term("v")) else {
                        continue;
                    };
                    let element_name = b.name("e").or(b.name("i")).unwrap_or("");
                    let Some(ty) = function
                        .element_of(x)
                        .filter(|e| is_whole(e) || *e == "double")
                    else {
                        continue;
                    };
                    if is_pure(v, code) && !v.mentions(element_name) {
                        let new = format!(
                            "if ({helper}<{ty}>({x}.data(), {x}.size(), {})) {{\nreturn true;\n}}",
                            code.of(v)
                        );
                        edits.push((found.range.clone(), new));
                    }
                }
            }
        }
    }
    if edits.is_empty() {
        return None;
    }
    let block = options.block.max(64);
    let definition = format!(
        "template <class T>\nstatic bool {helper}(const T* from, size_t count, T value) {{\nsize_t at = 0;\nfor (; at + {block} <= count; at += {block}) {{\nint hit = 0;\nfor (size_t lane = 0; lane < {block}; ++lane) {{\nhit |= from[at + lane] == value;\n}}\nif (hit) {{\nreturn true;\n}}\n}}\nfor (; at < count; ++at) {{\nif (from[at] == value) {{\nreturn true;\n}}\n}}\nreturn false;\n}}\n\n"
    );
    let at = code.functions.iter().map(|f| f.range.start).min()?;
    edits.push((at..at, definition));
    Some(code.edited(edits))
}

#[cfg(test)]
mod tests {
    use super::super::Technique::BlockedSearch;
    use super::super::tests::after;

    const BEFORE: &str = "bool has(std::vector<int> const& v, int w) { return std::find(v.begin(), v.end(), w) != v.end(); }";

    #[test]
    fn presence_is_asked_in_blocks() {
        let new = after(BlockedSearch, BEFORE, "has").unwrap_or_default();
        assert!(
            new.contains("holds_value<int>(v.data(), v.size(), w)"),
            "{new}"
        );
    }

    #[test]
    fn positions_and_other_elements_stay() {
        for (what, by) in [
            ("!= v.end()", "- v.begin()"),
            ("vector<int>", "vector<std::string>"),
            ("!= v.end()", "!= u.end()"),
        ] {
            assert!(BEFORE.contains(what), "{what}");
            assert_eq!(
                after(BlockedSearch, &BEFORE.replace(what, by), "has"),
                None,
                "{by}"
            );
        }
    }
}

//! Containers used at a cost nobody asked for: growth without reserve, copies, ordered maps, repeated linear look-ups.
//! Legal when the container's order, identity and copies are never observed.

use super::Options;
use crate::rewriter::analysis::code::{Code, FunctionNode};
use crate::rewriter::analysis::facts::{assigned, changed, is_number, is_pure, is_whole, names};
use crate::rewriter::analysis::pattern::{expressions, find};
use crate::rewriter::analysis::term::Term;

/// Memory reserved before a loop that only pushes.
pub(crate) fn reserve(code: &Code, _options: &Options) -> Option<String> {
    let mut edits = Vec::new();
    for function in &code.functions {
        let loops = [
            ("for ($T $i = 0; $i < $n; $i++) { $$$body; }", false),
            ("for ($T $i : $x) { $$$body; }", true),
        ];
        for (shape, ranged) in loops {
            for found in find(shape, &function.body) {
                let b = &found.bound;
                for (name, var) in &function.vars {
                    let local = !var.param
                        && !var.alias
                        && var.init.is_none()
                        && var.ty.starts_with("vector<");
                    let pushed = b.terms("body").iter().any(|t| {
                        // a push that happens in every step: a statement of the loop's own body
                        t.kind == "expr"
                            && t.kids
                                .first()
                                .and_then(Term::method)
                                .is_some_and(|(o, m, _)| {
                                    o.name() == Some(name)
                                        && matches!(m, "push_back" | "emplace_back")
                                })
                    });
                    let known = code.text.contains(&format!("{name}.reserve("));
                    let mut around = 0;
                    function.body.walk(&mut |t| {
                        around += usize::from(
                            t.kind.starts_with("for_")
                                && t.range.start < found.range.start
                                && t.range.end >= found.range.end,
                        );
                    });
                    if !local || !pushed || known || around > 0 {
                        continue;
                    }
                    let count = if ranged {
                        b.name("x")
                            .filter(|x| function.element_of(x).is_some())
                            .map(|x| format!("{x}.size()"))
                    } else {
                        b.term("n").filter(|n| is_pure(n, code)).map(|n| {
                            format!("static_cast<size_t>({n} > 0 ? {n} : 0)", n = code.of(n))
                        })
                    };
                    edits.extend(count.map(|c| {
                        (
                            found.range.start..found.range.start,
                            format!("{name}.reserve({c});\n"),
                        )
                    }));
                }
            }
        }
    }
    (!edits.is_empty()).then(|| code.edited(edits))
}

/// Elements and arguments by constant reference where they are only read.
pub(crate) fn references(code: &Code, _options: &Options) -> Option<String> {
    let mut edits = Vec::new();
    for function in &code.functions {
        for found in find("for ($T $v : $x) { $$$body; }", &function.body) {
            let b = &found.bound;
            let (Some(v), Some(x), Some(ty)) = (b.name("v"), b.name("x"), b.term("T")) else {
                continue;
            };
            let big = function
                .element_of(x)
                .is_some_and(|e| !is_number(e) && e != "bool" && !e.ends_with('*'));
            let same = function.element_of(x) == Some(super::squeezed(code.of(ty)).as_str())
                || code.of(ty) == "auto";
            let touched: std::collections::BTreeSet<String> = b
                .terms("body")
                .iter()
                .flat_map(|t| changed(t, code))
                .collect();
            if big && same && !touched.contains(v) && !touched.contains(x) {
                let at = b.term("v").map_or(found.range.start, |t| t.range.start);
                let constant = function.var(v).is_some_and(|var| var.constant);
                edits.push((
                    at..at,
                    if constant {
                        "&".to_owned()
                    } else {
                        "const& ".to_owned()
                    },
                ));
            }
        }
        if function.name == code.entry {
            continue;
        }
        let changed = assigned(&function.body);
        for (name, var) in &function.vars {
            let big = var.ty.starts_with("vector<") || var.ty == "string";
            if var.param
                && !var.alias
                && !var.constant
                && big
                && !changed.contains(name)
                && !function.body.has("lambda_expression")
            {
                let head = code
                    .text
                    .get(function.range.start..function.body.range.start)
                    .unwrap_or("");
                let spot = head.match_indices(name.as_str()).find(|(at, _)| {
                    head[..*at].ends_with([' ', '>'])
                        && head[at + name.len()..].trim_start().starts_with([',', ')'])
                });
                if let Some((at, _)) = spot {
                    let at = function.range.start + at;
                    edits.push((at..at, "const& ".to_owned()));
                }
            }
        }
    }
    (!edits.is_empty()).then(|| code.edited(edits))
}

/// Hashed instead of ordered maps and sets.
pub(crate) fn hash_maps(code: &Code, _options: &Options) -> Option<String> {
    let mut edits = Vec::new();
    for function in &code.functions {
        for (name, var) in &function.vars {
            let key = |prefix: &str| {
                var.ty
                    .strip_prefix(prefix)
                    .and_then(|rest| rest.split([',', '>']).next())
            };
            let Some(key) = key("map<").or_else(|| key("set<")) else {
                continue;
            };
            if var.param
                || var.alias
                || var.init.is_some()
                || !(is_whole(key) || key == "string")
                || var.ty.contains("greater")
            {
                continue;
            }
            edits.extend(rehashed(code, function, name));
        }
    }
    (!edits.is_empty()).then(|| code.edited(edits))
}

fn rehashed(
    code: &Code,
    function: &FunctionNode,
    name: &str,
) -> Option<(std::ops::Range<usize>, String)> {
    let mut mentions = 0;
    function
        .body
        .walk(&mut |t| mentions += usize::from(t.name() == Some(name)));
    let asked = function.body.all(|t| {
        t.subscript().is_some_and(|(a, _)| a.name() == Some(name))
            || t.method().is_some_and(|(o, m, _)| {
                o.name() == Some(name)
                    && matches!(
                        m,
                        "count" | "size" | "empty" | "insert" | "emplace" | "contains" | "clear"
                    )
            })
    });
    let found = expressions("$m.find($k) != $m.end()", &function.body);
    let found = found
        .iter()
        .filter(|f| f.bound.name("m") == Some(name))
        .count();
    let declaration = function
        .body
        .all(|t| t.kind == "declaration" && t.kids.len() == 2 && t.kids[1].name() == Some(name))
        .pop()?;
    if mentions != asked.len() + 2 * found + 1 {
        return None;
    }
    let ty = &declaration.kids[0];
    let text = code.of(ty);
    let at = text.find("map<").or_else(|| text.find("set<"))?;
    let start = ty.range.start + at;
    Some((start..start, "unordered_".to_owned()))
}

/// A hash set built once for look-ups in a loop.
pub(crate) fn hashed_lookups(code: &Code, _options: &Options) -> Option<String> {
    let mut edits = Vec::new();
    for function in &code.functions {
        for head in [
            "for ($T $i = $lo; $i < $n; $i++) { $$$body; }",
            "for ($T $i : $over) { $$$body; }",
        ] {
            for found in find(head, &function.body) {
                let touched: std::collections::BTreeSet<String> = found
                    .bound
                    .terms("body")
                    .iter()
                    .flat_map(|t| changed(t, code))
                    .collect();
                let mut sets: Vec<(String, String)> = Vec::new();
                for statement in found.bound.terms("body") {
                    for (shape, answer) in [
                        ("find($y.begin(), $y.end(), $v) != $y.end()", "!= 0"),
                        ("find($y.begin(), $y.end(), $v) == $y.end()", "== 0"),
                    ] {
                        for hit in expressions(shape, statement) {
                            let (Some(y), Some(v)) = (hit.bound.name("y"), hit.bound.term("v"))
                            else {
                                continue;
                            };
                            let Some(element) = function
                                .element_of(y)
                                .filter(|e| is_whole(e) || *e == "string")
                            else {
                                continue;
                            };
                            let outer = function.var(y).is_some_and(|var| var.param)
                                && !touched.contains(y);
                            if !outer || !is_pure(v, code) || names(v).contains(y) {
                                continue;
                            }
                            let set = code.fresh(&format!("{y}_set"));
                            let spelled = if element == "string" {
                                "std::string"
                            } else {
                                element
                            };
                            edits.push((
                                hit.range.clone(),
                                format!("{set}.count({}) {answer}", code.of(v)),
                            ));
                            if !sets.iter().any(|(s, _)| *s == set) {
                                sets.push((set.clone(), format!("std::unordered_set<{spelled}> {set}({y}.begin(), {y}.end());\n")));
                            }
                        }
                    }
                }
                let outer = function.body.all(|t| {
                    t.kind.starts_with("for_")
                        && t.range.start < found.range.start
                        && t.range.end >= found.range.end
                });
                if !sets.is_empty() && outer.is_empty() {
                    let before: String = sets.into_iter().map(|(_, d)| d).collect();
                    edits.push((found.range.start..found.range.start, before));
                } else {
                    edits.retain(|(r, _)| r.start < found.range.start || r.end > found.range.end);
                }
            }
        }
    }
    (!edits.is_empty()).then(|| code.edited(edits))
}

#[cfg(test)]
mod tests {
    use super::super::Technique::References;
    use super::super::tests::after;

    const BEFORE: &str = "size_t join(std::vector<std::string> const& words) { size_t n = 0; for (auto word : words) { n += word.size(); } return n; }";

    #[test]
    fn elements_are_walked_by_reference() {
        let new = after(References, BEFORE, "join").unwrap_or_default();
        assert!(new.contains("for (auto const& word : words)"), "{new}");
    }

    #[test]
    fn copies_that_are_changed_stay() {
        for (what, by) in [
            ("n += word.size()", "word.clear()"),
            ("vector<std::string>", "vector<int>"),
        ] {
            assert!(BEFORE.contains(what), "{what}");
            assert_eq!(
                after(References, &BEFORE.replace(what, by), "join"),
                None,
                "{by}"
            );
        }
    }
}

//! Searches over tables: the cheap test before the one that fetches from a large table, and a growing vector as the queue.
//! Legal when both tests are pure and the cheap one can never be out of bounds; when the queue is only pushed and popped.

use super::Options;
use crate::rewriter::analysis::code::{Code, FunctionNode};
use crate::rewriter::analysis::facts::is_pure;
use crate::rewriter::analysis::linear::{Linear, Stride};
use crate::rewriter::analysis::pattern::find;
use crate::rewriter::analysis::term::Term;

/// Cheap test first.
pub(crate) fn cheap_first(code: &Code, _options: &Options) -> Option<String> {
    let mut edits = Vec::new();
    for function in &code.functions {
        for found in find(
            "for ($T $i = 0; $i < $n; $i++) { $$$body; }",
            &function.body,
        ) {
            let (Some(i), Some(n)) = (found.bound.name("i"), found.bound.term("n")) else {
                continue;
            };
            for statement in found.bound.terms("body") {
                if statement.kind != "if_statement" {
                    continue;
                }
                let Some(test) = statement
                    .kids
                    .first()
                    .filter(|t| t.op == "&&" && t.kids.len() == 2)
                else {
                    continue;
                };
                let (left, right) = (&test.kids[0], &test.kids[1]);
                let far = left
                    .all(|t| t.subscript().is_some())
                    .iter()
                    .any(|t| is_far(code, t));
                let near = is_near(function, right, i, n);
                if far && near && is_pure(left, code) && is_pure(right, code) {
                    let new = format!("{} && {}", code.of(right), code.of(left));
                    edits.push((left.range.start..right.range.end, new));
                }
            }
        }
    }
    (!edits.is_empty()).then(|| code.edited(edits))
}

fn is_far(code: &Code, access: &Term) -> bool {
    let Some((_, index)) = access.subscript() else {
        return false;
    };
    index.op == "+"
        && Linear::of(index, code).is_some_and(|l| {
            let names = crate::rewriter::analysis::facts::names(index);
            names.iter().any(|n| l.stride(n) == Stride::Far)
        })
}

/// Reads only local vectors that have just as many elements as the loop has steps, at the loop's own position.
fn is_near(function: &FunctionNode, test: &Term, i: &str, n: &Term) -> bool {
    let reads = test.all(|t| t.subscript().is_some());
    !reads.is_empty()
        && reads.iter().all(|t| {
            let Some((array, index)) = t.subscript() else {
                return false;
            };
            let sized = array
                .name()
                .and_then(|a| function.var(a))
                .and_then(|v| v.init.as_ref());
            index.name() == Some(i)
                && sized.is_some_and(|init| {
                    let of = init.kids.first().map(|s| {
                        if s.kind == "parameter_declaration" {
                            s.kids.first().unwrap_or(s)
                        } else {
                            s
                        }
                    });
                    init.kind.ends_with("_list")
                        && of.is_some_and(|s| s == n || s.leaf == n.leaf && !n.leaf.is_empty())
                })
        })
}

/// A vector with a head position instead of a queue.
pub(crate) fn vector_queue(code: &Code, _options: &Options) -> Option<String> {
    let mut edits = Vec::new();
    for function in &code.functions {
        let queues: Vec<(&String, String)> = function
            .vars
            .iter()
            .filter(|(_, v)| !v.param && !v.alias && v.init.is_none())
            .filter_map(|(name, v)| {
                Some((
                    name,
                    v.ty.strip_prefix("queue<")?.strip_suffix('>')?.to_owned(),
                ))
            })
            .collect();
        for (queue, element) in queues {
            if element.contains("deque") || element.contains("list<") {
                continue;
            }
            if let Some(new) = unqueued(code, function, queue) {
                edits.extend(new);
            }
        }
    }
    (!edits.is_empty()).then(|| code.edited(edits))
}

fn unqueued(
    code: &Code,
    function: &FunctionNode,
    queue: &str,
) -> Option<Vec<(std::ops::Range<usize>, String)>> {
    let head = code.fresh(&format!("{queue}_head"));
    let mut edits = Vec::new();
    let mut uses = 0;
    for call in function
        .body
        .all(|t| t.method().is_some_and(|(o, _, _)| o.name() == Some(queue)))
    {
        let (object, method, args) = call.method()?;
        uses += 1;
        let after = object.range.end..call.range.end;
        match (method, args) {
            ("push", [value]) => edits.push((after, format!(".push_back({})", code.of(value)))),
            ("pop", []) => edits.push((call.range.clone(), format!("++{head}"))),
            ("front", []) => edits.push((after, format!("[{head}]"))),
            ("empty", []) => {
                edits.push((call.range.clone(), format!("({head} == {queue}.size())")))
            }
            _ => return None,
        }
    }
    // a reference to the front would dangle once the vector grows
    for (_, var) in function.vars.iter() {
        if var.alias && var.init.as_ref().is_some_and(|i| i.mentions(queue)) {
            return None;
        }
    }
    let mut mentions = 0;
    function
        .body
        .walk(&mut |t| mentions += usize::from(t.name() == Some(queue)));
    let declaration = function
        .body
        .all(|t| t.kind == "declaration" && t.kids.len() == 2 && t.kids[1].name() == Some(queue))
        .pop()?;
    if mentions != uses + 1 {
        return None;
    }
    let ty = code.of(&declaration.kids[0]).replacen("queue", "vector", 1);
    edits.push((
        declaration.range.clone(),
        format!("{ty} {queue};\nsize_t {head} = 0;"),
    ));
    Some(edits)
}

#[cfg(test)]
mod tests {
    use super::super::Technique::VectorQueue;
    use super::super::tests::after;

    const BEFORE: &str = "int walk(int n) { std::queue<int> q; q.push(n); int c = 0; while (!q.empty()) { int x = q.front(); q.pop(); if (x > 0) { q.push(x / 2); } c++; } return c; }";

    #[test]
    fn a_queue_becomes_a_vector_with_a_head() {
        let new = after(VectorQueue, BEFORE, "walk").unwrap_or_default();
        assert!(
            new.contains("q.push_back(n);")
                && new.contains("int x = q[q_head];")
                && new.contains("++q_head;"),
            "{new}"
        );
    }

    #[test]
    fn queues_that_are_handed_out_or_referred_into_stay() {
        for (what, by) in [
            ("q.pop();", "next(q);"),
            ("int x = q.front()", "int& x = q.front()"),
            ("q.pop()", "q.swap(q)"),
        ] {
            assert!(BEFORE.contains(what), "{what}");
            assert_eq!(
                after(VectorQueue, &BEFORE.replace(what, by), "walk"),
                None,
                "{by}"
            );
        }
    }
}

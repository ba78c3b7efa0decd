//! Versions of a function with one deliberate mistake each, to see whether a folder's checks would notice. Pure.

use std::ops::Range;

use tree_sitter::Node;

use super::IntakeError;
use super::find::row;
use super::items::{Kind, Parsed};
use super::words::mentions;

/// Most mistakes that are made.
const MOST: usize = 8;

/// A version with a mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// In words, with its line.
    pub what: String,
    /// The whole text with it.
    pub source: String,
}

/// Kinds of mistakes, so that all are tried before one is tried twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Sort {
    Arithmetic,
    Bound,
    Constant,
    Lost,
    Comparison,
    Logic,
}

struct Edit {
    sort: Sort,
    span: Range<usize>,
    with: String,
    what: String,
}

/// Versions of the function `entry` of `source`, different kinds of mistakes first.
///
/// # Errors
/// If the parser does not start.
pub fn mistakes(source: &str, entry: &str) -> Result<Vec<Mistake>, IntakeError> {
    let parsed = Parsed::new(source)?;
    let function = parsed
        .functions
        .iter()
        .rev()
        .find(|function| function.name == entry && function.scope.is_empty());
    let Some(body) = function.and_then(|f| parsed.node(&f.body, "compound_statement")) else {
        return Ok(Vec::new());
    };
    let mut edits = Vec::new();
    collect(&parsed, body, &mut edits);
    // Much of the work may be in helpers: half of the mistakes are theirs.
    let mut others = Vec::new();
    let text = parsed.slice(&body.byte_range());
    let called = |item: &&super::items::Item| {
        item.kind == Kind::Function && item.names.iter().any(|name| mentions(text, name))
    };
    for item in parsed.items.iter().filter(called) {
        let of_item = parsed
            .functions
            .iter()
            .find(|f| item.span.start <= f.span.start && f.span.end <= item.span.end)
            .filter(|f| f.name != entry);
        if let Some(node) = of_item.and_then(|f| parsed.node(&f.body, "compound_statement")) {
            collect(&parsed, node, &mut others);
        }
    }
    let most = if others.is_empty() { MOST } else { MOST / 2 };
    let mut edits = chosen(edits, most);
    let more = MOST - edits.len();
    edits.extend(chosen(others, more));
    Ok(edits
        .into_iter()
        .map(|edit| {
            let before = source.get(..edit.span.start).unwrap_or("");
            let after = source.get(edit.span.end..).unwrap_or("");
            Mistake {
                what: format!("line {}: {}", row(source, edit.span.start) + 1, edit.what),
                source: format!("{before}{}{after}", edit.with),
            }
        })
        .collect())
}

/// One of each kind in turn, spread over the text.
fn chosen(edits: Vec<Edit>, most: usize) -> Vec<Edit> {
    let sorts = [
        Sort::Arithmetic,
        Sort::Bound,
        Sort::Constant,
        Sort::Lost,
        Sort::Comparison,
        Sort::Logic,
    ];
    let mut queues: Vec<Vec<Edit>> = sorts.iter().map(|_| Vec::new()).collect();
    for edit in edits {
        let at = sorts
            .iter()
            .position(|sort| *sort == edit.sort)
            .unwrap_or(0);
        if let Some(queue) = queues.get_mut(at) {
            queue.push(edit);
        }
    }
    let mut chosen = Vec::new();
    let mut from_end = false;
    while chosen.len() < most && queues.iter().any(|queue| !queue.is_empty()) {
        for queue in &mut queues {
            if queue.is_empty() || chosen.len() >= most {
                continue;
            }
            let at = if from_end { queue.len() - 1 } else { 0 };
            chosen.push(queue.remove(at));
        }
        from_end = !from_end;
    }
    chosen
}

/// The mistakes in a node and all below it, in order, on a stack of its own.
fn collect(parsed: &Parsed<'_>, root: Node<'_>, edits: &mut Vec<Edit>) {
    let mut open = vec![(root, false)];
    while let Some((node, in_condition)) = open.pop() {
        of_node(parsed, node, in_condition, edits);
        let condition = matches!(
            node.kind(),
            "for_statement" | "while_statement" | "do_statement"
        )
        .then(|| node.child_by_field_name("condition"))
        .flatten();
        let before = open.len();
        let mut cursor = node.walk();
        for child in node.named_children(&mut cursor) {
            open.push((child, in_condition || Some(child) == condition));
        }
        open[before..].reverse();
    }
}

/// The mistakes in one node.
fn of_node(parsed: &Parsed<'_>, node: Node<'_>, in_condition: bool, edits: &mut Vec<Edit>) {
    let text = |node: Node<'_>| parsed.slice(&node.byte_range());
    match node.kind() {
        "binary_expression" => {
            if let (Some(operator), Some(left), Some(right)) = (
                node.child_by_field_name("operator"),
                node.child_by_field_name("left"),
                node.child_by_field_name("right"),
            ) {
                let old = text(operator);
                let swapped = match old {
                    "+" => Some((Sort::Arithmetic, "-")),
                    "-" => Some((Sort::Arithmetic, "+")),
                    "*" => Some((Sort::Arithmetic, "+")),
                    "^" => Some((Sort::Arithmetic, "|")),
                    "<<" => Some((Sort::Arithmetic, ">>")),
                    ">>" => Some((Sort::Arithmetic, "<<")),
                    "&" => Some((Sort::Arithmetic, "|")),
                    "<" => Some((Sort::Comparison, "<=")),
                    "<=" => Some((Sort::Comparison, "<")),
                    ">" => Some((Sort::Comparison, ">=")),
                    ">=" => Some((Sort::Comparison, ">")),
                    "==" => Some((Sort::Comparison, "!=")),
                    "&&" => Some((Sort::Logic, "||")),
                    "||" => Some((Sort::Logic, "&&")),
                    _ => None,
                };
                if let Some((sort, new)) = swapped {
                    edits.push(Edit {
                        sort,
                        span: operator.byte_range(),
                        with: new.to_owned(),
                        what: format!("`{new}` for `{old}`"),
                    });
                }
                if in_condition && matches!(old, "<" | "!=" | "<=") {
                    edits.push(Edit {
                        sort: Sort::Bound,
                        span: node.byte_range(),
                        with: format!("({}) + 1 {old} ({})", text(left), text(right)),
                        what: "the last element dropped".to_owned(),
                    });
                }
            }
        }
        "number_literal" => {
            let old = text(node);
            if let Ok(number) = old.parse::<u64>() {
                edits.push(Edit {
                    sort: Sort::Constant,
                    span: node.byte_range(),
                    with: number.wrapping_add(1).to_string(),
                    what: format!("{} for {old}", number.wrapping_add(1)),
                });
            }
        }
        "assignment_expression" => {
            if let Some(operator) = node.child_by_field_name("operator") {
                let old = text(operator);
                let new = match old {
                    "+=" => "-=",
                    "-=" => "+=",
                    "*=" => "+=",
                    "^=" => "|=",
                    "|=" => "&=",
                    _ => "",
                };
                if !new.is_empty() {
                    edits.push(Edit {
                        sort: Sort::Arithmetic,
                        span: operator.byte_range(),
                        with: new.to_owned(),
                        what: format!("`{new}` for `{old}`"),
                    });
                }
            }
            if let Some(statement) = node.parent().filter(|p| p.kind() == "expression_statement") {
                edits.push(Edit {
                    sort: Sort::Lost,
                    span: statement.byte_range(),
                    with: ";".to_owned(),
                    what: "an assignment left out".to_owned(),
                });
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_mistake_is_made_once_before_any_is_made_twice() {
        let source = "double f(const double *x, int n) {\n    double s = 0;\n    for (int i = 0; i < n; ++i) s += x[i] * 2;\n    return s;\n}\n";
        let all = mistakes(source, "f").unwrap();
        let what: Vec<&str> = all.iter().map(|m| m.what.as_str()).collect();
        assert_eq!(
            what.first_chunk::<5>(),
            Some(&[
                "line 3: `-=` for `+=`",
                "line 3: the last element dropped",
                "line 2: 1 for 0",
                "line 3: an assignment left out",
                "line 3: `<=` for `<`",
            ])
        );
        assert!(
            all[1]
                .source
                .contains("for (int i = 0; (i) + 1 < (n); ++i)")
        );
        assert!(mistakes("int g() { return 1; }", "f").unwrap().is_empty());
    }
}

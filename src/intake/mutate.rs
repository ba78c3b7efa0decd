//! Versions of a function with one deliberate mistake each, to see whether a folder's checks would notice. Pure.

use std::ops::Range;

use tree_sitter::Node;

use super::IntakeError;
use super::find::row;
use super::items::{Kind, Parsed};
use super::words::{mentions, words};

mod parameters;

/// Most mistakes that are made.
const MOST: usize = 14;
/// Fewer than these say little about the checks.
const FEW: usize = 3;

/// A version with a mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// In words, with its line.
    pub what: String,
    /// The whole text with it.
    pub source: String,
    /// Its line, from 1.
    pub line: usize,
    /// Whether it may well change nothing: `>` for `>=` where equality does not matter.
    pub weak: bool,
    /// The class of values without which nothing can show it.
    pub needs: Option<&'static str>,
}

/// Kinds of mistakes, so that all are tried before one is tried twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Sort {
    Narrow,
    Length,
    Aligned,
    Special,
    Flush,
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
    weak: bool,
    needs: Option<&'static str>,
}

impl Edit {
    fn new(sort: Sort, span: Range<usize>, with: impl Into<String>, what: String) -> Self {
        Self {
            sort,
            span,
            with: with.into(),
            what,
            weak: false,
            needs: None,
        }
    }

    fn weak(self, weak: bool) -> Self {
        Self { weak, ..self }
    }
}

/// Values of variables that only say how much room is reserved: another one changes nothing.
fn reserved(parsed: &Parsed<'_>, body: Node<'_>) -> Vec<std::ops::Range<usize>> {
    let text = parsed.slice(&body.byte_range());
    let mut found = Vec::new();
    let mut open = vec![body];
    while let Some(node) = open.pop() {
        let mut cursor = node.walk();
        open.extend(node.named_children(&mut cursor));
        let (Some(name), Some(value)) = (
            node.child_by_field_name("declarator"),
            node.child_by_field_name("value"),
        ) else {
            continue;
        };
        if node.kind() != "init_declarator" || name.kind() != "identifier" {
            continue;
        }
        let own = parsed.slice(&name.byte_range());
        let mut others = words(text)
            .into_iter()
            .filter(|word| word.text == own && body.start_byte() + word.at != name.start_byte())
            .peekable();
        let some = others.peek().is_some();
        let only = others.all(|word| text[..word.at].trim_end().ends_with("reserve("));
        if some && only {
            found.push(value.byte_range());
        }
    }
    found
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
    if let Some(function) = function {
        parameters::collect(&parsed, function, body, &mut edits);
    }
    collect(&parsed, body, &mut edits);
    let rooms = reserved(&parsed, body);
    let mut edits: Vec<Edit> = edits
        .into_iter()
        .map(|edit| {
            let room = rooms
                .iter()
                .any(|span| span.start <= edit.span.start && edit.span.end <= span.end);
            let weak = edit.weak || room;
            edit.weak(weak)
        })
        .collect();
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
    // Where little can be exchanged, what is decided can be turned around.
    if edits.len() + others.len() < FEW {
        turned(&parsed, body, &mut edits);
    }
    let most = if others.is_empty() { MOST } else { MOST / 2 };
    let mut edits = chosen(edits, most);
    let more = MOST - edits.len();
    // A helper may do more than this function asks of it. Where the function's own mistakes say enough, one there that
    // nothing notices may be such.
    let enough = edits.iter().filter(|edit| !edit.weak).count() > FEW;
    let others = chosen(others, more).into_iter();
    edits.extend(others.map(|edit| {
        let weak = edit.weak || enough;
        edit.weak(weak)
    }));
    Ok(edits
        .into_iter()
        .map(|edit| {
            let before = source.get(..edit.span.start).unwrap_or("");
            let after = source.get(edit.span.end..).unwrap_or("");
            Mistake {
                what: format!("line {}: {}", row(source, edit.span.start) + 1, edit.what),
                source: format!("{before}{}{after}", edit.with),
                line: row(source, edit.span.start) + 1,
                weak: edit.weak,
                needs: edit.needs,
            }
        })
        .collect())
}

/// Conditions without an operator to exchange, turned around, and calls left out.
fn turned(parsed: &Parsed<'_>, root: Node<'_>, edits: &mut Vec<Edit>) {
    let mut open = vec![root];
    while let Some(node) = open.pop() {
        if node.kind() == "if_statement"
            && let Some(condition) = node.child_by_field_name("condition")
        {
            let words = parsed.slice(&condition.byte_range());
            if words.starts_with('(') && !words.contains(['<', '>', '=', '&', '|', ';']) {
                let what = "the condition turned around".to_owned();
                let with = format!("(!{words})");
                edits.push(Edit::new(Sort::Logic, condition.byte_range(), with, what));
            }
        }
        if node.kind() == "expression_statement"
            && node
                .named_child(0)
                .is_some_and(|child| child.kind() == "call_expression")
        {
            let what = "a call left out".to_owned();
            edits.push(Edit::new(Sort::Lost, node.byte_range(), ";", what));
        }
        let mut cursor = node.walk();
        open.extend(node.named_children(&mut cursor));
    }
}

/// One of each kind in turn, spread over the text.
fn chosen(edits: Vec<Edit>, most: usize) -> Vec<Edit> {
    let sorts = [
        Sort::Narrow,
        Sort::Length,
        Sort::Aligned,
        Sort::Special,
        Sort::Flush,
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
                    // Whether equal ones are taken along often does not matter.
                    let weak = sort == Sort::Comparison && new != "!=";
                    let what = format!("`{new}` for `{old}`");
                    edits.push(Edit::new(sort, operator.byte_range(), new, what).weak(weak));
                }
                if in_condition && matches!(old, "<" | "!=" | "<=") {
                    let with = format!("({}) + 1 {old} ({})", text(left), text(right));
                    let what = "the last element dropped".to_owned();
                    // What a loop of several elements at a time leaves over, another one does.
                    let weak = left.kind() != "identifier";
                    edits.push(Edit::new(Sort::Bound, node.byte_range(), with, what).weak(weak));
                }
            }
        }
        "number_literal" => {
            let old = text(node);
            if let Ok(number) = old.parse::<u64>() {
                let new = number.wrapping_add(1).to_string();
                let what = format!("{new} for {old}");
                // Thresholds choose between ways to the same end, and capacities are no lengths.
                let chooses = node.parent().is_some_and(|p| {
                    p.kind() == "argument_list"
                        || p.kind() == "binary_expression"
                            && p.child_by_field_name("operator")
                                .is_some_and(|o| text(o).starts_with(['<', '>']))
                });
                let weak = chooses && number > 1;
                edits.push(Edit::new(Sort::Constant, node.byte_range(), new, what).weak(weak));
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
                    let what = format!("`{new}` for `{old}`");
                    edits.push(Edit::new(
                        Sort::Arithmetic,
                        operator.byte_range(),
                        new,
                        what,
                    ));
                }
            }
            if let Some(statement) = node.parent().filter(|p| p.kind() == "expression_statement") {
                let what = "an assignment left out".to_owned();
                edits.push(Edit::new(Sort::Lost, statement.byte_range(), ";", what));
            }
        }
        "call_expression" => of_call(parsed, node, edits),
        "conditional_expression" => {
            if let (Some(one), Some(other)) = (
                node.child_by_field_name("consequence"),
                node.child_by_field_name("alternative"),
            ) {
                let span = one.start_byte()..other.end_byte();
                let with = format!("({}) : ({})", text(other), text(one));
                let what = "the two results of `?:` exchanged".to_owned();
                edits.push(Edit::new(Sort::Logic, span, with, what));
            }
        }
        _ => {}
    }
}

/// The mistakes in a call: a test for NaN forgotten, a bound exchanged.
fn of_call(parsed: &Parsed<'_>, node: Node<'_>, edits: &mut Vec<Edit>) {
    let Some(callee) = node.child_by_field_name("function") else {
        return;
    };
    let name = parsed.slice(&callee.byte_range());
    let short = name.split('<').next().unwrap_or("");
    let short = short.rsplit("::").next().unwrap_or(short);
    match short {
        "isnan" | "isinf" | "isfinite" | "isnormal" => {
            let with = match short {
                "isnan" | "isinf" => "false",
                _ => "true",
            };
            let what = format!("`{short}` left out");
            edits.push(Edit {
                needs: Some("special"),
                ..Edit::new(Sort::Special, node.byte_range(), with, what)
            });
        }
        "min" | "max" => {
            let new = if short == "min" { "max" } else { "min" };
            let with = name.replacen(short, new, 1);
            let what = format!("`{new}` for `{short}`");
            edits.push(Edit::new(Sort::Logic, callee.byte_range(), with, what));
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
            what.first_chunk::<7>(),
            Some(&[
                "line 3: `x` as float",
                "line 1: `x` taken for aligned",
                "line 3: `-=` for `+=`",
                "line 3: the last element dropped",
                "line 2: 1 for 0",
                "line 3: an assignment left out",
                "line 3: `<=` for `<`",
            ])
        );
        assert!(
            all[3]
                .source
                .contains("for (int i = 0; (i) + 1 < (n); ++i)")
        );
        assert!(mistakes("int g() { return 1; }", "f").unwrap().is_empty());
    }

    #[test]
    fn where_little_can_be_exchanged_conditions_are_turned_around() {
        let source = "void f(std::string &out) {\n    if (!used(out)) out.clear();\n}\n";
        let all = mistakes(source, "f").unwrap();
        let what: Vec<&str> = all.iter().map(|m| m.what.as_str()).collect();
        assert!(
            what.contains(&"line 2: the condition turned around")
                && what.contains(&"line 2: a call left out"),
            "{what:?}"
        );
        assert!(all.iter().any(|m| m.source.contains("if (!(!used(out)))")));
    }
}

//! Mistakes with what a function is given: read as a narrower type, another container's length, a count ignored, memory
//! taken for aligned; and the last step after the loops left out. Pure.

use tree_sitter::Node;

use super::super::items::{Function, Parsed};
use super::super::param_usage::{Uses, length_like, uses};
use super::super::signature::{self, Layer, Parameter};
use super::{Edit, Sort};

/// Collects them for `function`, whose body is `body`.
pub(super) fn collect(
    parsed: &Parsed<'_>,
    function: &Function,
    body: Node<'_>,
    edits: &mut Vec<Edit>,
) {
    let Ok(head) = signature::read(parsed, function) else {
        return;
    };
    let names: Vec<String> = head.parameters.iter().map(|p| p.name.clone()).collect();
    let used = uses(parsed, function, &names);
    let mut nodes = Vec::new();
    let mut open = vec![body];
    while let Some(node) = open.pop() {
        nodes.push(node);
        let mut cursor = node.walk();
        let children: Vec<Node<'_>> = node.named_children(&mut cursor).collect();
        open.extend(children.into_iter().rev());
    }
    let of = Given {
        parsed,
        parameters: &head.parameters,
        used: &used,
        nodes: &nodes,
    };
    of.narrower(edits);
    of.other_lengths(edits);
    of.aligned(body, edits);
    flush(parsed, body, edits);
}

struct Given<'a, 't> {
    parsed: &'a Parsed<'a>,
    parameters: &'a [Parameter],
    used: &'a Uses,
    nodes: &'a [Node<'t>],
}

impl Given<'_, '_> {
    fn text(&self, node: Node<'_>) -> &str {
        self.parsed.slice(&node.byte_range())
    }

    /// Every parameter of a wide type read once as a narrower one.
    fn narrower(&self, edits: &mut Vec<Edit>) {
        for parameter in self.parameters {
            let name = parameter.name.as_str();
            let Some(narrow) = narrow(&parameter.base) else {
                continue;
            };
            let many = points(parameter) || is_container(parameter);
            let counts = self.used.bound.contains(name) || length_like(name);
            if name.is_empty() || !many && (counts || !parameter.layers.is_empty()) {
                continue;
            }
            let read = |node: &&Node<'_>| {
                let fits = match (many, node.kind()) {
                    (true, "subscript_expression" | "pointer_expression") => {
                        let text = self.text(**node);
                        let inner = node.child_by_field_name("argument");
                        let root = inner.map_or("", |inner| self.text(inner));
                        !text.starts_with('&')
                            && root
                                .trim_matches(|c: char| "()+-".contains(c))
                                .split(|c: char| !(c.is_alphanumeric() || c == '_'))
                                .next()
                                == Some(name)
                    }
                    (false, "identifier") => self.text(**node) == name,
                    _ => false,
                };
                fits && is_read(**node)
            };
            let what = format!("`{name}` as {narrow}");
            // Positions stay far below what the narrower type holds.
            let weak = self.used.as_positions(name, false);
            if let Some(node) = self.nodes.iter().find(read) {
                let with = format!("(({narrow})({}))", self.text(*node));
                let edit = Edit::new(Sort::Narrow, node.byte_range(), with, what);
                edits.push(edit.weak(weak));
            } else if let Some(of) = self.loop_over(name) {
                edits.push(Edit::new(Sort::Narrow, of, narrow, what).weak(weak));
            }
        }
    }

    /// The type of the variable of a loop over a container.
    fn loop_over(&self, name: &str) -> Option<std::ops::Range<usize>> {
        let over = self.nodes.iter().find(|node| {
            node.kind() == "for_range_loop"
                && node
                    .child_by_field_name("right")
                    .is_some_and(|right| self.text(right) == name)
        })?;
        let plain = over.child_by_field_name("declarator")?.kind() == "identifier";
        let of = over.child_by_field_name("type")?;
        plain.then(|| of.byte_range())
    }

    /// A container's length for another's, and for a number that counts.
    fn other_lengths(&self, edits: &mut Vec<Edit>) {
        let containers: Vec<&str> = self
            .parameters
            .iter()
            .filter(|p| is_container(p))
            .map(|p| p.name.as_str())
            .collect();
        for node in self.nodes.iter().filter(|n| n.kind() == "field_expression") {
            let Some(object) = node.child_by_field_name("argument") else {
                continue;
            };
            let method = node
                .child_by_field_name("field")
                .map_or("", |field| self.text(field));
            let own = self.text(object);
            let other = containers.iter().find(|name| **name != own);
            if let (Some(other), true, "size" | "length") =
                (other, containers.contains(&own), method)
            {
                let what = format!("the length of `{other}` for that of `{own}`");
                edits.push(Edit {
                    needs: Some("uneven"),
                    ..Edit::new(Sort::Length, object.byte_range(), *other, what)
                });
                break;
            }
        }
        let Some(container) = containers.first() else {
            return;
        };
        let counts = self.parameters.iter().filter(|p| {
            p.layers.is_empty() && self.used.bound.contains(&p.name) && !is_container(p)
        });
        for count in counts {
            let in_condition = |node: &&Node<'_>| {
                node.kind() == "identifier"
                    && self.text(**node) == count.name
                    && node
                        .parent()
                        .is_some_and(|p| p.kind() == "binary_expression")
                    && is_read(**node)
            };
            if let Some(node) = self.nodes.iter().find(in_condition) {
                let with = format!("(decltype({})){container}.size()", count.name);
                let what = format!("the length of `{container}` for `{}`", count.name);
                edits.push(Edit {
                    needs: Some("uneven"),
                    ..Edit::new(Sort::Length, node.byte_range(), with, what)
                });
            }
        }
    }

    /// Memory taken for aligned to sixteen bytes.
    fn aligned(&self, body: Node<'_>, edits: &mut Vec<Edit>) {
        // What points to one object is as aligned as the object is.
        let many = |p: &&Parameter| points(p) && self.used.walked.contains(&p.name);
        let Some(pointer) = self.parameters.iter().find(many) else {
            return;
        };
        let at = body.start_byte() + 1;
        let with = format!(
            " if ((unsigned long){} % 16 != 0) __builtin_trap();",
            pointer.name
        );
        let what = format!("`{}` taken for aligned", pointer.name);
        edits.push(Edit {
            needs: Some("unaligned"),
            ..Edit::new(Sort::Aligned, at..at, with, what)
        });
    }
}

/// The last step between the loops and the end left out.
fn flush(parsed: &Parsed<'_>, body: Node<'_>, edits: &mut Vec<Edit>) {
    let mut cursor = body.walk();
    let all: Vec<Node<'_>> = body.named_children(&mut cursor).collect();
    let is_loop = |node: &Node<'_>| {
        matches!(
            node.kind(),
            "for_statement" | "while_statement" | "do_statement" | "for_range_loop"
        )
    };
    let Some(first) = all.iter().position(is_loop) else {
        return;
    };
    let last = all.iter().skip(first + 1).rev().find(|node| {
        is_loop(node) || matches!(node.kind(), "if_statement" | "expression_statement")
    });
    let Some(last) = last else { return };
    let text = parsed.slice(&last.byte_range());
    // What only tidies up leaves no trace.
    let tidies = [
        "free", "delete", "close", "clear", "assert", "print", "destroy", "unlock",
    ];
    if tidies.iter().any(|word| text.contains(word)) {
        return;
    }
    let what = "the last step left out".to_owned();
    edits.push(Edit::new(Sort::Flush, last.byte_range(), ";", what));
}

/// Whether a node is read, neither written nor pointed to.
fn is_read(node: Node<'_>) -> bool {
    let mut at = node;
    while let Some(parent) = at.parent() {
        match parent.kind() {
            "parenthesized_expression" => at = parent,
            "assignment_expression" => {
                return parent.child_by_field_name("left").map(|n| n.id()) != Some(at.id());
            }
            "update_expression" | "reference_declarator" | "pointer_expression" => return false,
            "field_expression" | "init_declarator" | "declaration" | "subscript_expression" => {
                return parent.child_by_field_name("argument").map(|n| n.id()) != Some(at.id())
                    && parent.child_by_field_name("declarator").map(|n| n.id()) != Some(at.id());
            }
            _ => return true,
        }
    }
    true
}

fn points(parameter: &Parameter) -> bool {
    matches!(
        parameter.layers.as_slice(),
        [Layer::Pointer] | [Layer::Array(_)]
    ) && !parameter.base.contains("void")
        && !parameter.name.is_empty()
}

fn is_container(parameter: &Parameter) -> bool {
    const KNOWN: [&str; 8] = [
        "vector<",
        "string",
        "span<",
        "deque<",
        "list<",
        "set<",
        "map<",
        "string_view",
    ];
    let plain = parameter
        .layers
        .iter()
        .all(|layer| matches!(layer, Layer::Reference | Layer::Moved));
    plain && KNOWN.iter().any(|known| parameter.base.contains(known))
}

/// A type that holds less than the one spelled, where that can be told.
fn narrow(base: &str) -> Option<&'static str> {
    let inner = match base.split_once('<') {
        Some((_, inner)) => inner.split(['<', '>', ',']).next().unwrap_or(""),
        None => base,
    };
    let words: Vec<&str> = inner
        .split(|c: char| !(c.is_alphanumeric() || c == '_'))
        .filter(|word| !word.is_empty() && !matches!(*word, "const" | "std" | "struct"))
        .collect();
    let has = |all: &[&str]| words.iter().any(|word| all.contains(word));
    Some(match () {
        () if has(&["double"]) => "float",
        () if has(&["uint64_t", "size_t", "uintptr_t"]) => "unsigned",
        () if has(&["unsigned"]) && has(&["long"]) => "unsigned",
        () if has(&["int64_t", "long", "ptrdiff_t", "ssize_t"]) => "int",
        () if has(&["char"]) => return None,
        () if has(&["uint32_t"]) => "unsigned short",
        () if has(&["unsigned"]) && !has(&["short"]) => "unsigned short",
        () if has(&["int", "int32_t"]) && !has(&["short"]) => "short",
        () => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::super::mistakes;

    fn what(source: &str) -> Vec<String> {
        let all = mistakes(source, "f").unwrap();
        all.into_iter().map(|mistake| mistake.what).collect()
    }

    #[test]
    fn parameters_are_read_narrower_and_taken_for_aligned() {
        let all = what(
            "uint64_t f(const uint64_t *words, size_t n) {\n    uint64_t t = 0;\n    for (size_t i = 0; i < n; ++i) t += words[i];\n    return t;\n}\n",
        );
        assert!(
            all.contains(&"line 3: `words` as unsigned".to_owned()),
            "{all:?}"
        );
        assert!(
            all.contains(&"line 1: `words` taken for aligned".to_owned()),
            "{all:?}"
        );
        assert!(!all.iter().any(|what| what.contains("`n` as")), "{all:?}");
    }

    #[test]
    fn lengths_are_exchanged_and_counts_ignored() {
        let all = what(
            "int f(const std::vector<int> &a, const std::vector<int> &b, int k) {\n    int n = 0;\n    for (size_t i = 0; i < a.size(); i++)\n        for (int j = 0; j < k; j++) n += a[i] == b[j];\n    if (n > 3) n = b[0];\n    return n;\n}\n",
        );
        for wanted in [
            "line 3: the length of `b` for that of `a`",
            "line 4: the length of `a` for `k`",
            "line 5: the last step left out",
        ] {
            assert!(all.contains(&wanted.to_owned()), "{wanted}: {all:?}");
        }
    }

    #[test]
    fn a_forgotten_test_for_nan_is_a_mistake() {
        let all = what("double f(double x) { return std::isnan(x) ? 0 : x; }");
        assert!(
            all.contains(&"line 1: `isnan` left out".to_owned()),
            "{all:?}"
        );
    }
}

//! What a function does with its parameters, as far as its text shows: which are walked along, which bound a loop, which are
//! positions. A guess that the proof of the folder tests; never more than that. Pure.

use std::collections::{BTreeMap, BTreeSet};

use tree_sitter::Node;

use super::items::{Function, Parsed, declared};

/// The parameters by use; a name can be in several.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Uses {
    /// Indexed, moved along, or handed to a function.
    pub walked: BTreeSet<String>,
    /// In the condition of a loop.
    pub bound: BTreeSet<String>,
    /// What is taken away from what in the condition of a loop: a kernel's width, a pattern's length.
    pub parts: BTreeSet<(String, String)>,
    /// By how many places something is shifted.
    pub shifts: BTreeSet<String>,
    /// Compared with elements of memory.
    pub sought: BTreeSet<String>,
    /// Between `[` and `]`.
    pub index: BTreeSet<String>,
    /// Arrays whose elements stand between `[` and `]`.
    pub holds_indices: BTreeSet<String>,
    /// The same, where what they index is no parameter: a table of its own length.
    pub holds_table_indices: BTreeSet<String>,
    /// Handed to a function.
    pub passed: BTreeSet<String>,
    /// What a name is compared with by `==` and `!=`, or told apart by in a `switch`.
    pub compared: BTreeMap<String, BTreeSet<String>>,
    /// Given back by a `return`.
    pub returned: BTreeSet<String>,
    /// Functions that a name is handed to.
    pub given_to: BTreeMap<String, BTreeSet<String>>,
    /// What assertions say that a name is at least and at most.
    pub asserted: BTreeMap<String, (Option<i64>, Option<i64>)>,
    /// What the last element of a list is told by: what is assigned to it, like `.index = -1`.
    pub ended: BTreeMap<String, String>,
    /// Multiplied by something that is no literal, or added to something again and again: the sides of a plane.
    pub products: BTreeSet<String>,
    /// What assertions say that a name is a multiple of.
    pub multiples: BTreeMap<String, u64>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Within {
    condition: bool,
    index: bool,
    /// Of something that is no parameter.
    table: bool,
    call: bool,
    back: bool,
}

/// Reads a function's body.
pub(super) fn uses(parsed: &Parsed<'_>, function: &Function, names: &[String]) -> Uses {
    let Some(body) = parsed.node(&function.body, "compound_statement") else {
        return Uses::default();
    };
    let mut reader = Reader {
        parsed,
        roots: names
            .iter()
            .map(|name| (name.clone(), BTreeSet::from([name.clone()])))
            .collect(),
        uses: Uses::default(),
        rests: BTreeMap::new(),
    };
    // What a local stands for may be said after its use in a loop.
    for _ in 0..2 {
        reader.visit(body);
    }
    reader.uses
}

struct Reader<'p> {
    parsed: &'p Parsed<'p>,
    /// The parameters that a name stands for.
    roots: BTreeMap<String, BTreeSet<String>>,
    uses: Uses,
    /// Locals that are what is left of one parameter without another.
    rests: BTreeMap<String, (String, String)>,
}

impl Reader<'_> {
    fn text(&self, node: Node<'_>) -> &str {
        self.parsed.slice(&node.byte_range())
    }

    fn mentioned(&self, node: Node<'_>, depth: usize) -> BTreeSet<String> {
        if depth > 100 {
            return BTreeSet::new();
        }
        match node.kind() {
            "identifier" => return self.roots.get(self.text(node)).cloned().unwrap_or_default(),
            "sizeof_expression" => return BTreeSet::new(),
            _ => {}
        }
        let mut cursor = node.walk();
        node.named_children(&mut cursor)
            .flat_map(|child| self.mentioned(child, depth + 1))
            .collect()
    }

    /// What an array expression stands for: `a` in `a[i][j]` and `(a + 1)[i]`.
    fn walk_along(&mut self, node: Node<'_>) {
        if matches!(
            node.kind(),
            "identifier" | "parenthesized_expression" | "binary_expression" | "cast_expression"
        ) {
            let roots = self.mentioned(node, 0);
            self.uses.walked.extend(roots);
        }
    }

    /// The parameters of `whole - part`, the part first.
    fn part(&self, node: Node<'_>) -> Option<(String, String)> {
        let operator = node.child_by_field_name("operator")?;
        if node.kind() != "binary_expression" || self.text(operator) != "-" {
            return None;
        }
        let only = |side: &str| {
            let mut roots = self
                .mentioned(node.child_by_field_name(side)?, 0)
                .into_iter();
            roots.next().filter(|_| roots.next().is_none())
        };
        let (whole, part) = (only("left")?, only("right")?);
        (whole != part).then_some((part, whole))
    }

    /// The parameter that an element is one of, and which member of the element is meant: `p->index`, `a[i]`, `*p`.
    fn element(&self, mut node: Node<'_>) -> Option<(String, String)> {
        let mut member = String::new();
        if node.kind() == "field_expression" {
            let field = node.child_by_field_name("field")?;
            member = format!(".{}", self.text(field));
            node = node.child_by_field_name("argument")?;
            if node.kind() == "identifier" {
                let mut roots = self.mentioned(node, 0).into_iter();
                let root = roots.next().filter(|_| roots.next().is_none())?;
                return Some((root, member));
            }
        }
        let inner = match node.kind() {
            "pointer_expression" | "subscript_expression" => {
                node.child_by_field_name("argument")?
            }
            _ => return None,
        };
        let mut roots = self.mentioned(inner, 0).into_iter();
        let root = roots.next().filter(|_| roots.next().is_none())?;
        Some((root, member))
    }

    /// Notes that parameters are compared with a number.
    fn tell_apart(&mut self, parameters: BTreeSet<String>, with: Node<'_>) {
        if matches!(with.kind(), "number_literal" | "identifier") {
            let with = self.text(with).to_owned();
            for name in parameters {
                self.uses
                    .compared
                    .entry(name)
                    .or_default()
                    .insert(with.clone());
            }
        }
    }

    /// Takes in `name < number` and the like, joined by `&&`, from what is asserted.
    fn assert(&mut self, node: Node<'_>) {
        let mut open = vec![node];
        while let Some(node) = open.pop() {
            let sides = ["left", "right"].map(|side| node.child_by_field_name(side));
            let operator = node.child_by_field_name("operator");
            let ("binary_expression", [Some(left), Some(right)], Some(operator)) =
                (node.kind(), sides, operator)
            else {
                let mut cursor = node.walk();
                if matches!(node.kind(), "argument_list" | "parenthesized_expression") {
                    open.extend(node.named_children(&mut cursor));
                }
                continue;
            };
            let number = |node: Node<'_>| self.text(node).trim().parse::<i64>().ok();
            let named =
                |node: Node<'_>| (node.kind() == "identifier").then(|| self.text(node).to_owned());
            let operator = self.parsed.slice(&operator.byte_range());
            // `5 > x` is `x < 5`.
            let turned = match operator {
                "<" => ">",
                "<=" => ">=",
                ">" => "<",
                ">=" => "<=",
                other => other,
            };
            let said = match (named(left), number(right), number(left), named(right)) {
                (Some(name), Some(n), _, _) => Some((name, operator, n)),
                (_, _, Some(n), Some(name)) => Some((name, turned, n)),
                _ => None,
            };
            if operator == "&&" {
                open.extend([left, right]);
            }
            // `name % 3 == 0`.
            if operator == "=="
                && number(right) == Some(0)
                && let Some(name) = left.child_by_field_name("left").and_then(named)
                && left
                    .child_by_field_name("operator")
                    .is_some_and(|o| self.text(o) == "%")
                && let Some(by) = left.child_by_field_name("right").and_then(number)
                && let Ok(by @ 2..=4096) = u64::try_from(by)
            {
                self.uses.multiples.insert(name, by);
            }
            let Some((name, operator, n)) = said else {
                continue;
            };
            let (least, most) = match operator {
                "<" => (None, n.checked_sub(1)),
                "<=" => (None, Some(n)),
                ">" => (n.checked_add(1), None),
                ">=" => (Some(n), None),
                _ => continue,
            };
            let known = self.uses.asserted.entry(name).or_default();
            known.0 = known.0.max(least);
            known.1 = match (known.1, most) {
                (Some(one), Some(two)) => Some(one.min(two)),
                (one, two) => one.or(two),
            };
        }
    }

    /// Looks at a node and all below it, in order, on a stack of its own.
    fn visit(&mut self, node: Node<'_>) {
        let mut open = vec![(node, Within::default())];
        while let Some((node, within)) = open.pop() {
            let before = open.len();
            self.look(node, within, &mut open);
            open[before..].reverse();
        }
    }

    /// Looks at one node; what is to be looked at next is put to `next`.
    fn look<'t>(&mut self, node: Node<'t>, within: Within, next: &mut Vec<(Node<'t>, Within)>) {
        match node.kind() {
            // How large something is says nothing of what it holds.
            "sizeof_expression" => return,
            "identifier" => {
                let roots = self.roots.get(self.text(node)).cloned().unwrap_or_default();
                if within.condition {
                    self.uses.bound.extend(roots.iter().cloned());
                    let rest = self.rests.get(self.text(node)).cloned();
                    self.uses.parts.extend(rest);
                }
                if within.index {
                    // Elements that index a table are told apart from those that are positions among others.
                    let (elements, own): (Vec<_>, Vec<_>) = roots
                        .iter()
                        .cloned()
                        .partition(|root| within.table && root.ends_with("[]"));
                    self.uses.index.extend(own);
                    let elements = elements.iter().filter_map(|root| root.strip_suffix("[]"));
                    self.uses
                        .holds_table_indices
                        .extend(elements.map(str::to_owned));
                }
                if within.call {
                    self.uses.passed.extend(roots.iter().cloned());
                    self.uses.walked.extend(roots.iter().cloned());
                }
                if within.back {
                    self.uses.returned.extend(roots);
                }
                return;
            }
            "subscript_expression" => {
                let mut table = false;
                if let Some(array) = node.child_by_field_name("argument") {
                    self.walk_along(array);
                    let roots = self.mentioned(array, 0);
                    table = roots.is_empty();
                    match (within.index, within.table) {
                        (true, false) => self.uses.holds_indices.extend(roots),
                        (true, true) => self.uses.holds_table_indices.extend(roots),
                        _ => {}
                    }
                    let outside = Within {
                        index: false,
                        table: false,
                        ..within
                    };
                    next.push((array, outside));
                }
                let mut cursor = node.walk();
                for child in node.named_children(&mut cursor).skip(1) {
                    let inside = Within {
                        index: true,
                        table,
                        condition: within.condition,
                        ..Within::default()
                    };
                    next.push((child, inside));
                }
                return;
            }
            "init_declarator" | "assignment_expression" => {
                let target = node
                    .child_by_field_name("declarator")
                    .or_else(|| node.child_by_field_name("left"));
                let value = node
                    .child_by_field_name("value")
                    .or_else(|| node.child_by_field_name("right"));
                if let (Some(target), Some(value)) = (target, value) {
                    let compound = node
                        .child_by_field_name("operator")
                        .is_some_and(|o| self.text(o) != "=");
                    if compound {
                        self.walk_along(target);
                        let added = self.mentioned(value, 0);
                        self.uses.products.extend(added);
                    }
                    if let Some(rest) = self.part(value)
                        && let Some(name) = declared(target, self.parsed.text).pop()
                    {
                        self.rests.insert(name, rest);
                    }
                    // What is read out of an array stands for its elements.
                    if value.kind() == "subscript_expression"
                        && let Some(name) = declared(target, self.parsed.text).pop()
                        && let Some(array) = value.child_by_field_name("argument")
                    {
                        let elements: BTreeSet<String> = self
                            .mentioned(array, 0)
                            .into_iter()
                            .map(|root| format!("{root}[]"))
                            .collect();
                        self.roots.entry(name).or_default().extend(elements);
                    } else if let Some(name) = declared(target, self.parsed.text).pop() {
                        let stands_for = self.mentioned(value, 0);
                        self.roots.entry(name).or_default().extend(stands_for);
                    }
                }
            }
            "update_expression" | "pointer_expression" => {
                if let Some(inner) = node.child_by_field_name("argument")
                    && node.kind() == "update_expression"
                {
                    self.walk_along(inner);
                }
            }
            "switch_statement" => {
                let what = node
                    .child_by_field_name("condition")
                    .map(|n| self.mentioned(n, 0));
                let mut cursor = node.walk();
                let body = node.child_by_field_name("body");
                for case in body
                    .into_iter()
                    .flat_map(|body| body.named_children(&mut cursor).collect::<Vec<_>>())
                {
                    if let Some(value) = case.child_by_field_name("value") {
                        self.tell_apart(what.clone().unwrap_or_default(), value);
                    }
                }
            }
            "binary_expression" => {
                let sides = ["left", "right"].map(|side| node.child_by_field_name(side));
                if let [Some(left), Some(right)] = sides
                    && node
                        .child_by_field_name("operator")
                        .is_some_and(|o| matches!(self.text(o), "==" | "!="))
                {
                    for (one, other) in [(left, right), (right, left)] {
                        if one.kind() == "identifier" {
                            self.tell_apart(self.mentioned(one, 0), other);
                        }
                    }
                }
                let unequal = node
                    .child_by_field_name("operator")
                    .is_some_and(|o| self.text(o) == "!=");
                if let (true, true, [Some(left), Some(right)]) = (unequal, within.condition, sides)
                    && let Some((root, member)) = self.element(left)
                    && is_plain_number(self.text(right))
                {
                    let value = format!("{member} = {}", self.text(right));
                    self.uses.ended.insert(root, value);
                }
                let times = node
                    .child_by_field_name("operator")
                    .is_some_and(|o| self.text(o) == "*");
                if let (true, [Some(left), Some(right)]) = (times, sides)
                    && ![left, right].iter().any(|side| is_factor(*side))
                {
                    let both = [self.mentioned(left, 0), self.mentioned(right, 0)];
                    self.uses.products.extend(both.into_iter().flatten());
                }
                let takes = node
                    .child_by_field_name("operator")
                    .is_some_and(|o| self.text(o) == "-");
                if takes && within.condition {
                    self.uses.parts.extend(self.part(node));
                }
                let shifts = node
                    .child_by_field_name("operator")
                    .is_some_and(|o| matches!(self.text(o), "<<" | ">>"));
                // What is written to a stream stands there, too.
                if let (true, [Some(left), Some(right)]) = (shifts, sides)
                    && right.kind() == "identifier"
                    && (left.kind() == "number_literal" || may_be_shifted(left))
                    && !["out", "err", "os", "ss", "stream", "log"]
                        .iter()
                        .any(|end| self.text(left).ends_with(end))
                {
                    let by = self.text(right).to_owned();
                    self.uses.shifts.insert(by);
                }
                let compares = node
                    .child_by_field_name("operator")
                    .is_some_and(|o| matches!(self.text(o), "==" | "!=" | "<" | "<=" | ">" | ">="));
                if let ([Some(left), Some(right)], true) = (sides, compares) {
                    for (one, other) in [(left, right), (right, left)] {
                        if is_element(one) && !is_element(other) {
                            let sought = self.mentioned(other, 0);
                            self.uses.sought.extend(sought);
                        }
                    }
                }
                // What an element is compared with bounds nothing.
                if compares && within.condition && sides.iter().flatten().any(|s| is_element(*s)) {
                    let outside = Within {
                        condition: false,
                        ..within
                    };
                    next.extend(sides.into_iter().flatten().map(|side| (side, outside)));
                    return;
                }
                let sum = node
                    .child_by_field_name("operator")
                    .is_some_and(|o| matches!(self.text(o), "+" | "-"));
                if sum
                    && let Some(left) = node
                        .child_by_field_name("left")
                        .filter(|l| l.kind() == "identifier")
                {
                    self.walk_along(left);
                }
            }
            "call_expression" => {
                let asserts = node.child_by_field_name("function").is_some_and(|f| {
                    let name = self.text(f).to_lowercase();
                    name.ends_with("assert") || name.ends_with("check") || name.ends_with("expects")
                });
                if let (Some(callee), Some(list)) = (
                    node.child_by_field_name("function"),
                    node.child_by_field_name("arguments"),
                ) {
                    let callee = self.text(callee).trim_start_matches("std::").to_owned();
                    let mut cursor = list.walk();
                    for argument in list.named_children(&mut cursor) {
                        if argument.kind() == "identifier" {
                            let name = self.text(argument).to_owned();
                            let known = self.uses.given_to.entry(name).or_default();
                            known.insert(callee.clone());
                        }
                    }
                }
                if let (true, Some(list)) = (asserts, node.child_by_field_name("arguments")) {
                    self.assert(list);
                }
                if let Some(arguments) = node.child_by_field_name("arguments") {
                    let callee = node.child_by_field_name("function");
                    let inside = Within {
                        call: within.call || !callee.is_some_and(|c| is_cast(self.text(c))),
                        ..within
                    };
                    next.push((arguments, inside));
                }
                if let Some(callee) = node
                    .child_by_field_name("function")
                    .filter(|f| f.kind() == "field_expression")
                {
                    next.push((callee, within));
                }
                return;
            }
            _ => {}
        }
        let condition = matches!(
            node.kind(),
            "for_statement" | "while_statement" | "do_statement"
        )
        .then(|| node.child_by_field_name("condition"))
        .flatten();
        let mut cursor = node.walk();
        for child in node.named_children(&mut cursor) {
            let inside = Within {
                condition: within.condition || Some(child) == condition,
                back: within.back || node.kind() == "return_statement",
                ..within
            };
            next.push((child, inside));
        }
    }
}

impl Uses {
    /// Whether a stream is written, from the functions of the library that get it; `None` where that cannot be told.
    pub(crate) fn stream(&self, name: &str) -> Option<bool> {
        const READ: [&str; 9] = [
            "fgets", "fgetc", "getc", "fread", "fscanf", "getline", "ungetc", "feof", "fgetwc",
        ];
        const WRITTEN: [&str; 7] = [
            "fputs", "fputc", "putc", "fwrite", "fprintf", "vfprintf", "fflush",
        ];
        let to = self.given_to.get(name)?;
        let any = |all: &[&str]| to.iter().any(|name| all.contains(&name.as_str()));
        match (any(&READ), any(&WRITTEN)) {
            (true, false) => Some(false),
            (false, true) => Some(true),
            _ => None,
        }
    }

    /// Whether elements of `name` are used as positions. Of tables, which bytes may be too small to leave.
    pub(crate) fn as_positions(&self, name: &str, bytes: bool) -> bool {
        self.holds_indices.contains(name)
            || self.index.contains(&format!("{name}[]"))
            || (!bytes && self.holds_table_indices.contains(name))
    }
}

/// Whether a whole number's name says that it is a length.
pub(super) fn length_like(name: &str) -> bool {
    let plain = name.trim_matches('_').to_lowercase();
    const WHOLE: &[&str] = &[
        "n", "m", "len", "length", "size", "count", "num", "sz", "rows", "cols", "columns",
        "width", "height", "w", "h", "nrows", "ncols", "nx", "ny", "nz", "dim", "stride", "pitch",
        "ld", "lda", "ldb", "ldc", "total", "bytes", "nbytes", "nmemb", "l",
    ];
    const PARTS: &[&str] = &[
        "len", "size", "count", "length", "width", "height", "num_", "nb_", "n_", "_n", "bytes",
    ];
    WHOLE.contains(&plain.as_str())
        || PARTS
            .iter()
            .any(|part| plain.starts_with(part) || plain.ends_with(part))
}

/// Whether what stands left of `<<` or `>>` may be a number rather than a chain of output.
fn may_be_shifted(left: Node<'_>) -> bool {
    matches!(
        left.kind(),
        "parenthesized_expression" | "cast_expression" | "subscript_expression" | "identifier"
    )
}

/// Whether a text is a whole number with or without a sign.
fn is_plain_number(text: &str) -> bool {
    let digits = text.trim().trim_start_matches('-');
    !digits.is_empty() && digits.len() < 10 && digits.bytes().all(|b| b.is_ascii_digit())
}

/// Whether an expression is a number as it stands, or the size of something.
fn is_factor(mut node: Node<'_>) -> bool {
    while node.kind() == "parenthesized_expression" {
        let Some(inner) = node.named_child(0) else {
            return false;
        };
        node = inner;
    }
    matches!(node.kind(), "number_literal" | "sizeof_expression")
}

/// Whether what looks like a call makes a number of another type.
fn is_cast(callee: &str) -> bool {
    const NUMBERS: [&str; 10] = [
        "char", "short", "int", "long", "unsigned", "float", "double", "size_t", "bool", "uint8_t",
    ];
    callee
        .split('<')
        .next()
        .is_some_and(|name| name.ends_with("_cast"))
        || NUMBERS.contains(&callee)
}

/// Whether an expression reads one element of memory.
fn is_element(mut node: Node<'_>) -> bool {
    while matches!(node.kind(), "parenthesized_expression" | "cast_expression") {
        let inner = match node.kind() {
            "cast_expression" => node.child_by_field_name("value"),
            _ => node.named_child(0),
        };
        let Some(inner) = inner else { return false };
        node = inner;
    }
    matches!(node.kind(), "pointer_expression" | "subscript_expression")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str, names: &[&str]) -> Uses {
        let parsed = Parsed::new(text).unwrap();
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        uses(&parsed, &parsed.functions[0], &names)
    }

    #[test]
    fn what_is_taken_away_from_a_length_is_a_part_of_it() {
        let uses = of(
            "int f(const char *s, int n, int m, int k) { int c = n - k; for (int i = 0; i <= n - m; ++i) c += s[i]; return c; }",
            &["s", "n", "m", "k"],
        );
        assert_eq!(
            uses.parts,
            BTreeSet::from([("m".to_owned(), "n".to_owned())])
        );
    }

    #[test]
    fn loops_subscripts_and_calls_show_what_parameters_are_for() {
        let uses = of(
            "void f(const int *x, int n, int k, const int *at, char *d, const char *s, int len) {\n\
             const int *e = x + n; while (x != e) ++x; for (int i = 0; i < 3; ++i) { int j = at[i]; x[j] + x[k]; }\n memcpy(d, s, len); }",
            &["x", "n", "k", "at", "d", "s", "len"],
        );
        assert!(
            uses.walked.contains("x") && uses.walked.contains("at") && uses.walked.contains("d")
        );
        assert!(uses.bound.contains("n") && !uses.bound.contains("k"));
        assert!(
            uses.index.contains("k")
                && uses.as_positions("at", true)
                && !uses.as_positions("x", true)
        );
        assert!(uses.passed.contains("len"));
    }

    #[test]
    fn what_an_element_is_compared_with_is_no_bound() {
        let uses = of(
            "void f(const char *s, int c, int n) { while (n-- > 0 && *s != (char)c) s++; }",
            &["s", "c", "n"],
        );
        assert!(uses.bound.contains("n") && !uses.bound.contains("c"));
        assert!(uses.sought.contains("c") && !uses.sought.contains("n"));
    }

    #[test]
    fn what_something_is_shifted_by_is_told() {
        let uses = of(
            "int f(const unsigned *x, int n, int bits) { int k = 1 << bits; while (n--) k += x[n] >> bits; return k; }",
            &["x", "n", "bits"],
        );
        assert!(uses.shifts.contains("bits") && !uses.shifts.contains("n"));
    }

    #[test]
    fn names_of_lengths_are_known() {
        for name in [
            "n",
            "len",
            "buf_len",
            "nRows",
            "size_",
            "num_items",
            "inputLength",
        ] {
            assert!(length_like(name), "{name}");
        }
        for name in ["seed", "alpha", "key", "k"] {
            assert!(!length_like(name), "{name}");
        }
    }
}

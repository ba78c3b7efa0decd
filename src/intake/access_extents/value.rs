//! What expressions are at most, and which elements they touch.

use std::collections::BTreeMap;

use tree_sitter::Node;

use super::super::items::Kind;
use super::super::polynomial::Polynomial;
use super::super::signature;
use super::super::words;
use super::{Bound, Change, Reader, Seed, dimensions, larger, moved, unwrapped};

impl Reader<'_> {
    /// What an expression is at most, noting what it touches.
    pub(super) fn value(&mut self, node: Node<'_>, depth: usize) -> Option<Bound> {
        if !self.enters() {
            return None;
        }
        let bound = self.value_within(node, depth);
        self.nested -= 1;
        bound
    }

    fn value_within(&mut self, node: Node<'_>, depth: usize) -> Option<Bound> {
        let field = |name: &str| node.child_by_field_name(name);
        match node.kind() {
            "number_literal" => {
                literal(self.text(node)).map(|n| Bound::Number(Polynomial::number(n), true))
            }
            "identifier" => {
                let name = self.text(node);
                self.names
                    .get(name)
                    .cloned()
                    .or_else(|| self.constant(name))
            }
            "field_expression" if self.member(node).is_some() => self
                .member(node)
                .and_then(|name| self.names.get(&name).cloned()),
            "parenthesized_expression"
            | "condition_clause"
            | "init_declarator"
            | "comma_expression" => {
                let mut last = None;
                for child in self.named(node) {
                    last = self.value(child, depth);
                }
                last
            }
            "cast_expression" => {
                let value = field("value").and_then(|value| self.value(value, depth));
                self.cast(value, field("type").map_or("", |t| self.text(t)))
            }
            "assignment_expression" => self.assignment(node, depth),
            "update_expression" => {
                let argument = unwrapped(field("argument")?);
                let before = self.value(argument, depth);
                if argument.kind() == "identifier" {
                    let name = self.text(argument).to_owned();
                    let up = self.text(node).contains("++");
                    let step = Polynomial::number(i64::from(up));
                    let after = before.as_ref().and_then(|b| moved(b, &step));
                    self.set(&name, after, Change::Added);
                }
                before
            }
            "pointer_expression" => {
                let argument = unwrapped(field("argument")?);
                if self.text(node).starts_with('&') {
                    if argument.kind() == "subscript_expression" {
                        let (base, at) = self.subscript(argument, depth)?;
                        // A name for one of several objects is for looking into it.
                        if let (Bound::Pointer(buffer, from, scale), Some(_)) =
                            (&base, self.object(argument))
                        {
                            let at = at.as_ref().map(|at| from.plus(at));
                            self.touch(buffer, at.as_ref(), *scale);
                        }
                        return match base {
                            Bound::Pointer(buffer, from, scale) => {
                                Some(Bound::Pointer(buffer, from.plus(&at?), scale))
                            }
                            Bound::Number(..) => None,
                        };
                    }
                    return self.value(argument, depth);
                }
                let Some(Bound::Pointer(buffer, at, scale)) = self.value(argument, depth) else {
                    return None;
                };
                self.touch(&buffer, Some(&at), scale);
                self.element(&buffer, scale)
            }
            "subscript_expression" => {
                let (base, at) = self.subscript(node, depth)?;
                let Bound::Pointer(buffer, from, scale) = base else {
                    return None;
                };
                let at = at.map(|at| from.plus(&at));
                self.touch(&buffer, at.as_ref(), scale);
                self.element(&buffer, scale)
            }
            "conditional_expression" => {
                if let Some(condition) = field("condition") {
                    self.value(condition, depth);
                }
                let one = field("consequence").and_then(|n| self.value(n, depth));
                let two = field("alternative").and_then(|n| self.value(n, depth));
                larger(one?, two?)
            }
            "unary_expression" => {
                let inner = field("argument").and_then(|n| self.value(n, depth))?;
                match (self.text(field("operator")?), inner) {
                    ("-", Bound::Number(n, true)) => {
                        Some(Bound::Number(Polynomial::number(0).minus(&n), true))
                    }
                    ("-", _) => Some(Bound::Number(Polynomial::number(0), false)),
                    ("+", inner) => Some(inner),
                    ("!", _) => Some(Bound::Number(Polynomial::number(1), false)),
                    _ => None,
                }
            }
            "binary_expression" => {
                let left = field("left").and_then(|n| self.value(n, depth));
                let right = field("right").and_then(|n| self.value(n, depth));
                arithmetic(self.text(field("operator")?), left, right)
            }
            "call_expression" => self.call(node, depth),
            "lambda_expression" => {
                self.statement(node, depth);
                None
            }
            "sizeof_expression" => None,
            kind => {
                for child in self.named(node) {
                    let value = self.value(child, depth);
                    if kind != "field_expression" {
                        self.lose(value);
                    }
                }
                None
            }
        }
    }

    /// What an element of a buffer is at most; `scale` of the buffer's elements are read as one.
    fn element(&self, buffer: &str, scale: i64) -> Option<Bound> {
        let below = |n: Polynomial| Bound::Number(n.minus(&Polynomial::number(1)), false);
        match self.seeds.get(buffer)? {
            Seed::Rows => Some(Bound::Pointer(
                format!("{buffer}[]"),
                Polynomial::number(0),
                1,
            )),
            Seed::Positions => Some(below(Polynomial::of("in.size"))),
            Seed::Octets => Some(below(Polynomial::number(256))),
            Seed::Bytes if scale == 1 => Some(below(Polynomial::number(256))),
            Seed::Behind => Some(Bound::Number(Polynomial::of(buffer), true)),
            _ => None,
        }
    }

    /// The base of a subscript and its position.
    fn subscript(&mut self, node: Node<'_>, depth: usize) -> Option<(Bound, Option<Polynomial>)> {
        let base = self.value(node.child_by_field_name("argument")?, depth);
        let mut at = None;
        for index in self.named(node).into_iter().skip(1) {
            // Newer grammars have a list around it.
            at = match index.kind() {
                "subscript_argument_list" => {
                    let mut last = None;
                    for child in self.named(index) {
                        last = self.value(child, depth);
                    }
                    last
                }
                _ => self.value(index, depth),
            };
        }
        let at = match at {
            Some(Bound::Number(at, _)) => Some(at),
            _ => None,
        };
        if let Some(at) = at.as_ref().filter(|_| self.recording)
            && let Some((name, most)) = self.most_of(node, at)
        {
            let now = self.most.entry(name).or_insert(most);
            *now = most.min(*now);
        }
        Some((base?, at))
    }

    fn assignment(&mut self, node: Node<'_>, depth: usize) -> Option<Bound> {
        let left = unwrapped(node.child_by_field_name("left")?);
        let value = node
            .child_by_field_name("right")
            .and_then(|n| self.value(n, depth));
        if left.kind() != "identifier" {
            self.value(left, depth);
            self.lose(value);
            return None;
        }
        let name = self.text(left).to_owned();
        self.stands_for(&name, node.child_by_field_name("right"));
        let now = self.names.get(&name).cloned();
        let right = node
            .child_by_field_name("right")
            .map_or("", |n| self.text(n));
        let (bound, change) = match node
            .child_by_field_name("operator")
            .map_or("", |o| self.text(o))
        {
            // `p = p + n` adds.
            "=" if words::mentions(right, &name) => (value.clone(), Change::Added),
            "=" => (value.clone(), Change::Set),
            "+=" => {
                let by = match &value {
                    Some(Bound::Number(by, _)) => Some(by),
                    _ => None,
                };
                (by.and_then(|by| moved(now.as_ref()?, by)), Change::Added)
            }
            "-=" | "/=" | ">>=" | "%=" | "&=" => (now, Change::Added),
            _ => (None, Change::Set),
        };
        self.set(&name, bound.clone(), change);
        bound
    }

    /// A whole number that a macro or an enumerator of the file stands for.
    fn constant(&self, name: &str) -> Option<Bound> {
        let item = self.parsed.items.iter().find(|item| {
            matches!(item.kind, Kind::Define | Kind::Variable)
                && item.names.iter().any(|known| known == name)
        })?;
        let text = self.parsed.slice(&item.span);
        let value = match item.kind {
            Kind::Define => text.split_once(name)?.1,
            _ if text.contains("const") => text.split_once('=')?.1,
            _ => return None,
        };
        let value = value
            .trim()
            .trim_end_matches(';')
            .trim_matches(['(', ')', ' ']);
        literal(value).map(|n| Bound::Number(Polynomial::number(n), true))
    }

    /// A pointer to bytes that is read as something larger.
    fn cast(&self, value: Option<Bound>, to: &str) -> Option<Bound> {
        let Some(Bound::Pointer(buffer, at, _)) = value else {
            return value;
        };
        if !matches!(self.seeds.get(&buffer), Some(Seed::Bytes)) {
            return Some(Bound::Pointer(buffer, at, 1));
        }
        let wide = |words: &[&str]| words.iter().any(|word| to.contains(word));
        let scale = if wide(&["64", "double", "long", "size_t"]) {
            8
        } else if wide(&["32", "float", "int "]) && !wide(&["8", "16"]) {
            4
        } else if wide(&["16", "short"]) {
            2
        } else {
            1
        };
        Some(Bound::Pointer(buffer, at, scale))
    }

    fn call(&mut self, node: Node<'_>, depth: usize) -> Option<Bound> {
        let callee = node.child_by_field_name("function")?;
        let whole = self.text(callee);
        let name = whole
            .split('<')
            .next()
            .unwrap_or("")
            .rsplit("::")
            .next()
            .unwrap_or("")
            .to_owned();
        let list = node.child_by_field_name("arguments");
        let list = list.map(|list| self.named(list)).unwrap_or_default();
        let objects: Vec<Option<String>> = list.iter().map(|a| self.object(*a)).collect();
        let sized = list.get(2).copied();
        let arguments: Vec<Option<Bound>> = list
            .into_iter()
            .map(|argument| self.value(argument, depth))
            .collect();
        if callee.kind() == "field_expression" {
            let base = callee
                .child_by_field_name("argument")
                .and_then(|n| self.value(n, depth));
            let method = callee
                .child_by_field_name("field")
                .map_or("", |f| self.text(f));
            let object = callee.child_by_field_name("argument");
            if let Some(object) = object
                .and_then(|n| self.object(n))
                .filter(|_| base.is_none())
            {
                return self.called_method(&object, method, arguments, depth);
            }
            return match (base, method) {
                (Some(Bound::Pointer(..)), "size" | "length") => {
                    Some(Bound::Number(Polynomial::of("in.size"), true))
                }
                (pointer @ Some(Bound::Pointer(..)), "data" | "c_str" | "begin") => pointer,
                _ => None,
            };
        }
        match (name.as_str(), arguments.as_slice()) {
            ("min" | "MIN" | "Min", [one, two]) => match (one.clone(), two.clone()) {
                (Some(Bound::Number(a, _)), Some(Bound::Number(b, _))) => {
                    Some(Bound::Number(a.lesser(&b), false))
                }
                (one, two) => one.or(two),
            },
            ("max" | "MAX" | "Max", [Some(one), Some(two)]) => larger(one.clone(), two.clone()),
            // A number held between two others.
            (clamp, [_, _, Some(Bound::Number(most, _))])
                if clamp.to_lowercase().contains("clamp") =>
            {
                Some(Bound::Number(most.clone(), false))
            }
            ("static_cast" | "size_t" | "int" | "abs" | "reinterpret_cast", [one]) => {
                self.cast(one.clone(), whole)
            }
            ("strlen", _) => Some(Bound::Number(Polynomial::of("in.size"), false)),
            (
                "memcpy" | "memmove" | "memset" | "memcmp" | "copy_n" | "fill_n",
                [one, two, three],
            ) => {
                let length = match three {
                    Some(Bound::Number(length, _)) => Some(length.clone()),
                    _ => None,
                };
                let elements = sized.and_then(|node| self.elements(node, depth));
                for argument in [one, two].into_iter().flatten() {
                    if let Bound::Pointer(buffer, at, _) = argument {
                        let length = match (&elements, self.seeds.get(buffer)) {
                            (Some((count, size)), Some(Seed::Bytes)) => {
                                Some(count.times(&Polynomial::number(*size)))
                            }
                            (Some((count, _)), _) => Some(count.clone()),
                            (None, _) => length.clone(),
                        };
                        let last = length.map(|length| length.minus(&Polynomial::number(1)));
                        let end = last.map(|last| at.plus(&last));
                        self.touch(buffer, end.as_ref(), 1);
                    }
                }
                None
            }
            _ => self.called(&name, arguments, objects, depth),
        }
    }

    /// A method of an object with known members is followed, with these under their bare names.
    fn called_method(
        &mut self,
        object: &str,
        method: &str,
        arguments: Vec<Option<Bound>>,
        depth: usize,
    ) -> Option<Bound> {
        let fits = |f: &&super::super::items::Function| {
            f.name == method
                && f.classes > 0
                && signature::read(self.parsed, f)
                    .is_ok_and(|head| head.parameters.len() == arguments.len())
        };
        let function = self.parsed.functions.iter().find(fits)?;
        let head = signature::read(self.parsed, function).ok()?;
        let body = self.parsed.node(&function.body, "compound_statement")?;
        if self.calls >= 3 {
            return None;
        }
        let prefix = format!("{object}.");
        let mut names: BTreeMap<String, Bound> = self
            .names
            .iter()
            .filter_map(|(name, bound)| {
                Some((name.strip_prefix(&prefix)?.to_owned(), bound.clone()))
            })
            .collect();
        names.extend(
            head.parameters
                .into_iter()
                .zip(arguments)
                .filter_map(|(parameter, bound)| Some((parameter.name, bound?))),
        );
        self.entered(names, BTreeMap::new(), body, depth);
        None
    }

    /// Follows a function's body with these under its parameters' names; what is known here is kept apart meanwhile.
    fn entered(
        &mut self,
        names: BTreeMap<String, Bound>,
        objects: BTreeMap<String, String>,
        body: Node<'_>,
        depth: usize,
    ) {
        let names = std::mem::replace(&mut self.names, names);
        let objects = std::mem::replace(&mut self.objects, objects);
        let (held, changed) = (
            std::mem::take(&mut self.held),
            std::mem::take(&mut self.changed),
        );
        self.calls += 1;
        self.statement(body, depth + 1);
        self.calls -= 1;
        (self.names, self.held, self.changed) = (names, held, changed);
        self.objects = objects;
    }

    /// A call of a function whose body is known is followed; into any other a pointer is lost from sight.
    fn called(
        &mut self,
        name: &str,
        arguments: Vec<Option<Bound>>,
        objects: Vec<Option<String>>,
        depth: usize,
    ) -> Option<Bound> {
        let mut named = self
            .parsed
            .functions
            .iter()
            .filter(|f| f.name == name && f.classes == 0);
        let function = named
            .next()
            .filter(|_| named.next().is_none() && self.calls < 3);
        let head = function.and_then(|function| signature::read(self.parsed, function).ok());
        let points = arguments
            .iter()
            .any(|a| matches!(a, Some(Bound::Pointer(..))))
            || objects.iter().any(Option::is_some);
        if let (Some(function), Some(head)) = (function, head)
            && points
            && head.parameters.len() == arguments.len()
            && let Some(body) = self.parsed.node(&function.body, "compound_statement")
        {
            let mut names = self.members();
            let mut inside = BTreeMap::new();
            let inner = head.parameters.into_iter().zip(arguments).zip(objects);
            for ((parameter, bound), object) in inner {
                // What is no known object hides one of the same name here.
                let hidden = || format!("{}()", parameter.name);
                inside.insert(parameter.name.clone(), object.unwrap_or_else(hidden));
                let bound = bound.or_else(|| {
                    let octet = parameter.layers.is_empty() && is_octet(&parameter.base);
                    octet.then(|| Bound::Number(Polynomial::number(255), false))
                });
                names.extend(bound.map(|bound| (parameter.name, bound)));
            }
            self.entered(names, inside, body, depth);
            return None;
        }
        for argument in arguments {
            self.lose(argument);
        }
        None
    }

    /// The elements of `n * sizeof(x)`, and how many bytes each has, if that can be told, else as many as the largest.
    fn elements(&mut self, node: Node<'_>, depth: usize) -> Option<(Polynomial, i64)> {
        let node = unwrapped(node);
        let sides = ["left", "right"].map(|side| node.child_by_field_name(side).map(unwrapped));
        let [Some(left), Some(right)] = sides else {
            return None;
        };
        let times = self.text(node.child_by_field_name("operator")?) == "*";
        let is_size = |node: Node<'_>| node.kind() == "sizeof_expression";
        let (count, size) = match (is_size(left), is_size(right)) {
            (true, false) => (right, left),
            (false, true) => (left, right),
            _ => return None,
        };
        let of = self.text(size);
        let bytes = match () {
            () if of.contains("char") || of.contains("8") || of.contains("BYTE") => 1,
            () if of.contains("short") || of.contains("16") => 2,
            () if of.contains("int)") || of.contains("float") || of.contains("32") => 4,
            () => 8,
        };
        match self.value(count, depth).filter(|_| times)? {
            Bound::Number(count, _) => Some((count, bytes)),
            Bound::Pointer(..) => None,
        }
    }

    /// What an index into an array of known dimensions says of a number.
    fn most_of(&self, subscript: Node<'_>, at: &Polynomial) -> Option<(String, i64)> {
        let mut level = 0;
        let mut base = subscript.child_by_field_name("argument")?;
        while base.kind() == "subscript_expression" {
            level += 1;
            base = base.child_by_field_name("argument")?;
        }
        let known = self.dimensions.get(self.text(base));
        let known = known.or_else(|| self.dimensions.get(&self.path(base)?));
        dimensions::most(known?, level, at)
    }
}

/// Whether a type's name says that it is a byte without a sign.
pub(in super::super) fn is_octet(base: &str) -> bool {
    let plain = base.to_lowercase();
    ["unsigned char", "uint8", "uchar", "byte", "u8", "uint_8"]
        .iter()
        .any(|word| plain.contains(word))
}

pub(super) fn literal(text: &str) -> Option<i64> {
    let plain: String = text.chars().filter(|c| *c != '\'').collect();
    let plain = plain.trim_end_matches(['u', 'U', 'l', 'L', 'z', 'Z']);
    match plain
        .strip_prefix("0x")
        .or_else(|| plain.strip_prefix("0X"))
    {
        Some(hex) => i64::from_str_radix(hex, 16).ok(),
        None => plain.parse().ok(),
    }
}

fn arithmetic(operator: &str, left: Option<Bound>, right: Option<Bound>) -> Option<Bound> {
    use Bound::{Number, Pointer};
    match (operator, left, right) {
        ("+", Some(Pointer(buffer, at, scale)), Some(Number(n, _)))
        | ("+", Some(Number(n, _)), Some(Pointer(buffer, at, scale))) => {
            Some(Pointer(buffer, at.plus(&n), scale))
        }
        ("-", Some(Pointer(buffer, at, scale)), Some(Number(n, true))) => {
            Some(Pointer(buffer, at.minus(&n), scale))
        }
        ("-", Some(pointer @ Pointer(..)), Some(Number(..))) => Some(pointer),
        ("-", Some(Pointer(_, at, _)), Some(Pointer(_, from, _))) => {
            Some(Number(at.minus(&from), false))
        }
        // Something unknown is taken away: at most what was there.
        ("-", Some(Number(a, _)), None) => Some(Number(a, false)),
        ("&" | "%", None, Some(Number(b, _))) => Some(Number(
            if operator == "%" {
                b.minus(&Polynomial::number(1))
            } else {
                b
            },
            false,
        )),
        (_, Some(Number(a, exact)), Some(Number(b, also))) => {
            let both = exact && also;
            match operator {
                "+" | "|" | "^" => Some(Number(a.plus(&b), both && operator == "+")),
                "-" if also => Some(Number(a.minus(&b), both)),
                "-" | "/" | ">>" => Some(Number(a, false)),
                "*" => Some(Number(a.times(&b), both)),
                "%" => Some(Number(b.minus(&Polynomial::number(1)), false)),
                "&" => Some(Number(a.lesser(&b), false)),
                "<<" => {
                    let by = u32::try_from(b.constant()?).ok().filter(|by| *by < 32)?;
                    Some(Number(a.times(&Polynomial::number(1 << by)), both))
                }
                "<" | ">" | "<=" | ">=" | "==" | "!=" | "&&" | "||" => {
                    Some(Number(Polynomial::number(1), false))
                }
                _ => None,
            }
        }
        _ => None,
    }
}

//! A C++ text under work: its terms, its functions, what is known about names. Never holds a text that does not parse.

use std::collections::BTreeMap;
use std::ops::Range;

use super::term::{Term, parse};

/// What is known about a name within a function.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Var {
    /// Its type without `const`, `&` and `std::`, without blanks.
    pub ty: String,
    /// Whether it is a parameter.
    pub param: bool,
    /// Whether `const` stands in its declaration.
    pub constant: bool,
    /// Whether it is a reference or a pointer.
    pub alias: bool,
    /// How many times it is declared an array, as in `double a[3][4]`.
    pub arrays: usize,
    /// Whether it is declared a pointer.
    pub pointer: bool,
    /// The initial value or constructor arguments.
    pub init: Option<Term>,
}

impl Var {
    /// Whether the other is declared alike but for its initial value.
    fn alike(&self, other: &Self) -> bool {
        let kind = |v: &Self| (v.param, v.constant, v.alias, v.arrays, v.pointer);
        self.ty == other.ty && kind(self) == kind(other)
    }
}

/// A function definition.
#[derive(Debug, Clone)]
pub(crate) struct FunctionNode {
    /// Its bare name.
    pub name: String,
    /// The whole definition.
    pub range: Range<usize>,
    /// Its parameters' names in order.
    pub params: Vec<String>,
    /// Its body.
    pub body: Term,
    /// Names declared in it; what is declared in several ways is of the type `?`.
    pub vars: BTreeMap<String, Var>,
}

/// A text with its functions.
#[derive(Debug, Clone)]
pub(crate) struct Code {
    /// The source.
    pub text: String,
    /// Its function definitions, in order.
    pub functions: Vec<FunctionNode>,
    /// The function to be made faster.
    pub entry: String,
    idents: Vec<String>,
}

impl Code {
    /// Reads a text; `None` if it does not parse or does not define the entry.
    pub(crate) fn read(text: &str, entry: &str) -> Option<Self> {
        let root = parse(text)?;
        let mut functions = Vec::new();
        for def in root.all(|t| t.kind == "function_definition") {
            functions.extend(function(def, text));
        }
        if !functions.iter().any(|f| f.name == entry) {
            return None;
        }
        let mut idents: Vec<String> = Vec::new();
        root.walk(&mut |t| {
            if !t.leaf.is_empty() {
                idents.push(t.leaf.clone());
            }
        });
        Some(Self {
            text: text.to_owned(),
            functions,
            entry: entry.to_owned(),
            idents,
        })
    }

    /// The function to be made faster.
    pub(crate) fn entry(&self) -> Option<&FunctionNode> {
        self.functions.iter().rev().find(|f| f.name == self.entry)
    }

    /// A function of the text by name, if there is just one.
    pub(crate) fn function(&self, name: &str) -> Option<&FunctionNode> {
        let mut named = self.functions.iter().filter(|f| f.name == name);
        named.next().filter(|_| named.next().is_none())
    }

    /// The source of a term.
    pub(crate) fn of(&self, term: &Term) -> &str {
        self.text.get(term.range.clone()).unwrap_or("")
    }

    /// A name that does not occur in the text yet.
    pub(crate) fn fresh(&self, base: &str) -> String {
        let mut name = base.to_owned();
        let mut n = 2;
        while self.idents.contains(&name) {
            name = format!("{base}{n}");
            n += 1;
        }
        name
    }

    /// Replaces `%name` in a template by names that do not occur in the text yet.
    pub(crate) fn freshen(&self, template: &str) -> String {
        let mut out = String::with_capacity(template.len());
        let mut rest = template;
        while let Some(at) = rest.find('%') {
            out.push_str(&rest[..at]);
            let tail = &rest[at + 1..];
            let len = tail
                .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
                .unwrap_or(tail.len());
            if len == 0 {
                out.push('%');
            } else {
                out.push_str(&self.fresh(&tail[..len]));
            }
            rest = &tail[len..];
        }
        out + rest
    }

    /// The text with non-overlapping ranges replaced; an overlapping later one is dropped.
    pub(crate) fn edited(&self, mut edits: Vec<(Range<usize>, String)>) -> String {
        edits.sort_by_key(|(range, _)| range.start);
        let mut out = String::with_capacity(self.text.len() * 2);
        let mut at = 0;
        for (range, new) in edits {
            if range.start < at || range.end > self.text.len() {
                continue;
            }
            out.push_str(&self.text[at..range.start]);
            out.push_str(&new);
            at = range.end;
        }
        out.push_str(&self.text[at..]);
        out
    }

    /// The source of a term with some terms inside it replaced.
    pub(crate) fn patched(&self, term: &Term, wanted: &dyn Fn(&Term) -> Option<String>) -> String {
        let mut edits = Vec::new();
        self.collect(term, wanted, &mut edits);
        let mut out = String::new();
        let mut at = term.range.start;
        for (range, new) in edits {
            out.push_str(self.text.get(at..range.start).unwrap_or(""));
            out.push_str(&new);
            at = range.end;
        }
        out + self.text.get(at..term.range.end).unwrap_or("")
    }

    fn collect(
        &self,
        term: &Term,
        wanted: &dyn Fn(&Term) -> Option<String>,
        edits: &mut Vec<(Range<usize>, String)>,
    ) {
        if let Some(new) = wanted(term) {
            edits.push((term.range.clone(), new));
            return;
        }
        if let Some((left, right)) = self.spelled_out(term) {
            let (to, from) = (self.patched(left, wanted), self.patched(right, wanted));
            if to != self.of(left) || from != self.of(right) {
                edits.push((term.range.clone(), format!("{to} {} {from}", term.op)));
            }
            return;
        }
        let mut kids: Vec<&Term> = term.kids.iter().collect();
        kids.sort_by_key(|k| k.range.start);
        for kid in kids {
            self.collect(kid, wanted, edits);
        }
    }

    /// Both sides of `x = x + e`, whose term is that of `x += e` and so has `x` but once.
    fn spelled_out<'t>(&self, term: &'t Term) -> Option<(&'t Term, &'t Term)> {
        let [left, right] = term.kids.as_slice() else {
            return None;
        };
        let between = self.text.get(left.range.end..right.range.start)?;
        (term.kind == "assign" && between.trim() != term.op).then_some((left, right))
    }

    /// The source of a term with a variable replaced by an expression.
    pub(crate) fn with(&self, term: &Term, name: &str, by: &str) -> String {
        self.patched(term, &|t| (t.name() == Some(name)).then(|| by.to_owned()))
    }
}

/// A type's text without blanks and `std::`.
pub(crate) fn squeeze(text: &str) -> String {
    text.replace("std::", "")
        .replace("const ", " ")
        .replace(" const", " ")
        .split_whitespace()
        .collect()
}

fn function(def: &Term, text: &str) -> Option<FunctionNode> {
    let mut declarator = def.kids.iter().find(|k| k.kind.ends_with("_declarator"))?;
    while declarator.kind != "function_declarator" {
        declarator = declarator
            .kids
            .iter()
            .find(|k| k.kind.ends_with("_declarator"))?;
    }
    let name = declarator.kids.first()?.leaf.clone();
    let list = declarator
        .kids
        .iter()
        .find(|k| k.kind == "parameter_list")?;
    let body = def.kids.iter().find(|k| k.kind == "block")?.clone();
    let mut all: Vec<(String, Var)> = Vec::new();
    for param in &list.kids {
        all.extend(declared(param, text, true));
    }
    let params = all.iter().map(|(n, _)| n.clone()).collect();
    body.walk(&mut |t| {
        if matches!(
            t.kind,
            "declaration"
                | "for_range_loop"
                | "parameter_declaration"
                | "optional_parameter_declaration"
        ) {
            all.extend(declared(t, text, false));
        }
    });
    let mut vars: BTreeMap<String, Var> = BTreeMap::new();
    for (name, var) in all {
        match vars.get_mut(&name) {
            None => {
                vars.insert(name, var);
            }
            // one kind of thing at several places, as a loop variable is
            Some(old) if old.alike(&var) => {
                if old.init != var.init {
                    old.init = None;
                }
            }
            Some(old) => {
                old.init = None;
                old.ty = "?".to_owned();
            }
        }
    }
    Some(FunctionNode {
        name,
        range: def.range.clone(),
        params,
        body,
        vars,
    })
}

fn declared(decl: &Term, text: &str, param: bool) -> Vec<(String, Var)> {
    let Some(ty) = decl.kids.first() else {
        return Vec::new();
    };
    let head_end = if decl.kind == "for_range_loop" {
        decl.kids.get(1).map_or(decl.range.end, |k| k.range.end)
    } else {
        decl.range.end
    };
    let spelled = text.get(decl.range.start..head_end).unwrap_or("");
    let head = if decl.kind == "for_range_loop" {
        spelled
    } else {
        spelled.split(['=', '(', '{']).next().unwrap_or("")
    };
    let constant = head
        .split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .any(|w| w == "const" || w == "constexpr");
    let ty = squeeze(text.get(ty.range.clone()).unwrap_or(""));
    let rest: Vec<&Term> = match decl.kind {
        "for_range_loop" => decl.kids.get(1).into_iter().collect(),
        _ => decl.kids.iter().skip(1).collect(),
    };
    let mut found = Vec::new();
    for part in rest {
        let (mut inner, init) = match part.kind {
            "init_declarator" => match part.kids.as_slice() {
                [declarator, init] => (declarator, Some(init.clone())),
                _ => continue,
            },
            "function_declarator" => match part.kids.as_slice() {
                // `std::vector<int> v(n);` reads as a function when `n` could be a type
                [name, args] => (name, Some(args.clone())),
                _ => continue,
            },
            _ => (part, None),
        };
        let (mut arrays, mut pointer, mut refers) = (0, false, false);
        while matches!(
            inner.kind,
            "reference_declarator" | "pointer_declarator" | "array_declarator"
        ) {
            arrays += usize::from(inner.kind == "array_declarator");
            pointer |= inner.kind == "pointer_declarator";
            refers |= inner.kind == "reference_declarator";
            match inner.kids.first() {
                Some(kid) => inner = kid,
                None => break,
            }
        }
        if let Some(name) = inner.name() {
            found.push((
                name.to_owned(),
                Var {
                    ty: ty.clone(),
                    param,
                    constant,
                    alias: arrays > 0 || pointer || refers,
                    arrays,
                    pointer,
                    init,
                },
            ));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_replaced_wherever_it_is_written() {
        let text = "void f() { a[i] = (a[i] + i); b[i] -= c[i]; d[i]++; e[j] = e[j] * 2; }";
        let code = Code::read(text, "f").expect("reads");
        let body = &code.entry().expect("an entry").body;
        assert_eq!(
            code.with(body, "i", "(i + 1)"),
            "{ a[(i + 1)] += (i + 1); b[(i + 1)] -= c[(i + 1)]; d[(i + 1)]++; e[j] = e[j] * 2; }"
        );
    }
}

//! What may be assumed of expressions: whether they have effects, what they change, what they stand for. When unsure, it says no.

use std::collections::BTreeSet;

use super::code::{Code, FunctionNode, Var};
use super::term::Term;

const PURE_CALLS: &[&str] = &[
    "abs", "acos", "asin", "atan", "atan2", "ceil", "cos", "cosh", "exp", "fabs", "floor", "fma",
    "fmax", "fmin", "fmod", "hypot", "log", "log10", "log2", "max", "min", "norm", "polar", "pow",
    "round", "sin", "sinh", "sqrt", "tan", "tanh", "arg", "conj", "imag", "real", "int", "double",
    "size_t", "float", "bool",
];
const PURE_METHODS: &[&str] = &[
    "size", "empty", "real", "imag", "length", "front", "back", "at", "data", "begin", "end",
    "cbegin", "cend",
];

/// Library algorithms that only read what they are handed.
const READING_CALLS: &[&str] = &[
    "accumulate",
    "adjacent_find",
    "binary_search",
    "count",
    "equal",
    "find",
    "inner_product",
    "lower_bound",
    "max_element",
    "min_element",
    "upper_bound",
];

/// Number types whose values are one machine word at most.
pub(crate) fn is_number(ty: &str) -> bool {
    is_whole(ty) || matches!(ty, "double" | "float")
}

/// Integer types.
pub(crate) fn is_whole(ty: &str) -> bool {
    matches!(
        ty,
        "int"
            | "size_t"
            | "unsigned"
            | "unsignedint"
            | "long"
            | "longlong"
            | "unsignedlong"
            | "short"
            | "char"
            | "unsignedchar"
            | "int8_t"
            | "int16_t"
            | "int32_t"
            | "int64_t"
            | "uint8_t"
            | "uint16_t"
            | "uint32_t"
            | "uint64_t"
            | "ptrdiff_t"
            | "unsignedlonglong"
            | "unsignedshort"
            | "longint"
    )
}

/// The element type of a vector type.
pub(crate) fn element(ty: &str) -> Option<&str> {
    ty.strip_prefix("vector<")?.strip_suffix('>')
}

impl FunctionNode {
    /// What is known of a name.
    pub(crate) fn var(&self, name: &str) -> Option<&Var> {
        self.vars.get(name).filter(|v| v.ty != "?")
    }
    /// The element type of a vector by name.
    pub(crate) fn element_of(&self, name: &str) -> Option<&str> {
        element(&self.var(name)?.ty)
    }
    /// An expression with local constants replaced by their values.
    pub(crate) fn resolved(&self, term: &Term) -> Term {
        self.resolve(term, 8)
    }
    fn resolve(&self, term: &Term, fuel: u8) -> Term {
        if fuel > 0
            && let Some(name) = term.name()
            && let Some(var) = self.var(name)
            && !var.param
            && !var.alias
            && let Some(init) = &var.init
            && init.kind != "argument_list"
            && (var.constant || !assigned(&self.body).contains(name))
        {
            return self.resolve(init, fuel - 1);
        }
        let mut out = term.clone();
        for kid in &mut out.kids {
            *kid = self.resolve(kid, fuel);
        }
        out
    }
    /// The vector whose `.size()` an expression is.
    pub(crate) fn size_of_what(&self, term: &Term) -> Option<String> {
        let resolved = self.resolved(term);
        let (object, method, _) = resolved.method()?;
        (method == "size").then(|| object.name().map(str::to_owned))?
    }
}

/// Whether evaluating it changes nothing and always gives the same.
pub(crate) fn is_pure(term: &Term, code: &Code) -> bool {
    pure(term, code, 3)
}

fn pure(term: &Term, code: &Code, fuel: u8) -> bool {
    match term.kind {
        "assign"
        | "update_expression"
        | "new_expression"
        | "delete_expression"
        | "lambda_expression"
        | "co_await_expression"
        | "throw_statement" => return false,
        "call_expression" => {
            let known = if let Some((name, _)) = term.call() {
                PURE_CALLS.contains(&name)
                    || code
                        .function(name)
                        .is_some_and(|f| fuel > 0 && pure_function(f, code, fuel - 1))
            } else if let Some((_, method, _)) = term.method() {
                PURE_METHODS.contains(&method)
            } else {
                let callee = term.kids.first();
                callee.is_some_and(|c| {
                    matches!(
                        c.kind,
                        "template_function" | "primitive_type" | "template_type"
                    ) && (matches!(c.kind, "primitive_type")
                        || c.kids.first().is_some_and(|n| {
                            n.leaf == "static_cast"
                                || n.leaf == "complex"
                                || PURE_CALLS.contains(&n.leaf.as_str())
                        }))
                })
            };
            if !known {
                return false;
            }
        }
        _ => {}
    }
    term.kids
        .iter()
        .all(|k| k.kind == "field_identifier" || pure(k, code, fuel))
}

/// Whether a function only computes its result.
pub(crate) fn pure_function(function: &FunctionNode, code: &Code, fuel: u8) -> bool {
    let outer = function
        .params
        .iter()
        .any(|p| function.vars.get(p).is_none_or(|v| v.alias && !v.constant));
    if outer || function.body.has("lambda_expression") || function.body.has("throw_statement") {
        return false;
    }
    let locals_only = assigned(&function.body)
        .iter()
        .all(|name| function.vars.contains_key(name));
    let calls = function.body.all(|t| t.kind == "call_expression");
    locals_only
        && !function.body.has("static")
        && calls.iter().all(|call| {
            call.method()
                .is_some_and(|(_, m, _)| PURE_METHODS.contains(&m))
                || call.call().is_some_and(|(name, _)| {
                    PURE_CALLS.contains(&name)
                        || (name != function.name
                            && fuel > 0
                            && code
                                .function(name)
                                .is_some_and(|f| pure_function(f, code, fuel - 1)))
                })
                || call
                    .kids
                    .first()
                    .is_some_and(|c| c.kids.first().is_some_and(|n| n.leaf == "static_cast"))
        })
}

/// The variable at the bottom of `a[i].b`, `*a`, `a->b`.
pub(crate) fn root(term: &Term) -> Option<&str> {
    match term.kind {
        "identifier" => Some(&term.leaf),
        "subscript_expression" | "field_expression" | "pointer_expression" => {
            root(term.kids.first()?)
        }
        "call_expression" => root(term.method()?.0),
        _ => None,
    }
}

/// Names whose value may change in it: assigned, stepped, bound to a non-const method or handed to any function of the text.
pub(crate) fn assigned(term: &Term) -> BTreeSet<String> {
    changed_but(term, &|_, _| false)
}

/// The same, knowing which parameters of the text's own functions are taken by value or constant reference.
pub(crate) fn changed(term: &Term, code: &Code) -> BTreeSet<String> {
    changed_but(term, &|name, at| {
        code.function(name)
            .and_then(|f| f.vars.get(f.params.get(at)?))
            .is_some_and(|v| !v.alias || v.constant)
    })
}

fn changed_but(term: &Term, kept: &dyn Fn(&str, usize) -> bool) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    term.walk(&mut |t| match t.kind {
        "assign" | "update_expression" => {
            names.extend(t.kids.first().and_then(root).map(str::to_owned))
        }
        "pointer_expression" if t.op == "&" => {
            names.extend(t.kids.first().and_then(root).map(str::to_owned))
        }
        "call_expression" => {
            if let Some((object, method, _)) = t.method() {
                if !PURE_METHODS.contains(&method) {
                    names.extend(root(object).map(str::to_owned));
                }
            } else if let Some(args) = t.kids.get(1) {
                let callee = t.call().map(|(name, _)| name);
                let conversion = t.kids.first().is_some_and(|c| {
                    c.kind == "primitive_type"
                        || c.kids
                            .first()
                            .is_some_and(|n| matches!(n.leaf.as_str(), "static_cast" | "complex"))
                });
                for (at, arg) in args.kids.iter().enumerate() {
                    let safe = conversion
                        || callee.is_some_and(|name| {
                            PURE_CALLS.contains(&name)
                                || READING_CALLS.contains(&name)
                                || kept(name, at)
                        });
                    names.extend(root(arg).filter(|_| !safe).map(str::to_owned));
                }
            }
        }
        _ => {}
    });
    names
}

/// Names that it reads or calls.
pub(crate) fn names(term: &Term) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    term.walk(&mut |t| found.extend(t.name().map(str::to_owned)));
    found
}

/// Whether control can leave the statements in the middle.
pub(crate) fn jumps(term: &Term) -> bool {
    [
        "break_statement",
        "continue_statement",
        "return_statement",
        "goto_statement",
        "throw_statement",
    ]
    .iter()
    .any(|k| term.has(k))
}

//! Counted loops and the array elements touched in them, whatever the number of subscripts. What holds anything that is not
//! understood (a pointer, a jump, a call with effects, a reference to an element) has no such description.

use std::collections::BTreeSet;

use super::code::{Code, FunctionNode, squeeze};
use super::facts::{changed, is_number, is_pure, is_whole, names};
use super::linear::{Linear, Stride};
use super::term::Term;

/// `for (T var = lo; var < hi; var++) { body }`, whose bounds and variable stay as they are while it runs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Loop<'t> {
    /// The whole statement.
    pub term: &'t Term,
    /// The variable's type.
    pub ty: &'t Term,
    /// The variable.
    pub var: &'t str,
    /// Its first value.
    pub lo: &'t Term,
    /// What it stays below.
    pub hi: &'t Term,
    /// Whether it reaches `hi` itself (`<=`).
    pub closed: bool,
    /// The statements.
    pub body: &'t [Term],
}

impl Loop<'_> {
    /// `for (T var = lo; var < hi; ++var)`.
    pub(crate) fn head(&self, code: &Code) -> String {
        let (ty, var) = (code.of(self.ty), self.var);
        format!(
            "for ({ty} {var} = {}; {}; ++{var})",
            code.of(self.lo),
            self.test(var, code)
        )
    }

    /// `what < hi`.
    pub(crate) fn test(&self, what: &str, code: &Code) -> String {
        let sign = if self.closed { "<=" } else { "<" };
        format!("{what} {sign} {}", code.of(self.hi))
    }

    /// Whether it runs at all, as a condition.
    pub(crate) fn some(&self, code: &Code) -> String {
        let lo = code.of(self.lo);
        match self.lo.kids.is_empty() {
            true => self.test(lo, code),
            false => self.test(&format!("({lo})"), code),
        }
    }

    /// Whether its bounds are free of a variable.
    pub(crate) fn free_of(&self, var: &str) -> bool {
        !self.lo.mentions(var) && !self.hi.mentions(var)
    }
}

/// An element of an array: `a[i]`, `a[i][j]`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Access<'t> {
    /// The array.
    pub array: &'t str,
    /// Its subscripts, the last one being that of neighbouring elements.
    pub at: Vec<&'t Term>,
}

impl Access<'_> {
    /// How far it moves per step of a variable; from row to row is far.
    pub(crate) fn stride(&self, var: &str, code: &Code) -> Option<Stride> {
        let (last, rows) = self.at.split_last()?;
        if rows.iter().any(|at| at.mentions(var)) {
            return Some(Stride::Far);
        }
        Some(Linear::of(last, code)?.stride(var))
    }
}

/// Subscripts on a name.
pub(crate) fn access(term: &Term) -> Option<Access<'_>> {
    let mut at = Vec::new();
    let mut term = term;
    while let Some((array, index)) = term.subscript() {
        at.insert(0, index);
        term = array;
    }
    let array = term.name().filter(|_| !at.is_empty())?;
    Some(Access { array, at })
}

/// An element that is read or written, and the loops around the access, outermost first.
#[derive(Debug, Clone)]
pub(crate) struct Touch<'t> {
    /// The element.
    pub access: Access<'t>,
    /// Whether it is written.
    pub write: bool,
    /// The loops.
    pub loops: Vec<Loop<'t>>,
}

/// All that statements touch.
#[derive(Debug, Clone, Default)]
pub(crate) struct Touched<'t> {
    /// Elements of arrays.
    pub elements: Vec<Touch<'t>>,
    /// Names of numbers that are declared inside or changed and no counted loop's variable.
    pub varying: BTreeSet<String>,
    /// Numbers from outside that are changed.
    pub outer: BTreeSet<String>,
}

impl FunctionNode {
    /// The number of subscripts that lead to a number in an array, and that number's type.
    pub(crate) fn shape(&self, name: &str) -> Option<(usize, &str)> {
        let var = self.var(name)?;
        // rows behind pointers may be shared, and a local reference is another name for something
        if var.pointer || var.alias && var.arrays == 0 && !var.param {
            return None;
        }
        let (mut depth, mut ty) = (var.arrays, var.ty.as_str());
        loop {
            let inner = ty
                .strip_prefix("vector<")
                .or_else(|| ty.strip_prefix("array<"));
            let Some(inner) = inner.and_then(|t| t.strip_suffix('>')) else {
                break;
            };
            ty = if ty.starts_with("array<") {
                inner.rsplit_once(',')?.0
            } else {
                inner
            };
            depth += 1;
        }
        (depth > 0 && is_number(ty)).then_some((depth, ty))
    }

    /// The type of the element that a term is, if it is one of a known array.
    pub(crate) fn element_type(&self, term: &Term) -> Option<&str> {
        let access = access(term)?;
        let (depth, ty) = self.shape(access.array)?;
        (depth == access.at.len()).then_some(ty)
    }

    /// Names that are changed in other ways than by writing to elements.
    fn reshaped(&self, term: &Term, code: &Code) -> BTreeSet<String> {
        changed(&self.without_elements(term), code)
    }

    fn without_elements(&self, term: &Term) -> Term {
        let mut out = term.clone();
        if matches!(term.kind, "assign" | "update_expression")
            && term
                .kids
                .first()
                .is_some_and(|t| self.element_type(t).is_some())
        {
            out.kind = "block";
        }
        out.kids = out.kids.iter().map(|k| self.without_elements(k)).collect();
        out
    }

    /// Reads a counted loop.
    pub(crate) fn counted<'t>(&self, term: &'t Term, code: &Code) -> Option<Loop<'t>> {
        let [first, test, step, body] = term.kids.as_slice() else {
            return None;
        };
        let ([ty, declared], [left, hi]) = (first.kids.as_slice(), test.kids.as_slice()) else {
            return None;
        };
        let [name, lo] = declared.kids.as_slice() else {
            return None;
        };
        let var = name.name()?;
        let stepped = step.kind == "assign"
            && step.op == "+="
            && step.kids.first()?.name() == Some(var)
            && step.kids.get(1)?.leaf == "1";
        let plain = term.kind == "for_statement"
            && first.kind == "declaration"
            && declared.kind == "init_declarator"
            && test.kind == "binary_expression"
            && matches!(test.op, "<" | "<=")
            && left.name() == Some(var)
            && body.kind == "block"
            && is_whole(&squeeze(code.of(ty)));
        let steady = || {
            let (reshaped, all) = (self.reshaped(body, code), changed(body, code));
            let fixed = |bound: &Term| {
                let read = bound.all(|t| self.element_type(t).is_some());
                is_pure(bound, code)
                    && names(bound).iter().all(|n| !reshaped.contains(n))
                    && read
                        .iter()
                        .filter_map(|t| access(t))
                        .all(|a| !all.contains(a.array))
            };
            !reshaped.contains(var) && !hi.mentions(var) && fixed(lo) && fixed(hi)
        };
        (stepped && plain && steady()).then_some(Loop {
            term,
            ty,
            var,
            lo,
            hi,
            closed: test.op == "<=",
            body: &body.kids,
        })
    }

    /// Every counted loop of the body that no directive speaks about, with the counted loops around it, outermost first.
    pub(crate) fn nests<'t>(&'t self, code: &Code) -> Vec<(Vec<Loop<'t>>, Loop<'t>)> {
        let mut found = Vec::new();
        self.nests_below(&self.body, code, &mut Vec::new(), &mut found);
        found
    }

    fn nests_below<'t>(
        &self,
        term: &'t Term,
        code: &Code,
        around: &mut Vec<Loop<'t>>,
        found: &mut Vec<(Vec<Loop<'t>>, Loop<'t>)>,
    ) {
        for (at, kid) in term.kids.iter().enumerate() {
            if at > 0 && term.kids[at - 1].kind == "preproc_call" {
                continue;
            }
            let counted = self
                .counted(kid, code)
                .filter(|l| around.iter().all(|o| o.var != l.var));
            if let Some(inner) = counted {
                found.push((around.clone(), inner));
                around.push(inner);
            }
            self.nests_below(kid, code, around, found);
            if counted.is_some() {
                around.pop();
            }
        }
    }

    /// What a loop touches, the loop itself being the first around every access.
    pub(crate) fn touched<'t>(&self, nest: &Loop<'t>, code: &Code) -> Option<Touched<'t>> {
        let mut out = Touched::default();
        self.touch(nest.term, code, &mut Vec::new(), &mut out)?;
        for name in self.reshaped(nest.term, code) {
            let inside = out.varying.contains(&name);
            let var = nest
                .term
                .all(|t| self.counted(t, code).is_some_and(|l| l.var == name));
            if !inside && var.is_empty() {
                out.outer.insert(name.clone());
                out.varying.insert(name);
            }
        }
        Some(out)
    }

    fn touch<'t>(
        &self,
        term: &'t Term,
        code: &Code,
        loops: &mut Vec<Loop<'t>>,
        out: &mut Touched<'t>,
    ) -> Option<()> {
        let element =
            |access: Access<'t>, write: bool, loops: &[Loop<'t>], out: &mut Touched<'t>| {
                out.elements.push(Touch {
                    access,
                    write,
                    loops: loops.to_vec(),
                });
            };
        match term.kind {
            "assign" | "update_expression" => {
                let target = term.kids.first()?;
                if self.element_type(target).is_some() {
                    let access = access(target)?;
                    for at in &access.at {
                        self.touch(at, code, loops, out)?;
                    }
                    element(access, true, loops, out);
                } else {
                    // a number; an alias of anything could be an element
                    let var = self.var(target.name()?)?;
                    ((is_number(&var.ty) || var.ty == "bool") && !var.alias).then_some(())?;
                }
                term.kids
                    .iter()
                    .skip(1)
                    .try_for_each(|k| self.touch(k, code, loops, out))
            }
            "subscript_expression" => {
                self.element_type(term)?;
                let access = access(term)?;
                for at in &access.at {
                    self.touch(at, code, loops, out)?;
                }
                element(access, false, loops, out);
                Some(())
            }
            "call_expression" => {
                if let Some((object, method, [])) = term.method() {
                    let rows = access(object).map_or(object.name(), |a| Some(a.array))?;
                    return (method == "size" && self.shape(rows).is_some()).then_some(());
                }
                is_pure(term, code).then_some(())?;
                let list = term.kids.get(1)?;
                list.kids
                    .iter()
                    .try_for_each(|k| self.touch(k, code, loops, out))
            }
            "identifier" => {
                // what is not declared here is a constant; a whole array or a local alias is more than a number
                let plain = self.vars.get(&term.leaf).is_none_or(|v| {
                    is_number(&v.ty) && (!v.alias || v.param && v.arrays == 0 && !v.pointer)
                });
                plain.then_some(())
            }
            "field_expression" => {
                let name = term.kids.first()?.name()?;
                self.var(name).is_none_or(|v| v.param).then_some(())
            }
            "declaration" => {
                for part in term.kids.iter().skip(1) {
                    let (name, value) = match part.kids.as_slice() {
                        [name, value] if part.kind == "init_declarator" => {
                            (name.name()?, Some(value))
                        }
                        _ => (part.name()?, None),
                    };
                    let var = self.var(name)?;
                    (is_number(&var.ty) || var.ty == "bool").then_some(())?;
                    if code.of(term).trim_start().starts_with("static") {
                        return None;
                    }
                    out.varying.insert(name.to_owned());
                    if let Some(value) = value {
                        self.touch(value, code, loops, out)?;
                    }
                }
                Some(())
            }
            "for_statement" => {
                let Some(inner) = self.counted(term, code) else {
                    return term
                        .kids
                        .iter()
                        .try_for_each(|k| self.touch(k, code, loops, out));
                };
                if loops.iter().any(|l| l.var == inner.var) {
                    return None;
                }
                self.touch(inner.lo, code, loops, out)?;
                self.touch(inner.hi, code, loops, out)?;
                loops.push(inner);
                let done = inner
                    .body
                    .iter()
                    .try_for_each(|k| self.touch(k, code, loops, out));
                loops.pop();
                done
            }
            "block"
            | "expr"
            | "binary_expression"
            | "unary_expression"
            | "conditional_expression"
            | "cast_expression"
            | "if_statement"
            | "else_clause" => term
                .kids
                .iter()
                .try_for_each(|k| self.touch(k, code, loops, out)),
            "number_literal" | "true" | "false" | "char_literal" | "type_descriptor"
            | "primitive_type" => Some(()),
            _ => None,
        }
    }
}

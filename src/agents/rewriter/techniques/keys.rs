//! Sorting with costly comparisons: every element's key is computed once, pairs of key and element are sorted.
//! Legal when both sides of the comparison are the same pure expression of one argument each.

use super::Options;
use crate::rewriter::analysis::code::{Code, FunctionNode};
use crate::rewriter::analysis::facts::is_pure;
use crate::rewriter::analysis::pattern::find;
use crate::rewriter::analysis::term::Term;

/// Keys computed once per element.
pub(crate) fn keyed(code: &Code, _options: &Options) -> Option<String> {
    let mut edits = Vec::new();
    for function in &code.functions {
        for sort in ["sort", "stable_sort"] {
            for found in find(
                &format!("{sort}($x.begin(), $x.end(), $cmp);"),
                &function.body,
            ) {
                let new = rewritten(
                    code,
                    function,
                    sort,
                    found.bound.name("x"),
                    found.bound.term("cmp"),
                );
                edits.extend(new.map(|new| (found.range.clone(), new)));
            }
        }
    }
    (!edits.is_empty()).then(|| code.edited(edits))
}

struct Comparison<'c> {
    param: String,
    key: &'c Term,
    descending: bool,
}

fn comparison<'c>(
    code: &'c Code,
    function: &'c FunctionNode,
    cmp: &'c Term,
) -> Option<Comparison<'c>> {
    let cmp = match cmp
        .name()
        .and_then(|n| function.var(n))
        .and_then(|v| v.init.as_ref())
    {
        Some(init) => init,
        None => cmp,
    };
    let (params, body): (Vec<String>, &Term) = if cmp.kind == "lambda_expression" {
        let list = cmp.all(|t| t.kind == "parameter_list").first().copied()?;
        let names = list.kids.iter().map(|p| {
            p.all(|t| t.kind == "identifier")
                .last()
                .map(|t| t.leaf.clone())
        });
        (
            names.collect::<Option<_>>()?,
            cmp.kids.iter().find(|k| k.kind == "block")?,
        )
    } else {
        let helper = code.function(cmp.name()?)?;
        (helper.params.clone(), &helper.body)
    };
    let [first, second] = params.as_slice() else {
        return None;
    };
    let [only] = body.kids.as_slice() else {
        return None;
    };
    let less = (only.kind == "return_statement")
        .then(|| only.kids.first())
        .flatten()?;
    if less.kind != "binary_expression" || less.op != "<" {
        return None;
    }
    let (left, right) = (&less.kids[0], &less.kids[1]);
    // after normalisation `f(a) > f(b)` reads `f(b) < f(a)`
    let (descending, param, other) = if left.mentions(first) {
        (false, first, second)
    } else {
        (true, second, first)
    };
    let same = renamed(left, param, other) == *right && !left.mentions(other);
    let costly = left.has("call_expression") || left.op == "*" || left.op == "+";
    (same && costly && is_pure(left, code)).then(|| Comparison {
        param: param.clone(),
        key: left,
        descending,
    })
}

fn renamed(term: &Term, from: &str, to: &str) -> Term {
    let mut out = term.clone();
    if out.name() == Some(from) {
        out.leaf = to.to_owned();
    }
    for kid in &mut out.kids {
        *kid = renamed(kid, from, to);
    }
    out
}

fn rewritten(
    code: &Code,
    function: &FunctionNode,
    sort: &str,
    x: Option<&str>,
    cmp: Option<&Term>,
) -> Option<String> {
    let (x, cmp) = (x?, cmp?);
    function.element_of(x).filter(|e| *e != "bool")?;
    let how = comparison(code, function, cmp)?;
    let order = if how.descending {
        "right.first < left.first"
    } else {
        "left.first < right.first"
    };
    let template = format!(
        "{{\nconst auto %key_of = [&](decltype({x}[0]) {}) {{ return {}; }};\nusing %Element = typename std::decay<decltype({x}[0])>::type;\nusing %Keyed = std::pair<decltype(%key_of({x}[0])), %Element>;\nstd::vector<%Keyed> %keyed;\n%keyed.reserve({x}.size());\nfor (auto& %each : {x}) {{\n%keyed.emplace_back(%key_of(%each), std::move(%each));\n}}\nstd::{sort}(%keyed.begin(), %keyed.end(), [](%Keyed const& left, %Keyed const& right) {{ return {order}; }});\nfor (size_t %at = 0; %at < %keyed.size(); ++%at) {{\n{x}[%at] = std::move(%keyed[%at].second);\n}}\n}}",
        how.param,
        code.of(how.key)
    );
    Some(code.freshen(&template))
}

#[cfg(test)]
mod tests {
    use super::super::Technique::SortKeys;
    use super::super::tests::after;

    const BEFORE: &str = "void order(std::vector<std::complex<float>>& v) { std::sort(v.begin(), v.end(), [](auto const& a, auto const& b) { return std::abs(a) < std::abs(b); }); }";

    #[test]
    fn keys_are_computed_once() {
        let new = after(SortKeys, BEFORE, "order").unwrap_or_default();
        assert!(
            new.contains("return std::abs(a);") && new.contains("left.first < right.first"),
            "{new}"
        );
    }

    #[test]
    fn unequal_sides_and_cheap_keys_stay() {
        for (what, by) in [
            ("std::abs(b)", "std::arg(b)"),
            ("std::abs(a) < std::abs(b)", "a.real < b.real"),
            ("std::abs(a) < std::abs(b)", "next(a) < next(b)"),
        ] {
            assert!(BEFORE.contains(what), "{what}");
            assert_eq!(
                after(SortKeys, &BEFORE.replace(what, by), "order"),
                None,
                "{by}"
            );
        }
    }
}

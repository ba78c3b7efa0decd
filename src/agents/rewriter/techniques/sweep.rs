//! The smallest distance over all pairs of points, found by sorting along one coordinate and leaving each pass as soon as
//! that coordinate alone is too far. Also compares squares and takes one square root at the end.
//! Legal when the measure is the Euclidean distance in two fields and the only effect is the running minimum.

use super::Options;
use crate::rewriter::analysis::code::{Code, FunctionNode};
use crate::rewriter::analysis::facts::is_whole;
use crate::rewriter::analysis::pattern::{Bound, expression, find, fits};
use crate::rewriter::analysis::term::Term;

/// Sorted sweep over pairs.
pub(crate) fn sorted(code: &Code, _options: &Options) -> Option<String> {
    let mut edits = Vec::new();
    for function in &code.functions {
        for found in find(
            "for ($Ti $i = 0; $i < $n; $i++) for ($Tj $j = $i + 1; $j < $m; $j++) { $$$body; }",
            &function.body,
        ) {
            edits.extend(
                rewritten(code, function, &found.bound).map(|new| (found.range.clone(), new)),
            );
        }
    }
    (!edits.is_empty()).then(|| code.edited(edits))
}

struct Metric {
    points: String,
    fields: [String; 2],
    root: bool,
}

fn rewritten(code: &Code, function: &FunctionNode, b: &Bound) -> Option<String> {
    let whole = |hole: &str| is_whole(&super::squeezed(b.text(hole, &code.text)));
    let (i, j) = (b.name("i")?, b.name("j")?);
    let body = b.terms("body");
    let (best, value) = minimum(body)?;
    let declarations = &body[..body.len() - 1];
    if !whole("Ti")
        || !whole("Tj")
        || !declarations
            .iter()
            .all(|t| t.kind == "declaration" && !t.has("assign") && !t.has("update_expression"))
    {
        return None;
    }
    if function
        .var(&best)
        .is_none_or(|v| v.alias || v.ty != "double")
        || value.mentions(&best)
    {
        return None;
    }
    let metric = metric(code, function, &value, i, j)?;
    let all = |hole: &str| {
        let size = b.term(hole).and_then(|t| function.size_of_what(t));
        let all_but_one = b.term(hole).is_some_and(|t| {
            t.op == "-"
                && t.kids.len() == 2
                && t.kids[1].leaf == "1"
                && function.size_of_what(&t.kids[0]).as_deref() == Some(metric.points.as_str())
        });
        size.as_deref() == Some(metric.points.as_str()) || (hole == "n" && all_but_one)
    };
    if !all("n") || !all("m") {
        return None;
    }
    let (p, [x, y]) = (&metric.points, &metric.fields);
    let (into, from) = if metric.root {
        ("std::sqrt(%least)", "(%dx * %dx + %dy * %dy)")
    } else {
        ("%least", "(%dx * %dx + %dy * %dy)")
    };
    let start = "std::numeric_limits<double>::infinity()";
    let bound = if metric.root {
        format!("{best} < 1e150 && %dx > {best}")
    } else {
        format!("%dx * %dx > {best}")
    };
    let template = format!(
        "{{\nauto %sorted = std::vector<typename std::decay<decltype({p}[0])>::type>({p}.begin(), {p}.end());\nstd::sort(%sorted.begin(), %sorted.end(), [](auto const& left, auto const& right) {{ return left.{x} < right.{x}; }});\ndouble %least = {start};\nfor (size_t %one = 0; %one < %sorted.size(); ++%one) {{\nfor (size_t %two = %one + 1; %two < %sorted.size(); ++%two) {{\nconst double %dx = %sorted[%two].{x} - %sorted[%one].{x};\nif (%dx * %dx >= %least || ({bound})) {{\nbreak;\n}}\nconst double %dy = %sorted[%two].{y} - %sorted[%one].{y};\nconst double %far = {from};\nif (%far < %least) {{\n%least = %far;\n}}\n}}\n}}\nif ({into} < {best}) {{\n{best} = {into};\n}}\n}}"
    );
    Some(code.freshen(&template))
}

/// The running minimum at the end of a body: its name and what is compared with it.
fn minimum(body: &[Term]) -> Option<(String, Term)> {
    let last = body.last()?;
    let shapes = [
        "if ($d < $best) { $best = $d; }",
        "$best = min($best, $d);",
        "$best = min($d, $best);",
        "$best = fmin($best, $d);",
        "$best = $d < $best ? $d : $best;",
    ];
    for shape in shapes {
        let mut pattern = crate::rewriter::analysis::pattern::statements(shape);
        let mut bound = Bound::default();
        if let Some(pattern) = pattern.pop()
            && fits(&pattern, last, &mut bound)
        {
            return Some((bound.name("best")?.to_owned(), bound.term("d")?.clone()));
        }
    }
    None
}

/// Puts a helper's returned expression in the place of its call.
fn inlined(code: &Code, function: &FunctionNode, term: &Term, fuel: u8) -> Term {
    let term = function.resolved(term);
    if fuel > 0
        && let Some((name, args)) = term.call()
        && let Some(helper) = code.function(name)
        && helper.params.len() == args.len()
        && let Some((result, before)) = helper.body.kids.split_last()
        && result.kind == "return_statement"
        && before.iter().all(|t| t.kind == "declaration")
        && let Some(value) = result.kids.first()
    {
        let value = inlined(code, helper, value, fuel - 1);
        let args: Vec<Term> = args.iter().map(|a| function.resolved(a)).collect();
        return replaced(&value, &helper.params, &args);
    }
    let mut out = term;
    for kid in &mut out.kids {
        *kid = inlined(code, function, kid, fuel);
    }
    out
}

fn replaced(term: &Term, params: &[String], args: &[Term]) -> Term {
    if let Some(at) = term.name().and_then(|n| params.iter().position(|p| p == n)) {
        return args[at].clone();
    }
    let mut out = term.clone();
    for kid in &mut out.kids {
        *kid = replaced(kid, params, args);
    }
    out
}

fn metric(code: &Code, function: &FunctionNode, value: &Term, i: &str, j: &str) -> Option<Metric> {
    let value = inlined(code, function, value, 3);
    let (root, sum) = match value.call() {
        Some(("sqrt", [sum])) => (true, sum.clone()),
        Some(("hypot", _)) => return None,
        _ => (false, value),
    };
    if sum.kind != "binary_expression" || sum.op != "+" {
        return None;
    }
    let square = |t: &Term| -> Option<Term> {
        let shapes = ["pow($e, 2)", "$e * $e"];
        shapes.iter().find_map(|s| {
            let mut bound = Bound::default();
            fits(&expression(s)?, t, &mut bound).then(|| bound.term("e").cloned())?
        })
    };
    let field = |t: &Term| -> Option<(String, String)> {
        let mut bound = Bound::default();
        if !fits(&expression("$p[$a].$f - $p[$b].$f")?, t, &mut bound) {
            return None;
        }
        let pair = (bound.name("a")?, bound.name("b")?);
        (pair == (i, j) || pair == (j, i))
            .then(|| Some((bound.name("p")?.to_owned(), bound.term("f")?.leaf.clone())))?
    };
    let (p, x) = field(&square(&sum.kids[0])?)?;
    let (q, y) = field(&square(&sum.kids[1])?)?;
    let holder = crate::rewriter::analysis::facts::element(&function.var(&p)?.ty)?.to_owned();
    // whole-number fields could overflow or be cut off where doubles are not
    let body = struct_body(&code.text, &holder);
    (p == q && x != y && is_double(body, &x) && is_double(body, &y)).then_some(Metric {
        points: p,
        fields: [x, y],
        root,
    })
}

fn is_double(body: &str, field: &str) -> bool {
    let mut parts = body.split(['{', ';']).skip(1).map(str::trim);
    parts.any(|part| {
        part.strip_prefix("double ")
            .is_some_and(|names| names.split(',').any(|n| n.trim() == field))
    })
}

fn struct_body<'t>(text: &'t str, name: &str) -> &'t str {
    let start = text.find(&format!("struct {name}")).unwrap_or(0);
    let rest = &text[start..];
    &rest[..rest.find('}').unwrap_or(rest.len())]
}

#[cfg(test)]
mod tests {
    use super::super::Technique::Sweep;
    use super::super::tests::after;

    const PAIRS: &str = "struct Spot { double u, v; };\ndouble gap(Spot const& p, Spot const& q) { return std::sqrt(std::pow(q.u - p.u, 2) + std::pow(q.v - p.v, 2)); }\ndouble nearest(std::vector<Spot> const& spots) {\n    double best = 1e300;\n    const size_t n = spots.size();\n    for (size_t a = 0; a < n; ++a) {\n        for (size_t b = a + 1; b < n; ++b) {\n            const double d = gap(spots[a], spots[b]);\n            if (d < best) best = d;\n        }\n    }\n    return best;\n}";

    #[test]
    fn all_pairs_become_a_sweep() {
        let new = after(Sweep, PAIRS, "nearest").unwrap_or_default();
        assert!(
            new.contains("left.u < right.u") && new.contains("break;"),
            "{new}"
        );
    }

    #[test]
    fn pairs_with_another_effect_or_another_measure_are_left_alone() {
        for (what, by) in [
            ("best = d;", "{ best = d; at = a; }"),
            ("q.v - p.v, 2", "q.v - p.v, 3"),
            ("double u, v", "float u, v"),
            ("b < n", "b < m"),
        ] {
            assert_eq!(
                after(Sweep, &PAIRS.replace(what, by), "nearest"),
                None,
                "{by}"
            );
        }
    }
}

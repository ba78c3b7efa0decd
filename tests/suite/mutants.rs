//! Wrong rewrites of a bundled problem's original: one mistake each, of every kind that its text has a place for.
//! Makes texts only; module `quality` compiles them and asks that each is caught.

use lessonl::domain::problem::Problem;

/// What the texts use.
pub(crate) const HELPERS: &str = "
#include <complex>
namespace mutant {
template <class V> V but_last(V v) { if (!v.empty()) v.pop_back(); return v; }
inline double single(double x) { return static_cast<float>(x); }
inline std::complex<double> single(std::complex<double> x) { return std::complex<double>(std::complex<float>(x)); }
template <class T> T single(T x) { return x; }
}
";

/// Changes that give another right program: problem, kind, why.
const RIGHT: [(&str, &str, &str); 14] = [
    (
        "dense_la/solve",
        "wrong tie",
        "either of two equal pivots will do",
    ),
    (
        "fft/fft_conjugate",
        "wrong order",
        "the other half of the swaps is the same permutation",
    ),
    (
        "fft/fft_conjugate",
        "wrong tie",
        "an element swaps with itself",
    ),
    (
        "fft/inverse_fft",
        "wrong tie",
        "one element is split into nothing and itself",
    ),
    (
        "geometry/convex_hull",
        "starts one late",
        "the last point is pushed and popped again",
    ),
    (
        "graph/largest_component",
        "starts one late",
        "vertex 0 is always visited already",
    ),
    (
        "graph/shortest_path",
        "crashes on empty input",
        "there is at least one vertex",
    ),
    (
        "reduce/smallest_odd_number",
        "wrong tie",
        "equal numbers are one answer",
    ),
    (
        "sort/k-th_smallest_element",
        "crashes on empty input",
        "there is at least one element",
    ),
    ("transform/relu", "wrong tie", "zero becomes zero"),
    (
        "correlation",
        "wrong tie",
        "no deviation is the bound to the last digit",
    ),
    (
        "deriche",
        "single precision",
        "all of it is in single precision",
    ),
    (
        "nussinov",
        "starts one late",
        "the neighbours' scores are as good, and taken before",
    ),
    (
        "nussinov",
        "drops the tail",
        "the neighbours' scores are as good, and taken before",
    ),
];

/// Where single precision matters, if not at the first place that has it.
const ROUNDED: [(&str, &str, &str); 5] = [
    ("geometry/convex_hull", "(b.x - a.x) * (c.y - a.y)", ""),
    ("histogram/bin_0-100", "value", " / 10.0"),
    ("histogram/count_quartile", "value", " - std::floor"),
    (
        "search/find_the_closest_number_to_pi",
        "std::fabs(x[i] - M_PI)",
        "",
    ),
    (
        "sort/sort_an_array_of_complex_numbers_by_magnitude",
        "std::abs(a)",
        "",
    ),
];

/// The original with one mistake each, by the kind of the mistake.
pub(crate) fn of(problem: &Problem) -> Vec<(&'static str, String)> {
    let code = without_comments(&problem.original);
    let name = problem.entry_name();
    let entry = code.rfind(&format!("{name}(")).unwrap();
    let open = entry + code[entry..].find('{').unwrap() + 1;
    let (head, body) = code.split_at(open);
    let id = problem.id.as_str().split_once('/').unwrap().1;
    // In the entry itself, or else in a helper.
    let either = |change: &dyn Fn(&str) -> Option<String>| {
        let inside = change(body).map(|body| format!("{head}{body}"));
        inside.or_else(|| change(&code))
    };
    let empty = format!(
        "{head}\n    if ({}) __builtin_trap();{body}",
        empty(problem)
    );
    let made = [
        ("starts one late", either(&late)),
        ("drops the tail", either(&tail)),
        ("wrong sign", either(&sign)),
        ("wrong order", either(&order)),
        ("wrong tie", either(&tie)),
        ("single precision", single(id, &code, &either)),
        ("crashes on empty input", Some(empty)),
    ];
    let wrong = |kind: &str| !RIGHT.iter().any(|(of, same, _)| *of == id && *same == kind);
    let made = made.into_iter().filter(|(kind, _)| wrong(kind));
    made.filter_map(|(kind, text)| Some((kind, text?)))
        .collect()
}

fn without_comments(text: &str) -> String {
    let mut code = text.to_owned();
    while let Some(start) = code.find("/*") {
        let end = code[start..].find("*/");
        let end = end.map_or(code.len(), |end| start + end + 2);
        code.replace_range(start..end, "");
    }
    code
}

fn replaced(text: &str, from: usize, to: usize, by: &str) -> String {
    format!("{}{by}{}", &text[..from], &text[to..])
}

/// Where the last counted loop begins.
fn last_loop(text: &str) -> Option<usize> {
    let counted = |at: &usize| {
        let head = &text[at + "for (".len()..];
        let kinds = ["int ", "long ", "size_t "];
        let named = kinds.iter().find_map(|kind| head.strip_prefix(kind));
        named.is_some_and(|rest| rest.split(' ').nth(1) == Some("="))
    };
    text.match_indices("for (")
        .map(|(at, _)| at)
        .filter(counted)
        .last()
}

/// The last loop begins one later.
fn late(text: &str) -> Option<String> {
    let at = last_loop(text)?;
    let from = at + text[at..].find(" = ")? + 3;
    let to = from + text[from..].find(';')?;
    Some(replaced(
        text,
        from,
        to,
        &format!("({}) + 1", &text[from..to]),
    ))
}

/// The last loop ends one early, or the list gone through lacks its last element.
fn tail(text: &str) -> Option<String> {
    if let Some(at) = last_loop(text) {
        let from = at + text[at..].find("; ")? + 2;
        let to = from + text[from..].find(';')?;
        let signs = [
            (" < ", " + 1 < "),
            (" <= ", " + 1 <= "),
            (" > ", " - 1 > "),
            (" >= ", " - 1 >= "),
        ];
        let condition = &text[from..to];
        let (sign, one_less) = signs.iter().find(|(sign, _)| condition.contains(sign))?;
        let counted = !condition.contains("--");
        return counted.then(|| replaced(text, from, to, &condition.replacen(sign, one_less, 1)));
    }
    let word = |c: char| c.is_alphanumeric() || c == '_';
    let through = text.match_indices("for (").filter_map(|(at, _)| {
        let to = at + text[at..].find(") {")?;
        let from = at + text[at..to].find(" : ")? + 3;
        text[from..to].chars().all(word).then_some((from, to))
    });
    if let Some((from, to)) = through.last() {
        return Some(replaced(
            text,
            from,
            to,
            &format!("mutant::but_last({})", &text[from..to]),
        ));
    }
    let at = text.find(".end()")?;
    let from = text[..at].rfind(|c| !word(c))? + 1;
    let after = at + ".end()".len();
    Some(replaced(
        text,
        after,
        after,
        &format!(" - !{}.empty()", &text[from..at]),
    ))
}

/// The first of these that occurs, in its first place.
fn swapped(text: &str, pairs: &[(&str, &str)]) -> Option<String> {
    let (from, to) = pairs.iter().find(|(from, _)| text.contains(from))?;
    Some(text.replacen(from, to, 1))
}

fn sign(text: &str) -> Option<String> {
    let pairs = [
        (" += ", " -= "),
        (" -= ", " += "),
        (" *= ", " /= "),
        ("++;", " += 2;"),
        (" + ", " - "),
        (" - ", " + "),
    ];
    swapped(text, &pairs)
}

/// The smaller for the larger, or a condition for its contrary.
fn order(text: &str) -> Option<String> {
    let pairs = [
        ("std::max(", "std::min("),
        ("std::min(", "std::max("),
        (" ? ", " && false ? "),
        (" == ", " != "),
        (" != ", " == "),
    ];
    swapped(text, &pairs).or_else(|| {
        let from = text.find("if (")? + 3;
        let to = closed(text, from)?;
        Some(replaced(text, from, to, &format!("(!{})", &text[from..to])))
    })
}

/// The end of what is opened at a place.
fn closed(text: &str, open: usize) -> Option<usize> {
    let mut depth = 0;
    text[open..].char_indices().find_map(|(at, c)| {
        depth += match c {
            '(' => 1,
            ')' => -1,
            _ => 0,
        };
        (depth == 0).then_some(open + at + 1)
    })
}

/// The first condition that compares lets equal ones pass, or no longer. Not of lengths.
fn tie(text: &str) -> Option<String> {
    let turned = [
        (" < ", " <= "),
        (" <= ", " < "),
        (" > ", " >= "),
        (" >= ", " > "),
    ];
    let starts = ["if (", "while (", "return "];
    let mut conditions: Vec<usize> = starts
        .iter()
        .flat_map(|word| text.match_indices(word).map(|(at, _)| at + word.len() - 1))
        .collect();
    conditions.sort_unstable();
    conditions.into_iter().find_map(|from| {
        let to = match text[from..].starts_with('(') {
            true => closed(text, from)?,
            false => from + text[from..].find(';')?,
        };
        let compared = turned.iter().filter_map(|(sign, other)| {
            let at = from + text[from..to].find(sign)?;
            let right = &text[at..to];
            let short = right.get(..20).unwrap_or(right);
            (!short.contains("size()")).then_some((at, *sign, *other))
        });
        let (at, sign, other) = compared.min_by_key(|(at, ..)| *at)?;
        Some(replaced(text, at, at + sign.len(), other))
    })
}

type Either<'a> = &'a dyn Fn(&dyn Fn(&str) -> Option<String>) -> Option<String>;

/// A number is rounded to single precision on the way, where there are any of double.
fn single(id: &str, code: &str, either: Either<'_>) -> Option<String> {
    if !code.contains("double") {
        return None;
    }
    match ROUNDED.iter().find(|(of, ..)| *of == id) {
        Some((_, number, then)) => {
            let place = format!("{number}{then}");
            assert!(code.contains(&place), "{id} has no `{place}`");
            Some(code.replacen(&place, &format!("mutant::single({number}){then}"), 1))
        }
        None => either(&rounded),
    }
}

/// The first sum or product, or else the last value that is kept.
fn rounded(text: &str) -> Option<String> {
    let ends = |word: &'static str| text.match_indices(word).map(move |(at, _)| at + word.len());
    let mut places: Vec<usize> = [" += ", " -= ", " *= "]
        .into_iter()
        .flat_map(ends)
        .collect();
    places.sort_unstable();
    let mut kept: Vec<usize> = [" = ", "return "].into_iter().flat_map(ends).collect();
    kept.sort_unstable_by(|a, b| b.cmp(a));
    places.into_iter().chain(kept).find_map(|from| {
        let to = from + text[from..].find(';')?;
        let value = &text[from..to];
        let plain = value.contains('{') || value == "true" || value == "false";
        let literal = value.starts_with(|c: char| c.is_ascii_digit());
        (!plain && !literal).then(|| replaced(text, from, to, &format!("mutant::single({value})")))
    })
}

/// Whether a call has nothing to work on, in C++.
fn empty(problem: &Problem) -> String {
    let entry = &problem.entry;
    let arguments = &entry[entry.find('(').unwrap() + 1..entry.rfind(')').unwrap()];
    let mut depth = 0;
    let between = |c: char| {
        depth += match c {
            '<' => 1,
            '>' => -1,
            _ => 0,
        };
        c == ',' && depth == 0
    };
    let other = |c: char| !(c.is_alphanumeric() || c == '_');
    let conditions = arguments.split(between).filter_map(|argument| {
        let name = argument.trim_end().rsplit(other).next()?;
        if argument.contains("std::vector") {
            Some(format!("{name}.empty()"))
        } else if argument.trim_start().starts_with("size_t ") {
            Some(format!("{name} == 0"))
        } else {
            None
        }
    });
    conditions.collect::<Vec<_>>().join(" || ")
}

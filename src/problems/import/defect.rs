//! What is wrong with a problem as it was released, found in its own files or known from running it.
//! Never repairs anything: `driver.rs` and `original.rs` do, where the sentence says so.

use super::cpp::{self, FunctionParts};

/// A defect of the released problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ReleaseDefect {
    /// Prompt and driver disagree about types.
    Mistyped,
    /// Integer division makes inputs all zero.
    ZeroInputs,
    /// Inputs do not follow the seed.
    Unseeded,
    /// Inputs come from `rand()`, which nobody seeds.
    Unsown,
    /// An output that the code adds to is not set back between timed calls.
    NotReset,
    /// The code that is to be made faster calls a function that only the baseline has.
    HelperElsewhere,
    /// The validator refuses the code that is to be made faster.
    RefusesOriginal,
    /// The inputs are such that the answer is nearly always the same.
    ConstantOutputs,
    /// The code that is to be made faster is not the code that is timed as the baseline.
    OtherBaseline,
}

/// Whether a defect is repaired by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mending {
    /// It is, unless asked for as released.
    Mended,
    /// Our way of running leaves it no effect either way.
    Harmless,
    /// It stays: said, not repaired.
    Stays,
}

impl ReleaseDefect {
    /// What is wrong and what is done about it, in a sentence.
    pub fn words(self) -> &'static str {
        match self {
            Self::Mistyped => {
                "the signature in the prompt has other types than the driver, so that no answer to it compiles; the driver's types are used"
            }
            Self::ZeroInputs => {
                "an integer division makes the input matrices all zero; the division is done in floating point"
            }
            Self::Unseeded => {
                "inputs and validator ignore their seed: every call has the same input; inputs are scaled or rotated by the seed"
            }
            Self::Unsown => {
                "inputs come from rand(), which is never seeded: every run has the same inputs; it is seeded for every call"
            }
            Self::NotReset => {
                "an output that is added to is not set back between timed calls, so that each goes on from the last; every call gets a fresh state"
            }
            Self::HelperElsewhere => {
                "the code to make faster calls a function that only the baseline's file has; it is given beside the code"
            }
            Self::RefusesOriginal => {
                "the validator refuses or breaks on the very code that is to be made faster; it is left out"
            }
            Self::ConstantOutputs => {
                "its inputs nearly always have the same answer, so that code which returns only that is hardly caught; the inputs are kept"
            }
            Self::OtherBaseline => {
                "the code to make faster is another than the baseline that upstream divides by; speedups are over the code to make faster"
            }
        }
    }

    /// A short name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Mistyped => "mistyped signature",
            Self::ZeroInputs => "zero inputs",
            Self::Unseeded => "seed ignored",
            Self::Unsown => "rand() never seeded",
            Self::NotReset => "output not set back between timings",
            Self::HelperElsewhere => "helper only in the baseline",
            Self::RefusesOriginal => "validator refuses the original",
            Self::ConstantOutputs => "answer nearly constant",
            Self::OtherBaseline => "baseline is other code",
        }
    }

    /// Whether it is repaired by default.
    pub fn mending(self) -> Mending {
        match self {
            Self::Mistyped
            | Self::ZeroInputs
            | Self::Unseeded
            | Self::Unsown
            | Self::RefusesOriginal => Mending::Mended,
            Self::NotReset | Self::HelperElsewhere => Mending::Harmless,
            Self::ConstantOutputs | Self::OtherBaseline => Mending::Stays,
        }
    }
}

/// Defects that no text shows, by suite and upstream's name. Found by running the released problems.
const SEEN: &[(&str, &str, ReleaseDefect)] = &[
    (
        "lessonl-pareval",
        "07_fft_fft_conjugate",
        ReleaseDefect::RefusesOriginal,
    ),
    (
        "lessonl-pareval",
        "10_geometry_convex_hull",
        ReleaseDefect::RefusesOriginal,
    ),
    (
        "lessonl-pareval",
        "34_scan_largest_contiguous_subarray_sum",
        ReleaseDefect::RefusesOriginal,
    ),
    (
        "lessonl-pareval",
        "45_sparse_la_sparse_solve",
        ReleaseDefect::RefusesOriginal,
    ),
    (
        "upstream-pareval",
        "07_fft_fft_conjugate",
        ReleaseDefect::RefusesOriginal,
    ),
    (
        "lessonl-pareval",
        "19_graph_shortest_path",
        ReleaseDefect::ConstantOutputs,
    ),
    (
        "lessonl-pareval",
        "59_transform_map_function",
        ReleaseDefect::ConstantOutputs,
    ),
    (
        "upstream-pareval",
        "16_graph_largest_component",
        ReleaseDefect::ConstantOutputs,
    ),
    (
        "upstream-pareval",
        "18_graph_count_components",
        ReleaseDefect::ConstantOutputs,
    ),
    (
        "upstream-pareval",
        "19_graph_shortest_path",
        ReleaseDefect::ConstantOutputs,
    ),
    (
        "upstream-pareval",
        "48_sparse_la_sparse_axpy",
        ReleaseDefect::RefusesOriginal,
    ),
    (
        "upstream-pareval",
        "59_transform_map_function",
        ReleaseDefect::ConstantOutputs,
    ),
];

/// What a problem's texts say. All are without comments and without the branches for other machines.
pub(crate) struct Texts<'a> {
    /// Suite and upstream's name.
    pub problem: (&'a str, &'a str),
    /// The driver.
    pub driver: &'a str,
    /// The baseline.
    pub baseline: &'a str,
    /// The code to make faster, where the list has one of its own.
    pub code: Option<&'a str>,
    /// The entry as the prompt or the code has it.
    pub asked: &'a FunctionParts,
    /// The baseline's function.
    pub correct: &'a FunctionParts,
    /// The entry's name as the driver calls it.
    pub called: &'a str,
}

/// What is wrong with a problem as released.
pub(crate) fn found(texts: &Texts<'_>) -> Vec<ReleaseDefect> {
    let mut all = Vec::new();
    let body = |name: &str| {
        FunctionParts::find(texts.driver, name).map_or("", |f| &texts.driver[f.body.clone()])
    };
    let reset = body("reset");
    let code = texts.code.unwrap_or(texts.baseline);
    if texts.asked.types() != texts.correct.types() {
        all.push(ReleaseDefect::Mistyped);
    }
    if reset.lines().any(|line| divides_whole(line).is_some()) {
        all.push(ReleaseDefect::ZeroInputs);
    }
    let seeded = texts.driver.contains("mt19937");
    if seeded && cpp::words(reset, "engine").next().is_none() {
        all.push(ReleaseDefect::Unseeded);
    }
    if !seeded {
        all.push(ReleaseDefect::Unsown);
    }
    let set = |name: &str| reset.contains(&format!("ctx->{name}"));
    let entry = if texts.code.is_some() {
        texts.asked
    } else {
        texts.correct
    };
    let work = &code[entry.body.clone()];
    let kept = cpp::arguments(body("compute"), texts.called)
        .unwrap_or_default()
        .into_iter()
        .zip(&entry.parameters)
        .filter(|(_, parameter)| adds_to(work, cpp::declared(parameter)))
        .any(|(argument, _)| {
            argument
                .strip_prefix("ctx->")
                .is_some_and(|name| !set(name))
        });
    if kept {
        all.push(ReleaseDefect::NotReset);
    }
    if texts.code.is_some() && !helpers(texts).is_empty() {
        all.push(ReleaseDefect::HelperElsewhere);
    }
    let seen = SEEN
        .iter()
        .filter(|(suite, name, _)| (*suite, *name) == texts.problem);
    all.extend(seen.map(|(.., defect)| *defect));
    if let Some(code) = texts.code
        && !all.contains(&ReleaseDefect::Mistyped)
        && other(code, texts.asked, texts.baseline, texts.correct)
    {
        all.push(ReleaseDefect::OtherBaseline);
    }
    all
}

/// The functions of the baseline's file that the code calls without having them, as text.
pub(crate) fn helpers(texts: &Texts<'_>) -> Vec<String> {
    let Some(code) = texts.code else {
        return Vec::new();
    };
    let mut names: Vec<&str> = code
        .match_indices('(')
        .map(|(at, _)| cpp::declared(&code[..at]))
        .filter(|name| !name.is_empty() && *name != texts.correct.name)
        .filter(|name| FunctionParts::find(code, name).is_none())
        .collect();
    names.sort_unstable();
    names.dedup();
    names
        .into_iter()
        .filter_map(|name| FunctionParts::find(texts.baseline, name))
        .map(|function| texts.baseline[function.span].trim().to_owned())
        .collect()
}

/// Names of the parameters that a function may write to.
pub(crate) fn writable(function: &FunctionParts) -> Vec<&str> {
    function
        .parameters
        .iter()
        .filter(|parameter| {
            parameter.contains('&') && cpp::words(parameter, "const").next().is_none()
        })
        .map(|parameter| cpp::declared(parameter))
        .collect()
}

/// The parameters that may be written to but whose outcome the validator does not look at: scratch space.
pub(crate) fn unseen(texts: &Texts<'_>, validate: &str) -> Vec<String> {
    let theirs = cpp::arguments(validate, &texts.correct.name).unwrap_or_default();
    let tested = cpp::arguments(validate, texts.called).unwrap_or_default();
    let after = cpp::words(validate, texts.called).last();
    let after = after
        .and_then(|at| Some(&validate[at + validate[at..].find(';')?..]))
        .unwrap_or("");
    let may = writable(texts.asked);
    theirs
        .into_iter()
        .zip(tested)
        .zip(&texts.asked.parameters)
        .filter(|((correct, test), _)| correct == test || cpp::words(after, test).next().is_none())
        .map(|(_, parameter)| cpp::declared(parameter).to_owned())
        .filter(|name| may.contains(&name.as_str()))
        .collect()
}

/// Whether an element of `name` is added to, as if it held something already, before it is set.
fn adds_to(code: &str, name: &str) -> bool {
    cpp::words(code, name)
        .next()
        .and_then(|at| assigned(&code[at + name.len()..]))
        .is_some_and(|operator| operator != '=')
}

/// The operator of the assignment to what these subscripts name, if there is one: `=` for a plain one.
fn assigned(mut rest: &str) -> Option<char> {
    let mut subscripts = 0;
    while rest.trim_start().starts_with('[') {
        rest = rest.trim_start();
        rest = &rest[cpp::closing(rest, 0)?..];
        subscripts += 1;
    }
    let mut next = rest.trim_start().chars();
    match (subscripts, next.next()?, next.next()?) {
        (0, ..) | (_, '=', '=') => None,
        (_, '=', _) => Some('='),
        (_, sign @ ('+' | '-' | '*' | '/'), '=') => Some(sign),
        _ => None,
    }
}

/// Where a line divides a whole number below another by that other, which is always zero: the place of the `/`.
pub(crate) fn divides_whole(line: &str) -> Option<usize> {
    let at = line.find(") / ")?;
    let divisor = line[at + 4..].trim().strip_suffix(';')?;
    let name = divisor.strip_prefix("ctx->").unwrap_or(divisor);
    let remainder = format!("% {divisor}");
    let whole = line[..at].ends_with(&remainder) && !line.contains('.');
    (whole && name.chars().all(cpp::of_name)).then_some(at + 2)
}

/// Whether two functions and what stands around them differ in more than names and spaces.
fn other(code: &str, asked: &FunctionParts, baseline: &str, correct: &FunctionParts) -> bool {
    let plain = |text: &str, function: &FunctionParts| {
        // Parameters and locals go by their order of appearance, so that only the work is compared.
        let mut names: Vec<String> = Vec::new();
        let mut made = String::new();
        let body = &text[function.body.clone()];
        let mut word = String::new();
        for c in body.chars().chain(" ".chars()) {
            if cpp::of_name(c) {
                word.push(c);
                continue;
            }
            if !word.is_empty() {
                if word.starts_with(|c: char| c.is_ascii_digit()) {
                    made.push_str(&word);
                } else {
                    let number = names.iter().position(|name| *name == word);
                    let number = number.unwrap_or_else(|| {
                        names.push(word.clone());
                        names.len() - 1
                    });
                    made.push_str(&format!("#{number}"));
                }
                word.clear();
            }
            if !c.is_whitespace() {
                made.push(c);
            }
        }
        made
    };
    plain(code, asked) != plain(baseline, correct)
}

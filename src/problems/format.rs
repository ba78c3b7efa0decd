//! The text of `problem.toml` → its checked contents. Pure: never reads a file, never panics on any text.

use std::fmt::Display;
use std::ops::Range;

use serde::Deserialize;
use toml::Spanned;

use super::ProblemError;
use super::origin::TakenFrom;
use crate::domain::problem::{
    CheckRules, Mode, ProblemId, Sizes, Standard, Tolerance, Upstream, Values,
};
use crate::domain::work::LeastWork;

/// What `problem.toml` says, checked.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Manifest {
    pub id: ProblemId,
    /// Line of the id in the file, for errors found later.
    pub id_line: usize,
    pub title: String,
    pub category: String,
    pub description: String,
    pub entry: String,
    pub modes: Vec<Mode>,
    pub standard: Standard,
    pub sizes: Sizes,
    pub check: CheckRules,
    /// What ties it to the benchmark it comes from.
    pub upstream: Upstream,
    /// What one call must at least do.
    pub work: LeastWork,
    /// What is known about how much faster it can get, for people.
    pub headroom_note: Option<String>,
    /// Where the function was taken from, if it was.
    pub source: Option<TakenFrom>,
}

const MOST_SIZES: usize = 64;
const LONGEST_DESCRIPTION: usize = 16 << 10;
const DEFAULT_TOLERANCE: f64 = 1e-9;
const DEFAULT_EXACT_BITS: u32 = 20;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    id: Spanned<String>,
    title: Spanned<String>,
    category: Spanned<String>,
    description: Spanned<String>,
    entry: Spanned<String>,
    #[serde(default)]
    modes: Option<Spanned<Vec<Mode>>>,
    #[serde(default)]
    standard: Standard,
    sizes: WrittenSizes,
    #[serde(default)]
    check: WrittenCheck,
    #[serde(default)]
    work: LeastWork,
    #[serde(default)]
    headroom: Option<WrittenHeadroom>,
    #[serde(default)]
    source: Option<TakenFrom>,
    provenance: Option<WrittenProvenance>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenSizes {
    check: Spanned<Vec<u64>>,
    #[serde(default)]
    hidden: Option<Spanned<Vec<u64>>>,
    time: Spanned<u64>,
    #[serde(default)]
    time_omp: Option<Spanned<u64>>,
    #[serde(default)]
    upstream: Option<Spanned<u64>>,
    #[serde(default)]
    upstream_omp: Option<Spanned<u64>>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct WrittenCheck {
    tolerance: Option<Spanned<Tolerance>>,
    values: Option<Spanned<Vec<Values>>>,
    exact_bits: Option<Spanned<u32>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenHeadroom {
    note: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenProvenance {
    source: Spanned<String>,
    #[serde(default)]
    as_released: bool,
    #[serde(default)]
    defects: Vec<Spanned<String>>,
}

/// Reads the text of a `problem.toml`; `file` is how errors name it.
pub(super) fn parse(file: &dyn Display, text: &str) -> Result<Manifest, ProblemError> {
    let at = Place { file, text };
    let written: Written = toml::from_str(text).map_err(|error| at.syntax(&error))?;

    let id = ProblemId::new(written.id.get_ref().as_str()).map_err(|_| {
        at.key(
            "id",
            written.id.span(),
            "is not a problem id",
            "use 1 to 128 letters, digits and -_./ like pareval/dense_la/gemm",
        )
    })?;
    let title = at.line_of_text("title", &written.title)?;
    let category = at.line_of_text("category", &written.category)?;
    let description = description(&at, &written.description)?;
    let entry = entry(&at, &written.entry)?;
    let modes = match &written.modes {
        None => vec![Mode::Serial, Mode::Omp],
        Some(modes) if modes.get_ref().is_empty() => {
            let hint = "name one or both of \"serial\" and \"omp\", or leave the key out";
            return Err(at.key("modes", modes.span(), "is empty", hint));
        }
        Some(modes) => distinct(modes.get_ref()),
    };

    Ok(Manifest {
        id,
        id_line: at.line(written.id.span()),
        title,
        category,
        description,
        entry,
        modes,
        standard: written.standard,
        upstream: upstream(&at, &written)?,
        source: written.source,
        sizes: sizes(&at, &written.sizes)?,
        check: check(&at, &written.check)?,
        work: written.work,
        headroom_note: match &written.headroom {
            Some(headroom) => Some(at.note("headroom.note", &headroom.note)?),
            None => None,
        },
    })
}

/// Plain text of some lines, without what could steer a terminal.
fn description(at: &Place, written: &Spanned<String>) -> Result<String, ProblemError> {
    let bad = |what: &str, hint: &str| at.key("description", written.span(), what, hint);
    let text = written.get_ref().replace("\r\n", "\n").trim().to_owned();
    if text.is_empty() {
        return Err(bad(
            "is empty",
            "say what the function must do: sizes, ties, empty input, what outputs hold on entry",
        ));
    }
    if text.len() > LONGEST_DESCRIPTION {
        return Err(bad("is longer than 16 KiB", "keep to the contract"));
    }
    if text
        .chars()
        .any(|c| c.is_control() && c != '\n' && c != '\t')
    {
        return Err(bad("has control characters", "write plain text"));
    }
    Ok(text)
}

/// The entry's signature: one line, a name before the first `(`, and nothing after the matching `)`.
fn entry(at: &Place, written: &Spanned<String>) -> Result<String, ProblemError> {
    const HINT: &str =
        "write the C++ signature without a body, like double average(std::vector<double> const& x)";
    let bad = |what: &str| at.key("entry", written.span(), what, HINT);

    let text = written.get_ref().trim();
    if text
        .chars()
        .any(|c| c.is_control() || "{};#\\\"".contains(c))
    {
        return Err(bad("is more than a signature"));
    }
    let Some((head, _)) = text.split_once('(') else {
        return Err(bad("has no parameter list"));
    };
    let name_at = head
        .trim_end()
        .rfind(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
        .map_or(0, |i| i + 1);
    let name = head.trim_end().get(name_at..).unwrap_or("");
    if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
        return Err(bad("has no function name before its first ("));
    }
    if head.get(..name_at).unwrap_or("").trim().is_empty() {
        return Err(bad("has no return type before the function name"));
    }
    let mut depth = 0i64;
    for (i, c) in text.char_indices() {
        depth += match c {
            '(' => 1,
            ')' => -1,
            _ => 0,
        };
        if depth < 0 || (depth == 0 && c == ')' && i + 1 != text.len()) {
            return Err(bad("goes on after its parameter list"));
        }
    }
    if depth != 0 {
        return Err(bad("does not close its parameter list"));
    }
    Ok(text.to_owned())
}

fn sizes(at: &Place, written: &WrittenSizes) -> Result<Sizes, ProblemError> {
    let limited = |key: &str, sizes: &Spanned<Vec<u64>>| {
        if sizes.get_ref().len() > MOST_SIZES {
            let what = format!("has more than {MOST_SIZES} sizes");
            return Err(at.key(key, sizes.span(), &what, "keep the telling ones"));
        }
        Ok(sizes.get_ref().clone())
    };
    let positive = |key: &str, size: &Spanned<u64>| match *size.get_ref() {
        0 => Err(at.key(
            key,
            size.span(),
            "is 0",
            "give a size at which one call of the original takes about 2 to 20 ms",
        )),
        size => Ok(size),
    };

    if written.check.get_ref().is_empty() {
        return Err(at.key(
            "sizes.check",
            written.check.span(),
            "is empty",
            "list small sizes to check with, edges included, like [0, 1, 2, 3, 7, 8, 9, 31, 33, 64]",
        ));
    }
    let time = positive("sizes.time", &written.time)?;
    Ok(Sizes {
        check: limited("sizes.check", &written.check)?,
        hidden: match &written.hidden {
            Some(hidden) => limited("sizes.hidden", hidden)?,
            None => Vec::new(),
        },
        time,
        time_omp: match &written.time_omp {
            Some(size) => positive("sizes.time_omp", size)?,
            None => time,
        },
    })
}

fn upstream(at: &Place, written: &Written) -> Result<Upstream, ProblemError> {
    let size = |key: &str, size: &Option<Spanned<u64>>| match size {
        Some(size) if *size.get_ref() == 0 => {
            let hint = "give the size the benchmark times, or leave the key out";
            Err(at.key(key, size.span(), "is 0", hint))
        }
        size => Ok(size.as_ref().map(|size| *size.get_ref())),
    };
    let time = size("sizes.upstream", &written.sizes.upstream)?;
    let mut upstream = Upstream {
        time,
        time_omp: size("sizes.upstream_omp", &written.sizes.upstream_omp)?.or(time),
        ..Upstream::default()
    };
    if let Some(provenance) = &written.provenance {
        upstream.source = Some(at.line_of_text("provenance.source", &provenance.source)?);
        upstream.as_released = provenance.as_released;
        for defect in &provenance.defects {
            upstream
                .defects
                .push(at.note("provenance.defects", defect)?);
        }
    }
    Ok(upstream)
}

fn check(at: &Place, written: &WrittenCheck) -> Result<CheckRules, ProblemError> {
    let tolerance = match &written.tolerance {
        None => Tolerance::Relative(DEFAULT_TOLERANCE),
        Some(given) => match *given.get_ref() {
            Tolerance::Relative(relative) if !(relative > 0.0 && relative < 1.0) => {
                return Err(at.key(
                    "check.tolerance",
                    given.span(),
                    "is not between 0 and 1",
                    "write { relative = 1e-9 }, or \"exact\" to compare bit for bit",
                ));
            }
            tolerance => tolerance,
        },
    };
    let mut values = match &written.values {
        None => vec![
            Values::Any,
            Values::Zeros,
            Values::Equal,
            Values::Sorted,
            Values::Reversed,
        ],
        Some(values) => distinct(values.get_ref()),
    };
    if !values.contains(&Values::Any) {
        values.insert(0, Values::Any);
    }
    let exact_bits = match &written.exact_bits {
        None => DEFAULT_EXACT_BITS,
        Some(bits) if (1..=52).contains(bits.get_ref()) => *bits.get_ref(),
        Some(bits) => {
            return Err(at.key(
                "check.exact_bits",
                bits.span(),
                "is not from 1 to 52",
                "choose it so that every sum and product stays below 2^53",
            ));
        }
    };
    Ok(CheckRules {
        tolerance,
        values,
        exact_bits,
    })
}

/// The same without repetitions, in the order of first mention.
fn distinct<T: Copy + PartialEq>(all: &[T]) -> Vec<T> {
    let mut seen = Vec::new();
    for &one in all {
        if !seen.contains(&one) {
            seen.push(one);
        }
    }
    seen
}

/// A file and its text, to say where something is wrong.
struct Place<'a> {
    file: &'a dyn Display,
    text: &'a str,
}

impl Place<'_> {
    /// Line from 1 of a place in the text.
    fn line(&self, span: Range<usize>) -> usize {
        let before = self.text.as_bytes().get(..span.start).unwrap_or_default();
        1 + before.iter().filter(|b| **b == b'\n').count()
    }

    fn key(&self, key: &str, span: Range<usize>, what: &str, hint: &str) -> ProblemError {
        let file = format!("{}:{}", self.file, self.line(span));
        ProblemError::new(file, format!("`{key}` {what}"), hint)
    }

    fn line_of_text(&self, key: &str, value: &Spanned<String>) -> Result<String, ProblemError> {
        let text = value.get_ref().trim();
        if text.is_empty() || text.chars().count() > 120 || text.chars().any(char::is_control) {
            let what = "is not one line of 1 to 120 characters";
            return Err(self.key(key, value.span(), what, "write a short line of plain text"));
        }
        Ok(text.to_owned())
    }

    fn note(&self, key: &str, value: &Spanned<String>) -> Result<String, ProblemError> {
        let text = value.get_ref().trim();
        if text.is_empty() || text.chars().count() > 240 || text.chars().any(char::is_control) {
            let what = "is not one line of 1 to 240 characters";
            return Err(self.key(
                key,
                value.span(),
                what,
                "say in a line why it can hardly be faster",
            ));
        }
        Ok(text.to_owned())
    }

    fn syntax(&self, error: &toml::de::Error) -> ProblemError {
        let message: String = error.message().chars().take(300).collect();
        let (what, hint) = if message.starts_with("unknown field") {
            (message, "remove the key or correct its spelling".to_owned())
        } else if let Some(key) = message
            .strip_prefix("missing field `")
            .and_then(|rest| rest.strip_suffix('`'))
        {
            let hint = match key {
                "sizes" => "add a section [sizes] with check = [...] and time = N".to_owned(),
                "check" => "add check = [0, 1, 2, 3, 7, 8, 31, 64] to [sizes]".to_owned(),
                "note" => "add note = \"...\" to [headroom], or remove the section".to_owned(),
                "time" => "add time = N to [sizes]: the size that is timed".to_owned(),
                _ => format!("add a line {key} = \"...\" above the first section"),
            };
            (message.clone(), hint)
        } else {
            (message, "correct the line".to_owned())
        };
        let file = match error.span() {
            Some(span) => format!("{}:{}", self.file, self.line(span)),
            None => self.file.to_string(),
        };
        ProblemError::new(file, what, hint)
    }
}

#[cfg(test)]
mod tests;

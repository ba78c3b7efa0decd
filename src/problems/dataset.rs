//! A published data set of code generation (HumanEval, MBPP, their EvalPlus forms; JSON Lines, gzipped or not) → tasks.
//! Never runs anything of it. A line that cannot be used is an error with its number, and the rest still loads.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use flate2::bufread::MultiGzDecoder;
use serde_json::{Map, Value};

use super::ProblemError;
use super::codegen::LARGEST_INPUTS;
use crate::domain::codegen::preamble;

mod evalplus;

/// Which data set a file is said to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Set {
    /// HumanEval, or EvalPlus' HumanEval+.
    Humaneval,
    /// MBPP, or EvalPlus' MBPP+.
    Mbpp,
}

impl Set {
    /// The word on the command line; also the name of its suite.
    pub fn word(self) -> &'static str {
        match self {
            Self::Humaneval => "humaneval",
            Self::Mbpp => "mbpp",
        }
    }
}

/// A task of a data set, ready to be written out.
#[derive(Debug, Clone, PartialEq)]
pub struct DataSetTask {
    /// Its name there.
    pub task: String,
    /// The function.
    pub entry: String,
    /// Signature and description.
    pub prompt: String,
    /// Assertions; empty: none.
    pub tests: String,
    /// JSON lists of argument lists, answered by the canonical solution.
    pub inputs: Vec<String>,
    /// How far off an answer to these may be.
    pub tolerance: f64,
    /// Python that compares answers, where equality does not; empty: none.
    pub accepts: String,
    /// The whole canonical solution.
    pub canonical: String,
}

/// What a file held.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Contents {
    /// The good tasks, in the file's order.
    pub tasks: Vec<DataSetTask>,
    /// What was wrong with the other lines.
    pub errors: Vec<ProblemError>,
}

/// Longest line and largest file that are read, in bytes, unpacked.
const LONGEST: u64 = 64 << 20;
const LARGEST: u64 = 2 << 30;
/// Tasks in one file.
const MOST: usize = 10_000;
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// Reads a file. An error: nothing of it can be read.
pub fn read(set: Set, file: &Path) -> Result<Contents, ProblemError> {
    let unreadable = |error: io::Error| {
        ProblemError::new(
            file.display(),
            format!("cannot be read: {error}"),
            "name the data set's file, JSON Lines, gzipped or not",
        )
    };
    let mut opened = BufReader::new(File::open(file).map_err(unreadable)?);
    let gzipped = opened.fill_buf().map_err(unreadable)?.starts_with(&GZIP);
    let contents = match gzipped {
        true => lines(set, file, BufReader::new(MultiGzDecoder::new(opened))),
        false => lines(set, file, opened),
    };
    if contents.tasks.is_empty() && contents.errors.is_empty() {
        return Err(ProblemError::new(
            file.display(),
            "holds nothing",
            "name the data set's file, one JSON object per line",
        ));
    }
    Ok(contents)
}

fn lines(set: Set, file: &Path, reader: impl BufRead) -> Contents {
    let mut contents = Contents::default();
    let mut seen: HashMap<String, usize> = HashMap::new();
    let mut reader = reader.take(LARGEST);
    for number in 1.. {
        let at = |what: String, hint: &str| {
            ProblemError::new(format_args!("{}:{number}", file.display()), what, hint)
        };
        let mut line = Vec::new();
        match (&mut reader).take(LONGEST).read_until(b'\n', &mut line) {
            Ok(0) => break,
            Ok(_) if line.len() as u64 == LONGEST || contents.tasks.len() == MOST => {
                let what = "is longer than any line or file that we read".to_owned();
                contents
                    .errors
                    .push(at(what, "the lines from here on were left out"));
                break;
            }
            Ok(_) => {}
            Err(error) => {
                let what = format!("cannot be read on: {error}");
                let hint = "the file is cut off or damaged: download it again";
                contents.errors.push(at(what, hint));
                break;
            }
        }
        let text = String::from_utf8_lossy(&line);
        if text.trim().is_empty() {
            continue;
        }
        match task(set, &text) {
            Err((what, hint)) => contents.errors.push(at(what, hint)),
            Ok(task) => match seen.get(&task.task) {
                Some(first) => {
                    let what = format!("{} was there already in line {first}", shown(&task.task));
                    contents
                        .errors
                        .push(at(what, "delete one of the two lines"));
                }
                None => {
                    seen.insert(task.task.clone(), number);
                    contents.tasks.push(task);
                }
            },
        }
    }
    contents
}

type Wrong = (String, &'static str);

/// What to do about a line that is not as EvalPlus has it.
const PLUS: &str = "EvalPlus has a list of argument lists there; download the file again";

fn accepts(set: Set, entry: &str, inputs: &[String]) -> String {
    let own = evalplus::accepts(set, entry).filter(|_| !inputs.is_empty());
    own.unwrap_or_default()
}

fn task(set: Set, line: &str) -> Result<DataSetTask, Wrong> {
    let plain = numbers_json_lacks(line);
    let value: Value = serde_json::from_str(&plain).map_err(|error| {
        let what = format!("is no whole JSON object: {error}");
        (
            what,
            "the line is torn: download the file again, or delete the line",
        )
    })?;
    let Value::Object(fields) = value else {
        return Err(("is no JSON object".to_owned(), "delete the line"));
    };
    let inputs = inputs(&fields, &plain)?;
    let task = match set {
        Set::Humaneval => humaneval(&fields, inputs),
        Set::Mbpp => mbpp(&fields, inputs),
    }?;
    let largest = task.inputs.iter().map(String::len).max().unwrap_or(0) as u64;
    if largest > LARGEST_INPUTS {
        let what = format!(
            "the inputs of {} take {} MiB, more than the {} that we read",
            shown(&task.task),
            largest >> 20,
            LARGEST_INPUTS >> 20
        );
        return Err((what, "EvalPlus has smaller ones in its NoExtreme file"));
    }
    Ok(task)
}

fn humaneval(fields: &Map<String, Value>, inputs: Vec<String>) -> Result<DataSetTask, Wrong> {
    let hint = "HumanEval's lines have task_id, prompt, entry_point, canonical_solution and test; is this another data set?";
    let task = text(fields, "task_id", hint)?;
    let entry = name(text(fields, "entry_point", hint)?)?;
    let prompt = text(fields, "prompt", hint)?;
    if preamble(&prompt, &entry).len() == prompt.len() {
        let what = format!("`prompt` has no line that begins with `def {entry}(`");
        return Err((what, "correct prompt or entry_point, or delete the line"));
    }
    let solution = text(fields, "canonical_solution", hint)?;
    let canonical = match defines(&solution, &entry) {
        true => solution,
        false => format!("{prompt}{solution}"),
    };
    let tests = match inputs.is_empty() {
        true => text(fields, "test", hint)?,
        false => String::new(),
    };
    Ok(DataSetTask {
        tolerance: tolerance(fields),
        accepts: accepts(Set::Humaneval, &entry, &inputs),
        task,
        entry,
        prompt,
        tests,
        inputs,
        canonical,
    })
}

fn mbpp(fields: &Map<String, Value>, inputs: Vec<String>) -> Result<DataSetTask, Wrong> {
    let hint = "MBPP's lines have task_id, text (or prompt), code and test_list; is this another data set?";
    let task = match fields.get("task_id") {
        Some(Value::Number(number)) => format!("Mbpp/{number}"),
        _ => text(fields, "task_id", hint)?,
    };
    let words = text(fields, "text", hint).or_else(|_| text(fields, "prompt", hint))?;
    let solution = text(fields, "code", hint);
    let canonical = solution.or_else(|_| text(fields, "canonical_solution", hint))?;
    let inputs: Vec<String> = inputs
        .iter()
        .map(|raw| evalplus::arguments(&task, raw))
        .collect::<Result<_, _>>()
        .map_err(|what| (format!("{}: {what}", shown(&task)), PLUS))?;
    let mut tests = match fields.get("assertion") {
        Some(Value::String(assertion)) => assertion.clone(),
        _ => {
            let mut lines = imports(fields);
            lines.extend(strings(fields.get("test_list")));
            lines.join("\n")
        }
    };
    if !tests.contains("assert") && inputs.is_empty() {
        return Err(("lacks `test_list`".to_owned(), hint));
    }
    let entry = match fields.get("entry_point") {
        Some(Value::String(entry)) => name(entry.clone())?,
        _ => called(&canonical, &tests).ok_or_else(|| {
            let what = "`test_list` calls no function that `code` defines".to_owned();
            (what, "correct code or test_list, or delete the line")
        })?,
    };
    let prompt = described(&canonical, &entry, &words).ok_or_else(|| {
        let what = format!("`code` has no line that begins with `def {entry}(`");
        (what, "correct code or entry_point, or delete the line")
    })?;
    if !inputs.is_empty() {
        // the inputs hold what is asserted
        tests.clear();
    }
    Ok(DataSetTask {
        tolerance: tolerance(fields),
        accepts: accepts(Set::Mbpp, &entry, &inputs),
        task,
        entry,
        prompt,
        tests,
        inputs,
        canonical,
    })
}

fn text(fields: &Map<String, Value>, field: &str, hint: &'static str) -> Result<String, Wrong> {
    match fields.get(field) {
        Some(Value::String(text)) if !text.trim().is_empty() => Ok(text.clone()),
        Some(Value::String(_)) => Err((format!("`{field}` is empty"), hint)),
        Some(_) => Err((format!("`{field}` is no text"), hint)),
        None => Err((format!("lacks `{field}`"), hint)),
    }
}

fn name(text: String) -> Result<String, Wrong> {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if text.chars().all(word) && !text.starts_with(|c: char| c.is_ascii_digit()) {
        return Ok(text);
    }
    let what = format!("`entry_point` is {}, which is no name", shown(&text));
    Err((what, "correct it, or delete the line"))
}

fn strings(value: Option<&Value>) -> Vec<String> {
    let items = value.and_then(Value::as_array).into_iter().flatten();
    items.filter_map(Value::as_str).map(str::to_owned).collect()
}

fn imports(fields: &Map<String, Value>) -> Vec<String> {
    let setup = fields.get("test_setup_code").and_then(Value::as_str);
    let mut lines: Vec<String> = setup.into_iter().map(str::to_owned).collect();
    lines.extend(strings(fields.get("test_imports")));
    lines
}

fn tolerance(fields: &Map<String, Value>) -> f64 {
    let given = fields.get("atol").and_then(Value::as_f64);
    given
        .filter(|given| (0.0..1.0).contains(given))
        .unwrap_or(0.0)
}

/// The fields of inputs as they are written, so that no number loses a digit.
fn inputs(fields: &Map<String, Value>, line: &str) -> Result<Vec<String>, Wrong> {
    #[derive(serde::Deserialize)]
    struct Written<'a> {
        #[serde(borrow, default)]
        base_input: Option<&'a serde_json::value::RawValue>,
        #[serde(borrow, default)]
        plus_input: Option<&'a serde_json::value::RawValue>,
    }
    for field in ["base_input", "plus_input"] {
        let usable = match fields.get(field) {
            None | Some(Value::Array(_) | Value::Null) => true,
            // EvalPlus writes no inputs like this
            Some(Value::Object(none)) => none.is_empty(),
            Some(_) => false,
        };
        if !usable {
            return Err((format!("`{field}` is no list"), PLUS));
        }
    }
    let written: Written =
        serde_json::from_str(line).map_err(|error| (error.to_string(), "delete the line"))?;
    let all = [written.base_input, written.plus_input]
        .into_iter()
        .flatten();
    Ok(all
        .map(|raw| raw.get())
        .filter(|raw| raw.starts_with('['))
        .map(str::to_owned)
        .collect())
}

/// `NaN` and `Infinity` outside of texts, which Python writes and JSON lacks, in the form that the harness reads.
fn numbers_json_lacks(line: &str) -> Cow<'_, str> {
    if !line.contains("NaN") && !line.contains("Infinity") {
        return line.into();
    }
    let (mut out, mut rest, mut inside) = (String::with_capacity(line.len()), line, false);
    let words = [("NaN", "nan"), ("-Infinity", "-inf"), ("Infinity", "inf")];
    while let Some(c) = rest.chars().next() {
        let word = words
            .iter()
            .find(|(word, _)| !inside && rest.starts_with(word));
        if let Some((word, means)) = word {
            out.push_str(&format!("{{\"$\":\"float\",\"v\":\"{means}\"}}"));
            rest = &rest[word.len()..];
            continue;
        }
        let escaped = inside && c == '\\';
        inside ^= c == '"';
        let taken = rest
            .chars()
            .take(1 + usize::from(escaped))
            .map(char::len_utf8)
            .sum();
        out.push_str(&rest[..taken]);
        rest = &rest[taken..];
    }
    out.into()
}

fn defines(code: &str, entry: &str) -> bool {
    preamble(code, entry).len() < code.len()
}

/// The function that the tests call, of those that the code defines.
fn called(code: &str, tests: &str) -> Option<String> {
    let names = code.lines().filter_map(|line| {
        let name = line.strip_prefix("def ")?.split('(').next()?.trim();
        (!name.is_empty()).then_some(name)
    });
    let first = |name: &&str| tests.contains(&format!("{name}("));
    let called: Vec<&str> = names.filter(first).collect();
    // of several, the one that the first test names first
    let at = |name: &&str| tests.find(&format!("{name}("));
    called.into_iter().min_by_key(at).map(str::to_owned)
}

/// The function's signature with the words as its docstring.
fn described(code: &str, entry: &str, words: &str) -> Option<String> {
    let definition = &code[preamble(code, entry).len()..];
    let mut depth = 0i32;
    let end = definition.char_indices().find(|(_, c)| {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            _ => {}
        }
        *c == ':' && depth == 0
    });
    let signature = definition[..end?.0].trim();
    let words = words.trim().trim_matches('"').trim();
    let words = words.replace('\\', "\\\\").replace("\"\"\"", "'''");
    let words: Vec<String> = words
        .lines()
        .map(|line| format!("    {}", line.trim_end()))
        .collect();
    Some(format!(
        "{signature}:\n    \"\"\"\n{}\n    \"\"\"\n",
        words.join("\n")
    ))
}

/// A text of the file as it may be put on a screen.
fn shown(text: &str) -> String {
    let short: String = text.chars().take(60).collect();
    short.escape_debug().to_string()
}

#[cfg(test)]
mod tests;

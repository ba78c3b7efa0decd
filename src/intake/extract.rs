//! A file, a function's name, a few wishes → the files of a problem folder. Pure.

use std::path::Path;

use sha2::{Digest, Sha256};

use super::entry::entry_name;
use super::find::{self, row};
use super::folder::{self, Words};
use super::items::{Function, Kind, Parsed};
use super::param_usage::uses;
use super::plan::{Fed, Plan, Role, plan};
use super::preprocessed::Preprocessed;
use super::signature::{self, Signature};
use super::strip_macros::blanked;
use super::types::{Type, Types, aliases_in};
use super::{IntakeError, dependencies, driver, grammar, member, old_style, template, words};

/// What is asked for.
#[derive(Debug, Clone)]
pub struct ExtractRequest<'a> {
    /// The file's absolute path.
    pub file: &'a Path,
    /// Its text.
    pub text: &'a str,
    /// The same with what it includes, preprocessed.
    pub flat: &'a Preprocessed,
    /// The function's name, qualified as far as needed.
    pub function: &'a str,
    /// Which of several.
    pub signature: Option<&'a str>,
    /// `T=double` for every parameter of a template.
    pub instantiate: &'a [String],
    /// Flags the compiler needs to understand the file.
    pub flags: &'a [String],
    /// Whether the file is C.
    pub is_c: bool,
    /// Whether it is compiled as C++20 or later.
    pub cpp20: bool,
    /// What its inputs are taken to be.
    pub inputs: InputGuess,
    /// Whether the C library has a function of a name: it is not missing, and the person's own gets another name.
    pub in_library: fn(&str) -> bool,
}

/// What ordinary inputs of a function may have to be; the first guess is right for most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InputGuess {
    /// One call, its lengths near the size.
    First,
    /// All lengths are the size.
    EvenLengths,
    /// Memory that is written to has room for many times what is read.
    MoreRoom,
    /// Text is plain: letters, spaces and UTF-8, in half of all inputs with something else near its end.
    PlainText,
    /// Text is the same, of whole signs only.
    WholeText,
    /// Text is of letters and digits, as base 64 has them.
    LettersAndDigits,
    /// Text is of the digits of hexadecimal numbers.
    HexDigits,
    /// Text is of decimal digits.
    Digits,
    /// Elements ascend.
    SortedValues,
    /// Whole numbers are of their whole range, and near those that the function compares with.
    WideNumbers,
    /// A case is many calls, where all parameters are plain numbers.
    ManyCalls,
    /// A case is many calls, each with a few elements.
    SmallCalls,
    /// Ordinary inputs are what real calls were handed.
    RealCalls,
}

/// A function, ready to be written to a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extracted {
    /// The entry's name.
    pub entry: String,
    /// File name → text.
    pub files: Vec<(&'static str, String)>,
    /// What a person has to write into the driver.
    pub slots: Vec<String>,
    /// Functions it calls whose bodies were not found.
    pub missing: Vec<String>,
    /// Lines of the function in its file, from 1.
    pub lines: (usize, usize),
    /// What its inputs may be where the first guess is wrong, in the order to try.
    pub guesses: Vec<InputGuess>,
    /// How its real calls are recorded, or why they cannot be.
    pub calls: Result<Calls, String>,
}

/// Where the calls of a function are met, and how each argument is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calls {
    /// Its name without what it is in.
    pub function: String,
    /// How each argument is read, as JSON.
    pub parameters: serde_json::Value,
    /// The names that the function and what it calls use.
    pub words: Vec<String>,
    /// Of a template, the types it is made of.
    pub template: Vec<String>,
}

/// The text of a folder's `recorded.cpp`: what real calls were handed, a text in base 64 each.
pub fn recorded(calls: &[String]) -> String {
    driver::recorded(calls)
}

/// Small sizes to check with.
pub(crate) const CHECK: &[u64] = &[0, 1, 2, 3, 4, 7, 8, 9, 16, 17, 31, 33, 64, 100];
/// Further sizes that agents are not told: among them those of blocks and vectors, where one more or less goes another way.
pub(crate) const HIDDEN: &[u64] = &[5, 6, 12, 13, 24, 32, 37, 48, 63, 65, 127, 128, 256, 257];
/// What whole numbers are where ordinary ones are near those that the function compares with.
const NEAR_THRESHOLDS: &str = "Ordinary whole numbers are of the whole range of their type, or near those that it compares with, three of four.";
/// What the size is where a case is many calls with a few elements each.
const SMALL_CALLS: &str = "number of calls, each with 1 to 32 elements";
/// The timed size before it is measured.
const TIME: u64 = 1000;

/// Takes the function out of its file.
///
/// # Errors
/// If it is not there, not told from others, or has no fixed head.
pub fn extract(asked: &ExtractRequest<'_>) -> Result<Extracted, IntakeError> {
    let mut text = old_style::modern(&asked.flat.text);
    let mut blank = blanked(&text);
    let template = {
        let parsed = Parsed::new(&blank)?;
        template::single(&parsed, find::find(&parsed, asked)?, asked.instantiate)?
    };
    if let Some(single) = &template {
        text = template::without(&text, &single.blanks);
        blank = template::without(&blank, &single.blanks);
    }
    let of_class = template.unwrap_or_default();
    let wishes = match of_class.bound.is_empty() {
        true => asked.instantiate,
        false => &of_class.rest,
    };
    let parsed = Parsed::new(&blank)?;
    let function = find::find(&parsed, asked)?;
    let (region, lines) = region(asked, &parsed, function)?;
    let head = signature::read(&parsed, function)?;
    let chosen = template::bound(&parsed, function, wishes)?;
    let body = body(asked, &text, function, region.clone());
    // As written it may name the class with its arguments.
    let body = match of_class.bound.is_empty() {
        true => body,
        false => {
            let class = function.scope.last().map_or("", String::as_str);
            template::bare(&body, class, &of_class.known)
        }
    };
    let region_text = asked.text.get(region.clone()).unwrap_or("").to_owned();

    // Without its own name, which others may bear, too.
    let head_text = head.signature("", None);
    let mut seeds = vec![head_text.as_str(), body.as_str()];
    seeds.extend(chosen.iter().map(|(_, to)| to.as_str()));
    let classes = function
        .scope
        .get(function.scope.len().saturating_sub(function.classes)..);
    let class = classes.unwrap_or(&[]).join("::");
    seeds.extend((function.classes > 0).then_some(class.as_str()));
    let mut needed = dependencies::gather(&parsed, &text, function, &seeds, &[]);

    // Names of the class' own stand bare in the head of its member.
    let own = class.rsplit("::").next().unwrap_or("");
    let nested = aliases_in(&parsed, own).into_iter();
    let nested = nested.filter(|(name, _)| words::mentions(&head_text, name));
    let nested = nested.map(|(name, _)| (name.clone(), format!("{class}::{name}")));
    let own = of_class.bound.iter().chain(&chosen).cloned();
    let bound: Vec<(String, String)> = own.chain(nested).collect();
    let mut types = Types::new(&parsed, &bound);
    let with_state =
        function.classes > 0 && !head.no_state && !member::is_static(&parsed, function);
    let entry = entry_name(function, asked.in_library);
    let state = with_state.then(|| member::state(&class, head.constant));
    let signature = head.signature(&entry, state.as_deref());
    let body = if function.classes > 0 {
        member::freed(&parsed, function, &body, &class, with_state)?
    } else {
        body.clone()
    };

    let used = used(&parsed, &needed.text, &body);
    let mut names: Vec<String> = head.parameters.iter().map(|p| p.name.clone()).collect();
    names.retain(|name| !name.is_empty());
    let uses = uses(&parsed, function, &names);
    let mut planned = plan(
        &head,
        &uses,
        &mut types,
        with_state.then_some((class.as_str(), head.constant)),
        function,
        &used,
    );
    let raw = planned.raw();
    if !raw.is_empty() {
        needed = dependencies::gather(&parsed, &text, function, &seeds, &raw);
    }
    needed.missing.retain(|name| !(asked.in_library)(name));
    let told = grammar::thresholds(&body);
    let guesses = guesses(&planned, &told, !uses.sought.is_empty());
    match asked.inputs {
        InputGuess::ManyCalls => planned.call_many_times(),
        InputGuess::SmallCalls => planned.size = SMALL_CALLS.to_owned(),
        InputGuess::MoreRoom => planned.make_room(),
        _ => {}
    }
    let compared = compared_reals(&head, &parsed, &bound, &planned.fed);
    let grammar = grammar::grammar(&used);
    let words = (grammar.as_slice(), told.as_slice());
    let driver = driver::write(&head, &planned, &mut types, &entry, asked.inputs, words);
    let cpp20 = asked.cpp20 || driver::needs_spans(&head, &planned);
    let real = if compared { types.real } else { None };
    let mut values = vec![
        "any", "zeros", "equal", "sorted", "reversed", "wide", "large", "full",
    ];
    let mut contract = driver.contract.clone();
    if types.real.is_some() {
        match orders(&format!("{used}\n{head_text}")) {
            None => values.push("special"),
            Some(word) => contract.push(format!(
                "It is not tried with NaN, which has no place in an order: it uses `{word}`."
            )),
        }
    }
    match asked.inputs {
        InputGuess::PlainText => contract.push(
            "Ordinary text is letters, spaces and UTF-8, in half of all inputs with something else near its end.".to_owned(),
        ),
        InputGuess::WholeText => contract.push(
            "Ordinary text is letters, spaces and UTF-8 without a mistake in it.".to_owned(),
        ),
        InputGuess::LettersAndDigits => {
            contract.push("Ordinary text is letters and digits.".to_owned());
        }
        InputGuess::HexDigits => {
            contract.push("Ordinary text is hexadecimal digits.".to_owned());
        }
        InputGuess::Digits => contract.push("Ordinary text is decimal digits.".to_owned()),
        InputGuess::SmallCalls => {
            contract.push("A case is many calls, and what is called the size here is 1 to 32 in each of them; at size 0 it is one call of size 0.".to_owned());
            if !told.is_empty() {
                contract.push(NEAR_THRESHOLDS.to_owned());
            }
        }
        InputGuess::SortedValues => contract.push("Ordinary values ascend.".to_owned()),
        InputGuess::WideNumbers => contract.push(
            NEAR_THRESHOLDS.to_owned(),
        ),
        _ => {}
    }
    values.extend(&driver.classes);
    if asked.inputs == InputGuess::RealCalls {
        contract.push("Ordinary inputs, those that are timed among them, are what real calls were handed; a case is several of them.".to_owned());
        values.push("drawn");
    }
    if driver.only_real {
        values = vec!["any"];
    }
    let calls = driver.calls.clone().map(|parameters| Calls {
        function: function.name.clone(),
        parameters,
        words: names_in(&used),
        template: chosen.iter().map(|(_, to)| to.clone()).collect(),
    });
    let hidden = hidden(&told);
    let manifest = folder::manifest(&Words {
        id: &format!("mine/{entry}"),
        title: title(asked, function),
        description: description(asked, function, &region, &contract, real),
        entry: signature.clone(),
        standard: if asked.is_c {
            Some("c")
        } else {
            cpp20.then_some("c++20")
        },
        size: &planned.size,
        check: CHECK,
        hidden: &hidden,
        time: TIME,
        real,
        values: &values,
        file: asked.file,
        function: function.path(),
        lines,
        sha256: hex(&region_text),
        instantiate: asked.instantiate,
        signature: asked.signature,
        flags: asked.flags,
        form: if function.classes > 0 {
            "member"
        } else {
            "free"
        },
    });
    let before: String = of_class
        .bound
        .iter()
        .map(|(name, to)| template::alias(name, to))
        .collect();
    let after = match parsed.items.iter().any(|item| {
        item.kind == Kind::Type
            && item.span.start <= function.span.start
            && function.span.end <= item.span.end
    }) {
        // Its class brings it along.
        true => String::new(),
        false => member::handed_on(&head, function, &class, &signature, &needed.text, &entry),
    };
    let original = original(
        asked,
        function,
        &format!("{before}{}{after}", needed.text),
        &bound[of_class.bound.len()..],
        &format!("{signature} {body}"),
    );
    Ok(Extracted {
        entry,
        files: vec![
            ("problem.toml", manifest),
            ("original.cpp", plain_letters(&original)),
            ("driver.cpp", driver.text),
            ("region.cpp", region_text),
        ],
        slots: driver.slots,
        missing: needed.missing,
        lines,
        guesses,
        calls,
    })
}

/// The hidden sizes: also those at which the function goes another way, and just below and above.
fn hidden(thresholds: &[String]) -> Vec<u64> {
    const LARGEST: u64 = 1024;
    let mut sizes = HIDDEN.to_vec();
    for text in thresholds {
        let number = match text.strip_prefix("0x") {
            Some(hex) => u64::from_str_radix(hex, 16),
            None => text.parse(),
        };
        let Some(at) = number.ok().filter(|at| *at <= LARGEST) else {
            continue;
        };
        for size in at.saturating_sub(1)..=at + 1 {
            if !CHECK.contains(&size) && !sizes.contains(&size) {
                sizes.push(size);
            }
        }
    }
    sizes.sort_unstable();
    sizes
}

/// What its inputs may be where the first guess is wrong.
fn guesses(plan: &Plan, thresholds: &[String], looks_up: bool) -> Vec<InputGuess> {
    let numbers_only = plan.fed.iter().all(|f| {
        matches!(
            f.role,
            Role::Number | Role::Length | Role::Stride(_) | Role::Value
        ) && !f.kind.grows()
    });
    // Elements of memory or containers that are no text.
    let holds = |kinds: &dyn Fn(&Type) -> bool| {
        let of = |f: &Fed| kinds(&f.kind) && !f.copied && !driver::is_text(f);
        plan.fed.iter().any(of)
    };
    let integers = holds(&|kind| *kind == Type::Integer);
    let numbers = plan.fed.iter().any(|f| f.role == Role::Number);
    let ordered = holds(&|kind| matches!(kind, Type::Integer | Type::Real | Type::Made { .. }));
    let text = plan.fed.iter().any(driver::is_text);
    let fitting = [
        (InputGuess::EvenLengths, plan.lengths() > 1),
        (InputGuess::MoreRoom, plan.writes_memory()),
        (InputGuess::SortedValues, looks_up && ordered),
        (InputGuess::PlainText, text),
        (InputGuess::WholeText, text),
        (InputGuess::LettersAndDigits, text),
        (InputGuess::HexDigits, text),
        (InputGuess::Digits, text),
        (
            InputGuess::WideNumbers,
            (integers || numbers) && !thresholds.is_empty(),
        ),
        (InputGuess::ManyCalls, numbers_only),
        (InputGuess::SmallCalls, !numbers_only && !plan.batch),
    ];
    let fits = fitting.into_iter().filter(|(_, fits)| *fits);
    fits.map(|(guess, _)| guess).collect()
}

/// The code of the function and of all that came along with it.
fn used(parsed: &Parsed<'_>, needed: &str, body: &str) -> String {
    let mut used = body.to_owned();
    let mut fresh = body.to_owned();
    let mut left: Vec<&Function> = parsed
        .functions
        .iter()
        .filter(|f| words::mentions(needed, &f.name) && !body.contains(parsed.slice(&f.body)))
        .collect();
    // What stands in a class that comes along is not called for that.
    while !fresh.is_empty() {
        let called = std::mem::take(&mut fresh);
        left.retain(|function| {
            let calls = words::mentions(&called, &function.name);
            if calls {
                let own = parsed.slice(&function.body);
                fresh.push_str(own);
                used.push('\n');
                used.push_str(own);
            }
            !calls
        });
    }
    used
}

/// Every name in it, once.
fn names_in(used: &str) -> Vec<String> {
    let all: std::collections::BTreeSet<&str> = words::words(used)
        .into_iter()
        .map(|word| word.text)
        .collect();
    all.into_iter().map(str::to_owned).collect()
}

/// What a function puts things into an order with, where NaN would make anything of the order.
fn orders(used: &str) -> Option<&'static str> {
    const WORDS: [&str; 14] = [
        "sort",
        "stable_sort",
        "partial_sort",
        "nth_element",
        "lower_bound",
        "upper_bound",
        "equal_range",
        "binary_search",
        "make_heap",
        "push_heap",
        "pop_heap",
        "priority_queue",
        "qsort",
        "inplace_merge",
    ];
    let called = WORDS.into_iter().find(|word| words::mentions(used, word));
    called.or_else(|| {
        ["map<", "set<"]
            .into_iter()
            .find(|word| used.contains(word))
    })
}

/// Without letters of private use, which stand for bytes that are no UTF-8: such bytes again in literals, `?` elsewhere.
fn plain_letters(text: &str) -> String {
    let stands_for = |c: char| {
        u32::from(c)
            .checked_sub(0xf700)
            .filter(|byte| (0x80..0x100).contains(byte))
    };
    if !text.chars().any(|c| stands_for(c).is_some()) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut quote = None;
    let mut comment = "";
    let mut before = ' ';
    for c in text.chars() {
        match (comment, quote, c) {
            ("", None, '/') if before == '/' => comment = "\n",
            ("", None, '*') if before == '/' => comment = "*/",
            ("\n", _, '\n') => comment = "",
            ("*/", _, '/') if before == '*' => comment = "",
            ("", None, '"' | '\'') => quote = Some(c),
            ("", Some(open), c) if c == open && before != '\\' => quote = None,
            ("", _, '\n') => quote = None,
            _ => {}
        }
        match stands_for(c) {
            None => out.push(c),
            Some(byte) if quote == Some('"') && comment.is_empty() => {
                out.push_str(&format!("\\x{byte:02x}\"\""));
            }
            Some(byte) if quote == Some('\'') && comment.is_empty() => {
                out.push_str(&format!("\\x{byte:02x}"));
            }
            Some(_) => out.push('?'),
        }
        before = if before == '\\' && c == '\\' { ' ' } else { c };
    }
    out
}

/// The SHA-256 of a text, in hex.
pub fn hex(text: &str) -> String {
    use std::fmt::Write;
    let mut out = String::new();
    for byte in Sha256::digest(text.as_bytes()) {
        // Writing to a string cannot fail.
        let _ = write!(out, "{byte:02x}");
    }
    out
}

/// Where the definition stands in the file as written, in bytes, and its lines.
fn region(
    asked: &ExtractRequest<'_>,
    parsed: &Parsed<'_>,
    function: &Function,
) -> Result<(std::ops::Range<usize>, (usize, usize)), IntakeError> {
    let moved = || {
        IntakeError::new(
            format!(
                "the text of `{}` cannot be found in {} as it stands",
                function.path(),
                asked.file.display()
            ),
            "name the file that has its body, not one that includes it",
        )
    };
    let place = |at: usize| -> Option<usize> {
        let row = row(parsed.text, at);
        let (file, line) = asked.flat.origin(row)?;
        let start = parsed.text.get(..at)?.rfind('\n').map_or(0, |n| n + 1);
        let column = at - start;
        let ours = asked.flat.text.lines().nth(row)?;
        let mut begun = 0;
        let theirs = asked.text.split_inclusive('\n').nth(line.checked_sub(1)?)?;
        for earlier in asked.text.split_inclusive('\n').take(line - 1) {
            begun += earlier.len();
        }
        let alike = theirs.trim_end_matches(['\r', '\n']) == ours.trim_end_matches('\r');
        // The first word of a line stays the first where macros were seen through.
        let first = |line: &str| line.len() - line.trim_start().len();
        let column = match alike {
            true => Some(column),
            false => (column == first(ours)).then(|| first(theirs)),
        };
        (file == asked.file).then_some(begun + column?)
    };
    let line = |at: usize| {
        asked
            .flat
            .origin(row(parsed.text, at))
            .map_or(0, |(_, line)| line)
    };
    let (start, end) = (function.span.start, function.span.end.saturating_sub(1));
    let first = place(start).ok_or_else(moved)?;
    let last = place(end).ok_or_else(moved)? + 1;
    if first >= last || asked.text.get(first..last).is_none() {
        return Err(moved());
    }
    Ok((first..last, (line(start), line(end))))
}

/// The body as written.
fn body(
    asked: &ExtractRequest<'_>,
    text: &str,
    function: &Function,
    region: std::ops::Range<usize>,
) -> String {
    // The body begins as far into the definition as in the parsed text: a head has no conditionals worth speaking of. One
    // that macros made is of another length; there is no brace in it.
    let into = function.body.start - function.span.start;
    let from = |at: usize| asked.text.get(region.start + at..region.end);
    let begins = |text: &&str| text.starts_with('{');
    let next = || from(from(0)?.find('{')?);
    let body = from(into).filter(begins).or_else(next);
    let body = body.unwrap_or_else(|| text.get(function.body.clone()).unwrap_or(""));
    body.replace("\r\n", "\n")
}

fn original(
    asked: &ExtractRequest<'_>,
    function: &Function,
    needed: &str,
    bound: &[(String, String)],
    entry: &str,
) -> String {
    let mut out = String::new();
    for define in super::flags::defines(asked.flags) {
        let (name, value) = define.split_once('=').unwrap_or((&define, "1"));
        if needed.contains(name) || entry.contains(name) {
            out.push_str(&format!("#define {name} {value}\n"));
        }
    }
    if asked.is_c {
        // Words of C that C++ has under other names.
        for (word, meaning) in [
            ("restrict", "__restrict__"),
            ("_Bool", "bool"),
            ("_Static_assert", "static_assert"),
            ("_Alignas", "alignas"),
            ("_Alignof", "alignof"),
        ] {
            if super::words::mentions(needed, word) || super::words::mentions(entry, word) {
                out.push_str(&format!("#define {word} {meaning}\n"));
            }
        }
    }
    out.push_str(needed);
    let spaces = function.scope.len() - function.classes;
    let mut path = String::new();
    for name in function
        .scope
        .iter()
        .take(spaces)
        .filter(|name| !name.is_empty())
    {
        if !path.is_empty() {
            path.push_str("::");
        }
        path.push_str(name);
        out.push_str(&format!("namespace {path} {{}}\nusing namespace {path};\n"));
    }
    for (name, to) in bound {
        out.push_str(&template::alias(name, to));
    }
    out.push('\n');
    out.push_str(entry);
    out.push('\n');
    out
}

fn title(asked: &ExtractRequest<'_>, function: &Function) -> String {
    let file = asked
        .file
        .file_name()
        .map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let title = format!("{} of {file}", function.path());
    title
        .chars()
        .filter(|c| !c.is_control())
        .take(110)
        .collect()
}

fn description(
    asked: &ExtractRequest<'_>,
    function: &Function,
    region: &std::ops::Range<usize>,
    contract: &[String],
    real: Option<u8>,
) -> String {
    let mut text = folder::comment_before(asked.text, region.start);
    if text.len() > 4000 {
        text = text.chars().take(4000).collect();
    }
    if !text.is_empty() {
        text.push('\n');
    }
    text.push_str(&format!(
        "Gives the same results as `{}` does now, for every input.\n",
        function.path()
    ));
    text.push_str(&contract.join("\n"));
    if asked.is_c {
        text.push_str("\nIts file is C: the code must be C that C++ takes, too, without headers, casts or types of C++ alone.");
    }
    if let Some(bytes) = real {
        text.push_str(&format!(
            "\nFloating-point results may differ by {} of the largest number of the same output.",
            if bytes == 4 { "1e-5" } else { "1e-9" }
        ));
    }
    plain_letters(&text)
        .chars()
        .filter(|c| !c.is_control() || *c == '\n')
        .collect()
}

/// Whether a floating-point number is among what is compared.
fn compared_reals(
    head: &Signature,
    parsed: &Parsed<'_>,
    bound: &[(String, String)],
    fed: &[super::plan::Fed],
) -> bool {
    let real = |spelled: &str| {
        let mut types = Types::new(parsed, bound);
        let kind = types.of(spelled.trim_end_matches(['&', '*', ' ']));
        kind == Type::Real || types.real.is_some()
    };
    real(&head.returns)
        || fed
            .iter()
            .any(|f| !f.constant && !f.copied && real(&f.spelled))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(text: &str, function: &str, inputs: InputGuess) -> (String, Vec<InputGuess>) {
        let flat = Preprocessed::read(&format!("# 1 \"a.c\"\n{text}"));
        let taken = extract(&ExtractRequest {
            file: Path::new("a.c"),
            text,
            flat: &flat,
            function,
            signature: None,
            instantiate: &[],
            flags: &[],
            is_c: true,
            cpp20: false,
            in_library: |name| name == "memcmp",
            inputs,
        })
        .unwrap();
        let mut files = taken.files.into_iter();
        let driver = files.find(|(name, _)| *name == "driver.cpp").unwrap().1;
        (driver, taken.guesses)
    }

    #[test]
    fn a_place_for_a_pointer_is_compared_by_where_it_leads() {
        let text = "int words(const char *s, const char **end) { int n = 0; while (*s && *s != ';') ++s, ++n; if (end) *end = s; return n; }";
        let (driver, guesses) = taken(text, "words", InputGuess::First);
        for line in [
            "const char *end_to = nullptr;",
            "end_at = lessonl::place(end_to, {{s.data(), s.size() * sizeof s.data()[0]}});",
            "f.output(\"end_at\", end_at);",
            "end_absent ? nullptr : &end_to",
        ] {
            assert!(driver.contains(line), "{line} is not in\n{driver}");
        }
        assert_eq!(
            guesses,
            [
                InputGuess::PlainText,
                InputGuess::WholeText,
                InputGuess::LettersAndDigits,
                InputGuess::HexDigits,
                InputGuess::Digits,
                InputGuess::SmallCalls
            ]
        );
        let (driver, _) = taken(text, "words", InputGuess::PlainText);
        assert!(driver.contains("in.plain_text();"), "{driver}");
    }

    #[test]
    fn what_further_guesses_there_are_follows_from_the_parameters() {
        let text = "void bits(const unsigned long *set, int n, void *out) { unsigned *to = (unsigned *)out; int at = 0; for (int i = 0; i < n; ++i) if (set[i] > 0xff000000) to[at++] = i; }\n\
                    int find(const char *s, int c) { int at = 0; while (s[at] && s[at] != c) at++; return at; }\n";
        let (driver, guesses) = taken(text, "bits", InputGuess::MoreRoom);
        assert_eq!(
            guesses,
            [
                InputGuess::MoreRoom,
                InputGuess::PlainText,
                InputGuess::WholeText,
                InputGuess::LettersAndDigits,
                InputGuess::HexDigits,
                InputGuess::Digits,
                InputGuess::WideNumbers,
                InputGuess::SmallCalls
            ]
        );
        assert!(driver.contains("fill(in, out, 256 * ("), "{driver}");
        let (driver, _) = taken(text, "bits", InputGuess::WideNumbers);
        assert!(driver.contains("in.wide_numbers();"), "{driver}");
        // What text is looked through for is a sign, no length.
        let (driver, _) = taken(text, "find", InputGuess::First);
        assert!(driver.contains("c = in.letter<int>();"), "{driver}");
    }

    #[test]
    fn sizes_at_which_a_function_goes_another_way_are_tried() {
        let told = ["32", "0x51", "4096"].map(str::to_owned);
        let added: Vec<u64> = hidden(&told)
            .into_iter()
            .filter(|size| !HIDDEN.contains(size))
            .collect();
        assert_eq!(added, [80, 81, 82]);
    }

    #[test]
    fn a_macro_that_ends_behind_the_function_is_there_in_it() {
        let text = "#define SET(i) (flags[i] |= 1)\nvoid mark(unsigned *flags, int n) { for (int i = 0; i < n; i += 2) SET(i); }\n#undef SET\n#define SET(i) 0\n";
        let parsed = Parsed::new(text).unwrap();
        let function = &parsed.functions[0];
        let needed = dependencies::gather(&parsed, text, function, &[text], &[]);
        assert_eq!(needed.text, "#define SET(i) (flags[i] |= 1)\n");
    }
}

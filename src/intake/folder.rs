//! The text of a problem folder's `problem.toml`. Pure.

use std::fmt::Write;
use std::path::Path;

/// What `problem.toml` is written from.
#[derive(Debug, Clone)]
pub(super) struct Words<'a> {
    pub id: &'a str,
    pub title: String,
    pub description: String,
    pub entry: String,
    pub standard: Option<&'static str>,
    /// What a size means.
    pub size: &'a str,
    pub check: &'a [u64],
    pub hidden: &'a [u64],
    pub time: u64,
    /// The narrowest floating-point number that is compared, in bytes; none: bit for bit.
    pub real: Option<u8>,
    pub values: &'a [&'a str],
    pub file: &'a Path,
    pub function: String,
    pub lines: (usize, usize),
    pub sha256: String,
    pub instantiate: &'a [String],
    pub signature: Option<&'a str>,
    pub flags: &'a [String],
    /// `free` or `member`.
    pub form: &'a str,
}

/// The text.
pub(super) fn manifest(words: &Words<'_>) -> String {
    let mut out = String::new();
    let tolerance = match words.real {
        Some(4) => "{ relative = 1e-5 }",
        Some(_) => "{ relative = 1e-9 }",
        None => "\"exact\"",
    };
    let list = |all: &[u64]| {
        let all: Vec<String> = all.iter().map(u64::to_string).collect();
        format!("[{}]", all.join(", "))
    };
    let values: Vec<String> = words.values.iter().map(|value| quoted(value)).collect();
    let standard = words.standard.map_or_else(String::new, |standard| {
        format!("standard = {}\n", quoted(standard))
    });
    // Writing to a string cannot fail.
    let _ = write!(
        out,
        "id = {}\ntitle = {}\ncategory = \"mine\"\ndescription = \"\"\"\n{}\n\"\"\"\nentry = {}\nmodes = [\"serial\", \"omp\"]\n{standard}\n\
         [sizes]  # {}\ncheck = {}\nhidden = {}\ntime = {}\n\n[check]\ntolerance = {tolerance}\nvalues = [{}]\n\n\
         [source]  # where it was taken from; region.cpp has exactly that text\nfile = {}\nfunction = {}\nfirst_line = {}\nlast_line = {}\nsha256 = {}\nform = {}\n",
        quoted(words.id),
        quoted(&words.title),
        block(&words.description),
        quoted(&words.entry),
        words.size,
        list(words.check),
        list(words.hidden),
        words.time,
        values.join(", "),
        quoted(&words.file.display().to_string()),
        quoted(&words.function),
        words.lines.0,
        words.lines.1,
        quoted(&words.sha256),
        quoted(words.form),
    );
    if let Some(signature) = words.signature {
        let _ = writeln!(out, "signature = {}", quoted(signature));
    }
    for (key, all) in [("instantiate", words.instantiate), ("flags", words.flags)] {
        if !all.is_empty() {
            let all: Vec<String> = all.iter().map(|one| quoted(one)).collect();
            let _ = writeln!(out, "{key} = [{}]", all.join(", "));
        }
    }
    out
}

/// The text of a `problem.toml` with other sizes and classes of values, and what is `never` tried among the contract's
/// words; the rest stays as it is.
pub fn resized(
    manifest: &str,
    check: &[u64],
    hidden: &[u64],
    time: u64,
    values: &[&str],
    never: &[&str],
) -> String {
    const NEVER: &str = "Never tried, because it does not bear them: ";
    let list = |all: &[u64]| {
        let all: Vec<String> = all.iter().map(u64::to_string).collect();
        format!("[{}]", all.join(", "))
    };
    let values: Vec<String> = values.iter().map(|value| quoted(value)).collect();
    let mut section = "";
    let mut out = String::new();
    for line in manifest.lines() {
        // The contract is what stands between two lines of quotes, before any section.
        if section.is_empty() && line.starts_with(NEVER) {
            continue;
        }
        if section.is_empty() && line == "\"\"\"" && !never.is_empty() {
            out.push_str(&format!("{NEVER}{}.\n", never.join("; ")));
        }
        if line.starts_with('[') {
            section = line.split(']').next().unwrap_or("");
        }
        let key = line.split('=').next().unwrap_or("").trim();
        match (section, key) {
            ("[sizes", "check") => out.push_str(&format!("check = {}", list(check))),
            ("[sizes", "hidden") => out.push_str(&format!("hidden = {}", list(hidden))),
            ("[sizes", "time") => out.push_str(&format!("time = {time}")),
            ("[check", "values") => out.push_str(&format!("values = [{}]", values.join(", "))),
            _ => out.push_str(line),
        }
        out.push('\n');
    }
    out
}

/// What a driver's author still has to write: line, from 1, and what.
pub fn slots(driver: &str) -> Vec<(usize, String)> {
    let mark = "LESSONL_SLOT(\"";
    driver
        .lines()
        .enumerate()
        .filter_map(|(row, line)| {
            let what = line.trim_start().strip_prefix(mark)?;
            let what = what.split('"').next().unwrap_or("");
            Some((row + 1, what.to_owned()))
        })
        .collect()
}

/// A driver with further statements at the end of `make`, for every fourth case, labelled with who proposes them. `None` if
/// they are anything but plain statements: nothing else of the driver may change its meaning.
pub fn with_inputs(driver: &str, statements: &str, by: &str) -> Option<String> {
    let whole = format!("void f() {{\n{statements}\n}}");
    let tree = super::items::tree(&whole).ok()?;
    let root = tree.root_node();
    let function = root.named_child(0)?;
    let alone = root.named_child_count() == 1
        && function.kind() == "function_definition"
        && function.byte_range() == (0..whole.len());
    let forbidden = ["static", "thread_local", "goto", "asm", "__asm__", "return"];
    let plain = !statements.contains(['#', '`', '\\'])
        && !statements.contains("LESSONL_")
        && !statements.contains("__");
    let worded = forbidden
        .iter()
        .any(|word| super::words::mentions(statements, word));
    if !alone || root.has_error() || !plain || worded || statements.len() > 6000 {
        return None;
    }
    let at = driver.find("\n    }\n    void call() {")?;
    let by: String = by.chars().filter(|c| !c.is_control()).collect();
    let lines: String = statements
        .lines()
        .map(|line| format!("            {}\n", line.trim_end()))
        .collect();
    Some(format!(
        "{}\n        // Proposed by the model {by}, and proved with the folder. Every fourth case gets it.\n        if (in.bits() % 4 == 0) {{\n{lines}        }}{}",
        driver.get(..at)?,
        driver.get(at..)?
    ))
}

/// A TOML string.
fn quoted(text: &str) -> String {
    format!("\"{}\"", escaped(text))
}

fn escaped(text: &str) -> String {
    text.chars()
        .flat_map(|c| match c {
            '"' => vec!['\\', '"'],
            '\\' => vec!['\\', '\\'],
            c if c.is_control() => vec![' '],
            c => vec![c],
        })
        .collect()
}

/// Text between `"""`.
fn block(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(|line| escaped(line.trim_end())).collect();
    lines.join("\n")
}

/// The comment that stands directly before a place in a file, without its marks.
pub(super) fn comment_before(text: &str, at: usize) -> String {
    let before = text.get(..at).unwrap_or("");
    let mut lines: Vec<&str> = Vec::new();
    let mut inside = false;
    for line in before.lines().rev() {
        let line = line.trim();
        if line.starts_with("template") && lines.is_empty() {
            continue;
        }
        let ends = line.ends_with("*/");
        if inside || ends || line.starts_with("//") {
            lines.push(line);
            inside = (inside || ends) && !line.contains("/*");
        } else {
            break;
        }
        if lines.len() > 60 {
            break;
        }
    }
    lines.reverse();
    let plain: Vec<&str> = lines
        .iter()
        .map(|line| {
            line.trim_start_matches(['/', '*', '!', ' '])
                .trim_end_matches("*/")
                .trim_end_matches(['*', '/', ' ', '-', '='])
                .trim()
        })
        .filter(|line| !line.is_empty())
        .collect();
    plain.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_comment_before_a_function_is_its_first_description() {
        let text =
            "int x;\n\n/**\n * Adds two.\n *\n * Quickly.\n */\ntemplate <class T>\nint f() {}";
        let at = text.find("int f").unwrap();
        assert_eq!(comment_before(text, at), "Adds two.\nQuickly.");
        let text = "int x; // no\n\nint f() {}";
        assert_eq!(comment_before(text, text.find("int f").unwrap()), "");
        let text = "//---\n// One.\n// Two.\nint f() {}";
        assert_eq!(
            comment_before(text, text.find("int f").unwrap()),
            "One.\nTwo."
        );
    }

    #[test]
    fn sizes_are_replaced_where_they_stand_and_nowhere_else() {
        let text = "time = 1\n[sizes]  # n\ncheck = [1]\nhidden = [2]\ntime = 3\n[check]\nvalues = [\"any\"]\ncheck = 5\n";
        assert_eq!(
            resized(text, &[1, 2], &[], 9, &["any", "zeros"], &[]),
            "time = 1\n[sizes]  # n\ncheck = [1, 2]\nhidden = []\ntime = 9\n[check]\nvalues = [\"any\", \"zeros\"]\ncheck = 5\n"
        );
        assert_eq!(
            resized(
                "description = \"\"\"\nSums.\n\"\"\"\n[sizes]\n",
                &[],
                &[],
                1,
                &[],
                &["all zero", "ascending values"]
            ),
            "description = \"\"\"\nSums.\nNever tried, because it does not bear them: all zero; ascending values.\n\"\"\"\n[sizes]\n"
        );
        assert_eq!(
            slots("a\n  LESSONL_SLOT(\"x: y\");\n// LESSONL_SLOT"),
            [(2, "x: y".to_owned())]
        );
    }

    #[test]
    fn further_inputs_are_statements_in_make_and_nothing_else() {
        let driver = "struct Case {\n    void make(lessonl::Input &in) {\n        n = 1;\n    }\n    void call() {\n        f(n);\n    }\n};\n";
        let with = with_inputs(driver, "for (auto &v : x)\n    v = 0;", "m").unwrap();
        assert_eq!(
            with,
            "struct Case {\n    void make(lessonl::Input &in) {\n        n = 1;\n        // Proposed by the model m, and proved with the folder. Every fourth case gets it.\n\
             \x20       if (in.bits() % 4 == 0) {\n            for (auto &v : x)\n                v = 0;\n        }\n    }\n    void call() {\n        f(n);\n    }\n};\n"
        );
        for bad in [
            "} void call() { ",
            "x = 1; } void g() { y = 2;",
            "#define call other",
            "static int n; x = n++;",
            "return;",
            "x = (1;",
        ] {
            assert_eq!(with_inputs(driver, bad, "m"), None, "{bad}");
        }
    }

    #[test]
    fn no_text_leaves_its_quotes() {
        assert_eq!(quoted("a\"b\\c\nd"), "\"a\\\"b\\\\c d\"");
        assert_eq!(block("a\"\"\"b\nc\\"), "a\\\"\\\"\\\"b\nc\\\\");
    }
}

//! Where a function problem came from: the file of the person's own that its original was taken out of, and how a
//! candidate goes back there. Pure but for reading the folder; never writes.

use std::ops::Range;
use std::path::{Path, PathBuf};

use super::ProblemError;
use super::load::{REGION, load_source};
use super::regions::sha256;
use super::syntax::{Definition, Sort, Tongue, definitions};

/// The place a function was taken from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The file, absolute.
    pub file: PathBuf,
    /// The function's name there.
    pub function: String,
    /// The line it began at when it was taken, from 1.
    pub line: usize,
    /// Exactly its text there.
    pub region: String,
}

/// The origin that a problem folder names, if it names one.
///
/// # Errors
/// If its files cannot be read, or the text that was kept is not the one that was taken.
pub fn origin(folder: &Path) -> Result<Option<Origin>, ProblemError> {
    let Some((source, region)) = load_source(folder)? else {
        return Ok(None);
    };
    if sha256(&region) != source.sha256 {
        return Err(ProblemError::new(
            folder.join(REGION).display(),
            "is not the text that was taken".to_owned(),
            "take the function again with `lessonl init`",
        ));
    }
    Ok(Some(Origin {
        file: folder.join(source.file),
        function: source.function,
        line: source.first_line,
        region,
    }))
}

impl Origin {
    /// Where the function stands in the file's text, unchanged, though perhaps on other lines; of several copies the one
    /// nearest to where it was.
    ///
    /// # Errors
    /// If it is not there as it was, with what to do.
    pub fn find(&self, text: &str) -> Result<Range<usize>, ProblemError> {
        let line = |at: usize| text[..at].matches('\n').count() + 1;
        text.match_indices(&self.region)
            .min_by_key(|(at, _)| line(*at).abs_diff(self.line))
            .map(|(at, found)| at..at + found.len())
            .ok_or_else(|| {
                ProblemError::new(
                    self.file.display(),
                    format!("the function `{}` is not what it was when it was taken out", self.function),
                    "run `lessonl init` again on the file as it is now, or put the function back as it was",
                )
            })
    }
}

/// The text for the place of `region` in a file: the candidate's function, with what the candidate has beyond `original`
/// before it. The function keeps the head it has in the file where both heads take the same parameters.
///
/// # Errors
/// If the candidate cannot be put there by rule; the words say why.
pub fn transplanted(
    region: &str,
    original: &str,
    candidate: &str,
    entry: &str,
) -> Result<String, String> {
    let function = |text: &str| -> Option<Definition> {
        definitions(text, Tongue::Cpp)
            .into_iter()
            .find(|d| d.sort == Sort::Function && d.name == entry && d.head.end > d.head.start)
    };
    let there = definitions(region, Tongue::Cpp)
        .into_iter()
        .find(|d| d.sort == Sort::Function)
        .ok_or_else(|| "the function in the file cannot be read".to_owned())?;
    let old = function(original).ok_or_else(|| format!("the original has no `{entry}`"))?;
    let new = function(candidate).ok_or_else(|| format!("the candidate has no `{entry}`"))?;
    let names = |text: &str, d: &Definition| parameters(&text[d.head.clone()]);
    if names(original, &old) != names(candidate, &new) {
        return Err(
            "the candidate names its parameters in another way than the original".to_owned(),
        );
    }
    if names(region, &there) != names(original, &old) {
        return Err("in the file the function takes other parameters than in the problem (state or templates were turned into parameters)".to_owned());
    }
    let extra = additions(original, candidate, entry);
    let mut text = String::new();
    if !extra.is_empty() {
        text.push_str(&extra);
        text.push('\n');
    }
    text.push_str(&region[..there.head.end]);
    text.push_str(&candidate[new.head.end..new.all.end]);
    text.push_str(&region[there.all.end..]);
    Ok(text)
}

/// The parameters' names, in order.
fn parameters(head: &str) -> Vec<String> {
    let Some((_, list)) = head.split_once('(') else {
        return Vec::new();
    };
    let list = list.rsplit_once(')').map_or(list, |(list, _)| list);
    let mut depth = 0;
    let mut parts = vec![String::new()];
    for c in list.chars() {
        match c {
            '<' | '(' | '[' | '{' => depth += 1,
            '>' | ')' | ']' | '}' => depth -= 1,
            ',' if depth == 0 => parts.push(String::new()),
            _ => {}
        }
        if let Some(part) = parts.last_mut().filter(|_| !(c == ',' && depth == 0)) {
            part.push(c);
        }
    }
    let last = |part: &String| -> String {
        let plain = part.split('=').next().unwrap_or(part);
        plain
            .split(|c: char| !(c.is_alphanumeric() || c == '_'))
            .rfind(|word| !word.is_empty())
            .unwrap_or("")
            .to_owned()
    };
    parts
        .iter()
        .map(last)
        .filter(|name| !name.is_empty())
        .collect()
}

/// What the candidate has at the top level that the original has not: includes, helpers, types.
fn additions(original: &str, candidate: &str, entry: &str) -> String {
    let known = definitions(original, Tongue::Cpp);
    let mut out = String::new();
    for line in candidate
        .lines()
        .filter(|line| line.trim_start().starts_with("#include"))
    {
        if !original.contains(line.trim()) {
            out.push_str(line.trim());
            out.push('\n');
        }
    }
    let mut end = 0;
    for new in definitions(candidate, Tongue::Cpp) {
        let top = new.all.start >= end && new.within.is_empty() && new.name != entry;
        let same = known
            .iter()
            .any(|d| d.name == new.name && d.sort == new.sort);
        if top && !same {
            let text = &candidate[new.all.clone()];
            // One file's helper is nobody else's.
            let own = new.sort == Sort::Function
                && !text.starts_with("static")
                && !text.starts_with("template")
                && !text.starts_with("inline");
            let tail = if new.sort == Sort::Type
                && !text.trim_end().ends_with([';', '\n'])
                && !text.starts_with('#')
            {
                ";"
            } else {
                ""
            };
            out.push_str(&format!(
                "{}{}{tail}\n\n",
                if own { "static " } else { "" },
                text.trim_end()
            ));
        }
        end = end.max(new.all.end);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_candidates_function_goes_back_with_its_helpers_and_keeps_its_head() {
        let region = "double Shape::area(const std::vector<double> &x) const noexcept\n{\n    return 0;\n}\n";
        let original =
            "#include <vector>\ndouble area(std::vector<double> const &x) { return 0; }\n";
        let candidate = "#include <vector>\n#include <numeric>\ndouble half(double y) { return y / 2; }\ndouble area(std::vector<double> const &x) { return half(1); }\n";
        let text = transplanted(region, original, candidate, "area").unwrap();
        assert_eq!(
            text,
            "#include <numeric>\nstatic double half(double y) { return y / 2; }\n\n\ndouble Shape::area(const std::vector<double> &x) const noexcept\n{ return half(1); }\n"
        );
        let other = original
            .replace("&x", "&y")
            .replace("(std::", "(int n, std::");
        assert!(transplanted(region, &other, &other, "area").is_err());
    }

    #[test]
    fn a_function_is_found_where_it_moved_to_but_not_once_it_changed() {
        let origin = Origin {
            file: PathBuf::from("a.cpp"),
            function: "f".to_owned(),
            line: 1,
            region: "int f() { return 1; }".to_owned(),
        };
        let moved = "// a line\nint f() { return 1; }\n";
        assert_eq!(&moved[origin.find(moved).unwrap()], origin.region);
        assert!(origin.find("int f() { return 2; }\n").is_err());
    }

    #[test]
    fn parameters_are_named_by_their_last_word() {
        assert_eq!(
            parameters("int f(std::map<int, int> const &m, int n = 3)"),
            ["m", "n"]
        );
        assert_eq!(parameters("int f()"), Vec::<String>::new());
    }
}

//! A rewritten function back into the file it was taken from: its own head, the new body, and where they can stand the
//! headers and helpers the rewrite added. Pure; never writes a file.

use std::ops::Range;

use tree_sitter::Node;

use super::IntakeError;
use super::items::{Function, Item, Kind, Parsed};
use super::member;
use super::signature;
use super::words::{mentions, uncommented};

/// What is known of a function that was taken out, and of its rewrite.
#[derive(Debug, Clone, Copy)]
pub struct Rewrite<'a> {
    /// The definition as it was in the file.
    pub region: &'a str,
    /// The text that was measured against.
    pub original: &'a str,
    /// A candidate for it.
    pub rewrite: &'a str,
    /// The function's name in both.
    pub entry: &'a str,
    /// Its qualified name in the file.
    pub function: &'a str,
    /// Whether it is a member function there, and the entry has its object as `self`.
    pub is_member: bool,
    /// What its template parameters were chosen to be, like `T=double`.
    pub instantiate: &'a [String],
}

/// What a rewrite becomes in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// The definition that replaces the region.
    pub definition: String,
    /// Lines `#include …` the rewrite has beyond the original.
    pub includes: Vec<String>,
    /// Helpers it has beyond the original, each as it stands before the function.
    pub helpers: Vec<String>,
    /// Helpers of the file that it changed.
    pub changed: Vec<Helper>,
}

/// A function of the file that a rewrite changed along with its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Helper {
    /// Its name.
    pub name: String,
    /// Its definition as it was.
    pub before: String,
    /// Its definition as the rewrite has it.
    pub after: String,
}

/// Turns a rewrite into what stands in the file. Lines end with `\n`.
///
/// # Errors
/// If it cannot be put there by rule; the words say why.
pub fn restore(of: &Rewrite<'_>) -> Result<Restored, IntakeError> {
    let cannot =
        |why: String| IntakeError::new(why, "apply another candidate, or put it there by hand");
    let region = of.region.replace("\r\n", "\n");
    let before = Parsed::new(of.original)?;
    let after = Parsed::new(of.rewrite)?;
    let (old, new) = (function(&before, of.entry)?, function(&after, of.entry)?);
    let names = |parsed: &Parsed<'_>, function: &Function| -> Result<Vec<String>, IntakeError> {
        let head = signature::read(parsed, function)?;
        Ok(head.parameters.into_iter().map(|p| p.name).collect())
    };
    if names(&before, old)? != names(&after, new)? {
        return Err(cannot(
            "the candidate names its parameters in another way than the original".to_owned(),
        ));
    }
    let there = Parsed::new(&region)?;
    let open = there
        .functions
        .first()
        .map(|f| f.body.start)
        .or_else(|| region.find('{'))
        .ok_or_else(|| cannot("the text taken has no body".to_owned()))?;
    let body = after.slice(&new.body);
    let body = if of.is_member {
        member::bound_again(body)
    } else {
        body.to_owned()
    };
    let mut restored = Restored {
        definition: format!("{}{body}", region.get(..open).unwrap_or("")),
        includes: Vec::new(),
        helpers: Vec::new(),
        changed: Vec::new(),
    };
    let tight = |text: &str| uncommented(text).split_whitespace().collect::<String>();
    let known: Vec<String> = before
        .items
        .iter()
        .map(|item| tight(before.slice(&item.span)))
        .collect();
    let scope: Vec<&str> = of.function.split("::").collect();
    for item in &after.items {
        let text = after.slice(&item.span).trim_end();
        let itself = item.kind == Kind::Function
            && item.span.start <= new.span.start
            && new.span.end <= item.span.end;
        // A header may have been made fewer by conditionals: what it is called says whether it is new.
        if itself || known.contains(&tight(text)) {
            continue;
        }
        if item.kind == Kind::Include {
            restored.includes.push(text.to_owned());
            continue;
        }
        let same = |other: &&Item| {
            other.kind == item.kind && item.names.iter().any(|name| other.names.contains(name))
        };
        if let Some(other) = before.items.iter().find(same)
            && item.kind != Kind::Function
        {
            return Err(cannot(format!(
                "the candidate changes `{}`, which the file has elsewhere",
                other.names.first().map_or("", String::as_str)
            )));
        }
        // Of functions, another one of the same name may be an overload; if the old one is gone, it is that one, changed.
        let gone = |other: &&Item| {
            let kept = tight(before.slice(&other.span));
            let there = |now: &Item| tight(after.slice(&now.span)) == kept;
            same(other) && !after.items.iter().any(there)
        };
        let replaced = before.items.iter().find(gone);
        let around = item.scope.iter().filter(|name| !name.is_empty());
        let fits = around
            .clone()
            .zip(&scope)
            .all(|(inner, outer)| inner == outer)
            && around.count() < scope.len();
        if !fits || item.class.is_some() {
            return Err(cannot(
                "the candidate has helpers in a namespace or class of their own".to_owned(),
            ));
        }
        let chosen = of
            .instantiate
            .iter()
            .filter_map(|one| one.split('=').next());
        if let Some(parameter) = chosen.map(str::trim).find(|name| mentions(text, name)) {
            return Err(cannot(format!(
                "the candidate has helpers that speak of the template's `{parameter}`"
            )));
        }
        // One file's helper is nobody else's.
        let own = item.kind == Kind::Function
            && !["static", "template", "inline", "constexpr", "namespace"]
                .iter()
                .any(|word| text.starts_with(word));
        if let Some(other) = replaced {
            restored.changed.push(Helper {
                name: item.names.first().cloned().unwrap_or_default(),
                before: before.slice(&other.span).trim_end().to_owned(),
                after: text.to_owned(),
            });
            continue;
        }
        let missing = if item.kind == Kind::Type && !text.ends_with(';') {
            ";"
        } else {
            ""
        };
        restored.helpers.push(format!(
            "{}{text}{missing}",
            if own { "static " } else { "" }
        ));
    }
    Ok(restored)
}

fn function<'p>(parsed: &'p Parsed<'_>, entry: &str) -> Result<&'p Function, IntakeError> {
    let last = parsed
        .functions
        .iter()
        .rev()
        .find(|f| f.name == entry && f.scope.is_empty());
    last.ok_or_else(|| {
        IntakeError::new(
            format!("it has no function `{entry}` with a body"),
            "apply another candidate",
        )
    })
}

/// Where the function of this qualified name stands in a file's text; `None` if none or several do.
pub fn located(text: &str, function: &str) -> Option<Range<usize>> {
    let parsed = Parsed::new(text).ok()?;
    let mut named = parsed.functions.iter().filter(|f| f.path() == function);
    let first = named.next()?;
    named.next().is_none().then(|| first.span.clone())
}

/// The file's text with the definition at `range` replaced: new headers after the last one before it, helpers before the
/// template, class or comment it belongs to. Everything else, line ends among it, stays.
///
/// # Errors
/// If the text cannot be parsed at all.
pub fn placed(
    text: &str,
    range: &Range<usize>,
    restored: &Restored,
) -> Result<String, IntakeError> {
    let (text, range, restored) = &helped(text, range, restored)?;
    let parsed = Parsed::new(text)?;
    let root = parsed.tree.root_node();
    let mut node = root
        .descendant_for_byte_range(range.start, range.end.saturating_sub(1))
        .unwrap_or(root);
    let mut headers = None;
    let mut helpers = range.start;
    let mut outermost = false;
    loop {
        if is_level(node) {
            outermost = true;
            if !matches!(node.kind(), "declaration_list") {
                headers = last_include(node, range.start).max(headers);
            }
        } else if !outermost {
            helpers = helpers.min(before_comments(node, text));
        }
        match node.parent() {
            Some(parent) => node = parent,
            None => break,
        }
    }
    let line_start = text
        .get(..helpers)
        .and_then(|t| t.rfind('\n'))
        .map_or(0, |at| at + 1);
    if text
        .get(line_start..helpers)
        .is_some_and(|t| t.trim().is_empty())
    {
        helpers = line_start;
    }
    let ending = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let lines = |text: &str| text.replace("\r\n", "\n").replace('\n', ending);
    let includes: String = restored
        .includes
        .iter()
        .filter(|line| {
            !text
                .get(..range.start)
                .is_some_and(|t| t.contains(line.trim()))
        })
        .map(|line| lines(&format!("{}\n", line.trim())))
        .collect();
    let mut added: String = restored
        .helpers
        .iter()
        .map(|helper| lines(&format!("{helper}\n\n")))
        .collect();
    let mut headers_at = headers.unwrap_or(0);
    if headers.is_none() {
        // A file without any header has no place for them but before the function, if that is not inside something.
        if text
            .get(..helpers)
            .is_some_and(|t| !t.contains("namespace"))
        {
            headers_at = helpers;
        }
        if !includes.is_empty() && headers_at == helpers {
            added = format!("{includes}{ending}{added}");
        }
    }
    let apart = headers.is_some() || headers_at != helpers;
    let piece = |from: usize, to: usize| text.get(from..to).unwrap_or("");
    Ok(format!(
        "{}{}{}{added}{}{}{}",
        piece(0, headers_at),
        if apart { &includes } else { "" },
        piece(headers_at, helpers),
        piece(helpers, range.start),
        lines(&restored.definition),
        piece(range.end, text.len())
    ))
}

/// The file with changed helpers in their places, where nothing but the function calls them; those that others call, too,
/// become new ones under other names.
fn helped(
    text: &str,
    range: &Range<usize>,
    restored: &Restored,
) -> Result<(String, Range<usize>, Restored), IntakeError> {
    let (mut text, mut range) = (text.to_owned(), range.clone());
    let mut restored = restored.clone();
    let ending = if text.contains("\r\n") { "\r\n" } else { "\n" };
    for helper in std::mem::take(&mut restored.changed) {
        if let Some((span, new)) = alone(&text, &range, &helper)? {
            let new = new.replace("\r\n", "\n").replace('\n', ending);
            let by = |at: usize| at + new.len() - span.len();
            if span.end <= range.start {
                range = by(range.start)..by(range.end);
            }
            text.replace_range(span, &new);
            continue;
        }
        let name = (2..)
            .map(|number| format!("{}_{number}", helper.name))
            .find(|name| !mentions(&text, name))
            .unwrap_or_default();
        let renamed = |text: &str| super::words::renamed(text, &helper.name, &name);
        restored.definition = renamed(&restored.definition);
        restored.helpers = restored.helpers.iter().map(|text| renamed(text)).collect();
        let own = if ["static", "template", "inline", "constexpr"]
            .iter()
            .any(|word| helper.after.starts_with(word))
        {
            ""
        } else {
            "static "
        };
        restored
            .helpers
            .insert(0, format!("{own}{}", renamed(&helper.after)));
    }
    Ok((text, range, restored))
}

/// Where a helper stands in the file and what replaces it there: it is `static` and nothing but the function at `range`
/// and the helper itself speaks of it. `None` if others do, or it is not there as it was.
fn alone(
    text: &str,
    range: &Range<usize>,
    helper: &Helper,
) -> Result<Option<(Range<usize>, String)>, IntakeError> {
    let tight = |text: &str| {
        let all: String = uncommented(text).split_whitespace().collect();
        all.trim_start_matches("static")
            .trim_start_matches("inline")
            .to_owned()
    };
    let parsed = Parsed::new(text)?;
    let mut named = parsed.functions.iter().filter(|f| f.name == helper.name);
    let (Some(function), None) = (named.next(), named.next()) else {
        return Ok(None);
    };
    let head = parsed.slice(&(function.span.start..function.body.start));
    let was = parsed.slice(&function.span);
    let others = super::words::words(text)
        .into_iter()
        .filter(|word| word.text == helper.name)
        .filter(|word| !range.contains(&word.at) && !function.span.contains(&word.at));
    let announces = |at: usize| {
        let rest = text.get(at..).unwrap_or("");
        let line = rest.split(';').next().unwrap_or("");
        let begun = text.get(..at).unwrap_or("");
        let before = begun.rsplit(['\n', ';', '}']).next().unwrap_or("");
        before.trim_start().starts_with("static") && !line.contains('{')
    };
    let mut others = others;
    let called = others.any(|word| !announces(word.at));
    if called
        || function.template.is_some()
        || !mentions(head, "static")
        || tight(was) != tight(&helper.before)
    {
        return Ok(None);
    }
    let after = Parsed::new(&helper.after)?;
    let Some(new) = after.functions.iter().find(|f| f.name == helper.name) else {
        return Ok(None);
    };
    let new_head = after.slice(&(new.span.start..new.body.start));
    let whole = match tight(new_head) == tight(head) {
        true => format!("{head}{}", after.slice(&new.body)),
        false if mentions(new_head, "static") => helper.after.clone(),
        // What announces it elsewhere speaks of the old head.
        false => return Ok(None),
    };
    Ok(Some((function.span.clone(), whole)))
}

/// Whether pieces of a file stand in it side by side.
fn is_level(node: Node<'_>) -> bool {
    matches!(
        node.kind(),
        "translation_unit" | "declaration_list" | "preproc_ifdef" | "preproc_if" | "preproc_else"
    )
}

/// Where the line after the last header before `at` begins.
fn last_include(level: Node<'_>, at: usize) -> Option<usize> {
    let mut cursor = level.walk();
    level
        .children(&mut cursor)
        .filter(|child| child.kind() == "preproc_include" && child.end_byte() <= at)
        .map(|child| child.end_byte())
        .max()
}

/// Where a piece begins, with the comments that stand directly before it.
fn before_comments(node: Node<'_>, text: &str) -> usize {
    let mut first = node.start_byte();
    let mut before = node.prev_sibling();
    while let Some(comment) = before.filter(|node| node.kind() == "comment") {
        let between = text.get(comment.end_byte()..first).unwrap_or("");
        let line = text.get(..comment.start_byte()).unwrap_or("");
        let alone = line.rsplit('\n').next().unwrap_or("").trim().is_empty();
        if between.matches('\n').count() > 1 || !alone {
            break;
        }
        first = comment.start_byte();
        before = comment.prev_sibling();
    }
    first
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of<'a>(region: &'a str, original: &'a str, rewrite: &'a str) -> Rewrite<'a> {
        Rewrite {
            region,
            original,
            rewrite,
            entry: "f",
            function: "f",
            is_member: false,
            instantiate: &[],
        }
    }

    /// The file after the rewrite.
    fn after(file: &str, of: &Rewrite<'_>) -> Result<String, String> {
        let at = file.find(of.region).unwrap();
        let restored = restore(of).map_err(|error| error.what)?;
        placed(file, &(at..at + of.region.len()), &restored).map_err(|error| error.what)
    }

    #[test]
    fn the_head_stays_the_body_is_new_and_headers_and_helpers_stand_where_they_may() {
        let region =
            "static inline double f(const double *x, int n = 3)\r\n{\r\n  return x[n];\r\n}";
        let file = format!(
            "// Top.\r\n#include <cmath>\r\nint y;\r\n\r\n/// Takes one.\r\n{region}\r\nint z;\r\n"
        );
        let original = "#include <cmath>\nusing T = int;\n\ndouble f(const double *x, int n) {\n  return x[n];\n}\n";
        let rewrite = "#include <cmath>\n#include <vector>\n// Times two.\ndouble g(double v) { return v; }\ndouble f(const double *x, int n) {\n  return g(x[n]);\n}\n";
        assert_eq!(
            after(&file, &of(region, original, rewrite)).unwrap(),
            "// Top.\r\n#include <cmath>\r\n#include <vector>\r\nint y;\r\n\r\nstatic double g(double v) { return v; }\r\n\r\n/// Takes one.\r\n\
             static inline double f(const double *x, int n = 3)\r\n{\r\n  return g(x[n]);\r\n}\r\nint z;\r\n"
        );
    }

    #[test]
    fn nothing_is_put_between_a_template_and_its_function_nor_a_header_into_a_namespace() {
        let region = "T f(T x) { return x; }";
        let file = format!(
            "#pragma once\n#include <map>\nnamespace a {{\ntemplate <class T>\n{region}\n}}\n"
        );
        let original = "#include <map>\nusing T = int;\nT f(T x) { return x; }\n";
        let rewrite = "#include <map>\n#include <array>\nusing T = int;\nint g(int v) { return v; }\nT f(T x) { return g(x); }\n";
        let mut of = of(region, original, rewrite);
        (of.function, of.instantiate) = ("a::f", &[]);
        assert_eq!(
            after(&file, &of).unwrap(),
            "#pragma once\n#include <map>\n#include <array>\nnamespace a {\nstatic int g(int v) { return v; }\n\ntemplate <class T>\nT f(T x) { return g(x); }\n}\n"
        );
        let chosen = ["T=int".to_owned()];
        of.instantiate = &chosen;
        let generic = rewrite.replace("int g(int v)", "T g(T v)");
        of.rewrite = &generic;
        assert!(
            after(&file, &of)
                .unwrap_err()
                .contains("the template's `T`")
        );
    }

    #[test]
    fn a_member_speaks_of_its_object_again_and_its_helpers_stand_before_the_class() {
        let region = "long f(int k) const { return a * k; }";
        let file = format!("struct B {{\n  long a;\n  {region}\n}};\n");
        let original =
            "struct B { long a; };\nlong f(B const &self, int k) { return self.a * k; }\n";
        let rewrite = "struct B { long a; };\nlong twice(long v) { return 2 * v; }\nlong f(B const &self, int k) { long a = self.a; return twice(k * a); }\n";
        let mut of = of(region, original, rewrite);
        (of.function, of.is_member) = ("B::f", true);
        assert_eq!(
            after(&file, &of).unwrap(),
            "static long twice(long v) { return 2 * v; }\n\nstruct B {\n  long a;\n  long f(int k) const { long a = this->a; return twice(k * a); }\n};\n"
        );
    }

    #[test]
    fn what_would_leave_something_behind_is_refused() {
        let original = "struct P { int x; };\nint half(int v) { return v / 2; }\nint f(int a) { return half(a); }\n";
        for (rewrite, why) in [
            (original.replace("int x;", "long x;"), "changes `P`"),
            (
                original.replace("f(int a) { return half(a)", "f(int b) { return half(b)"),
                "names its parameters",
            ),
            (
                original.replace("int f(", "int other("),
                "has no function `f`",
            ),
            (
                format!("namespace q {{ int z() {{ return 1; }} }}\n{original}"),
                "namespace",
            ),
        ] {
            let error =
                restore(&of("int f(int a) { return half(a); }", original, &rewrite)).unwrap_err();
            assert!(error.what.contains(why), "{error}");
        }
        // A helper that only the function calls is changed in place, one that others call gets a twin.
        let file = original.replace("int half", "static int half");
        let rewrite = original.replace("v / 2", "v >> 1");
        let region = "int f(int a) { return half(a); }";
        let changed = after(&file, &of(region, original, &rewrite)).unwrap();
        assert_eq!(changed, file.replace("v / 2", "v >> 1"));
        let file = format!("{original}int other() {{ return half(4); }}\n");
        let changed = after(&file, &of(region, original, &rewrite)).unwrap();
        assert!(
            changed.contains("static int half_2(int v) { return v >> 1; }")
                && changed.contains("int f(int a) { return half_2(a); }")
                && changed.contains("int half(int v) { return v / 2; }")
                && changed.contains("return half(4)"),
            "{changed}"
        );
        let commented = original.replace("int half", "// Rounds down.\nint half");
        let restored = restore(&of(
            "int f(int a) { return half(a); }",
            original,
            &commented,
        ))
        .unwrap();
        assert_eq!((restored.includes.len(), restored.helpers.len()), (0, 0));
        assert_eq!(located(original, "half"), Some(21..54));
        assert_eq!(located("int f() {}\nint f(int) {}", "f"), None);
    }
}

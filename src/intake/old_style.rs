//! Heads of functions as C had them before 1989, `int f(a, n) int *a; int n; {`, written as they are today. As many lines
//! as before, and everything but the heads as it was. Pure.

use super::words::words;

/// The text with every such head rewritten.
pub(super) fn modern(text: &str) -> String {
    let mut out = String::new();
    let mut done = 0;
    for (open, _) in text.match_indices('(') {
        if open < done {
            continue;
        }
        if let Some((end, head)) = head(text, open) {
            out.push_str(text.get(done..open).unwrap_or(""));
            out.push_str(&head);
            done = end;
        }
    }
    if done == 0 {
        return text.to_owned();
    }
    out.push_str(text.get(done..).unwrap_or(""));
    out
}

/// Where the body begins, and what stands before it, for a list of bare names at `open` that declarations follow.
fn head(text: &str, open: usize) -> Option<(usize, String)> {
    const KEYWORDS: [&str; 8] = [
        "if", "while", "for", "switch", "return", "sizeof", "defined", "else",
    ];
    let before = text.get(..open)?.trim_end();
    let name = words(before.get(before.rfind('\n').map_or(0, |at| at + 1)..)?)
        .last()
        .map(|word| word.text.to_owned())?;
    if KEYWORDS.contains(&name.as_str()) || !before.ends_with(name.as_str()) {
        return None;
    }
    let close = open + text.get(open..)?.find(')')?;
    let names: Vec<&str> = text
        .get(open + 1..close)?
        .split(',')
        .map(str::trim)
        .collect();
    let bare = |name: &&str| -> bool {
        !name.is_empty()
            && name.chars().all(|c| c.is_alphanumeric() || c == '_')
            && !name.starts_with(|c: char| c.is_ascii_digit())
            && *name != "void"
    };
    if !names.iter().all(bare) {
        return None;
    }
    let body = close + text.get(close..)?.find('{')?;
    let between = text.get(close + 1..body)?;
    let declared = without_comments(between);
    if declared.trim().is_empty() || declared.contains(['(', ')', '}', '#', '=']) {
        return None;
    }
    let declarations = declared.trim().strip_suffix(';')?;
    let mut types: Vec<(String, String)> = Vec::new();
    for declaration in declarations.split(';') {
        types.extend(parameters(declaration.trim())?);
    }
    let all = types.iter().all(|(name, _)| names.contains(&name.as_str()));
    if types.is_empty() || !all {
        return None;
    }
    let list: Vec<String> = names
        .iter()
        .map(|name| {
            let known = types.iter().find(|(known, _)| known == name);
            known.map_or_else(|| format!("int {name}"), |(_, whole)| whole.clone())
        })
        .collect();
    let lines = "\n".repeat(text.get(open..body)?.matches('\n').count());
    // What stands before the brace on its line keeps its width.
    let column = between.rsplit('\n').next().map_or(0, str::len);
    let pad = match lines.is_empty() {
        true => String::new(),
        false => " ".repeat(column),
    };
    Some((body, format!("({}){lines}{pad}", list.join(", "))))
}

/// `int *a, b[3]` as a declaration for each name.
fn parameters(declaration: &str) -> Option<Vec<(String, String)>> {
    let (first, more) = match declaration.split_once(',') {
        Some((first, more)) => (first, more.split(',').collect()),
        None => (declaration, Vec::new()),
    };
    let at = first
        .find(['*', '['])
        .filter(|at| first.get(*at..).is_some_and(|t| t.starts_with('*')))
        .or_else(|| {
            let plain = first.split('[').next()?.trim_end();
            plain.rfind(char::is_whitespace)
        })?;
    let base = first
        .get(..at)?
        .trim()
        .trim_start_matches("register ")
        .trim();
    if base.is_empty() {
        return None;
    }
    let declarators = std::iter::once(first.get(at..)?).chain(more);
    declarators
        .map(|declarator| {
            let declarator = declarator.trim().replace("register ", "");
            let name = words(&declarator).first()?.text.to_owned();
            Some((name, format!("{base} {declarator}")))
        })
        .collect()
}

fn without_comments(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("/*") {
        out.push_str(rest.get(..at).unwrap_or(""));
        let after = rest.get(at + 2..).unwrap_or("");
        rest = after
            .find("*/")
            .and_then(|end| after.get(end + 2..))
            .unwrap_or("");
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_heads_get_their_types_and_keep_their_lines() {
        assert_eq!(
            modern(
                "static int\ntotal(values, n, k)\nint *values; /* of them */\nregister int n;\n{\n    if (n) { return f(values, n); }\n}\n"
            ),
            "static int\ntotal(int *values, int n, int k)\n\n\n{\n    if (n) { return f(values, n); }\n}\n"
        );
        assert_eq!(
            modern("MAT *m_mlt(A,B,OUT)\nMAT *A,*B,*OUT;\n{ }\nint g(a) int a[]; { return 0; }"),
            "MAT *m_mlt(MAT *A, MAT *B, MAT *OUT)\n\n{ }\nint g(int a[]){ return 0; }"
        );
    }

    #[test]
    fn nothing_else_is_an_old_head() {
        for text in [
            "int f(int a) { return a; }",
            "int f(a);\nint g() { return 1; }",
            "#define F(x) x\nstruct S { int a; };",
            "int f() { for (i; j; k) { } if (a) b; { } }",
            "Klass::Klass(a) : b(c) { }",
        ] {
            assert_eq!(modern(text), text);
        }
    }
}

//! Small questions about C++ text: without comments, without the branches for other machines, one function's parts.
//! Never compiles and never panics on any text; what it cannot find it says is not there.

use std::ops::Range;

/// Macros a conditional may ask for, and which of them are set in a driver of ours: `USE_SERIAL` alone.
const MODELS: [&str; 7] = [
    "USE_SERIAL",
    "USE_OMP",
    "USE_MPI",
    "USE_MPI_OMP",
    "USE_KOKKOS",
    "USE_CUDA",
    "USE_HIP",
];

/// The text without comments; lines stay where they are, and what is in quotes stays as it is.
pub(crate) fn without_comments(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            let end = rest.get(2..).and_then(|inner| inner.find("*/"));
            let length = end.map_or(rest.len(), |end| end + 4);
            kept.extend(rest[..length].chars().filter(|c| *c == '\n'));
            kept.push(' ');
            length
        } else if first == '"' || first == '\'' {
            let length = quoted(rest, first);
            kept.push_str(&rest[..length]);
            length
        } else {
            kept.push(first);
            first.len_utf8()
        };
        rest = &rest[length..];
    }
    kept
}

/// How long what begins with this quote is.
fn quoted(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            '\n' => return at,
            '\\' if !escaped => escaped = true,
            c if c == quote && !escaped => return at + c.len_utf8(),
            _ => escaped = false,
        }
    }
    text.len()
}

/// Whether a branch is kept.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Branch {
    /// Nothing but the machine models decides, and it was taken or not; `true`: an earlier branch was taken.
    Known(bool, bool),
    /// Something else decides: left to the compiler.
    Open,
}

/// The text without the branches for machine models other than the serial one. Other conditionals stay.
pub(crate) fn serial_only(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut open: Vec<Branch> = Vec::new();
    for line in text.lines() {
        let words = line.trim_start();
        let directive = words.strip_prefix('#').map(str::trim_start).unwrap_or("");
        let mut ours = false;
        if let Some(condition) = directive.strip_prefix("if") {
            let known = match condition {
                c if c.starts_with("def") || c.starts_with("ndef") => None,
                c => decided(c),
            };
            ours = known.is_some();
            open.push(known.map_or(Branch::Open, |taken| Branch::Known(taken, taken)));
        } else if let Some(condition) = directive.strip_prefix("elif") {
            if let Some(Branch::Known(now, before)) = open.last_mut() {
                *now = !*before && decided(condition).unwrap_or(false);
                *before |= *now;
                ours = true;
            }
        } else if directive.starts_with("else") {
            if let Some(Branch::Known(now, before)) = open.last_mut() {
                *now = !*before;
                ours = true;
            }
        } else if directive.starts_with("endif") {
            ours = matches!(open.pop(), Some(Branch::Known(..)));
        }
        let dropped = open.iter().any(|b| matches!(b, Branch::Known(false, _)));
        if !ours && !dropped {
            kept.push_str(line);
        }
        kept.push('\n');
    }
    kept
}

/// The value of a condition that only asks which machine model is defined.
fn decided(condition: &str) -> Option<bool> {
    let mut any = false;
    for choice in condition.split("||") {
        let mut all = true;
        for part in choice.split("&&") {
            let part = part.trim();
            let (wanted, part) = match part.strip_prefix('!') {
                Some(rest) => (false, rest.trim()),
                None => (true, part),
            };
            let name = part.strip_prefix("defined")?.trim();
            let name = name.strip_prefix('(')?.strip_suffix(')')?.trim();
            let model = MODELS.iter().position(|model| *model == name)?;
            all &= (model == 0) == wanted;
        }
        any |= all;
    }
    Some(any)
}

/// Whether a character can be part of a name.
pub(crate) fn of_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// Every place where `name` stands as a whole word.
pub(crate) fn words<'a>(text: &'a str, name: &'a str) -> impl Iterator<Item = usize> + 'a {
    text.match_indices(name)
        .map(|(at, _)| at)
        .filter(move |at| {
            let before = text[..*at].chars().next_back();
            let after = text[at + name.len()..].chars().next();
            !name.is_empty() && !before.is_some_and(of_name) && !after.is_some_and(of_name)
        })
}

/// The same text with every whole word `from` written as `to`.
pub(crate) fn renamed(text: &str, from: &str, to: &str) -> String {
    let mut made = String::with_capacity(text.len());
    let mut last = 0;
    for at in words(text, from) {
        made.push_str(&text[last..at]);
        made.push_str(to);
        last = at + from.len();
    }
    made.push_str(&text[last..]);
    made
}

/// Where what opens at `at` closes, the closing sign included.
pub(crate) fn closing(text: &str, at: usize) -> Option<usize> {
    let mut depth = 0usize;
    let mut skip_to = 0;
    for (i, c) in text.get(at..)?.char_indices() {
        if i < skip_to {
            continue;
        }
        match c {
            '(' | '{' | '[' => depth += 1,
            ')' | '}' | ']' => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(at + i + 1);
                }
            }
            '"' | '\'' => skip_to = i + quoted(&text[at + i..], c),
            _ => {}
        }
    }
    None
}

/// A function in a text without comments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FunctionParts {
    /// What it returns, without macros that only speak to the optimiser.
    pub returns: String,
    /// Its name.
    pub name: String,
    /// Its parameters, each with type and name.
    pub parameters: Vec<String>,
    /// Where it stands, from its return type to its closing brace (or to its opening one, if it never closes).
    pub span: Range<usize>,
    /// Where its body is, without the braces.
    pub body: Range<usize>,
}

impl FunctionParts {
    /// The function `name` of a text without comments; one whose body is cut off counts, as prompts end so.
    pub(crate) fn find(text: &str, name: &str) -> Option<Self> {
        words(text, name).find_map(|at| Self::at(text, name, at))
    }

    fn at(text: &str, name: &str, at: usize) -> Option<Self> {
        let open = at + name.len() + text[at + name.len()..].find(|c: char| !c.is_whitespace())?;
        if !text[open..].starts_with('(') {
            return None;
        }
        let close = closing(text, open)?;
        let brace = close + text[close..].find(|c: char| !c.is_whitespace())?;
        if !text[brace..].starts_with('{') {
            return None;
        }
        let start = text[..at]
            .rfind([';', '}', '{', '>', '\n'])
            .map_or(0, |end| {
                // `std::vector<int> f(`: what closes a template belongs to the type.
                if text[end..].starts_with('>') {
                    text[..end].rfind('\n').map_or(0, |line| line + 1)
                } else {
                    end + 1
                }
            });
        let returns: Vec<&str> = text[start..at]
            .split_whitespace()
            .filter(|word| !["NO_INLINE", "NO_OPTIMIZE", "inline", "static"].contains(word))
            .collect();
        if returns.is_empty() || returns.contains(&"return") || returns.contains(&"=") {
            return None;
        }
        let end = closing(text, brace);
        Some(Self {
            returns: returns.join(" "),
            name: name.to_owned(),
            parameters: parts(&text[open + 1..close - 1]),
            span: start..end.unwrap_or(brace + 1),
            body: brace + 1..end.map_or(text.len(), |end| end - 1),
        })
    }

    /// Its signature on one line.
    pub(crate) fn signature(&self) -> String {
        format!(
            "{} {}({})",
            self.returns,
            self.name,
            self.parameters.join(", ")
        )
    }

    /// The types of what it takes and gives, to compare with another's.
    pub(crate) fn types(&self) -> Vec<String> {
        let own = |parameter: &String| {
            let end = parameter.trim_end_matches(of_name).len();
            parameter[..end].split_whitespace().collect::<String>()
        };
        let returns = self.returns.split_whitespace().collect::<String>();
        std::iter::once(returns)
            .chain(self.parameters.iter().map(own))
            .collect()
    }
}

/// The name of a parameter or of what a declaration declares.
pub(crate) fn declared(declaration: &str) -> &str {
    let text = declaration.trim_end();
    &text[text.trim_end_matches(of_name).len()..]
}

/// Splits at commas that are inside nothing, each part on one line.
pub(crate) fn parts(text: &str) -> Vec<String> {
    let mut depth = 0i32;
    let mut all = vec![String::new()];
    let mut before = ' ';
    for c in text.chars() {
        match c {
            '(' | '[' | '{' | '<' => depth += 1,
            // The arrow of `ctx->x` closes nothing.
            '>' if before == '-' => {}
            ')' | ']' | '}' | '>' => depth -= 1,
            _ => {}
        }
        before = c;
        if c == ',' && depth == 0 {
            all.push(String::new());
        } else if let Some(last) = all.last_mut() {
            last.push(c);
        }
    }
    let tidy = |part: &String| part.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut all: Vec<String> = all.iter().map(tidy).collect();
    all.retain(|part| !part.is_empty());
    all
}

/// The arguments of the first call of `name` (as it is written there, `submission::` and all) in a text.
pub(crate) fn arguments(text: &str, name: &str) -> Option<Vec<String>> {
    words(text, name).find_map(|at| {
        let open = at + name.len();
        let close = text[open..]
            .starts_with('(')
            .then(|| closing(text, open))??;
        Some(parts(&text[open + 1..close - 1]))
    })
}

/// The first name that is called in a function's body.
pub(crate) fn first_call(body: &str) -> Option<String> {
    let open = body.find('(')?;
    let start = body[..open]
        .trim_end_matches(|c| of_name(c) || c == ':')
        .len();
    let name = &body[start..open];
    (!name.is_empty()).then(|| name.to_owned())
}

/// A plain struct: its name and the names of its members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Struct {
    /// Its name.
    pub name: String,
    /// Names of its members in order.
    pub members: Vec<String>,
}

/// The structs of a text without comments.
pub(crate) fn structs(text: &str) -> Vec<Struct> {
    let mut found = Vec::new();
    for at in words(text, "struct") {
        let rest = &text[at + "struct".len()..];
        let Some(brace) = rest.find('{') else {
            continue;
        };
        let name = rest[..brace].trim();
        let Some(end) = closing(rest, brace) else {
            continue;
        };
        if name.is_empty() || !name.chars().all(of_name) {
            continue;
        }
        let members = rest[brace + 1..end - 1]
            .split(';')
            .filter(|declaration| !declaration.contains('('))
            .flat_map(parts)
            .map(|part| declared(&part).to_owned())
            .filter(|member| !member.is_empty())
            .collect();
        found.push(Struct {
            name: name.to_owned(),
            members,
        });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_go_and_quotes_stay() {
        let text = "a /* x\ny */ b // c\n\"// d\" '\\'' '\"' e";
        assert_eq!(without_comments(text), "a \n  b \n\"// d\" '\\'' '\"' e");
        assert_eq!(without_comments("a /* never closed"), "a  ");
    }

    #[test]
    fn branches_for_other_machines_go_and_the_rest_stays() {
        let text = "#if defined(USE_CUDA) || defined(USE_HIP)\nx\n#elif defined(USE_SERIAL)\ny\n#else\nz\n#endif\n\
                    #if !defined(M_PI)\n#define M_PI 3\n#endif\n#ifdef USE_OMP\nw\n#endif\n#endif\n";
        assert_eq!(
            serial_only(text).split_whitespace().collect::<String>(),
            "y#if!defined(M_PI)#defineM_PI3#endif#ifdefUSE_OMPw#endif#endif"
        );
    }

    #[test]
    fn a_functions_parts_are_found() {
        let text = "#include <a>\nint helper() { return f(1); }\nstd::vector<int> NO_INLINE f(std::map<int, int> const& a,\n  int b) { if (b) { g(a->x, h(b, 2)); } }\n";
        let f = FunctionParts::find(text, "f").unwrap();
        assert_eq!(
            f.signature(),
            "std::vector<int> f(std::map<int, int> const& a, int b)"
        );
        assert_eq!(
            f.types(),
            ["std::vector<int>", "std::map<int,int>const&", "int"]
        );
        let body = &text[f.body.clone()];
        assert_eq!(arguments(body, "g").unwrap(), ["a->x", "h(b, 2)"]);
        assert_eq!(FunctionParts::find(text, "g"), None);
        let cut = FunctionParts::find("\nvoid g(int n) {", "g").unwrap();
        assert_eq!(
            (cut.signature().as_str(), cut.body.is_empty()),
            ("void g(int n)", true)
        );
    }

    #[test]
    fn structs_tell_their_members() {
        let found = structs("struct Result { int start, end; float value; };\nstruct P;");
        assert_eq!(found[0].name, "Result");
        assert_eq!(found[0].members, ["start", "end", "value"]);
        assert_eq!(found.len(), 1);
    }

    #[test]
    fn no_text_makes_it_panic() {
        let samples = [
            "",
            "{",
            "f(",
            "f)",
            "\"",
            "'",
            "/*",
            "#if",
            "#elif",
            "struct {",
            "struct é{",
            "f é(",
            "é f() {",
        ];
        for a in samples {
            for b in samples {
                let text = format!("{a}{b}");
                let plain = serial_only(&without_comments(&text));
                let _ = (
                    FunctionParts::find(&plain, "f"),
                    structs(&plain),
                    first_call(&plain),
                );
                let _ = (
                    arguments(&plain, "f"),
                    parts(&plain),
                    renamed(&plain, "f", "g"),
                );
            }
        }
    }
}

//! The parameters of a template and what they are chosen to be. The function stays as written: an alias of the parameter's
//! name stands before it. Pure.

use std::ops::Range;

use tree_sitter::Node;

use super::IntakeError;
use super::items::{Function, Item, Kind, Parsed};
use super::words::words;

/// Every template parameter with what it is, in order.
pub(super) fn bound(
    parsed: &Parsed<'_>,
    function: &Function,
    wishes: &[String],
) -> Result<Vec<(String, String)>, IntakeError> {
    if function.in_template {
        return Err(IntakeError::new(
            format!("`{}` is a member of a class in a template", function.path()),
            "take the function that does the work out of the class, and name that",
        ));
    }
    let Some(list) = &function.template else {
        return match wishes.first() {
            Some(wish) => Err(IntakeError::new(
                format!(
                    "`{}` is no template, and `{wish}` chooses a parameter of one",
                    function.path()
                ),
                "leave out --instantiate",
            )),
            None => Ok(Vec::new()),
        };
    };
    chosen(parsed, list, &function.path(), wishes)
}

/// The parameters of the list of the template called `path`, each with what it is.
fn chosen(
    parsed: &Parsed<'_>,
    list: &Range<usize>,
    path: &str,
    wishes: &[String],
) -> Result<Vec<(String, String)>, IntakeError> {
    let mut given = Vec::new();
    for wish in wishes {
        let Some((name, to)) = wish.split_once('=') else {
            return Err(IntakeError::new(
                format!("`{wish}` chooses nothing"),
                "write it like --instantiate 'T=double'",
            ));
        };
        given.push((name.trim().to_owned(), to.trim().to_owned()));
    }
    let node = parsed.node(list, "template_parameter_list");
    let mut names = Vec::new();
    let mut bound = Vec::new();
    let mut open = Vec::new();
    if let Some(node) = node {
        let mut cursor = node.walk();
        for child in node.named_children(&mut cursor) {
            let text = parsed.slice(&child.byte_range());
            if child.kind() == "comment" {
                continue;
            }
            if text.contains("...") || child.kind() == "template_template_parameter_declaration" {
                return Err(IntakeError::new(
                    format!("`{}` is a template over `{text}`", path),
                    "write a function that calls it with fixed parameters, and name that",
                ));
            }
            let (declared, default) = text
                .split_once('=')
                .map_or((text, None), |(d, v)| (d, Some(v.trim().to_owned())));
            let name = declared
                .rsplit(|c: char| !(c.is_alphanumeric() || c == '_'))
                .find(|word| !word.is_empty())
                .unwrap_or("")
                .to_owned();
            let value = given
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, to)| to.clone());
            let is_type = declared.starts_with("typename") || declared.starts_with("class");
            names.push(name.clone());
            match value.or(default) {
                Some(to) if is_type => bound.push((name, to)),
                Some(to) => {
                    let of = declared
                        .trim()
                        .strip_suffix(name.as_str())
                        .unwrap_or("auto")
                        .trim();
                    bound.push((format!("{of} {name}"), to));
                }
                None if is_type => open.push(format!("{name}={}", likely(&name))),
                None => open.push(format!("{name}=8")),
            }
        }
    }
    if let Some((name, _)) = given.iter().find(|(name, _)| !names.contains(name)) {
        return Err(IntakeError::new(
            format!("`{}` has no template parameter `{name}`", path),
            format!("it has: {}", names.join(", ")),
        ));
    }
    if open.is_empty() {
        return Ok(bound);
    }
    let wishes: Vec<String> = open
        .iter()
        .map(|wish| format!("--instantiate '{wish}'"))
        .collect();
    let mut error = IntakeError::new(
        format!("`{}` is a template over {}", path, names.join(", ")),
        format!("choose what to make faster, like {}", wishes.join(" ")),
    );
    error.choose = open;
    // What was chosen by hand stays chosen.
    error.choose.extend(wishes_of(&given));
    Err(error)
}

fn wishes_of(chosen: &[(String, String)]) -> Vec<String> {
    let wishes = chosen.iter().map(|(name, to)| format!("{name}={to}"));
    wishes.collect()
}

/// What a parameter is likely to be, by its name.
fn likely(name: &str) -> &'static str {
    let plain = name.to_lowercase();
    let any = |all: &[&str]| all.iter().any(|word| plain.contains(word));
    match () {
        () if any(&["iter", "ptr", "pointer"])
            || ["it", "inputit", "randomit", "first"].contains(&&*plain) =>
        {
            "int *"
        }
        () if plain.ends_with("it") && plain.len() > 3 => "int *",
        () if any(&["comp", "less", "cmp"]) => "std::less<int>",
        () if any(&["int", "index", "size", "count", "key"]) => "int",
        () if any(&["char", "byte"]) => "char",
        () => "double",
    }
}

/// A class template as the one class that is made faster.
#[derive(Debug, Default)]
pub(super) struct Single {
    /// What is blanked: the words that make templates of the class and of its members, and its arguments.
    pub blanks: Vec<Range<usize>>,
    /// Every parameter with what it is.
    pub bound: Vec<(String, String)>,
    /// The arguments with which it is that class.
    pub known: Vec<Vec<String>>,
    /// Wishes that are about no parameter of the class.
    pub rest: Vec<String>,
}

/// Makes one class of the class template that `function` is a member of, with the parameters that are wished for; nothing
/// where it is no member of one. Its parameters' names stand for what they are, so all of it stays as written.
pub(super) fn single(
    parsed: &Parsed<'_>,
    function: &Function,
    wishes: &[String],
) -> Result<Option<Single>, IntakeError> {
    let Some(class) = function.scope.last() else {
        return Ok(None);
    };
    let class = class.split('<').next().unwrap_or("").trim();
    let is_template = |item: &&Item| {
        item.kind == Kind::Type
            && item.names.iter().any(|name| name == class)
            && parsed.slice(&item.span).starts_with("template")
            && parsed.slice(&item.span).contains('{')
    };
    let Some(item) = parsed.items.iter().find(is_template) else {
        return Ok(None);
    };
    let Some((list, names)) = parameters(parsed, &item.span) else {
        return Ok(None);
    };
    let (own, rest): (Vec<String>, Vec<String>) = wishes.iter().cloned().partition(|wish| {
        let name = wish.split('=').next().unwrap_or("").trim();
        names.iter().any(|known| known == name)
    });
    let mut bound = chosen(parsed, &list, class, &own).map_err(|mut error| {
        error.choose.extend(rest.clone());
        error
    })?;
    let values: Vec<String> = bound.iter().map(|(_, to)| tight(to)).collect();
    let mut known = vec![
        values.clone(),
        names.iter().map(|name| tight(name)).collect(),
    ];
    let mut blanks = Vec::new();
    blanks.push(item.span.start..list.end);
    for other in parsed.items.iter().filter(|i| i.kind == Kind::Function) {
        let text = parsed.slice(&other.span);
        let head = text.split('{').next().unwrap_or("");
        if !text.starts_with("template") || !head.contains(&format!("{class}<")) {
            continue;
        }
        let Some((list, theirs)) = parameters(parsed, &other.span) else {
            continue;
        };
        if theirs.len() != names.len() {
            continue;
        }
        blanks.push(other.span.start..list.end);
        // A member outside of its class may have other names for the same.
        for (theirs, (ours, to)) in theirs.iter().zip(bound.clone()) {
            let of = ours
                .rsplit_once(' ')
                .map_or(String::new(), |(of, _)| format!("{of} "));
            let name = format!("{of}{theirs}");
            if !bound.iter().any(|(known, _)| *known == name) {
                bound.push((name, to));
            }
        }
        known.push(theirs.iter().map(|name| tight(name)).collect());
    }
    for word in words(parsed.text).into_iter().filter(|w| w.text == class) {
        let from = word.at + class.len();
        let Some((arguments, length)) = arguments(&parsed.text[from..]) else {
            continue;
        };
        if known.contains(&arguments) {
            blanks.push(from..from + length);
        }
    }
    Ok(Some(Single {
        blanks,
        bound,
        known,
        rest,
    }))
}

/// The parameter list of the template that begins a piece, and its parameters' names.
fn parameters(parsed: &Parsed<'_>, span: &Range<usize>) -> Option<(Range<usize>, Vec<String>)> {
    let root = parsed.tree.root_node();
    let last = span.end.saturating_sub(1);
    let mut node = root.descendant_for_byte_range(span.start, last)?;
    while node.kind() != "template_declaration" {
        node = node
            .parent()
            .filter(|above| above.start_byte() >= span.start)?;
    }
    let list: Node<'_> = node.child_by_field_name("parameters")?;
    let mut cursor = list.walk();
    let names = list.named_children(&mut cursor).filter_map(|child| {
        let text = parsed.slice(&child.byte_range());
        let declared = text.split('=').next().unwrap_or(text);
        let word = |c: char| c.is_alphanumeric() || c == '_';
        let name = declared.rsplit(|c| !word(c)).find(|part| !part.is_empty());
        name.filter(|_| child.kind() != "comment")
            .map(str::to_owned)
    });
    Some((list.byte_range(), names.collect()))
}

fn tight(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

/// The arguments between `<` and `>` at the beginning of a text, without blanks, and how much text they are.
fn arguments(text: &str) -> Option<(Vec<String>, usize)> {
    const LONGEST: usize = 200;
    let begun = text.len() - text.trim_start().len();
    let inside = text.get(begun..)?.strip_prefix('<')?;
    let (mut depth, mut all, mut one) = (0, Vec::new(), String::new());
    for (at, c) in inside.char_indices().take(LONGEST) {
        match c {
            '>' if depth == 0 => {
                all.push(tight(&one));
                return Some((all, begun + 1 + at + 1));
            }
            ',' if depth == 0 => all.push(tight(&std::mem::take(&mut one))),
            ';' | '{' | '}' => return None,
            _ => {
                depth += i32::from(matches!(c, '<' | '(')) - i32::from(matches!(c, '>' | ')'));
                one.push(c);
            }
        }
    }
    None
}

/// A body in which the class is named without arguments, which means the same within it.
pub(super) fn bare(body: &str, class: &str, known: &[Vec<String>]) -> String {
    let class = class.split('<').next().unwrap_or("").trim();
    let mut blanks = Vec::new();
    for word in words(body).into_iter().filter(|w| w.text == class) {
        let from = word.at + class.len();
        let found = arguments(body.get(from..).unwrap_or(""));
        if let Some((_, length)) = found.filter(|(all, _)| known.contains(all)) {
            blanks.push(from..from + length);
        }
    }
    without(body, &blanks)
}

/// A text with these parts blanked; lines stay where they are.
pub(super) fn without(text: &str, blanks: &[Range<usize>]) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for span in blanks {
        for byte in bytes.get_mut(span.clone()).into_iter().flatten() {
            if *byte != b'\n' {
                *byte = b' ';
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The line that gives a parameter its meaning.
pub(super) fn alias(name: &str, to: &str) -> String {
    match name.rsplit_once(' ') {
        Some((of, name)) => format!("constexpr {of} {name} = {to};\n"),
        None => format!("using {name} = {to};\n"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(wishes: &[&str]) -> Result<Vec<(String, String)>, String> {
        let parsed =
            Parsed::new("template <typename T, int N, class U = float> T f(T v) { return v; }")
                .unwrap();
        let wishes: Vec<String> = wishes.iter().map(|w| (*w).to_owned()).collect();
        bound(&parsed, &parsed.functions[0], &wishes)
            .map_err(|error| format!("{error}; {}", error.hint))
    }

    #[test]
    fn a_class_template_becomes_one_class() {
        let text = "template <class T, int N = 4> class M { T v[N]; M<T, N> f() const; static M<T,N> g(M<T, N> const &o) { return o; } };\n\
            template <class U, int K> M<U, K> M<U, K>::f() const { return *this; }\nM<float, 4> other;\nM<double, 4> same;\n";
        let parsed = Parsed::new(text).unwrap();
        let function = parsed.functions.iter().find(|f| f.name == "g").unwrap();
        let wishes = ["T=double".to_owned()];
        let made = single(&parsed, function, &wishes).unwrap().unwrap();
        let squeezed = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(
            squeezed(&without(text, &made.blanks)),
            "class M { T v[N]; M f() const; static M g(M const &o) { return o; } }; M M ::f() const { return *this; } M<float, 4> other; M same;"
        );
        assert_eq!(made.bound.len(), 4);
        assert!(made.rest.is_empty());
        let error = single(&parsed, function, &[]).unwrap_err();
        assert_eq!(error.choose, ["T=double"]);
    }

    #[test]
    fn every_parameter_is_chosen_or_asked_for() {
        assert_eq!(
            asked(&["T=double", "N=4"]).unwrap(),
            [("T", "double"), ("int N", "4"), ("U", "float")]
                .map(|(a, b)| (a.to_owned(), b.to_owned()))
        );
        assert!(
            asked(&["T=double"])
                .unwrap_err()
                .contains("--instantiate 'N=8'")
        );
        assert!(asked(&["X=1"]).unwrap_err().contains("it has: T, N, U"));
        assert!(asked(&["T"]).unwrap_err().contains("chooses nothing"));
        assert_eq!(alias("int N", "4"), "constexpr int N = 4;\n");
    }
}

//! A plain function that a driver hands over to be called back: it notes what it is called with, and answers from that
//! alone. Pure.

use super::super::plan::Fed;
use super::super::types::{Type, Types, stripped};
use super::Lines;

/// What a parameter of such a function is.
enum Takes {
    /// A number, by value or by reference.
    Number,
    /// A pointer to one number.
    One,
    /// Bytes, as many as the next number says.
    Bytes,
    /// Anything that is not looked into.
    Other,
}

/// Writes it for the parameter `fed`.
pub(super) fn callback(
    fed: &Fed,
    returns: &str,
    takes: &[String],
    types: &mut Types<'_>,
    lines: &mut Lines,
) {
    let name = &fed.name;
    let plain = |text: &str| stripped(without_name(text).trim_end_matches(['&', '*', ' ']));
    let number = |types: &mut Types<'_>, text: &str| {
        matches!(
            types.of(&plain(text)),
            Type::Integer | Type::Real | Type::Bool | Type::Char
        )
    };
    let kinds: Vec<Takes> = (0..takes.len())
        .map(|at| {
            let text = takes.get(at).map_or("", String::as_str);
            let pointers = text.matches('*').count();
            let next = takes.get(at + 1).map_or("", String::as_str);
            let sized = !next.contains('*') && types.of(&plain(next)) == Type::Integer;
            let bytes = pointers == 1
                && (plain(text) == "void" || text.contains("char") || text.contains("int8"))
                && text.contains("const");
            match pointers {
                0 if number(types, text) => Takes::Number,
                1 if bytes && sized => Takes::Bytes,
                1 if !bytes && number(types, text) => Takes::One,
                _ => Takes::Other,
            }
        })
        .collect();
    let mut body = vec![format!("auto &calls = current()->{name}_calls;")];
    let mut values = Vec::new();
    for (at, kind) in kinds.iter().enumerate() {
        match kind {
            Takes::Number => {
                body.push(format!("calls.number(a{at});"));
                values.push(format!("a{at}"));
            }
            Takes::One => {
                body.push(format!("if (a{at}) calls.number(*a{at});"));
                values.push(format!("*a{at}"));
            }
            Takes::Bytes => body.push(format!("calls.bytes(a{at}, a{});", at + 1)),
            Takes::Other => {}
        }
    }
    let answer = match (returns, values.as_slice()) {
        ("void", _) => None,
        // Of two alike, whether or how far one comes before the other.
        ("bool", [one, two]) => Some(format!(
            "current()->{name}_turned ? {two} < {one} : {one} < {two}"
        )),
        ("int", [one, two]) => Some(format!(
            "(current()->{name}_turned ? -1 : 1) * (({two} < {one}) - ({one} < {two}))"
        )),
        ("bool", [one, ..]) => Some(format!(
            "(static_cast<int64_t>({one}) % 3 == 0) != current()->{name}_turned"
        )),
        (_, [one, ..]) => Some(format!(
            "static_cast<{returns}>(current()->{name}_turned ? {one} / 2 : {one})"
        )),
        (_, []) => Some(format!("static_cast<{returns}>(current()->{name}_turned)")),
    };
    body.extend(answer.map(|answer| format!("return {answer};")));
    let parameters: Vec<String> = takes
        .iter()
        .enumerate()
        .map(|(at, text)| format!("{} a{at}", without_name(text)))
        .collect();
    lines
        .members
        .push("static Case *&current() { static Case *now = nullptr; return now; }".to_owned());
    lines.members.push(format!("lessonl::Calls {name}_calls;"));
    lines.members.push(format!("bool {name}_turned;"));
    lines.members.push(format!(
        "static {returns} {name}_called({}) {{ {} }}",
        parameters.join(", "),
        body.join(" ")
    ));
    lines.make.push(format!("{name}_turned = in.coin();"));
    lines.before.push("current() = this;".to_owned());
    lines.arguments.push(format!("{name}_called"));
    lines
        .fields
        .push(format!("f.output(\"{name}_calls\", {name}_calls.seen);"));
    lines.observed = true;
    lines.contract.push(format!(
        "`{name}` is a plain function; what it is called with is compared."
    ));
}

/// A parameter's type without the name it may have.
fn without_name(text: &str) -> String {
    let trimmed = text.trim();
    let last = trimmed
        .rsplit(|c: char| !(c.is_alphanumeric() || c == '_'))
        .next()
        .unwrap_or("");
    const TYPES: [&str; 12] = [
        "int", "char", "long", "short", "unsigned", "signed", "double", "float", "bool", "void",
        "const", "size_t",
    ];
    let before = trimmed.strip_suffix(last).unwrap_or(trimmed).trim_end();
    let alone = before.is_empty() || before.ends_with("::") || last.is_empty();
    let words: Vec<&str> = before.split_whitespace().collect();
    let qualified = words
        .iter()
        .all(|word| matches!(*word, "const" | "struct" | "unsigned" | "signed"));
    if alone || TYPES.contains(&last) || last.ends_with("_t") || qualified {
        trimmed.to_owned()
    } else {
        before.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::without_name;

    #[test]
    fn a_parameter_loses_its_name_and_keeps_its_type() {
        for (text, plain) in [
            ("const char *line", "const char *"),
            ("size_t", "size_t"),
            ("std::size_t n", "std::size_t"),
            ("unsigned int", "unsigned int"),
            ("void *", "void *"),
            ("const Point", "const Point"),
        ] {
            assert_eq!(without_name(text), plain, "{text}");
        }
    }
}

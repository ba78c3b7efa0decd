//! The parameters of a template and what they are chosen to be. The function stays as written: an alias of the parameter's
//! name stands before it. Pure.

use super::IntakeError;
use super::items::{Function, Parsed};

/// Every template parameter with what it is, in order.
pub(super) fn bound(
    parsed: &Parsed<'_>,
    function: &Function,
    wishes: &[String],
) -> Result<Vec<(String, String)>, IntakeError> {
    if function.in_template {
        return Err(IntakeError::new(
            format!("`{}` is a member of a class template", function.path()),
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
    let mut chosen = Vec::new();
    for wish in wishes {
        let Some((name, to)) = wish.split_once('=') else {
            return Err(IntakeError::new(
                format!("`{wish}` chooses nothing"),
                "write it like --instantiate 'T=double'",
            ));
        };
        chosen.push((name.trim().to_owned(), to.trim().to_owned()));
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
                    format!("`{}` is a template over `{text}`", function.path()),
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
            let value = chosen
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
    if let Some((name, _)) = chosen.iter().find(|(name, _)| !names.contains(name)) {
        return Err(IntakeError::new(
            format!("`{}` has no template parameter `{name}`", function.path()),
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
        format!(
            "`{}` is a template over {}",
            function.path(),
            names.join(", ")
        ),
        format!("choose what to make faster, like {}", wishes.join(" ")),
    );
    error.choose = open;
    // What was chosen by hand stays chosen.
    error.choose.extend(wishes_of(&chosen));
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

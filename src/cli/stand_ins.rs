//! Headers that building a project makes, where it cannot be configured here: a stand-in from the header's own template, as
//! far as that says, or an empty one. Written to the cache, never into the project.

use std::path::{Path, PathBuf};

use super::project_tree::{cached_as, exists, root_of, search};
use crate::harness::in_c_library;

/// The largest template or script that is read, in bytes.
const LARGEST: u64 = 512 * 1024;

/// A folder with a stand-in for `header`, and what it was made from in words.
pub(super) fn made(file: &Path, header: &str, cache: &Path) -> Option<(PathBuf, String)> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./".contains(c);
    if !header.chars().all(plain) || header.contains("..") || header.starts_with('/') {
        return None;
    }
    let root = root_of(file);
    let own = header.rsplit('/').next().unwrap_or(header);
    let stem = own.strip_suffix(".h").unwrap_or(own);
    let templates = [
        format!("{own}.in"),
        format!("{own}.cmake.in"),
        format!("{own}.cmake"),
        format!("{stem}.in.h"),
        format!("{stem}.cmake.in"),
    ];
    let template = templates.iter().find_map(|name| {
        let mut found = search(&root, name, 8);
        found.sort();
        found.into_iter().next().map(|folder| folder.join(name))
    });
    let (text, from) = match template {
        Some(template) => {
            let script = read(&root.join("CMakeLists.txt")).unwrap_or_default();
            let from = template.strip_prefix(&root).unwrap_or(&template);
            let from = format!("made from {} as far as that says", from.display());
            (filled(&read(&template)?, &script), from)
        }
        // What a build writes by itself mostly says what the system has.
        None if own.ends_with("config.h") => (String::new(), "empty".to_owned()),
        None => return None,
    };
    let folder = cache.join("stand-ins").join(cached_as(&root));
    let place = folder.join(header);
    std::fs::create_dir_all(place.parent()?).ok()?;
    std::fs::write(&place, text).ok()?;
    Some((folder, from))
}

fn read(file: &Path) -> Option<String> {
    let small = std::fs::metadata(file).is_ok_and(|about| about.len() <= LARGEST);
    let bytes = small.then(|| std::fs::read(file).ok())??;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// A template with what can be told without configuring. `script` is the project's CMake file.
fn filled(template: &str, script: &str) -> String {
    let mut out = String::new();
    for line in template.lines() {
        out.push_str(&filled_line(line, script));
        out.push('\n');
    }
    out
}

fn filled_line(line: &str, script: &str) -> String {
    let rest = line.trim_start().strip_prefix('#').map(str::trim_start);
    let asked = rest.and_then(|rest| {
        let (word, rest) = rest.split_once(char::is_whitespace)?;
        let mut parts = rest.trim().splitn(2, char::is_whitespace);
        let name = parts.next()?.to_owned();
        let value = parts.next().unwrap_or("").trim().to_owned();
        Some((word, name, value))
    });
    match asked {
        Some(("undef", name, _)) => match known(&name) {
            Some(value) => format!("#define {name} {value}"),
            None => format!("/* {name} is not known */"),
        },
        Some(("cmakedefine01", name, _)) => format!("#define {name} {}", known(&name).unwrap_or(0)),
        Some(("cmakedefine", name, value)) => match known(&name) {
            Some(said) if value.is_empty() => format!("#define {name} {said}"),
            Some(_) => format!("#define {name} {}", substituted(&value, script)),
            None => format!("/* {name} is not known */"),
        },
        _ => substituted(line, script),
    }
}

/// What a macro of a configured header says on this system; `None`: it is not defined, or nobody can say.
fn known(name: &str) -> Option<u32> {
    const SIZES: [(&str, u32); 9] = [
        ("SIZEOF_CHAR", 1),
        ("SIZEOF_SHORT", 2),
        ("SIZEOF_INT", 4),
        ("SIZEOF_LONG", 8),
        ("SIZEOF_LONG_LONG", 8),
        ("SIZEOF_VOID_P", 8),
        ("SIZEOF_SIZE_T", 8),
        ("SIZEOF_FLOAT", 4),
        ("SIZEOF_DOUBLE", 8),
    ];
    if name == "STDC_HEADERS" {
        return Some(1);
    }
    if let Some((_, size)) = SIZES.iter().find(|(known, _)| *known == name) {
        return Some(*size);
    }
    let at = name.find("HAVE_")? + "HAVE_".len();
    let plain = name.get(at..)?.to_lowercase();
    let has = match plain.strip_suffix("_h") {
        Some(header) => has_header(header),
        None => in_c_library(&plain),
    };
    has.then_some(1)
}

/// Whether the system has a header, by its name with `_` for what cannot stand in a macro's.
pub(super) fn has_header(plain: &str) -> bool {
    exists(&format!("{plain}.h")) || exists(&format!("{}.h", plain.replacen('_', "/", 1)))
}

/// A line with `@NAME@` and `${NAME}` replaced.
fn substituted(line: &str, script: &str) -> String {
    let mut out = String::new();
    let mut rest = line;
    loop {
        let next = [("@", "@"), ("${", "}")]
            .into_iter()
            .filter_map(|(open, close)| {
                let at = rest.find(open)?;
                let inside = rest.get(at + open.len()..)?;
                let name = inside.get(..inside.find(close)?)?;
                let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
                let fits = !name.is_empty() && name.chars().all(word);
                fits.then_some((at, at + open.len() + name.len() + close.len(), name))
            })
            .min_by_key(|(at, ..)| *at);
        let Some((at, end, name)) = next else {
            out.push_str(rest);
            return out;
        };
        out.push_str(rest.get(..at).unwrap_or(""));
        out.push_str(&value_of(name, script));
        rest = rest.get(end..).unwrap_or("");
    }
}

/// What the project's script sets a variable to; 0 where that is not known.
fn value_of(name: &str, script: &str) -> String {
    let arguments = |at: usize| {
        let inside = script.get(at..).unwrap_or("");
        inside.get(..inside.find(')').unwrap_or(0)).unwrap_or("")
    };
    for (at, _) in script.match_indices("set(") {
        let text = arguments(at + "set(".len()).trim_start();
        let Some(value) = text
            .strip_prefix(name)
            .filter(|rest| rest.starts_with(char::is_whitespace))
        else {
            continue;
        };
        let value = value.trim_start();
        let value = match value.strip_prefix('"') {
            Some(quoted) => quoted.split('"').next(),
            None => value.split_whitespace().next(),
        };
        // What is made of other variables is more than this can tell.
        if let Some(value) = value.filter(|value| !value.contains(['$', '@'])) {
            return value.to_owned();
        }
    }
    let version = script.match_indices("project(").find_map(|(at, _)| {
        let text = arguments(at + "project(".len());
        let said = text.split_once("VERSION")?.1.split_whitespace().next()?;
        Some(said.to_owned())
    });
    let version = version.unwrap_or_else(|| "0.0.0".to_owned());
    let part = |at: usize| version.split('.').nth(at).unwrap_or("0").to_owned();
    match name {
        _ if name.ends_with("_MAJOR") => part(0),
        _ if name.ends_with("_MINOR") => part(1),
        _ if name.ends_with("_PATCH") => part(2),
        _ if name.ends_with("VERSION") => version,
        _ => "0".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_are_filled_as_far_as_they_say() {
        let script = "project(x VERSION 1.2.3 LANGUAGES C)\nif(LONG)\nset(INT_TYPE \"long long\")\nelse()\nset(INT_TYPE int)\nendif()\n";
        let template = "#undef HAVE_STDINT_H\n#undef HAVE_NO_SUCH_THING_H\n#cmakedefine HAVE_MEMMOVE\n#cmakedefine01 WITH_DOORS\n\
            typedef @INT_TYPE@ whole;\n#define V \"${PROJECT_VERSION}\"\n#define MINOR @x_VERSION_MINOR@\nint mail; // a@b\n#undef SIZEOF_LONG\n";
        assert_eq!(
            filled(template, script),
            "#define HAVE_STDINT_H 1\n/* HAVE_NO_SUCH_THING_H is not known */\n#define HAVE_MEMMOVE 1\n#define WITH_DOORS 0\n\
             typedef long long whole;\n#define V \"1.2.3\"\n#define MINOR 2\nint mail; // a@b\n#define SIZEOF_LONG 8\n"
        );
    }
}

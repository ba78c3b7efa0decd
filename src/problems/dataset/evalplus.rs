//! What EvalPlus 0.3.1 knows of its data sets that stands in no line of them: which lists of MBPP+ are tuples, sets or
//! complex numbers (JSON has none), and which tasks have more than one right answer.
//! Numbers of tasks and what holds for each are its own (`evalplus/data/mbpp.py`, `evalplus/eval`); never runs anything.

use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use super::Set;

/// Which arguments of a task hold what JSON lacks.
#[derive(Clone, Copy)]
enum Which {
    All,
    First,
    Second,
}

use Which::{All, First, Second};

/// Tasks of MBPP+ whose lists are tuples: bit `d` of the number says that lists `d` levels below an argument are.
const TUPLES: [(Which, u32, &[u32]); 8] = [
    (
        All,
        0b1,
        &[
            2, 116, 132, 143, 222, 261, 273, 394, 399, 421, 424, 429, 470, 560, 579, 596, 616, 630,
            726, 740, 744, 809,
        ],
    ),
    (
        All,
        0b10,
        &[
            63, 64, 70, 94, 120, 237, 272, 299, 400, 409, 417, 438, 473, 614, 780,
        ],
    ),
    (First, 0b10, &[75, 413, 444, 722, 753]),
    (Second, 0b1, &[106, 750]),
    (First, 0b1, &[250, 307, 405, 446, 617, 720, 763, 808]),
    (All, 0b11, &[259, 401, 445]),
    (First, 0b11, &[278]),
    (All, !0, &[580, 615, 791]),
];

/// Functions whose answers EvalPlus compares in another way, with that way. `close` is the usual comparison.
const ACCEPTS: [(Set, &[&str], &str); 7] = [
    (Set::Mbpp, &["are_equivalent"], "    return True"),
    (
        Set::Mbpp,
        &["sum_div"],
        "    return got == 0 or close(got, expected)",
    ),
    (
        Set::Mbpp,
        &["surface_Area"],
        "    # the height of the pyramid itself will do, too\n    side, height = args\n    other = side**2 + 2 * side * math.hypot(side / 2, height)\n    return close(got, expected) or abs(got - round(other)) <= tolerance",
    ),
    (
        Set::Mbpp,
        &["digit_distance_nums"],
        "    # the digits may be compared from the right, too\n    one, two = map(str, args)\n    wide = max(len(one), len(two))\n    pairs = zip(one.zfill(wide), two.zfill(wide))\n    return close(got, expected) or got == sum(abs(int(a) - int(b)) for a, b in pairs)",
    ),
    (
        Set::Mbpp,
        &[
            "similar_elements",
            "find_char_long",
            "common_in_nested_lists",
            "extract_singly",
            "larg_nnum",
            "intersection_array",
            "find_dissimilar",
            "Diff",
        ],
        "    # in any order\n    return set(got) == set(expected) or close(got, expected)",
    ),
    (
        Set::Mbpp,
        &["check_str", "text_match_three", "text_starta_endb"],
        "    # found or not found is all that counts\n    return (got if type(got) is bool else got is not None) == (expected is not None)",
    ),
    (
        Set::Humaneval,
        &["find_zero"],
        "    # any zero will do\n    return abs(sum(c * math.pow(got, i) for i, c in enumerate(args[0]))) <= tolerance",
    ),
];

/// Python that says whether an answer is right, where equality does not.
pub(super) fn accepts(set: Set, entry: &str) -> Option<String> {
    let (.., body) = ACCEPTS
        .iter()
        .find(|(of, entries, _)| *of == set && entries.contains(&entry))?;
    Some(format!(
        "import math\n\n\ndef accepts(got, expected, *args):\n{body}\n"
    ))
}

/// A JSON list of argument lists of the task with this name in MBPP+, with what JSON lacks in the form that the harness
/// reads. `Err` says what is not as EvalPlus has it.
pub(super) fn arguments(task: &str, raw: &str) -> Result<String, String> {
    let number = task.rsplit('/').next().and_then(|n| n.parse::<u32>().ok());
    let Some(number) = number else {
        return Ok(raw.to_owned());
    };
    let tuples = TUPLES.iter().find(|(.., ids)| ids.contains(&number));
    if tuples.is_none() && ![115, 124, 252].contains(&number) {
        return Ok(raw.to_owned());
    }
    let calls: Vec<Vec<&RawValue>> =
        serde_json::from_str(raw).map_err(|_| "an input is no list of arguments".to_owned())?;
    let call = |call: &Vec<&RawValue>| {
        let arguments = call.iter().enumerate().map(|(at, argument)| {
            let argument = argument.get();
            match (number, at) {
                (115, 0) => sets(argument),
                (124, 0) => number_of("float", argument),
                (124, 1) | (252, 0) => number_of("complex", argument),
                _ => Ok(match tuples {
                    Some((All, levels, _)) => with_tuples(*levels, argument),
                    Some((First, levels, _)) if at == 0 => with_tuples(*levels, argument),
                    Some((Second, levels, _)) if at == 1 => with_tuples(*levels, argument),
                    _ => argument.to_owned(),
                }),
            }
        });
        arguments.collect::<Result<Vec<_>, _>>().map(list)
    };
    let calls: Vec<String> = calls.iter().map(call).collect::<Result<_, _>>()?;
    Ok(list(calls))
}

fn list(items: Vec<String>) -> String {
    format!("[{}]", items.join(","))
}

fn tagged(kind: &str, value: &str) -> String {
    format!("{{\"$\":\"{kind}\",\"v\":{value}}}")
}

fn with_tuples(levels: u32, raw: &str) -> String {
    if levels == 0 {
        return raw.to_owned();
    }
    if let Ok(items) = serde_json::from_str::<Vec<&RawValue>>(raw) {
        // all ones stay all ones: every level
        let deeper = (levels as i32 >> 1) as u32;
        let items = items.iter().map(|item| with_tuples(deeper, item.get()));
        let items = list(items.collect());
        return if levels & 1 == 1 {
            tagged("tuple", &items)
        } else {
            items
        };
    }
    match serde_json::from_str::<Map<String, Value>>(raw) {
        Ok(map) if levels == 0b10 && !map.contains_key("$") => {
            let tuple = |(key, value): (String, Value)| match value {
                Value::Array(items) => (key, json!({ "$": "tuple", "v": items })),
                other => (key, other),
            };
            Value::Object(map.into_iter().map(tuple).collect()).to_string()
        }
        _ => raw.to_owned(),
    }
}

/// A list of lists as a list of sets; what is empty or no list is an empty dict there.
fn sets(raw: &str) -> Result<String, String> {
    let items: Vec<&RawValue> =
        serde_json::from_str(raw).map_err(|_| "an argument is no list of sets".to_owned())?;
    let set = |item: &&RawValue| match serde_json::from_str::<Vec<&RawValue>>(item.get()) {
        Ok(elements) if !elements.is_empty() => tagged("set", item.get()),
        _ => tagged("dict", "[]"),
    };
    Ok(list(items.iter().map(set).collect()))
}

fn number_of(kind: &str, raw: &str) -> Result<String, String> {
    match serde_json::from_str::<Value>(raw) {
        Ok(Value::String(_) | Value::Number(_)) => Ok(tagged(kind, raw)),
        _ => Err(format!("an argument is no {kind} number")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_become_what_the_task_takes_and_keep_every_digit() {
        let shaped = |task, raw| arguments(task, raw).unwrap();
        let tuple = |v: &str| tagged("tuple", v);
        assert_eq!(
            shaped("Mbpp/2", "[[[12345678901234567890123], [true]]]"),
            format!(
                "[[{},{}]]",
                tuple("[12345678901234567890123]"),
                tuple("[true]")
            )
        );
        assert_eq!(
            shaped("Mbpp/63", "[[[[1,2],[3]]]]"),
            format!("[[[{},{}]]]", tuple("[1,2]"), tuple("[3]"))
        );
        assert_eq!(
            shaped("Mbpp/106", "[[[1],[2]]]"),
            format!("[[[1],{}]]", tuple("[2]"))
        );
        assert_eq!(
            shaped("Mbpp/722", r#"[[{"b":[6.2,70],"a":[]},6.0]]"#),
            format!(
                r#"[[{{"b":{},"a":{}}},6.0]]"#,
                tuple("[6.2,70]"),
                tuple("[]")
            )
        );
        let inner = tuple(&format!("[1,{}]", tuple(&format!("[{}]", tuple("[]")))));
        assert_eq!(shaped("Mbpp/580", "[[[1,[[]]]]]"), format!("[[{inner}]]"));
        assert_eq!(
            shaped("Mbpp/115", r#"[[[[1,2],[],"x"]]]"#),
            r#"[[[{"$":"set","v":[1,2]},{"$":"dict","v":[]},{"$":"dict","v":[]}]]]"#
        );
        assert_eq!(
            shaped("Mbpp/124", r#"[["1.5","(1+2j)"]]"#),
            r#"[[{"$":"float","v":"1.5"},{"$":"complex","v":"(1+2j)"}]]"#
        );
        assert_eq!(shaped("Mbpp/3", "[[[1]]]"), "[[[1]]]");
        assert_eq!(
            arguments("Mbpp/252", "[[null]]"),
            Err("an argument is no complex number".to_owned())
        );
        assert!(arguments("Mbpp/2", "[1]").is_err());
    }

    #[test]
    fn only_its_own_data_set_changes_how_answers_are_compared() {
        assert!(
            accepts(Set::Humaneval, "find_zero")
                .unwrap()
                .contains("def accepts(got, expected, *args):")
        );
        assert_eq!(accepts(Set::Mbpp, "find_zero"), None);
    }
}

//! How a parameter of a real call is read by who records it, and read back by a driver. Both follow from what the parameter
//! is, so that their order is the same. Pure.

use serde_json::{Value, json};

use super::super::plan::{Fed, Plan, Role};
use super::super::types::Type;
use super::Lines;

/// How each argument of a real call is recorded, or why it cannot be.
pub(super) fn recipe(plan: &Plan) -> Result<Value, String> {
    let all: Result<Vec<Value>, String> = plan.fed.iter().map(|fed| one(fed, plan)).collect();
    all.map(Value::Array)
}

/// Whether a parameter that no driver can draw is an object whose pointers can be followed in a real call.
pub(super) fn is_object(fed: &Fed) -> bool {
    let plain = fed
        .spelled
        .chars()
        .all(|c| c.is_alphanumeric() || "_:<>, ".contains(c));
    let stream = ["FILE", "std::FILE", "_IO_FILE"].contains(&fed.spelled.as_str());
    matches!(fed.role, Role::Slot(_))
        && matches!(fed.kind, Type::Opaque(_))
        && fed.array.is_empty()
        && (fed.points || fed.copied || fed.refers)
        && plain
        && !stream
}

fn one(fed: &Fed, plan: &Plan) -> Result<Value, String> {
    let name = &fed.name;
    let how = |how: &str| json!({ "name": name, "how": how });
    if let Some(count) = fed.fixed().filter(|_| plan.batch) {
        return Ok(json!({ "name": name, "how": "array", "count": count }));
    }
    Ok(match &fed.role {
        Role::Value
        | Role::Moved
        | Role::Length
        | Role::Stride(_)
        | Role::Part(_)
        | Role::Position
        | Role::Number
        | Role::Count => how("value"),
        Role::Cell { read: true, .. } => {
            return Err(format!(
                "`{name}` is a pointer that the function moves on, and how far it may be read cannot be told"
            ));
        }
        Role::Cell { read: false, .. }
        | Role::Null
        | Role::Callback { .. }
        | Role::Stream { written: true } => how("none"),
        Role::Stream { written: false } => {
            return Err(format!(
                "`{name}` is a stream that the function reads, and what a stream has left cannot be recorded"
            ));
        }
        Role::Holder { .. } => how("graph"),
        Role::Slot(_) if is_object(fed) => how("graph"),
        Role::Slot(why) => return Err(format!("`{name}` cannot be recorded: {why}")),
        Role::View => how("view"),
        Role::Span(_) => how("span"),
        Role::ZeroEnded => how("text"),
        Role::One => how("one"),
        Role::End(_) => how("end"),
        Role::Rows { count, each } => {
            json!({ "name": name, "how": "rows", "count": count, "each": each })
        }
        Role::Bytes(extent) => {
            json!({ "name": name, "how": "buffer", "bytes": true, "extent": extent })
        }
        Role::Buffer { extent, .. } => {
            let end = |f: &&Fed| f.role == Role::End(name.clone());
            match plan.fed.iter().find(end) {
                Some(end) => json!({ "name": name, "how": "buffer", "until": end.name }),
                None => {
                    json!({ "name": name, "how": "buffer", "extent": extent, "before": fed.before })
                }
            }
        }
    })
}

/// The statements that read it back into the members of a case.
pub(super) fn read_back(plan: &Plan, with_result: bool) -> Vec<String> {
    let mut lines = Vec::new();
    for fed in &plan.fed {
        let name = &fed.name;
        match &fed.role {
            Role::Cell { .. } | Role::Null | Role::End(_) | Role::Stream { .. } => {}
            Role::Callback { .. } => lines.push(format!("{name}_turned = false;")),
            Role::Slot(_) if !is_object(fed) => {}
            Role::Holder { .. } | Role::Slot(_) => lines.push(format!("{name}_real.read(in);")),
            _ if plan.batch => lines.push(format!("{name}.emplace_back(); in({name}.back());")),
            Role::Rows { .. } => lines.push(format!(
                "in({name}); for (auto &row : {name}) {name}_rows.push_back(row.data());"
            )),
            _ => lines.push(format!("in({name});")),
        }
    }
    if let Some(first) = plan.fed.first().filter(|_| plan.batch && with_result) {
        lines.push(format!("result.resize({}.size());", first.name));
    }
    lines
}

/// An object that no driver can draw, as a real call found it.
pub(super) fn object(fed: &Fed, lines: &mut Lines) {
    let (name, spelled) = (&fed.name, &fed.spelled);
    lines.members.push(format!("lessonl::Graph {name}_real;"));
    let pointer = format!("{name}_real.as<{spelled}>()");
    lines.arguments.push(match fed.points {
        true => pointer,
        false => format!("*{pointer}"),
    });
    lines.kept_field(fed.constant, name, &format!("{name}_real"));
    lines.contract.push(format!(
        "`{name}` is as real calls have it; what it leads to is compared, without what the call allocates."
    ));
}

/// A struct that is drawn field by field, or, in a real call, is as it was found there. Its own lines have been written;
/// `fields` are those of them that name what is compared.
pub(super) fn holder_or_object(fed: &Fed, fields: &[String], lines: &mut Lines) {
    let (name, spelled) = (&fed.name, &fed.spelled);
    lines.members.push(format!("lessonl::Graph {name}_real;"));
    let drawn = lines.arguments.pop().unwrap_or_default();
    lines.arguments.push(match fed.points {
        true => format!("({name}_real ? {name}_real.as<{spelled}>() : {drawn})"),
        false => format!("({name}_real ? *{name}_real.as<{spelled}>() : {drawn})"),
    });
    let kind = if fed.constant { "input" } else { "inout" };
    lines.fields.push(format!(
        "if ({name}_real) f.{kind}(\"{name}\", {name}_real); else {{ {} }}",
        fields.join(" ")
    ));
}

/// What a case is where a folder has real calls: some of them, or one that is drawn.
pub(super) fn cases(drawn_too: bool) -> String {
    let drawn = match drawn_too {
        true => {
            "        if (in.values != lessonl::Values::any) return all.emplace_back().make(in);\n"
        }
        false => "",
    };
    format!(
        "// Ordinary inputs are real calls, in the order they were made in, from a drawn one on (recorded.cpp).\n\
         struct Real {{\n    std::deque<Case> all;\n    void make(lessonl::Input &in) {{\n{drawn}\
         \x20       const size_t first = in.bits() % lessonl::recorded_calls();\n\
         \x20       for (size_t i = 0; i < lessonl::calls_of(in.size); ++i) {{\n\
         \x20           lessonl::Replay call(lessonl::recorded_call((first + i) % lessonl::recorded_calls()));\n\
         \x20           all.emplace_back().recorded(call);\n        }}\n    }}\n\
         \x20   void call() {{\n        for (auto &one : all) one.call();\n    }}\n\
         \x20   template <class F> void fields(F &f) {{\n        for (auto &one : all) one.fields(f);\n    }}\n}};\n\
         LESSONL_PROBLEM(Real)\n"
    )
}

/// The text of `recorded.cpp`: real calls as a driver reads them.
pub(crate) fn text(calls: &[String]) -> String {
    let mut out = format!(
        "// What {} real calls of the function were handed, as bytes in base 64; driver.cpp reads them back.\n\
         // Private: no agent is told, and no model is sent this file. Made by `lessonl init --from`.\n\
         namespace lessonl {{\nstatic const char *const recorded_texts[] = {{\n",
        calls.len()
    );
    for call in calls {
        let plain: Vec<char> = call
            .chars()
            .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '/'))
            .collect();
        // In lines that editors bear.
        let lines: Vec<String> = plain
            .chunks(100)
            .map(|line| format!("    \"{}\"", line.iter().collect::<String>()))
            .collect();
        match lines.is_empty() {
            true => out.push_str("    \"\",\n"),
            false => out.push_str(&format!("{},\n", lines.join("\n"))),
        }
    }
    out.push_str(&format!(
        "}};\nsize_t recorded_calls() {{ return {}; }}\nconst char *recorded_call(size_t at) {{ return recorded_texts[at]; }}\n}}  // namespace lessonl\n",
        calls.len()
    ));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_become_text_that_no_content_can_leave() {
        let written = text(&["AB+/".to_owned(), "x\");evil".to_owned(), String::new()]);
        assert!(
            written.contains("    \"AB+/\",\n    \"xevil\",\n    \"\",\n};\n"),
            "{written}"
        );
        assert!(written.contains("return 3;"));
        assert!(cases(true).contains("make(in);") && !cases(false).contains("make(in);\n"));
    }
}

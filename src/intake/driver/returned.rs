//! The call in a driver, and what it keeps of what the function returns. Pure.

use super::super::plan::{Plan, Role};
use super::super::signature::Signature;
use super::super::types::{Type, Types, stripped};
use super::{Lines, blocks};

/// The lines of the call, which keep what it returns.
pub(super) fn returned(
    head: &Signature,
    plan: &Plan,
    types: &mut Types<'_>,
    call: String,
    lines: &mut Lines,
) -> Vec<String> {
    let spelled = stripped(head.returns.trim_end_matches(['&', ' ']));
    let pointee = stripped(head.returns.trim_end_matches(['*', ' ']));
    let points = spelled.ends_with('*');
    let kind = types.of(if points { &pointee } else { &spelled });
    let every = |line: String| {
        if plan.batch {
            format!("for (size_t i = 0; i < in_calls(); ++i) {line}")
        } else {
            line
        }
    };
    let first = plan.fed.first().map(|fed| fed.name.clone());
    let every = |line: String| match &first {
        Some(first) => every(line).replace("in_calls()", &format!("{first}.size()")),
        None => line,
    };
    if !points && kind == Type::Void {
        return vec![every(format!("{call};"))];
    }
    let mut keep = |member: String| {
        lines.members.push(member);
        lines
            .fields
            .push("f.output(\"result\", result);".to_owned());
        lines
            .contract
            .push("The returned value is compared.".to_owned());
        lines.observed = true;
    };
    if !points && kind.known() {
        if plan.batch {
            let element = if kind == Type::Bool {
                "unsigned char"
            } else {
                &spelled
            };
            keep(format!("std::vector<{element}> result;"));
            lines.make.push("result.resize(in.size);".to_owned());
            return vec![every(format!("result[i] = {call};"))];
        }
        keep(format!(
            "{spelled} result{};",
            if kind.grows() || matches!(kind, Type::Made { .. }) {
                ""
            } else {
                " = {}"
            }
        ));
        return vec![format!("result = {call};")];
    }
    if !plan.batch && kind == Type::View {
        keep("std::string result;".to_owned());
        return vec![format!("result = {call};")];
    }
    if points && !plan.batch {
        if let Some(fresh) = plan
            .fresh
            .as_ref()
            .filter(|_| !head.returns.contains("const"))
        {
            let free = match fresh.by_new {
                true => "delete[] made;",
                false => "std::free(made);",
            };
            let made = format!("{pointee} *made = {call};");
            let copied = match &fresh.bytes {
                _ if kind == Type::Char => {
                    keep("std::string result;".to_owned());
                    Some("result = made ? made : \"(none)\";".to_owned())
                }
                Some(bytes) if kind.known() && !kind.grows() && kind != Type::Bool => {
                    keep(format!("std::vector<{pointee}> result;"));
                    Some(format!(
                        "result.assign(made, made + (made ? ({bytes}) / sizeof(*made) : 0));"
                    ))
                }
                _ => None,
            };
            if let Some(copied) = copied {
                lines.contract.push(format!(
                    "What it returns is new memory, which is given back with `{}`.",
                    free.trim_end_matches(" made;").trim_end_matches("(made);")
                ));
                return vec![made, copied, free.to_owned()];
            }
        }
        let into = plan.fed.iter().find(|fed| {
            matches!(
                fed.role,
                Role::Buffer { .. } | Role::ZeroEnded | Role::Bytes(_)
            ) && (fed.spelled == pointee || fed.role == Role::Bytes("in.size".to_owned()))
        });
        if into.is_some() {
            keep(
                "int64_t result = 0;  // where the returned pointer points, -1 for none".to_owned(),
            );
            return vec![format!(
                "result = lessonl::place({call}, {{{}}});",
                blocks(plan)
            )];
        }
        if kind == Type::Char && head.returns.contains("const") {
            keep("std::string result;".to_owned());
            return vec![
                format!("const char *returned = {call};"),
                "result = returned ? returned : \"(none)\";".to_owned(),
            ];
        }
    }
    let why = match kind {
        Type::Opaque(why) => why,
        _ if points => "it returns a pointer to something new".to_owned(),
        _ => format!("it returns {}", head.returns),
    };
    lines.slot(
        "result",
        &why,
        "Declare a value `result`, copy in call() what the function returned into it (and free what has to be freed), and name it in fields() as f.output(\"result\", result).",
    );
    lines.observed = true;
    vec![every(format!("{call};"))]
}

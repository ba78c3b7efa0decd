//! Places for a pointer in a driver, and pointers that may be null. Pure.

use super::super::plan::{Fed, Plan, Role};
use super::super::types::Type;
use super::Lines;

/// A place for a pointer, on the stack of the call; where it leads afterwards is compared.
pub(super) fn cell(fed: &Fed, plan: &Plan, (read, refers): (bool, bool), lines: &mut Lines) {
    let (name, spelled) = (&fed.name, &fed.spelled);
    let constant = if fed.constant { "const " } else { "" };
    let start = match read {
        false => "nullptr".to_owned(),
        true => format!("{name}.data()"),
    };
    if read {
        let held = match fed.kind {
            Type::Char => "std::string".to_owned(),
            _ => format!("lessonl::Memory<{spelled}>"),
        };
        lines.members.push(format!("{held} {name};"));
        lines.make.push(format!("fill(in, {name}, in.extent());"));
        lines.field(fed.constant, name);
    }
    lines.members.push(format!("int64_t {name}_at = 0;"));
    lines
        .before
        .push(format!("{constant}{spelled} *{name}_to = {start};"));
    lines.after.push(format!(
        "{name}_at = lessonl::place({name}_to, {{{}}});",
        blocks(plan)
    ));
    lines
        .fields
        .push(format!("f.output(\"{name}_at\", {name}_at);"));
    lines.observed = true;
    let address = if refers { "" } else { "&" };
    lines.arguments.push(format!("{address}{name}_to"));
    let first = match read {
        true => ", which is memory of its own at first",
        false => "",
    };
    lines.contract.push(format!(
        "`{name}` is a place for a pointer{first}; where it leads is compared."
    ));
}

/// All memory that a pointer may lead into, for `lessonl::place`.
pub(super) fn blocks(plan: &Plan) -> String {
    let memory = |f: &&Fed| {
        matches!(
            f.role,
            Role::Buffer { .. }
                | Role::ZeroEnded
                | Role::Bytes(_)
                | Role::View
                | Role::Cell { read: true, .. }
        )
    };
    let block = |f: &Fed| {
        let name = &f.name;
        format!("{{{name}.data(), {name}.size() * sizeof {name}.data()[0]}}")
    };
    let all: Vec<String> = plan.fed.iter().filter(memory).map(block).collect();
    all.join(", ")
}

/// The pointer that was just written is null in some inputs of class `counts`.
pub(super) fn may_be_absent(name: &str, lines: &mut Lines) {
    let Some(argument) = lines.arguments.pop() else {
        return;
    };
    lines.members.push(format!("bool {name}_absent = false;"));
    lines.make.push(format!("{name}_absent = in.absent();"));
    lines
        .arguments
        .push(format!("{name}_absent ? nullptr : {argument}"));
    lines.contract.push(format!(
        "`{name}` may be null, as the function asks for that."
    ));
}

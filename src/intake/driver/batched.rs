//! A parameter of a case that is many calls. Pure.

use super::super::plan::{Fed, Role};
use super::super::types::Type;
use super::Lines;

/// A parameter of one of many calls.
pub(super) fn batched(fed: &Fed, lines: &mut Lines) {
    let (name, spelled) = (&fed.name, &fed.spelled);
    let truth = fed.kind == Type::Bool;
    let element = if truth { "unsigned char" } else { spelled };
    let array: Vec<&String> = fed.array.iter().rev().collect();
    let mut element = element.to_owned();
    for size in array {
        element = format!("std::array<{element}, {size}>");
    }
    if let Some(length) = fed.fixed() {
        element = format!("std::array<{element}, {length}>");
    }
    lines
        .members
        .push(format!("std::vector<{element}> {name};"));
    lines.make.push(format!("fill(in, {name}, in.size);"));
    let own = fed.copied && fed.role != Role::One;
    lines.arguments.push(match fed.role {
        _ if fed.fixed().is_some() => format!("{name}[i].data()"),
        _ if truth => format!("{name}[i] % 2 != 0"),
        _ if !fed.array.is_empty() => {
            let brackets: String = fed.array.iter().map(|size| format!("[{size}]")).collect();
            format!("reinterpret_cast<{spelled} (&){brackets}>({name}[i])")
        }
        Role::One => format!("&{name}[i]"),
        Role::Moved => format!("std::move({name}[i])"),
        _ => format!("{name}[i]"),
    });
    lines.field(own || fed.constant, name);
    lines
        .contract
        .push(format!("`{name}` is a value of its own in every call."));
}

//! A struct that a driver makes field by field: numbers first, then what is as long as they say. Pure.

use super::super::plan::{Fed, Part};
use super::super::types::Field;
use super::{Lines, said};

/// Writes it for the parameter `fed`.
pub(super) fn holder(
    fed: &Fed,
    parts: &[(Field, Part)],
    (points, raw): (bool, bool),
    lines: &mut Lines,
) {
    let (name, spelled) = (&fed.name, &fed.spelled);
    lines.members.push(match raw {
        true => format!(
            "alignas({spelled}) unsigned char {name}_raw[sizeof({spelled})] = {{}}; {spelled} &{name} = reinterpret_cast<{spelled} &>({name}_raw);"
        ),
        false => format!("{spelled} {name}{{}};"),
    });
    let mut told = Vec::new();
    for (field, part) in parts {
        let own = format!("{name}.{}", field.name);
        let held = format!("{name}_{}", field.name);
        let whole = super::super::types::stripped(&field.base);
        match part {
            Part::Length => {
                let value = if lines.uneven {
                    "in.length()"
                } else {
                    "in.size"
                };
                lines
                    .numbers
                    .push(format!("{own} = static_cast<{whole}>({value});"));
                lines.field(fed.constant, &own);
                told.push(format!("`{}` is the size or a little more", field.name));
            }
            Part::Position => {
                lines.numbers.push(format!(
                    "{own} = static_cast<{whole}>(in.size ? in.between(0, static_cast<int64_t>(in.size) - 1) : 0);"
                ));
                lines.field(fed.constant, &own);
            }
            Part::Value(extent) => {
                let extent = match extent {
                    Some(extent) => format!("{extent} + in.more()"),
                    None => "in.size".to_owned(),
                };
                lines.make.push(format!("fill(in, {own}, {extent});"));
                lines.field(fed.constant, &own);
            }
            Part::Elements {
                of,
                extent,
                constant,
            } => {
                lines.members.push(format!("lessonl::Memory<{of}> {held};"));
                lines.make.push(format!("fill(in, {held}, {extent});"));
                lines.make.push(format!(
                    "{own} = reinterpret_cast<decltype({own})>({held}.data());"
                ));
                lines.kept_field(*constant, &own, &held);
                told.push(format!("`{}` has {} elements", field.name, said(extent)));
            }
            Part::Rows { of, count, each } => {
                lines
                    .members
                    .push(format!("std::vector<std::vector<{of}>> {held};"));
                lines
                    .members
                    .push(format!("std::vector<{of} *> {held}_rows;"));
                lines.make.push(format!("{held}.resize({count});"));
                lines.make.push(format!(
                    "for (auto &row : {held}) fill(in, row, {each}), {held}_rows.push_back(row.data());"
                ));
                lines.make.push(format!(
                    "{own} = const_cast<decltype({own})>({held}_rows.data());"
                ));
                lines.kept_field(false, &own, &held);
                told.push(format!(
                    "`{}` has {} rows of {} elements",
                    field.name,
                    said(count),
                    said(each)
                ));
            }
            Part::Text => {
                lines.members.push(format!("std::string {held};"));
                lines.make.push(format!(
                    "fill(in, {held}, in.extent()), {own} = {held}.data();"
                ));
                lines.kept_field(false, &own, &held);
                told.push(format!(
                    "`{}` is text that ends with a zero byte",
                    field.name
                ));
            }
            Part::Null => lines.make.push(format!("{own} = {{}};")),
        }
    }
    lines.arguments.push(match points {
        true => format!("&{name}"),
        false => name.clone(),
    });
    let told = match told.is_empty() {
        true => String::new(),
        false => format!(": {}", told.join(", ")),
    };
    lines
        .contract
        .push(format!("`{name}` is made field by field{told}."));
}

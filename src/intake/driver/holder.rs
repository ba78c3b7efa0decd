//! A struct that a driver makes field by field: numbers first, then what is as long as they say. Pure.

use super::super::plan::{Fed, Part, held};
use super::super::types::{Field, stripped};
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
    for (field, _) in parts.iter().filter(|_| raw) {
        // A container must be one before it is filled.
        if field.layers.is_empty() && field.kind.grows() {
            let own = format!("{name}.{}", field.name);
            let built = format!("{}_built", held(&own));
            lines.members.push(format!("lessonl::Built {built};"));
            lines.numbers.push(format!("{built}.make({own});"));
        }
    }
    let mut told = Vec::new();
    made(fed.constant, name, parts, lines, &mut told);
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

/// The parts of the object that the driver calls `object`.
fn made(
    unchanged: bool,
    object: &str,
    parts: &[(Field, Part)],
    lines: &mut Lines,
    told: &mut Vec<String>,
) {
    for (field, part) in parts {
        let own = format!("{object}.{}", field.name);
        let whole = stripped(&field.base);
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
                lines.field(unchanged, &own);
                told.push(format!("`{}` is the size or a little more", field.name));
            }
            Part::Capacity(lengths) => {
                let least: String = lengths.iter().map(|l| format!(", {l}")).collect();
                // After the lengths, and before what is as long as they say.
                lines.make.insert(
                    0,
                    format!("{own} = static_cast<{whole}>(std::max<size_t>({{1{least}}}) + in.bits() % 4);"),
                );
                lines.field(unchanged, &own);
                told.push(format!(
                    "`{}` is at least the lengths beside it",
                    field.name
                ));
            }
            Part::Position => {
                lines.numbers.push(format!(
                    "{own} = static_cast<{whole}>(in.size ? in.between(0, static_cast<int64_t>(in.size) - 1) : 0);"
                ));
                lines.field(unchanged, &own);
            }
            Part::Within(most) => {
                lines.numbers.push(format!(
                    "{own} = static_cast<{whole}>(in.between(0, {most}));"
                ));
                lines.field(unchanged, &own);
                told.push(format!("`{}` is from 0 to {most}", field.name));
            }
            Part::Value(extent) => {
                let extent = match extent {
                    Some(extent) => format!("{extent} + in.more()"),
                    None => "in.size".to_owned(),
                };
                lines.make.push(format!("fill(in, {own}, {extent});"));
                lines.field(unchanged, &own);
            }
            Part::Elements {
                of,
                extent,
                grown: Some(more),
                ..
            } => {
                let held = stored(&format!("lessonl::Grown<{of}>"), &own, lines);
                lines
                    .make
                    .push(format!("{held}.fill(in, {extent} + {more}, {own});"));
                let kind = if unchanged { "input" } else { "inout" };
                // Outside of make() the size is not known.
                let now = if extent.contains("in.") { "" } else { extent };
                lines.fields.push(format!(
                    "{{ auto seen = {held}.seen({now}); f.{kind}(\"{own}\", seen); }}"
                ));
                lines.observed |= !unchanged;
                told.push(format!(
                    "`{}` has {} elements of memory that may grow",
                    field.name,
                    said(extent)
                ));
            }
            Part::Elements {
                of,
                extent,
                constant,
                moved,
                grown: None,
            } => {
                let held = stored(&format!("lessonl::Memory<{of}>"), &own, lines);
                lines.make.push(format!("fill(in, {held}, {extent});"));
                lines.make.push(format!(
                    "{own} = reinterpret_cast<decltype({own})>({held}.data());"
                ));
                lines.kept_field(*constant, &own, &held);
                if *moved {
                    lines.fields.push(format!(
                        "{{ int64_t at = lessonl::place_if_held({own}, {{{{{held}.data(), {held}.size() * sizeof {held}.data()[0]}}}}); f.output(\"{own} leads to\", at); }}"
                    ));
                    lines.observed = true;
                }
                told.push(format!("`{}` has {} elements", field.name, said(extent)));
            }
            Part::Rows { of, count, each } => {
                let held = stored(&format!("std::vector<std::vector<{of}>>"), &own, lines);
                let rows = stored(
                    &format!("std::vector<{of} *>"),
                    &format!("{own}_rows"),
                    lines,
                );
                lines.make.push(format!("{held}.resize({count});"));
                lines.make.push(format!(
                    "for (auto &row : {held}) fill(in, row, {each}), {rows}.push_back(row.data());"
                ));
                lines.make.push(format!(
                    "{own} = const_cast<decltype({own})>({rows}.data());"
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
                let held = stored("std::string", &own, lines);
                lines.make.push(format!(
                    "fill(in, {held}, in.extent()), {own} = {held}.data();"
                ));
                lines.kept_field(false, &own, &held);
                told.push(format!(
                    "`{}` is text that ends with a zero byte",
                    field.name
                ));
            }
            Part::Inner { of, points, parts } => {
                let object = match points {
                    true => stored(of, &own, lines),
                    false => own.clone(),
                };
                if *points {
                    lines.make.push(format!("{object} = {of}{{}};"));
                    lines.make.push(format!("{own} = &{object};"));
                }
                made(unchanged, &object, parts, lines, told);
            }
            Part::Many {
                of,
                count,
                points,
                parts,
            } => {
                let held = held(&own);
                let (all, size) = match points {
                    true => {
                        lines.members.push(format!("std::vector<{of}> {held};"));
                        lines.make.push(format!(
                            "{held}.assign({count}, {of}{{}}), {own} = {held}.data();"
                        ));
                        (held.clone(), format!("{held}.size()"))
                    }
                    false => (own.clone(), count.clone()),
                };
                told.push(format!("`{}` has {} elements", field.name, said(count)));
                let mut each = Lines {
                    uneven: lines.uneven,
                    ..Lines::default()
                };
                made(unchanged, &format!("{all}[i]"), parts, &mut each, told);
                lines.members.append(&mut each.members);
                lines
                    .make
                    .push(format!("for (size_t i = 0; i < {size}; ++i) {{"));
                lines.make.append(&mut each.numbers);
                lines.make.append(&mut each.make);
                lines.make.push("}".to_owned());
                lines.fields.push(format!(
                    "for (size_t i = 0; i < {size}; ++i) {{ {} }}",
                    each.fields.join(" ")
                ));
                lines.observed |= each.observed;
            }
            Part::Null => lines.make.push(format!("{own} = {{}};")),
            Part::Untouched => told.push(format!("`{}` is all zero", field.name)),
        }
    }
}

/// Declares what a field leads to, one for each where there are several; how it is called.
fn stored(of: &str, own: &str, lines: &mut Lines) -> String {
    let name = held(own);
    if own.contains("[i]") {
        lines.members.push(format!("std::deque<{of}> {name};"));
        lines
            .make
            .push(format!("while ({name}.size() <= i) {name}.emplace_back();"));
        return format!("{name}[i]");
    }
    lines.members.push(format!("{of} {name}{{}};"));
    name
}

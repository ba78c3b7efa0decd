//! Writes a problem's `driver.cpp` from what each parameter is. The text is for a person to read and to correct. Pure.

use std::fmt::Write;

use super::InputGuess;
use super::plan::{Fed, Part, Plan, Role, any_part};
use super::signature::Signature;
use super::types::{Own, Type, Types};

mod batched;
mod callback;
mod cell;
mod holder;
mod recording;
mod returned;
mod texts;

use batched::batched;
use callback::callback;
use cell::{blocks, cell, may_be_absent};
use holder::holder;
pub(super) use recording::text as recorded;
use returned::returned;
use texts::{is_looked_for, is_read_text};

/// A driver and what a person must know of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Driver {
    pub text: String,
    /// What a person has to write, one line each.
    pub slots: Vec<String>,
    /// What each parameter holds, for the contract.
    pub contract: Vec<String>,
    /// Classes of values besides those that every function gets.
    pub classes: Vec<&'static str>,
    /// How the arguments of a real call are recorded, or why they cannot be.
    pub calls: Result<serde_json::Value, String>,
    /// Whether something in it cannot be drawn, only be taken from real calls.
    pub only_real: bool,
}

#[derive(Default)]
struct Lines {
    members: Vec<String>,
    /// Whole numbers first: what is as long as they say comes after.
    numbers: Vec<String>,
    make: Vec<String>,
    arguments: Vec<String>,
    fields: Vec<String>,
    slots: Vec<String>,
    contract: Vec<String>,
    /// Whether nothing but numbers is passed, so that the size alone would give one output.
    alone: bool,
    /// Whether several lengths differ from one another.
    uneven: bool,
    /// Whether the call leaves something to compare.
    observed: bool,
    /// Whether ordinary inputs are real calls, and whether all are.
    real: bool,
    only_real: bool,
    /// Statements around the call.
    before: Vec<String>,
    after: Vec<String>,
}

impl Lines {
    fn field(&mut self, constant: bool, name: &str) {
        let kind = if constant { "input" } else { "inout" };
        self.observed |= !constant;
        self.fields.push(format!("f.{kind}(\"{name}\", {name});"));
    }

    /// A field under another name than the member that holds it.
    fn kept_field(&mut self, constant: bool, name: &str, member: &str) {
        let kind = if constant { "input" } else { "inout" };
        self.observed |= !constant;
        self.fields.push(format!("f.{kind}(\"{name}\", {member});"));
    }

    fn slot(&mut self, name: &str, why: &str, what: &str) {
        self.members.push(format!("// SLOT {name}: {why}."));
        self.members.push(format!("// {what}"));
        let plain: String = what.chars().filter(|c| *c != '"' && *c != '\\').collect();
        self.members
            .push(format!("LESSONL_SLOT(\"{name}: {plain}\");"));
        self.slots.push(format!("{name}: {why}. {what}"));
    }
}

/// Writes it. `entry` is the function's name in `original.cpp`.
pub(super) fn write(
    head: &Signature,
    plan: &Plan,
    types: &mut Types<'_>,
    entry: &str,
    inputs: InputGuess,
    (grammar, thresholds): (&[String], &[String]),
) -> Driver {
    let mut lines = Lines {
        uneven: inputs != InputGuess::EvenLengths && plan.lengths() > 1,
        alone: plan.fed.iter().all(|f| f.kind == Type::Integer && f.copied),
        real: inputs == InputGuess::RealCalls,
        ..Lines::default()
    };
    let mut text: Option<&str> = None;
    for fed in &plan.fed {
        if plan.batch {
            batched(fed, &mut lines);
        } else {
            whole(fed, plan, types, &mut lines);
            if is_read_text(fed) {
                if let Some(other) = text {
                    let sought = is_looked_for(&fed.name);
                    lines
                        .make
                        .push(format!("in.relate({}, {other}, {sought});", fed.name));
                }
                text = text.or(Some(&fed.name));
            }
            if fed.absent {
                may_be_absent(&fed.name, &mut lines);
            }
        }
    }
    if !grammar.is_empty() && plan.fed.iter().any(is_text) {
        let words: Vec<String> = grammar.iter().map(|word| quoted(word)).collect();
        let line = format!("in.grammar({{{}}});", words.join(", "));
        lines.numbers.insert(0, line);
    }
    if !thresholds.is_empty() && plan.fed.iter().any(|f| f.kind == Type::Integer) {
        let line = format!("in.thresholds({{{}}});", thresholds.join(", "));
        lines.numbers.insert(0, line);
    }
    match inputs {
        InputGuess::PlainText => lines.numbers.insert(0, "in.plain_text();".to_owned()),
        InputGuess::WholeText => lines
            .numbers
            .insert(0, "in.plain_text(), in.whole_text();".to_owned()),
        InputGuess::LettersAndDigits => lines.numbers.insert(
            0,
            format!(
                "in.alphabet(\"{LETTERS}{}0123456789\");",
                LETTERS.to_uppercase()
            ),
        ),
        InputGuess::HexDigits => {
            let line = "in.alphabet(\"0123456789abcdef\");".to_owned();
            lines.numbers.insert(0, line);
        }
        InputGuess::Digits => {
            let line = "in.alphabet(\"0123456789\");".to_owned();
            lines.numbers.insert(0, line);
        }
        InputGuess::SortedValues => lines.numbers.insert(0, "in.sorted_values();".to_owned()),
        InputGuess::WideNumbers => lines.numbers.insert(0, "in.wide_numbers();".to_owned()),
        // Many calls reach all that one call in a hundred does.
        InputGuess::SmallCalls if !thresholds.is_empty() => {
            lines.numbers.insert(0, "in.wide_numbers();".to_owned());
        }
        _ => {}
    }
    let call = format!("{entry}({})", lines.arguments.join(", "));
    let mut call = returned(head, plan, types, call, &mut lines);
    call = [
        std::mem::take(&mut lines.before),
        call,
        std::mem::take(&mut lines.after),
    ]
    .concat();
    if !lines.observed {
        lines.slot(
            "result",
            "the call leaves nothing that can be compared",
            "Declare what the call changes, and name it in fields() as f.inout(\"name\", value).",
        );
    }
    let mut text = match lines.real {
        false => format!("// Size: {}.\n", plan.size),
        true => format!(
            "// Size: {}. Of ordinary inputs: the number of real calls, an eighth of it beyond 16.\n",
            plan.size
        ),
    };
    text.push_str(&own_types(types));
    let with_result = lines
        .make
        .iter()
        .any(|line| line.starts_with("result.resize"));
    let recorded = match lines.real {
        false => String::new(),
        true => format!(
            "    void recorded(lessonl::Replay &in) {{\n{}    }}\n",
            indented(&recording::read_back(plan, with_result), 8)
        ),
    };
    let problem = match lines.real {
        false if inputs == InputGuess::SmallCalls => SMALL_CALLS.to_owned(),
        false => "LESSONL_PROBLEM(Case)\n".to_owned(),
        true => recording::cases(!lines.only_real),
    };
    // Writing to a string cannot fail.
    let _ = write!(
        text,
        "struct Case {{\n{}\n{recorded}    void make(lessonl::Input &in) {{\n        using lessonl::fill, lessonl::positions;\n{}    }}\n    void call() {{\n{}    }}\n    \
         template <class F> void fields(F &f) {{\n{}    }}\n}};\n{problem}",
        indented(&lines.members, 4),
        indented(&[lines.numbers, lines.make].concat(), 8),
        indented(&call, 8),
        indented(&lines.fields, 8),
    );
    Driver {
        text,
        slots: lines.slots,
        contract: lines.contract,
        classes: classes(plan),
        calls: recording::recipe(plan),
        only_real: lines.only_real,
    }
}

const LETTERS: &str = "abcdefghijklmnopqrstuvwxyz";

/// A case where one call is too little and takes no longer with more elements.
const SMALL_CALLS: &str = "struct Many {
    std::deque<Case> all;
    void make(lessonl::Input &in) {
        for (uint64_t i = 0; i < std::max<uint64_t>(in.size, 1); ++i) {
            lessonl::Input one = in.small_call();
            all.emplace_back().make(one);
        }
    }
    void call() {
        for (auto &one : all) one.call();
    }
    template <class F> void fields(F &f) {
        for (auto &one : all) one.fields(f);
    }
};
LESSONL_PROBLEM(Many)
";

/// Whether text or bytes are among what is made.
pub(super) fn is_text(fed: &Fed) -> bool {
    let bytes = ["char", "int8", "byte", "string"]
        .iter()
        .any(|word| fed.spelled.contains(word));
    bytes
        || matches!(
            fed.role,
            Role::View
                | Role::ZeroEnded
                | Role::Bytes(_)
                | Role::Stream { .. }
                | Role::Holder { .. }
        )
}

/// Classes of values that only some functions can be given.
fn classes(plan: &Plan) -> Vec<&'static str> {
    let any = |of: &dyn Fn(&Fed) -> bool| plan.fed.iter().any(of);
    let containers = plan.fed.iter().filter(|f| f.knows_its_length()).count();
    let counted = any(&|f| matches!(f.role, Role::Count | Role::Part(_)));
    let spoken_of = |f: &Fed| {
        f.extent
            .as_ref()
            .is_some_and(|extent| extent.contains("size_t("))
    };
    let extents = any(&|f| spoken_of(f) && f.knows_its_length());
    let held = any(&|f| match &f.role {
        Role::Holder { parts, .. } => any_part(parts, &|p| matches!(p, Part::Value(Some(_)))),
        _ => false,
    });
    let mut classes = Vec::new();
    if plan.batch {
        return classes;
    }
    if containers > 1 || counted || extents || held {
        classes.push("uneven");
    }
    if any(&|f| f.absent || matches!(f.role, Role::Count | Role::Number)) {
        classes.push("counts");
    }
    let memory = |f: &Fed| match &f.role {
        Role::Buffer { .. } | Role::Bytes(_) | Role::Span(_) => true,
        Role::Holder { parts, .. } => any_part(parts, &|p| matches!(p, Part::Elements { .. })),
        _ => false,
    };
    if any(&memory) {
        classes.push("unaligned");
    }
    classes
}

/// A string in C++, with what is no plain letter in octal.
fn quoted(text: &str) -> String {
    let mut out = "\"".to_owned();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || byte == b' ' {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "\\{byte:03o}");
        }
    }
    out.push('"');
    out
}

fn indented(lines: &[String], by: usize) -> String {
    lines
        .iter()
        .map(|line| format!("{}{line}\n", " ".repeat(by)))
        .collect()
}

/// Members of structs and values of enumerations, where the driver's library looks for them.
fn own_types(types: &Types<'_>) -> String {
    if types.own.is_empty() {
        return String::new();
    }
    let mut text = "namespace lessonl {\n".to_owned();
    for (name, own) in &types.own {
        let _ = match own {
            Own::Struct(members) => {
                let calls: Vec<String> = members
                    .iter()
                    .map(|member| match member.starts_with('[') {
                        true => format!("{member};"),
                        false => format!("c({member});"),
                    })
                    .collect();
                writeln!(
                    text,
                    "template <class C> void lessonl_members(C &c, {name} &s) {{ (void)c, (void)s; {} }}",
                    calls.join(" ")
                )
            }
            Own::Enum(values) => writeln!(
                text,
                "inline void lessonl_draw(Input &in, {name} &value) {{\n    constexpr {name} all[] = {{{}}};\n    value = all[in.bits() % {}];\n}}",
                values.join(", "),
                values.len()
            ),
        };
    }
    text.push_str("}  // namespace lessonl\n");
    text
}

/// A parameter of one call.
fn whole(fed: &Fed, plan: &Plan, types: &mut Types<'_>, lines: &mut Lines) {
    let (name, spelled) = (&fed.name, &fed.spelled);
    let changed = if fed.constant {
        "must not be changed"
    } else {
        "is compared afterwards"
    };
    let positions = |lines: &mut Lines| {
        if fed.positions {
            lines.make.push(format!("positions(in, {name}, in.size);"));
        }
    };
    match &fed.role {
        Role::Slot(_) if lines.real && recording::is_object(fed) => {
            lines.only_real = true;
            recording::object(fed, lines);
        }
        Role::Slot(why) => {
            lines.slot(
                name,
                why,
                &format!("Declare a value `{name}` of type {spelled}, fill it from `in` in make(), and name what changes in fields()."),
            );
            lines.arguments.push(name.clone());
            lines.contract.push(format!("`{name}` is made by hand."));
        }
        Role::Length => {
            lines.members.push(format!("{spelled} {name};"));
            let value = if lines.alone {
                "in.between(static_cast<int64_t>(in.size - in.size / 8), static_cast<int64_t>(in.size))"
            } else if lines.uneven {
                "in.length()"
            } else {
                "in.size"
            };
            let value = match fed.within {
                (None, None) => value.to_owned(),
                (least, most) => format!(
                    "std::clamp<int64_t>({value}, {}, {})",
                    bound(least, "0"),
                    bound(most, "INT64_MAX")
                ),
            };
            let value = match fed.multiple {
                1 => value,
                by => format!("({value}) / {by} * {by}"),
            };
            lines
                .numbers
                .push(format!("{name} = static_cast<{spelled}>({value});"));
            lines.arguments.push(name.clone());
            let near = if lines.uneven {
                " or a little more"
            } else {
                ""
            };
            let down = match fed.multiple {
                1 => String::new(),
                by => format!(", down to a multiple of {by}"),
            };
            lines
                .contract
                .push(format!("`{name}` is the size{near}{down}."));
        }
        Role::Stride(lengths) => {
            lines.members.push(format!("{spelled} {name};"));
            let all: Vec<String> = lengths.iter().map(|l| format!("size_t({l})")).collect();
            let wider = if lines.uneven {
                " + in.length() % 4"
            } else {
                ""
            };
            lines.numbers.push(format!(
                "{name} = static_cast<{spelled}>(std::max<size_t>({{{}}}){wider});",
                all.join(", ")
            ));
            lines.arguments.push(name.clone());
            lines
                .contract
                .push(format!("`{name}` is at least {}.", lengths.join(" and ")));
        }
        Role::Part(of) => {
            lines.members.push(format!("{spelled} {name};"));
            // After the lengths, one of which it is a part of.
            lines
                .make
                .insert(0, format!("{name} = in.part<{spelled}>({of});"));
            lines.arguments.push(name.clone());
            lines
                .contract
                .push(format!("`{name}` is from 1 to a quarter of `{of}`."));
        }
        Role::Position => {
            lines.members.push(format!("{spelled} {name};"));
            lines.numbers.push(format!(
                "{name} = static_cast<{spelled}>(in.size ? in.between(0, static_cast<int64_t>(in.size) - 1) : 0);"
            ));
            lines.arguments.push(name.clone());
            lines
                .contract
                .push(format!("`{name}` is a position below the size."));
        }
        Role::Count => {
            let of = plan.fed.iter().find(|f| f.role == Role::Length);
            let of = of.map_or("in.size".to_owned(), |f| {
                format!("static_cast<uint64_t>({})", f.name)
            });
            lines.members.push(format!("{spelled} {name};"));
            // After the lengths, which it counts along.
            lines.make.insert(
                0,
                format!("{name} = in.count<{spelled}>({of}{});", within(fed)),
            );
            lines.arguments.push(name.clone());
            lines.contract.push(format!(
                "`{name}` is from 1 to the number of elements, an eighth of it at most where there are many."
            ));
        }
        Role::Number => {
            lines.members.push(format!("{spelled} {name};"));
            let small = format!("in.number<{spelled}>(1, 16{})", within(fed));
            let (value, range) = if !fed.choices.is_empty() {
                let all = fed.choices.join(", ");
                let other = match fed.only_choices {
                    true => String::new(),
                    false => ", in.integer(1, 16)".to_owned(),
                };
                lines
                    .numbers
                    .push(format!("const int64_t {name}_is[] = {{{all}{other}}};"));
                (
                    format!(
                        "in.values == lessonl::Values::counts ? {small} : static_cast<{spelled}>({name}_is[in.bits() % {}])",
                        fed.choices.len() + usize::from(!fed.only_choices)
                    ),
                    match fed.only_choices {
                        true => format!("one of {all}"),
                        false => format!("one of {all}, or a number from 1 to 16"),
                    },
                )
            } else if fed.letter {
                (
                    format!("in.letter<{spelled}>()"),
                    "a letter or sign that may be in the text".to_owned(),
                )
            } else if fed.element {
                (
                    format!("in.element<{spelled}>()"),
                    "a number that may be among the elements".to_owned(),
                )
            } else if fed.any_number() {
                (format!("in.seed<{spelled}>()"), "any number".to_owned())
            } else {
                (small, "a number from 1 to 16".to_owned())
            };
            lines.numbers.push(format!("{name} = {value};"));
            lines.arguments.push(name.clone());
            lines.contract.push(format!("`{name}` is {range}."));
        }
        Role::Null => {
            lines.arguments.push("nullptr".to_owned());
            lines.contract.push(format!("`{name}` is null."));
        }
        Role::Callback { returns, takes } => callback(fed, returns, takes, types, lines),
        Role::Stream { written } => stream(name, *written, lines),
        Role::Holder { parts, points, raw } => {
            let before = lines.fields.len();
            holder(fed, parts, (*points, *raw), lines);
            if lines.real {
                let fields = lines.fields.split_off(before);
                recording::holder_or_object(fed, &fields, lines);
            }
        }
        Role::Value | Role::Moved => {
            let array: String = fed.array.iter().map(|size| format!("[{size}]")).collect();
            lines.members.push(format!("{spelled} {name}{array};"));
            if fed.kind == Type::Real && fed.copied {
                lines.make.push(format!(
                    "{name} = lessonl::real_of<{spelled}>(in, -10, 10);"
                ));
            } else {
                let extent = fed.extent.as_deref().unwrap_or("in.size");
                lines
                    .make
                    .push(format!("fill(in, {name}, {});", own_extent(fed)));
                positions(lines);
                if fed.extent.is_some() {
                    lines
                        .contract
                        .push(format!("`{name}` has {} elements.", said(extent)));
                }
            }
            if fed.role == Role::Moved {
                lines.arguments.push(format!("std::move({name})"));
                lines.contract.push(format!(
                    "`{name}` is moved in; what is left of it does not matter."
                ));
            } else {
                lines.arguments.push(name.clone());
                if fed.copied {
                    lines.contract.push(format!("`{name}` is a copy."));
                } else {
                    lines.field(fed.constant, name);
                    lines.contract.push(format!("`{name}` {changed}."));
                }
            }
        }
        Role::View => {
            lines.members.push(format!("std::string {name};"));
            lines.make.push(format!("fill(in, {name}, in.extent());"));
            lines.arguments.push(format!("std::string_view({name})"));
            lines.field(true, name);
            lines.contract.push(format!("`{name}` is text."));
        }
        Role::Span(of) => {
            let (held, qualified) = (
                of.clone(),
                if fed.spelled.contains("const") {
                    format!("const {of}")
                } else {
                    of.clone()
                },
            );
            let extent = fed.extent.as_deref().unwrap_or("in.size");
            lines
                .members
                .push(format!("lessonl::Memory<{held}> {name};"));
            lines
                .make
                .push(format!("fill(in, {name}, {});", own_extent(fed)));
            positions(lines);
            lines.arguments.push(format!(
                "std::span<{qualified}>({name}.data(), {name}.size())"
            ));
            lines.field(qualified != held, name);
            lines
                .contract
                .push(format!("`{name}` has {} elements.", said(extent)));
        }
        Role::ZeroEnded => {
            lines.members.push(format!("std::string {name};"));
            lines.make.push(format!("fill(in, {name}, in.extent());"));
            lines.arguments.push(format!(
                "{name}.{}",
                if fed.constant { "c_str()" } else { "data()" }
            ));
            lines.field(fed.constant, name);
            lines.contract.push(format!(
                "`{name}` is text that ends with a zero byte; it {changed}."
            ));
        }
        Role::Bytes(extent) => {
            lines
                .members
                .push(format!("lessonl::Memory<unsigned char> {name};"));
            lines.make.push(format!("fill(in, {name}, {extent});"));
            lines.arguments.push(format!("{name}.data()"));
            lines.field(fed.constant, name);
            lines.contract.push(format!(
                "`{name}` points to {} bytes; it {changed}.",
                said(extent)
            ));
        }
        Role::Buffer { extent, inner } => {
            let mut element = spelled.clone();
            for size in inner.iter().rev() {
                element = format!("std::array<{element}, {size}>");
            }
            // A vector of bool has no elements to point to.
            if element == "bool" || element == "_Bool" {
                element = "unsigned char".to_owned();
            }
            lines
                .members
                .push(format!("lessonl::Memory<{element}> {name};"));
            let (more, from) = match fed.before {
                0 => (String::new(), String::new()),
                before => (format!(" + {before}"), format!(" + {before}")),
            };
            lines
                .make
                .push(format!("fill(in, {name}, {extent}{more});"));
            if element == "unsigned char" && *spelled != element {
                lines
                    .make
                    .push(format!("for (auto &truth : {name}) truth &= 1;"));
            }
            positions(lines);
            if let Some(value) = &fed.ended {
                // None before the last one ends it.
                let (member, end) = value.split_once(" = ").unwrap_or(("", value));
                lines.make.push(format!(
                    "for (auto &one : {name}) one{member} += one{member} == {end};"
                ));
                lines.make.push(format!("{name}.back(){value};"));
                lines
                    .contract
                    .push(format!("Its last element has `{value}`."));
            }
            let brackets: String = inner.iter().map(|size| format!("[{size}]")).collect();
            let qualified = if fed.constant {
                format!("const {spelled}")
            } else {
                spelled.clone()
            };
            lines.arguments.push(if !inner.is_empty() {
                format!("reinterpret_cast<{qualified} (*){brackets}>({name}.data())")
            } else if element != *spelled {
                format!("reinterpret_cast<{qualified} *>({name}.data()){from}")
            } else {
                format!("{name}.data(){from}")
            });
            lines.field(fed.constant, name);
            let preceded = match fed.before {
                0 => String::new(),
                before => format!(", with {before} more before them"),
            };
            lines.contract.push(format!(
                "`{name}` points to {} elements{preceded}; it {changed}.",
                said(extent)
            ));
        }
        Role::End(of) => {
            lines.arguments.push(format!("{of}.data() + {of}.size()"));
            lines
                .contract
                .push(format!("`{name}` is the end of `{of}`."));
        }
        Role::One => {
            lines.members.push(format!("{spelled} {name};"));
            let fill = format!("fill(in, {name}, in.size);");
            match fed.kind {
                // Something may be as long as it says.
                Type::Integer if fed.positions => lines
                    .numbers
                    .push(format!("positions(in, {name}, in.size);")),
                _ => {
                    lines.make.push(fill);
                    positions(lines);
                }
            }
            lines.arguments.push(format!("&{name}"));
            lines.field(fed.constant, name);
            lines
                .contract
                .push(format!("`{name}` points to one object; it {changed}."));
        }
        Role::Cell { read, refers } => cell(fed, plan, (*read, *refers), lines),
        Role::Rows { count, each } => {
            let pointer = if fed.constant {
                format!("const {spelled} *")
            } else {
                format!("{spelled} *")
            };
            lines
                .members
                .push(format!("std::vector<std::vector<{spelled}>> {name};"));
            lines
                .members
                .push(format!("std::vector<{pointer}> {name}_rows;"));
            lines.make.push(format!("{name}.resize({count});"));
            lines.make.push(format!(
                "for (auto &row : {name}) fill(in, row, {each}), {name}_rows.push_back(row.data());"
            ));
            lines.arguments.push(format!("{name}_rows.data()"));
            lines.field(fed.constant, name);
            lines.contract.push(format!(
                "`{name}` points to {} rows of {} elements; it {changed}.",
                said(count),
                said(each)
            ));
        }
    }
}

/// How many elements a container that knows its own length gets.
fn own_extent(fed: &Fed) -> String {
    match &fed.extent {
        // As far as it says itself: then any length will do.
        Some(extent) if fed.knows_its_length() && !extent.contains("size_t(") => {
            "in.extent()".to_owned()
        }
        Some(extent) if fed.knows_its_length() => format!("{extent} + in.more()"),
        Some(extent) => extent.clone(),
        None if fed.knows_its_length() => "in.extent()".to_owned(),
        None => "in.size".to_owned(),
    }
}

fn bound(number: Option<i64>, other: &str) -> String {
    number.map_or(other.to_owned(), |number| number.to_string())
}

/// The last arguments of what draws a number, where assertions bound it.
fn within(fed: &Fed) -> String {
    match fed.within {
        (None, None) => String::new(),
        (least, most) => format!(
            ", {}, {}",
            bound(least, "INT64_MIN"),
            bound(most, "INT64_MAX")
        ),
    }
}

/// A stream in memory, opened and closed around the call.
fn stream(name: &str, written: bool, lines: &mut Lines) {
    lines.members.push(format!("std::string {name};"));
    if written {
        lines.before.push(format!(
            "char *{name}_at = nullptr; size_t {name}_size = 0; FILE *{name}_open = open_memstream(&{name}_at, &{name}_size);"
        ));
        lines.after.push(format!(
            "std::fclose({name}_open); {name}.assign({name}_at, {name}_size); std::free({name}_at);"
        ));
        lines.fields.push(format!("f.output(\"{name}\", {name});"));
        lines.observed = true;
        lines
            .contract
            .push(format!("What is written to `{name}` is compared."));
    } else {
        lines.make.push(format!("fill(in, {name}, in.extent());"));
        lines.before.push(format!(
            "FILE *{name}_open = fmemopen({name}.data(), {name}.size(), \"r\");"
        ));
        lines.after.push(format!("std::fclose({name}_open);"));
        lines.field(true, name);
        lines
            .contract
            .push(format!("`{name}` is open for reading, on text."));
    }
    lines.arguments.push(format!("{name}_open"));
}

fn said(extent: &str) -> String {
    extent
        .replace("in.size", "size")
        .replace("std::max<size_t>({", "the largest of (")
        .replace("})", ")")
        .replace("size_t(", "(")
}

/// Whether the head has what only C++20 knows.
pub(super) fn needs_spans(head: &Signature, plan: &Plan) -> bool {
    head.returns.contains("span<") || plan.fed.iter().any(|fed| matches!(fed.role, Role::Span(_)))
}

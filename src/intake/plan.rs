//! What each parameter of a function is for the driver: a value, a length, a buffer, text, one object, or a slot for a
//! person. Decided from types, names and the body; proved later by running it. Pure.

use super::items::Function;
use super::param_usage::{Uses, length_like};
use super::signature::{Layer, Parameter, Signature};
use super::types::{Field, Type, Types, stripped};

mod absent;
mod before;
mod cell;
mod extents;
mod fresh;
mod holder;
mod lengths;

use extents::{counts, extents, parts, renamed, strides};
pub(super) use fresh::Fresh;
pub(super) use holder::{Part, any_part, held};
use holder::{holders, lengths_in};
use lengths::{ends, lengths, lists};

/// How a parameter is fed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Role {
    /// A value that is made as its type says: by value or by reference.
    Value,
    /// Moved into the function.
    Moved,
    /// A whole number that is the size, or near it.
    Length,
    /// At least as large as these lengths: what lies between the rows of a matrix.
    Stride(Vec<String>),
    /// A part of this length: what is taken away from it.
    Part(String),
    /// A whole number below the size.
    Position,
    /// A whole number of its own.
    Number,
    /// How many of the elements.
    Count,
    /// Null: it is only handed on.
    Null,
    /// A function to call back.
    Callback {
        /// What it returns.
        returns: String,
        /// The types of its parameters.
        takes: Vec<String>,
    },
    /// A stream that is read or written.
    Stream {
        /// Whether it is written.
        written: bool,
    },
    /// A struct, made field by field.
    Holder {
        parts: Vec<(Field, Part)>,
        /// Whether a pointer to it is passed.
        points: bool,
        /// Whether its constructor is not called.
        raw: bool,
    },
    /// `std::string_view`.
    View,
    /// `std::span` of this element type.
    Span(String),
    /// A pointer to `extent` elements.
    Buffer {
        /// In the driver's words.
        extent: String,
        /// Sizes of the inner arrays, for `T x[][3]`.
        inner: Vec<String>,
    },
    /// Untyped memory of `extent` bytes.
    Bytes(String),
    /// Text that ends with a zero byte.
    ZeroEnded,
    /// A pointer to one object.
    One,
    /// The end of the buffer of this name.
    End(String),
    /// Pointers to rows.
    Rows {
        /// How many, in the driver's words.
        count: String,
        /// How long each.
        each: String,
    },
    /// A place for a pointer that the function sets: compared is where it leads.
    Cell {
        /// Whether what stands there is read: then it leads to memory of its own at first.
        read: bool,
        /// Whether it is a reference.
        refers: bool,
    },
    /// A person must say, and why.
    Slot(String),
}

/// A parameter and what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fed {
    pub name: String,
    /// The type without qualifiers, as the driver spells it.
    pub spelled: String,
    pub kind: Type,
    pub role: Role,
    /// Whether the function may not change it.
    pub constant: bool,
    /// Whether it is passed by value.
    pub copied: bool,
    /// Inner sizes of an array that is passed by reference.
    pub array: Vec<String>,
    /// Whether its elements are positions.
    pub positions: bool,
    /// Numbers that the function tells apart.
    pub choices: Vec<String>,
    /// Elements of a container, in the driver's words, where the function's subscripts tell.
    pub extent: Option<String>,
    /// Whether subscripts tell how long it is.
    pub told: bool,
    /// Whether it is a plain pointer.
    pub points: bool,
    /// Whether it is a plain reference.
    pub refers: bool,
    /// Whether it tells apart all numbers that it bears.
    pub only_choices: bool,
    /// How many elements before the one it points to are read.
    pub before: u64,
    /// What assertions say a number is at least and at most.
    pub within: (Option<i64>, Option<i64>),
    /// What the last element is assigned, where that ends a list: `.index = -1`.
    pub ended: Option<String>,
    /// What assertions say a number is a multiple of; 1: nothing.
    pub multiple: u64,
    /// Whether it may be null.
    pub absent: bool,
    /// Whether it is a number that elements of text are compared with.
    pub letter: bool,
    /// Whether it is a number that elements are compared with.
    pub element: bool,
}

/// The parameters of a function, and whether one call is too little to time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Plan {
    pub fed: Vec<Fed>,
    /// Whether a case is many calls, each with arguments of its own.
    pub batch: bool,
    /// What the size means, in words.
    pub size: String,
    /// The memory that it returns, if it allocates some and it can be told how much.
    pub fresh: Option<Fresh>,
}

/// Names of seeds and states, for which any number will do.
fn any_number(name: &str) -> bool {
    let plain = name.to_lowercase();
    ["seed", "hash", "crc", "adler", "key", "state", "salt"]
        .iter()
        .any(|word| plain.contains(word))
}

impl Fed {
    /// Whether any number will do.
    pub(crate) fn any_number(&self) -> bool {
        any_number(&self.name)
    }

    /// Whether it is text.
    fn is_letters(&self) -> bool {
        let bytes = self.spelled.contains("char") || self.spelled.contains("int8");
        bytes || matches!(self.role, Role::ZeroEnded | Role::View) || self.kind == Type::Text
    }

    /// Whether it is memory without a length of its own.
    fn is_memory(&self) -> bool {
        matches!(
            self.role,
            Role::Buffer { .. } | Role::Bytes(_) | Role::Rows { .. }
        )
    }

    /// Whether it is a container or text that knows its own length.
    pub(crate) fn knows_its_length(&self) -> bool {
        match self.role {
            Role::View | Role::Span(_) | Role::ZeroEnded => true,
            Role::Value | Role::Moved | Role::One => self.kind.grows(),
            _ => false,
        }
    }

    /// How many elements memory of a fixed length has.
    pub(crate) fn fixed(&self) -> Option<u32> {
        match &self.role {
            Role::Buffer { extent, inner } if inner.is_empty() => {
                let plain = extent.trim_matches(['(', ')', ' ']);
                plain.parse().ok().filter(|n| (1..=4096).contains(n))
            }
            _ => None,
        }
    }

    /// What its length is said by, in the driver's words.
    fn extents(&self) -> String {
        let own = self.extent.clone().unwrap_or_default();
        let role = match &self.role {
            Role::Buffer { extent, .. } | Role::Bytes(extent) => extent.clone(),
            Role::Rows { count, each } => format!("{count} {each}"),
            Role::Stride(lengths) => lengths.iter().map(|l| format!("size_t({l}) ")).collect(),
            _ => String::new(),
        };
        format!("{own} {role} ")
    }
}

impl Plan {
    /// A case becomes many calls, where that is possible.
    pub(crate) fn call_many_times(&mut self) {
        if self.fed.iter().all(|f| {
            matches!(
                f.role,
                Role::Number | Role::Length | Role::Stride(_) | Role::Value | Role::One
            ) && !f.kind.grows()
                || f.fixed().is_some()
        }) {
            self.batch = true;
            self.size = CALLS.to_owned();
        }
    }
}

/// Whether a type's name says that it is a byte.
fn is_of_bytes(base: &str) -> bool {
    let plain = base.to_lowercase();
    ["char", "byte", "int8", "u8"]
        .iter()
        .any(|word| plain.contains(word))
}

/// How many times what is read memory that is written to has room for: a position of four bytes for every bit of a word.
const ROOM: u32 = 256;

impl Plan {
    /// Whether there is memory that may be written to.
    pub(crate) fn writes_memory(&self) -> bool {
        let written = |f: &Fed| {
            !f.constant
                && match &f.role {
                    Role::Buffer { inner, .. } => inner.is_empty(),
                    Role::Bytes(_) | Role::Rows { .. } => true,
                    _ => false,
                }
        };
        self.fed.iter().any(written)
    }

    /// Memory that may be written to gets more room.
    pub(crate) fn make_room(&mut self) {
        for f in self.fed.iter_mut().filter(|f| !f.constant) {
            match &mut f.role {
                Role::Buffer { extent, inner } if inner.is_empty() => {
                    *extent = format!("{} * ({extent}) + 64", ROOM / 4);
                }
                Role::Bytes(extent) => *extent = format!("{ROOM} * ({extent}) + 64"),
                // Of a plane there is a row, of a row there may be all.
                Role::Rows { each, .. } => *each = format!("({each}) * ({each}) + 64"),
                _ => {}
            }
        }
    }
}

const CALLS: &str = "number of calls, each with arguments of its own";

/// Decides.
pub(super) fn plan(
    head: &Signature,
    uses: &Uses,
    types: &mut Types<'_>,
    state: Option<(&str, bool)>,
    function: &Function,
    used: &str,
) -> Plan {
    let mut fed: Vec<Fed> = Vec::new();
    if let Some((class, constant)) = state {
        let kind = types.of(class);
        let role = match &kind {
            Type::Made { .. } => Role::Value,
            Type::Opaque(why) => Role::Slot(why.clone()),
            _ => Role::Slot(format!("`{class}` is no plain struct")),
        };
        fed.push(Fed {
            name: "self".to_owned(),
            spelled: class.to_owned(),
            kind,
            role,
            constant,
            copied: false,
            array: Vec::new(),
            positions: false,
            choices: Vec::new(),
            extent: None,
            told: false,
            points: false,
            refers: true,
            only_choices: false,
            before: 0,
            within: (None, None),
            ended: None,
            multiple: 1,
            absent: false,
            letter: false,
            element: false,
        });
    }
    for (at, parameter) in head.parameters.iter().enumerate() {
        let name = if parameter.name.is_empty() {
            format!("unnamed{}", at + 1)
        } else {
            parameter.name.clone()
        };
        fed.push(first_look(parameter, name, uses, types));
    }
    cell::cells(&mut fed, types.parsed.slice(&function.body));
    lists(&mut fed, uses);
    holders(&mut fed, types, function, used);
    ends(&mut fed);
    lengths(&mut fed, uses);
    parts(&mut fed, uses);
    extents(&mut fed, types, function);
    strides(&mut fed);
    counts(&mut fed);
    absent::handed_on(&mut fed, function, types, used);
    before::before(&mut fed, types, function);
    let body = types.parsed.slice(&function.body);
    absent::absent(&mut fed, body);
    let text = fed.iter().any(|f| f.is_letters());
    for f in fed.iter_mut() {
        let sought = uses.sought.contains(&f.name);
        let number = f.role == Role::Number && f.choices.is_empty();
        f.letter = sought && text && number;
        f.element = sought && !text && number && f.within == (None, None);
    }
    for f in fed.iter_mut() {
        f.only_choices = !f.choices.is_empty() && asserts_otherwise(body, &f.name);
    }
    for f in &mut fed {
        // A count that is given in and out speaks of elements elsewhere.
        let one = match &f.role {
            Role::One => true,
            Role::Buffer { extent, inner } => extent == "1" && inner.is_empty(),
            _ => false,
        };
        f.positions |= one && f.kind == Type::Integer && uses.bound.contains(&f.name);
    }
    renamed(&mut fed);
    let fixed = !fed
        .iter()
        .any(|f| matches!(f.role, Role::Length | Role::Stride(_) | Role::Part(_)));
    let grows = fed.iter().any(|f| {
        if fixed && f.fixed().is_some() {
            return false;
        }
        f.kind.grows()
            || matches!(
                f.role,
                Role::Buffer { .. }
                    | Role::Bytes(_)
                    | Role::ZeroEnded
                    | Role::End(_)
                    | Role::Rows { .. }
                    | Role::Cell { .. }
                    | Role::Length
                    | Role::Count
                    | Role::Part(_)
                    | Role::Null
                    | Role::Callback { .. }
                    | Role::Stream { .. }
                    | Role::Holder { .. }
                    | Role::Slot(_)
            )
    });
    // A single number that bounds a loop is the size; several are arguments.
    let only_numbers = fed.iter().all(|f| f.copied && f.kind == Type::Integer);
    let bounds = fed.iter().filter(|f| f.role == Role::Length).count();
    let batch = !fed.is_empty() && (!grows || (only_numbers && bounds > 1));
    let lengths: Vec<&str> = fed
        .iter()
        .filter(|f| f.role == Role::Length)
        .map(|f| f.name.as_str())
        .collect();
    let size = if batch {
        CALLS.to_owned()
    } else if lengths.is_empty() {
        "elements of every container".to_owned()
    } else {
        lengths.join(", ")
    };
    let fresh = fresh::returned(types.parsed.slice(&function.body), &fed);
    Plan {
        fed,
        batch,
        size,
        fresh,
    }
}

/// Whether a `switch` over a number refuses every other than its cases.
fn asserts_otherwise(body: &str, name: &str) -> bool {
    let tight: String = body.split_whitespace().collect();
    let Some((_, rest)) = tight.split_once(&format!("switch({name}){{")) else {
        return false;
    };
    let Some((_, rest)) = rest.split_once("default:") else {
        return false;
    };
    let said = rest.split(';').next().unwrap_or("").to_lowercase();
    ["assert", "abort(", "unreachable"]
        .iter()
        .any(|word| said.contains(word))
}

/// A parameter by its type alone.
fn first_look(parameter: &Parameter, name: String, uses: &Uses, types: &mut Types<'_>) -> Fed {
    let parameter = &types.seen_through(parameter);
    let kind = types.of(&parameter.base);
    let mut layers = parameter.layers.as_slice();
    let constant = parameter.constant();
    let mut array = Vec::new();
    let mut copied = false;
    let walked = uses.walked.contains(&name);
    let slot = |why: &str| Role::Slot(why.to_owned());
    let back = called_back(&parameter.text).or_else(|| match layers {
        [] => called_back(&types.function_alias(&parameter.base)?),
        _ => None,
    });
    let role = match layers {
        _ if back.is_some() => {
            let (returns, takes) = back.unwrap_or_default();
            match callable(types, &returns, &takes) {
                true => Role::Callback { returns, takes },
                false => slot("its type is a pointer to a function of other than plain values"),
            }
        }
        [] => {
            copied = true;
            by_value(&kind, &name, uses)
        }
        [Layer::Reference, Layer::Pointer] if kind.known() && !kind.grows() => Role::Cell {
            read: true,
            refers: true,
        },
        [first @ (Layer::Reference | Layer::Moved), rest @ ..] => {
            layers = rest;
            if layers
                .iter()
                .all(|layer| matches!(layer, Layer::Array(n) if !n.is_empty()))
            {
                array = sizes(layers);
                match (&kind, first) {
                    (Type::Integer, Layer::Reference) if constant && array.is_empty() => {
                        by_value(&kind, &name, uses)
                    }
                    (_, Layer::Moved) if kind.known() => Role::Moved,
                    _ if kind.known() => Role::Value,
                    (Type::Opaque(why), _) => Role::Slot(why.clone()),
                    (Type::Span(of), _) if constant => Role::Span(of.clone()),
                    (Type::View, _) if constant => Role::View,
                    _ => slot("it refers to a pointer or view"),
                }
            } else {
                slot("it refers to a pointer")
            }
        }
        [Layer::Array(size), inner @ ..]
            if inner
                .iter()
                .all(|l| matches!(l, Layer::Array(n) if !n.is_empty())) =>
        {
            let extent = if size.is_empty() {
                "in.size".to_owned()
            } else {
                format!("({size})")
            };
            pointed(&kind, &extent, sizes(inner))
        }
        [Layer::Pointer, inner @ ..]
            if !inner.is_empty()
                && inner
                    .iter()
                    .all(|l| matches!(l, Layer::Array(n) if !n.is_empty())) =>
        {
            pointed(&kind, "in.size", sizes(inner))
        }
        [Layer::Pointer] if is_stream(&parameter.base) => match uses.stream(&name) {
            Some(written) => Role::Stream { written },
            None => slot("how the function uses this stream is not clear"),
        },
        [Layer::Pointer] => match &kind {
            Type::Void => Role::Bytes("in.size".to_owned()),
            Type::Opaque(why) => Role::Slot(why.clone()),
            _ if walked || uses.walked.contains(&format!("{name}[]")) => {
                pointed(&kind, "in.size", Vec::new())
            }
            Type::Char => Role::ZeroEnded,
            _ if kind.known() => Role::One,
            _ => slot("it points to a pointer or view"),
        },
        [Layer::Pointer | Layer::Array(_), Layer::Pointer] if kind.known() => Role::Rows {
            count: "in.size".to_owned(),
            each: "in.size".to_owned(),
        },
        _ => slot("its type is a pointer to a function or to pointers"),
    };
    let bytes = is_of_bytes(&parameter.base) || matches!(kind, Type::Text | Type::View);
    Fed {
        spelled: stripped(&parameter.base),
        positions: uses.as_positions(&name, bytes),
        choices: match role {
            Role::Number => types.numbers(uses.compared.get(&name)),
            _ => Vec::new(),
        },
        extent: None,
        told: false,
        points: parameter.layers == [Layer::Pointer],
        refers: parameter.layers == [Layer::Reference],
        only_choices: false,
        before: 0,
        within: uses.asserted.get(&name).copied().unwrap_or_default(),
        ended: None,
        multiple: uses.multiples.get(&name).copied().unwrap_or(1),
        absent: false,
        letter: false,
        element: false,
        name,
        kind,
        role,
        constant,
        copied,
        array,
    }
}

fn is_stream(base: &str) -> bool {
    let plain = stripped(base);
    plain == "FILE" || plain == "std::FILE" || plain == "_IO_FILE"
}

/// What a pointer to a function or a `std::function` returns and takes, from its declaration's text.
pub(super) fn called_back(text: &str) -> Option<(String, Vec<String>)> {
    let (returns, takes) = match text.split_once("(*") {
        Some((returns, rest)) => (returns, rest.split_once(')')?.1),
        None => {
            let (_, rest) = text.split_once("function<")?;
            rest.split_once('(')
                .filter(|(returns, _)| !returns.contains(['<', ',']))?
        }
    };
    let takes = takes.trim().trim_start_matches('(');
    let list = takes.split(')').next()?;
    let all: Vec<String> = list
        .split(',')
        .map(|one| one.split_whitespace().collect::<Vec<_>>().join(" "))
        .filter(|one| !one.is_empty() && one != "void")
        .collect();
    Some((stripped(returns), all))
}

/// Whether a plain function of this kind can be written: it returns nothing or a number.
fn callable(types: &mut Types<'_>, returns: &str, takes: &[String]) -> bool {
    let number = |kind: Type| matches!(kind, Type::Integer | Type::Char | Type::Real | Type::Bool);
    let back = returns == "void" || number(types.of(returns));
    // Two untyped pointers compare elements of a type that only the caller knows.
    let untyped = takes.iter().filter(|one| one.contains("void")).count();
    back && !returns.is_empty() && untyped < 2 && !takes.iter().any(|one| one.contains("..."))
}

fn by_value(kind: &Type, name: &str, uses: &Uses) -> Role {
    match kind {
        // As far as a number is shifted it is no length.
        Type::Integer if uses.shifts.contains(name) => Role::Number,
        Type::Integer if position_like(name) => Role::Position,
        Type::Integer if length_like(name) || uses.bound.contains(name) => Role::Length,
        Type::Integer if uses.index.contains(name) => Role::Position,
        Type::Integer => Role::Number,
        Type::View => Role::View,
        Type::Span(of) => Role::Span(of.clone()),
        Type::Opaque(why) => Role::Slot(why.clone()),
        Type::Pointer | Type::Void => {
            Role::Slot("its type is a pointer by another name".to_owned())
        }
        _ => Role::Value,
    }
}

/// Whether a whole number's name says that it is a position.
fn position_like(name: &str) -> bool {
    let plain = name.trim_matches('_').to_lowercase();
    ["pos", "position", "offset", "index", "idx"]
        .iter()
        .any(|word| plain.ends_with(word))
}

fn pointed(kind: &Type, extent: &str, inner: Vec<String>) -> Role {
    match kind {
        Type::Opaque(why) => Role::Slot(why.clone()),
        kind if kind.known() => Role::Buffer {
            extent: extent.to_owned(),
            inner,
        },
        _ => Role::Slot("it points to pointers or views".to_owned()),
    }
}

fn sizes(layers: &[Layer]) -> Vec<String> {
    layers
        .iter()
        .filter_map(|layer| match layer {
            Layer::Array(size) => Some(size.clone()),
            _ => None,
        })
        .collect()
}

impl Plan {
    /// The classes of objects that are memory with fields in it, and nothing constructs.
    pub(crate) fn raw(&self) -> Vec<String> {
        let of = |f: &Fed| match &f.role {
            Role::Holder { raw: true, .. } => f.spelled.rsplit("::").next().map(str::to_owned),
            _ => None,
        };
        self.fed.iter().filter_map(of).collect()
    }

    /// How many whole numbers are lengths.
    pub(crate) fn lengths(&self) -> usize {
        let of = |f: &Fed| match &f.role {
            Role::Length => 1,
            Role::Holder { parts, .. } => lengths_in(parts),
            _ => 0,
        };
        self.fed.iter().map(of).sum()
    }
}

fn open() -> Role {
    Role::Buffer {
        extent: "in.size".to_owned(),
        inner: Vec::new(),
    }
}

fn is_open_buffer(fed: &Fed) -> bool {
    match &fed.role {
        Role::Buffer { extent, .. } | Role::Bytes(extent) => extent == "in.size",
        _ => false,
    }
}

#[cfg(test)]
mod tests;

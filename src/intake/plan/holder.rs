//! A struct that holds pointers, or containers that are as long as its numbers say: made field by field. Decided from its
//! fields and from how far the function's subscripts reach into them. Pure.

use std::collections::BTreeMap;

use super::super::access_extents::{Seed, reach};
use super::super::items::Function;
use super::super::param_usage::length_like;
use super::super::polynomial::{Polynomial, longest};
use super::super::signature::Layer;
use super::super::types::{Field, Type, Types, stripped};
use super::super::words::mentions;
use super::{Fed, Role, position_like};

/// How a field is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Part {
    /// A whole number that says how long something is.
    Length,
    /// A whole number below the size.
    Position,
    /// A value as its type says; a container of this many elements, where subscripts tell.
    Value(Option<String>),
    /// A pointer to so many elements of this type; whether they may be changed.
    Elements {
        of: String,
        extent: String,
        constant: bool,
    },
    /// Pointers to so many rows of so many elements.
    Rows {
        of: String,
        count: String,
        each: String,
    },
    /// Text that ends with a zero byte.
    Text,
    /// A pointer that is null: the function does not use it.
    Null,
}

/// Turns parameters that are such structs from slots into holders.
pub(super) fn holders(fed: &mut [Fed], types: &mut Types<'_>, function: &Function, used: &str) {
    for at in 0..fed.len() {
        let Some(f) = fed.get(at) else { continue };
        let by_name = matches!(f.kind, Type::Opaque(_)) && matches!(f.role, Role::Slot(_));
        let with_lengths = matches!(f.kind, Type::Made { grows: true })
            && matches!(f.role, Role::Value | Role::One);
        if !by_name && !with_lengths || !f.array.is_empty() {
            continue;
        }
        let (name, points) = (f.name.clone(), f.points);
        let Some((fields, constructed)) = types.fields(&f.spelled) else {
            continue;
        };
        // Memory alone serves for an object whose constructor may do anything, unless something in it must be constructed.
        let grows = fields
            .iter()
            .any(|field| field.layers.is_empty() && field.kind.grows());
        let raw = constructed && !grows;
        let bare = |why: &str| why.contains("cannot be made without arguments");
        if grows && matches!(&f.kind, Type::Opaque(why) if bare(why)) {
            continue;
        }
        let whole = |field: &Field| field.kind == Type::Integer && field.layers.is_empty();
        if with_lengths && !fields.iter().any(whole) {
            continue;
        }
        let Some(parts) = parts(&name, &fields, types, function, used) else {
            continue;
        };
        // A container whose length no number says is made as before.
        let told = |(_, part): &(Field, Part)| matches!(part, Part::Value(Some(_)));
        if with_lengths && !parts.iter().any(told) {
            continue;
        }
        if let Some(f) = fed.get_mut(at) {
            f.role = Role::Holder { parts, points, raw };
        }
    }
}

fn parts(
    name: &str,
    fields: &[Field],
    types: &mut Types<'_>,
    function: &Function,
    used: &str,
) -> Option<Vec<(Field, Part)>> {
    let key = |field: &Field| format!("{name}.{}", field.name);
    let pointers = |field: &Field| {
        let all = field.layers.iter().all(|layer| *layer == Layer::Pointer);
        all.then_some(field.layers.len())
    };
    let mut seeds = BTreeMap::new();
    let mut bare = BTreeMap::new();
    for field in fields {
        let seed = match (pointers(field), &field.kind) {
            (Some(0), Type::Integer) => Seed::Number,
            (Some(0), Type::Made { grows: true } | Type::Text) => Seed::Buffer,
            (Some(1), Type::Void) => Seed::Bytes,
            (Some(1), _) => Seed::Buffer,
            (Some(2), _) => Seed::Rows,
            _ => continue,
        };
        seeds.insert(key(field), seed);
        if name == "self" {
            bare.insert(field.name.clone(), key(field));
        }
    }
    let far = reach(types.parsed, function, &seeds, &bare).far;
    let told = |name: &str| longest(far.get(name)?);
    let mentioned = |field: &Field| {
        let wanted = format!("size_t({})", key(field));
        let all = far.values().flatten().map(Polynomial::in_driver);
        all.into_iter().any(|extent| extent.contains(&wanted))
    };
    // Where subscripts do not tell, what is named like a length is one.
    let likely: Vec<String> = fields
        .iter()
        .filter(|f| f.kind == Type::Integer && f.layers.is_empty())
        .filter(|f| mentioned(f) || length_like(&f.name) && !f.name.contains("max"))
        .map(|f| format!("size_t({})", key(f)))
        .take(2)
        .collect();
    let guess = match likely.as_slice() {
        [] => "in.size".to_owned(),
        all => all.join(" * "),
    };
    let mut made = Vec::new();
    for field in fields {
        let unused = !mentions(used, &field.name);
        let part = match (pointers(field), &field.kind) {
            (Some(1..), _) if unused => Part::Null,
            (None, _) if unused && field.layers.contains(&Layer::Pointer) => Part::Null,
            (Some(0), Type::Integer) if mentioned(field) || length_like(&field.name) => {
                Part::Length
            }
            (Some(0), Type::Integer) if position_like(&field.name) => Part::Position,
            (Some(0), kind) if kind.known() => Part::Value(
                kind.grows()
                    .then(|| told(&key(field)).filter(|extent| extent.contains("size_t(")))
                    .flatten(),
            ),
            (Some(1), Type::Char) if told(&key(field)).is_none() => Part::Text,
            (Some(1), Type::Void) => Part::Elements {
                of: "unsigned char".to_owned(),
                extent: told(&key(field)).unwrap_or_else(|| guess.clone()),
                constant: false,
            },
            (Some(1), kind) if kind.known() => Part::Elements {
                of: stripped(&field.base),
                extent: told(&key(field)).unwrap_or_else(|| guess.clone()),
                constant: field.base.split_whitespace().any(|word| word == "const"),
            },
            (Some(2), kind) if kind.known() && likely.len() < 3 => {
                let side = |at: usize| likely.get(at).cloned();
                let own = |name: &str| told(name);
                Part::Rows {
                    of: stripped(&field.base),
                    count: own(&key(field))
                        .or_else(|| side(0))
                        .unwrap_or_else(|| "in.size".to_owned()),
                    each: own(&format!("{}[]", key(field)))
                        .or_else(|| side(1).or_else(|| side(0)))
                        .unwrap_or_else(|| "in.size".to_owned()),
                }
            }
            (None, kind)
                if kind.known()
                    && field
                        .layers
                        .iter()
                        .all(|layer| matches!(layer, Layer::Array(n) if !n.is_empty())) =>
            {
                Part::Value(None)
            }
            _ => return None,
        };
        made.push((field.clone(), part));
    }
    Some(made)
}

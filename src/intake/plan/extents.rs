//! How long buffers are and how far rows lie apart, once it is known which parameters are lengths. Pure.

use std::collections::BTreeMap;

use super::super::access_extents::{Seed, is_octet, reach};
use super::super::items::Function;
use super::super::param_usage::{Uses, length_like};
use super::super::polynomial::{Polynomial, longest};
use super::super::types::{Field, Type, Types};
use super::{Fed, Part, Role};

/// The extents that subscripts tell, which know better than names.
pub(super) fn extents(fed: &mut [Fed], types: &Types<'_>, function: &Function) {
    let mut seeds = BTreeMap::new();
    for f in fed.iter() {
        let seed = match &f.role {
            Role::Length | Role::Part(_) | Role::Position | Role::Count => Seed::Number,
            Role::Number if !f.any_number() => Seed::Number,
            Role::Buffer { inner, .. } if inner.is_empty() && f.positions => Seed::Positions,
            Role::Buffer { inner, .. } if inner.is_empty() && is_octet(&f.spelled) => Seed::Octets,
            Role::One if f.points && f.kind == Type::Integer => Seed::Behind,
            // Of arrays of arrays the outermost subscript counts.
            Role::Buffer { .. } => Seed::Buffer,
            Role::Bytes(_) => Seed::Bytes,
            Role::Rows { .. } => Seed::Rows,
            Role::Span(_) => Seed::Buffer,
            Role::Value if f.spelled.contains("vector<") => Seed::Buffer,
            _ => continue,
        };
        seeds.insert(f.name.clone(), seed);
    }
    // What ends at a pointer is as long as that says.
    for f in fed.iter() {
        if let Role::End(of) = &f.role {
            seeds.remove(of);
        }
    }
    let reach = reach(types.parsed, function, &seeds, &BTreeMap::new());
    let far = reach.far;
    // What is as long as a number behind a pointer says needs one that is a length.
    let extents = far.values().flatten().map(Polynomial::in_driver);
    let extents: Vec<String> = extents.collect();
    for f in fed.iter_mut().filter(|f| f.role == Role::One) {
        let wanted = format!("size_t({})", f.name);
        let spoken_of = extents.iter().any(|extent| extent.contains(&wanted));
        f.positions |= f.kind == Type::Integer && spoken_of;
    }
    for f in fed.iter_mut() {
        if let Some(most) = reach.most.get(&f.name).filter(|most| **most > 0) {
            let known = f.within.1.unwrap_or(i64::MAX);
            f.within.1 = Some(known.min(*most));
        }
        let told = |name: &str| longest(far.get(name)?);
        let own = told(&f.name);
        f.told |= own.is_some();
        match &mut f.role {
            Role::Buffer { extent, .. } => {
                *extent = own.unwrap_or_else(|| extent.clone());
            }
            // Without a length beside it a pointer to bytes says nothing of how many.
            Role::Bytes(extent) => *extent = own.unwrap_or_else(|| extent.clone()),
            Role::Rows { count, each } => {
                *count = own.unwrap_or_else(|| count.clone());
                *each = told(&format!("{}[]", f.name)).unwrap_or_else(|| each.clone());
            }
            Role::Span(_) | Role::Value => f.extent = own,
            _ => {}
        }
    }
}

/// Whole numbers that say how many of the elements, not how long anything is: nothing reaches as far as they say.
pub(super) fn counts(fed: &mut [Fed]) {
    let grows = |f: &Fed| f.is_memory() || f.kind.grows() && f.role != Role::Number;
    if !fed.iter().any(grows) {
        return;
    }
    let all_told = fed
        .iter()
        .all(|f| !grows(f) || f.told || matches!(f.role, Role::Holder { .. }));
    let extents: String = fed.iter().map(Fed::extents).collect();
    let lengths = fed.iter().filter(|f| f.role == Role::Length).count();
    let memory = fed.iter().any(Fed::is_memory);
    // What follows a pointer directly is its length by custom.
    let followed: Vec<bool> = (0..fed.len())
        .map(|at| at > 0 && fed.get(at - 1).is_some_and(Fed::is_memory))
        .collect();
    for (f, followed) in fed.iter_mut().zip(followed) {
        if f.role != Role::Length || followed {
            continue;
        }
        let mentioned = extents.contains(&format!("size_t({})", f.name));
        let sure = all_told || !length_like(&f.name);
        // Memory has no length of its own: some number is it.
        if !mentioned && sure && (!memory || lengths > 1) {
            f.role = Role::Count;
        }
    }
}

/// What is taken away from a length in a loop's condition is a part of it.
pub(super) fn parts(fed: &mut [Fed], uses: &Uses) {
    let is_length =
        |fed: &[Fed], name: &str| fed.iter().any(|f| f.name == name && f.role == Role::Length);
    for (part, whole) in &uses.parts {
        if !is_length(fed, whole) || !is_length(fed, part) {
            continue;
        }
        for f in fed.iter_mut().filter(|f| f.name == *part) {
            f.role = Role::Part(whole.clone());
        }
    }
}

/// What lies between rows is at least as much as a row has.
pub(super) fn strides(fed: &mut [Fed]) {
    let lengths: Vec<String> = fed
        .iter()
        .filter(|f| f.role == Role::Length && !stride_like(&f.name))
        .map(|f| f.name.clone())
        .collect();
    if lengths.is_empty() {
        return;
    }
    for f in fed.iter_mut().filter(|f| f.role == Role::Length) {
        if stride_like(&f.name) {
            f.role = Role::Stride(lengths.clone());
        }
    }
}

/// Whether a length's name says that rows lie this far apart.
fn stride_like(name: &str) -> bool {
    let plain = name.trim_matches('_').to_lowercase();
    ["stride", "pitch", "leading"]
        .iter()
        .any(|word| plain.contains(word))
        || (plain.starts_with("ld") && plain.len() <= 5)
}

/// Names that the driver needs for itself get another there.
pub(super) fn renamed(fed: &mut [Fed]) {
    const TAKEN: [&str; 9] = [
        "in", "f", "i", "result", "make", "call", "fields", "fill", "recorded",
    ];
    let new = |name: &str| format!("{name}_given");
    for taken in TAKEN {
        if fed.iter().all(|f| f.name != taken) {
            continue;
        }
        let (old, now) = (
            format!("size_t({taken})"),
            format!("size_t({})", new(taken)),
        );
        for f in fed.iter_mut() {
            if f.name == taken {
                f.name = new(taken);
            }
            match &mut f.role {
                Role::Buffer { extent, .. } | Role::Bytes(extent) => {
                    *extent = extent.replace(&old, &now)
                }
                Role::Rows { count, each } => {
                    *count = count.replace(&old, &now);
                    *each = each.replace(&old, &now);
                }
                Role::Stride(lengths) => {
                    for length in lengths.iter_mut().filter(|length| *length == taken) {
                        *length = new(taken);
                    }
                }
                Role::End(of) | Role::Part(of) if of == taken => *of = new(taken),
                Role::Holder { parts, .. } => renamed_parts(parts, taken, &new(taken)),
                _ => {}
            }
            f.extent = f.extent.take().map(|extent| extent.replace(&old, &now));
        }
    }
}

/// The lengths that parts speak of, by the new name of the parameter they belong to.
fn renamed_parts(parts: &mut [(Field, Part)], from: &str, to: &str) {
    let renamed = |extent: &mut String| {
        // Names with an underscore first: the new name begins with the old one and an underscore.
        *extent = extent.replace(&format!("size_t({from})"), &format!("size_t({to})"));
        for end in ["_", "."] {
            let (old, now) = (format!("size_t({from}{end}"), format!("size_t({to}{end}"));
            *extent = extent.replace(&old, &now);
        }
    };
    for (_, part) in parts {
        match part {
            Part::Value(Some(extent)) | Part::Elements { extent, .. } => renamed(extent),
            Part::Rows { count, each, .. } => {
                renamed(count);
                renamed(each);
            }
            Part::Inner { parts, .. } => renamed_parts(parts, from, to),
            Part::Many { count, parts, .. } => {
                renamed(count);
                renamed_parts(parts, from, to);
            }
            _ => {}
        }
    }
}

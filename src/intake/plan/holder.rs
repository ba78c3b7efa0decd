//! A struct that holds pointers, or containers that are as long as its numbers say: made field by field, with the structs in
//! it and those it points to. Decided from its fields and from how far the function's subscripts reach into them. Pure.

use std::collections::BTreeMap;

use super::super::access_extents::{Reach, Seed, dimension, reach};
use super::super::items::Function;
use super::super::param_usage::length_like;
use super::super::polynomial::{Polynomial, longest};
use super::super::signature::Layer;
use super::super::types::{Field, Type, Types, stripped};
use super::super::words::{Reached, mentions, words};
use super::{Fed, Role, position_like};

/// How deep structs in structs are made field by field.
const DEEPEST: usize = 4;

/// How a field is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Part {
    /// A whole number that says how long something is.
    Length,
    /// For how many elements there is room: at least as many as these lengths say.
    Capacity(Vec<String>),
    /// A whole number below the size.
    Position,
    /// A whole number from zero to this one: it indexes an array of a fixed length.
    Within(i64),
    /// A value as its type says; a container of this many elements, where subscripts tell.
    Value(Option<String>),
    /// A pointer to so many elements of this type; whether they may be changed.
    Elements {
        of: String,
        extent: String,
        constant: bool,
        /// Whether the function sets the pointer: where it leads is compared.
        moved: bool,
        /// Whether the function may hand it to `realloc` or `free`; then it has so many elements more.
        grown: Option<String>,
    },
    /// Pointers to so many rows of so many elements.
    Rows {
        of: String,
        count: String,
        each: String,
    },
    /// Text that ends with a zero byte.
    Text,
    /// A struct of this type that is itself made field by field: in place, or where a pointer leads.
    Inner {
        of: String,
        points: bool,
        parts: Vec<(Field, Part)>,
    },
    /// So many structs of this type, each made field by field: in place, or where a pointer leads.
    Many {
        of: String,
        count: String,
        points: bool,
        parts: Vec<(Field, Part)>,
    },
    /// A pointer that is null: the function does not use it.
    Null,
    /// It cannot be made, and the function does not use it: all zero.
    Untouched,
}

/// Whether any of these parts, or of the parts in them, is such.
pub(crate) fn any_part(parts: &[(Field, Part)], such: &dyn Fn(&Part) -> bool) -> bool {
    parts.iter().any(|(_, part)| match part {
        Part::Inner { parts, .. } | Part::Many { parts, .. } => any_part(parts, such),
        part => such(part),
    })
}

/// How many lengths are among the parts.
pub(crate) fn lengths_in(parts: &[(Field, Part)]) -> usize {
    let of = |(_, part): &(Field, Part)| match part {
        Part::Length => 1,
        Part::Inner { parts, .. } | Part::Many { parts, .. } => lengths_in(parts),
        _ => 0,
    };
    parts.iter().map(of).sum()
}

/// What a driver calls the memory that a field leads to: with an underscore at its end, so that it is no type's name.
pub(crate) fn held(own: &str) -> String {
    let plain = own.replace("[i]", "").replace("_.", "_");
    format!("{}_", plain.replace('.', "_"))
}

/// Whether a text steps a member of this name or assigns to it.
fn sets(used: &str, name: &str) -> bool {
    let members = words(used)
        .into_iter()
        .filter(|word| word.text == name && word.reached == Reached::AsMember);
    members.map(|word| word.at).any(|at| {
        let after = used[at + name.len()..].trim_start();
        let begun = used[..at].rfind([' ', '(', ';', '{', '}', ',', '\n', '\t', '*']);
        let object = &used[begun.map_or(0, |b| b + 1)..at];
        let set = after.starts_with('=') && !after.starts_with("==");
        set || ["++", "--", "+=", "-="]
            .iter()
            .any(|sign| after.starts_with(sign))
            || object.starts_with("++")
            || object.starts_with("--")
    })
}

/// Whether a number's name says how much room there is.
fn capacity_like(name: &str) -> bool {
    let plain = name.to_lowercase();
    ["alloc", "cap", "room", "reserved", "max"]
        .iter()
        .any(|word| plain.contains(word))
}

/// Whether a text hands memory back to the C library.
fn grows_memory(used: &str) -> bool {
    words(used).iter().any(|word| {
        let plain = word.text.to_lowercase();
        plain.ends_with("realloc") || plain == "free"
    })
}

/// Turns parameters that are such structs from slots into holders.
pub(super) fn holders(fed: &mut [Fed], types: &mut Types<'_>, function: &Function, used: &str) {
    let mut found = Vec::new();
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
        // Memory alone serves for an object whose constructor may do anything: its fields are made one by one.
        let raw = constructed;
        let whole = |field: &Field| field.kind == Type::Integer && field.layers.is_empty();
        if with_lengths && !fields.iter().any(whole) {
            continue;
        }
        let mut maker = Maker::new(types, function, used, &f.spelled);
        let branches = maker.branches(&name, &name, fields);
        found.push(Found {
            at,
            branches,
            points,
            raw,
            with_lengths,
        });
    }
    // Numbers of one object may say how long something in another one is, and so may plain ones.
    let mut seeds = BTreeMap::new();
    let mut bare = BTreeMap::new();
    for f in fed.iter().filter(|f| f.role == Role::Length) {
        seeds.insert(f.name.clone(), Seed::Number);
    }
    for one in &found {
        let Some(f) = fed.get(one.at) else { continue };
        let maker = Maker::new(types, function, used, &f.spelled);
        maker.seeds(&one.branches, &mut seeds, &mut bare);
    }
    let own = seeds.keys().map(|own| (own.clone(), own.clone()));
    let of_self: Vec<(String, String)> = own
        .chain(bare.clone())
        .filter_map(|(path, own)| Some((path.strip_prefix("self.")?.to_owned(), own)))
        .collect();
    bare.extend(of_self);
    let reach = reach(types.parsed, function, &seeds, &bare);
    for one in found {
        let Some(f) = fed.get_mut(one.at) else {
            continue;
        };
        let mut maker = Maker::new(types, function, used, &f.spelled);
        let Some(parts) = maker.parts(one.branches, &reach, &[]) else {
            continue;
        };
        // A container whose length no number says is made as before.
        let told = |part: &Part| matches!(part, Part::Value(Some(_)));
        if one.with_lengths && !any_part(&parts, &told) {
            continue;
        }
        f.role = Role::Holder {
            parts,
            points: one.points,
            raw: one.raw,
        };
    }
}

/// A parameter that is made field by field, if all its fields can be.
struct Found {
    /// Which one.
    at: usize,
    branches: Vec<Branch>,
    /// Whether a pointer to it is passed.
    points: bool,
    /// Whether its constructor is not called.
    raw: bool,
    /// Whether it is made so only for the lengths in it.
    with_lengths: bool,
}

/// A field, with its own fields where it must be made field by field.
struct Branch {
    field: Field,
    /// What the driver calls it.
    own: String,
    /// The function's way to it, from the parameter on.
    path: String,
    inner: Option<Vec<Branch>>,
    /// Whether there are several of it.
    many: bool,
}

impl Branch {
    /// How many pointers lead to its elements; `None` where it is something else than those.
    fn pointers(&self) -> Option<usize> {
        let layers = &self.field.layers;
        let all = layers.iter().all(|layer| *layer == Layer::Pointer);
        all.then_some(layers.len())
    }

    /// Its own dimensions, where it is an array of a fixed length.
    fn dimensions(&self) -> Option<Vec<&str>> {
        let size = |layer: &Layer| matches!(layer, Layer::Array(n) if !n.is_empty());
        let layers = &self.field.layers;
        let fixed = !layers.is_empty() && layers.iter().all(size);
        let sizes = layers.iter().filter_map(|layer| match layer {
            Layer::Array(size) => Some(size.as_str()),
            _ => None,
        });
        fixed.then(|| sizes.collect())
    }

    fn whole(&self) -> bool {
        self.field.kind == Type::Integer && self.field.layers.is_empty()
    }
}

struct Maker<'m, 't> {
    types: &'m mut Types<'t>,
    function: &'m Function,
    used: &'m str,
    /// The structs around what is looked at: one that leads back to itself is a person's affair.
    above: Vec<String>,
    /// Whether there are several of what is looked at: then nothing in it is several structs.
    repeated: bool,
}

impl<'m, 't> Maker<'m, 't> {
    /// For the fields of a struct of this type.
    fn new(types: &'m mut Types<'t>, function: &'m Function, used: &'m str, of: &str) -> Self {
        Self {
            types,
            function,
            used,
            above: vec![stripped(of)],
            repeated: false,
        }
    }

    fn branches(&mut self, own: &str, path: &str, fields: Vec<Field>) -> Vec<Branch> {
        let branch = |field: Field| {
            let mut branch = Branch {
                own: format!("{own}.{}", field.name),
                path: format!("{path}.{}", field.name),
                inner: None,
                many: false,
                field,
            };
            branch.many = match branch.pointers() {
                Some(1) => self.used.contains(&format!("{}[", branch.field.name)),
                Some(_) => false,
                None => branch.dimensions().is_some_and(|sizes| sizes.len() == 1),
            };
            branch.inner = self.inner(&branch);
            branch
        };
        fields.into_iter().map(branch).collect()
    }

    /// The fields of a struct that cannot be made as a whole, and that the function uses as one object.
    fn inner(&mut self, branch: &Branch) -> Option<Vec<Branch>> {
        let field = &branch.field;
        let of = stripped(&field.base);
        let points = match field.layers.as_slice() {
            [] => false,
            [Layer::Pointer] => true,
            [Layer::Array(_)] if branch.many => false,
            _ => return None,
        };
        let known = field.kind.known() || !matches!(field.kind, Type::Opaque(_));
        let around = self.above.len() > DEEPEST || self.above.contains(&of);
        if known || branch.many && self.repeated || around || !mentions(self.used, &field.name) {
            return None;
        }
        let (fields, constructed) = self.types.fields(&of)?;
        if constructed {
            return None;
        }
        self.above.push(of);
        let own = match points {
            true => held(&branch.own),
            false => branch.own.clone(),
        };
        let repeated = self.repeated;
        self.repeated |= branch.many;
        let inner = match branch.many {
            true => self.branches(&format!("{own}[i]"), &format!("{}[]", branch.path), fields),
            // An object for each of several structs.
            false if points && repeated => {
                self.branches(&format!("{own}[i]"), &branch.path, fields)
            }
            false => self.branches(&own, &branch.path, fields),
        };
        self.repeated = repeated;
        self.above.pop();
        Some(inner)
    }

    fn seeds(
        &self,
        branches: &[Branch],
        seeds: &mut BTreeMap<String, Seed>,
        bare: &mut BTreeMap<String, String>,
    ) {
        for branch in branches {
            if let Some(inner) = &branch.inner {
                self.seeds(inner, seeds, bare);
                if branch.many && branch.pointers() == Some(1) {
                    seeds.insert(branch.own.clone(), Seed::Buffer);
                    if branch.path != branch.own {
                        bare.insert(branch.path.clone(), branch.own.clone());
                    }
                }
                continue;
            }
            let number = |size: &&str| dimension(self.types.parsed, size);
            let seed = match (branch.pointers(), &branch.field.kind) {
                (Some(0), Type::Integer) => Seed::Number,
                (Some(0), Type::Made { grows: true } | Type::Text) => Seed::Buffer,
                (Some(1), Type::Void) => Seed::Bytes,
                (Some(1), _) => Seed::Buffer,
                (Some(2), _) => Seed::Rows,
                (None, _) => match branch.dimensions() {
                    Some(sizes) => Seed::Array(sizes.iter().map(number).collect()),
                    None => continue,
                },
                _ => continue,
            };
            seeds.insert(branch.own.clone(), seed);
            if branch.path != branch.own {
                bare.insert(branch.path.clone(), branch.own.clone());
            }
        }
    }

    /// `None`: one of them cannot be made. `around` are lengths of the struct around this one.
    fn parts(
        &mut self,
        branches: Vec<Branch>,
        reach: &Reach,
        around: &[String],
    ) -> Option<Vec<(Field, Part)>> {
        let told = |own: &str| longest(reach.far.get(own)?);
        let mentioned = |branch: &Branch| {
            let wanted = format!("size_t({})", branch.own);
            let all = reach.far.values().flatten().map(Polynomial::in_driver);
            all.into_iter().any(|extent| extent.contains(&wanted))
        };
        // Memory that grows has at least as many elements as any of the numbers beside it says.
        let heap = grows_memory(self.used);
        let used = self.used;
        let grows = |b: &Branch| {
            let constant = b.field.base.contains("const");
            heap && b.pointers() == Some(1) && !constant && sets(used, &b.field.name)
        };
        let beside = branches.iter().any(grows);
        // Where subscripts do not tell, what is named like a length is one.
        let likely: Vec<String> = branches
            .iter()
            .filter(|b| b.whole())
            .filter(|b| {
                let name = &b.field.name;
                beside || mentioned(b) || length_like(name) && !name.contains("max")
            })
            .map(|b| format!("size_t({})", b.own))
            .take(2)
            .collect();
        let likely = match likely.is_empty() {
            true => around.to_vec(),
            false => likely,
        };
        let guess = match likely.as_slice() {
            [] => "in.size".to_owned(),
            all => all.join(" * "),
        };
        let grown = |branch: &Branch| {
            grows(branch).then(|| match likely.as_slice() {
                [] => "in.size".to_owned(),
                all => all.join(" + "),
            })
        };
        // How many of its elements mean something, before the call and after it.
        let filled: Vec<String> = branches
            .iter()
            .filter(|b| beside && b.whole() && !capacity_like(&b.field.name))
            .map(|b| format!("size_t({})", b.own))
            .collect();
        let mut made = Vec::new();
        for mut branch in branches {
            if let Some(inner) = branch.inner.take() {
                let of = stripped(&branch.field.base);
                self.above.push(of.clone());
                let parts = self.parts(inner, reach, &likely);
                self.above.pop();
                let points = branch.pointers() == Some(1);
                let parts = parts?;
                let part = match branch.many {
                    false => Part::Inner { of, points, parts },
                    true => Part::Many {
                        of,
                        count: match branch.dimensions().as_deref() {
                            Some([size]) => format!("size_t({size})"),
                            _ => told(&branch.own)
                                .or_else(|| likely.first().cloned())
                                .unwrap_or_else(|| "in.size".to_owned()),
                        },
                        points,
                        parts,
                    },
                };
                made.push((branch.field, part));
                continue;
            }
            let (field, own) = (&branch.field, &branch.own);
            let unused = !mentions(self.used, &field.name);
            // What is a reference, or lies deeper than is looked.
            let strange = branch.pointers().is_none() && branch.dimensions().is_none();
            let most = reach.most.get(own).copied().filter(|most| *most > 0);
            let part = match (branch.pointers(), &field.kind) {
                (Some(1..), _) if unused => Part::Null,
                (None, _) if unused && field.layers.contains(&Layer::Pointer) => Part::Null,
                // It leads back to a struct around it, and only what is called follows it.
                (Some(1), _)
                    if self.above.contains(&stripped(&field.base))
                        && !mentions(self.types.parsed.slice(&self.function.body), &field.name) =>
                {
                    Part::Null
                }
                (_, kind) if unused && (strange || !kind.known()) => Part::Untouched,
                (Some(0), Type::Integer) if most.is_some() => Part::Within(most?),
                (Some(0), Type::Integer) if beside && capacity_like(&field.name) => {
                    Part::Capacity(filled.clone())
                }
                (Some(0), Type::Integer)
                    if beside || mentioned(&branch) || length_like(&field.name) =>
                {
                    Part::Length
                }
                (Some(0), Type::Integer) if position_like(&field.name) => Part::Position,
                (Some(0), kind) if kind.known() => Part::Value(
                    kind.grows()
                        .then(|| told(own).filter(|extent| extent.contains("size_t(")))
                        .flatten(),
                ),
                (Some(1), Type::Char) if told(own).is_none() => Part::Text,
                (Some(1), kind) if kind.known() && grows(&branch) => Part::Elements {
                    of: stripped(&field.base),
                    extent: told(own)
                        .filter(|extent| !extent.contains("in."))
                        .or_else(|| filled.first().cloned())
                        .unwrap_or_else(|| guess.clone()),
                    constant: false,
                    moved: true,
                    grown: grown(&branch),
                },
                (Some(1), Type::Void) => Part::Elements {
                    of: "unsigned char".to_owned(),
                    extent: told(own).unwrap_or_else(|| guess.clone()),
                    constant: false,
                    moved: sets(self.used, &field.name),
                    grown: None,
                },
                (Some(1), kind) if kind.known() => Part::Elements {
                    of: stripped(&field.base),
                    extent: told(own).unwrap_or_else(|| guess.clone()),
                    constant: field.base.split_whitespace().any(|word| word == "const"),
                    moved: sets(self.used, &field.name),
                    grown: None,
                },
                (Some(2), kind) if kind.known() && likely.len() < 3 => {
                    let side = |at: usize| likely.get(at).cloned();
                    Part::Rows {
                        of: stripped(&field.base),
                        count: told(own)
                            .or_else(|| side(0))
                            .unwrap_or_else(|| "in.size".to_owned()),
                        each: told(&format!("{own}[]"))
                            .or_else(|| side(1).or_else(|| side(0)))
                            .unwrap_or_else(|| "in.size".to_owned()),
                    }
                }
                (None, kind) if kind.known() && branch.dimensions().is_some() => Part::Value(None),
                _ => return None,
            };
            made.push((branch.field, part));
        }
        Some(made)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_that_are_set_are_told_from_read_ones() {
        for text in [
            "s->p++;",
            "*s->p++ = 1;",
            "++s->p;",
            "s.p += n;",
            "s->p = q;",
        ] {
            assert!(sets(text, "p"), "{text}");
        }
        for text in [
            "x = s->p[1];",
            "s->p == q",
            "p++;",
            "s->p[0] = 1;",
            "n + s->p;",
        ] {
            assert!(!sets(text, "p"), "{text}");
        }
    }
}

//! Reads and compares the bytes that a driver's `emit` wrote (`driver.hpp` has the format).
//! Never trusts them: every length is checked, nothing is allocated by a number found in them.

use crate::domain::problem::{CheckRules, Tolerance, Values};

/// A run of numbers of one kind.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Record<'a> {
    kind: Kind,
    data: &'a [u8],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    F64,
    F32,
    I64,
    U64,
    Byte,
    Count,
}

impl Kind {
    fn from_code(code: u32) -> Option<Self> {
        Some(match code {
            1 => Self::F64,
            2 => Self::F32,
            3 => Self::I64,
            4 => Self::U64,
            5 => Self::Byte,
            6 => Self::Count,
            _ => return None,
        })
    }
    fn width(self) -> usize {
        match self {
            Self::F32 => 4,
            Self::Byte => 1,
            _ => 8,
        }
    }
}

/// A named output.
#[derive(Debug, Clone, PartialEq)]
struct Field<'a> {
    name: &'a str,
    records: Vec<Record<'a>>,
}

const FIELD: u32 = 0x4c45_4946;

/// Splits bytes into fields; `None` where they are not what a driver writes.
fn parse(mut bytes: &[u8]) -> Option<Vec<Field<'_>>> {
    let mut fields: Vec<Field<'_>> = Vec::new();
    while !bytes.is_empty() {
        let first = u32_at(bytes, 0)?;
        if first == FIELD {
            let length = u32_at(bytes, 4)? as usize;
            let name = std::str::from_utf8(bytes.get(8..8usize.checked_add(length)?)?).ok()?;
            bytes = bytes.get(8 + length.div_ceil(8) * 8..)?;
            fields.push(Field {
                name,
                records: Vec::new(),
            });
        } else {
            let kind = Kind::from_code(first)?;
            let count = usize::try_from(u64_at(bytes, 8)?).ok()?;
            let length = count.checked_mul(kind.width())?;
            let data = bytes.get(16..length.checked_add(16)?)?;
            bytes = bytes.get(16 + length.div_ceil(8).checked_mul(8)?..)?;
            fields.last_mut()?.records.push(Record { kind, data });
        }
    }
    Some(fields)
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?))
}

/// The first difference between two sides' outputs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Difference {
    /// Name of the output.
    pub(crate) field: String,
    /// Position among its numbers.
    pub(crate) index: Option<u64>,
    /// What the original has there.
    pub(crate) expected: String,
    /// What the other side has.
    pub(crate) got: String,
}

/// The field that a driver writes first where a call left the processor's floating-point mode changed.
const MODE: &str = "(floating_point_mode)";

/// What a call left changed of the floating-point mode, and the outputs behind it.
fn split_mode(bytes: &[u8]) -> (Option<&[u8]>, &[u8]) {
    // The field's head and name, one record of one number.
    const LENGTH: usize = 8 + MODE.len().next_multiple_of(8) + 16 + 8;
    let named = u32_at(bytes, 0) == Some(FIELD)
        && u32_at(bytes, 4) == Some(MODE.len() as u32)
        && bytes.get(8..8 + MODE.len()) == Some(MODE.as_bytes());
    match bytes.split_at_checked(LENGTH) {
        Some((mode, rest)) if named => (Some(mode), rest),
        _ => (None, bytes),
    }
}

/// Whether a call left the floating-point mode changed, and otherwise than the original did.
pub(crate) fn changed_mode(original: &[u8], other: &[u8]) -> bool {
    let (other, _) = split_mode(other);
    other.is_some() && other != split_mode(original).0
}

/// How two equal outputs are equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Equal {
    /// Every bit.
    Bits,
    /// Within the rules.
    Within,
}

/// The tolerance under a class of values.
pub(crate) fn tolerance(rules: &CheckRules, values: Values) -> Tolerance {
    match values {
        Values::Exact => Tolerance::Exact,
        _ => rules.tolerance,
    }
}

/// Compares what a side left with what the original left.
pub(crate) fn compare(
    original: &[u8],
    other: &[u8],
    tolerance: Tolerance,
) -> Result<Equal, Difference> {
    compare_rounded(original, other, tolerance, None)
}

/// As [`compare`]; where a tolerance is allowed, a number may also differ by twice as much as the original's own does
/// where it rounds upwards and downwards throughout (`rounded`): no order of the same sum is nearer to the truth than that.
pub(crate) fn compare_rounded(
    original: &[u8],
    other: &[u8],
    tolerance: Tolerance,
    rounded: Option<[&[u8]; 2]>,
) -> Result<Equal, Difference> {
    let (original, other) = (split_mode(original).1, split_mode(other).1);
    if original == other {
        return Ok(Equal::Bits);
    }
    let unreadable = |got: &str| Difference {
        field: "(all outputs)".to_owned(),
        index: None,
        expected: "the outputs the driver names".to_owned(),
        got: got.to_owned(),
    };
    let (Some(expected), Some(got)) = (parse(original), parse(other)) else {
        return Err(unreadable(
            "bytes that no driver writes, or more than there is room for",
        ));
    };
    if expected.len() != got.len() {
        return Err(unreadable("another number of outputs"));
    }
    let rounded = rounded.and_then(|[up, down]| {
        Some([parse(split_mode(up).1)?, parse(split_mode(down).1)?]).filter(|[up, down]| {
            [up, down]
                .iter()
                .all(|fields| fields.len() == expected.len())
        })
    });
    for (number, (expected, got)) in expected.iter().zip(&got).enumerate() {
        if expected.name != got.name {
            return Err(unreadable("outputs of other names"));
        }
        let rounded = rounded
            .as_ref()
            .map(|[up, down]| [&up[number], &down[number]]);
        compare_field(expected, got, tolerance, rounded)?;
    }
    Ok(Equal::Within)
}

fn compare_field(
    expected: &Field<'_>,
    got: &Field<'_>,
    tolerance: Tolerance,
    rounded: Option<[&Field<'_>; 2]>,
) -> Result<(), Difference> {
    let scale = match tolerance {
        Tolerance::Exact => 0.0,
        Tolerance::Relative(_) => largest(expected),
    };
    let difference = |index: Option<usize>, wanted: String, found: String| Difference {
        field: expected.name.chars().take(80).collect(),
        index: index.map(|index| index as u64),
        expected: wanted,
        got: found,
    };
    let mut passed = 0;
    for (number, a) in expected.records.iter().enumerate() {
        let Some(b) = got.records.get(number) else {
            return Err(difference(
                None,
                "more values".to_owned(),
                "fewer values".to_owned(),
            ));
        };
        if a.kind != b.kind {
            return Err(difference(
                None,
                "values of another shape".to_owned(),
                "another shape".to_owned(),
            ));
        }
        let rounded = match rounded {
            Some([up, down]) => up.records.get(number).zip(down.records.get(number)),
            None => None,
        };
        if a.data != b.data
            && let Some(at) = first_difference(a, b, tolerance, scale, rounded)
        {
            return Err(match a.kind {
                Kind::Count => difference(
                    None,
                    format!("{} elements", show(a, at)),
                    format!("{} elements", show(b, at)),
                ),
                _ => difference(Some(passed + at), show(a, at), show(b, at)),
            });
        }
        if a.kind != Kind::Count {
            passed += a.data.len() / a.kind.width();
        }
    }
    if got.records.len() > expected.records.len() {
        return Err(difference(
            None,
            "fewer values".to_owned(),
            "more values".to_owned(),
        ));
    }
    Ok(())
}

/// Position of the first number that differs beyond the tolerance; the end of the shorter one where lengths differ.
fn first_difference(
    a: &Record<'_>,
    b: &Record<'_>,
    tolerance: Tolerance,
    scale: f64,
    rounded: Option<(&Record<'_>, &Record<'_>)>,
) -> Option<usize> {
    let width = a.kind.width();
    let differs = |at: usize, x: f64, y: f64| {
        !(near(x, y, tolerance, scale)
            || tolerance != Tolerance::Exact && within_rounding(a.kind, at, x, y, rounded))
    };
    let bytes = a.data.chunks_exact(width).zip(b.data.chunks_exact(width));
    let unequal = bytes.enumerate().position(|(at, (x, y))| {
        x != y
            && match a.kind {
                Kind::F64 => differs(at, f64_of(x), f64_of(y)),
                Kind::F32 => differs(at, f32_of(x), f32_of(y)),
                _ => true,
            }
    });
    let lengths = (a.data.len() != b.data.len()).then(|| a.data.len().min(b.data.len()) / width);
    unequal.or(lengths)
}

/// Whether `x`, the original's number at `at`, is as far from `y` as rounding alone may bring it.
fn within_rounding(
    kind: Kind,
    at: usize,
    x: f64,
    y: f64,
    rounded: Option<(&Record<'_>, &Record<'_>)>,
) -> bool {
    let Some((up, down)) = rounded else {
        return false;
    };
    let number = |record: &Record<'_>| {
        let width = kind.width();
        let bytes = record.data.get(at * width..(at + 1) * width)?;
        match (record.kind == kind, kind) {
            (true, Kind::F64) => Some(f64_of(bytes)),
            (true, Kind::F32) => Some(f32_of(bytes)),
            _ => None,
        }
    };
    match (number(up), number(down)) {
        (Some(up), Some(down)) if up.is_finite() && down.is_finite() => {
            let moved = (up - down).abs().max((up - x).abs()).max((down - x).abs());
            (x - y).abs() <= 2.0 * moved
        }
        _ => false,
    }
}

/// Equal by the rules: NaN equals NaN, −0 equals +0, infinities only themselves.
fn near(x: f64, y: f64, tolerance: Tolerance, scale: f64) -> bool {
    if x == y || (x.is_nan() && y.is_nan()) {
        return true;
    }
    match tolerance {
        Tolerance::Exact => false,
        Tolerance::Relative(relative) => {
            x.is_finite()
                && y.is_finite()
                && (x - y).abs() <= relative * x.abs().max(y.abs()).max(scale)
        }
    }
}

fn largest(field: &Field<'_>) -> f64 {
    let finite = |largest: f64, value: f64| {
        if value.is_finite() {
            largest.max(value.abs())
        } else {
            largest
        }
    };
    field
        .records
        .iter()
        .fold(0.0, |so_far, record| match record.kind {
            Kind::F64 => record.data.chunks_exact(8).map(f64_of).fold(so_far, finite),
            Kind::F32 => record.data.chunks_exact(4).map(f32_of).fold(so_far, finite),
            _ => so_far,
        })
}

fn f64_of(bytes: &[u8]) -> f64 {
    bytes.try_into().map_or(f64::NAN, f64::from_le_bytes)
}

fn f32_of(bytes: &[u8]) -> f64 {
    bytes
        .try_into()
        .map_or(f64::NAN, |bytes| f64::from(f32::from_le_bytes(bytes)))
}

/// All fields as text, `x = [1.0, 2.0], n = 2`; `None` where they hold more than `most` numbers or cannot be read.
pub(crate) fn listed(bytes: &[u8], most: usize) -> Option<String> {
    let fields = parse(split_mode(bytes).1)?;
    let numbers = |record: &Record<'_>| record.data.len() / record.kind.width();
    let all: usize = fields.iter().flat_map(|f| &f.records).map(numbers).sum();
    if all > most || fields.is_empty() {
        return None;
    }
    let field = |field: &Field<'_>| {
        let values = match field.records.as_slice() {
            [one] if one.kind == Kind::Count && numbers(one) == 1 && show(one, 0) == "0" => {
                "[]".to_owned()
            }
            [count, rest] if count.kind == Kind::Count && numbers(count) == 1 => list(rest),
            [one] if numbers(one) == 1 => show(one, 0),
            several => {
                let each = |record: &Record<'_>| match record.kind {
                    Kind::Count => format!("sizes {}", list(record)),
                    _ => list(record),
                };
                several.iter().map(each).collect::<Vec<_>>().join(" ")
            }
        };
        let name: String = field.name.chars().take(40).collect();
        format!("{name} = {values}")
    };
    Some(fields.iter().map(field).collect::<Vec<_>>().join(", "))
}

/// The numbers of a record between brackets; plain text between quotes.
fn list(record: &Record<'_>) -> String {
    let plain = |byte: &u8| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'`' | b'\\');
    if record.kind == Kind::Byte && record.data.iter().all(plain) {
        return format!("\"{}\"", String::from_utf8_lossy(record.data));
    }
    let count = record.data.len() / record.kind.width();
    let numbers: Vec<String> = (0..count).map(|at| show(record, at)).collect();
    format!("[{}]", numbers.join(", "))
}

/// A number in words; `nothing` past the end.
fn show(record: &Record<'_>, at: usize) -> String {
    let width = record.kind.width();
    let Some(bytes) = record.data.get(at * width..(at + 1) * width) else {
        return "nothing".to_owned();
    };
    let whole = || bytes.try_into().map_or(0, u64::from_le_bytes);
    match record.kind {
        Kind::F64 => format!("{:?}", f64_of(bytes)),
        Kind::F32 => format!("{:?}", f32_of(bytes) as f32),
        Kind::I64 => (whole() as i64).to_string(),
        Kind::U64 | Kind::Count => whole().to_string(),
        Kind::Byte => bytes.first().map_or_else(String::new, u8::to_string),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn field(name: &str, records: &[(u32, &[u8], u64)]) -> Vec<u8> {
        let mut bytes = Vec::new();
        bytes.extend(FIELD.to_le_bytes());
        bytes.extend((name.len() as u32).to_le_bytes());
        bytes.extend(name.as_bytes());
        bytes.resize(bytes.len().next_multiple_of(8), 0);
        for (kind, data, count) in records {
            bytes.extend(kind.to_le_bytes());
            bytes.extend(0_u32.to_le_bytes());
            bytes.extend(count.to_le_bytes());
            bytes.extend(*data);
            bytes.resize(bytes.len().next_multiple_of(8), 0);
        }
        bytes
    }

    fn reals(values: &[f64]) -> Vec<u8> {
        let data: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        let count = values.len() as u64;
        field("y", &[(6, &count.to_le_bytes(), 1), (1, &data, count)])
    }

    #[test]
    fn a_mismatch_is_reported_by_field_and_position() {
        let difference = compare(
            &reals(&[1.0, 2.0, 3.0]),
            &reals(&[1.0, 2.5, 9.0]),
            Tolerance::Relative(1e-6),
        );
        assert_eq!(
            difference,
            Err(Difference {
                field: "y".to_owned(),
                index: Some(1),
                expected: "2.0".to_owned(),
                got: "2.5".to_owned(),
            })
        );
    }

    #[test]
    fn a_changed_mode_is_seen_and_no_output() {
        let mode = |value: u64| field(MODE, &[(4, &value.to_le_bytes(), 1)]);
        let plain = reals(&[1.0]);
        let changed = [mode(0x8040), plain.clone()].concat();
        assert!(changed_mode(&plain, &changed));
        assert!(!changed_mode(&changed, &plain) && !changed_mode(&changed, &changed));
        assert!(changed_mode(
            &[mode(0x40), plain.clone()].concat(),
            &changed
        ));
        assert!(compare(&plain, &changed, Tolerance::Exact).is_ok());
        assert!(!changed_mode(&plain, &mode(1)[..20]));
    }

    #[test]
    fn a_few_values_are_listed_by_field_and_many_are_not() {
        let count = |n: u64| n.to_le_bytes();
        let numbers = [1.0_f64.to_le_bytes(), (-0.5_f64).to_le_bytes()].concat();
        let mut bytes = field("x", &[(6, &count(2), 1), (1, &numbers, 2)]);
        bytes.extend(field("n", &[(3, &count(7), 1)]));
        bytes.extend(field("none", &[(6, &count(0), 1)]));
        bytes.extend(field("s", &[(6, &count(2), 1), (5, b"ab\0\0\0\0\0\0", 2)]));
        assert_eq!(
            listed(&bytes, 64).as_deref(),
            Some("x = [1.0, -0.5], n = 7, none = [], s = \"ab\"")
        );
        assert_eq!(listed(&bytes, 3), None);
        assert_eq!(listed(b"nonsense", 64), None);
    }

    #[test]
    fn another_length_is_a_mismatch() {
        let difference = compare(&reals(&[1.0, 2.0]), &reals(&[1.0]), Tolerance::Exact);
        assert_eq!(
            difference.map_err(|d| (d.index, d.expected, d.got)),
            Err((None, "2 elements".to_owned(), "1 elements".to_owned()))
        );
    }

    #[test]
    fn the_tolerance_scales_with_the_largest_number_of_the_field() {
        let relative = Tolerance::Relative(1e-6);
        assert_eq!(
            compare(&reals(&[1e6, 0.0]), &reals(&[1e6, 0.5]), relative),
            Ok(Equal::Within)
        );
        assert!(compare(&reals(&[1e6, 0.0]), &reals(&[1e6, 1.5]), relative).is_err());
        assert!(compare(&reals(&[1e6, 0.0]), &reals(&[1e6, 0.5]), Tolerance::Exact).is_err());
    }

    #[test]
    fn rounding_alone_is_no_difference_where_the_original_shows_how_far_it_goes() {
        let relative = Tolerance::Relative(1e-9);
        let (up, down) = (reals(&[0.5, 3.5]), reals(&[0.5, 2.5]));
        let rounded = |got: &[f64], tolerance| {
            let original = reals(&[0.5, 3.0]);
            compare_rounded(&original, &reals(got), tolerance, Some([&up, &down])).is_ok()
        };
        assert!(rounded(&[0.5, 4.9], relative) && rounded(&[0.5, 1.1], relative));
        assert!(!rounded(&[0.5, 5.1], relative) && !rounded(&[0.6, 3.0], relative));
        assert!(!rounded(&[0.5, 3.1], Tolerance::Exact));
        // What is not there, of another kind or no number says nothing of how far rounding goes.
        let whole = field("y", &[(4, &[0; 16], 2)]);
        for strange in [reals(&[0.5]), reals(&[0.5, f64::NAN]), whole, vec![1, 2, 3]] {
            let both = Some([&*strange, &*down]);
            let (a, b) = (reals(&[0.5, 3.0]), reals(&[0.5, 3.1]));
            assert!(compare_rounded(&a, &b, relative, both).is_err());
        }
    }

    #[test]
    fn special_numbers_are_equal_only_to_themselves() {
        let (nan, inf) = (f64::NAN, f64::INFINITY);
        let relative = Tolerance::Relative(0.1);
        assert!(
            compare(
                &reals(&[nan, -0.0, inf]),
                &reals(&[-nan, 0.0, inf]),
                Tolerance::Exact
            )
            .is_ok()
        );
        for (a, b) in [(1.0, nan), (nan, 1.0), (1.0, inf), (inf, -inf), (inf, 1.0)] {
            assert!(
                compare(&reals(&[a]), &reals(&[b]), relative).is_err(),
                "{a} {b}"
            );
        }
    }

    proptest! {
        #[test]
        fn hostile_bytes_never_panic(a in proptest::collection::vec(any::<u8>(), 0..200), cut in 0..60usize) {
            let good = reals(&[1.0, 2.0]);
            let _ = compare(&good, &a, Tolerance::Relative(1e-9));
            prop_assert!(compare(&good, &good[..cut.min(good.len() - 1)], Tolerance::Exact).is_err());
            let mut long = good.clone();
            long.extend(&a);
            let _ = compare(&good, &long, Tolerance::Exact);
        }
    }
}

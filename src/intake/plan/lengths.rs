//! Which numbers are lengths of what, which pointers end what, and which lists end with an element. Pure.

use super::super::polynomial::Polynomial;
use super::{Fed, Role, Type, Uses, is_open_buffer, open, pointed};

/// `first, last` of the same type: a buffer and its end.
pub(super) fn ends(fed: &mut [Fed]) {
    const PAIRS: &[(&str, &str)] = &[
        ("first", "last"),
        ("begin", "end"),
        ("start", "end"),
        ("start", "stop"),
        ("b", "e"),
        ("from", "to"),
        ("p", "end"),
        ("p", "pe"),
        ("data", "end"),
        ("s", "end"),
        ("s", "e"),
    ];
    for at in 1..fed.len() {
        let (before, after) = fed.split_at_mut(at);
        let (Some(open), Some(close)) = (before.last_mut(), after.first_mut()) else {
            continue;
        };
        let paired = PAIRS.iter().any(|(a, b)| {
            let (one, two) = (open.name.to_lowercase(), close.name.to_lowercase());
            one.ends_with(a) && two.ends_with(b) && (one.len() - a.len()) == (two.len() - b.len())
        });
        let pointer =
            |role: &Role| matches!(role, Role::Buffer { .. } | Role::One | Role::ZeroEnded);
        // What may be written to does not end what may not: that is a source and where it goes.
        let paired = paired && open.constant == close.constant;
        if paired && pointer(&open.role) && pointer(&close.role) && open.spelled == close.spelled {
            open.role = Role::Buffer {
                extent: "in.size".to_owned(),
                inner: Vec::new(),
            };
            close.role = Role::End(open.name.clone());
        }
    }
}

/// Lists without a length that end with an element of some value.
pub(super) fn lists(fed: &mut [Fed], uses: &Uses) {
    if fed.iter().any(|f| f.role == Role::Length) {
        return;
    }
    for f in fed.iter_mut() {
        let elements = matches!(
            f.kind,
            Type::Integer | Type::Real | Type::Made { grows: false }
        );
        let pointer = f.role == open() || f.role == Role::One && f.points;
        let Some(value) = uses.ended.get(&f.name).filter(|_| elements && pointer) else {
            continue;
        };
        f.role = Role::Buffer {
            extent: "(in.size + 1)".to_owned(),
            inner: Vec::new(),
        };
        f.ended = Some(value.clone());
        f.told = true;
    }
}

/// Which buffers the lengths belong to.
pub(super) fn lengths(fed: &mut [Fed], uses: &Uses) {
    let buffers = fed.iter().filter(|f| is_open_buffer(f)).count();
    if buffers > 0 {
        // Handed to a function beside a buffer, a number is likely its length.
        let any_length = fed.iter().any(|f| f.role == Role::Length);
        for f in fed.iter_mut().filter(|f| f.role == Role::Number) {
            if !any_length && uses.passed.contains(&f.name) && !f.any_number() {
                f.role = Role::Length;
            }
        }
        // A pointer to characters beside a length is no text that ends with zero.
        let has_length = fed.iter().any(|f| f.role == Role::Length);
        for f in fed.iter_mut() {
            if f.role == Role::ZeroEnded && has_length {
                f.role = pointed(&f.kind, "in.size", Vec::new());
            }
        }
    }
    let any_length = fed.iter().any(|f| f.role == Role::Length);
    if !any_length {
        // Without a length, characters end with zero.
        let has_end = |name: &str| fed.iter().any(|f| f.role == Role::End(name.to_owned()));
        let ended: Vec<bool> = fed
            .iter()
            .map(|f| f.kind == Type::Char && f.role == open() && !has_end(&f.name))
            .collect();
        for (f, ended) in fed.iter_mut().zip(ended) {
            if ended {
                f.role = Role::ZeroEnded;
            }
        }
    }
    let buffers: Vec<usize> = (0..fed.len())
        .filter(|at| fed.get(*at).is_some_and(is_open_buffer))
        .collect();
    let lengths: Vec<usize> = (0..fed.len())
        .filter(|at| fed.get(*at).is_some_and(|f| f.role == Role::Length))
        .collect();
    let followed = |at: &usize| lengths.contains(&(at + 1));
    let each_its_own = lengths.len() <= buffers.len()
        && lengths.iter().all(|at| {
            at.checked_sub(1)
                .is_some_and(|before| buffers.contains(&before))
        });
    let names: Vec<String> = fed
        .iter()
        .map(|f| Polynomial::of(&f.name).in_driver())
        .collect();
    let named = |at: usize| names.get(at).cloned().unwrap_or_default();
    let all: Vec<String> = lengths.iter().take(3).map(|at| named(*at)).collect();
    let together = all.join(" + ");
    // Of three lengths that are multiplied with nothing none is the side of a plane.
    let sides = |at: &&usize| {
        fed.get(**at)
            .is_some_and(|f| uses.products.contains(&f.name))
    };
    let plane = all.len() < 3 || lengths.iter().any(|at| sides(&at));
    let wide = match plane {
        true => all.join(" * "),
        false => together.clone(),
    };
    let single = lengths.first().map(|at| named(*at));
    // What is written to beside something that is read may need more room than that.
    let reads = buffers
        .iter()
        .any(|at| fed.get(*at).is_some_and(|f| f.constant));
    for at in buffers {
        let own = each_its_own && followed(&at);
        let after = named(at + 1);
        let Some(f) = fed.get_mut(at) else { continue };
        let small = matches!(f.kind, Type::Char)
            || f.spelled.contains("char")
            || f.spelled.contains("int8")
            || f.role == Role::Bytes("in.size".to_owned());
        let extent = match (own, &single) {
            (_, None) => "in.size".to_owned(),
            (true, _) => after,
            (_, Some(only)) if lengths.len() == 1 => only.clone(),
            _ if each_its_own => together.clone(),
            _ => wide.clone(),
        };
        let extent = if !f.constant && small && reads && !own {
            format!("4 * ({extent}) + 64")
        } else {
            extent
        };
        match &mut f.role {
            Role::Buffer { extent: now, .. } | Role::Bytes(now) => *now = extent,
            _ => {}
        }
    }
}

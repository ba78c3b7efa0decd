//! A rewritten function back into the form it had in its file: its own head, the new body, and before it what the rewrite
//! added. Pure; never writes a file.

use super::IntakeError;
use super::items::{Kind, Parsed};
use super::member;

/// What a rewrite becomes in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// The definition that replaces the region.
    pub definition: String,
    /// Headers and helpers the rewrite has beyond `original.cpp`, to stand before it; empty if there are none.
    pub added: String,
}

/// Turns `rewrite` (a candidate for `original`, both with the function `entry`) into text for the place where `region`
/// stood. `is_member`: the region is a member function, and the entry has its object as `self`.
///
/// # Errors
/// If either text has no such function.
pub fn restore(
    region: &str,
    original: &str,
    rewrite: &str,
    entry: &str,
    is_member: bool,
) -> Result<Restored, IntakeError> {
    let lost = |what: &str| {
        IntakeError::new(
            format!("{what} has no function `{entry}` with a body"),
            "apply another candidate",
        )
    };
    let before = Parsed::new(original)?;
    let after = Parsed::new(rewrite)?;
    let written = after
        .functions
        .iter()
        .rev()
        .find(|f| f.name == entry && f.scope.is_empty())
        .ok_or_else(|| lost("the rewrite"))?;
    let old = Parsed::new(region)?;
    let open = old
        .functions
        .first()
        .map(|f| f.body.start)
        .or_else(|| region.find('{'))
        .ok_or_else(|| lost("the text taken"))?;
    let body = after.slice(&written.body);
    let body = if is_member {
        member::bound_again(body)
    } else {
        body.to_owned()
    };
    let tight = |text: &str| text.split_whitespace().collect::<String>();
    let known: Vec<String> = before
        .items
        .iter()
        .map(|item| tight(before.slice(&item.span)))
        .collect();
    // Inside a class nothing can be put before a member; outside, each piece as it stands.
    let mut added = String::new();
    for item in &after.items {
        let text = after.slice(&item.span);
        let itself = item.kind == Kind::Function && item.names.iter().any(|name| name == entry);
        if itself || known.contains(&tight(text)) {
            continue;
        }
        added.push_str(text.trim_end());
        added.push('\n');
    }
    let ending = if region.contains("\r\n") {
        "\r\n"
    } else {
        "\n"
    };
    let lines = |text: &str| text.replace("\r\n", "\n").replace('\n', ending);
    Ok(Restored {
        definition: format!("{}{}", region.get(..open).unwrap_or(""), lines(&body)),
        added: lines(&added),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_head_stays_and_the_body_and_what_it_needs_are_new() {
        let region =
            "static inline double f(const double *x, int n = 3)\r\n{\r\n  return x[n];\r\n}";
        let original = "#include <cmath>\nusing T = int;\n\ndouble f(const double *x, int n) {\n  return x[n];\n}\n";
        let rewrite = "#include <cmath>\n#include <vector>\nstatic double g(double v) { return v; }\ndouble f(const double *x, int n) {\n  return g(x[n]);\n}\n";
        assert_eq!(
            restore(region, original, rewrite, "f", false).unwrap(),
            Restored {
                definition: "static inline double f(const double *x, int n = 3)\r\n{\r\n  return g(x[n]);\r\n}".to_owned(),
                added: "#include <vector>\r\nstatic double g(double v) { return v; }\r\n".to_owned(),
            }
        );
    }

    #[test]
    fn a_member_speaks_of_its_object_again() {
        let region = "long sum(int k) const { return a * k; }";
        let original =
            "struct B { long a; };\nlong B_sum(B const &self, int k) { return self.a * k; }\n";
        let rewrite = "long B_sum(B const &self, int k) { long a = self.a; return k * a; }\n";
        let restored = restore(region, original, rewrite, "B_sum", true).unwrap();
        assert_eq!(
            restored.definition,
            "long sum(int k) const { long a = this->a; return k * a; }"
        );
        assert_eq!(restored.added, "");
        assert!(restore(region, original, "int other() { return 1; }", "B_sum", true).is_err());
    }
}

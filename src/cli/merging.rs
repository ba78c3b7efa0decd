//! Merging of texts by lines, three ways (Khanna, Kunal and Pierce 2007 describe the rule), and differences as patches.
//! Pure; never chooses between two changes of the same lines.

use similar::{DiffOp, TextDiff, capture_diff_slices};

/// Lines that both sides changed, in different ways.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Conflict {
    /// Line from 1 in the text both began with.
    pub line: usize,
    /// What stands there now.
    pub ours: String,
    /// What the candidate puts there.
    pub theirs: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Change<'a> {
    /// Lines of the base it replaces.
    from: usize,
    to: usize,
    new: &'a [&'a str],
}

/// `base` with the changes of both.
///
/// # Errors
/// The lines that both changed.
pub(super) fn three_way(base: &str, ours: &str, theirs: &str) -> Result<String, Vec<Conflict>> {
    let base: Vec<&str> = base.split_inclusive('\n').collect();
    let our_lines: Vec<&str> = ours.split_inclusive('\n').collect();
    let their_lines: Vec<&str> = theirs.split_inclusive('\n').collect();
    let (mine, other) = (changes(&base, &our_lines), changes(&base, &their_lines));
    let mut conflicts = Vec::new();
    for a in &mine {
        for b in other.iter().filter(|b| *b != a) {
            let apart = a.to < b.from || b.to < a.from;
            if !apart {
                conflicts.push(Conflict {
                    line: a.from.min(b.from) + 1,
                    ours: a.new.concat(),
                    theirs: b.new.concat(),
                });
            }
        }
    }
    if !conflicts.is_empty() {
        return Err(conflicts);
    }
    let mut all: Vec<&Change<'_>> = mine
        .iter()
        .chain(other.iter().filter(|b| !mine.contains(b)))
        .collect();
    all.sort_by_key(|change| change.from);
    let mut text = String::new();
    let mut at = 0;
    for change in all {
        text.push_str(&base[at..change.from].concat());
        text.push_str(&change.new.concat());
        at = change.to;
    }
    text.push_str(&base[at..].concat());
    Ok(text)
}

fn changes<'a>(base: &[&str], new: &'a [&'a str]) -> Vec<Change<'a>> {
    let ops = capture_diff_slices(similar::Algorithm::Myers, base, new);
    ops.into_iter()
        .filter(|op| !matches!(op, DiffOp::Equal { .. }))
        .map(|op| {
            let (old, new_range) = (op.old_range(), op.new_range());
            Change {
                from: old.start,
                to: old.end,
                new: &new[new_range],
            }
        })
        .collect()
}

/// A unified diff of a file, as `git apply` and `patch -p1` read it; empty if nothing changed.
pub(super) fn patch(path: &str, before: &str, after: &str) -> String {
    if before == after {
        return String::new();
    }
    TextDiff::from_lines(before, after)
        .unified_diff()
        .context_radius(3)
        .header(&format!("a/{path}"), &format!("b/{path}"))
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_of_different_lines_merge_and_of_the_same_do_not() {
        let base = "a\nb\nc\nd\ne\n";
        let ours = "a\nB\nc\nd\ne\n";
        assert_eq!(
            three_way(base, ours, "a\nb\nc\nd\nE\n").unwrap(),
            "a\nB\nc\nd\nE\n"
        );
        assert_eq!(three_way(base, ours, ours).unwrap(), ours);
        assert_eq!(three_way(base, base, ours).unwrap(), ours);
        let conflicts = three_way(base, ours, "a\nX\nc\nd\ne\n").unwrap_err();
        assert_eq!(
            (conflicts[0].line, conflicts[0].theirs.as_str()),
            (2, "X\n")
        );
    }

    #[test]
    fn a_patch_names_the_file_and_keeps_line_ends() {
        let text = patch("src/a.rs", "x\r\ny", "x\r\nz");
        assert_eq!(
            text,
            "--- a/src/a.rs\n+++ b/src/a.rs\n@@ -1,2 +1,2 @@\n x\r\n-y\n\\ No newline at end of file\n+z\n\\ No newline at end of file\n"
        );
    }
}

//! Two sources → rows for every view, computed once on the worker thread and cached by content. Drawing only picks rows.

use std::sync::Arc;
use std::time::Duration;

use similar::{Algorithm, DiffOp, TextDiff, capture_diff_slices};

use super::code::{Piece, Roles, pieces, roles};

/// Unchanged lines kept around a change when folded.
const CONTEXT: usize = 3;
/// Above this many bytes in a source, words are not compared.
const WORDS_LIMIT: usize = 400_000;

/// A line's part in the difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sign {
    /// In both.
    Same,
    /// Only in the new one.
    Added,
    /// Only in the old one.
    Removed,
}

/// One line of one side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cell {
    /// Line in the old source, from 1.
    pub old: Option<usize>,
    /// Line in the new source, from 1.
    pub new: Option<usize>,
    /// Its part in the difference.
    pub sign: Sign,
    /// The text, shared by all views.
    pub pieces: Arc<[Piece]>,
}

/// A row on screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Row {
    /// A line over the whole width.
    One(Cell),
    /// Old at the left, new at the right.
    Two(Option<Cell>, Option<Cell>),
    /// So many unchanged lines.
    Fold(usize),
}

/// One view of the difference.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct View {
    /// Its rows.
    pub rows: Vec<Row>,
    /// Rows at which a change begins.
    pub hunks: Vec<usize>,
}

/// Which view.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum DiffMode {
    /// Split when both sides have room.
    #[default]
    Auto,
    /// One column.
    Unified,
    /// Two columns.
    Split,
    /// The new source alone.
    NewOnly,
}

impl DiffMode {
    /// The next one.
    pub(crate) fn next(self) -> Self {
        match self {
            Self::Auto => Self::Unified,
            Self::Unified => Self::Split,
            Self::Split => Self::NewOnly,
            Self::NewOnly => Self::Auto,
        }
    }

    /// Its name.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Unified => "unified",
            Self::Split => "split",
            Self::NewOnly => "new only",
        }
    }
}

/// The difference of two sources, in every view.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Document {
    /// Lines added.
    pub added: usize,
    /// Lines removed.
    pub removed: usize,
    /// One column: (folded, whole).
    pub unified: [View; 2],
    /// Two columns: (folded, whole).
    pub split: [View; 2],
    /// The new source alone.
    pub new_only: View,
}

impl Document {
    /// Its rows in one view, as a measure of what it holds.
    pub(crate) fn rows(&self) -> usize {
        self.unified[1].rows.len()
    }

    /// The view for a mode and a width in cells.
    pub(crate) fn view(&self, mode: DiffMode, folded: bool, cells: u16) -> &View {
        let whole = usize::from(!folded);
        match mode {
            DiffMode::NewOnly => &self.new_only,
            DiffMode::Split => &self.split[whole],
            DiffMode::Auto if cells >= 2 * (60 + 8) => &self.split[whole],
            DiffMode::Auto | DiffMode::Unified => &self.unified[whole],
        }
    }
}

/// Everything both sides need for a line.
struct Side<'a> {
    lines: Vec<&'a str>,
    roles: Roles,
}

impl<'a> Side<'a> {
    fn new(source: &'a str, coloured: bool) -> Self {
        Self {
            lines: source.lines().collect(),
            roles: if coloured { roles(source) } else { Vec::new() },
        }
    }

    fn pieces(&self, at: usize, changed: &[(usize, usize)]) -> Arc<[Piece]> {
        let line = self.lines.get(at).copied().unwrap_or("");
        let roles = self.roles.get(at).map_or(&[][..], Vec::as_slice);
        pieces(line, roles, changed).into()
    }
}

/// Compares two sources. `coloured` costs the highlighting; without it the result is the same but for colours.
pub(crate) fn compare(old: &str, new: &str, coloured: bool) -> Document {
    let (left, right) = (Side::new(old, coloured), Side::new(new, coloured));
    let deadline = std::time::Instant::now() + Duration::from_millis(500);
    let ops = similar::capture_diff_slices_deadline(
        Algorithm::Patience,
        &left.lines,
        &right.lines,
        Some(deadline),
    );
    let words = old.len() + new.len() < WORDS_LIMIT;
    let mut document = Document::default();
    let mut unified = Vec::new();
    let mut split = Vec::new();
    for op in &ops {
        let (tag_old, tag_new) = (op.old_range(), op.new_range());
        if let DiffOp::Equal { .. } = op {
            for (i, j) in tag_old.zip(tag_new) {
                let cell = Cell {
                    old: Some(i + 1),
                    new: Some(j + 1),
                    sign: Sign::Same,
                    pieces: right.pieces(j, &[]),
                };
                unified.push(Row::One(cell.clone()));
                split.push(Row::Two(Some(cell.clone()), Some(cell)));
            }
            continue;
        }
        document.removed += tag_old.len();
        document.added += tag_new.len();
        let (gone, come) = block(&left, &right, tag_old, tag_new, words);
        unified.extend(gone.iter().chain(&come).cloned().map(Row::One));
        let rows = gone.len().max(come.len());
        let (mut gone, mut come) = (gone.into_iter(), come.into_iter());
        split.extend((0..rows).map(|_| Row::Two(gone.next(), come.next())));
    }
    document.unified = [fold(&unified), whole(unified)];
    document.split = [fold(&split), whole(split)];
    let fresh = document.unified[1]
        .rows
        .iter()
        .filter(|row| matches!(row, Row::One(cell) if cell.sign != Sign::Removed));
    document.new_only = whole(fresh.cloned().collect());
    document
}

/// The lines of a change, paired in order; words are marked only where a pair is alike enough to read.
fn block(
    left: &Side,
    right: &Side,
    gone: std::ops::Range<usize>,
    come: std::ops::Range<usize>,
    words: bool,
) -> (Vec<Cell>, Vec<Cell>) {
    let marks: Vec<_> = gone
        .clone()
        .zip(come.clone())
        .map(|(i, j)| {
            if words {
                changed_words(left.lines[i], right.lines[j])
            } else {
                (Vec::new(), Vec::new())
            }
        })
        .collect();
    let none = Vec::new();
    let old = gone.enumerate().map(|(n, i)| Cell {
        old: Some(i + 1),
        new: None,
        sign: Sign::Removed,
        pieces: left.pieces(i, marks.get(n).map_or(&none, |m| &m.0)),
    });
    let new = come.enumerate().map(|(n, j)| Cell {
        old: None,
        new: Some(j + 1),
        sign: Sign::Added,
        pieces: right.pieces(j, marks.get(n).map_or(&none, |m| &m.1)),
    });
    (old.collect(), new.collect())
}

type Ranges = Vec<(usize, usize)>;

fn changed_words(old: &str, new: &str) -> (Ranges, Ranges) {
    if old.len() > 500 || new.len() > 500 {
        return (Vec::new(), Vec::new());
    }
    let diff = TextDiff::configure().diff_unicode_words(old, new);
    if diff.ratio() < 0.6 {
        return (Vec::new(), Vec::new());
    }
    let split = |text: &str| -> Vec<String> {
        use unicode_segmentation::UnicodeSegmentation;
        text.split_word_bounds().map(str::to_owned).collect()
    };
    let (a, b) = (split(old), split(new));
    let ops = capture_diff_slices(Algorithm::Myers, &a, &b);
    let starts = |parts: &[String]| -> Vec<usize> {
        let mut at = 0;
        let mut out = vec![0];
        for part in parts {
            at += part.len();
            out.push(at);
        }
        out
    };
    let (from_a, from_b) = (starts(&a), starts(&b));
    let mut out = (Vec::new(), Vec::new());
    for op in ops.iter().filter(|op| !matches!(op, DiffOp::Equal { .. })) {
        let (x, y) = (op.old_range(), op.new_range());
        // A change of spaces alone says nothing to the reader.
        if !x.is_empty() && !a[x.clone()].concat().trim().is_empty() {
            out.0.push((from_a[x.start], from_a[x.end]));
        }
        if !y.is_empty() && !b[y.clone()].concat().trim().is_empty() {
            out.1.push((from_b[y.start], from_b[y.end]));
        }
    }
    out
}

fn is_change(row: &Row) -> bool {
    match row {
        Row::One(cell) => cell.sign != Sign::Same,
        Row::Two(left, right) => [left, right]
            .into_iter()
            .any(|side| side.as_ref().is_none_or(|cell| cell.sign != Sign::Same)),
        Row::Fold(_) => false,
    }
}

fn whole(rows: Vec<Row>) -> View {
    let hunks = (0..rows.len())
        .filter(|at| is_change(&rows[*at]) && (*at == 0 || !is_change(&rows[*at - 1])))
        .collect();
    View { rows, hunks }
}

fn fold(rows: &[Row]) -> View {
    let mut near = vec![false; rows.len()];
    for at in (0..rows.len()).filter(|at| is_change(&rows[*at])) {
        let end = (at + CONTEXT + 1).min(rows.len());
        near[at.saturating_sub(CONTEXT)..end].fill(true);
    }
    let mut out = Vec::new();
    let mut at = 0;
    while at < rows.len() {
        let run = near[at..].iter().take_while(|near| !**near).count();
        // A fold of one line would take as much room as the line.
        if run > 1 {
            out.push(Row::Fold(run));
            at += run;
        } else {
            out.push(rows[at].clone());
            at += 1;
        }
    }
    whole(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "a\nb\nc\nd\ne\nf\ng\nint total = x + 1;\nh\n";
    const NEW: &str = "a\nb\nc\nd\ne\nf\ng\nint total = x + 2;\nextra\nh\n";

    #[test]
    fn code_that_nests_without_end_is_shown_on_a_small_stack() {
        let pieces = [
            "namespace a {",
            "*",
            "(",
            "{\n",
            "template <",
            "\"",
            "/*",
            "R\"(",
            "[[\n",
            "#if 1\n",
        ];
        let small = std::thread::Builder::new().stack_size(1 << 20);
        let shown = small
            .spawn(move || pieces.map(|piece| compare(OLD, &piece.repeat(3000), true).rows() > 0));
        assert_eq!(shown.unwrap().join().unwrap(), [true; 10]);
    }

    #[test]
    fn unchanged_lines_fold_with_their_count() {
        let document = compare(OLD, NEW, false);
        assert_eq!((document.added, document.removed), (2, 1));
        assert_eq!(document.unified[0].rows[0], Row::Fold(4));
        assert_eq!(document.unified[0].hunks, [4]);
        assert_eq!(document.unified[1].rows.len(), 11);
        assert_eq!(document.split[1].rows.len(), 10);
        assert_eq!(document.new_only.rows.len(), 10);
    }

    #[test]
    fn only_the_words_that_differ_are_marked() {
        let document = compare(OLD, NEW, true);
        let changed: Vec<&str> = document.unified[1]
            .rows
            .iter()
            .filter_map(|row| match row {
                Row::One(cell) => Some(cell),
                _ => None,
            })
            .flat_map(|cell| cell.pieces.iter())
            .filter(|piece| piece.changed)
            .map(|piece| piece.text.as_str())
            .collect();
        assert_eq!(changed, ["1", "2"]);
    }

    #[test]
    fn the_same_source_twice_is_one_fold() {
        let document = compare(OLD, OLD, false);
        assert_eq!(document.unified[0].rows, [Row::Fold(9)]);
        assert!(compare("", "", true).unified[0].rows.is_empty());
    }
}

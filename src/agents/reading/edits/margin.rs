//! Margins of an edit against those of the code it is for: shifted as a whole, tabs against blanks, other widths.

/// The white space that a line begins with.
pub(super) fn margin(line: &str) -> &str {
    &line[..line.len() - line.trim_start().len()]
}

/// What the margin of `here` has more than that of `there` (or the other way round), if that is the same on every line.
fn shift(here: &[String], there: &[String]) -> Option<(String, String)> {
    let mut found: Option<(String, String)> = None;
    for (a, b) in here.iter().zip(there) {
        if a.trim().is_empty() {
            continue;
        }
        let (left, right) = (margin(a), margin(b));
        let pair = match (left.strip_suffix(right), right.strip_suffix(left)) {
            (Some(more), _) => (more.to_owned(), String::new()),
            (None, Some(less)) => (String::new(), less.to_owned()),
            (None, None) => return None,
        };
        if found.as_ref().is_some_and(|known| *known != pair) {
            return None;
        }
        found = Some(pair);
    }
    found
}

/// A line with more or less margin.
pub(super) fn shifted(line: &str, more: &str, less: &str) -> String {
    if line.trim().is_empty() {
        return line.to_owned();
    }
    let line = line.strip_prefix(less).unwrap_or(line);
    format!("{more}{line}")
}

/// New lines with the margins of the place they go to, where `old` stands as `here`. `None`: the margins of the two have
/// nothing to do with each other.
pub(super) fn adapted(
    new: &[String],
    here: &[String],
    old: &[String],
    code: &[String],
) -> Option<Vec<String>> {
    if let Some((more, less)) = shift(here, old) {
        // A line further out than what is taken away has no place.
        let fits = |line: &String| line.trim().is_empty() || line.starts_with(less.as_str());
        if new.iter().all(fits) {
            return Some(new.iter().map(|line| shifted(line, &more, &less)).collect());
        }
    }
    let filled = |lines: &[String]| -> Vec<i64> {
        lines
            .iter()
            .filter(|line| !line.trim().is_empty())
            .map(|line| width(margin(line)))
            .collect()
    };
    let pairs: Vec<(i64, i64)> = filled(old).into_iter().zip(filled(here)).collect();
    let (x0, y0) = *pairs.first()?;
    // Steps of the one for steps of the other.
    let (up, across) = match pairs.iter().find(|(x, _)| *x != x0) {
        Some((x, y)) => (y - y0, x - x0),
        None => (step(code)?, step(new).or(step(old))?),
    };
    let place = |x: i64| {
        let moved = (x - x0) * up;
        (moved % across == 0)
            .then(|| y0 + moved / across)
            .filter(|y| *y >= 0)
    };
    if pairs.iter().any(|(x, y)| place(*x) != Some(*y)) {
        return None;
    }
    let tabs = here
        .iter()
        .chain(code)
        .any(|line| margin(line).contains('\t'))
        && !here.iter().any(|line| margin(line).contains(' '));
    new.iter()
        .map(|line| {
            if line.trim().is_empty() {
                return Some(String::new());
            }
            let columns = usize::try_from(place(width(margin(line)))?).ok()?;
            let margin = match tabs {
                true => format!(
                    "{}{}",
                    "\t".repeat(columns / TAB),
                    " ".repeat(columns % TAB)
                ),
                false => " ".repeat(columns),
            };
            Some(format!("{margin}{}", line.trim_start()))
        })
        .collect()
}

/// Columns of a tab.
const TAB: usize = 4;

fn width(margin: &str) -> i64 {
    let columns = margin.chars().fold(0, |columns, c| match c {
        '\t' => columns + TAB - columns % TAB,
        _ => columns + 1,
    });
    i64::try_from(columns).unwrap_or(i64::MAX)
}

/// The smallest step between margins, if there are several.
fn step(lines: &[String]) -> Option<i64> {
    let mut widths: Vec<i64> = lines
        .iter()
        .filter(|line| !line.trim().is_empty())
        .map(|line| width(margin(line)))
        .collect();
    widths.sort_unstable();
    widths.dedup();
    widths
        .windows(2)
        .map(|pair| pair[1] - pair[0])
        .min()
        .or_else(|| widths.first().copied().filter(|w| *w > 0))
}

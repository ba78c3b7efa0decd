//! Putting edits into the given code: all of them or none, with a reason that says the nearest place.

use super::margin::{adapted, margin};
use super::{Edit, Split};
use crate::domain::project::HEADING;
use crate::source::lexis::Style;
use crate::source::outline::{Outline, OutlineKind};
use crate::source::syntax::Tongue;

/// What edits are for.
#[derive(Debug, Clone, Copy)]
pub(in crate::reading) struct Target<'a> {
    /// The given code.
    pub document: &'a str,
    /// The files its regions lie in.
    pub files: &'a [&'a str],
    /// Its language, as far as there is a parser for it.
    pub tongue: Tongue,
    /// How its comments and literals are written, if that is known.
    pub style: Option<Style>,
}

/// The document after the edits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::reading) struct Applied {
    /// Its text.
    pub text: String,
    /// What had to be adapted or passed over.
    pub notes: Vec<String>,
}

/// Why there is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::reading) enum Misfit {
    /// They change nothing.
    NoChange,
    /// They do not apply.
    DoesNotApply(String),
}

/// The document after the edits.
pub(in crate::reading) fn apply(target: &Target<'_>, edits: &[Edit]) -> Result<Applied, Misfit> {
    let document = target.document;
    let mut lines: Vec<String> = document.lines().map(str::to_owned).collect();
    let headings: Vec<String> = headings(&lines);
    let mut notes = Vec::new();
    let mut done: Vec<&Edit> = Vec::new();
    for (number, edit) in edits.iter().enumerate() {
        let which = format!("edit {} of {}", number + 1, edits.len());
        let misfit = |why: String| Misfit::DoesNotApply(format!("{which} {why}"));
        notes.extend(file(edit, target.files, number).map_err(misfit)?);
        if edit
            .splits
            .first()
            .is_some_and(|split| split.old == split.new)
        {
            notes.push(format!("edit {} changes nothing", number + 1));
            continue;
        }
        match placed(&mut lines, edit, target) {
            Ok(how) => {
                if !how.is_empty() {
                    notes.push(format!("edit {}: {how}", number + 1));
                }
                if edit.unclosed {
                    notes.push(format!(
                        "edit {} has no end; it was read up to the end of its block",
                        number + 1
                    ));
                }
                done.push(edit);
            }
            Err(_) if done.iter().any(|known| known.splits == edit.splits) => {
                notes.push(format!("edit {} repeats an earlier one", number + 1));
            }
            Err(why) => return Err(misfit(format!("does not apply: {why}"))),
        }
    }
    let first = headings.first().filter(|_| document.starts_with(HEADING));
    if self::headings(&lines) != headings || (first.is_some() && lines.first() != first) {
        return Err(Misfit::DoesNotApply(
            "the edits change a line that names a region".to_owned(),
        ));
    }
    let mut text = lines.join("\n");
    if document.ends_with('\n') && !text.is_empty() {
        text.push('\n');
    }
    if text == document {
        return Err(Misfit::NoChange);
    }
    Ok(Applied { text, notes })
}

/// A note if the edit is for a file of another name; an error if it is for another file.
fn file(edit: &Edit, files: &[&str], number: usize) -> Result<Option<String>, String> {
    let Some(name) = edit.file.as_deref().filter(|name| *name != "/dev/null") else {
        return Ok(None);
    };
    let name = name.replace('\\', "/");
    let known = files.iter().any(|known| {
        name == *known
            || known.ends_with(&format!("/{name}"))
            || name.ends_with(&format!("/{known}"))
    });
    match files {
        _ if known => Ok(None),
        [only] => Ok(Some(format!(
            "edit {} names the file {name}; the only one is {only}",
            number + 1
        ))),
        [] => Ok(None),
        several => Err(format!(
            "is for {name}, which is not among the files that may be changed ({})",
            several.join(", ")
        )),
    }
}

fn headings(lines: &[String]) -> Vec<String> {
    lines
        .iter()
        .filter(|line| line.starts_with(HEADING))
        .cloned()
        .collect()
}

/// Puts an edit in its place, by the first way of dividing it that has one. Says what had to be adapted.
fn placed(
    lines: &mut Vec<String>,
    edit: &Edit,
    target: &Target<'_>,
) -> Result<&'static str, String> {
    let mut first = None;
    for split in &edit.splits {
        match one(lines, split, edit.hint, target) {
            Ok(how) => return Ok(how),
            Err(why) => {
                first.get_or_insert(why);
            }
        }
    }
    Err(first.unwrap_or_else(|| {
        "it is unfinished: no line of `=======` parts the old lines from the new ones".to_owned()
    }))
}

fn blank(lines: &[String]) -> bool {
    lines.iter().all(|line| line.trim().is_empty())
}

fn one(
    lines: &mut Vec<String>,
    split: &Split,
    hint: Option<usize>,
    target: &Target<'_>,
) -> Result<&'static str, String> {
    if blank(&split.old) {
        return inserted(lines, &split.new, target);
    }
    // As `patch` does: lines that only say where may be wrong, the changed ones may not.
    let (before, after) = split.context;
    for fuzz in 0..=2 {
        let (skip, drop) = (before.min(fuzz), after.min(fuzz));
        if fuzz > 0 && before.min(fuzz - 1) == skip && after.min(fuzz - 1) == drop {
            break;
        }
        let old = &split.old[skip..split.old.len() - drop];
        let new = &split.new[skip..split.new.len() - drop];
        if blank(old) {
            break;
        }
        for loose in [Loose::No, Loose::Ends, Loose::Margin, Loose::Blanks] {
            let places = places(lines, old, loose);
            let chosen = match (places.as_slice(), hint) {
                ([], _) => continue,
                ([only], _) => *only,
                (several, Some(hint)) => {
                    let mut near = several.to_vec();
                    near.sort_by_key(|at| at.abs_diff(hint));
                    near[0]
                }
                (several, None) => {
                    return Err(format!(
                        "its first lines stand at {} places; more lines around it would say which",
                        several.len()
                    ));
                }
            };
            let here = &lines[chosen..chosen + old.len()];
            let (new, how) = match (loose, adapted(new, here, old, lines)) {
                (Loose::No | Loose::Ends, _) => (new.to_vec(), ""),
                (Loose::Margin, Some(new)) => (new, "its margin was adapted"),
                (Loose::Blanks, Some(new)) => {
                    (new, "it differs from the given code by white space")
                }
                // Where the margin means nothing, it may be as it likes.
                (_, None) if target.style.is_some_and(|style| style != Style::Python) => {
                    (new.to_vec(), "its margin is not that of the given code")
                }
                (_, None) => {
                    return Err(format!(
                        "the lines from `{}` on stand at line {} with other margins, and how the new ones are meant cannot be told",
                        short(old),
                        chosen + 1
                    ));
                }
            };
            lines.splice(chosen..chosen + old.len(), new);
            return Ok(how);
        }
    }
    Err(nearest(lines, &split.old))
}

fn short(lines: &[String]) -> String {
    let first = lines.iter().find(|line| !line.trim().is_empty());
    cut(first.map_or("", String::as_str))
}

fn cut(line: &str) -> String {
    line.trim().chars().take(80).collect()
}

/// Where the lines would fit best, and what differs there.
fn nearest(lines: &[String], old: &[String]) -> String {
    let dots = old.iter().any(|line| matches!(line.trim(), "..." | "…"));
    let mut words = format!(
        "the lines from `{}` on are not in the code that may be changed",
        short(old)
    );
    if dots {
        words.push_str("; it leaves lines out with `...`");
        return words;
    }
    let tight = |line: &str| line.split_whitespace().collect::<String>();
    let (have, want): (Vec<String>, Vec<String>) = (
        lines.iter().map(|l| tight(l)).collect(),
        old.iter().map(|l| tight(l)).collect(),
    );
    let alike = |at: usize| {
        let here = have.get(at..).unwrap_or(&[]);
        here.iter()
            .zip(&want)
            .filter(|(a, b)| a == b && !a.is_empty())
            .count()
    };
    let best = (0..lines.len())
        .map(|at| (alike(at), at))
        .max_by_key(|(count, at)| (*count, usize::MAX - at));
    if let Some((count, at)) = best.filter(|(count, _)| *count > 0) {
        let differs = (0..old.len()).find(|i| have.get(at + i) != want.get(*i));
        if let Some(i) = differs {
            let there = lines
                .get(at + i)
                .map_or_else(|| "its end".to_owned(), |line| format!("`{}`", cut(line)));
            words.push_str(&format!(
                "; nearest at line {}, where {count} of {} are and {there} stands for `{}`",
                at + 1,
                old.len(),
                cut(&old[i])
            ));
        }
    }
    words
}

/// New lines without a place: only what can stand before everything else has one.
fn inserted(
    lines: &mut Vec<String>,
    new: &[String],
    target: &Target<'_>,
) -> Result<&'static str, String> {
    if blank(lines) {
        *lines = new.to_vec();
        return Ok("");
    }
    let nowhere = "it does not say which lines it replaces";
    if blank(new) || lines.iter().any(|line| line.starts_with(HEADING)) {
        return Err(nowhere.to_owned());
    }
    let text = lines.join("\n") + "\n";
    let starts = [
        "#include", "import ", "from ", "use ", "using ", "#pragma", "#define",
    ];
    let imports = new
        .iter()
        .filter(|line| !line.trim().is_empty())
        .all(|line| {
            starts
                .iter()
                .any(|start| line.trim_start().starts_with(start))
        });
    let added = Outline::of(&(new.join("\n") + "\n"), target.tongue);
    let outline = Outline::of(&text, target.tongue);
    let row = |at: usize| text[..at].matches('\n').count();
    let defines = added.is_some_and(|added| {
        !added.broken
            && !added.items.is_empty()
            && added
                .items
                .iter()
                .all(|item| item.kind != OutlineKind::Statement)
    });
    if !imports && !defines {
        return Err(nowhere.to_owned());
    }
    let top = |kinds: &dyn Fn(OutlineKind) -> bool| {
        outline
            .iter()
            .flat_map(|outline| &outline.items)
            .filter(|item| item.parent.is_none() && kinds(item.kind))
            .map(|item| item.range.clone())
            .collect::<Vec<_>>()
    };
    let last_import = top(&|kind| kind == OutlineKind::Import)
        .iter()
        .map(|range| row(range.end.saturating_sub(1)) + 1)
        .max();
    let at = match (imports, last_import) {
        (true, Some(after)) => after,
        (true, None) => lines
            .iter()
            .position(|line| margin(line).is_empty() && !line.trim().is_empty() && !is_words(line))
            .unwrap_or(0),
        (false, _) => top(&|kind| kind != OutlineKind::Import)
            .first()
            .map_or(0, |range| row(range.start)),
    };
    lines.splice(at..at, new.iter().cloned());
    Ok("it says no place and was put before the definitions")
}

/// A comment, as a file may begin with.
fn is_words(line: &str) -> bool {
    ["//", "/*", "*", "#!", "# ", "\"\"\""]
        .iter()
        .any(|start| line.starts_with(start))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Loose {
    No,
    Ends,
    Margin,
    Blanks,
}

/// Where these lines stand.
fn places(lines: &[String], old: &[String], loose: Loose) -> Vec<usize> {
    if old.is_empty() || old.len() > lines.len() {
        return Vec::new();
    }
    let plain = |lines: &[String]| -> Vec<String> {
        let plain = |line: &String| match loose {
            Loose::No => line.clone(),
            Loose::Ends => line.trim_end().to_owned(),
            Loose::Margin => line.trim().to_owned(),
            Loose::Blanks => line.split_whitespace().collect(),
        };
        lines.iter().map(plain).collect()
    };
    let (have, want) = (plain(lines), plain(old));
    (0..=lines.len() - old.len())
        .filter(|at| have[*at..*at + old.len()] == want[..])
        .collect()
}

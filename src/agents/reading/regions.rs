//! An answer about regions of a project: the whole document after what it says. Whatever the answer lacks of a region
//! stays as it was, or the answer is refused with that said. Pure.

mod lifted;
mod several;

use super::choose::{self, Role, Seen, Wanted, announced};
use super::edits::{self, Misfit, Target};
use super::fences::Closing;
use super::merge::{self, Language, Merged};
use super::{Reading, accounted, blocks_of, code, elision, last_resort, prose, tags};
use crate::domain::ask::{AnswerExtra, Defect, Regions};
use crate::domain::project::parts;
use crate::source::lexis::{Style, squeezed};
use crate::source::outline::removed;
use crate::source::syntax::Tongue;

/// Reads the answer to a rewrite ask about regions of a project.
pub(crate) fn regions(raw: &str, given: &str, regions: &Regions, entry: &str) -> Reading {
    let language = regions.language.to_lowercase();
    let mut reading = super::cleaned_as(raw, Style::of(&language));
    if reading.text.trim().is_empty() {
        return reading;
    }
    let names: Vec<&str> = regions
        .places
        .iter()
        .map(|(name, _)| name.as_str())
        .collect();
    let files: Vec<&str> = regions
        .places
        .iter()
        .map(|(_, file)| file.as_str())
        .collect();
    let wanted = Wanted {
        tongue: Tongue::of(&language),
        style: Style::of(&language),
        entry: choose::last_name(entry),
        given,
    };
    let (blocks, around) = blocks_of(&reading.text, wanted.style);
    reading.prose = prose(&around);
    let mut seen = choose::survey(blocks, &wanted);
    let mut found = edits::edits(&reading.text);
    if found.is_empty()
        && !seen.iter().any(Seen::may_be_code)
        && let Some((bare, words)) = last_resort(&around, &wanted)
    {
        reading.prose = prose(&words);
        reading.defects.push(Defect::NoFence);
        seen.push(choose::survey(vec![bare], &wanted).swap_remove(0));
    }
    let place = Place {
        wanted,
        language: Language {
            tongue: wanted.tongue,
            style: wanted.style,
        },
        names: &names,
        context: &regions.context,
    };
    let placed = place.blocks(&seen);
    let mut pairs = Vec::new();
    if found.is_empty() && placed.is_err() {
        pairs = choose::replacements(&seen, &wanted);
        found = super::replacing(&seen, &pairs);
    }
    let outcome = match placed {
        Ok(done) if found.is_empty() || done.sure => Ok(done),
        Err(why) if found.is_empty() => Err(why),
        other => {
            let target = Target {
                document: given,
                files: &files,
                tongue: wanted.tongue,
                style: wanted.style,
            };
            match (edits::apply(&target, &found), other) {
                (Ok(applied), _) => Ok(Done {
                    text: applied.text,
                    used: super::edit_blocks(&seen, &pairs),
                    defects: applied.notes.into_iter().map(Defect::Mended).collect(),
                    sure: true,
                }),
                (Err(_), Ok(done)) => Ok(done),
                (Err(Misfit::NoChange), Err(_)) => {
                    Err(Refused::NoChange(super::NO_CHANGE.to_owned()))
                }
                (Err(Misfit::DoesNotApply(why)), Err(_)) => {
                    Err(Refused::Other(Defect::DoesNotApply, why))
                }
            }
        }
    };
    match outcome {
        Ok(done) => {
            reading
                .defects
                .extend(accounted(&seen, &done.used, &wanted));
            reading.defects.extend(done.defects);
            let gone = removals(given, &done.text, &names, wanted.tongue);
            if !gone.is_empty() {
                reading.defects.push(Defect::Removes(gone));
            }
            reading.code = Some(done.text);
        }
        Err(refused) => {
            reading.defects.extend(accounted(&seen, &[], &wanted));
            let (defect, why) = match refused {
                Refused::Nothing => (Defect::NoCode, String::new()),
                Refused::NoChange(why) => (Defect::NoChange, why),
                Refused::Other(defect, why) => (defect, why),
            };
            // A fence that was never closed says why something is missing.
            reading.defects.push(defect);
            if !why.is_empty() {
                reading.found = AnswerExtra::Unapplied(why);
            }
        }
    }
    reading
}

/// Names of definitions that the new document lacks, region by region.
fn removals(given: &str, new: &str, names: &[&str], tongue: Tongue) -> Vec<String> {
    let (Ok(before), Ok(after)) = (parts(given, names), parts(new, names)) else {
        return Vec::new();
    };
    before
        .iter()
        .zip(&after)
        .flat_map(|(before, after)| removed(before, after, tongue))
        .collect()
}

struct Done {
    text: String,
    /// The blocks that it is made of.
    used: Vec<usize>,
    defects: Vec<Defect>,
    /// Whether nothing speaks against it, so that no edits are looked at.
    sure: bool,
}

enum Refused {
    /// No code in the answer.
    Nothing,
    NoChange(String),
    Other(Defect, String),
}

struct Place<'a> {
    wanted: Wanted<'a>,
    language: Language,
    names: &'a [&'a str],
    context: &'a str,
}

impl Place<'_> {
    fn blocks(&self, seen: &[Seen]) -> Result<Done, Refused> {
        if self.names.len() > 1 {
            return self.several(seen);
        }
        if self.wanted.entry.is_empty() {
            return self.whole(seen);
        }
        self.function(seen)
    }

    /// The region is a function.
    fn function(&self, seen: &[Seen]) -> Result<Done, Refused> {
        let Some(chosen) = choose::pick(seen, &self.wanted) else {
            return Err(self.nothing(seen));
        };
        let joined = choose::helpers(seen, chosen, &self.wanted);
        let mut text = String::new();
        for at in joined.iter().chain([&chosen]) {
            text.push_str(&seen[*at].block.text);
            if !text.ends_with('\n') {
                text.push('\n');
            }
        }
        let (text, mut unused) = self.lifted(&text);
        let merged = merge::merged(self.wanted.given, &text, self.language);
        let Merged {
            text,
            part,
            unused: more,
        } = merged.map_err(|why| Refused::Other(Defect::Incomplete, why))?;
        unused.extend(more);
        if self.is_given(&text) {
            return Err(Refused::NoChange(super::NO_CHANGE.to_owned()));
        }
        Ok(self.done(seen, text, (joined, chosen), part, unused))
    }

    fn done(
        &self,
        seen: &[Seen],
        text: String,
        (joined, chosen): (Vec<usize>, usize),
        part: Vec<String>,
        unused: Vec<String>,
    ) -> Done {
        let mut defects = Vec::new();
        if !joined.is_empty() {
            defects.push(Defect::Joined(joined.len()));
        }
        if !part.is_empty() {
            defects.push(Defect::PartGiven(part));
        }
        defects.extend(unused.into_iter().map(Defect::Unused));
        let mut used = vec![chosen];
        used.extend(joined);
        let mut sure = true;
        for at in &used {
            sure &= seen[*at].is_sure()
                || seen[*at].role == Role::Other && seen[*at].block.closing == Closing::Present;
            defects.extend(seen[*at].notes.iter().cloned().map(Defect::Mended));
            if seen[*at].block.closing == Closing::Missing {
                defects.push(Defect::UnclosedFence);
            }
        }
        Done {
            text,
            used,
            defects,
            sure,
        }
    }

    fn is_given(&self, text: &str) -> bool {
        squeezed(text, self.wanted.style) == squeezed(self.wanted.given, self.wanted.style)
    }

    /// The region is a file, or lines without a function of their own.
    fn whole(&self, seen: &[Seen]) -> Result<Done, Refused> {
        let given = self.wanted.given;
        let mut candidates: Vec<(usize, usize)> = Vec::new();
        let mut unchanged = false;
        for (at, one) in seen.iter().enumerate() {
            let is_candidate =
                matches!(one.role, Role::Other | Role::Whole { .. } | Role::Unchanged);
            if !is_candidate || tags::is_diff(&one.block.language) {
                continue;
            }
            if self.is_given(&one.block.text) {
                unchanged = true;
                continue;
            }
            let shared = merge::shared(given, &one.block.text, self.language).len();
            candidates.push((at, shared));
        }
        let parsed = merge::is_of_parts(given, self.wanted.tongue);
        // A fragment is no region, and would replace all of it.
        let fits = |at: usize, shared: usize| match parsed {
            true => shared > 0,
            false => seen[at].block.text.trim().len() * 4 >= given.trim().len(),
        };
        candidates.retain(|(at, shared)| fits(*at, *shared));
        candidates.sort_by_key(|(at, shared)| {
            let block = &seen[*at].block;
            let open = block.closing == Closing::Missing;
            let size = if parsed { *shared } else { block.text.len() };
            (
                open,
                -announced(&block.introduction),
                usize::MAX - size,
                *at,
            )
        });
        let mut why = None;
        for (at, _) in &candidates {
            match self
                .lines_kept(&seen[*at].block.text)
                .and_then(|()| merge::merged(given, &seen[*at].block.text, self.language))
            {
                Ok(merged) if self.is_given(&merged.text) => unchanged = true,
                Ok(merged) => return Ok(self.extended(seen, *at, &candidates, merged)),
                Err(words) => {
                    why.get_or_insert(words);
                }
            }
        }
        match why {
            Some(why) => Err(Refused::Other(Defect::Incomplete, why)),
            None if unchanged => Err(Refused::NoChange(super::NO_CHANGE.to_owned())),
            None => Err(self.nothing(seen)),
        }
    }

    /// Where there is no parser: whether the names that lines of the given code define are in the text.
    fn lines_kept(&self, text: &str) -> Result<(), String> {
        if self.wanted.tongue != Tongue::Other {
            return Ok(());
        }
        let missing: Vec<String> = defined_by_lines(self.wanted.given)
            .into_iter()
            .filter(|name| !code::mentions(text, name))
            .take(6)
            .map(|name| format!("`{name}`"))
            .collect();
        match missing.is_empty() {
            true => Ok(()),
            false => Err(format!(
                "it lacks {} of the given code, and in this language only the whole can be put in place",
                missing.join(", ")
            )),
        }
    }

    /// The other blocks that give further parts of the region, put in place as well.
    fn extended(
        &self,
        seen: &[Seen],
        first: usize,
        candidates: &[(usize, usize)],
        merged: Merged,
    ) -> Done {
        let given = self.wanted.given;
        let names = |at: usize| merge::shared(given, &seen[at].block.text, self.language);
        let mut known = names(first);
        let Merged {
            mut text,
            mut part,
            mut unused,
        } = merged;
        let mut used = Vec::new();
        if !part.is_empty() {
            for (at, _) in candidates {
                let new = names(*at);
                let open = seen[*at].block.closing == Closing::Missing;
                if *at == first || open || new.iter().any(|name| known.contains(name)) {
                    continue;
                }
                if let Ok(more) = merge::merged(&text, &seen[*at].block.text, self.language) {
                    text = more.text;
                    part.extend(more.part);
                    unused.extend(more.unused);
                    known.extend(new);
                    used.push(*at);
                }
            }
        }
        let mut done = self.done(seen, text, (used, first), part, unused);
        done.defects
            .retain(|defect| !matches!(defect, Defect::Joined(_)));
        done
    }

    fn nothing(&self, seen: &[Seen]) -> Refused {
        if !seen.iter().any(Seen::may_be_code) {
            return Refused::Nothing;
        }
        if seen.iter().any(|one| one.role == Role::Unchanged) {
            return Refused::NoChange(super::NO_CHANGE.to_owned());
        }
        let gap = seen
            .iter()
            .find_map(|one| elision::elided(&one.block.text, self.wanted.style, self.wanted.given));
        let why = match gap {
            Some(line) => format!(
                "it holds neither the whole region nor edits of it, and leaves lines out: `{line}`"
            ),
            None => "it holds neither the whole region nor edits of it".to_owned(),
        };
        Refused::Other(Defect::DoesNotApply, why)
    }
}

/// Names that lines at the left margin define, in languages without a parser here.
fn defined_by_lines(text: &str) -> Vec<String> {
    const WORDS: &[&str] = &[
        "func",
        "function",
        "class",
        "type",
        "struct",
        "interface",
        "enum",
        "def",
        "fn",
        "fun",
        "const",
        "var",
        "let",
        "val",
        "module",
        "trait",
        "object",
        "sub",
        "subroutine",
        "proc",
        "record",
    ];
    let mut names: Vec<String> = Vec::new();
    for line in text.lines().filter(|line| !line.starts_with([' ', '\t'])) {
        let words = line
            .split(|c: char| c.is_whitespace() || c == '(' || c == '*')
            .filter(|word| !word.is_empty());
        for word in words {
            if matches!(
                word,
                "export"
                    | "default"
                    | "public"
                    | "private"
                    | "static"
                    | "async"
                    | "final"
                    | "pub"
                    | "abstract"
                    | "internal"
            ) {
                continue;
            }
            if WORDS.contains(&word) {
                // `func (r *T) name(` of Go
                let rest = line
                    .split_once(word)
                    .map_or("", |(_, rest)| rest)
                    .trim_start();
                let rest = match rest.strip_prefix('(') {
                    Some(receiver) if word == "func" => receiver
                        .split_once(')')
                        .map_or("", |(_, rest)| rest)
                        .trim_start(),
                    _ => rest,
                };
                let name: String = rest
                    .chars()
                    .take_while(|c| c.is_alphanumeric() || *c == '_')
                    .collect();
                if name.len() > 1 && !names.contains(&name) {
                    names.push(name);
                }
            }
            break;
        }
    }
    names
}

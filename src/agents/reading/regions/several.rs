//! Answers about several regions: each under its heading, or where its definitions say it belongs.

use super::super::choose::{Role, Seen, announced};
use super::super::fences::{Block, Closing};
use super::super::{NO_CHANGE, merge};
use super::{Done, Place, Refused};
use crate::domain::ask::Defect;
use crate::domain::project::{HEADING, document, parts};
use crate::source::lexis::squeezed;

impl Place<'_> {
    /// Several regions: each under its heading, or where its definitions say it belongs.
    pub(super) fn several(&self, seen: &[Seen]) -> Result<Done, Refused> {
        let own = parts(self.wanted.given, self.names)
            .map_err(|error| Refused::Other(Defect::DoesNotApply, error.to_string()))?;
        let mut texts = own.clone();
        let mut used: Vec<usize> = Vec::new();
        let mut defects = Vec::new();
        let mut why = None;
        for (name, at, text) in self.headed(seen, &own)? {
            let Some(number) = self.names.iter().position(|known| *known == name) else {
                continue;
            };
            match merge::merged(&own[number], &text, self.language) {
                Ok(merged) => {
                    if !merged.part.is_empty() {
                        defects.push(Defect::PartGiven(merged.part));
                    }
                    defects.extend(merged.unused.into_iter().map(Defect::Unused));
                    texts[number] = merged.text;
                    if !used.contains(&at) {
                        used.push(at);
                    }
                }
                Err(words) => {
                    why.get_or_insert(format!("region `{name}`: {words}"));
                }
            }
        }
        if let Some(why) = why {
            return Err(Refused::Other(Defect::Incomplete, why));
        }
        if used.is_empty() {
            return Err(self.nothing(seen));
        }
        let regions: Vec<(String, String)> = self
            .names
            .iter()
            .zip(texts)
            .map(|(name, text)| ((*name).to_owned(), text))
            .collect();
        let text = document(&regions);
        if self.is_given(&text) {
            return Err(Refused::NoChange(NO_CHANGE.to_owned()));
        }
        for at in &used {
            defects.extend(seen[*at].notes.iter().cloned().map(Defect::Mended));
            if seen[*at].block.closing == Closing::Missing {
                defects.push(Defect::UnclosedFence);
            }
        }
        Ok(Done {
            text,
            used,
            defects,
            sure: true,
        })
    }

    /// The texts of regions in the blocks, each with its name and block; of several for one region the best announced.
    fn headed(
        &self,
        seen: &[Seen],
        own: &[String],
    ) -> Result<Vec<(String, usize, String)>, Refused> {
        let mut found: Vec<(String, usize, String)> = Vec::new();
        for (at, one) in seen
            .iter()
            .enumerate()
            .filter(|(_, one)| one.may_be_code() && one.role != Role::Edits)
        {
            let block = &one.block;
            let mut texts: Vec<(String, String)> = Vec::new();
            let last_words = block
                .introduction
                .lines()
                .rev()
                .find(|line| !line.trim().is_empty());
            if let Some(name) = last_words.and_then(heading) {
                texts.push((name, String::new()));
            }
            for line in block.text.split_inclusive('\n') {
                if let Some(name) = heading(line) {
                    if !self.names.contains(&name.as_str()) {
                        return Err(Refused::Other(
                            Defect::DoesNotApply,
                            format!("`{}` belongs to no region that may be changed", line.trim()),
                        ));
                    }
                    texts.push((name, String::new()));
                } else if let Some((_, text)) = texts.last_mut() {
                    text.push_str(line);
                }
            }
            if texts.is_empty() {
                texts.extend(self.at_home(block, own));
            }
            for (name, text) in texts
                .into_iter()
                .filter(|(_, text)| !text.trim().is_empty())
            {
                let number = self.names.iter().position(|known| *known == name);
                let same = number.is_some_and(|n| {
                    squeezed(&own[n], self.wanted.style) == squeezed(&text, self.wanted.style)
                });
                match found.iter_mut().find(|(known, ..)| *known == name) {
                    _ if same && !block.text.contains(HEADING) => {}
                    None => found.push((name, at, text)),
                    Some(known) => {
                        let worth = |at: usize| {
                            let block: &Block = &seen[at].block;
                            (
                                block.closing == Closing::Present,
                                announced(&block.introduction),
                            )
                        };
                        if worth(at) > worth(known.1) {
                            (known.1, known.2) = (at, text);
                        }
                    }
                }
            }
        }
        Ok(found)
    }

    /// The one region whose definitions a block without headings gives.
    fn at_home(&self, block: &Block, own: &[String]) -> Option<(String, String)> {
        let mut homes = self
            .names
            .iter()
            .zip(own)
            .filter(|(_, own)| !merge::shared(own, &block.text, self.language).is_empty());
        let (name, _) = homes.next()?;
        homes
            .next()
            .is_none()
            .then(|| ((*name).to_owned(), block.text.clone()))
    }
}

fn heading(line: &str) -> Option<String> {
    let line = line.trim().trim_matches(['`', '*']);
    line.strip_prefix(HEADING.trim_end())
        .map(|name| name.trim().to_owned())
}

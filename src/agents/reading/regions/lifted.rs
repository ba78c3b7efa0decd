//! A function out of what an answer gives around it.

use super::super::choose;
use super::Place;
use crate::source::dedent;
use crate::source::lexis::squeezed;
use crate::source::outline::{Outline, OutlineKind};

impl Place<'_> {
    /// The function out of a class around it that the region does not have, and without what stands around the region
    /// anyway; what was left out is told.
    pub(super) fn lifted(&self, text: &str) -> (String, Vec<String>) {
        let (plain, _) = dedent(text);
        let (given, _) = dedent(self.wanted.given);
        let of = |text: &str| Outline::of(text, self.wanted.tongue);
        let (Some(new), Some(own)) = (of(&plain), of(&given)) else {
            return (text.to_owned(), Vec::new());
        };
        let named = |outline: &Outline| {
            outline
                .items
                .iter()
                .find(|item| {
                    matches!(item.kind, OutlineKind::Function | OutlineKind::Type)
                        && choose::last_name(&item.name) == self.wanted.entry
                })
                .cloned()
        };
        let (Some(new_entry), Some(own_entry)) = (named(&new), named(&own)) else {
            return (text.to_owned(), Vec::new());
        };
        let mut unused = Vec::new();
        let mut lifted = String::new();
        let inside = new_entry.parent.is_some() && own_entry.parent.is_none();
        let squeezed_context = squeezed(self.context, None);
        for (at, item) in new
            .items
            .iter()
            .enumerate()
            .filter(|(_, item)| item.parent.is_none())
        {
            let spelled = &plain[item.range.clone()];
            let holds_entry =
                item.range.start <= new_entry.range.start && new_entry.range.end <= item.range.end;
            if inside && holds_entry {
                let entry = &plain[new_entry.range.clone()];
                let start = plain[..new_entry.range.start]
                    .rfind('\n')
                    .map_or(0, |n| n + 1);
                let margin = &plain[start..new_entry.range.start];
                lifted.push_str(&dedent(&format!("{margin}{entry}\n")).0);
                for member in new.items.iter().filter(|other| other.parent == Some(at)) {
                    if member.range != new_entry.range {
                        unused.push(format!(
                            "`{}`, which stands outside of the part",
                            member.name
                        ));
                    }
                }
                continue;
            }
            // The whole file instead of the part: what is around it is there already.
            let around = !holds_entry
                && !own.items.iter().any(|own| own.name == item.name)
                && squeezed_context.contains(&squeezed(spelled, None))
                || !holds_entry && item.kind == OutlineKind::Statement;
            if around {
                unused.push(match item.kind {
                    OutlineKind::Statement => format!("the statement `{}`", item.name),
                    _ => format!("`{}`, which stands around the part already", item.name),
                });
            }
        }
        if inside {
            return (lifted, unused);
        }
        if unused.is_empty() {
            return (text.to_owned(), unused);
        }
        // Everything but that, as it stands.
        let mut kept = String::new();
        let mut at = 0;
        for item in new.items.iter().filter(|item| item.parent.is_none()) {
            let line = plain[..item.range.start].rfind('\n').map_or(0, |n| n + 1);
            let is_unused = unused.iter().any(|words| {
                words.starts_with(&format!("`{}`,", item.name))
                    || words.starts_with(&format!("the statement `{}`", item.name))
            });
            if is_unused && line >= at {
                kept.push_str(&plain[at..line]);
                at = plain[item.range.end..]
                    .find('\n')
                    .map_or(plain.len(), |n| item.range.end + n + 1);
            }
        }
        kept.push_str(&plain[at..]);
        (kept, unused)
    }
}

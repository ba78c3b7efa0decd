//! What macros and aliases of pointers stand for. Pure.

use std::collections::BTreeSet;

use super::super::items::{Item, Kind};
use super::super::signature::{Layer, Parameter};
use super::{DEEPEST, Types, stripped};

impl Types<'_> {
    /// The numbers among words that a function compares with: literals, and macros that stand for one.
    pub(crate) fn numbers(&self, words: Option<&BTreeSet<String>>) -> Vec<String> {
        let plain = |text: &str| {
            let text = text.trim().trim_matches(['(', ')', ' ']);
            text.parse::<i64>().ok().map(|n| n.to_string())
        };
        let words = words.into_iter().flatten();
        words
            .filter_map(|word| plain(&self.defined(word).unwrap_or_else(|| word.clone())))
            .collect()
    }

    /// A parameter whose type is an alias of a pointer, as a pointer to what the alias points to.
    pub(crate) fn seen_through(&self, parameter: &Parameter) -> Parameter {
        let mut seen = parameter.clone();
        for _ in 0..DEEPEST {
            let name = stripped(&seen.base);
            // What a template's parameter is chosen to be.
            if let Some(to) = self
                .aliases
                .get(&name)
                .filter(|to| to.trim_end().ends_with('*'))
            {
                seen.base = to.trim_end_matches(['*', ' ']).to_owned();
                seen.layers
                    .extend(std::iter::repeat_n(Layer::Pointer, to.matches('*').count()));
                continue;
            }
            // A macro is text: what is `const` beside it is what is pointed to. Memory models of old compilers are nothing.
            let meant = self.defined(&name).map(|to| self.without_empty(&to));
            if let Some(to) =
                meant.filter(|to| to.ends_with('*') && !to.contains(['(', '{', ',', ';']))
            {
                let constant = if seen.constant() { "const " } else { "" };
                seen.base = format!("{constant}{}", to.trim_end_matches(['*', ' ']));
                seen.layers
                    .extend(std::iter::repeat_n(Layer::Pointer, to.matches('*').count()));
                continue;
            }
            let Some(item) = self.item(&name) else { break };
            let text = self.parsed.slice(&item.span);
            // `typedef T *NAME;` and nothing more in it.
            let target = text
                .strip_prefix("typedef")
                .and_then(|rest| {
                    rest.trim()
                        .trim_end_matches(';')
                        .trim_end()
                        .strip_suffix(&name)
                })
                .map(str::trim_end);
            let Some(target) =
                target.filter(|target| target.ends_with('*') && !target.contains(['(', '{', ',']))
            else {
                break;
            };
            let base = target.trim_end_matches(['*', ' ']);
            // `const` beside an alias is the pointer's own.
            seen.base = base.to_owned();
            let pointers = target.matches('*').count();
            seen.layers
                .extend(std::iter::repeat_n(Layer::Pointer, pointers));
        }
        seen
    }

    /// A text without the words that are macros for nothing.
    fn without_empty(&self, text: &str) -> String {
        let nothing = |word: &str| {
            let named = |item: &&Item| item.kind == Kind::Define && item.names == [word];
            let item = self.parsed.items.iter().find(named);
            item.and_then(|item| self.parsed.slice(&item.span).split_once(word))
                .is_some_and(|(_, value)| value.trim().is_empty())
        };
        let kept: Vec<&str> = text.split_whitespace().filter(|w| !nothing(w)).collect();
        kept.join(" ")
    }

    /// The declaration of a pointer to a function, or of a function, that an alias stands for: `int (*NAME)(int)`.
    pub(crate) fn function_alias(&self, base: &str) -> Option<String> {
        let mut name = stripped(base);
        for _ in 0..DEEPEST {
            let item = self.item(&name)?;
            let text = self.parsed.slice(&item.span);
            let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
            let plain = text.trim_end_matches([';', ' ']);
            if let Some(declared) = plain.strip_prefix("typedef ") {
                if declared.contains("(*") || declared.contains("( *") {
                    return Some(declared.replace("( *", "(*"));
                }
                // A function itself: handed over, it is a pointer to it.
                if let Some((returns, takes)) = declared.split_once(&format!("{name}(")) {
                    return Some(format!("{returns}(*{name})({takes}"));
                }
                name = stripped(declared.strip_suffix(name.as_str())?);
            } else {
                let (_, target) = plain.strip_prefix("using ")?.split_once('=')?;
                let target = target.trim();
                if target.contains("(*") || target.contains("function<") {
                    return Some(target.to_owned());
                }
                name = stripped(target);
            }
        }
        None
    }

    /// What a macro of the file stands for.
    pub(super) fn defined(&self, name: &str) -> Option<String> {
        let item = self
            .parsed
            .items
            .iter()
            .find(|item| item.kind == Kind::Define && item.names.iter().any(|n| n == name))?;
        let (_, value) = self.parsed.slice(&item.span).split_once(name)?;
        let value = value.trim();
        (!value.is_empty() && value != name).then(|| value.to_owned())
    }
}

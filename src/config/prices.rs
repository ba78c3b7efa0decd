//! Prices of models: a short list that is compiled in, with its date, and what the person's configuration says.
//! Never makes a price up: a model in neither has none. A project's file may not set any: they guard a budget.

use std::collections::BTreeMap;

use globset::Glob;
use toml::de::DeTable;

use super::reader::Reader;
use super::{ConfigError, Origin, Sourced};
use crate::domain::price::Price;

/// The compiled-in list.
const LIST: &str = include_str!("prices.toml");

/// Highest price that is taken for one, dollars per million tokens.
const HIGHEST: f64 = 100_000.0;

/// What runs here, or is paid for otherwise.
const FREE: Price = Price {
    input: 0.0,
    cached: None,
    output: 0.0,
    reasoning: None,
};

/// Prices by model or pattern of models, each with where it comes from.
pub type PriceTable = BTreeMap<String, Sourced<Price>>;

/// The compiled-in list and its date (year and month).
///
/// # Errors
/// If the list is damaged, which a test rules out.
pub fn built_in() -> Result<(PriceTable, String), ConfigError> {
    let origin = Origin::Default;
    let (reader, document) = Reader::parse(&origin, LIST)?;
    let mut table = PriceTable::new();
    let mut as_of = String::new();
    for (key, item) in &document {
        match key.get_ref().as_ref() {
            "as_of" => as_of = reader.string("as_of", item)?,
            "prices" => lay(&mut table, &reader, 0, reader.table("prices", item)?)?,
            other => return Err(reader.unknown(other, key.span().start, &["as_of", "prices"])),
        }
    }
    Ok((table, as_of))
}

/// The price of a model: of the names and patterns that fit it the person's before the compiled-in ones, a name before a
/// pattern, and of patterns the one with the most letters.
pub fn find<'a>(table: &'a PriceTable, model: &str) -> Option<&'a Sourced<Price>> {
    let fitting = table.iter().filter(|(name, _)| {
        *name == model || Glob::new(name).is_ok_and(|glob| glob.compile_matcher().is_match(model))
    });
    let rank = |(name, price): &(&String, &Sourced<Price>)| {
        let letters = name.chars().filter(|c| !"*?[]{}".contains(*c)).count();
        (price.origin != Origin::Default, *name == model, letters)
    };
    fitting.max_by_key(rank).map(|(_, price)| price)
}

/// Lays a `[prices]` table over what is known so far.
pub(super) fn lay(
    known: &mut PriceTable,
    reader: &Reader<'_>,
    at: usize,
    table: &DeTable<'_>,
) -> Result<(), ConfigError> {
    if reader.origin.is_untrusted() {
        return Err(reader.error(
            at,
            "`prices`: a project's file may not set prices, which your budgets rely on",
            "Put them into your own configuration.",
        ));
    }
    for (model, item) in table {
        let name = model.get_ref().to_string();
        let at = model.span().start;
        if let Err(error) = Glob::new(&name) {
            let what = format!("`{name}` is no pattern: {}", error.kind());
            return Err(reader.error(at, what, "Write a model's name, with * for any letters."));
        }
        let value = match item.get_ref().as_str() {
            Some("free") => FREE,
            _ => one(reader, at, reader.table(&name, item)?)?,
        };
        let origin = reader.origin.clone();
        known.insert(name, Sourced { value, origin });
    }
    Ok(())
}

fn one(reader: &Reader<'_>, at: usize, table: &DeTable<'_>) -> Result<Price, ConfigError> {
    const KEYS: [&str; 4] = ["input", "cached", "output", "reasoning"];
    let (mut input, mut cached, mut output, mut reasoning) = (None, None, None, None);
    for (key, item) in table {
        let name = key.get_ref().as_ref();
        let place = match name {
            "input" => &mut input,
            "cached" => &mut cached,
            "output" => &mut output,
            "reasoning" => &mut reasoning,
            other => return Err(reader.unknown(other, key.span().start, &KEYS)),
        };
        *place = Some(reader.number(name, item, 0.0, HIGHEST)?);
    }
    match (input, output) {
        (Some(input), Some(output)) => Ok(Price {
            input,
            cached,
            output,
            reasoning,
        }),
        _ => Err(reader.error(
            at,
            "a price lacks `input` or `output`",
            "Write both, in US dollars per million tokens, or \"free\" in place of the table.",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Settings;

    #[test]
    fn the_compiled_in_list_is_sound_and_dated() {
        let (table, as_of) = built_in().unwrap();
        assert!(table.contains_key("gpt-4o-mini"));
        assert_eq!(as_of.len(), "2026-06".len());
    }

    #[test]
    fn a_persons_prices_win_and_a_projects_are_refused() {
        let text = "[prices.\"org/m:7b\"]\ninput = 0\noutput = 0\n[prices.\"gpt-4o\"]\ninput = 3\noutput = 12\n";
        let mut settings = Settings::default();
        let user = Origin::User("/c.toml".into());
        settings.lay(&user, text).unwrap();
        assert_eq!(settings.prices["org/m:7b"].value.output, 0.0);
        assert_eq!(settings.prices["gpt-4o"].value.cached, None);
        assert_eq!(settings.prices["gpt-4o"].origin, user);
        let project = Origin::Project("/p/lessonl.toml".into());
        let error = settings.lay(&project, text).unwrap_err();
        assert!(error.what.contains("may not set prices"), "{error}");
    }

    #[test]
    fn a_pattern_prices_a_family_and_what_is_nearer_wins() {
        let text = "[prices]\n\"qwen*\" = \"free\"\n\"qwen*:72b\" = { input = 1, output = 2 }\n\"gpt-4o*\" = { input = 9, output = 9 }\n\"*-mini\" = \"free\"\n";
        let mut settings = Settings::default();
        let user = Origin::User("/c.toml".into());
        settings.lay(&user, text).unwrap();
        let output = |model: &str| find(&settings.prices, model).map(|price| price.value.output);
        assert_eq!(output("qwen2.5-coder:7b"), Some(0.0));
        assert_eq!(output("qwen/qwen2.5:72b"), Some(2.0));
        assert_eq!(
            output("gpt-4o"),
            Some(9.0),
            "the person's before the list's"
        );
        assert_eq!(
            output("gpt-4o-mini"),
            Some(9.0),
            "the pattern with more letters"
        );
        assert_eq!(output("llama3"), None, "nobody told");
        let mut error = |text: &str| settings.lay(&user, text).unwrap_err().to_string();
        assert!(
            error("[prices]\n\"a[\" = \"free\"\n").starts_with("/c.toml:2: `a[` is no pattern")
        );
        assert!(error("[prices]\nm = \"gratis\"\n").starts_with("/c.toml:2: "));
    }

    #[test]
    fn half_a_price_is_none() {
        let mut settings = Settings::default();
        let user = Origin::User("/c.toml".into());
        let mut error = |text: &str| settings.lay(&user, text).unwrap_err().to_string();
        assert_eq!(
            error("[prices.m]\ninput = 1\n"),
            "/c.toml:1: a price lacks `input` or `output`"
        );
        assert_eq!(
            error("[prices.m]\ninput = 1\noutptu = 1\n"),
            "/c.toml:3: unknown key `outptu`"
        );
        assert!(error("[prices.m]\ninput = -1\noutput = 1\n").contains("from 0 to"));
    }
}

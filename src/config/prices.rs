//! Prices of models: a short list that is compiled in, with its date, and what the person's configuration says.
//! Never makes a price up: a model in neither has none. A project's file may not set any: they guard a budget.

use std::collections::BTreeMap;

use toml::de::DeTable;

use super::reader::Reader;
use super::{ConfigError, Origin, Sourced};
use crate::domain::price::Price;

/// The compiled-in list.
const LIST: &str = include_str!("prices.toml");

/// Highest price that is taken for one, dollars per million tokens.
const HIGHEST: f64 = 100_000.0;

/// Prices by model, each with where it comes from.
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
        let value = one(reader, model.span().start, reader.table(&name, item)?)?;
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
            "Write both, in US dollars per million tokens; 0 where a model is free.",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::settings::Settings;

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

//! Reading a TOML document key by key, so that every error names file, line and key. Never guesses: an unknown key is an error.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{ConfigError, Origin};

/// A document being read.
pub(crate) struct Reader<'a> {
    /// Where it comes from.
    pub origin: &'a Origin,
    text: &'a str,
}

/// A key's value with its place.
pub(crate) type SettingItem<'a> = Spanned<DeValue<'a>>;

impl<'a> Reader<'a> {
    /// Parses the document's text.
    ///
    /// # Errors
    /// If it is not TOML.
    pub(crate) fn parse(
        origin: &'a Origin,
        text: &'a str,
    ) -> Result<(Self, DeTable<'a>), ConfigError> {
        let reader = Self { origin, text };
        match DeTable::parse(text) {
            Ok(table) => Ok((reader, table.into_inner())),
            Err(error) => {
                let at = error.span().map_or(0, |span| span.start);
                Err(reader.error(at, error.message(), "Correct the file."))
            }
        }
    }

    /// An error at a byte of the document.
    pub(crate) fn error(
        &self,
        at: usize,
        what: impl Into<String>,
        hint: impl Into<String>,
    ) -> ConfigError {
        let before = self.text.get(..at).unwrap_or(self.text);
        let line = before.matches('\n').count() + 1;
        ConfigError {
            place: format!("{}:{line}", self.origin),
            what: what.into(),
            hint: hint.into(),
        }
    }

    /// The error for a key that is not among the known ones.
    pub(crate) fn unknown(&self, key: &str, at: usize, known: &[&str]) -> ConfigError {
        if matches!(key, "api_key" | "key" | "token" | "secret") {
            return self.error(
                at,
                format!("`{key}`: keys do not belong into a file"),
                "Put the key into an environment variable and write its name: key_env = \"MY_KEY\".",
            );
        }
        let hint = match nearest(key, known) {
            Some(name) => format!("Did you mean `{name}`?"),
            None => format!("Known keys: {}.", known.join(", ")),
        };
        self.error(at, format!("unknown key `{key}`"), hint)
    }

    fn wrong_type(&self, key: &str, item: &SettingItem<'_>, expected: &str) -> ConfigError {
        self.error(
            item.span().start,
            format!(
                "`{key}` must be {expected}, not {}",
                item.get_ref().type_str()
            ),
            format!("Write {key} as {expected}."),
        )
    }

    /// Text.
    ///
    /// # Errors
    /// If it is something else.
    pub(crate) fn string(&self, key: &str, item: &SettingItem<'_>) -> Result<String, ConfigError> {
        let text = item.get_ref().as_str();
        text.map(str::to_owned)
            .ok_or_else(|| self.wrong_type(key, item, "text in quotes"))
    }

    /// True or false.
    ///
    /// # Errors
    /// If it is something else.
    pub(crate) fn boolean(&self, key: &str, item: &SettingItem<'_>) -> Result<bool, ConfigError> {
        item.get_ref()
            .as_bool()
            .ok_or_else(|| self.wrong_type(key, item, "true or false"))
    }

    /// A whole number within bounds.
    ///
    /// # Errors
    /// If it is something else or out of bounds.
    pub(crate) fn whole(
        &self,
        key: &str,
        item: &SettingItem<'_>,
        lo: u32,
        hi: u32,
    ) -> Result<u32, ConfigError> {
        let expected = format!("a whole number from {lo} to {hi}");
        let number = item
            .get_ref()
            .as_integer()
            .ok_or_else(|| self.wrong_type(key, item, &expected))?;
        u32::from_str_radix(number.as_str(), number.radix())
            .ok()
            .filter(|n| (lo..=hi).contains(n))
            .ok_or_else(|| {
                self.error(
                    item.span().start,
                    format!("`{key}` must be {expected}, not {}", number.as_str()),
                    "Choose another number.",
                )
            })
    }

    /// A number within bounds.
    ///
    /// # Errors
    /// If it is something else or out of bounds.
    pub(crate) fn number(
        &self,
        key: &str,
        item: &SettingItem<'_>,
        lo: f64,
        hi: f64,
    ) -> Result<f64, ConfigError> {
        let expected = format!("a number from {lo} to {hi}");
        let value = match item.get_ref() {
            DeValue::Float(float) => float.as_str().parse().ok(),
            DeValue::Integer(whole) => whole.as_str().parse::<f64>().ok(),
            _ => None,
        };
        value
            .filter(|n| (lo..=hi).contains(n))
            .ok_or_else(|| self.wrong_type(key, item, &expected))
    }

    /// A list of texts.
    ///
    /// # Errors
    /// If it is something else.
    pub(crate) fn strings(
        &self,
        key: &str,
        item: &SettingItem<'_>,
    ) -> Result<Vec<String>, ConfigError> {
        let list = item
            .get_ref()
            .as_array()
            .ok_or_else(|| self.wrong_type(key, item, "a list of texts"))?;
        list.iter().map(|item| self.string(key, item)).collect()
    }

    /// A list of tables.
    ///
    /// # Errors
    /// If it is something else.
    pub(crate) fn tables<'t>(
        &self,
        key: &str,
        item: &'t SettingItem<'a>,
    ) -> Result<Vec<(usize, &'t DeTable<'a>)>, ConfigError> {
        let expected = format!("tables, each begun with [[{key}]]");
        let list = item
            .get_ref()
            .as_array()
            .ok_or_else(|| self.wrong_type(key, item, &expected))?;
        list.iter()
            .map(|entry| match entry.get_ref().as_table() {
                Some(table) => Ok((entry.span().start, table)),
                None => Err(self.wrong_type(key, entry, &expected)),
            })
            .collect()
    }

    /// A table.
    ///
    /// # Errors
    /// If it is something else.
    pub(crate) fn table<'t>(
        &self,
        key: &str,
        item: &'t SettingItem<'a>,
    ) -> Result<&'t DeTable<'a>, ConfigError> {
        item.get_ref()
            .as_table()
            .ok_or_else(|| self.wrong_type(key, item, &format!("a table, begun with [{key}]")))
    }

    /// Anything, as JSON.
    ///
    /// # Errors
    /// If it has no JSON form: dates, infinities.
    pub(crate) fn json(
        &self,
        key: &str,
        item: &SettingItem<'_>,
    ) -> Result<serde_json::Value, ConfigError> {
        let without_form =
            || self.wrong_type(key, item, "text, a number, true, false, a list or a table");
        Ok(match item.get_ref() {
            DeValue::String(text) => text.as_ref().into(),
            DeValue::Boolean(value) => (*value).into(),
            DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
                .map_err(|_| without_form())?
                .into(),
            DeValue::Float(number) => number
                .as_str()
                .parse::<f64>()
                .ok()
                .and_then(serde_json::Number::from_f64)
                .ok_or_else(without_form)?
                .into(),
            DeValue::Array(list) => list
                .iter()
                .map(|item| self.json(key, item))
                .collect::<Result<Vec<_>, _>>()?
                .into(),
            DeValue::Table(table) => self.json_map(table)?.into(),
            DeValue::Datetime(_) => return Err(without_form()),
        })
    }

    /// A table as a JSON object.
    ///
    /// # Errors
    /// If a value has no JSON form.
    pub(crate) fn json_map(
        &self,
        table: &DeTable<'_>,
    ) -> Result<serde_json::Map<String, serde_json::Value>, ConfigError> {
        table
            .iter()
            .map(|(key, item)| {
                let key = key.get_ref().to_string();
                let value = self.json(&key, item)?;
                Ok((key, value))
            })
            .collect()
    }
}

/// The known name that is closest to what was written (Levenshtein 1966), if one is close at all.
pub(crate) fn nearest<'n>(written: &str, known: &[&'n str]) -> Option<&'n str> {
    let limit = (written.chars().count() / 3).max(1);
    known
        .iter()
        .map(|name| (strsim::levenshtein(written, name), *name))
        .filter(|(d, _)| *d <= limit)
        .min()
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_offered_only_when_it_is_near() {
        let known = ["rounds", "lessons", "theme"];
        assert_eq!(nearest("ruonds", &known), Some("rounds"));
        assert_eq!(nearest("lesons", &known), Some("lessons"));
        assert_eq!(nearest("zebra", &known), None);
    }
}

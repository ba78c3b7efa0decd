//! `lessonl config`: every setting with its value, where that comes from and what it means; and the names of all keys.

use serde_json::{Value, json};

use super::args::ConfigArguments;
use super::compose::House;
use super::output::{self, Halt};
use crate::config::keymap::{Keymap, TABLE};
use crate::config::layers;
use crate::config::settings::KEYS;
use crate::config::theme::BUNDLED;
use crate::reports::table::Table;

/// Runs it. Returns the exit code.
pub(super) fn config(house: &House, wanted: &ConfigArguments) -> Result<u8, Halt> {
    match wanted.keys {
        true => keys(house, wanted.json),
        false => settings(house, wanted.json),
    }
}

fn settings(house: &House, as_json: bool) -> Result<u8, Halt> {
    let listed = house.configuration.settings.listed().into_iter().zip(KEYS);
    if as_json {
        let all: Vec<Value> = listed
            .map(|((key, told), (_, meaning))| {
                let (value, origin) = told.unzip();
                json!({ "key": key, "value": value, "origin": origin, "meaning": meaning })
            })
            .collect();
        output::json(&all.into())?;
        return Ok(0);
    }
    let mut table = Table::new(&["setting", "value", "from", "meaning"]);
    for ((key, told), (_, meaning)) in listed {
        let (value, origin) = told.unwrap_or_else(|| ("–".to_owned(), "–".to_owned()));
        table.push(vec![key.to_owned(), value, origin, meaning.to_owned()]);
    }
    output::print(&table.aligned())?;
    let paths = &house.configuration.paths;
    let themes: Vec<&str> = BUNDLED.iter().map(|(name, _)| *name).collect();
    for line in [
        format!("Your settings file: {}", paths.config.display()),
        format!(
            "Beside it: keymap.toml, themes/NAME.toml, prompts/NAME.md. Bundled themes: {}.",
            themes.join(", ")
        ),
        "`lessonl config --keys` lists the keys of the screens, `lessonl help files` explains all of it.".to_owned(),
    ] {
        output::note(&line);
    }
    Ok(0)
}

/// The keys in force, by the names that a keymap file calls them by.
fn keys(house: &House, as_json: bool) -> Result<u8, Halt> {
    let file = house.configuration.paths.config_dir.join("keymap.toml");
    let own = layers::read(&file).ok();
    let map = match own.as_deref().map(Keymap::with_overrides) {
        Some(Ok(map)) => map,
        Some(Err(complaints)) => {
            for complaint in complaints {
                output::note(&format!("{}: {complaint}", file.display()));
            }
            output::note("The default keys are in force.");
            Keymap::default()
        }
        None => Keymap::default(),
    };
    if as_json {
        let all: Vec<Value> = TABLE
            .iter()
            .map(|row| json!({ "action": row.name, "keys": map.words(row.action), "meaning": row.help }))
            .collect();
        output::json(&all.into())?;
        return Ok(0);
    }
    let mut table = Table::new(&["action", "keys", "meaning"]);
    for row in TABLE {
        table.push(vec![
            row.name.to_owned(),
            map.words(row.action),
            row.help.to_owned(),
        ]);
    }
    output::print(&table.aligned())?;
    Ok(0)
}

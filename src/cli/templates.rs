//! Prompt templates for the screens: the one in force with what it changes of the built-in one, and the person's own written
//! into the settings folder once it is one that prompts can be made of.

use std::collections::BTreeMap;
use std::path::PathBuf;

use similar::TextDiff;

use super::compose::{House, texts_in};
use crate::agents::wording;
use crate::failure::{Failure, FailureKind};
use crate::tui::errand::Template;

fn folder(house: &House) -> PathBuf {
    house.configuration.paths.config_dir.join("prompts")
}

fn built_in(name: &str) -> Result<&'static str, Failure> {
    wording::built_in(name).ok_or_else(|| {
        Failure::new(
            FailureKind::Usage,
            format!("there is no prompt named `{name}`"),
        )
    })
}

/// A template as it is in force.
///
/// # Errors
/// If there is none of the name.
pub(super) fn read(house: &House, name: &str) -> Result<Template, Failure> {
    let built_in = built_in(name)?;
    let own = texts_in(&folder(house), "md").remove(name);
    let text = own.clone().unwrap_or_else(|| built_in.to_owned());
    let changes = TextDiff::from_lines(built_in, text.as_str());
    Ok(Template {
        name: name.to_owned(),
        file: folder(house)
            .join(format!("{name}.md"))
            .display()
            .to_string(),
        changes: changes.unified_diff().context_radius(2).to_string(),
        text,
    })
}

/// Keeps the person's own template; one like the built-in one, or an empty one, is none of their own.
///
/// # Errors
/// If no prompt can be made of it, or it cannot be written.
pub(super) fn save(house: &House, name: &str, text: &str) -> Result<Template, Failure> {
    let built_in = built_in(name)?;
    let file = folder(house).join(format!("{name}.md"));
    let failed = |error: std::io::Error| {
        Failure::new(
            FailureKind::Environment,
            format!("{}: {error}", file.display()),
        )
        .hint("See that the settings folder can be written.")
    };
    if text.trim().is_empty() || text == built_in {
        match std::fs::remove_file(&file) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(failed(error));
            }
            _ => return read(house, name),
        }
    }
    let mut all: BTreeMap<String, String> = texts_in(&folder(house), "md");
    all.insert(name.to_owned(), text.to_owned());
    wording::check(&all).map_err(|error| {
        Failure::new(FailureKind::Usage, format!("not saved: {}", error.what)).hint(error.hint)
    })?;
    std::fs::create_dir_all(folder(house)).map_err(failed)?;
    std::fs::write(&file, text).map_err(failed)?;
    read(house, name)
}

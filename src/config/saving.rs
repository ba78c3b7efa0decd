//! Writing single settings into the person's own file: everything else in it stays as it was, comments included.

use std::io::Write;
use std::path::Path;

use toml_edit::{DocumentMut, value};

use super::layers;

/// What a setting is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// On or off.
    Switch(bool),
    /// A word.
    Word(String),
    /// Not in the file: as it is built in.
    Unset,
}

/// Writes settings into a file, which is made where there is none.
///
/// # Errors
/// In words, if the file cannot be read, is no TOML, or cannot be written.
pub fn save(file: &Path, settings: &[(&str, Value)]) -> Result<(), String> {
    let text = match layers::read(file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(format!("{} cannot be read: {error}", file.display())),
    };
    let mut document: DocumentMut = text
        .parse()
        .map_err(|error| format!("{} is no TOML: {error}", file.display()))?;
    for (key, wanted) in settings {
        match wanted {
            Value::Switch(on) => document[key] = value(*on),
            Value::Word(word) => document[key] = value(word.as_str()),
            Value::Unset => drop(document.remove(key)),
        }
    }
    let failed = |error: std::io::Error| format!("{} cannot be written: {error}", file.display());
    let folder = file.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).map_err(failed)?;
    // Beside it and then in its place, so that no half of it is ever there.
    let mut beside = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    beside
        .write_all(document.to_string().as_bytes())
        .map_err(failed)?;
    beside.persist(file).map_err(|error| failed(error.error))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_changed_and_everything_else_stays() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("deep/config.toml");
        save(&file, &[("mouse", Value::Switch(true))]).unwrap();
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "mouse = true\n");
        let text = "# mine\nrounds = 3 # few\ntheme = \"light\"\n\n[[agent]]\nname = \"a\"\n";
        std::fs::write(&file, text).unwrap();
        let wanted = [
            ("theme", Value::Unset),
            ("gate", Value::Word("review".to_owned())),
        ];
        save(&file, &wanted).unwrap();
        assert_eq!(
            std::fs::read_to_string(&file).unwrap(),
            "# mine\nrounds = 3 # few\ngate = \"review\"\n\n[[agent]]\nname = \"a\"\n"
        );
        std::fs::write(&file, "not = = toml").unwrap();
        assert!(save(&file, &wanted).unwrap_err().contains("is no TOML"));
    }
}

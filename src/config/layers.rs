//! Finding and reading the layers: the one place of this module that opens files. Never writes one.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::paths::{self, Paths};
use super::settings::Settings;
use super::{ConfigError, Origin, Sourced};

/// Largest configuration file we read, bytes.
const LARGEST: u64 = 1 << 20;

/// Flags that are settings too.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Flags {
    /// `--config`.
    pub config: Option<PathBuf>,
    /// `--data-dir`.
    pub data_dir: Option<PathBuf>,
}

/// The settings of this call and where things live.
#[derive(Debug, Clone, PartialEq)]
pub struct Configuration {
    /// The settings.
    pub settings: Settings,
    /// The folders.
    pub paths: Paths,
}

/// Reads all layers.
///
/// # Errors
/// If a file cannot be read or says something that it must not.
pub fn load(
    flags: &Flags,
    cwd: &Path,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Result<Configuration, ConfigError> {
    let set = |name: &str| variable(name).filter(|text| !text.is_empty());
    let named = flags
        .config
        .clone()
        .or_else(|| set("LESSONL_CONFIG").map(PathBuf::from));
    let paths = Paths::usual(named.clone())?;
    let mut settings = Settings::default();
    for file in paths::system_files(set("XDG_CONFIG_DIRS").as_deref()) {
        lay(
            &mut settings,
            &Origin::System(file.clone()),
            &file,
            Presence::Optional,
        )?;
    }
    let presence = match named {
        Some(_) => Presence::Required,
        None => Presence::Optional,
    };
    lay(
        &mut settings,
        &Origin::User(paths.config.clone()),
        &paths.config,
        presence,
    )?;
    if let Some(file) = paths::project_file(cwd) {
        lay(
            &mut settings,
            &Origin::Project(file.clone()),
            &file,
            Presence::Optional,
        )?;
    }
    settings.lay_environment(variable)?;
    if let Some(dir) = &flags.data_dir {
        settings.data_dir = Some(Sourced {
            value: dir.clone(),
            origin: Origin::Flag("--data-dir"),
        });
    }
    let paths = match &settings.data_dir {
        Some(dir) => paths.with_data(cwd.join(&dir.value)),
        None => paths,
    };
    Ok(Configuration { settings, paths })
}

/// Whether a file must be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Presence {
    Optional,
    Required,
}

fn lay(
    settings: &mut Settings,
    origin: &Origin,
    file: &Path,
    presence: Presence,
) -> Result<(), ConfigError> {
    match read(file) {
        Ok(text) => settings.lay(origin, &text),
        Err(error) if error.kind() == ErrorKind::NotFound && presence == Presence::Optional => {
            Ok(())
        }
        Err(error) => Err(ConfigError {
            place: file.display().to_string(),
            what: format!("cannot be read: {error}"),
            hint: "Correct its path or permissions.".to_owned(),
        }),
    }
}

/// A text file of at most [`LARGEST`] bytes.
///
/// # Errors
/// If it cannot be read, is larger, or is not UTF-8.
pub fn read(file: &Path) -> std::io::Result<String> {
    use std::io::Read;
    let mut text = String::new();
    let mut limited = std::fs::File::open(file)?.take(LARGEST + 1);
    limited.read_to_string(&mut text)?;
    if text.len() as u64 > LARGEST {
        return Err(std::io::Error::other("it is larger than 1 MiB"));
    }
    Ok(text)
}

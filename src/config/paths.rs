//! Where things live: configuration, data, state, cache. XDG by `directories`. Never creates anything.

use std::path::{Path, PathBuf};

use directories::ProjectDirs;

use super::ConfigError;

/// Our folders and files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paths {
    /// The person's own configuration file; it need not exist.
    pub config: PathBuf,
    /// Folder of the person's themes, prompts and keymap.
    pub config_dir: PathBuf,
    /// Runs and what is unpacked from the binary.
    pub data: PathBuf,
    /// Logs.
    pub state: PathBuf,
    /// What can be made again: verdicts.
    pub cache: PathBuf,
    /// What processes of this user on this machine share while they run.
    pub runtime: PathBuf,
}

impl Paths {
    /// The usual places; `config` replaces the configuration file (`--config`, `LESSONL_CONFIG`).
    ///
    /// # Errors
    /// If there is no home directory.
    pub(crate) fn usual(config: Option<PathBuf>) -> Result<Self, ConfigError> {
        let dirs = ProjectDirs::from("", "", "lessonl").ok_or_else(|| ConfigError {
            place: "$HOME".to_owned(),
            what: "there is no home directory".to_owned(),
            hint: "Set HOME, or XDG_CONFIG_HOME, XDG_DATA_HOME, XDG_STATE_HOME and XDG_CACHE_HOME."
                .to_owned(),
        })?;
        Ok(Self {
            config: config.unwrap_or_else(|| dirs.config_dir().join("config.toml")),
            config_dir: dirs.config_dir().to_owned(),
            data: dirs.data_dir().to_owned(),
            state: dirs.state_dir().unwrap_or(dirs.data_local_dir()).to_owned(),
            cache: dirs.cache_dir().to_owned(),
            runtime: shared_by_this_machine(),
        })
    }

    /// The same with another data folder.
    #[must_use]
    pub(crate) fn with_data(mut self, data: PathBuf) -> Self {
        self.data = data;
        self
    }

    /// The database of runs.
    pub fn database(&self) -> PathBuf {
        self.data.join("lessonl.db")
    }

    /// Problems imported from checkouts of original benchmarks.
    pub fn imported(&self) -> PathBuf {
        self.data.join("imported")
    }

    /// The file whose lock lets one process of this user at a time do its timing on this machine.
    pub fn timing_lock(&self) -> PathBuf {
        self.runtime.join("timing.lock")
    }

    /// The log file.
    pub fn log(&self) -> PathBuf {
        self.state.join("lessonl.log")
    }
}

/// What all processes of this user on this machine see, and no other machine: a batch job has a session and a temporary
/// folder of its own, and no lock in them would reach another job.
fn shared_by_this_machine() -> PathBuf {
    let memory = Path::new("/dev/shm");
    let folder = match memory.is_dir() {
        true => memory.to_owned(),
        false => std::env::temp_dir(),
    };
    folder.join(format!("lessonl-{}", rustix::process::getuid().as_raw()))
}

/// The machine's configuration files, least important first, from `XDG_CONFIG_DIRS`.
pub(crate) fn system_files(config_dirs: Option<&str>) -> Vec<PathBuf> {
    let dirs = config_dirs
        .filter(|text| !text.is_empty())
        .unwrap_or("/etc/xdg");
    let absolute = dirs
        .split(':')
        .map(Path::new)
        .filter(|dir| dir.is_absolute());
    let mut files: Vec<PathBuf> = absolute
        .map(|dir| dir.join("lessonl/config.toml"))
        .collect();
    files.reverse();
    files
}

/// The project's file: `lessonl.toml` in this folder or the nearest one above.
pub(crate) fn project_file(from: &Path) -> Option<PathBuf> {
    from.ancestors()
        .map(|folder| folder.join("lessonl.toml"))
        .find(|file| file.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn system_files_come_least_important_first() {
        assert_eq!(
            system_files(None),
            [PathBuf::from("/etc/xdg/lessonl/config.toml")]
        );
        assert_eq!(
            system_files(Some("/a:relative:/b")),
            [
                PathBuf::from("/b/lessonl/config.toml"),
                PathBuf::from("/a/lessonl/config.toml")
            ]
        );
    }

    #[test]
    fn the_nearest_project_file_above_is_found() {
        let dir = tempfile::tempdir().unwrap();
        let deep = dir.path().join("a/b/c");
        std::fs::create_dir_all(&deep).unwrap();
        let file = dir.path().join("a/lessonl.toml");
        std::fs::write(&file, "").unwrap();
        assert_eq!(project_file(&deep), Some(file));
    }
}

//! Where the programs of a project's commands live: virtual environments that git ignores, so that no private copy has
//! them, and toolchains outside of the system's folders. Looks at paths alone; runs nothing.

use std::path::{Path, PathBuf};

/// A command as it must be written so that it works in a private copy, and what it must be able to read there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Needs {
    /// The command.
    pub command: String,
    /// Absolute folders.
    pub read: Vec<PathBuf>,
    /// What was done about it, in words.
    pub note: Option<String>,
}

/// Looks at a command of the project at `root`.
pub(super) fn needs(root: &Path, command: &str) -> Needs {
    let mut needs = Needs {
        command: command.to_owned(),
        read: Vec::new(),
        note: None,
    };
    let Some(word) = program(command) else {
        return needs;
    };
    let within = root.join(word);
    // `.venv/bin/python`: in a folder that is not copied. A copy has the packages of `node_modules` as links.
    let kept_out = [".venv", "venv", "env", ".tox"];
    let first = Path::new(word)
        .components()
        .map(|c| c.as_os_str().to_string_lossy().into_owned())
        .find(|part| part != ".");
    let environment = within
        .parent()
        .and_then(Path::parent)
        .filter(|folder| folder.join("pyvenv.cfg").is_file());
    let ignored = first.is_some_and(|first| kept_out.contains(&first.as_str()));
    if word.contains('/') && within.is_file() && (environment.is_some() || ignored) {
        let absolute = std::path::absolute(&within).unwrap_or(within.clone());
        let shown = absolute.display().to_string();
        let quoted = match shown.contains(' ') {
            true => format!("'{shown}'"),
            false => shown,
        };
        needs.command = command.replacen(word, &quoted, 1);
        let folder = environment.map(Path::to_owned).or_else(|| {
            let name = Path::new(word).components().next()?;
            Some(root.join(name))
        });
        needs.note = Some(format!(
            "{word} is in a folder that is not copied; it is read where it is ([project] read)."
        ));
        for folder in folder.into_iter().chain(base(environment)) {
            add(&mut needs.read, folder);
        }
        return needs;
    }
    // What the search path has elsewhere than in the system's folders.
    if !word.contains('/')
        && let Some(found) = on_path(word)
        && !is_system(&found)
    {
        let real = found.canonicalize().unwrap_or_else(|_| found.clone());
        for place in [found, real] {
            if let Some(folder) = place.parent().filter(|folder| !is_system(folder)) {
                let whole = folder
                    .parent()
                    .filter(|_| folder.ends_with("bin") || folder.ends_with("shims"))
                    .unwrap_or(folder);
                add(&mut needs.read, whole.to_owned());
            }
        }
        for name in ["RUSTUP_HOME", "CARGO_HOME"] {
            let home = std::env::var_os(name).map(PathBuf::from);
            let of_rust = ["cargo", "rustc", "rustup"].contains(&word);
            if let Some(home) = home.filter(|home| of_rust && home.is_dir()) {
                add(&mut needs.read, home);
            }
        }
        needs.note = (!needs.read.is_empty())
            .then(|| format!("{word} is outside of the system's folders; it is read where it is ([project] read)."));
    }
    needs
}

fn add(all: &mut Vec<PathBuf>, folder: PathBuf) {
    let home = std::env::var_os("HOME").map(PathBuf::from);
    // Never a whole home or the root.
    let whole = folder.parent().is_none() || Some(&folder) == home.as_ref();
    if !whole && !all.contains(&folder) && !is_system(&folder) {
        all.push(folder);
    }
}

/// The interpreter that a virtual environment was made from.
fn base(environment: Option<&Path>) -> Option<PathBuf> {
    let text = std::fs::read_to_string(environment?.join("pyvenv.cfg")).ok()?;
    let home = text.lines().find_map(|line| {
        let (key, value) = line.split_once('=')?;
        (key.trim() == "home").then(|| PathBuf::from(value.trim()))
    })?;
    home.parent().map(Path::to_owned)
}

fn is_system(path: &Path) -> bool {
    ["/usr", "/bin", "/sbin", "/opt", "/nix/store", "/lib"]
        .iter()
        .any(|root| path.starts_with(root))
}

/// The first word of a command that is no assignment.
fn program(command: &str) -> Option<&str> {
    let mut words = command.split_whitespace();
    words.find(|word| {
        let name = word.split('=').next().unwrap_or("");
        let assigns =
            word.contains('=') && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        !assigns && *word != "env" && !word.starts_with(['\'', '"'])
    })
}

fn on_path(word: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(word))
        .find(|file| file.is_absolute() && file.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_virtual_environment_of_the_project_is_named_where_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        std::fs::create_dir_all(root.join(".venv/bin")).unwrap();
        std::fs::write(root.join(".venv/bin/python"), "").unwrap();
        std::fs::write(
            root.join(".venv/pyvenv.cfg"),
            "home = /somewhere/python/bin\nversion = 3\n",
        )
        .unwrap();
        let found = needs(root, "PYTHONPATH=src .venv/bin/python -m pytest");
        let absolute = root.join(".venv/bin/python");
        assert_eq!(
            found.command,
            format!("PYTHONPATH=src {} -m pytest", absolute.display())
        );
        assert_eq!(
            found.read,
            [root.join(".venv"), PathBuf::from("/somewhere/python")]
        );
        assert!(found.note.unwrap().contains("read where it is"));
    }

    #[test]
    fn a_program_of_the_system_needs_nothing() {
        let found = needs(Path::new("/nowhere"), "sh -c true");
        assert_eq!(
            (found.command.as_str(), found.read.len()),
            ("sh -c true", 0)
        );
        assert_eq!(program("A=1 make test"), Some("make"));
    }
}

//! Keys and headers' values from where a team's specification says that they are: variables, files, commands. The one place
//! that reads them. Never shows one.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use secrecy::SecretString;

use crate::domain::reach::Reach;
use crate::domain::spec::AgentSpec;
use crate::failure::{Failure, FailureKind};
use crate::harness::said_by;

/// Reads an environment variable; empty counts as unset.
type Variable<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Keys by what they are kept under.
pub(super) type Keys = BTreeMap<String, SecretString>;

/// The keys of a team. What is not set is left out: who asks says so.
///
/// # Errors
/// If a file cannot be read or may be read by others, or a command fails.
pub(super) fn of_team(team: &[AgentSpec], variable: Variable<'_>) -> Result<Keys, Failure> {
    let mut keys = Keys::new();
    for agent in team {
        for (_, key_env, reach) in agent.kind.servers() {
            add(&mut keys, key_env, reach, variable)?;
        }
    }
    Ok(keys)
}

/// Adds the key of one server and its headers' values.
///
/// # Errors
/// If a file cannot be read or may be read by others, or a command fails.
pub(super) fn add(
    keys: &mut Keys,
    key_env: Option<&str>,
    reach: &Reach,
    variable: Variable<'_>,
) -> Result<(), Failure> {
    for name in key_env
        .into_iter()
        .chain(reach.headers.values().map(String::as_str))
    {
        if let Some(value) = variable(name) {
            keys.insert(name.to_owned(), value.into());
        }
    }
    let Some(place) = reach
        .key_place(key_env)
        .filter(|place| !keys.contains_key(place))
    else {
        return Ok(());
    };
    let key = match (key_env, &reach.key_file, &reach.key_cmd) {
        (None, Some(file), _) => of_file(file)?,
        (None, None, Some(command)) => said_by(command).map_err(|why| {
            Failure::new(FailureKind::Usage, format!("key_cmd `{command}`: {why}"))
                .hint("Run it by hand: it must print the key and nothing else.")
        })?,
        _ => return Ok(()),
    };
    keys.insert(place, key.into());
    Ok(())
}

/// The key in a file that nobody but its owner may read.
fn of_file(file: &Path) -> Result<String, Failure> {
    let failed = |what: String| {
        Failure::new(
            FailureKind::Usage,
            format!("key_file {}: {what}", file.display()),
        )
    };
    let metadata = std::fs::metadata(file)
        .map_err(|error| failed(format!("cannot be read: {error}")).hint("Correct its path."))?;
    if metadata.permissions().mode() & 0o077 != 0 {
        return Err(
            failed("others may read it".to_owned()).hint(format!("chmod 600 {}", file.display()))
        );
    }
    let text = crate::config::layers::read(file)
        .map_err(|error| failed(format!("cannot be read: {error}")).hint("Correct it."))?;
    match text.trim() {
        "" => Err(failed("there is nothing in it".to_owned()).hint("Put the key into it.")),
        key => Ok(key.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    fn keys(reach: &Reach, key_env: Option<&str>) -> Result<Keys, Failure> {
        let variable = |name: &str| (name == "SET").then(|| "value".to_owned());
        let mut keys = Keys::new();
        add(&mut keys, key_env, reach, &variable)?;
        Ok(keys)
    }

    #[test]
    fn a_key_comes_from_its_variable_its_file_or_its_command() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("key");
        std::fs::write(&file, "from-a-file\n").unwrap();
        let of_file = Reach {
            key_file: Some(file.clone()),
            ..Reach::default()
        };
        let mode = |mode| std::fs::set_permissions(&file, PermissionsExt::from_mode(mode)).unwrap();
        mode(0o644);
        let open = keys(&of_file, None).unwrap_err();
        assert!(open.message.contains("others may read it"), "{open:?}");
        assert!(open.hints[0].starts_with("chmod 600"));
        mode(0o600);
        let only = |keys: Keys| {
            let keys: Vec<String> = keys
                .values()
                .map(|k| k.expose_secret().to_owned())
                .collect();
            keys.join(" ")
        };
        assert_eq!(only(keys(&of_file, None).unwrap()), "from-a-file");
        // a variable goes before a file
        assert_eq!(only(keys(&of_file, Some("SET")).unwrap()), "value");
        let of_command = Reach {
            key_cmd: Some("echo from-a-command".to_owned()),
            ..Reach::default()
        };
        assert_eq!(only(keys(&of_command, None).unwrap()), "from-a-command");
        let failing = Reach {
            key_cmd: Some("false".to_owned()),
            ..Reach::default()
        };
        assert!(keys(&failing, None).is_err());
    }

    #[test]
    fn values_of_headers_come_from_variables() {
        let reach = Reach {
            headers: BTreeMap::from([("X-Team".to_owned(), "SET".to_owned())]),
            ..Reach::default()
        };
        assert!(keys(&reach, None).unwrap().contains_key("SET"));
    }
}

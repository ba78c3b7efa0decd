//! The keys of TOML that say how a server is reached: where its key comes from, headers, certificates. Never reads a file
//! that is named, and never lets a project's file name any of it.

use super::ConfigError;
use super::reader::{Reader, SettingItem};
use super::settings::beside;
use crate::domain::reach::Reach;

/// The keys, of agents and of providers.
pub(super) const KEYS: [&str; 6] = [
    "key_file",
    "key_cmd",
    "key_header",
    "headers",
    "ca_file",
    "insecure",
];

/// Takes one of [`KEYS`].
pub(super) fn take(
    reach: &mut Reach,
    reader: &Reader<'_>,
    at: usize,
    key: &str,
    item: &SettingItem<'_>,
) -> Result<(), ConfigError> {
    if reader.origin.is_untrusted() {
        return Err(reader.error(
            at,
            format!(
                "`{key}`: a project's file may not say how your keys and certificates are used"
            ),
            "Put the agent into your own configuration, or give the file with --agents.",
        ));
    }
    match key {
        "key_file" => reach.key_file = Some(beside(reader.origin, &reader.string(key, item)?)),
        "key_cmd" => reach.key_cmd = Some(reader.string(key, item)?),
        "key_header" => reach.key_header = Some(header(reader, at, &reader.string(key, item)?)?),
        "headers" => {
            for (name, item) in reader.table(key, item)? {
                let start = name.span().start;
                let name = header(reader, start, name.get_ref())?;
                let variable = reader.string(&name, item)?;
                let variable = super::agents::key_env(reader, start, variable)?;
                reach.headers.insert(name, variable);
            }
        }
        "ca_file" => reach.ca_file = Some(beside(reader.origin, &reader.string(key, item)?)),
        _ => reach.insecure = reader.boolean(key, item)?,
    }
    Ok(())
}

fn header(reader: &Reader<'_>, at: usize, name: &str) -> Result<String, ConfigError> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
    if !name.is_empty() && name.chars().all(plain) {
        return Ok(name.to_owned());
    }
    let what = format!("`{}` is no name of a header", name.escape_default());
    Err(reader.error(at, what, "Write it like X-Team, or in quotes."))
}

#[cfg(test)]
mod tests {
    use crate::Origin;
    use crate::domain::spec::AgentKind;
    use crate::settings::Settings;

    const TEXT: &str = "[providers.box]\nbase_url = \"https://box/v1\"\nkey_file = \"box.key\"\nca_file = \"/etc/box.pem\"\n\
                        [providers.box.headers]\nX-Team = \"TEAM_TOKEN\"\n\
                        [[agent]]\nname = \"a\"\nprovider = \"box\"\nmodel = \"m\"\nkey_header = \"api-key\"\n";

    #[test]
    fn a_server_is_reached_as_its_provider_and_its_agent_say() {
        let mut settings = Settings::default();
        let own = Origin::User("/home/me/lessonl/config.toml".into());
        settings.lay(&own, TEXT).unwrap();
        let agents = settings.agents.unwrap().value;
        let AgentKind::Openai { reach, .. } = &agents[0].kind else {
            panic!("{agents:?}");
        };
        assert_eq!(
            reach.key_place(None).as_deref(),
            Some("the file /home/me/lessonl/box.key")
        );
        assert_eq!(reach.key_header.as_deref(), Some("api-key"));
        assert_eq!(reach.headers["X-Team"], "TEAM_TOKEN");
        assert!(reach.ca_file.is_some() && !reach.insecure);
    }

    #[test]
    fn a_projects_file_says_nothing_of_it_and_secrets_belong_into_variables() {
        let mut settings = Settings::default();
        let project = Origin::Project("/src/lessonl.toml".into());
        assert!(settings.lay(&project, TEXT).is_err());
        let own = Origin::User("/c.toml".into());
        let secret = TEXT.replace("TEAM_TOKEN", "tok-123 456");
        assert!(settings.lay(&own, &secret).is_err());
        let broken = TEXT.replace("X-Team", "\"X Team\"");
        assert!(settings.lay(&own, &broken).is_err());
    }
}

//! Servers under a name: `[providers.NAME]` tables that agents refer to, and what each bears. Never holds a key.
//! A project's file may refer to a provider of the person's only if it needs no key.

use std::collections::BTreeMap;

use toml::de::{DeTable, DeValue};

use super::addresses::with_scheme;
use super::agents::{check_url, key_env};
use super::reader::{Reader, SettingItem};
use super::{ConfigError, reach};
use crate::domain::reach::Reach;
use crate::domain::spec::{Fallback, ServerLimits};

/// A server under a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provider {
    /// Its address.
    pub base_url: String,
    /// Environment variable that holds the key, if one is needed.
    pub key_env: Option<String>,
    /// How it is reached besides.
    pub reach: Reach,
    /// What it bears.
    pub limits: ServerLimits,
}

/// Providers by name.
pub(crate) type Providers = BTreeMap<String, Provider>;

const KEYS: [&str; 12] = [
    "base_url",
    "key_env",
    reach::KEYS[0],
    reach::KEYS[1],
    reach::KEYS[2],
    reach::KEYS[3],
    reach::KEYS[4],
    reach::KEYS[5],
    "concurrency",
    "requests_per_minute",
    "tokens_per_minute",
    "context",
];

/// Lays a `[providers]` table over what is known so far.
pub(super) fn lay(
    known: &mut Providers,
    reader: &Reader<'_>,
    table: &DeTable<'_>,
) -> Result<(), ConfigError> {
    for (name, item) in table {
        let text = name.get_ref().to_string();
        let one = one(reader, name.span().start, reader.table(&text, item)?)?;
        known.insert(text, one);
    }
    Ok(())
}

fn one(reader: &Reader<'_>, at: usize, table: &DeTable<'_>) -> Result<Provider, ConfigError> {
    let (mut base_url, mut key, mut limits) = (None, None, ServerLimits::default());
    let mut reached = Reach::default();
    for (name, item) in table {
        let start = name.span().start;
        match name.get_ref().as_ref() {
            "base_url" => base_url = Some(with_scheme(&reader.string("base_url", item)?)),
            key if reach::KEYS.contains(&key) => {
                reach::take(&mut reached, reader, start, key, item)?;
            }
            "key_env" => key = Some(key_env(reader, start, reader.string("key_env", item)?)?),
            "concurrency" => {
                limits.concurrency = Some(reader.whole("concurrency", item, 1, 256)? as u16);
            }
            "requests_per_minute" => {
                let most = reader.whole("requests_per_minute", item, 1, 1_000_000)?;
                limits.requests_per_minute = Some(most);
            }
            "tokens_per_minute" => {
                let most = reader.whole("tokens_per_minute", item, 1, u32::MAX)?;
                limits.tokens_per_minute = Some(most);
            }
            "context" => limits.context = Some(context(reader, item)?),
            other => return Err(reader.unknown(other, start, &KEYS)),
        }
    }
    let base_url = base_url.ok_or_else(|| {
        reader.error(
            at,
            "a provider lacks `base_url`",
            "Add base_url = \"http://localhost:8000/v1\" below [providers.NAME].",
        )
    })?;
    check_url(&base_url)
        .map_err(|what| reader.error(at, what, "Write it like http://localhost:11434/v1."))?;
    Ok(Provider {
        base_url,
        key_env: key,
        reach: reached,
        limits,
    })
}

/// Tokens that a prompt and its answer may have together.
pub(super) fn context(reader: &Reader<'_>, item: &SettingItem<'_>) -> Result<u32, ConfigError> {
    reader.whole("context", item, 256, 100_000_000)
}

/// The provider that an agent names.
pub(super) fn named<'p>(
    known: &'p Providers,
    reader: &Reader<'_>,
    at: usize,
    name: &str,
) -> Result<&'p Provider, ConfigError> {
    let Some(provider) = known.get(name) else {
        let names: Vec<&str> = known.keys().map(String::as_str).collect();
        let hint = match names.is_empty() {
            true => format!("Add it: [providers.{name}] with base_url."),
            false => format!("Known ones: {}.", names.join(", ")),
        };
        let what = format!("no provider is named `{}`", name.escape_default());
        return Err(reader.error(at, what, hint));
    };
    let takes_key = provider
        .reach
        .key_place(provider.key_env.as_deref())
        .is_some()
        || !provider.reach.headers.is_empty();
    if takes_key && reader.origin.is_untrusted() {
        return Err(reader.error(
            at,
            format!("`{name}`: a project's file may not use a provider that takes your key"),
            "Put the agent into your own configuration, or give the file with --agents.",
        ));
    }
    Ok(provider)
}

/// The value of an agent's `fallback`: a model's name (at the agent's own server), or a table.
pub(super) fn fallback(
    known: &Providers,
    reader: &Reader<'_>,
    at: usize,
    item: &SettingItem<'_>,
    own: &Provider,
) -> Result<Fallback, ConfigError> {
    let with = |server: &Provider, model: String| Fallback {
        base_url: server.base_url.clone(),
        model,
        key_env: server.key_env.clone(),
        reach: server.reach.clone(),
        limits: server.limits,
    };
    let table = match item.get_ref() {
        DeValue::Table(table) => table,
        _ => return Ok(with(own, reader.string("fallback", item)?)),
    };
    let (mut model, mut server) = (None, own.clone());
    let mut address = None;
    for (name, item) in table {
        let start = name.span().start;
        match name.get_ref().as_ref() {
            "model" => model = Some(reader.string("model", item)?),
            "provider" => {
                server = named(known, reader, start, &reader.string("provider", item)?)?.clone();
            }
            "base_url" => address = Some(with_scheme(&reader.string("base_url", item)?)),
            "key_env" => {
                let name = key_env(reader, start, reader.string("key_env", item)?)?;
                server.key_env = Some(name);
            }
            other => {
                let keys = ["model", "provider", "base_url", "key_env"];
                return Err(reader.unknown(other, start, &keys));
            }
        }
    }
    if let Some(address) = address {
        check_url(&address)
            .map_err(|what| reader.error(at, what, "Write it like http://localhost:11434/v1."))?;
        // another server never gets the key that was meant for the first one
        if table.keys().all(|key| key.get_ref() != "key_env") {
            server.key_env = None;
        }
        server.reach = Reach::default();
        server.base_url = address;
        server.limits = ServerLimits::default();
    }
    match model {
        Some(model) => Ok(with(&server, model)),
        None => Err(reader.error(
            at,
            "a fallback lacks `model`",
            "Write it like fallback = \"small-model\", or fallback = { provider = \"local\", model = \"small-model\" }.",
        )),
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::spec::{AgentKind, AgentSpec};
    use crate::settings::Settings;
    use crate::{ConfigError, Origin, agents};

    const PROVIDERS: &str = "[providers.box]\nbase_url = \"http://10.0.0.7/v1\"\nconcurrency = 2\nrequests_per_minute = 30\ncontext = 8192\n\
                             [providers.paid]\nbase_url = \"https://api.example/v1\"\nkey_env = \"PAID_KEY\"\ntokens_per_minute = 100000\n";

    fn user(text: &str) -> Result<Vec<AgentSpec>, ConfigError> {
        let mut settings = Settings::default();
        settings.lay(&Origin::User("/c.toml".into()), text)?;
        Ok(settings
            .agents
            .map(|agents| agents.value)
            .unwrap_or_default())
    }

    fn parts(agent: &AgentSpec) -> String {
        let AgentKind::Openai {
            base_url,
            key_env,
            limits,
            fallback,
            ..
        } = &agent.kind
        else {
            panic!("{agent:?}");
        };
        let other = fallback
            .as_ref()
            .map(|f| format!("{} {} {:?}", f.base_url, f.model, f.key_env));
        format!(
            "{base_url} {key_env:?} {:?} {:?} {other:?}",
            limits.concurrency, limits.context
        )
    }

    #[test]
    fn agents_take_server_key_and_limits_from_their_provider() {
        let text = format!(
            "[[agent]]\nname = \"a\"\nprovider = \"box\"\nmodel = \"m\"\ncontext = 4096\nfallback = \"small\"\n\
             [[agent]]\nname = \"b\"\nprovider = \"paid\"\nmodel = \"m\"\nfallback = {{ provider = \"box\", model = \"l\" }}\n\
             [[agent]]\nname = \"c\"\nprovider = \"paid\"\nmodel = \"m\"\nfallback = {{ base_url = \"http://h/v1\", model = \"l\" }}\n{PROVIDERS}"
        );
        let agents = user(&text).unwrap();
        assert_eq!(
            agents.iter().map(parts).collect::<Vec<_>>(),
            [
                "http://10.0.0.7/v1 None Some(2) Some(4096) Some(\"http://10.0.0.7/v1 small None\")",
                "https://api.example/v1 Some(\"PAID_KEY\") None None Some(\"http://10.0.0.7/v1 l None\")",
                "https://api.example/v1 Some(\"PAID_KEY\") None None Some(\"http://h/v1 l None\")",
            ]
        );
    }

    #[test]
    fn an_agents_file_can_use_the_configured_providers_and_its_own() {
        let mut settings = Settings::default();
        settings
            .lay(&Origin::User("/c.toml".into()), PROVIDERS)
            .unwrap();
        let text = "[[agent]]\nname = \"a\"\nprovider = \"paid\"\nmodel = \"m\"\n\
                    [[agent]]\nname = \"b\"\nprovider = \"own\"\nmodel = \"m\"\n[providers.own]\nbase_url = \"http://h\"\n";
        let origin = Origin::Named("team.toml".into());
        let agents = agents::parse(origin, text, &settings.providers)
            .unwrap()
            .value;
        assert_eq!(parts(&agents[1]), "http://h None None None None");
    }

    #[test]
    fn unknown_providers_and_a_projects_use_of_a_key_are_refused() {
        let error = user(&format!(
            "[[agent]]\nname = \"a\"\nprovider = \"bx\"\nmodel = \"m\"\n{PROVIDERS}"
        ))
        .unwrap_err();
        assert_eq!(
            (error.to_string().as_str(), error.hint.as_str()),
            (
                "/c.toml:1: no provider is named `bx`",
                "Known ones: box, paid."
            )
        );
        let mut settings = Settings::default();
        settings
            .lay(&Origin::User("/c.toml".into()), PROVIDERS)
            .unwrap();
        let project = Origin::Project("/p/lessonl.toml".into());
        let text = "[[agent]]\nname = \"a\"\nprovider = \"paid\"\nmodel = \"m\"\n";
        let error = settings.lay(&project, text).unwrap_err();
        assert!(error.what.contains("takes your key"), "{error}");
    }
}

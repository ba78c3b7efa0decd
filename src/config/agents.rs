//! Agents as written in TOML: `[[agent]]` tables of a file or of the configuration. Never holds a key, only a variable's name.

use toml::de::DeTable;

use super::addresses::with_scheme;
use super::providers::{self, Provider, Providers};
use super::reader::Reader;
use super::{ConfigError, Origin, Sourced, reach};
use crate::domain::reach::Reach;
use crate::domain::spec::{AgentKind, AgentSpec, Fallback, RelevanceKind, RewriterStyle, Sampling};

/// Most agents in a team.
pub const MOST: usize = 32;

const KEYS: [&str; 21] = [
    "name",
    "kind",
    "base_url",
    "model",
    "key_env",
    "temperature",
    "top_p",
    "max_tokens",
    "lesson_max_tokens",
    "extra_body",
    "style",
    "from",
    "provider",
    "context",
    "fallback",
    reach::KEYS[0],
    reach::KEYS[1],
    reach::KEYS[2],
    reach::KEYS[3],
    reach::KEYS[4],
    reach::KEYS[5],
];

/// The agents of a file given with `--agents`: `[[agent]]` tables, and `[providers]` beside the ones known already.
///
/// # Errors
/// If a key is unknown or a value is not what it must be.
pub fn parse(
    origin: Origin,
    text: &str,
    known: &Providers,
) -> Result<Sourced<Vec<AgentSpec>>, ConfigError> {
    let (reader, document) = Reader::parse(&origin, text)?;
    let mut known = known.clone();
    for (key, item) in &document {
        if key.get_ref() == "providers" {
            providers::lay(&mut known, &reader, reader.table("providers", item)?)?;
        }
    }
    let mut agents = Vec::new();
    for (key, item) in &document {
        match key.get_ref().as_ref() {
            "agent" => agents = read(&reader, &reader.tables("agent", item)?, &known)?,
            "providers" => {}
            other => {
                return Err(reader.unknown(other, key.span().start, &["agent", "providers"]));
            }
        }
    }
    if agents.is_empty() {
        return Err(reader.error(0, "no agents in it", "Begin each agent with [[agent]]."));
    }
    Ok(Sourced {
        value: agents,
        origin,
    })
}

/// The agents of a list of tables.
pub(super) fn read(
    reader: &Reader<'_>,
    tables: &[(usize, &DeTable<'_>)],
    known: &Providers,
) -> Result<Vec<AgentSpec>, ConfigError> {
    let mut agents: Vec<AgentSpec> = Vec::new();
    for (at, table) in tables {
        let agent = one(reader, *at, table, known)?;
        if agents.iter().any(|other| other.name == agent.name) {
            let what = format!("two agents are named `{}`", agent.name);
            return Err(reader.error(*at, what, "Give each its own name."));
        }
        agents.push(agent);
    }
    if agents.len() > MOST {
        let what = format!("{} agents, at most {MOST} are possible", agents.len());
        return Err(reader.error(0, what, "Leave some out."));
    }
    Ok(agents)
}

/// What an agent's table can hold, before it is known which of it must be there.
#[derive(Default)]
struct Draft {
    name: Option<String>,
    kind: Option<String>,
    base_url: Option<String>,
    model: Option<String>,
    key_env: Option<String>,
    temperature: Option<f64>,
    top_p: Option<f64>,
    max_tokens: Option<u32>,
    lesson_max_tokens: Option<u32>,
    extra_body: serde_json::Map<String, serde_json::Value>,
    style: Option<String>,
    from: Option<String>,
    provider: Option<Provider>,
    context: Option<u32>,
    fallback: Option<Fallback>,
    reach: Reach,
}

fn one(
    reader: &Reader<'_>,
    at: usize,
    table: &DeTable<'_>,
    known: &Providers,
) -> Result<AgentSpec, ConfigError> {
    let mut draft = Draft::default();
    for (key, item) in table {
        let start = key.span().start;
        let text = |name| reader.string(name, item).map(Some);
        match key.get_ref().as_ref() {
            "name" => draft.name = text("name")?,
            "kind" => draft.kind = text("kind")?,
            "base_url" => draft.base_url = text("base_url")?.map(|url| with_scheme(&url)),
            key if reach::KEYS.contains(&key) => {
                reach::take(&mut draft.reach, reader, start, key, item)?;
            }
            "model" => draft.model = text("model")?,
            "key_env" => {
                draft.key_env = Some(key_env(reader, start, reader.string("key_env", item)?)?)
            }
            "temperature" => {
                draft.temperature = Some(reader.number("temperature", item, 0.0, 2.0)?)
            }
            "top_p" => draft.top_p = Some(reader.number("top_p", item, 0.0, 1.0)?),
            "max_tokens" => {
                draft.max_tokens = Some(reader.whole("max_tokens", item, 16, 1_000_000)?)
            }
            "lesson_max_tokens" => {
                draft.lesson_max_tokens =
                    Some(reader.whole("lesson_max_tokens", item, 16, 1_000_000)?);
            }
            "extra_body" => {
                draft.extra_body = reader.json_map(reader.table("extra_body", item)?)?
            }
            "style" => draft.style = text("style")?,
            "from" => draft.from = text("from")?,
            "provider" => {
                let name = reader.string("provider", item)?;
                draft.provider = Some(providers::named(known, reader, at, &name)?.clone());
            }
            "context" => draft.context = Some(providers::context(reader, item)?),
            "fallback" => {}
            other => return Err(reader.unknown(other, start, &KEYS)),
        }
    }
    let fallback = table.iter().find(|(key, _)| key.get_ref() == "fallback");
    if let (Some((key, item)), Some(server)) = (fallback, draft.server()) {
        let start = key.span().start;
        draft.fallback = Some(providers::fallback(known, reader, start, item, &server)?);
    }
    draft.finish(reader, at)
}

impl Draft {
    /// Its server: the named one, with what the agent says for itself.
    fn server(&self) -> Option<Provider> {
        let named = self.provider.as_ref();
        let base_url = self.base_url.as_ref().or(named.map(|p| &p.base_url))?;
        let same = named.filter(|p| p.base_url == *base_url);
        let key_env = match self.reach.key_place(None) {
            // an own place goes before the provider's
            Some(_) => self.key_env.clone(),
            // a provider's key is for its own address only
            None => (self.key_env.clone()).or(same.and_then(|p| p.key_env.clone())),
        };
        let reach = match same {
            Some(provider) => self.reach.over(&provider.reach),
            None => self.reach.clone(),
        };
        let mut limits = same.map(|p| p.limits).unwrap_or_default();
        limits.context = self.context.or(limits.context);
        Some(Provider {
            base_url: base_url.clone(),
            key_env,
            reach,
            limits,
        })
    }

    fn finish(self, reader: &Reader<'_>, at: usize) -> Result<AgentSpec, ConfigError> {
        let missing = |key: &str| {
            let what = format!("an agent lacks `{key}`");
            reader.error(at, what, format!("Add {key} = \"…\" below [[agent]]."))
        };
        let wrong = |what: String, hint: &str| reader.error(at, what, hint);
        let name = self.name.clone().ok_or_else(|| missing("name"))?;
        check_name(&name).map_err(|what| wrong(what, "Choose a short plain name."))?;
        let kind = match self.kind.as_deref().unwrap_or("openai") {
            "openai" => {
                let server = self.server().ok_or_else(|| missing("base_url"))?;
                let base_url = server.base_url;
                check_url(&base_url)
                    .map_err(|what| wrong(what, "Write it like http://localhost:11434/v1."))?;
                AgentKind::Openai {
                    base_url,
                    model: self.model.ok_or_else(|| missing("model"))?,
                    key_env: server.key_env,
                    reach: server.reach,
                    code: sampling(
                        Sampling::CODE,
                        self.temperature,
                        self.top_p,
                        self.max_tokens,
                    ),
                    lesson: sampling(
                        Sampling::LESSON,
                        self.temperature,
                        self.top_p,
                        self.lesson_max_tokens,
                    ),
                    extra_body: self.extra_body,
                    limits: server.limits,
                    fallback: self.fallback.map(Box::new),
                }
            }
            "rewriter" => AgentKind::Rewriter {
                style: match self.style.as_deref() {
                    Some("loops") => RewriterStyle::Loops,
                    Some("library") => RewriterStyle::Library,
                    Some("parallel") => RewriterStyle::Parallel,
                    Some(other) => {
                        return Err(wrong(
                            format!("`{other}` is not a style"),
                            "Styles are loops, library and parallel.",
                        ));
                    }
                    None => return Err(missing("style")),
                },
            },
            "recorded" => AgentKind::Recorded {
                from: self.from.ok_or_else(|| missing("from"))?,
            },
            other => {
                return Err(wrong(
                    format!("`{other}` is not a kind of agent"),
                    "Kinds are openai (any compatible server), rewriter and recorded.",
                ));
            }
        };
        Ok(AgentSpec { name, kind })
    }
}

fn sampling(
    base: Sampling,
    temperature: Option<f64>,
    top_p: Option<f64>,
    max: Option<u32>,
) -> Sampling {
    Sampling {
        temperature: temperature.unwrap_or(base.temperature),
        top_p: top_p.unwrap_or(base.top_p),
        max_tokens: max.unwrap_or(base.max_tokens),
        ..base
    }
}

/// A variable's name that may hold a key; refused where the file itself is not the person's own.
pub(super) fn key_env(reader: &Reader<'_>, at: usize, name: String) -> Result<String, ConfigError> {
    if reader.origin.is_untrusted() {
        return Err(reader.error(
            at,
            "`key_env`: a project's file may not send your keys anywhere",
            "Put the agent into your own configuration, or give the file with --agents.",
        ));
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if name.is_empty() || !name.chars().all(plain) {
        return Err(reader.error(
            at,
            "`key_env` must be the name of an environment variable, not the key itself",
            "Write it like key_env = \"MY_KEY\" and put the key into $MY_KEY.",
        ));
    }
    Ok(name)
}

/// Checks an agent's name.
///
/// # Errors
/// What is wrong with it.
pub fn check_name(name: &str) -> Result<(), String> {
    let plain = |c: char| c.is_alphanumeric() || "-_.".contains(c);
    if (1..=24).contains(&name.chars().count()) && name.chars().all(plain) {
        Ok(())
    } else {
        Err(format!(
            "`{}` is no name for an agent: 1 to 24 letters, digits, `-`, `_` and `.`",
            name.escape_default()
        ))
    }
}

/// Checks a server's address: http or https, and no password in it, since addresses are stored and shown.
///
/// # Errors
/// What is wrong with it.
pub fn check_url(text: &str) -> Result<(), String> {
    match url::Url::parse(text) {
        Ok(url) if !url.username().is_empty() || url.password().is_some() => Err(
            "a server's address must not hold a user or password: it is stored and shown"
                .to_owned(),
        ),
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => Ok(()),
        _ => Err(format!(
            "`{}` is not the address of a server",
            text.escape_default()
        )),
    }
}

/// The `[relevance]` table.
pub(super) fn relevance(
    reader: &Reader<'_>,
    at: usize,
    table: &DeTable<'_>,
) -> Result<RelevanceKind, ConfigError> {
    const KEYS: [&str; 4] = ["kind", "base_url", "model", "key_env"];
    let (mut kind, mut base_url, mut model, mut key) = (None, None, None, None);
    for (name, item) in table {
        let start = name.span().start;
        match name.get_ref().as_ref() {
            "kind" => kind = Some(reader.string("kind", item)?),
            "base_url" => base_url = Some(with_scheme(&reader.string("base_url", item)?)),
            "model" => model = Some(reader.string("model", item)?),
            "key_env" => key = Some(key_env(reader, start, reader.string("key_env", item)?)?),
            other => return Err(reader.unknown(other, start, &KEYS)),
        }
    }
    match (kind.as_deref(), base_url, model) {
        (Some("lexical") | None, None, None) => Ok(RelevanceKind::Lexical),
        (Some("endpoint") | None, Some(base_url), Some(model)) => {
            check_url(&base_url).map_err(|what| {
                reader.error(at, what, "Write it like http://localhost:11434/v1.")
            })?;
            Ok(RelevanceKind::Endpoint {
                base_url,
                model,
                key_env: key,
            })
        }
        _ => Err(reader.error(
            at,
            "`relevance` is neither lexical nor a whole endpoint",
            "Write kind = \"lexical\", or base_url and model of a server with /v1/embeddings.",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(text: &str) -> Result<Vec<AgentSpec>, ConfigError> {
        parse(Origin::Named("team.toml".into()), text, &Providers::new()).map(|agents| agents.value)
    }

    #[test]
    fn every_kind_of_agent_can_be_written() {
        let agents = named(
            "[[agent]]\nname = \"a\"\nbase_url = \"http://localhost:8000/v1\"\nmodel = \"m\"\nkey_env = \"K\"\n\
             temperature = 0\nmax_tokens = 2048\nextra_body = { top_k = 20 }\n\
             [[agent]]\nname = \"b\"\nkind = \"rewriter\"\nstyle = \"library\"\n\
             [[agent]]\nname = \"c\"\nkind = \"recorded\"\nfrom = \"run.jsonl\"\n",
        )
        .unwrap();
        let AgentKind::Openai {
            code,
            lesson,
            extra_body,
            key_env,
            ..
        } = &agents[0].kind
        else {
            panic!("{agents:?}");
        };
        assert_eq!(
            (code.temperature, code.max_tokens, lesson.max_tokens),
            (0.0, 2048, 250)
        );
        assert_eq!(
            (extra_body["top_k"].as_i64(), key_env.as_deref()),
            (Some(20), Some("K"))
        );
        assert_eq!(
            agents[1].kind,
            AgentKind::Rewriter {
                style: RewriterStyle::Library
            }
        );
        assert_eq!(
            agents[2].kind,
            AgentKind::Recorded {
                from: "run.jsonl".to_owned()
            }
        );
    }

    #[test]
    fn errors_name_file_line_and_key() {
        let cases = [
            (
                "[[agent]]\nname = \"a\"\nbase_uri = \"x\"\n",
                "team.toml:3: unknown key `base_uri`",
            ),
            (
                "[[agent]]\nname = \"a\"\napi_key = \"sk-1\"\n",
                "team.toml:3: `api_key`: keys do not belong into a file",
            ),
            (
                "[[agent]]\nname = \"a\"\nmodel = 3\n",
                "team.toml:3: `model` must be text in quotes, not integer",
            ),
            (
                "[[agent]]\nname = \"a\"\n",
                "team.toml:1: an agent lacks `base_url`",
            ),
            (
                "[[agent]]\nname = \"a\"\nkey_env = \"sk-abc\"\n",
                "team.toml:3: `key_env` must be the name of an environment variable, not the key itself",
            ),
            ("", "team.toml:1: no agents in it"),
        ];
        for (text, expected) in cases {
            assert_eq!(named(text).unwrap_err().to_string(), expected);
        }
        let passworded =
            "[[agent]]\nname=\"a\"\nmodel=\"m\"\nbase_url = \"http://me:pw@host/v1\"\n";
        assert!(named(passworded).unwrap_err().what.contains("password"));
        let hint = named("[[agent]]\nname = \"a\"\nbase_uri = \"x\"\n")
            .unwrap_err()
            .hint;
        assert_eq!(hint, "Did you mean `base_url`?");
    }
}

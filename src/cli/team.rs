//! Which team, and why: flags, configuration, a reachable Ollama, a key in the environment, else the built-in rewriters.
//! Pure: what was found outside comes in as values. Never reads a key, only whether a variable is set.

use crate::agents::llm::discover;
use crate::config::addresses::with_scheme;
use crate::config::agents::{MOST, check_name, check_url};
use crate::config::{ConfigError, Sourced};
use crate::domain::event::Toolchain;
use crate::domain::reach::Reach;
use crate::domain::spec::{AgentKind, AgentSpec, RewriterStyle, RunSpec, Sampling, ServerLimits};
use crate::failure::{Failure, FailureKind};
use crate::tui::TeamChoice;

/// Agents in a team that nobody composed; the paper's number.
const SIZE: usize = 3;

/// Model asked for at an OpenAI-compatible server unless `LESSONL_MODEL` names one.
const MODEL: &str = "gpt-4o-mini";

/// Environment variables that usually hold the key for a host.
const USUAL_KEYS: [(&str, &str); 3] = [
    ("api.openai.com", "OPENAI_API_KEY"),
    ("openrouter.ai", "OPENROUTER_API_KEY"),
    ("api.deepseek.com", "DEEPSEEK_API_KEY"),
];

/// What was found of an Ollama server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Ollama {
    /// It answered with these models.
    Models {
        /// Its address.
        base_url: String,
        /// The models it has.
        models: Vec<String>,
    },
    /// It did not answer.
    Unreachable {
        /// Where it was looked for.
        base_url: String,
    },
}

/// Reads an environment variable; empty counts as unset.
pub(super) type Variable<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Reads `--agent NAME=MODEL@URL`.
///
/// # Errors
/// What is wrong with it.
pub(super) fn flag(text: &str, variable: Variable<'_>) -> Result<AgentSpec, Failure> {
    let wrong = |what: String| {
        Failure::new(FailureKind::Usage, format!("--agent {text}: {what}"))
            .hint("Write it like --agent coder=qwen2.5-coder:7b@http://localhost:11434")
    };
    let (name, rest) = text
        .split_once('=')
        .ok_or_else(|| wrong("there is no `=` after the name".to_owned()))?;
    let at = ["@http://", "@https://"]
        .iter()
        .filter_map(|mark| rest.rfind(mark))
        .max()
        .or_else(|| rest.rfind('@').filter(|at| is_host(&rest[at + 1..])))
        .ok_or_else(|| {
            wrong("there is no address after the model, like `@http://localhost:8000`".to_owned())
        })?;
    let (model, base_url) = (&rest[..at], with_scheme(&rest[at + 1..]));
    let base_url = base_url.as_str();
    check_name(name).map_err(wrong)?;
    check_url(base_url).map_err(wrong)?;
    if model.is_empty() {
        return Err(wrong("there is no model between `=` and `@`".to_owned()));
    }
    let own = own_key(name);
    let key_env = if variable(&own).is_some() {
        Some(own)
    } else {
        usual_key(base_url)
            .filter(|key| variable(key).is_some())
            .map(str::to_owned)
    };
    Ok(openai(name, model, base_url, key_env))
}

/// The address that somebody typed, and the variable that usually holds the key for it, where that is set.
///
/// # Errors
/// If it is no address.
pub(super) fn addressed(
    typed: &str,
    variable: Variable<'_>,
) -> Result<(String, Option<String>), Failure> {
    let base_url = with_scheme(typed);
    check_url(&base_url).map_err(|what| {
        Failure::new(FailureKind::Usage, format!("`{typed}`: {what}"))
            .hint("Type an address like localhost:8000 or https://api.example.com/v1.")
    })?;
    let key = usual_key(&base_url).filter(|key| variable(key).is_some());
    Ok((base_url, key.map(str::to_owned)))
}

/// Whether a text without a scheme is an address all the same, and not the end of a model's name.
fn is_host(text: &str) -> bool {
    let host = text.split('/').next().unwrap_or_default();
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._:[]".contains(c);
    host.chars().all(plain) && (host == "localhost" || host.contains(['.', ':']))
}

/// The variable that holds the key of the agent with this name.
fn own_key(name: &str) -> String {
    let plain = |c: char| {
        if c.is_ascii_alphanumeric() {
            c.to_ascii_uppercase()
        } else {
            '_'
        }
    };
    format!(
        "LESSONL_KEY_{}",
        name.chars().map(plain).collect::<String>()
    )
}

/// The variable that usually holds the key for the address's host, over an encrypted connection only.
fn usual_key(base_url: &str) -> Option<&'static str> {
    let url = url::Url::parse(base_url)
        .ok()
        .filter(|url| url.scheme() == "https")?;
    let host = url.host_str()?;
    let known = USUAL_KEYS.iter().find(|(name, _)| *name == host);
    known.map(|(_, key)| *key)
}

fn openai(name: &str, model: &str, base_url: &str, key_env: Option<String>) -> AgentSpec {
    AgentSpec {
        name: name.to_owned(),
        kind: AgentKind::Openai {
            base_url: base_url.to_owned(),
            model: model.to_owned(),
            key_env,
            reach: Reach::default(),
            code: Sampling::CODE,
            lesson: Sampling::LESSON,
            extra_body: serde_json::Map::new(),
            limits: ServerLimits::default(),
            fallback: None,
        },
    }
}

/// The team of repeated `--agent` flags.
///
/// # Errors
/// If one is wrong, two have the same name, or there are too many.
pub(super) fn from_flags(flags: &[String], variable: Variable<'_>) -> Result<TeamChoice, Failure> {
    let mut team: Vec<AgentSpec> = Vec::new();
    for text in flags {
        let agent = flag(text, variable)?;
        if team.iter().any(|known| known.name == agent.name) {
            let what = format!("two agents are named `{}`", agent.name);
            return Err(Failure::new(FailureKind::Usage, what).hint("Give each its own name."));
        }
        team.push(agent);
    }
    if team.len() > MOST {
        let what = format!("{} agents, at most {MOST} are possible", team.len());
        return Err(Failure::new(FailureKind::Usage, what));
    }
    Ok(choice("named with --agent".to_owned(), team))
}

/// The team of a file or of the configuration. A project's team is announced with where it would send the code.
pub(super) fn from_configuration(agents: &Sourced<Vec<AgentSpec>>) -> TeamChoice {
    let mut reason = format!("configured in {}", agents.origin);
    if agents.origin.is_untrusted() {
        let mut servers: Vec<&str> = agents
            .value
            .iter()
            .filter_map(|agent| match &agent.kind {
                AgentKind::Openai { base_url, .. } => Some(base_url.as_str()),
                _ => None,
            })
            .collect();
        servers.dedup();
        reason.push_str(" (a project's file, not your own");
        if !servers.is_empty() {
            reason.push_str(&format!("; code is sent to {}", servers.join(", ")));
        }
        reason.push(')');
    }
    choice(reason, agents.value.clone())
}

/// The teams that can be had without any being named, the best first. Each says why.
pub(super) fn found(ollama: &Ollama, variable: Variable<'_>) -> Vec<TeamChoice> {
    let mut choices = Vec::new();
    let mut missing = Vec::new();
    match ollama {
        Ollama::Models { base_url, models } => {
            let coders = discover::code_models(models);
            if coders.is_empty() {
                missing.push(format!("Ollama at {base_url} has no code model"));
            } else {
                let reason = format!(
                    "Ollama at {base_url} has {}",
                    count(coders.len(), "code model")
                );
                choices.push(choice(reason, several(&coders, base_url, None)));
            }
        }
        Ollama::Unreachable { base_url } => missing.push(format!("no Ollama at {base_url}")),
    }
    if variable("OPENAI_API_KEY").is_some() {
        let base_url = variable("OPENAI_BASE_URL")
            .or_else(|| variable("OPENAI_API_BASE"))
            .filter(|url| check_url(url).is_ok())
            .unwrap_or_else(|| "https://api.openai.com/v1".to_owned());
        let model = variable("LESSONL_MODEL").unwrap_or_else(|| MODEL.to_owned());
        let reason = format!("$OPENAI_API_KEY is set; {model} at {base_url}");
        let key = Some("OPENAI_API_KEY".to_owned());
        choices.push(choice(reason, several(&[&model], &base_url, key)));
    } else {
        missing.push("$OPENAI_API_KEY is not set".to_owned());
    }
    let reason = if choices.is_empty() {
        format!(
            "The built-in agents, which are rules and not models: {}. `lessonl help models` connects a model.",
            missing.join(" and ")
        )
    } else {
        "built in: rules, not models; no network".to_owned()
    };
    choices.push(choice(reason, rewriters()));
    choices
}

/// The built-in team.
fn rewriters() -> Vec<AgentSpec> {
    let styles = [
        ("loops", RewriterStyle::Loops),
        ("library", RewriterStyle::Library),
        ("parallel", RewriterStyle::Parallel),
    ];
    styles
        .map(|(name, style)| AgentSpec {
            name: name.to_owned(),
            kind: AgentKind::Rewriter { style },
        })
        .to_vec()
}

/// The team of a recorded run.
pub(super) fn recorded(base: &RunSpec) -> TeamChoice {
    choice(
        "as in the recording, whose answers are given again".to_owned(),
        base.team.clone(),
    )
}

/// The installed compilers as a team, for the strategy that asks nobody.
///
/// # Errors
/// If there is none.
pub(super) fn compilers(installed: &[Toolchain]) -> Result<TeamChoice, Failure> {
    if installed.is_empty() {
        let what = "no C++ compiler is installed under a usual name";
        return Err(Failure::new(FailureKind::Environment, what)
            .hint("Install g++ or clang++, or choose another --strategy."));
    }
    let member = |found: &Toolchain| AgentSpec {
        name: found.command.clone(),
        kind: AgentKind::Compiler {
            command: found.command.clone(),
        },
    };
    let team = installed.iter().map(member).take(MOST).collect();
    let versions: Vec<&str> = installed.iter().map(|c| c.version.as_str()).collect();
    let reason = format!("the installed compilers: {}", versions.join("; "));
    Ok(choice(reason, team))
}

/// A team of [`SIZE`] from these models. Where one has to serve twice, it is asked at a higher temperature.
fn several(models: &[&str], base_url: &str, key_env: Option<String>) -> Vec<AgentSpec> {
    (0..SIZE)
        .map(|at| {
            let model = models[at % models.len()];
            let again = at / models.len();
            let mut agent = openai(&short(model, at), model, base_url, key_env.clone());
            if let AgentKind::Openai { code, .. } = &mut agent.kind {
                code.temperature += 0.3 * again as f64;
            }
            agent
        })
        .collect()
}

/// A short unique name: the model's first word and the position.
fn short(model: &str, at: usize) -> String {
    format!("{}-{}", word(model), at + 1)
}

/// A name for an agent that is this model.
pub(super) fn plain_name(model: &str) -> String {
    let word = word(model);
    match check_name(&word) {
        Ok(()) => word,
        Err(_) => "model".to_owned(),
    }
}

/// A model's first word.
fn word(model: &str) -> String {
    let bare = model.rsplit('/').next().unwrap_or(model);
    bare.chars()
        .take_while(|c| c.is_alphanumeric() || "-.".contains(*c))
        .take(16)
        .collect()
}

fn count(n: usize, what: &str) -> String {
    if n == 1 {
        format!("1 {what}")
    } else {
        format!("{n} {what}s")
    }
}

fn choice(reason: String, team: Vec<AgentSpec>) -> TeamChoice {
    let names: Vec<String> = team
        .iter()
        .map(|agent| format!("{} ({})", agent.name, agent.model()))
        .collect();
    TeamChoice {
        title: names.join(", "),
        reason,
        team,
    }
}

/// The variables that the team's keys are in, and that are not set.
///
/// # Errors
/// Names the first agent whose variable is not set.
pub(super) fn check_keys(team: &[AgentSpec], variable: Variable<'_>) -> Result<(), Failure> {
    for agent in team {
        let wanted = agent.kind.servers().flat_map(|(_, key, reach)| {
            key.into_iter()
                .chain(reach.headers.values().map(String::as_str))
        });
        if let Some(key) = wanted.into_iter().find(|key| variable(key).is_none()) {
            return Err(Failure::new(
                FailureKind::Usage,
                format!(
                    "agent `{}` wants its key from ${key}, which is not set",
                    agent.name
                ),
            )
            .hint(format!(
                "export {key}=…, or remove key_env if the server needs no key."
            )));
        }
    }
    Ok(())
}

/// An error of reading a team's file.
pub(super) fn unreadable(file: &std::path::Path, error: &std::io::Error) -> ConfigError {
    ConfigError {
        place: file.display().to_string(),
        what: format!("cannot be read: {error}"),
        hint: "Give the path of a TOML file with [[agent]] tables.".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Origin;

    fn none(_: &str) -> Option<String> {
        None
    }

    fn key_of(agent: &AgentSpec) -> Option<&str> {
        match &agent.kind {
            AgentKind::Openai { key_env, .. } => key_env.as_deref(),
            _ => None,
        }
    }

    #[test]
    fn an_agent_flag_is_read_with_odd_model_names() {
        let agent = flag("a=org/m:7b@v2@http://localhost:8000/v1", &none).unwrap();
        let AgentKind::Openai {
            base_url, model, ..
        } = &agent.kind
        else {
            panic!()
        };
        assert_eq!(
            (agent.name.as_str(), model.as_str(), base_url.as_str()),
            ("a", "org/m:7b@v2", "http://localhost:8000/v1")
        );
        let plain = flag("a=org/m:7b@v2@localhost:8000", &none).unwrap();
        let AgentKind::Openai {
            base_url, model, ..
        } = &plain.kind
        else {
            panic!()
        };
        assert_eq!(
            (model.as_str(), base_url.as_str()),
            ("org/m:7b@v2", "http://localhost:8000")
        );
        for bad in [
            "a",
            "a=org/m:7b@v2",
            "a=m",
            "=m@http://h",
            "a=@http://h",
            "a=m@ftp://h",
            "a b=m@http://h",
            "a=m@http://u:p@h",
        ] {
            assert!(flag(bad, &none).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_typed_address_gets_its_scheme_and_the_key_of_its_host() {
        let key = |name: &str| (name == "OPENAI_API_KEY").then(|| "secret".to_owned());
        let told = |typed: &str| addressed(typed, &key).map_err(|failure| failure.message);
        assert_eq!(
            told("localhost:8000"),
            Ok(("http://localhost:8000".to_owned(), None))
        );
        let own = Some("OPENAI_API_KEY".to_owned());
        assert_eq!(
            told("api.openai.com/v1"),
            Ok(("https://api.openai.com/v1".to_owned(), own))
        );
        assert!(told("ftp://h").is_err_and(|why| why.contains("`ftp://h`")));
        assert_eq!(
            plain_name("Qwen/Qwen2.5-Coder-14B-Instruct"),
            "Qwen2.5-Coder-14"
        );
        assert_eq!(plain_name("///"), "model");
    }

    #[test]
    fn a_key_goes_only_where_it_belongs() {
        let openai = |name: &str| (name == "OPENAI_API_KEY").then(|| "secret".to_owned());
        let key = |text: &str, variable: Variable<'_>| {
            flag(text, variable)
                .map(|a| key_of(&a).map(str::to_owned))
                .unwrap()
        };
        assert_eq!(
            key("a=m@https://api.openai.com/v1", &openai),
            Some("OPENAI_API_KEY".to_owned())
        );
        for elsewhere in [
            "a=m@http://api.openai.com/v1",
            "a=m@https://api.openai.com.evil.example/v1",
            "a=m@http://localhost:8000",
        ] {
            assert_eq!(key(elsewhere, &openai), None, "{elsewhere}");
        }
        let own = |name: &str| (name == "LESSONL_KEY_MY_BOX").then(|| "secret".to_owned());
        assert_eq!(
            key("my-box=m@http://10.0.0.7/v1", &own),
            Some("LESSONL_KEY_MY_BOX".to_owned())
        );
    }

    #[test]
    fn without_anything_the_built_in_team_says_why() {
        let nowhere = Ollama::Unreachable {
            base_url: "http://127.0.0.1:11434".to_owned(),
        };
        let choices = found(&nowhere, &none);
        assert_eq!(choices.len(), 1);
        assert_eq!(
            choices[0].reason,
            "The built-in agents, which are rules and not models: no Ollama at http://127.0.0.1:11434 and $OPENAI_API_KEY is not set. `lessonl help models` connects a model."
        );
        let names: Vec<&str> = choices[0].team.iter().map(|a| a.name.as_str()).collect();
        assert_eq!(names, ["loops", "library", "parallel"]);
    }

    #[test]
    fn an_ollama_with_code_models_comes_before_a_key() {
        let ollama = Ollama::Models {
            base_url: "http://127.0.0.1:11434".to_owned(),
            models: ["llama3:8b", "qwen2.5-coder:7b", "deepseek-coder:6.7b"]
                .map(str::to_owned)
                .to_vec(),
        };
        let openai = |name: &str| (name == "OPENAI_API_KEY").then(|| "secret".to_owned());
        let choices = found(&ollama, &openai);
        assert_eq!(choices.len(), 3);
        let models: Vec<String> = choices[0].team.iter().map(AgentSpec::model).collect();
        assert_eq!(
            models,
            [
                "qwen2.5-coder:7b",
                "deepseek-coder:6.7b",
                "qwen2.5-coder:7b"
            ]
        );
        assert!(choices[1].reason.starts_with("$OPENAI_API_KEY is set"));
        assert_eq!(key_of(&choices[1].team[0]), Some("OPENAI_API_KEY"));
    }

    #[test]
    fn a_projects_team_is_announced_with_where_it_sends_the_code() {
        let agents = Sourced {
            value: vec![openai("a", "m", "http://elsewhere.example/v1", None)],
            origin: Origin::Project("/src/lessonl.toml".into()),
        };
        assert_eq!(
            from_configuration(&agents).reason,
            "configured in /src/lessonl.toml (a project's file, not your own; code is sent to http://elsewhere.example/v1)"
        );
    }

    #[test]
    fn a_missing_key_is_named_before_anything_starts() {
        let team = [openai("a", "m", "http://h/v1", Some("MY_KEY".to_owned()))];
        let failure = check_keys(&team, &none).unwrap_err();
        assert_eq!(
            failure.message,
            "agent `a` wants its key from $MY_KEY, which is not set"
        );
    }
}

//! What models are there: Ollama's list and `/v1/models`, with short limits, for the choice of a team and for the check-up
//! of a machine. Never asks a model anything.

use std::time::Duration;

use reqwest::header::{AUTHORIZATION, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::address::Address;
use super::failure::{Addressee, Retry};
use super::{Patience, client};
use crate::domain::ask::{AskFailure, AskFailureKind};

/// Ollama's models and where it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ollama {
    /// Base URL for an agent's specification.
    pub base_url: String,
    /// Names of the installed models, most recently changed first, as it lists them.
    pub models: Vec<String>,
}

/// Asks Ollama for its models. `host` is the value of `OLLAMA_HOST`, if it is set.
pub async fn ollama_models(host: Option<&str>) -> Result<Ollama, AskFailure> {
    let address = Address::ollama(host).map_err(|what| AskFailure {
        kind: AskFailureKind::BadRequest,
        message: format!("OLLAMA_HOST: {what}"),
        hint: "set OLLAMA_HOST to a host and port, e.g. 127.0.0.1:11434".to_owned(),
    })?;
    let value = get(&address, address.beside("/api/tags"), None, true).await?;
    Ok(Ollama {
        base_url: address.shown(),
        models: names(&value["models"], &["name", "model"]),
    })
}

/// Where `OLLAMA_HOST`, if it is set, says that Ollama is reached; as typed where that is no address.
pub fn ollama_address(host: Option<&str>) -> String {
    Address::ollama(host).map_or_else(|_| host.unwrap_or_default().to_owned(), |a| a.shown())
}

/// Asks an OpenAI-compatible server for its models.
pub async fn models(base_url: &str, key: Option<&SecretString>) -> Result<Vec<String>, AskFailure> {
    let address = Address::parse(base_url).map_err(|message| AskFailure {
        kind: AskFailureKind::BadRequest,
        message,
        hint: "write base_url like http://127.0.0.1:8000/v1".to_owned(),
    })?;
    let value = get(&address, address.at("/models"), key, false).await?;
    Ok(match &value {
        Value::Array(_) => names(&value, &["id", "name"]),
        _ => names(&value["data"], &["id", "name"]),
    })
}

/// Those of some models that are made for code, by their names, in the same order.
pub fn code_models(models: &[String]) -> Vec<&str> {
    const MARKS: [&str; 6] = [
        "coder",
        "code",
        "codestral",
        "devstral",
        "starcoder",
        "codegemma",
    ];
    models
        .iter()
        .map(String::as_str)
        .filter(|name| {
            let name = name.to_lowercase();
            MARKS.iter().any(|mark| name.contains(mark)) && !name.contains("embed")
        })
        .collect()
}

fn names(list: &Value, fields: &[&str]) -> Vec<String> {
    list.as_array()
        .into_iter()
        .flatten()
        .filter_map(|entry| fields.iter().find_map(|field| entry[*field].as_str()))
        .map(|name| crate::agents::text::one_line(name, 200))
        .collect()
}

async fn get(
    address: &Address,
    url: url::Url,
    key: Option<&SecretString>,
    ollama: bool,
) -> Result<Value, AskFailure> {
    let whom = Addressee {
        shown: address.shown(),
        model: String::new(),
        key_env: None,
        key: key.map(|key| key.expose_secret().trim().into()),
        loopback: address.is_loopback(),
        ollama: ollama || address.is_ollama(),
    };
    let (connect, whole) = match address.is_loopback() {
        true => (Duration::from_millis(500), Duration::from_secs(2)),
        false => (Duration::from_secs(3), Duration::from_secs(10)),
    };
    let patience = Patience {
        connect,
        ..Patience::default()
    };
    let refuse = |what: String| {
        let kind = AskFailureKind::BadRequest;
        whom.trouble(
            kind,
            &what,
            "check the key's variable".to_owned(),
            Retry::Never,
        )
        .failure
    };
    let mut request = client(address, patience)
        .map_err(refuse)?
        .get(url)
        .timeout(whole);
    if let Some(key) = &whom.key {
        let mut value = HeaderValue::from_str(&format!("Bearer {}", key.expose_secret()))
            .map_err(|_| refuse("the key holds characters that no key can hold".to_owned()))?;
        value.set_sensitive(true);
        request = request.header(AUTHORIZATION, value);
    }
    let mut response = request
        .send()
        .await
        .map_err(|error| whom.unreachable(&error).failure)?;
    let status = response.status();
    let mut body = Vec::new();
    while let Some(chunk) = response
        .chunk()
        .await
        .map_err(|error| whom.unreachable(&error).failure)?
    {
        body.extend_from_slice(&chunk);
        if body.len() > 8 * 1024 * 1024 {
            return Err(whom
                .protocol("the list of models is larger than we read")
                .failure);
        }
    }
    if !status.is_success() {
        let text = String::from_utf8_lossy(&body);
        return Err(whom.refused(status.as_u16(), &text, None).failure);
    }
    serde_json::from_slice(&body)
        .map_err(|_| whom.protocol("the list of models is no JSON").failure)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_models_are_known_by_their_names() {
        let models = [
            "llama3.2:3b",
            "qwen2.5-coder:7b",
            "nomic-embed-code:v1",
            "codellama:7b",
            "devstral:24b",
        ]
        .map(str::to_owned);
        assert_eq!(
            code_models(&models),
            ["qwen2.5-coder:7b", "codellama:7b", "devstral:24b"]
        );
    }
}

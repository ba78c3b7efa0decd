//! What models are there: Ollama's list and `/v1/models`, with short limits, for the choice of a team and for the check-up
//! of a machine. Never asks a model anything but what a person had it asked ([`probe`]).

use std::collections::BTreeMap;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::RetryPolicy;
use super::address::Address;
use super::failure::Addressee;
use super::kinds::Retry;
use super::reach::{Door, client};
use super::sse::Packing;
use crate::domain::ask::{AskFailure, AskFailureKind};
use crate::domain::price::Price;
use crate::domain::reach::Reach;
use crate::domain::spec::Sampling;
use crate::domain::units::{Nanos, Usage};

/// Ollama's models and where it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OllamaModels {
    /// Base URL for an agent's specification.
    pub base_url: String,
    /// Names of the installed models, most recently changed first, as it lists them.
    pub models: Vec<String>,
}

/// Asks Ollama for its models. `host` is the value of `OLLAMA_HOST`, if it is set.
pub async fn ollama_models(host: Option<&str>) -> Result<OllamaModels, AskFailure> {
    let address = Address::ollama(host).map_err(|what| {
        AskFailure::new(
            AskFailureKind::BadRequest,
            format!("OLLAMA_HOST: {what}"),
            "set OLLAMA_HOST to a host and port, e.g. 127.0.0.1:11434",
        )
    })?;
    let shown = address.shown();
    let plain = ServerAddress {
        base_url: &shown,
        key_env: None,
        reach: &Reach::default(),
        keys: &BTreeMap::new(),
    };
    let value = get(&address, address.beside("/api/tags"), plain, true).await?;
    Ok(OllamaModels {
        base_url: address.shown(),
        models: names(&value["models"], &["name", "model"]),
    })
}

/// Where `OLLAMA_HOST`, if it is set, says that Ollama is reached; as typed where that is no address.
pub fn ollama_address(host: Option<&str>) -> String {
    Address::ollama(host).map_or_else(|_| host.unwrap_or_default().to_owned(), |a| a.shown())
}

/// A model that a server offers, with what the server says of it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Offer {
    /// Its name.
    pub model: String,
    /// Tokens of its context, where the server says so.
    pub context: Option<u64>,
    /// Its price, where the server says so.
    pub price: Option<Price>,
}

/// A server and how it is reached.
#[derive(Clone, Copy)]
pub struct ServerAddress<'a> {
    /// Base URL.
    pub base_url: &'a str,
    /// Variable of its key, if one is needed.
    pub key_env: Option<&'a str>,
    /// How it is reached besides.
    pub reach: &'a Reach,
    /// Values of keys and headers, by what they are kept under.
    pub keys: &'a BTreeMap<String, SecretString>,
}

impl<'a> ServerAddress<'a> {
    fn door(self) -> Door<'a> {
        Door {
            base_url: self.base_url,
            key_env: self.key_env,
            reach: self.reach,
            keys: self.keys,
        }
    }
}

/// The address of a server that is not this machine; `None` for one that is.
pub fn elsewhere(base_url: &str) -> Option<String> {
    match Address::parse(base_url) {
        Ok(address) => (!address.is_loopback()).then(|| address.shown()),
        Err(_) => Some(base_url.to_owned()),
    }
}

/// Whether a server is known to say with each answer what it bills.
pub fn tells_its_bill(base_url: &str) -> bool {
    Address::parse(base_url).is_ok_and(|address| address.is_openrouter())
}

/// Asks an OpenAI-compatible server what it offers.
pub async fn offers(server: ServerAddress<'_>) -> Result<Vec<Offer>, AskFailure> {
    let value = listed(server).await?;
    let list = match &value {
        Value::Array(_) => &value,
        _ => &value["data"],
    };
    Ok(list
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(offer)
        .collect())
}

/// One entry of a list of models, under the names that servers use.
fn offer(entry: &Value) -> Option<Offer> {
    let model = ["id", "name"]
        .iter()
        .find_map(|field| entry[*field].as_str())?;
    let context = [
        "/context_length",
        "/max_model_len",
        "/context_window",
        "/max_context_length",
        "/top_provider/context_length",
        "/meta/n_ctx",
        "/meta/n_ctx_train",
    ];
    // dollars for one token, as text or number
    let price = |name: &str| {
        let value = &entry["pricing"][name];
        let each = value.as_f64().or_else(|| value.as_str()?.parse().ok())?;
        (0.0..1.0).contains(&each).then_some(each * 1e6)
    };
    Some(Offer {
        model: crate::text::one_line(model, 200),
        context: context
            .iter()
            .find_map(|place| entry.pointer(place)?.as_u64()),
        price: price("prompt")
            .zip(price("completion"))
            .map(|(input, output)| Price {
                input,
                cached: price("input_cache_read"),
                output,
                reasoning: None,
            }),
    })
}

/// A question of a few tokens to a model, put as an agent's are: how long the answer took and what it used. Costs a token
/// or a few.
pub async fn probe(
    server: ServerAddress<'_>,
    model: &str,
    extra_body: &serde_json::Map<String, Value>,
) -> Result<(Nanos, Option<Usage>), AskFailure> {
    let patience = RetryPolicy {
        first_token: Duration::from_secs(60),
        idle: Duration::from_secs(20),
        ..RetryPolicy::default().for_a_look()
    };
    let sampling = Sampling {
        temperature: 0.0,
        max_tokens: 1,
        frequency_penalty: 0.0,
        ..Sampling::LESSON
    };
    let model = open(server, model, patience)?;
    let reply = once(&model, "Say: yes", &sampling, extra_body).await?;
    Ok((reply.latency, reply.usage))
}

/// A model outside of any team.
pub(crate) fn open(
    server: ServerAddress<'_>,
    model: &str,
    patience: RetryPolicy,
) -> Result<super::Model, AskFailure> {
    let mut servers = super::Servers::default();
    let model = super::Model::open(&mut servers, server.door(), model, patience);
    model.map_err(|message| {
        let hint = "mend its base_url, key_env, headers or ca_file";
        AskFailure::new(AskFailureKind::BadRequest, message, hint)
    })
}

/// One question to it.
pub(crate) async fn once(
    model: &super::Model,
    prompt: &str,
    sampling: &Sampling,
    extra_body: &serde_json::Map<String, Value>,
) -> Result<super::Reply, AskFailure> {
    let question = super::Question {
        prompt,
        sampling,
        seed: None,
        extra_body,
    };
    super::chat(model, &question, &|_| {}).await
}

/// Asks an OpenAI-compatible server for its models.
pub async fn models(server: ServerAddress<'_>) -> Result<Vec<String>, AskFailure> {
    let value = listed(server).await?;
    Ok(match &value {
        Value::Array(_) => names(&value, &["id", "name"]),
        _ => names(&value["data"], &["id", "name"]),
    })
}

async fn listed(server: ServerAddress<'_>) -> Result<Value, AskFailure> {
    let address = Address::parse(server.base_url).map_err(|message| {
        let hint = "write base_url like http://127.0.0.1:8000/v1";
        AskFailure::new(AskFailureKind::BadRequest, message, hint)
    })?;
    get(&address, address.at("/models"), server, false).await
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
        .map(|name| crate::text::one_line(name, 200))
        .collect()
}

async fn get(
    address: &Address,
    url: url::Url,
    server: ServerAddress<'_>,
    ollama: bool,
) -> Result<Value, AskFailure> {
    let door = server.door();
    let whom = Addressee {
        shown: address.shown(),
        model: String::new(),
        key_from: door.key_place(),
        key: door.key().map(|key| key.expose_secret().trim().into()),
        loopback: address.is_loopback(),
        ollama: ollama || address.is_ollama(),
    };
    // shaking hands over TLS takes its time even here
    let (connect, whole) = match address.is_loopback() && !address.is_tls() {
        true => (Duration::from_millis(500), Duration::from_secs(2)),
        false => (Duration::from_secs(3), Duration::from_secs(10)),
    };
    let patience = RetryPolicy {
        connect,
        ..RetryPolicy::default()
    };
    let refuse = |what: String| {
        let hint = "check the key's variable, headers and ca_file".to_owned();
        whom.trouble(AskFailureKind::BadRequest, &what, hint, Retry::Never)
            .failure
    };
    let mut response = client(address, patience, server.reach)
        .map_err(refuse)?
        .get(url)
        .headers(door.headers(address).map_err(refuse)?)
        .timeout(whole)
        .send()
        .await
        .map_err(|error| whom.unreachable(&error).failure)?;
    let status = response.status();
    let mut packing = Packing::of(&response);
    let mut body = Vec::new();
    while let Some(chunk) = response
        .chunk()
        .await
        .map_err(|error| whom.unreachable(&error).failure)?
    {
        let chunk = packing
            .unpacked(&chunk)
            .map_err(|error| whom.broken(&error).failure)?;
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

    #[test]
    fn context_and_price_are_read_under_every_name() {
        let of = |entry: Value| offer(&entry).unwrap();
        let routed = of(serde_json::json!({"id": "a/b", "context_length": 128_000,
            "pricing": {"prompt": "0.00000015", "completion": "0.0000006"}}));
        assert_eq!(routed.context, Some(128_000));
        let price = routed.price.unwrap();
        assert!((price.input - 0.15).abs() < 1e-9 && (price.output - 0.6).abs() < 1e-9);
        let cases = [
            serde_json::json!({"id": "m", "max_model_len": 8192}),
            serde_json::json!({"id": "m", "context_window": 8192}),
            serde_json::json!({"id": "m", "meta": {"n_ctx_train": 8192}}),
        ];
        for case in cases {
            assert_eq!(of(case).context, Some(8192));
        }
        let dynamic =
            of(serde_json::json!({"id": "m", "pricing": {"prompt": "-1", "completion": "-1"}}));
        assert_eq!((dynamic.context, dynamic.price), (None, None));
        assert_eq!(offer(&serde_json::json!({"object": "model"})), None);
    }
}

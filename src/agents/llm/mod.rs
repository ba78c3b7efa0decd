//! Language models behind any OpenAI-compatible server, over HTTP with streaming.
//! Never reads an answer (module `reading` does) and never shows a key.

mod address;
pub mod discover;
mod embed;
mod failure;
mod openai;
mod pace;
mod retry;
mod sse;
mod wire;

pub use retry::Patience;

pub(super) use embed::embed;
pub(super) use openai::{End, Question, Reply, chat};

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use reqwest::header::{AUTHORIZATION, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Semaphore;

use crate::domain::ask::{AskFailure, AskFailureKind};
use crate::domain::spec::ServerLimits;
use address::Address;
use failure::{Addressee, Retry};
use pace::Pace;

/// Requests that one server is asked at a time.
const AT_A_TIME: usize = 4;

/// A field that some server or model refuses, and that we then leave out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Refused {
    /// `stream_options`; refused by a server, whatever the model.
    StreamOptions,
    /// `max_tokens`; the model wants `max_completion_tokens`.
    MaxTokens,
    /// `temperature`.
    Temperature,
    /// `top_p`.
    TopP,
    /// `frequency_penalty`.
    FrequencyPenalty,
}

/// A server: shared by all agents that use it.
pub(super) struct Server {
    address: Address,
    client: reqwest::Client,
    permits: Semaphore,
    /// How many of them there are.
    at_a_time: Mutex<usize>,
    pace: Mutex<Pace>,
    /// What was refused, with the model that did; the empty name stands for the server.
    refused: Mutex<BTreeSet<(String, Refused)>>,
}

/// The servers of a team by their address.
pub(super) type Servers = BTreeMap<String, Arc<Server>>;

/// One model on a server, with the key to it.
#[derive(Clone)]
pub(super) struct Model {
    server: Arc<Server>,
    addressee: Addressee,
    patience: Patience,
}

impl Model {
    /// Opens a model; connects to nothing yet. Servers are shared by address.
    pub fn open(
        servers: &mut Servers,
        base_url: &str,
        model: &str,
        key_env: Option<&str>,
        key: Option<&SecretString>,
        patience: Patience,
    ) -> Result<Self, String> {
        let address = Address::parse(base_url)?;
        let name = address.at("").to_string();
        let server = match servers.get(&name) {
            Some(server) => Arc::clone(server),
            None => {
                let server = Arc::new(Server {
                    client: client(&address, patience)?,
                    permits: Semaphore::new(AT_A_TIME),
                    at_a_time: Mutex::new(AT_A_TIME),
                    pace: Mutex::default(),
                    refused: Mutex::default(),
                    address: address.clone(),
                });
                servers.insert(name, Arc::clone(&server));
                server
            }
        };
        let model = Self {
            addressee: Addressee {
                shown: address.shown(),
                model: model.to_owned(),
                key_env: key_env.map(str::to_owned),
                key: key.map(|key| key.expose_secret().trim().into()),
                loopback: address.is_loopback(),
                ollama: address.is_ollama(),
            },
            server,
            patience,
        };
        model.authorization()?;
        Ok(model)
    }

    /// The model's name as it was asked for.
    pub fn name(&self) -> &str {
        &self.addressee.model
    }

    /// The header that carries the key, if there is one; marked so that nothing prints it.
    fn authorization(&self) -> Result<Option<HeaderValue>, String> {
        let Some(key) = &self.addressee.key else {
            return Ok(None);
        };
        let mut value = HeaderValue::from_str(&format!("Bearer {}", key.expose_secret()))
            .map_err(|_| "its key holds characters that no key can hold".to_owned())?;
        value.set_sensitive(true);
        Ok(Some(value))
    }

    /// A request to an endpoint, with the key.
    fn post(
        &self,
        tail: &str,
        body: &serde_json::Value,
    ) -> Result<reqwest::RequestBuilder, AskFailure> {
        let request = self
            .server
            .client
            .post(self.server.address.at(tail))
            .json(body);
        let key = self.authorization().map_err(|what| {
            let kind = AskFailureKind::Unauthorized;
            let hint = "set the variable to the key alone".to_owned();
            self.addressee
                .trouble(kind, &what, hint, Retry::Never)
                .failure
        })?;
        Ok(match key {
            Some(key) => request.header(AUTHORIZATION, key),
            None => request,
        })
    }

    /// Holds the server, for everybody who asks it, to these limits too. Call it before the first question.
    pub fn limited(self, limits: &ServerLimits) -> Self {
        lock(&self.server.pace).tighten(limits);
        if let Some(wanted) = limits.concurrency {
            let mut at_a_time = lock(&self.server.at_a_time);
            let wanted = usize::from(wanted.max(1));
            if *at_a_time == AT_A_TIME && wanted > AT_A_TIME {
                self.server.permits.add_permits(wanted - AT_A_TIME);
                *at_a_time = wanted;
            } else if wanted < *at_a_time {
                self.server.permits.forget_permits(*at_a_time - wanted);
                *at_a_time = wanted;
            }
        }
        self
    }

    fn is_refused(&self, field: Refused) -> bool {
        let refused = lock(&self.server.refused);
        refused.contains(&(self.scope(field), field))
    }

    fn remember(&self, field: Refused) {
        let mut refused = lock(&self.server.refused);
        refused.insert((self.scope(field), field));
    }

    fn scope(&self, field: Refused) -> String {
        match field {
            Refused::StreamOptions => String::new(),
            _ => self.addressee.model.clone(),
        }
    }
}

/// What a panic elsewhere left behind is still whole: these are plain values.
fn lock<T>(value: &Mutex<T>) -> MutexGuard<'_, T> {
    value.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A client for a server. Proxies are for the network, not for this machine; redirects would turn a question into a GET.
fn client(address: &Address, patience: Patience) -> Result<reqwest::Client, String> {
    let mut builder = reqwest::Client::builder()
        .connect_timeout(patience.connect)
        .redirect(reqwest::redirect::Policy::none())
        .user_agent(concat!("lessonl/", env!("CARGO_PKG_VERSION")));
    if address.is_loopback() {
        builder = builder.no_proxy();
        if !address.is_tls() {
            // Without this a machine that has no certificates could not even speak to itself.
            builder = builder.tls_certs_only([]);
        }
    }
    builder
        .build()
        .map_err(|error| format!("no HTTP client: {}", failure::cause(&error)))
}

/// Reads at most 2 kB and a bit of a body that tells an error; what cannot be read is left out.
async fn error_body(mut response: reqwest::Response, patience: Patience) -> String {
    let mut bytes = Vec::new();
    while bytes.len() < 4096 {
        match tokio::time::timeout(patience.idle.min(patience.connect), response.chunk()).await {
            Ok(Ok(Some(chunk))) => bytes.extend_from_slice(&chunk),
            _ => break,
        }
    }
    bytes.truncate(4096);
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_agents_of_a_server_share_its_strictest_limit() {
        let mut servers = Servers::new();
        let mut permits = |url: &str, concurrency| {
            let patience = Patience::default();
            let model = Model::open(&mut servers, url, "m", None, None, patience).unwrap();
            let limits = ServerLimits {
                concurrency,
                ..ServerLimits::default()
            };
            model.limited(&limits).server.permits.available_permits()
        };
        assert_eq!(permits("http://a/v1", None), AT_A_TIME);
        assert_eq!(permits("http://a/v1", Some(2)), 2);
        assert_eq!(permits("http://a/v1", Some(1)), 1);
        assert_eq!(permits("http://a/v1", Some(9)), 1);
        assert_eq!(permits("http://b/v1", Some(9)), 9);
    }
}

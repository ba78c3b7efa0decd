//! Language models behind any OpenAI-compatible server, over HTTP with streaming.
//! Never reads an answer (module `reading` does) and never shows a key.

mod address;
mod circle;
mod collect;
mod counts;
pub mod discover;
mod embed;
mod failure;
mod kinds;
mod limits;
mod openai;
mod pace;
mod pieces;
mod reach;
mod retry;
mod sse;
mod wire;
mod words;

pub use retry::RetryPolicy;

pub(super) use embed::embed;
pub(super) use openai::{End, LEAST, Question, Reply, chat};
pub(super) use reach::{Door, Keys};

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use reqwest::header::HeaderMap;
use secrecy::ExposeSecret;
use tokio::sync::Semaphore;

use super::Among;
use crate::domain::spec::ServerLimits;
use address::Address;
use failure::Addressee;
use pace::Pace;
use sse::Packing;

/// Requests that one server is asked at a time.
const AT_A_TIME: usize = 4;
/// Most of a body that tells an error, in bytes; web pages have their title somewhere in it.
const ERROR_BYTES: usize = 16 * 1024;

/// A field that some server or model refuses, and that we then leave out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Refused {
    /// `stream_options`; refused by a server, whatever the model.
    StreamOptions,
    /// `stream`: it gives its answers in one piece.
    Stream,
    /// `max_tokens`; the model wants `max_completion_tokens`.
    MaxTokens,
    /// `temperature`.
    Temperature,
    /// `top_p`.
    TopP,
    /// `frequency_penalty`.
    FrequencyPenalty,
    /// `seed`.
    Seed,
}

/// A server: shared by all agents that use it.
pub(super) struct Server {
    address: Address,
    client: reqwest::Client,
    permits: Semaphore,
    /// How many of them there are.
    at_a_time: Mutex<usize>,
    pace: Mutex<Pace>,
    /// Who keeps to its limits besides.
    among: Among,
    /// What was refused, with the model that did; the empty name stands for the server.
    refused: Mutex<BTreeSet<(String, Refused)>>,
    /// What models turned out to bear, by name.
    bears: Mutex<BTreeMap<String, Bears>>,
}

/// What a model turned out to bear, in tokens.
#[derive(Debug, Clone, Copy, Default)]
struct Bears {
    /// Of an answer.
    answer: Option<u32>,
    /// Of a prompt and its answer together.
    context: Option<u32>,
}

/// The servers of a team by their address.
#[derive(Default)]
pub(super) struct Servers {
    by_name: BTreeMap<String, Arc<Server>>,
    among: Among,
}

impl Servers {
    /// With limits that hold for so many teams together.
    pub(crate) fn among(among: Among) -> Self {
        Self {
            among,
            ..Self::default()
        }
    }
}

/// One model on a server, with the key to it.
#[derive(Clone)]
pub(super) struct Model {
    server: Arc<Server>,
    addressee: Addressee,
    headers: HeaderMap,
    patience: RetryPolicy,
}

impl Model {
    /// Opens a model; connects to nothing yet. Servers are shared by address.
    pub(crate) fn open(
        servers: &mut Servers,
        door: Door<'_>,
        model: &str,
        patience: RetryPolicy,
    ) -> Result<Self, String> {
        let address = Address::parse(door.base_url)?;
        let headers = door.headers(&address)?;
        let mut name = address.at("").to_string();
        if door.reach.ca_file.is_some() || door.reach.insecure {
            // trusted otherwise, so it needs a client of its own
            name = format!("{name} {:?} {}", door.reach.ca_file, door.reach.insecure);
        }
        let server = match servers.by_name.get(&name) {
            Some(server) => Arc::clone(server),
            None => {
                let server = Arc::new(Server {
                    client: reach::client(&address, patience, door.reach)?,
                    permits: Semaphore::new(AT_A_TIME),
                    at_a_time: Mutex::new(AT_A_TIME),
                    pace: Mutex::new(Pace::among(servers.among.clone())),
                    among: servers.among.clone(),
                    refused: Mutex::default(),
                    bears: Mutex::default(),
                    address: address.clone(),
                });
                servers.by_name.insert(name, Arc::clone(&server));
                server
            }
        };
        Ok(Self {
            addressee: Addressee {
                shown: address.shown(),
                model: model.to_owned(),
                key_from: door.key_place(),
                key: door.key().map(|key| key.expose_secret().trim().into()),
                loopback: address.is_loopback(),
                ollama: address.is_ollama(),
            },
            headers,
            server,
            patience,
        })
    }

    /// The same, waiting for its server as long as is said here.
    pub(crate) fn patient(&self, patience: RetryPolicy) -> Self {
        Self {
            patience,
            ..self.clone()
        }
    }

    /// How long it waits for its server.
    pub(crate) fn patience(&self) -> RetryPolicy {
        self.patience
    }

    /// The model's name as it was asked for.
    pub(crate) fn name(&self) -> &str {
        &self.addressee.model
    }

    /// A request to an endpoint, with the key.
    fn post(&self, tail: &str, body: &serde_json::Value) -> reqwest::RequestBuilder {
        self.server
            .client
            .post(self.server.address.at(tail))
            .headers(self.headers.clone())
            .json(body)
    }

    /// What it turned out to bear.
    fn bears(&self) -> Bears {
        let all = lock(&self.server.bears);
        all.get(&self.addressee.model).copied().unwrap_or_default()
    }

    fn learn(&self, learn: impl FnOnce(&mut Bears)) {
        let mut all = lock(&self.server.bears);
        learn(all.entry(self.addressee.model.clone()).or_default());
    }

    /// Holds the server, for everybody who asks it, to these limits too. Call it before the first question.
    pub(crate) fn limited(self, limits: &ServerLimits) -> Self {
        lock(&self.server.pace).tighten(limits);
        if let Some(wanted) = limits.concurrency {
            let mut at_a_time = lock(&self.server.at_a_time);
            let wanted = self.server.among.part(u32::from(wanted)) as usize;
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

/// Reads a little of a body that tells an error; what cannot be read is left out.
async fn error_body(mut response: reqwest::Response, patience: RetryPolicy) -> String {
    let mut bytes = Vec::new();
    let mut packing = Packing::of(&response);
    while bytes.len() < ERROR_BYTES {
        match tokio::time::timeout(patience.idle.min(patience.connect), response.chunk()).await {
            Ok(Ok(Some(chunk))) => match packing.unpacked(&chunk) {
                Ok(chunk) => bytes.extend_from_slice(&chunk),
                Err(error) => return error.to_string(),
            },
            _ => break,
        }
    }
    bytes.truncate(ERROR_BYTES);
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::reach::Reach;

    #[test]
    fn all_agents_of_a_server_share_its_strictest_limit() {
        let mut servers = Servers::default();
        let mut permits = |url: &str, concurrency| {
            let door = Door {
                base_url: url,
                key_env: None,
                reach: &Reach::default(),
                keys: &Keys::new(),
            };
            let model = Model::open(&mut servers, door, "m", RetryPolicy::default()).unwrap();
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

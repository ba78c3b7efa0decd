//! What went wrong between us and a server → the failure a person reads: kind, words, what to do. Pure.
//! Never shows a key: what a server echoes is searched for it first.

use std::error::Error;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::kinds::{Retry, classify, is_about_certificates, page_title};
use super::retry::{RetryPolicy, Tries, Why, wait_in};
use super::sse::ReadError;
use super::words::{ServerError, error_in};
use crate::domain::ask::{AskFailure, AskFailureKind};
use crate::text::{head, is_harmless};

/// Most of a message, in bytes.
const MESSAGE_BYTES: usize = 2048;
/// A key shorter than this may be an ordinary word (`ollama`), and is no secret.
const KEY_BYTES: usize = 8;

/// Whom we spoke to, for words and hints.
#[derive(Debug, Clone)]
pub(super) struct Addressee {
    /// Base address without anything secret.
    pub shown: String,
    /// The model that was asked for.
    pub model: String,
    /// Where the key comes from, if a place is named.
    pub key_from: Option<String>,
    /// The key itself.
    pub key: Option<SecretString>,
    /// Whether the server is on this machine.
    pub loopback: bool,
    /// Whether it is Ollama by its port.
    pub ollama: bool,
}

/// A failed attempt.
#[derive(Debug, Clone)]
pub(super) struct Trouble {
    /// What the person would read.
    pub failure: AskFailure,
    /// Whether asking again can help.
    pub retry: Retry,
    /// The HTTP status, if there was one.
    pub status: Option<u16>,
    /// What the server said, in lower case, for finding the field it refuses.
    pub said: String,
}

impl Addressee {
    /// A response with an error status; `after` is the wait that its headers asked for.
    pub(crate) fn refused(&self, status: u16, body: &str, after: Option<Duration>) -> Trouble {
        if let Some(title) = page_title(body) {
            return self.page(status, &title, after);
        }
        let error = serde_json::from_str::<Value>(body)
            .ok()
            .and_then(|value| error_in(&value));
        let words = match &error {
            Some(error) if body.len() > error.message.len() + 64 => {
                format!("HTTP {status}: {}\nthe server said: {body}", error.message)
            }
            Some(error) => format!("HTTP {status}: {}", error.message),
            None if body.trim().is_empty() => format!("HTTP {status} without a word"),
            None => format!("HTTP {status}: {body}"),
        };
        let (text, code) = match &error {
            Some(error) => (error.message.as_str(), error.code.as_str()),
            None => (body, ""),
        };
        let mut trouble = self.judged(Some(status), text, code, &words);
        trouble.wait(after.or_else(|| wait_in(body)));
        trouble
    }

    /// A web page in the place of an answer: what stands between us and the server shows it to people.
    pub(crate) fn page(&self, status: u16, title: &str, after: Option<Duration>) -> Trouble {
        let words = format!("HTTP {status}: a web page came instead of an answer: {title}");
        let (kind, retry) = match status {
            429 => (AskFailureKind::RateLimited, Retry::After(None)),
            500.. => (AskFailureKind::Server, Retry::After(None)),
            _ => (AskFailureKind::Protocol, Retry::Never),
        };
        let hint = match status {
            500.. => self.hint(kind, ""),
            _ => format!(
                "something between here and the server wants a person (a login, a check of the browser), or base_url ({}) is no API",
                self.shown
            ),
        };
        let mut trouble = self.trouble(kind, &words, hint, retry);
        trouble.status = Some(status);
        trouble.wait(after);
        trouble
    }

    /// The server sends us elsewhere.
    pub(crate) fn redirected(&self, status: u16, location: Option<&str>) -> Trouble {
        let kind = AskFailureKind::BadRequest;
        let (words, hint) = match location {
            Some(to) => {
                let to = super::address::shown(to);
                let base = to.trim_end_matches("/chat/completions");
                (
                    format!("HTTP {status}: the server sends us to {to}"),
                    format!("write that address: base_url = \"{base}\""),
                )
            }
            None => (
                format!("HTTP {status}: the server sends us elsewhere and does not say where"),
                self.hint(kind, ""),
            ),
        };
        let mut trouble = self.trouble(kind, &words, hint, Retry::Never);
        trouble.status = Some(status);
        trouble
    }

    /// A response that ended well and holds no answer.
    pub(crate) fn empty(&self, read: Option<u64>, written: Option<u64>) -> Trouble {
        let counted = match (read, written) {
            (Some(read), Some(written)) => format!(" ({read} tokens read, {written} written)"),
            _ => String::new(),
        };
        let words = format!("the server ended its answer without any text{counted}");
        // what is read and not answered with a single token did not fit
        match written {
            Some(0) => {
                let kind = AskFailureKind::ContextOverflow;
                self.trouble(kind, &words, self.hint(kind, ""), Retry::Never)
            }
            _ => {
                let hint = "see what the server's log says of it".to_owned();
                self.trouble(AskFailureKind::Protocol, &words, hint, Retry::Never)
            }
        }
    }

    /// An error inside a response that began well.
    pub(crate) fn inside(&self, error: &ServerError) -> Trouble {
        let words = match error.status {
            Some(status) => format!("error {status}: {}", error.message),
            None => format!("the server reported: {}", error.message),
        };
        let mut trouble = self.judged(error.status, &error.message, &error.code, &words);
        trouble.wait(wait_in(&error.message));
        trouble
    }

    /// No connection, or one that broke before an answer began.
    pub(crate) fn unreachable(&self, error: &reqwest::Error) -> Trouble {
        let cause = cause(error);
        let words = if error.is_connect() {
            format!("cannot connect to {}: {cause}", self.shown)
        } else {
            format!("no answer from {}: {cause}", self.shown)
        };
        let hint = match (self.ollama, self.loopback) {
            _ if is_about_certificates(&cause) => {
                "the server runs, but its certificate is not known here: name the file of its authority (or the certificate itself) as ca_file of its provider".to_owned()
            }
            (true, true) => "start the server (`ollama serve`) or change base_url".to_owned(),
            (false, true) => "start the server, or change base_url".to_owned(),
            _ => "check base_url, the network and the proxy variables".to_owned(),
        };
        let retry = match is_about_certificates(&cause) {
            true => Retry::Never,
            false => Retry::After(None),
        };
        self.trouble(AskFailureKind::Unreachable, &words, hint, retry)
    }

    /// A response that stopped before anything of the answer was there.
    pub(crate) fn broken(&self, error: &ReadError) -> Trouble {
        let words = format!("{}: {error}", self.shown);
        match error {
            ReadError::FirstToken(_) | ReadError::Idle(_) => self.trouble(
                AskFailureKind::TimedOut,
                &words,
                "see whether the server is loading the model or overloaded".to_owned(),
                Retry::Never,
            ),
            ReadError::Lost(_) => self.trouble(
                AskFailureKind::Unreachable,
                &words,
                "look into the server's log".to_owned(),
                Retry::After(None),
            ),
            ReadError::TooLarge => self.protocol("the response is larger than we read"),
            ReadError::Compressed(_) => self.trouble(
                AskFailureKind::Protocol,
                &words,
                "switch compression off in the server or the gateway before it".to_owned(),
                Retry::Never,
            ),
        }
    }

    /// A response that is not what the protocol says.
    pub(crate) fn protocol(&self, what: &str) -> Trouble {
        self.trouble(
            AskFailureKind::Protocol,
            &format!("{}: {what}", self.shown),
            "check that base_url is an OpenAI-compatible server and that the prompt fits its context"
                .to_owned(),
            Retry::Never,
        )
    }

    /// A failure of a kind we know, in our own words.
    pub(crate) fn trouble(
        &self,
        kind: AskFailureKind,
        message: &str,
        hint: String,
        retry: Retry,
    ) -> Trouble {
        Trouble {
            failure: AskFailure::new(kind, self.clean(message), hint),
            retry,
            status: None,
            said: String::new(),
        }
    }

    fn judged(&self, status: Option<u16>, text: &str, code: &str, words: &str) -> Trouble {
        let said = format!("{text} {code}").to_lowercase();
        let (kind, retry) = classify(status, &said);
        let mut trouble = self.trouble(kind, words, self.hint(kind, &said), retry);
        trouble.status = status;
        trouble.said = said;
        trouble
    }

    fn hint(&self, kind: AskFailureKind, said: &str) -> String {
        match kind {
            AskFailureKind::NoSuchModel if self.ollama || said.contains("pull") => {
                format!("ollama pull {}", self.model)
            }
            AskFailureKind::NoSuchModel => format!(
                "ask the server for its models ({}/models) and set `model` to one of them",
                self.shown
            ),
            AskFailureKind::Unauthorized => match (&self.key_from, &self.key) {
                (Some(place), Some(_)) => format!("check the key in {place}"),
                (Some(name), None) => format!("set the key: export {name}=…"),
                (None, _) => {
                    "name the environment variable with the key as `key_env` in the agents file"
                        .to_owned()
                }
            },
            AskFailureKind::Quota => "check the plan and the credit of the account".to_owned(),
            AskFailureKind::RateLimited => {
                "wait, or ask fewer agents of this server at a time".to_owned()
            }
            AskFailureKind::ContextOverflow if self.ollama => {
                "start Ollama with a larger OLLAMA_CONTEXT_LENGTH, e.g. 16384".to_owned()
            }
            AskFailureKind::ContextOverflow => {
                "give the server a larger context, lower the agent's max_tokens, or use fewer lessons per prompt"
                    .to_owned()
            }
            AskFailureKind::Server => "look into the server's log, then resume the run".to_owned(),
            _ => format!("check base_url ({}) and the agent's fields", self.shown),
        }
    }

    /// At most 2 kB, without control characters, without the key.
    fn clean(&self, message: &str) -> String {
        let key = self
            .key
            .as_ref()
            .map(|key| key.expose_secret())
            .filter(|key| key.len() >= KEY_BYTES);
        let message = match key {
            Some(key) => message.replace(key, "[key]"),
            None => message.to_owned(),
        };
        let harmless: String = message.chars().filter(|c| is_harmless(*c)).collect();
        head(harmless.trim(), MESSAGE_BYTES).to_owned()
    }
}

impl Trouble {
    /// How long to wait before the next attempt; `None` if there is to be none.
    pub(crate) fn next(&self, patience: RetryPolicy, tries: Tries) -> Option<Duration> {
        let why = match self.retry {
            Retry::Never => return None,
            Retry::After(Some(wait)) => Why::Asked(wait),
            Retry::After(None) if self.failure.kind == AskFailureKind::RateLimited => Why::TooOften,
            Retry::After(None) => Why::Failed,
        };
        patience.wait(tries, why)
    }

    /// The failure once no further attempt is made; says what the server had asked for.
    pub(crate) fn given_up(self) -> AskFailure {
        let mut failure = self.failure;
        if let Some(wait) = failure.wait {
            failure.message = format!("{}; the server asks to wait {wait}", failure.message);
        }
        failure
    }

    /// The server asks for this wait.
    fn wait(&mut self, wait: Option<Duration>) {
        if let (Retry::After(_), Some(wait)) = (self.retry, wait) {
            self.retry = Retry::After(Some(wait));
            self.failure.wait = Some(wait.into());
        }
    }
}

/// The innermost cause of an error: what a person can act on, and never an address with a secret in it.
pub(super) fn cause(error: &reqwest::Error) -> String {
    let Some(mut cause) = error.source() else {
        return if error.is_timeout() {
            "it took too long".to_owned()
        } else {
            "the request could not be made".to_owned()
        };
    };
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addressee() -> Addressee {
        Addressee {
            shown: "http://h/v1".to_owned(),
            model: "coder:7b".to_owned(),
            key_from: Some("SOME_KEY".to_owned()),
            key: Some("sk-secret-123".into()),
            loopback: false,
            ollama: false,
        }
    }

    #[test]
    fn statuses_and_words_give_the_kind_and_whether_to_ask_again() {
        use AskFailureKind as K;
        let again = Retry::After(None);
        let cases = [
            (401, r#"{"detail":"no key"}"#, K::Unauthorized, Retry::Never),
            (402, "{}", K::Quota, Retry::Never),
            (
                429,
                r#"{"error":{"code":"insufficient_quota","message":"x"}}"#,
                K::Quota,
                Retry::Never,
            ),
            (
                429,
                r#"{"error":{"message":"slow down"}}"#,
                K::RateLimited,
                again,
            ),
            (
                404,
                r#"{"error":"model \"m\" not found, try pulling it first"}"#,
                K::NoSuchModel,
                Retry::Never,
            ),
            (
                404,
                r#"{"detail":"Not Found"}"#,
                K::BadRequest,
                Retry::Never,
            ),
            (
                400,
                r#"[{"error":{"code":400,"message":"Unknown name","status":"INVALID_ARGUMENT"}}]"#,
                K::BadRequest,
                Retry::Never,
            ),
            (
                400,
                r#"{"error":{"code":"context_length_exceeded","message":"m"}}"#,
                K::ContextOverflow,
                Retry::Never,
            ),
            (
                400,
                r#"{"error":{"type":"exceed_context_size_error","message":"m","n_ctx":512}}"#,
                K::ContextOverflow,
                Retry::Never,
            ),
            (502, "<html>bad gateway</html>", K::Server, again),
            (
                403,
                "<!DOCTYPE html><html><head><title>Just a moment...</title>",
                K::Protocol,
                Retry::Never,
            ),
            (
                413,
                r#"{"error":{"message":"Request too large: 6528 tokens asked for, 6000 tokens per minute","code":"rate_limit_exceeded"}}"#,
                K::ContextOverflow,
                Retry::Never,
            ),
            (
                400,
                r#"{"error":{"message":"input of 70000 tokens is over the 32768 that this model takes"}}"#,
                K::ContextOverflow,
                Retry::Never,
            ),
            (
                500,
                r#"{"error":{"message":"the prompt has more tokens than the limit"}}"#,
                K::ContextOverflow,
                Retry::Never,
            ),
            (
                503,
                r#"{"error":{"message":"Loading model","code":503}}"#,
                K::Server,
                again,
            ),
        ];
        for (status, body, kind, retry) in cases {
            let trouble = addressee().refused(status, body, None);
            assert_eq!(
                (trouble.failure.kind, trouble.retry),
                (kind, retry),
                "{status} {body}"
            );
            assert!(trouble.failure.message.contains(&status.to_string()));
            assert!(!trouble.failure.hint.is_empty());
        }
    }

    #[test]
    fn a_missing_ollama_model_comes_with_the_command_to_get_it() {
        let body = r#"{"error":{"message":"model 'coder:7b' not found"}}"#;
        let ollama = Addressee {
            ollama: true,
            ..addressee()
        };
        assert_eq!(
            ollama.refused(404, body, None).failure.hint,
            "ollama pull coder:7b"
        );
    }

    #[test]
    fn status_and_body_are_kept_bounded_and_without_the_key() {
        let body = format!("bad key sk-secret-123\u{1b}[2J {}", "x".repeat(9000));
        let failure = addressee().refused(401, &body, None).failure;
        assert!(
            failure
                .message
                .starts_with("HTTP 401: bad key [key][2J xxx")
        );
        assert_eq!(failure.message.len(), MESSAGE_BYTES);
        assert_eq!(failure.hint, "check the key in SOME_KEY");
        assert!(!format!("{:?}", addressee()).contains("sk-secret"));
    }
}

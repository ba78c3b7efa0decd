//! Where a server is: base URLs as people type them, and `OLLAMA_HOST`, which is a bind address too.
//! Never connects.

use std::net::IpAddr;

use url::{Host, Url};

/// A server's base address, below which `/chat/completions` and the others live.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Address {
    base: Url,
}

/// Endings of full addresses that people paste.
const ENDPOINTS: [&str; 9] = [
    "/chat/completions",
    "/completions",
    "/embeddings",
    "/models",
    "/responses",
    "/messages",
    // Ollama's own, beside which it speaks the usual protocol
    "/api/chat",
    "/api/generate",
    "/api/tags",
];

impl Address {
    /// Accepts a base with or without scheme, `/v1` and trailing slash, and the full path of an endpoint.
    /// A bare host gets `/v1`; any other path is the person's own and is kept.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let with_scheme = if text.contains("://") {
            text.to_owned()
        } else {
            format!("http://{text}")
        };
        let mut base = Url::parse(&with_scheme)
            .map_err(|error| format!("`{}` is no address of a server: {error}", shown(text)))?;
        if !matches!(base.scheme(), "http" | "https") || base.host().is_none() {
            return Err(format!("`{}` is no http or https address", shown(text)));
        }
        if unspecified(&base) {
            base.set_host(Some("127.0.0.1"))
                .map_err(|error| error.to_string())?;
        }
        let path = base.path().trim_end_matches('/').to_owned();
        let stem = ENDPOINTS.iter().find_map(|tail| path.strip_suffix(tail));
        match stem {
            Some("") if path.starts_with("/api/") => base.set_path("/v1"),
            Some(stem) => base.set_path(stem),
            None if path.is_empty() => base.set_path("/v1"),
            None => base.set_path(&path),
        }
        base.set_fragment(None);
        Ok(Self { base })
    }

    /// The address of Ollama by the value of `OLLAMA_HOST`, or its default: without a scheme http and port 11434, with a
    /// scheme its usual port, and any "all interfaces" address means this machine.
    pub(crate) fn ollama(host: Option<&str>) -> Result<Self, String> {
        let text = host.map(str::trim).filter(|text| !text.is_empty());
        let text = text.unwrap_or("127.0.0.1");
        if text.contains("://") {
            return Self::parse(text);
        }
        let text = match text.parse::<IpAddr>() {
            Ok(IpAddr::V6(address)) => format!("[{address}]"),
            // ":8080" is a port alone.
            _ if text.starts_with(':') => format!("127.0.0.1{text}"),
            _ => text.to_owned(),
        };
        let mut address = Self::parse(&format!("http://{text}"))?;
        let given = text.rsplit_once(':').is_some_and(|(_, port)| {
            let digits = port.split('/').next().unwrap_or_default();
            !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit())
        });
        if !given && address.base.set_port(Some(11434)).is_err() {
            return Err(format!("`{}` is no address of a server", shown(&text)));
        }
        Ok(address)
    }

    /// The address of an endpoint, e.g. `/chat/completions`.
    pub(crate) fn at(&self, tail: &str) -> Url {
        let mut url = self.base.clone();
        url.set_path(&format!("{}{tail}", self.base.path().trim_end_matches('/')));
        url
    }

    /// The address of an endpoint beside `/v1`, e.g. `/api/tags`.
    pub(crate) fn beside(&self, tail: &str) -> Url {
        let mut url = self.base.clone();
        let path = self.base.path().trim_end_matches('/');
        let stem = path.strip_suffix("/v1").unwrap_or(path);
        url.set_path(&format!("{stem}{tail}"));
        url
    }

    /// Whether the server is on this machine.
    pub(crate) fn is_loopback(&self) -> bool {
        match self.base.host() {
            Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            Some(Host::Ipv4(ip)) => ip.is_loopback(),
            Some(Host::Ipv6(ip)) => ip.is_loopback(),
            None => false,
        }
    }

    /// Whether it speaks TLS.
    pub(crate) fn is_tls(&self) -> bool {
        self.base.scheme() == "https"
    }

    /// Whether it is Azure's, which wants the key in a header of its own.
    pub(crate) fn is_azure(&self) -> bool {
        let host = self.base.host_str().unwrap_or_default();
        host.ends_with(".openai.azure.com") || host.ends_with(".cognitiveservices.azure.com")
    }

    /// Whether it is OpenRouter, which says what it bills if it is asked to.
    pub(crate) fn is_openrouter(&self) -> bool {
        let host = self.base.host_str().unwrap_or_default();
        host == "openrouter.ai" || host.ends_with(".openrouter.ai")
    }

    /// Whether it is at Ollama's usual port.
    pub(crate) fn is_ollama(&self) -> bool {
        self.base.port() == Some(11434)
    }

    /// The base for people and records: without user, password and query.
    pub(crate) fn shown(&self) -> String {
        shown(self.base.as_str())
    }
}

fn unspecified(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_unspecified(),
        Some(Host::Ipv6(ip)) => ip.is_unspecified(),
        _ => false,
    }
}

/// A text that may be an address, without what may be secret in it.
pub(super) fn shown(text: &str) -> String {
    match Url::parse(text) {
        Ok(mut url) if url.has_host() => {
            // Neither can fail for an address that has a host.
            let _ = url.set_username("");
            let _ = url.set_password(None);
            url.set_query(None);
            url.to_string().trim_end_matches('/').to_owned()
        }
        _ => text.rsplit('@').next().unwrap_or(text).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bases_are_accepted_as_people_type_them() {
        let cases = [
            ("http://h:8000", "http://h:8000/v1/chat/completions"),
            ("http://h:8000/", "http://h:8000/v1/chat/completions"),
            ("http://h:8000/v1", "http://h:8000/v1/chat/completions"),
            ("http://h:8000/v1/", "http://h:8000/v1/chat/completions"),
            (
                "http://h/v1/chat/completions",
                "http://h/v1/chat/completions",
            ),
            ("http://h/chat/completions", "http://h/chat/completions"),
            ("http://h/v1/responses", "http://h/v1/chat/completions"),
            (
                "http://h:11434/api/chat",
                "http://h:11434/v1/chat/completions",
            ),
            (
                "localhost:1234",
                "http://localhost:1234/v1/chat/completions",
            ),
            ("https://h/api/v1", "https://h/api/v1/chat/completions"),
            (
                "https://h/v1beta/openai/",
                "https://h/v1beta/openai/chat/completions",
            ),
            (
                "https://h/x?api-version=1",
                "https://h/x/chat/completions?api-version=1",
            ),
            ("http://0.0.0.0:80", "http://127.0.0.1/v1/chat/completions"),
        ];
        for (text, url) in cases {
            let address = Address::parse(text).unwrap();
            assert_eq!(address.at("/chat/completions").as_str(), url, "{text}");
        }
        for bad in ["", "ftp://h", "http://", "::"] {
            assert!(Address::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn ollama_host_is_a_bind_address_too() {
        let cases = [
            (None, "http://127.0.0.1:11434/api/tags"),
            (Some(""), "http://127.0.0.1:11434/api/tags"),
            (Some("0.0.0.0"), "http://127.0.0.1:11434/api/tags"),
            (Some("0.0.0.0:8080"), "http://127.0.0.1:8080/api/tags"),
            (Some("[::]:9000"), "http://127.0.0.1:9000/api/tags"),
            (Some("::1"), "http://[::1]:11434/api/tags"),
            (Some(":7000"), "http://127.0.0.1:7000/api/tags"),
            (Some("gpu"), "http://gpu:11434/api/tags"),
            (Some("gpu:80"), "http://gpu/api/tags"),
            (Some("https://gpu"), "https://gpu/api/tags"),
            (Some("http://gpu:1/"), "http://gpu:1/api/tags"),
        ];
        for (host, url) in cases {
            let address = Address::ollama(host).unwrap();
            assert_eq!(address.beside("/api/tags").as_str(), url, "{host:?}");
        }
    }

    #[test]
    fn addresses_are_shown_without_what_may_be_secret() {
        let address = Address::parse("https://me:pw@h/v1?key=1").unwrap();
        assert_eq!(address.shown(), "https://h/v1");
        let error = Address::parse("ftp://me:pw@h").unwrap_err();
        assert!(!error.contains("pw"), "{error}");
    }

    #[test]
    fn loopback_is_recognised() {
        for (text, loopback) in [
            ("localhost:1", true),
            ("127.0.0.2", true),
            ("http://[::1]:1", true),
            ("0.0.0.0:1", true),
            ("192.168.0.1", false),
            ("localhost.example.org", false),
        ] {
            assert_eq!(
                Address::parse(text).unwrap().is_loopback(),
                loopback,
                "{text}"
            );
        }
    }
}

//! The way to a server: client, certificates, key and further headers. Never shows a key or a header's value.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use secrecy::{ExposeSecret, SecretString};

use super::address::Address;
use super::{RetryPolicy, failure};
use crate::domain::reach::Reach;

/// Keys and headers' values by what they are kept under.
pub(crate) type Keys = BTreeMap<String, SecretString>;

/// Where a model is and how it is reached.
#[derive(Clone, Copy)]
pub(crate) struct Door<'a> {
    /// Base URL.
    pub base_url: &'a str,
    /// Variable of the key.
    pub key_env: Option<&'a str>,
    /// How it is reached besides.
    pub reach: &'a Reach,
    /// The keys that are known.
    pub keys: &'a Keys,
}

impl<'a> Door<'a> {
    /// Where the key comes from, if one is needed.
    pub(crate) fn key_place(&self) -> Option<String> {
        self.reach.key_place(self.key_env)
    }

    /// The key, if it is known.
    pub(crate) fn key(&self) -> Option<&'a SecretString> {
        self.keys.get(&self.key_place()?)
    }

    /// The headers of every request.
    pub(super) fn headers(&self, address: &Address) -> Result<HeaderMap, String> {
        let mut headers = HeaderMap::new();
        let own = self.reach.key_header.as_deref();
        let header = own.or(address.is_azure().then_some("api-key"));
        if let Some(key) = self.key() {
            let key = key.expose_secret().trim();
            let what = "its key holds characters that no key can hold";
            let (name, value) = match header {
                Some(header) => (name(header)?, secret(key, what)?),
                None => (AUTHORIZATION, secret(&format!("Bearer {key}"), what)?),
            };
            headers.insert(name, value);
        }
        for (header, variable) in &self.reach.headers {
            let value = self.keys.get(variable).ok_or_else(|| {
                format!("its header `{header}` comes from ${variable}, which is not set")
            })?;
            let what = format!("the header `{header}` cannot hold what ${variable} holds");
            headers.insert(name(header)?, secret(value.expose_secret().trim(), &what)?);
        }
        Ok(headers)
    }
}

fn name(header: &str) -> Result<HeaderName, String> {
    HeaderName::try_from(header).map_err(|_| format!("`{header}` is no name of a header"))
}

/// A header's value, marked so that nothing prints it.
fn secret(text: &str, what: &str) -> Result<HeaderValue, String> {
    let mut value = HeaderValue::from_str(text).map_err(|_| what.to_owned())?;
    value.set_sensitive(true);
    Ok(value)
}

/// A client for a server. Proxies are for the network, not for this machine; redirects would turn a question into a GET.
pub(super) fn client(
    address: &Address,
    patience: RetryPolicy,
    reach: &Reach,
) -> Result<reqwest::Client, String> {
    // The first one stays; every later one is the same.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = reqwest::Client::builder()
        .connect_timeout(patience.connect)
        .redirect(reqwest::redirect::Policy::none())
        .user_agent(concat!("lessonl/", env!("CARGO_PKG_VERSION")));
    if address.is_loopback() {
        builder = builder.no_proxy();
    }
    if !address.is_tls() && address.is_loopback() {
        // Without this a machine that has no certificates could not even speak to itself.
        builder = builder.tls_certs_only([]);
    } else if let Some(file) = &reach.ca_file {
        let config =
            trusting(file).map_err(|what| format!("ca_file {}: {what}", file.display()))?;
        builder = builder.tls_backend_preconfigured(config);
    } else if reach.insecure {
        builder = builder.tls_danger_accept_invalid_certs(true);
    }
    builder
        .build()
        .map_err(|error| format!("no HTTP client: {}", failure::cause(&error)))
}

/// A configuration that trusts the certificates of a file, and nothing else.
fn trusting(file: &Path) -> Result<ClientConfig, String> {
    let text = std::fs::read(file).map_err(|error| error.to_string())?;
    let certificates: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(&text)
        .collect::<Result<_, _>>()
        .map_err(|error| format!("it cannot be read as PEM: {error}"))?;
    let mut roots = RootCertStore::empty();
    let (added, _) = roots.add_parsable_certificates(certificates.iter().cloned());
    if added == 0 {
        return Err("it holds no certificate".to_owned());
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let usual = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
        .build()
        .map_err(|error| error.to_string())?;
    let verifier = Pinned {
        certificates,
        usual,
        provider: Arc::clone(&provider),
    };
    Ok(ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth())
}

/// Trusts a server that shows one of these very certificates, as a self-signed one is: `openssl req -x509` marks it as an
/// authority's, which the usual rules do not let a server show. Else the usual rules hold, with these as authorities.
#[derive(Debug)]
struct Pinned {
    certificates: Vec<CertificateDer<'static>>,
    usual: Arc<WebPkiServerVerifier>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        shown: &CertificateDer<'_>,
        between: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        if self.certificates.iter().any(|known| known == shown) {
            return Ok(ServerCertVerified::assertion());
        }
        self.usual
            .verify_server_cert(shown, between, name, ocsp, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let known = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signed, known)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let known = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signed, known)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.usual.supported_verify_schemes()
    }
}

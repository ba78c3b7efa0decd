//! Addresses of servers as people type them: which scheme one has that names none. Never connects.

/// An address with its scheme: what has none is http on this machine and at bare addresses, where servers of one's own
/// are, and https elsewhere.
pub fn with_scheme(text: &str) -> String {
    let text = text.trim();
    if text.contains("://") {
        return text.to_owned();
    }
    let host = text.split('/').next().unwrap_or(text);
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let own = !name.contains('.')
        || name.starts_with('[')
        || name.parse::<std::net::IpAddr>().is_ok()
        || name.ends_with(".localhost")
        || name.ends_with(".local");
    format!("{}://{text}", if own { "http" } else { "https" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_without_a_scheme_get_the_usual_one() {
        let cases = [
            ("localhost:8000", "http://localhost:8000"),
            ("127.0.0.1:8000/v1", "http://127.0.0.1:8000/v1"),
            ("gpu:11434", "http://gpu:11434"),
            ("[::1]:80", "http://[::1]:80"),
            ("api.example.com/v1", "https://api.example.com/v1"),
            ("api.example.com:8443", "https://api.example.com:8443"),
            ("http://api.example.com", "http://api.example.com"),
            ("ftp://h", "ftp://h"),
        ];
        for (text, expected) in cases {
            assert_eq!(with_scheme(text), expected);
        }
    }
}

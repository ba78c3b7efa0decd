//! Looking for model servers: one short request, never a download and never a model load. No answer is an answer.

use std::time::Duration;

use super::team::{Ollama, ollama_address};

/// How long a server on this machine may take to list its models.
const PATIENCE: Duration = Duration::from_secs(1);

/// Largest list of models we read, bytes.
const LARGEST: usize = 1 << 20;

/// Asks the Ollama that `OLLAMA_HOST` names which models it has.
pub async fn ollama(host: Option<&str>) -> Ollama {
    let base_url = ollama_address(host);
    match models(&base_url).await {
        Some(models) => Ollama::Models { base_url, models },
        None => Ollama::Unreachable { base_url },
    }
}

async fn models(base_url: &str) -> Option<Vec<String>> {
    // A proxy must not stand between us and a server on this machine.
    let client = reqwest::Client::builder()
        .timeout(PATIENCE)
        .no_proxy()
        .build()
        .ok()?;
    let mut reply = client
        .get(format!("{base_url}/api/tags"))
        .send()
        .await
        .ok()?;
    if !reply.status().is_success() {
        return None;
    }
    let mut body = Vec::new();
    while let Some(piece) = reply.chunk().await.ok()? {
        body.extend_from_slice(&piece);
        if body.len() > LARGEST {
            return None;
        }
    }
    let list: serde_json::Value = serde_json::from_slice(&body).ok()?;
    let names = list["models"]
        .as_array()?
        .iter()
        .filter_map(|m| m["name"].as_str());
    Some(names.map(str::to_owned).collect())
}
